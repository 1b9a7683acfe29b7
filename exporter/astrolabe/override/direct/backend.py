"""The steps of the direct backend, each of which finds out by itself what is left to do."""

from __future__ import annotations

from collections.abc import Sequence
from http import HTTPStatus
from typing import Protocol

import msgspec

from astrolabe.kube.exchange import ApiFailure
from astrolabe.kube.transport import Unreachable
from astrolabe.override.backend import Impossible, Job, Result, Steps, Trouble
from astrolabe.override.direct.client import APPLY, MERGE, Kubernetes, Object, path_of
from astrolabe.override.direct.gitopscontrollers import gitops_controller
from astrolabe.override.direct.kubegreen import KINDS, PLURALS, last_operation
from astrolabe.override.direct.originals import (
    Namespace,
    Originals,
    SleepInfo,
    Workload,
    holds_weekdays,
    keep,
    replicas,
    schedule_of,
    still_weekday,
)
from astrolabe.override.direct.writing import Basis, Write, send

GREEN = "kube-green.com/v1alpha1"
_AFTER_TICK = 90.0
"""Seconds that kube-green gets for what it does at a tick."""
_LOOK_AGAIN = 86400.0
"""Seconds after which a schedule that is waited for is looked at again: somebody may change it."""


class Sight(Protocol):
    """Who else sees the replicas: the exporter."""

    async def replicas(self, namespace: str) -> dict[tuple[str, str], int]:
        """Return wanted replicas by (kind, name); raises `Trouble`."""
        ...


