"""Texts of others: one line, of a length, without secrets."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from astrolabe.kinds.models.untrusted import TEXT_CHARACTERS, is_log, masked, one_line

SECRET = "S3cr3tV4lue"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("a\n\tb\r\n c", "a b c"),
        ("bell\x07 zero\x00 width\u200b mark\u202e", "bell zero width mark"),
        ("  ", ""),
        ("", ""),
        (None, ""),
    ],
)
def test_one_line(text, shown):
    assert one_line(text) == shown


@pytest.mark.parametrize(
    "text",
    [
        f"fetch https://user:{SECRET}@charts.example.com/index.yaml: 401",
        f"postgres://{SECRET}@db:5432/shop refused",
        f"Authorization: Bearer {SECRET}{SECRET}",
        f"token={SECRET} rejected",
        f"token: {SECRET} Unauthorized",
        f'password: "{SECRET} with spaces"',
        f"PGPASSWORD={SECRET}",
        f'{{"api_key":"{SECRET}"}}',
        f"client-secret='{SECRET}'",
        f"AWS_SECRET_ACCESS_KEY={SECRET}",
        f"eyJhbGciOiJSUzI1NiJ9.{SECRET}{SECRET}.{SECRET}",
        f"ghp_{SECRET}{SECRET}",
        f"-----BEGIN RSA PRIVATE KEY-----\n{SECRET}\n-----END RSA PRIVATE KEY-----",
        f"https://s3.example.com/x?X-Amz-Signature={SECRET}&y=1",
    ],
)
def test_secrets_are_masked(text):
    shown = one_line(text)
    assert SECRET not in shown
    assert "***" in shown


@pytest.mark.parametrize(
    "text",
    [
        'configmap "app-config" not found',
        'secret "db-creds" not found',
        "couldn't find key LOG_LEVEL in ConfigMap shop/app-config",
        'MountVolume.SetUp failed for volume "creds" : secret "db-creds" not found',
        (
            "pull access denied, repository does not exist or may require authorization: server message:"
            " insufficient_scope: authorization failed"
        ),
        "0/5 nodes are available: 2 node(s) had untolerated taint {nvidia.com/gpu: present}.",
        (
            "failed to authorize: failed to fetch anonymous token: unexpected status from GET request to"
            " https://registry.example/token: 401 Unauthorized"
        ),
        "Unable to retrieve some image pull secrets (regcred); attempting to pull the image may not succeed.",
    ],
)
def test_what_kubernetes_says_stays(text):
    assert one_line(text) == text


def test_a_megabyte_costs_little():
    started = time.process_time()
    for text in ("secret=" * 150_000, "a" * 1_000_000, "://" * 300_000, "token: " * 140_000, '"' * 1_000_000):
        assert len(one_line(text)) <= TEXT_CHARACTERS
    assert time.process_time() - started < 1


@given(st.text(max_size=300))
def test_masking_twice_is_masking_once(text):
    assert masked(masked(text)) == masked(text)


@given(st.text(max_size=3000))
def test_a_line_is_a_line(text):
    shown = one_line(text)
    assert len(shown) <= TEXT_CHARACTERS
    assert shown == shown.strip()
    assert shown.isprintable() or all(char.isprintable() or ord(char) > 127 for char in shown)


def test_logs_are_told_from_messages():
    assert is_log("panic: boom\ngoroutine 1 [running]:\n")
    assert not is_log("panic: boom\n")
