"""Who scaled a workload, and who wrote the Secret of a SleepInfo."""

from __future__ import annotations

from typing import Any

import pytest

from astrolabe.kinds import cronjob, deployment, replicaset, secret, statefulset
from astrolabe.kinds.models.details import CronJobDetail, Dates, ReplicasDetail, Scaled, SleepRecord
from tests.kinds.objects import facts

T1, T2 = "2026-11-21T01:57:00Z", "2026-11-21T01:59:00Z"
S1, S2 = 1795226220.0, 1795226340.0
REPLICAS: dict[str, Any] = {"f:spec": {"f:replicas": {}}}
SUSPEND: dict[str, Any] = {"f:spec": {"f:suspend": {}}}


def entry(manager: str, operation: str = "Update", time: str | None = T1, **more: Any) -> dict[str, Any]:
    found = {"manager": manager, "operation": operation, "fieldsV1": REPLICAS, **more}
    return found if time is None else {**found, "time": time}


@pytest.mark.parametrize(
    ("entries", "expected"),
    [
        ([entry("kube-green", "Apply")], Scaled("kube-green", "Apply", "", S1)),
        (
            [entry("kubectl", time=None, subresource="scale")],
            Scaled("kubectl", "Update", "scale", 0.0),
        ),
        (
            [entry("argocd", "Apply", T1), entry("kube-green", "Apply", T2)],
            Scaled("kube-green", "Apply", "", S2),
        ),
        ([entry("helm", time=T2), entry("edit", time=T1)], Scaled("edit", "Update", "", S1)),
        ([entry("kube-green", "Apply", fieldsV1={"f:metadata": {}, "f:spec": {}})], None),
        ([entry("kube-green", fieldsV1=None), entry("kube-green", fieldsV1={"f:spec": None})], None),
        ([{}], None),
        ([], None),
        (None, None),
    ],
)
def test_who_owns_replicas(entries: Any, expected: Scaled | None) -> None:
    for kind in (deployment.KIND, statefulset.KIND):
        detail = facts(kind, metadata={"managedFields": entries}).detail
        assert isinstance(detail, ReplicasDetail)
        assert detail.scaled == expected


TEMPLATE: dict[str, Any] = {"f:spec": {"f:template": {"f:spec": {}}}}


@pytest.mark.parametrize(
    ("replicas", "entries", "observed", "more", "expected"),
    [
        # Asleep: since when the template is as it is.
        (0, [entry("a", time=T1, fieldsV1=TEMPLATE), entry("b", time=T2)], 2, {}, Dates(template=S1)),
        (
            0,
            [entry("a", time=T1, fieldsV1=TEMPLATE), entry("b", time=T2, fieldsV1=TEMPLATE)],
            2,
            {},
            Dates(template=S2),
        ),
        # Awake: what `kubectl scale` leaves out, the controller's status tells, once it is of these replicas.
        (
            2,
            [
                entry("kubectl", time=None, subresource="scale"),
                entry("controller", time=T2, subresource="status", fieldsV1={}),
            ],
            2,
            {},
            Dates(noticed=S2),
        ),
        (
            2,
            [
                entry("kubectl", time=None, subresource="scale"),
                entry("controller", time=T2, subresource="status", fieldsV1={}),
            ],
            1,
            {},
            None,
        ),
        (
            2,
            [entry("helm", time=T1), entry("controller", time=T2, subresource="status", fieldsV1={})],
            2,
            {},
            None,
        ),
        (2, [entry("helm")], 2, {"deletionTimestamp": T2}, Dates(deletion=S2)),
    ],
)
def test_when_it_happened(
    replicas: int, entries: Any, observed: int, more: dict[str, Any], expected: Dates | None
) -> None:
    metadata = {"managedFields": entries, "generation": 2, **more}
    for kind in (deployment.KIND, statefulset.KIND):
        detail = facts(
            kind,
            metadata=metadata,
            spec={"replicas": replicas},
            status={"observedGeneration": observed},
        ).detail
        assert isinstance(detail, ReplicasDetail)
        assert detail.dates == expected


def test_who_suspended_a_cron_job() -> None:
    detail = facts(
        cronjob.KIND, metadata={"managedFields": [entry("kube-green", "Apply", fieldsV1=SUSPEND)]}
    ).detail
    assert isinstance(detail, CronJobDetail)
    assert detail.scaled == Scaled("kube-green", "Apply", "", S1)


def test_the_owners_of_a_replica_set_are_not_asked_for() -> None:
    detail = facts(replicaset.KIND, metadata={"managedFields": [entry("kube-green", "Apply")]}).detail
    assert isinstance(detail, ReplicasDetail)
    assert detail.scaled is None


@pytest.mark.parametrize(
    ("text", "expected"), [("3", 3), ("0", 0), ("three", None), ("", None), ("9" * 40, None), ("²", None)]
)
def test_the_annotation_of_the_downscaler(text: str, expected: int | None) -> None:
    metadata = {"annotations": {"downscaler/original-replicas": text}}
    detail = facts(deployment.KIND, metadata=metadata).detail
    assert isinstance(detail, ReplicasDetail)
    assert detail.downscaled == expected


@pytest.mark.parametrize(
    ("entries", "expected"),
    [
        ([entry("kube-green", time=T1), entry("manager", time=T2)], SleepRecord("manager", S2)),
        ([entry("kube-green", time=T1), entry("kubectl", time=None)], SleepRecord("kube-green", S1)),
        ([], SleepRecord()),
        (None, SleepRecord()),
        ("nonsense", SleepRecord()),
        ([{"time": "yesterday"}], SleepRecord()),
    ],
)
def test_when_the_secret_of_a_sleep_info_was_written(entries: Any, expected: SleepRecord) -> None:
    assert facts(secret.KIND, name="sleepinfo-nights", metadata={"managedFields": entries}).detail == expected


def test_other_secrets_are_not_looked_into() -> None:
    assert facts(secret.KIND, metadata={"managedFields": "nonsense"}).detail is None
