"""Whether enough is known of all kinds together. Pure."""

from __future__ import annotations

from collections.abc import Iterable

from astrolabe.kube.observer import WatchState


def complete(states: Iterable[WatchState]) -> bool:
    """Whether every kind has listed once or is forbidden."""
    return all(state.settled for state in states)


def ready(states: Iterable[WatchState], definitions: WatchState, *, held: bool = False) -> bool:
    """Whether every kind has listed once, is forbidden, or fails again and again while others are answered.

    Definitions are one of those others. With `held`, what is shown as it was once known will do.
    """
    states = list(states)
    answered = any(state.phase == "synced" for state in (definitions, *states))
    return all(state.settled or (held and state.held) or (answered and state.hopeless) for state in states)
