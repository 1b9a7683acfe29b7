"""NetworkPolicies."""

from __future__ import annotations

from astrolabe.graph.facts import Facts, Selection
from astrolabe.kinds.kind import Context, Kind
from astrolabe.kinds.models.metadata import Metadata, Model, facts_of
from astrolabe.kinds.models.selectors import LabelSelector


class NetworkPolicySpec(Model):
    """What is wanted."""

    pod_selector: LabelSelector | None = None


class NetworkPolicy(Model):
    """A NetworkPolicy."""

    metadata: Metadata
    spec: NetworkPolicySpec | None = None


_NO_SPEC = NetworkPolicySpec()
_EVERY_POD = LabelSelector()


def describe(policy: NetworkPolicy, context: Context) -> Facts:
    """Turn a NetworkPolicy into facts. A selector that is empty or absent selects every Pod."""
    selector = (policy.spec or _NO_SPEC).pod_selector or _EVERY_POD
    return facts_of(
        policy.metadata,
        context,
        selections=(Selection("selects", ("Pod",), selector.requirements()),),
    )


KIND = Kind(
    name="NetworkPolicy",
    group="networking.k8s.io",
    plural="networkpolicies",
    layer="services",
    model=NetworkPolicy,
    describe=describe,
)
