"""Everything of access in one: it follows the graph, works in small steps, and answers."""

from __future__ import annotations

import itertools
import time
from collections import deque
from collections.abc import Callable, Iterator
from typing import Literal, TypeAlias

import msgspec

from astrolabe.derived.access.findings.catalogue import Silences
from astrolabe.derived.access.findings.holders import REFERRING
from astrolabe.derived.access.findings.index import FindingIndex
from astrolabe.derived.access.findings.rule import Finding
from astrolabe.derived.access.powers import WORKLOADS
from astrolabe.derived.access.readers import HEARD, ReaderIndex, Readers
from astrolabe.derived.access.rights import BINDINGS, ROLES, Rights
from astrolabe.derived.access.seen import Remembered, Seen
from astrolabe.derived.access.uses import Uses, access_of, pod_change
from astrolabe.graph.delta import Delta, Node
from astrolabe.graph.facts import Facts
from astrolabe.graph.relations import Relations
from astrolabe.kinds.models.details import PodDetail
from astrolabe.patterns import glob
from astrolabe.scheduling.steps import Steps

NEEDED = ("Role", "ClusterRole", "RoleBinding", "ClusterRoleBinding", "Secret", "ServiceAccount", "Pod")
"""Kinds without which an answer may miss somebody."""
_ASKED = frozenset({*NEEDED, *REFERRING, *filter(None, WORKLOADS.values())})
"""Kinds of which it matters whether all of them are known."""
MOST_EVENTS = 1000
"""Events that are kept."""
MOST_TOLD = 250
"""Events that listeners are told at once."""

Told: TypeAlias = Callable[[tuple["Event", ...], int], None]
"""Called with what happened, in order, and how much more there was that is left out."""


class Event(msgspec.Struct, frozen=True):
    """Something that an operator may want to hear of."""

    at: float
    """Unix seconds."""
    type: Literal["reader-gained", "reader-lost", "finding", "finding-gone"]
    about: str
    """A namespace, or the id of a Secret of a guarded one; the id of the object that a finding is about."""
    subject: str
    """Who, as a key; of a finding, the rule."""
    detail: str = ""


