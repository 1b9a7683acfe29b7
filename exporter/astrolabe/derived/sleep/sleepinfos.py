"""Follows SleepInfos: when their operations start, and when they should have and did not."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from math import inf

import structlog

from astrolabe.derived.sleep import schedule
from astrolabe.derived.sleep.counters import Published
from astrolabe.derived.sleep.environment import Environments
from astrolabe.derived.sleep.ledger import Remembered
from astrolabe.derived.sleep.operation import NOTHING, VERDICTS, Running, Window, sleep_window
from astrolabe.derived.sleep.operations import Operations
from astrolabe.derived.sleep.schedule import OPERATIONS, Invalid
from astrolabe.derived.sleep.sleepinfo import SleepInfo
from astrolabe.derived.sleep.starts import PATIENCE
from astrolabe.graph.delta import Node
from astrolabe.graph.facts import Facts
from astrolabe.graph.relations import Relations
from astrolabe.kinds.models.details import SleepDetail

log = structlog.get_logger(__name__)

_MOST_TICKS = 1500
"""Ticks of one SleepInfo that are judged at once, a day of minutes: more come of a clock that jumped."""


class SleepInfos:
    """Every SleepInfo there is."""

    def __init__(
        self, graph: Relations, operations: Operations, environments: Environments, board: Published
    ) -> None:
        self._graph = graph
        self._operations = operations
        self._environments = environments
        self._board = board
        self._all: dict[str, SleepInfo] = {}
        self.remembered: dict[str, Remembered] = {}
        """What a ledger knows of SleepInfos that were not seen since, by UID."""

    def environments(self) -> set[str]:
        """Return the environments that have a SleepInfo."""
        return {info.environment for info in self._all.values()}

    def __iter__(self) -> Iterator[SleepInfo]:
        return iter(tuple(self._all.values()))

    def get(self, sleepinfo: str) -> SleepInfo | None:
        """Return a SleepInfo by its id."""
        return self._all.get(sleepinfo)

    def follow(self, before: Node | None, after: Node | None, now: float) -> None:
        """Take in a change of a SleepInfo."""
        if before is not None and (after is None or after.facts.uid != before.facts.uid):
            self._gone(before.facts)
            self._operations.left(before)
            before = None
        if after is None:
            return
        detail = after.facts.detail
        assert isinstance(detail, SleepDetail)
        invalid: tuple[Invalid, ...] = ()
        if before is None:
            info = self._come(after.facts, now)
        else:
            info = self._all[after.id]
            if info.detail == detail:
                return
            invalid = info.invalid(now)
            if schedule.of(detail)[0] != info.schedule:
                # What the old schedule named is past; what the new one names begins now.
                self._judge_missed(info, now)
                info.memory.examined = dict.fromkeys(OPERATIONS, now)
            info.update(after.facts)
        if info.invalid(now) not in ((), invalid):
            reasons = "; ".join(f"{item.field}: {item.reason}" for item in info.invalid(now))
            log.warning("sleepinfo invalid", sleepinfo=info.id, reasons=reasons)
        self._advance(info, now)
        self._show(info, now)

    def needed(self) -> Callable[[str], float]:
        """Return since when sleeps of a namespace, once woken, may still be what a wake-up is for."""
        since: dict[str, float] = {}
        for info in self._all.values():
            if info.schedule.wake_up is not None:
                window = self._put_down(info, inf)
                if window.since <= window.until:
                    since[info.namespace] = min(window.since, since.get(info.namespace, inf))
        return lambda namespace: since.get(namespace, inf)

    def moved(self, namespace: str, now: float) -> None:
        """Learn that a namespace is of another environment now."""
        for info in self._all.values():
            if info.namespace == namespace:
                environment = self._environments.of(namespace, info.name)
                if environment != info.environment:
                    self._offer(info, wanted=False)
                    info.environment = environment
                    self._offer(info)
                    self._show(info, now)

    def refresh(self, now: float) -> None:
        """Judge the ticks at which nothing started, and turn over what the clock changes."""
        for info in self._all.values():
            if now >= info.missed:
                self._judge_missed(info, now)
            if now >= info.turn:
                self._show(info, now)

    def jumped(self, now: float) -> None:
        """Begin again after the clock jumped: what was scheduled in between is not judged."""
        for info in self._all.values():
            info.memory.examined = dict.fromkeys(OPERATIONS, now)
            self._show(info, now)

    def _come(self, facts: Facts, now: float) -> SleepInfo:
        memory = self.remembered.pop(facts.uid, None)
        environment = self._environments.of(facts.namespace, facts.name)
        info = SleepInfo(facts, environment, memory or Remembered(facts.uid))
        self._operations.memories[facts.uid] = info.memory
        self._all[facts.id] = info
        self._offer(info)
        if memory is None:
            _take_as_baseline(info, now)
        elif info.detail.last_schedule > memory.last_schedule:
            # Of the time in between only the newest start is known: what was before its tick is not counted.
            _, tick = info.start(info.detail.operation, info.detail.last_schedule)
            memory.examined = {
                operation: max(memory.examined.get(operation, now), tick - 1) for operation in OPERATIONS
            }
        return info

    def _gone(self, facts: Facts) -> None:
        info = self._all.pop(facts.id)
        self._operations.memories.pop(facts.uid, None)
        self._offer(info, wanted=False)
        for family, text in info.no_rows():
            self._board.set(family, info.id, text)

    def _offer(self, info: SleepInfo, *, wanted: bool = True) -> None:
        totals, durations = self._operations.totals, self._operations.durations
        count = totals.offer if wanted else totals.withdraw
        observe = durations.offer if wanted else durations.withdraw
        for operation in OPERATIONS:
            observe((info.environment, operation))
            for verdict in VERDICTS:
                count((info.environment, operation, verdict))

    def _advance(self, info: SleepInfo, now: float) -> None:
        """Begin an operation where `lastScheduleTime` advanced."""
        memory, detail = info.memory, info.detail
        started, before = detail.last_schedule, memory.last_schedule
        if not started or started == before:
            return
        memory.last_schedule = started
        if started < before:
            log.warning("sleepinfo went back in time", sleepinfo=info.id)
            return
        operation, tick = info.start(detail.operation, started)
        memory.last[operation] = started
        running = self._operations.running.get(memory.uid)
        if running is not None and running.operation == operation:
            if running.tick == tick or started - running.started <= PATIENCE:
                self._operations.tried_again(running, started, now)
                return
        elif memory.judged.get(operation) == tick:
            return
        memory.begun.add((operation, tick, bool(detail.operation)))
        self._judge_missed(info, now, until=tick)
        if not detail.operation:
            memory.woken = tick  # nothing is left to wake
            self._operations.judged(memory.uid, info.environment, operation, tick, "skipped")
            return
        if operation == "sleep":
            memory.slept = tick
        self._operations.start(
            Running(
                uid=memory.uid,
                namespace=info.namespace,
                sleepinfo=info.name,
                environment=info.environment,
                operation=operation,
                tick=tick,
                started=started,
                due=now + PATIENCE,
                latest=started,
                put_down=self._put_down(info, tick) if operation == "wake_up" else NOTHING,
            ),
            now,
        )

    def _put_down(self, info: SleepInfo, tick: float) -> Window:
        """Return when that fell asleep which a SleepInfo would wake at a tick."""
        memory = info.memory
        woken = memory.woken if memory.woken is not None and memory.woken <= tick else -inf
        slept = max((slept for slept in memory.sleeps() if slept <= tick), default=None)
        if slept is not None:
            return sleep_window(slept) if slept >= woken else NOTHING
        if woken > -inf or not memory.last_schedule:
            return NOTHING
        # It began with a wake-up, as far as is known: whatever sleeps is its own where there is no other.
        if len(self._graph.of_kind("SleepInfo", info.namespace)) == 1:
            return Window(info.created, tick)
        slept = info.schedule.previous("sleep", tick)
        return NOTHING if slept is None else sleep_window(slept)

    def _judge_missed(self, info: SleepInfo, now: float, until: float = inf) -> None:
        """Judge the ticks at which nothing started in time."""
        node = self._graph.get(info.id)
        if node is None or node.facts.uid != info.memory.uid or not self._operations.heard:
            return
        memory = info.memory
        for operation in OPERATIONS:
            for _ in range(_MOST_TICKS):
                tick = info.schedule.next(operation, memory.examined.get(operation, now))
                if tick is None or tick + PATIENCE > now or tick >= until:
                    break
                memory.examined[operation] = tick
                if not memory.began(operation, tick) and memory.judged.get(operation) != tick:
                    # Where the other operation has the same tick, it is for this one as that left it.
                    shared = any(memory.began(other, tick) for other in OPERATIONS)
                    moment = tick + PATIENCE if shared else tick
                    self._operations.nothing_started(
                        node, info.environment, operation, tick, moment, self._put_down(info, tick)
                    )
            else:
                log.warning("too many scheduled times passed at once", sleepinfo=info.id, operation=operation)
                memory.examined[operation] = now
        memory.forget(now - PATIENCE)
        info.plan(PATIENCE)

    def _show(self, info: SleepInfo, now: float) -> None:
        info.plan(PATIENCE)
        for family, text in info.rows(now):
            self._board.set(family, info.id, text)


def _take_as_baseline(info: SleepInfo, now: float) -> None:
    """Take the state as it is: nothing of it is counted."""
    memory, detail = info.memory, info.detail
    memory.examined = dict.fromkeys(OPERATIONS, now)
    memory.last_schedule = detail.last_schedule
    if detail.last_schedule:
        operation, tick = info.start(detail.operation, detail.last_schedule)
        memory.judged[operation] = tick
        memory.last[operation] = detail.last_schedule
        if detail.operation == "SLEEP":
            memory.slept = tick
        elif not detail.operation:
            memory.woken = tick
