"""What merely sleeps is no trouble, and what is troubled beside it is."""

from __future__ import annotations

import pytest

from tests.dashboards.prometheus import Prometheus
from tests.dashboards.rendering import BOARDS, filled, panels

pytestmark = pytest.mark.real

SLEEPERS = {
    "EndpointSlice/shop/report-x",
    "HorizontalPodAutoscaler/shop/report",
    "PodDisruptionBudget/shop/report",
    "Service/shop/report",
}
TROUBLED = {
    "EndpointSlice/shop/web-x",
    "HorizontalPodAutoscaler/shop/web",
    "Pod/shop/web-1",
    "PodDisruptionBudget/shop/web",
    "Service/shop/web",
}
ELSEWHERE = {"EndpointSlice/pay/api-x", "Service/pay/api"}
"""Selects nothing either, but nothing sleeps beside it."""


def rows(
    prometheus: Prometheus,
    board: str,
    title: str,
    cluster: str,
    *,
    kind: str = "table",
    namespace: str = ".*",
) -> list[tuple[dict[str, str], dict[str, float]]]:
    """Return the labels of each row of a panel with its values by refId."""
    (panel,) = (each for each in panels(BOARDS[board]) if (each["title"], each["type"]) == (title, kind))
    found: dict[frozenset[tuple[str, str]], dict[str, float]] = {}
    for target in panel["targets"]:
        for series in prometheus.vector(filled(target["expr"], cluster, namespace=namespace)):
            row = found.setdefault(frozenset(series["metric"].items()), {})
            row[target["refId"]] = float(series["value"][1])
    return [(dict(labels), values) for labels, values in found.items()]


def listed(
    prometheus: Prometheus, title: str, cluster: str, label: str = "id", board: str = "overview"
) -> set[str]:
    """Return what a table lists."""
    return {labels[label] for labels, _ in rows(prometheus, board, title, cluster)}


@pytest.mark.parametrize("cluster", ["asleep", "asleep twice"])
def test_the_overview_lists_no_sleeper(prometheus: Prometheus, cluster: str) -> None:
    assert listed(prometheus, "Objects that are not Ready", cluster) == TROUBLED | ELSEWHERE
    assert listed(prometheus, "Why each is not Ready", cluster) == {"Service/shop/web", "Service/pay/api"}
    causes = {"EndpointSlice/shop/web-x", "EndpointSlice/pay/api-x"}
    assert listed(prometheus, "Causes", cluster, "cause") == causes
    assert listed(prometheus, "Broke", cluster) == {"HorizontalPodAutoscaler/shop/web"}


def test_without_metrics_of_sleep_everything_is_listed(prometheus: Prometheus) -> None:
    everything = SLEEPERS | TROUBLED | ELSEWHERE
    assert listed(prometheus, "Objects that are not Ready", "resting") == everything
    assert "Service/shop/report" in listed(prometheus, "Why each is not Ready", "resting")
    assert "EndpointSlice/shop/report-x" in listed(prometheus, "Causes", "resting", "cause")
    assert "HorizontalPodAutoscaler/shop/report" in listed(prometheus, "Broke", "resting")


def test_the_claim_of_a_sleeper_is_not_called_unused(prometheus: Prometheus) -> None:
    def unused(cluster: str) -> set[str]:
        return listed(prometheus, "PersistentVolumeClaims", cluster, board="hygiene")

    assert unused("resting") == {"PersistentVolumeClaim/shop/data-report-0"}
    assert unused("asleep") == set()


@pytest.mark.parametrize(
    ("cluster", "error", "pending", "ready"),
    [("resting", 3, 8, 1 / 12), ("asleep", 2, 5, 5 / 12), ("asleep twice", 4, 10, 5 / 12)],
)
def test_figures_take_sleepers_for_well(
    prometheus: Prometheus, cluster: str, error: int, pending: int, ready: float
) -> None:
    def figure(title: str) -> float:
        ((_, values),) = rows(prometheus, "overview", title, cluster, kind="stat")
        return values["A"]

    assert figure("In error") == error
    assert figure("Pending") == pending
    assert figure("Ready") == pytest.approx(ready)


def test_namespaces_and_kinds_count_sleepers_apart(prometheus: Prometheus) -> None:
    def health(cluster: str) -> dict[str, dict[str, float]]:
        found = rows(prometheus, "overview", "Health of each namespace", cluster)
        return {labels["namespace"]: values for labels, values in found}

    pay = {"Pending": 2}
    assert health("asleep") == {"shop": {"Ready": 1, "Pending": 3, "Error": 2, "Resting": 4}, "pay": pay}
    assert health("resting") == {"shop": {"Ready": 1, "Pending": 6, "Error": 3}, "pay": pay}
    kinds = rows(prometheus, "overview", "Not Ready by kind", "asleep", kind="bargauge")
    assert {labels["kind"]: values["A"] for labels, values in kinds} == {
        "EndpointSlice": 2,
        "HorizontalPodAutoscaler": 1,
        "Pod": 1,
        "PodDisruptionBudget": 1,
        "Service": 2,
    }


@pytest.mark.parametrize("title", ["Objects that are not Ready", "Objects that are not Ready, by release"])
def test_a_release_is_not_worse_for_what_sleeps(prometheus: Prometheus, title: str) -> None:
    kind = "bargauge" if title.endswith("release") else "table"

    def count(cluster: str) -> float:
        found = rows(prometheus, "helm-releases", title, cluster, kind=kind, namespace="shop")
        return sum(values["A"] for _, values in found)

    assert (count("resting"), count("asleep")) == (7, 4)


def test_the_graph_of_a_namespace_counts_no_sleeper(prometheus: Prometheus) -> None:
    def count(cluster: str) -> float:
        found = rows(prometheus, "relationship-graph", "Not Ready", cluster, kind="stat", namespace="shop")
        return sum(values["A"] for _, values in found)

    assert (count("resting"), count("asleep")) == (9, 5)
