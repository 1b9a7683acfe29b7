"""Every query of every panel over several clusters, replicas and shards: what each says as if it were alone."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from tests.dashboards import fleet
from tests.dashboards.fleet import NIGHT, NOON, Fleet
from tests.dashboards.prometheus import Prometheus, holding
from tests.dashboards.rendering import Asked, filled, queries

pytestmark = [pytest.mark.real, pytest.mark.timeout(300)]

Answer = Mapping[tuple[tuple[str, str], ...], float]
"""The value of each series, by its labels without the cluster."""

OF_PROCESSES = "each process speaks of itself"
NOT_MERGED: Mapping[str, str] = {}
"""Queries whose answer is not the same for replicas and shards, and why."""
CHOICES: Mapping[str, Mapping[str, str]] = {
    "workload": {"namespace": "shop-payments", "workload_kind": "Deployment", "workload": "gateway"},
    "relationship-graph": {"namespace": "shop-payments", "object": "Deployment/shop-payments/gateway"},
    "helm-releases": {"namespace": ".*"},
}
EVERYTHING = dict.fromkeys(("namespace", "release", "environment", "secret", "account", "instance"), ".*")
ASKED = list(queries())


@pytest.fixture(scope="module")
def told() -> Fleet:
    return fleet.record()


@pytest.fixture(scope="module")
def alone(told: Fleet, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Prometheus]:
    with holding(tmp_path_factory.mktemp("alone"), told.alone()) as prometheus:
        yield prometheus


@pytest.fixture(scope="module")
def other(told: Fleet, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Prometheus]:
    """The second cluster alone."""
    with holding(tmp_path_factory.mktemp("other"), told.alone(later=NIGHT - NOON)) as prometheus:
        yield prometheus


@pytest.fixture(scope="module")
def mixed(told: Fleet, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Prometheus]:
    with holding(tmp_path_factory.mktemp("mixed"), told.mixed()) as prometheus:
        yield prometheus


def answer(prometheus: Prometheus, asked: Asked, cluster: str, moment: int = NIGHT) -> Answer:
    chosen = EVERYTHING | CHOICES.get(asked.where.partition(":")[0], {})
    expr = filled(asked.expr, cluster, **chosen, limit="1000", __range=f"{moment - fleet.FIRST}s")
    at = fleet.at(moment)
    found: list[dict[str, Any]] = (
        prometheus.vector(expr, at) if asked.instant else prometheus.matrix(expr, at, at)
    )
    return {
        tuple(sorted((name, text) for name, text in series["metric"].items() if name != "cluster")): float(
            (series.get("value") or series["values"][-1])[1]
        )
        for series in found
    }


def differs(one: Answer, other: Answer) -> list[str]:
    """Say what is in one of two answers alone, or has another value."""
    said = [f"{dict(labels)}: {'only alone' if labels in one else 'not alone'}" for labels in one.keys() ^ other.keys()]
    for labels in one.keys() & other.keys():
        if not math.isclose(one[labels], other[labels], rel_tol=1e-9, abs_tol=1e-12):
            said.append(f"{dict(labels)}: {one[labels]}, and not {other[labels]}")
    return said


@pytest.mark.parametrize("asked", ASKED, ids=lambda asked: asked.where)
def test_each_of_two_clusters_gets_its_own_answer(
    alone: Prometheus, other: Prometheus, mixed: Prometheus, asked: Asked
) -> None:
    assert differs(answer(alone, asked, ""), answer(mixed, asked, "east")) == []
    assert differs(answer(other, asked, ""), answer(mixed, asked, "west")) == []


@pytest.mark.parametrize("moment", [NOON, NIGHT])
@pytest.mark.parametrize("several", ["twice", "shards"])
@pytest.mark.parametrize("asked", ASKED, ids=lambda asked: asked.where)
def test_replicas_and_shards_say_what_one_process_says(
    alone: Prometheus, mixed: Prometheus, asked: Asked, several: str, moment: int
) -> None:
    found = differs(answer(alone, asked, "", moment), answer(mixed, asked, several, moment))
    if asked.where in NOT_MERGED:
        return
    assert found == []
