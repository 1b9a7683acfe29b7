"""What is broken, by cause: the list of causes on the overview, and on a cause's own page what it broke."""

from __future__ import annotations

from collections.abc import Iterator
from html import escape
from time import time

from astrolabe.api.page.markup import MISSING, anchor, badge, counted, items, link, more, reason, row, table
from astrolabe.api.page.view import View
from astrolabe.api.state import State
from astrolabe.api.v1.bodies import instant
from astrolabe.api.v1.resources import age
from astrolabe.derived.changes.relevant import around
from astrolabe.derived.diagnosis.forbidden import REASON as FORBIDDEN
from astrolabe.derived.diagnosis.problems import Problem, Problems, entries_first
from astrolabe.graph.relations import Relations
from astrolabe.metrics.rows import NOT_FOUND

CAUSES_SHOWN = 200
"""Causes that are shown: who has more begins with these."""
AFFECTED_NAMED = 4
"""Objects that are named of those that a cause breaks."""
AFFECTED_SHOWN = 50
"""Objects that the page of a cause shows of those that it breaks."""


def by_cause(state: State, problems: Problems) -> Iterator[str]:
    """Yield the list of causes, the worst first."""
    yield '<section aria-labelledby="broken"><h2 id="broken">Broken now, by cause</h2>'
    if problems.found:
        rows = []
        for problem in problems.found[:CAUSES_SHOWN]:
            rows.append(_row(state, problem))
            yield ""
        yield table(("Status", "Cause", "Reason", "Since", "Breaks"), rows, "Causes")
        yield more(len(rows), len(problems.found), " causes")
    elif state.exposition.broken and not problems.left_out:
        yield "<p>Nothing. Objects that are not Ready show the state of others, or were replaced.</p>"
    elif not problems.left_out:
        yield "<p>Nothing. Every known object is Ready.</p>"
    if problems.left_out:
        yield f'<p class="more">and {problems.left_out:,} more objects that were not checked</p>'
    yield "</section>"


def broken_by(graph: Relations, node_id: str, problems: Problems) -> str:
    """Return what an object broke, alone or with others that are alike; nothing where it is no cause."""
    problem = problems.of(node_id)
    ids = entries_first(problem.broken) if problem is not None else []
    if problem is None or not ids:
        return ""
    with_others = f" with {len(problem.alike) - 1:,} alike" if len(problem.alike) > 1 else ""
    return (
        f'<section aria-labelledby="broke"><h2 id="broke">Broke{with_others} <small>{len(ids):,}</small></h2>'
        f"{items(graph, ids[:AFFECTED_SHOWN])}{more(AFFECTED_SHOWN, len(ids))}</section>"
    )


def _row(state: State, problem: Problem) -> str:
    graph, node, denial = state.graph, problem.node, problem.denial
    alike = f" <small>and {len(problem.alike) - 1:,} more alike</small>" if len(problem.alike) > 1 else ""
    said = "does not exist" if node is None else denial or node.message
    says = f'<span class="says">{escape(said)}</span>' if said else ""
    return row(
        (
            badge(MISSING if node is None else node.status),
            link(graph, problem.id) + alike + says + changed_before(state, problem.id),
            reason(FORBIDDEN if denial else node.reason if node is not None else NOT_FOUND),
            _since(node.since) if node is not None else "",
            _breaks(graph, problem),
        ),
        # Not the object's own key: below, it may have a row of its own.
        f"cause {problem.id}",
    )


def changed_before(state: State, node_id: str) -> str:
    """Return what changed around an object in the half hour before it came to how it is."""
    return "".join(
        f"<div><small>changed {_since(each.at)}: {escape(each.id)}: {escape(each.text)}</small></div>"
        for each in around(state.graph, state.recent, node_id, state.recent.now())
    )


def _since(seconds: float) -> str:
    if not seconds:
        return ""
    moment = instant(seconds)
    return f'<time datetime="{moment}" title="{moment}">{age(seconds, time())} ago</time>'


def _breaks(graph: Relations, problem: Problem) -> str:
    number = len(problem.broken)
    if not number:
        return "itself"
    named = problem.waiting[:AFFECTED_NAMED]
    there = anchor(View(object=problem.id).address, f"{counted(number, 'object')}")
    rest = (
        f"<div><small>and {number - len(named):,} more</small></div>" if named and number > len(named) else ""
    )
    return there + "".join(f"<div>{link(graph, each)}</div>" for each in named) + rest
