"""Tries to break what `check` claims of a rubric, and does not ask the checker how.

Every claim that something never happens is tried on sheets: with the rubric itself, or with a
rubric that was changed at the claim's place and must give the same. Every sheet that shows
something must be taken, and give what it shows.
"""

from __future__ import annotations

import random
import re
from bisect import bisect_right
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from fractions import Fraction
from functools import cached_property
from itertools import islice
from typing import Any

from attrs import evolve

from edge_sheets import NUMERIC, Drawer, Sheet, taken
from rubric_engine import Evaluation, InvalidEvidence, InvalidRubric, Rubric, evaluate
from rubric_engine.amounts import Bands, Tiers
from rubric_engine.claims import Claim, Report, Witness
from rubric_engine.evaluation import program_of
from rubric_engine.evidence import read_sheet
from rubric_engine.exact import exact_number, number_text
from rubric_engine.fields import Amount, Checklist, Choice, Date, Field, Flag, Rows
from rubric_engine.lower import LoweredField
from rubric_engine.model import ROOT, Item
from rubric_engine.policies import Award, Deduct, Group, Limit, Set
from rubric_engine.sheet import Finding, Findings, Program

__all__ = ["Breaker", "contradictions"]

STEP = re.compile(r"\.(indicators|items|rules|group|grades|gates)\[(\d+)\]")
#: Where sheets are more than this, one other finding is tried on each.
MANY = 500
Told = dict[str, tuple[Fraction, str | None]]


def contradictions(rubric: Rubric, report: Report, sheets: Sequence[Sheet]) -> list[str]:
    """Return what is claimed of a rubric and is not so, as far as these sheets show it."""
    return list(Breaker(rubric, report, sheets).found())


def steps_of(path: str) -> tuple[list[tuple[str, int]], str]:
    """Return the way to a node, a rule, a grade, a gate, and the key below it."""
    steps: list[tuple[str, int]] = []
    rest = path.removeprefix("$")
    while match := STEP.match(rest):
        steps.append((match[1], int(match[2])))
        rest = rest[match.end() :]
    return steps, rest.removeprefix(".")


def changed(value: Any, steps: Sequence[tuple[str, int]], change: Callable[[Any], Any]) -> Any:
    """Return a value with another one at the end of the way, or without it where that is None."""
    if not steps:
        return change(value)
    (key, place), *rest = steps
    key = "members" if key == "group" else key
    held = list(getattr(value, key))
    made = changed(held[place], rest, change)
    held[place : place + 1] = [] if made is None else [made]
    return evolve(value, **{key: tuple(held)})


def at(value: Any, steps: Sequence[tuple[str, int]]) -> Any:
    """Return what stands at the end of the way."""
    for key, place in steps:
        value = getattr(value, "members" if key == "group" else key)[place]
    return value


