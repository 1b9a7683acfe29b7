"""The permissions by which somebody reaches a Secret or becomes somebody else: a finite table, as bits.

What a role has of it is worked out once, so that a question about a cluster is arithmetic on small integers.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from itertools import product
from typing import NamedTuple

from astrolabe.kinds.models.details import PolicyRule

RBAC = "rbac.authorization.k8s.io"
CERTIFICATES = "certificates.k8s.io"
AUTHENTICATION = "authentication.k8s.io"


class Power(NamedTuple):
    """One verb on one resource."""

    verb: str
    group: str
    resource: str
    """With the subresource: `pods/exec`."""

    def __str__(self) -> str:
        return f"{self.verb} {self.resource}"


READS = tuple(
    Power(verb, "", "secrets") for verb in ("get", "list", "watch", "patch", "delete", "deletecollection")
)
"""What answers with the values. An update does not; a deletion does where it is a dry run, or has to wait."""

ENTERS = (
    *(Power("create", "", f"pods/{sub}") for sub in ("exec", "attach", "portforward")),
    *(Power(verb, "", "pods/ephemeralcontainers") for verb in ("patch", "update")),
)
"""Into a Pod that runs."""

CHANGES = tuple(Power(verb, "", "pods") for verb in ("patch", "update"))
"""Another image for a Pod that runs."""

WORKLOADS = {
    ("apps", "deployments"): "Deployment",
    ("apps", "statefulsets"): "StatefulSet",
    ("apps", "daemonsets"): "DaemonSet",
    ("apps", "replicasets"): "ReplicaSet",
    ("", "replicationcontrollers"): "",
    ("batch", "jobs"): "Job",
    ("batch", "cronjobs"): "CronJob",
}
"""What makes Pods, with the kind as the graph has it; those without one are not followed."""

STARTS = (
    Power("create", "", "pods"),
    *(Power("create", group, resource) for group, resource in WORKLOADS),
)
"""A Pod of one's own, that mounts what it likes and runs as any account of its namespace."""

TEMPLATES = {
    resource: tuple(Power(verb, group, resource) for verb in ("patch", "update"))
    for group, resource in WORKLOADS
}
"""The same by way of a workload that is there."""

NODES = tuple(Power(verb, "", "nodes/proxy") for verb in ("create", "get"))
TOKEN = Power("create", "", "serviceaccounts/token")
CREATE_SECRET = Power("create", "", "secrets")
CREATE_ACCOUNT = Power("create", "", "serviceaccounts")
IMPERSONATE = {name: Power("impersonate", "", name) for name in ("users", "groups", "serviceaccounts")}
AS = {
    name: Power(verb, AUTHENTICATION, name)
    for name, verb in (
        ("users", "impersonate:user-info"),
        ("groups", "impersonate:user-info"),
        ("serviceaccounts", "impersonate:serviceaccount"),
    )
}
"""Impersonation for certain requests only (Kubernetes 1.36), together with `ON`."""
CREATE_CERTIFICATE = Power("create", CERTIFICATES, "certificatesigningrequests")
APPROVALS = tuple(
    Power(verb, CERTIFICATES, "certificatesigningrequests/approval") for verb in ("patch", "update")
)
APPROVE = Power("approve", CERTIFICATES, "signers")
BIND = {name: Power("bind", RBAC, name) for name in ("roles", "clusterroles")}
ESCALATE = {name: Power("escalate", RBAC, name) for name in ("roles", "clusterroles")}
EDIT_ROLE = {
    name: tuple(Power(verb, RBAC, name) for verb in ("patch", "update")) for name in ("roles", "clusterroles")
}
CREATE_ROLE = {name: Power("create", RBAC, name) for name in ("roles", "clusterroles")}
CREATE_BINDING = {name: Power("create", RBAC, name) for name in ("rolebindings", "clusterrolebindings")}
EDIT_BINDING = {
    name: tuple(Power(verb, RBAC, name) for verb in ("patch", "update"))
    for name in ("rolebindings", "clusterrolebindings")
}
_REQUESTS = (
    *READS,
    *ENTERS,
    *CHANGES,
    *STARTS,
    *(power for powers in TEMPLATES.values() for power in powers),
    *NODES,
    TOKEN,
    CREATE_SECRET,
)
"""What may be asked as somebody."""
ON = {
    (mode, power): Power(f"impersonate-on:{mode}:{power.verb}", power.group, power.resource)
    for mode, power in product(("serviceaccount", "user-info"), _REQUESTS)
}
"""What else it needs: the request that may be made as somebody."""

