"""The service's settings: one YAML file. What cannot be used is one line that says where."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Literal

import msgspec

from astrolabe.override import yamlfile

_NAME = re.compile(r"[a-z0-9]([-a-z0-9.]*[a-z0-9])?")
_PORTS = 65535


class SettingsError(ValueError):
    """The settings cannot be used. The text names the file and the place."""


class Environment(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What people call an environment, and where it is."""

    namespaces: tuple[str, ...]
    """Exact names: rights are given for each."""
    beside_gitops: bool = False
    """Change objects that a GitOps controller tracks all the same, since it does not heal by itself."""
    channel: str = ""
    """Slack channel that is told what happens to it."""


class Slack(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """How Slack reaches the service: over HTTP with a signing secret, or over a socket with an app token."""

    bot_token_file: str
    signing_secret_file: str = ""
    app_token_file: str = ""
    port: int = 8092
    """Where Slack's requests come in; not used over a socket."""
    api_url: str = "https://slack.com/api/"


class Settings(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Everything that the service can be told."""

    environments: dict[str, Environment]
    rules: str
    """The rules file; read again when it changes."""
    audit_key_file: str
    """The key of the audit's chain: 32 bytes or more, outside of the database."""
    tokens_file: str
    """Who may call the HTTP API: `NAME:TOKEN`, one a line; read again when it changes."""
    database: str = "override.db"
    """A file for SQLite, or `postgresql://…` without a password, which PGPASSWORD or PGPASSFILE holds."""
    exporter: str = ""
    """URL of the exporter, for what things cost and for what it sees."""
    exporter_token_file: str = ""
    """A file with the bearer token for the exporter."""
    address: str = "127.0.0.1"
    port: int = 8090
    metrics_port: int = 8091
    tls_cert_file: str = ""
    tls_key_file: str = ""
    kubeconfig: str = ""
    context: str = ""
    in_cluster: bool = False
    retention_days: float = 90
    """Days that records of the audit are kept; 0 keeps them for ever."""
    slack: Slack | None = None
    log_format: Literal["text", "json"] = "text"
    verbosity: int = 0

    def namespaces(self) -> dict[str, tuple[str, ...]]:
        """Return the namespaces of each environment."""
        return {name: each.namespaces for name, each in self.environments.items()}


def read(path: Path) -> Settings:
    """Read the file; raises `SettingsError`. Relative paths in it are relative to it."""
    try:
        loaded = yamlfile.load(path.read_text())
        yamlfile.named(loaded, "environments", Environment)
        settings = yamlfile.converted(loaded, Settings)
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"{path}: cannot be read: {getattr(error, 'strerror', None) or error}") from None
    except yamlfile.Malformed as error:
        raise SettingsError(f"{path}: {error}") from None
    _check(path, settings)
    files = ("rules", "audit_key_file", "tokens_file", "exporter_token_file", "tls_cert_file", "tls_key_file")
    fields: dict[str, object] = {name: _beside(path, getattr(settings, name)) for name in files}
    if not settings.database.startswith(("postgresql://", "postgres://")):
        fields["database"] = _beside(path, settings.database)
    if settings.slack is not None:
        parts = ("bot_token_file", "signing_secret_file", "app_token_file")
        there = {name: _beside(path, getattr(settings.slack, name)) for name in parts}
        fields["slack"] = msgspec.structs.replace(settings.slack, **there)
    return msgspec.structs.replace(settings, **fields)


def _beside(path: Path, name: str) -> str:
    return str(path.parent / name) if name else ""


def _check(path: Path, settings: Settings) -> None:
    if not settings.environments:
        raise SettingsError(f"{path}: environments: there is none")
    seen: dict[str, str] = {}
    for name, environment in settings.environments.items():
        where = f"{path}: environments.{name}"
        if not _NAME.fullmatch(name) or name == "all":
            raise SettingsError(f"{where}: no name for an environment: lower-case letters, digits and -")
        if not environment.namespaces:
            raise SettingsError(f"{where}.namespaces: there is none")
        for namespace in environment.namespaces:
            if not _NAME.fullmatch(namespace):
                raise SettingsError(f"{where}.namespaces: `{namespace}` is no name of a namespace")
            if namespace in seen:
                raise SettingsError(f"{where}.namespaces: `{namespace}` is in `{seen[namespace]}` already")
            seen[namespace] = name
    if (slack := settings.slack) is not None:
        if bool(slack.signing_secret_file) == bool(slack.app_token_file):
            raise SettingsError(
                f"{path}: slack: give signing_secret_file (HTTP) or app_token_file (socket), one of them"
            )
        if not 0 <= slack.port <= _PORTS:
            raise SettingsError(f"{path}: slack.port: not between 0 and {_PORTS}")
        if slack.port and slack.port in (settings.port, settings.metrics_port):
            raise SettingsError(f"{path}: slack.port: is another port of the service already")
    for name in ("port", "metrics_port"):
        if not 0 <= getattr(settings, name) <= _PORTS:
            raise SettingsError(f"{path}: {name}: not between 0 and {_PORTS}")
    if settings.port and settings.port == settings.metrics_port:
        raise SettingsError(f"{path}: metrics_port: the same as port")
    if bool(settings.tls_cert_file) != bool(settings.tls_key_file):
        raise SettingsError(f"{path}: tls_cert_file and tls_key_file go together")
    if settings.exporter and not settings.exporter.startswith(("http://", "https://")):
        raise SettingsError(f"{path}: exporter: no URL: it begins with http:// or https://")
    if settings.retention_days < 0:
        raise SettingsError(f"{path}: retention_days: is negative")
