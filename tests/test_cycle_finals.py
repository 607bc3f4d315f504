"""Final results: whose result counts, decisions, last year's grade; as values and in frames."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import rubric_engine
from rubric_engine import loads
from rubric_engine.cycle.finals import Decision, FinalStep, Outcome, Result, final_outcome
from rubric_engine.cycle.scale import GradeScale
from rubric_engine.cycle.settings import Cycle, History
from rubric_engine.errors import InvalidEvidence, InvalidFrame, InvalidRubric, RubricError

RUBRIC = rubric_engine.load("dongcheng-community")
SCALE = GradeScale.of(RUBRIC)

#: A cut that is no decimal, a grade with no stars' name of its own, and no last resort.
OPEN = loads("""
rubric: open
total: 100
otherwise: unrated
grades: [{grade: gold, stars: 3, from: 200/3}, {grade: silver, stars: 2, from: 33.5}, {grade: tin, stars: 1, from: 10}]
items: [{id: a, points: 100, evidence: {n: count}, rules: [{deduct: 1, per: n}]}]
""")
#: A grade with a condition and no cut between others.
MIXED = loads("""
rubric: mixed
total: 100
grades: [{grade: a, from: 90}, {grade: b, when: "x.n < 5"}, {grade: c, from: 20}, {grade: d}]
items: [{id: x, points: 100, evidence: {n: count}, rules: [{deduct: 1, per: n}]}]
""")
LOWER = loads("""
rubric: lower
total: 100
grades: [{grade: good, up_to: 10}, {grade: fair, up_to: 50}, {grade: poor}]
items: [{id: a, points: 100, evidence: {n: count}, rules: [{deduct: 1, per: n}]}]
""")
PLAIN = loads("""
rubric: plain
total: 100
items: [{id: a, points: 100, evidence: {n: count}, rules: [{deduct: 1, per: n}]}]
""")


def cycle(**options: Any) -> Cycle:
    return Cycle(name="illustrative", **options)


def problems(error: pytest.ExceptionInfo[RubricError]) -> list[tuple[str, str]]:
    return [(each.code, each.path) for each in error.value.problems]


def of(exact: Any, grade: str | None, scale: GradeScale = SCALE) -> Result:
    place = scale.place(grade)
    return Result(Fraction(exact), grade, None if place is None else scale.stars[place])


def ended(found: Outcome) -> tuple[Fraction, str | None, int | None]:
    return found.exact, found.grade, found.stars


# The scale


def test_a_scale_has_the_grades_their_stars_and_cuts() -> None:
    assert GradeScale.of(OPEN) == GradeScale(
        ("gold", "silver", "tin"), (3, 2, 1), (Fraction(200, 3), Fraction(67, 2), Fraction(10))
    )
    assert GradeScale.of(LOWER) == GradeScale(
        ("good", "fair", "poor"), (None,) * 3, (Fraction(10), Fraction(50), None), lower=True
    )
    assert GradeScale.of(MIXED).last == 3


def test_a_scale_needs_grades() -> None:
    with pytest.raises(InvalidRubric) as error:
        GradeScale.of(PLAIN)
    assert problems(error) == [("empty", "$.grades")]


def test_a_grade_is_placed_by_its_name_or_its_stars() -> None:
    scale = GradeScale.of(OPEN)
    assert [scale.place(each) for each in ("gold", "3", 2, "tin", "4", "unrated", None)] == [
        *(0, 0, 1, 2),
        *(None, None, None),
    ]
    assert GradeScale.of(LOWER).place("") is None
    assert GradeScale(("None",), (1,), (None,)).place(None) is None
    # A name goes before stars.
    assert GradeScale(("1", "x"), (3, 1), (None, None)).place("1") == 0


def test_the_places_of_named_grades_are_found_or_refused() -> None:
    scale = GradeScale.of(OPEN)
    assert scale.places(["gold", "2", "unrated"], "$.x") == {0, 1, None}
    assert scale.places([], "$.x") == frozenset()
    with pytest.raises(InvalidRubric) as error:
        scale.places(["gold", "glod", "9"], "$.x")
    assert problems(error) == [("unknown-grade", "$.x[1]"), ("unknown-grade", "$.x[2]")]
    assert error.value.problems[0].nearest == "gold"
    assert error.value.problems[0].found == "glod"
    assert error.value.problems[0].expected == "gold, silver, tin"


@pytest.mark.parametrize(
    ("place", "score", "left"),
    [(0, "92", 0), (0, "90", 0), (0, "89.99", 1), (0, "60", 3), (0, "-1", 4), (3, "95", 3)],
)
def test_a_lower_score_leaves_no_better_grade_than_before_or_than_the_cuts(
    place: int, score: str, left: int
) -> None:
    assert SCALE.lowered(place, Fraction(score)) == left


def test_a_lower_score_can_leave_no_grade_and_conditions_are_not_asked_again() -> None:
    assert GradeScale.of(OPEN).lowered(0, Fraction("9.9")) is None
    assert GradeScale.of(MIXED).lowered(0, Fraction(5)) == 1
    assert GradeScale.of(MIXED).lowered(2, Fraction(5)) == 3


def test_where_a_lower_score_is_better_nothing_can_be_taken_off() -> None:
    with pytest.raises(InvalidRubric) as error:
        GradeScale.of(LOWER).lowered(0, Fraction(5))
    assert problems(error) == [("conflicting-keys", "$.grades")]


# Decisions


@pytest.mark.parametrize(
    ("kind", "options", "found"),
    [
        ("deduce", {}, [("unknown-value", "kind")]),
        ([], {}, [("unknown-value", "kind")]),
        ("deduct", {}, [("missing-key", "points")]),
        ("deduct", {"points": 0}, [("out-of-range", "points")]),
        ("deduct", {"points": -1}, [("out-of-range", "points")]),
        ("deduct", {"points": "x"}, [("bad-number", "points")]),
        ("deduct", {"points": 1, "grade": 3}, [("conflicting-keys", "grade")]),
        ("deduct", {"grade": 3}, [("missing-key", "points"), ("conflicting-keys", "grade")]),
        ("at_most", {}, [("missing-key", "grade")]),
        ("at_most", {"points": 1, "grade": 3}, [("conflicting-keys", "points")]),
        ("none", {"points": 1}, [("conflicting-keys", "points")]),
        ("fail", {"grade": 1}, [("conflicting-keys", "grade")]),
    ],
)
def test_a_decision_says_what_its_kind_needs_and_no_more(
    kind: Any, options: dict[str, Any], found: list[tuple[str, str]]
) -> None:
    with pytest.raises(InvalidEvidence) as error:
        Decision(kind, **options)
    assert problems(error) == found


def test_an_unknown_kind_of_decision_has_a_nearest_one() -> None:
    with pytest.raises(InvalidEvidence) as error:
        Decision("deduce")  # type: ignore[arg-type]  # because it is wrong
    assert error.value.problems[0].nearest == "deduct"


def test_points_and_grades_are_read_exactly() -> None:
    assert Decision("deduct", points=0.1).points == Fraction(1, 10)
    assert Decision("at_most", grade=3).grade == "3"
    assert Decision("none") == Decision("none", points=None, grade=None)


def test_a_step_asks_for_no_points_and_takes_none_unless_it_says_so() -> None:
    same: dict[str, Any] = {"score_before": Fraction(5), "score_after": Fraction(5)}
    step = FinalStep(kind="none", grade_before="4", grade_after="4", **same)
    assert (step.asked, step.taken, step.changed) == (0, 0, False)
    assert FinalStep(kind="up", grade_before="4", grade_after="5", **same).changed


# One claim each


def test_the_first_tier_that_has_a_result_counts_and_both_stay() -> None:
    street, district = of(95, "5"), of(82, "4")
    found = final_outcome(cycle(), SCALE, street, district)
    assert (found.counted, found.start, *ended(found)) == ("district", district, 82, "4", 4)
    assert ended(final_outcome(cycle(), SCALE, street, None)) == (95, "5", 5)
    other = cycle(authority=("street", "district"))
    assert final_outcome(other, SCALE, street, district).counted == "street"
    assert final_outcome(other, SCALE, None, district).counted == "district"


def test_without_a_result_there_is_no_final_one() -> None:
    with pytest.raises(InvalidEvidence) as error:
        final_outcome(cycle(authority=("district",)), SCALE, of(95, "5"), None)
    assert problems(error) == [("missing-finding", "district")]


def test_unknown_grades_are_refused_all_at_once() -> None:
    decisions = [Decision("none"), Decision("at_most", grade="9")]
    with pytest.raises(InvalidEvidence) as error:
        final_outcome(cycle(), SCALE, of(1, "x"), of(1, "y"), decisions, "z")
    paths = ["decisions[1].grade", "street", "district", "last"]
    assert problems(error) == [("unknown-grade", path) for path in paths]
    with pytest.raises(InvalidEvidence) as error:
        final_outcome(cycle(), SCALE, of(1, "1"), None, [Decision("at_most", grade="unrated")])
    assert problems(error) == [("unknown-grade", "decisions[0].grade")]


def test_every_decision_is_a_step_in_order() -> None:
    decisions = [
        Decision("none"),
        Decision("deduct", points=3),
        Decision("at_most", grade="3"),
        Decision("fail"),
    ]
    found = final_outcome(cycle(), SCALE, of(92, "5"), None, decisions)
    rows = [
        (each.kind, each.score_after, each.grade_before, each.grade_after, each.about, each.asked)
        for each in found.steps
    ]
    assert rows == [
        ("none", 92, "5", "5", None, 0),
        ("deduct", 89, "5", "4", None, 3),
        ("at_most", 89, "4", "3", "3", 0),
        ("fail", 89, "3", "1", "1", 0),
    ]
    assert [each.changed for each in found.steps] == [False, True, True, True]
    assert ended(found) == (89, "1", 1)
    assert (found.progress, found.last) == (None, None)


def test_a_grade_by_its_stars_is_called_by_its_name() -> None:
    scale = GradeScale.of(OPEN)
    found = final_outcome(
        cycle(), scale, of(90, "3", scale), None, [Decision("at_most", grade="2")], "1"
    )
    assert (found.grade, found.stars) == ("silver", 2)
    assert (found.steps[0].about, found.steps[0].grade_before) == ("silver", "gold")
    assert found.progress == "up"


def test_at_most_never_lifts() -> None:
    found = final_outcome(cycle(), SCALE, of(65, "2"), None, [Decision("at_most", grade="4")])
    assert (found.grade, found.steps[0].changed) == ("2", False)


@pytest.mark.parametrize(
    ("score", "taken", "grade"), [("1.5", "1.5", "1"), ("0", "0", "5"), ("-3", "0", "5")]
)
def test_no_score_falls_below_zero_by_a_deduction(score: str, taken: str, grade: str) -> None:
    """Where nothing is taken the grade stays, here one that a gate gave against the cuts."""
    found = final_outcome(cycle(), SCALE, of(score, "5"), None, [Decision("deduct", points=2)])
    assert found.exact == Fraction(score) - Fraction(taken)
    assert (found.steps[0].asked, found.steps[0].taken) == (2, Fraction(taken))
    assert found.grade == grade
    assert found.steps[0].changed == bool(Fraction(taken))


def test_points_that_leave_no_cut_leave_it_unrated_and_history_rests() -> None:
    scale = GradeScale.of(OPEN)
    always = cycle(order=("decision", "history"), history=History(down=1))
    decisions = [Decision("deduct", points=85)]
    found = final_outcome(always, scale, of(90, "gold", scale), None, decisions, "gold")
    assert ended(found) == (5, "unrated", None)
    assert found.progress is None
    assert len(found.steps) == 1


@pytest.mark.parametrize("grade", ["unrated", None])
def test_unrated_is_moved_by_fail_only(grade: str | None) -> None:
    moves = [Decision("at_most", grade="3"), Decision("deduct", points=50)]
    held = cycle(history=History(up=1, down=1, add=1))
    found = final_outcome(held, SCALE, of(92, grade), None, moves, "3")
    assert ended(found) == (42, grade, None)
    assert found.progress is None
    assert [each.kind for each in found.steps] == ["at_most", "deduct"]
    failed = final_outcome(held, SCALE, of(92, grade), None, [Decision("fail")], "3")
    assert ended(failed) == (92, "1", 1)
    assert failed.progress == "down"


@pytest.mark.parametrize("last", [None, "unrated"])
def test_without_last_years_grade_it_is_a_baseline(last: str | None) -> None:
    held = cycle(history=History(up=0, down=0, add=2))
    found = final_outcome(held, SCALE, of(75, "3"), None, [], last)
    assert (found.grade, found.progress, found.steps, found.last) == ("3", None, (), last)


@pytest.mark.parametrize(("last", "progress"), [("3", "up"), ("4", "same"), ("5", "down")])
def test_progress_is_a_final_grade_above_last_years(last: str, progress: str) -> None:
    found = final_outcome(cycle(), SCALE, of(85, "4"), None, [], last)
    assert (found.progress, found.grade, found.steps) == (progress, "4", ())


def test_progress_is_of_the_final_grade_also_where_a_decision_comes_last() -> None:
    decisions = [Decision("at_most", grade="2")]
    found = final_outcome(cycle(), SCALE, of(92, "5"), None, decisions, "3")
    assert (found.grade, found.progress) == ("2", "down")


@pytest.mark.parametrize(
    ("history", "grade", "last", "after", "kinds"),
    [
        (History(add=1), "3", "2", "4", ["add"]),
        (History(add=1), "2", "2", "2", []),
        (History(add=1), "1", "2", "1", []),
        (History(add=9), "4", "2", "5", ["add"]),
        (History(add=1), "5", "2", "5", []),
        (History(up=1), "5", "3", "4", ["up"]),
        (History(up=2), "5", "3", "5", []),
        (History(up=0), "5", "3", "3", ["up"]),
        (History(up=1), "2", "3", "2", []),
        (History(down=1), "1", "4", "3", ["down"]),
        (History(down=3), "1", "4", "1", []),
        (History(down=9), "1", "4", "1", []),
        (History(down=1), "5", "4", "5", []),
        (History(up=1, add=2), "3", "2", "3", ["add", "up"]),
        (History(up=2, down=0, add=2), "3", "1", "3", ["add", "up"]),
        (History(up=0, down=0), "1", "4", "4", ["down"]),
    ],
)
def test_history_adds_and_then_limits(
    history: History, grade: str, last: str, after: str, kinds: list[str]
) -> None:
    found = final_outcome(cycle(history=history), SCALE, of(75, grade), None, [], last)
    assert found.grade == after
    assert [each.kind for each in found.steps] == kinds
    assert all(each.about == last and each.changed for each in found.steps)
    assert all((each.asked, each.taken) == (0, 0) for each in found.steps)


# The pairs of orders


@pytest.mark.parametrize(("history", "stars"), [(History(), 5), (History(up=1), 4)])
def test_o19_the_star_follows_the_score_or_is_at_most_one_above_last_year(
    history: History, stars: int
) -> None:
    assert final_outcome(cycle(history=history), SCALE, of(92, "5"), None, [], "3").stars == stars


@pytest.mark.parametrize(
    ("order", "stars", "kinds"),
    [
        (("decision", "history"), 4, ["at_most", "add"]),
        (("history", "decision"), 3, ["at_most"]),
    ],
)
def test_o20_an_objection_then_a_promotion_or_a_promotion_then_an_objection(
    order: Any, stars: int, kinds: list[str]
) -> None:
    """Score 92, an objection caps it at 3 stars, last year 2, progress adds one."""
    promoted = cycle(order=order, history=History(add=1))
    decisions = [Decision("at_most", grade="3")]
    found = final_outcome(promoted, SCALE, of(92, "5"), None, decisions, "2")
    assert found.stars == stars
    # The five stars of the score cannot become six, so the second order adds nothing.
    assert [each.kind for each in found.steps] == kinds
    assert found.progress == "up"


# Laws

RUBRICS = {"five": RUBRIC, "open": OPEN, "mixed": MIXED}


@st.composite
def cycles(draw: Callable[..., Any]) -> Cycle:
    limits = st.none() | st.integers(0, 3)
    return cycle(
        order=draw(st.permutations(["history", "decision"]).map(tuple)),
        authority=draw(st.sampled_from([("district", "street"), ("street", "district")])),
        history=History(up=draw(limits), down=draw(limits), add=draw(st.integers(0, 2))),
    )


@st.composite
def cases(draw: Callable[..., Any], name: str) -> dict[str, Any]:
    """Draw a unit's results in quanta, the decisions and last year's grade."""
    scale = GradeScale.of(RUBRICS[name])
    grades = st.sampled_from([*scale.names, *(str(each) for each in scale.stars if each)])
    rated = st.sampled_from([*scale.names, "unrated"])
    cuts = [each for each in scale.cuts if each is not None]

    def result(chance: st.SearchStrategy[bool]) -> tuple[int, int, str] | None:
        if not draw(chance):
            return None
        of = draw(st.sampled_from([1, 3, 10, 200]))
        near = draw(st.sampled_from(cuts)) + draw(st.integers(-3, 3))
        quanta = int(near * of) + draw(st.integers(-2, 2))
        return draw(st.sampled_from([quanta, 0, -of, 95 * of])), of, draw(rated)

    return {
        "street": result(st.sampled_from([True, True, True, False])),
        "district": result(st.booleans()),
        "deduct": draw(st.none() | st.sampled_from([1, 2, 5, 15, 400])),
        "at_most": draw(st.none() | grades),
        "fail": draw(st.sampled_from([None, False, False, True])),
        "last": draw(st.none() | grades | st.just("unrated")),
    }


def decisions_of(case: Mapping[str, Any], deduct_scale: int) -> list[Decision]:
    found = []
    if case["deduct"]:
        found.append(Decision("deduct", points=Fraction(case["deduct"], deduct_scale)))
    if case["at_most"] is not None:
        found.append(Decision("at_most", grade=case["at_most"]))
    if case["fail"]:
        found.append(Decision("fail"))
    return found


def outcome_of(
    setting: Cycle, scale: GradeScale, case: Mapping[str, Any], deduct_scale: int
) -> Outcome | None:
    results = [
        None if found is None else Result(Fraction(found[0], found[1]), found[2])
        for found in (case["street"], case["district"])
    ]
    if results == [None, None]:
        return None
    return final_outcome(setting, scale, *results, decisions_of(case, deduct_scale), case["last"])


@given(st.data())
def test_steps_balance_and_begin_where_the_one_before_ended(data: st.DataObject) -> None:
    name = data.draw(st.sampled_from(sorted(RUBRICS)))
    scale, case = GradeScale.of(RUBRICS[name]), data.draw(cases(name))
    setting = data.draw(cycles())
    found = outcome_of(setting, scale, case, 2)
    if found is None:
        return
    score, grade = found.start.exact, found.start.grade
    for each in found.steps:
        assert (each.score_before, each.grade_before) == (score, grade)
        assert each.score_before - each.taken == each.score_after
        assert 0 <= each.taken <= each.asked
        assert each.score_after >= min(each.score_before, 0)
        score, grade = each.score_after, each.grade_after
        if each.kind in ("add", "up", "down"):
            assert each.changed
    assert (score, grade) == (found.exact, found.grade)
    assert found.start.exact - sum(each.taken for each in found.steps) == found.exact
    kinds = [each.kind for each in found.steps if each.kind not in ("add", "up", "down")]
    assert kinds == [each.kind for each in decisions_of(case, 2)]
    place, last = scale.place(found.grade), scale.place(case["last"])
    assert found.grade == "unrated" if place is None else found.stars == scale.stars[place]
    if place is None or last is None:
        assert found.progress is None
    else:
        assert found.progress == ("up" if place < last else "down" if place > last else "same")
    if setting.order[-1] == "decision":
        if case["fail"]:
            assert place == scale.last
        elif case["at_most"] is not None and place is not None:
            assert place >= scale.place(case["at_most"])
    elif place is not None and last is not None:
        history = setting.history
        assert history.up is None or place >= last - history.up
        assert history.down is None or place <= last + history.down


# Frames

nw = pytest.importorskip("narwhals")
pytest.importorskip("polars")
pytest.importorskip("pyarrow")

from result_frames import (  # noqa: E402 - after what it needs
    EAGER,
    ENGINES,
    Framed,
    by_key,
    framed_here,
    framing_of,
    read,
)
from rubric_engine.cycle.final_frames import final_results  # noqa: E402 - the same

framed = pytest.fixture(framing_of)

COLUMNS = {
    "review_score": "review.score",
    "review_grade": "review.grade",
    "deduct": "points off",
    "at_most": "cap",
    "fail": "failed",
    "last": "last year",
}
RESULTS = ("counted", "final_score", "final_score.scale", "final_grade", "final_stars", "progress")


def columns_of(rows: Sequence[Mapping[str, Any]]) -> dict[str, tuple[str, Sequence[Any]]]:
    found: dict[str, tuple[str, Sequence[Any]]] = {"unit": ("int64", list(range(len(rows))))}
    for tier, prefix in (("street", ""), ("district", "review.")):
        for at, (name, kind) in enumerate(
            [("score", "int64"), ("score.scale", "int64"), ("grade", "string")]
        ):
            values = [None if row[tier] is None else row[tier][at] for row in rows]
            found[f"{prefix}{name}"] = (kind, values)
    for key, kind in (
        ("deduct", "int64"),
        ("at_most", "string"),
        ("fail", "bool"),
        ("last", "string"),
    ):
        found[COLUMNS[key]] = (kind, [row[key] for row in rows])
    return found


def expected_of(found: Outcome | None, starred: bool) -> tuple[Any, ...]:
    if found is None:
        return (None,) * (4 + starred)
    stars = (found.stars,) if starred else ()
    return (found.counted, found.exact, found.grade, *stars, found.progress)


def told(row: tuple[Any, ...]) -> tuple[Any, ...]:
    counted, score, scale, *rest = row
    return (counted, None if score is None else Fraction(int(score), int(scale)), *rest)


@pytest.mark.parametrize("engine", ENGINES)
def test_frames_give_what_values_give(engine: str, framed: Callable[[str], Framed]) -> None:
    frames = framed(engine)

    @settings(
        max_examples=ENGINES[engine], suppress_health_check=list(HealthCheck), deadline=None
    )
    @given(st.data())
    def law(data: st.DataObject) -> None:
        name = data.draw(st.sampled_from(sorted(RUBRICS)))
        rows = data.draw(st.lists(cases(name), min_size=1, max_size=12))
        setting, of = data.draw(cycles()), data.draw(st.sampled_from([1, 4]))
        rubric = RUBRICS[name]
        scale = GradeScale.of(rubric)
        starred = any(each is not None for each in scale.stars)
        names = [each for each in RESULTS if starred or each != "final_stars"]
        found = final_results(
            frames(columns_of(rows)), setting, rubric, deduct_scale=of, **COLUMNS
        )
        for unit, row in by_key(found, "unit", names).items():
            expected = expected_of(outcome_of(setting, scale, rows[unit], of), starred)
            assert told(row) == expected, (unit, rows[unit])

    law()


def unit(**more: Any) -> dict[str, Any]:
    """Return a unit of 92 points and five stars."""
    nothing = dict.fromkeys(("district", "deduct", "at_most", "fail", "last"))
    return {"street": (920, 10, "5"), **nothing, **more}


def polars(*rows: Mapping[str, Any]) -> Any:
    return framed_here("polars", columns_of(rows))


def test_a_frame_needs_no_more_than_a_score_and_a_grade() -> None:
    frame = polars(unit(), unit(street=None)).select("score", "score.scale", "grade")
    found = final_results(frame, cycle(), RUBRIC, prefix="x_")
    assert found.columns == [*frame.columns, *(f"x_{each}" for each in RESULTS)]
    assert found.select(found.columns[3:]).rows() == [
        ("street", 920, 10, "5", 5, None),
        (None,) * 6,
    ]


def test_the_scale_of_a_deduction_refines_that_of_the_score() -> None:
    frame = polars(unit(deduct=25), unit())
    found = final_results(frame, cycle(), RUBRIC, deduct="points off", deduct_scale=10)
    scores = found.select("final_score", "final_score.scale", "final_stars").rows()
    assert scores == [(8950, 100, 4), (9200, 100, 5)]


@pytest.mark.parametrize(("score", "of"), [(None, 10), (920, None)])
def test_a_score_without_its_scale_is_no_result_and_neither_is_a_scale(score: Any, of: Any) -> None:
    frame = polars(unit(district=(score, of, "4")))
    options = {each: COLUMNS[each] for each in ("review_score", "review_grade")}
    found = final_results(frame, cycle(), RUBRIC, **options)
    assert found.select("counted", "final_stars").rows() == [("street", 5)]


def test_without_a_review_that_counts_nothing_counts() -> None:
    found = final_results(polars(unit()), cycle(authority=("district",)), RUBRIC)
    assert found.select(*RESULTS).rows() == [(None,) * 6]


@pytest.mark.parametrize("engine", EAGER)
def test_stars_as_numbers_and_columns_of_nothing(engine: str) -> None:
    columns = {
        "unit": ("int64", [0, 1]),
        "score": ("int64", [92, 71]),
        "score.scale": ("int64", [1, 1]),
        "grade": ("int64", [5, 3]),
        "last": ("int64", [3, None]),
        "none": ("null", [None, None]),
    }
    found = final_results(
        framed_here(engine, columns),
        cycle(history=History(up=1)),
        RUBRIC,
        deduct="none",
        at_most="none",
        fail="none",
        last="last",
    )
    rows = by_key(found, "unit", RESULTS)
    assert rows == {0: ("street", 92, 1, "4", 4, "up"), 1: ("street", 71, 1, "3", 3, None)}


@pytest.mark.parametrize(
    ("changes", "options", "found"),
    [
        ({"grade": ("string", ["six"])}, {}, [("unknown-grade", "grade")]),
        ({"last year": ("string", ["six"])}, {"last": "last year"}, [("unknown-grade", "last year")]),
        ({"cap": ("string", ["six"])}, {"at_most": "cap"}, [("unknown-grade", "cap")]),
        ({"cap": ("string", ["unrated"])}, {"at_most": "cap"}, [("unknown-grade", "cap")]),
        ({"points off": ("int64", [-1])}, {"deduct": "points off"}, [("out-of-range", "points off")]),
        ({"score": ("float64", [92.5])}, {}, [("not-exact", "score")]),
        ({"score": ("int64", [2**61])}, {"deduct": "points off", "deduct_scale": 2}, [("too-wide", "score")]),
        ({"score": ("int64", [-(2**61)])}, {"deduct": "points off", "deduct_scale": 2}, [("too-wide", "score")]),
        (
            {"score.scale": ("int64", [2**56]), "points off": ("int64", [64])},
            {"deduct": "points off"},
            [("too-wide", "score.scale"), ("too-wide", "points off")],
        ),
    ],
)
def test_eager_rows_are_looked_at(
    changes: dict[str, Any], options: dict[str, Any], found: list[tuple[str, str]]
) -> None:
    frame = framed_here("polars", {**columns_of([unit()]), **changes})
    with pytest.raises(InvalidEvidence) as error:
        final_results(frame, cycle(), RUBRIC, **options)
    assert problems(error) == found


def test_large_numbers_are_taken_where_products_have_room() -> None:
    frame = framed_here("polars", {**columns_of([unit()]), "score": ("int64", [2**62 - 1])})
    found = final_results(frame, cycle(), RUBRIC, deduct="points off")
    assert found["final_score"].to_list() == [2**62 - 1]
    empty = final_results(frame.head(0), cycle(), RUBRIC, deduct="points off")
    assert empty.columns == found.columns


def test_lazy_rows_are_not_looked_at() -> None:
    rows = [unit(street=(920, 10, "six"), deduct=-5, at_most="six", last="six")]
    found = final_results(framed_here("polars lazy", columns_of(rows)), cycle(), RUBRIC, **COLUMNS)
    assert [read(found)[each] for each in RESULTS] == [
        ["street"],
        [920],
        [10],
        ["six"],
        [None],
        [None],
    ]


@pytest.mark.parametrize(
    ("engine", "changes", "options", "found"),
    [
        ("polars", {}, {"score": "scor"}, [("missing-column", "scor"), ("missing-column", "scor.scale")]),
        ("polars", {"final_grade": ("string", ["x"])}, {}, [("column-taken", "final_grade")]),
        ("polars", {"score": ("string", ["x"])}, {}, [("wrong-dtype", "score")]),
        ("polars lazy", {"score": ("float64", [1.0])}, {}, [("wrong-dtype", "score")]),
        ("polars", {"failed": ("int64", [1])}, {"fail": "failed"}, [("wrong-dtype", "failed")]),
        ("polars", {"points off": ("string", ["1"])}, {"deduct": "points off"}, [("wrong-dtype", "points off")]),
        ("polars", {}, {"review_score": "review.score"}, [("conflicting-keys", "review_score")]),
        ("polars", {}, {"review_grade": "review.grade"}, [("conflicting-keys", "review_score")]),
    ],
)
def test_columns_are_refused(
    engine: str, changes: dict[str, Any], options: dict[str, Any], found: list[tuple[str, str]]
) -> None:
    frame = framed_here(engine, {**columns_of([unit()]), **changes})
    with pytest.raises(InvalidFrame) as error:
        final_results(frame, cycle(), RUBRIC, **options)
    assert problems(error) == found


@pytest.mark.parametrize(
    ("rubric", "options", "found"),
    [
        (PLAIN, {}, ("empty", "$.grades")),
        (LOWER, {"deduct": "points off"}, ("conflicting-keys", "$.grades")),
        (RUBRIC, {"deduct_scale": 0}, ("out-of-range", "deduct_scale")),
        (RUBRIC, {"deduct_scale": True}, ("out-of-range", "deduct_scale")),
        (RUBRIC, {"deduct_scale": 10**9 + 1}, ("out-of-range", "deduct_scale")),
    ],
)
def test_choices_are_refused(
    rubric: Any, options: dict[str, Any], found: tuple[str, str]
) -> None:
    with pytest.raises(InvalidRubric) as error:
        final_results(polars(unit()), cycle(), rubric, **options)
    assert problems(error) == [found]


def test_where_a_lower_score_is_better_all_but_deductions_act() -> None:
    rows = [unit(street=(4, 1, "good"), at_most="fair", last="poor")]
    frame = framed_here("polars", columns_of(rows))
    found = final_results(frame, cycle(), LOWER, at_most="cap", last="last year")
    assert found.select("final_grade", "progress").rows() == [("fair", "up")]
    with pytest.raises(InvalidRubric) as error:
        final_outcome(
            cycle(), GradeScale.of(LOWER), Result(Fraction(4), "unrated"), None, [Decision("deduct", points=1)]
        )
    assert problems(error) == [("conflicting-keys", "$.grades")]
