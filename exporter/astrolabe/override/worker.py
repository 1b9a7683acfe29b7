"""Carries out what the state asks for: one step at a time in each environment, retried until it is done."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Protocol

import msgspec
import structlog

from astrolabe.override import events, planning
from astrolabe.override.backend import Backend, Impossible, Job, Result, Trouble
from astrolabe.override.chain import Broken
from astrolabe.override.ledger import Ledger
from astrolabe.override.model import Hold
from astrolabe.override.state import State
from astrolabe.override.store import Store, StoreError

STEP_WITHIN = 180.0
"""Seconds that one step may take before it is tried again."""
PATIENCE = 120.0
"""Seconds of waiting for what is not as it is to be, after which that is reported."""
_CHECK_INTERVAL = 2.0
"""Seconds between looks at what is not as it is to be yet."""
_TRIES = 3
"""Tries after which a failing step is reported."""
_RETRY_INTERVAL = 60.0
"""Seconds between tries."""
_OTHERS = 5.0
"""Seconds between looks at whether another replica still works on an environment."""
_IDLE = 30.0
"""Seconds after which other replicas' news is read, where nothing falls due."""

log = structlog.get_logger(__name__)


class Observer(Protocol):
    """Hears how steps went."""

    def stepped(self, environment: str, step: str, result: str, seconds: float) -> None:
        """Note a try of a step: `done`, `pending`, `failed`."""
        ...


class _Try(msgspec.Struct):
    """How a step of an environment has gone so far."""

    step: str
    aim: int
    since: float
    count: int = 0
    next: float = 0.0
    waits: bool = False
    """It did not fail: something is not as it is to be yet."""


