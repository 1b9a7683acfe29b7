"""Accept and Accept-Encoding, as Prometheus, browsers and curl send them."""

from __future__ import annotations

import pytest

from astrolabe.api.negotiation import accepts_gzip, prefers_openmetrics

PROMETHEUS = (
    "application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6,"
    "application/openmetrics-text;version=0.0.1;q=0.5,"
    "text/plain;version=1.0.0;escaping=allow-utf-8;q=0.4,"
    "text/plain;version=0.0.4;q=0.3,*/*;q=0.2"
)
PROMETHEUS_TEXT_FIRST = (
    "text/plain;version=0.0.4;q=0.4,application/openmetrics-text;version=1.0.0;q=0.3,*/*;q=0.2"
)
BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,image/webp,*/*;q=0.8"


@pytest.mark.parametrize(
    ("accept", "openmetrics"),
    [
        ("", False),
        ("*/*", False),
        (BROWSER, False),
        (PROMETHEUS, True),
        (PROMETHEUS_TEXT_FIRST, False),
        ("application/openmetrics-text", True),
        ("Application/OpenMetrics-Text; Version=1.0.0", True),
        ("application/openmetrics-text; version=1.1.0", True),
        ("application/openmetrics-text; version=0.0.1", False),
        ("application/openmetrics-text; version=2.0.0", False),
        ("application/openmetrics-text; version=x", False),
        ("application/openmetrics-text; version=", False),
        ("application/openmetrics-text; q=0", False),
        ("application/openmetrics-text; q=high", False),
        ("application/openmetrics-text; q=0.5, text/plain", False),
        ("application/openmetrics-text; q=0.5, text/*", False),
        ("application/openmetrics-text; q=0.5, text/plain; q=0.5", True),
        ("application/openmetrics-text; q=0.5, text/plain; q=0.1, text/*", True),
        ("application/json", False),
        (";;,,=;q", False),
    ],
)
def test_openmetrics_is_for_whom_it_is_wanted(accept: str, openmetrics: bool) -> None:
    assert prefers_openmetrics(accept) is openmetrics


@pytest.mark.parametrize(
    ("header", "gzip"),
    [
        ("", False),
        ("gzip", True),
        ("GZIP", True),
        ("deflate, gzip;q=1.0, *;q=0.5", True),
        ("identity", False),
        ("gzip;q=0", False),
        ("gzip; q=0.000", False),
        ("gzip;q=0.001", True),
        ("*", True),
        ("*;q=0", False),
        ("gzip;q=0, *", False),
        ("br, *;q=0.1", True),
        ("gzip;q=", False),
        ("gzipped", False),
    ],
)
def test_gzip_is_for_whom_it_is_allowed(header: str, gzip: bool) -> None:
    assert accepts_gzip(header) is gzip
