"""The search for causes, over graphs of reasons alone."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from astrolabe.derived.diagnosis.search import Cause, Reason, causes

Graph = Mapping[str, tuple[str, ...]]


def found(graph: Graph, start: str = "a", *, story=lambda each: each, own=(), limit: int | None = None):
    """Return the causes; `~x` is a reason that is owned."""

    def reasons(each: Reason) -> list[Reason]:
        return [Reason(other.lstrip("~"), other.startswith("~")) for other in graph.get(each.id, ())]

    return causes(start, reasons, story, own=lambda each: each in own)[:limit]


@pytest.mark.parametrize(
    ("graph", "expected"),
    [
        ({}, []),
        ({"a": ("b",)}, [("b", 1)]),
        ({"a": ("b",), "b": ("c",)}, [("c", 2)]),
        ({"a": ("b", "c"), "b": ("d",)}, [("c", 1), ("d", 2)]),
        ({"a": ("b", "c"), "b": ("d",), "c": ("d",)}, [("d", 2)]),
        # A circle is one thing.
        ({"a": ("b",), "b": ("c",), "c": ("b",)}, [("b", 1)]),
        # The Node owns its mirror Pod, which needs the Node.
        ({"a": ("pod",), "pod": ("node",), "node": ("~pod",)}, [("node", 2)]),
        # A circle with a reason outside is explained by that.
        ({"a": ("b",), "b": ("c",), "c": ("b", "d")}, [("d", 3)]),
        # What starts within a circle is explained by the other member, unless it is the cause itself.
        ({"a": ("b",), "b": ("~a",)}, [("b", 1)]),
        ({"a": ("~b",), "b": ("a",)}, []),
    ],
)
def test_causes(graph, expected):
    assert [(cause.id, cause.distance) for cause in found(graph)] == expected


def test_the_way_is_the_shortest():
    assert found({"a": ("b", "c"), "b": ("d",), "c": ("e",), "e": ("d",)}) == [Cause("d", ("b", "d"))]


def test_alike_causes_are_one_with_a_count():
    graph = {"a": ("pod-1", "pod-2", "pod-3", "secret")}
    assert found(graph, story=lambda each: each.partition("-")[0]) == [
        Cause("pod-1", ("pod-1",), alike=3),
        Cause("secret", ("secret",)),
    ]


def test_at_most_three_different_causes():
    assert [cause.id for cause in found({"a": ("e", "d", "c", "b")})] == ["b", "c", "d"]


def test_an_object_with_a_fault_of_its_own_is_a_cause_beside_its_reasons():
    assert [cause.id for cause in found({"a": ("pod",), "pod": ("secret",)}, own=("pod",))] == [
        "pod",
        "secret",
    ]


def test_a_long_chain_and_a_wide_one_end():
    chain = {f"n{number}": (f"n{number + 1}",) for number in range(50)}
    assert [cause.id for cause in found(chain, "n0")] == ["n50"]
    wide = {"a": tuple(f"n{number:05}" for number in range(20_000))}
    assert [cause.id for cause in found(wide)] == ["n00000", "n00001", "n00002"]


IDS = st.sampled_from("abcdefgh")
GRAPHS = st.dictionaries(IDS, st.sets(st.tuples(IDS, st.booleans())).map(sorted), max_size=8)


def reachable(graph, start):
    seen, front = {start}, [start]
    while front:
        for other, _ in graph.get(front.pop(), ()):
            if other not in seen:
                seen.add(other)
                front.append(other)
    return seen - {start}


@given(GRAPHS)
def test_condensing_circles_loses_no_cause(graph):
    """Whatever has a reason other than itself is explained, unless it is the cause of its own circle."""
    plain = {
        each: tuple(("~" if owned else "") + other for other, owned in found) for each, found in graph.items()
    }
    for start in "abcdefgh":
        result = found(plain, start)
        beyond = reachable(graph, start)
        assert {cause.id for cause in result} <= beyond
        mutual = {each for each in beyond if start in reachable(graph, each)}
        if beyond - mutual - {start}:
            assert result, "something outside its circle explains it"
        for cause in result:
            steps = (start, *cause.path)
            for here, there in pairwise(steps):
                assert there in {other for other, _ in graph.get(here, ())}


@given(GRAPHS, st.randoms())
def test_the_order_of_reasons_makes_no_difference(graph, random):
    def shuffled(each):
        reasons = [Reason(*pair) for pair in graph.get(each.id, ())]
        random.shuffle(reasons)
        return reasons

    for start in "abcdefgh":
        plain = causes(
            start, lambda each: [Reason(*pair) for pair in graph.get(each.id, ())], str, own=lambda _: False
        )
        assert causes(start, shuffled, str, own=lambda _: False) == plain
