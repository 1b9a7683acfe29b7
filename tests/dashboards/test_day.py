"""Every dashboard over a whole day of the demo, in a real Prometheus and Grafana's own data layer."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from tests.components.npm import INSTALL_SECONDS, Packages
from tests.dashboards.prometheus import Prometheus
from tests.dashboards.recording import DAYS, SCRAPE_SECONDS, Recording
from tests.dashboards.rendering import APP_BOARDS, BOARDS, panels
from tests.dashboards.tour import RIGHTLY_EMPTY, Tried, table, tour, visits
from tests.dashboards.visit import Visit

pytestmark = [pytest.mark.real, pytest.mark.timeout(INSTALL_SECONDS + 180)]

MOMENTS = ("09:00", "10:30", "12:30", "20:50", "05:20")
"""When node graphs are looked at: by day and night, with each of the story's troubles."""
STATUSES = {"Ready", "Pending", "Error", "Unknown", "Missing"}


@pytest.fixture(scope="module")
def tried(day: Prometheus, recording: Recording) -> list[Tried]:
    found = list(tour(day, recording))
    print(f"\n{table(found)}")  # noqa: T201  (for whoever runs it with -s)
    return found


def test_the_story_was_told_and_scraped(recording: Recording) -> None:
    acts = [what for _, what in recording.told]
    assert "shop-payments/gateway is upgraded to 2.8.0, which crashes at start" in acts
    assert acts.count(acts[0]) == 2, "the second day has begun"
    assert len(recording.scrapes) == DAYS * 80 - 1


def test_every_query_of_every_panel_shows_something(tried: list[Tried]) -> None:
    asked = {
        (name, panel["id"], target["refId"])
        for name, board in BOARDS.items()
        for panel in panels(board)
        for target in panel["targets"]
    }
    assert {(each.board, each.number, each.ref) for each in tried} == asked
    assert {each.where for each in tried if not each.seen} == set(RIGHTLY_EMPTY)


def test_both_editions_ask_the_same() -> None:
    """So what one shows the other does, and what was seen of one holds for both."""
    for name, board in BOARDS.items():
        app = APP_BOARDS[name]
        assert app["templating"] == board["templating"]
        assert app["time"] == board["time"]
        for ours, theirs in zip(panels(board), panels(app), strict=True):
            for key in ("id", "targets", "gridPos"):
                assert ours[key] == theirs[key]
            assert ours.get("transformations") == theirs.get("transformations")


@pytest.fixture(scope="module")
def frames(day: Prometheus, recording: Recording, packages: Packages) -> list[tuple[str, Any]]:
    """The frames of every node graph at several moments, as Grafana's transformations leave them."""
    asked: list[tuple[str, dict[str, Any]]] = []
    for name, board in BOARDS.items():
        drawn = [panel for panel in panels(board) if panel["type"] == "nodeGraph"]
        for moment in MOMENTS if drawn else ():
            for visit in visits(day, name, board, recording.at(moment)):
                asked += [
                    (f"{name} {panel['title']} {moment} {visit.chosen}", results(visit, panel))
                    for panel in drawn
                ]
    given = json.dumps([question for _, question in asked])
    answers = json.loads(packages.script("transform.cjs", text=given))
    return list(zip((where for where, _ in asked), answers, strict=True))


def results(visit: Visit, panel: dict[str, Any]) -> dict[str, Any]:
    return {
        "transformations": panel["transformations"],
        "results": {
            target["refId"]: [(labels, str(value)) for labels, (value,) in visit.answer(panel, target)]
            for target in panel["targets"]
        },
    }


def test_node_graphs_have_what_the_panel_needs_and_no_dangling_edge(frames: list[tuple[str, Any]]) -> None:
    drawn = 0
    for where, found in frames:
        assert [frame["refId"] for frame in found] == ["nodes", "edges"], where
        nodes, edges = ({field["name"]: field["values"] for field in frame["fields"]} for frame in found)
        ids, count = nodes.get("id", []), len(edges.get("id", []))
        drawn += count
        if not ids:
            assert count == 0, f"{where}: edges without nodes"
            continue
        assert all(all(nodes[name]) for name in ("title", "subtitle", "mainstat", "color")), where
        assert set(nodes["mainstat"]) <= STATUSES, where
        assert len(set(ids)) == len(ids), where
        assert len(set(edges.get("id", []))) == count, where
        ends = {*edges.get("source", []), *edges.get("target", [])}
        assert ends <= set(ids), where
        status = dict(zip(ids, nodes["mainstat"], strict=True))
        alone = {id_ for id_ in set(ids) - ends if status[id_] not in {"Error", "Pending"}}
        assert len(alone) <= (len(ids) == 1), (
            f"{where}: only what is looked at is drawn alone while it is Ready"
        )
    assert drawn > 300


def test_a_missing_secret_is_drawn_while_it_is_missing(day: Prometheus, recording: Recording) -> None:
    board = BOARDS["workload"]
    (panel,) = (each for each in panels(board) if each["type"] == "nodeGraph")
    chosen = {"namespace": "shop-catalog", "workload_kind": "Deployment", "workload": "pricing"}

    def status(moment: str) -> str | None:
        visit = Visit(day, board, recording.at(moment), chosen)
        nodes = {row["id"]: row["mainstat"] for row, _ in visit.answer(panel, panel["targets"][0])}
        return nodes.get("Secret/shop-catalog/pricing-api-key")

    assert [status(moment) for moment in ("08:10", "12:30", "14:00")] == [None, "Missing", "Ready"]


