"""From edits to the target branch: one commit on a branch of its own, and its merge request."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from astrolabe.override.backend import Impossible, Job, Result
from astrolabe.override.gitops.checkout import Checkout
from astrolabe.override.gitops.gitlab import Branch, Changed, Merge
from astrolabe.override.gitops.manifests import Edit, carried, disturbed
from astrolabe.override.gitops.originals import Kept
from astrolabe.override.gitops.steps import begin_again

_LOOKING = frozenset({"unchecked", "checking", "preparing", "approvals_syncing"})
_CONFLICT = frozenset({"conflict", "broken_status", "need_rebase", "commits_status"})
_BUILDING = frozenset({"ci_still_running", "ci_must_pass", "external_status_checks"})


class Landing:
    """Does the steps `commit` and `merge`."""

    def __init__(self, checkout: Checkout) -> None:
        self._checkout = checkout

    async def commit(self, job: Job, kept: Kept) -> Result:
        """Have a branch with one commit that has the edits."""
        if kept.stale:
            for name in kept.stale:
                if await self._checkout.gitlab.branch(name) is not None:
                    await job.begin([f"branch {name} is removed, and its merge request closed: it is over"])
                    await self._checkout.gitlab.remove(name)
            if await self._checkout.head() != kept.base:
                # One of them may have been merged since: what it brought has to be taken back.
                return begin_again(job, f"{self._checkout.target} went on meanwhile")
        if not kept.edits:
            return Result()
        head = await self._checkout.head()
        files = await self._checkout.files(head)
        if carried(files, kept.edits):
            return Result()
        if (edit := disturbed(files, kept.edits)) is not None:
            return begin_again(job, f"somebody else changed {edit.place.shown} in {edit.path} meanwhile")
        name, message = kept.branch, _message(job, kept.edits)
        branch = await self._checkout.gitlab.branch(name)
        if branch is not None:
            requests = await self._checkout.gitlab.requests(name, self._checkout.target)
            if any(each.state == "closed" and each.sha == branch.commit for each in requests):
                # Closed by somebody, for an earlier wish; this is another one.
                await self._checkout.gitlab.remove(name)
            elif branch.message.startswith(message):
                return Result()
        texts = files.edited(kept.edits)
        await job.begin([edit.what for edit in kept.edits])
        known = {path: self._checkout.read_as(path) for path in texts}
        # So no commit of this branch is the same as another one, whose merge request somebody closed.
        written = datetime.fromtimestamp(job.now, UTC).isoformat(timespec="milliseconds")
        try:
            await self._checkout.gitlab.commit(name, head, f"{message}\n\nWritten: {written}", texts, known)
        except Changed as changed:
            self._checkout.forget()
            return begin_again(job, f"somebody else changed {', '.join(texts)} meanwhile ({changed})")
        return Result()

    async def merge(self, job: Job, kept: Kept) -> Result:
        """Have the edits in the target branch, by a merge request."""
        if not kept.edits or carried(
            await self._checkout.edited(await self._checkout.head(), kept.edits), kept.edits
        ):
            return Result()
        name, message = kept.branch, _message(job, kept.edits)
        branch = await self._checkout.gitlab.branch(name)
        if branch is None:
            return begin_again(job, f"branch {name} is gone")
        request = await self._request(name, message, branch)
        if request is None:
            return Result(pending=(f"a merge request of branch {name}",))
        request = await self._checkout.gitlab.request(request.number)
        if request.state == "closed":
            raise _closed(request)
        if request.status in _CONFLICT:
            await self._checkout.gitlab.remove(name)
            return begin_again(job, f"{request.shown} conflicts with what somebody else changed")
        if request.status in _LOOKING or request.state != "opened":
            return Result(pending=(f"GitLab looks at {request.shown}",))
        if request.status in _BUILDING:
            return Result(pending=(f"{request.shown} waits for its pipeline",))
        if request.status != "mergeable":
            return Result(pending=(f"{request.shown} waits in GitLab: {request.status.replace('_', ' ')}",))
        if not branch.message.startswith(message) or request.sha not in ("", branch.commit):
            await self._checkout.gitlab.remove(name)
            return begin_again(job, f"somebody else changed branch {name}")
        await job.begin([f"{request.shown} is merged into {self._checkout.target}"])
        outcome = await self._checkout.gitlab.merge(request)
        if outcome.conflict:
            await self._checkout.gitlab.remove(name)
            return begin_again(job, f"{request.shown} conflicts with what somebody else changed")
        if not outcome.done:
            return Result(pending=(f"{request.shown} cannot be merged yet: {outcome.said}",))
        return Result()

    async def _request(self, name: str, message: str, branch: Branch) -> Merge | None:
        """Return the merge request of a branch: the one that there is, else a new one."""
        requests = await self._checkout.gitlab.requests(name, self._checkout.target)
        for each in requests:
            if each.state == "opened":
                return each
        for each in requests:
            if each.state == "closed" and each.sha == branch.commit:
                raise _closed(each)
        title, _, description = message.partition("\n\n")
        return await self._checkout.gitlab.open(name, self._checkout.target, title, description)


def _closed(request: Merge) -> Impossible:
    return Impossible(f"somebody closed {request.shown}: reopen it, or ask again")


def _message(job: Job, edits: Sequence[Edit]) -> str:
    aim = job.aim
    if aim.number:
        until = datetime.fromtimestamp(aim.until, UTC).strftime("%Y-%m-%d %H:%M UTC")
        state = "awake" if aim.action == "wake" else "asleep"
        title = f"{job.environment} is to be {state} until {until} (override {aim.number})"
    else:
        title = f"{job.environment} follows its schedule again"
    return "\n\n".join((title, "\n".join(f"- {edit.what}" for edit in edits)))
