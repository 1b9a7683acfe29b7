"""What a Pod is made of, by name: containers, volumes, and where each ConfigMap and Secret shows up in it.

Only exports to graph databases ask for it. Everybody else's Pods are read without, and weigh nothing more.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

import msgspec
from msgspec import Raw, field
from msgspec.structs import asdict, force_setattr

from astrolabe.graph.facts import Detail, Facts
from astrolabe.kinds.kind import Kind
from astrolabe.kinds.models import podreading
from astrolabe.kinds.models.details import PodDetail
from astrolabe.kinds.models.metadata import Model
from astrolabe.kinds.models.podspec import ClaimVolume, EnvFrom, EnvSource, KeyReference, SecretVolume


class ContainerPart(Detail, frozen=True, gc=False):
    """A container of any sort."""

    name: str
    image: str
    """As written in the Pod."""


class VolumePart(Detail, frozen=True, gc=False):
    """A volume of a Pod."""

    name: str
    type: str
    """As the Pod's specification names it: `secret`, `persistentVolumeClaim`, `emptyDir`, …"""
    claim: str = ""
    """Name of the PersistentVolumeClaim behind it, if it has one."""
    paths: tuple[str, ...] = ()
    """Where containers mount it, in order."""


class UsePart(Detail, frozen=True, gc=False):
    """Where a ConfigMap or a Secret shows up in a Pod."""

    kind: str
    """`ConfigMap` or `Secret`."""
    name: str
    variables: tuple[str, ...] = ()
    """Environment variables with a value of it, in order; `*` for all of its keys (envFrom)."""
    paths: tuple[str, ...] = ()
    """Where volumes with values of it are mounted, in order."""


class PodParts(Detail, frozen=True, gc=False):
    """The parts of a Pod, each in order of name."""

    containers: tuple[ContainerPart, ...] = ()
    volumes: tuple[VolumePart, ...] = ()
    uses: tuple[UsePart, ...] = ()


NO_PARTS = PodParts()


class WholePodDetail(PodDetail, frozen=True, gc=False):
    """A Pod with its parts."""

    parts: PodParts = NO_PARTS


def parts_of(detail: Detail | None) -> PodParts:
    """Return the parts that a Pod was read with; none where it was read without."""
    return detail.parts if isinstance(detail, WholePodDetail) else NO_PARTS


def with_parts(kinds: tuple[Kind, ...]) -> tuple[Kind, ...]:
    """Return the kinds with one that reads the parts of Pods in the place of the one that does not."""
    return tuple(msgspec.structs.replace(kind, read=_read) if kind.name == "Pod" else kind for kind in kinds)


class _Variable(Model):
    name: str | None = None
    value_from: EnvSource | None = None


class _Mount(Model):
    name: str | None = None
    mount_path: str | None = None


class _Container(Model):
    name: str | None = None
    image: str | None = None
    env: list[_Variable] | None = None
    env_from: list[EnvFrom] | None = None
    volume_mounts: list[_Mount] | None = None


class _Projection(Model):
    config_map: KeyReference | None = None
    secret: KeyReference | None = None


class _Projected(Model):
    sources: list[_Projection] | None = None


class _Volume(Model):
    name: str | None = None
    config_map: KeyReference | None = None
    secret: SecretVolume | None = None
    projected: _Projected | None = None
    claim: ClaimVolume | None = field(default=None, name="persistentVolumeClaim")


class _Spec(Model):
    containers: list[_Container] | None = None
    init_containers: list[_Container] | None = None
    ephemeral_containers: list[_Container] | None = None
    volumes: list[Raw] | None = None


class _Metadata(Model):
    name: str | None = None


class _Pod(Model):
    metadata: _Metadata | None = None
    spec: _Spec | None = None


_pod = msgspec.json.Decoder(_Pod).decode
_volume = msgspec.json.Decoder(_Volume).decode
_fields = msgspec.json.Decoder(dict[str, Raw]).decode


