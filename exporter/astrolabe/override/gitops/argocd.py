"""Argo CD's API, as far as a refresh and a sync of one application need it."""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any, NamedTuple
from urllib.parse import quote

from astrolabe.override.backend import Impossible, Trouble
from astrolabe.override.gitops.calls import Answer, Observer, Pace, Remote

_RESPECT = "RespectIgnoreDifferences=true"
_POINTERS = {"Deployment": ("apps", "/spec/replicas"), "StatefulSet": ("apps", "/spec/replicas"),
             "CronJob": ("batch", "/spec/suspend")}  # fmt: skip
"""Group and field of what this service changes, by kind."""


class Application(NamedTuple):
    """An application as it stands."""

    name: str
    body: Mapping[str, Any]

    @property
    def busy(self) -> bool:
        """Whether an operation runs, or is about to."""
        return bool(self.body.get("operation")) or self.phase == "Running"

    @property
    def phase(self) -> str:
        """Of the last operation: `Running`, `Succeeded`, `Failed`, `Error`, `Terminating`, or nothing."""
        return str(self._operation.get("phase") or "")

    @property
    def message(self) -> str:
        """What the last operation says, on one line."""
        return " ".join(str(self._operation.get("message") or "").split())[:300]

    @property
    def revisions(self) -> tuple[str, ...]:
        """The commits that the last operation brought to the cluster."""
        result = self._operation.get("syncResult") or {}
        return tuple(filter(None, [result.get("revision"), *(result.get("revisions") or ())]))

    @property
    def _operation(self) -> Mapping[str, Any]:
        return (self.body.get("status") or {}).get("operationState") or {}

    def ignores(self, kind: str, namespace: str, name: str) -> bool:
        """Whether it leaves the replicas of an object (or `suspend`) to others.

        Raises `Impossible` where comparing ignores them and a sync sets them all the same.
        """
        group, pointer = _POINTERS[kind]
        spec = self.body.get("spec") or {}
        for each in spec.get("ignoreDifferences") or ():
            fits = (
                each.get("group", "") in (group, "*")
                and each.get("kind") in (kind, "*")
                and (each.get("name") or name) == name
                and (each.get("namespace") or namespace) == namespace
            )
            paths = [*(each.get("jsonPointers") or ()), *(each.get("jqPathExpressions") or ())]
            if fits and any(path.strip().replace(".", "/") == pointer for path in paths):
                options = (spec.get("syncPolicy") or {}).get("syncOptions") or ()
                if _RESPECT not in options:
                    raise Impossible(
                        f"application {self.name} ignores {pointer}, and each sync sets it all the same: add"
                        f" the sync option {_RESPECT}"
                    )
                return True
        return False


class ArgoCD:
    """One application. Raises `Trouble` for what may pass, and `Impossible` with what would help."""

    def __init__(self, remote: Remote, name: str, syncs: Pace, observer: Observer | None = None) -> None:
        """Take `syncs` as the queue for syncs of all applications."""
        self._syncs = syncs
        self._remote = remote
        self.name = name
        self._observer = observer
        self._path = f"/api/v1/applications/{quote(name, safe='')}"

    async def get(self, *, refresh: bool = False) -> Application:
        """Return the application; with `refresh`, after Argo CD has looked at git."""
        query = {"refresh": "normal"} if refresh else None
        answer = await self._remote.send("GET", "applications", self._path, query)
        self._expect(answer, "get")
        return Application(self.name, answer.body)

    async def sync(self) -> bool:
        """Begin a sync; False where another operation is at work."""
        await self._syncs.turn()
        answer = await self._remote.send(
            "POST", "applications/sync", f"{self._path}/sync", body={"name": self.name}
        )
        busy = answer.status == HTTPStatus.BAD_REQUEST and "in progress" in answer.said
        if self._observer is not None:
            self._observer.synced(self.name, "busy" if busy else "started" if answer.ok else "refused")
        if not busy:
            self._expect(answer, "sync")
        return not busy

    def ended(self, phase: str) -> None:
        """Note how a sync ended."""
        if self._observer is not None:
            self._observer.synced(self.name, phase.lower())

    def _expect(self, answer: Answer, action: str) -> None:
        if answer.ok and isinstance(answer.body, dict):
            return
        match answer.status:
            case HTTPStatus.UNAUTHORIZED:
                raise Impossible(
                    "Argo CD refuses the token (401), which is wrong or expired: make one for an account with"
                    " `apiKey` and put it into argocd.token_file"
                )
            case HTTPStatus.FORBIDDEN:
                raise Impossible(
                    f"Argo CD: there is no application {self.name}, or the token's account may not {action}"
                    f" it: give its role `p, ROLE, applications, {action}, PROJECT/{self.name}, allow`"
                )
            case HTTPStatus.NOT_FOUND:
                raise Impossible(f"Argo CD has no application {self.name}: check gitops.application")
        raise Trouble(f"Argo CD: {action} {self.name}: {answer.status} {answer.said}")
