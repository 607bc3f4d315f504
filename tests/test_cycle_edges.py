"""What is seldom: fewer points are better, types of units, texts that are none, other rubrics."""

from __future__ import annotations

from datetime import date
from fractions import Fraction
from typing import Any

import pytest

import rubric_engine
from rubric_engine import cycle
from rubric_engine.cycle.awards import Candidate, awarded
from rubric_engine.cycle.scale import GradeScale
from rubric_engine.errors import InvalidStep

FAULTS = """
rubric: faults
total: 20
grades: [{stars: 5, up_to: 10}, {stars: 4, up_to: 15}, {stars: 1}]
items: [{id: found, points: 20, start: zero, evidence: {faults: {type: count, range: 0..20}}, rules: [{award: 1, per: faults}]}]
"""
TYPED = """
rubric: typed
total: 10
given: {assessee: {type: {type: choice, values: [urban, rural]}}}
grades: [{stars: 5, from: 5}, {stars: 1}]
items:
  - {id: a, points: 10, evidence: {n: {type: count, range: 0..10}}, rules: [{award: 1, per: n}, {award: 2, when: assessee.type == rural}]}
"""
DAY = date(2025, 3, 1)
BEST = cycle.Award(quota=cycle.Places(places=1), reviewed=False, grades=("5",))


def codes_of(call: Any) -> list[tuple[str, str]]:
    with pytest.raises(InvalidStep) as raised:
        call()
    return [(each.code, each.path) for each in raised.value.problems]


@pytest.mark.parametrize("order", [("eligible", "quota"), ("quota", "eligible")])
def test_where_fewer_points_are_better_the_lowest_has_the_place(order: Any) -> None:
    scale = GradeScale.of(rubric_engine.loads(FAULTS))
    units = [
        Candidate(unit=name, street="s", grade="5", reviewed=True, score=Fraction(score))
        for name, score in (("worse", 9), ("good", 1), ("mid", 5))
    ]
    award = cycle.Award(quota=cycle.Places(places=1), order=order)
    found = {each.unit: (each.awarded, each.rank) for each in awarded(award, scale, units)}
    assert found == {"worse": (False, 3), "good": (True, 1), "mid": (False, 2)}


@pytest.mark.parametrize("engine", ["polars", "duckdb"])
def test_in_frames_too(engine: str) -> None:
    pl = pytest.importorskip("polars")
    from rubric_engine.cycle.frames import award_results

    frame: Any = pl.DataFrame({"unit": ["worse", "good"], "final_score": [9, 1], "final_score.scale": [1, 1], "final_grade": ["5", "5"]})
    if engine == "duckdb":
        frame = pytest.importorskip("duckdb").connect().from_arrow(frame.to_arrow())
    done = award_results(frame, BEST, rubric_engine.loads(FAULTS), reviewed=None)
    rows = done.pl() if engine == "duckdb" else done
    assert dict(zip(rows["unit"], rows["awarded"], strict=True)) == {"worse": False, "good": True}


def year(rubric: Any, units: Any, sheets: Any, **settings: Any) -> cycle.Run:
    """Return a year of one street in which nobody is reviewed, up to final results."""
    own = cycle.Cycle(name="a", methods="noted", review=cycle.Review(all=(), sample=None), improvement=(), **settings)
    run = cycle.begin(own, rubric, units, period="2025")
    group, committee = cycle.Actor("g", "street_group", "s"), cycle.Actor("c", "street_committee", "s")
    run = cycle.assess(run, sheets, by=group, when=DAY)
    run = cycle.submit(cycle.approve(cycle.propose(run, by=group, when=DAY), by=committee, when=DAY), by=committee, when=DAY)
    office = cycle.Actor("o", "district_office")
    run = cycle.conclude(cycle.plan_review(run, seed="1", by=office, when=DAY), by=office, when=DAY)
    run = cycle.determine(run, by=cycle.Actor("t", "supervision_group"), when=DAY)
    return cycle.finalise(run, by=cycle.Actor("p", "organisation_department"), when=DAY)


def test_a_run_gives_the_place_to_the_lowest() -> None:
    sheets = {name: {"found.faults": score} for name, score in (("worse", 9), ("good", 1), ("mid", 5))}
    run = year(rubric_engine.loads(FAULTS), [(name, "s") for name in sheets], sheets, awards=(BEST,))
    run = cycle.award(run, by=cycle.Actor("p", "organisation_department"), when=DAY)
    assert run.awards["commendation"].eligible == ("good", "mid", "worse")
    assert run.awards["commendation"].awarded == ("good",)


