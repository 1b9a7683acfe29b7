"""Handlers that are plain functions run in threads. Here time is real, and short."""

from __future__ import annotations

import asyncio
import threading
from typing import Any

from astrolabe.watch import Controller, Rule, WatchConfig
from astrolabe.watch.testing import cluster
from tests.watch.helpers import configmap


async def test_a_function_runs_in_a_thread_and_holds_nobody_up() -> None:
    threads, release = [], threading.Event()

    def handle(_event: Any) -> None:
        threads.append(threading.current_thread())
        release.wait(5)

    controller = Controller([Rule("v1/configmaps")])
    controller.add_event_handler(handle)
    async with cluster(controller) as api:
        api.put(configmap("a"))
        while not threads:  # noqa: ASYNC110
            await asyncio.sleep(0.01)
        release.set()
        await api.settled()
    assert threads[0] is not threading.main_thread()
    assert threads[0].daemon


async def test_a_call_that_hangs_blocks_its_key_alone(tmp_path: Any) -> None:
    release, handled = threading.Event(), []

    def handle(event: Any) -> None:
        if event.name == "hangs":
            release.wait(10)
        handled.append(event.name)

    controller = Controller(WatchConfig(rules=(Rule("v1/configmaps"),), output_dir=str(tmp_path)))
    controller.add_event_handler(handle, workers=1, timeout=0.05)
    async with cluster(controller) as api:
        api.put(configmap("hangs"))
        api.put(configmap("hangs", data="2"))
        for number in range(3):
            api.put(configmap(f"k{number}"))
        async with asyncio.timeout(5):
            while len(handled) < 3:  # noqa: ASYNC110
                await asyncio.sleep(0.01)
        assert handled == ["k0", "k1", "k2"]
        release.set()
        await api.settled()
    assert handled == ["k0", "k1", "k2", "hangs", "hangs"]
    assert controller.handlers[0].metrics.timeouts == 1


async def test_a_function_that_returns_a_coroutine_is_told_to_be_async(tmp_path: Any) -> None:
    async def real(_event: Any) -> None:
        return None

    controller = Controller(WatchConfig(rules=(Rule("v1/configmaps"),), output_dir=str(tmp_path)))
    controller.add_event_handler(lambda event: real(event))  # noqa: PLW0108  (not async itself)
    async with cluster(controller) as api:
        api.put(configmap("a"))
        await api.settled()
    assert "define it by `async def`" in (tmp_path / "dead-letters.jsonl").read_text()
