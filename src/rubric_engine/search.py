"""Questions about all sheets of a rubric: can this ever hold? A sheet that shows it, or a proof.

A question is a truth of the graph. First sheets worth trying are tried, all questions on each.
What no sheet shows goes to a proof: the findings are narrowed, one after the other, until the
bounds say that it cannot hold in any part (branch and bound). A proof leaves nothing out, and
where it would take too long the question stays open and says so.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from fractions import Fraction
from functools import cached_property
from random import Random
from typing import Any, Literal

from attrs import frozen

from rubric_engine.box import EVERYTHING, Bound, Bounded, Box, Cone, is_surely, may_hold
from rubric_engine.graph import FOLDS, Op, Value
from rubric_engine.lower import Lowered, LoweredNode
from rubric_engine.samples import Samples, edges_of, gaps_of, takes
from rubric_engine.sheet import Finding, Findings, Integers, Program
from rubric_engine.symbols import Quantity

__all__ = ["NEVER", "WIDE", "Answer", "Extremes", "Search"]

#: So many parts are looked at before a question stays open.
MOST_PARTS = 600
#: A question that rests on more inputs than this gets fewer.
WIDE, MOST_WIDE_PARTS = 60, 60
#: So many steps are taken towards the end of a score.
MOST_STEPS = 12
#: So many sheets are tried around the best and the worst.
MOST_WALKED = 3_000
#: So many scores are put together where one is looked for, and so many sheets tried.
MOST_SCORES, MOST_AIMED = 4_000, 60
#: Tables of at most so many rows are told apart by their number.
MOST_ROWS = 8


@frozen
class Answer:
    """Whether a truth can hold on a sheet that the rubric takes."""

    #: "yes" with a sheet, "never" with a proof, or "open".
    kind: Literal["yes", "never", "open"]
    findings: Findings | None = None
    #: Why it stays open.
    why: str = ""


@frozen
class Extremes:
    """How low and how high a score can be: bounds on all sheets, and how near sheets come."""

    low: Fraction
    high: Fraction
    #: A score with its sheet; None where no sheet was found that the rubric takes.
    worst: tuple[Fraction, Findings] | None = None
    best: tuple[Fraction, Findings] | None = None

    @property
    def exact(self) -> bool:
        """Whether both bounds are reached."""
        if self.worst is None or self.best is None:
            return False
        return self.worst[0] == self.low and self.best[0] == self.high


NEVER = Answer("never")


class Search:
    """Answers questions about one rubric; what was found for one helps the next."""

    def __init__(self, lowered: Lowered, questions: Sequence[Value]) -> None:
        self.lowered, self.program = lowered, Program(lowered)
        self.graph = lowered.graph
        self.answers: dict[int, Answer] = {}
        #: Bounds that hold on every sheet, by the index of a value.
        self.tight: dict[int, tuple[int, int]] = {}
        demands = [each.holds.value for each in lowered.demands]
        scores = [each.score.value for each in lowered.nodes]
        self.cone = Cone(self.graph, [*questions, *demands, *scores])
        self.bounds = self.cone.bounds()
        self.edges = edges_of(self.cone, self.bounds)
        self.samples = Samples(self.program, self.edges)
        self.stretches = gaps_of(lowered)
        #: A sheet that the rubric takes, on which others are built; None if none was found.
        self.plain: Findings | None = None
        #: Sheets that were taken, with their findings' turn: the best and the worst are built of.
        self.taken: list[Findings] = []
        self._run(questions)

    def _run(self, questions: Sequence[Value]) -> None:
        waiting: dict[int, Value] = {}
        for each in questions:
            if may_hold(self.cone.of(self.bounds, each)):
                waiting[each.index] = each
            else:
                self.answers[each.index] = NEVER
        for findings in self.samples.sheets():
            sheet = self.samples.mended(findings)
            if sheet is not None:
                self.taken.append(sheet)
        if self.taken:
            self.plain = self.taken[0]
        self.observe(list(waiting.values()), self.taken)
        self._built: dict[int, Findings | None] = {}
        built = (self.built(1), self.built(-1))
        #: Sheets on which others are built: the best, the worst, a plain one.
        self.bases = [each for each in (*built, self.plain) if each is not None]
        self.taken += [each for each in built if each is not None]

    def observe(self, questions: Sequence[Value], sheets: Iterable[Findings]) -> None:
        """Note the questions that sheets answer; they are all taken by the rubric."""
        waiting = [each for each in questions if each.index not in self.answers]
        if not waiting:
            return
        shown = self.program.values_of(waiting)
        for sheet in sheets:
            for value, holds in zip(waiting, shown(sheet), strict=True):
                if holds and value.index not in self.answers and _any(holds):
                    self.answers[value.index] = Answer("yes", sheet)

    # the ends of scores

    def extremes(self, others: Mapping[str, Quantity]) -> dict[str, Extremes]:
        """Return how low and high the score of every node can be, and other numbers, by name.

        What is found of a node narrows the bounds of those above it.
        """
        nodes = [each for each in self.lowered.nodes if each.place.table is None]
        numbers = {each.place.id: each.score for each in reversed(nodes)} | dict(others)
        parts = [part for each in numbers.values() for part in (each.value, each.over)]
        roots = list(dict.fromkeys(each for each in parts if each is not None))
        shown = self.program.values_of(roots)
        places = {value.index: place for place, value in enumerate(roots)}
        seen = [(sheet, shown(sheet)) for sheet in self.taken]
        found: dict[str, Extremes] = {}
        for name, score in numbers.items():
            at = places[score.value.index]
            by = None if score.over is None else places[score.over.index]
            scored = [
                (Fraction(values[at], score.scale * (1 if by is None else values[by])), sheet)
                for sheet, values in seen
                if values[at] is not None
            ]
            found[name] = self.ends(score, scored)
        return found

    def ends(self, score: Quantity, scored: Sequence[tuple[Fraction, Findings]]) -> Extremes:
        """Return the ends of one score, given what it is on some sheets."""
        low, high, narrow = self.bound(score)
        if not scored:
            return Extremes(low, high)
        worst = min(scored, key=lambda each: each[0])
        best = max(scored, key=lambda each: each[0])
        if narrow:
            low, worst = self.end(score, low, worst, -1)
            high, best = self.end(score, high, best, 1)
        if score.over is None:
            self.tight[score.value.index] = (int(low * score.scale), int(high * score.scale))
        return Extremes(low, high, worst, best)

    def bound(self, score: Quantity) -> tuple[Fraction, Fraction, bool]:
        """Return bounds of a score on all sheets, and whether it rests on few findings."""
        cone = Cone(self.graph, [score.value], self.tight)
        narrow = len(cone.inputs) <= WIDE
        bound = None if score.over is not None else cone.of(cone.bounds(), score.value)
        if bound is None:
            return score.low, score.high, narrow
        return Fraction(bound.low, score.scale), Fraction(bound.high, score.scale), narrow

    def end(
        self, score: Quantity, bound: Fraction, reached: tuple[Fraction, Findings], sign: int
    ) -> tuple[Fraction, tuple[Fraction, Findings]]:
        """Return a better bound of one end, and a sheet that comes nearer to it."""
        for _ in range(MOST_STEPS):
            if reached[0] == bound:
                break
            edge = Quantity.of(self.graph, reached[0])
            beyond = edge.less(score) if sign > 0 else score.less(edge)
            answer = self.answer(beyond.value)
            if answer.kind == "never":
                return reached[0], reached
            if answer.findings is None:
                break
            reached = self.exactly(score, answer.findings), answer.findings
        return bound, reached

    def exactly(self, score: Quantity, findings: Findings) -> Fraction:
        """Return a score on a sheet."""
        parts = [score.value] if score.over is None else [score.value, score.over]
        values = self.program.values_of(parts)(findings)
        return Fraction(values[0], score.scale * (1 if score.over is None else values[1]))

    def built(self, sign: int) -> Findings | None:
        """Return a sheet of the best findings of each node, or of the worst."""
        if sign not in self._built:
            self._built[sign] = self._build(sign)
        return self._built[sign]

    def _build(self, sign: int) -> Findings | None:
        if self.plain is None:
            return None
        made = list(self.plain)
        for group in self.samples.groups:
            rated = [each.get(self.lowered.fields[group[0]].node) for each in self.ratings]
            there = [place for place, each in enumerate(rated) if each is not None]
            if there:
                best = max(there, key=lambda place: (sign * (rated[place] or 0), -place))
                for place in group:
                    made[place] = self.taken[best][place]
        sheet = self.samples.mended(tuple(made))
        return None if sheet is None else self._climbed(sheet, sign)

    def _climbed(self, sheet: Findings, sign: int) -> Findings:
        """Return a better sheet, one finding of each node changed at a time, all side by side."""
        groups = self.samples.groups
        most = max(map(len, groups), default=0)
        rated = self.rating(sheet)
        for turn in range(2 * most):
            choices = [
                (group[turn % len(group)], group) for group in groups if turn < 2 * len(group)
            ]
            longest = max(len(self.samples.findings[place]) for place, _ in choices)
            for number in range(longest):
                made = list(sheet)
                for place, _ in choices:
                    findings = self.samples.findings[place]
                    made[place] = findings[number % len(findings)]
                tried = self.samples.valid(tuple(made))
                if tried is None:
                    continue
                others = self.rating(tried)
                kept = list(sheet)
                for _, group in choices:
                    node = self.lowered.fields[group[0]].node
                    before, after = rated.get(node), others.get(node)
                    if before is not None and after is not None and sign * (after - before) > 0:
                        for place in group:
                            kept[place] = tried[place]
                better = self.samples.valid(tuple(kept)) if kept != list(sheet) else None
                if better is not None:
                    sheet, rated = better, self.rating(better)
        return sheet

    @cached_property
    def ratings(self) -> list[dict[str, Fraction]]:
        """What each node holds on each sheet that was taken, its bonuses added, in points."""
        return [self.rating(sheet) for sheet in self.taken]

    def rating(self, sheet: Findings) -> dict[str, Fraction]:
        """Return what each node holds on a sheet, its bonuses added, in points."""
        parts, shown = self._rated
        values = iter(shown(sheet))
        found: dict[str, Fraction] = {}
        for node, scales in parts:
            amounts = [(next(values), scale) for scale in scales]
            found[node] = sum((Fraction(each or 0, by) for each, by in amounts), Fraction(0))
        return found

    @cached_property
    def _rated(self) -> tuple[list[tuple[str, list[int]]], Callable[[Findings], Integers]]:
        parts: list[tuple[str, list[int]]] = []
        values: list[Value] = []
        for node in self.lowered.nodes:
            if node.place.table is None and node.score.over is None and node.place.node.evidence:
                own = [node.score, *(each.asked for each in node.bonuses)]
                own = [each for each in own if each.over is None]
                parts.append((node.place.id, [each.scale for each in own]))
                values += [each.value for each in own]
        return parts, self.program.values_of(values)

    def walk(self) -> Iterator[Findings]:
        """Yield sheets from the best to the worst, and both with one node's findings changed."""
        best, worst = self.built(1), self.built(-1)
        if best is None or worst is None:
            return
        for one, other in ((best, worst), (worst, best)):
            made = list(one)
            for group in self.samples.groups:
                for place in group:
                    made[place] = other[place]
                sheet = self.samples.valid(tuple(made))
                if sheet is not None:
                    yield sheet
        count = 0
        for start in (best, worst):
            for group, together in zip(self.samples.groups, self.samples.together, strict=True):
                for findings in together:
                    made = list(start)
                    for place, finding in zip(group, findings, strict=True):
                        made[place] = finding
                    sheet = self.samples.valid(tuple(made))
                    count += 1
                    if sheet is not None and count < MOST_WALKED:
                        yield sheet

    # answers

    def answer(self, truth: Value) -> Answer:
        """Return the answer of a question."""
        found = self.answers.get(truth.index)
        if found is None:
            found = self.answers[truth.index] = self._decided(truth)
        return found

    def _decided(self, truth: Value) -> Answer:
        return _Proof(self, truth).run()

    def never(self, truth: Value, start: Box, moving: int | None = None) -> bool:
        """Say whether it is proved that a truth holds on no sheet of a box.

        Nothing is taken for granted that rests on the input `moving`: on the way from one
        sheet to another it may pass findings that the rubric does not take.
        """
        return _Proof(self, truth, start, sheets=False, moving=moving).run().kind == "never"

    def aim(self, truth: Value, node: str, grade: int) -> None:
        """Look for a sheet on which a node has a grade, by adding up what findings change."""
        if truth.index in self.answers:
            return
        lowered = next(each for each in self.lowered.nodes if each.place.id == node)
        best = self.built(1)
        if best is None or lowered.score.over is not None:
            return
        for sheet in _Aim(self, lowered, best).sheets(*_band(lowered, grade)):
            if self.program.values_of([truth])(sheet)[0]:
                self.answers[truth.index] = Answer("yes", sheet)
                return


