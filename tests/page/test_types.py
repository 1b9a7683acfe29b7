"""The scripts of the page say in comments what they take and give: a compiler holds them to it."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.components.npm import INSTALL_SECONDS
from tests.graph_view.building import ASSET, Workspace, packages

pytestmark = pytest.mark.timeout(INSTALL_SECONDS + 120)

FLAGS = (
    "--noEmit --strict --allowJs --checkJs --noUnusedLocals --noUnusedParameters --skipLibCheck "
    "--allowImportingTsExtensions --target es2022 --lib es2022,dom,dom.iterable "
    "--module esnext --moduleResolution bundler"
)


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    """The scripts beside the source of the drawing, which takes the place of what is built of it."""
    workspace = Workspace(packages(), tmp_path)
    folder = workspace.folder / "page"
    folder.mkdir()
    for source in ASSET.parent.glob("*.js"):
        if source != ASSET:
            shutil.copy(source, folder)
    (folder / "graph-view.d.ts").write_text('export * from "../src/index.ts";\n', encoding="utf-8")
    return workspace


def errors(workspace: Workspace) -> str:
    ran = workspace.node("node_modules/typescript/bin/tsc", *FLAGS.split(), "page/page.js")
    return ran.stdout + ran.stderr


def test_they_fit_together(workspace: Workspace) -> None:
    assert errors(workspace) == ""


def test_what_does_not_fit_is_found(workspace: Workspace) -> None:
    search = workspace.folder / "page" / "search.js"
    search.write_text(search.read_text("utf-8").replace("hit.message", "hit.massage"), "utf-8")
    assert "page/search.js" in errors(workspace)
