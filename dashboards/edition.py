"""The two sets of dashboards that the same code makes.

The seam for the node graph: a board never names a panel type, it takes the one of its edition. What else
differs between the sets (uids, so that both may live in one Grafana, and the links between them) follows
from the edition too.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Edition:
    """One set of dashboards."""

    name: str
    uid_prefix: str
    folder: str
    """What the titles begin with."""
    node_graph_panel: str
    """Panel type that draws the frames `nodes` and `edges`."""
    explorer: bool = False
    """Whether the explorer's pages are there to link to."""
    multi_cluster: bool = False
    """Show the variable `cluster`, for a Prometheus that holds more than one."""

    @property
    def tag(self) -> str:
        """Return the tag by which the boards of this set find each other, and no others."""
        return self.uid_prefix

    def title(self, board: str) -> str:
        """Return the title of a board of this set."""
        return f"{self.folder} / {board}"

    def uid(self, board: str) -> str:
        """Return the stable uid of a board of this set; Grafana takes 40 characters at most."""
        return f"{self.uid_prefix}-{board}"


CORE = Edition(name="core", uid_prefix="astrolabe", folder="Astrolabe", node_graph_panel="nodeGraph")
"""Panels that every Grafana has: for the sidecar, file provisioning and `push`."""

APP = Edition(
    name="app",
    uid_prefix="astrolabe-app",
    folder="Astrolabe app",
    node_graph_panel="astrolabe-graph-panel",
    explorer=True,
)
"""For the app plugin, which brings its own panel for the same two frames."""

EDITIONS = {edition.name: edition for edition in (CORE, APP)}
