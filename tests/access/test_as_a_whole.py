"""`Access` tells its parts less than every event, and says what they would say of every event."""

from __future__ import annotations

from random import Random

import pytest

from astrolabe.derived.access.access import Access
from astrolabe.derived.access.findings.index import FindingIndex
from astrolabe.derived.access.readers import ReaderIndex
from astrolabe.derived.access.seen import Seen
from astrolabe.graph.delta import Delta
from tests.access import small
from tests.access.world import Object, World, account, id_of, pod, secret

NOW = 1_800_000_000.0


class Both(World):
    """Parts that are told every event as it is, and beside them the whole."""

    def __init__(self) -> None:
        super().__init__()
        self.seen = Seen(self.uses)
        self.readers = ReaderIndex(self.rights, self.uses)
        self.findings = FindingIndex(self.rights, self.uses)
        self.access = Access(self.graph, now=lambda: NOW)
        self.counted: set[str] = set()

    def tell(self, delta: Delta) -> None:
        super().tell(delta)
        if not hasattr(self, "access"):
            return
        self.seen.follow(delta, NOW)
        self.readers.follow(delta)
        self.findings.follow(delta)
        self.counted |= self.uses.touched
        self.findings.counted(self.uses.touched)
        self.uses.touched.clear()
        self.access.follow(delta)

    def settle(self) -> None:
        for _ in self.readers.work():
            pass
        for _ in self.findings.work():
            pass
        for _ in self.access.work():
            pass

    def compare(self) -> None:
        whole = self.access
        assert whole.uses.mounting == self.uses.mounting
        assert whole.uses.running == self.uses.running
        assert whole.uses.tokens == self.uses.tokens
        assert list(whole.seen.remember(NOW, {})) == list(self.seen.remember(NOW, {}))
        assert whole.seen.changes == self.seen.changes
        assert whole.readers.by_namespace == self.readers.by_namespace
        assert whole.readers.worked == self.readers.worked
        assert whole.findings.by_object == self.findings.by_object
        assert whole.counted >= self.counted


def history(order: Random) -> list[tuple[str, Object]]:
    first, second = small.cluster(order), small.cluster(order)
    steps = [("put", each) for each in (*first, *second)]
    steps += [("remove", each) for each in (*first, *second)]
    order.shuffle(steps)
    return steps


@pytest.mark.parametrize("seed", range(60))
def test_the_whole_says_what_its_parts_say(seed: int) -> None:
    order = Random(seed)
    both = Both()
    # Nothing is worked out while everything is listed.
    settled = seed % 2
    for what, each in history(order):
        if what == "put":
            both.put(each)
        else:
            both.remove(id_of(each))
        if settled and order.random() < 0.2:
            both.settle()
            both.compare()
    both.settle()
    both.compare()


def test_a_pod_counts_by_what_it_carries_and_not_by_its_name() -> None:
    both = Both()
    both.put(account("web", "shop"), secret("db", "shop"))
    both.put(pod("a", "shop", "web", secrets=["db", "tls"], token=True))
    both.put(pod("b", "shop", "web", secrets=["db", "tls"], token=True))
    both.put(pod("b", "shop", "other", secrets=["tls"]))
    uses, seen = both.access.uses, both.access.seen
    assert uses.mounting == {"shop": 2}
    assert uses.running == {"ServiceAccount/shop/web": 1, "ServiceAccount/shop/other": 1}
    assert uses.tokens == {"ServiceAccount/shop/web": 1}
    assert dict(seen.of("ServiceAccount/shop/web")).keys() == {"Secret/shop/db", "Secret/shop/tls"}
    assert dict(seen.of("ServiceAccount/shop/other")).keys() == {"Secret/shop/tls"}
    both.remove("Pod/shop/a")
    assert dict(seen.of("ServiceAccount/shop/web")) == {}
    assert uses.mounting == {"shop": 1}
    both.compare()
