"""What addresses, ports and origins can be; checks raise ValueError with a text that says so. Pure."""

from __future__ import annotations

import ipaddress
import re

from astrolabe.patterns.names import shown

PORTS = 65535
_HOST_LABEL = re.compile(r"[A-Za-z0-9_](?:[A-Za-z0-9_-]*[A-Za-z0-9_])?")
_LONGEST_HOST = 253
_LONGEST_LABEL = 63
_ORIGIN = re.compile(r"(?P<scheme>https?)://(?P<host>\[[0-9a-f:.]+\]|[^][:/@]+)(?::(?P<port>[0-9]{1,5}))?")
_DEFAULT_PORTS = {"http": 80, "https": 443}


def is_host(text: str) -> bool:
    """Whether it can be a host: an IP address, without brackets, or a name. Whether it is one DNS knows."""
    try:
        ipaddress.ip_address(text)
    except ValueError:
        labels = text.removesuffix(".").split(".")
        return (
            len(text) <= _LONGEST_HOST
            and all(len(label) <= _LONGEST_LABEL and _HOST_LABEL.fullmatch(label) for label in labels)
            # An address with a mistake in it is no name.
            and not labels[-1].isdecimal()
        )
    return True


def address(text: str) -> None:
    """Check an address to listen on."""
    if not is_host(text):
        raise ValueError(
            f"{shown(text)} is not an address: write an IP address or a host's name, without a port"
        )


def host_name(text: str) -> None:
    """Check a host."""
    if not is_host(text):
        raise ValueError(f"{shown(text)} is not a host name")


def endpoint(text: str) -> None:
    """Check `host:port`. The text is not quoted: it may be a URL with a password in it."""
    host, colon, port = text.rpartition(":")
    bracketed = host.startswith("[") and host.endswith("]")
    if not (
        colon and is_port(port) and is_host(host[1:-1] if bracketed else host) and bracketed is (":" in host)
    ):
        raise ValueError(
            f"expected host:port, as in localhost:6379 or [::1]:6379, with a port from 1 to {PORTS}"
        )


def is_port(text: str) -> bool:
    """Whether it is a port that something can listen on."""
    return text.isascii() and text.isdigit() and len(text) <= len(str(PORTS)) and 0 < int(text) <= PORTS


def origin(text: str) -> None:
    """Check an origin, as browsers send it: in lowercase, without a path, without the scheme's own port."""
    if text == "*":
        return
    found = _ORIGIN.fullmatch(text)
    if (
        found is None
        or not is_host(found["host"].strip("[]"))
        or (found["port"] and not is_port(found["port"]))
    ):
        raise ValueError(
            f"{shown(text)} is not an origin; write scheme and host, https://grafana.example.com"
        )
    if text != text.lower():
        raise ValueError(
            f"{shown(text)} has capital letters, which browsers do not send; write {text.lower()}"
        )
    if found["port"] and int(found["port"]) == _DEFAULT_PORTS[found["scheme"]]:
        raise ValueError(f"{shown(text)} has a port that browsers leave out; write {text.rpartition(':')[0]}")
