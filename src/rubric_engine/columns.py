"""The interpreter of a graph for many sheets: Narwhals expressions over data frames.

`with_values` adds a column for each root to any frame that Narwhals knows, eager or lazy.
Nothing is collected and no row is visited: each layer of the graph is one `with_columns`.

The rows of a table stand in a frame of their own, where values of rows are layers as well.
Graphs with folds come in stages: a stage's folds are grouped by the key of the sheet and
joined to the sheets, and what rows use of a sheet is joined to them in turn.

Backends differ in what they do with nulls, in integer division, and beyond 64 bits, so
only what they agree on is used: `+ - *` and comparisons of 64-bit integers, `when`, and
truths that are never missing where they are combined. Every value of a graph is below
2**62, so the difference of two of one interval fits in 64 bits too; this is what the
proofs below rest on. No part of a sum over rows is beyond what the most rows can add up to.

Nor do they agree on the order of rows (there is none after a join or a group), on the type
of a sum (DuckDB's has 128 bits, and is cast back), on ranks within groups (PyArrow has
none), on names with dots in a join (Spark reads them as paths), or on what a column of a
joined frame may be (PyArrow joins no lists).
"""

from __future__ import annotations

import functools
import operator
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

import narwhals as nw
from attrs import evolve, frozen

from rubric_engine.graph import FOLDS, Op, Value, reachable
from rubric_engine.lower import LARGEST

__all__ = ["with_values"]

Frame = TypeVar("Frame", nw.LazyFrame[Any], nw.DataFrame[Any])
Meaning = Callable[[Value, Sequence[nw.Expr]], nw.Expr]

#: Below it every integer is a double, and a quotient of two rounds down as it should.
_DOUBLES = 2**53


def with_values(
    frame: Frame,
    inputs: Sequence[str],
    roots: Mapping[str, Value],
    *,
    key: str | None = None,
    rows: Mapping[int, Frame] | None = None,
) -> Frame:
    """Return the frame with one more column for each root, named by its key.

    The column `inputs[i]` holds input i of the graph: 64-bit integers, truths, or for a
    text anything that is there or null; in `frame` for an input of the sheet, and for one
    of rows in the frame that `rows` has under the number of its table. Every frame then has
    the column `key`, of one type, which says whose a row is: unique and never null in
    `frame`. Rows stand in any order, those of nobody in `frame` do not matter, and nobody has
    more of them than the table was declared with, which is not looked at. An eager frame
    keeps the order of its rows; of a lazy frame there is none.

    Raises `ValueError` for a name that is taken, for a root with a value for each row of a
    table, for a table without its frame, and for keys of an eager frame that are not unique;
    `OverflowError` for values that 64 bits could not hold; and `TypeError` for frames of
    different kinds, for pandas and for what is built on it, which hold missing integers as
    floats: go through `to_arrow`.
    """
    if frame.implementation.is_pandas_like() or frame.implementation.is_dask():
        msg = "pandas holds missing integers as floats; pass the frame as an Arrow table"
        raise TypeError(msg)
    columns = frame.collect_schema().names()
    taken = {each.casefold() for each in columns}
    _refuse_taken(taken, roots)
    values = reachable(roots.values())
    for each in values:
        if max(-each.interval.low, each.interval.high) >= LARGEST:
            msg = f"a value can be {each.interval}, which is too large for columns"
            raise OverflowError(msg)
    prefix = "_"
    while any(each.startswith(prefix) for each in taken):
        prefix += "_"
    names = _Names(inputs, prefix, frame.implementation.is_spark_like())
    tables = sorted({each.data[0] for each in values if each.op in FOLDS})
    if tables or any(each.table is not None for each in values):
        _refuse_rows(roots)
        whole = _Whole(key or "", columns, roots, values, names)
        return whole.with_roots(frame, _of_rows(frame, key, tables, rows or {}))
    layers = _layers(values)
    for layer in layers:
        frame = frame.with_columns(
            _meaning(value, names).alias(names.temporary(value)) for value in layer
        )
    chosen = [
        names.reference(value).cast(_dtype(value)).alias(name) for name, value in roots.items()
    ]
    return _added(frame, chosen).drop(names.temporary(value) for layer in layers for value in layer)


