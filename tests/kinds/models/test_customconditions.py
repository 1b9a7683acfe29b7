"""What conditions of custom resources mean together: faults, parts that fail, rests, and what is well."""

from __future__ import annotations

from typing import Any

import pytest

from astrolabe.kinds.custom import custom
from tests.kinds.objects import GONE, facts, words

KIND = custom("example.com", "widgets", "Widget", ("v1",), namespaced=True)
READY = ("Ready", "True", "Succeeded", "")


def said(
    *conditions: tuple[str, ...], spec: Any = None, seen: int = 1, **status: Any
) -> tuple[str, str, str]:
    """Return how an object of the second generation is, of which its controller has seen one."""
    names = ("type", "status", "reason", "message", "severity")
    listed = [dict(zip(names, each, strict=False)) for each in conditions]
    described = facts(
        KIND,
        metadata={"generation": 2},
        spec=spec,
        status={"observedGeneration": seen, **status, **({"conditions": listed} if listed else {})},
    )
    return words(described)


def told(*conditions: tuple[str, ...], **status: Any) -> tuple[str, str, str]:
    return said(*conditions, seen=2, **status)


@pytest.mark.parametrize(
    ("conditions", "expected"),
    [
        # Karpenter, and whatever else only counts in Ready what it says elsewhere.
        (
            (
                ("SubnetsReady", "False", "SubnetsNotFound", "SubnetSelector did not match any Subnets"),
                ("Ready", "False", "UnhealthyDependents", "SubnetsReady=False"),
            ),
            ("Error", "UnhealthyDependents", "SubnetsReady=False; SubnetSelector did not match any Subnets"),
        ),
        # Helm gives up, and says elsewhere what it has failed at.
        (
            (
                ("Ready", "False", "UpgradeFailed", "Helm upgrade failed: context deadline exceeded"),
                ("Released", "False", "UpgradeFailed", "Helm upgrade failed"),
                ("Stalled", "True", "RetriesExceeded", "Failed to upgrade after 1 attempt(s)"),
            ),
            (
                "Error",
                "RetriesExceeded",
                "Failed to upgrade after 1 attempt(s); Helm upgrade failed: context deadline exceeded",
            ),
        ),
        # cert-manager's approver names the policy in another condition than Ready.
        (
            (
                ("Denied", "True", "policy.cert-manager.io", "No policy approved this request"),
                ("Ready", "False", "Denied", "The request was denied"),
            ),
            ("Error", "Denied", "The request was denied; No policy approved this request"),
        ),
        # The same words, shorter and longer.
        (
            (
                ("FetchFailed", "True", "Failed", "no such host: git.example.com"),
                ("Ready", "False", "Failed", "no such host"),
            ),
            ("Error", "Failed", "no such host: git.example.com"),
        ),
        # Two more are told, at most.
        (
            (
                ("Ready", "False", "Failed", "a"),
                ("DatabaseReady", "False", "Failed", "b"),
                ("CacheReady", "False", "Failed", "c"),
                ("QueueReady", "False", "Failed", "d"),
            ),
            ("Error", "Failed", "a; b"),
        ),
        (
            (("Ready", "False", "NotReady", ""), ("DatabaseReady", "False", "ConnectionFailed", "refused")),
            ("Error", "ConnectionFailed", "refused"),
        ),
        (
            (("Ready", "False", "NotReady", ""), ("DatabaseReady", "False", "Starting", "recovers")),
            ("Pending", "NotReady", "recovers"),
        ),
        # KubeVirt, Kueue: no Ready at all.
        ((("Active", "False", "FlavorNotFound", "[spot]"),), ("Error", "FlavorNotFound", "[spot]")),
        ((("Progressing", "False", "RolloutAborted", "metric"),), ("Error", "RolloutAborted", "metric")),
        # The Prometheus operator's fourth status.
        (
            (("Available", "Degraded", "SomePodsNotReady", "pod 1"), ("Reconciled", "True", "", "")),
            ("Pending", "SomePodsNotReady", "pod 1"),
        ),
    ],
)
def test_words_of_several(conditions: Any, expected: tuple[str, str, str]) -> None:
    assert told(*conditions) == expected


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        # It serves, and its archive or its renewal does not work.
        (
            ("ContinuousArchiving", "False", "ContinuousArchivingFailing", "exit status 4"),
            ("Pending", "ContinuousArchivingFailing", "exit status 4"),
        ),
        (("Issuing", "False", "Failed", "order is invalid"), ("Pending", "Failed", "order is invalid")),
        (("Degraded", "True", "Failed", "one of two"), ("Error", "Failed", "one of two")),
        # Named after a fault: False is well, whatever the reason is made of.
        (("ResizeFailed", "False", "NeverFailed", ""), ("Ready", "", "Succeeded")),
        (("Fallback", "False", "NoErrors", ""), ("Ready", "", "Succeeded")),
        (("Active", "False", "ScalerNotActive", ""), ("Ready", "", "Succeeded")),
        (("Active", "False", "TimedOut", "", "Info"), ("Ready", "", "Succeeded")),
        # A fault that is not there, or that is provided for.
        (("NotDegraded", "True", "AllGood", ""), ("Ready", "", "Succeeded")),
        (("NoErrors", "True", "AllGood", ""), ("Ready", "", "Succeeded")),
        (("ErrorFree", "True", "AllGood", ""), ("Ready", "", "Succeeded")),
        (("FailoverReady", "True", "AllGood", ""), ("Ready", "", "Succeeded")),
        (("TimeoutConfigured", "True", "", ""), ("Ready", "", "Succeeded")),
        (("Upgrading", "False", "UpgradeNotFailed", ""), ("Ready", "", "Succeeded")),
        (("RollbackRequired", "False", "WithoutErrors", ""), ("Ready", "", "Succeeded")),
        (("NotFound", "True", "Gone", "no bucket"), ("Error", "Gone", "no bucket")),
        (("FailoverReady", "False", "StandbyLost", "no standby"), ("Pending", "StandbyLost", "no standby")),
        # Helm's tests, whose failures are ignored where the release is ready nevertheless.
        (("TestSuccess", "False", "TestFailed", "1 failed"), ("Ready", "", "Succeeded")),
        (("Warning", "True", "DeprecatedFields", "old"), ("Ready", "", "Succeeded")),
        (("Paused", "True", "Paused", ""), ("Ready", "", "Succeeded")),
    ],
)
def test_what_is_ready_and_says_more(condition: Any, expected: tuple[str, str, str]) -> None:
    assert told(READY, condition) == expected


