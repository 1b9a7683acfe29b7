"""The explorer's source: its types, its own tests, and that the committed module is what it builds."""

from __future__ import annotations

import json

import pytest

from astrolabe.derived.diagnosis.needs import NEEDING
from tests.components.npm import INSTALL_SECONDS, Packages
from tests.explorer.building import MODULE, SOURCE, Workspace
from tests.graph_view.building import SOURCE as GRAPH_VIEW

pytestmark = [pytest.mark.real, pytest.mark.timeout(INSTALL_SECONDS + 120)]

MOST_BYTES = 700_000
TYPES = ("explorer/node_modules/typescript/bin/tsc", "-p", "explorer")


@pytest.fixture(scope="module")
def typed(workspace: Workspace, packages: Packages) -> Workspace:
    """The source beside Grafana's types."""
    packages.link(workspace.folder / "explorer")
    return workspace


def test_the_committed_module_is_what_the_source_builds(workspace: Workspace) -> None:
    built = workspace.built()
    assert len(built) <= MOST_BYTES
    assert built == MODULE.read_bytes(), "run make explorer and commit what it writes"


def test_the_module_takes_from_grafana_what_grafana_shares() -> None:
    text = MODULE.read_text("utf-8")
    assert 'define(["react","@grafana/data","@grafana/runtime","@grafana/ui"], ' in text


def test_the_module_carries_the_licences_of_what_it_contains() -> None:
    text = MODULE.read_text("utf-8")
    assert text.startswith("/*!")
    for name in json.loads((GRAPH_VIEW / "package.json").read_text("utf-8"))["dependencies"]:
        assert f"\n{name} " in text
    assert text.count("Permission is hereby granted") == 2


def test_types(typed: Workspace) -> None:
    assert typed.node(*TYPES).stdout == ""


def test_the_types_would_notice(typed: Workspace) -> None:
    wrong = {
        "page/bar.tsx": ("onMoveBackward=", "onMoveBackwards="),
        "page/module.ts": ('icon: "apps"', 'icon: "no such icon"'),
        "src/problems.ts": ("rows.affected", "rows.effected"),
    }
    sources = {file: (typed.folder / "explorer" / file).read_text("utf-8") for file in wrong}
    try:
        for file, (right, written) in wrong.items():
            assert right in sources[file]
            (typed.folder / "explorer" / file).write_text(sources[file].replace(right, written), "utf-8")
        said = typed.node(*TYPES).stdout
    finally:
        for file, source in sources.items():
            (typed.folder / "explorer" / file).write_text(source, "utf-8")
    assert [file for file in wrong if f"explorer/{file}(" not in said] == []


def test_the_sources_own_tests(workspace: Workspace) -> None:
    names = sorted(path.name for path in (SOURCE / "test").glob("*.test.ts"))
    ran = workspace.node("explorer/test.mjs", *names)
    assert ran.returncode == 0, ran.stdout[-6000:] + ran.stderr[-2000:]


def test_what_is_pure_knows_neither_react_nor_grafana() -> None:
    for path in (SOURCE / "src").glob("*.ts"):
        text = path.read_text("utf-8")
        assert "@grafana/" not in text
        assert 'from "react"' not in text
        assert "../page/" not in text


def test_every_type_of_relation_has_words() -> None:
    text = (SOURCE / "src" / "relations.ts").read_text("utf-8")
    assert [each for each in NEEDING if f'  "{each}": [' not in text and f"  {each}: [" not in text] == []


def test_modules_are_short() -> None:
    assert {
        path.name: lines
        for path in [*SOURCE.rglob("*.ts"), *SOURCE.rglob("*.tsx")]
        if (lines := len(path.read_text().splitlines())) > 250
    } == {}
