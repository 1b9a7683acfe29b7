"""Plans the next events. Pure: state and time are parameters, events are the result."""

from __future__ import annotations

from collections.abc import Iterator

from astrolabe.override import events
from astrolabe.override.backend import Steps
from astrolabe.override.model import RUNNING, SCHEDULE, Aim
from astrolabe.override.state import State


def due(state: State, now: float) -> Iterator[events.Ended]:
    """Yield the end of every override whose time is up, or that nobody approved in time."""
    for override in state.open():
        if override.phase == "requested" and now >= min(override.lapses, override.until):
            yield events.Ended(at=now, number=override.number, why="nobody approved it in time")
        elif override.phase in RUNNING and now >= override.until:
            yield events.Ended(at=now, number=override.number, why="its time was up")


def aim(state: State, environment: str, now: float) -> Aim:
    """Return what an environment is to be: what its newest valid override says, or its schedule."""
    override = state.deciding(environment, now)
    return SCHEDULE if override is None else Aim(override.number, override.action, override.until)


def aiming(state: State, environment: str, now: float, steps: Steps) -> events.Aimed | None:
    """Return what begins the work on a new aim, None where the aim is the one that is worked on."""
    wanted, hold = aim(state, environment, now), state.holds.get(environment)
    if hold is None:
        if not wanted.number:
            return None
        return events.Aimed(at=now, environment=environment, aim=wanted, steps=steps.engage)
    if wanted == hold.aim:
        return None
    if wanted.number:
        return events.Aimed(at=now, environment=environment, aim=wanted, steps=steps.engage)
    todo = () if hold.originals is None else steps.disengage
    return events.Aimed(at=now, environment=environment, aim=wanted, steps=todo)


def step(state: State, environment: str, now: float) -> str | None:
    """Return the step to do next, None where there is nothing to do now."""
    hold = state.holds.get(environment)
    if hold is None or not hold.todo or hold.not_before > now:
        return None
    return hold.todo[0]


def environments(state: State) -> set[str]:
    """Return the environments that may need something done."""
    return {each.environment for each in state.open()} | set(state.holds)


def next_time(state: State, now: float) -> float | None:
    """Return when something falls due by the passing of time alone; None where nothing does."""
    times = []
    for override in state.open():
        if override.phase in RUNNING and override.start > now:
            times.append(override.start)
        if override.phase == "requested":
            times.append(min(override.lapses, override.until))
        elif override.phase in RUNNING:
            times.append(override.until)
    times += [hold.not_before for hold in state.holds.values() if hold.todo]
    return min((time for time in times if time > now), default=None)
