"""CronJobs."""

from __future__ import annotations

from typing import Any

import pytest

from astrolabe.kinds.cronjob import KIND
from astrolabe.kinds.models.details import CronJobDetail
from tests.kinds.objects import (
    CREATED,
    CREATED_SECONDS,
    GONE,
    TEMPLATE,
    TEMPLATE_EDGES,
    edges,
    facts,
    unneeded,
    verdict,
)


@pytest.mark.parametrize(
    ("metadata", "suspend", "status", "expected"),
    [
        (GONE, False, {}, ("Pending", "Terminating")),
        ({}, True, {"lastScheduleTime": CREATED}, ("Ready", "Suspended")),
        ({}, False, {"lastScheduleTime": CREATED}, ("Ready", "Last schedule 2026-03-01T12:00:00Z")),
        (
            {},
            False,
            {"active": [{"kind": "Job", "name": "a"}], "lastScheduleTime": CREATED},
            ("Ready", "Last schedule 2026-03-01T12:00:00Z"),
        ),
        ({}, None, {}, ("Ready", "Not scheduled yet")),
        ({}, None, None, ("Ready", "Not scheduled yet")),
    ],
)
def test_status(metadata: Any, suspend: Any, status: Any, expected: tuple[str, str]) -> None:
    assert verdict(facts(KIND, metadata=metadata, spec={"suspend": suspend}, status=status)) == expected


def test_edges_and_detail() -> None:
    described = facts(
        KIND,
        spec={
            "schedule": "0 3 * * *",
            "timeZone": "Europe/Rome",
            "suspend": True,
            "jobTemplate": {"metadata": {}, "spec": {"template": TEMPLATE}},
        },
        status={"lastScheduleTime": CREATED},
    )
    assert edges(described) == unneeded(TEMPLATE_EDGES)
    assert described.detail == CronJobDetail(
        schedule="0 3 * * *",
        time_zone="Europe/Rome",
        suspended=True,
        last_schedule=CREATED_SECONDS,
        image="nginx",
    )


@pytest.mark.parametrize(("suspend", "needed"), [(True, False), (False, True), (None, True)])
def test_a_suspended_one_needs_nothing(suspend: Any, *, needed: bool) -> None:
    described = facts(KIND, spec={"suspend": suspend, "jobTemplate": {"spec": {"template": TEMPLATE}}})
    assert edges(described) == (TEMPLATE_EDGES if needed else unneeded(TEMPLATE_EDGES))


@pytest.mark.parametrize("template", [None, {}, {"spec": None}, {"spec": {"template": None}}])
def test_a_cron_job_without_a_template(template: Any) -> None:
    described = facts(KIND, spec={"jobTemplate": template})
    assert edges(described) == ["uses-sa → ServiceAccount/shop/default"]
