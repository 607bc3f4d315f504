"""Exact numbers over the graph, the intervals they lie in, and expressions of every kind."""

from __future__ import annotations

import ast
from fractions import Fraction
from typing import Any

import pytest

import rubric_engine
from rubric_engine.expression import Mistake, parse
from rubric_engine.graph import Graph, Input
from rubric_engine.intervals import TRANSFER, Interval
from rubric_engine.sheet import compute
from rubric_engine.symbols import ROUNDING_MODES, Quantity


def quantity(low: int, high: int, scale: int) -> tuple[Graph, Quantity]:
    graph = Graph()
    value = graph.input(Input("x.y", "integer", Interval(low, high)))
    return graph, Quantity(graph, value, scale)


def rounded(number: Fraction, places: int, mode: str) -> Fraction:
    """Round the plain way, to compare with."""
    scaled = number * 10**places
    down = scaled.numerator // scaled.denominator
    rest = scaled - down
    if mode == "floor":
        result = down
    elif mode == "ceiling":
        result = down + (rest > 0)
    elif mode == "truncate":
        result = down + (scaled < 0 and rest > 0)
    elif mode == "half_even":
        result = round(scaled)
    else:
        result = down + (rest > Fraction(1, 2) or (rest == Fraction(1, 2) and scaled > 0))
    return Fraction(result, 10**places)


@pytest.mark.parametrize("mode", ROUNDING_MODES)
@pytest.mark.parametrize(("scale", "places"), [(2, 0), (3, 0), (8, 1), (100, 1), (7, 2), (10, 1)])
def test_rounding_is_what_its_name_says(mode: str, scale: int, places: int) -> None:
    _, number = quantity(-50, 50, scale)
    result = number.rounded(places, mode)
    function = compute([result.value], 1)
    for quanta in range(-50, 51):
        (found,) = function(quanta)
        assert Fraction(found, result.scale) == rounded(Fraction(quanta, scale), places, mode)
    assert result.low <= rounded(Fraction(-50, scale), places, mode)
    assert result.high >= rounded(Fraction(50, scale), places, mode)


def test_an_unknown_way_to_round_is_refused() -> None:
    _, number = quantity(0, 5, 3)
    with pytest.raises(ValueError, match="half_way"):
        number.rounded(0, "half_way")


def test_a_divisor_below_1_is_refused() -> None:
    graph, number = quantity(0, 5, 1)
    with pytest.raises(ValueError, match="1 or more"):
        graph.quotient(number.value, number.value)
    assert graph.quotient(number.value, graph.constant(1)) is number.value


@pytest.mark.parametrize(
    ("operation", "args", "expected"),
    [
        ("choose", [Interval(1, 1), Interval(0, 2), Interval(5, 9)], Interval(0, 2)),
        ("choose", [Interval(0, 0), Interval(0, 2), Interval(5, 9)], Interval(5, 9)),
        ("choose", [Interval(0, 1), Interval(0, 2), Interval(5, 9)], Interval(0, 9)),
        ("default", [Interval(0, 2), Interval(5, 9)], Interval(0, 2)),
        ("default", [Interval(0, 2, missing=True), Interval(5, 9)], Interval(0, 9)),
        ("both", [Interval(0, 0), Interval(0, 1, missing=True)], Interval(0, 0)),
        ("both", [Interval(0, 0, missing=True), Interval(1, 1)], Interval(0, 0, missing=True)),
        ("either", [Interval(0, 1, missing=True), Interval(1, 1)], Interval(1, 1)),
        ("either", [Interval(1, 1, missing=True), Interval(0, 0)], Interval(1, 1, missing=True)),
        ("known", [Interval(0, 5)], Interval(1, 1)),
        ("known", [Interval(0, 5, missing=True)], Interval(0, 1)),
    ],
)
def test_an_interval_holds_all_that_can_be(operation: str, args: list[Interval], expected: Interval) -> None:
    assert TRANSFER[operation](args, ()) == expected


