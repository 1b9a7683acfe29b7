"""What files hold that settings name: a token, a certificate authority."""

from __future__ import annotations

import ssl

from astrolabe.api.files import Reloaded, UnusableFile, text_of


def token_of(setting: str, path: str) -> Reloaded[str]:
    """Return a token, one line of a file that is read again when it changes; raises `UnusableFile`."""

    def load() -> str:
        token = text_of(setting, path).strip()
        if not token or not token.isascii() or any(c.isspace() for c in token):
            raise UnusableFile(f"{setting}: {path}: holds no token: it is one line of ASCII")
        return token

    return Reloaded(load, path)


def authorities(setting: str, path: str) -> ssl.SSLContext | None:
    """Return trust in the authorities of a file, None where no file is named; raises `UnusableFile`."""
    if not path:
        return None
    try:
        return ssl.create_default_context(cafile=path)
    except (OSError, ssl.SSLError) as error:
        raise UnusableFile(f"{setting}: {path}: cannot be used: {error.strerror or error}") from None