class Worker:
    """One of possibly several replicas: whoever holds the lease of an environment works on it."""

    def __init__(
        self,
        ledger: Ledger,
        store: Store,
        backends: Mapping[str, Backend],
        clock: Callable[[], float],
        observer: Observer | None = None,
    ) -> None:
        self._ledger = ledger
        self._store = store
        self._backends = backends
        self._clock = clock
        self._observer = observer
        self._news = asyncio.Event()
        self._tries: dict[str, _Try] = {}
        self.trouble = ""
        """Why nothing can be done at all just now; empty while all is well."""

    def nudge(self) -> None:
        """Look at once: something was asked for."""
        self._news.set()

    def look(self, environment: str) -> None:
        """Look at once at what an environment waits for, which may have happened.

        A step that failed keeps its pause.
        """
        tried = self._tries.get(environment)
        if tried is not None and tried.waits:
            tried.next = 0.0
            self._news.set()

    async def run(self, stopping: asyncio.Event) -> None:
        """Work until told to stop: each environment at its own pace, none waits for another one's step.

        What is at work when it is told to stop is left as it is; every step finds out what is left to do.
        """
        working: dict[str, asyncio.Task[None]] = {}
        ending = asyncio.create_task(stopping.wait())
        try:
            while not stopping.is_set():
                self._news.clear()
                pause = await self._look(working)
                news = asyncio.create_task(self._news.wait())
                waits = {ending, news, *working.values()}
                await asyncio.wait(waits, timeout=pause, return_when=asyncio.FIRST_COMPLETED)
                news.cancel()
        finally:
            ending.cancel()
            for task in working.values():
                task.cancel()
            await asyncio.gather(*working.values(), return_exceptions=True)

    async def _look(self, working: dict[str, asyncio.Task[None]]) -> float:
        """Start what is due; returns the seconds until something may be due again."""
        trouble = ""
        for name in [name for name, task in working.items() if task.done()]:
            error = working.pop(name).exception()
            if isinstance(error, StoreError | Broken):
                trouble = str(error)
            elif error is not None:
                raise error
        try:
            await self._end_what_is_due()
        except (StoreError, Broken) as error:
            trouble = str(error)
        if trouble and trouble != self.trouble:
            log.warning("work is paused", reason=trouble)
        self.trouble = trouble
        if trouble:
            return _CHECK_INTERVAL
        for name in planning.environments(self._ledger.state):
            if name not in working and self._due(name):
                working[name] = asyncio.create_task(self._work(name), name=f"override {name}")
        return self._pause(working)

    async def turn(self) -> float:
        """Do everything that can be done now and wait for it; returns the seconds until there may be more."""
        await self._end_what_is_due()
        names = sorted(planning.environments(self._ledger.state))
        outcomes = await asyncio.gather(*map(self._work, names), return_exceptions=True)
        for outcome in outcomes:
            if isinstance(outcome, BaseException):
                raise outcome
        return self._pause({})

    async def _end_what_is_due(self) -> None:
        now = self._clock()
        await self._ledger.commit(lambda state: planning.due(state, now))

    def _due(self, environment: str) -> bool:
        """Whether there may be something to do in an environment now."""
        now, state = self._clock(), self._ledger.state
        if (tried := self._tries.get(environment)) is not None and tried.next > now:
            # A new aim does not wait for the next try of an old one.
            return planning.aim(state, environment, now).number != tried.aim
        steps = self._backends[environment].steps if environment in self._backends else None
        return (
            steps is None
            or planning.aiming(state, environment, now, steps) is not None
            or planning.step(state, environment, now) is not None
        )

    def _pause(self, working: Mapping[str, object]) -> float:
        now = self._clock()
        times = [each.next for name, each in self._tries.items() if name not in working]
        if (turn := planning.next_time(self._ledger.state, now)) is not None:
            times.append(turn)
        return max(min([*times, now + _IDLE]) - now, 0.0)

    async def _work(self, environment: str) -> None:
        backend = self._backends.get(environment)
        if backend is None:
            if self._tries.get(environment) is None:
                log.error("environment is changed, but no longer configured", environment=environment)
            self._again(environment, _RETRY_INTERVAL)
            return
        async with self._store.lease(environment) as held:
            if not held:
                # Another replica is at work. Should it die, this one takes over at a later look.
                self._again(environment, _OTHERS)
                return
            while await self._advance(environment, backend):
                pass

    def _again(self, environment: str, seconds: float) -> None:
        now = self._clock()
        aim = planning.aim(self._ledger.state, environment, now)
        self._tries[environment] = _Try("", aim.number, now, next=now + seconds)

    async def _advance(self, environment: str, backend: Backend) -> bool:
        """Do one thing; returns whether there may be another one to do now."""
        now = self._clock()

        def aim(state: State) -> Iterable[events.AnyEvent]:
            found = planning.aiming(state, environment, now, backend.steps)
            return () if found is None else (found,)

        if await self._ledger.commit(aim):
            self._tries.pop(environment, None)
        state = self._ledger.state
        step, hold = planning.step(state, environment, now), state.holds.get(environment)
        if step is None or hold is None:
            self._tries.pop(environment, None)
            return False
        tried = self._tries.get(environment)
        if tried is None or (tried.step, tried.aim) != (step, hold.aim.number):
            tried = self._tries[environment] = _Try(step, hold.aim.number, now)
        if tried.next > now:
            return False

        async def begin(changes: Sequence[str]) -> None:
            await self._ledger.commit(lambda state: _began(state, hold, step, changes, self._clock()))

        job = Job(
            environment=environment,
            step=step,
            aim=hold.aim,
            originals=hold.originals,
            now=now,
            begin=begin,
        )
        try:
            async with asyncio.timeout(STEP_WITHIN):
                result = await backend.perform(job)
        except TimeoutError:
            return await self._fail(hold, tried, Trouble(f"it took longer than {STEP_WITHIN:g} s"))
        except Trouble as trouble:
            return await self._fail(hold, tried, trouble)
        except Impossible as impossible:
            return await self._give_up(hold, tried, impossible)
        if result.pending:
            return await self._wait(hold, tried, result)
        self._observe(tried, environment, "done")
        del self._tries[environment]
        await self._ledger.commit(lambda state: _done(state, hold, job, result, self._clock()))
        return True

    async def _fail(self, hold: Hold, tried: _Try, trouble: Trouble) -> bool:
        tried.count, tried.waits = tried.count + 1, False
        tried.next = self._clock() + max(trouble.retry_after, min(2.0**tried.count, _RETRY_INTERVAL))
        self._observe(tried, hold.environment, "failed")
        log.warning(
            "a step failed",
            environment=hold.environment,
            step=tried.step,
            tries=tried.count,
            reason=str(trouble),
        )
        if tried.count >= _TRIES:
            await self._report(hold, tried, str(trouble))
        return False

    async def _give_up(self, hold: Hold, tried: _Try, impossible: Impossible) -> bool:
        self._observe(tried, hold.environment, "failed")
        now, text = self._clock(), str(impossible)
        log.error("step failed after all retries", environment=hold.environment, step=tried.step, reason=text)

        def end(state: State) -> Iterable[events.AnyEvent]:
            override = state.overrides.get(hold.aim.number)
            if override is not None and override.phase not in ("ended", "closed"):
                yield events.Ended(at=now, number=override.number, why=text, failed=True)

        if await self._ledger.commit(end):
            return True
        tried.count, tried.next = tried.count + 1, now + _RETRY_INTERVAL
        await self._report(hold, tried, text)
        return False

    async def _wait(self, hold: Hold, tried: _Try, result: Result) -> bool:
        now = self._clock()
        tried.next, tried.waits = now + _CHECK_INTERVAL, True
        self._observe(tried, hold.environment, "pending")
        if now - tried.since >= PATIENCE:
            tried.next = now + min(_CHECK_INTERVAL * 10, _RETRY_INTERVAL)
            more = f", and {len(result.pending) - 1} more" if len(result.pending) > 1 else ""
            await self._report(hold, tried, result.pending[0] + more)
        return False

    async def _report(self, hold: Hold, tried: _Try, problem: str) -> None:
        """Record once that a step fails; it is tried on."""
        now = self._clock()

        def failed(state: State) -> Iterable[events.AnyEvent]:
            current = state.holds.get(hold.environment)
            if current is not None and current.aim == hold.aim and not current.failed:
                yield events.Failed(
                    at=now,
                    environment=hold.environment,
                    number=hold.aim.number,
                    step=tried.step,
                    problem=problem,
                )

        await self._ledger.commit(failed)

    def _observe(self, tried: _Try, environment: str, result: str) -> None:
        if self._observer is not None:
            self._observer.stepped(environment, tried.step, result, self._clock() - tried.since)


