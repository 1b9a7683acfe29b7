"""What the service keeps in mind: who asked for what, and how far it is."""

from __future__ import annotations

from typing import Any, Literal, TypeAlias

import msgspec

Action: TypeAlias = Literal["wake", "sleep"]
ACTIONS: tuple[Action, ...] = ("wake", "sleep")
Way: TypeAlias = Literal["api", "cli", "slack", "page"]
"""How a person speaks to the service."""

Phase: TypeAlias = Literal["requested", "approved", "applied", "verified", "ended", "closed"]
"""requested: waits for a second person. approved: may be carried out once it starts. applied: every write is
done. verified: the replicas that were wanted are wanted and seen. ended: over, the schedule is not back yet.
closed: nothing is left to do."""
RUNNING: frozenset[Phase] = frozenset({"approved", "applied", "verified"})
"""Phases of an override that decides while its time has come and is not over."""

Outcome: TypeAlias = Literal[
    "", "restored", "replaced", "covered", "cancelled", "rejected", "not approved", "failed"
]
"""How an override closed. restored: the schedule is back. replaced: another override decides since it ended.
covered: it ended while another one decided. cancelled: it ended before it started."""


class Person(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody who asks."""

    id: str
    """`token:NAME`, `slack:USER`, `oidc:SUBJECT`, or `astrolabe` for the service itself."""
    name: str = ""
    """As people call them; for display."""
    groups: tuple[str, ...] = ()
    email: str = ""
    via: Way = "api"
    channel: str = ""
    """Slack channel that the request came from."""

    def same(self, other: Person) -> bool:
        """Whether both are known to be one person, who may come in several ways."""
        return self.id == other.id or bool(self.email and self.email.casefold() == other.email.casefold())

    @property
    def shown(self) -> str:
        """The name, or the id where there is none."""
        return self.name or self.id


ASTROLABE = Person(id="astrolabe")
"""The service itself."""


class Wish(msgspec.Struct, frozen=True, kw_only=True):
    """What a person asks for, understood."""

    environment: str
    action: Action
    start: float
    """Unix seconds."""
    until: float
    """Unix seconds."""
    words: str
    """The duration as it was said; the same words within a short time are one wish."""
    reason: str = ""
    key: str = ""
    """What a client sends with a repetition of the same request; empty where it sends none."""
    bulk: bool = False
    """Whether it is one of many that were asked for at once."""
    booked: bool = False
    """Whether a start in the future was asked for."""


class Override(msgspec.Struct, frozen=True, kw_only=True):
    """One override; `number` rises in the order in which they were asked for."""

    number: int
    environment: str
    action: Action
    start: float
    until: float
    words: str
    by: Person
    asked: float
    heard: float
    """When it was asked for last: an extension counts."""
    reason: str = ""
    key: str = ""
    phase: Phase = "approved"
    outcome: Outcome = ""
    why: str = ""
    """Why it ended, in words."""
    approver: str = ""
    roles: tuple[str, ...] = ()
    """Roles of which somebody else has to approve."""
    lapses: float = 0.0
    """Unix seconds at which a request that nobody approved is over."""
    cost: float | None = None
    """Dollars that it is estimated to cost (wake) or to save (sleep); None where prices are unknown."""
    extensions: int = 0

    @property
    def open(self) -> bool:
        """Whether anything is left to do or to wait for."""
        return self.phase != "closed"

    def decides(self, now: float) -> bool:
        """Whether it is valid at a time."""
        return self.phase in RUNNING and self.start <= now < self.until


class Aim(msgspec.Struct, frozen=True):
    """What an environment is to be: as an override says, or as its schedule says (number 0)."""

    number: int = 0
    action: Action | Literal["schedule"] = "schedule"
    until: float = 0.0


SCHEDULE = Aim()


class Hold(msgspec.Struct, frozen=True, kw_only=True):
    """An environment that the service has in its hands."""

    environment: str
    aim: Aim
    todo: tuple[str, ...]
    """Steps that are left, in order."""
    originals: Any = None
    """What the backend read before its first write; None while nothing was written."""
    begun: tuple[str, ...] = ()
    """What the step at hand was about to change."""
    not_before: float = 0.0
    """Unix seconds before which the next step is not to be done."""
    failed: str = ""
    """The problem that was reported last; empty after a step was done."""
