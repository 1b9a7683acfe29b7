"""Patches that depend on what an object said when it was read."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from http import HTTPStatus
from typing import NamedTuple

from astrolabe.kube.exchange import ApiFailure
from astrolabe.override.backend import Job, Trouble
from astrolabe.override.direct.client import Kubernetes, Object

_TRIES = 5
"""Times that one patch is sent while others write to the same object."""


class Basis(NamedTuple):
    """An object as it was read, and the part of it that a patch was decided by."""

    obj: Object
    part: Callable[[Object], object]

    def holds(self, now: Object) -> bool:
        """Whether it is the same object, with the same part."""
        return now["metadata"]["uid"] == self.obj["metadata"]["uid"] and self.part(now) == self.part(self.obj)


class Write(NamedTuple):
    """One patch."""

    path: str
    body: Object
    kind: str
    whats: tuple[str, ...]
    """In a few words, for the record."""
    basis: Basis | None = None
    """Given where nobody may have changed that part since it was read. Other parts may change: a controller
    writes the status of an object at any time."""


async def send(job: Job, kubernetes: Kubernetes, writes: Sequence[Write]) -> None:
    """Record all that is to be changed, then change it.

    Raises `ApiFailure`, and `Trouble` where somebody changed what a patch was decided by.
    """
    if writes:
        await job.begin([what for write in writes for what in write.whats])
    for write in writes:
        if write.basis is None:
            await kubernetes.patch(write.path, write.body, write.kind)
        else:
            await _send_on(kubernetes, write, write.basis)


async def _send_on(kubernetes: Kubernetes, write: Write, basis: Basis) -> None:
    """Send a patch with the resource version of its basis; read again after a conflict."""
    obj = basis.obj
    for tries in range(1, _TRIES + 1):
        metadata = write.body.get("metadata", {}) | {"resourceVersion": obj["metadata"]["resourceVersion"]}
        try:
            await kubernetes.patch(write.path, write.body | {"metadata": metadata}, write.kind)
        except ApiFailure as failure:
            if failure.code != HTTPStatus.CONFLICT or tries == _TRIES:
                raise
        else:
            return
        now = await kubernetes.get(write.path)
        if now is None or not basis.holds(now):
            raise Trouble(f"{write.path} was changed while it was written to: it is looked at once more")
        obj = now
