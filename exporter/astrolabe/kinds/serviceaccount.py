"""ServiceAccounts."""

from __future__ import annotations

from astrolabe.graph.facts import Facts, ref
from astrolabe.kinds.kind import Context, Kind
from astrolabe.kinds.metadata import Metadata, Model, facts_of
from astrolabe.kinds.references import LocalObjectReference, distinct


class ServiceAccount(Model):
    """A ServiceAccount."""

    metadata: Metadata
    secrets: list[LocalObjectReference] | None = None
    image_pull_secrets: list[LocalObjectReference] | None = None


def describe(account: ServiceAccount, context: Context) -> Facts:
    """Turn a ServiceAccount into facts. It works without what it names: Pods need their own Secrets."""
    metadata = account.metadata
    named = [*(account.secrets or ()), *(account.image_pull_secrets or ())]
    refs = [
        ref("uses-secret", "Secret", metadata.namespace or "", entry.name, optional=True)
        for entry in named
        if entry.name
    ]
    return facts_of(metadata, context, refs=distinct(refs))


KIND = Kind(name="ServiceAccount", plural="serviceaccounts", model=ServiceAccount, describe=describe)
