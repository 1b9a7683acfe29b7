"""The page as people use it: what they find, what reaches them, and what their addresses show."""

from __future__ import annotations

import re
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.async_api import Browser, Page, expect

from tests.page.browser import Watched, watched
from tests.page.exporting import Exporter, exporting, opened

pytestmark = pytest.mark.asyncio(loop_scope="module")

DEPLOYMENT = "/?object=Deployment/shop-catalog/pricing"


def address(page: Page) -> str:
    parts = urlsplit(page.url)
    return f"{parts.path}?{parts.query}" if parts.query else parts.path


async def opening(seen: Watched, exporter: Exporter, path: str = "/") -> Page:
    """Open an address, and wait until it is live."""
    await seen.page.goto(exporter.url + path)
    await expect(seen.page.locator("#live")).to_have_text("live")
    return seen.page


class TestNarrow:
    async def test_words_stay_whole_on_a_phone(self, browser: Browser, exporter: Exporter) -> None:
        exporter.stop_working("shop-catalog", "pricing")
        async with watched(browser) as seen:
            await seen.page.set_viewport_size({"width": 390, "height": 844})
            for path in ("/", "/?namespace=shop-catalog"):
                page = await opening(seen, exporter, path)
                cells = page.locator("td:has(a.object), td:has(.text)")
                widths = await cells.evaluate_all("all => all.map((each) => each.clientWidth)")
                assert min(widths) >= 180, (path, min(widths))
                wide = await page.evaluate("document.documentElement.scrollWidth")
                assert wide == 390, path

    async def test_a_word_of_a_narrow_column_stays_whole(self, browser: Browser, exporter: Exporter) -> None:
        async with watched(browser) as seen:
            page = await opening(seen, exporter, "/?object=Secret/shop-payments/gateway-credentials")
            heights = await page.locator("td .word").evaluate_all(
                "all => all.map((each) => each.getClientRects().length)"
            )
            assert set(heights) == {1}


class TestSearch:
    async def test_by_keyboard_alone(self, seen: Watched, exporter: Exporter) -> None:
        page = await opening(seen, exporter)
        await page.keyboard.press("/")
        box = page.get_by_role("combobox", name="Search objects")
        await expect(box).to_be_focused()
        await page.keyboard.type("deployment/shop-catalog/")
        options = page.get_by_role("option")
        await expect(options.first).to_have_attribute("aria-selected", "true")
        wanted = await options.nth(1).locator("b").text_content()
        await page.keyboard.press("ArrowDown")
        await expect(options.nth(1)).to_have_attribute("aria-selected", "true")
        await expect(box).to_have_attribute("aria-activedescendant", "result-1")
        await page.keyboard.press("Enter")
        await expect(page.locator("h1")).to_have_text(str(wanted))
        assert address(page) == f"/?object=Deployment/shop-catalog/{wanted}"
        await expect(page.locator("#view")).to_be_focused()
        assert seen.loads == 1

    async def test_escape_leaves_it(self, seen: Watched, exporter: Exporter) -> None:
        page = await opening(seen, exporter)
        await page.keyboard.press("/")
        await page.keyboard.type("pricing")
        results = page.get_by_role("listbox")
        await expect(results).to_be_visible()
        await page.keyboard.press("Escape")
        await expect(results).to_be_hidden()
        await page.keyboard.press("Escape")
        await expect(page.get_by_role("combobox")).to_have_value("")
        await expect(page.locator("#view")).to_be_focused()

    async def test_everything_with_the_words(self, seen: Watched, exporter: Exporter) -> None:
        page = await opening(seen, exporter)
        await page.keyboard.press("/")
        await page.keyboard.type("pricing")
        await page.get_by_text("All objects with “pricing”").click()
        await expect(page.locator("h1")).to_have_text("“pricing”")
        assert address(page) == "/?q=pricing"
        assert await page.locator("tbody tr").count() > 10


