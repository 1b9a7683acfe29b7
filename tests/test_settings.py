"""Settings: flags over environment over file over defaults; what is wrong is one line that says where."""

from __future__ import annotations

import argparse
import re
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import yaml

from astrolabe.graph.facts import EDGE_TYPES
from astrolabe.kinds.models.customrefs import Row as Reference
from astrolabe.settings import SETTINGS, Setting, Settings, SettingsError, add_flags, read_settings

DOCUMENT = Path(__file__).parents[1] / "docs" / "configuration.md"


class Row(NamedTuple):
    default: Any
    file: Any
    """As it stands in the file."""
    from_file: Any
    flag: str
    from_flag: Any
    environment: str = ""
    from_environment: Any = None
    """Where it is not the text itself."""


ROWS: dict[str, Row] = {
    "kubeconfig": Row("", "file", "file", "flag", "flag", "environment"),
    "context": Row("", "file", "file", "flag", "flag"),
    "in_cluster": Row(False, True, True, "false", False),
    "fail_fast": Row(False, True, True, "false", False),
    "address": Row("", "::1", "::1", "0.0.0.0", "0.0.0.0"),
    "port": Row(8080, 9000, 9000, "9100", 9100),
    "telemetry_port": Row(0, 9001, 9001, "9101", 9101),
    "tls_cert_file": Row("", "file", "file", "flag", "flag"),
    "tls_key_file": Row("", "file", "file", "flag", "flag"),
    "tls_client_ca_file": Row("", "file", "file", "flag", "flag"),
    "web_token_file": Row("", "file", "file", "flag", "flag"),
    "web_users_file": Row("", "file", "file", "flag", "flag"),
    "authorization": Row("none", "kubernetes", "kubernetes", "none", "none"),
    "namespaces": Row((), ["shop"], ("shop",), "shop, blog,", ("shop", "blog")),
    "kinds": Row((), ["pods"], ("pods",), "pods,deployments.apps", ("pods", "deployments.apps")),
    "kinds_denied": Row((), ["pods"], ("pods",), "secrets", ("secrets",)),
    "custom_resources": Row(("*",), ["*.example.com"], ("*.example.com",), "", ()),
    "custom_references": Row(
        (),
        [{"group": "example.com", "kind": "Widget", "path": "spec.ref", "to": "Secret", "optional": True}],
        (Reference("example.com", "Widget", "spec.ref", "Secret", optional=True),),
        "Widget.example.com:spec.items[].ref=Gadget.example.com",
        (Reference("example.com", "Widget", "spec.items[].ref", "Gadget.example.com"),),
    ),
    "events": Row(True, False, False, "true", True),
    "names": Row(
        {},
        {"secrets": ["a"]},
        {"secrets": ("a",)},
        "secrets=[a,b], configmaps=[c]",
        {"secrets": ("a", "b"), "configmaps": ("c",)},
    ),
    "label_selector": Row("", "app=file", "app=file", "app=flag", "app=flag", "app=environment"),
    "streaming_lists": Row(True, False, False, "yes", True),
    "list_from_cache": Row(False, True, True, "off", False),
    "idle_replicasets": Row(False, True, True, "0", False),
    "metrics": Row((), ["astrolabe_edge.*"], ("astrolabe_edge.*",), "a,b", ("a", "b")),
    "metrics_denied": Row((), ["a"], ("a",), "b", ("b",)),
    "metrics_opt_in": Row((), ["a"], ("a",), "b", ("b",)),
    "edge_types": Row(EDGE_TYPES, ["owns"], ("owns",), "selects,owns", ("selects", "owns")),
    "template_edges": Row("all", "workload", "workload", "all", "all"),
    "metric_labels": Row({}, {"pods": ["*"]}, {"pods": ("*",)}, "nodes=[]", {"nodes": ()}),
    "cause_messages": Row(True, False, False, "true", True),
    "shard": Row(0, 1, 1, "2", 2),
    "total_shards": Row(1, 4, 4, "5", 5),
    "shard_by": Row("series", "namespace", "namespace", "series", "series"),
    "environments": Row({}, {"a": "b"}, {"a": "b"}, "dev-*=dev,x=y", {"dev-*": "dev", "x": "y"}),
    "environment_label": Row("", "env", "env", "stage", "stage"),
    "price_file": Row("", "prices.json", "prices.json", "other.json", "other.json"),
    "co2_per_pod_year": Row(11.0, 7, 7.0, "8.5", 8.5),
    "access_guarded_namespaces": Row((), ["shop"], ("shop",), "a-*,b", ("a-*", "b")),
    "access_silence": Row({}, {"role-empty": "soon"}, {"role-empty": "soon"}, "*=all", {"*": "all"}),
    "access_hide_names": Row(False, True, True, "false", False),
    "cors_origins": Row((), ["https://a.b"], ("https://a.b",), "https://c.d:1", ("https://c.d:1",)),
    "enable_persistence": Row(False, True, True, "false", False, "on", True),
    "redis_addr": Row("localhost:6379", "file:1", "file:1", "[::1]:2", "[::1]:2", "environment:3"),
    "redis_user": Row("", "file", "file", "flag", "flag", "environment"),
    "redis_password": Row("", "file", "file", "flag", "flag", "environment"),
    "redis_db": Row(0, 1, 1, "2", 2, "3", 3),
    "redis_tls": Row(False, True, True, "false", False),
    "redis_tls_ca_file": Row("", "file", "file", "flag", "flag"),
    "redis_tls_cert_file": Row("", "file", "file", "flag", "flag"),
    "redis_tls_key_file": Row("", "file", "file", "flag", "flag"),
    "redis_tls_server_name": Row("", "file", "file", "flag", "flag"),
    "snapshot_interval": Row(300, 60, 60, "5", 5),
    "log_format": Row("text", "json", "json", "text", "text"),
    "verbosity": Row(0, 1, 1, "2", 2),
}
FIRST = "astrolabe.yaml: line 1, column 1"
KNOWN = ", ".join(Settings.__struct_fields__)
FLAGS = {setting.name: setting for setting in SETTINGS}
WITH = {
    "shard": {"total_shards": 8},
    "tls_cert_file": {"tls_key_file": "key"},
    "tls_key_file": {"tls_cert_file": "certificate"},
    "tls_client_ca_file": {"tls_cert_file": "certificate", "tls_key_file": "key"},
    "redis_tls_ca_file": {"redis_tls": True},
    "redis_tls_cert_file": {"redis_tls": True, "redis_tls_key_file": "key"},
    "redis_tls_key_file": {"redis_tls": True, "redis_tls_cert_file": "certificate"},
    "redis_tls_server_name": {"redis_tls": True},
}
"""What else a setting needs to be valid."""


