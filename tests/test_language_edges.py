"""Edges of the language that random rubrics reach rarely: small rubrics, worked by hand."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest

import rubric_engine
from rubric_engine import Evaluation, InvalidEvidence, InvalidRubric, evaluate, loads

SCORE = "evidence: {s: {type: count, range: 0..10}}, rules: [{award: s}]"


def scored(text: str, sheet: dict[str, Any], **more: Any) -> Evaluation:
    return evaluate(loads(text), sheet, **more)


def refused(text: str) -> list[tuple[str, str]]:
    with pytest.raises(InvalidRubric) as caught:
        loads(text)
    return [(each.code, each.path) for each in caught.value.problems]


def sources(how: str, weights: tuple[str, ...] = ("1", "1", "1")) -> str:
    items = [
        f"  - {{id: {name}, out_of: 10, weight: '{weight}', {SCORE}}}"
        for name, weight in zip("abc", weights, strict=True)
    ]
    if "mean" not in how:
        items = [each.replace(f"weight: '{w}', ", "") for each in items for w in weights[:1]]
    return "\n".join(["rubric: sources", "total: 10", how, "items:", *items])


# Too few


def test_a_trimmed_mean_needs_one_more_than_it_drops() -> None:
    text = sources("combine: trimmed\ndrop: 1\nmissing: skip\nempty: 4")
    assert scored(text, {"a.s": 9, "b.s": 5, "c.s": 1}).exact == 5
    # Two are there and two would be dropped: none is left.
    assert scored(text, {"a.s": 9, "b.s": 5}).exact == 4


def test_a_mean_over_what_is_there_and_over_too_few() -> None:
    text = sources("combine: mean\nmissing: skip\nneed: 2\nempty: 1", ("2", "1", "1"))
    assert scored(text, {"a.s": 9, "b.s": 6}).exact == 8
    assert scored(text, {"a.s": 9}).exact == 1


def test_weights_that_add_up_to_nothing_are_too_few() -> None:
    text = (
        "rubric: w\ntotal: 10\ncombine: mean\nempty: 3\ngiven: {cycle: {w: {type: count, range: 0..4}}}\n"
        f"items:\n  - {{id: a, out_of: 10, weight: cycle.w, {SCORE}}}\n"
        f"  - {{id: b, out_of: 10, weight: 2 * cycle.w, {SCORE}}}"
    )
    sheet = {"a": {"s": 9}, "b": {"s": 6}}
    assert scored(text, sheet, given={"cycle": {"w": 1}}).exact == 7
    assert scored(text, sheet, given={"cycle": {"w": 0}}).exact == 3


def test_a_sum_of_too_few_is_set_in_a_step_of_its_own() -> None:
    text = (
        "rubric: s\ntotal: 10\nmissing: zero\nneed: 2\nempty: 4\nnot_applicable: rescale\nitems:\n"
        f"  - {{id: a, points: 4, {SCORE.replace('10}', '4}')}}}\n"
        "  - {id: b, points: 6, evidence: {c: {type: choice, values: [met, none], "
        "means: {met: full, none: skip}}}, rules: [{award: c}]}"
    )
    result = scored(text, {"a": {"s": 1}, "b": {"c": "none"}})
    assert result.exact == 4
    assert [step.kind for step in result["total"].steps] == ["child", "rescale", "sum"]
    assert scored(text, {"a": {"s": 1}, "b": {"c": "met"}}).exact == 7


@pytest.mark.parametrize(
    ("how", "expected"),
    [("combine: sum", 0), ("combine: sum, need: 1, empty: 2", 2), ("combine: mean, empty: 3", 3)],
)
def test_a_node_over_no_rows(how: str, expected: int) -> None:
    text = (
        "rubric: r\ntotal: 10\nitems:\n  - {id: u, points: 10, out_of: 5, each: t, start: full, "
        f"{how}, evidence: {{t: {{type: rows, range: 0..3, columns: {{x: count}}}}}}, "
        "rules: [{deduct: 1, per: x}]}"
    )
    if "mean" in how:
        text = text.replace(", out_of: 5", "")
    assert scored(text, {"u": {"t": []}}).exact == expected


# Types of assessees, absent and not applicable

TYPES = "given: {assessee: {type: {type: choice, values: [urban, rural]}}}\n"


def test_what_is_for_others_is_neither_absent_nor_rescaled() -> None:
    text = (
        f"rubric: t\ntotal: 10\n{TYPES}missing: skip\nempty: zero\nitems:\n"
        f"  - {{id: town, for: urban, points: 6, {SCORE}}}\n"
        f"  - {{id: land, for: rural, points: 6, {SCORE}}}\n"
        f"  - {{id: both, points: 4, {SCORE}}}"
    )
    sheet = {"assessee": {"type": "rural"}, "land": {"s": 3}, "both": {"s": 2}}
    result = scored(text, sheet)
    assert result.exact == 5
    assert result["town"].state == "not applicable"
    assert "rescale" not in [step.kind for step in result["total"].steps]
    # Absent is what is for rural ones and not there: the others count for it.
    del sheet["land"]
    assert scored(text, sheet).exact == 5
    assert scored(text, sheet)["land"].state == "absent"


def test_what_is_for_others_leaves_nothing_unrated() -> None:
    text = (
        f"rubric: t\ntotal: 5\n{TYPES}combine: mean\nmissing: unrated\nempty: full\n"
        f"grades: [{{stars: 1}}]\nitems:\n  - {{id: a, for: urban, out_of: 5, {SCORE}}}"
    )
    assert scored(text, {"assessee": {"type": "rural"}}).stars == 1
    result = scored(text, {"assessee": {"type": "urban"}})
    assert (result.grade, result.unrated) == ("unrated", "a")


def test_an_indicator_whose_findings_are_for_others_is_not_absent() -> None:
    text = (
        f"rubric: t\ntotal: 10\n{TYPES}missing: zero\nindicators:\n  - id: s\n    points: 6\n    items:\n"
        "      - {id: town, for: urban, points: 6, evidence: {n: count}, rules: [{deduct: 1, per: n}]}\n"
        "      - {id: land, for: rural, points: 6, start: full}\n"
        "items: [{id: b, points: 4, start: full}]"
    )
    assert scored(text, {"assessee": {"type": "rural"}})["s"].state == "scored"
    assert scored(text, {"assessee": {"type": "rural"}}).exact == 10
    assert scored(text, {"assessee": {"type": "urban"}})["s"].state == "absent"
    assert scored(text, {"assessee": {"type": "urban"}}).exact == 4
    assert scored(text, {"assessee": {"type": "urban"}, "town": {"n": 1}}).exact == 9


def test_what_an_absent_child_counts_is_for_its_parent_to_say() -> None:
    text = (
        "rubric: t\ntotal: 10\ngrades: [{grade: g}]\nindicators:\n"
        "  - id: s\n    points: 10\n    combine: mean\n    missing: MISSING\n    empty: unrated\n"
        "    evidence: {seen: flag}\n    indicators:\n"
        "      - id: inner\n        out_of: 10\n        combine: mean\n        missing: skip\n        empty: skip\n"
        "        items: [{id: a, out_of: 10, evidence: {n: count}, rules: [{deduct: 1, per: n}]}]\n"
    )
    sheet = {"s": {"seen": True}}
    zero = scored(text.replace("MISSING", "zero"), sheet)
    assert (zero.exact, zero.grade, zero["inner"].state) == (0, "g", "absent")
    skip = scored(text.replace("MISSING", "skip"), sheet)
    assert (skip.exact, skip.grade, skip.unrated) == (0, "unrated", "s")
    assert scored(text.replace("MISSING", "zero"), {**sheet, "a": {"n": 1}}).exact == 9


def test_a_total_is_rescaled_through_sums_only() -> None:
    text = (
        "rubric: t\ntotal: 10\ncombine: mean\nindicators:\n  - id: s\n    out_of: 10\n    items:\n"
        "      - {id: a, points: 4, not_applicable: rescale_total, evidence: {c: {type: choice, "
        "values: [met, none], means: {met: full, none: skip}}}, rules: [{award: c}]}\n"
        "      - {id: b, points: 6, start: full}"
    )
    assert ("conflicting-keys", "$.indicators[0]") in refused(text)


# Losses of rows


def test_what_a_row_loses_is_worth_its_share_of_the_mean() -> None:
    text = (
        "rubric: r\ntotal: 5\nitems:\n  - {id: u, points: 5, each: t, combine: mean, empty: zero, "
        "evidence: {t: {type: rows, range: 0..12, columns: {x: count}}}, rules: [{deduct: 1, per: x}]}"
    )
    result = scored(text, {"u": {"t": [{"x": 1}, {"x": 0}, {"x": 2}]}})
    assert result.exact == 4
    assert [(each.node, each.lost) for each in result.reasons()] == [
        ("u[2]", Fraction(2, 3)),
        ("u[0]", Fraction(1, 3)),
    ]
    assert len(result.reasons(1)) == 1


def test_reasons_with_the_same_code_are_added_up() -> None:
    rule = "rules: [{deduct: 1, per: n, reason: late}], evidence: {n: count}"
    text = (
        f"rubric: r\ntotal: 10\nitems:\n  - {{id: a, points: 3, {rule}}}\n  - {{id: b, points: 3, {rule}}}\n"
        "  - {id: c, points: 4, baseline: 3, start: zero, evidence: {n: {type: count, range: 0..4}}, "
        "rules: [{award: n}]}"
    )
    result = scored(text, {"a": {"n": 1}, "b": {"n": 2}, "c": {"n": 1}})
    found = [(each.code, each.node, each.lost) for each in result.reasons()]
    assert found == [("late", "a", 3), (None, "c", 2)]


# Grades as numbers

CRITERIA = (
    "rubric: g\ntotal: 10\ngrades: [{stars: 5, from: 9}, {stars: 3, from: 5}, {stars: 1}]\n"
    "gates: [{at_most: 'min(stars(a), stars(b))'}]\nindicators:\n"
    + "\n".join(
        f"  - {{id: {name}, points: 5, grades: [{{stars: 5, from: 4}}, {{stars: 2, from: 1}}, {{stars: 0}}], "
        f"items: [{{id: {name}1, points: 5, evidence: {{n: count}}, rules: [{{deduct: 1, per: n}}]}}]}}"
        for name in "ab"
    )
)


@pytest.mark.parametrize(
    ("a", "b", "stars"), [(0, 0, 5), (1, 0, 5), (2, 0, 1), (0, 2, 1), (0, 5, 1), (1, 1, 3)]
)
def test_the_weakest_of_several_holds_the_whole(a: int, b: int, stars: int) -> None:
    # Two stars, or none, are in no list of the root: it is the best grade with no more, or the last.
    assert scored(CRITERIA, {"a1": {"n": a}, "b1": {"n": b}}).stars == stars


def test_a_grade_may_rest_on_a_grade_further_down() -> None:
    inner = CRITERIA.replace("grades: [{stars: 5, from: 4}", "gates: [{at_most: stars(b)}], grades: [{stars: 5, from: 4}", 1)
    result = scored(inner, {"a1": {"n": 0}, "b1": {"n": 3}})
    assert (result["a"].stars, result["b"].stars) == (2, 2)


def test_a_step_for_each_counts_whole_numbers_only() -> None:
    text = (
        "rubric: g\ntotal: 5\ngrades: [{stars: 3, from: 4}, {stars: 2, from: 2}, {stars: 1}]\n"
        "evidence: {n: {type: count, range: 0..5}}\ngates: [{step: -1, per: n}]\n"
        "items: [{id: a, points: 5, start: full}]"
    )
    assert [scored(text, {"total": {"n": n}}).stars for n in range(4)] == [3, 2, 1, 1]
    assert refused(text.replace("per: n", "per: n / 2")) == [("wrong-operand", "$.gates[0].per")]
    assert refused(text.replace("step: -1, per: n", "at_most: gold")) == [
        ("unknown-grade", "$.gates[0].at_most")
    ]


# Panels


def test_a_trimmed_panel_may_be_empty_where_it_needs_no_more_than_it_drops() -> None:
    text = (
        "rubric: p\ntotal: 10\nitems:\n  - {id: a, points: 10, evidence: {j: {type: count, range: 0..10, "
        "panel: 5, need: NEED}}, rules: [{award: 'trimmed(j, 1)'}]}"
    )
    assert refused(text.replace("NEED", "2")) == [
        ("unprotected-optional", "$.items[0].rules[0].award")
    ]
    assert scored(text.replace("NEED", "3"), {"a": {"j": [1, None, 9, 6]}}).exact == 6
    with pytest.raises(InvalidEvidence) as caught:
        scored(text.replace("NEED", "3"), {"a": {"j": [1, None, 9]}})
    assert [(each.code, each.path) for each in caught.value.problems] == [("too-few", "a.j")]


# Quotients


def test_different_divisors_meet_exactly() -> None:
    text = (
        "rubric: q\ntotal: 30\nitems:\n"
        + "\n".join(
            f"  - {{id: {name}, points: 10, evidence: {{x: {{type: count, range: 0..50}}, n: {{type: count, "
            f"range: 1..{most}}}}}, rules: [{{award: 10, ratio: x / n}}]}}"
            for name, most in (("a", 30), ("b", 33), ("c", 47))
        )
    )
    sheet = {"a": {"x": 1, "n": 29}, "b": {"x": 2, "n": 31}, "c": {"x": 3, "n": 47}}
    expected = 10 * (Fraction(1, 29) + Fraction(2, 31) + Fraction(3, 47))
    result = scored(text, sheet)
    assert result.exact == expected
    assert (result.rounded, str(result.score)) == (True, "1.63")
    assert result.scores["c"] == rubric_engine.evaluate(loads(text), sheet)["c"].score


def test_an_average_of_thirds_is_exact() -> None:
    means = [Fraction(268, 3), Fraction(271, 3), Fraction(271, 3)]
    rows = [[89, 89, 90], [90, 90, 91], [90, 90, 91]]
    items = "\n".join(
        f"  - {{id: {name}, out_of: 100, each: r, combine: mean, evidence: {{r: {{type: rows, range: 1..40, "
        "columns: {p: {type: count, range: 0..100}}}}, rules: [{award: p}]}"
        for name in "abc"
    )
    text = f"rubric: t\ntotal: 100\ncombine: mean\ngrades: [{{grade: pass, from: 90}}, {{grade: fail}}]\nitems:\n{items}"
    sheet = {name: {"r": [{"p": p} for p in row]} for name, row in zip("abc", rows, strict=True)}
    result = scored(text, sheet)
    assert [result[name].exact for name in "abc"] == means
    assert (result.exact, result.grade) == (90, "pass")
