"""What a message in a label says: what only churns is gone, and what helps is still there."""

from __future__ import annotations

import pytest

from astrolabe.derived.diagnosis.steady import LABEL_CHARACTERS, steady


@pytest.mark.parametrize(
    ("message", "kept"),
    [
        (
            "Container web exited with code 1: panic: DATABASE_URL is not set; 7 restarts",
            "Container web exited with code 1: panic: DATABASE_URL is not set",
        ),
        (
            "Container web exited with code 137 (SIGKILL); 1 restart",
            "Container web exited with code 137 (SIGKILL)",
        ),
        ("back-off 5m0s restarting", "back-off … restarting"),
        ("Timed out after 1.5s, tried for 2h3m", "Timed out after …, tried for …"),
        ("waited 30 seconds", "waited …"),
        (
            'Get "http://10.1.2.3:8080/healthz": dial tcp 10.1.2.3:8080: connect: connection refused',
            'Get "http://…:8080/healthz": dial tcp …:8080: connect: connection refused',
        ),
        ("read tcp 10.0.0.1:51234->10.0.0.2:443", "read tcp …->…:443"),
        ("dial tcp [fd00::1:2]:443", "dial tcp …:443"),
        ("at 2026-11-27T04:19:15.123Z", "at …"),
        ("Pod web-7d9f8b6c5d-x2x4z is gone", "Pod web-… is gone"),
        ("volume pvc-1d2a8b54-4b1c-4a55-9f41-0a4c4dbb6b2c", "volume pvc-…"),
        ("pull sha256:0123456789abcdef0123456789abcdef", "pull sha256:…"),
        ("panic at 0xc000123456", "panic at …"),
    ],
)
def test_what_churns_is_taken_out(message: str, kept: str) -> None:
    assert steady(message) == kept
    assert steady(kept) == kept


@pytest.mark.parametrize(
    "message",
    [
        "Container web was OOMKilled: it needed more memory than its limit of 512Mi allows",
        "HTTP probe failed with statuscode: 503",
        "0/5 nodes are available: 2 Insufficient cpu, 3 node(s) had untolerated taint {dedicated: gpu}",
        "exceeded quota: pods, requested: pods=1, used: pods=5, limited: pods=5",
        "couldn't find key password in Secret shop/db-2026",
        "registry.example/shop/web:1.27.3: not found",
        "Init container migrate exited with code 2 (the version is v2): facade, deadbeef",
        "waits for Job/shop/import-b and StatefulSet/shop/web-crypt",
    ],
)
def test_what_says_what_is_wrong_stays(message: str) -> None:
    assert steady(message) == message


def test_it_is_cut_and_takes_no_longer_for_a_long_one() -> None:
    text = steady("failed to pull: " + "a1 " * 400 + "429 Too Many Requests")
    assert len(text) <= LABEL_CHARACTERS
    # The last words of an error are those of its cause.
    assert text.startswith("failed to pull: a1 ")
    assert " a1…" in text
    assert text.endswith("429 Too Many Requests")
