"""Quotas as a maximum and ranks of final results, in every engine."""

from __future__ import annotations

import random
import sys
import warnings
from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from typing import Any

import pytest
from attrs import evolve, frozen
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rubric_engine import evaluate, loads
from rubric_engine.errors import InvalidEvidence, InvalidFrame, InvalidRubric, RubricError

nw = pytest.importorskip("narwhals")
pytest.importorskip("polars")
pytest.importorskip("pyarrow")

from result_frames import (  # noqa: E402 - after what it needs
    EAGER,
    ENGINES,
    LAZY,
    Framed,
    by_key,
    framed_here,
    framing_of,
    read,
)
from rubric_engine.places import Quota, award_places, rank_results  # noqa: E402 - the same

framed = pytest.fixture(framing_of)

STARS = [5, 4, 3, 2, 1]
FINAL = ("final_grade", "final_stars", "displaced")


def polars(columns: Any) -> Any:
    return framed_here("polars", columns)


def problems(error: pytest.ExceptionInfo[RubricError]) -> list[tuple[str, str]]:
    return [(each.code, each.path) for each in error.value.problems]


def results(
    grades: Sequence[Any], scores: Sequence[Any], **more: tuple[str, Sequence[Any]]
) -> dict[str, tuple[str, Sequence[Any]]]:
    """Return the columns of results, the units called 0, 1 and so on."""
    texts = [None if each is None else str(each) for each in grades]
    units = list(range(len(texts)))
    return {
        "unit": ("int64", units),
        "grade": ("string", texts),
        "score": ("float64", scores),
        **more,
    }


def stars_after(frame: Any, quotas: Sequence[Quota], **options: Any) -> list[Any]:
    """Return the final stars in the order of the units."""
    found = by_key(award_places(frame, quotas, grades=STARS, **options), "unit", ["final_stars"])
    return [found[unit][0] for unit in sorted(found)]


# The pairs of orders


@pytest.mark.parametrize("engine", ENGINES)
def test_o12_a_veto_before_the_quota_leaves_the_place_to_the_next(
    engine: str, framed: Callable[[str], Framed]
) -> None:
    """Ten units of five stars by their bands, one place, the best one vetoed."""
    scores = [99.0 - unit for unit in range(10)]
    vetoed = [True] + [False] * 9
    gated = [1 if veto else 5 for veto in vetoed]
    first = stars_after(framed(engine)(results(gated, scores)), [Quota(5, places=1)])
    assert first == [1, 5] + [4] * 8

    banded = stars_after(framed(engine)(results([5] * 10, scores)), [Quota(5, places=1)])
    second = [1 if veto else stars for veto, stars in zip(vetoed, banded, strict=True)]
    assert second == [1] + [4] * 9


@pytest.mark.parametrize("engine", ENGINES)
def test_o13_a_review_before_the_quota_fills_the_places_of_those_who_fail(
    engine: str, framed: Callable[[str], Framed]
) -> None:
    """Units a to e have 95 to 91; two places; a and c fail the re-review."""
    scores = [95.0, 94.0, 93.0, 92.0, 91.0]
    passed = [False, True, False, True, True]
    reviewed = [5 if each else 4 for each in passed]
    first = stars_after(framed(engine)(results(reviewed, scores)), [Quota(5, places=2)])
    assert [unit for unit, stars in zip("abcde", first, strict=True) if stars == 5] == ["b", "d"]

    placed = stars_after(framed(engine)(results([5] * 5, scores)), [Quota(5, places=2)])
    second = [stars if each else min(stars, 4) for stars, each in zip(placed, passed, strict=True)]
    assert [unit for unit, stars in zip("abcde", second, strict=True) if stars == 5] == ["b"]


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize(("rounding", "places"), [("down", 4), ("half_up", 5), ("up", 5)])
def test_o22_ten_percent_of_49(
    engine: str, rounding: Any, places: int, framed: Callable[[str], Framed]
) -> None:
    frame = framed(engine)(results([5] * 49, [51.0 + unit for unit in range(49)]))
    found = stars_after(frame, [Quota(5, share="0.1", rounding=rounding)])
    assert found == [4] * (49 - places) + [5] * places