def _read(data: bytes | Raw, known: Mapping[str, Facts], describe: Callable[[], Facts]) -> Facts:
    """Read a Pod as ever; where its specification is read, its parts are as well."""
    return podreading.read(data, known, describe, _complete)


def _complete(facts: Facts, data: bytes | Raw) -> None:
    detail = facts.detail
    assert isinstance(detail, PodDetail)
    # The facts were made just now: nobody else has seen them.
    force_setattr(facts, "detail", WholePodDetail(**asdict(detail), parts=read_parts(data)))


def read_parts(data: bytes | Raw) -> PodParts:
    """Read the parts from a Pod's JSON; raises `msgspec.DecodeError` for what is no Pod."""
    pod = _pod(data)
    spec = pod.spec or _Spec()
    name = (pod.metadata.name if pod.metadata is not None else None) or ""
    containers = [
        *(spec.init_containers or ()),
        *(spec.containers or ()),
        *(spec.ephemeral_containers or ()),
    ]
    mounts: dict[str, set[str]] = {}
    for container in containers:
        for mount in container.volume_mounts or ():
            if mount.name and mount.mount_path:
                mounts.setdefault(mount.name, set()).add(mount.mount_path)
    uses = _Uses()
    volumes: dict[str, VolumePart] = {}
    for raw in spec.volumes or ():
        volume, fields = _volume(raw), _fields(raw)
        if not volume.name:
            continue
        paths = tuple(sorted(mounts.get(volume.name, ())))
        kind = next((key for key in sorted(fields) if key != "name"), "emptyDir")
        claim = (volume.claim.claim_name if volume.claim is not None else None) or ""
        if kind == "ephemeral":
            claim = f"{name}-{volume.name}"
        volumes[volume.name] = VolumePart(volume.name, kind, claim, paths)
        for used, what in _sources(volume):
            uses.add(used, what, paths=paths)
    for container in containers:
        for variable in container.env or ():
            source = variable.value_from
            if source is not None:
                _variables(uses, source.config_map_key_ref, source.secret_key_ref, variable.name or "")
        for whole in container.env_from or ():
            _variables(uses, whole.config_map_ref, whole.secret_ref, "*")
    named = {each.name: ContainerPart(each.name, each.image or "") for each in containers if each.name}
    return PodParts(
        tuple(named[key] for key in sorted(named)),
        tuple(volumes[key] for key in sorted(volumes)),
        uses.parts(),
    )


class _Uses:
    """Gathers where what is used shows up."""

    def __init__(self) -> None:
        self._found: dict[tuple[str, str], tuple[set[str], set[str]]] = {}

    def add(self, kind: str, name: str | None, variable: str = "", paths: tuple[str, ...] = ()) -> None:
        if name:
            variables, places = self._found.setdefault((kind, name), (set(), set()))
            variables.update((variable,) if variable else ())
            places.update(paths)

    def parts(self) -> tuple[UsePart, ...]:
        return tuple(
            UsePart(kind, name, tuple(sorted(variables)), tuple(sorted(paths)))
            for (kind, name), (variables, paths) in sorted(self._found.items())
        )


def _sources(volume: _Volume) -> Iterator[tuple[str, str | None]]:
    if volume.config_map is not None:
        yield "ConfigMap", volume.config_map.name
    if volume.secret is not None:
        yield "Secret", volume.secret.secret_name
    for source in (volume.projected.sources if volume.projected is not None else None) or ():
        if source.config_map is not None:
            yield "ConfigMap", source.config_map.name
        if source.secret is not None:
            yield "Secret", source.secret.name


def _variables(
    uses: _Uses, config_map: KeyReference | None, secret: KeyReference | None, variable: str
) -> None:
    if config_map is not None:
        uses.add("ConfigMap", config_map.name, variable)
    if secret is not None:
        uses.add("Secret", secret.name, variable)