def _refuse_taken(taken: set[str], roots: Mapping[str, Value]) -> None:
    """Refuse a root's name that is a column's already; several engines ignore case."""
    for name in roots:
        if name.casefold() in taken:
            msg = f"the frame has a column {name!r} already"
            raise ValueError(msg)
        taken.add(name.casefold())


def _refuse_rows(roots: Mapping[str, Value]) -> None:
    for name, value in roots.items():
        if value.table is not None:
            msg = f"{name!r} has a value for each row of table {value.table}, not one for a sheet"
            raise ValueError(msg)


def _of_rows(
    frame: Frame, key: str | None, tables: Sequence[int], rows: Mapping[int, Frame]
) -> dict[int, Frame]:
    """Return the frames of the tables, and refuse what cannot be joined."""
    for number in tables:
        if key is None or number not in rows:
            msg = f"folds over table {number} need `key`, and a frame of its rows in `rows`"
            raise ValueError(msg)
        one, other = rows[number], frame
        if type(one) is not type(other) or one.implementation is not other.implementation:
            kinds = [f"{type(each).__name__} of {each.implementation}" for each in (other, one)]
            msg = f"the sheets are a {kinds[0]}, the rows of table {number} a {kinds[1]}"
            raise TypeError(msg)
    return {number: rows[number] for number in tables}


def _layers(values: Sequence[Value]) -> list[list[Value]]:
    """Return the values to compute, those first that rest on nothing among them."""
    depths: dict[int, int] = {}
    layers: list[list[Value]] = []
    for value in values:
        if value.op in (Op.INPUT, Op.CONSTANT):
            continue
        depth = depths[value.index] = 1 + max(depths.get(each.index, 0) for each in value.args)
        if depth > len(layers):
            layers.append([])
        layers[depth - 1].append(value)
    return layers


@frozen
class _Names:
    """Where the values of a graph are found in the frame."""

    inputs: Sequence[str]
    prefix: str
    #: Whether a dot in a column's name is read as a path unless the name is quoted.
    dots_are_paths: bool
    #: Whether the inputs too stand in columns of our own.
    renamed: bool = False

    def temporary(self, value: Value) -> str:
        """Return the name of a column of our own."""
        return f"{self.prefix}{value.index}"

    def of(self, part: str, value: Value | None = None) -> str:
        """Return the name of another column of our own, for a part of a value's work."""
        return f"{self.prefix}{part}" if value is None else f"{self.prefix}{part}{value.index}"

    def reference(self, value: Value) -> nw.Expr:
        """Return the value as an expression over the frame."""
        if value.op is Op.CONSTANT:
            return _constant(value)
        if value.op is not Op.INPUT or self.renamed:
            return nw.col(self.temporary(value))
        return self.column(self.inputs[value.data[0]])

    def column(self, name: str) -> nw.Expr:
        """Return a column of the caller's."""
        if self.dots_are_paths and ("." in name or "`" in name):
            name = "`" + name.replace("`", "``") + "`"
        return nw.col(name)


