"""Follows workloads: who sends them to zero and brings them back, and which of them are asleep."""

from __future__ import annotations

from astrolabe.graph.facts import Facts
from astrolabe.graph.relations import Relations
from astrolabe.kinds.details import ReplicasDetail
from astrolabe.sleep import families, scaling
from astrolabe.sleep.asleep import Sleeps
from astrolabe.sleep.counting import Board, Totals
from astrolabe.sleep.environment import Environments
from astrolabe.sleep.operation import MARGIN, PATIENCE
from astrolabe.sleep.scaling import ACTORS, DIRECTIONS, WORKLOADS, Actor, Direction
from astrolabe.sleep.seam import Asleep
from astrolabe.sleep.sleepers import Claim, Keda, Mark, kube_downscaler, kube_green, override
from astrolabe.sleep.sleepinfos import SleepInfos


class Workloads:
    """Every Deployment, StatefulSet and CronJob, as far as it sleeps or is scaled to zero and back."""

    def __init__(
        self, graph: Relations, environments: Environments, sleepinfos: SleepInfos, board: Board
    ) -> None:
        self._graph = graph
        self._environments = environments
        self._sleepinfos = sleepinfos
        self._board = board
        self.keda = Keda()
        self._marks: tuple[Mark, ...] = (kube_green, override, kube_downscaler, self.keda)
        self.sleeps = Sleeps()
        self.scaled = Totals(families.RESOURCES_SCALED, board)
        self.scale = Totals(families.WORKLOAD_SCALE, board)
        self.remembered: dict[str, Asleep] = {}
        """Sleeps that a ledger knows and whose workloads were not seen since, by id."""
        self.remembered_at = 0.0

    def come(self, facts: Facts, now: float) -> None:
        """Learn of a workload: how it stands is the baseline, except for what a ledger knows of it."""
        known = self.remembered.pop(facts.id, None)
        if known is not None and known.uid != facts.uid:
            self._resume(known)
            self._end(facts.id, self.remembered_at)
            known = None
        claim = None if scaling.awake(facts) else self._claim(facts)
        if known is not None:
            self._resume(known)
            if scaling.awake(facts):
                self._up(facts, now)
                return
            if claim is None or claim.since <= known.since + 1:
                return
            # It was awake in between, for how long nobody knows: count what is certain.
            self.sleeps.end(facts.id, min(claim.since, self.remembered_at))
        if claim is None:
            return
        if self.remembered_at and claim.since >= self.remembered_at - PATIENCE:
            self._count(facts, self._actor(facts), "down")
        self._begin(facts, claim, claim.replicas, now)

    def change(self, before: Facts, after: Facts, now: float) -> bool:
        """Learn what became of a workload; returns whether it fell asleep or woke."""
        was, awake = scaling.awake(before), scaling.awake(after)
        if awake and not was:
            self._up(after, now)
        elif was and not awake:
            self._count(after, self._actor(after), "down")
            claim = self._claim(after)
            if claim is not None:
                self._begin(after, claim, scaling.replicas(before) or claim.replicas, now)
        elif not awake and after.id not in self.sleeps.lasting:
            self.claimed(after, now)
        return was is not awake

    def claimed(self, facts: Facts, now: float) -> None:
        """Look for a mark that came after the workload went to zero."""
        claim = None if scaling.awake(facts) else self._claim(facts)
        if claim is not None:
            self._begin(facts, claim, claim.replicas, now)

    def claimed_by_id(self, workload: str, now: float) -> None:
        """Look again at a workload that a sleeper marks from outside."""
        node = self._graph.get(workload)
        if node is not None and node.facts.kind in WORKLOADS and workload not in self.sleeps.lasting:
            self.claimed(node.facts, now)

    def gone(self, facts: Facts, now: float) -> None:
        """Learn that a workload is no more."""
        self._end(facts.id, now)

    def moved(self, namespace: str) -> None:
        """Learn that a namespace is of another environment now."""
        for sleep in self.sleeps.lasting.values():
            node = self._graph.get(sleep.id)
            if node is not None and node.facts.namespace == namespace:
                self._show(node.facts)

    def offer(self, environment: str, namespace: str, *, wanted: bool = True) -> None:
        """Expose the series of a namespace that has a SleepInfo at 0 before anything happens."""
        for direction in DIRECTIONS:
            for totals, rows in (
                (self.scaled, [(environment, kind, namespace, direction) for kind in WORKLOADS]),
                (self.scale, [(namespace, actor, direction) for actor in ACTORS]),
            ):
                for labels in rows:
                    (totals.offer if wanted else totals.withdraw)(labels)

    def settle(self, *, over: bool) -> None:
        """End the sleeps of workloads that are gone since the ledger was written, at last all."""
        for known in list(self.remembered.values()):
            kind, namespace, _ = known.id.split("/", 2)
            if over or self._graph.covers(kind, namespace):
                del self.remembered[known.id]
                self._resume(known)
                self.sleeps.end(known.id, self.remembered_at)
        if over:
            self.remembered_at = 0.0

    def _resume(self, known: Asleep) -> None:
        self.sleeps.begin(known)
        node = self._graph.get(known.id)
        if node is not None:
            self._show(node.facts)

    def _claim(self, facts: Facts) -> Claim | None:
        return next((claim for mark in self._marks if (claim := mark(facts)) is not None), None)

    def _begin(self, facts: Facts, claim: Claim, replicas: int | None, now: float) -> None:
        since = min(claim.since or now, now)
        if replicas is None and isinstance(facts.detail, ReplicasDetail):
            replicas = facts.detail.applied
        self.sleeps.begin(Asleep(facts.id, facts.uid, since, claim.sleeper, replicas))
        self._show(facts)

    def _up(self, facts: Facts, now: float) -> None:
        self._count(facts, self._actor(facts), "up")
        by = scaling.scaled(facts)
        self._end(facts.id, min(by.time, now) if by is not None and by.time else now)

    def _end(self, workload: str, until: float) -> None:
        self.sleeps.end(workload, until)
        self._board.set(families.WORKLOAD_ASLEEP, workload, "")

    def _count(self, facts: Facts, actor: Actor, direction: Direction) -> None:
        self.scale.add((facts.namespace, actor, direction))
        if actor == "kube-green":
            environment = self._environments.of(facts.namespace)
            self.scaled.add((environment, facts.kind, facts.namespace, direction))

    def _actor(self, facts: Facts) -> Actor:
        by = scaling.scaled(facts)
        unnamed = by is not None and by.manager == scaling.KUBE_GREEN_UNNAMED
        return scaling.actor(by, waking=unnamed and by is not None and self._waking(facts, by.time))

    def _waking(self, facts: Facts, time: float) -> bool:
        """Whether a SleepInfo that selects a workload schedules a wake-up for just this time."""
        node = self._graph.get(facts.id)
        if node is None or not scaling.awake(facts):
            return False
        for edge in self._graph.selecting(node):
            info = self._sleepinfos.get(edge.source)
            tick = info.schedule.previous("wake_up", time + MARGIN) if info is not None else None
            if tick is not None and time - tick <= MARGIN + PATIENCE:
                return True
        return False

    def _show(self, facts: Facts) -> None:
        family = families.WORKLOAD_ASLEEP
        environment = self._environments.of(facts.namespace)
        self._board.set(family, facts.id, family.line((facts.namespace, facts.kind, facts.name, environment)))
