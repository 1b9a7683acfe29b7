"""Pods."""

from __future__ import annotations

from astrolabe.graph.facts import Facts, unneeded
from astrolabe.kinds.kind import Context, Kind
from astrolabe.kinds.models.details import PodDetail
from astrolabe.kinds.models.metadata import Metadata, Model, facts_of
from astrolabe.kinds.models.podmeaning import meaning_of
from astrolabe.kinds.models.podreading import detail_of, read
from astrolabe.kinds.models.podspec import NO_POD_SPEC, PodSpec
from astrolabe.kinds.models.podstatus import NO_STATUS, PodStatus
from astrolabe.kinds.models.podverdict import judge, limit_of
from astrolabe.kinds.models.podwaiting import held_by


class Pod(Model):
    """A Pod."""

    metadata: Metadata
    spec: PodSpec | None = None
    status: PodStatus | None = None


def describe(pod: Pod, context: Context) -> Facts:
    """Turn a Pod into facts."""
    metadata = pod.metadata
    spec = pod.spec or NO_POD_SPEC
    status = pod.status or NO_STATUS
    namespace = metadata.namespace or ""
    look = status.look()
    meaning = meaning_of(spec, namespace, pull_refused=look.pull_refused)
    refs = meaning.refs(namespace, metadata.name, metadata.uid, spec.node_name)
    return facts_of(
        metadata,
        context,
        judge(spec.init_containers or (), status, lambda name: limit_of(spec, name), lambda: held_by(spec)),
        refs=unneeded(refs) if status.ended else refs,
        selectable=True,
        detail=detail_of(meaning, spec.node_name, status.phase, look),
    )


KIND = Kind(
    name="Pod", plural="pods", layer="pods", model=Pod, describe=describe, detail=PodDetail, read=read
)
