"""Grades and gates become a graph: from a score to the index of a grade, and what moves it.

An index counts from 0, the best grade; at or above the number of grades it says unrated,
and why: by the grades themselves, by a cause, or by a gate.
"""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

from attrs import evolve, frozen

from rubric_engine.branches import Way
from rubric_engine.errors import Problem, nearest_name
from rubric_engine.exact import number_text
from rubric_engine.grading import UNRATED, Gate
from rubric_engine.graph import Graph, Value
from rubric_engine.scope import Expression, Scope
from rubric_engine.symbols import Quantity, Truth
from rubric_engine.tree import Place

if TYPE_CHECKING:
    from rubric_engine.lower import Lowering

__all__ = ["Cause", "GradeStep", "Grading"]


@frozen(eq=False)
class GradeStep:
    """What moved a grade: the grades themselves, a cause to be unrated, or a gate."""

    #: Position of the gate; None for the grades and causes.
    gate: int | None
    #: Index of the grade after it; at or above the number of grades: unrated.
    after: Value
    #: For a cause, why there is no grade.
    reason: str | None = None


@frozen(eq=False)
class Cause:
    """Why the whole may be unrated whatever the score."""

    holds: Truth
    reason: str
    #: The node whose finding it is, and whether it is absent (0), a choice (1) or too few (2).
    node: str
    rank: int


