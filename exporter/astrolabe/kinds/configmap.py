"""ConfigMaps, without their content."""

from __future__ import annotations

from astrolabe.kinds import helm
from astrolabe.kinds.kind import Kind
from astrolabe.kinds.metadata import Resource

KIND = Kind(
    name="ConfigMap",
    plural="configmaps",
    metadata_only=True,
    model=Resource,
    describe=helm.describe,
)
