"""The service's settings: one YAML file. What cannot be used is one line that says where."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

import msgspec

from astrolabe.override import yamlfile
from astrolabe.override.oidc.addresses import safe

_NAME = re.compile(r"[a-z0-9]([-a-z0-9.]*[a-z0-9])?")
_PORTS = 65535


class SettingsError(ValueError):
    """The settings cannot be used. The text names the file and the place."""


class GitOps(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Where git describes an environment."""

    project: str
    """In GitLab, as in `shop/environments`, or its number."""
    branch: str = "main"
    """What is brought to the cluster."""
    path: str = ""
    """The folder, or the file, that has its SleepInfos and workloads; empty: the whole project."""
    application: str = ""
    """In Argo CD; empty where something else brings the branch to the cluster by itself."""


class Environment(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What people call an environment, and where it is."""

    namespaces: tuple[str, ...]
    """Exact names: rights are given for each."""
    beside_gitops: bool = False
    """Change objects that a GitOps controller tracks all the same, since it does not heal by itself."""
    gitops: GitOps | None = None
    """Change it in git; None: in the cluster."""
    sleeper: Literal["kube-green", "kube-downscaler", "keda"] = "kube-green"
    """What puts it to sleep by schedule."""
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


class GitLab(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """How GitLab is reached."""

    token_file: str
    """A token with the scope `api`; read again when it changes."""
    url: str = "https://gitlab.com"
    ca_file: str = ""


class ArgoCD(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """How Argo CD's API is reached."""

    token_file: str
    """A token that may get and sync the applications; read again when it changes."""
    url: str
    ca_file: str = ""


class Webhooks(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """How GitLab and Argo CD tell that something happened; each is heard where it has a token."""

    gitlab_token_file: str = ""
    """The secret token of the project's webhook; read again when it changes."""
    argocd_token_file: str = ""
    """The bearer token of the webhook of Argo CD's notifications; read again when it changes."""
    port: int = 8094


class Oidc(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Who signs people in, by OpenID Connect."""

    issuer: str
    """Its address, as it writes it itself."""
    client_id: str
    """What the issuer calls the service."""
    client_secret_file: str = ""
    """For signing in on the page; empty for a public client; read again when it changes."""
    public_url: str = ""
    """Where browsers reach the API's port; the page's sign-in comes back to it."""
    audiences: tuple[str, ...] = ()
    """Audiences besides the client whose tokens the API takes."""
    scopes: tuple[str, ...] = ("openid", "profile", "email")
    groups_claim: str = "groups"
    ca_file: str = ""


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
    confirmation_page: bool = False
    """A page at the API's port on which people confirm links, with their own token."""
    tls_cert_file: str = ""
    tls_key_file: str = ""
    kubeconfig: str = ""
    context: str = ""
    in_cluster: bool = False
    retention_days: float = 90
    """Days that records of the audit are kept; 0 keeps them for ever."""
    slack: Slack | None = None
    gitlab: GitLab | None = None
    argocd: ArgoCD | None = None
    webhooks: Webhooks | None = None
    oidc: Oidc | None = None
    log_format: Literal["text", "json"] = "text"
    verbosity: int = 0

    def applications(self) -> list[str]:
        """Name the applications in Argo CD that environments are brought to the cluster by."""
        ways = (each.gitops for each in self.environments.values())
        return sorted({way.application for way in ways if way is not None and way.application})

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
    for name in ("slack", "gitlab", "argocd", "webhooks", "oidc"):
        if (part := getattr(settings, name)) is not None:
            own = [each for each in part.__struct_fields__ if each.endswith("_file")]
            there = {each: _beside(path, getattr(part, each)) for each in own}
            fields[name] = msgspec.structs.replace(part, **there)
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
            raise SettingsError(
                f"{where}: not a valid environment name: use lower-case letters, digits and -"
            )
        if not environment.namespaces:
            raise SettingsError(f"{where}.namespaces: there is none")
        for namespace in environment.namespaces:
            if not _NAME.fullmatch(namespace):
                raise SettingsError(f"{where}.namespaces: `{namespace}` is not a namespace name")
            if namespace in seen:
                raise SettingsError(f"{where}.namespaces: `{namespace}` is in `{seen[namespace]}` already")
            seen[namespace] = name
    _check_gitops(path, settings)
    slack = settings.slack
    if slack is not None and bool(slack.signing_secret_file) == bool(slack.app_token_file):
        raise SettingsError(
            f"{path}: slack: give signing_secret_file (HTTP) or app_token_file (socket), one of them"
        )
    if (webhooks := settings.webhooks) is not None:
        if not webhooks.gitlab_token_file and not webhooks.argocd_token_file:
            raise SettingsError(f"{path}: webhooks: give gitlab_token_file, argocd_token_file, or both")
        for service in ("gitlab", "argocd"):
            if getattr(webhooks, f"{service}_token_file") and getattr(settings, service) is None:
                raise SettingsError(f"{path}: webhooks.{service}_token_file: wants `{service}`")
    _check_ports(path, settings)
    if settings.oidc is not None:
        _check_oidc(path, settings.oidc, page=settings.confirmation_page)
    if bool(settings.tls_cert_file) != bool(settings.tls_key_file):
        raise SettingsError(f"{path}: tls_cert_file and tls_key_file go together")
    if settings.exporter and not settings.exporter.startswith(("http://", "https://")):
        raise SettingsError(f"{path}: exporter: not a URL: it begins with http:// or https://")
    if settings.retention_days < 0:
        raise SettingsError(f"{path}: retention_days: is negative")


def _check_oidc(path: Path, oidc: Oidc, *, page: bool) -> None:
    where = f"{path}: oidc"
    if not safe(oidc.issuer):
        raise SettingsError(f"{where}.issuer: not an https:// URL, as the issuer writes it")
    if not oidc.client_id.strip():
        raise SettingsError(f"{where}.client_id: is empty")
    if "openid" not in oidc.scopes:
        raise SettingsError(f"{where}.scopes: without `openid` the issuer says nothing of people")
    if page and (not safe(oidc.public_url) or urlsplit(oidc.public_url).path.strip("/")):
        raise SettingsError(
            f"{where}.public_url: the page wants https://HOST, where browsers reach the service"
        )
    if not page and (oidc.public_url or oidc.client_secret_file):
        raise SettingsError(f"{where}: public_url and client_secret_file are for confirmation_page: true")


def _check_ports(path: Path, settings: Settings) -> None:
    """Check that each port is one, and another than those before it."""
    ports = {"port": settings.port, "metrics_port": settings.metrics_port}
    if settings.slack is not None and not settings.slack.app_token_file:
        ports["slack.port"] = settings.slack.port
    if settings.webhooks is not None:
        ports["webhooks.port"] = settings.webhooks.port
    taken: dict[int, str] = {}
    for name, port in ports.items():
        if not 0 <= port <= _PORTS:
            raise SettingsError(f"{path}: {name}: not between 0 and {_PORTS}")
        if port and taken.setdefault(port, name) != name:
            raise SettingsError(f"{path}: {name}: the same as {taken[port]}")


def _check_gitops(path: Path, settings: Settings) -> None:
    for name, environment in settings.environments.items():
        if (gitops := environment.gitops) is None:
            continue
        where = f"{path}: environments.{name}"
        if environment.sleeper != "kube-green":
            raise SettingsError(f"{where}.gitops: is for kube-green; {environment.sleeper} is told directly")
        if environment.beside_gitops:
            raise SettingsError(f"{where}: beside_gitops and gitops: leave one of them out")
        if settings.gitlab is None:
            raise SettingsError(f"{where}.gitops: wants `gitlab`, with a token_file")
        if gitops.application and settings.argocd is None:
            raise SettingsError(f"{where}.gitops.application: wants `argocd`, with url and token_file")
        for key in ("project", "branch"):
            if not getattr(gitops, key).strip("/"):
                raise SettingsError(f"{where}.gitops.{key}: is empty")
    for service, remote in (("gitlab", settings.gitlab), ("argocd", settings.argocd)):
        if remote is not None and not remote.url.startswith(("http://", "https://")):
            raise SettingsError(f"{path}: {service}.url: not a URL: it begins with http:// or https://")