RANKED = """
rubric: by-rank
total: 30
given: {cohort: {rank: {type: count, range: 1..50}}}
items: [{id: place, points: 30, start: full, rules: [{deduct: 1.5, per: cohort.rank - 1}]}]
"""


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize(
    ("among", "ranks", "second"), [(None, [1, 2, 3], "28.5"), ("eligible", [None, 1, 2], "30")]
)
def test_o23_a_vetoed_unit_keeps_its_rank_or_is_taken_out(
    engine: str,
    among: str | None,
    ranks: list[int | None],
    second: str,
    framed: Callable[[str], Framed],
) -> None:
    eligible = ("bool", [False, True, True])
    frame = framed(engine)(results([1, 5, 5], [98.0, 95.0, 91.0], eligible=eligible))
    found = by_key(rank_results(frame, among=among), "unit", ["rank"])
    assert [found[unit][0] for unit in range(3)] == ranks
    rank = {"cohort": {"rank": found[1][0]}}
    assert evaluate(loads(RANKED), {}, given=rank).exact == Fraction(second)


def test_f29_figures_as_quotas_of_a_tenth_and_a_quarter(framed: Callable[[str], Framed]) -> None:
    """11 and 26 of 49 reported, 4 and 12 final, 33 at three stars or below.

    The source gives the numbers, not the quotas; a tenth and a quarter would give them.
    """
    grades = [5] * 11 + [4] * 26 + [3] * 12
    frame = framed("polars")(results(grades, [100.0 - unit for unit in range(49)]))
    found = stars_after(frame, [Quota(5, share="1/10"), Quota(4, share="1/4")])
    assert [found.count(stars) for stars in (5, 4, 3)] == [4, 12, 33]


# One claim each


def test_the_displaced_of_one_grade_count_against_the_quota_of_the_next() -> None:
    frame = polars(results([5, 5, 4], [95.0, 94.0, 85.0]))
    quotas = [Quota(5, places=1), Quota(4, places=1)]
    assert stars_after(frame, quotas) == [5, 4, 3]


def test_who_is_displaced_twice_is_two_grades_down_and_said_to_be_displaced() -> None:
    frame = polars(results([5, 5, 5], [95.0, 94.0, 93.0]))
    quotas = [Quota(5, places=1), Quota(4, places=1)]
    found = award_places(frame, quotas, grades=STARS)
    assert read(found)["final_grade"] == ["5", "4", "3"]
    assert read(found)["displaced"] == [False, True, True]


@pytest.mark.parametrize(("ties", "stars"), [("in", [5, 5, 5, 4]), ("out", [5, 4, 4, 4])])
def test_those_who_tie_for_the_last_place_are_all_in_or_all_out(
    ties: Any, stars: list[int]
) -> None:
    frame = polars(results([5] * 4, [95.0, 94.0, 94.0, 93.0]))
    assert stars_after(frame, [Quota(5, places=2, ties=ties)]) == stars


def test_further_columns_decide_ties_the_missing_last() -> None:
    faults = ("int64", [None, 3, 1, 1])
    frame = polars(results([5] * 4, [94.0] * 4, faults=faults))
    by = {"score": "highest", "faults": "lowest"}
    assert stars_after(frame, [Quota(5, places=3)], by=by) == [4, 5, 5, 5]
    assert stars_after(frame, [Quota(5, places=1)], by=by) == [4, 4, 4, 4]
    assert stars_after(frame, [Quota(5, places=1, ties="in")], by=by) == [4, 4, 5, 5]


def test_the_lowest_score_can_be_the_best() -> None:
    frame = polars(results([5, 5], [3.0, 4.0]))
    assert stars_after(frame, [Quota(5, places=1)], by={"score": "lowest"}) == [5, 4]


def test_every_group_has_its_own_places_and_the_missing_group_too() -> None:
    street = ("string", ["a", "a", "b", None, None])
    frame = polars(results([5] * 5, [91.0, 92.0, 90.0, 95.0, 94.0], street=street))
    assert stars_after(frame, [Quota(5, places=1, within="street")]) == [4, 5, 5, 5, 4]


def test_groups_can_be_named_by_several_columns() -> None:
    more = {"street": ("string", ["a", "a", "a"]), "type": ("string", ["x", "y", "y"])}
    frame = polars(results([5] * 3, [91.0, 92.0, 90.0], **more))
    assert stars_after(frame, [Quota(5, places=1, within=["street", "type"])]) == [5, 5, 4]


def test_a_share_is_of_those_rated_of_all_or_of_a_stated_number() -> None:
    more = {"size": ("int64", [8] * 5)}
    frame = polars(results([5, 5, 5, 1, None], [91.0, 92.0, 93.0, 99.0, None], **more))
    assert stars_after(frame, [Quota(5, share="1/4")]) == [4, 4, 5, 1, None]
    assert stars_after(frame, [Quota(5, share="2/5", of="all")]) == [4, 5, 5, 1, None]
    assert stars_after(frame, [Quota(5, share="2/5")]) == [4, 4, 5, 1, None]
    assert stars_after(frame, [Quota(5, share="3/8", population="size")]) == [5, 5, 5, 1, None]


