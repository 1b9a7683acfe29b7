"""What the outside learns from following an API server."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator, Mapping
from typing import Literal, Protocol, TypeAlias, TypeVar

import msgspec

from astrolabe.kube.resource import Scope

Phase: TypeAlias = Literal["waiting", "listing", "synced", "forbidden", "absent", "failing"]
Result: TypeAlias = Literal["success", "error", "forbidden"]


ENOUGH = 3
"""Failures in a row after which readiness no longer waits for a kind, if other kinds are answered."""


class WatchState(msgspec.Struct):
    """The state of the watch of one resource in one scope. Times are Unix seconds."""

    resource: str
    """`plural.group`."""
    scope: Scope
    phase: Phase = "waiting"
    since: float = 0.0
    """When the phase began."""
    error: str = ""
    """The last error in one line, empty while all is well."""
    listed: bool = False
    """Whether a whole list was read, or a watch went on from a restored state."""
    held: bool = False
    """Whether the objects are shown from an earlier process, or as read in another version of the API."""
    failures: int = 0
    """Attempts that failed since the last one that worked."""
    given_up: bool = False
    """Whether readiness no longer waits for it, because it failed again and again while others did not."""
    objects: int = 0
    last_event: float = 0.0
    """When the API server last said anything, bookmarks included; 0 before."""

    @property
    def settled(self) -> bool:
        """Whether everything is known that may be known."""
        return self.listed or self.phase == "forbidden"

    @property
    def troubled(self) -> bool:
        """Whether the last attempt failed; what is forbidden is no fault of a server's."""
        return self.phase in ("failing", "absent")

    @property
    def synced(self) -> bool:
        """Whether everything is known; through an outage too, but not once it may no longer be read."""
        return self.listed and self.phase != "forbidden"


class Observer(Protocol):
    """Telemetry of following. Called synchronously, often: it must be quick and must not raise."""

    def listed(self, resource: str, result: Result) -> None:
        """Count a list, streaming or paged, that ended."""
        ...

    def watched(self, resource: str, result: Result) -> None:
        """Count a watch that ended."""
        ...

    def event(self, resource: str, type: str) -> None:  # noqa: A002  (the protocol's own name)
        """Count a watch event: ADDED, MODIFIED, DELETED, BOOKMARK or ERROR."""
        ...

    def decode_error(self, resource: str) -> None:
        """Count an object or a line that could not be understood and was skipped."""
        ...

    def synced(self, resource: str, synced: bool) -> None:
        """Say whether every scope of the resource is known: False at first, and while one is forbidden."""
        ...

    def forgotten(self, resource: str) -> None:
        """Learn that the resource is no longer followed; its items have been deleted from the sink."""
        ...


class Item(Protocol):
    """One decoded object."""

    @property
    def id(self) -> str:
        """Unique among everything that is followed, the same for every object of this kind and name."""
        ...

    @property
    def uid(self) -> str:
        """The UID, which tells an object from an earlier one of the same name."""
        ...

    @property
    def resource_version(self) -> str:
        """The object's resourceVersion."""
        ...


T = TypeVar("T", bound=Item)
Decoder: TypeAlias = Callable[[msgspec.Raw, Mapping[str, T]], T]
"""Turns an object's JSON into an item, with the help of the items known so far by id; raises anything."""

Wants: TypeAlias = Callable[[str], bool]
"""Whether objects of a namespace are wanted; asked before an object is decoded."""

T_contra = TypeVar("T_contra", bound=Item, contravariant=True)

Work: TypeAlias = Callable[[Iterator[object]], Awaitable[None]]
"""See `Sink.work`."""


class Sink(Protocol[T_contra]):
    """Takes the changes, in order and each exactly once.

    `read_at` is the `time.perf_counter()` at which the bytes of a watch event were read; None for what comes
    out of a list, or goes because the resource is no longer followed.
    """

    def put(self, item: T_contra, old: T_contra | None, read_at: float | None) -> None:
        """Take in an object as it is now; `old` (same id, same UID) is what it was, None for a new one."""
        ...

    def remove(self, item: T_contra, read_at: float | None) -> None:
        """Take out an object; `item` is its last known state, the very one that came in."""
        ...

    def covered(self, resource: str, complete: bool) -> None:
        """Learn whether every scope of the resource is known.

        False at first, while one is forbidden, and once the resource is no longer followed.
        """
        ...

    async def work(self, steps: Iterator[object]) -> None:
        """Do what takes in many objects, sharing the event loop with everybody else."""
        ...
