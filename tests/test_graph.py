"""The builder: what it makes simpler, and what it must leave alone.

That a simpler graph means the same is tested in test_operations. Here it is that it becomes
simpler at all: proofs and generated code rest on it.
"""

from __future__ import annotations

from collections.abc import Callable

import pytest

from rubric_engine import graph as graph_module
from rubric_engine.graph import (
    MOST_BITS,
    Graph,
    Input,
    Kind,
    Op,
    Outgrown,
    TableInput,
    Value,
    reachable,
)
from rubric_engine.intervals import Interval


class Given:
    """A graph with some inputs: `x_` ones can be missing."""

    def __init__(self) -> None:
        self.graph = Graph()
        self.table = self.graph.declare_table(TableInput("t.rows", 1, 3))
        self.other = self.graph.declare_table(TableInput("t.others", 2, 4))
        self.low, self.high = self.input(0, 5), self.input(5, 9)
        self.x_low, self.x_high = self.input(0, 5, missing=True), self.input(5, 9, missing=True)
        self.p, self.q = self.input(0, 1, "truth"), self.input(0, 1, "truth")
        self.x_p = self.input(0, 1, "truth", missing=True)
        self.row = self.input(0, 5, table=self.table)
        self.yes, self.no = self.graph.truth(verdict=True), self.graph.truth(verdict=False)

    def input(
        self, low: int, high: int, kind: Kind = "integer", *, missing: bool = False, table: int | None = None
    ) -> Value:
        name = f"t.{len(self.graph.inputs)}"
        return self.graph.input(Input(name, kind, Interval(low, high, missing), table))


def shape(value: Value) -> object:
    """Write a value as plain data."""
    if value.op is Op.CONSTANT:
        return bool(value.data[0]) if value.kind == "truth" else value.data[0]
    if value.op is Op.INPUT:
        return f"in{value.data[0]}"
    return (value.op.value, *map(shape, value.args), *value.data)


LOW, HIGH, X_LOW, X_HIGH, P, Q, X_P = (f"in{place}" for place in range(7))

