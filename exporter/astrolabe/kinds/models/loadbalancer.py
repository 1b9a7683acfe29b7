"""The address that a load balancer gives to a Service or an Ingress."""

from __future__ import annotations

from astrolabe.kinds.models.metadata import Model


class Point(Model):
    """One address."""

    ip: str | None = None
    hostname: str | None = None


class LoadBalancer(Model):
    """All addresses."""

    ingress: list[Point] | None = None


class LoadBalancedStatus(Model):
    """Status of what a load balancer leads to."""

    load_balancer: LoadBalancer | None = None


def has_address(status: LoadBalancedStatus | None) -> bool:
    """Whether there is any address."""
    if status is None or status.load_balancer is None:
        return False
    return any(point.ip or point.hostname for point in status.load_balancer.ingress or ())