class Breaker:
    """One rubric, what is claimed of it, and sheets that may show that it is not so."""

    def __init__(self, rubric: Rubric, report: Report, sheets: Sequence[Sheet]) -> None:
        self.rubric, self.report = rubric, report
        self.program = program_of(rubric)
        self.sheets = sheets
        self.findings = [read_sheet(self.program, each).found for each in sheets]
        self.scores = [self.program.score(each) for each in self.findings]
        self.nodes = {each.place.id: each for each in self.program.lowered.nodes}
        self.drawer = Drawer(rubric, 7)
        self.chance = random.Random(len(sheets))
        self.singles: dict[str, Field] = {}
        #: By the identity of a field: itself, numbers beside edges, the highest, if it takes all.
        self.ways: dict[int, tuple[Field, list[int], int, bool]] = {}
        #: How many claims of each kind were tried, and how many could not be.
        self.tried: Counter[str] = Counter()
        self.left: Counter[str] = Counter()

    def found(self) -> Iterator[str]:
        """Yield all contradictions."""
        for claim in self.report.claims:
            way = getattr(self, "_" + claim.code.replace("-", "_"), None)
            self.tried[claim.code] += 1
            for told in self._witnesses(claim):
                yield f"{claim.code} at {claim.path}: {told}"
            if way is not None and claim.verdict != "undecided":
                for told in way(claim):
                    yield f"{claim.code} at {claim.path} ({claim.facts}): {told}"
                    break

    # what a witness shows

    def _witnesses(self, claim: Claim) -> Iterator[str]:
        for each in claim.witnesses:
            try:
                result = evaluate(self.rubric, each.evidence)
            except InvalidEvidence as error:
                yield f"a sheet that is refused: {error}"
                continue
            for name, value in each.shows:
                is_so = number_text(result.exact) if name == "score" else result.grade
                if str(is_so) != value:
                    yield f"shows {name} {value}, gives {is_so}: {each.evidence}"

    def given(self, witness: Witness) -> Evaluation:
        """Return what a witness gives."""
        return evaluate(self.rubric, witness.evidence)

    # the same rubric

    def told(self, program: Program, findings: Findings) -> Told:
        """Return the scores and grades of all nodes."""
        return told(program, program.score(findings))

    @cached_property
    def totals(self) -> list[Fraction]:
        """The total of every sheet."""
        return [self.program.exact(each, ROOT) for each in self.scores]

    @cached_property
    def mine(self) -> list[Told]:
        """What every sheet gives."""
        return [told(self.program, each) for each in self.scores]

    def _score_range(self, claim: Claim) -> Iterator[str]:
        low, high = (exact(claim, name) for name in ("low", "high"))
        for sheet, each in zip(self.sheets, self.mine, strict=True):
            score = each[claim.about][0]
            if not low <= score <= high:
                yield f"{score} on {sheet}"
        if claim.path == "$" and claim.fact("reached") is None:
            ends = [self.given(each).exact for each in claim.witnesses]
            if ends != [low, high]:
                yield f"the ends are reached by sheets that give {ends}"

    def _grade_of(self, claim: Claim) -> Iterator[tuple[str | None, Sheet]]:
        steps, _ = steps_of(claim.path)
        node = at(self.rubric, steps[:-1]).id
        for sheet, each in zip(self.sheets, self.mine, strict=True):
            yield each[node][1], sheet

    def _unreachable_grade(self, claim: Claim) -> Iterator[str]:
        for grade, sheet in self._grade_of(claim):
            if grade == claim.about:
                yield f"is reached on {sheet}"

    def _grade_reached(self, claim: Claim) -> Iterator[str]:
        node = at(self.rubric, steps_of(claim.path)[0][:-1]).id
        if not claim.witnesses:
            yield "no sheet shows it"
        for each in claim.witnesses:
            grade = self.given(each).nodes[node].grade
            if grade != claim.about:
                yield f"{each.evidence} gives {grade}"

    def _grades_in_order(self, claim: Claim) -> Iterator[str]:
        node = at(self.rubric, steps_of(claim.path)[0])
        alone = all(e.when is None and e.minima is None and e.maxima is None for e in node.grades)
        if not alone or node.gates or node.otherwise:
            return
        names = [each.name for each in node.grades]
        seen = sorted(
            (score, names.index(grade))
            for score, grade in (each[node.id] for each in self.mine)
            if grade in names
        )
        falling = any(grade.up_to is not None for grade in node.grades)
        ranks = [rank for _, rank in seen]
        if ranks != sorted(ranks, reverse=not falling):
            yield "a higher score has a lower grade"

    def _exact_integers(self, claim: Claim) -> Iterator[str]:
        limit = 2 ** int(claim.fact("bits") or 0)
        values = [v for v in self.program.lowered.graph.since(0) if v.kind != "text"]
        # What the checker built to ask its questions is no part of a fresh program.
        shown = self.program.values_of(values)
        for sheet, findings in zip(self.sheets[:40], self.findings, strict=False):
            for each in shown(findings):
                every = each if isinstance(each, tuple) else (each,)
                if any(one is not None and abs(one) >= limit for one in every):
                    yield f"{each} on {sheet}"

    def _points_add_up(self, claim: Claim) -> Iterator[str]:
        node = at(self.rubric, steps_of(claim.path)[0])
        children = [each for each in node.children if isinstance(each.points, Fraction)]
        if len(children) == len(node.children) and not any(c.applies_to for c in children):
            total = sum(each.points for each in children)
            if total != exact(claim, "points"):
                yield f"they add up to {total}"

    def _live(self, claim: Claim) -> Iterator[tuple[Fraction, Sheet]]:
        """Yield the scores of a node where it was assessed."""
        sure = self.nodes[claim.about].applies is None and self.nodes[claim.about].present is None
        for sheet, each in zip(self.sheets, self.mine, strict=True):
            if sure or evaluate(self.rubric, sheet).nodes[claim.about].state == "scored":
                yield each[claim.about][0], sheet

    def _never_lost(self, claim: Claim) -> Iterator[str]:
        scale = self.nodes[claim.about].place.scale
        for score, sheet in self._live(claim):
            if score < (scale or 0):
                yield f"{score} of {scale} on {sheet}"

    def _full_marks_out_of_reach(self, claim: Claim) -> Iterator[str]:
        for score, sheet in self._live(claim):
            if score > exact(claim, "highest") or score >= exact(claim, "points"):
                yield f"{score} on {sheet}"

    def _never_earned(self, claim: Claim) -> Iterator[str]:
        most = exact(claim, "start" if claim.fact("start") is not None else "highest")
        for score, sheet in self._live(claim):
            if score > most:
                yield f"{score} on {sheet}"

    def _total_out_of_range(self, claim: Claim) -> Iterator[str]:
        low, high = (exact_number(each) for each in (claim.fact("stated") or "").split(".."))
        (witness,) = claim.witnesses
        score = self.given(witness).exact
        if score != exact(claim, "score") or (low or 0) <= score <= (high or 0):
            yield f"{score} on {witness.evidence}"

    # a rubric that was changed

    def other(self, claim: Claim, change: Callable[[Rubric], Rubric]) -> Program | None:
        """Return a changed rubric ready to score, or None where it is none."""
        try:
            return program_of(change(self.rubric))
        except InvalidRubric:
            self.left[claim.code] += 1
            return None

    def pinned(self, steps: Sequence[tuple[str, int]]) -> Rubric:
        """Return the rubric with the start of an item written out."""
        way = [each for each in steps if each[0] in ("indicators", "items")]
        node = at(self.rubric, way)
        scaled = isinstance(node, Item) and self.nodes[node.id].place.scale is not None
        if not scaled or node.start is not None:
            return self.rubric
        verbs = [
            verb
            for each in node.rules
            if getattr(each, "to", None) is None
            for verb in (each.verbs if isinstance(each, Group) else {each.verb})
        ]
        start = "full" if Deduct.verb in verbs else "zero"
        assert start == "full" or Award.verb in verbs or Set.verb in verbs
        made: Rubric = changed(self.rubric, way, lambda found: evolve(found, start=start))
        return made

    def without(self, claim: Claim, change: Callable[[Any], Any]) -> Iterator[str]:
        """Yield sheets on which a rubric with something else at the claim's place differs."""
        steps, _ = steps_of(claim.path)
        pinned = self.pinned(steps)
        yield from self.unlike(claim, lambda _: changed(pinned, steps, change))

    def unlike(self, claim: Claim, change: Callable[[Rubric], Rubric]) -> Iterator[str]:
        """Yield sheets on which a changed rubric gives another score or grade."""
        other = self.other(claim, change)
        if other is None:
            return
        plain = other.scales == self.program.scales and not other.divisors
        plain = plain and not self.program.divisors
        for place, findings in enumerate(self.findings):
            scores = other.score(findings)
            if plain and scores == self.scores[place]:
                continue
            found, mine = told(other, scores), self.mine[place]
            if found != mine:
                apart = {key: (mine[key], found[key]) for key in mine if mine[key] != found[key]}
                yield f"{apart} on {self.sheets[place]}"

    def _dead_rule(self, claim: Claim) -> Iterator[str]:
        yield from self.without(claim, lambda _: None)

    def _masked_rule(self, claim: Claim) -> Iterator[str]:
        yield from self._dead_rule(claim)
        steps, _ = steps_of(claim.path)
        node, number = at(self.rubric, steps[:-1]).id, steps[-1][1]
        for each in claim.witnesses:
            ledger = self.given(each).ledger
            own = [s for s in ledger if s.rule == number and node in (base(s.node), s.origin)]
            if not any(step.asked for step in own):
                yield f"asks for nothing on {each.evidence}"
        if not claim.witnesses:
            yield "no sheet shows that it asks for anything"

    def _always_applies(self, claim: Claim) -> Iterator[str]:
        _, key = steps_of(claim.path)
        yield from self.without(claim, lambda rule: evolve(rule, **{key: None}))

    def _loose_cap(self, claim: Claim) -> Iterator[str]:
        steps, key = steps_of(claim.path)
        if key:
            yield from self.without(claim, lambda rule: evolve(rule, up_to=None))
            return
        node = at(self.rubric, steps[:-1])
        limits = sum(isinstance(each, Limit) for each in node.rules)
        lone = isinstance(node, Item) and limits == 1
        yield from self.without(claim, lambda rule: evolve(rule, within=None) if lone else None)

    def _unreachable_tier(self, claim: Claim) -> Iterator[str]:
        _, key = steps_of(claim.path)
        word, _, name = key.partition(".")

        def other(rule: Any) -> Any:
            if word == "times":
                left = tuple(pair for pair in rule.times if str(pair[0]) != name)
                assert len(left) == len(rule.times) - 1, name
                stack = rule.stack if len(left) > 1 else None
                return evolve(rule, times=left or None, stack=stack)
            return evolve(rule, amount=other_amount(rule.amount, name))

        yield from self.without(claim, other)

    def _idle_gate(self, claim: Claim) -> Iterator[str]:
        yield from self.without(claim, lambda _: None)

    def _impossible_condition(self, claim: Claim) -> Iterator[str]:
        steps, _ = steps_of(claim.path)
        grade = at(self.rubric, steps)

        def alone(node: Any) -> Any:
            return evolve(node, grades=(grade,), otherwise="unrated", gates=())

        other = self.other(claim, lambda rubric: changed(rubric, steps[:-1], alone))
        node = at(self.rubric, steps[:-1]).id
        for sheet, findings in zip(self.sheets, self.findings, strict=True):
            if other is not None and self.told(other, findings)[node][1] == grade.name:
                yield f"is met on {sheet}"

    def _order_matters(self, claim: Claim) -> Iterator[str]:
        steps, _ = steps_of(claim.path)
        *way, (_, number) = steps

        def swapped(node: Any) -> Any:
            rules = list(node.rules)
            rules[number], rules[number + 1] = rules[number + 1], rules[number]
            return evolve(node, rules=tuple(rules))

        other: Rubric = changed(self.rubric, way, swapped)
        (witness,) = claim.witnesses
        one, two = (
            {name: (each.exact, each.bonus) for name, each in result.nodes.items()}
            for result in (evaluate(each, witness.evidence) for each in (self.rubric, other))
        )
        if one == two:
            yield f"the same the other way round on {witness.evidence}"

    def between(self, claim: Claim) -> Iterator[tuple[list[bool], Sheet]]:
        """Yield whether each of two rules asks for something where a number is as claimed."""
        steps, key = steps_of(claim.path)
        if key:
            return
        node = at(self.rubric, steps[:-1]).id
        numbers = [int(each) for each in re.findall(r"\[(\d+)\]", claim.fact("tiers") or "")]
        low, high = (Fraction(each) for each in (claim.fact("interval") or "").split(".."))
        place, lowered = self.lowered[claim.fact("of") or ""]
        quanta = getattr(lowered.field, "quanta", 1)
        for sheet, findings in zip(self.sheets, self.findings, strict=True):
            number = findings[place]
            if isinstance(number, int) and low <= Fraction(number, quanta) <= high:
                result = evaluate(self.rubric, sheet)
                if result.nodes[node].state == "scored":
                    steps_taken = result.nodes[node].steps
                    asking = {step.rule for step in steps_taken if step.asked}
                    yield [each in asking for each in numbers], sheet

    def _tiers_gap(self, claim: Claim) -> Iterator[str]:
        for asks, sheet in self.between(claim):
            if any(asks):
                yield f"one of them asks on {sheet}"

    def _tiers_overlap(self, claim: Claim) -> Iterator[str]:
        steps, _ = steps_of(claim.path)
        rules = at(self.rubric, steps[:-1]).rules if steps else ()
        for asks, sheet in self.between(claim):
            numbers = map(int, re.findall(r"\[(\d+)\]", claim.fact("tiers") or ""))
            plain = all(is_fixed(rules[each]) for each in numbers)
            if plain and not all(asks):
                yield f"one of them asks for nothing on {sheet}"

    # other findings

    @cached_property
    def lowered(self) -> dict[str, tuple[int, LoweredField]]:
        """The fields, with their positions, by `node.field`."""
        fields = self.program.lowered.fields
        return {each.path: (place, each) for place, each in enumerate(fields)}

    @cached_property
    def rated(self) -> Callable[[Findings], tuple[Fraction, list[Any]] | None]:
        """Return the total and the grades of findings, or None where they are refused."""
        lowered, program = self.program.lowered, self.program
        demands = [each.holds.value for each in lowered.demands]
        score = self.nodes[ROOT].score
        over = [] if score.over is None else [score.over]
        grades = [each.grading[-1].after for each in lowered.nodes if each.grading]
        shown = program.values_of([score.value, *over, *grades, *demands])
        first = 1 + len(over)
        asked = [
            self.lowered[each.problem.path][0]
            if each.problem.code == "missing-finding" and each.problem.path in self.lowered
            else -1
            for each in lowered.demands
        ]

        def rate(findings: Findings) -> tuple[Fraction, list[Any]] | None:
            values = shown(findings)
            for place, each in zip(asked, values[first + len(grades) :], strict=True):
                if each is None and place >= 0 and findings[place] is None:
                    return None
                every = each if isinstance(each, tuple) else (each,)
                if any(one is not None and not one for one in every):
                    return None
            scale = score.scale * (values[1] if over else 1)
            return Fraction(values[0], scale), list(values[first : first + len(grades)])

        return rate

    def place_of(self, claim: Claim) -> tuple[int, LoweredField, str]:
        """Return the field that a claim is about, and the value or column of it."""
        name = claim.about
        if name in self.lowered:
            return *self.lowered[name], ""
        owner = max((p for p in self.lowered if name.startswith(f"{p}.")), key=len)
        return *self.lowered[owner], name.removeprefix(f"{owner}.")

    def _direction(self, claim: Claim) -> Iterator[str]:
        moves = claim.fact("moves")
        place, lowered, inside = self.place_of(claim)
        if moves == "both":
            yield from self._shown_both(claim, lowered)
            return
        for number, findings in enumerate(self.findings):
            higher = self.higher(lowered, findings[place], inside)
            for each in islice(higher, 1 if len(self.findings) > MANY else 4):
                made = (*findings[:place], each, *findings[place + 1 :])
                after = self.rated(made)
                if after is None:
                    continue
                before = self.totals[number]
                rise = after[0] - before
                if (rise > 0 and moves != "up") or (rise < 0 and moves != "down"):
                    sheet = self.sheets[number]
                    yield f"by {rise} where {lowered.path} rises to {each} on {sheet}"

    def higher(self, lowered: LoweredField, finding: Finding, inside: str) -> Iterator[Finding]:
        """Yield findings that are higher, everything else of the field being the same."""
        kind = lowered.field
        if finding is None:
            return
        if isinstance(kind, Rows):
            if not finding:
                return
            assert isinstance(finding, tuple)
            number = self.chance.randrange(len(finding))
            names = [name for name, _ in kind.columns]
            name = next(n for n in names if inside == n or inside.startswith(f"{n}."))
            column = names.index(name)
            row = finding[number]
            rest = inside.removeprefix(name).removeprefix(".")
            for each in self.risen(lowered.node, kind.columns[column][1], row[column], rest):
                other = (*row[:column], each, *row[column + 1 :])
                yield (*finding[:number], other, *finding[number + 1 :])
        elif isinstance(finding, tuple):
            number = self.chance.randrange(len(finding))
            if lowered.path not in self.singles:
                changes: dict[str, Any] = {"panel": None, "need": None}
                self.singles[lowered.path] = evolve(kind, **changes)
            for each in self.risen(lowered.node, self.singles[lowered.path], finding[number], ""):
                yield (*finding[:number], each, *finding[number + 1 :])
        else:
            yield from self.risen(lowered.node, kind, finding, inside)

    def risen(self, node: str, kind: Field, finding: Finding, value: str) -> Iterator[Finding]:
        """Yield higher findings of a plain field."""
        if not isinstance(finding, int):
            return
        if isinstance(kind, Flag) and not finding:
            yield 1
        elif isinstance(kind, Choice):
            missing = [kind.names.index(each) for each in kind.meaning("missing")]
            above = [each for each in range(finding + 1, len(kind.names)) if each not in missing]
            yield from self.chance.sample(above, min(len(above), 2))
        elif isinstance(kind, Checklist):
            bit = 1 << kind.names.index(value)
            if not finding & bit:
                yield finding | bit
        elif isinstance(kind, Date):
            for _ in range(2):
                later = finding + self.chance.choice((1, 2, 31, self.chance.randint(1, 2000)))
                if is_day(later):
                    yield later
        elif isinstance(kind, NUMERIC):
            yield from self.greater(node, kind, finding)

    def greater(self, node: str, kind: Any, finding: int) -> Iterator[int]:
        """Yield greater numbers that a field takes: the next, any, and those beside edges."""
        if id(kind) not in self.ways:
            all_taken = not (getattr(kind, "one_of", ()) or isinstance(kind, Amount))
            own = self.drawer.beside(node, kind)
            self.ways[id(kind)] = kind, own, kind.bounds[1], all_taken and kind.absent is None
        _, beside, high, plain = self.ways[id(kind)]
        for how in self.chance.sample(range(4), 4):
            first = bisect_right(beside, finding)
            if how > 1 and first < len(beside):
                yield beside[self.chance.randrange(first, len(beside))]
            elif how <= 1 and finding < high:
                found = self.chance.randint(finding + 1, high) if how else finding + 1
                if plain or taken(kind, found):
                    yield found

    def _shown_both(self, claim: Claim, lowered: LoweredField) -> Iterator[str]:
        if len(claim.witnesses) != 4:
            yield f"shown by {len(claim.witnesses)} sheets"
            return
        rises = []
        freed = {each.path for each in self.program.lowered.fields if each.freed}
        for one, two in (claim.witnesses[:2], claim.witnesses[2:]):
            first, second = (flat(each.evidence) for each in (one, two))
            apart = {key for key in first | second if first.get(key) != second.get(key)}
            if not apart - freed <= {lowered.path}:
                yield f"sheets that differ in {sorted(apart)}"
            rises.append(self.given(two).exact - self.given(one).exact)
        if not (min(rises) < 0 < max(rises)):
            yield f"moves by {rises}"

    def _repair_hurts(self, claim: Claim) -> Iterator[str]:
        _, lowered, _ = self.place_of(claim)
        yield from self._shown_both(claim, lowered)

    def mixed(self, places: Sequence[int]) -> Iterator[tuple[int, Findings]]:
        """Yield sheets with other findings of some fields, each with the position of the first."""
        for number, findings in enumerate(self.findings):
            other = self.findings[self.chance.randrange(len(self.findings))]
            made = list(findings)
            for place in places:
                made[place] = other[place]
            if tuple(made) != findings and self.rated(tuple(made)) is not None:
                yield number, tuple(made)

    def _idle_points(self, claim: Claim) -> Iterator[str]:
        below = {claim.about}
        for node in self.program.lowered.nodes:
            if node.place.parent in below:
                below |= {node.place.id, node.place.id.removesuffix("[]")}
        own = [place for place, each in self.lowered.values() if each.node in below]
        for number, made in self.mixed(own):
            before, after = self.rated(self.findings[number]), self.rated(made)
            if before != after:
                yield f"{before} becomes {after} on {self.sheets[number]}"

    def _unused_field(self, claim: Claim) -> Iterator[str]:
        place, lowered, inside = self.place_of(claim)
        column = -1
        if inside:
            names = [name for name, _ in getattr(lowered.field, "columns", ())]
            column = names.index(inside)
        for number, made in self.mixed([place]):
            other = made
            if inside:
                mine, rows = self.findings[number][place], made[place]
                if not mine or not rows:
                    continue
                assert isinstance(mine, tuple) and isinstance(rows, tuple)
                cells = tuple(
                    (*row[:column], self.chance.choice(rows)[column], *row[column + 1 :])
                    for row in mine
                )
                other = (*made[:place], cells, *made[place + 1 :])
                if self.rated(other) is None:
                    continue
            if self.told(self.program, other) != self.mine[number]:
                yield f"with {other[place]} on {self.sheets[number]}"


