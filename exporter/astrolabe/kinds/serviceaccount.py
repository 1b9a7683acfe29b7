"""ServiceAccounts."""

from __future__ import annotations

from msgspec import field

from astrolabe.graph.facts import Facts, ref
from astrolabe.kinds.kind import Context, Kind
from astrolabe.kinds.models.details import AccountDetail
from astrolabe.kinds.models.metadata import Metadata, Model, facts_of, silenced
from astrolabe.kinds.models.references import LocalObjectReference, distinct


class ServiceAccount(Model):
    """A ServiceAccount."""

    metadata: Metadata
    secrets: list[LocalObjectReference] | None = None
    image_pull_secrets: list[LocalObjectReference] | None = None
    automount: bool | None = field(default=None, name="automountServiceAccountToken")


def describe(account: ServiceAccount, context: Context) -> Facts:
    """Turn a ServiceAccount into facts. It works without what it names: Pods need their own Secrets."""
    metadata = account.metadata
    named = [*(account.secrets or ()), *(account.image_pull_secrets or ())]
    refs = [
        ref("uses-secret", "Secret", metadata.namespace or "", entry.name, optional=True)
        for entry in named
        if entry.name
    ]
    detail = AccountDetail(account.automount, silenced(metadata))
    return facts_of(metadata, context, refs=distinct(refs), detail=detail if detail != _PLAIN else _PLAIN)


_PLAIN = AccountDetail()


KIND = Kind(
    name="ServiceAccount",
    plural="serviceaccounts",
    layer="storage",
    model=ServiceAccount,
    describe=describe,
    detail=AccountDetail,
)
