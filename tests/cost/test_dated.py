"""What an outage of the exporter costs its savings: nothing where objects tell when, else the outage."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.cost.histories import EVENING, PLURALS, Cluster, Step, happen

TOTAL = 'kube_green_cost_savings_dollars_total{environment="live",namespace="shop"}'
DAILY = 'kube_green_cost_savings_estimate_dollars{environment="live",time_period="daily"}'
DOWN, THEN, UP = EVENING + 600, EVENING + 640, EVENING + 712
WEB = 3 * (0.5 * 0.031611 + 0.004237)
"""Dollars an hour that `web` saves."""


def edited(cluster: Cluster) -> None:
    happen(cluster, Step(0, "scale", "shop", "web", 2))


def retemplated(cluster: Cluster) -> None:
    happen(cluster, Step(0, "template", "shop", "web", 1))


def retemplated_and_edited(cluster: Cluster) -> None:
    retemplated(cluster)
    cluster.pass_to(THEN + 30)
    edited(cluster)


def scaled(cluster: Cluster) -> None:
    cluster.scale("web", 2, "kubectl", subresource="scale")


def removed(cluster: Cluster) -> None:
    happen(cluster, Step(0, "remove", "shop", "web", 0))


def play(happens: Callable[[Cluster], None], how: str) -> dict[str, float]:
    """Live through a night in which something happens while the exporter is down, or looks on."""
    cluster = Cluster()
    cluster.pass_to(EVENING)
    happen(cluster, Step(0, "sleep", "shop", "", 1))
    cluster.at(DOWN)
    if how != "steady":
        cluster.stop()
    cluster.pass_to(THEN)
    happens(cluster)
    cluster.pass_to(UP)
    if how == "resumed":
        cluster.resume(PLURALS, known_first=False)
    elif how == "listed":
        cluster.relist()
    for seconds in (0, 6, 20, 300):
        cluster.at(UP + seconds)
    found = cluster.everything()
    return {series: found[series] for series in (TOTAL, DAILY)}


@pytest.mark.parametrize(
    ("happens", "how"),
    [
        (edited, "resumed"),
        (edited, "listed"),
        (retemplated, "resumed"),
        (retemplated_and_edited, "resumed"),
    ],
)
def test_what_tells_when_it_was_counts_as_if_the_exporter_had_looked_on(
    happens: Callable[[Cluster], None], how: str
) -> None:
    assert play(happens, how) == pytest.approx(play(happens, "steady"), abs=1e-12)


def test_a_list_does_not_tell_what_a_template_was_before() -> None:
    """Only where watches could not go on: then the outage counts at the newer one."""
    dearer = 3 * 0.5 * 0.031611 * (THEN - DOWN) / 3600
    for series, value in play(retemplated, "steady").items():
        assert play(retemplated, "listed")[series] == pytest.approx(value + dearer, abs=1e-12)


@pytest.mark.parametrize("how", ["resumed", "listed"])
@pytest.mark.parametrize("happens", [scaled, removed])
def test_what_does_not_tell_counts_up_to_when_the_exporter_looked_last(
    happens: Callable[[Cluster], None], how: str
) -> None:
    lost = WEB * (THEN - DOWN) / 3600
    for series, value in play(happens, "steady").items():
        assert play(happens, how)[series] == pytest.approx(value - lost, abs=1e-12)
