"""HTTPS: the server's certificate, and the clients' where they are asked for one."""

from __future__ import annotations

import ssl
from asyncio import BaseTransport
from collections.abc import Mapping
from time import time
from typing import Any, NoReturn, TypeAlias

from astrolabe.api.files import Reloaded, UnusableFile, text_of

_CERTIFICATE = "-----BEGIN CERTIFICATE-----"
_KEY = "PRIVATE KEY-----"

Certificate: TypeAlias = Mapping[str, Any]
"""A client's certificate, as `ssl` has it once it is verified."""


class ServerCertificate:
    """Certificate and key from files; new connections take up what changes (cert-manager rotates them).

    With a CA for clients, their certificates are verified but not insisted on: kubelets have none. What one
    is needed for is decided by request. Raises `UnusableFile`.
    """

    def __init__(self, cert_file: str, key_file: str, client_ca_file: str = "") -> None:
        self._cert_file = cert_file
        self._key_file = key_file
        self._client_ca_file = client_ca_file
        self._contexts = Reloaded(self._load, *filter(None, (cert_file, key_file, client_ca_file)))
        self.context = self._contexts.current
        """For the listening socket; it hands each connection over to the newest one."""
        self.context.sni_callback = self._hand_over

    def _hand_over(self, connection: ssl.SSLObject, _name: str | None, _context: ssl.SSLContext) -> None:
        # Called for clients that name no server as well.
        connection.context = self._contexts.current

    def client(self, transport: BaseTransport) -> Certificate | None:
        """Return the certificate of a connection's client, if it has one that would be accepted now.

        A connection lasts, and meanwhile a certificate expires, and its CA is trusted no more.
        """
        certificate: Certificate | None = transport.get_extra_info("peercert")
        if not certificate or ssl.cert_time_to_seconds(certificate["notAfter"]) < time():
            return None
        context = transport.get_extra_info("ssl_object").context
        trusted = self._contexts.current.authorities
        return certificate if isinstance(context, _Context) and context.authorities == trusted else None

    def _load(self) -> _Context:
        context = _Context(ssl.PROTOCOL_TLS_SERVER)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        # A resumed session would be as good as a certificate whose CA is not trusted any more.
        context.options |= ssl.OP_NO_TICKET
        context.num_tickets = 0
        certificate = _pem("tls_cert_file", self._cert_file, _CERTIFICATE, "certificate")
        _authorities("tls_cert_file", self._cert_file, certificate)
        _pem("tls_key_file", self._key_file, _KEY, "private key")
        try:
            context.load_cert_chain(self._cert_file, self._key_file, _no_password)
        except ssl.SSLError as error:
            cause = "holds a broken private key"
            if error.reason == "KEY_VALUES_MISMATCH":
                cause = f"is not the key of the certificate in {self._cert_file}"
            raise UnusableFile(f"tls_key_file: {self._key_file}: {cause}") from None
        except OSError as error:
            raise UnusableFile(f"tls_key_file: {self._key_file}: cannot be read: {error.strerror}") from None
        except _Encrypted:
            raise UnusableFile(
                f"tls_key_file: {self._key_file}: is encrypted: give a key without a password"
            ) from None
        if self._client_ca_file:
            authorities = _pem("tls_client_ca_file", self._client_ca_file, _CERTIFICATE, "certificate")
            _authorities("tls_client_ca_file", self._client_ca_file, authorities, context)
            context.verify_mode = ssl.CERT_OPTIONAL
            context.authorities = authorities
        return context


class _Context(ssl.SSLContext):
    """Knows whose clients it accepts."""

    authorities = ""


class _Encrypted(Exception):
    """The key asks for a password."""


def _no_password() -> NoReturn:
    raise _Encrypted


def _pem(setting: str, path: str, mark: str, what: str) -> str:
    text = text_of(setting, path)
    if mark not in text:
        raise UnusableFile(f"{setting}: {path}: holds no {what} in PEM form")
    return text


def _authorities(setting: str, path: str, text: str, context: ssl.SSLContext | None = None) -> None:
    """Load certificates into a context, or just see whether they can be."""
    try:
        (context or ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)).load_verify_locations(cadata=_ascii(text))
    except (ssl.SSLError, ValueError):
        raise UnusableFile(f"{setting}: {path}: holds a broken certificate") from None


def _ascii(text: str) -> str:
    """Return the text without what people write beside certificates, which may hold any letter."""
    return text.encode("ascii", "replace").decode("ascii")
