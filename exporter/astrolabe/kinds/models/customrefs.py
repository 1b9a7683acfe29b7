"""What custom resources refer to, as a table of data: group, kind, path, what it leads to, type of the edge.

A path is written with dots; `[]` after a name stands for every entry of a list. What stands at the end is a
name, `namespace/name`, or an object with `name` and, where it has them, `kind`, `namespace` and one of
`group`, `apiGroup`, `apiVersion`. Of several paths, divided by `|`, the first that names something counts.
Users add rows of the same form (setting `custom_references`).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from typing import Annotated, Any, Literal, TypeAlias, TypeGuard

import msgspec

from astrolabe.graph.facts import Ref, ref
from astrolabe.kinds.models.groups import kind_label

CustomEdge: TypeAlias = Literal[
    "refers", "produces", "parent", "routes-to", "classifies", "scales", "uses-secret"
]


KIND = r"[A-Z][A-Za-z0-9]{0,62}"
"""A regular expression for a kind."""
PATH = r"(?:spec|status)(?:\.[A-Za-z0-9_-]+(?:\[\])?){1,20}|metadata\.labels\.[A-Za-z0-9._/-]{1,317}"
"""A regular expression for a path that users write."""


def _schema(pattern: str) -> msgspec.Meta:
    return msgspec.Meta(extra_json_schema={"pattern": f"^(?:{pattern})$"})


class Row(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One kind of reference."""

    group: str
    kind: Annotated[str, _schema(KIND)]
    path: Annotated[str, _schema(PATH)]
    to: str
    """The kind it leads to, as `Kind` or `Kind.group`, where the object at the path does not say another.

    `{parent}` is the resource's group without its first part (`aws.upbound.io` of `rds.aws.upbound.io`).
    """
    edge: CustomEdge = "refers"
    optional: bool = False
    """Its absence does no harm: it is made later, or by the resource itself."""
    scope: Literal["same", "cluster", "given"] = "same"
    """Where it is, if the object at the path names no namespace: in the resource's, or cluster-scoped."""


_CM, _FLUX, _HELM = "cert-manager.io", "source.toolkit.fluxcd.io", "helm.toolkit.fluxcd.io"
_KUSTOMIZE, _ES, _KN = "kustomize.toolkit.fluxcd.io", "external-secrets.io", "serving.knative.dev"
_IMAGE, _NOTIFY = "image.toolkit.fluxcd.io", "notification.toolkit.fluxcd.io"
_SNAP, _CAPI = "snapshot.storage.k8s.io", "cluster.x-k8s.io"
_GW, _KEDA, _MON = "gateway.networking.k8s.io", "keda.sh", "monitoring.coreos.com"

