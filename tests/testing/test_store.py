from datetime import UTC, datetime

import pytest

from astrolabe.testing.refusal import Refusal
from astrolabe.testing.resources import BUILT_IN
from astrolabe.testing.store import Store
from tests.testing.client import pod

START = datetime(2026, 3, 2, 8, tzinfo=UTC)


@pytest.fixture
def store():
    return Store(BUILT_IN, clock=lambda: START)


def deployment(replicas=1, **status):
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": "web", "namespace": "shop"},
        "spec": {"replicas": replicas},
        **({"status": status} if status else {}),
    }


def test_a_new_object_gets_what_the_server_assigns(store):
    stored = store.put(deployment())
    assert stored["metadata"] == {
        "name": "web",
        "namespace": "shop",
        "uid": "e3e70682-c209-4cac-a29f-6fbed82c07cd",
        "creationTimestamp": "2026-03-02T08:00:00Z",
        "generation": 1,
        "resourceVersion": "1001",
    }


def test_the_uids_are_those_of_the_seed():
    uids = [Store(BUILT_IN, seed=seed).put(pod("a"))["metadata"]["uid"] for seed in (1, 1, 2)]
    assert uids[0] == uids[1] != uids[2]


def test_only_a_change_of_the_specification_raises_the_generation(store):
    store.put(deployment())
    store.status("deployments.apps", "shop", "web", {"replicas": 1})
    assert store.get("deployments.apps", "shop", "web")["metadata"]["generation"] == 1
    assert store.put(deployment(2))["metadata"]["generation"] == 2


def test_a_status_that_is_left_out_is_kept(store):
    store.put(deployment(readyReplicas=1))
    assert store.put(deployment(2))["status"] == {"readyReplicas": 1}


def test_what_changes_nothing_makes_no_event(store):
    first = store.put(pod("a"))
    assert store.put(pod("a")) == first
    assert [event.type for event in store.since("pods", 1000)] == ["ADDED"]


def test_versions_increase_over_all_resources(store):
    store.put(pod("a"))
    store.put(deployment())
    store.put(pod("a", phase="Failed"))
    store.delete("pods", "shop", "a")
    assert [event.version for event in store.since("pods", 1000)] == [1001, 1003, 1004]


def test_a_deletion_carries_the_last_state_with_a_version_of_its_own(store):
    stored = store.put(pod("a"))
    stored["metadata"]["resourceVersion"] = "1002"
    assert store.delete("pods", "shop", "a") == stored
    assert not store.has("pods", "shop", "a")


def test_the_same_name_under_another_uid_is_refused(store):
    store.put(pod("a"))
    other = pod("a")
    other["metadata"]["uid"] = "other"
    with pytest.raises(Refusal, match='pods "a" exists with another uid'):
        store.put(other)


def test_returned_objects_are_free_to_change(store):
    stored = store.put(pod("a"))
    stored["spec"]["nodeName"] = "elsewhere"
    store.get("pods", "shop", "a")["spec"]["nodeName"] = "elsewhere"
    assert store.peek("pods", "shop", "a")["spec"]["nodeName"] == "node-1"


def test_an_unknown_kind_and_an_absent_object_are_refused(store):
    with pytest.raises(Refusal, match='no matches for kind "Rocket" in version'):
        store.put({"apiVersion": "space.example/v1", "kind": "Rocket", "metadata": {"name": "a"}})
    with pytest.raises(Refusal, match='"web" not found'):
        store.get("deployments.apps", "shop", "web")


def test_the_history_is_bounded():
    store = Store(BUILT_IN, history=2)
    for name in "abc":
        store.put(pod(name))
    assert [event.version for event in store.since("pods", 1001)] == [1002, 1003]
    with pytest.raises(Refusal, match=r"too old resource version: 1000 \(1001\)"):
        store.since("pods", 1000)


def test_a_restored_store_has_the_old_objects_and_the_old_version(store):
    store.put(pod("a"))
    snapshot = store.snapshot()
    store.put(pod("a", phase="Failed"))
    store.put(pod("b"))
    store.restore(snapshot)
    assert [obj["metadata"]["name"] for obj in store] == ["a"]
    assert store.peek("pods", "shop", "a")["status"] == {"phase": "Running"}
    assert store.put(pod("c"))["metadata"]["resourceVersion"] == "1002"
