"""What OpenSSL takes from files alone, without leaving it on a disk."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def as_file(content: bytes) -> Iterator[str | None]:
    """Yield the path of a file with this content, while the block lasts; None for no content."""
    if not content:
        yield None
        return
    if hasattr(os, "memfd_create"):
        with open(os.memfd_create("astrolabe"), "wb", buffering=0) as file:  # noqa: PTH123  (a descriptor)
            file.write(content)
            yield f"/proc/self/fd/{file.fileno()}"
        return
    with tempfile.NamedTemporaryFile(prefix="astrolabe-") as named:  # readable for its owner alone
        named.write(content)
        named.flush()
        yield named.name
