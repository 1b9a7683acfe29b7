"""Sleep as a source of metrics: listens to the graph's deltas, and keeps no copy of its objects."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from copy import deepcopy

import structlog

from astrolabe.graph.delta import Delta, Node
from astrolabe.graph.relations import Relations
from astrolabe.kinds import scaledobject
from astrolabe.metrics.family import Family
from astrolabe.metrics.source import Publish
from astrolabe.sleep import scaling
from astrolabe.sleep.asleep import MONTH
from astrolabe.sleep.counting import Board, Totals
from astrolabe.sleep.environment import Environments, Rule
from astrolabe.sleep.families import CLOCK_JUMPS, FAMILIES
from astrolabe.sleep.ledger import Ledger
from astrolabe.sleep.operations import SETTLING, Operations
from astrolabe.sleep.ratio import SleepRatio
from astrolabe.sleep.scaling import WORKLOADS
from astrolabe.sleep.seam import Asleep, Listener
from astrolabe.sleep.sleepinfos import SleepInfos
from astrolabe.sleep.workloads import Workloads

log = structlog.get_logger(__name__)

JUMP = 60.0
"""Seconds by which the clock may differ from the time that passed before it has jumped."""


class SleepSource:
    """Everything that is published of sleep, and the view of it that other layers have.

    A `metrics.source.Source` and a `sleep.seam.SleepView`. The clocks are Unix seconds (`now`) and seconds of
    any origin that nobody sets (`elapsed`); where they disagree, the first one jumped.
    """

    def __init__(
        self,
        graph: Relations,
        *,
        environments: tuple[Rule, ...] = (),
        environment_label: str = "",
        ledger: Ledger | None = None,
        now: Callable[[], float] = time.time,
        elapsed: Callable[[], float] = time.monotonic,
    ) -> None:
        self._now = now
        self._elapsed = elapsed
        self._clocks = (now(), elapsed())
        self._settles = self._clocks[1] + SETTLING
        self._board = Board()
        self._environments = Environments(graph, environments, environment_label)
        self._environments.listen(self._moved)
        self._operations = Operations(graph, self._board)
        self._sleepinfos = SleepInfos(graph, self._operations, self._environments, self._board)
        self._workloads = Workloads(graph, self._environments, self._sleepinfos, self._board)
        self._workloads.sleeps.listen(self._operations.rests.slept)
        self._ratio = SleepRatio(graph, self._environments, self._workloads.sleeps, self._board)
        self._jumps = Totals(CLOCK_JUMPS, self._board)
        self._offered: dict[str, tuple[str, str]] = {}
        self._ledger = ledger
        self._handlers: dict[str, Callable[[Node | None, Node | None, float], None]] = {
            "Namespace": self._namespace,
            "SleepInfo": self._sleepinfo,
            "Secret": self._secret,
            scaledobject.NAME: self._scaledobject,
            **dict.fromkeys(WORKLOADS, self._workload),
        }

    # A source of metrics

    @property
    def families(self) -> tuple[Family, ...]:
        """The families that it publishes."""
        return FAMILIES

    def attach(self, publish: Publish) -> None:
        """Receive the way to publish, and publish what a ledger knows."""
        self._board.attach(publish)
        self._jumps.offer(())
        if self._ledger is not None:
            self._restore(self._ledger)
            self._ledger = None

    def follow(self, delta: Delta) -> None:
        """Take in what one event changed."""
        for before, after in delta.nodes.values():
            some = after or before
            handler = self._handlers.get(some.facts.kind) if some is not None else None
            if handler is not None:
                handler(before, after, self._now())

    def refresh(self, now: float) -> None:
        """Judge what is due by now, and bring up to date what the clock changes."""
        passed, elapsed = self._clocks
        self._clocks = (now, self._elapsed())
        jump = (now - passed) - (self._clocks[1] - elapsed)
        if abs(jump) > JUMP:
            log.warning("clock jumped", seconds=round(jump), consequence="ticks in between are not judged")
            self._jumps.add(())
            self._operations.jumped(jump)
            self._sleepinfos.jumped(now)
        self._operations.settled = self._clocks[1] >= self._settles
        self._workloads.settle(over=self._operations.settled)
        self._operations.refresh(now)
        self._sleepinfos.refresh(now)
        self._workloads.sleeps.forget(now - MONTH)
        self._ratio.refresh(self._sleepinfos.environments())

    # What changes

    def _namespace(self, before: Node | None, after: Node | None, _: float) -> None:
        if before is None or after is None or before.facts.labels != after.facts.labels:
            some = after or before
            assert some is not None
            self._environments.changed(some.facts.name)

    def _moved(self, namespace: str) -> None:
        now = self._now()
        self._sleepinfos.moved(namespace, now)
        self._workloads.moved(namespace)
        for sleepinfo in list(self._offered):
            self._offer(sleepinfo)
        self._ratio.touch(self._environments.of(namespace))

    def _sleepinfo(self, before: Node | None, after: Node | None, now: float) -> None:
        self._sleepinfos.follow(before, after, now)
        some = after or before
        assert some is not None
        self._offer(some.id)

    def _offer(self, sleepinfo: str) -> None:
        info = self._sleepinfos.get(sleepinfo)
        place = (self._environments.of(info.namespace), info.namespace) if info is not None else None
        offered = self._offered.get(sleepinfo)
        if place == offered:
            return
        if place is not None:
            self._offered[sleepinfo] = place
            self._workloads.offer(*place)
            self._ratio.touch(place[0])
        if offered is not None:
            if place is None:
                del self._offered[sleepinfo]
            self._workloads.offer(*offered, wanted=False)
            self._ratio.touch(offered[0])

    def _secret(self, _: Node | None, after: Node | None, now: float) -> None:
        if after is not None:
            self._operations.recorded(after.facts, now)

    def _scaledobject(self, before: Node | None, after: Node | None, now: float) -> None:
        old, new = before.facts if before else None, after.facts if after else None
        for workload in self._workloads.keda.follow(old, new):
            self._workloads.claimed_by_id(workload, now)

    def _workload(self, before: Node | None, after: Node | None, now: float) -> None:
        if before is not None and (after is None or after.facts.uid != before.facts.uid):
            self._workloads.gone(before.facts, now)
            self._operations.gone(before.facts, now)
            self._ratio.touch(self._environments.of(before.facts.namespace))
            before = None
        if after is None:
            return
        if before is None:
            self._workloads.come(after.facts, now)
            turned = True
        elif before.facts.detail == after.facts.detail:
            return
        else:
            turned = self._workloads.change(before.facts, after.facts, now)
        if turned:
            self._operations.workload(before.facts if before is not None else None, after.facts, now)
        if turned or before is None or scaling.replicas(before.facts) != scaling.replicas(after.facts):
            self._ratio.touch(self._environments.of(after.facts.namespace))

    # The view of other layers

    def asleep(self, node_id: str) -> float | None:
        """Return since when a workload is asleep, None while it is not."""
        found = self._workloads.sleeps.lasting.get(node_id)
        return found.since if found is not None else None

    def sleeping(self) -> Iterator[Asleep]:
        """Yield every sleep that lasts."""
        return iter(self._workloads.sleeps.lasting.values())

    def ended(self) -> Iterator[Asleep]:
        """Yield the sleeps that ended in the last month, in order."""
        return iter(self._workloads.sleeps.ended)

    def environment_of(self, namespace: str) -> str:
        """Return the environment of a namespace."""
        return self._environments.of(namespace)

    def listen(self, listener: Listener) -> None:
        """Call at each beginning and end of a sleep."""
        self._workloads.sleeps.listen(listener)

    def listen_environments(self, listener: Callable[[str], None]) -> None:
        """Call with each namespace whose environment changed."""
        self._environments.listen(listener)

    # Over restarts

    def ledger(self) -> Ledger:
        """Return what to carry over a restart, as of now."""
        operations, workloads = self._operations, self._workloads
        return Ledger(
            at=self._now(),
            operations=list(operations.totals.counts.items()),
            scaled=list(workloads.scaled.counts.items()),
            scale=list(workloads.scale.counts.items()),
            clock_jumps=sum(self._jumps.counts.values()),
            durations=deepcopy(list(operations.durations.series.items())),
            sleepinfos=deepcopy([*operations.memories.values(), *self._sleepinfos.remembered.values()]),
            running=deepcopy(operations.under_way()),
            lasting=[*workloads.sleeps.lasting.values(), *workloads.remembered.values()],
            ended=list(workloads.sleeps.ended),
        )

    def _restore(self, ledger: Ledger) -> None:
        operations, workloads = self._operations, self._workloads
        for totals, counts in (
            (operations.totals, ledger.operations),
            (workloads.scaled, ledger.scaled),
            (workloads.scale, ledger.scale),
            (self._jumps, [((), ledger.clock_jumps)]),
        ):
            for labels, count in counts:
                totals.add(labels, count)
        for labels, observed in ledger.durations:
            operations.durations.series[labels] = observed
            operations.durations.show(labels)
        self._sleepinfos.remembered = {memory.uid: memory for memory in ledger.sleepinfos}
        operations.resume(ledger)
        workloads.sleeps.ended.extend(ledger.ended)
        workloads.remembered = {sleep.id: sleep for sleep in ledger.lasting}
        workloads.remembered_at = ledger.at
