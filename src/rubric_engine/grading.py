"""Grades and gates: from a score to a grade, and what moves a grade whatever the score."""

from __future__ import annotations

from fractions import Fraction
from typing import Literal

from attrs import field, frozen

from rubric_engine.policies import Provenance, exactly, perhaps_exactly
from rubric_engine.scope import Expression, expression
from rubric_engine.words import Words, words

__all__ = ["ACTIONS", "UNRATED", "Gate", "Grade"]

#: The keys of a gate that act; it has one of them.
ACTIONS = ("at_most", "grade", "step", "unrated")
#: The name of the grade of those who get none.
UNRATED = "unrated"


def _minima(value: object) -> Fraction | tuple[tuple[str, Fraction], ...] | None:
    if value is None:
        return None
    if isinstance(value, dict):
        return tuple((str(name), exactly(each)) for name, each in value.items())
    if isinstance(value, tuple):
        return value
    return exactly(value)


@frozen(kw_only=True)
class Grade:
    """One grade: its stars or name, and the conditions that all must hold."""

    #: The number of stars, 0 or more.
    stars: int | None = None
    #: The name; the number of stars where it is not given.
    grade: str | None = None
    #: What it is called, for people.
    title: Words | None = field(default=None, converter=words)
    #: The least score, in points; higher is better.
    at_least: Fraction | None = field(default=None, converter=perhaps_exactly)
    #: The greatest score, in points; lower is better.
    up_to: Fraction | None = field(default=None, converter=perhaps_exactly)
    #: A condition that must hold.
    when: Expression | None = field(default=None, converter=expression)
    #: The least score of every child, or of each named node.
    minima: Fraction | tuple[tuple[str, Fraction], ...] | None = field(
        default=None, converter=_minima
    )
    #: The greatest score of every child, or of each named node.
    maxima: Fraction | tuple[tuple[str, Fraction], ...] | None = field(
        default=None, converter=_minima
    )
    #: Where it stands in the scheme.
    source: Words | None = field(default=None, converter=words)
    #: `source` where the scheme says it, `illustrative` where it was made up.
    provenance: Provenance | None = None

    @property
    def name(self) -> str:
        """The name, which is the number of stars where none is given."""
        return self.grade if self.grade is not None else str(self.stars)

    @property
    def conditional(self) -> bool:
        """Whether there is a score or a finding for which it is not given."""
        conditions = (self.at_least, self.up_to, self.when, self.minima, self.maxima)
        return any(each is not None for each in conditions)


@frozen(kw_only=True)
class Gate:
    """What moves a grade whatever the score: one action, and when it applies."""

    #: No better than this grade; its name or stars, or an expression for the stars.
    at_most: str | None = None
    #: This grade.
    grade: str | None = None
    #: So many grades up; down if below zero.
    step: int | None = None
    #: So many times a step, a whole number.
    per: Expression | None = field(default=None, converter=expression)
    #: Whether steps that follow one another are held within the list only after the last.
    clamp: Literal["once"] | None = None
    #: No grade, for this reason.
    unrated: str | None = None
    #: Applies only where this holds.
    when: Expression | None = field(default=None, converter=expression)
    #: Applies only where this does not hold.
    unless: Expression | None = field(default=None, converter=expression)
    #: Names the gate in results.
    id: str | None = None
    #: The clause in the scheme's own words.
    says: Words | None = field(default=None, converter=words)
    #: Where the clause stands.
    source: Words | None = field(default=None, converter=words)
    #: A code for the reason.
    reason: str | None = None
    #: `source` where the scheme says it, `illustrative` where it was made up.
    provenance: Provenance | None = None

    @property
    def actions(self) -> list[str]:
        """The keys of the actions that are stated; a sound gate has one."""
        return [key for key in ACTIONS if getattr(self, key) is not None]
