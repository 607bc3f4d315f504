"""Every operation of a graph, value by value, in all its interpreters."""

from __future__ import annotations

import os
import random
import shutil
import subprocess
import sys
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import product
from typing import Any

import pytest
from attrs import frozen
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from operations_oracle import MEANING, Cell, cells
from rubric_engine import load, rubric_names
from rubric_engine.evaluation import program_of
from rubric_engine.graph import Graph, Input, Kind, Op, Value, reachable
from rubric_engine.intervals import TRANSFER, Interval
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


def text() -> Given:
    """Give a text: there, or missing."""
    return Given("text", Interval(0, 0, missing=True), (0, None))


def optional(given: Given) -> Given:
    """Let an input be missing."""
    interval = Interval(given.interval.low, given.interval.high, missing=True)
    return Given(given.kind, interval, (*given.tried, None))


# Cases


@frozen
class Case:
    """One operation over inputs of its own."""

    op: Op
    inputs: tuple[Given, ...]
    build: Callable[..., Value]

    def variants(self) -> Iterator[Case]:
        """Yield the case with every choice of which inputs can be missing."""
        ways = [
            [given] if given.interval.missing else [given, optional(given)] for given in self.inputs
        ]
        for inputs in product(*ways):
            yield Case(self.op, inputs, self.build)


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
    ]
    return [*fixed, *(variant for case in varied for variant in case.variants())]


CASES = cases()


@frozen
class Bench:
    """Cases side by side in one graph, each with rows that run through its own inputs."""

    graph: Graph
    roots: list[Value]
    rows: list[list[Cell]]

    @classmethod
    def of(cls, chosen: Sequence[Case]) -> Bench:
        """Lay the cases out; one with fewer rows starts again."""
        graph = Graph()
        roots = []
        tried: list[list[tuple[Cell, ...]]] = []
        for number, case in enumerate(chosen):
            inputs = [
                graph.input(Input(f"case{number}.{place}", given.kind, given.interval))
                for place, given in enumerate(case.inputs)
            ]
            roots.append(case.build(graph, *inputs))
            tried.append(list(product(*(given.tried for given in case.inputs))))
        size = max(map(len, tried))
        rows = [
            [cell for each in tried for cell in each[number % len(each)]] for number in range(size)
        ]
        return cls(graph, roots, rows)


@pytest.fixture(scope="module")
def bench() -> Bench:
    """Lay out all cases."""
    return Bench.of(CASES)


@pytest.fixture(scope="module")
def expected(bench: Bench) -> list[list[Cell]]:
    """Work out every row by the oracle."""
    values = reachable(bench.roots)
    rows = (cells(values, row) for row in bench.rows)
    return [[found[root.index] for root in bench.roots] for found in rows]


# Frames

TYPES = {"integer": pa.int64(), "truth": pa.bool_(), "text": pa.string()}


def findings(inputs: Sequence[Input], row: Sequence[Cell]) -> list[object]:
    """Return a row as sheets have it."""
    as_found: dict[Kind, Callable[[int], object]] = {"integer": int, "truth": bool, "text": str}
    return [
        None if cell is None else as_found[each.kind](cell)
        for each, cell in zip(inputs, row, strict=True)
    ]


def table(inputs: Sequence[Input], rows: Sequence[Sequence[Cell]]) -> Any:
    """Return the rows as an Arrow table, with their number in `key`."""
    found = [findings(inputs, row) for row in rows]
    columns = {
        each.name: pa.array([row[place] for row in found], TYPES[each.kind])
        for place, each in enumerate(inputs)
    }
    return pa.table({"key": pa.array(range(len(rows)), pa.int64()), **columns})


@pytest.fixture(scope="session")
def spark() -> Iterator[Any]:
    """Start Spark once."""
    sql = pytest.importorskip("pyspark.sql")
    if shutil.which("java") is None and "JAVA_HOME" not in os.environ:
        pytest.skip("PySpark needs Java")
    builder = sql.SparkSession.builder.master("local[2]").appName("rubric_engine")
    for key, setting in {
        "spark.ui.enabled": "false",
        "spark.sql.shuffle.partitions": "1",
        "spark.default.parallelism": "1",
        "spark.driver.host": "localhost",
        "spark.driver.bindAddress": "127.0.0.1",
        "spark.log.level": "ERROR",
        "spark.ui.showConsoleProgress": "false",
        "spark.python.sql.dataFrameDebugging.enabled": "false",
    }.items():
        builder = builder.config(key, setting)
    session = builder.getOrCreate()
    yield session
    session.stop()


