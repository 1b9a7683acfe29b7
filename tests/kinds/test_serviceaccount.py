"""ServiceAccounts."""

from __future__ import annotations

from astrolabe.kinds.models.details import AccountDetail
from astrolabe.kinds.serviceaccount import KIND
from tests.kinds.objects import edges, facts, verdict


def test_uses_its_secrets_and_image_pull_secrets_and_works_without() -> None:
    described = facts(
        KIND,
        secrets=[{"name": "token"}, {"name": "registry"}, {"name": None}],
        imagePullSecrets=[{"name": "registry"}, {"name": "mirror"}, {}],
        automountServiceAccountToken=False,
    )
    assert edges(described) == [
        "uses-secret → Secret/shop/token (optional)",
        "uses-secret → Secret/shop/registry (optional)",
        "uses-secret → Secret/shop/mirror (optional)",
    ]
    assert verdict(described) == ("Ready", "Exists")
    assert described.detail == AccountDetail(automount=False)


def test_uses_nothing() -> None:
    assert edges(facts(KIND, secrets=None, imagePullSecrets=[])) == []
    assert edges(facts(KIND)) == []


def test_what_is_silenced_is_told() -> None:
    metadata = {"annotations": {"astrolabe/access-silence": "unused-account: soon"}}
    assert facts(KIND, metadata=metadata).detail == AccountDetail(silenced="unused-account: soon")
