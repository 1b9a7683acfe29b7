"""The rendered dashboards, and what tests look at in them."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from dashboards import render
from dashboards.edition import APP, CORE

BOARDS: dict[str, dict[str, Any]] = {
    name.removesuffix(".json"): json.loads(text) for name, text in render.rendered(CORE).items()
}
APP_BOARDS: dict[str, dict[str, Any]] = {
    name.removesuffix(".json"): json.loads(text) for name, text in render.rendered(APP).items()
}

_VARIABLES = {
    "namespace": "shop",
    "release": ".*",
    "limit": "30",
    "workload_kind": "Deployment",
    "workload": "web",
    "object": "Deployment/shop/web",
    "environment": ".*",
    "secret": ".*",
    "account": ".*",
    "instance": ".*",
    "__range": "120s",
    "__rate_interval": "2m",
}


VARIABLE = r"\$\{?([a-z_]+)(?::raw\})?"
"""A variable in a query, with Grafana's escapes for regular expressions or without."""


@dataclass(frozen=True)
class Asked:
    """One query, and where it stands."""

    where: str
    expr: str
    instant: bool


def panels(board: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the panels of a board without its headings."""
    return [panel for panel in board["panels"] if panel["type"] != "row"]


def queries() -> Iterator[Asked]:
    """Return every query of every board."""
    for name, board in BOARDS.items():
        for panel in panels(board):
            for target in panel["targets"]:
                where = f"{name}: {panel['title']}: {target['refId']}"
                yield Asked(where, target["expr"], target["instant"])


def filled(expr: str, cluster: str, **values: str) -> str:
    """Put values in the place of Grafana's variables; one that is not known fails."""
    known = {**_VARIABLES, **values, "cluster": cluster}
    return re.sub(VARIABLE, lambda found: known[found[1]], expr)


def strings(value: Any) -> Iterator[str]:
    """Return every text in a JSON value."""
    if isinstance(value, dict):
        for each in value.values():
            yield from strings(each)
    elif isinstance(value, list):
        for each in value:
            yield from strings(each)
    elif isinstance(value, str):
        yield value
