"""Where the API server is and who we are there: a kubeconfig, or the service account of the Pod."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Protocol

import structlog

from astrolabe.kube.configuration import Configuration, ConfigurationError
from astrolabe.kube.described import Described
from astrolabe.kube.kubeconfig import Merged, paths_of
from astrolabe.kube.serviceaccount import ServiceAccount

DEFAULT_KUBECONFIG = "~/.kube/config"

log = structlog.get_logger(__name__)


class Credentials(Protocol):
    """A source of configurations. Both methods raise `ConfigurationError`."""

    async def current(self) -> Configuration:
        """Return the configuration that the files have now. Cheap if nothing was replaced or expired."""
        ...

    async def renewed(self) -> Configuration:
        """Return it after the API server refused the credentials: read again, exec plugins run again."""
        ...


class Fixed:
    """Credentials that stay as they are."""

    def __init__(self, configuration: Configuration) -> None:
        self._configuration = configuration

    async def current(self) -> Configuration:
        """See `Credentials`."""
        return self._configuration

    async def renewed(self) -> Configuration:
        """See `Credentials`."""
        return self._configuration


def choose(
    kubeconfig: str = "",
    context: str = "",
    *,
    in_cluster: bool = False,
    environment: Mapping[str, str] = os.environ,
    account: ServiceAccount | None = None,
) -> Credentials:
    """Return the source that the settings ask for.

    A given kubeconfig is used. Without one and without `in_cluster`, a Pod uses its service account, unless a
    context is given. Else it is the default kubeconfig.
    """
    account = account or ServiceAccount(environment)
    if kubeconfig and in_cluster:
        raise ConfigurationError("--kubeconfig and --in-cluster cannot be used together: give one of them")
    if kubeconfig:
        return Kubeconfig(kubeconfig, context, environment=environment)
    if in_cluster or (not context and account.present):
        return account
    return Kubeconfig(DEFAULT_KUBECONFIG, context, environment=environment)


class Kubeconfig(Described):
    """A kubeconfig file, or several, separated as in the KUBECONFIG variable.

    The context is chosen when the files are read first. If somebody changes the current context later, this
    process keeps its own.
    """

    def __init__(self, path: str, context: str = "", *, environment: Mapping[str, str] = os.environ) -> None:
        super().__init__(environment)
        self._path = path
        self._context = context
        self._named: set[str] = set()

    async def _read(self) -> Configuration:
        self._files.begin(paths_of(self._path))
        merged = Merged(self._path)
        chosen = merged.choose(self._context)
        self._context = chosen.context
        self._name_unknown(merged.unknown)
        try:
            return await self._configuration(chosen)
        except ConfigurationError as error:
            raise ConfigurationError(f"{self._path}: {error}") from None
        except OSError as error:
            raise ConfigurationError(f"{self._path}: {error.filename}: {error.strerror}") from None

    def _name_unknown(self, fields: list[str]) -> None:
        fields = [each for each in fields if each not in self._named]
        self._named.update(fields)
        if fields:
            log.warning("fields of the kubeconfig are not known, and ignored", file=self._path, fields=fields)
