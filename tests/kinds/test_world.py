"""The samples of all kinds in one graph: every relation that kinds declare, the way its edge points."""

from __future__ import annotations

from tests.kinds.golden import EDGES, edges_of
from tests.kinds.samples import SAMPLES


def test_edges() -> None:
    assert edges_of(SAMPLES) == EDGES.read_text(encoding="utf-8")


def test_edges_do_not_depend_on_the_order_of_arrival() -> None:
    assert edges_of(reversed(SAMPLES)) == EDGES.read_text(encoding="utf-8")
