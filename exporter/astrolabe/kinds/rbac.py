"""Roles, ClusterRoles, and the bindings that grant them to ServiceAccounts."""

from __future__ import annotations

from astrolabe.graph.facts import Facts, Ref, ref
from astrolabe.kinds import presence
from astrolabe.kinds.kind import Context, Kind
from astrolabe.kinds.metadata import Metadata, Model, Resource, facts_of
from astrolabe.kinds.references import distinct

GROUP = "rbac.authorization.k8s.io"


class RoleRef(Model):
    """The role that is granted."""

    kind: str | None = None
    name: str | None = None


class Subject(Model):
    """To whom. Users and groups are no objects."""

    kind: str | None = None
    namespace: str | None = None
    name: str | None = None


class Binding(Model):
    """A RoleBinding or ClusterRoleBinding."""

    metadata: Metadata
    role_ref: RoleRef | None = None
    subjects: list[Subject] | None = None


def describe_binding(binding: Binding, context: Context) -> Facts:
    """Turn a RoleBinding or ClusterRoleBinding into facts."""
    namespace = binding.metadata.namespace or ""
    return facts_of(binding.metadata, context, refs=distinct(_grants(binding, namespace)))


def _grants(binding: Binding, namespace: str) -> list[Ref]:
    refs = []
    role = binding.role_ref
    if role is not None and role.name:
        if role.kind == "ClusterRole":
            refs.append(ref("grants", "ClusterRole", "", role.name))
        elif role.kind == "Role" and namespace:
            refs.append(ref("grants", "Role", namespace, role.name))
    for subject in binding.subjects or ():
        home = subject.namespace or namespace
        if subject.kind == "ServiceAccount" and subject.name and home:
            # Kubernetes itself brings bindings for accounts that few clusters have.
            refs.append(ref("grants", "ServiceAccount", home, subject.name, optional=True))
    return refs


ROLE = Kind(
    name="Role",
    group=GROUP,
    plural="roles",
    metadata_only=True,
    model=Resource,
    describe=presence.describe,
)
CLUSTER_ROLE = Kind(
    name="ClusterRole",
    group=GROUP,
    plural="clusterroles",
    namespaced=False,
    metadata_only=True,
    model=Resource,
    describe=presence.describe,
)
ROLE_BINDING = Kind(
    name="RoleBinding", group=GROUP, plural="rolebindings", model=Binding, describe=describe_binding
)
CLUSTER_ROLE_BINDING = Kind(
    name="ClusterRoleBinding",
    group=GROUP,
    plural="clusterrolebindings",
    namespaced=False,
    model=Binding,
    describe=describe_binding,
)