def test_who_is_unrated_or_without_a_score_takes_no_place_and_keeps_what_he_has() -> None:
    frame = polars(results([5, 5, "unrated", None], [None, 91.0, 97.0, 96.0]))
    found = read(award_places(frame, [Quota(5, places=1)], grades=STARS))
    assert found["final_grade"] == ["5", "5", "unrated", None]
    assert found["final_stars"] == [5, 5, None, None]
    assert found["displaced"] == [False] * 4


def test_what_is_not_a_number_is_no_score() -> None:
    frame = polars(results([5, 5], [float("nan"), 91.0]))
    assert stars_after(frame, [Quota(5, places=1)]) == [5, 5]


def test_grades_come_from_a_rubric_with_their_names_or_as_their_stars() -> None:
    rubric = loads(
        "rubric: r\ngrades: [{grade: gold, stars: 3, from: 90}, {grade: silver, stars: 2, from: 80},"
        " {grade: none}]\nitems: [{id: a, points: 100, evidence: {n: count}, rules: [{deduct: 1, per: n}]}]"
    )
    frame = polars(results(["gold", "gold", "silver"], [95.0, 94.0, 85.0]))
    quotas = [Quota("3", places=1), Quota("silver", places=1)]
    found = read(award_places(frame, quotas, grades=rubric))
    assert found["final_grade"] == ["gold", "silver", "none"]
    assert found["final_stars"] == [3, 2, None]
    starred = polars(results([3, 3, 2], [95.0, 94.0, 85.0]))
    found = read(award_places(starred, quotas, grades=rubric))
    assert found["final_grade"] == ["3", "silver", "none"]
    assert found["final_stars"] == [3, 2, None]


def test_grades_without_stars_add_no_column_of_stars() -> None:
    frame = polars(results(["A", "A"], [95.0, 94.0]))
    found = award_places(frame, [Quota("A", places=1)], grades=["A", "B"])
    assert found.columns == ["unit", "grade", "score", "final_grade", "displaced"]
    assert found["final_grade"].to_list() == ["A", "B"]


@pytest.mark.parametrize("engine", ENGINES)
def test_grades_can_be_whole_stars(engine: str, framed: Callable[[str], Framed]) -> None:
    columns = results([5, 5, 5], [95.0, 94.0, None], stars=("int64", [5, 5, None]))
    found = stars_after(framed(engine)(columns), [Quota(5, places=1)], grade="stars")
    assert found == [5, 4, None]


def test_whole_scores_beyond_the_doubles_do_not_tie() -> None:
    columns = results([5, 5], [None, None]) | {"score": ("int64", [2**60, 2**60 + 1])}
    assert stars_after(polars(columns), [Quota(5, places=1)]) == [4, 5]


def test_truths_and_dates_can_decide() -> None:
    columns = results([5, 5], [94.0, 94.0], won=("bool", [False, True]))
    by = {"score": "highest", "won": "highest"}
    assert stars_after(polars(columns), [Quota(5, places=1)], by=by) == [4, 5]
    columns = results([5, 5], [94.0, 94.0], on=("date32", [20_000, 19_000]))
    by = {"score": "highest", "on": "lowest"}
    assert stars_after(polars(columns), [Quota(5, places=1)], by=by) == [4, 5]


def test_no_place_is_no_holder_and_all_places_are_no_change() -> None:
    frame = polars(results([5, 5], [95.0, 95.0]))
    assert stars_after(frame, [Quota(5, places=0, ties="in")]) == [4, 4]
    assert stars_after(frame, [Quota(5, share="1")]) == [5, 5]
    assert stars_after(frame, []) == [5, 5]


@pytest.mark.parametrize(
    ("ties", "ranks"),
    [("lowest", [1, 2, 2, 4]), ("highest", [1, 3, 3, 4]), ("dense", [1, 2, 2, 3])],
)
@pytest.mark.parametrize("engine", ENGINES)
def test_ranks_of_those_who_tie(
    engine: str, ties: Any, ranks: list[int], framed: Callable[[str], Framed]
) -> None:
    frame = framed(engine)(results([5] * 4, [95.0, 94.0, 94.0, 90.0]))
    found = by_key(rank_results(frame, ties=ties), "unit", ["rank"])
    assert [found[unit][0] for unit in range(4)] == ranks


