"""Sleep as a source of metrics: listens to the graph's deltas, and keeps no copy of its objects."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from copy import deepcopy

import structlog

from astrolabe.graph.delta import Delta, Node
from astrolabe.graph.relations import Relations
from astrolabe.kinds import scaledobject
from astrolabe.kinds.details import SleepRecord
from astrolabe.metrics.family import Family
from astrolabe.metrics.source import Publish
from astrolabe.sleep import scaling
from astrolabe.sleep.asleep import MONTH, Sleeps
from astrolabe.sleep.beginning import KINDS, SETTLING, Beginning, Progress
from astrolabe.sleep.counting import Board, Totals
from astrolabe.sleep.environment import Environments, Place, Rule
from astrolabe.sleep.families import CLOCK_JUMPS, FAMILIES
from astrolabe.sleep.history import History
from astrolabe.sleep.ledger import Ledger
from astrolabe.sleep.operation import GRACE
from astrolabe.sleep.operations import Operations
from astrolabe.sleep.ratio import SleepRatio
from astrolabe.sleep.scaling import WORKLOADS
from astrolabe.sleep.seam import Asleep, Listener
from astrolabe.sleep.sleepinfos import SleepInfos
from astrolabe.sleep.workloads import Workloads

log = structlog.get_logger(__name__)

LOOK = 1.0
"""Seconds between looks at how far the kinds are known."""
JUMP = 60.0
"""Seconds by which the clock may differ from the time that passed before it has jumped."""


class SleepSource:
    """Everything that is published of sleep, and the view of it that other layers have.

    A `metrics.source.Source` and a `sleep.seam.SleepView`. The clocks are Unix seconds (`now`) and seconds of
    any origin that nobody sets (`elapsed`); where they disagree, the first one jumped. `progress` tells how far
    a kind is known; without it everything is, from the start.
    """

    def __init__(
        self,
        graph: Relations,
        *,
        environments: tuple[Rule, ...] = (),
        environment_label: str = "",
        ledger: Ledger | None = None,
        progress: Callable[[str], Progress] | None = None,
        now: Callable[[], float] = time.time,
        elapsed: Callable[[], float] = time.monotonic,
    ) -> None:
        self._graph = graph
        self._now = now
        self._elapsed = elapsed
        self._clocks = (now(), elapsed())
        self._board = Board()
        self._environments = Environments(graph, environments, environment_label)
        self._environments.listen(self._moved)
        sleeps = Sleeps()
        self._history = history = History(sleeps)
        self._operations = Operations(graph, history, self._board)
        self._sleepinfos = SleepInfos(graph, self._operations, self._environments, self._board)
        self._workloads = Workloads(graph, self._environments, self._sleepinfos, sleeps, history, self._board)
        self._ratio = SleepRatio(graph, self._environments, sleeps, self._board)
        self._jumps = Totals(CLOCK_JUMPS, self._board)
        self._offered: dict[str, Place] = {}
        self._ledger = ledger
        self._beginning = Beginning(progress, elapsed) if progress is not None else None
        self._begun = False
        self._held: list[tuple[str, Node | None, Node | None]] | None = []
        """What became of objects of a kind since it began, until every kind is known; None from then on."""
        self._look_at = 0.0
        """When to look again whether every kind is known, though no one seems to be complete now."""
        self._known_at = 0.0
        """When every kind was known, in seconds that passed."""
        self._forgetful: list[Callable[[Place], None]] = []
        self.placed = not environment_label
        """Whether the environments of namespaces are known."""
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
        self._operations.heard = self._ledger is None
        if self._ledger is not None:
            self._restore(self._ledger)
            self._ledger = None
        if self._beginning is None:
            self._look()

    def restored(self) -> None:
        """Learn that the graph is as an earlier process left it; what has happened since comes as events."""
        self._begin()

    @property
    def holding(self) -> bool:
        """Whether something is in the graph that is not taken in yet."""
        return bool(self._begun and self._held)

    def follow(self, delta: Delta) -> None:
        """Take in what one event changed."""
        if self._held is not None and (not delta.nodes or self._elapsed() >= self._look_at):
            self._look()  # a kind may be complete
        for before, after in delta.nodes.values() if self._begun else ():
            some = after or before
            assert some is not None
            kind = some.facts.kind
            if (handler := self._handlers.get(kind)) is None:
                continue
            if self._held is None:
                handler(before, after, self._now())
            else:
                self._held.append((kind, before, after))

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
        self._look()
        self._operations.refresh(now)
        self._sleepinfos.refresh(now)
        self._operations.forget(now, self._sleepinfos.needed())
        self._workloads.sleeps.forget(now - MONTH)
        for place in self._environments.refresh(now):
            self._forget(place)
        self._ratio.refresh(self._sleepinfos.environments())

    # The beginning

    def _look(self) -> None:
        """Begin once everything is there that the beginning is worked out from."""
        if self._held is not None:
            self._look_at = self._elapsed() + LOOK
            if not self._begun and (self._beginning is None or self._beginning.listed()):
                self._begin()
            if self._begun and (self._beginning is None or self._beginning.resumed()):
                self._catch_up()
            return
        since = self._elapsed() - self._known_at
        if not self._operations.heard and since >= GRACE:
            self._operations.heard = True
            self._workloads.behind = False
        self._settle(over=since >= SETTLING)

    def _begin(self) -> None:
        """Take in the graph as it stands."""
        self._begun = self.placed = True
        now = self._now()
        namespaces = sorted(self._graph.namespaces())
        for kind in [kind for kind in KINDS if kind in self._handlers]:
            for namespace in namespaces:
                for each in sorted(self._graph.of_kind(kind, namespace)):
                    self._handlers[kind](None, self._graph.get(each), now)

    def _catch_up(self) -> None:
        """Take in what happened since the beginning, kind by kind."""
        held, self._held = self._held or [], None
        held.sort(key=lambda change: KINDS.index(change[0]))
        now = self._now()
        for kind, before, after in held:
            self._handlers[kind](before, after, now)
        self._operations.known = True
        self._known_at = self._elapsed()
        self._settle(over=False)
        self._environments.account(self._counted(), now)

    def _settle(self, *, over: bool) -> None:
        """End what an earlier process knew and this one does not find, at last all of it."""
        self._workloads.settle(over=over)
        if over:
            self._sleepinfos.remembered.clear()

    # What changes

    def _namespace(self, before: Node | None, after: Node | None, now: float) -> None:
        if after is None:
            assert before is not None
            self._environments.left(before.facts.name)
        elif before is None or before.facts.labels != after.facts.labels:
            self._environments.changed(after.facts.name, now)

    def _moved(self, namespace: str, before: str) -> None:
        now = self._now()
        self._sleepinfos.moved(namespace, now)
        self._workloads.moved(namespace)
        for sleepinfo in list(self._offered):
            self._offer(sleepinfo)
        self._ratio.touch(before)
        self._ratio.touch(self._environments.of(namespace))

    def _sleepinfo(self, before: Node | None, after: Node | None, now: float) -> None:
        self._sleepinfos.follow(before, after, now)
        some = after or before
        assert some is not None
        self._offer(some.id)
        if after is None:
            self._environments.left(some.facts.namespace)

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
        if after is not None and isinstance(after.facts.detail, SleepRecord):
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
            self._environments.left(before.facts.namespace)
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
            self._operations.workload(after.facts, now)
        if turned or before is None or scaling.replicas(before.facts) != scaling.replicas(after.facts):
            self._ratio.touch(self._environments.of(after.facts.namespace))

    # The view of other layers

    def asleep(self, node_id: str) -> float | None:
        """Return since when a workload is asleep, None while it is not."""
        found = self._workloads.sleeps.lasting.get(node_id)
        return found.since if found is not None else None

    def saw(self, node_id: str) -> bool:
        """Whether this process saw a sleeping workload fall asleep."""
        return node_id in self._workloads.sleeps.seen

    def sleeping(self) -> Iterator[Asleep]:
        """Yield every sleep that lasts."""
        return iter(self._workloads.sleeps.lasting.values())

    def ended(self) -> Iterator[Asleep]:
        """Yield the sleeps that ended in the last month, in order."""
        return iter(self._workloads.sleeps.ended)

    @property
    def behind(self) -> bool:
        """Whether what happened before this process began, and after an earlier one ended, is still to come."""
        return self._workloads.behind

    def environment_of(self, namespace: str) -> str:
        """Return the environment of a namespace."""
        return self._environments.of(namespace)

    def listen(self, listener: Listener) -> None:
        """Call at each beginning and end of a sleep."""
        self._workloads.sleeps.listen(listener)

    def listen_environments(self, listener: Callable[[str], None]) -> None:
        """Call with each namespace whose environment changed."""
        self._environments.listen(lambda namespace, _: listener(namespace))

    def listen_forgotten(self, listener: Callable[[Place], None]) -> None:
        """Call with each place of which nothing is to be kept any more."""
        self._forgetful.append(listener)

    def account(self, places: Iterable[Place]) -> None:
        """Note places of which something was counted, so that they are forgotten once they are gone for long."""
        self._environments.account(places, self._now())

    def has(self, environment: str) -> bool:
        """Whether an environment is there, or is gone and not forgotten yet."""
        return self._environments.has(environment)

    def _counted(self) -> Iterator[Place]:
        for environment, _, namespace, _ in self._workloads.scaled.counts:
            yield environment, namespace
        for environment, *_ in self._operations.totals.counts:
            if not self._environments.has(environment):
                yield environment, ""

    def _forget(self, place: Place) -> None:
        environment, namespace = place
        operations, workloads, known = self._operations, self._workloads, self._environments
        workloads.scaled.forget(lambda labels: (labels[0], labels[2]) == place)
        if not known.has_namespace(namespace):
            workloads.scale.forget(lambda labels: labels[0] == namespace)
        if not known.has(environment):
            operations.totals.forget(lambda labels: labels[0] == environment)
            operations.durations.forget(lambda labels: labels[0] == environment)
        for listener in self._forgetful:
            listener(place)

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
            rests=self._history.remember(),
            gone=[(*place, since) for place, since in self._environments.gone.items()],
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
        workloads.behind = True
        self._environments.gone = {(place, namespace): since for place, namespace, since in ledger.gone}
