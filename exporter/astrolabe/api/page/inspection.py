"""One object: its status and causes, its relations, and its impact."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from html import escape
from time import time
from typing import Any

import msgspec
from msgspec import UNSET

from astrolabe.api.page.access import access
from astrolabe.api.page.listing import drawing
from astrolabe.api.page.markup import (
    MISSING,
    anchor,
    badge,
    item,
    items,
    link,
    message,
    more,
    namespace_link,
    reason,
)
from astrolabe.api.page.problems import broken_by, changed_before
from astrolabe.api.page.view import View, of_release
from astrolabe.api.state import State
from astrolabe.api.v1.bodies import metadata
from astrolabe.api.v1.resources import age
from astrolabe.derived.diagnosis.causes import causes, spread
from astrolabe.derived.diagnosis.forbidden import REASON as FORBIDDEN
from astrolabe.derived.diagnosis.forbidden import refusal
from astrolabe.derived.diagnosis.handbook import help_of
from astrolabe.derived.diagnosis.problems import Problems
from astrolabe.derived.diagnosis.reasons import unhealthy
from astrolabe.derived.diagnosis.search import Cause
from astrolabe.graph.delta import Node
from astrolabe.graph.facts import EdgeType, kind_of, object_id, scope_of
from astrolabe.graph.relations import Relations
from astrolabe.metrics.rows import NOT_FOUND

RELATIVES_SHOWN = 50
"""Objects that are shown of one relation, or of an impact."""
_NAMESAKE = " <small>another object has this name</small>"

PHRASES: Mapping[EdgeType, tuple[str, str]] = {
    "owns": ("Owns", "Owned by"),
    "selects": ("Selects", "Selected by"),
    "endpoints": ("Endpoints", "Endpoint of"),
    "routes-to": ("Routes to", "Routed to by"),
    "mounts": ("Mounts", "Mounted by"),
    "binds": ("Binds", "Bound by"),
    "provisions": ("Provisions", "Provisioned by"),
    "uses-configmap": ("Uses", "Used by"),
    "uses-secret": ("Uses", "Used by"),
    "uses-sa": ("Runs as", "Runs"),
    "scales": ("Scales", "Scaled by"),
    "runs-on": ("Runs on", "Carries"),
    "runs-image": ("Runs image", "Image of"),
    "classifies": ("Class of", "Of class"),
    "grants": ("Grants", "Granted by"),
    "sleeps": ("Puts to sleep", "Put to sleep by"),
    "calls": ("Calls", "Called by"),
    "serves": ("Served by", "Serves"),
    "attaches": ("Attaches", "Attached by"),
    "governs": ("Limits", "Limited by"),
    "prioritizes": ("Gives priority to", "Priority given by"),
    "parent": ("Attached to", "Has attached"),
    "refers": ("Refers to", "Referred to by"),
    "produces": ("Makes", "Made by"),
    "headless": ("Named by the Service", "Names Pods of"),
}
"""What a relation is called from its source, and from its target."""


def inspection(state: State, view: View, problems: Problems, paths: Container[str]) -> Iterator[str]:
    """Yield the view, in small pieces."""
    node = state.graph.get(view.object)
    if node is None:
        yield from _absent(state.graph, view)
        yield broken_by(state.graph, view.object, problems)
        return
    yield _heading(view.object, node.status, node)
    yield '<div class="columns"><div>'
    found = causes(state.graph, node) if unhealthy(node) else []
    yield from _why(state.graph, node, found)
    yield from _help(_reasons(state.graph, node, found))
    yield _changed(state, node)
    yield broken_by(state.graph, node.id, problems)
    yield drawing(view)
    yield from _impact(state.graph, node)
    yield from access(state, node, paths)
    yield "</div><div>"
    yield _facts(state.graph, node)
    yield from _relations(state.graph, node)
    yield "</div></div>"


def _reasons(graph: Relations, node: Node, found: Sequence[Cause]) -> list[str]:
    """Return the reasons of the causes, or the object's own where nothing explains it."""
    told: dict[str, None] = {}
    for cause in found:
        each = graph.get(cause.id)
        if cause.missing:
            told[NOT_FOUND] = None
        elif refusal(graph, node, cause) is not None:
            told[FORBIDDEN] = None
        elif each is not None:
            told[each.reason] = None
    return list(told) or [node.reason]


def _help(reasons: Iterable[str]) -> Iterator[str]:
    """Yield what reasons mean and what helps, where that is known."""
    for word in reasons:
        if (entry := help_of(word)) is not None:
            yield (
                f"<section><h2>{reason(word)}</h2><p>{_text(entry.means)}</p>"
                f"<p>Look at: {_text(entry.look)}</p><p>What helps: {_text(entry.helps)}</p></section>"
            )


def _text(text: str) -> str:
    """Return a sentence of the handbook as HTML: what stands between backticks is code."""
    parts = escape(text).split("`")
    return "".join(f"<code>{part}</code>" if number % 2 else part for number, part in enumerate(parts))


def _changed(state: State, node: Node) -> str:
    found = changed_before(state, node.id) if unhealthy(node) else ""
    if not found:
        return ""
    heading = '<h2 id="changed">Changed in the half hour before</h2>'
    return f'<section aria-labelledby="changed">{heading}{found}</section>'


