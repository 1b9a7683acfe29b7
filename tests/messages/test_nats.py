"""Messages in a stream of a real NATS: whoever reads it knows the graph."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

import msgspec
import pytest
import structlog

from astrolabe.messages import sinks
from astrolabe.messages.message import Listing
from astrolabe.messages.sinks import configured, opened
from astrolabe.watch import ConfigError, Controller, Rule, SinkConfig, WatchConfig
from astrolabe.watch.natsstream import RESET, NatsStream
from astrolabe.watch.program import outputs
from astrolabe.watch.testing import cluster
from tests.messages.helpers import Model, World, facts, known, refusal
from tests.messages.natsserver import STREAM, SUBJECT, Server
from tests.persistence.servers import PASSWORD, Certificates
from tests.ports import free_port
from tests.watch.helpers import pod

pytestmark = [pytest.mark.real, pytest.mark.timeout(180)]


async def until(condition: Callable[[], Awaitable[Any]], seconds: float = 90) -> None:
    async with asyncio.timeout(seconds):
        while not await condition():  # noqa: ASYNC110  (another process)
            await asyncio.sleep(0.05)


@asynccontextmanager
async def telling(world: World, address: str) -> AsyncIterator[Any]:
    """Send what is in a world to an address; yields the consumer at work."""
    supervised = world.router.add(opened(configured(address)))
    async with world.running():
        yield supervised


async def test_a_reader_of_the_stream_knows_the_graph(tmp_path: Path) -> None:
    world, server = World(), Server(tmp_path)
    with server.running():
        await server.make_stream()
        world.put(facts("Pod", "web"), facts("Secret", "web"), facts("Node", "n1", ""))
        async with telling(world, server.address):
            await until(lambda: equal(server, world))
            world.remove("Pod/shop/web")
            world.put(facts("Pod", "web.1"))
            await until(lambda: equal(server, world))
        told = await server.read()
    # Each once: the first one of all, and of each object.
    assert [(subject.removeprefix(f"{SUBJECT}."), message.action) for subject, message in told[:1]] == [
        ("lab.Restarted", "Restarted")
    ]
    assert sorted((subject.removeprefix(f"{SUBJECT}."), message.action) for subject, message in told[1:]) == [
        ("lab._.Node.n1", "Applied"),
        ("lab.shop.Pod.web", "Applied"),
        ("lab.shop.Pod.web", "Deleted"),
        ("lab.shop.Pod.web%2E1", "Applied"),
        ("lab.shop.Secret.web", "Applied"),
    ]


async def equal(server: Server, world: World, **options: Any) -> bool:
    return known(await server.read(**options)) == world.expected()


async def test_after_a_long_time_away_everything_is_told_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sinks, "WAITS", (0.01,))
    world, server = World(), Server(tmp_path)
    world.put(facts("Pod", "gone"), facts("Pod", "stays"))
    async with telling(world, server.address) as supervised:
        with server.running():
            await server.make_stream()
            await until(lambda: equal(server, world))
        world.remove("Pod/shop/gone")
        world.put(facts("Pod", "new"))
        failures = supervised.failures
        await until(lambda: true(supervised.failures > failures))
        with server.running():
            await until(lambda: equal(server, world))
            told = await server.read()
    listings = [message.resource for _, message in told if isinstance(message.resource, Listing)]
    assert [sorted(each.objects) for each in listings] == [
        ["Pod/shop/gone", "Pod/shop/stays"],
        ["Pod/shop/new", "Pod/shop/stays"],
    ]


async def true(value: bool) -> bool:
    return value


async def test_a_server_that_hangs_holds_up_nobody_else(tmp_path: Path) -> None:
    world, server, other = World(), Server(tmp_path), Model()
    world.router.add(other)
    with server.running() as process:
        await server.make_stream()
        async with telling(world, server.address) as supervised:
            await until(lambda: true(supervised.taken["Restarted"] == 1))
            os.kill(process, signal.SIGSTOP)
            try:
                for number in range(100):
                    world.put(facts("Pod", "web", uid=f"uid-{number}"))
                    await asyncio.sleep(0)
                await until(lambda: true(other.known == world.expected()))
                assert len(supervised.pending) <= 1
            finally:
                os.kill(process, signal.SIGCONT)
            await until(lambda: equal(server, world))


async def test_killed_in_the_middle_nothing_is_lost_and_order_holds(tmp_path: Path) -> None:
    world, server = World(), Server(tmp_path)
    generations = 300

    async def change() -> None:
        for number in range(generations):
            world.put(facts("Pod", f"p{number % 10}", uid=f"uid-{number}"))
            await asyncio.sleep(0.01)

    with server.running() as process:
        await server.make_stream()
        supervised = world.router.add(opened(configured(server.address)))
        async with world.running():
            changing = asyncio.create_task(change())
            await until(lambda: length(server, 40))
            os.kill(process, signal.SIGKILL)
            await changing
            with server.running():
                await until(lambda: equal(server, world))
                told = await server.read()
    assert len({msgspec.json.encode(message) for _, message in told}) == len(told), "a line is there once"
    assert supervised.taken["Applied"] <= generations * 2
    # Of each object, generations only grow; what is told again after `Restarted` is the newest.
    newest: dict[str, int] = {}
    for _, message in told:
        if not isinstance(message.resource, Listing):
            uid = int(message.resource.uid.removeprefix("uid-"))
            assert uid >= newest.get(message.resource.id, -1)
            newest[message.resource.id] = uid


async def length(server: Server, least: int) -> bool:
    return len(await server.read()) >= least


async def refused(target: str) -> str:
    return await refusal(NatsStream(target, SUBJECT))


async def test_what_is_refused_is_said_in_one_line(tmp_path: Path) -> None:
    login = {"user": "astrolabe", "password": PASSWORD}
    server = Server(tmp_path, authorization=login, max_payload=1000)
    password = tmp_path / "password"
    password.write_text("wrong\n")
    address = f"nats://astrolabe@127.0.0.1:{server.port}?password-file={password}"
    nobody = free_port()
    assert await refused(f"nats://127.0.0.1:{nobody}") == (
        f"NATS is not reached: [Errno 111] Connect call failed ('127.0.0.1', {nobody})"
    )
    # What the server says as it hangs up is not always read before the connection is reset.
    hung_up = f"NATS is not reached: {RESET}"
    with server.running():
        for each in (server.address, address):
            assert await refused(each) in ("NATS is not reached: Authorization Violation", hung_up)
        # A password that was changed is read again.
        password.write_text(PASSWORD + "\n")
        assert await refused(address) == (
            f"no stream of NATS takes {SUBJECT}.lab: make one with the subject {SUBJECT}.>"
        )
        said = await refused(address.replace("nats://", "tls://"))
        assert "SSL" in said or said == hung_up
        password.unlink()
        assert await refused(address) == f"NATS is not reached: {password}: No such file or directory"


async def test_what_is_too_large_is_sent_in_parts(tmp_path: Path) -> None:
    world, server = World(), Server(tmp_path, max_payload=2000)
    names = [f"web-{number:03}" for number in range(200)]
    world.put(*(facts("Pod", name) for name in names))
    with server.running():
        await server.make_stream()
        async with telling(world, server.address) as supervised:
            await until(lambda: equal(server, world))
            with structlog.testing.capture_logs() as logs:
                world.put(facts("Pod", "long", refs=(), uid="u" * 3000))
                world.put(facts("Pod", "next"))
                await until(lambda: has(server, "Pod/shop/next"))
        told = await server.read()
    listings = [message.resource for _, message in told if isinstance(message.resource, Listing)]
    assert len(listings) > 2
    assert sorted(each for listing in listings for each in listing.objects) == [
        f"Pod/shop/{each}" for each in names
    ]
    assert len({subject for subject, message in told if message.action == "Restarted"}) == len(listings)
    assert supervised.failures == 0
    assert [entry["event"] for entry in logs] == ["message left out"]


async def has(server: Server, wanted: str) -> bool:
    return wanted in known(await server.read())


async def test_tls_verifies_the_server(tmp_path: Path) -> None:
    certificates = Certificates(tmp_path / "certificates")
    certificate, key = certificates.issue("localhost")
    server = Server(
        tmp_path, tls={"cert_file": certificate, "key_file": key, "ca_file": certificates.ca, "verify": True}
    )
    own, own_key = certificates.issue("client")
    options = f"ca={certificates.ca}&cert={own}&key={own_key}"
    with server.running():
        said = await refused(f"tls://localhost:{server.port}?{options}")
        assert said.startswith("no stream of NATS takes")
        assert "certificate verify failed" in await refused(f"tls://localhost:{server.port}")
        assert "certificate" in (await refused(f"tls://localhost:{server.port}?ca={certificates.ca}")).lower()


def test_what_is_no_address() -> None:
    for target, said in {
        "nats://": "there is no host in the address; expected nats://HOST",
        "nats://a:sesame@b:99999": "the address is not a URL, or its port is not a number up to 65535",
        "nats://a?sesame=1": "`sesame` is not an option of nats://; known are ca, cert, key, password-file",
        "nats://a?ca=": "the option ca is empty",
        "nats://a?cert=x": "a certificate needs its key: give the options cert and key",
        "nats://a:b@c?password-file=x": "a password stands in the address and in password-file; keep one",
    }.items():
        with pytest.raises(ConfigError, match="^" + said.split("`")[0][:20]) as caught:
            opened(configured(target))
        assert str(caught.value) == said


async def test_the_watch_program_sends_its_events_there_before_it_ends(tmp_path: Path) -> None:
    server = Server(tmp_path)
    with server.running():
        await server.make_stream("astrolabe.events.>")
        config = WatchConfig(
            rules=(Rule("v1/pods"),), output_dir=str(tmp_path), sinks=(SinkConfig("nats", server.address),)
        )
        controller = Controller(config)
        for handler in outputs(config, datetime.now().astimezone()):
            controller.add_event_handler(handler)
        async with cluster(controller) as api:
            for number in range(50):
                api.put(pod(f"web-{number}"))
            api.delete("pods", "shop", "web-0")
            await until(lambda: true(controller.metrics.matched.total() == 51))
        client = await server.client()
        state = (await client.jetstream().stream_info(STREAM, subjects_filter=">")).state
        await client.close()
    assert state.subjects == {
        f"astrolabe.events.shop.v1/pods.web-{number}": 2 if number == 0 else 1 for number in range(50)
    }
