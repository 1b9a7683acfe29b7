"""CustomResourceDefinitions: whether the API server serves their objects, and which Service converts them."""

from __future__ import annotations

from astrolabe.graph.facts import Facts, Ref, Verdict, ref
from astrolabe.kinds.kind import Context, Kind
from astrolabe.kinds.models.conditions import Condition, find
from astrolabe.kinds.models.details import WebhookDetail
from astrolabe.kinds.models.groups import kind_label
from astrolabe.kinds.models.metadata import Metadata, Model, facts_of
from astrolabe.kinds.webhookconfiguration import ClientConfig


class ConversionWebhook(Model):
    """Who turns objects of one version into those of another."""

    client_config: ClientConfig | None = None


class Conversion(Model):
    """How objects are converted. Without a webhook only the name of their version changes."""

    webhook: ConversionWebhook | None = None


class Names(Model):
    """What its objects are called."""

    kind: str | None = None


class DefinitionSpec(Model):
    """What is wanted. Schemas are not read."""

    group: str | None = None
    names: Names | None = None
    conversion: Conversion | None = None


class DefinitionStatus(Model):
    """What there is."""

    conditions: list[Condition] | None = None


class Definition(Model):
    """A CustomResourceDefinition."""

    metadata: Metadata
    spec: DefinitionSpec | None = None
    status: DefinitionStatus | None = None


_NO_SPEC = DefinitionSpec()
_NO_STATUS = DefinitionStatus()


def describe(definition: Definition, context: Context) -> Facts:
    """Turn a definition into facts."""
    spec = definition.spec or _NO_SPEC
    conversion = spec.conversion
    webhook = conversion.webhook if conversion is not None else None
    client = webhook.client_config if webhook is not None else None
    service = client.service if client is not None else None
    refs: tuple[Ref, ...] = ()
    called = service.called() if service is not None else None
    kind = (spec.names.kind if spec.names is not None else None) or ""
    if service is not None and service.namespace and service.name:
        refs = (ref("calls", "Service", service.namespace, service.name),)
    return facts_of(
        definition.metadata,
        context,
        _judge(definition.status or _NO_STATUS),
        refs=refs,
        detail=WebhookDetail(
            required=bool(refs),
            backends=(called,) if called is not None else (),
            defines=kind_label(spec.group or "", kind) if kind else "",
        ),
    )


def _judge(status: DefinitionStatus) -> Verdict:
    for name in ("NamesAccepted", "Established"):
        if (unmet := find(status.conditions, (name,), "False")) is not None:
            words = unmet.says or f"The condition {name} is False"
            return Verdict("Error", unmet.reason or f"Not{name}", words, unmet.since)
    if find(status.conditions, ("Established",), "True") is not None:
        return Verdict(message="Established")
    return Verdict("Pending", "Installing", "The API server does not serve it yet")


KIND = Kind(
    name="CustomResourceDefinition",
    group="apiextensions.k8s.io",
    plural="customresourcedefinitions",
    namespaced=False,
    model=Definition,
    describe=describe,
    detail=WebhookDetail,
)
