"""The state that is kept besides facts, and what a restart gets back. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

import msgspec

from astrolabe.derived.access import seen as access
from astrolabe.derived.changes.recent import Change
from astrolabe.derived.cost.sleepers import Remembered
from astrolabe.derived.sleep.ledger import Ledger
from astrolabe.derived.sleep.seam import Asleep
from astrolabe.graph.facts import Facts
from astrolabe.kube.reflector import Checkpoint
from astrolabe.kube.resource import Scope
from astrolabe.kube.supervisor import Place
from astrolabe.persistence.codec import Unreadable, decode
from astrolabe.persistence.scope import FORMAT, StateScope

_ORDER = {"SleepInfo": -1, "ReplicaSet": 1, "Job": 1, "Pod": 2}
"""Kinds that others usually own come after those, which costs the graph a third less. SleepInfos come first:
an operation under way whose SleepInfo is not there counts as that of a deleted one."""


_LATEST = 2.0**34
"""Unix seconds, in the year 2514."""


class Version(msgspec.Struct, frozen=True):
    """How far one resource is known in one scope."""

    resource: str
    """`plural.group`."""
    kind: str
    """As in `Facts.kind`."""
    scope: Scope
    version: str
    """Everything up to this resource version is in the facts; empty when that is not known."""


class Kept(NamedTuple):
    """What lies in Redis, read at one moment."""

    parts: Mapping[str, bytes]
    blocks: Sequence[bytes]


class Restored(NamedTuple):
    """What an earlier process knew."""

    checkpoints: Mapping[Place, Checkpoint[Facts]] = {}
    ledger: Ledger | None = None
    cost: Remembered | None = None
    access: access.Remembered | None = None
    changes: tuple[Change, ...] = ()
    """What changed in the last 24 hours."""


class Mismatch(Exception):
    """What is kept is of another format, or of a process that follows something else."""


def check(parts: Mapping[str, bytes], blocks: int, followed: StateScope) -> StateScope:
    """Return who kept it; raises `Mismatch`, and `Unreadable` where something is missing."""
    kept = match(parts, followed)
    if (written := _number(parts, "blocks")) != blocks:
        raise Unreadable(f"{blocks} blocks are there, {written} were written")
    return kept


def match(parts: Mapping[str, bytes], followed: StateScope) -> StateScope:
    """Return who kept some parts; raises `Mismatch`, and `Unreadable` where something is missing."""
    if (form := _number(parts, "format")) != FORMAT:
        raise Mismatch(f"it is of format {form}, this version has {FORMAT}")
    if "followed" not in parts:
        raise Unreadable("the part 'followed' is not there")
    kept = decode(parts["followed"], StateScope)
    if different := followed.differences(kept):
        raise Mismatch(f"it was kept with other settings: {', '.join(different)}")
    return kept


def _number(parts: Mapping[str, bytes], name: str) -> int:
    try:
        return int(parts[name])
    except KeyError as missing:
        raise Unreadable(f"the part {missing} is not there") from None
    except ValueError:
        raise Unreadable("a number is none") from None


def memories(parts: Mapping[str, bytes]) -> tuple[Ledger, Remembered]:
    """Return the ledger of sleep and the memory of cost; raises `Unreadable`."""
    try:
        ledger = decode(parts["ledger"], Ledger)
        for piece in msgspec.msgpack.decode(parts["ended"], type=list[bytes]):
            ledger.ended += decode(piece, list[Asleep])
        ledger.at = float(parts["at"])
        if not 0 <= ledger.at <= _LATEST:
            raise Unreadable("a time is none")
        return ledger, decode(parts["cost"], Remembered)
    except KeyError as missing:
        raise Unreadable(f"the part {missing} is not there") from None
    except (ValueError, msgspec.MsgspecError):
        raise Unreadable("a part does not hold what it should") from None


def memory_of_access(parts: Mapping[str, bytes]) -> access.Remembered | None:
    """Return the memory of access, None where none was kept; raises `Unreadable`."""
    if "access" not in parts:
        return None
    try:
        pieces = msgspec.msgpack.decode(parts["access"], type=list[bytes])
    except msgspec.MsgspecError:
        raise Unreadable("a part does not hold what it should") from None
    return access.merged(decode(piece, access.Remembered) for piece in pieces)


def memory_of_changes(parts: Mapping[str, bytes]) -> tuple[Change, ...]:
    """Return what changed lately, nothing where none was kept; raises `Unreadable`."""
    if "changes" not in parts:
        return ()
    try:
        pieces = msgspec.msgpack.decode(parts["changes"], type=list[bytes])
    except msgspec.MsgspecError:
        raise Unreadable("a part does not hold what it should") from None
    return tuple(change for piece in pieces for change in decode(piece, list[Change]))


def checkpoints(versions: Sequence[Version], facts: Iterable[Facts]) -> dict[Place, Checkpoint[Facts]]:
    """Sort facts by the place that they came from, owners first. What belongs to none is left out."""
    found: dict[Place, list[Facts]] = {}
    places: dict[str, list[Place]] = {}
    for version in sorted(versions, key=lambda version: _ORDER.get(version.kind, 0)):
        place = Place(version.resource, version.scope)
        found[place] = []
        places.setdefault(version.kind, []).append(place)
    for item in facts:
        for place in places.get(item.kind, ()):
            scope = place.scope
            if scope.namespace in ("", item.namespace) and scope.name in ("", item.name):
                found[place].append(item)
                break
    reached = {Place(version.resource, version.scope): version.version for version in versions}
    return {
        place: Checkpoint(reached[place], items, items[0].api_version if items else "")
        for place, items in found.items()
    }
