"""What GitLab and Argo CD tell by themselves: who waits for one of them looks at once.

A message decides nothing. It only says that there may be something new, and the step that waits asks for it.
"""

from __future__ import annotations

import hmac
from collections.abc import Callable, Mapping
from typing import Any, Literal, Protocol, TypeAlias

import msgspec
from aiohttp import web

from astrolabe.override.settings import Environment

_BODY_BYTES = 512 * 1024
_KINDS = frozenset({"push", "merge_request", "pipeline"})
"""Events of GitLab that a step may wait for."""

Source: TypeAlias = Literal["gitlab", "argocd"]
Wake: TypeAlias = Callable[[str], None]
"""Looks at once at what an environment waits for."""


class Observer(Protocol):
    """Hears of messages."""

    def hooked(self, source: str, result: str) -> None:
        """Note a message: `used`, `ignored`, `refused`."""
        ...


class _Project(msgspec.Struct):
    id: int = 0
    path_with_namespace: str = ""


class _GitLab(msgspec.Struct):
    object_kind: str = ""
    project: _Project = msgspec.field(default_factory=_Project)


class _ArgoCD(msgspec.Struct):
    application: str = ""


def application(
    environments: Mapping[str, Environment],
    tokens: Mapping[Source, Callable[[], str]],
    wake: Wake,
    observer: Observer,
) -> web.Application:
    """Build the paths of those that have a token: `/gitlab`, `/argocd`."""

    def path(source: Source, given: Callable[[web.Request], str], read: Callable[[bytes], set[str]]) -> Any:
        async def incoming(request: web.Request) -> web.Response:
            presented = given(request).encode(errors="surrogateescape")
            if not hmac.compare_digest(presented, tokens[source]().encode()):
                observer.hooked(source, "refused")
                return web.Response(status=401, text="the token is not the one of the settings\n")
            try:
                names = read(await request.read())
            except msgspec.MsgspecError:
                observer.hooked(source, "refused")
                return web.Response(status=400, text="no JSON as it is sent by what this path is for\n")
            for name in sorted(names):
                wake(name)
            observer.hooked(source, "used" if names else "ignored")
            return web.Response(status=204)

        return incoming

    found = web.Application(client_max_size=_BODY_BYTES)
    if "gitlab" in tokens:
        handler = path("gitlab", _gitlab_token, lambda body: _of_project(environments, body))
        found.router.add_post("/gitlab", handler)
    if "argocd" in tokens:
        handler = path("argocd", _bearer, lambda body: _of_application(environments, body))
        found.router.add_post("/argocd", handler)
    return found


def _gitlab_token(request: web.Request) -> str:
    return request.headers.get("X-Gitlab-Token", "")


def _bearer(request: web.Request) -> str:
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else ""


def _of_project(environments: Mapping[str, Environment], body: bytes) -> set[str]:
    """Return the environments that a project of GitLab describes."""
    read = msgspec.json.decode(body, type=_GitLab)
    if read.object_kind not in _KINDS:
        return set()
    # What is empty or 0 names no project.
    projects = {read.project.path_with_namespace, str(read.project.id or "")} - {""}
    return {
        name
        for name, each in environments.items()
        if each.gitops is not None and each.gitops.project in projects
    }


def _of_application(environments: Mapping[str, Environment], body: bytes) -> set[str]:
    """Return the environments that an application of Argo CD brings to the cluster."""
    read = msgspec.json.decode(body, type=_ArgoCD)
    return {
        name
        for name, each in environments.items()
        if each.gitops is not None and read.application and each.gitops.application == read.application
    }
