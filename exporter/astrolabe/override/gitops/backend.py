"""The steps of the GitOps backend, each of which finds out by itself what is left to do."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import UTC, datetime

import msgspec

from astrolabe.kube.exchange import ApiFailure
from astrolabe.kube.transport import Unreachable
from astrolabe.override.backend import Impossible, Job, Result, Steps, Trouble
from astrolabe.override.direct.backend import GREEN, Direct, Sight
from astrolabe.override.direct.client import Kubernetes, path_of
from astrolabe.override.direct.originals import KINDS, PLURALS, Originals, SleepInfo, replicas
from astrolabe.override.gitops import overlay
from astrolabe.override.gitops.argocd import Application, ArgoCD
from astrolabe.override.gitops.gitlab import Branch, Changed, GitLab, Merge, Text
from astrolabe.override.gitops.manifests import Edit, Files, Unusable, carried, disturbed, value_of
from astrolabe.override.gitops.originals import Held, Kept, settled
from astrolabe.override.gitops.overlay import Overlay

_LOOKING = frozenset({"unchecked", "checking", "preparing", "approvals_syncing"})
_CONFLICT = frozenset({"conflict", "broken_status", "need_rebase", "commits_status"})
_BUILDING = frozenset({"ci_still_running", "ci_must_pass", "external_status_checks"})
_AGAIN = 5.0
"""Seconds before the work begins again, after somebody else was quicker."""


class GitOps:
    """A `Backend` for namespaces whose objects are kept as git has them."""

    steps = Steps(
        engage=("keep", "commit", "merge", "sync", "scale", "verify"),
        disengage=("keep", "restore", "commit", "merge", "sync", "verify", "release"),
    )

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
        self._gitlab = gitlab
        self._argocd = argocd
        self._sight = sight
        self._target = target
        self._path = path
        self._texts: tuple[str, dict[str, Text]] = "", {}

    async def perform(self, job: Job) -> Result:
        """Do one step; raises `Trouble` and `Impossible`."""
        kept = None if job.originals is None else msgspec.convert(job.originals, Kept)
        try:
            if job.step == "keep":
                return await self._keep(job, kept)
            assert kept is not None
            match job.step:
                case "commit":
                    return await self._commit(job, kept)
                case "merge":
                    return await self._merge(job, kept)
                case "sync":
                    return await self._sync(job, kept)
                case "scale" | "restore" | "verify":
                    return await self._direct(job, kept)
                case "release":
                    return await self._release(job, kept)
        except ApiFailure as failure:
            raise Direct.refused(failure) from None
        except Unreachable as error:
            raise Trouble(str(error)) from None
        except Unusable as error:
            raise Impossible(f"{self._gitlab.project}: {error}") from None
        raise AssertionError(job.step)

    # What there is, and what is to be

    async def _keep(self, job: Job, earlier: Kept | None) -> Result:
        # Branches first: one that is gone by now, merged or not, is in what is read after that.
        stale = await self._left(earlier)
        base = await self._head()
        files = await self._files(base)
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
        return tuple([name for name in names if await self._gitlab.branch(name) is not None])

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

    # From a branch to the cluster

    async def _commit(self, job: Job, kept: Kept) -> Result:
        if kept.stale:
            for name in kept.stale:
                if await self._gitlab.branch(name) is not None:
                    await job.begin([f"branch {name} is removed, and its merge request closed: it is over"])
                    await self._gitlab.remove(name)
            if await self._head() != kept.base:
                # One of them may have been merged since: what it brought has to be taken back.
                return self._back(job, f"{self._target} went on meanwhile")
        if not kept.edits:
            return Result()
        head = await self._head()
        files = await self._files(head)
        if carried(files, kept.edits):
            return Result()
        if (edit := disturbed(files, kept.edits)) is not None:
            return self._back(job, f"somebody else changed {edit.place.shown} in {edit.path} meanwhile")
        name, message = kept.branch, _message(job, kept.edits)
        branch = await self._gitlab.branch(name)
        if branch is not None:
            requests = await self._gitlab.requests(name, self._target)
            if any(each.state == "closed" and each.sha == branch.commit for each in requests):
                # Closed by somebody, for an earlier wish; this is another one.
                await self._gitlab.remove(name)
            elif branch.message.startswith(message):
                return Result()
        texts = files.edited(kept.edits)
        _, read = self._texts
        await job.begin([edit.what for edit in kept.edits])
        known = {path: read[path].commit for path in texts}
        # So no commit of this branch is the same as another one, whose merge request somebody closed.
        written = datetime.fromtimestamp(job.now, UTC).isoformat(timespec="milliseconds")
        try:
            await self._gitlab.commit(name, head, f"{message}\n\nWritten: {written}", texts, known)
        except Changed as changed:
            self._texts = "", {}
            return self._back(job, f"somebody else changed {', '.join(texts)} meanwhile ({changed})")
        return Result()

    async def _merge(self, job: Job, kept: Kept) -> Result:
        if not kept.edits or carried(await self._edited(await self._head(), kept.edits), kept.edits):
            return Result()
        name, message = kept.branch, _message(job, kept.edits)
        branch = await self._gitlab.branch(name)
        if branch is None:
            return self._back(job, f"branch {name} is gone")
        request = await self._request(name, message, branch)
        if request is None:
            return Result(pending=(f"a merge request of branch {name}",))
        request = await self._gitlab.request(request.number)
        if request.state == "closed":
            raise _closed(request)
        if request.status in _CONFLICT:
            await self._gitlab.remove(name)
            return self._back(job, f"{request.shown} conflicts with what somebody else changed")
        if request.status in _LOOKING or request.state != "opened":
            return Result(pending=(f"GitLab looks at {request.shown}",))
        if request.status in _BUILDING:
            return Result(pending=(f"{request.shown} waits for its pipeline",))
        if request.status != "mergeable":
            return Result(pending=(f"{request.shown} waits in GitLab: {request.status.replace('_', ' ')}",))
        if not branch.message.startswith(message) or request.sha not in ("", branch.commit):
            await self._gitlab.remove(name)
            return self._back(job, f"somebody else changed branch {name}")
        await job.begin([f"{request.shown} is merged into {self._target}"])
        outcome = await self._gitlab.merge(request)
        if outcome.conflict:
            await self._gitlab.remove(name)
            return self._back(job, f"{request.shown} conflicts with what somebody else changed")
        if not outcome.done:
            return Result(pending=(f"{request.shown} cannot be merged yet: {outcome.said}",))
        return Result()

    async def _request(self, name: str, message: str, branch: Branch) -> Merge | None:
        """Return the merge request of a branch: the one that there is, else a new one."""
        requests = await self._gitlab.requests(name, self._target)
        for each in requests:
            if each.state == "opened":
                return each
        for each in requests:
            if each.state == "closed" and each.sha == branch.commit:
                raise _closed(each)
        title, _, description = message.partition("\n\n")
        return await self._gitlab.open(name, self._target, title, description)

    async def _sync(self, job: Job, kept: Kept) -> Result:
        if not kept.edits:
            return Result()
        if self._argocd is not None:
            application = await self._argocd.get(refresh=True)
            if application.busy:
                return Result(pending=(f"Argo CD syncs {application.name}",))
            if not await self._brought(application, kept.edits):
                if not carried(await self._edited(await self._head(), kept.edits), kept.edits):
                    return self._back(job, f"{self._target} has changed since it was merged")
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
                if carried(await self._edited(revision, edits), edits):
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

    # What git does not decide

    async def _direct(self, job: Job, kept: Kept) -> Result:
        files = None if job.aim.number else await self._known()
        live = self._overlay(kept, files)
        part = kept.direct if job.step == "verify" else kept.part(in_git=False)
        own = msgspec.structs.replace(job, originals=msgspec.to_builtins(part))
        return await self._over(live, self._sight).perform(own)

    async def _release(self, job: Job, kept: Kept) -> Result:
        """Let go, unless a tick of the schedule passed meanwhile: then git is to say something else."""
        live = self._overlay(kept, await self._files(await self._head()))

        async def nothing(_changes: Sequence[str]) -> None:
            return

        own = msgspec.structs.replace(job, begin=nothing, originals=msgspec.to_builtins(kept.direct))
        result = await self._over(live).perform(own)
        if any(live.patches):
            return self._back(job, "the schedule went on meanwhile")
        if result.wait_until:
            return msgspec.structs.replace(result, again=self.steps.disengage)
        return result

    def _overlay(self, kept: Kept, files: Files | None) -> Overlay:
        held = {(each.namespace, each.name): each for each in kept.held}
        return Overlay(self._kubernetes, files, held, kept.in_git, planning=False)

    def _over(self, kubernetes: Kubernetes, sight: Sight | None = None) -> Direct:
        return Direct(kubernetes, self._namespaces, sight, beside_gitops=True)

    # Git

    async def _head(self) -> str:
        branch = await self._gitlab.branch(self._target)
        if branch is None:
            raise Impossible(f"GitLab: {self._gitlab.project} has no branch {self._target}: set branch")
        return branch.commit

    async def _files(self, commit: str) -> Files:
        """Return the files as of a commit; those of the last one are remembered."""
        if self._texts[0] != commit:
            self._texts = commit, await self._gitlab.files(self._path, commit)
        return self._as_files(self._texts[1])

    async def _known(self) -> Files:
        """Return the files that were read last, or those of now."""
        if self._texts[0]:
            return self._as_files(self._texts[1])
        return await self._files(await self._head())

    async def _edited(self, commit: str, edits: Sequence[Edit]) -> Files:
        """Return the files as of a commit, those that are edited at least."""
        if self._texts[0] == commit:
            return self._as_files(self._texts[1])
        texts: dict[str, Text] = {}
        for path in sorted({edit.path for edit in edits}):
            texts |= await self._gitlab.files(path, commit)
        return self._as_files(texts)

    def _as_files(self, texts: dict[str, Text]) -> Files:
        return Files({path: each.text for path, each in texts.items()}, self._namespaces)

    def _back(self, job: Job, why: str) -> Result:
        """Begin again: what there is has to be looked at once more."""
        steps = self.steps.engage if job.aim.number else self.steps.disengage
        return Result(wait_until=job.now + _AGAIN, again=steps, why=why)


def _closed(request: Merge) -> Impossible:
    return Impossible(f"somebody closed {request.shown}: reopen it, or ask again")


def _branch(job: Job, edits: Sequence[Edit]) -> str:
    """Return the branch for some edits: the same after a crash."""
    parts = [(edit.path, *edit.place, edit.before, edit.after) for edit in edits]
    digest = hashlib.sha256(msgspec.json.encode((job.environment, job.aim.number, parts))).hexdigest()
    return f"astrolabe/{job.environment}-{digest[:12]}"


def _message(job: Job, edits: Sequence[Edit]) -> str:
    aim = job.aim
    if aim.number:
        until = datetime.fromtimestamp(aim.until, UTC).strftime("%Y-%m-%d %H:%M UTC")
        state = "awake" if aim.action == "wake" else "asleep"
        title = f"{job.environment} is to be {state} until {until} (override {aim.number})"
    else:
        title = f"{job.environment} follows its schedule again"
    return "\n\n".join((title, "\n".join(f"- {edit.what}" for edit in edits)))
