"""The columnar dialect on an engine that forgives nothing.

Its integers have a width, and every step of a sum or product must fit in it; both sides of
an operation have the same width; it divides as doubles; what is said of a condition that is
missing is not used, where anything else is. Real engines wrap around, widen or raise, each where it likes.
"""

from __future__ import annotations

import operator
import random
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import pytest
from attrs import frozen
from hypothesis import given, settings

from operations_oracle import Sheet, cells
from rubric_engine.dialect import DOUBLES, Stored, Writer, bits_of, divided, floored, layers, total
from rubric_engine.graph import FOLDS, Graph, Input, Op, Value, reachable
from rubric_engine.intervals import Interval
from test_operations import CASES, Bench, Plan, plans

WIDTHS = (8, 16, 32, 64)
Row = Mapping[str, Any]


@frozen
class Narrow:
    """An integer of a width; a truth has none."""

    value: int | bool | float | None
    bits: int

    def __attrs_post_init__(self) -> None:
        if self.bits and self.value is not None:
            assert type(self.value) is int
            assert -(2 ** (self.bits - 1)) <= self.value < 2 ** (self.bits - 1), self


@frozen(eq=False)
class Column:
    """An expression: what it is on a row."""

    on: Callable[[Row], Narrow]

    def _number(self, other: Column, work: Callable[[int, int], int]) -> Column:
        def worked(row: Row) -> Narrow:
            left, right = self.on(row), other.on(row)
            assert left.bits == right.bits != 0
            known = left.value is not None and right.value is not None
            return Narrow(work(left.value, right.value) if known else None, left.bits)

        return Column(worked)

    def _truth(self, other: Column, work: Callable[[Any, Any], bool]) -> Column:
        def worked(row: Row) -> Narrow:
            left, right = self.on(row), other.on(row)
            assert left.bits == right.bits
            known = left.value is not None and right.value is not None
            return Narrow(work(left.value, right.value) if known else None, 0)

        return Column(worked)

    def __add__(self, other: Column) -> Column:
        return self._number(other, operator.add)

    def __sub__(self, other: Column) -> Column:
        return self._number(other, operator.sub)

    def __mul__(self, other: Column) -> Column:
        return self._number(other, operator.mul)

    def __floordiv__(self, other: Column) -> Column:
        # As doubles, towards zero.
        return self._number(other, lambda a, b: int(float(a) / float(b)))

    def __lt__(self, other: Column) -> Column:
        return self._truth(other, operator.lt)

    def __le__(self, other: Column) -> Column:
        return self._truth(other, operator.le)

    def __gt__(self, other: Column) -> Column:
        return self._truth(other, operator.gt)

    def __ge__(self, other: Column) -> Column:
        return self._truth(other, operator.ge)

    def __eq__(self, other: object) -> Any:
        assert isinstance(other, Column)
        return self._truth(other, operator.eq)

    __hash__ = None  # type: ignore[assignment]  # because expressions are never looked up

    def __and__(self, other: Column) -> Column:
        def worked(row: Row) -> Narrow:
            both = {self.on(row).value, other.on(row).value}
            return Narrow(False if False in both else None if None in both else True, 0)

        return Column(worked)

    def __or__(self, other: Column) -> Column:
        return ~(~self & ~other)

    def __invert__(self) -> Column:
        def worked(row: Row) -> Narrow:
            value = self.on(row).value
            assert value is None or isinstance(value, bool)
            return Narrow(None if value is None else not value, 0)

        return Column(worked)