def _began(
    state: State, hold: Hold, step: str, changes: Sequence[str], now: float
) -> Iterable[events.AnyEvent]:
    """Yield the record of what is about to be changed, unless it is recorded already."""
    current = state.holds.get(hold.environment)
    if current is None or current.aim != hold.aim or current.todo[:1] != (step,):
        return
    together = _union(current.begun, changes)
    if together != current.begun:
        yield events.Began(
            at=now, environment=hold.environment, number=hold.aim.number, step=step, changes=together
        )


def _union(*several: Sequence[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(each for some in several for each in some))


def _done(state: State, hold: Hold, job: Job, result: Result, now: float) -> Iterable[events.AnyEvent]:
    """Yield the record of a step, unless another process that had the lease recorded it."""
    current = state.holds.get(hold.environment)
    if current is None or current.aim != hold.aim or current.todo[:1] != (job.step,):
        return
    changes = _union(current.begun, result.changes)
    if result.wait_until:
        yield events.Waits(
            at=now,
            environment=hold.environment,
            until=result.wait_until,
            steps=result.again,
            changes=changes,
            why=result.why,
        )
        return
    yield events.Done(
        at=now,
        environment=hold.environment,
        number=hold.aim.number,
        step=job.step,
        changes=changes,
        originals=result.originals,
    )
