"""What the assessed are told, and the improvement plans of those with one star."""

from __future__ import annotations

import json
from datetime import date, datetime
from decimal import Decimal
from fractions import Fraction
from functools import cache
from typing import Any
from unittest.mock import patch

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rubric_engine import Evaluation, InvalidEvidence, evaluate, improve, load, loads
from rubric_engine.cycle import Decision, Outcome, Result, Run, feedback_of, final_outcome, plan_of
from rubric_engine.cycle.decided import decided_of
from rubric_engine.cycle.example import example_years
from rubric_engine.cycle.feedback_sheets import FeedbackSheet, feedback
from rubric_engine.cycle.plans import Cause, ImprovementPlan, Measure, plan_for
from rubric_engine.cycle.scale import GradeScale
from rubric_engine.cycle.settings import Cycle, History
from rubric_engine.model import ROOT
from rubric_engine.reasons import losses_of
from rubric_engine.words import Words
from strategies_sheets import Sheet
from test_cycle_compare import REVISED, RUBRIC, changed, demo_sheets
from test_laws import rubric_of, scored

OPEN = "{rubric: open, items: [{id: a, points: none, evidence: {x: count}, rules: [{award: 1, per: x}]}]}"


@cache
def years_of(language: str) -> tuple[Run, ...]:
    return example_years(language)


def year(language: str) -> Run:
    return years_of(language)[0]


def page(rubric: str = RUBRIC, sheet: Any = None, **options: Any) -> FeedbackSheet:
    made = changed(a_x=5, b_rate=80, c_y=1) if sheet is None else sheet
    return feedback(loads(rubric), made, unit="Unit 1", **options)


def told(error: InvalidEvidence) -> list[tuple[str, str]]:
    return [(each.code, each.path) for each in error.problems]


# Feedback


def test_what_was_lost_is_told_by_indicator_item_and_rule() -> None:
    found = page(street="Street A")
    assert (found.unit, found.street) == ("Unit 1", "Street A")
    assert (found.result.exact, found.lost) == (Fraction(21, 2), Fraction(19, 2))
    assert [(each.id, each.lost, each.score, each.scale) for each in found.indicators] == [
        ("first", Fraction(15, 2), Fraction(9, 2), 12),
        ("c", 2, 6, 8),
    ]
    assert [(each.id, each.lost) for each in found.indicators[0].items] == [("first", 2), ("a", 5), ("b", Fraction(1, 2))]
    (reason,) = found.indicators[0].items[2].reasons
    assert (reason.rule, reason.code, reason.source, reason.provenance, reason.earned) == ("slow", None, None, "illustrative", ())
    assert [(each.path, each.value) for each in reason.findings] == [("b.rate", "80")]
    assert found.illustrative
    assert repr(found).startswith("<FeedbackSheet for 'Unit 1': <Evaluation")
    whole = page(RUBRIC.replace("bonus_up_to: 2", "bonus_up_to: 2\nrules: [{deduct: 1, when: a.x > 2}]"))
    assert [(each.id, each.lost) for each in whole.indicators] == [("first", Fraction(15, 2)), ("c", 2), ("total", 1)]
    assert "Rules of the whole *  9.5 / 20  lost 1" in str(whole)
    assert "总分规则 *" in whole.explain("zh")
    assert [(each.id, each.lost) for each in page(sheet=changed(a_x=0)).indicators] == [("first", 0), ("c", 0)]


def test_reasons_stand_by_size_and_unearned_points_say_what_earns_them() -> None:
    rubric = """
rubric: two
language: en
total: 10
items:
  - {id: a, points: 5, evidence: {x: count, y: count}, rules: [{deduct: 1, per: x, source: Article 3, reason: R1}, {deduct: 2, per: y}]}
  - {id: b, points: 5, evidence: {z: {type: count, range: 0..5}}, start: zero, rules: [{award: 1, per: z, says: One each}]}
"""
    found = page(rubric, {"a": {"x": 1, "y": {"value": 1, "note": "seen", "assessor": "B"}}, "b.z": 3})
    assert [[each.lost for each in item.reasons] for indicator in found.indicators for item in indicator.items] == [[2, 1], [2]]
    unearned = found.indicators[1].items[0].reasons[0]
    assert (unearned.text, [str(each) for each in unearned.earned]) == (None, ["One each"])
    assert [(each.path, each.value) for each in unearned.findings] == [("b.z", 3)]
    assert not found.illustrative
    text = str(found)
    assert "−1  deduct 1, per x [x = 1] — Article 3" in text
    assert "−2  deduct 2, per y [y = 1 (seen, B)]" in text
    assert "−2  not earned: One each [z = 3]" in text
    assert "illustrative" not in text
    assert text.endswith("The rubric has no grades.")
    assert (found.next_grade, found.way, found.change) == (None, None, None)
    assert "not earned [z = 0]" in str(page(rubric, {"a.x": 0, "a.y": 0, "b.z": 0}))
    reasons = found.to_dict()["indicators"][0]["items"][0]["reasons"]
    assert [(each["code"], each["source"]) for each in reasons] == [(None, None), ("R1", "Article 3")]


