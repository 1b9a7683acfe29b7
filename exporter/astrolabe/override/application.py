"""Where the service is put together."""

from __future__ import annotations

import asyncio
import secrets
import time
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import AsyncExitStack, asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Any

import structlog
from aiohttp import web
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest

from astrolabe.api.files import Reloaded, UnusableFile, text_of
from astrolabe.api.tls import ServerCertificate
from astrolabe.kube import credentials
from astrolabe.override import sqlite, webhooks
from astrolabe.override.backend import Backend
from astrolabe.override.chain import Broken
from astrolabe.override.direct.annotated import Annotated
from astrolabe.override.direct.backend import Direct
from astrolabe.override.direct.client import ApiServer, connected
from astrolabe.override.direct.sleepers import SLEEPERS
from astrolabe.override.exporter import Exporter
from astrolabe.override.gitops.backend import GitOps
from astrolabe.override.gitops.remotes import Remotes, token_of
from astrolabe.override.http.callers import Callers
from astrolabe.override.http.confirming import Confirming
from astrolabe.override.http.routes import Api
from astrolabe.override.http.server import application, listening
from astrolabe.override.ledger import Ledger
from astrolabe.override.rules.reading import Rules, RulesError, parse
from astrolabe.override.service import Service
from astrolabe.override.settings import Settings, Webhooks
from astrolabe.override.store import Store, StoreError
from astrolabe.override.telemetry import Telemetry
from astrolabe.override.worker import Worker

_CHECK = 3600.0
"""Seconds between checks of the whole chain, and between cuts of retention."""
_KEY_BYTES = 32

log = structlog.get_logger(__name__)


class StartError(Exception):
    """The service cannot start. Its text is one line that says why and what would help."""


async def run(settings: Settings, stopping: asyncio.Event, clock: Callable[[], float] = time.time) -> None:
    """Run the service until told to stop; raises what stops the start."""
    async with AsyncExitStack() as stack:
        rules = rules_of(settings)
        callers = Callers(settings.tokens_file)
        store = await stack.enter_async_context(opened(settings))
        ledger = Ledger(store, audit_key(settings))
        try:
            await ledger.load()
        except Broken as broken:
            raise StartError(
                f"the audit is broken: {broken}; `astrolabe override audit verify` says more, and a backup"
                " is put back with `astrolabe override restore`"
            ) from None
        if left := sorted(set(ledger.state.holds) - set(settings.environments)):
            raise StartError(
                f"environments: `{left[0]}` is in hand and is not in the settings: put it back for so long"
            )
        _same_ways(ledger, settings)
        exporter = _exporter(settings)
        if exporter is not None:
            stack.push_async_callback(exporter.close)
        telemetry = Telemetry(ledger, tuple(settings.environments), clock)
        api_server = await connected(
            credentials.choose(settings.kubeconfig, settings.context, in_cluster=settings.in_cluster),
            lambda answered: telemetry.reached("kubernetes", answered=answered),
        )
        stack.push_async_callback(api_server.close)
        ledger.listen(telemetry.happened)
        remotes = Remotes(settings, telemetry)
        stack.push_async_callback(remotes.close)
        worker = Worker(ledger, store, backends(settings, api_server, remotes, exporter), clock, telemetry)
        service = Service(
            ledger, lambda: rules.current, settings.namespaces(), clock, exporter=exporter, nudge=worker.nudge
        )
        certificate = (
            ServerCertificate(settings.tls_cert_file, settings.tls_key_file)
            if settings.tls_cert_file
            else None
        )
        works: list[Callable[[], Coroutine[Any, Any, None]]] = []
        if settings.slack is not None:
            try:
                from astrolabe.override.slack import wiring  # noqa: PLC0415  (a part of the extra)
            except ImportError:
                raise StartError("Slack needs more: pip install 'astrolabe[override]'") from None
            slack = wiring.slack(settings, settings.slack, service, ledger, rules, exporter, clock, telemetry)
            stack.push_async_callback(slack.close)
            if slack.web is not None:
                await _listen(stack, slack.web, settings, settings.slack.port, certificate, "slack.port")
            works.append(partial(slack.run, stopping, store))
        if (hooks := settings.webhooks) is not None:
            heard = webhooks.application(settings.environments, _hook_tokens(hooks), worker.look, telemetry)
            await _listen(stack, heard, settings, hooks.port, certificate, "webhooks.port")
        confirming = Confirming(service, callers) if settings.confirmation_page else None
        app = application(Api(service, ledger), callers, lambda: worker.trouble, confirming)
        port = await _listen(stack, app, settings, settings.port, certificate, "port")
        await _listen(
            stack, _metrics(telemetry), settings, settings.metrics_port, certificate, "metrics_port"
        )
        log.info("ready", address=settings.address, port=port, environments=sorted(settings.environments))
        works += [
            partial(worker.run, stopping),
            partial(_keep_audit, ledger, store, settings, stopping, clock),
        ]
        await _together([work() for work in works])


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


