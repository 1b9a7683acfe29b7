"""Limits: how often people may ask, how long the cooldown lasts, and what wakes may cost. Pure."""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import pairwise

from astrolabe.override.durations import spell
from astrolabe.override.model import Override, Person, Wish
from astrolabe.override.rules.reading import Rules, matches
from astrolabe.override.rules.refusal import Refusal
from astrolabe.override.state import State

OVERRUN = 1e-9
"""What a sum of decimals may be above what it should be."""


def requests(rules: Rules, state: State, person: Person, now: float) -> None:
    """Refuse where too much was asked for within a minute."""
    limits = rules.file.limits
    recent = [who for at, who in state.asked if now - 60 < at <= now]
    if recent.count(person.id) >= limits.per_person:
        raise Refusal("limits.per_person", f"at most {limits.per_person} requests a minute: wait a little")
    if len(recent) >= limits.requests_per_minute:
        raise Refusal(
            "limits.requests_per_minute",
            f"at most {limits.requests_per_minute} requests a minute by everybody together: wait a little",
        )


def cooldown(rules: Rules, state: State, wish: Wish, now: float) -> None:
    """Refuse while the environment rests after a change of its direction; longer after several."""
    past = [
        each
        for each in state.overrides.values()
        if each.environment == wish.environment and now - rules.cooldown.window < each.asked <= now
    ]
    if not past or past[-1].action == wish.action or wish.booked:
        return
    changes = sum(a.action != b.action for a, b in pairwise(past))
    rest = (rules.cooldown.first, rules.cooldown.second, rules.cooldown.further)[min(changes, 2)]
    left = past[-1].asked + rest - now
    if left > 0:
        raise Refusal(
            "cooldown",
            f"`{wish.environment}` was told to {past[-1].action} {spell(now - past[-1].asked)} ago by"
            f" {past[-1].by.shown}: it rests for {round(left) or 1} s more",
        )


def budget(
    rules: Rules, state: State, wish: Wish, now: float, cost: float | None, but: Override | None = None
) -> None:
    """Refuse what would cost more than is left of a month's budget."""
    if wish.action != "wake" or cost is None:
        return
    for index, each in enumerate(rules.file.budgets):
        if not matches(wish.environment, each.environments):
            continue
        spent = spent_in_month(state, each.environments, now, but)
        if spent + cost > each.dollars + OVERRUN:
            raise Refusal(
                f"budgets[{index}]",
                f"it would cost about ${cost:.2f}, and of this month's ${each.dollars:.2f}"
                f" ${max(each.dollars - spent, 0):.2f} is left",
            )


def spent_in_month(
    state: State, environments: tuple[str, ...], now: float, but: Override | None = None
) -> float:
    """Return the dollars that wakes of this calendar month (UTC) are estimated to cost."""
    month = datetime.fromtimestamp(now, UTC).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    first = month.timestamp()
    return sum(
        each.cost
        for each in state.overrides.values()
        if each.action == "wake"
        and each.cost is not None
        and each.asked >= first
        and each.outcome not in ("rejected", "cancelled", "not approved")
        and matches(each.environment, environments)
        and (but is None or each.number != but.number)
    )
