"""Roles and ClusterRoles with their rules, and the bindings that grant them."""

from __future__ import annotations

from functools import lru_cache
from sys import intern

from msgspec import Raw, field

from astrolabe.graph.facts import Facts, Ref, object_id, ref
from astrolabe.kinds.kind import Context, Kind
from astrolabe.kinds.models.details import BindingDetail, PolicyRule, RoleDetail, Subject
from astrolabe.kinds.models.metadata import Metadata, Model, facts_of, silenced
from astrolabe.kinds.models.references import distinct

GROUP = "rbac.authorization.k8s.io"


class RoleRef(Model):
    """The role that is granted."""

    kind: str | None = None
    name: str | None = None


class SubjectModel(Model):
    """Who gets the role. Users and groups are no objects."""

    kind: str | None = None
    namespace: str | None = None
    name: str | None = None


class RuleModel(Model):
    """One rule of a role."""

    verbs: list[str] | None = None
    api_groups: list[str] | None = None
    resources: list[str] | None = None
    resource_names: list[str] | None = None
    urls: list[str] | None = field(default=None, name="nonResourceURLs")


class RoleModel(Model):
    """A Role or ClusterRole."""

    metadata: Metadata
    rules: list[RuleModel] | None = None
    aggregation_rule: Raw = Raw()


class Binding(Model):
    """A RoleBinding or ClusterRoleBinding."""

    metadata: Metadata
    role_ref: RoleRef | None = None
    subjects: list[SubjectModel] | None = None


def describe_binding(binding: Binding, context: Context) -> Facts:
    """Turn a RoleBinding or ClusterRoleBinding into facts."""
    namespace = binding.metadata.namespace or ""
    detail = BindingDetail(
        _role_of(binding.role_ref, namespace),
        tuple(
            _subject(subject.kind, subject.name, subject.namespace or "")
            for subject in binding.subjects or ()
            if subject.kind and subject.name
        ),
        silenced(binding.metadata),
    )
    return facts_of(binding.metadata, context, refs=distinct(_grants(binding, namespace)), detail=detail)


def describe_role(role: RoleModel, context: Context) -> Facts:
    """Turn a Role or ClusterRole into facts."""
    rules = _rules(
        tuple(
            _rule(
                tuple(rule.verbs or ()),
                tuple(rule.api_groups or ()),
                tuple(rule.resources or ()),
                tuple(rule.resource_names or ()),
                tuple(rule.urls or ()),
            )
            for rule in role.rules or ()
        )
    )
    aggregated = bytes(role.aggregation_rule) not in (b"", b"null")
    return facts_of(role.metadata, context, detail=RoleDetail(rules, aggregated, silenced(role.metadata)))


# What neighbours in a list have in common is one object; `Facts.keep` makes it last.


@lru_cache(1 << 11)
def _words(words: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(map(intern, words))


@lru_cache(1 << 12)
def _rule(
    verbs: tuple[str, ...],
    groups: tuple[str, ...],
    resources: tuple[str, ...],
    names: tuple[str, ...],
    urls: tuple[str, ...],
) -> PolicyRule:
    return PolicyRule(*map(_words, (verbs, groups, resources, names, urls)))


@lru_cache(1 << 10)
def _rules(rules: tuple[PolicyRule, ...]) -> tuple[PolicyRule, ...]:
    return rules


@lru_cache(1 << 13)
def _subject(kind: str, name: str, namespace: str) -> Subject:
    return Subject(kind, name, namespace)


def _role_of(role: RoleRef | None, namespace: str) -> str:
    if role is None or not role.name:
        return ""
    if role.kind == "ClusterRole":
        return intern(object_id("ClusterRole", "", role.name))
    return intern(object_id("Role", namespace, role.name)) if role.kind == "Role" and namespace else ""


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
    layer="cluster",
    model=RoleModel,
    describe=describe_role,
    detail=RoleDetail,
)
CLUSTER_ROLE = Kind(
    name="ClusterRole",
    group=GROUP,
    plural="clusterroles",
    layer="cluster",
    namespaced=False,
    model=RoleModel,
    describe=describe_role,
    detail=RoleDetail,
)
ROLE_BINDING = Kind(
    name="RoleBinding",
    group=GROUP,
    plural="rolebindings",
    layer="volumes",
    model=Binding,
    describe=describe_binding,
    detail=BindingDetail,
)
CLUSTER_ROLE_BINDING = Kind(
    name="ClusterRoleBinding",
    group=GROUP,
    plural="clusterrolebindings",
    layer="volumes",
    namespaced=False,
    model=Binding,
    describe=describe_binding,
    detail=BindingDetail,
)
