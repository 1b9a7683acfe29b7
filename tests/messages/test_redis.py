"""Messages on a stream of a real Redis: whoever reads it knows the graph."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path

import pytest

from astrolabe.messages.message import KubeMessage, apply, decode
from astrolabe.messages.objects import AnyObject
from astrolabe.messages.sinks import STREAM, configured, opened
from tests.messages.helpers import World, facts
from tests.persistence.servers import PASSWORD, Server, redis

pytestmark = [pytest.mark.real, pytest.mark.timeout(120)]


def read(server: Server) -> list[KubeMessage]:
    return [decode(fields[b"event"]) for _, fields in server.client.xrange(STREAM)]


def known(messages: list[KubeMessage]) -> set[str]:
    found: dict[str, AnyObject] = {}
    for message in messages:
        apply(message, found)
    return set(found)


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(60):
        while not condition():  # noqa: ASYNC110  (another process)
            await asyncio.sleep(0.05)


async def test_a_reader_of_the_stream_knows_the_graph(tmp_path: Path) -> None:
    world = World()
    with redis(tmp_path, password=PASSWORD) as server:
        world.router.add(opened(configured(f"redis://:{PASSWORD}@{server.address}/0")))
        world.put(facts("Pod", "web"), facts("Secret", "web"))
        async with world.running():
            await until(lambda: known(read(server)) == {"Pod/shop/web", "Secret/shop/web"})
            world.remove("Pod/shop/web")
            world.put(facts("Pod", "other"))
            await until(lambda: known(read(server)) == {"Pod/shop/other", "Secret/shop/web"})
        actions = [message.action for message in read(server)]
    assert actions[0] == "Restarted"
    assert sorted(actions[3:]) == ["Applied", "Deleted"]


async def test_what_came_while_redis_was_away_arrives_once_it_is_back(tmp_path: Path) -> None:
    world = World()
    later = [f"Pod/shop/later-{number}" for number in range(5)]
    async with world.running():
        with redis(tmp_path) as server:
            world.router.add(opened(configured(f"redis://{server.address}/0")))
            world.put(facts("Pod", "web"))
            await until(lambda: known(read(server)) == {"Pod/shop/web"})
        world.put(*(facts("Pod", node_id.rpartition("/")[2]) for node_id in later))
        await asyncio.sleep(0.5)
        # It keeps nothing on disk: what it had is gone, as its operator chose.
        with redis(tmp_path, port=server.port) as again:
            await until(lambda: known(read(again)) == set(later))
            assert len(read(again)) == len(later)
