"""The families of the graph. Their meaning for users is told in docs/metrics/, which a test compares."""

from __future__ import annotations

from astrolabe.metrics.family import Family

RESOURCE_INFO = Family(
    "astrolabe_resource_info",
    "gauge",
    "An object of the cluster, or a container image that a Pod runs.",
    ("id", "kind", "group", "namespace", "name", "uid", "api_version", "helm_release", "helm_chart"),
)
RESOURCE_STATUS = Family(
    "astrolabe_resource_status",
    "gauge",
    "The current status of an object: Ready, Pending, Error or Unknown; and the reason.",
    ("id", "kind", "namespace", "name", "status", "reason"),
)
RESOURCE_SINCE = Family(
    "astrolabe_resource_status_since_timestamp_seconds",
    "gauge",
    "When the status of an object that is not Ready began, in Unix seconds, if the object says it.",
    ("id", "kind", "namespace", "name"),
)
RESOURCE_CREATED = Family(
    "astrolabe_resource_created_timestamp_seconds",
    "gauge",
    "When an object was created, in Unix seconds.",
    ("id", "kind", "namespace", "name"),
)
RESOURCE_LABELS = Family(
    "astrolabe_resource_labels",
    "gauge",
    "Labels of an object that the settings select, as label_… of the metric.",
    ("id", "kind", "namespace", "name"),
)
EDGE_INFO = Family(
    "astrolabe_edge_info",
    "gauge",
    "A relation between two objects; source and target are ids.",
    ("type", "namespace", "source", "source_kind", "target", "target_kind"),
)
REMOTE_EDGE_INFO = Family(
    "astrolabe_remote_edge_info",
    "gauge",
    "A relation to an object of another cluster, which is named as the source names it.",
    (
        "type",
        "namespace",
        "source",
        "source_kind",
        "target_cluster",
        "target_server",
        "target",
        "target_kind",
    ),
)
REFERENCE_MISSING_INFO = Family(
    "astrolabe_reference_missing_info",
    "gauge",
    "A reference of an object to another object that does not exist.",
    ("type", "namespace", "source", "source_kind", "target", "target_kind", "optional"),
)
POD_WORKLOAD_INFO = Family(
    "astrolabe_pod_workload_info",
    "gauge",
    "The topmost controller of a Pod, or the Pod itself if it has none.",
    ("namespace", "pod", "uid", "node", "workload_kind", "workload", "helm_release"),
)
HELM_RELEASE_INFO = Family(
    "astrolabe_helm_release_info",
    "gauge",
    "A Helm release, with the newest revision that Helm recorded.",
    ("namespace", "release", "chart", "revision", "status"),
)
ROOT_CAUSE_INFO = Family(
    "astrolabe_root_cause_info",
    "gauge",
    "A cause of an object that is not Ready: an unhealthy or missing object that it depends on.",
    ("id", "kind", "namespace", "name", "cause", "cause_kind", "distance", "reason"),
)
IMPACT = Family(
    "astrolabe_impact",
    "gauge",
    "How many Services and Ingresses an object that is not Ready affects.",
    ("id", "kind", "namespace", "name"),
)
CAUSE_INFO = Family(
    "astrolabe_cause_info",
    "gauge",
    "A cause of objects that are not Ready, with its message; alike causes are one series.",
    ("id", "kind", "namespace", "name", "reason", "message"),
)
CAUSE_AFFECTED = Family(
    "astrolabe_cause_affected",
    "gauge",
    "How many entry points, workloads and other objects are not Ready because of a cause.",
    ("id",),
)
RESOURCES = Family(
    "astrolabe_resources", "gauge", "Objects by kind, namespace and status.", ("kind", "namespace", "status")
)
EDGES = Family("astrolabe_edges", "gauge", "Relations by type.", ("type",))

FAMILIES: tuple[Family, ...] = (
    RESOURCE_INFO,
    RESOURCE_STATUS,
    RESOURCE_SINCE,
    RESOURCE_CREATED,
    RESOURCE_LABELS,
    EDGE_INFO,
    REMOTE_EDGE_INFO,
    REFERENCE_MISSING_INFO,
    POD_WORKLOAD_INFO,
    HELM_RELEASE_INFO,
    ROOT_CAUSE_INFO,
    IMPACT,
    CAUSE_INFO,
    CAUSE_AFFECTED,
    RESOURCES,
    EDGES,
)

OPT_IN: frozenset[str] = frozenset({RESOURCE_CREATED.name})
"""Families that are exposed only if the settings ask for them."""
