"""StorageClasses. Claims and volumes refer to them, never the other way round."""

from __future__ import annotations

from astrolabe.graph.facts import Facts
from astrolabe.kinds.kind import Context, Kind
from astrolabe.kinds.models.details import ClassDetail
from astrolabe.kinds.models.metadata import Metadata, Model, facts_of


class StorageClass(Model):
    """A StorageClass. Its parameters are not read."""

    metadata: Metadata
    provisioner: str | None = None
    volume_binding_mode: str | None = None


def describe(storage_class: StorageClass, context: Context) -> Facts:
    """Turn a StorageClass into facts."""
    waits = storage_class.volume_binding_mode == "WaitForFirstConsumer"
    return facts_of(
        storage_class.metadata, context, detail=ClassDetail(waits, storage_class.provisioner or "")
    )


KIND = Kind(
    name="StorageClass",
    group="storage.k8s.io",
    plural="storageclasses",
    layer="cluster",
    namespaced=False,
    model=StorageClass,
    describe=describe,
    detail=ClassDetail,
)
