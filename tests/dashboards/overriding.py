"""An override service beside the day: what it is asked, and what its page says at each scrape.

Its record, its worker and its metrics are the real ones; the environments and the other side of its calls are
the test's.
"""

from __future__ import annotations

from collections.abc import Callable

from prometheus_client.openmetrics.exposition import generate_latest

from astrolabe.override.backend import Job, Result, Trouble
from astrolabe.override.gitops.gitlab import CALLS
from astrolabe.override.model import Action
from astrolabe.override.telemetry import Telemetry
from astrolabe.override.worker import Worker
from tests.override.memory import MemoryStore
from tests.override.world import Backend, Service, World

NAMES = ("dev-catalog", "dev-frontend", "staging-catalog")
RULES = """
roles: {admin: {environments: ["*"], longest: 4d, weekends: true, bulk: true}}
people: [{role: admin, users: ["token:ann"]}]
cooldown: {first: 0s, second: 0s, further: 0s}
limits: {requests_per_minute: 100000, per_person: 100000}
"""
WISHES: tuple[tuple[str, str, Action, str], ...] = (
    ("12:00", "dev-catalog", "sleep", "14:00"),
    ("12:10", "dev-frontend", "wake", "15:00"),
    ("20:30", "staging-catalog", "wake", "22:30"),
)
"""From when, what, until when, in the story's time."""
_FAILING = "dev-frontend"


class _Away(Backend):
    """Changes nothing, since the other side answers nothing."""

    async def perform(self, job: Job) -> Result:
        raise Trouble(f"GitLab answers 503 to {job.step}")


class Overriding:
    """The service, at times of the story."""

    def __init__(self, when: Callable[[str], float]) -> None:
        """`when` turns a time of the story's first day into Unix seconds."""
        self._world = World()
        self._world.tick(NAMES, 0.0)
        self._service = Service(self._world, MemoryStore(), rules=RULES, names=NAMES)
        self._telemetry = Telemetry(self._service.ledger, NAMES, lambda: self._service.now)
        self._telemetry.begin(CALLS, NAMES)
        self._service.ledger.listen(self._telemetry.happened)
        backends = {name: (_Away if name == _FAILING else Backend)(self._world) for name in NAMES}
        store = self._service.store
        self._worker = Worker(self._service.ledger, store, backends, lambda: self._service.now)
        self._left = [(when(begin), name, action, when(end)) for begin, name, action, end in WISHES]

    async def page(self, now: float) -> bytes:
        """Do what is due, and return the page of that moment."""
        self._service.now = now
        while self._left and self._left[0][0] <= now:
            _, name, action, end = self._left.pop(0)
            await self._service.ask(name, action, end - now)
            self._calls(name)
        await self._worker.turn()
        return bytes(generate_latest(self._telemetry.registry))

    def _calls(self, name: str) -> None:
        """Note what a change in git calls; nothing can be written where the other side is away."""
        for method, endpoint in CALLS:
            failed = name == _FAILING and method != "GET"
            self._telemetry.called("GitLab", method, endpoint, "503" if failed else "200")
        if name != _FAILING:
            self._telemetry.synced(name, "started")
            self._telemetry.synced(name, "succeeded")
