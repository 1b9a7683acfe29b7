"""Conditions, as most kinds report them."""

from __future__ import annotations

from collections.abc import Iterable

from astrolabe.kinds.models.metadata import Model, Time, seconds
from astrolabe.kinds.models.untrusted import one_line

PRESSURES = frozenset({"MemoryPressure", "DiskPressure", "PIDPressure", "NetworkUnavailable"})
"""Conditions of Nodes that should not hold."""


class Condition(Model):
    """One condition. Status is True, False or Unknown."""

    type: str | None = None
    status: str | None = None
    reason: str | None = None
    message: str | None = None
    last_transition_time: Time | None = None

    @property
    def says(self) -> str:
        """Its message as one line, empty where it has none."""
        return one_line(self.message)

    @property
    def since(self) -> float:
        """When it became as it is, in Unix seconds; 0 when unknown."""
        return seconds(self.last_transition_time)


def find(conditions: Iterable[Condition] | None, types: tuple[str, ...], status: str) -> Condition | None:
    """Return the first condition of any of these types that has this status."""
    for condition in conditions or ():
        if condition.status == status and condition.type in types:
            return condition
    return None