def test_what_reaches_the_next_star() -> None:
    found = page()
    assert (found.next_grade, found.result.stars) == ("3", 2)
    assert found.way is not None
    assert [(each.path, each.after) for each in found.way.repairs] == [("a.x", 1)]
    same = improve(loads(RUBRIC), changed(a_x=5, b_rate=80, c_y=1), "3")
    assert found.way.changes == same.changes
    cheaper = page(costs={"a.x": None, "c.y": 1})
    assert cheaper.way is not None
    assert {each.path for each in cheaper.way.repairs}.isdisjoint({"a.x"})
    refused = page(sheet=changed(b_refused=True), costs={"b.refused": None})
    assert refused.next_grade == "2"
    assert refused.way is not None
    assert (refused.way.status, [each.kind for each in refused.way.obstacles]) == ("unreachable", ["gate"])
    assert "gate: Refused means one star" in str(refused)
    assert refused.to_dict()["way"]["obstacles"] == [{"kind": "gate", "path": "$.gates[0]", "text": "Refused means one star", "needed": None, "best": None}]
    best = page(sheet=changed(a_x=0))
    assert (best.next_grade, best.way) == (None, None)
    assert "No points lost." in str(best) and str(best).endswith("This is the best grade.")
    assert best.explain("zh").endswith("已是最高等级。")


def test_the_next_of_grades_without_stars_and_of_what_is_unrated() -> None:
    named = RUBRIC.replace("{stars: 3, from: 16}, {stars: 2, from: 10}, {stars: 1}", "{grade: good, from: 16}, {grade: fair, from: 10}, {grade: bad}").replace("at_most: 1", "at_most: bad")
    found = page(named, last="good")
    assert (found.next_grade, found.change, found.last) == ("good", "down", "good")
    assert "Worse than last year (grade good)." in str(found)
    unrated = RUBRIC.replace("{at_most: 1, when: b.refused, says: Refused means one star}", "{unrated: Refused, when: b.refused}")
    none = page(unrated, changed(b_refused=True), last=2)
    assert (none.result.stars, none.next_grade, none.change, none.last) == (None, "1", None, 2)
    assert "Last year: 2 stars." in str(none) and "unrated" in str(none)


def test_last_year_is_compared() -> None:
    rubric = loads(RUBRIC)
    assert [page(last=each).change for each in (1, 2, 3, "1", "3", None)] == ["up", "same", "down", "up", "down", None]
    assert "Better than last year (1 star)." in str(page(last=1)) and "As last year (2 stars)." in str(page(last=2))
    assert "比上年提升（上年 1 星）。" in page(last=1).explain("zh")
    before = evaluate(rubric, changed())
    found = page(last=before)
    assert (found.last, found.change) == (3, "down")
    assert found.comparison is not None
    assert found.comparison.difference == Fraction(-17, 2)
    assert "By item, against last year:\n  −4  a  A *" in str(found)
    assert "By item" not in str(page(last=3))
    assert page(last=evaluate(rubric, changed(a_x=5, b_rate=80, c_y=1))).change == "same"
    assert "By item" not in str(page(last=evaluate(rubric, changed(a_x=5, b_rate=80, c_y=1))))
    old = changed()
    old["d"] = old.pop("c")
    other = page(last=evaluate(loads(REVISED), old))
    assert other.comparison is not None
    assert (other.comparison.by_share, other.change) == (True, "down")
    assert "By item, against last year:\nThe rubrics differ: compared by share" in str(other)
    open_ended = page(last=evaluate(loads(OPEN), {"a.x": 1}))
    assert (open_ended.change, open_ended.last) == (None, None)
    assert "scores are not compared" in str(open_ended)
    named = RUBRIC.replace("{stars: 3, from: 16}, {stars: 2, from: 10}, {stars: 1}", "{grade: good, from: 16}, {grade: fair, from: 10}, {grade: bad}").replace("at_most: 1", "at_most: bad")
    lasting = page(named, last=evaluate(loads(named), changed()))
    assert (lasting.change, lasting.last) == ("down", "good")
    # A grade of another rubric without stars cannot be held against this one's.
    assert page(named, last=evaluate(loads(named.replace("version: 1", "version: 3")), changed())).change is None


def test_from_a_result_the_way_starts_at_its_findings() -> None:
    rubric = loads(RUBRIC)
    result = evaluate(rubric, changed(a_x=5, b_rate=80, c_y=1))
    for each in (result, Evaluation.from_dict(json.loads(json.dumps(result.to_dict())))):
        found = page(sheet=each)
        assert found.way is not None
        assert [(one.path, one.after) for one in found.way.repairs] == [("a.x", 1)]
    compared = RUBRIC.replace("rate < 90", "rate < 90 + cycle.mean").replace(", optional: true", "")
    with_given = evaluate(loads(compared), changed(a_x=5), given={"cycle": {"mean": 3}})
    assert page(compared, with_given).way is not None
    assert page(compared, changed(a_x=5), given={"cycle": {"mean": 3}}).way is not None
    without = page(compared, Evaluation.from_dict(with_given.to_dict()))
    assert (without.way, without.next_grade) == (None, "3")
    assert str(without).endswith("What reaches grade 3 cannot be told without the sheet.")
    assert json.dumps(without.to_dict())
    # Another score with what stands in for a given number that is missing.
    loose = RUBRIC.replace("rate < 90", "known(cycle.mean) and rate < 96")
    scored_so = evaluate(loads(loose), changed(a_x=5), given={"cycle": {"mean": 3}})
    assert page(loose, Evaluation.from_dict(scored_so.to_dict())).way is None
    required = RUBRIC.replace("language: en", "language: en\nmethods: required").replace("{id: a, title: A, points: 6,", "{id: a, title: A, points: 6, methods: [documents, report],")
    recorded = {**changed(a_x=5), "methods": {"a": ["documents", "report"]}}
    assert page(required, evaluate(loads(required), recorded)).way is not None
    tables = """
rubric: rows
total: 10
grades: [{stars: 2, from: 8}, {stars: 1}]
items:
  - {id: m, points: 10, evidence: {cases: {type: rows, columns: {late: share, why: {type: choice, values: [a, b]}}}, marks: {type: number, places: 1, range: 0..10, panel: 3}, seen: {type: checklist, values: [p, q]}}, rules: [{deduct: 1, each: cases, when: late > 1}, {deduct: 3, unless: q in seen}]}
"""
    sheet = {"m": {"cases": [{"late": 2.5, "why": "a"}, {"late": 0, "why": "b"}], "marks": [1.5, None, 2], "seen": ["p"]}}
    found = page(tables, evaluate(loads(tables), sheet))
    assert found.way is not None
    assert [(each.path, each.after) for each in found.way.repairs] == [("m.seen", ("p", "q"))]
    assert found.way.evidence["m.marks"] == [Decimal("1.5"), None, Decimal(2)]


