"""The price file: what it says, what it may not say, and what happens when it changes."""

from __future__ import annotations

import json
import os
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from structlog.testing import capture_logs

from astrolabe.derived.cost.opencost import SILENT, UNUSED
from astrolabe.derived.cost.pricefile import PriceFile
from astrolabe.derived.cost.prices import OPENCOST, OTHERS, PICO, PRICES, PriceError, parse
from astrolabe.derived.cost.prices import read as parse_all
from astrolabe.kinds.models.details import Requests
from tests.cost import opencost

OPENCOST_FILE = {
    "provider": "custom",
    "description": "Default prices based on GCP us-central1",
    "CPU": "0.031611",
    "spotCPU": "0.006655",
    "RAM": "0.004237",
    "spotRAM": "0.000892",
    "GPU": "0.95",
    "storage": "0.00005479452",
    "zoneNetworkEgress": "0.01",
    "regionNetworkEgress": "0.01",
    "internetNetworkEgress": "0.12",
    "natGatewayEgress": "0.045",
    "natGatewayIngress": "0.045",
    "firstFiveForwardingRulesCost": "0.0",
    "additionalForwardingRuleCost": "0.0",
    "LBIngressDataCost": "0.0",
}
"""OpenCost's `configs/default.json`."""


def read(**values: Any) -> dict[str, float]:
    """Return the prices that a file makes different from the defaults, in dollars."""
    prices = parse(json.dumps(values), "prices.json")
    return {
        name: getattr(prices, name) / PICO
        for name in ("cpu", "memory", "gpu", "storage", "spot_cpu", "spot_memory", "spot_gpu")
        if getattr(prices, name) != getattr(OPENCOST, name)
    }


def test_the_defaults_are_those_of_opencost() -> None:
    assert parse(json.dumps(OPENCOST_FILE), "default.json") == OPENCOST
    assert OPENCOST.cpu == 31_611_000_000
    assert OPENCOST.storage == 54_794_520
    assert OPENCOST.spot_gpu == OPENCOST.gpu == 950_000_000_000


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ({"CPU": "0.05"}, {"cpu": 0.05}),
        ({"CPU": 0.05}, {"cpu": 0.05}),
        ({"CPU": 1}, {"cpu": 1}),
        ({"CPU": "5e-2"}, {"cpu": 0.05}),
        ({"CPU": ""}, {}),
        ({"CPU": None}, {}),
        ({"GPU": "2"}, {"gpu": 2, "spot_gpu": 2}),
        ({"GPU": "2", "spotGPU": "1"}, {"gpu": 2, "spot_gpu": 1}),
        ({"CPU": "0", "RAM": "0"}, {"cpu": 0, "memory": 0}),
        ({"period": "hourly", "RAM": "0.01"}, {"memory": 0.01}),
        # By 730 hours; what the file leaves out stays as it is.
        ({"period": "monthly", "CPU": "36.5", "storage": "0.073"}, {"cpu": 0.05, "storage": 0.0001}),
        # 30 % off, and 10 % off the rest: 63 % of it is paid. GPUs and storage have no discount.
        (
            {"CPU": "0.1", "RAM": "0.01", "discount": "30%", "negotiatedDiscount": "10"},
            {"cpu": 0.063, "memory": 0.0063, "spot_cpu": 0.00419265, "spot_memory": 0.00056196},
        ),
        ({"discount": 100}, {"cpu": 0, "memory": 0, "spot_cpu": 0, "spot_memory": 0}),
        ({"discount": ""}, {}),
        ({"customPricesEnabled": "true", "azureClientID": "x", "awsSpotDataBucket": ""}, {}),
        # As OpenCost reads it, in whatever case a key is written.
        ({"cpu": "1", "Ram": "2", "PERIOD": "hourly"}, {"cpu": 1, "memory": 2}),
    ],
)
def test_what_a_file_says(values: dict[str, Any], expected: dict[str, float]) -> None:
    assert read(**values) == expected


def test_classes_and_labels() -> None:
    values = {
        "storageClasses": {"fast": "0.73"},
        "period": "monthly",
        "spotLabel": "pool",
        "spotLabelValue": "s",
    }
    prices = parse(json.dumps(values), "prices.json")
    assert prices.of_volume(2 << 30, "fast") == 2 * PICO // 1000
    assert prices.of_volume(1 << 30, "other") == OPENCOST.storage
    assert [prices.is_spot(labels) for labels in ((("pool", "s"),), (("pool", ""),), ())] == [
        True,
        False,
        False,
    ]
    assert not OPENCOST.is_spot((("", ""),))


MODEL = """
type CustomPricing struct {
	Provider string `json:"provider"`
	// What a field is for stands above it.
	CPU         string `json:"CPU"`
	SpotDataFeedEnabled string `json:"spotDataFeedEnabled,omitempty"`
	Fresh       string `json:"fresh"` // not yet known here
}

type Other struct {
	Elsewhere string `json:"elsewhere"`
}
"""


