"""A real PostgreSQL on loopback, in a folder of the test's own."""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

from tests.components.missing import missing
from tests.ports import free_port
from tests.real.processes import running

_FOLDERS = ("", *sorted(map(str, Path("/usr/lib/postgresql").glob("*/bin")), reverse=True))


def program(name: str) -> str:
    """Return a program of PostgreSQL; without it the test is skipped, or fails where all must be there."""
    found = next(filter(None, (shutil.which(name, path=folder or None) for folder in _FOLDERS)), None)
    if found is None:
        missing(f"{name} is missing: apt-get install postgresql")
    return found


@contextlib.contextmanager
def postgres(folder: Path) -> Iterator[str]:
    """Run a server; yields the address of an empty database."""
    initdb, server = program("initdb"), program("postgres")
    data, port = folder / "data", free_port()
    # The server refuses to run as root, as tests do in a container.
    root = os.geteuid() == 0
    account = ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups"] if root else []
    if root:
        data.mkdir()
        shutil.chown(data, "postgres", "postgres")
        for parent in (folder, *folder.parents):
            if parent.stat().st_uid == 0 and parent != Path("/"):
                parent.chmod(parent.stat().st_mode | 0o011)
    options = ["--username=astrolabe", "--auth=trust", "--no-sync", "--encoding=UTF8", "--locale=C"]
    subprocess.run([*account, initdb, f"--pgdata={data}", *options], check=True, capture_output=True, cwd="/")
    address = f"postgresql://astrolabe@127.0.0.1:{port}/postgres"
    command = [
        *account, server, "-D", str(data), "-p", str(port), "-k", "", "-c", "listen_addresses=127.0.0.1",
        "-c", "fsync=off",
    ]  # fmt: skip
    with running(command, folder / "postgres.log", lambda: _answers(address)):
        yield address


def _answers(address: str) -> bool:
    import psycopg

    try:
        with psycopg.connect(address, connect_timeout=2):
            return True
    except psycopg.Error:
        return False
