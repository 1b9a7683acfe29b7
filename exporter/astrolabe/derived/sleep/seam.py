"""What other layers may ask of sleep, and what it tells them. Nothing else of this package is theirs."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Literal, Protocol, TypeAlias

import msgspec

Sleeper: TypeAlias = Literal["kube-green", "override", "kube-downscaler", "keda"]
"""Who puts workloads to sleep."""


class Asleep(msgspec.Struct, frozen=True, gc=False):
    """One sleep of one workload: it lasts until the workload has replicas again or is gone."""

    id: str
    """The workload's node id."""
    uid: str
    since: float
    """Unix seconds, by whoever put it to sleep; at the latest when it was seen."""
    sleeper: Sleeper
    replicas: int | None = None
    """How many it had before, where that was seen or is written on it; None for CronJobs and unknown."""
    until: float | None = None
    """Unix seconds; None while it lasts, and in what tells of its beginning."""


Listener: TypeAlias = Callable[[Asleep], None]
"""Called once when a sleep begins or is found (`until` None) and once when it ends (`until` set)."""


class SleepView(Protocol):
    """What is known of sleep at this moment."""

    def asleep(self, node_id: str) -> float | None:
        """Return since when a workload is asleep in Unix seconds, or None while it is awake or gone."""
        ...

    def saw(self, node_id: str) -> bool:
        """Whether this process saw a sleeping workload fall asleep: then its Pods are those that it had."""
        ...

    def sleeping(self) -> Iterator[Asleep]:
        """Yield every sleep that lasts."""
        ...

    def environment_of(self, namespace: str) -> str:
        """Return the environment of a namespace; never empty where the namespace is not."""
        ...

    def listen(self, listener: Listener) -> None:
        """Call from now on at each beginning and end, within the `follow` of the delta that brought it."""
        ...

    def listen_environments(self, listener: Callable[[str], None]) -> None:
        """Call from now on with each namespace whose environment changed."""
        ...

    @property
    def behind(self) -> bool:
        """Whether what happened between an earlier process and this one is still being heard of."""
        ...

    @property
    def placed(self) -> bool:
        """Whether the environments of namespaces are known: before, nothing is shown by environment."""
        ...

    def listen_forgotten(self, listener: Callable[[tuple[str, str]], None]) -> None:
        """Call from now on with each environment and namespace of which nothing is to be kept any more."""
        ...

    def account(self, places: Iterable[tuple[str, str]]) -> None:
        """Note environments and namespaces that something was counted of: gone ones are forgotten in time."""
        ...

    def has(self, environment: str) -> bool:
        """Whether an environment is there, or is gone and not forgotten yet."""
        ...
