"""Objects' own labels as labels of a metric, by the rules that kube-state-metrics' users know.

A key becomes `label_` and the key in snake case, with every character that Prometheus does not allow turned
into `_`. Where two keys of one object become the same name, each gets `_conflict` and a number.
"""

from __future__ import annotations

import re

from astrolabe.graph.facts import Labels
from astrolabe.metrics.family import escape

_FORBIDDEN = re.compile(r"[^a-zA-Z0-9_]")
_HUMP = re.compile(r"([a-z0-9])([A-Z])")


def label_names(keys: list[str]) -> dict[str, str]:
    """Return the metric's label name for each key of one object."""
    names = {key: "label_" + _HUMP.sub(r"\1_\2", _FORBIDDEN.sub("_", key)).lower() for key in keys}
    seen: dict[str, list[str]] = {}
    for key, name in names.items():
        seen.setdefault(name, []).append(key)
    for name, conflicting in seen.items():
        if len(conflicting) > 1:
            for number, key in enumerate(sorted(conflicting), 1):
                names[key] = f"{name}_conflict{number}"
    return names


def label_pairs(labels: Labels, wanted: tuple[str, ...]) -> str:
    """Render the wanted labels of an object, each with a comma before it; empty where it has none of them."""
    values = {key: value for key, value in labels if "*" in wanted or key in wanted}
    names = label_names(list(values))
    return "".join(f',{names[key]}="{escape(values[key])}"' for key in sorted(values))
