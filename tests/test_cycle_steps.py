"""Every step of a cycle: what it does, and for what it is refused."""

from __future__ import annotations

import copy
import importlib
import json
from datetime import date, datetime
from fractions import Fraction
from typing import Any

import pytest
from attrs import evolve

from cycle_runs import (
    DEPARTMENTS,
    GROUP,
    OFFICE,
    ORG,
    PLAIN,
    PUBLIC,
    RUBRIC,
    SCORES,
    UNITS,
    committee,
    concluded,
    day,
    department,
    final,
    planned,
    problems_of,
    refusal,
    reviewed,
    sheet,
    started,
    street_group,
    submitted,
    with_settings,
)
from rubric_engine import InvalidCycle, cycle, evaluate, loads
from rubric_engine.cycle import (
    Actor,
    Award,
    Consultation,
    Cycle,
    Decision,
    Earlier,
    History,
    Publicity,
    Review,
    Run,
    Sample,
    Tolerance,
    Unit,
)
from rubric_engine.cycle.consulting import is_consulted_about
from rubric_engine.cycle.plain import decision_of
from rubric_engine.cycle.plans import ImprovementPlan, plan_for
from rubric_engine.cycle.recording import ALLOWED, Asked, apply
from rubric_engine.cycle.records import STATES, Register
from rubric_engine.cycle.reviewing import due
from rubric_engine.cycle.settings import ROLES, STEPS
from rubric_engine.cycle.steps import RULES
from rubric_engine.errors import InvalidStep, malformed
from rubric_engine.files import rubric_digest

NORTH, SOUTH = street_group("north"), street_group("south")
ASKED = with_settings(consultation=Consultation(departments=DEPARTMENTS))
#: Nobody is reviewed, and nobody consulted.
SHORT = with_settings(review=Review(all=(), sample=None))
UNRATED = loads("""
rubric: open
version: 1
language: en
total: 10
provenance: illustrative
grades: [{stars: 5, from: 8}, {stars: 3, from: 5}]
otherwise: unrated
items: [{id: a, title: A, points: 10, evidence: {x: {type: count, range: 0..10}}, rules: [{deduct: 1, per: x, says: One off each}]}]
""")


def states(run: Run) -> dict[str, str]:
    return {unit: run[unit].state for unit in run}


def stars(run: Run) -> dict[str, int | None]:
    return {unit: None if (found := run[unit].outcome) is None else found.stars for unit in run}


def tried(run: Run, step: str, unit: str | None, data: dict[str, Any] | None = None, **more: Any) -> list[tuple[str, str]]:
    """Record a step as an archive does, with data that the functions would not hand in."""
    asked = Asked(step, unit, more.get("by", OFFICE), more.get("when", day(90)), more.get("why", "why"), data or {})
    return problems_of(lambda: apply(Register(run), asked, RULES))


# The beginning


def test_a_run_begins_with_drafts_in_their_streets() -> None:
    run = started(units=[("n1", "north"), Unit("s1", "south", type="village"), ("n2", "north")])
    assert (len(run), list(run), run.records, run.closed) == (3, ["n1", "s1", "n2"], (), False)
    assert dict(run.streets) == {"north": ("n1", "n2"), "south": ("s1",)}
    assert set(states(run).values()) == {"draft"}
    assert run["s1"].unit.to_dict() == {"id": "s1", "street": "south", "type": "village"}
    assert (run["n1"].answers, run["n1"].decisions, run["n1"].is_final) == ({}, (), False)
    assert run.final_results() == {} and run.period == "2025"
    assert problems_of(lambda: run["n3"]) == [("unknown-unit", "n3")]
    assert refusal(lambda: started()["nort1"]).problems[0].nearest is None
    assert refusal(lambda: started(units=[("north 1", "x")])["noth 1"]).problems[0].nearest == "north 1"
    assert problems_of(lambda: run.history("x")) == [("unknown-unit", "x")]
    assert problems_of(lambda: run.evaluation("n1")) == [("step-not-allowed", "n1")]
    with pytest.raises(TypeError):
        run.cases["n1"] = run["n2"]  # type: ignore[index]


def test_a_run_begins_with_all_that_is_wrong_told_at_once() -> None:
    earlier: Any = {"n9": Earlier("5"), "n1": Earlier("six"), "n2": "5", "n3": Earlier("unrated"), "n4": Earlier("4")}
    units = [("n1", "north"), ("n2", " "), ("", "north"), ("n1", "south"), ("n3", "north"), ("n4", "north"), Unit(5, "x")]  # type: ignore[arg-type]
    found = refusal(lambda: started(units=units, earlier=earlier))
    assert isinstance(found, InvalidStep)
    assert [(each.code, each.path) for each in found.problems] == [
        ("empty", "units[1].street"),
        ("empty", "units[2].id"),
        ("duplicate-id", "units[3].id"),
        ("empty", "units[6].id"),
        ("unknown-unit", "n9"),
        ("unknown-grade", "n1"),
        ("wrong-type", "n2"),
    ]
    assert problems_of(lambda: started(units=[])) == [("empty", "units")]
    for period in ("", 2025):
        assert problems_of(lambda period=period: cycle.begin(PLAIN, RUBRIC, UNITS, period=period)) == [("wrong-type", "period")]
    with pytest.raises(InvalidCycle):
        started(evolve(PLAIN, rubric="another"))


def test_units_are_units_or_pairs() -> None:
    units: Any = ["n1", ("n2", "north"), ("n3",), ["n4", "north"], None]
    assert problems_of(lambda: started(units=units)) == [("wrong-type", "units[0]"), ("wrong-type", "units[2]"), ("wrong-type", "units[4]")]
    assert repr(started()) == "<Run of 'plain' in 2025: 7 units, 0 records>"
    assert repr(cycle.close(cycle.feed_back(final(), by=OFFICE, when=day(30)), by=OFFICE, when=day(30))).endswith(" records, closed>")


def test_units_actors_and_earlier_results_are_told_as_plain_data() -> None:
    unit = Unit("a", "b", title="A title", given={"assessee": {"people": 5}})
    assert unit.to_dict() == {"id": "a", "street": "b", "title": "A title", "given": {"assessee": {"people": 5}}}
    assert Actor("a", "b").to_dict() == {"name": "a", "role": "b"}
    assert department("safety").to_dict()["department"] == "safety"
    assert Earlier("5").to_dict() == {"grade": "5"}
    told = {"grade": "5", "score": "18.5", "share": "37/40", "digest": "d"}
    assert Earlier("5", "18.5", Fraction(37, 40), "d").to_dict() == told | {"share": Earlier(**told).to_dict()["share"]}  # type: ignore[arg-type]
    assert Earlier(**told).share == Fraction(37, 40)  # type: ignore[arg-type]


def test_public_names_are_imported_when_they_are_used() -> None:
    module: Any = importlib.reload(cycle)
    assert dir(module) == sorted(module.__all__)
    assert all(callable(getattr(module, name)) for name in module.__all__)
    assert sorted(module._HOME_OF) == sorted(module.__all__)
    with pytest.raises(AttributeError, match="nothing"):
        module.nothing


# First tier


def test_the_first_tier() -> None:
    run = started()
    north = run.streets["north"]
    after = cycle.assess(run, {unit: sheet(SCORES[unit]) for unit in north}, by=NORTH, when=day(1), why="first visit")
    assert [each.number for each in after.records] == [1, 2, 3, 4]
    first = after.records[0]
    assert (first.step, first.unit, first.by, first.when, first.why) == ("assess", "n1", NORTH, day(1), "first visit")
    assert (first.before, first.after, first.based_on) == ("draft", "assessed", ())
    assert first.found == {"result": {"exact": "20", "grade": "5", "stars": 5}}
    assert first.data == {"sheet": sheet(20)}
    kept = after["n1"].street
    assert kept is not None and (kept.record, kept.result.stars, kept.sheet) == (1, 5, sheet(20))
    assert after.evaluation("n2", "street").exact == 16
    after = cycle.propose(after, by=NORTH, when=day(2))
    assert after.records[4].found == {"grade": "5", "stars": 5} and after.records[4].based_on == (1,)
    after = cycle.approve(after, ["n1", "n2", "n1"], by=committee("north"), when=day(2))
    assert states(after) == {"n1": "approved", "n2": "approved", "n3": "proposed", "n4": "proposed", "s1": "draft", "s2": "draft", "e1": "draft"}
    assert after.in_state("approved", "draft") == ("n1", "n2", "s1", "s2", "e1")
    after = cycle.submit(after, "n2", by=committee("north"), when=day(3))
    assert after["n2"].state == "submitted"
    assert [(each.step, each.before, each.after, each.based_on) for each in after.history("n2")] == [
        ("assess", "draft", "assessed", ()),
        ("propose", "assessed", "proposed", (2,)),
        ("approve", "proposed", "approved", (6,)),
        ("submit", "approved", "submitted", (10,)),
    ]
    # A run is a value.
    assert run.records == () and set(states(run).values()) == {"draft"}


def test_an_assessment_can_be_replaced_until_it_is_proposed_and_after_it_was_returned() -> None:
    run = cycle.assess(started(), {"n1": sheet(20)}, by=NORTH, when=day(1))
    run = cycle.assess(run, {"n1": sheet(19)}, by=NORTH, when=day(1))
    run = cycle.propose(run, by=NORTH, when=day(2))
    late = lambda: cycle.assess(run, {"n1": sheet(18)}, by=NORTH, when=day(2))  # noqa: E731
    assert problems_of(late) == [("step-not-allowed", "n1")]
    for why in (None, "", "  "):
        assert problems_of(lambda why=why: cycle.send_back(run, "n1", by=committee("north"), when=day(3), why=why)) == [("reason-missing", "n1")]
    back = cycle.send_back(run, ["n1"], by=committee("north"), when=day(3), why={"n1": "The holes in Mill Lane"})
    assert (back["n1"].state, back.records[-1].why) == ("returned", "The holes in Mill Lane")
    again = cycle.assess(back, {"n1": sheet(17)}, by=NORTH, when=day(4))
    assert again.records[-1].based_on == (4,)
    kept = again["n1"].street
    assert kept is not None and (kept.result.exact, kept.record) == (17, 5)
    assert again.records[0].data == {"sheet": sheet(20)}


