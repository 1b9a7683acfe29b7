"""The credentials of a Pod."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from astrolabe.kube.configuration import Configuration, ConfigurationError
from astrolabe.kube.proxy import proxy_for
from astrolabe.kube.rereading import Reread
from astrolabe.kube.sender import bearer

MOUNTED = Path("/var/run/secrets/kubernetes.io/serviceaccount")
"""Where a Pod finds its service account."""


class ServiceAccount(Reread):
    """The service account of the Pod that this runs in."""

    def __init__(
        self,
        environment: Mapping[str, str],
        token_file: str = str(MOUNTED / "token"),
        ca_file: str = str(MOUNTED / "ca.crt"),
    ) -> None:
        super().__init__()
        self._environment = environment
        self._token_file = Path(token_file)
        self._ca_file = Path(ca_file)

    @property
    def present(self) -> bool:
        """Whether this runs in a Pod that has a service account's token."""
        return bool(self._environment.get("KUBERNETES_SERVICE_HOST")) and self._token_file.is_file()

    async def _read(self) -> Configuration:
        host = self._environment.get("KUBERNETES_SERVICE_HOST", "")
        port = self._environment.get("KUBERNETES_SERVICE_PORT", "")
        if not host or not port:
            raise self._absent("KUBERNETES_SERVICE_HOST and KUBERNETES_SERVICE_PORT are not set")
        server = f"https://{f'[{host}]' if ':' in host else host}:{port}"
        self._files.begin()
        try:
            token = self._files.read(self._token_file).decode(errors="replace").strip()
            ca = self._files.read(self._ca_file)
        except OSError as error:
            raise self._absent(f"{error.filename}: {error.strerror}") from None
        for path, content in ((self._token_file, token), (self._ca_file, ca)):
            if not content:
                raise self._absent(f"{path} is empty")
        return Configuration(
            server=server,
            ca=ca,
            proxy=proxy_for(server, self._environment),
            authorization=bearer(token),
        )

    def _absent(self, why: str) -> ConfigurationError:
        return ConfigurationError(
            f"no service account to be found: {why}; outside a cluster, give --kubeconfig"
        )
