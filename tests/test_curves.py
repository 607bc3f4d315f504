"""Curves: against Python's own functions, at exact ties, at their ends, and over what they are bound to."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from fractions import Fraction
from math import floor, log
from statistics import NormalDist
from typing import NamedTuple

import pytest

import rubric_engine
from rubric_engine import Award, InvalidRubric, Item, Number, Rubric
from rubric_engine.curves import Curve, edges_of

#: How near to a tie Python's floats cannot tell on which side a number is.
NEAR = 1e-9


class Shape(NamedTuple):
    """A curve as a file writes it, and a range of numbers around it."""

    text: str
    places: int
    low: int
    high: int


SHAPES = [
    Shape("curve: log, zero_at: 100, full_at: 75000, gives: 10, step: 0.01", 0, 0, 80_000),
    Shape("curve: log, zero_at: 100, full_at: 75000, gives: 10, step: 0.5", 2, 0, 80_000),
    Shape("curve: log, zero_at: 500, full_at: 5, gives: 4, step: 0.25", 1, 0, 600),
    Shape("curve: log, zero_at: 0.5, full_at: 0.001, gives: 3, step: 0.1", 4, -1, 1),
    Shape("curve: log, zero_at: 1/3, full_at: 10/3, gives: 1, step: 0.05", 3, 0, 4),
    Shape("curve: power, exponent: 2, zero_at: 0, full_at: 90, gives: 5, step: 0.1", 1, -10, 100),
    Shape("curve: power, exponent: 0.5, zero_at: 10, full_at: 200, gives: 8, step: 0.25", 1, 0, 250),
    Shape("curve: power, exponent: 1/3, zero_at: -5, full_at: 70, gives: 6, step: 0.2", 1, -20, 90),
    Shape("curve: power, exponent: 1.7, zero_at: 60, full_at: 20, gives: 5, step: 0.1", 2, 0, 80),
    Shape("curve: power, exponent: 7, zero_at: 0, full_at: 1, gives: 10, step: 1", 4, 0, 2),
    Shape("curve: log_normal, median: 4000, p10: 1800, gives: 100, step: 1", 0, 0, 30_000),
    Shape("curve: log_normal, median: 0.25, p10: 0.1, gives: 25, step: 0.5", 4, 0, 3),
    Shape("curve: log_normal, median: 7, p10: 6.9, gives: 2, step: 0.01", 3, 6, 8),
]


def keys_of(text: str) -> dict[str, str]:
    """Return the keys of a curve by their names."""
    return dict(each.split(": ") for each in text.split(", "))


def curve_of(text: str) -> Curve:
    keys = keys_of(text)
    return Curve(curve=keys.pop("curve"), **keys)


def ideal(text: str) -> Callable[[float], float]:
    """Return the curve by Python's own functions: the share of what it gives, within 0..1."""
    keys = keys_of(text)
    number = {name: float(Fraction(each)) for name, each in keys.items() if name != "curve"}

    def share(x: float) -> float:
        if keys["curve"] == "log_normal":
            if x <= 0:
                return 1.0
            spread = log(number["median"] / number["p10"]) / NormalDist().inv_cdf(0.9)
            return NormalDist().cdf(log(number["median"] / x) / spread)
        zero, full = number["zero_at"], number["full_at"]
        if keys["curve"] == "log":
            return log(x / zero) / log(full / zero) if x > 0 else (-1.0 if full > zero else 2.0)
        way = (x - zero) / (full - zero)
        return way ** number["exponent"] if way > 0 else 0.0

    return lambda x: min(max(share(x), 0.0), 1.0)


def rubric_of(text: str, places: int, low: int, high: int) -> Rubric:
    gives = keys_of(text)["gives"]
    return rubric_engine.loads(
        f"rubric: curve\ntotal: {gives}\nitems:\n  - id: item\n    points: {gives}\n"
        f"    evidence: {{x: {{type: number, places: {places}, range: {low}..{high}}}}}\n"
        f"    rules: [{{award: {{{text}}}, by: x}}]\n"
    )