def test_what_is_wrong_with_a_call_is_told_at_once() -> None:
    with pytest.raises(InvalidEvidence) as caught:
        page(sheet={"a.x": 1}, last=9)
    assert told(caught.value) == [("missing-finding", "b.rate"), ("missing-finding", "c.y"), ("missing-finding", "c.extra"), ("unknown-grade", "last")]
    for wrong, near in ((True, None), (9, None), ("33", "3")):
        with pytest.raises(InvalidEvidence) as caught:
            page(last=wrong)
        assert told(caught.value) == [("unknown-grade", "last")]
    other = evaluate(loads(OPEN), {"a.x": 1})
    with pytest.raises(InvalidEvidence) as caught:
        page(sheet=other)
    assert told(caught.value) == [("unknown-value", "result")]
    with pytest.raises(InvalidEvidence) as caught:
        page(sheet=3)
    assert told(caught.value)[0] == ("not-a-mapping", "$")


def test_the_page() -> None:
    assert page(street="Street A", last=3).explain().splitlines() == [
        "Feedback for Unit 1 (Street A)",
        "sample, version 1",
        "10.5 of 20 points · 2 stars",
        "* illustrative: made up to complete the example, not the scheme's own",
        "Worse than last year (3 stars).",
        "",
        "Lost: 9.5 points",
        "  First *  4.5 / 12  lost 7.5",
        "          −2  deduct 2, when a.x > 3 * [x = 5]",
        "      A *  1 / 6  lost 5",
        "          −5  One off each * [x = 5]",
        "      b *  5.5 / 6  lost 0.5",
        "          −0.5  deduct 0.5, when rate < 90 * [rate = 80]",
        "  C *  6 / 8  lost 2",
        "          −2  deduct 2, per y * [y = 1]",
        "",
        "What reaches the next grade:",
        "To 3 stars: 1 finding to repair, cost 1. 10.5 points, 2 stars → 16.5 points, 3 stars",
        "  a.x  5 → 1  +6  A",
    ]
    data = json.loads(json.dumps(page(last=3).to_dict()))
    assert (data["lost"], data["score"], data["scale"], data["illustrative"], data["change"]) == ("9.5", "10.5", "20", True, "down")
    assert data["way"] == {"to": "3", "status": "reachable", "exact": True, "cost": "1", "score": "16.5", "repairs": [{"path": "a.x", "before": 5, "after": 1, "cost": "1", "gain": "6"}], "obstacles": []}
    assert page().explain("zh").splitlines()[:2] == ["Unit 1 测评结果反馈", "sample，版本 1"]


def test_the_synthetic_communities() -> None:
    rubric = load("dongcheng-community")
    for sheet in demo_sheets():
        found = feedback(rubric, sheet, unit="synthetic")
        assert [each.id for each in found.indicators[:5]] == [each.id for each in rubric.indicators]
        # Bonus points lie on top of what was lost.
        bonus = sum((step.taken for step in found.result.ledger if step.kind == "bonus"), Fraction(0))
        assert found.lost == 100 + bonus - found.result.exact
        assert "示例" in found.explain()
        again = feedback(rubric, evaluate(rubric, sheet), unit="synthetic")
        assert (again.way is None) == (found.way is None)
        if found.way is not None and again.way is not None:
            assert again.way.cost == found.way.cost


@settings(max_examples=30, suppress_health_check=list(HealthCheck))
@given(scored())
def test_losses_are_those_of_the_ledger(example: Any) -> None:
    document, sheet = example
    rubric = rubric_of(document)
    # The way up has laws of its own, and takes long.
    with patch("rubric_engine.cycle.feedback_sheets.improve", return_value=None):
        found = feedback(rubric, sheet, unit="u")
    losses = losses_of(found.result.nodes.values())
    assert found.result == evaluate(rubric, sheet)
    assert found.lost == sum((each.lost for each in losses), Fraction(0))
    told_of = [reason for each in found.indicators for item in each.items for reason in item.reasons]
    assert sorted(each.lost for each in told_of) == sorted(each.lost for each in losses if each.lost)
    assert json.loads(json.dumps(found.to_dict())) == found.to_dict()
    assert found.explain("zh")
    planned = plan_for(found.result, unit="u", most=1000)
    assert ImprovementPlan.from_dict(json.loads(json.dumps(planned.to_dict()))) == planned
    assert sum((each.lost for each in planned.causes), Fraction(0)) == found.lost


SUMS = st.lists(st.lists(st.integers(0, 9), min_size=1, max_size=3), min_size=1, max_size=3)


