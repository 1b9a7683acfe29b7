"""Pods."""

from __future__ import annotations

from sys import intern

from astrolabe.graph.facts import Facts, Ref, ref, ref_to, share_labels, unneeded
from astrolabe.kinds.kind import Context, Kind
from astrolabe.kinds.models.details import PodDetail
from astrolabe.kinds.models.image import complete
from astrolabe.kinds.models.metadata import Metadata, Model, facts_of
from astrolabe.kinds.models.podaccess import access_of
from astrolabe.kinds.models.podreading import read
from astrolabe.kinds.models.podspec import NO_POD_SPEC, PodSpec, uses
from astrolabe.kinds.models.podstatus import NO_STATUS, PodStatus
from astrolabe.kinds.models.podverdict import judge, limit_of
from astrolabe.kinds.models.references import distinct
from astrolabe.kinds.models.requests import of_pod


class Pod(Model):
    """A Pod."""

    metadata: Metadata
    spec: PodSpec | None = None
    status: PodStatus | None = None


def describe(pod: Pod, context: Context) -> Facts:
    """Turn a Pod into facts."""
    spec = pod.spec or NO_POD_SPEC
    status = pod.status or NO_STATUS
    allotments = status.allotments()
    refs = distinct(_refs(spec, pod.metadata, pull_refused=status.pull_refused))
    return facts_of(
        pod.metadata,
        context,
        judge(spec.init_containers or (), status, lambda name: limit_of(spec, name)),
        refs=unneeded(refs) if status.ended else refs,
        selectable=True,
        detail=PodDetail(
            # Pods by the thousand say the same of these.
            intern(spec.node_name or ""),
            spec.first_image(),
            status.restarts,
            intern(status.phase or ""),
            of_pod(spec, allotments, infeasible=bool(allotments) and status.refused),
            share_labels(spec.node_selector),
            tuple(each.name for each in spec.image_pull_secrets or () if each.name)
            if status.pull_refused
            else (),
            access_of(spec),
        ),
    )


def _refs(spec: PodSpec, metadata: Metadata, *, pull_refused: bool) -> list[Ref]:
    namespace = metadata.namespace or ""
    refs = uses(spec, namespace, admitted=True, pull_refused=pull_refused)
    for volume in spec.volumes or ():
        if volume.persistent_volume_claim is not None:
            if claim := volume.persistent_volume_claim.claim_name:
                refs.append(ref("mounts", "PersistentVolumeClaim", namespace, claim))
        elif volume.ephemeral is not None and volume.name:
            claim = f"{metadata.name}-{volume.name}"
            refs.append(ref_to("mounts", "PersistentVolumeClaim", namespace, claim, metadata.uid))
    if spec.node_name:
        refs.append(ref("runs-on", "Node", "", spec.node_name))
    refs.extend(ref("runs-image", "Image", "", complete(image)) for image in spec.images())
    return refs


KIND = Kind(
    name="Pod", plural="pods", layer="pods", model=Pod, describe=describe, detail=PodDetail, read=read
)
