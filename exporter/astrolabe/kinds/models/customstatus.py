"""How a custom resource is, by what controllers write into its status.

Conditions as kstatus has them come first; then what products write that have none: the conditions of the
parents of a route (Gateway API), `health.status` and a sync that failed (Argo CD), `error` (snapshots), and
words such as `phase` and `state`. What has another shape says nothing.
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
_POSITIVE = re.compile(
    r"(?:Ready|Available|Healthy|Success|Succeeded|Valid|Synced|Accepted|Deployed|Installed)$"
)
"""Ends of names of conditions that are True where all is well. They count where there is no Ready."""
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
        "green",
        "healthy",
        "ok",
        "ready",
        "running",
        "succeeded",
        "success",
        "synced",
        "valid",
    ]
)
_BAD = frozenset(["errored", "faulted", "red", "unavailable"])
"""Words beside those whose parts say that something fails (`reasons.fails`)."""
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
        "yellow",
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
    sync: Raw = Raw(b"null")
    operation_state: Raw = Raw(b"null")
    phase: Raw = Raw(b"null")
    state: Raw = Raw(b"null")
    robustness: Raw = Raw(b"null")
    error: Raw = Raw(b"null")
    reason: Raw = Raw(b"null")
    message: Raw = Raw(b"null")
    failure_message: Raw = Raw(b"null")
    failure_reason: Raw = Raw(b"null")

    def words(self) -> str:
        """Return the sentence that goes with a word such as `phase`."""
        for raw in (self.message, self.failure_message, self.failure_reason, self.reason):
            if text := one_line(_read(_text, raw)):
                return text
        return ""


class _Parent(Model):
    """What one Gateway's controller says of a route."""

    conditions: list[Condition] | None = None


class _Health(Model):
    """Argo CD's judgement, and in the same form whether an Application is in sync."""

    status: str | None = None
    message: str | None = None


class _Operation(Model):
    """What Argo CD did last, or why a snapshot could not be made."""

    phase: str | None = None
    message: str | None = None


_status = msgspec.json.Decoder(_Status | None)
_conditions = msgspec.json.Decoder(list[Raw] | None)
_condition = msgspec.json.Decoder(Condition)
_parents = msgspec.json.Decoder(list[_Parent] | None)
_health = msgspec.json.Decoder(_Health | None)
_operation = msgspec.json.Decoder(_Operation | None)
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
        or _by_operation(read)
        or _by_health(read)
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
    # Strimzi says it the other way round.
    not_ready = _having(conditions, "NotReady", "True")
    if not_ready is not None:
        return _says("Error" if reasons.fails(not_ready.reason) else "Pending", not_ready)
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
    for each, condition in conditions.items():
        if condition.status == "False" and _POSITIVE.search(each or ""):
            return _says("Error" if reasons.fails(condition.reason) else "Pending", condition)
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


def _by_operation(status: _Status) -> Verdict | None:
    """Say that what was to be brought about last could not be."""
    if _out_of_sync(status):
        done = _read(_operation, status.operation_state)
        if done is not None and done.phase in _NOT_DONE:
            return Verdict("Error", "SyncFailed", one_line(done.message) or "Its last sync failed")
    error = _read(_operation, status.error)
    if error is not None and error.message:
        return Verdict("Error", "Failed", one_line(error.message))
    return None


_NOT_DONE = frozenset({"Failed", "Error"})


def _out_of_sync(status: _Status) -> bool:
    sync = _read(_health, status.sync)
    return sync is not None and sync.status == "OutOfSync"


def _by_health(status: _Status) -> Verdict | None:
    health = _read(_health, status.health)
    if health is None or not health.status:
        return None
    word, text = _word(health.status), one_line(health.message)
    match health.status:
        case "Healthy":
            well = "Healthy, and out of sync" if _out_of_sync(status) else "Healthy"
            return Verdict("Ready", message=text or well)
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
    """Judge by words in which products say how something is: the worst of them counts."""
    words = (status.phase, status.state, status.robustness, status.health)
    said = [_read(_text, raw) for raw in words]
    found = [_by_word(each, status.words()) for each in said if each]
    judged = [each for each in found if each is not None]
    return min(judged, key=lambda each: _WORST.index(each.status), default=None)


_WORST: tuple[Status, ...] = ("Error", "Pending", "Ready", "Unknown")


def _by_word(word: str, text: str) -> Verdict | None:
    reason = _word(word)
    if not reason:
        return None
    small, reason = word.lower(), f"{reason[:1].upper()}{reason[1:]}"
    if small in _WELL:
        return Verdict("Ready", message=text or word)
    if reasons.rests(reason) or small in ("paused", "suspended", "hibernated"):
        return Verdict("Ready", AT_REST, text or word)
    if small in _BAD or reasons.fails(reason):
        return Verdict("Error", reason, text or f"It says that it is {word}")
    if small in _ON_ITS_WAY:
        return Verdict("Pending", reason, text or f"It says that it is {word}")
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
