"""A real NATS with JetStream, on loopback, over files of its own."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from astrolabe.messages.message import KubeMessage, decode
from tests.ports import free_port
from tests.real.processes import component, program_of, running

SUBJECT = "astrolabe.messages"
STREAM = "ASTROLABE"


class Server:
    """A NATS that may be killed and started again over the same files."""

    def __init__(self, folder: Path, **settings: Any) -> None:
        """Configure it further than address and files, as its own configuration does."""
        self.port = free_port()
        self.address = f"nats://127.0.0.1:{self.port}"
        self._folder = folder
        self._settings = settings

    @contextmanager
    def running(self) -> Iterator[int]:
        """Run it; yields its process id."""
        settings: Mapping[str, Any] = {
            "listen": f"127.0.0.1:{self.port}",
            "jetstream": {"store_dir": str(self._folder / "jetstream")},
            **self._settings,
        }
        # JSON is a form of its configuration.
        (self._folder / "nats.conf").write_text(json.dumps(settings))
        command = [component("nats-server"), "--config", str(self._folder / "nats.conf")]
        with running(command, self._folder / "nats.log", self._listens) as process:
            yield program_of(process)

    async def client(self, **options: Any) -> Any:
        """Connect as a reader of messages does."""
        import nats

        return await nats.connect(self.address, **options)

    async def make_stream(self, subject: str = f"{SUBJECT}.>", **options: Any) -> None:
        """Make a stream that takes a subject; other options are those of the login."""
        client = await self.client(**options)
        await client.jetstream().add_stream(name=STREAM, subjects=[subject])
        await client.close()

    async def read(self, **options: Any) -> list[tuple[str, KubeMessage]]:
        """Return what is in the stream, in its order, each with its subject."""
        client = await self.client(**options)
        try:
            stream = client.jetstream()
            state = (await stream.stream_info(STREAM)).state
            found = [await stream.get_msg(STREAM, seq) for seq in range(1, state.last_seq + 1)]
            return [(each.subject, decode(each.data)) for each in found]
        finally:
            await client.close()

    def _listens(self) -> bool:
        with suppress(OSError), socket.create_connection(("127.0.0.1", self.port), 1):
            return True
        return False
