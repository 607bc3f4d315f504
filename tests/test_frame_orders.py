"""Pairs of orders in frames: every engine says what `evaluate` says, and order decides.

Those of `tests/orders` are about one sheet. Quotas and reviews (O12, O13, O22) and figures of
the cohort are about all of them, and go from findings to places in one engine.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from framing import Framed, collected, in_frames, unlike
from rubric_engine import cohort_figures, evaluate, evaluate_frame, loads
from rubric_engine.testing import golden_cases
from test_frame_laws import plain

pytest.importorskip("narwhals")
pytest.importorskip("polars")
pa = pytest.importorskip("pyarrow")

from rubric_engine.places import Quota, award_places, rank_results  # noqa: E402 - after what it needs

ORDERS = Path(__file__).parent / "orders"
NAMES = sorted(each.name for each in ORDERS.iterdir() if each.is_dir())
ENGINES = ["polars lazy", "pyarrow", "duckdb"]


def test_both_orders_of_every_pair_are_here() -> None:
    pairs: dict[str, int] = {}
    for name in NAMES:
        pair = name.partition("-")[0]
        pairs[pair] = pairs.get(pair, 0) + 1
    assert set(pairs.values()) == {2}
    assert {"O1", "O10", "O24"} <= set(pairs)


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("name", NAMES)
def test_an_order_is_the_same_in_frames(
    name: str, engine: str, engines: Callable[[str], Framed]
) -> None:
    cases = golden_cases(ORDERS / name)
    sheets = [plain(each.evidence) for each in cases if not each.problems]
    assert unlike(cases[0].rubric, sheets, engines(engine)) == []


@pytest.mark.parametrize("engine", ENGINES)
def test_scored_cases_have_their_stated_scores(
    engine: str, engines: Callable[[str], Framed]
) -> None:
    for name in NAMES:
        cases = [each for each in golden_cases(ORDERS / name) if each.expect is not None]
        sheets = [plain(each.evidence) for each in cases]
        rows = in_frames(cases[0].rubric, sheets, engines(engine))
        for case, row in zip(cases, rows, strict=True):
            assert case.expect is not None
            if case.expect.score is not None:
                score = case.expect.score
                assert row["score"] == score.numerator / score.denominator, str(case)


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize(
    ("name", "score"), [("O10-trim-then-weight", 79.0), ("O10-weight-then-trim", 81.5)]
)
def test_o10_raters_as_rows_of_another_frame(
    name: str, score: float, engine: str, engines: Callable[[str], Framed]
) -> None:
    rubric, framed = golden_cases(ORDERS / name)[0].rubric, engines(engine)
    # The last first, and those of another assessee among them.
    raters = pa.table(
        {
            "unit": ["a", "b", "a", "a", "b", "a", "a", "b", "a"],
            "conduct_mark": [100, 50, 86, 84, 50, 82, 80, 50, 60],
            "results_mark": [70, 50, 76, 74, 50, 72, 95, 50, 60],
        }
    )
    sheets = pa.table({"unit": ["a", "b"]})
    rows = {"total.raters": framed(raters)}
    found = collected(evaluate_frame(rubric, framed(sheets), key="unit", rows=rows))
    assert {row["unit"]: row["score"] for row in found} == {"a": score, "b": 50.0}


# Places, from findings to the end

GATED = """
rubric: street
total: 100
grades: [{stars: 5, from: 90}, {stars: 4, from: 80}, {stars: 1}]
gates: [{when: conduct.vetoed, at_most: 1}]
items:
  - {id: conduct, points: 100, evidence: {faults: count, vetoed: flag}, rules: [{deduct: 1, per: faults}]}