def test_what_is_wrong_with_sheets_is_told_all_at_once() -> None:
    run = started()
    sheets: Any = {
        "n1": {"roads": {"holes": 99}, "lamps": {"dark": 0}, "park": {"clean": True}},
        "n2": [],
        "n3": {"roads": 5, "roads.holes": object(), "lamps": {"dark": "two"}},
        "n4": {"roads.holes": 1, "roads": {"holes": 2}},
        "s1": sheet(20),
    }
    assert problems_of(lambda: cycle.assess(run, sheets, by=NORTH, when=day(1))) == [
        ("not-a-mapping", "n2"),
        ("not-a-mapping", "n3.roads"),
        ("wrong-type", "n3.roads.holes"),
        ("wrong-type", "n3.lamps.dark"),
        ("given-twice", "n4.roads.holes"),
    ]
    sheets = {
        "n1": {"roads": {"holes": 99}, "lamps": {"dark": 0}, "park": {}, "bridge": {}},
        "n2": sheet(20, methods={"roads": None}),
        "n3": sheet(20, methods="all"),
        "n4": sheet(20),
        "s1": sheet(20),
        "x": sheet(20),
        None: sheet(20),
    }
    assert problems_of(lambda: cycle.assess(run, sheets, by=NORTH, when=day(1))) == [
        ("out-of-range", "n1.roads.holes"),
        ("unknown-item", "n1.bridge"),
        ("missing-finding", "n1.park.clean"),
        ("missing-method", "n1.roads"),
        ("wrong-type", "n2.methods.roads"),
        ("missing-method", "n2.roads"),
        ("not-a-mapping", "n3.methods"),
        ("missing-method", "n3.roads"),
        ("role-not-allowed", "s1"),
        ("unknown-unit", "x"),
        ("unknown-unit", "assess"),
    ]
    assert run.records == ()


def test_sheets_are_by_unit() -> None:
    sheets: Any = [sheet(20)]
    assert problems_of(lambda: cycle.assess(started(), sheets, by=NORTH, when=day(1))) == [("not-a-mapping", "sheet")]
    assert problems_of(lambda: cycle.override(planned(), sheets, by=GROUP, when=day(11), why="r")) == [("not-a-mapping", "changes")]


def test_methods_are_required_or_noted() -> None:
    bare = {key: each for key, each in sheet(20).items() if key != "methods"}
    assert problems_of(lambda: cycle.assess(started(), {"n1": bare}, by=NORTH, when=day(1))) == [("missing-method", "n1.roads")]
    free = started(with_settings(methods="noted"))
    assert cycle.assess(free, {"n1": bare}, by=NORTH, when=day(1))["n1"].state == "assessed"
    more = sheet(20, methods={"roads": ["report", "interview"], "park": ["documents"]})
    for run in (free, started()):
        assert cycle.assess(run, {"n1": more}, by=NORTH, when=day(1))["n1"].state == "assessed"
        wrong = sheet(20, methods={"roads": ["report", "telepathy"]})
        assert problems_of(lambda run=run, wrong=wrong: cycle.assess(run, {"n1": wrong}, by=NORTH, when=day(1))) == [("unknown-value", "n1.methods.roads")]


# Who, when, in which state, why


def test_a_step_out_of_order_names_state_step_and_what_is_allowed() -> None:
    run = cycle.assess(started(), {"n1": sheet(20)}, by=NORTH, when=day(1))
    (found,) = refusal(lambda: cycle.submit(run, "n1", by=committee("north"), when=day(2))).problems
    assert (found.code, found.path) == ("step-not-allowed", "n1")
    assert found.found == "submit in assessed"
    assert found.expected == "approved; in assessed: assess, propose"
    closed = tried(final(SHORT), "assess", "n1", {"sheet": sheet(20)}, by=NORTH)
    assert closed == [("step-not-allowed", "n1")]


def test_an_oracle_of_what_is_allowed() -> None:
    """By hand, from the states of the scheme (F33)."""
    by_state = {
        "draft": "assess",
        "assessed": "assess propose",
        "returned": "assess",
        "proposed": "approve send_back",
        "approved": "submit",
        "submitted": "plan_review",
        "under_review": "review answer decide conclude",
        "sampled": "review answer decide conclude",
        "not_sampled": "queue answer decide conclude",
        "consulted": "queue determine",
        "redetermined": "finalise",
        "confirmed": "finalise",
        "final": "publish object settle correct feed_back plan_improvement",
        "fed_back": "correct plan_improvement close",
        "archived": "",
    }
    assert set(by_state) == set(STATES)
    assert set(ALLOWED) == set(STEPS) - {"award"} and set(RULES) == set(STEPS)
    found = {state: {step for step, allowed in ALLOWED.items() if state in allowed} for state in STATES}
    assert found == {state: set(steps.split()) for state, steps in by_state.items()}


def test_roles() -> None:
    run = started()
    for by, expected, said in (
        (OFFICE, "street_group for `assess`", "district_office"),
        (SOUTH, "street_group of north", "south"),
        (Actor("a", "street_group"), "street_group of north", "no street"),
        (Actor("a", "street_groups", "north"), "street_group for `assess`", "street_groups"),
    ):
        (found,) = refusal(lambda by=by: cycle.assess(run, {"n1": sheet(20)}, by=by, when=day(1))).problems
        assert (found.code, found.path, found.expected, found.found) == ("role-not-allowed", "n1", expected, said)
    assert found.nearest == "street_group"
    for by in (None, "Group", "street_group"):
        assert problems_of(lambda by=by: cycle.assess(run, {"n1": sheet(20)}, by=by, when=day(1))) == [("wrong-type", "n1")]
        assert problems_of(lambda by=by: cycle.propose(run, by=by, when=day(1))) == [("wrong-type", "propose")]
        assert problems_of(lambda by=by: cycle.answer(run, by=by, when=day(1))) == [("wrong-type", "answer")]
    # Even where there is nobody for whom it could be recorded.
    assert problems_of(lambda: cycle.finalise(run, by=OFFICE, when=day(1))) == [("role-not-allowed", "finalise")]
    # Where nobody is named and nobody is ready, that is told.
    assert problems_of(lambda: cycle.finalise(run, by=ORG, when=day(1))) == [("step-not-allowed", "finalise")]
    assert cycle.finalise(run, [], by=ORG, when=day(1)).records == ()
    own = started(with_settings(roles={"assess": ("scorer", "street_group")}, local=("scorer",)))
    scorer = Actor("a", "scorer", "south")
    assert own.cycle.roles_of("assess") == ("scorer", "street_group") and "scorer" in own.cycle.known_roles
    assert cycle.assess(own, {"s1": sheet(20)}, by=scorer, when=day(1))["s1"].state == "assessed"
    assert problems_of(lambda: cycle.assess(own, {"n1": sheet(20)}, by=scorer, when=day(1))) == [("role-not-allowed", "n1")]
    assert cycle.assess(own, {"n1": sheet(20)}, by=SOUTH, when=day(1))["n1"].state == "assessed"
    assert set(PLAIN.known_roles) == set(ROLES)


def test_a_local_role_plans_and_queues_its_own_street_only() -> None:
    local = with_settings(roles={"plan_review": ("street_committee",), "award": ("street_committee",)}, awards=(Award(),), review=Review(all=(), sample=None))
    run = submitted(local)
    plan = lambda by, street: cycle.plan_review(run, street, seed="1", by=by, when=day(9))  # noqa: E731
    assert problems_of(lambda: plan(committee("north"), "south")) == [("role-not-allowed", "plan_review")]
    assert plan(committee("south"), "south")["s1"].state == "not_sampled"


def test_days_do_not_go_back() -> None:
    run = cycle.assess(started(), {"n1": sheet(20)}, by=NORTH, when=day(5))
    assert problems_of(lambda: cycle.propose(run, by=NORTH, when=day(4))) == [("out-of-range", "n1")]
    assert cycle.propose(run, by=NORTH, when=day(5))["n1"].since == day(5)
    # Other units have other days.
    assert cycle.assess(run, {"n2": sheet(20)}, by=NORTH, when=day(1))["n2"].since == day(1)
    for when in ("2025-01-09", datetime(2025, 1, 9), None, 5):
        assert problems_of(lambda when=when: cycle.propose(run, by=NORTH, when=when)) == [("wrong-type", "n1")]
    for why in (5, b"why"):
        assert problems_of(lambda why=why: cycle.propose(run, by=NORTH, when=day(5), why=why)) == [("wrong-type", "n1")]


def test_nothing_is_dated_before_what_it_follows_from() -> None:
    given = with_settings(awards=(Award(),), publicity=Publicity(days=10))
    run = final(given)
    (found,) = refusal(lambda: cycle.award(run, by=ORG, when=day(25))).problems
    assert (found.code, found.path, found.found) == ("out-of-range", "commendation" if found.path == "commendation" else "award", day(25).isoformat())
    assert day(26).isoformat() in found.expected
    run = cycle.correct(run, "n1", Decision("deduct", points=1), by=ORG, when=day(40), why="late")
    assert problems_of(lambda: cycle.award(run, by=ORG, when=day(39))) == [("out-of-range", "award")]
    assert cycle.award(run, by=ORG, when=day(40)).records[-1].based_on[-1] == run["n1"].records["correct"]
    late = reviewed(planned(), {"n3": 18, "n4": 18, "s1": 18, "s2": 18, "e1": 20})
    assert problems_of(lambda: cycle.queue(late, "north", by=OFFICE, when=day(19))) == [("out-of-range", "north")]


