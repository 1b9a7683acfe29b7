"""What is watched: a resource of the API and the part of its objects that is wanted."""

from __future__ import annotations

from urllib.parse import quote

import msgspec

_METADATA = ";g=meta.k8s.io;v=v1"


class Resource(msgspec.Struct, frozen=True, gc=False):
    """One served resource in one version."""

    group: str
    """API group; empty for the core group."""
    version: str
    plural: str
    kind: str
    namespaced: bool = True
    metadata_only: bool = False
    """Only metadata is requested (PartialObjectMetadata): content is never asked for."""

    @property
    def name(self) -> str:
        """`plural.group`, or the plural alone in the core group, as kubectl writes it."""
        return f"{self.plural}.{self.group}" if self.group else self.plural

    @property
    def api_version(self) -> str:
        """`group/version`, or the version alone in the core group."""
        return f"{self.group}/{self.version}" if self.group else self.version

    def path(self, namespace: str = "") -> str:
        """URL path of the collection, in one namespace or in the whole cluster."""
        root = f"/apis/{self.group}/{self.version}" if self.group else f"/api/{self.version}"
        if namespace and self.namespaced:
            return f"{root}/namespaces/{quote(namespace, safe='')}/{self.plural}"
        return f"{root}/{self.plural}"

    @property
    def accept_list(self) -> str:
        """Media type of a list. A real API server answers 406 to `as=PartialObjectMetadata` for a list."""
        return (
            f"application/json;as=PartialObjectMetadataList{_METADATA}"
            if self.metadata_only
            else "application/json"
        )

    @property
    def accept_watch(self) -> str:
        """Media type of a watch, whose events hold single objects."""
        return (
            f"application/json;as=PartialObjectMetadata{_METADATA}"
            if self.metadata_only
            else "application/json"
        )


class Scope(msgspec.Struct, frozen=True, gc=False):
    """Which objects of a resource are wanted; the API server applies it."""

    namespace: str = ""
    """Empty for all namespaces, and for cluster-scoped resources."""
    label_selector: str = ""
    field_selector: str = ""
    shard_selector: str = ""
    """Ranges of hashes. A server that knows nothing of it sends all objects."""

    @property
    def name(self) -> str:
        """The one name that the field selector allows, empty without such."""
        field, _, name = self.field_selector.partition("=")
        return name.lstrip("=") if field == "metadata.name" and "," not in name else ""

    @property
    def query(self) -> dict[str, str]:
        """The selectors as query parameters."""
        query: dict[str, str] = {}
        if self.label_selector:
            query["labelSelector"] = self.label_selector
        if self.field_selector:
            query["fieldSelector"] = self.field_selector
        if self.shard_selector:
            query["shardSelector"] = self.shard_selector
        return query

    def __str__(self) -> str:
        parts = (
            self.namespace and f"namespace {self.namespace}",
            self.label_selector and f"labels {self.label_selector}",
            self.field_selector and f"fields {self.field_selector}",
        )
        return ", ".join(part for part in parts if part)
