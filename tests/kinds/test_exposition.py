"""The exact exposition of one object of each kind, kept in `expositions`."""

from __future__ import annotations

import pytest

from tests.kinds.golden import EXPOSITIONS, exposition
from tests.kinds.samples import SAMPLES


@pytest.mark.parametrize("name", SAMPLES)
def test_exposition(name: str) -> None:
    expected = EXPOSITIONS / f"{name.lower()}.prom"
    assert exposition(name) == expected.read_text(encoding="utf-8")


def test_no_exposition_is_left_over() -> None:
    assert {path.stem for path in EXPOSITIONS.iterdir()} == {name.lower() for name in SAMPLES}
