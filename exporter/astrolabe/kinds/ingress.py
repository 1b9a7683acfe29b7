"""Ingresses."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec import field

from astrolabe.graph.facts import Facts, Ref, Verdict, default_of, ref
from astrolabe.kinds.kind import Context, Kind
from astrolabe.kinds.models import details
from astrolabe.kinds.models.details import IngressDetail
from astrolabe.kinds.models.groups import named_kind
from astrolabe.kinds.models.loadbalancer import LoadBalancedStatus, has_address
from astrolabe.kinds.models.metadata import Annotations, Metadata, Model, facts_of
from astrolabe.kinds.models.references import distinct

ACTION = "use-annotation"
"""The port that says: the load balancer does something else here, as an annotation has it (AWS, Alibaba)."""


class ServicePort(Model):
    """A port by its name or by its number."""

    name: str | None = None
    number: int | None = None


class ServiceBackend(Model):
    """A backend that is a Service."""

    name: str | None = None
    port: ServicePort | None = None


class ResourceBackend(Model):
    """A backend that is any object of the namespace."""

    api_group: str | None = None
    kind: str | None = None
    name: str | None = None


class Backend(Model):
    """Where requests go."""

    service: ServiceBackend | None = None
    resource: ResourceBackend | None = None


class Path(Model):
    """One path of a rule."""

    backend: Backend | None = None


class HTTP(Model):
    """Paths of a rule."""

    paths: list[Path] | None = None


class Rule(Model):
    """What happens to requests for a host."""

    http: HTTP | None = None


class TLS(Model):
    """A certificate."""

    secret_name: str | None = None


class IngressSpec(Model):
    """What is wanted."""

    ingress_class_name: str | None = None
    default_backend: Backend | None = None
    rules: list[Rule] | None = None
    tls: list[TLS] | None = None


class IngressAnnotations(Annotations):
    """With those by which ingress-nginx answers every request itself."""

    permanent: str | None = field(default=None, name="nginx.ingress.kubernetes.io/permanent-redirect")
    temporal: str | None = field(default=None, name="nginx.ingress.kubernetes.io/temporal-redirect")


class IngressMetadata(Metadata):
    """With those annotations."""

    annotations: IngressAnnotations | None = None


class Ingress(Model):
    """An Ingress."""

    metadata: IngressMetadata
    spec: IngressSpec | None = None
    status: LoadBalancedStatus | None = None


_NO_SPEC = IngressSpec()
_NO_ANNOTATIONS = IngressAnnotations()
NO_ADDRESS = Verdict("Pending", "NoAddress", "No controller has given it an address yet")
_DEFAULT_CLASS = Ref("classifies", default_of("IngressClass"), reverse=True, alias=True)


def describe(ingress: Ingress, context: Context) -> Facts:
    """Turn an Ingress into facts."""
    metadata = ingress.metadata
    spec = ingress.spec or _NO_SPEC
    namespace = metadata.namespace or ""
    annotations = metadata.annotations or _NO_ANNOTATIONS
    annotated = annotations.ingress_class
    redirected = bool(annotations.permanent or annotations.temporal)
    refs = [_class(spec.ingress_class_name, annotated)]
    for backend in _backends(spec):
        refs += _routes(backend, namespace, optional=redirected)
    refs += [
        ref("uses-secret", "Secret", namespace, tls.secret_name) for tls in spec.tls or () if tls.secret_name
    ]
    addressed = has_address(ingress.status)
    return facts_of(
        metadata,
        context,
        Verdict(message="Has an address") if addressed else NO_ADDRESS,
        refs=distinct(refs),
        detail=IngressDetail(
            spec.ingress_class_name or annotated or "",
            () if redirected else tuple(dict.fromkeys(_leads_to(_backends(spec), namespace))),
        ),
    )


def _leads_to(backends: list[Backend], namespace: str) -> Iterator[details.Backend]:
    """Yield where requests go, with the port."""
    for backend in backends:
        for found in _routes(backend, namespace, optional=False):
            port = backend.service.port if backend.service is not None else None
            name = (port.name or str(port.number or "")) if port is not None else ""
            yield details.Backend(found.target, name)


def _class(name: str | None, annotated: str | None) -> Ref:
    """Refer to the class. The old annotation works without an IngressClass of that name."""
    if name:
        return ref("classifies", "IngressClass", "", name, reverse=True)
    if annotated:
        return ref("classifies", "IngressClass", "", annotated, optional=True, reverse=True)
    return _DEFAULT_CLASS


def _backends(spec: IngressSpec) -> list[Backend]:
    backends = [spec.default_backend]
    for rule in spec.rules or ():
        if rule.http is not None:
            backends += [path.backend for path in rule.http.paths or ()]
    return [backend for backend in backends if backend is not None]


def _routes(backend: Backend, namespace: str, *, optional: bool) -> list[Ref]:
    refs = []
    service = backend.service
    if service is not None and service.name and not (service.port and service.port.name == ACTION):
        refs.append(ref("routes-to", "Service", namespace, service.name, optional=optional))
    target = backend.resource
    if target is not None and target.kind and target.name:
        kind = named_kind(f"{target.api_group or ''}/", target.kind)
        refs.append(ref("routes-to", kind, namespace, target.name, optional=optional))
    return refs


KIND = Kind(
    name="Ingress",
    group="networking.k8s.io",
    plural="ingresses",
    layer="entry",
    model=Ingress,
    describe=describe,
    detail=IngressDetail,
)
