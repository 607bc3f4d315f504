"""The settings of a cycle: who does what, what is reviewed, who is consulted, what follows.

Every default stands here and can be set otherwise, in Python or in a file beside the rubric.
`F..` names the facts of the source scheme, a city district's yearly assessment of its
communities, which the defaults follow; where the scheme is silent, the default is ours.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from fractions import Fraction
from typing import Literal

from attrs import field, frozen

from rubric_engine.policies import Provenance, exactly
from rubric_engine.words import Words, words

__all__ = [
    "ROLES",
    "STEPS",
    "Award",
    "Consultation",
    "Cycle",
    "History",
    "Places",
    "Publicity",
    "Review",
    "Sample",
    "Tolerance",
]

Rounding = Literal["down", "half_up", "up"]
Tier = Literal["street", "district"]

#: Every step that is recorded, and the roles that may record it where a cycle says nothing.
STEPS: Mapping[str, tuple[str, ...]] = {
    "assess": ("street_group",),
    "propose": ("street_group",),
    "approve": ("street_committee",),
    "send_back": ("street_committee",),
    "submit": ("street_committee",),
    "plan_review": ("district_office",),
    "review": ("supervision_group",),
    "queue": ("district_office",),
    "answer": ("department",),
    "decide": ("district_office",),
    "conclude": ("district_office",),
    "determine": ("supervision_group",),
    "finalise": ("organisation_department",),
    "publish": ("organisation_department",),
    "object": ("assessee", "street_group", "public"),
    "settle": ("organisation_department",),
    "correct": ("organisation_department",),
    "award": ("organisation_department",),
    "feed_back": ("district_office",),
    "plan_improvement": ("street_group",),
    "close": ("district_office",),
}
#: Every role that a cycle knows where it names no others.
ROLES = tuple(dict.fromkeys(role for roles in STEPS.values() for role in roles))


def _texts(value: object) -> tuple[str, ...]:
    """Return names as texts: grades may be given as whole stars."""
    if isinstance(value, str | int):
        return (str(value),)
    return tuple(str(each) for each in value)  # type: ignore[attr-defined]  # because a converter takes anything


def _about(value: object) -> Literal["all", "reviewed"] | tuple[str, ...]:
    return value if value in ("all", "reviewed") else _texts(value)


def _perhaps(value: object) -> Fraction | None:
    return None if value is None else exactly(value)


def _roles(value: object) -> tuple[tuple[str, tuple[str, ...]], ...]:
    pairs = value.items() if isinstance(value, Mapping) else value
    return tuple((str(step), _texts(roles)) for step, roles in pairs)  # type: ignore[attr-defined]  # because a converter takes anything


def _titled(value: object) -> tuple[tuple[str, Words | None], ...]:
    if isinstance(value, Mapping):
        return tuple((str(name), words(title)) for name, title in value.items())
    pairs: Iterable[object] = value  # type: ignore[assignment]  # because a converter takes anything
    return tuple(each if isinstance(each, tuple) else (str(each), None) for each in pairs)


@frozen(kw_only=True)
class Sample:
    """How many of a street's other results are spot-checked (F22, the numbers are ours)."""

    #: The share of them, within 0 to 1.
    share: Fraction = field(default=Fraction(3, 20), converter=exactly)
    #: At least so many, where there are as many.
    least: int = 1
    #: What becomes of a part of one; half_up means that a half is one.
    rounding: Rounding = "half_up"


@frozen(kw_only=True)
class Tolerance:
    """How far a review may be from the street's result without being a difference."""

    #: So many points; None where points do not matter.
    points: Fraction | None = field(default=Fraction(2), converter=_perhaps)
    #: So many grades; None where grades do not matter.
    grades: int | None = 0


@frozen(kw_only=True)
class Review:
    """What the district reviews (F22)."""

    #: The grades whose results are all reviewed, by name or stars.
    all: tuple[str, ...] = field(default=("5", "4"), converter=_texts)
    #: How many of the others; None for none.
    sample: Sample | None = Sample()
    #: What counts as a difference.
    tolerance: Tolerance = Tolerance()
    #: So many differences in a street's sample queue the rest of that street; None for never.
    queue_after: int | None = 1