def not_ready(day: Prometheus, at: int) -> tuple[set[str], set[str]]:
    """Return what the Overview lists as not Ready, and its causes."""
    visit = Visit(day, BOARDS["overview"], at)
    tables = {panel["title"]: panel for panel in panels(BOARDS["overview"]) if panel["type"] == "table"}
    objects, causes = (
        {labels[name] for labels, _ in visit.answer(tables[title], tables[title]["targets"][0])}
        for title, name in (("Objects that are not Ready", "id"), ("Causes", "cause"))
    )
    return objects, causes


def test_at_night_what_sleeps_is_no_trouble_and_what_is_broken_still_is(
    day: Prometheus, recording: Recording
) -> None:
    """`importer` has no Pods by day either."""
    unready = 'astrolabe_resource_status{kind="Service", status=~"Error|Pending"}'
    night, noon = recording.at("21:00"), recording.at("12:30")
    resting = {row["metric"]["id"] for row in day.vector('astrolabe_resource_status{reason="AtRest"}', night)}
    assert len(resting) > 60
    objects, causes = not_ready(day, night)
    assert resting & (objects | causes) == set()
    assert not any(each.startswith("EndpointSlice/") for each in causes)
    assert {"Service/shop-catalog/importer", "HorizontalPodAutoscaler/shop-checkout/checkout-v1"} < objects
    by_day, _ = not_ready(day, noon)
    broken = {row["metric"]["id"] for row in day.vector(unready, noon)}
    assert broken == {"Service/shop-catalog/importer", "Service/shop-payments/gateway"}
    assert broken <= by_day


def figure(day: Prometheus, board: str, title: str, at: int) -> float:
    """Return what a panel of one figure says."""
    (panel,) = (each for each in panels(BOARDS[board]) if (each["title"], each["type"]) == (title, "stat"))
    ((_, (value,)),) = Visit(day, BOARDS[board], at).answer(panel, panel["targets"][0])
    return value


def test_the_figures_of_sleep_are_what_happened(day: Prometheus, recording: Recording) -> None:
    night, morning = recording.at("21:00"), recording.at("07:50")
    (down,) = day.vector('sum(kube_green_resources_scaled_total{direction="down"})', night)
    assert figure(day, "sleep", "Workloads asleep", night) == float(down["value"][1]) > 30
    ended: dict[str, int] = {}
    for series in day.vector("kube_green_sleep_operations_total", morning):
        status = series["metric"]["status"]
        ended[status] = ended.get(status, 0) + int(series["value"][1])
    assert all(ended.values()), "each way in which an operation ends"
    wrong = ended["partial"] + ended["failed"] + ended["missed"]
    assert round(figure(day, "sleep", "Failed, partial or missed", morning)) == wrong
    share = ended["success"] / (ended["success"] + wrong)
    assert figure(day, "sleep", "Operations succeeded", morning) == pytest.approx(share)


def test_the_savings_are_the_difference_to_what_would_be_spent_awake(
    day: Prometheus, recording: Recording
) -> None:
    """Added up here from each scrape: what each sleeping workload would cost and does not."""
    morning = recording.at("07:50")
    by = "sum by (namespace, workload_kind, workload)"
    asleep = "and on (namespace, workload_kind, workload) (astrolabe_workload_asleep == 1)"
    saved = (
        f"{by} (astrolabe_workload_baseline_cost_hourly_dollars) {asleep}"
        f" unless on (namespace, workload_kind, workload) {by} (astrolabe_workload_cost_hourly_dollars) > 0"
    )
    rates = day.matrix(saved, recording.scrapes[0], morning, SCRAPE_SECONDS)
    dollars = sum(float(value) * SCRAPE_SECONDS / 3600 for series in rates for _, value in series["values"])
    for title in ("Saved in 24 hours", "Saved in 7 days", "Saved in 30 days"):
        assert figure(day, "cost", title, morning) == pytest.approx(dollars, rel=0.05)
    assert figure(day, "cost", "Saved at present", recording.at("12:30")) == 0
    assert 0.1 < figure(day, "cost", "Saved at present", recording.at("21:00")) < 0.5


def test_no_figure_is_rounded_to_nothing(day: Prometheus, recording: Recording, packages: Packages) -> None:
    """As Grafana writes it: little money is still money, and one operation is not 1.01 operations."""
    shown = [
        (panel["title"], panel["fieldConfig"]["defaults"], value)
        for board in ("overview", "sleep", "cost", "exporter")
        for panel in panels(BOARDS[board])
        if panel["type"] in {"stat", "bargauge"}
        for _, (value,) in Visit(day, BOARDS[board], recording.at("07:50")).answer(panel, panel["targets"][0])
    ]
    asked = [{"unit": field["unit"], "decimals": field.get("decimals"), "value": v} for _, field, v in shown]
    texts = json.loads(packages.script("display.cjs", text=json.dumps(asked)))
    for (title, _, value), text in zip(shown, texts, strict=True):
        assert (re.search("[1-9]", text) is not None) is (value != 0), f"{title}: {value} reads {text}"
    said = {title: text for (title, _, _), text in zip(shown, texts, strict=True)}
    assert re.fullmatch(r"\$0\.0\d+", said["Saved in 24 hours"])
    assert re.fullmatch(r"\d+", said["Failed, partial or missed"])
    assert re.fullmatch(r"\d+%", said["Operations succeeded"])
