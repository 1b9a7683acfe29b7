"""What the GitOps backend keeps in mind of an environment, beside what the direct one does."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from astrolabe.override.direct.originals import Originals, Workload
from astrolabe.override.gitops.manifests import Edit


class Held(msgspec.Struct, frozen=True, kw_only=True):
    """A SleepInfo whose schedule this service changed, or is about to."""

    namespace: str
    name: str
    weekdays: str
    """The text of `spec.weekdays` in the file as it was, quotes included."""
    wake_up_at: str | None
    """The same of `spec.wakeUpAt`; None where it was not there."""
    still: tuple[str, ...] = ()
    """The weekdays that this service wrote or was about to write: another value is somebody else's."""


class Kept(msgspec.Struct, frozen=True, kw_only=True):
    """An environment as it was, and what git is to say of it now."""

    direct: Originals
    held: tuple[Held, ...] = ()
    in_git: dict[str, int] = {}
    """Workloads whose replicas git decides, as they are shown, with what git said."""
    wrote: dict[str, tuple[int, ...]] = {}
    """By workload: what this service wrote or was about to write; another value is somebody else's."""
    edits: tuple[Edit, ...] = ()
    base: str = ""
    """The newest commit when the edits were planned."""
    branch: str = ""
    """The branch that the edits are committed to; empty where there are none."""
    stale: tuple[str, ...] = ()
    """Branches of earlier aims that are still there: merged later, they would bring back what is over."""

    def part(self, *, in_git: bool) -> Originals:
        """Return what there was, with the workloads alone that git decides, or the others."""
        chosen = tuple(each for each in self.direct.workloads if (each.shown in self.in_git) == in_git)
        return msgspec.structs.replace(self.direct, workloads=chosen)


def settled(found: Originals, earlier: Kept | None, said: Mapping[str, int]) -> Originals:
    """Return what there was, where workloads that git decides come back to what git said, asleep or awake.

    `said` is what git says of them now.
    """
    last = {each.shown: each for each in earlier.direct.workloads} if earlier else {}
    wrote = earlier.wrote if earlier else {}

    def one(each: Workload) -> Workload:
        if each.shown not in said:
            return each
        now = said[each.shown]
        # What git says is what somebody wrote, unless it is what this service wrote.
        ours = each.shown in last and now in wrote.get(each.shown, ())
        before = last[each.shown].before if ours else now
        return msgspec.structs.replace(each, before=before, sleepinfos=())

    return msgspec.structs.replace(found, workloads=tuple(map(one, found.workloads)))
