"""EndpointSlices: which Pods, and how many ready endpoints, stand behind a Service."""

from __future__ import annotations

from astrolabe.graph.facts import Facts, Ref, Verdict, ref, ref_to
from astrolabe.kinds.kind import Context, Kind
from astrolabe.kinds.models.details import SliceDetail
from astrolabe.kinds.models.metadata import Metadata, Model, facts_of

SERVICE_LABEL = "kubernetes.io/service-name"


class Conditions(Model):
    """State of one endpoint."""

    ready: bool | None = None


class TargetRef(Model):
    """The object that an endpoint is."""

    kind: str | None = None
    namespace: str | None = None
    name: str | None = None
    uid: str | None = None


class Endpoint(Model):
    """One endpoint."""

    conditions: Conditions | None = None
    target_ref: TargetRef | None = None


class Port(Model):
    """A port of every endpoint; none where no container has the port that the Service asks for."""

    name: str | None = None


class EndpointSlice(Model):
    """An EndpointSlice."""

    metadata: Metadata
    endpoints: list[Endpoint] | None = None
    ports: list[Port] | None = None


def describe(endpoint_slice: EndpointSlice, context: Context) -> Facts:
    """Turn an EndpointSlice into facts."""
    metadata = endpoint_slice.metadata
    ready = sum([_is_ready(endpoint) for endpoint in endpoint_slice.endpoints or ()])
    return facts_of(
        metadata,
        context,
        Verdict(
            "Ready" if ready else "Pending",
            "" if ready else "NoReadyEndpoints",
            f"{ready} ready endpoint(s)",
        ),
        detail=SliceDetail(ready, tuple(port.name or "" for port in endpoint_slice.ports or ())),
        refs=tuple(_refs(endpoint_slice, metadata.namespace or "")),
    )


def _is_ready(endpoint: Endpoint) -> bool:
    """Read the condition; unknown counts as ready, as the API defines it."""
    return endpoint.conditions is None or endpoint.conditions.ready is not False


def _refs(endpoint_slice: EndpointSlice, namespace: str) -> list[Ref]:
    """List the Service and the Pods, each once."""
    refs = []
    if service := (endpoint_slice.metadata.labels or {}).get(SERVICE_LABEL):
        refs.append(ref("endpoints", "Service", namespace, service, reverse=True))
    pods = {
        (target.namespace or namespace, target.name, target.uid or "")
        for endpoint in endpoint_slice.endpoints or ()
        if (target := endpoint.target_ref) is not None and target.kind == "Pod" and target.name
    }
    # In an order of their own: some controllers write them in another one each time.
    refs += [ref_to("endpoints", "Pod", home, name, uid) for home, name, uid in sorted(pods)]
    return refs


KIND = Kind(
    name="EndpointSlice",
    group="discovery.k8s.io",
    plural="endpointslices",
    layer="services",
    model=EndpointSlice,
    describe=describe,
    detail=SliceDetail,
)
