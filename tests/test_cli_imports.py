"""A command waits for the import of what it needs, and of no other command."""

from __future__ import annotations

import subprocess
import sys

PROGRAM = """
import contextlib, sys
from astrolabe.cli import main
with contextlib.suppress(SystemExit):
    main(["serve", "--help"])
import astrolabe.commands.serve
print(*sorted(sys.modules), file=sys.stderr)
"""


def test_the_exporter_imports_no_other_command() -> None:
    ended = subprocess.run(
        [sys.executable, "-c", PROGRAM], capture_output=True, text=True, timeout=60, check=True
    )
    assert "--kubeconfig" in ended.stdout
    parts = {name.split(".")[1] for name in ended.stderr.split() if name.startswith("astrolabe.")}
    assert "cli" in parts
    assert not parts & {"demo", "testing", "graphdb", "messages", "watch", "override"}
