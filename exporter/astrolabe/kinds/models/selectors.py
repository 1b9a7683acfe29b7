"""Label selectors: matchLabels and matchExpressions, all of which must hold."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Literal, TypeAlias

from astrolabe.graph.facts import Requirement
from astrolabe.kinds.models.metadata import Model

Operator: TypeAlias = Literal["In", "NotIn", "Exists", "DoesNotExist"]


class Expression(Model):
    """One entry of matchExpressions."""

    key: str
    operator: Operator
    values: list[str] | None = None


class LabelSelector(Model):
    """A selector as most kinds have it; empty, it selects everything."""

    match_labels: dict[str, str] | None = None
    match_expressions: list[Expression] | None = None

    def requirements(self) -> tuple[Requirement, ...]:
        """Return what a label set must fulfil."""
        expressions = (
            _requirement(entry.key, entry.operator, tuple(entry.values or ()))
            for entry in self.match_expressions or ()
        )
        return equalities(self.match_labels or {}) + tuple(expressions)


def equalities(labels: Mapping[str, str]) -> tuple[Requirement, ...]:
    """Return the requirements of matchLabels, and of the plain selectors of Services."""
    return tuple(_requirement(key, "In", (labels[key],)) for key in sorted(labels))


@lru_cache(1 << 13)
def _requirement(key: str, operator: Operator, values: tuple[str, ...]) -> Requirement:
    return Requirement(key, operator, values)
