"""How pages look, and what browsers may do with them."""

from __future__ import annotations

from base64 import b64encode
from hashlib import sha256
from html import escape

from aiohttp import web

_STYLE = (
    "body{font:16px/1.5 system-ui,sans-serif;margin:3rem auto;max-width:34rem;padding:0 1rem}"
    "label{display:block;margin:1rem 0}input{display:block;font:inherit;padding:.3rem;width:100%}"
    "button{font:inherit;padding:.4rem 1.2rem}"
)
_POLICY = (
    f"default-src 'none'; style-src 'sha256-{b64encode(sha256(_STYLE.encode()).digest()).decode()}';"
    " form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
)


def page(body: str, code: int = 200) -> web.Response:
    """Return a page. What comes from elsewhere has to be escaped already."""
    text = (
        '<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Astrolabe override</title>'
        f"<style>{_STYLE}</style></head><body>{body}</body></html>\n"
    )
    headers = {
        "Content-Security-Policy": _POLICY,
        "Referrer-Policy": "no-referrer",
        "X-Frame-Options": "DENY",
    }
    return web.Response(text=text, status=code, content_type="text/html", charset="utf-8", headers=headers)


def alert(problem: str) -> str:
    """Return a problem as a part of a page."""
    return f'<p role="alert"><b>{escape(problem)}</b></p>' if problem else ""
