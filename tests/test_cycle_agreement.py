"""How results agree with the reviews of them."""

from __future__ import annotations

import random
import sys
from collections.abc import Callable, Sequence
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rubric_engine import InvalidEvidence, MissingLibrary
from rubric_engine.errors import InvalidFrame, RubricError

pytest.importorskip("narwhals")
pl = pytest.importorskip("polars")
pytest.importorskip("pyarrow")
krippendorff = pytest.importorskip("krippendorff")

from result_frames import ENGINES, Framed, arrow, framing_of, read  # noqa: E402 - after what it needs
from rubric_engine.cycle.agreement import Agreement, agreement  # noqa: E402 - the same

framed = pytest.fixture(framing_of)

STARS = [5, 4, 3, 2, 1]
Pair = tuple[Any, Any, Any, Any]


def columns(rows: Sequence[Pair], streets: Sequence[Any] | None = None) -> dict[str, Any]:
    """Return the columns of scores and grades, each before and after the review."""
    streets = ["A"] * len(rows) if streets is None else streets
    values = list(zip(*rows, strict=True)) or [[]] * 4
    kinds = {"score": "float64", "review": "float64", "grade": "string", "review_grade": "string"}
    made = {name: (kind, list(each)) for (name, kind), each in zip(kinds.items(), values, strict=True)}
    return {"street": ("string", list(streets)), **made}


def polars(rows: Sequence[Pair], streets: Sequence[Any] | None = None) -> Any:
    return pl.from_arrow(arrow(columns(rows, streets)))


def told(rows: Sequence[Pair], streets: Sequence[Any] | None = None) -> Agreement:
    return agreement(polars(rows, streets), by="street", grades=STARS)


def found(error: pytest.ExceptionInfo[RubricError]) -> list[tuple[str, str]]:
    return [(each.code, each.path) for each in error.value.problems]


def test_the_published_example_of_two_observers() -> None:
    """K. Krippendorff, "Computing Krippendorff's Alpha-Reliability" (2011), A: 0.095.

    Ten units with two values: every metric gives the same there.
    """
    meg = [0, 1, 0, 0, 0, 0, 0, 0, 1, 0]
    owen = [1, 1, 1, 0, 0, 1, 0, 0, 0, 0]
    rows = [(a, b, str(a + 1), str(b + 1)) for a, b in zip(meg, owen, strict=True)]
    whole = told(rows).whole
    assert whole.grade_alpha == pytest.approx(1 - 19 * 4 / (14 * 6))
    assert whole.score_alpha == pytest.approx(0.095, abs=5e-4)
    assert (whole.reviewed, whole.shift, whole.distance) == (10, Fraction(1, 5), Fraction(2, 5))
    assert (whole.raised, whole.lowered, whole.differ) == (3, 1, 4)


def test_how_far_the_review_moved_each_street() -> None:
    rows = [
        (90.1, 85.2, "5", "4"),
        (80.0, 80.0, "4", "4"),
        (70.0, 72.5, "3", "4"),
        (60.0, None, "2", None),
        (50.0, 40.0, "1", "unrated"),
        (None, 40.0, None, "1"),
    ]
    both = told(rows, ["A", "A", "B", "B", None, "A"])
    a, b, nobody = both.groups
    assert (a.group, a.reviewed, a.shift, a.distance) == ("A", 2, Fraction(-49, 20), Fraction(49, 20))
    assert (a.graded, a.lowered, a.raised) == (2, 1, 0)
    assert (b.group, b.reviewed, b.shift, b.lowered, b.raised) == ("B", 1, Fraction(5, 2), 0, 1)
    assert (b.grade_alpha, b.score_alpha) == (None, None)
    assert (nobody.group, nobody.reviewed, nobody.graded) == (None, 1, 0)
    assert both.whole.reviewed == 4
    assert both.whole.shift == Fraction(-124, 40)
    assert both.whole.distance == Fraction(174, 40)
    columns = read(both.to_frame("pandas"))
    assert columns["of"] == ["all", "group", "group", "group"]
    assert columns["group"] == [None, "A", "B", None]
    assert columns["differ"] == [2, 1, 1, 0]
    assert columns["shift"][1:] == [-2.45, 2.5, -10.0]
    assert columns["score_alpha"][2:] == [None, None]


def test_where_alpha_is_not_defined() -> None:
    assert told([]).whole.shift is None
    assert told([]).whole.distance is None
    assert told([]).groups == ()
    same = told([(80.0, 80.0, "4", "4")] * 3).whole
    assert (same.reviewed, same.shift, same.grade_alpha, same.score_alpha) == (3, 0, None, None)
    one = told([(80.0, 70.0, "4", "3")]).whole
    assert (one.grade_alpha, one.score_alpha, one.differ) == (None, None, 1)
    two = told([(80.0, 80.0, "4", "4"), (70.0, 70.0, "3", "3")]).whole
    assert (two.grade_alpha, two.score_alpha) == (1.0, 1.0)


