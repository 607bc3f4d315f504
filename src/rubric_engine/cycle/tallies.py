"""What a run of a cycle comes to, counted from its values: no data frame is needed for a district.

Populations of any size are counted on frames, by `distribution`, `movement`, `common_problems`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from fractions import Fraction
from typing import Literal

from attrs import evolve, frozen

from rubric_engine.cycle.records import Case, Run
from rubric_engine.reasons import losses_of
from rubric_engine.words import Words

__all__ = [
    "CommonLoss",
    "StreetReview",
    "common_losses",
    "grade_counts",
    "grade_of",
    "moves",
    "review_counts",
    "reviewed",
]

#: A grade of a unit: the street's, that of the review, the final one, last year's final one.
Which = Literal["street", "district", "final", "last"]


@frozen
class StreetReview:
    """How many of a street are reviewed, and why; for the whole district too."""

    #: None for all streets together.
    street: str | None
    units: int
    #: Those with a grade that is reviewed whatever it is; the others; those drawn of them.
    all: int
    others: int
    drawn: int
    #: Those queued because the sample differed.
    queued: int

    @property
    def reviewed(self) -> int:
        """How many are reviewed in all."""
        return self.all + self.drawn + self.queued


@frozen
class CommonLoss:
    """What one rule, or what was not earned at one item, cost the units of a run."""

    node: str
    title: Words | None
    #: What the rule says; None for what was not earned.
    text: Words | None
    provenance: str | None
    #: How many it cost something, and what in all, in points of the whole.
    units: int
    lost: Fraction


def grade_of(case: Case, which: Which) -> str | None:
    """Return a grade of a unit, by its name; None where it has none."""
    if which == "final":
        return None if case.outcome is None else case.outcome.grade
    if which == "last":
        return None if case.outcome is None else case.outcome.last
    kept = case.street if which == "street" else case.district
    return None if kept is None else kept.result.grade


def reviewed(run: Run) -> tuple[str, ...]:
    """Return the units that the district has reviewed, in their order."""
    return tuple(unit for unit, case in run.cases.items() if case.district is not None)


def review_counts(run: Run) -> tuple[StreetReview, ...]:
    """Return the plan of the review by street, and what was queued; the whole district last.

    Streets without a plan are left out.
    """
    found = []
    for street, units in run.streets.items():
        counts = Counter(run.cases[unit].review for unit in units)
        if not counts[None]:
            others = len(units) - counts["all"]
            drawn, queued = counts["sampled"], counts["queued"]
            found.append(StreetReview(street, len(units), counts["all"], others, drawn, queued))
    names = ("units", "all", "others", "drawn", "queued")
    sums = (sum(getattr(each, name) for each in found) for name in names)
    return (*found, StreetReview(None, *sums))


def grade_counts(run: Run, units: Iterable[str], which: Which) -> dict[str, int]:
    """Return how many of these units have each grade, the best grade first.

    What is unrated, or has no result, is in none of them.
    """
    counts = Counter(grade_of(run[unit], which) for unit in units)
    return {name: counts[name] for name in run.scale.names}


def moves(
    run: Run, units: Iterable[str], before: Which, after: Which
) -> dict[tuple[str | None, str | None], int]:
    """Return how many of these units went from which grade to which, for the ways somebody went."""
    return dict(
        Counter((grade_of(run[unit], before), grade_of(run[unit], after)) for unit in units)
    )


def common_losses(run: Run, units: Iterable[str] | None = None) -> tuple[CommonLoss, ...]:
    """Return which rules cost most, in the sheets that count; the costliest first (F30).

    Of all units with a sheet, if none is named. Equal ones stand in the order of the rubric.
    """
    named = [unit for unit, case in run.cases.items() if case.street] if units is None else units
    places = {node.id: place for place, node in enumerate(run.rubric.nodes())}
    found: dict[tuple[int, int, str, str], CommonLoss] = {}
    for unit in named:
        nodes = run.evaluation(unit).nodes
        own: dict[tuple[int, int, str, str], CommonLoss] = {}
        for loss in losses_of(nodes.values()):
            node, step = loss.node, loss.step
            place = places.get(node.id, -1)
            if step is None:
                key = (place, len(places), "", "")
                text, stated = None, node.provenance
            else:
                key = (place, -1 if step.rule is None else step.rule, step.kind, step.origin or "")
                text, stated = step.text, step.provenance
            lost = loss.lost + (own[key].lost if key in own else 0)
            own[key] = CommonLoss(node.id, node.title, text, stated, 1, lost)
        for key, each in own.items():
            before = found.get(key)
            many, lost = (0, Fraction(0)) if before is None else (before.units, before.lost)
            found[key] = evolve(each, units=many + 1, lost=lost + each.lost)
    ordered = sorted(found.items(), key=lambda each: (-each[1].lost, each[0]))
    return tuple(each for _, each in ordered)
