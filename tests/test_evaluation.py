"""Results: scores, stars, reasons, and what can be done with them."""

from __future__ import annotations

import json
import pickle
from collections import UserDict
from collections.abc import Callable
from decimal import Decimal
from fractions import Fraction

import attrs
import pytest

import rubric_engine
from rubric_engine import (
    Evaluation,
    Finding,
    GradeChange,
    IncompleteEvidence,
    InvalidEvidence,
    NodeResult,
    Rubric,
    Step,
    UnknownNode,
)
from rubric_engine.ledger import StepText
from rubric_engine.wording import PHRASES, width

TREE = """\
rubric: tree
version: "3"
language: zh
title: {zh: 样例, en: Sample}
total: 30
places: 2
evidence: {visited: flag}
rules:
  - {bonus: 1, when: visited, says: {zh: 到访加分, en: A visit}, id: visit}
grades:
  - {stars: 5, grade: best, title: 优, from: 29}
  - {stars: 4, from: 20}
  - {stars: 3, from: 10}
  - {stars: 1}
gates:
  - {at_most: 4, when: plan.missing > 0, says: {zh: 有缺项, en: Something is missing}}
  - {step: -1, when: plan.falsified}
  - {grade: 3, when: plan.missing > 5}
  - {unrated: 弄虚作假, when: plan.missing > 8}
  - {grade: best, when: plan.missing > 9}
indicators:
  - id: lead
    title: {zh: 领导, en: Lead}
    code: "1"
    points: 20
    source: page 1
    items:
      - id: plan
        title: {zh: 计划, en: Plan}
        points: 10
        provenance: illustrative
        evidence:
          missing: {type: count, range: 0..12}
          falsified: flag
          seen: {type: checklist, values: [report, photo]}
          level: {type: choice, values: [none, good]}
          measure: {type: number, places: 1, range: 0..9}
          remark: text
        rules:
          - {deduct: 2, per: missing, says: {zh: 缺一项扣2分, en: Two for each missing}, source: page 2, reason: missing, id: r1}
          - {deduct: {report: 0.5, photo: 0.25}, by: seen}
          - {deduct: 0, per: measure}
      - id: report
        points: 10
        out_of: 3
        evidence: {third: flag, late: flag}
        rules:
          - {deduct: 1, when: third, provenance: source}
          - {bonus: 2, when: late}
items:
  - id: merit
    points: 10
    start: zero
    evidence: {won: flag, over: flag}
    rules:
      - {award: 8, when: won, says: 获奖}
      - {award: 9, when: over}
"""

FULL = {
    "total": {"visited": False},
    "plan": {"missing": 0, "falsified": False, "seen": [], "level": "good", "measure": 0},
    "report": {"third": False, "late": False},
    "merit": {"won": True, "over": True},
}


def sheet(**changes: object) -> dict[str, dict[str, object]]:
    """Return the full sheet with changes, `plan__missing=2`."""
    changed = {item: dict(findings) for item, findings in FULL.items()}
    for name, value in changes.items():
        item, _, field = name.partition("__")
        changed[item][field] = value
    return changed


@pytest.fixture(scope="module")
def rubric() -> Rubric:
    return rubric_engine.loads(TREE)


Scored = Callable[..., Evaluation]


@pytest.fixture(params=["scored", "from data", "pickled", "pickled from data"])
def score(rubric: Rubric, request: pytest.FixtureRequest) -> Scored:
    """Return a function that scores a sheet, and hands the result on in several ways."""

    def scored(**changes: object) -> Evaluation:
        result = rubric_engine.evaluate(rubric, sheet(**changes))
        if "data" in request.param:
            result = Evaluation.from_dict(json.loads(json.dumps(result.to_dict())))
        if "pickled" in request.param:
            result = pickle.loads(pickle.dumps(result))
        return result

    return scored


# Scores


