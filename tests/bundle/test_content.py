"""What is in the plugin, and that its list of contents says so."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest

from astrolabe import __version__
from dashboards import render
from dashboards.bundle import content
from dashboards.edition import APP, CORE
from tests.bundle import metadata
from tests.bundle.building import PANEL, source_with_a_panel, source_without_a_panel

BOARDS = (
    "overview", "relationship-graph", "workload", "helm-releases", "hygiene", "access", "sleep", "cost",
    "exporter",
)  # fmt: skip


@pytest.fixture(scope="module")
def bundle() -> content.Bundle:
    return content.bundle()


@pytest.fixture(scope="module")
def boards(bundle: content.Bundle) -> dict[str, dict[str, Any]]:
    """The dashboards by their path."""
    return {path: json.loads(text) for path, text in bundle.files.items() if path.startswith("dashboards/")}


def test_a_dashboard_that_changed_is_imported_again(bundle: content.Bundle) -> None:
    """Grafana keeps the one that it has while `revision` is the same, whatever the plugin's version is."""
    others = content.bundle(multi_cluster=True).files
    changed = 0
    for path in (path for path in bundle.files if path.startswith("dashboards/")):
        board, other = json.loads(bundle.files[path]), json.loads(others[path])
        ours, theirs = board.pop("revision"), other.pop("revision")
        assert (ours != theirs) is (board != other), path
        assert min(ours, theirs) > 1, "Grafana takes 1 for those that have none"
        changed += board != other
    assert changed == len(BOARDS)


def test_the_files(tmp_path: Path) -> None:
    bundle = content.bundle(source_without_a_panel(tmp_path))
    assert sorted(bundle.files) == sorted(
        ["CHANGELOG.md", "LICENSE", "README.md", "img/logo.svg", "module.js", "plugin.json"]
        + [f"dashboards/{name}.json" for name in BOARDS]
    )


def test_the_metadata_follows_grafanas_reference(bundle: content.Bundle) -> None:
    plugin = metadata.read(bundle.files["plugin.json"])
    assert (plugin.id, plugin.type) == ("astrolabe-graph-app", "app")
    assert plugin.info.version == __version__
    assert plugin.info.updated == bundle.released.isoformat()
    assert b"%" not in bundle.files["plugin.json"]


def test_the_metadata_names_files_that_are_there(bundle: content.Bundle) -> None:
    info = metadata.read(bundle.files["plugin.json"]).info
    assert {info.logos.small, info.logos.large} == {"img/logo.svg"}
    assert [picture.path for picture in info.screenshots] == [
        path for path in bundle.files if path.startswith("img/screenshots/")
    ]
    assert "img/logo.svg" in bundle.files


def test_each_dashboard_is_listed_as_it_is(bundle: content.Bundle, boards: dict[str, dict[str, Any]]) -> None:
    includes = metadata.read(bundle.files["plugin.json"]).includes
    listed = [include for include in includes if include.type == "dashboard"]
    assert [include.path for include in listed] == [f"dashboards/{name}.json" for name in BOARDS]
    for include in listed:
        board = boards[str(include.path)]
        assert (include.uid, include.name) == (board["uid"], board["title"])
        assert (include.role, include.addToNav) == ("Viewer", True)


def test_the_app_opens_with_the_explorer(bundle: content.Bundle) -> None:
    first, *others = metadata.read(bundle.files["plugin.json"]).includes
    assert (first.type, first.name, first.path) == ("page", "Explorer", "/a/astrolabe-graph-app")
    assert (first.role, first.addToNav, first.defaultNav) == ("Viewer", True, True)
    assert [include.name for include in others if include.defaultNav] == []


def test_the_app_and_the_core_set_may_live_in_one_grafana(boards: dict[str, dict[str, Any]]) -> None:
    uids = [board["uid"] for board in boards.values()]
    core = {json.loads(text)["uid"] for text in render.rendered(CORE).values()}
    assert len({*uids, *core}) == 2 * len(BOARDS)


def test_links_stay_within_the_app(boards: dict[str, dict[str, Any]]) -> None:
    uids = {board["uid"] for board in boards.values()}
    linked = [re.findall(r'/d/([^?"/]+)', json.dumps(board)) for board in boards.values()]
    assert {uid for links in linked for uid in links} <= uids
    assert sum(map(len, linked)) > 50