@pytest.fixture
def framed(request: pytest.FixtureRequest) -> Callable[[str, Any], Any]:
    """Return what turns an Arrow table into a frame of a backend."""

    def frame(backend: str, arrow: Any) -> Any:
        if backend == "pyarrow":
            return nw.from_native(arrow)
        if backend == "duckdb":
            duckdb = pytest.importorskip("duckdb")
            return nw.from_native(duckdb.connect().from_arrow(arrow))
        if backend == "pyspark":
            session = request.getfixturevalue("spark")
            with warnings.catch_warnings():
                # PySpark says so of every pandas that it does not know yet; none is used here.
                warnings.filterwarnings("ignore", "PySpark does not yet fully support pandas")
                return nw.from_native(session.createDataFrame(arrow))
        polars = pytest.importorskip("polars")
        whole = polars.from_arrow(arrow)
        return nw.from_native(whole.lazy() if backend == "polars lazy" else whole)

    return frame


def calculated(
    frame: Any, inputs: Sequence[Input], roots: Mapping[str, Value]
) -> dict[str, list[Cell]]:
    """Return the columns of the roots, in the order of the keys."""
    from rubric_engine.columns import with_values

    result = with_values(frame, [each.name for each in inputs], roots)
    assert type(result) is type(frame)
    if isinstance(result, nw.LazyFrame):
        result = result.collect("pyarrow")
    assert result.columns == ["key", *(each.name for each in inputs), *roots]
    for name, value in roots.items():
        assert result.schema[name] == (nw.Boolean if value.kind == "truth" else nw.Int64)
    columns = {name: result[name].to_list() for name in ("key", *roots)}
    order = sorted(range(len(result)), key=columns.pop("key").__getitem__)
    return {name: [column[place] for place in order] for name, column in columns.items()}


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


@pytest.mark.parametrize("op", Op)
def test_every_operation_has_a_meaning_everywhere(op: Op) -> None:
    assert op in MEANING, "tests/operations_oracle.py"
    assert op in TRANSFER or op in (Op.CONSTANT, Op.INPUT), "intervals.TRANSFER"
    of_op = [case for case in CASES if case.op is op]
    assert of_op, "cases() in tests/test_operations.py"
    bench = Bench.of(of_op[:1])
    assert [root.op for root in bench.roots] == [op]
    compute(bench.roots, len(bench.graph.inputs))
    polars = pytest.importorskip("polars")
    frame = nw.from_native(polars.from_arrow(table(bench.graph.inputs, bench.rows)))
    calculated(frame, bench.graph.inputs, {"value": bench.roots[0]})


def test_cases_are_of_the_operation_they_name(bench: Bench) -> None:
    assert [root.op for root in bench.roots] == [case.op for case in CASES]


def test_sheets_mean_what_the_oracle_does(bench: Bench, expected: list[list[Cell]]) -> None:
    score = compute(bench.roots, len(bench.graph.inputs))
    found = [score(*findings(bench.graph.inputs, row)) for row in bench.rows]
    assert compared(CASES, bench.rows, found, expected) == []


def test_intervals_hold_every_value(bench: Bench, expected: list[list[Cell]]) -> None:
    for place, (case, root) in enumerate(zip(CASES, bench.roots, strict=True)):
        column = [row[place] for row in expected]
        outside = [cell for cell in column if not root.interval.holds(cell)]
        assert outside == [], case
        assert root.interval.missing == (None in column), case


@pytest.mark.parametrize("backend", BACKENDS)
def test_columns_mean_what_the_oracle_does(
    backend: str,
    bench: Bench,
    expected: list[list[Cell]],
    framed: Callable[[str, Any], Any],
) -> None:
    roots = {f"value {place}": root for place, root in enumerate(bench.roots)}
    inputs = bench.graph.inputs
    columns = calculated(framed(backend, table(inputs, bench.rows)), inputs, roots)
    found = list(zip(*columns.values(), strict=True))
    assert compared(CASES, bench.rows, found, expected) == []


