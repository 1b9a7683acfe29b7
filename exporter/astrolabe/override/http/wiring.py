"""Where signing in by OpenID Connect is put together."""

from __future__ import annotations

import contextlib
from collections.abc import Callable

from astrolabe.override import settings as configured
from astrolabe.override.backend import Trouble
from astrolabe.override.files import authorities, token_of
from astrolabe.override.http.signing import CALLBACK, Signing
from astrolabe.override.oidc.bearer import Bearers
from astrolabe.override.oidc.issuer import Issuer
from astrolabe.override.oidc.signin import Client, SignIn
from astrolabe.override.rules.reading import Rules


class OpenId:
    """The issuer, and what the API and the page ask it."""

    def __init__(
        self,
        own: configured.Oidc,
        rules: Callable[[], Rules],
        key: bytes,
        clock: Callable[[], float],
        reached: Callable[[bool], None],
    ) -> None:
        """Read the files; raises `UnusableFile`. Sends nothing yet. `key` seals what browsers keep."""

        def known() -> frozenset[str]:
            return rules().groups("oidc")

        self._issuer = Issuer(own.issuer, authorities("oidc.ca_file", own.ca_file), reached=reached)
        audiences = (own.client_id, *own.audiences)
        self.bearers = Bearers(self._issuer, audiences, own.groups_claim, known, clock)
        self.signing: Signing | None = None
        """None where nobody signs in with a browser."""
        if own.public_url:
            secret = _secret(own.client_secret_file)
            client = Client(
                id=own.client_id,
                secret=secret,
                callback=own.public_url.rstrip("/") + CALLBACK,
                scopes=own.scopes,
                groups_claim=own.groups_claim,
            )
            self.signing = Signing(SignIn(self._issuer, client, key, known, clock))

    async def look(self) -> None:
        """Ask the issuer once: what is wrong is said at the start, and not to the first who signs in."""
        with contextlib.suppress(Trouble):
            await self._issuer.metadata()

    async def close(self) -> None:
        """Close all connections."""
        await self._issuer.close()


def _secret(path: str) -> Callable[[], str]:
    if not path:
        return lambda: ""
    token = token_of("oidc.client_secret_file", path)
    return lambda: token.current
