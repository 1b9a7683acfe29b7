"""IngressClasses. The cluster's default one can also be referred to as such."""

from __future__ import annotations

from astrolabe.graph.facts import Facts, default_of
from astrolabe.kinds.kind import Context, Kind
from astrolabe.kinds.models.metadata import NO_ANNOTATIONS, MetadataOnly, facts_of


def describe(ingress_class: MetadataOnly, context: Context) -> Facts:
    """Turn an IngressClass into facts."""
    annotations = ingress_class.metadata.annotations or NO_ANNOTATIONS
    is_default = annotations.default_ingress_class == "true"
    return facts_of(ingress_class.metadata, context, alias=default_of("IngressClass") if is_default else "")


KIND = Kind(
    name="IngressClass",
    group="networking.k8s.io",
    plural="ingressclasses",
    layer="entry",
    namespaced=False,
    metadata_only=True,
    model=MetadataOnly,
    describe=describe,
)
