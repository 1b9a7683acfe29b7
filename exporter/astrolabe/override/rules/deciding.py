"""Whether a request is granted. Pure: rules, state, time and cost are parameters."""

from __future__ import annotations

from datetime import datetime, timedelta

import msgspec

from astrolabe.override import events
from astrolabe.override.durations import spell
from astrolabe.override.model import Override, Person, Wish
from astrolabe.override.rules import limits
from astrolabe.override.rules.reading import Role, Rules, matches
from astrolabe.override.rules.refusal import Refusal
from astrolabe.override.state import State

SAME = 30.0
"""Seconds within which the same wish of the same person is one wish: people retype, Slack repeats."""
_SATURDAY = 6


class Granted(msgspec.Struct, frozen=True):
    """What becomes of a wish that is granted."""

    event: events.Asked | events.Extended | None
    """None where it is one that was made before."""
    number: int
    """Of the override that it made, extended or is."""


def roles_of(rules: Rules, person: Person) -> list[Role]:
    """Return the roles that a person has, in the order of the file."""
    names = {person.id, f"email:{person.email}"} if person.email else {person.id}
    # Anybody may have an account where an issuer is public: that is said in so many words, or not at all.
    names.add("oidc:*" if person.id.startswith("oidc:") else "*")
    groups = set(person.groups)
    found = {
        entry.role for entry in rules.file.people if names & set(entry.users) or groups & set(entry.groups)
    }
    return [role for name, role in rules.roles.items() if name in found]


def decide(
    rules: Rules, state: State, wish: Wish, person: Person, now: float, hourly: float | None
) -> Granted:
    """Return what becomes of a wish; raises `Refusal`.

    `hourly` is what the environment costs awake, in dollars; None where that is unknown.
    """
    if (earlier := _earlier(state, wish, person, now)) is not None:
        return Granted(None, earlier.number)
    limits.requests(rules, state, person, now)
    roles = _allowed(rules, wish, person)
    _channel(rules, wish, person)
    if matches(wish.environment, rules.file.reason_required) and not wish.reason.strip():
        raise Refusal("reason_required", f"`{wish.environment}` needs a reason: say what it is for")
    role = _role(rules, roles, wish, now)
    deciding, second = state.deciding(wish.environment, now), _second(rules, wish)
    extends = (
        deciding is not None
        # Who agreed to an hour did not agree to four days.
        and not second
        and not wish.booked
        and deciding.action == wish.action
        and deciding.by.id == person.id
    )
    if extends:
        assert deciding is not None
        until = max(deciding.until, wish.until)
        cost = _cost(hourly, until - deciding.start)
        limits.budget(rules, state, wish, now, cost, but=deciding)
        extended = events.Extended(
            at=now, by=person, number=deciding.number, until=until, words=wish.words,
            reason=wish.reason, key=wish.key, cost=cost, decision=f"roles.{role.name}",
        )  # fmt: skip
        return Granted(extended, deciding.number)
    limits.cooldown(rules, state, wish, now)
    cost = _cost(hourly, wish.until - wish.start)
    limits.budget(rules, state, wish, now, cost)
    override = Override(
        number=state.next_number, environment=wish.environment, action=wish.action, start=wish.start,
        until=wish.until, words=wish.words, by=person, asked=now, heard=now, reason=wish.reason, key=wish.key,
        phase="requested" if second else "approved", roles=second, cost=cost,
        lapses=now + rules.approval_within if second else 0.0,
    )  # fmt: skip
    asked = events.Asked(at=now, by=person, override=override, decision=f"roles.{role.name}")
    return Granted(asked, override.number)


def approve(rules: Rules, state: State, number: int, person: Person, now: float) -> events.Approved:
    """Return the approval of a request; raises `Refusal`."""
    override = _requested(rules, state, number, person)
    length = override.until - override.start
    start = max(override.start, now)
    # Who asked for two hours has two hours from the approval on; a booked end stays.
    until = override.until if override.start > now else start + length
    return events.Approved(at=now, by=person, number=number, start=start, until=until)


def reject(rules: Rules, state: State, number: int, person: Person, now: float, why: str) -> events.Rejected:
    """Return the rejection of a request; raises `Refusal`."""
    _requested(rules, state, number, person)
    return events.Rejected(at=now, by=person, number=number, why=why)


def end(rules: Rules, state: State, number: int, person: Person, now: float) -> events.Ended:
    """Return the end of an override that somebody ended by hand; raises `Refusal`."""
    override = _open(state, number)
    may = any(
        role.covers(override.environment) and override.action in role.fields.actions
        for role in roles_of(rules, person)
    )
    if not may and person.id != override.by.id:
        raise Refusal("roles", f"you may not end it: {_who(rules, override.environment, override.action)}")
    if override.phase == "ended":
        raise Refusal("state", f"override {number} has ended already")
    return events.Ended(at=now, by=person, number=number, why=f"{person.shown} ended it")


def longest(rules: Rules, person: Person, environment: str, action: str) -> Role | None:
    """Return the role by which a person may do something for the longest time, None where there is none."""
    able = [
        role for role in roles_of(rules, person) if role.covers(environment) and action in role.fields.actions
    ]
    return max(able, key=lambda role: role.longest, default=None)


def _cost(hourly: float | None, seconds: float) -> float | None:
    return None if hourly is None else hourly * seconds / 3600


