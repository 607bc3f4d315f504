"""Frames in, frames out: columns, kinds, what is refused, and what is told of bad rows."""

from __future__ import annotations

import datetime as dt
import math
import subprocess
import sys
from collections.abc import Callable
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest

import rubric_engine
from framing import Framed, collected, of_quanta, said
from rubric_engine import (
    InvalidEvidence,
    InvalidFrame,
    Rubric,
    collect_evidence,
    evaluate,
    evaluate_frame,
    load,
    loads,
    to_frame,
    to_sql,
    validate_frame,
)

pl = pytest.importorskip("polars")
pa = pytest.importorskip("pyarrow")

ENGINES = ["polars", "polars lazy", "pyarrow", "pandas numpy", "pandas nullable"]
ENGINES += ["pandas arrow", "duckdb", "pyspark"]
LAZY = ["polars lazy", "duckdb", "pyspark"]
FOOD = load("sf-food-safety")
HIGH, MODERATE, LOW = (f"violations.{each}" for each in ("high", "moderate", "low"))


def food(**columns: Any) -> Any:
    """Return an Arrow table of violations."""
    size = len(next(iter(columns.values())))
    whole = {"high": [0] * size, "moderate": [0] * size, "low": [0] * size} | columns
    named = {f"violations.{name}": values for name, values in whole.items()}
    return pa.table({"place": [f"p{k}" for k in range(size)], **named})


def one(field: str, cells: list[Any], kind: Any = None, rule: str = "deduct: 1, when: a.x") -> Any:
    """Score cells of one field `a.x` in Polars; return the rows."""
    rubric = rubric_of(field, rule)
    series = pl.Series("a.x", cells, dtype=kind, strict=False)
    return evaluate_frame(rubric, pl.DataFrame([series])).to_dicts()


def rubric_of(field: str, rule: str = "deduct: 1, when: a.x") -> Rubric:
    return loads(f"rubric: r\nitems: [{{id: a, points: 9, evidence: {{x: {field}}}, rules: [{{{rule}}}]}}]")


def told(rows: list[dict[str, Any]]) -> list[tuple[Any, str]]:
    """Return score and status of rows."""
    return [(row["score"], row["status"]) for row in rows]


def problems(error: Any) -> set[tuple[str, str, str | None]]:
    """Return what an error says is wrong: code, path and nearest name."""
    return {(each.code, each.path, each.nearest) for each in error.value.problems}


# kinds of frames


@pytest.mark.parametrize("engine", ENGINES)
def test_a_frame_goes_out_as_the_kind_that_came_in(
    engine: str, engines: Callable[[str], Framed]
) -> None:
    frame = engines(engine)(food(high=[1, 0, None]))
    result = evaluate_frame(FOOD, frame)
    assert type(result) is type(frame)
    rows = sorted(collected(result), key=lambda row: row["place"])
    assert list(rows[0]) == ["place", HIGH, MODERATE, LOW, "score", "status"]
    assert told(rows) == [(93.0, "ok"), (100.0, "ok"), (None, "missing-finding")]
    assert [row["place"] for row in rows] == ["p0", "p1", "p2"]


