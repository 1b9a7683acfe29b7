"""Nodes, the indexes over what they declare, and the edges that follow from both.

Edges are not stored. A node keeps what its object declares, an index keeps who refers to an id, and an edge
is there exactly when a declaration and its target are. So the order of events cannot matter, nothing can go
stale, and a reference whose target is missing waits in the same place as one that is resolved.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence

from astrolabe.graph.coverage import Coverage
from astrolabe.graph.delta import CARRIED_BY_TARGET, Edge, Missing, Node
from astrolabe.graph.facts import EdgeType, Facts, Note, Ref, Release
from astrolabe.graph.index import Index
from astrolabe.graph.notes import Notes
from astrolabe.graph.ownership import Ownership
from astrolabe.graph.records import Records
from astrolabe.graph.selections import Selections

SCANNED_REFERENCES = 64
"""References of one object up to which looking at each is as good as an index of them."""


class Relations:
    """The readable side of the graph. What changes it is in `astrolabe.graph.graph`."""

    def __init__(self, coverage: Coverage | None = None) -> None:
        self._nodes: dict[str, Node] = {}
        self._by_kind: Index[tuple[str, str], str] = Index()
        self._by_release: Index[Release, str] = Index()
        self._by_alias: Index[str, str] = Index()
        self._referrers: Index[str, str] = Index()
        self._producers: Index[str, str] = Index()
        """By target, who makes it: among those who refer to what many use, few do."""
        self._refs_of: dict[str, dict[str, list[Ref]]] = {}
        """By target, of the objects that have many: else, what they refer to would cost their square."""
        self._unresolved: Index[tuple[str, str], str] = Index()
        self._unwell: Index[str, str] = Index()
        """Ids of nodes in error or pending, by kind."""
        self._ownership = Ownership(self._nodes)
        self._records = Records()
        self._selections = Selections(self._facts, self._of_kind)
        self._coverage = coverage or Coverage()
        self._notes = Notes()

    def __len__(self) -> int:
        return len(self._nodes)

    def __contains__(self, node_id: str) -> bool:
        return node_id in self._nodes

    def __iter__(self) -> Iterator[Node]:
        return iter(self._nodes.values())

    def get(self, node_id: str) -> Node | None:
        """Return a node by its id."""
        return self._nodes.get(node_id)

    def by_uid(self, uid: str) -> Node | None:
        """Return the node of an object's UID; of mirrors of one object the first by id."""
        ids = self._ownership.by_uid(uid)
        return self._nodes[min(ids)] if ids else None

    def hidden(self) -> Iterable[Facts]:
        """Return every object that is left out."""
        return self._ownership.all_hidden()

    def made_by(self, node: Node) -> Iterator[Facts]:
        """Yield what is known of each object that a node owns, also of what is left out."""
        return self._ownership.owned(node.facts)

    def controller(self, node: Node) -> Node | None:
        """Return the controller of a node, if it is in the graph."""
        facts = self._ownership.controller(node.facts)
        return self._nodes.get(facts.id) if facts is not None else None

    def of_kind(self, kind: str, namespace: str = "") -> Collection[str]:
        """Return the ids of a kind's nodes in a namespace, or of a cluster-scoped kind's."""
        return self._by_kind.get((namespace, kind))

    def of_release(self, release: Release) -> Collection[str]:
        """Return the ids of what belongs to a Helm release, by itself or through its controllers."""
        return self._by_release.get(release)

    def releases(self) -> Iterator[Release]:
        """Yield every Helm release that some node belongs to."""
        return iter(self._by_release)

    def namespaces(self) -> set[str]:
        """Return the namespaces that hold nodes."""
        return {namespace for namespace, _ in self._by_kind if namespace}

    def scopes(self) -> Iterator[tuple[str, str]]:
        """Yield the kinds that have nodes, each with every namespace that holds some; "" is the cluster."""
        return ((kind, namespace) for namespace, kind in self._by_kind)

    def covers(self, kind: str, namespace: str = "") -> bool:
        """Whether a kind is known completely, so that what is absent is missing."""
        return self._coverage.covers(kind, namespace)

    def resolve(self, ref: Ref) -> Node | None:
        """Return what a reference points at, if it is there. Of several defaults the first by id counts."""
        if ref.alias:
            ids = self._by_alias.get(ref.target)
            return self._nodes[min(ids)] if ids else None
        node = self._nodes.get(ref.target)
        return node if node is not None and ref.means(node.facts) else None

    def referring(self, target: str) -> Collection[str]:
        """Return the ids of the nodes that refer to an id, whether there is such a node or not."""
        return self._referrers.get(target)

    def producers(self, target: str) -> Collection[str]:
        """Return the ids of the nodes that produce an id, whether there is such a node or not."""
        return self._producers.get(target)

    # Edges by how they come about

    def declared(self, node: Node) -> Iterator[Edge]:
        """Yield the edges that a node's own references make."""
        return iter(self._declared(node.facts))

    def referred(self, node: Node) -> Iterator[Edge]:
        """Yield the edges that others' references to a node make."""
        for source, ref in self._refs_to(node):
            yield edge_of(ref, source, node.facts)

    def owners(self, node: Node) -> Iterator[Edge]:
        """Yield the edges from the owners of a node that exist."""
        for parent in self._ownership.parents(node.facts):
            yield edge_between("owns", self._nodes[parent].facts, node.facts)

    def owned(self, node: Node) -> Iterator[Edge]:
        """Yield the edges to the objects that a node owns."""
        for child in self._ownership.children(node.facts):
            yield edge_between("owns", node.facts, self._nodes[child].facts)

    def selecting(self, node: Node) -> Iterator[Edge]:
        """Yield the edges from the objects whose selections match a node."""
        for selection, source in self._selections.selecting(node.facts):
            yield edge_between(selection.type, self._nodes[source].facts, node.facts)

    def selected(self, node: Node) -> Iterator[Edge]:
        """Yield the edges to the objects that a node's selections match."""
        for selection, target in self._selections.selected(node.facts):
            yield edge_between(selection.type, node.facts, self._nodes[target].facts)

    # The same without edges, for walks through the graph

    def references(self, node: Node) -> Iterator[tuple[Ref, str]]:
        """Yield a node's references that resolve, with the ids of their targets."""
        for ref in node.facts.refs:
            if ref.alias or ref.uid:
                target = self.resolve(ref)
                if target is not None:
                    yield ref, target.id
            elif ref.target in self._nodes:
                yield ref, ref.target

    def referrers(self, node: Node) -> Iterator[tuple[Ref, str]]:
        """Yield others' references to a node, with the ids of those who declare them."""
        for source, ref in self._refs_to(node):
            yield ref, source.id

    def owner_ids(self, node: Node) -> Iterator[str]:
        """Yield the ids of a node's owners that exist."""
        return iter(self._ownership.parents(node.facts))

    def owned_ids(self, node: Node) -> Iterator[str]:
        """Yield the ids of what a node owns."""
        return self._ownership.children(node.facts)

    def selecting_ids(self, node: Node) -> Iterator[tuple[EdgeType, str]]:
        """Yield the ids of those whose selections match a node, with the type of the edge."""
        for selection, source in self._selections.selecting(node.facts):
            yield selection.type, source

    def selected_ids(self, node: Node) -> Iterator[tuple[EdgeType, str]]:
        """Yield the ids of what a node's selections match, with the type of the edge."""
        for selection, target in self._selections.selected(node.facts):
            yield selection.type, target

    def makers(self, node: Node) -> Iterator[Node]:
        """Yield the objects whose products a node's selections match: the workloads behind a Service."""
        for _, maker in self._selections.makers(node.facts):
            yield self._nodes[maker]

    def makes_for(self, node: Node) -> Iterator[str]:
        """Yield the ids of the objects whose selections match what a node makes."""
        for _, source in self._selections.selecting_made(node.facts):
            yield source

    def unwell(self, kind: str) -> Collection[str]:
        """Return the ids of a kind's nodes that are in error or pending."""
        return self._unwell.get(kind)

    def unwell_kinds(self) -> list[str]:
        """Return the kinds that have nodes in error or pending."""
        return list(self._unwell)

    def count_unwell(self) -> int:
        """Return how many nodes are in error or pending."""
        return sum(len(self._unwell.get(kind)) for kind in self._unwell)

    def all_unwell(self) -> list[str]:
        """Return the ids of all nodes that are in error or pending."""
        return [node_id for kind in self._unwell for node_id in self._unwell.get(kind)]

    def notes(self, node: Node) -> list[Note]:
        """Return the newest note of each reason about a node, newest first."""
        return self._notes.about(node.id, node.facts.uid)

    # Edges by node

    def incident(self, node: Node) -> set[Edge]:
        """Return every edge that begins or ends at a node."""
        return {*self._outward(node), *self.referred(node)}

    def carried(self, node: Node) -> list[Edge]:
        """Return the edges that are accounted to a node (`Edge.carrier`), in order."""
        facts, nodes = node.facts, self._nodes
        node_id, namespace = facts.id, facts.namespace
        edges = {*self.owners(node), *self.selecting(node)}
        for ref in facts.refs:
            # From the declarer's side: an end of another's edge is accounted there.
            if ref.reverse is (ref.type in CARRIED_BY_TARGET):
                if namespace and not (ref.uid or ref.alias or ref.reverse):
                    # Nearly all of them: the target says nothing that the reference does not.
                    if ref.target in nodes:
                        edges.add(Edge(ref.type, node_id, ref.target, namespace))
                elif (target := self.resolve(ref)) is not None:
                    edges.add(edge_of(ref, facts, target.facts))
        for source, ref in self._refs_to(node):
            # From the target's side: accounted here when the declarer is not the edge's carrier.
            if ref.reverse is not (ref.type in CARRIED_BY_TARGET):
                edges.add(edge_of(ref, source, facts))
        return sorted(edges)

    def edges(self) -> Iterator[Edge]:
        """Yield every edge once."""
        for node in self._nodes.values():
            yield from self.carried(node)

    def missing_of(self, node: Node) -> list[Missing]:
        """Return the references of a node whose targets are known not to exist, in order."""
        facts = node.facts
        return sorted({missing for ref in facts.refs if (missing := self._missing(facts, ref)) is not None})

    def missing(self) -> Iterator[Missing]:
        """Yield every missing reference once."""
        for node in self._nodes.values():
            yield from self.missing_of(node)

    def _facts(self, node_id: str) -> Facts:
        return self._nodes[node_id].facts

    def _of_kind(self, namespace: str, kind: str) -> Collection[str]:
        return self._by_kind.get((namespace, kind))

    def _outward(self, node: Node) -> list[Edge]:
        """Return every edge at a node but those that others' references make."""
        facts = node.facts
        edges = self._declared(facts)
        if facts.owners:
            edges += self.owners(node)
        if self._ownership.has_children(facts):
            edges += self.owned(node)
        for selection, source in self._selections.selecting(facts):
            edges.append(edge_between(selection.type, self._nodes[source].facts, facts))
        if facts.selections:
            edges += self.selected(node)
        return edges

    def _declared(self, facts: Facts) -> list[Edge]:
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

    def _refs_to(self, node: Node) -> Iterator[tuple[Facts, Ref]]:
        """Yield the references of others that resolve to a node, by its id or by its alias."""
        facts = node.facts
        for key in (facts.id, facts.alias) if facts.alias else (facts.id,):
            for source in self._referrers.get(key):
                source_facts = self._nodes[source].facts
                for ref in self._refs_from(source_facts, key):
                    if self.resolve(ref) is node if ref.alias else ref.means(facts):
                        yield source_facts, ref

    def _refs_from(self, source: Facts, target: str) -> Sequence[Ref]:
        """Return the references of an object to an id or an alias."""
        if len(source.refs) > SCANNED_REFERENCES:
            return self._refs_of[source.id].get(target, ())
        return [ref for ref in source.refs if ref.target == target]

    def _refs_at(self, target: str) -> list[tuple[Facts, Ref]]:
        """Return all references to an id, whether they mean what is there or not, with who declares them."""
        found = []
        for source in self._referrers.get(target):
            facts = self._nodes[source].facts
            refs = facts.refs if len(facts.refs) <= SCANNED_REFERENCES else self._refs_from(facts, target)
            found += [(facts, ref) for ref in refs if ref.target == target]
        return found

    def _missing(self, facts: Facts, ref: Ref) -> Missing | None:
        if ref.alias or (ref.target in self._nodes and (not ref.uid or self.resolve(ref) is not None)):
            return None
        return self._absent(facts, ref)

    def _absent(self, facts: Facts, ref: Ref) -> Missing | None:
        """Return a reference that does not resolve as a missing one, if its kind is known completely."""
        kind, namespace = scope_of(ref.target)
        if not self._coverage.covers(kind, namespace):
            return None
        return Missing(ref.type, facts.id, ref.target, facts.namespace or namespace, ref.optional)

    def _awaited(self, facts: Facts) -> bool:
        """Whether somebody refers to the id of an object and means another one."""
        return any(ref.uid and not ref.means(facts) for _, ref in self._refs_at(facts.id))

    def _resolved_without(self, ref: Ref) -> bool:
        """Whether nobody waits for a target any more, now that a reference to it is gone."""
        node = self._nodes.get(ref.target)
        if node is None:
            return ref.target not in self._referrers
        return not ref.means(node.facts) and not self._awaited(node.facts)

    # Filing

    def _file(self, node: Node, *, awaited: bool) -> list[Ref]:
        """Put a node into every index that depends on its facts alone; return what it does not find.

        `awaited` is whether others refer to its id and mean another object.
        """
        facts, nodes = node.facts, self._nodes
        node_id, referrers = facts.id, self._referrers
        nodes[node_id] = node
        self._ownership.add(facts)
        self._records.add(facts)
        self._by_kind.append((facts.namespace, facts.kind), node_id)
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
        self._selections.add(facts)
        return lost

    def _unfile(self, node: Node) -> None:
        """Undo `_file`; nothing of the node remains but what others declare about it."""
        facts = node.facts
        del self._nodes[facts.id]
        self._ownership.discard(facts)
        self._records.discard(facts)
        self._by_kind.discard((facts.namespace, facts.kind), facts.id)
        if facts.alias:
            self._by_alias.discard(facts.alias, facts.id)
        for ref in facts.refs:
            self._referrers.discard(ref.target, facts.id)
            if ref.type == "produces":
                self._producers.discard(ref.target, facts.id)
        for ref in facts.refs:
            if not ref.alias and self._resolved_without(ref):
                self._unresolved.discard(scope_of(ref.target), ref.target)
        self._refs_of.pop(facts.id, None)
        if facts.id in self._referrers:
            self._unresolved.add(scope_of(facts.id), facts.id)
        self._selections.discard(facts)


def scope_of(target: str) -> tuple[str, str]:
    """Return kind and namespace of an id; names of Kubernetes objects hold no slash."""
    kind, *rest = target.split("/", 2)
    return kind, rest[0] if len(rest) > 1 else ""


def _by_target(refs: Sequence[Ref]) -> dict[str, list[Ref]]:
    found: dict[str, list[Ref]] = {}
    for ref in refs:
        found.setdefault(ref.target, []).append(ref)
    return found


def edge_of(ref: Ref, declarer: Facts, other: Facts) -> Edge:
    """Build the edge that a resolved reference makes."""
    if ref.reverse:
        return edge_between(ref.type, other, declarer)
    return edge_between(ref.type, declarer, other)


def edge_between(edge_type: EdgeType, source: Facts, target: Facts) -> Edge:
    """Build an edge."""
    return Edge(edge_type, source.id, target.id, source.namespace or target.namespace)
