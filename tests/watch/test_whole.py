"""A configuration file of each form, an API server, and what handlers and files are told."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from astrolabe.testing.apiserver import ApiServer
from astrolabe.watch import Controller, Rule, parse_config
from astrolabe.watch.program import outputs
from astrolabe.watch.testing import cluster
from tests.watch.helpers import Seen, configmap, namespace, obj, pod

pytestmark = pytest.mark.looptime

BY_NAMESPACE = """
output_dir: {folder}
log_level: debug
json_export: true
namespaces:
  - name_selector: "prod-.*"
    resources:
      v1/pods: {{label_selector: app=nginx}}
      "v1/configmaps":
        name_selector: "config-.*"
"""
BY_RESOURCE = """
output_dir: {folder}
json_export: true
resources:
  - gvr: "v1/configmaps"
    scope: Namespaced
    namespace_names: [shop]
    name_selector: one
"""


async def test_by_resource_each_change_is_a_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    config = parse_config(BY_RESOURCE.format(folder=tmp_path))
    controller = Controller(config)
    from datetime import datetime

    for handler in outputs(config, datetime(2026, 1, 2, 3, 4, 5)):  # noqa: DTZ001
        controller.add_event_handler(handler)
    server = ApiServer()
    server.put(configmap("one", app="web"))
    server.put(configmap("two"))
    async with cluster(controller, server) as api:
        api.put(configmap("one", data="2", app="web"))
        api.delete("configmaps", "shop", "one")
        await api.settled()
    path = tmp_path / "logs" / "events-20260102-030405.json"
    assert capsys.readouterr().out.startswith(f"FARO_JSON_FILE: {path}\n")
    lines = [json.loads(line) for line in path.read_text().splitlines()]
    assert [line["eventType"] for line in lines] == ["ADDED", "UPDATED", "DELETED"]
    uid = lines[0]["uid"]
    assert lines[1] | {"timestamp": ""} == {
        "timestamp": "",
        "eventType": "UPDATED",
        "gvr": "v1/configmaps",
        "namespace": "shop",
        "name": "one",
        "uid": uid,
        "labels": {"app": "web"},
    }
    assert lines[1]["timestamp"].endswith("Z")


async def test_by_namespace_a_pattern_selects_namespaces_that_are_and_that_come(tmp_path: Path) -> None:
    controller = Controller(parse_config(BY_NAMESPACE.format(folder=tmp_path)))
    seen = Seen()
    controller.add_event_handler(seen)
    server = ApiServer()
    for name in ("prod-a", "test"):
        server.put(namespace(name))
        server.put(pod("web", name, app="nginx"))
        server.put(pod("db", name, app="postgres"))
        server.put(configmap("config-1", name))
        server.put(configmap("other", name))
    async with cluster(controller, server) as api:
        assert sorted(seen.told) == [("ADDED", "prod-a/config-1"), ("ADDED", "prod-a/web")]
        assert all(event.initial for event in seen.events)
        seen.events.clear()
        api.put(namespace("prod-b"))
        api.put(pod("late", "prod-b", app="nginx"))
        api.put(pod("late", "test", app="nginx"))
        await api.settled()
        assert seen.told == [("ADDED", "prod-b/late")]
        seen.events.clear()
        open_before = len(api.server.watches("pods"))
        api.delete("pods", "prod-b", "late")
        api.delete("namespaces", "", "prod-b")
        await api.settled()
        assert seen.told == [("DELETED", "prod-b/late")]
        assert len(api.server.watches("pods")) == open_before - 1


async def test_an_event_says_what_it_was_and_is() -> None:
    controller = Controller()
    events = []

    @controller.on("v1/pods", namespaces=["shop"], label_selector="app=web")
    def changed(event) -> None:
        events.append(event)

    async with cluster(controller) as api:
        api.put(pod("web", app="web"))
        api.put(pod("web", app="web", tier="front"))
        api.put(pod("web", app="gone"))
        await api.settled()
    added, updated, deleted = events
    assert (added.event_type, added.initial, added.old) == ("ADDED", False, None)
    assert updated.old["metadata"]["labels"] == {"app": "web"}
    assert updated.object["metadata"]["labels"] == {"app": "web", "tier": "front"}
    assert (updated.key, updated.namespace, updated.name, updated.gvr) == (
        "shop/web", "shop", "web", "v1/pods",
    )  # fmt: skip
    assert (updated.object["kind"], updated.object["apiVersion"]) == ("Pod", "v1")
    # It does not match any more: for who selects it, that is its end.
    assert (deleted.event_type, deleted.object) == ("DELETED", updated.object)
    assert deleted.config == Rule("v1/pods", ("shop",), label_selector="app=web")


async def test_deleted_and_created_again_under_one_name_are_two_events() -> None:
    controller, seen = Controller([Rule("v1/pods")]), Seen()
    controller.add_event_handler(seen)
    server = ApiServer()
    first = server.put(pod("web"))["metadata"]["uid"]
    async with cluster(controller, server) as api:
        api.server.go_away()
        api.delete("pods", "shop", "web")
        second = api.put(pod("web"))["metadata"]["uid"]
        api.server.compact()
        api.server.come_back()
        import asyncio

        await asyncio.sleep(60)
        await api.settled()
    assert [(event.event_type, event.uid) for event in seen.events] == [
        ("ADDED", first),
        ("DELETED", first),
        ("ADDED", second),
    ]
    assert [event.initial for event in seen.events] == [True, False, False]


async def test_rules_share_a_watch_and_each_rule_hears() -> None:
    rules = [
        Rule("v1/pods", ("shop",)),
        Rule("v1/pods", ("shop",), "web-.*"),
        Rule("v1/pods", ("sh.p", "shop")),
    ]
    controller, seen = Controller(rules), Seen()
    controller.add_event_handler(seen)
    server = ApiServer()
    server.put(namespace("shop"))
    server.put(pod("web-0"))
    server.put(pod("db"))
    async with cluster(controller, server):
        assert len(server.watches("pods")) == 1
    assert sorted((event.key, rules.index(event.config)) for event in seen.events) == [
        ("shop/db", 0),
        ("shop/db", 2),
        ("shop/web-0", 0),
        ("shop/web-0", 1),
        ("shop/web-0", 2),
    ]


async def test_rules_with_different_labels_all_hold() -> None:
    rules = [Rule("v1/pods", label_selector="app=a"), Rule("v1/pods", label_selector="app=b")]
    controller, seen = Controller(rules), Seen()
    controller.add_event_handler(seen)
    async with cluster(controller) as api:
        api.put(pod("a", app="a"))
        api.put(pod("b", app="b"))
        await api.settled()
    assert sorted(seen.told) == [("ADDED", "shop/a"), ("ADDED", "shop/b")]


async def test_secrets_come_as_metadata_unless_a_rule_asks_for_values() -> None:
    controller = Controller()
    bare, whole = [], []
    controller.on("v1/secrets", name="bare")(lambda event: bare.append(event.object))
    controller.on("v1/secrets", name="whole", values=True)(lambda event: whole.append(event.object))
    applied = {"kubectl.kubernetes.io/last-applied-configuration": '{"data":{"key":"c2VjcmV0"}}', "a": "b"}
    async with cluster(controller) as api:
        api.put(obj("Secret", "s", metadata={"annotations": applied}, data={"key": "c2VjcmV0"}))
        await api.settled()
    assert whole[0]["data"] == {"key": "c2VjcmV0"}
    assert "data" not in bare[0]
    assert bare[0]["kind"] == "PartialObjectMetadata"
    assert bare[0]["metadata"]["annotations"] == whole[0]["metadata"]["annotations"] == {"a": "b"}


async def test_secret_values_are_not_asked_for_without_need() -> None:
    controller, seen = Controller([Rule("v1/secrets")]), Seen()
    controller.add_event_handler(seen)
    server = ApiServer()
    server.put(obj("Secret", "s", data={"key": "c2VjcmV0"}))
    async with cluster(controller, server):
        pass
    assert "data" not in seen.events[0].object
    asked = [request for request in server.requests if request.resource == "secrets"]
    assert asked
    assert all("PartialObjectMetadata" in request.accept for request in asked)
