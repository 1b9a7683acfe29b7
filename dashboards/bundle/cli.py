"""The command line: build the plugin."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from dashboards.bundle import archive, content


def main(arguments: Sequence[str] | None = None) -> int:
    """Build the zip and the provisioning file, and return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m dashboards.bundle", description="Build the app plugin.")
    parser.add_argument("--to", type=Path, default=Path("dist"), help="folder to write to (default: dist)")
    parser.add_argument("--multi-cluster", action="store_true", help="show the variable `cluster`")
    chosen = parser.parse_args(arguments)
    try:
        bundle = content.bundle(multi_cluster=chosen.multi_cluster)
        written = archive.write(bundle, chosen.to)
    except (content.BundleError, OSError) as why:
        sys.stderr.write(f"bundle: {why}\n")
        return 1
    sys.stdout.writelines(f"wrote {path}\n" for path in written)
    return 0
