"""Lowering: from the rubric to the graph, once, with all that is wrong with it.

Nodes are lowered in an order in which every score stands before the rules that use it.
Each policy posts to its node's account; the account's values are the meaning of the
rubric for every interpreter.
"""

from __future__ import annotations

from collections import ChainMap
from collections.abc import Mapping
from fractions import Fraction
from graphlib import CycleError, TopologicalSorter
from itertools import pairwise
from operator import attrgetter
from typing import Any

import attrs
from attrs import field, frozen

from rubric_engine.account import Account, Label
from rubric_engine.errors import Problem, nearest_name
from rubric_engine.exact import number_text
from rubric_engine.expression import Expressions, Mistake, Parsed, parse
from rubric_engine.fields import Checklist, Choice, Field, Flag, Range, Text
from rubric_engine.grading import UNRATED, Gate, Grade
from rubric_engine.graph import Graph, Value
from rubric_engine.model import Indicator, Item, Rubric
from rubric_engine.policies import Award, Deduct, Limit, Policy, Set
from rubric_engine.scope import Expression, Scope
from rubric_engine.symbols import Option, Quantity, Remark, Symbol, Ticked, Truth, total_of
from rubric_engine.tree import Place, Tree, plant

__all__ = ["GradeStep", "Lowered", "LoweredField", "LoweredNode", "lower"]

#: Values of a graph stay below this, so that every engine can hold them.
LARGEST = 2**62


@frozen(eq=False)
class LoweredField:
    """A field and where it enters the graph."""

    node: str
    name: str
    field: Field
    #: The index of its first input; a checklist has one for each value.
    first: int
    #: The names of its inputs, which are their columns' names.
    inputs: tuple[str, ...]


@frozen(eq=False)
class GradeStep:
    """What moved a grade: the grades themselves, or a gate."""

    #: Position of the gate; None for the grades.
    gate: int | None
    #: Index of the grade after it; at or above the number of grades: unrated.
    after: Value


@frozen(eq=False)
class LoweredNode:
    """A node with its meaning."""

    place: Place
    account: Account
    #: What bonus it posts, in its own points, with whose it is.
    bonuses: tuple[tuple[Label, Quantity], ...] = ()
    #: For each rule, the positions of the fields that it names.
    looked_at: tuple[tuple[int, ...], ...] = ()
    #: How its grade came about, in order; empty without grades.
    grading: tuple[GradeStep, ...] = ()

    @property
    def score(self) -> Quantity:
        """The node's score on its own scale, in points."""
        return self.account.score


@frozen(eq=False)
class Lowered:
    """The meaning of a rubric: what every interpreter starts from."""

    rubric: Rubric
    graph: Graph = field(repr=False)
    #: In document order, the root first.
    nodes: tuple[LoweredNode, ...] = field(repr=False)
    fields: tuple[LoweredField, ...] = field(repr=False)


Found = tuple[Problem, int | None]


def lower(rubric: Rubric) -> tuple[Lowered | None, list[Found]]:
    """Lower a rubric; returns its meaning, or None, and all its problems.

    Each problem comes with its offset in the text of an expression, or None.
    """
    lowering = _Lowering(rubric)
    lowered = lowering.run()
    return (None if lowering.problems else lowered), lowering.problems


