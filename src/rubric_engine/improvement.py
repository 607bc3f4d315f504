"""The way up: the cheapest findings to repair to reach a grade, or what stands in the way."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from fractions import Fraction
from functools import cached_property
from typing import Any, Literal

from attrs import evolve, field, frozen

from rubric_engine.changes import changed_sheet, written
from rubric_engine.cheapest import Aim, Answer, Extreme, cheapest, farthest, holds_on
from rubric_engine.errors import InvalidEvidence, Problem, nearest_name
from rubric_engine.evaluation import Evaluation, check_evidence, evaluate, program_of
from rubric_engine.evidence import RECORDED, read_sheet
from rubric_engine.exact import exact_number, number_text
from rubric_engine.fields import Field, Shown, Text, shown
from rubric_engine.graph import Graph, Value
from rubric_engine.levers import Lever, units_between
from rubric_engine.lower import LoweredField, LoweredNode
from rubric_engine.model import ROOT, Rubric
from rubric_engine.reasons import Reason
from rubric_engine.sheet import Finding, Findings, Program
from rubric_engine.words import Words

__all__ = ["Costs", "Improvement", "Obstacle", "Repair", "improve"]

#: What repairs cost: by `item.field` or `item` a number, or {"once": …, "each": …}; None for
#: what may not be changed. Or a function of `item.field` and the finding before and after.
Costs = Mapping[str, Any] | Callable[[str, Shown | None, Shown], Any]
Status = Literal["there", "reachable", "unreachable", "undecided"]
ObstacleKind = Literal["score", "minimum", "maximum", "conditions", "gate", "unrated"]


@frozen
class Repair:
    """One finding to repair."""

    #: `item.field`.
    path: str
    #: The titles of the item and the field.
    item: Words | None
    title: Words | None
    before: Shown | None
    after: Shown
    cost: Fraction
    #: What the score gains by it, after those before it.
    gain: Fraction


@frozen
class Obstacle:
    """What stands in the way of a grade, whatever is repaired of what may be."""

    kind: ObstacleKind
    #: Its path in the rubric.
    path: str
    #: What it says: a gate in its own words; the id of a node.
    text: Words | None
    #: The score that would be needed, and the best that can be reached, in points.
    needed: Fraction | None = None
    best: Fraction | None = None
    #: Whether `best` is proved to be the best.
    exact: bool = True


@frozen(eq=False, repr=False)
class Improvement:
    """The way up to a grade or a score."""

    #: The grade's name, or the points.
    to: str
    #: Which of the two it is.
    of: Literal["grade", "points"]
    status: Status
    before: Evaluation
    #: The result after all repairs; None where there is no way.
    after: Evaluation | None = None
    #: In document order.
    repairs: tuple[Repair, ...] = ()
    #: Why there is no way.
    obstacles: tuple[Obstacle, ...] = ()
    #: The result with the best score that repairs can reach, where there is no way.
    best: Evaluation | None = None
    #: Whether it is proved that nothing cheaper does it, or that nothing does it.
    exact: bool = True
    #: The repaired findings by `item.field`, as `what_if` takes them.
    changes: Mapping[str, Any] = field(factory=dict)
    #: The repaired sheet, and what is given beside it.
    evidence: Mapping[str, Any] = field(factory=dict)
    given: Mapping[str, Any] | None = None

    @property
    def reachable(self) -> bool | None:
        """Whether it is there or can be reached; None where that is not decided."""
        return None if self.status == "undecided" else self.status != "unreachable"

    @property
    def cost(self) -> Fraction:
        """What the repairs cost together."""
        return sum((each.cost for each in self.repairs), Fraction(0))

    @property
    def reasons(self) -> tuple[Reason, ...]:
        """What still takes points at the best score that repairs can reach."""
        return () if self.best is None else self.best.reasons()

    def explain(self, language: str | None = None) -> str:
        """Return the way as text for a terminal."""
        from rubric_engine.telling import improvement_text

        return improvement_text(self, language)

    def __str__(self) -> str:
        return self.explain()

    def __repr__(self) -> str:
        repairs = f"{len(self.repairs)} repairs, cost {number_text(self.cost)}"
        return f"<Improvement to {self.to!r}: {self.status}, {repairs}>"


def improve(  # noqa: PLR0913 - the options of a call, all by name
    rubric: Rubric,
    evidence: Mapping[str, Any],
    to: int | str | None = None,
    *,
    points: object = None,
    costs: Costs | None = None,
    only: Iterable[str] | None = None,
    fixed: Iterable[str] = (),
    given: Mapping[str, Any] | None = None,
    methods: Literal["required"] | None = None,
) -> Improvement:
    """Return the cheapest repairs of findings with which a sheet reaches at least a grade.

    `to` is the stars or the name of a grade, or `points` a score. Every finding may become any
    that its field takes, but none is taken away, said to be not applicable, missing or not to
    be rated. A repaired finding costs 1 unless `costs` says otherwise, by `item.field` or
    `item`: a number for each finding; `{"once": 1, "each": 0.5}`, where `each` is for each unit
    that a number moves by, each value of a checklist, each row of a table, each reading; None
    for what may not be changed. Or `costs` is a function of `item.field` and the finding
    before and after. `fixed` names items and findings that stay as they are, `only` the only
    ones that may change. Given numbers stay, unless `only` or `costs` names them.

    Of several ways that cost the same the choice is always the same: it leans to what gains
    more, then to what stands earlier. Where `exact` is false, not everything could be looked
    at. Raises `InvalidEvidence` with all that is wrong with the sheet and with the call.

    >>> import rubric_engine
    >>> rubric = rubric_engine.load("uk-food-hygiene")
    >>> sheet = {"hygiene.score": 10, "structural.score": 15}
    >>> sheet["confidence_in_management.score"] = 10
    >>> way = rubric_engine.improve(rubric, sheet, to=4)
    >>> [(each.path, each.before, each.after) for each in way.repairs], way.after.stars
    ([('structural.score', 15, 0)], 4)
    """
    program = program_of(rubric)
    wish = _Wish(program, to, points, costs, only, fixed)
    problems = list(wish.problems)
    try:
        before = evaluate(rubric, evidence, given=given, methods=methods)
        found = read_sheet(program, evidence, given, methods=methods == "required").found
    except InvalidEvidence as error:
        raise InvalidEvidence([*error.problems, *problems]) from None
    if problems:
        raise InvalidEvidence(problems)
    return _Way(program, wish, before, found, (evidence, given)).run()


# What is asked for


class _Wish:
    """What is asked for, checked against the rubric."""

    def __init__(
        self,
        program: Program,
        to: object,
        points: object,
        costs: Costs | None,
        only: Iterable[str] | None,
        fixed: Iterable[str],
    ) -> None:
        self.program, self.problems = program, list[Problem]()
        self.root = program.lowered.nodes[0]
        #: The position of the grade, or the points.
        self.grade: int | None = None
        self.points: Fraction | None = None
        self.take_aim(to, points)
        paths = [each.path for each in program.lowered.fields]
        self.known = dict.fromkeys([*paths, *(each.partition(".")[0] for each in paths)])
        self.only = None if only is None else self.named(only, "only")
        self.fixed = self.named(fixed, "fixed")
        self.costs: Mapping[str, Any] | None = None
        self.function: Callable[[str, Shown | None, Shown], Any] | None = None
        stated: object = costs
        if callable(costs):
            self.function = costs
        elif isinstance(costs, Mapping):
            self.costs = self.priced(costs)
        elif stated is not None:
            expected = "a mapping of findings to costs, or a function"
            self.problem("not-a-mapping", "costs", expected, shown(costs))

    def problem(
        self, code: str, path: str, expected: str, found: str, near: str | None = None
    ) -> None:
        self.problems.append(Problem(code, path, expected, found, near))

    @property
    def name(self) -> str:
        """The name of what is asked for."""
        if self.grade is not None:
            return self.root.place.node.grades[self.grade].name
        return number_text(self.points or Fraction(0))

    @property
    def of(self) -> Literal["grade", "points"]:
        """Whether a grade is asked for, or points."""
        return "points" if self.grade is None else "grade"

    def take_aim(self, to: object, points: object) -> None:
        """Read the grade or the points that are asked for."""
        grades = self.root.place.node.grades
        if (to is None) == (points is None):
            self.problem("conflicting-keys", "to", "a grade, or `points`, one of the two", "")
        if points is not None:
            self.points = exact_number(points)
            if self.points is None:
                self.problem("bad-number", "points", "an exact number", shown(points))
        if to is None:
            return
        for place, each in enumerate(grades):
            stars = isinstance(to, int) and not isinstance(to, bool) and each.stars == to
            if stars or (isinstance(to, str) and to in (each.name, str(each.stars))):
                self.grade = place
                return
        names = [each.name for each in grades]
        expected = "one of " + ", ".join(names) if names else "a rubric with grades, or `points`"
        near = nearest_name(to, names) if isinstance(to, str) else None
        self.problem("unknown-grade", "to", expected, shown(to), near)

    def named(self, names: Iterable[str], option: str) -> set[str]:
        """Return names of items and findings, noting those that there are not."""
        listed = [names] if isinstance(names, str) else list(names)
        for each in listed:
            if each not in self.known:
                self.unknown(each, f"{option}.{each}"[:200])
        return {each for each in listed if isinstance(each, str)}

    def unknown(self, name: object, path: str) -> None:
        near = nearest_name(name, self.known) if isinstance(name, str) else None
        code = "unknown-field" if isinstance(name, str) and "." in name else "unknown-item"
        self.problem(code, path, "an item, or `item.field`", shown(name), near)

    def priced(self, costs: Mapping[str, Any]) -> dict[str, Any]:
        """Return costs as pairs of `once` and `each`, or None."""
        found: dict[str, Any] = {}
        for name, cost in costs.items():
            path = f"costs.{name}"[:200]
            if name not in self.known:
                self.unknown(name, path)
            elif cost is None:
                found[name] = None
            elif isinstance(cost, Mapping):
                for key in cost:
                    if key not in ("once", "each"):
                        self.problem("unknown-key", path, "`once`, `each`", shown(key))
                parts = (cost.get("once", 0), cost.get("each", 0))
                found[name] = tuple(self.amount(each, path) for each in parts)
            else:
                found[name] = (self.amount(cost, path), Fraction(0))
        return found

    def amount(self, cost: object, path: str) -> Fraction:
        number = exact_number(cost)
        if number is None or number < 0:
            code = "bad-number" if number is None else "can-be-negative"
            self.problem(code, path, "a number, 0 or more", shown(cost))
            return Fraction(0)
        return number

    def lever(self, place: int, now: Finding) -> Lever | None:
        """Return how a finding may be changed, or None where it may not."""
        each = self.program.lowered.fields[place]
        names = {each.path, each.node}
        told = self.costs or {}
        stated = told.get(each.path, told.get(each.node, (Fraction(1), Fraction(0))))
        if isinstance(each.field, Text) or names & self.fixed or stated is None:
            return None
        if self.only is not None and not names & self.only:
            return None
        if each.given and self.only is None and not names & told.keys():
            return None
        if self.function is not None:
            return Lever(place, self.asked(each, now), "any")
        once, unit = stated
        if not unit:
            return Lever(place, lambda _: once, "flat")
        return Lever(place, lambda new: once + unit * units_between(each.field, now, new), "rising")

    def asked(self, each: LoweredField, now: Finding) -> Callable[[Finding], Fraction]:
        """Return what the caller's function says that a change costs."""
        before = None if now is None else each.field.show(now)

        def price(new: Finding) -> Fraction:
            cost = None
            if self.function is not None:
                cost = self.function(each.path, before, each.field.show(new))
            number = exact_number(cost)
            if number is None or number < 0:
                expected = "a number, 0 or more"
                raise InvalidEvidence([Problem("bad-number", each.path, expected, shown(cost))])
            return number

        return price

    def aim(self, value: Value | None = None) -> Aim:
        """Return what is asked for as a truth; `value` stands for the grade where it is given."""
        if self.grade is not None:
            wanted, index = self.grade, self.root.grading[-1].after if value is None else value
            return Aim(
                (index,), lambda graph, given: graph.at_most(given[0], graph.constant(wanted))
            )
        return _at_least(self.root, self.points or Fraction(0))


