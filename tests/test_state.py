"""SIGUSR1: how large everything is, and where the time goes, in the log; the exporter goes on."""

from __future__ import annotations

import asyncio
import json
import signal
import threading
from pathlib import Path
from time import monotonic
from typing import Any

import pytest
from structlog.testing import capture_logs

from astrolabe.commands import profiling, state
from tests.api.exporter import cluster, serving
from tests.api.shop import make
from tests.ports import free_port
from tests.test_cli import following as process_following

OWN_NAME = "only-this-object-has-this-name"


def spun(seconds: float) -> int:
    """Work that a profile can find."""
    end, rounds = monotonic() + seconds, 0
    while monotonic() < end:
        rounds += 1
    return rounds


def test_a_profile_names_the_function_that_works() -> None:
    found: list[profiling.Profile] = []
    ident = threading.get_ident()
    watching = threading.Thread(target=lambda: found.append(profiling.sample(ident, 0.5)))
    watching.start()
    while watching.is_alive():
        spun(0.02)
    (profile,) = found
    assert profile.looks > 0
    assert "spun" in profile.own[0]
    assert any("test_a_profile_names_the_function_that_works" in each for each in profile.below)
    assert len(profile.own) <= 20


def test_a_profile_of_a_thread_that_is_gone_is_empty() -> None:
    thread = threading.Thread(target=int)
    thread.start()
    thread.join()
    assert thread.ident is not None
    assert profiling.sample(thread.ident, 5.0) == profiling.Profile(0, [], [])


async def test_the_sizes_are_those_of_the_graph(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(profiling, "SECONDS", 0.05)
    async with serving(cluster(make("Secret", OWN_NAME))) as client:
        graph = client.application.graph
        with capture_logs() as logs:
            await state.say([client.application])
        told = {log["event"]: log for log in logs}
        assert sum(told["state"]["objects"].values()) == len(graph)
        assert sum(told["state"]["edges"].values()) == len(list(graph.edges()))
        assert told["state"]["missing_references"] == sum(len(graph.missing_of(node)) for node in graph)
        assert set(told["state"]["queues"]) == {"rows", "turns", "changes"}
        assert set(told["state"]["watches"]) == {"synced"}
        assert told["profile"]["looks"] > 0
        assert OWN_NAME not in repr(logs)


async def test_what_goes_wrong_is_said_and_no_more(monkeypatch: pytest.MonkeyPatch) -> None:
    async with serving() as client:
        monkeypatch.setattr(client.application.graph, "scopes", None)
        with capture_logs() as logs:
            await state.say([client.application])
    assert [log["event"] for log in logs] == ["state cannot be logged"]


async def test_a_signal_asks_a_process_for_it_and_it_goes_on(tmp_path: Path) -> None:
    port = free_port()
    words = ("serve", f"--port={port}", "--log-format=json")
    async with process_following(tmp_path, cluster(make("Secret", OWN_NAME)), *words) as running:
        stderr = running.process.stderr
        assert stderr is not None

        async def said(event: str) -> dict[str, Any]:
            async with asyncio.timeout(60):
                while line := await stderr.readline():
                    found: dict[str, Any] = json.loads(line)
                    if found["event"] == event:
                        return found
            raise AssertionError(event)

        await said("synced")
        running.process.send_signal(signal.SIGUSR1)
        assert (await said("state"))["objects"]["Secret"] >= 1
        await said("profile begins")
        # While one is taken, another signal asks for nothing more, and a third one harms nobody.
        running.process.send_signal(signal.SIGUSR1)
        running.process.send_signal(signal.SIGTERM)
        await said("stopped")
        assert await running.process.wait() == 0
