"""What stands on every panel, drawn by Grafana's own rules over the demo's day."""

from __future__ import annotations

import re
from urllib.parse import parse_qs, urlsplit

import pytest

from dashboards.grafana import style
from dashboards.grafana.columns import NARROWEST_SCREEN
from dashboards.queries.health import TOO_SHORT
from tests.components.npm import INSTALL_SECONDS, Packages
from tests.dashboards.drawing import Drawn, cut, drawn, room, widths
from tests.dashboards.prometheus import Prometheus
from tests.dashboards.recording import Recording
from tests.dashboards.rendering import BOARDS, panels
from tests.dashboards.tour import visits
from tests.dashboards.visit import Visit

pytestmark = [pytest.mark.real, pytest.mark.timeout(INSTALL_SECONDS + 180)]

SMALL_LETTER = 6.6
"""Pixels, in legends and beside bands."""
SHARE_OF_NAMES = 0.42
"""Of a panel of bands, what Grafana leaves for their names."""
NOON, NIGHT, MORNING = "12:30", "20:50", "05:20"


@pytest.fixture(scope="module")
def shown(day: Prometheus, recording: Recording, packages: Packages) -> list[Drawn]:
    """Every panel at several moments, in every way in which a board is visited."""
    return drawn(
        packages,
        [
            (f"{name} {moment}: {panel['title']}", visit, panel)
            for name, board in BOARDS.items()
            for moment in (NOON, NIGHT, MORNING)
            for visit in visits(day, name, board, recording.at(moment))
            for panel in panels(board)
            if panel["targets"]
        ],
    )


def of_type(shown: list[Drawn], kind: str) -> list[Drawn]:
    found = [each for each in shown if each.panel["type"] == kind]
    assert found
    return found


def test_a_status_has_its_colour_in_every_table(shown: list[Drawn]) -> None:
    """Error red, Pending amber, Ready green, Unknown grey; severities likewise."""
    seen = set()
    for each in of_type(shown, "table"):
        for field in each.fields:
            if field.title in {"Status", "Severity", "State"}:
                for text, colour in zip(field.texts, field.colours, strict=True):
                    assert colour == style.WORD_COLOURS[text], f"{each.where}: {text}"
                    seen.add(text)
    assert seen >= {"Error", "Pending", "Ready", "critical", "info"}


def test_a_cell_is_painted_alike_by_older_and_newer_grafana(shown: list[Drawn]) -> None:
    """Grafana 9 knows no `cellOptions`: words of status had no colour there."""
    painted = set()
    for each in of_type(shown, "table"):
        for field in each.fields:
            newer, older = field.cell
            assert newer == older, f"{each.where}: {field.title}"
            if newer != "auto":
                painted.add(field.title)
    assert painted == {"Status", "Severity"}


def test_a_status_has_its_colour_over_time(shown: list[Drawn]) -> None:
    """A palette gives colours by the order of the series: Error was green where it came first."""
    seen = set()
    for each in of_type(shown, "timeseries"):
        for line in each.fields:
            word = line.title.rpartition(" ")[2]
            if word in style.WORD_COLOURS:
                assert line.line == style.WORD_COLOURS[word], f"{each.where}: {line.title}"
                seen.add(word)
    assert seen >= {"Error", "Pending", "Ready", "success", "partial", "failed", "missed"}


def test_an_outcome_has_its_colour_over_time(shown: list[Drawn]) -> None:
    """A palette paints what comes third or fourth red: `started` was."""
    seen = set()
    for each in of_type(shown, "timeseries"):
        if all(target["legendFormat"] == "{{status}}" for target in each.panel["targets"]):
            for line in each.fields:
                by_code = {"2": style.GREEN, "4": style.ORANGE, "5": style.RED}.get(line.title[0])
                assert line.line == (by_code or style.WORD_COLOURS[line.title]), f"{each.where}: {line.title}"
                seen.add(line.title)
    assert seen >= {"succeeded", "started", "200", "503", "Error", "missed"}


def test_a_list_of_series_has_room_for_their_names_and_figures(shown: list[Drawn]) -> None:
    listed = 0
    for each in of_type(shown, "timeseries"):
        legend = each.panel["options"]["legend"]
        if legend["placement"] == "right":
            for line in each.fields:
                assert legend["width"] >= len(line.title) * SMALL_LETTER + 100, f"{each.where}: {line.title}"
                listed += 1
            assert legend["width"] <= room(each.panel, NARROWEST_SCREEN) / 2, each.where
    assert listed > 50


def test_a_band_has_room_for_its_name(shown: list[Drawn]) -> None:
    """Grafana cuts names of bands on their left, where they differ."""
    for each in of_type(shown, "state-timeline"):
        for band in each.fields:
            there = room(each.panel, NARROWEST_SCREEN) * SHARE_OF_NAMES
            assert len(band.title) * SMALL_LETTER <= there, f"{each.where}: {band.title}"


