"""Golden cases: the built-in rubrics and plugins, and what a file of cases may hold.

Those of `tests/orders` and `tests/shapes` run in `test_shapes.py`, those of `tests/surface` in
`test_surface.py`.
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any

import attrs
import pytest

import rubric_engine
from rubric_engine.testing import Case, InvalidCases, check_case, golden_cases

BUILT_IN = (
    "dongcheng-community",
    "port-canteen-hygiene-permit",
    "sf-food-safety",
    "uk-food-hygiene",
)
GUEST = "longmen-villages"
GUESTS = [GUEST] if GUEST in rubric_engine.rubric_names() else []

CASES = [case for name in (*BUILT_IN, *GUESTS) for case in golden_cases(name)]


@pytest.mark.parametrize("case", CASES, ids=str)
def test_golden_case(case: Case) -> None:
    check_case(case)


@pytest.mark.skipif(not GUESTS, reason="rubric-longmen-villages is not installed")
def test_the_guest_has_cases() -> None:
    assert golden_cases(GUEST)


@pytest.mark.parametrize("name", BUILT_IN)
def test_every_built_in_rubric_has_cases(name: str) -> None:
    assert len(golden_cases(name)) >= 9


# A check that can fail

RUBRIC = """\
rubric: sample
total: 10
grades:
  - {stars: 2, from: 5}
  - {stars: 1}
items:
  - id: plan
    points: 10
    evidence: {missing: count, seen: {type: checklist, values: [a, b]}}
    rules:
      - {deduct: 1/3, per: missing}
"""
RIGHT = """\
sheets:
  full:
    plan: {missing: 0, seen: [a]}
cases:
  - name: seven missing
    source: by hand
    sheet: full
    change: {plan.missing: 7}
    expect: {score: 23/3, stars: 2, grade: "2", nodes: {plan: 23/3}}
  - name: flat
    source: by hand
    evidence: {plan.missing: 1, plan: {seen: []}}
    expect: {nodes: {total: 29/3}}
  - name: nothing was looked at
    source: by hand
    sheet: full
    remove: [plan.missing, plan.seen]
    problems:
      - {code: missing-finding, path: plan.missing}
      - {code: missing-finding, path: plan.seen}
