"""An operation of kube-green: what it is for, what it reached, how it is judged. Pure: time is passed in."""

from __future__ import annotations

from collections.abc import Iterable
from math import inf
from typing import Literal, TypeAlias

import msgspec

from astrolabe.graph.facts import Facts
from astrolabe.sleep import scaling, sleepers
from astrolabe.sleep.rests import Rest
from astrolabe.sleep.schedule import OPERATIONS, Operation, Schedule

Verdict: TypeAlias = Literal["success", "partial", "failed", "skipped", "missed"]
VERDICTS: tuple[Verdict, ...] = ("success", "partial", "failed", "skipped", "missed")

PATIENCE = 90.0
"""Seconds from the start, or from a tick at which nothing started, after which an operation is judged."""
MARGIN = 60.0
"""Seconds around a tick within which kube-green starts (its `--sleep-delta`)."""
GRACE = 10.0
"""Seconds that workloads may be seen after the Secret: streams of different kinds have no common order."""
RECORDERS = frozenset({scaling.KUBE_GREEN, scaling.KUBE_GREEN_UNNAMED})
"""Field managers of the Secret."""


class Running(msgspec.Struct):
    """An operation that is not judged yet."""

    uid: str
    """Of the SleepInfo."""
    namespace: str
    sleepinfo: str
    environment: str
    operation: Operation
    tick: float
    """With UID and operation the key: retries are the same operation."""
    started: float
    """The first `lastScheduleTime`."""
    due: float
    """By the exporter's clock."""
    latest: float
    """The newest `lastScheduleTime`: kube-green sets it again with each try."""
    slept: float | None = None
    """Of a wake-up: the tick of the sleep that it ends."""
    targets: list[str] | None = None
    """Ids of the eligible workloads, as far as they are known; None while nothing is."""
    patched: bool = False
    """Whether it may be for more than `targets`: what patches are for is not known."""
    reached: dict[str, float] = {}
    """When which of them reached the target."""
    recorded: float | None = None
    """When the Secret was seen to be written, by the exporter's clock."""
    heard: bool = False
    """Whether `targets` are of everything that it may be for; before, of what was known so far."""

    def reach(self, workload: str, time: float) -> None:
        """Note that a workload is as the operation wants it."""
        self.reached.setdefault(workload, max(time, self.started))

    def aim_at(self, aims: dict[str, Aim]) -> None:
        """Take these workloads as what it is for, and what it reached in time besides."""
        done = [target for target in self.targets or () if self._in_time(target)]
        self.targets = list(dict.fromkeys((*aims, *done)))
        for target, found in aims.items():
            if found.at is not None and not self._in_time(target):
                self.reached[target] = max(found.at, self.started)

    def judge(self, now: float) -> Verdict | None:
        """Return how it ended, or None while that is open."""
        if self.targets is None and now < self.due:
            return None
        targets = self.targets or []
        done = [target for target in targets if self._in_time(target)]
        complete = len(done) == len(targets)
        if now < self.due and not (self.recorded is not None and (complete or now >= self.recorded + GRACE)):
            return None
        if not targets:
            # Of what patches are for only the Secret tells.
            return "skipped" if not self.patched else "success" if self.recorded is not None else "failed"
        return "success" if complete else "partial" if done else "failed"

    @property
    def accomplished(self) -> bool:
        """Whether everything that it is for reached the target, as far as that is known."""
        return (
            bool(self.targets) and self.recorded is not None and all(map(self._in_time, self.targets or ()))
        )

    @property
    def duration(self) -> float | None:
        """Seconds from the start to the last workload that was reached in time; None where none was."""
        times = [self.reached[target] for target in self.targets or () if self._in_time(target)]
        return max(times) - self.started if times else None

    def _in_time(self, target: str) -> bool:
        return self.reached.get(target, inf) <= self.started + PATIENCE


class Aim(msgspec.Struct, frozen=True):
    """What an operation is to one workload."""

    at: float | None
    """When the workload reached the target; None while it has not."""


