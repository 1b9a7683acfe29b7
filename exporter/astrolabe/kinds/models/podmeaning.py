"""What the specification of a Pod means, apart from its Node: the Pods of a workload have it in common.

Those of one workload are neighbours in a list. Of such a row only the first specification is decoded. That
the others are the same, their JSON tells.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple

import msgspec
from msgspec import Raw, field
from msgspec.structs import replace

from astrolabe.graph.facts import Labels, Ref, ref, ref_to, share_labels
from astrolabe.kinds.models.details import PodAccess, Requests
from astrolabe.kinds.models.image import complete
from astrolabe.kinds.models.metadata import NOTHING, Model
from astrolabe.kinds.models.podaccess import access_of
from astrolabe.kinds.models.podspec import Container, PodSpec, ResourceClaim, Volume, uses
from astrolabe.kinds.models.references import LocalObjectReference, distinct
from astrolabe.kinds.models.requests import of_pod

_SHARED = 1 << 6
_LONGEST = 1 << 16
"""Bytes of JSON from which on a specification is not kept for its neighbours."""
_TOKENS = b'{"name":"kube-api-access-'
_TOKEN_VOLUME = re.compile(rb'\{"name":"(kube-api-access-[a-z0-9]{5})","projected":\{')
_TOKEN_NAME = b"kube-api-access-"
"""The name, without what is random in it. No other volume has this one: names do not end with a dash."""
_MOUNT = b'{"name":"%b","readOnly":true,"mountPath":"/var/run/secrets/kubernetes.io/serviceaccount"}'
_COMMON_MOUNT = _MOUNT % _TOKEN_NAME


class Parts(msgspec.Struct, frozen=True, gc=False, cache_hash=True):
    """What is read of a specification, its Node excepted: JSON, empty where there is none, and words."""

    containers: bytes = b""
    volumes: bytes = b""
    init_containers: bytes = b""
    ephemeral_containers: bytes = b""
    node_selector: bytes = b""
    image_pull_secrets: bytes = b""
    resources: bytes = b""
    overhead: bytes = b""
    service_account_name: str | None = None
    service_account: str | None = None
    automount: bool | None = None
    priority_class_name: str | None = None
    scheduler_name: str | None = None
    resource_claims: bytes = b""

    def decoded(self) -> PodSpec:
        """Decode the specification, without its Node; raises what `msgspec` raises."""
        return PodSpec(
            node_selector=_labels(self.node_selector or b"null"),
            resources=Raw(self.resources) if self.resources else NOTHING,
            overhead=Raw(self.overhead) if self.overhead else NOTHING,
            service_account_name=self.service_account_name,
            service_account=self.service_account,
            priority_class_name=self.priority_class_name,
            automount=self.automount,
            image_pull_secrets=_references(self.image_pull_secrets or b"null"),
            containers=_containers(self.containers),
            init_containers=_containers(self.init_containers),
            ephemeral_containers=_containers(self.ephemeral_containers),
            volumes=_volumes(self.volumes or b"null"),
            scheduler_name=self.scheduler_name,
            resource_claims=_resource_claims(self.resource_claims or b"null"),
        )

    def unnamed(self) -> Parts:
        """Return the parts without what admission makes up for each Pod: the name of its token's volume."""
        found = _TOKEN_VOLUME.search(self.volumes)
        if found is None:
            return self
        name = found[1]
        mount = _MOUNT % name
        containers, inits = self.containers.replace(mount, _COMMON_MOUNT), self.init_containers
        if inits:
            inits = inits.replace(mount, _COMMON_MOUNT)
        volumes = self.volumes[: found.start(1)] + _TOKEN_NAME + self.volumes[found.end(1) :]
        if name in containers or name in inits or name in self.ephemeral_containers or name in volumes:
            # Something else has the name as well.
            return self
        return replace(self, containers=containers, init_containers=inits, volumes=volumes)


class PartedSpec(Model):
    """A specification of which the larger parts stay undecoded, in the order in which a server writes it."""

    volumes: Raw = NOTHING
    init_containers: Raw = NOTHING
    containers: Raw = NOTHING
    ephemeral_containers: Raw = NOTHING
    node_selector: Raw = NOTHING
    service_account_name: str | None = None
    service_account: str | None = None
    automount: bool | None = field(default=None, name="automountServiceAccountToken")
    node_name: str | None = None
    image_pull_secrets: Raw = NOTHING
    scheduler_name: str | None = None
    priority_class_name: str | None = None
    overhead: Raw = NOTHING
    resource_claims: Raw = NOTHING
    resources: Raw = NOTHING

    def parts(self) -> Parts:
        """Return all but the Node, as values."""
        return Parts(
            self.containers and bytes(self.containers),
            self.volumes and bytes(self.volumes),
            self.init_containers and bytes(self.init_containers),
            self.ephemeral_containers and bytes(self.ephemeral_containers),
            self.node_selector and bytes(self.node_selector),
            self.image_pull_secrets and bytes(self.image_pull_secrets),
            self.resources and bytes(self.resources),
            self.overhead and bytes(self.overhead),
            self.service_account_name,
            self.service_account,
            self.automount,
            self.priority_class_name,
            self.scheduler_name,
            self.resource_claims and bytes(self.resource_claims),
        )