ROWS: tuple[Row, ...] = (
    Row(_CM, "Certificate", "spec.issuerRef", f"Issuer.{_CM}"),
    Row(_CM, "Certificate", "spec.secretName", "Secret", "produces", optional=True),
    Row(_CM, "CertificateRequest", "spec.issuerRef", f"Issuer.{_CM}"),
    Row(_CM, "Issuer", "spec.ca.secretName", "Secret"),
    Row("acme.cert-manager.io", "Order", "spec.issuerRef", f"Issuer.{_CM}"),
    Row("acme.cert-manager.io", "Challenge", "spec.issuerRef", f"Issuer.{_CM}"),
    Row("argoproj.io", "Application", "status.resources[]", "", optional=True, scope="cluster"),
    Row("argoproj.io", "Application", "spec.project", "AppProject.argoproj.io"),
    Row("argoproj.io", "Rollout", "spec.workloadRef", "Deployment"),
    Row("argoproj.io", "Rollout", "spec.strategy.canary.canaryService", "Service"),
    Row("argoproj.io", "Rollout", "spec.strategy.canary.stableService", "Service"),
    Row("argoproj.io", "Rollout", "spec.strategy.blueGreen.activeService", "Service"),
    Row("argoproj.io", "Rollout", "spec.strategy.blueGreen.previewService", "Service"),
    Row(_HELM, "HelmRelease", "spec.chart.spec.sourceRef", f"HelmRepository.{_FLUX}"),
    Row(_HELM, "HelmRelease", "spec.chartRef", f"HelmChart.{_FLUX}"),
    Row(_HELM, "HelmRelease", "spec.dependsOn[]", f"HelmRelease.{_HELM}"),
    Row(_HELM, "HelmRelease", "spec.valuesFrom[]", "ConfigMap"),
    Row(_HELM, "HelmRelease", "status.inventory.entries[].id", "", optional=True),
    Row(_HELM, "HelmRelease", "status.helmChart", f"HelmChart.{_FLUX}", optional=True),
    Row(_KUSTOMIZE, "Kustomization", "spec.sourceRef", f"GitRepository.{_FLUX}"),
    Row(_KUSTOMIZE, "Kustomization", "status.inventory.entries[].id", "", optional=True),
    Row(_KUSTOMIZE, "Kustomization", "spec.dependsOn[]", f"Kustomization.{_KUSTOMIZE}"),
    Row(_FLUX, "HelmChart", "spec.sourceRef", f"HelmRepository.{_FLUX}"),
    Row(_FLUX, "HelmRepository", "spec.secretRef", "Secret"),
    Row(_FLUX, "GitRepository", "spec.secretRef", "Secret"),
    Row(_FLUX, "OCIRepository", "spec.secretRef", "Secret"),
    Row(_KUSTOMIZE, "Kustomization", "spec.decryption.secretRef", "Secret"),
    Row(_FLUX, "Bucket", "spec.secretRef", "Secret"),
    Row(_ES, "ExternalSecret", "spec.secretStoreRef", f"SecretStore.{_ES}"),
    Row(_ES, "ExternalSecret", "spec.target.name|metadata.name", "Secret", "produces", optional=True),
    Row(_ES, "ExternalSecret", "spec.data[].sourceRef.storeRef", f"SecretStore.{_ES}"),
    Row(_ES, "ExternalSecret", "spec.dataFrom[].sourceRef.storeRef", f"SecretStore.{_ES}"),
    Row(
        _ES,
        "ClusterExternalSecret",
        "spec.externalSecretSpec.secretStoreRef",
        f"ClusterSecretStore.{_ES}",
        scope="cluster",
    ),
    *(
        Row(_ES, kind, f"spec.provider.{path}", "Secret")
        for kind in ("SecretStore", "ClusterSecretStore")
        for path in (
            "vault.auth.tokenSecretRef",
            "aws.auth.secretRef.accessKeyIDSecretRef",
            "vault.auth.appRole.secretRef",
            "gcpsm.auth.secretRef.secretAccessKeySecretRef",
            "azurekv.authSecretRef.clientSecret",
        )
    ),
    Row(_ES, "PushSecret", "spec.secretStoreRefs[]", f"SecretStore.{_ES}"),
    Row(_KN, "Service", "status.latestCreatedRevisionName", f"Revision.{_KN}"),
    Row(_KN, "Configuration", "status.latestCreatedRevisionName", f"Revision.{_KN}"),
    Row(_KN, "Route", "spec.traffic[].revisionName", f"Revision.{_KN}"),
    Row(_KN, "Route", "spec.traffic[].configurationName", f"Configuration.{_KN}"),
    Row(_KEDA, "ScaledObject", "spec.scaleTargetRef", "Deployment", "scales"),
    Row(_KEDA, "ScaledObject", "spec.triggers[].authenticationRef", f"TriggerAuthentication.{_KEDA}"),
    Row(_KEDA, "ScaledJob", "spec.triggers[].authenticationRef", f"TriggerAuthentication.{_KEDA}"),
    Row(_KEDA, "TriggerAuthentication", "spec.secretTargetRef[]", "Secret"),
    Row(_MON, "Prometheus", "spec.serviceAccountName", "ServiceAccount"),
    Row(_MON, "Prometheus", "spec.additionalScrapeConfigs", "Secret"),
    Row(_MON, "Prometheus", "spec.secrets[]", "Secret"),
    Row(_MON, "Prometheus", "spec.configMaps[]", "ConfigMap"),
    Row(_MON, "Alertmanager", "spec.configSecret", "Secret"),
    Row(_MON, "ServiceMonitor", "spec.endpoints[].bearerTokenSecret", "Secret"),
    Row(_MON, "ServiceMonitor", "spec.endpoints[].basicAuth.username", "Secret"),
    Row(
        "bitnami.com",
        "SealedSecret",
        "spec.template.metadata.name|metadata.name",
        "Secret",
        "produces",
        optional=True,
    ),
    Row(
        "secrets.hashicorp.com", "VaultStaticSecret", "spec.destination", "Secret", "produces", optional=True
    ),
    Row("secrets.hashicorp.com", "VaultStaticSecret", "spec.vaultAuthRef", "VaultAuth.secrets.hashicorp.com"),
    Row(_SNAP, "VolumeSnapshot", "spec.source.persistentVolumeClaimName", "PersistentVolumeClaim"),
    Row(
        _SNAP,
        "VolumeSnapshot",
        "spec.volumeSnapshotClassName",
        f"VolumeSnapshotClass.{_SNAP}",
        scope="cluster",
    ),
    Row("velero.io", "Backup", "spec.storageLocation", "BackupStorageLocation.velero.io"),
    Row("tekton.dev", "PipelineRun", "spec.pipelineRef", "Pipeline.tekton.dev"),
    Row("tekton.dev", "TaskRun", "spec.taskRef", "Task.tekton.dev"),
    Row(_CAPI, "Machine", "spec.clusterName", f"Cluster.{_CAPI}"),
    Row(_CAPI, "Machine", "spec.infrastructureRef", ""),
    Row(_CAPI, "Machine", "spec.bootstrap.configRef", ""),
    Row(_CAPI, "Cluster", "spec.infrastructureRef", ""),
    Row(_CAPI, "Cluster", "spec.controlPlaneRef", ""),
    *(
        row
        for group in ("traefik.io", "traefik.containo.us")
        for row in (
            Row(group, "IngressRoute", "spec.routes[].services[]", "Service", "routes-to"),
            Row(group, "IngressRoute", "spec.routes[].middlewares[]", f"Middleware.{group}"),
            Row(group, "IngressRoute", "spec.tls.secretName", "Secret", "uses-secret"),
        )
    ),
    Row("projectcontour.io", "HTTPProxy", "spec.routes[].services[]", "Service", "routes-to"),
    *(
        row
        for kind in ("TCPRoute", "UDPRoute")
        for row in (
            Row(_GW, kind, "spec.parentRefs[]", f"Gateway.{_GW}", "parent"),
            Row(_GW, kind, "spec.rules[].backendRefs[]", "Service", "routes-to"),
        )
    ),
    Row("multicluster.x-k8s.io", "ServiceExport", "metadata.name", "Service"),
    Row("postgresql.cnpg.io", "Cluster", "spec.superuserSecret", "Secret"),
    Row("postgresql.cnpg.io", "Cluster", "spec.bootstrap.initdb.secret", "Secret"),
    Row("postgresql.cnpg.io", "Pooler", "spec.cluster", "Cluster.postgresql.cnpg.io"),
    Row("postgresql.cnpg.io", "Backup", "spec.cluster", "Cluster.postgresql.cnpg.io"),
    Row("postgresql.cnpg.io", "ScheduledBackup", "spec.cluster", "Cluster.postgresql.cnpg.io"),
    Row(
        "kibana.k8s.elastic.co",
        "Kibana",
        "spec.elasticsearchRef",
        "Elasticsearch.elasticsearch.k8s.elastic.co",
    ),
    Row(
        "operators.coreos.com",
        "Subscription",
        "status.currentCSV",
        "ClusterServiceVersion.operators.coreos.com",
        optional=True,
    ),
    Row("kafka.strimzi.io", "KafkaTopic", "metadata.labels.strimzi.io/cluster", "Kafka.kafka.strimzi.io"),
    Row("kafka.strimzi.io", "KafkaUser", "metadata.labels.strimzi.io/cluster", "Kafka.kafka.strimzi.io"),
    Row("kafka.strimzi.io", "KafkaNodePool", "metadata.labels.strimzi.io/cluster", "Kafka.kafka.strimzi.io"),
    Row(
        "kafka.strimzi.io",
        "KafkaConnector",
        "metadata.labels.strimzi.io/cluster",
        "KafkaConnect.kafka.strimzi.io",
    ),
    Row(_IMAGE, "ImagePolicy", "spec.imageRepositoryRef", f"ImageRepository.{_IMAGE}"),
    Row(_IMAGE, "ImageRepository", "spec.secretRef", "Secret"),
    Row(_IMAGE, "ImageUpdateAutomation", "spec.sourceRef", f"GitRepository.{_FLUX}"),
    Row(_NOTIFY, "Alert", "spec.providerRef", f"Provider.{_NOTIFY}"),
    Row(_NOTIFY, "Provider", "spec.secretRef", "Secret"),
    Row(_NOTIFY, "Receiver", "spec.secretRef", "Secret"),
    Row("karpenter.sh", "NodePool", "spec.template.spec.nodeClassRef", "", scope="cluster"),
    Row("karpenter.sh", "NodeClaim", "spec.nodeClassRef", "", scope="cluster"),
    # Crossplane: every composite, claim and managed resource has the same fields, whatever its group.
    Row("*", "*", "spec.resourceRef", "", optional=True, scope="cluster"),
    Row("*", "*", "spec.resourceRefs[]", "", optional=True, scope="cluster"),
    Row("*", "*", "spec.crossplane.resourceRefs[]", "", optional=True),
    Row("*", "*", "spec.credentials.secretRef", "Secret"),
    Row("*", "*", "spec.compositionRef", "Composition.apiextensions.crossplane.io", scope="cluster"),
    Row("*", "*", "spec.providerConfigRef", "ProviderConfig.{parent}", scope="cluster"),
    Row("*", "*", "spec.writeConnectionSecretToRef", "Secret", "produces", optional=True),
)
_LONGEST_NAME = 253
_Paths: TypeAlias = tuple[tuple[str, ...], ...]
"""The paths of a row, the first of which that names something counts."""
REFERENCES_READ = 500
"""References of one object that are read, at most."""