@frozen
class _Whole:
    """A graph with folds over the rows of tables, ready to be computed over frames."""

    key: str
    #: The columns of the caller's frame.
    columns: Sequence[str]
    roots: Mapping[str, Value]
    values: Sequence[Value]
    names: _Names

    def with_roots(self, frame: Frame, rows: Mapping[int, Frame]) -> Frame:
        """Return the frame with a column for each root."""
        renamed = evolve(self.names, renamed=True)
        tables: dict[int, Frame] = {}
        for number, each in rows.items():
            tables[number] = each.select(self._own_key(), *self._inputs(number))
        chosen = [
            renamed.reference(value).cast(_dtype(value)).alias(name)
            for name, value in self.roots.items()
        ]
        if isinstance(frame, nw.DataFrame):
            # The caller's columns stay out of the joins: these scramble rows, and not every
            # engine joins every type.
            self._refuse_repeated(frame)
            place = self.names.of("place")
            sheets = frame.select(self._own_key(), *self._inputs(None)).with_row_index(place)
            found = self._staged(sheets, tables, renamed).sort(place)
            found = found.select(nw.col(place), *chosen)
            return frame.with_columns(found.get_column(name) for name in self.roots)
        own = [value for value in self.values if value.op is Op.INPUT and value.table is None]
        safe = {self.names.inputs[each.data[0]]: self.names.temporary(each) for each in own}
        others = [each for each in self.columns if each not in safe]
        safe |= {each: self.names.of(f"other{place}_") for place, each in enumerate(others)}
        sheets = frame.select(
            self._own_key(),
            *self._inputs(None),
            *(self.names.column(each).alias(safe[each]) for each in others),
        )
        kept = [nw.col(safe[each]).alias(each) for each in self.columns]
        return self._staged(sheets, tables, renamed).select(*kept, *chosen)

    def _own_key(self) -> nw.Expr:
        return self.names.column(self.key).alias(self.names.of("key"))

    def _inputs(self, table: int | None) -> list[nw.Expr]:
        """Return the inputs that are used of the sheet, or of the rows of a table."""
        return [
            self.names.reference(value).alias(self.names.temporary(value))
            for value in self.values
            if value.op is Op.INPUT and value.table == table
        ]

    def _refuse_repeated(self, frame: nw.DataFrame[Any]) -> None:
        keys = frame.get_column(self.key)
        if keys.is_null().any() or keys.n_unique() != len(keys):
            msg = f"the key {self.key!r} of the sheets is repeated or missing"
            raise ValueError(msg)

    def _staged(self, sheets: Frame, tables: dict[int, Frame], names: _Names) -> Frame:
        """Add the values of the sheets, stage by stage.

        Rows join the sheets of the first stage that has what they use, so that a lazy plan
        does not hold itself more often than it must.
        """
        stages = _stages(self.values)
        used = _used_by_rows(self.values)
        for stage in range(max(stages.values()) + 1):
            here = [each for each in self.values if stages[each.index] == stage]
            folds = [each for each in here if each.op in FOLDS]
            for number, rows in tables.items():
                over = [each for each in folds if each.data[0] == number]
                if over:
                    sheets = sheets.join(_folded(rows, over, names), names.of("key"), how="left")
            sheets = _added(
                sheets,
                [
                    _or_zero(nw.col(names.temporary(each))).alias(names.temporary(each))
                    for each in folds
                    if each.op in (Op.ROWS_SUM, Op.ROWS_BEST)
                ],
            )
            of_sheets = [each for each in here if each.table is None]
            sheets = _computed(sheets, [each for each in of_sheets if each.op not in FOLDS], names)
            for number, rows in tables.items():
                wanted = [each for each in of_sheets if each in used[number]]
                of_rows = [each for each in here if each.table == number]
                tables[number] = _computed(_joined(rows, sheets, wanted, names), of_rows, names)
        return sheets


def _stages(values: Sequence[Value]) -> dict[int, int]:
    """Return how many folds stand one after the other below a value and in it."""
    stages: dict[int, int] = {}
    for value in values:
        before = max((stages[each.index] for each in value.args), default=0)
        stages[value.index] = before + (value.op in FOLDS)
    return stages


def _used_by_rows(values: Sequence[Value]) -> dict[int, set[Value]]:
    """Return the values of the sheet that the rows of each table, or folds over them, use."""
    used: dict[int, set[Value]] = {each.data[0]: set() for each in values if each.op in FOLDS}
    for value in values:
        number = value.data[0] if value.op in FOLDS else value.table
        if number is not None:
            sheets = (each for each in value.args if each.table is None)
            used[number].update(each for each in sheets if each.op is not Op.CONSTANT)
    return used


def _added(frame: Frame, expressions: Sequence[nw.Expr]) -> Frame:
    """Return the frame with more columns, if any: a lazy frame refuses none."""
    return frame.with_columns(*expressions) if expressions else frame


