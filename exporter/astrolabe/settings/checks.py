"""What is wrong with settings that are of the right types: one line, for the first fault."""

from __future__ import annotations

import math
import re

from astrolabe.derived.access.findings.catalogue import SilenceError, Silences
from astrolabe.settings.schema import Settings, SettingsError

_PORTS = 65535
_ADDRESS = re.compile(r"(?:\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._-]+):[0-9]{1,5}")
_ORIGIN = re.compile(r"https?://[A-Za-z0-9.-]+(?::[0-9]{1,5})?|https?://\[[0-9A-Fa-f:.]+\](?::[0-9]{1,5})?")
_NAME = r"[A-Za-z0-9](?:[A-Za-z0-9_.-]{0,61}[A-Za-z0-9])?"
_KEY = rf"(?:[a-z0-9](?:[a-z0-9.-]{{0,251}}[a-z0-9])?/)?{_NAME}"
_VALUES = rf"\((?!\s*\))\s*(?:{_NAME})?\s*(?:,\s*(?:{_NAME})?\s*)*\)"
_SELECTOR = re.compile(
    rf"\s*(?:!\s*{_KEY}|{_KEY}(?:\s*(?:==?|!=)\s*(?:{_NAME})?|\s+(?:in|notin)\s*{_VALUES}|\s*[<>]\s*-?\d+)?)\s*",
    re.ASCII,
)
"""One requirement of a label selector, as the API server parses it (k8s.io/apimachinery's labels.Parse)."""


def check(settings: Settings) -> None:
    """Raise `SettingsError` for what makes no sense."""
    for name in ("port", "telemetry_port"):
        value = getattr(settings, name)
        if not 0 <= value <= _PORTS:
            raise SettingsError(f"{name}: expected a port from 0 to {_PORTS}, got {value}")
    if not 0 <= settings.co2_per_pod_year < math.inf:
        raise SettingsError(
            f"co2_per_pod_year: expected kilograms, 0 or more, got {settings.co2_per_pod_year}"
        )
    if settings.redis_db < 0:
        raise SettingsError(f"redis_db: expected 0 or more, got {settings.redis_db}")
    if settings.snapshot_interval < 1:
        raise SettingsError(
            f"snapshot_interval: expected seconds, 1 or more, got {settings.snapshot_interval}"
        )
    if not _ADDRESS.fullmatch(settings.redis_addr):
        # The text may be a URL with a password in it.
        raise SettingsError("redis_addr: expected host:port, as in localhost:6379")
    try:
        Silences(settings.access_silence)
    except SilenceError as error:
        raise SettingsError(f"access_silence: {error}") from None
    for origin in settings.cors_origins:
        if origin != "*" and not _ORIGIN.fullmatch(origin):
            raise SettingsError(
                f"cors_origins: `{origin}` is no origin; write scheme and host, https://grafana.example.com"
            )
    if settings.telemetry_port and settings.telemetry_port == settings.port:
        raise SettingsError("telemetry_port: is the same as port; leave it out to have both on one page")
    _check_protection(settings)
    if settings.total_shards < 1 or not 0 <= settings.shard < settings.total_shards:
        raise SettingsError(
            f"shard: expected 0 to total_shards - 1, got {settings.shard} of {settings.total_shards}"
        )
    if settings.verbosity < 0:
        raise SettingsError(f"verbosity: expected 0 or more, got {settings.verbosity}")
    for part in _split_selector(settings.label_selector):
        if not _SELECTOR.fullmatch(part):
            raise SettingsError(
                f"label_selector: `{part.strip()}` is no requirement; write key=value, key!=value, key,"
                " !key, key in (a,b) or key notin (a,b)"
            )
    for name in ("metrics", "metrics_denied", "metrics_opt_in"):
        for pattern in getattr(settings, name):
            try:
                re.compile(pattern)
            except re.error as error:
                raise SettingsError(f"{name}: `{pattern}` is no regular expression: {error}") from None


def _check_protection(settings: Settings) -> None:
    for name, needed in (
        ("tls_cert_file", "tls_key_file"),
        ("tls_key_file", "tls_cert_file"),
        ("tls_client_ca_file", "tls_cert_file"),
    ):
        if getattr(settings, name) and not getattr(settings, needed):
            raise SettingsError(f"{name}: needs {needed} as well")
    if settings.authorization == "kubernetes":
        for name in ("web_token_file", "web_users_file"):
            if getattr(settings, name):
                raise SettingsError(f"{name}: is of no use with authorization: kubernetes; give one of them")


def _split_selector(selector: str) -> list[str]:
    """Split at commas outside of parentheses."""
    return re.split(r",(?![^()]*\))", selector) if selector.strip() else []
