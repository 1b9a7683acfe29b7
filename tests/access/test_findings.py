"""Each rule: what it holds for, and what it does not."""

from __future__ import annotations

from typing import Any

import pytest

from astrolabe.derived.access.findings.catalogue import BY_ID, RULES, SilenceError, Silences, findings_of
from astrolabe.derived.access.findings.rule import SEVERITIES, View
from tests.access.world import (
    RBAC,
    Object,
    World,
    account,
    binding,
    cluster_role,
    id_of,
    obj,
    pod,
    role,
    rule,
    secret,
)

AUTH = "authentication.k8s.io"
CERT = "certificates.k8s.io"
HOOKS = "admissionregistration.k8s.io"
BOOT = {"kubernetes.io/bootstrapping": "rbac-defaults"}
WEB = "ServiceAccount/shop/web"


def found(world: World, silences: Silences | None = None) -> dict[str, list[str]]:
    """Ids of the objects by rule; of what is not silenced."""
    view = View(world.rights, world.uses)
    result: dict[str, list[str]] = {}
    for node in world.graph:
        for each in findings_of(view, node.facts, silences or Silences()):
            if not each.silenced:
                result.setdefault(each.rule, []).append(each.id)
    return result


def granting(*rules: Object, to: str = "User/alice") -> list[Object]:
    """A role, bound to somebody in a namespace."""
    return [role("r", "shop", *rules), binding("r", "shop", "Role/r", to)]


def clusterwide(*rules: Object, to: str = "User/alice", **parts: Any) -> list[Object]:
    return [cluster_role("r", *rules, **parts), binding("r", "", "ClusterRole/r", to)]


ROLE = "Role/shop/r"
HOLDS: dict[str, tuple[list[Object], str]] = {
    "wildcard-everything": (granting(rule("*", "*", ("*",))), ROLE),
    "wildcard-verbs": (granting(rule("*", "configmaps")), ROLE),
    "wildcard-resources": (granting(rule("get", "*")), ROLE),
    "secrets-listed": (granting(rule("list", "secrets")), ROLE),
    "pods-exec": (granting(rule("create", "pods/exec")), ROLE),
    "ephemeral-containers": (granting(rule("patch", "pods/ephemeralcontainers")), ROLE),
    "pods-portforward": (granting(rule("create", "pods/portforward")), ROLE),
    "token-create": (granting(rule("create", "serviceaccounts/token", names=["web"])), ROLE),
    "impersonation": (clusterwide(rule("impersonate:user-info", "users", (AUTH,))), "ClusterRole/r"),
    "escalation": (clusterwide(rule("escalate", "clusterroles", (RBAC,))), "ClusterRole/r"),
    "binding-of-roles": (clusterwide(rule("bind", "clusterroles", (RBAC,), names=["view"])), "ClusterRole/r"),
    "nodes-proxy": (clusterwide(rule("get", "nodes/proxy")), "ClusterRole/r"),
    "certificates-approved": (
        clusterwide(rule("approve", "signers", (CERT,), names=["x/*"])), "ClusterRole/r",
    ),
    "webhooks-written": (
        clusterwide(rule("patch", "mutatingwebhookconfigurations", (HOOKS,))), "ClusterRole/r",
    ),
    "volumes-created": (clusterwide(rule("create", "persistentvolumes")), "ClusterRole/r"),
    "nodes-written": (clusterwide(rule("patch", "nodes/status")), "ClusterRole/r"),
    "namespaces-written": (clusterwide(rule("update", "namespaces")), "ClusterRole/r"),
    "role-unused": ([role("r", "shop", rule("get", "pods"))], ROLE),
    "role-empty": (granting(), ROLE),
    "cluster-admin": (clusterwide(rule("*", "*", ("*",)), to=WEB), "ClusterRoleBinding/r"),
    "secrets-everywhere": (clusterwide(rule("get", "secrets")), "ClusterRoleBinding/r"),
    "pods-everywhere": (clusterwide(rule("create", "jobs", ("batch",))), "ClusterRoleBinding/r"),
    "everybody-bound": (
        granting(rule("get", "pods"), to="Group/system:authenticated"), "RoleBinding/shop/r",
    ),
    "all-accounts-bound": (
        granting(rule("get", "pods"), to="Group/system:serviceaccounts:shop"), "RoleBinding/shop/r",
    ),
    "default-account-bound": (
        granting(rule("get", "pods"), to="ServiceAccount/shop/default"), "RoleBinding/shop/r",
    ),
    "masters-bound": (granting(rule("get", "pods"), to="Group/system:masters"), "RoleBinding/shop/r"),
    "role-missing": ([binding("r", "shop", "Role/r", "User/alice")], "RoleBinding/shop/r"),
    "account-missing": (granting(rule("get", "pods"), to=WEB), "RoleBinding/shop/r"),
    "binding-empty": ([role("r", "shop"), binding("r", "shop", "Role/r")], "RoleBinding/shop/r"),
    "foreign-account-bound": (
        granting(rule("get", "pods"), to="ServiceAccount/ops/robot"), "RoleBinding/shop/r",
    ),
    "grant-repeated": (
        [*clusterwide(rule("get", "pods")), binding("again", "shop", "ClusterRole/r", "User/alice")],
        "RoleBinding/shop/again",
    ),
    "account-unused": ([account("web", "shop")], WEB),
    "rights-unused": ([account("web", "shop"), *granting(rule("get", "pods"), to=WEB)], WEB),
    "token-needless": ([account("web", "shop"), pod("p", "shop", "web", token=True)], WEB),
    "admin-token-mounted": (
        [
            account("web", "shop"),
            pod("p", "shop", "web", token=True),
            *clusterwide(rule("*", "*", ("*",)), to=WEB),
        ],
        WEB,
    ),
    "token-long-lived": ([account("web", "shop"), secret("t", "shop", token_of="web")], "Secret/shop/t"),
    "token-never-used": ([account("web", "shop"), secret("t", "shop", token_of="web")], "Secret/shop/t"),
    "token-of-nobody": (
        [account("web", "shop"), secret("t", "shop", token_of="web", of_uid="earlier")], "Secret/shop/t",
    ),
    "secret-unused": (
        [secret("db", "shop"), account("web", "shop"), pod("p", "shop", "web", token=True),
         # It may not read this one, nor may a Pod without a token, and from elsewhere all is no sign of use.
         *granting(rule("get", "secrets", names=["other"]), to=WEB), pod("q", "shop", "quiet"),
         binding("q", "shop", "ClusterRole/all", "ServiceAccount/shop/quiet"),
         cluster_role("all", rule("list", "secrets")), pod("m", "ops", "meter", token=True),
         binding("m", "", "ClusterRole/all", "ServiceAccount/ops/meter")], "Secret/shop/db",
    ),
}  # fmt: skip

