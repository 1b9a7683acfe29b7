"""What stands between the network and the pages."""

from __future__ import annotations

from collections.abc import Collection

import structlog
from aiohttp.typedefs import Middleware

from astrolabe.api.authentication import Authenticator, Reviewers, guard
from astrolabe.api.connection import answering
from astrolabe.api.connections import Connections, most
from astrolabe.api.cors import Sharing
from astrolabe.api.limits import no_body
from astrolabe.api.places import Turnstile
from astrolabe.api.posted import posted
from astrolabe.api.tls import ServerCertificate
from astrolabe.api.traced import traces

log = structlog.get_logger(__name__)


class Protection:
    """HTTPS, authentication and limits of all ports together. Raises `UnusableFile`.

    Files that are not named, and reviewers that are not there, ask for nothing.
    """

    def __init__(
        self,
        *,
        cert_file: str = "",
        key_file: str = "",
        client_ca_file: str = "",
        token_file: str = "",
        users_file: str = "",
        reviewers: Reviewers | None = None,
        cors_origins: Collection[str] = (),
    ) -> None:
        secret = bool(reviewers or token_file or users_file)
        self.certificate: ServerCertificate | None = None
        if cert_file:
            self.certificate = ServerCertificate(cert_file, key_file, client_ca_file)
        elif secret:
            log.warning("credentials of clients are sent unencrypted: set tls_cert_file and tls_key_file")
        self.connections = Connections(most())
        self.sharing = Sharing(cors_origins)
        self.middlewares: list[Middleware] = [*traces(), answering, self.sharing.preflight, no_body]
        if secret or client_ca_file:
            authenticator = Authenticator(
                token_file=token_file,
                users_file=users_file,
                certificates=self.certificate.client if self.certificate and client_ca_file else None,
                reviewers=reviewers,
            )
            self.middlewares.append(guard(authenticator))
        self.middlewares += (posted, Turnstile().admit)
