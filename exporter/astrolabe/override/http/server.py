"""The HTTP server: paths, who may, and how refusals look."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import msgspec
import structlog
from aiohttp import web
from aiohttp.typedefs import Handler

from astrolabe.api.limits import server_options
from astrolabe.api.tls import ServerCertificate
from astrolabe.api.traced import traces
from astrolabe.override.backend import Trouble
from astrolabe.override.chain import Broken
from astrolabe.override.http.bodies import Fault, Refused
from astrolabe.override.http.callers import Callers
from astrolabe.override.http.confirming import Confirming
from astrolabe.override.http.openapi import document
from astrolabe.override.http.routes import PERSON, PREFIX, Api
from astrolabe.override.model import Person
from astrolabe.override.oidc.rejected import Rejected
from astrolabe.override.rules.refusal import Refusal
from astrolabe.override.store import StoreError

_BODY_BYTES = 16 * 1024
"""Bytes of a request's body."""
_CLOSING = 1.0
_CODES = {"limits": 429, "cooldown": 429, "state": 409, "duration": 400, "action": 400, "environments": 400}
"""By the first part of the rule; every other rule is 403."""
_RETRY_AFTER = "30"

log = structlog.get_logger(__name__)


def application(
    api: Api, callers: Callers, ready: Callable[[], str], confirming: Confirming | None = None
) -> web.Application:
    """Build the paths. `ready` says what is wrong with the service, nothing while all is well."""
    app = web.Application(
        middlewares=[*traces(), _refusals, _guard(callers, api.admit)], client_max_size=_BODY_BYTES
    )
    app.on_response_prepare.append(_harden)
    routes = api.routes()
    body = document(routes)

    async def openapi(_request: web.Request) -> web.Response:
        return web.Response(body=body, content_type="application/json")

    async def live(_request: web.Request) -> web.Response:
        return web.Response(text="ok\n")

    async def readiness(_request: web.Request) -> web.Response:
        wrong = ready()
        return web.Response(text=f"{wrong or 'ok'}\n", status=503 if wrong else 200)

    app.router.add_get("/openapi.json", openapi, allow_head=False)
    app.router.add_get("/healthz", live)
    app.router.add_get("/livez", live)
    app.router.add_get("/readyz", readiness)
    if confirming is not None:
        app.router.add_routes(confirming.routes())
    for route in routes:
        app.router.add_route(route.method, PREFIX + route.path, route.handler)
    return app


@asynccontextmanager
async def listening(
    app: web.Application, address: str, port: int, certificate: ServerCertificate | None
) -> AsyncIterator[int]:
    """Serve; yields the port. Raises `OSError`."""
    options: Any = server_options()
    runner = web.AppRunner(app, access_log=None, handle_signals=False, shutdown_timeout=_CLOSING, **options)
    await runner.setup()
    try:
        context = certificate.context if certificate is not None else None
        await web.TCPSite(runner, address, port, ssl_context=context, backlog=128).start()
        yield runner.addresses[0][1]
    finally:
        await runner.cleanup()


def _guard(callers: Callers, admit: Callable[[web.Request, Person], None]) -> Any:
    """Ask for a token below the API's prefix, also where nothing is."""

    @web.middleware
    async def guarding(request: web.Request, handler: Handler) -> web.StreamResponse:
        if request.path.startswith(PREFIX):
            try:
                person = await callers.caller(request)
            except Rejected as rejected:
                raise _unauthorized(f"the token is refused: {rejected}", ', error="invalid_token"') from None
            if person is None:
                raise _unauthorized("a token is needed")
            admit(request, person)
            request[PERSON] = person
        return await handler(request)

    return guarding


def _unauthorized(text: str, more: str = "") -> web.HTTPUnauthorized:
    return web.HTTPUnauthorized(text=text, headers={"WWW-Authenticate": f'Bearer realm="astrolabe"{more}'})


@web.middleware
async def _refusals(request: web.Request, handler: Handler) -> web.StreamResponse:
    try:
        return await handler(request)
    except Refusal as refusal:
        code = _CODES.get(refusal.rule.partition(".")[0], 403)
        return _refused(code, str(refusal), refusal.rule)
    except (StoreError, Broken, Trouble) as error:
        return _refused(503, str(error))
    except web.HTTPException as error:
        if error.status < 400:  # noqa: PLR2004
            raise
        answer = _refused(error.status, (error.text or error.reason).strip())
        answer.headers.extend(
            {name: value for name, value in error.headers.items() if name in {"WWW-Authenticate", "Allow"}}
        )
        return answer
    except asyncio.CancelledError:
        raise
    except Exception:
        log.exception("a request failed", path=request.path)
        return _refused(500, "this is a mistake of the service: its log says more")


def _refused(code: int, message: str, rule: str = "") -> web.Response:
    clean = message.encode("utf-8", "replace").decode()
    body = msgspec.json.encode(Refused(Fault(message=clean, rule=rule))) + b"\n"
    answer = web.Response(body=body, status=code, content_type="application/json")
    if code in {429, 503}:
        answer.headers["Retry-After"] = _RETRY_AFTER
    return answer


async def _harden(_request: web.Request, response: web.StreamResponse) -> None:
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers.setdefault("Cache-Control", "no-store")
    response.headers["Server"] = "astrolabe"
