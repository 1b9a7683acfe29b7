"""When workloads were not awake, lately: what happened before anything was heard of an operation."""

from __future__ import annotations

from typing import NamedTuple

from astrolabe.graph.facts import Facts
from astrolabe.sleep import scaling, sleepers
from astrolabe.sleep.seam import Asleep


class Rest(NamedTuple):
    """A time, which is over, at which a workload was not awake."""

    uid: str
    since: float
    until: float
    slept: bool
    """Whether kube-green had put it to sleep."""


class Rests:
    """The rests that are over, by workload."""

    def __init__(self) -> None:
        self._rests: dict[str, list[Rest]] = {}

    def slept(self, sleep: Asleep) -> None:
        """Learn that a sleep began or ended."""
        if sleep.until is not None:
            self._add(sleep.id, Rest(sleep.uid, sleep.since, sleep.until, sleep.sleeper == "kube-green"))

    def turned(self, before: Facts, after: Facts, now: float) -> None:
        """Learn that a workload woke or is not awake any more; `now` is when that was seen."""
        if scaling.awake(after) and sleepers.kube_green(before) is None:
            self._add(after.id, Rest(after.uid, _since(before, 0.0), _since(after, now), slept=False))

    def of(self, facts: Facts) -> list[Rest]:
        """Return those of a workload."""
        return [rest for rest in self._rests.get(facts.id, ()) if rest.uid == facts.uid]

    def forget(self, before: float) -> None:
        """Drop those that ended before a time."""
        for workload, rests in list(self._rests.items()):
            kept = [rest for rest in rests if rest.until >= before]
            if kept:
                self._rests[workload] = kept
            else:
                del self._rests[workload]

    def _add(self, workload: str, rest: Rest) -> None:
        self._rests.setdefault(workload, []).append(rest)


def _since(facts: Facts, unknown: float) -> float:
    """Return since when a workload is as it is, in Unix seconds."""
    by = scaling.scaled(facts)
    return by.time if by is not None and by.time else unknown
