"""The audit's chain: nothing is changed, removed or added unseen."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from astrolabe.override import chain, events, records
from astrolabe.override.chain import Broken, Head, Record
from astrolabe.override.ledger import Ledger, replay
from tests.override.memory import MemoryStore
from tests.override.test_store import refused, some
from tests.override.world import ANN, HOUR, KEY, MONDAY, Service, World

LOG = some(6)
OTHER = chain.seal(b"another key", Head(), [refused(1)])


def verify(log: list[Record], key: bytes = KEY) -> Head:
    return replay(key, log)[1]


def test_whole() -> None:
    assert verify(LOG) == Head(6, LOG[-1].code)
    assert verify([]) == Head()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda log: log[1:], "the records before 2 are missing, and there is no checkpoint for them"),
        (lambda log: [*log[:2], *log[3:]], "record 3 is missing: the next one there is 4"),
        (lambda log: [log[1], log[0], *log[2:]], "the records before 2 are missing"),
        (lambda log: [*log[:2], Record(3, log[2].body, log[3].code), *log[3:]], "record 3 was changed"),
        (lambda log: [*log[:2], Record(3, log[3].body, log[2].code), *log[3:]], "record 3 was changed"),
        (lambda log: [*log, Record(7, log[0].body, log[0].code)], "record 7 was changed"),
        (lambda _log: OTHER, "record 1 was changed, or sealed with another key"),
        (lambda log: [Record(1, b"no JSON", "0"), *log[1:]], "record 1 was changed"),
        (lambda log: [Record(2, b"no JSON", "0"), *log[2:]], "record 2 cannot be read"),
    ],
)
def test_a_change_is_seen(change: Callable[[list[Record]], list[Record]], message: str) -> None:
    with pytest.raises(Broken) as broken:
        verify(change(LOG))
    assert message in str(broken.value)


@given(st.integers(0, 5), st.binary(min_size=1, max_size=40), st.integers(0, 200))
def test_any_change_of_a_body_is_seen(index: int, piece: bytes, place: int) -> None:
    record = LOG[index]
    place %= len(record.body)
    body = record.body[:place] + piece + record.body[place + len(piece) :]
    changed = [*LOG[:index], Record(record.sequence, body, record.code), *LOG[index + 1 :]]
    if body == record.body:
        verify(changed)
    else:
        with pytest.raises(Broken):
            verify(changed)


def test_a_forged_checkpoint_is_seen() -> None:
    forged = events.Checkpoint(at=MONDAY, previous=LOG[2].code, next_number=1, overrides=(), holds=())
    log = [chain.checkpoint(b"another key", 3, forged), *LOG[3:]]
    with pytest.raises(Broken, match="checkpoint 3 was changed, or sealed with another key"):
        verify(log)


async def test_a_cut_tail_is_seen_by_who_knew_it() -> None:
    store = MemoryStore()
    ledger = Ledger(store, KEY)
    await ledger.commit(lambda _state: [refused(number) for number in range(4)])
    del store.records[3:]
    with pytest.raises(Broken, match="the records after 3 are gone: there were 4"):
        await ledger.verify()
    assert ledger.broken
    with pytest.raises(Broken, match="records before 5 are gone from the database"):
        await ledger.commit(lambda _state: [refused(5)])


async def test_replay_from_a_checkpoint_is_the_same_state() -> None:
    store = MemoryStore()
    service = Service(World(asleep=lambda _now: True), store)
    first = await service.ask("dev", "wake", HOUR)
    await service.settle()
    service.now += 2 * HOUR
    await service.settle()
    running = await service.ask("staging", "wake", 3 * HOUR)
    await service.settle()
    for sequence in range(2, len(store.records)):
        copy = MemoryStore(list(store.records))
        ledger = Ledger(copy, KEY)
        await ledger.load()
        cut = store.records[sequence].event.at
        await ledger.retain(cut + 90 * 86400 + 0.1, 90)
        state, _ = replay(KEY, copy.records)
        assert state.holds == ledger.state.holds
        assert state.next_number == ledger.state.next_number
        assert state.overrides[running] == ledger.state.overrides[running]
        assert state.overrides.get(first, ledger.state.overrides[first]) == ledger.state.overrides[first]


async def test_an_export_can_be_verified() -> None:
    service = Service(World(), MemoryStore())
    await service.ask("dev", "sleep", HOUR)
    await service.settle()
    log = await service.store.read()
    assert records.from_json_lines(records.as_json_lines(log)) == log
    assert verify(records.from_json_lines(records.as_json_lines(log))) == service.ledger.head


async def test_csv() -> None:
    service = Service(World(), MemoryStore())
    await service.ask("dev", "sleep", HOUR, ANN, words="1h")
    await service.settle()
    lines = records.as_csv(await service.store.read()).decode().splitlines()
    assert lines[0] == ",".join(records.COLUMNS)
    first = lines[1].rpartition(",")[0]
    assert first == (
        "1,2026-11-23T09:00:00Z,asked,token:ann,ann,api,dev,1,sleep,2026-11-23T10:00:00Z,,roles.developer,1h,"
    )
    assert len(lines) == len(service.store.records) + 1  # type: ignore[attr-defined]


def test_a_formula_is_text_in_a_spreadsheet() -> None:
    event = events.Refused(
        at=MONDAY,
        by=ANN,
        environment="=HYPERLINK(1)",
        action="wake",
        reason="@SUM(1)",
        rule="roles",
        message="-",
    )
    line = records.as_csv(chain.seal(KEY, Head(), [event])).decode().splitlines()[1]
    assert ",'=HYPERLINK(1)," in line
    assert ",'@SUM(1)," in line


def test_a_line_that_is_no_record() -> None:
    with pytest.raises(records.Unreadable, match="line 2: no record of the audit"):
        records.from_json_lines(records.as_json_lines(LOG[:1]) + b"nonsense\n")
