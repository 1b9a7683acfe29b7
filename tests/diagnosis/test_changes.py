"""What changed: which changes are noted, when they are forgotten, and with what they are given."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from astrolabe.derived.changes import recent as module
from astrolabe.derived.changes.recent import KEPT_SECONDS, Change, Recent
from astrolabe.derived.changes.relevant import WINDOW_SECONDS, around
from astrolabe.graph.facts import Facts, Owner, Ref, Verdict
from astrolabe.graph.graph import Graph
from astrolabe.kinds.models.details import NodeDetail, ReplicasDetail, RevisionDetail, Scaled
from tests.metrics.test_exposition import facts

NOON = 1_800_000_000.0


class Cluster:
    def __init__(self) -> None:
        self.time = NOON
        self.graph = Graph()
        self.recent = Recent(self.graph, lambda: self.time)
        self.published: dict[str, str] = {}
        self.recent.attach(lambda _, key, text: self.published.__setitem__(key, text))

    def put(self, *items: Facts, after: float = 0.0) -> None:
        self.time += after
        for item in items:
            self.recent.follow(self.graph.apply(item))

    def remove(self, node_id: str) -> None:
        self.recent.follow(self.graph.remove(node_id))

    def changes(self, node_id: str) -> list[tuple[str, float, str]]:
        return [(each.sort, each.at - NOON, each.text) for each in self.recent.of(node_id)]


def deployment(image: str = "web:1", desired: int = 1, scaled: Scaled | None = None, **more: Any) -> Facts:
    detail = ReplicasDetail(desired=desired, image=image, scaled=scaled)
    return facts("Deployment/shop/web", created=NOON - 1e6, detail=detail, **more)


def replica_set(name: str, image: str, created: float) -> Facts:
    owner = Owner("uid-web", "Deployment", "web", controller=True)
    return facts(
        f"ReplicaSet/shop/{name}", owners=(owner,), created=created, detail=ReplicasDetail(image=image)
    )


def test_a_new_image_is_told_from_what_to_what_and_not_again_by_its_replica_set() -> None:
    cluster = Cluster()
    cluster.put(deployment(), deployment("web:2"), after=5)
    cluster.put(replica_set("web-2", "web:2", NOON + 5), after=1)
    assert cluster.changes("Deployment/shop/web") == [("template", 5, "image web:1 → web:2")]
    cluster.put(deployment("web:1"), after=10)
    assert cluster.changes("Deployment/shop/web") == [("template", 16, "image web:2 → web:1")]


@pytest.mark.parametrize("workload_first", [True, False])
def test_after_a_start_a_rollout_is_known_by_its_replica_set(workload_first: bool) -> None:
    cluster = Cluster()
    items = [
        deployment(),
        replica_set("web-1", "web:1", NOON - 1e6),
        replica_set("web-2", "web:2", NOON - 600),
    ]
    cluster.put(*(items if workload_first else items[::-1]))
    cluster.recent.refresh(NOON)
    assert cluster.changes("Deployment/shop/web") == [("template", -600, "rolled out image web:2")]


def test_the_replica_set_that_began_a_workload_is_no_change() -> None:
    cluster = Cluster()
    item = msgspec.structs.replace(deployment(), created=NOON - 600)
    cluster.put(item, replica_set("web-1", "web:1", NOON - 599))
    assert cluster.changes("Deployment/shop/web") == []


def test_replicas_are_told_with_who_set_them() -> None:
    cluster = Cluster()
    cluster.put(deployment(), deployment(desired=0, scaled=Scaled("kubectl", time=NOON + 2)), after=3)
    assert cluster.changes("Deployment/shop/web") == [("replicas", 2, "replicas 1 → 0 by kubectl")]
    again = Cluster()
    again.put(deployment(desired=0, scaled=Scaled("kubectl", time=NOON + 2)), after=60)
    assert again.changes("Deployment/shop/web") == [("replicas", 2, "replicas set to 0 by kubectl")]


def test_configuration_counts_where_a_workload_uses_it() -> None:
    cluster = Cluster()
    used, free = facts("ConfigMap/shop/used"), facts("ConfigMap/shop/free")
    cluster.put(used, free, deployment(refs=(Ref("uses-configmap", used.id),)))
    for item in (used, free):
        cluster.recent.rewritten(item)
    assert cluster.changes(used.id) == [("config", 0, "was changed")]
    assert cluster.changes(free.id) == []
    cluster.time += 10
    cluster.remove(used.id)
    assert cluster.changes(used.id) == [("config", 10, "was deleted")]


def test_nodes_are_told() -> None:
    cluster = Cluster()
    cluster.put(facts("Node/one", detail=NodeDetail()))
    cluster.put(facts("Node/one", detail=NodeDetail(cordoned=True)), after=1)
    assert cluster.changes("Node/one") == [("node", 1, "was cordoned")]
    lost = Verdict("Error", "NodeStatusUnknown", "Kubelet stopped posting node status", NOON + 90)
    cluster.put(facts("Node/one", detail=NodeDetail(cordoned=True), verdict=lost), after=99)
    assert cluster.changes("Node/one") == [("node", 90, "Ready → NodeStatusUnknown")]


def test_they_are_exposed_for_a_day() -> None:
    cluster = Cluster()
    cluster.put(deployment(), deployment("web:2", desired=2))
    (text,) = cluster.published.values()
    labels = 'id="Deployment/shop/web",kind="Deployment",namespace="shop",name="web"'
    assert text == "".join(
        f'astrolabe_last_change_timestamp_seconds{{{labels},change="{change}"}} {NOON}\n'
        for change in ("replicas", "template")
    )
    cluster.time += KEPT_SECONDS
    cluster.recent.refresh(cluster.time + 1)
    assert set(cluster.published.values()) == {""}


def test_they_are_bounded_and_the_oldest_go_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST", 20)
    cluster = Cluster()
    for number in range(50):
        item = facts(f"Node/{number}", detail=NodeDetail())
        cluster.put(item, after=1)
        cluster.put(msgspec.structs.replace(item, detail=NodeDetail(cordoned=True)))
    kept = [number for number in range(50) if cluster.changes(f"Node/{number}")]
    assert 18 <= len(kept) <= 20
    assert kept == list(range(50 - len(kept), 50))


def test_a_diagnosis_is_given_what_changed_before_it_around_it() -> None:
    cluster = Cluster()
    secret = facts("Secret/shop/db")
    crashing = Verdict("Error", "CrashLoopBackOff", "Container web exited with code 1", NOON + 100)
    owner = Owner("uid-web", "Deployment", "web", controller=True)
    refs = (Ref("uses-secret", secret.id), Ref("runs-on", "Node/one"))
    pod = facts("Pod/shop/web-1", owners=(owner,), refs=refs, verdict=crashing)
    node = facts("Node/one", detail=NodeDetail())
    cluster.put(secret, node, deployment(), pod)
    cluster.put(deployment("web:2"), after=50)
    cluster.time += 10
    cluster.recent.rewritten(secret)
    cluster.put(
        facts("Node/other", detail=NodeDetail()), facts("Node/other", detail=NodeDetail(cordoned=True))
    )
    found = around(cluster.graph, cluster.recent, pod.id, NOON + 200)
    assert found == [
        Change(secret.id, "config", NOON + 60, "was changed"),
        Change("Deployment/shop/web", "template", NOON + 50, "image web:1 → web:2"),
    ]
    later = Verdict("Error", "CrashLoopBackOff", "…", NOON + 55 + WINDOW_SECONDS)
    cluster.put(msgspec.structs.replace(pod, verdict=later))
    assert [each.id for each in around(cluster.graph, cluster.recent, pod.id, NOON)] == [secret.id]


def test_the_end_of_what_is_missing_is_given_however_long_ago() -> None:
    cluster = Cluster()
    cluster.put(facts("Secret/shop/db"), deployment(refs=(Ref("uses-secret", "Secret/shop/db"),)))
    cluster.remove("Secret/shop/db")
    found = around(cluster.graph, cluster.recent, "Secret/shop/db", NOON + 5 * 3600)
    assert [each.text for each in found] == ["was deleted"]


def revision(number: int, image: str, created: float, *, hidden: bool = False) -> Facts:
    made = replica_set(f"web-{number}", image, created)
    detail = RevisionDetail(image, number) if hidden else ReplicasDetail(image=image, revision=number)
    return msgspec.structs.replace(made, detail=detail, hidden=hidden)


@pytest.mark.parametrize("hidden", [True, False])
@pytest.mark.parametrize("complete", ["before", "after"])
def test_after_a_start_the_image_before_a_rollout_is_told_by_what_is_kept_to_roll_back_to(
    complete: str, *, hidden: bool
) -> None:
    cluster = Cluster()
    # The second template came before the first one was rolled out again, as the third.
    items = [
        revision(2, "web:2", NOON - 9000, hidden=True),
        revision(4, "web:4", NOON - 600),
        revision(3, "web:1", NOON - 1e6, hidden=hidden),
        deployment(),
    ]
    for item in items:
        cluster.put(item)
    if complete == "before":
        cluster.graph.cover("ReplicaSet")
    cluster.recent.refresh(NOON)
    known = cluster.changes("Deployment/shop/web")
    if complete == "after":
        assert known == [("template", -600, "rolled out image web:4")]
        cluster.graph.cover("ReplicaSet")
        cluster.recent.refresh(NOON)
        known = cluster.changes("Deployment/shop/web")
    assert known == [("template", -600, "image web:1 → web:4")]


@pytest.mark.parametrize("others", [[], [("web:4", 3)], [("web:1", 0)], [("web:5", 5)], [("", 3)]], ids=str)
def test_what_was_there_before_is_not_guessed(others: list[tuple[str, int]]) -> None:
    cluster = Cluster()
    cluster.graph.cover("ReplicaSet")
    cluster.put(deployment(), revision(4, "web:4", NOON - 600))
    cluster.put(*(revision(number, image, NOON - 9000, hidden=True) for image, number in others))
    cluster.recent.refresh(NOON)
    assert cluster.changes("Deployment/shop/web") == [("template", -600, "rolled out image web:4")]
