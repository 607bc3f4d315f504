"""A cycle while it runs: the state of every unit, and a record of every step, never changed.

A `Run` is a value. A step gives a new one, with more records; the records hold who did
what, when, why and what it was based on, what was handed in (`data`), and what the library
worked out from it (`found`). `found` can always be worked out again from what stands before,
which is how an archive is verified.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from copy import deepcopy
from datetime import date
from fractions import Fraction
from types import MappingProxyType
from typing import Any

from attrs import evolve, field, fields, frozen

from rubric_engine.cycle.finals import Decision, Outcome, Result
from rubric_engine.cycle.recorded_sheets import RecordedSheets
from rubric_engine.cycle.scale import GradeScale
from rubric_engine.cycle.settings import Cycle, Tier
from rubric_engine.cycle.units import Actor, Earlier, Unit
from rubric_engine.errors import InvalidStep, Problem, nearest_name
from rubric_engine.evaluation import Evaluation
from rubric_engine.model import Rubric

__all__ = [
    "STATES",
    "AwardList",
    "Case",
    "Kept",
    "Objection",
    "Publication",
    "Record",
    "Run",
]

#: The states of a unit's result (F33), in the order in which they come.
STATES = (
    "draft",
    "assessed",
    "proposed",
    "returned",
    "approved",
    "submitted",
    "under_review",
    "sampled",
    "not_sampled",
    "consulted",
    "redetermined",
    "confirmed",
    "final",
    "fed_back",
    "archived",
)


@frozen
class Record:
    """One step, for one unit or, where `unit` is None, for a street or the whole cycle."""

    #: Counted from 1, without a gap.
    number: int
    step: str
    unit: str | None
    by: Actor
    when: date
    why: str | None
    #: The state of the unit before and after; None where it is about no single unit.
    before: str | None
    after: str | None
    #: The numbers of the records that it follows from.
    based_on: tuple[int, ...]
    _data: dict[str, Any] = field(alias="data", repr=False)
    _found: dict[str, Any] = field(alias="found", repr=False)

    @property
    def data(self) -> dict[str, Any]:
        """What was handed in, as plain data; a copy."""
        return deepcopy(self._data)

    @property
    def found(self) -> dict[str, Any]:
        """What the library worked out, as plain data; a copy."""
        return deepcopy(self._found)

    def to_dict(self) -> dict[str, Any]:
        """Return it as plain data of JSON."""
        return deepcopy(self.plain)

    @property
    def plain(self) -> dict[str, Any]:
        """The plain data itself, to be written and not to be changed."""
        return {
            "record": self.number,
            "step": self.step,
            "unit": self.unit,
            "by": self.by.to_dict(),
            "when": self.when.isoformat(),
            "why": self.why,
            "before": self.before,
            "after": self.after,
            "based_on": list(self.based_on),
            "data": self._data,
            "found": self._found,
        }


@frozen
class Kept:
    """A sheet as it was recorded, and what it scores."""

    result: Result
    #: The record that holds it.
    record: int
    _sheet: dict[str, Any] = field(alias="sheet", repr=False)

    @property
    def sheet(self) -> dict[str, Any]:
        """The sheet as plain nested data; a copy."""
        return deepcopy(self._sheet)


@frozen
class Objection:
    """An objection and what was decided on it; a department's, or somebody's to the results."""

    #: The record that raised it.
    record: int
    #: The department; None for an objection to published results.
    department: str | None
    grounds: str
    #: None while it is open.
    decision: Decision | None = None
    #: The record that decided it.
    decided: int | None = None


@frozen
class Correction:
    """A decision by which a final result was corrected, and the record that holds it."""

    record: int
    decision: Decision


def frozen_mapping(mapping: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return a mapping that cannot be changed."""
    return mapping if type(mapping) is MappingProxyType else MappingProxyType(dict(mapping))