class Strict:
    """The engine."""

    widths = WIDTHS

    def column(self, name: str) -> Column:
        return Column(lambda row: row[name])

    def whole(self, number: int, bits: int) -> Column:
        made = Narrow(number, bits)
        return Column(lambda row: made)

    def truth(self, verdict: bool) -> Column:
        assert type(verdict) is bool
        return Column(lambda row: Narrow(verdict, 0))

    def when(self, condition: Column, then: Column, otherwise: Column | None = None) -> Column:
        def chosen(row: Row) -> Narrow:
            holds, one = condition.on(row).value, then.on(row)
            if otherwise is None:
                return one if holds else Narrow(None, one.bits)
            other = otherwise.on(row)
            assert one.bits == other.bits
            # What is given for a condition that is missing differs from engine to engine.
            return other if holds is False else one

        return Column(chosen)

    def cast(self, number: Column, bits: int) -> Column:
        return Column(lambda row: Narrow(number.on(row).value, bits))

    def missing(self, expression: Column) -> Column:
        return Column(lambda row: Narrow(expression.on(row).value is None, 0))

    def there(self, expression: Column) -> Column:
        return ~self.missing(expression)

    def least(self, left: Column, right: Column) -> Column:
        return left._number(right, min)

    def greatest(self, left: Column, right: Column) -> Column:
        return left._number(right, max)

    def quotient(self, natural: Column, divisor: Column, largest: int) -> Column:
        def checked(row: Row) -> Narrow:
            value = natural.on(row).value
            assert value is None or 0 <= value <= largest
            return natural.on(row)

        return divided(self, Column(checked), divisor, largest)

    def every(self, truths: Sequence[Column]) -> Column:
        assert truths

        def worked(row: Row) -> Narrow:
            values = [each.on(row).value for each in truths]
            assert None not in values
            return Narrow(all(values), 0)

        return Column(worked)


ENGINE: Any = Strict()


def narrow(declared: Input, cell: Any) -> Narrow:
    """Return a finding as a column of its type has it."""
    if declared.kind == "truth":
        return Narrow(None if cell is None else bool(cell), 0)
    if declared.kind == "text":
        return Narrow(None if cell is None else True, 0)
    return Narrow(cell, bits_of(declared.interval.low, declared.interval.high, WIDTHS))


def stored_inputs(graph: Graph, values: Sequence[Value]) -> dict[int, Stored]:
    """Return the columns of the findings, each in the narrowest width."""
    return {
        each.index: Stored(graph.inputs[each.data[0]].name, narrow(graph.inputs[each.data[0]], None).bits)
        for each in values
        if each.op is Op.INPUT
    }


def in_columns(graph: Graph, roots: Sequence[Value], rows: Sequence[Sequence[Any]]) -> list[list[Any]]:
    """Return the roots on each row of findings, worked out layer by layer."""
    values = reachable(roots)
    stored = stored_inputs(graph, values)
    own = [each for each in values if each.op not in (Op.INPUT, Op.CONSTANT)]
    wanted = [root.index for root in roots]
    made = layers(ENGINE, own, wanted, stored, lambda value: f"v{value.index}")
    found: list[list[Any]] = []
    writer = Writer(ENGINE, stored)
    for cells_of_row in rows:
        row: dict[str, Narrow] = {
            each.name: narrow(each, cell) for each, cell in zip(graph.inputs, cells_of_row, strict=True)
        }
        for layer in made:
            row |= {name: expression.on(row) for name, expression in layer.items()}
        for each in stored.values():
            assert row[each.name].bits == each.bits
        found.append([writer.of(root, 64 if root.kind == "integer" else 0).on(row).value for root in roots])
    return found


@pytest.mark.parametrize("op", [each for each in Op if each not in FOLDS])
def test_every_step_fits_its_width(op: Op) -> None:
    for case in CASES:
        if case.op is op:
            bench = Bench.of([case])
            sheets = bench.sheets if len(bench.sheets) < 60 else random.Random(0).sample(bench.sheets, 60)
            values = reachable(bench.roots)
            meant = [[cells(values, sheet)[root.index] for root in bench.roots] for sheet in sheets]
            assert in_columns(bench.graph, bench.roots, [sheet.cells for sheet in sheets]) == meant, case