def test_all_that_is_wrong_with_a_batch_is_told_and_nothing_recorded() -> None:
    run = cycle.assess(started(), {"n1": sheet(20), "n2": sheet(20)}, by=NORTH, when=day(5))
    found = problems_of(lambda: cycle.propose(run, ["n1", "n2", "n3", "s1", "q"], by=NORTH, when=day(4)))
    assert found == [
        ("out-of-range", "n1"),
        ("out-of-range", "n2"),
        ("step-not-allowed", "n3"),
        ("role-not-allowed", "s1"),
        ("step-not-allowed", "s1"),
        ("unknown-unit", "q"),
    ]
    assert len(run.records) == 2 and run["n1"].state == "assessed"


def test_steps_as_an_archive_hands_them_in() -> None:
    run = submitted()
    assert tried(run, "asess", "n1") == [("unknown-step", "asess")]
    assert tried(run, "x" * 300, "n1")[0][1] == "x" * 200
    assert tried(run, "plan_review", None, {"street": "nort", "seed": "1"}) == [("unknown-unit", "nort")]
    assert tried(run, "plan_review", None, {"street": "x" * 300, "seed": "1"})[0][1] == "x" * 200
    assert tried(run, "plan_review", "n1") == [("step-not-allowed", "n1")]
    assert tried(run, "plan_review", None, {"street": "north", "seed": ""}) == [("wrong-type", "north")]
    assert tried(run, "plan_review", None, {"street": "north", "seed": 5}) == [("wrong-type", "plan_review.seed")]
    assert tried(run, "approve", "n1", by=Actor("a", 5)) == [("wrong-type", "n1"), ("step-not-allowed", "n1")]  # type: ignore[arg-type]
    done = planned()
    assert tried(done, "queue", None, {"street": "nort"}) == [("unknown-unit", "nort")]
    assert tried(done, "queue", None, {"street": "north"}) == [("step-not-allowed", "north")]
    assert tried(done, "queue", "n3") == [("step-not-allowed", "n3")]
    assert tried(done, "decide", "n1", {"decision": {"kind": "none"}, "department": "x"}) == [("step-not-allowed", "n1")]
    assert tried(done, "decide", "n1", {"decision": "none", "department": "x"}) == [("wrong-type", "n1.decision")]
    assert tried(done, "decide", "n1", {"decision": {}}) == [("wrong-type", "n1")]
    assert tried(done, "conclude", "n1", {"sheet": {}})[0] == ("wrong-type", "n1")
    assert tried(done, "decide", "n1", {"decision": {"kind": "none", "a": 1, "b": 2}, "department": "x"}) == [("unknown-key", "n1.decision.a"), ("unknown-key", "n1.decision.b")]
    assert tried(done, "decide", "n1", {"decision": {"kind": "some"}, "department": "x"}) == [("unknown-value", "n1.kind")]
    over = final(SHORT)
    assert tried(over, "publish", None, {"days": None}, by=ORG) == [("unknown-unit", "publish")]
    assert tried(over, "award", "n1", {"award": "x"}, by=ORG)[0] == ("step-not-allowed", "n1")
    fed = cycle.feed_back(over, by=OFFICE, when=day(30))
    assert tried(fed, "close", "n1") == [("step-not-allowed", "n1")]
    assert decision_of({"kind": "deduct", "points": "1.5"}).points == Fraction(3, 2)


def test_what_a_step_was_handed_in_with_is_told() -> None:
    run = submitted()
    for data, said in (({}, "nothing"), ({"days": 3, "of": 1}, "days, of")):
        asked = Asked("decide", "n1", OFFICE, day(90), "why", data)
        (found, _) = refusal(lambda asked=asked: apply(Register(run), asked, RULES)).problems
        assert (found.code, found.expected, found.found) == ("wrong-type", "department, decision", said)
    wider = Asked("plan_review", None, OFFICE, day(90), None, {"street": "north"})
    (found,) = refusal(lambda: apply(Register(run), wider, RULES)).problems
    assert (found.expected, found.found) == ("street, seed or nothing", "street")


def test_what_a_rule_refuses_is_placed_at_its_unit_or_at_the_step() -> None:
    def rule(register: Register, asked: Asked) -> None:
        raise malformed("bad-number", "a number", "", "$.places")

    of_unit = Asked("conclude", "n1", OFFICE, day(90), None, {})
    of_street = Asked("plan_review", None, OFFICE, day(90), None, {"street": "north", "seed": "1"})
    for run, asked, path in ((planned(), of_unit, "n1.places"), (submitted(), of_street, "plan_review.places")):
        refused = lambda run=run, asked=asked: apply(Register(run), asked, {asked.step: rule})  # noqa: E731
        assert problems_of(refused) == [("bad-number", path)]


# Records are values


def test_a_record_gives_copies_only() -> None:
    run = cycle.assess(started(), {"n1": (mine := sheet(20))}, by=NORTH, when=day(1))
    mine["roads"]["holes"] = 9
    first = run.records[0]
    first.data["sheet"]["roads"]["holes"] = 9
    first.found["result"]["stars"] = 1
    first.to_dict()["data"]["sheet"].clear()
    kept = run["n1"].street
    assert kept is not None
    kept.sheet["roads"]["holes"] = 9
    assert first.data == {"sheet": sheet(20)} and kept.sheet == sheet(20)
    assert first.found["result"]["stars"] == 5
    assert json.loads(json.dumps(first.to_dict())) == {
        "record": 1,
        "step": "assess",
        "unit": "n1",
        "by": {"name": "Group of north", "role": "street_group", "street": "north"},
        "when": "2025-01-02",
        "why": None,
        "before": "draft",
        "after": "assessed",
        "based_on": [],
        "data": {"sheet": sheet(20)},
        "found": {"result": {"exact": "20", "grade": "5", "stars": 5}},
    }


def test_old_runs_stay_as_they_were() -> None:
    run = planned()
    before = copy.deepcopy([each.to_dict() for each in run.records])
    cases = dict(run.cases)
    later = reviewed(run, {"n4": 18})
    later = cycle.queue(later, by=OFFICE, when=day(30))
    assert [each.to_dict() for each in run.records] == before
    assert dict(run.cases) == cases and run["n4"].district is None
    assert later.records[: len(run.records)] == run.records


# The review


def test_the_plan_of_the_review() -> None:
    run = planned()
    assert {unit: run[unit].review for unit in run} == {
        "n1": "all", "n2": "all", "n3": "not_sampled", "n4": "sampled", "s1": "sampled", "s2": "not_sampled", "e1": "sampled",
    }
    assert states(run)["n1"] == "under_review" and states(run)["n3"] == "not_sampled" and states(run)["n4"] == "sampled"
    assert dict(run.seeds) == {"north": "2025", "south": "2025", "east": "2025"}
    plan = run.records[28]
    assert (plan.step, plan.unit, plan.before, plan.after) == ("plan_review", None, None, None)
    assert plan.data == {"street": "north", "seed": "2025"}
    assert plan.found == {"all": 2, "others": 2, "drawn": ["n4"]}
    assert plan.based_on == (13, 14, 15, 16)
    assert run.records[29].found == {"review": "all"} and run.records[29].based_on == (29,)


def test_only_complete_streets_are_planned() -> None:
    run = submitted(streets=["south"])
    run = cycle.assess(run, {"n1": sheet(20)}, by=NORTH, when=day(1))
    early = lambda: cycle.plan_review(run, ["north", "south"], seed="1", by=OFFICE, when=day(9))  # noqa: E731
    assert problems_of(early) == [("step-not-allowed", f"n{each}") for each in (1, 2, 3, 4)]
    assert refusal(early).problems[0].found == "in assessed"
    ready = cycle.plan_review(run, seed="1", by=OFFICE, when=day(9))
    assert dict(ready.seeds) == {"south": "1"} and ready["n1"].state == "assessed"
    assert problems_of(lambda: cycle.plan_review(ready, seed="1", by=OFFICE, when=day(9))) == [("step-not-allowed", "plan_review")]
    assert problems_of(lambda: cycle.plan_review(ready, "south", seed="1", by=OFFICE, when=day(9))) == [("step-not-allowed", "s1"), ("step-not-allowed", "s2")]
    # A street of which some results are submitted is not ready, and holds up no other.
    part = cycle.approve(cycle.propose(run, "n1", by=NORTH, when=day(2)), "n1", by=committee("north"), when=day(3))
    part = cycle.plan_review(cycle.submit(part, "n1", by=committee("north"), when=day(4)), seed="1", by=OFFICE, when=day(9))
    assert dict(part.seeds) == {"south": "1"} and part["n1"].state == "submitted"
    wrong: Any = [("suoth", 5), (["south", "west"], "")]
    assert problems_of(lambda: cycle.plan_review(run, "suoth", seed=wrong[0][1], by=OFFICE, when=day(9))) == [("unknown-unit", "suoth"), ("wrong-type", "seed")]
    assert problems_of(lambda: cycle.plan_review(run, ["south", "west"], seed="", by=OFFICE, when=day(9))) == [("unknown-unit", "west"), ("wrong-type", "seed")]
    assert problems_of(lambda: cycle.plan_review(run, "south", seed="1", by=GROUP, when=day(9))) == [("role-not-allowed", "plan_review")]


def test_the_draw_can_be_off_and_all_grades_or_the_unrated_named() -> None:
    assert {planned(SHORT)[unit].state for unit in SCORES} == {"not_sampled"}
    everyone = planned(with_settings(review=Review(all=(5, 4, 3, 2, 1), sample=None)))
    assert {everyone[unit].review for unit in everyone} == {"all"}
    units = [("a", "x"), ("b", "x"), ("c", "x")]
    for grades, expected in (((5,), ["all", "sampled", "sampled"]), (("unrated", "3"), ["sampled", "all", "all"])):
        settings = with_settings(review=Review(all=grades, sample=Sample(share=1)))
        run = started(settings, units, rubric=UNRATED)
        by = street_group("x")
        run = cycle.assess(run, {unit: {"a": {"x": lost}} for (unit, _), lost in zip(units, (0, 4, 9), strict=True)}, by=by, when=day(1))
        run = cycle.propose(run, by=by, when=day(1))
        run = cycle.submit(cycle.approve(run, by=committee("x"), when=day(1)), by=committee("x"), when=day(1))
        run = cycle.plan_review(run, seed="s", by=OFFICE, when=day(1))
        assert [run[unit].review for unit in run] == expected
        assert run["c"].street is not None and run["c"].street.result.grade == "unrated"


