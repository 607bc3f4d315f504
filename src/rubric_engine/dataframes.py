"""Columns over data frames through Narwhals, and which kind of frame goes which way.

Polars is spoken to directly: Narwhals takes Polars' own names for everything used here, and
the plan of a large rubric is built several times as fast.


Backends do not agree on ranks within groups (PyArrow has none), on names with dots in a join
(Spark reads them as paths), or on what a column of a joined frame may be (PyArrow joins no
lists): each stands in one place here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Self, TypeVar

import narwhals as nw
from attrs import evolve, field, frozen

from rubric_engine.columns import Fold, Framing, free_prefix
from rubric_engine.dialect import Engine, Expr, Layer, divided
from rubric_engine.errors import InvalidFrame, Problem
from rubric_engine.sql import Declared, SqlFrames, dialect_of

__all__ = ["DataFrames", "framing_of", "narwhals_engine"]

#: A column that lives as long as a filter.
_KEPT = "kept by the filter"
Frame = TypeVar("Frame", nw.LazyFrame[Any], nw.DataFrame[Any])


def framing_of(frame: Any) -> Framing:
    """Return how columns are added to a Narwhals frame; raises `TypeError` for pandas."""
    if isinstance(frame, Declared):
        return SqlFrames(frame.dialect, list(frame.types))
    if frame.implementation.is_pandas_like() or frame.implementation.is_dask():
        msg = "pandas holds missing integers as floats; pass the frame as an Arrow table"
        raise TypeError(msg)
    columns = frame.collect_schema().names()
    dialect = dialect_of(frame)
    if dialect is not None:
        return SqlFrames(dialect, columns)
    if frame.implementation.is_polars():
        import polars as pl

        return DataFrames(columns, _Expressions(pl, native=True))
    dots_are_paths = frame.implementation.is_spark_like()
    return DataFrames(columns, _Expressions(nw, _widths(frame), dots_are_paths=dots_are_paths))


def _widths(frame: Any) -> tuple[int, ...]:
    """Return the integers to work in: engines that print SQL widen them as they like."""
    return (8, 16, 32, 64) if isinstance(frame, nw.DataFrame) else (64,)


@frozen
class _Expressions:
    """Writes expressions of Narwhals, or of Polars, which has the same names."""

    library: Any
    widths: tuple[int, ...] = (8, 16, 32, 64)
    #: Whether frames are handed over as they are, without Narwhals around them.
    native: bool = field(default=False, kw_only=True)
    #: Whether a dot in a column's name is read as a path unless the name is quoted.
    dots_are_paths: bool = field(default=False, kw_only=True)
    _whole: dict[tuple[int, int], Expr] = field(factory=dict, init=False)

    def column(self, name: str) -> Expr:
        if self.dots_are_paths and ("." in name or "`" in name):
            name = "`" + name.replace("`", "``") + "`"
        return self.library.col(name)

    def whole(self, number: int, bits: int) -> Expr:
        found = self._whole.get((number, bits))
        if found is None:
            found = self.library.lit(number, self.integer(bits))
            self._whole[number, bits] = found
        return found

    def integer(self, bits: int) -> Any:
        """Return the type of integers of a width."""
        return getattr(self.library, f"Int{bits}")

    def truth(self, verdict: bool) -> Expr:  # noqa: FBT001 - the verdict is the point
        return self.library.lit(verdict, self.library.Boolean)

    def text(self, text: str) -> Expr:
        return self.library.lit(text, self.library.String)

    def when(self, condition: Expr, then: Expr, otherwise: Expr | None = None) -> Expr:
        chosen = self.library.when(condition).then(then)
        return chosen if otherwise is None else chosen.otherwise(otherwise)

    def cast(self, number: Expr, bits: int) -> Expr:
        return number.cast(self.integer(bits))

    def real(self, number: Expr) -> Expr:
        return number.cast(self.library.Float64)

    def ratio(self, dividend: Expr, divisor: Expr) -> Expr:
        if self.native:
            # Polars multiplies by the inverse of a divisor that is one value for all rows.
            divisor = dividend * self.double(0.0) + divisor
        return dividend / divisor

    def missing(self, expression: Expr) -> Expr:
        return expression.is_null()

    def there(self, expression: Expr) -> Expr:
        return expression.is_not_null() if self.native else ~expression.is_null()

    def least(self, left: Expr, right: Expr) -> Expr:
        return self.library.min_horizontal(left, right)

    def greatest(self, left: Expr, right: Expr) -> Expr:
        return self.library.max_horizontal(left, right)

    def quotient(self, natural: Expr, divisor: Expr, largest: int) -> Expr:
        return natural // divisor if self.native else divided(self, natural, divisor, largest)

    def every(self, truths: Sequence[Expr]) -> Expr:
        if len(truths) == 1:
            return truths[0]
        options = {} if self.native else {"ignore_nulls": False}
        return self.library.all_horizontal(*truths, **options)

    # What reads cells of any type: see `encode`.

    def typed(self, number: int, dtype: Any) -> Expr:
        return self.library.lit(number, getattr(self.library, type(dtype).__name__))

    def double(self, number: float) -> Expr:
        return self.library.lit(number, self.library.Float64)

    def floor(self, real: Expr) -> Expr:
        return real.floor()

    def from_double(self, real: Expr) -> Expr:
        return real.cast(self.library.Int64)

    def as_double(self, number: Expr) -> Expr:
        return number.cast(self.library.Float64)

    def as_text(self, value: Expr) -> Expr:
        return value.cast(self.library.String)

    def part(self, day: Expr, part: str) -> Expr:
        return getattr(day.dt, part)().cast(self.library.Int64)

    def match(self, text: Expr, numbers: Mapping[str, int], bits: int) -> Expr:
        found: Expr | None = None
        for name, number in reversed(list(numbers.items())):
            found = self.when(text == self.text(name), self.whole(number, bits), found)
        return found

    def contains(self, text: Expr, part: str) -> Expr:
        return text.str.contains(part, literal=True)

    def joined(self, parts: Sequence[Expr]) -> Expr:
        return self.library.concat_str(list(parts))

    def length(self, text: Expr) -> Expr:
        return text.str.len_chars().cast(self.library.Int64)

    def item(self, values: Expr, place: int) -> Expr:
        if self.native:
            return values.list.get(place, null_on_oob=True)
        return values.list.get(place)

    def size(self, values: Expr) -> Expr:
        return values.list.len().cast(self.library.Int64)


def narwhals_engine() -> Engine:
    """Return what writes expressions of Narwhals, whatever frame they are for."""
    return _Expressions(nw)


@frozen
class DataFrames:
    """Opens and closes frames that Narwhals knows."""

    #: The columns of the frame of sheets.
    columns: Sequence[str]
    engine: _Expressions

    def _own(self, frame: Any) -> Any:
        return frame.to_native() if self.engine.native else frame

    @property
    def _prefix(self) -> str:
        return free_prefix(self.columns) + "of"

    def opened(
        self, frame: Any, name: str, used: Sequence[str], key: str | None
    ) -> tuple[_Table, Mapping[str, str]]:
        """Return a table of a caller's frame; see `Framing`.

        Before joins, columns that are not used are left out of an eager frame: joins scramble
        rows, and not every engine joins every type. Those of a lazy one get safe names.
        """
        own, places = self._own(frame), {each: each for each in used}
        if key is None:
            return _Table(self.engine, own), places
        places[key] = key
        if name != "sheets":
            return _Table(self.engine, own.select(*map(self.engine.column, places))), places
        if isinstance(frame, nw.DataFrame):
            _refuse_repeated(frame, key)
            own = own.select(*places).with_row_index(f"{self._prefix}place")
            return _Table(self.engine, own), places
        places = {each: f"{self._prefix}{place}" for place, each in enumerate(self.columns)}
        renamed = (self.engine.column(each).alias(new) for each, new in places.items())
        return _Table(self.engine, own.select(*renamed)), places

    def closed(self, table: _Table, frame: Any, outputs: Layer) -> Any:
        """Return the caller's frame with more columns; an eager one keeps its order."""
        made = table.with_columns(outputs).frame
        place = f"{self._prefix}place"
        present = made.collect_schema().names()
        if place in present:
            made = made.sort(place)
            added = [made.get_column(name) for name in outputs]
            return _wrapped(self._own(frame).with_columns(*added))
        safe = {each: f"{self._prefix}{number}" for number, each in enumerate(self.columns)}
        column = self.engine.column
        kept = [
            column(safe[each]).alias(each) if safe[each] in present else column(each)
            for each in self.columns
        ]
        made = made.select(*kept, *map(column, outputs))
        return _wrapped(made)

    def told(self, table: _Table) -> Any:
        """Return a frame of its own."""
        return _wrapped(table.frame)


