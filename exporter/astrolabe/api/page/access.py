"""The part about access on an object's page: who reads a Secret, and what an account may do."""

from __future__ import annotations

from collections.abc import Container, Generator, Iterable, Iterator
from html import escape
from typing import TypeVar

from astrolabe.api.page.markup import link, more, row, table
from astrolabe.api.state import State
from astrolabe.derived.access import answering, answers
from astrolabe.derived.access.evaluator import Request
from astrolabe.derived.access.findings.catalogue import BY_ID
from astrolabe.derived.access.paths import Path
from astrolabe.graph.delta import Node
from astrolabe.graph.relations import Relations
from astrolabe.scheduling.steps import Steps

T = TypeVar("T")
ROWS_SHOWN = 50
"""Rows that are shown of one table."""


WHO_CAN = "/api/v1/access/who-can"
OF = "/api/v1/access/of"
FINDINGS = "/api/v1/access/findings"
PATHS = (WHO_CAN, OF, FINDINGS)
"""Where the API answers the same: who may not ask there is not shown it."""


def access(state: State, node: Node, paths: Container[str]) -> Iterator[str]:
    """Yield what is known of access for a Secret, a ServiceAccount, a role or a binding; else nothing.

    `paths` are those of `PATHS` that the reader may read.
    """
    kind = node.facts.kind
    if kind == "Secret" and WHO_CAN in paths:
        yield from _secret(state, node)
    elif kind == "ServiceAccount" and OF in paths:
        yield from _account(state, node)
    if FINDINGS in paths:
        yield from _findings(state, node)


def _secret(state: State, node: Node) -> Iterator[str]:
    request = Request(verb="get", resource="secrets", namespace=node.facts.namespace, name=node.facts.name)
    answer = yield from _pausing(answering.who_can(state.access, request))
    yield '<section aria-labelledby="readers"><h2 id="readers">Who can read it</h2>'
    rows = (
        row((_who(state.graph, path.subject), _word(path.how), f'<span class="text">{_steps(path)}</span>'))
        for path in answer.ways[:ROWS_SHOWN]
    )
    yield table(("Subject", "How", "Steps"), rows, "Who can read it") + more(ROWS_SHOWN, len(answer.ways))
    if answer.mounted:
        held = (
            row((link(state.graph, each.workload), _word(each.how), escape(each.key or "all keys")))
            for each in answer.mounted[:ROWS_SHOWN]
        )
        yield "<h3>Mounted by</h3>" + table(("Workload", "How", "Key"), held, "Mounted by")
    yield _notes(answer) + "</section>"


def _account(state: State, node: Node) -> Iterator[str]:
    answer = yield from _pausing(answering.of(state.access, node.id))
    yield '<section aria-labelledby="rights"><h2 id="rights">What it may do</h2>'
    if answer.everything:
        yield "<p><b>It may do everything.</b></p>"
    for path in answer.admin:
        yield f"<p><b>It can gain all rights</b>: {_steps(path)}</p>"
    rows = (
        row(
            (
                escape(rule.namespace or "everywhere"),
                escape(", ".join(rule.verbs)),
                escape(", ".join(rule.resources or rule.urls)),
                escape(", ".join(rule.names)),
                link(state.graph, rule.binding),
            )
        )
        for rule in answer.rules[:ROWS_SHOWN]
    )
    if answer.rules:
        head = ("Where", "Verbs", "What", "Names", "By")
        yield table(head, rows, "What it may do") + more(ROWS_SHOWN, len(answer.rules))
    else:
        yield "<p>No binding grants it anything.</p>"
    tokens = sum(each.tokens for each in answer.used)
    if tokens and answer.token_needed is False:
        have = "Pod has" if tokens == 1 else "Pods have"
        yield f"<p>{tokens:,} {have} a token mounted that gives no right of its own.</p>"
    for each in answer.token_secrets:
        used = escape(each.last_used or "never")
        yield f"<p>{link(state.graph, each.secret)} holds a token without expiry, last used: {used}.</p>"
    yield _notes(answer) + "</section>"


def _findings(state: State, node: Node) -> Iterator[str]:
    found = state.access.findings.by_object.get(node.id, ())
    if not found:
        return
    yield '<section aria-labelledby="findings"><h2 id="findings">Findings</h2><ul>'
    for finding in found:
        about = BY_ID[finding.rule]
        silenced = f" <small>silenced: {escape(finding.silenced)}</small>" if finding.silenced else ""
        yield (
            f"<li><b>{escape(about.title)}</b> <small>{about.severity}</small>: {escape(finding.detail)}."
            f" {escape(about.remedy)}{silenced}</li>"
        )
    yield "</ul></section>"


def _pausing(steps: Steps[T]) -> Generator[str, None, T]:
    """Do work, with a piece of nothing for each pause."""
    while True:
        try:
            next(steps)
        except StopIteration as end:
            found: T = end.value
            return found
        yield ""


def _word(text: str) -> str:
    """Return a word that is not broken in a narrow column."""
    return f'<span class="word">{escape(text)}</span>'


def _who(graph: Relations, key: str) -> str:
    """Return a subject; an account is an object to go to."""
    if key.startswith("ServiceAccount/"):
        return link(graph, key)
    kind, _, name = key.partition("/")
    return f'<span class="kind">{escape(kind)}</span> <b>{escape(name)}</b>'


def _steps(path: Path) -> str:
    steps: list[str] = []
    for step in path.steps:
        does = escape(", ".join(step.does) or "everything, as a member of system:masters")
        steps.append(f"{does} → {escape(step.becomes)}" if step.becomes else does)
    return "; ".join(steps)


def _notes(answer: answers.Answer) -> str:
    notes: Iterable[str] = (
        f"<p><small>Covered: {escape(answer.covers)}.</small></p>",
        "<p>Some lists are not complete: the answer may miss subjects.</p>"
        if answer.incomplete or answer.truncated
        else "",
    )
    return "".join(notes)