def test_a_review_is_a_second_sheet_and_both_are_kept() -> None:
    run = planned()
    assert problems_of(lambda: cycle.review(run, {"n1": sheet(15)}, by=GROUP, when=day(11), why=None)) == [("reason-missing", "n1")]
    assert problems_of(lambda: cycle.review(run, {"n1": {}, "n3": sheet(3)}, by=GROUP, when=day(11), why="r")) == [
        ("missing-finding", "n1.roads.holes"), ("missing-finding", "n1.lamps.dark"), ("missing-finding", "n1.park.clean"), ("missing-method", "n1.roads"), ("step-not-allowed", "n3"),
    ]
    after = cycle.review(run, {"n1": sheet(15), "n4": sheet(11)}, by=GROUP, when=day(11), why="report 3")
    case = after["n1"]
    assert case.street is not None and case.district is not None
    assert (case.state, case.street.result.exact, case.district.result.exact) == ("under_review", 20, 15)
    assert after.records[-2].found == {"result": {"exact": "15", "grade": "4", "stars": 4}, "differs": True}
    assert after.records[-1].found["differs"] is False
    assert after.records[-2].based_on == (case.street.record, case.records["plan_review"])
    assert (after.evaluation("n1").exact, after.evaluation("n1", "street").exact) == (15, 20)
    # Until it is concluded a review can be replaced.
    again = cycle.review(after, {"n1": sheet(16)}, by=GROUP, when=day(12), why="report 4")
    assert again.evaluation("n1").exact == 16


def test_single_findings_are_overridden_with_notes() -> None:
    run = planned()
    changes = {"n1": {"roads.holes": {"value": 3, "note": "Mill Lane"}, "lamps": {"dark": 1}}, "n2": {}}
    after = cycle.override(run, changes, by=GROUP, when=day(11), why="report")
    case = after["n1"]
    assert case.street is not None and case.district is not None
    assert case.street.sheet == sheet(20)
    assert case.district.sheet == sheet(20) | {"roads": {"holes": {"value": 3, "note": "Mill Lane"}}, "lamps": {"dark": 1}}
    assert (case.district.result.exact, after["n2"].district.result) == (16, after["n2"].street.result)  # type: ignore[union-attr]
    assert after.records[-2].data == {"changes": {"roads": {"holes": {"value": 3, "note": "Mill Lane"}}, "lamps": {"dark": 1}}}
    assert [(path, each.note) for path, each in after.evaluation("n1")._notes] == [("roads.holes", "Mill Lane")]
    wrong = {
        "n1": {"roads.hole": None, "bridge.x": None}, "n2": {"bridge": {}},
    }
    assert problems_of(lambda: cycle.override(run, wrong, by=GROUP, when=day(11), why="r")) == [("unknown-field", "n1.roads.hole"), ("unknown-field", "n1.bridge.x"), ("unknown-item", "n2.bridge")]
    assert problems_of(lambda: cycle.override(run, {"n1": {"roads.hole": 3}, "n2": {"roads": {"holes": None}}}, by=GROUP, when=day(11), why="r")) == [("unknown-field", "n1.roads.hole"), ("missing-finding", "n2.roads.holes")]
    used = cycle.override(run, {"n1": {"methods": {"lamps": ["interview"]}}}, by=GROUP, when=day(11), why="r")
    assert used["n1"].district.sheet["methods"] == {"roads": ["report"], "lamps": ["interview"]}  # type: ignore[union-attr]
    assert problems_of(lambda: cycle.override(run, {"n1": {"methods": "all"}}, by=GROUP, when=day(11), why="r")) == [("not-a-mapping", "n1.methods"), ("missing-method", "n1.roads")]
    assert problems_of(lambda: cycle.override(run, {"n1": 5}, by=GROUP, when=day(11), why="r")) == [("not-a-mapping", "n1")]


@pytest.mark.parametrize(
    ("tolerance", "score", "queued"),
    [
        (Tolerance(), 12, False),
        (Tolerance(), 14, True),
        (Tolerance(points=3), 14, False),
        (Tolerance(points=3), 15, True),
        (Tolerance(points=None), 14, False),
        (Tolerance(points=None, grades=1), 9, False),
        (Tolerance(points=None, grades=1), 18, True),
        (Tolerance(points=None, grades=None), 20, False),
    ],
)
def test_a_sample_that_differs_queues_the_rest_of_its_street(tolerance: Tolerance, score: int, queued: bool) -> None:
    settings = with_settings(review=Review(tolerance=tolerance))
    run = reviewed(planned(settings), {"n4": score})
    after = cycle.queue(run, by=OFFICE, when=day(21))
    assert (after["n3"].review == "queued") is queued
    assert (len(after.records) > len(run.records)) is queued
    assert after["s2"].state == "not_sampled"
    if queued:
        record, unit = after.records[-2:]
        assert record.found == {"differing": ["n4"], "rest": 1} and record.based_on == (run["n4"].records["review"],)
        assert (unit.unit, unit.before, unit.after, unit.found) == ("n3", "not_sampled", "sampled", {"review": "queued"})
        assert unit.based_on == (record.number,)
        assert problems_of(lambda: cycle.queue(after, "north", by=OFFICE, when=day(21))) == [("step-not-allowed", "north")]
        assert problems_of(lambda: cycle.conclude(after, "n3", by=OFFICE, when=day(22))) == [("review-missing", "n3")]
    else:
        assert problems_of(lambda: cycle.queue(run, ["north", "south"], by=OFFICE, when=day(21))) == [("step-not-allowed", "north"), ("step-not-allowed", "south")]


def test_queueing_can_be_off_or_need_more_and_streets_are_known() -> None:
    never = reviewed(planned(with_settings(review=Review(queue_after=None))), {"n4": 18})
    assert cycle.queue(never, by=OFFICE, when=day(21)).records == never.records
    run = cycle.conclude(never, by=OFFICE, when=day(22))
    assert set(states(cycle.determine(run, by=GROUP, when=day(23))).values()) == {"confirmed", "redetermined"}
    two = reviewed(planned(with_settings(review=Review(queue_after=2, sample=Sample(share="1/2", least=2)))), {"s1": 18})
    assert cycle.queue(two, by=OFFICE, when=day(21)).records == two.records
    assert problems_of(lambda: cycle.queue(two, ["nort", "east"], by=OFFICE, when=day(21))) == [("unknown-unit", "nort")]
    assert problems_of(lambda: cycle.queue(never, "north", by=NORTH, when=day(21))) == [("role-not-allowed", "queue")]


def test_units_that_were_not_drawn_wait_for_the_sample_of_their_street() -> None:
    run = planned()
    run = cycle.conclude(run, "n3", by=OFFICE, when=day(11))
    assert problems_of(lambda: cycle.determine(run, by=GROUP, when=day(12))) == [("review-missing", "n3")]
    run = reviewed(run, {"n4": 11})
    # Its review may still be replaced by one that differs.
    assert problems_of(lambda: cycle.determine(run, by=GROUP, when=day(23))) == [("review-missing", "n3")]
    same = cycle.conclude(run, "n4", by=OFFICE, when=day(22))
    assert cycle.determine(same, "n3", by=GROUP, when=day(23))["n3"].state == "confirmed"
    run = cycle.review(run, {"n4": sheet(19)}, by=GROUP, when=day(22), why="a closer look")
    run = cycle.conclude(run, "n4", by=OFFICE, when=day(23))
    (found,) = refusal(lambda: cycle.determine(run, "n3", by=GROUP, when=day(24))).problems
    assert (found.code, found.path, found.found) == ("review-missing", "n3", "not_sampled") and "n4" in found.expected
    # It was concluded already, and comes back.
    run = cycle.queue(run, "north", by=OFFICE, when=day(24))
    assert (run["n3"].state, run["n3"].review, run.records[-1].before) == ("sampled", "queued", "consulted")
    assert run.records[-2].found == {"differing": ["n4"], "rest": 1}
    assert run.records[-2].based_on == (run["n4"].records["review"],)
    run = cycle.conclude(reviewed(run, {"n3": 10}, 25), "n3", by=OFFICE, when=day(26))
    run = cycle.determine(run, "n3", by=GROUP, when=day(27))
    assert (run["n3"].state, run["n3"].outcome.exact) == ("redetermined", 10)  # type: ignore[union-attr]


def test_results_that_are_determined_are_not_queued() -> None:
    run = final()
    run = cycle.correct(run, "n4", {"lamps.dark": 8}, by=ORG, when=day(30), why="w")
    assert cycle.queue(run, by=OFFICE, when=day(31)).records == run.records
    assert problems_of(lambda: cycle.queue(run, "north", by=OFFICE, when=day(31))) == [("step-not-allowed", "north")]


def test_nothing_is_due_of_a_review_before_it_is_planned_but_the_plan() -> None:
    run = submitted()
    problem = due(Register(run), run["n1"])
    assert problem is not None and (problem.code, problem.path) == ("review-missing", "n1")
    assert due(Register(planned(SHORT)), planned(SHORT)["n1"]) is None


# Consultation


