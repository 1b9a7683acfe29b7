"""Rules about who is bound to what. Kubernetes' own bindings are not judged."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from astrolabe.derived.access.evaluator import ACCOUNTS, ANONYMOUS, AUTHENTICATED, MASTERS, UNAUTHENTICATED
from astrolabe.derived.access.findings.rule import (
    EVERYBODYS,
    Rule,
    View,
    ask,
    first_allowed,
    is_bootstrap,
)
from astrolabe.derived.access.powers import STARTS
from astrolabe.derived.access.rights import BINDINGS, Binding, binding_of
from astrolabe.graph.facts import Facts

_CLUSTER = frozenset({"ClusterRoleBinding"})
_ADMIN = "ClusterRole/cluster-admin"
_EVERYBODY = (f"Group/{AUTHENTICATED}", f"Group/{UNAUTHENTICATED}", f"User/{ANONYMOUS}")
BINDINGS_COMPARED = 200
"""Bindings of one subject that are compared with each other."""


def _check(holds: Callable[[View, Binding], str | None]) -> Callable[[View, Facts], str | None]:
    def check(view: View, facts: Facts) -> str | None:
        found = binding_of(facts)
        return None if found is None or is_bootstrap(facts) else holds(view, found)

    return check


def _named(keys: Iterator[str]) -> str | None:
    found = sorted(keys)
    more = f" and {len(found) - 3} more" if len(found) > 3 else ""  # noqa: PLR2004
    return ", ".join(found[:3]) + more if found else None


def _admin(view: View, binding: Binding) -> str | None:
    if binding.role != _ADMIN and not view.does_everything(binding.role):
        return None
    return _named(key for key in binding.keys if key != f"Group/{MASTERS}")


def _secrets(view: View, binding: Binding) -> str | None:
    asked = tuple(ask(verb=verb, resource="secrets") for verb in ("list", "watch", "get", "deletecollection"))
    rules = tuple(rule for rule in view.rights.rules(binding.role) if not rule.names)
    return _named(iter(binding.keys)) if first_allowed(rules, *asked) is not None else None


def _starts(view: View, binding: Binding) -> str | None:
    asked = tuple(ask(verb="create", group=power.group, resource=power.resource) for power in STARTS)
    found = first_allowed(view.rights.rules(binding.role), *asked)
    return _named(iter(binding.keys)) if found is not None else None


def _everybody(view: View, binding: Binding) -> str | None:
    if binding.role in EVERYBODYS or not view.rights.rules(binding.role):
        return None
    return _named(key for key in binding.keys if key in _EVERYBODY)


def _all_accounts(view: View, binding: Binding) -> str | None:
    if binding.role in EVERYBODYS or not view.rights.rules(binding.role):
        return None
    return _named(key for key in binding.keys if key.startswith(f"Group/{ACCOUNTS}"))


def _default(view: View, binding: Binding) -> str | None:
    if not view.rights.rules(binding.role):
        return None
    return _named(
        key for key in binding.keys if key.startswith("ServiceAccount/") and key.endswith("/default")
    )


def _masters(_: View, binding: Binding) -> str | None:
    return _named(key for key in binding.keys if key == f"Group/{MASTERS}")


def _no_role(view: View, binding: Binding) -> str | None:
    kind, _, rest = binding.role.partition("/")
    namespace = rest.partition("/")[0] if kind == "Role" else ""
    if not binding.role:
        return "it names no role that could be"
    return None if view.exists(binding.role, kind, namespace) else binding.role


def _no_account(view: View, binding: Binding) -> str | None:
    return _named(
        key
        for key in binding.keys
        if key.startswith("ServiceAccount/") and not view.exists(key, "ServiceAccount", key.split("/", 2)[1])
    )


def _no_subject(_: View, binding: Binding) -> str | None:
    return None if binding.keys else "it binds nobody"


def _foreign(view: View, binding: Binding) -> str | None:
    if not binding.namespace or not view.rights.rules(binding.role):
        return None
    home = f"ServiceAccount/{binding.namespace}/"
    return _named(
        key for key in binding.keys if key.startswith("ServiceAccount/") and not key.startswith(home)
    )


def _repeated(view: View, binding: Binding) -> str | None:
    """Return who has the same role by another binding that reaches as far; of two equal ones the later."""
    if not binding.role:
        return None
    again = []
    for key in binding.keys:
        others = [
            other
            for number, other in enumerate(view.rights.bindings_of(key))
            if number < BINDINGS_COMPARED and other.id != binding.id and other.role == binding.role
        ]
        if any(
            (other.namespace == "" != binding.namespace)
            or (other.namespace == binding.namespace and other.id < binding.id)
            for other in others
        ):
            again.append(key)
    return _named(iter(again))


RULES: tuple[Rule, ...] = (
    Rule(
        "cluster-admin",
        "critical",
        _CLUSTER,
        "Bound to cluster-admin, or to an equivalent role",
        "These subjects may do everything, and read every Secret.",
        "Bind a role with only the needed rights; keep cluster-admin for emergencies.",
        _check(_admin),
    ),
    Rule(
        "secrets-everywhere",
        "critical",
        _CLUSTER,
        "Secrets of every namespace may be read",
        "A subject that reads every Secret can act as every account whose token is in a Secret.",
        "Bind it only in the needed namespaces, with RoleBindings.",
        _check(_secrets),
    ),
    Rule(
        "pods-everywhere",
        "warning",
        _CLUSTER,
        "Pods may be started in every namespace",
        "A Pod mounts any Secret of its namespace and runs as any of its accounts, in kube-system too.",
        "Bind it only in the needed namespaces, with RoleBindings.",
        _check(_starts),
    ),
    Rule(
        "everybody-bound",
        "critical",
        BINDINGS,
        "Everybody has a right",
        "system:authenticated is every account and every user, system:unauthenticated the whole network.",
        "Name the subjects that need it.",
        _check(_everybody),
    ),
    Rule(
        "all-accounts-bound",
        "warning",
        BINDINGS,
        "Every account of a namespace, or of the cluster, has a right",
        "Every Pod has this right, also Pods that nobody thought of.",
        "Name the accounts that need it.",
        _check(_all_accounts),
    ),
    Rule(
        "default-account-bound",
        "warning",
        BINDINGS,
        "The account `default` has a right",
        "Every Pod that names no account has this right.",
        "Give the workload that needs it its own account.",
        _check(_default),
    ),
    Rule(
        "masters-bound",
        "info",
        BINDINGS,
        "system:masters is bound",
        "That group may do everything without RBAC: the binding has no effect, but looks as if it had.",
        "Delete the binding.",
        _check(_masters),
    ),
    Rule(
        "role-missing",
        "warning",
        BINDINGS,
        "A binding to a role that does not exist",
        "It grants nothing now, but everybody who may create that role decides what it grants.",
        "Delete the binding, or write the role.",
        _check(_no_role),
    ),
    Rule(
        "account-missing",
        "warning",
        BINDINGS,
        "A binding to an account that does not exist",
        "Everybody who may create that account, or run Pods in its namespace once it exists, gets the right.",
        "Delete the subject from the binding.",
        _check(_no_account),
    ),
    Rule(
        "binding-empty",
        "info",
        BINDINGS,
        "A binding without subjects",
        "It grants nothing to anybody.",
        "Delete it.",
        _check(_no_subject),
    ),
    Rule(
        "foreign-account-bound",
        "info",
        frozenset({"RoleBinding"}),
        "An account of another namespace has a right here",
        "Everybody who runs Pods in that namespace has rights here.",
        "Check that both namespaces belong to the same people.",
        _check(_foreign),
    ),
    Rule(
        "grant-repeated",
        "info",
        BINDINGS,
        "A grant that repeats another",
        "Deleting one of them removes no right.",
        "Delete this one.",
        _check(_repeated),
    ),
)
