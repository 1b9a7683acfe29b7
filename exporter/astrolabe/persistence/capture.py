"""The state to keep: the parts of the exporter that a restart would lose, read at one moment."""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping, Sequence
from typing import NamedTuple

import msgspec
from msgspec.structs import replace

from astrolabe.derived.access.access import Access
from astrolabe.derived.changes.recent import Change, Recent
from astrolabe.derived.cost.sleepers import Remembered
from astrolabe.derived.cost.source import CostSource
from astrolabe.derived.sleep.ledger import Ledger
from astrolabe.derived.sleep.seam import Asleep
from astrolabe.derived.sleep.source import SleepSource
from astrolabe.graph.facts import kind_of
from astrolabe.graph.relations import Relations
from astrolabe.kube.supervisor import Place
from astrolabe.persistence.codec import encode
from astrolabe.persistence.state import Version

EVENT_LAG = 60.0
"""Seconds that an event may come after what it tells of, at most."""
ENCODED_PER_STEP = 2000
"""Ended sleeps, or relations of access, that are encoded at a stretch."""


class StateSource(NamedTuple):
    """The parts that are read. Between two turns of the event loop they fit together."""

    graph: Relations
    versions: Callable[[], Mapping[Place, str]]
    """How far each place is known."""
    kind_of: Callable[[str], str]
    """The kind, as in `Facts.kind`, of a resource's objects; empty where it has none in the graph."""
    ready: Callable[[], bool]
    """Whether everything has listed once."""
    sleep: SleepSource
    cost: CostSource
    access: Access | None = None
    changes: Recent | None = None

    def moment(self, known: float) -> Capture:
        """Return everything but the facts, as of now.

        Until everything has been heard of again, what happened since the time `known` (Unix seconds) may not
        have been seen: of that the memories must not say that it did not happen.
        """
        versions = [
            Version(place.resource, kind, place.scope, version)
            for place, version in self.versions().items()
            if (kind := self.kind_of(place.resource))
        ]
        ledger = self.sleep.ledger()
        at = ledger.at if self.ready() else min(known, ledger.at)
        return Capture(
            versions,
            replace(ledger, ended=[], at=0.0),
            ledger.ended,
            at,
            self.cost.remember(ledger.at - at + EVENT_LAG),
        )


class Capture(NamedTuple):
    """Everything but the facts. Nothing of it changes any more."""

    versions: list[Version]
    ledger: Ledger
    ended: list[Asleep]
    at: float
    """Unix seconds."""
    cost: Remembered

    def without(self, ids: set[str]) -> Capture:
        """Return it with the kinds of some objects known to no version, so that they are listed again."""
        if not ids:
            return self
        kinds = {kind_of(each) for each in ids}
        return self._replace(
            versions=[
                replace(version, version="") if version.kind in kinds else version
                for version in self.versions
            ]
        )


class Parts:
    """Turns moments into the parts that are written, each only where it differs from the last time."""

    def __init__(self) -> None:
        self._written: dict[str, bytes] = {}
        self._ends: tuple[object, ...] = ()
        self._access = self._changes = -1

    def forget(self) -> None:
        """Write everything the next time."""
        self._written = {}
        self._ends = ()
        self._access = self._changes = -1

    def seldom(self, subject: StateSource) -> Generator[None, None, dict[str, bytes]]:
        """Return the parts that are large and can wait, each where it differs from the last time."""
        parts = {}
        if (access := subject.access) is not None and access.changes != self._access:
            self._access = access.changes
            pieces = []
            for part in access.remember(ENCODED_PER_STEP):
                pieces.append(encode(part))
                yield
            parts["access"] = msgspec.msgpack.encode(pieces)
        if (recent := subject.changes) is not None and recent.changes != self._changes:
            self._changes = recent.changes
            parts["changes"] = yield from in_pieces(recent.remember())
        return parts

    def differing(self, moment: Capture, *, cost: bytes | None) -> Generator[None, None, dict[str, bytes]]:
        """Return the parts to write; `cost` replaces the moment's own."""
        parts: dict[str, bytes] = {}
        for name, value in (("versions", moment.versions), ("ledger", moment.ledger)):
            parts[name] = encode(value)
            yield
        parts["cost"] = encode(moment.cost) if cost is None else cost
        parts = {name: data for name, data in parts.items() if self._written.get(name) != data}
        self._written |= parts
        # Ended sleeps may be thousands. They come at one end and go at the other: the ends tell of a change.
        ended = moment.ended
        ends = (len(ended), *ended[:1], *ended[-1:])
        if ends != self._ends:
            self._ends = ends
            parts["ended"] = yield from in_pieces(ended)
        return {**parts, "at": repr(moment.at).encode()}


def in_pieces(items: Sequence[Asleep | Change]) -> Generator[None, None, bytes]:
    """Return a long list encoded."""
    pieces = []
    for start in range(0, len(items), ENCODED_PER_STEP):
        yield
        pieces.append(encode(items[start : start + ENCODED_PER_STEP]))
    return msgspec.msgpack.encode(pieces)