def _computed(frame: Frame, values: Sequence[Value], names: _Names) -> Frame:
    for layer in _layers(values):
        frame = frame.with_columns(
            _meaning(value, names).alias(names.temporary(value)) for value in layer
        )
    return frame


def _joined(rows: Frame, sheets: Frame, wanted: Sequence[Value], names: _Names) -> Frame:
    """Return the rows with values of the sheet each belongs to; rows of nobody are left out."""
    if not wanted:
        return rows
    key = names.of("key")
    return rows.join(
        sheets.select(nw.col(key), *(nw.col(names.temporary(each)) for each in wanted)), on=key
    )


def _folded(rows: Frame, folds: Sequence[Value], names: _Names) -> Frame:
    """Return folds over the rows of one table, by key."""
    key = names.of("key")
    best = [each for each in folds if each.op is Op.ROWS_BEST]
    rows = rows.select(
        nw.col(key),
        *(_whole_number(each.args[-1], names).alias(names.of("of", each)) for each in folds),
        *(names.reference(each.args[0]).alias(names.of("per", each)) for each in best),
    )
    ordered = [each for each in folds if each.op in _KEPT]
    rows = (
        _ranked_in_arrow(rows, ordered, names)
        if rows.implementation.is_pyarrow()
        else _ranked(rows, ordered, names)
    )
    kept = [_kept(each, names).alias(names.of("kept", each)) for each in ordered]
    rows = _added(rows, kept)
    grouped = rows.group_by(key).agg(*(part for each in folds for part in _parts(each, names)))
    return grouped.select(
        nw.col(key), *(_result(each, names).alias(names.temporary(each)) for each in folds)
    )


def _whole_number(value: Value, names: _Names) -> nw.Expr:
    """Return what a fold goes over; a truth as 0 or 1."""
    found = names.reference(value)
    if value.kind == "truth":
        found = nw.when(found).then(_number(1)).otherwise(_number(0))
        found = _where_known([value], [names.reference(value)], found)
    return found.cast(nw.Int64)


def _ranked(rows: Frame, folds: Sequence[Value], names: _Names) -> Frame:
    """Add for each fold the rank of a value among those known of its key, and their number.

    Ranks count from 1, ties in any order.
    """
    expressions: list[nw.Expr] = []
    for each in folds:
        of, by = nw.col(names.of("of", each)), _grouping(each, names)
        rank, many = of.rank("ordinal").over(*by), of.count().over(*by)
        expressions.append(rank.cast(nw.Int64).alias(names.of("rank", each)))
        expressions.append(many.cast(nw.Int64).alias(names.of("many", each)))
    return _added(rows, expressions)


def _ranked_in_arrow(rows: Frame, folds: Sequence[Value], names: _Names) -> Frame:
    """Do what `_ranked` does from the ranks among all rows, by key and then value.

    These are joined back where a join on the key of the best would lose missing keys.
    """
    place, first = names.of("place"), names.of("first")
    for each in folds:
        of, rank, many = (names.of(part, each) for part in ("of", "rank", "many"))
        by: list[str] = _grouping(each, names)
        rows = rows.with_row_index(place, order_by=[*by, of])
        rows = rows.with_columns(nw.when(_known(nw.col(of))).then(nw.col(place)).alias(rank))
        if each.op is Op.ROWS_BEST:
            last = rows.group_by(*by).agg(nw.col(rank).max())
            last = last.select(nw.col(rank), nw.col(rank).alias(many)).drop_nulls()
            rows = rows.join(last, on=rank, how="left").drop(place)
        else:
            counts = rows.group_by(*by).agg(
                nw.col(rank).min().alias(first), nw.col(of).count().alias(many)
            )
            rows = rows.join(counts, on=names.of("key"))
            rows = rows.with_columns((nw.col(rank) - nw.col(first) + _number(1)).alias(rank))
            rows = rows.drop(place, first)
    return rows


def _grouping(fold: Value, names: _Names) -> list[str]:
    """Return the columns that say which rows a value is ranked among."""
    key = names.of("key")
    return [key, names.of("per", fold)] if fold.op is Op.ROWS_BEST else [key]


