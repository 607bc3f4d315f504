"""What is left of a graph where some is known: its values, and on what they still rest."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from rubric_engine.graph import Graph, Input, Kind, Op, TableInput, Value
from rubric_engine.intervals import Interval
from rubric_engine.partial import UNKNOWN, Partial, specialise


class Given:
    """A graph with inputs of the sheet and of two tables."""

    def __init__(self) -> None:
        self.graph = Graph()
        self.n, self.m = self.input(0, 9), self.input(2, 5)
        self.x_n = self.input(0, 9, missing=True)
        self.p, self.x_p = self.input(0, 1, "truth"), self.input(0, 1, "truth", missing=True)
        self.word = self.input(0, 0, "text", missing=True)
        self.other = self.graph.declare_table(TableInput("a.other", 0, 3))
        self.far = self.input(0, 7, table=self.other)
        self.table = self.graph.declare_table(TableInput("a.rows", 1, 5))
        self.key = self.input(0, 0, "text", missing=True, table=self.table)
        self.k = self.input(0, 4, missing=True, table=self.table)
        self.c = self.input(1, 3, table=self.table)

    def input(
        self, low: int, high: int, kind: Kind = "integer", *, missing: bool = False, table: int | None = None
    ) -> Value:
        name = f"a.{len(self.graph.inputs)}"
        return self.graph.input(Input(name, kind, Interval(low, high, missing), table))

    def partly(
        self,
        value: Value,
        *rows: tuple[Any, Any, Any],
        known: dict[int, Any] | None = None,
        far: list[int] | None = None,
        no_rows: bool = False,
    ) -> Partial:
        """Specialise one value; each row has a key and two numbers, in the order of the inputs."""
        tables: dict[int, Any] = {} if not rows and not no_rows else {self.table: [dict(zip((7, 8, 9), row, strict=True)) for row in rows]}
        if far is not None:
            tables[self.other] = [{6: each} for each in far]
        return specialise(self.graph, [value], known or {}, tables)


def shape(value: Value) -> object:
    """Write a value as plain data; inputs by their intervals."""
    if value.op is Op.CONSTANT:
        return bool(value.data[0]) if value.kind == "truth" else value.data[0]
    if value.op is Op.INPUT:
        low, high, missing = value.interval.low, value.interval.high, value.interval.missing
        return f"{low}..{high}{'?' * missing}"
    return (value.op.value, *map(shape, value.args), *value.data)


U = UNKNOWN
#: A value, what is known of the sheet, what is left of it, and on which inputs that rests.
OF_SHEETS: list[tuple[Callable[[Given], Value], dict[int, Any], object, set[int]]] = [
    (lambda g: g.graph.linear(1, [(2, g.n), (1, g.m)]), {0: 3}, ("linear", "2..5", 7, 1), {1}),
    (lambda g: g.graph.linear(1, [(2, g.n), (1, g.m)]), {0: 3, 1: 4}, 11, set()),
    (lambda g: g.graph.linear(1, [(2, g.n), (1, g.x_n)]), {2: None}, ("only", False, 0), set()),
    (lambda g: g.graph.less(g.m, g.x_n), {2: None}, ("only", False, False), set()),
    (lambda g: g.graph.both(g.p, g.x_p), {3: 0}, False, set()),
    (lambda g: g.graph.both(g.p, g.x_p), {3: 1, 4: None}, ("only", False, False), set()),
    (lambda g: g.graph.both(g.x_p, g.graph.less(g.m, g.x_n)), {4: None, 2: None}, ("only", False, False), set()),
    (lambda g: g.graph.either(g.p, g.x_p), {3: 1}, True, set()),
    (lambda g: g.graph.either(g.x_p, g.graph.less(g.m, g.x_n)), {4: None, 2: None}, ("only", False, False), set()),
    (lambda g: g.graph.both(g.graph.only(g.p, g.x_p), g.graph.less(g.m, g.x_n)), {3: 0, 2: None}, ("only", False, "0..1?"), {4}),
    (lambda g: g.graph.either(g.graph.only(g.p, g.x_p), g.graph.less(g.m, g.x_n)), {3: 0, 2: None}, ("only", False, "0..1?"), {4}),
    (lambda g: g.graph.known(g.x_n), {2: None}, False, set()),
    (lambda g: g.graph.known(g.x_n), {2: 4}, True, set()),
    (lambda g: g.graph.known(g.x_n), {}, ("known", "0..9?"), {2}),
    (lambda g: g.graph.known(g.word), {5: "seen"}, True, set()),
    (lambda g: g.word, {5: "seen"}, "0..0", set()),
    (lambda g: g.graph.known(g.word), {5: None}, False, set()),
    (lambda g: g.graph.known(g.word), {}, ("known", "0..0?"), {5}),
    (lambda g: g.graph.default(g.x_n, g.m), {2: None}, "2..5", {1}),
    (lambda g: g.graph.default(g.x_n, g.m), {2: 8}, 8, set()),
    (lambda g: g.graph.choose(g.x_p, g.n, g.m), {4: None}, ("only", False, 0), set()),
    (lambda g: g.graph.choose(g.x_p, g.n, g.m), {4: 1}, "0..9", {0}),
    (lambda g: g.graph.choose(g.x_p, g.n, g.m), {4: 0}, "2..5", {1}),
    (lambda g: g.graph.only(g.x_p, g.n), {4: None}, ("only", False, 0), set()),
    (lambda g: g.graph.only(g.p, g.x_n), {2: None}, ("only", False, 0), set()),
    (lambda g: g.graph.only(g.p, g.n), {3: 0, 0: 5}, ("only", False, 5), set()),
    (lambda g: g.graph.only(g.p, g.n), {3: 1}, "0..9", {0}),
    (lambda g: g.graph.linear(1, [(1, g.graph.only(g.p, g.n))]), {3: 0, 0: 5}, ("only", False, 0), set()),
    (lambda g: g.graph.linear(1, [(1, g.graph.only(g.p, g.n))]), {0: 5}, ("linear", ("only", "0..1", 5), 1, 1), {3}),
    (lambda g: g.graph.choose(g.p, g.n, g.graph.linear(0, [(-1, g.n)])), {}, ("choose", "0..1", "0..9", ("linear", "0..9", 0, -1)), {0, 3}),
    (lambda g: g.graph.least(g.n, g.m), {0: 9}, "2..5", {1}),
    (lambda g: g.graph.lookup(g.n, range(10)), {0: 4}, 4, set()),
    (lambda g: g.graph.steps(g.n, 1, [(3, 5), (6, 8)]), {0: 5}, 5, set()),
    (lambda g: g.graph.negate(g.x_p), {4: 1}, False, set()),
]


@pytest.mark.parametrize("place", range(len(OF_SHEETS)))
def test_what_is_left_of_values_of_the_sheet(place: int) -> None:
    build, known, left, rests_on = OF_SHEETS[place]
    g = Given()
    partial = g.partly(build(g), known=known)
    # As text: 0 is not False there.
    assert repr(shape(partial.values[0])) == repr(left)
    assert partial.open_inputs(partial.values) == rests_on
    assert len(partial.stands_for) == len(partial.graph.inputs)


FOLDS: list[tuple[Callable[[Given], Value], list[tuple[Any, Any, Any]], object, set[int]]] = [
    (lambda g: g.graph.rows_sum(1, g.c), [("a", 1, 2), ("a", 3, 3)], 5, set()),
    (lambda g: g.graph.rows_sum(1, g.k), [("a", None, 2), ("a", 3, 3)], 3, set()),
    (lambda g: g.graph.rows_sum(1, g.k), [("a", None, 2)], 0, set()),
    (lambda g: g.graph.rows_sum(1, g.c), [("a", 1, U), ("a", 3, 3)], ("linear", "1..3", 3, 1), {9}),
    (lambda g: g.graph.rows_sum(1, g.k), [("a", U, 1)], ("default", "0..4?", 0), {8}),
    (lambda g: g.graph.rows_sum(1, g.graph.linear(0, [(1, g.c), (1, g.n)])), [("a", 1, 1), ("a", 3, 3)], ("linear", ("linear", "0..9", 1, 1), ("linear", "0..9", 3, 1), 0, 1, 1), {0}),
    (lambda g: g.graph.rows_least(1, g.k), [("a", 4, 2), ("a", None, 2), ("a", 2, 3)], 2, set()),
    (lambda g: g.graph.rows_greatest(1, g.k), [("a", 1, 2), ("a", None, 2), ("a", 2, 3)], 2, set()),
    (lambda g: g.graph.rows_least(1, g.k), [("a", None, 2)], ("only", False, 0), set()),
    (lambda g: g.graph.rows_least(1, g.c), [("a", 1, 2), ("a", 1, U)], ("least", 2, "1..3"), {9}),
    (
        lambda g: g.graph.rows_greatest(1, g.k),
        [("a", 3, 2), ("a", U, 2)],
        ("default", ("greatest", 3, "0..4?"), 3),
        {8},
    ),
    (lambda g: g.graph.rows_median(1, g.c), [("a", 1, 3), ("a", 1, 1), ("a", 1, 2)], 4, set()),
    (lambda g: g.graph.rows_median(1, g.c), [("a", 1, 3), ("a", 1, 2), ("a", 1, 1), ("a", 1, 3)], 5, set()),
    (lambda g: g.graph.rows_median(1, g.k), [("a", 2, 3), ("a", None, 2)], 4, set()),
    (lambda g: g.graph.rows_median(1, g.k), [("a", 3, 3), ("a", U, 2)], "0..8?", {8}),
    (lambda g: g.graph.rows_median(1, g.c), [("a", 3, 2), ("a", 1, U)], "2..6", {9}),
    (lambda g: g.graph.rows_trimmed(1, g.c, 1), [("a", 1, 3), ("a", 1, 1), ("a", 1, 2), ("a", 1, 3)], 5, set()),
    (lambda g: g.graph.rows_trimmed(1, g.c, 1), [("a", 1, 3), ("a", 1, 1), ("a", 1, 2)], 2, set()),
    (lambda g: g.graph.rows_trimmed(1, g.c, 1), [("a", 1, 3), ("a", 1, 1)], ("only", False, 0), set()),
    (lambda g: g.graph.rows_trimmed(1, g.c, 1), [("a", 1, 3), ("a", 1, U), ("a", 1, 2)], "1..3", {9}),
    (lambda g: g.graph.rows_trimmed(1, g.c, 1), [("a", 1, 3), ("a", 1, U)], "1..3?", {9}),
    # The best of each key: of a, 3; of b, 1; rows without a key share one.
    (lambda g: g.graph.rows_best(1, g.key, g.c), [("a", 1, 3), ("b", 1, 1), ("a", 1, 2)], 4, set()),
    (lambda g: g.graph.rows_best(1, g.key, g.c), [(None, 1, 3), ("b", 1, 1), (None, 1, 2)], 4, set()),
    (lambda g: g.graph.rows_best(1, g.key, g.c), [(None, 1, 3)], 3, set()),
    (lambda g: g.graph.rows_best(1, g.key, g.k), [("a", None, 3), ("b", 2, 1)], 2, set()),
    (lambda g: g.graph.rows_best(1, g.key, g.k), [("a", None, 3)], 0, set()),
    (lambda g: g.graph.rows_best(1, g.c, g.k), [("a", 1, 3), ("a", 2, 3), ("a", 4, 1)], 6, set()),
    (lambda g: g.graph.rows_best(1, g.key, g.c), [("a", 1, U), ("b", 1, 1)], ("linear", "1..3", 1, 1), {9}),
    (lambda g: g.graph.rows_best(1, g.key, g.k), [("a", U, 1)], ("default", "0..4?", 0), {8}),
    (lambda g: g.graph.rows_best(1, g.key, g.c), [(U, 1, 3), ("b", 1, 2)], "2..6", {7}),
    (lambda g: g.graph.rows_best(1, g.key, g.c), [(U, 1, U), ("b", 1, 2)], "1..6", {7, 9}),
    # A fold over rows, used in rows: the values of each row stand apart.
    (
        lambda g: g.graph.rows_sum(1, g.graph.choose(g.graph.less(g.graph.rows_sum(0, g.far), g.c), g.c, g.graph.constant(0))),
        [("a", 1, 3), ("a", 1, 1)],
        ("linear", ("choose", ("less", "0..21", 3), 3, 0), ("choose", ("less", "0..21", 1), 1, 0), 0, 1, 1),
        {6},
    ),
]


@pytest.mark.parametrize("place", range(len(FOLDS)))
def test_what_is_left_of_folds_over_rows_that_are_known(place: int) -> None:
    build, rows, left, rests_on = FOLDS[place]
    g = Given()
    partial = g.partly(build(g), *rows)
    # As text: 0 is not False there.
    assert repr(shape(partial.values[0])) == repr(left)
    assert partial.open_inputs(partial.values) == rests_on


def test_a_fold_over_rows_that_are_not_known_rests_on_all_of_its_table() -> None:
    g = Given()
    total = g.graph.rows_sum(g.table, g.c)
    partial = g.partly(total)
    assert shape(partial.values[0]) == "1..15"
    assert partial.open_inputs(partial.values) == {7, 8, 9}
    (number,) = partial.folds
    assert partial.folds[number] is total
    with_n = g.partly(g.graph.rows_sum(g.table, g.graph.linear(0, [(1, g.c), (1, g.n)])))
    assert with_n.open_inputs(with_n.values) == {0, 7, 8, 9}


def test_a_fold_that_is_bounded_is_noted_as_one() -> None:
    g = Given()
    median = g.graph.rows_median(g.table, g.c)
    partial = g.partly(median, ("a", 1, 2), ("a", 1, U))
    assert list(partial.folds.values()) == [median]
    assert partial.values[0].data == (next(iter(partial.folds)),)
    assert g.partly(median, ("a", 1, 2)).folds == {}


def test_no_rows_are_none_to_fold() -> None:
    g = Given()
    assert shape(g.partly(g.graph.rows_sum(g.table, g.c), no_rows=True).values[0]) == 0
    assert shape(g.partly(g.graph.rows_best(g.table, g.key, g.c), no_rows=True).values[0]) == 0
    assert shape(g.partly(g.graph.rows_median(g.table, g.c), no_rows=True).values[0]) == ("only", False, 0)


def test_values_of_rows_come_one_by_one_where_the_rows_are_known() -> None:
    g = Given()
    value = g.graph.linear(0, [(1, g.c), (2, g.n)])
    partial = g.partly(value, ("a", 1, 3), ("b", 2, U), known={0: 4})
    (values,) = partial.values
    assert list(map(shape, values)) == [11, ("linear", "1..3", 8, 1)]
    assert partial.open_inputs(values) == {9}
    whole = g.partly(value, far=[1])
    assert isinstance(whole.values[0], Value)
    assert whole.values[0].table == g.table
    assert whole.open_inputs(whole.values) == {0, 9}


def test_what_is_not_known_of_the_sheet_is_one_value_and_of_each_row_its_own() -> None:
    g = Given()
    twice = specialise(g.graph, [g.graph.linear(0, [(1, g.n), (1, g.m)]), g.graph.linear(3, [(-1, g.n)])], {1: 2}, {})
    first, second = twice.values
    assert first.args == second.args
    assert len(twice.graph.inputs) == 1
    rows = g.partly(g.graph.rows_sum(g.table, g.c), ("a", 1, U), ("a", 1, U))
    assert shape(rows.values[0]) == ("linear", "1..3", "1..3", 0, 1, 1)
    assert rows.stands_for == (frozenset({9}), frozenset({9}))


def test_what_is_not_known_may_lie_within_less() -> None:
    g = Given()
    partial = specialise(g.graph, [g.graph.less(g.n, g.graph.constant(4))], {}, {}, {0: Interval(5, 7)})
    assert shape(partial.values[0]) is False
    wide = specialise(g.graph, [g.n], {}, {}, {0: Interval(5, 7)})
    assert shape(wide.values[0]) == "5..7"
    assert wide.graph.inputs[0].name == "a.0"


def test_what_stands_for_the_unknown_says_so() -> None:
    assert repr(UNKNOWN) == "UNKNOWN"


def test_the_new_graph_has_the_tables_of_the_old() -> None:
    g = Given()
    partial = g.partly(g.c)
    assert partial.graph.tables == g.graph.tables
    assert partial.values[0].table == g.table
