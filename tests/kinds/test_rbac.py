"""Roles, ClusterRoles and their bindings."""

from __future__ import annotations

from typing import Any

import pytest

from astrolabe.kinds.kind import Kind
from astrolabe.kinds.models.details import BindingDetail, PolicyRule, RoleDetail, Subject
from astrolabe.kinds.rbac import CLUSTER_ROLE, CLUSTER_ROLE_BINDING, ROLE, ROLE_BINDING
from tests.kinds.objects import edges, facts, verdict


def role(kind: str, name: str = "reader") -> dict[str, Any]:
    return {"apiGroup": "rbac.authorization.k8s.io", "kind": kind, "name": name}


def account(name: str, namespace: str | None = None) -> dict[str, Any]:
    return {"kind": "ServiceAccount", "name": name, "namespace": namespace}


PEOPLE = [
    {"kind": "User", "apiGroup": "rbac.authorization.k8s.io", "name": "alice"},
    {"kind": "Group", "apiGroup": "rbac.authorization.k8s.io", "name": "system:masters"},
]


@pytest.mark.parametrize("kind", [ROLE, CLUSTER_ROLE], ids=lambda kind: kind.name)
def test_roles_exist_and_refer_to_nothing(kind: Kind) -> None:
    described = facts(kind)
    assert verdict(described) == ("Ready", "Exists")
    assert edges(described) == []


# A binding grants to accounts that are there; Kubernetes itself brings bindings for some that few clusters
# have. Without its role it grants nothing.
@pytest.mark.parametrize(
    ("kind", "role_ref", "subjects", "expected"),
    [
        (
            ROLE_BINDING,
            role("Role"),
            [*PEOPLE, account("runner"), account("deployer", "ops"), account("runner", "shop")],
            [
                "grants → Role/shop/reader",
                "grants → ServiceAccount/shop/runner (optional)",
                "grants → ServiceAccount/ops/deployer (optional)",
            ],
        ),
        (ROLE_BINDING, role("ClusterRole"), None, ["grants → ClusterRole/reader"]),
        (
            CLUSTER_ROLE_BINDING,
            role("ClusterRole", "system:node"),
            [account("runner", "shop"), account("nowhere")],
            ["grants → ClusterRole/system:node", "grants → ServiceAccount/shop/runner (optional)"],
        ),
        (CLUSTER_ROLE_BINDING, role("Role"), [], []),
        (ROLE_BINDING, None, None, []),
        (ROLE_BINDING, {"kind": "Role", "name": None}, [{"kind": "ServiceAccount"}], []),
    ],
)
def test_bindings_grant(kind: Kind, role_ref: Any, subjects: Any, expected: list[str]) -> None:
    described = facts(kind, roleRef=role_ref, subjects=subjects)
    assert edges(described) == expected
    assert verdict(described) == ("Ready", "Exists")


RULE = {"verbs": ["get", "list"], "apiGroups": ["", "apps"], "resources": ["pods", "pods/exec"]}


@pytest.mark.parametrize("kind", [ROLE, CLUSTER_ROLE], ids=lambda kind: kind.name)
def test_roles_carry_their_rules(kind: Kind) -> None:
    described = facts(
        kind,
        metadata={"annotations": {"astrolabe/access-silence": "exec: needed"}},
        rules=[
            {**RULE, "resourceNames": ["web"]},
            {"verbs": ["get"], "nonResourceURLs": ["/metrics"]},
            {"verbs": None, "apiGroups": [], "resources": []},
        ],
    )
    assert described.detail == RoleDetail(
        (
            PolicyRule(("get", "list"), ("", "apps"), ("pods", "pods/exec"), ("web",)),
            PolicyRule(("get",), urls=("/metrics",)),
            PolicyRule(),
        ),
        silenced="exec: needed",
    )


def test_roles_share_equal_rules() -> None:
    one, other = (facts(ROLE, name=name, rules=[RULE, RULE]).detail for name in ("a", "b"))
    assert isinstance(one, RoleDetail)
    assert isinstance(other, RoleDetail)
    assert one.rules is other.rules


@pytest.mark.parametrize(
    ("rule", "aggregated"), [({"clusterRoleSelectors": []}, True), (None, False), (..., False)]
)
def test_aggregation_is_noted(rule: Any, aggregated: bool) -> None:
    parts = {} if rule is ... else {"aggregationRule": rule}
    assert facts(CLUSTER_ROLE, **parts).detail == RoleDetail(aggregated=aggregated)


def test_bindings_carry_their_subjects_as_written() -> None:
    described = facts(
        ROLE_BINDING, roleRef=role("Role"), subjects=[*PEOPLE, account("runner"), {"kind": "User"}]
    )
    assert described.detail == BindingDetail(
        "Role/shop/reader",
        (Subject("User", "alice"), Subject("Group", "system:masters"), Subject("ServiceAccount", "runner")),
    )
