"""DaemonSets."""

from __future__ import annotations

from msgspec import field

from astrolabe.graph.facts import Facts, unneeded
from astrolabe.kinds import replicas
from astrolabe.kinds.details import ReplicasDetail
from astrolabe.kinds.kind import Context, Kind
from astrolabe.kinds.metadata import Metadata, Model, facts_of, unobserved
from astrolabe.kinds.podspec import PodTemplate, spec_of, uses
from astrolabe.kinds.references import distinct
from astrolabe.kinds.requests import of_template


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


class DaemonSet(Model):
    """A DaemonSet."""

    metadata: Metadata
    spec: DaemonSetSpec | None = None
    status: DaemonSetStatus | None = None


_NO_SPEC = DaemonSetSpec()
_NO_STATUS = DaemonSetStatus()


def describe(daemon_set: DaemonSet, context: Context) -> Facts:
    """Turn a DaemonSet into facts."""
    metadata = daemon_set.metadata
    template = spec_of((daemon_set.spec or _NO_SPEC).template)
    status = daemon_set.status or _NO_STATUS
    desired, ready = status.desired or 0, status.ready or 0
    refs = distinct(uses(template, metadata.namespace or ""))
    if unobserved(metadata, status.observed_generation):
        verdict, message = replicas.UNOBSERVED
    else:
        verdict, message = replicas.judge(desired, ready, "pods")
        if not desired:
            refs = unneeded(refs)
    return facts_of(
        metadata,
        context,
        verdict,
        message,
        refs=refs,
        detail=ReplicasDetail(
            desired,
            status.current or 0,
            ready,
            status.available or 0,
            template.first_image(),
            requests=of_template(template),
        ),
    )


KIND = Kind(name="DaemonSet", group="apps", plural="daemonsets", model=DaemonSet, describe=describe)
