"""What a Pod holds of credentials: its account, whether its token is mounted, Secrets and their keys."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import lru_cache
from sys import intern

from astrolabe.kinds.models.details import PodAccess, SecretUse
from astrolabe.kinds.models.podspec import KeyToPath, PodSpec, Volume


def access_of(spec: PodSpec) -> PodAccess:
    """Read it from a Pod's specification, as admission completed it. Equal ones are one object."""
    return _shared(
        intern(spec.service_account_name or spec.service_account or "default"),
        _has_token(spec),
        spec.automount,
        tuple(dict.fromkeys(_uses(spec))),
    )


@lru_cache(1 << 12)
def _shared(account: str, token: bool, automount: bool | None, secrets: tuple[SecretUse, ...]) -> PodAccess:
    return PodAccess(account, token, automount, secrets)


@lru_cache(1 << 12)
def _use(secret: str, how: str, key: str) -> SecretUse:
    return SecretUse(secret, how, key)


def _has_token(spec: PodSpec) -> bool:
    """Whether some container mounts a volume with a token that the API server takes."""
    volumes = {
        volume.name
        for volume in spec.volumes or ()
        if volume.projected is not None
        for source in volume.projected.sources or ()
        if source.service_account_token is not None and not source.service_account_token.audience
    }
    if not volumes:
        return False
    mounts = (mount for container in spec.all_containers() for mount in container.volume_mounts or ())
    return any(mount.name in volumes for mount in mounts)


def _uses(spec: PodSpec) -> Iterator[SecretUse]:
    for pull in spec.image_pull_secrets or ():
        if pull.name:
            yield _use(pull.name, "image-pull", "")
    for volume in spec.volumes or ():
        yield from _of_volume(volume)
    for container in spec.all_containers():
        for variable in container.env or ():
            source = variable.value_from.secret_key_ref if variable.value_from is not None else None
            if source is not None and source.name:
                yield _use(source.name, "env", source.key or "")
        for env_from in container.env_from or ():
            if env_from.secret_ref is not None and env_from.secret_ref.name:
                yield _use(env_from.secret_ref.name, "env-from", "")


def _of_volume(volume: Volume) -> Iterator[SecretUse]:
    if volume.secret is not None and volume.secret.secret_name:
        yield from _keys(volume.secret.secret_name, "volume", volume.secret.items)
    for source in (volume.projected.sources if volume.projected is not None else None) or ():
        if source.secret is not None and source.secret.name:
            yield from _keys(source.secret.name, "projected", source.secret.items)
    csi = volume.csi.node_publish_secret_ref if volume.csi is not None else None
    if csi is not None and csi.name:
        yield _use(csi.name, "csi", "")
    if volume.azure_file is not None and volume.azure_file.secret_name:
        yield _use(volume.azure_file.secret_name, "storage", "")
    for network in volume.networks():
        if network.secret_ref is not None and network.secret_ref.name:
            yield _use(network.secret_ref.name, "storage", "")


def _keys(secret: str, how: str, items: Iterable[KeyToPath] | None) -> Iterator[SecretUse]:
    keys = [item.key for item in items or () if item.key]
    for key in keys or ("",):
        yield _use(secret, how, key)
