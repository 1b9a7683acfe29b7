"""The command line's way to the service."""

from __future__ import annotations

import json
import ssl
import urllib.error
import urllib.parse
import urllib.request
from typing import Any

from astrolabe import __version__
from astrolabe.override.http.callers import CLI_AGENT

_TIMEOUT = 60.0


class CallError(Exception):
    """The service does not do it. Its text is what it says, or why it cannot be reached."""


class Client:
    """Calls the service as one caller."""

    def __init__(self, url: str, token: str, ca_file: str = "") -> None:
        if not url.startswith(("http://", "https://")):
            raise CallError(f"--server: {url}: not a URL: it begins with http:// or https://")
        self._url = url.rstrip("/")
        self._token = token
        try:
            context = ssl.create_default_context(cafile=ca_file or None)
        except (OSError, ssl.SSLError) as error:
            raise CallError(f"--ca-file: {ca_file}: {error.strerror or error}") from None
        # No redirects: the token would go wherever they lead.
        self._opener = urllib.request.build_opener(
            _NoRedirects(), urllib.request.HTTPSHandler(context=context)
        )

    def get(self, path: str, **query: str) -> Any:
        """Return the JSON of a path."""
        return json.loads(self.text(path, **query))

    def text(self, path: str, **query: str) -> bytes:
        """Return the body of a path."""
        encoded = urllib.parse.urlencode({name: value for name, value in query.items() if value})
        address = self._address(path) + (f"?{encoded}" if encoded else "")
        return self._send(urllib.request.Request(address))  # noqa: S310  (http and https alone, see above)

    def post(self, path: str, body: object) -> Any:
        """Send JSON and return the answer's."""
        data = json.dumps(body).encode()
        request = urllib.request.Request(self._address(path), data=data, method="POST")  # noqa: S310
        request.add_header("Content-Type", "application/json")
        return json.loads(self._send(request))

    def _address(self, path: str) -> str:
        return f"{self._url}/api/v1{path}"

    def _send(self, request: urllib.request.Request) -> bytes:
        request.add_header("User-Agent", f"{CLI_AGENT}/{__version__}")
        if self._token:
            request.add_header("Authorization", f"Bearer {self._token}")
        try:
            with self._opener.open(request, timeout=_TIMEOUT) as answer:
                body: bytes = answer.read()
                return body
        except urllib.error.HTTPError as error:
            raise CallError(_said(error)) from None
        except urllib.error.URLError as error:
            raise CallError(f"{self._url} cannot be reached: {error.reason}: check --server") from None
        except (OSError, TimeoutError) as error:
            raise CallError(f"{self._url} does not answer: {error}") from None


class _NoRedirects(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_arguments: Any) -> None:
        """Follow none."""


def _said(error: urllib.error.HTTPError) -> str:
    try:
        fault = json.loads(error.read(1 << 16))["error"]
        message, rule = str(fault["message"]), str(fault.get("rule", ""))
    except (ValueError, KeyError, TypeError, OSError):
        return f"the service answers {error.code} {error.reason}"
    if error.code == 401:  # noqa: PLR2004
        return f"{message}: set ASTROLABE_OVERRIDE_TOKEN, or give --token-file"
    return f"{message} (rule: {rule})" if rule else message
