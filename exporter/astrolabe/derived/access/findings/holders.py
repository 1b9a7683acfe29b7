"""Rules about ServiceAccounts and Secrets: who uses them, and who does not."""

from __future__ import annotations

from astrolabe.derived.access.findings.rule import EVERYBODYS, Rule, View
from astrolabe.derived.access.uses import is_token_of, token_account
from astrolabe.graph.facts import Facts, kind_of
from astrolabe.kinds.models.details import SecretDetail

_ACCOUNT = frozenset({"ServiceAccount"})
_SECRET = frozenset({"Secret"})
_TEMPLATED = frozenset({"Deployment", "StatefulSet", "DaemonSet", "ReplicaSet", "Job", "CronJob", "Pod"})
REFERRING = (*sorted(_TEMPLATED), "Ingress", "ServiceAccount")
"""Kinds that refer to Secrets."""
_CONTROLLERS = frozenset({"kube-system", "kube-public", "kube-node-lease"})
"""Namespaces in which Kubernetes makes accounts of its own."""
_KEPT = ("bootstrap-token-",)
"""What the API server itself reads."""


def _idle(view: View, account: str) -> bool:
    """Whether nothing runs as an account, and nothing would if it were scaled up."""
    return not any(kind_of(each) in _TEMPLATED for each in view.graph.referring(account))


def _knows_users(view: View, namespace: str) -> bool:
    return all(view.graph.covers(kind, namespace) for kind in sorted(_TEMPLATED))


def _unused(view: View, facts: Facts) -> str | None:
    if facts.name == "default" or facts.namespace in _CONTROLLERS or not _knows_users(view, facts.namespace):
        return None
    if not _idle(view, facts.id) or any(view.uses.tokens_of(facts.id)):
        return None
    return None if any(view.own_grants(facts.id)) else "nothing runs as it, and it has no right"


def _idle_rights(view: View, facts: Facts) -> str | None:
    if facts.namespace in _CONTROLLERS or not _knows_users(view, facts.namespace):
        return None
    if not _idle(view, facts.id) or any(view.uses.tokens_of(facts.id)):
        return None
    named = {
        binding.role
        for binding in view.rights.bindings_of(facts.id)
        if binding.role not in EVERYBODYS and view.rights.rules(binding.role)
    }
    return f"it is granted {', '.join(sorted(named)[:3])}" if named else None


def _needless(view: View, facts: Facts) -> str | None:
    tokens = view.uses.tokens[facts.id]
    if not tokens or any(view.own_grants(facts.id)):
        return None
    return f"{tokens} Pod{'s' if tokens > 1 else ''} with a token that gives no right"


def _admin_mounted(view: View, facts: Facts) -> str | None:
    if not view.uses.tokens[facts.id]:
        return None
    for binding in view.rights.bindings_of(facts.id):
        if not binding.namespace and view.does_everything(binding.role):
            return f"{view.uses.tokens[facts.id]} of its Pods may do everything, by {binding.id}"
    return None


def _long_lived(view: View, facts: Facts) -> str | None:
    account = token_account(facts)
    if not account or _orphaned(view, facts):
        return None
    return f"a token of {account} that does not end"


def _last_used(view: View, facts: Facts) -> str | None:
    detail = facts.detail
    if not isinstance(detail, SecretDetail) or not detail.account or detail.last_used:
        return None
    if _orphaned(view, facts):
        return None
    return f"a token of ServiceAccount {detail.account} that was never used"


def _token_of_nobody(view: View, facts: Facts) -> str | None:
    return _orphaned(view, facts) or None


def _orphaned(view: View, facts: Facts) -> str:
    """Say why the token of a Secret is nobody's, empty where it is somebody's or there is none."""
    account = token_account(facts)
    if not account:
        return ""
    node = view.graph.get(account)
    if node is not None:
        return "" if is_token_of(facts, node.facts) else f"{account} is another one than its token is of"
    return "" if view.exists(account, "ServiceAccount", facts.namespace) else f"{account} does not exist"


def _secret_unused(view: View, facts: Facts) -> str | None:
    if facts.detail is not None and (not isinstance(facts.detail, SecretDetail) or facts.detail.account):
        return None
    if view.graph.referring(facts.id) or facts.owners:
        return None
    if facts.namespace in _CONTROLLERS or facts.name.startswith(_KEPT):
        return None
    if not all(view.graph.covers(kind, facts.namespace) for kind in REFERRING):
        return None
    names = view.readable.of(facts.namespace)
    if names is None or facts.name in names:
        return None
    return "nothing that is followed refers to it, and no program there may read it by the API"


RULES: tuple[Rule, ...] = (
    Rule(
        "account-unused",
        "info",
        _ACCOUNT,
        "An account that nothing uses",
        "Everybody who runs Pods in the namespace can run as it, but gains nothing: it is clutter.",
        "Delete it.",
        _unused,
    ),
    Rule(
        "rights-unused",
        "warning",
        _ACCOUNT,
        "An account with rights that no Pod runs as",
        "Everybody who may run a Pod as this account gets its rights.",
        "Delete its bindings, then the account.",
        _idle_rights,
    ),
    Rule(
        "token-needless",
        "info",
        _ACCOUNT,
        "Mounted tokens without rights",
        "A token identifies the Pod, and gives only the rights of every account: the Pod does not need it.",
        "Set automountServiceAccountToken: false on the account, or on the Pods.",
        _needless,
    ),
    Rule(
        "admin-token-mounted",
        "critical",
        _ACCOUNT,
        "Pods that may do everything",
        "An attacker in one of these containers controls the whole cluster.",
        "Give the account the rights that it uses.",
        _admin_mounted,
    ),
    Rule(
        "token-long-lived",
        "warning",
        _SECRET,
        "A token in a Secret that never expires",
        "A copy of the Secret is a copy of the token, and nobody notices; tokens of people end up in files.",
        "Use requested tokens (kubectl create token) or mounted tokens, which expire.",
        _long_lived,
    ),
    Rule(
        "token-never-used",
        "info",
        _SECRET,
        "A token in a Secret that was never used",
        "Nobody needs it, and everybody who finds it can use it.",
        "Delete the Secret.",
        _last_used,
    ),
    Rule(
        "token-of-nobody",
        "info",
        _SECRET,
        "A token of an account that does not exist",
        "It is useless: a recreated account has another UID and its own tokens.",
        "Delete the Secret.",
        _token_of_nobody,
    ),
    Rule(
        "secret-unused",
        "info",
        _SECRET,
        "A Secret that nothing refers to",
        "It can be read like any other, and nobody rotates it. Secrets that a program of the namespace "
        "may read by the API are not reported.",
        "Delete it, or silence this if somebody else reads it.",
        _secret_unused,
    ),
)
