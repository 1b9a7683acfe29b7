"""Custom resources of any kind, judged by the conventions that kstatus describes."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from astrolabe.graph.facts import Facts, Status
from astrolabe.kinds import helmrelease, reasons, scaledobject
from astrolabe.kinds.conditions import Condition
from astrolabe.kinds.groups import kind_label
from astrolabe.kinds.kind import Context, Kind
from astrolabe.kinds.metadata import Metadata, Model, facts_of
from astrolabe.kinds.replicas import UNOBSERVED


class CustomResource(Model):
    """An object of a kind unknown beforehand. Spec and status may be of any shape, so they are read later."""

    metadata: Metadata
    spec: msgspec.Raw = msgspec.Raw(b"null")
    status: msgspec.Raw = msgspec.Raw(b"null")


class CustomStatus(Model):
    """The parts of a status that follow the conventions."""

    conditions: list[Condition] | None = None


class ObservedStatus(Model):
    """Apart from the conditions, since one may be off where the other is not. Some write it as text."""

    observed_generation: int | str | None = None


_conditions = msgspec.json.Decoder(CustomStatus | None).decode
_observed = msgspec.json.Decoder(ObservedStatus | None).decode
_LONGEST_GENERATION = 18


def describe(resource: CustomResource, context: Context) -> Facts:
    """Turn a custom resource into facts."""
    metadata = resource.metadata
    status, message = _judge(resource)
    detail = scaledobject.paused(metadata, resource.spec) if context.kind == scaledobject.NAME else None
    facts = facts_of(metadata, context, status, message, detail=detail)
    if context.kind == helmrelease.NAME and facts.release is None:
        return msgspec.structs.replace(facts, release=helmrelease.declared(metadata, resource.spec))
    return facts


def custom(group: str, plural: str, kind: str, versions: Iterable[str], *, namespaced: bool) -> Kind:
    """Build the entry for a kind that a CustomResourceDefinition serves, best version first."""
    return Kind(
        name=kind_label(group, kind),
        group=group,
        plural=plural,
        versions=tuple(versions),
        namespaced=namespaced,
        model=CustomResource,
        describe=describe,
    )


def _judge(resource: CustomResource) -> tuple[Status, str]:
    observed = _observed_generation(resource.status)
    if observed is not None and observed < (resource.metadata.generation or 0):
        return UNOBSERVED
    conditions = {entry.type: entry for entry in _read_conditions(resource.status)}
    if not conditions:
        return "Unknown", "No conditions"
    ready = conditions.get("Ready")
    if holds := _holding(conditions, "Stalled"):
        return "Error", holds.reason or "Stalled"
    if ready is not None and ready.status == "False" and reasons.fails(ready.reason):
        return "Error", ready.reason or ""
    if ready is not None and ready.status != "True" and reasons.rests(ready.reason):
        return "Ready", ready.reason or ""
    if holds := _holding(conditions, "Reconciling"):
        return "Pending", holds.reason or "Reconciling"
    if ready is None:
        return "Unknown", "No condition Ready"
    if ready.status == "True":
        return "Ready", ready.reason or "Ready"
    return "Pending", ready.reason or "Not ready"


def _holding(conditions: dict[str | None, Condition], name: str) -> Condition | None:
    condition = conditions.get(name)
    return condition if condition is not None and condition.status == "True" else None


def _read_conditions(status: msgspec.Raw) -> list[Condition]:
    try:
        decoded = _conditions(status)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return []
    return (decoded.conditions or []) if decoded is not None else []


def _observed_generation(status: msgspec.Raw) -> int | None:
    try:
        decoded = _observed(status)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
    observed = decoded.observed_generation if decoded is not None else None
    if isinstance(observed, str):
        is_number = observed.isascii() and observed.isdigit() and len(observed) <= _LONGEST_GENERATION
        return int(observed) if is_number else None
    return observed