def test_the_type_of_a_unit_is_a_given_number_of_a_rubric_that_asks_for_it() -> None:
    rubric = rubric_engine.loads(TYPED)
    said = {"assessee": {"type": "rural"}}
    units = [cycle.Unit("u", "s", type="rural"), cycle.Unit("v", "s", type="urban", given=said), cycle.Unit("w", "s", type="urban")]
    run = year(rubric, units, {each: {"a.n": 4} for each in "uvw"}, awards=())
    assert {unit: run[unit].outcome.exact for unit in run} == {"u": 6, "v": 6, "w": 4}  # type: ignore[union-attr]
    # What is given stands in the sheets that are handed out, so that they can be scored alone.
    assert [str(rubric_engine.evaluate(rubric, each).score) for each in run.sheets().values()] == ["6", "6", "4"]
    found = cycle.impact(rubric, rubric, run.sheets())
    assert not found.changed
    assert not found.unscored
    assert run.evaluation("u").exact == 6
    with pytest.raises(TypeError):
        run["v"].unit.given["assessee"]["type"] = "urban"  # type: ignore[index]
    with pytest.raises(TypeError):
        run["v"].records["assess"] = 9  # type: ignore[index]
    other = rubric_engine.loads(FAULTS)
    sheets = {"u": {"found.faults": 1}}
    assert year(other, [cycle.Unit("u", "s", type="rural")], sheets, awards=())["u"].state == "final"


def test_half_a_surrogate_pair_is_no_text() -> None:
    rubric = rubric_engine.loads(FAULTS)
    begin = lambda *units: cycle.begin(cycle.Cycle(name="a", improvement=()), rubric, units, period="2025")  # noqa: E731
    assert codes_of(lambda: begin(("\ud800", "s"), ("u", "\udfff"))) == [("not-utf8", "units[0].id"), ("not-utf8", "units[1].street")]
    run = begin(("u", "s"))
    office = cycle.Actor("o", "district_office")
    assert codes_of(lambda: cycle.plan_review(run, "s", seed="\ud800", by=office, when=DAY)) == [("wrong-type", "seed")]


def test_a_grade_of_another_version_is_a_baseline() -> None:
    rubric = rubric_engine.loads(FAULTS)
    settings = cycle.Cycle(name="a", methods="noted", review=cycle.Review(all=(), sample=None), improvement=())
    foreign = {"u": cycle.Earlier("gold", "5", "1/4", "sha256:another")}
    run = cycle.begin(settings, rubric, [("u", "s")], period="2025", earlier=foreign)
    assert run.earlier == foreign
    assert codes_of(lambda: cycle.begin(settings, rubric, [("u", "s")], period="2025", earlier={"u": cycle.Earlier("gold")})) == [("unknown-grade", "u")]
    group, committee = cycle.Actor("g", "street_group", "s"), cycle.Actor("c", "street_committee", "s")
    run = cycle.assess(run, {"u": {"found.faults": 6}}, by=group, when=DAY)
    run = cycle.submit(cycle.approve(cycle.propose(run, by=group, when=DAY), by=committee, when=DAY), by=committee, when=DAY)
    office = cycle.Actor("o", "district_office")
    run = cycle.conclude(cycle.plan_review(run, seed="1", by=office, when=DAY), by=office, when=DAY)
    run = cycle.determine(run, by=cycle.Actor("t", "supervision_group"), when=DAY)
    outcome = run["u"].outcome
    assert outcome is not None
    assert (outcome.last, outcome.progress) == (None, None)
    assert run.records[-1].found["outcome"]["by_share"] == {"of": "sha256:another", "change": "0.05"}


def test_a_window_is_no_shorter_than_the_cycle_says() -> None:
    sheets = {"u": {"found.faults": 1}}
    run = year(rubric_engine.loads(FAULTS), [("u", "s")], sheets, awards=(), publicity=cycle.Publicity(days=5))
    approval = cycle.Actor("p", "organisation_department")
    publish = lambda days: cycle.publish(run, days=days, by=approval, when=DAY)  # noqa: E731
    assert codes_of(lambda: publish(0)) == [("out-of-range", "u")]
    assert publish(None).publications["u"].until == date(2025, 3, 6)
    assert publish(7).publications["u"].until == date(2025, 3, 8)


def test_what_is_not_there_has_no_evaluation() -> None:
    run = cycle.begin(cycle.Cycle(name="a", improvement=()), rubric_engine.loads(FAULTS), [("u", "s")], period="2025")
    assert codes_of(lambda: run.evaluation("u")) == [("step-not-allowed", "u")]
    assert codes_of(lambda: run.evaluation("u", "district")) == [("step-not-allowed", "u")]
    assert codes_of(lambda: run.evaluation("u", "distrct")) == [("unknown-value", "tier")]