POWERS: tuple[Power, ...] = tuple(
    dict.fromkeys(
        (
            *_REQUESTS,
            CREATE_ACCOUNT,
            *IMPERSONATE.values(),
            *AS.values(),
            CREATE_CERTIFICATE,
            *APPROVALS,
            APPROVE,
            *BIND.values(),
            *ESCALATE.values(),
            *(power for powers in EDIT_ROLE.values() for power in powers),
            *CREATE_ROLE.values(),
            *CREATE_BINDING.values(),
            *(power for powers in EDIT_BINDING.values() for power in powers),
            *ON.values(),
        )
    )
)
NUMBER = {power: number for number, power in enumerate(POWERS)}
EVERYTHING = (1 << len(POWERS)) - 1

_NAMELESS = frozenset({"create", "deletecollection"})
_SELECTING = frozenset({"list", "watch"})


class Powers(NamedTuple):
    """What some rules have of the table."""

    mask: int
    """Bits of the powers that hold for every name."""
    named: tuple[tuple[int, frozenset[str]], ...]
    """Those that hold for some names alone, by number."""


NONE = Powers(0, ())


def _by_token() -> dict[str, tuple[int, ...]]:
    found: dict[str, list[int]] = {}
    for number, power in enumerate(POWERS):
        _, slash, subresource = power.resource.partition("/")
        for token in (power.resource, "*", *([f"*/{subresource}"] if slash else ())):
            found.setdefault(token, []).append(number)
    return {token: tuple(numbers) for token, numbers in found.items()}


_BY_TOKEN = _by_token()


def powers_of(rules: Iterable[PolicyRule]) -> Powers:
    """Return what rules have of the table."""
    mask = 0
    named: dict[int, frozenset[str]] = {}
    for rule in rules:
        bits, numbers = _of_rule(rule)
        mask |= bits
        for number in numbers:
            named[number] = named.get(number, frozenset()).union(rule.names)
    left = ((number, names) for number, names in sorted(named.items()) if not mask >> number & 1)
    return _shared(mask, tuple(left))


@lru_cache(1 << 12)
def _of_rule(rule: PolicyRule) -> tuple[int, tuple[int, ...]]:
    """Return the bits that a rule has for every name, and the numbers of those it has for its names alone."""
    candidates = {number for resource in rule.resources for number in _BY_TOKEN.get(resource, ())}
    mask = 0
    numbers = []
    for number in candidates:
        verb, group, resource = POWERS[number]
        if verb not in rule.verbs and "*" not in rule.verbs:
            continue
        if group not in rule.groups and "*" not in rule.groups:
            continue
        if not rule.names or ("" in rule.names and _nameless(verb, resource)):
            mask |= 1 << number
        if rule.names and (verb not in _NAMELESS or "/" in resource):
            numbers.append(number)
    return mask, tuple(numbers)


def _nameless(verb: str, resource: str) -> bool:
    """Whether a request of the verb without a name is one for all: then the empty name of a rule fits it."""
    return verb in _SELECTING or (verb in _NAMELESS and "/" not in resource)


@lru_cache(1 << 12)
def _shared(mask: int, named: tuple[tuple[int, frozenset[str]], ...]) -> Powers:
    return Powers(mask, named) if mask or named else NONE
