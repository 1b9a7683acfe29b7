"""The files of a project as of a commit; those that were read last are remembered."""

from __future__ import annotations

from collections.abc import Sequence

from astrolabe.override.backend import Impossible
from astrolabe.override.gitops.gitlab import GitLab, Text
from astrolabe.override.gitops.manifests import Edit, Files


class Checkout:
    """What git says of some namespaces: the branch `target`, and below `path`."""

    def __init__(self, gitlab: GitLab, namespaces: Sequence[str], target: str, path: str) -> None:
        self.gitlab = gitlab
        self.target = target
        self._namespaces = tuple(namespaces)
        self._path = path
        self._texts: tuple[str, dict[str, Text]] = "", {}

    async def head(self) -> str:
        """Return the newest commit; raises `Impossible` where there is no such branch."""
        branch = await self.gitlab.branch(self.target)
        if branch is None:
            raise Impossible(f"GitLab: {self.gitlab.project} has no branch {self.target}: set branch")
        return branch.commit

    async def files(self, commit: str) -> Files:
        """Return the files as of a commit; those of the last one are remembered."""
        if self._texts[0] != commit:
            self._texts = commit, await self.gitlab.files(self._path, commit)
        return self._as_files(self._texts[1])

    async def known(self) -> Files:
        """Return the files that were read last, or those of now."""
        if self._texts[0]:
            return self._as_files(self._texts[1])
        return await self.files(await self.head())

    async def edited(self, commit: str, edits: Sequence[Edit]) -> Files:
        """Return the files as of a commit, those that are edited at least."""
        if self._texts[0] == commit:
            return self._as_files(self._texts[1])
        texts: dict[str, Text] = {}
        for path in sorted({edit.path for edit in edits}):
            texts |= await self.gitlab.files(path, commit)
        return self._as_files(texts)

    def read_as(self, path: str) -> str:
        """Return the commit that a file which was read last comes from."""
        return self._texts[1][path].commit

    def forget(self) -> None:
        """Read everything again the next time."""
        self._texts = "", {}

    def _as_files(self, texts: dict[str, Text]) -> Files:
        return Files({path: each.text for path, each in texts.items()}, self._namespaces)