def test_the_keys_of_another_version_of_opencost_are_read_from_its_model() -> None:
    assert opencost.keys(MODEL) == {"provider", "CPU", "spotDataFeedEnabled", "fresh"}
    assert opencost.missing(MODEL) == {"fresh"}


def test_the_whole_model_of_opencost_is_taken_and_what_does_not_count_is_named() -> None:
    reading = parse_all(json.dumps(dict.fromkeys(UNUSED, "1")), "default.json")
    assert reading.prices == OPENCOST
    assert set(reading.unused) == UNUSED - SILENT
    assert reading.unknown == ()
    assert parse_all(json.dumps(dict.fromkeys(UNUSED, "")), "default.json").unused == ()
    assert not UNUSED & {*PRICES, *OTHERS}


def test_what_nobody_knows_is_named_and_costs_nothing_else() -> None:
    # The file that OpenCost has for Linode has keys that its own model lacks.
    reading = parse_all(
        '{"CPU": "1", "linodeTokenSecret": "a/b", "HaControlPlaneCosts": "0.9"}', "linode.json"
    )
    assert reading.prices.cpu == PICO
    assert reading.unknown == ("linodeTokenSecret", "HaControlPlaneCosts")


def test_what_does_not_count_is_logged_once_and_never_its_values(tmp_path: Path) -> None:
    path = tmp_path / "prices.json"
    values = {**OPENCOST_FILE, "azureClientSecret": "sesame", "mystery": "sesame"}
    path.write_text(json.dumps(values))
    with capture_logs() as logs:
        file = PriceFile(str(path))
        file.reload()
    assert [(log["log_level"], log["event"]) for log in logs] == [
        ("info", "prices in the file that are not used"),
        ("warning", "unknown keys in the price file"),
    ]
    assert logs[0]["keys"] == (
        *(key for key in OPENCOST_FILE if key.endswith(("Egress", "Ingress", "Cost"))),
        "azureClientSecret",
    )
    assert logs[1]["keys"] == ("mystery",)
    assert "sesame" not in str(logs)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('{"CPU": "-1"}', "CPU: expected a price of 0 or more, got `-1`"),
        ('{"RAM": "cheap"}', "RAM: expected a price of 0 or more, got `cheap`"),
        ('{"GPU": "NaN"}', "GPU: expected a price of 0 or more, got `NaN`"),
        ('{"GPU": "Infinity"}', "GPU: expected a price of 0 or more, got `Infinity`"),
        ('{"GPU": NaN}', "GPU: expected a price of 0 or more, got `nan`"),
        ('{"GPU": "1e999999999"}', "GPU: expected a price of 0 or more, got `1e999999999`"),
        ('{"storage": true}', "storage: expected a price of 0 or more, got `True`"),
        ('{"storage": ["1"]}', "storage: expected a price of 0 or more, got `['1']`"),
        ('{"cpus": "1"}', "unknown key `cpus`; did you mean `CPU`?"),
        ('{"spotRAMM": "1"}', "unknown key `spotRAMM`; did you mean `spotRAM`?"),
        ('{"storageClass": {}}', "unknown key `storageClass`; did you mean `storageClasses`?"),
        ('{"CPU": "1", "cpu": "2"}', "CPU: given twice"),
        ('{"CPU": "1_0"}', "CPU: expected a price of 0 or more, got `1_0`"),
        ('{"CPU": {"a": "1"}}', "CPU: expected a price of 0 or more, got `{'a': '1'}`"),
        ('{"CPU": "' + "9" * 5000 + '"}', f"CPU: expected a price of 0 or more, got `{'9' * 60}`"),
        ("[" * 100_000, "no JSON"),
        ('{"CPU": "1", "CPU": "2"}', "CPU: given twice"),
        ('{"period": "yearly"}', "period: expected hourly or monthly, got `yearly`"),
        ('{"discount": "101"}', "discount: expected a percentage from 0 to 100, as in `30%`, got `101`"),
        (
            '{"negotiatedDiscount": "-5%"}',
            "negotiatedDiscount: expected a percentage from 0 to 100, as in `30%`, got `-5%`",
        ),
        ('{"storageClasses": "fast"}', "storageClasses: expected an object of prices by StorageClass"),
        ('{"storageClasses": {"fast": "x"}}', "storageClasses.fast: expected a price of 0 or more, got `x`"),
        ('{"spotLabel": 5}', "spotLabel: expected text, got `5`"),
        ("[]", "expected an object of prices, as in OpenCost's default.json"),
        ('{"CPU": ', "no JSON: line 1: Expecting value"),
        ("\x00", "no JSON: line 1: Expecting value"),
    ],
)
def test_one_clear_line(text: str, message: str) -> None:
    with pytest.raises(PriceError) as raised:
        parse(text, "prices.json")
    assert str(raised.value) == f"prices.json: {message}"