def test_final_results_rank_by_grade_and_then_by_score() -> None:
    columns = results([1, 5, 5], [98.0, 91.0, 95.0], final_stars=("int64", [1, 5, 5]))
    by = {"final_stars": "highest", "score": "highest"}
    assert rank_results(polars(columns), by=by)["rank"].to_list() == [3, 2, 1]


# What is handed over


@pytest.mark.parametrize("engine", ENGINES)
def test_the_frame_that_comes_out_is_of_the_kind_that_went_in(
    engine: str, framed: Callable[[str], Framed]
) -> None:
    columns = results([5, 5], [95.0, 94.0]) | {"a.b c": ("string", ["x", None])}
    frame = framed(engine)(columns)
    found = award_places(frame, [Quota(5, places=1)], grades=STARS)
    ranked = rank_results(found, by="score", name="its.rank")
    assert type(found) is type(ranked) is type(frame)
    assert list(read(ranked)) == ["unit", "grade", "score", "a.b c", *FINAL, "its.rank"]
    wrapped = award_places(nw.from_native(frame), [Quota(5, places=1)], grades=STARS)
    assert type(wrapped) is type(nw.from_native(frame))
    kinds = nw.from_native(ranked).collect_schema()
    added = [kinds[name] for name in (*FINAL, "its.rank")]
    assert added == [nw.String, nw.Int64, nw.Boolean, nw.Int64]


@pytest.mark.parametrize("engine", [each for each in EAGER if each.startswith("pandas")])
def test_pandas_keeps_its_index_and_its_columns(
    engine: str, framed: Callable[[str], Framed]
) -> None:
    frame = framed(engine)(results([5, 5, 5], [94.0, 95.0, 93.0]))
    before = frame.copy()
    found = award_places(frame, [Quota(5, places=1)], grades=STARS)
    assert list(found.index) == [40, 40, 41]
    assert found[list(before.columns)].equals(before)
    assert frame.equals(before)
    assert found["final_stars"].to_list() == [4, 5, 4]


@pytest.mark.parametrize("engine", EAGER)
def test_an_eager_frame_keeps_the_order_of_its_rows(
    engine: str, framed: Callable[[str], Framed]
) -> None:
    scores = [float(each * 7 % 10) for each in range(10)]
    frame = framed(engine)(results([5] * 10, scores))
    found = read(award_places(frame, [Quota(5, places=3)], grades=STARS))
    assert found["unit"] == list(range(10))
    assert found["final_stars"] == [5 if each > 6 else 4 for each in scores]


@pytest.mark.parametrize("engine", ENGINES)
def test_an_empty_frame_stays_empty(engine: str, framed: Callable[[str], Framed]) -> None:
    frame = framed(engine)(results([], []))
    quotas = [Quota(5, share="1/10"), Quota(4, places=1, ties="in")]
    found = rank_results(award_places(frame, quotas, grades=STARS), by="score")
    assert read(found) == {name: [] for name in ("unit", "grade", "score", *FINAL, "rank")}


def test_a_frame_in_which_every_score_is_missing_awards_nothing() -> None:
    pd = pytest.importorskip("pandas")
    frame = pd.DataFrame({"grade": [None, None], "score": [None, None]})
    found = award_places(frame, [Quota(5, places=1)], grades=STARS)
    assert found["displaced"].to_list() == [False, False]


def test_columns_can_have_the_names_that_are_used_inside() -> None:
    inside = ["place", "c0", "one", "rank", "at", "start", "holds", "by0", "text", "graded"]
    more = {name: ("string", ["x", "y"]) for name in inside}
    columns = results([5, 5], [94.0, 95.0], **more)
    for frame in (polars(columns), polars(columns).lazy()):
        assert stars_after(frame, [Quota(5, places=1)]) == [4, 5]


# What is refused


def test_names_that_are_taken_are_refused_unless_a_prefix_frees_them() -> None:
    columns = results([5], [95.0], Displaced=("string", ["x"]))
    with pytest.raises(InvalidFrame) as caught:
        award_places(polars(columns), [], grades=STARS)
    assert problems(caught) == [("column-taken", "displaced")]
    found = award_places(polars(columns), [], grades=STARS, prefix="street.")
    assert found.columns[-3:] == [f"street.{name}" for name in FINAL]


def test_columns_that_are_not_there_are_all_named_with_the_nearest() -> None:
    frame = polars(results([5], [95.0]))
    quotas = [Quota(5, share="1/2", population="sise", within="unti")]
    with pytest.raises(InvalidFrame) as caught:
        award_places(frame, quotas, grades=STARS, by="scores")
    assert problems(caught) == [("missing-column", each) for each in ("scores", "unti", "sise")]
    assert [each.nearest for each in caught.value.problems] == ["score", "unit", None]


