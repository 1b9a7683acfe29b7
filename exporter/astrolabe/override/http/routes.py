"""The paths of the API. Nothing is changed by GET."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import msgspec
from aiohttp import web

from astrolabe.override import records
from astrolabe.override.chain import Broken
from astrolabe.override.http import bodies
from astrolabe.override.ledger import Ledger
from astrolabe.override.model import Person
from astrolabe.override.service import Answer, Service

PERSON = web.RequestKey("person", Person)
PREFIX = "/api/v1"
_AUDIT_PAGE = 1000
"""Records of the audit in one page."""

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
_encode = msgspec.json.Encoder(order="deterministic").encode


class Route(msgspec.Struct, frozen=True, kw_only=True):
    """One path: who answers, what it takes, what it gives."""

    method: str
    path: str
    """After the prefix."""
    operation: str
    summary: str
    handler: Handler
    gives: Any
    takes: Any = None
    parameters: tuple[tuple[str, str], ...] = ()
    """Query parameters: name and meaning."""
    made: tuple[int, ...] = (200,)
    """Codes of success."""


class BadRequest(web.HTTPBadRequest):
    """A request that cannot be understood."""

    def __init__(self, message: str) -> None:
        super().__init__(text=message)


class Api:
    """Answers requests of callers who are known."""

    def __init__(self, service: Service, ledger: Ledger) -> None:
        self._service = service
        self._ledger = ledger

    def routes(self) -> tuple[Route, ...]:
        """Return every path."""
        named = (("environment", "Only this environment."),)
        return (
            Route(method="POST", path="/overrides", operation="ask", takes=bodies.Ask,
                  summary="Wake or sleep an environment for a while.", handler=self.ask,
                  gives=bodies.Answers, made=(200, 201, 202)),
            Route(method="GET", path="/overrides", operation="listOverrides", handler=self.overrides,
                  summary="Overrides, newest first.", gives=bodies.Overrides,
                  parameters=(*named, ("open", "`true`: only those that are not over."))),
            Route(method="GET", path="/overrides/{number}", operation="getOverride", handler=self.override,
                  summary="One override.", gives=bodies.Overrides),
            Route(method="POST", path="/overrides/{number}/approve", operation="approve",
                  summary="Agree to what somebody else asked for.", handler=self.approve, gives=Answer),
            Route(method="POST", path="/overrides/{number}/reject", operation="reject", takes=bodies.Why,
                  summary="Say no to what somebody else asked for.", handler=self.reject, gives=Answer),
            Route(method="POST", path="/overrides/{number}/end", operation="end", handler=self.end,
                  summary="End an override now.", gives=Answer),
            Route(method="GET", path="/environments", operation="listEnvironments", gives=bodies.Environments,
                  summary="How environments stand: overrides, schedules, who sleeps, what they cost.",
                  handler=self.environments, parameters=named),
            Route(method="GET", path="/cost", operation="cost", handler=self.cost, gives=bodies.Cost,
                  summary="What waking an environment for a while costs.",
                  parameters=(("environment", "Its name."), ("duration", "As in `2h`."))),
            Route(method="GET", path="/caller", operation="caller", handler=self.caller, gives=bodies.Caller,
                  summary="Who the token belongs to."),
            Route(method="GET", path="/audit", operation="audit", handler=self.audit, gives=str,
                  summary="Records of the audit, as JSON lines or CSV, at most 1000.",
                  parameters=(("after", "Sequence number after which to begin."),
                              ("format", "`jsonl` or `csv`."))),
            Route(method="GET", path="/audit/verification", operation="verifyAudit", handler=self.verify,
                  summary="Whether the audit's chain holds.", gives=bodies.Intact),
        )  # fmt: skip

    def admit(self, request: web.Request, person: Person) -> None:
        """Let somebody ask for a path; raises `Refusal`. Everybody with a token may ask who they are."""
        if request.path != f"{PREFIX}/caller":
            self._service.admit(person)

    async def ask(self, request: web.Request) -> web.Response:
        """Wake or sleep."""
        wish = await _body(request, bodies.Ask)
        answers = await self._service.ask(
            request[PERSON], wish.environment, wish.action, wish.duration, wish.reason, wish.key
        )
        outcomes = {answer.outcome for answer in answers}
        code = 201 if "granted" in outcomes else 202 if "waits" in outcomes else 200
        return _json(bodies.Answers(answers), code)

    async def overrides(self, request: web.Request) -> web.Response:
        """List overrides."""
        query = _query(request, "environment", "open")
        found = await self._service.overrides(
            query.get("environment", ""), only_open=query.get("open", "") == "true"
        )
        return _json(bodies.Overrides(found))

    async def override(self, request: web.Request) -> web.Response:
        """Show one override."""
        _query(request)
        number = _number(request)
        found = [each for each in await self._service.overrides() if each.number == number]
        if not found:
            raise web.HTTPNotFound(text=f"there is no override {number}")
        return _json(bodies.Overrides(found))

    async def approve(self, request: web.Request) -> web.Response:
        """Agree."""
        return _json(await self._service.approve(request[PERSON], _number(request)))

    async def reject(self, request: web.Request) -> web.Response:
        """Say no."""
        why = await _body(request, bodies.Why)
        return _json(await self._service.reject(request[PERSON], _number(request), why.why))

    async def end(self, request: web.Request) -> web.Response:
        """End an override."""
        return _json(await self._service.end(request[PERSON], _number(request)))

    async def environments(self, request: web.Request) -> web.Response:
        """Show environments."""
        query = _query(request, "environment")
        return _json(bodies.Environments(await self._service.status(query.get("environment", ""))))

    async def cost(self, request: web.Request) -> web.Response:
        """Estimate."""
        query = _query(request, "environment", "duration")
        name = query.get("environment", "")
        span, dollars = await self._service.cost(name, query.get("duration", ""))
        return _json(bodies.Cost(environment=name, start=span.start, until=span.until, dollars=dollars))

    async def caller(self, request: web.Request) -> web.Response:
        """Show who calls."""
        _query(request)
        person = request[PERSON]
        return _json(bodies.Caller(id=person.id, roles=self._service.roles(person)))

    async def audit(self, request: web.Request) -> web.Response:
        """Export records."""
        self._auditor(request)
        query = _query(request, "after", "format")
        after, form = query.get("after", "0"), query.get("format", "jsonl")
        if not after.isdecimal() or len(after) > 18:  # noqa: PLR2004
            raise BadRequest("after: expected a sequence number")
        if form not in records.FORMS:
            raise BadRequest(f"format: expected one of {', '.join(records.FORMS)}")
        some = (await self._ledger.records(int(after)))[:_AUDIT_PAGE]
        return web.Response(body=records.FORMS[form](some), content_type=records.MEDIA[form])

    async def verify(self, request: web.Request) -> web.Response:
        """Check the chain."""
        self._auditor(request)
        _query(request)
        try:
            count = await self._ledger.verify()
        except Broken as broken:
            found = bodies.Intact(
                intact=False, records=0, sequence=self._ledger.head.sequence, problem=str(broken)
            )
        else:
            found = bodies.Intact(intact=True, records=count, sequence=self._ledger.head.sequence)
        return _json(found)

    def _auditor(self, request: web.Request) -> None:
        if not self._service.may_read_audit(request[PERSON]):
            raise web.HTTPForbidden(text="the audit is for roles with `audit: true`")


def _json(body: object, code: int = 200) -> web.Response:
    return web.Response(body=_encode(body) + b"\n", status=code, content_type="application/json")


async def _body(request: web.Request, kind: Any) -> Any:
    _query(request)
    # A page of another origin can send forms, and no JSON: what changes things takes JSON alone.
    if request.content_type != "application/json":
        raise web.HTTPUnsupportedMediaType(text="expected Content-Type: application/json")
    try:
        return msgspec.json.decode(await request.read() or b"{}", type=kind)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise BadRequest(f"the body cannot be used: {error}") from None


def _query(request: web.Request, *known: str) -> dict[str, str]:
    for name in request.query:
        if name not in known:
            raise BadRequest(f"{name}: there is no such parameter")
        if len(request.query.getall(name)) > 1:
            raise BadRequest(f"{name}: stands more than once")
    return dict(request.query)


def _number(request: web.Request) -> int:
    text = request.match_info["number"]
    if not text.isdecimal() or len(text) > 9:  # noqa: PLR2004
        raise web.HTTPNotFound(text=f"there is no override {text}")
    return int(text)