def aim(facts: Facts, operation: Operation, tick: float, slept: float | None) -> Aim | None:
    """Tell whether a workload that a SleepInfo selects is eligible, whenever it is asked.

    It may be asked before kube-green changed the workload or after. What stood at zero before is not eligible
    for a sleep, and what this SleepInfo did not put to sleep is not for its wake-up. (Only what somebody
    sent back to zero by hand becomes eligible when kube-green wakes it.)
    """
    by = scaling.scaled(facts)
    awake = scaling.awake(facts)
    if operation == "sleep":
        if awake:
            return Aim(None)
        claim = sleepers.kube_green(facts)
        return Aim(claim.since) if claim is not None and claim.since >= tick - MARGIN else None
    if not awake:
        claim = sleepers.kube_green(facts)
        return Aim(None) if claim is not None and around(claim.since, slept) else None
    woken = by is not None and by.operation == "Update" and around(by.time, tick)
    return Aim(by.time) if by and woken and scaling.actor(by, waking=True) == "kube-green" else None


def aimed(running: Running, facts: Facts, rests: Iterable[Rest]) -> Aim | None:
    """Tell what an operation is to a workload, by its rests that are over and by how it stands.

    Several things may have happened before anything is heard of the first: then the workload itself only
    tells of the last.
    """
    started, tick = running.started, running.tick
    by = scaling.scaled(facts)
    for rest in rests:
        if running.operation == "sleep":
            if rest.slept and around(rest.since, tick):
                return Aim(rest.since)
            if rest.since < tick and rest.until > started:
                return None  # it was not awake before
        elif rest.slept and around(rest.since, running.slept) and rest.until >= started:
            if rest.until <= started + PATIENCE:
                return Aim(rest.until)
            if by is not None and by.time:  # else it may have been awake for long when that was seen
                return Aim(None)
    later = by is not None and by.time > started + PATIENCE
    if later and running.operation == "sleep" and not scaling.awake(facts):
        return Aim(None)  # it was awake until then
    return aim(facts, running.operation, tick, running.slept)


def left_out(
    facts: Facts, operation: Operation, tick: float, slept: float | None, rests: Iterable[Rest]
) -> bool:
    """Tell whether a workload was eligible at a tick at which nothing started, and so was left as it was.

    It may be asked long after: `rests` of the workload tell how it was then.
    """
    judged = tick + PATIENCE
    for rest in rests:
        if rest.since <= judged < rest.until:
            return operation == "wake_up" and rest.slept and around(rest.since, slept)
    by = scaling.scaled(facts)
    if not scaling.awake(facts) and by is not None and by.time > judged:
        return operation == "sleep"  # it was awake until then
    found = aim(facts, operation, tick, slept)
    return found is not None and found.at is None


def around(time: float, tick: float | None) -> bool:
    """Whether what happened then belongs to what a tick started; without a tick everything does."""
    return tick is None or tick - MARGIN <= time <= tick + MARGIN + PATIENCE


def tick_of(schedule: Schedule, operation: Operation, started: float) -> float:
    """Return the tick that an operation belongs to; its own start where the schedule was changed since."""
    tick = _tick(schedule, operation, started)
    return started if tick is None else tick


def operation_of(status: str, schedule: Schedule, started: float) -> Operation:
    """Return the operation that a status names; an empty one had nothing to do, and only its time tells."""
    if status in ("SLEEP", "WAKE_UP"):
        return "sleep" if status == "SLEEP" else "wake_up"

    def distance(operation: Operation) -> float:
        tick = _tick(schedule, operation, started)
        return inf if tick is None else abs(started - tick)

    return min(OPERATIONS, key=distance)


def _tick(schedule: Schedule, operation: Operation, started: float) -> float | None:
    before = schedule.previous(operation, started)
    if before is not None and started - before <= MARGIN + PATIENCE:
        return before
    after = schedule.next(operation, started)
    return after if after is not None and after - started <= MARGIN else None
