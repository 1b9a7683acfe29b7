"""The form of a kubeconfig, as client-go declares it. What becomes of each field: `fields`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec

from astrolabe.kube.exchange import one_line


class Extension(msgspec.Struct):
    """Something for other programs, or for a plugin."""

    name: str = ""
    extension: Any = None


class Cluster(msgspec.Struct, rename="kebab"):
    """Where an API server is."""

    server: str = ""
    tls_server_name: str = ""
    insecure_skip_tls_verify: bool = False
    certificate_authority: str = ""
    certificate_authority_data: str = ""
    proxy_url: str = ""
    disable_compression: bool = False
    extensions: list[Extension] = []


class AuthProvider(msgspec.Struct):
    """A login of an older kind."""

    name: str = ""
    config: dict[str, str] = {}


class Variable(msgspec.Struct):
    """A variable of a plugin's environment."""

    name: str = ""
    value: str = ""


class Plugin(msgspec.Struct, rename="camel"):
    """A command that prints credentials."""

    command: str = ""
    args: list[str] = []
    env: list[Variable] = []
    api_version: str = msgspec.field(name="apiVersion", default="")
    install_hint: str = ""
    provide_cluster_info: bool = False
    interactive_mode: str = ""


class User(msgspec.Struct, rename="kebab"):
    """Who we are."""

    client_certificate: str = ""
    client_certificate_data: str = ""
    client_key: str = ""
    client_key_data: str = ""
    token: str = ""
    token_file: str = msgspec.field(name="tokenFile", default="")
    as_: str = msgspec.field(name="as", default="")
    as_uid: str = ""
    as_groups: list[str] = []
    as_user_extra: dict[str, list[str]] = {}
    username: str = ""
    password: str = ""
    auth_provider: AuthProvider | None = None
    exec: Plugin | None = None
    extensions: list[Extension] = []


class Context(msgspec.Struct):
    """A cluster and a user that belong together."""

    cluster: str = ""
    user: str = ""
    namespace: str = ""
    extensions: list[Extension] = []


class NamedCluster(msgspec.Struct):
    """An entry of `clusters`."""

    name: str = ""
    cluster: Cluster = msgspec.field(default_factory=Cluster)


class NamedUser(msgspec.Struct):
    """An entry of `users`."""

    name: str = ""
    user: User = msgspec.field(default_factory=User)


class NamedContext(msgspec.Struct):
    """An entry of `contexts`."""

    name: str = ""
    context: Context = msgspec.field(default_factory=Context)


class Preferences(msgspec.Struct):
    """kubectl's own."""

    colors: bool = False
    extensions: list[Extension] = []


class File(msgspec.Struct, rename="kebab"):
    """One file."""

    kind: str = ""
    api_version: str = msgspec.field(name="apiVersion", default="")
    preferences: Preferences = msgspec.field(default_factory=Preferences)
    clusters: list[NamedCluster] = []
    users: list[NamedUser] = []
    contexts: list[NamedContext] = []
    current_context: str = ""
    extensions: list[Extension] = []


def unknown_fields(document: Any, form: type[msgspec.Struct]) -> list[str]:
    """Return the paths of what a document has and its form has not; `[]` is each entry of a list."""
    described = msgspec.inspect.type_info(form)
    assert isinstance(described, msgspec.inspect.StructType)
    return list(dict.fromkeys(_unknown(document, described, "")))


def _unknown(value: Any, form: msgspec.inspect.Type, path: str) -> Iterator[str]:
    match form:
        case msgspec.inspect.ListType() if isinstance(value, list):
            for each in value:
                yield from _unknown(each, form.item_type, f"{path}[]")
        case msgspec.inspect.UnionType():
            for each in form.types:
                yield from _unknown(value, each, path)
        case msgspec.inspect.StructType() if isinstance(value, dict):
            known = {field.encode_name: field.type for field in form.fields}
            for name, each in value.items():
                where = f"{path}.{name}".lstrip(".")
                if name in known:
                    yield from _unknown(each, known[name], where)
                else:
                    yield one_line(where)
