"""The archive as Grafana's plugin validator looks at it, and what is let pass, with the reason."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from dashboards.bundle import archive, content
from tests.bundle import validator
from tests.bundle.validator import ANALYZERS, NOT_HERE, Archive

FOLDER = content.PLUGIN
TREE = content.SOURCE.parents[1]
SOURCES = (TREE / "explorer", TREE / "graph-view" / "panel", TREE / "graph-view" / "src")
PANEL = "panels/astrolabe-graph-panel"

EXCLUDED: Mapping[str, tuple[str, ...]] = {
    "jsMap": ("module.js.map is missing", f"{PANEL}/module.js.map is missing"),
    "code-rules": ("asking.ts asks the endpoint of queries itself",),
}
"""What is let pass.

There are no source maps: the tree has the source, and a test builds the same bytes from it. The explorer asks
the endpoint of queries: a page has a dozen questions about one moment at once, each with an error of its own.
"""


@pytest.fixture(scope="module")
def packed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path, _ = archive.write(content.bundle(), tmp_path_factory.mktemp("dist"))
    return path


@pytest.mark.parametrize("analyzer", ANALYZERS)
def test_the_archive_passes(analyzer: str, packed: Path) -> None:
    assert list(ANALYZERS[analyzer](Archive(packed, SOURCES))) == list(EXCLUDED.get(analyzer, ()))


Change = Callable[[dict[str, bytes]], object]


def _plugin(path: str = "plugin.json", **changed: Any) -> Change:
    def change(files: dict[str, bytes]) -> None:
        plugin = json.loads(files[f"{FOLDER}/{path}"])
        for name, value in changed.items():
            inside = plugin if name in plugin else plugin["info"] if name in plugin["info"] else plugin
            inside[name] = value
        files[f"{FOLDER}/{path}"] = json.dumps(plugin).encode()

    return change


def _file(path: str, text: bytes) -> Change:
    return lambda files: files.update({f"{FOLDER}/{path}": text})


WRONG: Mapping[str, Change] = {
    "archive": lambda files: files.update({"left-over.txt": b""}),
    "metadatavalid": _plugin(updated="%TODAY%"),
    "includesnested": _file("panels/other/plugin.json", b'{"type": "panel", "id": "a-b-panel"}'),
    "modulejs": _file(f"{PANEL}/module.js", b""),
    "readme": _file("README.md", b"[docs](docs/README.md)"),
    "changelog": _file("CHANGELOG.md", b"## 99.0.0 - 2026-01-01"),
    "license": _file("LICENSE", b"All rights reserved"),
    "logos": _plugin(logos={"small": "img/logo.svg", "large": ""}),
    "screenshots": _file("img/screenshots/why-a-deployment-fails.jpeg", b"RIFF....WEBP"),
    "metadatapaths": _plugin(logos={"small": "./img/logo.svg", "large": "img/logo.png"}),
    "pluginname": _plugin(id="astrolabe-app"),
    "grafanadependency": _plugin(dependencies={"grafanaDependency": "11.0.x"}),
    "circulardependencies": _plugin(
        dependencies={"grafanaDependency": ">=11.0.0", "plugins": [{"id": FOLDER}]}
    ),
    "discoverability": _plugin(description=""),
    "unsafesvg": _file("img/logo.svg", b'<svg xmlns="http://www.w3.org/2000/svg"><script/></svg>'),
    "legacyplatform": _file("module.js", b"class A extends PanelCtrl {}"),
    "trackingscripts": _file("module.js", b'fetch("https://collect.example.com/a")'),
    "backendbinary": _file("run", b"\x7fELF"),
}


@pytest.mark.parametrize("analyzer", WRONG)
def test_an_archive_that_breaks_a_rule_is_found(analyzer: str, packed: Path, tmp_path: Path) -> None:
    files = dict(Archive(packed).entries)
    WRONG[analyzer](files)
    changed = tmp_path / "changed.zip"
    with zipfile.ZipFile(changed, "w") as written:
        for path, text in files.items():
            written.writestr(path, text)
    assert list(ANALYZERS[analyzer](Archive(changed))) != []


@pytest.mark.parametrize(
    "code",
    [
        'window.open("https://a")',
        "console.log(1)",
        "if (confirm('?')) {}",
        "window.location.href",
        "// @ts-ignore",
    ],
)
def test_code_that_goes_past_grafana_is_found(code: str, packed: Path, tmp_path: Path) -> None:
    (tmp_path / "a.ts").write_text(code, "utf-8")
    assert len(list(validator.code_rules(Archive(packed, (tmp_path,))))) == 1


def test_what_is_not_looked_at_is_named() -> None:
    assert not NOT_HERE.keys() & ANALYZERS.keys()
    page = (Path(__file__).parents[2] / "docs" / "plugin.md").read_text("utf-8")
    assert [name for name in NOT_HERE if f"`{name}`" not in page] == []
