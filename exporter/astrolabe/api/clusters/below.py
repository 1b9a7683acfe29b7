"""The paths of each cluster, below its prefix. Which clusters there are may change while requests come."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NoReturn
from urllib.parse import unquote

from aiohttp import web
from aiohttp.web_urldispatcher import UrlMappingMatchInfo
from yarl import URL

from astrolabe.api.asked import CLUSTER, OWN_PATH, PREFIX


class ClusterPaths(web.AbstractResource):
    """Leads a request to the application of the cluster that its path names."""

    def __init__(self, applications: Mapping[str, web.Application]) -> None:
        """Look into `applications`, by cluster, for each request."""
        super().__init__()
        self._applications = applications

    @property
    def canonical(self) -> str:
        """See `web.AbstractResource`."""
        return PREFIX + "{cluster}/{path}"

    async def resolve(self, request: web.Request) -> tuple[UrlMappingMatchInfo | None, set[str]]:
        """Find the route, as if the cluster were the only one."""
        name, slash, path = request.rel_url.raw_path.removeprefix(PREFIX).partition("/")
        if not slash:
            return None, set()
        url = URL.build(path="/" + path, query_string=request.rel_url.raw_query_string, encoded=True)
        request[OWN_PATH] = url.path
        app = self._applications.get(unquote(name))
        if app is None:
            return None, set()
        match = await app.router.resolve(request.clone(rel_url=url))
        match.add_app(app)
        request[CLUSTER] = unquote(name)
        return match, set()

    def raw_match(self, path: str) -> bool:
        """See `web.AbstractResource`."""
        return path == self.canonical

    def get_info(self) -> Any:
        """See `web.AbstractResource`."""
        return {"path": self.canonical}

    def add_prefix(self, prefix: str) -> NoReturn:
        """Raise: these paths stand at the top."""
        raise NotImplementedError(prefix)

    def url_for(self, **_: str) -> NoReturn:
        """Raise: each application has URLs of its own."""
        raise NotImplementedError

    def __len__(self) -> int:
        return 0

    def __iter__(self) -> Iterator[web.AbstractRoute]:
        return iter(())
