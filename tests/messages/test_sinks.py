"""A sink that does not take a message gets it again, and everything if that does not help."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import Any

import pytest
import structlog

from astrolabe.messages.message import KubeMessage, Listing, apply, decode, smaller
from astrolabe.messages.objects import AnyObject
from astrolabe.messages.sinks import SinkConsumer, configured
from astrolabe.watch import ConfigError, MatchedEvent, PermanentError, SinkConfig
from astrolabe.watch.errors import TooLarge
from tests.messages.helpers import World, facts

pytestmark = [pytest.mark.asyncio, pytest.mark.looptime]


class Lines:
    """A sink that keeps lines, and fails as often as it is told."""

    name = "lines"

    def __init__(self, *failures: Exception) -> None:
        self.failures = list(failures)
        self.messages: list[KubeMessage] = []
        self.closed = False

    def on_matched(self, event: MatchedEvent, /) -> Any:
        """Hear no events."""
        raise AssertionError(event)

    async def send(self, line: bytes, key: tuple[str, ...] = (), *, everywhere: bool = False) -> None:
        assert everywhere == (len(key) != 4)
        if self.failures:
            raise self.failures.pop(0)
        self.messages.append(decode(line))

    async def close(self) -> None:
        self.closed = True

    @property
    def actions(self) -> list[str]:
        return [message.action for message in self.messages]


async def told(lines: Lines, *, seconds: float = 600) -> bool:
    """Tell of a Pod and a Secret; return whether standard output was said to be gone."""
    world = World()
    broken = asyncio.Event()
    world.router.add(SinkConsumer(lines, broken.set))
    world.put(facts("Pod", "web"), facts("Secret", "web"))
    async with world.running():
        await asyncio.sleep(seconds)
    assert lines.closed
    return broken.is_set()


async def test_a_short_failure_costs_nothing_but_time() -> None:
    lines = Lines(*[ConnectionError("the webhook answers 503")] * 4)
    with structlog.testing.capture_logs() as logs:
        await told(lines)
    assert [entry["error"] for entry in logs if entry["event"] == "message not taken"] == [
        "the webhook answers 503"
    ]
    assert lines.actions == ["Restarted", "Applied", "Applied"]


async def test_after_a_long_one_everything_is_sent() -> None:
    lines = Lines()
    lines.failures = []
    world = World()
    world.router.add(SinkConsumer(lines, lambda: None))
    async with world.running():
        lines.failures = [ConnectionError("the webhook answers 503")] * 5
        world.put(facts("Pod", "web"))
        await asyncio.sleep(600)
    assert lines.actions == ["Restarted", "Restarted", "Applied"]


async def test_what_is_refused_for_good_is_not_sent_again_by_itself() -> None:
    lines = Lines(PermanentError("the webhook answers 400"))
    await told(lines, seconds=0.2)
    assert lines.actions == []
    lines = Lines(PermanentError("the webhook answers 400"))
    await told(lines, seconds=10)
    assert lines.actions == ["Restarted", "Applied", "Applied"]


class Small(Lines):
    """Takes only short lines."""

    async def send(self, line: bytes, key: tuple[str, ...] = (), *, everywhere: bool = False) -> None:
        if len(line) > 600:
            raise TooLarge("raise the limit")
        await super().send(line, key, everywhere=everywhere)


async def test_what_is_too_large_comes_in_smaller_messages() -> None:
    small, world = Small(), World()
    world.router.add(SinkConsumer(small, lambda: None))
    world.put(*(facts("Pod", f"web-{number}") for number in range(50)))
    known: dict[str, AnyObject] = {}
    async with world.running():
        for message in small.messages:
            apply(message, known)
        assert known == world.expected()
        world.remove("Pod/shop/web-20")
        world.put(facts("Pod", "vast", uid="u" * 600), facts("Pod", "next"))
        told = len(small.messages)
        # A reader that missed the change: the parts of `Restarted` alone say what is gone.
        world.router.lost()
        await asyncio.sleep(10)
    again = small.messages[told:]
    listings = [message.resource for message in again if isinstance(message.resource, Listing)]
    assert len(listings) > 3
    for listing in listings:
        apply(next(each for each in again if each.resource is listing), known)
    assert len(known) == 49
    for message in again:
        apply(message, known)
    expected = world.expected()
    del expected["Pod/shop/vast"]
    assert known == expected


async def test_a_message_with_an_object_is_smaller_without_it() -> None:
    world = World()
    world.put(facts("Pod", "web"))
    (resource,) = world.expected().values()
    message = KubeMessage("lab", "shop", "Applied", datetime.now(UTC), resource, {"spec": {}})
    (bare,) = smaller(message)
    assert bare.object is None
    assert smaller(bare) == ()


async def test_it_is_said_when_nobody_reads_standard_output() -> None:
    assert await told(Lines(BrokenPipeError()))
    assert not await told(Lines(ConnectionError()))


@pytest.mark.parametrize(
    ("target", "means"),
    [
        ("-", SinkConfig("stdout")),
        ("out/m.json", SinkConfig("file", "out/m.json")),
        ("https://example.org/hook", SinkConfig("webhook", "https://example.org/hook")),
        ("rediss://localhost", SinkConfig("redis", "rediss://localhost", "astrolabe:messages")),
        ("tls://a,b/s", SinkConfig("nats", "tls://a,b/s", "astrolabe:messages")),
        ("kafkas://u@a:1,[::1]", SinkConfig("kafka", "kafkas://u@a:1,[::1]", "astrolabe:messages")),
    ],
)
async def test_what_a_target_means(target: str, means: SinkConfig) -> None:
    assert configured(target) == means


@pytest.mark.parametrize(
    "target", ["mqtt://x", "kafka:///t", "nats://a?b=c", "https://", "redis://:99999", "http://[::1"]
)
async def test_what_is_no_target(target: str) -> None:
    with pytest.raises(ConfigError):
        configured(target)
