"""Scales from other fields, worked by hand, and the page that shows them."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import rubric_engine
from rubric_engine.testing import Case, check_case, golden_cases

TESTS = Path(__file__).parent
PAGE = TESTS.parent / "docs" / "explanation" / "worked-scales.md"
FOLDERS = sorted(each for each in (TESTS / "worked").iterdir() if each.is_dir())
CASES = [case for folder in FOLDERS for case in golden_cases(folder)]


@pytest.mark.parametrize("case", CASES, ids=str)
def test_worked_case(case: Case) -> None:
    check_case(case)


@pytest.mark.parametrize("case", [each for each in CASES if each.expect], ids=str)
def test_every_worked_case_can_be_told_and_balances(case: Case) -> None:
    result = rubric_engine.evaluate(case.rubric, case.evidence)
    for name in result.scores:
        node = result[name]
        assert node.start + sum(step.taken for step in node.steps) == node.exact, name
    again = rubric_engine.Evaluation.from_dict(result.to_dict())
    assert again == result
    assert again.explain() == result.explain()


def test_the_page_shows_the_rubrics_that_are_worked() -> None:
    blocks = re.findall(r"```yaml\n(.*?)```", PAGE.read_text("utf-8"), re.DOTALL)
    shown = {rubric.name: rubric for rubric in map(rubric_engine.loads, blocks)}
    assert shown == {folder.name: rubric_engine.load(folder / "rubric.yaml") for folder in FOLDERS}
