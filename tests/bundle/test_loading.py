"""The packed module in Grafana's own loader, with Grafana's own data package and types."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from dashboards.bundle import archive, content
from tests.bundle.building import unpacked
from tests.components.npm import INSTALL_SECONDS, Packages, installed

pytestmark = [pytest.mark.real, pytest.mark.timeout(INSTALL_SECONDS + 120)]


@pytest.fixture(scope="module")
def packages() -> Packages:
    return installed(Path(__file__).with_name("grafana"), "grafana-loader")


@pytest.fixture(scope="module")
def plugin(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder that Grafana gets when it unpacks the zip."""
    folder = tmp_path_factory.mktemp("plugins")
    path, _ = archive.write(content.bundle(), folder)
    return unpacked(path, folder)


@pytest.fixture(scope="module")
def loaded(packages: Packages, plugin: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(packages.script("load.cjs", str(plugin), "/grafana"))
    return found


def test_the_module_exports_an_app_with_one_page(loaded: dict[str, Any]) -> None:
    assert loaded["exported"] == ["plugin"]
    assert loaded["isApp"] is True
    assert loaded["pages"] == [
        {"title": "Start", "icon": "apps", "id": "start"},
        {"title": "Exporter", "icon": "cog", "id": "exporter"},
    ]


def test_the_module_leaves_no_global_and_react_has_nothing_to_say(loaded: dict[str, Any]) -> None:
    assert (loaded["leaked"], loaded["errors"]) == ([], [])


def test_the_page_of_an_enabled_app_leads_to_each_dashboard(loaded: dict[str, Any], plugin: Path) -> None:
    page, _ = loaded["enabled"]
    includes = json.loads((plugin / "plugin.json").read_text())["includes"]
    links = [
        f'href="/grafana/d/{include["uid"]}">{include["name"]}</a>'
        for include in includes
        if include["type"] == "dashboard"
    ]
    assert [link in page for link in links] == [True] * 9
    assert 'href="/grafana/a/astrolabe-graph-app">Open the explorer</a>' in page
    assert page.count("<a ") == 10
    assert "<code>honor_labels: true</code>" in page
    assert "Enable the app" not in page


def test_the_page_of_an_app_that_is_not_enabled_links_to_nothing(loaded: dict[str, Any]) -> None:
    page, _ = loaded["disabled"]
    assert '<p role="status">Enable the app: Grafana then imports these dashboards.</p>' in page
    assert page.count("<li>Astrolabe app / ") == 9
    assert "<a " not in page


def test_the_page_of_the_exporter_asks_for_what_the_route_takes(loaded: dict[str, Any]) -> None:
    _, page = loaded["enabled"]
    assert page.count("<input ") == 3
    assert 'type="password"' in page
    assert "<code>/api/v1/access/who-can</code>" in page


def test_the_metadata_has_the_published_types(packages: Packages, plugin: Path, tmp_path: Path) -> None:
    assert packages.type_errors("\n".join(typescript(plugin)), tmp_path) == ""


@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        ('"type": "dashboard"', '"type": "board"'),
        ('"type": "page"', '"type": "sheet"'),
        ('"keywords": [', '"keyword": ['),
    ],
)
def test_the_types_would_notice(
    packages: Packages, plugin: Path, tmp_path: Path, right: str, wrong: str
) -> None:
    source = "\n".join(typescript(plugin))
    assert right in source
    assert "error TS" in packages.type_errors(source.replace(right, wrong), tmp_path)


def typescript(plugin: Path) -> Iterator[str]:
    """Return a program that type-checks when the metadata has Grafana's types."""
    yield 'import type { AppPluginMeta, PluginDependencies, PluginInclude } from "@grafana/data";'
    # JSON has no enums: their values stand in their place. What Grafana adds as it loads is left out, and
    # what its types do not know of: the uid of a dashboard, which its backend reads.
    yield "type Json<T> = T extends string ? `${T}` : T extends number | boolean ? T"
    yield "  : T extends (infer U)[] ? Json<U>[] : T extends object ? { [K in keyof T]: Json<T[K]> } : T;"
    yield "type Added = 'module' | 'baseUrl' | 'dependencies' | 'includes';"
    yield "type File = Omit<Json<AppPluginMeta>, Added> & {"
    yield "  $schema: string; includes: (Json<PluginInclude> & { uid?: string })[]; routes: object[];"
    yield "  dependencies: Pick<Json<PluginDependencies>, 'grafanaDependency' | 'plugins'> };"
    yield f"({(plugin / 'plugin.json').read_text()}) satisfies File;"
