"""GitLab and Argo CD as the settings name them, each under its limits."""

from __future__ import annotations

import ssl

from astrolabe.api.files import Reloaded, UnusableFile, text_of
from astrolabe.override.gitops.argocd import ArgoCD
from astrolabe.override.gitops.calls import Observer, Pace, Remote
from astrolabe.override.gitops.gitlab import GitLab
from astrolabe.override.settings import Settings

_GITLAB_LIMITS = (50, 60.0), (2000, 3600.0)
"""Requests within seconds, for each token."""
_SYNC_LIMIT = 10, 60.0
"""Syncs of Argo CD within seconds."""


class Remotes:
    """What all environments share: one queue for each other side."""

    def __init__(self, settings: Settings, observer: Observer | None = None) -> None:
        """Read the tokens; raises `UnusableFile`."""
        self._observer = observer
        self._syncs = Pace(_SYNC_LIMIT)
        self._gitlab = self._argocd = None
        if (gitlab := settings.gitlab) is not None:
            secret = token_of("gitlab.token_file", gitlab.token_file)
            self._gitlab = Remote(
                "GitLab",
                gitlab.url,
                lambda: {"PRIVATE-TOKEN": secret.current},
                pace=Pace(*_GITLAB_LIMITS),
                observer=observer,
                certificates=_certificates("gitlab.ca_file", gitlab.ca_file),
            )
        if (argocd := settings.argocd) is not None:
            token = token_of("argocd.token_file", argocd.token_file)
            self._argocd = Remote(
                "Argo CD",
                argocd.url,
                lambda: {"Authorization": f"Bearer {token.current}"},
                pace=Pace(),
                observer=observer,
                certificates=_certificates("argocd.ca_file", argocd.ca_file),
            )

    def gitlab(self, project: str) -> GitLab:
        """Return a project."""
        assert self._gitlab is not None
        return GitLab(self._gitlab, project)

    def argocd(self, application: str) -> ArgoCD:
        """Return an application."""
        assert self._argocd is not None
        return ArgoCD(self._argocd, application, self._syncs, self._observer)

    async def close(self) -> None:
        """Close all connections."""
        for remote in (self._gitlab, self._argocd):
            if remote is not None:
                await remote.close()


def token_of(setting: str, path: str) -> Reloaded[str]:
    """Return a token, one line of a file that is read again when it changes; raises `UnusableFile`."""

    def load() -> str:
        token = text_of(setting, path).strip()
        if not token or not token.isascii() or any(c.isspace() for c in token):
            raise UnusableFile(f"{setting}: {path}: holds no token: it is one line of ASCII")
        return token

    return Reloaded(load, path)


def _certificates(setting: str, path: str) -> ssl.SSLContext | None:
    if not path:
        return None
    try:
        return ssl.create_default_context(cafile=path)
    except (OSError, ssl.SSLError) as error:
        raise UnusableFile(f"{setting}: {path}: cannot be used: {error.strerror or error}") from None
