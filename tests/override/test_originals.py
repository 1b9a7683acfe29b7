"""What there was before the first write: how many replicas workloads had, and the weekdays of schedules."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from astrolabe.override.direct.client import Object
from astrolabe.override.direct.originals import Namespace, keep, still_weekday
from tests.override.objects import obj, secret, sleepinfo
from tests.override.world import MONDAY


def awake(workload: Object, saved: Object | None, kind: str = "Deployment") -> int:
    """How many replicas a workload is to have awake."""
    place = Namespace(
        name="dev",
        sleepinfos=[sleepinfo(suspendCronJobs=True)],
        workloads={kind: [workload]},
        secrets={"nights": saved},
    )
    (found,) = keep([place], None).workloads
    return found.awake


def patches(kind: str, patch: Any) -> Object:
    return secret(original_resource_info=json.dumps({kind: {"web": json.dumps(patch)}}))


@pytest.mark.parametrize(
    ("workload", "saved", "expected"),
    [
        (obj(replicas=2), None, 2),
        (obj(replicas=None), None, 1),
        (obj(replicas=0), None, 0),
        (obj(replicas=0), patches("Deployment.apps", {"spec": {"replicas": 3}}), 3),
        (obj(replicas=0), patches("Deployment.apps", {"spec": {"replicas": None}}), 1),
        (obj(replicas=0), patches("Deployment.apps", {}), 0),
        (obj(replicas=0), patches("StatefulSet.apps", {"spec": {"replicas": 3}}), 0),
        (obj(replicas=2), patches("Deployment.apps", {"spec": {"replicas": 3}}), 2),
        (obj(replicas=0), secret(deployment_replicas='[{"name": "web", "replicas": 4}]'), 4),
        (obj(replicas=0), secret(original_resource_info="no JSON"), 0),
        (obj(replicas=0), {"data": {"original-resource-info": "no base64!"}}, 0),
        (obj(replicas=0), {"data": None}, 0),
        (obj(replicas=0), patches("Deployment.apps", {"spec": {"replicas": "many"}}), 0),
    ],
)
def test_replicas_awake(workload: Object, saved: Object | None, expected: int) -> None:
    assert awake(workload, saved) == expected


def test_replicas_that_were_last_applied() -> None:
    annotation = json.dumps({"spec": {"replicas": 5}})
    annotations = {"kubectl.kubernetes.io/last-applied-configuration": annotation}
    assert awake(obj(replicas=0, annotations=annotations), None) == 5
    # What kube-green saved is nearer to the truth.
    saved = patches("Deployment.apps", {"spec": {"replicas": 3}})
    assert awake(obj(replicas=0, annotations=annotations), saved) == 3


@pytest.mark.parametrize(
    ("suspended", "saved", "expected"),
    [
        (False, None, 1),
        (True, None, 0),
        (True, patches("CronJob.batch", {"spec": {"suspend": False}}), 1),
        (True, patches("CronJob.batch", {"spec": {"suspend": None}}), 1),
        (True, patches("CronJob.batch", {"spec": {"suspend": True}}), 0),
    ],
)
def test_cron_jobs(suspended: bool, saved: Object | None, expected: int) -> None:
    assert awake(obj("CronJob", replicas=suspended), saved, "CronJob") == expected


@given(
    st.floats(MONDAY, MONDAY + 30 * 86400),
    st.sampled_from(["UTC", "Pacific/Kiritimati", "Pacific/Niue", "", "Nowhere"]),
)
def test_the_weekday_that_kube_green_is_moved_to_comes_in_more_than_four_days(now: float, zone: str) -> None:
    from astrolabe.derived.sleep import schedule

    day = still_weekday({"spec": {"timeZone": zone}}, now)
    for clock in ("00:00", "12:00", "23:59"):
        read, _ = schedule.read(day, clock, clock, zone if zone != "Nowhere" else "UTC")
        assert read.sleep is not None
        upcoming, past = read.next("sleep", now), read.previous("sleep", now)
        assert upcoming is not None
        assert past is not None
        assert upcoming - now > 4 * 86400
        # Nor is one so near in the past that kube-green would still act on it.
        assert now - past > 120
