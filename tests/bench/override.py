"""How fast the override service acknowledges Slack, keeps wishes on record, and wakes through git."""

from __future__ import annotations

import asyncio
import statistics
import tempfile
from collections.abc import AsyncIterator
from pathlib import Path
from time import perf_counter, time

import aiohttp

from astrolabe.api.files import Reloaded
from astrolabe.override import events, sqlite
from astrolabe.override import settings as configured
from astrolabe.override.http.server import listening
from astrolabe.override.ledger import Ledger
from astrolabe.override.model import Action
from astrolabe.override.rules.reading import parse
from astrolabe.override.service import Service
from astrolabe.override.slack import wiring
from astrolabe.override.telemetry import Telemetry
from tests.bench.budget import Figure
from tests.bench.progress import say
from tests.override.gitstage import staged
from tests.override.slackserver import SECRET, signed, slack_server
from tests.override.world import KEY, MONDAY

REQUESTS = 300
RULES = """
roles: {developer: {environments: ["*"], longest: 4h, weekends: true}}
people: [{role: developer, users: ["*"]}]
limits: {requests_per_minute: 100000, per_person: 100000}
cooldown: {first: 0s, second: 0s, further: 0s}
"""
_THERE_AND_BACK: tuple[tuple[Action, bool], ...] = (("sleep", False), ("wake", True))
"""What is asked for, and whether things are awake then."""
NAMES = tuple(f"env-{number}" for number in range(20))


async def answering() -> AsyncIterator[Figure]:
    """Yield the figures: a database on disk, ten requests at a time, as when a whole team comes back."""
    say("the override service under commands")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        async with slack_server() as slack, aiohttp.ClientSession() as session:
            (folder / "bot").write_text("xoxb-token-of-the-bot")
            (folder / "secret").write_text(SECRET)
            own = configured.Slack(
                bot_token_file=str(folder / "bot"),
                signing_secret_file=str(folder / "secret"),
                api_url=slack.url + "/api/",
            )
            rules = parse(RULES, NAMES)
            store = sqlite.opened(folder / "override.db")
            ledger = Ledger(store, KEY)
            environments = {each: configured.Environment(namespaces=(each,)) for each in NAMES}
            settings = configured.Settings(
                environments=environments, rules="", audit_key_file="", tokens_file="", slack=own
            )
            service = Service(ledger, lambda: rules, settings.namespaces(), lambda: MONDAY)
            telemetry = Telemetry(ledger, NAMES, lambda: MONDAY)
            made = wiring.slack(
                settings, own, service, ledger, Reloaded(lambda: rules), None, lambda: MONDAY, telemetry
            )
            assert made.web is not None
            async with listening(made.web, "127.0.0.1", 0, None) as port:
                url = f"http://127.0.0.1:{port}/slack/events"
                gate, times = asyncio.Semaphore(10), []

                async def send(number: int) -> None:
                    # Other words each time: the same ones would be one wish.
                    text = f"/k8s-wake {NAMES[number % len(NAMES)]} {number + 1}m bench"
                    body = slack.command(text, "UANN")
                    async with gate:
                        start = perf_counter()
                        async with session.post(url, data=body, headers=signed(body, MONDAY)) as answer:
                            assert answer.status == 200
                        times.append(perf_counter() - start)

                await send(0)
                times.clear()
                begin = perf_counter()
                await asyncio.gather(*(send(number) for number in range(1, REQUESTS)))
                await slack.seen(lambda: len(slack.answers) == REQUESTS, 120)
                elapsed = perf_counter() - begin
            await made.close()
            count = await ledger.verify()
            assert count == REQUESTS
            await store.close()
    p99 = statistics.quantiles(times, n=100)[98] * 1e3
    yield Figure("override: acknowledgement of a Slack command, p99", "ms", p99, 500)
    yield Figure(
        "override: wishes answered and on record", "a minute", REQUESTS / elapsed * 60, 100, at_least=True
    )


async def through_git() -> AsyncIterator[Figure]:
    """Yield how long a wake takes on the clock of the wall, polling included: commit, merge, sync, replicas.

    A small GitLab and a small Argo CD answer over a bare repository; `make real` has the real Argo CD.
    """
    say("a wake through git")
    with tempfile.TemporaryDirectory() as name:
        async with staged(Path(name)) as stage:
            stage.service.now = time()
            worker, ledger = stage.service.worker, stage.service.ledger
            worker._clock = time
            verified, stopping = asyncio.Event(), asyncio.Event()
            ledger.listen(lambda event, _state: _tell(event, verified))
            running = asyncio.create_task(worker.run(stopping))
            seconds = 0.0
            for action, awake in _THERE_AND_BACK:
                start = perf_counter()
                await stage.service.ask("dev", action, 1800.0)
                worker.nudge()
                async with asyncio.timeout(120):
                    await verified.wait()
                verified.clear()
                seconds = perf_counter() - start
                assert all(bool(count) is awake for count in stage.replicas().values())
            stopping.set()
            await running
    yield Figure("override: a wake through git, from the wish to verified", "s", seconds, 30)


def _tell(event: events.AnyEvent, verified: asyncio.Event) -> None:
    if isinstance(event, events.Done) and event.step == "verify":
        verified.set()


async def _main() -> None:
    from tests.bench.budget import table

    figures = [figure async for figure in answering()] + [figure async for figure in through_git()]
    print(table(figures))  # noqa: T201


if __name__ == "__main__":
    asyncio.run(_main())