@pytest.mark.parametrize(
    ("options", "found"),
    [
        ({}, [("conflicting-keys", "share")]),
        ({"share": "1/2", "places": 1}, [("conflicting-keys", "share")]),
        ({"share": "3/2"}, [("out-of-range", "share")]),
        ({"share": "-1/2"}, [("out-of-range", "share")]),
        ({"share": Fraction(1, 10**6 + 1)}, [("out-of-range", "share")]),
        ({"share": 0.1 + 0.2}, [("bad-number", "share")]),
        ({"places": -1}, [("out-of-range", "places")]),
        ({"places": 10**12 + 1}, [("out-of-range", "places")]),
        ({"places": 1.5}, [("wrong-type", "places")]),
        ({"places": True}, [("wrong-type", "places")]),
        ({"places": 1, "population": "n"}, [("conflicting-keys", "population")]),
        (
            {"places": 1, "of": "al", "rounding": "floor", "ties": "on"},
            [("unknown-value", each) for each in ("of", "rounding", "ties")],
        ),
    ],
)
def test_a_quota_that_makes_no_sense_is_refused(
    options: dict[str, Any], found: list[tuple[str, str]]
) -> None:
    with pytest.raises(InvalidRubric) as caught:
        Quota("5", **options)
    assert problems(caught) == found


def test_the_finest_share_and_the_most_places_are_exact() -> None:
    columns = results([5, 5], [94.0, 95.0], size=("int64", [10**12] * 2))
    finest = Quota(5, share=Fraction(1, 10**6), population="size")
    assert stars_after(polars(columns), [finest]) == [5, 5]
    assert stars_after(polars(columns), [Quota(5, places=10**12)]) == [5, 5]
    half = Quota(5, share=Fraction(10**6 - 1, 10**6), population="size", rounding="half_up")
    assert stars_after(polars(columns), [half]) == [5, 5]
    columns = results([5, 5], [94.0, 95.0], size=("int64", [10**6 - 1] * 2))
    assert stars_after(polars(columns), [finest]) == [4, 4]


@pytest.mark.parametrize(
    ("grades", "found"),
    [
        (["6"], [("unknown-grade", "quotas[0].grade")]),
        (["1"], [("unknown-grade", "quotas[0].grade")]),
        (["4", "5"], [("grades-order", "quotas")]),
        (["4", "4"], []),
    ],
)
def test_quotas_are_of_grades_from_the_best_down(
    grades: list[str], found: list[tuple[str, str]]
) -> None:
    quotas = [Quota(grade, places=1) for grade in grades]
    if not found:
        assert stars_after(polars(results([4, 4], [81.0, 82.0])), quotas) == [3, 4]
        return
    with pytest.raises(InvalidRubric) as caught:
        award_places(polars(results([4], [81.0])), quotas, grades=STARS)
    assert problems(caught) == found


@pytest.mark.parametrize(("grades", "code"), [([], "empty"), ([5, 4, 5], "duplicate-id")])
def test_grades_are_some_and_each_is_there_once(grades: list[int], code: str) -> None:
    with pytest.raises(InvalidRubric) as caught:
        award_places(polars(results([5], [95.0])), [], grades=grades)
    assert [each.code for each in caught.value.problems] == [code]


@pytest.mark.parametrize("engine", ENGINES)
def test_an_unknown_grade_is_refused_where_rows_can_be_seen_and_takes_no_place_elsewhere(
    engine: str, framed: Callable[[str], Framed]
) -> None:
    frame = framed(engine)(results(["5", "fife"], [91.0, 99.0]))
    if engine in LAZY:
        assert stars_after(frame, [Quota(5, share="1", rounding="down")]) == [5, None]
        return
    with pytest.raises(InvalidEvidence) as caught:
        award_places(frame, [], grades=STARS)
    assert problems(caught) == [("unknown-grade", "grade")]


@pytest.mark.parametrize(
    ("sizes", "codes"),
    [
        ([4, None], ["missing-finding", "given-twice"]),
        ([-1, -1], ["out-of-range"]),
        ([10**12 + 1] * 2, ["out-of-range"]),
        ([4, 5], ["given-twice"]),
    ],
)
def test_a_population_is_one_number_for_a_group(sizes: list[Any], codes: list[str]) -> None:
    frame = polars(results([5, 5], [95.0, 94.0], size=("int64", sizes)))
    with pytest.raises(InvalidEvidence) as caught:
        award_places(frame, [Quota(5, share="1/4", population="size")], grades=STARS)
    assert problems(caught) == [(code, "size") for code in codes]


