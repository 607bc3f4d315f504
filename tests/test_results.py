"""Results: what can be read off them, in every form they travel in."""

from __future__ import annotations

import json
import pickle
from decimal import Decimal, localcontext
from fractions import Fraction

import attrs
import pytest

import rubric_engine
from rubric_engine import Evaluation, Gate, Grade, Item, Rubric, evaluate, evaluate_many
from rubric_engine.policies import Set

TEXT = """
rubric: sample
title: {en: "A <sample>", zh: 样例}
total: 10
grades:
  - {stars: 3, from: 9, title: top}
  - {stars: 2, from: 5}
  - {stars: 1}
gates:
  - {at_most: 2, when: total.complaint, says: no top grade after a complaint}
  - {step: -1, when: total.late}
  - {grade: 3, when: total.rescued, provenance: illustrative}
  - {unrated: closed, when: total.closed}
  - {grade: 3, when: total.closed}
evidence: {complaint: flag, late: flag, rescued: flag, closed: flag}
items:
  - id: plan
    title: Plan
    points: 4
    evidence: {missing: count, papers: {type: checklist, values: [a, b]}, remark: text}
    rules:
      - {deduct: 0.5, per: missing, id: r1, reason: paper, source: clause 3}
      - {deduct: 1, unless: a in papers}
  - id: third
    points: 6
    out_of: 9
    start: zero
    provenance: illustrative
    evidence: {got: {type: count, range: 0..9}}
    rules: [{award: 1, per: got}, {bonus: 0.25, when: got == 9}]
"""
RUBRIC = rubric_engine.loads(TEXT)
NO_GATE = {"complaint": False, "late": False, "rescued": False, "closed": False}


def sheet(got: int = 9, missing: object = 0, **facts: bool) -> dict[str, object]:
    plan = {"missing": missing, "papers": ["a", "b"]}
    return {"total": {**NO_GATE, **facts}, "plan": plan, "third": {"got": got}}


def both(result: Evaluation) -> list[Evaluation]:
    """Return a result as it was scored, and as it came back from plain data."""
    return [result, Evaluation.from_dict(json.loads(json.dumps(result.to_dict())))]


def test_a_score_that_does_not_terminate_is_rounded_for_show_only() -> None:
    for result in both(evaluate(RUBRIC, sheet(got=5))):
        assert result.exact == 4 + Fraction(10, 3)
        assert (result.score, result.rounded) == (Decimal("7.33"), True)
        assert result.scores == {"total": Decimal("7.33"), "plan": 4, "third": 5}
        assert "exactly 22/3" in result.explain()
        assert (result.grade, result.stars, result.unrated) == ("2", 2, None)


def test_the_head_of_a_result_names_its_rubric() -> None:
    for result in both(evaluate(RUBRIC, sheet())):
        assert (result.rubric, result.version, result.language) == ("sample", "1", "en")
        assert result.digest == evaluate(rubric_engine.loads(TEXT), sheet()).digest
        assert str(result.title) == "A <sample>"
        assert list(result) == ["total", "plan", "third"] == list(result.nodes)
        assert repr(result) == "<Evaluation of 'sample' 1: 10 points, grade '3'>"


def test_another_rubric_has_another_digest() -> None:
    other = rubric_engine.loads(TEXT.replace("deduct: 1,", "deduct: 2,"))
    assert evaluate(other, sheet()).digest != evaluate(RUBRIC, sheet()).digest


@pytest.mark.parametrize(
    ("facts", "grade", "stars", "changes"),
    [
        ({}, "3", 3, [(None, None, "3")]),
        ({"complaint": True}, "2", 2, [(None, None, "3"), (0, "3", "2")]),
        ({"late": True}, "2", 2, [(None, None, "3"), (1, "3", "2")]),
        ({"complaint": True, "late": True}, "1", 1, [(None, None, "3"), (0, "3", "2"), (1, "2", "1")]),
        ({"late": True, "rescued": True}, "3", 3, [(None, None, "3"), (1, "3", "2"), (2, "2", "3")]),
        ({"closed": True}, "unrated", None, [(None, None, "3"), (3, "3", "unrated")]),
    ],
)
def test_gates_act_in_order(
    facts: dict[str, bool], grade: str, stars: int | None, changes: list[tuple[object, ...]]
) -> None:
    for result in both(evaluate(RUBRIC, sheet(**facts))):
        assert (result.grade, result.stars) == (grade, stars)
        assert [(each.gate, each.before, each.after) for each in result.grade_changes] == changes
        assert result.unrated == ("closed" if "closed" in facts else None)
        assert ("unrated: closed" in result.explain()) == ("closed" in facts)
        assert ("no top grade after a complaint" in result.explain()) == ("complaint" in facts)


def test_an_illustrative_gate_is_marked_where_it_acts() -> None:
    result = evaluate(RUBRIC, sheet(late=True, rescued=True))
    assert [each.provenance for each in result.grade_changes] == [None, None, "illustrative"]


