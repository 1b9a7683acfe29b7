"""HTTPS over real sockets: certificates from files, as they are and as they change."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import aiohttp
import pytest
import trustme
from cryptography.hazmat.primitives import serialization
from structlog.testing import capture_logs

from astrolabe.api import files
from astrolabe.api.files import UnusableFile
from astrolabe.api.tls import ServerCertificate
from tests.api.certificates import Shop
from tests.api.exporter import Client, serving
from tests.api.test_security_access import PROTECTED
from tests.ports import free_port


async def handshake(
    client: Client, context: ssl.SSLContext, server_hostname: str = "localhost"
) -> ssl.SSLObject:
    """Connect again; returns what was agreed upon."""
    _, writer = await asyncio.open_connection(
        "127.0.0.1", client.port, ssl=context, server_hostname=server_hostname
    )
    agreed: ssl.SSLObject = writer.get_extra_info("ssl_object")
    writer.close()
    await writer.wait_closed()
    return agreed


def serial(agreed: ssl.SSLObject) -> str:
    certificate = agreed.getpeercert()
    assert certificate
    found: str = certificate["serialNumber"]
    return found


async def test_every_port_speaks_https_alone(tmp_path: Path) -> None:
    shop = Shop(tmp_path)
    async with serving(**shop.settings, telemetry_port=free_port()) as client:
        assert [url.partition("://")[0] for url in client.urls] == ["https", "https"]
        for port in (0, 1):
            assert (await client.text("/metrics", port=port, ssl=shop.trust())).startswith("# HELP")
            assert await client.text("/livez", port=port, ssl=shop.trust()) == "ok\n"
            plain = client.urls[port].replace("https", "http")
            with pytest.raises(aiohttp.ClientError):
                await client.session.get(f"{plain}/livez")


async def test_nothing_older_than_tls_1_2(tmp_path: Path) -> None:
    shop = Shop(tmp_path)
    async with serving(**shop.settings) as client:
        for version in (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3):
            context = shop.trust()
            context.minimum_version = context.maximum_version = version
            assert (await handshake(client, context)).version() == version.name.replace("_", ".")
        old = shop.trust()
        old.set_ciphers("ALL:@SECLEVEL=0")
        with pytest.warns(DeprecationWarning, match="TLSv1_1"):
            old.minimum_version = old.maximum_version = ssl.TLSVersion.TLSv1_1
        with pytest.raises((ssl.SSLError, ConnectionError)):
            await handshake(client, old)


@pytest.mark.parametrize("name", ["localhost", "127.0.0.1"])
async def test_a_new_certificate_is_taken_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    """With and without a server name in the handshake: for an address, clients send none."""
    monkeypatch.setattr(files, "CHECK_INTERVAL", 0.0)
    shop = Shop(tmp_path)
    async with serving(**shop.settings) as client:
        first = serial(await handshake(client, shop.trust(), name))
        assert serial(await handshake(client, shop.trust(), name)) == first
        shop.issue()
        second = serial(await handshake(client, shop.trust(), name))
        assert second != first


async def test_a_mounted_secret_swaps_a_link(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As the kubelet does it: the files are links through `..data`, which is replaced at once."""
    monkeypatch.setattr(files, "CHECK_INTERVAL", 0.0)
    (tmp_path / "one").mkdir()
    (tmp_path / "two").mkdir()
    one, two = Shop(tmp_path / "one"), Shop(tmp_path / "two")
    data = tmp_path / "..data"
    data.symlink_to("one")
    for name in ("tls.crt", "tls.key"):
        (tmp_path / name).symlink_to(f"..data/{name}")
    paths = {"tls_cert_file": str(tmp_path / "tls.crt"), "tls_key_file": str(tmp_path / "tls.key")}
    async with serving(**paths) as client:
        await handshake(client, one.trust())
        (tmp_path / "..tmp").symlink_to("two")
        (tmp_path / "..tmp").replace(data)
        await handshake(client, two.trust())
        with pytest.raises(ssl.SSLCertVerificationError):
            await handshake(client, one.trust())


async def test_half_of_a_rotation_leaves_what_there_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(files, "CHECK_INTERVAL", 0.0)
    shop = Shop(tmp_path)
    async with serving(**shop.settings) as client:
        first = serial(await handshake(client, shop.trust()))
        old = shop.key.read_bytes()
        shop.issue()
        new = shop.key.read_bytes()
        shop.key.write_bytes(old)
        with capture_logs() as logs:
            assert serial(await handshake(client, shop.trust())) == first
            assert serial(await handshake(client, shop.trust())) == first
        # What else the exporter tells meanwhile, such as that it has synced, is none of this.
        assert [(log["event"], log["reason"]) for log in logs if log["log_level"] == "warning"] == [
            (
                "kept what was read before",
                f"tls_key_file: {shop.key}: is not the key of the certificate in {shop.certificate}",
            )
        ]
        shop.key.write_bytes(new)
        assert serial(await handshake(client, shop.trust())) != first