@settings(max_examples=30)
@given(SUMS)
def test_without_bonus_losses_add_up_to_the_full_mark_less_the_score(groups: list[list[int]]) -> None:
    lines = [f"rubric: sum\ntotal: {4 * sum(map(len, groups))}\nindicators:"]
    sheet: Sheet = {}
    for place, group in enumerate(groups):
        lines.append(f"  - id: g{place}\n    points: {4 * len(group)}\n    items:")
        for number, missing in enumerate(group):
            lines.append(f"      - {{id: i{place}_{number}, points: 4, evidence: {{x: count}}, rules: [{{deduct: 0.75, per: x}}]}}")
            sheet[f"i{place}_{number}"] = {"x": missing}
    found = page("\n".join(lines), sheet)
    scale = found.result[ROOT].scale
    assert scale is not None
    assert found.lost == scale - found.result.exact
    assert sum((each.lost for each in found.indicators), Fraction(0)) == found.lost
    assert [each.lost for each in found.indicators] == [found.result[each.id].lost for each in found.indicators]


# Plans


def plan(**findings: Any) -> ImprovementPlan:
    made = findings or {"b_refused": True, "a_x": 5}
    return plan_for(evaluate(loads(RUBRIC), changed(**made)), unit="Unit 1")


def test_causes_are_the_largest_losses_of_the_ledger() -> None:
    found = plan(b_refused=True, a_x=5, c_y=4)
    assert (found.unit, found.rubric, found.version, found.score, found.grade, found.stars, found.language) == ("Unit 1", "sample", "1", -1, "1", 1, "en")
    assert found.digest == evaluate(loads(RUBRIC), changed()).digest
    assert [(each.node, each.lost) for each in found.causes] == [("c", 8), ("b", 6), ("a", 5), ("first", 2)]
    assert (str(found.causes[2].title), str(found.causes[2].text), found.causes[2].provenance) == ("A", "One off each", "illustrative")
    result = evaluate(loads(RUBRIC), changed(b_refused=True, a_x=5, c_y=4))
    assert [each.node for each in plan_for(result, unit="u", most=2).causes] == ["c", "b"]
    assert plan_for(evaluate(loads(RUBRIC), changed(a_x=0)), unit="u").causes == ()
    unearned = plan_for(evaluate(loads("{rubric: r, language: en, total: 2, items: [{id: z, points: 2, start: zero, provenance: illustrative, evidence: {x: {type: count, range: 0..2}}, rules: [{award: 1, per: x}]}]}"), {"z.x": 1}), unit="u")
    assert unearned.causes == (Cause("z", None, None, None, Fraction(1), "illustrative"),)
    assert "1. −1  z  not earned *" in str(unearned)
    many = "{rubric: r, total: 7, items: [" + ", ".join(f"{{id: i{n}, points: 1, evidence: {{x: count}}, rules: [{{deduct: 1, per: x}}]}}" for n in range(7)) + "]}"
    assert len(plan_for(evaluate(loads(many), {f"i{n}.x": 1 for n in range(7)}), unit="u").causes) == 5


def test_measures_are_planned_and_done() -> None:
    empty = plan()
    one = empty.with_measure("Hold the meetings", date(2027, 3, 1), "The secretary")
    two = one.with_measure("Write the plan", "2027-02-01")
    assert empty.measures == ()
    assert two.measures == (Measure("Hold the meetings", date(2027, 3, 1), "The secretary"), Measure("Write the plan", date(2027, 2, 1)))
    done = two.done(0, "2027-03-02")
    assert (done.measures[0].done_on, done.measures[0].late, done.measures[0].is_done) == (date(2027, 3, 2), True, True)
    assert (done.measures[1].late, done.measures[1].is_done, two.measures[0].done_on) == (False, False, None)
    assert not two.done(0, date(2027, 3, 1)).measures[0].late
    assert (done.open, done.carried_out) == ((done.measures[1],), False)
    assert done.done(1, date(2027, 1, 1)).carried_out
    assert not empty.carried_out
    assert two.overdue("2027-02-01") == ()
    assert two.overdue(date(2027, 2, 2)) == (two.measures[1],)
    assert two.overdue("2027-03-02") == two.measures
    assert done.overdue("2027-03-02") == (done.measures[1],)


def test_what_a_complete_plan_still_lacks() -> None:
    empty = plan()
    assert [(each.code, each.path) for each in empty.problems()] == [("too-few", "measures")]
    assert not empty.complete
    two = empty.with_measure("a", "2027-03-01", "b").with_measure("c", "2027-03-01")
    assert [(each.code, each.path) for each in two.problems()] == [("missing-key", "measures[1].responsible")]
    assert empty.with_measure("a", "2027-03-01", "b").complete
    nothing = plan_for(evaluate(loads(RUBRIC), changed(a_x=0)), unit="u")
    assert [(each.code, each.path, each.expected) for each in nothing.problems()] == [("too-few", "causes", "one cause at least"), ("too-few", "measures", "one measure at least")]


@pytest.mark.parametrize(
    ("wrong", "codes"),
    [
        (("x", "soon"), [("wrong-type", "measures[0].deadline")]),
        (("x", "2027-02-30"), [("wrong-type", "measures[0].deadline")]),
        (("x", datetime(2027, 1, 1)), [("wrong-type", "measures[0].deadline")]),
        ((" ", None, 3), [("empty", "measures[0].text"), ("wrong-type", "measures[0].deadline"), ("wrong-type", "measures[0].responsible")]),
        ((None, "2027-01-01", ""), [("wrong-type", "measures[0].text"), ("empty", "measures[0].responsible")]),
        (("x" * 2001, "2027-01-01"), [("too-large", "measures[0].text")]),
    ],
)
def test_wrong_measures_are_refused(wrong: Any, codes: Any) -> None:
    with pytest.raises(InvalidEvidence) as caught:
        plan().with_measure(*wrong)
    assert told(caught.value) == codes
    assert plan().with_measure("x" * 2000, "2027-01-01").measures


