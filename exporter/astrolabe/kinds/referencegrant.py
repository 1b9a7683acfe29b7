"""ReferenceGrants of the Gateway API: which namespaces may refer to Services and Secrets of this one."""

from __future__ import annotations

from msgspec import field

from astrolabe.graph.facts import Facts, ref
from astrolabe.kinds.kind import Context, Kind
from astrolabe.kinds.models.gatewayapi import GROUP, Reference, refer
from astrolabe.kinds.models.metadata import Metadata, Model, facts_of
from astrolabe.kinds.models.references import distinct


class GrantSpec(Model):
    """What is wanted: every kind and namespace of `from` may refer to everything of `to`."""

    sources: list[Reference] | None = field(default=None, name="from")
    to: list[Reference] | None = None


class ReferenceGrant(Model):
    """A ReferenceGrant."""

    metadata: Metadata
    spec: GrantSpec | None = None


def describe(grant: ReferenceGrant, context: Context) -> Facts:
    """Turn a ReferenceGrant into facts. It works without what it names: whoever refers to that does not."""
    spec = grant.spec or GrantSpec()
    namespace = grant.metadata.namespace or ""
    refs = [
        ref("refers", "Namespace", "", each.namespace, optional=True)
        for each in spec.sources or ()
        if each.namespace
    ]
    named = (refer("refers", each, ("", "Service"), namespace, optional=True) for each in spec.to or ())
    return facts_of(
        grant.metadata, context, refs=distinct((*refs, *(each for each in named if each is not None)))
    )


KIND = Kind(
    name=f"ReferenceGrant.{GROUP}",
    group=GROUP,
    plural="referencegrants",
    layer="entry",
    versions=("v1", "v1beta1", "v1alpha2"),
    model=ReferenceGrant,
    describe=describe,
)
