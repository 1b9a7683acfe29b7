"""The seam between the API server's kinds and the graph: one `Kind` for each kind that is watched."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Literal, TypeAlias

import msgspec

from astrolabe.graph.facts import Detail, Facts
from astrolabe.kinds.models.customrefs import STANDARD, Table


class KindOptions(msgspec.Struct, frozen=True):
    """Settings that change what is said of an object."""

    idle_replicasets: bool = False
    """Keep ReplicaSets that have a controller and no replicas, wanted or existing."""
    references: Table = STANDARD
    """What custom resources refer to."""


class Context(msgspec.Struct, frozen=True):
    """What a describing function may know besides the object. There is no clock in it: facts are timeless.

    Kind and version come from here and not from the object, which may be a PartialObjectMetadata.
    """

    kind: str
    """As in `Facts.kind`."""
    api_version: str
    """The version watched, with its group: `apps/v1`."""
    options: KindOptions = KindOptions()


Known: TypeAlias = Mapping[str, Facts]
"""The facts of a kind that are known so far, by id."""


_NOTHING: Known = {}


Layer: TypeAlias = Literal[
    "entry", "services", "workloads", "pods", "configuration", "storage", "volumes", "cluster"
]
"""Where a picture has objects of a kind: layers from left to right."""


class Kind(msgspec.Struct, frozen=True, kw_only=True):
    """How one kind is watched and understood."""

    name: str
    """As in `Facts.kind`."""
    group: str = ""
    plural: str
    versions: tuple[str, ...] = ("v1",)
    """Versions whose objects `describe` understands, best first."""
    layer: Layer | None = None
    """Without one a picture has its objects with what leads to workloads, or else with configuration."""
    namespaced: bool = True
    metadata_only: bool = False
    """Only metadata is requested (PartialObjectMetadata): content is never asked for."""
    written: bool = False
    """Whether it matters that an object was written, though what is read of it says nothing new."""
    fields: str = ""
    """A field selector: objects that it does not match are never asked for."""
    most: int | None = None
    """Objects that are kept, at most, of each scope: the newest."""
    model: type[Any]
    """The typed, minimal form (a msgspec Struct) that an object's JSON is decoded into."""
    describe: Callable[[Any, Context], Facts]
    """Pure: turn one decoded object into facts. Whatever decodes can be described."""
    detail: type[Detail] | None = None
    """What `describe` puts into `Facts.detail`; messages tell it as `detail`."""
    records: Mapping[str, type[Detail]] = {}
    """What it puts there of other types, by the field of a message that tells it."""
    node: bool = True
    """Whether its objects are in the graph; others only say something of an object (`Facts.note`)."""
    read: Callable[[bytes | msgspec.Raw, Known, Callable[[], Facts]], Facts] | None = None
    """Return what `describe` would (the last argument calls it), with the help of what is known."""

    @property
    def resource(self) -> str:
        """`plural.group`, or the plural alone in the core group: names the kind in settings and metrics."""
        return f"{self.plural}.{self.group}" if self.group else self.plural

    @property
    def details(self) -> dict[str, type[Detail]]:
        """What `Facts.detail` can be, by the field of a message that tells it."""
        return {**({"detail": self.detail} if self.detail is not None else {}), **self.records}

    def context(self, version: str, options: KindOptions) -> Context:
        """Build what `describe` is told of objects watched in a version."""
        return Context(self.name, f"{self.group}/{version}" if self.group else version, options)

    def reader(self, version: str, options: KindOptions) -> Callable[[bytes | msgspec.Raw, Known], Facts]:
        """Build the function from an object's JSON, and what is known already, to its facts.

        Where the object says nothing new, these are the very facts that are known, at its new version; not so
        those of a kind of which it matters that an object was written.
        It raises `msgspec.DecodeError` (of which `msgspec.ValidationError` is a subclass) for everything that
        is no such object, including text that is not UTF-8 and nesting without end.
        """
        decode = msgspec.json.Decoder(self.model).decode
        describe = self.describe
        context = self.context(version, options)
        read = self.read
        written = self.written

        def described(data: bytes | msgspec.Raw, known: Known) -> Facts:
            try:
                decoded = decode(data)
            except (UnicodeDecodeError, RecursionError) as error:
                raise msgspec.DecodeError(str(error)) from error
            facts = describe(decoded, context)
            earlier = known.get(facts.id)
            if earlier is None:
                return facts
            if written and earlier.resource_version != facts.resource_version:
                facts.keep(earlier)
                return facts
            return earlier if earlier.absorb(facts) else facts

        if read is None:
            return described
        return lambda data, known: read(data, known, lambda: described(data, _NOTHING))
