"""Sheets: nested, flat and mixed, with notes, and every problem they can have."""

from __future__ import annotations

from collections import UserDict
from typing import Any

import pytest

import rubric_engine
from rubric_engine import IncompleteEvidence, InvalidEvidence, Problem, Rubric

TEXT = """\
rubric: sheets
total: 10
evidence: {inspector: text, visited: flag}
items:
  - id: plan
    points: 6
    evidence:
      missing: {type: count, range: 0..9}
      perhaps: {type: number, places: 1, optional: true}
      remark: text
      seen: {type: checklist, values: [a, b], optional: true}
    rules:
      - {deduct: 1, per: missing}
      - {deduct: 1, when: "known(perhaps) and default(perhaps, 0) > 2"}
      - {deduct: 0.5, when: known(seen)}
  - id: report
    points: 4
    evidence: {late: {type: choice, values: [no, yes]}}
    rules:
      - {deduct: 1, when: "late == 'yes'"}
  - {id: free, points: none}
"""


@pytest.fixture(scope="module")
def rubric() -> Rubric:
    return rubric_engine.loads(TEXT)


SOUND = [
    {"total": {"visited": True}, "plan": {"missing": 2}, "report": {"late": "yes"}},
    {"total.visited": True, "plan.missing": 2, "report.late": "yes"},
    {"total.visited": True, "plan": {"missing": 2}, "report.late": "yes"},
    UserDict({"total": UserDict({"visited": True}), "plan.missing": 2, "report.late": "yes"}),
    {"total.visited": True, "plan": {}, "plan.missing": 2, "report": {"late": {"value": "yes"}}},
    {"total.visited": True, "plan": {"missing": 2, "perhaps": None, "remark": None}, "report.late": "yes"},
    {"total.visited": True, "plan": {"missing": 2, "perhaps": 1.5, "remark": ""}, "report.late": "yes"},
    {"total.visited": True, "plan": {"missing": 2, "perhaps": {"value": None, "note": None}}, "report.late": "yes"},
]


@pytest.mark.parametrize("sheet", SOUND)
def test_a_sheet_can_be_nested_flat_or_mixed(rubric: Rubric, sheet: Any) -> None:
    assert rubric_engine.evaluate(rubric, sheet).exact == 7


def test_numpy_scalars_are_findings(rubric: Rubric) -> None:
    np = pytest.importorskip("numpy")
    sheet = {"total.visited": np.bool_(True), "plan.missing": np.int64(2), "report.late": np.str_("yes")}
    result = rubric_engine.evaluate(rubric, sheet)
    assert result.exact == 7
    assert [type(each.value) for each in result["plan"].findings] == [int]
    assert type(result["total"].findings[0].value) is bool
    half = {**sheet, "plan.missing": np.float32(2), "plan.perhaps": np.float32(0.1)}
    with pytest.raises(InvalidEvidence) as caught:
        rubric_engine.evaluate(rubric, half)
    assert [(each.code, each.path) for each in caught.value.problems] == [("not-exact", "plan.perhaps")]


def test_missing_and_empty_are_not_the_same(rubric: Rubric) -> None:
    base = {"total.visited": True, "plan.missing": 0, "report.late": "no"}
    assert rubric_engine.evaluate(rubric, base).exact == 10
    assert rubric_engine.evaluate(rubric, {**base, "plan.seen": None}).exact == 10
    assert rubric_engine.evaluate(rubric, {**base, "plan.seen": []}).exact == 9.5
    assert rubric_engine.evaluate(rubric, {**base, "plan.perhaps": 0}).exact == 10
    assert rubric_engine.evaluate(rubric, {**base, "plan.perhaps": 2.5}).exact == 9


def test_notes_are_kept_and_score_nothing(rubric: Rubric) -> None:
    sheet = {
        "total.visited": {"value": True, "assessor": "Li"},
        "plan": {
            "missing": {"value": 2, "note": "two", "source": "p. 3", "method": "documents"},
            "perhaps": {"value": 1.5, "note": None},
        },
        "report.late": "yes",
    }
    result = rubric_engine.evaluate(rubric, sheet)
    assert result.exact == 7
    note = result["plan"].findings[0].note
    assert (note.note, note.source, note.method, note.assessor) == ("two", "p. 3", "documents", None)
    assert result["plan"].findings[1].note is None
    assert result["total"].findings[0].note.assessor == "Li"


class Odd:
    """Raises whatever is done with it."""

    def __index__(self) -> int:
        raise RuntimeError

    def __eq__(self, other: object) -> bool:
        raise RuntimeError

    __hash__ = None


