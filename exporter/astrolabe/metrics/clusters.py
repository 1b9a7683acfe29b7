"""The label `cluster` for a process that follows several clusters, and their families as one."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from itertools import chain
from typing import NamedTuple, Protocol

from prometheus_client.core import GaugeMetricFamily, Metric

from astrolabe.metrics.family import Family, escape
from astrolabe.metrics.snapshot import Section, Snapshot

LABEL = "cluster"
UP = "astrolabe_cluster_up"
INFO = "astrolabe_cluster_info"
_NAME = re.compile(r"^([a-zA-Z_:][a-zA-Z0-9_:]*)(\{\}|\{)?", re.MULTILINE)
"""The begin of a sample. No label value has a line break, so each line is one sample."""


def labelled(text: str, cluster: str) -> str:
    """Return samples with the label added, as the first."""
    label = f'{LABEL}="{escape(cluster)}"'
    return _NAME.sub(lambda found: _begin(found[1], label, labels=found[2] == "{"), text)


def _begin(name: str, label: str, *, labels: bool) -> str:
    return f"{name}{{{label}," if labels else f"{name}{{{label}}}"


def together(snapshots: Iterable[Snapshot]) -> Snapshot:
    """Join snapshots to one, with all sections of a family after each other."""
    found: dict[Family, list[Section]] = {}
    for snapshot in snapshots:
        for section in snapshot.sections:
            found.setdefault(section.family, []).append(section)
    return Snapshot(tuple(chain.from_iterable(found.values())))


class Families(Protocol):
    """A registry of prometheus_client, as far as exposing it needs one."""

    def collect(self) -> Iterable[Metric]:
        """Yield the families."""
        ...


class Told(NamedTuple):
    """The telemetry of one cluster."""

    cluster: str
    """Empty for the process, or for the only cluster: its samples get no label."""
    families: Families


class UpFamily:
    """Says for each cluster whether its API server answers."""

    def __init__(self, up: Mapping[str, bool]) -> None:
        self._up = up

    def collect(self) -> Iterator[Metric]:
        """Yield the family."""
        family = GaugeMetricFamily(
            UP,
            "Whether the API server of a cluster answers; only with several clusters.",
            labels=(LABEL,),
        )
        for cluster, up in self._up.items():
            family.add_metric((cluster,), float(up))
        yield family


class InfoFamily:
    """Says for each cluster the address of its API server, by which objects of other clusters name it."""

    def __init__(self, servers: Mapping[str, str]) -> None:
        self._servers = servers

    def collect(self) -> Iterator[Metric]:
        """Yield the family."""
        family = GaugeMetricFamily(
            INFO,
            "A cluster and the URL of its API server; only with several clusters.",
            labels=(LABEL, "server"),
        )
        for cluster, server in self._servers.items():
            if server:
                family.add_metric((cluster, server), 1)
        yield family


class TelemetryOfAll:
    """The program's own families of several clusters, each family once."""

    def __init__(self, parts: Iterable[Told]) -> None:
        self._parts = tuple(parts)

    def collect(self) -> Iterator[Metric]:
        """Yield the families, those of the first part first."""
        found: dict[str, Metric] = {}
        for cluster, families in self._parts:
            for family in families.collect():
                into = found.setdefault(family.name, _empty(family))
                into.samples += (
                    [sample._replace(labels={LABEL: cluster, **sample.labels}) for sample in family.samples]
                    if cluster
                    else family.samples
                )
        yield from found.values()


def _empty(family: Metric) -> Metric:
    return Metric(family.name, family.documentation, family.type, family.unit)