def amount(rubric: Rubric, x: Fraction) -> Fraction:
    return rubric_engine.evaluate(rubric, {"item": {"x": x}}).exact


def numbers_around(shape: Shape) -> Iterator[Fraction]:
    """Yield numbers over the whole range, and those beside every edge."""
    quantum = Fraction(1, 10**shape.places)
    span = (shape.high - shape.low) * 10**shape.places
    for step in range(400):
        yield shape.low + quantum * (span * step // 399)
    _, edges = edges_of(curve_of(shape.text), 10**shape.places)
    for edge in list(edges)[:: max(len(edges) // 100, 1)]:
        for away in (-2, -1, 0, 1):
            x = edge + away * quantum
            if shape.low <= x <= shape.high:
                yield x


@pytest.mark.parametrize("shape", SHAPES, ids=lambda each: each.text)
def test_a_curve_is_the_nearest_step_to_what_python_says(shape: Shape) -> None:
    rubric, share, keys = rubric_of(*shape), ideal(shape.text), keys_of(shape.text)
    gives, step = Fraction(keys["gives"]), Fraction(keys["step"])
    compared = 0
    for x in numbers_around(shape):
        steps = share(float(x)) * float(gives / step) + 0.5
        if abs(steps - round(steps)) < NEAR * float(gives / step):
            continue
        compared += 1
        assert amount(rubric, x) == floor(steps) * step, x
    assert compared > 350


@pytest.mark.parametrize("shape", SHAPES, ids=lambda each: each.text)
def test_edges_are_where_python_says_within_a_billionth(shape: Shape) -> None:
    quanta = 10**shape.places
    curve, share = curve_of(shape.text), ideal(shape.text)
    start, edges = edges_of(curve, quanta)
    assert start == (curve.gives if curve.falls else 0)
    before = start
    for edge in sorted(edges):
        # Between two steps, at least one of which the curve crosses within this quantum.
        low, high = sorted((before, edges[edge]))
        crossings = [(low + curve.step / 2) / curve.gives, (high - curve.step / 2) / curve.gives]
        past, here = share(float(edge - Fraction(1, quanta))), share(float(edge))
        if curve.falls:
            past, here = here, past
        assert past < float(crossings[0]) + NEAR
        assert here > float(crossings[1]) - NEAR
        before = edges[edge]
    assert before == (0 if curve.falls else curve.gives)


@pytest.mark.parametrize("shape", SHAPES, ids=lambda each: each.text)
def test_a_curve_is_monotone_and_held(shape: Shape) -> None:
    rubric, keys = rubric_of(*shape), keys_of(shape.text)
    gives, step = Fraction(keys["gives"]), Fraction(keys["step"])
    found = [amount(rubric, x) for x in sorted(numbers_around(shape))]
    assert found in (sorted(found), sorted(found, reverse=True))
    assert 0 <= min(found) <= max(found) <= gives
    assert all((each / step).denominator == 1 for each in found)


#: A curve, the number at which it is exactly half a step above another, what it gives there, and
#: what it gives a quantum further down its side.
TIES = [
    ("curve: log, zero_at: 1, full_at: 10000, gives: 2, step: 1", 10, 1, Fraction(-1)),
    ("curve: log, zero_at: 1, full_at: 10000, gives: 2, step: 1", 1000, 2, Fraction(-1)),
    ("curve: log, zero_at: 10000, full_at: 1, gives: 2, step: 1", 10, 2, Fraction(1)),
    ("curve: log, zero_at: 10000, full_at: 1, gives: 2, step: 1", 1000, 1, Fraction(1)),
    ("curve: log, zero_at: 0.01, full_at: 100, gives: 0.2, step: 0.2", 1, Fraction(1, 5), Fraction(-1)),
    ("curve: log, zero_at: 2, full_at: 512, gives: 4, step: 0.5", 4, Fraction(1, 2), Fraction(0)),
    ("curve: log, zero_at: 2, full_at: 512, gives: 2, step: 0.5", 4, Fraction(1, 2), Fraction(-1)),
    ("curve: power, exponent: 2, zero_at: 0, full_at: 10, gives: 2, step: 1", 5, 1, Fraction(-1)),
    ("curve: power, exponent: 0.5, zero_at: 0, full_at: 16, gives: 2, step: 1", 1, 1, Fraction(-1)),
    ("curve: power, exponent: 1/2, zero_at: 0, full_at: 16, gives: 2, step: 1", 9, 2, Fraction(-1)),
    ("curve: power, exponent: 3, zero_at: 0, full_at: 8, gives: 4, step: 1", 4, Fraction(1), Fraction(-1)),
    ("curve: power, exponent: 1, zero_at: 10, full_at: 0, gives: 1, step: 0.2", 9, Fraction(1, 5), Fraction(1)),
    ("curve: power, exponent: 1, zero_at: 0, full_at: 3, gives: 3, step: 1", Fraction(3, 2), 2, Fraction(-1)),
    ("curve: log_normal, median: 4000, p10: 1800, gives: 1, step: 1", 4000, 1, Fraction(1)),
    ("curve: log_normal, median: 4000, p10: 1800, gives: 5, step: 1", 4000, 3, Fraction(1)),
    ("curve: log_normal, median: 4000, p10: 1800, gives: 5, step: 1", 1800, 5, Fraction(1)),
    ("curve: log_normal, median: 0.5, p10: 0.1, gives: 5, step: 1", Fraction(1, 2), 3, Fraction(1)),
    ("curve: log_normal, median: 0.5, p10: 0.1, gives: 5, step: 1", Fraction(1, 10), 5, Fraction(1)),
]


@pytest.mark.parametrize("places", [1, 4, 9])
@pytest.mark.parametrize(("text", "x", "at", "side"), TIES)
def test_an_exact_tie_goes_up(text: str, x: Fraction | int, at: Fraction | int, side: Fraction, places: int) -> None:
    rubric = rubric_of(text, places, 0, 10_000)
    x, step = Fraction(x), Fraction(keys_of(text)["step"])
    assert amount(rubric, x) == at
    if side:
        assert amount(rubric, x + side / 10**places) == at - step


def test_what_is_exact_and_no_tie_is_exact() -> None:
    rubric = rubric_of("curve: power, exponent: 3, zero_at: 0, full_at: 8, gives: 4, step: 0.5", 3, 0, 10)
    assert [amount(rubric, Fraction(x)) for x in (2, 4, 6, 8)] == [0, Fraction(1, 2), Fraction(3, 2), 4]
    rubric = rubric_of("curve: log, zero_at: 1, full_at: 1024, gives: 10, step: 1", 0, 0, 2000)
    assert [amount(rubric, Fraction(2**k)) for k in range(11)] == list(range(11))


@pytest.mark.parametrize("places", [0, 2])
@pytest.mark.parametrize(("median", "p10"), [(4000, 1800), (100, 1), (7, 6), (5000, 4999)])
def test_a_log_normal_curve_gives_a_half_at_the_median_and_nine_tenths_at_p10(median: int, p10: int, places: int) -> None:
    for step in ("0.1", "1"):
        rubric = rubric_of(f"curve: log_normal, median: {median}, p10: {p10}, gives: 10, step: {step}", places, 0, 5000)
        assert amount(rubric, Fraction(median)) == 5
        assert amount(rubric, Fraction(p10)) == 9
    assert amount(rubric, Fraction(0)) == 10


@pytest.mark.parametrize("exponent", [1, 2, 3, 5])
@pytest.mark.parametrize(("zero", "full"), [(0, 60), (60, 0), (-20, 40), (7, 8)])
@pytest.mark.parametrize("step", ["1", "0.3", "0.05"])
def test_a_power_by_a_whole_number_is_what_fractions_say(exponent: int, zero: int, full: int, step: str) -> None:
    rubric = rubric_of(f"curve: power, exponent: {exponent}, zero_at: {zero}, full_at: {full}, gives: 3, step: {step}", 1, -30, 70)
    for tenths in range(-300, 700, 3):
        x = Fraction(tenths, 10)
        share = min(max((x - zero) / (full - zero), Fraction(0)), Fraction(1)) ** exponent
        steps = floor(share * 3 / Fraction(step) + Fraction(1, 2))
        assert amount(rubric, x) == steps * Fraction(step), x


@pytest.mark.parametrize(
    ("text", "first", "last"),
    [
        ("curve: log, zero_at: 100, full_at: 900, gives: 5, step: 0.5", 0, 5),
        ("curve: log, zero_at: 900, full_at: 100, gives: 5, step: 0.5", 5, 0),
        ("curve: power, exponent: 0.5, zero_at: 100, full_at: 900, gives: 5, step: 0.5", 0, 5),
        ("curve: power, exponent: 0.5, zero_at: 900, full_at: 100, gives: 5, step: 0.5", 5, 0),
        ("curve: log_normal, median: 500, p10: 400, gives: 5, step: 0.5", 5, 0),
    ],
)
def test_outside_of_its_ends_a_curve_is_level(text: str, first: int, last: int) -> None:
    rubric = rubric_of(text, 2, -1000, 1_000_000)
    assert [amount(rubric, Fraction(x)) for x in (-1000, -1, 0, Fraction(1, 100))] == [first] * 4
    assert [amount(rubric, Fraction(x)) for x in (100_000, 1_000_000)] == [last] * 2


def test_at_its_two_points_a_curve_gives_nothing_and_all() -> None:
    for kind in ("log", "power, exponent: 3", "power, exponent: 1/7"):
        for zero, full in ((100, 900), (900, 100), (Fraction(1, 3), Fraction(7, 3))):
            rubric = rubric_of(f"curve: {kind}, zero_at: {zero}, full_at: {full}, gives: 5, step: 0.01", 0, 0, 1000)
            if zero == 100 or zero == 900:
                assert (amount(rubric, Fraction(zero)), amount(rubric, Fraction(full))) == (0, 5)
            else:
                assert (amount(rubric, Fraction(0)), amount(rubric, Fraction(3))) == (0, 5)


def test_a_step_as_large_as_all_is_a_single_edge() -> None:
    rubric = rubric_of("curve: log, zero_at: 1, full_at: 100, gives: 5, step: 5", 0, 0, 200)
    assert [amount(rubric, Fraction(x)) for x in (9, 10, 11)] == [0, 5, 5]


def test_edges_beyond_what_the_number_can_be_do_no_harm() -> None:
    far = "curve: log_normal, median: 1000000000, p10: 0.000000001, gives: 10, step: 0.01"
    rubric = rubric_of(far, 9, 0, 1_000_000)
    assert amount(rubric, Fraction(0)) == 10
    assert Fraction(5) < amount(rubric, Fraction(1_000_000)) < 10
    found = [amount(rubric, Fraction(1, 10**each)) for each in range(9)]
    assert found == sorted(found)


def test_many_steps_within_one_quantum_are_one_edge() -> None:
    text = "curve: power, exponent: 1, zero_at: 0, full_at: 2, gives: 10, step: 0.01"
    rubric = rubric_of(text, 0, 0, 5)
    assert [amount(rubric, Fraction(x)) for x in range(4)] == [0, 5, 10, 10]
    falling = "curve: power, exponent: 1, zero_at: 2, full_at: 0, gives: 10, step: 0.01"
    assert [amount(rubric_of(falling, 0, 0, 5), Fraction(x)) for x in range(4)] == [10, 5, 0, 0]


@pytest.mark.parametrize("verb", ["deduct", "award", "bonus", "set"])
def test_a_curve_is_an_amount_of_every_verb_that_has_one(verb: str) -> None:
    text = (
        "rubric: verbs\ntotal: 20\nclip: none\nitems:\n  - id: item\n    points: 20\n    start: 10\n"
        "    evidence: {x: {type: count, range: 0..200}}\n"
        f"    rules: [{{{verb}: {{curve: log, zero_at: 1, full_at: 100, gives: 4, step: 1}}, by: x}}]\n"
    )
    rubric = rubric_engine.loads(text)
    expected = {"deduct": 8, "award": 12, "bonus": 12, "set": 2}[verb]
    assert amount(rubric, Fraction(10)) == expected
    assert rubric_engine.loads(rubric_engine.dumps(rubric)) == rubric


def test_a_curve_is_multiplied_held_and_rounded_like_any_amount() -> None:
    text = (
        "rubric: further\ntotal: 20\nitems:\n  - id: item\n    points: 20\n"
        "    evidence: {x: {type: count, range: 0..200}, n: {type: count, range: 0..9}, far: flag}\n"
        "    rules:\n      - {award: {curve: log, zero_at: 1, full_at: 100, gives: 4, step: 1}, by: x, per: n, times: {far: 0.75}, up_to: 7, round_to: 0}\n"
    )
    rubric = rubric_engine.loads(text)
    for x, n, far, score in ((10, 3, False, 6), (10, 3, True, 5), (100, 3, False, 7), (100, 1, True, 3), (1, 9, False, 0)):
        assert rubric_engine.evaluate(rubric, {"item": {"x": x, "n": n, "far": far}}).exact == score


def test_a_curve_goes_over_the_rows_of_a_table() -> None:
    text = (
        "rubric: rows\ntotal: 20\nitems:\n  - id: item\n    points: 20\n"
        "    evidence: {t: {type: rows, columns: {x: {type: count, range: 0..200}}}}\n"
        "    rules: [{award: {curve: power, exponent: 2, zero_at: 0, full_at: 10, gives: 4, step: 1}, by: x, each: t}]\n"
    )
    rubric = rubric_engine.loads(text)
    rows = [{"x": x} for x in (0, 4, 5, 10, 200)]
    assert rubric_engine.evaluate(rubric, {"item": {"t": rows}}).exact == 0 + 1 + 1 + 4 + 4


def test_in_python_a_curve_is_written_as_in_a_file() -> None:
    keys = {"curve": "log", "zero_at": 100, "full_at": "75000", "gives": 10, "step": Fraction(1, 100)}
    made = Rubric(
        "curve",
        total=10,
        items=[Item("item", points=10, evidence={"x": Number(range="0..80000")}, rules=[Award(keys, by="x")])],
    )
    written = rubric_of(SHAPES[0].text, 0, 0, 80_000)
    assert made.items[0].rules == written.items[0].rules
    assert amount(made, Fraction(2740)) == amount(written, Fraction(2740)) == 5


def test_what_cannot_be_a_curve_is_refused_in_python_too() -> None:
    keys = {"curve": "log", "zero_at": 0, "full_at": 10, "gives": 10, "step": 1}
    with pytest.raises(InvalidRubric) as caught:
        Award(keys, by="x")
    assert [each.code for each in caught.value.problems] == ["out-of-range"]
    made = Rubric(
        "curve",
        items=[Item("item", points=10, evidence={"x": Number()}, rules=[Award(Curve(**keys), by="x")])],
    )
    with pytest.raises(InvalidRubric) as caught:
        rubric_engine.evaluate(made, {"item": {"x": 1}})
    assert [(each.code, each.path) for each in caught.value.problems] == [("out-of-range", "$.items[0].rules[0].award")]
