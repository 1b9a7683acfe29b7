"""What goes in and out of the HTTP API as JSON."""

from __future__ import annotations

from typing import Annotated

import msgspec
from msgspec import Meta

from astrolabe.override.model import Override
from astrolabe.override.service import Answer, Status


class Ask(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A wish."""

    environment: Annotated[str, Meta(max_length=100, description="A name, or `all`.")]
    action: Annotated[str, Meta(description="`wake` or `sleep`.")]
    duration: Annotated[
        str, Meta(max_length=100, description="As in `2h`, `tomorrow 9:00` or `tuesday 18:00-21:00`.")
    ] = ""
    reason: Annotated[str, Meta(max_length=500)] = ""
    key: Annotated[
        str, Meta(max_length=100, description="The same key with the same request again is one wish.")
    ] = ""


class Why(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A reason for what is done to an override."""

    why: Annotated[str, Meta(max_length=500)] = ""


class Answers(msgspec.Struct, frozen=True):
    """What became of a wish, for each environment."""

    answers: list[Answer]


class Overrides(msgspec.Struct, frozen=True):
    """Overrides, newest first."""

    overrides: list[Override]


class Environments(msgspec.Struct, frozen=True):
    """How environments stand."""

    environments: list[Status]


class Cost(msgspec.Struct, frozen=True, kw_only=True):
    """What waking an environment for a while costs."""

    environment: str
    start: float
    until: float
    dollars: float | None
    """None where the exporter does not know."""


class Caller(msgspec.Struct, frozen=True, kw_only=True):
    """Who the token belongs to."""

    id: str
    roles: list[str]


class Intact(msgspec.Struct, frozen=True, kw_only=True):
    """Whether the audit's chain holds."""

    intact: bool
    records: int
    sequence: int
    problem: str = ""


class Fault(msgspec.Struct, frozen=True, kw_only=True):
    """Why a request is refused."""

    message: str
    rule: str = ""
    """The place in the rules file, where a rule refused it."""


class Refused(msgspec.Struct, frozen=True):
    """The body of every answer that is not a success."""

    error: Fault
