"""What is in the plugin: each file by its path, made from `app/`, the dashboards and the version.

A folder `app/panels/astrolabe-graph-panel` is the seam for the app's own graph panel: as soon as it holds
a `plugin.json` the panel is packed and listed, and the dashboards draw with it. Until then they draw with
Grafana's node graph, which takes the same frames.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import json
import re
import zlib
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from astrolabe import __version__
from dashboards import render
from dashboards.edition import APP, CORE, Edition

PLUGIN = "astrolabe-graph-app"
SOURCE = Path(__file__).parent / "app"
PROVISIONING = Path(__file__).parent / "provisioning" / f"{PLUGIN}.yaml"
LICENSE = Path(__file__).parents[2] / "LICENSE"

_METADATA = "plugin.json"
_PANELS = "panels"
_SCREENSHOTS = "img/screenshots"


class BundleError(Exception):
    """Why the plugin cannot be built, in one line."""


@dataclasses.dataclass(frozen=True)
class Bundle:
    """The plugin: where its files come to lie under its folder, and what they hold."""

    version: str
    released: dt.date
    """Stands for the time of the build, so that the same tree makes the same bytes at any time."""
    files: Mapping[str, bytes]


def bundle(source: Path = SOURCE, *, version: str = __version__, multi_cluster: bool = False) -> Bundle:
    """Return the plugin; `source` holds its static files.

    Raises BundleError when the change log does not tell of `version`, and OSError when a file is missing.
    """
    released = _released(source / "CHANGELOG.md", version)
    dashboards = render.rendered(dataclasses.replace(edition(source), multi_cluster=multi_cluster))
    files = {path.relative_to(source).as_posix(): path.read_bytes() for path in _static(source)}
    files["LICENSE"] = LICENSE.read_bytes()
    for path in [path for path in files if path.rpartition("/")[2] == _METADATA]:
        metadata = _stamped(files[path], version, released)
        if path == _METADATA:
            metadata["includes"] = [*_pages(), *_dashboards(dashboards), *_panels(source)]
            metadata["info"]["screenshots"] = _screenshots(files)
        files[path] = (json.dumps(metadata, ensure_ascii=False, indent=2) + "\n").encode()
    files |= {f"dashboards/{name}": _revised(text).encode() for name, text in dashboards.items()}
    return Bundle(version, released, dict(sorted(files.items())))


def edition(source: Path = SOURCE) -> Edition:
    """Return the app's set of dashboards, with the panel that it has."""
    if _own_panel(source).is_file():
        return APP
    return dataclasses.replace(APP, node_graph_panel=CORE.node_graph_panel)


def _own_panel(source: Path) -> Path:
    return source / _PANELS / APP.node_graph_panel / _METADATA


def _static(source: Path) -> Iterator[Path]:
    """Return the files to pack, without those that editors and systems leave behind."""
    for path in sorted(source.rglob("*")):
        if path.is_file() and not any(part.startswith(".") for part in path.relative_to(source).parts):
            yield path


def _released(changelog: Path, version: str) -> dt.date:
    """Return the day that the change log gives for a version, in a heading `## 1.2.3 - 2026-01-31`."""
    heading = re.compile(rf"## {re.escape(version)} - (\d{{4}}-\d\d-\d\d)")
    for line in changelog.read_text(encoding="utf-8").splitlines():
        if found := heading.fullmatch(line):
            return dt.date.fromisoformat(found[1])
    raise BundleError(f"{changelog}: no heading “## {version} - YYYY-MM-DD” for the version that is built")


def _stamped(metadata: bytes, version: str, released: dt.date) -> dict[str, Any]:
    """Fill in the two variables that Grafana's plugin tools use too."""
    text = metadata.decode().replace("%VERSION%", version).replace("%TODAY%", released.isoformat())
    filled: dict[str, Any] = json.loads(text)
    return filled


def _pages() -> Iterator[dict[str, Any]]:
    """List the app's own page, the explorer: it comes first in the menu."""
    yield {
        "type": "page",
        "name": "Explorer",
        "path": f"/a/{PLUGIN}",
        "role": "Viewer",
        "addToNav": True,
        "defaultNav": True,
    }


def _dashboards(texts: Mapping[str, str]) -> Iterator[dict[str, Any]]:
    """List the dashboards in reading order: Grafana imports those that are listed, and no others."""
    for name, text in texts.items():
        board = json.loads(text)
        yield {
            "type": "dashboard",
            "name": board["title"],
            "path": f"dashboards/{name}",
            "uid": board["uid"],
            "role": "Viewer",
            "addToNav": True,
        }


def _revised(text: str) -> str:
    """Add a number that changes with the dashboard: Grafana imports one again when it has another number."""
    board = json.loads(text) | {"revision": zlib.crc32(text.encode())}
    return json.dumps(board, ensure_ascii=False, indent=2, sort_keys=True) + "\n"


def _panels(source: Path) -> Iterator[dict[str, Any]]:
    """List the plugins within the plugin by where their metadata is, as the validator looks for them."""
    for metadata in sorted((source / _PANELS).glob(f"*/{_METADATA}")):
        name = json.loads(metadata.read_bytes())["name"]
        yield {"type": "panel", "name": name, "path": metadata.relative_to(source).as_posix()}


def _screenshots(paths: Iterable[str]) -> list[dict[str, str]]:
    """List the pictures that there are; a file name is the caption, with hyphens for spaces."""
    return [
        {"name": Path(path).stem.replace("-", " ").capitalize(), "path": path}
        for path in sorted(paths)
        if path.startswith(f"{_SCREENSHOTS}/")
    ]
