"""The compose file and the image, as far as can be told without a container engine."""

from __future__ import annotations

import re
import subprocess
import tomllib
from collections.abc import Iterator
from itertools import chain
from pathlib import Path

import pytest
import yaml

import astrolabe
from astrolabe import cli
from astrolabe.settings import read_settings
from deploy.generated import HERE, ROOT
from tests.deploy.rendering import run

COMPOSE = HERE / "compose"
DOCKERFILE = (ROOT / "Dockerfile").read_text()


def compose() -> dict[str, dict[str, dict[str, object]]]:
    return yaml.safe_load((COMPOSE / "docker-compose.yml").read_text())


def mounts(service: str) -> dict[str, Path]:
    """Return what of the tree a service sees, by the path at which it does."""
    found = {}
    for volume in compose()["services"][service].get("volumes", ()):
        source, target, *mode = str(volume).split(":")
        if source.startswith("."):
            assert mode == ["ro"], volume
            found[target] = (COMPOSE / source).resolve()
        else:
            assert source in compose()["volumes"], volume
    return found


def test_everything_that_is_mounted_exists() -> None:
    mounted = [path for service in compose()["services"] for path in mounts(service).values()]
    assert len(mounted) == 7
    assert [path for path in mounted if not path.exists()] == []


def test_images_are_pinned_and_ports_stay_on_this_machine() -> None:
    services = compose()["services"]
    assert sorted(services) == ["alertmanager", "astrolabe", "grafana", "prometheus", "redis"]
    for name, service in services.items():
        assert re.fullmatch(r"[a-z/]+:v?\d+\.\d+\.\d+", str(service["image"])), name
        (port,) = service["ports"]
        assert str(port).startswith("127.0.0.1:"), name
        assert set(service.get("depends_on", ())) < set(services), name
    assert services["astrolabe"]["image"] == f"astrolabe:{astrolabe.__version__}"


def test_the_demo_is_started_as_the_program_takes_it() -> None:
    words = compose()["services"]["astrolabe"]["command"]
    parser, _ = cli._parser(words[0])
    parsed = parser.parse_args(words)
    settings = read_settings(parsed, {})
    # A container is reached from outside of it.
    assert (parsed.command, settings.address, settings.port) == ("demo", "0.0.0.0", 8080)


def test_prometheus_scrapes_the_demo_with_the_rules_and_tells_alertmanager() -> None:
    config = yaml.safe_load((COMPOSE / "prometheus.yml").read_text())
    (scrape,) = config["scrape_configs"]
    assert (scrape["job_name"], scrape["honor_labels"]) == ("astrolabe", True)
    assert scrape["static_configs"] == [{"targets": ["astrolabe:8080"]}]
    (alertmanager,) = config["alerting"]["alertmanagers"]
    assert alertmanager["static_configs"] == [{"targets": ["alertmanager:9093"]}]
    (pattern,) = config["rule_files"]
    rules = {target: path for target, path in mounts("prometheus").items() if Path(target).match(pattern)}
    assert sorted(path.name for path in rules.values()) == ["alerts.yaml", "rules.yaml"]


@pytest.mark.real
def test_promtool_takes_prometheus_configuration() -> None:
    done = run("promtool", "check", "config", "--syntax-only", str(COMPOSE / "prometheus.yml"))
    assert done.returncode == 0, done.stdout + done.stderr


def test_grafana_is_provisioned_with_the_data_source_and_the_dashboards() -> None:
    seen = mounts("grafana")
    for kind in ("datasources", "dashboards"):
        assert seen[f"/etc/grafana/provisioning/{kind}"] == COMPOSE / "grafana" / kind
    (provider,) = yaml.safe_load((COMPOSE / "grafana/dashboards/astrolabe.yaml").read_text())["providers"]
    boards = seen[provider["options"]["path"]]
    assert boards == ROOT / "dashboards" / "rendered"
    home = str(compose()["services"]["grafana"]["environment"]["GF_DASHBOARDS_DEFAULT_HOME_DASHBOARD_PATH"])
    assert (boards / Path(home).relative_to(provider["options"]["path"])).is_file()
    sources = yaml.safe_load((COMPOSE / "grafana/datasources/prometheus.yaml").read_text())["datasources"]
    assert [(each["type"], each["url"]) for each in sources] == [
        ("prometheus", "http://prometheus:9090"),
        ("alertmanager", "http://alertmanager:9093"),
    ]


# The image


def stages() -> list[str]:
    return re.split(r"^FROM ", DOCKERFILE, flags=re.MULTILINE)[1:]


def copied() -> Iterator[str]:
    for line in re.findall(r"^COPY (?!--from)(.+)$", DOCKERFILE, re.MULTILINE):
        yield from line.split()[:-1]


def test_the_image_is_built_from_a_pinned_base_and_pinned_packages() -> None:
    assert re.search(r"^ARG PYTHON=3\.\d+\.\d+-slim-\w+$", DOCKERFILE, re.MULTILINE)
    assert [stage.split()[0] for stage in stages()] == ["python:${PYTHON}"] * 2
    assert re.search(r"^ARG REQUIREMENTS=requirements\.txt$", DOCKERFILE, re.MULTILINE)
    (backend,) = tomllib.loads((ROOT / "pyproject.toml").read_text())["build-system"]["requires"]
    assert f"pip install {backend} " in DOCKERFILE


@pytest.mark.parametrize("lists", ["requirements.txt", "requirements-export.txt requirements-otel.txt"])
def test_the_image_takes_each_list_of_packages_by_hash(lists: str) -> None:
    (command,) = re.findall(r"^RUN (for file in (?:.*\\\n)*.*)$", DOCKERFILE, re.MULTILINE)
    command = command.replace("/opt/astrolabe/bin/pip", "echo")
    said = subprocess.check_output(["/bin/sh", "-c", command], env={"REQUIREMENTS": lists}, text=True)
    each = chain.from_iterable(("--requirement", file) for file in lists.split())
    assert said.split() == ["install", "--require-hashes", *each]


def test_the_builder_is_sent_what_is_copied_and_nothing_else() -> None:
    ignored = (ROOT / ".dockerignore").read_text().splitlines()
    assert ignored[1] == "*"
    allowed = [line[1:] for line in ignored if line.startswith("!")]
    assert allowed == list(copied())
    assert [name for name in allowed if not (ROOT / name).exists()] == []


def test_the_image_runs_as_nobody_and_starts_the_exporter() -> None:
    last = stages()[-1]
    user = yaml.safe_load((HERE / "kustomize/base/deployment.yaml").read_text())["spec"]["template"]["spec"][
        "securityContext"
    ]
    assert f"\nUSER {user['runAsUser']}:{user['runAsGroup']}\n" in last
    assert '\nENTRYPOINT ["astrolabe"]\nCMD ["serve"]\n' in last
    assert "RUN" not in last
