"""The panel with what the oldest Grafana shares that the bundle is for: its React and its data package."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import expect

from dashboards.bundle import content
from tests.bundle import panel
from tests.components.npm import INSTALL_SECONDS
from tests.graph_view.building import Workspace

pytestmark = [pytest.mark.real, pytest.mark.timeout(INSTALL_SECONDS + 180)]


@pytest.fixture(scope="module")
def url(workspace: Workspace) -> Iterator[str]:
    with panel.serving(panel.host(workspace, panel.oldest(), "oldest")) as found:
        yield found


def test_the_version_is_the_one_that_the_bundle_asks_for() -> None:
    wanted = json.loads((panel.OLDEST / "package.json").read_text("utf-8"))["dependencies"]["@grafana/data"]
    for metadata in (content.SOURCE / "plugin.json", panel.MODULE.with_name("plugin.json")):
        asked = json.loads(metadata.read_text("utf-8"))["dependencies"]["grafanaDependency"]
        assert asked == f">={wanted}"


def test_the_dashboards_node_graphs_are_drawn(
    shown: panel.Shown, node_graphs: dict[str, tuple[dict[str, Any], dict[str, Any]]]
) -> None:
    for each, results in node_graphs.values():
        shown.show(results=results, fieldConfig=each["fieldConfig"], dark=True)
        ids = [metric["id"] for metric, _ in results["nodes"] if not metric["id"].startswith("Pod/")]
        expect(shown.card(ids[0])).to_have_count(1)
    expect(shown.page.locator(".view.dark")).to_have_count(1)
    assert shown.page.evaluate("editors()")["groupBy"] == ["namespace", "release", "none"]


def test_links_are_followed_and_words_said(
    shown: panel.Shown, node_graphs: dict[str, tuple[dict[str, Any], dict[str, Any]]]
) -> None:
    each, results = node_graphs["The namespace, rolled up"]
    shown.show(results=results, fieldConfig=each["fieldConfig"])
    shown.card("Ingress/shop/web").press("Enter")
    expect(shown.links).to_have_count(2)
    assert [urlsplit(url).path for url in shown.visited()] == ["/d/astrolabe-graph"]
    shown.show(results={"nodes": [[{"name": "web"}, "1"]]})
    expect(shown.page.get_by_role("alert")).to_contain_text("Nodes have no field id")
    shown.page.evaluate("unmount()")