pairs = st.lists(
    st.tuples(
        st.integers(0, 8).map(lambda each: each / 4),
        st.integers(0, 8).map(lambda each: each / 4),
        st.sampled_from("54321"),
        st.sampled_from("54321"),
    ),
    min_size=2,
    max_size=10,
)


@given(pairs)
def test_alpha_is_what_the_library_says_of_the_ratings(rows: list[Pair]) -> None:
    whole = told(rows).whole
    scores = [[row[at] for row in rows] for at in (0, 1)]
    grades = [[-int(row[at]) for row in rows] for at in (2, 3)]
    for alpha, ratings, level in (
        (whole.score_alpha, scores, "interval"),
        (whole.grade_alpha, grades, "ordinal"),
    ):
        if len({each for one in ratings for each in one}) < 2:
            assert alpha is None
        else:
            expected = krippendorff.alpha(ratings, level_of_measurement=level)
            assert alpha == pytest.approx(expected, abs=1e-12)


@given(pairs, st.randoms())
def test_the_order_of_rows_says_nothing(rows: list[Pair], chance: random.Random) -> None:
    streets = [chance.choice("AB") for _ in rows]
    places = chance.sample(range(len(rows)), len(rows))
    assert told(rows, streets) == told([rows[each] for each in places], [streets[each] for each in places])


@pytest.mark.parametrize("engine", ENGINES)
def test_every_engine_says_the_same(engine: str, framed: Callable[[str], Framed]) -> None:
    chance = random.Random(3)
    rows: list[Pair] = [
        (
            chance.randrange(400) / 4,
            chance.choice([None, chance.randrange(400) / 4]),
            chance.choice("54321"),
            chance.choice(["5", "4", None, "unrated"]),
        )
        for _ in range(40)
    ]
    streets = [chance.choice(["A", "B", None]) for _ in rows]
    frame = framed(engine)(columns(rows, streets))
    assert agreement(frame, by="street", grades=STARS) == told(rows, streets)


def test_whole_quanta_are_read_by_their_scales() -> None:
    frame = pl.DataFrame(
        {
            "street": ["A", "A"],
            "mine": [100, 201],
            "mine.scale": [3, 3],
            "theirs": [30, 70],
            "old": [5, 4],
            "new": [4, 4],
        }
    )
    options = {"score": "mine", "review": "theirs", "grade": "old", "review_grade": "new"}
    whole = agreement(frame, by="street", grades=STARS, **options).whole
    assert whole.shift == (30 - Fraction(100, 3) + 70 - 67) / 2
    assert (whole.lowered, whole.graded) == (1, 2)


def test_a_double_of_many_digits_is_what_it_is() -> None:
    whole = told([(0.0, 250 / 3, "1", "4"), (0.1, 0.3, "1", "1")]).whole
    assert whole.shift == (Fraction(250 / 3) + Fraction(1, 5)) / 2


def test_what_is_no_grade_or_score_is_told() -> None:
    inf = float("inf")
    rows = [(1.0, inf, "5", "six"), (1.0, float("nan"), "5", "5"), (1.0, inf, "7", "six")]
    with pytest.raises(InvalidEvidence) as error:
        told(rows)
    assert found(error) == [
        ("unknown-grade", "grade"),
        ("not-finite", "review"),
        ("not-finite", "review"),
        ("unknown-grade", "review_grade"),
    ]
    with pytest.raises(InvalidEvidence) as error:
        agreement(polars([(1.0, 1.0, "god", "gold")]), by="street", grades=["gold"])
    assert error.value.problems[0].nearest == "gold"


def test_columns_of_the_wrong_kind_are_refused() -> None:
    frame = polars([(1.0, 1.0, "5", "5")]).with_columns(score=pl.lit("1"))
    with pytest.raises(InvalidFrame) as error:
        agreement(frame, by="street", grades=STARS)
    assert found(error) == [("wrong-dtype", "score")]
    with pytest.raises(InvalidFrame) as error:
        agreement(polars([(1.0, 1.0, "5", "5")]), by="review", grades=STARS)
    assert found(error) == [("wrong-dtype", "review")]
    with pytest.raises(InvalidFrame) as error:
        agreement(polars([]).drop("grade"), by="street", grades=STARS)
    assert found(error) == [("missing-column", "grade")]


def test_without_the_library_it_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "krippendorff", None)
    with pytest.raises(MissingLibrary) as error:
        told([])
    assert found(error) == [("missing-library", "krippendorff")]
