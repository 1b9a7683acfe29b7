"""Runs an exec plugin, as client-go does: a command that prints credentials."""

from __future__ import annotations

import asyncio
import base64
import os
import sys
from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from time import time
from typing import Annotated, Any

import msgspec

from astrolabe.kube.configuration import ConfigurationError
from astrolabe.kube.exchange import one_line
from astrolabe.kube.kubeconfigform import Cluster, Plugin
from astrolabe.kube.wire import MALFORMED

PATIENCE = 60.0
"""Seconds for a plugin to answer."""
SETTLED = 5.0
"""Seconds after a failure before it runs again."""
VERSIONS = ("client.authentication.k8s.io/v1", "client.authentication.k8s.io/v1beta1")
MODES = ("Never", "IfAvailable", "Always")
CLUSTER_EXTENSION = "client.authentication.k8s.io/exec"
"""The extension of a cluster that is for plugins."""


class Issued(msgspec.Struct, frozen=True):
    """What a plugin printed."""

    token: str = ""
    certificate: bytes = b""
    key: bytes = b""
    expires: float | None = None
    """Unix seconds; None where it does not say."""


class _Status(msgspec.Struct, rename="camel"):
    token: str = ""
    client_certificate_data: str = ""
    client_key_data: str = ""
    expiration_timestamp: Annotated[datetime, msgspec.Meta(tz=True)] | None = None


class _Credential(msgspec.Struct, rename="camel"):
    api_version: str = ""
    kind: str = ""
    status: _Status | None = None


def _at_a_terminal() -> bool:
    return sys.stdin is not None and sys.stdin.isatty()


class ExecPlugin:
    """A plugin and its newest credentials. It runs again when they have expired or were refused."""

    def __init__(
        self,
        plugin: Plugin,
        folder: Path,
        cluster: Mapping[str, Any] | None = None,
        *,
        terminal: Callable[[], bool] = _at_a_terminal,
        now: Callable[[], float] = time,
    ) -> None:
        """Take a folder that a relative command starts from; raises `ConfigurationError`."""
        self._cluster = cluster if plugin.provide_cluster_info else None
        self.key = (plugin, folder, self._cluster)
        """What tells one plugin from another."""
        self._plugin = plugin
        self._terminal = terminal
        self._now = now
        self._issued: Issued | None = None
        self._failure: tuple[float, ConfigurationError] | None = None
        self._running = asyncio.Lock()
        if not plugin.command:
            raise ConfigurationError("exec.command is missing")
        if plugin.api_version not in VERSIONS:
            said = (
                f" {one_line(plugin.api_version)} is not supported" if plugin.api_version else " is missing"
            )
            raise ConfigurationError(f"exec.apiVersion{said}: it has to be {' or '.join(VERSIONS)}")
        if plugin.interactive_mode not in ("", *MODES):
            raise ConfigurationError(f"exec.interactiveMode has to be one of {', '.join(MODES)}")
        if not all(each.name for each in plugin.env):
            raise ConfigurationError("exec.env has a variable without a name")
        # A bare name is looked for on the PATH.
        self._command = str(folder / plugin.command) if os.sep in plugin.command else plugin.command

    @property
    def due(self) -> bool:
        """Whether it has to run before the next request."""
        issued = self._issued
        return issued is None or (issued.expires is not None and self._now() >= issued.expires)

    async def credentials(self) -> Issued:
        """Return what it printed, running it where that is due; raises `ConfigurationError`."""
        async with self._running:
            if self.due:
                self._issued = await self._once()
            assert self._issued is not None
            return self._issued

    def refused(self) -> None:
        """Take note that the API server did not accept what it printed: it runs again."""
        self._issued = None

    async def _once(self) -> Issued:
        """Run it. For some seconds after a failure, raise the same failure again."""
        clock = asyncio.get_running_loop().time
        if self._failure is not None and clock() < self._failure[0]:
            raise ConfigurationError(str(self._failure[1]))
        try:
            return await self._run()
        except ConfigurationError as error:
            self._failure = clock() + SETTLED, error
            raise

    async def _run(self) -> Issued:
        interactive = self._plugin.interactive_mode != "Never" and self._terminal()
        if self._plugin.interactive_mode == "Always" and not interactive:
            raise self._failed("exec.interactiveMode is Always, and there is no terminal")
        output, errors, code = await self._execute(interactive=interactive)
        if code:
            said = one_line(errors.decode(errors="replace"))
            raise self._failed(f"exit code {code}{f': {said}' if said else ''}")
        try:
            printed = msgspec.json.decode(output, type=_Credential)
        except MALFORMED:
            # What it printed may hold a token.
            raise self._failed("what it printed is no ExecCredential") from None
        if printed.kind != "ExecCredential" or printed.api_version != self._plugin.api_version:
            raise self._failed(
                f"it printed {one_line(printed.kind) or 'no kind'} of {one_line(printed.api_version)},"
                f" expected ExecCredential of {self._plugin.api_version}"
            )
        status = printed.status or _Status()
        if not status.token and not status.client_certificate_data:
            raise self._failed("it printed neither a token nor a certificate")
        if bool(status.client_certificate_data) != bool(status.client_key_data):
            raise self._failed("it printed a certificate or a key without the other")
        return Issued(
            status.token,
            status.client_certificate_data.encode(),
            status.client_key_data.encode(),
            status.expiration_timestamp.timestamp() if status.expiration_timestamp else None,
        )

    async def _execute(self, *, interactive: bool) -> tuple[bytes, bytes, int]:
        plugin = self._plugin
        info: dict[str, Any] = {"interactive": interactive}
        if self._cluster is not None:
            info["cluster"] = self._cluster
        document = {"apiVersion": plugin.api_version, "kind": "ExecCredential", "spec": info}
        environment = {
            **os.environ,
            **{each.name: each.value for each in plugin.env},
            "KUBERNETES_EXEC_INFO": msgspec.json.encode(document).decode(),
        }
        try:
            process = await asyncio.create_subprocess_exec(
                self._command,
                *plugin.args,
                env=environment,
                stdin=None if interactive else asyncio.subprocess.DEVNULL,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.PIPE,
            )
        except (OSError, ValueError) as error:
            hint = one_line(plugin.install_hint)
            said = (getattr(error, "strerror", None) or "it cannot be run") + (f": {hint}" if hint else "")
            raise self._failed(said) from None
        try:
            async with asyncio.timeout(PATIENCE):
                output, errors = await process.communicate()
        except TimeoutError:
            raise self._failed(f"no answer within {PATIENCE:g} s") from None
        finally:
            if process.returncode is None:
                with suppress(ProcessLookupError):
                    process.kill()
                await process.wait()
        return output, errors, process.returncode or 0

    def _failed(self, why: str) -> ConfigurationError:
        return ConfigurationError(f"the exec plugin {one_line(self._plugin.command)} failed: {why}")


def cluster_info(cluster: Cluster, ca: bytes) -> dict[str, Any]:
    """Describe a cluster to a plugin that wants to know (`provideClusterInfo`)."""
    said: dict[str, Any] = {
        "server": cluster.server,
        "tls-server-name": cluster.tls_server_name,
        "insecure-skip-tls-verify": cluster.insecure_skip_tls_verify,
        "certificate-authority-data": base64.b64encode(ca).decode(),
        "proxy-url": cluster.proxy_url,
        "disable-compression": cluster.disable_compression,
    }
    said = {name: value for name, value in said.items() if value}
    configured = [each.extension for each in cluster.extensions if each.name == CLUSTER_EXTENSION]
    return said | ({"config": configured[0]} if configured and configured[0] is not None else {})
