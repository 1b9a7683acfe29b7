"""Since when bindings give something to a subject, and accounts use Secrets. Kept over restarts."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator

import msgspec

from astrolabe.derived.access.rights import BINDINGS, binding_of
from astrolabe.derived.access.uses import PodChange, Uses, access_of, carried, pod_change
from astrolabe.graph.delta import Delta
from astrolabe.graph.facts import Facts

MOST_ENDED = 250
"""Relations that ended and are remembered, the newest ones."""


class Ended(msgspec.Struct, frozen=True):
    """A relation that is no more."""

    one: str
    """A subject's key, or an account's id."""
    other: str
    """A binding's id, or a Secret's."""
    first: float
    last: float
    """Unix seconds, as is `first`."""


class Remembered(msgspec.Struct):
    """What a restart would lose. Plain data: `msgspec.json.encode` and `decode` are enough."""

    at: float = 0.0
    """Unix seconds."""
    since: list[tuple[str, str, float]] = []
    ended: list[Ended] = []
    readers: dict[str, list[tuple[str, str]]] = {}
    """Who could read a Secret of each namespace, by what first step."""


def merged(parts: Iterable[Remembered]) -> Remembered:
    """Return as one what was remembered in parts."""
    whole = Remembered()
    for part in parts:
        whole.at = max(whole.at, part.at)
        whole.since += part.since
        whole.ended += part.ended
        whole.readers |= part.readers
    return whole


class Seen:
    """Follows the graph, after `Uses` has. What is there when it starts began when its object was made."""

    def __init__(self, uses: Uses, remembered: Remembered | None = None) -> None:
        self._uses = uses
        remembered = remembered or Remembered()
        self._since: dict[tuple[str, str], float] = {}
        self._earlier = {(one, other): first for one, other, first in remembered.since}
        self._earlier_at = remembered.at
        self.ended: deque[Ended] = deque(remembered.ended, MOST_ENDED)
        self.changes = 0
        """How often something came or went."""

    def since(self, one: str, other: str) -> float | None:
        """Return since when a relation lasts in Unix seconds, None where there is none."""
        return self._since.get((one, other))

    def of(self, one: str) -> Iterator[tuple[str, float]]:
        """Yield what a subject or account has, each since when; for answers alone, it looks at all."""
        return ((other, first) for (left, other), first in self._since.items() if left == one)

    def follow(self, delta: Delta, now: float) -> None:
        """Take in what one event changed."""
        for before, after in delta.nodes.values():
            some = after or before
            assert some is not None
            kind = some.facts.kind
            if kind == "Pod":
                change = pod_change(before, after)
                self.pod(change, change.made or now)
            if kind not in BINDINGS:
                continue
            old = set(_relations(before.facts)) if before is not None else set()
            new = set(_relations(after.facts)) if after is not None else set()
            new_one = before is None
            if before is not None and after is not None and before.facts.uid != after.facts.uid:
                # A binding of the same name is another one; the Pods of a workload come and go.
                for pair in sorted(old):
                    self._end(pair, now)
                new_one, old = True, set()
            if old == new:
                continue
            made = some.facts.created if new_one and some.facts.created else now
            another = some.facts.created > self._earlier_at
            for pair in sorted(new - old):
                self._begin(pair, made, another=another)
            for pair in sorted(old - new):
                self._end(pair, now)

    def pod(self, change: PodChange, at: float) -> None:
        """Take in a change of a Pod: one that came is what it is since it was made."""
        had = change.lost.secrets if change.lost is not None else ()
        has = change.gained.secrets if change.gained is not None else ()
        for pair in has:
            if pair not in had:
                self._begin(pair, at)
        for pair in had:
            if pair not in has and not self._still(*pair):
                self._end(pair, at)

    def compare(self, items: Iterable[Facts], now: float) -> None:
        """Take in everything that is there, of which some changes were not told."""
        there: dict[tuple[str, str], float] = {}
        for facts in items:
            for pair in _relations(facts):
                made = facts.created or now
                there[pair] = min(there.get(pair, made), made)
        for pair in sorted(self._since.keys() - there.keys()):
            self._end(pair, now)
        for pair in sorted(there.keys() - self._since.keys()):
            self._begin(pair, there[pair])

    def settle(self) -> None:
        """Note that everything is known: what was remembered and is not there ended while nobody looked."""
        for (one, other), first in self._earlier.items():
            self.ended.append(Ended(one, other, first, self._earlier_at))
        self._earlier = {}

    def remember(
        self, now: float, readers: dict[str, list[tuple[str, str]]], most: int = 1 << 30
    ) -> Iterator[Remembered]:
        """Yield what to carry over a restart, in parts of so many relations at most."""
        yield Remembered(now, [], list(self.ended), readers)
        lasting = [*self._since.items(), *self._earlier.items()]
        for start in range(0, len(lasting), most):
            found = lasting[start : start + most]
            yield Remembered(now, [(one, other, first) for (one, other), first in found])

    def _begin(self, pair: tuple[str, str], at: float, *, another: bool = False) -> None:
        """Begin a relation, or go on with one of an earlier process, unless it is by another object."""
        self.changes += 1
        if pair not in self._since:
            self._since[pair] = at if another else self._earlier.pop(pair, at)
        elif at < self._since[pair]:
            # Pods come in any order; the oldest one says since when.
            self._since[pair] = at

    def _end(self, pair: tuple[str, str], at: float) -> None:
        self.changes += 1
        first = self._since.pop(pair, None)
        if first is not None:
            self.ended.append(Ended(*pair, first, at))

    def _still(self, account: str, secret: str) -> bool:
        name = account.rpartition("/")[2]
        return any(
            access is not None and access.account == name
            for pod in self._uses.pods_using(secret)
            for access in (access_of(pod.facts),)
        )


def _relations(facts: Facts) -> Iterator[tuple[str, str]]:
    access = access_of(facts)
    if access is not None:
        yield from carried(facts.namespace, access, placed=True).secrets
    binding = binding_of(facts)
    if binding is not None:
        for key in binding.keys:
            yield key, binding.id
