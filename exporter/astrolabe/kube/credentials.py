"""Where the API server is and who we are there: kubeconfig or service account, read by `kubernetes`."""

from __future__ import annotations

import asyncio
import binascii
import logging
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Protocol

import yaml
from kubernetes.aio.client import Configuration
from kubernetes.aio.config import ConfigException, incluster_config, kube_config
from kubernetes.aio.config.incluster_config import (
    SERVICE_CERT_FILENAME,
    SERVICE_HOST_ENV_NAME,
    SERVICE_TOKEN_FILENAME,
)

from astrolabe.kube.exchange import one_line

PATIENCE = 60.0
"""Seconds for an exec plugin, or for an identity provider, to answer."""
DEFAULT_KUBECONFIG = "~/.kube/config"

# This part of the package has no types.
_InClusterConfigLoader: Any = incluster_config.InClusterConfigLoader
_KubeConfigLoader: Any = kube_config.KubeConfigLoader
_KubeConfigMerger: Any = kube_config.KubeConfigMerger

_MALFORMED = (AttributeError, KeyError, TypeError, ValueError, IndexError, binascii.Error)


class ConfigurationError(Exception):
    """The configuration cannot work. Its text is one line that names what, where and the remedy."""


class Credentials(Protocol):
    """A source of configurations."""

    async def load(self) -> Configuration:
        """Read everything anew, exec plugins included; raises `ConfigurationError`."""
        ...

    async def refresh(self, configuration: Configuration) -> None:
        """Bring the token up to date where it is due; raises `ConfigurationError`."""
        ...


def choose(
    kubeconfig: str = "",
    context: str = "",
    *,
    in_cluster: bool = False,
    environment: Mapping[str, str] = os.environ,
    account: ServiceAccount | None = None,
) -> Credentials:
    """Return the source that the settings ask for.

    A kubeconfig given means not in-cluster; without either, in-cluster if that is where this runs, else the
    default kubeconfig.
    """
    account = account or ServiceAccount(environment)
    if kubeconfig and in_cluster:
        raise ConfigurationError("--kubeconfig and --in-cluster exclude each other: give one of them")
    if kubeconfig:
        return Kubeconfig(kubeconfig, context)
    if in_cluster or (not context and account.present):
        return account
    return Kubeconfig(DEFAULT_KUBECONFIG, context)


class ServiceAccount:
    """The service account of the Pod that this runs in. The token file is read again as it rotates."""

    def __init__(
        self,
        environment: Mapping[str, str],
        token_file: str = SERVICE_TOKEN_FILENAME,
        ca_file: str = SERVICE_CERT_FILENAME,
    ) -> None:
        self._environment = environment
        self._token_file = token_file
        self._ca_file = ca_file

    @property
    def present(self) -> bool:
        """Whether this runs in a Pod that has a service account's token."""
        return bool(self._environment.get(SERVICE_HOST_ENV_NAME)) and Path(self._token_file).is_file()

    async def load(self) -> Configuration:
        """Read the token and the CA."""
        configuration = _blank()
        loader = _InClusterConfigLoader(self._token_file, self._ca_file, environ=self._environment)
        try:
            loader.load_and_set(configuration)
        except (ConfigException, OSError) as error:
            raise ConfigurationError(
                f"no service account to be found: {_said(error)}; outside a cluster, give --kubeconfig"
            ) from None
        return configuration

    async def refresh(self, configuration: Configuration) -> None:
        """Do nothing: the package reads the token file again once a minute, as a request asks for it."""


