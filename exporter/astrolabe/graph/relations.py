"""Nodes, the indexes over what they declare, and the edges that follow from both.

Edges are not stored. A node keeps what its object declares, an index keeps who refers to an id, and an edge
is there exactly when a declaration and its target are. So the order of events cannot matter, nothing can go
stale, and a reference whose target is missing waits in the same place as one that is resolved.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator

from astrolabe.graph.coverage import Coverage
from astrolabe.graph.delta import CARRIED_BY_TARGET, Edge, Missing, Node, edge_between, edge_of
from astrolabe.graph.facts import EdgeType, Facts, Note, Ref, Release
from astrolabe.graph.index import Index
from astrolabe.graph.notes import Notes
from astrolabe.graph.ownership import Ownership
from astrolabe.graph.records import Records
from astrolabe.graph.references import References
from astrolabe.graph.selections import Selections


class Relations:
    """The readable side of the graph. What changes it is in `astrolabe.graph.graph`."""

    def __init__(self, coverage: Coverage | None = None) -> None:
        self._nodes: dict[str, Node] = {}
        self._by_kind: Index[tuple[str, str], str] = Index()
        self._by_release: Index[Release, str] = Index()
        self._unwell: Index[str, str] = Index()
        """Ids of nodes in error or pending, by kind."""
        self._ownership = Ownership(self._nodes)
        self._records = Records()
        self._selections = Selections(self._facts, self._of_kind)
        self._coverage = coverage or Coverage()
        self._references = References(self._nodes, self._coverage)
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
        return self._references.resolve(ref)

    def referring(self, target: str) -> Collection[str]:
        """Return the ids of the nodes that refer to an id, whether there is such a node or not."""
        return self._references.referrers(target)

    def producers(self, target: str) -> Collection[str]:
        """Return the ids of the nodes that produce an id, whether there is such a node or not."""
        return self._references.producers(target)

    # Edges by how they come about

    def declared(self, node: Node) -> Iterator[Edge]:
        """Yield the edges that a node's own references make."""
        return iter(self._references.edges_of(node.facts))

    def referred(self, node: Node) -> Iterator[Edge]:
        """Yield the edges that others' references to a node make."""
        for source, ref in self._references.to(node):
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
        for source, ref in self._references.to(node):
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
        """Return the newest note of each reason and topic about a node, newest first."""
        return self._notes.about(node.id, node.facts.uid)

    # Edges by node

    def incident(self, node: Node) -> set[Edge]:
        """Return every edge that begins or ends at a node."""
        return {*self._outward(node), *self.referred(node)}

    def carried(self, node: Node) -> list[Edge]:
        """Return the edges whose carrier is a node (`Edge.carrier`), in order."""
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
        for source, ref in self._references.to(node):
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
        return sorted(
            {missing for ref in facts.refs if (missing := self._references.missing(facts, ref)) is not None}
        )

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
        edges = self._references.edges_of(facts)
        if facts.owners:
            edges += self.owners(node)
        if self._ownership.has_children(facts):
            edges += self.owned(node)
        for selection, source in self._selections.selecting(facts):
            edges.append(edge_between(selection.type, self._nodes[source].facts, facts))
        if facts.selections:
            edges += self.selected(node)
        return edges

    # Filing

    def _file(self, node: Node, *, awaited: bool) -> list[Ref]:
        """Put a node into every index that depends on its facts alone; return what it does not find.

        `awaited` is whether others refer to its id and mean another object.
        """
        facts = node.facts
        self._nodes[facts.id] = node
        self._ownership.add(facts)
        self._records.add(facts)
        self._by_kind.append((facts.namespace, facts.kind), facts.id)
        self._selections.add(facts)
        return self._references.add(facts, awaited=awaited)

    def _unfile(self, node: Node) -> None:
        """Undo `_file`; nothing of the node remains but what others declare about it."""
        facts = node.facts
        del self._nodes[facts.id]
        self._ownership.discard(facts)
        self._records.discard(facts)
        self._by_kind.discard((facts.namespace, facts.kind), facts.id)
        self._references.discard(facts)
        self._selections.discard(facts)
