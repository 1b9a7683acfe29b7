"""The page for links: nothing happens by GET, nothing without the person's own token."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.override.serving import SECOND, TOKENS, Face, served

LINK = "/confirm?environment=dev&action=wake&duration=1h"
FORM = {"environment": "dev", "action": "wake", "duration": "1h", "reason": "demo", "token": TOKENS["ann"]}


async def send(face: Face, form: dict[str, str], **headers: str) -> tuple[int, str]:
    async with face.session.post(face.url + "/confirm", data=form, headers=headers) as answer:
        return answer.status, await answer.text()


async def test_it_is_off_by_default(tmp_path: Path) -> None:
    async with served(tmp_path) as face:
        assert (await face.call("GET", LINK, ""))[0] == 404
        assert (await send(face, FORM))[0] == 404


async def test_a_link_shows_a_form_and_changes_nothing(tmp_path: Path) -> None:
    async with (
        served(tmp_path, confirmation=True) as face,
        face.session.get(face.url + LINK, headers={"Authorization": f"Bearer {TOKENS['ann']}"}) as answer,
    ):
        text = await answer.text()
        assert answer.status == 200
        assert answer.headers["Content-Security-Policy"].startswith("default-src 'none'; style-src 'sha256-")
        assert "frame-ancestors 'none'" in answer.headers["Content-Security-Policy"]
        assert answer.headers["Cache-Control"] == "no-store"
        assert answer.headers["Referrer-Policy"] == "no-referrer"
        assert "<h1>Wake dev?</h1>" in text
        assert 'name="duration" value="1h"' in text
        assert not (await face.bench.state()).overrides


async def test_a_persons_own_token_acts(tmp_path: Path) -> None:
    async with served(tmp_path, confirmation=True) as face:
        status, text = await send(face, FORM)
        assert status == 200
        assert "dev is woken until" in text
        (override,) = (await face.bench.state()).overrides.values()
        assert (override.by.id, override.by.via, override.reason) == ("token:ann", "page", "demo")


@pytest.mark.parametrize(
    ("changes", "code", "said"),
    [
        ({"token": ""}, 401, "Nobody has this token."),
        ({"token": "x" * 20}, 401, "Nobody has this token."),
        ({"token": TOKENS["stranger"]}, 403, "may not wake `dev`"),
        ({"environment": "prod", "action": "sleep"}, 403, "may not sleep `prod`"),
        ({"duration": "for <b>ever</b>"}, 403, "for &lt;b&gt;ever&lt;/b&gt;"),
    ],
)
async def test_what_is_refused_says_why(
    tmp_path: Path, changes: dict[str, str], code: int, said: str
) -> None:
    async with served(tmp_path, confirmation=True) as face:
        status, text = await send(face, FORM | changes)
        assert status == code
        assert said in text
        assert "<b>ever" not in text
        assert TOKENS["ann"] not in text, "the token is not sent back"
        assert not (await face.bench.state()).overrides


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("environment=dev&action=drop", 400),
        ("action=wake", 400),
        ("environment=dev&action=wake&reason=" + "x" * 501, 400),
        ("environment=%22%3E%3Cscript%3E&action=wake", 200),
        ("environment=%ff%00&action=wake", 200),
        ("environment=%ed%a0%80&action=wake", 200),
    ],
)
async def test_links_that_are_none(tmp_path: Path, query: str, code: int) -> None:
    async with served(tmp_path, SECOND, confirmation=True) as face:
        status, text = await face.call("GET", f"/confirm?{query}", "")
        assert status == code
        assert "<script>" not in str(text)


async def test_a_form_of_another_site_and_other_bodies_are_refused(tmp_path: Path) -> None:
    async with served(tmp_path, confirmation=True) as face:
        fetch = "Sec-Fetch-Site"
        assert (await send(face, FORM, **{fetch: "cross-site"}))[0] == 403
        assert (await face.call("POST", "/confirm", "ann", FORM))[0] == 415
        assert not (await face.bench.state()).overrides
        assert (await send(face, FORM, **{fetch: "same-origin"}))[0] == 200


@pytest.mark.parametrize("kind", ["", "; charset=utf-8", "; charset=none-such"])
async def test_a_form_that_is_no_text_is_refused(tmp_path: Path, kind: str) -> None:
    headers = {"Content-Type": f"application/x-www-form-urlencoded{kind}"}
    async with (
        served(tmp_path, confirmation=True) as face,
        face.session.post(face.url + "/confirm", data=b"environment=\xff", headers=headers) as answer,
    ):
        assert answer.status == 400
