"""What a configuration file says, and forty that cannot be used: one line each, with place and remedy."""

from __future__ import annotations

from pathlib import Path

import pytest

from astrolabe.watch import ConfigError, MetricsConfig, Rule, WatchConfig, load_config, parse_config

WHOLE = """\
output_dir: /var/events
log_level: Warning
auto_shutdown_sec: 1.5
json_export: true
metrics: {enabled: true, port: 9000, path: /m, bind_addr: 0.0.0.0}
workers: 5
retries: 2
handler_timeout: 10
queue_size: 50
export_max_mb: 7
state_file: /var/state.json
sinks:
  - {type: webhook, target: "https://example.org/hook"}
namespaces:
  - name_selector: prod-.*
    resources: {v1/pods: {label_selector: app=nginx}, v1/configmaps: {name_selector: c-.*}, v1/services: }
resources:
  - {gvr: v1/pods, scope: Namespaced, namespace_names: [shop], name_selector: web-0, label_selector: app=x}
  - {gvr: apps/v1/deployments, namespace_names: [""]}
  - {gvr: v1/secrets, values: true}
"""


def test_everything_that_a_file_can_say() -> None:
    config = parse_config(WHOLE, "faro.yaml")
    assert config.rules == (
        Rule("v1/pods", ("prod-.*",), label_selector="app=nginx", where="faro.yaml:16:17"),
        Rule("v1/configmaps", ("prod-.*",), "c-.*", where="faro.yaml:16:55"),
        Rule("v1/services", ("prod-.*",), where="faro.yaml:16:93"),
        Rule("v1/pods", ("shop",), "web-0", "app=x", "Namespaced", where="faro.yaml:18:5"),
        Rule("apps/v1/deployments", ("",), where="faro.yaml:19:5"),
        Rule("v1/secrets", values=True, where="faro.yaml:20:5"),
    )
    assert config.metrics == MetricsConfig(enabled=True, port=9000, path="/m", bind_addr="0.0.0.0")
    assert (config.log_level, config.auto_shutdown_sec, config.workers) == ("warning", 1.5, 5)
    assert [each.type for each in config.sinks] == ["webhook"]
    assert config.warnings == ()


def test_a_file_says_no_more_than_it_has_to() -> None:
    config = parse_config("resources:\n- gvr: v1/pods\n")
    assert config == WatchConfig(rules=(Rule("v1/pods", where="configuration:2:3"),))


def test_keys_that_were_never_read_are_a_warning() -> None:
    config = parse_config(
        "namespaces:\n- name_pattern: a\n  resources:\n    v1/pods: {name_pattern: x}\n"
        "resources:\n- gvr: v1/pods\n  namespace_patterns: [b]\n  field_selector: a=b\n",
        "f.yaml",
    )
    assert [rule.namespaces for rule in config.rules] == [(), ()]
    assert config.warnings == (
        "f.yaml:2:3: `name_pattern` was never read and selects nothing; use `name_selector`",
        "f.yaml:4:15: `name_pattern` was never read and selects nothing; use `name_selector`",
        "f.yaml:7:3: `namespace_patterns` was never read and selects nothing; use `namespace_names`",
        "f.yaml:8:3: `field_selector` was never read and selects nothing; use `name_selector`",
    )