def read(
    *words: str, file: Any = None, text: str | None = None, folder: Path | None = None, **environment: str
) -> Settings:
    parser = argparse.ArgumentParser()
    add_flags(parser)
    arguments = list(words)
    if file is not None or text is not None:
        assert folder is not None
        path = folder / "astrolabe.yaml"
        path.write_text(text if text is not None else yaml.safe_dump(file), "utf-8")
        arguments += ["--config", str(path)]
    return read_settings(parser.parse_args(arguments), environment)


def refusal(*words: str, **options: Any) -> str:
    with pytest.raises(SettingsError) as caught:
        read(*words, **options)
    text = str(caught.value)
    assert "\n" not in text
    folder = options.get("folder")
    return text.replace(f"{folder}/", "") if folder else text


def test_every_setting_stands_in_the_table_and_has_one_entry() -> None:
    assert list(ROWS) == list(Settings.__struct_fields__) == [setting.name for setting in SETTINGS]
    assert {name for name, row in ROWS.items() if row.environment} == {
        setting.name for setting in SETTINGS if setting.environment
    }


@pytest.mark.parametrize("name", ROWS)
def test_flags_win_over_environment_over_file_over_defaults(name: str, tmp_path: Path) -> None:
    row, setting = ROWS[name], FLAGS[name]
    file = {name: row.file, **WITH.get(name, {})}
    environment = {setting.environment: row.environment} if row.environment else {}
    assert getattr(read(), name) == row.default
    assert getattr(read(file=file, folder=tmp_path), name) == row.from_file
    flag = f"{setting.flag}={row.flag}"
    assert getattr(read(flag, file=file, folder=tmp_path, **environment), name) == row.from_flag
    if environment:
        expected = row.environment if row.from_environment is None else row.from_environment
        assert getattr(read(**environment), name) == expected
        assert getattr(read(file=file, folder=tmp_path, **environment), name) == expected
        assert getattr(read(flag, **environment), name) == row.from_flag


def test_an_empty_variable_says_nothing_and_an_empty_flag_takes_back() -> None:
    assert read(LABEL_SELECTOR="").label_selector == ""
    assert read("--label-selector=", LABEL_SELECTOR="app=web").label_selector == ""


