"""Follow any resources of a cluster: each change once, in order, through every fault.

    from astrolabe.watch import Controller

    controller = Controller()

    @controller.on("v1/pods", label_selector="app=web")
    async def changed(event):
        print(event.event_type, event.key)

    controller.run()

Everything that is named here is public; modules below are not.
"""

from __future__ import annotations

from astrolabe.watch.config import MetricsConfig, SinkConfig, WatchConfig
from astrolabe.watch.controller import Controller
from astrolabe.watch.errors import ConfigError, OtherCluster, PermanentError, TemporaryError
from astrolabe.watch.events import EventType, MatchedEvent
from astrolabe.watch.handler import EventHandler, HandlerOptions
from astrolabe.watch.letters import DeadLetters
from astrolabe.watch.reading import load_config, parse_config
from astrolabe.watch.rules import Rule

__all__ = [
    "ConfigError",
    "Controller",
    "DeadLetters",
    "EventHandler",
    "EventType",
    "HandlerOptions",
    "MatchedEvent",
    "MetricsConfig",
    "OtherCluster",
    "PermanentError",
    "Rule",
    "SinkConfig",
    "TemporaryError",
    "WatchConfig",
    "load_config",
    "parse_config",
]
