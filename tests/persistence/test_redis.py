"""A real Redis that is away, slow, full, foreign or broken: the exporter goes on, and says so once."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, closing
from pathlib import Path
from typing import Any

import pytest

from astrolabe.persistence.redis import RedisShelf
from astrolabe.persistence.scope import StateScope
from astrolabe.persistence.store import Commit, LeaseHeld, StateLost, StoreError
from tests.persistence.running import KEY, errors, kept, process, settled, state_store, until, up, warnings
from tests.persistence.servers import PASSWORD, Server, redis
from tests.persistence.test_writer import contents, pod
from tests.ports import free_port
from tests.real.proxy import Proxy, fault_proxy

pytestmark = [pytest.mark.real, pytest.mark.usefixtures("quick")]


@pytest.fixture
def proxy(server: Server) -> Iterator[Proxy]:
    """The way to the server, as networks are."""
    with fault_proxy(server.port) as between:
        yield between


# The promises of the state store


async def test_a_step_is_taken_whole_and_only_where_it_fits(server: Server) -> None:
    async with opened(server.address) as one:
        step = Commit(generation="g1", before=0, blocks=[b"a"], parts={"x": b"1"}, first=True, lease=10)
        await one.commit(step)
        loaded = await one.load()
        assert loaded is not None
        assert (dict(loaded.parts), loaded.blocks) == ({"x": b"1", "generation": b"g1"}, [b"a"])
        for wrong in (
            Commit(generation="g1", before=0, blocks=[b"b"], parts={"x": b"2"}, lease=10),
            Commit(generation="g2", before=0, blocks=[b"b"], parts={"x": b"2"}, lease=10),
            Commit(generation="g2", before=1, blocks=[b"b"], parts={"x": b"2"}, first=True, lease=10),
        ):
            with pytest.raises(StateLost):
                await one.commit(wrong)
        assert await one.load() == loaded
        await one.prepare("g2", [b"c", b"d"])
        assert await one.load() == loaded
        await one.commit(Commit(generation="g2", before=2, blocks=[b"e"], parts={}, first=True, lease=10))
        loaded = await one.load()
        assert loaded is not None
        assert (dict(loaded.parts), loaded.blocks) == ({"generation": b"g2"}, [b"c", b"d", b"e"])
        found = server.keys()
        assert found == [KEY, f"{KEY}:g2", f"{KEY}:writer"]
        assert all(0 < server.client.ttl(key) <= 30 * 86400 for key in found)


async def test_one_process_writes_at_a_time(server: Server) -> None:
    step = Commit(generation="g", before=0, parts={}, first=True, lease=0.2)
    async with opened(server.address, "a/1") as one, opened(server.address, "b/1") as other:
        await one.commit(step)
        assert (await one.taken_by()).name == ""
        assert (await other.taken_by()).name == "a/1"
        with pytest.raises(LeaseHeld, match="a/1"):
            await other.commit(step)
        await other.commit(step, takeover=True)
        assert (await one.taken_by()).name == "b/1"
        await until(lambda: not server.client.exists(f"{KEY}:writer"))
        assert (await one.taken_by()).name == ""


@asynccontextmanager
async def opened(address: str, writer: str = "host/1") -> AsyncIterator[RedisShelf]:
    found = state_store(address, writer=writer)
    try:
        yield found
    finally:
        await found.close()


# Faults


async def test_state_goes_on_where_it_stopped(server: Server, logs: list[Any]) -> None:
    async with process(server.address) as one:
        one.happen(1, pod("a"))
        await settled(one)
        one.happen(2, pod("b"))
    assert await kept(server.address) == one.facts() != {}
    assert warnings(logs) == []


async def test_down_at_the_start_and_up_later(tmp_path: Path, logs: list[Any]) -> None:
    port = free_port()
    async with process(f"127.0.0.1:{port}") as one:
        one.happen(1, pod("a"))
        await until(lambda: errors(one, "unreachable") > 4)
        assert not up(one)
        with redis(tmp_path, port=port):
            await until(lambda: up(one))
            await settled(one)
            assert await kept(f"127.0.0.1:{port}") == one.facts()
    assert [line.partition(":")[0] for line in warnings(logs)] == ["state not restored", "state is not kept"]
    assert "is it up, and is redis_addr right?" in warnings(logs)[1]


async def test_going_away_and_coming_back_empty(tmp_path: Path, logs: list[Any]) -> None:
    port = free_port()
    async with process(f"127.0.0.1:{port}") as one:
        with redis(tmp_path, port=port):
            one.happen(1, pod("a"))
            await until(lambda: up(one))
            await settled(one)
        logs.clear()
        one.happen(2, pod("b"))
        await until(lambda: errors(one, "unreachable") > 4)
        with redis(tmp_path, port=port):
            await until(lambda: up(one))
            await settled(one)
            assert await kept(f"127.0.0.1:{port}") == one.facts()
    said = [log["event"] for log in logs if log["event"].startswith("state is")]
    assert said == ["state is not kept", "state is kept again"]


async def test_slow(server: Server, proxy: Proxy, logs: list[Any]) -> None:
    async with process(f"127.0.0.1:{proxy.port}") as one:
        proxy.delay = 0.2
        for version in range(1, 50):
            one.happen(version, pod(f"p{version}", version))
            await asyncio.sleep(0.01)
        await settled(one)
        proxy.delay = 0.0
        assert await kept(server.address) == one.facts()
        # A process that starts meanwhile waits for no more than its patience.
        proxy.delay = 3.0
        async with process(f"127.0.0.1:{proxy.port}", writer="other/1") as other:
            assert other.facts() == {}
        proxy.delay = 0.0
        await until(lambda: up(one))
        await settled(one)
    assert warnings(logs)[0].startswith("state not restored: ")
    assert await kept(server.address) == one.facts()


async def test_a_connection_that_hangs(server: Server, proxy: Proxy, logs: list[Any]) -> None:
    async with process(f"127.0.0.1:{proxy.port}") as one:
        one.happen(1, pod("a"))
        await until(lambda: up(one))
        await settled(one)
        proxy.stall()
        one.happen(2, pod("b"))
        await until(lambda: errors(one, "timeout") == 1)
        # The next attempt takes another connection.
        await until(lambda: up(one))
        await settled(one)
    assert await kept(server.address) == one.facts()
    assert len(warnings(logs)) == 1


async def test_who_accepts_and_never_answers(logs: list[Any]) -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as mute:
        async with process(f"127.0.0.1:{mute.getsockname()[1]}") as one:
            one.happen(1, pod("a"))
            await until(lambda: errors(one, "timeout") >= 2)
    assert [line.partition(":")[0] for line in warnings(logs)] == ["state not restored", "state is not kept"]


async def test_full(server: Server, logs: list[Any]) -> None:
    async with process(server.address) as one:
        one.happen(1, pod("a"))
        await until(lambda: up(one))
        await settled(one)
        before = one.facts()
        server.client.config_set("maxmemory", 1)
        one.happen(2, pod("b"))
        await until(lambda: errors(one, "full") > 3)
        # What was kept is still there and whole, and no half snapshot takes room.
        assert server.keys() == sorted(
            {KEY, f"{KEY}:{generation(server)}", f"{KEY}:writer"} & set(server.keys())
        )
        assert await kept(server.address) == before
        server.client.config_set("maxmemory", 0)
        await until(lambda: up(one))
        await settled(one)
        assert await kept(server.address) == one.facts()
    assert [line for line in warnings(logs) if "raise its maxmemory" in line] == warnings(logs)
    assert len(warnings(logs)) == 1


def generation(server: Server) -> str:
    return server.client.hget(KEY, "generation").decode()


async def test_a_read_only_replica(server: Server, tmp_path: Path, logs: list[Any]) -> None:
    async with process(server.address) as one:
        one.happen(1, pod("a"))
        await settled(one)
    replica_of = ("--replicaof", "127.0.0.1", str(server.port), "--repl-diskless-sync-delay", "0")
    with redis(tmp_path, *replica_of) as replica:
        await until(lambda: replica.client.exists(KEY))
        async with process(replica.address) as other:
            assert contents(other.restored) == one.facts()  # type: ignore[attr-defined]
            await until(lambda: errors(other, "readonly") > 3)
    assert len(warnings(logs)) == 1
    assert "name the primary in redis_addr" in warnings(logs)[0]


@pytest.mark.parametrize("given", ["", "wrong-horse"])
async def test_a_password_that_is_refused(tmp_path: Path, logs: list[Any], given: str) -> None:
    with redis(tmp_path, password=PASSWORD) as server:
        async with process(server.address, password=PASSWORD) as one:
            one.happen(1, pod("a"))
            await settled(one)
        async with process(server.address, password=given) as other:
            await until(lambda: errors(other, "refused") > 3)
        assert await kept(server.address, password=PASSWORD) == one.facts()
    assert len(warnings(logs)) == 2
    assert all("check redis_user and redis_password" in line for line in warnings(logs))
    assert "horse" not in str(logs)


async def test_flushed_while_it_runs(server: Server, logs: list[Any]) -> None:
    async with process(server.address) as one:
        one.happen(1, pod("a"))
        await settled(one)
        server.client.flushall()
        one.happen(2, pod("b"))
        await until(lambda: errors(one, "lost") == 1)
        await until(lambda: up(one))
        await settled(one)
        assert await kept(server.address) == one.facts()
    assert warnings(logs) == ["state is not kept: what was written is not there any more"]


SPOILED: list[tuple[str, Callable[[Any], object]]] = [
    ("a string in the place of the parts", lambda client: (client.delete(KEY), client.set(KEY, "garbage"))),
    ("a list in the place of the writer",
     lambda client: (client.delete(f"{KEY}:writer"), client.rpush(f"{KEY}:writer", "x"))),
    ("a newer format", lambda client: client.hset(KEY, "format", "99")),
    ("no format", lambda client: client.hdel(KEY, "format")),
    ("a part of another form", lambda client: client.hset(KEY, "versions", b"\x00garbage")),
    ("blocks that are gone",
     lambda client: client.delete(f"{KEY}:{client.hget(KEY, 'generation').decode()}")),
    ("a block that is missing",
     lambda client: client.lpop(f"{KEY}:{client.hget(KEY, 'generation').decode()}")),
    ("a block of garbage",
     lambda client: client.lset(f"{KEY}:{client.hget(KEY, 'generation').decode()}", 0, b"garbage")),
    ("a string in the place of the blocks",
     lambda client: [client.delete(name := f"{KEY}:{client.hget(KEY, 'generation').decode()}"),
                     client.set(name, "x")]),
]  # fmt: skip


@pytest.mark.parametrize("spoil", [spoil for _, spoil in SPOILED], ids=[name for name, _ in SPOILED])
async def test_what_was_kept_is_spoiled(
    server: Server, logs: list[Any], spoil: Callable[[Any], object]
) -> None:
    async with process(server.address) as one:
        one.happen(1, pod("a"))
        await settled(one)
    spoil(server.client)
    async with process(server.address, writer="other/1") as two:
        assert contents(two.restored) in ({}, one.facts())  # type: ignore[attr-defined]
        two.happen(1, pod("b"))
        await until(lambda: two.state_writer._generation)
        await settled(two)
        assert await kept(server.address) == two.facts()
    assert len(warnings(logs)) <= 1


async def test_spoiled_while_it_runs(server: Server) -> None:
    async with process(server.address) as one:
        for version, (_, spoil) in enumerate(SPOILED, 1):
            await until(lambda: server.client.exists(KEY) and server.client.type(KEY) == b"hash")
            await settled(one)
            spoil(server.client)
            one.happen(version, pod(f"p{version}", version))
            await settled(one)
        await asyncio.sleep(0)
        # Formats and parts that are overwritten by somebody else are whole again with the next snapshot.
        one.state_writer._generation = ""
        await settled(one)
        assert await kept(server.address) == one.facts()


async def test_two_clusters_and_two_shards_share_one_redis(server: Server) -> None:
    others = [StateScope(cluster="two"), StateScope(cluster="one", shard=1, total_shards=2)]
    async with process(server.address) as one:
        one.happen(1, pod("a"))
        await settled(one)
        for followed in others:
            async with process(server.address, followed=followed) as other:
                assert other.facts() == {}
                other.happen(1, pod("z"))
                await settled(other)
        assert await kept(server.address) == one.facts()


async def test_the_probe_says_what_is_wrong(server: Server) -> None:
    found = state_store(server.address)
    assert (await found.probe()).count(".") == 2
    assert server.keys() == []
    server.client.config_set("maxmemory", 1)
    with pytest.raises(StoreError, match="raise its maxmemory"):
        await found.probe()
    await found.close()


async def test_it_is_stopped_while_redis_is_killed(tmp_path: Path) -> None:
    with redis(tmp_path) as server:
        async with process(server.address) as one:
            one.happen(1, pod("a"))
            await settled(one)
            one.happen(2, pod("b"))
            server.client.shutdown(nosave=True)
