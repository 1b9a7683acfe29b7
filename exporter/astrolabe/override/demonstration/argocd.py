"""A small Argo CD: one application, which brings the objects of a repository's files to a cluster."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import yaml
from aiohttp import web

from astrolabe.override.demonstration.repository import Repository

Apply = Callable[[Mapping[str, Any]], None]
"""Brings one object to the cluster."""


class ArgoServer:
    """Applies what `main` has, when it is asked to."""

    def __init__(self, repository: Repository, token: str, name: str, folder: str, apply: Apply) -> None:
        self._repository = repository
        self._token = token
        self.name = name
        self._folder = folder
        self._apply = apply
        self.url = ""
        self.spec: dict[str, Any] = {"ignoreDifferences": [], "syncPolicy": {"syncOptions": []}}
        self.operation: dict[str, Any] = {}
        """Of the last sync: `phase`, `message` and `syncResult`."""
        self.syncs = 0

    def application(self) -> web.Application:
        """Return what serves the API."""
        app = web.Application(middlewares=[self._checked])
        app.router.add_get("/api/v1/applications/{name}", self._get)
        app.router.add_post("/api/v1/applications/{name}/sync", self._sync)
        return app

    @web.middleware
    async def _checked(self, request: web.Request, handler: Any) -> web.StreamResponse:
        if request.headers.get("Authorization") != f"Bearer {self._token}":
            return web.json_response({"error": "no session information", "code": 16}, status=401)
        if request.match_info.get("name") != self.name:
            return web.json_response({"error": "permission denied", "code": 7}, status=403)
        answer: web.StreamResponse = await handler(request)
        return answer

    def _body(self) -> dict[str, Any]:
        status = {"operationState": self.operation} if self.operation else {}
        return {"metadata": {"name": self.name}, "spec": self.spec, "status": status}

    async def _get(self, _request: web.Request) -> web.Response:
        return web.json_response(self._body())

    async def _sync(self, _request: web.Request) -> web.Response:
        self.bring()
        return web.json_response(self._body())

    def bring(self) -> None:
        """Bring what `main` has to the cluster."""
        revision = self._repository.head("main")
        for path in self._repository.tree(revision, self._folder):
            for each in yaml.safe_load_all(self._repository.show(revision, path) or ""):
                self._apply(each)
        self.syncs += 1
        self.operation = {"phase": "Succeeded", "message": "synced", "syncResult": {"revision": revision}}


def tracking(application: str, obj: Mapping[str, Any]) -> str:
    """Return what Argo CD writes into an object's `argocd.argoproj.io/tracking-id`."""
    group = obj["apiVersion"].rpartition("/")[0]
    place = f"{obj['metadata']['namespace']}/{obj['metadata']['name']}"
    return f"{application}:{group}/{obj['kind']}:{place}"
