"""Cost is local: twice the references of one object are twice the work, not four times as much."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import Any

import pytest
from msgspec.structs import replace

from astrolabe import graph as package
from astrolabe.derived.diagnosis.explanations import Explanations
from astrolabe.graph.facts import Facts, Ref, Verdict, default_of
from astrolabe.graph.graph import Graph
from tests.graph.test_graph import facts

FOLDER = str(Path(package.__file__).parent)
FEW = 150


def lines(work: Callable[[], object]) -> int:
    """Count the lines of the graph's modules that run; unlike time, they are always the same."""
    count = 0

    def trace(frame: FrameType, event: str, _: Any) -> Any:
        nonlocal count
        if not frame.f_code.co_filename.startswith(FOLDER):
            return None
        count += event == "line"
        return trace

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        work()
    finally:
        sys.settrace(before)
    return count


class World:
    """One object with many references, to as many others."""

    def __init__(self, size: int) -> None:
        self.graph = Graph()
        self.explanations = Explanations(self.graph)
        self.refs = tuple(Ref("uses-configmap", f"ConfigMap/shop/{number:05}") for number in range(size))
        self.others = [facts("ConfigMap", f"{number:05}") for number in range(size)]

    def apply(self, *several: Facts) -> None:
        for each in several:
            self.explanations.follow(self.graph.apply(each))

    def explain(self) -> None:
        for _ in self.explanations.stale():
            pass


POD = facts("Pod", "large", verdict=Verdict("Error"))


def comes(world: World) -> Callable[[], object]:
    world.apply(*world.others)
    return lambda: (world.apply(replace(POD, refs=world.refs)), world.explain())


def goes(world: World) -> Callable[[], object]:
    comes(world)()
    return lambda: (world.explanations.follow(world.graph.remove(POD.id)), world.explain())


def loses_one(world: World) -> Callable[[], object]:
    comes(world)()
    return lambda: (world.apply(replace(POD, refs=world.refs[1:])), world.explain())


def is_known_to_miss_all(world: World) -> Callable[[], object]:
    world.apply(replace(POD, refs=world.refs))
    return lambda: (world.explanations.follow(world.graph.cover("ConfigMap")), world.explain())


def finds_them_one_by_one(world: World) -> Callable[[], object]:
    world.apply(replace(POD, refs=world.refs))
    world.explanations.follow(world.graph.cover("ConfigMap"))
    return lambda: world.apply(*world.others)


@pytest.mark.parametrize("what", [comes, goes, loses_one, is_known_to_miss_all, finds_them_one_by_one])
def test_an_object_with_many_references(what: Callable[[World], Callable[[], object]]) -> None:
    few, many = (lines(what(World(size))) for size in (FEW, 4 * FEW))
    assert many < 4.5 * few


def test_one_change_to_an_object_that_is_referred_to_by_one_with_many() -> None:
    def change(world: World) -> Callable[[], object]:
        comes(world)()
        return lambda: world.apply(replace(world.others[0], verdict=Verdict("Error")))

    few, many = (lines(change(World(size))) for size in (FEW, 4 * FEW))
    assert many <= few + 10


def test_many_that_take_the_default() -> None:
    def default(world: World) -> Callable[[], object]:
        ref = Ref("classifies", default_of("IngressClass"), reverse=True, alias=True)
        world.apply(*(facts("Ingress", f"{number}", refs=(ref,)) for number in range(len(world.refs))))
        return lambda: world.apply(facts("IngressClass", "nginx", "", alias=default_of("IngressClass")))

    few, many = (lines(default(World(size))) for size in (FEW, 4 * FEW))
    assert many < 4.5 * few


def test_a_walk_pauses_after_each_object() -> None:
    """Whoever walks takes turns with others, also where nothing on the way is unhealthy."""
    world = World(FEW)
    elsewhere = (facts("Pod", f"away-{number}", verdict=Verdict("Error")) for number in range(2 * FEW))
    world.apply(*elsewhere)
    world.explain()
    world.apply(*world.others, replace(POD, refs=world.refs, verdict=Verdict("Ready")))
    walk = world.explanations.stale()
    steps = [lines(lambda: next(walk, None)) for _ in range(FEW + 1)]
    assert next(walk, None) is None
    assert max(steps) < sum(steps) / 50


def test_where_less_is_unhealthy_than_came_that_is_looked_at_and_nothing_walked() -> None:
    world = World(FEW)
    world.apply(facts("Pod", "away", verdict=Verdict("Error")))
    world.explain()
    world.apply(*world.others, replace(POD, refs=world.refs, verdict=Verdict("Ready")))
    assert list(world.explanations.stale()) == ["Pod/shop/away"]
