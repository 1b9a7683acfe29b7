"""The pages of docs/ that the exporter serves: every one, with links that lead somewhere."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from urllib.parse import unquote, urljoin

import pytest
import yaml

from astrolabe.api.documentation import Documentation, anchor
from tests.api.exporter import Client, serving

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"


async def page(client: Client, path: str) -> str:
    status, response, body = await client.get(path)
    assert (status, response.content_type) == (200, "text/html"), path
    assert "default-src 'none'" in response.headers["Content-Security-Policy"]
    return body.decode()


async def test_every_link_of_every_page_leads_to_a_page_or_a_picture() -> None:
    async with serving() as client:
        bodies = {
            f"/docs/{name}": await page(client, f"/docs/{name}")
            for name in Documentation().names
            if name.endswith(".md")
        }
        anchors = {path: set(re.findall(r'id="([^"]*)"', body)) for path, body in bodies.items()}
        assert len(bodies) == len(list(DOCS.rglob("*.md")))
        followed = 0
        for path, body in bodies.items():
            for address in re.findall(r'(?:href|src)="([^"]*)"', body.partition("<main")[2]):
                if "://" in address:
                    continue
                target, _, place = urljoin(path, address).partition("#")
                if target.endswith(".md"):
                    assert target in bodies, (path, address)
                    assert not place or unquote(place) in anchors[target], (path, address)
                else:
                    status, response, _ = await client.get(target)
                    assert status == 200, (path, address)
                    assert response.content_type.startswith("image/")
                followed += 1
        assert followed > 200
        # A link to what is not served is text: the README of the project is one.
        assert "README.md" not in re.findall(r'href="\.\./([^"/]*)"', "".join(bodies.values()))


async def test_the_list_has_every_page_once_the_guides_first() -> None:
    async with serving() as client:
        body = await page(client, "/docs/")
    parts = re.split("<h2>", body)[1:]
    assert [part.partition("<")[0] for part in parts] == [
        "Guides",
        "Reasons",
        "Runbooks",
        "Metrics",
        "Kinds",
        "Decisions",
    ]
    links = [re.findall(r'<li><a href="([^"]*)"', part) for part in parts]
    pages = [name for name in Documentation().names if name.endswith(".md")]
    assert sorted(link for part in links for link in part) == pages
    assert {link.count("/") for link in links[0]} == {0}
    assert [part[0] for part in links[1:5]] == [
        "reasons/README.md",
        "runbooks/README.md",
        "metrics/README.md",
        "kinds/README.md",
    ]
    assert '<link rel="icon" type="image/svg+xml" href="/assets/icon.svg' in body


async def test_alerts_lead_to_pages_that_are_served() -> None:
    rules = yaml.safe_load((ROOT / "alerts/rendered/alerts.yaml").read_text())
    annotations = [rule["annotations"] for group in rules["groups"] for rule in group["rules"]]
    async with serving() as client:
        for each in annotations:
            assert each["runbook_url"].startswith("http://astrolabe:8080/docs/runbooks/")
            name = each["runbook_url"].rpartition("/")[2].removesuffix(".md")
            text = await page(client, each["runbook_url"].removeprefix("http://astrolabe:8080"))
            assert f'<h1 id="{name.lower()}">{name}</h1>' in text
        (reasons,) = {
            link
            for each in annotations
            for link in re.findall(r"http://astrolabe:8080(\S+)#", each["description"])
        }
        assert '<h2 id="crashloopbackoff">CrashLoopBackOff</h2>' in await page(client, reasons)


async def test_the_list_names_every_page_by_its_title() -> None:
    async with serving() as client:
        text = await page(client, "/docs/")
        assert '<a href="runbooks/AstrolabeDown.md">AstrolabeDown</a>' in text
        assert text.count("<li>") == len(list(DOCS.rglob("*.md")))


@pytest.mark.parametrize(
    "path",
    ["/docs/none.md", "/docs/../pyproject.toml", "/docs/%2e%2e/README.md", "/docs/adr", "/docs/runbooks/"],
)
async def test_nothing_else_is_served(path: str) -> None:
    async with serving() as client:
        assert (await client.get(path))[0] == 404


@pytest.mark.parametrize(
    ("heading", "expected"),
    [
        ("CrashLoopBackOff", "crashloopbackoff"),
        ("What it is not", "what-it-is-not"),
        ("`POST /api`, twice", "post-api-twice"),
    ],
)
def test_an_anchor_is_what_places_that_show_markdown_make_of_a_heading(heading: str, expected: str) -> None:
    assert anchor(heading) == expected


def test_a_start_does_not_import_what_pages_are_made_with() -> None:
    code = "import sys, astrolabe.application; sys.exit('markdown_it' in sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)
