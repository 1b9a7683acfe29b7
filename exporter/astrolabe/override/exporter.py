"""What the exporter says: replicas as it sees them, schedules, who sleeps, what an environment costs."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from http import HTTPStatus
from typing import Any

import aiohttp
import msgspec
from prometheus_client.parser import text_string_to_metric_families

from astrolabe.override.backend import Trouble

_TIMEOUT = 10.0
"""Seconds for the replicas of a namespace."""
_FIGURES_WITHIN = 3.0
"""Seconds for figures: somebody waits for an answer, which does without them."""
_HOURLY = "astrolabe_workload_baseline_cost_hourly_dollars"
_RATIO = "astrolabe_environment_sleep_ratio"
_NEXT = "astrolabe_sleepinfo_next_operation_timestamp_seconds"
_ASLEEP = "astrolabe_sleepinfo_scheduled_asleep"
_INFO = "astrolabe_sleepinfo_info"
_OPERATIONS = "kube_green_sleep_operations_total"
_SAVED = "kube_green_cost_savings_estimate_dollars"


class Schedule(msgspec.Struct, frozen=True, kw_only=True):
    """A SleepInfo of an environment, as the exporter reads it."""

    namespace: str
    name: str
    weekdays: str
    sleep_at: str
    wake_up_at: str
    time_zone: str
    asleep: bool | None = None
    """Whether the schedule says asleep now; None where it cannot be read."""
    next_sleep: float | None = None
    """Unix seconds."""
    next_wake_up: float | None = None


class Figures(msgspec.Struct, frozen=True, kw_only=True):
    """An environment in figures; None is unknown."""

    sleep_ratio: float | None = None
    """Part of the replicas that sleeps, from 0 to 1."""
    hourly: float | None = None
    """Dollars an hour, awake."""
    saved_today: float | None = None
    """Dollars within the last 24 hours."""
    operations: dict[str, float] = {}
    """Scheduled operations counted by `OPERATION STATUS`, as in `sleep failed`."""
    schedules: tuple[Schedule, ...] = ()


class Exporter:
    """Asks the exporter over HTTP. Raises `Trouble`."""

    def __init__(self, url: str, token: Callable[[], str] = lambda: "") -> None:
        self._url = url.rstrip("/")
        self._token = token
        self._session: aiohttp.ClientSession | None = None

    async def replicas(self, namespace: str) -> dict[tuple[str, str], int]:
        """Return the wanted replicas that the exporter sees, by (kind, name)."""
        body = await self._get("/api/v1/resources", {"namespace": namespace})
        try:
            resources = msgspec.json.decode(body, type=list[dict[str, Any]])
            return {
                (each["kind"], each["name"]): each["replicas"]["desired"]
                for each in resources
                if "desired" in each.get("replicas", {})
            }
        except (msgspec.MsgspecError, KeyError, TypeError):
            raise Trouble(f"{self._url}: answers, but not as the exporter does") from None

    async def figures(self, environments: Mapping[str, tuple[str, ...]]) -> dict[str, Figures]:
        """Return the figures of environments, given with their namespaces."""
        names = (_HOURLY, _RATIO, _NEXT, _ASLEEP, _INFO, _OPERATIONS, _SAVED)
        body = await self._get("/metrics", [("name[]", name) for name in names], _FIGURES_WITHIN)
        try:
            samples = [
                sample
                for family in text_string_to_metric_families(body.decode())
                for sample in family.samples
            ]
        except (ValueError, UnicodeDecodeError):
            raise Trouble(f"{self._url}/metrics: no Prometheus text") from None
        of = {namespace: name for name, several in environments.items() for namespace in several}
        return _figures(samples, environments, of)

    async def close(self) -> None:
        """Close all connections."""
        if self._session is not None:
            await self._session.close()

    async def _get(self, path: str, query: Any, within: float = _TIMEOUT) -> bytes:
        if self._session is None:
            self._session = aiohttp.ClientSession()
        limit = aiohttp.ClientTimeout(total=within)
        token = self._token()
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        try:
            async with self._session.get(
                self._url + path, params=query, headers=headers, timeout=limit
            ) as answer:
                if answer.status != HTTPStatus.OK:
                    raise Trouble(f"the exporter at {self._url}{path} answers {answer.status}")
                return await answer.read()
        except (aiohttp.ClientError, OSError, TimeoutError) as error:
            raise Trouble(f"the exporter at {self._url} does not answer: {type(error).__name__}") from None


def _figures(
    samples: list[Any], environments: Mapping[str, tuple[str, ...]], of: Mapping[str, str]
) -> dict[str, Figures]:
    hourly: dict[str, float] = {}
    plain: dict[tuple[str, str], float] = {}
    operations: dict[str, dict[str, float]] = {}
    infos: dict[tuple[str, str], dict[str, str]] = {}
    times: dict[tuple[str, str, str], float] = {}
    for sample in samples:
        labels = sample.labels
        place = labels.get("namespace", ""), labels.get("sleepinfo", "")
        environment = of.get(place[0], "") if place[0] else labels.get("environment", "")
        match sample.name:
            case name if name == _HOURLY:
                hourly[environment] = hourly.get(environment, 0.0) + sample.value
            case name if name == _RATIO or (name == _SAVED and labels.get("time_period") == "daily"):
                plain[name, environment] = sample.value
            case name if name == _OPERATIONS:
                key = f"{labels.get('operation', '')} {labels.get('status', '')}"
                operations.setdefault(environment, {})[key] = sample.value
            case name if name == _INFO:
                infos[place] = labels
            case name if name == _NEXT:
                times[*place, labels.get("operation", "")] = sample.value
            case name if name == _ASLEEP:
                times[*place, "asleep"] = sample.value
    found = {}
    for environment in environments:
        schedules = [
            Schedule(
                namespace=place[0],
                name=place[1],
                weekdays=labels.get("weekdays", ""),
                sleep_at=labels.get("sleep_at", ""),
                wake_up_at=labels.get("wake_up_at", ""),
                time_zone=labels.get("time_zone", ""),
                asleep=None if (asleep := times.get((*place, "asleep"))) is None else bool(asleep),
                next_sleep=times.get((*place, "sleep")),
                next_wake_up=times.get((*place, "wake_up")),
            )
            for place, labels in sorted(infos.items())
            if of.get(place[0]) == environment
        ]
        found[environment] = Figures(
            sleep_ratio=plain.get((_RATIO, environment)),
            hourly=hourly.get(environment),
            saved_today=plain.get((_SAVED, environment)),
            operations=operations.get(environment, {}),
            schedules=tuple(schedules),
        )
    return found
