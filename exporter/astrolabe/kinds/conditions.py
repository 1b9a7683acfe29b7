"""Conditions, as most kinds report them."""

from __future__ import annotations

from collections.abc import Iterable

from astrolabe.kinds.metadata import Model


class Condition(Model):
    """One condition. Status is True, False or Unknown."""

    type: str | None = None
    status: str | None = None
    reason: str | None = None


def find(conditions: Iterable[Condition] | None, types: tuple[str, ...], status: str) -> Condition | None:
    """Return the first condition of any of these types that has this status."""
    for condition in conditions or ():
        if condition.status == status and condition.type in types:
            return condition
    return None
