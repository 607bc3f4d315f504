"""Results of any engine, opened for window expressions and closed again as what they were.

Ranks and counts within groups are window expressions. Polars, DuckDB, Spark and what else
Narwhals carries as a lazy SQL engine have them. PyArrow has none, and pandas holds missing
integers as floats: of their frames only the columns that are used go to Polars, through
Arrow, and only the new columns come back.

While a frame is open its columns are called `c0`, `c1` and so on, so that no name of the
caller's is in the way of a column of our own, and no dot is read as a path.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, TypeVar

import narwhals as nw
from attrs import frozen

from rubric_engine.errors import InvalidFrame, MissingLibrary, Problem, nearest_name

__all__ = ["AnyFrame", "Opened", "number", "of_one_kind", "opened", "truth"]

#: A frame of Narwhals, or a native one of any engine that Narwhals knows.
AnyFrame = TypeVar("AnyFrame")

#: Where a row stood; only an eager frame has it.
_PLACE = "place"


def number(value: int) -> nw.Expr:
    """Return a whole number as a literal of 64 bits."""
    return nw.lit(value, nw.Int64)


def truth(value: bool) -> nw.Expr:  # noqa: FBT001 - the truth is what it is about
    """Return a truth as a literal."""
    return nw.lit(value, nw.Boolean)


@frozen
class Opened:
    """A frame ready for window expressions, and the way back."""

    #: The columns that are used, under names of our own; of a lazy frame all columns.
    frame: nw.DataFrame[Any] | nw.LazyFrame[Any]
    #: Where a column of the caller's is found in `frame`.
    names: Mapping[str, str]
    #: The frame as it was handed over.
    whole: nw.DataFrame[Any] | nw.LazyFrame[Any]
    #: Whether it was handed over as a native frame.
    native: bool
    #: The columns without a type of their own: of nothing but missing values.
    untyped: frozenset[str] = frozenset()

    @property
    def eager(self) -> bool:
        """Whether the rows can be looked at."""
        return isinstance(self.frame, nw.DataFrame)

    def of(self, column: str) -> nw.Expr:
        """Return a column of the caller's as an expression over `frame`."""
        return nw.col(self.names[column])

    def dtype(self, column: str) -> nw.dtypes.DType:
        """Return the type that a column of the caller's has in `frame`."""
        return self.frame.collect_schema()[self.names[column]]

    def column(self, expression: nw.Expr) -> list[Any]:
        """Return the distinct values of an expression; of an eager frame only."""
        if not isinstance(self.frame, nw.DataFrame):
            msg = "the rows of a lazy frame are not looked at"
            raise TypeError(msg)
        return self.frame.select(expression.alias("value"))["value"].unique().to_list()

    def closed(self, frame: Any, results: Mapping[str, nw.Expr]) -> Any:  # noqa: ANN401 - any engine's
        """Return the caller's frame with more columns, of the kind that it was.

        `frame` is `self.frame` after more columns were added to it, its rows in any order.
        """
        whole = self.whole
        chosen = [each.alias(name) for name, each in results.items()]
        if isinstance(whole, nw.LazyFrame):
            own = [nw.col(safe).alias(name) for name, safe in self.names.items()]
            done: Any = frame.select(*own, *chosen)
        else:
            found = frame.sort(_PLACE).select(*chosen)
            if whole.implementation.is_polars():
                done = whole.with_columns(found.get_column(name) for name in results)
            elif whole.implementation.is_pyarrow():
                done = nw.from_native(_beside_arrow(whole.to_native(), found.to_arrow()))
            else:
                done = nw.from_native(_beside_pandas(whole.to_native(), found.to_arrow()))
        return done.to_native() if self.native else done


