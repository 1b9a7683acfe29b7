"""References to objects, as several kinds write them, and how many of them become one."""

from __future__ import annotations

from collections.abc import Iterable

from astrolabe.graph.facts import Ref
from astrolabe.kinds.models.metadata import Model


class LocalObjectReference(Model):
    """Names an object of the same namespace."""

    name: str | None = None


def distinct(refs: Iterable[Ref]) -> tuple[Ref, ...]:
    """Keep each relation once, in order of first mention; required wins over optional."""
    kept: dict[tuple[str, str, bool, str], Ref] = {}
    for ref in refs:
        key = (ref.type, ref.target, ref.reverse, ref.uid)
        known = kept.get(key)
        if known is None or (known.optional and not ref.optional):
            kept[key] = ref
    return tuple(kept.values())
