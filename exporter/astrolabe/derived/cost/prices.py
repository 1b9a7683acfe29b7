"""Prices, in the form of OpenCost's `configs/default.json`.

The file is a JSON object of prices by the hour, as strings: `CPU` of a core, `RAM` of a GiB, `GPU` of one,
`storage` of a GiB, `spotCPU`, `spotRAM` and `spotGPU` on Nodes that carry `spotLabel` with `spotLabelValue`.
`discount` and `negotiatedDiscount` are per cent off `CPU` and `RAM`, on spot too, as OpenCost takes them off.
Two keys are Astrolabe's own: `period`, `hourly` or `monthly` (730 hours), and `storageClasses`, an object of
prices of a GiB by StorageClass, before `storage`. OpenCost skips both.
"""

from __future__ import annotations

import json
from decimal import Decimal, InvalidOperation
from difflib import get_close_matches
from typing import Any, NamedTuple

import msgspec

from astrolabe.derived.cost import opencost
from astrolabe.graph.facts import Labels
from astrolabe.kinds.models.details import Requests

PICO = 10**12
"""Prices and costs are whole picodollars, so that sums are exact in any order."""

HOURS_A_MONTH = 730
"""As OpenCost has it: 8760 hours of a year by 12."""

_GIB = 1 << 30
_PERCENT = 100
_SHOWN = 60

DEFAULTS = {
    "CPU": "0.031611",
    "spotCPU": "0.006655",
    "RAM": "0.004237",
    "spotRAM": "0.000892",
    "GPU": "0.95",
    "storage": "0.00005479452",
}
"""OpenCost's own: those of GCP's us-central1."""

PRICES = ("CPU", "RAM", "GPU", "storage", "spotCPU", "spotRAM", "spotGPU")
OTHERS = ("spotLabel", "spotLabelValue", "discount", "negotiatedDiscount", "period", "storageClasses")
_USED = {key.lower(): key for key in (*PRICES, *OTHERS)}
"""OpenCost takes a key in whatever case it is written."""
_UNUSED = {key.lower(): key for key in opencost.UNUSED}
_NEAR = 0.8


class PriceError(ValueError):
    """A price file that is wrong. Its text is one line that says where, what and how it should be."""


class Prices(msgspec.Struct, frozen=True, kw_only=True):
    """Whole picodollars an hour, discounts taken off."""

    cpu: int
    """A core."""
    memory: int
    """A GiB."""
    gpu: int
    storage: int
    """A GiB, of classes without a price of their own."""
    spot_cpu: int
    spot_memory: int
    spot_gpu: int
    storage_classes: dict[str, int] = {}
    spot_label: str = ""
    """Empty: no Node is a spot Node."""
    spot_label_value: str = ""

    def is_spot(self, labels: Labels) -> bool:
        """Whether a Node with these labels, or whatever selects Nodes by them, is priced as spot."""
        value = self.spot_label_value
        return bool(self.spot_label and value) and (self.spot_label, value) in labels

    def of_requests(self, requests: Requests, *, spot: bool) -> tuple[int, int, int]:
        """Return what CPU, memory and GPUs cost; the requests may be those of many Pods together."""
        cpu = self.spot_cpu if spot else self.cpu
        memory = self.spot_memory if spot else self.memory
        gpu = self.spot_gpu if spot else self.gpu
        return requests.cpu * cpu // 1000, requests.memory * memory // _GIB, requests.gpu * gpu

    def of_volume(self, size: int, storage_class: str) -> int:
        """Return what a volume of some bytes costs."""
        return size * self.storage_classes.get(storage_class, self.storage) // _GIB


class Reading(NamedTuple):
    """What a price file says."""

    prices: Prices
    unused: tuple[str, ...] = ()
    """Keys that OpenCost knows, with a value, and without a meaning here."""
    unknown: tuple[str, ...] = ()
    """Keys that neither knows."""


