"""A page on which people confirm what a link asks for, as one in Grafana: with a token of their own, by POST.

The link carries no right and does nothing. Without a token the page says nothing of the environments.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Mapping
from hashlib import sha256
from html import escape

from aiohttp import web
from multidict import MultiMapping

from astrolabe.override.http.callers import Callers
from astrolabe.override.model import ACTIONS, Person
from astrolabe.override.rules.deciding import Refusal
from astrolabe.override.service import Service

PATH = "/confirm"
_LONGEST = {"environment": 100, "action": 10, "duration": 100, "reason": 500}
"""Characters of each field of a link."""
_STYLE = (
    "body{font:16px/1.5 system-ui,sans-serif;margin:3rem auto;max-width:34rem;padding:0 1rem}"
    "label{display:block;margin:1rem 0}input{display:block;font:inherit;padding:.3rem;width:100%}"
    "button{font:inherit;padding:.4rem 1.2rem}"
)
_POLICY = (
    f"default-src 'none'; style-src 'sha256-{b64encode(sha256(_STYLE.encode()).digest()).decode()}';"
    " form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
)


class Confirming:
    """Answers both methods of the page."""

    def __init__(self, service: Service, callers: Callers) -> None:
        self._service = service
        self._callers = callers

    async def show(self, request: web.Request) -> web.Response:
        """Ask whether it is meant; nothing is changed."""
        return _page(_form(_read(request.query)))

    async def act(self, request: web.Request) -> web.Response:
        """Do it, as the person whose token it is."""
        if request.content_type != "application/x-www-form-urlencoded":
            raise web.HTTPUnsupportedMediaType(text="expected the form of the page")
        if request.headers.get("Sec-Fetch-Site", "same-origin") not in {"same-origin", "none"}:
            raise web.HTTPForbidden(text="the form was sent by another site")
        try:
            form = await request.post()
        except (UnicodeDecodeError, LookupError):
            raise web.HTTPBadRequest(text="the form is no text") from None
        fields = {name: value for name, value in form.items() if isinstance(value, str)}
        wish = _read(fields)
        name = self._callers.named(fields.get("token", "").strip())
        if name is None:
            return _page(_form(wish, "Nobody has this token."), 401)
        person = Person(id=f"token:{name}", name=name, via="page")
        try:
            answers = await self._service.ask(
                person, wish["environment"], wish["action"], wish["duration"], wish["reason"]
            )
        except Refusal as refusal:
            return _page(_form(wish, str(refusal)), 403)
        return _page("".join(f"<p>{escape(each.text)}</p>" for each in answers))


def _read(given: Mapping[str, str] | MultiMapping[str]) -> dict[str, str]:
    """Return the fields of a wish; raises what is answered with 400."""
    found = {name: given.get(name, "").strip() for name in _LONGEST}
    for name, most in _LONGEST.items():
        if len(found[name]) > most:
            raise web.HTTPBadRequest(text=f"{name}: is longer than {most} characters")
    if found["action"] not in ACTIONS or not found["environment"]:
        raise web.HTTPBadRequest(
            text=f"the link has to name an environment and an action: {', '.join(ACTIONS)}"
        )
    return found


def _form(wish: Mapping[str, str], problem: str = "") -> str:
    verb = "Wake" if wish["action"] == "wake" else "Put to sleep"
    hidden = "".join(
        f'<input type="hidden" name="{name}" value="{escape(wish[name])}">'
        for name in ("environment", "action")
    )
    said = f'<p role="alert"><b>{escape(problem)}</b></p>' if problem else ""
    return (
        f"<h1>{verb} {escape(wish['environment'])}?</h1>{said}"
        f'<form method="post" action="{PATH}">{hidden}'
        f'<label>For how long <input name="duration" value="{escape(wish["duration"])}" maxlength="100"'
        ' placeholder="2h"></label>'
        f'<label>Why <input name="reason" value="{escape(wish["reason"])}" maxlength="500"></label>'
        '<label>Your token <input name="token" type="password" required'
        ' autocomplete="current-password"></label>'
        f"<button>{verb}</button></form>"
    )


def _page(body: str, code: int = 200) -> web.Response:
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
