"""The picture in the page: what it draws, that it stays true, and how it hangs together with the lists."""

from __future__ import annotations

import re

import pytest
from playwright.async_api import Browser, Locator, Page, expect

from tests.page.browser import Watched, watched
from tests.page.exporting import Exporter

pytestmark = pytest.mark.asyncio(loop_scope="module")

NAMESPACE = "/?namespace=shop-catalog"


def card(page: Page, node_id: str) -> Locator:
    return page.locator(f'.drawing .card[data-id="{node_id}"]')


async def drawn(page: Page, exporter: Exporter, path: str) -> None:
    """Open an address, and wait until its picture stands."""
    await page.goto(exporter.url + path)
    await expect(page.locator(".drawing[data-nodes]")).to_be_visible()


async def test_a_namespace_with_what_it_misses(seen: Watched, exporter: Exporter) -> None:
    page = seen.page
    await drawn(page, exporter, NAMESPACE)
    await expect(card(page, "Deployment/shop-catalog/pricing")).to_be_visible()
    missing = card(page, "ConfigMap/shop-catalog/pricing-extra")
    await expect(missing).to_have_accessible_name(
        "ConfigMap pricing-extra, Missing, in pricing in shop-catalog"
    )
    dashes = await missing.locator("rect.face").evaluate("(face) => getComputedStyle(face).strokeDasharray")
    assert dashes != "none"


async def test_a_release(seen: Watched, exporter: Exporter) -> None:
    await drawn(seen.page, exporter, "/?release=shop-catalog/pricing")
    await expect(card(seen.page, "Deployment/shop-catalog/pricing")).to_be_visible()
    await expect(card(seen.page, "Deployment/shop-catalog/media")).to_have_count(0)


async def test_what_surrounds_an_object(seen: Watched, exporter: Exporter) -> None:
    await drawn(seen.page, exporter, "/?object=Service/shop-catalog/pricing")
    await expect(card(seen.page, "Service/shop-catalog/pricing")).to_be_visible()
    await expect(card(seen.page, "Service/shop-catalog/media")).to_have_count(0)
    # Nobody pressed anything: the focus is not the picture's to take.
    assert await seen.page.evaluate("document.activeElement === document.body")


async def test_a_change_reaches_it(seen: Watched, exporter: Exporter) -> None:
    page = seen.page
    await drawn(page, exporter, NAMESPACE)
    pricing = card(page, "Deployment/shop-catalog/pricing")
    await expect(pricing).to_have_accessible_name(
        "Deployment pricing, Ready, 2 Pods, in pricing in shop-catalog"
    )
    exporter.stop_working("shop-catalog", "pricing")
    await expect(pricing).to_have_accessible_name(re.compile("^Deployment pricing, Error, NoReplicasReady: "))
    assert seen.loads == 1


async def test_what_is_selected_is_in_the_address_and_in_the_list(seen: Watched, exporter: Exporter) -> None:
    page = seen.page
    await drawn(page, exporter, NAMESPACE)
    await card(page, "Deployment/shop-catalog/pricing").click()
    row = page.locator('tr[data-key="Deployment/shop-catalog/pricing"]')
    await expect(row).to_have_attribute("aria-current", "true")
    assert page.url.endswith(f"{NAMESPACE}#Deployment/shop-catalog/pricing")
    other = await page.context.new_page()
    await drawn(other, exporter, f"{NAMESPACE}#Deployment/shop-catalog/pricing")
    selected = other.locator(".drawing .card.selected")
    await expect(selected).to_have_attribute("data-id", "Deployment/shop-catalog/pricing")
    await expect(other.locator("tr[aria-current]")).to_have_attribute(
        "data-key", "Deployment/shop-catalog/pricing"
    )


async def test_a_list_leads_the_picture_and_keeps_the_focus(seen: Watched, exporter: Exporter) -> None:
    page = seen.page
    await drawn(page, exporter, f"{NAMESPACE}&kind=Deployment")
    await page.locator("#view").focus()
    links = page.locator("tbody tr a.object")
    selected = page.locator(".drawing .card.selected")
    for number in (0, 1):
        await page.keyboard.press("ArrowDown")
        await expect(links.nth(number)).to_be_focused()
        await expect(selected).to_have_attribute(
            "data-id", str(await links.nth(number).get_attribute("data-id"))
        )
        await expect(links.nth(number)).to_be_focused()


async def test_opening_in_the_picture_goes_there(seen: Watched, exporter: Exporter) -> None:
    page = seen.page
    await drawn(page, exporter, NAMESPACE)
    await card(page, "Ingress/shop-catalog/media").focus()
    await page.keyboard.press("Enter")
    await expect(page.locator("h1")).to_have_text("media")
    assert page.url.endswith("/?object=Ingress/shop-catalog/media")
    assert seen.loads == 1


async def test_a_kind_narrows_it_to_that_and_what_is_next_to_it(seen: Watched, exporter: Exporter) -> None:
    page = seen.page
    await drawn(page, exporter, f"{NAMESPACE}&kind=Ingress")
    await expect(card(page, "Ingress/shop-catalog/media")).to_be_visible()
    await expect(card(page, "Service/shop-catalog/media")).to_be_visible()
    await expect(card(page, "Deployment/shop-catalog/pricing")).to_have_count(0)


async def test_too_many_objects_are_not_drawn(browser: Browser, exporter: Exporter) -> None:
    async with watched(browser) as seen:
        node = '{"uid":"%d","name":"n%d","namespace":"x","kind":"Pod","status":"Ready","message":""}'
        many = ",".join(node % (number, number) for number in range(3001))
        await seen.page.route(
            "**/api/v1/graph?*", lambda route: route.fulfill(body=f'{{"nodes":[{many}],"edges":[]}}')
        )
        await seen.page.goto(exporter.url + NAMESPACE)
        await expect(seen.page.locator(".drawing")).to_contain_text("3001 objects are too many for a picture")
