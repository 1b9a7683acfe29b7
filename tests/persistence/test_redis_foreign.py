"""Something else in a real Redis under the keys of the state: it is said, it goes, one alone writes."""

from __future__ import annotations

import zlib
from collections.abc import Callable
from typing import Any

import pytest

from astrolabe.persistence import redis as shelves
from astrolabe.persistence.store import LeaseHeld, StoreError
from tests.persistence.running import KEY, errors, kept, process, settled, state_store, until, up, warnings
from tests.persistence.servers import Server
from tests.persistence.test_writer import contents, pod

pytestmark = [pytest.mark.real, pytest.mark.usefixtures("quick")]

LEASE = f"{KEY}:writer"


@pytest.fixture
def short(monkeypatch: pytest.MonkeyPatch) -> int:
    """Milliseconds that a lease may last."""
    monkeypatch.setattr(shelves, "_LEASE_MILLISECONDS", 500)
    return 500


@pytest.mark.usefixtures("short")
@pytest.mark.parametrize("value", ["garbage", "", "\x00\xff", "x" * 100_000, "other/1/aa"])
async def test_a_foreign_value_under_the_writers_key_goes(
    server: Server, logs: list[Any], value: str
) -> None:
    """Without an end it would be there for ever."""
    server.client.set(LEASE, value)
    async with process(server.address) as one:
        one.happen(1, pod("a"))
        await until(lambda: up(one) and one.state_writer._generation)
        await settled(one)
        assert await kept(server.address) == one.facts()
    if value != "other/1/aa":
        # The name of an exporter may be that of one which is just so slow.
        assert errors(one, "garbage") > 0
        assert [line for line in warnings(logs) if LEASE in line] == warnings(logs)
        assert len(warnings(logs)) == 1
        assert len(warnings(logs)[0]) < 300


async def test_what_is_written_again_and_again_is_said_and_not_overwritten(
    server: Server, logs: list[Any]
) -> None:
    server.client.set(LEASE, "somebody else", px=60_000)
    async with process(server.address) as one:
        one.happen(1, pod("a"))
        await until(lambda: errors(one, "garbage") > 3)
        assert not up(one)
        assert server.client.get(LEASE) == b"somebody else"
        # It has an end now, no later than that of a lease.
        assert 0 < server.client.pttl(LEASE) <= 15_000
        server.client.delete(LEASE)
        await until(lambda: up(one))
        await settled(one)
    assert len(warnings(logs)) == 1


async def test_a_lease_of_an_exporter_that_lives_is_left_to_it(server: Server, short: int) -> None:
    one, two = state_store(server.address, writer="a/1/aa"), state_store(server.address, writer="b/1/bb")
    server.client.set(LEASE, "a/1/aa", px=short - 100)
    before = server.client.pttl(LEASE)
    assert (await two.taken_by()).name == "a/1/aa"
    assert (await one.taken_by()).name == ""
    # Nobody but who holds it makes it last longer.
    assert server.client.pttl(LEASE) <= before
    await one.close()
    await two.close()


@pytest.mark.usefixtures("short")
async def test_two_that_wait_for_it_to_go_do_not_both_write(server: Server) -> None:
    server.client.set(LEASE, "garbage")
    async with (
        process(server.address, writer="a/1/aa") as one,
        process(server.address, writer="b/1/bb") as two,
    ):
        for each in (one, two):
            each.state_writer._host = each.state_store._writer.partition("/")[0]  # type: ignore[attr-defined]
            each.happen(1, pod(each.state_writer._host))
        await until(lambda: one.state_writer._claimed or two.state_writer._claimed)
        writer, other = (one, two) if one.state_writer._claimed else (two, one)
        for version in range(2, 30):
            writer.happen(version, pod("a", version))
            await settled(writer)
            assert not other.state_writer._claimed
            assert server.client.get(LEASE).decode() == writer.state_store._writer  # type: ignore[attr-defined]
        with pytest.raises(LeaseHeld):
            await other.write()


