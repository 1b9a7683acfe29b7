"""Who may read: a token, a user with a password, a client certificate, or the API server's word.

Any one of the ways that are set up is enough. Health checks are open: kubelets have no credentials.
"""

from __future__ import annotations

import asyncio
import base64
import binascii
import hashlib
import re
import secrets
from asyncio import BaseTransport
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Mapping
from typing import NoReturn, TypeAlias

from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

from astrolabe.api.asked import cluster_of, path_of
from astrolabe.api.authorization import Reviewer, Unavailable, Verdict, nonresource_url
from astrolabe.api.files import Reloaded, UnusableFile, text_of
from astrolabe.api.tls import Certificate
from astrolabe.kube.reviews import AUTHENTICATED, User

OPEN = frozenset({"/healthz", "/livez", "/readyz", "/health"})
"""What anybody may ask."""
_TOKEN = re.compile(r"[A-Za-z0-9._~+/-]+=*")
"""What a bearer token is made of (RFC 6750)."""
RECHECK_INTERVAL = 5.0
"""Seconds between looks at whether the reader of a stream may still read."""
_RETRY_AFTER = 5
_BEARER = 'Bearer realm="astrolabe"'
_BASIC = 'Basic realm="astrolabe", charset="UTF-8"'
_UNPRINTABLE = re.compile(r"[^ -~]")


Reviewers: TypeAlias = Callable[[str], Mapping[str, Reviewer]]
"""Return, by cluster, who judges what is asked of a cluster; those of all clusters where none is named."""


class Authenticator:
    """Admits requests, or answers for them with 401, 403 or 503. Raises `UnusableFile` when it is made."""

    def __init__(
        self,
        *,
        token_file: str = "",
        users_file: str = "",
        certificates: Callable[[BaseTransport], Certificate | None] | None = None,
        reviewers: Reviewers | None = None,
    ) -> None:
        self._tokens = _Accepted("web_token_file", token_file, _tokens) if token_file else None
        self._users = _Accepted("web_users_file", users_file, _users) if users_file else None
        self._certificates = certificates
        self._reviewers = reviewers

    async def admit(self, request: web.Request, path: str = "") -> frozenset[str] | None:
        """Return when the client may read a path (by default the request's); raise the refusal otherwise.

        Where the API servers decide, return the clusters whose own say yes: those alone may be shown.
        """
        url = nonresource_url(path or path_of(request))
        scheme, _, credentials = request.headers.get("Authorization", "").partition(" ")
        credentials = credentials.strip()
        subject = self._subject(request)
        if self._reviewers is not None:
            reviewers = self._reviewers(cluster_of(request))
            if scheme.lower() == "bearer" and _TOKEN.fullmatch(credentials):
                return await self._review(reviewers, credentials, url)
            if not scheme and subject is not None and subject.username:
                return await self._review(reviewers, subject, url)
            self._refuse()
        known = subject is not None
        if self._tokens is not None and scheme.lower() == "bearer":
            known |= self._tokens.has(credentials.encode(errors="surrogateescape"))
        if self._users is not None and scheme.lower() == "basic":
            known |= self._users.has(_decoded(credentials))
        if not known:
            self._refuse()
        return None

    def _subject(self, request: web.Request) -> User | None:
        if self._certificates is None or request.transport is None:
            return None
        certificate = self._certificates(request.transport)
        return _user(certificate) if certificate else None

    async def _review(self, reviewers: Mapping[str, Reviewer], who: str | User, url: str) -> frozenset[str]:
        verdicts = await asyncio.gather(*(_verdict(each, who, url) for each in reviewers.values()))
        allowed = frozenset(
            name for name, verdict in zip(reviewers, verdicts, strict=True) if verdict is Verdict.ALLOWED
        )
        if allowed:
            return allowed
        if not verdicts or None in verdicts:
            raise web.HTTPServiceUnavailable(
                text="the API server does not say who may read\n",
                headers={"Retry-After": str(_RETRY_AFTER)},
            )
        if Verdict.FORBIDDEN not in verdicts:
            self._refuse()
        raise web.HTTPForbidden(text=f"you may not get {_UNPRINTABLE.sub('?', url)}\n")

    def _refuse(self) -> NoReturn:
        challenges = []
        if self._tokens is not None or self._reviewers is not None:
            challenges.append(_BEARER)
        if self._users is not None:
            challenges.append(_BASIC)
        if not challenges:
            forbidden = web.HTTPForbidden(text="a client certificate is needed\n")
            # A connection is made with a certificate, and without one it stays so.
            forbidden.force_close()
            raise forbidden
        refusal = web.HTTPUnauthorized(text="credentials are needed\n")
        for challenge in challenges:
            refusal.headers.add("WWW-Authenticate", challenge)
        raise refusal


