"""Why a server cannot be reached: one line that names the cause and the remedy, without secrets."""

from __future__ import annotations

import os
import ssl

import aiohttp
from yarl import URL

from astrolabe.kube.configuration import Configuration
from astrolabe.kube.exchange import one_line

CONNECT_TIMEOUT = 10.0
"""Seconds for a connection."""


def explain(error: Exception, configuration: Configuration) -> str:
    """Return one line that names the cause and the remedy, without secrets."""
    server = bare(configuration.server)
    match error:
        case aiohttp.ClientConnectorCertificateError():
            reason = one_line(getattr(error.certificate_error, "verify_message", "") or "not trusted")
            return (
                f"{server}: its certificate is refused ({reason}): check certificate-authority and"
                " tls-server-name in the kubeconfig"
            )
        case aiohttp.ClientProxyConnectionError() | aiohttp.ClientHttpProxyError():
            proxy = bare(configuration.proxy)
            return f"{server}: the proxy {proxy} does not let us through: check proxy-url in the kubeconfig"
        case aiohttp.ClientConnectorDNSError():
            return f"{server}: the name does not resolve: check the server in the kubeconfig, and DNS"
        case aiohttp.ClientSSLError():
            return f"{server}: no TLS connection ({one_line(str(error.os_error))}): is it an https server?"
        case aiohttp.ConnectionTimeoutError():
            return (
                f"{server}: no connection within {CONNECT_TIMEOUT:g} s: is it up, and is the way there open?"
            )
        case aiohttp.ClientConnectorError():
            cause = os.strerror(error.errno) if error.errno else one_line(str(error.os_error))
            return f"{server}: cannot connect ({cause}): is it up, and is the address right?"
        case aiohttp.InvalidURL():
            return f"{server}: not a URL: check the server in the kubeconfig"
        case aiohttp.ServerDisconnectedError():
            return f"{server}: closed the connection without an answer"
        case aiohttp.ClientPayloadError():
            return f"{server}: the connection broke off in the middle of an answer"
        case ssl.SSLError():
            return f"{server}: TLS failed ({error.reason}): check the client certificate"
        case OSError():
            return f"{server}: the connection broke off ({error.strerror or type(error).__name__})"
        case _:
            return f"{server}: no answer ({type(error).__name__})"


def bare(url: str) -> str:
    """Return a URL without its user and password."""
    try:
        return str(URL(url).with_user(None)).rstrip("/")
    except ValueError:
        return url.rpartition("@")[2]
