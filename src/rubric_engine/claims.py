"""What can be claimed of a rubric before anybody is scored by it, and of what is shown it.

A claim is a value like a problem: a stable code, a place, what it says, and, where there
is one, a sheet of evidence that shows it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from attrs import evolve, field, frozen

from rubric_engine.errors import Problem

__all__ = ["CLAIMS", "Claim", "Report", "Verdict", "Witness"]

#: What is known: `proved` holds on every sheet; `suspect` is shown, and seldom meant;
#: `information` is shown, and often meant; `undecided` could neither be proved nor refuted.
#: What is `wrong` with a rubric is a problem, not a claim.
Verdict = Literal["proved", "suspect", "information", "undecided"]

#: Every kind of claim, and what it says. Codes never change their meaning.
CLAIMS: dict[str, str] = {
    # what the rubric is
    "score-range": "the score of this node lies within these bounds",
    "grade-reached": "this grade can be reached",
    "grades-in-order": "the grades cover every score once, in order",
    "points-add-up": "the points of the children add up to those of their parent",
    "exact-integers": "no number leaves 62 bits",
    "direction": "this is how the finding can move the score",
    # what is seldom meant
    "total-out-of-range": "the total can leave its stated range",
    "repair-hurts": "a better finding can lower the score",
    "unreachable-grade": "no sheet reaches this grade",
    "impossible-condition": "no sheet meets this condition together with the cut",
    "dead-rule": "this rule never changes a score",
    "masked-rule": "this rule asks for points, and others always leave it without effect",
    "always-applies": "this condition always holds",
    "never-lost": "this item cannot lose a point",
    "never-earned": "this item cannot earn a point",
    "full-marks-out-of-reach": "this node cannot reach its full points",
    "larger-than-item": "one occurrence takes more than the item holds",
    "bonus-without-cap": "this bonus grows without a cap",
    "loose-cap": "this cap never binds",
    "tiers-overlap": "these tiers overlap",
    "tiers-gap": "these tiers leave a gap",
    "unreachable-tier": "this tier is never reached",
    "single-member": "an exclusive group has one member",
    "idle-gate": "this gate never moves a grade",
    "unused-field": "no rule uses this field",
    "unused-methods": "methods are named, and there is no field to assess by them",
    "same-title": "two nodes have the same title",
    "same-rule": "the same rule stands here twice",
    "idle-points": "these points never move the total or a grade",
    "order-matters": "these two rules give another score the other way round",
}


@frozen
class Witness:
    """A sheet that shows a claim, and what it gives."""

    #: A sheet that `evaluate` takes, given numbers under their sources.
    evidence: Mapping[str, Any]
    #: What it shows, as `total: 92.5` or `plan.missing: 3`.
    shows: tuple[tuple[str, str], ...] = ()


@frozen
class Claim:
    """One thing that is known of a rubric, or that could not be decided."""

    #: Stable name of the kind of claim, a key of `CLAIMS`.
    code: str
    verdict: Verdict
    #: Where in the rubric: `$.indicators[0].items[1].rules[0]`.
    path: str
    #: What stands there: a rule, a grade, the id of a node or field.
    about: str = ""
    #: The figures and names that it rests on, as `("low", "0")`; numbers are exact text.
    facts: tuple[tuple[str, str], ...] = ()
    witnesses: tuple[Witness, ...] = field(default=(), repr=False)
    #: File name, and line and column counted from 1, where the rubric was a file or text.
    file: str | None = None
    line: int | None = None
    column: int | None = None

    @property
    def message(self) -> str:
        """The claim in one sentence, without its place."""
        about = f"{self.about}: " if self.about else ""
        facts = ", ".join(f"{name} {value}" for name, value in self.facts)
        undecided = "not decided whether " if self.verdict == "undecided" else ""
        return f"{about}{undecided}{CLAIMS[self.code]}" + (f" ({facts})" if facts else "")

    @property
    def place(self) -> str:
        """File, line and column as far as they are known, then the path."""
        return Problem(
            self.code, self.path, file=self.file, line=self.line, column=self.column
        ).place

    def fact(self, name: str) -> str | None:
        """Return what is stated under a name, or None."""
        return dict(self.facts).get(name)

    def __str__(self) -> str:
        return f"{self.place}: {self.message} [{self.code}]"


@frozen
class Report:
    """All that is known of a rubric; either it has problems, or there are claims."""

    #: Name and version of the rubric; empty where it could not be read.
    rubric: str
    version: str = ""
    #: What is wrong with it, in the order of places.
    wrong: tuple[Problem, ...] = ()
    #: In the order of places.
    claims: tuple[Claim, ...] = ()

    @property
    def proved(self) -> tuple[Claim, ...]:
        """What holds on every sheet."""
        return self._with("proved")

    @property
    def suspect(self) -> tuple[Claim, ...]:
        """What is seldom meant."""
        return self._with("suspect")

    @property
    def information(self) -> tuple[Claim, ...]:
        """What is worth knowing, and often meant."""
        return self._with("information")

    @property
    def undecided(self) -> tuple[Claim, ...]:
        """What could neither be proved nor refuted."""
        return self._with("undecided")

    @property
    def sound(self) -> bool:
        """Whether nothing is wrong and nothing is suspect."""
        return not self.wrong and not self.suspect

    def of(self, code: str, path: str | None = None) -> tuple[Claim, ...]:
        """Return the claims of a kind, of one place where it is named."""
        return tuple(
            each for each in self.claims if each.code == code and path in (None, each.path)
        )

    def inside(self, file: str | None) -> Report:
        """Return the same report, named as one of this file."""
        claims = tuple(evolve(each, file=file) for each in self.claims)
        wrong = tuple(each.inside(file) for each in self.wrong)
        return evolve(self, claims=claims, wrong=wrong)

    def _with(self, verdict: Verdict) -> tuple[Claim, ...]:
        return tuple(each for each in self.claims if each.verdict == verdict)

    def __str__(self) -> str:
        counts = [
            (len(self.wrong), "wrong"),
            (len(self.suspect), "suspect"),
            (len(self.undecided), "not decided"),
            (len(self.proved), "proved"),
        ]
        head = f"{self.rubric} {self.version}".strip() or "the rubric"
        lines = [f"{head}: " + ", ".join(f"{count} {word}" for count, word in counts)]
        told = (*self.wrong, *self.suspect, *self.undecided, *self.information)
        return "\n".join([*lines, *(f"  {each}" for each in told)])