class Access:
    """Who can do what, by what right, and who does: of one graph."""

    def __init__(
        self,
        graph: Relations,
        *,
        guarded: tuple[str, ...] = (),
        silences: Silences | None = None,
        remembered: Remembered | None = None,
        now: Callable[[], float] = time.time,
    ) -> None:
        """Guard the namespaces that some patterns name."""
        self.graph = graph
        self._now = now
        self._patterns = [glob(pattern) for pattern in guarded]
        self.rights = Rights(graph)
        self.uses = Uses(graph)
        self.seen = Seen(self.uses, remembered)
        self.readers = ReaderIndex(self.rights, self.uses, self.guards)
        self.findings = FindingIndex(self.rights, self.uses, silences)
        self.gained: dict[str, int] = {}
        """How often somebody came to read a Secret, by namespace, since the program began."""
        self.admins_gained = 0
        self.events: deque[Event] = deque(maxlen=MOST_EVENTS)
        self.counted: set[str] = set()
        """Accounts whose Pods or tokens are other ones; taken by who shows them."""
        self._earlier = remembered.readers if remembered is not None else {}
        self._admins: frozenset[str] | None = None
        self._reads = 0
        self._new: list[Event] = []
        self._left_out = 0
        self._listeners: list[Told] = []
        self._settled = False
        self._lost = False
        self.readers.listen(self._read)
        self.findings.listen(self._found)

    def listen(self, listener: Told) -> None:
        """Call with what happened whenever everything is worked out, from within `work`."""
        self._listeners.append(listener)

    def guards(self, namespace: str) -> bool:
        """Whether a namespace is guarded."""
        return any(pattern.matches(namespace) for pattern in self._patterns)

    def follow(self, delta: Delta) -> None:
        """Take in what one event changed: what follows from it is worked out later."""
        if delta.covered in _ASKED:
            self.readers.covered()
            self.findings.covered()
        if self._lost or (not delta.edges and not any(itertools.starmap(_matters, delta.nodes.values()))):
            return
        if len(delta.nodes) == 1:
            ((before, after),) = delta.nodes.values()
            self._one(delta, before, after)
        else:
            self._several(delta)
        self.findings.follow(delta)
        touched = self.uses.touched
        if touched:
            self.counted |= touched
            self.findings.counted(touched)
            touched.clear()

    def _one(self, delta: Delta, before: Node | None, after: Node | None) -> None:
        """Take in an event that changed one object, by far the most often a Pod."""
        some = after or before
        assert some is not None
        kind = some.facts.kind
        if kind == "Pod":
            change = pod_change(before, after)
            if change.other:
                self.uses.pod(change)
                self.seen.pod(change, change.made or self._now())
            self.readers.pod(change)
        elif kind in ROLES or kind in BINDINGS:
            self._several(delta)
        elif kind in HEARD:
            if kind == "Secret":
                self.uses.follow(delta)
            self.readers.follow(delta)

    def _several(self, delta: Delta) -> None:
        self.rights.follow(delta)
        self.uses.follow(delta)
        self.seen.follow(delta, self._now())
        self.readers.follow(delta)

    def lost(self) -> None:
        """Read the graph again before anything else is worked out."""
        self._lost = True

    def _begin_again(self) -> None:
        """Take in the graph as it is. Who gained or lost what meanwhile is told as ever."""
        self._lost = False
        self.rights.clear()
        self.uses.clear()
        nodes: dict[str, tuple[Node | None, Node | None]] = {node.id: (None, node) for node in self.graph}
        delta = Delta(nodes)
        self.rights.follow(delta)
        self.uses.follow(delta)
        self.seen.compare((node.facts for node in self.graph), self._now())
        self.readers.lost()
        self.findings.covered()
        self.counted |= self.uses.touched
        self.uses.touched.clear()

    @property
    def waiting(self) -> bool:
        """Whether something is to be worked out."""
        return self._lost or self.readers.waiting or self.findings.waiting

    @property
    def settled(self) -> bool:
        """Whether everything has been worked out once."""
        return self._settled

    def incomplete(self, namespace: str = "") -> list[str]:
        """Return the kinds that are not known completely: somebody may be missing in an answer."""
        return [kind for kind in NEEDED if not self.graph.covers(kind, namespace)]

    def work(self) -> Steps[None]:
        """Work out what is doubtful, pausing often."""
        if self._lost:
            self._begin_again()
            yield
        yield from self.readers.work()
        self._count_admins()
        yield from self.findings.work()
        self.counted |= {account for account in self.findings.accounts if self.uses.tokens[account]}
        self.findings.accounts.clear()
        if not self._settled:
            self._settled = True
            self._earlier = {}
            self.seen.settle()
        if self._new:
            told, left_out = tuple(self._new), self._left_out
            self._new, self._left_out = [], 0
            for listener in self._listeners:
                listener(told, left_out)

    @property
    def changes(self) -> int:
        """A number that is another one when there is something new to remember."""
        return self.seen.changes + self._reads

    def remember(self, most: int = 1 << 30) -> Iterator[Remembered]:
        """Yield what to carry over a restart, in parts of so many relations at most."""
        readers: dict[str, list[tuple[str, str]]] = {
            namespace: [(key, how) for key, how in found]
            for namespace, found in self.readers.by_namespace.items()
        }
        return self.seen.remember(self._now(), readers if self._settled else self._earlier, most)

    def _count_admins(self) -> None:
        admins = self.readers.admins
        if self._admins is not None:
            self.admins_gained += len(admins - self._admins)
        self._admins = admins

    def _read(self, about: str, before: Readers, after: Readers) -> None:
        """Note who came to read and who ceased to. What was there when the program began is no news."""
        self._reads += 1
        namespace = about.split("/")[1] if about.startswith("Secret/") else about
        old, new = ({key for key, _ in readers} for readers in (before, after))
        if not self._settled and about == namespace:
            if namespace not in self._earlier:
                return
            old = {key for key, _ in self._earlier[namespace]}
        if not old or not new:
            # The first Secret of a namespace came, or the last one went.
            return
        hows = dict(after)
        for key in sorted(new - old):
            self._note(Event(self._now(), "reader-gained", about, key, hows[key]))
        for key in sorted(old - new):
            self._note(Event(self._now(), "reader-lost", about, key))
        # In a guarded namespace each Secret counts by itself.
        if new - old and (about != namespace or not self.guards(namespace)):
            self.gained[namespace] = self.gained.get(namespace, 0) + len(new - old)

    def _note(self, event: Event) -> None:
        self.events.append(event)
        if len(self._new) < MOST_TOLD:
            self._new.append(event)
        else:
            self._left_out += 1

    def _found(self, _: str, before: tuple[Finding, ...], after: tuple[Finding, ...]) -> None:
        if not self._settled:
            return
        old, new = (
            {finding.rule: finding for finding in findings if not finding.silenced}
            for findings in (before, after)
        )
        for rule in sorted(new.keys() - old.keys()):
            self._note(Event(self._now(), "finding", new[rule].id, rule, new[rule].detail))
        for rule in sorted(old.keys() - new.keys()):
            self._note(Event(self._now(), "finding-gone", old[rule].id, rule))


def _matters(before: Node | None, after: Node | None) -> bool:
    """Whether a change of a node may bear on access. Most events say how a Pod is doing, and do not."""
    if before is None or after is None:
        return True
    old, new = before.facts, after.facts
    if old.kind == "Pod":
        return access_of(old) is not access_of(new) or _moved(old, new)
    parts = ((old.detail, new.detail), (old.labels, new.labels), (old.owners, new.owners))
    return old.uid != new.uid or any(one is not other and one != other for one, other in parts)


def _moved(old: Facts, new: Facts) -> bool:
    return (
        isinstance(old.detail, PodDetail)
        and isinstance(new.detail, PodDetail)
        and old.detail.node != new.detail.node
    )
