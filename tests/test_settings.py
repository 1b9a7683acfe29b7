"""Settings: flags over environment over file over defaults; what is wrong is one line that says where."""

from __future__ import annotations

import argparse
import re
import string
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import yaml

from astrolabe.graph.facts import EDGE_TYPES
from astrolabe.kinds.models.customrefs import Row as Reference
from astrolabe.settings import SETTINGS, Setting, Settings, SettingsError, add_flags, read_settings

DOCUMENT = Path(__file__).parents[1] / "docs" / "configuration.md"


class Written(NamedTuple):
    """A setting given in three places, and what it is then."""

    file: Any
    """As it stands in the file."""
    from_file: Any
    flag: str
    from_flag: Any
    environment: str = "environment"
    from_environment: Any = "environment"


TEXT = Written("file", "file", "flag", "flag")
WHOLE = Written(7, 7, "2", 2, "3", 3)
LIST = Written(["a"], ("a",), "b, c,", ("b", "c"))
SWITCHES = {
    False: Written(True, True, "false", False, "on", True),
    True: Written(False, False, "yes", True, "off", False),
}
WRITTEN: dict[str, Written] = {
    "address": Written("::1", "::1", "0.0.0.0", "0.0.0.0"),
    "authorization": Written("kubernetes", "kubernetes", "none", "none"),
    "kinds": Written(["pods"], ("pods",), "pods,deployments.apps", ("pods", "deployments.apps")),
    "kinds_denied": Written(["pods"], ("pods",), "secrets", ("secrets",)),
    "custom_resources": Written(["*.example.com"], ("*.example.com",), "", ()),
    "custom_references": Written(
        [{"group": "example.com", "kind": "Widget", "path": "spec.ref", "to": "Secret", "optional": True}],
        (Reference("example.com", "Widget", "spec.ref", "Secret", optional=True),),
        "Widget.example.com:spec.items[].ref=Gadget.example.com",
        (Reference("example.com", "Widget", "spec.items[].ref", "Gadget.example.com"),),
    ),
    "names": Written(
        {"secrets": ["a"]},
        {"secrets": ("a",)},
        "secrets=[a,b], configmaps=[c]",
        {"secrets": ("a", "b"), "configmaps": ("c",)},
    ),
    "label_selector": Written("app=file", "app=file", "app=flag", "app=flag", "app=env", "app=env"),
    "edge_types": Written(["owns"], ("owns",), "selects,owns", ("selects", "owns")),
    "template_edges": Written("workload", "workload", "all", "all"),
    "metric_labels": Written({"pods": ["*"]}, {"pods": ("*",)}, "nodes=[]", {"nodes": ()}),
    "environments": Written({"a": "b"}, {"a": "b"}, "dev-*=dev,x=y", {"dev-*": "dev", "x": "y"}),
    "co2_per_pod_year": Written(7, 7.0, "8.5", 8.5),
    "access_silence": Written({"role-empty": "soon"}, {"role-empty": "soon"}, "*=all", {"*": "all"}),
    "cors_origins": Written(["https://a.b"], ("https://a.b",), "https://c.d:1", ("https://c.d:1",)),
    "redis_addr": Written("file:1", "file:1", "[::1]:2", "[::1]:2", "env:3", "env:3"),
    "shard_by": Written("namespace", "namespace", "series", "series"),
    "log_format": Written("json", "json", "text", "text"),
}
"""Those of which the values of the type make no sense."""


def written(setting: Setting) -> Written:
    if setting.name in WRITTEN:
        return WRITTEN[setting.name]
    if setting.hint is bool:
        return SWITCHES[setting.default]
    return {str: TEXT, int: WHOLE, tuple[str, ...]: LIST}[setting.hint]


FIRST = "astrolabe.yaml: line 1, column 1"
KNOWN = ", ".join(Settings.__struct_fields__)
WITH = {
    "clusterprofile_namespace": {"clusterprofile_provider_file": "providers"},
    "clusterprofile_provider_file": {"clusterprofile_namespace": "fleet"},
    "shard": {"total_shards": 8},
    "tls_cert_file": {"tls_key_file": "key"},
    "tls_key_file": {"tls_cert_file": "certificate"},
    "tls_client_ca_file": {"tls_cert_file": "certificate", "tls_key_file": "key"},
    "leader_elect": {"enable_persistence": True},
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


@pytest.mark.parametrize("setting", SETTINGS, ids=lambda setting: setting.name)
def test_flags_win_over_environment_over_file_over_defaults(setting: Setting, tmp_path: Path) -> None:
    name, row = setting.name, written(setting)
    file = {name: row.file, **WITH.get(name, {})}
    assert getattr(read(), name) == setting.default != row.from_file
    assert getattr(read(file=file, folder=tmp_path), name) == row.from_file
    flag = f"{setting.flag}={row.flag}"
    variable = setting.about.environment
    environment = {variable: row.environment} if variable else {}
    assert getattr(read(flag, file=file, folder=tmp_path, **environment), name) == row.from_flag
    if variable:
        assert getattr(read(**environment), name) == row.from_environment
        assert getattr(read(file=file, folder=tmp_path, **environment), name) == row.from_environment
        assert getattr(read(flag, **environment), name) == row.from_flag


def test_no_two_settings_have_one_flag_or_variable() -> None:
    flags = [setting.flag for setting in SETTINGS]
    variables = [setting.about.environment for setting in SETTINGS if setting.about.environment]
    assert len(set(flags)) == len(flags)
    assert len(set(variables)) == len(variables)


@pytest.mark.parametrize("setting", SETTINGS, ids=lambda setting: setting.name)
def test_what_people_are_told_is_one_line_without_the_default_and_whole_sentences(setting: Setting) -> None:
    about = setting.about
    assert len(about.help.split()) > 2
    assert about.help[-1] not in ".;"
    assert "default:" not in about.help
    assert "\n" not in about.help + about.more
    assert "|" not in about.help + about.more
    assert about.more == "" or (about.more[-1] == "." and about.more[0] in "`[01*" + string.ascii_uppercase)


def test_an_empty_variable_says_nothing_and_an_empty_flag_takes_back() -> None:
    assert read(LABEL_SELECTOR="").label_selector == ""
    assert read("--label-selector=", LABEL_SELECTOR="app=web").label_selector == ""


@pytest.mark.parametrize(("words", "value"), [((), False), (("--in-cluster",), True)])
def test_a_switch_needs_no_value(words: tuple[str, ...], value: bool) -> None:
    assert read(*words).in_cluster is value


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
                f"{FIRST}: custom_references: `data.ref` is not a path: it begins with spec, status or"
                " metadata.labels, with a dot between steps and [] after a list, as in spec.items[].secretRef"
            ),
        ),
        (
            {"custom_references": [REFERENCE | {"group": "apps"}]},
            f"{FIRST}: custom_references: Widget.apps is not a custom resource: its references are known",
        ),
        (
            {"custom_references": [REFERENCE | {"to": "secret"}]},
            f"{FIRST}: custom_references: `secret` is not a kind, such as Secret or Widget.example.com",
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


def test_examples_of_the_documentation_are_valid(tmp_path: Path) -> None:
    blocks = re.findall(r"```yaml\n(.*?)```", DOCUMENT.read_text("utf-8"), re.DOTALL)
    assert blocks
    for block in blocks:
        settings = read(text=block, folder=tmp_path)
        assert settings != Settings()
