"""A figure, what it may be at most (or must be at least), and what it was."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple


class Figure(NamedTuple):
    """One row of the table."""

    name: str
    unit: str
    measured: float
    limit: float
    at_least: bool = False

    @property
    def holds(self) -> bool:
        """Whether the budget is kept."""
        return self.measured >= self.limit if self.at_least else self.measured <= self.limit


def digits(value: float) -> str:
    """Return it with three digits, or whole where it has more."""
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.3g}"


def table(figures: Iterable[Figure]) -> str:
    """Render rows as a Markdown table."""
    lines = ["| figure | budget | measured | holds |", "| --- | --- | --- | --- |"]
    for figure in figures:
        sign = "≥" if figure.at_least else "≤"
        unit = f" {figure.unit}" if figure.unit else ""
        verdict = "yes" if figure.holds else "**no**"
        measured = digits(figure.measured)
        lines.append(f"| {figure.name} | {sign} {figure.limit:g}{unit} | {measured}{unit} | {verdict} |")
    return "\n".join(lines)
