"""A setting is declared once; where settings are listed follows from that."""

from __future__ import annotations

import json

from astrolabe.settings import Settings
from deploy import settingslists
from deploy.generated import SCHEMA


def listed(header: str, text: str) -> list[str]:
    return text.split(header, 1)[1].splitlines()


def test_the_rows_of_readme() -> None:
    header = "| flag | key in the file | meaning |\n| --- | --- | --- |\n"
    before = f"# A\n\n{header}| old |\n| older |\n\nafter\n"
    rows = listed(header, settingslists.in_readme(before))
    assert rows[-2:] == ["", "after"]
    assert len(rows) == len(Settings.__struct_fields__) + 2
    assert "| old |" not in rows
    assert (
        "| `--redis-db` | `redis_db` | number of the Redis database; default: `0` (environment: `REDIS_DB`) |"
        in rows
    )
    assert "| `--context` | `context` | context of the kubeconfig; default: its current one |" in rows


def test_the_rows_of_the_page() -> None:
    header = "| key | flag | variable | default | meaning |\n| --- | --- | --- | --- | --- |\n"
    rows = listed(header, settingslists.in_page(f"{header}| old |\n"))
    assert len(rows) == len(Settings.__struct_fields__)
    assert "| `redis_db` | `--redis-db` | `REDIS_DB` | `0` | Number of the Redis database. |" in rows
    assert "| `edge_types` | `--edge-types` |  | all | Types of relations to expose. See [edges]" in "".join(
        rows
    )


def test_the_chart_takes_every_setting_that_it_does_not_manage() -> None:
    properties = json.loads(SCHEMA.read_text("utf-8"))["properties"]["settings"]["properties"]
    assert set(Settings.__struct_fields__) >= settingslists.MANAGED
    assert set(properties) == set(Settings.__struct_fields__) - settingslists.MANAGED


def test_the_charts_schema_says_what_a_setting_can_be() -> None:
    properties = settingslists.chart_schema()["properties"]
    assert properties["snapshot_interval"] == {
        "description": "seconds between full snapshots; changes are written as they happen; default: 300",
        "type": "integer",
        "default": 300,
        "minimum": 1,
        "maximum": 86400,
    }
    assert properties["log_format"]["enum"] == ["json", "text"]
    assert properties["co2_per_pod_year"]["minimum"] == 0
    assert "maximum" not in properties["co2_per_pod_year"]
    assert properties["metrics"]["items"] == {"type": "string", "minLength": 1}
    row = properties["custom_references"]["items"]
    assert row["required"] == ["group", "kind", "path", "to"]
    assert row["properties"]["kind"]["pattern"] == "^(?:[A-Z][A-Za-z0-9]{0,62})$"
    assert "$ref" not in json.dumps(properties)
