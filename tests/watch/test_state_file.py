"""With a state file a restart goes on where it stopped: nothing is lost, and after a crash it is marked."""

from __future__ import annotations

import asyncio
import json
import stat
from pathlib import Path

import pytest

from astrolabe.testing.apiserver import ApiServer
from astrolabe.watch import ConfigError, Controller, Rule, WatchConfig
from astrolabe.watch.plan import Plan
from astrolabe.watch.saving import Saver
from astrolabe.watch.testing import cluster
from tests.watch.helpers import Seen, configmap, namespace, obj

pytestmark = pytest.mark.looptime


class Run:
    """One process after the other against one API server."""

    def __init__(self, folder: Path, *rules: Rule) -> None:
        self.server = ApiServer()
        self.path = folder / "state.json"
        self.rules = rules or (Rule("v1/configmaps"),)

    def controller(self, *rules: Rule) -> tuple[Controller, Seen]:
        config = WatchConfig(
            rules=rules or self.rules,
            state_file=str(self.path),
            output_dir=str(self.path.parent),
        )
        controller, seen = Controller(config), Seen()
        controller.add_event_handler(seen)
        return controller, seen

    async def once(self, *rules: Rule) -> Seen:
        controller, seen = self.controller(*rules)
        async with cluster(controller, self.server) as api:
            await api.settled()
            await asyncio.sleep(3)
        return seen


@pytest.fixture
def run(tmp_path: Path) -> Run:
    run = Run(tmp_path)
    for name in ("same", "changes", "goes"):
        run.server.put(configmap(name))
    return run


async def test_a_clean_restart_tells_what_happened_meanwhile_once(run: Run) -> None:
    first = await run.once()
    assert len(first.events) == 3
    assert all(event.initial for event in first.events)
    assert json.loads(run.path.read_bytes())["clean"] is True
    assert stat.S_IMODE(run.path.stat().st_mode) == 0o600
    assert (await run.once()).events == []
    run.server.put(configmap("changes", data="2"))
    run.server.put(configmap("comes"))
    run.server.delete("configmaps", "shop", "goes")
    second = await run.once()
    assert second.told == [("UPDATED", "shop/changes"), ("ADDED", "shop/comes"), ("DELETED", "shop/goes")]
    assert not any(event.initial or event.redelivered for event in second.events)
    # What was before, another process saw. What was deleted, the server still tells.
    assert second.events[0].old is None
    assert second.events[2].object["data"] == {"value": "1"}
    assert (await run.once()).events == []


async def test_after_the_servers_history_is_gone_it_is_the_net_difference(run: Run) -> None:
    await run.once()
    run.server.put(configmap("changes", data="2"))
    run.server.put(configmap("changes", data="3"))
    run.server.put(configmap("comes"))
    run.server.delete("configmaps", "shop", "goes")
    run.server.compact()
    seen = await run.once()
    assert sorted(seen.told) == [
        ("ADDED", "shop/comes"),
        ("DELETED", "shop/goes"),
        ("UPDATED", "shop/changes"),
    ]
    assert seen.events[0].object["metadata"]["name"] == "goes"


async def test_after_a_crash_nothing_is_lost_and_what_comes_again_is_marked(run: Run) -> None:
    controller, seen = run.controller()
    stuck = asyncio.Event()

    async def slow(event: object) -> None:
        if event.name == "stuck":  # type: ignore[attr-defined]
            await stuck.wait()

    controller.add_event_handler(slow)
    async with cluster(controller, run.server) as api:
        await asyncio.sleep(3)
        api.put(configmap("stuck"))
        api.put(configmap("changes", data="2"))
        await asyncio.sleep(3)
        crashed = run.path.read_bytes()
        stuck.set()
    assert seen.told[-2:] == [("ADDED", "shop/stuck"), ("UPDATED", "shop/changes")]
    run.path.write_bytes(crashed)
    assert json.loads(crashed)["clean"] is False
    run.server.put(configmap("later"))
    second = await run.once()
    # `changes` was delivered, and known to be; `stuck` was not, at one handler.
    assert second.told == [("ADDED", "shop/stuck"), ("ADDED", "shop/later")]
    assert all(event.redelivered for event in second.events)


async def test_a_rule_that_is_new_begins_with_initial_events(run: Run) -> None:
    await run.once()
    more = await run.once(Rule("v1/configmaps"), Rule("v1/configmaps", name_selector="s.*"))
    assert sorted(more.told) == sorted(
        [("ADDED", f"shop/{name}") for name in ("same", "same", "changes", "goes")]
    )
    assert all(event.initial for event in more.events)
    # And what no rule asks for any more is not told to have gone.
    assert (await run.once(Rule("v1/pods"))).events == []


async def test_namespaces_selected_by_a_pattern_are_known_again(tmp_path: Path) -> None:
    run = Run(tmp_path, Rule("v1/configmaps", ("prod-.*",)))
    run.server.put(namespace("prod-a"))
    run.server.put(configmap("one", "prod-a"))
    assert (await run.once()).told == [("ADDED", "prod-a/one")]
    run.server.put(configmap("two", "prod-a"))
    assert (await run.once()).told == [("ADDED", "prod-a/two")]
    run.server.delete("configmaps", "prod-a", "one")
    run.server.delete("configmaps", "prod-a", "two")
    run.server.delete("namespaces", "", "prod-a")
    assert sorted((await run.once()).told) == [("DELETED", "prod-a/one"), ("DELETED", "prod-a/two")]


async def test_after_a_crash_a_resource_that_is_gone_is_told_to_be(tmp_path: Path) -> None:
    run = Run(tmp_path, Rule("example.org/v1/backups"))
    definition = obj(
        "CustomResourceDefinition",
        "backups.example.org",
        "",
        "apiextensions.k8s.io/v1",
        spec={
            "group": "example.org",
            "names": {"kind": "Backup", "plural": "backups"},
            "scope": "Namespaced",
            "versions": [{"name": "v1", "served": True, "storage": True}],
        },
    )
    run.server.put(definition)
    run.server.put(obj("Backup", "daily", version="example.org/v1"))
    assert (await run.once()).told == [("ADDED", "shop/daily")]
    run.path.write_text(run.path.read_text().replace('"clean":true', '"clean":false'))
    run.server.delete("customresourcedefinitions.apiextensions.k8s.io", "", "backups.example.org")
    controller, seen = run.controller()
    async with cluster(controller, run.server) as api:
        await asyncio.sleep(60)
        await api.settled()
    assert seen.told == [("DELETED", "shop/daily")]
    assert seen.events[0].redelivered
    assert seen.events[0].object["metadata"] == {
        "name": "daily",
        "namespace": "shop",
        "uid": seen.events[0].uid,
        "resourceVersion": seen.events[0].item.resource_version,
    }


async def test_a_file_that_cannot_be_used(run: Run, tmp_path: Path) -> None:
    run.path.write_text("{half")
    assert len((await run.once()).events) == 3
    (tmp_path / "file").write_text("")
    run.path = tmp_path / "file" / "state.json"
    controller, _ = run.controller()
    with pytest.raises(ConfigError, match=r"cannot be (read|written)"):
        await controller.start()


async def test_nothing_is_saved_until_the_cluster_is_known(run: Run) -> None:
    await run.once()
    saver = Saver(run.path, Plan(()))
    loaded = run.path.read_bytes()
    saving = asyncio.create_task(saver.run(dict))
    await asyncio.sleep(60)
    assert run.path.read_bytes() == loaded
    saver.restored("")
    while run.path.read_bytes() == loaded:  # noqa: ASYNC110  (files tell nobody)
        await asyncio.sleep(1)
    saving.cancel()