NOT: dict[str, list[list[Object]]] = {
    # Kubernetes' own roles and bindings are not judged, nor roles that nobody is bound to.
    "wildcard-everything": [
        clusterwide(rule("*", "*", ("*",)), labels=BOOT), [role("r", "shop", rule("*", "*", ("*",)))],
    ],
    "wildcard-verbs": [granting(rule("*", "*", ("*",))), granting(rule("*", "widgets", ("example.com",)))],
    "wildcard-resources": [granting(rule("*", "*", ("*",)))],
    "secrets-listed": [
        granting(rule("list", "secrets", names=["db"])),
        granting(rule("get", "secrets")),
        granting(rule("list", "secrets", ("example.com",))),
        # In every namespace: it is told of the binding, once.
        clusterwide(rule("list", "secrets"), to=WEB),
        # Its Pods could mount them as well.
        [account("web", "shop"), *granting(rule("list", "secrets"), to=WEB)],
        granting(rule("list", "secrets"), to="Group/system:serviceaccounts:shop"),
    ],
    "pods-exec": [granting(rule("get create", "pods"))],
    "ephemeral-containers": [
        granting(rule("patch", "pods")),
        # One warning for a rule of every resource.
        granting(rule("patch", "*")),
    ],
    "pods-portforward": [granting(rule("get", "pods/portforward"))],
    "token-create": [granting(rule("create", "serviceaccounts"))],
    "impersonation": [granting(rule("get", "users"))],
    "escalation": [granting(rule("update", "roles", (RBAC,)))],
    "binding-of-roles": [granting(rule("create", "rolebindings", (RBAC,)))],
    "nodes-proxy": [clusterwide(rule("get", "nodes nodes/metrics"))],
    "certificates-approved": [clusterwide(rule("create", "certificatesigningrequests", (CERT,)))],
    "webhooks-written": [clusterwide(rule("get list", "mutatingwebhookconfigurations", (HOOKS,)))],
    "volumes-created": [clusterwide(rule("create", "persistentvolumeclaims"))],
    "nodes-written": [clusterwide(rule("get", "nodes"))],
    "namespaces-written": [clusterwide(rule("create", "namespaces"))],
    "role-unused": [
        granting(rule("get", "pods")),
        [cluster_role("r", labels={"rbac.authorization.k8s.io/aggregate-to-view": "true"})],
    ],
    "role-empty": [[role("r", "shop")], clusterwide(aggregationRule={"clusterRoleSelectors": []})],
    "cluster-admin": [
        clusterwide(rule("*", "*", ("*",)), to="Group/system:masters"), granting(rule("*", "*", ("*",))),
    ],
    "secrets-everywhere": [
        clusterwide(rule("get", "secrets", names=["db"])), granting(rule("get", "secrets")),
    ],
    "pods-everywhere": [clusterwide(rule("get", "pods"))],
    "everybody-bound": [
        [binding("d", "", "ClusterRole/system:discovery", "Group/system:authenticated"),
         cluster_role("system:discovery", rule(verbs="get", urls="/api"))],
    ],
    "all-accounts-bound": [
        granting(rule("get", "pods"), to=WEB), granting(to="Group/system:serviceaccounts"),
    ],
    "default-account-bound": [granting(rule("get", "pods"), to=WEB)],
    "masters-bound": [granting(rule("get", "pods"), to="Group/devs")],
    "role-missing": [granting()],
    "account-missing": [[account("web", "shop"), *granting(rule("get", "pods"), to=WEB)]],
    "binding-empty": [granting()],
    "foreign-account-bound": [granting(rule("get", "pods"), to=WEB)],
    "grant-repeated": [[*granting(rule("get", "pods")), binding("other", "ops", "Role/r", "User/alice")]],
    "account-unused": [
        [account("web", "shop"), pod("p", "shop", "web")], [account("default", "shop")],
        [account("web", "shop"), *granting(rule("get", "pods"), to=WEB)], [account("x", "kube-system")],
        [account("web", "shop"), obj("Deployment", "d", "shop", spec={"replicas": 0, "template": {"spec": {
            "serviceAccountName": "web"}}})],
    ],
    "rights-unused": [
        [account("web", "shop", uid="a"), secret("t", "shop", token_of="web", of_uid="a"),
         *granting(rule("get", "pods"), to=WEB)],
        [account("web", "shop"), pod("p", "shop", "web"), *granting(rule("get", "pods"), to=WEB)],
        [account("web", "shop"), secret("t", "shop", token_of="web"), *granting(rule("get", "pods"), to=WEB)],
    ],
    "token-needless": [
        [account("web", "shop"), pod("p", "shop", "web", token=True), *granting(rule("get", "pods"), to=WEB)],
        [account("web", "shop"), pod("p", "shop", "web")],
    ],
    "admin-token-mounted": [
        [account("web", "shop"), pod("p", "shop", "web"), *clusterwide(rule("*", "*", ("*",)), to=WEB)],
    ],
    "token-long-lived": [
        [secret("t", "shop", token_of="web")], [secret("t", "shop")],
        [account("web", "shop"), secret("t", "shop", token_of="web", of_uid="earlier")],
    ],
    "token-never-used": [
        [account("web", "shop"), secret("t", "shop", token_of="web", of_uid="earlier")],
        [secret("t", "shop", token_of="web", labels={"kubernetes.io/legacy-token-last-used": "2026-01-01"})],
    ],
    "token-of-nobody": [
        [account("web", "shop"), secret("t", "shop", token_of="web")],
        [account("web", "shop", uid="a"), secret("t", "shop", token_of="web", of_uid="a")],
    ],
    "secret-unused": [
        [secret("db", "shop"), pod("p", "shop", secrets=["db"])],
        [secret("h", "shop", labels={"owner": "helm", "name": "h", "version": "1"})],
        [secret("c", "shop", ownerReferences=[{"apiVersion": "v1", "kind": "X", "name": "x", "uid": "u"}])],
        [secret("bootstrap-token-abc", "kube-system")],
        # A program reads it by the API, one of the namespace or one that is bound there.
        [secret("db", "shop"), account("web", "shop"), pod("p", "shop", "web", token=True),
         *granting(rule("get", "secrets", names=["db"]), to=WEB)],
        [secret("db", "shop"), account("web", "shop"), pod("p", "shop", "web", token=True),
         *clusterwide(rule("list", "secrets"), to="Group/system:serviceaccounts")],
        [secret("db", "shop"), pod("p", "ops", "robot", token=True),
         *granting(rule("get", "secrets"), to="ServiceAccount/ops/robot")],
    ],
}  # fmt: skip


