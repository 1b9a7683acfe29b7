"""The paths on which a browser goes to the issuer and comes back: they change nothing but its cookies."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import urlencode

import structlog
from aiohttp import web

from astrolabe.override.backend import Trouble
from astrolabe.override.http.confirming import PATH, wish_of
from astrolabe.override.http.pages import alert, page
from astrolabe.override.model import Person
from astrolabe.override.oidc.cookies import ATTEMPT_SECONDS, SESSION_SECONDS
from astrolabe.override.oidc.rejected import Rejected
from astrolabe.override.oidc.signin import SignIn

BEGIN = f"{PATH}/sign-in"
CALLBACK = f"{PATH}/callback"
# By the prefix browsers take them over HTTPS alone, and from no neighbour of the host.
_ATTEMPT = "__Host-astrolabe-sign-in"
_SESSION = "__Host-astrolabe-session"

log = structlog.get_logger(__name__)


class Signing:
    """Signs people in, and knows them afterwards."""

    def __init__(self, sign_in: SignIn) -> None:
        self._sign_in = sign_in

    def routes(self) -> list[web.RouteDef]:
        """Return the paths."""
        return [
            web.get(BEGIN, self.begin, allow_head=False),
            web.get(CALLBACK, self.finish, allow_head=False),
        ]

    def begins_at(self, wish: Mapping[str, str]) -> str:
        """Return the address at which somebody begins, and comes back from to the wish."""
        return f"{BEGIN}?{urlencode(wish)}"

    def session(self, request: web.Request) -> tuple[Person, str] | None:
        """Return who has signed in and the mark that this person's forms carry; None for nobody."""
        session = self._sign_in.session(request.cookies.get(_SESSION, ""))
        return None if session is None else (session.person, session.mark)

    async def begin(self, request: web.Request) -> web.Response:
        """Send the browser to the issuer."""
        try:
            address, cookie = await self._sign_in.begin(wish_of(request.query))
        except Trouble as trouble:
            return page(alert(str(trouble)), 503)
        answer = _to(address)
        _keep(answer, _ATTEMPT, cookie, ATTEMPT_SECONDS)
        return answer

    async def finish(self, request: web.Request) -> web.Response:
        """Take the browser back from the issuer, to what is to be confirmed."""
        try:
            cookie, wish = await self._sign_in.finish(request.query, request.cookies.get(_ATTEMPT, ""))
        except Rejected as rejected:
            log.warning("a sign-in was refused", reason=str(rejected))
            answer = page(alert(f"You are not signed in: {rejected}. Open the link again."), 401)
        except Trouble as trouble:
            answer = page(alert(str(trouble)), 503)
        else:
            answer = _to(f"{PATH}?{urlencode(wish)}")
            _keep(answer, _SESSION, cookie, SESSION_SECONDS)
        _keep(answer, _ATTEMPT, "", 0)
        return answer


def _to(address: str) -> web.Response:
    return web.Response(status=303, headers={"Location": address, "Referrer-Policy": "no-referrer"})


def _keep(answer: web.Response, name: str, value: str, seconds: int) -> None:
    """Have the browser keep a value, or forget it. Lax: it comes back from the issuer, and follows links."""
    answer.set_cookie(name, value, max_age=seconds, path="/", secure=True, httponly=True, samesite="Lax")
