"""TLS to a real Redis: its certificate is checked, ours is shown, and files are read for each connection."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from astrolabe.persistence.access import Access, Tls, UnusableTls
from astrolabe.persistence.store import StoreError
from tests.persistence.running import errors, kept, process, settled, state_store, until, up, warnings
from tests.persistence.servers import Certificates, Server, tls_redis
from tests.persistence.test_writer import pod

pytestmark = [pytest.mark.real, pytest.mark.usefixtures("quick")]
OURS = "astrolabe.example"


@pytest.fixture
def certificates(tmp_path: Path) -> Certificates:
    return Certificates(tmp_path / "certificates")


@pytest.fixture
def secured(tmp_path: Path, certificates: Certificates) -> Iterator[Access]:
    """A Redis that lets in clients with a certificate of its CA, and what an exporter needs for that."""
    with tls_redis(tmp_path, certificates, "127.0.0.1") as (_, port):
        certificate, key = certificates.issue(OURS)
        yield Access(f"127.0.0.1:{port}", tls=Tls(certificates.ca, certificate, key))


async def test_state_is_kept_over_tls(secured: Access, logs: list[Any]) -> None:
    async with process(secured) as one:
        one.happen(1, pod("a"))
        await settled(one)
    assert await kept(secured) == one.facts() != {}
    assert warnings(logs) == []


async def refusal(access: Access) -> tuple[str, str]:
    found = state_store(access)
    with pytest.raises(StoreError) as caught:
        await found.probe()
    await found.close()
    return caught.value.reason, str(caught.value)


async def test_who_cannot_be_trusted_is_refused(secured: Access, tmp_path: Path) -> None:
    assert secured.tls is not None
    another = Certificates(tmp_path / "another")
    for tls in (
        replace(secured.tls, ca_file=another.ca),
        replace(secured.tls, ca_file=""),
        replace(secured.tls, server_name="redis.example"),
    ):
        for _ in range(10):
            reason, text = await refusal(replace(secured, tls=tls))
            if reason == "refused":
                break
            # The server's word is lost where it closes the connection before the word is read.
            assert "does it want another client certificate" in text
        assert reason == "refused"
        assert "CERTIFICATE_VERIFY_FAILED" in text
        assert text.endswith(": check redis_tls_ca_file and redis_tls_server_name")


async def test_whom_it_does_not_know_it_refuses(secured: Access, tmp_path: Path) -> None:
    assert secured.tls is not None
    strange = Certificates(tmp_path / "another").issue(OURS)
    for files in (("", ""), strange):
        tls = replace(secured.tls, cert_file=files[0], key_file=files[1])
        for _ in range(10):
            reason, text = await refusal(replace(secured, tls=tls))
            if reason == "refused":
                assert text.endswith(": check redis_tls_cert_file: it wants another client certificate")
                break
            # The server's word is lost where it closes the connection before it is read: on some machines
            # each time.
            assert reason == "unreachable"
            assert "does it want another client certificate" in text


async def test_the_name_may_be_another_than_the_address(tmp_path: Path, certificates: Certificates) -> None:
    with tls_redis(tmp_path, certificates, "redis.example", "--tls-auth-clients", "no") as (_, port):
        access = Access(f"localhost:{port}", tls=Tls(certificates.ca, server_name="redis.example"))
        found = state_store(access)
        assert (await found.probe()).count(".") == 2
        await found.close()


async def test_plain_where_tls_is_wanted_and_tls_where_it_is_not(secured: Access, server: Server) -> None:
    reason, text = await refusal(replace(secured, tls=None))
    assert reason == "unreachable"
    assert text.endswith(": is it up, is redis_addr right, and does it want TLS (redis_tls)?")
    reason, text = await refusal(replace(secured, address=server.address))
    assert reason == "timeout"
    assert text.endswith(": does it speak TLS?")


async def test_certificates_that_are_replaced_are_used(
    tmp_path: Path, certificates: Certificates, logs: list[Any]
) -> None:
    certificate, key = certificates.issue(OURS)
    tls = Tls(certificates.ca, certificate, key)
    with tls_redis(tmp_path, certificates, "127.0.0.1") as (server, port):
        async with process(Access(f"127.0.0.1:{port}", tls=tls)) as one:
            await until(lambda: up(one))
            good = exchange(certificate, b"not yet")
            server.client.client_kill_filter(_type="normal", skipme=True)
            one.happen(1, pod("a"))
            await until(lambda: errors(one, "refused") > 1)
            assert not up(one)
            exchange(certificate, good)
            await until(lambda: up(one))
            await settled(one)
        assert await kept(Access(f"127.0.0.1:{port}", tls=tls)) == one.facts()
    assert any("redis_tls_cert_file" in line for line in warnings(logs)), warnings(logs)


def exchange(path: str, content: bytes) -> bytes:
    """Write a file, and return what it was."""
    before = Path(path).read_bytes()
    Path(path).write_bytes(content)
    return before


def test_files_that_cannot_be_used_are_named(tmp_path: Path) -> None:
    empty, missing = tmp_path / "empty.pem", tmp_path / "missing.pem"
    empty.write_text("")
    certificate, key = Certificates(tmp_path / "certificates").issue(OURS)
    assert unusable(Tls(str(missing))) == (
        f"redis_tls_ca_file: {missing}: cannot be read: No such file or directory"
    )
    assert unusable(Tls(str(empty))) == (
        f"redis_tls_ca_file: {empty}: cannot be used: no certificate or crl found"
    )
    ours = "redis_tls_cert_file, redis_tls_key_file"
    assert unusable(Tls("", certificate, str(missing))) == (
        f"{ours}: {certificate}, {missing}: cannot be read: No such file or directory"
    )
    assert unusable(Tls("", certificate, certificate)) == (
        f"{ours}: {certificate}, {certificate}: cannot be used: no PEM, or not of each other"
    )
    Tls("", certificate, key).context()


def unusable(tls: Tls) -> str:
    with pytest.raises(UnusableTls) as caught:
        tls.context()
    return str(caught.value)