def test_an_interval_says_what_lies_inside() -> None:
    interval = Interval(2, 4)
    assert [interval.holds(each) for each in (1, 2, 4, 5, None)] == [False, True, True, False, False]
    assert Interval(2, 4, missing=True).holds(None)
    assert not Interval(2, 2, missing=True).constant
    assert Interval(2, 2).constant


# Expressions, each with its value for a few findings

FIELDS = "{n: {type: count, range: 0..20}, m: {type: number, places: 1, range: -5..5}, d: {type: count, range: 1..36}, ok: flag, level: {type: choice, values: [none, poor, good]}, seen: {type: checklist, values: [a, b, c]}, perhaps: {type: count, optional: true}, maybe: {type: flag, optional: true}, unclear: {type: choice, values: [none, good], optional: true}, list2: {type: checklist, values: [a, b], optional: true}, word: text}"
SHEET = {"n": 7, "m": -1.5, "d": 3, "ok": True, "level": "poor", "seen": ["a", "c"]}

NUMBERS: list[tuple[str, Fraction | int | float]] = [
    ("n", 7),
    ("item.n", 7),
    ("n + m", 5.5),
    ("n - m * 2", 10),
    ("-m", 1.5),
    ("- - n", 7),
    ("n / d", Fraction(7, 3)),
    ("n / 4", Fraction(7, 4)),
    ("1 / d / 2", Fraction(1, 6)),
    ("n * d", 21),
    ("n * 0 + m * m", 2.25),
    ("min(n, 3, d)", 3),
    ("max(m, 0 - 2)", -1.5),
    ("min(n)", 7),
    ("abs(m)", 1.5),
    ("floor(m)", -2),
    ("ceiling(m)", -1),
    ("floor(n / d)", 2),
    ("ceiling(n / d)", 3),
    ("count(ok, n > 3, not ok)", 2),
    ("ticked(seen)", 2),
    ("unticked(seen)", 1),
    ("n if ok else m", 7),
    ("n if not ok else m", -1.5),
    ("default(perhaps, 4)", 4),
    ("default(perhaps, m)", -1.5),
    ("(n\n +  m)", 5.5),
    ("0.5 + 10.25", 10.75),
    ("other", 5),
    ("item2.k + other", 7),
]

TRUTHS: list[tuple[str, bool]] = [
    ("ok", True),
    ("not ok", False),
    ("ok and n > 3", True),
    ("n > 3 and n < 5 or ok", True),
    ("n < 3 or not ok", False),
    ("3 < n <= 7", True),
    ("3 < n < 7 < 9", False),
    ("n >= 7", True),
    ("n == 7.0", True),
    ("n != 7", False),
    ("ok == (n > 3)", True),
    ("ok != (n > 3)", False),
    ("level == poor", True),
    ("level == 'poor'", True),
    ("poor == level", True),
    ("level != poor", False),
    ("level in (none, poor)", True),
    ("level not in (none, poor)", False),
    ("level in ('good',)", False),
    ("level in (good)", False),
    ("n in (3, 7)", True),
    ("a in seen", True),
    ("'b' in seen", False),
    ("b not in seen", True),
    ("ok if n > 9 else not ok", False),
    ("(n > 3) if ok else ok", True),
    ("known(perhaps)", False),
    ("known(ok)", True),
    ("known(word)", False),
    ("known(list2)", False),
    ("default(maybe, n > 3)", True),
    ("default(unclear, good) == good", True),
    ("default(unclear, 'none') == good", False),
    ("known(perhaps) or n > 3", True),
    ("a in seen and level == poor", True),
]


def evaluated(rule: str, sheet: dict[str, Any]) -> rubric_engine.Evaluation:
    text = (
        "rubric: e\nplaces: 4\nclip: none\nitems:\n"
        f"  - {{id: item, points: 1000, start: 500, evidence: {FIELDS}, rules: [{rule}, {{limit: none}}]}}\n"
        "  - {id: item2, points: none, evidence: {k: count}}\n"
        "  - {id: other, points: 5, start: full}\n"
    )
    return rubric_engine.evaluate(rubric_engine.loads(text), {"item": sheet, "item2.k": 2})


