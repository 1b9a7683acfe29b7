"""Moments that a board marks in all its panels."""

from __future__ import annotations

from typing import Any

from dashboards.grafana.target import DATASOURCE


def moments(name: str, expr: str, colour: str, *, title: str, text: str) -> dict[str, Any]:
    """Return marks at the times that are the values of `expr`, in milliseconds."""
    return {
        "datasource": DATASOURCE,
        "enable": True,
        "expr": expr,
        "iconColor": colour,
        "name": name,
        "step": "60s",
        "tagKeys": "kind",
        "textFormat": text,
        "titleFormat": title,
        "useValueForTime": "on",
    }
