"""Operations under way: what each is for, what it reached so far, and when it is judged."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from math import inf

from astrolabe.graph.delta import Node
from astrolabe.graph.facts import Facts, object_id
from astrolabe.graph.relations import Relations
from astrolabe.kinds.details import SleepDetail, SleepRecord
from astrolabe.sleep import families, scaling
from astrolabe.sleep.counting import Board, Histogram, Totals
from astrolabe.sleep.ledger import Remembered
from astrolabe.sleep.operation import GRACE, PATIENCE, RECORDERS, Running, Verdict, aim
from astrolabe.sleep.schedule import Operation

SETTLING = 2 * PATIENCE
"""Seconds after a start from which on kinds that are not known completely are taken as they are."""


class Operations:
    """Every operation from its start to its verdict."""

    def __init__(self, graph: Relations, board: Board) -> None:
        self._graph = graph
        self.settled = False
        """Whether there was time enough for every kind to become known that ever will."""
        self.totals = Totals(families.OPERATIONS, board)
        self.durations = Histogram(families.DURATION, board)
        self.memories: dict[str, Remembered] = {}
        """What is remembered of SleepInfos, by UID."""
        self.running: dict[str, Running] = {}
        """By UID of the SleepInfo, which does one thing at a time."""
        self._resumed: set[str] = set()
        """UIDs of those under way that an earlier process knew, until their kinds are known."""

        self._heard: dict[str, float] = {}
        """When the kinds became known of SleepInfos that an earlier process knew, by UID; before, never."""

    def resume(self, running: Iterable[Running], sleepinfos: Iterable[Remembered]) -> None:
        """Take over what an earlier process was waiting for, and what it knew."""
        self._heard = {memory.uid: inf for memory in sleepinfos}
        for one in running:
            # What it saw of the Secret was long ago; what it did not see of workloads is still to come.
            one.recorded = None
            self.running[one.uid] = one
            self._resumed.add(one.uid)

    # What happens

    def start(self, running: Running, now: float) -> None:
        """Begin an operation; one of the same SleepInfo that still runs is over."""
        earlier = self.running.get(running.uid)
        if earlier is not None:
            self._check(earlier, inf)
        self.running[running.uid] = running
        self._check(running, now)

    def tried_again(self, running: Running, started: float, now: float) -> None:
        """Note that kube-green tries once more what it could not do."""
        running.latest = started
        self._check(running, now)

    def workload(self, facts: Facts, now: float) -> None:
        """Learn what became of a workload."""
        for running in self._in(facts.namespace):
            if running.targets is not None and facts.id in running.targets:
                _reach(running, facts, now)
            self._check(running, now)

    def gone(self, facts: Facts, now: float) -> None:
        """Learn that a workload is no more: what was not reached is none of the operation's."""
        for running in self._in(facts.namespace):
            if running.targets and facts.id in running.targets and facts.id not in running.reached:
                running.targets.remove(facts.id)
            self._check(running, now)

    def recorded(self, facts: Facts, now: float) -> None:
        """Learn that a Secret of kube-green was written."""
        for running in self._in(facts.namespace):
            self._check(running, now)

    def refresh(self, now: float) -> None:
        """Judge what is due."""
        for running in list(self.running.values()):
            waits = running.recorded is None and running.targets is not None
            if now >= running.due or not waits or running.uid in self._resumed:
                self._check(running, now)

    def jumped(self, seconds: float) -> None:
        """Move what waits along with the clock."""
        for running in self.running.values():
            running.due += seconds
            if running.recorded is not None:
                running.recorded += seconds

    # Verdicts

    def nothing_started(
        self, node: Node, environment: str, operation: Operation, tick: float, slept: float | None
    ) -> None:
        """Judge a tick that passed without a start: missed, or skipped where there was nothing to do."""
        missed = any(
            (found := aim(facts, operation, tick, slept)) is not None and found.at is None
            for facts in self._selected(node)
        )
        self.judged(node.facts.uid, environment, operation, tick, "missed" if missed else "skipped")

    def judged(self, uid: str, environment: str, operation: Operation, tick: float, verdict: Verdict) -> None:
        """Count a verdict."""
        self.totals.add((environment, operation, verdict))
        memory = self.memories.get(uid)
        if memory is not None:
            memory.judged[operation] = tick

    def known(self, node: Node) -> bool:
        """Whether a SleepInfo, what it selects, and its Secret are known as well as they will be.

        The SleepInfo itself may be restored, and what it did meanwhile still be on its way.
        """
        kinds = {kind for selection in node.facts.selections for kind in selection.kinds}
        namespace = node.facts.namespace
        return self.settled or all(
            self._graph.covers(kind, namespace) for kind in (*kinds, "Secret", "SleepInfo")
        )

    def heard(self, node: Node, now: float) -> bool:
        """Whether what happened before this process began must have been heard of, by `now`."""
        if not self.known(node):
            return False
        since = self._heard.get(node.facts.uid, -inf)
        if since == inf:
            since = self._heard[node.facts.uid] = now
        return now >= since + GRACE

    def _in(self, namespace: str) -> list[Running]:
        return [running for running in self.running.values() if running.namespace == namespace]

    def _check(self, running: Running, now: float) -> None:
        """Bring an operation up to date, and judge it if that is possible."""
        node = self._graph.get(object_id("SleepInfo", running.namespace, running.sleepinfo))
        if node is not None and node.facts.uid != running.uid:
            node = None
        if node is not None and not self.known(node):
            return
        if running.uid in self._resumed:
            # A kind is known from the first word on; the rest of what happened meanwhile follows.
            self._resumed.discard(running.uid)
            running.due = max(running.due, now + GRACE)
        if running.targets is None:
            if node is None:
                if now >= running.due:
                    del self.running[running.uid]  # gone before anything was known of it
                return
            self._aim(running, node)
        if running.recorded is None and self._is_recorded(running):
            running.recorded = now
        verdict = running.judge(now)
        if verdict is not None:
            del self.running[running.uid]
            self.judged(running.uid, running.environment, running.operation, running.tick, verdict)
            if running.duration is not None:
                self.durations.observe((running.environment, running.operation), running.duration)

    def _aim(self, running: Running, node: Node) -> None:
        detail = node.facts.detail
        running.patched = isinstance(detail, SleepDetail) and bool(detail.patched)
        running.targets = []
        for facts in self._selected(node):
            found = aim(facts, running.operation, running.tick, running.slept)
            if found is not None:
                running.targets.append(facts.id)
                if found.at is not None:
                    running.reach(facts.id, found.at)

    def _selected(self, node: Node) -> Iterator[Facts]:
        for target in sorted({edge.target for edge in self._graph.selected(node) if edge.type == "sleeps"}):
            found = self._graph.get(target)
            if found is not None:
                yield found.facts

    def _is_recorded(self, running: Running) -> bool:
        node = self._graph.get(object_id("Secret", running.namespace, f"sleepinfo-{running.sleepinfo}"))
        record = node.facts.detail if node is not None else None
        return (
            isinstance(record, SleepRecord) and record.manager in RECORDERS and record.time >= running.latest
        )


def _reach(running: Running, facts: Facts, now: float) -> None:
    if scaling.awake(facts) is (running.operation == "wake_up"):
        by = scaling.scaled(facts)
        running.reach(facts.id, by.time if by is not None and by.time >= running.tick else now)