@frozen
class Case:
    """Where one unit stands in a cycle."""

    unit: Unit
    state: str = "draft"
    #: The street's sheet, and the district's.
    street: Kept | None = None
    district: Kept | None = None
    #: Why it is reviewed: "all", "sampled", "queued"; or "not_sampled"; None before the plan.
    review: str | None = None
    #: The departments that have answered, and the record of each answer.
    answers: Mapping[str, int] = field(factory=dict, converter=frozen_mapping)
    objections: tuple[Objection, ...] = ()
    #: Whether any review of it differed more than is tolerated, also one that was replaced.
    differed: bool = False
    #: The sheet that counts since the final result was corrected; the others are kept.
    corrected: Kept | None = None
    #: Decisions by which a final result was corrected, in their order.
    corrections: tuple[Correction, ...] = ()
    #: The records of decisions that were withdrawn.
    withdrawn: tuple[int, ...] = ()
    outcome: Outcome | None = None
    #: The plan for improvement, as plain data.
    plan: Mapping[str, Any] | None = field(default=None, repr=False)
    #: The number of the latest record of each step.
    records: Mapping[str, int] = field(factory=dict, repr=False, converter=frozen_mapping)
    #: The day of the latest record.
    since: date | None = None

    def changed(self, **changes: Any) -> Case:  # noqa: ANN401 - as `evolve` has it
        """Return the case with other values; as `evolve`, for the many steps of a cycle."""
        return Case(*[changes[name] if name in changes else getattr(self, name) for name in _PARTS])

    @property
    def is_final(self) -> bool:
        """Whether its result is final."""
        return self.state in ("final", "fed_back", "archived")

    @property
    def open_objections(self) -> tuple[Objection, ...]:
        """The objections on which nothing is decided yet."""
        return tuple(each for each in self.objections if each.decision is None)

    @property
    def decisions(self) -> tuple[Decision, ...]:
        """What was decided on objections and in corrections, in order, and not withdrawn."""
        found = self.decided
        return tuple(found[each] for each in sorted(found) if each not in self.withdrawn)

    @property
    def decided(self) -> dict[int, Decision]:
        """Every decision, withdrawn or not, by the number of its record."""
        made = {each.record: each.decision for each in self.corrections}
        for each in self.objections:
            if each.decision is not None and each.decided is not None:
                made[each.decided] = each.decision
        return made

    def counted(self, authority: Sequence[Tier]) -> Kept | None:
        """Return the sheet that counts: a corrected one, or that of the first tier that has one."""
        kept = {"street": self.street, "district": self.district}
        found = (each for tier in authority if (each := kept[tier]) is not None)
        return self.corrected or next(found, None)


#: The attributes of a case, in their order.
_PARTS = tuple(each.name for each in fields(Case))


@frozen
class Publication:
    """When results were published, and the last day on which they can be objected to."""

    on: date
    #: None where there is no time for objections.
    until: date | None
    record: int


@frozen
class AwardList:
    """Who is eligible for an award, and who has a place."""

    award: str
    eligible: tuple[str, ...]
    awarded: tuple[str, ...]
    record: int