def test_a_full_sheet_has_the_full_score_and_the_best_grade(score: Scored) -> None:
    result = score()
    assert (result.score, result.exact, result.rounded) == (Decimal(30), Fraction(30), False)
    assert (result.stars, result.grade, result.unrated) == (5, "best", None)
    assert (result.rubric, result.version, result.language) == ("tree", "3", "zh")
    assert str(result.title) == "样例"
    assert result.digest.startswith("sha256:")
    assert result.scores == {"total": 30, "lead": 20, "plan": 10, "report": 3, "merit": 10}
    assert list(result) == list(result.scores) == list(result.nodes)
    assert repr(result) == "<Evaluation of 'tree' 3: 30 points, grade 'best'>"


def test_a_score_that_does_not_terminate_is_exact_and_shown_rounded(score: Scored) -> None:
    result = score(report__third=True)
    assert result.exact == Fraction(80, 3)
    assert result.rounded is True
    assert result.score == Decimal("26.67")
    assert result["lead"].score == Decimal("16.67")
    assert result["report"].exact == 2
    assert result["report"].score == 2
    assert "80/3" in result.explain()
    assert result.to_dict()["score"] == "26.67"
    assert result.to_dict()["exact"] == "80/3"


def test_the_nodes_know_their_place_and_their_worth(score: Scored) -> None:
    result = score(plan__missing=1, report__late=True)
    plan, report, lead, total = (result[each] for each in ("plan", "report", "lead", "total"))
    assert (plan.id, str(plan.title), plan.code, plan.parent, plan.depth) == ("plan", "计划", None, "lead", 2)
    assert (lead.code, lead.parent, lead.depth, lead.item) == ("1", "total", 1, False)
    assert (total.parent, total.points, total.scale, total.places) == (None, 30, 30, 2)
    assert (report.points, report.scale, report.worth, report.item) == (10, 3, Fraction(10, 3), True)
    assert (report.bonus, plan.bonus, total.bonus) == (2, 0, 0)
    assert (plan.exact, plan.score, plan.share, plan.lost, plan.start) == (8, 8, Fraction(4, 5), 2, 10)
    assert (plan.provenance, report.provenance) == ("illustrative", None)
    assert (plan.grade, plan.stars) == (None, None)
    assert (total.grade, total.stars) == ("4", 4)
    assert [each.path for each in plan.findings] == [f"plan.{each}" for each in ("missing", "falsified", "seen", "level", "measure")]
    assert [each.value for each in plan.findings] == [1, False, (), "good", "0"]
    assert result.nodes["plan"] == plan


@pytest.mark.parametrize("wrong", ["plam", "", "no-such-node", 7])
def test_an_unknown_node_is_named_with_the_nearest(score: Scored, wrong: object) -> None:
    with pytest.raises(UnknownNode) as caught:
        score()[wrong]
    (problem,) = caught.value.problems
    assert (problem.code, problem.path) == ("unknown-node", str(wrong))
    assert problem.nearest == ("plan" if wrong == "plam" else None)
    assert isinstance(caught.value, KeyError)
    assert "there is no such node" in str(caught.value)


# The ledger


def told(result: Evaluation, node: str) -> list[tuple[object, ...]]:
    return [(each.name, each.origin, each.asked, each.taken, each.before, each.after) for each in result[node].steps]


def test_a_floor_gives_back_to_the_last_deduction_first(score: Scored) -> None:
    result = score(plan__missing=5, plan__seen=["report", "photo"])
    assert told(result, "plan") == [
        ("deduct", None, -10, -10, 10, 0),
        ("deduct", None, Fraction(-3, 4), 0, 0, Fraction(-3, 4)),
        ("floor", None, Fraction(3, 4), 0, Fraction(-3, 4), 0),
    ]
    assert [each.kind for each in result["plan"].steps] == ["deduct", "deduct", "limit"]
    assert sum(each.taken for each in result["plan"].steps) == -10


