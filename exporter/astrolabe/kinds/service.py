"""Services. Whether one has ready endpoints is told by its EndpointSlices, through the graph."""

from __future__ import annotations

from msgspec import field

from astrolabe.graph.facts import Facts, Selection
from astrolabe.kinds.details import ServiceDetail
from astrolabe.kinds.kind import Context, Kind
from astrolabe.kinds.loadbalancer import LoadBalancedStatus, has_address
from astrolabe.kinds.metadata import Metadata, Model, facts_of
from astrolabe.kinds.selectors import equalities


class ServiceSpec(Model):
    """What is wanted."""

    type: str | None = None
    cluster_ip: str | None = field(default=None, name="clusterIP")
    selector: dict[str, str] | None = None


class Service(Model):
    """A Service."""

    metadata: Metadata
    spec: ServiceSpec | None = None
    status: LoadBalancedStatus | None = None


_NO_SPEC = ServiceSpec()


def describe(service: Service, context: Context) -> Facts:
    """Turn a Service into facts."""
    metadata = service.metadata
    spec = service.spec or _NO_SPEC
    kind = spec.type or "ClusterIP"
    detail = ServiceDetail(spec.cluster_ip or "", kind)
    # The selector of an ExternalName Service is ignored, and so is an empty one.
    if kind == "ExternalName":
        return facts_of(metadata, context, "Ready", "External name", detail=detail)
    selections: tuple[Selection, ...] = ()
    if spec.selector:
        selections = (Selection("selects", ("Pod",), equalities(spec.selector)),)
    if kind == "LoadBalancer" and not has_address(service.status):
        return facts_of(metadata, context, "Pending", "No address", selections=selections, detail=detail)
    if not selections:
        return facts_of(metadata, context, "Ready", "No selector", detail=detail)
    return facts_of(
        metadata,
        context,
        "Ready",
        "Has ready endpoints",
        selections=selections,
        ready_with="endpoints",
        ready_with_kind="EndpointSlice",
        ready_with_message="No ready endpoints",
        detail=detail,
    )


KIND = Kind(name="Service", plural="services", model=Service, describe=describe)
