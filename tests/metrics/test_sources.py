"""What a source of metrics is told: its own kinds, one object at a time, the machines last."""

from __future__ import annotations

import pytest

from astrolabe.bus import Bus
from astrolabe.graph.delta import Delta, Node
from astrolabe.graph.facts import READY, Facts
from astrolabe.graph.graph import Graph
from astrolabe.metrics.family import Family
from astrolabe.metrics.internalerrors import InternalErrors
from astrolabe.metrics.source import Publish


class Noting:
    """Notes what it is told; the first change of a Pod it refuses."""

    families: tuple[Family, ...] = ()

    def __init__(self, kinds: frozenset[str] | None) -> None:
        self.kinds = kinds
        self.told: list[list[str]] = []
        self.refuses = False

    def attach(self, publish: Publish) -> None:
        """Publish nothing."""

    def follow(self, delta: Delta) -> None:
        if self.refuses:
            self.refuses = False
            raise RuntimeError
        self.told.append(sorted(delta.nodes))

    def refresh(self, now: float) -> None:
        """Show nothing."""


def come(*ids: str) -> Delta:
    nodes: dict[str, tuple[Node | None, Node | None]] = {}
    for each in ids:
        facts = Facts(id=each, kind=each.partition("/")[0], uid=each, api_version="v1")
        nodes[each] = None, Node(facts, READY, None, None, "")
    return Delta(nodes)


def following(kinds: frozenset[str] | None) -> tuple[Bus, Noting]:
    bus, source = Bus(InternalErrors()), Noting(kinds)
    bus.add_sources([source], lambda *_: None, Graph())
    return bus, source


def test_a_source_hears_of_its_kinds_alone() -> None:
    bus, source = following(frozenset({"Pod", "Node"}))
    bus.follow(come("Secret/shop/db"))
    bus.follow(come("Pod/shop/web"))
    bus.follow(come("Node/one", "Secret/shop/db", "Pod/shop/web", "PodGroup.example.com/shop/web"))
    bus.follow(come("Secret/shop/db", "ConfigMap/shop/web"))
    assert source.told == [["Pod/shop/web"], ["Pod/shop/web"], ["Node/one"]]


def test_a_source_without_kinds_hears_of_all() -> None:
    bus, source = following(None)
    bus.follow(come("Node/one", "Secret/shop/db"))
    bus.follow(come("Pod/shop/web"))
    assert source.told == [["Secret/shop/db"], ["Node/one"], ["Pod/shop/web"]]


@pytest.mark.parametrize("kinds", [None, frozenset({"Pod"}), frozenset[str]()])
def test_every_source_hears_that_a_kind_is_known(kinds: frozenset[str] | None) -> None:
    bus, source = following(kinds)
    bus.follow(Delta(covered="Secret"))
    assert source.told == [[]]


def test_what_failed_is_told_once_more_whatever_comes_next() -> None:
    graph, source = Graph(), Noting(frozenset({"Pod"}))
    bus = Bus(InternalErrors())
    bus.add_sources([source], lambda *_: None, graph)
    source.refuses = True
    bus.follow(graph.apply(Facts(id="Pod/shop/web", kind="Pod", namespace="shop", uid="1", api_version="v1")))
    assert source.told == []
    bus.follow(come("Secret/shop/db"))
    assert source.told == [["Pod/shop/web"]]
