"""Workloads that keep a number of replicas, and how a set of replicas is doing."""

from __future__ import annotations

from msgspec import Raw, field

from astrolabe.graph.facts import Facts, Status, share_labels, unneeded
from astrolabe.kinds.conditions import Condition
from astrolabe.kinds.details import Dates, ReplicasDetail
from astrolabe.kinds.kind import Context
from astrolabe.kinds.lastapplied import applied_replicas
from astrolabe.kinds.managedfields import ManagedFields, scaled_by, status_written, templated
from astrolabe.kinds.metadata import Annotations, Metadata, Model, facts_of, seconds, unobserved
from astrolabe.kinds.podspec import PodTemplate, spec_of, uses
from astrolabe.kinds.references import distinct
from astrolabe.kinds.requests import of_template

_LONGEST_COUNT = 10
UNOBSERVED: tuple[Status, str] = ("Pending", "Waiting for the controller to observe the newest generation")
"""The verdict before a controller has looked at the newest wish: its numbers are those of an older one."""


class ReplicatedSpec(Model):
    """What is wanted; one replica unless it says otherwise."""

    replicas: int | None = None
    template: PodTemplate | None = None


class ReplicatedStatus(Model):
    """What there is. Only ReplicaSets count terminating Pods, only Deployments have conditions of use."""

    observed_generation: int | None = None
    replicas: int | None = None
    ready_replicas: int | None = None
    available_replicas: int | None = None
    terminating_replicas: int | None = None
    conditions: list[Condition] | None = None


class Replicated(Model):
    """A Deployment, StatefulSet or ReplicaSet."""

    metadata: Metadata
    spec: ReplicatedSpec | None = None
    status: ReplicatedStatus | None = None


class ScalableAnnotations(Annotations):
    """With the manifest last applied, which may be large, and is read only where it is needed."""

    last_applied: Raw = field(default=Raw(), name="kubectl.kubernetes.io/last-applied-configuration")


class ScalableMetadata(Metadata):
    """With who scaled, for what is put to sleep: ReplicaSets are many, and theirs is never asked for."""

    annotations: ScalableAnnotations | None = None
    managed_fields: list[ManagedFields] | None = None


class Scalable(Replicated):
    """A Deployment or StatefulSet."""

    metadata: ScalableMetadata


NO_SPEC = ReplicatedSpec()
NO_STATUS = ReplicatedStatus()


def describe(workload: Replicated, context: Context, *, fault: str = "") -> Facts:
    """Turn a workload into facts. A fault, where given, is why it does not progress."""
    metadata = workload.metadata
    spec = workload.spec or NO_SPEC
    status = workload.status or NO_STATUS
    template = spec_of(spec.template)
    wanted = desired(spec)
    ready = status.ready_replicas or 0
    scaled = dates = None
    if isinstance(metadata, ScalableMetadata):
        scaled = scaled_by(metadata.managed_fields)
        known = bool(scaled and scaled.time) or unobserved(metadata, status.observed_generation)
        dates = _dates(metadata, wanted, known=known)
    verdict: Status
    if unobserved(metadata, status.observed_generation):
        verdict, message = UNOBSERVED
    elif fault and wanted:
        verdict, message = "Error", fault
    else:
        verdict, message = judge(wanted, ready)
    refs = distinct(uses(template, metadata.namespace or ""))
    return facts_of(
        metadata,
        context,
        verdict,
        message,
        refs=refs if wanted else unneeded(refs),
        detail=ReplicasDetail(
            wanted,
            status.replicas or 0,
            ready,
            status.available_replicas or 0,
            template.first_image(),
            scaled=scaled,
            downscaled=_downscaled(metadata),
            requests=of_template(template),
            node_selector=share_labels(template.node_selector),
            applied=None if wanted else _applied(metadata),
            dates=dates,
        ),
    )


def _dates(metadata: ScalableMetadata, wanted: int, *, known: bool) -> Dates | None:
    """Read when things happened. `known`: who scaled left a time, or the status is of other replicas."""
    if wanted and known and metadata.deletion_timestamp is None:
        return None
    entries = metadata.managed_fields
    template = 0.0 if wanted else templated(entries)
    noticed = status_written(entries) if wanted and not known else 0.0
    deletion = seconds(metadata.deletion_timestamp)
    return Dates(template, noticed, deletion) if template or noticed or deletion else None


def _applied(metadata: Metadata) -> int | None:
    found = metadata.annotations
    return applied_replicas(found.last_applied) if isinstance(found, ScalableAnnotations) else None


def _downscaled(metadata: Metadata) -> int | None:
    """Read the annotation that py-kube-downscaler leaves on what it took down."""
    text = metadata.annotations.downscaled if metadata.annotations is not None else None
    is_number = text is not None and text.isascii() and text.isdigit() and len(text) <= _LONGEST_COUNT
    return int(text) if text is not None and is_number else None


def desired(spec: ReplicatedSpec) -> int:
    """Return the number of replicas wanted."""
    return 1 if spec.replicas is None else spec.replicas


def judge(desired: int, ready: int, noun: str = "replicas") -> tuple[Status, str]:
    """Compare ready replicas with those wanted."""
    count = f"({ready}/{desired})"
    if desired == 0:
        return "Ready", f"Scaled to zero {count}"
    if ready == desired:
        return "Ready", f"All {noun} ready {count}"
    if ready == 0:
        return "Error", f"No {noun} ready {count}"
    return "Pending", f"Partially ready {count}"