@frozen(eq=False, repr=False)
class Run:
    """One cycle of one period, up to now. Made by `begin`, carried on by the steps."""

    cycle: Cycle
    rubric: Rubric
    #: What it is called: `2025`.
    period: str
    cases: Mapping[str, Case]
    records: tuple[Record, ...]
    #: Final results of the cycle before, by unit.
    earlier: Mapping[str, Earlier] = field(factory=dict)
    #: Given numbers that hold for all units, by their sources.
    given: Mapping[str, Any] = field(factory=dict)
    #: The seed of each street's draw, for those that were planned.
    seeds: Mapping[str, str] = field(factory=dict)
    publications: Mapping[str, Publication] = field(factory=dict)
    awards: Mapping[str, AwardList] = field(factory=dict)
    closed: bool = False
    #: What is worked out once: how sheets are scored, the grades, the units of streets.
    scoring: RecordedSheets = field(kw_only=True)
    scale: GradeScale = field(kw_only=True)
    streets: Mapping[str, tuple[str, ...]] = field(kw_only=True)

    def __getitem__(self, unit: str) -> Case:
        """Return where a unit stands; raises `InvalidStep` for one that is not known."""
        if unit not in self.cases:
            raise InvalidStep([unknown_unit(unit, self.cases)])
        return self.cases[unit]

    def __iter__(self) -> Iterator[str]:
        return iter(self.cases)

    def __len__(self) -> int:
        return len(self.cases)

    def __repr__(self) -> str:
        closed = ", closed" if self.closed else ""
        return (
            f"<Run of {self.cycle.name!r} in {self.period}: "
            f"{len(self)} units, {len(self.records)} records{closed}>"
        )

    def in_state(self, *states: str) -> tuple[str, ...]:
        """Return the units in any of these states, in their order."""
        return tuple(unit for unit, case in self.cases.items() if case.state in states)

    def history(self, unit: str) -> tuple[Record, ...]:
        """Return the records of one unit, in their order."""
        self[unit]
        return tuple(each for each in self.records if each.unit == unit)

    def evaluation(self, unit: str, tier: Tier | None = None) -> Evaluation:
        """Return the whole result of the sheet that counts, or of one tier's.

        Raises `InvalidStep` where there is no such sheet (`step-not-allowed`), and for a tier
        that there is not (`unknown-value`).
        """
        case = self[unit]
        kept = self._kept(case, tier)
        if kept is None:
            expected = "a step `assess` before it" if tier != "district" else "a review"
            raise InvalidStep([Problem("step-not-allowed", unit, expected, case.state)])
        return self.scoring.scored(kept.sheet, self.given_of(case.unit))

    def sheets(self, tier: Tier | None = None) -> dict[str, dict[str, Any]]:
        """Return the sheets that count, or those of one tier, by unit, as plain data; copies.

        The given numbers of a unit stand in its sheet under their sources, so that each can be
        scored as it is: `impact(old, new, run.sheets())` tries a revised rubric on them.
        """
        found: dict[str, dict[str, Any]] = {}
        for unit, case in self.cases.items():
            kept = self._kept(case, tier)
            if kept is not None:
                given = self.given_of(case.unit) or {}
                found[unit] = kept.sheet | {name: dict(each) for name, each in given.items()}
        return found

    def _kept(self, case: Case, tier: Tier | None) -> Kept | None:
        if tier is None:
            return case.counted(self.cycle.authority)
        if tier not in ("street", "district"):
            near = nearest_name(str(tier), ("street", "district"))
            raise InvalidStep(
                [Problem("unknown-value", "tier", "street or district", str(tier), near)]
            )
        return case.street if tier == "street" else case.district

    def given_of(self, unit: Unit) -> Mapping[str, Any] | None:
        """Return the given numbers of a unit, its own beside those of the cycle."""
        typed = unit.type is not None and "type" in self._of_assessees
        if not (unit.given or self.given or typed):
            return None
        made: dict[str, Any] = {name: dict(each) for name, each in self.given.items()}
        if typed:
            made["assessee"] = {"type": unit.type, **made.get("assessee", {})}
        for source, numbers in unit.given.items():
            made[source] = {**made.get(source, {}), **numbers}
        return made

    @property
    def _of_assessees(self) -> frozenset[str]:
        """The names of the given numbers of assessees that the rubric declares."""
        return frozenset(
            name
            for source, declared in self.rubric.given
            if source == "assessee"
            for name, _ in declared
        )

    def share(self, score: Fraction) -> Fraction | None:
        """Return a score as a share of the rubric's total; None for an open rubric."""
        from rubric_engine.evaluation import program_of

        scale = program_of(self.rubric).lowered.nodes[0].place.scale
        return None if not scale else score / scale

    def final_results(self) -> dict[str, Earlier]:
        """Return the final results, as the next cycle takes them for its `earlier`."""
        from rubric_engine.files import rubric_digest

        digest = rubric_digest(self.rubric)
        outcomes = {unit: case.outcome for unit, case in self.cases.items() if case.is_final}
        return {
            unit: Earlier(each.grade, each.exact, self.share(each.exact), digest)
            for unit, each in outcomes.items()
            if each is not None and each.grade is not None
        }


