"""Quantities, against the rules of k8s.io/apimachinery."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from astrolabe.kinds.models.quantity import LARGEST, NANO, parse


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("0", 0),
        ("1", NANO),
        ("100m", NANO // 10),
        ("0.1", NANO // 10),
        (".5", NANO // 2),
        ("5.", 5 * NANO),
        ("+2", 2 * NANO),
        ("250u", 250_000),
        ("3n", 3),
        ("1k", 1000 * NANO),
        ("1Ki", 1024 * NANO),
        ("128Mi", 128 * 2**20 * NANO),
        ("1.5Gi", 3 * 2**29 * NANO),
        ("1E", 10**18 * NANO),
        ("1e3", 1000 * NANO),
        ("1E-3", NANO // 1000),
        ("12e-1", 1_200_000_000),
        # Finer than a nano rounds away from zero.
        ("0.1n", 1),
        ("1e-99", 1),
        ("-0.1n", -1),
        ("-1.5n", -2),
        ("8Ei", LARGEST),
        ("1e999999999", LARGEST),
    ],
)
def test_parse(text: str, expected: int) -> None:
    assert parse(text) == expected


@pytest.mark.parametrize(
    "text", ["", "-", ".", "1 Gi", "1KI", "1K", "Gi", "1e", "0x10", "1.5.2", "one", "¼", "٣", "1" * 65]
)
def test_what_is_no_quantity(text: str) -> None:
    with pytest.raises(ValueError, match="is not a quantity"):
        parse(text)


@given(st.decimals(0, 10**9, places=9), st.sampled_from(["", "k", "M", "Ki", "Mi"]))
def test_nothing_is_lost(number: Decimal, suffix: str) -> None:
    unit = {"": 1, "k": 1000, "M": 10**6, "Ki": 2**10, "Mi": 2**20}[suffix]
    assert parse(f"{number:f}{suffix}") == number * unit * NANO
