"""StorageClasses. Claims and volumes refer to them, never the other way round."""

from __future__ import annotations

from astrolabe.kinds import presence
from astrolabe.kinds.kind import Kind
from astrolabe.kinds.metadata import Resource

KIND = Kind(
    name="StorageClass",
    group="storage.k8s.io",
    plural="storageclasses",
    namespaced=False,
    metadata_only=True,
    model=Resource,
    describe=presence.describe,
)
