"""Earlier results as given numbers, and grades held to the last one, in every engine."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime, timedelta
from fractions import Fraction
from typing import Any

import pytest
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
from rubric_engine.history import (  # noqa: E402 - the same
    Change,
    Last,
    Mean,
    Streak,
    limit_step,
    look_back,
    with_history,
)

framed = pytest.fixture(framing_of)

STARS = [5, 4, 3, 2, 1]
OF_UNITS = {"key": "unit", "period": "year", "current": 2026}


def polars(columns: Any) -> Any:
    return framed_here("polars", columns)


def problems(error: pytest.ExceptionInfo[RubricError]) -> list[tuple[str, str]]:
    return [(each.code, each.path) for each in error.value.problems]


def units(*names: Any) -> dict[str, tuple[str, Sequence[Any]]]:
    return {"unit": ("string", names)}


def past(
    rows: Sequence[tuple[Any, Any, Any]], name: str = "stars", kind: str = "int64"
) -> dict[str, tuple[str, Sequence[Any]]]:
    """Return the columns of earlier results: unit, year and one more."""
    columns = list(zip(*rows, strict=True)) or [(), (), ()]
    return {
        "unit": ("string", columns[0]),
        "year": ("int64", columns[1]),
        name: (kind, columns[2]),
    }


def of_a(figure: Any, rows: Sequence[tuple[Any, Any]], kind: str = "int64") -> Any:
    """Return a figure of unit a from its years and values."""
    earlier = past([("a", year, value) for year, value in rows], "x", kind)
    found = with_history(polars(units("a")), polars(earlier), {"x": figure}, **OF_UNITS)
    return found["history.x"].to_list()[0]


# Figures, one claim each


def test_the_last_result_is_that_of_the_period_before_and_no_other() -> None:
    rows = [(2024, 3), (2025, 4), (2026, 5), (2027, 1)]
    assert of_a(Last("x"), rows) == 4
    assert of_a(Last("x"), [(2024, 3), (2026, 5)]) is None


def test_a_grade_is_valid_for_as_many_periods_as_are_said() -> None:
    assert of_a(Last("x", periods=3), [(2022, 2), (2023, 3), (2024, None)]) == 3
    assert of_a(Last("x", periods=2), [(2022, 2), (2023, 3), (2024, None)]) is None


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        ("string", "gold"),
        ("bool", True),
        ("float64", 0.1),
        ("date32", date(2025, 3, 1)),
        ("int8", -7),
    ],
)
def test_the_last_value_can_be_of_any_type(kind: str, value: Any) -> None:
    assert of_a(Last("x"), [(2025, value), (2024, value)], kind) == value


def test_a_period_long_ago_can_be_the_last() -> None:
    assert of_a(Last("x", periods=100), [(1926, 2)]) == 2
    assert of_a(Last("x", periods=99), [(1926, 2)]) is None


def test_a_mean_of_whole_points_can_say_so() -> None:
    assert of_a(Mean("x", places=0, scale=1), [(2025, 3.0), (2024, 4.0)], "float64") == 4.0


def test_the_mean_is_of_the_last_periods_and_of_those_that_are_there() -> None:
    mean = Mean("x", places=2)
    rows = [(2022, 0.0), (2023, 80.25), (2024, None), (2025, 90.5)]
    assert of_a(mean, rows, "float64") == 85.38
    assert of_a(Mean("x", places=2, periods=1), rows, "float64") == 90.5
    assert of_a(Mean("x", places=2, need=3), rows, "float64") is None
    assert of_a(Mean("x", places=2, need=2), rows, "float64") == 85.38


@pytest.mark.parametrize(
    ("values", "mean"), [((1, 2), 1.5), ((-1, -2), -1.5), ((1, 1, 2), 1.3), ((1, 2, 2), 1.7)]
)
def test_means_of_whole_numbers_have_the_places_that_are_said(
    values: Sequence[int], mean: float
) -> None:
    rows = list(zip(range(2025, 2020, -1), values, strict=False))
    assert of_a(Mean("x", places=1), rows) == mean


@pytest.mark.parametrize(("values", "mean"), [((1, 2), 2.0), ((-1, -2), -2.0), ((1, 0), 1.0)])
def test_half_is_rounded_away_from_zero(values: Sequence[int], mean: float) -> None:
    rows = list(zip((2025, 2024), values, strict=True))
    assert of_a(Mean("x", places=0), rows) == mean


def test_the_quanta_of_exact_scores_come_with_their_scale() -> None:
    # 30 quanta of a third and 31: 10 and 10 1/3 points.
    assert of_a(Mean("x", places=3, scale=3), [(2025, 30), (2024, 31)]) == 10.167


def test_doubles_are_read_as_the_decimals_they_are_nearest_to() -> None:
    # 0.1 + 0.7 + 0.1 is 0.8999999999999999 in doubles.
    rows = [(2025, 0.1), (2024, 0.7), (2023, 0.1)]
    assert of_a(Mean("x", places=1), rows, "float64") == 0.3


def test_a_change_is_the_last_number_less_that_before() -> None:
    assert of_a(Change("x"), [(2023, 9), (2024, 7), (2025, 4)]) == -3
    assert of_a(Change("x"), [(2023, 9), (2025, 4)]) is None


def test_a_streak_ends_where_the_condition_or_the_period_is_missing() -> None:
    streak = Streak("x", at_least=4)
    assert of_a(streak, [(2025, 4), (2024, 5), (2023, 3), (2022, 5)]) == 2
    assert of_a(streak, [(2025, 4), (2023, 5)]) == 1
    assert of_a(streak, [(2025, 4), (2024, None), (2023, 5)]) == 1
    assert of_a(streak, [(2024, 5), (2023, 5)]) == 0


def test_a_streak_can_be_of_truths_or_of_what_was_last() -> None:
    assert of_a(Streak("x"), [(2025, True), (2024, True), (2023, False)], "bool") == 2
    assert of_a(Streak("x", same=True), [(2025, 4), (2024, 4), (2023, 5)]) == 2
    assert of_a(Streak("x", same=True), [(2025, None), (2024, 4)]) == 0
    assert of_a(Streak("x", same=True), [(2024, 4)]) == 0


def test_without_history_nothing_is_known_and_no_streak_has_begun() -> None:
    figures = {
        "last": Last("x"),
        "mean": Mean("x", places=1),
        "change": Change("x"),
        "streak": Streak("x", at_least=4),
    }
    earlier = past([("a", 2025, 4), ("a", 2024, 4), ("z", 2025, 1)], "x")
    found = with_history(polars(units("a", "b", None)), polars(earlier), figures, **OF_UNITS)
    assert found.columns == ["unit", *(f"history.{name}" for name in figures)]
    assert found.rows() == [
        ("a", 4, 4.0, 0, 2),
        ("b", None, None, None, 0),
        (None, None, None, None, 0),
    ]


# Beside the evaluation

HELD = """
rubric: held
total: 100
given: {history: {last_stars: {type: count, range: 1..5, optional: true}}}
grades: [{stars: 5, from: 90}, {stars: 4, from: 80}, {stars: 3}]
items: [{id: a, points: 100, evidence: {n: count}, rules: [{deduct: 1, per: n}, {deduct: 1, when: "default(history.last_stars, 5) < 4"}]}]
"""


def test_the_columns_are_given_numbers_of_the_rubric() -> None:
    earlier = polars(past([("a", 2025, 3), ("b", 2025, 4)]))
    found = with_history(
        polars(units("a", "b")), earlier, {"last_stars": Last("stars")}, **OF_UNITS
    )
    scores = [
        evaluate(loads(HELD), {"a": {"n": 8}}, given={"history": {"last_stars": stars}}).score
        for stars in found["history.last_stars"].to_list()
    ]
    assert scores == [91, 92]


@pytest.mark.parametrize("engine", ENGINES)
def test_o19_at_most_one_step_above_last_year(engine: str, framed: Callable[[str], Framed]) -> None:
    """Three stars last year, a score of 92: five by the score, four by the step."""
    columns = {
        **units("a", "b", "c", "d"),
        "grade": ("string", ["5", "5", "3", "5"]),
        "last_stars": ("int64", [3, 4, 5, None]),
    }
    found = limit_step(framed(engine)(columns), last="last_stars", grades=STARS)
    assert type(found) is type(framed(engine)(columns))
    assert list(read(found)) == [*columns, "final_grade", "final_stars", "held"]
    assert by_key(found, "unit", ["grade", "final_grade", "final_stars", "held"]) == {
        "a": ("5", "4", 4, True),
        "b": ("5", "5", 5, False),
        "c": ("3", "3", 3, False),
        "d": ("5", "5", 5, False),
    }


@pytest.mark.parametrize(
    ("grade", "last", "options", "final"),
    [
        (5, 2, {"up": 2}, "4"),
        (5, 2, {"up": 0}, "2"),
        (5, 2, {"up": None}, "5"),
        (1, 5, {}, "1"),
        (1, 5, {"down": 1}, "4"),
        (1, 5, {"down": 0}, "5"),
        (4, 5, {"down": 1}, "4"),
        (5, 1, {"up": 9, "down": 9}, "5"),
        (1, None, {"down": 0}, "1"),
        (None, 3, {}, None),
        ("unrated", 3, {}, "unrated"),
        (5, "unrated", {}, "5"),
    ],
)
def test_a_step_up_and_a_step_down_have_their_limits(
    grade: Any, last: Any, options: dict[str, Any], final: str | None
) -> None:
    texts = [None if each is None else str(each) for each in (grade, last)]
    columns = {"grade": ("string", texts[:1]), "last": ("string", texts[1:])}
    found = read(limit_step(polars(columns), last="last", grades=STARS, **options))
    assert found["final_grade"] == [final]
    assert found["held"] == [final != texts[0]]


@pytest.mark.parametrize(("since", "final"), [(1, "3"), (2, "4"), (None, "4")])
def test_who_has_not_held_the_grade_long_enough_goes_no_step_up(
    since: int | None, final: str
) -> None:
    columns = {
        "grade": ("string", ["5"]),
        "last": ("int64", [3]),
        "held_for": ("int64", [since]),
    }
    found = limit_step(polars(columns), last="last", grades=STARS, since="held_for", interval=2)
    assert read(found)["final_grade"] == [final]


def test_an_interval_does_not_keep_a_grade_from_falling() -> None:
    columns = {"grade": ("string", ["2"]), "last": ("int64", [3]), "n": ("int64", [0])}
    found = limit_step(polars(columns), last="last", grades=STARS, since="n", interval=2)
    assert read(found)["final_grade"] == ["2"]


def test_names_that_are_taken_need_a_prefix_and_stars_are_not_everybodys() -> None:
    columns = {"grade": ("string", ["A"]), "last": ("string", ["C"]), "Held": ("int64", [1])}
    with pytest.raises(InvalidFrame) as caught:
        limit_step(polars(columns), last="last", grades=["A", "B", "C"])
    assert problems(caught) == [("column-taken", "held")]
    found = limit_step(polars(columns), last="last", grades=["A", "B", "C"], prefix="street_")
    assert found.columns == [*columns, "street_final_grade", "street_held"]
    assert found["street_final_grade"].to_list() == ["B"]


# Looking back


@pytest.mark.parametrize("engine", ENGINES)
def test_what_is_dated_within_six_months_before_a_day_counts(
    engine: str, framed: Callable[[str], Framed]
) -> None:
    days = [date(2026, 2, 28), date(2026, 3, 1), date(2026, 8, 31), date(2026, 9, 1), None]
    columns = {"row": ("int64", range(5)), "on": ("date32", days)}
    frame = framed(engine)(columns)
    found = look_back(frame, dated="on", as_of=date(2026, 8, 31), within="6 months")
    assert type(found) is type(frame)
    truths = by_key(found, "row", ["recent"])
    assert [truths[row][0] for row in range(5)] == [False, True, True, False, None]


@pytest.mark.parametrize(
    ("within", "first"),
    [
        ("1 day", date(2024, 3, 31)),
        ("30 days", date(2024, 3, 2)),
        ("1 month", date(2024, 3, 1)),
        ("13 months", date(2023, 3, 1)),
        ("3 months", date(2024, 1, 1)),
        ("1 year", date(2023, 4, 1)),
        ("4 years", date(2020, 4, 1)),
    ],
)
def test_the_first_day_that_counts(within: str, first: date) -> None:
    days = [first - timedelta(days=1), first]
    frame = polars({"on": ("date32", days)})
    found = look_back(frame, dated="on", as_of=date(2024, 3, 31), within=within, name="counts")
    assert found["counts"].to_list() == [False, True]


WINDOW = """
rubric: window
given: {cycle: {as_of: date}}
items:
  - id: a
    points: 9
    evidence: {t: {type: rows, range: 0..9, columns: {on: date}}}
    rules: [{deduct: 1, each: t, within: %s}]
