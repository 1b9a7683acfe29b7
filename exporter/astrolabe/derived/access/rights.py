"""Who is granted what: the bindings and roles of the graph, indexed by subject and by what is granted.

It follows the graph and keeps no copy of it: rules stay in the facts of roles, and the graph knows which
bindings name a role. A change costs what the object itself says, whatever the size of the cluster.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import msgspec

from astrolabe.derived.access.evaluator import (
    MASTERS,
    Request,
    User,
    allows,
    any_allows,
    keys_of,
    subject_key,
)
from astrolabe.graph.delta import Delta
from astrolabe.graph.facts import Facts, scope_of
from astrolabe.graph.index import Index
from astrolabe.graph.relations import Relations
from astrolabe.kinds.models.details import BindingDetail, PolicyRule, RoleDetail, Subject

ROLES = frozenset({"Role", "ClusterRole"})
BINDINGS = frozenset({"RoleBinding", "ClusterRoleBinding"})

_URLS = "/"
"""Stands for every path outside of the resources in the index of what is granted."""


class Binding(msgspec.Struct, frozen=True, gc=False):
    """One binding that exists. It may name a role that does not: then it grants nothing."""

    id: str
    namespace: str
    """Where it grants; empty is everywhere."""
    role: str
    """Id."""
    subjects: tuple[Subject, ...]

    @property
    def keys(self) -> tuple[str, ...]:
        """The subjects that it can mean, each once."""
        found = (subject_key(subject, self.namespace) for subject in self.subjects)
        return tuple(dict.fromkeys(key for key in found if key is not None))


class Grant(msgspec.Struct, frozen=True, order=True):
    """By what right: a subject, the binding that names it, and the role that the binding names."""

    subject: str
    """Key: `User/alice`, `Group/devs`, `ServiceAccount/shop/web`."""
    binding: str
    role: str


class EffectiveRule(msgspec.Struct, frozen=True):
    """A rule that a user has, with where it comes from."""

    grant: Grant
    namespace: str
    """Where it holds; empty is everywhere."""
    rule: PolicyRule


class Rights:
    """Answers who may do what by RBAC. It is told every delta of the graph that it reads."""

    def __init__(self, graph: Relations) -> None:
        self.graph = graph
        self._by_subject: Index[str, str] = Index()
        self._by_resource: Index[str, str] = Index()

    def clear(self) -> None:
        """Forget everything, before the graph is read again."""
        self._by_subject = Index()
        self._by_resource = Index()

    def follow(self, delta: Delta) -> None:
        """Take in what one event changed."""
        for before, after in delta.nodes.values():
            some = after or before
            assert some is not None
            kind = some.facts.kind
            if kind in BINDINGS:
                self._reindex(
                    self._by_subject,
                    some.id,
                    set(_keys(before.facts)) if before is not None else set(),
                    set(_keys(after.facts)) if after is not None else set(),
                )
            elif kind in ROLES:
                self._reindex(
                    self._by_resource,
                    some.id,
                    _tokens(before.facts) if before is not None else set(),
                    _tokens(after.facts) if after is not None else set(),
                )

    @staticmethod
    def _reindex(index: Index[str, str], item: str, before: set[str], after: set[str]) -> None:
        for key in before - after:
            index.discard(key, item)
        for key in after - before:
            index.add(key, item)

    # What there is

    def rules(self, role: str) -> tuple[PolicyRule, ...]:
        """Return the rules of a role as they are stored; none where it does not exist."""
        node = self.graph.get(role)
        detail = node.facts.detail if node is not None else None
        return detail.rules if isinstance(detail, RoleDetail) else ()

    def binding(self, binding_id: str) -> Binding | None:
        """Return a binding."""
        node = self.graph.get(binding_id)
        return binding_of(node.facts) if node is not None else None

    def bindings(self, namespace: str) -> Iterator[Binding]:
        """Yield the RoleBindings of a namespace, or the ClusterRoleBindings where it is empty."""
        kind = "RoleBinding" if namespace else "ClusterRoleBinding"
        for binding_id in self.graph.of_kind(kind, namespace):
            if (found := self.binding(binding_id)) is not None:
                yield found

    def bindings_of_role(self, role: str) -> Iterator[Binding]:
        """Yield the bindings that name a role, whether it exists or not."""
        for binding_id in self.graph.referring(role):
            found = self.binding(binding_id)
            if found is not None and found.role == role:
                yield found

    def places_of_role(self, role: str) -> set[str]:
        """Return the namespaces in which bindings name a role, from their ids; empty is everywhere."""
        return {
            scope_of(each)[1] for each in self.graph.referring(role) if each.partition("/")[0] in BINDINGS
        }

    def bindings_of(self, key: str) -> Iterator[Binding]:
        """Yield the bindings that name a subject."""
        for binding_id in self._by_subject.get(key):
            if (found := self.binding(binding_id)) is not None:
                yield found

    def subjects(self) -> Iterator[str]:
        """Yield the key of every subject that some binding names."""
        return iter(self._by_subject)

    # Questions

    def allowed(self, user: User, request: Request) -> bool:
        """Whether RBAC allows a request, or membership of system:masters does."""
        return MASTERS in user.groups or next(self._grants_to(keys_of(user), request), None) is not None

    def grants(self, user: User, request: Request) -> list[Grant]:
        """Return every right by which a user may do something, in order; system:masters needs none."""
        return sorted(self._grants_to(keys_of(user), request))

    def who_can(self, request: Request) -> list[Grant]:
        """Return every grant that allows a request, in order; system:masters may do everything besides."""
        found: set[Grant] = set()
        for role in self.roles_that_allow(request):
            for binding in self.bindings_of_role(role):
                if binding.namespace in ("", request.namespace):
                    found.update(Grant(key, binding.id, role) for key in binding.keys)
        return sorted(found)

    def roles_that_allow(self, request: Request) -> list[str]:
        """Return the ids of the roles with a rule that allows a request, wherever they may be bound."""
        tokens = [_URLS] if request.path else ["*", request.combined]
        if request.subresource:
            tokens.append(f"*/{request.subresource}")
        return sorted(role for role in self.roles_with(*tokens) if any_allows(self.rules(role), request))

    def roles_with(self, *resources: str) -> set[str]:
        """Return the ids of the roles whose rules write one of some resources so: `pods`, `*/scale`, `*`."""
        return {role for token in resources for role in self._by_resource.get(token)}

    def effective(self, user: User) -> Iterator[EffectiveRule]:
        """Yield every rule that a user has, cluster-wide ones first, each with where it comes from."""
        keys = keys_of(user)
        bindings = {binding.id: (key, binding) for key in reversed(keys) for binding in self.bindings_of(key)}
        for binding_id in sorted(bindings, key=lambda each: (bindings[each][1].namespace, each)):
            key, binding = bindings[binding_id]
            for rule in self.rules(binding.role):
                # Paths are no resources of a namespace: there such a rule says nothing.
                if rule.resources or not binding.namespace:
                    yield EffectiveRule(Grant(key, binding.id, binding.role), binding.namespace, rule)

    def _grants_to(self, keys: Iterable[str], request: Request) -> Iterator[Grant]:
        for key in keys:
            for binding in self.bindings_of(key):
                if binding.namespace in ("", request.namespace) and any(
                    allows(rule, request) for rule in self.rules(binding.role)
                ):
                    yield Grant(key, binding.id, binding.role)


def binding_of(facts: Facts) -> Binding | None:
    """Return what facts say, None where they are of no binding."""
    detail = facts.detail
    if not isinstance(detail, BindingDetail):
        return None
    return Binding(facts.id, facts.namespace, detail.role, detail.subjects)


def _keys(facts: Facts) -> tuple[str, ...]:
    binding = binding_of(facts)
    return binding.keys if binding is not None else ()


def _tokens(facts: Facts) -> set[str]:
    """Return what a role is found by in the index of what is granted."""
    detail = facts.detail
    if not isinstance(detail, RoleDetail):
        return set()
    tokens = {resource for rule in detail.rules for resource in rule.resources}
    if any(rule.urls for rule in detail.rules):
        tokens.add(_URLS)
    return tokens