class Table:
    """Rows by the kind that they are about: those that everybody has, and users' own."""

    def __init__(self, own: Iterable[Row] = ()) -> None:
        self._rows: dict[tuple[str, str], list[tuple[Row, _Paths]]] = {}
        for row in (*ROWS, *own):
            paths = tuple(steps(path) for path in row.path.split("|"))
            self._rows.setdefault((row.group, row.kind), []).append((row, paths))

    def wanted(self, group: str, kind: str, part: str, raw: bytes) -> bool:
        """Whether a part (`spec`, `status`) of an object may hold a reference; else it is not decoded."""
        return any(
            path[0] == part and f'"{path[1].removesuffix("[]")}"'.encode() in raw
            for _, paths in self._about(group, kind)
            for path in paths
        )

    def _about(self, group: str, kind: str) -> list[tuple[Row, _Paths]]:
        return [*self._rows.get((group, kind), ()), *self._rows.get(("*", "*"), ())]

    def refs(self, group: str, kind: str, obj: Mapping[str, Any], namespace: str) -> list[Ref]:
        """Return what an object of a kind refers to."""
        found: list[Ref] = []
        for row, paths in self._about(group, kind):
            for path in paths:
                made = [_ref(row, group, value, namespace) for value in _at(obj, path)]
                named = [each for each in made if each is not None]
                found += named[: REFERENCES_READ - len(found)]
                if named:
                    break
        return found


