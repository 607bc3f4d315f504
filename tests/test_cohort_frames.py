"""Figures of the cohort inside frames: worked out first, and the same as a sheet is given."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import Any

import pytest

from framing import Framed, collected
from rubric_engine import (
    InvalidFrame,
    cohort_figures,
    evaluate,
    evaluate_frame,
    fit,
    loads,
    validate_frame,
)

pl = pytest.importorskip("polars")
pa = pytest.importorskip("pyarrow")

ENGINES = ["polars", "polars lazy", "pyarrow", "pandas nullable", "duckdb", "pyspark"]

RANKED = """
rubric: ranked
total: 40
given:
  assessee: {group: {type: choice, values: [a, b]}}
  cohort:
    rank: {type: count, range: 1..500, optional: true, figure: {rank: out.made, within: assessee.group, among: not out.veto}}
    mean: {type: number, places: 2, figure: {mean: out.made}}
    best: {type: count, figure: {highest: out.made}}
    canteen_mean: {type: number, places: 1, figure: {mean: canteen}}
items:
  - id: out
    points: 30
    start: zero
    evidence: {made: {type: count, range: 0..100}, veto: flag}
    rules:
      - {award: {from 1: 10, from 2: 8, from 3: 2}, by: "default(cohort.rank, 3)"}
      - {award: 5, when: made >= cohort.mean}
      - {award: 15, ratio: made / cohort.best, empty: zero}
  - id: canteen
    points: 10
    not_applicable: cohort.canteen_mean
    evidence:
      there: {type: choice, values: [yes_, no_], means: {no_: skip}}
      faults: count
    rules: [{deduct: 2, per: faults}]