def test_without_the_panel_the_dashboards_draw_with_grafanas_own(tmp_path: Path) -> None:
    bundle = content.bundle(source_without_a_panel(tmp_path))
    texts = b"".join(text for path, text in bundle.files.items() if path.endswith(".json"))
    assert texts.count(b'"type": "nodeGraph"') == 4
    assert b"astrolabe-graph-panel" not in texts


def test_the_panel_is_packed_listed_and_drawn_with_once_it_is_there(tmp_path: Path) -> None:
    bundle = content.bundle(source_with_a_panel(tmp_path))
    own = {path for path in bundle.files if path.startswith("panels/")}
    assert own == {f"{PANEL}/module.js", f"{PANEL}/plugin.json"}
    panel = metadata.read(bundle.files[f"{PANEL}/plugin.json"])
    assert (panel.id, panel.info.version) == (APP.node_graph_panel, __version__)
    plugin = metadata.read(bundle.files["plugin.json"])
    assert [include.name for include in plugin.includes if include.type == "panel"] == [panel.name]
    texts = b"".join(text for path, text in bundle.files.items() if path.startswith("dashboards/"))
    assert texts.count(b'"type": "astrolabe-graph-panel"') == 4
    assert b'"nodeGraph"' not in texts


def test_the_app_brings_its_panel(bundle: content.Bundle) -> None:
    own = {path for path in bundle.files if path.startswith("panels/")}
    assert own == {f"{PANEL}/{name}" for name in ("README.md", "img/logo.svg", "module.js", "plugin.json")}
    panel = metadata.read(bundle.files[f"{PANEL}/plugin.json"])
    assert (panel.id, panel.type, panel.info.version) == (APP.node_graph_panel, "panel", __version__)
    assert bundle.files[f"{PANEL}/{panel.info.logos.small}"] == bundle.files["img/logo.svg"]
    plugin = metadata.read(bundle.files["plugin.json"])
    assert [include.name for include in plugin.includes if include.type == "panel"] == ["Astrolabe graph"]
    assert [picture.name for picture in plugin.info.screenshots] == [
        "A missing secret and who waits for it",
        "Why a deployment fails",
    ]
    texts = [text for path, text in bundle.files.items() if path.startswith("dashboards/")]
    assert b"".join(texts).count(b'"type": "astrolabe-graph-panel"') == 4
    assert b'"nodeGraph"' not in b"".join(texts)


def test_pictures_are_small(bundle: content.Bundle) -> None:
    pictures = [text for path, text in bundle.files.items() if path.startswith("img/screenshots/")]
    assert [len(picture) < 80_000 for picture in pictures] == [True, True]


def test_pictures_are_listed_by_their_names(tmp_path: Path) -> None:
    source = source_without_a_panel(tmp_path)
    pictures = source / "img" / "screenshots"
    pictures.mkdir()
    for name in ("a-namespace.png", "who-sleeps.png"):
        (pictures / name).write_bytes(b"\x89PNG")
    info = metadata.read(content.bundle(source).files["plugin.json"]).info
    assert [(picture.name, picture.path) for picture in info.screenshots] == [
        ("A namespace", "img/screenshots/a-namespace.png"),
        ("Who sleeps", "img/screenshots/who-sleeps.png"),
    ]


def test_a_second_cluster_shows_the_variable() -> None:
    boards = content.bundle(multi_cluster=True).files
    for path, text in boards.items():
        if path.startswith("dashboards/"):
            (cluster,) = (
                each for each in json.loads(text)["templating"]["list"] if each["name"] == "cluster"
            )
            assert cluster["hide"] == 0


def test_a_version_that_the_change_log_does_not_tell_of_is_not_built(tmp_path: Path) -> None:
    source = source_without_a_panel(tmp_path)
    with pytest.raises(content.BundleError) as why:
        content.bundle(source, version="99.0.0")
    assert str(why.value) == (
        f"{source / 'CHANGELOG.md'}: no heading “## 99.0.0 - YYYY-MM-DD” for the version that is built"
    )


def test_the_logo_is_a_drawing_that_loads_nothing() -> None:
    logo = ET.parse(content.SOURCE / "img" / "logo.svg").getroot()
    names = {element.tag.removeprefix("{http://www.w3.org/2000/svg}") for element in logo.iter()}
    assert names == {"svg", "g", "circle", "path"}
    assert logo.get("viewBox") == "0 0 64 64"
