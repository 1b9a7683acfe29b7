"""The schema in the tree is what is served, says everything, and has the fields of the API's bodies."""

from __future__ import annotations

import subprocess
import sys
from importlib.resources import files
from typing import Any, get_args

import msgspec
import pytest
from graphql import (
    GraphQLObjectType,
    build_client_schema,
    build_schema,
    get_introspection_query,
    get_named_type,
    is_enum_type,
    is_leaf_type,
    is_list_type,
    is_non_null_type,
    is_object_type,
    lexicographic_sort_schema,
    print_schema,
)

from astrolabe.api.graphql import engine, sleep
from astrolabe.api.graphql.limits import PAGE_SIZE_LIMIT
from astrolabe.api.graphql.lists import Problems
from astrolabe.api.graphql.resolvers import RESOLVERS
from astrolabe.api.v1 import bodies, changed, problems, relatives
from astrolabe.derived.access import access, answers, paths, rights
from astrolabe.derived.changes.recent import Sort
from astrolabe.graph.facts import STATUSES
from tests.api.graphql.asking import questions

SCHEMA = engine.schema()
OWN = [kind for kind in SCHEMA.type_map.values() if is_object_type(kind) and not kind.name.startswith("__")]
BODIES: dict[str, tuple[type[msgspec.Struct], set[str], set[str]]] = {
    # What has another form here, and what is more here.
    "Object": (
        bodies.GraphNode,
        set(),
        {"id", "apiVersion", "creationTimestamp", "relations", "missing", "causes", "changed"},
    ),
    "Metadata": (bodies.Metadata, set(), set()),
    "Replicas": (bodies.Replicas, set(), set()),
    "ClaimReference": (bodies.ClaimReference, set(), set()),
    "ScaleTargetReference": (bodies.ScaleTargetReference, set(), set()),
    "RemoteRelation": (bodies.RemoteRelation, set(), set()),
    "MissingReference": (bodies.MissingReference, {"from"}, set()),
    "Cause": (relatives.Cause, {"uid"}, {"object"}),
    "Changed": (changed.Changed, set(), set()),
    "Problem": (problems.Problem, set(), {"object"}),
    "ProblemList": (Problems, set(), set()),
    "Finding": (answers.Found, set(), set()),
    "AccessEvent": (access.Event, set(), set()),
    "Environment": (sleep.Environment, set(), set()),
    "EnvironmentPage": (sleep.Environments, set(), set()),
    "SleepInfo": (sleep.Schedule, set(), {"object"}),
    "SleepInfoPage": (sleep.Schedules, set(), set()),
    "Sleeping": (sleep.Sleeping, set(), {"object"}),
    "SleepingPage": (sleep.Sleepers, set(), set()),
    "Cost": (sleep.Cost, set(), {"object"}),
    "CostPage": (sleep.Costs, set(), set()),
    "WhoCan": (answers.WhoCan, set(), set()),
    "SubjectAccess": (answers.Of, set(), set()),
    "Grant": (rights.Grant, set(), set()),
    "AccessPath": (paths.Path, set(), set()),
    "AccessStep": (paths.Step, set(), set()),
    "AccessRule": (answers.RuleOf, set(), set()),
    "AccountUse": (answers.UsedBy, set(), set()),
    "TokenSecret": (answers.TokenSecret, set(), set()),
    "SecretUse": (answers.MountedBy, set(), set()),
}


@pytest.mark.parametrize("name", BODIES)
def test_a_type_has_the_fields_of_the_body(name: str) -> None:
    body, otherwise, more = BODIES[name]
    kind = SCHEMA.type_map[name]
    assert isinstance(kind, GraphQLObjectType)
    fields = {each.encode_name: each for each in msgspec.structs.fields(body)}
    assert set(kind.fields) == (set(fields) - otherwise) | more
    for field, about in kind.fields.items():
        if field not in more:
            told = str(fields[field].type)
            absent = "UnsetType" in told or told.endswith("| None")
            assert is_non_null_type(about.type) != absent, field


def test_statuses_are_those_of_the_graph() -> None:
    status = SCHEMA.type_map["Status"]
    assert is_enum_type(status)
    assert tuple(status.values) == STATUSES
    direction = SCHEMA.type_map["Direction"]
    assert is_enum_type(direction)
    assert set(direction.values) == {"to", "from"}
    assert all(
        word in str(SCHEMA.type_map["Changed"].fields["change"].description) for word in get_args(Sort)
    )  # type: ignore[attr-defined]


def test_everything_that_is_answered_is_in_the_schema() -> None:
    assert set(RESOLVERS) <= {(kind.name, name) for kind in OWN for name in kind.fields}


def test_lists_hold_no_nulls_and_whatever_is_long_has_pages() -> None:
    for kind in OWN:
        assert kind.description
        for name, field in kind.fields.items():
            inner = field.type.of_type if is_non_null_type(field.type) else field.type
            if is_list_type(inner):
                assert is_non_null_type(inner.of_type), f"{kind.name}.{name}"
            if "first" in field.args:
                # What can be refused may be null: the rest of the answer stands.
                assert not is_non_null_type(field.type), f"{kind.name}.{name}"
                assert f"1 to {PAGE_SIZE_LIMIT}" in (field.args["first"].description or "")
            assert all(arg.description for arg in field.args.values()), f"{kind.name}.{name}"
        for name, field in kind.fields.items():
            leaf = is_leaf_type(get_named_type(field.type))
            assert leaf or kind.name != "Query" or field.description, name


async def test_the_file_is_what_the_server_tells() -> None:
    text = files(engine.__package__).joinpath("schema.graphql").read_text("utf-8")
    async with questions() as api:
        served: Any = build_client_schema(await api.data(get_introspection_query()))
    told = print_schema(lexicographic_sort_schema(served))
    assert told == print_schema(lexicographic_sort_schema(build_schema(text)))


def test_it_is_imported_by_the_first_question_alone() -> None:
    program = "import sys, astrolabe.application, astrolabe.api.http; sys.exit('graphql' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0