def test_a_node_tells_its_score_share_bonus_and_steps() -> None:
    for result in both(evaluate(RUBRIC, sheet(got=9, missing={"value": 3, "note": "May\x1b[2J"}))):
        plan, third = result["plan"], result["third"]
        assert (plan.points, plan.scale, plan.exact, plan.share) == (4, 4, 2.5, Fraction(5, 8))
        assert (plan.lost, plan.score, plan.item, plan.worth) == (1.5, Decimal("2.5"), True, 1)
        assert (third.points, third.scale, third.worth) == (6, 9, Fraction(2, 3))
        assert (third.bonus, third.provenance) == (Fraction(1, 4), "illustrative")
        (step,) = plan.steps
        assert (step.id, step.reason, str(step.source), step.rule) == ("r1", "paper", "clause 3", 0)
        assert (step.before, step.after, step.name, step.origin) == (4, 2.5, "deduct", None)
        assert step.findings[0].note.note == "May\x1b[2J"
        assert [each.path for each in plan.findings] == ["plan.missing", "plan.papers"]
        assert plan.findings[1].value == ("a", "b")
        assert "missing = 3 (May [2J)" in result.explain()
        assert "clause 3" in result.explain()
        landed = [each for each in result["total"].steps if each.kind == "bonus"]
        assert [(each.origin, each.asked) for each in landed] == [("third", Fraction(1, 6))]


def test_an_unknown_node_is_refused_with_the_nearest_name() -> None:
    for result in both(evaluate(RUBRIC, sheet())):
        with pytest.raises(rubric_engine.UnknownNode) as caught:
            result["plam"]
        assert caught.value.problems[0].nearest == "plan"
        with pytest.raises(KeyError):
            result["plam"]


def test_equal_sheets_give_equal_results_and_others_do_not() -> None:
    one, same, other = (evaluate(RUBRIC, sheet(got=each)) for each in (9, 9, 8))
    assert one == same
    assert hash(one) == hash(same)
    assert one != other
    assert one != "a result"
    assert one.ledger == same.ledger
    assert len({*one.ledger, *same.ledger}) == len(one.ledger)
    assert one.ledger[0] != other.ledger[-1]
    assert one.ledger[0] != "a step"
    assert "asked 4, took 4" in repr(one.ledger[0])


def test_results_travel_by_pickle() -> None:
    for result in both(evaluate(RUBRIC, sheet(missing={"value": 1, "assessor": "Wu"}))):
        again = pickle.loads(pickle.dumps(result))
        assert again == result
        assert again.explain("zh", everything=True) == result.explain("zh", everything=True)


@pytest.mark.parametrize("rubbish", [{}, {"nodes": [{}]}, {"nodes": 3}, {"nodes": [{"id": "a"}]}])
def test_rubbish_is_no_result(rubbish: dict[str, object]) -> None:
    with pytest.raises(rubric_engine.InvalidEvidence) as caught:
        Evaluation.from_dict(rubbish)
    assert caught.value.problems[0].code == "wrong-type"


def test_values_cannot_be_changed() -> None:
    result = evaluate(RUBRIC, sheet())
    for value in (result, result["plan"], RUBRIC, RUBRIC.items[0], result.grade_changes[0]):
        with pytest.raises(attrs.exceptions.FrozenInstanceError):
            value.title = "other"
    with pytest.raises(AttributeError):
        result.ledger[0].node = "other"


def test_a_result_keeps_what_it_was_scored_from() -> None:
    mine = sheet(missing=2)
    result = evaluate(RUBRIC, mine)
    mine["plan"]["missing"] = 0
    mine["plan"]["papers"].clear()
    assert result["plan"].findings[0].value == 2
    assert result["plan"].findings[1].value == ("a", "b")
    assert result["plan"].exact == 3


def test_the_callers_decimal_context_does_not_matter() -> None:
    finding = sheet(missing=1)
    expected = evaluate(RUBRIC, finding).to_dict()
    with localcontext() as context:
        context.prec = 1
        context.Emax, context.Emin = 1, -1
        context.traps = dict.fromkeys(context.traps, True)
        assert evaluate(RUBRIC, finding).to_dict() == expected


def test_one_bad_sheet_stops_nothing() -> None:
    sheets = {"A": sheet(), "B": {"plan": 3}, "C": sheet(got=0)}
    outcomes = list(evaluate_many(RUBRIC, sheets))
    assert [(each.key, each.ok) for each in outcomes] == [("A", True), ("B", False), ("C", True)]
    assert outcomes[1].problems[0].code == "not-a-mapping"
    assert [each.key for each in evaluate_many(RUBRIC, iter(sheets.values()))] == [0, 1, 2]


