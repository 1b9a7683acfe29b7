"""Custom resources."""

from __future__ import annotations

from typing import Any

import pytest

from astrolabe.kinds.custom import custom
from tests.kinds.objects import GONE, edges, facts, make, owned_by, read, verdict

KIND = custom("argoproj.io", "rollouts", "Rollout", ("v1", "v1alpha1"), namespaced=True)
WAITING = ("Pending", "LatestGenerationNotObserved")


def condition(kind: str, status: str, reason: str | None = None) -> dict[str, Any]:
    return {"type": kind, "status": status, "reason": reason, "observedGeneration": 1}


def conditions(*listed: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"conditions": list(listed), **more}


SYNC_FAILED = {
    "sync": {"status": "OutOfSync"},
    "health": {"status": "Healthy"},
    "operationState": {"phase": "Failed", "message": "one of its objects is invalid"},
}
READY = condition("Ready", "True", "Succeeded")
STALLED = condition("Stalled", "True", "BadSpec")
RECONCILING = condition("Reconciling", "True", "Progressing")


def test_the_kind_is_named_with_its_group() -> None:
    assert (KIND.name, KIND.resource, KIND.versions) == (
        "Rollout.argoproj.io",
        "rollouts.argoproj.io",
        ("v1", "v1alpha1"),
    )
    assert facts(KIND).id == "Rollout.argoproj.io/shop/web"
    assert facts(KIND).api_version == "argoproj.io/v1"


def test_a_cluster_scoped_kind() -> None:
    kind = custom("cert-manager.io", "clusterissuers", "ClusterIssuer", ["v1"], namespaced=False)
    assert not kind.namespaced
    assert facts(kind).id == "ClusterIssuer.cert-manager.io/web"


def test_a_foreign_service_is_not_taken_for_a_core_one() -> None:
    kind = custom("serving.knative.dev", "services", "Service", ["v1"], namespaced=True)
    assert facts(kind).id == "Service.serving.knative.dev/shop/web"


@pytest.mark.parametrize(
    ("metadata", "status", "expected"),
    [
        (GONE, conditions(READY), ("Pending", "Terminating")),
        ({"generation": 2}, conditions(READY, observedGeneration=1), WAITING),
        ({"generation": 2}, conditions(STALLED, observedGeneration="1"), WAITING),
        ({"generation": 2}, conditions(READY, observedGeneration=2), ("Ready", "Succeeded")),
        ({"generation": 2}, conditions(READY, observedGeneration="2"), ("Ready", "Succeeded")),
        ({"generation": 2}, conditions(READY, observedGeneration="two"), ("Ready", "Succeeded")),
        ({"generation": 2}, conditions(READY, observedGeneration=[2]), ("Ready", "Succeeded")),
        ({"generation": 2}, conditions(READY), ("Ready", "Succeeded")),
        ({}, conditions(READY, STALLED, RECONCILING), ("Error", "BadSpec")),
        ({}, conditions(condition("Stalled", "True")), ("Error", "Stalled")),
        (
            {},
            conditions(RECONCILING, condition("Ready", "False", "ReconciliationFailed")),
            ("Error", "ReconciliationFailed"),
        ),
        ({}, conditions(condition("Ready", "False", "ErrRegister")), ("Error", "ErrRegister")),
        ({}, conditions(condition("Ready", "False", "SecretNotFound")), ("Error", "SecretNotFound")),
        ({}, conditions(condition("Ready", "False", "IssuerRejected")), ("Error", "IssuerRejected")),
        ({}, conditions(condition("Ready", "False", "Suspended")), ("Ready", "AtRest")),
        ({}, conditions(condition("Ready", "Unknown", "Paused")), ("Ready", "AtRest")),
        ({}, conditions(STALLED, condition("Ready", "False", "Paused")), ("Error", "BadSpec")),
        ({}, conditions(condition("Ready", "False", "SuspendFailed")), ("Error", "SuspendFailed")),
        (
            {},
            conditions(condition("Ready", "False", "DependencyNotReady")),
            ("Pending", "DependencyNotReady"),
        ),
        ({}, conditions(condition("Ready", "False")), ("Pending", "Ready")),
        ({}, conditions(condition("Ready", "Unknown", "Deploying")), ("Pending", "Deploying")),
        ({}, conditions(READY, RECONCILING), ("Pending", "Progressing")),
        ({}, conditions(READY, condition("Reconciling", "False")), ("Ready", "Succeeded")),
        ({}, conditions(condition("Ready", "True")), ("Ready", "Ready")),
        ({}, conditions(condition("Available", "True")), ("Ready", "Available")),
        ({}, conditions(condition("NotReady", "True", "TimeoutException")), ("Error", "TimeoutException")),
        ({}, conditions(condition("NotReady", "True", "Creating")), ("Pending", "Creating")),
        ({}, conditions(READY, condition("NotReady", "False")), ("Ready", "Succeeded")),
        ({}, conditions(condition("AllReplicasReady", "False", "NotAll")), ("Pending", "NotAll")),
        ({}, conditions(condition("ClusterAvailable", "False", "ConfigInvalid")), ("Error", "ConfigInvalid")),
        ({}, conditions(READY, condition("AllReplicasReady", "False", "NotAll")), ("Ready", "Succeeded")),
        (
            {},
            conditions(condition("SourcesUnhealthy", "False")),
            ("Ready", "Its condition SourcesUnhealthy is False"),
        ),
        ({}, {"phase": "Enabled"}, ("Ready", "Enabled")),
        ({}, {"phase": "InProgress"}, ("Pending", "InProgress")),
        ({}, {"state": "pending", "reason": "404"}, ("Pending", "Pending")),
        ({}, {"state": "invalid"}, ("Error", "Invalid")),
        ({}, {"state": "valid"}, ("Ready", "valid")),
        ({}, {"state": "AtLatestKnown"}, ("Unknown", "Its status says nothing")),
        ({}, {"phase": "Ready", "state": "Error"}, ("Error", "Error")),
        ({}, {"phase": "Ready", "health": "red"}, ("Error", "Red")),
        ({}, {"phase": "Ready", "health": "yellow"}, ("Pending", "Yellow")),
        ({}, {"state": "attached", "robustness": "faulted"}, ("Error", "Faulted")),
        ({}, {"phase": "Unavailable"}, ("Error", "Unavailable")),
        ({}, {"phase": "PartiallyFailed", "failureReason": "2 left"}, ("Error", "PartiallyFailed")),
        ({}, {"error": {"message": "no such class"}, "readyToUse": False}, ("Error", "Failed")),
        ({}, {"error": "x", "state": 7, "robustness": {}}, ("Unknown", "Its status says nothing")),
        ({}, SYNC_FAILED, ("Error", "SyncFailed")),
        ({}, {**SYNC_FAILED, "sync": {"status": "Synced"}}, ("Ready", "Healthy")),
        ({}, {**SYNC_FAILED, "operationState": {}}, ("Ready", "Healthy, and out of sync")),
        ({}, conditions(), ("Unknown", "Its status says nothing")),
        ({}, {"conditions": None}, ("Unknown", "Its status says nothing")),
        ({}, {}, ("Unknown", "Its status says nothing")),
        ({}, None, ("Unknown", "Its status says nothing")),
    ],
)
def test_status(metadata: Any, status: Any, expected: tuple[str, str]) -> None:
    assert verdict(facts(KIND, metadata=metadata, status=status)) == expected


