"""SleepInfos of kube-green: when the workloads of a namespace are put to sleep, and which."""

from __future__ import annotations

from astrolabe.graph.facts import Facts, Pick, Selection
from astrolabe.kinds.kind import Context, Kind
from astrolabe.kinds.models.details import SleepDetail
from astrolabe.kinds.models.groups import kind_label
from astrolabe.kinds.models.metadata import Metadata, Model, Time, facts_of, seconds
from astrolabe.kinds.models.sleeppatch import puts_to_sleep


class Filter(Model):
    """An entry of includeRef or excludeRef: a kind and a name, or labels."""

    api_version: str | None = None
    kind: str | None = None
    name: str | None = None
    match_labels: dict[str, str] | None = None


class PatchTarget(Model):
    """A kind that is patched."""

    group: str | None = None
    kind: str | None = None


class Patch(Model):
    """A patch of a kind. It replaces kube-green's own patch of that kind, whatever the flags say."""

    target: PatchTarget | None = None
    patch: str | None = None


class SleepInfoSpec(Model):
    """What is wanted."""

    weekdays: str | None = None
    sleep_at: str | None = None
    wake_up_at: str | None = None
    time_zone: str | None = None
    include_ref: list[Filter] | None = None
    exclude_ref: list[Filter] | None = None
    suspend_deployments: bool | None = None
    suspend_stateful_sets: bool | None = None
    suspend_cron_jobs: bool | None = None
    patches: list[Patch] | None = None


class SleepInfoStatus(Model):
    """What started last."""

    last_schedule_time: Time | None = None
    operation: str | None = None


class SleepInfo(Model):
    """A SleepInfo."""

    metadata: Metadata
    spec: SleepInfoSpec | None = None
    status: SleepInfoStatus | None = None


_LONGEST_FIELD = 256
_NO_SPEC = SleepInfoSpec()
_NO_STATUS = SleepInfoStatus()
_GROUPS = {"Deployment": "apps", "StatefulSet": "apps", "CronJob": "batch"}


def describe(sleep_info: SleepInfo, context: Context) -> Facts:
    """Turn a SleepInfo into facts."""
    spec = sleep_info.spec or _NO_SPEC
    status = sleep_info.status or _NO_STATUS
    sleeping, patched = _kinds(spec)
    detail = SleepDetail(
        weekdays=_short(spec.weekdays or ""),
        sleep_at=_short(spec.sleep_at or ""),
        wake_up_at=_short(spec.wake_up_at or ""),
        time_zone=_short(spec.time_zone or "UTC"),
        suspend_deployments="Deployment" in sleeping,
        suspend_statefulsets="StatefulSet" in sleeping,
        suspend_cronjobs="CronJob" in sleeping,
        patched=patched,
        last_schedule=seconds(status.last_schedule_time),
        operation=status.operation or "",
    )
    return facts_of(sleep_info.metadata, context, selections=_selections(spec, sleeping), detail=detail)


def _short(text: str) -> str:
    """Cut a field that is longer than any schedule; what is left does not parse, and costs little."""
    return text if len(text) <= _LONGEST_FIELD else f"{text[:_LONGEST_FIELD]}…"


def _kinds(spec: SleepInfoSpec) -> tuple[list[str], tuple[str, ...]]:
    """Return the kinds that are put to sleep, and those of which only their patch knows what becomes of them.

    Of several patches of a kind the last one counts.
    """
    patches = {
        (patch.target.group or "", patch.target.kind): patch.patch or ""
        for patch in spec.patches or ()
        if patch.target is not None and patch.target.kind
    }
    flags = {
        "Deployment": spec.suspend_deployments is not False,
        "StatefulSet": spec.suspend_stateful_sets is not False,
        "CronJob": bool(spec.suspend_cron_jobs),
    }
    sleeping = []
    for kind, suspended in flags.items():
        patch = patches.get((_GROUPS[kind], kind))
        if suspended if patch is None else puts_to_sleep(kind, patch):
            sleeping.append(kind)
            patches.pop((_GROUPS[kind], kind), None)
    return sleeping, tuple(kind_label(group, kind) for group, kind in patches)


def _selections(spec: SleepInfoSpec, kinds: list[str]) -> tuple[Selection, ...]:
    """Select as kube-green lists: kind by kind, every condition ANDed.

    Names to include count for their kind alone, and then the exclusions do not count for that kind; two
    different names select nothing, since no object has both. Labels count for all kinds.
    """
    include, exclude = spec.include_ref or [], spec.exclude_ref or []
    labels = tuple(sorted({pair for entry in include for pair in (entry.match_labels or {}).items()}))
    selections = []
    unnamed = []
    for kind in kinds:
        names = _names(include, kind)
        if not names:
            unnamed.append(kind)
        elif len(names) == 1:
            picks = (Pick(kind, names.pop(), labels),)
            selections.append(Selection("sleeps", (kind,), include=picks, controlled=False))
    if unnamed:
        excluded = [Pick(kind, name) for kind in unnamed for name in sorted(_names(exclude, kind))]
        excluded += [
            Pick(labels=(pair,)) for entry in exclude for pair in sorted((entry.match_labels or {}).items())
        ]
        selections.append(
            Selection(
                "sleeps",
                tuple(unnamed),
                include=(Pick(labels=labels),) if labels else (),
                exclude=tuple(excluded),
                controlled=False,
            )
        )
    return tuple(selections)


def _names(filters: list[Filter], kind: str) -> set[str]:
    """Return the names that filters give to objects of a kind, in any version of its group."""
    prefix = f"{_GROUPS[kind]}/"
    return {
        entry.name
        for entry in filters
        if entry.name and entry.kind == kind and (entry.api_version or "").startswith(prefix)
    }


KIND = Kind(
    name="SleepInfo",
    group="kube-green.com",
    plural="sleepinfos",
    layer="services",
    versions=("v1alpha1",),
    model=SleepInfo,
    describe=describe,
    detail=SleepDetail,
)
