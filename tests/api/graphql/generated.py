"""Documents that fit a schema, at random: with aliases, fragments, directives, variables and arguments."""

from __future__ import annotations

from collections import Counter
from random import Random
from typing import Any, NamedTuple

from graphql import (
    GraphQLArgument,
    GraphQLObjectType,
    GraphQLSchema,
    get_named_type,
    is_leaf_type,
    is_object_type,
)

from astrolabe.api.graphql.limits import MOST_FRAGMENTS

VARIABLES = {"few": 3, "yes": True, "no": False, "kinds": ["Pod", "Service"]}
DECLARED = "($few: Int! = 2, $yes: Boolean!, $no: Boolean = false, $kinds: [String!])"
VALUES = {
    "first": ["1", "2", "50", "$few"],
    "id": ['"Pod/shop/web-0"', '"uid-Pod-api-0"', '"Pod/shop/nothing"', '""'],
    "kind": ["$kinds", '["Pod"]', '"StatefulSet"', "[]", "null"],
    "status": ["[Ready]", "[Error, Pending]", "Error", "null"],
    "label": ['"app=web"', '"tier in (front)"', '""', "null"],
    "namespace": ['"shop"', '"other"', '"nowhere"', '""'],
    "release": ['"web"', '"shop/api"', '"nothing"', "null"],
    "text": ['"WEB"', '"pod/"', '""'],
    "type": ['["owns", "mounts"]', '"uses-secret"', "null"],
    "direction": ["to", "from", "null"],
    "after": ['""', "null"],
    "silenced": ["$yes", "$no", "true"],
    "rule": ['""', "null"],
    "severity": ['"critical"', "null"],
    "environment": ['"shop"', '"nowhere"', '""', "null"],
    "verb": ['"get"', '"*"'],
    "resource": ['"secrets/shared"', '"pods/exec"', '"/metrics"'],
    "subject": ['"serviceaccount/shop/shared"', '"user/alice"'],
}
"""What stands for each argument; every one of them is taken."""


class Generated(NamedTuple):
    """A document and the fields that it asks for, as `Type.field`."""

    text: str
    fields: frozenset[str]


def documents(schema: GraphQLSchema, count: int, seed: int) -> list[Generated]:
    """Return some. Each asks for what the ones before asked for least, so that few ask for everything."""
    asked: Counter[str] = Counter()
    return [_Writer(schema, Random(f"{seed}-{number}"), asked).document() for number in range(count)]


class _Writer:
    def __init__(self, schema: GraphQLSchema, random: Random, asked: Counter[str]) -> None:
        self._asked = asked
        self._schema = schema
        self._random = random
        self._names = 0
        self._fragments: list[str] = []
        self._fields: set[str] = set()

    def document(self) -> Generated:
        query = self._schema.query_type
        assert query is not None
        chosen = self._selection(query, self._random.randint(2, 5))
        # Each variable has to be used; a field of the specification's own takes the directives.
        uses = "__typename @include(if: $yes) @skip(if: $no)"
        uses += " used: objects(first: $few, kind: $kinds) { endCursor }"
        return Generated(
            f"query Q{DECLARED} {{ {uses} {chosen} }}\n" + "\n".join(self._fragments), frozenset(self._fields)
        )

    def _selection(self, kind: GraphQLObjectType, depth: int) -> str:
        leaves = [name for name, field in kind.fields.items() if is_leaf_type(get_named_type(field.type))]
        others = [name for name in kind.fields if name not in leaves]
        names = self._some(kind, leaves, 6) + (self._some(kind, others, 2) if depth else [])
        parts = [self._wrapped(kind, self._field(kind, name, depth)) for name in names]
        return " ".join(parts) or "__typename"

    def _some(self, kind: GraphQLObjectType, names: list[str], most: int) -> list[str]:
        some = self._random.sample(names, len(names))
        some.sort(key=lambda name: self._least(kind, name))
        del some[self._random.randint(1, most) :]
        self._asked.update(f"{kind.name}.{name}" for name in some)
        return some

    def _least(self, kind: GraphQLObjectType, name: str) -> int:
        """How often that was asked for which was asked for least, of a field and all that it leads to."""
        seen: set[str] = set()
        least = self._asked[f"{kind.name}.{name}"]
        ahead = [get_named_type(kind.fields[name].type)]
        while ahead:
            below = ahead.pop()
            if is_object_type(below) and below.name not in seen:
                seen.add(below.name)
                least = min(least, *(self._asked[f"{below.name}.{each}"] for each in below.fields))
                ahead += [get_named_type(field.type) for field in below.fields.values()]
        return least

    def _field(self, kind: GraphQLObjectType, name: str, depth: int) -> str:
        field = kind.fields[name]
        self._fields.add(f"{kind.name}.{name}")
        given = self._arguments(field.args)
        below = get_named_type(field.type)
        # With arguments, a name is asked for once: else two fields of one name would not be one.
        label = self._name() + ": " if given or self._random.random() < 0.1 else ""
        chosen = f" {{ {self._selection(below, depth - 1)} }}" if is_object_type(below) else ""
        directive = self._random.choice(
            ("", "", "", " @include(if: $yes)", " @skip(if: $yes)", " @skip(if: $no)")
        )
        return f"{label}{name}{given}{directive}{chosen}"

    def _arguments(self, args: dict[str, GraphQLArgument]) -> str:
        given = [
            f"{name}: {self._random.choice(VALUES[name])}"
            for name, arg in args.items()
            if self._needed(arg) or self._random.random() < 0.4
        ]
        return f"({', '.join(given)})" if given else ""

    def _needed(self, arg: Any) -> bool:
        return str(arg.type).endswith("!") and arg.default is None

    def _wrapped(self, kind: GraphQLObjectType, text: str) -> str:
        match self._random.randrange(8):
            case 0:
                return f"... on {kind.name} {{ {text} }}"
            case 1 if len(self._fragments) < MOST_FRAGMENTS:
                name = self._name()
                self._fragments.append(f"fragment {name} on {kind.name} {{ {text} }}")
                return f"...{name} @include(if: $yes)"
            case 2:
                return f"... @skip(if: $no) {{ {text} }}"
        return text

    def _name(self) -> str:
        self._names += 1
        return f"n{self._names}"
