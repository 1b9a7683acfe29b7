"""What is told in channels: overrides and their failures, and what kube-green did by schedule."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from zoneinfo import ZoneInfo

from astrolabe.override import events, wording
from astrolabe.override.exporter import Figures
from astrolabe.override.slack import messages
from astrolabe.override.slack.outbox import Outbox
from astrolabe.override.slack.words import escaped
from astrolabe.override.state import State

_WORDS = {
    "sleep success": ":crescent_moon: fell asleep as scheduled",
    "sleep partial": ":warning: fell asleep in part only",
    "sleep failed": ":rotating_light: did not fall asleep as scheduled",
    "sleep missed": ":rotating_light: was not put to sleep: kube-green missed its tick",
    "wake_up success": ":sunny: woke as scheduled",
    "wake_up partial": ":rotating_light: woke in part only",
    "wake_up failed": ":rotating_light: did not wake as scheduled",
    "wake_up missed": ":rotating_light: was not woken: kube-green missed its tick",
}


class News:
    """Tells the channel of an environment, where it has one."""

    def __init__(
        self,
        outbox: Outbox,
        channels: Mapping[str, str],
        zone: Callable[[], ZoneInfo],
        clock: Callable[[], float],
    ) -> None:
        self._outbox = outbox
        self._channels = channels
        self._zone = zone
        self._clock = clock
        self._operations: dict[str, dict[str, float]] = {}

    def happened(self, event: events.AnyEvent, state: State) -> None:
        """Tell of an event of this process."""
        told = wording.news(event, state, self._clock(), self._zone())
        if told is None:
            return
        number, text = told
        override = state.overrides.get(number)
        environment = override.environment if override is not None else getattr(event, "environment", "")
        channel = self._channels.get(environment, "")
        if not channel:
            return
        waits = override is not None and override.phase == "requested" and isinstance(event, events.Asked)
        blocks = messages.request(override, text) if override and waits else [messages.section(escaped(text))]
        self._outbox.put(channel, text, blocks)

    def scheduled(self, figures: Mapping[str, Figures]) -> None:
        """Tell what kube-green did since this was called last, as the exporter judged it."""
        for environment, found in figures.items():
            before = self._operations.get(environment)
            self._operations[environment] = found.operations
            channel = self._channels.get(environment, "")
            if before is None or not channel:
                continue
            for operation, count in found.operations.items():
                # A counter that fell belongs to an exporter that was started again.
                if count > before.get(operation, 0.0) and operation in _WORDS:
                    text = f"{environment} {_WORDS[operation].partition(' ')[2]}"
                    if operation.startswith("sleep success") and found.saved_today is not None:
                        text += f"; sleeping saved ${found.saved_today:.2f} in the last 24 hours"
                    sign = _WORDS[operation].partition(" ")[0]
                    self._outbox.put(channel, text, [messages.section(f"{sign} {escaped(text)}")])
