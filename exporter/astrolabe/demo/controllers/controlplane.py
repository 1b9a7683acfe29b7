"""All controllers together."""

from __future__ import annotations

from astrolabe.demo.controllers.deployments import Deployments
from astrolabe.demo.controllers.jobs import Jobs
from astrolabe.demo.controllers.kubelet import Kubelet
from astrolabe.demo.controllers.loop import ControlLoop
from astrolabe.demo.controllers.network import Network
from astrolabe.demo.controllers.sets import Sets
from astrolabe.testing.apiserver import ApiServer


class ControlPlane:
    """The controllers of one cluster."""

    def __init__(self, server: ApiServer, seed: int = 0) -> None:
        self.server = server
        self.loop = ControlLoop(server, seed)
        self.kubelet = Kubelet(self.loop)
        self.deployments = Deployments(self.loop)
        self.sets = Sets(self.loop)
        self.jobs = Jobs(self.loop)
        self.network = Network(self.loop)

    def start(self) -> None:
        """Begin to notice changes, once all definitions are served."""
        self.loop.start()
