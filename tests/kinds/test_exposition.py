"""The exact exposition of one object of each kind, kept in `expositions`."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.kinds.samples import SAMPLES

EXPOSITIONS = Path(__file__).parent / "expositions"


@pytest.mark.parametrize("name", SAMPLES)
def test_exposition(name: str, exposition: Callable[[str], str]) -> None:
    expected = EXPOSITIONS / f"{name.lower()}.prom"
    assert exposition(name) == expected.read_text(encoding="utf-8")


def test_no_exposition_is_left_over() -> None:
    assert {path.stem for path in EXPOSITIONS.iterdir()} == {name.lower() for name in SAMPLES}
