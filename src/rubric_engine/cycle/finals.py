"""From results to a final one: whose result counts, decisions on objections, last year's grade.

The arithmetic of one unit, in exact numbers. `final_results` does the same for frames.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Literal

from attrs import field, frozen

from rubric_engine.cycle.scale import GradeScale
from rubric_engine.cycle.settings import Cycle, Tier
from rubric_engine.errors import InvalidEvidence, Problem, nearest_name
from rubric_engine.exact import exact_number
from rubric_engine.grading import UNRATED

__all__ = ["Decision", "FinalStep", "Outcome", "Result", "final_outcome"]

DecisionKind = Literal["none", "deduct", "at_most", "fail"]
StepKind = Literal["none", "deduct", "at_most", "fail", "add", "up", "down"]
Progress = Literal["up", "down", "same"]

#: The kinds of a decision, with what each is said with.
_WITH: dict[str, str | None] = {
    "none": None,
    "deduct": "points",
    "at_most": "grade",
    "fail": None,
}


@frozen
class Result:
    """A result as it counts here: an exact score, and the grade it has."""

    #: In points.
    exact: Fraction
    #: Its name; None where there are no grades, "unrated" where there is none for it.
    grade: str | None = None
    stars: int | None = None


def _points(value: object) -> Fraction | None:
    if value is None:
        return None
    found = exact_number(value)
    if found is None:
        expected = "exact points, as `3` or `1.5`"
        raise InvalidEvidence([Problem("bad-number", "points", expected, repr(value)[:60])])
    return found


def _grade(value: object) -> str | None:
    return None if value is None else str(value)


@frozen
class Decision:
    """What the district decides on an objection (F24): nothing moves by itself.

    Raises `InvalidEvidence`: for a kind that is not known (`unknown-value`), for points that
    are no exact number (`bad-number`) or not above 0 (`out-of-range`), where `deduct` lacks
    its points or `at_most` its grade (`missing-key`), and where another kind has them
    (`conflicting-keys`).

    >>> from rubric_engine.cycle.finals import Decision
    >>> Decision("deduct", points="1.5").points
    Fraction(3, 2)
    """

    #: none, deduct points, no better than a grade, or fail: the last grade.
    kind: DecisionKind
    points: Fraction | None = field(default=None, converter=_points, kw_only=True)
    #: By its name or stars.
    grade: str | None = field(default=None, converter=_grade, kw_only=True)

    def __attrs_post_init__(self) -> None:
        problems: list[Problem] = []
        if not isinstance(self.kind, str) or self.kind not in _WITH:
            near = nearest_name(str(self.kind), _WITH)
            problems.append(
                Problem("unknown-value", "kind", ", ".join(_WITH), str(self.kind), near)
            )
            raise InvalidEvidence(problems)
        for name in ("points", "grade"):
            value = getattr(self, name)
            if _WITH[self.kind] == name and value is None:
                problems.append(Problem("missing-key", name, f"{name} with `{self.kind}`"))
            elif _WITH[self.kind] != name and value is not None:
                expected = f"no {name} with `{self.kind}`"
                problems.append(Problem("conflicting-keys", name, expected, str(value)))
        if not problems and self.points is not None and self.points <= 0:
            found = str(self.points)
            problems.append(Problem("out-of-range", "points", "more than 0", found))
        if problems:
            raise InvalidEvidence(problems)


@frozen(kw_only=True)
class FinalStep:
    """One step from the result that counts to the final one."""

    #: A decision's kind; or what last year's result did: `add` grades more, or hold the
    #: grade to the limits `up` and `down`.
    kind: StepKind
    #: The grade it is about: of `at_most` the best that is left, of `fail` the last, of
    #: history last year's.
    about: str | None = None
    score_before: Fraction
    score_after: Fraction
    grade_before: str | None
    grade_after: str | None
    #: The points that a decision asked for, and those it took: no score falls below zero by it.
    asked: Fraction = Fraction(0)
    taken: Fraction = Fraction(0)

    @property
    def changed(self) -> bool:
        """Whether it changed the score or the grade."""
        return self.taken != 0 or self.grade_before != self.grade_after


@frozen(kw_only=True)
class Outcome:
    """A final result, with how it came about."""

    #: In points.
    exact: Fraction
    grade: str | None
    stars: int | None
    #: Whose result counts, and what it was.
    counted: Tier
    start: Result
    #: The decisions in order, and what last year's result changed; each from where the one
    #: before it ended.
    steps: tuple[FinalStep, ...]
    #: The final grade against last year's; None for a baseline, and where there is no grade.
    progress: Progress | None
    #: Last year's grade.
    last: str | None


def final_outcome(
    cycle: Cycle,
    scale: GradeScale,
    street: Result | None,
    district: Result | None = None,
    decisions: Sequence[Decision] = (),
    last: str | None = None,
) -> Outcome:
    """Return the final result of one unit.

    The first tier of `cycle.authority` that has a result counts (F23). The parts of
    `cycle.order` then act on it:

    - `decision`: the decisions one after the other (F24). Points that are taken off leave no
      score below zero, and the grade that `GradeScale.lowered` says; `at_most` leaves a
      grade that is no better; `fail` leaves the last grade; `none` changes nothing.
    - `history` (F26): a grade above last year's gets `add` grades more, and then the limits
      `up` and `down` hold it to last year's. Nothing leaves the list of grades.

    `last` is last year's final grade, by name or stars. Without one, or if that was unrated,
    this is a baseline and history does nothing. Unrated is moved by `fail` only.

    Raises `InvalidEvidence` where no tier that counts has a result (`missing-finding`) and
    for a grade that the scale does not have (`unknown-grade`); `InvalidRubric` for points
    that are taken off where a lower score is the better one (`conflicting-keys`).

    >>> import rubric_engine
    >>> from rubric_engine.cycle.finals import Decision, Result, final_outcome
    >>> from rubric_engine.cycle.scale import GradeScale
    >>> from rubric_engine.cycle.settings import Cycle
    >>> scale = GradeScale.of(rubric_engine.load("dongcheng-community"))
    >>> found = final_outcome(Cycle(name="a"), scale, Result(92, "5", 5), None,
    ...     [Decision("deduct", points=3)], "3")
    >>> (found.exact, found.stars, found.progress)
    (Fraction(89, 1), 4, 'up')
    """
    results: dict[Tier, Result | None] = {"street": street, "district": district}
    counted, start = _counted(cycle, results)
    _refuse_unknown(scale, results, decisions, last)
    before = scale.place(last)
    course = _Course(scale, start)
    for part in cycle.order:
        if part == "decision":
            for each in decisions:
                course.decide(each)
        elif before is not None:
            course.remember(cycle, before)
    progress: Progress | None = None
    if before is not None and course.place is not None:
        ahead = before - course.place
        progress = "up" if ahead > 0 else "down" if ahead < 0 else "same"
    return Outcome(
        exact=course.score,
        grade=course.grade,
        stars=None if course.place is None else scale.stars[course.place],
        counted=counted,
        start=start,
        steps=tuple(course.steps),
        progress=progress,
        last=last,
    )


def _counted(cycle: Cycle, results: dict[Tier, Result | None]) -> tuple[Tier, Result]:
    for tier in cycle.authority:
        found = results[tier]
        if found is not None:
            return tier, found
    expected = "a result of " + " or ".join(cycle.authority)
    raise InvalidEvidence([Problem("missing-finding", cycle.authority[0], expected)])


def _refuse_unknown(
    scale: GradeScale,
    results: dict[Tier, Result | None],
    decisions: Sequence[Decision],
    last: str | None,
) -> None:
    named: list[tuple[str, str | None]] = [
        (f"decisions[{at}].grade", each.grade) for at, each in enumerate(decisions)
    ]
    held = {tier: each.grade for tier, each in results.items() if each is not None}
    named += [(at, each) for at, each in [*held.items(), ("last", last)] if each != UNRATED]
    problems = [
        Problem(
            "unknown-grade", at, ", ".join(scale.names), grade, nearest_name(grade, scale.names)
        )
        for at, grade in named
        if grade is not None and scale.place(grade) is None
    ]
    if problems:
        raise InvalidEvidence(problems)


class _Course:
    """The way of one result through the steps."""

    def __init__(self, scale: GradeScale, start: Result) -> None:
        self.scale = scale
        self.score = Fraction(start.exact)
        self.grade = start.grade
        self.place = scale.place(start.grade)
        if self.place is not None:
            self.grade = scale.names[self.place]
        self.steps: list[FinalStep] = []

    def decide(self, decision: Decision) -> None:
        place, taken, about = self.place, Fraction(0), None
        if decision.kind == "deduct" and decision.points is not None:
            taken = min(decision.points, max(self.score, Fraction(0)))
            # Asked of the unrated too: where a lower score is better it refuses.
            lowered = self.scale.lowered(place or 0, self.score - taken)
            if taken and place is not None:
                place = lowered
        elif decision.kind == "at_most":
            limit = self.scale.place(decision.grade)
            about = decision.grade if limit is None else self.scale.names[limit]
            if place is not None and limit is not None:
                place = max(place, limit)
        elif decision.kind == "fail":
            place, about = self.scale.last, self.scale.names[-1]
        self.step(decision.kind, place, about, decision.points or Fraction(0), taken)

    def remember(self, cycle: Cycle, before: int) -> None:
        """Let last year's grade, of this place, act on a grade."""
        history, about = cycle.history, self.scale.names[before]
        if self.place is None:
            return
        moves: list[tuple[StepKind, int]] = []
        place = self.place
        if place < before:
            moves.append(("add", place := max(place - history.add, 0)))
        if history.up is not None:
            moves.append(("up", place := max(place, before - history.up)))
        if history.down is not None:
            moves.append(("down", min(place, before + history.down)))
        for kind, after in moves:
            if after != self.place:
                self.step(kind, after, about)

    def step(
        self,
        kind: StepKind,
        place: int | None,
        about: str | None,
        asked: Fraction = Fraction(0),
        taken: Fraction = Fraction(0),
    ) -> None:
        score, grade = self.score, self.grade
        if place != self.place:
            self.grade = UNRATED if place is None else self.scale.names[place]
        self.score, self.place = score - taken, place
        self.steps.append(
            FinalStep(
                kind=kind,
                about=about,
                score_before=score,
                score_after=self.score,
                grade_before=grade,
                grade_after=self.grade,
                asked=asked,
                taken=taken,
            )
        )
