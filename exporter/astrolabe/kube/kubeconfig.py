"""Several kubeconfig files as one, and a context of it."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

import msgspec
import yaml

from astrolabe.kube.configuration import ConfigurationError
from astrolabe.kube.exchange import one_line
from astrolabe.kube.kubeconfigform import Cluster, Context, File, User, unknown_fields


class Chosen(NamedTuple):
    """A context, with the folders that relative paths of its cluster and of its user start from."""

    context: str
    cluster_name: str
    cluster: Cluster
    cluster_folder: Path
    user: User
    user_folder: Path


def paths_of(path: str) -> list[Path]:
    """Return the files that are named as in the KUBECONFIG variable."""
    return [Path(part).expanduser() for part in path.split(os.pathsep) if part]


class Merged:
    """Several files as one. If several have an entry of one name, the first counts, as in kubectl."""

    def __init__(self, path: str) -> None:
        """Read files, separated as in the KUBECONFIG variable; raises `ConfigurationError`."""
        self._path = path
        paths = [each for each in paths_of(path) if each.exists()]
        if not paths:
            raise ConfigurationError(f"no kubeconfig at {path}: give --kubeconfig, or --in-cluster")
        self.unknown: list[str] = []
        """Fields that client-go does not know, by path."""
        self._current = ""
        self._clusters: dict[str, tuple[Cluster, Path]] = {}
        self._users: dict[str, tuple[User, Path]] = {}
        self._contexts: dict[str, Context] = {}
        for each in paths:
            self._add(each)

    def choose(self, name: str) -> Chosen:
        """Return a context, the current one for no name; raises `ConfigurationError`."""
        name = name or self._current
        if not name:
            raise self._error(f"there is no current context; {self._names()}")
        context = self._contexts.get(name)
        if context is None:
            raise self._error(f"there is no context {name}; {self._names()}")
        if context.cluster not in self._clusters:
            raise self._error(f"the cluster {context.cluster} of the context {name} is not in it")
        if context.user and context.user not in self._users:
            raise self._error(f"the user {context.user} of the context {name} is not in it")
        user, user_folder = self._users.get(context.user, (User(), Path()))
        cluster, cluster_folder = self._clusters[context.cluster]
        return Chosen(name, context.cluster, cluster, cluster_folder, user, user_folder)

    def _add(self, path: Path) -> None:
        document = _read(path)
        if document is None:  # an empty file says nothing
            return
        try:
            file = msgspec.convert(document, File)
        except msgspec.ValidationError as error:
            raise ConfigurationError(f"{path}: not a kubeconfig: {said(error)}") from None
        if file.kind not in ("", "Config") or file.api_version not in ("", "v1"):
            raise ConfigurationError(f"{path}: not a kubeconfig: expected kind Config of apiVersion v1")
        self.unknown += unknown_fields(document, File)
        folder = path.absolute().parent
        _merge(self._clusters, ((each.name, (each.cluster, folder)) for each in file.clusters), path)
        _merge(self._users, ((each.name, (each.user, folder)) for each in file.users), path)
        _merge(self._contexts, ((each.name, each.context) for each in file.contexts), path)
        self._current = self._current or file.current_context

    def _names(self) -> str:
        names = ", ".join(self._contexts)
        return f"contexts are: {names}" if names else "there is no context in it"

    def _error(self, text: str) -> ConfigurationError:
        return ConfigurationError(f"{self._path}: {text}")


_Entry = TypeVar("_Entry")


def _merge(into: dict[str, _Entry], entries: Iterable[tuple[str, _Entry]], path: Path) -> None:
    seen: set[str] = set()
    for name, entry in entries:
        if name in seen:
            raise ConfigurationError(f"{path}: {name} is in one of its lists twice")
        seen.add(name)
        into.setdefault(name, entry)


def _read(path: Path) -> Any:
    try:
        document = yaml.safe_load(path.read_bytes())
    except yaml.MarkedYAMLError as error:
        # What the parser says may quote the file; where it stands is enough.
        mark = error.problem_mark
        place = f" in line {mark.line + 1}, column {mark.column + 1}" if mark is not None else ""
        raise ConfigurationError(f"{path}: not valid YAML{place}: {error.problem or 'unreadable'}") from None
    except (yaml.YAMLError, ValueError):
        raise ConfigurationError(f"{path}: not valid YAML") from None
    except RecursionError:
        raise ConfigurationError(f"{path}: nested too deep") from None
    except OSError as error:
        raise ConfigurationError(f"{path}: cannot be read: {error.strerror}") from None
    return without_nulls(document)


def without_nulls(value: Any) -> Any:
    """Leave out fields that are null: client-go treats them as absent."""
    if isinstance(value, dict):
        return {name: without_nulls(each) for name, each in value.items() if each is not None}
    if isinstance(value, list):
        return [without_nulls(each) for each in value]
    return value


def said(error: Exception) -> str:
    """Return what an error says, as the end of a line."""
    text = one_line(str(error))
    return text[:1].lower() + text[1:]
