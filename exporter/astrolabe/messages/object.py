"""What a message tells of an object of any kind. `objects` has a type for each built-in kind.

The tag, `type`, is the kind without its API group; `kind` is the kind as the graph has it, with the group
where that is part of the name (`HTTPRoute.gateway.networking.k8s.io`). Kinds that are not built in are
`Custom`.
"""

from __future__ import annotations

import msgspec

from astrolabe.graph.delta import Root
from astrolabe.graph.facts import EdgeType, Owner, Release, Status
from astrolabe.kinds.models.details import PausedDetail

UNKNOWN = 0.0
"""A time that nobody knows. JSON leaves this very value out."""


class Reference(msgspec.Struct, frozen=True, omit_defaults=True):
    """Something that an object names, and whether it is there."""

    relation: EdgeType
    kind: str
    namespace: str
    """Empty for what is in no namespace."""
    name: str
    exists: bool | None
    """None where nothing can be said: not everything of the kind is known."""
    optional: bool = False
    """Whether the object works without it."""


class Object(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True, tag_field="type"):
    """What every kind has. What is empty is left out of JSON."""

    id: str
    """`Kind/namespace/name`, or `Kind/name`: tells the object within the cluster."""
    kind: str
    namespace: str = ""
    name: str
    uid: str
    api_version: str
    created: float = UNKNOWN
    """Unix seconds; 0 when unknown."""
    labels: dict[str, str] = {}
    status: Status
    reason: str = ""
    message: str = ""
    since: float = UNKNOWN
    """When it came to this status, in Unix seconds; 0 when unknown."""
    owners: tuple[Owner, ...] = ()
    root: Root | None = None
    """The topmost controller."""
    release: Release | None = None
    """The Helm release that it belongs to."""
    chart: str = ""
    references: tuple[Reference, ...] = ()
    """What the object names: Secrets, ConfigMaps, claims, accounts, Nodes, Services and so on."""


class Custom(Object, frozen=True, tag="Custom"):
    """An object of a kind that a CustomResourceDefinition defines."""

    detail: PausedDetail | None = None


def type_name(kind: str) -> str:
    """Return the name of the type, and the tag, of a built-in kind's objects."""
    return kind.partition(".")[0]
