"""Follows workloads: who sends them to zero and brings them back, and which of them are asleep."""

from __future__ import annotations

from astrolabe.derived.sleep import families, scaling
from astrolabe.derived.sleep.asleep import Sleeps
from astrolabe.derived.sleep.counters import Published, Totals
from astrolabe.derived.sleep.environment import Environments
from astrolabe.derived.sleep.history import History, Spell
from astrolabe.derived.sleep.scaling import ACTORS, DIRECTIONS, WORKLOADS, Actor, Direction
from astrolabe.derived.sleep.seam import Asleep
from astrolabe.derived.sleep.sleepers import Claim, Keda, Mark, kube_downscaler, kube_green, override
from astrolabe.derived.sleep.sleepinfos import SleepInfos
from astrolabe.derived.sleep.starts import MARGIN, PATIENCE
from astrolabe.graph.facts import Facts
from astrolabe.graph.relations import Relations
from astrolabe.kinds.models.details import ReplicasDetail


class Workloads:
    """Every Deployment, StatefulSet and CronJob, as far as it sleeps or is scaled to zero and back."""

    def __init__(
        self,
        graph: Relations,
        environments: Environments,
        sleepinfos: SleepInfos,
        sleeps: Sleeps,
        history: History,
        board: Published,
    ) -> None:
        self._graph = graph
        self._environments = environments
        self._sleepinfos = sleepinfos
        self._history = history
        self._board = board
        self.keda = Keda()
        self._marks: tuple[Mark, ...] = (kube_green, override, kube_downscaler, self.keda)
        self.sleeps = sleeps
        self.scaled = Totals(families.RESOURCES_SCALED, board)
        self.scale = Totals(families.WORKLOAD_SCALE, board)
        self.remembered: dict[str, Asleep] = {}
        """Sleeps that a ledger knows and whose workloads were not seen since, by id."""
        self.remembered_at = 0.0
        """Up to when an earlier process knew everything; 0 where there was none."""
        self.behind = False
        """Whether what happened since then is still being heard of."""

    def come(self, facts: Facts, now: float) -> None:
        """Learn of a workload: how it stands is the baseline, except for what a ledger knows of it."""
        self._history.came(facts)
        known = self.remembered.pop(facts.id, None)
        if known is not None:
            self._resume(known)
            if known.uid != facts.uid:
                self._over(facts.id, _spell(known)._replace(until=self.remembered_at, gone=True))
            elif scaling.awake(facts):
                self._up(facts, _spell(known), now)
                return
        claim = None if scaling.awake(facts) else self._claim(facts)
        if known is not None and known.uid == facts.uid:
            if claim is None or claim.since <= known.since + 1:
                return
            # It was awake in between, for how long nobody knows: count what is certain.
            self._over(facts.id, _spell(known)._replace(until=min(claim.since, self.remembered_at)))
        if claim is None:
            return
        if self.remembered_at and claim.since >= self.remembered_at - PATIENCE:
            self._count(facts, "down")
        self._begin(facts, claim, claim.replicas, now)

    def change(self, before: Facts, after: Facts, now: float) -> bool:
        """Learn what became of a workload; returns whether it fell asleep or woke."""
        was, awake = scaling.awake(before), scaling.awake(after)
        if awake and not was:
            self._up(after, self._history.lasting(before), now)
        elif was and not awake:
            self._count(after, "down")
            self._history.rested(after, now)
            claim = self._claim(after)
            if claim is not None:
                self._begin(after, claim, scaling.replicas(before) or claim.replicas, now, seen=True)
        elif not awake and after.id not in self.sleeps.lasting:
            self.claimed(after, now)
        elif awake and scaling.replicas(before) != scaling.replicas(after):
            self._resized(before, after)
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
        if scaling.awake(facts):
            return
        until = now
        if self.behind:
            dates = facts.detail.dates if isinstance(facts.detail, ReplicasDetail) else None
            deletion = dates.deletion if dates is not None else 0.0
            until = min(deletion or self.remembered_at, now)
        self._over(facts.id, self._history.lasting(facts)._replace(until=until, gone=True))

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
                self._over(known.id, _spell(known)._replace(until=self.remembered_at, gone=True))
        if over:
            self.remembered_at = 0.0

    def _resume(self, known: Asleep) -> None:
        self.sleeps.begin(known)
        node = self._graph.get(known.id)
        if node is not None:
            self._show(node.facts)

    def _claim(self, facts: Facts) -> Claim | None:
        return next((claim for mark in self._marks if (claim := mark(facts)) is not None), None)

    def _begin(
        self, facts: Facts, claim: Claim, replicas: int | None, now: float, *, seen: bool = False
    ) -> None:
        since = min(claim.since or now, now)
        if replicas is None and isinstance(facts.detail, ReplicasDetail):
            replicas = facts.detail.applied
        self.sleeps.begin(Asleep(facts.id, facts.uid, since, claim.sleeper, replicas), seen=seen)
        self._show(facts)

    def _up(self, facts: Facts, spell: Spell, now: float) -> None:
        """Learn that a workload is awake again after a spell."""
        actor = self._count(facts, "up")
        self._over(facts.id, spell._replace(until=self._woken(facts, now), woken=actor == "kube-green"))

    def _woken(self, facts: Facts, now: float) -> float:
        """Return when a workload was woken: as the object tells, else when that was seen.

        Of what happened while nobody looked that is no time to go by. Then what is certain counts: up to when
        its controller had taken note, if it tells that, else up to when it was known to sleep.
        """
        by = scaling.scaled(facts)
        if by is not None and by.time:
            return min(by.time, now)
        if not self.behind:
            return now
        node = self._graph.get(facts.id)
        latest = node.facts if node is not None and node.facts.uid == facts.uid else facts
        detail = latest.detail
        noticed = detail.dates.noticed if isinstance(detail, ReplicasDetail) and detail.dates else 0.0
        if noticed >= self.remembered_at and scaling.scaled(latest) == by:
            return min(noticed, now)
        return min(self.remembered_at, now)

    def _over(self, workload: str, spell: Spell) -> None:
        """Note that a spell of a workload ended, and the sleep that it was, if it was one."""
        self._history.over(workload, spell)
        self.sleeps.end(workload, spell.until)
        self._board.set(families.WORKLOAD_ASLEEP, workload, "")

    def _count(self, facts: Facts, direction: Direction) -> Actor:
        actor = self._actor(facts)
        self.scale.add((facts.namespace, actor, direction))
        if actor == "kube-green":
            self._count_scaled(facts, direction)
        return actor

    def _resized(self, before: Facts, after: Facts) -> None:
        """Learn that a workload that stays awake has other replicas: a patch may leave some."""
        if self._actor(after) == "kube-green":
            fewer = (scaling.replicas(after) or 0) < (scaling.replicas(before) or 0)
            self._count_scaled(after, "down" if fewer else "up")

    def _count_scaled(self, facts: Facts, direction: Direction) -> None:
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
        for type_, source in self._graph.selecting_ids(node):
            info = self._sleepinfos.get(source) if type_ == "sleeps" else None
            tick = info.schedule.previous("wake_up", time + MARGIN) if info is not None else None
            if tick is not None and time - tick <= MARGIN + PATIENCE:
                return True
        return False

    def _show(self, facts: Facts) -> None:
        family = families.WORKLOAD_ASLEEP
        environment = self._environments.of(facts.namespace)
        self._board.set(family, facts.id, family.line((facts.namespace, facts.kind, facts.name, environment)))


def _spell(sleep: Asleep) -> Spell:
    return Spell(sleep.since, slept=sleep.sleeper == "kube-green")