def is_fixed(rule: Any) -> bool:
    """Say whether a rule asks for the same wherever its condition holds."""
    others = ("per", "by", "of", "ratio", "times", "each", "up_to", "round_to", "to", "within")
    return (
        isinstance(getattr(rule, "amount", None), Fraction)
        and rule.amount > 0
        and all(getattr(rule, each) is None for each in others)
    )


def base(node: str) -> str:
    """Return the id of a node without the number of its row."""
    return node.partition("[")[0]


def told(program: Program, scores: Sequence[Any]) -> Told:
    """Return the scores and the grades of nodes by their ids."""
    found: Told = {}
    for node in program.scored:
        name = node.place.id
        grade = None
        if name in program.graded:
            index, grades = scores[program.graded[name]], node.place.node.grades
            grade = grades[index].name if index < len(grades) else "unrated"
        found[name] = program.exact(scores, name), grade
    return found


def other_amount(stated: Any, name: str) -> Any:
    """Return a map of amounts with another one under a name."""
    if isinstance(stated, Bands):
        return Bands(
            tuple(
                (edge, each + (number_text(edge) == name.removeprefix("from ")))
                for edge, each in stated.edges
            )
        )
    assert isinstance(stated, Tiers)

    def other(tier: Any) -> Any:
        return tier + 1 if isinstance(tier, Fraction) else Fraction(0)

    if name == "else":
        return evolve(stated, otherwise=other(stated.otherwise))
    values = tuple((each, other(tier) if each == name else tier) for each, tier in stated.values)
    return evolve(stated, values=values)


def exact(claim: Claim, name: str) -> Fraction:
    """Return a number that a claim states."""
    number = exact_number(claim.fact(name))
    assert number is not None, (claim.code, name)
    return number


def is_day(code: int) -> bool:
    """Say whether a code is that of a day."""
    kind = Date()
    try:
        return kind.read(kind.show(code)) == code
    except Exception:
        return False


def flat(sheet: Any) -> dict[str, Any]:
    """Return the findings of a sheet by `node.field`."""
    found: dict[str, Any] = {}
    for node, fields in sheet.items():
        if isinstance(fields, dict) and node != "methods":
            found |= {f"{node}.{name}": str(each) for name, each in fields.items()}
    return found