class Kubeconfig:
    """A kubeconfig file, or several, separated as in the KUBECONFIG variable."""

    def __init__(self, path: str, context: str = "") -> None:
        self._path = path
        self._context = context
        self._loader: Any = None
        self._once = False

    async def load(self) -> Configuration:
        """Read the files and run the exec plugin, if there is one."""
        merged = self._merge()
        configuration = _blank()
        try:
            loader = _KubeConfigLoader(
                config_dict=merged, active_context=self._context or None, config_base_path=None
            )
        except ConfigException as error:
            raise ConfigurationError(f"{self._path}: {_said(error)}; {self._contexts(merged)}") from None
        except _MALFORMED as error:
            raise ConfigurationError(f"{self._path}: not a usable kubeconfig: {_said(error)}") from None
        user = _user(merged, loader)
        if user is None:
            name = loader.current_context["context"]["user"]
            raise ConfigurationError(f"{self._path}: the context's user {name} is not in it")
        plugin = user.get("exec")
        # Without an expiry a plugin's credentials hold until the API server refuses them.
        self._once = bool(plugin)
        await self._set(loader, configuration, _command(plugin))
        self._loader = loader
        if not configuration.host or "server" not in _cluster(merged, loader):
            raise ConfigurationError(f"{self._path}: the cluster of the context has no server")
        return configuration

    async def refresh(self, configuration: Configuration) -> None:
        """Read a token file again; run an exec plugin again whose credentials are about to expire."""
        if self._loader is None or (self._once and not hasattr(self._loader, "exec_plugin_expiry")):
            return
        await self._set(self._loader, configuration, "")

    def _merge(self) -> Any:
        paths = [Path(part).expanduser() for part in self._path.split(os.pathsep) if part]
        if not any(path.exists() for path in paths):
            raise ConfigurationError(f"no kubeconfig at {self._path}: give --kubeconfig, or --in-cluster")
        try:
            merged = _KubeConfigMerger(os.pathsep.join(map(str, paths))).config
        except yaml.YAMLError as error:
            raise ConfigurationError(f"{self._path}: not valid YAML: {_said(error)}") from None
        except OSError as error:
            raise ConfigurationError(f"{self._path}: cannot be read: {error.strerror}") from None
        except _MALFORMED:
            raise ConfigurationError(f"{self._path}: not a kubeconfig") from None
        return merged

    def _contexts(self, merged: Any) -> str:
        names = ", ".join(str(entry["name"]) for entry in merged.value["contexts"])
        return f"contexts are: {names}" if names else "there is no context in it"

    async def _set(self, loader: Any, configuration: Configuration, command: str) -> None:
        with _overheard() as complaints:
            try:
                async with asyncio.timeout(PATIENCE):
                    await loader.load_and_set(configuration)
            except TimeoutError:
                who = f"the exec plugin {command}" if command else "the login"
                raise ConfigurationError(f"{self._path}: {who} took longer than {PATIENCE:g} s") from None
            except ConfigException as error:
                raise ConfigurationError(f"{self._path}: {_said(error)}") from None
            except OSError as error:
                raise ConfigurationError(f"{self._path}: {error.filename}: {error.strerror}") from None
            except _MALFORMED as error:
                raise ConfigurationError(
                    f"{self._path}: the context's user or cluster is incomplete: {_said(error)}"
                ) from None
        if complaints:
            plugin = f"the exec plugin {command}" if command else "the exec plugin"
            raise ConfigurationError(f"{self._path}: {plugin} failed: {complaints[0]}")


def _cluster(merged: Any, loader: Any) -> Mapping[str, Any]:
    """Return the cluster entry of the active context."""
    name = loader.current_context["context"]["cluster"]
    entry: Mapping[str, Any] = merged["clusters"].get_with_name(name).value["cluster"]
    return entry


def _user(merged: Any, loader: Any) -> Mapping[str, Any] | None:
    """Return the user entry of the active context, None when the file lacks it."""
    name = loader.current_context["context"].get("user")
    if not name:
        return {}
    entry = merged["users"].get_with_name(name, safe=True) if merged.safe_get("users") else None
    return None if entry is None else entry.value.get("user") or {}


def _command(plugin: Any) -> str:
    return str(plugin.get("command", "")) if isinstance(plugin, dict) else ""


def _blank() -> Configuration:
    configuration = Configuration()
    # client-go does not insist on the strict form that Python 3.13 made its default, and CAs of real
    # clusters lack extensions that it asks for. The chain and the name are verified all the same.
    configuration.disable_strict_ssl_verification = True
    return configuration


def _said(error: Exception) -> str:
    text = one_line(str(error)) or type(error).__name__
    return text[0].lower() + text[1:] if text[1:2].islower() else text


class _Ear(logging.Handler):
    def __init__(self, heard: list[str]) -> None:
        super().__init__(logging.ERROR)
        self._heard = heard

    def emit(self, record: logging.LogRecord) -> None:
        self._heard.append(one_line(record.getMessage()))


@contextmanager
def _overheard() -> Iterator[list[str]]:
    """Collect what the package says about exec plugins: it reports their failure in its log alone."""
    heard: list[str] = []
    ear = _Ear(heard)
    logger = logging.getLogger("kubernetes.aio.config.kube_config")
    propagates = logger.propagate
    logger.addHandler(ear)
    logger.propagate = False
    try:
        yield heard
    finally:
        logger.removeHandler(ear)
        logger.propagate = propagates
