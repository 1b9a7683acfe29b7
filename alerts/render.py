"""Render the mixin to what Prometheus and the Prometheus Operator read.

`python alerts/render.py` writes `alerts/rendered/`: `alerts.yaml` and `rules.yaml` for the `rule_files` of
Prometheus, `prometheus-rule.yaml` for the operator. `--check` writes nothing and fails when the files are
not what the mixin says. `--config` takes a JSON or jsonnet file with an object that overrides parts of
`_config`.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import _jsonnet
import yaml

HERE = Path(__file__).parent
RENDERED = HERE / "rendered"
HEADER = "# Generated from alerts/mixin.libsonnet by alerts/render.py. Do not edit.\n"
# jsonnet sorts fields by name; people read rules in this order.
ORDER = (
    "apiVersion", "kind", "metadata", "spec", "name", "groups", "interval", "rules",
    "alert", "record", "expr", "for", "keep_firing_for", "labels", "annotations",
    "summary", "description", "runbook_url",
)  # fmt: skip


class Rules(yaml.SafeDumper):
    """Writes text of several lines as a literal block."""

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:
        """Indent sequences under their key."""
        del indentless
        super().increase_indent(flow, indentless=False)


def _text(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style="|" if "\n" in text else None)


Rules.add_representer(str, _text)


def ordered(value: Any) -> Any:
    """Put the fields of every object in `ORDER`, others behind them by name."""
    if isinstance(value, dict):
        rank = {name: place for place, name in enumerate(ORDER)}
        return {
            key: ordered(value[key]) for key in sorted(value, key=lambda key: (rank.get(key, len(rank)), key))
        }
    return [ordered(item) for item in value] if isinstance(value, list) else value


def to_yaml(value: Any) -> str:
    """YAML with long lines left whole, since PromQL and sentences read worse when folded."""
    return HEADER + yaml.dump(ordered(value), Dumper=Rules, sort_keys=False, width=10_000, allow_unicode=True)


def evaluate(config: Path | None = None) -> tuple[list[Any], list[Any]]:
    """Return the groups of alerts and of recording rules; RuntimeError is jsonnet's message."""
    override = f"import {json.dumps(str(config.resolve()))}" if config else "{}"
    source = f"""
        local mixin = (import {json.dumps(str(HERE / "mixin.libsonnet"))}) + {{ _config+:: {override} }};
        {{ alerts: mixin.prometheusAlerts.groups, rules: mixin.prometheusRules.groups }}
    """
    groups = json.loads(_jsonnet.evaluate_snippet("render.py", source))
    return groups["alerts"], groups["rules"]


def render(config: Path | None = None) -> Mapping[str, str]:
    """Return the rendered files by name."""
    alerts, rules = evaluate(config)
    manifest = {
        "apiVersion": "monitoring.coreos.com/v1",
        "kind": "PrometheusRule",
        "metadata": {"name": "astrolabe", "labels": {"app.kubernetes.io/name": "astrolabe"}},
        "spec": {"groups": rules + alerts},
    }
    return {
        "alerts.yaml": to_yaml({"groups": alerts}),
        "rules.yaml": to_yaml({"groups": rules}),
        "prometheus-rule.yaml": to_yaml(manifest),
    }


def drift(files: Mapping[str, str], folder: Path) -> list[str]:
    """Names of files in the folder that are missing, differ or should not be there."""
    present = {path.name for path in folder.glob("*.yaml")}
    changed = {name for name in present & set(files) if (folder / name).read_text("utf-8") != files[name]}
    return sorted((present ^ set(files)) | changed)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; 1 on drift or a mixin that does not evaluate."""
    parser = argparse.ArgumentParser(description="Render Astrolabe's alerts and recording rules.")
    parser.add_argument("--check", action="store_true", help="write nothing; fail when the files differ")
    parser.add_argument("--config", type=Path, help="JSON or jsonnet file that overrides parts of _config")
    parser.add_argument(
        "--output", type=Path, default=RENDERED, help="folder to write to (default: %(default)s)"
    )
    options = parser.parse_args(arguments)
    try:
        files = render(options.config)
    except RuntimeError as error:
        print(f"render.py: {error}", file=sys.stderr)
        return 1
    if options.check:
        stale = drift(files, options.output)
        for name in stale:
            print(
                f"{options.output / name} is not what the mixin renders: run python alerts/render.py",
                file=sys.stderr,
            )
        return 1 if stale else 0
    options.output.mkdir(parents=True, exist_ok=True)
    for name, text in files.items():
        (options.output / name).write_text(text, "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
