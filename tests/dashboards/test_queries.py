"""Every query of every panel, as Prometheus itself reads and answers it."""

from __future__ import annotations

import re
from typing import Any

import pytest

from dashboards.queries import access, health
from tests.dashboards.contract import LABELS
from tests.dashboards.label_flow import UnknownLabel, labels
from tests.dashboards.prometheus import Prometheus
from tests.dashboards.rendering import BOARDS, Asked, filled, panels, queries

ASKED = list(queries())

RIGHTLY_EMPTY = {
    "hygiene: Selects nothing: A": "where something sleeps, selectors find nothing and should",
    "cost: A year at this rate: A": "there are two minutes of data",
    "cost: Data held: A": "there are two minutes of data",
    "overview: Causes: since": "what is missing does not say since when",
    "relationship-graph: Causes in the namespace: since": "what is missing does not say since when",
    "hygiene: PersistentVolumeClaims: A": "where something sleeps, claims wait for it",
}
"""Queries that find nothing in the scene `night`, and why."""


@pytest.mark.real
@pytest.mark.parametrize("asked", ASKED, ids=lambda asked: asked.where)
def test_a_query_parses_and_asks_for_what_is_there(prometheus: Prometheus, asked: Asked) -> None:
    labels(prometheus.parse(filled(asked.expr, "shop")))


@pytest.mark.real
@pytest.mark.parametrize("asked", ASKED, ids=lambda asked: asked.where)
def test_a_query_finds_what_is_there_to_find(prometheus: Prometheus, asked: Asked) -> None:
    found = answer(prometheus, asked, "night")
    if asked.where in RIGHTLY_EMPTY:
        assert found == [], RIGHTLY_EMPTY[asked.where]
    else:
        assert found != []


@pytest.mark.real
@pytest.mark.parametrize("cluster", ["doubled", "split"])
@pytest.mark.parametrize("asked", ASKED, ids=lambda asked: asked.where)
def test_no_join_finds_two_of_what_is_one(prometheus: Prometheus, asked: Asked, cluster: str) -> None:
    """Two exporters are scraped at once in a rolling update; Prometheus refuses an ambiguous join."""
    answer(prometheus, asked, cluster)


@pytest.mark.real
@pytest.mark.parametrize("asked", ASKED, ids=lambda asked: asked.where)
def test_another_cluster_stays_out(prometheus: Prometheus, asked: Asked) -> None:
    for series in answer(prometheus, asked, "absent"):
        value = series.get("value") or series["values"][-1]
        assert (series["metric"], value[1]) == ({}, "0")


def answer(prometheus: Prometheus, asked: Asked, cluster: str) -> list[dict[str, Any]]:
    expr = filled(asked.expr, cluster)
    return prometheus.vector(expr) if asked.instant else prometheus.matrix(expr)


@pytest.mark.real
@pytest.mark.parametrize(
    ("expr", "why"),
    [
        ("astrolabe_node_info", "no metric astrolabe_node_info"),
        ('astrolabe_edge_info{sourcekind="Pod"}', "astrolabe_edge_info has no sourcekind"),
        ("sum by (pod) (astrolabe_resource_info)", "sum has no pod"),
        ("sum(astrolabe_synced) and on (id) astrolabe_impact", "left of and has no id"),
        ('label_replace(astrolabe_impact, "a", "$1", "b", ".*")', "label_replace has no b"),
    ],
)
def test_a_typing_error_is_found(prometheus: Prometheus, expr: str, why: str) -> None:
    with pytest.raises(UnknownLabel, match=f"^{re.escape(why)}$"):
        labels(prometheus.parse(expr))


@pytest.mark.real
def test_the_columns_of_a_table_are_labels_of_its_query(prometheus: Prometheus) -> None:
    for board in BOARDS.values():
        for panel in panels(board):
            if panel["type"] != "table":
                continue
            found: set[str] = set()
            for target in panel["targets"]:
                found |= labels(prometheus.parse(filled(target["expr"], "shop")))
            shape = panel["transformations"][-1]["options"]
            columns = {name for name in shape["indexByName"] if not name.startswith("Value")}
            about = f"{board['title']}: {panel['title']}"
            assert columns <= found, f"{about}: {columns - found} is no label"
            assert found <= columns | {"cluster"}, f"{about}: {found - columns} would be shown too"


