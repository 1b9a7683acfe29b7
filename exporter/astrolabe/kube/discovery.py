"""Which resources an API server serves, and in which versions.

Aggregated discovery (one request for all groups) where the server has it, the older documents (one request
for each group and version) where it has not. A group that is broken, because the server behind it is away,
is named and does not stop the rest.
"""

from __future__ import annotations

from typing import TypeVar

import msgspec

from astrolabe.kube.exchange import ApiFailure, read
from astrolabe.kube.resource import Resource
from astrolabe.kube.transport import Transport, Unreachable
from astrolabe.kube.wire import MALFORMED

_AS = "application/json;g=apidiscovery.k8s.io;as=APIGroupDiscoveryList"
ACCEPT = f"{_AS};v=v2,{_AS};v=v2beta1,application/json"


class Served(msgspec.Struct, frozen=True):
    """One resource in one version that the server serves."""

    group: str
    version: str
    plural: str
    kind: str
    namespaced: bool
    verbs: frozenset[str]

    @property
    def followable(self) -> bool:
        """Whether it can be listed and watched."""
        return {"list", "watch"} <= self.verbs

    def resource(self, *, metadata_only: bool = False) -> Resource:
        """Return it as something to follow."""
        return Resource(
            self.group, self.version, self.plural, self.kind, self.namespaced, metadata_only=metadata_only
        )


class Discovery(msgspec.Struct, frozen=True):
    """Everything that is served."""

    served: tuple[Served, ...]
    """Each group's versions in the server's order of preference."""
    broken: frozenset[str] = frozenset()
    """Groups of which (some versions of) what they serve is not known just now."""

    def find(self, group: str, plural: str, versions: tuple[str, ...]) -> Served | None:
        """Return the first of these versions in which a resource is served and can be followed."""
        found = {
            served.version: served
            for served in self.served
            if served.group == group and served.plural == plural and served.followable
        }
        return next((found[version] for version in versions if version in found), None)


class _Meta(msgspec.Struct, frozen=True):
    name: str = ""


class _ResponseKind(msgspec.Struct):
    kind: str = ""


class _AggregatedResource(msgspec.Struct, rename="camel"):
    resource: str
    response_kind: _ResponseKind | None = None
    scope: str = ""
    verbs: list[str] = []


class _AggregatedVersion(msgspec.Struct):
    version: str
    resources: list[_AggregatedResource] = []
    freshness: str = ""


class _AggregatedGroup(msgspec.Struct):
    metadata: _Meta = _Meta()
    versions: list[_AggregatedVersion] = []


class _GroupVersion(msgspec.Struct):
    version: str


class _Group(msgspec.Struct, rename="camel"):
    name: str = ""
    versions: list[_GroupVersion] = []
    preferred_version: _GroupVersion | None = None


class _Root(msgspec.Struct):
    """`/api` or `/apis`, in any of its forms."""

    kind: str = ""
    items: list[_AggregatedGroup] = []
    versions: list[str] = []
    groups: list[_Group] = []


class _LegacyResource(msgspec.Struct):
    name: str
    kind: str = ""
    namespaced: bool = False
    verbs: list[str] = []


class _LegacyResources(msgspec.Struct):
    resources: list[_LegacyResource] | None = None


async def discover(transport: Transport) -> Discovery:
    """Ask for everything that is served; raises `ApiFailure` and `Unreachable`."""
    served: list[Served] = []
    broken: set[str] = set()
    for path in ("/api", "/apis"):
        root = await _document(transport, path, _Root)
        if root.kind == "APIGroupDiscoveryList":
            for group in root.items:
                _read_aggregated(group, served, broken)
            continue
        groups = {"": root.versions} if path == "/api" else {g.name: _preferred_first(g) for g in root.groups}
        for name, versions in groups.items():
            for version in versions:
                try:
                    served += await _legacy(transport, name, version)
                except (ApiFailure, Unreachable):
                    broken.add(name)
    return Discovery(tuple(served), frozenset(broken))


def _read_aggregated(group: _AggregatedGroup, served: list[Served], broken: set[str]) -> None:
    name = group.metadata.name
    for version in group.versions:
        if version.freshness == "Stale":
            broken.add(name)
        served.extend(
            Served(
                name,
                version.version,
                entry.resource,
                entry.response_kind.kind if entry.response_kind else "",
                entry.scope == "Namespaced",
                frozenset(entry.verbs),
            )
            for entry in version.resources
        )


def _preferred_first(group: _Group) -> list[str]:
    preferred = group.preferred_version.version if group.preferred_version else ""
    versions = [entry.version for entry in group.versions]
    return sorted(versions, key=lambda version: version != preferred)


async def _legacy(transport: Transport, group: str, version: str) -> list[Served]:
    path = f"/apis/{group}/{version}" if group else f"/api/{version}"
    document = await _document(transport, path, _LegacyResources)
    return [
        Served(group, version, entry.name, entry.kind, entry.namespaced, frozenset(entry.verbs))
        for entry in document.resources or ()
        if "/" not in entry.name
    ]


_Document = TypeVar("_Document", _Root, _LegacyResources)


async def _document(transport: Transport, path: str, model: type[_Document]) -> _Document:
    body = await read(transport, path, accept=ACCEPT)
    try:
        return msgspec.json.decode(body, type=model)
    except MALFORMED as error:
        raise Unreachable(f"{path}: no discovery document of Kubernetes: {error}") from None
