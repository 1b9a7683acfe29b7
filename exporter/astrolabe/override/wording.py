"""Texts for people. Pure: the facts are parameters."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from astrolabe.override import events
from astrolabe.override.durations import spell
from astrolabe.override.exporter import Figures
from astrolabe.override.model import Hold, Override
from astrolabe.override.state import State

_VERBS = {"wake": "is woken", "sleep": "is put to sleep"}


def clock(moment: float, now: float, zone: ZoneInfo) -> str:
    """Return a time of day, with the date where it is another one."""
    local, today = (datetime.fromtimestamp(each, zone) for each in (moment, now))
    if local.date() == today.date():
        return f"{local:%H:%M} {local:%Z}"
    return f"{local:%a} {local.day} {local:%b %H:%M} {local:%Z}"


def money(override: Override) -> str:
    """Return what an override costs or saves, empty where prices are unknown."""
    if override.cost is None:
        return ""
    return f", which {'costs' if override.action == 'wake' else 'saves'} about ${override.cost:.2f}"


def granted(override: Override, now: float, zone: ZoneInfo) -> str:
    """Say what happens, until when, and what it costs."""
    until = clock(override.until, now, zone)
    if override.phase == "requested":
        waits = f"waits for a second person ({' or '.join(override.roles)})"
        return f"override {override.number} of {override.environment} {waits}{money(override)}"
    if override.start > now:
        start = clock(override.start, now, zone)
        what = f"{override.environment} {_VERBS[override.action]} from {start} until {until}"
    else:
        what = f"{override.environment} {_VERBS[override.action]} until {until}"
        what += f" ({spell(override.until - now)})"
    return f"{what}{money(override)} (override {override.number})"


def extended(override: Override, now: float, zone: ZoneInfo) -> str:
    """Say that an override ends later."""
    until = clock(override.until, now, zone)
    state = "awake" if override.action == "wake" else "asleep"
    return f"{override.environment} stays {state} until {until}{money(override)} (override {override.number})"


def status(environment: str, state: State, now: float, zone: ZoneInfo) -> str:
    """Say in one line how an environment stands."""
    hold, deciding = state.holds.get(environment), state.deciding(environment, now)
    if deciding is None:
        if hold is None:
            return f"{environment} follows its schedule"
        return f"{environment} goes back to its schedule{_work(hold)}"
    what = "awake" if deciding.action == "wake" else "asleep"
    until = clock(deciding.until, now, zone)
    done = "" if deciding.phase == "verified" else _work(hold)
    return f"{environment} is to be {what} until {until}, as {deciding.by.shown} asked{done}"


def schedules(environment: str, figures: Figures | None, now: float, zone: ZoneInfo) -> list[str]:
    """Say when an environment sleeps and wakes, a line for each SleepInfo."""
    if figures is None:
        return [f"{environment}: unknown, since the exporter does not answer"]
    if not figures.schedules:
        return [f"{environment}: no schedule"]
    lines = []
    for each in figures.schedules:
        wakes = f"wakes at {each.wake_up_at}" if each.wake_up_at else "nothing wakes it"
        upcoming = [
            f"next {name} {clock(moment, now, zone)}"
            for name, moment in (("sleep", each.next_sleep), ("wake-up", each.next_wake_up))
            if moment is not None
        ]
        line = f"{environment}: {each.namespace}/{each.name}: on {each.weekdays} sleeps at {each.sleep_at}"
        lines.append("; ".join([f"{line}, {wakes} ({each.time_zone})", *upcoming]))
    return lines


def _over(override: Override, state: State, now: float) -> str:
    """Say which other override a new one goes before, so that who asked for that hears of it."""
    others = [
        each
        for each in state.open(override.environment)
        if each.number != override.number and each.decides(now)
    ]
    if not others or override.phase == "requested" or override.start > now:
        return ""
    earlier = max(others, key=lambda each: each.number)
    return f"; it goes before override {earlier.number} ({earlier.action}) of {earlier.by.shown}"


def _work(hold: Hold | None) -> str:
    if hold is None or not hold.todo:
        return ""
    if hold.failed:
        return f"; {hold.todo[0]} fails: {hold.failed}"
    return f"; next: {hold.todo[0]}"


def news(event: events.AnyEvent, state: State, now: float, zone: ZoneInfo) -> tuple[int, str] | None:
    """Return what is to be told of an event: the override that it concerns, and a line."""
    match event:
        case events.Asked():
            text = f"{event.by.shown}: {granted(event.override, now, zone)}"
            return event.override.number, text + _over(event.override, state, now)
        case events.Extended():
            return event.number, f"{event.by.shown}: {extended(state.overrides[event.number], now, zone)}"
        case events.Approved():
            return (
                event.number,
                f"{event.by.shown} agreed: {granted(state.overrides[event.number], now, zone)}",
            )
        case events.Rejected():
            why = f": {event.why}" if event.why else ""
            return event.number, f"{event.by.shown} said no to override {event.number}{why}"
        case events.Ended():
            override = state.overrides[event.number]
            what = "failed" if event.failed else "is over"
            return event.number, f"override {event.number} of {override.environment} {what}: {event.why}"
        case events.Failed():
            text = f"{event.environment}: {event.step} fails and is tried on: {event.problem}"
            return event.number, text
        case events.Done(step="verify"):
            if event.number:
                override = state.overrides[event.number]
                done = "awake" if override.action == "wake" else "asleep"
                until = clock(override.until, now, zone)
                return event.number, f"{event.environment} is {done} until {until}: seen"
            return 0, f"{event.environment} follows its schedule again: seen"
    return None
