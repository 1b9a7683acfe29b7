"""The steps of the GitOps backend, each of which finds out by itself what is left to do."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from astrolabe.kube.exchange import ApiFailure
from astrolabe.kube.transport import Unreachable
from astrolabe.override.backend import Impossible, Job, Result, Trouble
from astrolabe.override.direct.backend import Direct, Sight
from astrolabe.override.direct.client import Kubernetes
from astrolabe.override.gitops.argocd import ArgoCD
from astrolabe.override.gitops.checkout import Checkout
from astrolabe.override.gitops.gitlab import GitLab
from astrolabe.override.gitops.landing import Landing
from astrolabe.override.gitops.manifests import Files, Unusable
from astrolabe.override.gitops.originals import Kept
from astrolabe.override.gitops.overlay import Overlay
from astrolabe.override.gitops.planning import Planner
from astrolabe.override.gitops.steps import STEPS, begin_again
from astrolabe.override.gitops.syncing import Syncing


class GitOps:
    """A `Backend` for namespaces whose objects are kept as git has them."""

    steps = STEPS

    def __init__(
        self,
        kubernetes: Kubernetes,
        namespaces: Sequence[str],
        gitlab: GitLab,
        argocd: ArgoCD | None,
        sight: Sight | None = None,
        *,
        target: str = "main",
        path: str = "",
    ) -> None:
        """Without `argocd` something else brings `target` to the cluster, and is waited for."""
        self._kubernetes = kubernetes
        self._namespaces = tuple(namespaces)
        self._sight = sight
        self._checkout = Checkout(gitlab, namespaces, target, path)
        self._planner = Planner(kubernetes, namespaces, self._checkout, argocd)
        self._landing = Landing(self._checkout)
        self._syncing = Syncing(kubernetes, self._checkout, argocd)

    async def perform(self, job: Job) -> Result:
        """Do one step; raises `Trouble` and `Impossible`."""
        kept = None if job.originals is None else msgspec.convert(job.originals, Kept)
        try:
            if job.step == "keep":
                return await self._planner.keep(job, kept)
            assert kept is not None
            match job.step:
                case "commit":
                    return await self._landing.commit(job, kept)
                case "merge":
                    return await self._landing.merge(job, kept)
                case "sync":
                    return await self._syncing.sync(job, kept)
                case "scale" | "restore" | "verify":
                    return await self._direct(job, kept)
                case "release":
                    return await self._release(job, kept)
        except ApiFailure as failure:
            raise Direct.refused(failure) from None
        except Unreachable as error:
            raise Trouble(str(error)) from None
        except Unusable as error:
            raise Impossible(f"{self._checkout.gitlab.project}: {error}") from None
        raise AssertionError(job.step)

    async def _direct(self, job: Job, kept: Kept) -> Result:
        files = None if job.aim.number else await self._checkout.known()
        live = self._overlay(kept, files)
        part = kept.direct if job.step == "verify" else kept.part(in_git=False)
        own = msgspec.structs.replace(job, originals=msgspec.to_builtins(part))
        return await self._over(live, self._sight).perform(own)

    async def _release(self, job: Job, kept: Kept) -> Result:
        """Let go, unless a tick of the schedule passed meanwhile: then git is to say something else."""
        live = self._overlay(kept, await self._checkout.files(await self._checkout.head()))

        async def nothing(_changes: Sequence[str]) -> None:
            return

        own = msgspec.structs.replace(job, begin=nothing, originals=msgspec.to_builtins(kept.direct))
        result = await self._over(live).perform(own)
        if any(live.patches):
            return begin_again(job, "the schedule went on meanwhile")
        if result.wait_until:
            return msgspec.structs.replace(result, again=STEPS.disengage)
        return result

    def _overlay(self, kept: Kept, files: Files | None) -> Overlay:
        held = {(each.namespace, each.name): each for each in kept.held}
        return Overlay(self._kubernetes, files, held, kept.in_git, planning=False)

    def _over(self, kubernetes: Kubernetes, sight: Sight | None = None) -> Direct:
        return Direct(kubernetes, self._namespaces, sight, beside_gitops=True)
