"""Workloads that keep a number of replicas, and how a set of replicas is doing."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Raw, field

from astrolabe.graph.facts import Facts, Ref, Verdict, share_labels, unneeded
from astrolabe.kinds.kind import Context
from astrolabe.kinds.models.conditions import Condition, find
from astrolabe.kinds.models.details import Dates, ReplicasDetail, Scaled
from astrolabe.kinds.models.lastapplied import applied_replicas
from astrolabe.kinds.models.managedfields import ManagedFields, scaled_by, status_written, templated
from astrolabe.kinds.models.metadata import Annotations, Metadata, Model, facts_of, seconds, unobserved
from astrolabe.kinds.models.podspec import PodTemplate, labels_of, spec_of, uses
from astrolabe.kinds.models.references import distinct
from astrolabe.kinds.models.requests import of_template
from astrolabe.kinds.models.untrusted import one_line

_LONGEST_COUNT = 10
AT_REST = "AtRest"
"""The reason of what is at zero replicas because somebody wants it so."""
UNOBSERVED = Verdict(
    "Pending", "LatestGenerationNotObserved", "Waiting for the controller to observe the newest generation"
)
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


def describe(
    workload: Replicated,
    context: Context,
    *,
    fault: Verdict | None = None,
    behind: bool = False,
    more: Sequence[Ref] = (),
    revision: int = 0,
) -> Facts:
    """Turn a workload into facts. A fault is why it does not progress; `more` are references.

    `behind` is whether Pods of the newest template are not there yet.
    """
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
    if unobserved(metadata, status.observed_generation):
        verdict = UNOBSERVED
    elif wanted and (fault := fault or _refused(status.conditions, ready < wanted, behind)) is not None:
        verdict = fault
    elif wanted == 0 and isinstance(metadata, ScalableMetadata):
        verdict = at_rest(scaled, ready)
    else:
        verdict = judge(wanted, ready, since=_unavailable_since(status.conditions))
    refs = distinct((*uses(template, metadata.namespace or ""), *more))
    return facts_of(
        metadata,
        context,
        verdict,
        refs=refs if wanted else unneeded(refs),
        # What a controller makes its Pods by is the controller's template.
        template=None if _controlled(metadata) else labels_of(spec.template),
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
            revision=revision,
        ),
    )


def _controlled(metadata: Metadata) -> bool:
    return any(owner.controller for owner in metadata.owner_references or ())


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


def at_rest(scaled: Scaled | None, ready: int = 0) -> Verdict:
    """Judge what somebody scaled to zero: it is well, and says who did it and when."""
    who = f" by {one_line(scaled.manager)}" if scaled is not None and scaled.manager else ""
    return Verdict(
        "Ready", AT_REST, f"Scaled to zero{who} ({ready}/0)", scaled.time if scaled is not None else 0.0
    )


def judge(desired: int, ready: int, noun: str = "replicas", since: float = 0.0) -> Verdict:
    """Compare ready replicas with those wanted."""
    count = f"({ready}/{desired})"
    if desired == 0:
        return Verdict("Ready", message=f"Scaled to zero {count}")
    if ready == desired:
        return Verdict("Ready", message=f"All {noun} ready {count}")
    if ready == 0:
        return Verdict("Error", "NoReplicasReady", f"No {noun} ready {count}", since)
    return Verdict("Pending", "PartiallyReady", f"Partially ready {count}", since)


def _refused(conditions: list[Condition] | None, missing: bool, behind: bool) -> Verdict | None:
    """Return why Pods cannot be created, in admission's own words.

    A rollout that goes no further leaves what ran before it as it is.
    """
    failure = find(conditions, ("ReplicaFailure",), "True") if missing or behind else None
    if failure is None:
        return None
    given_up = find(conditions, ("Progressing",), "False") is not None
    return Verdict(
        "Error" if missing or given_up else "Pending",
        failure.reason or "FailedCreate",
        failure.says or "Pods cannot be created",
        failure.since,
    )


def _unavailable_since(conditions: list[Condition] | None) -> float:
    available = find(conditions, ("Available",), "False")
    return available.since if available is not None else 0.0
