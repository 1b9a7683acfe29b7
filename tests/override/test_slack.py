"""Slack: commands, buttons, the modal, mentions; signatures; what is told in channels."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from time import perf_counter
from typing import Any

import aiohttp
import pytest

from astrolabe.api.files import Reloaded
from astrolabe.override import events
from astrolabe.override import settings as configured
from astrolabe.override.exporter import Figures
from astrolabe.override.http.server import listening
from astrolabe.override.model import Person
from astrolabe.override.service import Service
from astrolabe.override.settings import Environment, Settings
from astrolabe.override.slack import messages, outbox, wiring, words
from astrolabe.override.slack.outbox import Busy, Outbox
from astrolabe.override.telemetry import Telemetry
from tests.override.memory import MemoryStore
from tests.override.slackserver import SECRET, USES, SlackServer, signed, slack_server
from tests.override.world import HOUR, MONDAY, World
from tests.override.world import Service as Bench

RULES = """
roles:
  developer: {environments: ["dev", "staging"], longest: 4h, weekends: true}
  admin: {environments: ["*"], longest: 4d, weekends: true, bulk: true, approves: true, audit: true}
people:
  - {role: developer, users: ["slack:UANN"], groups: ["slack:S0DEV"]}
  - {role: admin, users: ["email:eve@example.org", "email:zoe@example.org"]}
channels:
  - {channels: [C0DEV], environments: ["dev", "prod"]}
  - {channels: [C0OPS]}