"""

Write = Callable[[str], Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    def written(cases: str) -> Path:
        (tmp_path / "rubric.yaml").write_text(RUBRIC, "utf-8")
        (tmp_path / "cases.yaml").write_text(cases, "utf-8")
        return tmp_path

    return written


def test_a_folder_and_a_file_give_the_same_cases(write: Write) -> None:
    folder = write(RIGHT)
    cases = golden_cases(folder)
    assert golden_cases(folder / "rubric.yaml") == golden_cases(str(folder)) == cases
    assert str(cases[0]) == "sample: seven missing"
    for case in cases:
        check_case(case)
    assert cases[0].evidence == {"plan": {"missing": "7", "seen": ["a"]}}
    assert cases[0].expect is not None
    assert cases[0].expect.score == Fraction(23, 3)


@pytest.mark.parametrize(
    ("case", "change", "told"),
    [
        (0, {"score": Fraction(7)}, ["score: expected 7, got 23/3"]),
        (0, {"stars": 1, "grade": "1"}, ["stars: expected 1, got 2", "grade: expected 1, got 2"]),
        (0, {"nodes": (("plan", Fraction(8)),)}, ["plan: expected 8, got 23/3"]),
        (1, {"nodes": (("total", Fraction(29, 3) + Fraction(1, 10**9)),)}, ["got 29/3"]),
    ],
)
def test_every_difference_is_told(
    write: Write, case: int, change: dict[str, Any], told: list[str]
) -> None:
    right = golden_cases(write(RIGHT))[case]
    wrong = attrs.evolve(right, expect=attrs.evolve(right.expect, **change))
    with pytest.raises(AssertionError) as caught:
        check_case(wrong)
    assert str(wrong) in str(caught.value)
    for each in told:
        assert each in str(caught.value)


def test_refusals_are_compared_as_a_whole(write: Write) -> None:
    scored, _, refused = golden_cases(write(RIGHT))
    fewer = attrs.evolve(refused, problems=refused.problems[:1])
    with pytest.raises(AssertionError, match=r"missing-finding at plan\.seen: expected 0, got 1"):
        check_case(fewer)
    with pytest.raises(AssertionError, match="expected none"):
        check_case(attrs.evolve(scored, evidence=refused.evidence))
    with pytest.raises(AssertionError, match="got 23/3 points"):
        check_case(attrs.evolve(scored, expect=None, problems=refused.problems))


CASE = "{name: a, source: b, evidence: {plan: {missing: 0, seen: []}}, expect: {score: 10}}"


@pytest.mark.parametrize(
    ("old", "new", "code", "path", "place"),
    [
        ("full:\n", "fill:\n", "unknown-name", "$.cases[0].sheet", (7, 12)),
        ("change: {", "chnge: {", "unknown-key", "$.cases[0].chnge", (8, 5)),
        ("score: 23/3,", "scor: 1,", "unknown-key", "$.cases[0].expect.scor", (9, 14)),
        ("{plan: 23/3}", "{plam: 1}", "unknown-node", "$.cases[0].expect.nodes.plam", (9, 63)),
        ("{plan: 23/3}", "{}", "empty", "$.cases[0].expect.nodes", (9, 56)),
        ("score: 23/3", "score: 1e3", "bad-number", "$.cases[0].expect.score", (9, 21)),
        ("stars: 2", "stars: 1.5", "bad-number", "$.cases[0].expect.stars", (9, 34)),
        ("{nodes: {total: 29/3}}", "{}", "empty", "$.cases[1].expect", (13, 13)),
        ("    expect: {nodes: {total: 29/3}}\n", "", "missing-key", "$.cases[1]", (10, 5)),
        ("name: flat", "name: seven missing", "duplicate-id", "$.cases[1].name", (10, 11)),
        ("    source: by hand\n", "", "missing-key", "$.cases[0]", (5, 5)),
        ("plan.missing: 7", "plan: 7", "wrong-type", "$.cases[0].change.plan", (8, 20)),
        ("[plan.missing, p", "[plan.msing, p", "unknown-name", "$.cases[2].remove[0]", (17, 14)),
        (
            "code: missing-f",
            "code: msing-f",
            "unknown-name",
            "$.cases[2].problems[0].code",
            (19, 16),
        ),
        ("sheets:\n", "sheet:\n", "unknown-key", "$.sheet", (1, 1)),
        ("cases:\n", "case:\n", "missing-key", "$", (1, 1)),
        ("    sheet: full\n", "    sheet: &a full\n", "anchor", "$.cases[0]", (7, 12)),
    ],
)
def test_what_is_wrong_with_cases_has_its_place(
    write: Write, old: str, new: str, code: str, path: str, place: tuple[int, int]
) -> None:
    assert old in RIGHT
    folder = write(RIGHT.replace(old, new, 1))
    with pytest.raises(InvalidCases) as caught:
        golden_cases(folder)
    found = {(each.code, each.path): each for each in caught.value.problems}
    assert (code, path) in found
    problem = found[code, path]
    assert (problem.line, problem.column) == place
    assert problem.file == str(folder / "cases.yaml")
    assert isinstance(caught.value, rubric_engine.RubricError)


@pytest.mark.parametrize(
    ("cases", "code"),
    [
        ("", "empty"),
        ("[]", "not-a-mapping"),
        ("cases:\n", "empty"),
        ("cases: []\n", "empty"),
        ("cases: [1]\n", "not-a-mapping"),
        ("sheets: 1\ncases: [" + CASE + "]\n", "not-a-mapping"),
        ("cases: [" + CASE.replace("expect", "problems: [], expect") + "]\n", "conflicting-keys"),
        ("cases: [" + CASE.replace("evidence", "sheet: a, evidence") + "]\n", "conflicting-keys"),
        ("cases: [" + CASE.replace("{score: 10}", "") + "]\n", "empty"),
        ("cases: [" + CASE.replace("expect: {score: 10}", "problems: []") + "]\n", "empty"),
        ("cases: [" + CASE.replace("name: a, ", "") + "]\n", "missing-key"),
    ],
)
def test_cases_that_cannot_fail_are_refused(write: Write, cases: str, code: str) -> None:
    with pytest.raises(InvalidCases) as caught:
        golden_cases(write(cases))
    assert code in {each.code for each in caught.value.problems}


def test_a_rubric_without_cases_is_named(tmp_path: Path) -> None:
    (tmp_path / "rubric.yaml").write_text(RUBRIC, "utf-8")
    with pytest.raises(InvalidCases) as caught:
        golden_cases(tmp_path)
    assert caught.value.problems[0].file == str(tmp_path / "cases.yaml")
    with pytest.raises(rubric_engine.UnknownRubric):
        golden_cases("no-such-rubric")
