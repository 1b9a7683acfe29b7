"""What Grafana's plugin validator asks of an archive, by the names of its analyzers.

https://github.com/grafana/plugin-validator lists them. Those that ask a server of Grafana's, an account or
another program are in `NOT_HERE`, with the reason.
"""

from __future__ import annotations

import json
import re
import zipfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path, PurePosixPath
from typing import Any
from xml.etree import ElementTree as ET

import msgspec

from tests.bundle import metadata

Found = Iterator[str]

_METADATA = "plugin.json"
_PICTURES = (b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"GIF8", b"<svg")
_PROGRAMS = (b"\x7fELF", b"MZ", b"\xcf\xfa\xed\xfe", b"\xca\xfe\xba\xbe", b"#!")
_ANGULAR = ("PanelCtrl", "QueryCtrl", "ConfigCtrl", "app/plugins/sdk", "angular.isNumber(", "ctrl.annotation")
_JARGON = ("yarn", "nodejs")
_MOVING = {"script", "iframe", "foreignObject", "audio", "math", "template", "noscript"}
_CODE = {
    r"console\.(log|info|table|clear|count|dir|group|time)\w*\(": "writes to the console",
    r"window\.(grafanaBootData|grafanaRuntime|__grafanaSceneContext)": "reads what is Grafana's own",
    r"(?<![\w.])(window\.)?(alert|confirm|prompt)\(": "opens a dialog of the browser",
    r"window\.open\((?![^)]*noopener)": "opens a window that can reach back",
    r"window\.location\.(search|href)": "reads the address past Grafana",
    r"@ts-(ignore|expect-error)": "hides an error from the compiler",
    r"""import\s+['"].*\.(css|scss|less)['"]""": "brings a style sheet",
    r"/api/ds/query": "asks the endpoint of queries itself",
    r"__SECRET_INTERNALS": "uses what is React's own",
}


@dataclass(frozen=True)
class Archive:
    """A packed plugin, and the source that it was built from."""

    path: Path
    source: tuple[Path, ...] = ()

    @cached_property
    def entries(self) -> dict[str, bytes]:
        with zipfile.ZipFile(self.path) as packed:
            return {entry.filename: packed.read(entry) for entry in packed.infolist()}

    @cached_property
    def files(self) -> dict[str, bytes]:
        """The files by their path within the folder of the plugin."""
        return {name.partition("/")[2]: text for name, text in self.entries.items()}

    @cached_property
    def plugins(self) -> dict[str, dict[str, Any]]:
        """Each plugin.json by its path: that of the app, and those of what is nested in it."""
        named = {path: text for path, text in self.files.items() if PurePosixPath(path).name == _METADATA}
        return {path: json.loads(text) for path, text in named.items()}

    @property
    def app(self) -> dict[str, Any]:
        return self.plugins[_METADATA]


def archive(of: Archive) -> Found:
    """One folder, named like the plugin."""
    if {name.partition("/")[0] for name in of.entries} != {of.app["id"]}:
        yield f"is not one folder {of.app['id']}"


def metadata_valid(of: Archive) -> Found:
    """Every plugin.json is as the reference says."""
    for path in of.plugins:
        try:
            metadata.read(of.files[path])
        except msgspec.ValidationError as why:
            yield f"{path}: {why}"
        if b"%VERSION%" in of.files[path] or b"%TODAY%" in of.files[path]:
            yield f"{path} is not filled in"


def includes_nested(of: Archive) -> Found:
    """What is nested is listed in the app's plugin.json, by the path of its own and its type."""
    listed = {include.get("path"): include["type"] for include in of.app["includes"]}
    for path, plugin in of.plugins.items():
        if path != _METADATA and listed.get(path) != plugin["type"]:
            yield f"{path} is not among the includes"


def module_js(of: Archive) -> Found:
    """Each plugin has its module."""
    for path in of.plugins:
        module = str(PurePosixPath(path).with_name("module.js"))
        if not of.files.get(module):
            yield f"{module} is missing"


