"""Every field of a kubeconfig that client-go knows is accounted for, in the code and in the documentation."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
from structlog.testing import capture_logs

from astrolabe.kube.credentials import Kubeconfig
from astrolabe.kube.fields import FIELDS
from astrolabe.kube.kubeconfigform import File, unknown_fields
from tests.kube.test_credentials import failing, kubeconfig

DOCUMENT = Path(__file__).parents[2] / "docs" / "configuration.md"

CONFIG = {
    "kind",
    "apiVersion",
    "preferences",
    "clusters",
    "users",
    "contexts",
    "current-context",
    "extensions",
}
PREFERENCES = {"colors", "extensions"}
CLUSTER = {
    "server", "tls-server-name", "insecure-skip-tls-verify", "certificate-authority",
    "certificate-authority-data", "proxy-url", "disable-compression", "extensions",
}  # fmt: skip
USER = {
    "client-certificate", "client-certificate-data", "client-key", "client-key-data", "token", "tokenFile",
    "as", "as-uid", "as-groups", "as-user-extra", "username", "password", "auth-provider", "exec",
    "extensions",
}  # fmt: skip
CONTEXT = {"cluster", "user", "namespace", "extensions"}
EXEC = {
    "command", "args", "env", "apiVersion", "installHint", "provideClusterInfo", "interactiveMode",
}  # fmt: skip
EXTENSION = {"name", "extension"}


def known() -> set[str]:
    """What client-go v0.36 declares (`tools/clientcmd/api/v1`), as paths."""

    def below(path: str, names: set[str]) -> set[str]:
        found = {f"{path}{name}" for name in names}
        if "extensions" in names:
            found |= {f"{path}extensions[].{name}" for name in EXTENSION}
        return found

    return (
        below("", CONFIG)
        | below("preferences.", PREFERENCES)
        | {f"{kind}s[].{name}" for kind in ("cluster", "user", "context") for name in ("name", kind)}
        | below("clusters[].cluster.", CLUSTER)
        | below("users[].user.", USER)
        | below("users[].user.auth-provider.", {"name", "config"})
        | below("users[].user.exec.", EXEC)
        | below("users[].user.exec.env[].", {"name", "value"})
        | below("contexts[].context.", CONTEXT)
    )


def declared(form: Any = None, path: str = "") -> Iterator[str]:
    """The paths of the form that is read here."""
    match form or msgspec.inspect.type_info(File):
        case msgspec.inspect.StructType(fields=fields):
            for field in fields:
                where = f"{path}.{field.encode_name}".lstrip(".")
                yield where
                yield from declared(field.type, where)
        case msgspec.inspect.ListType(item_type=item):
            yield from declared(item, f"{path}[]")
        case msgspec.inspect.UnionType(types=types):
            for each in types:
                yield from declared(each, path)
        case _:
            pass


def test_the_table_has_every_field_of_client_go_and_no_other() -> None:
    assert set(FIELDS) == known()


def test_what_is_read_is_what_the_table_says() -> None:
    assert set(declared()) == set(FIELDS)


def test_the_documentation_says_the_same() -> None:
    rows = re.findall(r"^\| `([^`]+)` \| ([^|]+) \|([^|]*)\|$", DOCUMENT.read_text(), re.MULTILINE)
    described = {path: (treatment, note.strip()) for path, treatment, note in rows if path in FIELDS}
    # Not what only holds other fields, nor how an extension is written.
    shown = {
        path: (field.treatment, field.note)
        for path, field in FIELDS.items()
        if "extensions[]" not in path
        and (
            path.endswith("extensions")
            or not any(each.startswith((f"{path}.", f"{path}[]")) for each in FIELDS)
        )
    }
    assert described == shown


@pytest.mark.parametrize(
    "path", sorted(path for path, field in FIELDS.items() if field.treatment == "stops the start")
)
async def test_a_field_that_cannot_be_honoured_stops_the_start_with_its_name(
    tmp_path: Path, path: str
) -> None:
    assert path.startswith("users[].user.")
    field = path.removeprefix("users[].user.").partition(".")[0]
    assert f": {field} " in await failing(kubeconfig(tmp_path, {field: {"name": "x"}}))


async def test_a_field_that_client_go_does_not_know_is_named_once(tmp_path: Path) -> None:
    mine = {"token": "t", "impersonate": "jane", "exec": {"cache": 1}}
    path = kubeconfig(tmp_path, mine, {"sever": "x"}, users2=[1])
    with capture_logs() as logs:
        source = Kubeconfig(str(path))
        await source.current()
        await source.renewed()
        kubeconfig(tmp_path, mine, {"sever": "y", "tls": 1})
        await source.current()
    named = [log["fields"] for log in logs if log["log_level"] == "warning"]
    assert named == [
        ["clusters[].cluster.sever", "users[].user.exec.cache", "users[].user.impersonate", "users2"],
        ["clusters[].cluster.tls"],
    ]


def test_what_is_no_list_or_mapping_is_not_looked_into() -> None:
    assert unknown_fields({"users": 3, "clusters": [[], {"cluster": None}], "x": {"y": 1}}, File) == ["x"]
