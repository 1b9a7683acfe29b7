"""A page on which people confirm what a link asks for, as one in Grafana: by POST, with a token or signed in.

The link carries no right and does nothing. Without a token the page says nothing of the environments.
"""

from __future__ import annotations

from collections.abc import Mapping
from hmac import compare_digest
from html import escape
from typing import Protocol

from aiohttp import web
from multidict import MultiMapping

from astrolabe.override.backend import Trouble
from astrolabe.override.http.callers import Callers
from astrolabe.override.http.pages import alert, page
from astrolabe.override.model import ACTIONS, Person
from astrolabe.override.oidc.rejected import Rejected
from astrolabe.override.rules.refusal import Refusal
from astrolabe.override.service import Service

PATH = "/confirm"
_LONGEST = {"environment": 100, "action": 10, "duration": 100, "reason": 500}
"""Characters of each field of a link."""
_FIELD = (
    '<label>Your token <input name="token" type="password" required autocomplete="current-password"></label>'
)


class SignedIn(Protocol):
    """Knows who has signed in with this browser."""

    def routes(self) -> list[web.RouteDef]:
        """Return the paths of signing in."""
        ...

    def begins_at(self, wish: Mapping[str, str]) -> str:
        """Return the address at which somebody begins to sign in, and comes back from to the wish."""
        ...

    def session(self, request: web.Request) -> tuple[Person, str] | None:
        """Return who has signed in and the mark that this person's forms carry; None for nobody."""
        ...


class Confirming:
    """Answers both methods of the page."""

    def __init__(self, service: Service, callers: Callers, signed_in: SignedIn | None = None) -> None:
        self._service = service
        self._callers = callers
        self._signed_in = signed_in

    def routes(self) -> list[web.RouteDef]:
        """Return the paths of the page."""
        own = [web.get(PATH, self.show, allow_head=False), web.post(PATH, self.act)]
        return own + (self._signed_in.routes() if self._signed_in is not None else [])

    async def show(self, request: web.Request) -> web.Response:
        """Ask whether it is meant; nothing is changed."""
        return page(self._form(request, wish_of(request.query)))

    async def act(self, request: web.Request) -> web.Response:
        """Do it, as the person whose token it is, or who has signed in."""
        if request.content_type != "application/x-www-form-urlencoded":
            raise web.HTTPUnsupportedMediaType(text="expected the form of the page")
        if request.headers.get("Sec-Fetch-Site", "same-origin") not in {"same-origin", "none"}:
            raise web.HTTPForbidden(text="the form was sent by another site")
        try:
            form = await request.post()
        except (UnicodeDecodeError, LookupError):
            raise web.HTTPBadRequest(text="the form is not text") from None
        fields = {name: value for name, value in form.items() if isinstance(value, str)}
        wish = wish_of(fields)
        try:
            person = await self._who(request, fields)
        except Rejected as rejected:
            return page(self._form(request, wish, str(rejected)), 401)
        except Trouble as trouble:
            return page(self._form(request, wish, str(trouble)), 503)
        try:
            self._service.admit(person)
            answers = await self._service.ask(
                person, wish["environment"], wish["action"], wish["duration"], wish["reason"]
            )
        except Refusal as refusal:
            return page(self._form(request, wish, str(refusal)), 403)
        return page("".join(f"<p>{escape(each.text)}</p>" for each in answers))

    async def _who(self, request: web.Request, fields: Mapping[str, str]) -> Person:
        """Return who sends the form; raises `Rejected` and `Trouble`."""
        if token := fields.get("token", "").strip():
            person = await self._callers.person(token, "page")
            if person is None:
                raise Rejected("Nobody has this token.")
            return person
        session = self._signed_in.session(request) if self._signed_in is not None else None
        if session is None:
            raise Rejected("Nobody has this token." if self._signed_in is None else "Sign in again.")
        person, mark = session
        if not compare_digest(fields.get("mark", "").encode(errors="replace"), mark.encode()):
            raise Rejected("This form is of another sign-in: confirm it again.")
        return person

    def _form(self, request: web.Request, wish: Mapping[str, str], problem: str = "") -> str:
        verb = "Wake" if wish["action"] == "wake" else "Put to sleep"
        hidden = {name: wish[name] for name in ("environment", "action")}
        who = _FIELD
        if self._signed_in is not None:
            if (session := self._signed_in.session(request)) is not None:
                hidden["mark"] = session[1]
                who = f"<p>You are signed in as <b>{escape(session[0].shown)}</b>.</p>"
            else:
                begins = escape(self._signed_in.begins_at(wish))
                who = f'<p><a href="{begins}">Sign in</a>, or give a token:</p>{_FIELD}'
        inputs = "".join(
            f'<input type="hidden" name="{name}" value="{escape(value)}">' for name, value in hidden.items()
        )
        return (
            f"<h1>{verb} {escape(wish['environment'])}?</h1>{alert(problem)}"
            f'<form method="post" action="{PATH}">{inputs}'
            f'<label>For how long <input name="duration" value="{escape(wish["duration"])}" maxlength="100"'
            ' placeholder="2h"></label>'
            f'<label>Why <input name="reason" value="{escape(wish["reason"])}" maxlength="500"></label>'
            f"{who}<button>{verb}</button></form>"
        )


def wish_of(given: Mapping[str, str] | MultiMapping[str]) -> dict[str, str]:
    """Return the fields of a wish; raises what is answered with 400."""
    found = {name: given.get(name, "").strip().encode(errors="replace").decode() for name in _LONGEST}
    for name, most in _LONGEST.items():
        if len(found[name]) > most:
            raise web.HTTPBadRequest(text=f"{name}: is longer than {most} characters")
    if found["action"] not in ACTIONS or not found["environment"]:
        raise web.HTTPBadRequest(
            text=f"the link has to name an environment and an action: {', '.join(ACTIONS)}"
        )
    return found