def test_a_population_is_a_whole_number_and_may_differ_from_group_to_group() -> None:
    frame = polars(results([5, 5], [95.0, 94.0], size=("float64", [4.0, 4.0])))
    with pytest.raises(InvalidFrame) as caught:
        award_places(frame, [Quota(5, share="1/4", population="size")], grades=STARS)
    assert problems(caught) == [("wrong-dtype", "size")]
    more = {"size": ("int64", [4, 3]), "street": ("string", ["a", "b"])}
    frame = polars(results([5, 5], [95.0, 94.0], **more))
    quota = Quota(5, share="1/4", population="size", within="street")
    assert stars_after(frame, [quota]) == [5, 4]


@pytest.mark.parametrize("engine", LAZY)
def test_without_a_population_the_grades_of_a_lazy_frame_are_missing(
    engine: str, framed: Callable[[str], Framed]
) -> None:
    more = {"size": ("int64", [None, None, 4]), "street": ("string", ["a", "a", "b"])}
    frame = framed(engine)(results([5, 4, 5], [95.0, 84.0, 94.0], **more))
    quota = Quota(5, share="1/4", population="size", within="street")
    found = by_key(award_places(frame, [quota], grades=STARS), "unit", FINAL)
    assert found == {0: (None, None, None), 1: ("4", 4, False), 2: ("5", 5, False)}


@pytest.mark.parametrize("engine", LAZY)
def test_of_several_populations_of_a_lazy_group_the_largest_counts(
    engine: str, framed: Callable[[str], Framed]
) -> None:
    frame = framed(engine)(results([5, 5], [95.0, 94.0], size=("int64", [8, None])))
    assert stars_after(frame, [Quota(5, share="1/4", population="size")]) == [5, 5]


@pytest.mark.parametrize(
    ("by", "found"),
    [
        ("grade", [("wrong-dtype", "grade")]),
        ({"score": "best"}, [("unknown-value", "score")]),
        ({}, [("empty", "by")]),
    ],
)
def test_texts_decide_nothing(by: Any, found: list[tuple[str, str]]) -> None:
    frame = polars(results([5], [95.0]))
    with pytest.raises(InvalidFrame) as caught:
        award_places(frame, [], grades=STARS, by=by)
    assert problems(caught) == found
    with pytest.raises(InvalidFrame) as caught:
        rank_results(frame, by=by)
    assert problems(caught) == found


def test_ranks_refuse_unknown_ties_and_truths_that_are_none() -> None:
    frame = polars(results([5, 5], [95.0, 94.0], known=("bool", [True, None])))
    with pytest.raises(InvalidFrame) as caught:
        rank_results(frame, ties="min")  # type: ignore[arg-type]  # what is tested
    assert problems(caught) == [("unknown-value", "ties")]
    with pytest.raises(InvalidFrame) as caught:
        rank_results(frame, among="unit")
    assert problems(caught) == [("wrong-dtype", "unit")]
    with pytest.raises(InvalidEvidence) as caught:
        rank_results(frame, among="known")
    assert problems(caught) == [("missing-finding", "known")]
    assert read(rank_results(frame.lazy(), among="known"))["rank"] == [1, None]


def test_dask_is_refused_for_it_has_no_ranks_within_groups() -> None:
    dask = pytest.importorskip("dask.dataframe")
    pd = pytest.importorskip("pandas")
    frame = dask.from_pandas(pd.DataFrame({"score": [1.0]}), npartitions=1)
    with warnings.catch_warnings():
        # Narwhals says of every Dask frame that it will need a package for them.
        warnings.filterwarnings("ignore", "Dask support is moving", FutureWarning)
        with pytest.raises(InvalidFrame) as caught:
            rank_results(frame)
    assert problems(caught) == [("lazy-frame", "frame")]


def test_what_is_no_frame_is_refused() -> None:
    with pytest.raises(InvalidFrame) as caught:
        rank_results([{"score": 1}])
    assert problems(caught) == [("wrong-type", "frame")]


@pytest.mark.parametrize("engine", ["pyarrow", "pandas numpy"])
def test_without_polars_it_is_said_that_it_is_needed(
    engine: str, framed: Callable[[str], Framed], monkeypatch: pytest.MonkeyPatch
) -> None:
    frame = framed(engine)(results([5], [95.0]))
    monkeypatch.setitem(sys.modules, "polars", None)
    with pytest.raises(ImportError) as caught:
        rank_results(frame)
    assert isinstance(caught.value, RubricError)
    assert problems(caught) == [("missing-library", "polars")]


# Laws


