"""The number of one among equals, as the Pods of a StatefulSet have it in their names."""

from __future__ import annotations

import re

_ORDINAL = re.compile(r"(?:.+-)?(-?[0-9]{1,18})")


def ordinal(text: str) -> int:
    """Parse a whole number, or a name that ends in one after a dash. Raises ValueError."""
    found = _ORDINAL.fullmatch(text)
    if found is None:
        raise ValueError("expected a number, or a name that ends in one, as in astrolabe-0")
    return int(found[1])
