"""Faults that a test orders: of the next requests for a resource, or of the whole server.

A fault meets a request before it is answered (`meet`: it may wait or refuse) or bends the answer's body on
its way (`bend`). What happens to watches that are open already is ordered from them (`ApiServer.watches`).
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from itertools import count

import msgspec

from astrolabe.testing.refusal import Broken, Refusal, expired_continue
from astrolabe.testing.requests import Request, Verb

Body = AsyncIterator[bytes]
"""A body in pieces; those of a watch are its lines."""

_WATCHES = frozenset({Verb.WATCH, Verb.STREAM})
_READS = _WATCHES | {Verb.LIST}
_ONCE_AND_FOR_ALL = -1


def error_event(refusal: Refusal) -> bytes:
    """Word a refusal as the line of a watch."""
    return msgspec.json.encode({"type": "ERROR", "object": refusal.status}) + b"\n"


class Fault:
    """What goes wrong with a request. The base class does no harm."""

    verbs: frozenset[Verb] = _READS
    """Requests that it concerns, where the order does not name them."""

    def concerns(self, request: Request) -> bool:
        """Whether this request, of a verb that fits, is hit (and counted)."""
        del request
        return True

    async def meet(self) -> None:
        """Before the answer: wait, raise `Refusal` or raise `Broken`."""

    def bend(self, body: Body) -> Body:
        """Return the body as it arrives."""
        return body


@dataclass(frozen=True)
class Refuse(Fault):
    """An HTTP status instead of an answer, with Retry-After where `retry_after` (seconds) is given."""

    code: int
    message: str = "refused by order"
    retry_after: int | None = None

    async def meet(self) -> None:
        """Refuse."""
        raise Refusal(self.code, self.message, retry_after=self.retry_after)


@dataclass(frozen=True)
class ExpiredPage(Fault):
    """410 on a page of a list, counted from 1."""

    page: int
    verbs = frozenset({Verb.LIST})

    def concerns(self, request: Request) -> bool:
        """Only that page."""
        return request.page == self.page

    async def meet(self) -> None:
        """Refuse."""
        raise expired_continue()


@dataclass(frozen=True)
class Slow(Fault):
    """An answer that begins late, by so many seconds."""

    seconds: float

    async def meet(self) -> None:
        """Wait."""
        await asyncio.sleep(self.seconds)


@dataclass(frozen=True)
class Silent(Fault):
    """A connection that is accepted and never answered."""

    async def meet(self) -> None:
        """Wait for ever."""
        await asyncio.Event().wait()


@dataclass(frozen=True)
class EmptyClose(Fault):
    """A watch that ends at once, properly and without an event."""

    verbs = _WATCHES

    async def bend(self, body: Body) -> Body:
        """End."""
        async for line in _first(body, 0):
            yield line


@dataclass(frozen=True)
class ErrorEvent(Fault):
    """An ERROR event after so many lines, and the end."""

    code: int
    message: str = "failed by order"
    retry_after: int | None = None
    after: int = 0
    verbs = _WATCHES

    async def bend(self, body: Body) -> Body:
        """Let lines pass, then fail."""
        async for line in _first(body, self.after):
            yield line
        yield error_event(Refusal(self.code, self.message, retry_after=self.retry_after))


@dataclass(frozen=True)
class HalfOpen(Fault):
    """After so many lines nothing arrives any more, neither data nor an end."""

    after: int = 0
    verbs = _WATCHES

    async def bend(self, body: Body) -> Body:
        """Let lines pass, then wait for ever."""
        async for line in _first(body, self.after):
            yield line
        await asyncio.Event().wait()


@dataclass(frozen=True)
class Cut(Fault):
    """The connection breaks off after so many lines (pieces of a list), `inside` bytes into the next one."""

    after: int = 0
    inside: int = 0

    async def bend(self, body: Body) -> Body:
        """Let lines pass, then break."""
        async for line in _first(body, self.after):
            yield line
        if self.inside:
            yield (await anext(body, b""))[: self.inside]
        raise Broken


@dataclass(frozen=True)
class Truncate(Fault):
    """The answer ends properly in the middle of a line (piece), so many lines and `inside` bytes into it."""

    after: int = 0
    inside: int = 20

    async def bend(self, body: Body) -> Body:
        """Let lines pass, then a part of the next."""
        async for line in _first(body, self.after):
            yield line
        yield (await anext(body, b""))[: self.inside]


@dataclass(frozen=True)
class CutBeforeBookmark(Fault):
    """A streaming list that breaks off where the bookmark that completes it would come."""

    verbs = frozenset({Verb.STREAM})

    async def bend(self, body: Body) -> Body:
        """Let everything pass up to the bookmark."""
        async for line in body:
            if b"k8s.io/initial-events-end" in line:
                raise Broken
            yield line


@dataclass(frozen=True)
class Split(Fault):
    """A body that arrives in pieces of so many bytes."""

    size: int

    async def bend(self, body: Body) -> Body:
        """Cut lines into pieces."""
        async for line in body:
            for start in range(0, len(line), self.size):
                yield line[start : start + self.size]


@dataclass(frozen=True)
class Insert(Fault):
    """A line that the server does not mean, put in after so many lines: malformed, huge, or unknown."""

    line: bytes
    after: int = 0
    verbs = _WATCHES

    async def bend(self, body: Body) -> Body:
        """Put the line in."""
        async for line in _first(body, self.after):
            yield line
        yield self.line
        async for line in body:
            yield line


@dataclass
class _Order:
    fault: Fault
    resource: str
    verbs: frozenset[Verb]
    left: int


@dataclass
class Faults:
    """The faults that hold."""

    away: bool = False
    """Every connection is refused."""
    aggregated_discovery: bool = True
    """Whether discovery of all groups in one document is served (since Kubernetes 1.26)."""
    broken_groups: set[str] = field(default_factory=set)
    """Aggregated API groups whose server does not answer: stale in discovery, 503 for everything else."""
    forgotten_groups: set[str] = field(default_factory=set)
    """Groups that discovery leaves out, without a word that it is not whole, and whose paths answer 503.

    Those of definitions are so in the first moments after a restart (seen at each of five)."""
    token: str | None = None
    """The only bearer token that is accepted; anything is when there is none."""
    _forbidden: set[tuple[str, str]] = field(default_factory=set)
    _orders: list[_Order] = field(default_factory=list)

    def order(
        self, resource: str, fault: Fault, *, times: int | None = 1, verbs: frozenset[Verb] | None = None
    ) -> None:
        """Have the next requests for a resource (`plural.group`, or `*`) go wrong, without end for None."""
        left = _ONCE_AND_FOR_ALL if times is None else times
        self._orders.append(_Order(fault, resource, verbs or fault.verbs, left))

    def clear(self, resource: str | None = None) -> None:
        """Take back what was ordered, of one resource or of all."""
        self._orders = [order for order in self._orders if resource not in {None, order.resource}]

    def break_conversion(self, resource: str) -> None:
        """Have the conversion webhook of a definition be down, until `clear`, in the words that were seen."""
        plural, _, group = resource.partition(".")
        message = (
            f'conversion webhook for {group}/v1, Kind={plural} failed: Post "https://127.0.0.1:1/convert'
            '?timeout=30s": dial tcp 127.0.0.1:1: connect: connection refused'
        )
        initializing = f"storage is (re)initializing: failed to list {group}/v2, Kind={plural}: {message}"
        self.order(resource, Refuse(500, message), times=None, verbs=frozenset({Verb.LIST, Verb.GET}))
        self.order(resource, Refuse(429, initializing, retry_after=1), times=None, verbs=_WATCHES)

    def forbid(self, resource: str, namespace: str = "") -> None:
        """Refuse a resource (`plural.group`) with 403, in one namespace or, without one, altogether."""
        self._forbidden.add((resource, namespace))

    def grant(self, resource: str, namespace: str = "") -> None:
        """Take back what `forbid` said in the same words."""
        self._forbidden.discard((resource, namespace))

    def forbids(self, resource: str, namespace: str) -> bool:
        """Whether a request for the resource is forbidden in a namespace (empty: the whole cluster)."""
        refused = {where for name, where in self._forbidden if name == resource}
        return "" in refused or (namespace in refused if namespace else bool(refused))

    def take(self, request: Request) -> list[Fault]:
        """Return the faults that hit this request, and count them."""
        taken = [
            order
            for order in self._orders
            if order.left
            and order.resource in {"*", request.resource}
            and request.verb in order.verbs
            and order.fault.concerns(request)
        ]
        for order in taken:
            if order.left > 0:
                order.left -= 1
        self._orders = [order for order in self._orders if order.left]
        return [order.fault for order in taken]


async def _first(body: Body, lines: int) -> Body:
    """Let so many lines pass and leave the rest in `body`."""
    passed = count()
    while next(passed) < lines:
        try:
            yield await anext(body)
        except StopAsyncIteration:
            return
