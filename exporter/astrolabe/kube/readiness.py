"""Whether enough is known of all kinds together."""

from __future__ import annotations

from collections.abc import Iterable

from astrolabe.kube.observer import ENOUGH, WatchState


def complete(states: Iterable[WatchState]) -> bool:
    """Whether every kind has listed once or is forbidden."""
    return all(state.settled for state in states)


def ready(states: Iterable[WatchState], *, held: bool = False) -> bool:
    """Whether every kind has listed once, is forbidden, or was given up.

    With `held`, restored objects that are shown are enough.
    """
    return all(state.settled or state.given_up or (held and state.held) for state in states)


def failed(state: WatchState, others: Iterable[WatchState]) -> None:
    """Give up a kind that has failed often enough while others are answered.

    It stays given up when no kind is answered any more: an outage does not end readiness.
    """
    if state.failures >= ENOUGH and any(other.phase == "synced" for other in others):
        state.given_up = True
