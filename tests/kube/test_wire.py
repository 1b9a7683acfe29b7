"""Resources, scopes and the protocol's documents."""

from __future__ import annotations

import pytest

from astrolabe.kube.exchange import ApiFailure
from astrolabe.kube.resource import Resource, Scope
from astrolabe.kube.wire import Cause, Status, StatusDetails, metadata_of, precedes

PODS = Resource("", "v1", "pods", "Pod")
NODES = Resource("", "v1", "nodes", "Node", namespaced=False)
ROLLOUTS = Resource("argoproj.io", "v1alpha1", "rollouts", "Rollout")
SECRETS = Resource("", "v1", "secrets", "Secret", metadata_only=True)


def test_paths() -> None:
    assert PODS.path() == "/api/v1/pods"
    assert PODS.path("team-a") == "/api/v1/namespaces/team-a/pods"
    assert NODES.path("team-a") == "/api/v1/nodes"
    assert ROLLOUTS.path("team-a") == "/apis/argoproj.io/v1alpha1/namespaces/team-a/rollouts"


def test_names() -> None:
    assert [resource.name for resource in (PODS, ROLLOUTS)] == ["pods", "rollouts.argoproj.io"]
    assert [resource.api_version for resource in (PODS, ROLLOUTS)] == ["v1", "argoproj.io/v1alpha1"]


def test_content_of_metadata_only_kinds_is_never_asked_for() -> None:
    assert SECRETS.accept_list == "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1"
    assert SECRETS.accept_watch == "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1"
    assert PODS.accept_list == PODS.accept_watch == "application/json"


@pytest.mark.parametrize(
    ("scope", "query", "name", "text"),
    [
        (Scope(), {}, "", ""),
        (Scope("a", "app=web"), {"labelSelector": "app=web"}, "", "namespace a, labels app=web"),
        (
            Scope("a", "", "metadata.name=web"),
            {"fieldSelector": "metadata.name=web"},
            "web",
            "namespace a, fields metadata.name=web",
        ),
        (
            Scope(field_selector="status.phase=Running"),
            {"fieldSelector": "status.phase=Running"},
            "",
            "fields status.phase=Running",
        ),
    ],
)
def test_scopes(scope: Scope, query: dict[str, str], name: str, text: str) -> None:
    assert (scope.query, scope.name, str(scope)) == (query, name, text)


@pytest.mark.parametrize(
    ("older", "newer", "answer"),
    [("9", "10", True), ("10", "10", False), ("11", "10", False), ("", "10", False), ("a", "b", False)],
)
def test_versions_compare_as_numbers(older: str, newer: str, answer: bool) -> None:
    assert precedes(older, newer) is answer


def test_versions_of_any_length_compare() -> None:
    assert precedes("8" * 5000, "9" * 5000)
    assert not precedes("9" * 5000, "9" * 5000)
    assert precedes("9", "9" * 5000)
    assert precedes("0009", "10")
    assert not precedes("٩", "10")


def test_metadata_of_anything() -> None:
    assert metadata_of(b'{"metadata":{"name":"a","x":1},"spec":3}').name == "a"
    assert metadata_of(b'{"metadata":{"name":3}}').name == ""
    assert metadata_of(b"nonsense").name == ""
    assert metadata_of(b'{"a":' + b"[" * 100_000).name == ""


@pytest.mark.parametrize("asked", [10**400, 601])
def test_no_server_can_ask_for_a_wait_without_end(asked: int) -> None:
    failure = ApiFailure(Status(details=StatusDetails(retry_after_seconds=asked)), "/api")
    assert failure.retry_after == 600
    assert ApiFailure(Status(), "/api", retry_after=float("inf")).retry_after == 600
    assert ApiFailure(Status(details=StatusDetails(retry_after_seconds=-5)), "/api").retry_after == 0


@pytest.mark.parametrize(
    ("status", "expired"),
    [
        (Status(code=410), True),
        (Status(code=400, reason="Expired"), True),
        (Status(code=504, message="Too large resource version: 9, current: 5"), True),
        (Status(code=504, details=StatusDetails(causes=[Cause("ResourceVersionTooLarge")])), True),
        (Status(code=500), False),
    ],
)
def test_expired(status: Status, expired: bool) -> None:
    assert ApiFailure(status, "/api/v1/pods").expired is expired


def test_a_failure_is_one_line() -> None:
    failure = ApiFailure(Status(code=403, reason="Forbidden", message="pods is\nforbidden"), "/api/v1/pods")
    assert str(failure) == "/api/v1/pods: 403 pods is forbidden"
    assert str(ApiFailure(Status(code=503), "/api")) == "/api: 503 Service Unavailable"
    assert str(ApiFailure(Status(), "/api")) == "/api: 0 no reason given"


def test_retry_after_from_header_or_body() -> None:
    status = Status(code=429, details=StatusDetails(retry_after_seconds=3))
    assert ApiFailure(status, "/").retry_after == 3
    assert ApiFailure(Status(code=429), "/", retry_after=5).retry_after == 5
