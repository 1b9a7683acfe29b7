"""Python's collector is out of the way while much comes, and works again afterwards whatever happens."""

from __future__ import annotations

import gc
import weakref
from collections.abc import Iterator

import pytest

from astrolabe.scheduling import collector
from astrolabe.scheduling.collector import Collector


@pytest.fixture(autouse=True)
def _as_before() -> Iterator[None]:
    before = gc.get_threshold()
    yield
    gc.enable()
    gc.unfreeze()
    gc.set_threshold(*before)


class Cycle:
    """Something that nothing but the collector frees."""

    def __init__(self) -> None:
        self.itself = self


def test_it_looks_once_a_minute_while_much_comes(monkeypatch: pytest.MonkeyPatch) -> None:
    now = 100.0
    monkeypatch.setattr(collector, "monotonic", lambda: now)
    one = Collector()
    assert not gc.isenabled()
    left = weakref.ref(Cycle())
    now += 59
    one.look()
    assert left() is not None
    now += 2
    one.look()
    assert left() is None


def test_it_leaves_alone_what_is_there_and_works_again() -> None:
    one = Collector()
    left = weakref.ref(Cycle())
    frozen = gc.get_freeze_count()
    one.settle()
    one.resume()
    assert left() is None
    assert gc.get_freeze_count() > frozen
    assert gc.isenabled()


def test_what_lasts_is_looked_at_seldom() -> None:
    one = Collector()
    one.settle()
    one.resume()
    gc.collect()
    looks: list[int] = []

    def look(phase: str, info: dict[str, int]) -> None:
        if phase == "start":
            looks.append(info["generation"])

    gc.callbacks.append(look)
    lasting = [[number] for number in range(50_000)]
    gc.callbacks.remove(look)
    assert len(lasting) == 50_000
    assert looks.count(0) > 100
    assert 2 not in looks
