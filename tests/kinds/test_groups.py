"""Names of kinds."""

from __future__ import annotations

import pytest

from astrolabe.kinds.groups import kind_label, kind_label_of
from astrolabe.kinds.kind import Kind
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
    assert kind_label(kind.group, kind.name) == kind.name
