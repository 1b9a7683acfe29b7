"""The document around every view: head, search, how the following is doing, and what else is served."""

from __future__ import annotations

from collections.abc import Container, Iterator
from html import escape

from astrolabe import __version__
from astrolabe.api.assets import Assets
from astrolabe.api.health import verdict
from astrolabe.api.page.inspection import inspection
from astrolabe.api.page.listing import listing
from astrolabe.api.page.markup import anchor, counted
from astrolabe.api.page.overview import overview
from astrolabe.api.page.view import View
from astrolabe.api.state import State
from astrolabe.derived.diagnosis.problems import Problems
from astrolabe.derived.diagnosis.reasons import tells
from astrolabe.graph.relations import Relations

_REFRESH = 5
"""Seconds after which the page loads itself again where nothing else keeps it up to date."""


def asks_for_problems(graph: Relations, view: View) -> bool:
    """Whether a view tells what is broken by cause: the overview, and an object that can be a cause."""
    if not view.object:
        return view.overview
    node = graph.get(view.object)
    return node is None or tells(node)


def document(
    state: State, view: View, assets: Assets, problems: Problems, paths: Container[str]
) -> Iterator[str]:
    """Yield the page, in small pieces. What is broken is asked for where the view tells it.

    Of what the API has at a path of its own (`page.access`) it shows what its reader may read there.
    """
    style, script, icon = (escape(assets.address(name)) for name in ("page.css", "page.js", "icon.svg"))
    name = _called(state, view)
    yield (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        f"<title>{escape(name)} · Astrolabe</title>"
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        '<meta name="color-scheme" content="light dark">'
        f'<noscript><meta http-equiv="refresh" content="{_REFRESH}"></noscript>'
        f'<link rel="icon" href="{icon}"><link rel="stylesheet" href="{style}">'
        f'<script type="module" src="{script}"></script></head><body>'
        '<a class="skip" href="#view">Skip to the content</a>'
    )
    yield (
        f'<header><a class="brand" href="/" aria-label="Astrolabe, overview">'
        f'<img src="{icon}" alt="" width="22" height="22">Astrolabe</a>'
        '<search><form action="/" method="get"><label class="unseen" for="search">Search objects</label>'
        f'<input id="search" name="q" type="search" value="{escape(view.q)}" placeholder="Search objects"'
        ' autocomplete="off" autocapitalize="off" spellcheck="false" enterkeyhint="search">'
        "<kbd>/</kbd></form></search>"
        '<p id="live" role="status"></p>'
    )
    status = verdict(state.following)
    yield (
        f'<p id="summary">following is <b class="{status}">{status}</b>'
        f" · {counted(len(state.graph), 'object')}</p></header>"
    )
    yield f'<main id="view" tabindex="-1">{_breadcrumb(view)}'
    if view.object:
        yield from inspection(state, view, problems, paths)
    elif view.overview:
        yield '<h1 class="unseen">Overview</h1>'
        yield from overview(state, problems)
    else:
        yield from listing(state, view)
    yield (
        '</main><footer><nav aria-label="Other pages"><a href="/metrics">/metrics</a> '
        '<a href="/readyz">/readyz</a> <a href="/health">/health</a> <a href="/docs/">documentation</a></nav>'
        f'<p>version {__version__}</p></footer><div id="said" class="unseen" aria-live="polite"></div>'
        "</body></html>\n"
    )


def _called(state: State, view: View) -> str:
    if view.overview:
        return f"{len(state.exposition.broken)} broken" if state.exposition.broken else "All well"
    return view.title


def _breadcrumb(view: View) -> str:
    if view.overview:
        return ""
    steps = [anchor("/", "Overview")]
    namespace = view.object.split("/")[1] if view.object.count("/") == 2 else view.release.partition("/")[0]  # noqa: PLR2004
    if namespace and not view.object.startswith("Image/"):
        steps.append(anchor(View(namespace=namespace).address, escape(namespace)))
    return f'<nav class="breadcrumb" aria-label="Breadcrumb">{" / ".join(steps)}</nav>'
