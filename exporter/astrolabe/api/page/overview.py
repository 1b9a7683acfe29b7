"""The overview: what is broken and why, where, what there is, and how the following is doing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from html import escape
from time import time

from astrolabe.api.page.markup import (
    MISSING,
    anchor,
    badge,
    count,
    counted,
    items,
    link,
    message,
    more,
    namespace_link,
    row,
    table,
)
from astrolabe.api.page.problems import by_cause
from astrolabe.api.page.topn import TopN
from astrolabe.api.page.view import View, of_release
from astrolabe.api.state import State
from astrolabe.derived.diagnosis.causes import causes
from astrolabe.derived.diagnosis.problems import Problems
from astrolabe.graph.delta import Node
from astrolabe.graph.facts import STATUSES, Release
from astrolabe.kube.observer import WatchState

BROKEN_SHOWN = 200
"""Broken objects that are shown; more do not help anybody."""
RESTING_SHOWN = 50
"""Objects at rest that are shown."""
_PLACES_SHOWN = 100
"""Namespaces and releases that are shown; the rest is found by searching."""
_BATCH = 256


def overview(state: State, problems: Problems) -> Iterator[str]:
    """Yield the view, in small pieces."""
    # What is counted is kept up to date elsewhere: the page must not walk through a large graph.
    by_status: Counter[str] = Counter()
    for (_, _, status), number in state.exposition.statuses.items():
        by_status[status] += number
    yield '<div class="tiles" role="group" aria-label="Objects by status">'
    for status in STATUSES:
        tile = f"<b>{by_status[status]:,}</b> {badge(status)}"
        yield anchor(View(status=status).address, tile)
    yield "</div>"
    yield from by_cause(state, problems)
    yield from _resting(state)
    yield '<div class="columns"><section aria-labelledby="objects">'
    yield '<h2 id="objects">Not Ready, by namespace</h2>'
    yield from _broken(state)
    yield "</section><div>"
    yield from _namespaces(state)
    yield from _releases(state)
    yield from _kinds(state)
    yield "</div></div>"
    yield from _followed(state)


def _resting(state: State) -> Iterator[str]:
    """Yield what somebody put to rest, apart from what is broken; nothing where nothing is."""
    first: TopN[tuple[str]] = TopN(RESTING_SHOWN)
    for number, node_id in enumerate(tuple(state.exposition.resting)):
        if number % _BATCH == 0:
            yield ""
        first.add((node_id,))
    if not first.seen:
        return
    yield f'<section aria-labelledby="rest"><h2 id="rest">At rest <small>{first.seen:,}</small></h2>'
    shown = [node_id for (node_id,) in first.found]
    yield items(state.graph, shown) + more(len(shown), first.seen) + "</section>"


def _broken(state: State) -> Iterator[str]:
    errors = 0
    least: TopN[tuple[bool, str, str]] = TopN(BROKEN_SHOWN)
    for number, node_id in enumerate(tuple(state.exposition.broken)):
        if number % _BATCH == 0:
            yield ""
        node = state.graph.get(node_id)
        if node is not None:
            errors += node.status == "Error"
            least.add((node.status != "Error", node.facts.namespace, node_id))
    yield f"<p>{errors:,} in error, {least.seen - errors:,} pending</p>"
    if not least.seen:
        return
    rows = []
    for _, _, node_id in least.found:
        node = state.graph.get(node_id)
        if node is not None:
            rows.append(_row(state, node))
            yield ""
    yield table(("Status", "Object", "Because of"), rows, "Broken objects")
    errors_shown = View(status="Error").address
    yield more(len(rows), least.seen, f": {anchor(errors_shown, 'all in error')}, or search")


def _row(state: State, node: Node) -> str:
    why = "".join(f"<div>{_reason(state, cause.id)}</div>" for cause in causes(state.graph, node))
    return row((badge(node.status), link(state.graph, node.id) + message(node), why), node.id)


def _reason(state: State, node_id: str) -> str:
    missing = "" if node_id in state.graph else f" {badge(MISSING)}"
    return link(state.graph, node_id) + missing


def _namespaces(state: State) -> Iterator[str]:
    counts: Counter[tuple[str, str]] = Counter()
    for (_, namespace, status), number in state.exposition.statuses.items():
        counts[namespace, status] += number
    names = sorted(
        {namespace for namespace, _ in counts if namespace},
        key=lambda name: (-counts[name, "Error"], -counts[name, "Pending"], name),
    )
    yield '<section aria-labelledby="namespaces"><h2 id="namespaces">Namespaces</h2>'
    yield table(
        ("Namespace", "Error", "Pending", "All"),
        (
            row(
                (
                    namespace_link(name),
                    *(
                        count(counts[name, status], status, View(namespace=name, status=status).address)
                        for status in ("Error", "Pending")
                    ),
                    f"{sum(counts[name, status] for status in STATUSES):,}",
                ),
                name,
            )
            for name in names[:_PLACES_SHOWN]
        ),
        "Namespaces",
    )
    yield more(_PLACES_SHOWN, len(names)) + "</section>"


def _releases(state: State) -> Iterator[str]:
    least: TopN[tuple[str, str]] = TopN(_PLACES_SHOWN)
    for number, release in enumerate(tuple(state.graph.releases())):
        if number % _BATCH == 0:
            yield ""
        least.add((release.namespace, release.name))
    if not least.seen:
        return
    yield '<section aria-labelledby="releases"><h2 id="releases">Releases</h2><ul class="inline">'
    for namespace, name in least.found:
        text = f'<span class="place">{escape(namespace)}/</span>{escape(name)}'
        yield f"<li>{anchor(of_release(Release(namespace, name)), text)}</li>"
    yield f"</ul>{more(_PLACES_SHOWN, least.seen)}</section>"


def _kinds(state: State) -> Iterator[str]:
    counts: Counter[tuple[str, str]] = Counter()
    for (kind, _, status), number in state.exposition.statuses.items():
        counts[kind, status] += number
    yield '<section aria-labelledby="kinds"><h2 id="kinds">What is there</h2>'
    yield table(
        ("Kind", *STATUSES),
        (
            row(
                (
                    anchor(View(kind=kind).address, escape(kind)),
                    *(
                        count(counts[kind, status], status, View(kind=kind, status=status).address)
                        for status in STATUSES
                    ),
                ),
                kind,
            )
            for kind in sorted({kind for kind, _ in counts})
        ),
        "Objects by kind and status",
    )
    yield "</section>"


def _followed(state: State) -> Iterator[str]:
    states = state.following.states
    trouble = sum(each.phase != "synced" for each in states)
    said = (
        f"{trouble} of {len(states)} not synced"
        if trouble
        else f"{counted(len(states), 'resource')}, all synced"
    )
    yield (
        f'<details id="followed"{" open" if trouble else ""}>'
        f"<summary><h2>Watched resources</h2> {said}</summary>"
    )
    yield table(
        ("Resource", "Phase", "Objects", "Last event", "Trouble"),
        (row(_cells(each), f"{each.resource} {each.scope}") for each in states),
        "Watched resources",
    )
    yield "</details>"


def _cells(state: WatchState) -> tuple[str, ...]:
    scope = f" <small>{escape(str(state.scope))}</small>" if str(state.scope) else ""
    heard = f"{max(0, time() - state.last_event):.0f} s ago" if state.last_event else ""
    phase = f'<span class="{escape(state.phase)}">{escape(state.phase)}</span>'
    return escape(state.resource) + scope, phase, f"{state.objects:,}", heard, escape(state.error)
