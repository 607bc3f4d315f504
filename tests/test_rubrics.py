"""Published rubrics, written out: their golden cases, and what the shared facts ask for.

Those that are complete are built in or a package; the algorithms of the others stand in `rubrics/`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

import rubric_engine
from rubric_engine.testing import Case, check_case, golden_cases

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent
FACTS = ROOT.parent / "shared" / "rubrics"
FOLDERS = {
    "five-star-branch-110": HERE / "rubrics" / "five-star-branch-110",
    "jiangsu-environment-credit-12": HERE / "rubrics" / "jiangsu-environment-credit-12",
    "longmen-new-villages-2018": (
        ROOT / "plugins" / "rubric-longmen-villages" / "src" / "rubric_longmen_villages"
    ),
    "nyc-restaurant-grade": HERE / "rubrics" / "nyc-restaurant-grade",
    "port-canteen-hygiene-permit": ROOT / "policies" / "port-canteen-hygiene-permit",
    "shaoxing-five-star-community": HERE / "rubrics" / "shaoxing-five-star-community",
    "uk-food-hygiene-rating": ROOT / "policies" / "uk-food-hygiene",
    "wenzhou-two-none-three-2011": HERE / "rubrics" / "wenzhou-two-none-three-2011",
}
#: The shapes of the facts that ask for another thing than a score, or for a cohort.
NO_SCORE = {"quota_max", "self_then_review", "tiered_review", "public_notice"}
RULE = re.compile(r"\br\d{3}(?!\d)")

CASES = [case for folder in FOLDERS.values() for case in golden_cases(folder)]


@pytest.mark.parametrize("case", CASES, ids=str)
def test_golden_case(case: Case) -> None:
    check_case(case)


def test_no_rubric_is_left_over() -> None:
    written = {folder.name for folder in FOLDERS.values() if folder.parent == HERE / "rubrics"}
    assert {folder.name for folder in (HERE / "rubrics").iterdir()} == written


@pytest.mark.parametrize("slug", FOLDERS)
def test_every_rubric_has_cases_and_its_sources(slug: str) -> None:
    assert 5 <= len(golden_cases(FOLDERS[slug]))
    assert (FOLDERS[slug] / "SOURCES.md").is_file()


@pytest.mark.parametrize("slug", FOLDERS)
@pytest.mark.parametrize("form", ["yaml", "json"])
def test_the_rubrics_survive_writing(slug: str, form: str) -> None:
    rubric = rubric_engine.load(FOLDERS[slug])
    assert rubric_engine.loads(rubric_engine.dumps(rubric, format=form)) == rubric


# Against the facts


def facts_of(slug: str) -> dict[str, Any]:
    """Read the facts of a rubric, or skip where the shared files are not beside the repository."""
    path = FACTS / f"{slug}.yaml"
    if not path.is_file():
        pytest.skip(f"the shared facts {path.name} are not beside the repository")
    facts = yaml.safe_load(path.read_text("utf-8"))
    assert facts["slug"] == slug
    return facts


def mappings(value: object) -> Iterator[dict[str, Any]]:
    """Yield all mappings of plain data, the outer ones first."""
    if isinstance(value, dict):
        yield value
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    for each in inner:
        yield from mappings(each)


def written(slug: str) -> list[dict[str, Any]]:
    """Return all mappings of a rubric as it is written: nodes, rules, grades, gates."""
    text = rubric_engine.dumps(rubric_engine.load(FOLDERS[slug]), format="json")
    return list(mappings(json.loads(text)))


def texts(part: dict[str, Any], *keys: str) -> Iterator[str]:
    """Yield the texts of some keys, in all their languages."""
    for key in keys:
        value = part.get(key)
        yield from value.values() if isinstance(value, dict) else [value] if value else []


def section(slug: str, heading: str) -> str:
    """Return what SOURCES.md says under a heading, nothing where there is no such heading."""
    text = (FOLDERS[slug] / "SOURCES.md").read_text("utf-8")
    found = re.search(rf"^## {heading}$(.*?)(?=^## |\Z)", text, re.MULTILINE | re.DOTALL)
    return found[1] if found else ""


def test_every_rubric_of_the_facts_is_written() -> None:
    if not FACTS.is_dir():
        pytest.skip("the shared facts are not beside the repository")
    assert {path.stem for path in FACTS.glob("*.yaml")} == set(FOLDERS)


@pytest.mark.parametrize("slug", FOLDERS)
def test_every_rule_is_covered_or_belongs_elsewhere(slug: str) -> None:
    facts, parts = facts_of(slug), written(slug)
    said = {
        rule
        for part in parts
        for text in texts(part, "id", "code", "source")
        for rule in RULE.findall(text)
    }
    sources = (FOLDERS[slug] / "SOURCES.md").read_text("utf-8")
    elsewhere = set(RULE.findall(section(slug, "Belongs elsewhere")))
    rules = {rule["id"]: set(rule["shapes"]) for rule in facts["rules"]}
    assert said <= set(rules), "rules that the facts do not have"
    assert set(RULE.findall(sources)) == set(rules), "SOURCES.md lists every rule"
    for rule, shapes in rules.items():
        assert rule in said or rule in elsewhere, f"{rule} is neither covered nor elsewhere"
        if rule not in said:
            assert shapes & NO_SCORE, f"{rule} concerns a score: {shapes}"


@pytest.mark.parametrize("slug", FOLDERS)
def test_every_indicator_has_its_points(slug: str) -> None:
    facts, parts = facts_of(slug), written(slug)
    nodes = {name: part for part in parts for name in texts(part, "id", "code")}
    for indicator in facts["indicators"]:
        name = indicator["id"]
        assert name in nodes, f"no node is called {name}"
        points = indicator.get("points")
        if isinstance(points, int):
            assert str(nodes[name]["points"]) == str(points), name
        if points == "key":
            assert nodes[name]["points"] == "none", name
    total = facts["scale"].get("total")
    if total is not None and slug not in SCALES:
        assert rubric_engine.load(FOLDERS[slug]).total == total


#: Where the total of the rubric is not the scale of the facts, and why.
SCALES = {
    "port-canteen-hygiene-permit": "59 points, told on a scale of 100",
    "wenzhou-two-none-three-2011": "100 points a month, 1,200 a year",
}


@pytest.mark.parametrize("slug", FOLDERS)
def test_open_questions_are_answered_by_choices(slug: str) -> None:
    facts = facts_of(slug)
    notes = [text for part in written(slug) for text in texts(part, "note")]
    choices = sum(text.count("Choice:") for text in notes)
    assert choices >= len(facts["open"])
    if choices:
        assert "hosen where the source is silent" in (FOLDERS[slug] / "SOURCES.md").read_text(
            "utf-8"
        )


@pytest.mark.parametrize("slug", FOLDERS)
def test_what_is_made_up_is_said(slug: str) -> None:
    marks = [part["provenance"] for part in written(slug) if "provenance" in part]
    assert "source" in marks
    assert ("illustrative" in marks) == bool(section(slug, "Illustrative"))