class TestNavigation:
    async def test_what_is_broken_is_one_click_from_why(self, seen: Watched, exporter: Exporter) -> None:
        name, *_ = exporter.stop_working("shop-catalog", "pricing")
        page = await opening(seen, exporter)
        row = page.locator('tr[data-key="Deployment/shop-catalog/pricing"]')
        await row.locator("td").nth(2).get_by_role("link").first.click()
        await expect(page.locator("h1")).to_have_text(name)
        await expect(page.locator("#view")).to_contain_text("The node was low on memory.")

    async def test_relations_lead_on_and_back_and_forward_again(
        self, seen: Watched, exporter: Exporter
    ) -> None:
        page = await opening(seen, exporter, DEPLOYMENT)
        link = page.locator('section[aria-labelledby="relations"] a[data-id^="ReplicaSet/"]').first
        name = str(await link.locator("b").text_content())
        await link.focus()
        await page.keyboard.press("Enter")
        await expect(page.locator("h1")).to_have_text(name)
        await expect(page).to_have_title(f"ReplicaSet/shop-catalog/{name} · Astrolabe")
        await page.go_back()
        await expect(page.locator("h1")).to_have_text("pricing")
        assert address(page) == DEPLOYMENT
        await expect(link).to_be_focused()
        await page.go_forward()
        await expect(page.locator("h1")).to_have_text(name)
        await page.keyboard.press("Escape")
        await expect(page.locator("h1")).to_have_text("pricing")
        assert seen.loads == 1

    async def test_escape_goes_up_where_there_is_no_way_back(self, seen: Watched, exporter: Exporter) -> None:
        page = await opening(seen, exporter, DEPLOYMENT)
        await page.keyboard.press("Escape")
        await expect(page.locator("h1")).to_have_text("namespace shop-catalog")
        assert address(page) == "/?namespace=shop-catalog"
        # Now there is one.
        await page.keyboard.press("Escape")
        await expect(page.locator("h1")).to_have_text("pricing")

    async def test_nothing_flashes_but_what_came(self, seen: Watched, exporter: Exporter) -> None:
        page = await opening(seen, exporter)
        await page.get_by_role("link", name="shop-catalog", exact=True).first.click()
        await expect(page.locator("h1")).to_have_text("namespace shop-catalog")
        await expect(page.locator(".changed")).to_have_count(0)
        (name, *_) = exporter.pods("shop-catalog", "pricing-")
        pod = exporter.cluster.get("pods", "shop-catalog", name)
        pod["metadata"] = {**pod["metadata"], "name": "pricing-new", "uid": "new"}
        exporter.cluster.put(pod)
        await expect(page.locator(".changed")).to_have_attribute("data-key", "Pod/shop-catalog/pricing-new")

    async def test_arrows_go_through_a_list(self, seen: Watched, exporter: Exporter) -> None:
        page = await opening(seen, exporter, "/?namespace=shop-catalog&kind=Pod")
        links = page.locator("tbody tr a.object")
        await page.locator("#view").focus()
        for number in (0, 1):
            await page.keyboard.press("ArrowDown")
            await expect(links.nth(number)).to_be_focused()
        await page.keyboard.press("ArrowUp")
        await expect(links.nth(0)).to_be_focused()

    async def test_a_link_shows_the_same_to_others(self, seen: Watched, exporter: Exporter) -> None:
        page = await opening(seen, exporter)
        await page.get_by_role("link", name="shop-catalog", exact=True).first.click()
        await expect(page.locator("h1")).to_have_text("namespace shop-catalog")
        await page.get_by_role("navigation", name="kind").get_by_role("link", name="Secret").click()
        await expect(page.locator("h1")).to_have_text("namespace shop-catalog, Secret")
        shown = await page.locator("tbody").text_content()
        other = await page.context.new_page()
        await other.goto(page.url)
        assert await other.locator("tbody").text_content() == shown

    async def test_tab_reaches_everything_from_the_head_on(self, seen: Watched, exporter: Exporter) -> None:
        page = await opening(seen, exporter)
        reached = []
        for _ in range(4):
            await page.keyboard.press("Tab")
            reached.append(
                await page.evaluate(
                    "document.activeElement.id || document.activeElement.getAttribute('href')"
                )
            )
        assert reached == ["#view", "/", "search", "/?status=Ready"]