def test_wrong_days_and_indices_are_refused() -> None:
    one = plan().with_measure("a", "2027-03-01", "b")
    for index, code in ((1, "out-of-range"), (-1, "out-of-range"), (True, "wrong-type"), ("0", "wrong-type")):
        with pytest.raises(InvalidEvidence) as caught:
            one.done(index, "2027-01-01")  # type: ignore[arg-type]
        assert told(caught.value) == [(code, "measures")]
    assert "0 to 0" in caught.value.problems[0].expected
    with pytest.raises(InvalidEvidence) as caught:
        plan().done(0, "never")
    assert told(caught.value) == [("out-of-range", "measures"), ("wrong-type", "measures.done_on")]
    assert caught.value.problems[0].expected == "no index: no measures"
    with pytest.raises(InvalidEvidence) as caught:
        one.done(0, "2027-01-01").done(0, None)  # type: ignore[arg-type]
    assert told(caught.value) == [("step-not-allowed", "measures[0]"), ("wrong-type", "measures[0].done_on")]
    with pytest.raises(InvalidEvidence) as caught:
        one.done(0, "2027-01-01").done(0, "2027-01-02")
    assert told(caught.value) == [("step-not-allowed", "measures[0]")]
    with pytest.raises(InvalidEvidence) as caught:
        one.overdue("today")
    assert told(caught.value) == [("wrong-type", "as_of")]
    for most in (0, True, "2"):
        with pytest.raises(InvalidEvidence) as caught:
            plan_for(evaluate(loads(RUBRIC), changed()), unit="", most=most)  # type: ignore[arg-type]
        assert told(caught.value) == [("empty", "unit"), ("out-of-range", "most")]
    assert len(plan_for(evaluate(loads(RUBRIC), changed(a_x=5)), unit="u", most=1).causes) == 1


def test_a_plan_comes_back_from_data() -> None:
    found = plan().with_measure("a", "2027-03-01", "b").with_measure("c", "2027-04-01").done(0, "2027-02-01")
    assert ImprovementPlan.from_dict(json.loads(json.dumps(found.to_dict()))) == found
    for sheet in demo_sheets():
        each = plan_for(evaluate(load("dongcheng-community"), sheet), unit="synthetic")
        assert ImprovementPlan.from_dict(each.to_dict()) == each
    thirds = plan_for(evaluate(loads("{rubric: r, total: 2, combine: mean, items: [{id: a, out_of: 3, evidence: {x: count}, rules: [{deduct: 1, per: x}]}]}"), {"a.x": 1}), unit="u")
    assert thirds.score == Fraction(4, 3)
    assert ImprovementPlan.from_dict(thirds.to_dict()) == thirds


def test_wrong_data_are_refused_with_all_that_is_wrong() -> None:
    good = plan().with_measure("a", "2027-03-01", "b").to_dict()

    def problems(**changes: Any) -> list[tuple[str, str]]:
        with pytest.raises(InvalidEvidence) as caught:
            ImprovementPlan.from_dict({**good, **changes})
        return told(caught.value)

    assert problems(score=3, lost="1") == [("unknown-key", "$"), ("bad-number", "score")]
    assert problems(score="1/0") == problems(score="1e3") == problems(score="nan") == [("bad-number", "score")]
    assert problems(stars="1") == problems(stars=True) == [("wrong-type", "stars")]
    assert problems(unit="", grade=3, causes="none") == [("wrong-type", "causes"), ("empty", "unit"), ("wrong-type", "grade")]
    assert problems(measures=[3, {**good["measures"][0], "deadline": "x", "done_on": "y"}]) == [
        ("not-a-mapping", "measures[0]"),
        ("wrong-type", "measures[1].deadline"),
        ("wrong-type", "measures[1].done_on"),
    ]
    cause = good["causes"][0]
    assert problems(causes=[{**cause, "title": 3, "text": {}, "lost": None, "near": 1}]) == [
        ("unknown-key", "causes[0]"),
        ("wrong-type", "causes[0].title"),
        ("wrong-type", "causes[0].text"),
        ("bad-number", "causes[0].lost"),
    ]
    assert problems(causes=[{**cause, "title": {"en": 1}}]) == [("wrong-type", "causes[0].title")]
    words = ImprovementPlan.from_dict({**good, "causes": [{**cause, "title": {"en": "A", "zh": "甲"}}], "stars": None, "grade": None})
    assert words.causes[0].title is not None
    assert (words.causes[0].title.in_language("zh"), words.stars) == ("甲", None)
    sheet = {"score": "12", "grade": "2", "stars": 2}
    assert ImprovementPlan.from_dict({**good, "sheet": sheet}).sheet == Result(Fraction(12), "2", 2)
    assert problems(sheet={**sheet, "score": 12, "stars": "2", "grade": ""}) == [("bad-number", "sheet.score"), ("empty", "sheet.grade"), ("wrong-type", "sheet.stars")]
    assert problems(sheet={"grade": None, "stars": None, "near": 1}) == [("unknown-key", "sheet"), ("missing-key", "sheet.score")]
    assert problems(sheet=3) == [("not-a-mapping", "sheet")]
    with pytest.raises(InvalidEvidence) as caught:
        ImprovementPlan.from_dict(3)  # type: ignore[arg-type]
    assert told(caught.value)[0] == ("not-a-mapping", "$")
    for key in good:
        with pytest.raises(InvalidEvidence) as caught:
            ImprovementPlan.from_dict({name: each for name, each in good.items() if name != key})
        assert told(caught.value) == [("missing-key", key)]
    for key in good["measures"][0]:
        with pytest.raises(InvalidEvidence) as caught:
            ImprovementPlan.from_dict({**good, "measures": [{name: each for name, each in good["measures"][0].items() if name != key}]})
        assert told(caught.value) == [("missing-key", f"measures[0].{key}")]
    with pytest.raises(InvalidEvidence) as caught:
        ImprovementPlan.from_dict({**good, "unti": 1, 3: 4})  # type: ignore[dict-item]
    assert [(each.code, each.nearest) for each in caught.value.problems] == [("unknown-key", "unit"), ("unknown-key", None)]


