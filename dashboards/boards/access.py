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
from dashboards.queries.promql import NAMESPACES, counted, or_zero, parted

_GRANT = {
    "target_namespace": "Namespace",
    "target_name": "ServiceAccount",
    "source_kind": "Kind",
    "source_name": "Binding",
    "role_name": "Role",
}
_BEHIND = ["target", "target_kind", "source", "source_namespace", "role", "role_kind", "role_namespace"]


def make(edition: Edition) -> Board:
    """Return the dashboard."""
    return board(
        uid=edition.uid(shared.ACCESS),
        title=edition.title("Access"),
        tag=edition.tag,
        question="Who uses this Secret, who runs as this ServiceAccount, and what may they do?",
        answer="Check here before you rotate a Secret or reduce rights.",
        variables=shared.where(
            edition,
            shared.namespaces(),
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
    objects = f'astrolabe_resource_info{{{NAMESPACES}, kind="{kind}"}}'
    return values_of(name, kind, objects, "id", every=True)


def _figures() -> list[object]:
    def count(title: str, description: str, expr: str, steps: style.Steps) -> object:
        return shared.figure(title, description, counted(expr), steps=steps, width=8)

    return [
        count(
            "Secrets in use",
            (
                "Secrets of the chosen namespaces that an object refers to. The Hygiene dashboard lists "
                "the others."
            ),
            access.USERS_BY_SECRET,
            style.PLAIN,
        ),
        count(
            "Run as the default account",
            (
                "Workloads that run as `default`. All of them get every right of this account: give "
                "workloads that need rights their own account."
            ),
            access.DEFAULT_ACCOUNT,
            style.FEW_IS_GOOD,
        ),
        count(
            "Accounts with cluster-admin",
            (
                "ServiceAccounts among the chosen that may do anything in the cluster. Reduce the "
                "rights, unless the account belongs to the platform."
            ),
            access.ADMINS,
            style.FEW_IS_GOOD,
        ),
    ]  # fmt: skip


def _rights(edition: Edition) -> list[object]:
    return [
        Bars(
            title="Who can read Secrets",
            description=(
                "Users, groups and ServiceAccounts that can read any Secret of the chosen namespaces, by "
                "their first step: read it, enter a Pod, run a Pod, create a token. The exporter's page "
                "of a Secret has their names."
            ),
            unit="short",
            targets=[now(f"topk by (cluster) (15, {access.READERS})", "{{namespace}}: {{how}}")],
            width=8,
            height=9,
        ),
        shared.table(
            "Findings",
            (
                "Dangerous or stale parts of RBAC, here and in the whole cluster. `astrolabe access "
                "findings` says what to do about each; silence intended findings, with a reason."
            ),
            access.FINDINGS,
            {
                "severity": "Severity",
                "rule": "Rule",
                "id_kind": "Kind",
                "id_namespace": "Namespace",
                "id_name": "Name",
            },
            links={"id_name": shared.to_object(edition, "id", "id_namespace")},
            behind=["id"],
            width=16,
            empty="Nothing dangerous or stale found",
            height=9,
        ),
        shared.figure(
            "Readers gained",
            (
                "New readers of Secrets of the chosen namespaces in the time range. More than expected: "
                "check the new bindings, and who created them."
            ),
            or_zero(access.READERS_GAINED),
            steps=style.FEW_IS_GOOD,
            width=8,
            height=7,
        ),
        shared.table(
            "Tokens mounted",
            (
                "Running Pods with a token of each ServiceAccount. An account without rights needs no "
                "token: set automountServiceAccountToken to false."
            ),
            access.TOKENS,
            {"namespace": "Namespace", "serviceaccount": "ServiceAccount", "needed": "Needed"},
            values={"Value": "Pods"},
            sorted_by="Needed",
            width=16,
            height=7,
        ),
    ]


_USE = ["target", "target_kind", "target_namespace", "user", "user_namespace", "type"]


def _of_use(edition: Edition) -> dict[str, list[Any]]:
    return {f"{end}_name": shared.to_object(edition, end, f"{end}_namespace") for end in ("user", "target")}


def _secrets(edition: Edition) -> list[object]:
    links = _of_use(edition)
    return [
        shared.table(
            "Who uses which Secret",
            (
                "Each workload, Ingress and ServiceAccount with the Secrets that it refers to. Restart "
                "these after a rotation. Remove the Secret from every object that should not have it."
            ),
            access.SECRET_USERS_NAMED,
            {"namespace": "Namespace", "target_name": "Secret", "user_kind": "Kind", "user_name": "User"},
            links=links,
            behind=_USE,
            sorted_by="Secret",
            width=14,
            empty="No use of a Secret found",
            height=10,
        ),
        Bars(
            title="Users of each Secret",
            description=(
                "A Secret with many users cannot be rotated for only one of them: give each its own Secret."
            ),
            unit="short",
            targets=[
                now(
                    f"topk by (cluster) (15, {parted(access.USERS_BY_SECRET, 'target')})",
                    "{{namespace}}/{{target_name}}",
                )
            ],
            width=10,
            height=10,
        ),
    ]


def _accounts(edition: Edition) -> list[object]:
    granted = {"target_name": shared.to_object(edition, "target", "target_namespace")} | {
        f"{end}_name": shared.to_object(edition, end, f"{end}_namespace") for end in ("source", "role")
    }
    return [
        shared.table(
            "Who runs as which account",
            (
                "Each workload with its ServiceAccount. Every container of the workload has all rights "
                "of the account: give workloads that need rights their own account."
            ),
            access.ACCOUNT_USERS_NAMED,
            {
                "namespace": "Namespace",
                "target_name": "ServiceAccount",
                "user_kind": "Kind",
                "user_name": "Workload",
            },
            links=_of_use(edition),
            behind=_USE,
            sorted_by="ServiceAccount",
            width=24,
            height=8,
        ),
        shared.table(
            "What the accounts are granted",
            (
                "Bindings and roles of the chosen accounts of the chosen namespaces. A ClusterRole "
                "through a ClusterRoleBinding applies in every namespace: check whether a RoleBinding is "
                "enough."
            ),
            access.named(access.grants()),
            _GRANT,
            links=granted,
            behind=_BEHIND,
            sorted_by="ServiceAccount",
            width=24,
            height=8,
            empty="No grant found",
        ),
        shared.table(
            "Accounts with cluster-admin",
            (
                "Each container that runs as one of these may do anything: reduce the rights, or silence "
                "the finding with a reason."
            ),
            access.named(access.ADMINS),
            _GRANT,
            links=granted,
            behind=_BEHIND,
            width=24,
            height=6,
            empty="No account found with cluster-admin",
        ),
    ]  # fmt: skip
