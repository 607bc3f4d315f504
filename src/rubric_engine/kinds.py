"""The kinds of frames that callers hold, and how each comes in and goes out again.

Polars, PyArrow, DuckDB, PySpark, SQLFrame and Ibis are scored as they are. pandas and Modin
hold missing integers as floats, so their columns go through Arrow; a Dask frame is scored
partition by partition, each as a pandas frame.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import narwhals as nw
from attrs import frozen

from rubric_engine.errors import InvalidFrame, MissingLibrary, Problem

__all__ = ["Way", "entered"]


@frozen
class Way:
    """A caller's frames on the way in, and how results go out."""

    #: Narwhals frames.
    frame: Any
    rows: Mapping[str, Any]
    #: The caller's own frame, where it came through Arrow.
    pandas: Any = None
    #: Whether the caller passed Narwhals frames.
    wrapped: bool = False
    #: The result, where it is already known.
    done: Any = None

    def left(self, frame: Any, added: Sequence[str]) -> Any:
        """Return a result with these new columns as the kind of frame that came in."""
        if self.pandas is None:
            return frame if self.wrapped else frame.to_native()
        # Modin's shallow copy would be the caller's own frame.
        modin = type(self.pandas).__module__.startswith("modin")
        made = self.pandas.copy(deep=modin)
        arrow = frame.to_native()
        for name in added:
            made[name] = _series(self.pandas, arrow.column(name))
        return nw.from_native(made) if self.wrapped else made

    def told(self, frame: Any) -> Any:
        """Return a frame of its own as the kind of frame that came in."""
        if self.pandas is None:
            return frame if self.wrapped else frame.to_native()
        made = frame.to_native().to_pandas()
        if type(self.pandas).__module__.startswith("modin"):
            import modin.pandas

            made = modin.pandas.DataFrame(made)
        return nw.from_native(made) if self.wrapped else made


def entered(frame: Any, rows: Mapping[str, Any] | None, by_part: Callable[[Any], Any]) -> Way:
    """Return how a caller's frames are scored; raises `InvalidFrame` for what is no frame.

    `by_part` does the whole to a pandas frame; it is how a partition of a Dask frame is done.
    """
    wrapped = isinstance(frame, nw.DataFrame | nw.LazyFrame)
    own, more = (
        _wrapped(frame, "frame"),
        {path: _wrapped(each, path) for path, each in (rows or {}).items()},
    )
    kind = own.implementation
    if kind.is_dask():
        if more:
            expected = "frames of another kind: rows cannot be joined partition by partition"
            raise InvalidFrame([Problem("mixed-frames", "rows", expected, "a Dask frame")])
        native = own.to_native()
        done = native.map_partitions(by_part, meta=by_part(native._meta))  # noqa: SLF001 - its way to say what columns there are
        return Way(own, more, wrapped=wrapped, done=nw.from_native(done) if wrapped else done)
    if kind.is_pandas_like():
        tables = {path: _in_arrow(each.to_native(), path) for path, each in more.items()}
        return Way(_in_arrow(own.to_native(), "frame"), tables, own.to_native(), wrapped)
    return Way(own, more, wrapped=wrapped)


def _wrapped(frame: Any, path: str) -> Any:
    try:
        return nw.from_native(frame)
    except TypeError:
        expected = "a data frame, lazy or eager, of a library that Narwhals knows"
        found = f"{type(frame).__module__}.{type(frame).__qualname__}"
        raise InvalidFrame([Problem("wrong-type", path, expected, found)]) from None


def _in_arrow(frame: Any, path: str) -> Any:
    """Return the columns of a pandas frame as a Narwhals frame over Arrow; NaN is missing."""
    try:
        import pyarrow as pa
    except ImportError:
        expected = "pyarrow, through which pandas frames are read"
        raise MissingLibrary([Problem("missing-library", path, expected)]) from None
    columns: dict[str, Any] = {}
    problems: list[Problem] = []
    for place, name in enumerate(frame.columns):
        if not isinstance(name, str) or name in columns:
            found = repr(name)[:60]
            problems.append(Problem("wrong-type", path, "columns named by one text each", found))
            continue
        series = frame.iloc[:, place]
        try:
            columns[name] = pa.Array.from_pandas(series)
        except (pa.ArrowException, TypeError, ValueError):
            # Of no use as a finding; it stays in the caller's frame.
            columns[name] = pa.nulls(len(series), pa.binary())
    if problems:
        raise InvalidFrame(problems)
    return nw.from_native(pa.table(columns))


def _series(frame: Any, column: Any) -> Any:
    """Return a column of Arrow as one of a pandas frame, with its index."""
    import pyarrow as pa

    kind = column.type
    if pa.types.is_integer(kind):
        made = column.cast(pa.int64()).to_pandas(types_mapper=_nullable)
    elif pa.types.is_boolean(kind):
        made = column.to_pandas(types_mapper=_nullable)
    else:
        made = column.to_pandas()
    made.index = frame.index
    return made


def _nullable(kind: Any) -> Any:
    import pandas as pd
    import pyarrow as pa

    return pd.Int64Dtype() if pa.types.is_integer(kind) else pd.BooleanDtype()
