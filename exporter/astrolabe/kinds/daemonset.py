"""DaemonSets."""

from __future__ import annotations

from msgspec import field

from astrolabe.graph.facts import Facts, Verdict, unneeded
from astrolabe.kinds.kind import Context, Kind
from astrolabe.kinds.models import replicas
from astrolabe.kinds.models.details import ReplicasDetail
from astrolabe.kinds.models.metadata import Metadata, Model, facts_of, unobserved
from astrolabe.kinds.models.podspec import PodTemplate, labels_of, spec_of, uses
from astrolabe.kinds.models.references import distinct
from astrolabe.kinds.models.requests import of_template


class DaemonSetSpec(Model):
    """What is wanted."""

    template: PodTemplate | None = None


class DaemonSetStatus(Model):
    """What there is, in Nodes."""

    observed_generation: int | None = None
    desired: int | None = field(default=None, name="desiredNumberScheduled")
    current: int | None = field(default=None, name="currentNumberScheduled")
    ready: int | None = field(default=None, name="numberReady")
    available: int | None = field(default=None, name="numberAvailable")
    misscheduled: int | None = field(default=None, name="numberMisscheduled")


class DaemonSet(Model):
    """A DaemonSet."""

    metadata: Metadata
    spec: DaemonSetSpec | None = None
    status: DaemonSetStatus | None = None


_NO_SPEC = DaemonSetSpec()
_NO_STATUS = DaemonSetStatus()
_NOWHERE = Verdict(message="No Node fits its node selector and tolerations (0/0)")


def describe(daemon_set: DaemonSet, context: Context) -> Facts:
    """Turn a DaemonSet into facts."""
    metadata = daemon_set.metadata
    template = spec_of((daemon_set.spec or _NO_SPEC).template)
    status = daemon_set.status or _NO_STATUS
    desired, ready = status.desired or 0, status.ready or 0
    refs = distinct(uses(template, metadata.namespace or ""))
    if unobserved(metadata, status.observed_generation):
        verdict = replicas.UNOBSERVED
    else:
        verdict = replicas.judge(desired, ready, "pods") if desired else _NOWHERE
        if verdict.status == "Ready" and status.misscheduled:
            verdict = Verdict("Pending", "Misscheduled", _misscheduled(status.misscheduled))
        if not desired:
            refs = unneeded(refs)
    return facts_of(
        metadata,
        context,
        verdict,
        refs=refs,
        template=labels_of((daemon_set.spec or _NO_SPEC).template),
        detail=ReplicasDetail(
            desired,
            status.current or 0,
            ready,
            status.available or 0,
            template.first_image(),
            requests=of_template(template),
        ),
    )


def _misscheduled(number: int) -> str:
    one = number == 1
    return f"{number} Pod{'' if one else 's'} on Nodes where {'it' if one else 'they'} should not run"


KIND = Kind(
    name="DaemonSet",
    group="apps",
    plural="daemonsets",
    layer="workloads",
    model=DaemonSet,
    describe=describe,
    detail=ReplicasDetail,
)
