"""How a custom resource is by its conditions, as kstatus and its controllers mean them.

Most conditions are True where all is well, some are named after a fault or after a rest. What a condition
means is told by the words that its name and its reason are made of.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import TypeAlias

from msgspec import Raw

from astrolabe.graph.facts import Status, Verdict
from astrolabe.kinds.models import reasons
from astrolabe.kinds.models.conditions import Condition
from astrolabe.kinds.models.replicas import AT_REST
from astrolabe.kinds.models.untrusted import TEXT_CHARACTERS

GOOD = (
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
    r"(?<!Not)(?:Ready|Available|Healthy|Success|Succeeded|Valid|Synced|Accepted|Deployed|Installed|Reachable)$"
)
"""Ends of names of conditions that are True where all is well. They count where there is no Ready."""
_ARRIVED = re.compile("Available|Complete|Succeeded|Ready$")
_HELD = re.compile(r"(?:Paused|Suspended|Hibernated|[Hh]ibernation)$")
"""Ends of names of conditions that are True while somebody keeps a controller from its work."""
_DONE = re.compile(r"(?:ed|able|Active|Complete|Running|UpToDate)$")
"""Ends of names of conditions that say that something is done or there."""
_UNDONE = re.compile(
    r"(?:Evict|Block|Stop|Delet|Terminat|Preempt|Drift|Disabl|Delay|Limit|Requir|Need|Start)ed$"
)
"""Those of them that are no good news."""
_DENIES = re.compile(r"^No[A-Z]|Without|Not(?=Fail|Err|Degrad|Expired|Lost|Broken)")
"""What a reason has that says that there is no fault: `NoErrors`, `NoFallbackFound`, `UpgradeNotFailed`."""
_AGAINST = re.compile(r"^(?:No|Not|Without)(?=[A-Z])")
"""How the name of a condition begins that denies what follows: `NotDegraded`, `NoErrors`."""
_PREPARED = re.compile(
    r"(?:(?<!Not)(?:Ready|Available|Healthy|Valid|Synced)|Configured|Set|Enabled|Resolved|Recovered|Cleared|Free)$"
)
"""Ends of names of conditions that are True where a fault is gone or provided for: `FailoverReady`."""
_STANDS_IN = "ActivatorEndpointsPopulated"
"""The condition by which Knative says that its activator takes the requests for what is at zero."""
_ASIDE = frozenset({"TestSuccess"})
"""Conditions whose failure its owner may have said to ignore; where not, Ready is False (tests of Helm)."""
_KNOWN = frozenset({"True", "False", "Unknown", None})
WORDLESS = ("Its condition ", "It says that it is ", "Its health is ")
"""How messages begin that are made of one word, since the object itself has no sentence."""
_LONGEST_WORD = 64
_FAULTS_TOLD = 2
"""Conditions whose words are told together, at most."""


class Said(Condition):
    """A condition of a custom resource; some say how much it matters."""

    severity: Raw = Raw(b"null")


Conditions: TypeAlias = Mapping[str | None, Said]


def by_conditions(conditions: Conditions) -> Verdict | None:
    """Return what is wrong by conditions, or that somebody wants it so; None where nothing is."""
    return _faulty(conditions) or _unfinished(conditions)


def _faulty(conditions: Conditions) -> Verdict | None:
    first: tuple[Status, Said] | None = None
    words = ""
    told = 0
    for status, condition in _faults(conditions):
        first = first or (status, condition)
        text = condition.says
        if not text or text in words:
            continue
        if told == _FAULTS_TOLD:
            break
        words = text if words in text else f"{words}; {text}"
        told += 1
    if first is None:
        return None
    status, condition = first
    own = says(status, condition)
    return Verdict(status, own.reason, words[:TEXT_CHARACTERS] or own.message, own.since)


def _faults(conditions: Conditions) -> Iterator[tuple[Status, Said]]:
    """Yield the conditions that tell of a fault, the most telling one first; some twice."""
    if (stalled := _having(conditions, "Stalled", "True")) is not None:
        yield "Error", stalled
    # Of several that tell of one fault, Ready has the most words.
    unready = _having(conditions, "Ready", "False")
    if unready is not None and reasons.fails(unready.reason):
        yield "Error", unready
    # Strimzi says it the other way round.
    not_ready = _having(conditions, "NotReady", "True")
    if not_ready is not None:
        yield "Error" if reasons.fails(not_ready.reason) else "Pending", not_ready
    for name, condition in conditions.items():
        # Degraded, FetchFailed, InvalidSpec: a condition that is named after a fault.
        if condition.status == "True" and is_fault(name):
            yield "Error", condition
    for name in GOOD:
        unmet = _having(conditions, name, "False")
        if unmet is not None and reasons.fails(unmet.reason):
            yield "Error", unmet
    # Argo CD's conditions have no status: that they are there is what they say.
    for name, condition in conditions.items():
        if condition.status is None and is_fault(name):
            yield "Error", condition
    # A part of it fails: what it is for may work nevertheless.
    partly: Status = "Pending" if _is_ready(conditions) else "Error"
    for name, condition in conditions.items():
        if condition.status == "False" and _fails(name or "", condition):
            yield partly, condition
    for name in ("Ready", *GOOD):
        # The Prometheus operator has a fourth status: Degraded.
        graded = conditions.get(name)
        if graded is not None and graded.status not in _KNOWN and reasons.fails(graded.status):
            yield "Pending", graded


def _fails(name: str, condition: Said) -> bool:
    """Whether a condition that is False says by its reason that something failed."""
    if is_fault(name) or name in _ASIDE or bytes(condition.severity) == b'"Info"':
        return False
    return reasons.fails(condition.reason) and not _DENIES.search(condition.reason or "")


def is_fault(name: str | None) -> bool:
    """Whether a condition is named after a fault, so that it is False where all is well."""
    if not name or not reasons.fails(name) or _PREPARED.search(name):
        return False
    denied = _AGAINST.sub("", name)
    return denied == name or not reasons.fails(denied)


def _unfinished(conditions: Conditions) -> Verdict | None:
    ready = conditions.get("Ready")
    is_ready = _is_ready(conditions)
    if ready is not None and not is_ready and reasons.rests(ready.reason):
        return Verdict("Ready", AT_REST, ready.says or ready.reason or "", ready.since)
    if ready is not None and not is_ready and _having(conditions, _STANDS_IN, "True") is not None:
        return Verdict("Ready", AT_REST, ready.says or ready.reason or "", ready.since)
    if not is_ready and (held := _held(conditions)) is not None:
        return Verdict("Ready", AT_REST, held.says or held.reason or one_word(held.type), held.since)
    for name in _UNDER_WAY:
        under_way = _having(conditions, name, "True")
        if under_way is None or (name == "Progressing" and is_ready):
            continue
        # As in Deployments: what has progressed to its end says True as well.
        if not _ARRIVED.search(under_way.reason or ""):
            return says("Pending", under_way)
    if ready is not None:
        return None if is_ready else _waits(ready, conditions)
    for name in GOOD:
        unmet = _having(conditions, name, "False")
        # What does not progress has come to its end, where no reason says otherwise.
        if unmet is not None and name != "Progressing":
            return says("Pending", unmet)
    for each, condition in conditions.items():
        if condition.status == "False" and _POSITIVE.search(each or ""):
            return says("Pending", condition)
    return None


def _held(conditions: Conditions) -> Said | None:
    """Return the condition by which somebody holds something; None where it serves nothing meanwhile."""
    if _having(conditions, "Available", "False") is not None:
        return None
    return next(
        (each for name, each in conditions.items() if each.status == "True" and _HELD.search(name or "")),
        None,
    )


def _waits(ready: Said, conditions: Conditions) -> Verdict:
    """Say what Ready waits for, in the words of another condition where it has none."""
    verdict = says("Pending", ready)
    if ready.says:
        return verdict
    for each in conditions.values():
        if each.status in ("False", "Unknown") and each.says and not is_fault(each.type):
            return Verdict("Pending", verdict.reason, each.says, verdict.since)
    return verdict


def by_rest(conditions: Conditions) -> Verdict | None:
    """Return that all is well by what is said instead of Ready; None where nothing of it says so."""
    for name in GOOD:
        if (found := conditions.get(name)) is not None and found.status == "True":
            return Verdict("Ready", message=found.reason or name)
    for each, found in conditions.items():
        done = _DONE.search(each or "") and not _UNDONE.search(each or "")
        if found.status == "True" and done:
            return Verdict("Ready", message=found.reason or one_word(each))
    for each, found in conditions.items():
        if found.status == "False" and is_fault(each):
            return Verdict(
                "Ready", message=found.says or found.reason or f"Its condition {one_word(each)} is False"
            )
    return None


def says(status: Status, condition: Condition) -> Verdict:
    """Return the verdict that a condition gives."""
    reason = one_word(condition.reason) or one_word(condition.type)
    words = condition.says or f"Its condition {one_word(condition.type)} is {one_word(condition.status)}"
    return Verdict(status, reason, words, condition.since)


def one_word(text: str | None) -> str:
    """Return a text that is one word, as reasons are; else nothing, since a label takes it."""
    return text if text and text.isidentifier() and len(text) <= _LONGEST_WORD else ""


def _is_ready(conditions: Conditions) -> bool:
    return _having(conditions, "Ready", "True") is not None


def _having(conditions: Conditions, name: str, status: str) -> Said | None:
    condition = conditions.get(name)
    return condition if condition is not None and condition.status == status else None
