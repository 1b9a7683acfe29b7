"""Who may read and do what: Secrets, ServiceAccounts and the roles bound to them."""

from __future__ import annotations

from dashboards.queries.merged import grown, total
from dashboards.queries.promql import CLUSTER, NAMESPACES, distinct, parted, renamed
from dashboards.queries.rolled_up import owners

_EDGE = "astrolabe_edge_info"


def _by_user(matchers: str) -> str:
    """Return edges from Pods, with their topmost owner as the label `user`, and from other users."""
    pods = f'{_EDGE}{{{NAMESPACES}, {matchers}, source_kind="Pod"}}'
    with_pod = f'label_replace({pods}, "pod", "$1", "source", "Pod/[^/]+/(.+)")'
    moved = renamed(
        f"({with_pod} * on (cluster, namespace, pod) group_left (owner) {owners(NAMESPACES)})",
        "user",
        "owner",
    )
    others = f'{_EDGE}{{{NAMESPACES}, {matchers}, source_kind!~"Pod|ReplicaSet|Job"}}'
    return distinct(
        f"({moved} or {renamed(others, 'user', 'source')})", "type", "namespace", "user", "target"
    )


SECRET_USERS = _by_user('type="uses-secret", target=~"$secret"')
"""Who uses each Secret, Pods rolled up into their workload."""
SECRET_USERS_NAMED = parted(parted(SECRET_USERS, "user"), "target")

_EVERY_USER = _by_user('type="uses-secret"')
USERS_BY_SECRET = f"count by (cluster, namespace, target) ({_EVERY_USER})"
"""How many use each Secret."""

ACCOUNT_USERS = _by_user('type="uses-sa", target=~"$account"')
"""Who runs as each ServiceAccount."""
ACCOUNT_USERS_NAMED = parted(parted(ACCOUNT_USERS, "user"), "target")


_CHOSEN = 'target=~"$account", target=~"ServiceAccount/$namespace/.+"'


def grants(role: str = "") -> str:
    """Return account (`target`), binding (`source`) and `role` of each grant to the chosen accounts."""
    accounts = f'{_EDGE}{{{CLUSTER}, type="grants", target_kind="ServiceAccount", {_CHOSEN}}}'
    roles = f'{_EDGE}{{{CLUSTER}, type="grants", target_kind=~"Role|ClusterRole"{role}}}'
    granted = distinct(renamed(roles, "role", "target"), "source", "role")
    return f"{distinct(accounts, 'source', 'target')} * on (cluster, source) group_left (role) {granted}"


def named(grants: str) -> str:
    """Return grants with the parts of their three ids."""
    return parted(parted(parted(grants, "target"), "source"), "role")


ADMINS = grants(', target="ClusterRole/cluster-admin"')
"""The accounts that may do anything."""

READERS = f"max by (cluster, namespace, how) (astrolabe_access_secret_readers{{{NAMESPACES}}})"
"""How many can read some Secret, by their first step."""

READERS_GAINED = total(grown("astrolabe_access_readers_gained_total", NAMESPACES))
"""How often somebody became able to, in the time range."""

_FOUND = distinct(
    f'astrolabe_access_finding_info{{{CLUSTER}, namespace=~"$namespace|"}}',
    "severity",
    "rule",
    "id",
)
FINDINGS = parted(_FOUND, "id")
"""Findings of the namespace, and of what is in none; worst 500 of the cluster."""

TOKENS = (
    "max by (cluster, namespace, serviceaccount, needed)"
    f" (astrolabe_serviceaccount_token_mounts{{{NAMESPACES}}})"
)
"""Pods with a token, by account."""

DEFAULT_ACCOUNT = _by_user('type="uses-sa", target=~"ServiceAccount/[^/]+/default"')
"""Workloads that run as the namespace's default account."""
