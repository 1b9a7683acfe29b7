"""Operations under way: what each is for, what it reached so far, and when it is judged."""

from __future__ import annotations

from collections.abc import Iterator
from math import inf

from astrolabe.graph.delta import Node
from astrolabe.graph.facts import Facts, kind_of, object_id
from astrolabe.graph.relations import Relations
from astrolabe.kinds.details import SleepDetail, SleepRecord
from astrolabe.sleep import families, scaling
from astrolabe.sleep.counting import Board, Histogram, Totals
from astrolabe.sleep.ledger import Ledger, Remembered
from astrolabe.sleep.operation import (
    GRACE,
    MARGIN,
    PATIENCE,
    RECORDERS,
    Aim,
    Running,
    Verdict,
    aimed,
    left_out,
)
from astrolabe.sleep.rests import Rests
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
        self._overtaken: list[Running] = []
        """Those that the next of their SleepInfo followed before everything was heard of them."""
        self._known: dict[str, float] | None = None
        """When the kinds of SleepInfos became known, by UID; None where no process was before this one."""
        self._left: dict[str, Node] = {}
        """SleepInfos that went, by UID, until this process has settled."""
        self.rests = Rests()
        """Since shortly before things were judged last; until it has settled, before this process began."""
        self._judged_at = -inf

    def resume(self, ledger: Ledger) -> None:
        """Take over what an earlier process was waiting for, and what it knew."""
        self._known = {}
        for sleep in ledger.ended:
            if sleep.until is not None and sleep.until >= ledger.at - MARGIN - PATIENCE:
                self.rests.slept(sleep)
        for one in ledger.running:
            # What it saw of the Secret was long ago; what it did not see of workloads is still to come.
            one.recorded = None
            one.heard = False
            if one.uid in self.running:
                self._overtaken.append(self.running[one.uid])
            self.running[one.uid] = one

    def under_way(self) -> list[Running]:
        """Return those that are not judged; of one SleepInfo in their order."""
        return [*self._overtaken, *self.running.values()]

    # What happens

    def start(self, running: Running, now: float) -> None:
        """Begin an operation; one of the same SleepInfo that still runs is over."""
        earlier = self.running.pop(running.uid, None)
        if earlier is not None:
            if self._complete(earlier, now):
                self._conclude(earlier, earlier.judge(inf))
            else:
                self._overtaken.append(earlier)
        self.running[running.uid] = running
        self._check(running, now)

    def tried_again(self, running: Running, started: float, now: float) -> None:
        """Note that kube-green tries once more what it could not do."""
        running.latest = started
        self._check(running, now)

    def workload(self, before: Facts | None, facts: Facts, now: float) -> None:
        """Learn that a workload fell asleep, woke, or came."""
        if before is not None:
            self.rests.turned(before, facts, now)
        for running in self._in(facts.namespace):
            if running.targets is not None and facts.id in running.targets:
                _reach(running, facts, now)
            self._look(running, now)

    def gone(self, facts: Facts, now: float) -> None:
        """Learn that a workload is no more: what was not reached is none of the operation's."""
        for running in self._in(facts.namespace):
            if running.targets and facts.id in running.targets and facts.id not in running.reached:
                running.targets.remove(facts.id)
            self._look(running, now)

    def left(self, node: Node) -> None:
        """Learn that a SleepInfo is no more."""
        if not self.settled:
            self._left[node.facts.uid] = node

    def recorded(self, facts: Facts, now: float) -> None:
        """Learn that a Secret of kube-green was written."""
        for running in self._in(facts.namespace):
            self._look(running, now)

    def refresh(self, now: float) -> None:
        """Judge what is due."""
        if self.settled:
            self._left.clear()
            self.rests.forget(self._judged_at - MARGIN - PATIENCE)
        self._judged_at = now
        for running in list(self._overtaken):
            if self._complete(running, now):
                self._overtaken.remove(running)
                verdict = running.judge(inf)
                # What was heard of by lists only tells nothing of the operation before the last.
                self._conclude(running, verdict if verdict in ("success", "partial") else None)
        for running in list(self.running.values()):
            if now >= running.due or running.recorded is not None or not running.heard:
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
            left_out(facts, operation, tick, slept, self.rests.of(facts)) for facts in self._selected(node)
        )
        self.judged(node.facts.uid, environment, operation, tick, "missed" if missed else "skipped")

    def judged(self, uid: str, environment: str, operation: Operation, tick: float, verdict: Verdict) -> None:
        """Count a verdict."""
        self.totals.add((environment, operation, verdict))
        self._remember(uid, operation, tick)

    def heard(self, node: Node, now: float) -> bool:
        """Whether what happened before this process began must have been heard of, by `now`."""
        return self._after_grace(
            self._known_since(node.facts.uid, node.facts.namespace, _kinds(node), now), now
        )

    def _known_since(self, uid: str, namespace: str, kinds: set[str], now: float) -> float | None:
        """Return since when a SleepInfo, its Secret, and workloads of some kinds are known, None before."""
        if not (
            self.settled
            or all(self._graph.covers(kind, namespace) for kind in (*kinds, "Secret", "SleepInfo"))
        ):
            return None
        return self._known.setdefault(uid, now) if self._known is not None else now

    def _after_grace(self, since: float | None, now: float) -> bool:
        # Of a kind that was restored the first word makes it known; the rest of what happened follows.
        return since is not None and (self._known is None or self.settled or now >= since + GRACE)

    def _in(self, namespace: str) -> list[Running]:
        return [running for running in self.under_way() if running.namespace == namespace]

    def _look(self, running: Running, now: float) -> None:
        if self.running.get(running.uid) is running:
            self._check(running, now)

    def _check(self, running: Running, now: float) -> None:
        """Bring an operation up to date, and judge it if that is possible."""
        if not self._complete(running, now):
            return
        verdict = running.judge(now)
        if verdict is not None or running.targets is None:
            del self.running[running.uid]
            self._conclude(running, verdict)

    def _complete(self, running: Running, now: float) -> bool:
        """Find out what an operation is for and reached; returns whether everything was heard of it."""
        known = running.heard
        if not running.heard:
            node = self._graph.get(object_id("SleepInfo", running.namespace, running.sleepinfo))
            if node is None or node.facts.uid != running.uid:
                node = self._left.get(running.uid)
            kinds = _kinds(node) if node else {kind_of(target) for target in running.targets or ()}
            since = self._known_since(running.uid, running.namespace, kinds, now)
            known = since is not None
            # Till more is known, what an earlier process knew will do: the SleepInfo may be gone by then.
            if node is not None and (known or (running.targets is None and self._known is not None)):
                self._aim(running, node)
            running.heard = self._after_grace(since, now)
        if running.recorded is None and self._is_recorded(running):
            running.recorded = now
        return running.heard or (known and running.accomplished)

    def _conclude(self, running: Running, verdict: Verdict | None) -> None:
        """Count how an operation ended, where that is known."""
        if verdict is None or running.targets is None:
            self._remember(running.uid, running.operation, running.tick)
            return
        self.judged(running.uid, running.environment, running.operation, running.tick, verdict)
        if running.duration is not None:
            self.durations.observe((running.environment, running.operation), running.duration)

    def _remember(self, uid: str, operation: Operation, tick: float) -> None:
        memory = self.memories.get(uid)
        if memory is not None:
            memory.judged[operation] = max(tick, memory.judged.get(operation, tick))

    def _aim(self, running: Running, node: Node) -> None:
        detail = node.facts.detail
        running.patched = isinstance(detail, SleepDetail) and bool(detail.patched)
        aims: dict[str, Aim] = {}
        for facts in self._selected(node):
            found = aimed(running, facts, self.rests.of(facts))
            if found is not None:
                aims[facts.id] = found
        running.aim_at(aims)

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


def _kinds(sleepinfo: Node) -> set[str]:
    """Return the kinds that a SleepInfo selects of."""
    return {kind for selection in sleepinfo.facts.selections for kind in selection.kinds}


def _reach(running: Running, facts: Facts, now: float) -> None:
    if scaling.awake(facts) is (running.operation == "wake_up"):
        by = scaling.scaled(facts)
        running.reach(facts.id, by.time if by is not None and by.time >= running.tick else now)
