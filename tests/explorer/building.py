"""The app's module built from its source, as `make explorer` commits it."""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from dashboards.bundle import content
from tests.components.npm import Packages, installed
from tests.graph_view import building as graph_view

SOURCE = graph_view.TREE / "dashboards" / "explorer"
MODULE = content.SOURCE / "module.js"
GRAFANA = Path(__file__).with_name("grafana")
OLDEST = Path(__file__).with_name("oldest")


def grafana() -> Packages:
    """Install what Grafana shares with an app's page, in the cache; skip where that is impossible."""
    return installed(GRAFANA, "grafana-explorer")


def oldest() -> Packages:
    """Install the same of the oldest Grafana that the explorer is for."""
    return installed(OLDEST, "grafana-explorer-oldest")


class Workspace:
    """A copy of the source and of the graph view beside their packages: nothing is built in the tree."""

    def __init__(self, found: Packages, folder: Path) -> None:
        self.folder = folder / "built"
        for source in (SOURCE, graph_view.SOURCE):
            ignored = shutil.ignore_patterns("node_modules")
            shutil.copytree(source, self.folder / source.name, ignore=ignored)
        found.link(self.folder)

    def node(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run Node in the copy."""
        return subprocess.run(
            ("node", *arguments),
            cwd=self.folder,
            capture_output=True,
            text=True,
            timeout=graph_view.NODE_SECONDS,
            check=False,
        )

    def built(self) -> bytes:
        """Return the module as one file."""
        ran = self.node("explorer/build.mjs", "module.js")
        assert ran.returncode == 0, ran.stderr
        return (self.folder / "module.js").read_bytes()

    def host(self, packages: Packages, name: str = "host") -> bytes:
        """Return the script of the page that plays Grafana, with Grafana's packages."""
        folder = self.folder / name
        folder.mkdir()
        packages.link(folder)
        shutil.copy(GRAFANA / "host.js", folder)
        ran = self.node(
            "node_modules/esbuild/bin/esbuild",
            f"{name}/host.js",
            "--bundle",
            "--minify",
            "--format=iife",
            f"--outfile={name}/page.js",
            "--log-level=error",
            "--loader:.svg=dataurl",
            "--loader:.ttf=dataurl",
            "--loader:.woff2=dataurl",
            '--define:process.env.NODE_ENV="development"',
        )
        assert ran.returncode == 0, ran.stderr
        return (folder / "page.js").read_bytes()


def main() -> None:
    """Write the module that the bundle packs."""
    with tempfile.TemporaryDirectory() as folder:
        try:
            MODULE.write_bytes(Workspace(graph_view.packages(), Path(folder)).built())
        except (pytest.skip.Exception, pytest.fail.Exception) as error:
            sys.exit(str(error))


if __name__ == "__main__":
    main()
