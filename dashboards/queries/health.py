"""What is well, what is not, why, and what changed."""

from __future__ import annotations

from dashboards.queries.promql import (
    CLUSTER,
    NAMESPACE,
    NAMESPACES,
    counted,
    distinct,
    joined,
    or_zero,
    relabel,
    renamed,
)

OBJECT = ("id", "kind", "namespace", "name")
_SHORT_LIVED = 'kind!~"Pod|ReplicaSet|EndpointSlice|Job|Image"'
"""Kinds whose coming and going is no news."""


def objects(status: str) -> str:
    """Return how many objects have `status`."""
    return or_zero(f'sum(astrolabe_resources{{{NAMESPACES}, status="{status}"}})')


def objects_by(label: str, status: str) -> str:
    """Return how many objects have a status that matches, by `label`."""
    return f'sum by (cluster, {label}) (astrolabe_resources{{{NAMESPACES}, status=~"{status}"}}) > 0'


_AT_REST = distinct(f'astrolabe_resource_status{{{NAMESPACES}, reason="AtRest"}}', "id", "namespace")
RESTING = f"count by (cluster, namespace) ({_AT_REST})"
"""How many objects are at rest in each namespace: they are among those that are Ready."""

NOT_READY_OVER_TIME = f'sum by (status) (astrolabe_resources{{{NAMESPACES}, status!="Ready"}})'
"""By status."""

_POD_IMPACT = renamed(f'astrolabe_impact{{{NAMESPACES}, kind="Pod"}}', "pod", "name")
_OWNER = distinct(
    f"astrolabe_pod_workload_info{{{NAMESPACES}}}", "namespace", "pod", "workload_kind", "workload"
)
_ON_POD = f"* on (cluster, namespace, pod) group_left (workload_kind, workload) {_OWNER}"
_THROUGH_PODS = joined(f"({_POD_IMPACT} {_ON_POD})", "id", "/", "workload_kind", "namespace", "workload")
IMPACT = f"max by (cluster, id) (astrolabe_impact{{{NAMESPACES}}} or {_THROUGH_PODS})"
"""How many Services and Ingresses each takes along. Services select Pods, so a workload fails them by its."""

_RELEASE = distinct(f"astrolabe_resource_info{{{NAMESPACES}}}", "id", "helm_release")
_NOT_READY = distinct(
    f'astrolabe_resource_status{{{NAMESPACES}, status=~"Error|Pending"}}', *OBJECT, "status", "reason"
)
_RELEASED = f"{_NOT_READY} * on (cluster, id) group_left (helm_release) {_RELEASE}"
BROKEN = f"({_RELEASED} * on (cluster, id) group_left () {IMPACT} or {_RELEASED} * 0)"
"""The objects in Error or Pending.

The value is how many Services and Ingresses each takes along.
"""

CAUSES = distinct(
    f"astrolabe_root_cause_info{{{NAMESPACES}}}", *OBJECT, "cause", "cause_kind", "distance", "reason"
)
"""What explains each object that is not Ready, how many relations away it is, and its reason."""

_SAYS = distinct(renamed(f"astrolabe_cause_info{{{CLUSTER}}}", "cause", "id"), "cause", "message")


def with_message(causes: str) -> str:
    """Return `causes`, by the label `cause`, with what each says in the label `message`, where it says it."""
    says = f"topk by (cluster, cause) (1, {_SAYS})"
    return f"({causes}) * on (cluster, cause) group_left (message) {says} or on (cluster, cause) ({causes})"


def root_causes(scope: str = NAMESPACES) -> str:
    """Return the causes with their reasons and messages, and how many objects each explains."""
    pairs = distinct(f"astrolabe_root_cause_info{{{scope}}}", "id", "cause", "cause_kind", "reason")
    causes = with_message(f"count by (cluster, cause, cause_kind, reason) ({pairs})")
    return relabel(f"({causes})", "namespace", "$1", "cause", "[^/]+/([^/]+)/.+")


ROOT_CAUSES = root_causes()
"""Those of the chosen namespaces."""

_READY = f'sum(astrolabe_resources{{{NAMESPACES}, status="Ready"}})'
READY_SHARE = f"{_READY} / sum(astrolabe_resources{{{NAMESPACES}}})"
"""What is at rest is Ready."""

MISSING = distinct(
    f'astrolabe_reference_missing_info{{{NAMESPACES}, optional!="true"}}', "type", "source", "target"
)
"""References to something that does not exist and has to."""

MISSING_COUNT = counted(MISSING)


def _known(offset: str = "") -> str:
    return distinct(f"astrolabe_resource_info{{{NAMESPACES}, {_SHORT_LIVED}}}{offset}", *OBJECT)


_EARLIER = " offset $__range"


def new_in_range(present: str, *labels: str, earlier: str) -> str:
    """Return what of `present` was not among `earlier` (a selector, seen at the beginning of the time range).

    Where nothing was known then (the exporter is younger, or was down) nothing is new rather than everything.
    """
    then = f"astrolabe_resources{{{CLUSTER}}}{_EARLIER}"
    return f"{present} unless on (cluster, {', '.join(labels)}) {earlier}{_EARLIER} and on (cluster) {then}"


APPEARED = new_in_range(_known(), "id", earlier=f"astrolabe_resource_info{{{CLUSTER}}}")
"""Objects that did not exist at the beginning of the time range."""
VANISHED = f"{_known(_EARLIER)} unless on (cluster, id) {_known()}"
"""Objects that existed at the beginning of the time range and no longer do."""


def _failing(offset: str = "") -> str:
    return distinct(f'astrolabe_resource_status{{{NAMESPACES}, status="Error"}}{offset}', *OBJECT)


BROKE = f"{_failing()} unless on (cluster, id) {_failing(_EARLIER)}"
"""Objects in Error that were not at the beginning of the time range."""


def in_releases(status: str) -> str:
    """Return the objects of the chosen releases whose status matches, with their release.

    One namespace is looked at, since a release's name is unique only within its own.
    """
    objects = distinct(f"astrolabe_resource_status{{{NAMESPACE}, {status}}}", *OBJECT, "status")
    chosen = f'{NAMESPACE}, helm_release=~"$release", helm_release!=""'
    release = distinct(f"astrolabe_resource_info{{{chosen}}}", "id", "helm_release")
    return f"{objects} * on (cluster, id) group_left (helm_release) {release}"