class Grading:
    """Lowers the grades and gates of one node."""

    def __init__(self, lowering: Lowering, place: Place, causes: list[Cause]) -> None:
        self.lowering, self.place, self.causes = lowering, place, causes
        self.graph, self.grades = lowering.graph, place.node.grades

    @staticmethod
    def stars(graph: Graph, place: Place, index: Value) -> Quantity | None:
        """Return the stars of a node's grade; missing where it is unrated."""
        grades = place.node.grades
        if any(each.stars is None for each in grades):
            return None
        last = graph.constant(len(grades) - 1)
        rated = Truth(graph, graph.at_most(index, last))
        table = [each.stars or 0 for each in grades]
        number = Quantity(graph, graph.lookup(graph.least(index, last), table), 1)
        return number.only(rated)

    def report(self, problem: Problem) -> None:
        """Record a problem."""
        self.lowering.report(problem, None)

    def run(self) -> tuple[GradeStep, ...] | None:
        """Return how the grade comes about, or None where the node has none."""
        node, path = self.place.node, self.place.path
        if not node.grades:
            if node.gates or node.otherwise:
                key = "gates" if node.gates else "otherwise"
                self.report(Problem("missing-key", f"{path}.{key}", "`grades`"))
            if self.causes:
                expected = "`grades`: findings can leave the whole unrated"
                self.report(Problem("missing-key", path, expected, self.causes[0].reason))
            return None
        self.check_grades()
        first = len(self.graph)
        steps = [GradeStep(None, self.banded())]
        for number, (holds, reason) in enumerate(self.reasons()):
            unrated = self.graph.constant(len(self.grades) + 1 + len(node.gates) + number)
            # The first reason counts, also where the grades themselves leave it unrated.
            first_one = self.graph.at_most(steps[-1].after, self.graph.constant(len(self.grades)))
            holds_first = self.graph.both(holds.value, first_one)
            index = self.graph.choose(holds_first, unrated, steps[-1].after)
            steps.append(GradeStep(None, index, reason))
        #: The index not yet held within the list, while steps are clamped once.
        loose: Value | None = None
        for number, gate in enumerate(node.gates):
            before = steps[-1].after if loose is None else loose
            once = gate.clamp == "once" and gate.step is not None
            if not once and loose is not None:
                before, loose = steps[-1].after, None
            after = self.gated(gate, number, before, steps[-1].after)
            loose = after if once else None
            steps.append(GradeStep(number, self.clamped(after, steps[-1].after) if once else after))
        self.lowering.check_size(path, first)
        return tuple(steps)

    def reasons(self) -> list[tuple[Truth, str]]:
        """Return why the node is unrated whatever its score: not applicable, absent, causes."""
        done = self.lowering.done[self.place.id]
        truths = (done.applies, done.present, done.left)
        own = [each.negate() for each in truths if each is not None]
        named = [(each, self.place.id) for each in own]
        return [*named, *((each.holds, each.reason) for each in self.causes)]

    @property
    def last(self) -> Value:
        """The index of the last grade."""
        return self.graph.constant(len(self.grades) - 1)

    def clamped(self, index: Value, before: Value) -> Value:
        """Hold an index within the list, unless the node was unrated before."""
        held = self.graph.least(self.graph.greatest(index, self.graph.constant(0)), self.last)
        return self.graph.choose(self.graph.at_most(before, self.last), held, before)

    def banded(self) -> Value:
        """Return the index that the cuts and conditions give."""
        index = self.graph.constant(len(self.grades))
        path = f"{self.place.path}.grades"
        conditions: dict[int, Truth] = {}
        for number in reversed(range(len(self.grades))):
            condition = conditions[number] = self.condition(number, path, conditions)
            index = self.graph.choose(condition.value, self.graph.constant(number), index)
        if self.place.node.otherwise is None and index.interval.high >= len(self.grades):
            expected = "a last grade without conditions, or `otherwise: unrated`"
            self.report(Problem("grades-open", f"{path}[{len(self.grades) - 1}]", expected))
        return index

    def check_grades(self) -> None:
        """Check names, stars and the order of the grades."""
        path = f"{self.place.path}.grades"
        seen: set[str] = {UNRATED}
        fewest: int | None = None
        for number, grade in enumerate(self.grades):
            where = f"{path}[{number}]"
            if grade.stars is None and grade.grade is None:
                self.report(Problem("missing-key", where, "`stars`, `grade`, or both"))
                continue
            if grade.name in seen:
                expected = "a grade of its own name"
                self.report(Problem("duplicate-id", where, expected, grade.name))
            seen.add(grade.name)
            if grade.stars is not None:
                if grade.stars < 0:
                    self.report(Problem("out-of-range", f"{where}.stars", "0 or more"))
                if fewest is not None and grade.stars >= fewest:
                    self.report(Problem("grades-order", where, "fewer stars than above"))
                fewest = grade.stars
            if not grade.conditional and number < len(self.grades) - 1:
                expected = "a condition: no grade after it can be reached"
                self.report(Problem("grades-order", where, expected))
        self.check_cuts(path)

    def check_cuts(self, path: str) -> None:
        """Check that the cuts are of one direction and in order."""
        above: tuple[str, Fraction] | None = None
        for number, grade in enumerate(self.grades):
            where = f"{path}[{number}]"
            if grade.at_least is not None and grade.up_to is not None:
                self.report(Problem("conflicting-keys", where, "`from` or `up_to`, not both"))
                continue
            for key, cut in (("from", grade.at_least), ("up_to", grade.up_to)):
                if cut is None:
                    continue
                if above is not None and above[0] != key:
                    expected = f"`{above[0]}`, as above"
                    self.report(Problem("conflicting-keys", where, expected))
                elif above is not None and (cut >= above[1] if key == "from" else cut <= above[1]):
                    expected = f"{'less' if key == 'from' else 'more'} than {number_text(above[1])}"
                    found = number_text(cut)
                    self.report(Problem("grades-order", f"{where}.{key}", expected, found))
                above = (key, cut)

    def condition(self, number: int, path: str, others: dict[int, Truth]) -> Truth:
        """Return whether all conditions of a grade hold.

        `others` comes to have the conditions of all grades, by their position.
        """
        grade = self.grades[number]
        scope = self.lowering.live_scope(self.place, f"{path}[{number}]")
        score = self.lowering.done[self.place.id].score
        when = evolve(scope, watch=None).holds(grade.when, None)
        cut = Truth.of(self.graph, verdict=True)
        if grade.at_least is not None:
            cut = scope.constant(grade.at_least).at_most(score)
        if grade.up_to is not None:
            cut = cut.both(score.at_most(scope.constant(grade.up_to)))

        def tell(key: str, fits: Truth) -> None:
            scope.branch("grade condition", key, lambda: self.beside(number, cut, fits, others))

        if grade.when is not None:
            tell("when", when)
        holds = when.both(cut)
        for key, stated in (("minima", grade.minima), ("maxima", grade.maxima)):
            every = Truth.of(self.graph, verdict=True)
            for node_id, edge in self.edges(stated, key, scope):
                part, limit = self.part(node_id), scope.constant(edge)
                fits = limit.at_most(part) if key == "minima" else part.at_most(limit)
                if part.can_miss:
                    fits = fits.default(Truth.of(self.graph, verdict=True))
                if isinstance(stated, tuple):
                    tell(f"{key}.{node_id}", fits)
                every = every.both(fits)
            if isinstance(stated, Fraction):
                tell(key, every)
            holds = holds.both(every)
        return holds

    @staticmethod
    def beside(number: int, cut: Truth, fits: Truth, others: dict[int, Truth]) -> list[Way]:
        """Return whether a condition beside the cut of a grade is met where it matters.

        That is where the score reaches the cut and no better grade is given.
        """
        matters = cut
        for better in range(number):
            matters = matters.both(others[better].negate())
        return [Way("met", matters.both(fits)), Way("failed", matters.both(fits.negate()))]

    def part(self, node_id: str) -> Quantity:
        """Return the score of a node, missing where it is not applicable or absent."""
        done = self.lowering.done[node_id]
        seen = self.lowering.declared.states.seen(node_id, self.place.id)
        score = done.score if seen is None else done.score.only(seen)
        return score if done.left is None else score.only(done.left)

    def edges(
        self,
        stated: Fraction | tuple[tuple[str, Fraction], ...] | None,
        key: str,
        scope: Scope,
    ) -> list[tuple[str, Fraction]]:
        """Return the nodes that minima or maxima look at, with their marks."""
        if stated is None:
            return []
        places = self.lowering.places
        if isinstance(stated, Fraction):
            below = [] if self.place.folds else self.place.children
            if not below:
                scope.problem(
                    "conflicting-keys", key, "the ids of nodes, on a node without children"
                )
            return [(each, stated) for each in below if not places[each].beside]
        for node_id, _ in stated:
            if node_id not in places or places[node_id].table is not None:
                near = nearest_name(node_id, places)
                expected = "the id of a node with one score"
                scope.problem("unknown-name", f"{key}.{node_id}", expected, node_id, near)
        return [each for each in stated if each[0] in places and places[each[0]].table is None]

    def gated(self, gate: Gate, number: int, index: Value, shown: Value) -> Value:
        """Return the index of the grade after a gate."""
        graph = self.graph
        scope = self.lowering.live_scope(self.place, f"{self.place.path}.gates[{number}]")
        if len(gate.actions) != 1:
            expected = "one of `at_most`, `grade`, `step`, `unrated`"
            code = "conflicting-keys" if gate.actions else "missing-key"
            scope.problem(code, "", expected, ", ".join(gate.actions))
            return index
        for key in ("per", "clamp"):
            if getattr(gate, key) is not None and gate.step is None:
                scope.problem("conflicting-keys", key, "`step` beside it")
        applies = scope.holds(gate.when, gate.unless).value
        if gate.at_most is not None:
            after = graph.greatest(index, self.ceiling(gate.at_most, scope))
        elif gate.grade is not None:
            after = self.position(gate.grade, "grade", scope)
        elif gate.step is not None:
            after = self.stepped(gate, index, scope)
        else:
            after = graph.constant(len(self.grades) + 1 + number)
        rated = graph.at_most(shown, self.last)
        return graph.choose(graph.both(applies, rated), after, index)

    def stepped(self, gate: Gate, index: Value, scope: Scope) -> Value:
        """Return the index so many steps up, held within the list unless that comes later."""
        graph, step = self.graph, gate.step or 0
        moved = graph.linear(-step, [(1, index)])
        if gate.per is not None:
            times = scope.positive(gate.per, "per")
            if times.scale != 1 or times.over is not None:
                scope.problem("wrong-operand", "per", "a whole number", gate.per.text)
                return index
            moved = graph.linear(0, [(1, index), (-step, times.value)])
        if gate.clamp == "once":
            return moved
        return graph.least(graph.greatest(moved, graph.constant(0)), self.last)

    def ceiling(self, text: str, scope: Scope) -> Value:
        """Return the index of the best grade allowed: by name, stars, or an expression."""
        names = {grade.name for grade in self.grades}
        names |= {str(grade.stars) for grade in self.grades if grade.stars is not None}
        plain = text.replace("_", "").isalnum() and text not in scope.symbols
        if text in names or plain:
            return self.position(text, "at_most", scope)
        if any(grade.stars is None for grade in self.grades):
            scope.problem("wrong-operand", "at_most", "grades with stars, for an expression")
            return self.graph.constant(0)
        stars = scope.number(Expression(text), "at_most")
        index = self.last
        for number in reversed(range(len(self.grades) - 1)):
            few = scope.constant(self.grades[number].stars or 0).at_most(stars)
            index = self.graph.choose(few.value, self.graph.constant(number), index)
        return index

    def position(self, name: str, key: str, scope: Scope) -> Value:
        """Return the index of a grade by its name or its stars."""
        for place, grade in enumerate(self.grades):
            if name in (grade.name, str(grade.stars)):
                return self.graph.constant(place)
        names = [each.name for each in self.grades]
        scope.problem(
            "unknown-grade", key, "one of " + ", ".join(names), name, nearest_name(name, names)
        )
        return self.graph.constant(0)
