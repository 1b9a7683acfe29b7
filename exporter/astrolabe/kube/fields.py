"""Every field of a kubeconfig that client-go knows, and what becomes of it here.

client-go v0.36 (`tools/clientcmd/api/v1`) is the measure. No field is left out in silence: it is honoured, it
stops the start, or client-go itself makes nothing of it for requests. A field that client-go does not know is
ignored, as client-go does, and named once in the log.
"""

from __future__ import annotations

from typing import Literal, NamedTuple, TypeAlias

Treatment: TypeAlias = Literal["honoured", "stops the start", "of no effect"]


class Field(NamedTuple):
    """What becomes of a field."""

    treatment: Treatment
    note: str = ""


_HONOURED = Field("honoured")
_EXTENSION = Field("of no effect", "kept for other programs")

FIELDS: dict[str, Field] = {
    "apiVersion": Field("honoured", "`v1`, or left out; anything else stops the start"),
    "kind": Field("honoured", "`Config`, or left out; anything else stops the start"),
    "preferences": Field("of no effect", "kubectl's own"),
    "preferences.colors": Field("of no effect", "kubectl's own"),
    "preferences.extensions": _EXTENSION,
    "preferences.extensions[].name": _EXTENSION,
    "preferences.extensions[].extension": _EXTENSION,
    "extensions": _EXTENSION,
    "extensions[].name": _EXTENSION,
    "extensions[].extension": _EXTENSION,
    "current-context": Field("honoured", "from the first file that has one, unless `context` is set"),
    "contexts": _HONOURED,
    "contexts[].name": _HONOURED,
    "contexts[].context": _HONOURED,
    "contexts[].context.cluster": _HONOURED,
    "contexts[].context.user": Field("honoured", "without one, requests are anonymous"),
    "contexts[].context.namespace": Field("of no effect", "use the setting `namespaces`"),
    "contexts[].context.extensions": _EXTENSION,
    "contexts[].context.extensions[].name": _EXTENSION,
    "contexts[].context.extensions[].extension": _EXTENSION,
    "clusters": _HONOURED,
    "clusters[].name": _HONOURED,
    "clusters[].cluster": _HONOURED,
    "clusters[].cluster.server": _HONOURED,
    "clusters[].cluster.tls-server-name": _HONOURED,
    "clusters[].cluster.insecure-skip-tls-verify": Field(
        "honoured", "together with a certificate authority it stops the start"
    ),
    "clusters[].cluster.certificate-authority": Field("honoured", "relative to the file"),
    "clusters[].cluster.certificate-authority-data": Field("honoured", "wins over `certificate-authority`"),
    "clusters[].cluster.proxy-url": Field("honoured", "`http` and `https`; `socks5` stops the start"),
    "clusters[].cluster.disable-compression": _HONOURED,
    "clusters[].cluster.extensions": Field(
        "honoured", "`client.authentication.k8s.io/exec` is for the plugin, others are for other programs"
    ),
    "clusters[].cluster.extensions[].name": _HONOURED,
    "clusters[].cluster.extensions[].extension": _HONOURED,
    "users": _HONOURED,
    "users[].name": _HONOURED,
    "users[].user": Field("honoured", "over plain `http` only `as` and its fields are sent"),
    "users[].user.client-certificate": Field("honoured", "relative to the file"),
    "users[].user.client-certificate-data": Field("honoured", "wins over `client-certificate`"),
    "users[].user.client-key": Field("honoured", "relative to the file; an encrypted one stops the start"),
    "users[].user.client-key-data": Field("honoured", "wins over `client-key`"),
    "users[].user.token": Field("honoured", "used where `tokenFile` cannot be read"),
    "users[].user.tokenFile": Field("honoured", "wins over `token`; relative to the file"),
    "users[].user.as": _HONOURED,
    "users[].user.as-uid": Field("honoured", "stops the start without `as`"),
    "users[].user.as-groups": Field("honoured", "stops the start without `as`"),
    "users[].user.as-user-extra": Field("honoured", "stops the start without `as`"),
    "users[].user.username": Field("honoured", "beside a token it stops the start"),
    "users[].user.password": _HONOURED,
    "users[].user.auth-provider": Field("stops the start", "log in with a plugin (`exec`) instead"),
    "users[].user.auth-provider.name": Field("stops the start"),
    "users[].user.auth-provider.config": Field("stops the start"),
    "users[].user.exec": Field("honoured", "where the user has no token, password or certificate"),
    "users[].user.exec.command": Field("honoured", "with a slash in it relative to the file, else on `PATH`"),
    "users[].user.exec.args": _HONOURED,
    "users[].user.exec.env": Field("honoured", "added to the exporter's own"),
    "users[].user.exec.env[].name": _HONOURED,
    "users[].user.exec.env[].value": _HONOURED,
    "users[].user.exec.apiVersion": Field(
        "honoured",
        "`client.authentication.k8s.io/v1` and `v1beta1`; another stops the start",
    ),
    "users[].user.exec.installHint": Field("honoured", "shown if the command does not exist"),
    "users[].user.exec.provideClusterInfo": _HONOURED,
    "users[].user.exec.interactiveMode": Field(
        "honoured", "`Always` stops the start where there is no terminal; default: `IfAvailable`"
    ),
    "users[].user.extensions": _EXTENSION,
    "users[].user.extensions[].name": _EXTENSION,
    "users[].user.extensions[].extension": _EXTENSION,
}
"""By path: `[]` is each entry of a list."""
