"""What a configuration watches: cluster, namespace, resource, role. As data, and as a tree for people."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import msgspec
import yaml

from astrolabe.watch.rules import GVR, NameSelector, Rule

_ALL = "all namespaces"
_NONE = "cluster-scoped"
_NAMESPACES = "v1/namespaces"


class Role(msgspec.Struct, frozen=True, omit_defaults=True):
    """What a resource is watched for, by one rule."""

    role: str
    """`observer`, `observer of values` (Secrets as a whole), or `selector` (finds namespaces)."""
    selects: str
    """Which objects, in words."""
    where: str = ""
    """Where the rule stands: `FILE:LINE:COLUMN`."""


class Watched(msgspec.Struct, frozen=True):
    """A resource."""

    resource: str
    roles: tuple[Role, ...]


class Place(msgspec.Struct, frozen=True, omit_defaults=True):
    """A namespace, or all that a pattern selects."""

    namespace: str
    """`all namespaces`, `cluster-scoped`, a name, or a pattern."""
    resources: tuple[Watched, ...]
    pattern: bool = False


class Topology(msgspec.Struct, frozen=True):
    """Everything that is watched of one cluster."""

    cluster: str
    namespaces: tuple[Place, ...]


def topology(rules: Sequence[Rule], cluster: str) -> Topology:
    """Return what rules watch."""
    tree: dict[str, dict[str, list[Role]]] = {}
    for rule in rules:
        role = Role("observer of values" if rule.values else "observer", _selection(rule), rule.where)
        for namespace in _places(rule):
            tree.setdefault(namespace, {}).setdefault(rule.gvr, []).append(role)
    if any(_by_pattern(namespace) for namespace in tree):
        selector = Role("selector", "finds the namespaces that patterns select")
        tree.setdefault(_NONE, {}).setdefault(_NAMESPACES, []).insert(0, selector)
    places = (
        Place(
            namespace,
            tuple(Watched(gvr, tuple(roles)) for gvr, roles in sorted(resources.items())),
            _by_pattern(namespace),
        )
        for namespace, resources in sorted(
            tree.items(), key=lambda entry: (entry[0] not in (_ALL, _NONE), entry[0])
        )
    )
    return Topology(cluster, tuple(places))


def explain(found: Topology) -> Iterator[str]:
    """Yield the lines of the tree: below each namespace what is watched in it, and what for."""
    yield f"cluster {found.cluster}"
    for place in found.namespaces:
        name = place.namespace
        yield f"  {name}" if name in (_ALL, _NONE) else f"  namespace{'s' * place.pattern} {name}"
        for watched in place.resources:
            yield f"    {watched.resource}"
            for role in watched.roles:
                where = f" ({role.where})" if role.where else ""
                yield f"      {role.role}: {role.selects}{where}"


def as_yaml(found: Topology) -> str:
    """Return the same as YAML."""
    text: str = yaml.safe_dump(msgspec.to_builtins(found), sort_keys=False, allow_unicode=True)
    return text


def _places(rule: Rule) -> Sequence[str]:
    if rule.scope.lower() == "cluster" or GVR.parse(rule.gvr).resource == "namespaces":
        return [_NONE]
    if not rule.namespaces or "" in rule.namespaces:
        return [_ALL]
    return list(dict.fromkeys(rule.namespaces))


def _by_pattern(namespace: str) -> bool:
    return namespace not in (_ALL, _NONE) and not NameSelector(namespace, namespace=True).exact


def _selection(rule: Rule) -> str:
    parts = []
    if rule.name_selector:
        word = "name" if NameSelector(rule.name_selector).exact else "names that match"
        parts.append(f"{word} {rule.name_selector}")
    if rule.label_selector:
        parts.append(f"labels {rule.label_selector}")
    if rule.namespaces and GVR.parse(rule.gvr).resource == "namespaces":
        parts.append(f"names {', '.join(rule.namespaces)}")
    return ", ".join(parts) or "all objects"
