"""Access: who uses which Secret and ServiceAccount, and what those are granted."""

from __future__ import annotations

from typing import Any

from dashboards.boards import shared
from dashboards.edition import Edition
from dashboards.grafana import style
from dashboards.grafana.board import Board, board, section
from dashboards.grafana.panels import Bars
from dashboards.grafana.target import now
from dashboards.grafana.variables import values_of
from dashboards.queries import access
from dashboards.queries.promql import NAMESPACE, counted, or_zero

_GRANT = {"target": "ServiceAccount", "source": "Binding", "role": "Role"}


def make(edition: Edition) -> Board:
    """Return the dashboard."""
    return board(
        uid=edition.uid(shared.ACCESS),
        title="Access",
        question="Who uses this Secret, who runs as this ServiceAccount, and what may they do?",
        answer=(
            "Before a Secret is rotated or a role narrowed, this says who will notice. Values of Secrets "
            "are never read."
        ),
        variables=shared.where(
            edition,
            shared.one_namespace(),
            _ids("secret", "Secret"),
            _ids("account", "ServiceAccount"),
        ),
        sections=[
            section("How much", *_figures()),
            section("Who can read, and what is dangerous", *_rights(edition)),
            section("Secrets", *_secrets(edition)),
            section("ServiceAccounts", *_accounts(edition)),
        ],
        since="now-1h",
    )  # fmt: skip


def _ids(name: str, kind: str) -> Any:
    objects = f'astrolabe_resource_info{{{NAMESPACE}, kind="{kind}"}}'
    return values_of(name, kind, objects, "id", every=True)


def _figures() -> list[object]:
    def count(title: str, description: str, expr: str, steps: style.Steps) -> object:
        return shared.figure(title, description, counted(expr), steps=steps, width=8)

    return [
        count(
            "Secrets in use",
            "Secrets of the namespace that something refers to. The Hygiene dashboard lists the others.",
            access.USERS_BY_SECRET,
            style.PLAIN,
        ),
        count(
            "Run as the default account",
            (
                "Workloads that run as `default`. Every right that it is given goes to all of them: give "
                "those that need rights an account of their own."
            ),
            access.DEFAULT_ACCOUNT,
            style.FEW_IS_GOOD,
        ),
        count(
            "Accounts with cluster-admin",
            (
                "ServiceAccounts among the chosen that may do anything in the cluster. Narrow the "
                "binding, unless it belongs to the platform."
            ),
            access.ADMINS,
            style.FEW_IS_GOOD,
        ),
    ]  # fmt: skip


def _rights(edition: Edition) -> list[object]:
    return [
        Bars(
            title="Who can read Secrets here",
            description=(
                "Users, groups and ServiceAccounts that can read some Secret of the namespace, by what they "
                "do first: read it, enter a Pod, run one, make a token. The exporter's page of a Secret "
                "names them."
            ),
            unit="short",
            targets=[now(access.READERS, "{{how}}")],
            width=8,
            height=9,
        ),
        shared.table(
            "Findings",
            (
                "What is dangerous or stale, here and in the cluster. `astrolabe access findings` says what "
                "to do about each; silence what has to be with a reason."
            ),
            access.FINDINGS,
            {"severity": "Severity", "rule": "Rule", "kind": "Kind", "id": "Object"},
            links={"id": [shared.to_graph(edition, "id")]},
            behind=["namespace"],
            sorted_by="Severity",
            width=16,
            height=9,
        ),
        shared.figure(
            "Readers gained",
            "How often somebody became able to read a Secret of the namespace in the time range.",
            or_zero(access.READERS_GAINED),
            steps=style.FEW_IS_GOOD,
            width=8,
        ),
        shared.table(
            "Tokens mounted",
            (
                "Running Pods with a token of each ServiceAccount. Where it is not needed the account has no "
                "right of its own: set automountServiceAccountToken to false."
            ),
            access.TOKENS,
            {"serviceaccount": "ServiceAccount", "needed": "Needed"},
            values={"Value": "Pods"},
            behind=["namespace"],
            sorted_by="Needed",
            width=16,
            height=7,
        ),
    ]


def _secrets(edition: Edition) -> list[object]:
    links = {"user": [shared.to_graph(edition, "user")], "target": [shared.to_graph(edition, "target")]}
    return [
        shared.table(
            "Who uses which Secret",
            (
                "Each workload, Ingress and ServiceAccount with the Secrets that it refers to. Restart "
                "these after a rotation; whoever should not stand here should not have it."
            ),
            access.SECRET_USERS,
            {"target": "Secret", "user": "User"},
            links=links,
            behind=["namespace", "type"],
            sorted_by="Secret",
            width=14,
            height=10,
        ),
        Bars(
            title="Users of each Secret",
            description="A Secret that many share cannot be rotated for one of them: give each its own.",
            unit="short",
            targets=[now(f"topk(15, {access.USERS_BY_SECRET})", "{{target}}")],
            width=10,
            height=10,
        ),
    ]


def _accounts(edition: Edition) -> list[object]:
    users = {"user": [shared.to_graph(edition, "user")], "target": [shared.to_graph(edition, "target")]}
    here = {
        label: [shared.to_graph(edition, label, "account_namespace")]
        for label in ("target", "source", "role")
    }
    granted = (
        f'label_replace({access.grants()}, "account_namespace", "$1", "target", "ServiceAccount/([^/]+)/.*")'
    )
    admins = (
        f'label_replace({access.ADMINS}, "account_namespace", "$1", "target", "ServiceAccount/([^/]+)/.*")'
    )
    return [
        shared.table(
            "Who runs as which account",
            (
                "Each workload with its ServiceAccount. Whatever the account may do, every container of "
                "these may."
            ),
            access.ACCOUNT_USERS,
            {"target": "ServiceAccount", "user": "Workload"},
            links=users,
            behind=["namespace", "type"],
            sorted_by="ServiceAccount",
            width=12,
            height=10,
        ),
        shared.table(
            "What the accounts are granted",
            (
                "Bindings and roles of the chosen accounts. A ClusterRole through a ClusterRoleBinding "
                "holds in every namespace: ask whether a RoleBinding would do."
            ),
            granted,
            _GRANT,
            links=here,
            behind=["account_namespace"],
            sorted_by="ServiceAccount",
            width=12,
            height=10,
        ),
        shared.table(
            "Accounts with cluster-admin",
            "Those that may do anything. Each container that runs as one of these is as good as the cluster.",
            admins,
            _GRANT,
            links=here,
            behind=["account_namespace"],
            width=24,
            height=6,
        ),
    ]  # fmt: skip