def _at_least(node: LoweredNode, mark: Fraction, sign: int = 1) -> Aim:
    """Return the aim that a node has a score of at least, or for -1 of at most, a mark."""
    score = node.score
    values = (score.value,) if score.over is None else (score.value, score.over)
    quanta = mark * score.scale

    def made(graph: Graph, given: Sequence[Value]) -> Value:
        over = graph.constant(1) if len(given) == 1 else given[1]
        edge = graph.linear(0, [(sign * quanta.numerator, over)])
        return graph.at_most(edge, graph.linear(0, [(sign * quanta.denominator, given[0])]))

    return Aim(values, made)


# The way


def _is_number(kind: Field) -> bool:
    return getattr(kind, "quanta", None) is not None


@frozen(eq=False, slots=False)
class _Way:
    """Works out the way up of one sheet."""

    program: Program
    wish: _Wish
    before: Evaluation
    found: Findings
    sheet: tuple[Mapping[str, Any], Mapping[str, Any] | None]

    @property
    def rubric(self) -> Rubric:
        return self.program.lowered.rubric

    def run(self) -> Improvement:
        """Return the way, or why there is none."""
        wish = self.wish
        if self.holds(self.found):
            sheet, given = self.sheet
            return Improvement(
                wish.name, wish.of, "there", self.before, self.before, evidence=sheet, given=given
            )
        answer = self.search(wish.aim())
        if answer.found is None:
            if not answer.exact:
                return Improvement(wish.name, wish.of, "undecided", self.before, exact=False)
            best = self.farthest(wish.root, 1)
            return Improvement(
                wish.name,
                wish.of,
                "unreachable",
                self.before,
                obstacles=tuple(self.obstacles(best)),
                best=self.evaluated(best.found)[0],
            )
        made, changed = self.eased(answer.found, answer.changed)
        after, (sheet, given) = self.evaluated(made)
        repairs = tuple(self.repairs(made, changed))
        way = Improvement(wish.name, wish.of, "reachable", self.before, after, repairs)
        changes = self.changes(made)
        return evolve(way, exact=answer.exact, changes=changes, evidence=sheet, given=given)

    @cached_property
    def levers(self) -> dict[int, Lever]:
        """The findings that may be changed, by their positions."""
        made = (self.wish.lever(place, now) for place, now in enumerate(self.found))
        return {each.place: each for each in made if each is not None}

    def search(self, aim: Aim) -> Answer:
        answer = cheapest(self.program, self.found, list(self.levers.values()), aim)
        # A finding that is assumed once its node counts is taken for one to repair, at a cost.
        return evolve(answer, exact=answer.exact and not self.stands_in())

    def stands_in(self) -> bool:
        """Say whether a repair can bring in a finding that is assumed where there is none."""
        pairs = zip(self.program.lowered.fields, self.found, strict=True)
        return any(
            now is None and each.freed and each.field.none_means is not None for each, now in pairs
        )

    def holds(self, found: Findings) -> bool:
        """Say whether what is asked for holds on a sheet."""
        scores = self.program.score(found)
        if self.wish.grade is None:
            return self.program.exact(scores, ROOT) >= (self.wish.points or 0)
        index = scores[self.program.graded[ROOT]]
        return index is not None and bool(index <= self.wish.grade)

    def eased(self, found: Findings, changed: Sequence[int]) -> tuple[Findings, Sequence[int]]:
        """Return the repaired sheet without what is not needed, and what is still changed.

        Repairs that cost nothing may be more than are needed; a number moves no further from
        the present one than it must.
        """
        made, kept = list(found), list(changed)
        for place in reversed(changed):
            each, now = self.program.lowered.fields[place], self.found[place]
            lever = self.levers[place]
            spared = (*made[:place], now, *made[place + 1 :])
            if not lever.price(made[place]) and self.good(spared):
                made[place] = now
                kept.remove(place)
            elif lever.kind == "flat" and isinstance(now, int) and _is_number(each.field):
                made[place] = self.nearest(made, place, now)
        return tuple(made), kept

    def good(self, sheet: Findings) -> bool:
        """Say whether a sheet is valid, and what is asked for holds on it."""
        return holds_on(self.program, sheet) and self.holds(sheet)

    def nearest(self, made: Sequence[Finding], place: int, now: int) -> Finding:
        """Return the number nearest to the present one with which all still holds.

        It halves the way: where more may be too much, what it finds is good, and no more.
        """
        kind, good = self.program.lowered.fields[place].field, made[place]
        trial = list(made)
        bad = now
        while isinstance(good, int) and abs(good - bad) > 1:
            middle = (good + bad) // 2
            try:
                read = kind.read(Fraction(middle, getattr(kind, "quanta", 1)))
            except Exception:  # noqa: BLE001 - a number between those that the field takes
                read = None
            trial[place] = middle
            if read == middle and self.good(tuple(trial)):
                good = middle
            else:
                bad = middle
        return good

    def changes(self, found: Findings) -> dict[str, Any]:
        """Return the findings that are repaired, as a sheet has them."""
        fields = self.program.lowered.fields
        return {
            each.path: written(each.field, new)
            for each, now, new in zip(fields, self.found, found, strict=True)
            if new != now and new is not None
        }

    def evaluated(
        self, found: Findings
    ) -> tuple[Evaluation, tuple[Mapping[str, Any], Mapping[str, Any] | None]]:
        """Evaluate repaired findings, as a sheet that anybody can evaluate again."""
        sheet, given = changed_sheet(self.rubric, self.sheet[0], self.changes(found), self.sheet[1])
        lacking = [
            each
            for each in check_evidence(self.rubric, sheet, given=given)
            if each.code == "missing-method"
        ]
        if lacking:
            # An item that counts only now, in a rubric that requires its methods.
            recorded = dict(sheet.get(RECORDED, {}))
            for each in lacking:
                recorded[each.path] = each.expected.split(", ")
            sheet[RECORDED] = recorded
        return evaluate(self.rubric, sheet, given=given), (sheet, given)

    def repairs(self, made: Findings, changed: Sequence[int]) -> Iterable[Repair]:
        titles = {each.place.id: each.place.node.title for each in self.program.lowered.nodes}
        so_far = list(self.found)
        score = self.before.exact
        for place in changed:
            each, now, new = self.program.lowered.fields[place], self.found[place], made[place]
            so_far[place] = new
            after = self.program.exact(self.program.score(tuple(so_far)), ROOT)
            yield Repair(
                each.path,
                titles.get(each.node),
                each.field.title,
                None if now is None else each.field.show(now),
                each.field.show(new),
                self.levers[place].price(new),
                after - score,
            )
            score = after

    # what stands in the way

    def farthest(self, node: LoweredNode, sign: int) -> Extreme:
        """Return the best score of a node that repairs can reach, or for -1 the lowest."""
        levers = list(self.levers.values())
        return farthest(self.program, self.found, levers, sign, node.place.id)

    def obstacles(self, best: Extreme) -> Iterable[Obstacle]:
        """Return what keeps the sheet from the grade."""
        root, grade = self.wish.root, self.wish.grade
        if grade is None:
            yield Obstacle("score", "$", None, self.wish.points, best.score, best.exact)
            return
        gates = list(self.gates(grade))
        if gates:
            yield from gates
            return
        below = list(self.conditions(grade, best))
        if not below:
            path = f"$.grades[{grade}]"
            yield Obstacle("conditions", path, root.place.node.grades[grade].title)
        yield from below
        for change in self.evaluated(best.found)[0].grade_changes:
            # Gates that would move the grade down even so.
            if change.node == ROOT and change.gate is not None and change.after != change.before:
                yield Obstacle("gate", f"$.gates[{change.gate}]", change.text)

    def gates(self, grade: int) -> Iterable[Obstacle]:
        """Return the last gate, or cause to be unrated, before which the grade can be reached."""
        steps = self.wish.root.grading
        for place in reversed(range(1, len(steps))):
            if self.search(self.wish.aim(steps[place - 1].after)).found is None:
                continue
            step = steps[place]
            if step.gate is None:
                yield Obstacle("unrated", "$", Words((("", step.reason or ""),)))
                return
            gate = self.rubric.gates[step.gate]
            from rubric_engine.files import gate_text

            text = gate.says or Words((("", gate_text(gate)),))
            yield Obstacle("gate", f"$.gates[{step.gate}]", text)
            return

    def conditions(self, grade: int, best: Extreme) -> Iterable[Obstacle]:
        """Return the cut and the minima that cannot be met, each by itself."""
        stated, path = self.rubric.grades[grade], f"$.grades[{grade}]"
        root = self.wish.root
        if stated.at_least is not None and best.score < stated.at_least:
            where = f"{path}.from"
            yield Obstacle("score", where, None, stated.at_least, best.score, best.exact)
        if stated.up_to is not None:
            low = self.farthest(root, -1)
            if low.score > stated.up_to:
                where = f"{path}.up_to"
                yield Obstacle("score", where, None, stated.up_to, low.score, low.exact)
        yield from self.marks(stated.minima, "minimum", f"{path}.minima")
        yield from self.marks(stated.maxima, "maximum", f"{path}.maxima")

    def marks(
        self,
        stated: Fraction | tuple[tuple[str, Fraction], ...] | None,
        kind: Literal["minimum", "maximum"],
        path: str,
    ) -> Iterable[Obstacle]:
        if stated is None:
            return
        sign = 1 if kind == "minimum" else -1
        nodes = {each.place.id: each for each in self.program.scored}
        counted = [
            each
            for each in self.wish.root.place.children
            if each in nodes and not nodes[each].place.beside
        ]
        pairs = [(each, stated) for each in counted] if isinstance(stated, Fraction) else stated
        for name, mark in pairs:
            node = nodes[name]
            if self.before[name].state != "scored":
                continue
            reached = self.farthest(node, sign)
            if (reached.score - mark) * sign < 0:
                where = path if isinstance(stated, Fraction) else f"{path}.{name}"
                text = node.place.node.title or Words((("", name),))
                yield Obstacle(kind, where, text, mark, reached.score, reached.exact)