def test_a_broken_rubric_is_refused_before_any_sheet() -> None:
    broken = Rubric("sample", items=[Item("a", points=1)])
    for call in (lambda: evaluate(broken, {}), lambda: evaluate_many(broken, [])):
        with pytest.raises(rubric_engine.InvalidRubric) as caught:
            call()
        (problem,) = caught.value.problems
        assert (problem.code, problem.path, problem.line) == ("start-unclear", "$.items[0]", None)


def test_html_escapes_what_authors_and_assessors_wrote() -> None:
    result = evaluate(RUBRIC, sheet(missing={"value": 1, "note": "<script>"}))
    for html in (result._repr_html_(), both(result)[1]._repr_html_(), RUBRIC._repr_html_()):
        assert "<script>" not in html
        assert "<sample>" not in html
        assert "illustrative" in html
    assert "&lt;script&gt;" in result._repr_html_()


def test_explanations_rank_losses_and_leave_out_what_is_full() -> None:
    text = evaluate(RUBRIC, sheet(got=3, missing=1)).explain()
    lines = text.splitlines()
    assert lines[4:9] == [
        "Lost: 4.5 points, the largest first",
        "  1.   −4  third *",
        "           not earned: award 1, per got [got = 3]",
        "  2. −0.5  plan  Plan",
        "           deduct 0.5, per missing [missing = 1] — clause 3",
    ]
    full = evaluate(RUBRIC, sheet())
    assert "No points lost" in full.explain()
    assert "\n  plan" not in full.explain()
    assert "\n  plan  Plan  4 / 4" in full.explain(everything=True)
    assert "没有失分" in full.explain("zh")


def test_equal_losses_stand_in_document_order() -> None:
    rubric = rubric_engine.loads(
        "rubric: s\nitems:\n"
        + "".join(
            f"  - {{id: {name}, points: 2, evidence: {{{name}_ok: flag}},"
            f" rules: [{{deduct: 1, unless: {name}_ok}}]}}\n"
            for name in "cab"
        )
    )
    result = evaluate(rubric, {name: {f"{name}_ok": False} for name in "abc"})
    ranked = [line.split()[2] for line in result.explain().splitlines() if line[:4].strip()[:-1].isdigit()]
    assert ranked == ["c", "a", "b"]


def test_otherwise_unrated_is_a_grade_of_its_own() -> None:
    rubric = Rubric(
        "s",
        total=10,
        grades=[Grade(grade="pass", at_least=6)],
        otherwise="unrated",
        gates=[Gate(step=1, when="total >= 0")],
        items=[Item("a", points=10, rules=[Set(5)])],
    )
    result = evaluate(rubric, {})
    assert (result.grade, result.stars, result.unrated) == ("unrated", None, "unrated")


def test_open_accounts_have_neither_floor_nor_ceiling() -> None:
    rubric = rubric_engine.loads("""
rubric: s
total: 5
clip: none
items:
  - {id: a, points: 5, start: full}
  - {id: b, points: none, evidence: {n: count, m: count}, rules: [{deduct: 2, per: n}, {award: 3, per: m}]}
""")
    assert evaluate(rubric, {"b": {"n": 4, "m": 0}}).exact == -3
    high = evaluate(rubric, {"b": {"n": 0, "m": 4}})
    assert (high.exact, high["b"].share, high["b"].lost) == (17, None, 0)


def test_a_field_too_large_for_62_bits_is_refused_even_if_it_is_only_compared() -> None:
    with pytest.raises(rubric_engine.InvalidRubric) as caught:
        rubric_engine.loads("""
rubric: big
items:
  - id: a
    points: 10
    evidence: {x: {type: number, range: 0..999999999999999999, places: 9}}
    rules: [{award: 1, when: x > 5}]
""")
    problem = caught.value.problems[0]
    assert (problem.code, problem.path) == ("too-fine", "$.items[0].evidence.x")


@pytest.mark.parametrize("limits", ["0.5..2", "0..2.5"])
def test_the_range_of_a_count_has_whole_ends(limits: str) -> None:
    text = f"rubric: s\nitems: [{{id: a, points: 1, evidence: {{n: {{type: count, range: {limits}}}}}, rules: [{{deduct: 1, per: n}}]}}]"
    with pytest.raises(rubric_engine.InvalidRubric) as caught:
        rubric_engine.loads(text)
    assert [each.code for each in caught.value.problems] == ["not-exact"]


def test_the_implicit_limit_is_called_a_floor_and_says_its_ends() -> None:
    for result in both(evaluate(RUBRIC, sheet(missing=20))):
        floor = result["plan"].steps[-1]
        assert (floor.name, str(floor.text), floor.asked, floor.taken) == ("floor", "0..4", 6, 0)
        assert "floor: 0..4" in result.explain()
    clipped = evaluate(RUBRIC, sheet())["total"].steps[-1]
    assert (clipped.name, str(clipped.text), clipped.asked) == ("cap", "..10", Fraction(-1, 6))