@pytest.mark.parametrize("backend", [each for each in BACKENDS if each != "pyspark"])
def test_long_tables_are_not_deep(backend: str, framed: Callable[[str, Any], Any]) -> None:
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
    inputs = long.graph.inputs
    roots = {f"value {place}": root for place, root in enumerate(long.roots)}
    columns = calculated(framed(backend, table(inputs, long.rows)), inputs, roots)
    score = compute(long.roots, len(inputs))
    meant = [score(*findings(inputs, row)) for row in long.rows]
    assert compared(list(roots), long.rows, zip(*columns.values(), strict=True), meant) == []


# Random graphs

SIZES = [1, 6, 100, 2**31, 2**53 + 1, 2**61]
SOME = st.sampled_from([0, 1, -1, 2, 7, -10, 2**20])


@frozen
class Planned:
    """A value as it was asked for, before the graph made it simpler."""

    op: Op
    args: tuple[int, ...]
    data: tuple[int, ...]


@frozen
class Plan:
    """A random graph, what was asked of it, and rows of inputs."""

    graph: Graph
    planned: list[Planned]
    values: list[Value]
    rows: list[list[Cell]]

    def meant(self, row: Sequence[Cell]) -> list[Cell]:
        """Return what each value was asked to be."""
        found: list[Cell] = []
        for each in self.planned:
            args = row if each.op is Op.INPUT else [found[place] for place in each.args]
            found.append(MEANING[each.op](args, each.data))
        return found


