"""Questions about access as people write them: what somebody wants to do, and who that is."""

from __future__ import annotations

from astrolabe.derived.access.evaluator import Request, group_key, user_key
from astrolabe.derived.access.resources import meant
from astrolabe.patterns.names import shown

_PARTS = 3
_SUBRESOURCES = frozenset(
    {
        "approval", "attach", "binding", "ephemeralcontainers", "eviction", "exec", "log", "portforward",
        "proxy", "resize", "scale", "status", "token",
    }
)  # fmt: skip


class BadQuestion(Exception):
    """A question that cannot be asked. Its text is one line."""


def request_of(verb: str, resource: str, namespace: str) -> Request:
    """Read a question as kubectl has it: `secrets/db`, `pods/exec`, `deployments.apps/web`, `/metrics`.

    Behind a slash stands a name, or a subresource where that is a known one. Raises `BadQuestion`.
    """
    if not verb:
        raise BadQuestion("a verb is needed, such as get")
    if resource.startswith("/"):
        return Request(verb=verb, path=resource)
    parts = resource.split("/")
    base, _, group = parts[0].partition(".")
    if not base or len(parts) > _PARTS or not all(parts):
        raise BadQuestion(
            f"{shown(resource)} is not a resource; write secrets/db, pods/exec or deployments.apps/web"
        )
    if other := meant(base, group):
        raise BadQuestion(f"{shown(parts[0])} is not a resource that rules name; did you mean {other}?")
    name = subresource = ""
    if len(parts) == _PARTS:
        _, name, subresource = parts
    elif len(parts) == _PARTS - 1:
        name, subresource = ("", parts[1]) if parts[1] in _SUBRESOURCES else (parts[1], "")
    if name and verb in ("create", "deletecollection") and not subresource:
        name = ""
    return Request(
        verb=verb, group=group, resource=base, subresource=subresource, namespace=namespace, name=name
    )


def subject_of(text: str) -> str:
    """Read a subject: `serviceaccount/shop/web`, `user/alice`, `group/devs`. Raises `BadQuestion`."""
    kind, _, rest = text.partition("/")
    match kind.lower():
        case "serviceaccount" | "sa" if rest.count("/") == 1 and all(rest.split("/")):
            return f"ServiceAccount/{rest}"
        case "user" if rest:
            return user_key(rest)
        case "group" if rest:
            return group_key(rest)
    raise BadQuestion(
        f"{shown(text)} is not a subject; write serviceaccount/shop/web, user/alice or group/devs"
    )


def written(request: Request) -> str:
    """Write a request in words: `get secrets db in shop`."""
    if request.path:
        return f"{request.verb} {request.path}"
    group = f".{request.group}" if request.group else ""
    name = f" {request.name}" if request.name else ""
    place = f" in {request.namespace}" if request.namespace else ""
    return f"{request.verb} {request.combined}{group}{name}{place}"