@pytest.mark.parametrize(("words", "value"), [((), False), (("--in-cluster",), True)])
def test_a_switch_needs_no_value(words: tuple[str, ...], value: bool) -> None:
    assert read(*words).in_cluster is value


@pytest.mark.parametrize("text", ["", "# nothing yet\n", "---\n", "{}"])
def test_an_empty_file_is_all_defaults(text: str, tmp_path: Path) -> None:
    assert read(text=text, folder=tmp_path) == Settings()


class TestTheWayToTheCluster:
    """A kubeconfig given means not in-cluster; the nearer source wins."""

    def test_a_switch_wins_over_a_variable_that_happens_to_be_set(self, tmp_path: Path) -> None:
        for settings in (
            read("--in-cluster", KUBECONFIG="there"),
            read(file={"in_cluster": True}, folder=tmp_path, KUBECONFIG="there"),
            read("--in-cluster", file={"kubeconfig": "here"}, folder=tmp_path),
        ):
            assert (settings.in_cluster, settings.kubeconfig) == (True, "")

    def test_a_kubeconfig_flag_wins_over_the_file(self, tmp_path: Path) -> None:
        settings = read("--kubeconfig=mine", file={"in_cluster": True}, folder=tmp_path)
        assert (settings.in_cluster, settings.kubeconfig) == (False, "mine")

    def test_both_in_one_place_are_kept_to_be_refused(self, tmp_path: Path) -> None:
        for settings in (
            read("--kubeconfig=mine", "--in-cluster"),
            read(file={"in_cluster": True, "kubeconfig": "mine"}, folder=tmp_path),
        ):
            assert (settings.in_cluster, settings.kubeconfig) == (True, "mine")


REFERENCE = {"group": "example.com", "kind": "Widget", "path": "spec.ref", "to": "Secret"}


@pytest.mark.parametrize(
    ("words", "text"),
    [
        (["--port=http"], "--port: expected a whole number, got `http`"),
        (["--port="], "--port: expected a whole number, got ``"),
        (["--in-cluster=perhaps"], "--in-cluster: expected true or false, got `perhaps`"),
        (
            ["--custom-references=Widget:spec.a=Secret"],
            (
                "--custom-references: expected the form Widget.example.com:spec.configRef=ConfigMap,"
                " got `Widget:spec.a=Secret`"
            ),
        ),
        (["--names=secrets"], "--names: expected the form pods=[app,team],nodes=[*], got `secrets`"),
        (["--names=secrets=a"], "--names: expected the form pods=[app,team],nodes=[*], got `secrets=a`"),
        (
            ["--metric-labels=pods=[a],,"],
            "--metric-labels: expected the form pods=[app,team],nodes=[*], got `pods=[a],,`",
        ),
        (["--template-edges=none"], "--template-edges: invalid enum value 'none'; known are all, workload"),
        (["--log-format=xml"], "--log-format: invalid enum value 'xml'; known are text, json"),
        (
            ["--edge-types=owns,likes"],
            f"--edge-types: invalid enum value 'likes'; known are {', '.join(EDGE_TYPES)}",
        ),
        (
            ["--authorization=webhook"],
            "--authorization: invalid enum value 'webhook'; known are none, kubernetes",
        ),
    ],
)
def test_a_wrong_value_names_the_setting(words: list[str], text: str) -> None:
    assert refusal(*words) == text


