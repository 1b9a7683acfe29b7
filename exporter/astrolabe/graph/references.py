"""Who refers to which id, and which references find nothing.

A reference is kept under the id, or the alias, of its target, whether the target exists or not. So an object
that comes later finds all references to it at once, and so does one that goes.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence

from astrolabe.graph.coverage import Coverage
from astrolabe.graph.delta import Edge, Missing, Node, edge_of
from astrolabe.graph.facts import Facts, Ref, scope_of
from astrolabe.graph.index import Index

SCANNED_REFERENCES = 64
"""References of one object up to which looking at each is as good as an index of them."""


class References:
    """Both sides of every reference. It reads `nodes` and does not change it."""

    def __init__(self, nodes: Mapping[str, Node], coverage: Coverage) -> None:
        self._nodes = nodes
        self._coverage = coverage
        self._by_alias: Index[str, str] = Index()
        self._referrers: Index[str, str] = Index()
        self._producers: Index[str, str] = Index()
        """The referrers of an id that produce it: many refer to one id, but few produce it."""
        self._refs_of: dict[str, dict[str, list[Ref]]] = {}
        """The references of objects that have many, by id and target: scanning would cost their square."""
        self._unresolved: Index[tuple[str, str], str] = Index()
        """Targets that some reference does not find, by kind and namespace."""

    def add(self, facts: Facts, *, awaited: bool) -> list[Ref]:
        """File an object that is among the nodes already; return its references that find nothing.

        `awaited` is whether others refer to its id and mean another object.
        """
        nodes, node_id, referrers = self._nodes, facts.id, self._referrers
        if facts.alias:
            self._by_alias.append(facts.alias, node_id)
        if not awaited and node_id in referrers:
            self._unresolved.discard(scope_of(node_id), node_id)
        lost = []
        for ref in facts.refs:
            target = ref.target
            referrers.append(target, node_id)
            if ref.type == "produces":
                self._producers.append(target, node_id)
            other = nodes.get(target)
            if (other is None or (ref.uid and not ref.means(other.facts))) and not ref.alias:
                self._unresolved.add(scope_of(target), target)
                lost.append(ref)
        if len(facts.refs) > SCANNED_REFERENCES:
            self._refs_of[node_id] = _by_target(facts.refs)
        return lost

    def discard(self, facts: Facts) -> None:
        """Undo `add` for the same facts, once the object is no longer among the nodes."""
        if facts.alias:
            self._by_alias.discard(facts.alias, facts.id)
        for ref in facts.refs:
            self._referrers.discard(ref.target, facts.id)
            if ref.type == "produces":
                self._producers.discard(ref.target, facts.id)
        for ref in facts.refs:
            if not ref.alias and self._nobody_waits(ref):
                self._unresolved.discard(scope_of(ref.target), ref.target)
        self._refs_of.pop(facts.id, None)
        if facts.id in self._referrers:
            self._unresolved.add(scope_of(facts.id), facts.id)

    def _nobody_waits(self, ref: Ref) -> bool:
        """Whether nobody waits for a target any more, now that a reference to it is gone."""
        node = self._nodes.get(ref.target)
        if node is None:
            return ref.target not in self._referrers
        return not ref.means(node.facts) and not self.awaited(node.facts)

    # Both ways

    def resolve(self, ref: Ref) -> Node | None:
        """Return what a reference points at, if it is there. Of several defaults the first by id counts."""
        if ref.alias:
            ids = self._by_alias.get(ref.target)
            return self._nodes[min(ids)] if ids else None
        node = self._nodes.get(ref.target)
        return node if node is not None and ref.means(node.facts) else None

    def referrers(self, target: str) -> Collection[str]:
        """Return the ids of the nodes that refer to an id, whether there is such a node or not."""
        return self._referrers.get(target)

    def producers(self, target: str) -> Collection[str]:
        """Return the ids of the nodes that produce an id, whether there is such a node or not."""
        return self._producers.get(target)

    def wanted(self, target: str) -> bool:
        """Whether some node refers to an id."""
        return target in self._referrers

    def awaited(self, facts: Facts) -> bool:
        """Whether somebody refers to the id of an object and means another one."""
        return any(ref.uid and not ref.means(facts) for _, ref in self.at(facts.id))

    def at(self, target: str) -> list[tuple[Facts, Ref]]:
        """Return all references to an id, with who declares them, also those that mean another object."""
        found = []
        for source in self._referrers.get(target):
            facts = self._nodes[source].facts
            refs = facts.refs if len(facts.refs) <= SCANNED_REFERENCES else self._from(facts, target)
            found += [(facts, ref) for ref in refs if ref.target == target]
        return found

    def to(self, node: Node) -> Iterator[tuple[Facts, Ref]]:
        """Yield the references of others that resolve to a node, by its id or by its alias."""
        facts = node.facts
        for key in (facts.id, facts.alias) if facts.alias else (facts.id,):
            for source in self._referrers.get(key):
                source_facts = self._nodes[source].facts
                for ref in self._from(source_facts, key):
                    if self.resolve(ref) is node if ref.alias else ref.means(facts):
                        yield source_facts, ref

    def _from(self, source: Facts, target: str) -> Sequence[Ref]:
        """Return the references of an object to an id or an alias."""
        if len(source.refs) > SCANNED_REFERENCES:
            return self._refs_of[source.id].get(target, ())
        return [ref for ref in source.refs if ref.target == target]

    # The edges that they make

    def edges_of(self, facts: Facts) -> list[Edge]:
        """Return the edges that an object's own references make."""
        edges = []
        nodes, node_id, namespace = self._nodes, facts.id, facts.namespace
        for ref in facts.refs:
            if namespace and not (ref.uid or ref.alias or ref.reverse):
                # Nearly all of them: the target says nothing that the reference does not.
                if ref.target in nodes:
                    edges.append(Edge(ref.type, node_id, ref.target, namespace))
            elif (target := self.resolve(ref)) is not None:
                edges.append(edge_of(ref, facts, target.facts))
        return edges

    def edges_to_alias(self, alias: str) -> set[Edge]:
        """Return the edges to the object that an alias stands for now."""
        edges: set[Edge] = set()
        for source in self._referrers.get(alias) if alias else ():
            facts = self._nodes[source].facts
            for ref in self._from(facts, alias):
                if (target := self.resolve(ref)) is not None:
                    edges.add(edge_of(ref, facts, target.facts))
        return edges

    # Those that find nothing

    def missing(self, facts: Facts, ref: Ref) -> Missing | None:
        """Return a reference of an object as a missing one, if its target is known not to exist."""
        if ref.alias or (ref.target in self._nodes and (not ref.uid or self.resolve(ref) is not None)):
            return None
        return self.absent(facts, ref)

    def absent(self, facts: Facts, ref: Ref) -> Missing | None:
        """Return a reference that does not resolve as a missing one, if its kind is known completely."""
        kind, namespace = scope_of(ref.target)
        if not self._coverage.covers(kind, namespace):
            return None
        return Missing(ref.type, facts.id, ref.target, facts.namespace or namespace, ref.optional)

    def absences(self, target: str, refs: Sequence[tuple[Facts, Ref]]) -> set[Missing]:
        """Do the same for several references to one id."""
        if not refs:
            return set()
        kind, namespace = scope_of(target)
        if not self._coverage.covers(kind, namespace):
            return set()
        return {
            Missing(ref.type, facts.id, target, facts.namespace or namespace, ref.optional)
            for facts, ref in refs
            if not ref.alias
        }

    def missing_to(self, target: str) -> set[Missing]:
        """Return the missing references to an id: no object has it, or another one than they mean."""
        refs = self.at(target)
        if refs and (node := self._nodes.get(target)) is not None:
            refs = [(source, ref) for source, ref in refs if ref.uid and not ref.means(node.facts)]
        return self.absences(target, refs)

    def missing_at(self, node: Node) -> set[Missing]:
        """Return the missing references of a node, and those to its id that mean another object."""
        missing = self.missing_to(node.id)
        facts = node.facts
        for ref in facts.refs:
            # Most targets are there: nothing more is asked of them.
            if (ref.uid or ref.target not in self._nodes) and (one := self.missing(facts, ref)) is not None:
                missing.add(one)
        return missing

    def missing_in(self, kind: str, namespace: str) -> set[Missing]:
        """Return every missing reference to a kind in a namespace ("" is all of them)."""
        if namespace:
            scopes = [(kind, namespace)]
        else:
            scopes = [scope for scope in self._unresolved if scope[0] == kind]
        return {
            missing
            for scope in scopes
            for target in self._unresolved.get(scope)
            for missing in self.missing_to(target)
        }


def _by_target(refs: Sequence[Ref]) -> dict[str, list[Ref]]:
    found: dict[str, list[Ref]] = {}
    for ref in refs:
        found.setdefault(ref.target, []).append(ref)
    return found
