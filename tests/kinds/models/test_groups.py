"""Names of kinds."""

from __future__ import annotations

import pytest

from astrolabe.kinds.kind import Kind
from astrolabe.kinds.models.groups import HOMES, kind_label, kind_label_of, named_kind
from astrolabe.kinds.registry import KINDS


@pytest.mark.parametrize(
    ("api_version", "kind", "label"),
    [
        ("v1", "Pod", "Pod"),
        ("", "Pod", "Pod"),
        ("apps/v1", "Deployment", "Deployment"),
        ("networking.k8s.io/v1", "Ingress", "Ingress"),
        ("gateway.networking.k8s.io/v1", "Gateway", "Gateway.gateway.networking.k8s.io"),
        ("serving.knative.dev/v1", "Service", "Service.serving.knative.dev"),
        ("kube-green.com/v1alpha1", "SleepInfo", "SleepInfo"),
        ("kube-green.com/v1alpha1", "Other", "Other.kube-green.com"),
        ("/v1", "Pod", "Pod"),
    ],
)
def test_only_foreign_kinds_carry_their_group(api_version: str, kind: str, label: str) -> None:
    assert kind_label_of(api_version, kind) == label


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_references_to_a_built_in_kind_meet_its_objects(kind: Kind) -> None:
    assert kind_label(kind.group, kind.name.partition(".")[0]) == kind.name


@pytest.mark.parametrize(
    ("api_version", "kind", "label"),
    [
        ("apps/v1", "Deployment", "Deployment"),
        ("v1", "Service", "Service"),
        ("batch/v1", "Deployment", "Deployment.batch"),
        ("v1", "Deployment", "Deployment.core"),
        ("apps/v1", "Pod", "Pod.apps"),
        ("v1", "ReplicationController", "ReplicationController"),
        ("policy/v1", "Eviction", "Eviction"),
        ("argoproj.io/v1alpha1", "Rollout", "Rollout.argoproj.io"),
        ("kube-green.com/v1alpha1", "SleepInfo", "SleepInfo"),
        ("apps/v1", "SleepInfo", "SleepInfo.apps"),
    ],
)
def test_a_kind_named_in_a_wrong_group_is_no_kind_of_that_name(
    api_version: str, kind: str, label: str
) -> None:
    assert named_kind(api_version, kind) == label


def test_the_groups_of_built_in_kinds_are_theirs() -> None:
    assert {kind.name: kind.group for kind in KINDS if "." not in kind.name} == HOMES
