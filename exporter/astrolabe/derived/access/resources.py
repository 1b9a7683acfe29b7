"""Which resource a question means. Rules name resources by plural and group, and so must a question."""

from __future__ import annotations

from difflib import get_close_matches

from astrolabe.kinds.registry import KINDS

_CORE = frozenset(
    {
        "bindings", "componentstatuses", "configmaps", "endpoints", "events", "groups", "limitranges",
        "namespaces", "nodes", "persistentvolumeclaims", "persistentvolumes", "pods", "podtemplates",
        "replicationcontrollers", "resourcequotas", "secrets", "serviceaccounts", "services", "uids", "users",
    }
)  # fmt: skip
"""What rules name without a group."""
_NAMED = {
    word: kind.resource for kind in KINDS for word in (kind.resource.partition(".")[0], kind.name.casefold())
}
"""The resource of each built-in kind, by its plural without a group, and by the kind in lower case."""


def meant(plural: str, group: str) -> str:
    """Return the resource that was probably meant, as it is written; nothing where this one can be.

    A rule for another spelling allows nothing, so that an answer about it would miss almost everybody.
    """
    if plural == "*" or (not group and plural in _CORE):
        return ""
    if group:
        resource = _NAMED.get(plural.casefold(), "")
        same_group = resource.partition(".")[2] == group
        return resource if same_group and resource != f"{plural}.{group}" else ""
    if named := _NAMED.get(plural.casefold()):
        return named
    near = get_close_matches(plural.casefold(), sorted({*_CORE, *_NAMED}), 1, 0.8)
    return _NAMED.get(near[0], near[0]) if near else ""
