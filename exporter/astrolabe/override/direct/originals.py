"""What there was before the first write: schedules and replicas. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import msgspec

from astrolabe.derived.sleep import schedule
from astrolabe.override.direct.client import MANAGER, Object
from astrolabe.override.direct.kubegreen import saved, selecting

_STILL_DAYS = 2
"""The weekday that kube-green is moved to was so many days ago: its next tick comes in five."""


class SleepInfo(msgspec.Struct, frozen=True, kw_only=True):
    """A SleepInfo as it was."""

    namespace: str
    name: str
    uid: str
    weekdays: str
    wake_up_at: str
    """Empty where it wakes nothing."""


class Workload(msgspec.Struct, frozen=True, kw_only=True):
    """A workload as it was."""

    kind: str
    namespace: str
    name: str
    before: int
    """Replicas that it is to have where no SleepInfo says otherwise: those when it was first looked at.

    Of a CronJob 1, or 0 while suspended."""
    awake: int
    """Replicas that it has awake; 0 where nobody knows, or where it has none."""
    sleepinfos: tuple[str, ...] = ()
    """Names of the SleepInfos that put it to sleep."""

    @property
    def shown(self) -> str:
        """As it stands in the record."""
        return f"{self.kind}/{self.namespace}/{self.name}"


class Originals(msgspec.Struct, frozen=True, kw_only=True):
    """An environment as it was."""

    sleepinfos: tuple[SleepInfo, ...] = ()
    workloads: tuple[Workload, ...] = ()


class Namespace(msgspec.Struct, kw_only=True):
    """A namespace as it is."""

    name: str
    sleepinfos: list[Object]
    workloads: dict[str, list[Object]]
    """By kind."""
    secrets: dict[str, Object | None]
    """The Secret of each SleepInfo, by the SleepInfo's name."""


def keep(found: Iterable[Namespace], earlier: Originals | None) -> Originals:
    """Return what there was. What `earlier` says of fields that this service holds still counts."""
    sleepinfos: list[SleepInfo] = []
    workloads: list[Workload] = []
    known = {(each.namespace, each.name, each.uid): each for each in earlier.sleepinfos} if earlier else {}
    asleep = {(each.kind, each.namespace, each.name): each for each in earlier.workloads} if earlier else {}
    for namespace in found:
        for obj in namespace.sleepinfos:
            name, uid = obj["metadata"]["name"], obj["metadata"]["uid"]
            before = known.get((namespace.name, name, uid))
            spec = obj.get("spec") or {}
            ours = before is not None and holds_weekdays(obj)
            sleepinfos.append(
                SleepInfo(
                    namespace=namespace.name,
                    name=name,
                    uid=uid,
                    weekdays=before.weekdays if ours and before else spec.get("weekdays") or "",
                    # This service takes the field away; whoever set it again meant it.
                    wake_up_at=spec.get("wakeUpAt") or (before.wake_up_at if before else ""),
                )
            )
        for kind, objects in namespace.workloads.items():
            for obj in objects:
                last = asleep.get((kind, namespace.name, obj["metadata"]["name"]))
                if (workload := _workload(kind, namespace, obj, last)) is not None:
                    workloads.append(workload)
    # One that is gone was there before the first write, and what it put to sleep has to be known.
    there = {(each.namespace, each.name) for each in sleepinfos}
    sleepinfos += [each for place, each in known.items() if place[:2] not in there]
    return Originals(sleepinfos=tuple(sleepinfos), workloads=tuple(workloads))


def _workload(kind: str, namespace: Namespace, obj: Object, last: Workload | None) -> Workload | None:
    """Return a workload as it was; None where it is left alone."""
    by = selecting(obj, kind, namespace.sleepinfos)
    if by is None and last is None:
        return None
    now = replicas(kind, obj)
    awake = now or (last.awake if last else 0) or saved(kind, obj, by or (), namespace.secrets)
    if last is None:
        before = now
    elif last.sleepinfos and not by:
        # Whatever put it to sleep does so no longer, and would never wake it.
        before = awake
    else:
        before = last.before
    return Workload(
        kind=kind,
        namespace=namespace.name,
        name=obj["metadata"]["name"],
        before=before,
        awake=awake,
        sleepinfos=by or (),
    )


def replicas(kind: str, obj: Mapping[str, Any]) -> int:
    """Return the replicas that are wanted; of a CronJob 1, or 0 while suspended."""
    spec = obj.get("spec") or {}
    if kind == "CronJob":
        return 0 if spec.get("suspend") else 1
    wanted = spec.get("replicas")
    return 1 if wanted is None else int(wanted)


def holds_weekdays(sleepinfo: Mapping[str, Any]) -> bool:
    """Whether `spec.weekdays` is as this service wrote it last, by `managedFields`."""
    for entry in sleepinfo["metadata"].get("managedFields") or []:
        if entry.get("manager") == MANAGER and entry.get("operation") == "Apply":
            return "f:weekdays" in ((entry.get("fieldsV1") or {}).get("f:spec") or {})
    return False


def still_weekday(sleepinfo: Mapping[str, Any], now: float) -> str:
    """Return the weekday on which kube-green does nothing for five days."""
    day = datetime.fromtimestamp(now, _zone(sleepinfo)) - timedelta(days=_STILL_DAYS)
    return str(day.isoweekday() % 7)


def _zone(sleepinfo: Mapping[str, Any]) -> ZoneInfo:
    try:
        return ZoneInfo((sleepinfo.get("spec") or {}).get("timeZone") or "UTC")
    except (OSError, ValueError, KeyError):
        return ZoneInfo("UTC")


def schedule_of(sleepinfo: Mapping[str, Any], original: SleepInfo) -> schedule.Schedule:
    """Return the schedule of a SleepInfo as it is, but for the fields that this service holds."""
    spec = sleepinfo.get("spec") or {}
    weekdays = original.weekdays if holds_weekdays(sleepinfo) else spec.get("weekdays") or ""
    read, _ = schedule.read(
        weekdays,
        spec.get("sleepAt") or "",
        spec.get("wakeUpAt") or original.wake_up_at,
        spec.get("timeZone") or "UTC",
    )
    return read
