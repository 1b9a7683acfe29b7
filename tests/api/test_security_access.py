"""Who may read: tokens, passwords, and the verdicts of the API server."""

from __future__ import annotations

import asyncio
import base64
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from structlog.testing import capture_logs

from astrolabe.api import authorization, files
from astrolabe.api.authentication import OPEN, Authenticator
from astrolabe.api.authorization import REMEMBERED, Reviewer, Unavailable, Verdict
from astrolabe.api.files import UnusableFile
from astrolabe.kube.reviews import User
from astrolabe.parts import protection_by
from astrolabe.settings import Settings
from astrolabe.testing.apiserver import ApiServer
from astrolabe.testing.faults import Refuse, Silent
from astrolabe.testing.inprocess import InProcess
from astrolabe.testing.requests import Request, Verb
from tests.api.certificates import Shop
from tests.api.exporter import Client, cluster, serving

PROTECTED = ("/metrics", "/", "/nowhere", "/metrics/", "/livez/../metrics", "//livez")
"""What needs credentials, and with it what does not exist: a stranger learns nothing."""


def basic(credentials: bytes) -> dict[str, str]:
    return {"Authorization": f"Basic {base64.b64encode(credentials).decode()}"}


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


async def status_of(client: Client, headers: dict[str, str] | None = None, path: str = "/metrics") -> int:
    return (await client.get(path, headers=headers))[0]


def written(folder: Path, text: str) -> str:
    path = folder / "secret"
    path.write_text(text)
    return str(path)


async def test_without_settings_everybody_reads() -> None:
    async with serving() as client:
        assert await status_of(client) == 200
        assert await status_of(client, bearer("anything")) == 200


@pytest.mark.parametrize(
    ("setting", "text", "challenge"),
    [
        ("web_token_file", "sesame\n", 'Bearer realm="astrolabe"'),
        ("web_users_file", "ali:sesame\n", 'Basic realm="astrolabe", charset="UTF-8"'),
    ],
)
async def test_health_is_open_and_nothing_else(
    tmp_path: Path, setting: str, text: str, challenge: str
) -> None:
    async with serving(**{setting: written(tmp_path, text)}) as client:
        for path in OPEN:
            assert await status_of(client, path=path) == 200
        for path in PROTECTED:
            status, response, body = await client.get(path)
            assert (status, body) == (401, b"credentials are needed\n"), path
            assert response.headers.getall("WWW-Authenticate") == [challenge]
            assert response.headers["X-Content-Type-Options"] == "nosniff"
        for method in ("HEAD", "POST", "OPTIONS", "TRACE", "PROPFIND"):
            assert (await client.get("/metrics", method=method))[0] == 401


