"""What Events add to an object that is not Ready: words where it has none, as a table by its reason."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from astrolabe.graph.facts import Facts, Note, Verdict
from astrolabe.kinds.models.replicas import AT_REST

WAKE_MISSED = "WakeMissed"
"""The reason of what kube-green should have woken by now."""
SLEEPINFO_DELETED = "SleepInfoDeleted"
"""The reason of what kube-green put to sleep and no SleepInfo would wake."""

MOUNTING = ("FailedMount", "FailedAttachVolume", "FailedMapVolume")
SANDBOX = ("FailedCreatePodSandBox", "FailedPodSandBoxStatus", "NetworkNotReady", "CNIError")
PROBES = ("Unhealthy", "ProbeWarning")

INSTEAD: Mapping[str, tuple[str, ...]] = {
    "ContainerCreating": (*MOUNTING, *SANDBOX, "FailedScheduling", "FailedCreate", "Failed", "InspectFailed"),
    "ContainersNotReady": PROBES,
    "Pending": (
        "ProvisioningFailed",
        "FailedBinding",
        "VolumeMismatch",
        "ExternalExpanding",
        "FailedScheduling",
    ),
    "NoAddress": (
        "SyncLoadBalancerFailed",
        "Sync",
        "FailedDeployModel",
        "FailedBuildModel",
        "AllocationFailed",
    ),
    "NoReplicasReady": ("FailedCreate",),
    "PartiallyReady": ("FailedCreate",),
    "NotStarted": ("FailedCreate",),
    "Active": ("FailedCreate",),
}
"""By the reason of a verdict: the reasons of Events that say more, and take the place of its words."""

BESIDE: Mapping[str, tuple[str, ...]] = {
    "CrashLoopBackOff": PROBES,
    "OOMKilled": (),
    "Terminating": ("FailedKillPod", "VolumeFailedDelete", "FailedPreStopHook"),
    "Released": ("VolumeFailedDelete",),
    "Failed": ("VolumeFailedDelete",),
}
"""By the reason of a verdict: the reasons of Events whose words are put behind its own."""


def amend(_facts: Facts, verdict: Verdict, notes: Sequence[Note]) -> Verdict:
    """Return a verdict with what the notes about its object add to it."""
    if verdict.reason == AT_REST:
        for note in notes:
            if note.reason in (WAKE_MISSED, SLEEPINFO_DELETED):
                return Verdict("Error", note.reason, note.message, note.at)
    if verdict.status not in ("Error", "Pending"):
        return verdict
    for note in notes:
        if note.message and note.reason in INSTEAD.get(verdict.reason, ()):
            since = verdict.since or note.at
            return Verdict(verdict.status, note.reason, note.message, since)
    for note in notes:
        if (
            note.message
            and note.reason in BESIDE.get(verdict.reason, ())
            and note.message not in verdict.message
        ):
            message = f"{verdict.message}; {note.message}"
            return Verdict(verdict.status, verdict.reason, message, verdict.since, verdict.faults)
    return verdict
