"""What was counted of environments and namespaces that are gone is kept for a while, then dropped."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from astrolabe.derived.sleep.environment import Environments, Place
from astrolabe.derived.sleep.operations import Operations
from astrolabe.derived.sleep.workloads import Workloads


class Forgetting:
    """Drops the counts of places that are to be forgotten, here and wherever else there are some."""

    def __init__(self, environments: Environments, operations: Operations, workloads: Workloads) -> None:
        self._environments = environments
        self._operations = operations
        self._workloads = workloads
        self.listeners: list[Callable[[Place], None]] = []

    def account(self, now: float) -> None:
        """Find out which places of those that something was counted of are gone."""
        self._environments.account(self._counted(), now)

    def refresh(self, now: float) -> None:
        """Drop what was counted of places that are gone for long."""
        for place in self._environments.refresh(now):
            self._drop(place)
            for listener in self.listeners:
                listener(place)

    def _counted(self) -> Iterator[Place]:
        for environment, _, namespace, _ in self._workloads.scaled.counts:
            yield environment, namespace
        for environment, *_ in self._operations.totals.counts:
            if not self._environments.has(environment):
                yield environment, ""

    def _drop(self, place: Place) -> None:
        environment, namespace = place
        self._workloads.scaled.forget(lambda labels: (labels[0], labels[2]) == place)
        if not self._environments.has_namespace(namespace):
            self._workloads.scale.forget(lambda labels: labels[0] == namespace)
        if not self._environments.has(environment):
            self._operations.totals.forget(lambda labels: labels[0] == environment)
            self._operations.durations.forget(lambda labels: labels[0] == environment)