class TestToken:
    async def test_the_file_says_which(self, tmp_path: Path) -> None:
        path = written(tmp_path, "# of the old Prometheus, until Friday\nopen\n\n  sesame==  \n")
        async with serving(web_token_file=path) as client:
            assert await status_of(client, bearer("sesame==")) == 200
            assert await status_of(client, {"Authorization": "bearer   open"}) == 200
            for header in (
                "Bearer", "Bearer ", "Bearer sesame", "Bearer sesame===", "Bearer open sesame==",
                "sesame==", "Basic sesame==", "Token open", "Bearer Open", "Bearer \xff\xe9", "Bearer #",
            ):  # fmt: skip
                assert await status_of(client, {"Authorization": header}) == 401, header
            assert await status_of(client, path="/metrics?token=open&access_token=open") == 401

    async def test_a_new_one_takes_the_olds_place(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        path = written(tmp_path, "old")
        secret = Path(path)
        async with serving(web_token_file=path) as client:
            monkeypatch.setattr(files, "CHECK_INTERVAL", 0.0)
            assert await status_of(client, bearer("old")) == 200
            written(tmp_path, "fresh")
            assert await status_of(client, bearer("old")) == 401
            assert await status_of(client, bearer("fresh")) == 200
            with capture_logs() as logs:
                written(tmp_path, "")
                assert await status_of(client, bearer("")) == 401
                assert await status_of(client, bearer("fresh")) == 200
                secret.unlink()  # noqa: ASYNC240
                assert await status_of(client, bearer("fresh")) == 200
            # That everything has synced may be said only now.
            assert [log["reason"] for log in logs if log["event"] != "synced"] == [
                f"web_token_file: {path}: is empty",
                f"web_token_file: {path}: cannot be read: No such file or directory",
            ]

    async def test_a_file_is_not_looked_at_with_every_request(self, tmp_path: Path) -> None:
        path = written(tmp_path, "old")
        async with serving(web_token_file=path) as client:
            written(tmp_path, "fresh")
            assert await status_of(client, bearer("old")) == 200


class TestUsers:
    async def test_the_file_says_which(self, tmp_path: Path) -> None:
        path = written(tmp_path, "ali:sesame\n# nobody\ngrafana: pass:wörd\n")
        async with serving(web_users_file=path) as client:
            for known in (b"ali:sesame", "grafana: pass:wörd".encode()):
                assert await status_of(client, basic(known)) == 200
            for unknown in (
                b"ali:",
                b"ali",
                b":sesame",
                b"ali:sesame ",
                b"grafana:sesame",
                b"",
                b"\xff:\xff",
            ):
                assert await status_of(client, basic(unknown)) == 401, unknown
            for header in (
                "Basic",
                "Basic YWxpOnNlc2Ft!ZQ==",
                "Basic YWxpOnNlc2FtZ",
                "Basic é",
                "Bearer ali",
            ):
                assert await status_of(client, {"Authorization": header}) == 401, header

    async def test_tokens_and_users_and_certificates_side_by_side(self, tmp_path: Path) -> None:
        shop = Shop(tmp_path)
        users, tokens = tmp_path / "users", tmp_path / "tokens"
        users.write_text("ali:sesame")
        tokens.write_text("open")
        ways = {"web_users_file": str(users), "web_token_file": str(tokens), **shop.with_clients}
        async with serving(**ways) as client:
            for headers in (bearer("open"), basic(b"ali:sesame")):
                assert (await client.get("/metrics", headers=headers, ssl=shop.trust()))[0] == 200
            assert (await client.get("/metrics", ssl=shop.client()))[0] == 200
            status, response, _ = await client.get("/metrics", ssl=shop.trust())
            assert (status, response.headers.getall("WWW-Authenticate")) == (
                401,
                ['Bearer realm="astrolabe"', 'Basic realm="astrolabe", charset="UTF-8"'],
            )


@pytest.mark.parametrize(
    ("setting", "text", "complaint"),
    [
        ("token_file", "", "is empty"),
        ("token_file", "# nothing\n \n", "is empty"),
        ("token_file", "open\nsesame street\n", "line 2: no token: letters, digits and -._~+/ alone"),
        ("users_file", "\n", "is empty"),
        ("users_file", "ali:sesame\nsecret\n", "line 2: expected name:password"),
        ("users_file", ":sesame\n", "line 1: expected name:password"),
        ("users_file", "ali:\n", "line 1: expected name:password"),
    ],
)
def test_a_file_that_cannot_be_used_is_not_quoted(
    tmp_path: Path, setting: str, text: str, complaint: str
) -> None:
    path = written(tmp_path, text)
    with pytest.raises(UnusableFile) as caught:
        Authenticator(**{setting: path})  # type: ignore[arg-type]
    assert str(caught.value) == f"web_{setting}: {path}: {complaint}"


def test_secrets_without_https_are_warned_of(tmp_path: Path) -> None:
    path = written(tmp_path, "sesame")
    https = Shop(tmp_path).settings
    clear: list[dict[str, Any]] = [{"web_token_file": path}, {"authorization": "kubernetes"}]
    for settings in clear:
        with capture_logs() as logs:
            protection_by(Settings(**settings), lambda _: {})
        (log,) = logs
        assert (log["log_level"], "unencrypted" in log["event"]) == ("warning", True)
    with capture_logs() as logs:
        for settings in ({}, https, *(each | https for each in clear)):
            protection_by(Settings(**settings), lambda _: {})
    assert logs == []


# The API server decides


class Asked:
    """An exporter that asks the simulated API server, and what it asked."""

    def __init__(self, server: ApiServer, client: Client) -> None:
        self.server = server
        self.client = client
        self.seen = len(server.requests)

    def reviews(self) -> list[Request]:
        """The reviews since the last time."""
        requests = list(self.server.requests)[self.seen :]
        self.seen += len(requests)
        return [request for request in requests if request.verb is Verb.REVIEW]


@asynccontextmanager
async def asked(**settings: Any) -> AsyncIterator[Asked]:
    server = cluster()
    server.accounts.tokens["good"] = "system:serviceaccount:monitoring:prometheus"
    server.accounts.tokens["other"] = "system:serviceaccount:shop:web"
    server.accounts.paths.add(("system:serviceaccount:monitoring:prometheus", "/metrics"))
    async with serving(server, authorization="kubernetes", **settings) as client:
        yield Asked(server, client)


class TestKubernetes:
    async def test_whom_the_api_server_knows_and_lets(self) -> None:
        async with asked() as world:
            status, response, _ = await world.client.get("/metrics")
            assert (status, response.headers.getall("WWW-Authenticate")) == (
                401,
                ['Bearer realm="astrolabe"'],
            )
            assert world.reviews() == []
            assert await status_of(world.client, bearer("good")) == 200
            who, may = world.reviews()
            assert (who.path, may.path) == (
                "/apis/authentication.k8s.io/v1/tokenreviews",
                "/apis/authorization.k8s.io/v1/subjectaccessreviews",
            )
            assert (who.method, json.loads(who.body)["spec"]) == ("POST", {"token": "good"})
            assert json.loads(may.body)["spec"] == {
                "user": "system:serviceaccount:monitoring:prometheus",
                "uid": "uid-system:serviceaccount:monitoring:prometheus",
                "groups": ["system:serviceaccounts", "system:authenticated"],
                "extra": {},
                "nonResourceAttributes": {"path": "/metrics", "verb": "get"},
            }

    async def test_whom_it_does_not_know_or_not_let(self) -> None:
        async with asked() as world:
            assert await status_of(world.client, bearer("bad")) == 401
            assert [request.path.rpartition("/")[2] for request in world.reviews()] == ["tokenreviews"]
            status, _, body = await world.client.get("/metrics", headers=bearer("other"))
            assert (status, body) == (403, b"you may not get /metrics\n")
            status, _, body = await world.client.get("/", headers=bearer("good"))
            assert (status, body) == (403, b"you may not get /astrolabe/\n")
            world.server.accounts.paths.add(("system:authenticated", "/astrolabe/nowhere"))
            assert await status_of(world.client, bearer("other"), "/nowhere") == 404

    async def test_what_is_no_token_is_not_even_asked_about(self) -> None:
        async with asked() as world:
            for header in ("Bearer", "Bearer two words", "Bearer é", "Basic good", "good", "Bearer =="):
                assert await status_of(world.client, {"Authorization": header}) == 401
            assert world.reviews() == []

    async def test_health_is_open(self) -> None:
        async with asked() as world:
            for path in OPEN:
                assert await status_of(world.client, path=path) == 200
            assert world.reviews() == []

    async def test_verdicts_are_remembered_for_a_while(self, monkeypatch: pytest.MonkeyPatch) -> None:
        now = [1000.0]
        monkeypatch.setattr(authorization, "monotonic", lambda: now[0])
        async with asked() as world:
            for _ in range(3):
                assert await status_of(world.client, bearer("good")) == 200
                assert await status_of(world.client, bearer("bad")) == 401
            assert len(world.reviews()) == 2 + 1
            world.server.accounts.tokens.clear()
            world.server.accounts.tokens["bad"] = "system:serviceaccount:monitoring:prometheus"
            now[0] += 11
            assert await status_of(world.client, bearer("bad")) == 200
            assert await status_of(world.client, bearer("good")) == 200
            now[0] += 50
            assert await status_of(world.client, bearer("good")) == 401

    async def test_many_at_once_cause_one_question(self) -> None:
        async with asked() as world:
            statuses = await asyncio.gather(*(status_of(world.client, bearer("good")) for _ in range(12)))
            assert statuses == [200] * 12
            # At most as many as reviews run at once, and not one for each.
            assert len(world.reviews()) <= 8

    @pytest.mark.parametrize("trouble", [Refuse(500), Refuse(429), Refuse(403, "tokenreviews is forbidden")])
    async def test_without_a_verdict_nobody_reads(self, trouble: Refuse) -> None:
        async with asked() as world:
            world.server.faults.order("*", trouble, verbs=frozenset({Verb.REVIEW}), times=None)
            for headers in (bearer("good"), bearer("bad")):
                status, response, body = await world.client.get("/metrics", headers=headers)
                assert (status, response.headers["Retry-After"]) == (503, "5")
                assert body == b"the API server does not say who may read\n"
            assert await status_of(world.client, path="/livez") == 200

    async def test_an_api_server_that_is_away_lets_nobody_in_and_is_forgiven(self) -> None:
        async with asked() as world:
            world.server.go_away()
            assert await status_of(world.client, bearer("good")) == 503
            world.server.come_back()
            assert await status_of(world.client, bearer("good")) == 200

    async def test_a_verdict_that_is_known_outlasts_a_short_absence(self) -> None:
        async with asked() as world:
            assert await status_of(world.client, bearer("good")) == 200
            world.server.go_away()
            assert await status_of(world.client, bearer("good")) == 200

    async def test_certificates_are_users_by_the_api_servers_rules(self, tmp_path: Path) -> None:
        shop = Shop(tmp_path)
        async with asked(**shop.with_clients) as world:
            world.server.accounts.paths.add(("monitoring", "/metrics"))
            status, _, _ = await world.client.get("/metrics", ssl=shop.client("scraper"))
            assert status == 200
            (review,) = world.reviews()
            assert json.loads(review.body)["spec"] == {
                "user": "scraper",
                "uid": "",
                "groups": ["monitoring", "system:authenticated"],
                "extra": {},
                "nonResourceAttributes": {"path": "/metrics", "verb": "get"},
            }
            assert (await world.client.get("/", ssl=shop.client("scraper")))[0] == 403
            # One without a name is nobody, and a wrong token is not made up for by a certificate.
            assert (await world.client.get("/metrics", ssl=shop.client(None)))[0] == 401
            refused = await world.client.get("/metrics", headers=bearer("bad"), ssl=shop.client("scraper"))
            assert refused[0] == 401


class TestReviewer:
    """What needs no HTTP, on a virtual clock."""

    @pytest.mark.looptime
    async def test_a_silent_api_server_is_not_waited_for_long(self) -> None:
        server = cluster()
        server.faults.order("*", Silent(), verbs=frozenset({Verb.REVIEW}), times=None)
        reviewer = Reviewer(InProcess(server))
        start = asyncio.get_running_loop().time()
        with capture_logs() as logs:
            waiting = (reviewer.verdict(f"token-{number}", "/metrics") for number in range(20))
            verdicts = await asyncio.gather(*waiting, return_exceptions=True)
        assert {type(verdict) for verdict in verdicts} == {Unavailable}
        assert asyncio.get_running_loop().time() - start == pytest.approx(10)
        assert [(log["event"], log["reason"]) for log in logs] == [
            ("requests cannot be authorized", "no verdict within 10 s")
        ]

    async def test_trouble_is_said_once_and_again_after_a_verdict(self) -> None:
        server = cluster()
        reviewer = Reviewer(InProcess(server))
        with capture_logs() as logs:
            for _ in range(2):
                server.go_away()
                for token in ("a", "b"):
                    with pytest.raises(Unavailable):
                        await reviewer.verdict(token, "/metrics")
                server.come_back()
                assert await reviewer.verdict("c", "/metrics") is Verdict.UNKNOWN
                reviewer._refused._verdicts.clear()
        assert [log["reason"] for log in logs] == ["connection refused"] * 2

    async def test_guesses_push_nobody_out_and_memory_is_bounded(self) -> None:
        server = cluster()
        server.accounts.tokens["good"] = "prometheus"
        server.accounts.paths.add(("prometheus", "/metrics"))
        reviewer = Reviewer(InProcess(server))
        assert await reviewer.verdict("good", "/metrics") is Verdict.ALLOWED
        for number in range(REMEMBERED + 50):
            assert await reviewer.verdict(f"guess-{number}", "/metrics") is Verdict.UNKNOWN
        assert len(reviewer._refused) == REMEMBERED
        server.requests.clear()
        assert await reviewer.verdict("good", "/metrics") is Verdict.ALLOWED
        assert list(server.requests) == []

    async def test_memory_holds_no_tokens(self) -> None:
        server = cluster()
        reviewer = Reviewer(InProcess(server))
        await reviewer.verdict("sesame", "/metrics")
        (key,) = reviewer._refused._verdicts
        assert len(key) == 32
        again = Reviewer(InProcess(server))
        await again.verdict("sesame", "/metrics")
        assert list(again._refused._verdicts) != [key]

    async def test_a_user_by_certificate_is_not_a_token_of_that_text(self) -> None:
        server = cluster()
        server.accounts.paths.add(("ali", "/metrics"))
        reviewer = Reviewer(InProcess(server))
        assert await reviewer.verdict(User(username="ali"), "/metrics") is Verdict.ALLOWED
        assert await reviewer.verdict("ali", "/metrics") is Verdict.UNKNOWN

    @pytest.mark.parametrize(
        "answer",
        [
            b"",
            b"[]",
            b"{}",
            b'{"status":{"authenticated":"yes"}}',
            b"\xff",
            b'{"spec":{"token":"sesame"},"status":7}',
        ],
    )
    async def test_an_answer_that_is_no_review_lets_nobody_in(self, answer: bytes) -> None:
        reviewer = Reviewer(Saying(answer))
        with capture_logs() as logs, pytest.raises(Unavailable):
            await reviewer.verdict("sesame", "/metrics")
        (log,) = logs
        assert log["reason"] == "/apis/authentication.k8s.io/v1/tokenreviews: the answer is not a review"

    async def test_authenticated_as_nobody_is_unknown(self) -> None:
        reviewer = Reviewer(Saying(b'{"status":{"authenticated":true,"user":{"groups":null}}}'))
        assert await reviewer.verdict("sesame", "/metrics") is Verdict.UNKNOWN


class Saying(InProcess):
    """An API server that gives the same answer to everything."""

    def __init__(self, answer: bytes) -> None:
        super().__init__(ApiServer())
        self._said = answer

    @asynccontextmanager
    async def request(self, *_words: Any, **_options: Any) -> AsyncIterator[Any]:
        yield self

    status = 200
    headers: dict[str, str] = {}  # noqa: RUF012

    async def chunks(self) -> AsyncIterator[bytes]:
        yield self._said
