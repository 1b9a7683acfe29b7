"""Environments that can be woken and put to sleep, and a service over them whose time a test decides."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from astrolabe.override import events
from astrolabe.override.backend import Impossible, Job, Result, Steps, Trouble
from astrolabe.override.ledger import Ledger, replay
from astrolabe.override.model import Action, Override, Person, Wish
from astrolabe.override.rules import deciding
from astrolabe.override.rules.reading import Rules, parse
from astrolabe.override.state import State
from astrolabe.override.store import Store
from astrolabe.override.worker import Worker
from tests.override.memory import MemoryStore

KEY = b"a key that stands outside of the database"
MONDAY = 1_795_424_400.0
"""2026-11-23 09:00 UTC, a Monday."""
HOUR = 3600.0
RULES = """
roles:
  developer: {environments: ["dev", "staging"], longest: 4h, weekends: true}
  admin: {environments: ["*"], longest: 4d, weekends: true, bulk: true, approves: true, audit: true}
people:
  - {role: developer, users: ["token:ann", "token:bob"]}
  - {role: admin, users: ["token:eve", "token:zoe"]}
limits: {requests_per_minute: 100000, per_person: 100000}
cooldown: {first: 0s, second: 0s, further: 0s}
"""
ANN, BOB, EVE, ZOE = (Person(id=f"token:{name}", name=name) for name in ("ann", "bob", "eve", "zoe"))


class Killed(BaseException):
    """The process is killed at this point."""


class World:
    """What is true outside of the service. It outlives every crash."""

    def __init__(self, asleep: Callable[[float], bool] = lambda _now: False) -> None:
        self.asleep = asleep
        """Whether the schedule says asleep."""
        self.awake: dict[str, bool] = {}
        self.held: set[str] = set()
        """Environments whose schedule is kept from acting."""
        self.deeds: list[tuple[str, str]] = []
        """Changes, as (environment, what)."""
        self.kill: Callable[[str, str], bool] = lambda _step, _when: False
        self.trouble: list[Exception] = []
        """Raised by the next steps, first to last."""

    def tick(self, environments: Iterable[str], now: float) -> None:
        """Let the schedule act, where nothing keeps it from that."""
        for name in environments:
            if name not in self.held:
                self.awake[name] = not self.asleep(now)


class Backend:
    """Steps like those of the real ones."""

    steps = Steps(engage=("keep", "still", "scale", "verify"), disengage=("restore", "verify", "release"))

    def __init__(self, world: World) -> None:
        self.world = world

    async def perform(self, job: Job) -> Result:
        world, name = self.world, job.environment
        if world.kill(job.step, "before"):
            raise Killed
        if world.trouble:
            raise world.trouble.pop(0)
        result = Result()
        match job.step:
            case "keep":
                result = Result(originals={"awake": world.awake.get(name, True)})
            case "still":
                result = await self._change(
                    job, name not in world.held, "still", lambda: world.held.add(name)
                )
            case "scale":
                result = await self._awake(job, job.aim.action == "wake")
            case "restore":
                result = await self._awake(job, not world.asleep(job.now))
            case "verify":
                expected = job.aim.action == "wake" if job.aim.number else not world.asleep(job.now)
                if world.awake[name] != expected:
                    result = Result(pending=("not yet",))
            case "release":
                result = await self._change(
                    job, name in world.held, "release", lambda: world.held.discard(name)
                )
        if world.kill(job.step, "after"):
            raise Killed
        return result

    async def _awake(self, job: Job, awake: bool) -> Result:
        name, what = job.environment, "woken" if awake else "put to sleep"
        needed = self.world.awake.get(name) != awake
        return await self._change(job, needed, what, lambda: self.world.awake.update({name: awake}))

    async def _change(self, job: Job, needed: bool, what: str, make: Callable[[], object]) -> Result:
        if needed:
            await job.begin((what,))
            if self.world.kill(job.step, "between"):
                raise Killed
            make()
            self.world.deeds.append((job.environment, what))
        return Result()


class Service:
    """A process: it is started, does what is due, and may be killed at any time."""

    def __init__(
        self,
        world: World,
        store: Store,
        *,
        rules: str = RULES,
        names: Iterable[str] = ("dev", "prod", "staging"),
    ) -> None:
        self.world = world
        self.store = store
        self.names = tuple(names)
        self.rules: Rules = parse(rules, self.names)
        self.now = MONDAY
        self.start()

    def start(self) -> None:
        """Begin with an empty memory, as a process that was killed does."""
        self.ledger = Ledger(self.store, KEY)
        if isinstance(self.store, MemoryStore):
            self.store.leased.clear()
        backends = dict.fromkeys(self.names, Backend(self.world))
        self.worker = Worker(self.ledger, self.store, backends, lambda: self.now)

    async def ask(
        self,
        environment: str,
        action: Action,
        seconds: float,
        person: Person = ANN,
        *,
        start: float | None = None,
        words: str = "",
        key: str = "",
    ) -> int:
        """Ask for an override; returns its number. Raises `Refusal`."""
        begin = self.now if start is None else start
        wish = Wish(
            environment=environment,
            action=action,
            start=begin,
            until=begin + seconds,
            words=words or f"{seconds} from {begin}",
            key=key,
            booked=start is not None,
        )
        numbers = []

        def decide(state: State) -> Iterable[events.AnyEvent]:
            granted = deciding.decide(self.rules, state, wish, person, self.now, None)
            numbers[:] = [granted.number]
            return () if granted.event is None else (granted.event,)

        await self.ledger.commit(decide)
        return numbers[0]

    async def end(self, number: int, person: Person = ANN) -> None:
        await self.ledger.commit(lambda state: (deciding.end(self.rules, state, number, person, self.now),))

    async def settle(self, most: int = 100) -> None:
        """Work until nothing is left to do now; a killed process is started again."""
        for _ in range(most):
            try:
                if await self.worker.turn() > 0:
                    return
            except Killed:
                self.start()
        raise AssertionError("the work does not come to rest")

    async def state(self) -> State:
        """Return what the records add up to, read from the store."""
        return replay(KEY, await self.store.read())[0]

    async def override(self, number: int) -> Override:
        return (await self.state()).overrides[number]

    async def happened(self, kind: type[events.AnyEvent]) -> list[events.AnyEvent]:
        return [event for record in await self.store.read() if isinstance(event := record.event, kind)]


__all__ = [
    "ANN",
    "BOB",
    "EVE",
    "HOUR",
    "KEY",
    "MONDAY",
    "RULES",
    "ZOE",
    "Backend",
    "Impossible",
    "Killed",
    "Service",
    "Trouble",
    "World",
]
