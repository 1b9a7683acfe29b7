"""Jobs."""

from __future__ import annotations

from astrolabe.graph.facts import Facts, Verdict, unneeded
from astrolabe.kinds.kind import Context, Kind
from astrolabe.kinds.models.conditions import Condition, find
from astrolabe.kinds.models.details import JobDetail
from astrolabe.kinds.models.metadata import Metadata, Model, Time, facts_of, seconds
from astrolabe.kinds.models.podspec import PodTemplate, spec_of, uses
from astrolabe.kinds.models.references import distinct


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
    start_time: Time | None = None

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
    verdict = _judge(status, suspended=suspended)
    refs = distinct(uses(template, metadata.namespace or ""))
    return facts_of(
        metadata,
        context,
        verdict,
        refs=unneeded(refs) if suspended or status.ended else refs,
        detail=JobDetail(
            status.active or 0,
            status.succeeded or 0,
            status.failed or 0,
            suspended,
            template.first_image(),
        ),
    )


def _judge(status: JobStatus, *, suspended: bool) -> Verdict:
    if find(status.conditions, ("Complete",), "True") is not None:
        return Verdict("Ready", message="Completed")
    failure = find(status.conditions, ("Failed", "FailureTarget"), "True")
    if failure is not None:
        words = failure.says or "The Job failed"
        return Verdict("Error", failure.reason or "Failed", words, failure.since)
    if suspended:
        return Verdict("Ready", "Suspended", "Suspended")
    if status.active:
        return Verdict("Pending", "Active", f"Runs {status.active} Pod(s)", seconds(status.start_time))
    return Verdict("Pending", "NotStarted", "Has not started any Pod", seconds(status.start_time))


KIND = Kind(
    name="Job",
    group="batch",
    plural="jobs",
    layer="workloads",
    model=Job,
    describe=describe,
    detail=JobDetail,
)