def test_departments_answer_and_the_consultation_is_concluded() -> None:
    run = reviewed(planned(ASKED))
    lacking = [("answer-missing", "n1"), ("answer-missing", "n1")]
    assert problems_of(lambda: cycle.conclude(run, "n1", by=OFFICE, when=day(21))) == lacking
    run = cycle.answer(run, by=department("safety"), when=day(21))
    assert run.records[-1].data == {"department": "safety", "objection": None}
    assert run.records[-1].based_on == (run["e1"].records["review"],)
    assert run.history("n3")[-1].based_on == (run["n3"].records["plan_review"],)
    assert problems_of(lambda: cycle.conclude(run, "n1", by=OFFICE, when=day(21))) == lacking[:1]
    # Who has answered is not asked again.
    assert cycle.answer(run, by=department("safety"), when=day(21)).records == run.records
    run = cycle.answer(run, ["n1", "n2"], objections={"n2": "An accident in May", "n3": "Another"}, by=department("health"), when=day(22))
    assert run["n1"].open_objections == () and [each.department for each in run["n2"].open_objections] == ["health"]
    assert run["n3"].objections[0].grounds == "Another" and run["n3"].objections[0].record == run["n3"].answers["health"]
    after = cycle.conclude(run, "n1", by=OFFICE, when=day(23))
    numbers = after["n1"].records
    assert after.records[-1].based_on == (numbers["plan_review"], numbers["review"], *sorted(after["n1"].answers.values()))
    assert after["n1"].state == "consulted"


def test_who_may_answer_for_whom() -> None:
    run = reviewed(planned(ASKED))
    for by in (department("saftey"), Actor("a", "department"), department("fire")):
        found = refusal(lambda by=by: cycle.answer(run, "n1", by=by, when=day(21))).problems
        assert [(each.code, each.path) for each in found] == [("role-not-allowed", "n1")]
    assert refusal(lambda: cycle.answer(run, "n1", by=department("saftey"), when=day(21))).problems[0].nearest == "safety"
    assert problems_of(lambda: cycle.answer(run, "n1", by=ORG, when=day(21))) == [("role-not-allowed", "n1")]
    assert tried(run, "answer", "n1", {"department": "health", "objection": None}, by=department("safety")) == [("role-not-allowed", "n1")]
    for grounds, code in (("", ("reason-missing", "n1")), ("  ", ("reason-missing", "n1")), (5, ("wrong-type", "n1.objection"))):
        assert problems_of(lambda grounds=grounds: cycle.answer(run, [], objections={"n1": grounds}, by=department("safety"), when=day(21))) == [code]
    nobody = reviewed(planned())
    (found,) = refusal(lambda: cycle.answer(nobody, "n1", by=department("safety"), when=day(21))).problems
    assert "none is consulted" in found.expected
    assert set(states(cycle.conclude(nobody, by=OFFICE, when=day(21))).values()) == {"consulted"}


def test_an_answer_can_be_replaced_until_it_is_decided_on() -> None:
    run = reviewed(planned(ASKED))
    health = department("health")
    run = cycle.answer(run, "n1", objections={"n1": "A reason"}, by=health, when=day(21))
    # It needs a decision, and is not answered away.
    assert problems_of(lambda: cycle.answer(run, "n1", by=health, when=day(22))) == [("decision-missing", "n1")]
    other = cycle.answer(run, [], objections={"n1": "A better reason"}, by=health, when=day(22))
    assert [each.grounds for each in other["n1"].objections] == ["A better reason"]
    run = cycle.decide(run, "n1", Decision("none"), department="health", by=OFFICE, when=day(22), why="no evidence")
    assert problems_of(lambda: cycle.answer(run, "n1", by=health, when=day(23))) == [("step-not-allowed", "n1")]
    assert cycle.answer(run, "n1", by=department("safety"), when=day(23))["n1"].answers.keys() == {"health", "safety"}


def test_an_objection_blocks_until_it_is_decided_with_a_reason() -> None:
    run = reviewed(planned(ASKED))
    run = cycle.answer(run, [], objections={"n1": "Smoke"}, by=department("health"), when=day(21))
    run = cycle.answer(run, ["n1"], objections={"n1": "Fire"}, by=department("safety"), when=day(21))
    assert problems_of(lambda: cycle.conclude(run, "n1", by=OFFICE, when=day(22))) == [("decision-missing", "n1")] * 2
    decide = lambda decision, name, **more: cycle.decide(run, "n1", decision, department=name, **({"by": OFFICE, "when": day(22), "why": "seen"} | more))  # noqa: E731
    assert problems_of(lambda: decide(Decision("none"), "health", why=" ")) == [("reason-missing", "n1")]
    assert problems_of(lambda: decide(Decision("none"), "health", by=department("health"))) == [("role-not-allowed", "n1")]
    (found,) = refusal(lambda: decide(Decision("none"), "fire")).problems
    assert (found.code, found.expected) == ("step-not-allowed", "an open objection of health, safety")
    assert problems_of(lambda: decide(Decision("at_most", grade="six"), "health")) == [("unknown-grade", "n1")]
    decided = decide(Decision("deduct", points="2.5"), "health")
    assert decided.records[-1].data == {"department": "health", "decision": {"kind": "deduct", "points": "2.5"}}
    assert decided.records[-1].based_on == (run["n1"].answers["health"],) and decided.records[-1].why == "seen"
    assert problems_of(lambda: cycle.decide(decided, "n1", Decision("none"), department="health", by=OFFICE, when=day(23), why="w")) == [("step-not-allowed", "n1")]
    assert problems_of(lambda: cycle.conclude(decided, "n1", by=OFFICE, when=day(22))) == [("decision-missing", "n1")]
    # Decided later, though it was raised earlier: decisions act in the order in which they were made.
    both = cycle.decide(decided, "n1", Decision("at_most", grade=4), department="safety", by=OFFICE, when=day(23), why="seen")
    assert [each.kind for each in both["n1"].decisions] == ["deduct", "at_most"]
    both = cycle.conclude(both, "n1", by=OFFICE, when=day(24))
    assert set(both.records[-1].based_on) >= {each.decided for each in both["n1"].objections}
    both = cycle.determine(both, "n1", by=GROUP, when=day(25))
    outcome = both["n1"].outcome
    assert outcome is not None and (outcome.exact, outcome.stars) == (Fraction(35, 2), 4)
    assert both["n1"].state == "redetermined"
    assert both.records[-1].found["outcome"]["steps"] == [
        {"kind": "deduct", "about": None, "score": ["20", "17.5"], "grade": ["5", "4"], "asked": "2.5", "taken": "2.5"},
        {"kind": "at_most", "about": "4", "score": ["17.5", "17.5"], "grade": ["4", "4"], "asked": "0", "taken": "0"},
    ]
    (found,) = refusal(lambda: cycle.decide(reviewed(planned(ASKED)), "n1", Decision("none"), department="x", by=OFFICE, when=day(22), why="w")).problems
    assert "no objection is open" in found.expected


@pytest.mark.parametrize(
    ("decision", "exact", "grade"),
    [
        (Decision("none"), 20, 5),
        (Decision("deduct", points=1), 19, 5),
        (Decision("deduct", points=30), 0, 1),
        (Decision("at_most", grade="3"), 20, 3),
        (Decision("fail"), 20, 1),
    ],
)
def test_what_follows_from_a_decision(decision: Decision, exact: int, grade: int) -> None:
    run = reviewed(planned(ASKED))
    run = cycle.answer(run, objections={"n1": "Smoke"}, by=department("health"), when=day(21))
    run = cycle.answer(run, by=department("safety"), when=day(21))
    run = cycle.decide(run, "n1", decision, department="health", by=OFFICE, when=day(22), why="seen")
    run = cycle.determine(cycle.conclude(run, by=OFFICE, when=day(23)), by=GROUP, when=day(24))
    outcome = run["n1"].outcome
    assert outcome is not None and (outcome.exact, outcome.stars) == (exact, grade)
    assert run["n1"].state == ("confirmed" if (exact, grade) == (20, 5) else "redetermined")
    assert [each.kind for each in outcome.steps] == [decision.kind]
    final_ = cycle.finalise(run, by=ORG, when=day(25))
    assert final_.history("n1")[-1].found == {"exact": str(exact), "grade": str(grade), "stars": grade}


def test_about_whom_departments_are_asked() -> None:
    for about, expected in (
        ("all", set(SCORES)),
        ("reviewed", set(SCORES) - {"n3", "s2"}),
        (("5", "2"), {"n1", "s2", "n2"}),
    ):
        run = reviewed(planned(with_settings(consultation=Consultation(departments=DEPARTMENTS, about=about))), {"n2": 18})
        assert {unit for unit in run if is_consulted_about(run, run[unit])} == expected
        after = cycle.answer(run, by=department("safety"), when=day(21))
        assert {unit for unit in after if after[unit].answers} == expected
        after = cycle.answer(after, by=department("health"), when=day(21))
        others = sorted(set(SCORES) - expected)
        if others:
            assert problems_of(lambda run=run, others=others: cycle.answer(run, others[0], by=department("safety"), when=day(21))) == [("step-not-allowed", others[0])]
        assert {"consulted"} == set(states(cycle.conclude(after, by=OFFICE, when=day(22))).values())
    assert not is_consulted_about(run, started()["n1"])


# Determination, final approval, publication


def test_results_are_confirmed_or_redetermined_and_then_final() -> None:
    run = cycle.determine(concluded(found={"n1": 19, "n2": 12}), by=GROUP, when=day(25))
    assert states(run) == {"n1": "redetermined", "n2": "redetermined"} | dict.fromkeys(("n3", "n4", "s1", "s2", "e1"), "confirmed")
    assert run["n1"].outcome is not None
    assert (run["n1"].outcome.counted, run["n3"].outcome.counted) == ("district", "street")  # type: ignore[union-attr]
    numbers = run["n1"].records
    assert run.history("n1")[-1].based_on == tuple(sorted(numbers[each] for each in ("assess", "plan_review", "review", "conclude")))
    assert run.final_results() == {}
    run = cycle.finalise(run, by=ORG, when=day(26))
    assert stars(run) == {"n1": 5, "n2": 3, "n3": 3, "n4": 3, "s1": 3, "s2": 2, "e1": 1}
    assert all(run[unit].is_final for unit in run)
    assert run.final_results()["n2"] == Earlier("3", 12, Fraction(3, 5), rubric_digest(RUBRIC))
    street = final(with_settings(authority=("street", "district")), found={"n1": 3})
    assert street["n1"].outcome.counted == "street" and stars(street)["n1"] == 5  # type: ignore[union-attr]


