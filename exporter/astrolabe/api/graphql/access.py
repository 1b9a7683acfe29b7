"""What RBAC allows, for clients that may read the API path with the same data."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

import msgspec

from astrolabe.api.graphql.context import Info, permitted, size_of
from astrolabe.api.graphql.limits import Refused
from astrolabe.api.v1.bodies import Body
from astrolabe.api.v1.feed import ACCESS_EVENTS
from astrolabe.derived.access import answering, answers, questions
from astrolabe.derived.access.access import Event

ACCESS_FINDINGS = "/api/v1/access/findings"
WHO_CAN = "/api/v1/access/who-can"
ACCESS_OF = "/api/v1/access/of"

A = TypeVar("A", bound=answers.Answer)


class Findings(Body, frozen=True):
    """Some findings."""

    findings: Sequence[answers.Found]
    total: int
    incomplete: list[str]


def access(_: None, _info: Info) -> object:
    """Return what its fields need to know: nothing."""
    return ()


async def findings(
    _: object,
    info: Info,
    *,
    first: int,
    silenced: bool,
    rule: str | None = None,
    severity: str | None = None,
    namespace: str | None = None,
) -> Findings:
    """Return what is dangerous or stale, the worst first."""
    await permitted(info, ACCESS_FINDINGS)
    size, context = size_of(first), info.context
    if severity not in (None, "", "critical", "warning", "info"):
        raise Refused(f"severity: `{severity}` is none of critical, warning and info")
    try:
        found = await context.reading.scheduler.work(
            answering.findings(
                context.access,
                rule=rule or "",
                severity=severity or "",
                namespace=namespace or "",
                silenced=silenced,
            )
        )
    except questions.BadQuestion as error:
        raise Refused(f"rule: {error}") from None
    return Findings(found.findings[:size], len(found.findings), found.incomplete)


async def events(_: object, info: Info, *, first: int) -> Sequence[Event]:
    """Return who came to read Secrets and which findings came, the newest first."""
    await permitted(info, ACCESS_EVENTS)
    size = size_of(first)
    found = await info.context.reading.scheduler.work(answering.events(info.context.access))
    return found.events[:size]


async def who_can(
    _: object, info: Info, *, verb: str, resource: str, first: int, namespace: str | None = None
) -> answers.WhoCan:
    """Return who can do something, and of a Secret's value who reaches it in other ways."""
    await permitted(info, WHO_CAN)
    size, context = size_of(first), info.context
    context.budget.question()
    try:
        request = questions.request_of(verb, resource, namespace or "")
    except questions.BadQuestion as error:
        raise Refused(f"{'resource' if verb else 'verb'}: {error}") from None
    found = await context.reading.scheduler.work(answering.who_can(context.access, request))
    return _cut(found, size)


async def of(_: object, info: Info, *, subject: str, first: int) -> answers.Of:
    """Return what a subject may do, and who acts as it."""
    await permitted(info, ACCESS_OF)
    size, context = size_of(first), info.context
    context.budget.question()
    try:
        key = questions.subject_of(subject)
    except questions.BadQuestion as error:
        raise Refused(f"subject: {error}") from None
    found = await context.reading.scheduler.work(answering.of(context.access, key))
    return _cut(found, size)


def _cut(answer: A, size: int) -> A:
    """Return an answer with so many of each list at most; it says where that is not all."""
    lists = {
        each.name: value
        for each in msgspec.structs.fields(answer)
        if isinstance(value := getattr(answer, each.name), list) and len(value) > size
    }
    if not lists:
        return answer
    return msgspec.structs.replace(
        answer, truncated=True, **{name: value[:size] for name, value in lists.items()}
    )
