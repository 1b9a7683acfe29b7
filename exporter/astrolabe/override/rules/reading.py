"""From the file's text to rules that can decide; whatever is wrong is one line that says where."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from datetime import datetime, time
from fnmatch import fnmatchcase
from pathlib import Path
from typing import TypeVar
from zoneinfo import ZoneInfo

import msgspec

from astrolabe.derived.sleep import cron
from astrolabe.override import yamlfile
from astrolabe.override.nearest import unknown
from astrolabe.override.rules.schema import LONGEST_OVERRIDE, RulesFile
from astrolabe.override.rules.schema import Role as RoleFields

_LENGTH = re.compile(r"(\d{1,6})(s|m|h|d)")
_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400}
_HOURS = re.compile(r"(?:(\S+)\s+)?(\d{1,2}):(\d{2})\s*-\s*(\d{1,2}):(\d{2})")
_USER = re.compile(r"\*|(?:slack|email|token|oidc):\S+")
_GROUP = re.compile(r"slack:\S+|oidc:\S(?:.*\S)?")
"""Groups of an issuer may have spaces in their names."""

T = TypeVar("T")


class RulesError(ValueError):
    """The file cannot be used. Its text is one line that names the place."""


class Hours(msgspec.Struct, frozen=True):
    """Times of the week."""

    weekdays: tuple[int, ...]
    """Sunday is 0."""
    start: time
    end: time
    text: str

    def hold(self, moment: datetime) -> bool:
        """Whether a local time is within."""
        return moment.isoweekday() % 7 in self.weekdays and self.start <= moment.time() < self.end


class Role(msgspec.Struct, frozen=True, kw_only=True):
    """A role, understood."""

    name: str
    fields: RoleFields
    longest: float
    """Seconds."""
    default: float
    """Seconds."""
    hours: Hours | None

    def covers(self, environment: str) -> bool:
        """Whether it is for an environment."""
        return matches(environment, self.fields.environments)


class Cooldown(msgspec.Struct, frozen=True):
    """Seconds."""

    first: float
    second: float
    further: float
    window: float


class Rules(msgspec.Struct, frozen=True, kw_only=True):
    """The whole file, understood."""

    file: RulesFile
    zone: ZoneInfo
    roles: dict[str, Role]
    cooldown: Cooldown
    approval_within: float
    """Seconds."""
    warnings: tuple[str, ...] = ()
    """What is allowed, and probably not meant."""

    def people_of(self, role: str) -> list[str]:
        """Name the people and groups of a role."""
        found = []
        for entry in self.file.people:
            if entry.role == role:
                found += [*entry.users, *(f"group {group}" for group in entry.groups)]
        return found

    def groups(self, kind: str) -> frozenset[str]:
        """Return the groups of a kind that are named: `slack`, `oidc`."""
        named = (group for entry in self.file.people for group in entry.groups)
        return frozenset(group for group in named if group.startswith(f"{kind}:"))


def read(path: Path, environments: Iterable[str]) -> Rules:
    """Read a file; raises `RulesError`."""
    try:
        text = path.read_text()
    except (OSError, UnicodeDecodeError) as error:
        raise RulesError(f"{path}: cannot be read: {getattr(error, 'strerror', None) or error}") from None
    try:
        return parse(text, environments)
    except RulesError as error:
        raise RulesError(f"{path}: {error}") from None


def parse(text: str, environments: Iterable[str]) -> Rules:
    """Read the text of a file; `environments` are those that there are. Raises `RulesError`."""
    try:
        loaded = yamlfile.load(text)
        # One by one: else nobody could say in which role something is wrong.
        yamlfile.named(loaded, "roles", RoleFields)
        file = yamlfile.converted(loaded, RulesFile)
    except yamlfile.Malformed as error:
        raise RulesError(str(error)) from None
    known = sorted(environments)
    rules = Rules(
        file=file,
        zone=_at("time_zone", lambda: _zone(file.time_zone)),
        roles={name: _role(name, fields) for name, fields in file.roles.items()},
        cooldown=Cooldown(
            **{
                name: _at(f"cooldown.{name}", lambda name=name: seconds(getattr(file.cooldown, name)))  # type: ignore[misc]
                for name in ("first", "second", "further", "window")
            }
        ),
        approval_within=_at("approval_within", lambda: seconds(file.approval_within)),
    )
    _check(rules, known)
    return msgspec.structs.replace(rules, warnings=tuple(_warnings(rules, known)))


def matches(name: str, globs: Iterable[str]) -> bool:
    """Whether any of the globs matches; case counts."""
    return any(fnmatchcase(name, glob) for glob in globs)


def seconds(text: str) -> float:
    """Read a length such as `30s`, `2m`, `4h`, `1d`; raises `RulesError`."""
    parts = _LENGTH.findall(text)
    if not parts or "".join(count + unit for count, unit in parts) != text:
        raise RulesError(f"`{text}` is not a duration: write for example 30s, 2m, 4h or 1d")
    return float(sum(int(count) * _UNITS[unit] for count, unit in parts))


def _at(where: str, make: Callable[[], T]) -> T:
    try:
        return make()
    except (RulesError, cron.CronError) as error:
        raise RulesError(f"{where}: {error}") from None


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (OSError, ValueError, KeyError):
        raise RulesError(f"`{name}` is not a known time zone") from None


def _role(name: str, fields: RoleFields) -> Role:
    where = f"roles.{name}"
    longest = _at(f"{where}.longest", lambda: seconds(fields.longest))
    default = _at(f"{where}.default", lambda: seconds(fields.default)) if fields.default else longest
    if not 0 < longest <= LONGEST_OVERRIDE:
        raise RulesError(f"{where}.longest: `{fields.longest}` is not between a minute and 4d")
    if default > longest:
        raise RulesError(
            f"{where}.default: `{fields.default}` is longer than the longest, `{fields.longest}`"
        )
    hours = _at(f"{where}.hours", lambda: _hours(fields.hours)) if fields.hours else None
    return Role(name=name, fields=fields, longest=longest, default=default, hours=hours)


def _hours(text: str) -> Hours:
    found = _HOURS.fullmatch(text.strip().lower())
    if found is None:
        raise RulesError(f"`{text}` is not a time of the week: write for example mon-fri 07:00-20:00")
    days = cron.parse(found[1] or "*", cron.WEEKDAY)
    try:
        start = time(int(found[2]), int(found[3]))
        end = time.max if found[4] == "24" else time(int(found[4]), int(found[5]))
    except ValueError:
        raise RulesError(f"`{text}` has an invalid time of day") from None
    if end <= start:
        raise RulesError(f"`{text}` ends before it begins")
    return Hours(days, start, end, text)


def _check(rules: Rules, environments: list[str]) -> None:
    file = rules.file
    for index, entry in enumerate(file.people):
        where = f"people[{index}]"
        if entry.role not in rules.roles:
            raise RulesError(f"{where}.role: {unknown('role', entry.role, rules.roles)}")
        for user in entry.users:
            if not _USER.fullmatch(user):
                raise RulesError(
                    f"{where}: `{user}` is not slack:ID, email:ADDRESS, token:NAME or oidc:SUBJECT; `*` is"
                    " everybody, but for those of an issuer, who are oidc:*"
                )
        for group in entry.groups:
            if not _GROUP.fullmatch(group):
                raise RulesError(f"{where}: `{group}` is not a group: slack:ID, or oidc:NAME")
        if not entry.users and not entry.groups:
            raise RulesError(f"{where}: names neither users nor groups")
    budgeted: dict[str, int] = {}
    for index, budget in enumerate(file.budgets):
        if budget.dollars < 0:
            raise RulesError(f"budgets[{index}].dollars: is negative")
        for name in environments:
            if matches(name, budget.environments):
                if name in budgeted:
                    raise RulesError(
                        f"budgets[{index}].environments: `{name}` is in budgets[{budgeted[name]}] already"
                    )
                budgeted[name] = index
    if file.second_person and not any(role.fields.approves for role in rules.roles.values()):
        raise RulesError("second_person: no role has `approves: true`, so nobody could approve")
    if file.limits.requests_per_minute < 1 or file.limits.per_person < 1:
        raise RulesError("limits: below 1 nobody could ask for anything")


def _warnings(rules: Rules, environments: list[str]) -> Iterable[str]:
    for name in rules.roles:
        if not rules.people_of(name):
            yield f"nobody has the role `{name}`"
    parts: list[tuple[str, tuple[str, ...]]] = [
        (f"roles.{name}.environments", role.fields.environments) for name, role in rules.roles.items()
    ]
    parts += [(f"budgets[{i}].environments", each.environments) for i, each in enumerate(rules.file.budgets)]
    parts += [
        (f"second_person[{i}].environments", each.environments)
        for i, each in enumerate(rules.file.second_person)
    ]
    parts.append(("reason_required", rules.file.reason_required))
    for where, globs in parts:
        for glob in globs:
            if not any(fnmatchcase(name, glob) for name in environments):
                yield f"{where}: `{glob}` matches no environment"
