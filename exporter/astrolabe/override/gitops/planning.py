"""What there is, what is to be, and the edits that bring git there. Reads only."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

import msgspec

from astrolabe.override.backend import Job, Result
from astrolabe.override.direct.backend import Direct
from astrolabe.override.direct.client import Kubernetes, path_of
from astrolabe.override.direct.kubegreen import KINDS, PLURALS
from astrolabe.override.direct.originals import Originals, SleepInfo
from astrolabe.override.gitops import overlay
from astrolabe.override.gitops.argocd import ArgoCD
from astrolabe.override.gitops.checkout import Checkout
from astrolabe.override.gitops.manifests import Edit, Files, value_of
from astrolabe.override.gitops.originals import Held, Kept, settled
from astrolabe.override.gitops.overlay import Overlay


class Planner:
    """Does the step `keep`."""

    def __init__(
        self, kubernetes: Kubernetes, namespaces: Sequence[str], checkout: Checkout, argocd: ArgoCD | None
    ) -> None:
        self._kubernetes = kubernetes
        self._namespaces = tuple(namespaces)
        self._checkout = checkout
        self._argocd = argocd

    async def keep(self, job: Job, earlier: Kept | None) -> Result:
        """Return what there is, with the edits that are needed."""
        # Branches first: one that is gone by now, merged or not, is in what is read after that.
        stale = await self._left(earlier)
        base = await self._checkout.head()
        files = await self._checkout.files(base)
        application = None if self._argocd is None else await self._argocd.get()
        held = {(each.namespace, each.name): each for each in earlier.held} if earlier else {}
        in_git = {}
        for each in await self._candidates():
            said = overlay.said(files, *each)
            if said is not None and not (application is not None and application.ignores(*each)):
                in_git["/".join(each)] = said
        seen = Overlay(self._kubernetes, files, held, in_git, planning=True, first=earlier is None)
        before = None if earlier is None else msgspec.to_builtins(earlier.direct)
        found = await self._over(seen).perform(msgspec.structs.replace(job, originals=before))
        direct = settled(msgspec.convert(found.originals, Originals), earlier, in_git)
        held = {(each.namespace, each.name): self._held(each, files, held) for each in direct.sleepinfos
                if files.get("SleepInfo", each.namespace, each.name) is not None}  # fmt: skip
        wrote = earlier.wrote if earlier else {}
        kept = Kept(direct=direct, held=tuple(held.values()), in_git=in_git, wrote=wrote)
        kept = await self._planned(job, kept, files)
        branch = _branch(job, kept.edits) if kept.edits else ""
        stale = tuple(each for each in stale if each != branch)
        kept = msgspec.structs.replace(kept, base=base, branch=branch, stale=stale)
        return Result(originals=msgspec.to_builtins(kept), changes=found.changes)

    async def _left(self, earlier: Kept | None) -> tuple[str, ...]:
        """Return the branches of earlier aims that are still there."""
        if earlier is None:
            return ()
        names = dict.fromkeys(filter(None, (*earlier.stale, earlier.branch)))
        return tuple([name for name in names if await self._checkout.gitlab.branch(name) is not None])

    async def _candidates(self) -> list[tuple[str, str, str]]:
        """Return the workloads of the namespaces, as kind, namespace and name."""
        return [
            (kind, namespace, each["metadata"]["name"])
            for namespace in self._namespaces
            for kind, version in KINDS.items()
            for each in await self._kubernetes.list(path_of(version, namespace, PLURALS[kind]))
        ]

    @staticmethod
    def _held(each: SleepInfo, files: Files, earlier: dict[tuple[str, str], Held]) -> Held:
        found = files.get("SleepInfo", each.namespace, each.name)
        assert found is not None
        last = earlier.get((each.namespace, each.name))
        ours = last is not None and found.spec.get("weekdays") in last.still
        wake = found.raw.get("wakeUpAt")
        return Held(
            namespace=each.namespace,
            name=each.name,
            weekdays=last.weekdays if ours and last else found.raw["weekdays"],
            # This service takes the line away; whoever wrote it again meant it.
            wake_up_at=wake if wake is not None or last is None else last.wake_up_at,
            still=last.still if last else (),
        )

    async def _planned(self, job: Job, kept: Kept, files: Files) -> Kept:
        """Return what was kept, with the edits that bring git to the aim."""
        held = {(each.namespace, each.name): each for each in kept.held}
        seen = Overlay(self._kubernetes, files, held, kept.in_git, planning=True)
        whats: list[str] = []

        async def note(changes: Sequence[str]) -> None:
            whats.extend(changes)

        direct = self._over(seen)
        steps = ("still", "scale") if job.aim.number else ("restore", "release")
        for step in steps:
            part = kept.direct if step in ("still", "release") else kept.part(in_git=True)
            probe = msgspec.structs.replace(job, step=step, begin=note, originals=msgspec.to_builtins(part))
            await direct.perform(probe)
        edits = [
            msgspec.structs.replace(edit, what=what)
            for edit, what in zip(seen.patches, whats, strict=True)
            if edit is not None
        ]
        wrote = dict(kept.wrote)
        for edit in edits:
            kind, namespace, name, field = edit.place
            if kind != "SleepInfo":
                value = msgspec.json.decode(edit.after or "null")
                count = int(not value) if field == "suspend" else int(value)
                shown = f"{kind}/{namespace}/{name}"
                wrote[shown] = tuple(dict.fromkeys((*wrote.get(shown, ()), count)))
            elif field == "weekdays" and edit.after != held[namespace, name].weekdays:
                day = value_of(edit.after or "")
                last = held[namespace, name]
                held[namespace, name] = msgspec.structs.replace(
                    last, still=tuple(dict.fromkeys((*last.still, day)))
                )
        return msgspec.structs.replace(kept, held=tuple(held.values()), wrote=wrote, edits=tuple(edits))

    def _over(self, kubernetes: Kubernetes) -> Direct:
        return Direct(kubernetes, self._namespaces, beside_gitops=True)


def _branch(job: Job, edits: Sequence[Edit]) -> str:
    """Return the branch for some edits: the same after a crash."""
    parts = [(edit.path, *edit.place, edit.before, edit.after) for edit in edits]
    digest = hashlib.sha256(msgspec.json.encode((job.environment, job.aim.number, parts))).hexdigest()
    return f"astrolabe/{job.environment}-{digest[:12]}"