class _Lowering:
    def __init__(self, rubric: Rubric) -> None:
        self.rubric = rubric
        self.problems: list[Found] = []
        self.graph = Graph()
        self.expressions = Expressions(self.graph)
        self.tree: Tree = plant(rubric, lambda problem: self.report(problem, None))
        self.readings: dict[Expression, Parsed | Mistake] = {}
        self.fields: list[LoweredField] = []
        #: Symbols and fields of all nodes, by `node.field`.
        self.dotted: dict[str, Symbol] = {}
        self.declared: dict[str, Field] = {}
        zero = Quantity.of(self.graph, 0)
        self.scores: dict[str, Symbol] = dict.fromkeys(self.tree.places, zero)
        self.done: dict[str, LoweredNode] = {}
        #: Positions of fields by `node.field`, and those that each rule names.
        self.positions: dict[str, int] = {}
        self.looked_at: dict[tuple[str, int], list[int]] = {}

    def report(self, problem: Problem, offset: int | None) -> None:
        if (problem, offset) not in self.problems:
            self.problems.append((problem, offset))

    def parsed(self, text: Expression) -> Parsed | Mistake:
        reading = self.readings.get(text)
        if reading is None:
            try:
                reading = parse(text.text)
            except Mistake as mistake:
                reading = mistake
            self.readings[text] = reading
        return reading

    def run(self) -> Lowered | None:
        places = self.tree.places
        if any(problem.code in ("too-deep", "too-large") for problem, _ in self.problems):
            return None
        for place in places.values():
            self.declare(place)
        for node_id in self.order():
            first = len(self.graph)
            self.lower_node(places[node_id])
            self.check_size(places[node_id].path, first)
        for place in places.values():
            self.lower_grades(place)
        nodes = tuple(self.done[each] for each in places)
        return Lowered(self.rubric, self.graph, nodes, tuple(self.fields))

    def check_size(self, path: str, first: int) -> None:
        """Refuse values built since the graph had `first` that could leave 62 bits."""
        for value in self.graph.since(first):
            if value.interval.low <= -LARGEST or value.interval.high >= LARGEST:
                expected = "amounts and scales with fewer decimals, or smaller ranges"
                self.report(Problem("too-fine", path, expected), None)
                return

    # evidence

    def declare(self, place: Place) -> None:
        for name, each in place.node.evidence:
            dotted = f"{place.id}.{name}"
            try:
                inputs = each.inputs(dotted)
            except (ValueError, ArithmeticError):
                inputs = Flag().inputs(dotted)
            first = len(self.graph.inputs)
            built = len(self.graph)
            values = [self.graph.input(declared) for declared in inputs]
            self.check_size(f"{place.path}.evidence.{name}", built)
            names = tuple(declared.name for declared in inputs)
            self.positions[dotted] = len(self.fields)
            self.fields.append(LoweredField(place.id, name, each, first, names))
            if values and not (isinstance(each, Choice) and not each.names):
                self.dotted[dotted] = self.symbol_of(each, values)
            self.declared[dotted] = each

    def symbol_of(self, each: Field, values: list[Value]) -> Symbol:
        if isinstance(each, Text):
            return Remark(self.graph, values[0])
        if isinstance(each, Choice):
            return Option(self.graph, values[0], each.names)
        if isinstance(each, Checklist):
            truths = [Truth(self.graph, value) for value in values]
            return Ticked(self.graph, dict(zip(each.names, truths, strict=False)))
        if values[0].kind == "truth":
            return Truth(self.graph, values[0])
        return Quantity(self.graph, values[0], getattr(each, "quanta", 1))

    # order

    def order(self) -> list[str]:
        """Return the ids of all nodes, each after those whose scores it rests on."""
        uses = {each: self.used_scores(place) for each, place in self.tree.places.items()}
        while True:
            needs = {
                each: [*place.children, *uses[each]] for each, place in self.tree.places.items()
            }
            try:
                return list(TopologicalSorter(needs).static_order())
            except CycleError as error:
                self.break_cycle(error.args[1], uses)

    def used_scores(self, place: Place) -> dict[str, tuple[str, int]]:
        """Return the nodes whose scores the rules use, with the place of one use each."""
        scope = self.scope(place, place.path)
        used: dict[str, tuple[str, int]] = {}
        for number, rule in enumerate(place.node.rules):
            looked_at = self.looked_at.setdefault((place.id, number), [])
            for key, text in _expressions(rule):
                reading = self.parsed(text)
                if isinstance(reading, Mistake):
                    continue
                for name, offset in reading.names(scope.lookup).items():
                    if scope.lookup(name) is not None:
                        dotted = name if "." in name else f"{place.id}.{name}"
                        looked_at.append(self.positions[dotted])
                    elif name in self.tree.places:
                        used.setdefault(name, (f"{place.path}.rules[{number}].{key}", offset))
        return used

    def break_cycle(self, cycle: list[str], uses: dict[str, dict[str, tuple[str, int]]]) -> None:
        shown = " → ".join(reversed(cycle))
        for needed, needing in pairwise(cycle):
            use = uses[needing].pop(needed, None)
            if use is not None and needed not in self.tree.places[needing].children:
                path, offset = use
                self.report(
                    Problem("cycle", path, "scores that do not rest on this one", shown), offset
                )

    # nodes

    def scope(self, place: Place, path: str) -> Scope:
        own = {name: self.dotted.get(f"{place.id}.{name}") for name, _ in place.node.evidence}
        symbols: Mapping[str, Any] = ChainMap(
            {name: each for name, each in own.items() if each is not None},
            self.dotted,
            self.scores,
        )
        fields = ChainMap(dict(place.node.evidence), self.declared)
        return Scope(
            self.graph,
            place.scale,
            path,
            symbols,
            fields,
            self.expressions,
            self.parsed,
            self.report,
        )

    def lower_node(self, place: Place) -> None:
        node = place.node
        rising: list[tuple[Label, Quantity]] = []
        if isinstance(node, Item):
            account = Account.opened(self.start(node, place), place.scale)
        else:
            account, rising = self.combined(node, place)
        scope = self.scope(place, place.path)
        for number, rule in enumerate(node.rules):
            path = f"{place.path}.rules[{number}]"
            label = Label(rule.verb, path, None, number)
            account = rule.post(account.labelled(label), attrs.evolve(scope, path=path))
        account = self.held(place, account)
        own = tuple((attrs.evolve(label, origin=place.id), each) for label, each in account.bonuses)
        looked_at = tuple(
            tuple(dict.fromkeys(self.looked_at[place.id, number]))
            for number in range(len(node.rules))
        )
        self.done[place.id] = LoweredNode(place, account, (*own, *rising), looked_at)
        self.scores[place.id] = account.score

    def start(self, item: Item, place: Place) -> Quantity:
        stated = item.start
        if isinstance(stated, Fraction):
            return Quantity.of(self.graph, stated)
        path = f"{place.path}.start"
        if place.scale is None:
            if stated == "full":
                self.report(Problem("all-needs-scale", path, "zero or a number", "full"), None)
            return Quantity.of(self.graph, 0)
        if stated is None:
            deducts = any(isinstance(each, Deduct) for each in item.rules)
            awards = any(isinstance(each, Award | Set) for each in item.rules)
            if deducts == awards:
                expected = "`start: full`, `start: zero` or a number"
                found = (
                    "rules that deduct and award" if deducts else "no rule that deducts or awards"
                )
                self.report(Problem("start-unclear", place.path, expected, found), None)
            stated = "full" if deducts else "zero"
        return Quantity.of(self.graph, place.scale if stated == "full" else 0)

    def combined(
        self, node: Rubric | Indicator, place: Place
    ) -> tuple[Account, list[tuple[Label, Quantity]]]:
        zero = Quantity.of(self.graph, 0)
        account = Account.opened(zero, place.scale, landing=place.lands)
        children = [self.tree.places[each] for each in place.children]
        scores = [self.done[each.id].score * each.factor for each in children]
        if node.combine == "sum":
            for child, score in zip(children, scores, strict=True):
                account = account.labelled(Label("child", child.path, child.id)).award(score)
        elif scores:
            account = account.labelled(Label(node.combine, place.path))
            account = account.award(self.one_of(node.combine, children, scores))
        rising = [
            (label, each * child.factor)
            for child in children
            for label, each in self.done[child.id].bonuses
        ]
        if not place.lands:
            return account, rising
        for label, each in rising:
            account = account.labelled(label).award(each)
        return account, []

    def one_of(self, combine: str, children: list[Place], scores: list[Quantity]) -> Quantity:
        if combine == "mean":
            portions = (each.portion for each in children)
            return total_of(self.graph, zip(portions, scores, strict=True))
        result = scores[0]
        for each in scores[1:]:
            result = result.least(each) if combine == "lowest" else result.greatest(each)
        return result

    def held(self, place: Place, account: Account) -> Account:
        """Apply the limit that nobody wrote: of an item, or of the whole."""
        node = place.node
        label = Label("limit", place.path)
        if isinstance(node, Item):
            written = any(isinstance(each, Limit) for each in node.rules)
            if place.scale is not None and not written:
                return account.labelled(label).limit(Range(Fraction(0), place.scale))
        elif isinstance(node, Rubric):
            clip = node.total if node.clip is None else node.clip
            clip = place.scale if clip is None else clip
            if isinstance(clip, Fraction):
                label = Label("clip", place.path)
                return account.labelled(label).limit(Range(None, clip))
        return account

    # grades

    def lower_grades(self, place: Place) -> None:
        node = place.node
        if not node.grades:
            if node.gates or node.otherwise:
                key = "gates" if node.gates else "otherwise"
                self.report(Problem("missing-key", f"{place.path}.{key}", "`grades`"), None)
            return
        self.check_grades(place)
        first = len(self.graph)
        index = self.graph.constant(len(node.grades))
        for number in reversed(range(len(node.grades))):
            condition = self.condition(place, node.grades[number], f"{place.path}.grades[{number}]")
            index = self.graph.choose(condition.value, self.graph.constant(number), index)
        if node.otherwise is None and index.interval.high >= len(node.grades):
            expected = "a last grade without conditions, or `otherwise: unrated`"
            where = f"{place.path}.grades[{len(node.grades) - 1}]"
            self.report(Problem("grades-open", where, expected), None)
        steps = [GradeStep(None, index)]
        for number, gate in enumerate(node.gates):
            index = self.gated(place, gate, number, index)
            steps.append(GradeStep(number, index))
        self.check_size(place.path, first)
        lowered = self.done[place.id]
        self.done[place.id] = attrs.evolve(lowered, grading=tuple(steps))

    def check_grades(self, place: Place) -> None:
        grades, path = place.node.grades, f"{place.path}.grades"
        seen: set[str] = {UNRATED}
        fewest: int | None = None
        for number, grade in enumerate(grades):
            where = f"{path}[{number}]"
            if grade.stars is None and grade.grade is None:
                self.report(Problem("missing-key", where, "`stars`, `grade`, or both"), None)
                continue
            if grade.name in seen:
                expected = "a grade of its own name"
                self.report(Problem("duplicate-id", where, expected, grade.name), None)
            seen.add(grade.name)
            if grade.stars is not None:
                if grade.stars < 0:
                    self.report(Problem("out-of-range", f"{where}.stars", "0 or more"), None)
                if fewest is not None and grade.stars >= fewest:
                    self.report(Problem("grades-order", where, "fewer stars than above"), None)
                fewest = grade.stars
            if not grade.conditional and number < len(grades) - 1:
                expected = "a condition: no grade after it can be reached"
                self.report(Problem("grades-order", where, expected), None)
        self.check_cuts(grades, path)

    def check_cuts(self, grades: tuple[Grade, ...], path: str) -> None:
        above: tuple[str, Fraction] | None = None
        for number, grade in enumerate(grades):
            where = f"{path}[{number}]"
            if grade.at_least is not None and grade.up_to is not None:
                self.report(Problem("conflicting-keys", where, "`from` or `up_to`, not both"), None)
                continue
            for key, cut in (("from", grade.at_least), ("up_to", grade.up_to)):
                if cut is None:
                    continue
                if above is not None and above[0] != key:
                    expected = f"`{above[0]}`, as above"
                    self.report(Problem("conflicting-keys", where, expected), None)
                elif above is not None and (cut >= above[1] if key == "from" else cut <= above[1]):
                    expected = f"{'less' if key == 'from' else 'more'} than {number_text(above[1])}"
                    found = number_text(cut)
                    self.report(Problem("grades-order", f"{where}.{key}", expected, found), None)
                above = (key, cut)

    def condition(self, place: Place, grade: Grade, path: str) -> Truth:
        """Return whether all conditions of a grade hold."""
        scope = self.scope(place, path)
        score = self.done[place.id].score
        holds = scope.holds(grade.when, None)
        if grade.at_least is not None:
            holds = holds.both(scope.constant(grade.at_least).at_most(score))
        if grade.up_to is not None:
            holds = holds.both(score.at_most(scope.constant(grade.up_to)))
        for key, stated in (("minima", grade.minima), ("maxima", grade.maxima)):
            for node_id, edge in self.edges(place, stated, key, scope):
                part, limit = self.done[node_id].score, scope.constant(edge)
                holds = holds.both(limit.at_most(part) if key == "minima" else part.at_most(limit))
        return holds

    def edges(
        self,
        place: Place,
        stated: Fraction | tuple[tuple[str, Fraction], ...] | None,
        key: str,
        scope: Scope,
    ) -> list[tuple[str, Fraction]]:
        if stated is None:
            return []
        if isinstance(stated, Fraction):
            if not place.children:
                scope.problem(
                    "conflicting-keys", key, "the ids of nodes, on a node without children"
                )
            return [(each, stated) for each in place.children]
        for node_id, _ in stated:
            if node_id not in self.tree.places:
                near = nearest_name(node_id, self.tree.places)
                scope.problem("unknown-name", f"{key}.{node_id}", "the id of a node", node_id, near)
        return [each for each in stated if each[0] in self.tree.places]

    def gated(self, place: Place, gate: Gate, number: int, index: Value) -> Value:
        """Return the index of the grade after a gate."""
        graph, grades = self.graph, place.node.grades
        scope = self.scope(place, f"{place.path}.gates[{number}]")
        if len(gate.actions) != 1:
            expected = "one of `at_most`, `grade`, `step`, `unrated`"
            code = "conflicting-keys" if gate.actions else "missing-key"
            scope.problem(code, "", expected, ", ".join(gate.actions))
            return index
        applies = scope.holds(gate.when, gate.unless).value
        last = graph.constant(len(grades) - 1)
        if gate.at_most is not None:
            after = graph.greatest(index, self.position(grades, gate.at_most, "at_most", scope))
        elif gate.grade is not None:
            after = self.position(grades, gate.grade, "grade", scope)
        elif gate.step is not None:
            moved = graph.linear(-gate.step, [(1, index)])
            after = graph.least(graph.greatest(moved, graph.constant(0)), last)
        else:
            after = graph.constant(len(grades) + 1 + number)
        rated = graph.at_most(index, last)
        return graph.choose(graph.both(applies, rated), after, index)

    def position(self, grades: tuple[Grade, ...], name: str, key: str, scope: Scope) -> Value:
        for place, grade in enumerate(grades):
            if name in (grade.name, str(grade.stars)):
                return self.graph.constant(place)
        names = [each.name for each in grades]
        scope.problem(
            "unknown-grade", key, "one of " + ", ".join(names), name, nearest_name(name, names)
        )
        return self.graph.constant(0)


def _expressions(rule: Policy) -> list[tuple[str, Expression]]:
    """Return the expressions of a rule, by key: whatever attribute holds one."""
    names = map(attrgetter("name"), attrs.fields(type(rule)))
    return [(name, each) for name in names if isinstance(each := getattr(rule, name), Expression)]
