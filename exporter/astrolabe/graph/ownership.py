"""Which object owns which, by UID and kind, also through hidden objects.

A UID alone does not name an owner: an API that mirrors another one serves the same object under a second kind
with the same UID (OpenShift's Role of authorization.openshift.io, Calico's projectcalico.org). And an object
that is left out of the graph still leads what it owns to its own owner: a Pod that stops outlives its
ReplicaSet's last wish for it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping

from astrolabe.graph.delta import Node
from astrolabe.graph.facts import Facts, Owner, object_id
from astrolabe.graph.index import Index


class Ownership:
    """Both sides of every ownerReference. It keeps the facts of hidden objects, only the ids of others."""

    def __init__(self, nodes: Mapping[str, Node]) -> None:
        self._nodes = nodes
        self._hidden: dict[str, Facts] = {}
        self._by_uid: Index[str, str] = Index()
        self._owned: Index[str, str] = Index()

    def add(self, facts: Facts) -> None:
        """File an object of the graph."""
        if facts.uid:
            self._by_uid.append(facts.uid, facts.id)
        self._add_owners(facts)

    def discard(self, facts: Facts) -> None:
        """Undo `add` for the same facts."""
        if facts.uid:
            self._by_uid.discard(facts.uid, facts.id)
        self._discard_owners(facts)

    def hide(self, facts: Facts) -> None:
        """File an object that is left out of the graph."""
        self._hidden[facts.id] = facts
        self._add_owners(facts)

    def forget(self, facts: Facts) -> None:
        """Undo `hide` for the same facts."""
        del self._hidden[facts.id]
        self._discard_owners(facts)

    def hidden(self, node_id: str) -> Facts | None:
        """Return an object that is left out of the graph."""
        return self._hidden.get(node_id)

    def known(self, node_id: str) -> Facts:
        """Return an object of the graph, or one that is left out."""
        node = self._nodes.get(node_id)
        return node.facts if node is not None else self._hidden[node_id]

    def all_hidden(self) -> Iterable[Facts]:
        """Return every object that is left out of the graph."""
        return self._hidden.values()

    def by_uid(self, uid: str) -> Collection[str]:
        """Return the ids of the nodes with a UID: one, or the mirrors of one object."""
        return self._by_uid.get(uid)

    def parents(self, facts: Facts) -> list[str]:
        """Return the ids of an object's owners that are in the graph."""
        return [
            node_id
            for owner in facts.owners
            for node_id in self._by_uid.get(owner.uid)
            if self._nodes[node_id].facts.kind == owner.kind
        ]

    def children(self, facts: Facts) -> Iterator[str]:
        """Yield the ids of the objects in the graph that an object owns."""
        for child in self._owned.get(facts.uid) if facts.uid else ():
            node = self._nodes.get(child)
            if node is not None and _owns(facts, node.facts):
                yield child

    def has_children(self, facts: Facts) -> bool:
        """Whether some object names this one as its owner, or another one of its UID."""
        return facts.uid in self._owned

    def owned(self, facts: Facts) -> Iterator[Facts]:
        """Yield what is known of each object that an object owns, in the graph or left out of it."""
        for child in self._owned.get(facts.uid) if facts.uid else ():
            owned = self.known(child)
            if _owns(facts, owned):
                yield owned

    def controller(self, facts: Facts) -> Facts | None:
        """Return an object's controller, as far as it is known; it may be hidden."""
        owner = facts.controller
        return self.meant(owner, facts.namespace) if owner is not None else None

    def meant(self, owner: Owner, namespace: str) -> Facts | None:
        """Return the owner that an object of a namespace names, as far as it is known; it may be hidden."""
        node = self.node(owner)
        return node.facts if node is not None else self._hidden_owner(owner, namespace)

    def node(self, owner: Owner) -> Node | None:
        """Return the node of an owner, if it is in the graph."""
        for node_id in self._by_uid.get(owner.uid):
            node = self._nodes[node_id]
            if node.facts.kind == owner.kind:
                return node
        return None

    def below(self, facts: Facts) -> set[str]:
        """Return the ids of the nodes that an object owns at any depth, also through hidden objects."""
        found: set[str] = set()
        if not facts.uid or facts.uid not in self._owned:
            return found
        seen = {facts.id}
        front = [facts]
        while front:
            owner = front.pop()
            for child in self._owned.get(owner.uid) if owner.uid else ():
                if child in seen:
                    continue
                owned = self.known(child)
                if _owns(owner, owned):
                    seen.add(child)
                    front.append(owned)
                    if child in self._nodes:
                        found.add(child)
        return found

    def _hidden_owner(self, owner: Owner, namespace: str) -> Facts | None:
        # The API server has owners only in the namespace of what they own.
        found = self._hidden.get(object_id(owner.kind, namespace, owner.name)) if self._hidden else None
        return found if found is not None and found.uid == owner.uid else None

    def _add_owners(self, facts: Facts) -> None:
        for owner in facts.owners:
            self._owned.append(owner.uid, facts.id)

    def _discard_owners(self, facts: Facts) -> None:
        for owner in facts.owners:
            self._owned.discard(owner.uid, facts.id)


def _owns(owner: Facts, owned: Facts) -> bool:
    """Whether an entry of another object's owners means an object."""
    return any(entry.uid == owner.uid and entry.kind == owner.kind for entry in owned.owners)
