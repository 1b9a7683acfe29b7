"""What can happen, as it stands in the audit. The state of everything follows from the events alone."""

from __future__ import annotations

from typing import Any, TypeAlias

import msgspec

from astrolabe.override.model import ASTROLABE, Aim, Override, Person


class Event(msgspec.Struct, frozen=True, kw_only=True, tag_field="event", tag=str.lower, omit_defaults=True):
    """One record of the audit."""

    at: float
    """Unix seconds."""
    by: Person = ASTROLABE


class Asked(Event, frozen=True, kw_only=True):
    """A wish was granted, or waits for a second person."""

    override: Override
    decision: str
    """The rule that allowed it."""


class Refused(Event, frozen=True, kw_only=True):
    """A wish was refused."""

    environment: str
    action: str
    words: str = ""
    reason: str = ""
    rule: str
    message: str


class Extended(Event, frozen=True, kw_only=True):
    """The same person asked again: the override ends later."""

    number: int
    until: float
    words: str
    reason: str = ""
    key: str = ""
    cost: float | None = None
    decision: str


class Approved(Event, frozen=True, kw_only=True):
    """A second person agreed."""

    number: int
    start: float
    until: float


class Rejected(Event, frozen=True, kw_only=True):
    """A second person said no."""

    number: int
    why: str = ""


class Ended(Event, frozen=True, kw_only=True):
    """An override is over: its time was up, somebody ended it, or it could not be carried out."""

    number: int
    why: str
    failed: bool = False


class Aimed(Event, frozen=True, kw_only=True):
    """The service began to bring an environment to what it is to be."""

    environment: str
    aim: Aim
    steps: tuple[str, ...]


class Began(Event, frozen=True, kw_only=True):
    """A step is about to change things: recorded before the first change, again where more is found."""

    environment: str
    number: int
    step: str
    changes: tuple[str, ...]


class Done(Event, frozen=True, kw_only=True):
    """A step was done, and everything that it changed."""

    environment: str
    number: int
    """Of the override that it was done for; 0 when it was done for the schedule."""
    step: str
    changes: tuple[str, ...] = ()
    originals: Any = None


class Failed(Event, frozen=True, kw_only=True):
    """A step fails in spite of retries. The service goes on trying."""

    environment: str
    number: int
    step: str
    problem: str


class Waits(Event, frozen=True, kw_only=True):
    """The schedule is back as far as it can be; the rest is done at a later tick of it."""

    environment: str
    until: float
    steps: tuple[str, ...]
    changes: tuple[str, ...] = ()
    why: str


class Checkpoint(Event, frozen=True, kw_only=True):
    """Stands for all records before it, which retention has cut."""

    previous: str
    """Authentication code of the last record that was cut."""
    next_number: int
    overrides: tuple[Override, ...]
    holds: tuple[Any, ...]


AnyEvent: TypeAlias = (
    Asked
    | Refused
    | Extended
    | Approved
    | Rejected
    | Ended
    | Aimed
    | Began
    | Done
    | Failed
    | Waits
    | Checkpoint
)

encode = msgspec.json.Encoder(order="sorted").encode
_decoder: msgspec.json.Decoder[AnyEvent] = msgspec.json.Decoder(AnyEvent)


def decode(body: bytes) -> AnyEvent:
    """Return the event of a record's body; raises `msgspec.MsgspecError`."""
    return _decoder.decode(body)