@frozen
class Population:
    """Results to award places among."""

    rows: list[dict[str, Any]]
    quotas: list[Quota]
    by: dict[str, Any]

    def columns(self, order: Sequence[int]) -> dict[str, tuple[str, Sequence[Any]]]:
        kinds = {
            "unit": "int64",
            "grade": "string",
            "score": "float64",
            "faults": "int64",
            "street": "string",
            "size": "int64",
        }
        return {
            name: (kind, [self.rows[place][name] for place in order])
            for name, kind in kinds.items()
        }


SHARES = [Fraction(0), Fraction(1, 10), Fraction(1, 3), Fraction(1, 2), Fraction(3, 4), Fraction(1)]


@st.composite
def quota(draw: st.DrawFn) -> Quota:
    common = {
        "ties": draw(st.sampled_from(["in", "out"])),
        "within": draw(st.sampled_from([(), ("street",)])),
    }
    grade = draw(st.sampled_from([5, 4, 3, 2]))
    if draw(st.booleans()):
        return Quota(grade, places=draw(st.integers(0, 4)), **common)
    # A population is one number for a group, so only groups have it here.
    population = "size" if common["within"] and draw(st.booleans()) else None
    return Quota(
        grade,
        share=draw(st.sampled_from(SHARES)),
        of=draw(st.sampled_from(["rated", "all"])),
        population=population,
        rounding=draw(st.sampled_from(["down", "half_up", "up"])),
        **common,
    )


@st.composite
def populations(draw: st.DrawFn) -> Population:
    sizes = {street: draw(st.integers(0, 9)) for street in ("a", "b", None)}
    rows = []
    for unit in range(draw(st.integers(0, 12))):
        street = draw(st.sampled_from(["a", "b", None]))
        rows.append(
            {
                "unit": unit,
                "grade": draw(st.sampled_from(["5", "5", "5", "4", "3", "1", "unrated", None])),
                "score": draw(st.sampled_from([90.0, 90.1, 90.2, 70.0, None])),
                "faults": draw(st.sampled_from([0, 1, None])),
                "street": street,
                "size": sizes[street],
            }
        )
    quotas = sorted(draw(st.lists(quota(), max_size=3)), key=lambda each: -int(each.grade))
    orders = [
        {"score": "highest"},
        {"score": "lowest"},
        {"score": "highest", "faults": "lowest"},
        {"score": "lowest", "faults": "highest"},
    ]
    return Population(rows, quotas, draw(st.sampled_from(orders)))


def before(one: Mapping[str, Any], other: Mapping[str, Any], by: Mapping[str, str]) -> bool:
    """Say whether one comes before another for sure; what is missing comes last."""
    for name, direction in by.items():
        mine, his = one[name], other[name]
        if mine == his:
            continue
        if mine is None or his is None:
            return his is None
        return bool(mine > his if direction == "highest" else mine < his)
    return False


def is_rated(row: Mapping[str, Any]) -> bool:
    return row["score"] is not None and row["grade"] in ("5", "4", "3", "2", "1")


def number_of_places(quota: Quota, group: Sequence[Mapping[str, Any]]) -> int:
    if quota.places is not None:
        return quota.places
    whole = len(group) if quota.of == "all" else sum(map(is_rated, group))
    whole = group[0][quota.population] if quota.population else whole
    part = Fraction(quota.share) * whole
    if quota.rounding == "half_up":
        part += Fraction(1, 2)
    floor = part.numerator // part.denominator
    return floor + (quota.rounding == "up" and part != floor)


def groups_of(quota: Quota, rows: Sequence[Mapping[str, Any]]) -> list[list[Mapping[str, Any]]]:
    found: dict[Any, list[Mapping[str, Any]]] = {}
    for row in rows:
        found.setdefault(tuple(row[name] for name in quota.within), []).append(row)
    return list(found.values())


def awarded(population: Population) -> dict[int, str | None]:
    """Return the final grades, slowly."""
    final = {row["unit"]: row["grade"] for row in population.rows}
    for quota in population.quotas:
        for group in groups_of(quota, population.rows):
            places = number_of_places(quota, group)
            holders = [row for row in group if is_rated(row) and final[row["unit"]] == quota.grade]
            out = []
            for row in holders:
                ahead = sum(before(other, row, population.by) for other in holders)
                behind = sum(before(row, other, population.by) for other in holders)
                last = len(holders) - behind if quota.ties == "out" else ahead + 1
                if last > places:
                    out.append(row["unit"])
            final.update(dict.fromkeys(out, str(int(quota.grade) - 1)))
    return final


