"""The SleepInfos of the environments beside production."""

from __future__ import annotations

from collections.abc import Iterator

from astrolabe.demo.shop.catalogue import COPIES
from astrolabe.testing.resources import Object

NAME = "working-hours"
LATE = "staging-search"
"""The namespace that wakes later than all others."""


def sleepinfos(sleep_at: str, wake_up_at: str, late_wake_up_at: str) -> Iterator[Object]:
    """Return a SleepInfo for each environment, on schedules in kube-green's form."""
    for environment, teams in COPIES.items():
        for team in teams:
            namespace = f"{environment}-{team}"
            spec: Object = {
                "weekdays": "*",
                "sleepAt": sleep_at,
                "wakeUpAt": late_wake_up_at if namespace == LATE else wake_up_at,
                "timeZone": "Etc/UTC",
            }
            if environment == "dev":
                spec["suspendCronJobs"] = True
            if namespace == "staging-frontend":
                spec["excludeRef"] = [{"apiVersion": "apps/v1", "kind": "Deployment", "name": "web"}]
            if namespace == "dev-catalog":
                spec["suspendStatefulSets"] = False
            yield {
                "apiVersion": "kube-green.com/v1alpha1",
                "kind": "SleepInfo",
                "metadata": {"name": NAME, "namespace": namespace},
                "spec": spec,
            }
