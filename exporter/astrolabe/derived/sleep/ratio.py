"""How much of an environment sleeps, in replicas."""

from __future__ import annotations

from astrolabe.derived.sleep import families
from astrolabe.derived.sleep.asleep import Sleeps
from astrolabe.derived.sleep.counters import Published
from astrolabe.derived.sleep.environment import Environments
from astrolabe.graph.relations import Relations
from astrolabe.kinds.models.details import ReplicasDetail

_KINDS = ("Deployment", "StatefulSet")


class SleepRatio:
    """One minus current by baseline replicas, of the environments where anything sleeps or may.

    A workload that is awake, or at zero by itself, has its own wish as baseline; one that sleeps what it had
    before, and 1 where nobody knows that.
    """

    def __init__(
        self, graph: Relations, environments: Environments, sleeps: Sleeps, board: Published
    ) -> None:
        self._graph = graph
        self._environments = environments
        self._sleeps = sleeps
        self._board = board
        self._stale: set[str] = set()
        self.shown: dict[str, float] = {}
        """What is published, by environment."""

    def touch(self, environment: str) -> None:
        """Note that replicas of an environment changed."""
        self._stale.add(environment)

    def refresh(self, shown: set[str]) -> None:
        """Work out what changed: of environments with a SleepInfo (`shown`), and where something sleeps."""
        if not self._stale:
            return
        shown = shown | {
            self._environments.of(sleep.id.split("/", 2)[1]) for sleep in self._sleeps.lasting.values()
        }
        family = families.SLEEP_RATIO
        for environment in self._stale:
            ratio = self._of(environment) if environment in shown else None
            if ratio is not None:
                self.shown[environment] = ratio
                self._board.set(family, environment, family.line((environment,), ratio))
            elif self.shown.pop(environment, None) is not None:
                self._board.set(family, environment, "")
        self._stale.clear()

    def _of(self, environment: str) -> float | None:
        current = baseline = 0
        for namespace in self._environments.namespaces(environment):
            for kind in _KINDS:
                for workload in self._graph.of_kind(kind, namespace):
                    node = self._graph.get(workload)
                    detail = node.facts.detail if node is not None else None
                    if isinstance(detail, ReplicasDetail):
                        current += detail.desired
                        sleep = self._sleeps.lasting.get(workload)
                        baseline += detail.desired if sleep is None else (sleep.replicas or 1)
        return 1 - current / baseline if baseline else None
