"""Files that others replace while the program runs: certificates, keys, tokens, passwords."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from time import monotonic
from typing import Generic, TypeVar

import structlog

CHECK_INTERVAL = 5.0
"""Seconds between looks at whether a file has changed. A mounted Secret takes a minute or more to arrive."""
_FILE_BYTES = 1 << 20

T = TypeVar("T")
_Marks = tuple[tuple[int, ...] | None, ...]

log = structlog.get_logger(__name__)


class UnusableFile(Exception):
    """A file that a setting names cannot be used. Its text is one line: the setting, the file, the cause."""


class Reloaded(Generic[T]):
    """What was made of files, made again once one of them changes.

    Changed files that cannot be used leave what there was; that is said once. Raises `UnusableFile` when it
    is made, and never afterwards.
    """

    def __init__(self, load: Callable[[], T], *paths: str) -> None:
        self._load = load
        self._paths = paths
        self._marks = self._look()
        self._looked = monotonic()
        self._value = load()

    @property
    def current(self) -> T:
        """What the files say."""
        now = monotonic()
        if now - self._looked >= CHECK_INTERVAL:
            self._looked = now
            # Marked before it is read: what changes meanwhile is read again.
            marks = self._look()
            if marks != self._marks:
                self._marks = marks
                self._renew()
        return self._value

    def _renew(self) -> None:
        try:
            self._value = self._load()
        except UnusableFile as error:
            log.warning("kept what was read before", reason=str(error))
        else:
            log.info("read again", files=self._paths)

    def _look(self) -> _Marks:
        return tuple(map(_mark, self._paths))


def _mark(path: str) -> tuple[int, ...] | None:
    try:
        found = Path(path).stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns


def text_of(setting: str, path: str) -> str:
    """Return the text of a file that a setting names; raises `UnusableFile`, which never quotes the file."""
    try:
        with Path(path).open("rb") as file:
            content = file.read(_FILE_BYTES + 1)
        if len(content) > _FILE_BYTES:
            raise UnusableFile(f"{setting}: {path}: is larger than 1 MiB")
        return content.decode()
    except OSError as error:
        raise UnusableFile(f"{setting}: {path}: cannot be read: {error.strerror}") from None
    except UnicodeDecodeError:
        raise UnusableFile(f"{setting}: {path}: is not text") from None
