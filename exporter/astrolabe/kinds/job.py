"""Jobs."""

from __future__ import annotations

from astrolabe.graph.facts import Facts, Status, unneeded
from astrolabe.kinds.conditions import Condition, find
from astrolabe.kinds.details import JobDetail
from astrolabe.kinds.kind import Context, Kind
from astrolabe.kinds.metadata import Metadata, Model, facts_of
from astrolabe.kinds.podspec import PodTemplate, spec_of, uses
from astrolabe.kinds.references import distinct


class JobSpec(Model):
    """What is wanted."""

    suspend: bool | None = None
    template: PodTemplate | None = None


class JobStatus(Model):
    """What there is."""

    active: int | None = None
    succeeded: int | None = None
    failed: int | None = None
    conditions: list[Condition] | None = None

    @property
    def ended(self) -> bool:
        """Whether it makes no Pods any more."""
        return find(self.conditions, ("Complete", "Failed"), "True") is not None


class Job(Model):
    """A Job."""

    metadata: Metadata
    spec: JobSpec | None = None
    status: JobStatus | None = None


_NO_SPEC = JobSpec()
_NO_STATUS = JobStatus()


def describe(job: Job, context: Context) -> Facts:
    """Turn a Job into facts."""
    metadata = job.metadata
    spec = job.spec or _NO_SPEC
    status = job.status or _NO_STATUS
    template = spec_of(spec.template)
    suspended = bool(spec.suspend)
    verdict, message = _judge(status, suspended=suspended)
    refs = distinct(uses(template, metadata.namespace or ""))
    return facts_of(
        metadata,
        context,
        verdict,
        message,
        refs=unneeded(refs) if suspended or status.ended else refs,
        detail=JobDetail(
            status.active or 0,
            status.succeeded or 0,
            status.failed or 0,
            suspended,
            template.first_image(),
        ),
    )


def _judge(status: JobStatus, *, suspended: bool) -> tuple[Status, str]:
    if find(status.conditions, ("Complete",), "True") is not None:
        return "Ready", "Completed"
    failure = find(status.conditions, ("Failed",), "True")
    if failure is not None:
        return "Error", failure.reason or "Failed"
    if suspended:
        return "Ready", "Suspended"
    return "Pending", f"Active ({status.active})" if status.active else "Not started"


KIND = Kind(name="Job", group="batch", plural="jobs", model=Job, describe=describe)