def test_the_text_of_a_plan() -> None:
    empty = plan()
    assert str(empty).splitlines()[:4] == ["Improvement plan of Unit 1", "sample, version 1 · 7 points · 1 star", "* illustrative: made up to complete the example, not the scheme's own", "Causes:"]
    assert str(empty).splitlines()[-3:] == ["Measures:", "  none", "Still lacking: measures"]
    two = empty.with_measure("Hold\nthe meetings", "2027-03-01", "The secretary").with_measure("Write", "2027-02-01").with_measure("Sweep", "2027-02-01", "C").done(2, "2027-02-03")
    text = two.explain(as_of=date(2027, 2, 2)).splitlines()
    assert text[-4:] == [
        "  1. Hold the meetings  by 2027-03-01 · responsible: The secretary · open",
        "  2. Write  by 2027-02-01 · overdue",
        "  3. Sweep  by 2027-02-01 · responsible: C · done on 2027-02-03, late",
        "Still lacking: measure 2: who is responsible",
    ]
    assert "  2. Write  by 2027-02-01 · open" in two.explain(as_of=date(2027, 2, 1))
    done = empty.with_measure("a", "2027-03-01", "b").done(0, "2027-03-01")
    assert str(done).splitlines()[-2:] == ["  1. a  by 2027-03-01 · responsible: b · done on 2027-03-01", "All measures are done."]
    assert done.explain("zh").splitlines()[-1] == "各项措施均已完成。"
    assert str(empty.with_measure("a", "2027-03-01", "b")).splitlines()[-1].endswith("· open")
    none = plan_for(evaluate(loads(OPEN.replace("rubric: open", "rubric: open, language: en")), {"a.x": 2}), unit="u")
    assert str(none) == "Improvement plan of u\nopen, version 1 · 2 points\nCauses:\n  none\nMeasures:\n  none\nStill lacking: causes; measures"
    assert none.explain("zh").splitlines()[-1] == "尚缺：原因；措施"


# With the final result

#: 20 points, three stars from 16, two from 10; a deduction of grades' names only in another.
STARS = """
rubric: stars
language: en
total: 20
grades: [{stars: 3, from: 16}, {stars: 2, from: 10}, {stars: 1}]
gates: [{at_most: 2, when: a.dirty, says: Dirty means two stars}]
items: [{id: a, points: 20, evidence: {x: {type: count, range: 0..20}, dirty: flag}, rules: [{deduct: 1, per: x, says: One off each}]}]
"""
NAMED = STARS.replace("{stars: 3, from: 16}, {stars: 2, from: 10}, {stars: 1}", "{grade: good, from: 16}, {grade: fair, from: 10}, {grade: bad}").replace("at_most: 2", "at_most: fair")


def sheet_of(x: int, *, dirty: bool = False) -> Sheet:
    return {"a": {"x": x, "dirty": dirty}}


def ended(x: int, *decisions: Decision, rubric: str = STARS, dirty: bool = False, last: str | None = None, **history: Any) -> tuple[Evaluation, Outcome]:
    made = loads(rubric)
    result = evaluate(made, sheet_of(x, dirty=dirty))
    rules = Cycle(name="c", history=History(**history))
    start = Result(result.exact, result.grade, result.stars)
    return result, final_outcome(rules, GradeScale.of(made), start, None, decisions, last)


def final_page(x: int, *decisions: Decision, rubric: str = STARS, dirty: bool = False, grounds: Any = (), costs: Any = None, **more: Any) -> FeedbackSheet:
    result, outcome = ended(x, *decisions, rubric=rubric, dirty=dirty, **more)
    return feedback(loads(rubric), result, unit="Unit 1", outcome=outcome, grounds=grounds, costs=costs)


def test_a_decision_is_the_first_cause_and_the_plan_has_the_final_result() -> None:
    result, outcome = ended(0, Decision("none"), Decision("fail"))
    found = plan_for(result, unit="u", outcome=outcome, grounds=["A small thing", "Papers were forged"])
    assert (found.score, found.grade, found.stars, found.sheet) == (20, "1", 1, Result(Fraction(20), "3", 3))
    text = Words((("en", "Papers were forged (the lowest grade)"), ("zh", "Papers were forged（定为最低等次）")))
    assert found.causes == (Cause("decision", Words((("en", "Decision"), ("zh", "处理决定"))), text, None, Fraction(0)),)
    assert found.with_measure("a", "2027-03-01", "b").complete
    assert ImprovementPlan.from_dict(json.loads(json.dumps(found.to_dict()))) == found
    assert str(found).splitlines()[1:5] == ["stars, version 1 · 20 points · 1 star", "The sheet alone: 20 points · 3 stars", "Causes:", "  1. –  Decision  Papers were forged (the lowest grade)"]
    assert found.explain("zh").splitlines()[2] == "仅按测评表：20 分 · 3 星"
    result, outcome = ended(5, Decision("deduct", points=Fraction(13, 2)), Decision("at_most", grade="1"), Decision("fail"))
    found = plan_for(result, unit="u", outcome=outcome, most=2, grounds={0: Words((("en", "Late"), ("zh", "迟")))})
    assert [(each.node, each.lost, str(each.text)) for each in found.causes] == [("decision", Fraction(13, 2), "Late (6.5 points off)"), ("a", 5, "One off each")]
    assert str(found.causes[0].text) == "Late (6.5 points off)" and found.causes[0].text.in_language("zh") == "迟（扣 6.5 分）"
    assert "1. −6.50  Decision" in str(found) or "1. −6.5  Decision" in str(found)
    few = plan_for(result, unit="u", outcome=outcome, most=1)
    assert [each.node for each in few.causes] == ["decision"] and str(few.causes[0].text) == "6.5 points off"
    two = ended(0, Decision("at_most", grade="2"), Decision("fail"))
    assert [str(each.text) for each in plan_for(two[0], unit="u", outcome=two[1], most=1).causes] == ["at most 2 stars", "the lowest grade"]
    same = ended(5, Decision("none"))
    assert plan_for(same[0], unit="u", outcome=same[1]) == plan_for(same[0], unit="u")


