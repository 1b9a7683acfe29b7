"""Builds the parts that the settings name: database, rules, keys, tokens, backends, faces, exporter."""

from __future__ import annotations

import secrets
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import structlog

from astrolabe.api.files import Reloaded, UnusableFile, text_of
from astrolabe.override import sqlite, webhooks
from astrolabe.override.backend import Backend
from astrolabe.override.direct.annotated import Annotated
from astrolabe.override.direct.backend import Direct
from astrolabe.override.direct.client import ApiServer
from astrolabe.override.direct.sleepers import SLEEPERS
from astrolabe.override.exporter import Exporter
from astrolabe.override.files import token_of
from astrolabe.override.gitops.backend import GitOps
from astrolabe.override.gitops.remotes import Remotes
from astrolabe.override.ledger import Ledger
from astrolabe.override.rules.reading import Rules, RulesError, parse
from astrolabe.override.service import Service
from astrolabe.override.settings import Settings, Webhooks
from astrolabe.override.store import Store, StoreError
from astrolabe.override.telemetry import Telemetry

if TYPE_CHECKING:
    from astrolabe.override.http.wiring import OpenId
    from astrolabe.override.slack.wiring import Slack

_KEY_BYTES = 32

log = structlog.get_logger(__name__)


class StartError(Exception):
    """The service cannot start. Its text is one line that says why and what would help."""


@asynccontextmanager
async def opened(settings: Settings, *, writing: bool = True) -> AsyncIterator[Store]:
    """Open the database that the settings name; raises `StoreError`."""
    if settings.database.startswith(("postgresql://", "postgres://")):
        try:
            from astrolabe.override import postgres  # noqa: PLC0415  (a part of the extra)
        except ImportError:
            raise StoreError("PostgreSQL needs more: pip install 'astrolabe[override]'") from None
        store: Store = await postgres.opened(settings.database)
    else:
        store = sqlite.opened(Path(settings.database), writing=writing)
    try:
        yield store
    finally:
        await store.close()


def rules_of(settings: Settings) -> Reloaded[Rules]:
    """Return the rules, read again when their file changes; raises `UnusableFile`."""

    def load() -> Rules:
        try:
            rules = parse(text_of("rules", settings.rules), settings.environments)
        except RulesError as error:
            raise UnusableFile(f"rules: {settings.rules}: {error}") from None
        for warning in rules.warnings:
            log.warning("rule is probably a mistake", rules=settings.rules, what=warning)
        return rules

    return Reloaded(load, settings.rules)


def audit_key(settings: Settings) -> bytes:
    """Return the key of the audit's chain; raises `UnusableFile`."""
    key = text_of("audit_key_file", settings.audit_key_file).strip().encode()
    if len(key) < _KEY_BYTES:
        raise UnusableFile(
            f"audit_key_file: {settings.audit_key_file}: is shorter than {_KEY_BYTES} bytes: make one with"
            " `astrolabe override key`"
        )
    return key


def new_key() -> str:
    """Return a key for the audit's chain."""
    return secrets.token_urlsafe(48)


def backends(
    settings: Settings, api_server: ApiServer, remotes: Remotes, exporter: Exporter | None
) -> dict[str, Backend]:
    """Return the backend of each environment."""
    found: dict[str, Backend] = {}
    for name, each in settings.environments.items():
        if (sleeper := SLEEPERS.get(each.sleeper)) is not None:
            found[name] = Annotated(api_server, each.namespaces, sleeper)
            continue
        if each.gitops is None:
            beside = each.beside_gitops
            found[name] = Direct(api_server, each.namespaces, exporter, beside_gitops=beside)
            continue
        found[name] = GitOps(
            api_server,
            each.namespaces,
            remotes.gitlab(each.gitops.project),
            remotes.argocd(each.gitops.application) if each.gitops.application else None,
            exporter,
            target=each.gitops.branch,
            path=each.gitops.path,
        )
    return found


def hook_tokens(hooks: Webhooks) -> dict[webhooks.Source, Callable[[], str]]:
    """Return how to read the token of each that is heard; raises `UnusableFile`."""
    files: dict[webhooks.Source, str] = {"gitlab": hooks.gitlab_token_file, "argocd": hooks.argocd_token_file}

    def reader(source: webhooks.Source, path: str) -> Callable[[], str]:
        token = token_of(f"webhooks.{source}_token_file", path)
        return lambda: token.current

    return {source: reader(source, path) for source, path in files.items() if path}


def exporter(settings: Settings) -> Exporter | None:
    """Return the exporter, None where none is named; raises `UnusableFile`."""
    if not settings.exporter:
        log.warning("without an exporter, costs and schedules are unknown, and only the API server verifies")
        return None
    if not settings.exporter_token_file:
        return Exporter(settings.exporter)
    path = settings.exporter_token_file
    token = Reloaded(lambda: text_of("exporter_token_file", path).strip(), path)
    return Exporter(settings.exporter, lambda: token.current)


def slack(
    settings: Settings,
    service: Service,
    ledger: Ledger,
    rules: Reloaded[Rules],
    found: Exporter | None,
    clock: Callable[[], float],
    telemetry: Telemetry,
) -> Slack | None:
    """Return what speaks to Slack, None where nothing does; raises `UnusableFile` and `StartError`."""
    if settings.slack is None:
        return None
    try:
        from astrolabe.override.slack import wiring  # noqa: PLC0415  (a part of the extra)
    except ImportError:
        raise StartError("Slack needs more: pip install 'astrolabe[override]'") from None
    return wiring.slack(settings, settings.slack, service, ledger, rules, found, clock, telemetry)


def openid(
    settings: Settings, rules: Reloaded[Rules], key: bytes, clock: Callable[[], float], telemetry: Telemetry
) -> OpenId | None:
    """Return what signs people in, None where nobody does; raises `UnusableFile` and `StartError`."""
    if settings.oidc is None:
        return None
    try:
        from astrolabe.override.http import wiring  # noqa: PLC0415  (a part of the extra)
    except ImportError:
        raise StartError("oidc needs more: pip install 'astrolabe[override]'") from None

    def reached(answered: bool) -> None:
        telemetry.reached("oidc", answered=answered)

    return wiring.OpenId(settings.oidc, lambda: rules.current, key, clock, reached)
