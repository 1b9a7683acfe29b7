"""`astrolabe why` and `astrolabe problems`: from a running exporter, or directly from the cluster."""

from __future__ import annotations

import argparse
import asyncio
import sys
from collections.abc import Iterator, Sequence
from itertools import chain
from urllib.parse import quote

import msgspec
from msgspec import UNSET, UnsetType

from astrolabe.api.v1.bodies import GraphNode, node_body, parts_of
from astrolabe.api.v1.changed import Changed, changes_of
from astrolabe.api.v1.problems import Problem, body
from astrolabe.api.v1.relatives import Cause, Object, by_name, causes_of
from astrolabe.api.v1.search import Hit
from astrolabe.application import Application
from astrolabe.commands import asking, naming
from astrolabe.commands.gathering import gathered, left_out
from astrolabe.commands.tables import plain
from astrolabe.derived.diagnosis.handbook import help_of
from astrolabe.derived.diagnosis.problems import gather
from astrolabe.metrics.rows import NOT_FOUND
from astrolabe.scheduling.steps import at_once
from astrolabe.settings import Settings, SettingsError

_NAMED_AT_MOST = 5
"""Waiting objects that are named in the table of problems, at most."""


class Why(msgspec.Struct, frozen=True):
    """An object and why it is not Ready."""

    object: GraphNode
    causes: list[Cause]
    changed: list[Changed]
    """What changed around it and its causes before it came to how it is, the newest first."""


def why_flags(parser: argparse.ArgumentParser) -> None:
    """Add what `why` takes."""
    parser.add_argument("object", metavar="OBJECT", help="as in Deployment/shop/web, Node/one, or a UID")
    _output(parser)


def problems_flags(parser: argparse.ArgumentParser) -> None:
    """Add what `problems` takes."""
    parser.add_argument(
        "-n", "--namespace", default="", help=("only in this namespace; default: the whole cluster")
    )
    _output(parser)


