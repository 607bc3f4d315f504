"""The support table of `docs/reference/frames.md` says what is found by trying each engine."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import narwhals as nw
import pytest

from framing import Framed, collected
from rubric_engine import (
    InvalidEvidence,
    InvalidFrame,
    cohort_figures,
    evaluate_frame,
    load,
    loads,
    rank_results,
    validate_frame,
)
from rubric_engine.dataframes import framing_of
from rubric_engine.kinds import entered
from rubric_engine.sql import SqlFrames

pa = pytest.importorskip("pyarrow")

PAGE = Path(__file__).resolve().parents[1] / "docs" / "reference" / "frames.md"
COLUMNS = ["engine", "what goes in and comes out", "lazy", "how it is scored", "dots in names"]
COLUMNS += ["tables of rows", '`invalid="raise"`', "figures of the cohort", "places and history"]

#: What the table calls an engine, and the kind of frame that goes in.
ENGINES = {
    "polars": ("Polars", "`polars.DataFrame`"),
    "polars lazy": ("Polars", "`polars.LazyFrame`"),
    "pyarrow": ("PyArrow", "`pyarrow.Table`"),
    "pandas numpy": ("pandas", "`pandas.DataFrame`, NumPy types"),
    "pandas nullable": ("pandas", "`pandas.DataFrame`, nullable types"),
    "pandas arrow": ("pandas", "`pandas.DataFrame`, Arrow types"),
    "modin": ("Modin", "`modin.pandas.DataFrame`"),
    "dask": ("Dask", "`dask.dataframe.DataFrame`"),
    "duckdb": ("DuckDB", "`duckdb.DuckDBPyRelation`"),
    "pyspark": ("PySpark", "`pyspark.sql.DataFrame`"),
    "sqlframe": ("SQLFrame", "`DuckDBDataFrame` of `sqlframe.duckdb`"),
    "ibis": ("Ibis", "`ibis.Table`"),
}

FOOD = load("sf-food-safety")
FINDINGS = {f"violations.{each}": each for each in ("high", "moderate", "low")}
INSPECTIONS = {"place": ["a", "b", "c"], "high": [1, None, 0], "moderate": [0] * 3, "low": [0] * 3}
SCORES = {"a": (93.0, "ok"), "b": (None, "missing-finding"), "c": (100.0, "ok")}

PERSONS = loads(
    "rubric: persons\nitems: [{id: persons, points: 20, evidence: {cases: {type: rows, range: 0..4,"
    " columns: {level: {type: choice, values: [light, heavy]}}}}, rules: [{deduct: {light: 1,"
    " heavy: 3}, by: level, each: cases}]}]"
)
UNITS = {"unit": ["a", "b"], "size": [3, 4]}
CASES = {"unit": ["a", "a", "nobody"], "level": ["light", "heavy", "light"]}

OUTPUT = loads(
    "rubric: output\ntotal: 10\ngiven: {cohort: {best: {type: count, figure: {highest: output.made}}}}\n"
    "items: [{id: output, points: 10, evidence: {made: count}, rules: [{award: all, ratio: made /"
    " cohort.best, empty: zero}]}]"
)
MADE = {"unit": ["a", "b"], "made": [3, 6]}


def told(frame: Any, key: str, *names: str) -> dict[Any, Any]:
    """Return columns of a frame, in any order of its rows, by the key."""
    in_parts = type(frame).__module__.startswith("dask")
    rows = collected(frame.compute() if in_parts else frame)
    cells = {row[key]: tuple(row[name] for name in names) for row in rows}
    assert len(cells) == len(rows)
    return cells


def of_one_kind(made: Any, frame: Any) -> Any:
    assert type(made) is type(frame)
    return made


def of_sqlframe(rows: Mapping[str, list[Any]]) -> Any:
    """Return a frame of SQLFrame, with stated types, since a column may begin with a null."""
    session = pytest.importorskip("sqlframe.duckdb").DuckDBSession()
    types = {int: "bigint", str: "string"}
    kinds = {name: types[type(cells[0])] for name, cells in rows.items()}
    schema = ", ".join(f"{name} {kind}" for name, kind in kinds.items())
    return session.createDataFrame(list(zip(*rows.values(), strict=True)), schema=schema)


def way_of(frame: Any) -> str:
    """Say how the library scores a frame of this kind."""
    way = entered(frame, None, lambda part: part)
    if way.done is not None:
        return "partition by partition, each through Arrow"
    if way.pandas is not None:
        return "through Arrow"
    framing = framing_of(way.frame)
    if isinstance(framing, SqlFrames):
        return "as printed SQL"
    return "directly" if framing.engine.native else "through Narwhals"


def scores_dotted_names(framed: Callable[[Mapping[str, list[Any]]], Any]) -> bool:
    dotted = {path: INSPECTIONS[name] for path, name in FINDINGS.items()}
    try:
        scored = evaluate_frame(FOOD, framed({"place": INSPECTIONS["place"], **dotted}))
        found = told(scored, "place", "score", "status")
    except Exception:
        # Whatever the engine itself raises for such a name.
        return False
    assert found == SCORES
    return True


def takes_rows(framed: Callable[[Mapping[str, list[Any]]], Any]) -> bool:
    units, cases = framed(UNITS), framed(CASES)
    try:
        made = evaluate_frame(PERSONS, units, key="unit", rows={"cases": cases})
        wrong = validate_frame(PERSONS, units, key="unit", rows={"cases": cases})
    except InvalidFrame as error:
        assert [each.code for each in error.problems] == ["mixed-frames"]
        return False
    assert told(made, "unit", "score") == {"a": (16.0,), "b": (20.0,)}
    assert told(wrong, "key", "code") == {"nobody": ("unknown-assessee",)}
    return True


def when_raised(frame: Any) -> str:
    try:
        made = evaluate_frame(FOOD, frame, columns=FINDINGS, invalid="raise")
    except InvalidEvidence:
        return "yes"
    except InvalidFrame as error:
        assert [each.code for each in error.problems] == ["lazy-frame"]
        return "no"
    with pytest.raises(InvalidEvidence):
        made.compute()
    return "when it is computed"


def takes_cohorts(frame: Any) -> bool:
    """Say whether figures go over all rows; over a part of them they are refused."""
    names = {"output.made": "made", "cohort.best": "best"}
    try:
        figures = cohort_figures(OUTPUT, frame, key="unit", columns=names)
    except InvalidFrame:
        with pytest.raises(InvalidFrame):
            evaluate_frame(OUTPUT, frame, columns=names)
        return False
    made = evaluate_frame(OUTPUT, frame, columns=names)
    assert told(figures, "unit", "best") == {"a": (6,), "b": (6,)}
    assert told(made, "unit", "score") == {"a": (5.0,), "b": (10.0,)}
    return True


def ranks_results(frame: Any) -> bool:
    try:
        ranked = rank_results(frame, by={"size": "highest"})
    except InvalidFrame:
        return False
    assert told(of_one_kind(ranked, frame), "unit", "rank") == {"a": (2,), "b": (1,)}
    return True


def row_of(engine: str, framed: Callable[[Mapping[str, list[Any]]], Any]) -> list[str]:
    """Return the row of the support table, after trying everything it says."""
    frame = framed(INSPECTIONS)
    made = of_one_kind(evaluate_frame(FOOD, frame, columns=FINDINGS), frame)
    assert told(made, "place", "score", "status") == SCORES
    wrong = of_one_kind(validate_frame(FOOD, frame, columns=FINDINGS, key="place"), frame)
    assert told(wrong, "key", "column", "code") == {"b": ("violations.high", "missing-finding")}
    yes = {True: "yes", False: "no"}
    return [
        *ENGINES[engine],
        yes[isinstance(nw.from_native(frame), nw.LazyFrame)],
        way_of(frame),
        yes[scores_dotted_names(framed)],
        yes[takes_rows(framed)],
        when_raised(frame),
        yes[takes_cohorts(framed(MADE))],
        yes[ranks_results(framed(UNITS))],
    ]


def on_the_page() -> list[list[str]]:
    table = PAGE.read_text("utf-8").partition("<!-- the support table -->")[2].partition("\n\n")[0]
    lines = re.findall(r"^\| (.*) \|$", table, re.MULTILINE)
    return [line.split(" | ") for line in lines]


pytestmark = pytest.mark.skipif(not PAGE.exists(), reason="the documentation is not there")


def test_the_table_has_these_columns_and_a_row_for_each_engine() -> None:
    head, *rows = on_the_page()
    assert head == COLUMNS
    assert [tuple(row[:2]) for row in rows] == list(ENGINES.values())


@pytest.mark.filterwarnings("ignore:Dask support is moving out of Narwhals:FutureWarning")
@pytest.mark.filterwarnings("ignore:(?s).*defaulting to pandas:UserWarning")
@pytest.mark.parametrize("engine", ENGINES)
def test_the_table_says_what_is_found(
    engine: str, engines: Callable[[str], Framed], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MODIN_ENGINE", "python")
    if engine == "sqlframe":
        found = row_of(engine, of_sqlframe)
    else:
        arrow_framed = engines(engine)
        found = row_of(engine, lambda rows: arrow_framed(pa.table(dict(rows))))
    listed = [row for row in on_the_page() if tuple(row[:2]) == ENGINES[engine]]
    assert listed == [found], f"| {' | '.join(found)} |"
