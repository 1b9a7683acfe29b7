"""Who can read some Secret of each namespace, kept up to date: what changed is worked out, nothing else.

The answer for a namespace depends on its own bindings and objects, on the cluster-wide ones, and on those of
the namespaces whose accounts reach it. Which those are is remembered, so a change is followed to where it
matters.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import lru_cache
from typing import TypeAlias

from astrolabe.derived.access import powers
from astrolabe.derived.access.holdings import Holdings
from astrolabe.derived.access.powers import NUMBER, powers_of
from astrolabe.derived.access.rights import BINDINGS, ROLES, Rights
from astrolabe.derived.access.search import EVERYWHERE, Result, Search
from astrolabe.derived.access.uses import PodChange, Uses, pod_change
from astrolabe.derived.access.ways import How, Ways
from astrolabe.graph.delta import Delta, Node
from astrolabe.kinds.models.details import RoleDetail

Readers: TypeAlias = tuple[tuple[str, How], ...]
"""Subjects with their first step, in order: one entry for each of a subject's shortest ways."""

Changed: TypeAlias = Callable[[str, Readers, Readers], None]
"""Called with a namespace, or the id of a Secret, who could read it (some Secret of it), and who can."""

_PODS = frozenset(NUMBER[power] for power in (*powers.ENTERS, *powers.CHANGES))
_NODES = frozenset(NUMBER[power] for power in powers.NODES)
_SECRETS = frozenset(NUMBER[power] for power in powers.READS)
_TEMPLATES = {
    kind: frozenset(NUMBER[power] for power in powers.TEMPLATES[resource])
    for (_, resource), kind in powers.WORKLOADS.items()
    if kind
}
HEARD = frozenset({*ROLES, *BINDINGS, *_TEMPLATES, "Pod", "Secret", "ServiceAccount"})
"""Kinds on whose objects it depends who can read."""
_BINDS = sum(1 << NUMBER[power] for power in powers.BIND.values())