def readme(of: Archive) -> Found:
    """README.md is there, for people who use the plugin and do not build it, and leads nowhere relative."""
    text = of.files.get("README.md", b"").decode()
    if not text.strip():
        yield "README.md is missing or empty"
    if "<!--" in text or re.search("Grafana .*Plugin Template", text, re.IGNORECASE):
        yield "README.md has comments, or is the one of a template"
    yield from (f"README.md speaks of {word}" for word in _JARGON if word in text)
    for target in re.findall(r"\[.+?\]\((.+?)\)", text):
        if not target.startswith(("#", "mailto:", "https://", "http://")):
            yield f"README.md leads to {target}, which is not in the catalogue"


def changelog(of: Archive) -> Found:
    """CHANGELOG.md is there, and begins with the version that is packed."""
    text = of.files.get("CHANGELOG.md", b"").decode()
    first = re.search(r"^## (\S+)", text, re.MULTILINE)
    if first is None or first[1] != of.app["info"]["version"]:
        yield f"CHANGELOG.md does not begin with {of.app['info']['version']}"


def licence(of: Archive) -> Found:
    """LICENSE is one of those that Grafana takes, filled in."""
    text = of.files.get("LICENSE", b"").decode()
    if "Apache License" not in text or "{name of copyright owner}" in text or "{yyyy}" in text:
        yield "LICENSE is missing, is another one, or is not filled in"


def logos(of: Archive) -> Found:
    """Each plugin has a small and a large logo."""
    for path, plugin in of.plugins.items():
        if not all(plugin["info"]["logos"].get(size, "").strip() for size in ("small", "large")):
            yield f"{path} lacks a logo"


def screenshots(of: Archive) -> Found:
    """There are pictures, in a format that the catalogue shows."""
    if not of.app["info"]["screenshots"]:
        yield "there are no pictures"
    for picture in of.app["info"]["screenshots"]:
        if not of.files.get(picture["path"], b"").lstrip().startswith(_PICTURES):
            yield f"{picture['path']} is neither PNG nor JPEG nor GIF nor SVG"


def metadata_paths(of: Archive) -> Found:
    """What a plugin.json names lies beside it."""
    for path, plugin in of.plugins.items():
        info = plugin["info"]
        for named in (*info["logos"].values(), *(picture["path"] for picture in info["screenshots"])):
            beside = str(PurePosixPath(path).parent / named)
            if named.startswith((".", "/")) or ":" in named or beside not in of.files:
                yield f"{path} names {named}"
    for include in of.app["includes"]:
        if include["type"] != "page" and include.get("path") not in of.files:
            yield f"{include['name']} is listed and not there"


def name(of: Archive) -> Found:
    """An id has three parts and ends with the type; a name is for people."""
    for path, plugin in of.plugins.items():
        parts = plugin["id"].split("-")
        if len(parts) < 3 or parts[-1] != plugin["type"] or plugin["name"] == plugin["id"]:
            yield f"{path}: {plugin['id']} “{plugin['name']}”"


def grafana_dependency(of: Archive) -> Found:
    """More than one version of Grafana will do, and nested plugins need no other than the app."""
    wanted = of.app["dependencies"]["grafanaDependency"]
    if re.fullmatch(r"\d+\.\d+\.(\d+|x)", wanted):
        yield f"only {wanted} will do"
    for path, plugin in of.plugins.items():
        if plugin["dependencies"]["grafanaDependency"] != wanted:
            yield f"{path} needs another Grafana than the app"


def circular_dependencies(of: Archive) -> Found:
    """No plugin depends on one that depends on it."""
    needs = {
        plugin["id"]: {each["id"] for each in plugin["dependencies"].get("plugins", [])}
        for plugin in of.plugins.values()
    }
    for plugin, needed in needs.items():
        if any(other == plugin or plugin in needs.get(other, ()) for other in needed):
            yield f"{plugin} depends on itself"


