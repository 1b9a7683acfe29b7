"""What the explorer says where there is nothing to show: each time what to do."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

import pytest
from playwright.sync_api import expect

from tests.components.npm import INSTALL_SECONDS
from tests.explorer.page import Page

pytestmark = [pytest.mark.real, pytest.mark.timeout(INSTALL_SECONDS + 180)]

Visit: TypeAlias = Callable[..., Page]

SOURCE = {"uid": "prometheus", "name": "Prometheus", "type": "prometheus", "isDefault": True}
DOWN = {"uid": "down", "name": "Down", "type": "prometheus"}


def test_an_older_grafana_is_told_in_a_sentence(visit: Visit) -> None:
    page = visit(version="10.4.1")
    expect(page.alert).to_have_text(
        "The explorer needs Grafana 11 or newer, and this is 10.4.1. "
        "The app's dashboards and its graph panel are the same without it."
    )


def test_the_oldest_grafana_that_it_is_for(visit: Visit) -> None:
    page = visit(version="11.0.0")
    expect(page.section("problems")).to_be_visible()


@pytest.mark.parametrize("sources", [[], [{"uid": "l", "name": "Loki", "type": "loki"}]])
def test_no_prometheus(visit: Visit, sources: list[object]) -> None:
    page = visit(sources=sources)
    expect(page.alert).to_contain_text("There is no Prometheus data source.")
    expect(page.alert).to_contain_text("Add one under Connections")


def test_a_data_source_that_is_gone(visit: Visit) -> None:
    page = visit(ds="gone")
    expect(page.alert).to_contain_text("There is no Prometheus data source with the uid gone.")
    expect(page.alert).to_contain_text("Take ds=… out of the address")


def test_a_data_source_that_grafana_no_longer_finds(visit: Visit) -> None:
    page = visit(sources=[{**SOURCE, "uid": "removed"}])
    expect(page.alert).to_contain_text("Grafana does not find this data source (data source not found)")


def test_a_prometheus_that_does_not_answer(visit: Visit) -> None:
    page = visit(sources=[SOURCE, DOWN], ds="down")
    expect(page.alert).to_contain_text("connection refused")
    expect(page.alert).to_contain_text("press “Save & test”")
    page.page.get_by_label("Data source").select_option("prometheus")
    expect(page.section("problems")).to_be_visible()
    assert page.alert.count() == 0


def test_a_prometheus_without_astrolabe(visit: Visit) -> None:
    page = visit(now=True)
    expect(page.alert).to_contain_text("This Prometheus knows nothing of Astrolabe now.")
    expect(page.alert).to_contain_text("honor_labels: true")


def test_an_object_that_is_not_there(visit: Visit) -> None:
    page = visit("/object/Deployment/shop-catalog/nobody")
    expect(page.section("head")).to_contain_text("There is no such object at this time.")
    expect(page.section("relations")).to_contain_text("Nothing is related to it.")


def test_an_address_that_is_no_page(visit: Visit) -> None:
    page = visit("/foo/bar")
    expect(page.alert).to_contain_text("There is no page foo/bar.")


def test_times_that_are_none_are_the_usual_ones(visit: Visit) -> None:
    page = visit("/?from=yesterday&to=never")
    expect(page.page.get_by_role("searchbox")).to_be_visible()


@pytest.mark.parametrize(
    "name", ['a"b', "a%5Cb", "x%22%7D%20or%20vector(1)%20%23", "<img src=x onerror=alert(1)>", ".*"]
)
def test_names_are_text_to_the_page_and_to_prometheus(visit: Visit, name: str) -> None:
    page = visit(f"/object/Secret/shop-catalog/{name}")
    expect(page.section("head")).to_contain_text("There is no such object at this time.")
    assert page.alert.count() == 0
    assert page.page.locator("#app img").count() == 0
