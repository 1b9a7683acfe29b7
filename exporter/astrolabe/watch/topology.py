"""What a configuration watches, as a tree that people read: cluster, namespace, resource, role."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from astrolabe.watch.rules import GVR, NameSelector, Rule

_ALL = "all namespaces"
_NONE = "cluster-scoped"


def explain(rules: Sequence[Rule], cluster: str) -> Iterator[str]:
    """Yield the lines of the tree: below each namespace what is watched in it, and what for."""
    tree: dict[str, dict[str, list[Rule]]] = {}
    for rule in rules:
        for namespace in _places(rule):
            tree.setdefault(namespace, {}).setdefault(rule.gvr, []).append(rule)
    selecting = any(_by_pattern(namespace) for namespace in tree)
    if selecting:
        tree.setdefault(_NONE, {}).setdefault("v1/namespaces", [])
    yield f"cluster {cluster}"
    for namespace, resources in sorted(
        tree.items(), key=lambda entry: (entry[0] not in (_ALL, _NONE), entry[0])
    ):
        pattern = _by_pattern(namespace)
        yield f"  {namespace}" if namespace in (_ALL, _NONE) else f"  namespace{'s' * pattern} {namespace}"
        for gvr, those in sorted(resources.items()):
            yield f"    {gvr}"
            if (namespace, gvr) == (_NONE, "v1/namespaces") and selecting:
                yield "      selector: finds the namespaces that patterns select"
            for rule in those:
                where = f" ({rule.where})" if rule.where else ""
                yield f"      {_role(rule)}: {_selection(rule)}{where}"


def _places(rule: Rule) -> Sequence[str]:
    if rule.scope.lower() == "cluster" or GVR.parse(rule.gvr).resource == "namespaces":
        return [_NONE]
    if not rule.namespaces or "" in rule.namespaces:
        return [_ALL]
    return list(dict.fromkeys(rule.namespaces))


def _by_pattern(namespace: str) -> bool:
    return namespace not in (_ALL, _NONE) and not NameSelector(namespace, namespace=True).exact


def _role(rule: Rule) -> str:
    return "observer of values" if rule.values else "observer"


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
