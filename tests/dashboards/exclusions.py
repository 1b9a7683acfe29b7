"""What linters of boards and alerts let pass: by rule and a pattern of where it stands, with the reason."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import TypeAlias

Found: TypeAlias = tuple[str, str, str]
"""The rule that something breaks, where it stands, and what it is."""
Exclusions: TypeAlias = Mapping[tuple[str, str], str]


def left(found: Iterable[Found], excluded: Exclusions, used: set[tuple[str, str]]) -> list[str]:
    """Return what no exclusion lets pass, and note those that do."""
    said = []
    for rule, where, what in found:
        passes = {
            (name, pattern) for name, pattern in excluded if name == rule and re.fullmatch(pattern, where)
        }
        used |= passes
        if not passes:
            said.append(f"{rule}: {where}: {what}")
    return said