def test_a_cap_cuts_the_last_award_first(score: Scored) -> None:
    result = score()
    assert told(result, "merit") == [
        ("award", None, 8, 8, 0, 8),
        ("award", None, 9, 2, 8, 17),
        ("cap", None, -7, 0, 17, 10),
    ]
    assert str(result["merit"].steps[-1].text) == "0..10"


def test_a_bonus_lands_at_the_root_before_its_rules_and_is_clipped(score: Scored) -> None:
    result = score(report__late=True, total__visited=True)
    assert told(result, "total") == [
        ("child", "lead", 20, 20, 0, 20),
        ("child", "merit", 10, 10, 20, 30),
        ("bonus", "report", Fraction(20, 3), 0, 30, Fraction(110, 3)),
        ("bonus", None, 1, 0, Fraction(110, 3), Fraction(113, 3)),
        ("cap", None, Fraction(-23, 3), 0, Fraction(113, 3), 30),
    ]
    assert result["total"].steps[-1].kind == "clip"
    landed = result["total"].steps[2]
    assert (landed.rule, str(landed.text)) == (1, "bonus 2, when late")
    assert [(each.path, each.value) for each in landed.findings] == [("report.late", True)]
    assert result["report"].bonus == 2


def test_a_step_knows_its_rule(score: Scored) -> None:
    result = score(plan__missing=2)
    (step,) = result["plan"].steps
    assert (step.node, step.kind, step.rule, step.id, step.reason) == ("plan", "deduct", 0, "r1", "missing")
    assert (str(step.source), step.provenance) == ("page 2", "illustrative")
    assert step.text.in_language("en") == "Two for each missing"
    assert [(each.path, each.value, each.note) for each in step.findings] == [("plan.missing", 2, None)]
    assert repr(step) == "<Step of 'plan': deduct, 10 → 6, asked -4, took -4>"
    (other,) = score(report__third=True)["report"].steps
    assert (str(other.text), other.provenance, other.id, other.source) == ("deduct 1, when third", "source", None, None)


def test_the_ledger_holds_the_steps_of_all_nodes_in_order(score: Scored) -> None:
    result = score(plan__missing=1, report__third=True)
    assert [each.node for each in result.ledger] == [
        *("total", "total", "lead", "lead", "plan", "report"),
        *("merit", "merit", "merit"),
    ]
    assert result.ledger == tuple(step for node in result.nodes.values() for step in node.steps)
    for node in result.nodes.values():
        assert node.start + sum(each.taken for each in node.steps) == node.exact


def test_steps_compare_by_what_they_say(rubric: Rubric) -> None:
    one, other = (rubric_engine.evaluate(rubric, sheet(plan__missing=2)) for _ in range(2))
    assert one.ledger == other.ledger
    assert {*one.ledger} == {*other.ledger}
    (step,) = one["plan"].steps
    assert step == other["plan"].steps[0]
    assert not step != other["plan"].steps[0]
    assert step != rubric_engine.evaluate(rubric, sheet(plan__missing=3))["plan"].steps[0]
    assert step != tuple(step)
    assert step != 7
    about = StepText("plan", "deduct")
    stated = Step.stated(about, (Fraction(-1, 3), Fraction(-1, 3), Fraction(1, 2)), ())
    assert (stated.asked, stated.taken, stated.before, stated.after) == (Fraction(-1, 3), Fraction(-1, 3), Fraction(1, 2), Fraction(1, 6))


# Grades


def moved(result: Evaluation) -> list[tuple[object, ...]]:
    return [(each.node, each.gate, each.before, each.after) for each in result.grade_changes]


