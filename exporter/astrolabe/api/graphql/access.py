"""What RBAC allows: for those who may read the path of the API that has the same."""

from __future__ import annotations

from collections.abc import Sequence

from astrolabe.api.graphql.context import Info, size_of
from astrolabe.api.graphql.limits import Refused
from astrolabe.api.v1.bodies import Body
from astrolabe.api.v1.feed import ACCESS_EVENTS
from astrolabe.derived.access import answers
from astrolabe.derived.access.access import Event

ACCESS_FINDINGS = "/api/v1/access/findings"


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
    await _permitted(info, ACCESS_FINDINGS)
    size, context = size_of(first), info.context
    if severity not in (None, "", "critical", "warning", "info"):
        raise Refused(f"severity: `{severity}` is none of critical, warning and info")
    try:
        found = await context.reading.scheduler.work(
            answers.findings(
                context.access,
                rule=rule or "",
                severity=severity or "",
                namespace=namespace or "",
                silenced=silenced,
            )
        )
    except answers.BadQuestion as error:
        raise Refused(f"rule: {error}") from None
    return Findings(found.findings[:size], len(found.findings), found.incomplete)


async def events(_: object, info: Info, *, first: int) -> Sequence[Event]:
    """Return who came to read Secrets and which findings came, the newest first."""
    await _permitted(info, ACCESS_EVENTS)
    size = size_of(first)
    found = await info.context.reading.scheduler.work(answers.events(info.context.access))
    return found.events[:size]


async def _permitted(info: Info, path: str) -> None:
    if not await info.context.may(path):
        raise Refused(f"you may not get {path}")
