"""Answers to the questions that people ask, as plain data: for the API, the command line and the page."""

from __future__ import annotations

import msgspec

from astrolabe.derived.access.access import Event
from astrolabe.derived.access.paths import Path
from astrolabe.derived.access.rights import Grant


class Answer(msgspec.Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """What all answers say of themselves."""

    covers: str = ""
    """Which authorizers."""
    incomplete: list[str] = []
    """Kinds that are not known completely: somebody may be missing."""
    truncated: bool = False
    """Whether there was too much to look at all of it: somebody may be missing."""


class MountedBy(msgspec.Struct, frozen=True, rename="camel", omit_defaults=True):
    """A workload whose Pods hold a Secret."""

    workload: str
    """Id of the topmost controller, or of the Pod itself."""
    account: str
    """Id of the ServiceAccount that they run as."""
    how: str
    key: str = ""
    """Empty is the whole Secret."""
    pods: int = 0
    since: float | None = None
    """Unix seconds, of the account's using the Secret."""


class WhoCan(Answer, frozen=True, kw_only=True):
    """Who can do something, and of Secrets who gets at the value in other ways."""

    request: str
    exists: bool = True
    """Of a question for a Secret's value: whether there is one of that name."""
    grants: list[Grant]
    """By what right, of each subject; members of system:masters need none."""
    ways: list[Path] = []
    """Of a question for a Secret's value: everybody who reaches it, nearest first."""
    mounted: list[MountedBy] = []


class RuleOf(msgspec.Struct, frozen=True, rename="camel", omit_defaults=True):
    """A rule that a subject has."""

    binding: str
    role: str
    subject: str
    """By which of its names or groups it has it."""
    namespace: str
    """Empty is everywhere."""
    verbs: tuple[str, ...]
    groups: tuple[str, ...] = ()
    resources: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    urls: tuple[str, ...] = ()
    wildcard: bool = False
    since: float | None = None
    """Unix seconds."""


class UsedBy(msgspec.Struct, frozen=True, rename="camel", omit_defaults=True):
    """A workload whose Pods run as an account."""

    workload: str
    pods: int
    tokens: int
    """Pods among them that have its token mounted."""


class TokenSecret(msgspec.Struct, frozen=True, rename="camel", omit_defaults=True):
    """A Secret that holds a token without an end."""

    secret: str
    last_used: str = ""
    """A day; empty where it was never used."""


class Of(Answer, frozen=True, kw_only=True):
    """What a subject may do, and who acts as it."""

    subject: str
    exists: bool = True
    """Of a ServiceAccount: whether there is one of that name."""
    rules: list[RuleOf]
    admin: list[Path] = []
    """How it comes to do everything; empty where it does not."""
    everything: bool = False
    """Whether it may do everything as it is."""
    used: list[UsedBy] = []
    token_needed: bool | None = None
    """Of a ServiceAccount: whether it has any right of its own."""
    automount: bool | None = None
    token_secrets: list[TokenSecret] = []
    secrets: list[MountedBy] = []


class Found(msgspec.Struct, frozen=True, rename="camel", omit_defaults=True):
    """A finding, with what to do about it."""

    rule: str
    severity: str
    id: str
    namespace: str
    detail: str
    title: str
    reason: str
    remedy: str
    silenced: str = ""


class Findings(Answer, frozen=True, kw_only=True):
    """What is dangerous or stale, worst first."""

    findings: list[Found]


class Events(Answer, frozen=True, kw_only=True):
    """What changed lately, newest first."""

    events: list[Event]
