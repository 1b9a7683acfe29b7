"""What a sleeping workload would cost awake: how many replicas, and what one of them costs."""

from __future__ import annotations

import msgspec

from astrolabe.derived.cost.holdings import Workload
from astrolabe.derived.cost.prices import Prices
from astrolabe.derived.sleep.seam import Asleep
from astrolabe.graph.delta import Node
from astrolabe.graph.relations import Relations
from astrolabe.kinds.models.details import ReplicasDetail, Requests, ScaleDetail


class Mix(msgspec.Struct, frozen=True):
    """The Pods that a workload had when it fell asleep: they know of defaults, webhooks and spot Nodes."""

    uid: str
    template: Requests
    """What the template said then; once it says something else, the Pods are of the past."""
    pods: int
    normal: Requests
    spot: Requests


def mix_of(node: Node, workload: Workload | None) -> Mix | None:
    """Return the Pods that a workload has; None where there are none, or not its own alone."""
    detail = node.facts.detail
    if workload is None or node.root is not None or not isinstance(detail, ReplicasDetail):
        return None
    pods = workload.normal.pods + workload.spot.pods
    if not pods:
        return None
    return Mix(node.facts.uid, detail.requests, pods, workload.normal.requests(), workload.spot.requests())


def cost_of(detail: ReplicasDetail, mix: Mix | None, replicas: int, prices: Prices) -> int:
    """Return what a number of replicas costs an hour, in picodollars."""
    if mix is not None and mix.template == detail.requests:
        normal = prices.of_requests(mix.normal, spot=False)
        spot = prices.of_requests(mix.spot, spot=True)
        return (sum(normal) + sum(spot)) * replicas // mix.pods
    spot_wanted = prices.is_spot(detail.node_selector)
    return sum(prices.of_requests(detail.requests, spot=spot_wanted)) * replicas


def replicas_of(node: Node, sleep: Asleep, graph: Relations) -> int | None:
    """Return how many replicas a sleeping workload has awake, None where nobody knows.

    What it had before, else what its manifest says, else the minimum of its autoscaler.
    """
    detail = node.facts.detail
    applied = detail.applied if isinstance(detail, ReplicasDetail) else None
    for known in (sleep.replicas, applied):
        if known is not None and known > 0:
            return known
    minima = [
        scaler.facts.detail.minimum
        for edge in graph.referred(node)
        if edge.type == "scales"
        and (scaler := graph.get(edge.source)) is not None
        and isinstance(scaler.facts.detail, ScaleDetail)
    ]
    return max(minima, default=0) or None
