"""Health for kubelets, load balancers and people."""

from __future__ import annotations

from aiohttp import web

from astrolabe.api.state import STATE, Following
from astrolabe.kube.observer import WatchState

_TROUBLED = ("failing", "absent")


async def live(_request: web.Request) -> web.Response:
    """Answer as long as the process works."""
    return web.Response(text="ok\n")


async def ready(request: web.Request) -> web.Response:
    """Answer 200 once every resource has listed or is forbidden; say which has not, and why."""
    following = request.app[STATE].following
    lines = [_line(state) for state in following.states if state.phase != "synced"]
    if following.error:
        lines.insert(0, f"discovery: {following.error}")
    if restored := request.app[STATE].telemetry.restored:
        lines.insert(0, f"restored, not compared with the API server yet: {', '.join(sorted(restored))}")
    verdict = "ready" if following.ready else "not ready"
    text = "".join(f"{line}\n" for line in (verdict, *lines))
    return web.Response(text=text, status=200 if following.ready else 503)


async def health(request: web.Request) -> web.Response:
    """Answer in the form of the original design."""
    state = request.app[STATE]
    return web.json_response({"status": verdict(state.following), "nodes": len(state.graph)})


def verdict(following: Following) -> str:
    """Return `syncing` until everything has listed once, `degraded` while something fails, else `healthy`."""
    if not following.ready:
        return "syncing"
    if following.error or any(state.phase in _TROUBLED for state in following.states):
        return "degraded"
    return "healthy"


def _line(state: WatchState) -> str:
    scope = f" ({state.scope})" if str(state.scope) else ""
    return f"{state.resource}{scope}: {state.phase}{f': {state.error}' if state.error else ''}"
