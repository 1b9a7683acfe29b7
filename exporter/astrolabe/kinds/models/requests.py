"""What a Pod keeps for itself on its Node: its effective requests, as the scheduler counts them.

The rules are those of `PodRequests` in k8s.io/component-helpers: containers add up, sidecars with them, an
init container needs its own and those of the sidecars before it, the larger of both counts, and overhead
comes on top. Resources stay undecoded JSON until here: of a thousand replicas only the first is worked out.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Protocol, TypeAlias

import msgspec

from astrolabe.kinds.models import quantity
from astrolabe.kinds.models.details import NO_REQUESTS, Requests
from astrolabe.kinds.models.podspec import Container, PodSpec

GPUS = (
    "nvidia.com/gpu",
    "amd.com/gpu",
    "gpu.intel.com/i915",
    "gpu.intel.com/xe",
    "k8s.amazonaws.com/vgpu",
)
"""Extended resources that are counted as GPUs."""

Amounts: TypeAlias = tuple[int | None, int | None, int | None]
"""Cores, bytes and GPUs in billionths; None where nothing is said."""

Sizes: TypeAlias = tuple[bool, bytes, bytes, bytes]
"""Whether a container is a sidecar, and the JSON of its resources: wanted, in force, allocated."""

_NOTHING: Amounts = (None, None, None)
_ZERO = (0, 0, 0)
_MILLI = quantity.NANO // 1000
_Vector: TypeAlias = tuple[int, int, int]


class _Resources(msgspec.Struct, gc=False):
    """`resources` of a container or a Pod."""

    requests: dict[str, str] | None = None
    limits: dict[str, str] | None = None


_resources = msgspec.json.Decoder(_Resources | None).decode
_list = msgspec.json.Decoder(dict[str, str] | None).decode


class Allotment(Protocol):
    """What a kubelet says of a container's resources, which may be resized in place."""

    @property
    def resources(self) -> msgspec.Raw:
        """What is in force, with requests and limits."""
        ...

    @property
    def allocated_resources(self) -> msgspec.Raw:
        """The requests that the Node has room for."""
        ...


def of_template(spec: PodSpec) -> Requests:
    """Return the effective requests of a Pod made from a template."""
    return of_pod(spec, {}, infeasible=False)


def of_pod(spec: PodSpec, allotments: Mapping[str | None, Allotment], *, infeasible: bool) -> Requests:
    """Return the effective requests of a Pod, with allotments by container.

    `infeasible` tells that a resize was refused for good, so that what the specification wants is void.
    """
    containers = tuple([_sizes(container, allotments) for container in spec.containers or ()])
    inits = tuple([_sizes(container, allotments) for container in spec.init_containers or ()])
    return _effective(containers, inits, _text(spec.resources), _text(spec.overhead), infeasible)


def _sizes(container: Container, allotments: Mapping[str | None, Allotment]) -> Sizes:
    sidecar = container.restart_policy == "Always"
    one = allotments.get(container.name) if allotments else None
    if one is None:
        return sidecar, _text(container.resources), b"", b""
    return sidecar, _text(container.resources), _text(one.resources), _text(one.allocated_resources)


def _text(raw: msgspec.Raw) -> bytes:
    return raw and bytes(raw)


@lru_cache(1 << 11)
def _effective(
    containers: tuple[Sizes, ...], inits: tuple[Sizes, ...], whole: bytes, overhead: bytes, infeasible: bool
) -> Requests:
    total = sidecars = starting = _ZERO
    said = [False, False, False]
    for sizes in containers:
        amounts = _wanted(sizes, infeasible=infeasible)
        total = _add(total, amounts)
        said = [known or amount is not None for known, amount in zip(said, amounts, strict=True)]
    for sizes in inits:
        amounts = _wanted(sizes, infeasible=infeasible)
        said = [known or amount is not None for known, amount in zip(said, amounts, strict=True)]
        needed = _add(sidecars, amounts)
        if sizes[0]:
            total, sidecars = _add(total, amounts), needed
        starting = _larger(starting, needed)
    total = _larger(total, starting)
    # Requests of the whole Pod replace the containers' sum; its limits do where no container says anything.
    requests, limits = _both(whole)
    cpu, memory = (
        amount if amount is not None else limit if limit is not None and not known else own
        for amount, limit, known, own in list(zip(requests, limits, said, total, strict=True))[:2]
    )
    cpu, memory, gpu = _add((cpu, memory, total[2]), _amounts(overhead))
    return requests_of(-(-cpu // _MILLI), -(-memory // quantity.NANO), -(-gpu // quantity.NANO))


@lru_cache(1 << 11)
def requests_of(cpu: int, memory: int, gpu: int) -> Requests:
    """Return the shared requests of this size."""
    return Requests(cpu, memory, gpu) if cpu or memory or gpu else NO_REQUESTS


def _wanted(sizes: Sizes, *, infeasible: bool) -> Amounts:
    """Return a container's part: until a resize is done, the larger of old and new."""
    _, resources, in_force, allocated = sizes
    requests, limits = _both(resources)
    spec: Amounts = tuple(  # type: ignore[assignment]
        limit if amount is None else amount for amount, limit in zip(requests, limits, strict=True)
    )
    known = [_both(in_force)[0], _amounts(allocated)]
    known = [amounts for amounts in known if amounts != _NOTHING]
    if not infeasible or not known:
        known.append(spec)
    return tuple(  # type: ignore[return-value]
        max((amount for amount in column if amount is not None), default=None)
        for column in zip(*known, strict=True)
    )


def _both(raw: bytes) -> tuple[Amounts, Amounts]:
    """Read requests and limits."""
    try:
        found = _resources(raw) if raw else None
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        # No API server lets it in; an object is not left out of the graph for what it might cost.
        found = None
    if found is None:
        return _NOTHING, _NOTHING
    return _read(found.requests), _read(found.limits)


def _amounts(raw: bytes) -> Amounts:
    """Read a list of resources by name."""
    try:
        return _read(_list(raw) if raw else None)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return _NOTHING


def _read(resources: dict[str, str] | None) -> Amounts:
    if not resources:
        return _NOTHING
    gpus = [amount for name in GPUS if (amount := _quantity(resources.get(name))) is not None]
    return _quantity(resources.get("cpu")), _quantity(resources.get("memory")), sum(gpus) if gpus else None


def _quantity(text: str | None) -> int | None:
    try:
        return max(quantity.parse(text), 0) if text is not None else None
    except ValueError:
        return None


def _add(total: _Vector, amounts: Amounts) -> _Vector:
    return (
        total[0] + (amounts[0] or 0),
        total[1] + (amounts[1] or 0),
        total[2] + (amounts[2] or 0),
    )


def _larger(one: _Vector, other: _Vector) -> _Vector:
    return max(one[0], other[0]), max(one[1], other[1]), max(one[2], other[2])
