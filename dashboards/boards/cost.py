"""Cost and savings: what workloads cost, what sleeping saves, where more is to save."""

from __future__ import annotations

from dashboards.boards import shared
from dashboards.edition import Edition
from dashboards.grafana.board import Board, board, section
from dashboards.grafana.panels import Bars, Lines
from dashboards.grafana.target import now, over_time
from dashboards.queries import sleep
from dashboards.queries.merged import grown, total, whole
from dashboards.queries.promql import CLUSTER, ENVIRONMENTS, WORKLOADS, or_zero

_DOLLARS = "currencyUSD"
_WORKLOADS = {**shared.WORKLOAD_COLUMNS, "environment": "Environment"}
_CLAIMS = {
    "namespace": "Namespace",
    "persistentvolumeclaim": "Claim",
    "storageclass": "Storage class",
    "environment": "Environment",
}
_WORKLOAD = ("namespace", "workload_kind", "workload", "environment")


def make(edition: Edition) -> Board:
    """Return the dashboard."""
    return board(
        uid=edition.uid(shared.COST),
        title=edition.title("Cost and savings"),
        tag=edition.tag,
        question="What do workloads cost, what does sleeping save, and where could you save more?",
        answer="Estimates, not a bill.",
        variables=shared.where(
            edition, shared.namespaces(), shared.environments("astrolabe_workload_cost_hourly_dollars")
        ),
        sections=[
            section("Savings", *_savings()),
            section("Cost", *_cost()),
            section("Where", *_where(edition)),
            section("What the figures rest on", *_basis()),
        ],
        since="now-7d",
    )


def _savings() -> list[object]:
    grams = total(grown("kube_green_co2_savings_estimate_grams_total", ENVIRONMENTS))
    share = f"1 - ({sleep.cost()}) / on (cluster) ({sleep.baseline()} > 0)"
    return [
        shared.figure(
            "Saved in 24 hours",
            (
                "Saved in the last 24 hours. Less than on the days before: an environment stayed awake; "
                "the Sleep dashboard says which."
            ),
            or_zero(sleep.saved("daily")),
            _DOLLARS,
        ),
        shared.figure(
            "Saved in 7 days",
            (
                "Saved in the last 7 days, weekend included. If “Data held” is shorter, this covers "
                "only that time."
            ),
            or_zero(sleep.saved("weekly")),
            _DOLLARS,
        ),
        shared.figure(
            "Saved in 30 days",
            "Saved in the last 30 days. If “Data held” is shorter, this covers only that time.",
            or_zero(sleep.saved("monthly")),
            _DOLLARS,
        ),
        shared.figure(
            "A year at this rate",
            (
                "Savings of the last 7 days, or since there is data, projected to a year. Absent until "
                "there is one day of data. Holidays and growth are not included."
            ),
            sleep.YEARLY,
            _DOLLARS,
            empty="below a day of data",
        ),
        shared.figure(
            "Data held",
            (
                "How much data there is for the last 30 days. Figures of a longer time cover only this "
                "much: do not compare them with a full month."
            ),
            sleep.held("30d") + " * 3600",
            "s",
            empty="below an hour",
        ),
        shared.figure(
            "Saved at present",
            (
                "The share of the cost that sleeping saves at this moment. 0 by day is normal; 0 at "
                "night means that a schedule did not run."
            ),
            share,
            "percentunit",
            decimals=0,
        ),
        shared.figure(
            "CO₂ saved",
            (
                "In the time range, by kube-green's own rate of kilograms for each Pod and year. A rough "
                "estimate only."
            ),
            or_zero(grams),
            "massg",
            decimals=1,
            height=7,
        ),
        Bars(
            title="Saved in 7 days, by environment",
            description=(
                "Savings of each environment. An environment with a high cost below and little savings "
                "here can save more."
            ),
            unit=_DOLLARS,
            targets=[now(sleep.saved("weekly", "environment"), "{{environment}}")],
            width=10,
            height=7,
        ),
        Lines(
            title="Saved an hour",
            description=(
                "The rate of saving. It follows the schedule; a night at 0 saved nothing."
            ),
            unit=_DOLLARS,
            stacked=True,
            targets=[
                over_time(
                    f"{sleep.SAVED_PER_SECOND} * 3600",
                    "{{environment}}",
                )
            ],
            many=True,
            width=10,
            height=7,
        ),
    ]  # fmt: skip


