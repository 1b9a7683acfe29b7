"""The source of the list of clusters, as requests see it."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence

from prometheus_client import CollectorRegistry

from astrolabe.api.clusters.member import PATIENCE
from astrolabe.api.health import line_of
from astrolabe.kube.clusterprofile import CLUSTER_PROFILES
from astrolabe.kube.observer import WatchState
from astrolabe.metrics.watches import WatchTelemetry


class Inventory:
    """The ClusterProfiles of a namespace."""

    def __init__(self, namespace: str) -> None:
        self.name = f"ClusterProfiles in {namespace}"
        self.telemetry = WatchTelemetry(CollectorRegistry(auto_describe=True))
        """What is told of watching them."""
        self.trouble = ""
        """Why they cannot be watched at all, in one line; empty while they can."""
        self.telemetry.synced(CLUSTER_PROFILES.name, synced=False)
        self.telemetry.follow(self)
        self.ready = False
        """Whether the process was ready once."""
        self._state: WatchState | None = None
        self._settled = False
        self._clock = asyncio.get_running_loop().time
        self._since = self._clock()

    def follow(self, state: WatchState) -> None:
        """Take note of the watch that begins."""
        self._state = state
        self.trouble = ""
        self.phase()

    def phase(self) -> None:
        """Take note that the watch is doing better or worse."""
        if self._state is not None:
            self.telemetry.synced(CLUSTER_PROFILES.name, synced=self._state.synced)

    @property
    def states(self) -> Sequence[WatchState]:
        """See `FollowedKinds`."""
        return (self._state,) if self._state is not None else ()

    @property
    def broken(self) -> Sequence[str]:
        """See `FollowedKinds`."""
        return ()

    @property
    def known(self) -> bool:
        """Whether all profiles have been read once."""
        return self._state is not None and self._state.listed

    def settled(self) -> bool:
        """Whether nobody waits for it any more: it was read once, or its API server does not answer."""
        state = self._state
        self._settled = (
            self._settled
            or self.known
            or bool(self.trouble)
            or (state is not None and (state.troubled or state.phase == "forbidden"))
            or self._clock() - self._since > PATIENCE
        )
        return self._settled

    @property
    def health(self) -> str:
        """Whether it is `healthy`, `syncing` or `degraded`."""
        state = self._state
        if self.trouble or (state is not None and (state.troubled or state.phase == "forbidden")):
            return "degraded"
        return "healthy" if self.known else "syncing"

    def lines(self) -> Iterator[str]:
        """Yield how it is, and what is not well: one line each."""
        yield f"{self.name}: {'ready' if self.known else 'not ready'}"
        if self.trouble:
            yield f"{self.name}: {self.trouble}"
        elif self._state is None:
            yield f"{self.name}: starting"
        elif self._state.phase != "synced":
            yield f"{self.name}: {line_of(self._state)}"
