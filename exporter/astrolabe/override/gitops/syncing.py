"""From the target branch to the cluster: by Argo CD, or by whatever else brings it."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from astrolabe.override.backend import Impossible, Job, Result, Trouble
from astrolabe.override.direct.backend import GREEN
from astrolabe.override.direct.client import Kubernetes, path_of
from astrolabe.override.direct.kubegreen import KINDS, PLURALS
from astrolabe.override.direct.originals import replicas
from astrolabe.override.gitops.argocd import Application, ArgoCD
from astrolabe.override.gitops.checkout import Checkout
from astrolabe.override.gitops.manifests import Edit, carried, value_of
from astrolabe.override.gitops.originals import Kept
from astrolabe.override.gitops.steps import begin_again


class Syncing:
    """Does the step `sync`."""

    def __init__(self, kubernetes: Kubernetes, checkout: Checkout, argocd: ArgoCD | None) -> None:
        """Without `argocd` something else brings the branch to the cluster, and is waited for."""
        self._kubernetes = kubernetes
        self._checkout = checkout
        self._argocd = argocd

    async def sync(self, job: Job, kept: Kept) -> Result:
        """Have the edits in the cluster."""
        if not kept.edits:
            return Result()
        if self._argocd is not None:
            application = await self._argocd.get(refresh=True)
            if application.busy:
                return Result(pending=(f"Argo CD syncs {application.name}",))
            if not await self._brought(application, kept.edits):
                if not carried(
                    await self._checkout.edited(await self._checkout.head(), kept.edits), kept.edits
                ):
                    return begin_again(job, f"{self._checkout.target} has changed since it was merged")
                failed = application.phase in ("Failed", "Error") and application.message
                await self._argocd.sync()
                if failed:
                    raise Trouble(f"Argo CD: the sync of {application.name} failed: {failed}")
                return Result(pending=(f"Argo CD syncs {application.name}",))
        pending = [each.place.shown for each in kept.edits if not await self._there(each)]
        if not pending and self._argocd is not None:
            self._argocd.ended("Succeeded")
        return Result(pending=tuple(f"{each} is in git, and not in the cluster yet" for each in pending))

    async def _brought(self, application: Application, edits: Sequence[Edit]) -> bool:
        """Whether the last sync brought a commit that carries the edits."""
        if application.phase != "Succeeded":
            return False
        for revision in application.revisions:
            try:
                if carried(await self._checkout.edited(revision, edits), edits):
                    return True
            except (Impossible, Trouble):
                continue  # of several sources one is this project
        return False

    async def _there(self, edit: Edit) -> bool:
        """Whether the cluster has what an edit says."""
        kind, namespace, name, field = edit.place
        group = GREEN if kind == "SleepInfo" else KINDS[kind]
        plural = "sleepinfos" if kind == "SleepInfo" else PLURALS[kind]
        obj = await self._kubernetes.get(path_of(group, namespace, plural, name))
        if obj is None:
            return False
        if kind == "SleepInfo":
            there = (obj.get("spec") or {}).get(field)
            return str(there or "") == value_of(edit.after or "''")
        value = msgspec.json.decode(edit.after or "null")
        return replicas(kind, obj) == (int(not value) if field == "suspend" else value)
