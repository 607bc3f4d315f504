"""What an incomplete sheet can still become, worked by hand."""

from __future__ import annotations

from fractions import Fraction

import pytest

from rubric_engine import InvalidEvidence, Provisional, evaluate, loads
from rubric_engine.fields import Checklist, Choice, Count, Field, Flag, Number, Rows, Text
from rubric_engine.graph import Graph, Input
from rubric_engine.intervals import Interval
from rubric_engine.provisional import MOST_SHEETS, _bounds, _possible, every_finding


def item(evidence: str, *rules: str, more: str = "") -> str:
    """Write a rubric of one item that starts at its 10 points, good from 6."""
    return (
        "rubric: one\ntotal: 10\ngrades: [{grade: good, from: 6}, {grade: poor}]\n"
        f"{more}\nitems:\n- id: a\n  points: 10\n  start: full\n  evidence: {{{evidence}}}\n"
        f"  rules: [{', '.join(rules)}]\n"
    )


def provisional(text: str, sheet: dict[str, object], **more: dict[str, object]) -> Provisional:
    return evaluate(loads(text), sheet, provisional=True, **more)


@pytest.mark.parametrize(
    ("evidence", "rule", "low", "grades"),
    [
        ("x: flag", "{deduct: 5, when: x}", 5, ("good", "poor")),
        ("x: {type: count, range: 0..4}", "{deduct: 1, per: x}", 6, ("good",)),
        ("x: {type: count, range: 0..4000}", "{deduct: 5, when: x > 3999}", 5, ("good", "poor")),
        ("x: {type: number, places: 1, range: 0..1}", "{deduct: x}", 9, ("good",)),
        ("x: {type: number, one_of: [0, 3, 10]}", "{deduct: x}", 0, ("good", "poor")),
        ("x: {type: count, range: 0..4, absent: 4}", "{deduct: x}", 7, ("good",)),
        ("x: {type: amount, range: 0.5..2}", "{deduct: 0.5..2, by: x}", 8, ("good",)),
        ("x: {type: checklist, values: [u, v]}", "{deduct: {u: 1, v: 2}, by: x}", 7, ("good",)),
        (
            "x: {type: choice, values: [y, n, u], means: {u: missing}}",
            "{deduct: {y: 0, n: 3, u: 9}, by: x}",
            7,
            ("good",),
        ),
        # Bounds alone would divide the largest sum by the fewest readings.
        ("x: {type: count, panel: 3, range: 0..4}", "{deduct: mean(x)}", 6, ("good",)),
        (
            "x: {type: count, panel: 3, need: 3, range: 0..4}",
            "{deduct: sum_of}",
            4,
            ("good", "poor"),
        ),
        (
            (
                "x: {type: rows, range: 0..2, columns: {k: {type: count, range: 0..3}, "
                "o: {type: flag, optional: true}}}"
            ),
            "{deduct: k, each: x}",
            4,
            ("good", "poor"),
        ),
    ],
)
def test_few_enough_findings_are_all_tried(
    evidence: str, rule: str, low: int, grades: tuple[str, ...]
) -> None:
    found = provisional(item(evidence, rule.replace("sum_of", "1.5 * lowest(x)")), {})
    assert (found.low, found.high, found.grades) == (low, 10, grades)
    assert found.exact
    assert (found.missing, found.open, found.settled) == (("a.x",), ("a.x",), False)
    assert found.coverage == 0


def test_the_fewest_readings_must_be_there() -> None:
    text = item("x: {type: count, panel: 2, need: %s, range: 0..4}", "{deduct: 2 - readings(x)}")
    alone, both = provisional(text % 1, {}), provisional(text % 2, {})
    assert (alone.low, alone.high, alone.settled) == (9, 10, False)
    assert (both.low, both.high, both.settled) == (10, 10, True)


@pytest.mark.parametrize(
    ("evidence", "rule"),
    [
        ("x: count", "{deduct: 5, when: x > 2000}"),
        ("x: date", "{deduct: 5, when: 'x > \"2020-01-01\"'}"),
        (
            f"x: {{type: checklist, values: [{', '.join(f'u{k}' for k in range(13))}]}}",
            "{deduct: {u1: 5}, by: x}",
        ),
        ("x: {type: share, panel: 2}", "{deduct: 5, when: lowest(x) > 50}"),
        (
            "x: {type: rows, range: 0..9, columns: {d: date}}",
            "{deduct: 5, when: rows(x) > 3}",
        ),
        (
            "x: {type: rows, range: 0..9, columns: {k: count, l: count}}",
            "{deduct: 5, when: rows(x) > 3}",
        ),
        (
            "x: {type: rows, columns: {k: {type: count, range: 0..99}, l: {type: share, places: 0}}}",
            "{deduct: 5, when: rows(x) > 3}",
        ),
    ],
)
def test_too_many_findings_leave_bounds(evidence: str, rule: str) -> None:
    found = provisional(item(evidence, rule), {})
    assert (found.low, found.high, found.grades, found.exact) == (5, 10, ("good", "poor"), False)


