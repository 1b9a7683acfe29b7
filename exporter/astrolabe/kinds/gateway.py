"""Gateways of the Gateway API: entry points with listeners, of a GatewayClass."""

from __future__ import annotations

from astrolabe.graph.facts import Facts, Ref, Verdict, ref
from astrolabe.kinds.kind import Context, Kind
from astrolabe.kinds.models.gatewayapi import GROUP, ObservedCondition, Reference, judge_conditions, refer
from astrolabe.kinds.models.metadata import Metadata, Model, facts_of
from astrolabe.kinds.models.references import distinct


class TLS(Model):
    """The certificates of a listener."""

    certificate_refs: list[Reference] | None = None


class Listener(Model):
    """A port that is listened on."""

    tls: TLS | None = None


class GatewaySpec(Model):
    """What is wanted."""

    gateway_class_name: str | None = None
    listeners: list[Listener] | None = None


class ListenerStatus(Model):
    """What the controller says of a listener."""

    conditions: list[ObservedCondition] | None = None


class GatewayStatus(Model):
    """What the controller says."""

    conditions: list[ObservedCondition] | None = None
    listeners: list[ListenerStatus] | None = None


class Gateway(Model):
    """A Gateway."""

    metadata: Metadata
    spec: GatewaySpec | None = None
    status: GatewayStatus | None = None


_NO_SPEC = GatewaySpec()
_NO_STATUS = GatewayStatus()
_UNANSWERED = Verdict("Pending", "Pending", "No controller has answered yet")


def describe(gateway: Gateway, context: Context) -> Facts:
    """Turn a Gateway into facts."""
    metadata = gateway.metadata
    spec = gateway.spec or _NO_SPEC
    refs: list[Ref] = []
    if spec.gateway_class_name:
        refs.append(ref("classifies", f"GatewayClass.{GROUP}", "", spec.gateway_class_name, reverse=True))
    for listener in spec.listeners or ():
        for certificate in (listener.tls.certificate_refs if listener.tls is not None else None) or ():
            refs += _certificate(certificate, metadata.namespace or "")
    return facts_of(metadata, context, _judge(gateway), refs=distinct(refs))


def _certificate(certificate: Reference, namespace: str) -> list[Ref]:
    """Refer to a certificate. It is a Secret, or what a controller has in its place."""
    secret = (certificate.kind or "Secret") == "Secret" and not certificate.group
    made = refer("uses-secret" if secret else "refers", certificate, ("", "Secret"), namespace)
    return [made] if made is not None else []


def _judge(gateway: Gateway) -> Verdict:
    """Judge a Gateway by the conditions of its listeners, which say more of a fault, and by its own."""
    status = gateway.status or _NO_STATUS
    conditions = [each for listener in status.listeners or () for each in listener.conditions or ()]
    conditions += status.conditions or ()
    verdict = judge_conditions(conditions, gateway.metadata.generation or 0, "Programmed")
    return verdict or _UNANSWERED


KIND = Kind(
    name=f"Gateway.{GROUP}",
    group=GROUP,
    plural="gateways",
    layer="entry",
    versions=("v1", "v1beta1", "v1alpha2"),
    model=Gateway,
    describe=describe,
)
