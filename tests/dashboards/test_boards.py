"""What every dashboard has, whatever it shows."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import urlsplit

import pytest

from tests.dashboards.rendering import APP_BOARDS, BOARDS, panels, strings

PROMETHEUS = {"type": "prometheus", "uid": "${datasource}"}
NAMES = (
    "overview",
    "relationship-graph",
    "workload",
    "helm-releases",
    "hygiene",
    "access",
    "sleep",
    "cost",
    "exporter",
)


def test_there_are_nine() -> None:
    assert tuple(BOARDS) == NAMES


def test_the_model_is_the_classic_one_of_schema_version_42(board: dict[str, Any]) -> None:
    assert board["schemaVersion"] == 42
    assert board["id"] is None
    assert board["editable"] is False
    assert board["tags"] == ["astrolabe"]
    assert re.fullmatch(r"astrolabe-[a-z-]{4,30}", board["uid"])
    assert not {"__inputs", "__requires", "rows", "style", "gnetId"} & set(board)


def test_uids_are_stable() -> None:
    """People bookmark them, alerts link to them: changing one breaks both."""
    assert {name: board["uid"] for name, board in BOARDS.items()} == {
        "overview": "astrolabe-overview",
        "relationship-graph": "astrolabe-graph",
        "workload": "astrolabe-workload",
        "helm-releases": "astrolabe-helm-releases",
        "hygiene": "astrolabe-hygiene",
        "access": "astrolabe-access",
        "sleep": "astrolabe-sleep",
        "cost": "astrolabe-cost",
        "exporter": "astrolabe-exporter",
    }


def test_the_top_says_which_question_is_answered(board: dict[str, Any]) -> None:
    top = board["panels"][0]
    assert (top["type"], top["gridPos"]["y"]) == ("text", 0)
    question = board["description"]
    assert question.endswith("?")
    assert top["options"]["content"].startswith(f"**{question}** ")


def test_every_panel_says_what_it_is(board: dict[str, Any]) -> None:
    titles = [panel["title"] for panel in panels(board)]
    assert all(titles)
    for panel in panels(board)[1:]:
        about = f"{board['title']}: {panel['title']}"
        assert panel["description"].endswith("."), about
        assert len(panel["description"]) > 40, about
        assert panel["fieldConfig"]["defaults"]["unit"], about
        assert panel["datasource"] == PROMETHEUS, about
        assert panel["fieldConfig"]["defaults"]["thresholds"]["steps"][0]["value"] is None, about


def test_every_panel_asks_something_of_the_chosen_data_source(board: dict[str, Any]) -> None:
    for panel in panels(board)[1:]:
        refs = [target["refId"] for target in panel["targets"]]
        assert len(set(refs)) == len(refs)
        assert refs or panel["type"] == "alertlist", panel["title"]
        for target in panel["targets"]:
            assert target["datasource"] == PROMETHEUS
            assert target["range"] is not target["instant"]
            assert 'cluster="$cluster"' in target["expr"], panel["title"]


def test_rates_follow_the_scrape_interval(board: dict[str, Any]) -> None:
    for text in strings(board):
        assert "$__interval" not in text
        assert set(re.findall(r"\}\[([^\]]+)\]", text)) <= {"$__rate_interval", "$__range", "$__range:5m"}, (
            text
        )


def test_stats_and_tables_ask_for_the_present_and_lines_for_the_past(board: dict[str, Any]) -> None:
    over_time = {"timeseries", "state-timeline"}
    for panel in panels(board):
        for target in panel["targets"]:
            assert target["instant"] is (panel["type"] not in over_time), panel["title"]
            table = panel["type"] in {"table", "nodeGraph"}
            assert target["format"] == ("table" if table else "time_series"), panel["title"]


def test_no_panel_lies_over_another(board: dict[str, Any]) -> None:
    taken: dict[tuple[int, int], str] = {}
    for panel in board["panels"]:
        at = panel["gridPos"]
        assert at["x"] + at["w"] <= 24, panel["title"]
        for x in range(at["x"], at["x"] + at["w"]):
            for y in range(at["y"], at["y"] + at["h"]):
                assert (x, y) not in taken, f"{panel['title']} lies over {taken[x, y]}"
                taken[x, y] = panel["title"]
    ids = [panel["id"] for panel in board["panels"]]
    assert ids == list(range(1, len(ids) + 1))


def test_no_line_of_panels_leaves_a_hole(board: dict[str, Any]) -> None:
    """A line that starts where the one above is still going would stand under nothing in Grafana."""
    rows = [panel["gridPos"]["y"] for panel in board["panels"] if panel["type"] == "row"]
    for panel in board["panels"]:
        at = panel["gridPos"]
        for y in rows:
            assert not at["y"] < y < at["y"] + at["h"], panel["title"]


def test_variables(board: dict[str, Any]) -> None:
    variables = {variable["name"]: variable for variable in board["templating"]["list"]}
    first = board["templating"]["list"][0]
    assert (first["name"], first["type"], first["label"], first["query"]) == (
        "datasource",
        "datasource",
        "Data source",
        "prometheus",
    )
    assert variables["cluster"]["hide"] == 2
    for name, variable in variables.items():
        if variable["type"] == "query":
            assert variable["refresh"] == 2, name
            assert variable["datasource"] == PROMETHEUS, name
            assert name == "cluster" or 'cluster="$cluster"' in variable["query"]["query"], name
        if variable["includeAll"]:
            assert variable["allValue"] == ".*", name
            text, value = (["All"], ["$__all"]) if variable["multi"] else ("All", "$__all")
            assert variable["current"] == {"selected": True, "text": text, "value": value}, name


def test_every_variable_that_is_used_is_there(board: dict[str, Any]) -> None:
    there = {variable["name"] for variable in board["templating"]["list"]}
    built_in = {"__range", "__rate_interval", "__url_time_range", "__data", "__field", "__all"}
    for text in strings(board):
        used = set(re.findall(r"\$\{?([a-z_]+)", text))
        assert used <= there | built_in, text[:200]


def test_every_variable_is_used(board: dict[str, Any]) -> None:
    texts = "\n".join(text for panel in board["panels"] for text in strings(panel))
    for variable in board["templating"]["list"]:
        assert re.search(rf"\$\{{?{variable['name']}\b", texts), variable["name"]


def links(board: dict[str, Any]) -> list[tuple[str, str]]:
    """Return (panel, address) of each data link."""
    found = []
    for panel in panels(board):
        found += [(panel["title"], text) for text in strings(panel) if text.startswith("/d/")]
    return found


@pytest.mark.parametrize("boards", [BOARDS, APP_BOARDS], ids=["core", "app"])
def test_links_lead_to_boards_of_the_same_set_and_to_variables_that_they_have(
    boards: dict[str, dict[str, Any]],
) -> None:
    variables = {
        board["uid"]: {variable["name"] for variable in board["templating"]["list"]}
        for board in boards.values()
    }
    seen = set()
    for board in boards.values():
        for panel, address in links(board):
            uid = urlsplit(address).path.removeprefix("/d/")
            assert uid in variables, f"{board['title']}: {panel}: {address}"
            assert set(re.findall(r"&var-([a-z_]+)=", address)) <= variables[uid], address
            assert address.startswith(f"/d/{uid}?${{datasource:queryparam}}&${{cluster:queryparam}}&")
            seen.add(uid)
    assert {uid.rpartition("-")[2] for uid in seen} >= {"graph", "workload", "releases", "hygiene"}


def test_objects_have_their_page_in_the_explorer_where_the_app_brings_it() -> None:
    def pages(boards: dict[str, dict[str, Any]]) -> list[str]:
        texts = [text for board in boards.values() for panel in panels(board) for text in strings(panel)]
        return [text for text in texts if text.startswith("/a/")]

    assert pages(BOARDS) == []
    found = pages(APP_BOARDS)
    assert len(found) >= 10
    for address in found:
        assert re.fullmatch(
            r"/a/astrolabe-graph-app/object/\$\{__data\.fields\.[a-z_]+:percentencode\}"
            r"\?\$\{__url_time_range\}&ds=\$\{datasource:percentencode\}&cluster=\$\{cluster:percentencode\}",
            address,
        ), address


def test_a_link_uses_only_fields_that_its_panel_has(board: dict[str, Any]) -> None:
    for panel in panels(board):
        if panel["type"] != "table":
            continue
        shape = panel["transformations"][-1]["options"]
        has = set(shape["indexByName"]) - set(shape["excludeByName"])
        for text in strings(panel):
            used = set(re.findall(r"__data\.fields\.([a-z_]+)", text))
            assert used <= has, f"{panel['title']}: {used - has}"


def test_node_graphs_are_asked_as_grafana_wants_them(board: dict[str, Any]) -> None:
    graphs = [panel for panel in panels(board) if panel["type"] == "nodeGraph"]
    assert bool(graphs) is (board["uid"].removeprefix("astrolabe-") in {"graph", "workload", "helm-releases"})
    for graph in graphs:
        assert [target["refId"] for target in graph["targets"]] == ["nodes", "edges"]
        assert graph["transformations"] == []
        assert all("topk by (cluster) ($limit, " in target["expr"] for target in graph["targets"])


def test_a_graph_shows_a_screenful_at_first_and_never_more_than_a_hundred() -> None:
    for name in ("relationship-graph", "workload", "helm-releases"):
        (limit,) = (each for each in BOARDS[name]["templating"]["list"] if each["name"] == "limit")
        assert [option["value"] for option in limit["options"]] == ["25", "50", "100"]
        assert limit["current"]["value"] == "25"