def opened(frame: object, used: Iterable[str], added: Iterable[str]) -> Opened:
    """Open a frame for its columns in `used`, to be closed with those in `added`.

    Raises `InvalidFrame` for columns that are not there (`missing-column`), for new ones
    whose name is taken, by a column or twice (`column-taken`; upper and lower case are the
    same, as in several engines), for what is no frame (`wrong-type`) and for Dask, which has
    no ranks within groups (`lazy-frame`); `MissingLibrary` where a frame must go through Polars and
    Polars is not installed.
    """
    native = not isinstance(frame, (nw.DataFrame, nw.LazyFrame))
    whole: Any = _wrapped(frame) if native else frame
    columns = whole.collect_schema().names()
    used = list(dict.fromkeys(used))
    _refuse(columns, used, list(added))
    if whole.implementation.is_dask():
        expected = "a frame of Polars or Arrow: Dask has no ranks within groups"
        raise InvalidFrame([Problem("lazy-frame", "frame", expected, "Dask")])
    if isinstance(whole, nw.LazyFrame):
        names = {name: f"c{place}" for place, name in enumerate(columns)}
        spark = whole.implementation.is_spark_like()
        chosen = [_column(name, spark).alias(safe) for name, safe in names.items()]
        return Opened(whole.select(*chosen), names, whole, native)
    names = {name: f"c{place}" for place, name in enumerate(used)}
    taken = whole.select(nw.col(*used))
    if not whole.implementation.is_polars():
        taken = _in_polars(taken)
    # A column of nothing but nulls can be without a type there; any will do.
    untyped = frozenset(name for name in used if taken.schema[name] == nw.Unknown)
    chosen = [
        (nw.col(name).cast(nw.Int64) if name in untyped else nw.col(name)).alias(safe)
        for name, safe in names.items()
    ]
    return Opened(taken.select(*chosen).with_row_index(_PLACE), names, whole, native, untyped)


def _wrapped(frame: Any) -> Any:  # noqa: ANN401 - a frame of any engine
    try:
        return nw.from_native(frame)
    except TypeError:
        found = type(frame).__name__
        raise InvalidFrame([Problem("wrong-type", "frame", "a data frame", found)]) from None


def of_one_kind(one: Opened, other: Opened) -> None:
    """Refuse two frames of different engines, or one lazy and one not, as `InvalidFrame`."""
    kinds = [f"{type(each.whole).__name__} of {each.whole.implementation}" for each in (one, other)]
    if kinds[0] != kinds[1]:
        raise InvalidFrame([Problem("mixed-frames", "earlier", kinds[0], kinds[1])])


def _refuse(columns: Sequence[str], used: Sequence[str], added: Sequence[str]) -> None:
    problems = [
        Problem("missing-column", name, "a column of the frame", "", nearest_name(name, columns))
        for name in used
        if name not in columns
    ]
    taken = {str(each).casefold() for each in columns}
    for name in added:
        if name.casefold() in taken:
            problems.append(Problem("column-taken", name, "a prefix, or another name"))
        taken.add(name.casefold())
    if problems:
        raise InvalidFrame(problems)


def _column(name: str, dots_are_paths: bool) -> nw.Expr:  # noqa: FBT001 - a property of the engine
    """Return a column of the caller's; Spark reads a dot as a path unless it is quoted."""
    if dots_are_paths and ("." in name or "`" in name):
        name = "`" + name.replace("`", "``") + "`"
    return nw.col(name)


def _in_polars(frame: nw.DataFrame[Any]) -> nw.DataFrame[Any]:
    try:
        import polars as pl
    except ImportError as error:
        lack = f"frames of {frame.implementation} have no exact ranks within groups"
        problem = Problem("missing-library", "polars", "polars, to go through it", lack)
        raise MissingLibrary([problem]) from error
    made: Any = pl.from_arrow(frame.to_arrow(), rechunk=False)
    found: nw.DataFrame[Any] = nw.from_native(made, eager_only=True)
    # pandas hands over its index too.
    return found.select(nw.col(*frame.columns))


def _of_plain_types(table: Any) -> Any:  # noqa: ANN401 - PyArrow is imported on use
    """Return an Arrow table with texts as `string`, whatever kind of text Polars gave."""
    import pyarrow as pa

    texts = (pa.large_string(), pa.string_view())
    kinds = [pa.string() if each in texts else each for each in table.schema.types]
    return table.cast(pa.schema(list(zip(table.column_names, kinds, strict=True))))


def _beside_arrow(whole: Any, found: Any) -> Any:  # noqa: ANN401 - PyArrow is imported on use
    found = _of_plain_types(found)
    for name in found.column_names:
        whole = whole.append_column(name, found[name])
    return whole


def _beside_pandas(whole: Any, found: Any) -> Any:  # noqa: ANN401 - pandas is imported on use
    """Return the frame with whole numbers and truths in nullable types, its index kept."""
    import pandas as pd
    import pyarrow as pa

    kinds = {pa.int64(): pd.Int64Dtype(), pa.bool_(): pd.BooleanDtype()}
    new = _of_plain_types(found).to_pandas(types_mapper=kinds.get)
    # Arrays, not series: those would be matched by their index, which may repeat.
    return whole.assign(**{str(name): new[name].array for name in new.columns})
