"""Messages as Slack's blocks. Pure."""

from __future__ import annotations

import json
from typing import Any

from astrolabe.override.model import Override
from astrolabe.override.service import Answer
from astrolabe.override.slack.words import Command, escaped

Block = dict[str, Any]
REASON_MODAL = "override_reason"
EXTEND, END, APPROVE, REJECT = "override_extend", "override_end", "override_approve", "override_reject"
_TEXT_CHARACTERS = 2900
"""Characters of a text; Slack takes 3000."""


def section(text: str) -> Block:
    """Return a text. What comes from people has to be escaped already."""
    return {"type": "section", "text": {"type": "mrkdwn", "text": text[:_TEXT_CHARACTERS]}}


def answered(answers: list[Answer]) -> list[Block]:
    """Return what became of a wish, with what can be done next."""
    blocks: list[Block] = []
    for answer in answers:
        sign = {"refused": ":no_entry:", "waits": ":hourglass:"}.get(answer.outcome, ":white_check_mark:")
        blocks.append(section(f"{sign} {escaped(answer.text)}"))
        if answer.override is not None and (buttons := _buttons(answer.override)):
            blocks.append({"type": "actions", "elements": buttons})
    return blocks


def _buttons(override: Override) -> list[Block]:
    if not override.open or override.phase == "ended":
        return []
    if override.phase == "requested":
        return [
            _button(APPROVE, "Agree", override.number, "primary"),
            _button(REJECT, "Say no", override.number, "danger"),
        ]
    return [_button(EXTEND, "1 h more", override.number), _button(END, "End now", override.number, "danger")]


def request(override: Override, text: str) -> list[Block]:
    """Return a request that waits for a second person."""
    return [section(f":hourglass: {escaped(text)}"), {"type": "actions", "elements": _buttons(override)}]


def _button(action: str, text: str, number: int, style: str = "") -> Block:
    button: Block = {
        "type": "button",
        "action_id": action,
        "text": {"type": "plain_text", "text": text},
        "value": str(number),
    }
    return button | ({"style": style} if style else {})


def modal(action: str, command: Command, channel: str, key: str) -> Block:
    """Return a window that asks for the reason."""
    return {
        "type": "modal",
        "callback_id": REASON_MODAL,
        # What the window is about comes back as it was; Slack shows it to nobody.
        "private_metadata": json.dumps([action, command.environment, command.duration, channel, key]),
        "title": {"type": "plain_text", "text": "What is it for?"},
        "submit": {"type": "plain_text", "text": "Wake" if action == "wake" else "Put to sleep"},
        "blocks": [
            {
                "type": "input",
                "block_id": "reason",
                "label": {"type": "plain_text", "text": f"Reason for {command.environment}"[:75]},
                "element": {"type": "plain_text_input", "action_id": "text", "max_length": 500},
            }
        ],
    }


def modal_fields(view: Block) -> tuple[str, Command, str, str]:
    """Return the action, the command with its reason, the channel and the key of a window that was sent."""
    action, environment, duration, channel, key = json.loads(view["private_metadata"])
    reason = view["state"]["values"]["reason"]["text"]["value"] or ""
    return action, Command(environment, duration, reason), channel, key
