"""Who a client is and what it may do, asked of the API server: TokenReview and SubjectAccessReview."""

from __future__ import annotations

from typing import TypeVar

import msgspec

from astrolabe.kube.exchange import read
from astrolabe.kube.transport import Transport, Unreachable
from astrolabe.kube.wire import MALFORMED

AUTHENTICATED = "system:authenticated"
"""The group of everybody that the API server knows; it adds it itself for tokens."""
_TOKEN_REVIEWS = "/apis/authentication.k8s.io/v1/tokenreviews"  # noqa: S105
_ACCESS_REVIEWS = "/apis/authorization.k8s.io/v1/subjectaccessreviews"


class User(msgspec.Struct, frozen=True):
    """A user as the API server knows it."""

    username: str = ""
    uid: str = ""
    groups: tuple[str, ...] | None = ()
    extra: dict[str, tuple[str, ...]] | None = None


class _Authentication(msgspec.Struct):
    authenticated: bool = False
    user: User = User()


class _TokenReview(msgspec.Struct):
    status: _Authentication


class _Authorization(msgspec.Struct):
    allowed: bool = False


class _AccessReview(msgspec.Struct):
    status: _Authorization


_Review = TypeVar("_Review", _TokenReview, _AccessReview)


async def authenticate(transport: Transport, token: str) -> User | None:
    """Return whose bearer token it is, None for nobody's; raises `ApiFailure` and `Unreachable`."""
    review: dict[str, object] = {
        "apiVersion": "authentication.k8s.io/v1",
        "kind": "TokenReview",
        "spec": {"token": token},
    }
    status = (await _ask(transport, _TOKEN_REVIEWS, review, _TokenReview)).status
    return status.user if status.authenticated and status.user.username else None


async def authorize(transport: Transport, user: User, path: str) -> bool:
    """Whether a user may `get` a path (`nonResourceURLs` in RBAC); raises `ApiFailure` and `Unreachable`."""
    spec = {
        "user": user.username,
        "uid": user.uid,
        "groups": user.groups or (),
        "extra": user.extra or {},
        "nonResourceAttributes": {"path": path, "verb": "get"},
    }
    review: dict[str, object] = {
        "apiVersion": "authorization.k8s.io/v1",
        "kind": "SubjectAccessReview",
        "spec": spec,
    }
    return (await _ask(transport, _ACCESS_REVIEWS, review, _AccessReview)).status.allowed


async def _ask(transport: Transport, path: str, review: dict[str, object], answer: type[_Review]) -> _Review:
    body = await read(transport, path, body=msgspec.json.encode(review))
    try:
        return msgspec.json.decode(body, type=answer)
    except MALFORMED:
        # The answer repeats the token, the error could quote it.
        raise Unreachable(f"{path}: the answer is not a review") from None
