"""TLSRoutes of the Gateway API: which Gateways they are attached to, and where connections go to."""

from __future__ import annotations

from astrolabe.kinds.kind import Kind
from astrolabe.kinds.models.details import RouteDetail
from astrolabe.kinds.models.gatewayapi import GROUP, Route, describe_route

KIND = Kind(
    name=f"TLSRoute.{GROUP}",
    group=GROUP,
    plural="tlsroutes",
    layer="entry",
    versions=("v1", "v1alpha3", "v1alpha2"),
    model=Route,
    describe=describe_route,
    detail=RouteDetail,
)
