"""A namespace of the shop as git describes it, with the small GitLab and Argo CD beside it."""

from __future__ import annotations

import secrets
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any, NamedTuple

import yaml
from aiohttp import web

from astrolabe.override.demonstration.argocd import ArgoServer, tracking
from astrolabe.override.demonstration.gitlab import PROJECT, GitLabServer
from astrolabe.override.demonstration.repository import Repository
from astrolabe.override.settings import ArgoCD, GitLab, GitOps
from astrolabe.testing.apiserver import ApiServer

NAMESPACE = "dev-frontend"
"""The namespace that is changed in git; the others are changed directly."""
_APPLICATION = "dev-frontend"
_HEAD = "# {name} sleeps outside of working hours.\n"


class InGit(NamedTuple):
    """How the service reaches them."""

    gitops: GitOps
    gitlab: GitLab
    argocd: ArgoCD
    repository: Path


@asynccontextmanager
async def in_git(server: ApiServer, folder: Path) -> AsyncIterator[InGit]:
    """Put a namespace's SleepInfo into git, and serve GitLab and Argo CD on loopback.

    Raises `GitFailed` where there is no git.
    """
    repository = Repository(folder / "environments.git")
    (sleepinfo,) = server.objects("sleepinfos.kube-green.com", NAMESPACE)
    manifest = {key: sleepinfo[key] for key in ("apiVersion", "kind", "spec")}
    manifest["metadata"] = {key: sleepinfo["metadata"][key] for key in ("name", "namespace")}
    path = f"environments/{NAMESPACE}/sleepinfo.yaml"
    text = _HEAD.format(name=NAMESPACE) + yaml.safe_dump(manifest, sort_keys=False)
    repository.commit("main", {path: text}, f"Let {NAMESPACE} sleep")

    def apply(obj: Mapping[str, Any]) -> None:
        place = obj["metadata"]["namespace"], obj["metadata"]["name"]
        live = server.get(server.resource_of(dict(obj)).name, *place)
        annotations = live["metadata"].get("annotations") or {}
        annotations |= {"argocd.argoproj.io/tracking-id": tracking(_APPLICATION, obj)}
        metadata = live["metadata"] | {"annotations": annotations}
        server.put(live | {"metadata": metadata, "spec": obj["spec"]})

    apply(manifest)
    tokens = {name: secrets.token_urlsafe(24) for name in ("gitlab-token", "argocd-token")}
    for name, token in tokens.items():
        (folder / name).write_text(token)
    gitlab = GitLabServer(repository, tokens["gitlab-token"])
    argo = ArgoServer(repository, tokens["argocd-token"], _APPLICATION, f"environments/{NAMESPACE}", apply)
    async with AsyncExitStack() as stack:
        for each in (gitlab, argo):
            each.url = await stack.enter_async_context(listening(each.application()))
        yield InGit(
            GitOps(project=PROJECT, path=f"environments/{NAMESPACE}", application=_APPLICATION),
            GitLab(token_file=str(folder / "gitlab-token"), url=gitlab.url),
            ArgoCD(token_file=str(folder / "argocd-token"), url=argo.url),
            repository.folder,
        )


@asynccontextmanager
async def listening(app: web.Application) -> AsyncIterator[str]:
    """Serve on a free port of loopback; yield the URL."""
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()
