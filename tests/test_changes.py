"""What-if: what moves, how changes are written, and all that is wrong at once; sheets checked."""

from __future__ import annotations

from fractions import Fraction
from types import MappingProxyType
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rubric_engine import (
    Evaluation,
    InvalidEvidence,
    check_evidence,
    evaluate,
    load,
    loads,
    stakes,
    weights,
    what_if,
)
from rubric_engine.changes import moved_findings
from strategies_sheets import Sheet, sheets
from test_laws import rubric_of, scored

RUBRIC = """
rubric: sample
language: en
total: 10
given: {cycle: {mean: {type: count, range: 0..9}}}
grades: [{stars: 2, from: 8}, {stars: 1}]
gates: [{at_most: 1, when: b.refused}]
items:
  - {id: a, title: A, points: 5, evidence: {x: count, note: text}, rules: [{deduct: 1, per: x}, {deduct: 1, per: x}]}
  - id: b
    points: 5
    evidence: {refused: {type: flag, none_means: "false"}, rate: share}
    rules: [{deduct: all, when: refused}, {deduct: 0.5, when: rate < cycle.mean}]
"""
SHEET: Sheet = {"a": {"x": 1, "note": "n"}, "b": {"rate": "95"}, "cycle": {"mean": 5}}
SHEET["b"]["rate"] = 95


def test_what_moved_is_told_by_finding_node_and_step() -> None:
    rubric = loads(RUBRIC)
    found = what_if(rubric, SHEET, {"a.x": 0, "b": {"refused": True}})
    assert (found.before.exact, found.after.exact, found.difference) == (8, 5, -3)
    assert (found.before.stars, found.after.stars, found.stars) == (2, 1, -1)
    assert [(each.path, each.before, each.after) for each in found.findings] == [
        ("a.x", 1, 0),
        ("b.refused", False, True),
    ]
    assert [(each.id, each.difference) for each in found.nodes] == [("total", -3), ("a", 2), ("b", -5)]
    moved = [(each.about.node, each.about.kind, each.taken) for each in found.steps]
    assert ("a", "deduct", (-1, 0)) in moved
    assert ("b", "deduct", (0, -5)) in moved
    assert [each.before is None for each in found.steps if each.about.node == "b"] == [True]
    assert str(found).startswith("8 points, 2 stars → 5 points, 1 star (−3)")
    assert "评测结果" in found.explain("zh")
    assert found.evidence == {"a": {"x": 0, "note": "n"}, "b": {"rate": 95, "refused": True}, "cycle": {"mean": 5}}
    assert repr(found).startswith("<WhatIf: <Evaluation")


def test_nothing_changed_moves_nothing() -> None:
    found = what_if(loads(RUBRIC), SHEET, {})
    assert (found.nodes, found.steps, found.findings, found.difference) == ((), (), (), 0)
    assert str(found).endswith("Nothing moves.")
    idle = what_if(loads(RUBRIC), SHEET, {"a.note": "other"})
    assert (idle.nodes, len(idle.findings)) == ((), 1)


def test_changes_are_written_as_sheets_are() -> None:
    rubric = loads(RUBRIC)
    flat = {"a.x": 1, "b.rate": 95, "cycle.mean": 5}
    for sheet in (SHEET, flat, MappingProxyType(SHEET), {"a": {"x": 1}, "b.rate": {"value": 95, "note": "seen"}, "cycle": {"mean": 5}}):
        for changes in ({"b": {"rate": 4}}, {"b.rate": 4}, {"b.rate": {"value": 4, "source": "book"}}):
            assert what_if(rubric, sheet, changes).difference == Fraction(-1, 2)
    beside = {key: each for key, each in SHEET.items() if key != "cycle"}
    found = what_if(rubric, beside, {"cycle": {"mean": 9}, "b.rate": 8}, given={"cycle.mean": 5})
    assert (found.given, found.difference) == ({"cycle.mean": 9}, Fraction(-1, 2))
    assert what_if(rubric, SHEET, {"cycle.mean": 9}).evidence["cycle"] == {"mean": 9}
    # None takes a finding away, or all those of an item; what it means then stands in.
    refused = {**SHEET, "b": {"rate": 95, "refused": True}}
    assert what_if(rubric, refused, {"b.refused": None}).difference == 5
    assert what_if(rubric, {**flat, "b.refused": True}, {"b.refused": None}).difference == 5
    with pytest.raises(InvalidEvidence) as caught:
        what_if(rubric, SHEET, {"b": None})
    assert [each.path for each in caught.value.problems] == ["b.rate"]


def test_all_that_is_wrong_is_told_at_once() -> None:
    rubric = loads(RUBRIC)
    with pytest.raises(InvalidEvidence) as caught:
        what_if(rubric, {"a": {"x": -1}, "cycle.mean": 5}, {"a.x": 0, "a": {"x": 1, "y": 2}, "c": None, "d": 3, 5: {"x": 1}})  # type: ignore[dict-item]
    assert [(each.code, each.path) for each in caught.value.problems] == [
        ("out-of-range", "a.x"),
        ("missing-finding", "b.rate"),
        ("given-twice", "a.x"),
        ("unknown-field", "a.y"),
        ("unknown-item", "c"),
        ("not-a-mapping", "d"),
        ("unknown-item", "int 5.x"),
    ]
    for wrong in (3, None):
        with pytest.raises(InvalidEvidence):
            what_if(rubric, SHEET, wrong)  # type: ignore[arg-type]
    with pytest.raises(InvalidEvidence):
        what_if(rubric, 3, {})  # type: ignore[arg-type]


