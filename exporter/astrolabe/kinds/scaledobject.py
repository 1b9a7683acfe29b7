"""ScaledObjects of KEDA: custom resources like others, which may hold a workload at a number of replicas."""

from __future__ import annotations

import msgspec

from astrolabe.graph.facts import object_id
from astrolabe.kinds.models.details import PausedDetail
from astrolabe.kinds.models.groups import named_kind
from astrolabe.kinds.models.metadata import Metadata, Model

NAME = "ScaledObject.keda.sh"
_LONGEST_COUNT = 10


class ScaleTargetRef(Model):
    """What is scaled; a Deployment unless it says otherwise."""

    name: str | None = None
    kind: str | None = None
    api_version: str | None = None


class ScaledObjectSpec(Model):
    """What is wanted."""

    scale_target_ref: ScaleTargetRef | None = None


_spec = msgspec.json.Decoder(ScaledObjectSpec | None).decode


def paused(metadata: Metadata, spec: msgspec.Raw) -> PausedDetail | None:
    """Read `autoscaling.keda.sh/paused-replicas`; None where nothing is held, or what cannot be read."""
    text = (metadata.annotations.paused_replicas if metadata.annotations is not None else None) or ""
    if not (text.isascii() and text.isdigit() and len(text) <= _LONGEST_COUNT):
        return None
    try:
        decoded = _spec(spec)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
    target = decoded.scale_target_ref if decoded is not None else None
    if target is None or not target.name:
        return None
    kind = named_kind(target.api_version or "apps/v1", target.kind or "Deployment")
    return PausedDetail(object_id(kind, metadata.namespace or "", target.name), int(text))