def _earlier(state: State, wish: Wish, person: Person, now: float) -> Override | None:
    """Return the override that a wish asked for before, where it is a repetition."""
    here = [each for each in state.overrides.values() if each.environment == wish.environment]
    if wish.key:
        for override in reversed(here):
            if override.key == wish.key and override.by.id == person.id:
                return override
    # Whoever asked for something else meanwhile, and asks for the first thing again, means it.
    last = max(here, key=lambda each: each.heard, default=None)
    if last is None or not last.open or not 0 <= now - last.heard < SAME:
        return None
    same = (last.by.id, last.action, last.words) == (person.id, wish.action, wish.words)
    return last if same else None


def _allowed(rules: Rules, wish: Wish, person: Person) -> list[Role]:
    able = [
        role
        for role in roles_of(rules, person)
        if role.covers(wish.environment) and wish.action in role.fields.actions
    ]
    if not able:
        who = _who(rules, wish.environment, wish.action)
        raise Refusal("roles", f"you may not {wish.action} `{wish.environment}`: {who}")
    return able


def _who(rules: Rules, environment: str, action: str) -> str:
    may = [
        (role.name, rules.people_of(role.name))
        for role in rules.roles.values()
        if role.covers(environment) and action in role.fields.actions
    ]
    named = [f"{name} ({', '.join(people)})" for name, people in may if people]
    return f"who may: {'; '.join(named)}" if named else "nobody has a role that may"


def _channel(rules: Rules, wish: Wish, person: Person) -> None:
    if person.via != "slack" or not rules.file.channels:
        return
    allowed = [entry for entry in rules.file.channels if matches(wish.environment, entry.environments)]
    if not any(person.channel in entry.channels for entry in allowed):
        names = sorted({f"<#{name}>" for entry in allowed for name in entry.channels})
        where = f"ask in {', '.join(names)}" if names else "no channel is allowed for it"
        raise Refusal("channels", f"`{wish.environment}` is not to be changed from this channel: {where}")


def _role(rules: Rules, roles: list[Role], wish: Wish, now: float) -> Role:
    """Return the first role that allows the wish as it is; raises the refusal of the most generous one."""
    refusals = []
    for role in sorted(roles, key=lambda role: -role.longest):
        try:
            _fits(rules, role, wish, now)
        except Refusal as refusal:
            refusals.append(refusal)
        else:
            return role
    raise refusals[0]


def _fits(rules: Rules, role: Role, wish: Wish, now: float) -> None:
    where = f"roles.{role.name}"
    length = wish.until - wish.start
    if length > role.longest + limits.OVERRUN:
        more = [
            f"{other.name} up to {spell(other.longest)}"
            for other in rules.roles.values()
            if other.longest >= length
            and other.covers(wish.environment)
            and wish.action in other.fields.actions
            and rules.people_of(other.name)
        ]
        who = f"; who may longer: {', '.join(more)}" if more else "; nobody may longer"
        raise Refusal(
            f"{where}.longest",
            f"{spell(length)} is too long: {role.name} may {wish.action} `{wish.environment}`"
            f" for {spell(role.longest)}{who}",
        )
    if wish.bulk and not role.fields.bulk:
        able = [other.name for other in rules.roles.values() if other.fields.bulk]
        raise Refusal(
            f"{where}.bulk", f"`all` is not for {role.name}: who may: {', '.join(able) or 'nobody'}"
        )
    if role.hours is not None and not role.hours.hold(datetime.fromtimestamp(now, rules.zone)):
        raise Refusal(f"{where}.hours", f"{role.name} may at {role.hours.text} ({rules.zone.key}) alone")
    if not role.fields.weekends and _weekend(wish, rules):
        able = [other.name for other in rules.roles.values() if other.fields.weekends]
        raise Refusal(
            f"{where}.weekends",
            f"it reaches into a weekend, not for {role.name}: who may: {', '.join(able) or 'nobody'}",
        )


def _weekend(wish: Wish, rules: Rules) -> bool:
    moment = datetime.fromtimestamp(wish.start, rules.zone)
    last = datetime.fromtimestamp(wish.until, rules.zone)
    while moment < last:
        if moment.isoweekday() >= _SATURDAY:
            return True
        moment = (moment + timedelta(days=1)).replace(hour=0, minute=0, second=0, microsecond=0)
    return False


def _second(rules: Rules, wish: Wish) -> tuple[str, ...]:
    """Return the roles of which a second person has to agree; none where nobody has to."""
    for entry in rules.file.second_person:
        if matches(wish.environment, entry.environments) and wish.action in entry.actions:
            return tuple(role.name for role in rules.roles.values() if role.fields.approves)
    return ()


def _open(state: State, number: int) -> Override:
    override = state.overrides.get(number)
    if override is None:
        raise Refusal("state", f"there is no override {number}")
    if not override.open:
        raise Refusal("state", f"override {number} is over already ({override.outcome})")
    return override


def _requested(rules: Rules, state: State, number: int, person: Person) -> Override:
    override = _open(state, number)
    if override.phase != "requested":
        raise Refusal("state", f"override {number} does not wait for approval")
    if person.same(override.by):
        raise Refusal("second_person", "a second person must approve, not the person who asked")
    if not any(
        role.fields.approves and role.covers(override.environment) for role in roles_of(rules, person)
    ):
        names = [
            f"{role.name} ({', '.join(rules.people_of(role.name))})"
            for role in rules.roles.values()
            if role.fields.approves and role.covers(override.environment)
        ]
        raise Refusal("second_person", f"who may approve: {'; '.join(names) or 'nobody'}")
    return override