def test_grades_that_are_not_there_make_no_difference_of_stars() -> None:
    rubric = load("sf-food-safety")
    sheet = {"violations": {"high": 2, "moderate": 0, "low": 1}}
    found = what_if(rubric, sheet, {"violations.high": 0})
    assert (found.stars, found.difference) == (None, 14)
    assert str(found).startswith("84 points → 98 points (+14)")


def test_steps_of_rows_and_nodes_that_come_and_go_are_told() -> None:
    rubric = loads("""
rubric: rows
total: 10
items:
  - id: months
    points: 10
    each: cases
    combine: mean
    evidence: {cases: {type: rows, columns: {late: count}, range: 1..9}}
    rules: [{deduct: 1, per: late}]
""")
    sheet = {"months.cases": [{"late": 1}, {"late": 3}]}
    found = what_if(rubric, sheet, {"months.cases": [{"late": 0}]})
    assert [each.id for each in found.nodes] == ["total", "months", "months[0]", "months[1]"]
    assert found.nodes[-1].difference == -7
    assert "nothing" in str(found)
    back = what_if(rubric, {"months.cases": [{"late": 0}]}, sheet)
    assert back.difference == -found.difference
    assert back.nodes[-1].before is None
    assert Evaluation.from_dict(found.after.to_dict()).findings == found.after.findings


@settings(max_examples=12, suppress_health_check=list(HealthCheck))
@given(st.data())
def test_a_sheet_has_no_problem_exactly_where_it_is_scored(data: st.DataObject) -> None:
    document, sheet = data.draw(scored())
    rubric = rubric_of(document)
    assert check_evidence(rubric, sheet) == ()
    other = data.draw(sheets(document))
    problems = check_evidence(rubric, other)
    try:
        result = evaluate(rubric, other)
    except InvalidEvidence as error:
        assert problems == error.problems
    else:
        assert problems == ()
        # What moved between two sheets is what differs in them.
        assert moved_findings(result, result) == ()
        was = evaluate(rubric, sheet)
        moved = {each.path for each in moved_findings(was, result)}
        assert moved == {path for path in was.findings | result.findings if was.findings.get(path) != result.findings.get(path)}


def test_check_evidence_tells_what_evaluate_would() -> None:
    rubric = loads(RUBRIC)
    problems = check_evidence(rubric, {"a": {"x": "no", "y": 1}}, given={"cycle": {"mean": 99}})
    assert [(each.code, each.path) for each in problems] == [
        ("wrong-type", "a.x"),
        ("unknown-field", "a.y"),
        ("out-of-range", "cycle.mean"),
        ("missing-finding", "b.rate"),
    ]
    assert check_evidence(rubric, 3)[0].code == "not-a-mapping"  # type: ignore[arg-type]
    assert check_evidence(rubric, SHEET, methods="no")[0].code == "unknown-value"  # type: ignore[arg-type]


# What is at stake


def test_weights_are_shares_of_the_whole() -> None:
    rubric = load("dongcheng-community")
    found = weights(rubric)
    assert sum(each.share for each in found if each.item and each.share is not None) == 1
    by_id = {each.id: each for each in found}
    assert (by_id["total"].points, by_id["plan"].points, by_id["plan"].scale) == (100, 2, 2)
    assert (by_id["plan"].depth, by_id["plan"].item, by_id["core_role"].item) == (3, True, False)
    open_account = loads(RUBRIC.replace("points: 5\n", "points: none\n").replace("total: 10", "total: 5").replace("{deduct: all, when: refused}", "{deduct: 5, when: refused}").replace("from: 8", "from: 4"))
    assert [(each.id, each.share) for each in weights(open_account)] == [("total", 1), ("a", 1), ("b", None)]


def test_stakes_are_what_the_findings_of_one_node_can_move() -> None:
    rubric = loads(RUBRIC)
    found = {each.id: each for each in stakes(rubric, SHEET)}
    assert {name: (each.lost, each.to_win, each.to_lose) for name, each in found.items()} == {
        "a": (2, 2, 3),
        "b": (0, 0, 5),
    }
    assert all(each.exact for each in found.values())
    mean = loads("""
rubric: mean
total: 10
combine: mean
missing: skip
empty: zero
items:
  - {id: a, out_of: 10, weight: 3, evidence: {x: {type: count, range: 0..10}}, start: zero, rules: [{award: 1, per: x}]}
  - {id: b, out_of: 10, evidence: {x: {type: count, range: 0..10}}, start: zero, rules: [{award: 1, per: x}]}
""")
    # Both count: a has three quarters of the whole.
    whole = {each.id: each for each in stakes(mean, {"a.x": 4, "b.x": 8})}
    assert (whole["a"].to_win, whole["a"].to_lose) == (Fraction(9, 2), 3)
    # b comes to count once it is assessed; what is gained then is a quotient.
    alone = {each.id: each for each in stakes(mean, {"a.x": 4})}
    assert (alone["b"].to_win, alone["b"].to_lose) == (Fraction(3, 2), 1)


def test_stakes_agree_with_trying_everything() -> None:
    rubric = loads(RUBRIC)
    before = evaluate(rubric, SHEET).exact

    def trial(changes: dict[str, Any]) -> Fraction:
        return what_if(rubric, SHEET, changes).difference

    tried = [trial({"b.refused": refused, "b.rate": rate}) for refused in (False, True) for rate in range(101)]
    own = next(each for each in stakes(rubric, SHEET) if each.id == "b")
    assert (max(tried), -min(tried)) == (own.to_win, own.to_lose)
    assert before == 8
