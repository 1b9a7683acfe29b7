"""The start of the next page: a token that is valid only for the same query."""

from __future__ import annotations

import base64
import binascii
import hashlib

import msgspec
from yarl import URL

from astrolabe.api.v1.errors import BadParameter
from astrolabe.api.v1.query import PageQuery, canonical


class _Token(msgspec.Struct, array_like=True, forbid_unknown_fields=True):
    question: str
    after: str


def start(path: str, page: PageQuery) -> str:
    """Return the id after which a page begins, empty for the first; raises `BadParameter`."""
    if not page.continue_:
        return ""
    if not page.limit:
        raise BadParameter("continue", "goes with limit")
    try:
        token = msgspec.json.decode(
            base64.b64decode(page.continue_.encode("ascii"), altchars=b"-_", validate=True), type=_Token
        )
    except (binascii.Error, UnicodeEncodeError, msgspec.DecodeError):
        raise BadParameter("continue", "is not a token of the Link header of a page") from None
    if token.question != _digest(path, page):
        raise BadParameter("continue", "is of another question: begin without it")
    return token.after


def link(url: URL, page: PageQuery, after: str) -> str:
    """Return the `Link` header that leads to the next page."""
    token = msgspec.json.encode(_Token(_digest(url.path, page), after))
    query = url.query.copy()
    query["continue"] = base64.b64encode(token, altchars=b"-_").decode()
    following = URL.build(path=url.raw_path, encoded=True).with_query(query)
    return f'<{following}>; rel="next"'


def _digest(path: str, page: PageQuery) -> str:
    question = msgspec.json.encode((path, list(canonical(page))))
    return hashlib.blake2b(question, digest_size=9).hexdigest()
