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
from dashboards.queries.promql import NAMESPACE, counted

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