@pytest.mark.parametrize("name", sorted(BY_ID))
def test_a_rule_holds_for_what_it_is_about(name: str) -> None:
    objects, expected = HOLDS[name]
    assert found(World(*objects)).get(name) == [expected]


@pytest.mark.parametrize(
    ("name", "number"), [(name, n) for name in sorted(BY_ID) for n in range(len(NOT[name]))]
)
def test_a_rule_does_not_hold_for_what_is_near_to_it(name: str, number: int) -> None:
    assert name not in found(World(*NOT[name][number]))


@pytest.mark.parametrize("verb", ["get", "list", "watch", "deletecollection"])
def test_secrets_of_the_whole_cluster_are_told_once(verb: str) -> None:
    """Of the binding, whichever verb it is by which they can be read."""
    told = found(World(*clusterwide(rule(verb, "secrets"))))
    assert {name: ids for name, ids in told.items() if "secrets" in name} == {
        "secrets-everywhere": ["ClusterRoleBinding/r"]
    }


def test_there_are_enough_rules_and_each_says_what_to_do() -> None:
    assert len(RULES) >= 25
    assert sorted(HOLDS) == sorted(NOT) == sorted(BY_ID)
    for each in RULES:
        assert each.severity in SEVERITIES
        assert each.title
        assert each.reason.endswith(".")
        assert each.remedy.endswith(".")


