"""Follows one resource in one scope: lists it, watches it, and tells a sink exactly what changed.

It follows the rules of client-go's reflector. The supervisor decides when to start and stop it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, ExitStack
from http import HTTPStatus
from random import Random
from time import time
from typing import Generic, NamedTuple

import msgspec

from astrolabe import tracing
from astrolabe.kube.applier import EventApplier, Rewound
from astrolabe.kube.backoff import FIRST, HEALTHY, Backoff
from astrolabe.kube.exchange import ApiFailure, opened
from astrolabe.kube.lines import LineTooLong
from astrolabe.kube.listing import Listing, PagedListing, current_version
from astrolabe.kube.objectstore import ObjectStore
from astrolabe.kube.observer import Decoder, Observer, Result, Sink, T, Wants, WatchState
from astrolabe.kube.patience import UNANSWERED, Patience
from astrolabe.kube.phases import Phases
from astrolabe.kube.resource import Resource, Scope
from astrolabe.kube.transport import Response, Transport, Unreachable
from astrolabe.kube.watching import Deadline, batches, watch_query, watch_seconds
from astrolabe.kube.wire import precedes

FORBIDDEN_RETRY = 300.0
"""Seconds between attempts to list a kind that is forbidden."""
STEADY = 30.0
"""Seconds; a watch that ends sooner counts as a fault."""
CAUGHT_UP = 1.0
"""Seconds without an event after which a watch from a restored state has sent all missed events."""
AMENDS = 30.0
"""Seconds after which a lost event leads to a new list."""


class ReflectorOptions(msgspec.Struct, frozen=True):
    """How lists are requested."""

    streaming: bool = True
    """Request streaming lists if the server supports them."""
    from_cache: bool = False
    """List with resourceVersion=0. This spares etcd, but the list comes in one body and may be old."""


class Checkpoint(NamedTuple, Generic[T]):
    """Where an earlier process stopped."""

    version: str
    """The resource version up to which all events were processed; empty if it is not known."""
    items: Iterable[T]
    api_version: str = ""
    """Group and version of the API that the items were read in; empty if the watch has the same."""


class Reflector(Generic[T]):
    """Keeps a sink up to date with the API server. `run` ends only by cancellation."""

    def __init__(
        self,
        transport: Transport,
        resource: Resource,
        scope: Scope,
        decode: Decoder[T],
        sink: Sink[T],
        observer: Observer,
        *,
        random: Random,
        options: ReflectorOptions,
        most: int | None = None,
        wants: Wants | None = None,
        restored: Checkpoint[T] | None = None,
        on_phase: Callable[[], None] = lambda: None,
        on_failure: Callable[[], None] = lambda: None,
        now: Callable[[], float] = time,
    ) -> None:
        self._transport = Patience(transport, self._unanswered)
        self._resource = resource
        self._scope = scope
        self._path = resource.path(scope.namespace)
        self._sink = sink
        self._observer = observer
        self._random = random
        self._about = {
            "astrolabe.resource": resource.name,
            **({"astrolabe.scope": str(scope)} if str(scope) else {}),
        }
        self._loop = asyncio.get_running_loop()
        self._backoff = Backoff(self._loop.time, random)
        self._contents = ObjectStore(sink, most)
        self._intake = EventApplier(resource, decode, self._contents, observer, wants)
        self._from_cache = options.from_cache
        self._can_stream = options.streaming and not options.from_cache
        self._stream_next = True
        self._pages: PagedListing[T] | None = None
        self._doubtful = False
        self._relisted = float("-inf")
        self._reason = ""
        """Why the next list is necessary, if there was one before."""
        self._reached = ""
        """The server's version when a restored state was compared with it."""
        self._now = now
        self.state = WatchState(resource.name, scope, since=now())
        self._phases = Phases(self.state, now=now, on_phase=on_phase, on_failure=on_failure)
        if restored is not None:
            # The sink has taken these in already; what changed since then comes as events.
            self._contents.known.update((item.id, item) for item in restored.items)
            self._intake.version = restored.version
            self.state.held = bool(restored.version)
            self.state.objects = len(self._contents.known)
            if restored.api_version not in ("", resource.api_version):
                # Each object is to be read in this version, whether it changed or not.
                self._contents.outdated = set(self._contents.known)
                self._intake.version = ""
            self._doubtful = bool(self._intake.version)

    @property
    def known(self) -> dict[str, T]:
        """The objects that the sink knows, by id. Do not change it."""
        return self._contents.known

    @property
    def version(self) -> str:
        """The resource version of `known`; empty while a list is due."""
        return self._intake.version

    @property
    def resumable(self) -> str:
        """The resource version from which another process may continue; empty if it has to list."""
        return "" if self._intake.lost else self._intake.version

    async def run(self) -> None:
        """List and watch for ever."""
        try:
            while True:
                started = self._loop.time()
                try:
                    delay = await self._follow()
                except ApiFailure as failure:
                    delay = self._refused(failure)
                except Rewound as reason:
                    delay = self._relist(str(reason))
                except (Unreachable, LineTooLong) as failure:
                    self._phases.enter("failing", str(failure))
                    delay = self._backoff.next()
                    if self._transport.waiting:
                        # To have waited in vain was a pause as well.
                        delay = max(FIRST, delay - (self._loop.time() - started))
                # Even without a delay others have their turn.
                await asyncio.sleep(delay)
        finally:
            self._transport.end()

    def crashed(self) -> None:
        """Start again after an unexpected exception: the known objects are compared with a new list."""
        self._pages = None
        self._intake.version = ""
        self._phases.enter("failing", "an internal error, see the log")

    async def clear(self) -> None:
        """Delete everything from the sink, after `run` has been cancelled."""
        await self._sink.work(self._contents.clear())
        self.state.objects = 0

    async def _follow(self) -> float:
        """List if necessary, then watch until the watch ends; return the seconds to wait after it."""
        if self._doubtful and self.version:
            # A server restored from an older snapshot answers a watch from a version that it has not
            # reached with silence, and skips what happens until then (tried on 1.36). Silence alone tells
            # too late: what is written meanwhile may bring it past that version.
            try:
                version = await current_version(self._transport, self._resource, self._scope)
            except (ApiFailure, Unreachable) as failure:
                self._observer.listed(self._resource.name, _result(failure))
                raise
            self._doubtful = False
            if precedes(version, self.version):
                raise Rewound(f"the server is at version {version}, older than {self.version}")
            self._reached = version
        if not self.version:
            if self.state.phase == "waiting":
                self._phases.enter("listing")
            if self._can_stream and self._stream_next:
                # Whatever goes wrong with it, the next attempt is made in pages.
                self._stream_next = False
                return await self._watch(Listing(self._comparable))
            await self._list()
        return await self._watch(None)

    async def _list(self) -> None:
        if self._pages is None:
            self._pages = PagedListing(
                self._resource,
                self._scope,
                self._comparable,
                self._intake.decode,
                from_cache=self._from_cache,
            )
        with self._traced("pages"):
            try:
                await self._pages.read(self._transport, self._sink.work)
            except (ApiFailure, Unreachable) as failure:
                self._observer.listed(self._resource.name, _result(failure))
                raise
            pages, self._pages = self._pages, None
            await self._publish(pages)

    def _traced(self, form: str) -> AbstractContextManager[object]:
        """Return the span of a list."""
        attributes = {**self._about, "astrolabe.list.form": form}
        if not self.state.listed:
            return tracing.span("list", attributes)
        return tracing.span("relist", {**attributes, "astrolabe.relist.reason": self._reason})

    async def _publish(self, listing: Listing[T]) -> None:
        await self._sink.work(self._contents.replace(listing))
        self._contents.outdated.clear()
        self._intake.version = listing.version
        self._intake.lost = False
        self._doubtful = False
        self._stream_next = True
        self._reason = ""
        tracing.note({"astrolabe.objects": len(self.known)})
        self._observer.listed(self._resource.name, "success")
        self._healthy()

    async def _watch(self, listing: Listing[T] | None) -> float:
        """Watch from where the last list or watch ended, or read a streaming list and go on from there."""
        seconds = watch_seconds(self._random)
        query = watch_query(self._scope, self.version, seconds)
        deadline = Deadline(seconds, initial=listing is not None, bookmarks=self._intake.bookmarks)
        try:
            with ExitStack() as listed:
                if listing is not None:
                    listed.enter_context(self._traced("stream"))
                async with opened(
                    self._transport, self._path, query, accept=self._resource.accept_watch
                ) as response:
                    await self._consume(response, listing, deadline, listed)
        except (ApiFailure, Unreachable, LineTooLong, Rewound) as failure:
            # A server that went away may come back as it was before.
            self._doubtful = self._doubtful or isinstance(failure, Unreachable)
            if deadline.initial:
                self._observer.listed(self._resource.name, _result(failure))
            else:
                self._observer.watched(self._resource.name, _result(failure))
            raise
        return self._ended(deadline, seconds)

    async def _consume(
        self, response: Response, listing: Listing[T] | None, deadline: Deadline, listed: ExitStack
    ) -> None:
        """Process events until the response ends; close `listed` when the list is complete."""
        # What goes on from a restored state is known once it has told what was missed.
        restored = listing is None and not self.state.listed
        steady = self._loop.call_later(CAUGHT_UP if restored else STEADY, self._healthy)
        try:
            async with deadline.limit:
                async for lines, read_at in batches(response):
                    deadline.heard()
                    self.state.last_event = self._now()
                    rest = iter(lines)
                    if listing is not None:
                        await self._sink.work(self._collected(rest, listing))
                        if listing.complete:
                            # Taking in a large list may last longer than the server may be silent.
                            deadline.suspend()
                            await self._publish(listing)
                            listed.close()
                            deadline.complete()
                            listing = None
                            lines[:] = list(rest)
                            rest = iter(lines)
                    if listing is None and lines:
                        with tracing.span("events", {**self._about, "astrolabe.events": len(lines)}):
                            await self._sink.work(self._applied(rest, read_at))
                    if listing is None and lines:
                        if not restored or not precedes(self.version, self._reached):
                            self._healthy()
                        else:
                            steady.cancel()
                            steady = self._loop.call_later(CAUGHT_UP, self._healthy)
                    # Nothing that was read is held on to while the next bytes are awaited.
                    lines.clear()
                    if self._intake.lost:
                        deadline.shorten(AMENDS)
        except TimeoutError:
            if listing is not None:
                raise Unreachable(f"{self._path}: the streaming list stopped before its end") from None
            deadline.passed = True
        finally:
            steady.cancel()
        if listing is not None:
            raise Unreachable(f"{self._path}: the streaming list was cut before its end")

    def _collected(self, lines: Iterator[bytes], listing: Listing[T]) -> Iterator[None]:
        """Take in events of a streaming list, up to the one that completes it."""
        for line in lines:
            if self._intake.collect(line, listing):
                listing.complete = True
                return
            yield

    def _applied(self, lines: Iterator[bytes], read_at: float) -> Iterator[None]:
        for line in lines:
            self._intake.apply(line, read_at)
            yield

    def _ended(self, deadline: Deadline, seconds: float) -> float:
        """Judge a watch that ended without an error; return the seconds to wait."""
        if self._intake.lost:
            return self._relist("an event could not be read")
        lasted = deadline.lasted
        if lasted < STEADY and not deadline.spoken:
            self._observer.watched(self._resource.name, "error")
            self._phases.enter(
                "failing", f"{self._path}: the watch closed after {lasted:.1f} s without an event"
            )
            return self._backoff.next()
        # Before its time a server ends what it serves because it goes down.
        self._doubtful = deadline.passed or not deadline.spoken or lasted < seconds
        self._observer.watched(self._resource.name, "error" if deadline.passed else "success")
        if lasted < STEADY:
            return self._backoff.next()
        return 0.0 if lasted >= seconds else self._backoff.gentle()

    def _refused(self, failure: ApiFailure) -> float:
        """Decide what to do after a refusal of the API server; return the seconds to wait."""
        streaming = not self.version and not self._stream_next and self._pages is None
        if streaming and self._can_stream and failure.unsupported:
            self._can_stream = False
            self._phases.log.info("lists are read in pages", reason=str(failure))
            return 0.0
        if failure.initializing:
            return max(self._backoff.next(), failure.retry_after)
        if failure.expired or (self._pages is not None and not failure.passing):
            # A half-read list is of no use either.
            self._pages = None
        if failure.expired:
            return self._relist(str(failure))
        if failure.code == HTTPStatus.FORBIDDEN:
            self._phases.enter("forbidden", str(failure))
            return FORBIDDEN_RETRY
        self._phases.enter("absent" if failure.code == HTTPStatus.NOT_FOUND else "failing", str(failure))
        return max(self._backoff.next(), failure.retry_after)

    def _relist(self, reason: str) -> float:
        self._phases.log.info("relisting", reason=reason)
        self._reason = reason
        self._intake.version = ""
        self._intake.lost = False
        now = self._loop.time()
        again, self._relisted = now - self._relisted < HEALTHY, now
        return self._backoff.next() if again else self._backoff.gentle()

    @property
    def _comparable(self) -> dict[str, T]:
        """Known objects that a list keeps if they did not change; none while some are of another version."""
        return {} if self._contents.outdated else self.known

    def _unanswered(self) -> None:
        self._phases.unanswered(f"{self._path}: no answer for {UNANSWERED:g} s")

    def _healthy(self) -> None:
        self._phases.healthy(len(self.known), listed=bool(self.version))


def _result(failure: Exception) -> Result:
    forbidden = isinstance(failure, ApiFailure) and failure.code == HTTPStatus.FORBIDDEN
    return "forbidden" if forbidden else "error"