def _wrapped(frame: Any) -> Any:
    known = isinstance(frame, nw.DataFrame | nw.LazyFrame)
    return frame if known else nw.from_native(frame)


def _refuse_repeated(frame: nw.DataFrame[Any], key: str) -> None:
    keys = frame.get_column(key)
    if keys.is_null().any() or keys.n_unique() != len(keys):
        raise InvalidFrame([Problem("repeated-key", key, "a key of its own in every row")])


@frozen
class _Table:
    """A frame on the way."""

    engine: _Expressions
    frame: Any

    def with_columns(self, columns: Layer) -> Self:
        if not columns:
            return self
        made = [each.alias(name) for name, each in columns.items()]
        return evolve(self, frame=self.frame.with_columns(*made))

    def select(self, columns: Layer) -> Self:
        made = [each.alias(name) for name, each in columns.items()]
        return evolve(self, frame=self.frame.select(*made))

    def where(self, condition: Expr) -> Self:
        # Narwhals filters by no literal, so the condition is a column first.
        kept = self.with_columns({_KEPT: condition}).frame.filter(self.engine.column(_KEPT))
        return evolve(self, frame=kept.drop(_KEPT))

    def followed(self, others: Sequence[Self]) -> Self:
        """Return the rows of this and of others with the same columns."""
        if not others:
            return self
        frames = [self.frame, *(each.frame for each in others)]
        return evolve(self, frame=self.engine.library.concat(frames, how="vertical"))

    def join(self, other: Self, key: str, *, inner: bool = False) -> Self:
        how = "inner" if inner else "left"
        return evolve(self, frame=self.frame.join(other.frame, on=key, how=how))

    def grouped(self, key: str, folds: Mapping[str, tuple[Fold, str]]) -> Self:
        made = []
        for name, (fold, of) in folds.items():
            column = self.engine.column(of)
            ways = {"sum": column.sum, "least": column.min, "greatest": column.max}
            made.append(ways.get(fold, column.count)().alias(name))
        grouped = self.frame.group_by(key).agg(*made)
        # The sum of integers has a type of the engine's own liking.
        whole = (self.engine.cast(self.engine.column(name), 64).alias(name) for name in folds)
        return evolve(self, frame=grouped.with_columns(*whole))

    def ranked(self, of: str, by: Sequence[str], rank: str, many: str) -> Self:
        if not self.engine.native and self.frame.implementation.is_pyarrow():
            return evolve(self, frame=_ranked_in_arrow(self.frame, of, by, rank, many))
        value, cast = self.engine.column(of), self.engine.cast
        made = [
            cast(value.rank("ordinal").over(*by), 64).alias(rank),
            cast(value.count().over(*by), 64).alias(many),
        ]
        return evolve(self, frame=self.frame.with_columns(*made))


def _ranked_in_arrow(rows: Frame, of: str, by: Sequence[str], rank: str, many: str) -> Frame:
    """Rank within groups from the ranks among all rows, by group and then value.

    These are joined back. A join on a second column of the group would lose what is missing
    there, so with one it is said only which value is the highest: its rank is their number.
    """
    place, first = f"{rank}place", f"{rank}first"
    rows = rows.with_row_index(place, order_by=[*by, of])
    rows = rows.with_columns(nw.when(~nw.col(of).is_null()).then(nw.col(place)).alias(rank))
    if len(by) > 1:
        last = rows.group_by(*by).agg(nw.col(rank).max())
        last = last.select(nw.col(rank), nw.col(rank).alias(many)).drop_nulls()
        return rows.join(last, on=rank, how="left").drop(place)
    counts = rows.group_by(*by).agg(nw.col(rank).min().alias(first), nw.col(of).count().alias(many))
    rows = rows.join(counts, on=by[0])
    counted = nw.col(rank) - nw.col(first) + nw.lit(1, nw.Int64)
    return rows.with_columns(counted.alias(rank)).drop(place, first)
