"""A real Kafka broker that is its own controller, on loopback, over files of its own."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives import serialization

from astrolabe.messages.message import KubeMessage, decode
from tests.persistence.servers import PASSWORD, Certificates
from tests.ports import free_port
from tests.real.processes import component, program_of, running

TOPIC = "astrolabe.messages"
USER = "astrolabe"


class Broker:
    """A broker that may be killed and started again over the same files; topics have to be made."""

    def __init__(self, folder: Path) -> None:
        self.port, self.login_port, self.tls_port = free_port(), free_port(), free_port()
        self.address = f"kafka://127.0.0.1:{self.port}"
        self.certificates = Certificates(folder / "certificates")
        self._folder = folder
        certificate, key = (Path(each).read_bytes() for each in self.certificates.issue("localhost"))
        (folder / "keys.pem").write_bytes(_as_pkcs8(key) + certificate)
        controller = free_port()
        listeners = {
            "CONTROLLER": controller,
            "PLAIN": self.port,
            "LOGIN": self.login_port,
            "TLS": self.tls_port,
        }
        settings = {
            "process.roles": "broker,controller",
            "node.id": "1",
            "controller.quorum.voters": f"1@127.0.0.1:{controller}",
            "controller.listener.names": "CONTROLLER",
            "inter.broker.listener.name": "PLAIN",
            "listeners": ",".join(f"{name}://127.0.0.1:{port}" for name, port in listeners.items()),
            "advertised.listeners": f"PLAIN://127.0.0.1:{self.port},LOGIN://127.0.0.1:{self.login_port},"
            f"TLS://localhost:{self.tls_port}",
            "listener.security.protocol.map": (
                "CONTROLLER:PLAINTEXT,PLAIN:PLAINTEXT,LOGIN:SASL_PLAINTEXT,TLS:SSL"
            ),
            "sasl.enabled.mechanisms": "SCRAM-SHA-512",
            "listener.name.login.scram-sha-512.sasl.jaas.config": (
                "org.apache.kafka.common.security.scram.ScramLoginModule required;"
            ),
            "ssl.keystore.type": "PEM",
            "ssl.keystore.location": str(folder / "keys.pem"),
            "log.dirs": str(folder / "data"),
            "auto.create.topics.enable": "false",
            "offsets.topic.replication.factor": "1",
            "transaction.state.log.replication.factor": "1",
            "transaction.state.log.min.isr": "1",
        }
        (folder / "kafka.properties").write_text(
            "".join(f"{name}={value}\n" for name, value in settings.items())
        )

    @contextmanager
    def running(self) -> Iterator[int]:
        """Run it; yields its process id."""
        command = [component("kafka"), str(self._folder / "kafka.properties"), USER, PASSWORD]
        with running(command, self._folder / "kafka.log", self._listens, grace=20, within=180) as process:
            yield program_of(process)

    async def make_topic(self, partitions: int, **settings: str) -> None:
        """Make the topic of messages."""
        from aiokafka.admin import AIOKafkaAdminClient, NewTopic

        admin = AIOKafkaAdminClient(bootstrap_servers=self.address.removeprefix("kafka://"))
        await admin.start()
        try:
            made = [NewTopic(TOPIC, partitions, 1, topic_configs=settings)]
            (answer,) = (await admin.create_topics(made)).topic_errors
            assert answer[1] == 0, answer
        finally:
            await admin.close()

    async def read(self) -> dict[int, list[tuple[str, KubeMessage]]]:
        """Return what is in the topic by partition, in its order, each with its key."""
        from aiokafka import AIOKafkaConsumer, TopicPartition

        consumer: Any = AIOKafkaConsumer(bootstrap_servers=self.address.removeprefix("kafka://"))
        await consumer.start()
        try:
            numbers = await consumer._client._wait_on_metadata(TOPIC)
            places = [TopicPartition(TOPIC, number) for number in sorted(numbers)]
            consumer.assign(places)
            await consumer.seek_to_beginning(*places)
            ends = await consumer.end_offsets(places)
            found: dict[int, list[tuple[str, KubeMessage]]] = {place.partition: [] for place in places}
            for place in places:
                while await consumer.position(place) < ends[place]:
                    for record in (await consumer.getmany(place, timeout_ms=5000)).get(place, ()):
                        found[record.partition].append((record.key.decode(), decode(record.value)))
            return found
        finally:
            await consumer.stop()

    def _listens(self) -> bool:
        with suppress(OSError), socket.create_connection(("127.0.0.1", self.port), 1):
            return True
        return False


def _as_pkcs8(key: bytes) -> bytes:
    """Return a private key in the one form that Java reads."""
    return serialization.load_pem_private_key(key, None).private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
