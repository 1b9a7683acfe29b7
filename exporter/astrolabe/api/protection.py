"""What stands between the network and the pages, as the settings have it."""

from __future__ import annotations

from collections.abc import Sequence

import structlog
from aiohttp.typedefs import Middleware

from astrolabe.api.authentication import Authenticator, guard
from astrolabe.api.authorization import Reviewer
from astrolabe.api.connection import answering
from astrolabe.api.connections import Connections, most
from astrolabe.api.cors import Sharing
from astrolabe.api.limits import no_body
from astrolabe.api.places import Turnstile
from astrolabe.api.tls import ServerCertificate
from astrolabe.kube.transport import Transport
from astrolabe.settings import Settings

log = structlog.get_logger(__name__)


class Protection:
    """HTTPS, authentication and limits of all ports together. Raises `UnusableFile`."""

    def __init__(self, settings: Settings, transport: Transport) -> None:
        reviewed = settings.authorization == "kubernetes"
        secret = bool(reviewed or settings.web_token_file or settings.web_users_file)
        self.certificate: ServerCertificate | None = None
        if settings.tls_cert_file:
            self.certificate = ServerCertificate(
                settings.tls_cert_file, settings.tls_key_file, settings.tls_client_ca_file
            )
        elif secret:
            log.warning("credentials of clients travel in the clear: set tls_cert_file and tls_key_file")
        self.connections = Connections(most())
        self.sharing = Sharing(settings.cors_origins)
        self.middlewares: Sequence[Middleware] = [answering, self.sharing.preflight, no_body]
        if secret or settings.tls_client_ca_file:
            authenticator = Authenticator(
                token_file=settings.web_token_file,
                users_file=settings.web_users_file,
                certificates=self.certificate.client
                if self.certificate and settings.tls_client_ca_file
                else None,
                reviewer=Reviewer(transport) if reviewed else None,
            )
            self.middlewares.append(guard(authenticator))
        self.middlewares.append(Turnstile().admit)
