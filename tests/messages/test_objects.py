"""Every kind has a type of its own in messages, and is the same after JSON."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, get_args

import msgspec
import pytest

from astrolabe.graph.graph import Graph
from astrolabe.kinds.kind import KindOptions
from astrolabe.kinds.registry import KINDS as BUILT_IN
from astrolabe.messages.making import object_of, type_of
from astrolabe.messages.message import KubeMessage, Listing, decode, encode
from astrolabe.messages.objects import AnyObject, Custom, Pod, Secret
from tests.kinds.samples import KINDS, SAMPLES

NODES = [kind.name for kind in KINDS.values() if kind.node]


def told(name: str) -> Any:
    kind = KINDS[name]
    read = kind.reader(kind.versions[0], KindOptions())
    graph = Graph()
    facts = read(msgspec.json.encode(SAMPLES[name]), {})
    graph.apply(msgspec.structs.replace(facts, hidden=False))
    node = graph.get(facts.id)
    assert node is not None
    return object_of(node, graph)


@pytest.mark.parametrize("name", NODES)
def test_a_message_is_the_same_after_json(name: str) -> None:
    message = KubeMessage("lab", "shop", "Applied", datetime(2026, 1, 1, tzinfo=UTC), told(name))
    assert decode(encode(message)) == message


@pytest.mark.parametrize("name", NODES)
def test_what_the_graph_knows_of_a_kind_is_told(name: str) -> None:
    kind = KINDS[name]
    facts = kind.reader(kind.versions[0], KindOptions())(msgspec.json.encode(SAMPLES[name]), {})
    resource = told(name)
    assert (resource.id, resource.uid, dict(facts.labels)) == (facts.id, facts.uid, resource.labels)
    details = [
        getattr(resource, each)
        for each in ("detail", "release_record", "sleep_record")
        if hasattr(resource, each)
    ]
    assert (facts.detail is not None) == any(detail is not None for detail in details)


@pytest.mark.parametrize("name", NODES)
def test_what_is_empty_is_left_out(name: str) -> None:
    told_of = msgspec.json.decode(msgspec.json.encode(told(name)))
    empty = [key for key, value in told_of.items() if value in ("", 0, None, [], {})]
    assert empty == []


def test_each_built_in_kind_has_a_type_and_there_is_no_other() -> None:
    types = {type_of(kind.name) for kind in BUILT_IN if kind.node}
    assert Custom not in types
    assert types | {Custom} == set(get_args(AnyObject))


def test_what_means_nothing_elsewhere_is_left_out() -> None:
    pod = told("Pod")
    assert isinstance(pod, Pod)
    assert pod.detail is not None
    assert pod.detail.source == 0


def test_records_in_secrets_are_told_apart() -> None:
    kind = KINDS["Secret"]
    metadata = {"name": "sleepinfo-night", "namespace": "shop", "uid": "u", "managedFields": []}
    secret = {"apiVersion": "v1", "kind": "Secret", "metadata": metadata}
    graph = Graph()
    graph.apply(kind.reader("v1", KindOptions())(msgspec.json.encode(secret), {}))
    (node,) = graph
    resource = object_of(node, graph)
    assert isinstance(resource, Secret)
    assert resource.sleep_record is not None
    assert resource.detail is resource.release_record is None


def test_the_tag_tells_the_type() -> None:
    message = KubeMessage("lab", "", "Restarted", datetime(2026, 1, 1, tzinfo=UTC), Listing(("Pod",)))
    assert msgspec.json.decode(encode(message)) == {
        "cluster": "lab",
        "namespace": "",
        "action": "Restarted",
        "timestamp": "2026-01-01T00:00:00Z",
        "resource": {"type": "Listing", "kinds": ["Pod"]},
    }
    assert msgspec.json.decode(msgspec.json.encode(told("Pod")))["type"] == "Pod"
