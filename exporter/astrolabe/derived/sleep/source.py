"""Sleep as a source of metrics: listens to the graph's deltas, and keeps no copy of its objects."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from copy import deepcopy

import structlog

from astrolabe.derived.sleep import scaling
from astrolabe.derived.sleep.asleep import MONTH, Sleeps
from astrolabe.derived.sleep.beginning import SETTLING, Progress, Recovery
from astrolabe.derived.sleep.counters import Published, Totals
from astrolabe.derived.sleep.environment import Environments, Place, Rule
from astrolabe.derived.sleep.families import CLOCK_JUMPS, FAMILIES
from astrolabe.derived.sleep.forgetting import Forgetting
from astrolabe.derived.sleep.history import History
from astrolabe.derived.sleep.ledger import Ledger
from astrolabe.derived.sleep.operation import GRACE
from astrolabe.derived.sleep.operations import Operations
from astrolabe.derived.sleep.overslept import overslept
from astrolabe.derived.sleep.ratio import SleepRatio
from astrolabe.derived.sleep.scaling import WORKLOADS
from astrolabe.derived.sleep.seam import Asleep, Listener
from astrolabe.derived.sleep.sleepinfo import SleepInfo
from astrolabe.derived.sleep.sleepinfos import SleepInfos
from astrolabe.derived.sleep.workloads import Workloads
from astrolabe.graph.delta import Delta, Node
from astrolabe.graph.facts import Note
from astrolabe.graph.relations import Relations
from astrolabe.kinds import scaledobject
from astrolabe.kinds.models.details import SleepRecord
from astrolabe.metrics.family import Family
from astrolabe.metrics.source import Publish

log = structlog.get_logger(__name__)

JUMP = 60.0
"""Seconds by which the clock may differ from the time that passed before it has jumped."""


class SleepSource:
    """Everything that is published of sleep, and the view of it that other layers have.

    A `metrics.source.Source` and a `sleep.seam.SleepView`. The clocks are Unix seconds (`now`) and seconds of
    any origin that nobody sets (`elapsed`); where they disagree, the first one jumped. `progress` tells how
    far a kind is known; without it everything is, from the start.
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
        self._board = Published()
        self._environments = Environments(graph, environments, environment_label)
        self._environments.listen(self._moved)
        sleeps = Sleeps()
        self._history = history = History(sleeps)
        self._operations = Operations(graph, history, self._board)
        self._sleepinfos = SleepInfos(graph, self._operations, self._environments, self._board)
        self._workloads = Workloads(graph, self._environments, self._sleepinfos, sleeps, history, self._board)
        self._ratio = SleepRatio(graph, self._environments, sleeps, self._board)
        self._forgetting = Forgetting(self._environments, self._operations, self._workloads)
        self._jumps = Totals(CLOCK_JUMPS, self._board)
        self._offered: dict[str, Place] = {}
        self._ledger = ledger
        self._labelled = bool(environment_label)
        self._at_once = progress is None
        self._intake = Recovery(
            graph,
            {
                "Namespace": self._namespace,
                "SleepInfo": self._sleepinfo,
                "Secret": self._secret,
                scaledobject.NAME: self._scaledobject,
                **dict.fromkeys(WORKLOADS, self._workload),
            },
            self._known,
            progress=progress,
            now=now,
            elapsed=elapsed,
        )

    # A source of metrics

    @property
    def families(self) -> tuple[Family, ...]:
        """The families that it publishes."""
        return FAMILIES

    @property
    def kinds(self) -> None:
        """All kinds: whatever happens next shows that it is time to look how far the kinds are known."""
        return

    def attach(self, publish: Publish) -> None:
        """Receive the way to publish, and publish what a ledger knows."""
        self._board.attach(publish)
        self._jumps.offer(())
        self._operations.heard = self._ledger is None
        if self._ledger is not None:
            self._restore(self._ledger)
            self._ledger = None
        if self._at_once:
            self._intake.look()

    def restored(self) -> None:
        """Learn that the graph is as an earlier process left it; what has happened since comes as events."""
        self._intake.begin()

    @property
    def holding(self) -> bool:
        """Whether something is in the graph that is not taken in yet."""
        return self._intake.holding

    def follow(self, delta: Delta) -> None:
        """Take in what one event changed."""
        self._intake.follow(delta)

    def refresh(self, now: float) -> None:
        """Judge what is due by now, and bring up to date what the clock changes."""
        passed, elapsed = self._clocks
        self._clocks = (now, self._elapsed())
        jump = (now - passed) - (self._clocks[1] - elapsed)
        if abs(jump) > JUMP:
            log.warning(
                "clock jumped",
                seconds=round(jump),
                consequence="operations in the skipped time get no status",
            )
            self._jumps.add(())
            self._operations.jumped(jump)
            self._sleepinfos.jumped(now)
        self._intake.look()
        self._hear()
        self._operations.refresh(now)
        self._sleepinfos.refresh(now)
        self._operations.forget(now, self._sleepinfos.needed())
        self._workloads.sleeps.forget(now - MONTH)
        self._forgetting.refresh(now)
        self._ratio.refresh(self._sleepinfos.environments())

    def _known(self) -> None:
        """Go on from everything that there is."""
        self._operations.known = True
        self._workloads.settle(over=False)
        self._forgetting.account(self._now())

    def _hear(self) -> None:
        """Find out whether what happened before this process began must have been heard of."""
        if self._intake.known_at is None:
            return
        since = self._elapsed() - self._intake.known_at
        if not self._operations.heard and since >= GRACE:
            self._operations.heard = True
            self._workloads.behind = False
        over = since >= SETTLING
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
            successor = after.facts.created if after is not None else 0.0
            self._workloads.gone(before.facts, min(now, successor or now))
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

    def overslept(self) -> Iterator[Note]:
        """Yield a note about each workload that kube-green put to sleep and should have woken."""
        if self._intake.known_at is not None and not self._workloads.behind:
            lasting = list(self._workloads.sleeps.lasting.values())
            yield from overslept(self._graph, lasting, self._sleepinfos.get, self._now())

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

    def sleepinfos(self) -> Iterator[SleepInfo]:
        """Yield every SleepInfo."""
        return iter(self._sleepinfos)

    def ratio(self, environment: str) -> float | None:
        """Return how much of an environment sleeps, as published last; None where nothing sleeps or may."""
        return self._ratio.shown.get(environment)

    @property
    def placed(self) -> bool:
        """Whether the environments of namespaces are known."""
        return self._intake.begun or not self._labelled

    @property
    def behind(self) -> bool:
        """Whether what happened between an earlier process and this one is still being heard of."""
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
        self._forgetting.listeners.append(listener)

    def account(self, places: Iterable[Place]) -> None:
        """Note places of which something was counted, so that gone ones are forgotten."""
        self._environments.account(places, self._now())

    def has(self, environment: str) -> bool:
        """Whether an environment is there, or is gone and not forgotten yet."""
        return self._environments.has(environment)

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
