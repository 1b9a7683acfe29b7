"""APIServices: whether the API server can hand on what it does not serve itself."""

from __future__ import annotations

from astrolabe.graph.facts import Facts, Ref, Verdict, ref
from astrolabe.kinds.kind import Context, Kind
from astrolabe.kinds.models.conditions import Condition, find
from astrolabe.kinds.models.metadata import Metadata, Model, facts_of


class ServiceReference(Model):
    """The Service that serves the group; none where the API server does it itself."""

    namespace: str | None = None
    name: str | None = None


class APIServiceSpec(Model):
    """What is wanted."""

    service: ServiceReference | None = None


class APIServiceStatus(Model):
    """What there is."""

    conditions: list[Condition] | None = None


class APIService(Model):
    """An APIService."""

    metadata: Metadata
    spec: APIServiceSpec | None = None
    status: APIServiceStatus | None = None


def describe(api_service: APIService, context: Context) -> Facts:
    """Turn an APIService into facts."""
    service = api_service.spec.service if api_service.spec is not None else None
    refs: tuple[Ref, ...] = ()
    if service is not None and service.namespace and service.name:
        refs = (ref("serves", "Service", service.namespace, service.name),)
    return facts_of(api_service.metadata, context, _judge(api_service.status), refs=refs)


def _judge(status: APIServiceStatus | None) -> Verdict:
    conditions = status.conditions if status is not None else None
    available = next((each for each in conditions or () if each.type == "Available"), None)
    if available is None:
        return Verdict("Unknown", message="No controller has looked at it")
    if find(conditions, ("Available",), "True") is not None:
        return Verdict(message="Available")
    words = available.says or "The API server cannot reach it"
    return Verdict("Error", available.reason or "NotAvailable", words, available.since)


KIND = Kind(
    name="APIService",
    group="apiregistration.k8s.io",
    plural="apiservices",
    layer="services",
    namespaced=False,
    model=APIService,
    describe=describe,
)