def _hook_tokens(hooks: Webhooks) -> dict[webhooks.Source, Callable[[], str]]:
    """Return how to read the token of each that is heard; raises `UnusableFile`."""
    files: dict[webhooks.Source, str] = {"gitlab": hooks.gitlab_token_file, "argocd": hooks.argocd_token_file}

    def reader(source: webhooks.Source, path: str) -> Callable[[], str]:
        token = token_of(f"webhooks.{source}_token_file", path)
        return lambda: token.current

    return {source: reader(source, path) for source, path in files.items() if path}


def _same_ways(ledger: Ledger, settings: Settings) -> None:
    """Check that what is in hand is put back the way that it was changed; raises `StartError`."""
    for name, hold in ledger.state.holds.items():
        environment = settings.environments[name]
        if hold.originals is None:
            continue
        if (sleeper := hold.originals.get("sleeper", "kube-green")) != environment.sleeper:
            raise StartError(
                f"environments.{name}: it is in hand and was changed for {sleeper}: leave `sleeper` as it was"
                " until it follows its schedule again"
            )
        in_git = environment.gitops is not None
        if ("edits" in hold.originals) != in_git:
            raise StartError(
                f"environments.{name}: it is in hand and was changed {'directly' if in_git else 'in git'}:"
                f" {'leave gitops out' if in_git else 'leave gitops in'} until it follows its schedule again"
            )


def _exporter(settings: Settings) -> Exporter | None:
    if not settings.exporter:
        log.warning("without an exporter nobody knows costs and schedules, and the API server verifies alone")
        return None
    if not settings.exporter_token_file:
        return Exporter(settings.exporter)
    path = settings.exporter_token_file
    token = Reloaded(lambda: text_of("exporter_token_file", path).strip(), path)
    return Exporter(settings.exporter, lambda: token.current)


async def _together(works: list[Coroutine[Any, Any, None]]) -> None:
    tasks = [asyncio.create_task(work) for work in works]
    try:
        await asyncio.gather(*tasks)
    finally:
        for task in tasks:
            task.cancel()


async def _listen(
    stack: AsyncExitStack,
    app: web.Application,
    settings: Settings,
    port: int,
    certificate: ServerCertificate | None,
    name: str,
) -> int:
    try:
        return await stack.enter_async_context(listening(app, settings.address, port, certificate))
    except OSError as error:
        where = f"{settings.address}:{port}"
        raise StartError(f"cannot listen on {where} ({error.strerror}): check address and {name}") from None


def _metrics(telemetry: Telemetry) -> web.Application:
    async def metrics(_request: web.Request) -> web.Response:
        body = generate_latest(telemetry.registry)
        return web.Response(body=body, headers={"Content-Type": CONTENT_TYPE_LATEST})

    app = web.Application()
    app.router.add_get("/metrics", metrics)
    return app


async def _keep_audit(
    ledger: Ledger, store: Store, settings: Settings, stopping: asyncio.Event, clock: Callable[[], float]
) -> None:
    """Check the whole chain now and then, and cut what is older than it is to be kept."""
    while not stopping.is_set():
        try:
            await ledger.verify()
            if settings.retention_days:
                async with store.lease("retention") as held:
                    cut = await ledger.retain(clock(), settings.retention_days) if held else 0
                if cut:
                    log.info("audit shortened", records=cut, days=settings.retention_days)
        except (Broken, StoreError) as error:
            log.warning("the audit was not checked", reason=str(error))
        try:
            async with asyncio.timeout(_CHECK):
                await stopping.wait()
        except TimeoutError:
            continue
