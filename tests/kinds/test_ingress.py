"""Ingresses."""

from __future__ import annotations

from typing import Any

import pytest

from astrolabe.kinds.ingress import KIND
from astrolabe.kinds.models.details import IngressDetail
from tests.kinds.objects import GONE, edges, facts, verdict

DEFAULT_CLASS = "classifies ← IngressClass/ (alias)"


def service(name: str | None) -> dict[str, Any]:
    return {"service": {"name": name, "port": {"number": 80}}}


def rule(*backends: Any) -> dict[str, Any]:
    paths = [{"path": "/", "pathType": "Prefix", "backend": backend} for backend in backends]
    return {"host": "shop.example.com", "http": {"paths": paths}}


@pytest.mark.parametrize(
    ("metadata", "status", "expected"),
    [
        (GONE, {"loadBalancer": {"ingress": [{"ip": "203.0.113.7"}]}}, ("Pending", "Terminating")),
        ({}, {"loadBalancer": {"ingress": [{"ip": "203.0.113.7"}]}}, ("Ready", "Has an address")),
        ({}, {"loadBalancer": {"ingress": [{"hostname": "lb.example.com"}]}}, ("Ready", "Has an address")),
        ({}, {"loadBalancer": {"ingress": []}}, ("Pending", "NoAddress")),
        ({}, {"loadBalancer": {}}, ("Pending", "NoAddress")),
        ({}, None, ("Pending", "NoAddress")),
    ],
)
def test_status(metadata: Any, status: Any, expected: tuple[str, str]) -> None:
    assert verdict(facts(KIND, metadata=metadata, status=status)) == expected


def test_routes_to_the_backends_of_rules_and_to_the_default_one() -> None:
    described = facts(
        KIND,
        spec={
            "defaultBackend": service("fallback"),
            "rules": [
                rule(service("web"), service("api")),
                rule(
                    service("web"),
                    {"resource": {"apiGroup": "k8s.example.com", "kind": "Bucket", "name": "static"}},
                ),
                rule({"resource": {"apiGroup": None, "kind": "ConfigMap", "name": "page"}}),
                rule({"resource": {"apiGroup": "apps", "kind": "Service", "name": "page"}}),
                {"host": "empty.example.com", "http": None},
                rule(None, {"service": None}, {"resource": {"kind": "Bucket"}}, service(None)),
            ],
        },
    )
    assert edges(described) == [
        DEFAULT_CLASS,
        "routes-to → Service/shop/fallback",
        "routes-to → Service/shop/web",
        "routes-to → Service/shop/api",
        "routes-to → Bucket.k8s.example.com/shop/static",
        "routes-to → ConfigMap/shop/page",
        "routes-to → Service.apps/shop/page",
    ]


def test_a_backend_that_is_an_action_of_the_load_balancer_is_no_service() -> None:
    def at(backend: str, **port: Any) -> dict[str, Any]:
        return {"service": {"name": backend, "port": port}}

    described = facts(
        KIND,
        spec={
            "defaultBackend": at("response-404", name="use-annotation"),
            "rules": [
                rule(
                    at("ssl-redirect", name="use-annotation"),
                    at("web", name="http"),
                    at("api", number=80),
                    {"service": {"name": "bare", "port": None}},
                    {"service": {"name": "none"}},
                )
            ],
        },
    )
    assert edges(described) == [
        DEFAULT_CLASS,
        "routes-to → Service/shop/web",
        "routes-to → Service/shop/api",
        "routes-to → Service/shop/bare",
        "routes-to → Service/shop/none",
    ]


@pytest.mark.parametrize(
    ("annotation", "optional"),
    [
        ("nginx.ingress.kubernetes.io/permanent-redirect", " (optional)"),
        ("nginx.ingress.kubernetes.io/temporal-redirect", " (optional)"),
        ("nginx.ingress.kubernetes.io/rewrite-target", ""),
    ],
)
def test_where_everything_is_redirected_no_backend_is_needed(annotation: str, optional: str) -> None:
    described = facts(
        KIND,
        metadata={"annotations": {annotation: "https://shop.example.com"}},
        spec={"rules": [rule(service("dummy"))], "tls": [{"secretName": "tls"}]},
    )
    assert edges(described) == [
        DEFAULT_CLASS,
        f"routes-to → Service/shop/dummy{optional}",
        "uses-secret → Secret/shop/tls",
    ]


def test_what_is_being_deleted_needs_nothing() -> None:
    described = facts(
        KIND, metadata=GONE, spec={"ingressClassName": "nginx", "rules": [rule(service("web"))]}
    )
    assert edges(described) == [
        "classifies ← IngressClass/nginx (optional)",
        "routes-to → Service/shop/web (optional)",
    ]


def test_certificates() -> None:
    tls = [{"hosts": ["a"], "secretName": "tls"}, {"hosts": ["b"], "secretName": "tls"}, {"hosts": ["c"]}]
    assert edges(facts(KIND, spec={"tls": tls})) == [DEFAULT_CLASS, "uses-secret → Secret/shop/tls"]


@pytest.mark.parametrize(
    ("field", "annotation", "edge", "named"),
    [
        ("nginx", None, "classifies ← IngressClass/nginx", "nginx"),
        ("nginx", "traefik", "classifies ← IngressClass/nginx", "nginx"),
        (None, "traefik", "classifies ← IngressClass/traefik (optional)", "traefik"),
        (None, "", DEFAULT_CLASS, ""),
        (None, None, DEFAULT_CLASS, ""),
    ],
)
def test_class(field: str | None, annotation: str | None, edge: str, named: str) -> None:
    annotations = {"kubernetes.io/ingress.class": annotation} if annotation is not None else None
    described = facts(KIND, metadata={"annotations": annotations}, spec={"ingressClassName": field})
    assert edges(described) == [edge]
    assert described.detail == IngressDetail(named)
