"""Awards: who is eligible, and as many of them as there are places; as values and in frames."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from typing import Any

import pytest
from attrs import evolve
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import rubric_engine
from rubric_engine import loads
from rubric_engine.cycle.awards import Awarding, Candidate, awarded
from rubric_engine.cycle.scale import GradeScale
from rubric_engine.cycle.settings import Award, Places
from rubric_engine.cycle.shares import share_of
from rubric_engine.errors import InvalidEvidence, InvalidFrame, InvalidRubric, RubricError

RUBRIC = rubric_engine.load("dongcheng-community")
SCALE = GradeScale.of(RUBRIC)
PLAIN = loads("""
rubric: plain
total: 100
items: [{id: a, points: 100, evidence: {n: count}, rules: [{deduct: 1, per: n}]}]
""")
ELIGIBLE_FIRST: Any = ("eligible", "quota")
QUOTA_FIRST: Any = ("quota", "eligible")


def problems(error: pytest.ExceptionInfo[RubricError]) -> list[tuple[str, str]]:
    return [(each.code, each.path) for each in error.value.problems]


def candidate(unit: str, score: Any, grade: str | None = "5", **more: Any) -> Candidate:
    exact = None if score is None else Fraction(score)
    options = {"street": "n", "reviewed": True, "street_score": exact, **more}
    return Candidate(unit=unit, grade=grade, score=exact, **options)


def holders(award: Award, candidates: Sequence[Candidate]) -> list[str]:
    return [each.unit for each in awarded(award, SCALE, candidates) if each.awarded]


# One claim each


def test_the_eligible_have_a_grade_of_the_award_and_were_reviewed() -> None:
    units = [
        candidate("a", 95),
        candidate("b", 85, "4", reviewed=False),
        candidate("c", 75, "3", reviewed=False),
        candidate("d", 40, "unrated"),
        candidate("e", None, None),
    ]
    found = awarded(Award(), SCALE, units)
    assert [(each.unit, each.eligible, each.awarded, each.reason, each.rank) for each in found] == [
        ("a", True, True, None, None),
        ("b", False, False, "not_reviewed", None),
        ("c", False, False, "grade", None),
        ("d", False, False, "grade", None),
        ("e", False, False, "grade", None),
    ]
    assert holders(Award(reviewed=False), units) == ["a", "b"]
    assert holders(Award(grades="3", reviewed=False), units) == ["c"]
    assert holders(Award(grades=("unrated", 5)), units) == ["a"]


def test_ranks_and_reasons_are_told() -> None:
    units = [candidate("a", 91), candidate("b", 95), candidate("c", 93, "3"), candidate("d", None)]
    found = awarded(Award(quota=Places(places=1)), SCALE, units)
    assert [(each.rank, each.reason) for each in found] == [
        (2, "no_place"),
        (1, None),
        (None, "grade"),
        (None, "no_place"),
    ]
    first = awarded(Award(quota=Places(places=2), order=QUOTA_FIRST), SCALE, units)
    assert first[0] == Awarding(unit="a", eligible=True, awarded=False, rank=3, reason="no_place")
    assert [each.rank for each in first] == [3, 1, 2, None]


@pytest.mark.parametrize(
    ("ties", "places", "names"),
    [
        ("out", 1, ["a"]),
        ("in", 1, ["a"]),
        ("out", 2, ["a"]),
        ("in", 2, ["a", "b", "c"]),
        ("out", 3, ["a", "b", "c"]),
        ("in", 3, ["a", "b", "c"]),
        ("out", 0, []),
        ("in", 0, []),
    ],
)
def test_those_who_tie_for_the_last_place_are_all_in_or_all_out(
    ties: Any, places: int, names: list[str]
) -> None:
    units = [candidate("a", 95), candidate("b", 94), candidate("c", 94), candidate("d", 93)]
    assert holders(Award(quota=Places(places=places, ties=ties)), units) == names


def test_a_share_is_of_all_with_a_result_or_of_the_eligible() -> None:
    units = [candidate(str(at), 95 - at, "5" if at < 4 else "3") for at in range(8)]
    units.append(candidate("none", None, None))
    units.append(candidate("unscored", None, "5"))
    assert holders(Award(quota=Places(share="1/4")), units) == ["0", "1"]
    # Five are eligible, one of them without a score.
    assert holders(Award(quota=Places(share="1/5", of="eligible")), units) == ["0"]
    assert holders(Award(quota=Places(share="1/8")), units) == ["0"]


def test_every_street_can_have_places_of_its_own() -> None:
    units = [candidate(str(at), 95 - at, street="n" if at < 3 else "s") for at in range(4)]
    assert holders(Award(quota=Places(places=1, within="street")), units) == ["0", "3"]
    assert holders(Award(quota=Places(share="1/2", within="street")), units) == ["0"]
    assert holders(Award(quota=Places(places=1)), units) == ["0"]


def test_the_street_s_own_score_can_decide_and_who_has_none_takes_no_place() -> None:
    units = [
        candidate("a", 95, street_score=Fraction(80)),
        candidate("b", 90, street_score=Fraction(85)),
        candidate("c", 99, street_score=None),
    ]
    assert holders(Award(quota=Places(places=2), by="street"), units) == ["a", "b"]
    assert holders(Award(quota=Places(places=1), by="street"), units) == ["b"]
    assert holders(Award(quota=Places(places=1)), units) == ["c"]


def test_a_quota_that_says_nothing_limits_nothing_but_those_without_a_score() -> None:
    units = [candidate("a", 95), candidate("b", None)]
    assert holders(Award(quota=Places()), units) == ["a"]


def test_units_twice_and_unknown_grades_are_refused() -> None:
    with pytest.raises(InvalidEvidence) as error:
        awarded(Award(), SCALE, [candidate(each, 1) for each in "baabc"])
    assert problems(error) == [("repeated-key", "unit")] * 2
    assert [each.found for each in error.value.problems] == ["a", "b"]
    assert [each.found for each in error.value.problems] == ["a", "b"]
    with pytest.raises(InvalidRubric) as wrong:
        awarded(Award(grades=("5", "6")), SCALE, [])
    assert problems(wrong) == [("unknown-grade", "$.grades[1]")]


# The pairs of orders


def o12(order: Any) -> tuple[Award, list[Candidate]]:
    """Ten units of five stars by their scores, one place, the best one vetoed to one star."""
    units = [candidate(str(at), 99 - at, "1" if at == 0 else "5") for at in range(10)]
    return Award(quota=Places(places=1), order=order), units


def o13(order: Any) -> tuple[Award, list[Candidate]]:
    """Units a to e have 95 to 91 by their streets, two places; a and c fail the re-review."""
    units = [
        candidate(unit, 75 if unit in "ac" else score, "3" if unit in "ac" else "5", street_score=Fraction(score))
        for unit, score in zip("abcde", range(95, 90, -1), strict=True)
    ]
    return Award(quota=Places(places=2), by="street", order=order), units


def o22(rounding: Any) -> tuple[Award, list[Candidate]]:
    """A tenth of 49 units."""
    units = [candidate(str(at), 99 - at) for at in range(49)]
    return Award(quota=Places(share="10/100", rounding=rounding)), units


PAIRS = [
    (o12(ELIGIBLE_FIRST), ["1"]),
    (o12(QUOTA_FIRST), []),
    (o13(ELIGIBLE_FIRST), ["b", "d"]),
    (o13(QUOTA_FIRST), ["b"]),
    (o22("down"), ["0", "1", "2", "3"]),
    (o22("half_up"), ["0", "1", "2", "3", "4"]),
    (o22("up"), ["0", "1", "2", "3", "4"]),
]
NAMES = [
    "O12 veto then quota",
    "O12 quota then veto",
    "O13 re-review then quota",
    "O13 quota then re-review",
    "O22 down",
    "O22 half up",
    "O22 up",
]


@pytest.mark.parametrize(("case", "names"), PAIRS, ids=NAMES)
def test_pairs_of_orders(case: tuple[Award, list[Candidate]], names: list[str]) -> None:
    assert holders(*case) == names
    assert holders(case[0], case[1][::-1]) == names[::-1]


# Laws


def awards() -> st.SearchStrategy[Award]:
    quota = st.builds(
        lambda size, **options: Places(**size, **options),
        st.one_of(
            st.sampled_from(["0", "1/10", "1/3", "1/2", "1"]).map(lambda each: {"share": each}),
            st.integers(0, 4).map(lambda each: {"places": each}),
        ),
        of=st.sampled_from(["all", "eligible"]),
        rounding=st.sampled_from(["down", "half_up", "up"]),
        ties=st.sampled_from(["in", "out"]),
        within=st.sampled_from([None, "street"]),
    )
    return st.builds(
        Award,
        grades=st.sampled_from([("5", "4"), ("5",), ("3", "unrated"), ()]),
        reviewed=st.booleans(),
        quota=st.none() | quota | quota | quota,
        by=st.sampled_from(["district", "street"]),
        order=st.sampled_from([ELIGIBLE_FIRST, QUOTA_FIRST]),
    )


@st.composite
def candidates(draw: Callable[..., Any]) -> list[Candidate]:
    score = st.none() | st.builds(Fraction, st.integers(0, 12), st.sampled_from([1, 2, 3]))
    return [
        Candidate(
            unit=str(at),
            street=draw(st.sampled_from(["n", "s"])),
            grade=draw(st.sampled_from(["5", "5", "4", "3", "unrated", None])),
            reviewed=draw(st.sampled_from([True, True, False])),
            score=draw(score),
            street_score=draw(score),
        )
        for at in range(draw(st.integers(1, 12)))
    ]


@given(awards(), candidates(), st.randoms(use_true_random=False))
def test_a_quota_only_limits_and_gives_no_more_than_its_places(
    award: Award, units: list[Candidate], random: Any
) -> None:
    found = awarded(award, SCALE, units)
    free = awarded(evolve(award, quota=None), SCALE, units)
    assert [each.eligible for each in found] == [each.awarded for each in free]
    assert all(each.eligible for each in found if each.awarded)
    assert all((each.reason is None) == each.awarded for each in found)
    shuffled = awarded(award, SCALE, random.sample(units, len(units)))
    assert sorted(shuffled, key=lambda each: int(each.unit)) == list(found)
    quota = award.quota
    if quota is None:
        return
    for street in ("n", "s") if quota.within else (None,):
        inside = [at for at, each in enumerate(units) if street in (None, each.street)]
        counted = [
            at
            for at in inside
            if (units[at].score is not None if quota.of == "all" else found[at].eligible)
        ]
        places = quota.places
        if quota.share is not None:
            places = share_of(quota.share, len(counted), quota.rounding)
        given_to = [at for at in inside if found[at].awarded]
        scores = [
            units[at].score if award.by == "district" else units[at].street_score for at in given_to
        ]
        assert None not in scores
        assert places is not None
        if quota.ties == "in" and scores:
            scores = [each for each in scores if each != min(scores)]  # type: ignore[type-var]  # because none is None
            assert len(scores) < places
        assert len(scores) <= places


# Frames

nw = pytest.importorskip("narwhals")
pytest.importorskip("polars")
pytest.importorskip("pyarrow")

from result_frames import (  # noqa: E402 - after what it needs
    ENGINES,
    Framed,
    by_key,
    framed_here,
    framing_of,
)
from rubric_engine.cycle.award_frames import award_results  # noqa: E402 - the same

framed = pytest.fixture(framing_of)

TRUTHS = ("eligible", "awarded")
OPTIONS = {"street": "street", "street_score": "street.score"}


def frame_of(units: Sequence[Candidate], tiers: bool = False) -> dict[str, tuple[str, Any]]:
    reviewed: tuple[str, Any] = ("bool", [each.reviewed for each in units])
    if tiers:
        named = ["district" if each.reviewed else "street" for each in units]
        reviewed = ("string", named)
    found: dict[str, tuple[str, Any]] = {
        "unit": ("string", [each.unit for each in units]),
        "street": ("string", [each.street for each in units]),
        "final_grade": ("string", [each.grade for each in units]),
        "counted": reviewed,
    }
    for name in ("final_score", "street.score"):
        scores = [each.score if name == "final_score" else each.street_score for each in units]
        found[name] = ("int64", [None if each is None else each.numerator for each in scores])
        scales = [None if each is None else each.denominator for each in scores]
        found[f"{name}.scale"] = ("int64", scales)
    return found


@pytest.mark.parametrize("engine", ENGINES)
def test_frames_give_what_values_give(engine: str, framed: Callable[[str], Framed]) -> None:
    frames = framed(engine)

    @settings(
        max_examples=ENGINES[engine], suppress_health_check=list(HealthCheck), deadline=None
    )
    @given(awards(), candidates(), st.booleans())
    def law(award: Award, units: list[Candidate], tiers: bool) -> None:
        found = award_results(frames(frame_of(units, tiers)), award, RUBRIC, **OPTIONS)
        expected = {
            each.unit: (each.eligible, each.awarded) for each in awarded(award, SCALE, units)
        }
        assert by_key(found, "unit", TRUTHS) == expected

    law()


@pytest.mark.parametrize("engine", [each for each in ENGINES if each != "pyspark"])
@pytest.mark.parametrize(("case", "names"), PAIRS, ids=NAMES)
def test_pairs_of_orders_in_frames(
    engine: str,
    case: tuple[Award, list[Candidate]],
    names: list[str],
    framed: Callable[[str], Framed],
) -> None:
    award, units = case
    found = by_key(award_results(framed(engine)(frame_of(units)), award, RUBRIC, **OPTIONS), "unit", TRUTHS)
    assert [each.unit for each in units if found[each.unit][1]] == names




def small(**changes: tuple[str, Any]) -> dict[str, tuple[str, Any]]:
    units = [candidate("a", 91), candidate("b", 95)]
    return {**frame_of(units), **changes}


ONE = Award(quota=Places(places=1))


def test_scores_without_a_scale_are_taken_as_they_stand() -> None:
    columns = small(final_score=("float64", [95.5, float("nan")]))
    del columns["final_score.scale"]
    found = award_results(framed_here("polars", columns), ONE, RUBRIC, prefix="x_")
    assert found.columns == [*columns, "x_eligible", "x_awarded"]
    assert found.select("x_eligible", "x_awarded").rows() == [(True, True), (True, False)]
    whole = small(final_score=("int16", [3, 4]))
    del whole["final_score.scale"]
    found = award_results(framed_here("polars", whole), ONE, RUBRIC)
    assert found["awarded"].to_list() == [False, True]


def test_quotients_are_compared_and_not_quanta() -> None:
    columns = small()
    columns |= {"final_score": ("int64", [100, 99]), "final_score.scale": ("int64", [3, 2])}
    found = award_results(framed_here("polars", columns), ONE, RUBRIC)
    assert found["awarded"].to_list() == [False, True]


def test_grades_can_be_stars_and_a_review_can_be_unknown() -> None:
    columns = small(final_grade=("int64", [5, 5]), counted=("bool", [None, True]))
    found = award_results(framed_here("polars", columns), Award(), RUBRIC)
    assert found.select(TRUTHS).rows() == [(False, False), (True, True)]
    columns = small(counted=("null", [None, None]))
    found = award_results(framed_here("polars", columns), Award(), RUBRIC)
    assert found["eligible"].to_list() == [False, False]
    found = award_results(
        framed_here("polars", columns), Award(reviewed=False), RUBRIC, reviewed=None
    )
    assert found["awarded"].to_list() == [True, True]


@pytest.mark.parametrize(
    ("award", "changes", "options", "error", "found"),
    [
        (ONE, {}, {"reviewed": None}, InvalidFrame, [("missing-key", "reviewed")]),
        (
            Award(quota=Places(places=1, within="street"), by="street"),
            {},
            {},
            InvalidFrame,
            [("missing-key", "street"), ("missing-key", "street_score")],
        ),
        (ONE, {}, {"score": "x"}, InvalidFrame, [("missing-column", "x")]),
        (ONE, {"awarded": ("int64", [1, 1])}, {}, InvalidFrame, [("column-taken", "awarded")]),
        (ONE, {"counted": ("int64", [1, 1])}, {}, InvalidFrame, [("wrong-dtype", "counted")]),
        (
            ONE,
            {"counted": ("timestamp[us]", [None, None])},
            {},
            InvalidFrame,
            [("wrong-dtype", "counted")],
        ),
        (
            ONE,
            {"final_score": ("string", ["1", "1"])},
            {},
            InvalidFrame,
            [("wrong-dtype", "final_score")],
        ),
        (
            ONE,
            {"final_score": ("int64", [2**51, 1])},
            {},
            InvalidEvidence,
            [("too-wide", "final_score")],
        ),
        (
            ONE,
            {"final_score": ("float64", [0.5, 1])},
            {},
            InvalidEvidence,
            [("not-exact", "final_score")],
        ),
        (
            ONE,
            {"final_grade": ("string", ["six", "5"])},
            {},
            InvalidEvidence,
            [("unknown-grade", "final_grade")],
        ),
        (Award(grades="6"), {}, {}, InvalidRubric, [("unknown-grade", "$.grades[0]")]),
        (
            Award(quota=Places(share="1/1000001")),
            {},
            {},
            InvalidRubric,
            [("out-of-range", "$.quota.share")],
        ),
    ],
)
def test_what_does_not_fit_is_refused(
    award: Award,
    changes: Mapping[str, Any],
    options: Mapping[str, Any],
    error: type[RubricError],
    found: list[tuple[str, str]],
) -> None:
    with pytest.raises(error) as caught:
        award_results(framed_here("polars", small(**changes)), award, RUBRIC, **options)
    assert problems(caught) == found


def test_scores_that_are_no_numbers_and_have_no_scale_are_refused() -> None:
    columns = small(final_score=("string", ["1", "1"]))
    del columns["final_score.scale"]
    with pytest.raises(InvalidFrame) as error:
        award_results(framed_here("polars", columns), ONE, RUBRIC)
    assert problems(error) == [("wrong-dtype", "final_score")]


def test_a_rubric_without_grades_has_no_awards() -> None:
    with pytest.raises(InvalidRubric) as error:
        award_results(framed_here("polars", small()), ONE, PLAIN)
    assert problems(error) == [("empty", "$.grades")]


def test_a_share_of_a_millionth_is_taken() -> None:
    award = Award(quota=Places(share="1/1000000", rounding="up"))
    found = award_results(framed_here("polars", small()), award, RUBRIC)
    assert found["awarded"].to_list() == [False, True]
