"""What Events add to an object that is not Ready: words where it has none, as a table by its reason."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from astrolabe.graph.facts import Facts, Note, Verdict
from astrolabe.kinds.models.customconditions import WORDLESS
from astrolabe.kinds.models.details import CronJobDetail
from astrolabe.kinds.models.replicas import AT_REST

WAKE_MISSED = "WakeMissed"
"""The reason of what kube-green should have woken by now."""
SLEEPINFO_DELETED = "SleepInfoDeleted"
"""The reason of what kube-green put to sleep and no SleepInfo would wake."""

MOUNTING = ("FailedMount", "FailedAttachVolume", "FailedMapVolume")
SANDBOX = ("FailedCreatePodSandBox", "FailedPodSandBoxStatus", "NetworkNotReady", "CNIError")
PROBES = ("Unhealthy", "ProbeWarning")
_PROBED = {"Startup": 0, "Readiness": 1, "Liveness": 2}
"""By the kind of a probe: what is told first of a container that runs. The others matter less."""
_KILLS = frozenset({"Startup", "Liveness", ""})
"""Kinds of probes for which a kubelet ends a container: one that crashes is not ready anyway."""

INSTEAD: Mapping[str, tuple[str, ...]] = {
    "ContainerCreating": (*MOUNTING, *SANDBOX, "FailedScheduling", "FailedCreate", "Failed", "InspectFailed"),
    "ContainersNotReady": PROBES,
    "PodInitializing": PROBES,
    "Resizing": ("VolumeResizeFailed", "FileSystemResizeFailed", "ExternalExpandFailed"),
    "Pending": (
        "FailedResourceClaimCreation",
        "ProvisioningFailed",
        "FailedBinding",
        "VolumeMismatch",
        "ExternalExpanding",
        "FailedScheduling",
    ),
    "NoReplicasReady": ("FailedCreate",),
    "PartiallyReady": ("FailedCreate",),
    "NotStarted": ("FailedCreate",),
    "Active": ("FailedCreate",),
}
"""By the reason of a verdict: the reasons of Events that say more, and take the place of its words."""

ANYTHING = frozenset({"NoAddress"})
"""Reasons of verdicts that any Event says more about: each controller of load balancers has its own."""
_ENDPOINTS = ("FailedToUpdateEndpointSlices",)
"""Events about what is behind a Service. They say nothing of its address."""
_SCALERS = ("KEDAScalerFailed",)

BESIDE: Mapping[str, tuple[str, ...]] = {
    "CrashLoopBackOff": (*PROBES, "FailedPostStartHook"),
    "ImagePullBackOff": ("Failed",),
    "OOMKilled": (),
    "PartialTriggerError": _SCALERS,
    "TriggerError": _SCALERS,
    "NoReadyEndpoints": _ENDPOINTS,
    "Terminating": ("SyncLoadBalancerFailed", "FailedKillPod", "VolumeFailedDelete", "FailedPreStopHook"),
    "Released": ("VolumeFailedDelete",),
    "Failed": ("VolumeFailedDelete",),
}
"""By the reason of a verdict: the reasons of Events whose words are put behind its own."""

MISSED = (
    "FailedCreate",
    "InvalidSchedule",
    "MissSchedule",
    "TooManyMissedTimes",
    "UnknownTimeZone",
    "UnparseableCronJobSchedule",
    "UnparseableSchedule",
)
"""Reasons of Events that say that a CronJob has not run; its status has no word for that."""
_LATE_SECONDS = 60.0
"""How long after the time that it ran for last an Event may still be about that run."""
_PULL = re.compile(r'Failed to pull image "([^"]{1,1000})": (.+)')
"""What the kubelet says of an image that it did not get."""
_NO_KEY = re.compile(r"references non-existent (config|secret) key: \S+")
"""What the kubelet says of a volume; it names the volume, and not what the volume is made of."""


def amend(facts: Facts, verdict: Verdict, notes: Sequence[Note]) -> Verdict:
    """Return a verdict with what the notes about its object add to it."""
    if isinstance(facts.detail, CronJobDetail):
        return _missed(facts.detail, verdict, notes)
    if verdict.reason == AT_REST:
        for note in notes:
            if note.reason in (WAKE_MISSED, SLEEPINFO_DELETED):
                return Verdict("Error", note.reason, note.message, note.at)
    if verdict.status not in ("Error", "Pending"):
        return verdict
    notes = sorted(notes, key=lambda note: _PROBED.get(note.topic, 0))
    for note in notes:
        if note.message and _replaces(note.reason, verdict.reason):
            since = verdict.since or note.at
            return Verdict(verdict.status, note.reason, _completed(facts, note.message), since)
    if "." in facts.kind and verdict.message.startswith(WORDLESS):
        # A controller that writes no words into its conditions tells them in Events.
        for note in notes:
            if note.message:
                return Verdict(verdict.status, verdict.reason, note.message, verdict.since, verdict.faults)
    for note in notes:
        words = _beside(verdict, note)
        if words and words not in verdict.message:
            message = f"{verdict.message}; {words}"
            return Verdict(verdict.status, verdict.reason, message, verdict.since, verdict.faults)
    return verdict


def _beside(verdict: Verdict, note: Note) -> str:
    """Return what a note adds to the words of a verdict; empty where it adds nothing."""
    if note.reason not in BESIDE.get(verdict.reason, ()):
        return ""
    if verdict.reason == "ImagePullBackOff":
        # Older kubelets say why only while they try, and then that they wait for the next try.
        pull = _PULL.match(note.message)
        return pull[2] if pull is not None and pull[1] in verdict.message else ""
    return note.message if note.topic in _KILLS else ""


def _replaces(told: str, reason: str) -> bool:
    """Whether an Event's words take the place of those of a verdict."""
    if reason in ANYTHING:
        return told not in _ENDPOINTS
    return told in INSTEAD.get(reason, ())


def _missed(detail: CronJobDetail, verdict: Verdict, notes: Sequence[Note]) -> Verdict:
    """Say that a CronJob has not run since; a later run makes it well again."""
    if verdict.status != "Ready" or detail.suspended:
        return verdict
    for note in notes:
        if note.reason in MISSED and note.at > detail.last_schedule + _LATE_SECONDS:
            return Verdict("Error", note.reason, note.message or "It has not run", note.at)
    return verdict


def _completed(facts: Facts, words: str) -> str:
    """Name the ConfigMap or Secret that lacks a key, where it can be no other."""
    found = _NO_KEY.search(words)
    if found is None:
        return words
    edge, kind = ("uses-secret", "Secret") if found[1] == "secret" else ("uses-configmap", "ConfigMap")
    names = sorted({ref.target.rpartition("/")[2] for ref in facts.refs if ref.type == edge} - {_ROOT_CA})
    return f"{words} ({kind} {names[0]})" if len(names) == 1 else words


_ROOT_CA = "kube-root-ca.crt"
"""In every Pod with a token, and always whole."""
