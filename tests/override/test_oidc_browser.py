"""Signing in with a real browser: its cookies, its policy, and what it says of where a form comes from."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.override.issuing import ANN, beside_issuer
from tests.page.browser import chromium

pytestmark = pytest.mark.real
LINK = "/confirm?environment=dev&action=wake&duration=1h&reason=demo"


async def test_from_a_link_to_an_override(tmp_path: Path) -> None:
    async with beside_issuer(tmp_path) as (face, issuer), chromium() as browser:
        page = await browser.new_page()
        complaints: list[str] = []
        page.on("console", lambda message: complaints.append(message.text))
        await page.goto(face.url + LINK)
        await page.get_by_role("link", name="Sign in").click()
        assert page.url.startswith(f"{issuer.url}/authorize?")
        await page.get_by_role("link", name=ANN).click()
        await page.wait_for_url(f"{face.url}/confirm?**")
        assert "You are signed in as ann." in await page.inner_text("body")
        assert await page.evaluate("document.cookie") == "", "no script reads the cookies"
        kept = {each["name"]: (each["secure"], each["sameSite"]) for each in await page.context.cookies()}
        assert kept == {"__Host-astrolabe-session": (True, "Lax")}
        assert not (await face.bench.state()).overrides
        await page.get_by_role("button", name="Wake").click()
        assert "dev is woken until" in await page.inner_text("body")
        (override,) = (await face.bench.state()).overrides.values()
        assert (override.by.id, override.reason) == (f"oidc:{ANN}", "demo")
        # A link from elsewhere finds the person signed in. A form from elsewhere is refused, though another
        # port is the same site for cookies.
        await page.goto(issuer.url + "/keys")
        await page.set_content(f'<a href="{face.url}{LINK}">a link</a>')
        await page.get_by_role("link").click()
        assert "You are signed in as ann." in await page.inner_text("body")
        await page.goto(issuer.url + "/keys")
        await page.set_content(
            f'<form method="post" action="{face.url}/confirm"><input name="environment" value="staging">'
            '<input name="action" value="wake"><button>Win</button></form>'
        )
        await page.get_by_role("button").click()
        await page.wait_for_url(f"{face.url}/confirm")
        assert "the form was sent by another site" in await page.inner_text("body")
        assert len((await face.bench.state()).overrides) == 1
        assert not [text for text in complaints if "Content Security Policy" in text]
