"""Which objects must be explained again after changes: the bookkeeping behind causes and impact.

Following a delta only notes where it happened. What it changes is worked out when someone asks, on the graph
as it is then, once for all that happened since: walking up from a change to what needs it, through unhealthy
things, finds every object whose causes may differ, and walking down finds every one whose impact may.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from astrolabe.derived.diagnosis.attaching import ATTACHMENT, LEADING, held_up, leads_on
from astrolabe.derived.diagnosis.deleting import holding
from astrolabe.derived.diagnosis.needs import NEEDING, needing, needs
from astrolabe.derived.diagnosis.reasons import tells, unhealthy
from astrolabe.graph.delta import Delta, Node
from astrolabe.graph.facts import kind_of
from astrolabe.graph.relations import Relations

_WORKLOADS = ("ReplicaSet", "StatefulSet", "DaemonSet", "Deployment", "Job", "CronJob")
NAMED_BY: Mapping[str, tuple[str, ...]] = {
    "ValidatingWebhookConfiguration": _WORKLOADS,
    "MutatingWebhookConfiguration": _WORKLOADS,
    "ResourceQuota": _WORKLOADS,
    "APIService": ("HorizontalPodAutoscaler", "Namespace"),
    "CustomResourceDefinition": (*_WORKLOADS, "Namespace"),
    "Node": ("Pod",),
}
"""By a kind: the kinds whose own words may name objects of it. All of it changes seldom."""


_ATTACHMENTS = f"{ATTACHMENT}/"
_MANY = 4096
"""Places where relations came or went from which on everything unhealthy is looked at instead."""


def _raise(error: Exception) -> None:
    raise error


def _below(graph: Relations, node: Node) -> Iterator[str]:
    """Yield what a node needs."""
    return (need.id for need in needs(graph, node))


def _above(graph: Relations, node: Node) -> Iterator[str]:
    """Yield what a node may explain: what needs it, would select what it makes, misses what it produces."""
    for need in needing(graph, node):
        yield need.id
    yield from graph.makes_for(node)
    yield from held_up(graph, node)
    yield from holding(graph, node)
    for ref in node.facts.refs:
        if ref.type == "produces":
            yield from graph.referring(ref.target)


class Explanations:
    """Follows deltas; `stale` yields the ids whose explanation may have changed since it was last asked."""

    def __init__(self, graph: Relations, failed: Callable[[Exception], None] = _raise) -> None:
        """Tell `failed` what a walk meets at an object; unless it raises, the walk leaves that object out."""
        self._graph = graph
        self._failed = failed
        self._changed: set[str] = set()
        self._needed: set[str] = set()
        self._changed_again: set[str] = set()
        self._needed_again: set[str] = set()
        self._everywhere = False
        """Whether relations came or went in many places, and where is not noted any more."""
        self._fronts: list[set[str]] = []
        """Of the walks up that are under way: from where they have not gone on yet."""

    @property
    def waiting(self) -> int:
        """How many places of change have not been worked out, without those that wait for `retry`."""
        return len(self._changed) + len(self._needed)

    def follow(self, delta: Delta) -> None:
        """Note where a delta may change an explanation."""
        for node_id, (before, after) in delta.nodes.items():
            told = (before is not None and tells(before)) or (after is not None and tells(after))
            if told:
                self._changed.add(node_id)
                if not self._everywhere:
                    self._elsewhere(node_id)
            if told or node_id.startswith(_ATTACHMENTS):
                for each in (before, after):
                    if each is not None:
                        self._changed.update(held_up(self._graph, each))
                        self._changed.update(holding(self._graph, each))
        if self._everywhere:
            return
        if delta.edges:
            self._follow_edges(delta)
        for missing in delta.missing:
            self._changed.add(missing.source)
        self._everywhere = len(self._needed) > _MANY

    def _follow_edges(self, delta: Delta) -> None:
        """Note what relations that came or went were needed for, and who needed it and may do so no more."""
        graph, nodes = self._graph, delta.nodes
        changed, needed = self._changed, self._needed
        again, fronts = self._changed_again, self._fronts
        some_unwell = graph.count_unwell() > 0
        for edge in delta.edges:
            edge_type = edge.type
            end = NEEDING[edge_type]
            if end == "source":
                dependent, dependency = edge.source, edge.target
            elif end == "target":
                dependent, dependency = edge.target, edge.source
            else:
                continue
            needed.add(dependency)
            if dependent in changed:
                continue
            # What changed a moment ago may have been a reason until then, and this the way up from it.
            if (
                dependency in changed
                or dependency in again
                or (some_unwell and unhealthy(graph.get(dependency)))
                or (fronts and any(dependency in front for front in fronts))
                or (dependency in nodes and unhealthy(nodes[dependency][0]))
                or (edge_type in LEADING and leads_on(graph, edge))
            ):
                changed.add(dependent)

    def _elsewhere(self, node_id: str) -> None:
        """Note what may name an object in its words without referring to it (`reasons`)."""
        kinds = NAMED_BY.get(kind_of(node_id), ())
        for kind in kinds:
            self._changed.update(self._graph.unwell(kind))
        if "Deployment" in kinds:
            # Who applies what others have written (Flux, Argo CD) hears the same words as controllers do.
            for kind in self._graph.unwell_kinds():
                if "." in kind:
                    self._changed.update(self._graph.unwell(kind))

    def again(self, node_id: str) -> None:
        """Note an object that could not be explained: it is a place of change again after `retry`."""
        self._changed_again.add(node_id)

    def doubt(self, delta: Delta) -> None:
        """Note that following a delta failed: all that it touches is a place of change after `retry`."""
        touched = {*delta.nodes, *(missing.source for missing in delta.missing)}
        touched.update(end for edge in delta.edges for end in (edge.source, edge.target))
        self._changed_again |= touched
        self._needed_again |= touched

    def retry(self) -> None:
        """Take up again what failed."""
        changed, self._changed_again = self._changed_again, set()
        needed, self._needed_again = self._needed_again, set()
        self._changed |= changed
        self._needed |= needed

    def stale(self) -> Iterator[str]:
        """Yield ids, and forget the changes. What changes in the meantime is for the next call.

        An empty id is a pause: a walk went on and found nothing.
        """
        changed, self._changed = self._changed, set()
        needed, self._needed = self._needed, set()
        if self._everywhere:
            self._everywhere = False
            # What is well and was not is among what changed, so nobody else has anything to be explained.
            yield from self._each(changed.union(self._graph.all_unwell()))
            return
        yield from self._upwards(changed)
        yield from self._downwards(needed)

    def _each(self, front: set[str]) -> Iterator[str]:
        self._fronts.append(front)
        while front:
            yield front.pop()
        self._fronts = [each for each in self._fronts if each is not front]

    def _upwards(self, front: set[str]) -> Iterator[str]:
        """Yield what needs something that changed, as far as that is unhealthy itself."""
        found = set(front)
        self._fronts.append(front)
        while front:
            node_id = front.pop()
            for other in self._beyond(node_id, _above, self._changed_again):
                if other not in found and unhealthy(self._graph.get(other)):
                    found.add(other)
                    front.add(other)
            yield node_id
        self._fronts = [each for each in self._fronts if each is not front]

    def _downwards(self, front: set[str]) -> Iterator[str]:
        """Yield the unhealthy things below relations that came or went: more or less depends on them."""
        if len(front) > self._graph.count_unwell():
            # As after a first list: to look at each of them is less than to walk.
            yield from self._graph.all_unwell()
            return
        found = set(front)
        while front:
            node_id = front.pop()
            yield node_id if unhealthy(self._graph.get(node_id)) else ""
            for other in self._beyond(node_id, _below, self._needed_again):
                if other not in found:
                    found.add(other)
                    front.add(other)

    def _beyond(
        self, node_id: str, step: Callable[[Relations, Node], Iterator[str]], again: set[str]
    ) -> list[str]:
        """Return what is one step away from an object; what fails is noted to be walked from again."""
        node = self._graph.get(node_id)
        if node is None:
            return []
        try:
            return list(step(self._graph, node))
        except Exception as error:  # noqa: BLE001  (whatever it is, the walk goes on elsewhere)
            again.add(node_id)
            self._failed(error)
            return []
