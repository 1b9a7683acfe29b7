"""The context that resolvers get, and their common parts."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import cached_property
from typing import NamedTuple, Protocol

from astrolabe.api.graphql.limits import PAGE_SIZE_LIMIT, Budget, Refused
from astrolabe.api.v1.bodies import GraphNode, node_body
from astrolabe.api.v1.reading import Reading
from astrolabe.derived.access.access import Access
from astrolabe.derived.changes.recent import Recent
from astrolabe.derived.cost.source import CostSource
from astrolabe.derived.sleep.source import SleepSource
from astrolabe.graph.delta import Node


class Context(NamedTuple):
    """What one answer is made of."""

    reading: Reading
    access: Access
    recent: Recent
    sleep: SleepSource
    cost: CostSource
    refresh: Callable[[], None]
    """Brings up to date what depends on the time."""
    may: Callable[[str], Awaitable[bool]]
    """Whether who asks may read another path as well; raises `Refused` where nobody can say."""
    budget: Budget


class Info(Protocol):
    """What a resolver is told of its question."""

    @property
    def context(self) -> Context:
        """What the answer is made of."""
        ...


class Found:
    """An object as it was when the answer came to it."""

    def __init__(self, node: Node) -> None:
        self.node = node

    @cached_property
    def body(self) -> GraphNode:
        """What the API tells of it everywhere."""
        return node_body(self.node)


def size_of(first: int) -> int:
    """Return how many a page has; raises `Refused`."""
    if not 1 <= first <= PAGE_SIZE_LIMIT:
        raise Refused(f"first: expected 1 to {PAGE_SIZE_LIMIT}")
    return first


async def permitted(info: Info, path: str) -> None:
    """Raise `Refused` for a client that may not read the path of the API with the same answer."""
    if not await info.context.may(path):
        raise Refused(f"you may not get {path}")
