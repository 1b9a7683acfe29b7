"""What is well, what is not, why, and what changed."""

from __future__ import annotations

from dashboards.queries.merged import total, whole
from dashboards.queries.promql import (
    CLUSTER,
    NAMESPACES,
    counted,
    distinct,
    joined,
    labelled,
    or_zero,
    parted,
    renamed,
)

OBJECT = ("id", "kind", "namespace", "name")
_SHORT_LIVED = 'kind!~"Pod|ReplicaSet|EndpointSlice|Job|Image"'
"""Kinds whose coming and going is no news."""


ALERTS = distinct(
    f'ALERTS{{{CLUSTER}, alertname=~"Astrolabe.*|KubeGreen.*", namespace=~"$namespace|"}}',
    *("severity", "alertstate", "alertname", "kind", "namespace", "name"),
)
"""Astrolabe's alerts of the chosen namespaces, and those of none.

Grafana's own list of alerts does not follow the variable of the data source.
"""


def _resources(status: str = "") -> str:
    return whole("astrolabe_resources", f"{NAMESPACES}, {status}" if status else NAMESPACES)


_EVERY = total(_resources(), "namespace")


def objects(status: str) -> str:
    """Return how many objects have `status`."""
    return or_zero(total(_resources(f'status="{status}"')))


def objects_by(label: str, status: str) -> str:
    """Return how many objects have a status that matches, by `label`."""
    matching = _resources(f'status=~"{status}"')
    return f"{total(matching, label)} > 0"


def count_in_namespaces(status: str) -> str:
    """Return how many objects of each namespace have `status`, 0 included."""
    some = total(_resources(f'status="{status}"'), "namespace")
    return f"{some} or on (cluster, namespace) 0 * {_EVERY}"


_AT_REST = distinct(f'astrolabe_resource_status{{{NAMESPACES}, reason="AtRest"}}', "id", "namespace")
RESTING = f"count by (cluster, namespace) ({_AT_REST}) or on (cluster, namespace) 0 * {_EVERY}"
"""How many objects are at rest in each namespace: they are among those that are Ready."""

NOT_READY_OVER_TIME = total(_resources('status!="Ready"'), "status")
"""By status."""

_POD_IMPACT = renamed(whole("astrolabe_impact", f'{NAMESPACES}, kind="Pod"'), "pod", "name")
_OWNER = distinct(
    f"astrolabe_pod_workload_info{{{NAMESPACES}}}", "namespace", "pod", "workload_kind", "workload"
)
_ON_POD = f"* on (cluster, namespace, pod) group_left (workload_kind, workload) {_OWNER}"
_THROUGH_PODS = joined(f"({_POD_IMPACT} {_ON_POD})", "id", "/", "workload_kind", "namespace", "workload")
IMPACT = f"max by (cluster, id) ({whole('astrolabe_impact', NAMESPACES)} or {_THROUGH_PODS})"
"""How many Services and Ingresses break with each. Services select Pods, so a workload fails them by its."""

_RELEASE = distinct(f"astrolabe_resource_info{{{NAMESPACES}}}", "id", "helm_release")
_NOT_READY = distinct(
    f'astrolabe_resource_status{{{NAMESPACES}, status=~"Error|Pending"}}', *OBJECT, "status", "reason"
)
_RELEASED = f"{_NOT_READY} * on (cluster, id) group_left (helm_release) {_RELEASE}"
BROKEN = f"({_RELEASED} * on (cluster, id) group_left () {IMPACT} or {_RELEASED} * 0)"
"""The objects in Error or Pending.

The value is how many Services and Ingresses break with each.
"""

_EXPLAINED = distinct(f"astrolabe_root_cause_info{{{NAMESPACES}}}", *OBJECT, "cause", "distance", "reason")
CAUSES = parted(_EXPLAINED, "cause")
"""What explains each object that is not Ready, how many relations away it is, and its reason."""

_SAYS = distinct(renamed(f"astrolabe_cause_info{{{CLUSTER}}}", "cause", "id"), "cause", "message")


def with_message(causes: str) -> str:
    """Return `causes`, by the label `cause`, with what each says in the label `message`, where it says it."""
    says = f"topk by (cluster, cause) (1, {_SAYS})"
    return f"({causes}) * on (cluster, cause) group_left (message) {says} or on (cluster, cause) ({causes})"


