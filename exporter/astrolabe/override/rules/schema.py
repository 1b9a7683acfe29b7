"""What stands in the rules file."""

from __future__ import annotations

import msgspec

from astrolabe.override.model import ACTIONS, Action

LONGEST_OVERRIDE = 4 * 86400.0
"""Seconds: no override may be longer. kube-green is kept still by moving its weekdays; a week is short."""


class Role(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What the people of a role may do. Everybody who is in the file may ask for the status."""

    environments: tuple[str, ...] = ()
    """Globs."""
    actions: tuple[Action, ...] = ACTIONS
    longest: str = "2h"
    default: str = ""
    """How long where nobody says; empty is `longest`."""
    hours: str = ""
    """When it may be asked for, as in `mon-fri 07:00-20:00`; empty is always."""
    weekends: bool = False
    """Whether an override may reach into a Saturday or Sunday."""
    bulk: bool = False
    """Whether `all` may be asked for."""
    approves: bool = False
    """Whether its people may be the second person."""
    audit: bool = False
    """Whether its people may read the audit."""


class People(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Who has a role."""

    role: str
    users: tuple[str, ...] = ()
    """`slack:U024BE7LH`, `email:ann@example.org`, `token:ci`, `oidc:SUBJECT`. `oidc:*` is everybody with an
    account at the issuer, `*` everybody else who is known at all."""
    groups: tuple[str, ...] = ()
    """`slack:S0614TZR7`, a Slack user group; `oidc:platform`, a group of the issuer's."""


class Channels(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Where commands are allowed in Slack."""

    channels: tuple[str, ...]
    environments: tuple[str, ...] = ("*",)


class SecondPerson(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Where somebody else has to agree."""

    environments: tuple[str, ...]
    actions: tuple[Action, ...] = ACTIONS


class Limits(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """How many changes may be asked for."""

    requests_per_minute: int = 100
    per_person: int = 10


class Cooldown(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """How long an environment rests after a change of its direction."""

    first: str = "30s"
    """After one change."""
    second: str = "2m"
    """After two within `window`."""
    further: str = "10m"
    """After more."""
    window: str = "1h"


class Budget(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """How many dollars wakes may cost in a calendar month (UTC), together."""

    environments: tuple[str, ...]
    dollars: float


class RulesFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The whole file."""

    time_zone: str = "UTC"
    roles: dict[str, Role]
    people: tuple[People, ...] = ()
    channels: tuple[Channels, ...] = ()
    """None: commands are allowed in every channel."""
    second_person: tuple[SecondPerson, ...] = ()
    approval_within: str = "30m"
    """A request that nobody approves for so long is over."""
    reason_required: tuple[str, ...] = ()
    """Environments, as globs."""
    limits: Limits = Limits()
    cooldown: Cooldown = Cooldown()
    budgets: tuple[Budget, ...] = ()
