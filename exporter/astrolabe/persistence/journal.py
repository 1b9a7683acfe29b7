"""What changed since the last write: the newest facts of each object that changed. Pure."""

from __future__ import annotations

from astrolabe.graph.delta import Delta
from astrolabe.graph.facts import Facts

JOURNAL_OBJECTS = 20_000
"""Objects; beyond them a whole snapshot is the better way, and memory stays bounded while Redis is away."""


class Journal:
    """Follows the graph. Of an object that changes often only the last state counts."""

    def __init__(self, most: int = JOURNAL_OBJECTS) -> None:
        self._most = most
        self.changes: dict[str, Facts | None] = {}
        """By id; None for what is gone."""
        self.overflowed = False
        """Whether changes were dropped: then only a whole snapshot is correct."""

    def follow(self, delta: Delta) -> None:
        """Note what one event changed. What only follows from other objects is not noted."""
        # What is left out of the graph leads what it owns all the same.
        self.changes.update(delta.hidden)
        for node_id, (before, after) in delta.nodes.items():
            old = before.facts if before is not None else None
            new = after.facts if after is not None else delta.hidden.get(node_id)
            some = new or old
            # Images have no UID: they are there as long as something refers to them.
            if new is not old and some is not None and some.uid:
                self.changes[node_id] = new
        if len(self.changes) > self._most:
            self.lose()

    def lose(self) -> None:
        """Drop all changes."""
        self.changes.clear()
        self.overflowed = True

    def take(self) -> dict[str, Facts | None]:
        """Return the changes, and empty the journal."""
        changes, self.changes = self.changes, {}
        return changes

    def begin(self) -> None:
        """Forget everything: a whole snapshot begins, and what happens from now on completes it."""
        self.changes = {}
        self.overflowed = False
