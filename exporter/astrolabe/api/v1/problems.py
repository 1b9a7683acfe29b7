"""GET /api/v1/problems: what is broken now, by cause."""

from __future__ import annotations

from collections.abc import Generator

from aiohttp import web
from msgspec import UNSET, UnsetType

from astrolabe.api.v1.answers import Answer, array, wants_gzip
from astrolabe.api.v1.bodies import Body, parts_of, since, words
from astrolabe.api.v1.query import InNamespace, read
from astrolabe.api.v1.reading import READING
from astrolabe.derived.diagnosis import problems as diagnosis
from astrolabe.graph.facts import Status

SHOWN = 50
"""Objects that are named for one problem, at most."""


class Problem(Body, frozen=True):
    """A cause, or several alike, and what waits for it."""

    id: str
    """Of the cause; of those that are alike, the first."""
    kind: str
    namespace: str
    """Empty when cluster-scoped."""
    name: str
    missing: bool
    """Whether it does not exist, and that is the fault."""
    alike: int
    """How many causes of the same owner and the same reason there are, this one included."""
    affected: int
    """How many objects are not Ready because of it."""
    waiting: list[str]
    """Ids of the entry points, workloads and other things as a whole among them; 50 at most."""
    status: Status | UnsetType = UNSET
    reason: str | UnsetType = UNSET
    message: str | UnsetType = UNSET
    """Begins with the reason."""
    since: str | UnsetType = UNSET
    """When it came to this, where the object says it; RFC 3339."""


async def problems(request: web.Request) -> web.StreamResponse:
    """Serve what is broken, the worst first."""
    reading = request.app[READING]
    namespace = read(request, InNamespace).namespace
    gzip = wants_gzip(request)

    def walk(_seen: set[str]) -> Generator[object, None, list[diagnosis.Problem]]:
        # Each problem is as it was when it was looked at: a list that waits for a still cluster never comes.
        return (yield from diagnosis.gather(reading.graph, reading.graph.all_unwell()))

    async def make() -> Answer:
        found = await reading.moments.explore(walk)
        bodies = (body(each) for each in found if not namespace or _concerns(each, namespace))
        return Answer(*await reading.answers.of_parts((*array(bodies), b"\n"), gzip=gzip))

    return await reading.answers.give(request, make, (namespace,), reading.moments.revision)


def _concerns(problem: diagnosis.Problem, namespace: str) -> bool:
    return any(parts_of(each)[1] == namespace for each in (*problem.alike, *problem.affected))


def body(problem: diagnosis.Problem) -> Problem:
    """Return a problem as the API has it."""
    node = problem.node
    kind, namespace, name = parts_of(problem.id)
    return Problem(
        id=problem.id,
        kind=kind,
        namespace=namespace,
        name=name,
        missing=problem.missing,
        alike=len(problem.alike),
        affected=len(problem.affected - problem.alike),
        waiting=problem.waiting[:SHOWN],
        status=UNSET if node is None else node.status,
        reason=UNSET if node is None else node.reason or UNSET,
        message=UNSET if node is None else words(node),
        since=UNSET if node is None else since(node),
    )
