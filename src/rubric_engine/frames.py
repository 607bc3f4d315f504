"""Scoring a whole population: any data frame in, the same kind out, the same numbers.

`evaluate_frame` adds the score, stars and grade of every row, in the engine that holds the
frame; `validate_frame` says what is wrong with which row; `to_sql` prints the statement for
a database. Lazy frames stay lazy, no row is visited, and no order of rows is assumed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from math import lcm
from typing import Any, Literal

import narwhals as nw
from attrs import frozen

from rubric_engine.cohort import CohortFigure, fit_figures, in_units, with_figures
from rubric_engine.dialect import Expr, Layer, bits_of
from rubric_engine.encode import Check
from rubric_engine.errors import InvalidEvidence, InvalidFrame, Problem, nearest_name
from rubric_engine.evaluation import program_of
from rubric_engine.fields import shown
from rubric_engine.grading import UNRATED
from rubric_engine.kinds import entered
from rubric_engine.lower import LARGEST, LoweredFigure, LoweredNode
from rubric_engine.model import Rubric
from rubric_engine.population import (
    Asked,
    Population,
    declared_columns,
    declared_paths,
    flat_given,
    spelling,
)
from rubric_engine.sql import DIALECTS, Declared, translated
from rubric_engine.symbols import Quantity

__all__ = ["cohort_figures", "evaluate_frame", "fit", "to_sql", "validate_frame"]

Detail = Literal["total", "nodes", "ledger"]
Invalid = Literal["flag", "null", "raise"]
Names = Mapping[str, str] | str | None

_MOST_RAISED = 1_000
_CHOICES: dict[str, tuple[object, ...]] = {
    "detail": ("total", "nodes", "ledger"),
    "invalid": ("flag", "null", "raise"),
    "methods": (None, "required"),
}


@frozen
class _Output:
    """A column of the result."""

    name: str
    #: From the population, and the truth whether a row can be scored.
    write: Callable[[Population, Expr], Expr]


def evaluate_frame(
    rubric: Rubric,
    frame: Any,
    *,
    detail: Detail = "total",
    exact: bool = False,
    invalid: Invalid = "flag",
    key: str | None = None,
    rows: Mapping[str, Any] | None = None,
    given: Mapping[str, Any] | None = None,
    columns: Names = None,
    prefix: str = "",
    methods: Literal["required"] | None = None,
) -> Any:
    """Score every row of a frame; returns the frame with more columns.

    A row is the sheet of one assessee: the column `item.field` holds a finding (a truth, a
    number, the name of a choice's value, a date), `item.field.value` whether a checklist has
    a value, `item.field.1` the first reading of a panel, `source.field` a given number. Null
    is a missing finding. `columns` maps these names to the caller's own, or is a prefix that
    stands before each. `given` has numbers that hold for everybody. A table's rows stand in a
    frame of their own: `rows={"persons.cases": cases}`, each row with the assessee's `key`.

    The new columns, each with `prefix` before its name: `score` in points, the double nearest
    to the exact score; `stars`, an integer, null where unrated; `grade`, its name. With
    `detail="nodes"` every node's score under its id; with `"ledger"` also what every step of
    a node asked and took, in points of the node: `plan.1.deduct.asked`. With `exact` scores
    and steps are integers, so many quanta, and `score.scale` says how many make a point;
    the steps of a node are on the scale of its score, where they have none of their own.

    Where a row cannot be scored, all these are null. `invalid="flag"` says why in `status`
    ("ok", or the code of the first kind of problem), `"null"` does not, and `"raise"` raises
    `InvalidEvidence` for an eager frame. `validate_frame` tells the problems one by one.

    Raises `InvalidFrame` where the columns do not fit, whatever the rows; `InvalidRubric`;
    and `MissingLibrary`.
    """
    _refused(detail=detail, invalid=invalid, methods=methods)

    def by_part(part: Any) -> Any:
        _refuse_parts(rubric, part, Asked(key, {}, given, columns))
        return evaluate_frame(
            rubric,
            part,
            detail=detail,
            exact=exact,
            invalid=invalid,
            given=given,
            columns=columns,
            prefix=prefix,
            methods=methods,
        )

    way = entered(frame, rows, by_part)
    if way.done is not None:
        return way.done
    if invalid == "raise" and not isinstance(way.frame, nw.DataFrame):
        expected = '"flag" or "null"'
        raise InvalidFrame([Problem("lazy-frame", "invalid", expected, '"raise"')])
    asked = Asked(key, way.rows, given, columns, methods == "required")
    frame, added = _with_cohort(rubric, way.frame, asked)
    made = Population.of(rubric, frame, asked)
    written = _written(made, detail, exact=exact, flag=invalid == "flag", prefix=prefix)
    if invalid == "raise":
        _raise_problems(made)
    closed = made.framing.closed(made.state.sheets, frame, written)
    return way.left(closed.drop(added) if added else closed, list(written))


def to_sql(
    rubric: Rubric,
    dialect: str = "duckdb",
    *,
    table: str = "sheets",
    keep: Sequence[str] = (),
    detail: Detail = "total",
    exact: bool = False,
    invalid: Literal["flag", "null"] = "flag",
    key: str | None = None,
    rows: Mapping[str, str] | None = None,
    given: Mapping[str, Any] | None = None,
    columns: Names = None,
    prefix: str = "",
    methods: Literal["required"] | None = None,
) -> str:
    """Return the statement that scores a table of a database, for people to run themselves.

    "duckdb" and "spark" are printed from the graph; any other dialect that sqlglot knows
    (an extra) is translated from DuckDB's. `table` and `rows` name tables, and `keep` the
    columns that stand before the results, beside `key`. Truths are taken to be BOOLEAN, whole
    numbers BIGINT, numbers with decimals DECIMAL or DOUBLE, choices and texts VARCHAR, dates
    DATE; a checklist has a truth in a column for each value. The rest is as for
    `evaluate_frame`, whose numbers it gives.

    Raises `InvalidFrame` for a dialect that is not known and for what `evaluate_frame` refuses,
    and `MissingLibrary` where sqlglot is needed and missing.
    """
    _refused(detail=detail, invalid=invalid, methods=methods)
    native = DIALECTS.get(dialect, DIALECTS["duckdb"])
    lowered = program_of(rubric).lowered
    own = declared_columns(lowered, columns)
    kept = list(dict.fromkeys([*([key] if key else []), *keep]))
    sheets = Declared(native, table, {**dict.fromkeys(kept, nw.String()), **own[None]})
    inner = {
        path: Declared(native, name, {str(key): nw.String(), **own.get(path, {})})
        for path, name in (rows or {}).items()
    }
    asked = Asked(key, inner, given, columns, methods == "required")
    made = Population.of(rubric, sheets, asked)
    written = _written(made, detail, exact=exact, flag=invalid == "flag", prefix=prefix)
    first = {name: made.engine.column(name) for name in kept}
    text = str(made.state.sheets.select({**first, **written}).printed())
    return text if dialect in DIALECTS else translated(text, dialect)


def _written(made: Population, detail: Detail, *, exact: bool, flag: bool, prefix: str) -> Layer:
    """Return the columns of the result, and add what they rest on."""
    outputs = _outputs(made, detail, exact=exact)
    names = [f"{prefix}{each.name}" for each in outputs]
    status = [f"{prefix}status"] if flag else []
    _refuse_taken(made.frame.collect_schema().names(), [*names, *status])
    right = made.right_by_code()
    valid = f"{made.state.prefix}valid"
    truths = list(right.values()) or [made.engine.truth(verdict=True)]
    made.state.add({valid: made.engine.every(truths)})
    holds = made.engine.column(valid)
    written: Layer = {f"{prefix}{each.name}": each.write(made, holds) for each in outputs}
    return {**written, **{name: _status(made, right) for name in status}}


def _refused(**chosen: object) -> None:
    """Refuse a choice that there is not."""
    problems = [
        Problem(
            "unknown-value", name, "one of " + ", ".join(map(repr, _CHOICES[name])), shown(value)
        )
        for name, value in chosen.items()
        if value not in _CHOICES[name]
    ]
    if problems:
        raise InvalidFrame(problems)


def _refuse_taken(taken: Sequence[str], names: Sequence[str]) -> None:
    """Refuse names that are columns already; several engines ignore case."""
    folded = {each.casefold() for each in taken}
    problems = []
    for name in names:
        if name.casefold() in folded:
            expected = "a name that no column has: pass `prefix`"
            problems.append(Problem("column-taken", name, expected))
        folded.add(name.casefold())
    if problems:
        raise InvalidFrame(problems)


@frozen
class ToldNumber:
    """A number of the result: what it is called, and on what scale it is told exactly."""

    name: str
    number: Quantity
    #: Quanta to a point that it shares with others; None where it has a scale of its own.
    scale: int | None = None
    #: Whether its scale stands beside it.
    first: bool = True


def _outputs(made: Population, detail: Detail, *, exact: bool) -> list[_Output]:
    """Return the columns of the result, after working out what they rest on."""
    nodes = [each for each in made.lowered.nodes if each.place.table is None]
    root = nodes[0]
    numbers: list[ToldNumber] = []
    for node in nodes if detail != "total" else nodes[:1]:
        numbers += told_numbers(node, "score" if node is root else node.place.id, detail)
    values = [each.number.value for each in numbers]
    values += [each.number.over for each in numbers if each.number.over is not None]
    too_wide = [
        Problem("too-wide", each.name, "amounts with fewer decimals", str(interval))
        for each in numbers
        if max(-(interval := each.number.value.interval).low, interval.high) >= LARGEST
    ]
    if too_wide:
        raise InvalidFrame(too_wide)
    if root.grading:
        values.append(root.grading[-1].after)
    made.state.compute(values)
    found = _number(made, numbers[0], exact=exact)
    if root.grading:
        found += _grade(made, root)
    for each in numbers[1:]:
        found += _number(made, each, exact=exact)
    return found


def told_numbers(node: LoweredNode, name: str, detail: Detail) -> list[ToldNumber]:
    """Return a node's score, and what its steps asked and took, on one scale if that can be."""
    found = [(name, node.score)]
    if detail == "ledger":
        for place, entry in enumerate(node.account.entries, 1):
            step = f"{node.place.id}.{place}.{entry.label.kind}"
            found += [(f"{step}.asked", entry.asked), (f"{step}.taken", entry.taken)]
    plain = [number.scale for _, number in found if number.over is None]
    scale = lcm(*plain)
    told = []
    for place, (each, number) in enumerate(found):
        interval = number.value.interval
        largest = max(-interval.low, interval.high, 1) * (scale // number.scale)
        shared = number.over is None and node.score.over is None and largest < LARGEST
        told.append(ToldNumber(each, number, scale if shared else None, not shared or not place))
    return told


def _number(made: Population, told: ToldNumber, *, exact: bool) -> list[_Output]:
    name, number = told.name, told.number
    if not exact:
        return [_Output(name, lambda made, holds: made.double(number, holds))]
    times = 1 if told.scale is None else told.scale // number.scale
    interval = number.value.interval
    low, high = interval.low * times, max(interval.high * times, times)
    bits = bits_of(low, high, made.engine.widths)

    def quanta(made: Population, holds: Expr) -> Expr:
        written = made.value(number) if times == 1 else made.value(number, bits)
        if times != 1:
            written = written * made.engine.whole(times, bits)
        return made.engine.when(holds, written)

    def scale(made: Population, holds: Expr) -> Expr:
        if told.scale is None:
            return made.divisor(number)
        return made.engine.whole(told.scale, 64)

    found = [_Output(name, quanta)]
    return [*found, _Output(f"{name}.scale", scale)] if told.first else found


def _grade(made: Population, node: LoweredNode) -> list[_Output]:
    grades = node.place.node.grades
    index = node.grading[-1].after
    engine = made.engine

    def told(holds: Expr, write: Callable[[int], Expr], otherwise: Expr | None) -> Expr:
        """Return what is written for the grade that a row has."""
        writer = made.state.writer
        position, bits = writer.of(index), writer.bits(index)
        chosen = otherwise
        if chosen is None:
            chosen = engine.when(engine.truth(verdict=False), write(0))
        for place in reversed(range(len(grades))):
            if index.interval.low <= place <= index.interval.high:
                here = position == engine.whole(place, bits)
                chosen = engine.when(here, write(place), chosen)
        return engine.when(holds, chosen)

    found: list[_Output] = []
    if any(each.stars is not None for each in grades):
        bits = engine.widths[0]

        def stars(place: int) -> Expr:
            number = grades[place].stars
            nothing = engine.when(engine.truth(verdict=False), engine.whole(0, bits))
            return nothing if number is None else engine.whole(number, bits)

        found.append(_Output("stars", lambda made, holds: told(holds, stars, None)))
    names = [each.name for each in grades]
    unrated = engine.text(UNRATED)

    def named(place: int) -> Expr:
        return engine.text(names[place])

    found.append(_Output("grade", lambda made, holds: told(holds, named, unrated)))
    return found


def _status(made: Population, right: Mapping[str, Expr]) -> Expr:
    """Return "ok", or the code of the first kind of problem that a row has."""
    status = made.engine.text("ok")
    for code, holds in reversed(list(right.items())):
        status = made.engine.when(holds, status, made.engine.text(code))
    return status


def _raise_problems(made: Population) -> None:
    """Raise `InvalidEvidence` with what is wrong in the rows of an eager frame."""
    found = _problems(made, None).frame
    frame = found if isinstance(found, nw.DataFrame) else nw.from_native(found, eager_only=True)
    problems = [
        Problem(row["code"], row["column"], "", str(row["value"] or ""))
        for row in frame.head(_MOST_RAISED).rows(named=True)
    ]
    if problems:
        raise InvalidEvidence(problems)


def validate_frame(
    rubric: Rubric,
    frame: Any,
    *,
    key: str,
    rows: Mapping[str, Any] | None = None,
    given: Mapping[str, Any] | None = None,
    columns: Names = None,
    methods: Literal["required"] | None = None,
) -> Any:
    """Return a frame with a row for every problem of a row: `key`, `column`, `code`, `value`.

    In the same engine, in no order. `column` is the finding's `item.field`, of a table's rows
    `item.field[].column`; `value` what stands there, as text. Rows of a table whose key no
    assessee has are told as `unknown-assessee`. Raises what `evaluate_frame` raises for the
    frame as a whole.
    """
    _refused(methods=methods)

    def by_part(part: Any) -> Any:
        _refuse_parts(rubric, part, Asked(key, {}, given, columns))
        return validate_frame(rubric, part, key=key, given=given, columns=columns, methods=methods)

    way = entered(frame, rows, by_part)
    if way.done is not None:
        return way.done
    _refuse_unknown_key(way.frame, key)
    asked = Asked(key, way.rows, given, columns, methods == "required")
    whole, _ = _with_cohort(rubric, way.frame, asked)
    made = Population.of(rubric, whole, asked)
    return way.told(made.framing.told(_problems(made, key)))


def cohort_figures(
    rubric: Rubric,
    frame: Any,
    *,
    key: str,
    rows: Mapping[str, Any] | None = None,
    given: Mapping[str, Any] | None = None,
    columns: Names = None,
) -> Any:
    """Return the figures of the cohort that a rubric declares, one row for each assessee.

    The columns are `key` and `cohort.rank`, say, in the unit of the given field: what
    `evaluate` takes as given, so that one sheet can be scored and explained later with the
    same result. Whoever has a wrong or missing finding among those a figure is made of takes
    no part in it. Raises what `evaluate_frame` raises for the frame as a whole, and
    `InvalidFrame` for a rubric that declares no figure, or where all are given.
    """

    def by_part(part: Any) -> Any:
        _refuse_parts(rubric, part, Asked(key, {}, given, columns))
        return part

    way = entered(frame, rows, by_part)
    _refuse_unknown_key(way.frame, key)
    whole, added = _with_cohort(rubric, way.frame, Asked(key, way.rows, given, columns))
    if not added:
        expected = "a rubric with figures of the cohort that are not given"
        raise InvalidFrame([Problem("unknown-field", "given.cohort", expected)])
    names = [key, *added]
    spark = whole.implementation.is_spark_like()
    # Spark reads a dot as a path.
    return way.told(
        whole.select([f"`{each}`" if spark and "." in each else each for each in names])
    )


def fit(
    rubric: Rubric,
    cohort: Any,
    *,
    key: str | None = None,
    rows: Mapping[str, Any] | None = None,
    given: Mapping[str, Any] | None = None,
    columns: Names = None,
    version: str | None = None,
) -> Rubric:
    """Return a rubric whose figures of the cohort are frozen: goalposts, cuts, means of a year.

    `cohort` is a frame of the assessees, as for `evaluate_frame`: every figure that is the
    same for all of them (a mean, an extreme, a percentile, not `within` a group) is worked
    out, for which one row of a lazy frame is collected. Or it has figures by name that are
    known already, `{"cohort.best": 60}`. Sheets give a fitted figure no longer, and its value
    stands as `fixed:` in the file. The version is `version`, or the old one and `-fitted`.

    Raises `InvalidRubric` for what is no such figure and for values that its field does not
    take, `InvalidFrame` as `evaluate_frame` does, and for a figure of which nothing is known.
    """
    if isinstance(cohort, Mapping):
        return fit_figures(rubric, cohort, version=version)

    def by_part(part: Any) -> Any:
        _refuse_parts(rubric, part, Asked(key, {}, given, columns))
        return part

    way = entered(cohort, rows, by_part)
    asked = Asked(key, way.rows, given, columns)
    figures = _figures_to_find(rubric, way.frame.collect_schema().names(), asked)
    common = {each.path: each.field for each in figures if each.figure.is_common}
    if not common:
        expected = "a rubric with figures that are the same for everybody"
        raise InvalidFrame([Problem("unknown-field", "given.cohort", expected)])
    whole, _ = _with_cohort(rubric, way.frame, asked)
    spelled = spelling(columns, declared_paths(program_of(rubric).lowered))
    first = whole.head(1)
    if isinstance(first, nw.LazyFrame):
        first = first.collect("pyarrow")
    row = first.rows(named=True)[0] if len(first) else {}
    known = {path: row.get(spelled(path)) for path in common}
    lost = [
        Problem("missing-finding", path, "assessees of whom it can be worked out")
        for path, value in known.items()
        if value is None
    ]
    if lost:
        raise InvalidFrame(lost)
    return fit_figures(rubric, known, version=version)


def _figures_to_find(rubric: Rubric, taken: Sequence[str], asked: Asked) -> list[LoweredFigure]:
    """Return the figures of the cohort that a rubric declares and nobody gives."""
    lowered = program_of(rubric).lowered
    spelled = spelling(asked.columns, declared_paths(lowered))
    given = flat_given(asked.given)
    return [
        each
        for each in lowered.figures
        if each.path not in given and spelled(each.path) not in taken
    ]


def _refuse_parts(rubric: Rubric, frame: Any, asked: Asked) -> None:
    """Refuse to score a part of a cohort whose figures are yet to be found."""
    figures = _figures_to_find(rubric, list(frame.columns), asked)
    if figures:
        expected = "a frame that is whole: a figure goes over all assessees"
        raise InvalidFrame([Problem("mixed-frames", each.path, expected) for each in figures])


def _with_cohort(rubric: Rubric, frame: Any, asked: Asked) -> tuple[Any, list[str]]:
    """Return the frame with the figures of the cohort that nobody gives, and their names.

    A first pass: what each assessee has measured, then windows over all of them.
    """
    spelled = spelling(asked.columns, declared_paths(program_of(rubric).lowered))
    figures = _figures_to_find(rubric, frame.collect_schema().names(), asked)
    if not figures:
        return frame, []
    pending = frozenset(each.path for each in figures)
    made = Population.of(rubric, frame, asked, pending)
    groups = [each.within for each in figures if each.within is not None]
    made.state.compute([*(each.number.value for each in figures), *groups])
    layer: Layer = {}
    windows: list[CohortFigure] = []
    prefix = made.state.prefix
    for place, each in enumerate(figures):
        within = [] if each.within is None else [each.within]
        holds = made.measured([each.number.value, *within])
        layer[f"{prefix}measured{place}"] = made.engine.when(holds, made.value(each.number, 64))
        group = None
        if each.within is not None:
            group = f"{prefix}group{place}"
            code = made.state.writer.of(each.within)
            layer[group] = code if each.within.kind == "truth" else made.engine.cast(code, 64)
        column, name = f"{prefix}measured{place}", f"{prefix}figure{place}"
        windows.append(CohortFigure.of(each, column, group, name))
    measured = made.framing.closed(made.state.sheets, frame, layer)
    found = with_figures(measured, windows)
    names = [spelled(each.path) for each in figures]
    units = [
        in_units(nw.col(window.name), window.unit).alias(name)
        for window, name in zip(windows, names, strict=True)
    ]
    done = found.with_columns(*units)
    return done.drop([*layer, *(each.name for each in windows)]), names


def _refuse_unknown_key(frame: Any, key: str) -> None:
    schema = frame.collect_schema().names()
    if key not in schema:
        problem = Problem("missing-column", key, "the key", "", nearest_name(key, schema))
        raise InvalidFrame([problem])


def _problems(made: Population, key: str | None) -> Any:
    """Return a table of the problems of all rows."""
    engine, state = made.engine, made.state
    truths = list(made.right_by_code().values()) or [engine.truth(verdict=True)]
    bad = state.sheets.where(~engine.every(truths))
    whose = None
    if key is not None:
        whose = engine.column(state.key if made.tables else key)
    # What is wrong in the rows of a table is told row by row.
    own_checks = [each for each in made.checks if not each.path.endswith("[]")]
    parts = [_told(made, bad, each, each.path, whose) for each in own_checks]
    for number, each in made.tables.items():
        rows = state.rows[number]
        own = engine.column(state.key)
        for check in each.encoder.checks:
            path = check.path.replace(f"{each.lowered.path}.", f"{each.lowered.path}[].", 1)
            parts.append(_told(made, rows, check, path, None if key is None else own))
        nobody = made.without(number)
        path = each.lowered.path
        lost = Check("unknown-assessee", path, engine.truth(verdict=False), "", own)
        parts.append(_told(made, nobody, lost, path, None if key is None else own))
    if not parts:
        never = Check("missing-finding", "", engine.truth(verdict=True))
        parts.append(_told(made, bad, never, "", whose))
    return parts[0].followed(parts[1:])


def _told(made: Population, table: Any, check: Check, path: str, whose: Expr | None) -> Any:
    engine = made.engine
    nothing = engine.when(engine.truth(verdict=False), engine.text(""))
    value = nothing if check.value is None else engine.as_text(check.value)
    columns: Layer = {} if whose is None else {"key": whose}
    columns |= {"column": engine.text(path), "code": engine.text(check.code), "value": value}
    return table.where(~check.holds).select(columns)