class ReaderIndex:
    """Follows the graph, after `Rights` and `Uses` have."""

    def __init__(self, rights: Rights, uses: Uses, guarded: Callable[[str], bool] = lambda _: False) -> None:
        """Look at each Secret of the namespaces that are guarded, at one for all in others."""
        self._guarded = guarded
        self._rights = rights
        self._graph = rights.graph
        self._uses = uses
        self._holdings = Holdings(rights)
        self._ways = Ways(rights.graph, uses)
        self.search = Search(rights, self._holdings, self._ways)
        self.by_namespace: dict[str, Readers] = {}
        self.truncated: set[str] = set()
        """Namespaces of which there was too much to look at."""
        self.by_secret: dict[str, dict[str, Readers]] = {}
        """Of guarded namespaces, by name."""
        self.admins: frozenset[str] = frozenset()
        """Who has every right in the whole cluster, by bindings."""
        self._looked_at: dict[str, frozenset[str]] = {}
        self._dirty: dict[str, None] = {}
        self._everything = True
        self._changes = 0
        self.worked = 0
        """How often something was worked out: another number where there may be something new to show."""
        self._listeners: list[Changed] = []

    def listen(self, listener: Changed) -> None:
        """Call with each namespace whose readers changed, from within `work`."""
        self._listeners.append(listener)

    @property
    def waiting(self) -> bool:
        """Whether something is to be worked out again."""
        return self._everything or bool(self._dirty)

    @property
    def holdings(self) -> Holdings:
        """Who holds what, as it is used here."""
        return self._holdings

    @property
    def ways(self) -> Ways:
        """The ways, as they are used here."""
        return self._ways

    # What changes

    def covered(self) -> None:
        """Note that kinds are known completely that were not, or the other way round."""
        self._all()

    def lost(self) -> None:
        """Forget what is remembered: some changes were not told."""
        self._uses.flipped.clear()
        self._holdings.clear()
        self._all()

    def follow(self, delta: Delta) -> None:
        """Note what one event makes doubtful."""
        if self._everything:
            self._wait()
            return
        for before, after in delta.nodes.values():
            some = after or before
            assert some is not None
            kind = some.facts.kind
            if kind in ROLES:
                self._role(before, after)
            elif kind in BINDINGS:
                self._touch(some.facts.namespace)
            elif kind == "Pod":
                self._pod(pod_change(before, after))
            elif before is None or after is None or before.facts.uid != after.facts.uid:
                self._object(kind, some)
        self._flipped()

    def pod(self, change: PodChange) -> None:
        """Note what an event makes doubtful that changed a Pod and no other object."""
        if self._everything:
            self._wait()
            return
        self._pod(change)
        self._flipped()

    def _wait(self) -> None:
        """Forget: it will all be worked out; what somebody asked meanwhile must not be remembered."""
        self._uses.flipped.clear()
        self._holdings.clear()
        self.search.forget("")

    def _flipped(self) -> None:
        while self._uses.flipped:
            self._touch(self._uses.flipped.pop())

    def _role(self, before: Node | None, after: Node | None) -> None:
        some = after or before
        assert some is not None
        old, new = (
            powers_of(node.facts.detail.rules)
            if node is not None and isinstance(node.facts.detail, RoleDetail)
            else None
            for node in (before, after)
        )
        if old == new:
            return
        self._holdings.forget_role(some.id)
        if some.facts.kind == "Role":
            self._touch(some.facts.namespace)
            return
        places = self._rights.places_of_role(some.id)
        if "" in places or self._somebody_binds():
            self._all()
            places.discard("")
            for namespace in places:
                self._holdings.forget(namespace)
                self.search.forget(namespace)
            return
        for namespace in places:
            self._touch(namespace)

    def _somebody_binds(self) -> bool:
        """Whether a role lets somebody bind others: then these matter though nobody is bound to them yet."""
        for role in self._rights.roles_with("clusterroles", "*"):
            found = self._holdings.of_role(role)
            if found.mask == powers.EVERYTHING:
                continue
            if found.mask & _BINDS or any(_BINDS >> number & 1 for number, _ in found.named):
                return True
        return False

    def _pod(self, change: PodChange) -> None:
        namespace = change.namespace
        if (change.other and (self._guarded(namespace) or self._named(namespace, _PODS))) or (
            change.moved and self._named("", _NODES)
        ):
            self._touch(namespace)

    def _object(self, kind: str, some: Node) -> None:
        namespace = some.facts.namespace
        if kind == "ServiceAccount":
            self._touch(namespace)
        elif kind == "Secret":
            if self._guarded(namespace) or self._turned(kind, namespace) or self._named(namespace, _SECRETS):
                self._touch(namespace)
        elif kind in _TEMPLATES and (
            self._turned(kind, namespace) or self._named(namespace, _TEMPLATES[kind])
        ):
            self._touch(namespace)

    def _turned(self, kind: str, namespace: str) -> bool:
        """Whether there may be some of a kind now where there were none, or the other way round."""
        return len(self._graph.of_kind(kind, namespace)) <= 1

    def _named(self, namespace: str, numbers: frozenset[int]) -> bool:
        return any(not numbers.isdisjoint(self._holdings.held(place).numbers) for place in {"", namespace})

    def _touch(self, namespace: str) -> None:
        self._changes += 1
        self._holdings.forget(namespace)
        self.search.forget(namespace)
        if not namespace:
            self._everything = True
            return
        self._dirty[namespace] = None
        for other, looked_at in self._looked_at.items():
            if namespace in looked_at or EVERYWHERE in looked_at:
                self._dirty[other] = None

    def _all(self) -> None:
        self._changes += 1
        self._holdings.forget("")
        self.search.forget("")
        self._everything = True

    # Working it out

    def work(self) -> Iterator[None]:
        """Work out what is doubtful, pausing after each namespace. What changes meanwhile comes later."""
        if self._everything:
            self._everything = False
            self.worked += 1
            self.admins = frozenset(
                key for key, mask in self._holdings.held("").masks.items() if mask == powers.EVERYTHING
            )
            yield
            self._dirty = dict.fromkeys(sorted({*self._graph.namespaces(), *self.by_namespace}))
        while self._dirty:
            namespace = next(iter(self._dirty))
            del self._dirty[namespace]
            self.worked += 1
            yield from self._namespace(namespace)
            if self._guarded(namespace):
                yield from self._secrets(namespace)

    def _secrets(self, namespace: str) -> Iterator[None]:
        """Look at each Secret of a guarded namespace."""
        known = self.by_secret.pop(namespace, {})
        found: dict[str, Readers] = {}
        for secret in sorted(self._graph.of_kind("Secret", namespace)):
            name = secret.rpartition("/")[2]
            result = yield from self.search.reaching(self._ways.to_secret(namespace, name))
            found[name] = _readers(result)
            if name in known and known[name] != found[name]:
                for listener in self._listeners:
                    listener(secret, known[name], found[name])
            yield
        if found:
            self.by_secret[namespace] = found

    def _namespace(self, namespace: str) -> Iterator[None]:
        changes = self._changes
        result = yield from self.search.reaching(
            self._ways.to_some_secret(namespace),
            exists=bool(self._graph.of_kind("Secret", namespace)),
        )
        yield
        if changes != self._changes:
            # Something changed meanwhile, where nobody knew yet that this looked.
            self._dirty[namespace] = None
        readers = _readers(result)
        (self.truncated.add if result.truncated else self.truncated.discard)(namespace)
        looked_at = frozenset(result.looked_at - {"", namespace})
        if looked_at:
            self._looked_at[namespace] = _shared(looked_at)
        else:
            self._looked_at.pop(namespace, None)
        before = self.by_namespace.get(namespace, ())
        if readers:
            self.by_namespace[namespace] = readers
        else:
            self.by_namespace.pop(namespace, None)
        if before != readers:
            for listener in self._listeners:
                listener(namespace, before, readers)


def _readers(result: Result) -> Readers:
    return tuple(
        _pair(key, how) for key in sorted(result.subjects) for how in sorted(result.subjects[key].ways)
    )


@lru_cache(1 << 13)
def _pair(key: str, how: How) -> tuple[str, How]:
    return key, how


@lru_cache(1 << 10)
def _shared(names: frozenset[str]) -> frozenset[str]:
    return names
