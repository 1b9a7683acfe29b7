"""Who issues credentials for the clusters of ClusterProfiles: a file, as KEP-5339 has it."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Literal, NamedTuple

import msgspec
import structlog

from astrolabe.kube.clusterprofile import ClusterProfile
from astrolabe.kube.configuration import Configuration, ConfigurationError
from astrolabe.kube.described import Described
from astrolabe.kube.exchange import one_line
from astrolabe.kube.kubeconfig import Chosen, said, without_nulls
from astrolabe.kube.kubeconfigform import Cluster, Plugin, User, Variable, unknown_fields
from astrolabe.kube.wire import MALFORMED

ARGUMENTS = "clusterprofiles.multicluster.x-k8s.io/exec/additional-args"
VARIABLES = "clusterprofiles.multicluster.x-k8s.io/exec/additional-envs"
"""Extensions of a profile's cluster: what it would have its plugin told."""

log = structlog.get_logger(__name__)


class Provider(msgspec.Struct, rename="camel"):
    """A plugin that issues credentials, under the name that profiles have for it."""

    name: str = ""
    exec_config: Plugin = msgspec.field(default_factory=Plugin)
    arguments: Literal["", "Ignore", "Append"] = msgspec.field(default="", name="profileSourcedCLIArgsPolicy")
    """What becomes of a profile's arguments."""
    variables: Literal["", "Ignore", "AppendIfNotExists", "Replace"] = msgspec.field(
        default="", name="profileSourcedEnvVarsPolicy"
    )
    """What becomes of a profile's environment variables; the last two differ in whose value wins."""


class _File(msgspec.Struct):
    providers: list[Provider] = []


def providers_in(content: bytes, path: Path) -> list[Provider]:
    """Read the file's content; raises `ConfigurationError`."""
    try:
        document = without_nulls(msgspec.json.decode(content))
        file = msgspec.convert(document, _File)
    except msgspec.ValidationError as error:
        raise ConfigurationError(f"{path}: not a list of providers: {said(error)}") from None
    except MALFORMED as error:
        raise ConfigurationError(f"{path}: not valid JSON: {said(error)}") from None
    names = [each.name for each in file.providers]
    if not names:
        raise ConfigurationError(f"{path}: there is no provider in it")
    if "" in names:
        raise ConfigurationError(f"{path}: a provider has no name")
    if twice := sorted({each for each in names if names.count(each) > 1}):
        raise ConfigurationError(f"{path}: the provider {one_line(twice[0])} is in it twice")
    return file.providers


def check_providers(path: Path) -> None:
    """Look at the file once: raises `ConfigurationError`, and names in the log what is not known."""
    try:
        content = path.read_bytes()
    except OSError as error:
        raise ConfigurationError(f"{path}: cannot be read: {error.strerror}") from None
    providers_in(content, path)
    if unknown := unknown_fields(without_nulls(msgspec.json.decode(content)), _File):
        log.warning("fields of the providers are not known, and ignored", file=str(path), fields=unknown)


class _Asked(NamedTuple):
    """A profile, and why its cluster is not to be followed; empty where it is."""

    profile: ClusterProfile
    trouble: str


class ProfileCredentials(Described):
    """Credentials from a ClusterProfile and the file of the providers. Both may change at any time."""

    def __init__(
        self,
        profile: ClusterProfile,
        path: Path,
        trouble: str = "",
        *,
        environment: Mapping[str, str] = os.environ,
    ) -> None:
        super().__init__(environment)
        self._path = path
        self._asked = _Asked(profile, trouble)
        self._read_last: _Asked | None = None
        self._reading = asyncio.Lock()

    def change(self, profile: ClusterProfile, trouble: str) -> bool:
        """Use a new version of the profile; return whether it changes anything."""
        if (profile.access, trouble) == (self._asked.profile.access, self._asked.trouble):
            return False
        self._asked = _Asked(profile, trouble)
        return True

    async def current(self) -> Configuration:
        """See `Credentials`. What the profile said before holds no longer."""
        if self._read_last is not self._asked:
            # Many ask at once: the plugin runs once for all of them.
            async with self._reading:
                asked = self._asked
                if self._read_last is not asked:
                    self._known = await self._read()
                    self._read_last = asked
        return await super().current()

    async def _read(self) -> Configuration:
        profile, trouble = self._asked
        if trouble:
            raise ConfigurationError(trouble)
        self._files.begin()
        try:
            providers = providers_in(self._files.read(self._path), self._path)
            chosen = _chosen(profile, providers, self._path)
            return await self._configuration(chosen)
        except ConfigurationError as error:
            raise ConfigurationError(f"ClusterProfile {profile.id}: {error}") from None
        except OSError as error:
            raise ConfigurationError(f"{error.filename}: {error.strerror}") from None


def _chosen(profile: ClusterProfile, providers: list[Provider], path: Path) -> Chosen:
    """Choose the first provider that the profile has; raises `ConfigurationError`."""
    if not profile.access:
        raise ConfigurationError("it has no access providers (status.accessProviders)")
    for provider in providers:
        cluster = profile.access.get(provider.name)
        if cluster is not None:
            break
    else:
        raise ConfigurationError(
            f"none of its access providers ({_names(profile.access)}) is in {path},"
            f" which has {_names(each.name for each in providers)}"
        )
    if cluster.certificate_authority or cluster.insecure_skip_tls_verify:
        # Who writes a profile chooses no file here, and does not decide that anybody may answer.
        raise ConfigurationError(
            f"the cluster of its access provider {one_line(provider.name)} has"
            " certificate-authority or insecure-skip-tls-verify, which are not supported here:"
            " give certificate-authority-data"
        )
    user = User(exec=_plugin(provider, cluster))
    folder = path.absolute().parent
    return Chosen(profile.id, provider.name, cluster, folder, user, folder)


def _plugin(provider: Provider, cluster: Cluster) -> Plugin:
    """Return the plugin with what the profile may add; raises `ConfigurationError`."""
    plugin = provider.exec_config
    told = {each.name: each.extension for each in cluster.extensions}
    arguments = list(plugin.args)
    if provider.arguments == "Append":
        arguments += _converted(told, ARGUMENTS, list[str]) or []
    variables = {each.name: each.value for each in plugin.env}
    if provider.variables in ("AppendIfNotExists", "Replace"):
        added = _converted(told, VARIABLES, dict[str, str]) or {}
        variables = added | variables if provider.variables == "AppendIfNotExists" else variables | added
    return msgspec.structs.replace(
        plugin,
        args=arguments,
        env=[Variable(name, value) for name, value in variables.items()],
        interactive_mode="Never",
    )


def _converted(told: Mapping[str, Any], name: str, to: Any) -> Any:
    """Return what an extension says, None without it; raises `ConfigurationError`."""
    if name not in told:
        return None
    try:
        return msgspec.convert(told[name], to)
    except msgspec.ValidationError as error:
        raise ConfigurationError(f"the extension {name}: {said(error)}") from None


def _names(names: Iterable[str]) -> str:
    return one_line(", ".join(names))
