"""One object as it is held: its bytes, decoded only for who looks at them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from astrolabe.kube.wire import decode_bare

if TYPE_CHECKING:
    from astrolabe.watch.watches import Watch

LAST_APPLIED = "kubectl.kubernetes.io/last-applied-configuration"
"""The annotation in which client-side apply repeats the whole object, the values of a Secret with it."""

_decode = msgspec.json.Decoder(dict[str, Any]).decode
_encode = msgspec.json.Encoder().encode


class Item(msgspec.Struct, frozen=True, gc=False):
    """An object of one watch."""

    id: str
    """`namespace/name`, or the name."""
    uid: str
    resource_version: str
    raw: bytes
    """Its JSON; empty for an object of which an earlier process knew."""
    watch: Watch

    def object(self, *, values: bool = True) -> dict[str, Any]:
        """Return the object, decoded for this call alone; a Secret without its values, unless asked."""
        resource = self.watch.resource
        namespace, _, name = self.id.rpartition("/")
        if self.raw:
            found = _decode(self.raw)
        else:
            metadata = {"name": name, "uid": self.uid, "resourceVersion": self.resource_version}
            found = {"metadata": metadata | ({"namespace": namespace} if namespace else {})}
        if self.watch.secret and not values and not resource.metadata_only:
            found = {"kind": "PartialObjectMetadata", "metadata": found["metadata"]}
            found["apiVersion"] = "meta.k8s.io/v1"
        # Items of a list say neither.
        kind = "PartialObjectMetadata" if resource.metadata_only else resource.kind
        found.setdefault("kind", kind)
        found.setdefault("apiVersion", "meta.k8s.io/v1" if resource.metadata_only else resource.api_version)
        return found


def read_item(raw: msgspec.Raw, watch: Watch) -> Item:
    """Return the item that an object's JSON is; raises `msgspec.ValidationError`."""
    metadata = decode_bare(raw).metadata
    if not metadata.name or not metadata.uid:
        raise msgspec.ValidationError("the object has no name or no UID")
    content = bytes(raw)
    if watch.secret:
        content = _without_last_applied(content)
    key = f"{metadata.namespace}/{metadata.name}" if metadata.namespace else metadata.name
    return Item(key, metadata.uid, metadata.resource_version, content, watch)


def _without_last_applied(content: bytes) -> bytes:
    if LAST_APPLIED.encode() not in content and b"\\u" not in content:
        return content
    found = _decode(content)
    (found["metadata"].get("annotations") or {}).pop(LAST_APPLIED, None)
    return _encode(found)
