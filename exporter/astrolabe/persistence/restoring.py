"""Reads the state of an earlier process. Whatever the data, the start continues within two seconds."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from time import perf_counter, time
from typing import NamedTuple

import structlog

from astrolabe.graph.facts import Facts
from astrolabe.persistence.codec import Unreadable, decode, unpack
from astrolabe.persistence.scope import StateScope
from astrolabe.persistence.state import (
    Kept,
    Mismatch,
    Restored,
    Version,
    check,
    checkpoints,
    memories,
    memory_of_access,
    memory_of_changes,
)
from astrolabe.persistence.store import Reason, StateStore, StoreError
from astrolabe.scheduling.scheduler import Scheduler
from astrolabe.scheduling.steps import Steps

PATIENCE = 2.0
"""Seconds to wait for an answer."""

log = structlog.get_logger(__name__)


class Outcome(NamedTuple):
    """The result of a restore."""

    restored: Restored = Restored()
    cost: bytes | None = None
    """The memory of cost, as bytes from the store."""
    trouble: Reason | None = None


async def restore(state_store: StateStore, followed: StateScope) -> Outcome:
    """Return the kept state that this process can use. One log line says why other state is not used."""
    start = perf_counter()
    try:
        async with asyncio.timeout(PATIENCE):
            kept = await state_store.load()
    except StoreError as trouble:
        return _without(str(trouble), trouble.reason)
    except TimeoutError:
        return _without(f"no answer within {PATIENCE:g} s", "timeout")
    if kept is None:
        log.info("no state is kept yet")
        return Outcome()
    try:
        restored, program = await _read(kept, followed)
    except Mismatch as reason:
        return _without(str(reason))
    except Unreadable as reason:
        return _without(f"what is kept cannot be read: {reason}", "garbage")
    except Exception as error:  # noqa: BLE001  (whatever lies there, it must not stop the start)
        return _without(f"what is kept cannot be read: {type(error).__name__}", "garbage")
    assert restored.ledger is not None
    log.info(
        "state restored",
        objects=sum(len(list(checkpoint.items)) for checkpoint in restored.checkpoints.values()),
        age=f"{max(0.0, time() - restored.ledger.at):.0f} s",
        seconds=round(perf_counter() - start, 2),
        **({} if program == followed.program else {"left_out": f"objects, which version {program} kept"}),
    )
    return Outcome(restored, kept.parts.get("cost"))


async def _read(kept: Kept, followed: StateScope) -> tuple[Restored, str]:
    """Return the state and the version of the program that kept it."""
    program = check(kept.parts, len(kept.blocks), followed).program
    ledger, cost = memories(kept.parts)
    access, changes = memory_of_access(kept.parts), memory_of_changes(kept.parts)
    if program != followed.program:
        return Restored({}, ledger, cost, access, changes), program
    versions = decode(kept.parts["versions"], list[Version]) if "versions" in kept.parts else []
    facts: list[Facts] = []
    await Scheduler().work(_unpacked(kept.blocks, facts))
    return Restored(checkpoints(versions, facts), ledger, cost, access, changes), program


def _unpacked(blocks: Sequence[bytes], facts: list[Facts]) -> Steps[None]:
    for found in unpack(blocks):
        facts += found
        yield


def _without(why: str, reason: Reason | None = None) -> Outcome:
    log.warning(
        "state not restored", reason=why, consequence="everything is listed again, counters start at 0"
    )
    return Outcome(trouble=reason)
