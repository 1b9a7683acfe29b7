"""Every query of every panel over several clusters, replicas and shards: each answers as if it were alone."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

import pytest

from tests.clusters import fleet
from tests.clusters.answers import Answer, ask, differs, uncapped
from tests.clusters.fleet import NIGHT, NOON, Fleet
from tests.dashboards.prometheus import Prometheus, holding
from tests.dashboards.rendering import Asked, filled, queries

pytestmark = [pytest.mark.real, pytest.mark.timeout(300)]

_OF_PROCESSES = (
    "exporter: (Exporters|Series|Lag, 99 of 100|Events|Lag from event to metric|Duration of a scrape"
    "|Size of a scrape|Watches|Memory|CPU|Versions): .+"
)
NOT_THE_SAME: Mapping[tuple[str, str], str] = {
    ("twice", _OF_PROCESSES): "each process speaks of itself",
    ("shards", _OF_PROCESSES): "each process speaks of itself",
    ("shards", "overview: Changes seen: A"): "what every shard reads is an event for each",
    ("shards", "(overview: (Ready|Health of each namespace)|exporter: Objects): .+"): (
        "each shard counts the images that its own Pods run"
    ),
    ("shards", "exporter: Kinds: age"): "each process speaks of itself",
}
"""Queries that answer otherwise of replicas or of shards than of one process, by pattern, and why."""
CHOICES: Mapping[str, Mapping[str, str]] = {
    "workload": {"namespace": "shop-payments", "workload_kind": "Deployment", "workload": "gateway"},
    "relationship-graph": {"namespace": "shop-payments", "object": "Deployment/shop-payments/gateway"},
    "helm-releases": {"namespace": ".*"},
}
EVERYTHING = dict.fromkeys(("namespace", "release", "environment", "secret", "account", "instance"), ".*")
ASKED = list(queries())


@pytest.fixture(scope="module")
def alone(told: Fleet, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Prometheus]:
    with holding(tmp_path_factory.mktemp("alone"), told.alone()) as prometheus:
        yield prometheus


@pytest.fixture(scope="module")
def other(told: Fleet, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Prometheus]:
    """The second cluster alone."""
    with holding(tmp_path_factory.mktemp("other"), told.alone(behind=True)) as prometheus:
        yield prometheus


@pytest.fixture(scope="module")
def mixed(told: Fleet, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Prometheus]:
    with holding(tmp_path_factory.mktemp("mixed"), told.mixed()) as prometheus:
        yield prometheus


def answer(prometheus: Prometheus, asked: Asked, cluster: str, moment: int = NIGHT) -> Answer:
    chosen = EVERYTHING | CHOICES.get(asked.where.partition(":")[0], {})
    expr = filled(
        uncapped(asked.expr),
        cluster,
        **chosen,
        limit="1000",
        __range=f"{moment - fleet.FIRST}s",
    )
    return ask(prometheus, expr, fleet.at(moment), instant=asked.instant)


def excluded(several: str, asked: Asked) -> bool:
    return any(who == several and re.fullmatch(pattern, asked.where) for who, pattern in NOT_THE_SAME)


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
    if not excluded(several, asked):
        assert differs(answer(alone, asked, "", moment), answer(mixed, asked, several, moment)) == []


@pytest.mark.parametrize(("several", "pattern"), NOT_THE_SAME, ids=range(len(NOT_THE_SAME)))
def test_what_is_let_pass_does_differ(
    alone: Prometheus, mixed: Prometheus, several: str, pattern: str
) -> None:
    assert any(
        differs(answer(alone, asked, ""), answer(mixed, asked, several))
        for asked in ASKED
        if re.fullmatch(pattern, asked.where)
    )