@given(st.binary(max_size=40) | st.text(max_size=40).map(lambda key: json.dumps({key: key}).encode()))
def test_any_bytes_are_prices_or_a_price_error(data: bytes) -> None:
    with suppress(PriceError):
        assert parse(data, "prices.json").cpu >= 0
        return
    with pytest.raises(PriceError) as raised:
        parse(data, "prices.json")
    assert str(raised.value).isprintable()


@given(st.integers(0, 10**6), st.integers(0, 1 << 45), st.integers(0, 64), st.booleans())
def test_costs_agree_with_opencosts_formula(cpu: int, memory: int, gpu: int, spot: bool) -> None:
    prices = [("CPU", "RAM"), ("spotCPU", "spotRAM")][spot]
    hours = 730
    expected = (
        cpu / 1000 * float(OPENCOST_FILE[prices[0]]) * hours
        + memory / 1024 / 1024 / 1024 * float(OPENCOST_FILE[prices[1]]) * hours
        + gpu * 0.95 * hours
    )
    ours = sum(OPENCOST.of_requests(Requests(cpu, memory, gpu), spot=spot)) / PICO * hours
    assert ours == pytest.approx(expected, rel=1e-9, abs=0.0005)


def rewrite(path: Path, text: str) -> None:
    """Replace a file as a mounted ConfigMap does, so that even its time may be the same."""
    fresh = path.with_suffix(".new")
    fresh.write_text(text)
    if path.exists():
        times = path.stat()
        os.utime(fresh, ns=(times.st_atime_ns, times.st_mtime_ns))
    fresh.replace(path)


def test_a_file_that_changes(tmp_path: Path) -> None:
    path = tmp_path / "prices.json"
    path.write_text('{"CPU": "1"}')
    file = PriceFile(str(path))
    assert (file.prices.cpu, file.reload(), file.valid) == (PICO, False, True)
    rewrite(path, '{"CPU": "2"}')
    assert (file.reload(), file.prices.cpu, file.reload()) == (True, 2 * PICO, False)
    rewrite(path, '{"CPU": "no"}')
    assert (file.reload(), file.prices.cpu, file.valid, file.reload()) == (True, 2 * PICO, False, False)
    path.unlink()
    assert (file.reload(), file.prices.cpu, file.valid) == (False, 2 * PICO, False)
    rewrite(path, '{"CPU": "2"}')
    assert (file.reload(), file.prices.cpu, file.valid) == (True, 2 * PICO, True)


class Mounted:
    """A ConfigMap as the kubelet mounts it: links to a link to a folder, which is swapped for another."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.versions = 0
        self.path = folder / "prices.json"
        self.path.symlink_to("..data/prices.json")

    def write(self, text: str) -> None:
        self.versions += 1
        old, new = (self.folder / f"..2026_{version}" for version in (self.versions - 1, self.versions))
        new.mkdir()
        (new / "prices.json").write_text(text)
        # Nothing but the file itself tells that it is another one.
        os.utime(new / "prices.json", (1, 1))
        link = self.folder / "..data_tmp"
        link.symlink_to(new.name)
        link.replace(self.folder / "..data")
        if old.is_dir():
            (old / "prices.json").unlink()
            old.rmdir()


def test_a_config_map_that_is_mounted_is_read_again_when_its_folder_is_swapped(tmp_path: Path) -> None:
    mounted = Mounted(tmp_path)
    mounted.write('{"CPU": "1"}')
    file = PriceFile(str(mounted.path))
    assert (file.prices.cpu, file.reload()) == (PICO, False)
    for price in (2, 3, 4, 5):
        mounted.write(f'{{"CPU": "{price}"}}')
        assert (file.reload(), file.prices.cpu, file.reload()) == (True, price * PICO, False)
    mounted.write('{"CPU": "x"}')
    assert (file.reload(), file.prices.cpu, file.valid) == (True, 5 * PICO, False)
    mounted.write('{"CPU": "6"}')
    assert (file.reload(), file.prices.cpu, file.valid) == (True, 6 * PICO, True)


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    path = tmp_path / "prices.json"
    with pytest.raises(PriceError) as raised:
        PriceFile(str(path))
    assert str(raised.value) == f"{path}: cannot be read: No such file or directory"


def test_a_file_that_is_no_price_file(tmp_path: Path) -> None:
    path = tmp_path / "prices.json"
    path.write_bytes(b" " * (1 << 20) + b"{}")
    with pytest.raises(PriceError, match="is larger than 1048576 bytes"):
        PriceFile(str(path))


def test_without_a_file_the_defaults_stay() -> None:
    file = PriceFile()
    assert (file.prices, file.reload()) == (OPENCOST, False)