SIMPLER: list[tuple[Callable[[Given], Value], object]] = [
    # Sums.
    (lambda g: g.graph.linear(3, []), 3),
    (lambda g: g.graph.linear(3, [(2, g.graph.constant(4))]), 11),
    (lambda g: g.graph.linear(0, [(1, g.low)]), LOW),
    (lambda g: g.graph.linear(1, [(1, g.low)]), ("linear", LOW, 1, 1)),
    (lambda g: g.graph.linear(0, [(2, g.low)]), ("linear", LOW, 0, 2)),
    (lambda g: g.graph.linear(0, [(3, g.low), (-1, g.low)]), ("linear", LOW, 0, 2)),
    (lambda g: g.graph.linear(7, [(1, g.low), (-1, g.low)]), 7),
    (lambda g: g.graph.linear(7, [(1, g.x_low), (-1, g.x_low)]), ("linear", X_LOW, 7, 0)),
    (lambda g: g.graph.linear(0, [(1, g.low), (0, g.high)]), LOW),
    (lambda g: g.graph.linear(0, [(1, g.low), (1, g.high)]), ("linear", LOW, HIGH, 0, 1, 1)),
    (
        lambda g: g.graph.linear(4, [(3, g.graph.choose(g.p, g.graph.constant(2), g.graph.constant(-1)))]),
        ("choose", P, 10, 1),
    ),
    (
        lambda g: g.graph.linear(4, [(3, g.graph.choose(g.p, g.low, g.graph.constant(-1)))]),
        ("linear", ("choose", P, LOW, -1), 4, 3),
    ),
    (
        lambda g: g.graph.linear(4, [(3, g.graph.choose(g.p, g.graph.constant(-1), g.low))]),
        ("linear", ("choose", P, -1, LOW), 4, 3),
    ),
    # Products and quotients.
    (lambda g: g.graph.product(g.low, g.graph.constant(3)), ("linear", LOW, 0, 3)),
    (lambda g: g.graph.product(g.graph.constant(3), g.low), ("linear", LOW, 0, 3)),
    (lambda g: g.graph.product(g.low, g.high), ("product", LOW, HIGH)),
    (lambda g: g.graph.quotient(g.low, g.graph.constant(1)), LOW),
    (lambda g: g.graph.quotient(g.low, g.graph.constant(2)), ("quotient", LOW, 2)),
    (lambda g: g.graph.quotient(g.low, g.graph.constant(6)), 0),
    # The smaller and the larger.
    (lambda g: g.graph.least(g.low, g.high), LOW),
    (lambda g: g.graph.least(g.high, g.low), LOW),
    (lambda g: g.graph.least(g.low, g.x_high), ("least", LOW, X_HIGH)),
    (lambda g: g.graph.least(g.x_low, g.high), X_LOW),
    (lambda g: g.graph.least(g.low, g.graph.constant(4)), ("least", LOW, 4)),
    (lambda g: g.graph.least(g.low, g.graph.constant(5)), LOW),
    (lambda g: g.graph.greatest(g.low, g.high), HIGH),
    (lambda g: g.graph.greatest(g.high, g.low), HIGH),
    (lambda g: g.graph.greatest(g.high, g.x_low), ("greatest", HIGH, X_LOW)),
    (lambda g: g.graph.greatest(g.x_high, g.low), X_HIGH),
    (lambda g: g.graph.greatest(g.low, g.graph.constant(1)), ("greatest", LOW, 1)),
    (lambda g: g.graph.greatest(g.low, g.graph.constant(0)), LOW),
    # Choices.
    (lambda g: g.graph.choose(g.yes, g.low, g.high), LOW),
    (lambda g: g.graph.choose(g.no, g.low, g.high), HIGH),
    (lambda g: g.graph.choose(g.p, g.low, g.low), LOW),
    (lambda g: g.graph.choose(g.x_p, g.low, g.low), ("choose", X_P, LOW, LOW)),
    (lambda g: g.graph.choose(g.p, g.low, g.high), ("choose", P, LOW, HIGH)),
    (lambda g: g.graph.choose(g.graph.negate(g.p), g.low, g.high), ("choose", P, HIGH, LOW)),
    # What can be missing.
    (lambda g: g.graph.default(g.low, g.high), LOW),
    (lambda g: g.graph.default(g.x_low, g.high), ("default", X_LOW, HIGH)),
    (lambda g: g.graph.default(g.graph.only(g.p, g.low), g.high), ("choose", P, LOW, HIGH)),
    (lambda g: g.graph.default(g.graph.only(g.x_p, g.low), g.high), ("default", ("only", X_P, LOW), HIGH)),
    (lambda g: g.graph.default(g.graph.only(g.p, g.x_low), g.high), ("default", ("only", P, X_LOW), HIGH)),
    (lambda g: g.graph.known(g.low), True),
    (lambda g: g.graph.known(g.x_low), ("known", X_LOW)),
    (lambda g: g.graph.known(g.graph.only(g.p, g.low)), P),
    (lambda g: g.graph.known(g.graph.only(g.x_p, g.low)), ("known", ("only", X_P, LOW))),
    (lambda g: g.graph.known(g.graph.only(g.p, g.x_low)), ("known", ("only", P, X_LOW))),
    (lambda g: g.graph.only(g.yes, g.low), LOW),
    (lambda g: g.graph.only(g.no, g.low), ("only", False, LOW)),
    (lambda g: g.graph.only(g.p, g.low), ("only", P, LOW)),
    # Truths.
    (lambda g: g.graph.both(g.yes, g.p), P),
    (lambda g: g.graph.both(g.p, g.no), False),
    (lambda g: g.graph.both(g.p, g.p), P),
    (lambda g: g.graph.both(g.p, g.q), ("both", P, Q)),
    (lambda g: g.graph.either(g.yes, g.p), True),
    (lambda g: g.graph.either(g.p, g.no), P),
    (lambda g: g.graph.either(g.p, g.p), P),
    (lambda g: g.graph.either(g.p, g.q), ("either", P, Q)),
    (lambda g: g.graph.negate(g.yes), False),
    (lambda g: g.graph.negate(g.p), ("negate", P)),
    (lambda g: g.graph.negate(g.graph.negate(g.p)), P),
    # Comparisons that the intervals settle.
    (lambda g: g.graph.less(g.high, g.low), False),
    (lambda g: g.graph.at_most(g.low, g.high), True),
    (lambda g: g.graph.less(g.low, g.high), ("less", LOW, HIGH)),
    (lambda g: g.graph.equal(g.low, g.graph.constant(6)), False),
    (lambda g: g.graph.less(g.x_low, g.graph.constant(9)), ("less", X_LOW, 9)),
    # Folds.
    (lambda g: g.graph.rows_sum(g.table, g.graph.constant(0)), 0),
    (lambda g: g.graph.rows_least(g.table, g.graph.constant(4)), 4),
    (lambda g: g.graph.rows_sum(g.table, g.row), ("rows_sum", "in7", 0, 1, 3)),
    (lambda g: g.graph.rows_least(g.table, g.row), ("rows_least", "in7", 0, 1, 3)),
    (lambda g: g.graph.rows_greatest(g.table, g.row), ("rows_greatest", "in7", 0, 1, 3)),
    (lambda g: g.graph.rows_median(g.table, g.row), ("rows_median", "in7", 0, 1, 3)),
    (lambda g: g.graph.rows_best(g.table, g.low, g.row), ("rows_best", LOW, "in7", 0, 1, 3)),
    (lambda g: g.graph.rows_trimmed(g.other, g.low, 1), ("rows_trimmed", LOW, 1, 2, 4, 1)),
]