RULE = "resources:\n- gvr: v1/pods\n"
BAD = {
    "": "f.yaml:1:1: the file is empty",
    "# only a comment\n": "f.yaml:1:1: the file is empty",
    "output_dir: x\n": "f.yaml:1:1: no resource is named: add `resources: [{gvr: v1/pods}]`",
    "resources: []\n": "f.yaml:1:1: no resource is named",
    "- a\n": "f.yaml:1:1: expected a mapping (`key: value`), got a list",
    "just text\n": "f.yaml:1:1: expected a mapping (`key: value`), got str `just text`",
    "a: [1\n": "f.yaml:2:1: not valid YAML: expected ',' or ']'",
    "a: b: c\n": "f.yaml:1:5: not valid YAML: mapping values are not allowed here",
    "\tresources: []\n": "f.yaml:1:1: not valid YAML: found character '\\t'",
    "a: *b\n": "f.yaml:1:4: not valid YAML: found undefined alias 'b'",
    "resources: []\n---\na: b\n": "f.yaml:2:1: not valid YAML: but found another document",
    "a: \x01\n": "f.yaml: not valid YAML: it holds a control character",
    f"{RULE}outputdir: x\n": "f.yaml:3:1: unknown key `outputdir`; did you mean `output_dir`?",
    f"{RULE}zzz: x\n": "f.yaml:3:1: unknown key `zzz`; known are output_dir, log_level",
    f"{RULE}output_dir: 5\n": 'f.yaml:3:13: expected a text, got int `5`; write it in quotes: "5"',
    f"{RULE}output_dir: [a]\n": "f.yaml:3:13: expected a text, got a list",
    f"{RULE}log_level: loud\n": "f.yaml:3:12: `loud` is not a log level: use one of debug, info",
    f"{RULE}auto_shutdown_sec: soon\n": "f.yaml:3:20: expected a number from 0 to 3.1536e+07, got str `soon`",
    f"{RULE}auto_shutdown_sec: -1\n": "f.yaml:3:20: expected a number from 0 to 3.1536e+07, got `-1`",
    f"{RULE}auto_shutdown_sec: .nan\n": "f.yaml:3:20: expected a number from 0",
    f"{RULE}json_export: maybe\n": "f.yaml:3:14: expected true or false, got str `maybe`",
    f"{RULE}json_export: 1\n": "f.yaml:3:14: expected true or false, got int `1`",
    f"{RULE}workers: 0\n": "f.yaml:3:10: expected a whole number from 1 to 1000, got `0`",
    f"{RULE}workers: 2.5\n": "f.yaml:3:10: expected a whole number from 1 to 1000, got `2.5`",
    f"{RULE}workers: 1\nworkers: 2\n": "f.yaml:4:1: `workers` stands twice; keep one",
    f"{RULE}metrics: true\n": "f.yaml:3:10: expected a mapping (`key: value`), got bool `true`",
    f"{RULE}metrics: {{port: 70000}}\n": "f.yaml:3:17: expected a whole number from 0 to 65535",
    f"{RULE}metrics: {{path: m}}\n": "f.yaml:3:17: a path begins with /, as in /metrics",
    f"{RULE}metrics: {{prot: 1}}\n": "f.yaml:3:11: unknown key `prot`; did you mean `port`?",
    f"{RULE}sinks: [{{type: mqtt}}]\n": "f.yaml:3:16: unknown sink `mqtt`: one of stdout, file",
    f"{RULE}sinks: [{{type: nats, target: 'tcp://a:b@c'}}]\n": "f.yaml:3:30: a nats has a URL",
    f"{RULE}sinks: [{{type: kafka, target: 'kafka://a:b@c:d'}}]\n": "f.yaml:3:31: the address is not a URL",
    f"{RULE}sinks: [{{type: kafka, target: 'kafka://a?mechanism=X'}}]\n": "f.yaml:3:31: `X` is not a",
    f"{RULE}sinks: [{{type: file}}]\n": "f.yaml:3:9: a sink of type file needs a `target`",
    f"{RULE}sinks: [{{type: webhook, target: 'http://'}}]\n": "f.yaml:3:33: there is no host in the address",
    f"{RULE}sinks: [{{type: redis, target: 'redis://:a@b:99999'}}]\n": "f.yaml:3:31: the address is not",
    f"{RULE}sinks: [{{type: webhook, target: 'ftp://a:b@c'}}]\n": "f.yaml:3:33: a webhook has a URL that",
    "resources: {gvr: v1/pods}\n": "f.yaml:1:12: expected a list (`- item`), got a mapping",
    "resources: [v1/pods]\n": "f.yaml:1:13: expected a mapping (`key: value`), got str `v1/pods`",
    "resources: [{scope: Cluster}]\n": "f.yaml:1:13: no `gvr`: say which resource, as in `gvr: v1/pods`",
    "resources: [{gvr: pods}]\n": "f.yaml:1:19: `pods` names no resource: write version/resource",
    "resources: [{gvr: a/b/c/d}]\n": "f.yaml:1:19: `a/b/c/d` names no resource",
    "resources: [{gvr: /v1/pods}]\n": "f.yaml:1:19: `/v1/pods` names no resource",
    "resources: [{gvr: v1/Pods}]\n": "f.yaml:1:19: `Pods` can be no resource (its plural, in lowercase)",
    "resources: [{gvr: v1/pods, scope: Global}]\n": "f.yaml:1:35: `Global` is not a scope: write Namespaced",
    "resources: [{gvr: v1/pods, label_selector: 'a=='}, ]\n": None,
    "resources: [{gvr: v1/pods, label_selector: 'a in (b'}]\n": "f.yaml:1:44: label selector `a in (b`:",
    "resources: [{gvr: v1/pods, label_selector: '-a=b'}]\n": "f.yaml:1:44: label selector `-a=b`:",
    "resources: [{gvr: v1/pods, label_selector: {a: b}}]\n": "f.yaml:1:44: expected a text, got a mapping",
    "resources: [{gvr: v1/pods, name_selector: '('}]\n": "f.yaml:1:43: `(` is neither a name nor a regular",
    "resources: [{gvr: v1/pods, name_selector: '(?=a)b'}]\n": "f.yaml:1:43: `(?=a)b` is neither a name nor",
    "resources: [{gvr: v1/pods, name_selector: '(a)\\1'}]\n": "f.yaml:1:43: `(a)\\1` is neither a name nor",
    "resources: [{gvr: v1/pods, namespace_names: shop}]\n": "f.yaml:1:45: expected a list (`- item`)",
    "resources: [{gvr: v1/pods, namespace_names: [1]}]\n": "f.yaml:1:46: expected a text, got int `1`",
    "resources: [{gvr: v1/pods, namespace_names: ['*']}]\n": "f.yaml:1:46: `*` is neither a name nor",
    "resources: [{gvr: v1/pods, values: true}]\n": "f.yaml:1:36: `values` is for v1/secrets",
    "namespaces: [{name_selector: shop}]\n": "f.yaml:1:14: this selects no resource: add `resources:",
    "namespaces: [{name_selector: shop, resources: [v1/pods]}]\n": "f.yaml:1:47: expected a mapping",
    "namespaces: [{resources: {v1/pods: {lable_selector: a}}}]\n": "f.yaml:1:37: unknown key `lable_",
}