class TestChanges:
    async def test_they_arrive_without_a_reload(self, seen: Watched, exporter: Exporter) -> None:
        page = await opening(seen, exporter)
        broken = page.get_by_role("table", name="Broken objects")
        (name, *_) = exporter.pods("shop-catalog", "pricing-")
        await expect(broken).not_to_contain_text(name)
        exporter.fail("shop-catalog", name)
        await expect(broken).to_contain_text(name)
        await expect(page.locator(f'tr[data-key="Pod/shop-catalog/{name}"]')).to_contain_text("low on memory")
        assert seen.loads == 1

    async def test_they_reach_an_object_and_what_depends_on_it(
        self, seen: Watched, exporter: Exporter
    ) -> None:
        page = await opening(seen, exporter, DEPLOYMENT)
        await expect(page.get_by_role("heading", name="Because of")).to_have_count(0)
        pods = exporter.stop_working("shop-catalog", "pricing")
        await expect(page.locator(".heading .status")).to_have_text("Error")
        await expect(page.locator(".why a.object").first).to_contain_text(pods[0])
        assert seen.loads == 1

    async def test_the_focus_stays_where_it_is(self, seen: Watched, exporter: Exporter) -> None:
        page = await opening(seen, exporter, "/?namespace=shop-catalog&kind=Pod")
        first, *_, last = exporter.pods("shop-catalog", "")
        link = page.locator(f'tr[data-key="Pod/shop-catalog/{last}"] a')
        await link.focus()
        exporter.cluster.delete("pods", "shop-catalog", first)
        await expect(page.locator(f'tr[data-key="Pod/shop-catalog/{first}"]')).to_have_count(0)
        exporter.fail("shop-catalog", last)
        await expect(page.locator("tbody tr").first).to_contain_text(last)
        await expect(link).to_be_focused()

    async def test_an_object_that_goes_says_so(self, seen: Watched, exporter: Exporter) -> None:
        (name, *_) = exporter.pods("shop-catalog", "pricing-")
        page = await opening(seen, exporter, f"/?object=Pod/shop-catalog/{name}")
        exporter.cluster.delete("pods", "shop-catalog", name)
        await expect(page.locator("#view")).to_contain_text("There is no such object.")

    async def test_it_says_that_it_is_disconnected_and_recovers(self, browser: Browser) -> None:
        cluster = opened()
        async with watched(browser) as seen:
            async with exporting(cluster) as exporter:
                page = await opening(seen, exporter)
                port = exporter.port
            await expect(page.locator("#live")).to_have_text("disconnected")
            await expect(page.get_by_role("status")).to_have_text("disconnected")
            async with exporting(cluster, port=port) as exporter:
                (name, *_) = exporter.pods("shop-catalog", "pricing-")
                exporter.fail("shop-catalog", name)
                await expect(page.locator("#live")).to_have_text("live", timeout=30_000)
                await expect(page.get_by_role("table", name="Broken objects")).to_contain_text(name)
                assert seen.loads == 1
            # While nobody answers, Chromium itself complains of the connection, and of nothing else.
            assert {re.sub(r".*net::", "", each) for each in seen.complaints} <= {
                "ERR_CONNECTION_REFUSED",
                "ERR_INCOMPLETE_CHUNKED_ENCODING",
                "ERR_EMPTY_RESPONSE",
                "ERR_CONNECTION_RESET",
            }
            seen.complaints.clear()


