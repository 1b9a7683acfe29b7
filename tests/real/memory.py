"""What a process holds in memory."""

from __future__ import annotations

from pathlib import Path

CHUNK = 16 << 20


def holds(pid: int, *needles: bytes) -> set[bytes]:
    """Return those needles that are somewhere in the readable memory of a process (Linux, same user)."""
    found: set[bytes] = set()
    overlap = max(map(len, needles)) - 1
    with Path(f"/proc/{pid}/mem").open("rb", buffering=0) as memory:
        for line in Path(f"/proc/{pid}/maps").read_text().splitlines():
            span, permissions, *_ = line.split()
            if "r" not in permissions or line.endswith(("[vvar]", "[vsyscall]", "[vvar_vclock]")):
                continue
            start, end = (int(each, 16) for each in span.split("-"))
            for offset in range(start, end, CHUNK):
                try:
                    memory.seek(offset)
                    content = memory.read(min(CHUNK + overlap, end - offset))
                except OSError:  # unmapped meanwhile, or a device's
                    continue
                found |= {needle for needle in needles if needle in content}
    return found
