"""The examples of the documentation do what they say."""

from __future__ import annotations

import asyncio
import importlib.util
import re
import sqlite3
import sys
from pathlib import Path
from typing import Any

import pytest
import requests_mock

from astrolabe.testing.apiserver import ApiServer
from astrolabe.watch import Controller, WatchConfig, parse_config
from astrolabe.watch.reading import _DETAILS, _KEYS, _METRICS, _NAMESPACE, _RESOURCE, _SINK
from astrolabe.watch.serving import WatchCollector
from astrolabe.watch.testing import cluster
from tests.watch.helpers import obj

EXAMPLES = Path(__file__).parents[2] / "docs" / "examples" / "watch"


def example(name: str, monkeypatch: pytest.MonkeyPatch) -> Any:
    spec = importlib.util.spec_from_file_location(name, EXAMPLES / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    monkeypatch.setitem(sys.modules, name, module)
    spec.loader.exec_module(module)
    return module


def test_each_example_is_on_the_page() -> None:
    page = (EXAMPLES.parents[1] / "watch.md").read_text()
    for path in EXAMPLES.glob("*.py"):
        assert f"examples/watch/{path.name}" in page


def test_the_configuration_on_the_page_is_one_and_names_every_key() -> None:
    page = (EXAMPLES.parents[1] / "watch.md").read_text()
    (block,) = re.findall(r"```yaml\n(.*?)```", page, re.DOTALL)
    config = parse_config(block)
    assert len(config.rules) == 4
    assert config.warnings == ()
    for key in (*_KEYS, *_METRICS, *_SINK[:2], *_NAMESPACE, *_DETAILS, *_RESOURCE):
        assert f"{key}:" in block


def test_the_page_names_every_metric() -> None:
    page = (EXAMPLES.parents[1] / "watch.md").read_text()
    for family in WatchCollector(Controller()).collect():
        suffix = "_total" if family.type == "counter" else ""
        name = f"{family.name}{suffix}"
        assert name in page or f"`{name.removeprefix('astrolabe_watch_handler')}`" in page


async def test_notify_a_webhook(monkeypatch: pytest.MonkeyPatch) -> None:
    controller = Controller()
    with requests_mock.Mocker() as mocked:
        mocked.post("https://example.org/hook", status_code=200)
        example("notify_webhook", monkeypatch).add_to(controller, "https://example.org/hook")
        async with cluster(controller) as api:
            api.put(obj("Pod", "web", spec={}, status={"phase": "Running"}))
            api.put(obj("Pod", "web", spec={}, status={"phase": "Failed"}))
            api.put(obj("Pod", "web", spec={}, status={"phase": "Failed", "reason": "Evicted"}))
            await api.settled()
    assert [call.json() for call in mocked.request_history] == [{"text": "Pod shop/web has failed"}]


async def test_keep_a_table_in_sqlite(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    controller, path = Controller(), tmp_path / "table.db"
    example("sqlite_table", monkeypatch).add_to(controller, str(path))
    server = ApiServer()
    for name, replicas in (("web", 2), ("db", 1), ("old", 3)):
        server.put(obj("Deployment", name, version="apps/v1", spec={"replicas": replicas}))
    async with cluster(controller, server) as api:
        api.put(obj("Deployment", "web", version="apps/v1", spec={"replicas": 5}))
        api.delete("deployments.apps", "shop", "old")
        await api.settled()
    database = sqlite3.connect(path)
    rows = database.execute("SELECT key, replicas FROM deployment ORDER BY key").fetchall()
    database.close()
    assert rows == [("shop/db", 1), ("shop/web", 5)]


DEFINITION = {
    "apiVersion": "apiextensions.k8s.io/v1",
    "kind": "CustomResourceDefinition",
    "metadata": {"name": "backups.example.org"},
    "spec": {
        "group": "example.org",
        "names": {"kind": "Backup", "plural": "backups"},
        "scope": "Namespaced",
        "versions": [{"name": "v1", "served": True, "storage": True}],
    },
}


@pytest.mark.looptime
async def test_objects_of_a_definition_that_comes_and_goes_at_run_time(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    controller, said = Controller(), []
    example("crd_objects", monkeypatch).add_to(controller, said.append)
    async with cluster(controller) as api:
        api.put(DEFINITION)
        await asyncio.sleep(30)
        api.put(obj("Backup", "daily", version="example.org/v1", spec={"schedule": "@daily"}))
        await api.settled()
        assert said == ["ADDED shop/daily: @daily"]
        api.delete("customresourcedefinitions.apiextensions.k8s.io", "", "backups.example.org")
        await asyncio.sleep(60)
        await api.settled()
        assert said[1:] == ["DELETED shop/daily: @daily"]
        assert api.server.watches("backups.example.org") == []


class Pods:
    """The one call by which the operator writes, from its thread."""

    def __init__(self, server: ApiServer) -> None:
        self._server = server
        self._loop = asyncio.get_running_loop()
        self.calls: list[str] = []

    def patch_namespaced_pod(self, name: str, namespace: str, body: Any) -> None:
        asyncio.run_coroutine_threadsafe(self._patch(name, namespace, body), self._loop).result(10)

    async def _patch(self, name: str, namespace: str, body: Any) -> None:
        self.calls.append(name)
        pod = self._server.get("pods", namespace, name)
        pod["metadata"]["labels"] = {**pod["metadata"].get("labels", {}), **body["metadata"]["labels"]}
        self._server.put(pod)


async def test_an_operator_that_copies_a_label_from_a_secret_to_its_pods(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    server = ApiServer()
    controller = Controller(WatchConfig(output_dir=str(tmp_path)))
    volumes = [{"name": "v", "secret": {"secretName": "key"}}]
    server.put(obj("Pod", "first", spec={"volumes": volumes}))
    server.put(obj("Pod", "other", spec={}))
    written = Pods(server)
    example("team_label", monkeypatch).add_to(controller, written)
    async with cluster(controller, server) as api:
        api.put(obj("Secret", "key", metadata={"labels": {"team": "blue"}}, data={"k": "dg=="}))
        await api.settled()
        api.put(obj("Pod", "later", spec={"volumes": volumes}))
        await api.settled()
    labels = {pod["metadata"]["name"]: pod["metadata"].get("labels") for pod in server.objects("pods")}
    assert labels == {"first": {"team": "blue"}, "later": {"team": "blue"}, "other": None}
    # Each is written once: what the operator wrote comes back to it, and is right already.
    assert written.calls == ["first", "later"]
    assert all(
        "PartialObjectMetadata" in each.accept for each in server.requests if each.resource == "secrets"
    )
