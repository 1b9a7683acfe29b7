"""How a custom resource is, by what controllers write into its status.

Conditions as kstatus has them come first; then what products write that have none: the conditions of the
parents of a route (Gateway API), `health.status` (Argo CD), `phase`. What has another shape says nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TypeAlias, TypeVar

import msgspec
from msgspec import Raw

from astrolabe.graph.facts import Status, Verdict
from astrolabe.kinds.models import reasons
from astrolabe.kinds.models.conditions import Condition
from astrolabe.kinds.models.metadata import Model
from astrolabe.kinds.models.replicas import AT_REST, UNOBSERVED
from astrolabe.kinds.models.untrusted import one_line

_GOOD = (
    "Available",
    "Healthy",
    "Synced",
    "Accepted",
    "Programmed",
    "ResolvedRefs",
    "Reconciled",
    "Established",
    "Succeeded",
    "Progressing",
)
"""Conditions other than Ready that are True where all is well."""
_UNDER_WAY = ("Reconciling", "Progressing")
_ARRIVED = re.compile("Available|Complete|Succeeded|Ready$")
_WELL = frozenset(
    [
        "active",
        "available",
        "bound",
        "completed",
        "complete",
        "deployed",
        "established",
        "healthy",
        "ok",
        "ready",
        "running",
        "succeeded",
        "success",
        "synced",
    ]
)
_ON_ITS_WAY = frozenset(
    [
        "creating",
        "deploying",
        "initializing",
        "installing",
        "pending",
        "processing",
        "progressing",
        "provisioning",
        "reconciling",
        "scheduled",
        "scaling",
        "starting",
        "updating",
        "upgrading",
        "waiting",
    ]
)
_LONGEST_GENERATION = 18
_LONGEST_WORD = 64
_Conditions: TypeAlias = dict[str | None, Condition]
T = TypeVar("T")


class _Status(Model):
    """The parts of a status that follow conventions, each of which may be of any shape."""

    conditions: Raw = Raw(b"null")
    observed_generation: Raw = Raw(b"null")
    parents: Raw = Raw(b"null")
    health: Raw = Raw(b"null")
    phase: Raw = Raw(b"null")
    reason: Raw = Raw(b"null")
    message: Raw = Raw(b"null")


class _Parent(Model):
    """What one Gateway's controller says of a route."""

    conditions: list[Condition] | None = None


class _Health(Model):
    """Argo CD's judgement."""

    status: str | None = None
    message: str | None = None


_status = msgspec.json.Decoder(_Status | None)
_conditions = msgspec.json.Decoder(list[Raw] | None)
_condition = msgspec.json.Decoder(Condition)
_parents = msgspec.json.Decoder(list[_Parent] | None)
_health = msgspec.json.Decoder(_Health | None)
_text = msgspec.json.Decoder(str | None)
_number = msgspec.json.Decoder(int | str | None)


def judge(status: Raw, generation: int) -> Verdict:
    """Return how a custom resource of this generation is."""
    read = _read(_status, status) or _Status()
    observed = _observed(read.observed_generation)
    if observed is not None and observed < generation:
        return UNOBSERVED
    conditions = {entry.type: entry for entry in _all(read.conditions)}
    return (
        _by_conditions(conditions)
        or _by_parents(read.parents)
        or _by_health(read.health)
        or _by_ready(conditions)
        or _by_phase(read)
        or _by_rest(conditions)
        or Verdict(
            "Unknown",
            message="Its status has no condition Ready" if conditions else "Its status says nothing",
        )
    )


def _by_conditions(conditions: _Conditions) -> Verdict | None:
    """Return what is wrong by conditions, None where nothing is."""
    return _faulty(conditions) or _unfinished(conditions)


def _faulty(conditions: _Conditions) -> Verdict | None:
    if (stalled := _having(conditions, "Stalled", "True")) is not None:
        return _says("Error", stalled)
    # Of several that tell of one fault, Ready has the most words.
    unready = _having(conditions, "Ready", "False")
    if unready is not None and reasons.fails(unready.reason):
        return _says("Error", unready)
    for name, condition in conditions.items():
        # Degraded, FetchFailed, InvalidSpec: a condition that is named after a fault.
        if condition.status == "True" and reasons.fails(name):
            return _says("Error", condition)
    for name in _GOOD:
        unmet = _having(conditions, name, "False")
        if unmet is not None and reasons.fails(unmet.reason):
            return _says("Error", unmet)
    # Argo CD's conditions have no status: that they are there is what they say.
    for name, condition in conditions.items():
        if condition.status is None and reasons.fails(name):
            return Verdict("Error", _word(name), condition.says, condition.since)
    return None


