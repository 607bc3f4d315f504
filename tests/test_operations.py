"""Every operation of a graph, value by value, in all its interpreters."""

from __future__ import annotations

import os
import random
import subprocess
import sys
import warnings
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import product
from pathlib import Path
from typing import Any

import pytest
from attrs import evolve, frozen
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from operations_oracle import FOLDING, MEANING, Cell, Found, Sheet, Step, cells, worked_out
from rubric_engine import load, rubric_names
from rubric_engine.evaluation import program_of
from rubric_engine.graph import FOLDS, Graph, Input, Kind, Op, TableInput, Value, reachable
from rubric_engine.intervals import TRANSFER, Interval
from rubric_engine.partial import _REBUILD, UNKNOWN, Partial, specialise
from rubric_engine.sheet import compute

nw = pytest.importorskip("narwhals")
pa = pytest.importorskip("pyarrow")

BACKENDS = ["polars", "polars lazy", "pyarrow", "duckdb", "pyspark"]
QUICK = ["polars", "duckdb"]

LIMIT = 2**62 - 1
"""The largest value of a graph."""


# Inputs


@frozen
class Given:
    """An input of a case, with the values to try."""

    kind: Kind
    interval: Interval
    tried: tuple[Cell, ...]


def edges(low: int, high: int) -> list[int]:
    """Return the integers of an interval that are most likely to go wrong."""
    near = [0, 2**31, 2**53, 2**61, low, high]
    around = {sign * (each + by) for each in near for by in (-1, 0, 1) for sign in (-1, 1)}
    return sorted(each for each in around if low <= each <= high)


def integer(low: int, high: int, *more: int, only: Sequence[int] = ()) -> Given:
    """Give integers: the edges of the interval and more, or only some."""
    return Given("integer", Interval(low, high), (*(only or edges(low, high)), *more))


def truth() -> Given:
    """Give a truth."""
    return Given("truth", Interval(0, 1), (0, 1))


def text(*tried: str) -> Given:
    """Give a text: there, or missing."""
    return Given("text", Interval(0, 0, missing=True), (*(tried or ("0",)), None))


def optional(given: Given) -> Given:
    """Let an input be missing."""
    interval = Interval(given.interval.low, given.interval.high, missing=True)
    return Given(given.kind, interval, (*given.tried, None))


# Cases


@frozen
class Case:
    """One operation over inputs of its own; a fold over the rows of a table of its own too.

    `build` takes the graph, for a fold the number of the table, the inputs and the columns.
    """

    op: Op
    inputs: tuple[Given, ...]
    build: Callable[..., Value]
    columns: tuple[Given, ...] = ()
    #: The fewest and the most rows.
    sizes: tuple[int, int] = (0, 0)

    def variants(self) -> Iterator[Case]:
        """Yield the case with every choice of which inputs can be missing, and no rows."""
        ways = [
            [given] if given.interval.missing else [given, optional(given)]
            for given in (*self.inputs, *self.columns)
        ]
        fewest, most = self.sizes
        cut = len(self.inputs)
        for sizes in sorted({(0, most), (fewest, most)}):
            for chosen in product(*ways):
                yield evolve(self, inputs=chosen[:cut], columns=chosen[cut:], sizes=sizes)

    def tried(self) -> list[tuple[Cell, ...]]:
        """Return the cells of the inputs to try."""
        return list(product(*(given.tried for given in self.inputs)))

    def rows(self, sizes: Sequence[int]) -> list[list[tuple[Cell, ...]]]:
        """Return tables of these sizes, many with rows that are the same."""
        chance = random.Random(repr(self.columns))
        rows = list(product(*(given.tried for given in self.columns)))
        chance.shuffle(rows)
        tables: list[list[tuple[Cell, ...]]] = []
        for place, size in enumerate(sizes):
            few = [rows[place % len(rows)]] if place % 3 else chance.sample(rows, min(len(rows), 3))
            tables.append(chance.choices(few if place % 2 else rows, k=size))
        return tables


def constant_first(method: str, number: int) -> Callable[[Graph, Value], Value]:
    """Build an operation on a constant and the input."""
    return lambda graph, a: getattr(graph, method)(graph.constant(number), a)


def constant_last(method: str, number: int) -> Callable[[Graph, Value], Value]:
    """Build an operation on the input and a constant."""
    return lambda graph, a: getattr(graph, method)(a, graph.constant(number))


WIDE = integer(-LIMIT, LIMIT)
HALF = integer(-(2**61), 2**61)
LOW = integer(1 - 2**31, 2**31 - 1)
NARROW = integer(-3, 3, only=range(-3, 4))
FEW = integer(-LIMIT, LIMIT, only=(-LIMIT, 0, 2**53, 2**53 + 1, 2**53 + 2, LIMIT))
FINE = integer(-(2**59), 2**59)
DIVISORS = (1, 2, 3, 7, 10, 36, 10**9, 2**31, 2**53 - 1, 2**53, 2**53 + 1, 2**61, LIMIT)
NEAR_MULTIPLES = [
    sign * (factor * divisor + by)
    for divisor, factor in [(3, 2**60), (36, 2**56 + 1), (10**9, 2**32 + 7), (2**53 + 1, 511)]
    for by in (-1, 0, 1)
    for sign in (-1, 1)
]


def long_steps(half: int) -> list[tuple[int, int]]:
    """Return edges on both sides of 0."""
    return [(7 * step, step * step - 40) for step in range(-half, half + 1)]


