"""Exact numbers over the graph: every operation against fractions, for all small inputs."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from fractions import Fraction
from itertools import product
from typing import Any

import pytest

from rubric_engine.graph import Graph, Input, TableInput, Value
from rubric_engine.intervals import Interval
from rubric_engine.sheet import compute
from rubric_engine.symbols import (
    LARGEST_COMMON,
    LARGEST_DIVISOR,
    Day,
    Option,
    Quantity,
    Table,
    Ticked,
    Truth,
    aligned,
    total_of,
)

Number = Fraction | None


class Given:
    """A graph with small inputs, and numbers of several kinds made of them."""

    def __init__(self) -> None:
        self.graph = Graph()
        self.n, self.m = self.input(-3, 4), self.input(0, 3)
        self.x = self.input(-1, 2, missing=True)
        self.d, self.e = self.input(1, 3), self.input(2, 41)
        self.truth = Truth(self.graph, self.graph.less(self.n, self.m))
        self.numbers = {
            "whole": Quantity(self.graph, self.m, 1),
            "halves": Quantity(self.graph, self.n, 2),
            "thirds": Quantity(self.graph, self.m, 3),
            "maybe": Quantity(self.graph, self.x, 1),
            "over": Quantity(self.graph, self.n, 2, self.d),
            "wide": Quantity(self.graph, self.m, 1, self.e),
            "five": Quantity.of(self.graph, Fraction(5, 2)),
            "nought": Quantity.of(self.graph, 0),
        }

    def input(self, low: int, high: int, *, missing: bool = False) -> Value:
        name = f"i.{len(self.graph.inputs)}"
        return self.graph.input(Input(name, "integer", Interval(low, high, missing)))

    def plain(self, cells: tuple[Any, ...]) -> dict[str, Number]:
        n, m, x, d, e = cells
        return {
            "whole": Fraction(m),
            "halves": Fraction(n, 2),
            "thirds": Fraction(m, 3),
            "maybe": None if x is None else Fraction(x),
            "over": Fraction(n, 2 * d),
            "wide": Fraction(m, e),
            "five": Fraction(5, 2),
            "nought": Fraction(0),
        }


CELLS = list(product([-3, 0, 4], [0, 3], [None, -1, 2], [1, 3], [2, 41]))

PAIRS: dict[str, tuple[Callable[[Quantity, Quantity], Quantity | Truth], Callable[[Fraction, Fraction], Any]]] = {
    "add": (lambda a, b: a + b, lambda a, b: a + b),
    "subtract": (lambda a, b: a - b, lambda a, b: a - b),
    "multiply": (lambda a, b: a * b, lambda a, b: a * b),
    "least": (lambda a, b: a.least(b), min),
    "greatest": (lambda a, b: a.greatest(b), max),
    "less": (lambda a, b: a.less(b), lambda a, b: a < b),
    "at most": (lambda a, b: a.at_most(b), lambda a, b: a <= b),
    "equal": (lambda a, b: a.equal(b), lambda a, b: a == b),
    "known": (lambda a, b: (a + b).known(), lambda a, b: True),
    "negate": (lambda a, b: -a * Fraction(2, 3) + b, lambda a, b: -a * Fraction(2, 3) + b),
}


def held(quantity: Quantity, quanta: int | None, over: int | None) -> Number:
    """Return the number that two values stand for, held against its bounds."""
    if quanta is None or over is None:
        assert quantity.can_miss
        return None
    found = Fraction(quanta, quantity.scale * over)
    assert quantity.low <= found <= quantity.high
    return found


@pytest.mark.parametrize("name", PAIRS)
def test_two_numbers_of_any_kind(name: str) -> None:
    build, meant = PAIRS[name]
    g = Given()
    pairs = list(product(g.numbers, repeat=2))
    made = [build(g.numbers[one], g.numbers[other]) for one, other in pairs]
    one = g.graph.constant(1)
    roots = [part for each in made for part in (each.value, (each.over if isinstance(each, Quantity) else None) or one)]
    function = compute(roots, len(g.graph.inputs))
    for cells in CELLS[:: 1 if name in ("least", "greatest", "add") else 5]:
        plain, found = g.plain(cells), function(*cells)
        for place, (left, right) in enumerate(pairs):
            a, b = plain[left], plain[right]
            expected = None if a is None or b is None else meant(a, b)
            value = made[place]
            if isinstance(value, Quantity):
                assert held(value, *found[2 * place : 2 * place + 2]) == expected, (left, right, cells)
            elif name == "known":
                assert found[2 * place] == (expected is not None)
            else:
                assert found[2 * place] == expected, (left, right, cells)


def test_a_choice_between_numbers_and_what_stands_in_for_another() -> None:
    g = Given()
    pairs = list(product(g.numbers, repeat=2))
    one = g.graph.constant(1)
    chosen = [g.truth.choose(g.numbers[a], g.numbers[b]) for a, b in pairs]
    instead = [g.numbers[a].default(g.numbers[b]) for a, b in pairs]
    only = [g.numbers[a].only(g.truth).default(g.numbers[b]) for a, b in pairs]
    roots = [part for each in [*chosen, *instead, *only] for part in (each.value, each.over or one)]
    function = compute(roots, len(g.graph.inputs))
    for cells in CELLS[::2]:
        plain, found = g.plain(cells), function(*cells)
        holds = cells[0] < cells[1]
        for place, (left, right) in enumerate(pairs):
            a, b = plain[left], plain[right]
            for number, quantity, expected in (
                (0, chosen[place], a if holds else b),
                (1, instead[place], b if a is None else a),
                (2, only[place], a if holds and a is not None else b),
            ):
                at = 2 * (number * len(pairs) + place)
                if quantity is not chosen[place] or (a is not None and b is not None):
                    assert held(quantity, *found[at : at + 2]) == expected, (number, left, right, cells)


@pytest.mark.parametrize("divisor", ["five", "d", "half d", "e", "d and one", "over"])
def test_a_number_divided_by_another(divisor: str) -> None:
    g = Given()
    graph = g.graph
    d, e = Quantity(graph, g.d, 1), Quantity(graph, g.e, 1)
    by: dict[str, tuple[Quantity, Callable[[int, int], Fraction]]] = {
        "five": (g.numbers["five"], lambda d, e: Fraction(5, 2)),
        "d": (d, lambda d, e: Fraction(d)),
        "half d": (Quantity(graph, g.d, 2), lambda d, e: Fraction(d, 2)),
        "e": (e, lambda d, e: Fraction(e)),
        "d and one": (d * 6 + Quantity.of(graph, 2), lambda d, e: Fraction(6 * d + 2)),
        "over": (Quantity(graph, g.d, 1, g.e), lambda d, e: Fraction(d, e)),
    }
    below, plain_divisor = by[divisor]
    made = {name: each.divided_by(below) for name, each in g.numbers.items()}
    one = graph.constant(1)
    roots = [part for each in made.values() if each is not None for part in (each.value, each.over or one)]
    function = compute(roots, len(graph.inputs))
    for cells in CELLS:
        plain, found = g.plain(cells), function(*cells)
        for place, (name, quotient) in enumerate(made.items()):
            assert quotient is not None
            a = plain[name]
            expected = None if a is None else a / plain_divisor(*cells[3:])
            assert held(quotient, *found[2 * place : 2 * place + 2]) == expected, (name, cells)


def test_what_can_be_0_divides_nothing() -> None:
    g = Given()
    assert g.numbers["five"].divided_by(g.numbers["nought"]) is None
    assert g.numbers["five"].divided_by(g.numbers["whole"]) is None
    assert g.numbers["five"].divided_by(g.numbers["halves"]) is None


@pytest.mark.parametrize("high", [LARGEST_DIVISOR, LARGEST_DIVISOR + 1])
def test_a_small_divisor_is_divided_by_at_once(high: int) -> None:
    g = Given()
    small = Quantity(g.graph, g.input(1, high), 1)
    quotient = g.numbers["whole"].divided_by(small)
    assert quotient is not None
    assert (quotient.over is None) == (high <= LARGEST_DIVISOR)
    # A common factor of a divisor does not make it larger.
    shared = g.numbers["whole"].divided_by(small * 6 + Quantity.of(g.graph, 6))
    assert shared is not None
    assert shared.scale * (1 if shared.over is None else shared.over.interval.high) % 6 == 0
    over = g.numbers["over"].divided_by(Quantity(g.graph, g.d, 1))
    assert over is not None
    assert over.over is not None


@pytest.mark.parametrize(
    ("highs", "spread"),
    [
        ((2, 3), True),  # 6 of 6
        ((3, 3), True),  # 6 of 9
        ((3, 4), True),  # 12 of 12
        ((4, 6), False),  # 60 of 24
        ((LARGEST_COMMON,) * 11, True),
        ((LARGEST_COMMON + 1,) * 11, False),
        ((7,), False),
    ],
)
def test_divisors_meet_over_what_is_smaller(highs: tuple[int, ...], spread: bool) -> None:
    """Over lcm(1..n) where that is not above the product of them, up to a size."""
    graph = Graph()
    numbers = [
        Quantity(
            graph,
            graph.input(Input(f"n{place}", "integer", Interval(0, 5))),
            1,
            graph.input(Input(f"d{place}", "integer", Interval(1, high))),
        )
        for place, high in enumerate(highs)
    ]
    met = aligned(numbers)
    assert {each.over is None for each in met} == {spread}
    assert len({each.over for each in met}) == len({each.scale for each in met}) == 1
    same, again = aligned([numbers[0], numbers[0]])
    assert same.over is again.over is numbers[0].over


def test_a_sum_is_on_the_smallest_common_scale() -> None:
    g = Given()
    halves, thirds = g.numbers["halves"], g.numbers["thirds"]
    assert (halves + thirds).scale == 6
    assert (halves * 2).scale == 1
    assert (halves * 2).value is g.n
    two = Quantity.of(g.graph, 2)
    assert (halves * two).value is (two * halves).value is g.n
    assert (halves * Fraction(2, 3)).scale == 3
    assert (halves - halves).constant == 0
    assert (g.numbers["over"] * 0).over is None
    assert total_of(g.graph, []).constant == 0
    total = total_of(g.graph, [(Fraction(1, 2), g.numbers["five"]), (Fraction(3, 4), thirds)])
    assert (total.scale, total.low, total.high) == (4, Fraction(5, 4), Fraction(2))


def test_bounds_of_quotients() -> None:
    g = Given()
    over = g.numbers["over"]
    assert (over.low, over.high) == (Fraction(-3, 2), 2)
    assert (g.numbers["wide"].low, g.numbers["wide"].high) == (0, Fraction(3, 2))
    doubled = over * 2 + Quantity.of(g.graph, 1)
    assert (doubled.low, doubled.high) == (-2, 5)
    negated = -over
    assert (negated.low, negated.high) == (-2, Fraction(3, 2))
    held_up = over.greatest(Quantity.of(g.graph, 0))
    assert (held_up.low, held_up.high) == (0, 2)
    cut = over.least(Quantity.of(g.graph, 1))
    assert (cut.low, cut.high) == (Fraction(-3, 2), 1)
    assert over.greatest(Quantity.of(g.graph, 1)).low == 1
    assert over.least(Quantity.of(g.graph, -1)).high == -1
    chosen = g.truth.choose(over, Quantity.of(g.graph, -5))
    assert (chosen.low, chosen.high) == (-5, 2)
    # What bounds settle needs no comparison.
    assert over.least(Quantity.of(g.graph, 2)) is over
    assert over.greatest(Quantity.of(g.graph, -2)) is over
    assert Quantity.of(g.graph, 3).greatest(over).constant == 3
    assert over.least(Quantity.of(g.graph, Fraction(199, 100))) is not over
    assert g.numbers["halves"].surely_below(Quantity.of(g.graph, 2)) is False
    assert not Quantity(g.graph, g.x, 1, g.d).surely_below(Quantity.of(g.graph, 9))
    assert not Quantity.of(g.graph, -9).surely_below(Quantity(g.graph, g.x, 1, g.d))
    assert g.numbers["five"].constant == Fraction(5, 2)
    assert over.constant is None
    assert Quantity(g.graph, g.graph.constant(6), 1, g.d).constant is None


def test_what_can_be_missing_and_whose_rows_it_has() -> None:
    g = Given()
    table = g.graph.declare_table(TableInput("t", 0, 3))
    row = g.graph.input(Input("t.r", "integer", Interval(1, 4), table))
    maybe = g.graph.only(g.truth.value, g.d)
    assert Quantity(g.graph, g.n, 1, maybe).can_miss
    assert not Quantity(g.graph, g.n, 1, g.d).can_miss
    assert Quantity(g.graph, g.n, 1).table is None
    assert Quantity(g.graph, g.n, 1, g.d).table is None
    assert Quantity(g.graph, g.n, 1, row).table == Quantity(g.graph, row, 1, g.d).table == table
    rows = Table(g.graph, "t", table, {})
    assert (rows.size.low, rows.size.high) == (0, 3)


@pytest.mark.parametrize("bands", [{1: 5}, {0: 3, 2: 7}, {-1: Fraction(1, 2), Fraction(1, 3): Fraction(2, 3), 1: -4}])
@pytest.mark.parametrize("name", ["halves", "thirds", "over", "five"])
def test_the_amount_of_the_highest_edge_reached(bands: dict[Any, Any], name: str) -> None:
    g = Given()
    number = g.numbers[name]
    exact = {Fraction(edge): Fraction(amount) for edge, amount in bands.items()}
    amount = number.steps(exact)
    function = compute([amount.value, amount.over or g.graph.constant(1)], len(g.graph.inputs))
    for cells in CELLS:
        value = g.plain(cells)[name]
        assert value is not None
        reached = [exact[edge] for edge in sorted(exact) if edge <= value]
        assert held(amount, *function(*cells)) == (reached[-1] if reached else 0), cells


@pytest.mark.parametrize("mode", ["half_up", "half_even", "floor", "ceiling", "truncate"])
@pytest.mark.parametrize("step", [Fraction(1), Fraction(1, 10), Fraction(5), Fraction(2, 3)])
def test_a_quotient_rounded_to_a_step(mode: str, step: Fraction) -> None:
    g = Given()
    numbers = [g.numbers["over"] * 9, g.numbers["halves"] * 3, g.numbers["wide"], g.numbers["thirds"]]
    rounded = [each.rounded_to(step, mode) for each in numbers]
    one = g.graph.constant(1)
    roots = [part for each in [*numbers, *rounded] for part in (each.value, each.over or one)]
    function = compute(roots, len(g.graph.inputs))
    for cells in product(range(-3, 5), range(4), [0], [1, 2, 3], [2, 3, 41]):
        found = function(*cells)
        values = [held(each, *found[2 * place : 2 * place + 2]) for place, each in enumerate([*numbers, *rounded])]
        for exact, result in zip(values[:4], values[4:], strict=True):
            assert exact is not None
            steps = exact / step
            down = steps.numerator // steps.denominator
            rest = steps - down
            half = Fraction(1, 2)
            up = {
                "half_up": rest > half or (rest == half and steps > 0),
                "half_even": rest > half or (rest == half and down % 2 == 1),
                "floor": False,
                "ceiling": rest > 0,
                "truncate": steps < 0 and rest > 0,
            }[mode]
            assert result == (down + up) * step, (cells, exact)
    whole = Quantity(g.graph, g.n, 1)
    assert whole.rounded(0, mode) is whole


def test_days_are_counted_as_the_calendar_does() -> None:
    graph = Graph()
    code = graph.input(Input("d", "integer", Interval(0, 31 * 12 * 3000)))
    number = compute([Day(graph, code).number.value], 1)
    begin = number(31 * (12 * 1899 + 11) + 31)[0]
    day = date(1899, 12, 31)
    for _ in range(160):
        day += timedelta(days=997)
        (found,) = number(31 * (12 * day.year + day.month - 1) + day.day)
        assert found - begin == (day - date(1899, 12, 31)).days, day
    for year in (1900, 2000, 2023, 2024, 2100):
        first, second = (number(31 * (12 * year + month) + 1)[0] for month in (1, 2))
        assert second - first == (date(year, 3, 1) - date(year, 2, 1)).days


def test_truths_options_and_ticks() -> None:
    graph = Graph()
    p, q = (Truth(graph, graph.input(Input(name, "truth", Interval(0, 1)))) for name in "pq")
    x = Truth(graph, graph.input(Input("x", "truth", Interval(0, 1, missing=True))))
    choice = Option(graph, graph.input(Input("o", "integer", Interval(0, 2, missing=True))), ("a", "b", "c"))
    amounts = choice.amounts({"c": Fraction(1, 2), "a": Fraction(2), "b": Fraction(1, 3)})
    always = Truth.of(graph, verdict=True)
    results = [
        p.both(q), p.either(q), p.negate(), p.equal(q), x.default(q), x.known(), p.only(q), p.choose_truth(q, q.negate()),
        choice.is_named("b"), choice.known(),
    ]  # fmt: skip
    function = compute([*(each.value for each in results), amounts.value, p.counted().value], 4)
    for a, b, c, o in product([False, True], [False, True], [None, False, True], [None, 0, 1, 2]):
        *truths, amount, counted = function(a, b, c, o)
        assert truths == [
            a and b, a or b, not a, a == b, b if c is None else c, c is not None, a if b else None, b if a else not b,
            None if o is None else o == 1, o is not None,
        ]  # fmt: skip
        assert counted == int(a)
        meant = None if o is None else [Fraction(2), Fraction(1, 3), Fraction(1, 2)][o]
        assert (None if amount is None else Fraction(amount, amounts.scale)) == meant
    assert (x.can_miss, p.can_miss) == (True, False)
    assert (always.constant, always.negate().constant, p.constant) == (True, False, None)
    assert always.choose(amounts, p.counted()) is amounts
    assert always.negate().choose(amounts, amounts * 2).scale == 3
    ticked = Ticked(graph, {"u": x, "v": p})
    assert ticked.known().value is x.known().value
