"""A rubric is checked before anybody is scored by it: what is proved, suspect, and wrong.

`check` asks questions about all sheets of a rubric and has them answered: with a sheet that
shows it, with a proof, or not at all, which is told. What is reported as proved holds on
every sheet that the rubric takes.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from fractions import Fraction
from typing import Any

from rubric_engine.claims import Claim, Report, Witness
from rubric_engine.directions import directions_of
from rubric_engine.doubts import Doubt, doubts_of
from rubric_engine.exact import number_text
from rubric_engine.graph import Outgrown, Value
from rubric_engine.lower import Lowered, LoweredNode, Lowering, lower
from rubric_engine.model import ROOT, Item, Rubric
from rubric_engine.remainders import remainder_of
from rubric_engine.samples import evidence_of
from rubric_engine.search import NEVER, Answer, Extremes, Search
from rubric_engine.sheet import Findings
from rubric_engine.standing import condition_tiers, doubts_of_grades, plain_claims, unused
from rubric_engine.symbols import Quantity

__all__ = ["check"]


def check(rubric: Rubric) -> Report:
    """Say what is proved of a rubric, what is suspect, and what is wrong with it.

    Nothing is raised: the problems of a rubric that cannot be used stand in `wrong`, and
    nothing else is told of it then. Claims have the paths of the rubric, and a sheet of
    evidence where one shows what is claimed. The same rubric gives the same report.

    >>> import rubric_engine
    >>> report = rubric_engine.check(rubric_engine.load("sf-food-safety"))
    >>> report.wrong, report.suspect
    ((), ())
    >>> report.of("score-range", "$")[0].facts
    (('low', '0'), ('high', '100'))
    """
    lowering = Lowering(rubric)
    try:
        lowered = lowering.run()
    except Outgrown:
        lowered = None
    if lowered is None or lowering.problems:
        problems = tuple(problem for problem, _ in lower(rubric)[1])
        return Report(rubric.name, rubric.version, problems)
    try:
        claims = list(_Check(lowering, lowered).claims())
    except Outgrown:
        why = (("why", "too large to be looked at in every way"),)
        claims = [*plain_claims(lowering, lowered), *unused(lowering, lowered)]
        claims.append(Claim("score-range", "undecided", "$", ROOT, why))
    return Report(rubric.name, rubric.version, (), in_order(claims, rubric))


def in_order(claims: Sequence[Claim], rubric: Rubric) -> tuple[Claim, ...]:
    """Return claims in the order of the document, as far as their paths tell it."""
    order = {path: place for place, path in enumerate(_paths(rubric))}

    def rank(claim: Claim) -> tuple[int, list[tuple[int, str]]]:
        path = claim.path
        while path not in order and path:
            path = path[: max(path.rfind("."), path.rfind("["), 0)]
        steps = re.findall(r"\d+|\D+", claim.path)
        return order.get(path, -1), [(int(s), "") if s.isdecimal() else (0, s) for s in steps]

    return tuple(sorted(claims, key=rank))


def _paths(rubric: Rubric) -> Iterator[str]:
    waiting: list[tuple[Any, str]] = [(rubric, "$")]
    while waiting:
        node, path = waiting.pop()
        yield path
        below: list[tuple[Any, str]] = []
        for key in ("indicators", "items"):
            children = enumerate(getattr(node, key, ()))
            below += [(child, f"{path}.{key}[{number}]") for number, child in children]
        waiting += reversed(below)


class _Check:
    def __init__(self, lowering: Lowering, lowered: Lowered) -> None:
        self.lowering, self.lowered = lowering, lowered
        self.doubts = [*doubts_of(lowering), *doubts_of_grades(lowering)]
        questions = [each.truth.value for each in self.doubts]
        questions += [each.asks.value for each in self.doubts if each.asks is not None]
        self.search = Search(lowered, questions)
        self.extremes = self.search.extremes(dict(self.held()))
        codes = ("idle-gate", "impossible-condition")
        wide = [each.truth.value for each in self.doubts if each.aim or each.code in codes]
        self.search.observe(wide, self.search.walk())
        for each in self.doubts:
            if each.aim is not None:
                self.aimed(each.truth.value, *each.aim)

    def aimed(self, truth: Value, node: str, grade: int) -> None:
        """Look for a sheet with a grade; or see that no score lies between its cuts."""
        lowered = next(each for each in self.lowered.nodes if each.place.id == node)
        ends = self.extremes[node]
        if len(lowered.grading) == 1 and lowered.score.over is None:
            scale = lowered.score.scale
            low, high = cuts_of(lowered, grade)
            least = max(ends.low, ends.low if low is None else low) * scale
            most = min(ends.high, ends.high if high is None else high) * scale
            common = remainder_of(lowered.score.value)
            if not common.between(least.__ceil__(), most.__floor__()):
                self.search.answers[truth.index] = NEVER
        self.search.aim(truth, node, grade)

    def held(self) -> Iterator[tuple[str, Quantity]]:
        """Yield what nodes hold where they count, whatever they count elsewhere."""
        for node in self.lowered.nodes:
            place = node.place
            if place.table is None:
                held = self.lowering.obtained[place.id]
                live = self.lowering.declared.states.live(place.id)
                yield f"{place.id}?held", held if live is None else held.only(live)

    def claims(self) -> Iterator[Claim]:
        """Yield all claims."""
        yield from plain_claims(self.lowering, self.lowered)
        yield from unused(self.lowering, self.lowered)
        yield from self.of_scores()
        dead: set[str] = set()
        for doubt in self.doubts:
            if doubt.rule not in dead:
                for claim in self.told(doubt):
                    if doubt.path == doubt.rule and claim.verdict == "suspect":
                        dead.add(doubt.rule)
                    yield claim
        yield from condition_tiers(self.lowering, self.search)
        yield from directions_of(self.search, self.witness)

    def told(self, doubt: Doubt) -> Iterator[Claim]:
        """Yield what the answer of a doubt says."""
        answer = self.search.answer(doubt.truth.value)
        code, about, facts = doubt.code, doubt.about, doubt.facts
        if answer.kind == "open":
            facts = (*facts, ("why", answer.why))
            yield Claim(code, "undecided", doubt.path, about, facts)
        elif answer.kind == "never" and not doubt.shown:
            asks = None if doubt.asks is None else self.search.answer(doubt.asks.value)
            witnesses: tuple[Witness, ...] = ()
            if code == "dead-rule" and asks is not None and asks.kind == "yes":
                code, witnesses = "masked-rule", self.witnesses(asks)
            yield Claim(code, "suspect", doubt.path, about, facts, witnesses)
        elif answer.kind == "yes" and doubt.shown:
            yield Claim(code, "information", doubt.path, about, facts, self.witnesses(answer))
        elif answer.kind == "yes" and doubt.reached:
            yield Claim(doubt.reached, "proved", doubt.path, about, facts, self.witnesses(answer))

    def witnesses(self, answer: Answer) -> tuple[Witness, ...]:
        """Return the sheet of an answer."""
        return () if answer.findings is None else (self.witness(answer.findings),)

    def witness(self, findings: Findings) -> Witness:
        """Return findings as a sheet, with the score and the grade that it gives."""
        program = self.search.program
        scores = program.score(findings)
        shows = [("score", number_text(program.exact(scores, ROOT)))]
        root = self.lowered.nodes[0]
        if root.grading:
            index = scores[program.graded[ROOT]]
            grades = root.place.node.grades
            name = grades[index].name if index < len(grades) else "unrated"
            shows.append(("grade", name))
        return Witness(evidence_of(self.lowered, findings), tuple(shows))

    # scores

    def of_scores(self) -> Iterator[Claim]:
        """Yield how low and how high scores can be, and what ought to be within reach."""
        short: set[str] = set()
        for node in reversed(self.lowered.nodes):
            place = node.place
            ends = self.extremes.get(place.id)
            if ends is None:
                continue
            yield self.range_of(node, ends)
            if place.id == ROOT:
                yield from self.total_range(node, ends)
            below = any(child in short for child in place.children)
            reach = self.extremes[f"{place.id}?held"]
            if place.scale is not None and reach.high < place.scale:
                short.add(place.id)
                if not below:
                    yield from self.out_of_reach(node, reach)
            elif below:
                short.add(place.id)
            if isinstance(place.node, Item) and place.scale is not None:
                yield from self.lost_or_earned(node, reach)

    def range_of(self, node: LoweredNode, ends: Extremes) -> Claim:
        """Return the bounds of a score, with sheets that reach them."""
        facts = [("low", number_text(ends.low)), ("high", number_text(ends.high))]
        witnesses: list[Witness] = []
        if not ends.exact:
            facts.append(("reached", _reached(ends)))
        if node.place.id == ROOT:
            witnesses = [self.witness(end[1]) for end in (ends.worst, ends.best) if end]
        path = node.place.path
        return Claim("score-range", "proved", path, node.place.id, tuple(facts), tuple(witnesses))

    def total_range(self, node: LoweredNode, ends: Extremes) -> Iterator[Claim]:
        """Yield where the total can leave what is stated: 0 up to the total."""
        rubric = self.lowered.rubric
        most = rubric.total or node.place.scale
        if most is None:
            return
        if rubric.clip is not None:
            most = rubric.clip if isinstance(rubric.clip, Fraction) else None
        for reached in (ends.worst, ends.best):
            if reached is None:
                continue
            score, _ = reached
            if score < Fraction(0) or (most is not None and score > most):
                within = f"0..{'' if most is None else number_text(most)}"
                facts = (("stated", within), ("score", number_text(score)))
                shown = (self.witness(reached[1]),)
                yield Claim("total-out-of-range", "suspect", "$", ROOT, facts, shown)

    def out_of_reach(self, node: LoweredNode, ends: Extremes) -> Iterator[Claim]:
        """Yield that a node cannot have its full points."""
        place = node.place
        scale = place.scale or Fraction(0)
        code = "full-marks-out-of-reach"
        if isinstance(place.node, Item) and ends.high <= 0 < scale:
            code = "never-earned"
        facts = (("highest", number_text(ends.high)), ("points", number_text(scale)))
        yield Claim(code, "suspect", place.path, place.id, facts)

    def lost_or_earned(self, node: LoweredNode, ends: Extremes) -> Iterator[Claim]:
        """Yield that an item cannot lose what it begins with, or cannot come above it."""
        place, start = node.place, node.account.start.constant
        if start is None or ends.low > ends.high:
            return
        if place.scale is not None and ends.low >= place.scale:
            yield Claim("never-lost", "suspect", place.path, place.id)
        elif 0 < start < (place.scale or start) and ends.high <= start:
            facts = (("start", number_text(start)),)
            yield Claim("never-earned", "suspect", place.path, place.id, facts)


def cuts_of(node: LoweredNode, grade: int) -> tuple[Fraction | None, Fraction | None]:
    """Return the least and the most score with which a node can have a grade by its cuts.

    Only grades above that ask for nothing but a score keep a score out.
    """
    grades = node.place.node.grades
    plain = [
        each for each in grades[:grade] if (each.when, each.minima, each.maxima) == (None,) * 3
    ]
    quantum = Fraction(1, node.score.scale)
    low, high = grades[grade].at_least, grades[grade].up_to
    above = [each.at_least for each in plain if each.at_least is not None]
    below = [each.up_to for each in plain if each.up_to is not None]
    if above:
        highest = (min(above) * node.score.scale).__ceil__() * quantum - quantum
        high = highest if high is None else min(high, highest)
    if below:
        lowest = (max(below) * node.score.scale).__floor__() * quantum + quantum
        low = lowest if low is None else max(low, lowest)
    return low, high


def _reached(ends: Extremes) -> str:
    found = [number_text(each[0]) for each in (ends.worst, ends.best) if each is not None]
    return "..".join(found) or "by no sheet that was found"
