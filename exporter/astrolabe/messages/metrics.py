"""What consumers say of themselves on `/metrics`."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from typing import get_args

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from astrolabe.messages.consumer import Supervised
from astrolabe.messages.message import Action
from astrolabe.messages.router import MessageRouter

ACTIONS: tuple[Action, ...] = get_args(Action)


class MessagesCollector(Collector):
    """The families of the consumers that are at work. Those of one name are told together."""

    def __init__(self, router: MessageRouter) -> None:
        self._router = router

    def collect(self) -> Iterator[Metric]:
        """Yield what holds now."""
        by_name: dict[str, list[Supervised]] = defaultdict(list)
        for each in self._router.consumers:
            by_name[each.consumer.name].append(each)
        waiting = GaugeMetricFamily(
            "astrolabe_messages_waiting",
            ("Objects with a message that waits for a consumer."),
            labels=["consumer"],
        )
        oldest = GaugeMetricFamily(
            "astrolabe_messages_oldest_seconds",
            "Age of the oldest change that waits for a consumer; 0 if none waits.",
            labels=["consumer"],
        )
        taken = CounterMetricFamily(
            "astrolabe_messages_taken", "Messages that a consumer accepted.", labels=["consumer", "action"]
        )
        failures = CounterMetricFamily(
            "astrolabe_messages_failures",
            ("How often a consumer failed after the last attempt, or with a permanent error."),
            labels=["consumer"],
        )
        restarts = CounterMetricFamily(
            "astrolabe_messages_restarts",
            "How often a consumer started again: after a failure, or after lost changes.",
            labels=["consumer"],
        )
        for name, consumers in sorted(by_name.items()):
            waiting.add_metric([name], sum(len(each.pending) for each in consumers))
            oldest.add_metric([name], max(each.pending.oldest for each in consumers))
            for action in ACTIONS:
                taken.add_metric([name, action], sum(each.taken[action] for each in consumers))
            failures.add_metric([name], sum(each.failures for each in consumers))
            restarts.add_metric([name], sum(each.restarts for each in consumers))
        yield from (waiting, oldest, taken, failures, restarts)