def test_what_was_decided_is_told_by_stars_or_grades() -> None:
    for rubric, grade, told_ in ((STARS, "1", "at most 1 star"), (STARS, "2", "at most 2 stars"), (NAMED, "fair", "at most grade fair")):
        result, outcome = ended(0, Decision("at_most", grade=grade), rubric=rubric)
        (found,) = decided_of(result, outcome, (), [])
        assert (str(found.text), found.took, found.lost) == (told_, True, 0)
    result, outcome = ended(0, Decision("none"))
    one = ended(0, Decision("deduct", points=1))
    assert [each.text.plain for each in decided_of(*one, (), [])] == [{"en": "1 point off", "zh": "扣 1 分"}]
    (none,) = decided_of(result, outcome, (), [])
    assert (str(none.text), none.took, none.node) == ("nothing follows", False, "decision")
    result, outcome = ended(0, last="1", up=1, add=1)
    (held,) = decided_of(result, outcome, (), [])
    assert (held.kind, held.node, str(held.title), held.grade_before, held.grade_after, held.took) == ("up", "history", "Last year's result", "3", "2", True)
    result, outcome = ended(7, last="1", up=1, add=1)
    assert [each.kind for each in outcome.steps] == ["add", "up"]
    (held,) = decided_of(result, outcome, (), [])
    assert (held.grade_before, held.grade_after, held.took) == ("2", "2", False)
    assert [each.kind for each in final_page(7, last="1", up=1, add=1).lift] == ["up"]
    assert decided_of(*ended(12, last="3", down=1), (), []) == ()


def test_the_page_has_the_final_result_and_what_must_be_lifted() -> None:
    found = final_page(0, Decision("at_most", grade="2"), grounds=["A lane is blocked"])
    assert (found.score, found.grade, found.stars, found.moved, found.next_grade, found.lost) == (20, "2", 2, True, "3", 0)
    assert [each.kind for each in found.lift] == ["at_most"] and found.way is not None and found.way.status == "there"
    assert str(found).splitlines() == [
        "Feedback for Unit 1", "stars, version 1", "Final: 20 of 20 points · 2 stars", "The sheet alone: 20 of 20 points · 3 stars", "",
        "Lost: 0 points", "  –  Decision: A lane is blocked (at most 2 stars)", *[line for line in str(found).splitlines() if line.startswith("  a  ")], "",
        "What reaches the next grade:", "To be lifted first, for it holds the grade: A lane is blocked (at most 2 stars)", "Then the sheet is enough as it is.",
    ]  # fmt: skip
    assert "等级受此限制，须先解除：A lane is blocked（最高 2 星）" in found.explain("zh")
    data = json.loads(json.dumps(found.to_dict()))
    assert (data["score"], data["grade"], data["stars"], data["sheet"]) == ("20", "2", 2, {"score": "20", "grade": "3", "stars": 3})
    assert data["decided"] == data["lift"] == [{"kind": "at_most", "text": {"en": "A lane is blocked (at most 2 stars)", "zh": "A lane is blocked（最高 2 星）"}, "lost": "0", "grade_before": "3", "grade_after": "2"}]
    # What changed nothing holds the next grade all the same, and the sheet has to be repaired too.
    both = final_page(7, Decision("at_most", grade="2"))
    assert (both.decided, [each.kind for each in both.lift], both.moved, both.to_dict()["sheet"]) == ((), ["at_most"], False, None)
    assert "To be lifted first" in str(both) and "1 finding to repair" in str(both)
    assert [each.kind for each in final_page(12, Decision("at_most", grade="2")).lift] == []
    failed = final_page(0, Decision("fail"))
    assert (failed.next_grade, [each.kind for each in failed.lift]) == ("2", ["fail"])
    best = final_page(0, Decision("none"))
    assert (best.next_grade, best.lift, best.way) == (None, (), None) and str(best).endswith("This is the best grade.")
    limited = final_page(0, last="1", up=1)
    assert ([each.kind for each in limited.lift], limited.change, limited.next_grade) == (["up"], None, "3")
    assert "Last year's result: a limit that last year's grade sets" in str(limited)


