"""Services. Whether one has ready endpoints is told by its EndpointSlices, through the graph."""

from __future__ import annotations

from functools import lru_cache

from msgspec import field

from astrolabe.graph.facts import Facts, Selection, Verdict
from astrolabe.kinds.kind import Context, Kind
from astrolabe.kinds.models.details import ServiceDetail, ServicePort
from astrolabe.kinds.models.loadbalancer import LoadBalancedStatus, has_address
from astrolabe.kinds.models.metadata import Metadata, Model, facts_of
from astrolabe.kinds.models.selectors import equalities


class Port(Model):
    """One port."""

    name: str | None = None
    port: int | None = None
    target_port: int | str | None = None


class ServiceSpec(Model):
    """What is wanted."""

    type: str | None = None
    cluster_ip: str | None = field(default=None, name="clusterIP")
    selector: dict[str, str] | None = None
    ports: list[Port] | None = None


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
    detail = ServiceDetail(spec.cluster_ip or "", kind, _ports(spec))
    # The selector of an ExternalName Service is ignored, and so is an empty one.
    if kind == "ExternalName":
        return facts_of(metadata, context, Verdict(message="External name"), detail=detail)
    selections: tuple[Selection, ...] = ()
    if spec.selector:
        selections = (Selection("selects", ("Pod",), equalities(spec.selector)),)
    if kind == "LoadBalancer" and not has_address(service.status):
        verdict = Verdict("Pending", "NoAddress", "Its load balancer has no address yet")
        return facts_of(metadata, context, verdict, selections=selections, detail=detail)
    if not selections:
        return facts_of(metadata, context, Verdict(message="No selector"), detail=detail)
    verdict = Verdict(message="Has ready endpoints")
    return facts_of(metadata, context, verdict, selections=selections, detail=detail)


def _ports(spec: ServiceSpec) -> tuple[ServicePort, ...]:
    return tuple(
        _port(each.name or "", each.port or 0, each.target_port if isinstance(each.target_port, str) else "")
        for each in spec.ports or ()
    )


@lru_cache(1 << 10)
def _port(name: str, number: int, target: str) -> ServicePort:
    return ServicePort(name, number, target)


KIND = Kind(
    name="Service",
    plural="services",
    layer="services",
    model=Service,
    describe=describe,
    detail=ServiceDetail,
)
