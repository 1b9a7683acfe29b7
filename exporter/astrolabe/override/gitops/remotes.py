"""GitLab and Argo CD as the settings name them, each under its limits."""

from __future__ import annotations

from astrolabe.override.files import authorities, token_of
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
                certificates=authorities("gitlab.ca_file", gitlab.ca_file),
            )
        if (argocd := settings.argocd) is not None:
            token = token_of("argocd.token_file", argocd.token_file)
            self._argocd = Remote(
                "Argo CD",
                argocd.url,
                lambda: {"Authorization": f"Bearer {token.current}"},
                pace=Pace(),
                observer=observer,
                certificates=authorities("argocd.ca_file", argocd.ca_file),
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
