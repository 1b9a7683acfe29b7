"""What was wrong to the eye on the dashboards once, each with its kind: what no other file here holds."""

from __future__ import annotations

import re
from typing import Any

import pytest

from dashboards.queries import node_graph
from tests.dashboards.prometheus import Prometheus
from tests.dashboards.recording import Recording
from tests.dashboards.rendering import BOARDS, filled, panels

LETTERS_OF_A_LINE = 165
"""What fits beside Grafana's own menu on a screen of 1280 pixels."""


def panel(board: str, title: str) -> dict[str, Any]:
    return next(each for each in panels(BOARDS[board]) if each["title"] == title)


def rows(prometheus: Prometheus, board: str, title: str, cluster: str, **values: str) -> list[dict[str, str]]:
    return [
        row
        for target in panel(board, title)["targets"]
        for row in prometheus.rows(filled(target["expr"], cluster, **values))
    ]


def test_what_a_board_answers_is_one_line(board: dict[str, Any]) -> None:
    words = board["panels"][0]["options"]["content"]
    assert "\n" not in words
    assert len(re.sub(r"[*`]|\]\([^)]*\)", "", words)) <= LETTERS_OF_A_LINE


def test_a_description_goes_on_to_what_to_do(board: dict[str, Any]) -> None:
    """It says what is shown, and then what to make of it."""
    for each in panels(board)[1:]:
        assert len(re.findall(r"[.:;?](?=\s|$)", each["description"])) >= 2, each["title"]


def test_a_title_says_what_is_shown_when_nothing_is_chosen(board: dict[str, Any]) -> None:
    """A variable alone is then the title `All`."""
    for each in board["panels"]:
        assert not re.fullmatch(r"\$\w+(, .*)?", each["title"]), each["title"]


def test_alerts_are_a_table_of_the_chosen_prometheus() -> None:
    """Grafana's list of alerts takes no variable for its data source, and stays empty."""
    assert not [
        each["title"] for board in BOARDS.values() for each in panels(board) if each["type"] == "alertlist"
    ]
    (asked,) = panel("overview", "Alerts")["targets"]
    assert "ALERTS{" in asked["expr"]


def test_one_that_is_chosen_is_never_replaced_by_another(board: dict[str, Any]) -> None:
    """Where the time range does not hold it, Grafana takes the first option: All, none in particular."""
    for variable in board["templating"]["list"]:
        if variable["type"] == "query" and variable["name"] != "cluster":
            assert variable["includeAll"], variable["name"]


def test_an_object_is_offered_whatever_its_namespace_is() -> None:
    (variable,) = (
        each for each in BOARDS["relationship-graph"]["templating"]["list"] if each["name"] == "object"
    )
    assert "$namespace" not in variable["query"]["query"]


def test_durations_are_averages_and_no_middle_of_a_bucket() -> None:
    asked = [target["expr"] for each in panels(BOARDS["sleep"]) for target in each["targets"]]
    assert any("kube_green_operation_duration_seconds_sum" in expr for expr in asked)
    assert not any("kube_green_operation_duration_seconds_bucket" in expr for expr in asked)


def test_a_legend_with_a_line_for_each_kind_scrolls() -> None:
    many = [
        each
        for each in panels(BOARDS["exporter"])
        if each["type"] == "timeseries"
        and any(
            re.match(r"\{\{(kind|resource|type)\}\}( \{\{\w+\}\})?$", target["legendFormat"])
            for target in each["targets"]
        )
    ]
    assert {each["title"] for each in many} == {"Events", "Objects", "Relations"}
    for each in many:
        legend = each["options"]["legend"]
        assert (legend["displayMode"], legend["placement"], legend["sortDesc"]) == ("table", "right", True)


@pytest.mark.real
@pytest.mark.timeout(120)
@pytest.mark.parametrize(("end", "relation"), [("target", "runs-on"), ("source", "provisions")])
def test_what_is_in_no_namespace_has_a_picture(
    day: Prometheus, recording: Recording, end: str, relation: str
) -> None:
    at = recording.at("12:30")
    named = day.vector(f'astrolabe_edge_info{{type="{relation}"}}', at)[0]["metric"][end]
    assert named.partition("/")[0] in {"Node", "StorageClass"}
    asked = filled(node_graph.SURROUNDINGS.edges, "", object=named)
    edges = [row["metric"] for row in day.vector(asked, at)]
    assert edges
    assert all(named in {edge["source"], edge["target"]} for edge in edges)
    assert relation in {edge["mainstat"] for edge in edges}


@pytest.mark.real
def test_the_graph_knows_releases_and_which_references_are_optional(prometheus: Prometheus) -> None:
    nodes = prometheus.rows(filled(node_graph.ROLLED_UP.nodes, "night"))
    assert {node["detail__release"] for node in nodes if "detail__release" in node} == {"db", "shop"}
    edges = prometheus.rows(filled(node_graph.SURROUNDINGS.edges, "shop", object="Deployment/shop/web"))
    optional = {edge["target"] for edge in edges if edge.get("detail__optional") == "true"}
    assert optional == {"Secret/shop/maybe"}
    assert "Secret/shop/forgotten" in {edge["target"] for edge in edges}


@pytest.mark.real
def test_relations_list_what_is_missing(prometheus: Prometheus) -> None:
    found = rows(prometheus, "relationship-graph", "Relations of $object", "shop")
    missing = rows(prometheus, "relationship-graph", "Missing for $object", "shop")
    assert "Secret/shop/forgotten" in {row["target"] for row in [*found, *missing]}


@pytest.mark.real
def test_a_missing_thing_counts_once_however_many_refer_to_it(prometheus: Prometheus) -> None:
    for cluster in ("shop", "night", "idle"):
        table = rows(prometheus, "hygiene", "Missing references", cluster)
        (figure,) = prometheus.vector(
            filled(panel("hygiene", "Missing, required")["targets"][0]["expr"], cluster)
        )
        assert int(figure["value"][1]) == len({row["target"] for row in table}), cluster
        (over_time,) = panel("hygiene", "Missing things over time")["targets"]
        by_type = prometheus.vector(filled(over_time["expr"], cluster))
        assert sum(int(series["value"][1]) for series in by_type) == int(figure["value"][1]), cluster
    assert len(table) >= 2


@pytest.mark.real
def test_access_answers_for_the_cluster_and_then_for_a_namespace(prometheus: Prometheus) -> None:
    for title in ("Who uses which Secret", "Who runs as which account", "What the accounts are granted"):
        everywhere = rows(prometheus, "access", title, "night", namespace=".*")
        assert everywhere, title
        assert rows(prometheus, "access", title, "night", namespace="nowhere") == [], title
