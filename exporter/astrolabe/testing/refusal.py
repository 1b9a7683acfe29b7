"""Errors as an API server words them: a `Status` object with its code and reason."""

from __future__ import annotations

from typing import Any

from astrolabe.testing.resources import Object, ServedResource

USER = "system:serviceaccount:astrolabe:astrolabe"
_REASONS = {
    400: "BadRequest",
    401: "Unauthorized",
    403: "Forbidden",
    404: "NotFound",
    405: "MethodNotAllowed",
    406: "NotAcceptable",
    409: "Conflict",
    410: "Expired",
    422: "Invalid",
    429: "TooManyRequests",
    500: "InternalError",
    503: "ServiceUnavailable",
    504: "Timeout",
}


class Refusal(Exception):
    """A request that is answered with a `Status` of failure."""

    def __init__(
        self,
        code: int,
        message: str,
        *,
        details: dict[str, Any] | None = None,
        retry_after: int | None = None,
    ) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.retry_after = retry_after
        self.details = dict(details or {})
        if retry_after is not None:
            self.details["retryAfterSeconds"] = retry_after

    @property
    def status(self) -> Object:
        """The answer's body, also the object of an ERROR event."""
        status: Object = {
            "kind": "Status",
            "apiVersion": "v1",
            "metadata": {},
            "status": "Failure",
            "message": self.message,
        }
        if reason := _REASONS.get(self.code):
            status["reason"] = reason
        if self.details:
            status["details"] = self.details
        return status | {"code": self.code}


class PageNotFound(Exception):
    """A path of a group or version that is not served: plain text, no `Status`."""


class Broken(Exception):
    """The connection breaks off."""


def bad_request(message: str) -> Refusal:
    """400."""
    return Refusal(400, message)


def absent(resource: ServedResource, name: str) -> Refusal:
    """404 for an object."""
    return Refusal(404, f'{resource.name} "{name}" not found', details=_of(resource) | {"name": name})


def unserved() -> Refusal:
    """404 for a resource that its group and version do not have."""
    return Refusal(404, "the server could not find the requested resource", details={})


def forbidden(resource: ServedResource, verb: str, namespace: str) -> Refusal:
    """403, worded by the authorizer."""
    where = f'in the namespace "{namespace}"' if namespace else "at the cluster scope"
    return Refusal(
        403,
        f'{resource.name} is forbidden: User "{USER}" cannot {verb} resource "{resource.plural}" '
        f'in API group "{resource.group}" {where}',
        details=_of(resource),
    )


def expired(version: int, oldest: int) -> Refusal:
    """410 for a resource version that the history no longer reaches."""
    return Refusal(410, f"too old resource version: {version} ({oldest})")


def expired_continue() -> Refusal:
    """410 for a continue token whose snapshot is gone."""
    return Refusal(
        410,
        "The provided continue parameter is too old to display a consistent list result. You can start a "
        "new list without the continue parameter, or use the continue token in this response to retrieve "
        "the remainder of the results. Continuing with the provided token results in an inconsistent list - "
        "objects that were created, modified, or deleted between the time the first chunk was returned and "
        "now may show up in the list.",
    )


def ahead(version: int, current: int) -> Refusal:
    """504 for a resource version that has not been reached."""
    cause = {"reason": "ResourceVersionTooLarge", "message": "Too large resource version"}
    return Refusal(
        504,
        f"Timeout: Too large resource version: {version}, current: {current}",
        details={"causes": [cause]},
        retry_after=1,
    )


def invalid_options(message: str) -> Refusal:
    """422 for options of a list or watch that exclude each other."""
    cause = {
        "reason": "FieldValueForbidden",
        "message": f"Forbidden: {message}",
        "field": "resourceVersionMatch",
    }
    return Refusal(
        422,
        f'ListOptions.meta.k8s.io "" is invalid: resourceVersionMatch: Forbidden: {message}',
        details={"group": "meta.k8s.io", "kind": "ListOptions", "causes": [cause]},
    )


def _of(resource: ServedResource) -> dict[str, Any]:
    return ({"group": resource.group} if resource.group else {}) | {"kind": resource.plural}