@pytest.mark.parametrize(
    ("file", "text"),
    [
        ({"port": "8080"}, f"{FIRST}: port: expected `int`, got `str`"),
        ({"port": True}, f"{FIRST}: port: expected `int`, got `bool`"),
        ({"port": None}, f"{FIRST}: port: expected `int`, got `null`"),
        ({"in_cluster": "yes"}, f"{FIRST}: in_cluster: expected `bool`, got `str`"),
        (
            {"namespaces": "shop"},
            f"{FIRST}: namespaces: expected `array`, got `str`",
        ),
        ({"namespaces": [1]}, f"{FIRST}: namespaces: expected `str`, got `int`"),
        ({"names": ["secrets"]}, f"{FIRST}: names: expected `object`, got `array`"),
        ({"names": {"secrets": "a"}}, f"{FIRST}: names: expected `array`, got `str`"),
        (
            {"template_edges": "none"},
            f"{FIRST}: template_edges: invalid enum value 'none'; known are all, workload",
        ),
        (
            {"custom_references": [{"group": "a.b", "kind": "Widget", "path": "spec.ref"}]},
            f"{FIRST}: custom_references[0]: object missing required field `to`",
        ),
        (
            {"custom_references": [REFERENCE, REFERENCE | {"scope": "here"}]},
            f"{FIRST}: custom_references[1].scope: invalid enum value 'here'",
        ),
        (
            {"custom_references": [REFERENCE | {"paths": []}]},
            f"{FIRST}: custom_references[0]: object contains unknown field `paths`",
        ),
        (
            {"custom_references": [REFERENCE | {"path": "data.ref"}]},
            (
                f"{FIRST}: custom_references: `data.ref` is no path: it begins with spec, status or"
                " metadata.labels, with a dot between steps and [] after a list, as in spec.items[].secretRef"
            ),
        ),
        (
            {"custom_references": [REFERENCE | {"group": "apps"}]},
            f"{FIRST}: custom_references: Widget.apps is no custom resource: what it refers to is known",
        ),
        (
            {"custom_references": [REFERENCE | {"to": "secret"}]},
            f"{FIRST}: custom_references: `secret` is no kind, such as Secret or Widget.example.com",
        ),
        (
            {"prot": 1},
            f"{FIRST}: unknown setting `prot`; did you mean `port`?",
        ),
        (
            {1: 2},
            f"{FIRST}: unknown setting `1`; known are {KNOWN}",
        ),
        (["port"], "astrolabe.yaml: expected settings as `key: value`"),
        ("port", "astrolabe.yaml: expected settings as `key: value`"),
    ],
)
def test_a_wrong_file_names_the_key(file: Any, text: str, tmp_path: Path) -> None:
    assert refusal(file=file, folder=tmp_path) == text


@pytest.mark.parametrize(
    "selector",
    [
        "app",
        "!app",
        "app=web",
        "app==web",
        "app = web , tier != db",
        "app=",
        "app!=",
        "app in (web)",
        "app in (web,db), tier notin (a, b)",
        "app in(web,)",
        "app.kubernetes.io/name=web,!batch",
        "generation>3",
        "a=" + "x" * 63,
    ],
)
def test_selectors_that_an_api_server_takes(selector: str) -> None:
    assert read(f"--label-selector={selector}").label_selector == selector


@pytest.mark.parametrize(
    ("selector", "reason"),
    [
        ("app=web,", "expected a key after `,`, found the end (character 9)"),
        ("a=b=c", "expected `,`, found `=` (character 4)"),
        ("a in (" + "," * 18, "expected `,` or `)`, found the end (character 25)"),
    ],
)
def test_selectors_that_no_api_server_takes(selector: str, reason: str) -> None:
    assert refusal(f"--label-selector={selector}") == (
        f"--label-selector: {reason}; write key=value, key!=value, key, !key, key in (a,b) or key notin (a,b)"
    )


# The documentation


def rows_of_the_documentation() -> dict[str, tuple[str, str, str, str]]:
    """Read the table: key → flag, variable, default, meaning."""
    found = {}
    for line in DOCUMENT.read_text("utf-8").splitlines():
        if line.startswith("| `") and line.count("|") == 6:
            key, flag, variable, default, meaning = (cell.strip() for cell in line.strip("|").split("|"))
            found[key.strip("`")] = (flag, variable, default, meaning)
    return found


def default_of(setting: Setting) -> str:
    value = getattr(Settings(), setting.name)
    if setting.name == "edge_types":
        return "all"
    if value in ("", (), {}):
        return ""
    if isinstance(value, tuple):
        return f"`{','.join(value)}`"
    return f"`{str(value).lower() if isinstance(value, bool) else value}`"


def test_the_documentation_has_every_setting_and_no_other() -> None:
    documented = rows_of_the_documentation()
    assert list(documented) == [setting.name for setting in SETTINGS]
    for setting in SETTINGS:
        flag, variable, default, meaning = documented[setting.name]
        assert flag == f"`{setting.flag}`"
        assert variable == (f"`{setting.environment}`" if setting.environment else "")
        assert default == default_of(setting), setting.name
        assert len(meaning.split()) > 3, setting.name


def test_examples_of_the_documentation_are_valid(tmp_path: Path) -> None:
    blocks = re.findall(r"```yaml\n(.*?)```", DOCUMENT.read_text("utf-8"), re.DOTALL)
    assert blocks
    for block in blocks:
        settings = read(text=block, folder=tmp_path)
        assert settings != Settings()


def test_the_readme_has_every_flag() -> None:
    readme = (Path(__file__).parents[1] / "README.md").read_text("utf-8")
    assert re.findall(r"^\| `(--[a-z0-9-]+)` \|", readme, re.MULTILINE) == [s.flag for s in SETTINGS]