def test_publication_opens_a_window_of_objections() -> None:
    run = final()
    off = cycle.publish(run, by=ORG, when=day(30))
    assert off.publications["n1"].until is None and off.records[-1].found == {"until": None}
    assert problems_of(lambda: cycle.object_to(off, "n1", "No", by=PUBLIC, when=day(30))) == [("step-not-allowed", "n1")]
    assert problems_of(lambda: cycle.object_to(run, "n1", "No", by=PUBLIC, when=day(30))) == [("step-not-allowed", "n1")]
    assert problems_of(lambda: cycle.publish(off, "n1", by=ORG, when=day(31))) == [("step-not-allowed", "n1")]
    by_cycle = cycle.publish(final(with_settings(publicity=Publicity(days=5))), by=ORG, when=day(30))
    assert by_cycle.publications["n1"].until == day(35)
    assert by_cycle.records[-1].data == {"days": 5} and by_cycle.records[-1].found == {"until": day(35).isoformat()}
    assert cycle.publish(run, "n1", days=3_650, by=ORG, when=day(30)).publications["n1"].until == day(30 + 3_650)
    long = refusal(lambda: cycle.publish(run, "n1", days=10**60, by=ORG, when=day(30))).problems[0]
    assert long.found == str(10**39)
    for days in (-1, 3_651, True):
        assert problems_of(lambda days=days: cycle.publish(run, "n1", days=days, by=ORG, when=day(30))) == [("out-of-range", "n1")]
    for days in (2.0, "7"):
        assert problems_of(lambda days=days: cycle.publish(run, "n1", days=days, by=ORG, when=day(30))) == [("wrong-type", "n1.days")]
    open_ = cycle.publish(run, days=7, by=ORG, when=day(30))
    assert open_["n1"].state == "final" and open_.records[-1].based_on == (run["e1"].records["finalise"],)
    assert problems_of(lambda: cycle.object_to(open_, "n1", None, by=PUBLIC, when=day(31))) == [("wrong-type", "n1.grounds")]
    for grounds in ("", " "):
        assert problems_of(lambda grounds=grounds: cycle.object_to(open_, "n1", grounds, by=PUBLIC, when=day(31))) == [("reason-missing", "n1")]
    assert problems_of(lambda: cycle.object_to(open_, "n1", "No", by=ORG, when=day(31))) == [("role-not-allowed", "n1")]
    assert problems_of(lambda: cycle.object_to(open_, "n1", "No", by=PUBLIC, when=day(38))) == [("step-not-allowed", "n1")]
    said = cycle.object_to(open_, "n1", "Not so clean", by=PUBLIC, when=day(37))
    assert said["n1"].open_objections[0].department is None
    assert said.records[-1].based_on == (open_.publications["n1"].record,)
    zero = cycle.publish(run, days=0, by=ORG, when=day(30))
    assert cycle.object_to(zero, "n1", "At once", by=PUBLIC, when=day(30))["n1"].open_objections


def test_objections_to_published_results_are_settled() -> None:
    run = cycle.publish(final(), days=7, by=ORG, when=day(30))
    settle = lambda run, decision, **more: cycle.settle(run, "n1", decision, **({"by": ORG, "when": day(32), "why": "visited"} | more))  # noqa: E731
    (found,) = refusal(lambda: settle(run, Decision("none"))).problems
    assert found.code == "step-not-allowed" and "there is none" in found.expected
    run = cycle.object_to(run, "n1", "First", by=PUBLIC, when=day(31))
    first = len(run.records)
    one = settle(run, Decision("deduct", points=3))
    assert (one["n1"].outcome.exact, one["n1"].outcome.stars, one["n1"].state) == (17, 4, "final")  # type: ignore[union-attr]
    assert one.records[-1].based_on == (run["n1"].records["finalise"], first)
    assert one.records[-1].found["outcome"]["exact"] == "17"
    assert one.records[:-1] == run.records
    two = cycle.object_to(run, "n1", "Second", by=NORTH, when=day(31))
    assert problems_of(lambda: settle(two, Decision("none"))) == [("step-not-allowed", "n1")]
    assert problems_of(lambda: settle(two, Decision("none"), objection=first + 9)) == [("step-not-allowed", "n1")]
    assert problems_of(lambda: settle(two, Decision("none"), why=None)) == [("reason-missing", "n1")]
    assert problems_of(lambda: settle(two, Decision("at_most", grade="six"), objection=first)) == [("unknown-grade", "n1")]
    second = settle(two, Decision("none"), objection=first + 1)
    assert [each.record for each in second["n1"].open_objections] == [first]
    # Nothing goes back to the street while an objection is open, or can be raised.
    assert problems_of(lambda: cycle.feed_back(second, "n1", by=OFFICE, when=day(37))) == [("decision-missing", "n1"), ("window-open", "n1")]
    done = settle(second, Decision("fail"))
    assert problems_of(lambda: cycle.feed_back(done, "n1", by=OFFICE, when=day(37))) == [("window-open", "n1")]
    assert cycle.feed_back(done, "n1", by=OFFICE, when=day(38))["n1"].state == "fed_back"
    assert (done["n1"].outcome.stars, done["n1"].outcome.exact) == (1, 20)  # type: ignore[union-attr]


def test_what_must_be_published_is_not_fed_back_before() -> None:
    run = final(with_settings(publicity=Publicity(days=3)))
    assert problems_of(lambda: cycle.feed_back(run, "n1", by=OFFICE, when=day(40))) == [("window-open", "n1")]
    run = cycle.feed_back(cycle.publish(run, by=ORG, when=day(40)), by=OFFICE, when=day(44))
    assert set(states(run).values()) == {"fed_back"}
    assert run.records[-1].based_on == (run["e1"].records["finalise"], run["e1"].records["publish"])
    unpublished = cycle.feed_back(cycle.publish(final(), by=ORG, when=day(40)), by=OFFICE, when=day(40))
    assert set(states(unpublished).values()) == {"fed_back"}


def test_a_window_ends_on_a_day_that_there_is() -> None:
    run = final()
    late = lambda days: cycle.publish(run, "n1", days=days, by=ORG, when=date.max)  # noqa: E731
    assert problems_of(lambda: late(1)) == [("out-of-range", "n1")]
    assert late(0).publications["n1"].until == date.max


# Corrections


def test_a_correction_is_a_new_record() -> None:
    run = final(found={"n1": 19})
    old = [each.to_dict() for each in run.records]
    correct = lambda change, unit="n1", **more: cycle.correct(run, unit, change, **({"by": ORG, "when": day(60), "why": "a letter"} | more))  # noqa: E731
    by_decision = correct(Decision("at_most", grade=3))
    assert [each.to_dict() for each in by_decision.records[:-1]] == old and run["n1"].outcome.stars == 5  # type: ignore[union-attr]
    assert (by_decision["n1"].outcome.stars, by_decision["n1"].decisions) == (3, (Decision("at_most", grade="3"),))  # type: ignore[union-attr]
    assert by_decision.records[-1].data == {"decision": {"kind": "at_most", "grade": "3"}}
    assert by_decision.records[-1].based_on == (run["n1"].records["finalise"],)
    # One more is added to those before it, and all of them act in their order.
    twice = cycle.correct(by_decision, "n1", Decision("deduct", points=2), by=ORG, when=day(61), why="another letter")
    assert [each.kind for each in twice["n1"].outcome.steps] == ["at_most", "deduct"]  # type: ignore[union-attr]
    assert (twice["n1"].outcome.exact, twice["n1"].outcome.stars) == (17, 3)  # type: ignore[union-attr]
    by_finding = correct({"lamps.dark": 2})
    record = by_finding.records[-1]
    assert record.data == {"changes": {"lamps": {"dark": 2}}} and record.found["result"]["exact"] == "17"
    case = by_finding["n1"]
    assert case.corrected is not None and case.corrected.record == record.number
    assert (case.district, case.street) == (run["n1"].district, run["n1"].street)
    assert record.based_on == (run["n1"].district.record, run["n1"].records["finalise"])  # type: ignore[union-attr]
    assert by_finding.evaluation("n1").exact == 17 and by_finding["n1"].outcome.exact == 17  # type: ignore[union-attr]
    # Nobody reviewed this one, and what counts was the street's.
    alone = correct({"lamps.dark": 3}, "n3")
    assert alone["n3"].outcome.exact == 9 and alone["n3"].street == run["n3"].street and alone["n3"].district is None  # type: ignore[union-attr]
    for change, code in (({"lamps.dark": 99}, ("out-of-range", "n1.lamps.dark")), ({"lamp.dark": 1}, ("unknown-item", "n1.lamp")), (Decision("at_most", grade="six"), ("unknown-grade", "n1"))):
        assert problems_of(lambda change=change: correct(change)) == [code]
    assert problems_of(lambda: correct(Decision("none"), why=None)) == [("reason-missing", "n1")]
    assert problems_of(lambda: correct(Decision("none"), by=OFFICE)) == [("role-not-allowed", "n1")]
    assert problems_of(lambda: cycle.correct(planned(), "n1", Decision("none"), by=ORG, when=day(60), why="w")) == [("step-not-allowed", "n1")]
    fed = cycle.feed_back(run, by=OFFICE, when=day(50))
    assert cycle.correct(fed, "n1", Decision("fail"), by=ORG, when=day(60), why="w")["n1"].state == "final"
    # A decision is withdrawn by one more record.
    number = len(twice.records) - 1
    again = cycle.withdraw(twice, "n1", number, by=ORG, when=day(62), why="the letter was about another")
    assert (again["n1"].outcome.exact, again["n1"].outcome.stars) == (17, 4)  # type: ignore[union-attr]
    assert again.records[-1].data == {"withdraw": number} and again.records[: len(twice.records)] == twice.records
    for wrong in (number, 1, 999):
        assert problems_of(lambda wrong=wrong: cycle.withdraw(again, "n1", wrong, by=ORG, when=day(62), why="w")) == [("step-not-allowed", "n1")]
    assert problems_of(lambda: cycle.withdraw(run, "n1", 3, by=ORG, when=day(62), why="w")) == [("step-not-allowed", "n1")]


