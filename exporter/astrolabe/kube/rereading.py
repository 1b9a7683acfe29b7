"""Credentials that are read again when a file of theirs is replaced."""

from __future__ import annotations

from abc import ABC, abstractmethod

import structlog

from astrolabe.kube.configuration import Configuration, ConfigurationError
from astrolabe.kube.files import Files

log = structlog.get_logger(__name__)


class Reread(ABC):
    """Keeps a configuration until a file of it is replaced.

    A file may be read while it is being written: then what was read before stays, and the next request looks
    again.
    """

    def __init__(self) -> None:
        self._files = Files()
        self._known: Configuration | None = None
        self._said = ""

    async def current(self) -> Configuration:
        """See `Credentials`."""
        known = self._known
        if known is None:
            return await self.renewed()
        if self._files.replaced:
            try:
                self._known = known = await self._read()
            except ConfigurationError as error:
                if self._said != str(error):
                    self._said = str(error)
                    log.warning("replaced file cannot be used", reason=self._said)
            else:
                self._said = ""
                log.debug("credentials read again", server=known.server)
        return known

    async def renewed(self) -> Configuration:
        """See `Credentials`."""
        self._known = await self._read()
        return self._known

    @abstractmethod
    async def _read(self) -> Configuration:
        """Read the configuration from its files; raises `ConfigurationError`."""
