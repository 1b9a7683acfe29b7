"""Why objects of an answer are not Ready: the ways to their causes, for clients that draw them."""

from __future__ import annotations

from collections.abc import Generator, Iterable

from msgspec import field

from astrolabe.api.v1.bodies import Body, uid_of
from astrolabe.derived.diagnosis.causes import explain
from astrolabe.derived.diagnosis.reasons import unhealthy
from astrolabe.derived.diagnosis.search import Shared
from astrolabe.graph.delta import Node
from astrolabe.graph.relations import Relations

LOOKS = 50_000
"""Objects that the searches of one answer come to, at most, each search for itself."""


class Explained(Body, frozen=True, gc=False):
    """The way from an object that is not Ready to a cause of it."""

    source: str = field(name="from")
    """UID."""
    path: tuple[str, ...]
    """Ids of the way; the cause is the last one, and need not be in the answer."""
    missing: bool
    """Whether the cause does not exist."""


def explained(graph: Relations, nodes: Iterable[Node]) -> Generator[None, None, list[Explained]]:
    """Return the ways to the causes of nodes: of each the nearest first. It pauses after each step.

    A node that changed since it was read is taken as it is. What is beyond `LOOKS` is not explained.
    """
    shared = Shared()
    found: list[Explained] = []
    for each in nodes:
        node = graph.get(each.id)
        if node is None or not unhealthy(node) or shared.looks >= LOOKS:
            continue
        causes = yield from explain(graph, node, shared)
        found += (Explained(uid_of(node), cause.path, cause.missing) for cause in causes)
    return found
