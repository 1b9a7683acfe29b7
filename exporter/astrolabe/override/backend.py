"""The seam to whatever changes an environment."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Protocol, TypeAlias

import msgspec

from astrolabe.override.model import Aim


class Steps(msgspec.Struct, frozen=True):
    """The steps of a backend, in order."""

    engage: tuple[str, ...]
    """Bring an environment to what an override says. The first one is `keep`, which reads only; the last one
    is `verify`."""
    disengage: tuple[str, ...]
    """Bring it back to its schedule; `verify` is one of them."""


Begin: TypeAlias = Callable[[Sequence[str]], Awaitable[None]]
"""Records what is about to be changed, each thing in a few words; awaited before the first write.

So the record of a change survives a crash between the change and the end of its step."""


class Job(msgspec.Struct, frozen=True, kw_only=True):
    """One step to do."""

    environment: str
    step: str
    aim: Aim
    originals: Any
    """What `keep` gave; None before it."""
    now: float
    """Unix seconds."""
    begin: Begin


class Result(msgspec.Struct, frozen=True, kw_only=True):
    """What a step came to."""

    changes: tuple[str, ...] = ()
    """What is to be said beside the changes that `begin` recorded, in a few words."""
    originals: Any = None
    """Of `keep`: what there was; plain JSON values. None elsewhere, unless they are to be replaced."""
    pending: tuple[str, ...] = ()
    """What is not as it is to be yet; the step is done once this is empty."""
    wait_until: float = 0.0
    """Unix seconds: the steps in `again` are to be done then; 0 when all is done."""
    again: tuple[str, ...] = ()
    why: str = ""
    """What is waited for."""


class Trouble(Exception):
    """A step failed and is to be tried again. Its text is one line that holds no secret."""

    def __init__(self, text: str, *, retry_after: float = 0.0) -> None:
        super().__init__(text)
        self.retry_after = retry_after
        """Seconds that the other side asks to wait; 0 when it does not say."""


class Impossible(Exception):
    """A step cannot be done, and trying again will not help. Its text is one line that says what would."""


class Backend(Protocol):
    """Changes environments. Each step may be done twice: the second time it finds everything done."""

    steps: Steps

    async def perform(self, job: Job) -> Result:
        """Do one step; raises `Trouble` and `Impossible`."""
        ...
