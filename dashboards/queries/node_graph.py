"""The two frames of a node graph, `nodes` and `edges`, with labels that need no transformation.

Nodes: id, title, subtitle (kind), mainstat (status), color, and for the own panel detail__kind,
detail__namespace, detail__release. Edges: id, source, target, mainstat (type), detail__optional. The chosen
object is `highlighted`, which Grafana's panel reads from version 11 on.
"""

from __future__ import annotations

from dataclasses import dataclass

from dashboards.grafana.style import GREY, STATUS_COLOURS
from dashboards.queries import one_workload, rolled_up, surroundings
from dashboards.queries.promql import NAMESPACE, distinct, joined, relabel, renamed


@dataclass(frozen=True)
class NodeGraphQueries:
    """What one node graph asks."""

    nodes: str
    edges: str
    every_edge: str
    """All edges, before the cap."""


def ends(edges: str) -> str:
    """Return one series for each id that `edges` name."""
    return distinct(f"({renamed(edges, 'id', 'source')} or {renamed(edges, 'id', 'target')})", "id")


def drawn(
    edges: str,
    attributes: str,
    every_edge: str = "",
    *,
    alone: str,
    highlighted: str = "",
    optional: bool = False,
) -> NodeGraphQueries:
    """Return the queries that draw the `edges` of the highest value and their ends.

    The objects `alone` are drawn too, whether they have relations or not, and those whose id matches
    `highlighted` stand out. With `optional` the edges have a label of this name.

    Both frames choose the edges by the same expression, so they agree as long as both are asked for the
    same moment, as Grafana does.
    """
    chosen = f"topk by (cluster) ($limit, {edges})"
    ids = f"({ends(chosen)} or topk by (cluster) ($limit, {alone}))"
    told = "mainstat, detail__release" + (", detail__optional" if optional else "")
    nodes = f"{ids} * on (cluster, id) group_left ({told}) {attributes}"
    nodes = relabel(nodes, "title", "$1", "id", ".*/(.+)")
    nodes = relabel(nodes, "title", "$1 × $2", "id", ".*~(.+)~(.+)")
    nodes = relabel(nodes, "subtitle", "$1", "id", "([^/]+)/.*")
    nodes = relabel(nodes, "subtitle", "folded", "id", ".*~.*")
    nodes = relabel(nodes, "detail__kind", "$1", "id", "([^/~]+)/[^~]*")
    nodes = relabel(nodes, "detail__namespace", "-", "id")
    nodes = relabel(nodes, "detail__namespace", "$1", "id", "[^/]+/([^/]+)/[^/]+")
    for status, colour in STATUS_COLOURS.items():
        nodes = relabel(nodes, "color", colour, "mainstat", status)
    if highlighted:
        nodes = relabel(nodes, "highlighted", "true", "id", highlighted)
    named = joined(renamed(chosen, "mainstat", "type"), "id", " ", "source", "type", "target")
    if optional:
        nodes = relabel(nodes, "color", GREY, "detail__optional", "true")
        named = renamed(named, "detail__optional", "optional")
    return NodeGraphQueries(nodes=nodes, edges=named, every_edge=every_edge or edges)


ROLLED_UP = drawn(
    rolled_up.important_edges(),
    rolled_up.attributes(),
    rolled_up.every_edge(),
    alone=rolled_up.unready(),
)
"""A namespace, or a release in it. The default."""

ONE_WORKLOAD = drawn(one_workload.every_edge(), one_workload.attributes(), alone=one_workload.itself())
"""One workload with its Pods, from Ingress to volume."""

SURROUNDINGS = drawn(
    surroundings.every_edge(),
    surroundings.attributes(),
    alone=surroundings.itself(),
    highlighted="$object",
    optional=True,
)
"""One object of any kind and what it is related to."""

_CONNECTED = ends(f"({rolled_up.ways_in()} or {rolled_up.leaves()} or {rolled_up.missing()})")
_ELSEWHERE = 'kind!~"Pod|ReplicaSet|EndpointSlice|Namespace|Node"'
UNCONNECTED = f"astrolabe_resource_status{{{NAMESPACE}, {_ELSEWHERE}}} unless on (cluster, id) {_CONNECTED}"
"""What the rolled-up graph leaves out because nothing is related to it."""