"""


@given(
    st.dates(date(2019, 1, 1), date(2026, 12, 31)),
    st.integers(-5, 1500),
    st.integers(1, 40),
    st.sampled_from(["days", "months", "years"]),
)
def test_looking_back_is_what_within_means_in_a_rule(
    as_of: date, before: int, count: int, unit: str
) -> None:
    day, within = as_of - timedelta(days=before), f"{count} {unit}"
    rubric = loads(WINDOW % within)
    sheet = {"a": {"t": [{"on": day.isoformat()}]}}
    score = evaluate(rubric, sheet, given={"cycle": {"as_of": as_of.isoformat()}}).score
    frame = polars({"on": ("date32", [day])})
    found = look_back(frame, dated="on", as_of=as_of, within=within)["recent"].to_list()
    assert found == [score == 8]


def test_times_are_read_as_their_days() -> None:
    frame = polars({"on": ("timestamp[us]", [datetime(2026, 8, 31, 23, 59)])})
    found = look_back(frame, dated="on", as_of=date(2026, 8, 31), within="1 day")
    assert found["recent"].to_list() == [True]


# What is handed over


@pytest.mark.parametrize("engine", ENGINES)
def test_the_frame_that_comes_out_is_of_the_kind_that_went_in(
    engine: str, framed: Callable[[str], Framed]
) -> None:
    make = framed(engine)
    columns = {**units("b", "a"), "a.b c": ("string", ["x", None])}
    frame, earlier = make(columns), make(past([("a", 2025, 4), ("b", 2025, 5)]))
    figures = {"last_stars": Last("stars"), "mean": Mean("stars", places=1)}
    found = with_history(frame, earlier, figures, **OF_UNITS)
    assert type(found) is type(frame)
    added = ["history.last_stars", "history.mean"]
    assert list(read(found)) == [*columns, *added]
    kinds = nw.from_native(found).collect_schema()
    assert [kinds[name] for name in added] == [nw.Int64, nw.Float64]
    wrapped = with_history(nw.from_native(frame), nw.from_native(earlier), figures, **OF_UNITS)
    assert type(wrapped) is type(nw.from_native(frame))
    if engine in EAGER:
        assert read(found)["unit"] == ["b", "a"]
        assert read(found)["history.last_stars"] == [5, 4]


@pytest.mark.parametrize("engine", ENGINES)
def test_empty_frames(engine: str, framed: Callable[[str], Framed]) -> None:
    make = framed(engine)
    figures = {
        "last": Last("stars"),
        "mean": Mean("stars", places=1),
        "n": Streak("stars", same=True),
    }
    names = [f"history.{name}" for name in figures]
    one, none = make(units("a")), make(units())
    earlier = make(past([("a", 2025, 4)]))
    assert by_key(with_history(one, make(past([])), figures, **OF_UNITS), "unit", names) == {
        "a": (None, None, 0)
    }
    assert by_key(with_history(none, earlier, figures, **OF_UNITS), "unit", names) == {}


def test_no_figures_add_nothing() -> None:
    frame = polars(units("a"))
    assert with_history(frame, polars(past([])), {}, **OF_UNITS).columns == ["unit"]


def test_pandas_keeps_its_index() -> None:
    frame = framed_here("pandas numpy", units("c", "b", "a"))
    earlier = framed_here("pandas numpy", past([("a", 2025, 4), ("b", 2025, None)]))
    found = with_history(frame, earlier, {"last": Last("stars")}, prefix="", **OF_UNITS)
    assert list(found.index) == [40, 40, 41]
    assert str(found["last"].dtype) == "float64"
    found = with_history(
        frame, earlier.dropna().astype({"stars": int}), {"last": Last("stars")}, **OF_UNITS
    )
    assert found["history.last"].tolist()[2] == 4
    assert str(found["history.last"].dtype) == "Int64"


# What is refused


@pytest.mark.parametrize("engine", EAGER)
def test_a_key_and_period_that_are_there_twice_are_refused(
    engine: str, framed: Callable[[str], Framed]
) -> None:
    make = framed(engine)
    earlier = make(past([("a", 2025, 4), ("a", 2025, 4), ("a", 2024, 4), ("b", 2025, 4)]))
    with pytest.raises(InvalidEvidence) as caught:
        with_history(make(units("a")), earlier, {"last": Last("stars")}, **OF_UNITS)
    assert problems(caught) == [("repeated-key", "unit")]
    assert caught.value.problems[0].found == "a in 2025"


@pytest.mark.parametrize("engine", LAZY)
def test_of_rows_that_are_there_twice_in_a_lazy_frame_the_largest_counts(
    engine: str, framed: Callable[[str], Framed]
) -> None:
    make = framed(engine)
    earlier = make(past([("a", 2025, 4), ("a", 2025, 5), ("a", 2024, 4), (None, 2025, 1)]))
    figures = {
        "last": Last("stars"),
        "mean": Mean("stars", places=2, periods=2),
        "streak": Streak("stars", at_least=4),
    }
    found = with_history(make(units("a", None)), earlier, figures, **OF_UNITS)
    names = [f"history.{name}" for name in figures]
    assert by_key(found, "unit", names) == {"a": (5, 4.33, 2), None: (None, None, 0)}


def test_rows_without_key_or_period_are_refused() -> None:
    earlier = polars(past([(None, 2025, 4), ("a", None, 4)]))
    with pytest.raises(InvalidEvidence) as caught:
        with_history(polars(units("a")), earlier, {"last": Last("stars")}, **OF_UNITS)
    assert problems(caught) == [("repeated-key", "unit"), ("repeated-key", "year")]


@pytest.mark.parametrize("value", [0.125, 1e16, -1e16, float("inf"), 4.0000000000000001e13])
def test_a_double_that_is_no_decimal_of_its_places_is_refused_or_makes_no_mean(
    value: float,
) -> None:
    rows = [("a", 2025, value), ("a", 2024, 1.0)]
    earlier = polars(past(rows, "score", "float64"))
    figures = {"mean": Mean("score", places=2)}
    with pytest.raises(InvalidEvidence) as caught:
        with_history(polars(units("a")), earlier, figures, **OF_UNITS)
    assert problems(caught) == [("not-exact", "score")]
    lazy = with_history(polars(units("a")).lazy(), earlier.lazy(), figures, **OF_UNITS)
    assert read(lazy)["history.mean"] == [None]
    far = {"mean": Mean("score", places=2, periods=1)}
    options = {**OF_UNITS, "current": 2025}
    assert with_history(polars(units("a")), earlier, far, **options)["history.mean"].to_list() == [
        1
    ]


@pytest.mark.parametrize("sign", [1, -1])
def test_the_largest_whole_numbers_of_a_mean(sign: int) -> None:
    figure = Mean("x", places=0, periods=3)
    # Twice three of them, and three, are below 2**53.
    largest = (2**53 - 4) // 6
    rows = [(2025, sign * largest), (2024, sign * (largest - 1)), (2023, sign * largest)]
    assert of_a(figure, rows) == sign * largest
    with pytest.raises(InvalidEvidence) as caught:
        of_a(figure, [(2025, sign * (largest + 1))])
    assert problems(caught) == [("not-exact", "x")]


def test_columns_that_are_not_there_are_taken_or_of_a_wrong_type_are_refused() -> None:
    columns = past([("a", 2025, 4)])
    frame, earlier = polars({**units("a"), "History.last": ("int64", [1])}), polars(columns)
    with pytest.raises(InvalidFrame) as caught:
        with_history(frame, earlier, {"last": Last("stars")}, **OF_UNITS)
    assert problems(caught) == [("column-taken", "history.last")]
    with pytest.raises(InvalidFrame) as caught:
        with_history(frame, earlier, {"x": Last("star")}, **OF_UNITS)
    assert problems(caught) == [("missing-column", "star")]
    assert caught.value.problems[0].nearest == "stars"
    text = polars({name: ("string", ["x"]) for name in columns})
    figures = {
        "a": Mean("stars", places=1),
        "b": Change("stars"),
        "c": Streak("stars"),
        "d": Streak("stars", at_least=1),
    }
    with pytest.raises(InvalidFrame) as caught:
        with_history(polars(units("a")), text, figures, **OF_UNITS)
    assert problems(caught) == [("wrong-dtype", "year"), *[("wrong-dtype", "stars")] * 4]
    with pytest.raises(InvalidFrame) as caught:
        look_back(text, dated="year", as_of=date(2026, 1, 1), within="1 year")
    assert problems(caught) == [("wrong-dtype", "year")]
    with pytest.raises(InvalidFrame) as caught:
        limit_step(text, last="stars", grade="unit", grades=STARS, since="year", interval=1)
    assert problems(caught) == [("wrong-dtype", "year")]


@pytest.mark.parametrize(("one", "other"), [("polars", "pyarrow"), ("polars", "polars lazy")])
def test_frames_of_two_kinds_are_refused(one: str, other: str) -> None:
    frame, earlier = framed_here(one, units("a")), framed_here(other, past([("a", 2025, 4)]))
    with pytest.raises(InvalidFrame) as caught:
        with_history(frame, earlier, {"last": Last("stars")}, **OF_UNITS)
    assert problems(caught) == [("mixed-frames", "earlier")]


def test_keys_join_in_any_type_of_integers_or_of_texts_and_not_across() -> None:
    earlier = past([("a", 2025, 4)])
    numbered = {**earlier, "unit": ("int32", [7])}
    figures = {"last": Last("stars")}
    for kind in ("int64", "uint8"):
        found = with_history(polars({"unit": (kind, [7])}), polars(numbered), figures, **OF_UNITS)
        assert found["history.last"].to_list() == [4]
    pl = pytest.importorskip("polars")
    listed = polars(units("a")).cast(pl.Categorical)
    found = with_history(listed, polars(earlier), figures, **OF_UNITS)
    assert found["history.last"].to_list() == [4]
    with pytest.raises(InvalidFrame) as caught:
        with_history(polars(units("7")), polars(numbered), figures, **OF_UNITS)
    assert problems(caught) == [("wrong-dtype", "unit")]


def test_unknown_grades_are_refused_where_rows_can_be_seen_and_count_as_none_elsewhere() -> None:
    frame = polars({"grade": ("string", ["5", "fife"]), "last": ("string", ["tree", "3"])})
    with pytest.raises(InvalidEvidence) as caught:
        limit_step(frame, last="last", grades=STARS)
    assert problems(caught) == [("unknown-grade", "grade"), ("unknown-grade", "last")]
    found = read(limit_step(frame.lazy(), last="last", grades=STARS))
    assert found["final_grade"] == ["5", "fife"]


@pytest.mark.parametrize(
    ("make", "found"),
    [
        (lambda: Last("x", periods=0), [("out-of-range", "periods")]),
        (lambda: Last("x", periods=101), [("out-of-range", "periods")]),
        (lambda: Last("x", periods=True), [("out-of-range", "periods")]),
        (
            lambda: Mean("x", places=10, need=4),
            [("out-of-range", "need"), ("out-of-range", "places")],
        ),
        (
            lambda: Mean("x", places=-1, scale=0),
            [("out-of-range", "places"), ("out-of-range", "scale")],
        ),
        (lambda: Mean("x", places=9, scale=10**15 + 1), [("out-of-range", "scale")]),
        (lambda: Mean("x", places=0, periods=1, scale=10**10), [("out-of-range", "scale")]),
        (lambda: Mean("x", places=2, scale=1.5), [("out-of-range", "scale")]),
        (lambda: Mean("x", places=2, need=0), [("out-of-range", "need")]),
        (lambda: Streak("x", at_least=1, same=True), [("conflicting-keys", "same")]),
    ],
)
def test_figures_that_make_no_sense_are_refused(
    make: Callable[[], Any], found: list[tuple[str, str]]
) -> None:
    with pytest.raises(InvalidRubric) as caught:
        make()
    assert problems(caught) == found


@pytest.mark.parametrize(
    ("options", "found"),
    [
        ({"up": -1, "down": 0.5}, [("out-of-range", "up"), ("out-of-range", "down")]),
        ({"since": "last"}, [("conflicting-keys", "since")]),
        ({"interval": 1}, [("conflicting-keys", "since")]),
        ({"since": "last", "interval": -1}, [("out-of-range", "interval")]),
    ],
)
def test_steps_that_make_no_sense_are_refused(
    options: dict[str, Any], found: list[tuple[str, str]]
) -> None:
    frame = polars({"grade": ("string", ["5"]), "last": ("int64", [3])})
    with pytest.raises(InvalidRubric) as caught:
        limit_step(frame, last="last", grades=STARS, **options)
    assert problems(caught) == found


@pytest.mark.parametrize(
    ("within", "code"),
    [
        ("a while", "bad-number"),
        ("0 days", "bad-number"),
        ("9999 years", "out-of-range"),
        ("99999 days", ""),
    ],
)
def test_periods_that_cannot_be_read_or_reached_are_refused(within: str, code: str) -> None:
    frame = polars({"on": ("date32", [date(2026, 1, 1)])})
    if not code:
        assert look_back(frame, dated="on", as_of=date(2026, 1, 1), within=within)[
            "recent"
        ].to_list() == [True]
        return
    with pytest.raises(InvalidRubric) as caught:
        look_back(frame, dated="on", as_of=date(2026, 1, 1), within=within)
    assert [each.code for each in caught.value.problems] == [code]


# Laws

FIGURES = {
    "last": Last("stars"),
    "valid": Last("stars", periods=3),
    "score": Last("score"),
    "mean": Mean("score", places=1),
    "coarse": Mean("stars", places=0, periods=2, need=2),
    "finer": Mean("points", places=2, periods=4, scale=7),
    "change": Change("stars"),
    "streak": Streak("stars", at_least=4),
    "listed": Streak("listed"),
    "same": Streak("stars", same=True),
}


@st.composite
def histories(draw: st.DrawFn) -> list[dict[str, Any]]:
    """Draw earlier results of units a, b and z; unit c has none, unit z is not asked for."""
    places = draw(
        st.lists(
            st.tuples(st.sampled_from("aabz"), st.integers(2019, 2027)), unique=True, max_size=14
        )
    )
    maybe = st.none()
    return [
        {
            "unit": unit,
            "year": year,
            "stars": draw(st.sampled_from([4, 5, 4, 3, 1]) | maybe),
            "score": draw(st.integers(-999, 1000).map(lambda tenths: tenths / 10) | maybe),
            "points": draw(st.integers(-700, 700) | maybe),
            "listed": draw(st.sampled_from([True, True, False]) | maybe),
        }
        for unit, year in places
    ]


def rounded(number: Fraction, places: int) -> float:
    """Round half away from zero, by hand."""
    scaled = abs(number) * 10**places + Fraction(1, 2)
    whole = scaled.numerator // scaled.denominator
    return (-whole if number < 0 else whole) / 10**places


def by_hand(unit: str, rows: Sequence[Mapping[str, Any]]) -> tuple[Any, ...]:
    """Return the figures of a unit, slowly."""
    mine = {row["year"]: row for row in rows if row["unit"] == unit}

    def value(ago: int, name: str) -> Any:
        return mine.get(2026 - ago, {}).get(name)

    def known(name: str, periods: int) -> list[Any]:
        found = [value(ago, name) for ago in range(1, periods + 1)]
        return [each for each in found if each is not None]

    def mean(numbers: Sequence[Fraction], need: int, places: int) -> float | None:
        return (
            rounded(sum(numbers) / Fraction(len(numbers)), places) if len(numbers) >= need else None
        )

    def streak(holds: Callable[[int], bool]) -> int:
        return next(ago for ago in range(1, 99) if not holds(ago)) - 1

    both = value(1, "stars"), value(2, "stars")
    return (
        value(1, "stars"),
        next(iter(known("stars", 3)), None),
        value(1, "score"),
        mean([Fraction(round(each * 10), 10) for each in known("score", 3)], 1, 1),
        mean([Fraction(each) for each in known("stars", 2)], 2, 0),
        mean([Fraction(each, 7) for each in known("points", 4)], 1, 2),
        None if None in both else both[0] - both[1],
        streak(lambda ago: (value(ago, "stars") or 0) >= 4),
        streak(lambda ago: value(ago, "listed") is True),
        streak(lambda ago: value(ago, "stars") is not None and value(ago, "stars") == both[0]),
    )


@pytest.mark.parametrize("engine", ENGINES)
def test_figures_are_as_worked_out_by_hand_whatever_the_order_of_rows(
    engine: str, framed: Callable[[str], Framed]
) -> None:
    kinds = {
        "unit": "string",
        "year": "int32",
        "stars": "int64",
        "score": "float64",
        "points": "int64",
        "listed": "bool",
    }
    # NumPy has no missing integers: pandas holds them as doubles, so they are no stars.
    figures = {
        name: each
        for name, each in FIGURES.items()
        if engine != "pandas numpy" or each.of == "score"
    }

    def holds(rows: list[dict[str, Any]], names: list[str]) -> None:
        make = framed(engine)
        columns = {name: (kind, [row[name] for row in rows]) for name, kind in kinds.items()}
        done = with_history(make(units(*names)), make(columns), figures, **OF_UNITS)
        found = by_key(done, "unit", [f"history.{name}" for name in figures])
        for unit in "abc":
            meant = dict(zip(FIGURES, by_hand(unit, rows), strict=True))
            assert found[unit] == tuple(meant[name] for name in figures), unit

    quick = settings(
        max_examples=min(ENGINES[engine], settings.default.max_examples),
        suppress_health_check=list(HealthCheck),
    )
    quick(given(histories(), st.permutations("abc"))(holds))()


@given(
    st.lists(
        st.tuples(
            st.sampled_from([*STARS, None]), st.sampled_from([*STARS, None]), st.integers(0, 3)
        )
    ),
    st.sampled_from([None, 0, 1, 2]),
    st.sampled_from([None, 0, 1, 2]),
    st.booleans(),
)
def test_steps_are_as_held_by_hand(
    rows: list[tuple[int | None, int | None, int]],
    up: int | None,
    down: int | None,
    waits: bool,
) -> None:
    columns = {
        "stars": ("int64", [row[0] for row in rows]),
        "last": ("int64", [row[1] for row in rows]),
        "held_for": ("int64", [row[2] for row in rows]),
    }
    options: dict[str, Any] = {"since": "held_for", "interval": 2} if waits else {}
    found = read(
        limit_step(
            polars(columns), last="last", grades=STARS, grade="stars", up=up, down=down, **options
        )
    )
    for place, (stars, last, held_for) in enumerate(rows):
        meant = stars
        if stars is not None and last is not None:
            steps = 0 if waits and held_for < 2 else 9 if up is None else up
            meant = max(min(stars, last + steps), last - (9 if down is None else down))
        assert found["final_stars"][place] == meant
        assert found["held"][place] == (meant != stars)
