"""docs/development.md, "Adding a kind", followed to the letter with a made-up kind in a copy of the tree."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
TREE = ("exporter", "tests", "docs", "deploy", "dashboards", "alerts")
UNNEEDED = shutil.ignore_patterns("__pycache__", "node_modules", ".hypothesis")
RECIPE = """\
1. `exporter/astrolabe/kinds/<kind>.py`
2. `tests/kinds/test_<kind>.py`
3. `docs/kinds/<kind>.md`
4. `make generate` and `.venv/bin/python -m tests.kinds.golden`
"""

MODULE = '''\
"""Lighthouses."""

from astrolabe.graph.facts import Facts
from astrolabe.kinds.kind import Context, Kind
from astrolabe.kinds.models.metadata import MetadataOnly, facts_of


def describe(lighthouse: MetadataOnly, context: Context) -> Facts:
    """Turn a Lighthouse into facts."""
    return facts_of(lighthouse.metadata, context)


KIND = Kind(
    name="Lighthouse.sea.example",
    group="sea.example",
    plural="lighthouses",
    model=MetadataOnly,
    describe=describe,
)
'''
TEST = '''\
"""Lighthouses."""

from astrolabe.kinds.lighthouse import KIND
from tests.kinds.objects import facts

SAMPLE = {"spec": {"height": 30}}


def test_status() -> None:
    assert facts(KIND, **SAMPLE).message == "Exists"
'''
PAGE = """\
# Lighthouse

Watched: `lighthouses.sea.example`, v1, whole objects.

Ready, `Exists`.
"""
GENERATED = [
    "deploy/helm/astrolabe/files/kinds.yaml",
    "deploy/helm/astrolabe/values.schema.json",
    "deploy/helm/astrolabe/values.yaml",
    "deploy/kustomize/base/clusterrole.yaml",
    "deploy/kustomize/overlays/namespaced/role.yaml",
    "docs/kinds/README.md",
    "exporter/astrolabe/messages/objects.py",
]
CHECKED = (
    "tests/kinds/test_lighthouse.py",
    "tests/kinds/test_registry.py",
    "tests/kinds/test_documentation.py",
    "tests/kinds/test_exposition.py",
    "tests/kinds/test_world.py",
    "tests/kinds/test_heartbeats.py",
    "tests/kinds/models/test_groups.py",
    "tests/messages/test_objects.py",
    "tests/deploy/test_generated.py",
    "tests/test_watchlist.py",
    "tests/test_settings_checks.py",
)


def run(tree: Path, *arguments: str) -> str:
    """Run a module of the copy, and return what it wrote."""
    environment = {**os.environ, "PYTHONPATH": f"{tree / 'exporter'}{os.pathsep}{tree}"}
    command = [sys.executable, "-m", *arguments]
    done = subprocess.run(
        command, cwd=tree, env=environment, capture_output=True, text=True, timeout=300, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.mark.long
def test_a_kind_is_its_module_its_test_its_page_and_what_is_generated(tmp_path: Path) -> None:
    guide = (ROOT / "docs" / "development.md").read_text("utf-8")
    for step in RECIPE.splitlines():
        assert f"\n{step}" in guide
    for folder in TREE:
        shutil.copytree(ROOT / folder, tmp_path / folder, ignore=UNNEEDED, symlinks=True)
    for path in ROOT.iterdir():
        if path.is_file():
            shutil.copy(path, tmp_path)
    (tmp_path / "exporter" / "astrolabe" / "kinds" / "lighthouse.py").write_text(MODULE)
    (tmp_path / "tests" / "kinds" / "test_lighthouse.py").write_text(TEST)
    (tmp_path / "docs" / "kinds" / "lighthouse.md").write_text(PAGE)
    assert sorted(run(tmp_path, "deploy", "write").split()) == GENERATED
    run(tmp_path, "tests.kinds.golden")
    exposed = tmp_path / "tests" / "kinds" / "expositions" / "lighthouse.sea.example.prom"
    assert 'id="Lighthouse.sea.example/shop/web"' in exposed.read_text("utf-8")
    run(tmp_path, "pytest", "-q", "-p", "no:cacheprovider", *CHECKED)