@pytest.mark.parametrize(
    "status",
    ["Ready", 7, [], [{"type": "Ready"}], {"conditions": {"Ready": "True"}}, {"conditions": ["Ready"]}],
)
def test_a_status_of_any_shape_is_no_fault(status: Any) -> None:
    assert verdict(facts(KIND, status=status)) == ("Unknown", "Its status says nothing")


def test_a_resource_without_status() -> None:
    assert verdict(read(KIND, make(KIND, spec={"replicas": 1}))) == ("Unknown", "Its status says nothing")


def test_owners_are_its_only_relations() -> None:
    described = facts(
        KIND, metadata=owned_by("Application", "shop", "argoproj.io/v1alpha1"), spec={"replicas": 1}
    )
    assert [owner.kind for owner in described.owners] == ["Application.argoproj.io"]
    assert edges(described) == []
    assert described.selections == ()


def test_of_several_paths_the_first_that_names_something_counts() -> None:
    kind = custom("external-secrets.io", "externalsecrets", "ExternalSecret", ["v1"], namespaced=True)
    made = "produces → Secret/shop/{} (optional)"
    assert edges(facts(kind, spec={"target": {"name": "db"}})) == [made.format("db")]
    assert edges(facts(kind, spec={"target": {}})) == [made.format("web")]
    assert edges(facts(kind, spec={})) == [made.format("web")]
    assert edges(facts(kind)) == [made.format("web")]


def test_a_word_is_told_with_its_sentence() -> None:
    described = facts(KIND, status={"phase": "PartiallyFailed", "failureReason": "2 left"})
    assert described.message == "2 left"


def test_what_flux_keeps_in_its_inventory() -> None:
    kind = custom("kustomize.toolkit.fluxcd.io", "kustomizations", "Kustomization", ["v1"], namespaced=True)
    entries = [
        {"id": "shop_web_apps_Deployment", "v": "v1"},
        {"id": "shop_web__Service", "v": "v1"},
        {"id": "_shop__Namespace", "v": "v1"},
        {"id": "shop_db_postgresql.cnpg.io_Cluster", "v": "v1"},
        {"id": "web", "v": "v1"},
        {"id": 7},
        {"id": "a_b_c_d_e"},
    ]
    assert edges(facts(kind, status={"inventory": {"entries": entries}})) == [
        "refers → Deployment/shop/web (optional)",
        "refers → Service/shop/web (optional)",
        "refers → Namespace/shop (optional)",
        "refers → Cluster.postgresql.cnpg.io/shop/db (optional)",
    ]
