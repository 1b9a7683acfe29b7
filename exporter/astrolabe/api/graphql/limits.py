"""Limits of one query, so that it does not affect other clients."""

from __future__ import annotations

MOST_TOKENS = 1000
"""Words and signs of a document: reading it is one step, which takes a few milliseconds at most."""
MOST_FIELDS = 250
"""Fields of a document, with what its fragments hold at each place where they are used."""
MOST_ALIASES = 50
"""Fields among them under another name."""
MOST_REPEATED = 10
"""Fields among them that are asked for again beside each other; comparing them takes the square of it."""
MOST_FRAGMENTS = 10
"""Fragments with a name; all of them are compared with each other."""
DEEPEST = 16
"""Fields within each other."""
MOST_OBJECTS = 2000
"""Objects of an answer, counted at each place where they stand."""
MOST_VALUES = 20_000
"""Fields of an answer."""
MOST_SEARCHES = 100
"""Objects of an answer whose causes are searched."""
MOST_QUESTIONS = 10
"""Fields of an answer that go through all of RBAC, or all of what sleeps or costs something."""
PAGE_SIZE_LIMIT = 500
"""The largest page."""
SECONDS = 10.0
"""Until a question is given up."""


class Refused(Exception):
    """A field that cannot be answered. Its text is one line; the rest of the answer stands."""


class TooMuch(Exception):
    """A question that goes beyond a limit. Its text is one line that names the limit."""


class Budget:
    """What is left of the limits of one answer."""

    def __init__(self) -> None:
        self._objects = self._values = self._searches = self._questions = 0

    def object(self) -> None:
        """Count an object; raises `TooMuch`."""
        self._objects += 1
        if self._objects > MOST_OBJECTS:
            raise TooMuch(f"the answer has more than {MOST_OBJECTS} objects: ask for smaller pages")

    def values(self, count: int) -> None:
        """Count fields; raises `TooMuch`."""
        self._values += count
        if self._values > MOST_VALUES:
            raise TooMuch(f"the answer has more than {MOST_VALUES} fields: ask for fewer, or smaller pages")

    def search(self) -> None:
        """Count a search for causes; raises `TooMuch`."""
        self._searches += 1
        if self._searches > MOST_SEARCHES:
            raise TooMuch(f"causes of more than {MOST_SEARCHES} objects are asked for: ask for smaller pages")

    def question(self) -> None:
        """Count a field that goes through a lot; raises `TooMuch`."""
        self._questions += 1
        if self._questions > MOST_QUESTIONS:
            raise TooMuch(f"more than {MOST_QUESTIONS} fields of access, sleep and cost are asked for")
