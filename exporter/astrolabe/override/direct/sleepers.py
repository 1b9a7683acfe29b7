"""Sleepers that are told by annotations: which ones, on what, and how it shows that they have acted. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Protocol, TypeAlias

from astrolabe.override.direct.kubegreen import KINDS, PLURALS
from astrolabe.override.direct.originals import replicas
from astrolabe.override.model import Aim

Annotations: TypeAlias = dict[str, str | None]
"""By key; None is one that is not there."""


class Sleeper(Protocol):
    """What reads annotations and scales."""

    name: str
    """In the settings."""
    kinds: Mapping[str, tuple[str, str]]
    """What it is told on: group and version, and plural, by kind."""
    keys: tuple[str, ...]
    """The annotations that say it."""

    def follows(self, obj: Mapping[str, Any]) -> bool:
        """Whether it would put an object to sleep at all."""
        ...

    def says(self, aim: Aim) -> Annotations:
        """Return what tells it an override. Keys that are left out stay as they are."""
        ...

    def pending(self, obj: Mapping[str, Any], kind: str, aim: Aim) -> str:
        """Say what it has not done yet; empty where all is done."""
        ...


class KubeDownscaler:
    """py-kube-downscaler. What it is told ends by itself, should nobody take it back."""

    kinds: Mapping[str, tuple[str, str]] = {kind: (KINDS[kind], PLURALS[kind]) for kind in KINDS}
    name = "kube-downscaler"
    keys: tuple[str, ...] = ("downscaler/exclude-until", "downscaler/downtime")

    def follows(self, obj: Mapping[str, Any]) -> bool:
        """Whether nobody excluded it for good, and it is nobody's part."""
        excluded = _annotation(obj, "downscaler/exclude", "false").lower() != "false"
        return not excluded and not any(
            owner.get("controller") for owner in obj["metadata"].get("ownerReferences") or []
        )

    def says(self, aim: Aim) -> Annotations:
        """Exclude it for so long, which brings back what sleeps; or let the time until then be downtime."""
        until = datetime.fromtimestamp(aim.until, UTC)
        if aim.action == "wake":
            return {"downscaler/exclude-until": until.strftime("%Y-%m-%dT%H:%M:%SZ")}
        spell = f"2000-01-01T00:00:00+00:00-{until.strftime('%Y-%m-%dT%H:%M:%S+00:00')}"
        return {"downscaler/exclude-until": None, "downscaler/downtime": spell}

    def pending(self, obj: Mapping[str, Any], kind: str, aim: Aim) -> str:
        """Whether replicas are as they are to be; what has none and was not put to sleep stays so."""
        now, saved = replicas(kind, obj), _number(_annotation(obj, "downscaler/original-replicas", "0"))
        if aim.action == "wake":
            return "kube-downscaler has not woken it yet" if saved and not now else ""
        least = _number(_annotation(obj, "downscaler/downtime-replicas", "0"))
        return "kube-downscaler has not put it to sleep yet" if now > least else ""


class Keda:
    """KEDA, on its ScaledObjects. Awake means that KEDA scales by its triggers, to zero as well."""

    kinds: Mapping[str, tuple[str, str]] = {"ScaledObject": ("keda.sh/v1alpha1", "scaledobjects")}
    name = "keda"
    keys: tuple[str, ...] = ("autoscaling.keda.sh/paused-replicas", "autoscaling.keda.sh/paused")

    def follows(self, obj: Mapping[str, Any]) -> bool:  # noqa: ARG002
        """Whether it is a ScaledObject: all are."""
        return True

    def says(self, aim: Aim) -> Annotations:
        """Hold it at no replicas, or at none."""
        asleep = "0" if aim.action == "sleep" else None
        return {"autoscaling.keda.sh/paused-replicas": asleep, "autoscaling.keda.sh/paused": None}

    def pending(self, obj: Mapping[str, Any], kind: str, aim: Aim) -> str:  # noqa: ARG002
        """Whether its condition Paused says what it was told."""
        conditions = (obj.get("status") or {}).get("conditions") or ()
        paused = any(each.get("type") == "Paused" and each.get("status") == "True" for each in conditions)
        if paused is (aim.action == "sleep"):
            return ""
        return "KEDA has not paused it yet" if aim.action == "sleep" else "KEDA still holds it"


_ALL: tuple[Sleeper, ...] = (KubeDownscaler(), Keda())
SLEEPERS: Mapping[str, Sleeper] = {each.name: each for each in _ALL}


def _annotation(obj: Mapping[str, Any], key: str, default: str) -> str:
    return str((obj["metadata"].get("annotations") or {}).get(key, default))


def _number(text: str) -> int:
    try:
        return int(text)
    except ValueError:
        return 0
