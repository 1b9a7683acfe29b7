"""The Bolt app: each request is acknowledged at once, and answered when the work is done."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from time import perf_counter
from typing import Any, Protocol

import structlog
from slack_bolt.async_app import AsyncAck, AsyncApp, AsyncRespond
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from astrolabe.override.chain import Broken
from astrolabe.override.durations import spell
from astrolabe.override.model import Person
from astrolabe.override.rules.refusal import Refusal
from astrolabe.override.service import Answer, Service
from astrolabe.override.slack import messages, words
from astrolabe.override.slack.people import Directory
from astrolabe.override.store import StoreError

log = structlog.get_logger(__name__)

Body = dict[str, Any]
Say = Callable[[str, list[messages.Block]], Awaitable[None]]
_HOUR = 3600.0
_AWAY = "I cannot keep a record just now, so I change nothing. Try again in a minute."


class Observer(Protocol):
    """Hears how requests went."""

    def commanded(self, command: str, environment: str, status: str, seconds: float) -> None:
        """Note a command: `granted`, `refused`, `failed`."""
        ...


class Face:
    """Understands commands, buttons, the modal and mentions, and speaks for the service."""

    def __init__(
        self,
        service: Service,
        client: AsyncWebClient,
        directory: Directory,
        clock: Callable[[], float],
        observer: Observer,
    ) -> None:
        self._service = service
        self._client = client
        self._directory = directory
        self._clock = clock
        self._observer = observer
        # Signatures are checked before Bolt sees a request.
        self.app = AsyncApp(client=client, request_verification_enabled=False)
        for verb in words.VERBS:
            self.app.command(f"/k8s-{verb}")(self._command)
        for action in (messages.EXTEND, messages.END, messages.APPROVE, messages.REJECT):
            self.app.action(action)(self._pressed)
        self.app.view(messages.REASON_MODAL)(self._submitted)
        self.app.event("app_mention")(self._mentioned)

    async def _command(self, ack: AsyncAck, body: Body, respond: AsyncRespond) -> None:
        await ack()
        verb = body["command"].removeprefix("/k8s-")
        person = await self._directory.person(body["user_id"], body.get("channel_id", ""))
        key = body.get("trigger_id", "")

        async def say(text: str, blocks: list[messages.Block]) -> None:
            await self._answer(respond, person.channel, body["user_id"], text, blocks)

        await self._do(verb, body.get("text", ""), person, key, say)

    async def _mentioned(self, body: Body) -> None:
        event = body["event"]
        person = await self._directory.person(event["user"], event["channel"])
        verb, text = words.mention(event.get("text", ""))

        async def say(text: str, blocks: list[messages.Block]) -> None:
            await self._client.chat_postMessage(
                channel=event["channel"], thread_ts=event.get("ts"), text=text, blocks=blocks
            )

        await self._do(verb, text, person, body.get("event_id", ""), say, modal=False)

    async def _do(
        self, verb: str, text: str, person: Person, key: str, say: Say, *, modal: bool = True
    ) -> None:
        start, status = perf_counter(), "granted"
        command = words.parse(text, self._clock(), self._service.zone)
        known = command.environment if command.environment in self._service.environments else ""
        try:
            if verb in ("wake", "sleep"):
                if modal and known and not command.reason and self._service.needs_reason(known):
                    view = messages.modal(verb, command, person.channel, key)
                    await self._open(key, view, say)
                else:
                    await self._ask(verb, command, person, key, say)
            else:
                await say(*await self._told(verb, command))
        except Refusal as refusal:
            status = "refused"
            await say(str(refusal), [messages.section(f":no_entry: {words.escaped(str(refusal))}")])
        except (StoreError, Broken) as error:
            status = "failed"
            log.warning("a command failed", command=verb, reason=str(error))
            await say(_AWAY, [messages.section(f":warning: {_AWAY}")])
        except SlackApiError as error:
            status = "failed"
            log.warning("Slack refused an answer", command=verb, reason=error.response.get("error", ""))
        finally:
            shown = verb if verb in words.VERBS else "other"
            self._observer.commanded(shown, known, status, perf_counter() - start)

    async def _ask(self, verb: str, command: words.Command, person: Person, key: str, say: Say) -> None:
        if not command.environment:
            names = ", ".join(self._service.environments)
            raise Refusal("environments", f"which environment? There are {names}, and all")
        answers = await self._service.ask(
            person, command.environment, verb, command.duration, command.reason, key
        )
        await say("\n".join(answer.text for answer in answers), messages.answered(answers))

    async def _open(self, trigger: str, view: messages.Block, say: Say) -> None:
        try:
            await self._client.views_open(trigger_id=trigger, view=view)
        except SlackApiError as error:
            if error.response.get("error") not in ("expired_trigger_id", "trigger_expired"):
                raise
            text = "It needs a reason: write it behind the duration, as in `/k8s-wake prod 1h a hotfix`."
            await say(text, [messages.section(f":no_entry: {text}")])

    async def _told(self, verb: str, command: words.Command) -> tuple[str, list[messages.Block]]:
        if verb == "status":
            text = "\n".join(each.text for each in await self._service.status(command.environment))
        elif verb == "schedule":
            text = "\n".join(await self._service.schedules(command.environment))
        elif verb == "cost":
            span, dollars = await self._service.cost(command.environment, command.duration)
            length = spell(span.until - span.start)
            costs = "is unknown to the exporter" if dollars is None else f"is about ${dollars:.2f}"
            text = f"what {command.environment} costs awake for {length} {costs}"
        else:
            return words.HELP, [messages.section(words.HELP)]
        return text, [messages.section(words.escaped(text))]

    async def _pressed(self, ack: AsyncAck, body: Body, action: Body, respond: AsyncRespond) -> None:
        await ack()
        channel = (body.get("channel") or {}).get("id", "")
        person = await self._directory.person(body["user"]["id"], channel)
        start, status, number = perf_counter(), "granted", int(action["value"])
        try:
            answer = await self._press(action["action_id"], number, person, body.get("trigger_id", ""))
        except Refusal as refusal:
            status = "refused"
            text, blocks = str(refusal), [messages.section(f":no_entry: {words.escaped(str(refusal))}")]
        except (StoreError, Broken) as error:
            status = "failed"
            log.warning("a button failed", reason=str(error))
            text, blocks = _AWAY, [messages.section(f":warning: {_AWAY}")]
        else:
            text, blocks = answer.text, messages.answered([answer])
        await self._answer(respond, channel, body["user"]["id"], text, blocks)
        command = action["action_id"].removeprefix("override_")
        self._observer.commanded(command, "", status, perf_counter() - start)

    async def _press(self, action: str, number: int, person: Person, key: str) -> Answer:
        if action == messages.APPROVE:
            return await self._service.approve(person, number)
        if action == messages.REJECT:
            return await self._service.reject(person, number)
        if action == messages.END:
            return await self._service.end(person, number)
        return await self._service.extend(person, number, _HOUR, key)

    async def _submitted(self, ack: AsyncAck, body: Body, view: Body) -> None:
        await ack()
        verb, command, channel, key = messages.modal_fields(view)
        user = body["user"]["id"]
        person = await self._directory.person(user, channel)

        async def say(text: str, blocks: list[messages.Block]) -> None:
            await self._client.chat_postEphemeral(channel=channel, user=user, text=text, blocks=blocks)

        start, status = perf_counter(), "granted"
        try:
            await self._ask(verb, command, person, key, say)
        except Refusal as refusal:
            status = "refused"
            await say(str(refusal), [messages.section(f":no_entry: {words.escaped(str(refusal))}")])
        except (StoreError, Broken) as error:
            status = "failed"
            log.warning("a window failed", reason=str(error))
            await say(_AWAY, [messages.section(f":warning: {_AWAY}")])
        self._observer.commanded(verb, command.environment, status, perf_counter() - start)

    async def _answer(
        self, respond: AsyncRespond, channel: str, user: str, text: str, blocks: list[messages.Block]
    ) -> None:
        """Answer by the request's own address; where that is used up, by a message that this person sees."""
        try:
            answer = await respond(
                text=text, blocks=blocks, response_type="ephemeral", replace_original=False
            )
            if answer.status_code < 400:  # noqa: PLR2004
                return
        except (OSError, ValueError, TimeoutError) as error:
            log.info("the response address refused the answer", reason=type(error).__name__)
        await self._client.chat_postEphemeral(channel=channel, user=user, text=text, blocks=blocks)
