"""Who may do what in the shop: the platform's accounts, the teams, and what nobody tidied up."""

from __future__ import annotations

from collections.abc import Iterator

from astrolabe.demo.shop import objects
from astrolabe.demo.shop.catalogue import PLATFORM, TEAMS
from astrolabe.demo.shop.objects import Release
from astrolabe.testing.resources import Object

_RBAC = "rbac.authorization.k8s.io"
_READ = ["get", "list", "watch"]


def _rule(resources: list[str], verbs: list[str], group: str = "", names: list[str] | None = None) -> Object:
    found: Object = {"apiGroups": [group], "resources": resources, "verbs": verbs}
    return found | ({"resourceNames": names} if names else {})


_PLATFORM: dict[str, list[Object]] = {
    "cert-manager": [
        _rule(["secrets"], ["get", "list", "watch", "create", "update", "delete"]),
        _rule(["certificates"], [*_READ, "update"], "cert-manager.io"),
    ],
    "kube-green": [_rule(["deployments", "statefulsets"], [*_READ, "patch"], "apps")],
    "prometheus": [_rule(["services", "endpoints", "pods"], _READ), _rule(["nodes/metrics"], ["get"])],
    "ingress-nginx-controller": [
        _rule(["ingresses"], _READ, "networking.k8s.io"),
        _rule(["secrets"], _READ),
    ],
    "metrics-server": [_rule(["nodes/metrics"], ["get"])],
    "coredns": [_rule(["services", "namespaces"], _READ)],
    "csi-node": [_rule(["nodes"], ["get", "patch"])],
    "log-agent": [_rule(["pods", "namespaces"], _READ)],
    "argocd-server": [_rule(["applications"], ["*"], "argoproj.io")],
}
"""Rules of the ClusterRoles of platform accounts, by name."""


def rights() -> Iterator[Object]:
    """Return roles and bindings, with the account and the token of a pipeline."""
    for part in PLATFORM:
        rules = _PLATFORM.get(part.name)
        if rules is not None:
            yield _object("ClusterRole", part.name, rules=rules)
            yield _binding(part.name, part.name, _account(part.namespace, part.name))
    yield _object(
        "ClusterRole",
        "debugging",
        rules=[_rule(["pods", "pods/log"], _READ), _rule(["pods/exec", "pods/portforward"], ["create"])],
    )
    yield _binding("on-call-debugging", "debugging", _group("on-call"))
    yield _binding("auditors-view", "view", {"kind": "User", "apiGroup": _RBAC, "name": "dana"})
    for team in TEAMS:
        yield _binding("developers", "edit", _group(f"team-{team}"), f"shop-{team}")
    checkout = Release(namespace="shop-checkout", name="pipeline", chart="")
    yield objects.service_account(checkout, "pipeline")
    token = objects.secret(checkout, "pipeline-token", "token", kind="kubernetes.io/service-account-token")
    token["metadata"]["annotations"] = {"kubernetes.io/service-account.name": "pipeline"}
    yield token
    yield objects.role(
        checkout,
        "pipeline",
        [_rule(["deployments"], ["*"], "apps"), _rule(["secrets"], ["get"], names=["checkout-credentials"])],
    )
    yield objects.role_binding(checkout, "pipeline", "pipeline", "pipeline")


def _object(kind: str, name: str, namespace: str = "", **parts: object) -> Object:
    metadata = {"name": name, **({"namespace": namespace} if namespace else {})}
    return {"apiVersion": f"{_RBAC}/v1", "kind": kind, "metadata": metadata, **parts}


def _binding(name: str, role: str, subject: Object, namespace: str = "") -> Object:
    return _object(
        "RoleBinding" if namespace else "ClusterRoleBinding",
        name,
        namespace,
        subjects=[subject],
        roleRef={"apiGroup": _RBAC, "kind": "ClusterRole", "name": role},
    )


def _account(namespace: str, name: str) -> Object:
    return {"kind": "ServiceAccount", "name": name, "namespace": namespace}


def _group(name: str) -> Object:
    return {"kind": "Group", "apiGroup": _RBAC, "name": name}