class Direct:
    """A `Backend` for namespaces whose objects nobody keeps as git has them."""

    steps = Steps(
        engage=("keep", "still", "scale", "verify"),
        disengage=("keep", "restore", "verify", "release"),
    )

    def __init__(
        self,
        kubernetes: Kubernetes,
        namespaces: Sequence[str],
        sight: Sight | None = None,
        *,
        beside_gitops: bool = False,
    ) -> None:
        """With `beside_gitops` objects that a GitOps controller tracks are changed all the same."""
        self._kubernetes = kubernetes
        self._namespaces = tuple(namespaces)
        self._sight = sight
        self._beside_gitops = beside_gitops

    async def perform(self, job: Job) -> Result:
        """Do one step; raises `Trouble` and `Impossible`."""
        originals = None if job.originals is None else msgspec.convert(job.originals, Originals)
        try:
            if job.step == "keep":
                return await self._keep(originals)
            assert originals is not None
            match job.step:
                case "still":
                    await send(job, self._kubernetes, await self._still(originals, job.now))
                    return Result()
                case "scale":
                    await send(job, self._kubernetes, await self._scale(_aimed(job, originals)))
                    return Result()
                case "restore":
                    wanted = await self._scheduled(originals, job.now)
                    await send(job, self._kubernetes, await self._scale(wanted))
                    return Result()
                case "verify":
                    return await self._verify(job, originals)
                case "release":
                    return await self._release(job, originals)
        except ApiFailure as failure:
            raise self.refused(failure) from None
        except Unreachable as error:
            raise Trouble(str(error)) from None
        raise AssertionError(job.step)

    @staticmethod
    def refused(failure: ApiFailure) -> Exception:
        """Return what an answer of the API server means to a step."""
        if failure.code == HTTPStatus.FORBIDDEN:
            return Impossible(
                f"{failure}: give the service account its rights with `astrolabe override rbac`"
            )
        return Trouble(str(failure), retry_after=failure.retry_after)

    async def _keep(self, earlier: Originals | None) -> Result:
        held: tuple[SleepInfo | Workload, ...] = ()
        if earlier is not None:
            held = (*earlier.sleepinfos, *earlier.workloads)
        # One that left the settings meanwhile has to be put back all the same.
        names = dict.fromkeys((*self._namespaces, *(each.namespace for each in held)))
        found = [await self._look(name) for name in names]
        # What was changed already has to be put back, whoever keeps it by now.
        if earlier is None and not self._beside_gitops:
            _refuse_gitops(found)
        originals = keep(found, earlier)
        unknown = [
            f"{each.shown} has no replicas, and nobody saved how many it had: it stays so"
            for each in originals.workloads
            if earlier is None and not each.awake and each.kind != "CronJob"
        ]
        return Result(
            originals=msgspec.to_builtins(originals), changes=(*unknown, *_changed(earlier, originals))
        )

    async def _look(self, namespace: str) -> Namespace:
        api = self._kubernetes
        try:
            sleepinfos = await api.list(path_of(GREEN, namespace, "sleepinfos"))
        except ApiFailure as failure:
            if failure.code != HTTPStatus.NOT_FOUND:
                raise
            sleepinfos = []  # kube-green is not installed
        return Namespace(
            name=namespace,
            sleepinfos=sleepinfos,
            workloads={
                kind: await api.list(path_of(version, namespace, PLURALS[kind]))
                for kind, version in KINDS.items()
            },
            secrets={
                name: await api.get(path_of("v1", namespace, "secrets", f"sleepinfo-{name}"))
                for name in (each["metadata"]["name"] for each in sleepinfos)
            },
        )

    async def _still(self, originals: Originals, now: float) -> list[Write]:
        """Keep kube-green from acting: its ticks come on a weekday that is five days away."""
        writes = []
        for each in originals.sleepinfos:
            obj = await self._sleepinfo(each)
            if obj is None:
                continue
            day = still_weekday(obj, now)
            if obj["spec"].get("weekdays") != day:
                what = f"{_shown(each)}: weekdays {each.weekdays} → {day}, so that it stands still"
                writes.append(_weekdays(each, day, obj, what))
        return writes

    async def _scale(self, wanted: dict[Workload, int]) -> list[Write]:
        writes = []
        for workload, count in wanted.items():
            obj = await self._workload(workload)
            if obj is None:
                continue
            now = replicas(workload.kind, obj)
            # What is awake with other replicas was scaled by somebody since, and stays.
            if bool(now) == bool(count):
                continue
            version = KINDS[workload.kind]
            place = (workload.namespace, PLURALS[workload.kind], workload.name)
            if workload.kind == "CronJob":
                body = _manifest(version, workload.kind, workload.name, {"suspend": not count})
                what = f"{workload.shown}: {'resumed' if count else 'suspended'}"
                writes.append(Write(path_of(version, *place), body, APPLY, (what,)))
            else:
                body = _manifest("autoscaling/v1", "Scale", workload.name, {"replicas": count})
                what = f"{workload.shown}: replicas {now} → {count}"
                writes.append(Write(path_of(version, *place, "scale"), body, APPLY, (what,)))
        return writes

    async def _scheduled(self, originals: Originals, now: float) -> dict[Workload, int]:
        """Return the replicas that the schedule wants of each workload."""
        asleep: dict[tuple[str, str], bool | None] = {}
        for each in originals.sleepinfos:
            obj = await self._sleepinfo(each)
            # Of a SleepInfo that was deleted nothing is left that would ever wake.
            read = None if obj is None else schedule_of(obj, each)
            asleep[each.namespace, each.name] = (
                False if read is None else None if read.sleep is None else read.asleep(now)
            )
        wanted = {}
        for workload in originals.workloads:
            says = [asleep.get((workload.namespace, name)) for name in workload.sleepinfos]
            known = [each for each in says if each is not None]
            down = any(known) if known else not workload.before
            wanted[workload] = 0 if down else workload.awake
        return wanted

    async def _verify(self, job: Job, originals: Originals) -> Result:
        wanted = _aimed(job, originals) if job.aim.number else await self._scheduled(originals, job.now)
        pending = []
        for workload, count in wanted.items():
            obj = await self._workload(workload)
            if obj is not None and bool(replicas(workload.kind, obj)) != bool(count):
                pending.append(f"{workload.shown} is to have {count} replicas")
        if not pending and self._sight is not None:
            pending = await self._unseen(self._sight, wanted)
        return Result(pending=tuple(pending))

    async def _unseen(self, sight: Sight, wanted: dict[Workload, int]) -> list[str]:
        seen = {name: await sight.replicas(name) for name in {each.namespace for each in wanted}}
        return [
            f"the exporter sees {found} replicas of {workload.shown} instead of {count}"
            for workload, count in wanted.items()
            if (found := seen[workload.namespace].get((workload.kind, workload.name))) is not None
            and bool(found) != bool(count)
        ]

    async def _release(self, job: Job, originals: Originals) -> Result:
        """Give kube-green its schedule back, once its books and the schedule agree.

        After a sleep kube-green does nothing but a wake-up, and the other way round, whatever ticks passed.
        """
        now = job.now
        said: list[str] = []
        writes: list[Write] = []
        waits: list[tuple[float, str]] = []
        for each in originals.sleepinfos:
            obj = await self._sleepinfo(each)
            if obj is None:
                said.append(f"{_shown(each)} was deleted meanwhile")
                continue
            if obj["metadata"]["uid"] != each.uid:
                said.append(f"{_shown(each)} was created again meanwhile: it is left as it is")
                continue
            path = path_of("v1", each.namespace, "secrets", f"sleepinfo-{each.name}")
            slept = last_operation(await self._kubernetes.get(path)) == "SLEEP" and bool(each.wake_up_at)
            read = schedule_of(obj, each)
            asleep = read.sleep is not None and read.asleep(now)
            if asleep and not slept and read.wake_up is not None:
                # It will not wake what it did not put to sleep: this service does.
                writes += _still_again(each, obj, now)
                tick = read.next("wake_up", now)
                waits.append((tick or now + _LOOK_AGAIN, f"{_shown(each)}: is woken at its next wake-up"))
                continue
            wake_up_at = each.wake_up_at
            if read.sleep is not None and not asleep and slept:
                # It waits for a wake-up that is past. Without one it sleeps at its next tick, as scheduled.
                wake_up_at = ""
                tick = read.next("sleep", now)
                until = tick + _AFTER_TICK if tick else now + _LOOK_AGAIN
                waits.append((until, f"{_shown(each)}: has no wakeUpAt until its next sleep"))
            writes += _given_back(each, obj, wake_up_at, said)
        await send(job, self._kubernetes, writes)
        if not waits:
            return Result(changes=tuple(said))
        return Result(
            changes=tuple(said),
            wait_until=min(*(until for until, _ in waits), now + _LOOK_AGAIN),
            again=self.steps.disengage,
            why="; ".join(why for _, why in waits),
        )

    async def _sleepinfo(self, each: SleepInfo) -> Object | None:
        return await self._kubernetes.get(path_of(GREEN, each.namespace, "sleepinfos", each.name))

    async def _workload(self, each: Workload) -> Object | None:
        path = path_of(KINDS[each.kind], each.namespace, PLURALS[each.kind], each.name)
        return await self._kubernetes.get(path)