def read(text: str | bytes, name: str) -> Reading:
    """Read a price file. What it leaves out costs what it does by default; raises `PriceError`."""
    try:
        values = json.loads(text, parse_float=Decimal, object_pairs_hook=lambda pairs: _once(pairs, name))
    except (ValueError, RecursionError) as error:
        if isinstance(error, PriceError):
            raise
        where = f": line {error.lineno}: {error.msg}" if isinstance(error, json.JSONDecodeError) else ""
        raise PriceError(f"{name}: no JSON{where}") from None
    if not isinstance(values, dict):
        raise PriceError(f"{name}: expected an object of prices, as in OpenCost's default.json")
    used: dict[str, Any] = {}
    unused, unknown = [], []
    for key, value in values.items():
        if (ours := _USED.get(key.lower())) is not None:
            if ours in used:
                raise PriceError(f"{name}: {ours}: given twice")
            used[ours] = value
        elif (theirs := _UNUSED.get(key.lower())) is not None:
            if value not in ("", None) and theirs not in opencost.SILENT:
                unused.append(theirs)
        elif near := get_close_matches(key.lower(), _USED, 1, _NEAR):
            raise PriceError(f"{name}: unknown key `{_shown(key)}`; did you mean `{_USED[near[0]]}`?")
        else:
            unknown.append(_shown(key))
    given = {key: value for key, value in used.items() if value not in ("", None)}
    return Reading(_prices(given, name), tuple(unused), tuple(unknown))


def parse(text: str | bytes, name: str) -> Prices:
    """Return the prices of a price file; raises `PriceError`."""
    return read(text, name).prices


def _prices(values: dict[str, Any], name: str) -> Prices:
    period = values.get("period", "hourly")
    if period not in ("hourly", "monthly"):
        raise PriceError(f"{name}: period: expected hourly or monthly, got `{_shown(period)}`")
    hours = HOURS_A_MONTH if period == "monthly" else 1
    found = {key: Decimal(text) for key, text in DEFAULTS.items()}
    for key in PRICES:
        if key in values:
            found[key] = _number(values[key], f"{name}: {key}") / hours
    found.setdefault("spotGPU", found["GPU"])
    off = Decimal(1)
    for key in ("discount", "negotiatedDiscount"):
        off *= 1 - _percent(values.get(key, "0"), f"{name}: {key}") / _PERCENT
    for key in ("CPU", "RAM", "spotCPU", "spotRAM"):
        found[key] *= off
    classes = values.get("storageClasses", {})
    if not isinstance(classes, dict):
        raise PriceError(f"{name}: storageClasses: expected an object of prices by StorageClass")
    pico = {key: round(price * PICO) for key, price in found.items()}
    return Prices(
        cpu=pico["CPU"],
        memory=pico["RAM"],
        gpu=pico["GPU"],
        storage=pico["storage"],
        spot_cpu=pico["spotCPU"],
        spot_memory=pico["spotRAM"],
        spot_gpu=pico["spotGPU"],
        storage_classes={
            key: round(_number(value, f"{name}: storageClasses.{_shown(key)}") / hours * PICO)
            for key, value in classes.items()
        },
        spot_label=_text(values.get("spotLabel", ""), f"{name}: spotLabel"),
        spot_label_value=_text(values.get("spotLabelValue", ""), f"{name}: spotLabelValue"),
    )


def _once(pairs: list[tuple[str, Any]], name: str) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, value in pairs:
        if key in found:
            raise PriceError(f"{name}: {_shown(key)}: given twice")
        found[key] = value
    return found


def _number(value: object, where: str) -> Decimal:
    number = None
    if (
        isinstance(value, str | int | Decimal)
        and not isinstance(value, bool)
        and "_" not in str(value)[:_SHOWN]
    ):
        try:
            number = Decimal(value)
        except InvalidOperation:
            number = None
    # The bound keeps an exponent from growing into a number that fills the memory.
    if number is None or not number.is_finite() or not 0 <= number <= PICO:
        raise PriceError(f"{where}: expected a price of 0 or more, got `{_shown(value)}`")
    return number


def _percent(value: object, where: str) -> Decimal:
    try:
        number = _number(value.strip().removesuffix("%") if isinstance(value, str) else value, where)
    except PriceError:
        number = None
    if number is None or number > _PERCENT:
        raise PriceError(f"{where}: expected a percentage from 0 to 100, as in `30%`, got `{_shown(value)}`")
    return number


def _text(value: object, where: str) -> str:
    if not isinstance(value, str):
        raise PriceError(f"{where}: expected text, got `{_shown(value)}`")
    return value


def _shown(value: object) -> str:
    """Quote a value on one line, at no great length."""
    text = str(value)[:_SHOWN]
    return text if text.isprintable() else ascii(text)[1:-1]


OPENCOST = parse("{}", "defaults")
"""What everything costs where no file says otherwise."""