_labels = msgspec.json.Decoder(dict[str, str] | None).decode
_references = msgspec.json.Decoder(list[LocalObjectReference] | None).decode
_decoded_containers = msgspec.json.Decoder(list[Container] | None).decode
_resource_claims = msgspec.json.Decoder(list[ResourceClaim] | None).decode
_volumes = msgspec.json.Decoder(list[Volume] | None).decode


def _containers(text: bytes) -> list[Container] | None:
    """Decode containers that hold nothing of the text but what they say."""
    containers = _decoded_containers(text) if text else None
    for container in containers or ():
        if container.resources:
            # A Raw is a view into all of the text, and keeps it.
            container.resources = container.resources.copy()
    return containers


class Meaning(NamedTuple):
    """What a specification means."""

    spec: PodSpec
    """Without its Node, and without names that admission made up, where Pods share it."""
    uses: tuple[Ref, ...]
    """What Pods refer to before their Node."""
    runs: tuple[Ref, ...]
    """The images."""
    own_claims: bool
    """Whether claims are named like the Pod: they are not in `uses`."""
    image: str
    requests: Requests
    """As long as no kubelet says otherwise."""
    node_selector: Labels
    pull_secrets: tuple[str, ...]
    access: PodAccess

    def refs(self, namespace: str, name: str, uid: str, node: str | None) -> tuple[Ref, ...]:
        """Return what a Pod refers to."""
        refs = self.uses
        if self.own_claims:
            refs += distinct(_claims(self.spec, namespace, name, uid))
        if node:
            refs += (ref("runs-on", "Node", "", node),)
        return refs + self.runs


def meaning_of(spec: PodSpec, namespace: str, *, pull_refused: bool) -> Meaning:
    """Return what the specification of a Pod in a namespace means, by whether a registry refuses an image."""
    named = uses(spec, namespace, admitted=True, pull_refused=pull_refused)
    own_claims = any(volume.ephemeral is not None for volume in spec.volumes or ())
    if not own_claims:
        named += _claims(spec, namespace)
    return Meaning(
        spec,
        distinct(named),
        distinct(ref("runs-image", "Image", "", complete(image)) for image in spec.images()),
        own_claims,
        spec.first_image(),
        of_pod(spec, {}, infeasible=False),
        share_labels(spec.node_selector),
        tuple(each.name for each in spec.image_pull_secrets or () if each.name) if pull_refused else (),
        access_of(spec),
    )


def shared_meaning(parts: Parts, namespace: str, *, pull_refused: bool) -> Meaning:
    """Return what `meaning_of` would; raises what `msgspec` raises."""
    if _TOKENS in parts.volumes:
        parts = parts.unnamed()
    if len(parts.containers) + len(parts.volumes) > _LONGEST:
        return meaning_of(parts.decoded(), namespace, pull_refused=pull_refused)
    return _shared(_Asked(parts, namespace, pull_refused=pull_refused))


class _Asked:
    """What is asked for, told apart by a hash: the text has the values of variables, which nothing keeps."""

    __slots__ = ("_about", "_parts", "namespace", "pull_refused")

    def __init__(self, parts: Parts, namespace: str, *, pull_refused: bool) -> None:
        self._about = hash((parts, namespace, pull_refused))
        self._parts: Parts | None = parts
        self.namespace = namespace
        self.pull_refused = pull_refused

    def __hash__(self) -> int:
        return self._about

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Asked) and self._about == other._about

    def take(self) -> Parts:
        """Return the parts and let go of them; called once."""
        parts, self._parts = self._parts, None
        assert parts is not None
        return parts


@lru_cache(_SHARED)
def _shared(asked: _Asked) -> Meaning:
    return meaning_of(asked.take().decoded(), asked.namespace, pull_refused=asked.pull_refused)


def _claims(spec: PodSpec, namespace: str, pod: str = "", uid: str = "") -> list[Ref]:
    """List the claims of a Pod; ephemeral ones are named like it, and belong to it alone."""
    refs = []
    for volume in spec.volumes or ():
        if volume.persistent_volume_claim is not None:
            if claim := volume.persistent_volume_claim.claim_name:
                refs.append(ref("mounts", "PersistentVolumeClaim", namespace, claim))
        elif volume.ephemeral is not None and volume.name:
            claim = f"{pod}-{volume.name}"
            refs.append(ref_to("mounts", "PersistentVolumeClaim", namespace, claim, uid))
    return refs
