"""The family of changes. Its meaning is told in docs/metrics/causes.md, which a test compares."""

from __future__ import annotations

from astrolabe.metrics.family import Family

LAST_CHANGE = Family(
    "astrolabe_last_change_timestamp_seconds",
    "gauge",
    "The last change of an object that others depend on, in Unix seconds; only the last 24 hours.",
    ("id", "kind", "namespace", "name", "change"),
)

FAMILIES: tuple[Family, ...] = (LAST_CHANGE,)
