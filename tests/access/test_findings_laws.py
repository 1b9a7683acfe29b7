"""Whatever happens in whatever order, the findings are those of a fresh look at the end."""

from __future__ import annotations

from random import Random

import pytest

from astrolabe.derived.access.findings.index import FindingIndex
from tests.access import small, world
from tests.access.world import World, id_of


class Judged(World):
    """A world whose findings are kept up to date."""

    def __init__(self) -> None:
        super().__init__()
        self.index = FindingIndex(self.rights, self.uses)
        self.listeners.append(self.index)

    def tell(self, delta) -> None:
        super().tell(delta)
        if hasattr(self, "index"):
            self.index.counted(self.uses.touched)
            self.uses.touched.clear()

    def settle(self):
        for _ in self.index.work():
            pass
        return self.index.by_object


@pytest.mark.parametrize("seed", range(60))
def test_any_interleaving_equals_a_fresh_look(seed: int) -> None:
    order = Random(seed)
    followed = Judged()
    first, second = small.cluster(order), small.cluster(order)
    wanted = {id_of(each) for each in second}
    steps = [("put", each) for each in (*first, *second)]
    steps += [("remove", each) for each in first]
    order.shuffle(steps)
    steps += [("remove", each) for each in first if id_of(each) not in wanted]
    steps += [("put", each) for each in second]
    for what, each in steps:
        if what == "put":
            followed.put(each)
        else:
            followed.remove(id_of(each))
        if order.random() < 0.2:
            followed.settle()
    settled = followed.settle()
    fresh = FindingIndex(followed.rights, followed.uses)
    for _ in fresh.work():
        pass
    assert settled == fresh.by_object
    assert followed.index.counts == fresh.counts


@pytest.mark.parametrize("place", ["shop", ""])
def test_a_secret_is_judged_again_when_a_role_lets_a_program_read_it(place: str) -> None:
    def granting(*rules: world.Object) -> world.Object:
        return world.role("r", place, *rules) if place else world.cluster_role("r", *rules)

    judged = Judged()
    judged.put(
        world.secret("db", "shop"),
        world.account("web", "shop"),
        world.pod("p", "shop", "web", token=True),
        granting(world.rule("get", "pods")),
        world.binding("b", place, "Role/r" if place else "ClusterRole/r", "ServiceAccount/shop/web"),
    )
    assert "secret-unused" in {each.rule for each in judged.settle()["Secret/shop/db"]}
    judged.put(granting(world.rule("get", "secrets")))
    assert "Secret/shop/db" not in judged.settle()
    judged.put(granting(world.rule("get", "secrets", names=["other"])))
    assert "secret-unused" in {each.rule for each in judged.settle()["Secret/shop/db"]}