def _any(holds: object) -> bool:
    return any(each for each in holds) if isinstance(holds, tuple) else bool(holds)


def _band(node: LoweredNode, grade: int) -> tuple[Fraction | None, Fraction | None]:
    """Return between which scores a grade is given: from the first to below the second."""
    grades = node.place.node.grades
    if any(each.up_to is not None for each in grades):
        below = [each.up_to for each in grades[:grade] if each.up_to is not None]
        top = grades[grade].up_to
        step = Fraction(1, node.score.scale)
        return (below[-1] + step if below else None), None if top is None else top + step
    above = [each.at_least for each in grades[:grade] if each.at_least is not None]
    return grades[grade].at_least, above[-1] if above else None


class _Aim:
    """Looks for a score: what each node's findings add is put together until it fits."""

    def __init__(self, search: Search, node: LoweredNode, start: Findings) -> None:
        self.search, self.start = search, start
        self.score, self.scale = node.score.value, node.score.scale
        self.shown = search.program.values_of([self.score])
        self.first: int = self.shown(start)[0]

    def sheets(self, low: Fraction | None, high: Fraction | None) -> Iterator[Findings]:
        """Yield sheets whose scores ought to lie from `low` to below `high`."""
        least = None if low is None else (low * self.scale).__ceil__()
        most = None if high is None else (high * self.scale).__ceil__()

        def fits(score: int) -> bool:
            return (least is None or least <= score) and (most is None or score < most)

        reached: dict[int, tuple[tuple[int, int], ...]] = {self.first: ()}
        told = 0
        for number, changes in enumerate(self.changes()):
            fresh: dict[int, tuple[tuple[int, int], ...]] = {}
            for score, way in reached.items():
                for change, turn in changes.items():
                    total = score + change
                    if total not in reached and total not in fresh:
                        fresh[total] = (*way, (number, turn))
                        if fits(total) and told < MOST_AIMED:
                            told += 1
                            sheet = self.sheet(fresh[total])
                            if sheet is not None:
                                yield sheet
            if len(reached) < MOST_SCORES:
                reached |= fresh

    def changes(self) -> Iterator[dict[int, int]]:
        """Yield for each node what its findings add to the score, with the turn that does."""
        samples = self.search.samples
        for group, together in zip(samples.groups, samples.together, strict=True):
            found: dict[int, int] = {}
            for turn, findings in enumerate(together):
                sheet = samples.valid(self.with_findings(self.start, group, findings))
                if sheet is not None:
                    found.setdefault(self.shown(sheet)[0] - self.first, turn)
            yield found

    @staticmethod
    def with_findings(
        sheet: Findings, group: Sequence[int], findings: Sequence[Finding]
    ) -> Findings:
        """Return a sheet with the findings of one node changed."""
        made = list(sheet)
        for place, finding in zip(group, findings, strict=True):
            made[place] = finding
        return tuple(made)

    def sheet(self, way: Sequence[tuple[int, int]]) -> Findings | None:
        """Return the sheet with the findings of several nodes changed."""
        samples = self.search.samples
        made = self.start
        for number, turn in way:
            made = self.with_findings(made, samples.groups[number], samples.together[number][turn])
        return samples.valid(made)


