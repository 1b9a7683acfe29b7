"""The explorer with what the oldest Grafana shares that the bundle is for: its packages, and its React."""

from __future__ import annotations

import json

import pytest
from playwright.sync_api import BrowserContext, expect

from dashboards.bundle import content
from tests.components.npm import INSTALL_SECONDS
from tests.explorer import building, host
from tests.explorer.conftest import Served
from tests.explorer.page import Page

pytestmark = [pytest.mark.real, pytest.mark.long, pytest.mark.timeout(INSTALL_SECONDS + 180)]

PRICING = "Deployment/shop-catalog/pricing"


def test_the_version_is_the_one_that_the_bundle_asks_for() -> None:
    wanted = json.loads((building.OLDEST / "package.json").read_text("utf-8"))["dependencies"]
    asked = json.loads((content.SOURCE / "plugin.json").read_text("utf-8"))["dependencies"]
    shared = {version for name, version in wanted.items() if name.startswith("@grafana/")}
    assert {f">={version}" for version in shared} == {asked["grafanaDependency"]}


def test_problems_an_object_and_the_time(
    workspace: building.Workspace, served: Served, context: BrowserContext
) -> None:
    script = workspace.host(building.oldest(), "oldest")
    with host.serving(script, {"prometheus": served.prometheus.url}) as url:
        page = Page(context, url, "", served.recording.at("12:30"), version="11.0.0", dark=True)
        page.row("problems", "Secret/shop-catalog/pricing-api-key").get_by_role("button").click()
        page.row("problems", PRICING).get_by_role("link", name="pricing").first.click()
        expect(page.section("head")).to_contain_text("ProgressDeadlineExceeded")
        expect(page.page.locator(f'.card[data-id="{PRICING}"]')).to_be_visible()
        expect(page.page.get_by_role("button", name="Time range selected")).to_be_visible()
        page.page.close()
    assert page.faults == []