@pytest.mark.parametrize("place", range(len(SIMPLER)))
def test_a_value_is_as_simple_as_can_be(place: int) -> None:
    build, meant = SIMPLER[place]
    # As text: 0 is not False there.
    assert repr(shape(build(Given()))) == repr(meant)


def test_a_choice_of_texts_stays_though_its_interval_is_constant() -> None:
    g = Given()
    one, other = g.input(0, 0, "text"), g.input(0, 0, "text")
    assert shape(g.graph.choose(g.p, one, other)) == ("choose", P, "in8", "in9")


def test_equal_values_are_the_same_object() -> None:
    g = Given()
    graph = g.graph
    assert graph.less(g.low, g.high) is graph.less(g.low, g.high)
    assert graph.less(g.low, g.high) is not graph.less(g.high, g.input(7, 8))
    assert graph.constant(1) is graph.constant(1)
    assert graph.constant(1) is not graph.truth(verdict=True)
    assert graph.lookup(g.low, [1, 2, 3, 4, 5, 6]) is not graph.lookup(g.low, [1, 2, 3, 4, 5, 7])
    assert len({graph.constant(1), graph.truth(verdict=True), g.low}) == 3


def test_a_graph_knows_what_was_declared_and_built() -> None:
    g = Given()
    graph = g.graph
    assert [each.name for each in graph.tables] == ["t.rows", "t.others"]
    assert [each.name for each in graph.inputs] == [f"t.{place}" for place in range(8)]
    before = len(graph)
    made = graph.linear(1, [(2, g.low)])
    graph.linear(1, [(2, g.low)])
    assert (len(graph), graph.since(before)) == (before + 1, [made])
    assert made.index == before
    assert (made.table, graph.linear(1, [(1, g.low), (1, g.row)]).table) == (None, g.table)
    assert graph.rows_sum(g.table, g.row).table is None
    assert repr(made.args) not in repr(made)
    assert f"args=[{g.low.index}]" in repr(made)


def test_rows_of_two_tables_do_not_meet() -> None:
    g = Given()
    another = g.input(0, 5, table=g.other)
    for build in (
        lambda: g.graph.linear(0, [(1, g.row), (1, another)]),
        lambda: g.graph.least(another, g.row),
        lambda: g.graph.rows_sum(g.other, g.row),
        lambda: g.graph.rows_best(g.table, g.row, another),
    ):
        with pytest.raises(ValueError, match="table"):
            build()


def test_a_divisor_may_be_1_and_not_0() -> None:
    g = Given()
    assert shape(g.graph.quotient(g.low, g.input(1, 5))) == ("quotient", LOW, "in8")
    with pytest.raises(ValueError, match="1 or more"):
        g.graph.quotient(g.low, g.input(0, 5))


def test_what_values_rest_on_comes_before_them_once() -> None:
    g = Given()
    total = g.graph.linear(0, [(1, g.low), (1, g.high)])
    limit = g.graph.least(total, g.high)
    assert reachable([limit, total]) == [g.low, g.high, total, limit]
    assert reachable([]) == []


def test_a_graph_grows_to_a_size_and_no_more(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(graph_module, "MOST_VALUES", 3)
    graph = Graph()
    for number in (1, 2, 3, 3):
        graph.constant(number)
    with pytest.raises(Outgrown):
        graph.constant(4)
    monkeypatch.setattr(graph_module, "MOST_VALUES", 100)
    monkeypatch.setattr(graph_module, "MOST_CONSTANTS", 9)
    graph = Graph()
    code = graph.input(Input("n", "integer", Interval(0, 3)))
    graph.lookup(code, [1, 2, 3, 4])
    graph.lookup(code, [1, 2, 3, 5])
    with pytest.raises(Outgrown):
        graph.constant(7)


def test_numbers_grow_to_a_length_and_no_more() -> None:
    graph = Graph()
    for sign in (1, -1):
        assert graph.constant(sign * (2**MOST_BITS - 1)).interval.constant
        with pytest.raises(Outgrown):
            graph.constant(sign * 2**MOST_BITS)


def test_curves_have_so_many_steps_together(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(graph_module, "MOST_STEPS", 10)
    graph = Graph()
    graph.tell_steps("a", 4)
    graph.tell_steps("b", 6)
    graph.tell_steps("a", 4)
    with pytest.raises(Outgrown):
        graph.tell_steps("c", 1)
