"""What to say of a name that nothing in the cluster has: who refers to it, and what was probably meant."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from difflib import get_close_matches

from astrolabe.graph.facts import kind_of
from astrolabe.graph.relations import Relations
from astrolabe.kinds.registry import KINDS

_NAMED = 3
"""Objects that are named at most."""
_PLURALS = {kind.resource.partition(".")[0]: kind.name for kind in KINDS}


def no_object(graph: Relations, name: str) -> str:
    """Say that there is no object of a name, and what helps."""
    return no_such(name, sorted(graph.referring(name)), meant(name, (node.id for node in graph)))


def no_such(name: str, sources: Sequence[str], near: str) -> str:
    """Say that there is no object of a name; who refers to it comes before what was meant."""
    if sources:
        rest = len(sources) - _NAMED
        more = f" and {rest} more" if rest > 0 else ""
        return f"{name}: there is no such object; needed by {', '.join(sources[:_NAMED])}{more}"
    advice = f"did you mean {near}?" if near else "write Kind/namespace/name or Kind/name"
    return f"{name}: there is no such object; {advice}"


def meant(name: str, ids: Iterable[str]) -> str:
    """Return the id that a name was probably meant to be, nothing where none comes near.

    A kind may be written in lower case or as a plural, a namespace may be left out.
    """
    kinds: dict[str, list[str]] = {}
    for node_id in ids:
        kinds.setdefault(kind_of(node_id), []).append(node_id)
    kind, _, rest = name.partition("/")
    known = {each.casefold(): each for each in kinds} | {
        plural: each for plural, each in _PLURALS.items() if each in kinds
    }
    found = get_close_matches(kind.casefold(), known, 1)
    if not found or not rest:
        return ""
    there = kinds[known[found[0]]]
    same = [each for each in there if each.rpartition("/")[2] == rest.rpartition("/")[2]]
    near = get_close_matches(f"{known[found[0]]}/{rest}", same or there, 1)
    return near[0] if near else same[0] if len(same) == 1 else ""


def no_namespace(namespace: str, known: Iterable[str]) -> str:
    """Say that nothing is known of a namespace, and which was probably meant."""
    near = get_close_matches(namespace, list(known), 1)
    advice = f"did you mean {near[0]}?" if near else "check the name"
    return f"{namespace}: no such namespace is known; {advice}"
