"""GRPCRoutes of the Gateway API: which Gateways they are attached to, and which Services requests go to."""

from __future__ import annotations

from astrolabe.kinds.kind import Kind
from astrolabe.kinds.models.details import RouteDetail
from astrolabe.kinds.models.gatewayapi import GROUP, Route, describe_route

KIND = Kind(
    name=f"GRPCRoute.{GROUP}",
    group=GROUP,
    plural="grpcroutes",
    layer="entry",
    versions=("v1", "v1alpha2"),
    model=Route,
    describe=describe_route,
    detail=RouteDetail,
)