def _kept(fold: Value, names: _Names) -> nw.Expr:
    """Return what a row adds to the sum that such a fold is, missing if nothing."""
    return _KEPT[fold.op](fold, [nw.col(names.of(part, fold)) for part in ("of", "rank", "many")])


def _kept_of_trimmed(fold: Value, args: Sequence[nw.Expr]) -> nw.Expr:
    of, rank, many = args
    drop = _number(fold.data[3])
    return nw.when((rank > drop) & (rank <= many - drop)).then(of)


def _kept_of_median(fold: Value, args: Sequence[nw.Expr]) -> nw.Expr:
    """Return the middle value twice, or either of the two in the middle."""
    of, rank, many = args
    twice = rank + rank
    one = nw.when((twice == many) | (twice == many + _number(2))).then(of)
    return nw.when(twice == many + _number(1)).then(of + of).otherwise(one)


#: The folds that are sums of what some rows have by the rank of their value.
_KEPT: dict[Op, Meaning] = {
    Op.ROWS_TRIMMED: _kept_of_trimmed,
    Op.ROWS_MEDIAN: _kept_of_median,
    Op.ROWS_BEST: lambda fold, args: nw.when(args[1] == args[2]).then(args[0]),
}


def _parts(fold: Value, names: _Names) -> list[nw.Expr]:
    """Return what is worked out of a fold for each key."""
    total = names.of("total", fold)
    if fold.op in _KEPT:
        kept = nw.col(names.of("kept", fold))
        return [kept.sum().alias(total), kept.count().alias(names.of("left", fold))]
    of = nw.col(names.of("of", fold))
    extremes = {Op.ROWS_LEAST: of.min(), Op.ROWS_GREATEST: of.max()}
    return [extremes.get(fold.op, of.sum()).alias(total)]


def _result(fold: Value, names: _Names) -> nw.Expr:
    """Return a fold from its parts."""
    total = nw.col(names.of("total", fold)).cast(nw.Int64)
    if fold.op in (Op.ROWS_TRIMMED, Op.ROWS_MEDIAN):
        return nw.when(nw.col(names.of("left", fold)) > _number(0)).then(total)
    return total


def _or_zero(expression: nw.Expr) -> nw.Expr:
    return nw.when(expression.is_null()).then(_number(0)).otherwise(expression)


def _dtype(value: Value) -> type[nw.Boolean | nw.Int64]:
    return nw.Boolean if value.kind == "truth" else nw.Int64


def _constant(value: Value) -> nw.Expr:
    if value.kind == "truth":
        return nw.lit(bool(value.data[0]), nw.Boolean)
    return _number(value.data[0])


def _number(number: int) -> nw.Expr:
    return nw.lit(number, nw.Int64)


def _meaning(value: Value, names: _Names) -> nw.Expr:
    """Return the operation on its arguments; missing if one is, but for the special ones."""
    args = [names.reference(each) for each in value.args]
    if value.op in _SPECIAL:
        special = _SPECIAL[value.op](value, args)
        return special if value.kind == "text" else special.cast(_dtype(value))
    result = _PLAIN[value.op](value, args)
    if value.op not in _ARITHMETIC:
        result = _where_known(value.args, args, result)
    return result.cast(_dtype(value))


def _known(expression: nw.Expr) -> nw.Expr:
    return ~expression.is_null()


def _where_known(values: Sequence[Value], args: Sequence[nw.Expr], result: nw.Expr) -> nw.Expr:
    """Return the result, missing where one of the values that can be missing is."""
    known = [_known(arg) for each, arg in zip(values, args, strict=True) if each.interval.missing]
    return nw.when(*known).then(result) if known else result


def _total(terms: Sequence[nw.Expr]) -> nw.Expr:
    """Add up in pairs of pairs, so that long sums are not deep."""
    while len(terms) > 1:
        pairs = [operator.add(*pair) for pair in zip(terms[::2], terms[1::2], strict=False)]
        terms = [*pairs, *terms[len(terms) - len(terms) % 2 :]]
    return terms[0]


