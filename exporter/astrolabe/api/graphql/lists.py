"""Problems, releases, and lists of names."""

from __future__ import annotations

from astrolabe.api.graphql.context import Info, size_of
from astrolabe.api.v1 import names, problems
from astrolabe.api.v1.bodies import Body
from astrolabe.api.v1.changed import changes_of
from astrolabe.graph.facts import Release


class Problems(Body, frozen=True):
    """What is broken."""

    problems: list[problems.Problem]
    total: int
    left_out: int


async def broken(_: None, info: Info, *, first: int, namespace: str | None = None) -> Problems:
    """Return what is broken, the worst first."""
    size, context = size_of(first), info.context
    found, left_out = await context.reading.broken.problems()
    here = [each for each in found if not namespace or namespace in each.namespaces]
    graph = context.reading.graph
    bodies = [problems.body(each, changes_of(graph, context.recent, each.id)) for each in here[:size]]
    return Problems(bodies, len(here), left_out)


def releases(_: None, info: Info, *, namespace: str | None = None) -> list[Release]:
    """Return the Helm releases, in order."""
    found = {(each.namespace, each.name) for each in info.context.reading.graph.releases()}
    return [Release(*each) for each in sorted(found) if not namespace or each[0] == namespace]


async def charts(_: None, info: Info, *, namespace: str | None = None) -> list[str]:
    """Return the charts that objects name."""
    reading = info.context.reading
    return sorted(await reading.scheduler.work(names.charts_of(reading.graph, namespace or "")))


def namespaces(_: None, info: Info) -> list[str]:
    """Return the namespaces that exist or hold objects."""
    return sorted(names.namespaces_of(info.context.reading.graph))
