"""Hygiene: what points nowhere, and what nobody uses."""

from __future__ import annotations

from dashboards.boards import shared
from dashboards.edition import Edition
from dashboards.grafana import style
from dashboards.grafana.board import Board, board, section
from dashboards.grafana.panels import Lines
from dashboards.grafana.target import over_time
from dashboards.queries import hygiene
from dashboards.queries.promql import counted, distinct


def make(edition: Edition) -> Board:
    """Return the dashboard."""
    return board(
        uid=edition.uid(shared.HYGIENE),
        title=edition.title("Hygiene"),
        tag=edition.tag,
        question="Which references are missing, and which objects are unused?",
        answer="Fix missing references; check unused objects before you delete them.",
        variables=shared.where(edition, shared.namespaces()),
        sections=[
            section("How much", *_figures()),
            section("Points nowhere", *_missing(edition)),
            section("Unused", *_unused(edition)),
        ],
        since="now-24h",
    )


def _figures() -> list[object]:
    def count(title: str, description: str, expr: str, steps: style.Steps) -> object:
        return shared.figure(title, description, counted(expr), steps=steps)

    return [
        count(
            "Missing, required",
            (
                "Required objects that do not exist, each once. Each stops a Pod from starting or breaks "
                "a route: fix these first."
            ),
            hygiene.MISSING_TARGETS,
            style.NONE_IS_GOOD,
        ),
        count(
            "Missing, optional",
            (
                "Optional objects that do not exist, each once. Usually intended: look for typing errors."
            ),
            hygiene.OPTIONAL_TARGETS,
            style.PLAIN,
        ),
        count(
            "Select nothing",
            (
                "Services, PodDisruptionBudgets and NetworkPolicies that select no Pod while nothing "
                "sleeps. They have no effect."
            ),
            hygiene.SELECTS_NOTHING,
            style.FEW_IS_GOOD,
        ),
        count(
            "Unused ConfigMaps",
            (
                "ConfigMaps that no Pod or Pod template refers to. A program may still read them: ask before "
                "deleting."
            ),
            hygiene.UNUSED_CONFIGMAPS,
            style.PLAIN,
        ),
        count(
            "Unused Secrets",
            "Secrets that nothing refers to. A credential that nobody uses should be revoked.",
            hygiene.UNUSED_SECRETS,
            style.FEW_IS_GOOD,
        ),
        count(
            "Unused claims",
            (
                "PersistentVolumeClaims that no Pod mounts. You pay for them: the Cost dashboard shows "
                "how much."
            ),
            hygiene.UNUSED_CLAIMS,
            style.FEW_IS_GOOD,
        ),
    ]  # fmt: skip


def _missing(edition: Edition) -> list[object]:
    each_once = distinct(hygiene.missing(hygiene.REQUIRED), "type", "target")
    by_type = f"count by (cluster, type) ({each_once})"
    return [
        shared.table(
            "Missing references",
            (
                "References to objects that do not exist: create the target, or remove the reference. "
                "`routes-to` is an Ingress without its Service, `scales` an autoscaler without its "
                "workload."
            ),
            hygiene.references(hygiene.REQUIRED),
            shared.REFERENCE_COLUMNS,
            links=shared.of_reference(edition),
            behind=["source", "target", "source_namespace"],
            sorted_by="To",
            width=24,
            empty="No missing reference found",
        ),
        Lines(
            title="Missing things over time",
            description=(
                "Required objects that do not exist, each once, by relation. A step up is a deployment "
                "with a missing object: its time says which."
            ),
            unit="short",
            targets=[over_time(by_type, "{{type}}")],
            stacked=True,
            width=10,
            empty="No missing reference found in the time range",
        ),
        shared.table(
            "Selects nothing",
            (
                "Services without Pods or with a typing error in the selector, and policies that protect "
                "no Pod. Compare the selector with the Pods' labels."
            ),
            hygiene.SELECTS_NOTHING,
            _NAMED,
            links={"name": shared.to_object(edition)},
            behind=["id"],
            sorted_by="Kind",
            width=14,
            empty="No selector found that selects nothing",
        ),
        shared.table(
            "Missing, but optional",
            "Objects that work without the target. Check once for typing errors.",
            hygiene.references(hygiene.OPTIONAL),
            shared.REFERENCE_COLUMNS,
            links=shared.of_reference(edition),
            behind=["source", "target", "source_namespace"],
            sorted_by="To",
            width=24,
            empty="None found that is missing",
        ),
    ]  # fmt: skip


_NAMED = {"kind": "Kind", "namespace": "Namespace", "name": "Name"}


def _unused(edition: Edition) -> list[object]:
    def unused(title: str, description: str, expr: str) -> object:
        return shared.table(
            title,
            description,
            expr,
            {"namespace": "Namespace", "name": "Name"},
            links={"name": shared.to_object(edition)},
            behind=["id", "kind"],
            sorted_by="Namespace",
            width=12,
            height=7,
            empty="None found that is unused",
        )

    return [
        unused(
            "ConfigMaps",
            (
                "No Pod and no Pod template refers to them. Often old versions from a generator: delete "
                "those that no rollback needs."
            ),
            hygiene.UNUSED_CONFIGMAPS,
        ),
        unused(
            "Secrets",
            (
                "Nothing refers to them: no Pod, Ingress or ServiceAccount. Ask the owner, revoke the "
                "credential, then delete the Secret."
            ),
            hygiene.UNUSED_SECRETS,
        ),
        unused(
            "PersistentVolumeClaims",
            (
                "No Pod mounts them, and nothing sleeps in their namespace. Take a snapshot and delete. "
                "If workloads sleep there, check again when they are awake."
            ),
            hygiene.UNUSED_CLAIMS,
        ),
        unused(
            "ServiceAccounts",
            ("No Pod runs as them. If they have rights, only an attacker would use them."),
            hygiene.UNUSED_ACCOUNTS,
        ),
    ]
