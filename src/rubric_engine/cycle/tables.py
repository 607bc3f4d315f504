"""Small tables of a large frame: counted and summed in its engine, exactly.

Only what groups add up to is collected. Sums are of whole numbers, and it is shown
beforehand that they fit 64 bits, so every engine gives the same.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any, TypeAlias, TypeVar

import narwhals as nw
from attrs import field, frozen

from rubric_engine.errors import InvalidEvidence, InvalidFrame, Problem, nearest_name
from rubric_engine.grading import UNRATED
from rubric_engine.places import GradeOrder, as_text
from rubric_engine.windows import Opened, number

__all__ = [
    "LARGEST",
    "Group",
    "Piece",
    "collected",
    "columns_of",
    "grades_of",
    "group_order",
    "group_text",
    "refuse_group",
    "rows_at_most",
    "summed",
    "with_whole",
]

#: What a column that names groups holds: a street, say. None is a group of its own.
Group: TypeAlias = str | int | bool | date | None

#: Codes beside the places of grades, which count from 0.
_UNRATED, _WITHOUT, _UNKNOWN = -1, -2, -3
#: Sums are below it, either way.
LARGEST = 2**63
#: Rows of a lazy frame are counted first where numbers from this on are added.
_LONG = 2**32
_MOST_TOLD = 1_000


@frozen
class Piece:
    """A whole number of each row, or none, to be added up."""

    expression: nw.Expr
    #: It is never beyond this either way.
    bound: int = field(default=1)


def group_order(value: Group) -> tuple[bool, Any]:
    """Return what groups are sorted by; those without a name come last."""
    return (value is None, value)


def refuse_group(opening: Opened, by: str | None) -> None:
    """Refuse a column that engines group differently, as doubles."""
    if by is None:
        return
    kind = opening.dtype(by)
    plain = (nw.String, nw.Boolean, nw.Date, nw.Categorical, nw.Enum)
    if not (kind.is_integer() or any(kind == each for each in plain)):
        expected = "texts, whole numbers, truths or dates"
        raise InvalidFrame([Problem("wrong-dtype", by, expected, str(kind))])


def summed(
    opening: Opened, frame: Any, keys: Mapping[str, nw.Expr], pieces: Mapping[str, Piece]
) -> list[dict[str, Any]]:
    """Return what pieces add up to in each group, as rows of keys, sums and `rows`.

    `frame` is that of `opening`, or one with more columns; the rows come in no order. Nothing
    at all is 0. Raises `InvalidFrame` where a sum could leave 64 bits (`too-wide`).
    """
    _refuse_wide(opening, pieces)
    named = {f"k{place}": each for place, each in enumerate(keys.values())}
    added = {f"p{place}": each.expression for place, each in enumerate(pieces.values())}
    work = frame.with_columns(
        number(1).alias("one"),
        *(each.alias(name) for name, each in {**named, **added}.items()),
    )
    sums = [nw.col(each).sum().alias(each) for each in added]
    found = work.group_by(*(named or ["one"])).agg(*sums, nw.col("one").sum().alias("rows"))
    # DuckDB adds up in 128 bits.
    found = found.with_columns(nw.col(*added, "rows").cast(nw.Int64))
    names = {**dict(zip(named, keys, strict=True)), **dict(zip(added, pieces, strict=True))}
    return [
        {
            **{own: row[name] if name in named else row[name] or 0 for name, own in names.items()},
            "rows": row["rows"],
        }
        for row in collected(found)
    ]


def collected(frame: Any) -> list[dict[str, Any]]:
    """Return the rows of a small frame."""
    eager = frame.collect() if isinstance(frame, nw.LazyFrame) else frame
    return list(eager.rows(named=True))


def rows_at_most(opening: Opened, bound: int) -> int:
    """Return how many rows there are at most; a lazy frame is counted for large numbers only."""
    frame: Any = opening.frame
    if opening.eager:
        return len(frame)
    if bound < _LONG:
        return _LONG // 2
    return int(collected(frame.select(nw.len().alias("rows")))[0]["rows"])


def _refuse_wide(opening: Opened, pieces: Mapping[str, Piece]) -> None:
    bound = max((each.bound for each in pieces.values()), default=1)
    most = max(rows_at_most(opening, bound), 1)
    problems = [
        Problem("too-wide", name, f"sums of {most} rows below 2**63", str(each.bound))
        for name, each in pieces.items()
        if each.bound * most >= LARGEST
    ]
    if problems:
        raise InvalidFrame(problems)


def _coded(opening: Opened, order: GradeOrder, column: str) -> nw.Expr:
    """Return the places of grades, and codes below 0 for no grade, and for none that is known."""
    text = as_text(opening, column)
    rated = order.found(text)
    unrated = nw.when(text == nw.lit(UNRATED, nw.String)).then(number(_UNRATED))
    code = unrated.otherwise(number(_UNKNOWN))
    other = nw.when(text.is_null()).then(number(_WITHOUT)).otherwise(code)
    return nw.when(rated.is_null()).then(other).otherwise(rated)


def grades_of(
    opening: Opened, order: GradeOrder, columns: Sequence[str], by: str | None
) -> list[dict[str, Any]]:
    """Return how many rows of each group hold which grades: `by`, the columns, and `rows`.

    A grade is its name, "unrated", or None. Raises `InvalidEvidence` for texts that name none
    (`unknown-grade`).
    """
    refuse_group(opening, by)
    codes = {column: _coded(opening, order, column) for column in columns}
    keys = {"by": number(0) if by is None else opening.of(by), **codes}
    found = summed(opening, opening.frame, keys, {})
    problems: list[Problem] = []
    for column, code in codes.items():
        if any(row[column] == _UNKNOWN for row in found):
            problems += _unknown(opening, order, column, code)
    if problems:
        raise InvalidEvidence(problems)
    names = {**dict(enumerate(order.names)), _UNRATED: UNRATED, _WITHOUT: None}
    return [
        {
            "by": None if by is None else row["by"],
            **{column: names[row[column]] for column in columns},
            "rows": row["rows"],
        }
        for row in found
    ]


def _unknown(opening: Opened, order: GradeOrder, column: str, code: nw.Expr) -> Iterable[Problem]:
    text = as_text(opening, column)
    whole: Any = opening.frame
    told = whole.select(code.alias("code"), text.alias("text"))
    told = told.filter(nw.col("code") == number(_UNKNOWN)).select("text").unique()
    known = {*order.names, UNRATED}
    for row in sorted(row["text"] for row in collected(told))[:_MOST_TOLD]:
        expected = ", ".join(order.names)
        yield Problem("unknown-grade", column, expected, row, nearest_name(row, known))


_Whole = TypeVar("_Whole")


def with_whole(whole: _Whole, groups: Iterable[_Whole]) -> list[tuple[str, _Whole]]:
    """Return the whole, told as "all", and after it what is told of each "group"."""
    return [("all", whole), *(("group", each) for each in groups)]


def group_text(group: Group) -> str | None:
    """Return a group as a text; None stays."""
    return None if group is None else str(group)


def columns_of(
    columns: Sequence[tuple[str, Any]], rows: Iterable[Sequence[Any]], backend: str
) -> Any:
    """Return a frame of a library from the names and types of columns, and rows."""
    found = list(rows)
    values = {name: [row[at] for row in found] for at, (name, _) in enumerate(columns)}
    if backend in ("pandas", "modin"):
        import pandas as pd

        # Types that hold what is missing.
        kinds = {name: _IN_PANDAS[kind] for name, kind in columns}
        made = pd.DataFrame(
            {name: pd.Series(each, dtype=kinds[name]) for name, each in values.items()}
        )
        if backend == "pandas":
            return made
        import modin.pandas

        return modin.pandas.DataFrame(made)
    library: Any = backend
    return nw.from_dict(values, schema=dict(columns), backend=library).to_native()


_IN_PANDAS: dict[Any, Any] = {
    nw.String: "string",
    nw.Int64: "Int64",
    nw.Float64: "Float64",
    nw.Boolean: "boolean",
}