def _unfinished(conditions: _Conditions) -> Verdict | None:
    ready = conditions.get("Ready")
    is_ready = ready is not None and ready.status == "True"
    if ready is not None and not is_ready and reasons.rests(ready.reason):
        return Verdict("Ready", AT_REST, ready.says or ready.reason or "", ready.since)
    for name in _UNDER_WAY:
        under_way = _having(conditions, name, "True")
        if under_way is None or (name == "Progressing" and is_ready):
            continue
        # As in Deployments: what has progressed to its end says True as well.
        if not _ARRIVED.search(under_way.reason or ""):
            return _says("Pending", under_way)
    if ready is not None:
        return None if is_ready else _says("Pending", ready)
    for name in _GOOD:
        unmet = _having(conditions, name, "False")
        if unmet is not None:
            return _says("Pending", unmet)
    return None


def _having(conditions: _Conditions, name: str, status: str) -> Condition | None:
    condition = conditions.get(name)
    return condition if condition is not None and condition.status == status else None


def _by_parents(raw: Raw) -> Verdict | None:
    """Judge a route: each of its parents has to take it and to find what it refers to."""
    parents = _read(_parents, raw) or []
    conditions = [each for parent in parents for each in parent.conditions or ()]
    for condition in conditions:
        if condition.status == "False" and condition.type in _GOOD:
            return _says("Error", condition)
    if conditions:
        return Verdict("Ready", message="Accepted by its parents")
    return None


def _by_health(raw: Raw) -> Verdict | None:
    health = _read(_health, raw)
    if health is None or not health.status:
        return None
    word, text = _word(health.status), one_line(health.message)
    match health.status:
        case "Healthy":
            return Verdict("Ready", message=text or "Healthy")
        case "Suspended":
            return Verdict("Ready", AT_REST, text or "Suspended")
        case "Degraded" | "Missing":
            return Verdict("Error", word, text or f"Its health is {word}")
        case "Progressing":
            return Verdict("Pending", word, text or f"Its health is {word}")
    return Verdict("Unknown", word, text)


def _by_ready(conditions: _Conditions) -> Verdict | None:
    ready = conditions.get("Ready")
    if ready is None or ready.status != "True":
        return None
    return Verdict("Ready", message=ready.reason or "Ready")


def _by_phase(status: _Status) -> Verdict | None:
    phase = _read(_text, status.phase)
    if not phase or not phase.isidentifier():
        return None
    text = one_line(_read(_text, status.message) or _read(_text, status.reason))
    if phase.lower() in _WELL:
        return Verdict("Ready", message=text or phase)
    if reasons.rests(phase) or phase.lower() in ("paused", "suspended", "hibernated"):
        return Verdict("Ready", AT_REST, text or phase)
    if reasons.fails(phase):
        return Verdict("Error", phase, text or f"Its phase is {phase}")
    if phase.lower() in _ON_ITS_WAY:
        return Verdict("Pending", phase, text or f"Its phase is {phase}")
    return None


def _by_rest(conditions: _Conditions) -> Verdict | None:
    for name in _GOOD:
        if (found := conditions.get(name)) is not None and found.status == "True":
            return Verdict("Ready", message=found.reason or name)
    return None


def _says(status: Status, condition: Condition) -> Verdict:
    reason = _word(condition.reason) or _word(condition.type)
    words = condition.says or f"Its condition {_word(condition.type)} is {_word(condition.status)}"
    return Verdict(status, reason, words, condition.since)


def _word(text: str | None) -> str:
    """Return a text that is one word, as reasons are; else nothing, since a label takes it."""
    return text if text and text.isidentifier() and len(text) <= _LONGEST_WORD else ""


def _all(raw: Raw) -> Iterator[Condition]:
    for entry in _read(_conditions, raw) or ():
        if (found := _read(_condition, entry)) is not None:
            yield found


def _observed(raw: Raw) -> int | None:
    """Return the generation that a controller has seen. Some write it as text."""
    observed = _read(_number, raw)
    if isinstance(observed, str):
        is_number = observed.isascii() and observed.isdigit() and len(observed) <= _LONGEST_GENERATION
        return int(observed) if is_number else None
    return observed


def _read(decoder: msgspec.json.Decoder[T], raw: Raw) -> T | None:
    try:
        return decoder.decode(raw)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
