"""Custom resources that have to do with objects of other clusters.

What they name is in another graph, if in any: objects of the same id here are others. Where it is, is kept as
the object says it; the names that an operator keeps for clusters (Argo CD's, in Secrets) are never read.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple

from astrolabe.graph.facts import Ref, object_id
from astrolabe.kinds.models.details import Away, ElsewhereDetail
from astrolabe.kinds.models.metadata import Metadata

IMPORT = "ServiceImport.multicluster.x-k8s.io"
_OWN_SERVER = "https://kubernetes.default.svc"
_OWN_NAME = "in-cluster"
"""How Argo CD calls the cluster that it runs in."""
_LOGIN = re.compile(r"//[^/]*@")
"""User and password in a URL, which are not shown."""
_LONGEST = 1024
_CLUSTERS_READ = 100
"""Clusters of one import that are read, at most."""


class Place(NamedTuple):
    """Another cluster, by what is said of it: a name, or its API server's URL, or neither."""

    cluster: str = ""
    server: str = ""


def _destination(spec: Mapping[str, Any]) -> Place | None:
    """Where an Application of Argo CD is applied."""
    said = spec.get("destination")
    if not isinstance(said, dict):
        return None
    name, server = _text(said.get("name")), _LOGIN.sub("//", _text(said.get("server"))).rstrip("/")
    # Argo CD takes one of both.
    place = Place("" if server else name, server)
    return None if place in (Place(), Place(_OWN_NAME), Place(server=_OWN_SERVER)) else place


def _remote(spec: Mapping[str, Any]) -> Place | None:
    """Where Flux applies something: a kubeconfig in a Secret, which is not read, leads elsewhere."""
    return Place() if isinstance(spec.get("kubeConfig"), dict) else None


class Manages(NamedTuple):
    """What of a kind's status lists the objects that it manages, and what says where they are."""

    listed: str
    where: Callable[[Mapping[str, Any]], Place | None]


MANAGERS: Mapping[str, Manages] = {
    "Application.argoproj.io": Manages("resources", _destination),
    "Kustomization.kustomize.toolkit.fluxcd.io": Manages("inventory", _remote),
    "HelmRelease.helm.toolkit.fluxcd.io": Manages("inventory", _remote),
}


def taken_out(kind: str, obj: dict[str, Any]) -> tuple[Place, dict[str, Any]] | None:
    """Take out of an object what it manages in another cluster; return where that is, and what it is.

    None where all of it is in the cluster of the object itself.
    """
    manages = MANAGERS.get(kind)
    spec, status = obj.get("spec"), obj.get("status")
    if manages is None or not isinstance(spec, dict):
        return None
    place = manages.where(spec)
    if place is None:
        return None
    if not isinstance(status, dict) or manages.listed not in status:
        return place, {}
    kept = {name: each for name, each in status.items() if name != manages.listed}
    obj["status"] = kept
    return place, {"status": {manages.listed: status[manages.listed]}}


def managed(place: Place, refs: tuple[Ref, ...]) -> ElsewhereDetail | None:
    """Return what is managed in another cluster; None for nothing."""
    edges = tuple(Away(ref.type, ref.target, place.cluster, place.server) for ref in refs)
    return ElsewhereDetail(edges) if edges else None


def imported(metadata: Metadata, status: object) -> ElsewhereDetail | None:
    """Return the Services behind an import: those of its name in the clusters that export it."""
    target = object_id("Service", metadata.namespace or "", metadata.name)
    clusters = list(dict.fromkeys(_exporting(status)))[:_CLUSTERS_READ]
    edges = tuple(Away("routes-to", target, cluster) for cluster in clusters)
    return ElsewhereDetail(edges) if edges else None


def _exporting(status: object) -> Iterator[str]:
    listed = status.get("clusters") if isinstance(status, dict) else None
    for entry in listed if isinstance(listed, list) else ():
        name = _text(entry.get("cluster")) if isinstance(entry, dict) else ""
        if name:
            yield name


def _text(value: object) -> str:
    return value if isinstance(value, str) and len(value) <= _LONGEST else ""
