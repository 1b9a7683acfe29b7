"""Every kind that is built in: the records (`Kind`) that the modules beside this one end in.

A module is found by being there. Whatever lists kinds is derived from this table: what is watched, the
permissions of a deployment, the chart's values, and the tables that tests go through.
"""

from __future__ import annotations

from collections.abc import Iterator
from importlib import import_module
from pkgutil import iter_modules

from astrolabe import kinds
from astrolabe.kinds.kind import Kind


def _found() -> Iterator[tuple[str, Kind]]:
    for module in sorted(iter_modules(kinds.__path__), key=lambda each: each.name):
        if module.ispkg or f"{kinds.__name__}.{module.name}" == __name__:
            continue
        for value in vars(import_module(f"{kinds.__name__}.{module.name}")).values():
            if isinstance(value, Kind):
                yield module.name, value


_FOUND = tuple(_found())

KINDS: tuple[Kind, ...] = tuple(kind for _, kind in _FOUND)
"""By the names of their modules: the order in which documents and `/readyz` list them."""
MODULE_OF: dict[str, str] = {kind.name: module for module, kind in _FOUND}
"""The module of each kind, by the kind's name. Its test and its page are named like it."""