@pytest.mark.real
def test_a_legend_names_labels_of_its_query(prometheus: Prometheus) -> None:
    for board in BOARDS.values():
        for panel in panels(board):
            for target in panel["targets"]:
                named = set(re.findall(r"\{\{([a-z_]+)\}\}", target["legendFormat"]))
                found = labels(prometheus.parse(filled(target["expr"], "shop")))
                assert named <= found, f"{board['title']}: {panel['title']}: {named - found}"


def test_variables_ask_for_labels_of_the_contract() -> None:
    for board in BOARDS.values():
        for variable in board["templating"]["list"]:
            if variable["type"] != "query":
                continue
            query = re.fullmatch(r"label_values\((\w*)(?:\{(.*)\})?, (\w+)\)", variable["query"]["query"])
            assert query is not None, variable["query"]["query"]
            metric, matchers, label = query.groups()
            asked = set(re.findall(r"(\w+)(?==|!)", matchers or ""))
            named = re.search('__name__=~"([^"]+)"', matchers or "")
            metrics = [name for name in LABELS if re.fullmatch(named[1] if named else metric, name)]
            assert metrics
            assert all(asked | {label} <= LABELS[each] for each in metrics), variable["query"]["query"]


@pytest.mark.real
def test_what_points_nowhere_and_what_is_unused(prometheus: Prometheus) -> None:
    assert tables(prometheus, "hygiene", "shop") == {
        "Missing references": {"Secret/shop/forgotten"},
        "Missing, but optional": {"Secret/shop/maybe"},
        "Selects nothing": set(),
        "ConfigMaps": {"ConfigMap/shop/unused"},
        "Secrets": set(),
        "PersistentVolumeClaims": set(),
        "ServiceAccounts": set(),
    }
    assert tables(prometheus, "hygiene", "idle") == {
        "Missing references": {"Service/shop/gone", "Deployment/shop/gone"},
        "Missing, but optional": set(),
        "Selects nothing": {
            "Service/shop/nobody",
            "PodDisruptionBudget/shop/nobody",
            "NetworkPolicy/shop/nobody",
        },
        "ConfigMaps": set(),
        "Secrets": {"Secret/shop/nobody"},
        "PersistentVolumeClaims": {"PersistentVolumeClaim/shop/left-over"},
        "ServiceAccounts": {"ServiceAccount/shop/nobody"},
    }


@pytest.mark.real
def test_what_changed_and_why(prometheus: Prometheus) -> None:
    found = tables(prometheus, "overview", "night")
    assert found["Broke"] == {"Service/shop/api"}
    assert found["Appeared"] == {"Secret/shop/added"}
    assert found["Vanished"] == {"ConfigMap/shop/removed"}
    (cause,) = prometheus.rows(filled(health.affected(), "night"))
    assert cause == {
        "cluster": "night",
        "cause": "Secret/shop/forgotten",
        "cause_kind": "Secret",
        "cause_namespace": "shop",
        "cause_name": "forgotten",
        "reason": "NotFound",
        "message": "Secret forgotten does not exist",
    }
    along = {
        row["metric"]["id"]: row["value"][1] for row in prometheus.vector(filled(health.BROKEN, "night"))
    }
    assert along == {
        "Deployment/shop/web": "2",
        "Pod/shop/web-5d9-2": "2",
        "ReplicaSet/shop/web-5d9": "0",
        "Service/shop/api": "0",
        "StatefulSet/shop/db-old": "0",
    }


