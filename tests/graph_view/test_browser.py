"""The view in Chromium: what is seen, and what mouse and keyboard do."""

from __future__ import annotations

import pytest

from astrolabe.graph.graph import Graph
from tests.graph_view.browser import Shown
from tests.graph_view.frames import Frames, frames

pytestmark = pytest.mark.real

NAMESPACE = "shop-catalog"
PRICING = f"Deployment/{NAMESPACE}/pricing"
SECRET = f"Secret/{NAMESPACE}/pricing-api-key"
SERVICE = f"Service/{NAMESPACE}/pricing"


@pytest.fixture(scope="module")
def secret(demo: dict[str, Graph]) -> Frames:
    return frames(demo["secret"], [NAMESPACE])


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("moment", ["healthy", "secret", "node"])
def test_everything_is_in_view_at_once(shown: Shown, demo: dict[str, Graph], moment: str, theme: str) -> None:
    shown.draw(frames(demo[moment]), theme=theme)
    places = shown.places()
    assert len(places) > 30
    for name, (x, y, width, height) in places.items():
        assert x >= 0, name
        assert y >= 0, name
        assert x + width <= 1400, name
        assert y + height <= 850, name


def test_names_are_whole_and_inside_their_cards(shown: Shown, secret: Frames) -> None:
    shown.draw(secret)
    outside = shown.page.evaluate(
        """() => [
          ...document.querySelector("#graph > div").shadowRoot.querySelectorAll(".card")
        ].flatMap((card) => {
          const face = card.querySelector(".face").getBBox();
          return [...card.querySelectorAll(":scope > text")].filter((text) => {
            const box = text.getBBox();
            return box.x + box.width > face.width || box.y + box.height > face.height;
          }).map((text) => card.dataset.id + ": " + text.textContent);
        })"""
    )
    assert outside == []
    volumes = [
        node["detail__name"] for node in secret["nodes"] if node.get("detail__kind") == "PersistentVolume"
    ]
    drawn = shown.page.locator(".card").all_text_contents()
    assert volumes
    assert all(any(name in text for text in drawn) for name in volumes)


def test_what_is_broken_shows_its_cause_and_the_way_to_it(shown: Shown, secret: Frames) -> None:
    shown.draw(secret)
    assert "cause of 2" in (shown.card(SECRET).text_content() or "")
    assert shown.page.locator(".link.trouble").count() == 1
    shown.card(PRICING).focus()
    shown.page.keyboard.press("Space")
    panel = shown.page.locator(".details")
    assert panel.get_by_text("Because of").is_visible()
    assert panel.locator("ul").first.text_content() == "Secret pricing-api-key"


def test_status_is_told_by_shape_too(shown: Shown, secret: Frames) -> None:
    shown.draw(secret)
    shapes = {
        name: shown.page.locator(f".legend .status.{name} .outline").get_attribute("d")
        for name in ("Ready", "Pending", "Error", "Missing", "Unknown")
    }
    assert len(set(shapes.values())) == 5
    assert shown.card(SECRET).locator(".status .outline").get_attribute("d") == shapes["Missing"]


def test_a_click_unfolds_pods_and_another_folds_them(shown: Shown, secret: Frames) -> None:
    shown.draw(secret)
    pods = shown.page.locator('.card[data-id^="Pod/shop-catalog/pricing-"]')
    before = shown.places()
    assert pods.count() == 0
    shown.card(PRICING).click()
    pods.nth(2).wait_for()
    assert shown.card(PRICING).get_attribute("aria-expanded") == "true"
    shown.card(PRICING).click()
    pods.first.wait_for(state="detached")
    assert shown.places() == before
    assert shown.page.evaluate("told.selected") == [PRICING]


def test_many_leaves_unfold_and_fold_again(shown: Shown) -> None:
    names = [f"ConfigMap/shop/c{index:02}" for index in range(30)]
    nodes = [
        {"id": "Deployment/shop/web", "mainstat": "Ready"},
        *({"id": name, "mainstat": "Ready"} for name in names),
    ]
    edges = [
        {"source": "Deployment/shop/web", "target": name, "detail__type": "uses-configmap"} for name in names
    ]
    shown.draw({"nodes": nodes, "edges": edges})
    stack = shown.page.locator(".card.stack")
    assert "30 ConfigMaps" in (stack.text_content() or "")
    stack.click()
    shown.card(names[29]).wait_for()
    shown.card(names[29]).focus()
    shown.page.keyboard.press("Backspace")
    stack.wait_for()
    assert len(shown.places()) == 2


