"""Data links: how one leads from an object on any board to that object on another.

A link keeps the data source, the cluster and the time range, and sets the variables of the board that it
leads to. Values from a row are percent-encoded by Grafana, since ids and label values may hold anything.
"""

from __future__ import annotations

from typing import Any

from grafanalib.core import DataLink  # type: ignore[import-untyped]

_KEPT = "${datasource:queryparam}&${cluster:queryparam}&${__url_time_range}"


def field(name: str) -> str:
    """Return the macro for another field of the clicked row."""
    return "${__data.fields." + name + ":percentencode}"


def label(name: str) -> str:
    """Return the macro for a label of the clicked series, on panels of time series."""
    return "${__field.labels." + name + ":percentencode}"


def variable(name: str) -> str:
    """Return the macro that hands a variable on under its own name."""
    return "${" + name + ":percentencode}"


def explorer_link(object_id: str) -> Any:
    """Return a data link to an object's page in the explorer of the app."""
    kept = "${__url_time_range}&ds=${datasource:percentencode}&cluster=${cluster:percentencode}"
    return DataLink(title="Explorer", linkUrl=f"/a/astrolabe-graph-app/object/{object_id}?{kept}")


def board_link(title: str, uid: str, **variables: str) -> Any:
    """Return a data link to the board `uid` that sets `variables` there."""
    chosen = "".join(f"&var-{name}={value}" for name, value in variables.items())
    return DataLink(title=title, linkUrl=f"/d/{uid}?{_KEPT}{chosen}")
