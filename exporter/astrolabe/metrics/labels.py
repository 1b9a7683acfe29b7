"""Objects' own labels as labels of a metric, by the rules that kube-state-metrics' users know.

A key becomes `label_` and the key in snake case, with every character that Prometheus does not allow turned
into `_`. Where several keys of one object become the same name, each gets `_conflict` and a number in the
order of the keys. Numbers that would make the name of another key are left out: where one name stands twice
in a series, Prometheus drops the whole scrape, and whoever may create an object chooses its keys.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from itertools import count

from astrolabe.graph.facts import Labels
from astrolabe.metrics.family import escape

_FORBIDDEN = re.compile(r"[^a-zA-Z0-9_]")
_HUMP = re.compile(r"([a-z0-9])([A-Z])")


def label_names(keys: Iterable[str]) -> dict[str, str]:
    """Return the metric's label name for each key of one object: no name twice, whatever their order."""
    wanted: dict[str, list[str]] = {}
    for key in sorted(keys):
        wanted.setdefault(_label_name(key), []).append(key)
    names = {same[0]: name for name, same in wanted.items() if len(same) == 1}
    # Two names that are made here differ before their last `_conflict`, or in the number after it.
    taken = set(names.values())
    for name, same in wanted.items():
        if len(same) > 1:
            free = (made for number in count(1) if (made := f"{name}_conflict{number}") not in taken)
            names.update(zip(same, free, strict=False))
    return names


def _label_name(key: str) -> str:
    return "label_" + _HUMP.sub(r"\1_\2", _FORBIDDEN.sub("_", key)).lower()


def label_pairs(labels: Labels, wanted: tuple[str, ...]) -> str:
    """Render the wanted labels of an object, each with a comma before it; empty where it has none of them."""
    values = {key: value for key, value in labels if "*" in wanted or key in wanted}
    names = label_names(values)
    return "".join(f',{names[key]}="{escape(values[key])}"' for key in sorted(values))
