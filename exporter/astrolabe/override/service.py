"""The requests that people can make, through any face; each answer is one plain line."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Literal
from zoneinfo import ZoneInfo

import msgspec
import structlog

from astrolabe.override import durations, events, wording
from astrolabe.override.backend import Trouble
from astrolabe.override.durations import DurationError, Span
from astrolabe.override.exporter import Exporter, Figures
from astrolabe.override.ledger import Ledger
from astrolabe.override.model import ACTIONS, Action, Override, Person, Wish
from astrolabe.override.nearest import unknown
from astrolabe.override.rules import deciding
from astrolabe.override.rules.deciding import Granted
from astrolabe.override.rules.reading import Rules, matches
from astrolabe.override.rules.refusal import Refusal
from astrolabe.override.state import State

ALL = "all"
_REASON = 500
_AHEAD = 31 * 86400.0
"""Seconds in the future that can be booked at most."""

log = structlog.get_logger(__name__)


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """What became of a wish in one environment."""

    environment: str
    outcome: Literal["granted", "waits", "extended", "same", "refused"]
    text: str
    override: Override | None = None
    rule: str = ""
    """Of a refusal: the place in the rules file."""


class Status(msgspec.Struct, frozen=True, kw_only=True):
    """How an environment stands."""

    environment: str
    text: str
    deciding: Override | None
    open: tuple[Override, ...]
    figures: Figures | None
    """None where the exporter is not set up or does not answer."""
    failing: str = ""


class Service:
    """Decides by the rules as they are at that moment. Raises `Refusal`, `StoreError` and `Broken`."""

    def __init__(
        self,
        ledger: Ledger,
        rules: Callable[[], Rules],
        environments: Mapping[str, tuple[str, ...]],
        clock: Callable[[], float],
        *,
        exporter: Exporter | None = None,
        nudge: Callable[[], None] = lambda: None,
    ) -> None:
        self._ledger = ledger
        self._rules = rules
        self._environments = environments
        self._clock = clock
        self._exporter = exporter
        self._nudge = nudge
        self._flooding: dict[str, float] = {}
        """When somebody beyond a limit was recorded last: a flood is one record a minute."""

    @property
    def environments(self) -> tuple[str, ...]:
        """Their names."""
        return tuple(self._environments)

    @property
    def zone(self) -> ZoneInfo:
        """The time zone of the rules."""
        return self._rules().zone

    async def ask(
        self,
        person: Person,
        environment: str,
        action: str,
        duration: str = "",
        reason: str = "",
        key: str = "",
    ) -> list[Answer]:
        """Wake or sleep an environment, or all that the person may; an answer for each."""
        now, rules = self._clock(), self._rules()
        try:
            verb = _action(action)
            names = self._named(environment, rules, person, verb)
            wishes = [
                self._wish(name, verb, duration, reason, key, person, rules, now, bulk=environment == ALL)
                for name in names
            ]
        except (Refusal, DurationError) as error:
            refusal = error if isinstance(error, Refusal) else Refusal("duration", str(error))
            await self._refused(person, environment, action, duration, reason, refusal)
            raise refusal from None
        figures = await self._figures(names)
        answers = []
        for wish in wishes:
            found = figures.get(wish.environment)
            try:
                answers.append(await self._one(person, wish, found.hourly if found else None))
            except Refusal as refusal:
                await self._refused(person, wish.environment, verb, duration, reason, refusal)
                if len(wishes) == 1:
                    raise
                answers.append(
                    Answer(
                        environment=wish.environment,
                        outcome="refused",
                        text=str(refusal),
                        rule=refusal.rule,
                    )
                )
        self._nudge()
        return answers

    async def approve(self, person: Person, number: int) -> Answer:
        """Agree to what somebody else asked for."""
        return await self._change(
            number, lambda rules, state, now: deciding.approve(rules, state, number, person, now)
        )

    async def reject(self, person: Person, number: int, why: str = "") -> Answer:
        """Say no to what somebody else asked for."""
        return await self._change(
            number,
            lambda rules, state, now: deciding.reject(rules, state, number, person, now, _clean(why)),
        )

    async def end(self, person: Person, number: int) -> Answer:
        """End an override now."""
        return await self._change(
            number, lambda rules, state, now: deciding.end(rules, state, number, person, now)
        )

    async def extend(self, person: Person, number: int, seconds: float, key: str = "") -> Answer:
        """Let an override end later, or, where somebody else asked for it, follow it by one that does."""
        await self._ledger.refresh()
        override, now = self._ledger.state.overrides.get(number), self._clock()
        if override is None or not override.decides(now):
            raise Refusal("state", f"override {number} is no longer in force: ask for a new one")
        wish = Wish(
            environment=override.environment,
            action=override.action,
            start=now,
            until=override.until + seconds,
            words=f"{durations.spell(seconds)} more than {override.until:.0f}",
            reason=override.reason,
            key=key,
        )
        found = (await self._figures([override.environment])).get(override.environment)
        try:
            answer = await self._one(person, wish, found.hourly if found else None)
        except Refusal as refusal:
            await self._refused(person, wish.environment, wish.action, wish.words, wish.reason, refusal)
            raise
        self._nudge()
        return answer

    async def schedules(self, environment: str = "") -> list[str]:
        """Say when environments sleep and wake, a line for each SleepInfo."""
        now, zone = self._clock(), self.zone
        lines = []
        for status in await self.status(environment):
            lines += wording.schedules(status.environment, status.figures, now, zone)
        return lines

    async def status(self, environment: str = "") -> list[Status]:
        """Say show the state of environments, all of them for an empty name."""
        if environment and environment not in self._environments:
            raise Refusal("environments", unknown("environment", environment, self._environments))
        await self._ledger.refresh()
        names = [environment] if environment else list(self._environments)
        figures = await self._figures(names)
        state, now, zone = self._ledger.state, self._clock(), self._rules().zone
        return [
            Status(
                environment=name,
                text=wording.status(name, state, now, zone),
                deciding=state.deciding(name, now),
                open=tuple(state.open(name)),
                figures=figures.get(name),
                failing=state.holds[name].failed if name in state.holds else "",
            )
            for name in names
        ]

    async def overrides(self, environment: str = "", *, only_open: bool = False) -> list[Override]:
        """Return overrides, newest first."""
        await self._ledger.refresh()
        found = [
            each
            for each in self._ledger.state.overrides.values()
            if environment in ("", each.environment) and (each.open or not only_open)
        ]
        return sorted(found, key=lambda each: -each.number)

    async def cost(self, environment: str, duration: str) -> tuple[Span, float | None]:
        """Return what waking an environment for a while costs, in dollars; None where it is unknown."""
        if environment not in self._environments:
            raise Refusal("environments", unknown("environment", environment, self._environments))
        try:
            span = durations.read(duration or "1h", self._clock(), self._rules().zone)
        except DurationError as error:
            raise Refusal("duration", str(error)) from None
        found = (await self._figures([environment])).get(environment)
        hourly = found.hourly if found else None
        return span, None if hourly is None else hourly * (span.until - span.start) / 3600

    def admit(self, person: Person) -> None:
        """Let people look and ask; raises `Refusal` for accounts of an issuer that no rule names.

        Anybody may have an account at a public issuer, and answers tell of environments and people.
        """
        if person.id.startswith("oidc:") and not self.roles(person):
            raise Refusal("people", f"no rule names you or a group of yours: you are {person.id}")

    def may_read_audit(self, person: Person) -> bool:
        """Whether a person may read the audit."""
        return any(role.fields.audit for role in deciding.roles_of(self._rules(), person))

    def roles(self, person: Person) -> list[str]:
        """Name the roles of a person."""
        return [role.name for role in deciding.roles_of(self._rules(), person)]

    def needs_reason(self, environment: str) -> bool:
        """Whether the rules demand a reason."""
        rules = self._rules()
        return matches(environment, rules.file.reason_required)

    def _named(self, environment: str, rules: Rules, person: Person, action: Action) -> list[str]:
        if environment == ALL:
            names = [
                name
                for name in self._environments
                if deciding.longest(rules, person, name, action) is not None
            ]
            if not names:
                raise Refusal("roles", f"there is no environment that you may {action}")
            return names
        if environment not in self._environments:
            raise Refusal("environments", unknown("environment", environment, self._environments))
        return [environment]

    def _wish(
        self,
        name: str,
        action: Action,
        duration: str,
        reason: str,
        key: str,
        person: Person,
        rules: Rules,
        now: float,
        *,
        bulk: bool,
    ) -> Wish:
        role = deciding.longest(rules, person, name, action)
        default = durations.spell(role.default) if role is not None else "1h"
        span = durations.read(duration or default, now, rules.zone)
        if span.start - now > _AHEAD:
            raise DurationError("it is too far ahead: at most a month can be booked")
        return Wish(
            environment=name,
            action=action,
            start=span.start,
            until=span.until,
            words=span.words,
            reason=_clean(reason),
            key=key,
            bulk=bulk,
            booked=span.booked,
        )

    async def _one(self, person: Person, wish: Wish, hourly: float | None) -> Answer:
        made: list[Granted] = []

        def decide(state: State) -> Iterable[events.AnyEvent]:
            granted = deciding.decide(self._rules(), state, wish, person, self._clock(), hourly)
            made[:] = [granted]
            return () if granted.event is None else (granted.event,)

        await self._ledger.commit(decide)
        override = self._ledger.state.overrides[made[0].number]
        now, zone = self._clock(), self._rules().zone
        match made[0].event:
            case None:
                outcome, text = "same", wording.granted(override, now, zone)
            case events.Extended():
                outcome, text = "extended", wording.extended(override, now, zone)
            case _:
                outcome = "waits" if override.phase == "requested" else "granted"
                text = wording.granted(override, now, zone)
        return Answer(
            environment=wish.environment,
            outcome=outcome,  # type: ignore[arg-type]  # mypy widens the literal
            text=text,
            override=override,
        )

    async def _change(self, number: int, make: Callable[[Rules, State, float], events.AnyEvent]) -> Answer:
        await self._ledger.commit(lambda state: (make(self._rules(), state, self._clock()),))
        self._nudge()
        override = self._ledger.state.overrides[number]
        now, zone = self._clock(), self._rules().zone
        text = wording.granted(override, now, zone)
        if override.phase in ("ended", "closed"):
            text = f"override {number} of {override.environment} is over: {override.why or override.outcome}"
        return Answer(environment=override.environment, outcome="granted", text=text, override=override)

    async def _figures(self, names: Iterable[str]) -> dict[str, Figures]:
        if self._exporter is None:
            return {}
        try:
            return await self._exporter.figures({name: self._environments[name] for name in names})
        except Trouble as trouble:
            log.warning("costs are not known", reason=str(trouble))
            return {}

    async def _refused(
        self, person: Person, environment: str, action: str, words: str, reason: str, refusal: Refusal
    ) -> None:
        now = self._clock()
        if refusal.rule.startswith("limits."):
            if now - self._flooding.get(person.id, -60.0) < 60:  # noqa: PLR2004
                return
            self._flooding = {who: at for who, at in self._flooding.items() if now - at < 60}  # noqa: PLR2004
            self._flooding[person.id] = now
        event = events.Refused(
            at=now,
            by=person,
            environment=_clean(environment)[:100],
            action=_clean(action)[:20],
            words=_clean(words)[:100],
            reason=_clean(reason),
            rule=refusal.rule,
            message=str(refusal),
        )
        await self._ledger.commit(lambda _state: (event,))


def _action(text: str) -> Action:
    for action in ACTIONS:
        if text == action:
            return action
    raise Refusal("action", unknown("action", text, ACTIONS))


def _clean(text: str) -> str:
    """Return a text on one line, without what does not print."""
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())[:_REASON]
