"""The view's source: its types, its own tests, and that the committed file is what it builds."""

from __future__ import annotations

import json
import os

import pytest

from astrolabe.graph.graph import Graph
from tests.components.npm import INSTALL_SECONDS
from tests.graph_view import frames
from tests.graph_view.building import ASSET, SOURCE, Workspace

pytestmark = [pytest.mark.real, pytest.mark.timeout(INSTALL_SECONDS + 120)]

MOST_BYTES = 600_000


def test_the_committed_file_is_what_the_source_builds(workspace: Workspace) -> None:
    built = workspace.built()
    assert len(built) <= MOST_BYTES
    assert built == ASSET.read_bytes(), "run make graph-view and commit what it writes"


def test_the_file_carries_the_licences_of_what_it_contains() -> None:
    text = ASSET.read_text("utf-8")
    assert text.startswith("/*!")
    packages = json.loads((SOURCE / "package.json").read_text("utf-8"))["dependencies"]
    for name, version in {**packages, "@dagrejs/graphlib": "4.0.6"}.items():
        assert f"{name} {version}\n" in text
    assert text.count("Permission is hereby granted") == 2


def test_the_lock_file_names_no_registry() -> None:
    lock = json.loads((SOURCE / "package-lock.json").read_text("utf-8"))
    assert all("resolved" not in package for package in lock["packages"].values())
    assert all("integrity" in package for path, package in lock["packages"].items() if path)


def test_types(workspace: Workspace) -> None:
    assert workspace.node("node_modules/typescript/bin/tsc", "-p", ".").stdout == ""


def test_modules_are_short() -> None:
    assert {
        path.name: lines
        for path in SOURCE.rglob("*.ts")
        if (lines := len(path.read_text().splitlines())) > 250
    } == {}


def test_the_sources_own_tests(workspace: Workspace, demo: dict[str, Graph]) -> None:
    given = workspace.folder / "demo.json"
    given.write_text(json.dumps({name: frames.frames(graph) for name, graph in demo.items()}))
    names = sorted(path.name for path in (SOURCE / "test").glob("*.test.ts"))
    ran = workspace.node("test.mjs", *names, env={**os.environ, "GRAPH_VIEW_DEMO": str(given)})
    assert ran.returncode == 0, ran.stdout[-6000:] + ran.stderr[-2000:]
    assert "# skipped 0" in ran.stdout
