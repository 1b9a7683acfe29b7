"""What crosses namespaces, so that whoever reads some namespaces alone knows what else to read.

Nearly every reference stays in its namespace or leads to what is in none. These lists are the exceptions.
"""

from __future__ import annotations

from collections.abc import Iterable

from astrolabe.graph.facts import Facts, Verdict
from astrolabe.kinds.helmrelease import NAME as HELM_RELEASE
from astrolabe.kinds.models.customrefs import ROWS, Row, label_of
from astrolabe.kinds.models.details import HelmRecord

SPREADING = frozenset({"Application.argoproj.io", HELM_RELEASE})
"""Kinds of few objects that refer to things of any kind and namespace: every shard reads all of them."""

_BUILT_IN = frozenset({"Gateway.gateway.networking.k8s.io", "Secret", "Service", "ServiceAccount"})
"""Bindings name accounts, routes Gateways and Services, Gateways the Secrets of other namespaces."""

ELSEWHERE = Verdict("Unknown", message="Another shard reads it")
"""How an object is of which only the id is known."""


def reached(own: Iterable[Row] = ()) -> frozenset[str]:
    """Return the other kinds that objects of any namespace may refer to, with users' own rows of references.

    Of built-in kinds the rows that everybody has name none by namespace but those above.
    """
    custom = (label for row in ROWS if "." in (label := label_of(row.to)) and "{" not in label)
    return _BUILT_IN.union(custom, (label_of(row.to) for row in own)) - SPREADING


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