@pytest.mark.parametrize(
    "evidence",
    [
        "w: count",
        "w: date",
        f"w: {{type: checklist, values: [{', '.join(f'u{k}' for k in range(13))}]}}",
        "w: {type: share, panel: 2}",
        "w: {type: rows, range: 2..9, columns: {k: count, t: text, d: date}}",
    ],
)
def test_what_changes_nothing_is_filled_in_and_not_open(evidence: str) -> None:
    found = provisional(item(f"x: flag, {evidence}", "{deduct: 5, when: x}"), {})
    assert (found.low, found.high, found.exact) == (5, 10, True)
    assert (found.missing, found.open) == (("a.x", "a.w"), ("a.x",))


def test_what_cancels_out_is_settled() -> None:
    text = item("x: flag, y: flag", "{deduct: 5, when: x}", "{deduct: 5, unless: x}")
    found = provisional(text, {})
    assert (found.low, found.high, found.grades, found.open) == (5, 5, ("poor",), ())
    assert found.settled
    assert str(found) == "5 to 5 points, poor"


def test_a_condition_that_is_known_settles_what_it_guards() -> None:
    text = item("x: flag, y: flag", "{deduct: 5, when: x and y}")
    found = provisional(text, {"a": {"x": False}})
    assert (found.low, found.high, found.missing, found.open) == (10, 10, ("a.y",), ())


def test_a_given_number_may_lack_too() -> None:
    more = "given: {cycle: {n: {type: count, range: 0..9}}}"
    text = item("x: flag", "{deduct: 5, when: x and cycle.n > 3}", more=more)
    found = provisional(text, {"a": {"x": True}})
    assert (found.low, found.high, found.open) == (5, 10, ("cycle.n",))
    assert provisional(text, {"a": {"x": True}}, given={"cycle": {"n": 3}}).settled


def test_an_unrated_state_is_among_the_grades() -> None:
    text = item(
        "f: flag, x: count", "{deduct: 1, per: x}", more="gates: [{unrated: fire, when: a.f}]"
    )
    assert provisional(text, {}).grades == ("good", "poor", "unrated")
    assert provisional(text, {"a": {"f": True}}).grades == ("unrated",)
    assert provisional(text, {"a": {"f": False, "x": 1}}).grades == ("good",)


def weighted(most: int, least: int = 0) -> str:
    score = "evidence: {s: {type: count, range: 0..10}}, rules: [{award: s}]"
    return (
        "rubric: weighted\ntotal: 10\ncombine: mean\nempty: 3\n"
        "grades: [{stars: 2, from: 6}, {stars: 1}]\nitems:\n"
        f"- {{id: a, out_of: 10, weight: c.n, {score}}}\n"
        f"- {{id: b, out_of: 10, weight: 2 * c.n, {score}}}\n"
        f"- {{id: c, points: beside, evidence: {{n: {{type: count, range: {least}..{most}}}}}, "
        "rules: [{award: n}]}\n"
    )


def test_a_quotient_of_two_scores() -> None:
    found = provisional(weighted(5), {"a": {"s": 9}, "c": {"n": 2}})
    assert (found.low, found.high, found.stars) == (3, Fraction(29, 3), (2, 1))
    assert (found.open, found.coverage) == (("b.s",), Fraction(1, 2))
    # With the weights all 0 it holds what `empty` says, else 7.
    found = provisional(weighted(5), {"a": {"s": 9}, "b": {"s": 6}})
    assert (found.low, found.high, found.stars, found.exact) == (3, 7, (2, 1), True)


@pytest.mark.parametrize("least", [0, 1])
def test_a_quotient_of_two_that_are_open_keeps_within_the_scale(least: int) -> None:
    found = provisional(weighted(9_000, least), {"a": {"s": 9}, "b": {"s": 6}})
    assert 0 <= found.low <= 3 + 4 * least
    assert 7 <= found.high <= 10
    assert (found.stars, found.exact) == ((2, 1), False)


def test_a_finding_that_is_wrong_is_still_refused() -> None:
    with pytest.raises(InvalidEvidence) as caught:
        provisional(item("x: flag, y: flag", "{deduct: 5, when: x}"), {"a": {"x": 3}})
    assert [(each.code, each.path) for each in caught.value.problems] == [("wrong-type", "a.x")]


