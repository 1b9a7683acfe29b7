"""Where the explorer leads: boards with the variables that it sets, its own pages, Explore with a query."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from astrolabe.kinds.registry import KINDS
from tests.components.npm import INSTALL_SECONDS
from tests.dashboards.label_flow import labels
from tests.dashboards.prometheus import Prometheus
from tests.dashboards.rendering import APP_BOARDS
from tests.explorer.building import Workspace
from tests.explorer.conftest import Served

pytestmark = [pytest.mark.real, pytest.mark.timeout(INSTALL_SECONDS + 180)]

HOSTILE = ["a b", "a&var-namespace=b", "a%2Fb", "a?b#c", "ü"]
LINKS = """
const { objectLinks, releaseLinks } = require("./links.cjs"), { parse, href } = require("./address.cjs");
const { ids, names } = JSON.parse(require("node:fs").readFileSync("given.json", "utf8"));
const scope = { from: "now-1h", to: "now", ds: "p", cluster: "east" };
const seen = { scope, source: { uid: "p", type: "prometheus" } };
const back = (place) => {
  const [path, query] = href(scope, place).split("?");
  return parse(path, query ?? "");
};
const asBoards = (id) => parse(`/a/astrolabe-graph-app/object/${encodeURIComponent(id)}`, "").place;
const objects = ids.map((id) => ({
  id, links: objectLinks(seen, id, "web"), back: back({ page: "object", id }), asBoards: asBoards(id),
}));
const releases = names.map((name) => ({
  name, links: releaseLinks(seen, "shop", name), back: back({ page: "release", namespace: "shop", name }),
}));
process.stdout.write(JSON.stringify({ objects, releases }));
"""


def ids() -> list[str]:
    """Return an object of each kind, and one with each name that means something in an address."""
    found = [f"{kind.name}/shop/one" if kind.namespaced else f"{kind.name}/one" for kind in KINDS]
    return [*found, *(f"Secret/shop/{name}" for name in HOSTILE)]


@pytest.fixture(scope="module")
def led(workspace: Workspace) -> dict[str, Any]:
    """Every object and release, with its links."""
    for name in ("links", "address"):
        bundled = workspace.node(
            "node_modules/esbuild/bin/esbuild", f"explorer/src/{name}.ts", "--bundle", "--format=cjs",
            "--platform=node", f"--outfile={name}.cjs", "--log-level=error",
        )  # fmt: skip
        assert bundled.returncode == 0, bundled.stderr
    (workspace.folder / "given.json").write_text(json.dumps({"ids": ids(), "names": ["web", *HOSTILE]}))
    (workspace.folder / "led.cjs").write_text(LINKS)
    ran = workspace.node("led.cjs")
    assert ran.returncode == 0, ran.stderr
    return dict(json.loads(ran.stdout))


def test_a_board_is_there_and_has_what_is_set(led: dict[str, Any]) -> None:
    known = {
        board["uid"]: {each["name"] for each in board["templating"]["list"]} for board in APP_BOARDS.values()
    }
    seen = set()
    for each in (*led["objects"], *led["releases"]):
        for link in each["links"]:
            address = urlsplit(link["href"])
            if address.path == "/explore":
                continue
            uid = address.path.removeprefix("/d/")
            query = parse_qs(address.query)
            assert {name[4:] for name in query if name.startswith("var-")} <= known[uid], link
            assert (query["var-datasource"], query["var-cluster"], query["from"]) == (
                ["p"],
                ["east"],
                ["now-1h"],
            )
            if "var-object" in query:
                assert query["var-object"] == [each["id"]]
            seen.add(uid)
    assert {uid.removeprefix("astrolabe-app-") for uid in seen} == {
        "graph", "workload", "helm-releases", "access", "overview", "sleep",
    }  # fmt: skip


def test_an_address_of_its_own_is_read_back(led: dict[str, Any]) -> None:
    for each in led["objects"]:
        assert each["back"]["place"] == {"page": "object", "id": each["id"]}
        assert each["asBoards"] == each["back"]["place"], "a board encodes an id as a whole"
        assert (each["back"]["ds"], each["back"]["cluster"]) == ("p", "east")
    for each in led["releases"]:
        assert each["back"]["place"] == {"page": "release", "namespace": "shop", "name": each["name"]}


def test_explore_is_given_a_query_of_series_that_there_are(led: dict[str, Any], served: Served) -> None:
    prometheus: Prometheus = served.prometheus
    for each in (*led["objects"], *led["releases"]):
        (explore,) = [link for link in each["links"] if link["title"] == "Explore"]
        query = parse_qs(urlsplit(explore["href"]).query)
        (pane,) = json.loads(query["panes"][0]).values()
        (asked,) = pane["queries"]
        assert (query["schemaVersion"], pane["datasource"], asked["datasource"]["uid"]) == (["1"], "p", "p")
        assert labels(prometheus.parse(asked["expr"])) >= {"cluster"}
