"""What every real cluster collects: objects without use, and references that lead nowhere."""

from __future__ import annotations

from collections.abc import Iterator

from astrolabe.demo.shop import objects
from astrolabe.demo.shop.cluster import certificate
from astrolabe.demo.shop.objects import Release
from astrolabe.testing.resources import Object


def objects_without_use(time: str) -> Iterator[Object]:
    """Return objects that nothing uses, and some that use what is not there."""
    frontend = Release(namespace="shop-frontend", name="legacy", chart="")
    yield objects.ingress(frontend, "old.shop.example.com", "legacy-web", secret="legacy-tls")  # noqa: S106
    yield objects.config_map(frontend, "banner-2024", text="Sale!")
    checkout = Release(namespace="shop-checkout", name="checkout-v1", chart="")
    unable = {
        "type": "AbleToScale",
        "status": "False",
        "reason": "FailedGetScale",
        "message": "the HPA controller was unable to get the target's current scale: "
        'deployments.apps "checkout-v1" not found',
        "lastTransitionTime": time,
    }
    yield objects.autoscaler(checkout, "checkout-v1", 2, 4) | {"status": {"conditions": [unable]}}
    yield objects.budget(checkout, {"matchLabels": {"app.kubernetes.io/name": "checkout-v1"}})
    yield objects.secret(checkout, "old-payment-key", "key")
    catalog = Release(namespace="shop-catalog", name="importer", chart="")
    yield objects.service(catalog, "10.96.9.9", selector={"app": "importer"})
    yield catalog.object(
        "v1",
        "PersistentVolumeClaim",
        "import-2024",
        spec=objects.claim_spec("200Gi"),
        status={"phase": "Pending"},
    )
    orders = Release(namespace="shop-orders", name="reporting", chart="")
    yield objects.role_binding(orders, "reporting", "reporting", "reporting")
    yield certificate(
        "shop-search",
        "labs-tls",
        "labs.shop.example.com",
        time,
        fault="The certificate request has failed to complete and will be retried: order is invalid",
    )
