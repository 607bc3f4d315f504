"""The page on what check finds in real rubrics says what it finds."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from rubric_engine import Report, Rubric, check, load

HERE = Path(__file__).parent
PAGE = (HERE.parent / "docs" / "explanation" / "real-rubrics.md").read_text(encoding="utf-8")
ROWS = re.findall(r"^\| ([a-z0-9-]+) \| (\d+) \| (\d+) \| (.+) \|$", PAGE, re.MULTILINE)
FOUND = re.findall(r"^\| ([a-z0-9-]+) \| .+? \| `([a-z-]+)`.*? \| .+ \|$", PAGE, re.MULTILINE)


def rubric_named(name: str) -> Rubric:
    """Load a rubric of the tests, or one that is installed."""
    beside = HERE / "rubrics" / name / "rubric.yaml"
    return load(beside if beside.exists() else name)


def in_words(report: Report) -> str:
    counts = [
        (len(report.suspect), "suspect"),
        (len(report.information), "to know"),
        (len(report.undecided), "not decided"),
    ]
    return ", ".join(f"{count} {word}" for count, word in counts if count) or "nothing"


@pytest.mark.parametrize(("name", "rules", "proved", "found"), ROWS, ids=[row[0] for row in ROWS])
def test_the_table_says_what_check_finds(name: str, rules: str, proved: str, found: str) -> None:
    rubric = rubric_named(name)
    report = check(rubric)
    assert not report.wrong
    counted = (str(sum(len(node.rules) for node in rubric.nodes())), str(len(report.proved)))
    assert (*counted, in_words(report)) == (rules, proved, found)
    told = {each.code for each in (*report.suspect, *report.information, *report.undecided)}
    assert told == {code for own, code in FOUND if own == name}


def test_the_page_speaks_of_all_of_them() -> None:
    assert len(ROWS) == 8
    assert sum(int(rules) for _, rules, _, _ in ROWS) == 95


def test_nothing_is_suspect_in_the_reference_scheme() -> None:
    report = check(load("dongcheng-community"))
    assert report.sound
    assert not report.undecided
    assert not report.information
    assert len(report.of("grade-reached")) == 5