@pytest.mark.real
def test_nothing_appeared_where_nothing_was_known_before(prometheus: Prometheus) -> None:
    """The first hours after an installation, or a scrape that failed, are no news of every object."""
    said = {"cluster": "young", "id": "-", "name": health.TOO_SHORT}
    for query in (health.APPEARED, health.VANISHED):
        assert prometheus.rows(filled(query, "young")) == [said]
        assert said["name"] not in str(prometheus.rows(filled(query, "night")))
    found = tables(prometheus, "overview", "young")
    assert "StatefulSet/shop/db-old" in found["Broke"]  # better one too many
    (upgraded,) = (
        filled(panel["targets"][0]["expr"], "young")
        for panel in panels(BOARDS["helm-releases"])
        if panel["title"] == "Installed or upgraded in the time range"
    )
    assert [row["release"] for row in prometheus.rows(upgraded)] == [health.TOO_SHORT]
    assert [row["release"] for row in prometheus.rows(upgraded.replace("young", "night"))] == ["shop"]


@pytest.mark.real
def test_who_may_do_what(prometheus: Prometheus) -> None:
    def users(expr: str) -> set[tuple[str, str]]:
        return {(row["user"], row["target"]) for row in prometheus.rows(filled(expr, "night"))}

    assert users(access.SECRET_USERS) == {
        ("Ingress/shop/web", "Secret/shop/tls"),
        ("StatefulSet/shop/db", "Secret/shop/db"),
    }
    assert users(access.ACCOUNT_USERS) == {
        ("Deployment/shop/web", "ServiceAccount/shop/web"),
        ("Pod/shop/debug", "ServiceAccount/shop/default"),
    }
    (admin,) = prometheus.rows(filled(access.ADMINS, "night"))
    assert admin == {
        "cluster": "night",
        "source": "ClusterRoleBinding/web-admin",
        "target": "ServiceAccount/shop/web",
        "role": "ClusterRole/cluster-admin",
    }


@pytest.mark.real
def test_sleep_and_money(prometheus: Prometheus) -> None:
    def figure(board: str, title: str) -> float:
        (panel,) = (each for each in panels(BOARDS[board]) if each["title"] == title)
        (series,) = prometheus.vector(filled(panel["targets"][0]["expr"], "night"))
        return round(float(series["value"][1]), 3)

    assert figure("workload", "Affected") == 2
    assert figure("sleep", "Operations succeeded") == 0.5
    assert figure("sleep", "Workloads asleep") == 1
    assert figure("cost", "Saved at present") == 0.8  # 0.04 of 0.20 dollars an hour is spent


def tables(prometheus: Prometheus, board: str, cluster: str) -> dict[str, set[str]]:
    """Return the id or target of each row, by the title of the table."""
    return {
        panel["title"]: {
            row.get("id", row.get("target", ""))
            for row in prometheus.rows(filled(panel["targets"][0]["expr"], cluster))
        }
        for panel in panels(BOARDS[board])
        if panel["type"] == "table"
    }


def empty_figures(prometheus: Prometheus, cluster: str) -> set[str]:
    """Return the figures that find nothing in a cluster."""
    return {
        f"{name}: {panel['title']}"
        for name, board in BOARDS.items()
        for panel in panels(board)
        if panel["type"] == "stat" and not prometheus.vector(filled(panel["targets"][0]["expr"], cluster))
    }


@pytest.mark.real
def test_figures_say_nought_when_there_is_nothing_to_count(prometheus: Prometheus) -> None:
    """An empty figure reads as "broken"; only shares and durations of nothing are empty."""
    assert empty_figures(prometheus, "quiet") == {
        "cost: A year at this rate",
        "cost: Data held",
        "cost: Saved at present",
        "exporter: Lag, 99 of 100",
        "exporter: Series",
        "overview: Ready",
        "sleep: Operations succeeded",
        "sleep: Replicas asleep",
        "workload: Status",
    }


@pytest.mark.real
def test_figures_say_that_nothing_is_known_where_no_exporter_is(prometheus: Prometheus) -> None:
    """Nought errors, in green, is the last thing to say of a cluster that nobody looks at."""
    every = {
        f"{name}: {panel['title']}"
        for name, board in BOARDS.items()
        for panel in panels(board)
        if panel["type"] == "stat"
    }
    assert every - empty_figures(prometheus, "absent") == {"exporter: Exporters"}
