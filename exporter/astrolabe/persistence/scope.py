"""What a process watches: the state of another process is valid only if this is the same. Pure."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

import msgspec

from astrolabe import __version__

FORMAT = 1
"""Of everything that is kept. It grows when an older program could not read it, or would read it wrongly."""


class StateScope(msgspec.Struct, frozen=True, kw_only=True):
    """A cluster, and the settings that decide which objects of it are known and what is said of them."""

    cluster: str
    """What tells the cluster from every other."""
    namespaces: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ()
    kinds_denied: tuple[str, ...] = ()
    custom_resources: tuple[str, ...] = ()
    custom_references: tuple[str, ...] = ()
    """Rows of users, each as JSON."""
    events: bool = True
    names: dict[str, tuple[str, ...]] = {}
    label_selector: str = ""
    idle_replicasets: bool = False
    shard: int = 0
    total_shards: int = 1
    shard_by: str = "series"
    program: str = __version__
    """Another version may say other things of the same object, so its facts are not taken over."""

    @property
    def key(self) -> str:
        """Where in Redis it is kept: apart for each cluster and shard, the same over restarts."""
        digest = hashlib.sha256(self.cluster.encode()).hexdigest()[:16]
        return f"astrolabe:{digest}:{self.shard}-of-{self.total_shards}"

    def differences(self, kept: StateScope) -> list[str]:
        """Return the names of the settings that differ. The program's version is no setting."""
        return [
            name
            for name in self.__struct_fields__
            if name != "program" and getattr(self, name) != getattr(kept, name)
        ]


def in_order(values: Iterable[str]) -> tuple[str, ...]:
    """Return names in an order of their own: how somebody wrote them down makes no difference."""
    return tuple(sorted(set(values)))