@pytest.mark.parametrize(
    ("conditions", "message"),
    [
        # OpenShift: what does not progress has come to its end.
        (
            (
                ("Available", "True", "AsExpected", ""),
                ("Progressing", "False", "AsExpected", "at its version"),
                ("Degraded", "False", "NotDegraded", ""),
                ("Upgradeable", "False", "OldVersion", ""),
            ),
            "AsExpected",
        ),
        ((("NotReady", "False", "AllGood", ""),), None),
        (
            (("ErrorOccurred", "False", "NoError", ""), ("ResourcesUpToDate", "True", "UpToDate", "")),
            "UpToDate",
        ),
        (
            (("RecommendationProvided", "True", "", ""), ("LowConfidence", "True", "", "")),
            "RecommendationProvided",
        ),
        ((("CatalogSourcesUnhealthy", "False", "AllHealthy", "all are"),), "all are"),
        ((("Evicted", "True", "Preempted", ""),), None),
    ],
)
def test_what_is_well_without_ready(conditions: Any, message: str | None) -> None:
    unknown = ("Unknown", "", "Its status has no condition Ready")
    assert told(*conditions) == (unknown if message is None else ("Ready", "", message))


@pytest.mark.parametrize(
    ("conditions", "message"),
    [
        (
            (
                ("Available", "True", "", ""),
                ("Paused", "True", "RolloutPaused", "Rollout is paused"),
                ("Healthy", "False", "RolloutHealthy", "Rollout is not healthy"),
            ),
            "Rollout is paused",
        ),
        (
            (("cnpg.io/hibernation", "True", "Hibernated", ""), ("Ready", "False", "ClusterIsNotReady", "")),
            "Hibernated",
        ),
        ((("ReconciliationPaused", "True", "", ""),), "ReconciliationPaused"),
        ((("Ready", "False", "NoTraffic", "not asked"),), "not asked"),
        # Knative's ServerlessServices: the activator answers, and wakes what is at zero.
        (
            (
                ("ActivatorEndpointsPopulated", "True", "", ""),
                ("Ready", "Unknown", "NoHealthyBackends", "K8s Service is not ready"),
            ),
            "K8s Service is not ready",
        ),
    ],
)
def test_what_rests_by_a_condition(conditions: Any, message: str) -> None:
    assert told(*conditions) == ("Ready", "AtRest", message)


def test_what_is_held_and_serves_nothing_does_not_rest() -> None:
    unavailable = ("Available", "False", "", "no replica")
    assert told(("Paused", "True", "", ""), unavailable) == ("Pending", "Available", "no replica")


def test_a_phase_may_be_worse_than_a_condition() -> None:
    healthy = ("Healthy", "False", "RolloutHealthy", "is not healthy")
    assert told(healthy, phase="Degraded", message="gave up") == ("Error", "Degraded", "gave up")
    assert told(healthy, phase="Progressing") == ("Pending", "RolloutHealthy", "is not healthy")