def test_every_gate_moves_the_grade_in_its_order(score: Scored) -> None:
    assert moved(score()) == [("total", None, None, "best")]
    assert moved(score(plan__missing=0, plan__falsified=True)) == [
        ("total", None, None, "best"),
        ("total", 1, "best", "4"),
    ]
    assert moved(score(plan__missing=1)) == [("total", None, None, "4")]
    assert moved(score(plan__missing=1, total__visited=True)) == [("total", None, None, "best"), ("total", 0, "best", "4")]
    assert moved(score(plan__missing=6, plan__falsified=True)) == [
        ("total", None, None, "4"),
        ("total", 1, "4", "3"),
    ]
    assert moved(score(plan__missing=6)) == [("total", None, None, "4"), ("total", 2, "4", "3")]


def test_a_gate_tells_its_clause(score: Scored) -> None:
    result = score(plan__missing=1, total__visited=True)
    change = result.grade_changes[-1]
    assert change.text.in_language("en") == "Something is missing"
    other = score(plan__falsified=True).grade_changes[-1]
    assert str(other.text) == "step -1, when plan.falsified"
    assert score().grade_changes[0].text is None


def test_what_is_unrated_stays_so(score: Scored) -> None:
    result = score(plan__missing=10)
    assert (result.stars, result.grade, result.unrated) == (None, "unrated", "弄虚作假")
    assert moved(result) == [
        ("total", None, None, "4"),
        ("total", 2, "4", "3"),
        ("total", 3, "3", "unrated"),
    ]
    assert "不评级：弄虚作假" in result.explain()
    assert "unrated: 弄虚作假" in result.explain("en")
    assert result["total"].stars is None


def test_what_the_grades_leave_open_is_unrated_without_a_gate() -> None:
    text = "rubric: a\ntotal: 10\ngrades: [{grade: good, from: 5}]\notherwise: unrated\nitems: [{id: b, points: 10, evidence: {n: count}, rules: [{deduct: 1, per: n}]}]\n"
    rubric = rubric_engine.loads(text)
    result = rubric_engine.evaluate(rubric, {"b": {"n": 6}})
    assert (result.grade, result.stars, result.unrated) == ("unrated", None, "unrated")
    good = rubric_engine.evaluate(rubric, {"b": {"n": 5}})
    assert (good.grade, good.stars, good.unrated) == ("good", None, None)
    assert "grade good" in good.explain()
    assert Evaluation.from_dict(result.to_dict()) == result


def test_without_grades_there_is_none() -> None:
    rubric = rubric_engine.load("sf-food-safety")
    plain = rubric_engine.loads("rubric: a\nitems: [{id: b, points: 10, start: full}]\n")
    result = rubric_engine.evaluate(plain, {})
    assert (result.grade, result.stars, result.unrated, result.grade_changes) == (None, None, None, ())
    assert repr(result) == "<Evaluation of 'a' 1: 10 points>"
    assert rubric.name == "sf-food-safety"


def test_an_inner_node_can_be_graded() -> None:
    text = """\
rubric: inner
items:
  - id: b
    points: 10
    evidence: {n: count}
    rules: [{deduct: 1, per: n}]
    grades: [{grade: good, from: 8}, {stars: 1, title: poor}]
    gates: [{unrated: too many, when: n > 4}]
"""
    rubric = rubric_engine.loads(text)
    result = rubric_engine.evaluate(rubric, {"b": {"n": 3}})
    assert (result["b"].grade, result["b"].stars, result.grade) == ("1", 1, None)
    assert "1 star" in result.explain()
    many = rubric_engine.evaluate(rubric, {"b": {"n": 5}})
    assert (many["b"].grade, many.unrated) == ("unrated", None)
    assert "b: gate: 1 → unrated" in many.explain()


# Explanations


def test_the_reasons_come_largest_first_and_ties_in_document_order(rubric: Rubric) -> None:
    result = rubric_engine.evaluate(
        rubric, sheet(plan__missing=1, plan__seen=["photo"], report__third=True, merit__over=False)
    )
    lines = result.explain("en").splitlines()
    losses = [each.split()[1:3] for each in lines if each.strip()[:2] in ("1.", "2.", "3.", "4.")]
    assert losses == [["−3.33", "report"], ["−2", "plan"], ["−2", "merit"], ["−0.25", "plan"]]
    assert "Lost: 7.58 points, the largest first" in lines


