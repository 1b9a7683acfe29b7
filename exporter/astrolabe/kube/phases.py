"""Moves the state of one watch from phase to phase: logs each change once, counts failures, calls back."""

from __future__ import annotations

from collections.abc import Callable

import structlog

from astrolabe.kube.observer import ENOUGH, Phase, WatchState


class Phases:
    """Changes a `WatchState`, as a reflector reports what happened."""

    def __init__(
        self,
        state: WatchState,
        *,
        now: Callable[[], float],
        on_phase: Callable[[], None],
        on_failure: Callable[[], None],
    ) -> None:
        self._state = state
        self._now = now
        self._on_phase = on_phase
        self._on_failure = on_failure
        scope = {"scope": str(state.scope)} if str(state.scope) else {}
        self.log = structlog.get_logger(__name__).bind(resource=state.resource, **scope)
        """Logs with the resource and the scope."""

    def enter(self, phase: Phase, error: str = "") -> None:
        """Enter a phase, or stay in it with another error."""
        state = self._state
        state.error = error
        if phase in ("failing", "absent"):
            state.failures += 1
            self._on_failure()
        if state.phase == phase:
            return
        was, state.phase, state.since = state.phase, phase, self._now()
        if error:
            self.log.warning("watch failed", phase=phase, error=error)
        elif phase == "synced":
            say = self.log.debug if was == "listing" else self.log.info
            say("following", objects=state.objects, after=was)
        self._on_phase()

    def unanswered(self, error: str) -> None:
        """Fail at once as often as readiness waits for: a request has not been answered for long."""
        self._state.failures += ENOUGH
        self.enter("failing", error)

    def healthy(self, objects: int, *, listed: bool) -> None:
        """Note that the last attempt worked; `listed` is whether all objects are known."""
        state = self._state
        state.objects = objects
        state.failures = 0
        if listed:
            state.listed = True
            if state.phase != "synced":
                self.enter("synced")
