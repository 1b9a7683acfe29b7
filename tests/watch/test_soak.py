"""A quarter of a minute under load; `make soak` does it for minutes."""

from __future__ import annotations

import pytest

from tests.bench.watchsoak import broken, soak


@pytest.mark.long
@pytest.mark.timeout(120)
async def test_nothing_is_missing_and_nothing_piles_up() -> None:
    figures = {figure.name: figure async for figure in soak(0.25)}
    # How fast the events come says how busy the machine is.
    del figures["events a second"]
    assert [figure for figure in figures.values() if not figure.holds] == []


def test_what_cannot_be_is_counted() -> None:
    life = [("ADDED", "a"), ("UPDATED", "a"), ("DELETED", "a"), ("ADDED", "a")]
    assert broken(iter(life)) == ({"ADDED": 2, "UPDATED": 1, "DELETED": 1}, 0)
    assert broken(iter([*life, ("ADDED", "a"), ("DELETED", "b"), ("UPDATED", "b")]))[1] == 3
