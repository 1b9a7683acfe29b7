"""Answers about access as text: tables that fit their words, and sentences around them. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime

from astrolabe.derived.access.answers import Answer, Events, Findings, Of, WhoCan
from astrolabe.derived.access.paths import Path

_MASTERS = "Members of the group system:masters may do everything, without RBAC."


def table(answer: Answer) -> Iterator[str]:
    """Yield the lines of an answer."""
    match answer:
        case WhoCan():
            yield from _who_can(answer)
        case Of():
            yield from _of(answer)
        case Findings():
            yield from _findings(answer)
        case Events():
            yield from _events(answer)
    yield f"\nCovered: {answer.covers}.\n"
    if answer.incomplete:
        yield f"Incomplete lists: {', '.join(answer.incomplete)}. The answer may miss subjects.\n"
    if answer.truncated:
        yield "The search stopped at a limit. The answer may miss subjects.\n"


def way(path: Path) -> str:
    """Write a way in one line: what is done, who that makes one, what is done then."""
    steps = []
    for step in path.steps:
        does = ", ".join(step.does) or "everything, as a member of system:masters"
        steps.append(f"{does} → {step.becomes}" if step.becomes else does)
    return "; ".join(steps)


def _who_can(answer: WhoCan) -> Iterator[str]:
    yield f"Who can {answer.request}?\n\n"
    if not answer.exists:
        yield "There is no such Secret now. If somebody creates it:\n\n"
    if answer.ways:
        rows = [(path.subject, path.how, way(path)) for path in answer.ways]
        yield from _columns(("SUBJECT", "HOW", "STEPS"), rows)
        yield "\n"
    if answer.grants:
        rights = [(grant.subject, grant.binding, grant.role) for grant in answer.grants]
        yield from _columns(("SUBJECT", "BY", "ROLE"), rights)
    else:
        yield "No binding grants it.\n"
    if answer.mounted:
        yield "\nMounted by:\n"
        yield from _columns(
            ("WORKLOAD", "ACCOUNT", "HOW", "KEY", "PODS", "SINCE"),
            [
                (each.workload, each.account, each.how, each.key or "all", str(each.pods), _day(each.since))
                for each in answer.mounted
            ],
        )
    yield f"\n{_MASTERS}\n"


def _of(answer: Of) -> Iterator[str]:
    yield f"What may {answer.subject} do?\n\n"
    if not answer.exists:
        yield "There is no such ServiceAccount.\n\n"
    if answer.everything:
        yield "It may do everything.\n\n"
    for path in answer.admin:
        yield f"It can gain all rights ({path.how}): {way(path)}.\n\n"
    if answer.rules:
        yield from _columns(
            ("WHERE", "VERBS", "WHAT", "NAMES", "BY", "SUBJECT", "SINCE"),
            [
                (
                    rule.namespace or "everywhere",
                    ",".join(rule.verbs),
                    ",".join(_resources(rule.groups, rule.resources) or rule.urls),
                    ",".join(rule.names),
                    f"{rule.binding} → {rule.role}",
                    rule.subject,
                    _day(rule.since),
                )
                for rule in answer.rules
            ],
        )
    else:
        yield "No binding grants it anything.\n"
    if answer.used:
        yield "\nRuns as it:\n"
        yield from _columns(
            ("WORKLOAD", "PODS", "WITH TOKEN"),
            [(each.workload, str(each.pods), str(each.tokens)) for each in answer.used],
        )
        if answer.token_needed is False and any(each.tokens for each in answer.used):
            yield "The tokens give no rights: automountServiceAccountToken could be false.\n"
    for each in answer.token_secrets:
        yield f"\n{each.secret} holds its token without expiry, last used: {each.last_used or 'never'}.\n"
    if answer.secrets:
        yield "\nUses the Secrets:\n"
        yield from _columns(
            ("SECRET", "HOW", "KEY", "PODS", "SINCE"),
            [
                (each.workload, each.how, each.key or "all", str(each.pods), _day(each.since))
                for each in answer.secrets
            ],
        )


def _findings(answer: Findings) -> Iterator[str]:
    if not answer.findings:
        yield "No findings.\n"
        return
    yield from _columns(
        ("SEVERITY", "RULE", "OBJECT", "FOUND"),
        [
            (
                each.severity,
                each.rule,
                each.id,
                each.detail + (f" (silenced: {each.silenced})" if each.silenced else ""),
            )
            for each in answer.findings
        ],
    )
    yield "\nWhat to do:\n"
    told = {each.rule: each.remedy for each in answer.findings}
    yield from _columns(("RULE", "REMEDY"), list(told.items()))


def _events(answer: Events) -> Iterator[str]:
    if not answer.events:
        yield "Nothing has changed since the exporter started.\n"
        return
    yield from _columns(
        ("WHEN", "WHAT", "ABOUT", "WHO", "HOW"),
        [
            (
                datetime.fromtimestamp(each.at, UTC).strftime("%Y-%m-%d %H:%M:%S"),
                each.type,
                each.about,
                each.subject,
                each.detail,
            )
            for each in answer.events
        ],
    )


def _resources(groups: Sequence[str], resources: Sequence[str]) -> list[str]:
    """Write resources with their groups; the core group is not written."""
    return [
        resource if not group else f"{resource}.{group}"
        for group in groups or ("",)
        for resource in resources
    ]


def _columns(head: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[str]:
    """Yield the lines of a table. What no terminal should see is written as an escape."""
    lines = [tuple(head), *(tuple(map(plain, row)) for row in rows)]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    for line in lines:
        cells = (cell.ljust(width) for cell, width in zip(line, widths, strict=True))
        yield "   ".join(cells).rstrip() + "\n"


def plain(text: str) -> str:
    """Write what no terminal should see as an escape."""
    return "".join(char if char.isprintable() else char.encode("unicode_escape").decode() for char in text)


def _day(seconds: float | None) -> str:
    return datetime.fromtimestamp(seconds, UTC).date().isoformat() if seconds else ""
