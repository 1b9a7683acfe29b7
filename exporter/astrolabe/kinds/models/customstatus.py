"""How a custom resource is, by what controllers write into its status.

Conditions as kstatus has them come first; then what products write that have none: the conditions of the
parents of a route (Gateway API), `health.status` and a sync that failed (Argo CD), `error` (snapshots), and
words such as `phase` and `state`. What has another shape says nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TypeVar

import msgspec
from msgspec import Raw

from astrolabe.graph.facts import Status, Verdict
from astrolabe.kinds.models import reasons
from astrolabe.kinds.models.conditions import Condition
from astrolabe.kinds.models.customconditions import (
    GOOD,
    Conditions,
    Said,
    by_conditions,
    by_rest,
    one_word,
    says,
)
from astrolabe.kinds.models.metadata import Model
from astrolabe.kinds.models.replicas import AT_REST, UNOBSERVED
from astrolabe.kinds.models.untrusted import one_line

_WELL = frozenset(
    [
        "active",
        "available",
        "bound",
        "completed",
        "complete",
        "deployed",
        "enabled",
        "established",
        "green",
        "healthy",
        "installed",
        "ok",
        "provisioned",
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
        "inprogress",
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
T = TypeVar("T")


class _Status(Model):
    """The parts of a status that follow conventions, each of which may be of any shape."""

    conditions: Raw = Raw(b"null")
    observed_generation: Raw = Raw(b"null")
    parents: Raw = Raw(b"null")
    ancestors: Raw = Raw(b"null")
    bindings: Raw = Raw(b"null")
    resources: Raw = Raw(b"null")
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
    validation_errors: Raw = Raw(b"null")
    phase_reason: Raw = Raw(b"null")
    ready_to_use: Raw = Raw(b"null")
    ready: Raw = Raw(b"null")

    def words(self) -> str:
        """Return the sentence that goes with a word such as `phase`."""
        for raw in (
            self.message,
            self.failure_message,
            self.failure_reason,
            self.error,
            self.phase_reason,
            self.reason,
        ):
            if text := one_line(_read(_text, raw)):
                return text
        return one_line("; ".join(_read(_texts, self.validation_errors) or ()))


class _Parent(Model):
    """What one controller says: of a route that its Gateway takes, of a policy, of a monitor."""

    conditions: list[Condition] | None = None


class _Health(Model):
    """Argo CD's judgement, and in the same form whether an Application is in sync."""

    status: str | None = None
    message: str | None = None


class _Resource(Model):
    """One of the objects of an Application, and how Argo CD finds it."""

    kind: str | None = None
    name: str | None = None
    health: _Health | None = None


class _Spec(Model):
    """By what somebody keeps a controller from its work: Flux and backups, Cluster API and Argo Rollouts."""

    suspend: Raw = Raw(b"null")
    suspended: Raw = Raw(b"null")
    paused: Raw = Raw(b"null")

    def held(self) -> str:
        """Return the field that says so; empty where none does."""
        fields = {"suspend": self.suspend, "suspended": self.suspended, "paused": self.paused}
        return next((name for name, raw in fields.items() if bytes(raw) == b"true"), "")


class _Operation(Model):
    """What Argo CD did last, or why a snapshot could not be made."""

    phase: str | None = None
    message: str | None = None


_status = msgspec.json.Decoder(_Status | None)
_conditions = msgspec.json.Decoder(list[Raw] | None)
_spec = msgspec.json.Decoder(_Spec | None)
_condition = msgspec.json.Decoder(Said)
_parents = msgspec.json.Decoder(list[_Parent] | None)
_health = msgspec.json.Decoder(_Health | None)
_resources = msgspec.json.Decoder(list[_Resource] | None)
_operation = msgspec.json.Decoder(_Operation | None)
_text = msgspec.json.Decoder(str | None)
_texts = msgspec.json.Decoder(list[str] | None)
_number = msgspec.json.Decoder(int | str | None)