"""


def table() -> Any:
    """Return seven assessees: one vetoed, one with a wrong finding, two without a canteen."""
    return pa.table(
        {
            "unit": ["u", "v", "w", "x", "y", "z", "q"],
            "out.made": [5, 9, 9, None, 3, 101, 9],
            "out.veto": [False, False, True, False, False, False, False],
            "assessee.group": ["a", "a", "b", "b", "b", "b", "b"],
            "canteen.there": ["yes_", "yes_", "no_", "yes_", "no_", "yes_", "yes_"],
            "canteen.faults": [1, 2, None, 0, None, 0, 0],
        }
    )


@pytest.mark.parametrize("engine", ENGINES)
def test_a_frame_works_its_figures_out_first(engine: str, engines: Callable[[str], Framed]) -> None:
    rubric, framed = loads(RANKED), engines(engine)
    found = collected(evaluate_frame(rubric, framed(table()), key="unit"))
    scores = {row["unit"]: (row["score"], row["status"]) for row in found}
    assert list(found[0]) == [*table().column_names, "score", "status"]
    # Measured are 5, 9, 9, 3, 9: their mean is 7, the best 9; canteens 8, 6, 10, 10, 10: 8.8.
    # w is vetoed and takes no place, so q is the first of b, and y the second.
    assert scores == {
        "u": (float(Fraction(8 + 0 + 8) + Fraction(15 * 5, 9)), "ok"),
        "v": (10 + 5 + 15 + 6, "ok"),
        "w": (30.8, "ok"),
        "x": (None, "missing-finding"),
        "y": (21.8, "ok"),
        "z": (None, "out-of-range"),
        "q": (10 + 5 + 15 + 10, "ok"),
    }


@pytest.mark.parametrize("engine", ENGINES)
def test_figures_given_to_a_sheet_give_the_same_score(
    engine: str, engines: Callable[[str], Framed]
) -> None:
    rubric, framed = loads(RANKED), engines(engine)
    figures = {
        row["unit"]: row for row in collected(cohort_figures(rubric, framed(table()), key="unit"))
    }
    scores = {row["unit"]: row for row in collected(evaluate_frame(rubric, framed(table())))}
    assert set(figures) == set(scores)
    assert list(figures["u"]) == [
        "unit",
        *(f"cohort.{each}" for each in ("rank", "mean", "best", "canteen_mean")),
    ]
    for row in table().to_pylist():
        if scores[row["unit"]]["status"] == "ok":
            known = {**row, **figures[row["unit"]]}
            sheet = {
                name: each for name, each in known.items() if each is not None and name != "unit"
            }
            exact = evaluate(rubric, sheet).exact
            assert scores[row["unit"]]["score"] == exact.numerator / exact.denominator
    assert figures["w"]["cohort.rank"] is None
    assert (figures["q"]["cohort.rank"], figures["y"]["cohort.rank"]) == (1, 2)
    assert Fraction(figures["u"]["cohort.canteen_mean"]) == Fraction(8.8)


def test_figures_that_are_given_are_not_worked_out() -> None:
    rubric = loads(RANKED)
    frame = pl.from_arrow(table()).with_columns(pl.lit(2.5).alias("m"))
    options = {"columns": {"cohort.mean": "m"}, "given": {"cohort": {"best": 90}}}
    names = cohort_figures(rubric, frame, key="unit", **options).columns
    assert names == ["unit", "cohort.rank", "cohort.canteen_mean"]
    scores = dict(
        zip(frame["unit"], evaluate_frame(rubric, frame, **options)["score"], strict=True)
    )
    assert scores["u"] == float(Fraction(8 + 5 + 8) + Fraction(15 * 5, 90))


def test_a_cohort_that_is_fitted_asks_for_no_figure() -> None:
    rubric = fit(loads(RANKED), {"cohort.best": 10, "cohort.mean": "4.5", "cohort.canteen_mean": 9})
    names = cohort_figures(rubric, pl.from_arrow(table()), key="unit").columns
    assert names == ["unit", "cohort.rank"]
    plain = fit(
        loads(
            RANKED.replace(
                "optional: true, figure: {rank: out.made, within: assessee.group, among: not out.veto}",
                "optional: true",
            )
        ),
        {"cohort.best": 10, "cohort.mean": "4.5", "cohort.canteen_mean": 9},
    )
    with pytest.raises(InvalidFrame) as error:
        cohort_figures(plain, pl.from_arrow(table()), key="unit")
    assert [(each.code, each.path) for each in error.value.problems] == [
        ("unknown-field", "given.cohort")
    ]


def test_problems_are_told_beside_figures() -> None:
    found = validate_frame(loads(RANKED), pl.from_arrow(table()), key="unit")
    assert set(found.select("key", "column", "code").iter_rows()) == {
        ("x", "out.made", "missing-finding"),
        ("z", "out.made", "out-of-range"),
    }


def test_a_key_that_is_no_column_is_refused() -> None:
    with pytest.raises(InvalidFrame) as error:
        cohort_figures(loads(RANKED), pl.from_arrow(table()), key="units")
    assert [(each.code, each.nearest) for each in error.value.problems] == [
        ("missing-column", "unit")
    ]


def test_a_dask_frame_is_not_whole() -> None:
    dask = pytest.importorskip("dask.dataframe")
    pytest.importorskip("pandas")
    import warnings

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)
        frame = dask.from_pandas(table().to_pandas(), npartitions=2)
        for call in (cohort_figures, evaluate_frame):
            with pytest.raises(InvalidFrame) as error:
                call(loads(RANKED), frame, key="unit")
            assert {each.code for each in error.value.problems} == {"mixed-frames"}


@pytest.mark.parametrize("engine", ENGINES)
def test_a_rubric_is_fitted_to_a_frame(engine: str, engines: Callable[[str], Framed]) -> None:
    rubric, framed = loads(RANKED), engines(engine)
    fitted = fit(rubric, framed(table()), version="2026")
    assert fitted == fit(
        rubric, {"cohort.mean": 7, "cohort.best": 9, "cohort.canteen_mean": "8.8"}, version="2026"
    )
    assert fitted.version == "2026"
    scores = {row["unit"]: row["score"] for row in collected(evaluate_frame(fitted, framed(table())))}
    assert scores["w"] == 30.8


def test_nothing_is_fitted_to_nobody() -> None:
    with pytest.raises(InvalidFrame) as error:
        fit(loads(RANKED), pl.from_arrow(table()).head(0))
    assert {(each.code, each.path) for each in error.value.problems} == {
        ("missing-finding", "cohort.mean"),
        ("missing-finding", "cohort.best"),
        ("missing-finding", "cohort.canteen_mean"),
    }
