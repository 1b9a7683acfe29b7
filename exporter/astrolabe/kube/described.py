"""Credentials that a cluster and a user say, in the form of a kubeconfig."""

from __future__ import annotations

import base64
import binascii
from abc import ABC
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

from astrolabe.kube.configuration import Configuration, ConfigurationError
from astrolabe.kube.exchange import one_line
from astrolabe.kube.kubeconfig import Chosen
from astrolabe.kube.kubeconfigform import Cluster, User
from astrolabe.kube.plugin import ExecPlugin, cluster_info
from astrolabe.kube.proxy import checked, proxy_for
from astrolabe.kube.rereading import Reread
from astrolabe.kube.sender import basic, bearer, impersonation


class Described(Reread, ABC):
    """Makes configurations of what is described so; keeps the plugin, and what it printed, in between."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        super().__init__()
        self._environment = environment
        self._plugin: ExecPlugin | None = None
        self._token = ""
        """What a token file held when it could last be read."""

    async def current(self) -> Configuration:
        """See `Credentials`; a plugin whose credentials have expired runs again."""
        if self._plugin is not None and self._known is not None and self._plugin.due:
            return await super().renewed()
        return await super().current()

    async def renewed(self) -> Configuration:
        """See `Credentials`."""
        if self._plugin is not None and self._known is not None:
            self._plugin.refused()
        return await super().renewed()

    async def _configuration(self, chosen: Chosen) -> Configuration:
        cluster, user = chosen.cluster, chosen.user
        ca = self._data(
            "certificate-authority", chosen.cluster_folder,
            cluster.certificate_authority, cluster.certificate_authority_data,
        )  # fmt: skip
        if ca and cluster.insecure_skip_tls_verify:
            raise ConfigurationError(
                "insecure-skip-tls-verify and a certificate authority cannot both be set: remove one of them"
            )
        certificate = self._data(
            "client-certificate", chosen.user_folder, user.client_certificate, user.client_certificate_data
        )
        key = self._data("client-key", chosen.user_folder, user.client_key, user.client_key_data)
        server = _server(cluster, secure=bool(ca or certificate or cluster.insecure_skip_tls_verify))
        authorization, certificate, key = await self._sender(chosen, server, ca, certificate, key)
        return Configuration(
            server=server,
            ca=ca,
            verify=not cluster.insecure_skip_tls_verify,
            server_name=cluster.tls_server_name,
            proxy=checked(cluster.proxy_url, "proxy-url")
            if cluster.proxy_url
            else proxy_for(server, self._environment),
            certificate=certificate,
            key=key,
            authorization=authorization,
            headers=(
                *impersonation(user),
                *((("Accept-Encoding", "identity"),) if cluster.disable_compression else ()),
            ),
        )

    async def _sender(
        self, chosen: Chosen, server: str, ca: bytes, certificate: bytes, key: bytes
    ) -> tuple[str, bytes, bytes]:
        """Return the Authorization header, the client certificate and its key."""
        user = chosen.user
        plugin, self._plugin = self._plugin, None
        if user.auth_provider is not None:
            raise ConfigurationError(
                f"auth-provider {one_line(user.auth_provider.name)} is not supported:"
                " log in with a plugin (exec) instead"
            )
        if bool(certificate) != bool(key):
            lacking, other = ("client-key", "client-certificate")[:: 1 if certificate else -1]
            raise ConfigurationError(f"the context's user has a {other} and no {lacking}")
        if not server.startswith("https://"):
            # client-go sends no credentials that others could read on the way.
            return "", b"", b""
        password = bool(user.username or user.password)
        if password and (user.token or user.token_file):
            raise ConfigurationError("the context's user has a token and a password: remove one of them")
        if user.token or user.token_file:
            return bearer(self._token_of(user, chosen.user_folder)), certificate, key
        if password:
            return basic(user.username, user.password), certificate, key
        if certificate or user.exec is None:
            return "", certificate, key
        fresh = ExecPlugin(user.exec, chosen.user_folder, cluster_info(chosen.cluster, ca))
        # The same one, with what it printed, while nothing about it changes.
        self._plugin = plugin if plugin is not None and plugin.key == fresh.key else fresh
        issued = await self._plugin.credentials()
        return bearer(issued.token), issued.certificate, issued.key

    def _token_of(self, user: User, folder: Path) -> str:
        """Return what the token file holds; else what it held last, or the token in the kubeconfig."""
        if not user.token_file:
            return user.token
        try:
            token = self._files.read(folder / user.token_file).decode(errors="replace").strip()
        except OSError:
            if not self._token and not user.token:
                raise
            token = ""
        self._token = token or self._token
        if not self._token and not user.token:
            raise ConfigurationError(f"{folder / user.token_file} is empty")
        return self._token or user.token

    def _data(self, field: str, folder: Path, path: str, data: str) -> bytes:
        """Return what a field holds in base64, or else what is in the file that it names."""
        if data:
            try:
                return base64.b64decode("".join(data.split()), validate=True)
            except (binascii.Error, ValueError):
                raise ConfigurationError(f"{field}-data is not base64") from None
        return self._files.read(folder / path) if path else b""


def _server(cluster: Cluster, *, secure: bool) -> str:
    """Return the server's URL; raises `ConfigurationError`."""
    if not cluster.server:
        raise ConfigurationError("the cluster has no server")
    text = cluster.server if "://" in cluster.server else f"http{'s' if secure else ''}://{cluster.server}"
    try:
        url = urlsplit(text)
        usable = url.scheme in ("http", "https") and bool(url.hostname) and (url.port or 1) > 0
    except ValueError:
        usable = False
    if not usable:
        raise ConfigurationError(f"the server {one_line(cluster.server)} of the cluster is not a URL")
    return urlunsplit((url.scheme, url.netloc, url.path, "", "")).rstrip("/")