"""
UNGATED = GATED.replace("gates: [{when: conduct.vetoed, at_most: 1}]\n", "")


def units(faults: list[int], vetoed: list[bool]) -> Any:
    names = [f"{place:02}" for place in range(len(faults))]
    return pa.table({"unit": names, "conduct.faults": faults, "conduct.vetoed": vetoed})


def final_stars(frame: Any) -> dict[str, Any]:
    return {row["unit"]: row["final_stars"] for row in collected(frame)}


@pytest.mark.parametrize("engine", ENGINES)
def test_o12_veto_then_quota_and_quota_then_veto(
    engine: str, engines: Callable[[str], Framed]
) -> None:
    """Ten units, one place, the best of them vetoed."""
    frame = engines(engine)(units(list(range(10)), [True] + [False] * 9))
    quota = [Quota(5, places=1)]
    rubric = loads(GATED)
    first = final_stars(award_places(evaluate_frame(rubric, frame), quota, grades=rubric))
    assert [unit for unit, stars in first.items() if stars == 5] == ["01"]
    assert first["00"] == 1

    banded = evaluate_frame(loads(UNGATED), frame)
    second = collected(award_places(banded, quota, grades=rubric))
    holders = [row for row in second if row["final_stars"] == 5]
    assert [row["unit"] for row in holders if not row["conduct.vetoed"]] == []
    assert [row["unit"] for row in holders] == ["00"]


REVIEWED = GATED.replace("vetoed", "failed_review").replace("at_most: 1}", "at_most: 4}")


@pytest.mark.parametrize("engine", ENGINES)
def test_o13_review_then_quota_and_quota_then_review(
    engine: str, engines: Callable[[str], Framed]
) -> None:
    """Units a to e have 95 to 91; two places; a and c fail the re-review."""
    failed = [True, False, True, False, False]
    columns = {
        "unit": list("abcde"),
        "conduct.faults": [5, 6, 7, 8, 9],
        "conduct.failed_review": failed,
    }
    frame = engines(engine)(pa.table(columns))
    quota, rubric = [Quota(5, places=2)], loads(REVIEWED)
    first = final_stars(award_places(evaluate_frame(rubric, frame), quota, grades=rubric))
    assert sorted(unit for unit, stars in first.items() if stars == 5) == ["b", "d"]

    lenient = loads(REVIEWED.replace("gates: [{when: conduct.failed_review, at_most: 4}]\n", ""))
    second = collected(award_places(evaluate_frame(lenient, frame), quota, grades=rubric))
    kept = [row for row in second if not row["conduct.failed_review"]]
    assert [row["unit"] for row in kept if row["final_stars"] == 5] == ["b"]


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize(("rounding", "places"), [("down", 4), ("half_up", 5)])
def test_o22_ten_percent_of_49_scored_here(
    engine: str, rounding: Any, places: int, engines: Callable[[str], Framed]
) -> None:
    scale = GATED.replace("from: 90", "from: 40").replace("from: 80", "from: 20")
    rubric = loads(scale)
    frame = engines(engine)(units(list(range(49)), [False] * 49))
    quota = [Quota(5, share="1/10", rounding=rounding)]
    stars = final_stars(award_places(evaluate_frame(rubric, frame), quota, grades=rubric))
    assert sorted(unit for unit, each in stars.items() if each == 5) == [
        f"{place:02}" for place in range(places)
    ]
    assert len(stars) == 49


@pytest.mark.parametrize("engine", ENGINES)
def test_rows_that_cannot_be_scored_take_no_place(
    engine: str, engines: Callable[[str], Framed]
) -> None:
    faults: list[Any] = [None, 1, 2]
    frame = engines(engine)(units(faults, [False] * 3))
    rubric = loads(GATED)
    scored = evaluate_frame(rubric, frame)
    stars = final_stars(award_places(scored, [Quota(5, places=1)], grades=rubric))
    assert stars == {"00": None, "01": 5, "02": 4}
    ranks = {row["unit"]: row["rank"] for row in collected(rank_results(scored))}
    assert ranks == {"00": None, "01": 1, "02": 2}


# Figures of the cohort, worked out and used

RANKS = """
rubric: ranks
title: Points by what the cohort did, which the frame works out
provenance: illustrative
total: 40
given:
  assessee: {group: {type: choice, values: [a, b]}}
  history: {rank: {type: count, range: 1..500}}
  cohort:
    rank: {type: count, range: 1..500, figure: {rank: output.made}}
    rank_in_group: {type: count, range: 1..500, figure: {rank: output.made, within: assessee.group}}
    best: {type: count, range: 0..1000, figure: {highest: output.made}}
items:
  - {id: standing, points: 10, rules: [{award: {from 1: 10, from 4: 8, from 11: 5, from 31: 2}, by: cohort.rank}]}
  - {id: progress, points: 10, rules: [{award: 2, below: history.rank, of: cohort.rank, up_to: 10}]}
  - {id: taxes, points: 10, rules: [{award: {at 1: 10, at 11: 0}, by: cohort.rank_in_group}]}
  - id: output
    points: 10
    evidence: {made: {type: count, range: 0..1000}}
    rules: [{award: all, ratio: made / cohort.best, empty: zero}]
"""


@pytest.mark.parametrize("engine", ENGINES)
def test_figures_of_the_cohort_are_those_of_the_shape_of_ranks(
    engine: str, engines: Callable[[str], Framed]
) -> None:
    """The best, the third, the fourth of all and of its group, and 45 where the best made 60."""
    made = [45, 60, 59, 50, 45, 10]
    group = ["a", "a", "a", "a", "b", "b"]
    before = [6, 6, 6, 6, 6, 6]
    columns = {"unit": list("fabcde"), "output.made": made, "assessee.group": group}
    frame = engines(engine)(pa.table({**columns, "history.rank": before}))
    rubric = loads(RANKS)
    found = {row["unit"]: row for row in collected(evaluate_frame(rubric, frame, detail="nodes"))}
    known = {row["unit"]: row for row in collected(cohort_figures(rubric, frame, key="unit"))}
    ranks = {unit: (row["cohort.rank"], row["cohort.rank_in_group"]) for unit, row in known.items()}
    assert ranks == {"a": (1, 1), "b": (2, 2), "c": (3, 3), "f": (4, 4), "d": (4, 1), "e": (6, 2)}
    assert {row["cohort.best"] for row in known.values()} == {60}
    nodes = {
        name: {unit: row[name] for unit, row in found.items()}
        for name in ("standing", "progress", "taxes", "output")
    }
    # What the golden cases of tests/shapes/ranks say of these ranks.
    assert (nodes["standing"]["f"], nodes["progress"]["f"]) == (8.0, 4.0)
    assert (nodes["standing"]["c"], nodes["progress"]["c"]) == (10.0, 6.0)
    assert (nodes["taxes"]["f"], nodes["output"]["f"]) == (7.0, 7.5)
    for unit, row in known.items():
        place = columns["unit"].index(unit)
        sheet = {
            "output": {"made": made[place]},
            "assessee": {"group": group[place]},
            "history": {"rank": 6},
            "cohort": {name: row[f"cohort.{name}"] for name in ("rank", "rank_in_group", "best")},
        }
        assert found[unit]["score"] == float(evaluate(rubric, sheet).exact)
