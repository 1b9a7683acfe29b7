"""The explorer's pages over the demo's day: what they say, lead to, and look like, as it was at a moment."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import TypeAlias
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import expect

from tests.components.npm import INSTALL_SECONDS
from tests.dashboards.rendering import APP_BOARDS
from tests.explorer.conftest import Served
from tests.explorer.page import Page

pytestmark = [pytest.mark.real, pytest.mark.timeout(INSTALL_SECONDS + 180)]

Visit: TypeAlias = Callable[..., Page]

PRICING = "Deployment/shop-catalog/pricing"
KEY = "Secret/shop-catalog/pricing-api-key"
RED, AMBER, GREEN, BLUE, PURPLE = (
    "rgb(224, 47, 68)", "rgb(255, 152, 48)", "rgb(86, 166, 75)", "rgb(50, 116, 217)", "rgb(143, 59, 184)",
)  # fmt: skip


def test_problems_are_listed_by_cause_the_one_that_most_waits_for_first(visit: Visit, served: Served) -> None:
    page = visit()
    expect(page.row("problems", KEY)).to_contain_text("NotFound")
    at = served.recording.at("12:30")
    causes = {row["metric"]["id"] for row in served.prometheus.vector("astrolabe_cause_info", at)}
    affected = {
        row["metric"]["id"]: int(row["value"][1])
        for row in served.prometheus.vector("astrolabe_cause_affected", at)
    }
    shown = page.ids("problems")
    assert set(shown) == causes
    assert [affected[each] for each in shown] == sorted((affected[each] for each in shown), reverse=True)
    node = page.row("problems", "Node/node-07")
    expect(node).to_contain_text("Kubelet stopped posting node status.")
    expect(node).to_contain_text("its status changed, or it was cordoned")
    assert page.colour(node.locator("i")) == RED
    assert page.colour(page.row("problems", KEY).locator("i")) == PURPLE


def test_a_problem_opens_to_what_waits_for_it(visit: Visit) -> None:
    page = visit()
    page.row("problems", KEY).get_by_role("button").click()
    waiting = page.section("problems").locator("li[data-id]")
    expect(waiting.first).to_contain_text("pricing")
    assert waiting.first.get_attribute("data-id") == PRICING, "the workload comes before its parts"


def test_the_same_page_at_another_time_is_as_it_was_then(visit: Visit) -> None:
    early, late = visit(at="08:05"), visit(at="14:40")
    expect(early.row("problems", "Service/shop-catalog/importer")).to_be_visible()
    assert KEY not in early.ids("problems")
    expect(late.row("problems", "Service/shop-catalog/importer")).to_be_visible()
    assert KEY not in late.ids("problems")
    expect(early.page.get_by_text("Everything on this page is as it was at 2026-03-02 ")).to_be_visible()


def test_search_finds_objects_and_what_is_missing(visit: Visit) -> None:
    page = visit()
    page.page.get_by_role("searchbox").fill("pricing SECRET")
    expect(page.row("found", KEY)).to_contain_text("Missing")
    expect(page.row("found", "Secret/shop-catalog/pricing-credentials")).to_contain_text("Ready")
    assert "q=pricing+SECRET" in page.page.url
    page.row("found", KEY).get_by_role("link", name="pricing-api-key").click()
    expect(page.page.get_by_role("heading", level=1)).to_have_text("pricing-api-key")
    expect(page.section("head")).to_contain_text("It does not exist")
    expect(page.row("relations", PRICING)).to_be_visible()
    page.page.go_back()
    expect(page.row("found", KEY)).to_be_visible()


def test_search_puts_the_name_itself_first_and_counts_all(visit: Visit) -> None:
    page = visit("/?q=pricing")
    expect(page.section("found").locator("small")).to_contain_text(re.compile(r"the first 50 of \d+"))
    assert page.ids("found")[0].endswith("/pricing")


def test_a_search_that_finds_nothing_says_so(visit: Visit) -> None:
    page = visit("/?q=%22%7D+or+vector(1)+%23+<img+src=x+onerror=alert(1)>")
    expect(page.section("found")).to_contain_text("Nothing has all of these words")


def test_an_object_says_why_and_draws_the_way_to_each_cause(visit: Visit) -> None:
    page = visit(f"/object/{PRICING}")
    head = page.section("head")
    expect(head).to_contain_text("ProgressDeadlineExceeded")
    expect(head).to_contain_text(re.compile(r"for \d+ min"))
    assert page.colour(head.locator(".ax-status i")) == RED
    expect(page.row("causes", KEY)).to_contain_text("NotFound")
    way = page.page.locator(f'[data-way="{KEY}"]')
    expect(way).to_have_text(
        re.compile(
            r"owns ReplicaSet pricing-\w+, which owns Pod pricing-[\w-]+, which uses Secret pricing-api-key"
        )
    )
    expect(page.page.locator(f'.card[data-id="{KEY}"]')).to_be_visible()
    expect(page.page.locator(f'.card[data-id="{PRICING}"]')).to_be_visible()


def test_an_object_at_another_time_was_well(visit: Visit) -> None:
    page = visit(f"/object/{PRICING}", at="08:25")
    expect(page.section("head")).to_contain_text("Ready")
    expect(page.section("history")).to_contain_text("Ready")
    assert page.section("causes").count() == 0


def test_its_status_over_time_has_the_colours_of_statuses(visit: Visit) -> None:
    page = visit(f"/object/{PRICING}")
    bars = page.section("history").locator(".ax-time span")
    expect(bars).to_have_count(3)
    colours = bars.evaluate_all("all => all.map(bar => getComputedStyle(bar).backgroundColor)")
    assert colours == ["rgba(0, 0, 0, 0)", GREEN, RED], "before the first scrape nothing is known"
    widths = bars.evaluate_all("all => all.map(bar => bar.getBoundingClientRect().width)")
    assert min(widths) > 20
    asleep = visit("/object/Deployment/staging-catalog/products", at="21:00")
    bars = asleep.section("history").locator(".ax-time span")
    expect(bars).to_have_count(2)
    colours = bars.evaluate_all("all => all.map(bar => getComputedStyle(bar).backgroundColor)")
    assert colours == [GREEN, BLUE]


def test_what_changed_is_of_the_object_and_of_what_it_uses(visit: Visit) -> None:
    expect(visit(f"/object/{PRICING}").section("changes")).to_contain_text("its Pod template changed")
    pod = visit("/?q=pod+pricing-")
    pod.section("found").locator('[data-id^="Pod/shop-catalog/pricing-"] a').first.click()
    expect(pod.section("changes")).to_be_visible()


def test_relations_stand_both_ways_with_the_worst_first(visit: Visit) -> None:
    page = visit("/object/Service/shop-payments/gateway")
    selects = page.page.locator('[data-relation="out selects"]')
    expect(selects.locator("h3")).to_contain_text("selects (2)")
    expect(selects.locator("li").first).to_contain_text("CrashLoopBackOff")
    routed = page.page.locator('[data-relation="back routes-to"]')
    expect(routed).to_contain_text("is routed to by")
    routed.get_by_role("link", name="gateway").first.click()
    expect(page.section("head")).to_contain_text("Ingress")


def test_a_node_says_what_waits_for_it_and_what_runs_there(visit: Visit) -> None:
    page = visit("/node/node-07", at="10:30")
    expect(page.section("head")).to_contain_text("NodeStatusUnknown")
    expect(page.section("workloads").locator("small")).to_have_text(re.compile(r"\d+ Pods"))
    waiting = page.section("waiting")
    expect(waiting.get_by_role("button")).to_be_visible()
    assert waiting.locator("li").count() == 12
    waiting.get_by_role("button").click()
    assert waiting.locator("li").count() > 12


def test_its_alerts_are_those_with_its_id(visit: Visit) -> None:
    page = visit(f"/object/{PRICING}")
    expect(page.section("alerts")).to_contain_text("Alert firingAstrolabeResourceErrorwarning")
    other = visit("/object/Service/shop-payments/gateway")
    expect(other.section("relations")).to_be_visible()
    assert other.section("alerts").count() == 0


def test_cost_and_sleep(visit: Visit) -> None:
    page = visit("/object/Deployment/staging-catalog/products", at="21:00")
    expect(page.section("cost")).to_contain_text("an hour$0")
    expect(page.section("cost")).to_contain_text(re.compile(r"if awake\$0\.00\d"))
    expect(page.section("sleep")).to_contain_text("At rest")
    expect(page.section("sleep")).to_contain_text("working-hours")
    assert page.section("access").count() == 0, "what does not apply is not there"


def test_how_many_can_read_a_secret(visit: Visit, served: Served) -> None:
    page = visit("/object/Secret/shop-catalog/pricing-credentials")
    readers = served.prometheus.vector(
        'sum(astrolabe_access_secret_readers{namespace="shop-catalog"})', served.recording.at("12:30")
    )
    expect(page.section("access")).to_contain_text(
        f"{readers[0]['value'][1]} users, groups and ServiceAccounts can read some Secret of this namespace."
    )
    expect(page.section("access")).to_contain_text("access_guarded_namespaces")


def test_a_namespace(visit: Visit) -> None:
    page = visit("/namespace/shop-catalog")
    expect(page.row("problems", KEY)).to_be_visible()
    assert "Node/node-07" not in page.ids("problems")
    expect(page.row("members", PRICING)).to_contain_text("Error")
    expect(page.section("counts").locator('[data-kind="Deployment"]')).to_contain_text("1 Error")
    expect(page.section("releases")).to_contain_text("pricing")
    night = visit("/namespace/dev-orders", at="21:00")
    expect(night.section("counts").locator('[data-kind="Deployment"]')).to_contain_text("2 At rest")
    expect(night.section("sleep")).to_contain_text("3 workloads sleep.")


def test_a_release(visit: Visit) -> None:
    page = visit("/namespace/shop-catalog")
    page.section("releases").get_by_role("link", name="pricing").click()
    expect(page.section("head")).to_contain_text("revision 3")
    expect(page.row("causes", KEY)).to_contain_text("explains 3 objects")
    expect(page.row("members", PRICING)).to_contain_text("ProgressDeadlineExceeded")


def test_links_keep_time_and_data_source_and_lead_to_the_object(visit: Visit) -> None:
    page = visit(f"/object/{PRICING}", ds="prometheus")
    links = page.page.get_by_role("navigation", name="More about it")
    links.get_by_role("link", name="Relationship graph").click()
    links.get_by_role("link", name="Explore").click()
    board, explore = (urlsplit(each) for each in page.page.evaluate("visited"))
    assert board.path == "/d/astrolabe-app-graph"
    query = parse_qs(board.query)
    assert (query["var-object"], query["var-datasource"]) == ([PRICING], ["prometheus"])
    panes = json.loads(parse_qs(explore.query)["panes"][0])
    assert panes["a"]["queries"][0]["expr"] == f'astrolabe_resource_status{{id="{PRICING}"}}'
    page.page.get_by_role("link", name="shop-catalog").first.click()
    expect(page.page.get_by_role("heading", level=1)).to_have_text("shop-catalog")
    assert "ds=prometheus" in page.page.url
    assert f"to={query['to'][0]}" in page.page.url


def test_links_of_objects_lead_to_boards_that_are_there(visit: Visit) -> None:
    """And that have the variables which the links set."""
    known = {
        board["uid"]: {each["name"] for each in board["templating"]["list"]} for board in APP_BOARDS.values()
    }
    seen = 0
    for path in (
        PRICING,
        "Secret/shop-catalog/pricing-credentials",
        "Namespace/shop-catalog",
        "Node/node-07",
    ):
        page = visit(f"/object/{path}")
        links = page.page.get_by_role("navigation", name="More about it").locator("a")
        expect(links.last).to_have_text("Explore")
        for href in links.evaluate_all("all => all.map(link => link.getAttribute('href'))"):
            uid = urlsplit(href).path.removeprefix("/d/")
            if uid != "/explore":
                seen += 1
                set_there = {name[4:] for name in parse_qs(urlsplit(href).query) if name.startswith("var-")}
                assert set_there <= known[uid], href
    assert seen == 9


def test_the_range_is_moved_by_the_picker(visit: Visit) -> None:
    page = visit("/node/node-07", at="14:00")
    expect(page.section("head")).to_contain_text("Error")
    page.page.get_by_role("button", name=re.compile("backward", re.IGNORECASE)).click()
    expect(page.section("head")).to_contain_text("Ready")
    page.page.go_back()
    expect(page.section("head")).to_contain_text("Error")


@pytest.mark.parametrize(("width", "dark"), [(1280, False), (1920, True)])
def test_nothing_is_wider_than_the_page(visit: Visit, width: int, dark: bool) -> None:
    for path in ("", f"/object/{PRICING}", "/namespace/shop-catalog"):
        page = visit(path, width=width, dark=dark)
        expect(page.page.locator("[data-section]").last).to_be_visible()
        assert page.page.evaluate("document.documentElement.scrollWidth") <= width
