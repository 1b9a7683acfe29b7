"""Files that are read again when they are replaced."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

_Mark = tuple[int, ...] | None


class Files:
    """Which files were read, and whether one of them has been replaced since."""

    def __init__(self) -> None:
        self._marks: dict[Path, _Mark] = {}

    def begin(self, paths: Iterable[Path] = ()) -> None:
        """Forget what was read; take note of files that need not be there."""
        self._marks = {path: _mark(path) for path in paths}

    def read(self, path: Path) -> bytes:
        """Return a file's contents; raises OSError."""
        # Looked at before it is read: what comes later counts as a replacement.
        self._marks[path] = _mark(path)
        return path.read_bytes()

    @property
    def replaced(self) -> bool:
        """Whether a file was replaced since it was read. Takes microseconds: each request can check it."""
        return any(_mark(path) != mark for path, mark in self._marks.items())


def _mark(path: Path) -> _Mark:
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_ctime_ns, found.st_size, found.st_ino
