"""Who a Slack user is: name, email address, and the user groups that the rules name."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import structlog
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from astrolabe.override.model import Person

FRESH = 300.0
"""Seconds for which what Slack says of people is taken as true."""
_FAILURES = (SlackApiError, OSError, TimeoutError)

log = structlog.get_logger(__name__)


class Directory:
    """Asks Slack, and remembers the answer for some minutes."""

    def __init__(
        self, client: AsyncWebClient, groups: Callable[[], Iterable[str]], clock: Callable[[], float]
    ) -> None:
        """Ask for the members of `groups` alone: those that the rules name, as `slack:ID`."""
        self._client = client
        self._groups = groups
        self._clock = clock
        self._users: dict[str, tuple[float, str, str]] = {}
        self._members: dict[str, tuple[float, frozenset[str]]] = {}

    async def person(self, user: str, channel: str) -> Person:
        """Return who asks. What Slack does not tell is left out: then less is allowed, not more."""
        name, email = await self._user(user)
        groups = [group for group in self._groups() if user in await self._members_of(group)]
        return Person(
            id=f"slack:{user}", name=name, email=email, groups=tuple(groups), via="slack", channel=channel
        )

    async def _user(self, user: str) -> tuple[str, str]:
        now = self._clock()
        known = self._users.get(user)
        if known is not None and 0 <= now - known[0] < FRESH:
            return known[1], known[2]
        try:
            answer = await self._client.users_info(user=user)
        except _FAILURES as error:
            log.warning("user cannot be looked up", user=user, reason=_reason(error))
            return (known[1], "") if known else ("", "")
        found = answer.get("user") or {}
        profile = found.get("profile") or {}
        name = profile.get("display_name") or found.get("real_name") or found.get("name") or ""
        # An address that the person could set would be somebody else's.
        email = profile.get("email") or "" if found.get("is_email_confirmed", True) else ""
        self._users[user] = now, name, email
        return name, email

    async def _members_of(self, group: str) -> frozenset[str]:
        now = self._clock()
        known = self._members.get(group)
        if known is not None and 0 <= now - known[0] < FRESH:
            return known[1]
        try:
            answer = await self._client.usergroups_users_list(usergroup=group.removeprefix("slack:"))
        except _FAILURES as error:
            log.warning("the members of a group cannot be read", group=group, reason=_reason(error))
            return frozenset()
        members = frozenset(answer.get("users") or ())
        self._members[group] = now, members
        return members


def _reason(error: BaseException) -> str:
    if isinstance(error, SlackApiError):
        return str(error.response.get("error", ""))
    return type(error).__name__