@pytest.mark.parametrize(("text", "message"), BAD.items())
def test_a_bad_file_is_one_line_with_place_and_remedy(text: str, message: str | None) -> None:
    if message is None:
        parse_config(text, "f.yaml")
        return
    with pytest.raises(ConfigError) as raised:
        parse_config(text, "f.yaml")
    said = str(raised.value)
    assert said.startswith(message)
    assert "\n" not in said


def test_there_are_forty_bad_files_at_least() -> None:
    assert sum(message is not None for message in BAD.values()) >= 40


def test_files_that_are_none(tmp_path: Path) -> None:
    (tmp_path / "bytes").write_bytes(b"a: b\n\xff\n")
    (tmp_path / "large").write_bytes(b"#" * (5 << 20))
    (tmp_path / "deep").write_text("[" * 5000)
    for name, message in {
        "missing": " cannot be read: No such file or directory",
        ".": " cannot be read: Is a directory",
        "bytes": ":2:1: this is not UTF-8: save the file as UTF-8",
        "large": " has more than 4 MiB: that is not a configuration",
        "deep": ": not valid YAML: it nests too deep",
    }.items():
        with pytest.raises(ConfigError) as raised:
            load_config(str(tmp_path / name))
        assert str(raised.value) == f"{tmp_path / name}{message}"


def test_a_pattern_that_would_backtrack_for_ever_does_not() -> None:
    from astrolabe.watch.rules import NameSelector

    assert not NameSelector("(a+)+b").matches("a" * 250)


def test_rules_made_by_code_are_checked_alike() -> None:
    for options, message in (
        ({"gvr": "pods"}, "names no resource"),
        ({"gvr": "v1/pods", "namespaces": ("(",)}, "neither a name nor"),
        ({"gvr": "v1/pods", "label_selector": "a in"}, "label selector"),
    ):
        with pytest.raises(ConfigError, match=message):
            Rule(**options)  # type: ignore[arg-type]
