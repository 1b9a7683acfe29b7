"""A list of objects: of a namespace, a release, a kind, a status, or found by words. Worst first."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from html import escape

from astrolabe.api.page.markup import anchor, badge, counted, link, more, row, table
from astrolabe.api.page.topn import TopN
from astrolabe.api.page.view import View
from astrolabe.api.state import State
from astrolabe.api.v1.bodies import words
from astrolabe.graph.delta import Node
from astrolabe.graph.facts import STATUSES

OBJECTS_SHOWN = 300
"""Objects that are shown: who has more has to say which."""
_BATCH = 256
_WORST_FIRST = {status: rank for rank, status in enumerate(("Error", "Pending", "Unknown", "Ready"))}


def listing(state: State, view: View) -> Iterator[str]:
    """Yield the view, in small pieces."""
    kinds: Counter[str] = Counter()
    statuses: Counter[str] = Counter()
    least: TopN[tuple[int, str]] = TopN(OBJECTS_SHOWN)
    wanted = _wanted(view)
    for node in _candidates(state, view):
        if node is None:
            yield ""
        elif wanted(node):
            if view.status in ("", node.status):
                kinds[node.facts.kind] += 1
            if view.kind in ("", node.facts.kind):
                statuses[node.status] += 1
                if view.status in ("", node.status):
                    least.add((_WORST_FIRST[node.status], node.id))
    number = counted(least.seen, "object")
    yield f'<section class="heading"><h1>{escape(view.title)}</h1><p>{number}</p></section>'
    yield _choices("status", view, statuses, STATUSES)
    yield _choices("kind", view, kinds, sorted(kinds, key=lambda kind: (-kinds[kind], kind)))
    if view.drawing is not None:
        yield drawing(view)
    if not least.seen:
        yield "<p>No objects found.</p>"
        return
    rows = []
    for _, node_id in least.found:
        found = state.graph.get(node_id)
        if found is not None:
            said = f'<span class="text">{escape(words(found))}</span>'
            rows.append(row((badge(found.status), link(state.graph, node_id), said), node_id))
            yield ""
    yield table(("Status", "Object", "What it says"), rows, "Objects")
    yield more(len(rows), least.seen, ": choose a status or a kind, or search")


def drawing(view: View) -> str:
    """Return the place of a picture, which scripts fill."""
    drawn = view.drawing
    assert drawn is not None
    focus = f' data-focus="{escape(drawn.focus)}"' if drawn.focus else ""
    return (
        '<section class="drawing" aria-label="Drawing" hidden data-keep '
        f'data-source="{escape(drawn.source)}"{focus}></section>'
    )


def _wanted(view: View) -> Callable[[Node], bool]:
    words = view.q.casefold().split()

    def wanted(node: Node) -> bool:
        if view.namespace and view.release and node.facts.namespace != view.namespace:
            return False
        text = node.id.casefold() if words else ""
        return all(word in text for word in words)

    return wanted


def _candidates(state: State, view: View) -> Iterator[Node | None]:
    """Yield the nodes of the narrowest index, and None now and then for others to have their turn."""
    graph = state.graph
    parts: Iterable[Iterable[str]]
    if view.release:
        release = view.named_release
        parts = [tuple(graph.of_release(release))] if release is not None else []
    elif view.status in ("Error", "Pending") and not view.kind and not view.namespace:
        parts = [tuple(state.exposition.broken)]
    else:
        scopes = {(kind, namespace) for kind, namespace, _ in tuple(state.exposition.statuses)}
        parts = (
            tuple(graph.of_kind(kind, namespace))
            for kind, namespace in sorted(scopes)
            if view.namespace in ("", namespace)
        )
    number = 0
    for part in parts:
        for node_id in part:
            number += 1
            if number % _BATCH == 0:
                yield None
            node = graph.get(node_id)
            if node is not None:
                yield node


def _choices(name: str, view: View, counts: Counter[str], order: Iterable[str]) -> str:
    """Return links that narrow the list by a field of the view, and the one that widens it again."""
    held = getattr(view, name)

    def choice(value: str, label: str) -> str:
        current = {"aria-current": "true"} if value == held else {}
        return anchor(view.but(**{name: value}).address, label, **current)

    shown = [
        choice(each, f"{escape(each)} <small>{counts[each]:,}</small>") for each in order if counts[each]
    ]
    return f'<nav class="choices" aria-label="{name}">{choice("", f"any {name}")}{"".join(shown)}</nav>'