@frozen(kw_only=True)
class Consultation:
    """Who is consulted before a result is final (F24)."""

    #: The departments by name, with their titles.
    departments: tuple[tuple[str, Words | None], ...] = field(default=(), converter=_titled)
    #: About whom: all, those who were reviewed, or those of these grades.
    about: Literal["all", "reviewed"] | tuple[str, ...] = field(default="all", converter=_about)

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the departments."""
        return tuple(name for name, _ in self.departments)


@frozen(kw_only=True)
class Publicity:
    """For how many days after publication the results can be objected to; None for not at all."""

    days: int | None = None


@frozen(kw_only=True)
class History:
    """What last year's result does to this one (F26).

    Where nothing is said the star follows the score and progress is recorded.
    """

    #: At most so many grades above last year's; None for no limit.
    up: int | None = None
    #: At most so many grades below last year's; None for no limit.
    down: int | None = None
    #: Whoever is above last year's grade gets so many grades more.
    add: int = 0


@frozen(kw_only=True)
class Places:
    """How many of the eligible may have an award at most; a quota only limits (F28)."""

    #: A share, within 0 to 1, or a number of places.
    share: Fraction | None = field(default=None, converter=_perhaps)
    places: int | None = None
    #: What the share is of: all units with a result, or the eligible; of a street, if within.
    of: Literal["all", "eligible"] = "all"
    #: What becomes of a part of a place.
    rounding: Rounding = "down"
    #: Whether those who tie for the last place are all in, or all out.
    ties: Literal["in", "out"] = "out"
    #: Whether every street has places of its own.
    within: Literal["street"] | None = None


@frozen(kw_only=True)
class Award:
    """Something that units can be awarded after a passed review (F28)."""

    #: Its name.
    id: str = "commendation"
    title: Words | None = field(default=None, converter=words)
    #: The final grades that are eligible.
    grades: tuple[str, ...] = field(default=("5", "4"), converter=_texts)
    #: Whether the result must have been reviewed by the district.
    reviewed: bool = True
    #: How many there are at most; None for as many as are eligible.
    quota: Places | None = None
    #: Who comes first: by the score that counts, or by the street's own.
    by: Tier = "district"
    #: Whether places are given among the eligible, or first and then lost by who is not.
    order: tuple[Literal["eligible", "quota"], ...] = ("eligible", "quota")


@frozen(kw_only=True)
class Cycle:
    """How a district's year runs; a value, as a rubric is."""

    #: In a file under `cycle`.
    name: str = field(metadata={"key": "cycle"})
    version: str = "1"
    #: The name of the rubric that it belongs to; None for any.
    rubric: str | None = None
    title: Words | None = field(default=None, converter=words)
    source: Words | None = field(default=None, converter=words)
    note: Words | None = field(default=None, converter=words)
    provenance: Provenance | None = None
    #: Whether a sheet must record the methods that its items name (F08).
    methods: Literal["required", "noted"] = "required"
    #: The steps whose roles are others than those of `STEPS`.
    roles: tuple[tuple[str, tuple[str, ...]], ...] = field(default=(), converter=_roles)
    #: The roles that act for units of their own street only.
    local: tuple[str, ...] = field(default=("street_group", "street_committee"), converter=_texts)
    review: Review = Review()
    #: Whose score counts, the first that has one (F23).
    authority: tuple[Tier, ...] = ("district", "street")
    consultation: Consultation = Consultation()
    #: In what order last year's result and the decisions on objections act on the grade.
    order: tuple[Literal["history", "decision"], ...] = ("history", "decision")
    publicity: Publicity = Publicity()
    history: History = History()
    #: The final grades that oblige to an improvement plan (F27).
    improvement: tuple[str, ...] = field(default=("1",), converter=_texts)
    awards: tuple[Award, ...] = (Award(),)

    def roles_of(self, step: str) -> tuple[str, ...]:
        """Return the roles that may record a step."""
        return dict(self.roles).get(step, STEPS[step])

    @property
    def known_roles(self) -> tuple[str, ...]:
        """The roles that may record anything at all."""
        return tuple(dict.fromkeys(role for step in STEPS for role in self.roles_of(step)))