class TestSafety:
    async def test_what_comes_from_the_cluster_is_text(self, seen: Watched, exporter: Exporter) -> None:
        evil = '<img src=x onerror="document.title=1">'
        names = exporter.pods("shop-catalog", "pricing-")
        exporter.fail("shop-catalog", names[0], evil)
        page = await opening(seen, exporter)
        await expect(page.get_by_role("table", name="Broken objects")).to_contain_text(evil)
        await page.keyboard.press("/")
        await page.keyboard.type(names[0])
        # What is found for the first letters is shown until these are answered.
        await expect(page.get_by_role("listbox")).to_contain_text(f"All objects with “{names[0]}”")
        await expect(page.get_by_role("listbox")).to_contain_text(evil)
        await page.keyboard.press("Enter")
        await expect(page.locator(".heading")).to_contain_text(evil)
        await expect(page.locator("main img")).to_have_count(0)
        await expect(page).to_have_title(re.compile(names[0]))

    async def test_basic_authentication_covers_all_of_it(self, browser: Browser, tmp_path: Path) -> None:
        users = tmp_path / "users"
        users.write_text("ali:sesame\n", "utf-8")
        who = {"username": "ali", "password": "sesame"}
        async with exporting(opened(), web_users_file=str(users)) as exporter:
            async with watched(browser, http_credentials=who) as seen:
                page = await opening(seen, exporter)
                await page.keyboard.press("/")
                await page.keyboard.type("pricing")
                await expect(page.get_by_role("option").first).to_be_visible()
                (name, *_) = exporter.pods("shop-catalog", "pricing-")
                exporter.fail("shop-catalog", name)
                await expect(page.get_by_role("table", name="Broken objects")).to_contain_text(name)
            context = await browser.new_context()
            for path in ("/", "/assets/page.js", "/api/v1/changes"):
                assert (await context.request.get(exporter.url + path)).status == 401
            await context.close()


class TestLooks:
    async def test_dark_where_people_want_it_dark(self, browser: Browser, exporter: Exporter) -> None:
        shades = []
        for scheme in ("light", "dark"):
            async with watched(browser, color_scheme=scheme) as seen:
                page = await opening(seen, exporter, DEPLOYMENT)
                for colour in ("background-color", "color"):
                    rgb = await page.evaluate(f"getComputedStyle(document.body)['{colour}']")
                    shades.append(sum(map(int, re.findall(r"\d+", rgb))) / 3)
        light_ground, light_text, dark_ground, dark_text = shades
        assert light_ground - light_text > 150
        assert dark_text - dark_ground > 150

    async def test_it_fits_a_narrow_screen(self, browser: Browser, exporter: Exporter) -> None:
        async with watched(browser) as seen:
            await seen.page.set_viewport_size({"width": 420, "height": 800})
            for path in ("/", DEPLOYMENT, "/?namespace=shop-catalog"):
                page = await opening(seen, exporter, path)
                assert await page.evaluate("document.documentElement.scrollWidth") <= 420


class TestWithoutScripts:
    async def test_it_says_the_same(self, browser: Browser, exporter: Exporter) -> None:
        exporter.fail("shop-catalog", exporter.pods("shop-catalog", "pricing-")[0])
        texts = []
        for scripts in (True, False):
            async with watched(browser, java_script_enabled=scripts) as seen:
                await seen.page.goto(exporter.url)
                texts.append(await seen.page.get_by_role("table", name="Broken objects").inner_text())
                await seen.page.get_by_role("link", name="shop-catalog", exact=True).first.click()
                await expect(seen.page.locator("h1")).to_have_text("namespace shop-catalog")
                box = seen.page.locator("#search")
                await box.fill("pricing")
                await box.press("Enter")
                await expect(seen.page.locator("h1")).not_to_have_text("namespace shop-catalog")
        assert texts[0] == texts[1]

    async def test_it_loads_itself_again(self, browser: Browser, exporter: Exporter) -> None:
        async with watched(browser, java_script_enabled=False) as seen:
            await seen.page.goto(exporter.url)
            (name, *_) = exporter.pods("shop-catalog", "pricing-")
            exporter.fail("shop-catalog", name)
            await expect(seen.page.locator("main")).to_contain_text(name, timeout=15_000)
            assert seen.loads > 1


_LOOK = """(hidden) => {
  Object.defineProperty(document, "hidden", { value: hidden, configurable: true });
  document.dispatchEvent(new Event("visibilitychange"));
}"""


async def test_many_tabs_leave_connections_for_others(seen: Watched, exporter: Exporter) -> None:
    """A browser has six connections for a host: a page that is not looked at must not hold one."""
    page = await opening(seen, exporter)
    async with page.expect_event("requestfailed") as ended:
        await page.evaluate(_LOOK, True)
    assert (await ended.value).url.endswith("/api/v1/changes")
    (name, *_) = exporter.pods("shop-catalog", "pricing-")
    exporter.fail("shop-catalog", name)
    await page.evaluate(_LOOK, False)
    await expect(page.get_by_role("table", name="Broken objects")).to_contain_text(name)
