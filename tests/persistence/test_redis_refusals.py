"""What a real Redis says when it cannot or may not: each is counted by its kind, and said with what helps."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import Any

import pytest

from astrolabe.persistence.access import Access
from tests.persistence.running import errors, kept, process, settled, until, up, warnings
from tests.persistence.servers import Server, redis
from tests.persistence.test_writer import pod
from tests.ports import free_port

pytestmark = [pytest.mark.real, pytest.mark.usefixtures("quick")]


async def test_one_that_is_still_loading_its_data(tmp_path: Path, logs: list[Any]) -> None:
    with redis(tmp_path) as before:
        before.client.mset({f"key-{number}": "x" for number in range(2000)})
        before.client.save()
    port = free_port()
    access = Access(f"127.0.0.1:{port}")
    # It waits a millisecond for each key: two seconds, in which it answers only that it is loading.
    slow = ("--key-load-delay", "1000", "--loading-process-events-interval-bytes", "1024")
    with redis(tmp_path, *slow, port=port, loading=True) as server:
        async with process(access) as one:
            one.happen(1, pod("a"))
            assert server.is_loading()
            await until(lambda: up(one))
            await settled(one)
        assert await kept(access) == one.facts()
    assert errors(one, "unreachable") > 0
    assert all(line.endswith(": it is still loading its data") for line in warnings(logs)), warnings(logs)


async def refused_writes(server: Server, reason: str, remedy: str, logs: list[Any]) -> None:
    """Writes are refused from now on: what was kept stays, and the log says why, once."""
    async with process(server.address) as one:
        one.happen(1, pod("a"))
        await until(lambda: errors(one, reason) > 3)
        assert not up(one)
    said = [line for line in warnings(logs) if line.startswith("state is not kept")]
    assert len(said) == 1
    assert said[0].endswith(f": {remedy}")


async def test_one_that_cannot_save_to_its_disk(tmp_path: Path, logs: list[Any]) -> None:
    folder = tmp_path / "data"
    folder.mkdir()
    with redis(folder) as server:
        server.client.config_set("save", "3600 1")
        server.client.set("x", "y")
        shutil.rmtree(folder)
        server.client.bgsave()
        await until(lambda: server.client.info("persistence")["rdb_last_bgsave_status"] == "err")
        await refused_writes(server, "full", "it cannot write to its disk", logs)
        # So that it may end: it saves when it is told to.
        server.client.config_set("save", "")


async def test_one_that_wants_replicas(server: Server, logs: list[Any]) -> None:
    server.client.config_set("min-replicas-to-write", 1)
    remedy = "it is set to take writes only while its replicas are there"
    await refused_writes(server, "readonly", remedy, logs)


async def test_one_whose_primary_is_away(server: Server, logs: list[Any]) -> None:
    server.client.config_set("replica-serve-stale-data", "no")
    server.client.replicaof("127.0.0.1", free_port())
    await refused_writes(server, "unreachable", "name the primary in redis_addr", logs)


async def test_one_that_may_not_run_scripts(tmp_path: Path, logs: list[Any]) -> None:
    with redis(tmp_path, "--rename-command", "EVAL", "") as server:
        await refused_writes(server, "refused", "let it run what docs/persistence.md lists", logs)


async def test_a_database_that_is_not_there(server: Server, logs: list[Any]) -> None:
    async with process(Access(server.address, db=99)) as one:
        await until(lambda: errors(one, "other") > 3)
    assert all(line.endswith(": check redis_db") for line in warnings(logs))


async def test_one_that_has_clients_enough(tmp_path: Path, logs: list[Any]) -> None:
    with redis(tmp_path, "--maxclients", "1") as server:
        assert server.client.ping()
        async with process(server.address) as one:
            await until(lambda: errors(one, "unreachable") > 3)
        assert all(line.endswith(": raise its maxclients") for line in warnings(logs)), warnings(logs)


async def test_a_cluster(tmp_path: Path, logs: list[Any]) -> None:
    folder = tmp_path / f"cluster-{os.getpid()}"
    folder.mkdir()
    # The port between members is else the port plus 10,000, which anybody may have.
    with redis(folder, "--cluster-enabled", "yes", "--cluster-port", str(free_port())) as server:
        async with process(server.address) as one:
            await until(lambda: errors(one, "other") > 3)
    remedy = "Redis Cluster is not served: name a Redis that stands alone"
    assert all(line.endswith(f": {remedy}") for line in warnings(logs)), warnings(logs)
