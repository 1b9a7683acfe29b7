"""The command line as users run it: a process, its exit code and what it says."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from astrolabe.override import chain, sqlite
from astrolabe.override.chain import Head
from astrolabe.override.exporter import Figures, Schedule
from tests.override.process import KEY, configuration, run, spawn
from tests.override.serving import TOKENS, served
from tests.override.test_store import refused
from tests.override.world import HOUR, MONDAY


class Prices:
    """An exporter that knows what `dev` costs."""

    async def figures(self, environments: Any) -> dict[str, Figures]:
        nights = Schedule(
            namespace="dev", name="nights", weekdays="1-5", sleep_at="20:00", wake_up_at="08:00",
            time_zone="UTC", asleep=False, next_sleep=MONDAY + 11 * HOUR, next_wake_up=MONDAY + 23 * HOUR,
        )  # fmt: skip
        known = {"dev": Figures(sleep_ratio=0.25, hourly=0.5, schedules=(nights,)), "prod": Figures()}
        return {name: known[name] for name in environments if name in known}


@pytest.fixture
def utc(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Times are shown in the zone of the machine; here that is UTC."""
    with monkeypatch.context() as patch:
        patch.setenv("TZ", "UTC")
        time.tzset()
        yield
    time.tzset()


@pytest.mark.usefixtures("utc")
async def test_people_at_work(tmp_path: Path) -> None:
    async with served(tmp_path, exporter=Prices()) as face:

        async def said(*words: str, person: str = "ann") -> str:
            ended = await run(*words, person=person, url=face.url)
            assert (ended.code, ended.err) == (0, "")
            return ended.out

        woken = await said("wake", "dev", "2h", "--reason", "demo")
        assert woken == "dev is woken until 11:00 UTC (2h), which costs about $1.00 (override 1)\n"
        assert face.bench.ledger.state.overrides[1].by.via == "cli"
        await face.bench.settle()
        assert await said("status", "dev") == (
            "dev is to be awake until 11:00 UTC, as ann asked; 25% of its replicas sleep;"
            " awake it costs $0.50 an hour\n"
        )
        assert json.loads(await said("status", "--output", "json"))[0]["environment"] == "dev"
        assert await said("schedule", "dev") == (
            "dev: dev/nights: on 1-5 sleeps at 20:00, wakes at 08:00 (UTC); next sleep Mon 23 Nov 20:00 UTC,"
            " next wake-up Tue 24 Nov 08:00 UTC\n"
        )
        assert await said("schedule", "prod") == "prod: no schedule\n"
        assert await said("cost", "dev", "3", "hours") == (
            "dev awake until Mon 23 Nov 12:00 UTC costs about $1.50\n"
        )
        assert await said("sleep", "staging", "tomorrow", "18:00-21:00") == (
            "staging is put to sleep from Tue 24 Nov 18:00 UTC until Tue 24 Nov 21:00 UTC (override 2)\n"
        )
        assert await said("end", "1") == "override 1 of dev is over: ann ended it\n"
        await said("wake", "prod", "1h", person="eve")
        assert await said("approve", "3", person="zoe") == "prod is woken until 10:00 UTC (1h) (override 3)\n"
        await face.bench.settle()
        assert await said("audit", "verify", person="eve") == (
            f"{face.bench.ledger.head.sequence} records, the last one is {face.bench.ledger.head.sequence}:"
            " all as written.\n"
        )
        exported = await said("audit", "export", person="eve")
        assert len(exported.splitlines()) == face.bench.ledger.head.sequence
        table = await said("audit", "export", "--format", "csv", person="eve")
        assert len(table.splitlines()) == face.bench.ledger.head.sequence + 1


