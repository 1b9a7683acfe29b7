"""docs/access.md tells every way and every rule, and its examples can be recomputed."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml

from astrolabe.commands import tables
from astrolabe.derived.access import answering, answers, questions
from astrolabe.derived.access.access import Access
from astrolabe.derived.access.findings.catalogue import BY_ID, RULES, Silences
from astrolabe.derived.access.ways import HOWS
from astrolabe.scheduling.steps import at_once
from tests.access.world import World

PAGE = (Path(__file__).parents[2] / "docs" / "access.md").read_text("utf-8")
EXAMPLES = re.findall(r"^```console\n\$ astrolabe access (.*)\n((?:.*\n)*?)```$", PAGE, re.MULTILINE)


def rows(section: str) -> list[list[str]]:
    text = PAGE.partition(f"## {section}\n")[2].partition("\n## ")[0]
    return [
        [cell.strip() for cell in line.strip("|").split(" | ")]
        for line in text.splitlines()
        if line.startswith("| `")
    ]


def shop() -> Access:
    """The cluster of the page."""
    world = World()
    access = Access(world.graph)
    world.listeners.append(access)
    (text,) = re.findall(r"^A small shop:\n\n```yaml\n(.*?)```", PAGE, re.DOTALL | re.MULTILINE)
    for each in yaml.safe_load(text):
        metadata = each["metadata"]
        metadata["uid"] = f"{each['kind']}/{metadata.get('namespace', '')}/{metadata['name']}"
        world.put(each)
    for _ in access.work():
        pass
    return access


def answer(access: Access, words: list[str]) -> answers.Answer:
    match words:
        case ["who-can", verb, resource, "-n", namespace]:
            return at_once(answering.who_can(access, questions.request_of(verb, resource, namespace)))
        case ["of", subject]:
            return at_once(answering.of(access, questions.subject_of(subject)))
        case ["findings"]:
            return at_once(answering.findings(access))
    raise AssertionError(words)


def test_every_way_is_told_in_order() -> None:
    assert tuple(row[0].strip("`") for row in rows("Ways")) == HOWS


def test_every_rule_is_told_worst_first() -> None:
    assert rows("Rules") == [
        [
            f"`{rule.id}`",
            rule.severity,
            ", ".join(sorted(rule.kinds)),
            f"{rule.title}. {rule.reason}",
            rule.remedy,
        ]
        for rule in RULES
    ]


@pytest.mark.parametrize(("words", "told"), EXAMPLES, ids=[words for words, _ in EXAMPLES])
def test_the_examples_are_what_the_program_says(words: str, told: str) -> None:
    assert "".join(tables.table(answer(shop(), words.split()))) == told


def test_what_the_examples_silence_can_be_silenced() -> None:
    examples = [
        yaml.safe_load(text) for text in re.findall(r"```yaml\n(access_silence:.*?)```", PAGE, re.DOTALL)
    ]
    assert len(examples) == 2
    for example in examples:
        Silences(example["access_silence"])
        for key in example["access_silence"]:
            rule, _, pattern = key.partition("@")
            assert not pattern or pattern.split("/")[0] in BY_ID[rule].kinds


def test_there_is_an_example_of_each_question() -> None:
    assert {words.split()[0] for words, _ in EXAMPLES} == {"who-can", "of", "findings"}
