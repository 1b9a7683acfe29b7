"""The price file on disk, which may change while the program runs (a mounted ConfigMap does)."""

from __future__ import annotations

from pathlib import Path

import structlog

from astrolabe.derived.cost import prices
from astrolabe.derived.cost.prices import PriceError, Prices

log = structlog.get_logger(__name__)

PRICE_FILE_BYTES = 1 << 20
"""Bytes. A price file has a few hundred."""


class PriceFile:
    """Reads prices, and reads them again when the file changed. A bad file leaves the last good ones."""

    def __init__(self, path: str = "") -> None:
        """Read the file; without one OpenCost's defaults apply. Raises `PriceError`."""
        self._path = path
        self.valid = True
        self._seen = self._look()
        self.prices: Prices = self._read() if path else prices.OPENCOST

    def reload(self) -> bool:
        """Look whether the file changed, and return whether the prices did."""
        seen = self._look()
        if seen == self._seen:
            return False
        self._seen = seen
        before, was_valid = self.prices, self.valid
        try:
            self.prices = self._read()
            self.valid = True
        except PriceError as error:
            self.valid = False
            log.warning("prices not reloaded", error=str(error), consequence="the old prices stay in use")
        return self.prices != before or self.valid != was_valid

    def _look(self) -> tuple[int, ...]:
        try:
            found = Path(self._path).stat() if self._path else None
        except OSError:
            return ()
        return (found.st_mtime_ns, found.st_size, found.st_ino) if found is not None else ()

    def _read(self) -> Prices:
        try:
            with Path(self._path).open("rb") as file:
                text = file.read(PRICE_FILE_BYTES + 1)
        except (OSError, ValueError) as error:
            reason = error.strerror if isinstance(error, OSError) else error
            raise PriceError(f"{self._path}: cannot be read: {reason}") from None
        if len(text) > PRICE_FILE_BYTES:
            raise PriceError(f"{self._path}: is larger than {PRICE_FILE_BYTES} bytes")
        found = prices.read(text, self._path)
        if found.unused:
            log.info("prices in the file that are not used", file=self._path, keys=found.unused)
        if found.unknown:
            log.warning("unknown keys in the price file", file=self._path, keys=found.unknown)
        return found.prices