def cases() -> list[Case]:
    """Return the cases, at least one for every operation."""
    fixed: list[Case] = [
        Case(Op.CONSTANT, (NARROW,), lambda graph, a: graph.constant(2**61 - 1)),
        Case(Op.CONSTANT, (NARROW,), lambda graph, a: graph.constant(-(2**53) - 1)),
        Case(Op.CONSTANT, (truth(),), lambda graph, a: graph.truth(verdict=True)),
        Case(Op.KNOWN, (text(),), lambda graph, a: graph.known(a)),
        *(
            Case(Op.KNOWN, (optional(each),), lambda graph, a: graph.known(a))
            for each in (WIDE, truth())
        ),
        Case(
            Op.DEFAULT,
            (optional(FEW),),
            lambda graph, a: graph.default(a, graph.constant(-(2**53) - 1)),
        ),
        *(
            Case(Op.DEFAULT, (optional(each), way(each)), lambda graph, a, b: graph.default(a, b))
            for each in (WIDE, truth())
            for way in (lambda given: given, optional)
        ),
        Case(Op.LINEAR, (optional(NARROW),), lambda graph, a: graph.linear(5, [(0, a)])),
        Case(Op.LINEAR, (optional(NARROW),), lambda graph, a: graph.linear(0, [(1, a), (-1, a)])),
        Case(
            Op.LINEAR,
            (optional(integer(0, 0, only=[0])), NARROW),
            lambda graph, a, b: graph.linear(1, [(2**70, a), (2, b)]),
        ),
        Case(
            Op.LINEAR,
            (optional(integer(5, 5, only=[5])), NARROW),
            lambda graph, a, b: graph.linear(-5 * 2**70, [(2**70, a), (2, b)]),
        ),
    ]
    varied: list[Case] = [
        Case(Op.INPUT, (WIDE,), lambda graph, a: a),
        Case(Op.INPUT, (truth(),), lambda graph, a: a),
        Case(Op.LINEAR, (LOW, LOW), lambda graph, a, b: graph.linear(3, [(2, a), (-5, b)])),
        Case(Op.LINEAR, (HALF,), lambda graph, a: graph.linear(-1, [(-1, a)])),
        Case(
            Op.LINEAR,
            (integer(-(2**60), 2**60), integer(-(2**60), 2**60)),
            lambda graph, a, b: graph.linear(0, [(1, a), (-1, b)]),
        ),
        Case(
            Op.LINEAR,
            (integer(2**40, 2**40 + 5), integer(-(2**41), 3 - 2**41)),
            lambda graph, a, b: graph.linear(-(2**80) + 7, [(2**40, a), (3, b)]),
        ),
        Case(
            Op.LINEAR,
            (integer(2**61, LIMIT), integer(2**61, LIMIT), integer(-LIMIT, 1 - 2**61)),
            lambda graph, a, b, c: graph.linear(-(2**62), [(1, a), (1, b), (1, c)]),
        ),
        Case(
            Op.PRODUCT,
            (integer(-(2**30), 2**30), LOW),
            lambda graph, a, b: graph.product(a, b),
        ),
        Case(Op.PRODUCT, (HALF, integer(-1, 1)), lambda graph, a, b: graph.product(a, b)),
        Case(Op.PRODUCT, (LOW,), lambda graph, a: graph.product(a, a)),
        Case(
            Op.QUOTIENT,
            (integer(-LIMIT, LIMIT, *NEAR_MULTIPLES), integer(1, LIMIT, only=DIVISORS)),
            lambda graph, a, b: graph.quotient(a, b),
        ),
        Case(
            Op.QUOTIENT,
            (integer(0, LIMIT, 3 * 2**53 - 1), integer(1, 2**53, only=DIVISORS[:10])),
            lambda graph, a, b: graph.quotient(a, b),
        ),
        Case(
            Op.QUOTIENT,
            (integer(-(2**53), 2**53 - 1), integer(1, LIMIT, only=DIVISORS)),
            lambda graph, a, b: graph.quotient(a, b),
        ),
        Case(
            Op.QUOTIENT,
            (integer(-LIMIT, -5),),
            lambda graph, a: graph.quotient(a, graph.constant(7)),
        ),
        Case(
            Op.QUOTIENT,
            (integer(1, 36, only=range(1, 37)),),
            lambda graph, a: graph.quotient(graph.constant(144403552893600), a),
        ),
        Case(Op.LEAST, (WIDE, WIDE), lambda graph, a, b: graph.least(a, b)),
        Case(Op.GREATEST, (WIDE, WIDE), lambda graph, a, b: graph.greatest(a, b)),
        Case(Op.LESS, (WIDE, WIDE), lambda graph, a, b: graph.less(a, b)),
        Case(Op.AT_MOST, (WIDE, WIDE), lambda graph, a, b: graph.at_most(a, b)),
        Case(Op.EQUAL, (WIDE, WIDE), lambda graph, a, b: graph.equal(a, b)),
        Case(Op.EQUAL, (truth(), truth()), lambda graph, a, b: graph.equal(a, b)),
        Case(
            Op.CHOOSE,
            (truth(), integer(-LIMIT, LIMIT, only=(-LIMIT, 0, LIMIT)), NARROW),
            lambda graph, a, b, c: graph.choose(a, b, c),
        ),
        Case(
            Op.CHOOSE,
            (truth(), truth(), truth()),
            lambda graph, a, b, c: graph.choose(a, b, c),
        ),
        Case(
            Op.CHOOSE,
            (truth(),),
            lambda graph, a: graph.choose(a, graph.constant(LIMIT), graph.constant(-LIMIT)),
        ),
        Case(
            Op.CHOOSE,
            (truth(),),
            lambda graph, a: graph.choose(a, graph.truth(verdict=False), graph.truth(verdict=True)),
        ),
        Case(
            Op.CHOOSE,
            (truth(), FEW),
            lambda graph, a, b: graph.choose(a, graph.constant(2**53 + 1), b),
        ),
        Case(
            Op.CHOOSE,
            (truth(), FEW),
            lambda graph, a, b: graph.choose(a, b, graph.constant(2**53 + 1)),
        ),
        *(
            Case(op, (FEW,), at(op.value, 2**53 + 1))
            for op in (Op.LEAST, Op.GREATEST, Op.LESS, Op.AT_MOST, Op.EQUAL)
            for at in (constant_first, constant_last)
        ),
        Case(
            Op.LOOKUP,
            (integer(0, 5, only=range(6)),),
            lambda graph, a: graph.lookup(a, [0, -1, LIMIT, -LIMIT, 7, 2**53 + 1]),
        ),
        Case(
            Op.LOOKUP,
            (integer(1, 2, only=(1, 2)),),
            lambda graph, a: graph.lookup(a, [2**70, 4, -3, 9]),
        ),
        Case(
            Op.STEPS,
            (WIDE,),
            lambda graph, a: graph.steps(
                a, 1, [(-(2**61), LIMIT), (0, -LIMIT), (1, 0), (2**53 + 1, 5), (LIMIT, 6)]
            ),
        ),
        Case(
            Op.STEPS,
            (NARROW,),
            lambda graph, a: graph.steps(
                a, 2**70, [(-(2**80), 2**70), (-3, 4), (0, 4), (1, -4), (4, 2**70)]
            ),
        ),
        Case(
            Op.STEPS,
            (integer(-90, 90, only=range(-90, 91)),),
            lambda graph, a: graph.steps(a, 17, long_steps(12)),
        ),
        Case(Op.BOTH, (truth(), truth()), lambda graph, a, b: graph.both(a, b)),
        Case(Op.EITHER, (truth(), truth()), lambda graph, a, b: graph.either(a, b)),
        Case(Op.NEGATE, (truth(),), lambda graph, a: graph.negate(a)),
        Case(Op.ONLY, (truth(), WIDE), lambda graph, a, b: graph.only(a, b)),
        Case(Op.ONLY, (truth(), truth()), lambda graph, a, b: graph.only(a, b)),
        Case(
            Op.ONLY,
            (truth(),),
            lambda graph, a: graph.only(a, graph.constant(-(2**53) - 1)),
        ),
        Case(
            Op.ONLY,
            (NARROW,),
            lambda graph, a: graph.only(graph.truth(verdict=False), a),
        ),
    ]
    nothing = Case(
        Op.ONLY,
        (NARROW,),
        lambda graph, a: graph.only(graph.truth(verdict=False), graph.constant(7)),
    )
    varied += folds()
    return [*fixed, nothing, *(variant for case in varied for variant in case.variants())]


