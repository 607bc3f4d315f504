"""A small year for the examples of cycles and archives: made up, as is its rubric."""

from collections.abc import Callable
from datetime import date

import rubric_engine
from rubric_engine import cycle
from rubric_engine.cycle import Actor, Run
from rubric_engine.cycle.archive import dump_archive, seal_of
from rubric_engine.cycle.files import loads_cycle
from rubric_engine.cycle.plans import plan_for

RUBRIC = rubric_engine.loads("""
rubric: small
version: "1"
total: 10
provenance: illustrative
grades: [{stars: 5, from: 9}, {stars: 4, from: 8}, {stars: 3, from: 6}, {stars: 1}]
items:
  - id: plan
    points: 10
    evidence: {missing: {type: count, range: 0..10}}
    rules: [{deduct: 1, per: missing}]
""")
SETTINGS = loads_cycle("""
cycle: small-year
rubric: small
review: {all: [5, 4], sample: {share: 1}}
consultation: {departments: [safety]}
publicity: {days: 7}
improvement: [1]
""")
GROUP = Actor("assessment group", "street_group", "north")
COMMITTEE = Actor("committee", "street_committee", "north")
OFFICE = Actor("office", "district_office")
TEAM = Actor("supervision", "supervision_group")
SAFETY = Actor("safety", "department", department="safety")
APPROVAL = Actor("organisation department", "organisation_department")
DAY, LATER = date(2025, 3, 1), date(2025, 3, 9)
#: Hillside comes to one star, which obliges to an improvement plan.
SHEETS = {"lakeside": {"plan": {"missing": 0}}, "hillside": {"plan": {"missing": 6}}}

#: The steps of the year in their order.
STEPS: dict[str, Callable[[Run], Run]] = {
    "assess": lambda run: cycle.assess(run, SHEETS, by=GROUP, when=DAY),
    "propose": lambda run: cycle.propose(run, by=GROUP, when=DAY),
    "approve": lambda run: cycle.approve(run, by=COMMITTEE, when=DAY),
    "submit": lambda run: cycle.submit(run, by=COMMITTEE, when=DAY),
    "plan_review": lambda run: cycle.plan_review(run, seed="2025", by=OFFICE, when=DAY),
    "review": lambda run: cycle.review(run, SHEETS, by=TEAM, when=DAY, why="report 7"),
    "answer": lambda run: cycle.answer(run, by=SAFETY, when=DAY),
    "conclude": lambda run: cycle.conclude(run, by=OFFICE, when=DAY),
    "determine": lambda run: cycle.determine(run, by=TEAM, when=DAY),
    "finalise": lambda run: cycle.finalise(run, by=APPROVAL, when=DAY),
    "publish": lambda run: cycle.publish(run, by=APPROVAL, when=DAY),
    "award": lambda run: cycle.award(run, by=APPROVAL, when=DAY),
    "feed_back": lambda run: cycle.feed_back(run, by=OFFICE, when=LATER),
    "plan_improvement": lambda run: improved(run),
    "close": lambda run: cycle.close(run, by=OFFICE, when=LATER),
}


def year(last: str = "close") -> Run:
    """Return the year with every step up to this one."""
    units = [("lakeside", "north"), ("hillside", "north")]
    run = cycle.begin(SETTINGS, RUBRIC, units, period="2025")
    for name, step in STEPS.items():
        run = step(run)
        if name == last:
            break
    return run


def improved(run: Run) -> Run:
    plan = plan_for(run.evaluation("hillside"), unit="hillside")
    plan = plan.with_measure("Write the plans", date(2025, 9, 30), "hillside")
    return cycle.plan_improvement(run, {"hillside": plan}, by=GROUP, when=LATER)


def lines_of(run: Run) -> list[str]:
    """Return the lines of an archive: the head, the records, the seal."""
    return dump_archive(run).splitlines()


def sealed(lines: list[str]) -> str:
    """Return the text of an archive with its last line written anew, so that it fits the others."""
    text = "".join(f"{each}\n" for each in lines[:-1])
    seal = seal_of(text)
    return f'{text}{{"seal":{{"records":{seal.records},"digest":"{seal.digest}"}}}}\n'
