"""What reasons mean, by the words that they are made of."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from astrolabe.kinds.models import reasons


@pytest.mark.parametrize(
    ("reason", "fails", "rests"),
    [
        # cert-manager, Flux, Crossplane, Knative, External Secrets, Gateway API, CloudNativePG
        ("ReconciliationFailed", True, False),
        ("SecretSyncedError", True, False),
        ("ErrRegister", True, False),
        ("InvalidKeyPair", True, False),
        ("IncorrectIssuer", True, False),
        ("SecretMismatch", True, False),
        ("Expired", True, False),
        ("RevisionMissing", True, False),
        ("ListenersNotValid", True, False),
        ("UnsupportedProtocol", True, False),
        ("Unauthorized", True, False),
        ("RefNotPermitted", True, False),
        ("BackendNotFound", True, False),
        ("Rejected", True, False),
        ("HostnameConflict", True, False),
        ("Degraded", True, False),
        ("Unhealthy", True, False),
        ("OOMKilled", True, False),
        ("ExitCode127", True, False),
        ("upgrade_failed", True, False),
        ("error", True, False),
        ("Progressing", False, False),
        ("DependencyNotReady", False, False),
        ("ClusterIsNotReady", False, False),
        ("DoesNotExist", False, False),
        ("Creating", False, False),
        ("MinimumReplicasUnavailable", False, False),
        ("", False, False),
        ("ScalingDisabled", False, True),
        ("Suspended", False, True),
        ("JobSuspended", False, True),
        ("ReconciliationPaused", False, True),
        ("ScaledToZero", False, True),
        ("Hibernated", False, True),
        ("SuspendFailed", True, False),
        ("ErrorWhilePaused", True, False),
        # Words, not letters: these only look like one.
        ("Terrain", False, False),
        ("Transferring", False, False),
        ("Referring", False, False),
    ],
)
def test_words_tell(reason: str, *, fails: bool, rests: bool) -> None:
    assert (reasons.fails(reason), reasons.rests(reason)) == (fails, rests)


def test_no_reason_is_none_of_them() -> None:
    assert not reasons.fails(None)
    assert not reasons.rests(None)


PAGE = Path(__file__).parents[3] / "docs" / "kinds" / "custom.md"


@pytest.mark.parametrize(("meaning", "fails", "rests"), [("failure", True, False), ("rest", False, True)])
def test_the_page_lists_words_that_tell(meaning: str, *, fails: bool, rests: bool) -> None:
    (row,) = re.findall(rf"^\| {meaning}\b.*$", PAGE.read_text("utf-8"), re.MULTILINE)
    words = re.findall(r"`(\w+)`", row)
    assert len(words) > 5
    assert {(reasons.fails(word), reasons.rests(word)) for word in words} == {(fails, rests)}
