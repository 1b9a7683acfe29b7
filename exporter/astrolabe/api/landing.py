"""GET /: what is broken and why, what is there, how the following is doing. One page, no download."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from html import escape
from importlib.resources import files
from time import time

from aiohttp import web

from astrolabe import __version__
from astrolabe.api.health import verdict
from astrolabe.api.state import STATE, State
from astrolabe.graph.delta import Node
from astrolabe.graph.dependencies import causes
from astrolabe.graph.facts import STATUSES
from astrolabe.kube.observer import WatchState

_SHOWN = 200
"""Broken objects that are shown; more do not help anybody."""
_POLICY = "default-src 'none'; style-src 'self' 'unsafe-inline'; img-src 'self' data:"

_STYLE = (files(__package__) / "landing.css").read_text("utf-8")


async def landing(request: web.Request) -> web.Response:
    """Serve the page."""
    state = request.app[STATE]
    return web.Response(
        text="".join(_page(state)),
        content_type="text/html",
        charset="utf-8",
        headers={"Content-Security-Policy": _POLICY, "Referrer-Policy": "no-referrer"},
    )


def _page(state: State) -> Iterator[str]:
    # What is counted is kept up to date elsewhere: the page must not walk through a large graph.
    found = (state.graph.get(node_id) for node_id in state.exposition.broken)
    broken = sorted((node for node in found if node is not None), key=_worst_first)
    yield (
        '<!doctype html><html lang="en"><meta charset="utf-8"><title>Astrolabe</title>'
        '<meta name="viewport" content="width=device-width"><meta http-equiv="refresh" content="5">'
        f"<style>{_STYLE}</style>"
    )
    status = verdict(state.following)
    yield (
        f'<header><h1>Astrolabe</h1><p>following is <b class="{status}">{status}</b>'
        f" · {len(state.graph)} objects · version {__version__}</p>"
        '<nav><a href="/metrics">/metrics</a> <a href="/readyz">/readyz</a> <a href="/health">/health</a>'
        "</nav></header>"
    )
    errors = sum(node.status == "Error" for node in broken)
    yield f"<main><section><h2>Broken now</h2><p>{errors} in error, {len(broken) - errors} pending</p>"
    if broken:
        yield _table(
            ("Status", "Object", "What it says", "Because of"),
            (
                (_badge(node.status), _id(node.id), escape(node.message), _why(state, node))
                for node in broken[:_SHOWN]
            ),
        )
        if len(broken) > _SHOWN:
            yield f"<p>and {len(broken) - _SHOWN} more: ask <code>astrolabe_resource_status</code></p>"
    else:
        yield "<p>Nothing. Every object is Ready, as far as it can be known.</p>"
    yield "</section><section><h2>What is there</h2>"
    counts: Counter[tuple[str, str]] = Counter()
    for (kind, _, held), count in state.exposition.statuses.items():
        counts[kind, held] += count
    kinds = sorted({kind for kind, _ in counts})
    yield _table(
        ("Kind", *STATUSES),
        ((escape(kind), *(_number(counts[kind, status], status) for status in STATUSES)) for kind in kinds),
    )
    yield "</section><section><h2>What is followed</h2>"
    yield _table(
        ("Resource", "Phase", "Objects", "Last heard", "Trouble"), map(_followed, state.following.states)
    )
    yield "</section></main></html>"


def _worst_first(node: Node) -> tuple[bool, str, str]:
    return node.status != "Error", node.facts.namespace, node.id


def _why(state: State, node: Node) -> str:
    return "<br>".join(_id(cause.id) for cause in causes(state.graph, node))


def _followed(state: WatchState) -> tuple[str, ...]:
    scope = f" <small>{escape(str(state.scope))}</small>" if str(state.scope) else ""
    heard = f"{max(0, time() - state.last_event):.0f} s ago" if state.last_event else ""
    phase = f'<span class="{escape(state.phase)}">{escape(state.phase)}</span>'
    return escape(state.resource) + scope, phase, str(state.objects), heard, escape(state.error)


def _badge(status: str) -> str:
    return f'<span class="{escape(status)}">{escape(status)}</span>'


def _id(node_id: str) -> str:
    return f"<code>{escape(node_id)}</code>"


def _number(count: int, status: str) -> str:
    return f'<span class="{status}">{count}</span>' if count else ""


def _table(head: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    """Render a table; cells are HTML already."""
    body = "".join("<tr>" + "".join(f"<td>{cell}</td>" for cell in row) + "</tr>" for row in rows)
    return (
        "<table><thead><tr>" + "".join(f"<th>{cell}</th>" for cell in head) + f"</tr></thead>{body}</table>"
    )