def law(engine: str, holds: Callable[..., None], *drawn: Any) -> None:
    """Try a law on as many random examples as an engine has time for."""
    quick = settings(
        max_examples=min(ENGINES[engine], settings.default.max_examples),
        suppress_health_check=list(HealthCheck),
    )
    quick(given(*drawn)(holds))()


@pytest.mark.parametrize("engine", ENGINES)
def test_places_are_awarded_as_by_hand_whatever_the_order_of_rows(
    engine: str, framed: Callable[[str], Framed]
) -> None:
    def holds(population: Population, seed: int) -> None:
        order = list(range(len(population.rows)))
        random.Random(seed).shuffle(order)
        frame = framed(engine)(population.columns(order))
        done = award_places(frame, population.quotas, grades=STARS, by=population.by)
        found = by_key(done, "unit", FINAL)
        meant = awarded(population)
        for row in population.rows:
            mine = meant[row["unit"]]
            stars = int(mine) if mine in ("5", "4", "3", "2", "1") else None
            assert found[row["unit"]] == (mine, stars, mine != row["grade"])
        assert len(found) == len(population.rows)

    law(engine, holds, populations(), st.integers(0, 99))


@given(populations())
def test_a_quota_never_lifts_anyone(population: Population) -> None:
    frame = polars(population.columns(range(len(population.rows))))
    done = read(award_places(frame, population.quotas, grades=STARS, by=population.by))
    for first, final in zip(done["grade"], done["final_grade"], strict=True):
        assert first == final or (first is not None and int(final) < int(first))


@given(populations())
def test_there_are_never_more_holders_than_places_but_for_ties_that_are_all_in(
    population: Population,
) -> None:
    out = [evolve(each, ties="out") for each in population.quotas]
    frame = polars(population.columns(range(len(population.rows))))
    done = award_places(frame, out, grades=STARS, by=population.by)
    final = {unit: grade for unit, (grade,) in by_key(done, "unit", ["final_grade"]).items()}
    for quota in out:
        for group in groups_of(quota, population.rows):
            holders = [r for r in group if is_rated(r) and final[r["unit"]] == quota.grade]
            assert len(holders) <= number_of_places(quota, group)


@given(populations())
def test_places_for_all_change_nothing(population: Population) -> None:
    frame = polars(population.columns(range(len(population.rows))))
    quotas = [Quota(grade, share=1) for grade in (5, 4, 3, 2)]
    done = read(award_places(frame, quotas, grades=STARS, by=population.by))
    assert done["final_grade"] == done["grade"]
    assert not any(done["displaced"])


@given(populations())
def test_the_same_quotas_again_displace_nobody_more(population: Population) -> None:
    # A share of those rated stays the same: who is displaced is rated still.
    frame = polars(population.columns(range(len(population.rows))))
    once = award_places(frame, population.quotas, grades=STARS, by=population.by)
    again = award_places(
        once,
        population.quotas,
        grades=STARS,
        by=population.by,
        grade="final_grade",
        prefix="again.",
    )
    assert read(again)["again.final_grade"] == read(once)["final_grade"]


@pytest.mark.parametrize("engine", ENGINES)
def test_ranks_are_as_counted_by_hand(engine: str, framed: Callable[[str], Framed]) -> None:
    def holds(population: Population, ties: Any, within: Any, taken_out: set[int]) -> None:
        rows = population.rows
        columns = population.columns(range(len(rows)))
        columns["listed"] = ("bool", [row["unit"] not in taken_out for row in rows])
        done = rank_results(
            framed(engine)(columns),
            by=population.by,
            ties=ties,
            within=within,
            among="listed" if taken_out else None,
        )
        found = by_key(done, "unit", ["rank"])
        for row in rows:
            mine = [
                other
                for other in rows
                if other["score"] is not None
                and other["unit"] not in taken_out
                and (within is None or other["street"] == row["street"])
            ]
            ahead = [other for other in mine if before(other, row, population.by)]
            behind = [other for other in mine if before(row, other, population.by)]
            different = {(other["score"], *by_faults(other, population.by)) for other in ahead}
            rank = {
                "lowest": len(ahead) + 1,
                "highest": len(mine) - len(behind),
                "dense": len(different) + 1,
            }[ties]
            assert found[row["unit"]] == (rank if row in mine else None,)

    law(
        engine,
        holds,
        populations(),
        st.sampled_from(["lowest", "highest", "dense"]),
        st.sampled_from([None, "street"]),
        st.sets(st.integers(0, 11), max_size=4),
    )


def by_faults(row: Mapping[str, Any], by: Mapping[str, Any]) -> tuple[Any, ...]:
    return (row["faults"],) if "faults" in by else ()