@lru_cache(1 << 9)
def steps(path: str) -> tuple[str, ...]:
    """Return the steps of a path. The key of a label or annotation, which may hold dots, is one step."""
    for prefix in ("metadata.labels.", "metadata.annotations."):
        if path.startswith(prefix):
            return (*prefix.rstrip(".").split("."), path[len(prefix) :])
    return tuple(path.split("."))


def _at(value: Any, path: tuple[str, ...]) -> Iterator[Any]:
    """Yield what stands at a path; nothing where the object has another shape."""
    if not path:
        yield value
        return
    step, *rest = path
    name = step.removesuffix("[]")
    below = value.get(name) if isinstance(value, dict) else None
    if below is None:
        return
    if step.endswith("[]"):
        for entry in below if isinstance(below, list) else ():
            yield from _at(entry, tuple(rest))
    else:
        yield from _at(below, tuple(rest))


def _ref(row: Row, group: str, value: Any, namespace: str) -> Ref | None:
    """Return the reference that a value makes; None where it names nothing."""
    name: Any
    kind = row.to.replace("{parent}", group.partition(".")[2])
    name, given, optional = value, "", row.optional
    if isinstance(value, dict):
        name, given = value.get("name"), str(value.get("namespace") or "")
        kind = _kind(kind, value)
        optional = optional or value.get("optional") is True
    elif isinstance(value, str) and not kind:
        # An entry of Flux' inventory: namespace, name, group and kind.
        given, name, group, kind = value.split("_") if value.count("_") == _INVENTORY else ("", "", "", "")
        kind = f"{kind}.{group}" if group else kind
        return _made(row, kind, given, name, optional=optional)
    elif isinstance(value, str) and "/" in value:
        given, _, name = value.partition("/")
    # A kind that is named where there is a choice may be the namespaced one (Crossplane's ProviderConfigs).
    chosen = isinstance(value, dict) and row.scope == "cluster" and row.to and "kind" in value
    if not given and kind and (row.scope == "same" or chosen) and not _is_cluster_scoped(kind):
        given = namespace
    if not given and kind in _IN_NAMESPACES:
        # Named by what is cluster-scoped: in whatever namespace its controller looks into.
        return None
    return _made(row, kind, given, name, optional=optional)


