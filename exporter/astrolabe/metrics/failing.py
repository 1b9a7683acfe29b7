"""Which kinds the API server fails to serve, read when the metrics are scraped."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from typing import Protocol

from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector


class FollowedKind(Protocol):
    """The state of one resource and scope."""

    @property
    def resource(self) -> str:
        """`plural.group`."""
        ...

    @property
    def troubled(self) -> bool:
        """Whether the last attempt to list or watch it failed."""
        ...


class FollowedKinds(Protocol):
    """The resources that are followed, and their state."""

    @property
    def states(self) -> Sequence[FollowedKind]:
        """Each resource and scope."""
        ...

    @property
    def broken(self) -> Collection[str]:
        """Groups whose own server does not answer."""
        ...


class FailingKinds(Collector):
    """1 for each resource that fails, 0 for the others; a group that is broken as a whole is `*.group`."""

    def __init__(self) -> None:
        self.followed: FollowedKinds | None = None

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """Yield the family."""
        family = GaugeMetricFamily(
            "astrolabe_failing",
            "Whether the last attempts to list or watch a resource failed.",
            labels=("resource",),
        )
        failing: dict[str, bool] = {}
        if self.followed is not None:
            for state in self.followed.states:
                failing[state.resource] = failing.get(state.resource, False) or state.troubled
            failing |= {f"*.{group}": True for group in sorted(self.followed.broken)}
        for resource, fails in failing.items():
            family.add_metric((resource,), float(fails))
        yield family
