"""GET /assets/…: the scripts and styles of the page. Only what the package holds, read once at the start."""

from __future__ import annotations

import hashlib
from importlib.resources import files
from typing import NamedTuple

from aiohttp import hdrs, web

PATH = "/assets/"
_TYPES = {
    ".js": "text/javascript; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".svg": "image/svg+xml",
}
"""Content types by the end of a name; what ends otherwise is not served."""
_FOREVER = "private, max-age=31536000, immutable"
"""For an address that names its content."""
_ASK = "private, no-cache"
"""For one that does not: clients keep it, and ask each time whether it is still so."""


class Asset(NamedTuple):
    """A file, and how it is told from other versions of it."""

    body: bytes
    content_type: str
    digest: str

    @property
    def etag(self) -> str:
        """The digest in the form of the header."""
        return f'"{self.digest}"'


class Assets:
    """The files of one folder of the package."""

    def __init__(self) -> None:
        self._found = {
            entry.name: Asset(body, _TYPES[ending], hashlib.sha256(body).hexdigest()[:16])
            for entry in (files(__package__) / "assets").iterdir()
            if (ending := entry.name[entry.name.rfind(".") :]) in _TYPES
            for body in (entry.read_bytes(),)
        }

    @property
    def names(self) -> list[str]:
        """What there is."""
        return sorted(self._found)

    def address(self, name: str) -> str:
        """Return the address of a file as it is now; raises KeyError for a name that is not there."""
        return f"{PATH}{name}?v={self._found[name].digest}"

    async def serve(self, request: web.Request) -> web.Response:
        """Serve a file, or say that a client has it already."""
        asset = self._found.get(request.match_info["name"])
        if asset is None:
            raise web.HTTPNotFound
        headers = {
            hdrs.ETAG: asset.etag,
            hdrs.CACHE_CONTROL: _FOREVER if request.query.get("v") == asset.digest else _ASK,
        }
        known = request.headers.get(hdrs.IF_NONE_MATCH, "")
        if known == "*" or asset.etag in (tag.strip().removeprefix("W/") for tag in known.split(",")):
            return web.Response(status=304, headers=headers)
        headers[hdrs.CONTENT_TYPE] = asset.content_type
        return web.Response(body=asset.body, headers=headers)


ASSETS = web.AppKey("assets", Assets)


def attach(app: web.Application) -> None:
    """Serve the files of the package."""
    app[ASSETS] = Assets()
    app.router.add_get(f"{PATH}{{name}}", app[ASSETS].serve)
