"""The relationship graph: it takes facts one at a time, and answers with what changed.

An event can change only the neighbourhood of its object. The graph reads that neighbourhood before and after,
and the difference is the delta. So an event costs as much as its neighbourhood is large, whatever the graph's
size.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from astrolabe.graph.coverage import Coverage
from astrolabe.graph.delta import Delta, Edge, Node, edge_of
from astrolabe.graph.facts import EdgeType, Facts, Ref, Verdict, kind_of
from astrolabe.graph.judging import NO_JUDGES, Judges
from astrolabe.graph.lineage import inherited, lineage
from astrolabe.graph.relations import Relations

_UNWELL = frozenset({"Error", "Pending"})

VIRTUAL: frozenset[EdgeType] = frozenset({"runs-image"})
"""Relations whose targets are no objects: such a node exists as long as something refers to it."""
VIRTUAL_KINDS = frozenset({"Image"})
"""The kinds of such nodes."""


class Graph(Relations):
    """All nodes and what connects them. One writer calls `apply`, `remove`, `cover` and `uncover`."""

    def __init__(self, judges: Judges = NO_JUDGES, coverage: Coverage | None = None) -> None:
        super().__init__(coverage)
        self._judges = judges

    def apply(self, facts: Facts) -> Delta:
        """Add an object, or replace its facts. An object with hidden facts is left out.

        Facts that say nothing new are no change: the delta is empty, and the resource version moves on.
        """
        delta = Delta()
        if facts.note is not None:
            self._settle(self._notes.put(facts.id, facts.note), delta)
            return delta
        before = self._nodes.get(facts.id)
        if before is None:
            if self._ownership.hidden(facts.id) is not None:
                self._forget(facts.id, delta)
        elif facts.hidden or before.facts.uid != facts.uid:
            self._take(before, delta)
            before = None
        if facts.hidden:
            self._hide(facts, delta)
        elif before is None:
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
        self._settle(self._notes.remove(node_id), delta)
        node = self._nodes.get(node_id)
        if node is not None and uid in ("", node.facts.uid):
            self._take(node, delta)
        self._forget(node_id, delta, uid)
        return delta

    def cover(self, kind: str, namespace: str = "") -> Delta:
        """Note that a kind is known completely in a namespace ("" is all): what is absent is missing now."""
        return self._recover(kind, namespace, known=True)

    def uncover(self, kind: str, namespace: str = "") -> Delta:
        """Note that a kind is no longer known completely: nothing of it is reported missing any more."""
        return self._recover(kind, namespace, known=False)

    def _recover(self, kind: str, namespace: str, *, known: bool) -> Delta:
        delta = Delta()
        before = self._references.missing_in(kind, namespace)
        change = self._coverage.add if known else self._coverage.discard
        if change(kind, namespace):
            delta.covered = kind
            after = self._references.missing_in(kind, namespace)
            delta.missing_sets(before, after)
            changed = (
                each for each in before ^ after if self._judges.hears(kind_of(each.source), each.type, kind)
            )
            self._settle({each.source for each in changed}, delta)
            for judged in self._judges.of_coverage(kind):
                spaces = {namespace for each, namespace in self.scopes() if each == judged}
                for each in spaces:
                    self._settle(set(self._by_kind.get((each, judged))), delta)
        return delta

    # The ways in which one object changes

    def _hide(self, facts: Facts, delta: Delta) -> None:
        """Note an object that is left out, and derive again the nodes that it owns."""
        self._ownership.hide(facts)
        self._records.add(facts)
        delta.hidden[facts.id] = facts
        self._settle(self._derived_from(facts), delta)

    def _forget(self, node_id: str, delta: Delta, uid: str = "") -> None:
        """Forget an object that is left out; where a UID is given, only that one."""
        facts = self._ownership.hidden(node_id)
        if facts is None or uid not in ("", facts.uid):
            return
        dependent = self._derived_from(facts)
        self._ownership.forget(facts)
        self._records.discard(facts)
        delta.hidden[node_id] = None
        self._settle(dependent, delta)

    def _put(self, facts: Facts, delta: Delta) -> None:
        """Add an object that was not there. Until now others can only have had references to its id."""
        edges = self._references.edges_to_alias(facts.alias) if facts.alias else set()
        waiting = self._references.at(facts.id)
        met: list[tuple[Facts, Ref]] = []
        unmet: list[tuple[Facts, Ref]] = []
        for source, ref in waiting:
            (met if ref.means(facts) else unmet).append((source, ref))
        self._make_virtual(facts.refs, delta)
        node, lost = self._insert(facts, awaited=bool(unmet))
        delta.node(None, node)
        if waiting or lost:
            missing = self._references.absences(facts.id, unmet)
            missing.update(one for ref in lost if (one := self._references.absent(facts, ref)) is not None)
            delta.missing_sets(self._references.absences(facts.id, waiting), missing)
        if facts.alias:
            incident = self.incident(node)
            delta.edge_sets(edges, incident | self._references.edges_to_alias(facts.alias))
            dependent = self._dependent(facts, incident, waiting)
        else:
            outward = self._outward(node)
            inward = [edge_of(ref, source, facts) for source, ref in met]
            delta.edges_came(outward + inward)
            dependent = self._dependent(facts, outward, waiting)
        self._settle(dependent, delta)

    def _take(self, node: Node, delta: Delta) -> None:
        facts = node.facts
        incident = self.incident(node)
        edges = incident | self._references.edges_to_alias(facts.alias)
        dependent = self._dependent(facts, incident, self._references.at(facts.id))
        missing = self._references.missing_at(node)
        self._delete(node)
        delta.node(node, None)
        delta.missing_sets(missing, self._references.missing_to(facts.id))
        delta.edge_sets(edges, self._references.edges_to_alias(facts.alias))
        self._drop_virtual(facts.refs, delta)
        self._settle(dependent - {facts.id}, delta)

    def _replace(self, before: Node, facts: Facts, delta: Delta) -> None:
        aliases = {before.facts.alias, facts.alias}
        incident = self.incident(before)
        edges = incident.union(*map(self._references.edges_to_alias, aliases))
        dependent = self._dependent(before.facts, incident, self._references.at(facts.id))
        missing = self._references.missing_at(before)
        self._make_virtual(facts.refs, delta)
        self._delete(before)
        after, _ = self._insert(facts, awaited=self._references.awaited(facts))
        delta.node(before, after)
        delta.missing_sets(missing, self._references.missing_at(after))
        incident = self.incident(after)
        delta.edge_sets(edges, incident.union(*map(self._references.edges_to_alias, aliases)))
        self._drop_virtual(before.facts.refs, delta)
        self._settle(dependent | self._dependent(facts, incident, self._references.at(facts.id)), delta)

    def _refresh(self, before: Node, facts: Facts, delta: Delta) -> None:
        """Replace facts whose relations are the same as before. Most events are like this."""
        self._nodes[facts.id] = Node(facts, before.verdict, before.root, before.release, before.chart)
        after = Node(facts, self._judge(facts), before.root, before.release, before.chart)
        self._place(after)
        delta.node(before, after)
        if before != after:
            self._settle(self._listeners(after), delta)

    def _insert(self, facts: Facts, *, awaited: bool) -> tuple[Node, list[Ref]]:
        """Put in an object that is not there; arguments and references as in `_file`."""
        # The node must be in place before its status is derived from its neighbours.
        lost = self._file(Node(facts, facts.verdict, None, facts.release, facts.chart), awaited=awaited)
        node = self._nodes[facts.id] = self._derive_new(facts)
        if node.verdict.status in _UNWELL:
            self._unwell.add(facts.kind, facts.id)
        if node.release is not None:
            self._by_release.add(node.release, facts.id)
        return node, lost

    def _place(self, node: Node) -> None:
        """Replace a node by its new version."""
        facts = node.facts
        self._nodes[facts.id] = node
        change = self._unwell.add if node.verdict.status in _UNWELL else self._unwell.discard
        change(facts.kind, facts.id)

    def _delete(self, node: Node) -> None:
        self._unfile(node)
        self._unwell.discard(node.facts.kind, node.id)
        if node.release is not None:
            self._by_release.discard(node.release, node.id)

    def _make_virtual(self, refs: Iterable[Ref], delta: Delta) -> None:
        for ref in refs:
            if ref.type in VIRTUAL and ref.target not in self._nodes:
                facts = Facts(id=ref.target, kind=kind_of(ref.target), uid="", api_version="")
                delta.node(None, self._insert(facts, awaited=self._references.awaited(facts))[0])

    def _drop_virtual(self, refs: Iterable[Ref], delta: Delta) -> None:
        for ref in refs:
            if ref.type in VIRTUAL and not self._references.wanted(ref.target):
                node = self._nodes[ref.target]
                self._delete(node)
                delta.node(node, None)

    # What nodes derive from their neighbours

    def _derive(self, facts: Facts) -> Node:
        root, release, chart = lineage(facts, self._ownership.meant)
        return Node(facts, self._judge(facts), root, self._records.meant(release), chart)

    def _derive_new(self, facts: Facts) -> Node:
        """Do the same for a new object; it inherits root and release from its controller's node."""
        controller = facts.controller
        parent = self._ownership.node(controller) if controller is not None else None
        if parent is None or self._ownership.has_children(facts):
            return self._derive(facts)
        root, release, chart = inherited(facts, parent)
        return Node(facts, self._judge(facts), root, self._records.meant(release), chart)

    def _judge(self, facts: Facts) -> Verdict:
        judge = self._judges.get(facts.kind)
        verdict = facts.verdict if judge is None else judge.judge(facts, self)
        if notes := self._notes.about(facts.id, facts.uid):
            return self._judges.amend(facts, verdict, notes)
        return verdict

    def _listeners(self, node: Node) -> set[str]:
        """Return the nodes whose status depends on a node's status, by its relations now."""
        facts = node.facts
        if self._judges.read(facts.kind):
            return self._hearing(facts, self.incident(node)) | self._served(facts)
        # Foreign kinds are judged by whatever they refer to.
        return {
            source
            for source in self._references.referrers(facts.id)
            if self._judges.is_foreign(kind_of(source))
        }

    def _hearing(self, facts: Facts, edges: Iterable[Edge]) -> set[str]:
        """Return the nodes at the other ends of an object's edges whose status depends on it."""
        found = set()
        judges, node_id, kind = self._judges, facts.id, facts.kind
        heard = judges.along(kind)
        for edge in edges:
            # Few kinds are judged by others: most edges are passed over by their type.
            if edge.type in heard:
                other = edge.target if edge.source == node_id else edge.source
                if other != node_id and judges.hears(kind_of(other), edge.type, kind):
                    found.add(other)
        return found

    def _served(self, facts: Facts) -> set[str]:
        """Return the nodes whose status depends on an object because they would select what it makes."""
        if facts.template is None:
            return set()
        return {
            selector
            for _, selector in self._selections.selecting_made(facts)
            if kind_of(selector) in self._judges.by_template
        }

    def _dependent(
        self, facts: Facts, edges: Iterable[Edge], referring: Sequence[tuple[Facts, Ref]]
    ) -> set[str]:
        """Return the nodes that derive something from an object, or from the edges and references to it."""
        found = self._hearing(facts, edges)
        if referring:
            found |= self._referring(facts.kind, referring)
        found |= self._derived_from(facts)
        if facts.template is not None:
            found |= self._served(facts)
            found |= self._comparing(facts)
        return found

    def _comparing(self, facts: Facts) -> set[str]:
        """Return the nodes that were compared with every template of an object's namespace, if it has one."""
        if facts.template is None:
            return set()
        return {
            node_id
            for kind, reasons in self._judges.wide.items()
            for node_id in self._unwell.get(kind)
            if (node := self._nodes[node_id]).facts.namespace == facts.namespace and node.reason in reasons
        }

    def _derived_from(self, facts: Facts) -> set[str]:
        """Return the nodes that have their root, release or chart from an object, or through it."""
        derived = self._ownership.below(facts)
        for record in self._records.swayed(facts):
            if record in self._nodes:
                derived.add(record)
            derived |= self._ownership.below(self._ownership.known(record))
        return derived

    def _referring(self, kind: str, refs: Sequence[tuple[Facts, Ref]]) -> set[str]:
        """Return the nodes that refer to an object of a kind and whose status depends on its existence."""
        if not self._judges.heard(kind):
            return set()
        hears = self._judges.hears
        return {source.id for source, ref in refs if hears(source.kind, ref.type, kind)}

    def _settle(self, ids: set[str], delta: Delta) -> None:
        """Derive nodes again whose neighbours changed, then the nodes that depend on those; empties `ids`."""
        while ids:
            node_id = ids.pop()
            before = self._nodes.get(node_id)
            if before is None:
                continue
            after = self._derive(before.facts)
            if after == before:
                continue
            self._place(after)
            delta.node(before, after)
            if before.verdict != after.verdict:
                ids |= self._listeners(after)
            if before.release != after.release:
                if before.release is not None:
                    self._by_release.discard(before.release, node_id)
                if after.release is not None:
                    self._by_release.add(after.release, node_id)


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
        and old.template == new.template
    )
