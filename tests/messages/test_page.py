"""docs/messages.md says what is so: its message can be read, and it names every flag."""

from __future__ import annotations

import argparse
import re
from pathlib import Path
from typing import get_args

import msgspec

from astrolabe.commands.messages import add_flags
from astrolabe.messages import sinks
from astrolabe.messages.consumer import FIRST_WAIT, LONGEST_WAIT
from astrolabe.messages.message import Action, decode, encode

PAGE = (Path(__file__).parents[2] / "docs" / "messages.md").read_text("utf-8")


def test_its_message_is_one() -> None:
    (block,) = re.findall(r"```json\n(.*?)```", PAGE, re.DOTALL)
    told = msgspec.json.decode(encode(decode(block.encode())))
    assert told == msgspec.json.decode(block)


def test_it_names_every_flag_and_no_other() -> None:
    parser = argparse.ArgumentParser(add_help=False)
    add_flags(parser)
    flags = {option for action in parser._actions for option in action.option_strings}
    assert set(re.findall(r"^\| `(--[a-z-]+)`", PAGE, re.MULTILINE)) == flags


def test_it_names_every_action_and_no_other() -> None:
    table = PAGE.partition("| `action` |")[2].partition("\n\n")[0]
    assert set(re.findall(r"^\| `([A-Z][a-z]+)`", table, re.MULTILINE)) == set(get_args(Action))


def test_its_waits_are_those_of_the_program() -> None:
    waits = [f"{wait:g}" for wait in sinks.WAITS]
    text = " ".join(PAGE.split())
    assert f"sent again after {', '.join(waits[:-1])} and {waits[-1]} seconds" in text
    assert f"after {FIRST_WAIT:g} s, then after twice the time, up to five minutes" in text
    assert LONGEST_WAIT == 5 * 60
