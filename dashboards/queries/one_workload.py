"""One workload and its Pods: Ingress → Service → workload → Pods, ConfigMaps, Secrets, claims → volumes.

Here Pods appear, those that are not Ready one by one, Ready ones folded when they are many.
"""

from __future__ import annotations

from dashboards.queries.merged import whole
from dashboards.queries.promql import CLUSTER, NAMESPACE, distinct, joined, labelled, relabel, renamed
from dashboards.queries.rolled_up import EDGE, folded, heaps, leaves, missing, one_status, released

WORKLOAD_ID = "${workload_kind:raw}/${namespace:raw}/${workload:raw}"
MATCHERS = f'{NAMESPACE}, workload_kind="${{workload_kind:raw}}", workload="${{workload:raw}}"'
FOLD_ABOVE = 8

_EDGE = "astrolabe_edge_info"


def pods() -> str:
    """Return the ids of the workload's Pods."""
    mine = distinct(f"astrolabe_pod_workload_info{{{MATCHERS}}}", "namespace", "pod")
    return distinct(relabel(joined(mine, "id", "/", "namespace", "pod"), "id", "Pod/$1", "id", "(.+)"), "id")


def itself() -> str:
    """Return the workload's id, while it exists."""
    return distinct(f'astrolabe_resource_status{{{NAMESPACE}, id="{WORKLOAD_ID}"}}', "id")


def impact() -> str:
    """Return how many Services and Ingresses fail: through its Pods, since they select those, or itself."""
    own, its = (
        whole("astrolabe_impact", f"{NAMESPACE}, {which}") for which in (f'id="{WORKLOAD_ID}"', 'kind="Pod"')
    )
    return f"{own} or {its} and on (cluster, id) {pods()}"


def services() -> str:
    """Return the Services that select the workload's Pods, as edges to the workload."""
    selects = f'{_EDGE}{{{NAMESPACE}, type="selects", source_kind="Service"}}'
    mine = distinct(f"{selects} and on (cluster, target) {renamed(pods(), 'target', 'id')}", "type", "source")
    return _to(mine)


def claims() -> str:
    """Return workload → claim → volume."""
    mounts = (
        f'{_EDGE}{{{NAMESPACE}, type="mounts"}} and on (cluster, source) {renamed(pods(), "source", "id")}'
    )
    binds = f'{_EDGE}{{{NAMESPACE}, type="binds"}}'
    bound = f"{binds} and on (cluster, source) {renamed(f'({mounts})', 'source', 'target')}"
    return distinct(bound, *EDGE)


def own_pods() -> str:
    """Return workload → Pod for all that are not Ready and, unless they are many, for the Ready ones."""
    as_edges = _from(
        labelled(labelled(renamed(pods(), "target", "id"), "target_kind", "Pod"), "type", "owns")
    )
    edges = distinct(as_edges, *EDGE)
    status = f'astrolabe_resource_status{{{NAMESPACE}, kind="Pod", status="Ready"}}'
    ready = f"({edges} and on (cluster, target) {renamed(status, 'target', 'id')})"
    heap = heaps(ready, FOLD_ABOVE)
    return f"({edges} unless ({ready} and on (cluster, source, target_kind) {heap}) or {folded(heap)})"


def own_leaves() -> str:
    """Return workload → ConfigMap, Secret, claim, folded when they are many."""
    mine = _mine(leaves())
    heap = heaps(mine, FOLD_ABOVE)
    return f"({mine} unless on (cluster, source, target_kind) {heap} or {folded(heap)})"


def every_edge() -> str:
    """Return all edges of the workload's chain, the more important the higher their value."""
    routes = f'{_EDGE}{{{NAMESPACE}, type="routes-to", target_kind="Service"}}'
    ways_in = f"{routes} and on (cluster, target) {renamed(services(), 'target', 'source')}"
    scalers = f'{_EDGE}{{{NAMESPACE}, type=~"scales|sleeps", target="{WORKLOAD_ID}"}}'
    upwards = f"({distinct(ways_in, *EDGE)} or {services()} or {distinct(scalers, *EDGE)})"
    return f"(4 * {_mine(missing())} or 3 * {upwards} or 2 * {own_pods()} or {own_leaves()} or {claims()})"


def attributes() -> str:
    """Return for each id that an edge may name its status in the label `mainstat`, exactly once."""
    status = f"astrolabe_resource_status{{{NAMESPACE}}}"
    volumes = f'astrolabe_resource_status{{{CLUSTER}, kind="PersistentVolume"}}'
    others = "({} or {})".format(renamed(every_edge(), "id", "target"), renamed(every_edge(), "id", "source"))
    gone = labelled(distinct(renamed(_mine(missing()), "id", "target"), "id"), "mainstat", "Missing")
    heap = relabel(
        labelled(distinct(others, "id"), "mainstat", "Unknown"), "mainstat", "Ready", "id", ".*~.*"
    )
    known = f"({status} or {volumes})"
    return f"({one_status(known, released(NAMESPACE))} or on (cluster, id) {gone} or on (cluster, id) {heap})"


def _mine(edges: str) -> str:
    chosen = labelled(labelled("vector(1)", "source", WORKLOAD_ID), "cluster", "$cluster")
    return f"({edges} and on (cluster, source) {chosen})"


def _from(edges: str) -> str:
    return labelled(edges, "source", WORKLOAD_ID)


def _to(edges: str) -> str:
    return distinct(
        labelled(labelled(edges, "target", WORKLOAD_ID), "target_kind", "${workload_kind:raw}"), *EDGE
    )
