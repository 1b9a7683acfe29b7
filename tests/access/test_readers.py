"""Whatever happens in whatever order, who can read is what a fresh look at the end says."""

from __future__ import annotations

from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from astrolabe.derived.access.readers import ReaderIndex, Readers
from tests.access import small
from tests.access.world import Object, World, account, binding, cluster_role, id_of, pod, role, rule, secret


class Followed(World):
    """A world whose readers are kept up to date."""

    def __init__(self, *objects: Object, guarded: bool = False) -> None:
        super().__init__()
        self.index = ReaderIndex(self.rights, self.uses, lambda _: guarded)
        self.listeners.append(self.index)
        self.put(*objects)
        self.settle()

    def settle(self) -> dict[str, Readers]:
        for _ in self.index.work():
            pass
        return self.index.by_namespace


def fresh(world: World) -> dict[str, Readers]:
    found = ReaderIndex(world.rights, world.uses)
    for _ in found.work():
        pass
    return found.by_namespace


def check(first: list[Object], second: list[Object], order: Random) -> None:
    world = Followed(*first)
    wanted = {id_of(each): each for each in second}
    steps = [("put", each) for each in second]
    steps += [("remove", each) for each in first if id_of(each) not in wanted]
    steps += [("bounce", each) for each in order.sample(first, min(3, len(first)))]
    order.shuffle(steps)
    for what, each in steps:
        if what == "put":
            world.put(each)
        elif what == "remove":
            world.remove(id_of(each))
        else:
            world.remove(id_of(each))
            world.put(wanted.get(id_of(each), each))
            if id_of(each) not in wanted:
                world.remove(id_of(each))
        if order.random() < 0.5:
            world.settle()
            assert world.index.by_namespace == fresh(world), (what, id_of(each))
    world.settle()
    assert world.index.by_namespace == fresh(world)


@settings(max_examples=60, deadline=None)
@given(small.clusters(), small.clusters(), st.randoms(use_true_random=False))
def test_any_way_from_one_cluster_to_another(
    first: list[Object], second: list[Object], order: Random
) -> None:
    check(first, second, order)


@pytest.mark.parametrize("seed", range(40))
def test_any_way_between_clusters_that_are_full_of_ways(seed: int) -> None:
    order = Random(seed)
    check(small.cluster(order), small.cluster(order), order)


def test_a_change_of_one_role_is_worked_out_where_it_matters_alone() -> None:
    objects = []
    for number in range(30):
        place = f"ns{number}"
        objects += [
            secret("db", place),
            role("reader", place, rule("get", "secrets")),
            binding("reader", place, "Role/reader", f"User/u{number}"),
        ]
    world = Followed(*objects)
    worked: list[str] = []
    world.index.listen(lambda namespace, _before, _after: worked.append(namespace))
    world.put(role("reader", "ns7", rule("get", "configmaps")))
    assert len(list(world.index.work())) < 5
    assert worked == ["ns7"]


def test_a_change_is_followed_to_the_namespaces_that_it_reaches() -> None:
    world = Followed(
        secret("db", "red"),
        role("reader", "red", rule("get", "secrets")),
        binding("reader", "red", "Role/reader", "ServiceAccount/blue/robot"),
        account("robot", "blue"),
        pod("robot", "blue", "robot", token=True),
        role("enter", "blue", rule("create", "pods/exec")),
    )
    assert [key for key, _ in world.index.by_namespace["red"]] == [
        "Group/system:masters",
        "ServiceAccount/blue/robot",
    ]
    world.put(binding("enter", "blue", "Role/enter", "User/eve"))
    assert ("User/eve", "exec") in world.settle()["red"]
    world.remove("Pod/blue/robot")
    assert ("User/eve", "exec") not in world.settle()["red"]


@pytest.mark.parametrize("guarded", [False, True])
def test_who_reaches_every_kubelet_reaches_a_pod_once_it_is_on_a_node(guarded: bool) -> None:
    waiting, placed = (pod("web", "red", secrets=["db"], node=node) for node in ("", "one"))
    world = Followed(
        secret("db", "red"),
        waiting,
        cluster_role("kubelets", rule("get create", "nodes/proxy")),
        binding("kubelets", "", "ClusterRole/kubelets", "User/eve"),
        guarded=guarded,
    )
    assert ("User/eve", "node") not in world.index.by_namespace["red"]
    world.put(placed)
    assert ("User/eve", "node") in world.settle()["red"]
    world.put(waiting)
    assert ("User/eve", "node") not in world.settle()["red"]


def test_an_account_that_is_made_again_leaves_its_tokens_behind() -> None:
    world = Followed(
        secret("db", "red"),
        role("reader", "red", rule("get", "secrets")),
        binding("reader", "red", "Role/reader", "ServiceAccount/blue/robot"),
        account("robot", "blue", uid="first"),
        secret("robot-token", "blue", token_of="robot", of_uid="first"),
        role("one", "blue", rule("get", "secrets", names=["robot-token"])),
        binding("one", "blue", "Role/one", "User/eve"),
    )
    assert ("User/eve", "token-secret") in world.index.by_namespace["red"]
    world.put(account("robot", "blue", uid="second"))
    assert ("User/eve", "token-secret") not in world.settle()["red"]
    world.put(secret("robot-token", "blue", token_of="robot", of_uid="second"))
    assert ("User/eve", "token-secret") in world.settle()["red"]


def test_pods_that_change_nothing_of_access_cost_nothing() -> None:
    world = Followed(secret("db", "shop"), pod("web-1", "shop", secrets=["db"]))
    world.put(pod("web-1", "shop", secrets=["db"], labels={"a": "b"}))
    world.put(pod("web-2", "shop", secrets=["db"]))
    assert not world.index.waiting
    world.remove("Pod/shop/web-1")
    assert not world.index.waiting
    world.remove("Pod/shop/web-2")
    assert world.index.waiting
