"""The address that the exporter listens on, and the URL that it names."""

from __future__ import annotations

import re
import socket

import pytest

from tests.api.exporter import serving


@pytest.mark.parametrize(
    ("address", "named"),
    [
        ("0.0.0.0", "localhost"),
        ("127.0.0.1", "localhost"),
        ("127.0.0.2", "127.0.0.2"),
        ("::1", "[::1]"),
        ("::", "[::1]"),
    ],
)
async def test_the_url_is_one_that_a_browser_on_this_machine_opens(address: str, named: str) -> None:
    if ":" in address and not socket.has_ipv6:
        pytest.skip("this machine has no IPv6")
    async with serving(address=address) as client:
        assert re.fullmatch(rf"http://{re.escape(named)}:\d+", client.urls[0])
        assert await client.text("/livez") == "ok\n"
