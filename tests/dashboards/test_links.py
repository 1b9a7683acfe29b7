"""Every address on every board of both sets leads to what is there."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from tests.dashboards.label_flow import labels
from tests.dashboards.prometheus import Prometheus
from tests.dashboards.rendering import APP_BOARDS, BOARDS, filled, panels, strings

ROOT = Path(__file__).parents[2]
SETS = [pytest.param(BOARDS, id="core"), pytest.param(APP_BOARDS, id="app")]
OF_GRAFANA = {"/alerting/list": {"search", "queryString"}}
"""Pages of Grafana's own that are led to, and what each takes."""
EXPLORER = "/a/astrolabe-graph-app/"
_MACRO = re.compile(r"\$\{([^}]+)\}")
_ADDRESS = re.compile(r"(?:^|\]\()((?:https?:/)?/[a-z/][^\s)]*)")

Boards = dict[str, dict[str, Any]]


def addresses(board: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """Return (panel, address): of data links, and of links in words."""
    for panel in board["panels"]:
        for text in strings(panel):
            yield from ((panel["title"], found) for found in _ADDRESS.findall(text))


@pytest.mark.parametrize("boards", SETS)
def test_an_address_is_a_board_of_the_set_or_a_known_page_of_grafana(boards: Boards) -> None:
    variables = {
        board["uid"]: {variable["name"] for variable in board["templating"]["list"]}
        for board in boards.values()
    }
    followed = 0
    for name, board in boards.items():
        for panel, address in addresses(board):
            where = f"{name}: {panel}: {address}"
            path, query = urlsplit(address)[2:4]
            asked = set(re.findall(r"(?:^|&)([\w-]+)=", query))
            if path in OF_GRAFANA:
                assert asked == OF_GRAFANA[path], where
            elif path.startswith(EXPLORER):
                assert boards is APP_BOARDS, where
                assert asked == {"ds", "cluster"}, where  # and the range, which is a macro
                assert re.fullmatch(
                    r"object/\$\{__data\.fields\.\w+:percentencode\}", path.removeprefix(EXPLORER)
                )
            else:
                there = variables[path.removeprefix("/d/")]
                assert {each.removeprefix("var-") for each in asked} <= there, where
                kept = {each.partition(":")[0] for each in _MACRO.findall(query) if ":queryparam" in each}
                assert kept <= there & variables[board["uid"]], where
            followed += 1
    assert followed > 50


@pytest.mark.parametrize("boards", SETS)
def test_boards_find_each_other_by_a_tag_that_they_have(boards: Boards) -> None:
    for board in boards.values():
        for link in board["links"]:
            assert link["type"] == "dashboards"
            assert all(set(link["tags"]) <= set(other["tags"]) for other in boards.values())


@pytest.mark.parametrize("boards", SETS)
def test_what_a_link_hands_on_is_a_variable_a_field_or_a_label(boards: Boards) -> None:
    for board in boards.values():
        there = {variable["name"] for variable in board["templating"]["list"]}
        for panel, address in addresses(board):
            for macro in _MACRO.findall(address):
                name, _, form = macro.partition(":")
                known = name in there or name.startswith(("__data.fields.", "__field.labels."))
                assert known or name == "__url_time_range", f"{panel}: {address}"
                # What a name holds must not end the address, or begin another parameter.
                assert form in {"percentencode", "queryparam"} or name == "__url_time_range", address


@pytest.mark.real
def test_a_label_that_a_link_hands_on_is_a_label_of_the_series(prometheus: Prometheus) -> None:
    for boards in (BOARDS, APP_BOARDS):
        for board in boards.values():
            for panel in panels(board):
                named = {
                    label
                    for text in strings(panel)
                    for label in re.findall(r"\$\{__field\.labels\.([a-z_]+)", text)
                }
                for target in panel["targets"] if named else ():
                    found = labels(prometheus.parse(filled(target["expr"], "shop")))
                    assert named <= found, f"{panel['title']}: {named - found}"


@pytest.mark.parametrize(
    "page",
    [
        "README.md",
        "alerts/README.md",
        "deploy/examples/override/README.md",
        "dashboards/bundle/app/README.md",
    ],
)
def test_pages_beside_the_documentation_lead_to_files(page: str) -> None:
    """Those below docs/ are followed as the exporter serves them."""
    text = (ROOT / page).read_text("utf-8")
    for target in re.findall(r"\]\((?!https?://|#)([^)#\s]+)", text):
        assert ((ROOT / page).parent / target).exists(), f"{page}: {target}"
