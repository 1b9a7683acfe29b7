"""Messages in a topic of a real Kafka broker: whoever reads its partitions knows the graph."""

from __future__ import annotations

import asyncio
import os
import signal
from pathlib import Path

import pytest

from astrolabe.messages import sinks
from astrolabe.messages.message import Listing
from astrolabe.messages.sinks import configured, opened
from astrolabe.watch import kafkatopic
from astrolabe.watch.errors import TooLarge
from astrolabe.watch.kafkatopic import KafkaTopic
from tests.messages.helpers import World, facts, known, refusal
from tests.messages.kafkabroker import TOPIC, USER, Broker
from tests.messages.test_nats import true, until
from tests.persistence.servers import PASSWORD
from tests.ports import free_port

pytestmark = [pytest.mark.real, pytest.mark.timeout(300)]


async def equal(broker: Broker, world: World) -> bool:
    """Each partition alone is a stream that is right; no object is in two."""
    parts = [known(messages) for messages in (await broker.read()).values()]
    together = {node_id: each for part in parts for node_id, each in part.items()}
    assert len(together) == sum(map(len, parts))
    return together == world.expected()


async def test_readers_of_its_partitions_know_the_graph(tmp_path: Path) -> None:
    world, broker = World(), Broker(tmp_path)
    world.put(*(facts("Pod", f"web-{number}") for number in range(20)), facts("Node", "n1", ""))
    with broker.running():
        await broker.make_topic(3)
        world.router.add(opened(configured(broker.address)))
        async with world.running():
            await until(lambda: equal(broker, world))
            world.remove("Pod/shop/web-1")
            world.put(facts("Pod", "web-2", uid="another"))
            await until(lambda: equal(broker, world))
        told = await broker.read()
    for messages in told.values():
        assert [(key, message.action) for key, message in messages[:1]] == [("lab/Restarted", "Restarted")]
    life = [(key, message.action) for messages in told.values() for key, message in messages]
    assert [action for key, action in life if key == "lab/shop/Pod/web-1"] == ["Applied", "Deleted"]
    assert [action for key, action in life if key == "lab/shop/Pod/web-2"] == [
        "Applied",
        "Deleted",
        "Applied",
    ]
    assert [action for key, action in life if key == "lab/_/Node/n1"] == ["Applied"]
    assert len(life) == 3 + 21 + 3


async def test_killed_in_the_middle_nothing_is_lost_and_order_holds(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kafkatopic, "_TIMEOUT", 3)
    monkeypatch.setattr(sinks, "WAITS", (0.01,))
    world, broker = World(), Broker(tmp_path)

    async def change() -> None:
        for number in range(300):
            world.put(facts("Pod", f"p{number % 10}", uid=f"uid-{number}"))
            await asyncio.sleep(0.01)

    supervised = world.router.add(opened(configured(broker.address)))
    async with world.running():
        with broker.running() as process:
            await broker.make_topic(3)
            changing = asyncio.create_task(change())
            await until(lambda: true(supervised.taken["Applied"] > 40))
            os.kill(process, signal.SIGKILL)
            await changing
            failures = supervised.failures
            await until(lambda: true(supervised.failures > failures))
        with broker.running():
            await until(lambda: equal(broker, world))
            told = await broker.read()
    for messages in told.values():
        newest: dict[str, int] = {}
        assert sum(isinstance(message.resource, Listing) for _, message in messages) >= 2
        for _, message in messages:
            if not isinstance(message.resource, Listing):
                uid = int(message.resource.uid.removeprefix("uid-"))
                assert uid >= newest.get(message.resource.id, -1)
                newest[message.resource.id] = uid


async def refused(target: str) -> str:
    return await refusal(KafkaTopic(target, TOPIC))


async def test_what_is_refused_is_said_in_one_line(tmp_path: Path) -> None:
    broker = Broker(tmp_path)
    password = tmp_path / "password"
    password.write_text("wrong\n")
    address = f"kafka://{USER}@127.0.0.1:{broker.login_port}?password-file={password}"
    nobody = free_port()
    assert (await refused(f"kafka://127.0.0.1:{nobody}")).startswith(
        "Kafka is not reached: [Errno 111] Connect call"
    )
    with broker.running():
        assert await refused(broker.address) == (
            f"the topic {TOPIC} is not there: create it, or let brokers create topics"
        )
        assert "Authentication failed" in await refused(address)
        assert await refused(f"{address}&mechanism=PLAIN") == (
            "Kafka is not reached: it does not take PLAIN: choose another `mechanism`"
        )
        password.write_text(PASSWORD + "\n")
        assert (await refused(address)).startswith(f"the topic {TOPIC} is not there")
        tls = f"kafkas://localhost:{broker.tls_port}"
        assert "certificate verify failed" in await refused(tls)
        await broker.make_topic(1, **{"max.message.bytes": "2000"})
        for target in (address, f"{tls}?ca={broker.certificates.ca}"):
            topic = KafkaTopic(target, TOPIC)
            await topic.send(b"{}", ("lab",))
            with pytest.raises(TooLarge, match=r"raise max\.message\.bytes"):
                await topic.send(os.urandom(3000), ("lab",))
            await topic.close()