def test_a_correction_gives_no_grade_that_must_be_reviewed_or_asked_about() -> None:
    run = final(found={"n1": 19})
    assert run["n3"].review == "not_sampled"
    assert problems_of(lambda: cycle.correct(run, "n3", sheet(20), by=ORG, when=day(60), why="w")) == [("review-missing", "n3")]
    assert cycle.correct(run, "n3", {"lamps.dark": 3}, by=ORG, when=day(60), why="w")["n3"].state == "final"
    asked = final(with_settings(consultation=Consultation(departments=("safety",), about=("3",)), review=Review(all=())))
    (unit, *_) = [each for each in asked if asked[each].outcome.grade == "2"]  # type: ignore[union-attr]
    lifted = lambda: cycle.correct(asked, unit, sheet(12), by=ORG, when=day(60), why="w")  # noqa: E731
    assert ("answer-missing", unit) in problems_of(lifted)


def test_a_correction_is_of_the_tier_that_counts() -> None:
    before = final(with_settings(authority=("street", "district")), found={"n1": 4})
    run = cycle.correct(before, "n1", {"lamps.dark": 1}, by=ORG, when=day(60), why="w")
    case = run["n1"]
    assert case.street is not None and case.outcome is not None
    assert (case.street, case.district) == (before["n1"].street, before["n1"].district)
    assert case.corrected is not None and (case.corrected.result.exact, case.outcome.exact, case.outcome.counted) == (19, 19, "street")
    assert run.evaluation("n1").exact == 19 and run.sheets()["n1"]["lamps"] == {"dark": 1}


def test_a_correction_is_no_review() -> None:
    """A sample differs by what was found in its reviews, also in one that was replaced."""
    run = reviewed(planned())
    run = cycle.conclude(run, ["n4", "n3"], by=OFFICE, when=day(22))
    run = cycle.finalise(cycle.determine(run, "n4", by=GROUP, when=day(23)), "n4", by=ORG, when=day(24))
    register = Register(run)
    assert due(register, register.cases["n3"]) is None
    apply(register, Asked("correct", "n4", ORG, day(25), "w", {"changes": {"lamps": {"dark": 8}}}), RULES)
    assert due(register, register.cases["n3"]) is None
    other = cycle.override(planned(), {"n4": {"lamps.dark": 9}}, by=GROUP, when=day(20), why="first")
    other = cycle.override(other, {"n4": {}}, by=GROUP, when=day(21), why="second")
    assert other["n4"].differed and cycle.queue(other, by=OFFICE, when=day(21))["n3"].review == "queued"


# Awards, plans, the end


AWARDED = with_settings(awards=(Award(), Award(id="prize", grades=("5",))))


def test_awards_are_given_when_all_is_final() -> None:
    early = concluded(AWARDED)
    assert problems_of(lambda: cycle.award(early, "prize", by=ORG, when=day(30))) == [("step-not-allowed", unit) for unit in SCORES]
    run = final(AWARDED)
    assert problems_of(lambda: cycle.award(run, "prise", by=ORG, when=day(30))) == [("unknown-name", "award")]
    assert refusal(lambda: cycle.award(run, "prise", by=ORG, when=day(30))).problems[0].nearest == "prize"
    assert problems_of(lambda: cycle.award(run, by=OFFICE, when=day(30))) == [("role-not-allowed", "award")] * 2
    given = cycle.award(run, by=ORG, when=day(30))
    assert {name: (each.eligible, each.awarded) for name, each in given.awards.items()} == {"commendation": (("n1", "n2"), ("n1", "n2")), "prize": (("n1",), ("n1",))}
    record = given.records[-1]
    assert (record.unit, record.found, record.data) == (None, {"eligible": ["n1"], "awarded": ["n1"]}, {"award": "prize"})
    assert record.based_on == tuple(run[unit].records["finalise"] for unit in run)
    one = cycle.award(run, "prize", by=ORG, when=day(30))
    assert list(one.awards) == ["prize"] and one.awards["prize"].record == len(one.records)
    assert cycle.award(final(), by=ORG, when=day(30)).awards == {}


def test_those_who_were_not_reviewed_have_no_award_even_after_a_correction() -> None:
    units = with_settings(awards=(Award(grades=("3",)),))
    run = final(units)
    run = cycle.correct(run, "n3", {"lamps.dark": 1, "roads.holes": 7}, by=ORG, when=day(27), why="w")
    given = cycle.award(run, by=ORG, when=day(30)).awards["commendation"]
    assert given.eligible == ("s1", "n4")


def test_an_award_is_outdated_after_a_correction() -> None:
    run = cycle.award(final(AWARDED), by=ORG, when=day(30))
    run = cycle.correct(run, "n1", Decision("fail"), by=ORG, when=day(31), why="a letter")
    run = cycle.feed_back(run, by=OFFICE, when=day(32))
    assert problems_of(lambda: cycle.close(run, by=OFFICE, when=day(33))) == [("award-outdated", "commendation"), ("award-outdated", "prize")]
    again = cycle.award(run, "prize", by=ORG, when=day(33))
    assert again.awards["prize"].eligible == () and again.awards["commendation"].eligible == ("n1", "n2")
    assert problems_of(lambda: cycle.close(again, by=OFFICE, when=day(33))) == [("award-outdated", "commendation")]
    assert cycle.close(cycle.award(again, by=ORG, when=day(33)), by=OFFICE, when=day(33)).closed


def test_improvement_plans_are_mandatory_before_the_cycle_is_closed() -> None:
    run = cycle.feed_back(final(with_settings(improvement=("1", "2"))), by=OFFICE, when=day(30))
    close = lambda run: cycle.close(run, by=OFFICE, when=day(50))  # noqa: E731
    assert problems_of(lambda: close(run)) == [("plan-missing", "s2"), ("plan-missing", "e1")]
    plans = {unit: plan_for(run.evaluation(unit), unit=unit) for unit in ("s2", "e1")}
    whole = {unit: plan.with_measure("Mend the lamps", day(90), "The street") for unit, plan in plans.items()}
    run = cycle.plan_improvement(run, {"s2": plans["s2"]}, by=SOUTH, when=day(40))
    assert run.records[-1].found == {"complete": False, "open": 0} and run.records[-1].based_on == (run["s2"].records["finalise"],)
    (lacks, _) = refusal(lambda: close(run)).problems
    assert (lacks.code, lacks.path) == ("plan-missing", "s2") and "measure" in lacks.expected
    run = cycle.plan_improvement(run, {"s2": whole["s2"]}, by=SOUTH, when=day(41))
    run = cycle.plan_improvement(run, {"e1": whole["e1"]}, by=street_group("east"), when=day(41))
    assert run.records[-1].found == {"complete": True, "open": 1}
    assert ImprovementPlan.from_dict(run["e1"].plan or {}) == whole["e1"]
    assert close(run).closed
    done = cycle.plan_improvement(run, {"s2": whole["s2"].done(0, day(45))}, by=SOUTH, when=day(45))
    assert done.records[-1].found == {"complete": True, "open": 0}
    foreign = {
        "s2": whole["e1"],
        "e1": evolve(whole["e1"], digest="sha256:0"),
    }
    assert problems_of(lambda: cycle.plan_improvement(run, {"s2": foreign["s2"]}, by=SOUTH, when=day(45))) == [("conflicting-keys", "s2")]
    assert problems_of(lambda: cycle.plan_improvement(run, {"e1": foreign["e1"]}, by=street_group("east"), when=day(45))) == [("conflicting-keys", "e1")]
    assert problems_of(lambda: cycle.plan_improvement(run, {"s2": whole["s2"]}, by=NORTH, when=day(45))) == [("role-not-allowed", "s2")]
    assert tried(run, "plan_improvement", "s2", {"plan": {}}, by=SOUTH)[0] == ("missing-key", "s2.unit")


def test_the_cycle_is_closed_at_once_and_nothing_follows() -> None:
    run = cycle.publish(final(), days=7, by=ORG, when=day(30))
    run = cycle.object_to(run, "n1", "No", by=PUBLIC, when=day(31))
    assert problems_of(lambda: cycle.close(run, by=OFFICE, when=day(50))) == [
        ("step-not-allowed", unit) for unit in SCORES
    ]
    run = cycle.settle(run, "n1", Decision("none"), by=ORG, when=day(32), why="w")
    run = cycle.feed_back(run, by=OFFICE, when=day(38))
    assert problems_of(lambda: cycle.close(run, by=ORG, when=day(50))) == [("role-not-allowed", "close")]
    assert problems_of(lambda: cycle.close(run, by=OFFICE, when=day(37))) == [("out-of-range", "close")]
    closed = cycle.close(run, by=OFFICE, when=day(50))
    assert closed.closed and not run.closed
    assert set(states(closed).values()) == {"archived"} and all(closed[unit].is_final for unit in closed)
    assert closed.records[-8].found == {"grades": {"1": 1, "2": 1, "3": 3, "4": 1, "5": 1}}
    assert closed.records[-1].based_on == (run["e1"].records["feed_back"],)
    (found,) = refusal(lambda: cycle.correct(closed, "n1", Decision("fail"), by=ORG, when=day(60), why="w")).problems
    assert (found.code, found.path) == ("step-not-allowed", "n1") and "closed" in found.expected
    assert problems_of(lambda: cycle.close(closed, by=OFFICE, when=day(60))) == [("step-not-allowed", "close")]
    assert problems_of(lambda: cycle.award(evolve(closed, cycle=AWARDED), "prize", by=ORG, when=day(60))) == [("step-not-allowed", "award")]
    assert closed.final_results().keys() == SCORES.keys()


# Rubrics without a grade for everybody, or where fewer points are better


