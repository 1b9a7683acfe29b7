"""What a rule of findings is, and what it may look at."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Literal, TypeAlias

import msgspec

from astrolabe.derived.access.evaluator import Request, allows
from astrolabe.derived.access.findings.readable import ReadableSecrets
from astrolabe.derived.access.rights import Rights
from astrolabe.derived.access.uses import Uses
from astrolabe.graph.facts import Facts
from astrolabe.kinds.models.details import PolicyRule, RoleDetail

Severity: TypeAlias = Literal["critical", "warning", "info"]
SEVERITIES: tuple[Severity, ...] = ("critical", "warning", "info")

_BOOTSTRAP = ("kubernetes.io/bootstrapping", "rbac-defaults")
EVERYBODYS = frozenset(
    f"ClusterRole/system:{name}"
    for name in ("basic-user", "discovery", "public-info-viewer", "service-account-issuer-discovery")
)
"""Roles that Kubernetes gives to everybody: they are no right of anybody's own."""


class View:
    """What rules may look at: the cluster as it is now."""

    def __init__(self, rights: Rights, uses: Uses, readable: ReadableSecrets | None = None) -> None:
        self.readable = readable or ReadableSecrets(rights, uses)
        self.rights = rights
        self.uses = uses
        self.graph = rights.graph

    def exists(self, node_id: str, kind: str, namespace: str = "") -> bool:
        """Whether an object is there, or may be because its kind is not known completely."""
        return node_id in self.graph or not self.graph.covers(kind, namespace)

    def own_grants(self, account: str) -> Iterator[str]:
        """Yield the ids of the roles that an account has by bindings of its own or of its namespace's group.

        What everybody has is none.
        """
        _, namespace, _ = account.split("/", 2)
        keys = (account, f"Group/system:serviceaccounts:{namespace}", "Group/system:serviceaccounts")
        for key in keys:
            for binding in self.rights.bindings_of(key):
                if binding.role not in EVERYBODYS and self.rights.rules(binding.role):
                    yield binding.role

    def does_everything(self, role: str) -> bool:
        """Whether a role is as good as cluster-admin where it is bound to the whole cluster."""
        return any(is_everything(rule) for rule in self.rights.rules(role))


class Rule(msgspec.Struct, frozen=True):
    """One thing that an operator should know of."""

    id: str
    severity: Severity
    kinds: frozenset[str]
    """Of the objects that it is looked for in."""
    title: str
    reason: str
    """Why it matters, in a sentence."""
    remedy: str
    """What to do about it, in a sentence."""
    check: Callable[[View, Facts], str | None]
    """Pure: says what exactly was found, None where nothing is wrong."""


class Finding(msgspec.Struct, frozen=True, order=True, gc=False):
    """A rule that holds for an object."""

    rule: str
    id: str
    """Of the object."""
    namespace: str
    detail: str
    silenced: str = ""
    """Why it is silenced; empty where it is not."""


def is_bootstrap(facts: Facts) -> bool:
    """Whether Kubernetes itself made a role or binding, and puts it back as it was."""
    return _BOOTSTRAP in facts.labels


def rules_of(facts: Facts) -> tuple[PolicyRule, ...]:
    """Return the rules of a role of the operator's; of Kubernetes' own roles none are judged."""
    detail = facts.detail
    return detail.rules if isinstance(detail, RoleDetail) and not is_bootstrap(facts) else ()


def is_everything(rule: PolicyRule) -> bool:
    """Whether a rule allows every verb on everything."""
    return "*" in rule.verbs and "*" in rule.groups and "*" in rule.resources and not rule.names


def bound(view: View, role: str) -> bool:
    """Whether some binding grants a role to somebody."""
    return any(binding.subjects for binding in view.rights.bindings_of_role(role))


ask = Request
"""A request, as checks write it."""


def first_allowed(rules: tuple[PolicyRule, ...], *requests: Request) -> Request | None:
    """Return the first request that some rule allows, by name or without; `*` of all is another rule's."""
    for request in requests:
        for rule in rules:
            if is_everything(rule):
                continue
            if allows(rule, request) or (rule.names and allows(_unnamed(rule), request)):
                return request
    return None


def words(request: Request) -> str:
    """Write a request as an operator would."""
    return f"{request.verb} {request.combined}"


def _unnamed(rule: PolicyRule) -> PolicyRule:
    return msgspec.structs.replace(rule, names=())
