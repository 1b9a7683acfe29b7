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
        question="What points nowhere, and what does nobody use?",
        answer="Fix what is missing; look at the unused before deleting.",
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
                "Things that have to exist and do not, each once. Each is a Pod that does not start or a "
                "route that fails: fix these first."
            ),
            hygiene.MISSING_TARGETS,
            style.NONE_IS_GOOD,
        ),
        count(
            "Missing, optional",
            (
                "Things that may be missing, each once. Usually that is meant: look for typing "
                "errors among them."
            ),
            hygiene.OPTIONAL_TARGETS,
            style.PLAIN,
        ),
        count(
            "Select nothing",
            (
                "Services, PodDisruptionBudgets and NetworkPolicies that select no Pod while nothing "
                "sleeps. Their protection or traffic goes nowhere."
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
                "PersistentVolumeClaims that no Pod mounts. They are paid for: see what they cost in the "
                "Cost dashboard."
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
                "References to things that do not exist: create the target, or take the reference "
                "out. `routes-to` is an Ingress without its Service, `scales` an autoscaler without "
                "its workload."
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
                "What has to exist and does not, each thing once, by the relation that misses it. A step up "
                "is the deployment that forgot something: its time says which."
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
                "Services whose Pods are gone or whose selector has a typing error, and policies that "
                "protect nobody. Compare the selector with the Pods' labels."
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
            "What works without its target. Read it once for typing errors.",
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
                "No Pod and no Pod template refers to them. Often the generations that a generator left "
                "behind: delete those that no rollback needs."
            ),
            hygiene.UNUSED_CONFIGMAPS,
        ),
        unused(
            "Secrets",
            (
                "Nothing refers to them: no Pod, Ingress or ServiceAccount. Ask their owner, revoke what "
                "they open, then delete."
            ),
            hygiene.UNUSED_SECRETS,
        ),
        unused(
            "PersistentVolumeClaims",
            (
                "No Pod mounts them, and nothing sleeps in their namespace. Take a snapshot and delete. "
                "While something sleeps there, look again when it is awake."
            ),
            hygiene.UNUSED_CLAIMS,
        ),
        unused(
            "ServiceAccounts",
            (
                "No Pod runs as them. If something grants them rights, those are rights that only an "
                "attacker uses."
            ),
            hygiene.UNUSED_ACCOUNTS,
        ),
    ]