def folds() -> list[Case]:
    """Return the cases of folds over rows."""
    simple = [
        Case(
            op,
            (),
            lambda graph, table, a, op=op: getattr(graph, op.value)(table, a),
            columns=(column,),
            sizes=sizes,
        )
        for op, column, sizes in [
            (Op.ROWS_SUM, NARROW, (2, 5)),
            (Op.ROWS_SUM, integer(-(2**60) + 1, 2**60 - 1), (1, 4)),
            (Op.ROWS_SUM, integer(2**58, 2**60 - 1), (1, 4)),
            (Op.ROWS_SUM, integer(-(2**60) + 1, -5), (1, 4)),
            (Op.ROWS_SUM, truth(), (1, 4)),
            *(
                (op, column, (1, 4))
                for op in (Op.ROWS_LEAST, Op.ROWS_GREATEST)
                for column in (WIDE, NARROW, truth())
            ),
            (Op.ROWS_MEDIAN, NARROW, (1, 6)),
            (Op.ROWS_MEDIAN, integer(-(2**60), 2**60), (1, 5)),
        ]
    ]
    trimmed = [
        Case(
            Op.ROWS_TRIMMED,
            (),
            lambda graph, table, a, drop=drop: graph.rows_trimmed(table, a, drop),
            columns=(column,),
            sizes=sizes,
        )
        for drop, column, sizes in [
            (0, NARROW, (1, 3)),
            (1, NARROW, (3, 6)),
            (2, NARROW, (5, 8)),
            (1, FINE, (3, 6)),
            (1, integer(2**58, 2**59), (3, 6)),
            (3, NARROW, (1, 6)),
        ]
    ]
    best = [
        Case(
            Op.ROWS_BEST,
            (),
            lambda graph, table, a, b: graph.rows_best(table, a, b),
            columns=(key, column),
            sizes=(1, 5),
        )
        for key in (text("a", "b", "", "A"), integer(-1, 2, only=(-1, 0, 2)), truth())
        for column in (NARROW, FINE)
    ]
    return [
        *simple,
        *trimmed,
        *best,
        Case(
            Op.ROWS_SUM,
            (),
            lambda graph, table: graph.rows_sum(table, graph.constant(-3)),
            sizes=(1, 4),
        ),
        *(
            # What rows use of the sheet, as it is and beside values of their own.
            Case(op, (NARROW,), fold, sizes=(1, 4))
            for op, fold in [
                (Op.ROWS_SUM, lambda graph, table, a: graph.rows_sum(table, a)),
                (Op.ROWS_TRIMMED, lambda graph, table, a: graph.rows_trimmed(table, a, 1)),
                (Op.ROWS_MEDIAN, lambda graph, table, a: graph.rows_median(table, a)),
                (Op.ROWS_BEST, lambda graph, table, a: graph.rows_best(table, a, a)),
                (
                    Op.ROWS_BEST,
                    lambda graph, table, a: graph.rows_best(table, graph.constant(1), a),
                ),
            ]
        ),
        Case(
            Op.ROWS_GREATEST,
            (NARROW, truth()),
            lambda graph, table, a, b, c: graph.rows_greatest(
                table, graph.choose(b, graph.product(a, c), graph.linear(3, [(2, c)]))
            ),
            columns=(NARROW,),
            sizes=(1, 4),
        ),
        Case(
            Op.ROWS_SUM,
            (),
            lambda graph, table, a, b: graph.rows_sum(table, graph.only(a, b)),
            columns=(truth(), NARROW),
            sizes=(1, 4),
        ),
        Case(
            Op.ROWS_SUM,
            (),
            lambda graph, table, a: graph.rows_sum(
                table, graph.choose(graph.known(a), graph.constant(2), graph.constant(-1))
            ),
            columns=(text("a", ""),),
            sizes=(1, 4),
        ),
    ]


CASES = cases()


@frozen
class Bench:
    """Cases side by side in one graph, each with sheets that run through its own inputs."""

    cases: Sequence[Case]
    graph: Graph
    roots: list[Value]
    sheets: list[Sheet]

    @classmethod
    def of(cls, chosen: Sequence[Case]) -> Bench:
        """Lay the cases out; one with fewer sheets starts again.

        Those with the same number of rows share a table, since every table is a join.
        """
        graph = Graph()
        roots: list[Value] = []
        size = max(len(case.tried()) for case in chosen)
        size = max(size, 150 if any(case.op in FOLDS for case in chosen) else 0)
        sheets = [Sheet([], {}) for _ in range(size)]
        tables: dict[tuple[int, int], int] = {}
        for number, case in enumerate(chosen):
            table = None
            if case.op in FOLDS:
                table = tables.get(case.sizes)
                if table is None:
                    table = graph.declare_table(TableInput(f"case{number}.t", *case.sizes))
                    tables[case.sizes] = table
                    for sheet, length in zip(sheets, lengths(case.sizes, size), strict=True):
                        sheet.tables[table] = [{} for _ in range(length)]
            places = [
                *((each, None) for each in case.inputs),
                *((each, table) for each in case.columns),
            ]
            first = len(graph.inputs)
            values = [
                graph.input(Input(f"case{number}.{place}", given.kind, given.interval, of_rows))
                for place, (given, of_rows) in enumerate(places)
            ]
            roots.append(case.build(graph, *([] if table is None else [table]), *values))
            tried = case.tried()
            for place, sheet in enumerate(sheets):
                sheet.cells.extend([*tried[place % len(tried)], *(None for _ in case.columns)])
            if table is not None:
                rows = case.rows([len(sheet.tables[table]) for sheet in sheets])
                for sheet, each in zip(sheets, rows, strict=True):
                    for row, cells in zip(sheet.tables[table], each, strict=True):
                        row |= dict(enumerate(cells, first + len(case.inputs)))
        return cls(chosen, graph, roots, sheets)


def lengths(sizes: tuple[int, int], count: int) -> list[int]:
    """Return how many rows so many sheets have: the fewest, the most, and between."""
    chance = random.Random(repr(sizes))
    fewest, most = sizes
    return [(fewest, most, chance.randint(fewest, most))[place % 3] for place in range(count)]


@pytest.fixture(scope="module", params=["without tables", "folds"])
def bench(request: pytest.FixtureRequest) -> Bench:
    """Lay out all cases, those without tables apart: columns take another way for them."""
    folds = request.param == "folds"
    return Bench.of([case for case in CASES if (case.op in FOLDS) == folds])


@pytest.fixture(scope="module")
def expected(bench: Bench) -> list[list[Found]]:
    """Work out every sheet by the oracle."""
    values = reachable(bench.roots)
    sheets = (cells(values, sheet) for sheet in bench.sheets)
    return [[found[root.index] for root in bench.roots] for found in sheets]


# Sheets

AS_FOUND: dict[Kind, Callable[[Any], object]] = {"integer": int, "truth": bool, "text": str}


def finding(declared: Input, cell: Cell) -> Any:
    """Return a cell as sheets have it."""
    return None if cell is None else AS_FOUND[declared.kind](cell)


def scorer(graph: Graph, roots: Sequence[Value]) -> Callable[[Sheet], tuple[Any, ...]]:
    """Return the generated function, from a sheet to the values of the roots."""
    inputs = graph.inputs
    columns = {
        number: [place for place, each in enumerate(inputs) if each.table == number]
        for number, _ in enumerate(graph.tables)
    }
    function = compute(roots, len(inputs), columns) if columns else compute(roots, len(inputs))

    def score(sheet: Sheet) -> tuple[Any, ...]:
        own = [
            finding(each, cell)
            for each, cell in zip(inputs, sheet.cells, strict=True)
            if each.table is None
        ]
        tables = [
            tuple(
                tuple(finding(inputs[place], row[place]) for place in places)
                for row in sheet.tables[number]
            )
            for number, places in columns.items()
        ]
        return function(*own, *tables)

    return score


# Frames

TYPES = {"integer": pa.int64(), "truth": pa.bool_(), "text": pa.string()}


def arrow(
    inputs: Mapping[int, Input], keys: Sequence[object], rows: Sequence[Mapping[int, Cell]]
) -> Any:
    """Return rows as an Arrow table, with `key` before the others."""
    columns = {
        each.name: pa.array([finding(each, row[place]) for row in rows], TYPES[each.kind])
        for place, each in inputs.items()
    }
    named = pa.array(keys, pa.string() if isinstance(next(iter(keys), 0), str) else pa.int64())
    return pa.table({"key": named, **columns})


def of_table(graph: Graph, number: int | None) -> dict[int, Input]:
    """Return the inputs of a table, or of the sheet, by their index."""
    return {place: each for place, each in enumerate(graph.inputs) if each.table == number}


def sheets_table(graph: Graph, sheets: Sequence[Sheet], key: Callable[[int], object] = int) -> Any:
    """Return the sheets as an Arrow table."""
    rows = [dict(enumerate(sheet.cells)) for sheet in sheets]
    return arrow(of_table(graph, None), [key(place) for place, _ in enumerate(sheets)], rows)


def rows_table(
    graph: Graph, number: int, sheets: Sequence[Sheet], key: Callable[[int], object] = int
) -> Any:
    """Return the rows of a table of all sheets in any order, with some of no sheet at all."""
    rows = [
        (place, row) for place, sheet in enumerate(sheets) for row in sheet.tables.get(number, ())
    ]
    rows += [(-1 - place, row) for place, row in rows[:3]]
    random.Random(len(rows)).shuffle(rows)
    return arrow(
        of_table(graph, number), [key(place) for place, _ in rows], [row for _, row in rows]
    )


