"""A namespace with workloads and SleepInfos, and what kube-green and others do to them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from astrolabe.derived.sleep.environment import Rule
from tests.sleep.stage import Stage, unix

PLURALS = {"Deployment": "deployments", "StatefulSet": "statefulsets", "CronJob": "cronjobs"}
OWNER = {
    "apiVersion": "example.org/v1",
    "kind": "App",
    "name": "app",
    "uid": "uid-app",
    "controller": True,
}


def stamp(time: float) -> str:
    return datetime.fromtimestamp(int(time), UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


class Green(Stage):
    """Writes objects as an API server shows them, at the time it is."""

    def __init__(
        self, time: str | float = "2026-11-20T12:00Z", *rules: Rule, label: str = "", namespace: str = "shop"
    ) -> None:
        super().__init__(time, *rules, label=label)
        self.namespace = namespace
        self.changes = 0

    # What people do

    def workload(self, name: str, replicas: int = 2, kind: str = "Deployment", **metadata: Any) -> None:
        """Create a workload; of a CronJob, 0 replicas are suspended."""
        metadata = {
            "name": name,
            "namespace": self.namespace,
            "uid": f"uid-{self.namespace}-{kind}-{name}-{self.changes}",
            "managedFields": [],
            **metadata,
        }
        self.put(PLURALS[kind], {"metadata": metadata, "spec": {**_wish(kind, replicas)}})
        self.scale(name, replicas, "kubectl-client-side-apply", kind=kind)

    def scale(
        self,
        name: str,
        replicas: int,
        manager: str = "kubectl",
        operation: str = "Update",
        subresource: str = "",
        *,
        time: float | None = None,
        kind: str = "Deployment",
    ) -> None:
        """Change replicas, whoever does it; `kubectl scale` leaves no time."""
        self.changes += 1
        obj = self.objects[PLURALS[kind], self.namespace, name]
        entry: dict[str, Any] = {"manager": manager, "operation": operation}
        if subresource:
            entry["subresource"] = subresource
        if not (manager == "kubectl" and subresource == "scale"):
            entry["time"] = stamp(self.clock() if time is None else time)
        entry["fieldsV1"] = {"f:spec": {f"f:{field}": {} for field in _wish(kind, replicas)}}
        self.put(
            PLURALS[kind],
            {
                "metadata": {**obj["metadata"], "managedFields": [entry]},
                "spec": {**obj["spec"], **_wish(kind, replicas)},
            },
        )

    def sleepinfo(self, name: str = "nights", **spec: Any) -> None:
        """Create a SleepInfo, or change what it wants."""
        old = self.objects.get(("sleepinfos", self.namespace, name), {})
        wish = {"weekdays": "*", "sleepAt": "20:00", "wakeUpAt": "08:00", **spec}
        uid = old.get("metadata", {}).get("uid", f"uid-{self.namespace}-{name}-{self.changes}")
        self.put(
            "sleepinfos",
            {
                "metadata": {"name": name, "namespace": self.namespace, "uid": uid},
                "spec": wish,
                "status": old.get("status", {}),
            },
        )

    # What kube-green does

    def report(self, operation: str, name: str = "nights", *, time: float | None = None) -> None:
        """Write the status of a SleepInfo."""
        old = self.objects["sleepinfos", self.namespace, name]
        when = stamp(self.clock() if time is None else time)
        self.put("sleepinfos", {**old, "status": {"lastScheduleTime": when, "operation": operation}})

    def down(self, *names: str, kind: str = "Deployment", time: float | None = None) -> None:
        for name in names:
            self.scale(name, 0, "kube-green", "Apply", time=time, kind=kind)

    def up(self, *names: str, replicas: int = 2, kind: str = "Deployment", time: float | None = None) -> None:
        for name in names:
            self.scale(name, replicas, "kube-green", "Update", time=time, kind=kind)

    def record(self, name: str = "nights", *, manager: str = "kube-green", time: float | None = None) -> None:
        """Write the Secret of a SleepInfo."""
        when = stamp(self.clock() if time is None else time)
        secret = f"sleepinfo-{name}"
        self.put(
            "secrets",
            {
                "metadata": {
                    "name": secret,
                    "namespace": self.namespace,
                    "uid": f"uid-{self.namespace}-{secret}",
                    "managedFields": [{"manager": manager, "operation": "Update", "time": when}],
                }
            },
        )

    def night(self, *names: str, sleepinfo: str = "nights", at: str = "2026-11-20T20:00:00Z") -> None:
        """Put to sleep as scheduled."""
        self.at(at)
        self.report("SLEEP", sleepinfo)
        self.down(*names)
        self.record(sleepinfo)

    def morning(self, *names: str, sleepinfo: str = "nights", at: str = "2026-11-21T08:00:00Z") -> None:
        """Wake as scheduled."""
        self.at(at)
        self.report("WAKE_UP", sleepinfo)
        self.up(*names)
        self.record(sleepinfo)

    # What is seen

    def verdicts(self) -> dict[tuple[str, str], float]:
        """Count operations by (operation, status), whatever the environment."""
        found: dict[tuple[str, str], float] = {}
        for series, value in self.counted("kube_green_sleep_operations_total").items():
            labels = _labels(series)
            key = (labels["operation"], labels["status"])
            found[key] = found.get(key, 0) + value
        return found

    def scaled(self) -> dict[str, float]:
        """Count workloads by direction that kube-green changed."""
        found: dict[str, float] = {}
        for series, value in self.counted("kube_green_resources_scaled_total").items():
            direction = _labels(series)["direction"]
            found[direction] = found.get(direction, 0) + value
        return found

    def scaling(self) -> dict[tuple[str, str], float]:
        """Count workloads by (actor, direction)."""
        return {
            (labels["actor"], labels["direction"]): value
            for series, value in self.counted("astrolabe_workload_scale_total").items()
            for labels in (_labels(series),)
        }

    def sleepers(self) -> list[str]:
        """Name the workloads that are exposed as asleep."""
        return sorted(_labels(series)["workload"] for series in self.counted("astrolabe_workload_asleep"))

    def value(self, family: str, **labels: str) -> float | None:
        """Return the value of one series."""
        for line in self.scrape().splitlines():
            series, _, value = line.rpartition(" ")
            if series.startswith(family + "{") and labels.items() <= _labels(series).items():
                return float(value)
        return None


def _labels(series: str) -> dict[str, str]:
    inside = series.partition("{")[2].rstrip("}")
    return {
        key: value.strip('"') for key, _, value in (item.partition("=") for item in inside.split(",") if item)
    }


def _wish(kind: str, replicas: int) -> dict[str, Any]:
    return {"suspend": not replicas} if kind == "CronJob" else {"replicas": replicas}


__all__ = ["OWNER", "Green", "stamp", "unix"]
