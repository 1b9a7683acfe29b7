"""What is followed, of what is served, as the settings have it."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from structlog.testing import capture_logs

from astrolabe.kinds.models.customrefs import Row as Reference
from astrolabe.kinds.registry import KINDS
from astrolabe.kube.discovery import Discovery, Served
from astrolabe.kube.resource import Scope
from astrolabe.settings import Settings
from astrolabe.watchlist import Watchlist

VERBS = frozenset({"get", "list", "watch"})


def served(
    name: str,
    version: str = "v1",
    kind: str = "Thing",
    verbs: frozenset[str] = VERBS,
    *,
    namespaced: bool = True,
) -> Served:
    plural, _, group = name.partition(".")
    return Served(group, version, plural, kind, namespaced, verbs)


EVERYTHING = tuple(
    served(kind.resource, kind.versions[0], kind.name.partition(".")[0], namespaced=kind.namespaced)
    for kind in KINDS
)


def choose(*extra: Served, **settings: Any) -> list[str]:
    """Say what is followed as `resource/version (scope)`."""
    targets = Watchlist(Settings(**settings)).choose(Discovery((*EVERYTHING, *extra)))
    return [
        f"{target.resource.name}/{target.resource.version}{f' ({scope})' if str(scope) else ''}"
        for target in targets
        for scope in target.scopes
    ]


def test_everything_known_is_followed_in_the_whole_cluster() -> None:
    chosen = choose()
    assert [each.partition(" ")[0] for each in chosen] == [
        f"{kind.resource}/{kind.versions[0]}" for kind in KINDS
    ]
    assert [each for each in chosen if "(" in each] == ["events/v1 (fields type!=Normal)"]


def test_a_kind_of_the_table_that_is_not_served_is_neither_followed_nor_missed() -> None:
    rest = Discovery(tuple(each for each in EVERYTHING if each.group != "gateway.networking.k8s.io"))
    watchlist = Watchlist(Settings())
    followed = [target.resource.name for target in watchlist.choose(rest)]
    assert followed == [kind.resource for kind in KINDS if kind.group != "gateway.networking.k8s.io"]
    assert watchlist.absent(rest) == []
    assert watchlist.concerns("gateway.networking.k8s.io")


def test_a_kind_of_the_table_comes_in_the_best_version_that_is_served() -> None:
    old = served("httproutes.gateway.networking.k8s.io", "v1beta1", "HTTPRoute")
    targets = Watchlist(Settings()).choose(Discovery((old,)))
    assert [f"{each.resource.name}/{each.resource.version}" for each in targets] == [
        "httproutes.gateway.networking.k8s.io/v1beta1"
    ]


def test_events_by_name_are_no_normal_ones_either() -> None:
    events = [each for each in choose(names={"events": ("a",)}) if each.startswith("events/")]
    assert events == ["events/v1 (fields metadata.name=a,type!=Normal)"]


def test_only_metadata_is_asked_for_where_no_more_is_needed() -> None:
    targets = Watchlist(Settings()).choose(Discovery((*EVERYTHING, served("rockets.space.example"))))
    by_name = {target.resource.name: target.resource.metadata_only for target in targets}
    assert {name for name in ("secrets", "configmaps", "pods") if by_name[name]} == {"secrets", "configmaps"}


@pytest.mark.parametrize(
    ("settings", "followed"),
    [
        ({"kinds": ("pods", "nodes")}, ["nodes/v1", "pods/v1"]),
        ({"kinds": ("pods", "nodes"), "kinds_denied": ("nodes",)}, ["pods/v1"]),
        ({"kinds": ("pods",), "names": {"secrets": ("a",)}}, ["pods/v1"]),
        (
            {"kinds": ("pods", "nodes"), "namespaces": ("shop", "blog", "shop")},
            ["nodes/v1", "pods/v1 (namespace shop)", "pods/v1 (namespace blog)"],
        ),
        (
            {"kinds": ("secrets",), "names": {"secrets": ("a", "b", "a")}, "label_selector": "app=web"},
            [
                "secrets/v1 (labels app=web, fields metadata.name=a)",
                "secrets/v1 (labels app=web, fields metadata.name=b)",
            ],
        ),
    ],
)
def test_the_settings_choose(settings: dict[str, Any], followed: list[str]) -> None:
    assert choose(**settings) == followed


@pytest.mark.parametrize(
    ("settings", "followed"),
    [
        ({}, {"rockets.space.example", "probes.space.example", "widgets.example.com"}),
        ({"custom_resources": ("*.space.example",)}, {"rockets.space.example", "probes.space.example"}),
        ({"custom_resources": ("rockets.*", "widgets.*")}, {"rockets.space.example", "widgets.example.com"}),
        ({"custom_resources": ()}, set()),
        (
            {"custom_resources": (), "kinds": ("widgets.example.com",)},
            {"widgets.example.com"},
        ),
        ({"kinds_denied": ("widgets.example.com",)}, {"rockets.space.example", "probes.space.example"}),
    ],
)
def test_custom_resources_are_chosen_by_patterns(settings: dict[str, Any], followed: set[str]) -> None:
    custom = ("rockets.space.example", "probes.space.example", "widgets.example.com")
    built_in = {kind.resource for kind in KINDS}
    chosen = {each.partition("/")[0] for each in choose(*map(served, custom), **settings)}
    assert chosen - built_in == followed


def test_custom_resources_come_in_the_version_that_the_server_prefers() -> None:
    both = (served("rockets.space.example", "v2"), served("rockets.space.example", "v1"))
    assert [each for each in choose(*both) if "rockets" in each] == ["rockets.space.example/v2"]


def test_groups_of_the_api_server_itself_and_what_cannot_be_watched_are_left_out() -> None:
    assert [
        each
        for each in choose(
            served("events.events.k8s.io"),
            served("leases.coordination.k8s.io"),
            served("pods.metrics.k8s.io", verbs=frozenset({"get", "list"})),
        )
        if each.partition(".")[0] in ("events", "leases") or "metrics" in each
    ] == []


def test_what_is_named_and_not_served() -> None:
    watchlist = Watchlist(
        Settings(kinds=("pods", "rockets.space.example"), names={"rockets.space.example": ("a",)})
    )
    assert watchlist.absent(Discovery(EVERYTHING)) == ["rockets.space.example"]


@pytest.mark.parametrize(
    ("settings", "complete"),
    [
        ({}, [("Pod", "")]),
        ({"namespaces": ("shop", "blog")}, [("Pod", "shop"), ("Pod", "blog")]),
        ({"label_selector": "app=web"}, []),
        ({"names": {"pods": ("a",)}}, []),
        ({"kinds": ("nodes",)}, []),
    ],
)
def test_only_scopes_without_selectors_are_complete(
    settings: dict[str, Any], complete: list[tuple[str, str]]
) -> None:
    watchlist = Watchlist(Settings(**settings))
    watchlist.choose(Discovery(EVERYTHING))
    assert watchlist.complete("pods") == complete
    assert watchlist.complete("rockets.space.example") == []


def test_permissions_are_needed_for_every_scope() -> None:
    watchlist = Watchlist(Settings(kinds=("pods", "nodes"), namespaces=("shop", "blog")))
    asked = watchlist.asked_for(Discovery(EVERYTHING))
    assert [(resource.name, scope) for resource, scope in asked] == [
        ("nodes", Scope()),
        ("pods", Scope(namespace="shop")),
        ("pods", Scope(namespace="blog")),
    ]


def test_labels_of_custom_resources_find_their_kind_once_it_is_served() -> None:
    watchlist = Watchlist(Settings(metric_labels={"pods": ("app",), "rockets.space.example": ("*",)}))
    assert watchlist.labels == {"Pod": ("app",), "rockets.space.example": ("*",)}
    watchlist.choose(Discovery((served("rockets.space.example", kind="Rocket"),)))
    assert watchlist.labels["Rocket.space.example"] == ("*",)


@pytest.mark.parametrize(
    ("settings", "concerned"),
    [
        (Settings(), ("apps", "space.example", "argoproj.io")),
        (Settings(custom_resources=()), ("apps",)),
        (Settings(custom_resources=("*.space.example",)), ("apps", "space.example")),
        (Settings(kinds=("pods", "rollouts.argoproj.io")), ("argoproj.io",)),
    ],
)
def test_which_groups_matter(settings: Settings, concerned: tuple[str, ...]) -> None:
    groups = ("apps", "space.example", "argoproj.io", "metrics.k8s.io", "custom.metrics.k8s.io")
    assert tuple(group for group in groups if Watchlist(settings).concerns(group)) == concerned


def test_events_are_followed_unless_the_settings_say_no() -> None:
    assert any(each.startswith("events/") for each in choose())
    assert not any(each.startswith("events/") for each in choose(events=False))


WIDGET = Reference("space.example", "Rocket", "spec.engineRef", "Engine.space.example")


def test_users_rows_of_references_reach_the_objects() -> None:
    watchlist = Watchlist(Settings(custom_references=(WIDGET,)))
    targets = watchlist.choose(Discovery((served("rockets.space.example", "v1", "Rocket"),)))
    (target,) = targets
    raw = (
        b'{"metadata": {"name": "a", "namespace": "pad", "uid": "u"}, "spec": {"engineRef": {"name": "big"}}}'
    )
    facts = target.decode(msgspec.Raw(raw), {})
    assert [(each.type, each.target) for each in facts.refs] == [("refers", "Engine.space.example/pad/big")]


def test_a_row_about_a_kind_that_is_not_served_is_told_once() -> None:
    watchlist = Watchlist(Settings(custom_references=(WIDGET,)))
    with capture_logs() as logs:
        watchlist.choose(Discovery(EVERYTHING))
        watchlist.choose(Discovery(EVERYTHING))
    assert [each["kind"] for each in logs] == ["Rocket.space.example"]
    assert watchlist.unserved(Discovery((served("rockets.space.example", "v1", "Rocket"),))) == []
