"""The rules file: what it allows, what it refuses, and how it says so."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from astrolabe.override import events, planning
from astrolabe.override.model import Override, Person, Wish
from astrolabe.override.rules import deciding
from astrolabe.override.rules.deciding import Granted
from astrolabe.override.rules.reading import RulesError, parse, read
from astrolabe.override.rules.refusal import Refusal
from astrolabe.override.state import State

NAMES = ("dev-catalog", "dev-cart", "staging", "prod")
TEXT = """
time_zone: Europe/Berlin
roles:
  viewer: {}
  developer:
    environments: ["dev-*", staging]
    longest: 2h
    default: 1h
    hours: mon-fri 07:00-20:00
  devops: {environments: ["*"], longest: 8h, weekends: true, bulk: true}
  admin: {environments: ["*"], longest: 4d, weekends: true, bulk: true, approves: true, audit: true}
people:
  - {role: viewer, users: ["*"]}
  - {role: developer, users: ["email:ann@example.org"], groups: ["slack:S0DEV"]}
  - {role: devops, users: ["token:ci", "slack:UOPS"]}
  - {role: admin, users: ["token:eve", "token:zoe"]}
channels:
  - {channels: [C0DEV], environments: ["dev-*"]}
  - {channels: [C0OPS]}
second_person: [{environments: [prod], actions: [wake]}]
reason_required: [prod]
limits: {requests_per_minute: 5, per_person: 3}
budgets: [{environments: ["dev-*"], dollars: 10}]
"""
RULES = parse(TEXT, NAMES)
NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC).timestamp()
"""A Monday, 10:00 in Berlin."""
HOUR = 3600.0
ANN = Person(id="slack:U1", name="Ann", email="ann@example.org", via="slack", channel="C0DEV")
DEV = Person(id="slack:U2", groups=("slack:S0DEV",), via="slack", channel="C0OPS")
CI, EVE, ZOE = (Person(id=f"token:{name}", name=name) for name in ("ci", "eve", "zoe"))
NOBODY = Person(id="token:nobody")


def wish(
    environment: str, action: str = "wake", hours: float = 1, *, at: float = NOW, **more: object
) -> Wish:
    fields = {"start": at, "until": at + hours * HOUR, "words": f"{hours}h {at}", **more}
    return Wish(environment=environment, action=action, **fields)  # type: ignore[arg-type]


def ask(
    person: Person, wanted: Wish, state: State | None = None, *, now: float = NOW, hourly: float | None = None
) -> Granted:
    state = State() if state is None else state
    granted = deciding.decide(RULES, state, wanted, person, now, hourly)
    if granted.event is not None:
        state.fold(granted.event)
    return granted


def refusal(person: Person, wanted: Wish, state: State | None = None, **more: float) -> tuple[str, str]:
    with pytest.raises(Refusal) as refused:
        ask(person, wanted, state, **more)
    assert "\n" not in str(refused.value)
    return refused.value.rule, str(refused.value)


def test_by_email_and_by_group() -> None:
    event = ask(ANN, wish("dev-cart")).event
    assert isinstance(event, events.Asked)
    assert (event.decision, event.override.phase) == ("roles.developer", "approved")
    ask(DEV, wish("staging"))


def test_who_may_is_said() -> None:
    assert refusal(NOBODY, wish("staging")) == (
        "roles",
        (
            "you may not wake `staging`: who may: developer (email:ann@example.org, group slack:S0DEV);"
            " devops (token:ci, slack:UOPS); admin (token:eve, token:zoe)"
        ),
    )
    assert refusal(ANN, wish("prod"))[0] == "roles"


def test_a_week_where_two_hours_are_allowed() -> None:
    assert refusal(ANN, wish("dev-cart", hours=48)) == (
        "roles.developer.longest",
        "48h is too long: developer may wake `dev-cart` for 2h; who may longer: admin up to 96h",
    )
    assert refusal(EVE, wish("dev-cart", hours=24 * 7)) == (
        "roles.admin.longest",
        "168h is too long: admin may wake `dev-cart` for 96h; nobody may longer",
    )


def test_hours() -> None:
    night = datetime(2026, 11, 23, 21, 0, tzinfo=UTC).timestamp()
    assert refusal(ANN, wish("dev-cart", at=night), now=night) == (
        "roles.developer.hours",
        "developer may at mon-fri 07:00-20:00 (Europe/Berlin) alone",
    )
    ask(CI, wish("dev-cart", at=night), now=night)


def test_weekends() -> None:
    friday = datetime(2026, 11, 27, 17, 30, tzinfo=UTC).timestamp()
    ask(ANN, wish("dev-cart", hours=2, at=friday), now=friday)
    booked = datetime(2026, 11, 28, 9, 0, tzinfo=UTC).timestamp()
    rule, text = refusal(ANN, wish("dev-cart", at=booked, booked=True))
    assert rule == "roles.developer.weekends"
    assert text == "it reaches into a weekend, not for developer: who may: devops, admin"
    ask(CI, wish("dev-cart", at=booked, booked=True))


def test_bulk() -> None:
    assert refusal(ANN, wish("dev-cart", bulk=True)) == (
        "roles.developer.bulk",
        "`all` is not for developer: who may: devops, admin",
    )
    ask(CI, wish("dev-cart", bulk=True))


def test_channels() -> None:
    assert refusal(ANN, wish("staging")) == (
        "channels",
        "`staging` is not to be changed from this channel: ask in <#C0OPS>",
    )


def test_a_reason() -> None:
    assert refusal(EVE, wish("prod"))[0] == "reason_required"
    assert refusal(EVE, wish("prod", reason="  "))[0] == "reason_required"


def test_a_second_person() -> None:
    state = State()
    granted = ask(EVE, wish("prod", reason="a fix"), state)
    override = state.overrides[granted.number]
    assert (override.phase, override.roles) == ("requested", ("admin",))
    assert state.deciding("prod", NOW) is None
    for person, message in (
        (EVE, "a second person must approve, not the person who asked"),
        (CI, "who may approve: admin (token:eve, token:zoe)"),
    ):
        with pytest.raises(Refusal, match=message.replace("(", r"\(").replace(")", r"\)")):
            deciding.approve(RULES, state, override.number, person, NOW)
    state.fold(deciding.approve(RULES, state, override.number, ZOE, NOW + 600))
    override = state.overrides[granted.number]
    assert (override.phase, override.approver) == ("approved", "token:zoe")
    # Who asked for an hour has an hour from then on.
    assert (override.start, override.until) == (NOW + 600, NOW + 600 + HOUR)
    with pytest.raises(Refusal, match="does not wait for approval"):
        deciding.approve(RULES, state, override.number, ZOE, NOW + 601)


def test_sleeping_production_needs_nobody_else() -> None:
    state = State()
    granted = ask(EVE, wish("prod", "sleep", reason="it burns"), state)
    assert state.overrides[granted.number].phase == "approved"


def test_limits() -> None:
    state = State()
    for index in range(3):
        ask(CI, wish("dev-cart", at=NOW + index, words=str(index)), state, now=NOW + index)
    assert refusal(CI, wish("dev-cart", words="more"), state, now=NOW + 3) == (
        "limits.per_person",
        "at most 3 requests a minute: wait a little",
    )
    for index in range(2):
        ask(EVE, wish("dev-cart", words=str(index)), state, now=NOW + 4)
    assert refusal(ZOE, wish("dev-cart"), state, now=NOW + 5)[0] == "limits.requests_per_minute"
    ask(CI, wish("dev-cart", at=NOW + 70, words="later"), state, now=NOW + 70)


def test_cooldown_grows_with_each_change_of_direction() -> None:
    state, now = State(), NOW
    ask(CI, wish("staging", "wake"), state, now=now)
    rule, text = refusal(EVE, wish("staging", "sleep"), state, now=now + 29)
    assert rule == "cooldown"
    assert text == "`staging` was told to wake 0m ago by ci: it rests for 1 s more"
    now += 30
    ask(EVE, wish("staging", "sleep", at=now), state, now=now)
    assert refusal(CI, wish("staging", "wake", at=now), state, now=now + 119)[0] == "cooldown"
    now += 120
    ask(CI, wish("staging", "wake", at=now), state, now=now)
    assert refusal(EVE, wish("staging", "sleep", at=now), state, now=now + 599)[0] == "cooldown"
    ask(EVE, wish("staging", "sleep", at=now + 600), state, now=now + 600)


def test_an_extension_is_free_of_cooldown() -> None:
    state = State()
    first = ask(CI, wish("staging", "wake", words="1h"), state)
    ask(EVE, wish("staging", "sleep", at=NOW + 60), state, now=NOW + 60)
    later = ask(EVE, wish("staging", "sleep", 2, at=NOW + 95), state, now=NOW + 95)
    assert isinstance(later.event, events.Extended)
    assert later.number != first.number


def test_budget() -> None:
    state = State()
    ask(CI, wish("dev-cart", hours=2), state, hourly=3)
    assert refusal(EVE, wish("dev-catalog", hours=2, at=NOW + 60), state, now=NOW + 60, hourly=3) == (
        "budgets[0]",
        "it would cost about $6.00, and of this month's $10.00 $4.00 is left",
    )
    ask(EVE, wish("dev-catalog", hours=1, at=NOW + 60), state, now=NOW + 60, hourly=3)
    # Sleeping costs nothing, and another month has a budget of its own.
    ask(ZOE, wish("dev-cart", "sleep", at=NOW + HOUR), state, now=NOW + HOUR, hourly=3)
    december = datetime(2026, 12, 1, 9, 0, tzinfo=UTC).timestamp()
    ask(CI, wish("dev-catalog", hours=2, at=december), state, now=december, hourly=3)


def test_an_extension_pays_for_the_whole() -> None:
    state = State()
    first = ask(CI, wish("dev-cart", hours=2), state, hourly=3)
    ask(CI, wish("dev-cart", hours=2, at=NOW + HOUR), state, now=NOW + HOUR, hourly=3)
    assert state.overrides[first.number].cost == pytest.approx(9)
    rule, _ = refusal(CI, wish("dev-cart", hours=2, at=NOW + 2 * HOUR), state, now=NOW + 2 * HOUR, hourly=3)
    assert rule == "budgets[0]"


def test_an_unknown_price_is_no_hindrance() -> None:
    granted = ask(CI, wish("dev-cart", hours=8))
    assert isinstance(granted.event, events.Asked)
    assert granted.event.override.cost is None


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ("roles: {a: {longst: 2h}}", "roles.a: Object contains unknown field `longst`"),
        ("roles: {a: {longest: 2}}", "roles.a.longest: Expected `str`, got `int`"),
        (
            "roles: {a: {longest: soon}}",
            "roles.a.longest: `soon` is not a duration: write for example 30s, 2m, 4h or 1d",
        ),
        ("roles: {a: {longest: 5d}}", "roles.a.longest: `5d` is not between a minute and 4d"),
        ("roles: {a: {default: 3h}}", "roles.a.default: `3h` is longer than the longest, `2h`"),
        (
            "roles: {a: {hours: always}}",
            "roles.a.hours: `always` is not a time of the week: write for example",
        ),
        ("roles: {a: {hours: 'mon-fri 20:00-07:00'}}", "roles.a.hours: `mon-fri 20:00-07:00` ends before"),
        (
            "roles: {a: {hours: 'fri-mon 07:00-20:00'}}",
            "roles.a.hours: weekday `fri-mon` ends before it begins",
        ),
        ("roles: {a: {actions: [reboot]}}", "roles.a.actions[0]: Invalid enum value 'reboot'"),
        ("{roles: {}, time_zone: Mars/Base}", "time_zone: `Mars/Base` is not a known time zone"),
        (
            "{roles: {developer: {}}, people: [{role: develper, users: ['*']}]}",
            "people[0].role: there is no role `develper`: did you mean `developer`?",
        ),
        (
            "{roles: {a: {}}, people: [{role: a, users: [ann]}]}",
            "people[0]: `ann` is not slack:ID, email:ADDRESS",
        ),
        (
            "{roles: {a: {}}, people: [{role: a, groups: ['*']}]}",
            "people[0]: `*` is not a group: slack:ID, or",
        ),
        (
            "{roles: {a: {}}, people: [{role: a, groups: ['token:ann']}]}",
            "people[0]: `token:ann` is not a group: slack:ID, or oidc:NAME",
        ),
        ("{roles: {a: {}}, people: [{role: a}]}", "people[0]: names neither users nor groups"),
        (
            "{roles: {}, budgets: [{environments: [prod], dollars: 1}, {environments: ['*'], dollars: 2}]}",
            "budgets[1].environments: `prod` is in budgets[0] already",
        ),
        (
            "{roles: {a: {}}, second_person: [{environments: [prod]}]}",
            "second_person: no role has `approves: true`",
        ),
        ("{roles: {a: {}}, limits: {per_person: 0}}", "limits: below 1 nobody could ask"),
        ("{roles: {a: {}}, cooldown: {first: x}}", "cooldown.first: `x` is not a duration"),
        ("roles: {a: {}, a: {}}", "not valid YAML: line 1: `a` stands twice"),
        ("roles: [", "not valid YAML: "),
        ("", "expected `key: value`"),
    ],
)
def test_a_file_that_cannot_be_used_is_one_line(change: str, message: str) -> None:
    with pytest.raises(RulesError) as error:
        parse(change, NAMES)
    assert message in str(error.value)
    assert "\n" not in str(error.value)


def test_what_is_probably_not_meant() -> None:
    rules = parse(
        "{roles: {a: {environments: [stagign, 'dev-*']}, b: {}}, people: [{role: a, users: ['*']}]}", NAMES
    )
    assert rules.warnings == (
        "nobody has the role `b`",
        "roles.a.environments: `stagign` matches no environment",
    )


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(RulesError, match=r"rules\.yaml: cannot be read: No such file or directory"):
        read(tmp_path / "rules.yaml", NAMES)


def test_an_override_of_the_past_is_no_earlier_wish() -> None:
    state = State()
    old = Override(
        number=1, environment="staging", action="wake", start=NOW - 9, until=NOW - 1, words="1h", by=CI,
        asked=NOW - 10, heard=NOW - 10, phase="closed", outcome="restored",
    )  # fmt: skip
    state.fold(events.Asked(at=NOW - 10, by=CI, override=old, decision=""))
    assert ask(CI, wish("staging", words="1h"), state).number == 2


def test_a_request_that_nobody_approves_is_over() -> None:
    state = State()
    granted = ask(EVE, wish("prod", hours=8, reason="a fix"), state)
    assert list(planning.due(state, NOW + 1799)) == []
    assert planning.next_time(state, NOW) == NOW + 1800
    (ended,) = planning.due(state, NOW + 1800)
    assert (ended.number, ended.why) == (granted.number, "nobody approved it in time")


def test_a_second_person_is_nobody_who_comes_in_another_way() -> None:
    rules = parse(TEXT.replace('"token:eve"', '"email:eve@example.org", "slack:UEVE"'), NAMES)
    slack = Person(id="slack:UEVE", email="Eve@example.org", via="slack", channel="C0OPS")
    page = Person(id="oidc:248289761001", email="eve@example.org", via="page")
    state = State()
    granted = deciding.decide(rules, state, wish("prod", reason="a fix"), slack, NOW, None)
    assert granted.event is not None
    state.fold(granted.event)
    with pytest.raises(Refusal, match="a second person must approve, not the person who asked"):
        deciding.approve(rules, state, granted.number, page, NOW)
    deciding.approve(rules, state, granted.number, ZOE, NOW)


def test_an_extension_needs_the_second_person_again() -> None:
    state = State()
    first = ask(EVE, wish("prod", reason="a fix"), state)
    state.fold(deciding.approve(RULES, state, first.number, ZOE, NOW))
    later = ask(EVE, wish("prod", hours=4, reason="more", at=NOW + 60), state, now=NOW + 60)
    assert later.number != first.number
    assert state.overrides[later.number].phase == "requested"
    assert state.overrides[first.number].until == NOW + HOUR
