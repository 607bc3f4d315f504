"""Frames of results in every engine, made from plain columns and read back."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import pytest

#: Engines, and how many random examples a law is tried on in each.
ENGINES = {
    "polars": 60,
    "polars lazy": 20,
    "pyarrow": 20,
    "pandas numpy": 20,
    "pandas nullable": 15,
    "pandas arrow": 15,
    "duckdb": 12,
    "pyspark": 2,
}
EAGER = [each for each in ENGINES if each.startswith(("pandas", "pyarrow")) or each == "polars"]
LAZY = [each for each in ENGINES if each not in EAGER]

Columns = Mapping[str, tuple[str, Sequence[Any]]]
Framed = Callable[[Columns], Any]


def framing_of(request: pytest.FixtureRequest) -> Callable[[str], Framed]:
    """Return what makes native frames of an engine; a fixture of tests.

    That takes the types and the values of columns.
    """

    def framing(engine: str) -> Framed:
        if engine == "duckdb":
            connection = pytest.importorskip("duckdb").connect()
            return lambda columns: connection.from_arrow(arrow(columns))
        if engine == "pyspark":
            session = request.getfixturevalue("spark")
            return lambda columns: in_spark(session, arrow(columns))
        return lambda columns: framed_here(engine, columns)

    return framing


def arrow(columns: Columns) -> Any:
    """Return an Arrow table."""
    pa = pytest.importorskip("pyarrow")
    return pa.table({name: pa.array(values, kind) for name, (kind, values) in columns.items()})


def in_spark(session: Any, table: Any) -> Any:
    with warnings.catch_warnings():
        # PySpark says so of every pandas that it does not know yet; none is used here.
        warnings.filterwarnings("ignore", "PySpark does not yet fully support pandas")
        return session.createDataFrame(table)


def framed_here(engine: str, columns: Columns) -> Any:
    table = arrow(columns)
    if engine == "pyarrow":
        return table
    if engine.startswith("polars"):
        whole = pytest.importorskip("polars").from_arrow(table)
        return whole.lazy() if engine == "polars lazy" else whole
    pd = pytest.importorskip("pandas")
    if engine == "pandas arrow":
        made = table.to_pandas(types_mapper=pd.ArrowDtype)
    else:
        made = table.to_pandas()
        made = made.convert_dtypes() if engine == "pandas nullable" else made
    # Not the places of the rows, and some twice.
    return made.set_axis([place // 2 + 40 for place in range(len(made))])


def read(frame: Any) -> dict[str, list[Any]]:
    """Return the columns of a native frame."""
    import narwhals as nw

    whole = nw.from_native(frame)
    if isinstance(whole, nw.LazyFrame):
        whole = whole.collect("pyarrow")
    table = whole.to_arrow().select(whole.columns)
    return {str(name): table[name].to_pylist() for name in table.column_names}


def by_key(frame: Any, key: str, names: Sequence[str]) -> dict[Any, tuple[Any, ...]]:
    """Return some columns of a native frame by a key, whatever the order of rows."""
    columns = read(frame)
    rows = zip(*(columns[name] for name in names), strict=True)
    found = dict(zip(columns[key], rows, strict=True))
    assert len(found) == len(columns[key])
    return found
