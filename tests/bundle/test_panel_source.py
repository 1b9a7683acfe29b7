"""The panel's source: its types against Grafana's own, and that the committed module is what it builds."""

from __future__ import annotations

import json

import pytest

from tests.bundle import panel
from tests.components.npm import INSTALL_SECONDS, Packages
from tests.graph_view.building import SOURCE, Workspace

pytestmark = [pytest.mark.real, pytest.mark.timeout(INSTALL_SECONDS + 120)]

TYPES = ("panel/node_modules/typescript/bin/tsc", "--noEmit", "-p", "panel")


@pytest.fixture(scope="module")
def typed(workspace: Workspace, packages: Packages) -> Workspace:
    """The source beside Grafana's types; what the view itself needs lies one folder up."""
    packages.link(workspace.folder / "panel")
    return workspace


def test_the_committed_module_is_what_the_source_builds(workspace: Workspace) -> None:
    assert panel.built(workspace) == panel.MODULE.read_bytes(), (
        "run make graph-view and commit what it writes"
    )


def test_the_module_carries_the_licences_of_what_it_contains() -> None:
    text = panel.MODULE.read_text("utf-8")
    assert text.startswith("/*!")
    for name in json.loads((SOURCE / "package.json").read_text("utf-8"))["dependencies"]:
        assert f"\n{name} " in text
    assert text.count("Permission is hereby granted") == 2


def test_the_module_brings_neither_react_nor_grafana() -> None:
    text = panel.MODULE.read_text("utf-8")
    assert 'define(["react","@grafana/data"], ' in text
    assert len(text) < 200_000


def test_types(typed: Workspace) -> None:
    assert typed.node(*TYPES).stdout == ""


def test_the_types_would_notice(typed: Workspace) -> None:
    links = typed.folder / "panel" / "links.ts"
    right = links.read_text("utf-8")
    try:
        links.write_text(right.replace("valueRowIndex:", "rowIndex:"), "utf-8")
        assert "error TS2353" in typed.node(*TYPES).stdout
    finally:
        links.write_text(right, "utf-8")
