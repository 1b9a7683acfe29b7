"""A bare git repository, by git's own command."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path

_AUTHOR = {
    "GIT_AUTHOR_NAME": "Astrolabe", "GIT_AUTHOR_EMAIL": "astrolabe@localhost",
    "GIT_COMMITTER_NAME": "Astrolabe", "GIT_COMMITTER_EMAIL": "astrolabe@localhost",
    "GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_SYSTEM": os.devnull,
}  # fmt: skip


class GitFailed(Exception):
    """Git refused. Its text is what git says."""


class Repository:
    """Branches and files of a bare repository."""

    def __init__(self, folder: Path) -> None:
        """Make an empty one; raises `GitFailed` where there is no git."""
        found = shutil.which("git")
        if found is None:
            raise GitFailed("git is not installed")
        self._git = found
        self.folder = folder
        self._run("init", "--quiet", "--bare", "--initial-branch=main", str(folder))

    def _run(self, *words: str, text: bytes = b"", index: str = "") -> str:
        ended = subprocess.run(  # noqa: S603  (git, with words of this module)
            [self._git, "--git-dir", str(self.folder), *words],
            input=text,
            capture_output=True,
            check=False,
            env={**os.environ, **_AUTHOR, **({"GIT_INDEX_FILE": index} if index else {})},
        )
        if ended.returncode:
            raise GitFailed(ended.stderr.decode(errors="replace").strip() or "git failed")
        return ended.stdout.decode()

    def head(self, branch: str) -> str:
        """Return the newest commit of a branch, or the commit itself; empty where there is none."""
        try:
            return self._run("rev-parse", "--verify", "--quiet", f"{branch}^{{commit}}").strip()
        except GitFailed:
            return ""

    def message(self, commit: str) -> str:
        """Return a commit's message."""
        return self._run("log", "-1", "--format=%B", commit).strip()

    def messages(self, branch: str) -> list[str]:
        """Return the first lines of a branch's commits, newest first."""
        return self._run("log", "--format=%s", branch).splitlines()

    def branches(self) -> list[str]:
        """Return the names of all branches."""
        return self._run("for-each-ref", "--format=%(refname:lstrip=2)", "refs/heads").splitlines()

    def tree(self, commit: str, folder: str = "") -> list[str]:
        """Return the files below a folder."""
        words = ["--", folder] if folder else []
        return self._run("ls-tree", "-r", "--name-only", commit, *words).splitlines()

    def show(self, commit: str, path: str) -> str | None:
        """Return a file's text, None where there is none."""
        try:
            return self._run("cat-file", "blob", f"{commit}:{path}")
        except GitFailed:
            return None

    def last_change(self, commit: str, path: str) -> str:
        """Return the last commit that changed a file."""
        return self._run("log", "-1", "--format=%H", commit, "--", path).strip()

    def commit(self, branch: str, files: Mapping[str, str], message: str, start: str = "") -> str:
        """Write files on top of a commit (the branch's own by default) and point the branch there."""
        parent = start or self.head(branch)
        index = str(self.folder / f"index-{os.getpid()}")
        self._run("read-tree", parent or "--empty", index=index)
        for path, text in files.items():
            blob = self._run("hash-object", "-w", "--stdin", text=text.encode()).strip()
            self._run("update-index", "--add", "--cacheinfo", f"100644,{blob},{path}", index=index)
        tree = self._run("write-tree", index=index).strip()
        parents = ["-p", parent] if parent else []
        made = self._run("commit-tree", tree, *parents, "-F", "-", text=message.encode()).strip()
        self._run("update-ref", f"refs/heads/{branch}", made)
        return made

    def remove(self, branch: str) -> None:
        """Remove a branch."""
        self._run("update-ref", "-d", f"refs/heads/{branch}")

    def merge(self, source: str, target: str) -> str:
        """Merge a branch into another one; returns the new commit, empty where they conflict."""
        try:
            tree = self._run("merge-tree", "--write-tree", target, source).split("\n", 1)[0].strip()
        except GitFailed:
            return ""
        message = f"Merge branch '{source.removeprefix('refs/heads/')}' into '{target}'"
        words = ("-p", self.head(target), "-p", self.head(source), "-m", message)
        made = self._run("commit-tree", tree, *words).strip()
        self._run("update-ref", f"refs/heads/{target}", made)
        return made

    def conflicts(self, source: str, target: str) -> bool:
        """Whether two branches cannot be merged."""
        try:
            self._run("merge-tree", "--write-tree", target, source)
        except GitFailed:
            return True
        return False
