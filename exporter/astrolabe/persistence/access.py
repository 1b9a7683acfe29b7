"""How Redis is reached: where, as which user, and by which certificates."""

from __future__ import annotations

import ssl

import msgspec


class UnusableTls(Exception):
    """A file for TLS cannot be used. Its text is one line: the setting, the file, the cause."""


class Tls(msgspec.Struct, frozen=True):
    """Files, each empty where there is none. The server's certificate is checked in any case."""

    ca_file: str = ""
    """The CA to trust; empty is those that the system trusts."""
    cert_file: str = ""
    key_file: str = ""
    server_name: str = ""
    """What the server's certificate has to be for; empty is the host of the address."""

    def context(self) -> ssl.SSLContext:
        """Read the files, as each connection does: others may replace them. Raises `UnusableTls`."""
        try:
            context = ssl.create_default_context(cafile=self.ca_file or None)
        except (OSError, ValueError) as error:
            raise UnusableTls(f"redis_tls_ca_file: {self.ca_file}: {_why(error)}") from None
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        if self.cert_file:
            try:
                # A key with a password would be asked for on the terminal.
                context.load_cert_chain(self.cert_file, self.key_file, password=lambda: "")
            except (OSError, ValueError) as error:
                files = f"{self.cert_file}, {self.key_file}"
                raise UnusableTls(
                    f"redis_tls_cert_file, redis_tls_key_file: {files}: {_why(error)}"
                ) from None
        return context


class Access(msgspec.Struct, frozen=True):
    """Where Redis is, and the user to log in as."""

    address: str
    """`host:port`."""
    user: str = ""
    """Empty is Redis' default user."""
    password: str = ""
    db: int = 0
    tls: Tls | None = None
    """None speaks plain TCP."""

    @property
    def host(self) -> str:
        """The host, without the brackets of an IPv6 address."""
        return self.address.rpartition(":")[0].strip("[]")

    @property
    def port(self) -> int:
        """The port."""
        return int(self.address.rpartition(":")[2])


def _why(error: Exception) -> str:
    if isinstance(error, ssl.SSLError):
        said = error.reason.lower().replace("_", " ") if error.reason else "no PEM, or not of each other"
        return f"cannot be used: {said}"
    return f"cannot be read: {error.strerror if isinstance(error, OSError) else error}"
