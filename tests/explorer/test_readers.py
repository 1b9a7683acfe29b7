"""Who can read a Secret, by name: asked of a real exporter as Grafana's backend would."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeAlias
from urllib.request import Request, urlopen

import pytest
from playwright.sync_api import BrowserContext, expect

from tests.components.npm import INSTALL_SECONDS
from tests.explorer import building, exporter, host
from tests.explorer.conftest import Served
from tests.explorer.page import Page
from tests.explorer.proxy import Configured

pytestmark = [pytest.mark.real, pytest.mark.timeout(INSTALL_SECONDS + 180)]

SECRET = "Secret/shop-catalog/pricing-credentials"
TOKEN = "a-token-that-may-read"
Open: TypeAlias = Callable[..., Page]


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """An exporter that asks for a token."""
    file = tmp_path_factory.mktemp("token") / "tokens"
    file.write_text(f"{TOKEN}\n", "utf-8")
    with exporter.running(web_token_file=file) as url:
        yield url


@pytest.fixture(scope="module")
def grafana(served: Served, address: str) -> Iterator[str]:
    apps = {
        "right": Configured({"exporterUrl": address}, {"exporterToken": TOKEN}),
        "wrong": Configured({"exporterUrl": address}, {"exporterToken": "another"}),
        "away": Configured({"exporterUrl": "http://127.0.0.1:9"}),
        "other": Configured({"exporterUrl": served.prometheus.url}),
    }
    with host.serving(served.script, {"prometheus": served.prometheus.url}, apps) as url:
        yield url


@pytest.fixture
def visit(context: BrowserContext, grafana: str, served: Served, address: str) -> Iterator[Open]:
    opened: list[Page] = []

    def found(app: str = "right", **given: object) -> Page:
        given.setdefault("jsonData", {"exporterUrl": address})
        at = served.recording.at("12:30")
        opened.append(Page(context, grafana, f"/object/{SECRET}", at, app=app, **given))
        return opened[-1]

    yield found
    faults = [page.faults for page in opened]
    for page in opened:
        page.page.close()
    assert faults == [[] for _ in opened]


def asked(address: str) -> list[str]:
    """Return who can read the Secret, as the exporter says."""
    question = "verb=get&resource=secrets/pricing-credentials&namespace=shop-catalog"
    request = Request(
        f"{address}/api/v1/access/who-can?{question}", headers={"Authorization": f"Bearer {TOKEN}"}
    )
    with urlopen(request, timeout=30) as answer:
        return list(dict.fromkeys(way["subject"] for way in json.load(answer)["ways"]))


def test_names_are_those_that_the_exporter_has(visit: Open, address: str) -> None:
    page = visit()
    readers = page.section("access").locator("[data-readers] li")
    expect(readers.first).to_be_visible()
    wanted = asked(address)
    assert page.ids("access") == wanted[:20]
    expect(page.section("access")).to_contain_text("These are who can now.")
    expect(page.row("access", "Group/system:masters")).to_contain_text("read it")
    account = next(each for each in wanted if each.startswith("ServiceAccount/"))
    page.row("access", account).get_by_role("link").first.click()
    expect(page.page.get_by_role("heading", level=1)).to_have_text(account.rpartition("/")[2])


def test_the_token_is_not_in_the_page(visit: Open) -> None:
    page = visit()
    expect(page.section("access").locator("[data-readers]")).to_be_visible()
    assert TOKEN not in page.page.content()
    assert TOKEN not in Path(building.MODULE).read_text("utf-8")


def test_without_an_address_there_is_the_count_and_a_sentence(visit: Open) -> None:
    page = visit(jsonData=None)
    expect(page.section("access")).to_contain_text("can read some Secret of this namespace")
    expect(page.section("access")).to_contain_text(
        "Names are not in the metrics: an administrator can give this app"
    )
    assert page.section("access").locator("[data-readers]").count() == 0


@pytest.mark.parametrize(
    ("app", "role", "said"),
    [
        ("right", "Viewer", "it takes the role Editor in Grafana"),
        ("wrong", "Editor", "the exporter does not take the token"),
        ("away", "Editor", "the exporter refused the connection"),
        ("other", "Editor", "has no such page (404)"),
    ],
)
def test_what_keeps_the_names_away_is_said(visit: Open, app: str, role: str, said: str) -> None:
    page = visit(app, role=role)
    expect(page.section("access").get_by_role("alert")).to_contain_text(said)
    expect(page.section("access")).to_contain_text("can read some Secret of this namespace")


def test_the_address_and_the_token_are_kept_by_grafana(visit: Open) -> None:
    page = visit(config="exporter", jsonData={"exporterUrl": "http://old"}, kept={"exporterToken": True})
    form = page.page.locator("form")
    expect(form.get_by_label("Address of the exporter")).to_have_value("http://old")
    form.get_by_label("Address of the exporter").fill(" http://astrolabe:8080/ ")
    form.get_by_label("Cluster").fill("east")
    form.get_by_role("button", name="Save").click()
    expect(form.get_by_role("status")).to_have_text("Saved. Load the page again to use it.")
    saved = page.page.evaluate("saved")
    assert saved == {
        "url": "/api/plugins/astrolabe-graph-app/settings",
        "body": {
            "enabled": True,
            "pinned": True,
            "jsonData": {"exporterUrl": "http://astrolabe:8080", "exporterCluster": "east"},
        },
    }, "the token that is kept stays as it is"
    form.get_by_label("Token (one is kept; write another to replace it)").fill(TOKEN)
    form.get_by_role("button", name="Save").click()
    page.page.wait_for_function("saved.body.secureJsonData !== undefined")
    assert page.page.evaluate("saved.body.secureJsonData") == {"exporterToken": TOKEN}
