"""What kube-green does with an object, by its SleepInfos, and what it saved in their Secrets. Pure."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterable, Mapping
from typing import Any

import msgspec

from astrolabe.kinds.models.lastapplied import applied_replicas
from astrolabe.override.direct.client import Object, labels_of

KINDS = {"Deployment": "apps/v1", "StatefulSet": "apps/v1", "CronJob": "batch/v1"}
"""What is scaled or suspended, as kube-green does."""
PLURALS = {"Deployment": "deployments", "StatefulSet": "statefulsets", "CronJob": "cronjobs"}
_SUSPENDED = {"Deployment": "suspendDeployments", "StatefulSet": "suspendStatefulSets"}
_LAST_APPLIED = "kubectl.kubernetes.io/last-applied-configuration"


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


def saved(kind: str, obj: Object, by: tuple[str, ...], secrets: Mapping[str, Object | None]) -> int:
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
