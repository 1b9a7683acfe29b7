"""Pod specifications, as Pods and pod templates carry them, and what they refer to."""

from __future__ import annotations

from sys import intern

from msgspec import Raw, field

from astrolabe.graph.facts import EdgeType, Labels, Ref, ref, share_labels, unneeded
from astrolabe.kinds.models.metadata import NOTHING, Model
from astrolabe.kinds.models.references import LocalObjectReference


class KeyReference(Model):
    """A ConfigMap or Secret, or a key of one."""

    name: str | None = None
    key: str | None = None
    optional: bool | None = None


class EnvSource(Model):
    """Where the value of an environment variable comes from."""

    config_map_key_ref: KeyReference | None = None
    secret_key_ref: KeyReference | None = None


class EnvVar(Model):
    """One environment variable; its value is not read."""

    value_from: EnvSource | None = None


class EnvFrom(Model):
    """A whole ConfigMap or Secret as environment."""

    config_map_ref: KeyReference | None = None
    secret_ref: KeyReference | None = None


class VolumeMount(Model):
    """A volume that a container sees; where, is not read."""

    name: str | None = None


class Container(Model):
    """A container of any sort."""

    name: str | None = None
    image: str | None = None
    restart_policy: str | None = None
    resources: Raw = NOTHING
    env: list[EnvVar] | None = None
    env_from: list[EnvFrom] | None = None
    volume_mounts: list[VolumeMount] | None = None


class KeyToPath(Model):
    """A key that becomes a file."""

    key: str | None = None


class SecretVolume(Model):
    """The volumes of type `secret` and `azureFile` name their Secret so."""

    secret_name: str | None = None
    items: list[KeyToPath] | None = None
    optional: bool | None = None


class SecretRefVolume(Model):
    """The network volumes that log in with a Secret."""

    secret_ref: LocalObjectReference | None = None


class CSIVolume(Model):
    """An inline volume of a CSI driver."""

    node_publish_secret_ref: LocalObjectReference | None = None


class ClaimVolume(Model):
    """A volume that is a claim."""

    claim_name: str | None = None


class EphemeralVolume(Model):
    """A volume whose claim lives and dies with its Pod."""


class TokenProjection(Model):
    """A token of the Pod's ServiceAccount, for the API server where it names no audience."""

    audience: str | None = None


class KeysReference(KeyReference):
    """A ConfigMap or Secret, or some keys of one."""

    items: list[KeyToPath] | None = None


class Projection(Model):
    """One source of a projected volume."""

    config_map: KeyReference | None = None
    secret: KeysReference | None = None
    service_account_token: TokenProjection | None = None


class ProjectedVolume(Model):
    """Several sources in one volume."""

    sources: list[Projection] | None = None


class ImageVolume(Model):
    """A volume that is the content of an image."""

    reference: str | None = None


class Volume(Model):
    """A volume, as far as it refers to other objects."""

    name: str | None = None
    config_map: KeyReference | None = None
    secret: SecretVolume | None = None
    projected: ProjectedVolume | None = None
    csi: CSIVolume | None = None
    persistent_volume_claim: ClaimVolume | None = None
    ephemeral: EphemeralVolume | None = None
    image: ImageVolume | None = None
    azure_file: SecretVolume | None = None
    cephfs: SecretRefVolume | None = None
    cinder: SecretRefVolume | None = None
    flex_volume: SecretRefVolume | None = None
    iscsi: SecretRefVolume | None = None
    rbd: SecretRefVolume | None = None
    scale_io: SecretRefVolume | None = field(default=None, name="scaleIO")
    storageos: SecretRefVolume | None = None

    def networks(self) -> list[SecretRefVolume]:
        """Return the network volumes that log in with a Secret: one at most, but who knows."""
        any_one = self.cephfs or self.cinder or self.flex_volume or self.iscsi
        if (any_one or self.rbd or self.scale_io or self.storageos) is None:
            return []
        volumes = (
            self.cephfs,
            self.cinder,
            self.flex_volume,
            self.iscsi,
            self.rbd,
            self.scale_io,
            self.storageos,
        )
        return [volume for volume in volumes if volume is not None]


class ResourceClaim(Model):
    """A device that a Pod asks for, by its claim or by the template of one."""

    resource_claim_name: str | None = None
    resource_claim_template_name: str | None = None


class PodSpec(Model):
    """What a Pod is made of."""

    node_name: str | None = None
    node_selector: dict[str, str] | None = None
    resources: Raw = NOTHING
    overhead: Raw = NOTHING
    service_account_name: str | None = None
    service_account: str | None = None
    priority_class_name: str | None = None
    automount: bool | None = field(default=None, name="automountServiceAccountToken")
    image_pull_secrets: list[LocalObjectReference] | None = None
    containers: list[Container] | None = None
    init_containers: list[Container] | None = None
    ephemeral_containers: list[Container] | None = None
    volumes: list[Volume] | None = None
    scheduler_name: str | None = None
    resource_claims: list[ResourceClaim] | None = None

    def all_containers(self) -> list[Container]:
        """Return init, regular and ephemeral containers."""
        return [*(self.init_containers or ()), *(self.containers or ()), *(self.ephemeral_containers or ())]

    def images(self) -> list[str]:
        """Return what is pulled, as written: the images of containers of any sort, and those of volumes."""
        images = [container.image for container in self.all_containers() if container.image]
        for volume in self.volumes or ():
            image = volume.image
            if image is not None and image.reference:
                images.append(image.reference)
        return images

    def first_image(self) -> str:
        """Return the image of the first container, as written; equal ones are one string."""
        return intern(self.containers[0].image or "") if self.containers else ""