@pytest.mark.filterwarnings("ignore:Dask support is moving out of Narwhals:FutureWarning")
@pytest.mark.filterwarnings("ignore:(?s).*defaulting to pandas:UserWarning")
@pytest.mark.parametrize("engine", ["ibis", "dask", "modin"])
def test_these_kinds_of_frames_are_scored_too(
    engine: str, engines: Callable[[str], Framed], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MODIN_ENGINE", "python")
    frame = engines(engine)(food(high=[1, 0, None]))
    result = evaluate_frame(FOOD, frame)
    assert type(result) is type(frame)
    result = result.compute() if engine == "dask" else result
    rows = sorted(collected(result), key=lambda row: row["place"])
    assert told(rows) == [(93.0, "ok"), (100.0, "ok"), (None, "missing-finding")]


def test_a_narwhals_frame_goes_out_as_one() -> None:
    import narwhals as nw

    result = evaluate_frame(FOOD, nw.from_native(pl.from_arrow(food(high=[1]))))
    assert isinstance(result, nw.DataFrame)
    assert result.get_column("score").to_list() == [93.0]


def test_what_is_no_frame_is_refused() -> None:
    with pytest.raises(InvalidFrame) as error:
        evaluate_frame(FOOD, {HIGH: [1]})
    assert problems(error) == {("wrong-type", "frame", None)}


def test_a_lazy_frame_is_not_collected() -> None:
    def never(_: Any) -> Any:
        raise AssertionError

    frame = pl.from_arrow(food(high=[1])).lazy()
    watched = frame.map_batches(never, schema=frame.collect_schema())
    assert isinstance(evaluate_frame(FOOD, watched), pl.LazyFrame)


def test_a_pandas_frame_keeps_its_index_and_is_left_alone() -> None:
    pandas = pytest.importorskip("pandas")
    frame = food(high=[1, 0]).to_pandas()
    frame.index = pandas.Index(["x", "y"])
    before = frame.copy()
    result = evaluate_frame(FOOD, frame)
    assert list(result.index) == ["x", "y"]
    assert result["score"].loc["x"] == 93
    pandas.testing.assert_frame_equal(frame, before)


def test_importing_frames_imports_no_data_frame_library_but_narwhals() -> None:
    code = (
        "import sys, rubric_engine; rubric_engine.evaluate_frame;"
        "print([each for each in ('polars', 'pandas', 'pyarrow', 'duckdb') if each in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize("engine", ENGINES)
def test_an_empty_frame_has_the_columns(engine: str, engines: Callable[[str], Framed]) -> None:
    if engine == "pandas numpy":
        pytest.skip("an empty column of objects has no type")
    whole = pa.int64()
    empty = pa.table({each: pa.array([], whole) for each in (HIGH, MODERATE, LOW)})
    assert collected(evaluate_frame(FOOD, engines(engine)(empty))) == []


# results


def test_grades_and_stars_stand_beside_the_score() -> None:
    rubric = loads(
        "rubric: r\ntotal: 10\notherwise: unrated\ngrades: [{stars: 5, grade: best, from: 9},"
        " {stars: 2, from: 5}]\nitems: [{id: a, points: 10, evidence: {x: count},"
        " rules: [{deduct: 1, per: x}]}]"
    )
    rows = evaluate_frame(rubric, pl.DataFrame({"a.x": [0, 3, 8, None]})).to_dicts()
    assert [(row["stars"], row["grade"]) for row in rows] == [
        (5, "best"),
        (2, "2"),
        (None, "unrated"),
        (None, None),
    ]


def test_the_score_is_the_double_nearest_to_the_exact_one() -> None:
    rubric = rubric_of("[count]", "deduct: 1/30, per: a.x")
    frame = evaluate_frame(rubric, pl.DataFrame({"a.x": list(range(270))}))
    for number, score in enumerate(frame["score"]):
        exact = Fraction(9) - Fraction(number, 30)
        assert score == exact.numerator / exact.denominator


@pytest.mark.parametrize("verb", ["award", "deduct"])
@pytest.mark.parametrize("engine", ["polars", "pyarrow", "duckdb", "pyspark"])
def test_a_score_beyond_53_bits_is_the_nearest_double_too(
    engine: str, verb: str, engines: Callable[[str], Framed]
) -> None:
    rubric = loads(
        "rubric: r\nitems: [{id: a, points: none, start: zero, evidence: {x: {type: number, places: 9,"
        f" range: -900000..900000}}, y: count}}, rules: [{{{verb}: (x + 900000) / 777}},"
        f" {{{verb}: 1/11, per: y}}]}}]"
    )
    cells = [900000.0, -900000.0, 123456.789, 0.0, 0.000000001, -0.000000001, 1.5]
    cells += [-900000 + 7**k / 10**7 for k in range(1, 13)]
    counts = [0, 1, 999983, 0, 0, 0, 7, *range(12)]
    table = pa.table({"k": range(len(cells)), "a.x": cells, "a.y": counts})
    result = evaluate_frame(rubric, engines(engine)(table))
    rows = sorted(collected(result), key=lambda row: row["k"])
    for row, x in zip(rows, cells, strict=True):
        exact = evaluate(rubric, {"a": {"x": x, "y": row["a.y"]}}).exact
        assert row["score"] == exact.numerator / exact.denominator, x
    assert max(map(abs, program_bounds(rubric))) > 2**53


def program_bounds(rubric: Rubric) -> tuple[int, int]:
    from rubric_engine.evaluation import program_of

    interval = program_of(rubric).lowered.nodes[0].score.value.interval
    return interval.low, interval.high


def test_details_have_nodes_and_steps() -> None:
    rubric = rubric_of("count", "deduct: 2, per: x")
    frame = pl.DataFrame({"a.x": [1, 6]})
    assert evaluate_frame(rubric, frame, detail="nodes").columns == ["a.x", "score", "a", "status"]
    row = evaluate_frame(rubric, frame, detail="ledger").to_dicts()[1]
    assert (row["a.1.deduct.asked"], row["a.1.deduct.taken"]) == (-12.0, -9.0)
    assert (row["a.2.limit.asked"], row["a.2.limit.taken"]) == (3.0, 0.0)
    assert (row["total.1.child.asked"], row["score"]) == (0.0, 0.0)


def test_exact_numbers_are_quanta_beside_their_scale() -> None:
    rubric = rubric_of("count", "deduct: 1/3, per: x")
    row = evaluate_frame(rubric, pl.DataFrame({"a.x": [2]}), detail="nodes", exact=True).to_dicts()[0]
    assert of_quanta(row, "score") == of_quanta(row, "a") == Fraction(25, 3)
    assert isinstance(row["score"], int)


def test_names_of_results_that_are_taken_are_refused_unless_prefixed() -> None:
    frame = pl.from_arrow(food(high=[1])).with_columns(pl.lit(1).alias("Score"))
    with pytest.raises(InvalidFrame) as error:
        evaluate_frame(FOOD, frame)
    assert problems(error) == {("column-taken", "score", None)}
    assert evaluate_frame(FOOD, frame, prefix="new ").to_dicts()[0]["new score"] == 93


def test_columns_of_our_own_never_meet_the_callers() -> None:
    taken = {f"_in{k}": ["mine"] for k in range(9)} | {f"_cell{k}": ["mine"] for k in range(9)}
    taken |= {"_valid": ["mine"], "_": ["mine"], "__v3": ["mine"]}
    frame = pl.from_arrow(food(high=[1])).with_columns(**{n: pl.lit(v[0]) for n, v in taken.items()})
    row = evaluate_frame(FOOD, frame).to_dicts()[0]
    assert row["score"] == 93
    assert {row[name] for name in taken} == {"mine"}


# columns


def test_callers_name_columns_as_they_like() -> None:
    frame = pl.DataFrame({"h": [1], MODERATE: [0], "l": [0]})
    assert told(evaluate_frame(FOOD, frame, columns={HIGH: "h", LOW: "l"}).to_dicts()) == [(93, "ok")]
    frame = pl.DataFrame({f"x_{each}": [1] for each in (HIGH, MODERATE, LOW)} | {LOW: [9]})
    assert told(evaluate_frame(FOOD, frame, columns="x_").to_dicts()) == [(87, "ok")]
    with pytest.raises(InvalidFrame) as error:
        evaluate_frame(FOOD, frame, columns={"violations.hihg": "h"})
    assert problems(error) == {("unknown-field", "violations.hihg", HIGH)}


def test_all_that_is_wrong_with_columns_is_told_at_once() -> None:
    frame = pl.DataFrame({HIGH: ["1"], "violations.moderat": [1], "other.thing": [1], "x": [1]})
    with pytest.raises(InvalidFrame) as error:
        evaluate_frame(FOOD, frame)
    assert problems(error) == {
        ("wrong-dtype", HIGH, None),
        ("unknown-column", "violations.moderat", MODERATE),
        ("missing-column", MODERATE, "violations.moderat"),
        ("missing-column", LOW, HIGH),
    }


@pytest.mark.parametrize(
    ("options", "path"),
    [
        ({"detail": "all"}, "detail"),
        ({"invalid": "drop"}, "invalid"),
        ({"methods": True}, "methods"),
    ],
)
def test_options_that_are_none_are_refused(options: dict[str, Any], path: str) -> None:
    with pytest.raises(InvalidFrame) as error:
        evaluate_frame(FOOD, pl.from_arrow(food(high=[1])), **options)
    assert problems(error) == {("unknown-value", path, None)}


def test_an_optional_finding_needs_no_column() -> None:
    rubric = rubric_of("{type: count, optional: true}", "deduct: 1, per: 'default(x, 2)'")
    assert told(evaluate_frame(rubric, pl.DataFrame({"id": [1]})).to_dicts()) == [(7, "ok")]


@pytest.mark.parametrize("engine", ["polars", "pyarrow", "duckdb", "pyspark"])
def test_a_column_of_nothing_is_missing_findings(
    engine: str, engines: Callable[[str], Framed]
) -> None:
    table = food(high=[1, 0]).set_column(1, HIGH, pa.nulls(2))
    rows = collected(evaluate_frame(FOOD, engines(engine)(table)))
    assert told(rows) == [(None, "missing-finding")] * 2


# findings


@pytest.mark.parametrize("kind", [pl.Int8, pl.UInt8, pl.Int16, pl.Int32, pl.UInt32, pl.UInt64])
def test_whole_numbers_of_every_width_are_counts(kind: Any) -> None:
    rubric = "{type: count, range: 2..100}", "deduct: 0.5, per: x"
    cells = [1, 2, 100, 101, None]
    rows = one(rubric[0], cells, kind, rubric[1])
    assert told(rows) == [
        (None, "out-of-range"),
        (8.0, "ok"),
        (0.0, "ok"),
        (None, "out-of-range"),
        (None, "missing-finding"),
    ]


def test_a_column_too_narrow_for_the_range_is_never_out_of_it() -> None:
    rule = "deduct: 1, when: x > 0"
    rows = one("{type: count, range: 200..300}", [100], pl.Int8, rule)
    assert told(rows) == [(None, "out-of-range")]
    rows = one("{type: number, range: -9..300}", [-9, 100, -10], pl.Int8, rule)
    assert told(rows) == [(9, "ok"), (8, "ok"), (None, "out-of-range")]


EDGES = [0.1 + 0.2, 0.29, 0.285, 1e300, math.inf, -math.inf, math.nan, 1e20, 9e15, -0.0, 5.0, 5.01]


@pytest.mark.parametrize("engine", ["polars", "pyarrow", "duckdb", "pyspark"])
@pytest.mark.parametrize("places", [0, 1, 2, 9])
def test_doubles_are_read_as_a_sheet_reads_them(
    engine: str, places: int, engines: Callable[[str], Framed]
) -> None:
    rubric = loads(
        f"rubric: r\nitems: [{{id: a, points: none, evidence: {{x: {{type: number, places: {places},"
        " range: -3..5}}, rules: [{award: x + 3}]}]"
    )
    near = [k / 10**places for k in (-30, -1, 0, 1, 29, 285, 3)]
    cells = [*EDGES, *near, *(math.nextafter(each, 9) for each in near)]
    table = pa.table({"k": range(len(cells)), "a.x": cells})
    rows = sorted(collected(evaluate_frame(rubric, engines(engine)(table))), key=lambda r: r["k"])
    for cell, row in zip(cells, rows, strict=True):
        meant = said(rubric, {"a": {"x": cell}})
        if isinstance(meant, frozenset):
            assert ({row["status"]}, row["score"]) == ({code for code, _ in meant}, None), cell
        else:
            exact = meant.exact.numerator / meant.exact.denominator
            assert (row["status"], row["score"]) == ("ok", exact), cell


def test_decimals_are_numbers() -> None:
    rubric = rubric_of("{type: number, places: 2, range: 0..9}", "deduct: x")
    cells = [Decimal("1.250"), Decimal("9.010"), Decimal("0.125"), None]
    frame = pl.DataFrame({"a.x": pl.Series(cells, dtype=pl.Decimal(10, 3))})
    assert told(evaluate_frame(rubric, frame).to_dicts()) == [
        (7.75, "ok"),
        (None, "out-of-range"),
        (None, "not-exact"),
        (None, "missing-finding"),
    ]
    wide = pl.DataFrame({"a.x": pl.Series(cells, dtype=pl.Decimal(38, 20))})
    with pytest.raises(InvalidFrame) as error:
        evaluate_frame(rubric, wide)
    assert problems(error) == {("wrong-dtype", "a.x", None)}


def test_judged_amounts_are_nought_or_within_their_range() -> None:
    rows = one("{type: amount, range: 0.5..2}", [0.0, 0.4, 0.5, 2.0, 2.1], None, "deduct: x")
    assert told(rows) == [
        (9, "ok"),
        (None, "out-of-range"),
        (8.5, "ok"),
        (7, "ok"),
        (None, "out-of-range"),
    ]
    rows = one("{type: amount, range: 2..4}", [0, 1, 2, 4, 5], pl.Int64, "deduct: x")
    assert [row["status"] for row in rows] == ["ok", "out-of-range", "ok", "ok", "out-of-range"]


@pytest.mark.parametrize("kind", [pl.Int64, pl.Float64])
def test_one_of_a_few_numbers(kind: Any) -> None:
    rows = one("{type: number, places: 1, one_of: [1, 2.5, 4]}", [1, 2, 4, 3], kind, "deduct: x")
    assert [row["status"] for row in rows] == ["ok", "out-of-range", "ok", "out-of-range"]


@pytest.mark.parametrize("engine", ENGINES)
def test_choices_are_texts(engine: str, engines: Callable[[str], Framed]) -> None:
    rubric = rubric_of(
        "{type: choice, values: [a, b, gone], means: {gone: missing}, absent: none}",
        "deduct: {a: 2, b: 3, gone: 9}, by: x",
    )
    table = pa.table({"k": range(5), "a.x": ["a", "b", "B", None, "gone"]})
    rows = sorted(collected(evaluate_frame(rubric, engines(engine)(table))), key=lambda r: r["k"])
    assert told(rows) == [
        (7, "ok"),
        (6, "ok"),
        (None, "unknown-value"),
        (None, "missing-finding"),
        (None, "missing-finding"),
    ]


def test_categories_are_choices() -> None:
    for kind in (pl.Categorical, pl.Enum(["a", "b", "c"])):
        rows = one("{type: choice, values: [a, b]}", ["b", "c"], kind, "deduct: {a: 2, b: 3}, by: x")
        assert told(rows) == [(6, "ok"), (None, "unknown-value")]


def test_a_choice_of_many_values_is_no_deeper() -> None:
    names = [f"v{k}" for k in range(300)]
    field = f"{{type: choice, values: [{', '.join(names)}]}}"
    rows = one(field, ["v0", "v299", "v300"], None, "deduct: 2, when: x == v299")
    assert told(rows) == [(9, "ok"), (7, "ok"), (None, "unknown-value")]


@pytest.mark.parametrize("engine", ENGINES)
def test_checklists_are_truths_or_a_text(engine: str, engines: Callable[[str], Framed]) -> None:
    rubric = loads(
        "rubric: r\nitems: [{id: a, points: 9, evidence: {x: {type: checklist, values: [a, ab]}},"
        " rules: [{deduct: 2, when: a in x}, {deduct: 3, when: ab in x}]}]"
    )
    truths = pa.table({"k": range(3), "a.x.a": [True, False, True], "a.x.ab": [True, True, None]})
    texts = pa.table({"k": range(7), "a.x": ["a;ab", "ab", "", "b", "a;a", None, "aba"]})
    rows = sorted(collected(evaluate_frame(rubric, engines(engine)(truths))), key=lambda r: r["k"])
    assert told(rows) == [(4, "ok"), (6, "ok"), (None, "missing-finding")]
    rows = sorted(collected(evaluate_frame(rubric, engines(engine)(texts))), key=lambda r: r["k"])
    wrong = (None, "unknown-value")
    missing = (None, "missing-finding")
    assert told(rows) == [(4, "ok"), (6, "ok"), (9, "ok"), wrong, wrong, missing, wrong]


@pytest.mark.parametrize("engine", ["polars", "polars lazy", "duckdb", "pyspark"])
def test_panels_are_numbered_columns_or_lists(
    engine: str, engines: Callable[[str], Framed]
) -> None:
    rubric = loads(
        "rubric: r\nitems: [{id: a, points: none, evidence: {x: {type: number, places: 1,"
        " range: 0..9, panel: 3, need: 2}}, rules: [{award: mean(x)}]}]"
    )
    lists = [[1.0, 2.0, 4.5], [3.0, None, 6.0], [3.0], None, [1.0, 2.0, 10.0], [1.0, 1.0]]
    padded = [[*(each or []), None, None, None][:3] for each in lists]
    columns = {f"a.x.{k + 1}": [each[k] for each in padded] for k in range(3)}
    meant = [
        (2.5, "ok"),
        (4.5, "ok"),
        (None, "too-few"),
        (None, "missing-finding"),
        (None, "out-of-range"),
        (1.0, "ok"),
    ]
    for table in (pa.table({"k": range(6), **columns}), pa.table({"k": range(6), "a.x": lists})):
        result = evaluate_frame(rubric, engines(engine)(table))
        rows = sorted(collected(result), key=lambda row: row["k"])
        assert told(rows) == meant


@pytest.mark.parametrize("engine", ENGINES)
def test_dates_are_dates(engine: str, engines: Callable[[str], Framed]) -> None:
    rubric = loads(
        "rubric: r\ngiven: {cycle: {as_of: date}}\nitems: [{id: a, points: 9, evidence: {x: date},"
        " rules: [{deduct: 1, when: 'months(cycle.as_of, x) > 6'}]}]"
    )
    day = dt.date
    cells = [day(2026, 1, 30), day(2026, 7, 1), None, day(1800, 1, 1), day(2026, 5, 24)]
    table = pa.table({"k": range(5), "a.x": pa.array(cells, pa.date32())})
    frame = engines(engine)(table)
    if engine == "pandas nullable":
        frame["a.x"] = table.column("a.x").to_pandas(types_mapper=None)
    result = evaluate_frame(rubric, frame, given={"cycle": {"as_of": "2026-11-24"}})
    rows = sorted(collected(result), key=lambda row: row["k"])
    assert [row["status"] for row in rows] == ["ok", "ok", "missing-finding", "wrong-type", "ok"]
    for cell, row in zip(cells, rows, strict=True):
        if row["status"] == "ok":
            sheet = {"a": {"x": cell}, "cycle": {"as_of": "2026-11-24"}}
            assert row["score"] == evaluate(rubric, sheet).exact


@pytest.mark.parametrize(
    ("field", "cells", "kind"),
    [
        ("{type: count, absent: -1, optional: true}", [-1, 3], pl.Int64),
        ("{type: number, places: 1, absent: 99, optional: true}", [99.0, 3.0], pl.Float64),
        ("{type: flag, absent: 'false', optional: true}", [False, True], None),
        ("{type: choice, values: [a, b], absent: '-', optional: true}", ["-", "a"], None),
        ("{type: date, absent: 1900-01-01, optional: true}", ["1900-01-01", "2026-01-01"], "day"),
        ("{type: text, absent: '-'}", ["-", "a"], None),
    ],
)
def test_a_sentinel_is_missing(field: str, cells: list[Any], kind: Any) -> None:
    if kind == "day":
        cells, kind = [dt.date.fromisoformat(each) for each in cells], pl.Date
    assert told(one(field, cells, kind, "deduct: 1, when: known(x)")) == [(9, "ok"), (8, "ok")]


def test_what_is_given_for_everybody_is_a_constant() -> None:
    rubric = loads(
        "rubric: r\ngiven: {cycle: {mean: {type: number, places: 1}, good: flag}}\nitems: [{id: a,"
        " points: 9, evidence: {x: count}, rules: [{deduct: 1, when: x > cycle.mean},"
        " {deduct: 2, unless: cycle.good}]}]"
    )
    frame = pl.DataFrame({"a.x": [1, 2]})
    given = {"cycle": {"mean": Decimal("1.5")}, "cycle.good": True}
    assert told(evaluate_frame(rubric, frame, given=given).to_dicts()) == [(9, "ok"), (8, "ok")]
    with pytest.raises(InvalidFrame) as error:
        evaluate_frame(rubric, frame, given={"cycle": {"mean": Decimal("1.55"), "goood": True}})
    assert problems(error) == {
        ("not-exact", "cycle.mean", None),
        ("unknown-field", "cycle.goood", "cycle.good"),
        ("missing-column", "cycle.mean", None),
        ("missing-column", "cycle.good", None),
    }


STATED = """
rubric: r
items:
  - id: a
    points: 9
    methods: [documents, report]
    evidence: {x: {type: count, none_means: 0}}
    rules: [{deduct: 1, per: x}]
"""


def test_what_stands_in_does_so_once_the_methods_were_used() -> None:
    rubric = loads(STATED)
    frame = pl.DataFrame(
        {"a.x": [2, None, None, None], "methods.a": [None, "documents", "report;documents", None]}
    )
    assert told(evaluate_frame(rubric, frame).to_dicts()) == [
        (7, "ok"),
        (None, "missing-finding"),
        (9, "ok"),
        (None, "missing-finding"),
    ]
    assert told(evaluate_frame(rubric, frame, methods="required").to_dicts()) == [
        (None, "missing-method"),
        (None, "missing-finding"),
        (9, "ok"),
        (None, "missing-finding"),
    ]


# bad rows


@pytest.mark.parametrize("engine", ENGINES)
def test_problems_are_those_of_the_sheets(engine: str, engines: Callable[[str], Framed]) -> None:
    frame = engines(engine)(food(high=[1, None, 5], low=[0, None, -1]))
    result = validate_frame(FOOD, frame, key="place")
    rows = collected(result)
    found = {(row["key"], row["column"], row["code"], row["value"]) for row in rows}
    numbers = {"-1", "-1.0"} & {row["value"] for row in rows}
    assert found == {
        ("p1", HIGH, "missing-finding", None),
        ("p1", LOW, "missing-finding", None),
        ("p2", LOW, "out-of-range", *numbers),
    }


def test_rows_without_problems_give_none() -> None:
    assert validate_frame(FOOD, pl.from_arrow(food(high=[1])), key="place").is_empty()
    assert validate_frame(FOOD, pl.from_arrow(food(high=[1])), key="place").columns == [
        *("key", "column", "code", "value"),
    ]


def test_a_bad_row_can_be_null_or_raise() -> None:
    frame = pl.from_arrow(food(high=[1, None, -5]))
    assert evaluate_frame(FOOD, frame, invalid="null").columns == [*frame.columns, "score"]
    with pytest.raises(InvalidEvidence) as error:
        evaluate_frame(FOOD, frame, invalid="raise")
    assert problems(error) == {("missing-finding", HIGH, None), ("out-of-range", HIGH, None)}
    assert evaluate_frame(FOOD, frame.head(1), invalid="raise")["score"].to_list() == [93.0]
    with pytest.raises(InvalidFrame) as refused:
        evaluate_frame(FOOD, frame.lazy(), invalid="raise")
    assert problems(refused) == {("lazy-frame", "invalid", None)}


# rows


PERSONS = """
rubric: r
items:
  - id: persons
    points: 20
    evidence:
      cases: {type: rows, range: 0..4, columns: {level: {type: choice, values: [light, heavy]}, n: count}}
      x: flag
    rules: [{deduct: {light: 1, heavy: 3}, by: level, each: cases}, {deduct: 2, when: x}]
"""


@pytest.mark.parametrize("engine", ENGINES)
def test_rows_stand_in_a_frame_of_their_own(engine: str, engines: Callable[[str], Framed]) -> None:
    framed = engines(engine)
    sheets = framed(pa.table({"unit": ["a", "b", "c", "d"], "persons.x": [True, False, False, True]}))
    cases = framed(
        pa.table(
            {
                "note": [1, 2, 3, 4, 5],
                "level": ["heavy", "light", "heavy", "light", None],
                "unit": ["c", "a", "a", "nobody", "d"],
                "n": [1, 1, 1, 1, 1],
            }
        )
    )
    result = evaluate_frame(loads(PERSONS), sheets, key="unit", rows={"cases": cases})
    rows = sorted(collected(result), key=lambda row: row["unit"])
    assert told(rows) == [(14, "ok"), (20, "ok"), (17, "ok"), (None, "missing-finding")]
    assert list(rows[0]) == ["unit", "persons.x", "score", "status"]
    wrong = validate_frame(loads(PERSONS), sheets, key="unit", rows={"persons.cases": cases})
    assert {(row["key"], row["column"], row["code"]) for row in collected(wrong)} == {
        ("d", "persons.cases[].level", "missing-finding"),
        ("nobody", "persons.cases", "unknown-assessee"),
    }


def test_too_many_rows_are_out_of_range() -> None:
    sheets = pl.DataFrame({"unit": [1, 2], "persons.x": [False, False]})
    cases = pl.DataFrame({"unit": [1] * 4 + [2] * 5, "level": ["light"] * 9, "n": [0] * 9})
    found = evaluate_frame(loads(PERSONS), sheets, key="unit", rows={"cases": cases})
    assert told(found.to_dicts()) == [(16, "ok"), (None, "out-of-range")]


def test_frames_of_rows_that_do_not_fit_are_refused() -> None:
    rubric = loads(PERSONS)
    sheets = pl.DataFrame({"unit": [1], "persons.x": [False]})
    cases = pl.DataFrame({"unit": [1], "level": [3], "nn": [0]})
    for rows, key, meant in [
        ({}, "unit", {("missing-table", "persons.cases", None)}),
        ({"cases": cases}, None, {("missing-column", "key", None)}),
        ({"case": cases}, "unit", {("unknown-table", "case", None), ("missing-table", "persons.cases", None)}),
        ({"cases": cases.lazy()}, "unit", {("mixed-frames", "cases", None)}),
        (
            {"cases": cases},
            "unit",
            {
                ("wrong-dtype", "persons.cases.level", None),
                ("missing-column", "persons.cases.n", "nn"),
                ("unknown-column", "persons.cases[].nn", "n"),
            },
        ),
        ({"cases": cases.drop("unit")}, "unit", {("missing-column", "persons.cases.unit", None)}),
    ]:
        with pytest.raises(InvalidFrame) as error:
            evaluate_frame(rubric, sheets, key=key, rows=rows)
        found = problems(error)
        if "case" in rows:
            found = {(code, path, None) for code, path, _ in found}
        assert {(c, p, None) if c == "missing-column" and p == "key" else (c, p, n) for c, p, n in found} == meant


def test_repeated_keys_of_an_eager_frame_are_refused() -> None:
    sheets = pl.DataFrame({"unit": [1, 1], "persons.x": [False, False]})
    cases = pl.DataFrame({"unit": [1], "level": ["light"], "n": [0]})
    with pytest.raises(InvalidFrame) as error:
        evaluate_frame(loads(PERSONS), sheets, key="unit", rows={"cases": cases})
    assert problems(error) == {("repeated-key", "unit", None)}


# sheets


@pytest.mark.parametrize("backend", ["polars", "pyarrow", "pandas"])
def test_sheets_go_to_frames_and_back(backend: str) -> None:
    pytest.importorskip(backend)
    rubric = loads(PERSONS)
    sheets = {
        "a": {"persons": {"cases": [{"level": "heavy", "n": 2}, {"level": "light", "n": 0}], "x": True}},
        "b": {"persons": {"cases": [], "x": False}},
    }
    frames = to_frame(rubric, sheets, key="unit", backend=backend)
    back = collect_evidence(rubric, frames.frame, key="unit", rows=frames.rows)
    for key, sheet in sheets.items():
        assert evaluate(rubric, back[key]) == evaluate(rubric, sheet)


def test_every_type_of_finding_goes_to_a_frame_and_back() -> None:
    rubric = loads(
        "rubric: r\nitems: [{id: a, points: 9, methods: [report], evidence: {f: flag, c: count,"
        " n: {type: number, places: 3, range: -9..9}, s: share, k: {type: choice, values: [u, v]},"
        " l: {type: checklist, values: [u, v]}, m: {type: amount, range: 0.5..2}, d: date,"
        " t: text, p: {type: count, panel: 3}}, rules: [{deduct: 1, when: f}]}]"
    )
    sheet = {
        "a": {
            "f": True, "c": 3, "n": -1.125, "s": 12.34, "k": "v", "l": ["v"], "m": 0.5,
            "d": "2026-11-24", "t": "note", "p": [1, None, 3],
        },
        "methods": {"a": ["report"]},
    }
    frames = to_frame(rubric, [sheet])
    assert told(evaluate_frame(rubric, frames.frame, methods="required").to_dicts()) == [(8, "ok")]
    (back,) = collect_evidence(rubric, frames.frame).values()
    assert evaluate(rubric, back, methods="required") == evaluate(rubric, sheet, methods="required")
    assert back["methods"] == {"a": ["report"]}


def test_an_explanation_comes_from_the_sheet_of_a_row() -> None:
    frame = pl.from_arrow(food(high=[1, 2]))
    scored = evaluate_frame(FOOD, frame, detail="ledger")
    chosen = scored.filter(pl.col("place") == "p1").select(frame.columns)
    (sheet,) = collect_evidence(FOOD, chosen, key="place").values()
    result = evaluate(FOOD, sheet)
    steps = {f"{each.node} {each.kind}": float(each.asked) for each in result.ledger}
    assert result.exact == scored["score"][1] == 86
    assert steps["violations deduct"] == scored["violations.1.deduct.asked"][1]


def test_only_collected_frames_become_sheets() -> None:
    with pytest.raises(InvalidFrame) as error:
        collect_evidence(FOOD, pl.from_arrow(food(high=[1])).lazy())
    assert problems(error) == {("lazy-frame", "frame", None)}
    with pytest.raises(InvalidFrame) as error:
        collect_evidence(FOOD, pl.from_arrow(food(high=[1])), key="plaice")
    assert problems(error) == {("missing-column", "plaice", "place")}
    with pytest.raises(InvalidFrame) as error:
        collect_evidence(FOOD, pl.from_arrow(food(high=[1, 1])), key=HIGH)
    assert problems(error) == {("repeated-key", HIGH, None)}


# SQL


def test_a_statement_gives_what_the_frame_does() -> None:
    duckdb = pytest.importorskip("duckdb")
    connection = duckdb.connect()
    table = food(high=[1, None, 4], low=[3, 1, -1])
    connection.register("inspections", table)
    text = to_sql(FOOD, table="inspections", key="place", detail="nodes")
    found = connection.sql(text).to_arrow_table().to_pylist()
    meant = evaluate_frame(FOOD, table, detail="nodes").to_pylist()
    names = ["place", "score", "violations", "status"]
    assert [{n: row[n] for n in names} for row in sorted(found, key=lambda row: row["place"])] == [
        {n: row[n] for n in names} for row in meant
    ]


def test_a_statement_takes_rows_from_other_tables() -> None:
    duckdb = pytest.importorskip("duckdb")
    connection = duckdb.connect()
    connection.sql("CREATE TABLE units AS SELECT 'u' AS unit, TRUE AS \"persons.x\"")
    connection.sql("CREATE TABLE k AS SELECT 'u' AS unit, 'heavy' AS level, 1::BIGINT AS n")
    text = to_sql(loads(PERSONS), table="units", key="unit", rows={"cases": "k"}, invalid="null")
    assert connection.sql(text).fetchall() == [("u", 15.0)]


def test_other_dialects_are_translated() -> None:
    pytest.importorskip("sqlglot")
    sqlite3 = pytest.importorskip("sqlite3")
    text = to_sql(FOOD, "sqlite", table="inspections", key="place")
    connection = sqlite3.connect(":memory:")
    names = ", ".join(f'"{each}" INTEGER' for each in (HIGH, MODERATE, LOW))
    connection.execute(f"CREATE TABLE inspections (place TEXT, {names})")
    connection.execute("INSERT INTO inspections VALUES ('p', 1, 2, 3), ('q', NULL, 0, 0)")
    assert sorted(connection.execute(text)) == [("p", 79.0, "ok"), ("q", None, "missing-finding")]
    connection.close()
    with pytest.raises(InvalidFrame) as error:
        to_sql(FOOD, "postgress")
    assert problems(error) == {("unknown-value", "dialect", "postgres")}


@pytest.mark.parametrize("engine", ["polars lazy", "duckdb", "pyspark"])
def test_names_and_values_stay_within_their_quotes(
    engine: str, engines: Callable[[str], Framed]
) -> None:
    rubric = loads(
        "rubric: r\ntotal: 9\ngrades: [{grade: \"it's\", from: 9}, {grade: 'b\"c\\d {e}'}]\n"
        "items: [{id: a, points: 9, evidence: {x: count}, rules: [{deduct: 1, per: x}]}]"
    )
    table = pa.table({"n'x": [0, 2], "o'k \"k\" {x} `y`": [1, 2]})
    found = evaluate_frame(rubric, engines(engine)(table), columns={"a.x": "n'x"})
    rows = sorted(collected(found), key=lambda row: row["n'x"])
    assert [row["grade"] for row in rows] == ["it's", 'b"c\\d {e}']
    assert list(rows[0])[:2] == table.column_names


def test_public_names_are_there() -> None:
    assert {"evaluate_frame", "validate_frame", "to_sql", "to_frame"} <= set(rubric_engine.__all__)


@pytest.mark.parametrize("engine", ["polars", "polars lazy", "pyarrow", "duckdb", "pyspark"])
def test_tables_that_are_not_as_declared_break_nothing(
    engine: str, engines: Callable[[str], Framed]
) -> None:
    rubric = loads(
        "rubric: r\nitems: [{id: a, points: 9, evidence: {t: {type: rows, range: 2..3, columns:"
        " {n: {type: count, range: 1..9}}}}, rules: [{deduct: 'rounded(6 / sum(t, n), 2)'}]}]"
    )
    framed = engines(engine)
    sheets = framed(pa.table({"k": [1, 2, 3, 4, 5]}))
    rows = pa.table({"k": [1, 1, 2, 4, 4, 5, 5, 5, 5], "n": [1, 2, 3, 1, None, 2, 2, 2, 2]})
    result = evaluate_frame(rubric, sheets, key="k", rows={"t": framed(rows)})
    found = sorted(collected(result), key=lambda row: row["k"])
    assert told(found) == [
        (7.0, "ok"),
        (None, "out-of-range"),
        (None, "out-of-range"),
        (None, "missing-finding"),
        (None, "out-of-range"),
    ]
