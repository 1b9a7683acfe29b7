"""Operations under way: what each is for, what it reached so far, and when it is judged."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from math import inf

from astrolabe.derived.sleep import families
from astrolabe.derived.sleep.counters import Histogram, Published, Totals
from astrolabe.derived.sleep.history import History
from astrolabe.derived.sleep.ledger import Ledger, Remembered
from astrolabe.derived.sleep.operation import (
    RECORDERS,
    Aim,
    Running,
    Verdict,
    Window,
    aimed,
    left_out,
)
from astrolabe.derived.sleep.schedule import Operation
from astrolabe.derived.sleep.starts import MARGIN, PATIENCE
from astrolabe.graph.delta import Node
from astrolabe.graph.facts import Facts, object_id
from astrolabe.graph.relations import Relations
from astrolabe.kinds.models.details import SleepDetail, SleepRecord


class Operations:
    """Every operation from its start to its verdict."""

    def __init__(self, graph: Relations, history: History, board: Published) -> None:
        self._graph = graph
        self._history = history
        self.known = False
        """Whether everything is there that an operation may be for."""
        self.heard = False
        """Whether what happened before this process began must have been heard of, too."""
        self.totals = Totals(families.OPERATIONS, board)
        self.durations = Histogram(families.DURATION, board)
        self.memories: dict[str, Remembered] = {}
        """What is remembered of SleepInfos, by UID."""
        self.running: dict[str, Running] = {}
        """By UID of the SleepInfo, which does one thing at a time."""
        self._overtaken: list[Running] = []
        """Those that the next of their SleepInfo followed before everything was heard of them."""
        self._left: dict[str, Node] = {}
        """SleepInfos that went, by UID, until everything is heard of."""

    def resume(self, ledger: Ledger) -> None:
        """Take over what an earlier process was waiting for, and what it knew."""
        self._history.resume(ledger.rests)
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

    def workload(self, facts: Facts, now: float) -> None:
        """Learn that a workload fell asleep, woke, or came."""
        for running in self._in(facts.namespace):
            if running.targets is not None:
                self._correct(running, facts)
            self._look(running, now)

    def gone(self, facts: Facts, now: float) -> None:
        """Learn that a workload is no more: what was not reached is none of the operation's."""
        for running in self._in(facts.namespace):
            if running.targets is not None:
                running.correct(facts.id, None)
            self._look(running, now)

    def left(self, node: Node) -> None:
        """Learn that a SleepInfo is no more."""
        if not self.heard:
            self._left[node.facts.uid] = node

    def recorded(self, facts: Facts, now: float) -> None:
        """Learn that a Secret of kube-green was written."""
        for running in self._in(facts.namespace):
            self._look(running, now)

    def refresh(self, now: float) -> None:
        """Judge what is due."""
        if self.heard:
            self._left.clear()
        for running in list(self._overtaken):
            if self._complete(running, now):
                self._overtaken.remove(running)
                verdict = running.judge(inf)
                # What was heard of by lists only tells nothing of the operation before the last.
                self._conclude(running, verdict if verdict in ("success", "partial") else None)
        for running in list(self.running.values()):
            if now >= running.due or running.recorded is not None or not running.heard:
                self._check(running, now)

    def forget(self, now: float, needed: Callable[[str], float]) -> None:
        """Drop what nothing asks for any more, of all that is due being judged.

        Sleeps that began since `needed` of their namespace may be what a wake-up is for.
        """
        if self.heard:
            earliest = min((running.started for running in self.under_way()), default=now)
            self._history.forget(min(now, earliest) - MARGIN - PATIENCE, needed)

    def jumped(self, seconds: float) -> None:
        """Move what waits along with the clock."""
        for running in self.running.values():
            running.due += seconds
            if running.recorded is not None:
                running.recorded += seconds

    # Verdicts

    def nothing_started(
        self, node: Node, environment: str, operation: Operation, tick: float, moment: float, put_down: Window
    ) -> None:
        """Judge a tick that passed without a start: missed, or skipped where there was nothing to do."""
        missed = any(
            left_out(facts, operation, moment, put_down, self._history.of(facts))
            for facts in self._selected(node)
        )
        if _patched(node):
            # Nobody knows what patches would have done; but kube-green takes turns.
            missed = missed or (operation == "sleep") is not (put_down.since <= put_down.until)
        self.judged(node.facts.uid, environment, operation, tick, "missed" if missed else "skipped")

    def judged(self, uid: str, environment: str, operation: Operation, tick: float, verdict: Verdict) -> None:
        """Count a verdict."""
        self.totals.add((environment, operation, verdict))
        self._remember(uid, operation, tick)

    def _in(self, namespace: str) -> list[Running]:
        return [running for running in self.under_way() if running.namespace == namespace]

    def _look(self, running: Running, now: float) -> None:
        """Bring an operation up to date by what was heard. More may be on its way, however late it is."""
        if self.running.get(running.uid) is running:
            self._check(running, now, patient=True)

    def _check(self, running: Running, now: float, *, patient: bool = False) -> None:
        """Bring an operation up to date, and judge it if that is possible."""
        if not self._complete(running, now):
            return
        verdict = running.judge(min(now, running.due - 1) if patient else now)
        if verdict is not None or running.targets is None:
            del self.running[running.uid]
            self._conclude(running, verdict)

    def _complete(self, running: Running, now: float) -> bool:
        """Find out what an operation is for and reached; returns whether everything was heard of it."""
        if not running.heard:
            node = self._graph.get(object_id("SleepInfo", running.namespace, running.sleepinfo))
            if node is None or node.facts.uid != running.uid:
                node = self._left.get(running.uid)
            # Till more is known, what an earlier process knew will do: the SleepInfo may be gone by then.
            if node is not None and (self.known or running.targets is None):
                self._aim(running, node)
            running.heard = self.heard
        if running.recorded is None and self._is_recorded(running, now):
            running.recorded = now
        return running.heard or (self.known and running.accomplished)

    def _conclude(self, running: Running, verdict: Verdict | None) -> None:
        """Count how an operation ended, where that is known."""
        memory = self.memories.get(running.uid)
        carried_through = running.recorded is not None or verdict == "success"
        if running.operation == "wake_up" and memory is not None and carried_through:
            memory.woken = max(running.tick, memory.woken or running.tick)
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
        """Find out what an operation is for, of all that its SleepInfo selects."""
        running.patched = _patched(node)
        aims: dict[str, Aim] = {}
        for facts in self._selected(node):
            found = aimed(running, facts, self._history.of(facts))
            if found is not None:
                aims[facts.id] = found
        for workload, spells in self._history.those_of(running.namespace):
            if workload not in self._graph and (found := aimed(running, None, spells)) is not None:
                aims[workload] = found
        running.aim_at(aims)

    def _correct(self, running: Running, facts: Facts) -> None:
        """Find out again what an operation is to one workload, of which something was heard."""
        assert running.targets is not None
        spells = self._history.of(facts)
        found = aimed(running, facts, spells)
        if facts.id in running.targets:
            # Of what an earlier process saw this one may not know since when it was so.
            if found is None and any(not spell.since for spell in spells):
                return
        elif found is None or not self._selects(running, facts):
            return
        elif found.at is None and running.operation == "sleep" and not facts.created:
            return  # it may have come since
        running.correct(facts.id, found)

    def _selects(self, running: Running, facts: Facts) -> bool:
        node = self._graph.get(facts.id)
        sleepinfo = object_id("SleepInfo", running.namespace, running.sleepinfo)
        return node is not None and any(
            type_ == "sleeps" and source == sleepinfo for type_, source in self._graph.selecting_ids(node)
        )

    def _selected(self, node: Node) -> Iterator[Facts]:
        for target in sorted({edge.target for edge in self._graph.selected(node) if edge.type == "sleeps"}):
            found = self._graph.get(target)
            if found is not None:
                yield found.facts

    def _is_recorded(self, running: Running, now: float) -> bool:
        """Whether kube-green carried an operation through, and said so."""
        node = self._graph.get(object_id("Secret", running.namespace, f"sleepinfo-{running.sleepinfo}"))
        record = node.facts.detail if node is not None else None
        if isinstance(record, SleepRecord):
            return record.manager in RECORDERS and record.time >= running.latest
        # Where Secrets may not be read: what it could not do it tries again.
        readable = self._graph.covers("Secret", running.namespace)
        return not readable and now >= running.due and running.latest == running.started


def _patched(node: Node) -> bool:
    """Whether a SleepInfo does what only its patches know."""
    detail = node.facts.detail
    return isinstance(detail, SleepDetail) and bool(detail.patched)
