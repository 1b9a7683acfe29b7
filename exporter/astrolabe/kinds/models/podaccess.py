"""What a Pod holds of credentials: its account, whether its token is mounted, Secrets and their keys."""

from __future__ import annotations

from collections.abc import Iterable
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
    volumes = [volume.name for volume in spec.volumes or () if _gives_token(volume)]
    if not volumes:
        return False
    mounts = (mount for container in spec.all_containers() for mount in container.volume_mounts or ())
    return any(mount.name in volumes for mount in mounts)


def _gives_token(volume: Volume) -> bool:
    if volume.projected is not None:
        for source in volume.projected.sources or ():
            if source.service_account_token is not None and not source.service_account_token.audience:
                return True
    return False


def _uses(spec: PodSpec) -> list[SecretUse]:
    found = [_use(pull.name, "image-pull", "") for pull in spec.image_pull_secrets or () if pull.name]
    for volume in spec.volumes or ():
        _add_volume(found, volume)
    for container in spec.all_containers():
        for variable in container.env or ():
            source = variable.value_from.secret_key_ref if variable.value_from is not None else None
            if source is not None and source.name:
                found.append(_use(source.name, "env", source.key or ""))
        for env_from in container.env_from or ():
            whole = env_from.secret_ref
            if whole is not None and whole.name:
                found.append(_use(whole.name, "env-from", ""))
    return found


def _add_volume(found: list[SecretUse], volume: Volume) -> None:
    if volume.secret is not None and volume.secret.secret_name:
        _add_keys(found, volume.secret.secret_name, "volume", volume.secret.items)
    for source in (volume.projected.sources if volume.projected is not None else None) or ():
        if source.secret is not None and source.secret.name:
            _add_keys(found, source.secret.name, "projected", source.secret.items)
    csi = volume.csi.node_publish_secret_ref if volume.csi is not None else None
    if csi is not None and csi.name:
        found.append(_use(csi.name, "csi", ""))
    if volume.azure_file is not None and volume.azure_file.secret_name:
        found.append(_use(volume.azure_file.secret_name, "storage", ""))
    for network in volume.networks():
        login = network.secret_ref
        if login is not None and login.name:
            found.append(_use(login.name, "storage", ""))


def _add_keys(found: list[SecretUse], secret: str, how: str, items: Iterable[KeyToPath] | None) -> None:
    keys = [item.key for item in items or () if item.key]
    found.extend(_use(secret, how, key) for key in keys or ("",))
