"""`astrolabe messages` against an API server: lines of JSON, and bad usage in one line."""

from __future__ import annotations

import argparse
import asyncio
import os
import signal
from pathlib import Path

import pytest

from astrolabe.commands.messages import add_flags, messages
from astrolabe.messages.message import KubeMessage, apply, decode
from astrolabe.messages.objects import AnyObject, Deployment
from astrolabe.settings import Settings, SettingsError
from tests.api.exporter import cluster
from tests.api.shop import make
from tests.test_cli import LONGEST, Running, following


async def taken(process: Running, known: dict[str, AnyObject], wanted: str) -> list[KubeMessage]:
    """Apply what is printed until an object is known."""
    assert process.process.stdout is not None
    told = []
    async with asyncio.timeout(30):
        while wanted not in known:
            message = decode(await process.process.stdout.readline())
            told.append(message)
            apply(message, known)
    return told


async def test_messages_are_printed_from_the_first_object_on(tmp_path: Path) -> None:
    server = cluster(make("Secret", "zz"))
    words = (
        "messages",
        "--port=0",
        "--cluster=lab",
        "--tell-kinds=Deployment,Secret",
        f"--to={tmp_path}/m.json",
    )
    known: dict[str, AnyObject] = {}
    async with following(tmp_path, server, *words, "--to=-") as process:
        first = await taken(process, known, "Secret/shop/zz")
        assert first[0].action == "Restarted"
        assert {message.cluster for message in first} == {"lab"}
        server.put(make("Secret", "later"))
        await taken(process, known, "Secret/shop/later")
        ended = await process.stopped(signal.SIGTERM)
    assert ended.code == 0
    assert isinstance(known["Deployment/shop/web"], Deployment)
    assert {each.kind for each in known.values()} == {"Deployment", "Secret"}
    again: dict[str, AnyObject] = {}
    for line in (tmp_path / "m.json").read_bytes().splitlines():
        apply(decode(line), again)
    assert again == known


async def test_who_stops_reading_ends_it(tmp_path: Path) -> None:
    server = cluster()
    reading, writing = os.pipe()
    async with following(tmp_path, server, "messages", "--port=0", stdout=writing) as process:
        os.close(writing)
        with os.fdopen(reading, "rb") as lines:
            assert decode(await asyncio.to_thread(lines.readline)).action == "Restarted"
        server.put(make("Secret", "later"))
        assert (await process.ended()).code == 0


async def test_it_ends_though_nobody_reads(tmp_path: Path) -> None:
    server = cluster(*(make("Secret", f"s{number}") for number in range(1500)))
    path = tmp_path / "m.json"
    reading, writing = os.pipe()
    words = ("messages", "--port=0", f"--to={path}", "--to=-")
    async with following(tmp_path, server, *words, stdout=writing) as process:
        os.close(writing)
        # What goes to the file does not wait for what is printed, and that is more than a pipe holds.
        async with asyncio.timeout(LONGEST):
            while not path.exists() or path.read_bytes().count(b"\n") <= 1500:  # noqa: ASYNC110
                await asyncio.sleep(0.05)
        assert (await process.stopped(signal.SIGTERM, within=20)).code == 0
    os.close(reading)


async def complaint(*words: str) -> str:
    parser = argparse.ArgumentParser()
    add_flags(parser)
    with pytest.raises(SettingsError) as caught:
        await messages(Settings(address="127.0.0.1"), parser.parse_args(words), asyncio.Event())
    text = str(caught.value)
    assert "\n" not in text
    return text


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--tell-kinds=pods"], "--tell-kinds: `pods` is not a known kind; did you mean Pod?"),
        (
            ["--tell-kinds=x"],
            "--tell-kinds: `x` is not a known kind; expected a kind as in Pod",
        ),
        (["--tell-namespaces=a("], "--tell-namespaces: `a(` is neither a name nor a regular expression: "),
        (
            ["--to=mqtt://x"],
            "--to: mqtt:// is not known; expected `-`, a file, or one of http://, https://, redis://",
        ),
        (["--to=https:///x"], "--to: there is no host in the address; expected https://HOST"),
        (["--to-file=nowhere"], "--to-file: nowhere cannot be read: No such file or directory"),
    ],
    ids=lambda value: value[0] if isinstance(value, list) else "",
)
async def test_what_cannot_be_used_is_one_line(words: list[str], said: str) -> None:
    assert (await complaint(*words)).startswith(said)


async def test_a_target_in_a_file_is_not_shown(tmp_path: Path) -> None:
    (tmp_path / "targets").write_text("redis://:sesame@localhost:99999\n")
    said = await complaint(f"--to-file={tmp_path}/targets")
    assert said.startswith("--to: the address is not a URL, ")
    assert "sesame" not in said
