"""The grades of a rubric as a scale: which is better, and what a lower score leaves of one."""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction

from attrs import frozen

from rubric_engine.errors import InvalidRubric, Problem, malformed, nearest_name
from rubric_engine.grading import UNRATED
from rubric_engine.model import Rubric

__all__ = ["GradeScale"]


@frozen
class GradeScale:
    """The grades of a rubric's root, the best first; a place is 0 for the best.

    `unrated` is none of them and has no place.
    """

    names: tuple[str, ...]
    #: The stars of each; None for a grade without.
    stars: tuple[int | None, ...]
    #: The least score of each, in points; with `lower`, the greatest. None for one without.
    cuts: tuple[Fraction | None, ...]
    #: Whether a lower score is the better one: the rubric says `up_to`.
    lower: bool = False

    @classmethod
    def of(cls, rubric: Rubric) -> GradeScale:
        """Return the scale of a rubric.

        Raises `InvalidRubric` where it has no grades (`empty`).
        """
        grades = rubric.grades
        if not grades:
            raise malformed("empty", "grades, the best first", "none", "$.grades")
        lower = any(each.up_to is not None for each in grades)
        return cls(
            tuple(each.name for each in grades),
            tuple(each.stars for each in grades),
            tuple(each.up_to if lower else each.at_least for each in grades),
            lower,
        )

    @property
    def last(self) -> int:
        """The place of the last grade."""
        return len(self.names) - 1

    def place(self, grade: str | int | None) -> int | None:
        """Return the place of a grade by its name, or else by its stars; None for no grade."""
        if grade is None:
            return None
        text = str(grade)
        if text in self.names:
            return self.names.index(text)
        stars = [None if each is None else str(each) for each in self.stars]
        return stars.index(text) if text in stars else None

    def places(self, grades: Iterable[str], at: str) -> frozenset[int | None]:
        """Return the places of grades that a cycle names; None for `unrated`.

        Raises `InvalidRubric` for those that the scale does not have (`unknown-grade`); `at`
        is where the cycle names them.
        """
        named = list(grades)
        found = {each: self.place(each) for each in named}
        problems = [
            Problem(
                "unknown-grade",
                f"{at}[{number}]",
                ", ".join(self.names),
                each,
                nearest_name(each, self.names),
            )
            for number, each in enumerate(named)
            if found[each] is None and each != UNRATED
        ]
        if problems:
            raise InvalidRubric(problems)
        return frozenset(found.values())

    def lowered(self, place: int, score: Fraction) -> int | None:
        """Return the place of what is left of a grade after points were taken off.

        `score` is what the points left. The grade is the first, from the old one on, whose
        cut the score reaches: no better than it was, and no better than the cuts allow. What
        else a grade asks for is not asked again: points were taken, and no finding changed.
        None where the score reaches no cut, so that the rubric leaves it unrated.

        Raises `InvalidRubric` where a lower score is the better one (`conflicting-keys`).

        >>> import rubric_engine
        >>> from rubric_engine.cycle.scale import GradeScale
        >>> scale = GradeScale.of(rubric_engine.load("dongcheng-community"))
        >>> scale.names[scale.lowered(scale.place("5"), 85)]
        '4'
        """
        if self.lower:
            expected = "grades with `from`: points are taken off where more is better"
            raise malformed("conflicting-keys", expected, "`up_to`", "$.grades")
        for at in range(place, len(self.names)):
            cut = self.cuts[at]
            if cut is None or score >= cut:
                return at
        return None