@pytest.fixture
def framed(request: pytest.FixtureRequest) -> Callable[[str], Callable[[Any], Any]]:
    """Return what turns Arrow tables into frames of a backend."""

    def framing(backend: str) -> Callable[[Any], Any]:
        if backend == "duckdb":
            connection = pytest.importorskip("duckdb").connect()
            return lambda arrow: nw.from_native(connection.from_arrow(arrow))
        return lambda arrow: frame(backend, arrow)

    def frame(backend: str, arrow: Any) -> Any:
        if backend == "pyarrow":
            return nw.from_native(arrow)
        if backend == "pyspark":
            session = request.getfixturevalue("spark")
            with warnings.catch_warnings():
                # PySpark says so of every pandas that it does not know yet; none is used here.
                warnings.filterwarnings("ignore", "PySpark does not yet fully support pandas")
                return nw.from_native(session.createDataFrame(arrow))
        polars = pytest.importorskip("polars")
        whole = polars.from_arrow(arrow)
        return nw.from_native(whole.lazy() if backend == "polars lazy" else whole)

    return framing


def calculated(
    framed: Callable[[Any], Any],
    graph: Graph,
    sheets: Sequence[Sheet],
    roots: Mapping[str, Value],
    key: Callable[[int], object] = int,
) -> list[tuple[Cell, ...]]:
    """Return for each sheet the values of the roots in columns."""
    from rubric_engine.columns import with_values

    used = {value.data[0] for value in reachable(roots.values()) if value.op in FOLDS}
    frame = framed(sheets_table(graph, sheets, key))
    rows = {number: framed(rows_table(graph, number, sheets, key)) for number in used}
    inputs = [each.name for each in graph.inputs]
    if rows:
        result = with_values(frame, inputs, roots, key="key", rows=rows)
    else:
        result = with_values(frame, inputs, roots)
    assert type(result) is type(frame)
    if isinstance(result, nw.LazyFrame):
        result = result.collect("pyarrow")
    own = [each.name for each in of_table(graph, None).values()]
    assert result.columns == ["key", *own, *roots]
    for name, value in roots.items():
        assert result.schema[name] == (nw.Boolean if value.kind == "truth" else nw.Int64)
    columns = [result[name].to_list() for name in roots]
    found = dict(zip(result["key"].to_list(), zip(*columns, strict=True), strict=True))
    assert len(found) == len(result) == len(sheets)
    return [found[key(place)] for place, _ in enumerate(sheets)]


def same(found: object, meant: object) -> bool:
    """Say whether two values are the same; a truth is 0 or 1."""
    return found is meant is None or (found is not None and meant is not None and found == meant)


def compared(chosen: Sequence[object], rows: Sequence[object], found: Any, meant: Any) -> list[Any]:
    """Return what differs, with the case and its row, at most three."""
    return [
        (case, row, one, other)
        for row, ones, others in zip(rows, found, meant, strict=True)
        for case, one, other in zip(chosen, ones, others, strict=True)
        if not same(one, other)
    ][:3]


# Operation by operation

#: The operations that partial evaluation does without a table of functions.
BY_HAND = {Op.CONSTANT, Op.INPUT, Op.KNOWN, *FOLDS}


@pytest.mark.parametrize("op", Op)
def test_every_operation_has_a_meaning_everywhere(op: Op) -> None:
    assert (op in FOLDING) == (op in FOLDS), "tests/operations_oracle.py"
    assert op in MEANING or op in FOLDING, "tests/operations_oracle.py"
    assert op in TRANSFER or op in (Op.CONSTANT, Op.INPUT), "intervals.TRANSFER"
    assert (op in _REBUILD) != (op in BY_HAND), "partial._REBUILD"
    of_op = [case for case in CASES if case.op is op]
    assert of_op, "cases() in tests/test_operations.py"
    bench = Bench.of(of_op[:1])
    assert [root.op for root in bench.roots] == [op]
    scorer(bench.graph, bench.roots)
    assert settled(everything_known(bench.graph, bench.roots, bench.sheets[0]).values[0])
    polars = pytest.importorskip("polars")
    calculated(
        lambda arrow: nw.from_native(polars.from_arrow(arrow)),
        bench.graph,
        bench.sheets,
        {"value": bench.roots[0]},
    )


def test_cases_are_of_the_operation_they_name(bench: Bench) -> None:
    assert [root.op for root in bench.roots] == [case.op for case in bench.cases]


def test_sheets_mean_what_the_oracle_does(bench: Bench, expected: list[list[Found]]) -> None:
    score = scorer(bench.graph, bench.roots)
    found = [score(sheet) for sheet in bench.sheets]
    assert compared(bench.cases, bench.sheets, found, expected) == []


def test_intervals_hold_every_value(bench: Bench, expected: list[list[Found]]) -> None:
    for place, (case, root) in enumerate(zip(bench.cases, bench.roots, strict=True)):
        column = [row[place] for row in expected]
        outside = [cell for cell in column if not root.interval.holds(cell)]
        assert outside == [], case
        assert root.interval.missing == (None in column), case


@pytest.mark.parametrize("backend", BACKENDS)
def test_columns_mean_what_the_oracle_does(
    backend: str,
    bench: Bench,
    expected: list[list[Found]],
    framed: Callable[[str], Any],
) -> None:
    # Spark takes long over so many windows; every operation is among a third of them.
    step = 3 if backend == "pyspark" and bench.graph.tables else 1
    chosen = bench.cases[::step]
    assert {case.op for case in chosen} == {case.op for case in bench.cases}
    roots = {f"value {place}": root for place, root in enumerate(bench.roots[::step])}
    found = calculated(framed(backend), bench.graph, bench.sheets, roots)
    assert compared(chosen, bench.sheets, found, [row[::step] for row in expected]) == []


@pytest.mark.parametrize("backend", [each for each in BACKENDS if each != "pyspark"])
def test_operations_on_rows_mean_what_they_do_on_sheets(
    backend: str, framed: Callable[[str], Any]
) -> None:
    def fold(case: Case) -> Case:
        return Case(
            Op.ROWS_LEAST,
            (),
            lambda graph, table, *args: graph.rows_least(table, case.build(graph, *args)),
            columns=case.inputs,
            sizes=(1, 1),
        )

    bench = Bench.of([fold(case) for case in CASES if case.op not in FOLDS])
    values = reachable(bench.roots)
    roots = {f"value {place}": root for place, root in enumerate(bench.roots)}
    found = calculated(framed(backend), bench.graph, bench.sheets, roots)
    score = scorer(bench.graph, bench.roots)
    for sheet, row in zip(bench.sheets, found, strict=True):
        every = cells(values, sheet)
        meant = [every[root.index] for root in bench.roots]
        assert compared(bench.cases, [sheet], [row], [meant]) == []
        assert compared(bench.cases, [sheet], [score(sheet)], [meant]) == []


@pytest.mark.parametrize("backend", [each for each in BACKENDS if each != "pyspark"])
def test_long_tables_are_not_deep(backend: str, framed: Callable[[str], Any]) -> None:
    codes, numbers = range(1200), range(-4300, 4300, 3)
    squares = [code * code - 900 for code in codes]
    long = Bench.of(
        [
            Case(
                Op.LOOKUP,
                (optional(integer(0, codes[-1], only=codes)),),
                lambda graph, a: graph.lookup(a, squares),
            ),
            Case(
                Op.STEPS,
                (optional(integer(-5000, 5000, only=numbers)),),
                lambda graph, a: graph.steps(a, 17, long_steps(600)),
            ),
        ]
    )
    roots = {f"value {place}": root for place, root in enumerate(long.roots)}
    found = calculated(framed(backend), long.graph, long.sheets, roots)
    score = scorer(long.graph, long.roots)
    meant = [score(sheet) for sheet in long.sheets]
    assert compared(list(roots), long.sheets, found, meant) == []


