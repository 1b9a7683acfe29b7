"""The two sets of dashboards, and the files that they are written to."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from typing import Any

import pytest

from dashboards import cli, render
from dashboards.edition import CORE
from tests.dashboards.rendering import APP_BOARDS, BOARDS


def test_the_committed_json_is_what_the_code_makes() -> None:
    assert render.drifted(CORE, render.RENDERED) == []


def test_writing_twice_gives_the_same_bytes(tmp_path: Path) -> None:
    assert len(render.write(CORE, tmp_path)) == 9
    first = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    assert render.write(CORE, tmp_path) == []
    for path in tmp_path.iterdir():
        path.unlink()
    render.write(CORE, tmp_path)
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == first


def test_check_names_what_drifted(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["write", "--to", str(tmp_path)]) == 0
    assert cli.main(["check", "--to", str(tmp_path)]) == 0
    capsys.readouterr()
    (tmp_path / "sleep.json").write_text("{}\n")
    (tmp_path / "old.json").write_text("{}\n")
    (tmp_path / "cost.json").unlink()
    assert cli.main(["check", "--to", str(tmp_path)]) == 1
    assert capsys.readouterr().err.splitlines() == [
        f"dashboards: {tmp_path / name} is not what the code makes: run `make dashboards`"
        for name in ("cost.json", "old.json", "sleep.json")
    ]
    assert cli.main(["write", "--to", str(tmp_path)]) == 0
    assert capsys.readouterr().out.splitlines() == [
        f"wrote {tmp_path / 'cost.json'}",
        f"removed {tmp_path / 'old.json'}",
        f"wrote {tmp_path / 'sleep.json'}",
    ]
    assert cli.main(["check", "--to", str(tmp_path)]) == 0


def without_explorer(value: Any) -> Any:
    """Return a board without the links to the explorer, which the app alone has."""
    if isinstance(value, dict):
        return {key: without_explorer(each) for key, each in value.items()}
    if isinstance(value, list):
        return [without_explorer(each) for each in value if not leads_to_explorer(each)]
    return value


def leads_to_explorer(value: Any) -> bool:
    return isinstance(value, dict) and str(value.get("url", "")).startswith("/a/astrolabe-graph-app/")


def test_the_sets_differ_in_the_graph_panel_the_explorer_and_by_what_they_are_told_apart_alone() -> None:
    core, app = json.dumps(BOARDS), json.dumps(without_explorer(APP_BOARDS))
    assert core.count('"nodeGraph"') == 4
    assert '"astrolabe-graph-panel"' not in core
    as_core = app.replace('"astrolabe-graph-panel"', '"nodeGraph"')
    as_core = as_core.replace("astrolabe-app", "astrolabe").replace('"Astrolabe app / ', '"Astrolabe / ')
    for board in APP_BOARDS.values():
        assert board["title"].startswith("Astrolabe app / ")
        assert board["tags"] == board["links"][0]["tags"] == ["astrolabe-app"]
    assert app != core
    assert as_core == core


def test_a_second_cluster_shows_the_variable() -> None:
    many = dataclasses.replace(CORE, multi_cluster=True)
    for text in render.rendered(many).values():
        (cluster,) = (each for each in json.loads(text)["templating"]["list"] if each["name"] == "cluster")
        assert cluster["hide"] == 0


def test_the_documentation_lists_what_there_is() -> None:
    page = Path(__file__).parents[2] / "docs" / "dashboards.md"
    rows = [line for line in page.read_text().splitlines() if "| `astrolabe-" in line]
    assert rows == [
        f"| {board['title'].removeprefix('Astrolabe / ')} | `{board['uid']}` | {board['description']} |"
        for board in BOARDS.values()
    ]