async def test_refused(tmp_path: Path) -> None:
    async with served(tmp_path) as face:
        ended = await run("wake", "dev", "7d", person="ann", url=face.url)
        assert ended.code == 1
        assert ended.complaint == (
            "168h is too long: developer may wake `dev` for 4h; nobody may longer"
            " (rule: roles.developer.longest)"
        )
        ended = await run("wake", "dve", person="ann", url=face.url)
        assert ended.complaint == "there is no environment `dve`: did you mean `dev`? (rule: environments)"
        ended = await run("wake", "dev", url=face.url)
        assert ended.complaint == ("a token is needed: set ASTROLABE_OVERRIDE_TOKEN, or give --token-file")


async def test_a_service_that_is_not_there() -> None:
    ended = await spawn("status", url="http://127.0.0.1:1", person="ann")
    assert ended.code == 1
    assert ended.complaint.startswith("http://127.0.0.1:1 cannot be reached: ")
    assert TOKENS["ann"] not in ended.complaint


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ((), "the following arguments are required: COMMAND; see astrolabe override --help"),
        (("wake",), "the following arguments are required: ENVIRONMENT"),
        (("end", "x"), "argument NUMBER: invalid int value: 'x'"),
        (("serve",), "the following arguments are required: --config"),
    ],
)
async def test_bad_usage(words: tuple[str, ...], message: str) -> None:
    ended = await run(*words)
    assert ended.code == 2
    assert message in ended.err


async def test_help() -> None:
    ended = await run("--help")
    assert ended.code == 0
    for command in ("serve", "wake", "sleep", "status", "schedule", "cost", "approve", "audit", "backup"):
        assert f"\n    {command} " in ended.out


# The settings and what they name

GITOPS = "{dev: {namespaces: [dev], gitops: {project: a/b, application: dev}}}"


async def test_check(tmp_path: Path) -> None:
    ended = await run("check", f"--config={configuration(tmp_path)}")
    assert (ended.code, ended.err) == (0, "")
    assert ended.out == (
        "developer: token:ann, token:bob: dev, staging\nadmin: token:eve, token:zoe: *\n"
        "3 environments, 2 roles: all can be used.\n"
    )


