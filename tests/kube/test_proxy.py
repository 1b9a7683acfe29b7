"""The proxy that the environment names, and what NO_PROXY leaves out, as Go reads it."""

from __future__ import annotations

import pytest

from astrolabe.kube.configuration import ConfigurationError
from astrolabe.kube.proxy import checked, proxy_for

PROXY = "http://proxy:3128"
SERVER = "https://api.example.com:6443"


@pytest.mark.parametrize(
    ("server", "environment", "proxy"),
    [
        (SERVER, {}, ""),
        (SERVER, {"HTTPS_PROXY": PROXY}, PROXY),
        (SERVER, {"https_proxy": PROXY}, PROXY),
        (SERVER, {"HTTPS_PROXY": PROXY, "https_proxy": "http://other"}, PROXY),
        (SERVER, {"HTTPS_PROXY": "proxy:3128"}, PROXY),
        (SERVER, {"HTTPS_PROXY": " "}, ""),
        (SERVER, {"HTTP_PROXY": PROXY}, ""),
        (SERVER, {"ALL_PROXY": PROXY}, ""),
        ("http://api.example.com", {"HTTP_PROXY": PROXY}, PROXY),
        ("https://localhost:6443", {"HTTPS_PROXY": PROXY}, ""),
        ("https://127.0.0.5:6443", {"HTTPS_PROXY": PROXY}, ""),
        ("https://[::1]:6443", {"HTTPS_PROXY": PROXY}, ""),
    ],
)
def test_which_variable_counts(server: str, environment: dict[str, str], proxy: str) -> None:
    assert proxy_for(server, environment) == proxy


@pytest.mark.parametrize(
    ("server", "exceptions", "direct"),
    [
        (SERVER, "*", True),
        (SERVER, "other.com, *", True),
        (SERVER, "example.com", True),
        (SERVER, "EXAMPLE.com", True),
        (SERVER, "api.example.com", True),
        (SERVER, ".example.com", True),
        (SERVER, "*.example.com", True),
        (SERVER, "ample.com", False),
        (SERVER, ".api.example.com", False),
        (SERVER, "api.example.com:6443", True),
        (SERVER, ".example.com:6443", True),
        (SERVER, "api.example.com:443", False),
        ("https://api.example.com", "api.example.com:443", True),
        ("https://api.example.com.", "example.com", True),
        ("https://example.com", ".example.com", False),
        ("https://10.96.0.1:443", "10.96.0.0/12", True),
        ("https://10.96.0.1:443", "10.0.0.0/16,10.96.0.1", True),
        ("https://10.96.0.1:443", "10.0.0.0/16", False),
        ("https://10.96.0.1:443", "10.96.0.1:443", True),
        ("https://10.96.0.1:443", "10.96.0.1:6443", False),
        ("https://10.96.0.1:443", "96.0.1", False),
        ("https://10.96.0.1:443", "no/cidr, ,:443", False),
        ("https://[fd00::1]:6443", "fd00::/8", True),
        ("https://[fd00::1]:6443", "fd00::1", True),
        ("https://[fd00::1]:6443", "[fd00::1]:6443", True),
        ("https://[fd00::1]:6443", "[fd00::1]:443", False),
        ("https://[::ffff:10.0.0.1]:443", "10.0.0.0/8", True),
    ],
)
def test_what_is_reached_directly(server: str, exceptions: str, direct: bool) -> None:
    environment = {"HTTPS_PROXY": PROXY, "NO_PROXY": exceptions}
    assert proxy_for(server, environment) == ("" if direct else PROXY)
    lower = {"https_proxy": PROXY, "no_proxy": exceptions}
    assert proxy_for(server, lower) == ("" if direct else PROXY)


@pytest.mark.parametrize("proxy", ["socks5://me:s3cret@proxy", "http://", "http://a:s3cret", "s3cret"])
def test_a_proxy_that_cannot_be_honoured_is_named_without_its_password(proxy: str) -> None:
    with pytest.raises(ConfigurationError, match=r"^proxy-url is not supported") as error:
        checked(proxy, "proxy-url")
    assert "s3cret" not in str(error.value)
