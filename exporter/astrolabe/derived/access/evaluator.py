"""What RBAC says of one request: the rules of the API server's own authorizer, as pure functions.

A test holds them to a real API server by thousands of SubjectAccessReviews. Other authorizers (Node,
webhooks) may allow more; nothing in RBAC can deny.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

import msgspec

from astrolabe.kinds.models.details import PolicyRule, Subject

MASTERS = "system:masters"
"""The group that may do everything without RBAC."""
AUTHENTICATED = "system:authenticated"
UNAUTHENTICATED = "system:unauthenticated"
ANONYMOUS = "system:anonymous"
ACCOUNTS = "system:serviceaccounts"
_ACCOUNT_USER = "system:serviceaccount:"

_ACCOUNT = re.compile(r"system:serviceaccount:([^:/]+):([^:/]+)", re.DOTALL)


class User(msgspec.Struct, frozen=True):
    """Who asks: a name and groups, as the API server's authentication gives them."""

    name: str
    groups: tuple[str, ...] = ()


class Request(msgspec.Struct, frozen=True, kw_only=True):
    """What is asked: a verb on a resource, or on a path outside of the resources (`path` is not empty)."""

    verb: str
    group: str = ""
    resource: str = ""
    subresource: str = ""
    namespace: str = ""
    """Empty for what is in no namespace, and for all namespaces at once."""
    name: str = ""
    """Empty where the request carries none."""
    path: str = ""

    @property
    def combined(self) -> str:
        """Resource and subresource as rules write them: `pods/exec`."""
        return f"{self.resource}/{self.subresource}" if self.subresource else self.resource


def account_user(namespace: str, name: str) -> User:
    """Return the user that a ServiceAccount is to the API server."""
    return User(f"{_ACCOUNT_USER}{namespace}:{name}", (ACCOUNTS, f"{ACCOUNTS}:{namespace}", AUTHENTICATED))


def user_key(name: str) -> str:
    """Return the key of a user by name: a ServiceAccount has one key, however it is named."""
    found = _ACCOUNT.fullmatch(name)
    return f"ServiceAccount/{found[1]}/{found[2]}" if found else f"User/{name}"


def group_key(name: str) -> str:
    """Return the key of a group."""
    return f"Group/{name}"


def keys_of(user: User) -> tuple[str, ...]:
    """Return every key by which bindings can mean a user, the own one first."""
    return (user_key(user.name), *map(group_key, user.groups))


def user_of(key: str) -> User:
    """Return the user that a key stands for: the least that whoever is meant by it is known to be."""
    kind, _, rest = key.partition("/")
    if kind == "ServiceAccount":
        return account_user(*rest.split("/", 1))
    if kind == "User":
        return User(rest, (UNAUTHENTICATED if rest == ANONYMOUS else AUTHENTICATED,))
    if rest == ACCOUNTS or rest.startswith(f"{ACCOUNTS}:"):
        return User("", tuple(dict.fromkeys((rest, ACCOUNTS, AUTHENTICATED))))
    if rest in (AUTHENTICATED, UNAUTHENTICATED):
        return User("", (rest,))
    return User("", (rest, AUTHENTICATED))


def subject_key(subject: Subject, namespace: str) -> str | None:
    """Return the key of a binding's subject, None for one that means nobody; `namespace` is the binding's."""
    match subject.kind:
        case "User":
            return user_key(subject.name)
        case "Group":
            return group_key(subject.name)
        case "ServiceAccount":
            home = subject.namespace or namespace
            return user_key(f"{_ACCOUNT_USER}{home}:{subject.name}") if home else None
        case _:
            return None


def allows(rule: PolicyRule, request: Request) -> bool:
    """Whether one rule allows a request."""
    if request.verb not in rule.verbs and "*" not in rule.verbs:
        return False
    if request.path:
        return any(_covers(url, request.path) for url in rule.urls)
    if request.group not in rule.groups and "*" not in rule.groups:
        return False
    if not _has_resource(rule, request):
        return False
    return not rule.names or request.name in rule.names


def any_allows(rules: Iterable[PolicyRule], request: Request) -> bool:
    """Whether some rule allows a request."""
    return any(allows(rule, request) for rule in rules)


def _has_resource(rule: PolicyRule, request: Request) -> bool:
    resources = rule.resources
    if request.combined in resources or "*" in resources:
        return True
    return bool(request.subresource) and f"*/{request.subresource}" in resources


def _covers(url: str, path: str) -> bool:
    return url in ("*", path) or (url.endswith("*") and path.startswith(url.rstrip("*")))
