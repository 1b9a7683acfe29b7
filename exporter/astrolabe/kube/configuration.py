"""How to reach one API server, and as which user: the result of every source of credentials."""

from __future__ import annotations

import msgspec


class ConfigurationError(Exception):
    """The configuration cannot work. Its text is one line that names what, where and the remedy."""


class Configuration(msgspec.Struct, frozen=True, kw_only=True):
    """The address of a server and our credentials for it, read at one moment."""

    server: str
    """URL without a slash at the end."""
    ca: bytes = b""
    """Certificates that the server's own must be signed by, PEM; empty for those that the system trusts."""
    verify: bool = True
    """Whether the server's certificate is looked at."""
    server_name: str = ""
    """The name that its certificate must have; empty for that in the URL."""
    proxy: str = ""
    """URL of the proxy on the way; empty where there is none."""
    certificate: bytes = b""
    """Our client certificate and its chain, PEM; empty where there is none."""
    key: bytes = b""
    authorization: str = ""
    """The header of that name; empty where there is none."""
    headers: tuple[tuple[str, str], ...] = ()
    """Further headers of every request: who is impersonated, and how answers may be compressed."""

    @property
    def connection(self) -> tuple[object, ...]:
        """What connections depend on: if this changes, old connections cannot be used."""
        return (
            self.server, self.ca, self.verify, self.server_name, self.proxy, self.certificate, self.key,
        )  # fmt: skip
