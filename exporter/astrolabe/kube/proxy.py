"""Which proxy stands on the way to a server, as Go's `net/http` reads the environment."""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping
from urllib.parse import urlsplit

from astrolabe.kube.configuration import ConfigurationError

_PORTS = {"http": "80", "https": "443"}


def proxy_for(server: str, environment: Mapping[str, str]) -> str:
    """Return the proxy that the environment names for a server's URL, empty for none.

    HTTPS_PROXY is for https, HTTP_PROXY for http, and NO_PROXY names what is reached directly: names with
    their subdomains, subdomains alone (`.example.com`), addresses, CIDRs, each with or without a port, or `*`
    for everything. Raises `ConfigurationError`.
    """
    url = urlsplit(server)
    variable = "HTTPS_PROXY" if url.scheme == "https" else "HTTP_PROXY"
    named = _variable(variable, environment)
    port = str(url.port or _PORTS.get(url.scheme, ""))
    if not named or not _proxied(url.hostname or "", port, _variable("NO_PROXY", environment)):
        return ""
    return checked(named if "://" in named else f"http://{named}", variable)


def checked(proxy: str, name: str) -> str:
    """Return a proxy's URL; raises `ConfigurationError`, which names where it stands."""
    try:
        url = urlsplit(proxy)
        usable = url.scheme in _PORTS and bool(url.hostname) and (url.port or 1) > 0
    except ValueError:
        usable = False
    if not usable:
        # The value itself may hold a password.
        scheme = proxy.partition("://")[0] if "://" in proxy else ""
        shown = f" (a {scheme} proxy)" if scheme.isalnum() and scheme not in _PORTS else ""
        raise ConfigurationError(f"{name} is not supported{shown}: give the URL of an http or https proxy")
    return proxy


def _variable(name: str, environment: Mapping[str, str]) -> str:
    return (environment.get(name) or environment.get(name.lower()) or "").strip()


def _proxied(host: str, port: str, exceptions: str) -> bool:
    host = host.lower().rstrip(".")
    address = _address(host)
    if host == "localhost" or (address is not None and address.is_loopback):
        return False
    return not any(
        _matches(entry, host, address, port)
        for entry in (part.strip().lower() for part in exceptions.split(","))
        if entry
    )


def _matches(
    entry: str, host: str, address: ipaddress.IPv4Address | ipaddress.IPv6Address | None, port: str
) -> bool:
    """Whether an entry of NO_PROXY is about a host."""
    if entry == "*":
        return True
    if "/" in entry:
        try:
            return address is not None and address in ipaddress.ip_network(entry, strict=False)
        except ValueError:
            return False
    entry, only = _split_port(entry)
    if only and only != port:
        return False
    named = _address(entry)
    if named is not None:
        return named == address
    entry = entry[1:] if entry.startswith("*.") else entry
    if address is not None or not entry:
        return False
    return host.endswith(entry) if entry.startswith(".") else f".{host}".endswith(f".{entry}")


def _split_port(entry: str) -> tuple[str, str]:
    """Part a name or an address from its port; an IPv6 address has one only after brackets."""
    if entry.startswith("["):
        inside, _, rest = entry[1:].partition("]")
        return inside, rest.removeprefix(":")
    if entry.count(":") == 1:
        name, _, port = entry.partition(":")
        return name, port
    return entry, ""


def _address(text: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        found = ipaddress.ip_address(text)
    except ValueError:
        return None
    mapped = found.ipv4_mapped if isinstance(found, ipaddress.IPv6Address) else None
    return mapped or found