def test_points_that_were_taken_off_can_be_made_good() -> None:
    found = final_page(3, Decision("deduct", points=2))
    assert (found.score, found.stars, found.result.stars, found.next_grade, found.lost) == (15, 2, 3, "3", 5)
    assert found.lift == () and found.way is not None
    assert (found.way.of, [(each.path, each.after) for each in found.way.repairs]) == ("points", [("a.x", 2)])
    # Of the sheet alone one way is enough where it gains more than was taken off.
    assert final_page(12, Decision("deduct", points=1), costs={"a.x": {"once": 1, "each": 0}}).lift == ()
    # More points than there are: no repair makes it good.
    lost = final_page(3, Decision("deduct", points=5))
    assert [each.kind for each in lost.lift] == ["deduct"] and lost.way is not None and lost.way.status == "there"
    # Points alone do not reach the grade: a gate holds it, and the points way leaves that open.
    gated = final_page(6, Decision("deduct", points=1), dirty=True)
    assert gated.next_grade == "3" and gated.way is not None
    assert (gated.way.of, [(each.path, each.after) for each in gated.way.repairs]) == ("grade", [("a.x", 4), ("a.dirty", False)])
    assert [each.kind for each in gated.lift] == ["deduct"]
    held = final_page(3, Decision("deduct", points=2), Decision("at_most", grade="2"))
    assert [each.kind for each in held.lift] == ["at_most"]


def test_without_the_sheet_what_must_be_lifted_is_still_told() -> None:
    compared = STARS.replace("total: 20", "total: 20\ngiven: {cycle: {mean: count}}").replace("per: x", "per: x + cycle.mean")
    made = loads(compared)
    result = Evaluation.from_dict(evaluate(made, sheet_of(0), given={"cycle": {"mean": 1}}).to_dict())
    outcome = final_outcome(Cycle(name="c"), GradeScale.of(made), Result(result.exact, result.grade, result.stars), None, [Decision("fail")])
    found = feedback(made, result, unit="u", outcome=outcome)
    assert found.way is None and [each.kind for each in found.lift] == ["fail"]
    assert str(found).splitlines()[-3:] == ["What reaches the next grade:", "To be lifted first, for it holds the grade: the lowest grade", "What reaches grade 2 cannot be told without the sheet."]


def test_last_year_is_held_against_the_final_grade() -> None:
    result, outcome = ended(0, Decision("at_most", grade="2"))
    assert [feedback(loads(STARS), result, unit="u", last=each, outcome=outcome).change for each in (3, 2, 1)] == ["down", "same", "up"]
    named, outcome = ended(0, Decision("fail"), rubric=NAMED)
    assert feedback(loads(NAMED), named, unit="u", last="fair", outcome=outcome).change == "down"


def test_wrong_outcomes_and_grounds_are_refused() -> None:
    result, outcome = ended(0, Decision("fail"))
    other = ended(3, Decision("fail"))[1]

    def problems(outcome: Any, grounds: Any) -> list[tuple[str, str]]:
        with pytest.raises(InvalidEvidence) as caught:
            plan_for(result, unit="u", outcome=outcome, grounds=grounds)
        with pytest.raises(InvalidEvidence) as again:
            feedback(loads(STARS), result, unit="u", outcome=outcome, grounds=grounds)
        assert told(again.value) == told(caught.value)
        return told(caught.value)

    assert problems(other, ()) == [("conflicting-keys", "outcome")]
    assert problems(3, ()) == [("wrong-type", "outcome")]
    assert problems(None, ["x"]) == problems(outcome, [None, "x"])[:0] + [("out-of-range", "grounds[0]")]
    assert problems(outcome, [None, "x"]) == [("out-of-range", "grounds[1]")]
    assert problems(outcome, "x") == problems(outcome, 3) == [("wrong-type", "grounds")]
    assert problems(outcome, {True: "x", -1: "x", "0": "x"}) == [("out-of-range", "grounds[True]"), ("out-of-range", "grounds[-1]"), ("out-of-range", "grounds[0]")]
    assert problems(outcome, [" "]) == [("empty", "grounds[0]")]
    assert problems(outcome, {0: 3}) == [("wrong-type", "grounds[0]")]
    by_stars = Outcome(exact=outcome.exact, grade="1", stars=1, counted="street", start=Result(result.exact, "3"), steps=outcome.steps, progress=None, last=None)
    assert plan_for(result, unit="u", outcome=by_stars, grounds=[None]).stars == 1


def test_plan_and_page_of_a_run() -> None:
    run = year("en")
    decided = plan_of(run, "community-066")
    outcome = run["community-066"].outcome
    assert outcome is not None
    assert (decided.score, decided.grade) == (outcome.exact, outcome.grade)
    assert str(decided.causes[0].text) == f"{run['community-066'].objections[0].grounds} (2 points off)"
    page_ = feedback_of(run, "community-066")
    assert (page_.score, page_.grade, page_.street, page_.last) == (outcome.exact, outcome.grade, run["community-066"].unit.street, None)
    assert [each.lost for each in page_.decided] == [2] and page_.decided[0].took
    assert feedback_of(run, "community-066", last=3).last == 3
    second = years_of("en")[1]
    assert feedback_of(second, "community-041").last == 3 and feedback_of(second, "community-041").change == "up"


def test_grounds_of_a_run_follow_its_decisions() -> None:
    from datetime import date as day

    import small_year
    from rubric_engine import cycle

    run = small_year.year("conclude")
    assert feedback_of(run, "hillside").outcome is None and plan_of(run, "hillside").sheet is None
    run = small_year.year("feed_back")
    run = cycle.correct(run, "lakeside", Decision("fail"), by=small_year.APPROVAL, when=day(2025, 3, 9), why="papers were forged")
    assert [str(each.text) for each in plan_of(run, "lakeside").causes] == ["papers were forged (the lowest grade)"]
    assert feedback_of(run, "lakeside").stars == 1
    number = max(run["lakeside"].decided)
    run = cycle.withdraw(run, "lakeside", number, by=small_year.APPROVAL, when=day(2025, 3, 9), why="they were not")
    assert plan_of(run, "lakeside").causes == ()