ADMITTED_BY = web.RequestKey("admitted_by", Authenticator)
"""Who admitted a request, where anybody asks for credentials."""

SHOWN = web.RequestKey("shown", frozenset[str])
"""The clusters that this client may see, where their API servers decide."""


async def _verdict(reviewer: Reviewer, who: str | User, url: str) -> Verdict | None:
    """Return a verdict; None where the API server gives none."""
    try:
        return await reviewer.verdict(who, url)
    except Unavailable:
        return None


def guard(authenticator: Authenticator) -> Middleware:
    """Return what asks for credentials everywhere but at the health checks, and also where nothing is."""

    @web.middleware
    async def guarding(request: web.Request, handler: Handler) -> web.StreamResponse:
        if not is_open(request):
            shown = await authenticator.admit(request)
            request[ADMITTED_BY] = authenticator
            if shown is not None:
                request[SHOWN] = shown
        return await handler(request)

    return guarding


async def readable(request: web.Request, paths: Iterable[str]) -> frozenset[str]:
    """Return those of other paths that who asked may read as well; raises 503 where nobody can say.

    An answer that shows what is another path's own shows it to these alone.
    """
    authenticator = request.get(ADMITTED_BY)
    if authenticator is None:
        return frozenset(paths)
    found = set()
    for path in paths:
        try:
            await authenticator.admit(request, path)
        except web.HTTPServiceUnavailable:
            raise
        except web.HTTPException:
            continue
        found.add(path)
    return frozenset(found)


async def rechecked(request: web.Request, paths: Iterable[str]) -> AsyncIterator[frozenset[str]]:
    """Yield again and again which other paths who asked may read, for answers that last.

    It ends once they may not read the request's own path any more, or nobody can say whether.
    """
    authenticator = request.get(ADMITTED_BY)
    if authenticator is None:
        await asyncio.get_running_loop().create_future()
        return
    while True:
        await asyncio.sleep(RECHECK_INTERVAL)
        try:
            await authenticator.admit(request)
            found = await readable(request, paths)
        except web.HTTPException:
            return
        yield found


def is_open(request: web.Request) -> bool:
    """Whether a request goes to a health check: by what answers it, however the path is written."""
    resource = request.match_info.route.resource
    return resource is not None and resource.canonical in OPEN


class _Accepted:
    """The credentials of a file.

    Only keyed digests of them stay in memory, and each request is compared with all of them in constant time.
    """

    def __init__(self, setting: str, path: str, entries: Callable[[str, str, str], Iterator[bytes]]) -> None:
        self._key = secrets.token_bytes(32)

        def load() -> tuple[bytes, ...]:
            found = tuple(map(self._digest, entries(setting, path, text_of(setting, path))))
            if not found:
                raise UnusableFile(f"{setting}: {path}: is empty")
            return found

        self._digests = Reloaded(load, path)

    def has(self, credentials: bytes) -> bool:
        """Whether the file has these."""
        presented = self._digest(credentials)
        found = False
        for digest in self._digests.current:
            found |= secrets.compare_digest(digest, presented)
        return found

    def _digest(self, credentials: bytes) -> bytes:
        return hashlib.blake2b(credentials, key=self._key, digest_size=32).digest()


def _lines(text: str) -> Iterator[tuple[int, str]]:
    """Yield the lines that say something, with their numbers."""
    for number, line in enumerate(text.splitlines(), 1):
        if (said := line.strip()) and not said.startswith("#"):
            yield number, said


def _tokens(setting: str, path: str, text: str) -> Iterator[bytes]:
    for number, token in _lines(text):
        if not _TOKEN.fullmatch(token):
            raise UnusableFile(
                f"{setting}: {path}: line {number}: no token: letters, digits and -._~+/ alone"
            )
        yield token.encode()


def _users(setting: str, path: str, text: str) -> Iterator[bytes]:
    for number, entry in _lines(text):
        name, _, password = entry.partition(":")
        if not name or not password:
            raise UnusableFile(f"{setting}: {path}: line {number}: expected name:password")
        yield entry.encode()


def _decoded(credentials: str) -> bytes:
    """Return `name:password` of a Basic header, nothing where it is malformed."""
    try:
        return base64.b64decode(credentials, validate=True)
    except (binascii.Error, ValueError):
        return b""


def _user(certificate: Certificate) -> User:
    """Return the user that a verified client certificate names, by the rules of the API server: CN and O."""
    names = [pair for attributes in certificate.get("subject", ()) for pair in attributes]
    username = next((value for name, value in names if name == "commonName"), "")
    organizations = tuple(value for name, value in names if name == "organizationName")
    return User(username=username, groups=(*organizations, AUTHENTICATED))
