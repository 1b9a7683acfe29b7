"""Configurations of admission webhooks: programs that the API server asks before it takes an object."""

from __future__ import annotations

from astrolabe.graph.facts import Facts, object_id, ref
from astrolabe.kinds.kind import Context, Kind
from astrolabe.kinds.models.details import Backend, WebhookDetail
from astrolabe.kinds.models.metadata import Metadata, Model, facts_of
from astrolabe.kinds.models.references import distinct
from astrolabe.kinds.models.untrusted import one_line

GROUP = "admissionregistration.k8s.io"
HTTPS = 443
"""The port that is asked unless another is named."""


class ServiceReference(Model):
    """The Service that is asked."""

    namespace: str | None = None
    name: str | None = None
    port: int | None = None

    def called(self) -> Backend | None:
        """Return the Service with the port that is asked; None where it is not named."""
        if not self.namespace or not self.name:
            return None
        return Backend(object_id("Service", self.namespace, self.name), str(self.port or HTTPS))


class ClientConfig(Model):
    """How it is reached; by a Service or by a URL, which is not read."""

    service: ServiceReference | None = None


class Webhook(Model):
    """One webhook."""

    name: str | None = None
    client_config: ClientConfig | None = None
    failure_policy: str | None = None


class WebhookConfiguration(Model):
    """A ValidatingWebhookConfiguration or MutatingWebhookConfiguration."""

    metadata: Metadata
    webhooks: list[Webhook] | None = None


def describe(configuration: WebhookConfiguration, context: Context) -> Facts:
    """Turn a configuration into facts. A webhook whose failure is ignored does not need its Service."""
    refs = []
    backends: list[Backend] = []
    for webhook in configuration.webhooks or ():
        service = webhook.client_config.service if webhook.client_config is not None else None
        if service is not None and service.namespace and service.name:
            ignored = webhook.failure_policy == "Ignore"
            refs.append(ref("calls", "Service", service.namespace, service.name, optional=ignored))
            if not ignored and (called := service.called()) is not None:
                backends.append(called)
    names = tuple(one_line(webhook.name) for webhook in configuration.webhooks or () if webhook.name)
    required = any(webhook.failure_policy != "Ignore" for webhook in configuration.webhooks or ())
    return facts_of(
        configuration.metadata,
        context,
        refs=distinct(refs),
        detail=WebhookDetail(names, required, tuple(dict.fromkeys(backends))),
    )


VALIDATING = Kind(
    name="ValidatingWebhookConfiguration",
    group=GROUP,
    plural="validatingwebhookconfigurations",
    layer="services",
    namespaced=False,
    model=WebhookConfiguration,
    describe=describe,
    detail=WebhookDetail,
)
MUTATING = Kind(
    name="MutatingWebhookConfiguration",
    group=GROUP,
    plural="mutatingwebhookconfigurations",
    layer="services",
    namespaced=False,
    model=WebhookConfiguration,
    describe=describe,
    detail=WebhookDetail,
)