class Torn(list):
    def __len__(self) -> int:
        raise RuntimeError


#: Changes to a sound flat sheet, and the problems: code, path, nearest name.
WRONG: list[tuple[dict[Any, Any], list[tuple[str, str, str | None]]]] = [
    ({"plam.missing": 1}, [("unknown-item", "plam.missing", "plan")]),
    ({"plam": {"missing": 1}}, [("unknown-item", "plam", "plan")]),
    ({"free": {}}, [("unknown-item", "free", None)]),
    ({"plan.mising": 1}, [("unknown-field", "plan.mising", "missing")]),
    ({"plan": {"mising": 1}}, [("unknown-field", "plan.mising", "missing")]),
    ({"plan": {"missing": 1}}, [("given-twice", "plan.missing", None)]),
    ({"plan": 7}, [("not-a-mapping", "plan", None)]),
    ({"plan": None}, [("not-a-mapping", "plan", None)]),
    ({7: {}}, [("unknown-item", "$", None)]),
    ({"plan": {7: 1}}, [("unknown-field", "plan", None)]),
    ({"plan.missing": "2"}, [("wrong-type", "plan.missing", None)]),
    ({"plan.missing": Odd()}, [("wrong-type", "plan.missing", None)]),
    ({"plan.seen": Torn()}, [("wrong-type", "plan.seen", None)]),
    ({"plan.missing": -1, "report.late": "yess"}, [("out-of-range", "plan.missing", None), ("unknown-value", "report.late", "yes")]),
    ({"plan.missing": {"value": 1, "notes": "x"}}, [("unknown-key", "plan.missing", "note")]),
    ({"plan.missing": {"value": 1, 7: "x"}}, [("unknown-key", "plan.missing", None)]),
    ({"plan.missing": {"value": 1, "note": 7}}, [("wrong-type", "plan.missing.note", None)]),
    ({"plan.missing": {"value": 1, "method": "reports"}}, [("unknown-value", "plan.missing.method", "report")]),
    ({"plan.missing": {"note": "not seen"}}, [("missing-finding", "plan.missing", None)]),
    ({"plan.missing": None}, [("missing-finding", "plan.missing", None)]),
    ({"plan.missing": {"value": 100, "note": "x"}}, [("out-of-range", "plan.missing", None)]),
    ({"x" * 300 + ".y": 1}, [("unknown-item", ("x" * 300)[:200], None)]),
]


@pytest.mark.parametrize(("changes", "problems"), WRONG)
def test_every_problem_has_its_code_and_place(
    rubric: Rubric, changes: dict[Any, Any], problems: list[tuple[str, str, str | None]]
) -> None:
    sheet = {"total.visited": True, "plan.missing": 2, "report.late": "no", **changes}
    with pytest.raises(InvalidEvidence) as caught:
        rubric_engine.evaluate(rubric, sheet)
    assert [(each.code, each.path, each.nearest) for each in caught.value.problems] == problems
    lacking = all(code == "missing-finding" for code, _, _ in problems)
    assert isinstance(caught.value, IncompleteEvidence) is lacking


@pytest.mark.parametrize("sheet", [None, 7, "plan", [], [("plan.missing", 1)]])
def test_what_is_no_sheet_is_refused(rubric: Rubric, sheet: Any) -> None:
    with pytest.raises(InvalidEvidence) as caught:
        rubric_engine.evaluate(rubric, sheet)
    first = caught.value.problems[0]
    assert (first.code, first.path) == ("not-a-mapping", "$")
    assert not isinstance(caught.value, IncompleteEvidence)


def test_all_that_is_missing_is_named_in_order(rubric: Rubric) -> None:
    with pytest.raises(IncompleteEvidence) as caught:
        rubric_engine.evaluate(rubric, {})
    assert [each.path for each in caught.value.problems] == [
        *("total.visited", "plan.missing", "report.late")
    ]


def _keys(count: int) -> dict[str, Any]:
    return {f"k{each}": {} for each in range(count)}


@pytest.mark.parametrize("sheet", [_keys(5_000), {"plan": _keys(5_000)}])
def test_a_sheet_full_of_rubbish_is_left_early(rubric: Rubric, sheet: Any) -> None:
    with pytest.raises(InvalidEvidence) as caught:
        rubric_engine.evaluate(rubric, sheet)
    problems: tuple[Problem, ...] = caught.value.problems
    assert 1_000 <= len(problems) <= 1_010
    assert sum(each.nearest is not None for each in problems) <= 20
