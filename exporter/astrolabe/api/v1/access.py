"""GET /api/v1/access/…: who can do what, through which binding, and who uses it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Literal

from aiohttp import web
from msgspec import Meta

from astrolabe.api.state import STATE
from astrolabe.api.v1.answers import Answer, value, wants_gzip
from astrolabe.api.v1.errors import BadParameter
from astrolabe.api.v1.query import Nothing, Query, read
from astrolabe.api.v1.reading import READING
from astrolabe.derived.access import answering, answers, questions
from astrolabe.derived.access.access import Access
from astrolabe.scheduling.steps import Steps


class Asked(Query, frozen=True):
    """What somebody would do."""

    verb: Annotated[str, Meta(description="The verb: get, list, create, …")] = ""
    resource: Annotated[
        str,
        Meta(
            description="As kubectl has it: `secrets`, `secrets/db`, `pods/exec`, `pods/web-1/exec`,"
            " `deployments.apps/web`, or a path such as `/metrics`."
        ),
    ] = ""
    namespace: Annotated[str, Meta(description="Where; empty is the whole cluster.")] = ""


class Whose(Query, frozen=True):
    """Whose rights."""

    subject: Annotated[str, Meta(description="`serviceaccount/shop/web`, `user/alice` or `group/devs`.")] = ""


class Which(Query, frozen=True):
    """Which findings; all that is given must hold."""

    rule: Annotated[str, Meta(description="Only those of this rule.")] = ""
    severity: Annotated[
        Literal["", "critical", "warning", "info"], Meta(description="Only those of this severity.")
    ] = ""
    namespace: Annotated[str, Meta(description="Only those of this namespace.")] = ""
    silenced: Annotated[bool, Meta(description="With those that are silenced, and the reasons.")] = False


async def who_can(request: web.Request) -> web.StreamResponse:
    """Serve who can do something."""
    query = read(request, Asked)
    name = "verb" if not query.verb else "resource"
    return await _serve(
        request,
        query,
        name,
        lambda access: answering.who_can(
            access, questions.request_of(query.verb, query.resource, query.namespace)
        ),
    )


async def of(request: web.Request) -> web.StreamResponse:
    """Serve what a subject may do, and who acts as it."""
    query = read(request, Whose)
    return await _serve(
        request, query, "subject", lambda access: answering.of(access, questions.subject_of(query.subject))
    )


async def findings(request: web.Request) -> web.StreamResponse:
    """Serve what is dangerous or stale."""
    query = read(request, Which)

    def answer(access: Access) -> Steps[answers.Findings]:
        return answering.findings(
            access,
            rule=query.rule,
            severity=query.severity,
            namespace=query.namespace,
            silenced=query.silenced,
        )

    return await _serve(request, query, "rule", answer)


async def events(request: web.Request) -> web.StreamResponse:
    """Serve what changed lately."""
    return await _serve(request, read(request, Nothing), "", answering.events)


async def _serve(
    request: web.Request,
    query: Query,
    parameter: str,
    answer: Callable[[Access], Steps[answers.Answer]],
) -> web.StreamResponse:
    """Answer out of this moment; raises `BadParameter` for what cannot be asked."""
    reading, access = request.app[READING], request.app[STATE].access
    gzip = wants_gzip(request)

    async def make() -> Answer:
        found = await reading.scheduler.work(answer(access))
        return Answer(*await reading.answers.of_parts(value(found), gzip=gzip))

    try:
        return await reading.answers.give(request, make, query)
    except questions.BadQuestion as error:
        raise BadParameter(parameter, str(error)) from None