second_person: [{environments: [prod]}]
reason_required: [prod]
cooldown: {first: 0s, second: 0s, further: 0s}
"""


class Stage:
    """The service with Slack on both sides of it."""

    def __init__(self, slack: SlackServer, bench: Bench, made: wiring.Slack, telemetry: Telemetry) -> None:
        self.slack = slack
        self.bench = bench
        self.made = made
        self.telemetry = telemetry
        self.url = ""
        self.session: aiohttp.ClientSession

    async def send(self, body: bytes, **signature: str) -> int:
        """Send a request as Slack does; returns the status of its acknowledgement."""
        headers = signed(body, self.bench.now, **signature)
        async with self.session.post(self.url, data=body, headers=headers) as answer:
            return answer.status

    async def said(self, body: bytes) -> str:
        """Send a request and return the text of the answer to it."""
        before = len(self.slack.answers)
        assert await self.send(body) == 200
        await self.slack.seen(lambda: len(self.slack.answers) > before)
        return self.slack.answers[-1]["text"]

    async def counts(self, expected: float, **labels: str) -> None:
        """Wait until requests were counted, which happens after their answers."""
        async with asyncio.timeout(10):
            while self.counted(**labels) != expected:  # noqa: ASYNC110  (a counter has no event)
                await asyncio.sleep(0.01)

    def counted(self, **labels: str) -> float | None:
        return self.telemetry.registry.get_sample_value("slack_webhook_requests_total", labels)


@asynccontextmanager
async def staged(tmp_path: Path, *, socket: bool = False) -> AsyncIterator[Stage]:
    async with slack_server() as slack, aiohttp.ClientSession() as session:
        bench = Bench(World(), MemoryStore(), rules=RULES)
        rules = Reloaded(lambda: bench.rules)
        service = Service(
            bench.ledger, lambda: bench.rules, {name: (name,) for name in bench.names}, lambda: bench.now
        )
        (tmp_path / "bot").write_text("xoxb-token-of-the-bot")
        (tmp_path / "secret").write_text(SECRET)
        (tmp_path / "app").write_text("xapp-token-of-the-app")
        own = configured.Slack(
            bot_token_file=str(tmp_path / "bot"),
            signing_secret_file="" if socket else str(tmp_path / "secret"),
            app_token_file=str(tmp_path / "app") if socket else "",
            api_url=slack.url + "/api/",
        )
        environments = {
            name: Environment(namespaces=(name,), channel="C0" + name.upper()) for name in bench.names
        }
        settings = Settings(environments=environments, rules="", audit_key_file="", tokens_file="", slack=own)
        telemetry = Telemetry(bench.ledger, bench.names, lambda: bench.now)
        made = wiring.slack(settings, own, service, bench.ledger, rules, None, lambda: bench.now, telemetry)
        stage = Stage(slack, bench, made, telemetry)
        stage.session = session
        try:
            if made.web is None:
                yield stage
            else:
                async with listening(made.web, "127.0.0.1", 0, None) as port:
                    stage.url = f"http://127.0.0.1:{port}/slack/events"
                    yield stage
        finally:
            await made.close()


@pytest.fixture
async def stage(tmp_path: Path) -> AsyncIterator[Stage]:
    async with staged(tmp_path) as stage:
        yield stage


# Words


@pytest.mark.parametrize(
    ("text", "command"),
    [
        ("", words.Command()),
        ("dev", words.Command("dev")),
        ("dev 2h", words.Command("dev", "2h")),
        ("dev 2h demo for the board", words.Command("dev", "2h", "demo for the board")),
        ("dev until 18:00 'a demo'", words.Command("dev", "until 18:00", "a demo")),
        ("dev tuesday 18:00 - 21:00 demo", words.Command("dev", "tuesday 18:00 - 21:00", "demo")),
        ("dev 2 hours please", words.Command("dev", "2 hours", "please")),
        ("`dev` because of a fix", words.Command("dev", "", "because of a fix")),
        ("dev 2x demo", words.Command("dev", "2x", "demo")),
    ],
)
def test_words_are_taken_apart(text: str, command: words.Command) -> None:
    from zoneinfo import ZoneInfo

    assert words.parse(text, MONDAY, ZoneInfo("UTC")) == command


# Commands


async def test_a_command(stage: Stage) -> None:
    text = await stage.said(stage.slack.command("/k8s-wake dev 2h demo"))
    assert text == "dev is woken until 11:00 UTC (2h) (override 1)"
    answer = stage.slack.answers[0]
    assert answer["response_type"] == "ephemeral"
    buttons = [each["action_id"] for each in answer["blocks"][1]["elements"]]
    assert buttons == [messages.EXTEND, messages.END]
    override = stage.bench.ledger.state.overrides[1]
    assert (override.by.id, override.by.name, override.by.via, override.reason) == (
        "slack:UANN",
        "ann",
        "slack",
        "demo",
    )
    await stage.counts(1, command="wake", environment="dev", status="granted")
    # Everybody in the channel of the environment hears of it.
    await stage.slack.seen(stage.slack.posted)
    assert stage.slack.posted()[0]["channel"] == "C0DEV"
    assert stage.slack.posted()[0]["text"] == f"ann: {text}"


async def test_slack_repeats_a_request(stage: Stage) -> None:
    body = stage.slack.command("/k8s-wake dev 2h", trigger="one")
    await stage.said(body)
    stage.bench.now += 120
    await stage.said(body)
    assert list(stage.bench.ledger.state.overrides) == [1]
    assert stage.bench.ledger.state.overrides[1].extensions == 0


async def test_a_person_retypes(stage: Stage) -> None:
    for _ in range(2):
        await stage.said(stage.slack.command("/k8s-wake dev 2h"))
        stage.bench.now += 10
    assert stage.bench.ledger.state.overrides[1].extensions == 0


async def test_refused_by_right_by_channel_and_by_name(stage: Stage) -> None:
    said = await stage.said(stage.slack.command("/k8s-wake prod 1h fix"))
    assert said.startswith("you may not wake `prod`: who may: admin")
    said = await stage.said(stage.slack.command("/k8s-wake staging 1h"))
    assert said == "`staging` is not to be changed from this channel: ask in <#C0OPS>"
    assert "&lt;#C0OPS&gt;" in stage.slack.answers[-1]["blocks"][0]["text"]["text"]
    said = await stage.said(stage.slack.command("/k8s-wake dve"))
    assert said == "there is no environment `dve`: did you mean `dev`?"
    said = await stage.said(stage.slack.command("/k8s-wake"))
    assert said == "which environment? There are dev, prod, staging, and all"
    await stage.counts(1, command="wake", environment="prod", status="refused")
    await stage.counts(2, command="wake", environment="", status="refused")


async def test_a_group_gives_a_role(stage: Stage) -> None:
    said = await stage.said(stage.slack.command("/k8s-sleep dev 1h", "UBOB"))
    assert said.startswith("dev is put to sleep until 10:00")
    said = await stage.said(stage.slack.command("/k8s-sleep dev 1h", "UNOBODY"))
    assert said.startswith("you may not sleep `dev`")


async def test_status_schedule_cost_help(stage: Stage) -> None:
    assert await stage.said(stage.slack.command("/k8s-status dev")) == "dev follows its schedule"
    assert "unknown" in await stage.said(stage.slack.command("/k8s-schedule dev"))
    assert await stage.said(stage.slack.command("/k8s-cost dev 2h")) == (
        "what dev costs awake for 2h is unknown to the exporter"
    )
    assert "/k8s-wake" in await stage.said(stage.slack.command("/k8s-help"))
    assert not await stage.bench.store.read()


async def test_what_people_write_is_no_mention_and_no_link(stage: Stage) -> None:
    await stage.said(
        stage.slack.command("/k8s-wake dev 2h <!channel> & <https://evil.example|here> ☃ é", "UBOB")
    )
    await stage.slack.seen(stage.slack.posted)
    blocks = json.dumps(stage.slack.posted()[0]["blocks"])
    assert "<!channel>" not in blocks
    assert "<https" not in blocks
    assert stage.bench.ledger.state.overrides[1].reason == "<!channel> & <https://evil.example|here> ☃ é"


async def test_the_address_for_answers_is_used_up(stage: Stage) -> None:
    for _ in range(USES):
        await stage.said(stage.slack.command("/k8s-status dev", answers="same"))
    await stage.send(stage.slack.command("/k8s-status dev", answers="same"))
    await stage.slack.seen(lambda: stage.slack.posted("chat.postEphemeral"))
    posted = stage.slack.posted("chat.postEphemeral")[0]
    assert (posted["channel"], posted["user"], posted["text"]) == (
        "C0DEV",
        "UANN",
        "dev follows its schedule",
    )


async def test_acknowledged_at_once_however_slow_the_work_is(stage: Stage) -> None:
    release = asyncio.Event()
    read = stage.bench.store.read

    async def slow(after: int = 0) -> Any:
        await release.wait()
        return await read(after)

    stage.bench.store.read = slow  # type: ignore[method-assign]
    await stage.send(stage.slack.command("/k8s-help"))  # the first one asks Slack who the app is
    start = perf_counter()
    assert await stage.send(stage.slack.command("/k8s-wake dev 1h")) == 200
    assert perf_counter() - start < 3
    assert stage.bench.ledger.state.overrides == {}
    release.set()
    await stage.slack.seen(lambda: any("woken" in each["text"] for each in stage.slack.answers))


# Buttons and the modal


async def test_buttons(stage: Stage) -> None:
    await stage.said(stage.slack.command("/k8s-wake dev 2h"))
    stage.bench.now += 600
    said = await stage.said(stage.slack.press(messages.EXTEND, 1))
    assert said == "dev stays awake until 12:00 UTC (override 1)"
    stage.bench.now += 60
    # Somebody else's extension is an override of their own, with the same meaning.
    said = await stage.said(stage.slack.press(messages.EXTEND, 1, "UEVE"))
    assert said.startswith("dev is woken until 13:00 UTC")
    said = await stage.said(stage.slack.press(messages.END, 1, "UNOBODY"))
    assert said.startswith("you may not end it")
    assert await stage.said(stage.slack.press(messages.END, 1)) == "override 1 of dev is over: ann ended it"
    assert await stage.said(stage.slack.press(messages.END, 1)) == "override 1 is over already (cancelled)"


async def test_a_second_person_by_button(stage: Stage) -> None:
    await stage.said(stage.slack.command("/k8s-wake prod 1h a fix", "UEVE"))
    await stage.slack.seen(stage.slack.posted)
    buttons = stage.slack.posted()[0]["blocks"][1]["elements"]
    assert [each["action_id"] for each in buttons] == [messages.APPROVE, messages.REJECT]
    said = await stage.said(stage.slack.press(messages.APPROVE, 1, "UEVE"))
    assert said == "a second person must approve, not the person who asked"
    said = await stage.said(stage.slack.press(messages.APPROVE, 1, "UZOE"))
    assert said == "prod is woken until 10:00 UTC (1h) (override 1)"


async def test_a_modal_asks_for_the_reason(stage: Stage) -> None:
    await stage.send(stage.slack.command("/k8s-wake prod 1h", "UEVE"))
    await stage.slack.seen(lambda: stage.slack.posted("views.open"))
    view = stage.slack.posted("views.open")[0]["view"]
    assert not await stage.bench.store.read()
    assert await stage.send(stage.slack.submit(view, "a hotfix", "UEVE")) == 200
    await stage.slack.seen(lambda: stage.slack.posted("chat.postEphemeral"))
    assert stage.bench.ledger.state.overrides[1].reason == "a hotfix"
    assert stage.bench.ledger.state.overrides[1].phase == "requested"


async def test_a_modal_that_comes_too_late(stage: Stage) -> None:
    stage.slack.refusals["views.open"] = (200, {"ok": False, "error": "expired_trigger_id"}, {})
    said = await stage.said(stage.slack.command("/k8s-wake prod 1h", "UEVE"))
    assert said.startswith("It needs a reason: write it behind the duration")


async def test_a_mention_is_a_command(stage: Stage) -> None:
    body = json.dumps(stage.slack.mention("<@UBOT> wake dev 1h demo")).encode()
    assert await stage.send(body) == 200
    await stage.slack.seen(lambda: len(stage.slack.posted()) == 2)
    answer = next(each for each in stage.slack.posted() if each.get("thread_ts"))
    assert answer["text"] == "dev is woken until 10:00 UTC (1h) (override 1)"


# Signatures


@pytest.mark.parametrize(
    "signature",
    [
        {"secret": "another secret"},
        {"timestamp": str(int(MONDAY) - 301)},
        {"timestamp": str(int(MONDAY) + 301)},
        {"timestamp": "garbled"},
        {"timestamp": "-1"},
        {"timestamp": "1e9"},
        {"timestamp": "٣"},
        {"timestamp": "9" * 400},
    ],
    ids=lambda fields: str(fields)[:40],
)
async def test_what_slack_did_not_sign(stage: Stage, signature: dict[str, str]) -> None:
    body = stage.slack.command("/k8s-wake dev 1h")
    headers = signed(body, stage.bench.now, **signature)
    headers["X-Slack-Request-Timestamp"] = headers["X-Slack-Request-Timestamp"].encode().decode("latin-1")
    async with stage.session.post(stage.url, data=body, headers=headers) as answer:
        assert answer.status == 401
    assert not await stage.bench.store.read()
    assert not stage.slack.calls


async def test_a_body_that_was_changed(stage: Stage) -> None:
    headers = signed(stage.slack.command("/k8s-wake dev 1h"), stage.bench.now)
    for sent in ({}, headers):
        body = stage.slack.command("/k8s-wake dev 4h")
        async with stage.session.post(stage.url, data=body, headers=sent) as answer:
            assert answer.status == 401


async def test_within_five_minutes_it_holds(stage: Stage) -> None:
    body = stage.slack.command("/k8s-help")
    for age in (-299, 299):
        assert await stage.send(body, timestamp=str(int(stage.bench.now) + age)) == 200


async def test_nothing_by_get(stage: Stage) -> None:
    async with stage.session.get(stage.url) as answer:
        assert answer.status == 405


# The socket


async def test_over_a_socket_that_breaks(tmp_path: Path) -> None:
    async with staged(tmp_path, socket=True) as stage:
        stopping = asyncio.Event()
        running = asyncio.create_task(stage.made.run(stopping, stage.bench.store))
        try:
            await stage.slack.seen(lambda: stage.slack.sockets)

            async def send(text: str, envelope: str) -> None:
                fields = dict(part.split("=", 1) for part in stage.slack.command(text).decode().split("&"))
                from urllib.parse import unquote_plus

                payload = {name: unquote_plus(value) for name, value in fields.items()}
                await stage.slack.sockets[-1].send_json(
                    {
                        "type": "slash_commands",
                        "envelope_id": envelope,
                        "payload": payload,
                        "accepts_response_payload": True,
                    }
                )

            await send("/k8s-wake dev 1h", "one")
            await stage.slack.seen(lambda: "one" in stage.slack.acknowledged and stage.slack.answers)
            await stage.slack.sockets[0].close()
            await stage.slack.seen(lambda: len(stage.slack.sockets) > 1, 30)
            await send("/k8s-status dev", "two")
            await stage.slack.seen(lambda: "two" in stage.slack.acknowledged)
        finally:
            stopping.set()
            await running


# What is told


async def test_what_kube_green_did_is_told_once(stage: Stage) -> None:
    news = stage.made._news
    news.scheduled({"dev": Figures(operations={"sleep success": 3, "sleep failed": 0})})
    news.scheduled({"dev": Figures(operations={"sleep success": 4, "sleep failed": 0}, saved_today=1.5)})
    news.scheduled({"dev": Figures(operations={"sleep success": 4, "sleep failed": 0})})
    await stage.slack.seen(stage.slack.posted)
    assert [each["text"] for each in stage.slack.posted()] == [
        "dev fell asleep as scheduled; sleeping saved $1.50 in the last 24 hours"
    ]


async def test_a_failure_is_told(stage: Stage) -> None:
    await stage.bench.ask("dev", "wake", HOUR, Person(id="slack:UANN", name="ann"))
    await stage.bench.ledger.commit(
        lambda _state: [events.Ended(at=stage.bench.now, number=1, why="Argo CD would undo it", failed=True)]
    )
    await stage.slack.seen(lambda: any("failed" in each["text"] for each in stage.slack.posted()), 15)
    assert stage.slack.posted()[-1]["text"] == "override 1 of dev failed: Argo CD would undo it"


@pytest.mark.looptime
async def test_one_message_a_second_and_channel() -> None:
    loop = asyncio.get_running_loop()
    posted: list[tuple[float, str, str]] = []
    busy = [Busy(30)]

    async def post(channel: str, text: str, _blocks: Any) -> None:
        if text == "2" and busy:
            raise busy.pop()
        posted.append((round(loop.time(), 3), channel, text))

    box = Outbox(post)
    start = round(loop.time(), 3)
    for text in "123":
        box.put("a", text, [])
    box.put("b", "1", [])
    await asyncio.sleep(60)
    assert [(at - start, channel, text) for at, channel, text in posted] == [
        (0, "a", "1"),
        (0, "b", "1"),
        (31, "a", "2"),
        (32, "a", "3"),
    ]
    await box.close()


@pytest.mark.looptime
async def test_a_message_that_slack_does_not_take_is_given_up() -> None:
    posted = []

    async def post(_channel: str, text: str, _blocks: Any) -> None:
        if text == "bad":
            raise OSError("channel_not_found")
        posted.append(text)

    box = Outbox(post)
    box.put("a", "bad", [])
    box.put("a", "good", [])
    await asyncio.sleep(outbox.PAUSE * 200)
    assert posted == ["good"]
    await box.close()
