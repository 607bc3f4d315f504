"""Between sheets and frames: what many sheets are as columns, and the sheets of a frame.

Both ways keep every finding exactly: numbers with decimals are the doubles that
`fields.Number` reads back as what they were.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from fractions import Fraction
from typing import Any

import narwhals as nw
from attrs import frozen

from rubric_engine.errors import InvalidFrame, Problem, nearest_name
from rubric_engine.evaluation import program_of
from rubric_engine.evidence import RECORDED, read_sheet
from rubric_engine.fields import Checklist, Choice, Date, Field, Flag, Rows, Text
from rubric_engine.kinds import entered
from rubric_engine.lower import LoweredField
from rubric_engine.model import Rubric
from rubric_engine.partial import UNKNOWN
from rubric_engine.population import Spelling, declared_paths, spelling

__all__ = ["SheetFrames", "collect_evidence", "to_frame"]

Column = tuple[Any, list[Any]]


@frozen
class SheetFrames:
    """Sheets as frames: one row a sheet, and a frame of rows for each table."""

    frame: Any
    #: By `item.field`; as `evaluate_frame(..., rows=...)` takes them.
    rows: Mapping[str, Any]
    #: The column that says whose a row is, in every frame.
    key: str


def to_frame(
    rubric: Rubric,
    sheets: Mapping[Any, Mapping[str, Any]] | Iterable[Mapping[str, Any]],
    *,
    given: Mapping[str, Any] | None = None,
    key: str = "assessee",
    backend: str = "polars",
) -> SheetFrames:
    """Return sheets as frames of a library: "polars", "pyarrow", "pandas" or "modin".

    `sheets` maps keys to sheets, or is any iterable of them, which are then numbered from 0.
    What a sheet lacks is null. Raises `InvalidEvidence` for a sheet with a wrong finding.
    """
    program = program_of(rubric)
    pairs = sheets.items() if isinstance(sheets, Mapping) else enumerate(sheets)
    keys: list[Any] = []
    own = [each for each in program.lowered.fields if not isinstance(each.field, Rows)]
    tables = [each for each in program.lowered.fields if isinstance(each.field, Rows)]
    columns: dict[str, Column] = {}
    for each in own:
        columns |= _columns_of(each.path, each.field)
    methods: dict[str, list[Any]] = {}
    rows: dict[str, dict[str, Column]] = {}
    for each in tables:
        rows[each.path] = {key: (None, [])}
        for name, kind in getattr(each.field, "columns", ()):
            rows[each.path] |= _columns_of(name, kind)
    for each_key, sheet in pairs:
        keys.append(each_key)
        found = read_sheet(program, sheet, given, lacking=True).found
        for each, value in zip(program.lowered.fields, found, strict=True):
            if not isinstance(each.field, Rows):
                _add(columns, each.path, each.field, value)
            elif isinstance(value, tuple):
                _add_rows(rows[each.path], each, value, key, each_key)
        _add_methods(methods, sheet, len(keys))
    size = len(keys)
    stated = {
        f"{RECORDED}.{node}": (nw.String, _filled(used, size)) for node, used in methods.items()
    }
    frames = {path: _frame(own_columns, backend, keys, key) for path, own_columns in rows.items()}
    return SheetFrames(
        _frame({key: (None, keys), **columns, **stated}, backend, keys, key), frames, key
    )


def _add_methods(methods: dict[str, list[Any]], sheet: Mapping[str, Any], size: int) -> None:
    """Note the methods that a sheet records, as texts."""
    recorded = sheet.get(RECORDED)
    for node, used in recorded.items() if isinstance(recorded, Mapping) else ():
        listed = [used] if isinstance(used, str) else list(used)
        column = methods.setdefault(str(node), [])
        column += [None] * (size - 1 - len(column))
        column.append(";".join(listed))


def _filled(values: list[Any], size: int) -> list[Any]:
    return [*values, *[None] * (size - len(values))]


def _type_of(kind: Field) -> Any:
    if isinstance(kind, Flag):
        return nw.Boolean
    if isinstance(kind, Choice | Text):
        return nw.String
    if isinstance(kind, Date):
        return nw.Date
    return nw.Float64 if getattr(kind, "decimals", 0) else nw.Int64


def _columns_of(path: str, kind: Field) -> dict[str, Column]:
    """Return the empty columns of a field."""
    if isinstance(kind, Checklist):
        return {f"{path}.{name}": (nw.Boolean, []) for name in kind.names}
    panel = getattr(kind, "panel", None)
    if panel is not None:
        return {f"{path}.{place}": (_type_of(kind), []) for place in range(1, panel + 1)}
    return {path: (_type_of(kind), [])}


def _add(columns: dict[str, Column], path: str, kind: Field, value: Any) -> None:
    """Add a finding, as the graph takes it, to the columns of its field."""
    value = None if value is UNKNOWN else value
    if isinstance(kind, Checklist):
        for place, name in enumerate(kind.names):
            told = None if value is None else bool(value >> place & 1)
            columns[f"{path}.{name}"][1].append(told)
        return
    panel = getattr(kind, "panel", None)
    if panel is not None:
        for place in range(panel):
            told = None if value is None else _cell(kind, value[place])
            columns[f"{path}.{place + 1}"][1].append(told)
        return
    columns[path][1].append(_cell(kind, value))


def _cell(kind: Field, value: Any) -> Any:
    """Return one finding, as the graph takes it, as a cell."""
    if value is None:
        return None
    if isinstance(kind, Date):
        return date.fromisoformat(str(kind.show(value)))
    if getattr(kind, "decimals", 0):
        return float(Fraction(value, getattr(kind, "quanta", 1)))
    return kind.show(value)


def _add_rows(
    columns: dict[str, Column], table: LoweredField, rows: tuple[Any, ...], key: str, whose: Any
) -> None:
    for row in rows:
        columns[key][1].append(whose)
        for (name, kind), value in zip(getattr(table.field, "columns", ()), row, strict=True):
            _add(columns, name, kind, value)


def _frame(columns: Mapping[str, Column], backend: str, keys: Sequence[Any], key: str) -> Any:
    whole = all(isinstance(each, int) and not isinstance(each, bool) for each in keys)
    typed = nw.Int64 if whole else nw.String
    if backend in ("pandas", "modin"):
        return _pandas(columns, backend, whole=whole)
    schema = {name: typed if kind is None else kind for name, (kind, _) in columns.items()}
    data = {name: values for name, (_, values) in columns.items()}
    library: Any = backend
    return nw.from_dict(data, schema=schema, backend=library).to_native()


def _pandas(columns: Mapping[str, Column], backend: str, *, whole: bool) -> Any:
    """Return a pandas frame with types that hold what is missing."""
    import pandas as pd

    names: dict[Any, str] = {
        nw.Boolean: "boolean",
        nw.Int64: "Int64",
        nw.Float64: "Float64",
        nw.String: "string",
    }
    names |= {nw.Date: "object", None: "Int64" if whole else "string"}
    frame = pd.DataFrame(
        {name: pd.Series(values, dtype=names[kind]) for name, (kind, values) in columns.items()}
    )
    if backend == "modin":
        import modin.pandas

        return modin.pandas.DataFrame(frame)
    return frame


def collect_evidence(
    rubric: Rubric,
    frame: Any,
    *,
    key: str | None = None,
    rows: Mapping[str, Any] | None = None,
    columns: Mapping[str, str] | str | None = None,
) -> dict[Any, dict[str, Any]]:
    """Return the sheets of an eager frame, by the column `key`, or numbered from 0.

    As `evaluate` takes them, given numbers included; nothing is checked here. A sheet is a
    dict of `item.field` to a finding, with a list of dicts for a table. Raises `InvalidFrame`
    for a lazy frame, which must be collected first, and for keys that are repeated.
    """
    way = entered(frame, rows, lambda part: part)
    if not isinstance(way.frame, nw.DataFrame):
        raise InvalidFrame([Problem("lazy-frame", "frame", "a frame that was collected")])
    lowered = program_of(rubric).lowered
    recorded = [f"{RECORDED}.{node.place.id}" for node in lowered.nodes]
    spelled = spelling(columns, declared_paths(lowered))
    schema = way.frame.schema
    if key is not None and key not in schema:
        near = nearest_name(key, schema)
        raise InvalidFrame([Problem("missing-column", key, "the key", "", near)])
    sheets: dict[Any, dict[str, Any]] = {}
    for place, row in enumerate(way.frame.iter_rows(named=True)):
        whose = place if key is None else row[key]
        if whose in sheets or whose is None:
            raise InvalidFrame([Problem("repeated-key", str(key), "keys of their own", str(whose))])
        sheets[whose] = _sheet(row, lowered.fields, spelled)
        for name in recorded:
            used = row.get(spelled(name))
            if used:
                sheets[whose].setdefault(RECORDED, {})[name.partition(".")[2]] = used.split(";")
    for each in lowered.fields:
        if isinstance(each.field, Rows) and rows:
            held = way.rows.get(each.path, way.rows.get(each.name))
            _add_tables(sheets, each, held, str(key))
    return sheets


def _sheet(
    row: Mapping[str, Any], fields: Iterable[LoweredField], spelled: Spelling
) -> dict[str, Any]:
    found = {
        each.path: _finding(each.path, each.field, row, spelled)
        for each in fields
        if not isinstance(each.field, Rows)
    }
    return {path: finding for path, finding in found.items() if finding is not None}


def _add_tables(
    sheets: Mapping[Any, dict[str, Any]], table: LoweredField, rows: Any, key: str
) -> None:
    """Add the rows of one table to their sheets; a sheet without any has an empty table."""
    for sheet in sheets.values():
        sheet[table.path] = []
    for row in () if rows is None else rows.iter_rows(named=True):
        if row[key] in sheets:
            found = {
                name: _finding(name, kind, row, str)
                for name, kind in getattr(table.field, "columns", ())
            }
            cells = {name: each for name, each in found.items() if each is not None}
            sheets[row[key]][table.path].append(cells)


def _finding(path: str, kind: Field, row: Mapping[str, Any], spelled: Spelling) -> Any:
    """Return the finding of a field in a row, None if there is none."""
    whole = row.get(spelled(path))
    if isinstance(kind, Checklist) and whole is None:
        parts = {name: row.get(spelled(f"{path}.{name}")) for name in kind.names}
        if any(each is None for each in parts.values()):
            return None
        return [name for name, holds in parts.items() if holds]
    if isinstance(kind, Checklist) and isinstance(whole, str):
        return [each for each in whole.split(";") if each]
    panel = getattr(kind, "panel", None)
    if panel is not None and whole is None:
        readings = [row.get(spelled(f"{path}.{place}")) for place in range(1, panel + 1)]
        while readings and readings[-1] is None:
            readings.pop()
        return readings or None
    return whole
