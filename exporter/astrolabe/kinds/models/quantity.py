"""Kubernetes quantities: `100m`, `1.5Gi`, `2e3`. Exact, with the rounding of the API server."""

from __future__ import annotations

import re
from functools import lru_cache

NANO = 10**9
"""A quantity's unit in what `parse` returns: no quantity is finer than a nano."""

LARGEST = (2**63 - 1) * NANO
"""What larger quantities are cut down to."""

_SUFFIXES: dict[str, tuple[int, int]] = {
    "n": (10, -9),
    "u": (10, -6),
    "m": (10, -3),
    "": (10, 0),
    "k": (10, 3),
    "M": (10, 6),
    "G": (10, 9),
    "T": (10, 12),
    "P": (10, 15),
    "E": (10, 18),
    "Ki": (2, 10),
    "Mi": (2, 20),
    "Gi": (2, 30),
    "Ti": (2, 40),
    "Pi": (2, 50),
    "Ei": (2, 60),
}
_QUANTITY = re.compile(r"([+-]?)(\d*)(?:\.(\d*))?(?:[eE]([+-]?\d+)|([numkMGTPE]|[KMGTPE]i)?)", re.ASCII)
_LONGEST = 64
_EXTREME = 99
"""An exponent beyond which a quantity is too large, or too small to tell from the least one."""


@lru_cache(1 << 12)
def parse(text: str) -> int:
    """Return a quantity in billionths of its unit, rounded away from zero as Kubernetes does.

    Raises ValueError for what is not a quantity.
    """
    match = _QUANTITY.fullmatch(text) if len(text) <= _LONGEST else None
    if match is None or not (match[2] or match[3]):
        raise ValueError(f"`{text[:_LONGEST]}` is not a quantity")
    sign, whole, fraction, exponent, suffix = match.groups()
    fraction = fraction or ""
    base, power = (10, int(exponent)) if exponent else _SUFFIXES[suffix or ""]
    power = max(-_EXTREME, min(power, _EXTREME))
    dividend, divisor = int((whole + fraction) or "0") * NANO, 10 ** len(fraction)
    if power >= 0:
        dividend *= base**power
    else:
        divisor *= base**-power
    amount: int = min(-(-dividend // divisor), LARGEST)
    return -amount if sign == "-" else amount