def _linear(value: Value, args: Sequence[nw.Expr]) -> nw.Expr:
    constant, factors = value.data[0], value.data[1:]
    intervals = [each.interval for each in value.args]
    sizes = [max(-each.low, each.high) for each in intervals]
    largest = sum(abs(factor) * size for factor, size in zip(factors, sizes, strict=True))
    if abs(constant) + largest >= LARGEST:
        # Measured from the middle of each argument, every part of the sum is the difference
        # of two values that the whole can have, so none leaves 64 bits.
        middles = [(each.low + each.high) // 2 for each in intervals]
        constant += sum(map(operator.mul, factors, middles))
        args = [arg - _number(middle) for arg, middle in zip(args, middles, strict=True)]
        sizes = [each.high - each.low for each in intervals]
    # Of an argument that is 0 or missing, the factor can be too large for 64 bits.
    factors = tuple(factor if size else 0 for factor, size in zip(factors, sizes, strict=True))
    terms = [
        arg if factor == 1 else arg * _number(factor)
        for factor, arg in zip(factors, args, strict=True)
    ]
    return _total([_number(constant), *terms] if constant or not terms else terms)


def _quotient(value: Value, args: Sequence[nw.Expr]) -> nw.Expr:
    dividend, divisor = args
    interval = value.args[0].interval
    if interval.low >= 0:
        return _natural_quotient(dividend, divisor, interval.high)
    # Below zero, floor(a / d) = -1 - floor((-1 - a) / d), and -1 - a is not.
    negative = dividend < _number(0)
    mirrored = _number(-1) - dividend
    natural = nw.when(negative).then(mirrored).otherwise(dividend)
    quotient = _natural_quotient(natural, divisor, max(interval.high, -1 - interval.low))
    return nw.when(negative).then(_number(-1) - quotient).otherwise(quotient)


def _natural_quotient(n: nw.Expr, d: nw.Expr, largest: int) -> nw.Expr:
    """Return n / d rounded down, for n from 0 to the largest and d from 1.

    Some backends divide as doubles, and some then round towards zero.

    Below 2**53 that is right already: n and d are exact, or d alone is not and the quotient
    is below 1. Let k be the next integer above n / d and 2**e < k <= 2**(e+1). Then
    d·2**e <= d·(k - 1) <= n < 2**53, so n / d, which is at least 1/d below k, is more than
    2**(e-53) below it: half the gap of the doubles there. It is never rounded up to k.

    Above, n / d is off by at most 2**-51 of itself before it is rounded down. So the rest
    n - q·d is between -2**11 and d + 2**11, and q·d below 2**63. Dividing the rest again
    leaves q off by at most 1 either way, and the rest that is then left says which.
    """
    q = (n // d).cast(nw.Int64)
    if largest < _DOUBLES:
        return q
    q = q + ((n - q * d) // d).cast(nw.Int64)
    rest = n - q * d
    above = nw.when(rest >= d).then(_number(1)).otherwise(_number(0))
    return q + nw.when(rest < _number(0)).then(_number(-1)).otherwise(above)


def _choose(value: Value, args: Sequence[nw.Expr]) -> nw.Expr:
    condition, then, otherwise = args
    chosen = nw.when(condition).then(then).otherwise(otherwise)
    return _where_known(value.args[:1], args[:1], chosen)


def _lookup(value: Value, args: Sequence[nw.Expr]) -> nw.Expr:
    """Add up the amounts, each nothing but where the code is its own."""
    codes = value.args[0].interval
    terms = [
        nw.when(args[0] == _number(code)).then(_number(amount)).otherwise(_number(0))
        for code, amount in enumerate(value.data)
        if codes.low <= code <= codes.high and amount
    ]
    return _total(terms or [_number(0)])


def _steps(value: Value, args: Sequence[nw.Expr]) -> nw.Expr:
    """Add up what each edge adds; a part of this sum is the difference of two amounts."""
    number = value.args[0].interval
    reached = value.data[0]
    rises: list[tuple[int, int]] = []
    for edge, amount in zip(value.data[1::2], value.data[2::2], strict=True):
        if edge <= number.low:
            reached, rises = amount, []
        elif edge <= number.high:
            rises.append((edge, amount))
    terms = [_number(reached)]
    for edge, amount in rises:
        rise = nw.when(args[0] >= _number(edge)).then(_number(amount - reached))
        terms.append(rise.otherwise(_number(0)))
        reached = amount
    return _total(terms)


def _both(value: Value, args: Sequence[nw.Expr]) -> nw.Expr:
    return _verdict(value, args, join=operator.and_, deciding=False)


def _either(value: Value, args: Sequence[nw.Expr]) -> nw.Expr:
    return _verdict(value, args, join=operator.or_, deciding=True)


def _verdict(
    value: Value,
    args: Sequence[nw.Expr],
    *,
    join: Callable[[nw.Expr, nw.Expr], nw.Expr],
    deciding: bool,
) -> nw.Expr:
    """Combine two truths; where one is missing, it is known only if the other decides."""
    missing = [
        arg.is_null() for each, arg in zip(value.args, args, strict=True) if each.interval.missing
    ]
    if not missing:
        return join(*args)
    neutral = nw.lit(not deciding, nw.Boolean)
    verdict = join(
        *(
            nw.when(arg.is_null()).then(neutral).otherwise(arg) if each.interval.missing else arg
            for each, arg in zip(value.args, args, strict=True)
        )
    )
    decided = verdict if deciding else ~verdict
    return nw.when(decided | ~functools.reduce(operator.or_, missing)).then(verdict)


def _constants_last(value: Value, args: Sequence[nw.Expr]) -> Sequence[nw.Expr]:
    """Return the arguments of an operation that may swap them, a constant not first.

    Polars compares a literal on the left of a column that it holds as one value for all
    rows to a series of one row, and then refuses it; on the right it does not.
    """
    return args[::-1] if value.args[0].op is Op.CONSTANT else args


def _compared(
    value: Value,
    args: Sequence[nw.Expr],
    straight: Callable[[nw.Expr, nw.Expr], nw.Expr],
    mirrored: Callable[[nw.Expr, nw.Expr], nw.Expr],
) -> nw.Expr:
    compare = mirrored if value.args[0].op is Op.CONSTANT else straight
    return compare(*_constants_last(value, args))


def _extreme(
    value: Value,
    args: Sequence[nw.Expr],
    compare: Callable[[nw.Expr, nw.Expr], nw.Expr],
) -> nw.Expr:
    first, second = _constants_last(value, args)
    return nw.when(compare(first, second)).then(first).otherwise(second)


#: On these, every backend agrees that missing propagates.
_ARITHMETIC = (Op.LINEAR, Op.PRODUCT)

_PLAIN: dict[Op, Meaning] = {
    Op.LINEAR: _linear,
    Op.PRODUCT: lambda value, args: args[0] * args[1],
    Op.QUOTIENT: _quotient,
    Op.LEAST: lambda value, args: _extreme(value, args, operator.lt),
    Op.GREATEST: lambda value, args: _extreme(value, args, operator.gt),
    Op.LOOKUP: _lookup,
    Op.STEPS: _steps,
    Op.LESS: lambda value, args: _compared(value, args, operator.lt, operator.gt),
    Op.AT_MOST: lambda value, args: _compared(value, args, operator.le, operator.ge),
    Op.EQUAL: lambda value, args: _compared(value, args, operator.eq, operator.eq),
    Op.NEGATE: lambda value, args: ~args[0],
}

_SPECIAL: dict[Op, Meaning] = {
    Op.CHOOSE: _choose,
    Op.DEFAULT: lambda value, args: nw.when(args[0].is_null()).then(args[1]).otherwise(args[0]),
    Op.BOTH: _both,
    Op.EITHER: _either,
    Op.KNOWN: lambda value, args: _known(args[0]),
    Op.ONLY: lambda value, args: nw.when(args[0]).then(args[1]),
}
