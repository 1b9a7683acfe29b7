"""GET /docs/…: runbooks, reasons and every other page of docs/, of the version that runs.

Alerts link to them, so what people look up at night is there without a network to elsewhere.
"""

from __future__ import annotations

import asyncio
import posixpath
import re
from collections.abc import Iterator
from html import escape
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import TYPE_CHECKING

from aiohttp import hdrs, web

from astrolabe.api.assets import ASSETS
from astrolabe.api.page.markup import CONTENT_SECURITY

if TYPE_CHECKING:
    from markdown_it.token import Token

_PATH = "/docs/"
_PICTURES = {".svg": "image/svg+xml", ".webp": "image/webp"}
_HEADINGS = {
    "": "Guides",
    "reasons": "Reasons",
    "runbooks": "Runbooks",
    "metrics": "Metrics",
    "kinds": "Kinds",
    "adr": "Decisions",
}
"""Of the list of pages, by folder: what people look up at night comes before how Astrolabe was made."""
_NOT_IN_ANCHORS = re.compile(r"[^\w\- ]")


class Documentation:
    """The pages and pictures of docs/, as the package has them."""

    def __init__(self) -> None:
        self._found = dict(_below(files(__package__) / "docs", ""))

    @property
    def names(self) -> list[str]:
        """What there is: paths below docs/."""
        return sorted(self._found)

    async def serve(self, request: web.Request) -> web.Response:
        """Serve a page as HTML, a picture as it is; the pages' list where none is named."""
        name = request.match_info["page"]
        if name and name not in self._found:
            raise web.HTTPNotFound(text=f"there is no page {_PATH}{name}: {_PATH} lists them\n")
        kind = _PICTURES.get(posixpath.splitext(name)[1])
        # Files are read and pages are made beside the event loop: a long page takes some turns.
        if kind is not None:
            body = await asyncio.to_thread(self._found[name].read_bytes)
            return web.Response(body=body, headers={hdrs.CONTENT_TYPE: kind})
        return _document(request, *await asyncio.to_thread(self._page if name else self._list, name))

    def _list(self, _name: str) -> tuple[str, str]:
        pages = [name for name in self.names if name.endswith(".md")]
        folders = {posixpath.dirname(each) for each in pages}
        # Folders without a heading of their own come last, under their names.
        headings = _HEADINGS | {each: each for each in sorted(folders - set(_HEADINGS))}
        parts = (
            f"<h2>{escape(heading)}</h2><ul>{''.join(self._links(pages, folder))}</ul>"
            for folder, heading in headings.items()
            if folder in folders
        )
        return "Documentation", f"<h1>Documentation</h1>{''.join(parts)}"

    def _links(self, pages: list[str], folder: str) -> Iterator[str]:
        there = [each for each in pages if posixpath.dirname(each) == folder]
        # The page about all of them is not one among them.
        for each in sorted(there, key=lambda name: (posixpath.basename(name) != "README.md", name)):
            yield f'<li><a href="{escape(each)}">{escape(self._title(each))}</a></li>'

    def _title(self, name: str) -> str:
        first = self._found[name].read_text("utf-8").partition("\n")[0]
        return first.removeprefix("#").replace("`", "").strip() or name

    def _page(self, name: str) -> tuple[str, str]:
        """Return the title of a page, and the page as HTML."""
        # Not needed by an exporter whose pages nobody opens, so it costs neither start nor memory.
        from markdown_it import MarkdownIt  # noqa: PLC0415

        markdown = MarkdownIt("commonmark", {"html": False}).enable("table")
        tokens = markdown.parse(self._found[name].read_text("utf-8"))
        for at, token in enumerate(tokens):
            if token.type == "heading_open":
                token.attrSet("id", anchor(tokens[at + 1].content))
            elif token.children:
                token.children = list(self._reachable(name, token.children))
        html: str = markdown.renderer.render(tokens, markdown.options, {})
        return self._title(name), html

    def _reachable(self, name: str, tokens: list[Token]) -> Iterator[Token]:
        """Yield the parts of a line without links to files and pictures that are not served."""
        dead = False
        for token in tokens:
            if token.type == "link_open":
                dead = not self._leads(name, str(token.attrGet("href") or ""))
            gone = token.type == "image" and not self._leads(name, str(token.attrGet("src") or ""))
            if not gone and not (dead and token.type in ("link_open", "link_close")):
                yield token
            if token.type == "link_close":
                dead = False

    def _leads(self, name: str, address: str) -> bool:
        path = address.partition("#")[0]
        if not path or "://" in path:
            return True
        return posixpath.normpath(posixpath.join(posixpath.dirname(name), path)) in self._found


def attach(app: web.Application) -> None:
    """Let an application serve them."""
    app.router.add_get(f"{_PATH}{{page:.*}}", Documentation().serve)


def anchor(heading: str) -> str:
    """Return what an address names a heading by: as in the places where people read Markdown."""
    return _NOT_IN_ANCHORS.sub("", heading.lower()).replace(" ", "-")


def _below(folder: Traversable, path: str) -> Iterator[tuple[str, Traversable]]:
    for entry in folder.iterdir():
        if entry.is_dir():
            yield from _below(entry, f"{path}{entry.name}/")
        elif posixpath.splitext(entry.name)[1] in (".md", *_PICTURES):
            yield f"{path}{entry.name}", entry


def _document(request: web.Request, title: str, body: str) -> web.Response:
    style, icon = (escape(request.app[ASSETS].address(name)) for name in ("page.css", "icon.svg"))
    return web.Response(
        text=(
            '<!doctype html><html lang="en"><head><meta charset="utf-8">'
            f"<title>{escape(title)} · Astrolabe</title>"
            '<meta name="viewport" content="width=device-width, initial-scale=1">'
            '<meta name="color-scheme" content="light dark">'
            f'<link rel="icon" type="image/svg+xml" href="{icon}">'
            f'<link rel="stylesheet" href="{style}"></head><body>'
            '<header><a class="brand" href="/">Astrolabe</a> <a href="/docs/">Documentation</a></header>'
            f'<main class="text">{body}</main></body></html>\n'
        ),
        content_type="text/html",
        charset="utf-8",
        headers=CONTENT_SECURITY,
    )