@pytest.mark.parametrize(("text", "value"), NUMBERS)
def test_an_expression_has_its_value(text: str, value: Fraction) -> None:
    shifted = f"max(0, ({text}) + 100)".replace('"', '\\"').replace("\n", "\\n")
    result = evaluated(f'{{award: 1, per: "{shifted}"}}', SHEET)
    assert result["item"].exact - 600 == Fraction(value)


@pytest.mark.parametrize(("text", "value"), TRUTHS)
def test_a_condition_holds_or_not(text: str, value: bool) -> None:
    result = evaluated(f'{{award: 1, when: "{text}"}}', SHEET)
    assert result["item"].exact == 500 + value
    other = evaluated(f'{{award: 1, unless: "{text}"}}', SHEET)
    assert other["item"].exact == 501 - value


@pytest.mark.parametrize(
    ("text", "code", "offset"),
    [
        (".5 + n", "bad-expression", 0),
        ("n + 5.", "bad-expression", 4),
        ("1.e5 + n", "bad-expression", 0),
        ("n + 1.e5", "bad-expression", 4),
        ("+n", "bad-expression", 0),
        ("n + +n", "bad-expression", 0),
        ("(none, good) in level", "bad-expression", 0),
        ("(n, m)", "bad-expression", 0),
        ("n in (3, (4, 5))", "bad-expression", 9),
        ("lambda: 1", "bad-expression", 0),
        ("n[0]", "bad-expression", 1),
        ("f'{n}'", "bad-expression", 1),
        ("max(*n)", "bad-expression", 4),
        ("max(n, key=m)", "bad-expression", 10),
        ("n; m", "bad-expression", 1),
        ("True", "bad-expression", 0),
        ("1j", "bad-expression", 1),
        ("0x1f", "bad-expression", 1),
        ("n if ok", "bad-expression", 0),
        ("ok if ok else m", "wrong-operand", 0),
        ("level == 3", "wrong-operand", 0),
        ("ok < n", "wrong-operand", 0),
        ("seen == a", "wrong-operand", 0),
        ("n in seen", "wrong-operand", 0),
        ("level in seen", "wrong-operand", 0),
        ("word", "wrong-operand", 0),
        ("known(good)", "unknown-name", 6),
        ("good in (good, none)", "unknown-name", 0),
        ("default(unclear, best) == good", "unknown-name", 17),
    ],
)
def test_what_the_language_has_not_is_refused(text: str, code: str, offset: int) -> None:
    with pytest.raises(rubric_engine.InvalidRubric) as caught:
        evaluated(f'{{award: 1, when: "{text}"}}', SHEET)
    (problem,) = caught.value.problems
    quote = len(f"  - {{id: item, points: 1000, start: 500, evidence: {FIELDS}, rules: [{{award: 1, when: ") + 1
    assert (problem.code, problem.line) == (code, 5)
    assert problem.column == (quote + 1 + offset if offset else quote)


def test_a_parser_at_its_wits_end_is_a_mistake(monkeypatch: pytest.MonkeyPatch) -> None:
    def exhausted(*_: object, **__: object) -> None:
        raise MemoryError

    monkeypatch.setattr(ast, "parse", exhausted)
    with pytest.raises(Mistake) as caught:
        parse("n + 1")
    assert caught.value.code == "expression-too-large"


def test_a_mistake_knows_its_place() -> None:
    for text, offset in (("  计划 + a.b.c", 7), ("计划 + (f(x)(y))", 6), ("计划 + n % 2", 7)):
        with pytest.raises(Mistake) as caught:
            parse(text)
        assert (caught.value.code, caught.value.offset) == ("bad-expression", offset)