def test_unrated_results_go_through_a_cycle() -> None:
    units = [("a", "x"), ("b", "x")]
    settings = with_settings(review=Review(all=(), sample=None), improvement=("unrated",), methods="noted")
    run = started(with_settings(review=Review(all=(), sample=None)), units, rubric=UNRATED)
    assert settings.improvement == ("unrated",)
    by = street_group("x")
    run = cycle.assess(run, {"a": {"a": {"x": 0}}, "b": {"a": {"x": 9}}}, by=by, when=day(1))
    run = cycle.propose(run, by=by, when=day(1))
    run = cycle.submit(cycle.approve(run, by=committee("x"), when=day(1)), by=committee("x"), when=day(1))
    run = cycle.conclude(cycle.plan_review(run, seed="s", by=OFFICE, when=day(1)), by=OFFICE, when=day(1))
    run = cycle.finalise(cycle.determine(run, by=GROUP, when=day(1)), by=ORG, when=day(1))
    assert (run["b"].outcome.grade, run["b"].outcome.stars, run["b"].state) == ("unrated", None, "final")  # type: ignore[union-attr]
    run = cycle.close(cycle.feed_back(run, by=OFFICE, when=day(1)), by=OFFICE, when=day(1))
    assert run.records[-3].found == {"grades": {"5": 1, "unrated": 1}}
    results = run.final_results()
    assert results["b"].grade == "unrated"
    # Whoever was unrated is a baseline, as is who was not there.
    later = started(SHORT, [*units, ("c", "x")], rubric=UNRATED, earlier=results)
    assert later.earlier["b"] == results["b"]


def test_points_are_not_taken_off_where_fewer_are_better() -> None:
    faults = loads("""
rubric: faults
version: 1
total: 10
grades: [{stars: 2, up_to: 3}, {stars: 1}]
items: [{id: a, points: 10, evidence: {x: {type: count, range: 0..10}}, rules: [{deduct: 1, per: x}]}]
""")
    run = started(with_settings(review=Review(all=(), sample=None), consultation=Consultation(departments=("safety",))), [("a", "x")], rubric=faults)
    by = street_group("x")
    run = cycle.propose(cycle.assess(run, {"a": {"a": {"x": 2}}}, by=by, when=day(1)), by=by, when=day(1))
    run = cycle.submit(cycle.approve(run, by=committee("x"), when=day(1)), by=committee("x"), when=day(1))
    run = cycle.plan_review(run, seed="s", by=OFFICE, when=day(1))
    run = cycle.answer(run, objections={"a": "No"}, by=department("safety"), when=day(1))
    decide = lambda decision: cycle.decide(run, "a", decision, department="safety", by=OFFICE, when=day(1), why="w")  # noqa: E731
    assert problems_of(lambda: decide(Decision("deduct", points=1))) == [("conflicting-keys", "a")]
    run = cycle.determine(cycle.conclude(decide(Decision("fail")), by=OFFICE, when=day(1)), by=GROUP, when=day(1))
    run = cycle.finalise(run, by=ORG, when=day(1))
    assert run["a"].outcome.stars == 1  # type: ignore[union-attr]
    assert run.share(Fraction(2)) == Fraction(1, 5)


def test_an_open_rubric_has_no_shares() -> None:
    rubric = loads("""
rubric: counted
version: 1
grades: [{stars: 2, up_to: 3}, {stars: 1}]
items: [{id: a, points: none, evidence: {x: {type: count, range: 0..10}}, rules: [{award: 1, per: x}]}]
""")
    earlier = {"a": Earlier("2", 1, Fraction(1, 2), "sha256:another")}
    run = _through(started(SHORT, [("a", "x")], rubric=rubric, earlier=earlier), {"a": {"a": {"x": 4}}})
    assert run.share(Fraction(2)) is None and run.final_results()["a"].share is None
    assert run.history("a")[-2].found["outcome"]["by_share"] == {"of": "sha256:another", "change": None}
    assert (run["a"].outcome.exact, run["a"].outcome.stars) == (4, 1)  # type: ignore[union-attr]


def test_the_sheets_that_count() -> None:
    run = reviewed(planned(), {"n1": 15})
    found = run.sheets()
    assert (found["n1"], found["n3"]) == (sheet(15), sheet(12)) and set(found) == set(SCORES)
    found["n1"].clear()
    assert run.sheets("street")["n1"] == sheet(20)
    assert set(run.sheets("district")) == set(SCORES) - {"n3", "s2"} and run.sheets("district")["n1"] == sheet(15)
    assert started().sheets() == {}
    assert problems_of(lambda: run.sheets("districts")) == [("unknown-value", "tier")]  # type: ignore[arg-type]


def _through(run: Run, sheets: dict[str, Any]) -> Run:
    """Bring a run of one street, without reviews and departments, to its final results."""
    (street,) = run.streets
    by, chair = street_group(street), committee(street)
    run = cycle.propose(cycle.assess(run, sheets, by=by, when=day(1)), by=by, when=day(1))
    run = cycle.submit(cycle.approve(run, by=chair, when=day(1)), by=chair, when=day(1))
    run = cycle.conclude(cycle.plan_review(run, seed="s", by=OFFICE, when=day(1)), by=OFFICE, when=day(1))
    return cycle.finalise(cycle.determine(run, by=GROUP, when=day(1)), by=ORG, when=day(1))


# History


def test_last_year_is_the_base() -> None:
    digest = rubric_digest(RUBRIC)
    earlier = {"n1": Earlier("4", 17, Fraction(17, 20), digest), "n2": Earlier("5"), "n3": Earlier("3", 12, Fraction(3, 5), "sha256:old"), "n4": Earlier("unrated"), "s1": Earlier("2", digest="sha256:old")}
    run = final(SHORT, earlier=earlier)
    found = {unit: (run[unit].outcome.progress, run[unit].outcome.last) for unit in run}  # type: ignore[union-attr]
    assert found == {"n1": ("up", "4"), "n2": ("down", "5"), "n3": ("same", "3"), "n4": (None, "unrated"), "s1": ("up", "2"), "s2": (None, None), "e1": (None, None)}
    by_share = {unit: run.history(unit)[-2].found["outcome"].get("by_share") for unit in run}
    assert by_share == dict.fromkeys(run) | {"n3": {"of": "sha256:old", "change": "0"}, "s1": {"of": "sha256:old", "change": None}}
    assert run.history("n1")[-2].found["outcome"]["progress"] == "up"
    # Nothing of it moves a star, unless the cycle says so.
    assert stars(run) == stars(final(SHORT))


@pytest.mark.parametrize(
    ("history", "expected"),
    [
        (History(add=1), {"n1": 5, "n2": 5, "n3": 3, "s2": 3, "e1": 1}),
        (History(up=1), {"n1": 4, "n2": 4, "n3": 3, "s2": 2, "e1": 1}),
        (History(down=1), {"n1": 5, "n2": 4, "n3": 3, "s2": 2, "e1": 4}),
        (History(add=1, up=0), {"n1": 3, "n2": 3, "n3": 3, "s2": 1, "e1": 1}),
    ],
)
def test_promotion_and_limits(history: History, expected: dict[str, int]) -> None:
    last = {"n1": "3", "n2": "3", "n3": "4", "s2": "1", "e1": "5"}
    run = final(evolve(SHORT, history=history), earlier={unit: Earlier(grade) for unit, grade in last.items()})
    found = stars(run)
    assert {unit: found[unit] for unit in expected} == expected


def test_results_of_one_year_are_the_earlier_ones_of_the_next() -> None:
    first = final(SHORT)
    second = final(SHORT, SCORES | {"s2": 12}, earlier=first.final_results())
    assert second["s2"].outcome.progress == "up" and second["n1"].outcome.progress == "same"  # type: ignore[union-attr]
    assert "by_share" not in second.history("s2")[-2].found["outcome"]


# Given numbers


def test_given_numbers_of_a_unit_and_of_the_cycle() -> None:
    units = [Unit("a", "x", given={"assessee": {"people": 2000}}), Unit("b", "x", given={"assessee.people": 10}), Unit("c", "x", given={"cycle": {"weather": "3.5"}} and {"assessee": {}}), Unit("d", "x")]
    sheets = {unit.id: sheet(20) for unit in units}
    run = _through(started(SHORT, units), sheets)
    assert {unit: run[unit].outcome.exact for unit in run} == {"a": 19, "b": 20, "c": 20, "d": 20}  # type: ignore[union-attr]
    weather: dict[str, Any] = {"cycle": {"weather": 3.5}}
    run = _through(started(SHORT, units, given=weather), sheets)
    weather["cycle"]["weather"] = 1
    assert {unit: run[unit].outcome.exact for unit in run} == {"a": 18, "b": 19, "c": 19, "d": 19}  # type: ignore[union-attr]
    assert run.evaluation("a").exact == 18
    assert run.given_of(run["b"].unit) == {"cycle": {"weather": 3.5}, "assessee": {"people": 10}}
    own = started(SHORT, [Unit("a", "x", given={"cycle": {"weather": Fraction(5, 2)}})], given={"cycle.weather": 9})
    assert own.given_of(own["a"].unit) == {"cycle": {"weather": 2.5}}
    assert problems_of(lambda: started(units=[Unit("a", "x", given={"cycle": 5, "assessee": {"people": "9"}})], given={"cycle": {"weather": object()}})) == [
        ("not-a-mapping", "a.cycle"), ("wrong-type", "a.assessee.people"), ("wrong-type", "given.cycle.weather"),
    ]
    wrong = started(units=[Unit("a", "north", given={"assessee": {"peple": 9}})])
    assert problems_of(lambda: cycle.assess(wrong, {"a": sheet(20)}, by=NORTH, when=day(1))) == [("unknown-field", "a.assessee.peple")]
    assert evaluate(RUBRIC, sheet(20), given=run.given_of(run["a"].unit)).exact == 18


def test_a_cycle_is_a_value() -> None:
    assert Cycle(name="a") == Cycle(name="a") and hash(Cycle(name="a")) == hash(Cycle(name="a"))
    titled = Consultation(departments={"safety": "Safety", "health": None})
    assert titled.names == DEPARTMENTS and Consultation(departments=titled.departments) == titled
    assert Review(all=5).all == ("5",) and Consultation(about=5).about == ("5",)  # type: ignore[arg-type]
