"""Laws of a cycle: whatever is tried, in whatever order, nothing is final that should not be.

A state machine tries random steps by random actors on a small made-up district. A model beside
it, written by hand from the rules of the scheme, says which of them must be refused.
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from hashlib import sha256
from typing import Any, ClassVar

from attrs import define, evolve, field
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from cycle_runs import (
    DEPARTMENTS,
    GROUP,
    OFFICE,
    ORG,
    PLAIN,
    PUBLIC,
    committee,
    day,
    department,
    sheet,
    started,
    street_group,
    with_settings,
)
from rubric_engine import cycle
from rubric_engine.cycle import (
    Actor,
    Award,
    Consultation,
    Cycle,
    Decision,
    Earlier,
    History,
    Places,
    Review,
    Run,
    Sample,
)
from rubric_engine.errors import InvalidStep

UNITS = (("n1", "north"), ("n2", "north"), ("n3", "north"), ("n4", "north"), ("s1", "south"), ("s2", "south"), ("e1", "east"))
STREETS = ("north", "south", "east")
STREET_OF = dict(UNITS)
SCORES = (20, 18, 17, 15, 14, 12, 10, 9, 6, 5, 4)
ANYBODY = (
    OFFICE, GROUP, ORG, PUBLIC, *map(street_group, STREETS), *map(committee, STREETS), *map(department, DEPARTMENTS),
    Actor("a", "department", department="fire"), Actor("a", "street_group"), Actor("a", "mayor"),
)  # fmt: skip


def stars_of(score: int | Fraction) -> int:
    return 5 if score >= 18 else 4 if score >= 15 else 3 if score >= 10 else 2 if score >= 5 else 1


@define
class Known:
    """What the model knows of a unit."""

    state: str = "draft"
    street: int = 0
    district: int | None = None
    #: Whether any review differed too much.
    differed: bool = False
    review: str | None = None
    #: For each department that answered: "no", "open" or "decided".
    answers: dict[str, str] = field(factory=dict)
    since: int = 0
    #: The last day of the window; None where there is none.
    until: int | None = None
    published: bool = False
    raised: int = 0


STATE_AFTER = {"propose": "proposed", "approve": "approved", "send_back": "returned", "submit": "submitted", "finalise": "final", "feed_back": "fed_back", "conclude": "consulted"}
STATE_BEFORE = {
    "assess": ("draft", "assessed", "returned"),
    "propose": ("assessed",),
    "approve": ("proposed",),
    "send_back": ("proposed",),
    "submit": ("approved",),
    "review": ("under_review", "sampled"),
    "answer": ("under_review", "sampled", "not_sampled"),
    "decide": ("under_review", "sampled", "not_sampled"),
    "conclude": ("under_review", "sampled", "not_sampled"),
    "determine": ("consulted",),
    "finalise": ("redetermined", "confirmed"),
    "publish": ("final",),
    "object": ("final",),
    "settle": ("final",),
    "correct": ("final", "fed_back"),
    "feed_back": ("final",),
}


class District(RuleBasedStateMachine):
    """A district's year in which anybody tries anything."""

    SIMPLE: ClassVar[dict[str, Callable[..., Run]]] = {
        "propose": cycle.propose, "approve": cycle.approve, "submit": cycle.submit, "conclude": cycle.conclude,
        "determine": cycle.determine, "finalise": cycle.finalise, "feed_back": cycle.feed_back,
    }  # fmt: skip

    @initialize(
        departments=st.sampled_from([(), DEPARTMENTS[:1], DEPARTMENTS]),
        about=st.sampled_from(["all", "reviewed"]),
        queue_after=st.sampled_from([None, 1, 1, 2]),
        share=st.sampled_from(["0", "1/2", "1"]),
        scores=st.lists(st.sampled_from(SCORES), min_size=len(UNITS), max_size=len(UNITS)),
        submitted=st.sampled_from([0, 1, 2, 2, 2, 2]),
    )
    def begin(self, departments: Any, about: Any, queue_after: Any, share: str, scores: list[int], submitted: int) -> None:
        self.day = 10
        self.cycle = with_settings(
            consultation=Consultation(departments=departments, about=about),
            review=Review(queue_after=queue_after, sample=Sample(share=share)),
        )
        self.run = started(self.cycle, UNITS)
        self.known = {unit: Known() for unit, _ in UNITS}
        self.closed = False
        for (unit, street), score in zip(UNITS, scores, strict=True):
            if submitted:
                self.run = cycle.assess(self.run, {unit: sheet(score)}, by=street_group(street), when=day(1))
                self.known[unit] = Known("assessed", score, since=1)
        for street in STREETS:
            for step in ("propose", "approve", "submit")[: 3 if submitted == 2 else 0]:
                by = street_group(street) if step == "propose" else committee(street)
                self.run = self.SIMPLE[step](self.run, by=by, when=day(1))
                for unit in self.run.streets[street]:
                    self.known[unit].state = STATE_AFTER[step]

    # What the model says

    def right(self, step: str, street: str | None, name: str | None = None) -> Actor:
        if step in ("assess", "propose"):
            return street_group(street or "")
        if step in ("approve", "send_back", "submit"):
            return committee(street or "")
        if step == "answer":
            return department(name or "")
        if step in ("plan_review", "queue", "decide", "conclude", "feed_back", "close"):
            return OFFICE
        if step in ("review", "determine"):
            return GROUP
        return PUBLIC if step == "object" else ORG

    def may(self, step: str, by: Actor, unit: str | None, name: str | None = None) -> bool:
        right = self.right(step, STREET_OF.get(unit or ""), name)
        if step == "object":
            return by.role == "public" or (by.role == "street_group" and by.street == STREET_OF[unit or ""])
        return (by.role, by.street, by.department) == (right.role, right.street, right.department)

    def sample(self, street: str) -> tuple[bool, int]:
        """Say whether the sample of a street is concluded, and how many of it differ."""
        drawn = [each for unit, each in self.known.items() if STREET_OF[unit] == street and each.review == "sampled"]
        return all(each.state != "sampled" for each in drawn), sum(each.differed for each in drawn)

    def is_reviewed(self, unit: str, score: int) -> None:
        each = self.known[unit]
        each.district, each.since = score, self.day
        each.differed |= abs(each.street - score) > 2 or stars_of(each.street) != stars_of(score)

    def must_queue(self, street: str) -> bool:
        after = self.cycle.review.queue_after
        return after is not None and self.sample(street)[1] >= after

    def asked_about(self, each: Known) -> bool:
        return self.cycle.consultation.about == "all" or each.review != "not_sampled"

    def allows(self, step: str, unit: str, name: str | None = None, when: int | None = None) -> bool:
        each = self.known[unit]
        if self.closed or each.state not in STATE_BEFORE[step] or (when or self.day) < each.since:
            return False
        if step == "conclude":
            names = self.cycle.consultation.names if self.asked_about(each) else ()
            return (each.district is not None or each.review == "not_sampled") and all(each_ in each.answers for each_ in names) and "open" not in each.answers.values()
        if step == "determine":
            street = STREET_OF[unit]
            return each.review != "not_sampled" or (self.sample(street)[0] and not self.must_queue(street))
        if step == "answer":
            return name in self.cycle.consultation.names and self.asked_about(each) and each.answers.get(name or "") != "decided"
        if step == "decide":
            return each.answers.get(name or "") == "open"
        if step == "publish":
            return not each.published
        if step == "object":
            return each.until is not None and self.day <= each.until
        if step == "settle":
            return each.raised == 1
        if step == "feed_back":
            return not each.raised and (each.until is None or self.day > each.until)
        return True

    # Trying

    def tries(self, expected: bool, step: Callable[[], Run]) -> bool:
        before, records, cases = self.run, self.run.records, dict(self.run.cases)
        told = [each.to_dict() for each in records[-3:]]
        try:
            after = step()
        except InvalidStep as error:
            assert not expected, error
            assert error.problems
            assert self.run is before and before.records is records and dict(before.cases) == cases
            return False
        assert expected, "a step was recorded that must be refused"
        assert after.records[: len(records)] == records and [each.to_dict() for each in records[-3:]] == told
        self.run = after
        return True

    def actor(self, data: st.DataObject, step: str, unit: str | None, name: str | None = None) -> Actor:
        if data.draw(st.integers(0, 4), "who") == 4:
            return data.draw(st.sampled_from(ANYBODY), "anybody")
        return self.right(step, STREET_OF.get(unit or ""), name)

    def likely(self, data: st.DataObject, step: str) -> str:
        """Draw a unit for a step, mostly one in its state."""
        there = [unit for unit, each in self.known.items() if each.state in STATE_BEFORE[step]]
        if there and data.draw(st.integers(0, 4), "which") < 4:
            return data.draw(st.sampled_from(there), "unit")
        return data.draw(st.sampled_from([unit for unit, _ in UNITS]), "any unit")

    def step(self, data: st.DataObject) -> str:
        """Draw a step, mostly one that can be recorded for somebody in his state."""
        there = [step for step in sorted(self.SIMPLE) if any(each.state in STATE_BEFORE[step] for each in self.known.values())]
        if there and data.draw(st.integers(0, 5), "which step") < 5:
            return data.draw(st.sampled_from(there), "step")
        return data.draw(st.sampled_from(sorted(self.SIMPLE)), "any step")

    @rule(data=st.data())
    def one_unit(self, data: st.DataObject) -> None:
        step = self.step(data)
        unit = self.likely(data, step)
        by = self.actor(data, step, unit)
        if self.tries(self.may(step, by, unit) and self.allows(step, unit), lambda: self.SIMPLE[step](self.run, unit, by=by, when=day(self.day))):
            self.goes_on(step, unit)

    @rule(data=st.data())
    def all_that_can(self, data: st.DataObject) -> None:
        """Bring those on who lack nothing, so that the end of a year is reached."""
        self.bring_on(self.step(data))

    def bring_on(self, step: str) -> None:
        for street in STREETS:
            units = [unit for unit in self.run.streets[street] if self.allows(step, unit)]
            self.tries(True, lambda street=street, units=units: self.SIMPLE[step](self.run, units, by=self.right(step, street), when=day(self.day)))
            for unit in units:
                self.goes_on(step, unit)

    @rule(data=st.data())
    def all_units(self, data: st.DataObject) -> None:
        step = self.step(data)
        street = data.draw(st.sampled_from(STREETS))
        by = self.right(step, street)
        units = [unit for unit, each in self.known.items() if each.state in STATE_BEFORE[step] and by.street in (None, STREET_OF[unit])]
        if self.tries(bool(units) and all(self.allows(step, unit) for unit in units), lambda: self.SIMPLE[step](self.run, by=by, when=day(self.day))):
            for unit in units:
                self.goes_on(step, unit)

    def goes_on(self, step: str, unit: str) -> None:
        each = self.known[unit]
        each.since = self.day
        if step == "determine":
            each.state = self.run[unit].state
            assert each.state in ("confirmed", "redetermined")
        else:
            each.state = STATE_AFTER[step]

    @precondition(lambda self: any(each.state in ("draft", "returned") for each in self.known.values()))
    @rule(data=st.data(), score=st.sampled_from(SCORES))
    def all_sheets(self, data: st.DataObject, score: int) -> None:
        street = data.draw(st.sampled_from(STREETS))
        units = [unit for unit in self.run.streets[street] if self.known[unit].state in ("draft", "returned") and not self.closed]
        self.tries(True, lambda: cycle.assess(self.run, {unit: sheet(score) for unit in units}, by=street_group(street), when=day(self.day)))
        for unit in units:
            self.known[unit] = Known("assessed", score, since=self.day)

    @precondition(lambda self: any(each.state in STATE_BEFORE["assess"] for each in self.known.values()))
    @rule(data=st.data(), score=st.sampled_from(SCORES))
    def a_sheet(self, data: st.DataObject, score: int) -> None:
        unit = self.likely(data, "assess")
        by = self.actor(data, "assess", unit)
        if self.tries(self.may("assess", by, unit) and self.allows("assess", unit), lambda: cycle.assess(self.run, {unit: sheet(score)}, by=by, when=day(self.day))):
            self.known[unit] = Known("assessed", score, since=self.day)

    @rule(score=st.sampled_from(SCORES))
    def the_year_goes_on(self, score: int) -> None:
        """Do what is next for those who are not further yet."""
        states = {each.state for each in self.known.values()}
        ready = [street for street, units in self.run.streets.items() if all(self.known[unit].state == "submitted" for unit in units)]
        first_tier = [step for step in ("propose", "approve", "submit") if states & set(STATE_BEFORE[step])]
        if first_tier:
            self.bring_on(first_tier[0])
        elif ready:
            self.tries(True, lambda: cycle.plan_review(self.run, seed="1", by=OFFICE, when=day(self.day)))
            for street in ready:
                self.is_planned(street)
        elif any(each.state in ("sampled", "under_review") and each.district is None for each in self.known.values()):
            self.reviews_of_all_that_wait(score=score)
        else:
            for name in self.cycle.consultation.names:
                self.answers_about_all(name=name)
            for step in ("conclude", "determine", "finalise"):
                self.bring_on(step)
            for street in STREETS:
                self.queues(street, OFFICE)

    @precondition(lambda self: any(each.state == "proposed" for each in self.known.values()))
    @rule(data=st.data(), why=st.sampled_from(["holes", "holes", None, " "]))
    def sent_back(self, data: st.DataObject, why: str | None) -> None:
        unit = self.likely(data, "send_back")
        by = self.actor(data, "send_back", unit)
        expected = self.may("send_back", by, unit) and self.allows("send_back", unit) and why == "holes"
        if self.tries(expected, lambda: cycle.send_back(self.run, unit, by=by, when=day(self.day), why=why)):
            self.goes_on("send_back", unit)

    @precondition(lambda self: any(each.state == "submitted" for each in self.known.values()))
    @rule(data=st.data(), street=st.sampled_from(STREETS), seed=st.sampled_from(["1", "2", "3"]))
    def a_plan(self, data: st.DataObject, street: str, seed: str) -> None:
        by = self.actor(data, "plan_review", None)
        units = self.run.streets[street]
        expected = by == OFFICE and not self.closed and all(self.known[unit].state == "submitted" and self.known[unit].since <= self.day for unit in units)
        if self.tries(expected, lambda: cycle.plan_review(self.run, street, seed=seed, by=by, when=day(self.day))):
            self.is_planned(street)

    def is_planned(self, street: str) -> None:
        units = self.run.streets[street]
        others = [unit for unit in units if stars_of(self.known[unit].street) < 4]
        share = self.cycle.review.sample.share  # type: ignore[union-attr]
        size = min(len(others), max(1, int(share * len(others) + Fraction(1, 2))))
        found = {unit: self.run[unit].review for unit in units}
        assert [found[unit] for unit in units if unit not in others] == ["all"] * (len(units) - len(others))
        assert sorted(found[unit] or "" for unit in others) == ["not_sampled"] * (len(others) - size) + ["sampled"] * size
        for unit in units:
            each = self.known[unit]
            each.review, each.since = found[unit], self.day
            each.state = {"all": "under_review", "sampled": "sampled", "not_sampled": "not_sampled"}[found[unit] or ""]

    @precondition(lambda self: any(each.state in STATE_BEFORE["review"] for each in self.known.values()))
    @rule(data=st.data(), far=st.booleans(), score=st.sampled_from(SCORES), why=st.sampled_from(["report", "report", ""]))
    def a_review(self, data: st.DataObject, far: bool, score: int, why: str) -> None:
        unit = self.likely(data, "review")
        by = self.actor(data, "review", unit)
        score = score if far else self.known[unit].street or 20
        if self.tries(self.may("review", by, unit) and self.allows("review", unit) and bool(why), lambda: cycle.review(self.run, {unit: sheet(score)}, by=by, when=day(self.day), why=why)):
            self.is_reviewed(unit, score)

    @precondition(lambda self: any(each.state in ("sampled", "under_review") and each.district is None for each in self.known.values()))
    @rule(score=st.sampled_from(SCORES))
    def reviews_of_all_that_wait(self, score: int) -> None:
        waiting = [unit for unit, each in self.known.items() if each.state in ("sampled", "under_review") and each.district is None]
        scores = {unit: score if unit == waiting[0] else self.known[unit].street for unit in waiting}
        self.tries(True, lambda: cycle.review(self.run, {unit: sheet(each) for unit, each in scores.items()}, by=GROUP, when=day(self.day), why="report"))
        for unit in waiting:
            self.is_reviewed(unit, scores[unit])

    @precondition(lambda self: any(each.review == "sampled" for each in self.known.values()))
    @rule(data=st.data(), street=st.sampled_from(STREETS))
    def a_queue(self, data: st.DataObject, street: str) -> None:
        self.queues(street, self.actor(data, "queue", None))

    def queues(self, street: str, by: Actor) -> None:
        rest = [unit for unit, each in self.known.items() if STREET_OF[unit] == street and each.review == "not_sampled" and each.state in ("not_sampled", "consulted")]
        expected = by == OFFICE and not self.closed and self.must_queue(street) and bool(rest)
        if self.tries(expected, lambda: cycle.queue(self.run, street, by=by, when=day(self.day))):
            for unit in rest:
                self.known[unit].state, self.known[unit].review, self.known[unit].since = "sampled", "queued", self.day

    @precondition(lambda self: self.cycle.consultation.names and any(each.state in STATE_BEFORE["answer"] for each in self.known.values()))
    @rule(data=st.data(), name=st.sampled_from([*DEPARTMENTS, "fire"]), grounds=st.sampled_from([None, None, "smoke", " "]))
    def an_answer(self, data: st.DataObject, name: str, grounds: str | None) -> None:
        unit = self.likely(data, "answer")
        by = self.actor(data, "answer", unit, name)
        expected = by.role == "department" and self.allows("answer", unit, by.department) and grounds != " "
        # What was objected to needs a decision; it is not answered away.
        expected = expected and not (grounds is None and self.known[unit].answers.get(by.department or "") == "open")
        objections = {} if grounds is None else {unit: grounds}
        if self.tries(expected, lambda: cycle.answer(self.run, [unit], objections=objections, by=by, when=day(self.day))):
            self.known[unit].answers[by.department or ""] = "no" if grounds is None else "open"
            self.known[unit].since = self.day

    @precondition(lambda self: self.cycle.consultation.names)
    @rule(name=st.sampled_from(DEPARTMENTS))
    def answers_about_all(self, name: str) -> None:
        by = department(name)
        units = [unit for unit, each in self.known.items() if each.state in STATE_BEFORE["answer"] and name not in each.answers and self.asked_about(each)]
        expected = name in self.cycle.consultation.names or not units
        if self.tries(expected, lambda: cycle.answer(self.run, by=by, when=day(self.day))):
            for unit in units:
                self.known[unit].answers[name], self.known[unit].since = "no", self.day

    @precondition(lambda self: any("open" in each.answers.values() for each in self.known.values()))
    @rule(data=st.data(), name=st.sampled_from(DEPARTMENTS), decision=st.sampled_from([Decision("none"), Decision("fail"), Decision("deduct", points=3), Decision("at_most", grade=3)]), why=st.sampled_from(["seen", "seen", None]))
    def a_decision(self, data: st.DataObject, name: str, decision: Decision, why: str | None) -> None:
        unit = data.draw(st.sampled_from([unit for unit, each in self.known.items() if "open" in each.answers.values()]))
        by = self.actor(data, "decide", unit)
        expected = self.may("decide", by, unit) and self.allows("decide", unit, name) and why is not None
        if self.tries(expected, lambda: cycle.decide(self.run, unit, decision, department=name, by=by, when=day(self.day), why=why)):
            self.known[unit].answers[name], self.known[unit].since = "decided", self.day

    @precondition(lambda self: any(each.state in ("final", "fed_back", "confirmed") for each in self.known.values()))
    @rule(data=st.data(), days=st.sampled_from([None, 0, 3]))
    def a_publication(self, data: st.DataObject, days: int | None) -> None:
        unit = self.likely(data, "publish")
        by = self.actor(data, "publish", unit)
        if self.tries(self.may("publish", by, unit) and self.allows("publish", unit), lambda: cycle.publish(self.run, unit, days=days, by=by, when=day(self.day))):
            each = self.known[unit]
            each.published, each.until, each.since = True, None if days is None else self.day + days, self.day

    @precondition(lambda self: any(each.published for each in self.known.values()))
    @rule(data=st.data())
    def an_objection(self, data: st.DataObject) -> None:
        unit = self.likely(data, "object")
        by = self.actor(data, "object", unit)
        if self.tries(self.may("object", by, unit) and self.allows("object", unit), lambda: cycle.object_to(self.run, unit, "no", by=by, when=day(self.day))):
            self.known[unit].raised += 1
            self.known[unit].since = self.day

    @precondition(lambda self: any(each.published for each in self.known.values()))
    @rule(data=st.data(), decision=st.sampled_from([Decision("none"), Decision("fail")]))
    def a_settlement(self, data: st.DataObject, decision: Decision) -> None:
        unit = self.likely(data, "settle")
        by = self.actor(data, "settle", unit)
        if self.tries(self.may("settle", by, unit) and self.allows("settle", unit), lambda: cycle.settle(self.run, unit, decision, by=by, when=day(self.day), why="seen")):
            self.known[unit].raised -= 1
            self.known[unit].since = self.day

    @precondition(lambda self: any(each.state in ("final", "fed_back") for each in self.known.values()))
    @rule(data=st.data(), change=st.sampled_from([Decision("deduct", points=1), Decision("at_most", grade=2)]))
    def a_correction(self, data: st.DataObject, change: Decision) -> None:
        unit = self.likely(data, "correct")
        by = self.actor(data, "correct", unit)
        if self.tries(self.may("correct", by, unit) and self.allows("correct", unit), lambda: cycle.correct(self.run, unit, change, by=by, when=day(self.day), why="late")):
            # What was fed back has to be fed back again.
            self.known[unit].state, self.known[unit].since = "final", self.day

    @precondition(lambda self: any(each.state == "fed_back" for each in self.known.values()))
    @rule(data=st.data())
    def the_end(self, data: st.DataObject) -> None:
        by = self.actor(data, "close", None)
        expected = by == OFFICE and not self.closed and all(each.state == "fed_back" and not each.raised for each in self.known.values())
        if self.tries(expected, lambda: cycle.close(self.run, by=by, when=day(self.day))):
            self.closed = True
            for each in self.known.values():
                each.state = "archived"

    @rule(data=st.data(), step=st.sampled_from(["propose", "conclude", "finalise"]))
    def a_step_that_goes_back_in_time(self, data: st.DataObject, step: str) -> None:
        unit = self.likely(data, step)
        by = self.right(step, STREET_OF[unit])
        self.tries(False, lambda: self.SIMPLE[step](self.run, unit, by=by, when=day(0)))
        self.day += data.draw(st.integers(0, 4), "days")

    # What holds after every step

    @invariant()
    def the_states_are_those_of_the_model(self) -> None:
        assert {unit: self.run[unit].state for unit in self.run} == {unit: each.state for unit, each in self.known.items()}
        assert self.run.closed == self.closed

    @invariant()
    def the_records_are_in_order(self) -> None:
        last: dict[str, str] = {}
        for place, each in enumerate(self.run.records, 1):
            assert each.number == place
            assert all(0 < number < place for number in each.based_on)
            assert all(self.run.records[number - 1].when <= each.when for number in each.based_on)
            if each.unit is not None:
                assert each.before == last.get(each.unit, "draft")
                last[each.unit] = each.after or ""
        assert all(self.run[unit].state == state for unit, state in last.items())

    @invariant()
    def what_is_final_has_all_that_it_needs_on_record(self) -> None:
        for unit in self.run.in_state("final", "fed_back", "archived"):
            self.has_all(unit)

    def has_all(self, unit: str) -> None:
        """Check the records of one unit alone, without the states that the library keeps."""
        records = self.run.history(unit)
        numbers = {step: [each.number for each in records if each.step == step] for step in STATE_BEFORE}
        plan = max(each.number for each in records if each.step == "plan_review")
        (determined,), (finalised,) = numbers["determine"], numbers["finalise"]
        concluded = numbers["conclude"][-1]
        assert numbers["submit"][-1] < plan < concluded < determined < finalised
        kind = [each.found["review"] for each in records if each.step in ("plan_review", "queue")][-1]
        if kind == "not_sampled":
            self.was_not_due(unit, determined)
        else:
            assert plan < numbers["review"][-1] < concluded
            review = self.run.records[numbers["review"][-1] - 1]
            assert review.by.role == "supervision_group" and review.why
        if self.cycle.consultation.about == "all" or kind != "not_sampled":
            for name in self.cycle.consultation.names:
                answer = [each for each in records if each.step == "answer" and each.data["department"] == name][-1]
                assert plan < answer.number < concluded and answer.by.department == name
                if answer.data["objection"] is not None:
                    (decision,) = [each for each in records if each.step == "decide" and each.data["department"] == name]
                    assert answer.number < decision.number < concluded and decision.why
        assert self.run.records[finalised - 1].by.role == "organisation_department"

    def was_not_due(self, unit: str, determined: int) -> None:
        before = self.run.records[:determined]
        street = [each for each in before if each.unit is not None and STREET_OF[each.unit] == STREET_OF[unit]]
        drawn = {each.unit for each in street if each.step == "plan_review" and each.found["review"] == "sampled"}
        reviewed = {each.unit for each in street if each.step == "review"}
        differed = {each.unit for each in street if each.step == "review" and each.found["differs"]}
        assert drawn <= reviewed and drawn <= {each.unit for each in street if each.step == "conclude"}
        after = self.cycle.review.queue_after
        assert after is None or len(drawn & differed) < after


