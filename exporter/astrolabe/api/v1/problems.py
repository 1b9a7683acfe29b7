"""GET /api/v1/problems: what is broken now, by cause."""

from __future__ import annotations

from itertools import chain

from aiohttp import web
from msgspec import UNSET, UnsetType

from astrolabe.api.state import STATE
from astrolabe.api.v1.answers import Answer, array, wants_gzip
from astrolabe.api.v1.bodies import Body, parts_of, since, words
from astrolabe.api.v1.changed import Changed, changes_of
from astrolabe.api.v1.query import InNamespace, read
from astrolabe.api.v1.reading import READING
from astrolabe.derived.diagnosis import problems as diagnosis
from astrolabe.derived.diagnosis.forbidden import REASON as FORBIDDEN
from astrolabe.graph.facts import Status

AFFECTED_SHOWN = 50
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
    """Ids of the entry points, workloads and other things as a whole among them, entry points first; 50
    at most."""
    status: Status | UnsetType = UNSET
    reason: str | UnsetType = UNSET
    message: str | UnsetType = UNSET
    """Begins with the reason."""
    since: str | UnsetType = UNSET
    """When it came to this, where the object says it; RFC 3339."""
    changed: list[Changed] | UnsetType = UNSET
    """What changed around it in the half hour before, the newest first; left out where nothing did."""


async def problems(request: web.Request) -> web.StreamResponse:
    """Serve what is broken, the worst first."""
    reading = request.app[READING]
    namespace = read(request, InNamespace).namespace
    gzip = wants_gzip(request)

    async def make() -> Answer:
        found, left_out = await reading.broken.problems()
        graph, recent = reading.graph, request.app[STATE].recent
        bodies = (
            body(each, changes_of(graph, recent, each.id))
            for each in found
            if not namespace or namespace in each.namespaces
        )
        parts = chain(array(bodies), (b"\n",))
        return Answer(*await reading.answers.of_parts(parts, gzip=gzip), left_out=left_out)

    return await reading.answers.give(request, make, (namespace,), reading.moments.revision)


def body(problem: diagnosis.Problem, changed: list[Changed]) -> Problem:
    """Return a problem as the API has it, with what changed around its cause."""
    node, denial = problem.node, problem.denial
    kind, namespace, name = parts_of(problem.id)
    return Problem(
        id=problem.id,
        kind=kind,
        namespace=namespace,
        name=name,
        missing=problem.missing,
        alike=len(problem.alike),
        affected=len(problem.broken),
        waiting=problem.waiting[:AFFECTED_SHOWN],
        status=UNSET if node is None else node.status,
        reason=FORBIDDEN if denial else UNSET if node is None else node.reason or UNSET,
        message=denial or (UNSET if node is None else words(node)),
        since=UNSET if node is None else since(node),
        changed=changed or UNSET,
    )
