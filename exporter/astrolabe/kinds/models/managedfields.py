"""Who owns a field: `metadata.managedFields`, decoded only for the kinds whose sleep it tells of."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from typing import Any

import msgspec
from msgspec import field

from astrolabe.kinds.models.details import Scaled
from astrolabe.kinds.models.metadata import Model, Time, seconds

SLEEPER = "kube-green"
"""The field manager of kube-green's server-side apply."""


class OwnedSpec(Model):
    """The fields of a spec that decide whether a workload runs, and as what. Only presence counts."""

    replicas: Any = field(default=msgspec.UNSET, name="f:replicas")
    suspend: Any = field(default=msgspec.UNSET, name="f:suspend")
    template: msgspec.Raw = field(default=msgspec.Raw(), name="f:template")


class OwnedFields(Model):
    """The fields that an entry owns."""

    spec: OwnedSpec | None = field(default=None, name="f:spec")


class ManagedFields(Model):
    """One manager's entry. `time` may be absent, as after `kubectl scale`."""

    manager: str | None = None
    operation: str | None = None
    subresource: str | None = None
    time: Time | None = None
    fields: OwnedFields | None = field(default=None, name="fieldsV1")

    @property
    def scales(self) -> bool:
        """Whether the entry owns replicas or suspend."""
        spec = self.fields.spec if self.fields is not None else None
        return spec is not None and (spec.replicas is not msgspec.UNSET or spec.suspend is not msgspec.UNSET)

    @property
    def templates(self) -> bool:
        """Whether the entry owns something of the template."""
        spec = self.fields.spec if self.fields is not None else None
        return spec is not None and bool(spec.template)


class Written(Model):
    """One manager's entry, without what it owns."""

    manager: str | None = None
    time: Time | None = None


@lru_cache(1 << 10)
def _scaled(manager: str, operation: str, subresource: str, time: float) -> Scaled:
    return Scaled(manager, operation, subresource, time)


def scaled_by(entries: Iterable[ManagedFields] | None) -> Scaled | None:
    """Return who set `spec.replicas` or `spec.suspend` to what it is.

    A change of the value takes it from all others; who writes the same value afterwards owns it too. So of
    several the earliest counts, and kube-green's apply before all: what it took down sleeps, whoever agrees.
    """
    owners = [
        _scaled(entry.manager or "", entry.operation or "", entry.subresource or "", seconds(entry.time))
        for entry in entries or ()
        if entry.scales
    ]
    if not owners:
        return None
    return min(owners, key=lambda owner: (not owner.applied_by(SLEEPER), owner.time))


def templated(entries: Iterable[ManagedFields] | None) -> float:
    """Return when somebody who owns a part of the template wrote last, in Unix seconds; 0 when unknown."""
    return max((seconds(entry.time) for entry in entries or () if entry.templates), default=0.0)


def status_written(entries: Iterable[ManagedFields] | None) -> float:
    """Return when the status was written last, in Unix seconds; 0 when unknown."""
    return max((seconds(entry.time) for entry in entries or () if entry.subresource == "status"), default=0.0)


def newest(entries: Iterable[Written]) -> Written | None:
    """Return the entry that was written last; of equal times the last one."""
    found = None
    for entry in entries:
        if found is None or seconds(entry.time) >= seconds(found.time):
            found = entry
    return found
