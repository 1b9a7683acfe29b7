"""Health of several clusters together, and the list of them."""

from __future__ import annotations

from html import escape

from aiohttp import web

from astrolabe.api import limits
from astrolabe.api.asked import PREFIX, path_to
from astrolabe.api.assets import ASSETS
from astrolabe.api.clusters.members import Members
from astrolabe.api.page.markup import CONTENT_SECURITY, anchor, row, table


class Pages:
    """What answers about all clusters."""

    def __init__(self, clusters: Members) -> None:
        self._clusters = clusters

    async def ready(self, _request: web.Request) -> web.Response:
        """Answer 200 once something can be shown and no cluster is waited for; say how each is.

        A cluster is waited for until it can be shown or its API server has failed to answer. Where clusters
        come and go, none is as ready as some, and one that comes later takes no readiness back.
        """
        members = list(self._clusters.members.values())
        inventory = self._clusters.inventory
        parts = [*((inventory,) if inventory is not None else ()), *members]
        waited = [part.name for part in parts if not part.settled()]
        none = inventory is not None and inventory.known and not members
        ready = not waited and (none or any(member.usable for member in members))
        if inventory is not None:
            ready = inventory.ready = inventory.ready or ready
        lines = ["ready" if ready else "not ready", *(line for part in parts for line in part.lines())]
        return web.Response(text="".join(f"{line}\n" for line in lines), status=200 if ready else 503)

    async def health(self, _request: web.Request) -> web.Response:
        """Answer in the form of a single cluster, and with each of them in that form."""
        members = self._clusters.members.values()
        found = {member.name: {"status": member.health, "nodes": member.objects} for member in members}
        words = [member.health for member in members]
        if self._clusters.inventory is not None:
            words.append(self._clusters.inventory.health)
        status = next((word for word in ("degraded", "syncing") if word in words), "healthy")
        nodes = sum(member.objects for member in members)
        return web.json_response({"status": status, "nodes": nodes, "clusters": found})

    async def list(self, request: web.Request) -> web.Response:
        """Serve the list of the clusters that may be seen, as a page."""
        rows = [
            row(
                (
                    anchor(f"{path_to(member.name)}/", escape(member.name)),
                    f'<b class="{member.health}">{member.health}</b>',
                    f"{member.objects:,}",
                )
            )
            for member in self._clusters.shown(request)
        ]
        style = escape(request.app[ASSETS].address("page.css"))
        return web.Response(
            text=(
                '<!doctype html><html lang="en"><head><meta charset="utf-8">'
                "<title>Clusters · Astrolabe</title>"
                '<meta name="viewport" content="width=device-width, initial-scale=1">'
                '<meta name="color-scheme" content="light dark">'
                f'<link rel="stylesheet" href="{style}"></head><body>'
                '<header><a class="brand" href="/">Astrolabe</a> <a href="/docs/">documentation</a></header>'
                "<main><h1>Clusters</h1>"
                f"{table(('Cluster', 'Following', 'Objects'), rows, 'Clusters')}</main></body></html>\n"
            ),
            content_type="text/html",
            charset="utf-8",
            headers=CONTENT_SECURITY,
        )

    async def elsewhere(self, request: web.Request) -> web.Response:
        """Refuse what is asked of a cluster that there is not, or not now."""
        name = request.match_info["cluster"]
        members = {member.name: member for member in self._clusters.shown(request)}
        if name in members:
            if not request.path.removeprefix(f"{PREFIX}{name}"):
                raise web.HTTPPermanentRedirect(f"{path_to(name)}/")
            text = f"cluster {name}: {members[name].trouble or 'starting'}\n"
            raise web.HTTPServiceUnavailable(text=text, headers={"Retry-After": str(limits.RETRY_AFTER)})
        raise web.HTTPNotFound(text=f"there is no such cluster; clusters are {', '.join(members)}\n")
