"""What there was before the first write, and what of it is to be. Pure: objects in, plans out."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import msgspec

from astrolabe.derived.sleep import schedule
from astrolabe.kinds.models.lastapplied import applied_replicas
from astrolabe.override.direct.client import MANAGER, Object, labels_of

KINDS = {"Deployment": "apps/v1", "StatefulSet": "apps/v1", "CronJob": "batch/v1"}
"""What is scaled or suspended, as kube-green does."""
PLURALS = {"Deployment": "deployments", "StatefulSet": "statefulsets", "CronJob": "cronjobs"}
_SUSPENDED = {"Deployment": "suspendDeployments", "StatefulSet": "suspendStatefulSets"}
_STILL_DAYS = 2
"""The weekday that kube-green is moved to was so many days ago: its next tick comes in five."""
_WRITERS = {
    "argocd-controller": "Argo CD",
    "argocd-application-controller": "Argo CD",
    "kustomize-controller": "Flux",
    "helm-controller": "Flux",
}
"""Field managers of GitOps controllers."""
_LAST_APPLIED = "kubectl.kubernetes.io/last-applied-configuration"


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
    awake = now or (last.awake if last else 0) or _saved(kind, obj, by or (), namespace.secrets)
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


def selecting(obj: Mapping[str, Any], kind: str, sleepinfos: Iterable[Object]) -> tuple[str, ...] | None:
    """Return the names of the SleepInfos that put an object to sleep; None where it is left alone.

    In a namespace without any SleepInfo, Deployments and StatefulSets sleep when people say so.
    """
    if any(owner.get("controller") for owner in obj["metadata"].get("ownerReferences") or []):
        return None
    sleepinfos = list(sleepinfos)
    if not sleepinfos:
        return () if kind in _SUSPENDED else None
    by = tuple(each["metadata"]["name"] for each in sleepinfos if _selects(each.get("spec") or {}, kind, obj))
    return by or None


def _selects(spec: Mapping[str, Any], kind: str, obj: Mapping[str, Any]) -> bool:
    """Whether kube-green would list an object for a SleepInfo: kind by kind, every condition ANDed."""
    suspended = (
        spec.get(_SUSPENDED[kind]) is not False if kind in _SUSPENDED else bool(spec.get("suspendCronJobs"))
    )
    if not suspended:
        return False
    name, labels = obj["metadata"]["name"], labels_of(obj)
    include, exclude = spec.get("includeRef") or [], spec.get("excludeRef") or []
    included, excluded = _names(include, kind), _names(exclude, kind)
    # Labels of several entries are ANDed, as are names: two names select nothing.
    if any(labels.get(key) != value for entry in include for key, value in _labels(entry)):
        return False
    if included:
        return included == {name}
    if name in excluded:
        return False
    return not any(labels.get(key) == value for entry in exclude for key, value in _labels(entry))


def _names(entries: Iterable[Mapping[str, Any]], kind: str) -> set[str]:
    group = KINDS[kind].partition("/")[0]
    return {
        entry["name"]
        for entry in entries
        if entry.get("name")
        and entry.get("kind") == kind
        and str(entry.get("apiVersion") or "").startswith(f"{group}/")
    }


def _labels(entry: Mapping[str, Any]) -> Iterable[tuple[str, str]]:
    return (entry.get("matchLabels") or {}).items()


def _saved(kind: str, obj: Object, by: tuple[str, ...], secrets: Mapping[str, Object | None]) -> int:
    """Return the replicas that kube-green saved, else those that were last applied; 0 where nobody knows."""
    name = obj["metadata"]["name"]
    group = KINDS[kind].partition("/")[0]
    for sleepinfo in by:
        patches = _decoded(secrets.get(sleepinfo), "original-resource-info", dict[str, dict[str, str]])
        patch = (patches or {}).get(f"{kind}.{group}", {}).get(name)
        if patch is not None:
            return _patched(kind, patch)
        if kind == "Deployment":
            # As kube-green wrote it up to v0.6.
            listed = _decoded(secrets.get(sleepinfo), "deployment-replicas", list[dict[str, Any]])
            for entry in listed or ():
                if entry.get("name") == name and isinstance(entry.get("replicas"), int):
                    return int(entry["replicas"])
    annotation = (obj["metadata"].get("annotations") or {}).get(_LAST_APPLIED)
    if kind == "CronJob" or annotation is None:
        return 0
    return applied_replicas(msgspec.Raw(msgspec.json.encode(annotation))) or 0


def _patched(kind: str, patch: str) -> int:
    """Return what an object has after a merge patch that undoes a sleep."""
    try:
        spec = msgspec.json.decode(patch, type=dict[str, dict[str, Any]]).get("spec", {})
    except msgspec.MsgspecError:
        return 0
    if kind == "CronJob":
        return 0 if spec.get("suspend") else 1
    wanted = spec.get("replicas", 0)
    # A field that was not there is removed again: then the API server's default counts.
    return 1 if wanted is None else wanted if isinstance(wanted, int) else 0


def _decoded(secret: Object | None, key: str, kind: Any) -> Any:
    text = ((secret or {}).get("data") or {}).get(key)
    if not isinstance(text, str):
        return None
    try:
        return msgspec.json.decode(base64.b64decode(text, validate=True), type=kind)
    except (msgspec.MsgspecError, binascii.Error, ValueError):
        return None


def last_operation(secret: Object | None) -> str:
    """Return what kube-green's books say it did last: SLEEP, WAKE_UP or nothing."""
    text = ((secret or {}).get("data") or {}).get("operation-type")
    try:
        return base64.b64decode(text or "", validate=True).decode()
    except (binascii.Error, ValueError, TypeError):
        return ""


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


def gitops_controller(obj: Mapping[str, Any]) -> str:
    """Name the GitOps controller that keeps an object as git has it; empty where there is none."""
    annotations = obj["metadata"].get("annotations") or {}
    labels = labels_of(obj)
    if tracking := annotations.get("argocd.argoproj.io/tracking-id"):
        return f"Argo CD (application {tracking.partition(':')[0]})"
    if instance := labels.get("argocd.argoproj.io/instance"):
        return f"Argo CD (application {instance})"
    for key, kind in (
        ("kustomize.toolkit.fluxcd.io/name", "Kustomization"),
        ("helm.toolkit.fluxcd.io/name", "HelmRelease"),
    ):
        if name := labels.get(key):
            return f"Flux ({kind} {name})"
    # Argo CD may track by a label that Helm sets as well; as a writer it gives its own name.
    managers = {str(entry.get("manager") or "") for entry in obj["metadata"].get("managedFields") or ()}
    for manager, name in _WRITERS.items():
        if manager in managers:
            return name
    return ""