@pytest.mark.parametrize("sheet", [{}, {"a": {"kind": "n"}}])
def test_a_choice_that_may_say_skip_frees_what_stands_beside_it(sheet: dict[str, object]) -> None:
    text = (
        "rubric: skip\ntotal: 10\nnot_applicable: zero\nitems:\n"
        "- {id: a, points: 6, evidence: {kind: {type: choice, values: [y, n], means: {n: skip}}, "
        "x: {type: count, range: 0..3}}, rules: [{deduct: 1, per: x}]}\n"
        "- {id: b, points: 4, evidence: {y: flag}, rules: [{deduct: 4, when: y}]}\n"
    )
    found = provisional(text, sheet | {"b": {"y": False}})
    # Not applicable gives 0 + 4, applicable 3 to 6 + 4.
    if sheet:
        assert (found.low, found.high, found.open, found.coverage) == (4, 4, (), 1)
    else:
        assert (found.low, found.high, found.open) == (4, 10, ("a.kind", "a.x"))
        assert found.coverage == Fraction(4, 10)
    assert found.exact


def test_a_source_without_any_finding_is_absent_where_that_is_allowed() -> None:
    score = "evidence: {s: {type: count, range: 0..10}, t: {type: count, range: 0..1}}, rules: [{award: s}]"
    text = (
        "rubric: sources\ntotal: 10\ncombine: mean\nmissing: skip\nempty: 0\nitems:\n"
        f"- {{id: a, out_of: 10, {score}}}\n- {{id: b, out_of: 10, {score}}}\n"
    )
    found = provisional(text, {"a": {"s": 7}})
    assert (found.low, found.high, found.missing, found.open) == (7, 7, ("a.t",), ())
    found = provisional(text, {"a": {"s": 7, "t": 0}, "b": {"t": 1}})
    assert (found.low, found.high, found.open) == (Fraction(7, 2), Fraction(17, 2), ("b.s",))