def _made(row: Row, kind: str, namespace: str, name: object, *, optional: bool) -> Ref | None:
    if not (_is_name(name) and kind and (namespace == "" or _is_name(namespace))):
        return None
    return ref(row.edge, label_of(kind), namespace, name, optional=optional, reverse=row.edge == "classifies")


_IN_NAMESPACES = frozenset({"Secret", "ConfigMap", "Service", "ServiceAccount"})
_INVENTORY = 3
"""Underscores in an entry of Flux' inventory."""


def _is_cluster_scoped(kind: str) -> bool:
    label = label_of(kind)
    return label in CLUSTER_SCOPED or (_CLUSTER_WIDE.match(label) is not None and label not in _NAMESPACED)


CLUSTER_SCOPED = frozenset({"Namespace", "Node", "PersistentVolume", "StorageClass", "IngressClass"})
_CLUSTER_WIDE = re.compile(r"Cluster[A-Z]")
"""How cluster-scoped forms of other kinds are named (`ClusterIssuer`); a `Cluster` itself is none."""
_NAMESPACED = frozenset(
    {
        "ClusterServiceVersion.operators.coreos.com",
        f"ClusterClass.{_CAPI}",
        "ClusterResourceSet.addons.cluster.x-k8s.io",
    }
)
"""Those that are namespaced nevertheless."""


def _is_name(name: object) -> TypeGuard[str]:
    return isinstance(name, str) and 0 < len(name) <= _LONGEST_NAME and "/" not in name


def _kind(default: str, value: Mapping[str, Any]) -> str:
    """Return the kind, with its group, that an object reference names; the default where it names none."""
    kind = value.get("kind")
    if not (isinstance(kind, str) and kind.isidentifier()):
        return default
    api_version = value.get("apiVersion")
    if isinstance(api_version, str) and api_version:
        group, slash, _ = api_version.partition("/")
        return f"{kind}.{group}" if slash else kind
    for name in ("group", "apiGroup"):
        named = value.get(name)
        if isinstance(named, str):
            return f"{kind}.{named}" if named else kind
    # The kind alone: of the group that the row speaks of.
    _, dot, default_group = default.partition(".")
    return f"{kind}.{default_group}" if dot else kind


def label_of(kind: str) -> str:
    """Return a kind that is written with its group as ids have it: `Deployment.apps` is `Deployment`."""
    name, _, group = kind.partition(".")
    return kind_label(group, name)


STANDARD = Table()
"""What everybody has."""
