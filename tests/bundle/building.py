"""Plugins built for a test."""

from __future__ import annotations

import json
import shutil
import zipfile
from pathlib import Path

from dashboards.bundle import content

PANEL = "panels/astrolabe-graph-panel"


def unpacked(archive: Path, folder: Path) -> Path:
    """Unpack the zip as Grafana does, and return the folder of the plugin."""
    with zipfile.ZipFile(archive) as packed:
        packed.extractall(folder)
    return folder / content.PLUGIN


def source_with_a_panel(folder: Path) -> Path:
    """Return a copy of the static files that has the panel of the seam."""
    source = folder / "app"
    shutil.copytree(content.SOURCE, source)
    panel = source / PANEL
    shutil.rmtree(panel, ignore_errors=True)
    panel.mkdir(parents=True)
    metadata = json.loads((source / "plugin.json").read_text(encoding="utf-8"))
    metadata |= {"type": "panel", "name": "Astrolabe graph", "id": "astrolabe-graph-panel"}
    metadata["info"]["screenshots"] = []
    (panel / "plugin.json").write_text(json.dumps(metadata), encoding="utf-8")
    (panel / "module.js").write_text("define([], () => ({}));\n", encoding="utf-8")
    (panel / ".DS_Store").write_bytes(b"\0")
    return source


def source_without_a_panel(folder: Path) -> Path:
    """Return a copy of the static files without the panel and its picture."""
    source = folder / "app"
    shutil.copytree(content.SOURCE, source, ignore=shutil.ignore_patterns("panels", "screenshots"))
    return source
