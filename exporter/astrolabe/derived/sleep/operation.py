"""An operation of kube-green: what it is for, what it reached, how it is judged. Pure: time is passed in."""

from __future__ import annotations

from collections.abc import Sequence
from math import floor, inf
from typing import Literal, NamedTuple, TypeAlias

import msgspec

from astrolabe.derived.sleep import scaling
from astrolabe.derived.sleep.history import Spell
from astrolabe.derived.sleep.schedule import Operation
from astrolabe.derived.sleep.starts import MARGIN, PATIENCE
from astrolabe.graph.facts import Facts

Verdict: TypeAlias = Literal["success", "partial", "failed", "skipped", "missed"]
VERDICTS: tuple[Verdict, ...] = ("success", "partial", "failed", "skipped", "missed")

GRACE = 10.0
"""Seconds that workloads may be seen after the Secret: streams of different kinds have no common order."""
SKEW = 5.0
"""Seconds by which the clocks of kube-green and of the API server may differ."""
RECORDERS = frozenset({scaling.KUBE_GREEN, scaling.KUBE_GREEN_UNNAMED})
"""Field managers of the Secret."""


class Window(NamedTuple):
    """When what a SleepInfo put to sleep fell asleep. Nothing did where it ends before it begins."""

    since: float
    until: float

    def holds(self, time: float) -> bool:
        """Whether a time lies in it."""
        return self.since <= time <= self.until


NOTHING = Window(0.0, -1.0)


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
    put_down: Window = NOTHING
    """Of a wake-up: when what it is for was put to sleep."""
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

    def aim_at(self, aims: dict[str, Aim]) -> None:
        """Take these workloads as what it is for, and what it reached in time besides."""
        done = [target for target in self.targets or () if self._in_time(target)]
        self.targets = list(dict.fromkeys((*aims, *done)))
        for target, found in aims.items():
            self._reach(target, found)

    def correct(self, workload: str, found: Aim | None) -> None:
        """Take in what it is to one workload, by what was heard of that now."""
        assert self.targets is not None
        if found is not None:
            if workload not in self.targets:
                self.targets.append(workload)
            self._reach(workload, found)
        elif workload in self.targets and not self._in_time(workload):
            self.targets.remove(workload)

    def judge(self, now: float) -> Verdict | None:
        """Return how it ended, or None while that is open."""
        if self.targets is None and now < self.due:
            return None
        targets = self.targets or []
        done = [target for target in targets if self._in_time(target)]
        complete = len(done) == len(targets)
        # Of what patches are for only the Secret tells.
        certain = complete and bool(targets or self.patched)
        if now < self.due and (self.recorded is None or not (certain or now >= self.recorded + GRACE)):
            return None
        if complete and (self.recorded is not None or not self.patched):
            return "success" if targets or self.patched else "skipped"
        return "partial" if done else "failed"

    @property
    def accomplished(self) -> bool:
        """Whether everything that it is for reached the target, as far as that is known."""
        return (
            bool(self.targets) and self.recorded is not None and all(map(self._in_time, self.targets or ()))
        )

    @property
    def duration(self) -> float | None:
        """Whole seconds from the start to the last workload that was reached in time; None where none was."""
        times = [self.reached[target] for target in self.targets or () if self._in_time(target)]
        return float(floor(max(times) - self.started)) if times else None

    def _reach(self, workload: str, found: Aim) -> None:
        if found.at is not None and not self._in_time(workload):
            self.reached[workload] = max(found.at, self.started)

    def _in_time(self, target: str) -> bool:
        return self.reached.get(target, inf) <= self.started + PATIENCE


class Aim(msgspec.Struct, frozen=True):
    """What an operation is to one workload."""

    at: float | None
    """When the workload reached the target; None while it has not."""


def aimed(running: Running, facts: Facts | None, spells: Sequence[Spell]) -> Aim | None:
    """Tell whether a workload that a SleepInfo selects is eligible, whenever it is asked.

    It goes by how things were when the operation started, and by what kube-green demonstrably did: so it does
    not matter what is heard of first, nor what happened since. Of one that is gone it has no facts: then only
    what kube-green did counts.
    """
    started = running.started
    end = started + PATIENCE
    earliest = min(started, running.tick) - SKEW
    before = resting(spells, started)
    if running.operation == "sleep":
        done = next((spell for spell in spells if spell.slept and earliest <= spell.since <= end), None)
        if done is not None:
            return Aim(done.since)
        if facts is None or before is not None or facts.created >= started:
            return None
        since = min((spell.since for spell in spells if spell.since >= started), default=inf)
        return Aim(since if since <= end else None)
    mine = any(spell.slept and running.put_down.holds(spell.since) for spell in spells)
    woken = [spell.until for spell in spells if spell.woken and earliest <= spell.until <= end]
    by = scaling.scaled(facts) if facts is not None and scaling.awake(facts) else None
    if by is not None and scaling.updated_by_kube_green(by) and earliest <= by.time <= end:
        woken.append(by.time)
    # Where nobody saw it fall asleep, it is taken for its own; else it may be another SleepInfo's.
    if woken and (mine or not any(spell.slept for spell in spells)):
        return Aim(woken[0])
    if facts is None or before is None or before.gone or not mine:
        return None
    return Aim(before.until if before.until <= end else None)


def left_out(
    facts: Facts, operation: Operation, moment: float, put_down: Window, spells: Sequence[Spell]
) -> bool:
    """Tell whether a workload was eligible at a moment, before which nothing started."""
    rest = resting(spells, moment)
    if operation == "sleep":
        return rest is None and facts.created < moment
    return rest is not None and any(spell.slept and put_down.holds(spell.since) for spell in spells)


def resting(spells: Sequence[Spell], moment: float) -> Spell | None:
    """Return the spell that a workload was in just before a moment; None where it was awake."""
    return next((spell for spell in spells if spell.since < moment <= spell.until), None)


def sleep_window(tick: float) -> Window:
    """Return when what a sleep of this tick puts down falls asleep."""
    return Window(tick - MARGIN - SKEW, tick + MARGIN + PATIENCE)
