"""The state that events add up to. Nothing else changes it, so the audit replays to it."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator

import msgspec

from astrolabe.override import events
from astrolabe.override.model import Hold, Outcome, Override

_MINUTE = 60.0


class State:
    """Overrides, environments in hand, and who asked lately."""

    def __init__(self) -> None:
        self.overrides: dict[int, Override] = {}
        self.holds: dict[str, Hold] = {}
        self.next_number = 1
        self.asked: deque[tuple[float, str]] = deque()
        """When somebody asked for a change within the last minute, and who."""

    def open(self, environment: str | None = None) -> Iterator[Override]:
        """Yield the overrides that are not closed, oldest first."""
        for override in self.overrides.values():
            if override.open and environment in (None, override.environment):
                yield override

    def deciding(self, environment: str, now: float) -> Override | None:
        """Return the newest override that is valid, None where the schedule decides."""
        valid = [each for each in self.open(environment) if each.decides(now)]
        return max(valid, key=lambda each: each.number, default=None)

    def fold(self, event: events.AnyEvent) -> None:
        """Take in an event."""
        match event:
            case events.Asked():
                self._remember(event)
                self.overrides[event.override.number] = event.override
                self.next_number = max(self.next_number, event.override.number + 1)
            case events.Refused():
                self._remember(event)
            case events.Extended():
                self._remember(event)
                found = self.overrides[event.number]
                self._change(
                    event.number,
                    until=event.until,
                    words=event.words,
                    heard=event.at,
                    key=event.key or found.key,
                    cost=event.cost,
                    extensions=found.extensions + 1,
                )
            case events.Approved():
                self._change(
                    event.number,
                    phase="approved",
                    approver=event.by.id,
                    start=event.start,
                    until=event.until,
                )
            case events.Rejected():
                self._close(event.number, "rejected", event.why)
            case events.Ended():
                self._end(event)
            case events.Aimed():
                self._aim(event)
            case events.Began():
                self._hold(event.environment, begun=event.changes)
            case events.Done():
                self._done(event)
            case events.Failed():
                self._hold(event.environment, failed=event.problem)
            case events.Waits():
                self._hold(event.environment, todo=event.steps, not_before=event.until, begun=(), failed="")
            case events.Checkpoint():
                self.next_number = event.next_number
                self.overrides = {each.number: each for each in event.overrides}
                holds = msgspec.convert(event.holds, tuple[Hold, ...])
                self.holds = {each.environment: each for each in holds}

    def checkpoint(self, now: float, previous: str, since: float) -> events.Checkpoint:
        """Return the record that stands for everything so far; what closed before `since` is left out."""
        kept = [each for each in self.overrides.values() if each.open or each.until >= since]
        return events.Checkpoint(
            at=now,
            previous=previous,
            next_number=self.next_number,
            overrides=tuple(kept),
            holds=tuple(self.holds.values()),
        )

    def _remember(self, event: events.Event) -> None:
        self.asked.append((event.at, event.by.id))
        while self.asked and self.asked[0][0] <= event.at - _MINUTE:
            self.asked.popleft()

    def _change(self, number: int, **fields: object) -> Override:
        changed = msgspec.structs.replace(self.overrides[number], **fields)
        self.overrides[number] = changed
        return changed

    def _close(self, number: int, outcome: Outcome, why: str = "") -> None:
        fields: dict[str, object] = {"phase": "closed", "outcome": outcome}
        self._change(number, **fields, **({"why": why} if why else {}))

    def _hold(self, environment: str, **fields: object) -> Hold:
        changed = msgspec.structs.replace(self.holds[environment], **fields)
        self.holds[environment] = changed
        return changed

    def _end(self, event: events.Ended) -> None:
        override = self.overrides[event.number]
        hold = self.holds.get(override.environment)
        if hold is not None and hold.aim.number == override.number:
            outcome: Outcome = "failed" if event.failed else ""
            self._change(event.number, phase="ended", why=event.why, outcome=outcome)
        elif override.phase == "requested":
            self._close(event.number, "not approved", event.why)
        else:
            touched = override.phase in ("applied", "verified")
            self._close(event.number, "covered" if touched else "cancelled", event.why)

    def _aim(self, event: events.Aimed) -> None:
        before = self.holds.get(event.environment)
        if event.aim.number:
            self._settle(event.environment, "replaced", but=event.aim.number)
        elif not event.steps:
            # Nothing was written, so nothing is to be restored.
            self.holds.pop(event.environment, None)
            self._settle(event.environment, "cancelled")
            return
        self.holds[event.environment] = Hold(
            environment=event.environment,
            aim=event.aim,
            todo=event.steps,
            originals=before.originals if before is not None else None,
        )

    def _done(self, event: events.Done) -> None:
        hold = self.holds[event.environment]
        assert hold.todo[0] == event.step
        todo = hold.todo[1:]
        hold = self._hold(
            event.environment,
            todo=todo,
            originals=hold.originals if event.originals is None else event.originals,
            begun=(),
            failed="",
            not_before=0.0,
        )
        if hold.aim.number:
            if todo[:1] == ("verify",):
                self._advance(hold.aim.number, "applied")
            elif event.step == "verify":
                self._advance(hold.aim.number, "verified")
            return
        if event.step == "verify":
            self._settle(event.environment, "restored")
        if not todo:
            del self.holds[event.environment]
            self._settle(event.environment, "restored")

    def _advance(self, number: int, phase: str) -> None:
        if self.overrides[number].phase != "ended":
            self._change(number, phase=phase)

    def _settle(self, environment: str, outcome: Outcome, but: int = 0) -> None:
        """Close what has ended in an environment."""
        for override in list(self.open(environment)):
            if override.phase == "ended" and override.number != but:
                self._close(override.number, override.outcome or outcome)