def _heading(node_id: str, status: str, node: Node | None) -> str:
    kind = kind_of(node_id)
    namespace = node.facts.namespace if node is not None else scope_of(node_id)[1]
    name = node.facts.name if node is not None else node_id.rpartition("/")[2]
    place = f' in <span class="place">{namespace_link(namespace)}</span>' if namespace else ""
    return (
        f'<section class="heading"><p><span class="kind">{escape(kind)}</span>{place}</p>'
        f"<h1>{escape(name)}</h1><p>{badge(status)}{message(node)}</p></section>"
    )


def _absent(graph: Relations, view: View) -> Iterator[str]:
    if "/" not in view.object:
        yield f'<section class="heading"><h1>{escape(view.object)}</h1></section>'
        yield "<p>An object is named <code>Kind/namespace/name</code>, or <code>Kind/name</code>.</p>"
        return
    yield _heading(view.object, MISSING, None)
    kind, namespace = scope_of(view.object)
    if graph.covers(kind, namespace):
        yield "<p>There is no such object.</p>"
    else:
        yield f"<p>No such object is known: not every {escape(kind)} is followed.</p>"
    sources = sorted(graph.referring(view.object))
    if sources:
        yield from _help([NOT_FOUND])
        yield '<section aria-labelledby="needed"><h2 id="needed">Referred to by</h2>'
        yield items(graph, sources[:RELATIVES_SHOWN]) + more(RELATIVES_SHOWN, len(sources)) + "</section>"


def _why(graph: Relations, node: Node, found: Sequence[Cause]) -> Iterator[str]:
    if not found:
        return
    yield '<section class="why" aria-labelledby="why"><h2 id="why">Because of</h2><ol class="objects">'
    for cause in found:
        way = " → ".join(link(graph, step) for step in cause.path[:-1])
        note = _NAMESAKE if cause.id in graph and cause.missing else ""
        if (refused := refusal(graph, node, cause)) is not None:
            note += f' <span class="says">{escape(refused.sentence)}</span>'
        yield item(graph, cause.id, note + (f'<div class="way">by way of {way}</div>' if way else ""))
    yield "</ol></section>"


def _facts(graph: Relations, node: Node) -> str:
    facts = node.facts
    told: list[tuple[str, str]] = []
    if node.release is not None:
        told.append(("Release", anchor(of_release(node.release), escape(node.release.name))))
    if node.chart:
        told.append(("Chart", escape(node.chart)))
    if node.root is not None:
        root = object_id(node.root.kind, facts.namespace, node.root.name)
        told.append(("Controlled by", link(graph, root)))
    if facts.created:
        moment = datetime.fromtimestamp(facts.created, UTC).isoformat().replace("+00:00", "Z")
        told.append(("Age", f'<time datetime="{moment}">{age(facts.created, time())}</time>'))
    body = metadata(facts.detail)
    if body is not UNSET:
        told += [(_title(name), _value(value)) for name, value in msgspec.to_builtins(body).items()]
    if facts.api_version:
        told.append(("API version", escape(facts.api_version)))
    if facts.labels:
        labels = "".join(
            f"<li><code>{escape(key)}={escape(value)}</code></li>" for key, value in facts.labels
        )
        told.append(("Labels", f'<ul class="inline">{labels}</ul>'))
    if not told:
        return ""
    entries = "".join(f"<div><dt>{name}</dt><dd>{value}</dd></div>" for name, value in told)
    return f"<dl>{entries}</dl>"


def _title(name: str) -> str:
    """Return a field's name in words: `nodeName` is `Node name`."""
    words = "".join(f" {each.lower()}" if each.isupper() else each for each in name).replace(
        "cluster i p", "cluster IP"
    )
    return escape(words[:1].upper() + words[1:])


def _value(value: Any) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{escape(str(key))} {escape(str(each))}" for key, each in value.items())
    return escape(str(value))


def _relations(graph: Relations, node: Node) -> Iterator[str]:
    groups: dict[str, set[str]] = defaultdict(set)
    for edge in graph.incident(node):
        forth, back = PHRASES[edge.type]
        if edge.source == node.id:
            groups[forth].add(edge.target)
        else:
            groups[back].add(edge.source)
    yield ""
    missing = graph.missing_of(node)
    if not groups and not missing:
        return
    yield '<section aria-labelledby="relations"><h2 id="relations">Relations</h2>'
    if missing:
        optional = {each.target for each in missing} - {each.target for each in missing if not each.optional}
        yield '<h3>Missing references</h3><ul class="objects">'
        for target in sorted({each.target for each in missing}):
            note = " <small>optional</small>" if target in optional else ""
            yield item(graph, target, note + (_NAMESAKE if target in graph else ""))
        yield "</ul>"
    for phrase in sorted(groups):
        ids = sorted(groups[phrase], key=lambda each: (not unhealthy(graph.get(each)), each))
        yield f"<h3>{phrase} <small>{len(ids):,}</small></h3>"
        yield items(graph, ids[:RELATIVES_SHOWN]) + more(RELATIVES_SHOWN, len(ids))
    yield "</section>"


def _impact(graph: Relations, node: Node) -> Iterator[str]:
    """Yield everything that breaks or degrades with an object, through any number of steps."""
    found: set[str] = set()
    for _ in spread(graph, node, found):
        yield ""
    hit = found - {node.id}
    if not hit:
        return
    ids = sorted(hit, key=lambda each: (not unhealthy(graph.get(each)), each))
    what = "Breaks with it" if not unhealthy(node) else "Affected by it"
    yield (
        f'<section aria-labelledby="impact"><h2 id="impact">{what} <small>{len(ids):,}</small></h2>'
        f"{items(graph, ids[:RELATIVES_SHOWN])}{more(RELATIVES_SHOWN, len(ids))}</section>"
    )