def test_a_band_has_the_colour_of_each_state(shown: list[Drawn]) -> None:
    """A band whose colours come from thresholds is merged by them; Grafana then ignores the mappings."""
    pairs = set()
    for each in of_type(shown, "state-timeline"):
        for band in each.fields:
            assert band.mode == "fixed", each.where
            pairs |= set(zip(band.texts, band.colours, strict=True))
    assert pairs == {
        ("Ready", style.GREEN),
        ("Pending", style.ORANGE),
        ("Error", style.RED),
        ("asleep", style.BLUE),
        ("awake", style.GREEN),
        ("yes", style.GREEN),
    }


def test_no_column_is_pushed_out_on_a_narrow_screen(shown: list[Drawn]) -> None:
    """What is too wide in all is cut off on the right, where the value stands."""
    for each in of_type(shown, "table"):
        there = room(each.panel, NARROWEST_SCREEN)
        wide = widths(each.fields, there)
        assert sum(wide.values()) <= there + 1, f"{each.where}: {wide} in {there}"


def test_no_number_is_cut(shown: list[Drawn]) -> None:
    found = 0
    for each in of_type(shown, "table"):
        wide = widths(each.fields, room(each.panel, NARROWEST_SCREEN))
        for field in each.fields:
            if field.number and not field.hidden and field.texts:
                assert field.align == "right", f"{each.where}: {field.title}"
                assert wide[field.title] >= field.needed, f"{each.where}: {field.texts}"
                found += 1
    assert found > 20


def test_no_namespace_and_no_reason_is_cut(shown: list[Drawn]) -> None:
    whole = {"Namespace", "In", "Reason", "Relation", "Rule", "Status", "Severity", "State"}
    for each in of_type(shown, "table"):
        wide = widths(each.fields, room(each.panel, NARROWEST_SCREEN))
        for field in each.fields:
            if field.title in whole and field.texts:
                assert wide[field.title] >= field.needed, f"{each.where}: {field.texts}"


def test_names_that_are_cut_can_still_be_told_apart(shown: list[Drawn]) -> None:
    """Two Pods of one workload differ in their last letters alone."""
    alike = {}
    for each in of_type(shown, "table"):
        wide = widths(each.fields, room(each.panel, NARROWEST_SCREEN))
        told: dict[tuple[str, ...], tuple[str, ...]] = {}
        columns = [field for field in each.fields if not field.hidden and field.title != "Says"]
        for whole in zip(*(field.texts for field in columns), strict=True):
            seen = tuple(cut(text, wide[field.title]) for field, text in zip(columns, whole, strict=True))
            if told.setdefault(seen, whole) != whole:
                alike[each.where] = seen
    assert not alike


def test_what_is_in_no_namespace_has_an_empty_cell(shown: list[Drawn]) -> None:
    """The sign that stands for it in links is for nobody to read."""
    empty = 0
    for each in of_type(shown, "table"):
        for field in each.fields:
            if not field.hidden:
                assert "-" not in field.texts, f"{each.where}: {field.title}"
                empty += field.title in {"Namespace", "In"} and "" in field.texts
    assert empty > 5


def test_what_counts_is_a_number_and_what_is_yes_or_no_says_so(shown: list[Drawn]) -> None:
    """As text a number stands on the left, and 10 before 2."""
    texts: dict[tuple[str, bool], set[str]] = {}
    for each in of_type(shown, "table"):
        for field in each.fields:
            if not field.hidden:
                texts.setdefault((field.title, field.number), set()).update(field.texts)
    for (title, number), found in texts.items():
        assert not found & {"true", "false"}, title
        assert number or not found or not all(text.isdigit() for text in found), title
    assert {("Distance", True), ("Revision", True)} <= set(texts)


def test_the_most_severe_stands_first(shown: list[Drawn]) -> None:
    """By their letters, `info` comes before `warning`."""
    order = ["critical", "warning", "info"]
    seen = set()
    for each in of_type(shown, "table"):
        for field in each.fields:
            if field.title == "Severity":
                assert each.panel["options"]["sortBy"] == [], each.where
                assert field.texts == sorted(field.texts, key=order.index), each.where
                seen |= set(field.texts)
    assert len(seen) > 1


def test_no_cell_shows_an_id(shown: list[Drawn]) -> None:
    """`Pod/shop-payments/gat…` tells nobody which: ids stand as kind, namespace and name."""
    for each in of_type(shown, "table"):
        for field in each.fields:
            if not field.hidden and field.title not in {"Sleeps at", "Wakes at", "Zone"}:
                assert not [text for text in field.texts if text.count("/") > 1], (
                    f"{each.where}: {field.title}"
                )


