"""The HTTP side of several clusters: one application for each port, and one below it for each cluster."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from aiohttp import web

from astrolabe.api import assets, documentation, health, http, limits
from astrolabe.api.asked import PREFIX
from astrolabe.api.authorization import Reviewer
from astrolabe.api.clusters.below import ClusterPaths
from astrolabe.api.clusters.members import Members
from astrolabe.api.clusters.pages import Pages
from astrolabe.api.port import Port
from astrolabe.api.protection import Protection
from astrolabe.api.scrape import Scraper
from astrolabe.api.state import State


class Front:
    """Serves several clusters on some ports; which of them are followed may change."""

    def __init__(self, clusters: Members, ports: Sequence[Port], protection: Protection) -> None:
        self._members = clusters.members
        self._protection = protection
        self._below: dict[Port, dict[str, web.Application]] = {port: {} for port in ports}
        self.applications = {port: self._application(clusters, port) for port in ports}
        """What to serve on each port."""

    def _application(self, clusters: Members, port: Port) -> web.Application:
        app = http.guarded(self._protection)
        pages = Pages(clusters)
        scraper = Scraper(clusters, graph=port.graph, telemetry=port.telemetry)
        app.router.add_get(limits.SCRAPE, scraper.metrics)
        app.router.add_get("/healthz", health.live)
        app.router.add_get("/livez", health.live)
        app.router.add_get("/readyz", pages.ready)
        app.router.add_get("/health", pages.health)
        if port.graph:
            app.router.add_get("/", pages.list)
            assets.attach(app)
            documentation.attach(app)
        app.router.register_resource(ClusterPaths(self._below[port]))
        app.router.add_get(PREFIX + r"{cluster:[^/]+}{path:.*}", pages.elsewhere)
        return app

    @asynccontextmanager
    async def showing(self, state: State, reviewer: Reviewer) -> AsyncIterator[None]:
        """Serve a cluster, and what is known of it, until the block is left."""
        member = self._members[state.cluster]
        added = []
        for port, below in self._below.items():
            app = web.Application()
            http.attach(app, state, port, self._protection)
            app.freeze()
            below[state.cluster] = app
            added.append((below, app))
        member.state, member.reviewer, member.trouble = state, reviewer, ""
        try:
            yield
        finally:
            member.state = member.reviewer = None
            for below, app in added:
                del below[state.cluster]
                await app.shutdown()
                await app.cleanup()
