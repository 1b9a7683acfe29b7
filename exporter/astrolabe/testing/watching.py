"""One open watch."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from enum import Enum, auto

from astrolabe.testing.listing import version_of
from astrolabe.testing.refusal import Broken, ahead, invalid_options
from astrolabe.testing.requests import Request, Verb
from astrolabe.testing.selection import ListFilter
from astrolabe.testing.store import Event, Store
from astrolabe.testing.wording import Wording

BOOKMARK_EVERY = 60.0
"""Seconds between bookmarks; one more comes shortly before the end (kube-apiserver's watch cache)."""
_LAST_BOOKMARK = 2.0
_WATCH_SECONDS = 1800.0


class _End(Enum):
    PROPER = auto()
    BROKEN = auto()


class Watch:
    """Sends events of one selection as lines, from the moment it is made until its time is over."""

    def __init__(
        self,
        store: Store,
        request: Request,
        wording: Wording,
        selection: ListFilter,
        *,
        since: int,
        backlog: list[bytes],
        history: list[Event],
        bookmarks: bool,
        seconds: float,
    ) -> None:
        """Begin with the lines of `backlog` and the events of `history`; the rest is newer than `since`."""
        self.request = request
        self._store = store
        self._wording = wording
        self._selection = selection
        self._since = since
        self._bookmarks = bookmarks
        self._ends = asyncio.get_running_loop().time() + seconds
        self._queue: asyncio.Queue[Event | bytes | _End] = asyncio.Queue()
        self._frozen = False
        for line in backlog:
            self._queue.put_nowait(line)
        for event in history:
            self._queue.put_nowait(event)
        self._unsubscribe = store.listen(request.resource, self._queue.put_nowait)

    def finish(self) -> None:
        """End properly, after what was sent so far."""
        self._queue.put_nowait(_End.PROPER)

    def break_off(self) -> None:
        """Break the connection."""
        self._queue.put_nowait(_End.BROKEN)

    def freeze(self) -> None:
        """Half-open: nothing arrives any more, neither data nor an end."""
        self._frozen = True
        self._queue.put_nowait(b"")

    def send(self, line: bytes) -> None:
        """Send a line (newline included) that the store knows nothing of."""
        self._queue.put_nowait(line)

    def close(self) -> None:
        """Forget the client."""
        self._unsubscribe()

    async def lines(self) -> AsyncIterator[bytes]:
        """Yield the watch's lines; raises `Broken`."""
        clock = asyncio.get_running_loop()
        bookmark_due = clock.time() + BOOKMARK_EVERY
        last_bookmark_due = self._ends - _LAST_BOOKMARK
        if last_bookmark_due <= clock.time():
            last_bookmark_due = self._ends
        while clock.time() < self._ends:
            due = min(bookmark_due, last_bookmark_due, self._ends) if self._bookmarks else self._ends
            try:
                async with asyncio.timeout_at(due):
                    line = await self._next()
            except TimeoutError:
                if self._frozen:
                    await asyncio.Event().wait()
                if not self._queue.empty():
                    continue  # a bookmark must not overtake what happened before it
                # What was due decides, not the clock: a virtual clock may stop a hair before it.
                if due >= self._ends:
                    return
                if due >= last_bookmark_due:
                    last_bookmark_due = self._ends
                else:
                    bookmark_due += BOOKMARK_EVERY
                # Seen: while the version to begin at lies ahead nothing comes, not even a bookmark.
                if self._store.version >= self._since:
                    yield self._wording.bookmark(self._store.version)
                continue
            if line is None:
                return
            yield line

    async def _next(self) -> bytes | None:
        """Wait for a line; None at a proper end."""
        while True:
            item = await self._queue.get()
            if self._frozen:
                await asyncio.Event().wait()
            if item is _End.PROPER:
                return None
            if item is _End.BROKEN:
                raise Broken
            line = item if isinstance(item, bytes) else self._word(item)
            if line:
                return line

    def _word(self, event: Event) -> bytes:
        """Word an event for this selection; empty where it does not concern it."""
        if event.version <= self._since:
            return b""
        after = event.type != "DELETED" and event.object in self._selection
        before = event.previous is not None and event.previous in self._selection
        if after:
            return self._wording.event("MODIFIED" if before else "ADDED", event.object)
        if not before:
            return b""
        assert event.previous is not None
        last = event.previous | {
            "metadata": event.previous["metadata"] | {"resourceVersion": str(event.version)}
        }
        return self._wording.event("DELETED", last)


def check_options(request: Request) -> None:
    """Raise `Refusal` (422) for options that exclude each other."""
    match = request.query.get("resourceVersionMatch", "")
    if request.verb is Verb.STREAM and match != "NotOlderThan":
        raise invalid_options("sendInitialEvents requires setting resourceVersionMatch to NotOlderThan")
    if match and "sendInitialEvents" not in request.query:
        raise invalid_options(
            "resourceVersionMatch is forbidden for watch unless sendInitialEvents is provided"
        )


def open_watch(store: Store, request: Request, wording: Wording, selection: ListFilter) -> Watch:
    """Open a watch as a request asks for it; raises `Refusal` for a version that is too old or too new."""
    query = request.query
    wanted = version_of(query.get("resourceVersion", ""))
    streaming = request.verb is Verb.STREAM
    bookmarks = query.get("allowWatchBookmarks") in {"1", "true"}
    if streaming and wanted > store.version:
        raise ahead(wanted, store.version)
    backlog: list[bytes] = []
    history: list[Event] = []
    since = wanted
    if streaming or not wanted:
        since = store.version
        backlog = [wording.event("ADDED", obj) for obj in store.objects(request.resource) if obj in selection]
        if streaming and bookmarks:
            backlog.append(wording.bookmark(since, complete=True))
    else:
        # A version that lies ahead is no error here: nothing is sent up to it (seen).
        history = store.since(request.resource, wanted)
    return Watch(
        store,
        request,
        wording,
        selection,
        since=since,
        backlog=backlog,
        history=history,
        bookmarks=bookmarks,
        seconds=float(query.get("timeoutSeconds") or 0) or _WATCH_SECONDS,
    )
