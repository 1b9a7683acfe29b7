"""What was delivered, and up to which resource version: the point where a restart continues."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Iterable, Mapping
from pathlib import Path

import msgspec
import structlog

from astrolabe.kube.resource import Resource, Scope
from astrolabe.kube.supervisor import Place
from astrolabe.kube.wire import precedes
from astrolabe.watch.errors import ConfigError
from astrolabe.watch.item import Item
from astrolabe.watch.rules import Rule, unplaced
from astrolabe.watch.watches import Watch

log = structlog.get_logger(__name__)


class SavedWatch(msgspec.Struct, frozen=True):
    """One watch, as the file has it."""

    resource: Resource
    scope: Scope
    rules: tuple[Rule, ...]
    """The rules that it served, without their places in a file."""
    version: str
    """Everything up to this resource version was delivered; empty where that is not known."""
    delivered: dict[str, tuple[str, str]]
    """UID and resource version of the state that was delivered last, by `namespace/name`."""


class SavedState(msgspec.Struct, frozen=True):
    """The file."""

    watches: tuple[SavedWatch, ...] = ()
    clean: bool = False
    """Whether the process ended with everything delivered and written."""
    cluster: str = ""
    """What tells the cluster from every other; empty where that is not known."""
    format: int = 1


class StateFile:
    """The file in which positions are kept. Always whole: a new one takes the old one's place."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def load(self) -> SavedState:
        """Return what was saved; nothing where there is no file, or none that can be used."""
        try:
            return msgspec.json.decode(self.path.read_bytes(), type=SavedState)
        except FileNotFoundError:
            return SavedState()
        except OSError as error:
            raise ConfigError(
                f"state_file {self.path} cannot be read: {error.strerror}; choose another"
            ) from None
        except (msgspec.MsgspecError, ValueError, RecursionError):
            log.warning("the state file cannot be used: every object is delivered again", file=str(self.path))
            return SavedState()

    def save(self, content: bytes) -> None:
        """Replace what was saved; raises `OSError`."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        temporary = self.path.with_name(f"{self.path.name}.new")
        descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(self.path)


class Epoch(msgspec.Struct, eq=False):
    """What came between two looks at how far a watch is."""

    outstanding: int = 0
    version: str | None = None
    """The version that was reached when it ended."""


class Position:
    """How far one watch is."""

    def __init__(self, saved: SavedWatch | None = None) -> None:
        self.delivered = dict(saved.delivered) if saved is not None else {}
        self.restored = saved is not None
        self._version = saved.version if saved is not None else ""
        self._epochs = deque((Epoch(),))

    def begin(self) -> Epoch:
        """Take note of a change that is on its way; return what to `end`."""
        epoch = self._epochs[-1]
        epoch.outstanding += 1
        return epoch

    def end(self, epoch: Epoch, item: Item, *, deleted: bool) -> None:
        """Take note that a change was dealt with by everybody."""
        epoch.outstanding -= 1
        if not deleted:
            self.delivered[item.id] = item.uid, item.resource_version
        elif self.delivered.get(item.id, ("", ""))[0] == item.uid:
            del self.delivered[item.id]

    def seen(self, item: Item) -> bool:
        """Whether this state of an object, or a newer one, was delivered."""
        uid, version = self.delivered.get(item.id, ("", ""))
        return uid == item.uid and (
            item.resource_version == version or precedes(item.resource_version, version)
        )

    def version(self, reached: str) -> str:
        """Return the version up to which everything was delivered, given the one that was reached."""
        self._epochs[-1].version = reached
        while self._epochs and self._epochs[0].version is not None and not self._epochs[0].outstanding:
            self._version = self._epochs.popleft().version or ""
        self._epochs.append(Epoch())
        return self._version


class Positions:
    """How far every watch is."""

    def __init__(self, file: StateFile) -> None:
        """Load what an earlier process left; raises `ConfigError`."""
        self._file = file
        self.saved = file.load()
        self._positions: dict[Place, Position] = {}
        self._content = b""

    @property
    def unclean(self) -> bool:
        """Whether the earlier process ended without saying how far it was."""
        return bool(self.saved.watches) and not self.saved.clean

    def belong(self, cluster: str) -> None:
        """Learn which cluster is followed, if that can be known; what was saved of another is of no use."""
        if cluster and self.saved.cluster not in ("", cluster):
            log.warning(
                "the state file is of another cluster: every object is delivered again",
                file=str(self._file.path),
            )
            self.saved = SavedState()
        self.saved = msgspec.structs.replace(self.saved, cluster=cluster or self.saved.cluster)

    def restore(self, saved: SavedWatch) -> None:
        """Go on with a watch of the earlier process."""
        self._positions[Place(saved.resource.name, saved.scope)] = Position(saved)

    def of(self, watch: Watch) -> Position:
        """Return the position of a watch."""
        position = self._positions.get(watch.place)
        if position is None:
            position = self._positions[watch.place] = Position()
        return position

    def snapshot(self, watches: Iterable[Watch], versions: Mapping[Place, str], *, clean: bool) -> bytes:
        """Return what to save; empty where that is what was saved last."""
        saved = tuple(
            SavedWatch(
                watch.resource,
                watch.scope,
                unplaced(match.subscription.rule for match in watch.matches),
                self.of(watch).version(versions.get(watch.place, "")),
                self.of(watch).delivered,
            )
            for watch in watches
        )
        content = msgspec.json.encode(SavedState(saved, clean, self.saved.cluster))
        if content == self._content:
            return b""
        self._content = content
        return content

    def save(self, content: bytes) -> None:
        """Write a snapshot; what fails is said in the log, and comes again with the next one."""
        if not content:
            return
        try:
            self._file.save(content)
        except OSError as error:
            self._content = b""
            log.warning("the state is not saved", error=error.strerror)

    def forget(self) -> None:
        """Save that nothing is known."""
        self.save(msgspec.json.encode(SavedState(clean=True)))

    def put_back(self) -> None:
        """Save what was loaded."""
        self.save(msgspec.json.encode(self.saved))

    def check(self) -> None:
        """Make sure that the file can be written, and mark it as that of a process that runs.

        Raises `ConfigError`.
        """
        try:
            self._file.save(msgspec.json.encode(msgspec.structs.replace(self.saved, clean=False)))
        except OSError as error:
            raise ConfigError(
                f"state_file {error.filename or ''} cannot be written: {error.strerror}; choose another"
            ) from None