# What is known already


def everything_known(graph: Graph, roots: Sequence[Value], sheet: Sheet) -> Partial:
    """Evaluate values of which every input and every row is known."""
    return specialise(graph, roots, dict(enumerate(sheet.cells)), sheet.tables)


def settled(value: Value) -> bool:
    """Say whether a value is a constant, or missing for sure."""
    return value.op is Op.CONSTANT or (value.op is Op.ONLY and settled(value.args[0]))


def cell_of(value: Value) -> Cell:
    """Return the cell of a settled value."""
    return value.data[0] if value.op is Op.CONSTANT else None


def test_what_is_known_folds_to_what_the_oracle_says() -> None:
    for case in CASES:
        alone = Bench.of([case])
        values = reachable(alone.roots)
        for sheet in alone.sheets[:: 1 + len(alone.sheets) // 40]:
            (value,) = everything_known(alone.graph, alone.roots, sheet).values
            meant = cells(values, sheet)[alone.roots[0].index]
            assert settled(value), (case, sheet)
            assert cell_of(value) == meant, (case, sheet)


# Random graphs

SIZES = [1, 6, 100, 2**31, 2**53 + 1, 2**61]
SOME = st.sampled_from([0, 1, -1, 2, 7, -10, 2**20])


@frozen
class Plan:
    """A random graph, what was asked of it before it made that simpler, and sheets."""

    graph: Graph
    asked: list[Step]
    values: list[Value]
    sheets: list[Sheet]

    def places(self, *, of_rows: bool = False) -> list[int]:
        """Return where the values are that can be roots."""
        return [
            step.place
            for step, value in zip(self.asked, self.values, strict=True)
            if value.kind != "text" and (of_rows or step.table is None)
        ]

    def meant(self, sheet: Sheet, places: Iterable[int]) -> list[Found]:
        """Return what some values were asked to be."""
        found = worked_out(self.asked, sheet)
        return [found[place] for place in places]


class _Planning:
    """Draws one value after the other; those too large or too deep are dropped."""

    def __init__(self, draw: st.DrawFn) -> None:
        self.draw = draw
        self.graph = Graph()
        self.asked: list[Step] = []
        self.values: list[Value] = []
        self.depths: list[int] = []

    def add(
        self,
        op: Op,
        args: tuple[int, ...],
        data: tuple[int, ...],
        value: Value,
        table: int | None = None,
    ) -> None:
        """Keep a value unless it is too large or too deep."""
        depth = 1 + max((self.depths[each] for each in args), default=-1)
        if depth <= 6 and -LIMIT <= value.interval.low and value.interval.high <= LIMIT:
            self.asked.append(Step(len(self.asked), op, args, data, table))
            self.values.append(value)
            self.depths.append(depth)

    def one(
        self, kind: Kind, table: int | None = None, within: Interval | None = None
    ) -> int | None:
        """Draw the place of a value of this kind, whose interval lies within another.

        It is of the sheet, or of the rows of the table.
        """
        places = [
            place
            for place, value in enumerate(self.values)
            if value.kind == kind
            and self.asked[place].table in (None, table)
            and (within is None or within.low <= value.interval.low)
            and (within is None or value.interval.high <= within.high)
        ]
        return self.draw(st.sampled_from(places)) if places else None

    def table(self) -> None:
        """Draw a table and its columns."""
        fewest = self.draw(st.sampled_from([0, 0, 1, 3]))
        most = fewest + self.draw(st.sampled_from([1, 2, 4]))
        number = self.graph.declare_table(TableInput(f"t.{fewest}", fewest, most))
        for _ in range(self.draw(st.integers(1, 3))):
            self.input(number)

    def input(self, table: int | None = None) -> None:
        """Draw an input of the sheet or of a table."""
        kinds: list[Kind] = ["integer", "integer", "truth", "text"]
        kind = self.draw(st.sampled_from(kinds))
        missing = kind == "text" or self.draw(st.booleans())
        interval = Interval(0, int(kind == "truth"), missing)
        if kind == "integer":
            high = self.draw(st.sampled_from(SIZES))
            low = self.draw(st.sampled_from([0, 1, -1, -high, high // 2]))
            interval = Interval(min(low, high), high, missing)
        place = len(self.graph.inputs)
        value = self.graph.input(Input(f"in.{place}", kind, interval, table))
        self.add(Op.INPUT, (), (place,), value, table)

    def constant(self) -> None:
        """Draw a constant, so that every kind has a value."""
        number = self.draw(SOME)
        self.add(Op.CONSTANT, (), (number,), self.graph.constant(number))
        bit = self.draw(st.integers(0, 1))
        self.add(Op.CONSTANT, (), (bit,), self.graph.truth(bool(bit)))

    def step(self) -> None:
        """Draw an operation on what is there."""
        tables = [None, *range(len(self.graph.tables))]
        table = self.draw(st.sampled_from(tables))
        if table is not None and self.draw(st.booleans()):
            self.fold(table)
            return
        op = self.draw(st.sampled_from([op for op in MEANING if op not in NOT_DRAWN]))
        kind: Kind = "integer"
        if op in (Op.BOTH, Op.EITHER, Op.NEGATE):
            kind = "truth"
        elif op in (Op.EQUAL, Op.CHOOSE, Op.DEFAULT, Op.KNOWN, Op.ONLY):
            kind = self.draw(st.sampled_from(["integer", "truth"]))
        count = {Op.LOOKUP: 1, Op.STEPS: 1, Op.NEGATE: 1, Op.KNOWN: 1, Op.CHOOSE: 3}.get(op, 2)
        drawn = [self.one(kind, table) for _ in range(count)]
        if op in (Op.CHOOSE, Op.ONLY):
            drawn[0] = self.one("truth", table)
        elif op is Op.QUOTIENT:
            drawn[1] = self.one("integer", table, Interval(1, LIMIT))
        elif op is Op.LOOKUP:
            drawn[0] = self.one("integer", table, Interval(0, 6))
        elif op is Op.KNOWN and self.draw(st.booleans()):
            drawn = [self.one("text", table)]
        args = tuple(place for place in drawn if place is not None)
        if len(args) == count:
            self.apply(op, args)

    def fold(self, table: int) -> None:
        """Draw a fold over the rows of a table."""
        op = self.draw(st.sampled_from(list(FOLDING)))
        value = self.one("integer", table)
        drop = self.draw(st.integers(0, 2))
        sizes = self.graph.tables[table].fewest, self.graph.tables[table].most
        if value is None:
            return
        if op is Op.ROWS_TRIMMED:
            made = self.graph.rows_trimmed(table, self.values[value], drop)
            self.add(op, (value,), (table, *sizes, drop), made)
        elif op is Op.ROWS_BEST:
            kinds: list[Kind] = ["text", "integer", "truth"]
            key = self.one(self.draw(st.sampled_from(kinds)), table)
            if key is not None:
                made = self.graph.rows_best(table, self.values[key], self.values[value])
                self.add(op, (key, value), (table, *sizes), made)
        else:
            made = getattr(self.graph, op.value)(table, self.values[value])
            self.add(op, (value,), (table, *sizes), made)

    def apply(self, op: Op, args: tuple[int, ...]) -> None:
        """Build the operation as its method does."""
        values = [self.values[each] for each in args]
        if op is Op.LINEAR:
            data = tuple(self.draw(st.lists(SOME, min_size=3, max_size=3)))
            value = self.graph.linear(data[0], zip(data[1:], values, strict=True))
        elif op is Op.LOOKUP:
            size = values[0].interval.high + 1
            data = tuple(self.draw(st.lists(SOME, min_size=size, max_size=size)))
            value = self.graph.lookup(values[0], data)
        elif op is Op.STEPS:
            size = self.draw(st.sampled_from([1, 2, 10]))
            rising = st.lists(st.integers(-3, 30) | SOME, min_size=size, max_size=size, unique=True)
            at = sorted(self.draw(rising))
            amounts = self.draw(st.lists(SOME, min_size=size, max_size=size))
            pairs = list(zip(at, amounts, strict=True))
            data = (self.draw(SOME), *(number for pair in pairs for number in pair))
            value = self.graph.steps(values[0], data[0], pairs)
        else:
            data = ()
            value = getattr(self.graph, op.value)(*values)
        tables = {self.asked[each].table for each in args} - {None}
        self.add(op, args, data, value, next(iter(tables), None))

    def sheet(self) -> Sheet:
        """Draw what is found about one assessee."""
        inputs = self.graph.inputs
        own = [None if each.table is not None else self.draw(cell(each)) for each in inputs]
        tables = {}
        for number, each in enumerate(self.graph.tables):
            row = st.fixed_dictionaries(
                {place: cell(each) for place, each in of_table(self.graph, number).items()}
            )
            some = self.draw(st.lists(row, min_size=each.fewest, max_size=each.most))
            # Rows that are the same are the likeliest to be counted wrongly.
            if some and len(some) < each.most and self.draw(st.booleans()):
                some.append(some[0])
            tables[number] = some
        return Sheet(own, tables)


#: `plans` draws these otherwise.
NOT_DRAWN = (Op.INPUT, Op.CONSTANT)


def cell(declared: Input) -> st.SearchStrategy[Cell]:
    """Draw a value of an input."""
    if declared.kind == "text":
        return st.sampled_from([None, "a", "b", "", "A", "a ", "\u00e9", "e\u0301"])
    low, high = declared.interval.low, declared.interval.high
    there = st.sampled_from(edges(low, high)) | st.integers(low, high)
    return st.none() | there if declared.interval.missing else there


@st.composite
def plans(draw: st.DrawFn, sheets: int) -> Plan:
    """Draw a random graph with sheets."""
    planning = _Planning(draw)
    for _ in range(draw(st.integers(1, 4))):
        planning.input()
    for _ in range(draw(st.integers(0, 2))):
        planning.table()
    planning.constant()
    for _ in range(draw(st.integers(1, 16))):
        planning.step()
    drawn = [planning.sheet() for _ in range(sheets)]
    return Plan(planning.graph, planning.asked, planning.values, drawn)


def spread(found: Any, meant: Found) -> tuple[Any, Any]:
    """Return what was found and what was meant as lists for values of rows."""
    if isinstance(meant, list):
        return list(found) if isinstance(found, tuple) else [found] * len(meant), meant
    return [found], [meant]


def assert_same(found: Any, meant: Found, *about: object) -> None:
    """Compare a value of a sheet, or those of the rows of a table."""
    ones, others = spread(found, meant)
    assert len(ones) == len(others), about
    assert all(map(same, ones, others)), (found, meant, *about)


@settings(max_examples=4 * settings.default.max_examples)
@given(plans(sheets=6))
def test_random_graphs_mean_what_was_asked(plan: Plan) -> None:
    places = plan.places(of_rows=True)
    values = [plan.values[place] for place in places]
    everything, last = scorer(plan.graph, values), scorer(plan.graph, values[-1:])
    for sheet in plan.sheets:
        meant = plan.meant(sheet, places)
        simplified = cells(reachable(values), sheet)
        for value, one, other in zip(values, everything(sheet), meant, strict=True):
            assert_same(one, other, value)
            found = simplified[value.index]
            assert_same(tuple(found) if isinstance(found, list) else found, other, value)
            for each in other if isinstance(other, list) else [other]:
                assert value.interval.holds(each)
        assert_same(last(sheet)[0], meant[-1])


@settings(max_examples=3 * settings.default.max_examples)
@given(plans(sheets=3))
def test_random_graphs_fold_to_constants_where_all_is_known(plan: Plan) -> None:
    places = plan.places(of_rows=True)
    values = [plan.values[place] for place in places]
    for sheet in plan.sheets:
        partial = everything_known(plan.graph, values, sheet)
        for value, one, other in zip(
            values, partial.values, plan.meant(sheet, places), strict=True
        ):
            several = one if isinstance(one, list) else [one]
            assert all(map(settled, several)), value
            found = tuple(map(cell_of, several))
            assert_same(found if isinstance(one, list) else found[0], other, value)
        assert partial.open_inputs(each for each in flat(partial.values) if settled(each)) == set()


def flat(values: Iterable[Any]) -> Iterator[Value]:
    """Yield values, those of rows one by one."""
    for each in values:
        yield from each if isinstance(each, list) else [each]


@settings(max_examples=3 * settings.default.max_examples)
@given(plans(sheets=4), st.data())
def test_random_graphs_hold_the_truth_where_something_is_not_known(
    plan: Plan, data: st.DataObject
) -> None:
    graph = plan.graph
    places = plan.places()
    values = [plan.values[place] for place in places]
    own = sorted(of_table(graph, None))
    hidden = data.draw(st.sets(st.sampled_from(own)))
    lost = data.draw(st.sets(st.sampled_from(range(len(graph.tables))))) if graph.tables else set()
    sheet, *others = plan.sheets
    known = {place: sheet.cells[place] for place in own if place not in hidden}
    tables: dict[int, list[dict[int, Any]]] = {}
    for number, rows in sheet.tables.items():
        if number not in lost:
            tables[number] = [
                {
                    place: data.draw(st.sampled_from([cell, cell, UNKNOWN]))
                    for place, cell in row.items()
                }
                for row in rows
            ]
    partial = specialise(graph, values, known, tables)
    truths = plan.meant(sheet, places)
    for value, open_value, truth in zip(values, partial.values, truths, strict=True):
        assert open_value.interval.holds(truth), (value, open_value, truth)
    for other in others:
        # Another sheet that is the same as far as is known; the others are like the first
        # where they do not matter.
        for place, value in enumerate(partial.values):
            rests_on = partial.open_inputs([value])
            mixed = mix(graph, sheet, other, known, tables)
            truth = plan.meant(mixed, places)[place]
            assert value.interval.holds(truth), (values[place], value, truth)
            fixed = mix(graph, sheet, other, known, tables, keep=rests_on)
            assert same(plan.meant(fixed, places)[place], truths[place]), (values[place], rests_on)


def mix(
    graph: Graph,
    sheet: Sheet,
    other: Sheet,
    known: Mapping[int, Cell],
    tables: Mapping[int, Sequence[Mapping[int, Any]]],
    keep: Iterable[int] = (),
) -> Sheet:
    """Return another sheet with what is known of the first, and what is to be kept of it."""
    kept = {*known, *keep}
    own = [sheet.cells[place] if place in kept else cell for place, cell in enumerate(other.cells)]
    mixed: dict[int, Sequence[Mapping[int, Cell]]] = {}
    for number, rows in sheet.tables.items():
        columns = of_table(graph, number)
        if number not in tables:
            mixed[number] = rows if kept & set(columns) else other.tables[number]
            continue
        mixed[number] = [
            {
                place: cell
                if place in kept or seen[place] is not UNKNOWN
                else next((row[place] for row in other.tables[number]), cell)
                for place, cell in row.items()
            }
            for row, seen in zip(rows, tables[number], strict=True)
        ]
    return Sheet(own, mixed)


@pytest.mark.parametrize("backend", ["polars", "polars lazy", "pyarrow", "duckdb"])
@settings(
    max_examples=30,
    deadline=None,
    suppress_health_check=[
        HealthCheck.too_slow,
        HealthCheck.data_too_large,
        # The fixture is a function and keeps nothing between examples.
        HealthCheck.function_scoped_fixture,
    ],
)
@given(plan=plans(sheets=8))
def test_random_graphs_in_columns(backend: str, framed: Callable[[str], Any], plan: Plan) -> None:
    places = plan.places()
    roots = {f"value {place}": plan.values[place] for place in places}
    found = calculated(framed(backend), plan.graph, plan.sheets, roots)
    meant = [plan.meant(sheet, places) for sheet in plan.sheets]
    assert compared(list(roots.values()), plan.sheets, found, meant) == []


# Whole rubrics

HERE = Path(__file__).parent
#: Rubrics of the tests that have tables: once per text and per choice, two tables, periods
#: that end with a date of the sheet, means and trimmed means of rows, and more.
WITH_TABLES = [
    *("rubrics/five-star-branch-110", "rubrics/shaoxing-five-star-community"),
    *("rubrics/jiangsu-environment-credit-12", "rubrics/nyc-restaurant-grade"),
    *("shapes/bonuses", "shapes/periods", "shapes/windows", "shapes/factors"),
    *("orders/O10-trim-then-weight", "orders/O5-highest-then-cap"),
]


def some_cell(declared: Input, chance: random.Random) -> Cell:
    """Return a cell, often one at the edge of what there can be."""
    low, high = declared.interval.low, declared.interval.high
    few = chance.randint(low, min(high, low + 12))
    tried: list[Cell] = [low, high, few, chance.randint(low, high)]
    if declared.kind == "text":
        tried = ["a", "b", "a"]
    return chance.choice([*tried, None] if declared.interval.missing else tried)


def some_sheet(graph: Graph, chance: random.Random) -> Sheet:
    """Return a sheet with few rows in its tables."""
    own = [some_cell(each, chance) if each.table is None else None for each in graph.inputs]
    tables = {}
    for number, each in enumerate(graph.tables):
        size = chance.randint(each.fewest, min(each.most, each.fewest + 4))
        columns = of_table(graph, number)
        tables[number] = [
            {place: some_cell(column, chance) for place, column in columns.items()}
            for _ in range(size)
        ]
    return Sheet(own, tables)


@pytest.mark.parametrize(
    ("backend", "name"),
    [
        *product(QUICK, rubric_names()),
        *product(["polars", "duckdb", "pyarrow"], WITH_TABLES),
        *(("pyspark", name) for name in ["uk-food-hygiene", WITH_TABLES[0], "shapes/windows"]),
    ],
)
def test_rubrics_score_alike_in_sheets_and_columns(
    backend: str, name: str, framed: Callable[[str], Any]
) -> None:
    program = program_of(load(str(HERE / name / "rubric.yaml") if name in WITH_TABLES else name))
    graph = program.lowered.graph
    chance = random.Random(name)
    sheets = [some_sheet(graph, chance) for _ in range(100)]
    score = scorer(graph, program.score_roots)
    meant = [score(sheet) for sheet in sheets]
    roots = {f"score {place}": root for place, root in enumerate(program.score_roots)}
    found = calculated(framed(backend), graph, sheets, roots)
    assert compared(list(roots), sheets, found, meant) == []


# The frame


def test_the_frame_keeps_its_columns_and_takes_no_name_twice() -> None:
    from rubric_engine.columns import with_values

    polars = pytest.importorskip("polars")
    graph = Graph()
    a = graph.input(Input("a", "integer", Interval(0, 9)))
    b = graph.linear(1, [(1, a)])
    c = graph.product(b, b)
    frame = nw.from_native(polars.DataFrame({"_3": ["x"], "__1": [2.5], "a": [4]}))
    roots = {"c": c, "again": a, "seven": graph.constant(7), "d": c}
    result = with_values(frame, ["a"], roots)
    assert result.rows(named=True) == [
        {"_3": "x", "__1": 2.5, "a": 4, "c": 25, "again": 4, "seven": 7, "d": 25}
    ]
    assert with_values(frame, ["a"], {}).columns == frame.columns
    with pytest.raises(ValueError, match="a column 'A' already"):
        with_values(frame, ["a"], {"A": c})
    with pytest.raises(ValueError, match="a column 'D' already"):
        with_values(frame, ["a"], {"d": c, "D": c})


# Tables beside the frame


@frozen
class Staged:
    """Folds over rows whose values rest on other folds, over two tables."""

    graph: Graph
    roots: dict[str, Value]
    sheets: list[Sheet]

    @classmethod
    def of(cls, count: int, *, most: int = 4) -> Staged:
        """Return so many sheets, the first and every fifth without any rows."""
        graph = Graph()
        limit = graph.input(Input("sheet.limit", "integer", Interval(0, 9)))
        own = graph.declare_table(TableInput("a.own", 0, 4))
        number = graph.input(Input("own.x", "integer", Interval(-9, 9, missing=True), own))
        name = graph.input(Input("own.name", "text", Interval(0, 0, missing=True), own))
        other = graph.declare_table(TableInput("a.other", 0, 4))
        weight = graph.input(Input("other.w", "integer", Interval(0, 9), other))
        zero = graph.constant(0)
        lowest = graph.rows_least(own, number)
        # Rows that use a fold over themselves, and rows of another table that use both.
        above = graph.linear(0, [(1, number), (-1, lowest)])
        best = graph.rows_best(own, name, above)
        few = graph.only(graph.less(weight, graph.least(best, limit)), weight)
        middle = graph.rows_median(other, graph.linear(1, [(1, few), (1, best)]))
        total = graph.rows_sum(other, graph.product(weight, graph.default(middle, zero)))
        again = graph.rows_trimmed(own, graph.linear(0, [(1, total), (1, number)]), 1)
        roots = {
            "lowest": lowest,
            "best": best,
            "middle": middle,
            "total": total,
            "again": again,
            "sum.of all": graph.linear(1, [(1, total), (2, graph.default(again, limit))]),
        }
        chance = random.Random(count)
        sheets = []
        for place in range(count):
            sizes = [0, 0] if place % 5 == 0 else [chance.randint(0, most) for _ in range(2)]
            rows = [[number.data[0], name.data[0]], [weight.data[0]]]
            tables = {
                table: [
                    {each: some_cell(graph.inputs[each], chance) for each in columns}
                    for _ in range(size)
                ]
                for table, (size, columns) in enumerate(zip(sizes, rows, strict=True))
            }
            sheets.append(Sheet([chance.randint(0, 9), None, None, None], tables))
        return cls(graph, roots, sheets)

    def meant(self) -> list[list[Found]]:
        """Return what the oracle says."""
        values = reachable(self.roots.values())
        return [
            [found[root.index] for root in self.roots.values()]
            for found in (cells(values, sheet) for sheet in self.sheets)
        ]


@pytest.mark.parametrize("backend", BACKENDS)
def test_folds_rest_on_folds(backend: str, framed: Callable[[str], Any]) -> None:
    staged = Staged.of(60)
    meant = staged.meant()
    found = calculated(framed(backend), staged.graph, staged.sheets, staged.roots, key="s{}".format)
    assert compared(list(staged.roots), staged.sheets, found, meant) == []
    score = scorer(staged.graph, list(staged.roots.values()))
    found = [score(sheet) for sheet in staged.sheets]
    assert compared(list(staged.roots), staged.sheets, found, meant) == []


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize(("count", "most"), [(0, 4), (6, 0)], ids=["no sheets", "no rows"])
def test_tables_may_be_empty(
    backend: str, count: int, most: int, framed: Callable[[str], Any]
) -> None:
    staged = Staged.of(count, most=most)
    found = calculated(framed(backend), staged.graph, staged.sheets, staged.roots)
    assert compared(list(staged.roots), staged.sheets, found, staged.meant()) == []
    assert all(row[:5] == (None, 0, None, 0, None) for row in found)


@pytest.mark.parametrize("backend", ["polars", "pyarrow"])
def test_many_rows_in_threads_stay_with_their_sheet(
    backend: str, framed: Callable[[str], Any]
) -> None:
    from rubric_engine.columns import with_values

    few = Staged.of(500)
    staged = evolve(few, sheets=few.sheets * 100)
    frame = framed(backend)
    result = with_values(
        frame(sheets_table(staged.graph, staged.sheets)),
        [each.name for each in staged.graph.inputs],
        staged.roots,
        key="key",
        rows={table: frame(rows_table(staged.graph, table, staged.sheets)) for table in (0, 1)},
    )
    # An eager frame keeps the order of its rows.
    assert result["key"].to_list() == list(range(len(staged.sheets)))
    found = list(zip(*(result[name].to_list() for name in staged.roots), strict=True))
    assert compared(list(staged.roots), staged.sheets, found, few.meant() * 100) == []


def awkward(staged: Staged) -> tuple[Any, dict[int, Any]]:
    """Return the sheets and rows as Arrow tables with names and types that make trouble."""
    sheets = sheets_table(staged.graph, staged.sheets, "s{}".format)
    lists = pa.array([[place, None] for place in range(len(sheets))], pa.list_(pa.int64()))
    sheets = sheets.append_column("more.than`one", lists).append_column("_2", lists)
    sheets = sheets.append_column("Plain", pa.array(["x"] * len(sheets)))
    names = ["the.key" if each == "key" else each for each in sheets.column_names]
    rows = {}
    for table in (0, 1):
        found = rows_table(staged.graph, table, staged.sheets, "s{}".format)
        found = found.append_column("sheet.limit", pa.array(["other"] * len(found)))
        columns = ["the.key" if each == "key" else each for each in found.column_names]
        rows[table] = found.rename_columns(columns)
    return sheets.rename_columns(names), rows


@pytest.mark.parametrize("backend", BACKENDS)
def test_the_frame_keeps_its_columns_beside_tables(
    backend: str, framed: Callable[[str], Any]
) -> None:
    from rubric_engine.columns import with_values

    staged = Staged.of(20)
    sheets, rows = awkward(staged)
    frame = framed(backend)
    result = with_values(
        frame(sheets),
        [each.name for each in staged.graph.inputs],
        staged.roots,
        key="the.key",
        rows={table: frame(each) for table, each in rows.items()},
    )
    if isinstance(result, nw.LazyFrame):
        result = result.collect("pyarrow")
    assert result.columns == [*sheets.column_names, *staged.roots]
    columns = {name: result[name].to_list() for name in result.columns}
    order = [columns["the.key"].index(f"s{place}") for place in range(len(sheets))]
    for name in sheets.column_names:
        assert [columns[name][place] for place in order] == sheets[name].to_pylist()
    found = [[columns[name][place] for name in staged.roots] for place in order]
    assert compared(list(staged.roots), staged.sheets, found, staged.meant()) == []


def test_tables_that_cannot_be_joined_are_refused() -> None:
    from rubric_engine.columns import with_values

    polars = pytest.importorskip("polars")
    staged = Staged.of(4)
    graph = staged.graph
    inputs = [each.name for each in graph.inputs]

    def as_polars(arrow: Any) -> Any:
        return nw.from_native(polars.from_arrow(arrow))

    sheets = sheets_table(graph, staged.sheets)
    frame = as_polars(sheets)
    tables = {table: as_polars(rows_table(graph, table, staged.sheets)) for table in (0, 1)}
    lowest = {"lowest": staged.roots["lowest"]}
    assert "lowest" in with_values(frame, inputs, lowest, key="key", rows=tables).columns
    with pytest.raises(ValueError, match="table 0 need `key`"):
        with_values(frame, inputs, lowest)
    with pytest.raises(ValueError, match="table 0 need `key`"):
        with_values(frame, inputs, lowest, rows=tables)
    with pytest.raises(ValueError, match="table 1 need `key`"):
        with_values(frame, inputs, staged.roots, key="key", rows={0: tables[0]})
    with pytest.raises(TypeError, match="the rows of table 0 a LazyFrame"):
        with_values(frame, inputs, lowest, key="key", rows={0: tables[0].lazy()})
    with pytest.raises(TypeError, match="the rows of table 0 a DataFrame"):
        arrow = nw.from_native(rows_table(graph, 0, staged.sheets))
        with_values(frame, inputs, lowest, key="key", rows={0: arrow})
    for keys in ([0, 1, 1, 2], [0, 1, None, 2]):
        repeated = as_polars(sheets.set_column(0, "key", pa.array(keys)))
        with pytest.raises(ValueError, match="repeated-key"):
            with_values(repeated, inputs, lowest, key="key", rows=tables)
    number = graph.input(Input("own.more", "integer", Interval(0, 9), 0))
    with pytest.raises(ValueError, match="'row' has a value for each row of table 0"):
        with_values(frame, inputs, {"row": number}, key="key", rows=tables)
    with pytest.raises(ValueError, match="a column 'KEY' already"):
        with_values(frame, inputs, {"KEY": lowest["lowest"]}, key="key", rows=tables)


def test_folds_that_columns_could_not_hold_are_refused() -> None:
    from rubric_engine.columns import with_values

    polars = pytest.importorskip("polars")
    graph = Graph()
    table = graph.declare_table(TableInput("a.t", 0, 10))
    a = graph.input(Input("a", "integer", Interval(0, 2**60), table))
    frame = nw.from_native(polars.DataFrame({"key": [1], "a": [2]}))
    with pytest.raises(OverflowError, match="too large for columns"):
        with_values(frame, ["a"], {"sum": graph.rows_sum(table, a)}, key="key", rows={0: frame})


def test_values_that_columns_could_not_hold_are_refused() -> None:
    from rubric_engine.columns import with_values

    polars = pytest.importorskip("polars")
    graph = Graph()
    a = graph.input(Input("a", "integer", Interval(0, 2**40)))
    frame = nw.from_native(polars.DataFrame({"a": [4]}))
    with pytest.raises(OverflowError, match="too large for columns"):
        with_values(frame, ["a"], {"square": graph.product(a, a)})


def test_pandas_goes_through_arrow() -> None:
    from rubric_engine.columns import with_values

    pandas = pytest.importorskip("pandas")
    graph = Graph()
    a = graph.input(Input("a", "integer", Interval(0, 9)))
    frame = nw.from_native(pandas.DataFrame({"a": [4]}))
    roots = {"b": graph.linear(1, [(1, a)])}
    with pytest.raises(TypeError, match="Arrow"):
        with_values(frame, ["a"], roots)
    assert with_values(nw.from_native(frame.to_arrow()), ["a"], roots)["b"].to_list() == [5]


def test_the_package_does_without_narwhals() -> None:
    script = "import rubric_engine, sys; rubric_engine.load; print('narwhals' in sys.modules)"
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    command = [sys.executable, "-W", "error", "-c", script]
    found = subprocess.run(command, env=environment, capture_output=True, check=True, text=True)
    assert found.stdout == "False\n"


def test_a_constant_is_compared_with_a_column_that_came_out_the_same_everywhere() -> None:
    """Polars holds such a column as one value, and refused a literal on its left."""
    import narwhals as nw
    import polars as pl

    from rubric_engine.columns import with_values

    graph = Graph()
    given = graph.input(Input("a.n", "integer", Interval(0, 6)))
    floor = graph.greatest(given, graph.constant(1))
    roots = {
        "less": graph.less(graph.constant(1), floor),
        "at_most": graph.at_most(graph.constant(2), floor),
        "equal": graph.equal(graph.constant(3), floor),
        "least": graph.least(graph.constant(4), floor),
    }
    frame = nw.from_native(pl.DataFrame({"n": [0] * 12}, schema={"n": pl.Int64}))
    out = with_values(frame, ["n"], roots).to_native()
    assert out.select(list(roots)).unique().rows() == [(False, False, False, 1)]