class _Proof:
    """One question, over all sheets."""

    def __init__(
        self,
        search: Search,
        truth: Value,
        start: Box = EVERYTHING,
        *,
        sheets: bool = True,
        moving: int | None = None,
    ) -> None:
        self.search, self.truth, self.start, self.sheets = search, truth, start, sheets
        self.moving = moving
        self.samples = search.samples
        graph, lowered = search.graph, search.lowered
        own = Cone(graph, [truth])
        owners = self.samples.owners
        fields = {owners[index] for index in own.inputs if index in owners}
        near = [
            each.holds.value
            for each, rest_on in zip(lowered.demands, self.samples.mentioned, strict=True)
            if rest_on & fields
            and each.holds.value.table is None
            and len(rest_on | fields) <= 24
            and (moving is None or owners.get(moving) not in rest_on)
        ]
        self.demands = near
        self.cone = Cone(graph, [truth, *near], search.tight)
        if moving in self.cone.inputs:
            resting = {self.cone.values[place].index for place in self.cone.resting_on(moving)}
            tight = {each: ends for each, ends in search.tight.items() if each not in resting}
            self.cone = Cone(graph, [truth, *near], tight)
        self.fields = sorted({owners[index] for index in self.cone.inputs if index in owners})
        self.keep = frozenset(fields)
        folded = {each.data[0] for each in self.cone.values if each.op in FOLDS}
        #: The inputs that may be narrowed: those of rows stand for all rows of a fold.
        self.free = {
            each.data[0]
            for each in self.cone.values
            if each.op is Op.INPUT and each.kind != "text" and each.table not in folded
        }
        self.shown: Any = None
        self.random = Random(truth.index)  # noqa: S311 - which sheets are tried is no secret

    def run(self) -> Answer:
        """Return the answer."""
        wide = len(self.cone.inputs) > WIDE
        most = MOST_WIDE_PARTS if wide else MOST_PARTS
        waiting: list[tuple[Box, list[Bounded]]] = [(self.start, self.cone.bounds(self.start))]
        left = False
        for spent in range(most + 1):
            if not waiting:
                return Answer("open", None, "a part could not be narrowed") if left else NEVER
            box, bounds = waiting.pop()
            if self.excluded(bounds):
                continue
            if spent % 4 == 0 or spent < 8 or is_surely(self.cone.of(bounds, self.truth), 1):
                found = self.tried(box)
                if found is not None:
                    return Answer("yes", found)
            parts = self.parts(box, bounds)
            if parts is None:
                left = True
                continue
            waiting += parts
        return Answer("open", None, f"more than {most} cases")

    def excluded(self, bounds: Sequence[Bounded]) -> bool:
        """Say whether no sheet of a box is taken and answers the question."""
        if not may_hold(self.cone.of(bounds, self.truth)):
            return True
        return any(is_surely(self.cone.of(bounds, each), 0) for each in self.demands)

    def parts(self, box: Box, bounds: list[Bounded]) -> list[tuple[Box, list[Bounded]]] | None:
        """Return the parts of a box, or None where it cannot be narrowed further."""
        undecided = [self.truth, *self.demands]
        for value in undecided:
            for reason in self.reasons(value, box, bounds):
                made: list[tuple[Box, list[Bounded]]] = []
                if reason.op in FOLDS:
                    table = reason.data[0]
                    fewest, most = box.sizes.get(table, reason.data[1:3])
                    middle = 0 if fewest == 0 else (fewest + most) // 2
                    for size in ((fewest, middle), (middle + 1, most)):
                        part = Box(box.inputs, {**box.sizes, table: size})
                        made.append((part, self.cone.bounds(part, bounds, (), (table,))))
                    return made
                index = reason.data[0]
                bound = self.cone.of(bounds, reason)
                for half in self.halves(index, bound):
                    part = Box({**box.inputs, index: half}, box.sizes)
                    made.append((part, self.cone.bounds(part, bounds, (index,))))
                return made
        return None

    def halves(self, index: int, bound: Bounded) -> list[Bounded]:
        """Return the parts of what an input can be."""
        if bound is None:
            return []
        if bound.missing:
            return [None, Bound(bound.low, bound.high)]
        edges = self.search.edges.get(index, ())
        first, last = bisect_right(edges, bound.low), bisect_right(edges, bound.high)
        cut = edges[(first + last) // 2] if first < last else (bound.low + bound.high + 1) // 2
        stretches = self.search.stretches.get(index)
        halves = [(bound.low, cut - 1), (cut, bound.high)]
        if stretches is not None and index != self.moving:
            halves = [half for each in halves for half in _within(each, stretches)]
        return [Bound(low, high) for low, high in halves]

    def reasons(self, value: Value, box: Box, bounds: Sequence[Bounded]) -> Iterator[Value]:
        """Yield inputs, and folds whose rows can be more or fewer, that leave a value undecided."""
        waiting, seen = [value], set[int]()
        while waiting:
            each = waiting.pop()
            bound = self.cone.of(bounds, each)
            if each.index in seen or bound is None or bound.point:
                continue
            seen.add(each.index)
            if each.op is Op.INPUT:
                if each.data[0] in self.free:
                    yield each
            elif each.op in FOLDS:
                fewest, most = box.sizes.get(each.data[0], each.data[1:3])
                if fewest < most and (fewest == 0 or most <= MOST_ROWS):
                    yield each
                waiting += reversed(each.args)
            else:
                waiting += reversed(self.inner(each, bounds))

    def inner(self, value: Value, bounds: Sequence[Bounded]) -> list[Value]:
        """Return what a value rests on, what decides most first."""
        if value.op is Op.CHOOSE:
            condition = self.cone.of(bounds, value.args[0])
            if condition is not None and condition.low == condition.high:
                kept = value.args[1] if condition.low else value.args[2]
                return [value.args[0], kept]
            return list(value.args)
        args = [self.cone.of(bounds, each) for each in value.args]
        if value.op not in _SUMS or any(each is None for each in args):
            return list(value.args)
        if value.op is Op.LINEAR:
            bound = self.cone.of(bounds, value)
            form = (0, {}) if bound is None else self.cone.form(value, bound)
            terms = form[1]
            if list(terms) == [value.index]:
                return list(value.args)
        else:
            terms = self.cone.difference(value.args, args)[1]  # type: ignore[arg-type]  # because none is missing for sure
        widths: dict[int, int] = {}
        for term, factor in terms.items():
            for index in (term,) if isinstance(term, int) else term:
                widths[index] = widths.get(index, 0) + self.width(index, bounds) * abs(factor)
        wide = sorted(widths, key=lambda index: -widths[index])
        atoms = [self.cone.values[self.cone.positions[index]] for index in wide]
        missing = [
            each
            for each, bound in zip(value.args, args, strict=True)
            if bound is not None and bound.missing
        ]
        return [*missing, *atoms]

    def width(self, index: int, bounds: Sequence[Bounded]) -> int:
        """Return how far apart the ends of a value are."""
        bound = bounds[self.cone.positions[index]]
        return 0 if bound is None else bound.high - bound.low

    # sheets

    def tried(self, box: Box) -> Findings | None:
        """Return a sheet of a box that answers the question, if one of a few does."""
        search = self.search
        if search.plain is None or not self.sheets:
            return None
        if self.shown is None:
            self.shown = search.program.values_of([self.truth])
        for turn in range(3):
            made = list(search.bases[turn % len(search.bases)])
            for place in self.fields:
                inside = self.inside(place, box)
                if not inside:
                    break
                end = (inside[0], inside[-1], self.random.choice(inside))[turn]
                made[place] = end
            else:
                sheet = self.samples.mended(tuple(made), self.keep)
                if sheet is None:
                    sheet = self.samples.mended(tuple(made))
                if sheet is not None and _any(self.shown(sheet)[0]):
                    return sheet
        return None

    def inside(self, place: int, box: Box) -> list[Finding]:
        """Return the findings of a field that are worth trying and lie in the box."""
        lowered = self.search.lowered.fields[place]
        first, size = lowered.first, len(lowered.inputs)
        named = [k for k in range(size) if first + k in box.inputs]
        found = [
            each
            for each in self.samples.findings[place]
            if all(_lies(each, k, size, box.inputs[first + k], lowered.table) for k in named)
        ]
        if found or size != 1 or lowered.table is not None:
            return found
        bound = box.inputs.get(first)
        if bound is None:
            return [None]
        ends = dict.fromkeys((bound.low, (bound.low + bound.high) // 2, bound.high))
        return [each for each in ends if takes(lowered.field, each)]


_SUMS = frozenset({Op.LINEAR, Op.LESS, Op.AT_MOST, Op.EQUAL, Op.LEAST, Op.GREATEST})


def _within(half: tuple[int, int], stretches: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """Return what a field takes of a stretch, as one stretch; nothing where it takes nothing."""
    inside = [
        (max(half[0], low), min(half[1], high))
        for low, high in stretches
        if low <= half[1] and high >= half[0]
    ]
    return [(inside[0][0], inside[-1][1])] if inside else []


def _lies(finding: Finding, k: int, size: int, bound: Bounded, table: int | None) -> bool:
    """Say whether one input of a finding lies within its bound."""
    if table is not None:
        return True
    if finding is None:
        return bound is None
    cell: Any = finding
    if isinstance(finding, tuple):
        cell = finding[k]
    elif size > 1 and isinstance(finding, int):
        cell = finding >> k & 1
    if cell is None or isinstance(cell, str):
        return bound is None or isinstance(cell, str)
    return bound is not None and bound.low <= cell <= bound.high
