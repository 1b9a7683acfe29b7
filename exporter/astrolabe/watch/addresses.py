"""Addresses of NATS and Kafka, as URLs: several hosts, a password in a file, TLS."""

from __future__ import annotations

import ssl
from collections.abc import Collection
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import parse_qsl, unquote, urlsplit

import msgspec

from astrolabe.kube.exchange import one_line
from astrolabe.patterns.names import shown
from astrolabe.watch.errors import ConfigError

TLS = ("ca", "cert", "key")
"""Options that name files: the CA, a certificate of one's own, its key."""
PASSWORD_FILE = "password-file"  # noqa: S105  (the name of an option)


class Address(msgspec.Struct, frozen=True):
    """`SCHEME://[USER[:PASSWORD]@]HOST[:PORT][,HOST[:PORT]…][/NAME][?OPTION=VALUE&…]`, read."""

    scheme: str
    hosts: tuple[str, ...]
    """Each as `host:port`."""
    name: str = ""
    """The subject or the topic."""
    user: str = ""
    secret: str = ""
    """The password in the address itself; `password` knows one in a file as well."""
    options: dict[str, str] = msgspec.field(default_factory=dict)

    def __repr__(self) -> str:
        return f"Address({self.scheme}://{','.join(self.hosts)}/{self.name})"

    @property
    def password(self) -> str:
        """The password as it is now; raises `OSError` for a file that cannot be read."""
        file = self.options.get(PASSWORD_FILE)
        return Path(file).read_text("utf-8").strip() if file else self.secret

    def tls(self) -> ssl.SSLContext:
        """Return how a server is verified, by the files as they are now; raises `OSError`."""
        context = ssl.create_default_context(cafile=self.options.get("ca"))
        if certificate := self.options.get("cert"):
            context.load_cert_chain(certificate, self.options.get("key"))
        return context


def address(url: str, port: int, options: Collection[str]) -> Address:
    """Read an address whose hosts have this port unless they say otherwise, and that may have these options.

    Raises `ConfigError`, which quotes nothing that may be a password.
    """
    scheme, _, rest = url.partition("://")
    try:
        parts = urlsplit(f"//{rest}")
        credentials, _, hosts = parts.netloc.rpartition("@")
        found = tuple(_host(each, port) for each in hosts.split(","))
        said = parse_qsl(parts.query, keep_blank_values=True, strict_parsing=bool(parts.query))
    except ValueError:
        # The words of the exception may be a part of a password.
        raise ConfigError("the address is not a URL, or its port is not a number up to 65535") from None
    if "" in found:
        raise ConfigError(f"there is no host in the address; expected {scheme}://HOST")
    for option, value in said:
        if option not in options:
            raise ConfigError(
                f"{shown(option)} is not an option of {scheme}://; known are {', '.join(options)}"
            )
        if not value:
            raise ConfigError(f"the option {option} is empty")
    user, _, secret = credentials.partition(":")
    chosen = dict(said)
    if secret and PASSWORD_FILE in chosen:
        raise ConfigError(f"a password stands in the address and in {PASSWORD_FILE}; keep one")
    if ("cert" in chosen) != ("key" in chosen):
        raise ConfigError("a certificate needs its key: give the options cert and key")
    return Address(scheme, found, parts.path.strip("/"), unquote(user), unquote(secret), chosen)


def reason(error: BaseException) -> str:
    """Return what an error says, on one line; a file that cannot be read is named first."""
    if isinstance(error, OSError) and error.filename:
        return one_line(f"{error.filename}: {error.strerror}")
    return one_line(str(error)) or type(error).__name__


def need(module: str, extra: str) -> None:
    """Raise `ConfigError` where a package is not installed."""
    if find_spec(module) is None:
        raise ConfigError(f"the package {module} is not installed; run: pip install 'astrolabe[{extra}]'")


def check_url(url: str) -> None:
    """See that a URL has a host and a port that can be; raises `ConfigError`, which quotes nothing of it."""
    try:
        parts = urlsplit(url)
        host = parts.hostname
        parts.port  # noqa: B018  (raises for what is no port)
    except ValueError:
        # The words of the exception may be a part of a password.
        raise ConfigError("the address is not a URL, or its port is not a number up to 65535") from None
    if not host:
        raise ConfigError(f"there is no host in the address; expected {parts.scheme}://HOST")


def _host(text: str, port: int) -> str:
    parts = urlsplit(f"//{text}")
    host = parts.hostname
    if not host:
        return ""
    return f"[{host}]:{parts.port or port}" if ":" in host else f"{host}:{parts.port or port}"
