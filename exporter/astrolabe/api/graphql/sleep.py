"""Environments with their sleep, cost and savings, for clients that may read `/metrics`."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable
from typing import TypeVar

from astrolabe.api.graphql.context import Context, Info, permitted, size_of
from astrolabe.api.v1.bodies import Body, instant
from astrolabe.api.v1.names import namespaces_of
from astrolabe.derived.cost.hourly import Hourly, Saved
from astrolabe.derived.sleep.sleepinfo import SleepInfo
from astrolabe.scheduling.steps import Steps

METRICS = "/metrics"
"""Where the same is told as metrics."""
_IDS_PER_STEP = 256
"""Ids that are looked at before others have their turn."""

T = TypeVar("T")


class Environment(Body, frozen=True, gc=False):
    """An environment, with sums over its namespaces. Dollars and grams of CO2."""

    name: str
    namespaces: list[str]
    asleep: int
    sleep_ratio: float | None
    hourly: float
    hourly_awake: float
    saved: float
    saved_daily: float
    saved_weekly: float
    saved_monthly: float
    saved_co2: float


class Environments(Body, frozen=True, gc=False):
    """Some environments."""

    environments: list[Environment]
    end_cursor: str | None


class Schedule(Body, frozen=True, gc=False):
    """A SleepInfo."""

    id: str
    namespace: str
    name: str
    environment: str
    weekdays: str
    sleep_at: str
    wake_up_at: str
    time_zone: str
    asleep: bool | None
    next_sleep: str | None
    next_wake_up: str | None
    last_sleep: str | None
    last_wake_up: str | None
    invalid: list[str]


class Schedules(Body, frozen=True, gc=False):
    """Some SleepInfos."""

    sleep_infos: list[Schedule]
    end_cursor: str | None


class Sleeping(Body, frozen=True, gc=False):
    """A workload that is asleep."""

    id: str
    kind: str
    namespace: str
    name: str
    environment: str
    since: str
    sleeper: str
    replicas: int | None


class Sleepers(Body, frozen=True, gc=False):
    """Some workloads that are asleep."""

    sleeping: list[Sleeping]
    end_cursor: str | None


class Cost(Body, frozen=True, gc=False):
    """What a workload or a volume costs, in dollars an hour."""

    id: str
    kind: str
    namespace: str
    name: str
    environment: str
    pods: int
    cpu: float
    memory: float
    gpu: float
    storage: float
    hourly: float
    hourly_awake: float


class Costs(Body, frozen=True, gc=False):
    """Some costs."""

    costs: list[Cost]
    end_cursor: str | None


async def environments(_: None, info: Info, *, first: int, after: str | None = None) -> Environments:
    """Return a page of the environments, by name."""
    size, context = size_of(first), await _told(info)
    found = await context.reading.scheduler.work(_summed(context))
    names = sorted(name for name in found if name > (after or ""))
    page = names[:size]
    return Environments([found[name] for name in page], page[-1] if len(names) > size else None)


async def sleep_infos(
    _: None,
    info: Info,
    *,
    first: int,
    after: str | None = None,
    namespace: str | None = None,
    environment: str | None = None,
) -> Schedules:
    """Return a page of the SleepInfos."""
    size, context = size_of(first), await _told(info)
    infos = {each.id: each for each in context.sleep.sleepinfos()}

    def body(key: str) -> Schedule | None:
        each = infos[key]
        wanted = namespace in (None, "", each.namespace) and environment in (None, "", each.environment)
        return _schedule(each, context.recent.now()) if wanted else None

    return Schedules(*await _page(context, infos, body, size, after))


async def sleeping(
    _: None,
    info: Info,
    *,
    first: int,
    after: str | None = None,
    namespace: str | None = None,
    environment: str | None = None,
) -> Sleepers:
    """Return a page of what is asleep."""
    size, context = size_of(first), await _told(info)
    sleeps = {each.id: each for each in context.sleep.sleeping()}

    def body(key: str) -> Sleeping | None:
        kind, place, name = key.split("/", 2)
        own = context.sleep.environment_of(place)
        if namespace not in (None, "", place) or environment not in (None, "", own):
            return None
        sleep = sleeps[key]
        return Sleeping(key, kind, place, name, own, instant(sleep.since), sleep.sleeper, sleep.replicas)

    return Sleepers(*await _page(context, sleeps, body, size, after))


async def costs(
    _: None,
    info: Info,
    *,
    first: int,
    after: str | None = None,
    namespace: str | None = None,
    environment: str | None = None,
) -> Costs:
    """Return a page of what costs something."""
    size, context = size_of(first), await _told(info)

    def body(key: str) -> Cost | None:
        found = context.cost.hourly(key)
        if found is None or namespace not in (None, "", found.namespace):
            return None
        own = context.sleep.environment_of(found.namespace)
        return _cost(key, own, found) if environment in (None, "", own) else None

    return Costs(*await _page(context, context.cost.priced(), body, size, after))


async def _told(info: Info) -> Context:
    """Return the context with its data up to date. Raise `Refused` if the caller may not read the metrics."""
    context = info.context
    await permitted(info, METRICS)
    context.budget.question()
    context.refresh()
    return context


async def _page(
    context: Context, ids: Iterable[str], body: Callable[[str], T | None], size: int, after: str | None
) -> tuple[list[T], str | None]:
    """Return the bodies of a page in the order of their ids, and where the next one begins."""
    keys = list(ids) if context.sleep.placed else []
    found = await context.reading.scheduler.work(_smallest(keys, body, size + 1, after or ""))
    page = found[:size]
    return [each for _, each in page], page[-1][0] if len(found) > size else None


def _smallest(
    keys: list[str], body: Callable[[str], T | None], most: int, after: str
) -> Steps[list[tuple[str, T]]]:
    """Find what comes first among those after an id. What comes and goes meanwhile may be told or not."""
    best: list[tuple[str, T]] = []
    for start in range(0, len(keys), _IDS_PER_STEP):
        last = best[-1][0] if len(best) == most else None
        best += [
            (key, each)
            for key in keys[start : start + _IDS_PER_STEP]
            if key > after and (last is None or key < last) and (each := body(key)) is not None
        ]
        best.sort(key=lambda item: item[0])
        del best[most:]
        yield
    return best


class _Sum:
    """What is added up of an environment."""

    def __init__(self) -> None:
        self.asleep = 0
        self.hourly = self.awake = 0.0
        self.namespaces: list[str] = []


def _summed(context: Context) -> Steps[dict[str, Environment]]:
    sleep, cost = context.sleep, context.cost
    if not sleep.placed:
        return {}
    sums: defaultdict[str, _Sum] = defaultdict(_Sum)
    for namespace in sorted(namespaces_of(context.reading.graph)):
        sums[sleep.environment_of(namespace)].namespaces.append(namespace)
    for each in sleep.sleepinfos():
        sums.setdefault(each.environment, _Sum())
    yield
    for asleep in list(sleep.sleeping()):
        sums[sleep.environment_of(asleep.id.split("/", 2)[1])].asleep += 1
    yield
    for number, key in enumerate(cost.priced()):
        if (found := cost.hourly(key)) is not None:
            sum_ = sums[sleep.environment_of(found.namespace)]
            sum_.hourly += found.total
            sum_.awake += found.awake
        if number % _IDS_PER_STEP == 0:
            yield
    saved = cost.saved()
    return {
        name: _environment(name, sums[name], sleep.ratio(name), saved.get(name, Saved()))
        for name in {*sums, *saved}
    }


def _environment(name: str, sums: _Sum, ratio: float | None, saved: Saved) -> Environment:
    return Environment(
        name,
        sums.namespaces,
        sums.asleep,
        ratio,
        sums.hourly,
        sums.awake,
        saved.dollars,
        saved.daily,
        saved.weekly,
        saved.monthly,
        saved.grams,
    )


def _schedule(info: SleepInfo, now: float) -> Schedule:
    detail, schedule, last = info.detail, info.schedule, info.memory.last
    return Schedule(
        info.id,
        info.namespace,
        info.name,
        info.environment,
        detail.weekdays,
        detail.sleep_at,
        detail.wake_up_at,
        detail.time_zone,
        info.scheduled_asleep(now),
        instant(schedule.next("sleep", now) or 0) or None,
        instant(schedule.next("wake_up", now) or 0) or None,
        instant(last.get("sleep", 0)) or None,
        instant(last.get("wake_up", 0)) or None,
        [each.field for each in info.invalid(now)],
    )


def _cost(key: str, environment: str, cost: Hourly) -> Cost:
    return Cost(
        key,
        cost.kind,
        cost.namespace,
        cost.name,
        environment,
        cost.pods,
        cost.cpu,
        cost.memory,
        cost.gpu,
        cost.storage,
        cost.total,
        cost.awake,
    )