def test_the_keyboard_alone_is_enough(shown: Shown, secret: Frames) -> None:
    shown.draw(secret)
    page = shown.page
    page.keyboard.press("/")
    assert page.locator("input[type=search]").evaluate("input => input.matches(':focus')") is False
    page.locator("input[type=search]").focus()
    page.keyboard.type("service pricing")
    assert page.locator(".found").first.text_content() == "2 found"
    page.keyboard.press("Enter")
    page.locator(".card.selected").wait_for()
    assert shown.focused() == SERVICE
    page.keyboard.press("ArrowRight")
    assert shown.focused() == PRICING
    page.keyboard.press("Enter")
    page.locator('.card[data-id^="Pod/shop-catalog/pricing-"]').first.wait_for()
    page.keyboard.press("Escape")
    assert page.locator(".details").is_hidden()
    assert shown.focused() == PRICING
    page.keyboard.press("Tab")
    assert shown.focused() not in {None, PRICING}
    shown.card(SECRET).focus()
    page.keyboard.press("Enter")
    assert page.evaluate("told.opened") == [SECRET]
    assert page.evaluate("told.selected") == [SERVICE, PRICING, None, SECRET]


def test_a_double_click_opens_also_where_the_details_come_to_lie(shown: Shown, secret: Frames) -> None:
    page = shown.page
    page.set_viewport_size({"width": 400, "height": 850})
    shown.draw(secret)
    x, y, width, height = shown.places()[SECRET]
    page.mouse.dblclick(x + width / 2, y + height / 2)
    assert page.evaluate("told.selected") == [SECRET]
    assert page.evaluate("told.opened") == [SECRET]
    # What is clicked there later is meant.
    covered = page.locator(".details").bounding_box()
    assert covered is not None
    assert covered["x"] < x + width / 2 < covered["x"] + covered["width"]
    page.locator(".details li button").first.dblclick()
    assert page.evaluate("told.opened") == [SECRET]
    assert len(page.evaluate("told.selected")) > 1


def test_the_focus_is_seen(shown: Shown, secret: Frames) -> None:
    shown.draw(secret)
    shown.card(SECRET).focus()
    shown.page.keyboard.press("ArrowLeft")
    name = shown.focused()
    face = shown.card(str(name)).locator(".face")
    assert face.evaluate("face => getComputedStyle(face).strokeWidth") == "3px"


def test_what_is_read_out_says_what_is_seen(shown: Shown, secret: Frames) -> None:
    shown.draw(secret)
    assert shown.card(PRICING).get_attribute("role") == "button"
    assert shown.card(SECRET).get_attribute("aria-label") == (
        "Secret pricing-api-key, Missing, cause of 2, in shop-catalog"
    )
    assert shown.card(PRICING).get_attribute("aria-label") == (
        "Deployment pricing, Ready, 1 of 3 Pods in trouble, 3 Pods, 1 of them not ready, in shop-catalog"
    )
    label = shown.page.locator(".stage").get_attribute("aria-label") or ""
    assert label.startswith("Relationship graph: ")
    unnamed = shown.page.locator("button:not([aria-label]):text-matches('^.?$')")
    assert unnamed.count() == 0


def test_the_legend_filters(shown: Shown, secret: Frames) -> None:
    shown.draw(secret, hidden=[])
    storage = shown.page.locator('.card[data-id^="PersistentVolume/"]')
    count = storage.count()
    assert count > 2
    for name in ("binds", "provisions"):
        shown.page.locator(f'input[data-type="{name}"]').uncheck()
    storage.first.wait_for(state="detached")
    assert shown.page.locator(".link.storage").count() < count * 2
    shown.page.locator('input[data-type="binds"]').check()
    storage.nth(count - 1).wait_for()


def test_lines_of_types_differ(shown: Shown, secret: Frames) -> None:
    shown.draw(secret)
    lines = shown.page.locator(".legend .sample").evaluate_all(
        """lines => lines.map((line) =>
          [line.getAttribute('stroke-dasharray'), line.getAttribute('stroke-width')].join())"""
    )
    assert len(set(lines)) >= 6


def test_missing_is_dashed(shown: Shown, secret: Frames) -> None:
    shown.draw(secret)
    dash = shown.card(SECRET).locator(".face").evaluate("face => getComputedStyle(face).strokeDasharray")
    assert dash == "6px, 4px"


def test_wheel_zooms_where_it_points_and_a_drag_pans(shown: Shown, secret: Frames) -> None:
    shown.draw(secret)
    x, y, width, _ = shown.places()[PRICING]
    page = shown.page
    page.mouse.move(x + 5, y + 5)
    page.mouse.wheel(0, -400)
    page.locator(".stage:not(.far)").wait_for()
    nearer = shown.places()[PRICING]
    assert nearer[2] > width * 1.3
    assert abs(nearer[0] + 5 * nearer[2] / width - x - 5) < 2
    page.mouse.move(20, 400)
    page.mouse.down()
    page.mouse.move(120, 430, steps=3)
    page.mouse.up()
    moved = shown.places()[PRICING]
    assert (round(moved[0] - nearer[0]), round(moved[1] - nearer[1])) == (100, 30)
    assert page.evaluate("told.selected") == []
    page.get_by_role("button", name="Show everything").click()
    assert abs(shown.places()[PRICING][0] - x) < 1