@pytest.mark.parametrize("field", ["suspend", "suspended", "paused"])
def test_what_somebody_holds(field: str) -> None:
    """Its controller does not look at it: its newest generation stays unseen."""
    held = {field: True}
    unseen = "Waiting for the controller to observe the newest generation"
    assert said(READY) == ("Pending", "LatestGenerationNotObserved", unseen)
    assert said(READY, spec={field: False}) == ("Pending", "LatestGenerationNotObserved", unseen)
    assert said(READY, spec=held) == ("Ready", "", "Succeeded")
    waits = ("Ready", "False", "DependencyNotReady", "dependency 'infra' is not ready")
    assert said(waits, spec=held) == ("Ready", "AtRest", f"spec.{field} is true")
    failed = ("Ready", "False", "BuildFailed", "no such file")
    assert said(failed, spec=held) == ("Error", "BuildFailed", f"no such file; spec.{field} is true")
    assert said(spec=held) == ("Unknown", "", "Its status says nothing")


@pytest.mark.parametrize("listed", ["parents", "ancestors", "bindings"])
def test_what_several_controllers_say(listed: str) -> None:
    """Routes and policies of the Gateway API, monitors of the Prometheus operator."""
    taken = {"conditions": [{"type": "Accepted", "status": "True", "reason": "Accepted"}]}
    refused = {"type": "Accepted", "status": "False", "reason": "Invalid", "message": "no such secret"}
    assert told(**{listed: [taken]}) == ("Ready", "", "Accepted by its parents")
    assert told(**{listed: [taken, {"conditions": [refused]}]}) == ("Error", "Invalid", "no such secret")


def test_why_something_is_not_valid() -> None:
    assert told(phase="FailedValidation", validationErrors=["4 fields", "no place"]) == (
        "Error",
        "FailedValidation",
        "4 fields; no place",
    )
    assert told(phase="FailedValidation", validationErrors=7)[0] == "Error"


def test_an_application_names_what_is_not_well() -> None:
    def one(name: str, status: str, message: str | None = None) -> dict[str, Any]:
        return {"kind": "Thing", "name": name, "health": {"status": status, "message": message}}

    listed = [one("a", "Healthy"), one("b", "Degraded", "no quota"), one("c", "Missing"), {"name": "d"}]
    degraded = {"health": {"status": "Degraded"}}
    assert told(**degraded, resources=listed) == (
        "Error",
        "Degraded",
        "Its health is Degraded: Thing b: no quota; Thing c: Missing",
    )
    more = [one(name, "Degraded") for name in "abcde"]
    assert told(**degraded, resources=more)[2].endswith("Thing c: Degraded; 2 more")
    assert told(**degraded, resources=[7])[2] == "Its health is Degraded"


def test_what_a_first_sync_waits_for() -> None:
    """It is not missing that nobody has made yet."""
    runs = {"phase": "Running", "message": "waiting for completion of hook batch/Job/migrate"}
    asked = {"sync": {"status": "OutOfSync"}, "operationState": runs}
    for health in ("Missing", "Progressing"):
        assert told(health={"status": health}, **asked) == ("Pending", health, runs["message"])
    assert told(health={"status": "Healthy"}, **asked)[0] == "Ready"
    assert told(health={"status": "Missing"}, sync=asked["sync"])[0] == "Error"


def test_why_a_phase_is_as_it_is() -> None:
    unready = ("Ready", "False", "ClusterIsNotReady", "Cluster Is Not Ready")
    words = "Cluster Is Not Ready; from db-1 to db-2"
    assert told(unready, phase="Failing over", phaseReason="from db-1 to db-2") == (
        "Pending",
        "ClusterIsNotReady",
        words,
    )
    assert told(phase="failed", error="no object store") == ("Error", "Failed", "no object store")


@pytest.mark.parametrize("name", ["ready", "readyToUse"])
def test_a_flag_where_nothing_else_is_said(name: str) -> None:
    assert told(**{name: True}) == ("Ready", "", f"{name} is true")
    assert told(**{name: False}) == ("Pending", "NotReady", f"status.{name} is false")
    assert told(**{name: 3})[0] == "Unknown"
    assert told(**{name: False}, phase="Failed")[0] == "Error"


def test_what_keeps_something_that_is_being_deleted() -> None:
    """Its controller says it in its conditions; that it is to go is a generation which need not be seen."""
    failed = {"type": "Synced", "status": "False", "reason": "ReconcileError", "message": "it is not empty"}
    status = {"observedGeneration": 1, "conditions": [failed]}
    held = {**GONE, "finalizers": ["example.com/bucket"], "generation": 2}
    waits = "Waits for finalizers: example.com/bucket"
    assert words(facts(KIND, metadata=held, status=status)) == (
        "Pending",
        "Terminating",
        f"{waits}; it is not empty",
    )
    assert words(facts(KIND, metadata=held, status={})) == ("Pending", "Terminating", waits)
    assert words(facts(KIND, metadata=GONE, status=status)) == ("Pending", "Terminating", "Is being deleted")