def judge(status: Raw, generation: int, spec: Raw) -> Verdict:
    """Return how a custom resource of this generation is.

    What somebody holds is not looked at by its controller: its newest generation stays unseen.
    """
    read = _read(_status, status) or _Status()
    observed = _observed(read.observed_generation)
    behind = observed is not None and observed < generation
    verdict = _said(read)
    if not behind and verdict.status not in ("Error", "Pending"):
        return verdict
    held = (_read(_spec, spec) or _Spec()).held()
    if not held:
        return UNOBSERVED if behind else verdict
    if verdict.status == "Pending":
        return Verdict("Ready", AT_REST, f"spec.{held} is true", verdict.since)
    if verdict.status == "Error":
        words = f"{verdict.message}; spec.{held} is true"
        return Verdict("Error", verdict.reason, words, verdict.since)
    return verdict


def _said(status: _Status) -> Verdict:
    conditions = {entry.type: entry for entry in _all(status.conditions)}
    by_phase = _by_phase(status)
    told = by_conditions(conditions)
    if told is not None and told.status == "Pending":
        if by_phase is not None and by_phase.status == "Error":
            return by_phase
        told = _with_reason(told, status)
    return (
        told
        or _by_parents(status)
        or _by_operation(status)
        or _by_health(status)
        or _by_ready(conditions)
        or by_phase
        or by_rest(conditions)
        or _by_flag(status)
        or Verdict(
            "Unknown",
            message="Its status has no condition Ready" if conditions else "Its status says nothing",
        )
    )


def _with_reason(told: Verdict, status: _Status) -> Verdict:
    """Add why a phase is as it is (CloudNativePG): its conditions do not say it."""
    words = one_line(_read(_text, status.phase_reason))
    if not words or words in told.message:
        return told
    return Verdict(told.status, told.reason, f"{told.message}; {words}", told.since)


def _by_flag(status: _Status) -> Verdict | None:
    """Judge by a plain word for being ready (snapshots, machines of clouds), where nothing else says it."""
    for name, raw in (("readyToUse", status.ready_to_use), ("ready", status.ready)):
        match bytes(raw):
            case b"true":
                return Verdict("Ready", message=f"{name} is true")
            case b"false":
                return Verdict("Pending", "NotReady", f"status.{name} is false")
    return None


def _by_parents(status: _Status) -> Verdict | None:
    """Judge what several controllers speak of: each has to take it and to find what it refers to."""
    conditions = [
        each
        for raw in (status.parents, status.ancestors, status.bindings)
        for parent in _read(_parents, raw) or ()
        for each in parent.conditions or ()
    ]
    for condition in conditions:
        if condition.status == "False" and condition.type in GOOD:
            return says("Error", condition)
    return Verdict("Ready", message="Accepted by its parents") if conditions else None


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
    word, text = one_word(health.status), one_line(health.message)
    under_way = _under_way(status)
    match health.status:
        case "Healthy":
            well = "Healthy, and out of sync" if _out_of_sync(status) else "Healthy"
            return Verdict("Ready", message=text or well)
        case "Suspended":
            return Verdict("Ready", AT_REST, text or "Suspended")
        case "Missing" if under_way:
            return Verdict("Pending", word, under_way)
        case "Degraded" | "Missing":
            return Verdict("Error", word, text or f"Its health is {word}{_unwell(status.resources)}")
        case "Progressing":
            return Verdict("Pending", word, text or under_way or f"Its health is {word}")
    return Verdict("Unknown", word, text)


def _under_way(status: _Status) -> str:
    """Say what a sync that is under way waits for; empty where there is none."""
    done = _read(_operation, status.operation_state)
    return one_line(done.message) if done is not None and done.phase == "Running" else ""


def _unwell(raw: Raw) -> str:
    """Name the objects of an Application that are not well, and what is said of them."""
    listed = [each for each in _read(_resources, raw) or () if each.health is not None and each.name]
    said = [
        f"{each.kind} {each.name}: {each.health.message or each.health.status}"
        for each in listed
        if each.health is not None and each.health.status in ("Degraded", "Missing")
    ]
    more = f"; {len(said) - _NAMED_AT_MOST} more" if len(said) > _NAMED_AT_MOST else ""
    return f": {one_line('; '.join(said[:_NAMED_AT_MOST]))}{more}" if said else ""


_NAMED_AT_MOST = 3


def _by_ready(conditions: Conditions) -> Verdict | None:
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
    reason = one_word(word)
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


def _all(raw: Raw) -> Iterator[Said]:
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
