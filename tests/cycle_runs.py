"""A small district for the tests of a cycle's steps: made up, as is its rubric."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import date, timedelta
from typing import Any

from attrs import evolve

from rubric_engine import RubricError, loads
from rubric_engine.cycle import Actor, Cycle, Run, begin, consulting, reviewing
from rubric_engine.cycle import finishing as end
from rubric_engine.cycle import first_tier as first

RUBRIC = loads("""
rubric: town
version: 1
language: en
total: 20
provenance: illustrative
given:
  cycle: {weather: {type: amount, range: 0..9, places: 1, optional: true}}
  assessee: {people: {type: count, range: 0..9999, optional: true}}
grades: [{stars: 5, from: 18}, {stars: 4, from: 15}, {stars: 3, from: 10}, {stars: 2, from: 5}, {stars: 1}]
items:
  - id: roads
    title: Roads
    points: 8
    methods: [report]
    evidence: {holes: {type: count, range: 0..9}, remark: text}
    rules: [{deduct: 1, per: holes, says: One point off for each hole}]
  - id: lamps
    title: Lamps
    points: 8
    evidence: {dark: {type: count, range: 0..9}}
    rules:
      - {deduct: 1, per: dark, says: One point off for each dark lamp}
      - {deduct: 1, when: 'default(assessee.people, 0) > 1000', says: Many people}
      - {deduct: 1, when: 'default(cycle.weather, 0) > 2.5', says: Bad weather}
  - id: park
    title: Park
    points: 4
    evidence: {clean: flag}
    rules: [{deduct: all, when: not clean, says: The park is not clean}]
""")
UNITS = (("n1", "north"), ("n2", "north"), ("n3", "north"), ("n4", "north"), ("s1", "south"), ("s2", "south"), ("e1", "east"))
SCORES = {"n1": 20, "n2": 16, "n3": 12, "n4": 11, "s1": 13, "s2": 6, "e1": 4}

OFFICE = Actor("Office", "district_office")
GROUP = Actor("Supervision", "supervision_group")
ORG = Actor("Organisation", "organisation_department")
PUBLIC = Actor("A neighbour", "public")

#: Without departments, awards and plans: what has nothing to do with them says less.
PLAIN = Cycle(name="plain", awards=(), improvement=())
DEPARTMENTS = ("safety", "health")


def street_group(street: str) -> Actor:
    return Actor(f"Group of {street}", "street_group", street)


def committee(street: str) -> Actor:
    return Actor(f"Committee of {street}", "street_committee", street)


def department(name: str) -> Actor:
    return Actor(f"Somebody of {name}", "department", department=name)


def day(number: int) -> date:
    return date(2025, 1, 1) + timedelta(days=number)


def sheet(score: int, **more: Any) -> dict[str, Any]:
    """Return a sheet of a whole score, 0 to 20."""
    lost = 20 - score
    holes = min(lost, 8)
    dark = min(lost - holes, 8)
    return {
        "roads": {"holes": holes},
        "lamps": {"dark": dark},
        "park": {"clean": lost - holes - dark == 0},
        "methods": {"roads": ["report"]},
        **more,
    }


def started(cycle: Cycle = PLAIN, units: Iterable[Any] = UNITS, **more: Any) -> Run:
    return begin(cycle, more.pop("rubric", RUBRIC), units, period="2025", **more)


def submitted(
    cycle: Cycle = PLAIN,
    scores: Mapping[str, int] = SCORES,
    *,
    streets: Iterable[str] = (),
    on: int = 1,
    **more: Any,
) -> Run:
    """Return a run whose streets have submitted their results."""
    run = started(cycle, **more)
    for street in streets or run.streets:
        units = run.streets[street]
        run = first.assess(run, {unit: sheet(scores[unit]) for unit in units}, by=street_group(street), when=day(on))
        run = first.propose(run, by=street_group(street), when=day(on + 1))
        run = first.approve(run, by=committee(street), when=day(on + 2))
        run = first.submit(run, by=committee(street), when=day(on + 3))
    return run


def planned(cycle: Cycle = PLAIN, scores: Mapping[str, int] = SCORES, **more: Any) -> Run:
    return reviewing.plan_review(submitted(cycle, scores, **more), seed="2025", by=OFFICE, when=day(10))


def reviewed(run: Run, scores: Mapping[str, int] | None = None, on: int = 20) -> Run:
    """Review whoever waits for it, as the street did where no other score is named."""
    found = scores or {}
    waiting = [each for each in run.in_state("under_review", "sampled") if run[each].district is None]
    kept = {each: run[each].street for each in waiting}
    sheets = {each: sheet(found[each]) if each in found else kept[each].sheet for each in waiting}  # type: ignore[union-attr]
    return reviewing.review(run, sheets, by=GROUP, when=day(on), why="report 7")


def concluded(cycle: Cycle = PLAIN, scores: Mapping[str, int] = SCORES, found: Mapping[str, int] | None = None, **more: Any) -> Run:
    """Return a run that was reviewed and consulted about; nobody objected."""
    run = reviewed(planned(cycle, scores, **more), found)
    run = reviewing.queue(run, by=OFFICE, when=day(21))
    run = reviewed(run, found, 22)
    for name in run.cycle.consultation.names:
        run = consulting.answer(run, by=department(name), when=day(23))
    return consulting.conclude(run, by=OFFICE, when=day(24))


def final(cycle: Cycle = PLAIN, scores: Mapping[str, int] = SCORES, found: Mapping[str, int] | None = None, **more: Any) -> Run:
    run = end.determine(concluded(cycle, scores, found, **more), by=GROUP, when=day(25))
    return end.finalise(run, by=ORG, when=day(26))


def with_settings(**settings: Any) -> Cycle:
    return evolve(PLAIN, **settings)


def problems_of(step: Callable[[], object]) -> list[tuple[str, str]]:
    """Return code and path of every problem for which a step is refused."""
    return [(each.code, each.path) for each in refusal(step).problems]


def refusal(step: Callable[[], object]) -> RubricError:
    try:
        step()
    except RubricError as error:
        return error
    raise AssertionError("it was not refused")
