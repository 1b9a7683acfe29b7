"""What the library raises, and what handlers raise."""

from __future__ import annotations


class ConfigError(ValueError):
    """A configuration that cannot be used. Its text is one line: the place, what is wrong, the remedy."""


class OtherCluster(Exception):
    """The credentials name another cluster now. What is known of the one before is of no use there."""


class TemporaryError(Exception):
    """Raised by a handler: try this event again after `delay` seconds; without it, after the usual pause."""

    def __init__(self, message: str = "", *, delay: float | None = None) -> None:
        super().__init__(message)
        self.delay = delay


class PermanentError(Exception):
    """Raised by a handler: trying this event again is of no use. It becomes a dead letter at once."""


class TooLarge(PermanentError):
    """Raised by a sink: it takes no line of this size. Its text says what to raise there."""
