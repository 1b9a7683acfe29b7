"""What is well, what is not, why, and what changed."""

from __future__ import annotations

from dashboards.queries.promql import NAMESPACE, NAMESPACES, counted, distinct, or_zero, relabel

OBJECT = ("id", "kind", "namespace", "name")
_SHORT_LIVED = 'kind!~"Pod|ReplicaSet|EndpointSlice|Job|Image"'
"""Kinds whose coming and going is no news."""


def objects(status: str) -> str:
    """Return how many objects have `status`."""
    return or_zero(f'sum(astrolabe_resources{{{NAMESPACES}, status="{status}"}})')


def objects_by(label: str, status: str) -> str:
    """Return how many objects have `status`, by `label`."""
    return f'sum by (cluster, {label}) (astrolabe_resources{{{NAMESPACES}, status="{status}"}})'


NOT_READY = distinct(f'astrolabe_resource_status{{{NAMESPACES}, status=~"Error|Pending"}}', *OBJECT, "status")
"""The objects in Error or Pending."""

IMPACT = f"max by (cluster, id) (astrolabe_impact{{{NAMESPACES}}})"
"""How many Services and Ingresses each takes along."""

_RELEASE = distinct(f"astrolabe_resource_info{{{NAMESPACES}}}", "id", "helm_release")
_NOT_READY = f"{NOT_READY} * on (cluster, id) group_left (helm_release) {_RELEASE}"
BROKEN = f"{_NOT_READY} * on (cluster, id) group_left () {IMPACT} or {_NOT_READY} * 0"
"""The objects that are not Ready; the value is how many Services and Ingresses each takes along."""

CAUSES = distinct(f"astrolabe_root_cause_info{{{NAMESPACES}}}", *OBJECT, "cause", "cause_kind", "distance")
"""What explains each object that is not Ready, and how many relations away it is."""

_EXPLAINED = distinct(f"astrolabe_root_cause_info{{{NAMESPACES}}}", "id", "cause", "cause_kind")
ROOT_CAUSES = relabel(
    f"count by (cluster, cause, cause_kind) ({_EXPLAINED})", "namespace", "$1", "cause", "[^/]+/([^/]+)/.+"
)
"""The causes, with how many objects each explains."""

READY_SHARE = (
    f'sum(astrolabe_resources{{{NAMESPACES}, status="Ready"}}) / sum(astrolabe_resources{{{NAMESPACES}}})'
)

MISSING = distinct(
    f'astrolabe_reference_missing_info{{{NAMESPACES}, optional!="true"}}', "type", "source", "target"
)
"""References to something that does not exist and has to."""

MISSING_COUNT = counted(MISSING)


def _known(offset: str = "") -> str:
    return distinct(f"astrolabe_resource_info{{{NAMESPACES}, {_SHORT_LIVED}}}{offset}", *OBJECT)


_EARLIER = " offset $__range"
APPEARED = f"{_known()} unless on (cluster, id) {_known(_EARLIER)}"
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
