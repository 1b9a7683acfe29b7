"""Lists that are not complete yet. Nothing of them is visible until they are."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Generic

import msgspec

from astrolabe.kube.exchange import read
from astrolabe.kube.observer import T, Work
from astrolabe.kube.resource import Resource, Scope
from astrolabe.kube.transport import Transport, Unreachable
from astrolabe.kube.wire import MALFORMED, ListPage, decode_page

PAGE = 500
"""Objects per page, as client-go asks for."""


class Listing(Generic[T]):
    """The objects of a list that is not complete yet.

    For an object that did not change, the known Python object is kept. So a list that replaces an earlier one
    does not double the memory.
    """

    def __init__(self, known: Mapping[str, T]) -> None:
        self._known = known
        self.items: dict[str, T] = {}
        self.version = ""
        self.complete = False

    def take(self, item: T) -> None:
        """Take in one object."""
        held = self._known.get(item.id)
        same = held is not None and held.uid == item.uid and held.resource_version == item.resource_version
        self.items[item.id] = held if held is not None and same else item

    def drop(self, item: T) -> None:
        """Leave out an object that was deleted while a streaming list arrived."""
        self.items.pop(item.id, None)


class PagedListing(Listing[T]):
    """A list in pages; after a passing fault it goes on from the page that failed."""

    def __init__(
        self,
        resource: Resource,
        scope: Scope,
        known: Mapping[str, T],
        decode: Callable[[msgspec.Raw], T | None],
        *,
        from_cache: bool,
    ) -> None:
        super().__init__(known)
        self._resource = resource
        self._path = resource.path(scope.namespace)
        self._query = scope.query
        self._decode = decode
        self._token = ""
        self._from_cache = from_cache

    async def read(self, transport: Transport, work: Work) -> None:
        """Read the pages that are missing, each taken in by `Sink.work` while the next one is on its way.

        Raises `ApiFailure` and `Unreachable`.
        """
        answer = asyncio.create_task(self._ask(transport, self._token))
        try:
            while True:
                page = self._page(await answer)
                token = page.metadata.continue_
                if token:
                    answer = asyncio.create_task(self._ask(transport, token))
                await work(self._take(page.items or ()))
                self._token = token
                if not token:
                    self.version = page.metadata.resource_version
                    return
        finally:
            answer.cancel()
            await asyncio.gather(answer, return_exceptions=True)

    async def _ask(self, transport: Transport, token: str) -> bytes:
        """Return the page that a token names; without one the first page."""
        query = {**self._query, "limit": str(PAGE)}
        if token:
            query["continue"] = token
        elif self._from_cache:
            query["resourceVersion"] = "0"
        return await read(transport, self._path, query, accept=self._resource.accept_list)

    def _page(self, body: bytes) -> ListPage:
        try:
            return decode_page(body)
        except MALFORMED as error:
            raise Unreachable(f"{self._path}: the list cannot be read: {error}") from None

    def _take(self, items: Iterable[msgspec.Raw]) -> Iterator[None]:
        for raw in items:
            item = self._decode(raw)
            if item is not None:
                self.take(item)
            yield


async def current_version(transport: Transport, resource: Resource, scope: Scope) -> str:
    """Ask for the newest resource version, at the cost of one object."""
    path = resource.path(scope.namespace)
    body = await read(transport, path, {**scope.query, "limit": "1"}, accept=resource.accept_list)
    try:
        return decode_page(body).metadata.resource_version
    except MALFORMED:
        return ""
