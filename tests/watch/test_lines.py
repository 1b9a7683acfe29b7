"""Files of whole lines: rotated, compressed, never half a line; and the other places that events go to."""

from __future__ import annotations

import asyncio
import gzip
import json
import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from astrolabe.watch import Controller, Rule, SinkConfig, WatchConfig
from astrolabe.watch.lines import LineFile
from astrolabe.watch.logfiles import FileLog
from astrolabe.watch.sinks import sink
from astrolabe.watch.testing import cluster
from tests.watch.helpers import configmap


async def test_a_full_file_is_compressed_and_a_new_one_begins(tmp_path: Path) -> None:
    file = LineFile(tmp_path / "logs" / "events.json", 100)
    for number in range(30):
        file.add(json.dumps({"number": number, "fill": "x" * 20}).encode())
    await file.close()
    found = []
    folder = tmp_path / "logs"
    names = sorted(path.name for path in folder.iterdir())
    assert names == sorted([*(f"events.{number}.json.gz" for number in range(1, 15)), "events.json"])
    for number in range(1, 15):
        found += gzip.decompress((folder / f"events.{number}.json.gz").read_bytes()).splitlines()
    found += (folder / "events.json").read_bytes().splitlines()
    assert [json.loads(line)["number"] for line in found] == list(range(30))


async def test_half_a_line_of_an_earlier_process_goes(tmp_path: Path) -> None:
    path = tmp_path / "events.json"
    path.write_bytes(b'{"a":1}\n{"half')
    file = LineFile(path, 1000)
    file.add(b'{"b":2}')
    await file.close()
    assert path.read_bytes() == b'{"a":1}\n{"b":2}\n'


async def test_on_a_full_disk_there_is_no_half_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = LineFile(tmp_path / "events.json", 1000)
    file.add(b"first")
    real = os.write
    room = 3

    def full(descriptor: int, content: bytes) -> int:
        nonlocal room
        if not room:
            raise OSError(28, "No space left on device")
        written = real(descriptor, content[:room])
        room -= written
        return written

    monkeypatch.setattr(os, "write", full)
    with pytest.raises(OSError, match="No space left"):
        file.add(b"second")
    monkeypatch.undo()
    file.add(b"third")
    await file.close()
    assert (tmp_path / "events.json").read_bytes() == b"first\nthird\n"


async def test_two_processes_do_not_share_a_file(tmp_path: Path) -> None:
    file = LineFile(tmp_path / "events.json", 1000)
    with pytest.raises(OSError, match="unavailable"):
        LineFile(tmp_path / "events.json", 1000)
    await file.close()


async def follow(config: SinkConfig, folder: Path) -> Controller:
    """Bring one life of an object to a sink."""
    controller = Controller(
        WatchConfig(rules=(Rule("v1/configmaps"),), output_dir=str(folder), retries=2), random=_NoJitter()
    )
    controller.add_event_handler(sink(config, 10**6))
    async with cluster(controller) as api:
        api.put(configmap("a"))
        api.put(configmap("a", data="2"))
        await api.settled()
    return controller


def _NoJitter() -> Any:  # noqa: N802
    from random import Random

    return Random(1)


async def test_a_webhook_is_tried_again_where_that_may_help(tmp_path: Path) -> None:
    bodies: list[Any] = []
    answers = [503, 200, 400]

    async def take(request: web.Request) -> web.Response:
        bodies.append(await request.json())
        return web.Response(status=answers.pop(0))

    application = web.Application()
    application.router.add_post("/hook", take)
    runner = web.AppRunner(application)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        url = f"http://127.0.0.1:{runner.addresses[0][1]}/hook?token=secret"
        controller = await follow(SinkConfig("webhook", url), tmp_path)
    finally:
        await runner.cleanup()
    assert [body["eventType"] for body in bodies] == ["ADDED", "ADDED", "UPDATED"]
    assert controller.handlers[0].metrics.dead_letters == 1
    letter = (tmp_path / "dead-letters.jsonl").read_text()
    assert "the webhook answers 400" in letter
    assert "secret" not in letter


async def test_a_file_as_a_sink(tmp_path: Path) -> None:
    await follow(SinkConfig("file", str(tmp_path / "out.jsonl")), tmp_path)
    lines = [json.loads(line) for line in (tmp_path / "out.jsonl").read_text().splitlines()]
    assert [line["eventType"] for line in lines] == ["ADDED", "UPDATED"]


async def test_standard_output(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    await follow(SinkConfig("stdout"), tmp_path)
    lines = [line for line in capsys.readouterr().out.splitlines() if line.startswith("{")]
    assert [json.loads(line)["eventType"] for line in lines] == ["ADDED", "UPDATED"]


@pytest.mark.looptime
async def test_redis_that_is_away_is_tried_again_and_named_without_its_password(tmp_path: Path) -> None:
    await follow(SinkConfig("redis", "redis://:secret@127.0.0.1:1/0"), tmp_path)
    letters = [json.loads(line) for line in (tmp_path / "dead-letters.jsonl").read_text().splitlines()]
    assert [letter["attempts"] for letter in letters] == [3, 3]
    assert letters[0]["reason"] == "ConnectionError: Redis does not take the event: ConnectionError"


def test_log_files_as_text_and_as_json(tmp_path: Path) -> None:
    time = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
    for json_ in (False, True):
        log = FileLog(tmp_path / f"log-{json_}", json=json_)
        log.write("info", "ready", {"watches": 2, "path": Path("/a")}, time)
        log.close()
    assert (tmp_path / "log-False").read_text() == (
        "2026-01-02T03:04:05.000Z [info] ready watches=2 path=PosixPath('/a')\n"
    )
    assert json.loads((tmp_path / "log-True").read_text()) == {
        "timestamp": "2026-01-02T03:04:05.000Z",
        "level": "info",
        "event": "ready",
        "watches": 2,
        "path": "/a",
    }


async def test_metrics_are_served(tmp_path: Path) -> None:
    import aiohttp

    from astrolabe.watch import MetricsConfig
    from astrolabe.watch.serving import serving

    controller = Controller(WatchConfig(rules=(Rule("v1/configmaps"),), output_dir=str(tmp_path)))

    async def handle(_event: Any) -> None:
        await asyncio.sleep(0)

    controller.add_event_handler(handle)
    async with serving(controller, MetricsConfig(port=0)) as port, aiohttp.ClientSession() as session:
        url = f"http://127.0.0.1:{port}"
        async with session.get(f"{url}/readyz") as answer:
            assert answer.status == 503
        async with cluster(controller) as api:
            api.put(configmap("a"))
            await api.settled()
            async with session.get(f"{url}/readyz") as answer:
                assert answer.status == 200
            async with session.get(f"{url}/metrics") as answer:
                text = await answer.text()
    for line in (
        'astrolabe_watch_matched_events_total{gvr="v1/configmaps",type="ADDED"} 1.0',
        'astrolabe_watch_handler_handled_total{handler="handle"} 1.0',
        'astrolabe_watch_handler_queue_depth{handler="handle"} 0.0',
        'astrolabe_watch_handler_queue_oldest_seconds{handler="handle"} 0.0',
        'astrolabe_watch_handler_dead_letters_total{handler="handle"} 0.0',
        'astrolabe_watch_handler_duration_seconds_count{handler="handle"} 1.0',
        'astrolabe_watch_paused{resource="configmaps"} 0.0',
        'astrolabe_watch_synced{resource="configmaps"} 1.0',
        "astrolabe_watch_ready 1.0",
    ):
        assert line in text.splitlines()