def test_who_looks_closer_is_not_moved_by_an_update(shown: Shown, demo: dict[str, Graph]) -> None:
    shown.draw(frames(demo["healthy"], [NAMESPACE]))
    shown.page.evaluate(f"view.select('{PRICING}')")
    shown.page.locator(".card.selected").wait_for()
    before = shown.places()[PRICING]
    shown.update(frames(demo["secret"], [NAMESPACE]))
    assert SECRET in shown.places()
    assert [round(value) for value in shown.places()[PRICING][:2]] == [round(value) for value in before[:2]]
    assert shown.page.locator(".card.selected").get_attribute("data-id") == PRICING


def test_selecting_unfolds_whatever_hides_it(shown: Shown, demo: dict[str, Graph]) -> None:
    given = frames(demo["node"])
    shown.draw(given)
    pod = next(node["id"] for node in given["nodes"] if node["id"].startswith("Pod/shop-accounts/"))
    assert pod not in shown.places()
    shown.page.evaluate("id => view.select(id)", pod)
    shown.page.locator(".card.selected").wait_for()
    assert shown.focused() == pod
    x, y, width, height = shown.places()[pod]
    assert 0 < x < 1400 - width
    assert 0 < y < 850 - height


def test_what_surrounds_an_object_is_not_hidden_by_its_details(shown: Shown, secret: Frames) -> None:
    """Who comes to look at an object sees it with its neighbours, not its details on top of them."""
    edges = [edge for edge in secret["edges"] if PRICING in {edge["source"], edge["target"]}]
    near = {edge[end] for edge in edges for end in ("source", "target")}
    near = {each for each in near if not each.startswith("ServiceAccount/")}
    edges = [edge for edge in edges if {edge["source"], edge["target"]} <= near]
    shown.page.set_viewport_size({"width": 1000, "height": 850})
    shown.draw({"nodes": [node for node in secret["nodes"] if node["id"] in near], "edges": edges})
    shown.page.evaluate("id => view.select(id)", PRICING)
    details = shown.page.locator(".details").bounding_box()
    assert details is not None
    assert len(shown.places()) >= 3
    for name, (x, _, width, _) in shown.places().items():
        assert x + width <= details["x"], name


def test_a_destroyed_view_leaves_nothing(shown: Shown, secret: Frames) -> None:
    shown.draw(secret)
    shown.page.evaluate("view.destroy()")
    assert shown.page.evaluate("document.getElementById('graph').childNodes.length") == 0
    shown.draw(secret)
    assert len(shown.places()) > 30


def test_colours_follow_the_system_and_nothing_glides_where_that_is_wished(
    shown: Shown, secret: Frames
) -> None:
    def ground(of: Shown) -> str:
        found: str = of.page.locator(".view").evaluate("view => getComputedStyle(view).backgroundColor")
        return found

    def glides(of: Shown) -> str:
        found: str = of.card(PRICING).evaluate("card => getComputedStyle(card).transitionDuration")
        return found

    shown.draw(secret, theme="light")
    light = ground(shown)
    shown.page.evaluate("view.setTheme('dark')")
    dark = ground(shown)
    assert light != dark
    shown.page.evaluate("view.setTheme('auto')")
    for scheme, expected in (("dark", dark), ("light", light)):
        shown.page.emulate_media(color_scheme=scheme, reduced_motion="reduce")  # type: ignore[arg-type]
        assert ground(shown) == expected
    assert glides(shown) == "0s"
    shown.page.emulate_media(reduced_motion="no-preference")
    assert glides(shown) != "0s"


def test_grouping_can_be_changed(shown: Shown, secret: Frames) -> None:
    shown.draw(secret)
    assert shown.page.locator(".frame .name").all_text_contents() == [NAMESPACE]
    shown.page.locator("select").select_option("release")
    shown.page.get_by_text(f"pricing in {NAMESPACE}", exact=True).wait_for()
    shown.page.get_by_text(f"pricing in {NAMESPACE}", exact=True).click()
    shown.page.locator(f'.card[data-id="group:pricing in {NAMESPACE}"]').wait_for()
    assert PRICING not in shown.places()
    shown.page.locator(f'.card[data-id="group:pricing in {NAMESPACE}"]').click()
    shown.card(PRICING).wait_for()