def test_what_may_be_there_is_not_missing() -> None:
    unknown = World(*HOLDS["account-missing"][0], *HOLDS["account-unused"][0], cover=("Role", "RoleBinding"))
    assert not {"account-missing", "account-unused"} & set(found(unknown))


def test_an_annotation_with_a_reason_silences() -> None:
    objects, _ = HOLDS["pods-exec"]
    quiet = {**objects[0]}
    text = "pods-exec: the debugging team; wildcard-verbs: no"
    quiet["metadata"] = {**quiet["metadata"], "annotations": {"astrolabe/access-silence": text}}
    world = World(quiet, *objects[1:])
    assert "pods-exec" not in found(world)
    (finding,) = findings_of(View(world.rights, world.uses), world.graph.get(ROLE).facts, Silences())
    assert finding.silenced == "the debugging team"


@pytest.mark.parametrize("text", ["pods-exec", "pods-exec:", "pods-exec: ", "other: reason", ";;", ":"])
def test_without_a_reason_nothing_is_silenced(text: str) -> None:
    objects, _ = HOLDS["pods-exec"]
    loud = {**objects[0]}
    loud["metadata"] = {**loud["metadata"], "annotations": {"astrolabe/access-silence": text}}
    assert "pods-exec" in found(World(loud, *objects[1:]))


@pytest.mark.parametrize(
    ("key", "quiet"),
    [
        ("pods-exec", True),
        ("*", True),
        ("pods-exec@Role/shop/*", True),
        ("pods-exec@Role/ops/*", False),
        ("role-empty", False),
    ],
)
def test_a_setting_with_a_reason_silences(key: str, quiet: bool) -> None:
    world = World(*HOLDS["pods-exec"][0])
    assert ("pods-exec" not in found(world, Silences({key: "agreed"}))) is quiet


@pytest.mark.parametrize(
    ("silences", "said"), [({"yodel": "x"}, "`yodel` is not a rule"), ({"*": " "}, "`\\*` needs a reason")]
)
def test_wrong_silences_are_told(silences: dict[str, str], said: str) -> None:
    with pytest.raises(SilenceError, match=said):
        Silences(silences)


def test_ids_of_objects_are_those_of_the_graph() -> None:
    for objects, expected in HOLDS.values():
        assert expected in {id_of(each) for each in objects}
