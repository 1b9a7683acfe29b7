"""Where the service is put together."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Coroutine
from contextlib import AsyncExitStack
from functools import partial
from typing import Any

import structlog
from aiohttp import web
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest

from astrolabe.api.tls import ServerCertificate
from astrolabe.kube import credentials
from astrolabe.override import parts, webhooks
from astrolabe.override.chain import Broken
from astrolabe.override.direct.client import connected
from astrolabe.override.gitops.gitlab import CALLS
from astrolabe.override.gitops.remotes import Remotes
from astrolabe.override.http.callers import Callers
from astrolabe.override.http.confirming import Confirming
from astrolabe.override.http.routes import Api
from astrolabe.override.http.server import application, listening
from astrolabe.override.ledger import Ledger
from astrolabe.override.parts import StartError
from astrolabe.override.service import Service
from astrolabe.override.settings import Settings
from astrolabe.override.store import Store, StoreError
from astrolabe.override.telemetry import Telemetry
from astrolabe.override.worker import Worker

_CHECK = 3600.0
"""Seconds between checks of the whole chain, and between cuts of retention."""

log = structlog.get_logger(__name__)


async def run(settings: Settings, stopping: asyncio.Event, clock: Callable[[], float] = time.time) -> None:
    """Run the service until told to stop; raises what stops the start."""
    async with AsyncExitStack() as stack:
        rules = parts.rules_of(settings)
        key = parts.audit_key(settings)
        store = await stack.enter_async_context(parts.opened(settings))
        ledger = Ledger(store, key)
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
        exporter = parts.exporter(settings)
        if exporter is not None:
            stack.push_async_callback(exporter.close)
        telemetry = Telemetry(ledger, tuple(settings.environments), clock)
        telemetry.begin(CALLS if settings.gitlab is not None else (), settings.applications())
        works: list[Callable[[], Coroutine[Any, Any, None]]] = []
        openid = parts.openid(settings, rules, key, clock, telemetry)
        if openid is not None:
            stack.push_async_callback(openid.close)
            works.append(openid.look)
        callers = Callers(settings.tokens_file, openid.bearers if openid is not None else None)
        api_server = await connected(
            credentials.choose(settings.kubeconfig, settings.context, in_cluster=settings.in_cluster),
            lambda answered: telemetry.reached("kubernetes", answered=answered),
        )
        stack.push_async_callback(api_server.close)
        ledger.listen(telemetry.happened)
        remotes = Remotes(settings, telemetry)
        stack.push_async_callback(remotes.close)
        worker = Worker(
            ledger, store, parts.backends(settings, api_server, remotes, exporter), clock, telemetry
        )
        service = Service(
            ledger, lambda: rules.current, settings.namespaces(), clock, exporter=exporter, nudge=worker.nudge
        )
        certificate = (
            ServerCertificate(settings.tls_cert_file, settings.tls_key_file)
            if settings.tls_cert_file
            else None
        )
        slack = parts.slack(settings, service, ledger, rules, exporter, clock, telemetry)
        if slack is not None:
            stack.push_async_callback(slack.close)
            if slack.web is not None:
                await _listen(stack, slack.web, settings, slack.port, certificate, "slack.port")
            works.append(partial(slack.run, stopping, store))
        if (hooks := settings.webhooks) is not None:
            heard = webhooks.application(
                settings.environments, parts.hook_tokens(hooks), worker.look, telemetry
            )
            await _listen(stack, heard, settings, hooks.port, certificate, "webhooks.port")
        confirming = None
        if settings.confirmation_page:
            confirming = Confirming(service, callers, openid.signing if openid is not None else None)
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
