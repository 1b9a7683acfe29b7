"""Health for kubelets, load balancers and people."""

from __future__ import annotations

from aiohttp import web

from astrolabe.api.state import STATE, Following, State
from astrolabe.kube.observer import WatchState


def attach(app: web.Application) -> None:
    """Add the health of one cluster, and of the process."""
    app.router.add_get("/healthz", live)
    app.router.add_get("/livez", live)
    app.router.add_get("/readyz", ready)
    app.router.add_get("/health", health)


async def live(_request: web.Request) -> web.Response:
    """Answer as long as the process works."""
    return web.Response(text="ok\n")


async def ready(request: web.Request) -> web.Response:
    """Answer 200 once everything can be shown; say what is not well, and why.

    Everything can be shown once each resource has listed, is forbidden, or fails again and again while others
    do not; and what an earlier process knew of a resource can be shown before that.
    """
    state = request.app[STATE]
    usable = state.following.usable
    text = "".join(f"{line}\n" for line in ("ready" if usable else "not ready", *lines_of(state)))
    return web.Response(text=text, status=200 if usable else 503)


def lines_of(state: State) -> list[str]:
    """Return what is not well, and why: one line each."""
    following = state.following
    lines = [line_of(state) for state in following.states if state.phase != "synced"]
    lines += [f"*.{group}: broken: its API does not answer" for group in sorted(following.broken)]
    if following.error:
        lines.insert(0, f"discovery: {following.error}")
    elif not following.discovered:
        lines.insert(0, "discovery: the API server has not answered yet")
    if restored := state.telemetry.restored:
        lines.insert(0, f"restored, not compared with the API server yet: {', '.join(sorted(restored))}")
    return lines


async def health(request: web.Request) -> web.Response:
    """Answer in the form of the original design."""
    state = request.app[STATE]
    return web.json_response({"status": verdict(state.following), "nodes": len(state.graph)})


def verdict(following: Following) -> str:
    """Return `syncing` until everything is known, `degraded` while something fails, else `healthy`.

    A state that is only restored, since the API server does not answer, is `degraded`.
    """
    if not following.ready:
        return "degraded" if following.usable and not following.discovered else "syncing"
    if following.error or following.broken or any(state.troubled for state in following.states):
        return "degraded"
    return "healthy"


def line_of(state: WatchState) -> str:
    """Return how a watch is doing, in one line."""
    scope = f" ({state.scope})" if str(state.scope) else ""
    return f"{state.resource}{scope}: {state.phase}{f': {state.error}' if state.error else ''}"