def test_the_rubrics_language_is_the_default(rubric: Rubric) -> None:
    result = rubric_engine.evaluate(rubric, sheet(plan__missing=1))
    chinese, english = result.explain(), result.explain("en")
    assert chinese == result.explain("zh")
    assert chinese.splitlines()[0] == "样例（tree，版本 3）"
    assert english.splitlines()[0] == "Sample (tree, version 3)"
    assert "缺一项扣2分" in chinese
    assert "Two for each missing" in english
    assert "[missing = 1]" in english
    assert "— page 2" in english
    assert PHRASES["zh"]["illustrative"] in chinese
    assert "plan  Plan *" in english
    assert "Everything else is at full marks." in english
    assert result.explain("fr").splitlines()[0] == "样例 (tree, version 3)"


def test_everything_shows_what_is_at_full_marks_too(rubric: Rubric) -> None:
    result = rubric_engine.evaluate(rubric, sheet(plan__missing=1))
    short, whole = result.explain("en"), result.explain("en", everything=True)
    assert "report" not in short
    assert "report" in whole
    assert "Everything else" not in whole
    full = rubric_engine.evaluate(rubric, sheet()).explain("en")
    assert "No points lost" in full


def test_what_was_asked_and_taken_is_told_where_they_differ(rubric: Rubric) -> None:
    text = rubric_engine.evaluate(rubric, sheet(plan__missing=6)).explain("en")
    assert "(asked 12, took 10)" in text
    assert "floor: 0..10" in text
    bonus = rubric_engine.evaluate(rubric, sheet(report__late=True)).explain("en")
    assert "bonus of 2 goes further up" in bonus
    assert "bonus report: bonus 2, when late" in bonus


def test_what_no_entry_can_bear_stays_with_the_limit() -> None:
    rubric = rubric_engine.loads("rubric: l\nitems: [{id: a, points: 10, start: full, rules: [{limit: ..8, says: at most 8}]}]\n")
    result = rubric_engine.evaluate(rubric, {})
    assert told(result, "a") == [("cap", None, -2, -2, 10, 8)]
    assert "cap at most 8" in result.explain()
    implied = rubric_engine.loads("rubric: l\nitems: [{id: a, points: 10, start: 12}]\n")
    assert told(rubric_engine.evaluate(implied, {}), "a") == [("cap", None, -2, -2, 12, 10)]


def test_an_award_that_was_not_earned_is_a_loss(rubric: Rubric) -> None:
    text = rubric_engine.evaluate(rubric, sheet(merit__won=False, merit__over=False)).explain("en")
    assert "not earned [won = false; over = false]" in text
    partly = rubric_engine.evaluate(rubric, sheet(merit__over=False)).explain("en")
    assert "not earned: 获奖 [won = true; over = false]" in partly


def test_notes_are_shown_on_one_line_without_control_characters(rubric: Rubric) -> None:
    noted = {"value": 1, "note": "seen\x1b[31m\nhere\u202e", "source": "page\t9"}
    text = rubric_engine.evaluate(rubric, sheet(plan__missing=noted)).explain("en")
    assert "missing = 1 (seen [31m here, page 9)" in text
    for sign in ("\x1b", "\t", "\u202e"):
        assert sign not in text


def test_an_open_whole_has_no_scale() -> None:
    rubric = rubric_engine.load("uk-food-hygiene")
    open_whole = rubric_engine.loads("rubric: o\nevidence: {n: count}\nitems: [{id: a, points: none, rules: [{award: 1, per: total.n}]}]\n")
    result = rubric_engine.evaluate(open_whole, {"total.n": 3})
    assert "3 points" in result.explain()
    assert result["a"].share is None
    assert result["a"].lost == 0
    assert "open" in result._repr_html_()
    assert Evaluation.from_dict(result.to_dict()) == result
    assert rubric.name == "uk-food-hygiene"


