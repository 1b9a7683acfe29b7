"""ConfigMaps, without their content."""

from __future__ import annotations

from astrolabe.kinds.kind import Kind
from astrolabe.kinds.models import helm
from astrolabe.kinds.models.details import HelmRecord
from astrolabe.kinds.models.metadata import MetadataOnly

KIND = Kind(
    name="ConfigMap",
    plural="configmaps",
    layer="configuration",
    metadata_only=True,
    written=True,
    model=MetadataOnly,
    describe=helm.describe,
    detail=HelmRecord,
)
