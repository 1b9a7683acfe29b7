"""The view built from its source, as `make graph-view` commits it."""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from tests.components.npm import Packages, installed

TREE = Path(__file__).parents[2]
SOURCE = TREE / "dashboards" / "graph-view"
ASSET = TREE / "exporter" / "astrolabe" / "api" / "assets" / "graph-view.js"

NODE_SECONDS = 110


def packages() -> Packages:
    """Install what the view is built with, in the cache; skip where that is impossible."""
    return installed(SOURCE, "graph-view")


class Workspace:
    """A copy of the source beside its packages: nothing is built in the tree."""

    def __init__(self, found: Packages, folder: Path) -> None:
        self.folder = folder / "graph-view"
        shutil.copytree(SOURCE, self.folder, ignore=shutil.ignore_patterns("node_modules"))
        found.link(self.folder)

    def node(self, *arguments: str, env: dict[str, str] | None = None) -> subprocess.CompletedProcess[str]:
        """Run Node in the copy."""
        return subprocess.run(
            ("node", *arguments),
            cwd=self.folder,
            env=env,
            capture_output=True,
            text=True,
            timeout=NODE_SECONDS,
            check=False,
        )

    def built(self) -> bytes:
        """Return the module as one file."""
        ran = self.node("build.mjs", "graph-view.js")
        assert ran.returncode == 0, ran.stderr
        return (self.folder / "graph-view.js").read_bytes()


def main() -> None:
    """Write the file that the exporter serves."""
    with tempfile.TemporaryDirectory() as folder:
        try:
            text = Workspace(packages(), Path(folder)).built()
        except (pytest.skip.Exception, pytest.fail.Exception) as error:
            sys.exit(str(error))
    ASSET.parent.mkdir(parents=True, exist_ok=True)
    ASSET.write_bytes(text)


if __name__ == "__main__":
    main()