@pytest.mark.parametrize("combine", ["mean", "lowest", "highest"])
def test_a_combination_is_one_step(combine: str) -> None:
    rubric = rubric_engine.loads(
        f"rubric: c\ntotal: 10\ncombine: {combine}\nitems:\n"
        "  - {id: a, out_of: 5, evidence: {n: count}, rules: [{deduct: 1, per: n}]}\n"
        "  - {id: b, out_of: 20, evidence: {m: count}, rules: [{deduct: 1, per: m}]}\n"
    )
    result = rubric_engine.evaluate(rubric, {"a": {"n": 1}, "b": {"m": 10}})
    expected = {"mean": Fraction(13, 2), "lowest": 5, "highest": 8}[combine]
    assert result.exact == expected
    (step,) = result["total"].steps
    assert (step.kind, step.asked, step.text, step.rule) == (combine, expected, None, None)
    assert (result["a"].points, result["b"].worth) == (None, {"mean": Fraction(1, 4)}.get(combine, Fraction(1, 2)))
    assert PHRASES["en"][combine] in result.explain()
    assert combine in rubric.explain()


def test_html_is_escaped() -> None:
    text = """\
rubric: html
title: <script>alert(1)</script>
items:
  - id: a
    title: "<b>&amp;"
    points: 2
    provenance: illustrative
    evidence: {n: count}
    rules: [{deduct: 1, per: n, says: "<img src=x onerror=alert(1)>"}]
"""
    rubric = rubric_engine.loads(text)
    result = rubric_engine.evaluate(rubric, {"a.n": {"value": 1, "note": "<i>note</i>"}})
    for html in (result._repr_html_(), rubric._repr_html_()):
        assert "&lt;img src=x" in html
        assert "&lt;b&gt;&amp;amp;" in html
        for tag in ("<script", "<img", "<i>", "<b>&amp;"):
            assert tag not in html
        assert "illustrative" in html
    assert "&lt;script&gt;" in result._repr_html_()
    assert "&lt;i&gt;note" in result._repr_html_()


def test_a_grade_in_html_is_escaped() -> None:
    text = """\
rubric: html
items: [{id: a, points: 2, evidence: {n: count}, rules: [{deduct: 1, per: n}]}]
grades: [{grade: <i>good</i>, from: 2}, {grade: poor}]
gates: [{unrated: <script>x</script>, when: a.n > 1}]
"""
    rubric = rubric_engine.loads(text)
    for missing, shown in ((0, "&lt;i&gt;good"), (2, "&lt;script&gt;x")):
        html = rubric_engine.evaluate(rubric, {"a.n": missing})._repr_html_()
        assert shown in html
        assert "<i>" not in html
        assert "<script" not in html


def test_a_nodes_own_bonuses_land_before_those_of_its_children() -> None:
    text = """\
rubric: order
clip: none
indicators:
  - id: upper
    points: 10
    rules: [{bonus: 1, says: upper}]
    items:
      - {id: first, points: 5, start: full, rules: [{bonus: 2, says: first}, {bonus: 3, says: again}]}
      - {id: second, points: 5, out_of: 10, start: full, rules: [{bonus: 4, says: second}]}
items:
  - {id: last, points: 5, start: full, rules: [{bonus: 5, says: last}]}
rules: [{bonus: 6, says: root}]
"""
    result = rubric_engine.evaluate(rubric_engine.loads(text), {})
    landed = [(str(each.text), each.taken) for each in result["total"].steps if each.kind == "bonus"]
    assert landed == [("upper", 1), ("first", 2), ("again", 3), ("second", 2), ("last", 5), ("root", 6)]
    assert result.exact == 15 + 19
    assert [each.bonus for each in result.nodes.values()] == [0, 1, 5, 4, 5]


