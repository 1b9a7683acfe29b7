"""The panel in Chromium, loaded and drawn as Grafana does it, over what a real Prometheus answers."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import expect

from tests.bundle.panel import Shown
from tests.components.npm import INSTALL_SECONDS

pytestmark = [pytest.mark.real, pytest.mark.timeout(INSTALL_SECONDS + 180)]

NodeGraphs = dict[str, tuple[dict[str, Any], dict[str, Any]]]

ROLLED_UP = "The namespace, rolled up"
WEB = "Deployment/shop/web"


def row(id_: str, **more: str) -> list[Any]:
    return [{"id": id_, **more}, "1"]


def edge(source: str, type_: str, target: str) -> list[Any]:
    return [{"id": f"{source} {type_} {target}", "source": source, "target": target, "mainstat": type_}, "1"]


SMALL: dict[str, Any] = {
    "nodes": [row(WEB, mainstat="Error", title="web"), row("Secret/shop/key", mainstat="Missing")],
    "edges": [edge(WEB, "uses-secret", "Secret/shop/key")],
}


def test_the_module_exports_a_panel_and_leaves_no_global(shown: Shown) -> None:
    assert shown.loaded == {
        "exported": ["plugin"],
        "isPanel": True,
        "leaked": [],
        "fieldOptions": ["links"],
        "defaults": {"groupBy": "namespace", "toolbar": True, "legend": True},
    }


@pytest.mark.parametrize("dark", [False, True])
def test_a_node_graph_of_a_dashboard_needs_another_type_and_nothing_else(
    shown: Shown, node_graphs: NodeGraphs, dark: bool
) -> None:
    assert len(node_graphs) == 4
    for title, (panel, results) in node_graphs.items():
        shown.show(results=results, fieldConfig=panel["fieldConfig"], options=panel["options"], dark=dark)
        ids = {metric["id"] for metric, _ in results["nodes"]}
        expect(shown.words).to_have_count(0)
        for id_ in sorted(ids):
            kind = id_.split("/")[0]
            if kind not in {"Pod", "ReplicaSet"}:
                expect(shown.card(id_), title).to_have_count(1)
        assert set(shown.cards()) <= ids
    assert shown.page.locator(".view.dark").count() == dark


def test_links_of_the_selected_object_are_grafanas(shown: Shown, node_graphs: NodeGraphs) -> None:
    panel, results = node_graphs[ROLLED_UP]
    shown.show(results=results, fieldConfig=panel["fieldConfig"])
    expect(shown.links).to_have_count(0)
    shown.card(WEB).click()
    expect(shown.links).to_have_text(["Its surroundings", "Workload, if it is one"])
    shown.links.nth(1).click()
    (visited,) = shown.visited()
    assert urlsplit(visited).path == "/d/astrolabe-workload"
    assert parse_qs(urlsplit(visited).query) == {
        "var-datasource": ["prometheus"], "var-cluster": ["night"], "from": ["now-1h"], "to": ["now"],
        "var-namespace": ["shop"], "var-workload_kind": ["Deployment"], "var-workload": ["web"],
    }  # fmt: skip


@pytest.mark.parametrize("how", ["Enter", "double click"])
def test_opening_an_object_follows_its_first_link(shown: Shown, node_graphs: NodeGraphs, how: str) -> None:
    panel, results = node_graphs[ROLLED_UP]
    shown.show(results=results, fieldConfig=panel["fieldConfig"])
    if how == "Enter":
        shown.card("Ingress/shop/web").press("Enter")
    else:
        shown.card("Ingress/shop/web").dblclick()
    (visited,) = shown.visited()
    assert urlsplit(visited).path == "/d/astrolabe-graph"
    assert parse_qs(urlsplit(visited).query)["var-object"] == ["Ingress/shop/web"]


def test_the_link_for_one_click_is_the_one_that_opens(shown: Shown) -> None:
    links: list[dict[str, Any]] = [
        {"title": "First", "url": "/first"},
        {"title": "One click", "url": "/one", "oneClick": True},
    ]
    shown.show(results=SMALL, fieldConfig=linked(links))
    shown.card(WEB).press("Enter")
    assert shown.visited() == ["/one"]


def test_a_link_that_is_a_function_is_called(shown: Shown) -> None:
    frames = [
        {"refId": "nodes", "fields": [{"name": "id", "values": [WEB]}]},
        {"refId": "edges", "fields": [{"name": name, "values": [WEB]} for name in ("source", "target")]},
    ]
    shown.show(frames=frames, linked=True)
    shown.card(WEB).click()
    shown.page.get_by_role("button", name="Call").click()
    shown.card(WEB).press("Enter")
    assert shown.visited() == ["click", "click"]


def test_a_link_of_every_field_stands_once(shown: Shown) -> None:
    links = [{"title": "There", "url": "/there?${__data.fields.id:percentencode}"}]
    shown.show(results=SMALL, fieldConfig={"defaults": {"links": links}, "overrides": []})
    shown.card(WEB).click()
    expect(shown.links).to_have_text(["There"])


def test_a_link_that_runs_a_script_leads_nowhere(shown: Shown) -> None:
    shown.show(results=SMALL, fieldConfig=linked([{"title": "Run", "url": "javascript:alert(1)"}]))
    shown.card(WEB).click()
    expect(shown.links).to_have_attribute("href", "about:blank")


def linked(links: list[dict[str, Any]]) -> dict[str, Any]:
    properties = [{"id": "links", "value": links}]
    return {
        "defaults": {},
        "overrides": [{"matcher": {"id": "byName", "options": "id"}, "properties": properties}],
    }


def test_without_links_there_is_no_bar(shown: Shown) -> None:
    shown.show(results=SMALL)
    shown.card(WEB).click()
    expect(shown.card(WEB)).to_have_class(re.compile("selected"))
    expect(shown.page.locator("main nav")).to_have_count(0)


def test_choices_of_the_editor_come_from_the_data(shown: Shown) -> None:
    shown.show(results=SMALL)
    editors = shown.page.evaluate("editors()")
    assert editors["kinds"] == ["Deployment", "Secret"]
    assert editors["hidden"] == ["uses-secret"]
    assert editors["groupBy"] == ["namespace", "release", "none"]
    assert set(editors) == {"groupBy", "foldFrom", "kinds", "hidden", "toolbar", "legend"}


def test_options_change_the_picture(shown: Shown) -> None:
    # A relation that explains trouble is drawn even where its type is switched off.
    healthy = [row(WEB, mainstat="Ready"), row("Secret/shop/key", mainstat="Ready")]
    shown.show(results={**SMALL, "nodes": healthy})
    part = shown.page.locator
    expect(part(".toolbar")).to_be_visible()
    expect(part(".legend label")).to_be_visible()
    expect(part(".frame .name")).to_have_text("shop")
    expect(part(".link")).to_have_count(1)
    shown.show(options={"groupBy": "none", "toolbar": False, "legend": False, "hidden": ["uses-secret"]})
    expect(part(".toolbar")).to_have_count(0)
    expect(part(".legend label")).to_have_count(0)
    expect(part(".frame .name")).to_have_count(0)
    expect(part(".link")).to_have_count(0)
    shown.show(options={"kinds": ["Deployment"]})
    expect(shown.card("Secret/shop/key")).to_have_count(0)
    expect(shown.card(WEB)).to_have_count(1)
    # What was not chosen is not an edge to nowhere.
    expect(part(".note")).to_be_hidden()


def test_leaves_are_folded_from_the_number_that_is_chosen(shown: Shown) -> None:
    leaves = [f"ConfigMap/shop/own-{number}" for number in range(4)]
    results = {
        "nodes": [row(id_, mainstat="Ready") for id_ in (WEB, *leaves)],
        "edges": [edge(WEB, "uses-configmap", id_) for id_ in leaves],
    }
    shown.show(results=results)
    expect(shown.page.locator(".card")).to_have_count(2)
    shown.show(options={"foldFrom": 5})
    expect(shown.page.locator(".card")).to_have_count(5)


def test_a_colour_of_css_or_of_grafana_is_that_of_what_has_no_status(shown: Shown) -> None:
    nodes = [
        row("Queue/shop/orders", mainstat="12 waiting", color="rgb(1, 2, 3)"),
        row("Queue/shop/mails", mainstat="3 waiting", color="semi-dark-orange"),
        row(WEB, mainstat="Error", color="rgb(1, 2, 3)"),
    ]
    shown.show(results={"nodes": nodes, "edges": []}, dark=True)

    def stroke(id_: str) -> str:
        line: str = shown.card(id_).locator(".face").evaluate("face => getComputedStyle(face).stroke")
        return line

    expect(shown.card("Queue/shop/orders")).to_contain_text("12 waiting")
    assert stroke("Queue/shop/orders") == "rgb(1, 2, 3)"
    assert stroke("Queue/shop/mails") == "rgb(255, 120, 10)"
    assert stroke(WEB) == "rgb(255, 93, 108)"
    nodes[0] = row("Queue/shop/orders", mainstat="Ready", color="rgb(1, 2, 3)")
    shown.show(results={"nodes": nodes, "edges": []})
    expect(shown.card("Queue/shop/orders").locator(".status.Ready")).to_be_visible()
    assert stroke("Queue/shop/orders") != "rgb(1, 2, 3)"


def test_new_data_keep_what_is_selected_and_drawn(shown: Shown) -> None:
    links = [{"title": "There", "url": "/${__data.fields.mainstat}"}]
    shown.show(results=SMALL, fieldConfig=linked(links))
    shown.card(WEB).click()
    marked = shown.card(WEB).evaluate_handle("card => card")
    more = [*SMALL["nodes"], row("Deployment/shop/api", mainstat="Ready")]
    more[0] = row(WEB, mainstat="Pending", title="web")
    shown.show(state="Loading")
    expect(shown.words).to_have_count(0)
    shown.show(results={"nodes": [], "edges": []})
    expect(shown.card(WEB)).to_be_visible()
    expect(shown.words).to_have_count(0)
    shown.show(state="Streaming", results={**SMALL, "nodes": more})
    expect(shown.card("Deployment/shop/api")).to_have_count(1)
    expect(shown.card(WEB)).to_have_class(re.compile("Pending.*selected"))
    assert shown.card(WEB).evaluate("(card, before) => card === before", marked)
    expect(shown.links).to_have_attribute("href", "/Pending")
    gone = [each for each in more if each[0]["id"] != WEB]
    shown.show(results={"nodes": gone, "edges": []})
    expect(shown.card(WEB)).to_have_count(0)
    expect(shown.links).to_have_count(0)


def test_the_theme_changes_without_drawing_again(shown: Shown) -> None:
    shown.show(results=SMALL, dark=True)
    shown.card(WEB).click()
    expect(shown.page.locator(".view.dark")).to_have_count(1)
    shown.show(dark=False)
    expect(shown.page.locator(".view.light")).to_have_count(1)
    expect(shown.card(WEB)).to_have_class(re.compile("selected"))
    shown.show(dark=True, options={"groupBy": "none"})
    expect(shown.page.locator(".view.dark")).to_have_count(1)
    shown.show(options={"groupBy": "release"})
    expect(shown.page.locator(".view.dark")).to_have_count(1)


def test_the_board_opens_on_its_object_and_leaves_later_choices_alone(shown: Shown) -> None:
    opened = {**SMALL, "nodes": [*SMALL["nodes"], row("Service/shop/web", highlighted="true", title="web")]}
    shown.show(results=opened)
    expect(shown.card("Service/shop/web")).to_have_class(re.compile("selected"))
    shown.card(WEB).click()
    shown.show(results=opened)
    expect(shown.card(WEB)).to_have_class(re.compile("selected"))


def test_an_empty_panel_says_what_its_board_says(shown: Shown) -> None:
    config = {"defaults": {"noValue": "Nothing is chosen here"}, "overrides": []}
    shown.show(results={"nodes": [], "edges": []}, fieldConfig=config)
    expect(shown.words).to_contain_text("Nothing is chosen here")


def test_loading_and_empty_say_so(shown: Shown) -> None:
    shown.show(results={"nodes": [], "edges": []}, state="Loading")
    expect(shown.words).to_have_text("Loading …")
    shown.show(state="Done")
    expect(shown.words).to_contain_text("Nothing to draw")
    help_ = shown.words.get_by_text("format Table and type Instant")
    expect(help_).not_to_be_visible()
    shown.words.get_by_text("For whoever builds this dashboard").click()
    expect(help_).to_be_visible()
    shown.show(results=SMALL)
    expect(shown.card(WEB)).to_be_visible()
    expect(shown.words).to_have_count(0)
    shown.show(results={"nodes": [], "edges": []})
    expect(shown.words).to_be_visible()


def test_a_query_that_fails_says_why_where_there_is_nothing_to_draw(shown: Shown) -> None:
    errors = [{"message": "bad_data: parse error at char 3 <b>"}]
    shown.show(results={"nodes": []}, state="Error", errors=errors)
    expect(shown.page.get_by_role("alert")).to_contain_text("The query failed")
    expect(shown.page.get_by_role("alert")).to_contain_text("bad_data: parse error at char 3 <b>")
    shown.show(results=SMALL)
    expect(shown.words).to_have_count(0)


@pytest.mark.parametrize(
    ("results", "said"),
    [
        (
            {"A": [[{"pod": "web"}, "1"]]},
            "No table is named nodes or edges, or has a field id: A has Time, pod, Value #A.",
        ),
        ({"nodes": [[{"name": "web"}, "1"]]}, "Nodes have no field id: nodes has Time, name, Value #nodes."),
        (
            {"nodes": SMALL["nodes"], "edges": [[{"source": WEB}, "1"]]},
            "Edges have no field target: edges has Time, source, Value #edges.",
        ),
    ],
)  # fmt: skip
def test_what_the_query_lacks_is_named(shown: Shown, results: dict[str, Any], said: str) -> None:
    shown.show(results=results)
    alert = shown.page.get_by_role("alert")
    expect(alert).to_contain_text("This cannot be drawn")
    expect(alert).to_contain_text(said)


def test_frames_are_known_by_their_fields_too(shown: Shown) -> None:
    shown.show(results={"B": SMALL["edges"], "A": SMALL["nodes"]})
    expect(shown.card(WEB)).to_have_class(re.compile("Error"))


def test_a_label_source_makes_no_edges_of_nodes(shown: Shown) -> None:
    shown.show(results={**SMALL, "nodes": [row(WEB, source="git", mainstat="Error"), SMALL["nodes"][1]]})
    expect(shown.card(WEB)).to_have_class(re.compile("Error"))


def test_names_of_fields_and_numbers_are_read_as_grafana_reads_them(shown: Shown) -> None:
    frames = [
        {
            "meta": {"preferredVisualisationType": "nodeGraph"},
            "fields": [{"name": "id", "values": ["a"]}, {"name": "mainStat", "values": ["Error"]}],
        },
        {
            "name": "edges",
            "fields": [{"name": name, "values": ["a"]} for name in ("Source", "Target")]
            + [{"name": "mainStat", "values": [12.5], "type": "number", "config": {"unit": "reqps"}}],
        },
    ]
    shown.show(frames=frames)
    expect(shown.card("a")).to_have_class(re.compile("Error"))
    assert shown.page.evaluate("editors()")  # the editor's choices read the same frames
    expect(shown.page.locator(".legend label")).to_have_text("12.5 req/s 1")


def test_edges_alone_are_drawn_with_their_ends(shown: Shown) -> None:
    shown.show(results={"edges": SMALL["edges"]})
    expect(shown.card(WEB)).to_have_count(1)
    expect(shown.card("Secret/shop/key")).to_have_count(1)


def test_names_are_text(shown: Shown) -> None:
    name = "Deployment/shop/<img src=x onerror=alert(1)>"
    links = [{"title": "<b>bold</b> ${__data.fields.id}", "url": "/x?${__data.fields.id:percentencode}"}]
    shown.show(
        results={"nodes": [row(name, title="<script>alert(1)</script>", mainstat="Error")], "edges": []},
        fieldConfig=linked(links),
    )
    shown.page.locator(".card").click()
    expect(shown.links).to_have_text(f"<b>bold</b> {name}")
    expect(shown.page.locator("main nav strong")).to_have_text(name)
    assert shown.page.locator("main img, main script, main b").count() == 0


def test_the_picture_follows_the_size_of_the_panel(shown: Shown) -> None:
    shown.show(results=SMALL)
    wide = shown.card(WEB).locator(".face").bounding_box()
    shown.show(width=400, height=240)
    box = shown.page.locator("main .stage").bounding_box()
    assert box is not None
    assert box["width"] == 400
    expect(shown.card(WEB)).to_be_visible()
    narrow = shown.card(WEB).locator(".face").bounding_box()
    assert wide is not None
    assert narrow is not None
    assert narrow["x"] + narrow["width"] <= 400 < wide["x"] + wide["width"]


def test_in_a_low_panel_the_picture_has_the_room(shown: Shown) -> None:
    part = shown.page.locator
    shown.show(results=SMALL, height=359)
    expect(part(".toolbar")).to_be_visible()
    expect(part(".legend label")).to_have_count(0)
    shown.show(height=259)
    expect(part(".toolbar")).to_have_count(0)
    expect(shown.card(WEB)).to_be_visible()
    shown.show(height=360)
    expect(part(".legend label")).to_be_visible()


def test_a_panel_that_goes_leaves_nothing(shown: Shown) -> None:
    shown.show(results=SMALL)
    expect(shown.card(WEB)).to_be_visible()
    shown.page.evaluate("unmount()")
    assert shown.page.evaluate("document.getElementById('panel').childElementCount") == 0
    shown.show(results=SMALL)
    expect(shown.card(WEB)).to_be_visible()
    expect(shown.page.locator("main .view")).to_have_count(1)
