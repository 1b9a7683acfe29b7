"""Custom resources that make Pods of a template, as Deployments do: selectors of Pods find them by it."""

from __future__ import annotations

import msgspec

from astrolabe.graph.facts import Facts, Labels, share_labels
from astrolabe.kinds.models.metadata import Model
from astrolabe.kinds.models.replicas import at_rest

NAMES = frozenset({"Rollout.argoproj.io", "CloneSet.apps.kruise.io", "StatefulSet.apps.kruise.io"})


class TemplateMetadata(Model):
    """What its Pods carry."""

    labels: dict[str, str] | None = None


class Template(Model):
    """The template of its Pods."""

    metadata: TemplateMetadata | None = None


class Spec(Model):
    """What is wanted; one replica unless it says otherwise."""

    replicas: int | None = None
    template: Template | None = None

    def labels(self) -> Labels | None:
        """Return the labels of the Pods that it makes; None without a template, as with a `workloadRef`."""
        metadata = self.template.metadata if self.template is not None else None
        return share_labels(metadata.labels) if metadata is not None and metadata.labels else None


_spec = msgspec.json.Decoder(Spec | None).decode


def made(facts: Facts, raw: msgspec.Raw) -> Facts:
    """Add to facts what a specification says of Pods; nothing where it has another shape."""
    try:
        spec = _spec(raw) or Spec()
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return facts
    verdict = at_rest(None, 0) if spec.replicas == 0 and facts.status == "Ready" else facts.verdict
    return msgspec.structs.replace(facts, template=spec.labels(), verdict=verdict)
