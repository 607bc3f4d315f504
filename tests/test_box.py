"""Values over a box of sheets: sound on random graphs, as narrow as can be on each operation."""

from __future__ import annotations

import operator
from collections.abc import Callable
from itertools import product
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from operations_oracle import FOLDING, MEANING, worked_out
from rubric_engine.box import EVERYTHING, Bound, Bounded, Box, Cone, is_surely, may_hold
from rubric_engine.graph import Graph, Input, Kind, Op, TableInput, Value
from rubric_engine.intervals import Interval
from test_intervals import CODES, DIVISORS, SIZES, TRIED, TRUTHS, cells, narrowest, optional, tables
from test_operations import Plan, plans


def holds(bound: Bounded, value: Any) -> bool:
    if bound is None or value is None:
        return value is None and (bound is None or bound.missing)
    return bound.low <= value <= bound.high


def as_bound(interval: Interval) -> Bound:
    return Bound(interval.low, interval.high, interval.missing)


def plain(bound: Bounded) -> Interval | None:
    return None if bound is None else Interval(bound.low, bound.high, bound.missing)


# Random graphs


def hull(values: list[Any]) -> Bounded:
    there = [each for each in values if each is not None]
    return Bound(min(there), max(there), None in values) if there else None


@settings(max_examples=1 + settings.default.max_examples // 2)
@given(plans(sheets=2), st.data())
def test_every_sheet_of_a_box_lies_within_its_bounds(plan: Plan, data: st.DataObject) -> None:
    graph, inputs = plan.graph, plan.graph.inputs
    cone = Cone(graph, plan.values)
    named = data.draw(st.sets(st.sampled_from(range(len(inputs)))))
    narrowed: dict[int, Bounded] = {}
    for place in sorted(named & set(cone.inputs)):
        number = inputs[place].table
        if inputs[place].kind == "text":
            continue
        found = [
            cell
            for sheet in plan.sheets
            for cell in ([sheet.cells[place]] if number is None else [row[place] for row in sheet.tables[number]])
        ]
        narrowed[place] = hull(found)
    sizes = {
        number: (min(map(len, each)), max(map(len, each)))
        for number in cone.tables
        if (each := [sheet.tables[number] for sheet in plan.sheets])
    }
    wide = cone.bounds()
    box = Box(narrowed, sizes)
    bounds = cone.bounds(box)
    assert cone.bounds(box, wide, narrowed, sizes) == bounds
    for sheet in plan.sheets:
        found_values = worked_out(plan.asked, sheet)
        for step, value in zip(plan.asked, plan.values, strict=True):
            if value.kind == "text":
                continue
            found_here = found_values[step.place]
            for cell in found_here if isinstance(found_here, list) else [found_here]:
                assert holds(cone.of(bounds, value), cell), (value, cone.of(bounds, value), cell)
                assert holds(cone.of(wide, value), cell), (value, cone.of(wide, value), cell)


# Operation by operation

WIDEST: dict[str, Interval] = {
    "truth": Interval(0, 1, missing=True),
    "number": Interval(-2, 2, missing=True),
    "divisor": Interval(1, 3),
    "code": Interval(0, 3, missing=True),
}


def build(graph: Graph, op: Op, args: list[Value], data: tuple[int, ...]) -> Value:
    """Build an operation whose arguments are inputs."""
    if op is Op.LINEAR:
        return graph.linear(data[0], zip(data[1:], args, strict=True))
    if op is Op.LOOKUP:
        return graph.lookup(args[0], data)
    if op is Op.STEPS:
        return graph.steps(args[0], data[0], zip(data[1::2], data[2::2], strict=True))
    return getattr(graph, op.value)(*args)


def kind_of(intervals: list[Interval]) -> str:
    for name, few in (("truth", TRUTHS), ("divisor", DIVISORS), ("code", CODES)):
        if intervals is few:
            return name
    return "number"


@pytest.mark.parametrize("op", TRIED)
def test_the_bound_of_an_operation_is_the_narrowest(op: Op) -> None:
    arguments, constants = TRIED[op]
    for data in constants:
        graph = Graph()
        names = [kind_of(each) for each in arguments]
        kinds: list[Kind] = ["truth" if name == "truth" else "integer" for name in names]
        args = [
            graph.input(Input(f"i{place}", kind, WIDEST[name]))
            for place, (kind, name) in enumerate(zip(kinds, names, strict=True))
        ]
        root = build(graph, op, args, data)
        cone = Cone(graph, [root])
        ways = [
            [*each, *([] if name == "divisor" else [None])]
            for each, name in zip([each if n == "divisor" else optional(each) for each, n in zip(arguments, names, strict=True)], names, strict=True)
        ]
        for chosen in product(*ways):
            box = Box({place: None if each is None else as_bound(each) for place, each in enumerate(chosen)}, {})
            meant = narrowest(
                MEANING[op](each, data) for each in product(*([None] if one is None else cells(one) for one in chosen))
            )
            found = plain(cone.of(cone.bounds(box), root))
            if meant is None and found is not None:
                assert found.missing
            else:
                assert found == meant, (data, chosen)


@pytest.mark.parametrize("op", [each for each in FOLDING if each is not Op.ROWS_BEST])
def test_the_bound_of_a_fold_is_the_narrowest(op: Op) -> None:
    for drop in [(0,), (1,)] if op is Op.ROWS_TRIMMED else [()]:
        graph = Graph()
        table = graph.declare_table(TableInput("t", 0, 9))
        row = graph.input(Input("t.n", "integer", Interval(-2, 2, missing=True), table))
        root = getattr(graph, op.value)(table, row, *drop)
        cone = Cone(graph, [root])
        for sizes, arg in product(SIZES[:-1], [None, *optional([Interval(-2, 2), Interval(-2, -1), Interval(0, 0), Interval(1, 2)])]):
            rows = [(each,) for each in ([None] if arg is None else cells(arg))]
            meant = narrowest(FOLDING[op](each, (table, *sizes, *drop)) for each in tables(rows, *sizes))
            found = plain(cone.of(cone.bounds(Box({0: None if arg is None else as_bound(arg)}, {table: sizes})), root))
            if meant is None and found is not None:
                assert found.missing
            else:
                assert found == meant, (sizes, arg)


# What is seen because a value is kept as a sum


class Given:
    def __init__(self) -> None:
        self.graph = Graph()
        self.a, self.b, self.c = (self.input(f"n{place}", -4, 5) for place in range(3))
        self.p = self.graph.input(Input("p", "truth", Interval(0, 1)))
        self.x = self.graph.input(Input("x", "integer", Interval(0, 3, missing=True)))

    def input(self, name: str, low: int, high: int) -> Value:
        return self.graph.input(Input(name, "integer", Interval(low, high)))

    def sum(self, constant: int, *terms: tuple[int, Value]) -> Value:
        return self.graph.linear(constant, terms)


DECIDED: list[tuple[Callable[[Given], Value], tuple[int, int]]] = [
    (lambda g: g.sum(0, (1, g.sum(3, (2, g.a))), (-2, g.a)), (3, 3)),
    (lambda g: g.sum(0, (1, g.sum(3, (2, g.a), (1, g.b))), (-2, g.a)), (-1, 8)),
    (lambda g: g.graph.less(g.sum(0, (1, g.a), (1, g.b)), g.sum(1, (1, g.a), (1, g.b))), (1, 1)),
    (lambda g: g.graph.less(g.sum(1, (1, g.a)), g.a), (0, 0)),
    (lambda g: g.graph.less(g.a, g.sum(9, (1, g.a))), (1, 1)),
    (lambda g: g.graph.at_most(g.sum(9, (1, g.a)), g.a), (0, 0)),
    (lambda g: g.graph.less(g.sum(0, (1, g.a), (1, g.b)), g.sum(5, (1, g.a))), (0, 1)),
    (lambda g: g.graph.less(g.sum(0, (1, g.a), (1, g.b)), g.sum(6, (1, g.a))), (1, 1)),
    (lambda g: g.graph.at_most(g.sum(0, (1, g.a), (1, g.b)), g.sum(5, (1, g.a))), (1, 1)),
    (lambda g: g.graph.at_most(g.sum(5, (1, g.a)), g.sum(0, (1, g.a), (1, g.b))), (0, 1)),
    (lambda g: g.graph.at_most(g.sum(6, (1, g.a)), g.sum(0, (1, g.a), (1, g.b))), (0, 0)),
    (lambda g: g.graph.equal(g.sum(1, (2, g.a)), g.sum(1, (1, g.sum(0, (2, g.a))))), (1, 1)),
    (lambda g: g.graph.equal(g.sum(6, (1, g.a)), g.sum(0, (1, g.a), (1, g.b))), (0, 0)),
    (lambda g: g.graph.equal(g.sum(-5, (1, g.a)), g.sum(0, (1, g.a), (1, g.b))), (0, 0)),
    (lambda g: g.graph.equal(g.sum(5, (1, g.a)), g.sum(0, (1, g.a), (1, g.b))), (0, 1)),
    (lambda g: g.sum(0, (1, g.graph.least(g.sum(2, (1, g.a)), g.sum(7, (1, g.a)))), (-1, g.a)), (2, 2)),
    (lambda g: g.sum(0, (1, g.graph.least(g.sum(7, (1, g.a)), g.sum(2, (1, g.a)))), (-1, g.a)), (2, 2)),
    (lambda g: g.sum(0, (1, g.graph.greatest(g.sum(2, (1, g.a)), g.sum(7, (1, g.a)))), (-1, g.a)), (7, 7)),
    (lambda g: g.sum(0, (1, g.graph.greatest(g.sum(7, (1, g.a)), g.sum(2, (1, g.a)))), (-1, g.a)), (7, 7)),
    (lambda g: g.sum(0, (1, g.graph.least(g.sum(4, (1, g.a), (1, g.b)), g.a)), (-1, g.a)), (0, 0)),
    (lambda g: g.sum(0, (1, g.graph.least(g.a, g.sum(4, (1, g.a), (1, g.b)))), (-1, g.a)), (0, 0)),
    (lambda g: g.sum(0, (1, g.graph.greatest(g.sum(-5, (1, g.a), (1, g.b)), g.a)), (-1, g.a)), (0, 0)),
    (lambda g: g.sum(0, (1, g.graph.greatest(g.a, g.sum(-5, (1, g.a), (1, g.b)))), (-1, g.a)), (0, 0)),
    # Products multiplied out: (a + 1)·b - a·b is b.
    (lambda g: g.sum(0, (1, g.graph.product(g.sum(1, (1, g.a)), g.b)), (-1, g.graph.product(g.a, g.b))), (-4, 5)),
    (lambda g: g.sum(0, (1, g.graph.product(g.sum(1, (1, g.a)), g.sum(2, (1, g.b)))), (-1, g.graph.product(g.b, g.a)), (-2, g.a)), (-2, 7)),
    (lambda g: g.graph.product(g.a, g.b), (-20, 25)),
    (lambda g: g.graph.product(g.sum(1, (1, g.a)), g.sum(1, (1, g.a))), (-18, 36)),
    (lambda g: g.graph.product(g.sum(0, (1, g.a), (1, g.b)), g.sum(0, (1, g.a), (-1, g.b))), (-45, 45)),
    # The same values in another order are the same.
    (lambda g: g.sum(0, (1, g.graph.product(g.graph.product(g.a, g.b), g.c)), (-1, g.graph.product(g.a, g.graph.product(g.c, g.b)))), (0, 0)),
    (lambda g: g.sum(0, (1, g.graph.least(g.a, g.b)), (-1, g.graph.least(g.b, g.a))), (0, 0)),
    (lambda g: g.sum(0, (1, g.graph.quotient(g.sum(1, (1, g.a)), g.graph.constant(2))), (-1, g.graph.quotient(g.sum(0, (1, g.sum(1, (1, g.a)))), g.graph.constant(2)))), (0, 0)),
    (lambda g: g.sum(0, (1, g.graph.quotient(g.a, g.input("d", 1, 2))), (-1, g.graph.quotient(g.a, g.input("e", 1, 2)))), (-9, 9)),
    (lambda g: g.sum(0, (1, g.graph.quotient(g.sum(0, (2, g.a)), g.graph.constant(2))), (-1, g.graph.quotient(g.sum(0, (3, g.b)), g.graph.constant(2)))), (-11, 11)),
    (lambda g: g.sum(0, (1, g.graph.quotient(g.sum(0, (2, g.sum(1, (1, g.a)))), g.graph.constant(3))), (-1, g.graph.quotient(g.sum(2, (2, g.a)), g.graph.constant(3)))), (0, 0)),
    # Both ways lead to the same sum.
    (lambda g: g.sum(0, (1, g.graph.choose(g.p, g.sum(1, (1, g.a)), g.sum(0, (1, g.sum(1, (1, g.a)))))), (-1, g.a)), (1, 1)),
    (lambda g: g.sum(0, (1, g.graph.choose(g.p, g.sum(1, (1, g.a)), g.sum(2, (1, g.a)))), (-1, g.a)), (-8, 11)),
    # A value that can be missing is the same sum where it is there.
    (lambda g: g.graph.default(g.sum(0, (1, g.sum(2, (1, g.x))), (-1, g.x)), g.graph.constant(2)), (2, 2)),
]  # fmt: skip


@pytest.mark.parametrize("place", range(len(DECIDED)))
def test_findings_that_stand_in_two_places_are_seen(place: int) -> None:
    make, (low, high) = DECIDED[place]
    g = Given()
    root = make(g)
    cone = Cone(g.graph, [root])
    bound = cone.of(cone.bounds(), root)
    assert plain(bound) == Interval(low, high)


def test_a_finding_that_is_known_makes_products_sums() -> None:
    g = Given()
    product_of = g.graph.product(g.a, g.sum(1, (1, g.b)))
    root = g.sum(0, (1, product_of), (-3, g.b))
    cone = Cone(g.graph, [root])
    known = cone.bounds(Box({0: Bound(3, 3)}, {}))
    assert plain(cone.of(known, root)) == Interval(3, 3)
    nothing = cone.bounds(Box({0: Bound(0, 0)}, {}))
    assert plain(cone.of(nothing, product_of)) == Interval(0, 0)


def test_bounds_that_are_known_hold_too() -> None:
    g = Given()
    total = g.sum(0, (1, g.a), (1, g.b))
    cone = Cone(g.graph, [g.graph.less(total, g.graph.constant(8))], {total.index: (-3, 7)})
    assert plain(cone.of(cone.bounds(), total)) == Interval(-3, 7)
    assert is_surely(cone.of(cone.bounds(), cone.roots[0]), 1)
    narrow = cone.bounds(Box({0: Bound(-4, -4), 1: Bound(-4, -4)}, {}))
    assert narrow[cone.positions[total.index]] is not None


def test_on_what_values_rest() -> None:
    g = Given()
    table = g.graph.declare_table(TableInput("t", 1, 3))
    row = g.graph.input(Input("t.n", "integer", Interval(0, 2), table))
    total = g.graph.rows_sum(table, g.graph.product(row, g.b))
    root = g.sum(0, (1, total), (1, g.a))
    cone = Cone(g.graph, [root, g.c])
    assert cone.rests_on(root) == {0, 1, row.data[0]}
    assert cone.rests_on(total) == {1, row.data[0]}
    assert cone.rests_on(g.c) == {2}
    assert cone.tables == (table,)
    assert [cone.values[place] for place in cone.resting_on(0)] == [g.a, root]
    wide = cone.bounds()
    assert plain(cone.of(wide, total)) == Interval(-24, 30)
    box = Box({}, {table: (1, 1)})
    fewer = cone.bounds(box, wide, (), (table,))
    assert plain(cone.of(fewer, total)) == Interval(-8, 10)
    assert fewer == cone.bounds(box)
    assert [one is other for one, other in zip(fewer, wide, strict=True)] == [
        value not in (total, root) for value in cone.values
    ]
    assert all(map(operator.is_, cone.bounds(EVERYTHING, wide), wide))
    none = cone.bounds(Box({}, {table: (0, 0)}))
    assert plain(cone.of(none, total)) == Interval(0, 0)


def test_the_best_of_each_key_of_rows() -> None:
    graph = Graph()
    table = graph.declare_table(TableInput("t", 1, 3))
    key = graph.input(Input("t.k", "text", Interval(0, 0, missing=True), table))
    row = graph.input(Input("t.n", "integer", Interval(1, 2, missing=True), table))
    root = graph.rows_best(table, key, row)
    cone = Cone(graph, [root])
    for keyed in ({}, {0: None}, {0: Bound(0, 0)}):
        bounds = cone.bounds(Box({**keyed, 1: Bound(1, 2)}, {}))
        assert plain(cone.of(bounds, root)) == Interval(1, 6), keyed
    assert plain(cone.of(cone.bounds(Box({1: None}, {})), root)) == Interval(0, 0)


@pytest.mark.parametrize(
    ("bound", "surely_true", "surely_false", "may"),
    [
        (Bound(1, 1), True, False, True),
        (Bound(0, 0), False, True, False),
        (Bound(0, 1), False, False, True),
        (Bound(1, 1, missing=True), False, False, True),
        (Bound(0, 0, missing=True), False, False, False),
        (None, False, False, False),
    ],
)
def test_what_is_sure_of_a_truth(bound: Bounded, surely_true: bool, surely_false: bool, may: bool) -> None:
    assert (is_surely(bound, 1), is_surely(bound, 0), may_hold(bound)) == (surely_true, surely_false, may)
    assert bound is None or bound.point == (bound in (Bound(1, 1), Bound(0, 0)))
