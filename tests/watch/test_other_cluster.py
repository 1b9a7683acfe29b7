"""Credentials that later name another cluster: it is followed from its beginning, and nothing mixes."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from pathlib import Path

import pytest

from astrolabe.testing.apiserver import ApiServer
from astrolabe.testing.http import serving
from astrolabe.watch import Rule, SinkConfig, WatchConfig
from astrolabe.watch.program import watch
from tests.api.exporter import kubeconfig
from tests.watch.helpers import configmap, namespace


def cluster(*names: str) -> ApiServer:
    server = ApiServer()
    for name in names:
        server.put(configmap(name))
        # Its UID tells the clusters apart: the simulated server numbers objects as they come.
        server.put(namespace(f"of-{name}"))
    if "b" in names:
        server.put(namespace("more"))
    server.put(namespace("kube-system"))
    return server


def lines(path: Path) -> list[tuple[str, str]]:
    if not path.exists():
        return []
    read = [json.loads(line) for line in path.read_text().splitlines()]
    return [(line["eventType"], line["name"]) for line in read]


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(20):
        while not condition():  # noqa: ASYNC110  (files tell nobody)
            await asyncio.sleep(0.02)


async def test_another_cluster_is_followed_from_its_beginning(tmp_path: Path) -> None:
    one, other = cluster("a", "both"), cluster("b", "both")
    # The position in the one would do in the other as well, and hide what was there before.
    other.version = one.version + 10
    told, state = tmp_path / "events.json", tmp_path / "state.json"
    config = WatchConfig(
        rules=(Rule("v1/configmaps"),),
        output_dir=str(tmp_path),
        state_file=str(state),
        sinks=(SinkConfig("file", str(told)),),
    )
    stopping = asyncio.Event()
    async with serving(one) as first, serving(other) as second:
        path = kubeconfig(tmp_path, first)
        running = asyncio.create_task(watch(config, stopping, kubeconfig=str(path)))
        await until(lambda: len(lines(told)) == 2)
        await until(lambda: '"version":"1' in state.read_text())
        kubeconfig(tmp_path, second)
        one.break_connections()
        await until(lambda: len(lines(told)) == 4)
        other.put(configmap("later"))
        await until(lambda: len(lines(told)) == 5)
        stopping.set()
        await running
    assert sorted(lines(told)[:2]) == [("ADDED", "a"), ("ADDED", "both")]
    assert sorted(lines(told)[2:4]) == [("ADDED", "b"), ("ADDED", "both")]
    assert lines(told)[4] == ("ADDED", "later")


def stateful(folder: Path) -> WatchConfig:
    return WatchConfig(
        rules=(Rule("v1/configmaps"),),
        output_dir=str(folder),
        state_file=str(folder / "state.json"),
        sinks=(SinkConfig("file", str(folder / "events.json")),),
    )


async def followed(config: WatchConfig, path: Path, events: int) -> None:
    """Follow until there are so many events in all, and end."""
    stopping = asyncio.Event()
    running = asyncio.create_task(watch(config, stopping, kubeconfig=str(path)))
    await until(lambda: len(lines(Path(config.sinks[0].target))) == events)
    stopping.set()
    await running


async def test_after_a_restart_the_state_of_another_cluster_is_not_used(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    one, other = cluster("a", "both"), cluster("b", "both")
    # The position in the one would do in the other as well, and hide what was there before.
    other.version = one.version + 10
    config = stateful(tmp_path)
    async with serving(one) as first, serving(other) as second:
        await followed(config, kubeconfig(tmp_path, first), 2)
        assert "another cluster" not in capsys.readouterr().out
        await followed(config, kubeconfig(tmp_path, second), 4)
        said = [line for line in capsys.readouterr().out.splitlines() if "another cluster" in line]
        # And from then on the state is that of the other cluster.
        other.put(configmap("later"))
        await followed(config, kubeconfig(tmp_path, second), 5)
    assert sorted(lines(tmp_path / "events.json")[2:4]) == [("ADDED", "b"), ("ADDED", "both")]
    assert lines(tmp_path / "events.json")[4:] == [("ADDED", "later")]
    assert len(said) == 1
    assert "every object is delivered again" in said[0]
    assert str(config.state_file) in said[0]
    events = (tmp_path / "events.json").read_text()
    assert "redelivered" not in events


async def test_a_start_while_the_cluster_is_away_keeps_its_positions(tmp_path: Path) -> None:
    server, config = cluster("a"), stateful(tmp_path)
    state = tmp_path / "state.json"
    async with serving(server) as first:
        path = kubeconfig(tmp_path, first)
        await followed(config, path, 1)
    saved = state.read_bytes()
    stopping = asyncio.Event()
    running = asyncio.create_task(watch(config, stopping, kubeconfig=str(path)))
    await until(lambda: b'"clean":false' in state.read_bytes())
    stopping.set()
    await running
    assert state.read_bytes() == saved


async def test_the_same_cluster_at_another_address_goes_on(tmp_path: Path) -> None:
    server = cluster("a")
    told = tmp_path / "events.json"
    config = WatchConfig(
        rules=(Rule("v1/configmaps"),), output_dir=str(tmp_path), sinks=(SinkConfig("file", str(told)),)
    )
    stopping = asyncio.Event()
    async with serving(server) as first, serving(server) as second:
        running = asyncio.create_task(watch(config, stopping, kubeconfig=str(kubeconfig(tmp_path, first))))
        await until(lambda: len(lines(told)) == 1)
        kubeconfig(tmp_path, second)
        server.break_connections()
        server.put(configmap("later"))
        await until(lambda: len(lines(told)) == 2)
        stopping.set()
        await running
    assert lines(told) == [("ADDED", "a"), ("ADDED", "later")]
