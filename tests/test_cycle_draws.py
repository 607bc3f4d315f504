"""Draws of a review, differences and what they queue; as values and in frames."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from hashlib import sha256
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import rubric_engine
from rubric_engine import loads
from rubric_engine.cycle.draws import differs, draw, planned, sample_size
from rubric_engine.cycle.finals import Result
from rubric_engine.cycle.scale import GradeScale
from rubric_engine.cycle.settings import Cycle, Review, Sample, Tolerance
from rubric_engine.cycle.shares import share_of
from rubric_engine.errors import InvalidEvidence, InvalidFrame, InvalidRubric, RubricError

RUBRIC = rubric_engine.load("dongcheng-community")
SCALE = GradeScale.of(RUBRIC)
PLAIN = loads("""
rubric: plain
total: 100
items: [{id: a, points: 100, evidence: {n: count}, rules: [{deduct: 1, per: n}]}]
""")


def cycle(**review: Any) -> Cycle:
    return Cycle(name="illustrative", review=Review(**review))


def problems(error: pytest.ExceptionInfo[RubricError]) -> list[tuple[str, str]]:
    return [(each.code, each.path) for each in error.value.problems]


# Sizes


@pytest.mark.parametrize(
    ("rounding", "counts"),
    [("down", [0, 0, 0, 1, 2]), ("half_up", [0, 0, 1, 1, 2]), ("up", [0, 1, 1, 1, 2])],
)
def test_a_share_is_rounded_exactly_as_is_said(rounding: Any, counts: list[int]) -> None:
    found = [share_of(Fraction(1, 10), count, rounding) for count in (0, 4, 5, 10, 20)]
    assert found == counts


@pytest.mark.parametrize(
    ("sample", "sizes"),
    [
        (Sample(), [0, 1, 1, 1, 2, 15]),
        (Sample(least=0, rounding="down"), [0, 0, 0, 1, 1, 15]),
        (Sample(least=4), [0, 1, 3, 4, 4, 15]),
        (Sample(share=1), [0, 1, 3, 9, 10, 100]),
        (Sample(share=0, least=0), [0, 0, 0, 0, 0, 0]),
    ],
)
def test_the_size_is_the_share_but_at_least_so_many_where_there_are(
    sample: Sample, sizes: list[int]
) -> None:
    assert [sample_size(sample, count) for count in (0, 1, 3, 9, 10, 100)] == sizes


# Draws


def test_a_draw_is_the_same_everywhere_and_always() -> None:
    """As `printf '2025\\037north\\037c0' | sha256sum` orders them; draws on record rest on it."""
    units = [f"c{number}" for number in range(10)]
    half = Sample(share="1/2")
    assert draw(units, half, seed="2025", street="north") == ("c5", "c2", "c4", "c8", "c6")
    assert draw(units, half, seed="2025", street="south") == ("c7", "c6", "c9", "c3", "c8")
    assert draw(units, half, seed="2026", street="north") == ("c6", "c7", "c2", "c5", "c3")
    assert draw(["社区", "街道"], Sample(), seed="二〇二五", street="东") == ("社区",)
    assert draw([], half, seed="2025", street="north") == ()


def test_seed_street_and_unit_are_kept_apart() -> None:
    units = [f"{number}" for number in range(40)]
    one = draw(units, Sample(share=1), seed="a", street="bc")
    assert one != draw(units, Sample(share=1), seed="ab", street="c")
    assert list(one) == sorted(
        units, key=lambda each: sha256(f"a\x1fbc\x1f{each}".encode()).hexdigest()
    )


def test_a_unit_cannot_be_drawn_twice() -> None:
    with pytest.raises(InvalidEvidence) as error:
        draw(["b", "a", "c", "b", "a"], Sample(), seed="2025", street="north")
    assert problems(error) == [("repeated-key", "unit")] * 2
    assert [each.found for each in error.value.problems] == ["a", "b"]
    assert error.value.problems[0].found == "a"


@given(
    st.lists(st.text(max_size=4), unique=True, max_size=30),
    st.builds(
        Sample,
        share=st.fractions(0, 1, max_denominator=20),
        least=st.integers(0, 4),
        rounding=st.sampled_from(["down", "half_up", "up"]),
    ),
    st.text(max_size=5),
    st.randoms(use_true_random=False),
)
def test_a_draw_has_its_size_and_does_not_depend_on_the_order(
    units: list[str], sample: Sample, seed: str, random: Any
) -> None:
    found = draw(units, sample, seed=seed, street="s")
    assert len(found) == len(set(found)) == sample_size(sample, len(units))
    assert set(found) <= set(units)
    shuffled = random.sample(units, len(units))
    assert draw(shuffled, sample, seed=seed, street="s") == found
    exact = sample.share * len(units)
    assert len(found) >= min(sample.least, len(units))
    assert abs(len(found) - exact) < 1 or len(found) == min(sample.least, len(units))


# Plans


def test_a_plan_has_all_of_some_grades_and_samples_of_the_others() -> None:
    units = [("a", "north", "5"), ("b", "north", "3"), ("c", "south", "unrated")]
    assert planned(cycle(), SCALE, units, seed="2025") == {
        "a": "all",
        "b": "sampled",
        "c": "sampled",
    }
    none = planned(cycle(all=(), sample=None), SCALE, units, seed="2025")
    assert set(none.values()) == {"not_sampled"}
    unrated = planned(cycle(all=("unrated", 3), sample=None), SCALE, units, seed="2025")
    assert unrated == {"a": "not_sampled", "b": "all", "c": "all"}


def test_a_plan_refuses_units_twice_and_grades_that_there_are_not() -> None:
    with pytest.raises(InvalidEvidence) as error:
        planned(cycle(), SCALE, [("a", "s", "5"), ("a", "t", "3")], seed="")
    assert problems(error) == [("repeated-key", "unit")]
    with pytest.raises(InvalidRubric) as wrong:
        planned(cycle(all=("5", "6")), SCALE, [], seed="")
    assert problems(wrong) == [("unknown-grade", "$.review.all[1]")]


# Differences


@pytest.mark.parametrize(
    ("tolerance", "district", "differ"),
    [
        (Tolerance(), (83, "4"), False),
        (Tolerance(), ("82.99", "4"), True),
        (Tolerance(), ("87.01", "4"), True),
        (Tolerance(), (85, "5"), True),
        (Tolerance(), (85, "3"), True),
        (Tolerance(grades=1), (85, "5"), False),
        (Tolerance(grades=1), (85, "3"), False),
        (Tolerance(grades=1), (85, "2"), True),
        (Tolerance(grades=None), (85, "1"), False),
        (Tolerance(grades=None), (80, "4"), True),
        (Tolerance(points=None), (0, "4"), False),
        (Tolerance(points=None), (85, "5"), True),
        (Tolerance(points=None, grades=None), (0, "1"), False),
        (Tolerance(grades=4), (85, "unrated"), True),
        (Tolerance(grades=None), (85, "unrated"), False),
        (Tolerance(points=0), (85, "4"), False),
        (Tolerance(points=0), ("85.001", "4"), True),
    ],
)
def test_a_difference_is_beyond_the_tolerance(
    tolerance: Tolerance, district: tuple[Any, str], differ: bool
) -> None:
    one, other = Result(Fraction(85), "4", 4), Result(Fraction(district[0]), district[1])
    assert differs(cycle(tolerance=tolerance), SCALE, one, other) is differ
    assert differs(cycle(tolerance=tolerance), SCALE, other, one) is differ


def test_two_that_are_unrated_do_not_differ_in_grades() -> None:
    one = Result(Fraction(85), "unrated")
    assert not differs(cycle(), SCALE, one, Result(Fraction(85), "unrated"))
    assert differs(cycle(), SCALE, one, Result(Fraction(80), "unrated"))


# Frames

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
)
from rubric_engine.cycle.review_frames import plan_review, queued  # noqa: E402 - the same

framed = pytest.fixture(framing_of)

GRADES = ["5", "4", "3", "2", "1", "unrated"]
KEYS = {"key": "unit", "street": "street", "seed": "2025"}

Row = Mapping[str, Any]


def frame_of(rows: Sequence[Row], key: str = "int64") -> dict[str, tuple[str, Sequence[Any]]]:
    found: dict[str, tuple[str, Sequence[Any]]] = {
        "unit": (key, [str(at) if key == "string" else at for at in range(len(rows))]),
        "street": ("string", [row["street"] for row in rows]),
    }
    for tier, prefix in (("one", ""), ("other", "review_")):
        for at, (name, kind) in enumerate(
            [("score", "int64"), ("score.scale", "int64"), ("grade", "string")]
        ):
            words = f"{prefix}{name}"
            values = [None if row[tier] is None else row[tier][at] for row in rows]
            found[words] = (kind, values)
    return found


def results() -> st.SearchStrategy[tuple[int, int, str] | None]:
    made = st.tuples(st.integers(-1, 9), st.sampled_from([1, 3, 4]), st.sampled_from(GRADES))
    return st.none() | made | made | made


def rows_of() -> st.SearchStrategy[list[Row]]:
    row = st.fixed_dictionaries(
        {"street": st.sampled_from(["n", "s", "e"]), "one": results(), "other": results()}
    )
    return st.lists(row, min_size=1, max_size=20)


def cycles() -> st.SearchStrategy[Cycle]:
    sample = st.builds(
        Sample,
        share=st.sampled_from(["0", "0.15", "1/3", "1/2", "1"]),
        least=st.integers(0, 2),
        rounding=st.sampled_from(["down", "half_up", "up"]),
    )
    tolerance = st.builds(
        Tolerance,
        points=st.none() | st.sampled_from(["0", "1/2", "2/3", "2"]),
        grades=st.none() | st.integers(0, 2),
    )
    return st.builds(
        cycle,
        all=st.lists(st.sampled_from(GRADES), max_size=3, unique=True),
        sample=st.none() | sample | sample,
        tolerance=tolerance,
        queue_after=st.none() | st.integers(1, 3),
    )


def plan_of(setting: Cycle, rows: Sequence[Row]) -> dict[int, str | None]:
    units = [
        (str(at), row["street"], row["one"][2])
        for at, row in enumerate(rows)
        if row["one"] is not None
    ]
    found = planned(setting, SCALE, units, seed="2025")
    return {at: found.get(str(at)) for at in range(len(rows))}


def queue_of(setting: Cycle, rows: Sequence[Row], plan: Mapping[int, str | None]) -> Any:
    many: Counter[str] = Counter()
    for at, row in enumerate(rows):
        if plan[at] == "sampled" and row["other"] is not None:
            one, other = (
                Result(Fraction(row[tier][0], row[tier][1]), row[tier][2])
                for tier in ("one", "other")
            )
            many[row["street"]] += differs(setting, SCALE, one, other)
    after = setting.review.queue_after
    return {
        at: "queued"
        if plan[at] == "not_sampled" and after is not None and many[row["street"]] >= after
        else plan[at]
        for at, row in enumerate(rows)
    }


@pytest.mark.parametrize("engine", ENGINES)
def test_frames_give_what_values_give(engine: str, framed: Callable[[str], Framed]) -> None:
    frames = framed(engine)

    @settings(
        max_examples=ENGINES[engine], suppress_health_check=list(HealthCheck), deadline=None
    )
    @given(cycles(), rows_of(), st.sampled_from(["int64", "string"]))
    def law(setting: Cycle, rows: list[Row], kind: str) -> None:
        plan = plan_of(setting, rows)
        found = plan_review(frames(frame_of(rows, kind)), setting, RUBRIC, **KEYS)
        written = by_key(found, "unit", ["review"])
        assert {int(at): row[0] for at, row in written.items()} == plan
        now = by_key(queued(found, setting, RUBRIC, street="street"), "unit", ["review_now"])
        assert {int(at): row[0] for at, row in now.items()} == queue_of(setting, rows, plan)

    law()


def rows(*grades: str | None, street: str | None = "n") -> list[Row]:
    return [
        {"street": street, "one": None if each is None else (7, 1, each), "other": None}
        for each in grades
    ]


@given(rows_of(), st.randoms(use_true_random=False))
def test_a_plan_has_the_stated_size_in_every_street_in_any_order(
    drawn: list[Row], random: Any
) -> None:
    frame = framed_here("polars", frame_of(drawn))
    shuffled = frame[random.sample(range(len(drawn)), len(drawn))]
    plans = [plan_review(each, cycle(), RUBRIC, **KEYS) for each in (frame, shuffled)]
    assert plans[0].sort("unit").equals(plans[1].sort("unit"))
    for street in ("n", "s", "e"):
        reviews = plans[0].filter(street=street)["review"].to_list()
        others = sum(each in ("sampled", "not_sampled") for each in reviews)
        assert reviews.count("sampled") == sample_size(Sample(), others)


def test_streets_can_be_numbers_and_grades_can_be_stars() -> None:
    columns = {
        "unit": ("int32", [7, 8, 9]),
        "street": ("int64", [1, 1, 1]),
        "grade": ("int64", [3, 3, None]),
    }
    found = plan_review(framed_here("polars", columns), cycle(), RUBRIC, prefix="x.", **KEYS)
    (drawn,) = draw(["7", "8"], Sample(), seed="2025", street="1")
    assert dict(zip(["7", "8"], found["x.review"].to_list()[:2], strict=True))[drawn] == "sampled"
    assert found["x.review"].to_list()[2] is None
    assert found["x.review"].to_list().count("not_sampled") == 1


@pytest.mark.parametrize("engine", ["polars", "polars lazy"])
@pytest.mark.parametrize(
    ("changes", "found"),
    [
        ({"unit": ("int64", [1, 1])}, [("repeated-key", "unit")]),
        (
            {"unit": ("int64", [None, None]), "street": ("string", [None, "n"])},
            [("repeated-key", "unit"), ("missing-finding", "street")],
        ),
    ],
)
def test_keys_and_streets_of_those_who_can_be_drawn_are_looked_at(
    engine: str, changes: dict[str, Any], found: list[tuple[str, str]]
) -> None:
    frame = framed_here(engine, {**frame_of(rows("3", "2")), **changes})
    with pytest.raises(InvalidEvidence) as error:
        plan_review(frame, cycle(), RUBRIC, **KEYS)
    assert problems(error) == found


def test_a_repeated_key_is_named_and_no_more_than_ten() -> None:
    frame = framed_here(
        "polars", {**frame_of(rows(*["3"] * 24)), "unit": ("int64", [*range(12), *range(12)])}
    )
    with pytest.raises(InvalidEvidence) as error:
        plan_review(frame, cycle(), RUBRIC, **KEYS)
    assert [each.found for each in error.value.problems] == [str(each) for each in range(10)]


def test_all_rows_of_an_eager_frame_are_looked_at_and_of_a_lazy_one_those_to_draw() -> None:
    columns = {**frame_of(rows("5", "5")), "unit": ("int64", [1, 1])}
    with pytest.raises(InvalidEvidence):
        plan_review(framed_here("polars", columns), cycle(), RUBRIC, **KEYS)
    found = plan_review(framed_here("polars lazy", columns), cycle(), RUBRIC, **KEYS)
    assert found.collect()["review"].to_list() == ["all", "all"]
    ungraded = {**frame_of(rows(None, None)), "unit": ("int64", [1, 1])}
    none = plan_review(framed_here("polars", ungraded), cycle(), RUBRIC, **KEYS)
    assert none["review"].to_list() == [None, None]


def test_grades_of_an_eager_frame_are_looked_at() -> None:
    columns = {**frame_of(rows("3")), "grade": ("string", ["six"])}
    with pytest.raises(InvalidEvidence) as error:
        plan_review(framed_here("polars", columns), cycle(), RUBRIC, **KEYS)
    assert problems(error) == [("unknown-grade", "grade")]
    found = plan_review(framed_here("polars lazy", columns), cycle(), RUBRIC, **KEYS)
    assert found.collect()["review"].to_list() == ["sampled"]


@pytest.mark.parametrize(
    ("changes", "found"),
    [
        ({"unit": ("float64", [1.5])}, [("wrong-dtype", "unit")]),
        ({"street": ("bool", [True])}, [("wrong-dtype", "street")]),
        ({"review": ("string", ["x"])}, [("column-taken", "review")]),
    ],
)
def test_columns_of_a_plan_are_refused(
    changes: dict[str, Any], found: list[tuple[str, str]]
) -> None:
    frame = framed_here("polars", {**frame_of(rows("3")), **changes})
    with pytest.raises(InvalidFrame) as error:
        plan_review(frame, cycle(), RUBRIC, **KEYS)
    assert problems(error) == found


def test_a_plan_needs_grades_of_the_rubric() -> None:
    frame = framed_here("polars", frame_of(rows("3")))
    with pytest.raises(InvalidRubric) as error:
        plan_review(frame, cycle(), PLAIN, **KEYS)
    assert problems(error) == [("empty", "$.grades")]
    with pytest.raises(InvalidRubric) as error:
        plan_review(frame, cycle(all=("six",)), RUBRIC, **KEYS)
    assert problems(error) == [("unknown-grade", "$.review.all[0]")]


SAMPLED = {
    "unit": ("int64", [0, 1]),
    "street": ("string", ["n", "n"]),
    "review": ("string", ["sampled", "not_sampled"]),
    "score": ("int64", [90, 50]),
    "score.scale": ("int64", [1, 1]),
    "grade": ("int64", [3, 2]),
    "review_score": ("int64", [85, None]),
    "review_score.scale": ("int64", [1, None]),
    "review_grade": ("int64", [3, None]),
}


@pytest.mark.parametrize("engine", [*EAGER, *LAZY[:2]])
def test_a_difference_queues_the_rest_of_a_street(
    engine: str, framed: Callable[[str], Framed]
) -> None:
    frame = framed(engine)(SAMPLED)
    found = queued(frame, cycle(), RUBRIC, street="street", name="then")
    assert by_key(found, "unit", ["then"]) == {0: ("sampled",), 1: ("queued",)}


@pytest.mark.parametrize(
    ("changes", "error", "found"),
    [
        ({"grade": ("string", ["six", "1"])}, InvalidEvidence, [("unknown-grade", "grade")]),
        (
            {"review_grade": ("string", ["six", "1"])},
            InvalidEvidence,
            [("unknown-grade", "review_grade")],
        ),
        ({"review_score": ("float64", [0.5, None])}, InvalidEvidence, [("not-exact", "review_score")]),
        ({"score": ("int64", [2**61, 0])}, InvalidEvidence, [("too-wide", "score")]),
        ({"review_score": ("int64", [-(2**61), 0])}, InvalidEvidence, [("too-wide", "review_score")]),
        (
            {"score.scale": ("int64", [2**31, 1]), "review_score.scale": ("int64", [2**30, 1])},
            InvalidEvidence,
            [("too-wide", "score.scale")],
        ),
        ({"score": ("string", ["1", "2"])}, InvalidFrame, [("wrong-dtype", "score")]),
        ({"review_now": ("string", ["1", "2"])}, InvalidFrame, [("column-taken", "review_now")]),
    ],
)
def test_what_cannot_be_compared_is_refused(
    changes: dict[str, Any], error: type[RubricError], found: list[tuple[str, str]]
) -> None:
    frame = framed_here("polars", {**SAMPLED, **changes})
    with pytest.raises(error) as caught:
        queued(frame, cycle(), RUBRIC, street="street")
    assert problems(caught) == found


def test_large_scores_are_taken_where_points_do_not_matter() -> None:
    frame = framed_here("polars", {**SAMPLED, "score": ("int64", [2**61, 0])})
    grades = cycle(tolerance=Tolerance(points=None))
    found = queued(frame, grades, RUBRIC, street="street")
    assert found["review_now"].to_list() == ["sampled", "not_sampled"]