def discoverability(of: Archive) -> Found:
    """Somebody who searches finds it."""
    if not of.app["info"]["description"] or not of.app["info"]["keywords"]:
        yield "there is no description, or no keyword"


def safe_svg(of: Archive) -> Found:
    """A drawing runs nothing and loads nothing."""
    for path, text in of.files.items():
        if path.endswith(".svg"):
            for element in ET.fromstring(text.decode()).iter():
                called = element.tag.rpartition("}")[2]
                loads = [
                    each
                    for each in element.attrib
                    if each.rpartition("}")[2] == "href" or each.startswith("on")
                ]
                if called in _MOVING or loads:
                    yield f"{path}: {called}"


def legacy_platform(of: Archive) -> Found:
    """Nothing is left of AngularJS."""
    for path, text in _modules(of):
        yield from (f"{path} uses {word}" for word in _ANGULAR if word in text)


def tracking(of: Archive) -> Found:
    """A module speaks to nobody: the only addresses in it are names of XML and explanations of React's."""
    for path, text in _modules(of):
        for host in set(re.findall(r"(?:https?:)?//((?:[\w-]+\.)+[a-z]{2,})[/\"'`]", text)):
            if host not in {"www.w3.org", "reactjs.org", "react.dev"}:
                yield f"{path} names {host}"


def binaries(of: Archive) -> Found:
    """There is no program in it, and no plugin.json speaks of one."""
    for path, plugin in of.plugins.items():
        if plugin.get("executable") or plugin.get("backend") or plugin.get("alerting"):
            yield f"{path} speaks of a backend"
    for path, text in of.files.items():
        if text.startswith(_PROGRAMS):
            yield f"{path} is a program"
    with zipfile.ZipFile(of.path) as packed:
        for entry in packed.infolist():
            if entry.external_attr >> 16 & 0o777 != 0o644:
                yield f"{entry.filename} is not readable by all and writable by its owner alone"


def source_maps(of: Archive) -> Found:
    """Beside each module lies the map to its source."""
    for path, _ in _modules(of):
        if f"{path}.map" not in of.files:
            yield f"{path}.map is missing"


def code_rules(of: Archive) -> Found:
    """The source does not go past Grafana."""
    for folder in of.source:
        for path in sorted([*folder.rglob("*.ts"), *folder.rglob("*.tsx")]):
            if "test" not in path.parts and "node_modules" not in path.parts:
                text = path.read_text("utf-8")
                yield from (f"{path.name} {what}" for code, what in _CODE.items() if re.search(code, text))


def _modules(of: Archive) -> Iterator[tuple[str, str]]:
    return ((path, text.decode()) for path, text in of.files.items() if path.endswith("module.js"))


ANALYZERS: Mapping[str, Callable[[Archive], Found]] = {
    "archive": archive,
    "metadatavalid": metadata_valid,
    "includesnested": includes_nested,
    "modulejs": module_js,
    "readme": readme,
    "changelog": changelog,
    "license": licence,
    "logos": logos,
    "screenshots": screenshots,
    "metadatapaths": metadata_paths,
    "pluginname": name,
    "grafanadependency": grafana_dependency,
    "circulardependencies": circular_dependencies,
    "discoverability": discoverability,
    "unsafesvg": safe_svg,
    "legacyplatform": legacy_platform,
    "trackingscripts": tracking,
    "backendbinary": binaries,
    "jsMap": source_maps,
    "code-rules": code_rules,
}

NOT_HERE: Mapping[str, str] = {
    "manifest": "whoever has a token signs: docs/plugin.md",
    "org": "asks grafana.com for the account",
    "published-plugin": "asks grafana.com for the versions there are",
    "virusscan": "needs ClamAV",
    "osv-scanner": "needs osv-scanner and a lock file of everything; the module's packages are pinned",
    "sponsorshiplink": "a recommendation, and there is nobody to pay",
}
