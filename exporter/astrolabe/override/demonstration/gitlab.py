"""A small GitLab: one project over a bare repository, with the answers that GitLab gives."""

from __future__ import annotations

import base64
from collections.abc import Callable
from typing import Any
from urllib.parse import quote

from aiohttp import web

from astrolabe.override.demonstration.repository import Repository

PROJECT = "shop/environments"


class GitLabServer:
    """Branches, files, commits and merge requests, as far as the service uses them."""

    def __init__(self, repository: Repository, token: str) -> None:
        self.repository = repository
        self.url = ""
        self._token = token
        self.requests: list[dict[str, Any]] = []
        """Merge requests, oldest first."""
        self.calls: list[str] = []
        """What was asked, as `METHOD endpoint`."""
        self.approved = True
        """Whether merge requests may be merged; otherwise they wait for somebody."""
        self.merged: Callable[[], None] = lambda: None
        """Called after a merge, as a webhook is."""

    def application(self) -> web.Application:
        """Return what serves the API."""
        app = web.Application(middlewares=[self._checked], client_max_size=16 << 20)
        root = f"/api/v4/projects/{quote(PROJECT, safe='')}"
        branch = f"{root}/repository/branches/{{branch:.+}}"
        app.router.add_get(branch, self._branch)
        app.router.add_delete(branch, self._remove)
        app.router.add_get(f"{root}/repository/tree", self._tree)
        app.router.add_get(f"{root}/repository/files/{{path:.+}}", self._file)
        app.router.add_post(f"{root}/repository/commits", self._commit)
        app.router.add_get(f"{root}/merge_requests", self._list)
        app.router.add_post(f"{root}/merge_requests", self._open)
        app.router.add_get(f"{root}/merge_requests/{{number}}", self._one)
        app.router.add_put(f"{root}/merge_requests/{{number}}/merge", self._merge)
        app.router.add_route("*", "/api/v4/projects/{rest:.*}", self._absent)
        return app

    @web.middleware
    async def _checked(self, request: web.Request, handler: Any) -> web.StreamResponse:
        if request.headers.get("PRIVATE-TOKEN") != self._token:
            return web.json_response({"message": "401 Unauthorized"}, status=401)
        self.calls.append(f"{request.method} {request.path.partition('/projects/')[2].partition('/')[2]}")
        answer: web.StreamResponse = await handler(request)
        return answer

    async def _absent(self, _request: web.Request) -> web.Response:
        return web.json_response({"message": "404 Project Not Found"}, status=404)

    async def _branch(self, request: web.Request) -> web.Response:
        name = request.match_info["branch"]
        head = self.repository.head(f"refs/heads/{name}")
        if not head:
            return web.json_response({"message": "404 Branch Not Found"}, status=404)
        commit = {"id": head, "message": self.repository.message(head)}
        return web.json_response({"name": name, "commit": commit, "protected": name == "main"})

    async def _remove(self, request: web.Request) -> web.Response:
        name = request.match_info["branch"]
        for each in self._refreshed():
            if each["source_branch"] == name and each["state"] == "opened":
                each["state"] = "closed"
        self.repository.remove(name)
        return web.Response(status=204)

    async def _tree(self, request: web.Request) -> web.Response:
        folder = request.query.get("path", "")
        paths = self.repository.tree(request.query["ref"], folder)
        if not paths:
            return web.json_response({"message": "404 Tree Not Found"}, status=404)
        page, size = int(request.query.get("page", "1")), int(request.query.get("per_page", "20"))
        found = [{"type": "blob", "path": path} for path in paths[(page - 1) * size : page * size]]
        following = str(page + 1) if page * size < len(paths) else ""
        return web.json_response(found, headers={"X-Next-Page": following})

    async def _file(self, request: web.Request) -> web.Response:
        path, ref = request.match_info["path"], request.query["ref"]
        text = self.repository.show(ref, path)
        if text is None:
            return web.json_response({"message": "404 File Not Found"}, status=404)
        content = base64.b64encode(text.encode()).decode()
        last = self.repository.last_change(ref, path)
        return web.json_response({"file_path": path, "content": content, "last_commit_id": last})

    async def _commit(self, request: web.Request) -> web.Response:
        body = await request.json()
        for each in body["actions"]:
            last = self.repository.last_change(body["start_sha"], each["file_path"])
            if each.get("last_commit_id") not in (None, last):
                said = "You are attempting to update a file that has changed since you started editing it."
                return web.json_response({"message": said}, status=400)
        exists = self.repository.head(f"refs/heads/{body['branch']}")
        if exists and not body.get("force"):
            said = f"A branch called '{body['branch']}' already exists."
            return web.json_response({"message": said}, status=400)
        files = {each["file_path"]: each["content"] for each in body["actions"]}
        made = self.repository.commit(body["branch"], files, body["commit_message"], body["start_sha"])
        return web.json_response({"id": made}, status=201)

    async def _list(self, request: web.Request) -> web.Response:
        query = request.query
        found = [
            each
            for each in reversed(self._refreshed())
            if each["source_branch"] == query.get("source_branch", each["source_branch"])
            and each["target_branch"] == query.get("target_branch", each["target_branch"])
            and query.get("state", "all") in ("all", each["state"])
        ]
        return web.json_response(found)

    async def _open(self, request: web.Request) -> web.Response:
        body = await request.json()
        source, target = body["source_branch"], body["target_branch"]
        for each in self.requests:
            if each["state"] == "opened" and (each["source_branch"], each["target_branch"]) == (
                source,
                target,
            ):
                said = f"Another open merge request already exists for this source branch: !{each['iid']}"
                return web.json_response({"message": [said]}, status=409)
        number = len(self.requests) + 1
        made = {
            "iid": number, "state": "opened", "source_branch": source, "target_branch": target,
            "title": body["title"], "description": body.get("description", ""), "sha": "",
            "detailed_merge_status": "checking", "web_url": f"{self.url}/{PROJECT}/-/merge_requests/{number}",
        }  # fmt: skip
        self.requests.append(made)
        return web.json_response(made | {"sha": self.repository.head(f"refs/heads/{source}")}, status=201)

    async def _one(self, request: web.Request) -> web.Response:
        number = int(request.match_info["number"])
        return web.json_response(self._refreshed()[number - 1])

    async def _merge(self, request: web.Request) -> web.Response:
        found = self._refreshed()[int(request.match_info["number"]) - 1]
        body = await request.json()
        if found["state"] != "opened":
            return web.json_response({"message": "405 Method Not Allowed"}, status=405)
        if body.get("sha") not in (None, found["sha"]):
            said = "SHA does not match HEAD of source branch: " + found["sha"]
            return web.json_response({"message": said}, status=409)
        source, target = found["source_branch"], found["target_branch"]
        if not self.repository.merge(f"refs/heads/{source}", target):
            return web.json_response({"message": "Branch cannot be merged"}, status=422)
        found["state"] = "merged"
        if body.get("should_remove_source_branch"):
            self.repository.remove(source)
        self.merged()
        return web.json_response(found)

    def _refreshed(self) -> list[dict[str, Any]]:
        """Bring open merge requests up to date with the repository."""
        for each in self.requests:
            if each["state"] != "opened":
                continue
            source = f"refs/heads/{each['source_branch']}"
            each["sha"] = self.repository.head(source)
            stuck = not each["sha"] or self.repository.conflicts(source, each["target_branch"])
            ready = "mergeable" if self.approved else "not_approved"
            each["detailed_merge_status"] = "conflict" if stuck else ready
        return self.requests