class TestClients:
    """`tls_client_ca_file`."""

    async def test_a_certificate_is_needed_but_for_the_health_checks(self, tmp_path: Path) -> None:
        shop = Shop(tmp_path)
        async with serving(**shop.with_clients) as client:
            for path in PROTECTED:
                status, response, body = await client.get(path, ssl=shop.trust())
                assert (status, body) == (403, b"a client certificate is needed\n")
                assert "WWW-Authenticate" not in response.headers
            assert await client.text("/readyz", ssl=shop.trust()) == "ready\n"

    async def test_a_certificate_of_the_ca_will_do(self, tmp_path: Path) -> None:
        shop = Shop(tmp_path)
        async with serving(**shop.with_clients) as client:
            assert (await client.text(ssl=shop.client())).startswith("# HELP")

    async def test_a_certificate_of_somebody_else_does_not_even_connect(self, tmp_path: Path) -> None:
        shop = Shop(tmp_path)
        stranger = shop.client(by=trustme.CA())
        async with serving(**shop.with_clients) as client:
            with pytest.raises(aiohttp.ClientError):
                await client.get("/livez", ssl=stranger)

    @pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
    async def test_a_ca_that_is_replaced_vouches_for_nobody_any_more(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, version: ssl.TLSVersion
    ) -> None:
        monkeypatch.setattr(files, "CHECK_INTERVAL", 0.0)
        shop = Shop(tmp_path)
        old = shop.client()
        old.maximum_version = version
        async with serving(**shop.with_clients) as client:
            assert (await client.get("/metrics", ssl=old, headers={"Connection": "close"}))[0] == 200
            shop.clients = trustme.CA()
            shop.clients.cert_pem.write_to_path(str(shop.client_ca))
            with pytest.raises(aiohttp.ClientError):
                await client.get("/metrics", ssl=old)
            assert (await client.get("/metrics", ssl=shop.client()))[0] == 200

    async def test_an_expired_one_does_not_connect(self, tmp_path: Path) -> None:
        shop = Shop(tmp_path)
        context = shop.trust()
        expired = shop.clients.issue_cert("client.example", not_after=datetime(2020, 1, 1, tzinfo=UTC))
        expired.configure_cert(context)
        async with serving(**shop.with_clients) as client:
            with pytest.raises(aiohttp.ClientError):
                await client.get("/livez", ssl=context)


def encrypted(shop: Shop) -> None:
    key = serialization.load_pem_private_key(shop.key.read_bytes(), None)
    shop.key.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.BestAvailableEncryption(b"sesame"),
        )
    )


def another_key(shop: Shop) -> None:
    key = shop.key.read_bytes()
    shop.issue()
    shop.key.write_bytes(key)


BROKEN: dict[str, tuple[Callable[[Shop], object], str]] = {
    "no certificate": (
        lambda shop: shop.certificate.unlink(),
        "tls_cert_file: tls.crt: cannot be read: No such file or directory",
    ),
    "no key": (
        lambda shop: shop.key.unlink(),
        "tls_key_file: tls.key: cannot be read: No such file or directory",
    ),
    "a folder": (
        lambda shop: (shop.key.unlink(), shop.key.mkdir()),
        "tls_key_file: tls.key: cannot be read: Is a directory",
    ),
    "an empty certificate": (
        lambda shop: shop.certificate.write_text(""),
        "tls_cert_file: tls.crt: holds no certificate in PEM form",
    ),
    "DER": (
        lambda shop: shop.certificate.write_bytes(b"\x30\x82\xff"),
        "tls_cert_file: tls.crt: is not text",
    ),
    "a key for a certificate": (
        lambda shop: shop.certificate.write_bytes(shop.key.read_bytes()),
        "tls_cert_file: tls.crt: holds no certificate in PEM form",
    ),
    "a certificate for a key": (
        lambda shop: shop.key.write_bytes(shop.certificate.read_bytes()),
        "tls_key_file: tls.key: holds no private key in PEM form",
    ),
    "a garbled certificate": (
        lambda shop: shop.certificate.write_text(
            "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"
        ),
        "tls_cert_file: tls.crt: holds a broken certificate",
    ),
    "a garbled key": (
        lambda shop: shop.key.write_text("-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"),
        "tls_key_file: tls.key: holds a broken private key",
    ),
    "a garbled CA": (
        lambda shop: shop.client_ca.write_text("-----BEGIN CERTIFICATE-----\n"),
        "tls_client_ca_file: clients.crt: holds a broken certificate",
    ),
    "a large file": (
        lambda shop: shop.client_ca.write_text("#" * (1 << 20) + "#"),
        "tls_client_ca_file: clients.crt: is larger than 1 MiB",
    ),
    "another key": (another_key, "tls_key_file: tls.key: is not the key of the certificate in tls.crt"),
    "an encrypted key": (encrypted, "tls_key_file: tls.key: is encrypted: give a key without a password"),
}


@pytest.mark.parametrize("what", BROKEN)
def test_what_is_wrong_with_a_file_is_one_line(what: str, tmp_path: Path) -> None:
    spoil, text = BROKEN[what]
    shop = Shop(tmp_path)
    spoil(shop)
    with pytest.raises(UnusableFile) as caught:
        ServerCertificate(str(shop.certificate), str(shop.key), str(shop.client_ca))
    said = str(caught.value).replace(f"{tmp_path}/", "")
    assert "\n" not in said
    assert said == text
