"""ClusterProfiles of the cluster inventory API (KEP-4322): which clusters there are, how to reach them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple

import msgspec

from astrolabe.kube.kubeconfig import without_nulls
from astrolabe.kube.kubeconfigform import Cluster
from astrolabe.kube.resource import Resource
from astrolabe.patterns.names import NameProblem, dns_subdomain

CLUSTER_PROFILES = Resource("multicluster.x-k8s.io", "v1alpha1", "clusterprofiles", "ClusterProfile")
NAME = "cluster.clusterset.k8s.io"
"""The property that has a cluster's name in its ClusterSet (KEP-2149)."""


class AccessProvider(msgspec.Struct, frozen=True):
    """One way to reach the cluster: the name says who issues credentials there."""

    name: str = ""
    cluster: Cluster = msgspec.field(default_factory=Cluster)


class _Property(msgspec.Struct):
    name: str = ""
    value: str = ""


class _Meta(msgspec.Struct, rename="camel"):
    name: str
    uid: str = ""
    resource_version: str = ""
    creation_timestamp: str = ""


class _Status(msgspec.Struct, rename="camel"):
    properties: list[_Property] = []
    access_providers: list[AccessProvider] = []
    credential_providers: list[AccessProvider] = []


class _Form(msgspec.Struct):
    metadata: _Meta
    status: _Status = msgspec.field(default_factory=_Status)


class ClusterProfile(msgspec.Struct, frozen=True, kw_only=True):
    """One ClusterProfile, as far as following its cluster needs it."""

    id: str
    """Its name: profiles of one namespace are followed."""
    uid: str = ""
    resource_version: str = ""
    created: str = ""
    """As RFC 3339 has it in UTC, so that texts sort as times do."""
    property_name: str = ""
    """What its property calls the cluster; empty without that property."""
    access: Mapping[str, Cluster]
    """How to reach the cluster, by the name of the provider."""


def decode_profile(raw: msgspec.Raw, _known: Mapping[str, ClusterProfile]) -> ClusterProfile:
    """Return a profile; raises `msgspec.MsgspecError` if it cannot be decoded."""
    form = msgspec.convert(without_nulls(msgspec.json.decode(raw)), _Form)
    meta, status = form.metadata, form.status
    names = [each.value for each in status.properties if each.name == NAME]
    return ClusterProfile(
        id=meta.name,
        uid=meta.uid,
        resource_version=meta.resource_version,
        created=meta.creation_timestamp,
        property_name=names[0] if names else "",
        # The older list first: of one name the newer list's entry counts.
        access={each.name: each.cluster for each in (*status.credential_providers, *status.access_providers)},
    )


class Named(NamedTuple):
    """A profile, and what its cluster is called."""

    profile: ClusterProfile
    trouble: str
    """Why its cluster cannot be followed, in one line; empty where it can."""


def named(profiles: Iterable[ClusterProfile], most: int) -> dict[str, Named]:
    """Return profiles by the name of their cluster, the oldest first.

    A cluster has the name of its property, else that of its profile. Of several with one name the oldest has
    it. At most `most` are followed. What cannot be followed has a name as well: its trouble is shown by it.
    """
    found: dict[str, Named] = {}
    for profile in sorted(profiles, key=lambda each: (each.created, each.id)):
        name, trouble = profile.property_name or profile.id, ""
        try:
            dns_subdomain(name, f"name of a cluster (property {NAME})")
        except NameProblem as problem:
            name, trouble = profile.id, str(problem)
        if name in found:
            trouble = (
                f"the ClusterProfile {found[name].profile.id} has a cluster of the name {name} already:"
                f" give one of them another property {NAME}, or delete it"
            )
            # No profile has a space in its name, so nothing else is called so.
            name = f"{name} (ClusterProfile {profile.id})"
        elif not trouble and sum(not each.trouble for each in found.values()) >= most:
            trouble = f"as many clusters are followed already as one process may follow ({most})"
        found[name] = Named(profile, trouble)
    return found
