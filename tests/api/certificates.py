"""Certificates of test servers and their clients."""

from __future__ import annotations

import ssl
from datetime import datetime
from pathlib import Path

import trustme


class Shop:
    """A folder with the server's certificate and key, and the CA of its clients."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.authority = trustme.CA()
        self.clients = trustme.CA()
        self.certificate = folder / "tls.crt"
        self.key = folder / "tls.key"
        self.client_ca = folder / "clients.crt"
        self.issue()
        self.clients.cert_pem.write_to_path(str(self.client_ca))

    @property
    def settings(self) -> dict[str, str]:
        return {"tls_cert_file": str(self.certificate), "tls_key_file": str(self.key)}

    @property
    def with_clients(self) -> dict[str, str]:
        return {**self.settings, "tls_client_ca_file": str(self.client_ca)}

    def issue(self, expires: datetime | None = None) -> None:
        """Write a new certificate and key."""
        issued = self.authority.issue_cert("localhost", "127.0.0.1", not_after=expires)
        issued.private_key_pem.write_to_path(str(self.key))
        self.certificate.write_bytes(b"".join(blob.bytes() for blob in issued.cert_chain_pems))

    def trust(self) -> ssl.SSLContext:
        """What a client without a certificate uses."""
        context = ssl.create_default_context()
        context.load_verify_locations(cadata=self.authority.cert_pem.bytes().decode())
        return context

    def client(self, name: str | None = "prometheus", by: trustme.CA | None = None) -> ssl.SSLContext:
        """What a client with a certificate uses."""
        context = self.trust()
        issued = (by or self.clients).issue_cert(
            "client.example", common_name=name, organization_name="monitoring"
        )
        issued.configure_cert(context)
        return context