def unknown_unit(unit: str, known: Mapping[str, Any]) -> Problem:
    """Return the problem of a unit that a cycle does not have."""
    near = nearest_name(str(unit), map(str, known))
    return Problem("unknown-unit", str(unit)[:200], "a unit of the cycle", "", near)


@frozen
class Asked:
    """A step before it is recorded."""

    step: str
    unit: str | None
    by: Actor
    when: date
    why: str | None
    data: dict[str, Any]


class Register:
    """The working copy of a run while records are added; nothing outside sees it change."""

    def __init__(self, run: Run) -> None:
        self.run = run
        self.cases = dict(run.cases)
        self.records: list[Record] = []
        self.seeds = dict(run.seeds)
        self.publications = dict(run.publications)
        self.awards = dict(run.awards)
        self.closed = run.closed
        #: Of planned streets, why each unit is reviewed, and what the samples differ.
        self.planned: dict[str, dict[str, str]] = {}
        self.samples: dict[str, tuple[list[str], list[str]]] = {}
        #: The latest record of the plan of a whole street, or of its queue.
        self.whole_record = 0
        #: After a record of a whole street or cycle: the step, and the units that must follow.
        self.pending_step = ""
        self.pending: deque[str] = deque()

    def expect(self, step: str, units: Iterable[str]) -> None:
        """Let a record of a whole street or cycle be followed by one for each of these units."""
        self.pending_step = step
        self.pending.extend(units)

    @property
    def next_number(self) -> int:
        """The number of the next record."""
        return len(self.run.records) + len(self.records) + 1

    def add(
        self,
        asked: Asked,
        found: dict[str, Any],
        case: Case | None = None,
        based_on: Sequence[int] = (),
    ) -> Record:
        """Add a record, and the case as it is after it.

        Raises `InvalidStep` where it would be dated before a record that it follows from.
        """
        number = self.next_number
        latest = max(
            (self._record(each) for each in based_on), key=lambda each: each.when, default=None
        )
        if latest is not None and asked.when < latest.when:
            expected = f"a day from {latest.when.isoformat()}, that of record {latest.number}, on"
            at = asked.unit or str(asked.data.get("street", asked.step))
            raise InvalidStep([Problem("out-of-range", at, expected, asked.when.isoformat())])
        before = None if asked.unit is None else self.cases[asked.unit].state
        after = None if case is None else case.state
        record = Record(
            number,
            asked.step,
            asked.unit,
            asked.by,
            asked.when,
            asked.why,
            before,
            after,
            tuple(sorted(set(based_on))),
            asked.data,
            found,
        )
        self.records.append(record)
        if asked.unit is not None and case is not None:
            numbers = {**case.records, asked.step: number}
            self.cases[asked.unit] = case.changed(records=numbers, since=asked.when)
            if case.review == "sampled":
                # What is known of the sample of its street may no longer hold.
                self.samples.pop(case.unit.street, None)
        return record

    def _record(self, number: int) -> Record:
        before = len(self.run.records)
        return (
            self.run.records[number - 1] if number <= before else self.records[number - 1 - before]
        )

    def done(self) -> Run:
        """Return the run with what was added.

        Raises `InvalidStep` where units of a whole street or cycle did not follow.
        """
        if self.pending:
            expected = f"`{self.pending_step}` for every unit of it"
            raise InvalidStep([Problem("step-not-allowed", self.pending[0], expected, "none")])
        return evolve(
            self.run,
            cases=frozen_mapping(self.cases),
            records=(*self.run.records, *self.records),
            seeds=frozen_mapping(self.seeds),
            publications=frozen_mapping(self.publications),
            awards=frozen_mapping(self.awards),
            closed=self.closed,
        )