def stories(scope: str = NAMESPACES) -> str:
    """Return the causes in `scope`, and those of what is not Ready there, alike ones once, with messages."""
    explain = distinct(renamed(f"astrolabe_root_cause_info{{{scope}}}", "id", "cause"), "id")
    elsewhere = f"astrolabe_cause_info{{{CLUSTER}}} and on (cluster, id) {explain}"
    told = distinct(f"(astrolabe_cause_info{{{scope}}} or {elsewhere})", "id", "reason", "message")
    one = f"topk by (cluster, cause) (1, {renamed(told, 'cause', 'id')})"
    return parted(distinct(one, "cause", "reason", "message"), "cause")


def affected(scope: str = NAMESPACES) -> str:
    """Return the same, and how many entry points, workloads and other whole things break with each."""
    number = renamed(whole("astrolabe_cause_affected", CLUSTER), "cause", "id")
    along = f"max by (cluster, cause) ({number})"
    told = stories(scope)
    return f"{told} * on (cluster, cause) group_left () {along} or on (cluster, cause) 0 * {told}"


def since(scope: str = NAMESPACES) -> str:
    """Return the same with when each came to this, in milliseconds, where it says so."""
    said = f"astrolabe_resource_status_since_timestamp_seconds{{{CLUSTER}}}"
    began = f"max by (cluster, cause) ({renamed(said, 'cause', 'id')})"
    return f"{stories(scope)} * on (cluster, cause) group_left () {began} * 1000"


_READY = total(_resources('status="Ready"'))
READY_SHARE = f"{_READY} / on (cluster) {total(_resources())}"
"""What is at rest is Ready."""

MISSING = distinct(f'astrolabe_reference_missing_info{{{NAMESPACES}, optional!="true"}}', "target")
"""What does not exist and has to, each once."""

MISSING_COUNT = counted(MISSING)


def _known(offset: str = "") -> str:
    return distinct(f"astrolabe_resource_info{{{NAMESPACES}, {_SHORT_LIVED}}}{offset}", *OBJECT)


_EARLIER = " offset $__range"


TOO_SHORT = "Prometheus knows nothing so old: shorten the time range"


def history_too_short(label: str, *others: str) -> str:
    """Return one series that says so in `label`, where there was no exporter when the range began."""
    now = f"group by (cluster) (astrolabe_resources{{{CLUSTER}}})"
    then = f"astrolabe_resources{{{CLUSTER}}}{_EARLIER}"
    said = labelled(f"({now} unless on (cluster) {then})", label, TOO_SHORT)
    for other in others:
        said = labelled(said, other, "-")
    return said


def new_in_range(present: str, *labels: str, earlier: str, say: str) -> str:
    """Return what of `present` was not among `earlier` (a selector, seen at the beginning of the time range).

    Where nothing was known then (the exporter is younger, or was down) nothing is new rather than
    everything, and the label `say` says why.
    """
    then = f"astrolabe_resources{{{CLUSTER}}}{_EARLIER}"
    new = f"{present} unless on (cluster, {', '.join(labels)}) {earlier}{_EARLIER} and on (cluster) {then}"
    others = [label for label in labels if label != say]
    return f"{new} or {history_too_short(say, *others)}"


APPEARED = new_in_range(_known(), "id", earlier=f"astrolabe_resource_info{{{CLUSTER}}}", say="name")
"""Objects that did not exist at the beginning of the time range."""
VANISHED = f"{_known(_EARLIER)} unless on (cluster, id) {_known()} or {history_too_short('name', 'id')}"
"""Objects that existed at the beginning of the time range and no longer do."""


def _failing(offset: str = "") -> str:
    return distinct(f'astrolabe_resource_status{{{NAMESPACES}, status="Error"}}{offset}', *OBJECT)


BROKE = f"{_failing()} unless on (cluster, id) {_failing(_EARLIER)}"
"""Objects in Error that were not at the beginning of the time range."""


def in_releases(status: str) -> str:
    """Return the objects of the chosen releases whose status matches, with their release."""
    objects = distinct(f"astrolabe_resource_status{{{NAMESPACES}, {status}}}", *OBJECT, "status")
    chosen = f'{NAMESPACES}, helm_release=~"$release", helm_release!=""'
    release = distinct(f"astrolabe_resource_info{{{chosen}}}", "id", "helm_release")
    return f"{objects} * on (cluster, id) group_left (helm_release) {release}"
