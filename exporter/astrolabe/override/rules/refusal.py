"""The error for a request that is not granted."""

from __future__ import annotations


class Refusal(Exception):
    """A wish is not granted. Its text says why, by which rule, and who may."""

    def __init__(self, rule: str, message: str) -> None:
        super().__init__(message)
        self.rule = rule
        """The place in the rules file."""