class TemplateMetadata(Model):
    """What Pods made from a template are labelled with."""

    labels: dict[str, str] | None = None


class PodTemplate(Model):
    """What a workload makes its Pods from."""

    metadata: TemplateMetadata | None = None
    spec: PodSpec | None = None


NO_POD_SPEC = PodSpec()


def spec_of(template: PodTemplate | None) -> PodSpec:
    """Return the specification in a template, an empty one where there is none."""
    return (template.spec if template is not None else None) or NO_POD_SPEC


def labels_of(template: PodTemplate | None) -> Labels:
    """Return the labels of the Pods that are made from a template."""
    metadata = template.metadata if template is not None else None
    return share_labels(metadata.labels if metadata is not None else None)


def uses(spec: PodSpec, namespace: str, *, admitted: bool = False, pull_refused: bool = False) -> list[Ref]:
    """List the ServiceAccount, PriorityClass, ConfigMaps and Secrets that a Pod with this specification uses.

    Admission names a ServiceAccount in every Pod that uses one; a Pod without is the mirror of a static one,
    which works without. A Pod that was admitted has its priority, whatever becomes of the class; a template
    without the class makes no more Pods. Pull secrets that are missing do no harm until a pull is refused.
    """
    account = spec.service_account_name or spec.service_account
    bare = admitted and not account
    refs = [ref("uses-sa", "ServiceAccount", namespace, account or "default", optional=bare)]
    if name := spec.priority_class_name:
        refs.append(ref("prioritizes", "PriorityClass", "", name, optional=admitted, reverse=True))
    for pull in spec.image_pull_secrets or ():
        _add(refs, "uses-secret", "Secret", namespace, pull.name, not pull_refused)
    for volume in spec.volumes or ():
        _add_volume(refs, volume, namespace)
    for container in (*(spec.init_containers or ()), *(spec.containers or ())):
        _add_environment(refs, container, namespace)
    if spec.ephemeral_containers:
        debugging: list[Ref] = []
        for container in spec.ephemeral_containers:
            _add_environment(debugging, container, namespace)
        refs.extend(unneeded(tuple(debugging)))
    return refs


def _add_environment(refs: list[Ref], container: Container, namespace: str) -> None:
    for variable in container.env or ():
        source = variable.value_from
        if source is not None:
            if source.config_map_key_ref is not None:
                _add_config_map(refs, source.config_map_key_ref, namespace)
            if source.secret_key_ref is not None:
                _add_secret(refs, source.secret_key_ref, namespace)
    for env_from in container.env_from or ():
        if env_from.config_map_ref is not None:
            _add_config_map(refs, env_from.config_map_ref, namespace)
        if env_from.secret_ref is not None:
            _add_secret(refs, env_from.secret_ref, namespace)


def _add_volume(refs: list[Ref], volume: Volume, namespace: str) -> None:
    if volume.config_map is not None:
        _add_config_map(refs, volume.config_map, namespace)
    for files in (volume.secret, volume.azure_file):
        if files is not None:
            _add(refs, "uses-secret", "Secret", namespace, files.secret_name, files.optional)
    if volume.projected is not None:
        for source in volume.projected.sources or ():
            if source.config_map is not None:
                _add_config_map(refs, source.config_map, namespace)
            if source.secret is not None:
                _add_secret(refs, source.secret, namespace)
    if volume.csi is not None and volume.csi.node_publish_secret_ref is not None:
        _add(refs, "uses-secret", "Secret", namespace, volume.csi.node_publish_secret_ref.name)
    for network in volume.networks():
        if network.secret_ref is not None:
            _add(refs, "uses-secret", "Secret", namespace, network.secret_ref.name)


def _add_config_map(refs: list[Ref], source: KeyReference, namespace: str) -> None:
    _add(refs, "uses-configmap", "ConfigMap", namespace, source.name, source.optional)


def _add_secret(refs: list[Ref], source: KeyReference, namespace: str) -> None:
    _add(refs, "uses-secret", "Secret", namespace, source.name, source.optional)


def _add(
    refs: list[Ref],
    edge: EdgeType,
    kind: str,
    namespace: str,
    name: str | None,
    optional: bool | None = False,
) -> None:
    if name:
        # Few are optional, and without a keyword the shared one is found sooner.
        if optional:
            refs.append(ref(edge, kind, namespace, name, optional=True))
        else:
            refs.append(ref(edge, kind, namespace, name))
