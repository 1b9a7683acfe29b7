"""Which resources are watched, in which scopes, and how their objects are decoded."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec
import structlog

from astrolabe.graph.facts import Facts
from astrolabe.kinds.custom import custom
from astrolabe.kinds.kind import Kind, KindOptions
from astrolabe.kinds.models.customrefs import Table
from astrolabe.kinds.models.groups import BUILT_IN_GROUPS
from astrolabe.kinds.registry import KINDS
from astrolabe.kube.discovery import Discovery, Served
from astrolabe.kube.observer import Wants
from astrolabe.kube.resource import Resource, Scope
from astrolabe.kube.supervisor import WatchTarget
from astrolabe.patterns import glob
from astrolabe.settings import Settings
from astrolabe.sharding import Shard
from astrolabe.shardreading import ShardReading

_UNWATCHABLE = frozenset({"metrics.k8s.io", "custom.metrics.k8s.io", "external.metrics.k8s.io"})
"""Groups whose resources are measured when they are asked for, and have no watch."""

log = structlog.get_logger(__name__)


class Watchlist:
    """Chooses among what is served, and remembers what each chosen resource is to the graph."""

    def __init__(self, settings: Settings, kinds: tuple[Kind, ...] = KINDS) -> None:
        self._settings = settings
        self._built_in = kinds
        self._options = KindOptions(
            idle_replicasets=settings.idle_replicasets, references=Table(settings.custom_references)
        )
        by_namespace = settings.shard_by == "namespace" and settings.total_shards > 1
        shard = Shard(settings.shard, settings.total_shards)
        self.part = ShardReading(shard, settings.custom_references) if by_namespace else None
        """What is read of the cluster; None is all of it."""
        self._kinds: dict[str, tuple[Kind, tuple[Scope, ...]]] = {}
        self._remembered: dict[str, str] = {}
        self._told: set[str] = set()
        known = {kind.resource: kind.name for kind in kinds}
        self.labels = {known.get(name, name): keys for name, keys in settings.metric_labels.items()}
        """Labels of objects to expose, by kind; that of a custom resource is known once it is served."""

    def choose(self, discovery: Discovery) -> list[WatchTarget[Facts]]:
        """Return which of the served resources to follow."""
        targets: list[WatchTarget[Facts]] = []
        for name in self.unserved(discovery):
            if name not in self._told:
                self._told.add(name)
                log.warning("custom_references is about a kind that is not served", kind=name)
        for kind, served in self._chosen(discovery):
            scopes = tuple(self._scopes(kind))
            self._kinds[kind.resource] = kind, scopes
            if kind.resource in self.labels:
                self.labels[kind.name] = self.labels[kind.resource]
            resource = served.resource(metadata_only=kind.metadata_only)
            read = kind.reader(served.version, self._options)
            wants: Wants | None = None
            if self.part is not None:
                read, wants = self.part.reader(kind, read), self.part.wants(kind)
            targets.append(WatchTarget(resource, scopes, read, kind.most, wants))
        return targets

    def complete(self, resource: str) -> list[tuple[str, str]]:
        """Return (kind, namespace) of each scope in which every object is followed; "" is all namespaces."""
        kind, scopes = self._kinds.get(resource, (None, ()))
        if kind is None:
            return []
        return [
            (kind.name, scope.namespace)
            for scope in scopes
            if not scope.label_selector and not scope.field_selector
        ]

    def remember(self, resource: str, kind: str) -> None:
        """Take note of the kind of a resource's objects that is not followed yet."""
        self._remembered[resource] = kind

    def kind_of(self, resource: str) -> str:
        """Return the kind of a resource's objects, as in `Facts.kind`; empty for what is not known."""
        kind, _ = self._kinds.get(resource, (None, ()))
        return kind.name if kind is not None else self._remembered.get(resource, "")

    def concerns(self, group: str) -> bool:
        """Whether resources of a group may be followed, if it serves any."""
        if group in _UNWATCHABLE:
            return False
        named = {name.partition(".")[2] for name in self._settings.kinds}
        if group in named or any(
            kind.group == group and self._wanted(kind.resource) for kind in self._built_in
        ):
            return True
        patterns = self._settings.custom_resources if not self._settings.kinds else ()
        return any(pattern == "*" or glob(pattern.partition(".")[2]).matches(group) for pattern in patterns)

    def asked_for(self, discovery: Discovery) -> list[tuple[Resource, Scope]]:
        """Return every resource and scope that permissions are needed for."""
        return [(target.resource, scope) for target in self.choose(discovery) for scope in target.scopes]

    def absent(self, discovery: Discovery) -> list[str]:
        """Return the resources that the settings name and that are not served."""
        chosen = {kind.resource for kind, _ in self._chosen(discovery)}
        named = dict.fromkeys((*self._settings.kinds, *self._settings.names))
        return [name for name in named if name not in chosen]

    def unserved(self, discovery: Discovery) -> list[str]:
        """Return the kinds, as `Kind.group`, that users' rows of references are about and nobody serves."""
        served = {f"{each.kind}.{each.group}" for each in discovery.served}
        rows = self._settings.custom_references
        return list(dict.fromkeys(name for row in rows if (name := f"{row.kind}.{row.group}") not in served))

    def _chosen(self, discovery: Discovery) -> Iterator[tuple[Kind, Served]]:
        for kind in self._built_in:
            if self._wanted(kind.resource):
                served = discovery.find(kind.group, kind.plural, kind.versions)
                if served is not None:
                    yield kind, served
        built_in = {(kind.group, kind.plural) for kind in self._built_in}
        seen: set[tuple[str, str]] = set()
        for served in discovery.served:
            place = (served.group, served.plural)
            # The server names each group's versions in its order of preference: the first one it is.
            if place in seen or place in built_in or served.group in BUILT_IN_GROUPS or not served.followable:
                continue
            seen.add(place)
            kind = custom(
                served.group, served.plural, served.kind, (served.version,), namespaced=served.namespaced
            )
            if self._wanted(kind.resource) and self._custom_wanted(kind.resource):
                yield kind, served

    def _wanted(self, resource: str) -> bool:
        settings = self._settings
        if resource == "events" and not settings.events:
            return False
        return resource not in settings.kinds_denied and (not settings.kinds or resource in settings.kinds)

    def _custom_wanted(self, resource: str) -> bool:
        if resource in self._settings.kinds:
            return True
        return any(_matches(resource, pattern) for pattern in self._settings.custom_resources)

    def _scopes(self, kind: Kind) -> Iterator[Scope]:
        settings = self._settings
        scope = Scope(
            label_selector=settings.label_selector,
            field_selector=kind.fields,
            shard_selector=self.part.selector(kind) if self.part is not None else "",
        )
        names = settings.names.get(kind.resource, ())
        namespaces = settings.namespaces if kind.namespaced else ()
        wants = self.part.wants(kind) if self.part is not None else None
        for namespace in dict.fromkeys(namespaces) or ("",):
            if namespace and wants is not None and not wants(namespace):
                continue
            placed = msgspec.structs.replace(scope, namespace=namespace)
            if not names:
                yield placed
            for name in dict.fromkeys(names):
                fields = ",".join(filter(None, (f"metadata.name={name}", kind.fields)))
                yield msgspec.structs.replace(placed, field_selector=fields)


def _matches(resource: str, pattern: str) -> bool:
    """Whether `plural.group` fits a pattern; a star for the plural does not reach into the group.

    So a pattern means what a rule of RBAC can grant: `*.argoproj.io` is that group and none below it.
    """
    if pattern == "*":
        return True
    plural, _, group = resource.partition(".")
    plurals, _, groups = pattern.partition(".")
    return glob(plurals).matches(plural) and glob(groups).matches(group)