def test_a_link_to_the_graph_lands_on_the_object_of_its_cell(
    shown: list[Drawn], day: Prometheus, recording: Recording
) -> None:
    graph = "/d/astrolabe-graph"
    there = {row["metric"]["id"] for row in day.vector("astrolabe_resource_info", recording.at(NOON))}
    there |= {
        row["metric"]["target"] for row in day.vector("astrolabe_reference_missing_info", recording.at(NOON))
    }
    followed = 0
    for each in of_type(shown, "table"):
        for field in each.fields:
            for text, links in zip(field.texts, field.links, strict=True):
                for _, address in links:
                    asked = parse_qs(urlsplit(address).query)
                    if urlsplit(address).path != graph or "var-object" not in asked:
                        continue
                    (target,), (namespace,) = asked["var-object"], asked["var-namespace"]
                    if text == TOO_SHORT:
                        continue
                    assert target.endswith(f"/{text}"), f"{each.where}: {text} leads to {target}"
                    parts = target.split("/")
                    inside = parts[1] if len(parts) == 3 and parts[0] != "Image" else "-"
                    assert namespace == inside, f"{each.where}: {address}"
                    if NOON in each.where and not each.where.endswith("Vanished"):
                        assert target in there, f"{each.where}: {target} does not exist"
                    followed += 1
    assert followed > 500


def test_what_is_not_there_says_so(day: Prometheus, recording: Recording, packages: Packages) -> None:
    """Nought is 0, unknown is `?`, what does not apply is empty: never one word for all three."""
    at = recording.at(NOON)
    for name, board in BOARDS.items():
        for panel in panels(board):
            empty = panel["fieldConfig"]["defaults"].get("noValue")
            where = f"{name}: {panel['title']}"
            if panel["type"] == "text":
                continue
            if panel["type"] == "stat":
                assert empty == style.UNKNOWN or "below" in empty, where
            else:
                # A query that fails finds nothing either, so no text may say that all is well.
                assert "found" in empty.lower(), f"{where}: {empty}"
    (figure,) = (panel for panel in panels(BOARDS["overview"]) if panel["title"] == "In error")
    (absent,) = figure["targets"]
    gone = {**figure, "targets": [{**absent, "expr": "vector(NaN)"}]}
    (unknown,) = drawn(packages, [("overview", Visit(day, BOARDS["overview"], at), gone)])
    assert (unknown.fields[0].texts, unknown.fields[0].colours) == ([style.UNKNOWN], [style.GREY])
    visit = Visit(day, BOARDS["cost"], at, since="now-10m")
    (workloads,) = (panel for panel in panels(BOARDS["cost"]) if panel["title"] == "Workloads")
    now, awake = workloads["targets"]
    partly = {**workloads, "targets": [now, {**awake, "expr": f"({awake['expr']}) > 0.03"}]}
    (table,) = drawn(packages, [("cost", visit, partly)])
    known = table.field("Awake").texts
    assert {"?"} < set(known)
    assert "?" not in table.field("An hour").texts


def test_overrides_that_hold_and_one_that_does_not(shown: list[Drawn]) -> None:
    def rows(moment: str) -> list[tuple[str, ...]]:
        (found,) = (each for each in shown if each.where == f"sleep {moment}: Overrides now")
        names = ("Environment", "Action", "Holds")
        texts = {field.title: field.texts for field in found.fields}
        return sorted(zip(*(texts.get(name, []) for name in names), strict=True))

    assert rows(NOON) == [("dev-catalog", "sleep", "Yes"), ("dev-frontend", "wake", "No")]
    assert rows(NIGHT) == [("staging-catalog", "wake", "Yes")]
    assert rows(MORNING) == []
    (found,) = (each for each in shown if each.where == f"sleep {NOON}: Overrides now")
    assert all(re.fullmatch(r"2026-03-02 \d\d:\d\d:\d\d", text) for text in found.field("Until").texts)
    for title, status in (("Requests to GitLab", "503"), ("Syncs of Argo CD", "succeeded")):
        (found,) = (each for each in shown if each.where == f"sleep {NOON}: {title}")
        assert status in {field.title for field in found.fields}, title


def test_a_legend_has_no_value_of_what_has_ended() -> None:
    for board in BOARDS.values():
        for panel in panels(board):
            if panel["type"] == "timeseries":
                assert "lastNotNull" not in panel["options"]["legend"]["calcs"], panel["title"]
                everything = panel["fieldConfig"]["overrides"][0]
                assert everything == style.ENDED, panel["title"]


def test_bars_stand_in_order_and_have_their_names(shown: list[Drawn]) -> None:
    for each in of_type(shown, "bargauge"):
        for field in each.fields:
            assert field.title.strip("/: "), each.where
    for board in BOARDS.values():
        for panel in panels(board):
            if panel["type"] == "bargauge":
                assert all(target["expr"].startswith("sort_desc(") for target in panel["targets"]), panel[
                    "title"
                ]
                assert "${__field.labels." in panel["fieldConfig"]["defaults"]["displayName"], panel["title"]
                # Else the name of a bar that is alone grows with the panel, and is cut.
                assert panel["options"]["text"] == {"titleSize": 12, "valueSize": 16}, panel["title"]