TestDistrict = District.TestCase
TestDistrict.settings = settings(max_examples=1 + 2 * settings.default.max_examples // 3, stateful_step_count=80)


# Whole years


@define
class Year:
    """What is found in a year; nothing in it depends on an order."""

    scores: dict[str, int]
    found: dict[str, int]
    objections: dict[str, Decision]
    last: dict[str, Earlier]


@st.composite
def years(draw: Callable[..., Any]) -> Year:
    units = [unit for unit, _ in UNITS]
    score = st.sampled_from(SCORES)
    decision = st.sampled_from([Decision("none"), Decision("fail"), Decision("deduct", points="2.5"), Decision("at_most", grade=3)])
    return Year(
        draw(st.fixed_dictionaries(dict.fromkeys(units, score))),
        draw(st.dictionaries(st.sampled_from(units), score, max_size=4)),
        draw(st.dictionaries(st.sampled_from(units), decision, max_size=4)),
        draw(st.dictionaries(st.sampled_from(units), st.sampled_from("12345").map(Earlier), max_size=7)),
    )


def carried_out(settings_: Cycle, year: Year, streets: list[str], units: list[tuple[str, str]]) -> Run:
    """Carry out a year, street by street in an order."""
    run = started(settings_, units, earlier=year.last)
    for number, street in enumerate(streets):
        mine = run.streets[street]
        run = cycle.assess(run, {unit: sheet(year.scores[unit]) for unit in mine}, by=street_group(street), when=day(number))
        run = cycle.propose(run, by=street_group(street), when=day(number))
        run = cycle.submit(cycle.approve(run, by=committee(street), when=day(number)), by=committee(street), when=day(number))
        run = cycle.plan_review(run, street, seed="seed", by=OFFICE, when=day(number))
    for number in (20, 22):
        for street in streets:
            waiting = [unit for unit in run.streets[street] if run[unit].state in ("under_review", "sampled") and run[unit].district is None]
            run = cycle.review(run, {unit: sheet(year.found.get(unit, year.scores[unit])) for unit in waiting}, by=GROUP, when=day(number), why="report")
        run = cycle.queue(run, by=OFFICE, when=day(number + 1))
    run = cycle.answer(run, objections=dict.fromkeys(year.objections, "smoke"), by=department("safety"), when=day(23))
    for unit, decision in year.objections.items():
        run = cycle.decide(run, unit, decision, department="safety", by=OFFICE, when=day(23), why="seen")
    run = cycle.determine(cycle.conclude(run, by=OFFICE, when=day(24)), by=GROUP, when=day(25))
    run = cycle.award(cycle.finalise(run, by=ORG, when=day(26)), by=ORG, when=day(27))
    return cycle.close(cycle.feed_back(run, by=OFFICE, when=day(28)), by=OFFICE, when=day(29))


HISTORIES = st.builds(History, up=st.sampled_from([None, 0, 1]), down=st.sampled_from([None, 0, 1]), add=st.sampled_from([0, 0, 1]))
AWARDS = (Award(), Award(id="prize", grades=("5", "4", "3"), reviewed=False, quota=Places(places=2)))
CYCLES = st.builds(
    lambda history, order, queue_after: with_settings(
        history=history, order=order, awards=AWARDS, consultation=Consultation(departments=("safety",)), review=Review(queue_after=queue_after, sample=Sample(share="1/2")),
    ),
    HISTORIES,
    st.permutations(["history", "decision"]).map(tuple),
    st.sampled_from([None, 1, 2]),
)  # fmt: skip


@given(CYCLES, years(), st.permutations(STREETS), st.permutations(UNITS))
def test_results_do_not_depend_on_the_order_of_streets_and_units(settings_: Cycle, year: Year, streets: list[str], units: list[tuple[str, str]]) -> None:
    one = carried_out(settings_, year, list(STREETS), list(UNITS))
    other = carried_out(settings_, year, streets, units)
    for unit in one:
        assert one[unit].outcome == other[unit].outcome
        assert one[unit].review == other[unit].review
        assert (one[unit].street or one[unit].district).result == (other[unit].street or other[unit].district).result  # type: ignore[union-attr]
    assert {name: (each.eligible, each.awarded) for name, each in one.awards.items()} == {name: (each.eligible, each.awarded) for name, each in other.awards.items()}
    draws = [{each.data["street"]: sorted(each.found["drawn"]) for each in run.records if each.step == "plan_review" and each.unit is None} for run in (one, other)]
    assert draws[0] == draws[1]
    assert one.final_results() == other.final_results()


@given(CYCLES, years())
def test_nothing_but_history_makes_a_result_better_than_the_one_that_counts(settings_: Cycle, year: Year) -> None:
    run = carried_out(settings_, year, list(STREETS), list(UNITS))
    for unit in run:
        outcome, case = run[unit].outcome, run[unit]
        assert outcome is not None and case.street is not None
        counted = case.district or case.street
        assert outcome.start == counted.result and outcome.counted == ("street" if case.district is None else "district")
        assert outcome.exact <= counted.result.exact
        if settings_.history.add == 0 and settings_.history.down is None:
            assert (outcome.stars or 0) <= (counted.result.stars or 0)
        if unit not in year.last and unit not in year.objections:
            assert (outcome.exact, outcome.stars) == (counted.result.exact, counted.result.stars)
        if settings_.order[-1] == "decision" and year.objections.get(unit) == Decision("fail"):
            assert outcome.stars == 1
    for award in settings_.awards:
        given_ = run.awards[award.id]
        assert set(given_.awarded) <= set(given_.eligible)
        assert all(str(run[unit].outcome.stars) in award.grades for unit in given_.eligible)  # type: ignore[union-attr]
        assert award.quota is None or len(given_.awarded) <= 2


@given(
    st.dictionaries(st.text(min_size=1, max_size=3).filter(str.strip), st.integers(1, 9), min_size=1, max_size=3),
    st.fractions(0, 1, max_denominator=20),
    st.integers(0, 3),
    st.sampled_from(["down", "half_up", "up"]),
    st.text(min_size=1, max_size=5),
    st.randoms(use_true_random=False),
)
def test_the_sample_has_the_stated_size_in_every_street_and_is_the_same_from_the_same_seed(sizes: dict[str, int], share: Fraction, least: int, rounding: Any, seed: str, random: Any) -> None:
    units = [(f"{street}{number}", street) for street, size in sizes.items() for number in range(size)]
    units = list(dict(units).items())
    settings_ = evolve(PLAIN, review=Review(sample=Sample(share=share, least=least, rounding=rounding)), local=())
    scores = {unit: random.choice((20, 15, 12, 6)) for unit, _ in units}

    def planned(order: list[tuple[str, str]]) -> Run:
        run = started(settings_, order)
        by, chair = street_group("any"), committee("any")
        run = cycle.propose(cycle.assess(run, {unit: sheet(scores[unit]) for unit, _ in order}, by=by, when=day(1)), by=by, when=day(1))
        run = cycle.submit(cycle.approve(run, by=chair, when=day(1)), by=chair, when=day(1))
        return cycle.plan_review(run, seed=seed, by=OFFICE, when=day(1))

    run = planned(units)
    for street, mine in run.streets.items():
        others = [unit for unit in mine if scores[unit] < 15]
        exact = share * len(others)
        rounded = {"down": exact.__floor__(), "up": exact.__ceil__(), "half_up": (exact + Fraction(1, 2)).__floor__()}[rounding]
        size = min(len(others), max(least, rounded))
        ordered = sorted(others, key=lambda unit, street=street: (sha256(f"{seed}\x1f{street}\x1f{unit}".encode()).hexdigest(), unit))
        assert {unit for unit in mine if run[unit].review == "sampled"} == set(ordered[:size])
        assert {unit for unit in mine if run[unit].review == "all"} == set(mine) - set(others)
    shuffled = random.sample(units, len(units))
    assert {unit: case.review for unit, case in planned(shuffled).cases.items()} == {unit: case.review for unit, case in run.cases.items()}
