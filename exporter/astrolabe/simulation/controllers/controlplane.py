"""All controllers together."""

from __future__ import annotations

from astrolabe.simulation.apiserver import ApiServer
from astrolabe.simulation.controllers.deployments import Deployments
from astrolabe.simulation.controllers.jobs import Jobs
from astrolabe.simulation.controllers.kubelet import Kubelet
from astrolabe.simulation.controllers.loop import ControlLoop
from astrolabe.simulation.controllers.network import Network
from astrolabe.simulation.controllers.sets import Sets


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