class _Planning:
    """Draws one value after the other; those too large or too deep are dropped."""

    def __init__(self, draw: st.DrawFn) -> None:
        self.draw = draw
        self.graph = Graph()
        self.planned: list[Planned] = []
        self.values: list[Value] = []
        self.depths: list[int] = []

    def add(self, op: Op, args: tuple[int, ...], data: tuple[int, ...], value: Value) -> None:
        """Keep a value unless it is too large or too deep."""
        depth = 1 + max((self.depths[each] for each in args), default=-1)
        if depth <= 6 and -LIMIT <= value.interval.low and value.interval.high <= LIMIT:
            self.planned.append(Planned(op, args, data))
            self.values.append(value)
            self.depths.append(depth)

    def one(self, kind: Kind, within: Interval | None = None) -> int | None:
        """Draw the place of a value of this kind, whose interval lies within another."""
        places = [
            place
            for place, value in enumerate(self.values)
            if value.kind == kind
            and (within is None or within.low <= value.interval.low)
            and (within is None or value.interval.high <= within.high)
        ]
        return self.draw(st.sampled_from(places)) if places else None

    def input(self) -> None:
        """Draw an input."""
        kinds: list[Kind] = ["integer", "integer", "truth", "text"]
        kind = self.draw(st.sampled_from(kinds))
        missing = kind == "text" or self.draw(st.booleans())
        interval = Interval(0, int(kind == "truth"), missing)
        if kind == "integer":
            high = self.draw(st.sampled_from(SIZES))
            low = self.draw(st.sampled_from([0, 1, -1, -high, high // 2]))
            interval = Interval(min(low, high), high, missing)
        place = len(self.graph.inputs)
        value = self.graph.input(Input(f"in.{place}", kind, interval))
        self.add(Op.INPUT, (), (place,), value)

    def constant(self) -> None:
        """Draw a constant, so that every kind has a value."""
        number = self.draw(SOME)
        self.add(Op.CONSTANT, (), (number,), self.graph.constant(number))
        bit = self.draw(st.integers(0, 1))
        self.add(Op.CONSTANT, (), (bit,), self.graph.truth(bool(bit)))

    def step(self) -> None:
        """Draw an operation on what is there."""
        op = self.draw(st.sampled_from([op for op in Op if op not in (Op.INPUT, Op.CONSTANT)]))
        kind: Kind = "integer"
        if op in (Op.BOTH, Op.EITHER, Op.NEGATE):
            kind = "truth"
        elif op in (Op.EQUAL, Op.CHOOSE, Op.DEFAULT, Op.KNOWN):
            kind = self.draw(st.sampled_from(["integer", "truth"]))
        count = {Op.LOOKUP: 1, Op.STEPS: 1, Op.NEGATE: 1, Op.KNOWN: 1, Op.CHOOSE: 3}.get(op, 2)
        drawn = [self.one(kind) for _ in range(count)]
        if op is Op.CHOOSE:
            drawn[0] = self.one("truth")
        elif op is Op.QUOTIENT:
            drawn[1] = self.one("integer", Interval(1, LIMIT))
        elif op is Op.LOOKUP:
            drawn[0] = self.one("integer", Interval(0, 6))
        elif op is Op.KNOWN and self.draw(st.booleans()):
            drawn = [self.one("text")]
        args = tuple(place for place in drawn if place is not None)
        if len(args) == count:
            self.apply(op, args)

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
        self.add(op, args, data, value)

    def row(self) -> list[Cell]:
        """Draw a row of inputs."""
        return [self.draw(cell(each)) for each in self.graph.inputs]


def cell(declared: Input) -> st.SearchStrategy[Cell]:
    """Draw a value of an input."""
    low, high = declared.interval.low, declared.interval.high
    there = st.sampled_from(edges(low, high)) | st.integers(low, high)
    return st.none() | there if declared.interval.missing else there


@st.composite
def plans(draw: st.DrawFn, rows: int) -> Plan:
    """Draw a random graph with rows of inputs."""
    planning = _Planning(draw)
    for _ in range(draw(st.integers(1, 4))):
        planning.input()
    planning.constant()
    for _ in range(draw(st.integers(1, 14))):
        planning.step()
    drawn = [planning.row() for _ in range(rows)]
    return Plan(planning.graph, planning.planned, planning.values, drawn)


@settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(plans(rows=6))
def test_random_graphs_mean_what_was_asked(plan: Plan) -> None:
    inputs = plan.graph.inputs
    numbers = [value for value in plan.values if value.kind != "text"]
    places = [place for place, value in enumerate(plan.values) if value.kind != "text"]
    everything = compute(numbers, len(inputs))
    last = compute(numbers[-1:], len(inputs))
    for row in plan.rows:
        asked = plan.meant(row)
        meant = [asked[place] for place in places]
        found = everything(*findings(inputs, row))
        assert compared(numbers, [row], [found], [meant]) == []
        assert same(last(*findings(inputs, row))[0], meant[-1])
        simplified = cells(reachable(numbers), row)
        for value, each in zip(numbers, meant, strict=True):
            assert same(simplified[value.index], each)
            assert value.interval.holds(each)


@pytest.mark.parametrize("backend", QUICK)
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
@given(plan=plans(rows=12))
def test_random_graphs_in_columns(
    backend: str, framed: Callable[[str, Any], Any], plan: Plan
) -> None:
    inputs = plan.graph.inputs
    places = [place for place, value in enumerate(plan.values) if value.kind != "text"]
    roots = {f"value {place}": plan.values[place] for place in places}
    columns = calculated(framed(backend, table(inputs, plan.rows)), inputs, roots)
    asked = [plan.meant(row) for row in plan.rows]
    meant = [[row[place] for place in places] for row in asked]
    found = list(zip(*columns.values(), strict=True))
    assert compared(list(roots.values()), plan.rows, found, meant) == []


# Whole rubrics


@pytest.mark.parametrize(
    ("backend", "name"),
    [*product(QUICK, rubric_names()), ("pyspark", "uk-food-hygiene")],
)
def test_rubrics_score_alike_in_sheets_and_columns(
    backend: str, name: str, framed: Callable[[str, Any], Any]
) -> None:
    program = program_of(load(name))
    inputs = program.lowered.graph.inputs
    chance = random.Random(name)
    rows: list[list[Cell]] = []
    for _ in range(100):
        row: list[Cell] = []
        for each in inputs:
            low, high = each.interval.low, each.interval.high
            few = chance.randint(low, min(high, low + 12))
            tried: list[Cell] = [low, high, few, chance.randint(low, high)]
            row.append(chance.choice([*tried, None] if each.interval.missing else tried))
        rows.append(row)
    score = compute(program.score_roots, len(inputs))
    meant = [score(*findings(inputs, row)) for row in rows]
    roots = {f"score {place}": root for place, root in enumerate(program.score_roots)}
    columns = calculated(framed(backend, table(inputs, rows)), inputs, roots)
    found = list(zip(*columns.values(), strict=True))
    assert compared(list(roots), rows, found, meant) == []


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
