"""The path of a request, and its cluster if one process watches several clusters."""

from __future__ import annotations

from urllib.parse import quote

from aiohttp import web

from astrolabe.api import limits

PREFIX = "/clusters/"
"""What every cluster's own paths stand below, where there are several."""

CLUSTER = web.RequestKey("cluster", str)
"""The cluster that is asked about; a request that names none is about all of them."""

OWN_PATH = web.RequestKey("own_path", str)
"""The path below that cluster's prefix: the one that the exporter of a single cluster has."""


def path_to(cluster: str) -> str:
    """Return what a cluster's own paths stand below; empty for the only cluster."""
    return PREFIX + quote(cluster, safe="") if cluster else ""


def path_of(request: web.BaseRequest) -> str:
    """Return the path as the exporter of a single cluster knows it: without a cluster's prefix.

    Of two paths to the same it is the one that roles and pages of other origins are allowed.
    """
    path: str = request.get(OWN_PATH) or request.path
    return limits.GRAPHQL if path == limits.GRAPHQL_TOO else path


def cluster_of(request: web.BaseRequest) -> str:
    """Return the cluster that is asked about; empty for all, or the only one."""
    found: str = request.get(CLUSTER, "")
    return found
