"""CronJobs."""

from __future__ import annotations

from astrolabe.graph.facts import Facts, Verdict, unneeded
from astrolabe.kinds.kind import Context, Kind
from astrolabe.kinds.models.details import CronJobDetail
from astrolabe.kinds.models.managedfields import scaled_by
from astrolabe.kinds.models.metadata import Model, Time, facts_of, seconds, timestamp
from astrolabe.kinds.models.podspec import PodTemplate, spec_of, uses
from astrolabe.kinds.models.references import distinct
from astrolabe.kinds.models.replicas import ScalableMetadata


class JobTemplateSpec(Model):
    """The specification of the Jobs to come."""

    template: PodTemplate | None = None


class JobTemplate(Model):
    """What Jobs are made from."""

    spec: JobTemplateSpec | None = None


class CronJobSpec(Model):
    """What is wanted."""

    schedule: str | None = None
    time_zone: str | None = None
    suspend: bool | None = None
    job_template: JobTemplate | None = None


class CronJobStatus(Model):
    """What happened."""

    last_schedule_time: Time | None = None


class CronJob(Model):
    """A CronJob."""

    metadata: ScalableMetadata
    spec: CronJobSpec | None = None
    status: CronJobStatus | None = None


_NO_SPEC = CronJobSpec()
_NO_STATUS = CronJobStatus()


def describe(cron_job: CronJob, context: Context) -> Facts:
    """Turn a CronJob into facts."""
    metadata = cron_job.metadata
    spec = cron_job.spec or _NO_SPEC
    jobs = spec.job_template.spec if spec.job_template is not None else None
    template = spec_of(jobs.template if jobs is not None else None)
    last = (cron_job.status or _NO_STATUS).last_schedule_time
    if spec.suspend:
        message = "Suspended"
    else:
        message = f"Last schedule {timestamp(last)}" if last is not None else "Not scheduled yet"
    refs = distinct(uses(template, metadata.namespace or ""))
    return facts_of(
        metadata,
        context,
        Verdict("Ready", "Suspended" if spec.suspend else "", message),
        refs=unneeded(refs) if spec.suspend else refs,
        detail=CronJobDetail(
            spec.schedule or "",
            spec.time_zone or "",
            bool(spec.suspend),
            seconds(last),
            template.first_image(),
            scaled=scaled_by(metadata.managed_fields),
        ),
    )


KIND = Kind(
    name="CronJob",
    group="batch",
    plural="cronjobs",
    layer="workloads",
    model=CronJob,
    describe=describe,
    detail=CronJobDetail,
)
