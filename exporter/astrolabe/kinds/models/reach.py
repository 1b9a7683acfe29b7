"""What crosses namespaces, so that whoever reads some namespaces alone knows what else to read.

Nearly every reference stays in its namespace or leads to what is in none. These lists are the exceptions.
"""

from __future__ import annotations

from collections.abc import Iterable

from astrolabe.graph.facts import Facts, Verdict
from astrolabe.kinds.models.customrefs import Row, label_of
from astrolabe.kinds.models.details import HelmRecord

_FLUX = (
    "Bucket.source",
    "GitRepository.source",
    "HelmChart.source",
    "HelmRelease.helm",
    "HelmRepository.source",
    "Kustomization.kustomize",
    "OCIRepository.source",
)
EVERYWHERE = frozenset(
    {
        "Application.argoproj.io",
        "Gateway.gateway.networking.k8s.io",
        *(f"{kind}.toolkit.fluxcd.io" for kind in _FLUX),
    }
)
"""Kinds of few objects that refer to things anywhere, or explain what is wrong there: all read them."""

_BUILT_IN = frozenset({"Secret", "Service", "ServiceAccount"})
"""Bindings name the accounts of other namespaces, routes the Services, Gateways the Secrets."""

ELSEWHERE = Verdict("Unknown", message="Another shard reads it")
"""How an object is of which only the id is known."""


def reached(own: Iterable[Row] = ()) -> frozenset[str]:
    """Return the other kinds that are referred to from any namespace, by users' own rows as well."""
    return _BUILT_IN.union(label_of(row.to) for row in own) - EVERYWHERE


def slim(facts: Facts) -> Facts:
    """Return what has to be known of an object of a namespace that another shard reads: that it is there.

    Records of Helm are kept: the release that they are of may have its objects elsewhere.
    """
    if isinstance(facts.detail, HelmRecord):
        return facts
    return Facts(
        id=facts.id,
        kind=facts.kind,
        namespace=facts.namespace,
        uid=facts.uid,
        api_version=facts.api_version,
        resource_version=facts.resource_version,
        verdict=ELSEWHERE,
    )