@pytest.mark.parametrize(
    ("field", "size"),
    [
        (Flag(), 2),
        (Checklist(values=[f"u{each}" for each in range(12)]), MOST_SHEETS),
        (Checklist(values=[f"u{each}" for each in range(13)]), None),
        (Count(range=f"0..{MOST_SHEETS - 1}"), MOST_SHEETS),
        (Count(range=f"1..{MOST_SHEETS}"), MOST_SHEETS),
        (Count(range=f"0..{MOST_SHEETS}"), None),
        (Number(places=1, range="0..1"), 11),
        # Of two readings, one may be missing: 90 numbers and nothing, in any order, but for nothing at all.
        (Count(range="0..88", panel=2), 89 * 90 // 2 + 89),
        (Count(range="0..89", panel=2), None),
        (Count(range="0..88", panel=2, need=2), 89 * 90 // 2),
        (Rows(columns={"k": Flag()}, range="0..2"), 1 + 2 + 3),
        (Rows(columns={"k": Flag(optional=True)}, range="2..2"), 6),
        (Rows(columns={"k": Count(range=f"1..{MOST_SHEETS - 1}")}, range="0..1"), MOST_SHEETS),
        (Rows(columns={"k": Count(range=f"0..{MOST_SHEETS - 1}")}, range="0..1"), None),
        (Rows(columns={"k": Count(range="0..63"), "l": Count(range="0..63")}, range="1..1"), MOST_SHEETS),
        (Rows(columns={"k": Count(range="0..63"), "l": Count(range="0..64")}, range="1..1"), None),
        (Text(), None),
    ],
)
def test_every_finding_of_a_field_where_they_are_few(field: Field, size: int | None) -> None:
    found = every_finding(field)
    assert (None if found is None else len(found)) == size
    assert found is None or len(set(found)) == size


def test_a_choice_has_the_findings_that_are_none_of_missing() -> None:
    assert every_finding(Flag()) == (0, 1)
    assert every_finding(Choice(values=["a", "u", "c"], means={"u": "missing"})) == [0, 2]
    assert every_finding(Count(range="2..6", absent=4)) == [2, 3, 5, 6]
    assert every_finding(Number(one_of=[1, 3, 10])) == [1, 3, 10]


@pytest.mark.parametrize(("counts", "exact"), [((64, 64), True), ((64, 65), False), ((4096, 1), True), ((2, 2049), False)])
def test_so_many_sheets_are_tried_and_no_more(counts: tuple[int, int], exact: bool) -> None:
    evidence = ", ".join(f"{name}: {{type: count, range: 1..{most}}}" for name, most in zip("xy", counts, strict=True))
    # Bounds alone do not see that what is deducted is awarded too.
    rules = ["{deduct: 1, when: x > 1}", "{award: 1, when: x > 1}", "{deduct: 1, when: y > 1 or x > 1}"]
    found = provisional(item(evidence, *rules), {})
    assert found.exact == exact
    assert (found.low, found.high) == (9 if exact else 8, 10)


def test_what_makes_no_difference_beside_what_does() -> None:
    text = item("x: flag, y: flag, z: flag", "{deduct: 5, when: x}", "{deduct: 4, unless: x}", "{deduct: 1, unless: x}", "{deduct: 1, when: y}", "{deduct: 1, when: z and not z}")
    found = provisional(text, {})
    assert (found.low, found.high, found.open, found.exact) == (4, 5, ("a.y",), True)


def test_bounds_are_those_of_what_is_known() -> None:
    text = item("x: count, y: flag", "{deduct: 5, when: x > 2000}", "{deduct: 2, when: y}", "{award: 1, when: y and x < 10}")
    found = provisional(text, {"a": {"y": False}})
    assert (found.low, found.high, found.exact) == (5, 10, False)
    found = provisional(text, {"a": {"y": True}})
    assert (found.low, found.high, found.exact) == (3, 9, False)


@pytest.mark.parametrize("evidence", ["o: {type: count, optional: true}", "o: text"])
def test_what_may_be_left_out_is_not_waited_for(evidence: str) -> None:
    text = (
        "rubric: skip\ntotal: 6\nnot_applicable: zero\nitems:\n"
        f"- {{id: a, points: 6, evidence: {{kind: {{type: choice, values: [y, n], means: {{n: skip}}}}, {evidence}}}, "
        "rules: [{deduct: 2, when: known(o)}]}\n"
    )
    found = provisional(text, {"a": {"kind": "y"}})
    assert (found.low, found.high, found.missing, found.settled) == (6, 6, (), True)


def test_an_indicator_without_any_finding_below_it_is_absent_with_its_items() -> None:
    score = "evidence: {s: {type: count, range: 0..10}}, rules: [{award: s}]"

    def indicator(name: str) -> str:
        return f"- {{id: {name}, out_of: 10, combine: mean, items: [{{id: {name}1, out_of: 10, {score}}}, {{id: {name}2, out_of: 10, {score}}}]}}\n"

    text = f"rubric: sources\ntotal: 10\ncombine: mean\nmissing: skip\nempty: 0\nindicators:\n{indicator('i')}{indicator('j')}"
    found = provisional(text, {"j1": {"s": 4}, "j2": {"s": 8}})
    assert (found.low, found.high, found.open, found.missing) == (6, 6, (), ())


@pytest.mark.parametrize(
    ("evidence", "rule"),
    [
        ("w: date", "{award: 5, when: 'w > \"2020-01-01\"'}"),
        (f"w: {{type: checklist, values: [{', '.join(f'u{k}' for k in range(13))}]}}", "{award: 5, when: u3 in w}"),
        ("w: count", "{award: w, up_to: 3}"),
        ("w: {type: share, panel: 2}", "{award: 5, when: lowest(w) > 50}"),
        ("w: {type: rows, range: 2..9, columns: {k: count, d: date}}", "{award: 1, each: w, when: 'd > \"2020-01-01\"'}"),
    ],
)
def test_what_stands_beside_is_worked_out_too(evidence: str, rule: str) -> None:
    text = item("x: flag", "{deduct: 5, when: x}") + f"- {{id: c, points: beside, evidence: {{{evidence}}}, rules: [{rule}]}}\n"
    found = provisional(text, {})
    assert (found.low, found.high, found.open, found.exact) == (5, 10, ("a.x",), True)


@pytest.mark.parametrize(
    ("low", "high", "ends"),
    [(-3, 4, (Fraction(-3, 2), 2)), (3, 4, (Fraction(1, 2), 2)), (-4, -3, (-2, Fraction(-1, 2)))],
)
def test_the_ends_of_a_quotient(low: int, high: int, ends: tuple[Fraction, Fraction]) -> None:
    graph = Graph()
    score, over = graph.input(Input("s", "integer", Interval(low, high))), graph.input(Input("o", "integer", Interval(1, 3)))
    assert _bounds(score, over, 2) == ends
    assert _bounds(score, None, 2) == (Fraction(low, 2), Fraction(high, 2))


def test_the_grades_that_an_index_can_be() -> None:
    graph = Graph()
    truth = graph.input(Input("p", "truth", Interval(0, 1)))
    index = graph.input(Input("i", "integer", Interval(2, 4)))
    assert _possible(index) == {2, 3, 4}
    assert _possible(graph.constant(7)) == {7}
    other = graph.input(Input("q", "truth", Interval(0, 1)))
    inner = graph.choose(other, graph.constant(9), index)
    assert _possible(graph.choose(truth, graph.constant(0), inner)) == {0, 2, 3, 4, 9}