def oidc(more: str, *, page: bool = False) -> dict[str, str]:
    fields = {"issuer": "'https://login.example.org'", "client_id": "astrolabe"}
    fields |= dict(each.split(": ", 1) for each in more.split(", ") if each)
    said = ", ".join(f"{name}: {value}" for name, value in fields.items())
    return {"oidc": f"{{{said}}}"} | ({"confirmation_page": "true"} if page else {})


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"environments": "{}"}, "override.yaml: environments: there is none"),
        ({"environments": "{dev: {}}"}, "environments.dev: Object missing required field `namespaces`"),
        ({"environments": "{dev: {namespaces: []}}"}, "environments.dev.namespaces: there is none"),
        ({"environments": "{all: {namespaces: [x]}}"}, "environments.all: not a valid environment name"),
        ({"environments": "{dev: {namespaces: ['dev-*']}}"}, "`dev-*` is not a namespace name"),
        (
            {"environments": "{dev: {namespaces: [a]}, prod: {namespaces: [a]}}"},
            "environments.prod.namespaces: `a` is in `dev` already",
        ),
        ({"prot": "80"}, "override.yaml: Object contains unknown field `prot`"),
        ({"port": "70000"}, "override.yaml: port: not between 0 and 65535"),
        ({"port": "8091"}, "override.yaml: metrics_port: the same as port"),
        ({"exporter": "localhost"}, "override.yaml: exporter: not a URL"),
        ({"tls_cert_file": "x.pem"}, "tls_cert_file and tls_key_file go together"),
        (
            {"slack": "{bot_token_file: bot}"},
            "override.yaml: slack: give signing_secret_file (HTTP) or app_token",
        ),
        (
            {"slack": "{bot_token_file: bot, signing_secret_file: s, app_token_file: a}"},
            "slack: give signing_secret_file (HTTP) or app_token_file (socket), one of them",
        ),
        (
            {"slack": "{bot_token_file: bot, signing_secret_file: s, port: 8090}"},
            "slack.port: the same as port",
        ),
        ({"webhooks": "{}"}, "webhooks: give gitlab_token_file, argocd_token_file, or both"),
        ({"webhooks": "{gitlab_token_file: t}"}, "webhooks.gitlab_token_file: wants `gitlab`"),
        (
            {"gitlab": "{token_file: t}", "webhooks": "{gitlab_token_file: t, port: 8091}"},
            "webhooks.port: the same as metrics_port",
        ),
        ({"environments": GITOPS}, "environments.dev.gitops: wants `gitlab`, with a token_file"),
        (
            {"environments": "{dev: {namespaces: [dev], sleeper: keda, gitops: {project: a/b}}}"},
            "environments.dev.gitops: is for kube-green; keda is told directly",
        ),
        ({"environments": "{dev: {namespaces: [dev], sleeper: cron}}"}, "Invalid enum value 'cron'"),
        (
            {"environments": GITOPS, "gitlab": "{token_file: tokens}"},
            "environments.dev.gitops.application: wants `argocd`, with url and token_file",
        ),
        (
            {"environments": "{dev: {namespaces: [dev], beside_gitops: true, gitops: {project: a/b}}}"},
            "environments.dev: beside_gitops and gitops: leave one of them out",
        ),
        (
            {
                "environments": "{dev: {namespaces: [dev], gitops: {project: ''}}}",
                "gitlab": "{token_file: t}",
            },
            "environments.dev.gitops.project: is empty",
        ),
        ({"gitlab": "{token_file: tokens, url: gitlab.com}"}, "gitlab.url: not a URL"),
        ({"gitlab": "{url: 'https://gitlab.com'}"}, "gitlab: Object missing required field `token_file`"),
        ({"gitlab": "{token_file: nowhere}"}, "gitlab.token_file: "),
        ({"gitlab": "{token_file: rules.yaml}"}, "holds no token: it is one line of ASCII"),
        (
            {"argocd": "{token_file: audit-key, url: 'https://cd', ca_file: rules.yaml}"},
            "argocd.ca_file: ",
        ),
        (oidc("issuer: 'http://login.example.org'"), "oidc.issuer: not an https:// URL"),
        (oidc("issuer: login.example.org"), "oidc.issuer: not an https:// URL"),
        (oidc("client_id: ''"), "oidc.client_id: is empty"),
        (
            {"oidc": "{issuer: 'https://login.example.org'}"},
            "oidc: Object missing required field `client_id`",
        ),
        (oidc("scopes: [email]"), "oidc.scopes: without `openid` the issuer says nothing of people"),
        (
            oidc("public_url: 'https://x'"),
            "public_url and client_secret_file are for confirmation_page: true",
        ),
        (oidc("client_secret_file: tokens"), "client_secret_file are for confirmation_page: true"),
        (oidc("", page=True), "oidc.public_url: the page wants https://HOST"),
        (oidc("public_url: 'http://override.example.org'", page=True), "oidc.public_url: the page wants"),
        (oidc("public_url: 'https://example.org/override'", page=True), "oidc.public_url: the page wants"),
        (
            oidc("public_url: 'https://x', client_secret_file: nowhere", page=True),
            "nowhere: cannot be read: No such file or directory",
        ),
        (oidc("ca_file: rules.yaml"), "oidc.ca_file: "),
        ({"rules": ""}, "rules.yaml: expected `key: value`"),
        ({"rules": "roles: {a: {longest: x}}"}, "rules.yaml: roles.a.longest: `x` is not a duration"),
        ({"key": "short"}, "audit-key: is shorter than 32 bytes: make one with `astrolabe override key`"),
        ({"audit_key_file": "nowhere"}, "nowhere: cannot be read: No such file or directory"),
    ],
)
async def test_settings_that_cannot_be_used(tmp_path: Path, changes: dict[str, str], message: str) -> None:
    ended = await run("check", f"--config={configuration(tmp_path, **changes)}")
    assert ended.code == 1
    assert message in ended.complaint


async def test_settings_are_not_quoted(tmp_path: Path) -> None:
    path = configuration(tmp_path)
    path.write_text("database: [postgresql://astrolabe:secret@host/db\n")
    ended = await run("check", f"--config={path}")
    assert "not valid YAML: line 2" in ended.complaint
    assert "secret" not in ended.err


