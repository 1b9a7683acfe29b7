"""The same objects give the same figures, in whatever order the first lists arrive."""

from __future__ import annotations

from itertools import permutations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.cost.histories import EVENING, HISTORIES, MORNING, PLURALS, Cluster, Moment, Step, happen

MODES = ("without memory", "with the ledger", "with what stood then")
MATTER = ("sleepinfos", "deployments", "horizontalpodautoscalers", "namespaces", "secrets")
"""Lists of which each order is tried."""
REST = tuple(plural for plural in PLURALS if plural not in MATTER)


def figures(
    cluster: Cluster, order: tuple[str, ...], moment: Moment | None, mode: str, scraped: list[bool]
) -> dict[str, float]:
    """What is said at last of a start over what stands, with lists in an order."""
    start = cluster.now
    cluster.lists(
        order,
        moment if mode != MODES[0] else None,
        objects=mode == MODES[2],
        scraped=scraped,
    )
    found = cluster.settled()
    cluster.now = start
    return found


@settings(max_examples=40, deadline=None)
@given(
    seen=HISTORIES,
    unseen=HISTORIES,
    mode=st.sampled_from(MODES),
    order=st.permutations(PLURALS),
    scraped=st.lists(st.booleans(), min_size=len(PLURALS), max_size=len(PLURALS)),
)
def test_first_lists_in_any_order(
    seen: list[Step], unseen: list[Step], mode: str, order: list[str], scraped: list[bool]
) -> None:
    cluster = Cluster()
    for step in seen:
        happen(cluster, step)
        cluster.scrape()
    moment = cluster.moment()
    for step in unseen:
        happen(cluster, step)
    wanted = figures(cluster, PLURALS, moment, mode, [False] * len(PLURALS))
    assert figures(cluster, tuple(order), moment, mode, scraped) == wanted


@pytest.fixture(scope="module")
def night() -> tuple[Cluster, Moment]:
    """A night of which the exporter saw the evening; asleep, somebody wakes, edits, moves and deletes."""
    cluster = Cluster()
    cluster.pass_to(EVENING)
    happen(cluster, Step(0, "sleep", "ops", "", 1))
    happen(cluster, Step(1, "sleep", "shop", "", 1))
    cluster.at(EVENING + 60)
    moment = cluster.moment()
    for step in (
        Step(3600, "scale", "shop", "web", 2),
        Step(3600, "template", "shop", "db", 1),
        Step(600, "relabel", "ops", "", 1),
        Step(600, "recreate", "ops", "api", 0),
        Step(600, "remove", "ops", "db", 0),
    ):
        happen(cluster, step)
    cluster.pass_to(MORNING)
    happen(cluster, Step(0, "wake", "ops", "", 1))
    cluster.pass_to(MORNING + 600)
    return cluster, moment


@pytest.mark.parametrize("mode", MODES)
def test_the_lists_of_a_night_in_every_order(night: tuple[Cluster, Moment], mode: str) -> None:
    cluster, moment = night
    never = [False] * len(PLURALS)
    wanted = figures(cluster, PLURALS, moment, mode, never)
    environments = {series.partition('environment="')[2].partition('"')[0] for series in wanted}
    assert environments - {""} == {"live", "test", "ops"} if mode != MODES[0] else {"live", "test"}
    always = [True] * len(PLURALS)
    for order in permutations(MATTER):
        for lists in ((*order, *REST), (*REST, *order)):
            assert figures(cluster, lists, moment, mode, always) == wanted


def test_a_sleep_is_saved_from_its_beginning_whatever_list_comes_last() -> None:
    """Only an autoscaler tells what `api` has awake, and only the Namespace which environment that is."""
    cluster = Cluster()
    cluster.remove("pods", "api-1")
    cluster.remove("pods", "api-2")
    cluster.pass_to(EVENING)
    happen(cluster, Step(0, "sleep", "shop", "", 1))
    cluster.pass_to(EVENING + 2 * 3600)
    hourly = 4 * (0.5 * 0.031611 + 0.004237)
    cluster.remove("deployments", "web")
    cluster.remove("statefulsets", "db")
    for order in permutations(("deployments", "horizontalpodautoscalers", "namespaces")):
        lists = (*(plural for plural in PLURALS if plural not in order), *order)
        cluster.lists(lists, None, objects=False, scraped=[True] * len(PLURALS))
        estimates = {
            series: value
            for series, value in cluster.everything().items()
            if series.startswith("kube_green_cost_savings_estimate_dollars") and 'ops"' not in series
        }
        assert estimates == {
            f'kube_green_cost_savings_estimate_dollars{{environment="live",time_period="{period}"}}':
                pytest.approx(2 * hourly)
            for period in ("daily", "weekly", "monthly")
        }  # fmt: skip
        assert 'environment="shop"' not in "".join(cluster.everything())
