"""Keeps Python's garbage collector from slowing down first lists and, later, the objects that they brought.

Objects of a cluster hold no cycles, so that nothing is found among them, and each look at all of them stops
the world.
"""

from __future__ import annotations

import gc
from time import monotonic

_LOOK_EVERY = 60.0
"""Seconds between two looks while much comes: requests that fail leave cycles behind."""
_THRESHOLD = 100
"""New containers from which on the collector looks at them: many a small stop instead of some long ones."""
_LOOKS = 10
"""Looks at new ones after which it looks at those that were in use as well."""
_LONG_LOOKS = 100
"""Of those, after which it looks at everything that is not left alone. With some hundred clients that takes
30 ms, in which nothing else runs. Python's own 10 has it every few seconds."""


class Collector:
    """The garbage collector during the first lists. The caller ends this with `settle` or `resume`."""

    def __init__(self) -> None:
        gc.disable()
        self._looked = monotonic()

    def look(self) -> None:
        """Collect if that is due. To be called often."""
        if monotonic() - self._looked > _LOOK_EVERY:
            gc.collect()
            self._looked = monotonic()

    def settle(self) -> None:
        """Ignore all present objects from now on."""
        gc.collect()
        gc.freeze()
        # A look at a hundred new objects is short, and what it finds in use is soon left alone.
        gc.set_threshold(_THRESHOLD, _LOOKS, _LONG_LOOKS)

    def resume(self) -> None:
        """Let it work by itself again."""
        gc.enable()
