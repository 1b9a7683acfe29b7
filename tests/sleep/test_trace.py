"""A recorded run of the real kube-green, replayed in event time; environments are namespaces."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from tests.sleep.stage import Stage

TRACE = Path(__file__).with_name("kube-green.jsonl")
OPERATIONS = {
    ("plain", "sleep", "success"),
    ("manual", "sleep", "success"),
    ("deleted", "sleep", "success"),
    ("broken", "sleep", "partial"),
    ("missed", "sleep", "missed"),
    ("plain", "wake_up", "success"),
    ("manual", "wake_up", "success"),
    ("broken", "wake_up", "missed"),
}
SCALED = {
    ("plain", "Deployment", "down"): 2,
    ("plain", "StatefulSet", "down"): 1,
    ("plain", "CronJob", "down"): 1,
    ("plain", "Deployment", "up"): 2,
    ("plain", "StatefulSet", "up"): 1,
    ("plain", "CronJob", "up"): 1,
    ("manual", "Deployment", "down"): 3,
    ("manual", "StatefulSet", "down"): 1,
    ("manual", "Deployment", "up"): 2,
    ("manual", "StatefulSet", "up"): 1,
    ("deleted", "Deployment", "down"): 3,
    ("broken", "StatefulSet", "down"): 1,
}
SCALE = {
    ("plain", "kube-green", "down"): 4,
    ("plain", "kube-green", "up"): 4,
    ("manual", "kube-green", "down"): 4,
    ("manual", "kube-green", "up"): 3,
    ("manual", "other", "up"): 1,
    ("deleted", "kube-green", "down"): 3,
    ("broken", "kube-green", "down"): 1,
}
ASLEEP = [
    ("deleted", "Deployment", "api"),
    ("deleted", "Deployment", "keep"),
    ("deleted", "Deployment", "web"),
    ("broken", "StatefulSet", "db"),
]
EXPECTED = {
    **{
        f'kube_green_sleep_operations_total{{environment="{where}",operation="{what}",status="{how}"}}': 1.0
        for where, what, how in OPERATIONS
    },
    **{
        f'kube_green_resources_scaled_total{{environment="{where}",resource_type="{kind}",'
        f'namespace="{where}",direction="{way}"}}': count
        for (where, kind, way), count in SCALED.items()
    },
    **{
        f'astrolabe_workload_scale_total{{namespace="{where}",actor="{who}",direction="{way}"}}': count
        for (where, who, way), count in SCALE.items()
    },
    **{
        f'astrolabe_workload_asleep{{namespace="{where}",workload_kind="{kind}",workload="{name}",'
        f'environment="{where}"}}': 1.0
        for where, kind, name in ASLEEP
    },
}
FAMILIES = ("kube_green_sleep", "kube_green_resources", "astrolabe_workload")


@cache
def trace() -> list[dict[str, Any]]:
    return [json.loads(line) for line in TRACE.read_bytes().splitlines()]


def play(stage: Stage, line: dict[str, Any]) -> None:
    kind, obj = line["event"]["type"], line["event"]["object"]
    if kind == "DELETED":
        stage.delete(line["resource"], line["namespace"], obj["metadata"]["name"])
    elif kind != "BOOKMARK":
        stage.put(line["resource"], obj)


def replay(restart_every: int = 0, *, remember: bool = True, scrape_every: float = 0) -> Stage:
    stage = Stage(trace()[0]["time"])
    scraped = stage.now
    for number, line in enumerate(trace(), 1):
        stage.pass_to(line["time"])
        if stage.now >= scraped + scrape_every:
            stage.scrape()
            scraped = stage.now
        play(stage, line)
        if restart_every and number % restart_every == 0:
            stage.restart(remember=remember)
    # After the end time goes on, so that whatever is still open is judged.
    return stage.at(stage.now + 60).at(stage.now + 60)


def test_the_recorded_run() -> None:
    stage = replay()
    assert stage.counted(*FAMILIES) == EXPECTED
    slept = {sleep.id: sleep for sleep in stage.source.sleeping()}
    assert {sleep.replicas for sleep in slept.values() if "/broken/" in sleep.id} == {2}
    ended = sorted((sleep.id, (sleep.until or 0) - sleep.since) for sleep in stage.source.ended())
    assert ended == [
        ("CronJob/plain/report", 120.0),
        ("Deployment/manual/api", 180.0),
        ("Deployment/manual/keep", 180.0),
        ("Deployment/manual/web", pytest.approx(80.202)),
        ("Deployment/plain/api", 120.0),
        ("Deployment/plain/web", 120.0),
        ("StatefulSet/manual/db", 180.0),
        ("StatefulSet/plain/db", 120.0),
    ]


@pytest.mark.parametrize("seconds", [5, 15, 30])
def test_scraped_seldom(seconds: float) -> None:
    assert replay(scrape_every=seconds).counted(*FAMILIES) == EXPECTED


@pytest.mark.parametrize("every", [10, 7])
def test_restarted_with_what_it_remembers(every: int) -> None:
    assert replay(every).counted(*FAMILIES) == EXPECTED


def test_restarted_without_memory_counts_at_most_that_and_knows_what_sleeps() -> None:
    stage = replay(10, remember=False)
    counted = stage.counted(*FAMILIES)
    assert all(value <= EXPECTED.get(series, 0) for series, value in counted.items())
    asleep = {series for series in EXPECTED if series.startswith("astrolabe_workload_asleep")}
    assert asleep <= set(counted)
    since = {sleep.id: sleep.since for sleep in replay().source.sleeping()}
    assert {sleep.id: sleep.since for sleep in stage.source.sleeping()} == since


@pytest.mark.parametrize("at", range(50, 650, 50))
def test_restarted_once_without_memory_adds_up(at: int) -> None:
    """What both exporters count is what happened, at most: nothing is counted twice."""
    stage = Stage(trace()[0]["time"])
    sums: dict[str, float] = {}
    for number, line in enumerate(trace(), 1):
        stage.at(line["time"])
        play(stage, line)
        if number == at:
            sums = stage.counted("kube_green_sleep", "kube_green_resources", "astrolabe_workload_scale")
            stage.restart(remember=False)
    stage.at(stage.now + 60).at(stage.now + 60)
    for series, value in stage.counted("kube_green_sleep", "kube_green_resources").items():
        sums[series] = sums.get(series, 0) + value
    assert all(value <= EXPECTED.get(series, 0) for series, value in sums.items())


STREAMS = ("deployments", "statefulsets", "cronjobs", "sleepinfos", "secrets", "namespaces")
ORDERS = {
    "workloads first": STREAMS,
    "workloads last": STREAMS[::-1],
    "between": ("sleepinfos", "cronjobs", "deployments", "secrets", "namespaces", "statefulsets"),
}
STARTS = (0, 60, *range(136, 600, 60))
"""Lines; up to 134 SleepInfos come: of one that comes in an outage, what it misses then is not judged."""


@pytest.mark.parametrize("known_first", [True, False])
@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize("start", STARTS)
@pytest.mark.parametrize("length", [60, 150, 300])
def test_an_outage_of_which_all_is_heard_afterwards_changes_nothing(
    start: int, length: int, order: str, known_first: bool
) -> None:
    stage = away({start: start + length}, order, known_first=known_first)
    assert stage.counted(*FAMILIES) == EXPECTED


@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize("start", STARTS)
def test_outages_upon_outages_change_nothing(start: int, order: str) -> None:
    stage = away({start: start + 80, start + 85: start + 150, start + 150: start + 230}, order)
    assert stage.counted(*FAMILIES) == EXPECTED


def away(outages: dict[int, int], order: str, *, known_first: bool = True) -> Stage:
    """Replay, with an exporter that is away from one line to another."""
    stage = Stage(trace()[0]["time"])
    for number, line in enumerate([*trace(), None]):
        if line is None or number in outages.values():
            stage.resume(ORDERS[order], known_first=known_first)
            stage.scrape()
        if number in outages:
            stage.stop()
        if line is not None:
            stage.pass_to(line["time"])
            play(stage, line)
    return stage.at(stage.now + 15).at(stage.now + 60).at(stage.now + 60)
