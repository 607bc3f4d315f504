"""Two synthetic years of a district under the reference scheme, run through every step.

The sheets, the findings of the reviews, the objections and what was decided on them stand in
`years.yaml` of the reference rubric, the rules of the year in its `cycle.yaml`. All of it is made
up: no unit, person, department, finding or decision is real. The counts of the first year, which
are those that the source tells of its first run (F29), come out of the findings.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from attrs import evolve, frozen

from rubric_engine.cycle.consulting import answer, conclude, decide
from rubric_engine.cycle.files import load_cycle
from rubric_engine.cycle.finals import Decision
from rubric_engine.cycle.finishing import (
    award,
    close,
    determine,
    feed_back,
    finalise,
    plan_improvement,
)
from rubric_engine.cycle.first_tier import approve, assess, propose, submit
from rubric_engine.cycle.plans import ImprovementPlan
from rubric_engine.cycle.recorded_sheets import RecordedSheets
from rubric_engine.cycle.records import Run
from rubric_engine.cycle.reviewing import override, plan_review, queue
from rubric_engine.cycle.settings import Cycle
from rubric_engine.cycle.steps import begin
from rubric_engine.cycle.unit_pages import plan_of
from rubric_engine.cycle.units import Actor, Earlier, Unit
from rubric_engine.errors import InvalidStep, Problem, nearest_name
from rubric_engine.files import load
from rubric_engine.library import folder_of
from rubric_engine.model import Rubric
from rubric_engine.reading import read
from rubric_engine.words import Words, words

__all__ = ["PERIODS", "REFERENCE", "example_year", "example_years"]

#: The reference rubric, whose cycle this is.
REFERENCE = "dongcheng-community"
#: The years that there are.
PERIODS = ("2025", "2026")
#: The causes that a plan answers, each with a measure.
_CAUSES = 3

#: What the records of the years say, in each language.
_TEXTS: dict[str, dict[str, str]] = {
    "en": {
        "group": "assessment group of {} (synthetic)",
        "committee": "committee of {} (synthetic)",
        "office": "district office (synthetic)",
        "supervision": "supervision group (synthetic)",
        "organisation": "organisation department (synthetic)",
        "unit": "the community (synthetic)",
        "measure": "Put right: {}",
        "agreed": "As the street found it",
        "done": "The first measure is done",
    },
    "zh": {
        "group": "{}测评组（虚构）",
        "committee": "{}党工委（虚构）",
        "office": "区测评办公室（虚构）",
        "supervision": "区督导组（虚构）",
        "organisation": "区委组织部（虚构）",
        "unit": "社区党组织（虚构）",
        "measure": "整改：{}",
        "agreed": "与街道测评一致",
        "done": "第一项措施已完成",
    },
}


def example_years(language: str = "zh") -> tuple[Run, ...]:
    """Return both synthetic years, finished and closed; the second follows on the first.

    `language` is that of the reasons, grounds and names in the records: "zh" or "en". Raises
    `InvalidStep` for another one (`unknown-value`).

    >>> first, second = example_years()
    >>> len(first), first.closed, second.earlier == first.final_results()
    (126, True, True)
    """
    _refuse_other("language", language, tuple(_TEXTS))
    district = _District.of(language)
    made: list[Run] = []
    for period in PERIODS:
        earlier = made[-1].final_results() if made else None
        made.append(_Year(district, period).run(earlier))
    return tuple(made)


def example_year(period: str, language: str = "zh") -> Run:
    """Return one synthetic year, "2025" or "2026", finished and closed.

    Raises `InvalidStep` for another one, and another language (`unknown-value`).

    >>> from collections import Counter
    >>> run = example_year("2025")
    >>> reviewed = [run[unit] for unit in run if run[unit].district is not None]
    >>> len(reviewed), sorted(Counter(each.street.result.stars for each in reviewed).items())
    (49, [(1, 2), (2, 4), (3, 6), (4, 26), (5, 11)])
    >>> sorted(Counter(each.outcome.stars for each in reviewed).items())
    [(1, 3), (2, 7), (3, 23), (4, 12), (5, 4)]
    """
    _refuse_other("period", period, PERIODS)
    return example_years(language)[PERIODS.index(period)]


def _refuse_other(name: str, value: object, known: tuple[str, ...]) -> None:
    if value not in known:
        near = nearest_name(str(value), known)
        expected = ", ".join(known)
        raise InvalidStep([Problem("unknown-value", name, expected, str(value)[:60], near)])


@frozen
class _District:
    """What the years have in common."""

    rubric: Rubric
    cycle: Cycle
    data: Mapping[str, Any]
    sheets: RecordedSheets
    #: The sheet that loses nothing.
    full: dict[str, Any]
    language: str

    @classmethod
    def of(cls, language: str) -> _District:
        rubric = load(REFERENCE)
        cycle = load_cycle(REFERENCE, rubric=rubric)
        document, _ = read(folder_of(REFERENCE).joinpath("years.yaml").read_bytes())
        data: Mapping[str, Any] = {} if document is None else document.value
        sheets = RecordedSheets(rubric, cycle.methods == "required")
        return cls(rubric, cycle, data, sheets, sheets.plain(data["full"]), language)

    def said(self, text: str, *values: str) -> str:
        return _TEXTS[self.language][text].format(*values)

    def told(self, text: Words | Mapping[str, str] | str) -> str:
        """Return a text of the file in the language of the records."""
        found = words(text)
        return "" if found is None else str(found.in_language(self.language))


class _Year:
    """One year: who acts, and what happens on which day."""

    def __init__(self, district: _District, period: str) -> None:
        self.district = district
        self.period = period
        self.year = int(period)
        self.data = district.data["years"][period]
        said = district.said
        self.office = Actor(said("office"), "district_office")
        self.supervision = Actor(said("supervision"), "supervision_group")
        self.organisation = Actor(said("organisation"), "organisation_department")

    def run(self, earlier: Mapping[str, Earlier] | None) -> Run:
        units = [
            Unit(str(unit), str(each["street"]), title=_title(str(unit)))
            for unit, each in self.data["units"].items()
        ]
        district = self.district
        run = begin(district.cycle, district.rubric, units, period=self.period, earlier=earlier)
        for number, street in enumerate(run.streets):
            run = self.first_tier(run, street, number)
        run = self.review(run)
        run = self.consult(run)
        run = determine(run, by=self.supervision, when=date(self.year, 11, 28))
        run = finalise(run, by=self.organisation, when=date(self.year, 12, 1))
        run = award(run, by=self.organisation, when=date(self.year, 12, 3))
        run = feed_back(run, by=self.office, when=date(self.year, 12, 5))
        run = self.improve(run)
        return close(run, by=self.office, when=date(self.year, 12, 31))

    def group(self, street: str) -> Actor:
        name = self.district.told(self.district.data["streets"][street])
        return Actor(self.district.said("group", name), "street_group", street)

    def first_tier(self, run: Run, street: str, number: int) -> Run:
        """Score, propose, approve and submit a street, one street a day."""
        name = self.district.told(self.district.data["streets"][street])
        group = self.group(street)
        committee = Actor(self.district.said("committee", name), "street_committee", street)
        sheets = {
            unit: self.district.sheets.changed(
                self.district.full, self.data["units"][unit]["change"]
            )
            for unit in run.streets[street]
        }
        run = assess(run, sheets, by=group, when=date(self.year, 10, 9 + number))
        run = propose(run, by=group, when=date(self.year, 10, 24))
        run = approve(run, by=committee, when=date(self.year, 10, 27))
        return submit(run, by=committee, when=date(self.year, 10, 28))

    def review(self, run: Run) -> Run:
        """Plan, review what is planned, queue, and review what is queued."""
        seed = str(self.data["seed"])
        run = plan_review(run, seed=seed, by=self.office, when=date(self.year, 11, 1))
        run = self.reviewed(run, date(self.year, 11, 10))
        run = queue(run, by=self.office, when=date(self.year, 11, 11))
        return self.reviewed(run, date(self.year, 11, 18))

    def reviewed(self, run: Run, when: date) -> Run:
        found = self.data["reviews"]
        due = [unit for unit in run.in_state("under_review", "sampled") if not run[unit].district]
        changes = {unit: found[unit]["change"] for unit in due}
        why = {unit: self.district.told(found[unit]["why"]) for unit in due}
        return override(run, changes, by=self.supervision, when=when, why=why)

    def consult(self, run: Run) -> Run:
        objections = [
            {str(name): each for name, each in one.items()} for one in self.data["objections"]
        ]
        told = self.district.told
        for department, title in run.cycle.consultation.departments:
            by = Actor("" if title is None else told(title), "department", department=department)
            grounds = {
                str(each["unit"]): told(each["grounds"])
                for each in objections
                if each["department"] == department
            }
            run = answer(run, objections=grounds, by=by, when=date(self.year, 11, 20))
        for each in objections:
            run = decide(
                run,
                str(each["unit"]),
                _decision(each["decision"]),
                department=str(each["department"]),
                by=self.office,
                when=date(self.year, 11, 24),
                why=told(each["why"]),
            )
        return conclude(run, by=self.office, when=date(self.year, 11, 26))

    def improve(self, run: Run) -> Run:
        """Plan what those who must improve will do, and record what is done by the end."""
        planned = {run.scale.place(each) for each in run.cycle.improvement}
        obliged = [
            unit
            for unit, case in run.cases.items()
            if case.outcome is not None and run.scale.place(case.outcome.grade) in planned
        ]
        for unit in obliged:
            by = self.group(run[unit].unit.street)
            plan = self.with_measures(plan_of(run, unit, most=_CAUSES))
            run = plan_improvement(run, {unit: plan}, by=by, when=date(self.year, 12, 12))
            done = {unit: plan.done(0, date(self.year, 12, 29))}
            why = self.district.said("done")
            run = plan_improvement(run, done, by=by, when=date(self.year, 12, 30), why=why)
        return run

    def with_measures(self, plan: ImprovementPlan) -> ImprovementPlan:
        nodes = {node.id for node in self.district.rubric.nodes()}
        year = self.year
        days = (date(year, 12, 31), date(year + 1, 3, 31), date(year + 1, 6, 30))
        for cause, day in zip(plan.causes, days, strict=False):
            # Of what was decided, what it was about is to be put right.
            about = cause.title if cause.node in nodes else cause.text
            name = cause.node if about is None else self.district.told(about)
            text = self.district.said("measure", name)
            plan = plan.with_measure(text, day, self.district.said("unit"))
        return evolve(plan, language=self.district.language)


def _title(unit: str) -> Words | None:
    number = unit.rpartition("-")[2]
    return words({"zh": f"虚构社区{number}", "en": f"Synthetic community {number}"})


def _decision(said: Mapping[Any, Any]) -> Decision:
    """Return a decision as the file says it: `{deduct: 2}`, `{at_most: 3}`, `{fail: true}`."""
    ((kind, value),) = said.items()
    if kind == "deduct":
        return Decision("deduct", points=str(value))
    if kind == "at_most":
        return Decision("at_most", grade=str(value))
    return Decision("fail" if kind == "fail" else "none")
