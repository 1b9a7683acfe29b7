"""`python -m tests.bench.observed FILE ARGUMENTS`: `astrolabe ARGUMENTS`, which tells what it holds.

At SIGUSR1 it writes to the file how many blocks of memory Python objects take, without garbage and without
what caches hold: these fill to their limits in the first minutes, which is no leak.
"""

from __future__ import annotations

import functools
import gc
import signal
import sys
from pathlib import Path

from astrolabe.cli import main


def held() -> int:
    """Empty the program's caches, and count."""
    gc.unfreeze()
    for found in gc.get_objects():
        if isinstance(found, functools._lru_cache_wrapper) and found.__module__.startswith("astrolabe."):
            found.cache_clear()
    gc.collect()
    return sys.getallocatedblocks()


def tell(told: Path) -> None:
    """Write the count in one step, so that who waits for the file reads all of it."""
    draft = told.with_suffix(".draft")
    draft.write_text(str(held()))
    draft.rename(told)


if __name__ == "__main__":
    told = Path(sys.argv.pop(1))
    signal.signal(signal.SIGUSR1, lambda *_: tell(told))
    sys.exit(main())
