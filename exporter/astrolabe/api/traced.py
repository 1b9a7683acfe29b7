"""A span for each answer; the span of a stream or a WebSocket lasts until the stream ends."""

from __future__ import annotations

from aiohttp import hdrs, web
from aiohttp.typedefs import Handler, Middleware

from astrolabe import tracing
from astrolabe.api.asked import cluster_of
from astrolabe.api.authentication import is_open

_METHODS = hdrs.METH_ALL - {hdrs.METH_ANY}


def traces() -> list[Middleware]:
    """Return what traces requests; nothing where tracing is off."""
    return [_trace] if tracing.used() is not None else []


@web.middleware
async def _trace(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Trace an answer, as part of its caller's trace. Health checks are left out.

    Of the path there is the pattern alone: what stands in it and in the query may name what a trace must not.
    """
    if is_open(request):
        return await handler(request)
    resource = request.match_info.route.resource
    route = resource.canonical if resource is not None else ""
    # A client could make up as many as it likes.
    method = request.method if request.method in _METHODS else "_OTHER"
    attributes: dict[str, tracing.Value] = {"http.request.method": method, "url.scheme": request.scheme}
    if route:
        attributes["http.route"] = route
    if cluster := cluster_of(request):
        attributes["k8s.cluster.name"] = cluster
    name = f"{'HTTP' if method == '_OTHER' else method} {route}".rstrip()
    refusal: web.HTTPException | None = None
    with tracing.span(name, attributes, kind="server", caller=request.headers):
        try:
            response = await handler(request)
        except web.HTTPException as answer:
            response = refusal = answer
        except Exception:
            tracing.note({"http.response.status_code": web.HTTPInternalServerError.status_code})
            raise
        broken = response.status >= web.HTTPInternalServerError.status_code
        tracing.note({"http.response.status_code": response.status}, str(response.status) if broken else "")
    if refusal is not None:
        raise refusal
    return response
