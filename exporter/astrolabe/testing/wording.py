"""How objects are worded in answers: whole or as metadata only, in the version that was asked for."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

import msgspec

from astrolabe.testing.refusal import Refusal
from astrolabe.testing.resources import Object, ServedResource

JSON = "application/json"
_META = "meta.k8s.io/v1"


class Form(Enum):
    """What the Accept header asks for."""

    WHOLE = ""
    METADATA = "PartialObjectMetadata"
    METADATA_LIST = "PartialObjectMetadataList"


def accepted(accept: str) -> tuple[str, str]:
    """Return media type and `as` parameter of the first alternative served; raises `Refusal` (406)."""
    for alternative in accept.split(","):
        media, *parameters = (part.strip() for part in alternative.split(";"))
        if media in {JSON, "application/*", "*/*", ""}:
            named = dict(parameter.partition("=")[::2] for parameter in parameters)
            return JSON, named.get("as", "")
    raise Refusal(406, "406: Not Acceptable\n\nAvailable representations: application/json")


def form_of(accept: str) -> Form:
    """Return the form that an Accept header asks for; raises `Refusal` (406)."""
    _, name = accepted(accept)
    try:
        return Form(name)
    except ValueError:
        raise Refusal(406, f"406: Not Acceptable: {name} is not served") from None


@dataclass(frozen=True, slots=True)
class Wording:
    """Words objects of one resource for one request."""

    resource: ServedResource
    version: str
    form: Form

    def object(self, obj: Object) -> Object:
        """Word an object that stands alone or in an event."""
        if self.form is Form.METADATA_LIST:
            raise Refusal(
                406, f"you requested {self.form.value}, but the requested object is not a list type"
            )
        return self._one(obj)

    def list(self, items: list[Object], metadata: Object) -> bytes:
        """Word a list. Items of built-in kinds do without kind and apiVersion, as the API server's do."""
        if self.form is Form.METADATA:
            raise Refusal(406, "you requested PartialObjectMetadata, but the requested object is a list")
        head: Object = {"kind": f"{self.resource.kind}List", "apiVersion": self._api_version}
        if self.form is Form.METADATA_LIST:
            head = {"kind": self.form.value, "apiVersion": _META}
            worded = [self._one(item) for item in items]
        elif self.resource.custom:
            worded = [self._one(item) for item in items]
        else:
            worded = [{k: v for k, v in item.items() if k not in {"kind", "apiVersion"}} for item in items]
        return msgspec.json.encode(head | {"metadata": metadata, "items": worded})

    def event(self, kind: str, obj: Object) -> bytes:
        """Word an event as a line."""
        return msgspec.json.encode({"type": kind, "object": self.object(obj)}) + b"\n"

    def bookmark(self, version: int, *, complete: bool = False) -> bytes:
        """Word a bookmark, or the one that completes a streaming list."""
        metadata: Object = {"resourceVersion": str(version)}
        if complete:
            metadata["annotations"] = {"k8s.io/initial-events-end": "true"}
        head = {"kind": self.resource.kind, "apiVersion": self._api_version}
        return self.event("BOOKMARK", head | {"metadata": metadata})

    def _one(self, obj: Object) -> Object:
        if self.form is Form.WHOLE:
            api_version = self._api_version
            return obj if obj["apiVersion"] == api_version else obj | {"apiVersion": api_version}
        return {"kind": "PartialObjectMetadata", "apiVersion": _META, "metadata": obj["metadata"]}

    @property
    def _api_version(self) -> str:
        return self.resource.api_version(self.version)
