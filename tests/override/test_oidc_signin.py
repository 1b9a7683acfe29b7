"""Signing in on the page: the way of a browser, and each way in which it does not lead in."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from http.cookies import SimpleCookie
from pathlib import Path
from typing import NamedTuple
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from structlog.testing import capture_logs

from astrolabe.override.demonstration.issuer import IssuerServer
from tests.override.issuing import ANN, RULES, beside_issuer
from tests.override.serving import TOKENS, Face

WISH = {"environment": "dev", "action": "wake", "duration": "1h", "reason": "demo"}
ATTEMPT, SESSION = "__Host-astrolabe-sign-in", "__Host-astrolabe-session"


class Page(NamedTuple):
    status: int
    text: str
    location: str

    @property
    def mark(self) -> str:
        return self.text.partition('name="mark" value="')[2].partition('"')[0]


class Browser:
    """Keeps cookies, and shows where each answer leads instead of going there."""

    def __init__(self, face: Face, issuer: IssuerServer) -> None:
        self.face = face
        self.issuer = issuer
        self.cookies: dict[str, str] = {}
        self.attributes: dict[str, str] = {}

    async def get(self, address: str) -> Page:
        return await self._send("GET", address)

    async def confirm(self, **fields: str) -> Page:
        return await self._send("POST", "/confirm", WISH | fields)

    async def _send(self, method: str, address: str, form: dict[str, str] | None = None) -> Page:
        url = address if address.startswith("http") else self.face.url + address
        own = url.startswith(self.face.url)
        headers = {"Cookie": "; ".join(f"{k}={v}" for k, v in self.cookies.items())} if own else {}
        async with self.face.session.request(
            method, url, data=form, headers=headers, allow_redirects=False
        ) as answer:
            for line in answer.headers.getall("Set-Cookie", []):
                for name, morsel in SimpleCookie(line).items():
                    self.attributes[name] = line.partition("; ")[2]
                    self.cookies[name] = morsel.value
                    if morsel["max-age"] == "0":
                        del self.cookies[name]
            return Page(answer.status, await answer.text(), answer.headers.get("Location", ""))

    async def begin(self, wish: dict[str, str] = WISH) -> str:
        """Follow the link of the page; returns the address of the issuer."""
        page = await self.get(f"/confirm/sign-in?{urlencode(wish)}")
        assert page.status == 303, page.text
        return page.location

    async def chosen(self, address: str, subject: str) -> str:
        """Choose who to be at the issuer; returns the address to come back to."""
        page = await self.get(f"{address}&{urlencode({'as': subject})}")
        assert page.status == 303, page.text
        return page.location

    async def sign_in(self, subject: str = ANN) -> Page:
        """Return the page that is shown in the end."""
        back = await self.get(await self.chosen(await self.begin(), subject))
        assert back.status == 303, back.text
        return await self.get(back.location)


@asynccontextmanager
async def browsing(folder: Path, rules: str = RULES, **options: str) -> AsyncIterator[Browser]:
    async with beside_issuer(folder, rules, **options) as (face, issuer):
        yield Browser(face, issuer)


@pytest.mark.parametrize("secret", ["a-secret:with+odd/characters", ""])
async def test_the_whole_way(tmp_path: Path, secret: str) -> None:
    async with browsing(tmp_path, secret=secret) as browser:
        first = await browser.get(f"/confirm?{urlencode(WISH)}")
        link = f'<a href="/confirm/sign-in?{urlencode(WISH).replace("&", "&amp;")}">Sign in</a>'
        assert link in first.text
        page = await browser.sign_in()
        assert "You are signed in as <b>ann</b>" in page.text
        assert 'name="reason" value="demo"' in page.text
        assert 'name="token"' not in page.text
        assert not (await browser.face.bench.state()).overrides, "signing in changes nothing"
        done = await browser.confirm(mark=page.mark)
        assert (done.status, "dev is woken until" in done.text) == (200, True)
        (override,) = (await browser.face.bench.state()).overrides.values()
        assert (override.by.id, override.by.via, override.reason) == (f"oidc:{ANN}", "page", "demo")


async def test_what_the_issuer_is_asked(tmp_path: Path) -> None:
    async with browsing(tmp_path) as browser:
        first, second = [parse_qs(urlsplit(await browser.begin()).query) for _ in range(2)]
        assert first["scope"] == ["openid profile email"]
        assert first["code_challenge_method"] == ["S256"]
        for name in ("state", "nonce", "code_challenge"):
            assert len(first[name][0]) == 43, "256 bits"
            assert first[name] != second[name]


async def test_what_the_browser_keeps(tmp_path: Path) -> None:
    async with browsing(tmp_path) as browser:
        address = await browser.begin()
        kept = browser.cookies[ATTEMPT]
        await browser.sign_in()
        assert browser.attributes[SESSION] == "HttpOnly; Max-Age=900; Path=/; SameSite=Lax; Secure"
        assert list(browser.cookies) == [SESSION]
        state = parse_qs(urlsplit(address).query)["state"][0]
        assert state not in kept
        assert "ann" not in browser.cookies[SESSION]


async def test_a_session_ends(tmp_path: Path) -> None:
    async with browsing(tmp_path) as browser:
        page = await browser.sign_in()
        browser.face.bench.now += 901
        late = await browser.confirm(mark=page.mark)
        assert (late.status, "Sign in again." in late.text) == (401, True)
        assert not (await browser.face.bench.state()).overrides


async def test_a_form_of_another_site_lacks_the_mark(tmp_path: Path) -> None:
    async with browsing(tmp_path) as browser:
        page = await browser.sign_in()
        for mark in ("", "x", page.mark + "x"):
            forged = await browser.confirm(mark=mark)
            assert (forged.status, "This form is of another sign-in" in forged.text) == (401, True)
        assert not (await browser.face.bench.state()).overrides
        assert (await browser.confirm(mark=page.mark)).status == 200


async def test_nothing_is_done_by_get(tmp_path: Path) -> None:
    async with browsing(tmp_path) as browser:
        page = await browser.sign_in()
        assert (await browser.get(f"/confirm?{urlencode(WISH | {'mark': page.mark})}")).status == 200
        assert not (await browser.face.bench.state()).overrides


async def test_whoever_has_no_role_is_told(tmp_path: Path) -> None:
    async with browsing(tmp_path) as browser:
        page = await browser.sign_in("stranger")
        refused = await browser.confirm(mark=page.mark)
        assert (refused.status, "you are oidc:stranger" in refused.text) == (403, True)
        unknown = await browser.confirm(mark=page.mark, environment="stagin")
        assert "staging" not in unknown.text + refused.text, "accounts that no rule names learn nothing"
        assert "ann@example.org" not in refused.text


async def test_a_token_still_acts(tmp_path: Path) -> None:
    async with browsing(tmp_path) as browser:
        assert (await browser.confirm(token=TOKENS["ann"])).status == 200
        assert (await browser.confirm(token=browser.issuer.token("eve-id"), duration="2h")).status == 200
        expired = await browser.confirm(token=browser.issuer.token("eve-id", exp=0))
        assert (expired.status, "it expired" in expired.text) == (401, True)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"state": "x" * 43}, "it answers another sign-in (state)"),
        ({"state": "\udcff"}, "it answers another sign-in (state)"),
        ({"iss": "https://evil.example.org"}, "it comes from another issuer than http://127.0.0.1"),
        ({"code": "guessed"}, "the issuer gives no token for the code: invalid_grant"),
        ({"error": "access_denied"}, "the issuer says no: access_denied"),
        ({"error": "<b>\n"}, "the issuer says no: an error that cannot be read"),
    ],
)
async def test_answers_that_are_refused(tmp_path: Path, change: dict[str, str], reason: str) -> None:
    async with browsing(tmp_path) as browser:
        back = urlsplit(await browser.chosen(await browser.begin(), ANN))
        query = {name: values[0] for name, values in parse_qs(back.query).items()} | change
        with capture_logs() as logs:
            page = await browser.get(f"/confirm/callback?{urlencode(query, errors='surrogateescape')}")
        assert (page.status, reason in page.text) == (401, True)
        assert SESSION not in browser.cookies
        (entry,) = logs
        assert entry["reason"].startswith(reason)
        assert query["code"] not in str(logs)


async def test_a_nonce_of_another_sign_in(tmp_path: Path) -> None:
    async with browsing(tmp_path) as browser:
        address = await browser.begin()
        nonce = parse_qs(urlsplit(address).query)["nonce"][0]
        back = await browser.chosen(address.replace(nonce, "x" * 43), ANN)
        page = await browser.get(back)
        assert (page.status, "it answers another sign-in (nonce)" in page.text) == (401, True)


async def test_a_code_of_another_browser(tmp_path: Path) -> None:
    async with browsing(tmp_path) as browser:
        stolen = parse_qs(urlsplit(await browser.chosen(await browser.begin(), "eve-id")).query)["code"][0]
        back = await browser.chosen(await browser.begin(), ANN)
        code = parse_qs(urlsplit(back).query)["code"][0]
        page = await browser.get(back.replace(code, stolen))
        assert (page.status, "no token for the code: invalid_grant" in page.text) == (401, True), "PKCE"


async def test_an_answer_counts_once(tmp_path: Path) -> None:
    async with browsing(tmp_path) as browser:
        back = await browser.chosen(await browser.begin(), ANN)
        kept = dict(browser.cookies)
        assert (await browser.get(back)).status == 303
        again = await browser.get(back)
        assert (again.status, "or has finished" in again.text) == (401, True)
        browser.cookies = kept
        replayed = await browser.get(back)
        assert (replayed.status, "was used already (state)" in replayed.text) == (401, True)


async def test_an_attempt_ends(tmp_path: Path) -> None:
    async with browsing(tmp_path) as browser:
        back = await browser.chosen(await browser.begin(), ANN)
        browser.face.bench.now += 601
        assert (await browser.get(back)).status == 401


async def test_a_cookie_is_for_one_thing(tmp_path: Path) -> None:
    async with browsing(tmp_path) as browser:
        back = await browser.chosen(await browser.begin(), ANN)
        attempt = browser.cookies[ATTEMPT]
        await browser.get(back)
        session = browser.cookies[SESSION]
        browser.cookies = {SESSION: attempt}
        assert "signed in as" not in (await browser.get(f"/confirm?{urlencode(WISH)}")).text
        browser.cookies = {ATTEMPT: session}
        assert (await browser.get(back)).status == 401
        for odd in ("", "x", session[:-1], session[:-3] + "AA=", "ä"):
            browser.cookies = {SESSION: odd}
            page = await browser.get(f"/confirm?{urlencode(WISH)}")
            assert (page.status, "signed in as" in page.text) == (200, False)


async def test_names_are_shown_as_they_are(tmp_path: Path) -> None:
    async with browsing(tmp_path) as browser:
        browser.issuer._people = {ANN: {"preferred_username": "<script>\n" + "x" * 200}}
        page = await browser.sign_in()
        assert f"<b>&lt;script&gt;{'x' * 92}</b>" in page.text


async def test_a_long_reason_has_to_be_typed_again(tmp_path: Path) -> None:
    async with browsing(tmp_path) as browser:
        wish = WISH | {"reason": "\N{SNOWMAN}\N{GRINNING FACE}" * 250, "duration": "\N{GRINNING FACE}" * 100}
        address = await browser.begin(wish)
        assert len(browser.attributes[ATTEMPT]) + len(browser.cookies[ATTEMPT]) < 4000
        back = await browser.get(await browser.chosen(address, ANN))
        assert parse_qs(urlsplit(back.location).query)["duration"] == [wish["duration"]]


@pytest.mark.parametrize("query", ["environment=dev", "action=wake", "environment=dev&action=drop", ""])
async def test_only_links_lead_to_the_issuer(tmp_path: Path, query: str) -> None:
    async with browsing(tmp_path) as browser:
        assert (await browser.get(f"/confirm/sign-in?{query}")).status == 400


async def test_an_issuer_that_is_away(tmp_path: Path) -> None:
    async with browsing(tmp_path) as browser:
        browser.issuer.away = True
        page = await browser.get(f"/confirm/sign-in?{urlencode(WISH)}")
        assert (page.status, "openid-configuration answers 503" in page.text) == (503, True)


async def test_without_an_issuer_there_is_nothing_to_sign_in_at(tmp_path: Path) -> None:
    async with beside_issuer(tmp_path, page=False) as (face, _):
        assert (await face.call("GET", f"/confirm/sign-in?{urlencode(WISH)}", ""))[0] == 404