WRONG_TYPES: list[tuple[str, Callable[[Any, str], object]]] = [
    ("string", lambda client, key: client.set(key, "garbage")),
    ("list", lambda client, key: client.rpush(key, "x", "y")),
    ("hash", lambda client, key: client.hset(key, "generation", "x")),
    ("set", lambda client, key: client.sadd(key, "x")),
    ("sorted set", lambda client, key: client.zadd(key, {"x": 1})),
    ("stream", lambda client, key: client.xadd(key, {"x": 1})),
]


@pytest.mark.usefixtures("short")
@pytest.mark.parametrize("kind", [kind for kind, _ in WRONG_TYPES])
@pytest.mark.parametrize("place", ["parts", "blocks", "writer"])
async def test_another_type_under_each_key(server: Server, logs: list[Any], place: str, kind: str) -> None:
    async with process(server.address) as one:
        one.happen(1, pod("a"))
        await settled(one)
    generation = server.client.hget(KEY, "generation").decode()
    key = {"parts": KEY, "blocks": f"{KEY}:{generation}", "writer": LEASE}[place]
    server.client.delete(key)
    dict(WRONG_TYPES)[kind](server.client, key)
    async with process(server.address) as two:
        assert contents(two.restored) in ({}, one.facts())  # type: ignore[attr-defined]
        two.happen(1, pod("b"))
        await until(lambda: two.state_writer._generation)
        await settled(two)
        assert up(two)
        assert await kept(server.address) == two.facts()
    assert len(warnings(logs)) <= 1 + (place == "writer" and kind == "string")


def truncated(client: Any) -> None:
    for field, value in client.hgetall(KEY).items():
        client.hset(KEY, field, value[: len(value) // 2])


def bombs(client: Any) -> None:
    """A few KB that become more than a process may hold."""
    client.hset(KEY, "ledger", zlib.compress(b"[" * (200 << 20), 9))


@pytest.mark.parametrize(
    ("spoil", "reason"),
    [
        (truncated, "what is kept cannot be read"),
        (bombs, "what is kept cannot be read: a part is cut off, or too large"),
        (lambda client: client.hset(KEY, "format", "2"), "it is of format 2, this version has 1"),
        (
            lambda client: client.hset(KEY, "format", "9" * 5000),
            "what is kept cannot be read: a number is none",
        ),
        (lambda client: client.hset(KEY, "generation", b"\x00\xff"), "what is kept cannot be read: 0 blocks"),
        (lambda client: client.hset(KEY, "at", "nan"), "what is kept cannot be read: a time is none"),
        (lambda client: client.hset(KEY, "at", "1e300"), "what is kept cannot be read: a time is none"),
        (lambda client: client.hset(KEY, b"\xff", "x"), ""),
    ],
)
async def test_parts_that_are_spoiled(
    server: Server, logs: list[Any], spoil: Callable[[Any], object], reason: str
) -> None:
    async with process(server.address) as one:
        one.happen(1, pod("a"))
        await settled(one)
    spoil(server.client)
    async with process(server.address, writer="other/1") as two:
        two.happen(1, pod("b"))
        await until(lambda: two.state_writer._generation)
        await settled(two)
        assert up(two)
        assert await kept(server.address) == two.facts()
    said = [line.removeprefix("state not restored: ") for line in warnings(logs)]
    assert len(said) == bool(reason)
    assert all(line.startswith(reason) for line in said), said


async def test_more_than_a_state_can_be_is_not_read(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shelves, "STATE_BYTES", 1 << 20)
    server.client.hset(KEY, mapping={"generation": "g", "x": "y"})
    server.client.rpush(f"{KEY}:g", *(["z" * 100_000] * 11))
    found = state_store(server.address)
    with pytest.raises(StoreError, match="the stored state is larger than 1 MiB"):
        await found.load()
    await found.close()