def test_chinese_characters_are_two_columns_wide() -> None:
    assert width("计划 a") == 6
    assert set(PHRASES["zh"]) == set(PHRASES["en"])


# As data


NOTED = {"value": ["photo", "report"], "note": "n", "source": "s", "method": "report", "assessor": "me"}


def test_a_result_is_equal_to_the_one_read_back(rubric: Rubric) -> None:
    result = rubric_engine.evaluate(rubric, sheet(plan__missing=3, plan__seen=NOTED, plan__remark="r"))
    data = result.to_dict()
    assert json.loads(json.dumps(data)) == data
    again = Evaluation.from_dict(data)
    assert again == result
    assert hash(again) == hash(result)
    assert again.to_dict() == data
    assert repr(again) == repr(result)
    assert again.explain("en", everything=True) == result.explain("en", everything=True)
    assert again._repr_html_() == result._repr_html_()
    finding = again["plan"].findings[2]
    assert (finding.value, finding.note.assessor, finding.note.method) == (("report", "photo"), "me", "report")
    assert {"rubric", "version", "digest", "score", "exact", "grade", "stars", "nodes"} <= set(data)


@pytest.mark.parametrize(
    "spoil",
    [
        lambda data: None,
        lambda data: [],
        lambda data: {},
        lambda data: {**data, "nodes": 7},
        lambda data: {**data, "nodes": [7]},
        lambda data: {**data, "nodes": [{}]},
        lambda data: {**data, "nodes": [{**data["nodes"][0], "exact": 1.5}]},
        lambda data: {**data, "nodes": [{**data["nodes"][0], "exact": "x"}]},
        lambda data: {**data, "nodes": [{**data["nodes"][0], "exact": "1/0"}]},
        lambda data: {**data, "nodes": [{**data["nodes"][0], "steps": [{}]}]},
        lambda data: {**data, "nodes": []},
        lambda data: {key: each for key, each in data.items() if key != "changes"},
    ],
)
def test_what_is_no_result_is_refused(rubric: Rubric, spoil: Callable[[dict], object]) -> None:
    data = rubric_engine.evaluate(rubric, sheet()).to_dict()
    with pytest.raises(InvalidEvidence) as caught:
        Evaluation.from_dict(spoil(data))
    (problem,) = caught.value.problems
    assert (problem.code, problem.path) == ("wrong-type", "$")


# As values


def test_results_compare_by_what_they_say(rubric: Rubric) -> None:
    one, other = (rubric_engine.evaluate(rubric, sheet(plan__missing=1)) for _ in range(2))
    assert one == one
    assert one == other
    assert hash(one) == hash(other)
    assert one != rubric_engine.evaluate(rubric, sheet())
    assert one != 29
    assert one != rubric_engine.evaluate(rubric, sheet(plan__missing={"value": 1, "note": "x"}))
    renamed = rubric_engine.evaluate(attrs.evolve(rubric, version="4"), sheet(plan__missing=1))
    assert renamed != one


def test_results_cannot_be_changed(rubric: Rubric) -> None:
    result = rubric_engine.evaluate(rubric, sheet(plan__missing=1))
    plan = result["plan"]
    frozen = [
        (result, "_scores"),
        (plan, "exact"),
        (plan.findings[0], "value"),
        (result.grade_changes[0], "after"),
    ]
    for value, name in frozen:
        with pytest.raises(attrs.exceptions.FrozenInstanceError):
            setattr(value, name, 7)
    with pytest.raises(AssertionError, match="has a record"):
        _ = Evaluation(None, (), ()).ledger
    with pytest.raises(AttributeError):
        plan.steps[0].asked_quanta = 1
    for name in ("score", "exact", "ledger", "stars"):
        with pytest.raises(AttributeError):
            setattr(result, name, 7)
    result.nodes.clear()
    result.scores.clear()
    assert len(result.nodes) == len(result.scores) == 5
    assert isinstance(result.ledger, tuple)
    assert {type(plan), type(plan.steps[0]), type(plan.findings[0]), type(result.grade_changes[0])} == {NodeResult, Step, Finding, GradeChange}


