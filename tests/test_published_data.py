"""The built-in rubrics give every published score and rating of the shared samples."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

import rubric_engine
from framing import Framed, collected

DATA = Path(__file__).resolve().parents[2] / "shared" / "data"
SIZES = {
    "uk-food-hygiene/ratings_sample_2000.csv": 2_000,
    "uk-food-hygiene/score_combinations.csv": 144,
    "sf-food-safety/inspections.csv": 1_765,
}

Row = dict[str, str]


def rows_of(name: str) -> list[Row]:
    """Read a sample, or skip where the shared data are not beside the repository."""
    path = DATA / name
    if not path.is_file():
        pytest.skip(f"the shared sample {name} is not beside the repository")
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == SIZES[name]
    return rows


def uk_scores(rows: list[Row], confidence: str) -> Iterator[tuple[Row, dict[str, int]]]:
    for row in rows:
        names = ("hygiene", "structural", confidence)
        yield row, {name: int(row[name]) for name in names}


def uk_sheet(scores: dict[str, int]) -> dict[str, dict[str, int]]:
    ids = ("hygiene", "structural", "confidence_in_management")
    return {node: {"score": each} for node, each in zip(ids, scores.values(), strict=True)}


def test_there_are_2144_uk_rows() -> None:
    assert sum(size for name, size in SIZES.items() if name.startswith("uk")) == 2_144


@pytest.mark.parametrize(
    ("name", "confidence", "rating"),
    [
        ("uk-food-hygiene/ratings_sample_2000.csv", "confidenceinmanagement", "ratingvalue"),
        ("uk-food-hygiene/score_combinations.csv", "confidence_in_management", "rating"),
    ],
)
def test_uk_ratings(name: str, confidence: str, rating: str) -> None:
    rubric = rubric_engine.load("uk-food-hygiene")
    wrong, right = [], 0
    for row, scores in uk_scores(rows_of(name), confidence):
        result = rubric_engine.evaluate(rubric, uk_sheet(scores))
        found = (result.stars, result.grade, result.exact)
        expected = (int(row[rating]), row[rating], sum(scores.values()))
        if "total" in row:
            assert expected[2] == int(row["total"])
        if found == expected:
            right += 1
        else:
            wrong.append((row, found))
    assert not wrong
    assert right == SIZES[name]


ENGINES = ["polars", "polars lazy", "pyarrow", "pandas numpy", "pandas nullable"]
ENGINES += ["pandas arrow", "duckdb", "pyspark"]


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize(
    ("name", "confidence", "rating"),
    [
        ("uk-food-hygiene/ratings_sample_2000.csv", "confidenceinmanagement", "ratingvalue"),
        ("uk-food-hygiene/score_combinations.csv", "confidence_in_management", "rating"),
    ],
)
def test_uk_ratings_in_frames(
    name: str, confidence: str, rating: str, engine: str, engines: Callable[[str], Framed]
) -> None:
    pa = pytest.importorskip("pyarrow")
    rows = rows_of(name)
    ids = {
        "hygiene": "hygiene",
        "structural": "structural",
        "confidence_in_management": confidence,
    }
    findings = {f"{node}.score": [int(row[each]) for row in rows] for node, each in ids.items()}
    arrow = pa.table({"place": list(range(len(rows))), **findings})
    framed = engines(engine)(arrow)
    scored = rubric_engine.evaluate_frame(rubric_engine.load("uk-food-hygiene"), framed)
    found = {row["place"]: row for row in collected(scored)}
    assert len(found) == SIZES[name]
    for place, row in enumerate(rows):
        total = sum(int(row[each]) for each in ids.values())
        said = tuple(found[place][each] for each in ("score", "stars", "grade", "status"))
        assert said == (float(total), int(row[rating]), row[rating], "ok"), row


def test_sf_scores() -> None:
    rubric = rubric_engine.load("sf-food-safety")
    rows = rows_of("sf-food-safety/inspections.csv")
    sheets = {
        place: {"violations": {each: int(row[f"n_{each}"]) for each in ("high", "moderate", "low")}}
        for place, row in enumerate(rows)
    }
    right = 0
    for outcome in rubric_engine.evaluate_many(rubric, sheets):
        assert outcome.evaluation is not None, outcome.problems
        row = rows[outcome.key]
        assert outcome.evaluation.exact == int(row["published_score"]), row
        assert outcome.evaluation.grade is None
        right += 1
    assert right == 1_765
