"""When enough is known to begin: nothing is worked out from lists of which half has arrived.

What sleeps, what is counted and what that saves follows from several kinds together, whose lists come in any
order. So it is worked out once all of them are there, from all of them. After that each event counts as it
comes.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Literal, TypeAlias

from astrolabe.derived.sleep.scaling import WORKLOADS
from astrolabe.derived.sleep.starts import PATIENCE
from astrolabe.graph.delta import Delta, Node
from astrolabe.graph.relations import Relations
from astrolabe.kinds import scaledobject

Progress: TypeAlias = Literal["known", "resuming", "awaited"]
"""How far a kind is known: all of it, or never any; as an earlier process knew it, and a watch goes on from
there; not yet."""
Handler: TypeAlias = Callable[[Node | None, Node | None, float], None]
"""Takes in what became of an object of one kind, and when that was heard of (Unix seconds)."""

KINDS = ("Namespace", "HorizontalPodAutoscaler", scaledobject.NAME, "SleepInfo", *WORKLOADS, "Secret")
"""What is worked out follows from these. They are taken in in this order, whatever order they came in."""
SETTLING = 2 * PATIENCE
"""Seconds after the first of these kinds became known from which on those that are not are done without."""
RESUMING = 5.0
"""Seconds within which a watch that goes on from an earlier process says if it cannot."""
PROGRESS_INTERVAL = 1.0
"""Seconds between looks at how far the kinds are known."""


class Waiting:
    """How far the kinds are known. The clock is seconds of any origin that nobody sets."""

    def __init__(self, progress: Callable[[str], Progress] | None, elapsed: Callable[[], float]) -> None:
        """Without `progress` everything is known from the start."""
        self._progress = progress
        self._elapsed = elapsed
        self._first: float | None = None
        """Since when one of the kinds is known."""
        self._resuming: float | None = None
        """Since when none of the kinds is awaited."""

    def listed(self) -> bool:
        """Whether every kind is known that ever will be."""
        if self._progress is None:
            return True
        states = {self._progress(kind) for kind in KINDS}
        now = self._elapsed()
        if "known" in states and self._first is None:
            self._first = now
        if "awaited" in states:
            self._resuming = None
        elif self._resuming is None:
            self._resuming = now
        return states == {"known"} or (self._first is not None and now >= self._first + SETTLING)

    def resumed(self) -> bool:
        """Whether every kind is known, or goes on from what an earlier process knew."""
        return self.listed() or (self._resuming is not None and self._elapsed() >= self._resuming + RESUMING)


class Recovery:
    """Takes in what becomes of objects: at first nothing, then how they stand, then each change.

    What changes after the beginning, but before every kind is known, is held: it is taken in kind by kind.
    """

    def __init__(
        self,
        graph: Relations,
        handlers: Mapping[str, Handler],
        known: Callable[[], None],
        *,
        progress: Callable[[str], Progress] | None,
        now: Callable[[], float],
        elapsed: Callable[[], float],
    ) -> None:
        """Call `known` when everything was taken in that was held."""
        self._graph = graph
        self._handlers = handlers
        self._known = known
        self._waiting = Waiting(progress, elapsed)
        self._now = now
        self._elapsed = elapsed
        self._look_at = 0.0
        self._held: list[tuple[str, Node | None, Node | None]] = []
        """Kind, before and after."""
        self.begun = False
        self.known_at: float | None = None
        """When everything was taken in, in seconds that passed; None before."""

    @property
    def holding(self) -> bool:
        """Whether something changed that is not taken in yet."""
        return bool(self._held)

    def begin(self) -> None:
        """Take in the graph as it stands."""
        self.begun = True
        now = self._now()
        namespaces = sorted(self._graph.namespaces())
        for kind in [kind for kind in KINDS if kind in self._handlers]:
            for namespace in namespaces:
                for each in sorted(self._graph.of_kind(kind, namespace)):
                    self._handlers[kind](None, self._graph.get(each), now)

    def follow(self, delta: Delta) -> None:
        """Take in what one event changed, or hold it."""
        if self.known_at is None and (not delta.nodes or self._elapsed() >= self._look_at):
            begun = self.begun
            self.look()  # of a kind that becomes complete nothing changes
            if not begun:
                return  # the graph, which is taken in as it stands, has it already
        if not self.begun:
            return
        for before, after in delta.nodes.values():
            some = after or before
            assert some is not None
            kind = some.facts.kind
            handler = self._handlers.get(kind)
            if handler is None:
                continue
            if self.known_at is None:
                self._held.append((kind, before, after))
            else:
                handler(before, after, self._now())

    def look(self) -> None:
        """Begin once every kind is listed; go on once every kind is known."""
        if self.known_at is not None:
            return
        self._look_at = self._elapsed() + PROGRESS_INTERVAL
        if not self.begun and self._waiting.listed():
            self.begin()
        if self.begun and self._waiting.resumed():
            held, self._held = self._held, []
            self.known_at = self._elapsed()
            now = self._now()
            for kind, before, after in sorted(held, key=lambda change: KINDS.index(change[0])):
                self._handlers[kind](before, after, now)
            self._known()