@settings(max_examples=1 + settings.default.max_examples // 3)
@given(plan=plans(sheets=3))
def test_random_graphs_fit_their_widths(plan: Plan) -> None:
    places = [
        place
        for place in plan.places()
        if not any(each.op in FOLDS or each.table is not None for each in reachable([plan.values[place]]))
    ]
    values = [plan.values[place] for place in places]
    rows = [
        [None if each.table is not None else cell for each, cell in zip(plan.graph.inputs, sheet.cells, strict=True)]
        for sheet in plan.sheets
    ]
    assert in_columns(plan.graph, values, rows) == [plan.meant(sheet, places) for sheet in plan.sheets]


@pytest.mark.parametrize(
    ("low", "high", "bits"),
    [(0, 127, 8), (-128, 0, 8), (0, 128, 16), (-129, 0, 16), (0, 2**31 - 1, 32), (0, 2**31, 64), (-(2**63), 0, 64)],
)
def test_the_narrowest_width_that_holds(low: int, high: int, bits: int) -> None:
    assert bits_of(low, high, WIDTHS) == bits
    assert bits_of(low, high, (64,)) == 64


@pytest.mark.parametrize("size", range(1, 20))
def test_long_sums_are_not_deep(size: int) -> None:
    @frozen
    class Term:
        sum: int
        depth: int

        def __add__(self, other: Term) -> Term:
            return Term(self.sum + other.sum, 1 + max(self.depth, other.depth))

    found = total([Term(2**place, 0) for place in range(size)])
    assert found == Term(2**size - 1, (size - 1).bit_length())


NATURALS = [0, 1, 6, 7, 36, 10**9, 2**53 - 1, 2**53, 2**53 + 1, 2**61 + 1, 3 * 2**60 - 1, 3 * 2**60, 2**62 - 1]


@pytest.mark.parametrize("divisor", [1, 2, 3, 7, 36, 10**9, 2**53 - 1, 2**53 + 1, 2**61, 2**62 - 1])
def test_quotients_are_exact_though_engines_divide_as_doubles(divisor: int) -> None:
    over = ENGINE.whole(divisor, 64)
    near = [factor * divisor + by for factor in (1, 2, 3, 511) for by in (-1, 0, 1)]
    for natural in [each for each in [*NATURALS, *near] if 0 <= each < 2**62]:
        for largest in {natural, max(natural, DOUBLES - 1), max(natural, DOUBLES), 2**62 - 1}:
            found = divided(ENGINE, ENGINE.whole(natural, 64), over, largest)
            assert found.on({}).value == natural // divisor, (natural, largest)
        for number, low, high in ((natural, 0, natural), (-natural, -natural, 0), (-natural, -(2**62) + 1, 5)):
            found = floored(ENGINE, ENGINE.whole(number, 64), over, low, high)
            assert found.on({}).value == number // divisor, (number, low, high)


def numbers(count: int, high: int = 9) -> tuple[Graph, list[Value]]:
    graph = Graph()
    return graph, [graph.input(Input(f"n{place}", "integer", Interval(0, high))) for place in range(count)]


def columns_of(roots: Sequence[Value], graph: Graph, wanted: Sequence[int] = ()) -> list[set[int]]:
    """Return the indices of the values that get a column, layer by layer."""
    values = reachable(roots)
    stored = stored_inputs(graph, values)
    own = [each for each in values if each.op not in (Op.INPUT, Op.CONSTANT)]
    made = layers(ENGINE, own, wanted, stored, lambda value: str(value.index))
    return [set(map(int, layer)) for layer in made]


def test_what_is_used_once_is_written_in_place() -> None:
    graph, (a, b) = numbers(2)
    product = graph.product(a, b)
    root = graph.least(product, a)
    assert columns_of([root], graph, [root.index]) == [{root.index}]
    assert columns_of([root], graph) == []


def test_what_is_used_twice_or_wanted_has_a_column_before() -> None:
    graph, (a, b) = numbers(2)
    product = graph.product(a, b)
    larger, smaller = graph.greatest(product, a), graph.least(product, b)
    root = graph.less(larger, smaller)
    wanted = [root.index]
    assert columns_of([root], graph, wanted) == [{product.index}, {root.index}]
    assert columns_of([root], graph, [*wanted, larger.index]) == [
        {product.index},
        {larger.index},
        {root.index},
    ]


@pytest.mark.parametrize(
    ("repeats", "build"),
    [
        (True, lambda graph, value: graph.steps(value, 0, [(3, 1), (30, 2)])),
        (True, lambda graph, value: graph.lookup(value, range(82))),
        (True, lambda graph, value: graph.quotient(value, graph.constant(7))),
        (False, lambda graph, value: graph.linear(1, [(3, value)])),
        (False, lambda graph, value: graph.less(value, graph.constant(7))),
    ],
)
def test_what_an_expression_repeats_has_a_column(
    repeats: bool, build: Callable[[Graph, Value], Value]
) -> None:
    graph, (a, b) = numbers(2)
    product = graph.product(a, b)
    root = build(graph, product)
    assert columns_of([root], graph, [root.index]) == [
        *([{product.index}] if repeats else []),
        {root.index},
    ]


def test_what_can_be_missing_has_a_column() -> None:
    graph, (a, b) = numbers(2)
    truth = graph.less(a, b)
    maybe = graph.only(truth, a)
    root = graph.linear(1, [(2, maybe)])
    assert columns_of([root], graph, [root.index]) == [{maybe.index}, {root.index}]


@pytest.mark.parametrize(("deep", "layered"), [(11, 1), (12, 2), (22, 2), (23, 3)])
def test_expressions_are_no_deeper_than_ten(deep: int, layered: int) -> None:
    graph, given_numbers = numbers(deep + 1)
    root = given_numbers[0]
    for each in given_numbers[1:]:
        root = graph.least(root, each)
    assert len(columns_of([root], graph, [root.index])) == layered


def test_a_sum_within_a_sum_is_spread_out_and_not_deep() -> None:
    graph, given_numbers = numbers(40)
    root = given_numbers[0]
    for each in given_numbers[1:]:
        root = graph.linear(0, [(2, root), (1, each)])
    assert len(columns_of([root], graph, [root.index])) == 1
    writer = Writer(ENGINE, stored_inputs(graph, reachable([root])))
    constant, terms = writer.terms(graph.linear(3, [(2, graph.linear(5, [(7, given_numbers[0])])), (1, given_numbers[0]), (4, given_numbers[1])]))
    assert (constant, terms) == (13, [(15, given_numbers[0]), (4, given_numbers[1])])
    inner = graph.linear(1, [(place, each) for place, each in enumerate(given_numbers[1:5], 1)])
    constant, terms = writer.terms(graph.linear(0, [(2, inner), (1, given_numbers[0])]))
    assert (constant, {value.index: factor for factor, value in terms}) == (2, {0: 1, 1: 2, 2: 4, 3: 6, 4: 8})


@pytest.mark.parametrize(
    ("low", "high", "build"),
    [
        (-(2**40), 10, lambda graph, a: graph.greatest(a, graph.constant(0))),
        (-10, 2**40, lambda graph, a: graph.least(a, graph.constant(0))),
        (-(2**40), 2**40, lambda graph, a: graph.linear(5, [(0, a)])),
        (0, 2**20, lambda graph, a: graph.product(a, graph.quotient(graph.constant(1), graph.linear(1, [(1, a)])))),
        (2**40, 2**40 + 3, lambda graph, a: graph.linear(-(2**40), [(1, a)])),
        (-5, 5, lambda graph, a: graph.steps(a, -100, [(0, 100)])),
        (-5, 5, lambda graph, a: graph.steps(a, -64, [(0, 64), (3, -64)])),
        (-(2**40), 2**40, lambda graph, a: graph.less(a, graph.constant(5))),
    ],
)
def test_a_narrow_result_of_wide_arguments_is_worked_out_wide(
    low: int, high: int, build: Callable[[Graph, Value], Value]
) -> None:
    graph = Graph()
    a = graph.input(Input("a", "integer", Interval(low, high, missing=True)))
    root = build(graph, a)
    rows = [(low,), (high,), ((low + high) // 2,), (None,)]
    sheets = [Sheet(row, {}) for row in rows]
    meant = [[cells(reachable([root]), sheet)[root.index]] for sheet in sheets]
    assert in_columns(graph, [root], rows) == meant
