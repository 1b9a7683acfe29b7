"""Input that lies: drawn as far as it can be, the rest is said, and nothing of it is run."""

from __future__ import annotations

import pytest

from tests.graph_view.browser import Shown

pytestmark = pytest.mark.real

MARKUP = [
    "<img src=x onerror=alert(1)>",
    "</text><script>alert(1)</script>",
    '"><svg onload=alert(1)>',
    "javascript:alert(1)",
    "${alert(1)}",
    "__proto__",
    "constructor",
]


def test_markup_is_text(shown: Shown) -> None:
    nodes = [
        {
            "id": f"Deployment/{name}/{name}",
            "title": name,
            "subtitle": name,
            "mainstat": "Error" if number % 2 else name,
            "color": "url(javascript:alert(1))",
            "detail__message": name,
            "detail__release": name,
            "detail__root": name,
        }
        for number, name in enumerate(MARKUP)
    ]
    ids = [node["id"] for node in nodes]
    edges = [
        {"id": name, "source": ids[number], "target": ids[number - 1], "detail__type": name}
        for number, name in enumerate(MARKUP)
    ]
    shown.draw({"nodes": nodes, "edges": edges})
    for node in nodes:
        shown.page.evaluate("id => view.select(id)", node["id"])
        shown.page.locator(".card.selected").wait_for()
    for by in ("release", "none", "namespace"):
        shown.page.locator("select").select_option(by)
    shown.page.locator("input[type=search]").fill(MARKUP[0])
    assert len(shown.places()) == len(MARKUP)
    made = shown.page.evaluate(
        """() => document.querySelector("#graph > div").shadowRoot
          .querySelectorAll("img, script, iframe, [onload], [onerror]").length"""
    )
    assert made == 0
    drawn = " ".join(shown.page.locator(".link title").all_text_contents())
    assert MARKUP[0] in drawn


def test_edges_to_nowhere_duplicates_and_circles(shown: Shown) -> None:
    nodes = [
        {"id": name, "mainstat": "Error"}
        for name in ("A/n/1", "A/n/2", "A/n/3", "A/n/1", "", "Pod/n/a", "Pod/n/b")
    ]
    pairs = [(1, 2), (2, 3), (3, 1), (1, 1), (1, 9), (9, 1), (1, 2)]
    edges = [
        {"source": f"A/n/{one}", "target": f"A/n/{other}", "detail__type": "owns"} for one, other in pairs
    ]
    edges += [
        {"source": "Pod/n/a", "target": "Pod/n/b", "detail__type": "owns"},
        {"source": "Pod/n/b", "target": "Pod/n/a", "detail__type": "owns"},
    ]
    shown.draw({"nodes": nodes, "edges": edges})
    assert {"A/n/1", "A/n/2", "A/n/3"} <= set(shown.places())
    assert shown.page.locator(".link").count() >= 3
    note = shown.page.locator(".note")
    assert note.is_visible()
    assert note.text_content() == (
        "1 node left out: without an id · 1 node left out: with an id that another has · "
        "2 edges left out: with an end that is not among the nodes · "
        "1 edge left out: that another says already"
    )


@pytest.mark.parametrize(
    "given",
    [
        {"nodes": [], "edges": []},
        {"nodes": [None, 7, "x", {"id": 3}], "edges": [None, 7, {}, {"source": 1, "target": 2}]},
        {
            "nodes": [{"id": "/"}, {"id": "///"}, {"id": "a"}, {"id": "A//"}],
            "edges": [{"source": "/", "target": "///"}],
        },
        {"nodes": [{"id": "Pod/n/" + "x" * 100_000, "mainstat": "y" * 100_000}], "edges": []},
    ],
)
def test_what_makes_no_sense_breaks_nothing(shown: Shown, given: dict[str, list[object]]) -> None:
    shown.draw(given)
    shown.draw({"nodes": [{"id": "Pod/n/a", "mainstat": "Ready"}], "edges": []})
    assert list(shown.places())[-1] == "Pod/n/a"


def test_updates_in_a_row_end_with_the_last(shown: Shown) -> None:
    shown.page.evaluate(
        """async () => {
          create({});
          const nodes = (count) => Array.from(
            { length: count }, (_, index) => ({ id: `Deployment/n/${index}`, mainstat: "Error" }));
          await Promise.all([400, 3, 250, 7].map((count) => view.update(nodes(count), [])));
        }"""
    )
    assert len(shown.places()) == 7


@pytest.mark.parametrize(
    "colour", ["url(/own.svg#paint)", "red; stroke: url(/own.svg#paint)", "no colour", ""]
)
def test_what_is_no_colour_is_not_drawn_with(shown: Shown, colour: str) -> None:
    asked: list[str] = []
    shown.page.on("request", lambda request: asked.append(request.url))
    shown.draw({"nodes": [{"id": "Thing/n/a", "mainstat": "busy", "color": colour}], "edges": []})
    assert shown.card("Thing/n/a").evaluate("card => card.style.getPropertyValue('--Unknown')") == ""
    assert asked == []
