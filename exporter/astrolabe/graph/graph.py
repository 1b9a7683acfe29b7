"""The relationship graph: facts go in one at a time, each answer is what changed.

Everything that an event can change is incident to its object: the graph reads that neighbourhood before and
after, and the difference is the delta. The cost is that of the neighbourhood, whatever the graph's size.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from astrolabe.graph.delta import Delta, Edge, Missing, Node
from astrolabe.graph.facts import EdgeType, Facts, Ref, Status, kind_of
from astrolabe.graph.lineage import lineage
from astrolabe.graph.relations import Relations, edge_of, scope_of

VIRTUAL: frozenset[EdgeType] = frozenset({"runs-image"})
"""Relations whose targets are no objects: such a node exists as long as something refers to it."""


class Graph(Relations):
    """All nodes and what connects them. One writer calls `apply`, `remove`, `cover` and `uncover`."""

    def apply(self, facts: Facts) -> Delta:
        """Add an object, or replace what is known of it; hidden facts remove it.

        Facts that say nothing new are no change: the delta is empty, and the resource version moves on.
        """
        delta = Delta()
        before = self._nodes.get(facts.id)
        if before is not None and (facts.hidden or before.facts.uid != facts.uid):
            self._take(before, delta)
            before = None
        if facts.hidden:
            return delta
        if before is None:
            self._put(facts, delta)
        elif not before.facts.absorb(facts):
            facts.keep(before.facts)
            if _same_relations(before.facts, facts):
                self._refresh(before, facts, delta)
            else:
                self._replace(before, facts, delta)
        return delta

    def remove(self, node_id: str, uid: str = "") -> Delta:
        """Remove an object; where a UID is given, only if it is that object and not its successor."""
        delta = Delta()
        node = self._nodes.get(node_id)
        if node is not None and uid in ("", node.facts.uid):
            self._take(node, delta)
        return delta

    def cover(self, kind: str, namespace: str = "") -> Delta:
        """Note that a kind is known completely in a namespace ("" is all): what is absent is missing now."""
        return self._recover(kind, namespace, known=True)

    def uncover(self, kind: str, namespace: str = "") -> Delta:
        """Note that a kind is no longer known completely: nothing of it is reported missing any more."""
        return self._recover(kind, namespace, known=False)

    def _recover(self, kind: str, namespace: str, *, known: bool) -> Delta:
        delta = Delta()
        before = self._missing_in(kind, namespace)
        change = self._coverage.add if known else self._coverage.discard
        if change(kind, namespace):
            delta.missing_sets(before, self._missing_in(kind, namespace))
            self._settle(set(self._waiting.get(kind)), delta)
        return delta

    # The ways in which one object changes

    def _put(self, facts: Facts, delta: Delta) -> None:
        edges = self._alias_edges(facts.alias)
        missing = self._missing_to(facts)
        self._make_virtual(facts.refs, delta)
        node = self._insert(facts)
        delta.node(None, node)
        delta.missing_sets(missing, set(self.missing_of(node)))
        incident = self.incident(node)
        delta.edge_sets(edges, incident | self._alias_edges(facts.alias))
        self._settle(self._dependent(facts, incident), delta)

    def _take(self, node: Node, delta: Delta) -> None:
        facts = node.facts
        incident = self.incident(node)
        edges = incident | self._alias_edges(facts.alias)
        dependent = self._dependent(facts, incident)
        missing = set(self.missing_of(node))
        self._delete(node)
        delta.node(node, None)
        delta.missing_sets(missing, self._missing_to(facts))
        delta.edge_sets(edges, self._alias_edges(facts.alias))
        self._drop_virtual(facts.refs, delta)
        self._settle(dependent - {facts.id}, delta)

    def _replace(self, before: Node, facts: Facts, delta: Delta) -> None:
        aliases = {before.facts.alias, facts.alias}
        incident = self.incident(before)
        edges = incident.union(*map(self._alias_edges, aliases))
        dependent = self._dependent(before.facts, incident)
        missing = set(self.missing_of(before))
        self._make_virtual(facts.refs, delta)
        self._delete(before)
        after = self._insert(facts)
        delta.node(before, after)
        delta.missing_sets(missing, set(self.missing_of(after)))
        incident = self.incident(after)
        delta.edge_sets(edges, incident.union(*map(self._alias_edges, aliases)))
        self._drop_virtual(before.facts.refs, delta)
        self._settle(dependent | self._dependent(facts, incident), delta)

    def _refresh(self, before: Node, facts: Facts, delta: Delta) -> None:
        """Replace facts that relate to the same objects as before: most events by far."""
        status, message = self._status(facts)
        after = Node(facts, status, message, before.root, before.release, before.chart)
        self._nodes[facts.id] = after
        delta.node(before, after)
        if before.facts.status != facts.status and facts.kind in self._waiting:
            edges = (*self.declared(after), *self.referred(after))
            self._settle(self._waiting_on(edge for edge in edges if edge.target == after.id), delta)

    def _insert(self, facts: Facts) -> Node:
        # The node must be in place before its status is derived from its neighbours.
        self._file(Node(facts, facts.status, facts.message, None, facts.release, facts.chart))
        node = self._nodes[facts.id] = self._derive(facts)
        if node.release is not None:
            self._by_release.add(node.release, facts.id)
        return node

    def _delete(self, node: Node) -> None:
        self._unfile(node)
        if node.release is not None:
            self._by_release.discard(node.release, node.id)

    def _make_virtual(self, refs: Iterable[Ref], delta: Delta) -> None:
        for ref in refs:
            if ref.type in VIRTUAL and ref.target not in self._nodes:
                delta.node(
                    None, self._insert(Facts(id=ref.target, kind=kind_of(ref.target), uid="", api_version=""))
                )

    def _drop_virtual(self, refs: Iterable[Ref], delta: Delta) -> None:
        for ref in refs:
            if ref.type in VIRTUAL and ref.target not in self._referrers:
                node = self._nodes[ref.target]
                self._delete(node)
                delta.node(node, None)

    # What nodes derive from their neighbours

    def _derive(self, facts: Facts) -> Node:
        root, release, chart = lineage(facts, self._controller_of)
        status, message = self._status(facts)
        return Node(facts, status, message, root, release, chart)

    def _status(self, facts: Facts) -> tuple[Status, str]:
        if facts.ready_with is None or facts.status != "Ready":
            return facts.status, facts.message
        edges = self._downstream(self._nodes[facts.id])
        if any(self._nodes[edge.target].facts.status == "Ready" for edge in edges):
            return facts.status, facts.message
        if self._coverage.covers(facts.ready_with_kind, facts.namespace):
            return "Pending", facts.ready_with_message
        return "Unknown", f"Objects of kind {facts.ready_with_kind} are not known"

    def _controller_of(self, facts: Facts) -> Facts | None:
        controller = facts.controller
        if controller is None:
            return None
        parent = self.by_uid(controller.uid)
        return parent.facts if parent is not None else None

    def _downstream(self, node: Node) -> Iterator[Edge]:
        """Yield the edges along which a node's status comes."""
        for edge in (*self.declared(node), *self.referred(node)):
            if edge.type == node.facts.ready_with and edge.source == node.id:
                yield edge

    def _waiting_on(self, edges: Iterable[Edge]) -> set[str]:
        """Return the sources whose status comes along these edges."""
        return {edge.source for edge in edges if self._nodes[edge.source].facts.ready_with == edge.type}

    def _dependent(self, facts: Facts, incident: set[Edge]) -> set[str]:
        """Return the nodes that derive something from an object, or from the edges at it."""
        dependent = self._waiting_on(incident)
        below = [facts.uid]
        while below:
            uid = below.pop()
            for child in self._owned.get(uid) if uid else ():
                if child not in dependent:
                    dependent.add(child)
                    below.append(self._nodes[child].facts.uid)
        return dependent

    def _settle(self, ids: set[str], delta: Delta) -> None:
        """Derive nodes again whose neighbours changed."""
        for node_id in ids:
            before = self._nodes[node_id]
            after = self._derive(before.facts)
            if after == before:
                continue
            self._nodes[node_id] = after
            delta.node(before, after)
            if before.release != after.release:
                if before.release is not None:
                    self._by_release.discard(before.release, node_id)
                if after.release is not None:
                    self._by_release.add(after.release, node_id)

    # References to what comes and goes

    def _alias_edges(self, alias: str) -> set[Edge]:
        """Return the edges that go to whoever carries an alias just now."""
        edges: set[Edge] = set()
        for source in self._referrers.get(alias) if alias else ():
            facts = self._nodes[source].facts
            for ref in self._refs_from(facts, alias):
                if (target := self.resolve(ref)) is not None:
                    edges.add(edge_of(ref, facts, target.facts))
        return edges

    def _missing_to(self, facts: Facts) -> set[Missing]:
        """Return what others miss while an object does not exist."""
        kind, namespace = scope_of(facts.id)
        if facts.id not in self._referrers or not self._coverage.covers(kind, namespace):
            return set()
        return {
            Missing(
                ref.type, source, facts.id, self._nodes[source].facts.namespace or namespace, ref.optional
            )
            for source in self._referrers.get(facts.id)
            if source != facts.id
            for ref in self._refs_from(self._nodes[source].facts, facts.id)
            if not ref.alias
        }

    def _missing_in(self, kind: str, namespace: str) -> set[Missing]:
        """Return every missing reference to a kind in a namespace ("" is all of them)."""
        if namespace:
            scopes = [(kind, namespace)]
        else:
            scopes = [scope for scope in self._unresolved if scope[0] == kind]
        return {
            missing
            for scope in scopes
            for target in self._unresolved.get(scope)
            for source in self._referrers.get(target)
            for ref in self._refs_from(self._nodes[source].facts, target)
            if (missing := self._missing(self._nodes[source].facts, ref)) is not None
        }


def _same_relations(old: Facts, new: Facts) -> bool:
    """Whether an update leaves every edge, and what others derive from the object, as they were."""
    return (
        old.refs == new.refs
        and old.owners == new.owners
        and old.labels == new.labels
        and old.selections == new.selections
        and old.selectable == new.selectable
        and old.alias == new.alias
        and old.release == new.release
        and old.chart == new.chart
        and old.ready_with == new.ready_with
        and old.ready_with_kind == new.ready_with_kind
    )