def test_a_result_keeps_what_it_was_given(rubric: Rubric) -> None:
    given = sheet(plan__missing=1, plan__seen=["report"])
    noted = {"value": 1, "note": "first"}
    other = sheet(plan__missing=noted)
    result, beside = (rubric_engine.evaluate(rubric, each) for each in (given, other))
    given["plan"]["missing"] = 5
    given["plan"]["seen"].append("photo")
    noted["note"] = "second"
    other.clear()
    assert result["plan"].exact == Fraction(15, 2)
    assert [each.value for each in result["plan"].findings][:3] == [1, False, ("report",)]
    assert beside["plan"].findings[0].note.note == "first"
    assert result.exact == Fraction(55, 2)


def test_pickles_carry_the_rubric_and_read_what_they_were(rubric: Rubric) -> None:
    result = rubric_engine.evaluate(rubric, sheet(plan__missing={"value": 1, "note": "n"}))
    again = pickle.loads(pickle.dumps(result))
    assert again == result
    assert again["plan"].findings[0].note.note == "n"
    record = Evaluation.from_dict(result.to_dict())
    assert pickle.loads(pickle.dumps(record)) == result


# Many sheets


def test_many_sheets_are_scored_in_order_and_a_bad_one_stops_nothing(rubric: Rubric) -> None:
    bad = sheet(plan__missing=-1)
    lacking = sheet()
    del lacking["merit"]
    outcomes = list(rubric_engine.evaluate_many(rubric, [sheet(), bad, lacking, sheet(plan__missing=1)]))
    assert [each.key for each in outcomes] == [0, 1, 2, 3]
    assert [each.ok for each in outcomes] == [True, False, False, True]
    assert [each.code for each in outcomes[1].problems] == ["out-of-range"]
    assert {each.path for each in outcomes[2].problems} == {"merit.won", "merit.over"}
    assert outcomes[3].evaluation.exact == 28
    assert outcomes[1].evaluation is None
    with pytest.raises(attrs.exceptions.FrozenInstanceError):
        outcomes[0].key = 7


def test_many_sheets_can_have_keys(rubric: Rubric) -> None:
    sheets = UserDict({("Longmen", 1): sheet(), "b": None})
    outcomes = list(rubric_engine.evaluate_many(rubric, sheets))
    assert [(each.key, each.ok) for each in outcomes] == [(("Longmen", 1), True), ("b", False)]
    assert outcomes[1].problems[0].code == "not-a-mapping"


def test_many_sheets_are_read_one_by_one(rubric: Rubric) -> None:
    taken: list[int] = []

    def sheets() -> object:
        for number in range(3):
            taken.append(number)
            yield sheet(plan__missing=number)

    outcomes = rubric_engine.evaluate_many(rubric, sheets())
    assert taken == []
    assert next(outcomes).evaluation.exact == 30
    assert taken == [0]
    assert list(rubric_engine.evaluate_many(rubric, {})) == []


def test_what_is_missing_is_named_and_nothing_else(rubric: Rubric) -> None:
    lacking = sheet()
    del lacking["plan"]["missing"]
    with pytest.raises(IncompleteEvidence) as caught:
        rubric_engine.evaluate(rubric, lacking)
    (problem,) = caught.value.problems
    assert (problem.code, problem.path) == ("missing-finding", "plan.missing")
    assert problem.expected == "a whole number in 0..12"


# The package


def test_the_public_names_are_there() -> None:
    for name in rubric_engine.__all__:
        assert getattr(rubric_engine, name) is not None
    assert dir(rubric_engine) == sorted([*rubric_engine.__all__, "__version__"])
    assert rubric_engine.__version__[0].isdigit()
    with pytest.raises(AttributeError, match="no attribute 'evalute'"):
        rubric_engine.evalute
