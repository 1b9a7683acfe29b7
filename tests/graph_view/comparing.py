"""Compares layouts on the demo's data and on 500 nodes: `python -m tests.graph_view.comparing`."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.graph_view.building import NODE_SECONDS, Workspace, packages
from tests.graph_view.frames import demo, frames
from tests.graph_view.synthetic import graph


def main() -> None:
    """Print the table that docs/adr tells of."""
    moment = demo()["secret"]
    given = {
        "namespace.json": frames(moment, ["shop-catalog"]),
        "demo.json": frames(moment),
        "synthetic.json": graph(125, settings=2, shared=5),
    }
    with tempfile.TemporaryDirectory() as folder:
        workspace = Workspace(packages(), Path(folder))
        for name, each in given.items():
            (workspace.folder / name).write_text(json.dumps(each), "utf-8")
        bundled = ("--bundle", "--platform=node", "--format=esm", "--outfile=tested/cards.mjs")
        for arguments in (
            ("node_modules/esbuild/bin/esbuild", "compare/cards.ts", *bundled, "--log-level=error"),
            *(("compare/layouts.mjs", name) for name in given),
        ):
            try:
                ran = workspace.node(*arguments)
            except subprocess.TimeoutExpired as late:
                so_far = late.stdout if isinstance(late.stdout, bytes) else b""
                sys.stdout.write(f"{so_far.decode()}  the next one is not done within {NODE_SECONDS} s\n")
            else:
                sys.stdout.write(ran.stdout)
                sys.stderr.write(ran.stderr)


if __name__ == "__main__":
    main()