def _changed(earlier: Originals | None, now: Originals) -> list[str]:
    """Say which schedules somebody changed since they were kept still: that is what is restored then."""
    known = {(each.namespace, each.name, each.uid): each for each in earlier.sleepinfos} if earlier else {}
    return [
        f"{_shown(each)}: somebody set weekdays to {each.weekdays} meanwhile: that stays"
        for each in now.sleepinfos
        if (before := known.get((each.namespace, each.name, each.uid))) is not None
        and before.weekdays != each.weekdays
    ]


def _refuse_gitops(found: list[Namespace]) -> None:
    for namespace in found:
        objects = [*namespace.sleepinfos, *(each for some in namespace.workloads.values() for each in some)]
        for obj in objects:
            if controller := gitops_controller(obj):
                raise Impossible(
                    f"namespace {namespace.name} is kept by {controller}, which would undo a change within a"
                    " second: give it `gitops` settings, or beside_gitops where that does not heal by itself"
                )


def _aimed(job: Job, originals: Originals) -> dict[Workload, int]:
    """Return the replicas that an override wants of each workload."""
    return {each: 0 if job.aim.action == "sleep" else each.awake for each in originals.workloads}


def _still_again(each: SleepInfo, obj: Object, now: float) -> list[Write]:
    """Move the ticks of a SleepInfo on, which stands still for another day."""
    day = still_weekday(obj, now)
    if not holds_weekdays(obj) or obj["spec"].get("weekdays") == day:
        return []
    return [_weekdays(each, day, obj, f"{_shown(each)}: weekdays {day}, so that it stands still on")]


def _given_back(each: SleepInfo, obj: Object, wake_up_at: str, said: list[str]) -> list[Write]:
    """Return what gives a SleepInfo its fields back, unless somebody else changed them meanwhile."""
    writes = []
    spec = obj["spec"]
    if (current := spec.get("weekdays")) != each.weekdays:
        if holds_weekdays(obj):
            what = f"{_shown(each)}: weekdays {current} → {each.weekdays}, as before"
            writes.append(_weekdays(each, each.weekdays, obj, what))
        else:
            said.append(f"{_shown(each)}: somebody set weekdays to {current} meanwhile: that stays")
    if (spec.get("wakeUpAt") or "") != wake_up_at:
        what = (
            f"{_shown(each)}: wakeUpAt {wake_up_at}, as before"
            if wake_up_at
            else f"{_shown(each)}: wakeUpAt taken away until its next sleep"
        )
        path = path_of(GREEN, each.namespace, "sleepinfos", each.name)
        writes.append(Write(path, {"spec": {"wakeUpAt": wake_up_at or None}}, MERGE, (what,)))
    return writes


def _weekdays(each: SleepInfo, weekdays: str, obj: Object, what: str) -> Write:
    body = _manifest(GREEN, "SleepInfo", each.name, {"weekdays": weekdays})
    path = path_of(GREEN, each.namespace, "sleepinfos", each.name)
    return Write(path, body, APPLY, (what,), Basis(obj, lambda now: now["spec"]))


def _manifest(version: str, kind: str, name: str, spec: Object) -> Object:
    return {"apiVersion": version, "kind": kind, "metadata": {"name": name}, "spec": spec}


def _shown(each: SleepInfo) -> str:
    return f"SleepInfo/{each.namespace}/{each.name}"