async def test_a_key() -> None:
    one, two = [(await each("key")).out.strip() for each in (run, spawn)]
    assert one != two
    assert len(one) >= 32


async def test_rights(tmp_path: Path) -> None:
    ended = await run("rbac", f"--config={configuration(tmp_path)}", "--sleepinfo", "dev/nights")
    found = list(yaml.safe_load_all(ended.out))
    assert [(each["kind"], each["metadata"]["namespace"]) for each in found] == [
        (kind, namespace) for namespace in ("dev", "prod", "staging") for kind in ("Role", "RoleBinding")
    ]
    secrets = [rule for each in found for rule in each.get("rules", ()) if "secrets" in rule["resources"]]
    assert secrets == [
        {"apiGroups": [""], "resources": ["secrets"], "resourceNames": ["sleepinfo-nights"], "verbs": ["get"]}
    ]
    verbs = {verb for each in found for rule in each.get("rules", ()) for verb in rule["verbs"]}
    assert verbs == {"get", "list", "patch"}
    ended = await run("rbac", f"--config={tmp_path / 'override.yaml'}", "--sleepinfo", "nights")
    assert ended.complaint == "--sleepinfo: `nights`: expected NAMESPACE/NAME"


# The audit


async def filled(folder: Path, count: int = 4) -> Path:
    config = configuration(folder)
    store = sqlite.opened(folder / "override.db")
    await store.append(chain.seal(KEY.encode(), Head(), [refused(number) for number in range(count)]))
    await store.close()
    return config


async def test_verify(tmp_path: Path) -> None:
    config = await filled(tmp_path)
    ended = await run("audit", "verify", f"--config={config}", "--at-least", "4")
    assert (ended.code, ended.out) == (0, "4 records, the last one is 4: all as written.\n")
    ended = await run("audit", "verify", f"--config={config}", "--at-least", "5")
    assert ended.complaint == "the audit is broken: it ends at 4, and 5 was seen elsewhere"
    (tmp_path / "audit-key").write_text("x" * 32)
    ended = await run("audit", "verify", f"--config={config}")
    assert ended.complaint == "the audit is broken: record 1 was changed, or sealed with another key"


async def test_verify_an_export(tmp_path: Path) -> None:
    config = await filled(tmp_path)
    export = tmp_path / "export.jsonl"
    export.write_text((await run("audit", "export", f"--config={config}")).out)
    words = ("audit", "verify", f"--file={export}")
    ended = await run(*words, f"--key-file={tmp_path / 'audit-key'}")
    assert ended.code == 0
    export.write_text("".join(export.read_text().splitlines(keepends=True)[::2]))
    ended = await run(*words, f"--config={config}")
    assert ended.complaint == "the audit is broken: record 2 is missing: the next one there is 3"
    assert (await run(*words)).complaint == "a file needs its key: give --key-file, or --config"


async def test_backup_and_restore(tmp_path: Path) -> None:
    config, target = await filled(tmp_path), tmp_path / "backup.jsonl"
    ended = await run("backup", f"--config={config}", str(target))
    assert ended.out == f"4 records in {target}.\n"
    assert not target.with_name("backup.jsonl.part").exists()
    ended = await run("restore", f"--config={config}", str(target))
    assert ended.complaint.endswith("override.db: is not empty: a backup is not put over other records")
    (tmp_path / "override.db").unlink()
    ended = await run("restore", f"--config={config}", str(target))
    assert ended.out == "4 records are back.\n"
    ended = await run("audit", "verify", f"--config={config}")
    assert ended.code == 0
    target.write_text(target.read_text().replace("number 2", "number 9"))
    (tmp_path / "override.db").unlink()
    ended = await run("restore", f"--config={config}", str(target))
    assert ended.complaint == "the audit is broken: record 3 was changed, or sealed with another key"
    assert not (tmp_path / "override.db").exists()