def _cost() -> list[object]:
    return [
        Lines(
            title="Cost and what it would be awake",
            description=("The gap between the lines is the savings. No gap at night: check the schedules."),
            unit=_DOLLARS,
            targets=[
                over_time(sleep.cost(), "now", "now"),
                over_time(sleep.baseline(), "awake", "awake"),
            ],
        ),
        Lines(
            title="Cost by resource",
            description=(
                "Per hour, by CPU, memory, GPU and storage. Storage does not sleep: if it is the "
                "largest, see the claims below."
            ),
            unit=_DOLLARS,
            stacked=True,
            targets=[
                over_time(sleep.cost("resource"), "{{resource}}", "workloads"),
                over_time(sleep.volumes(), "storage", "volumes"),
            ],
        ),
    ]


def _where(edition: Edition) -> list[object]:
    workload = [shared.to_workload(edition), shared.to_namespace(edition, shared.SLEEP, "Sleep")]
    return [
        shared.table(
            "Workloads",
            (
                "The cost of each workload per hour, now and when awake. You can save most with the most "
                "expensive workload that has no schedule."
            ),
            {"now": sleep.cost(*_WORKLOAD), "awake": sleep.baseline(*_WORKLOAD)},
            _WORKLOADS,
            values={"Value #now": "An hour", "Value #awake": "Awake"},
            links={"workload": workload},
            unit=_DOLLARS,
            decimals=3,
            sorted_by="Awake",
            descending=True,
            width=24,
            height=10,
        ),
        shared.table(
            "Claims",
            (
                "The cost of each volume per hour, asleep or awake. The Hygiene dashboard lists volumes "
                "that nothing mounts."
            ),
            sleep.volumes("namespace", "persistentvolumeclaim", "storageclass", "environment"),
            _CLAIMS,
            values={"Value": "An hour"},
            links={"namespace": [shared.to_namespace(edition, shared.HYGIENE, "Hygiene")]},
            unit=_DOLLARS,
            decimals=4,
            sorted_by="An hour",
            descending=True,
            width=24,
            height=10,
        ),
        shared.table(
            "Saved in the time range",
            (
                "By environment, from a counter that never falls, with the hours of the time range that "
                "have data. Use this for reports."
            ),
            {"saved": sleep.SAVED_IN_RANGE, "hours": sleep.HOURS_IN_RANGE},
            {"environment": "Environment"},
            values={"Value #saved": "Saved", "Value #hours": "Hours of data"},
            units={"Value #hours": "short"},
            unit=_DOLLARS,
            sorted_by="Saved",
            descending=True,
            width=12,
            height=7,
        ),
        Bars(
            title="Cost an hour by environment",
            description=(
                "The current cost of each environment. An environment with the same cost at night as by "
                "day does not sleep."
            ),
            unit=_DOLLARS,
            targets=[now(sleep.cost("environment"), "{{environment}}")],
            width=12,
            height=7,
        ),
    ]  # fmt: skip


def _basis() -> list[object]:
    unpriced = f"{whole('astrolabe_unpriced_workloads', WORKLOADS)} > 0"
    return [
        shared.table(
            "Prices",
            (
                "The prices behind all figures here, from the price file. Wrong for your provider: give "
                "the exporter your own file."
            ),
            f"max by (cluster, resource, unit) (astrolabe_price_dollars{{{CLUSTER}}})",
            {"resource": "Resource", "unit": "Unit"},
            values={"Value": "Price"},
            unit=_DOLLARS,
            decimals=5,
        ),
        shared.table(
            "Asleep with unknown cost",
            (
                "Workloads that slept before Astrolabe saw them awake. Savings do not include them until "
                "they have been awake once."
            ),
            unpriced,
            {"namespace": "Namespace", "environment": "Environment"},
            values={"Value": "Workloads"},
            empty="None found asleep with unknown cost",
        ),
    ]  # fmt: skip
