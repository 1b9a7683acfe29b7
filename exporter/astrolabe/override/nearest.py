"""Finding the name that was meant."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches

_ALIKE = 0.6
_SHOWN = 10


def unknown(noun: str, name: str, known: Iterable[str]) -> str:
    """Return one line that says that a name is unknown, with the nearest one that is known."""
    names = sorted(known)
    near = get_close_matches(name.lower(), names, n=1, cutoff=_ALIKE)
    said = "".join(character if character.isprintable() else "?" for character in name)[:60]
    if near:
        return f"there is no {noun} `{said}`: did you mean `{near[0]}`?"
    if not names:
        return f"there is no {noun} `{said}`"
    more = f", and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    return f"there is no {noun} `{said}`: there are {', '.join(names[:_SHOWN])}{more}"