def _output(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--output", choices=("text", "json"), default="text", help="default: text")
    asking.add_flags(parser)


async def why(settings: Settings, arguments: argparse.Namespace, stopping: asyncio.Event) -> int:
    """Say how an object is and because of what; return 1 where not everything could be read."""
    name = arguments.object
    complete = True
    if arguments.url:
        place = f"graph/{quote(name, safe='')}"
        node = (await asking.ask(arguments, place, {}, Object)).node
        if node is UNSET:
            raise SettingsError(await _no_object(arguments, name))
        causes = await asking.ask(arguments, f"{place}/causes", {}, list[Cause])
        lists = [
            await asking.ask(arguments, f"graph/{quote(each, safe='')}/changed", {}, list[Changed])
            for each in (name, *(cause.id for cause in causes))
        ]
    else:
        application, complete = await _gathered(settings, arguments, stopping)
        found = by_name(application.graph, name)
        if found is None:
            raise SettingsError(naming.no_object(application.graph, name))
        node = node_body(found)
        causes = causes_of(application.graph, found)
        lists = [
            changes_of(application.graph, application.recent, each)
            for each in (name, *(cause.id for cause in causes))
        ]
    assert isinstance(node, GraphNode)
    changed = sorted({each.id + each.change: each for each in chain(*lists)}.values(), key=_oldest)[::-1]
    _write(arguments, Why(node, causes, changed), explained(node, causes, changed))
    return 0 if complete else 1


async def problems(settings: Settings, arguments: argparse.Namespace, stopping: asyncio.Event) -> int:
    """List what is broken by cause; return 1 where not everything could be read."""
    complete = True
    namespace = arguments.namespace
    if arguments.url:
        found = await asking.ask(arguments, "problems", {"namespace": namespace}, list[Problem])
        known = set(await asking.ask(arguments, "namespaces", {}, list[str]))
        empty = (
            await asking.ask(arguments, f"graph/{quote(f'Namespace/{namespace}', safe='')}", {}, Object)
        ).node
        there = namespace in known or empty is not UNSET
    else:
        application, complete = await _gathered(settings, arguments, stopping)
        graph = application.graph
        known = graph.namespaces()
        there = namespace in known or f"Namespace/{namespace}" in graph
        # Nobody else waits here: however long it takes, everything is looked into.
        every = at_once(gather(graph, graph.all_unwell(), looks=sys.maxsize))
        found = [
            body(each, changes_of(graph, application.recent, each.id))
            for each in every.found
            if not namespace or namespace in each.namespaces
        ]
    # An answer for a namespace that does not exist would be a good one, and a wrong one.
    if complete and namespace and not found and not there:
        raise SettingsError(naming.no_namespace(namespace, known))
    _write(arguments, found, listed(found, complete=complete))
    return 0 if complete else 1


async def _no_object(arguments: argparse.Namespace, name: str) -> str:
    """Say that a running exporter knows no object of a name, and what helps."""
    problems = await asking.ask(arguments, "problems", {}, list[Problem])
    sources: list[str] = next((each.waiting for each in problems if each.id == name), [])
    hits = await asking.ask(arguments, "search", {"q": name.rpartition("/")[2]}, list[Hit])
    return naming.no_such(name, sources, naming.meant(name, (hit.id for hit in hits)))


async def _gathered(
    settings: Settings, arguments: argparse.Namespace, stopping: asyncio.Event
) -> tuple[Application, bool]:
    """Read the cluster once; say whether every list came in, and tell on standard error which did not."""
    application, listed = await gathered(settings, arguments.patience, stopping)
    # What is judged when it is asked for: sleep by the clock, rollouts once all workloads are known.
    for source in (application.sleep, application.recent):
        source.refresh(application.recent.now())
    application.rest_by_the_clock()
    states = application.supervisor.states
    # What is forbidden keeps nobody waiting, but an answer without it is not complete.
    complete = listed and all(state.synced for state in states)
    if not complete:
        sys.stderr.write(f"astrolabe: {left_out(states)}\n")
    return application, complete


def _write(arguments: argparse.Namespace, answer: object, lines: Iterator[str]) -> None:
    if arguments.output == "json":
        sys.stdout.write(msgspec.json.format(msgspec.json.encode(answer)).decode() + "\n")
    else:
        sys.stdout.writelines(f"{plain(line)}\n" for line in lines)


def _oldest(changed: Changed) -> str:
    return changed.at


def explained(node: GraphNode, causes: Sequence[Cause], changed: Sequence[Changed]) -> Iterator[str]:
    """Yield the lines that say how an object is, because of what, and what changed before."""
    yield from _because(node, causes)
    reasons = [NOT_FOUND if cause.missing else cause.reason for cause in causes] or [node.reason]
    for reason in dict.fromkeys(reasons):
        if isinstance(reason, str) and (entry := help_of(reason)) is not None:
            yield f"{reason}: {entry.means}"
            yield f"  look at: {entry.look}"
            yield f"  what helps: {entry.helps}"
    if changed and node.status in ("Error", "Pending"):
        yield "Changed in the half hour before"
        for each in changed:
            yield f"  {each.at} {each.id}: {each.text}"


def _because(node: GraphNode, causes: Sequence[Cause]) -> Iterator[str]:
    place = f"{node.namespace}/{node.name}" if node.namespace else node.name
    yield f"{node.kind}/{place} is {node.status}{_since(node.since)}"
    if node.message:
        yield f"  {node.message}"
    if not causes:
        if node.status in ("Error", "Pending"):
            yield "No other object explains it: its own message is the cause."
        return
    yield "Because of"
    for cause in causes:
        more = f" and {cause.alike - 1} more alike" if cause.alike else ""
        how = "does not exist" if cause.missing else f"is {cause.status}{_since(cause.since)}"
        yield f"  {cause.id}{more} {how}"
        if cause.message and not cause.missing:
            yield f"    {cause.message}"
        if len(cause.path) > 1:
            yield f"    by way of {' → '.join(cause.path[:-1])}"


def listed(found: Sequence[Problem], *, complete: bool = True) -> Iterator[str]:
    """Yield the lines of a list of problems."""
    if not found:
        yield "Nothing known is broken." if complete else "Nothing that could be read is broken."
    for problem in found:
        more = f" and {problem.alike - 1} more alike" if problem.alike > 1 else ""
        how = "does not exist" if problem.missing else f"is {problem.status}{_since(problem.since)}"
        yield f"{problem.id}{more} {how}"
        if problem.message:
            yield f"  {problem.message}"
        if problem.waiting:
            rest = len(problem.waiting) - _NAMED_AT_MOST
            names = ", ".join(_short(each, problem.namespace) for each in problem.waiting[:_NAMED_AT_MOST])
            yield f"  waiting for it: {names}{f' and {rest} more' if rest > 0 else ''}"
        for each in problem.changed or ():
            yield f"  changed before, at {each.at}: {each.id}: {each.text}"


def _short(node_id: str, namespace: str) -> str:
    """Write an id without its namespace where that is the problem's own."""
    kind, place, name = parts_of(node_id)
    return f"{kind}/{name}" if place == namespace else node_id


def _since(since: str | UnsetType) -> str:
    return f" since {since}" if since else ""
