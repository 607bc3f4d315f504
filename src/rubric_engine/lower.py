"""Lowering: from the rubric to the graph, once, with all that is wrong with it.

Nodes are lowered in an order in which every score stands before the rules that use it.
Each policy posts to its node's account; the account's values are the meaning of the
rubric for every interpreter. What is declared stands in `declare`, how children and rows
become one score in `combining`, grades and gates in `gating`.
"""

from __future__ import annotations

from collections import ChainMap
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from fractions import Fraction
from functools import partial
from graphlib import CycleError, TopologicalSorter
from itertools import pairwise
from typing import Any

import attrs
from attrs import field, frozen

from rubric_engine.account import Account, Bonus, Label
from rubric_engine.branches import Branch, Told, Watch, Ways, either
from rubric_engine.branching import branches_of
from rubric_engine.checks import SO_FAR
from rubric_engine.combining import Combined, Combiner
from rubric_engine.declare import COHORT, Declared, LoweredField, declare, fixed_figure
from rubric_engine.errors import Problem, nearest_name
from rubric_engine.exact import number_text
from rubric_engine.expression import Expressions, Mistake, Parsed, parse
from rubric_engine.fields import Choice, Field, Range, Refused, Rows, Scalar, Text
from rubric_engine.figures import Figure, is_too_wide, scales
from rubric_engine.gating import Cause, GradeStep, Grading
from rubric_engine.graph import Graph, Op, Outgrown, Value, reachable
from rubric_engine.model import NOT_APPLICABLE, ROOT, Item, Rubric
from rubric_engine.policies import Award, Deduct, Group, Limit, Policy, Posting, Round, Set
from rubric_engine.scope import Expression, Scope
from rubric_engine.states import only
from rubric_engine.symbols import Option, Quantity, Symbol, Table, Truth
from rubric_engine.tree import ROW, Place, Tree, plant

__all__ = [
    "LARGEST",
    "Demand",
    "GradeStep",
    "Incoming",
    "Lowered",
    "LoweredField",
    "LoweredFigure",
    "LoweredNode",
    "Lowering",
    "Numbered",
    "lower",
]

#: Values of a graph stay below this, so that every engine can hold them.
LARGEST = 2**62
#: So many problems are told at most.
MOST_PROBLEMS = 1_000
#: The end of the name of a node's grade among what is lowered in order.
GRADE = "?grade"
STARS = "?stars"


@frozen(eq=False)
class Demand:
    """What a sheet must fulfil beside the type of each finding."""

    #: It must hold; one truth for the sheet, or one for each row of a table.
    holds: Truth
    #: What is wrong where it does not; `[]` in its path stands for the row.
    problem: Problem


@frozen(eq=False)
class LoweredNode:
    """A node with its meaning."""

    place: Place
    account: Account
    #: What bonus it posts itself, in its own points.
    bonuses: tuple[Bonus, ...] = ()
    #: For each rule, the positions of the fields that it names.
    looked_at: tuple[tuple[int, ...], ...] = ()
    #: How its grade came about, in order; empty without grades.
    grading: tuple[GradeStep, ...] = ()
    #: Where it and all above it are applicable, and where they have findings; None if always.
    applies: Truth | None = None
    present: Truth | None = None
    #: Where enough of its children count; None if always.
    left: Truth | None = None
    #: Of a node for each row, which rows it takes; None for all.
    taken: Truth | None = None
    #: What a point of it makes of the parent's scale, where that varies.
    share: Quantity | None = None

    @property
    def score(self) -> Quantity:
        """The node's score on its own scale, in points."""
        return self.account.score


@frozen(eq=False)
class LoweredFigure:
    """A given number of the cohort, with what is measured of each assessee.

    None of its values rests on a given number of the cohort that is not fixed.
    """

    #: `cohort.rank`.
    path: str
    #: Its kind and options, none left open.
    figure: Figure
    #: The given field: its places and range.
    field: Field
    #: The number, missing where the assessee takes no part; never a quotient.
    number: Quantity
    #: The code of the assessee's group, missing where it has none; None where all are of one.
    within: Value | None = None
    #: Whether it takes part, which `number` heeds; not where this is missing; None if always.
    among: Truth | None = None

    @property
    def kind(self) -> str:
        """The kind of the figure, one of `figures.FIGURES`."""
        return self.figure.kind

    @property
    def quanta(self) -> int:
        """How many quanta make a unit of the given field."""
        return int(getattr(self.field, "quanta", 1))

    @property
    def bound(self) -> int:
        """The number is never beyond this either way, in its own quanta."""
        interval = self.number.value.interval
        return max(-interval.low, interval.high)


@frozen(eq=False)
class Lowered:
    """The meaning of a rubric: what every interpreter starts from."""

    rubric: Rubric
    graph: Graph = field(repr=False)
    #: In document order, the root first.
    nodes: tuple[LoweredNode, ...] = field(repr=False)
    fields: tuple[LoweredField, ...] = field(repr=False)
    demands: tuple[Demand, ...] = field(default=(), repr=False)
    #: The given numbers of the cohort that are worked out, in order.
    figures: tuple[LoweredFigure, ...] = field(default=(), repr=False)
    #: Where it goes one way or another, if it was lowered with somebody watching.
    branches: tuple[Branch, ...] = field(default=(), repr=False)


Found = tuple[Problem, int | None]
#: Where a node is used, by its name: the path of the use, and the place in its expression.
Uses = dict[str, tuple[str, int]]


def lower(rubric: Rubric, *, watched: bool = False) -> tuple[Lowered | None, list[Found]]:
    """Lower a rubric; returns its meaning, or None, and all its problems.

    Each problem comes with its offset in the text of an expression, or None. If it is
    watched, its branches are worked out too.
    """
    lowering = Lowering(rubric, watched=watched)
    lowered: Lowered | None = None
    try:
        lowered = lowering.run()
    except Outgrown as grown:
        # What was told to be too fine already goes on growing; that is not told again.
        if all(problem.code != grown.code for problem, _ in lowering.problems):
            lowering.report(Problem(grown.code, lowering.at, grown.expected), None)
    return (None if lowering.problems else lowered), lowering.problems


#: A rule with its position among the rules of its node.
Numbered = tuple[int, Policy]


@frozen(eq=False)
class Incoming:
    """A rule that posts to another node's account."""

    source: Place
    number: int
    rule: Policy


class Lowering:
    """One rubric being lowered; afterwards, its rules can be tried another way."""

    def __init__(self, rubric: Rubric, *, watched: bool = False) -> None:
        self.rubric = rubric
        #: The branches that were met; None where nobody watches.
        self.told: list[Told] | None = [] if watched else None
        self.problems: list[Found] = []
        #: The path of the node that is being lowered.
        self.at = "$"
        self.graph = Graph()
        self.expressions = Expressions(self.graph)
        self.tree: Tree = plant(rubric, lambda problem: self.report(problem, None))
        self.places = self.tree.places
        self.readings: dict[Expression, Parsed | Mistake] = {}
        self.declared: Declared
        self.values: dict[str, Symbol] = {}
        #: Names that stand for figures that are fixed: given numbers, and values that use them.
        self.fixed: set[str] = set()
        #: Values that cannot be worked out.
        self.broken: set[str] = set()
        zero = Quantity.of(self.graph, 0)
        #: Scores of nodes by the table for whose rows they are, and id.
        self.scores: dict[str | None, dict[str, Symbol]] = {None: {}}
        for place in self.places.values():
            self.scores.setdefault(place.table, {})[place.id] = zero
        #: Scores before what a node counts that is not applicable, by id.
        self.obtained: dict[str, Quantity] = {}
        self.stars: dict[str, Symbol] = {}
        self.done: dict[str, LoweredNode] = {}
        self.rising: dict[str, tuple[list[Bonus], list[tuple[Label, Quantity]]]] = {}
        self.looked_at: dict[tuple[str, int], list[int]] = {}
        self.incoming: dict[str, list[Incoming]] = {}
        self.demands: list[Demand] = []
        #: The points below a node that are taken out of the total.
        self.lost_total: dict[str, Quantity] = {}
        #: Why the whole may be unrated whatever the score.
        self.causes: list[Cause] = []
        self.scopes: dict[str, Scope] = {}
        #: Accounts of nodes before their rules, by id.
        self.opened: dict[str, Account] = {}
        self.all_below: dict[str, set[str]] = {}
        #: Values that could leave 62 bits.
        self.too_wide: set[int] = set()

    def report(self, problem: Problem, offset: int | None) -> None:
        if len(self.problems) < MOST_PROBLEMS and (problem, offset) not in self.problems:
            self.problems.append((problem, offset))

    def problem(self, code: str, path: str, expected: str = "", found: str = "") -> None:
        self.report(Problem(code, path, expected, found), None)

    def demand(self, holds: Truth, problem: Problem) -> None:
        if holds.constant is not True:
            self.demands.append(Demand(holds, problem))

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
        if any(problem.code in ("too-deep", "too-large") for problem, _ in self.problems):
            return None
        self.declared = declare(self.rubric, self.graph, self.places, self.check_size)
        self.check_tables()
        self.lower_values()
        self.collect_incoming()
        for name in self.order():
            first = len(self.graph)
            self.at = self.places[name.removesuffix(GRADE)].path
            if name.endswith(GRADE):
                self.lower_grades(self.places[name.removesuffix(GRADE)])
            else:
                self.lower_node(self.places[name])
            self.check_size(self.at, first)
            if len(self.problems) >= MOST_PROBLEMS:
                return None
        self.lower_grades(self.places[ROOT])
        self.demand_findings()
        figures = self.lower_figures()
        nodes = tuple(self.done[each] for each in self.places)
        fields, demands = self.declared.fields, tuple(self.demands)
        branches: tuple[Branch, ...] = ()
        if self.told is not None and not self.problems:
            branches = branches_of(self, nodes, self.told)
        return Lowered(self.rubric, self.graph, nodes, fields, demands, figures, branches)

    def check_size(self, path: str, first: int) -> None:
        """Refuse values built since the graph had `first` that could leave 62 bits.

        What rests on such a value is not reported again.
        """
        reported = False
        for value in self.graph.since(first):
            wide = value.interval.low <= -LARGEST or value.interval.high >= LARGEST
            if not wide or value.index in self.too_wide:
                continue
            derived = any(each.index in self.too_wide for each in value.args)
            self.too_wide.add(value.index)
            if not derived and not reported:
                reported = True
                expected = (
                    "amounts and scales with fewer decimals, smaller ranges, or a rounding:"
                    " rounded(a / b, 4), `round_to`, or {round: 4} as the first rule"
                )
                self.report(Problem("too-fine", path, expected), None)

    # tables, values

    def check_tables(self) -> None:
        for place in self.places.values():
            each = getattr(place.node, "each", None)
            table = place.table
            if each is not None:
                self.problem("conflicting-keys", f"{place.path}.each", "no `each` below an `each`")
            if table is None:
                continue
            found = self.declared.symbols.get(table)
            if place.row and not isinstance(found, Table):
                tables = [
                    name for name, kind in self.declared.kinds.items() if isinstance(kind, Rows)
                ]
                near = nearest_name(table, tables)
                problem = Problem("unknown-name", f"{place.path}.each", "a table", table, near)
                self.report(problem, None)
            if isinstance(found, Table):
                for name, _ in place.node.evidence:
                    if name in found.columns:
                        where = f"{place.path}.evidence.{name}"
                        self.problem("duplicate-id", where, "a name that no column has", name)

    def table(self, place: Place) -> Table | None:
        found = None if place.table is None else self.declared.symbols.get(place.table)
        return found if isinstance(found, Table) else None

    def lower_values(self) -> None:
        """Work out the named values, each after those that it uses."""
        stated = dict(self.rubric.values)
        needs: dict[str, list[str]] = {}
        for name, text in stated.items():
            reading = self.parsed(text)
            names = {} if isinstance(reading, Mistake) else reading.names(lambda _: None)
            needs[name] = [each for each in names if each in stated]
        try:
            order = list(TopologicalSorter(needs).static_order())
        except CycleError as error:
            shown = " → ".join(reversed(error.args[1]))
            path = f"$.values.{error.args[1][0]}"
            self.problem("cycle", path, "values that do not rest on themselves", shown)
            order = [name for name in stated if not needs[name]]
        given = {
            name: symbol
            for name, symbol in self.declared.symbols.items()
            if name in self.declared.given
        }
        self.fixed = {each for each in given if fixed_figure(self.declared.kinds[each]) is not None}
        for name in order:
            reading = self.parsed(stated[name])
            if not isinstance(reading, Mistake) and self.fixed & set(reading.names(given.get)):
                self.fixed.add(name)
            scope = Scope(
                self.graph,
                None,
                "$.values",
                ROOT,
                ChainMap(self.values, given),
                {each: self.declared.kinds[each] for each in given},
                self.expressions,
                self.parsed,
                self.demand,
                self.report,
                watch=self.watch,
            )
            first = len(self.graph)
            symbol = attrs.evolve(scope, broken=self.broken).symbol(stated[name], name)
            self.check_size(f"$.values.{name}", first)
            if symbol is None:
                self.broken.add(name)
            else:
                self.values[name] = symbol
        self.broken |= stated.keys() - self.values.keys()

    # order

    def collect_incoming(self) -> None:
        for place in self.places.values():
            for number, rule in enumerate(place.node.rules):
                to = getattr(rule, "to", None)
                if to is None or not isinstance(rule, Posting | Group):
                    continue
                path = f"{place.path}.rules[{number}].to"
                target = self.places.get(to)
                if target is None or to == place.id or to.endswith(ROW):
                    near = nearest_name(to, self.places) if target is None else None
                    expected = "the id of another node"
                    self.report(Problem("unknown-name", path, expected, to[:60], near), None)
                elif target.table != place.table:
                    expected = "a node that is scored for the same rows"
                    self.problem("conflicting-keys", path, expected, to)
                else:
                    self.incoming.setdefault(to, []).append(Incoming(place, number, rule))

    def order(self) -> list[str]:
        """Return the names of all nodes and grades, each after those that it rests on."""
        uses = {each: self.used_scores(place) for each, place in self.places.items()}
        graded = [each for each, place in self.places.items() if place.node.grades]
        for each in graded:
            if each != ROOT:
                uses[each + GRADE] = self.used_grades(self.places[each])
        while True:
            needs = {
                name: [*self.counted(self.places[name]), *used]
                if not name.endswith(GRADE)
                else [name.removesuffix(GRADE), *used]
                for name, used in uses.items()
            }
            try:
                return [each for each in TopologicalSorter(needs).static_order() if each in uses]
            except CycleError as error:
                self.break_cycle(error.args[1], uses)

    def counted(self, place: Place) -> list[str]:
        """Return the children that a node rests on: those beside the points are not."""
        return [each for each in place.children if not self.places[each].beside]

    def used_scores(self, place: Place) -> Uses:
        """Return the nodes whose scores a node rests on, with the place of one use each."""
        used: Uses = {}
        for number, rule in enumerate(place.node.rules):
            path = f"{place.path}.rules[{number}]"
            looked_at = self.looked_at.setdefault((place.id, number), [])
            # What is posted elsewhere is not used here.
            into: Uses = {} if getattr(rule, "to", None) is not None else used
            self.note_rule(place, rule, path, into, looked_at)
        for each in self.incoming.get(place.id, ()):
            path = f"{each.source.path}.rules[{each.number}]"
            self.note_rule(each.source, each.rule, path, used, [])
        node = place.node
        for key in ("where", "weigh"):
            text = getattr(node, key, None)
            if text is not None:
                self.note(place, text, f"{place.path}.{key}", used)
        counts, stating = place.not_applicable, self.places[place.stated_by or place.id]
        worded = counts is None or counts.text in NOT_APPLICABLE
        if counts is not None and not worded and (stating is place or self.skips(place)):
            self.note(stating, counts, f"{stating.path}.not_applicable", used)
        for child_id in place.children:
            child = self.places[child_id]
            weight = getattr(child.node, "weight", None)
            if isinstance(weight, Expression):
                self.note(child, weight, f"{child.path}.weight", used)
        return used

    @staticmethod
    def skips(place: Place) -> bool:
        """Say whether a choice of a node can say `skip`."""
        evidence = place.node.evidence
        return any(isinstance(each, Choice) and each.meaning("skip") for _, each in evidence)

    def used_grades(self, place: Place) -> Uses:
        """Return what the grades of a node rest on."""
        used: Uses = {}
        for number, grade in enumerate(place.node.grades):
            path = f"{place.path}.grades[{number}]"
            if grade.when is not None:
                self.note(place, grade.when, f"{path}.when", used)
            for key in ("minima", "maxima"):
                stated = getattr(grade, key)
                named = dict(stated) if isinstance(stated, tuple) else {}
                for node in named:
                    if node in self.places:
                        used.setdefault(node, (f"{path}.{key}.{node}", 0))
        for number, gate in enumerate(place.node.gates):
            path = f"{place.path}.gates[{number}]"
            names = {grade.name for grade in place.node.grades}
            names |= {str(grade.stars) for grade in place.node.grades}
            for key in ("when", "unless", "per"):
                text = getattr(gate, key)
                if text is not None:
                    self.note(place, text, f"{path}.{key}", used)
            if gate.at_most is not None and gate.at_most not in names:
                self.note(place, Expression(gate.at_most), f"{path}.at_most", used)
        used.pop(place.id, None)
        return used

    def note_rule(
        self, place: Place, rule: Policy, path: str, used: Uses, looked_at: list[int]
    ) -> None:
        for key, text, table in _expressions(rule):
            self.note(place, text, f"{path}.{key}", used, looked_at, table)
        for table in _tables(rule):
            position = self.declared.positions.get(self.dotted(place, table))
            if position is not None:
                looked_at.append(position)

    def note(
        self,
        place: Place,
        text: Expression,
        path: str,
        used: Uses,
        looked_at: list[int] | None = None,
        table: str | None = None,
    ) -> None:
        """Note the scores and fields that an expression names."""
        reading = self.parsed(text)
        if isinstance(reading, Mistake):
            return
        scope = self.scope(place, path)
        found = None if table is None else scope.symbols.get(table)
        if isinstance(found, Table):
            scope = scope.in_rows(found)
        for name, offset in reading.names(scope.lookup).items():
            if scope.lookup(name) is not None:
                position = self.declared.positions.get(self.dotted(place, name))
                if isinstance(found, Table) and name in found.columns:
                    position = self.declared.positions.get(found.name)
                if position is not None and looked_at is not None:
                    looked_at.append(position)
            elif name in self.places:
                used.setdefault(name, (path, offset))
        for name in reading.graded:
            if name in self.places and name != ROOT and self.places[name].node.grades:
                used.setdefault(name + GRADE, (path, 0))

    def dotted(self, place: Place, name: str) -> str:
        """Return `node.field` for a field as a node names it; its table for a column."""
        table = self.table(place)
        if table is not None and name in table.columns:
            return table.name
        return name if "." in name else f"{place.id.removesuffix(ROW)}.{name}"

    def break_cycle(self, cycle: list[str], uses: dict[str, Uses]) -> None:
        shown = " → ".join(each.replace(GRADE, "'s grade") for each in reversed(cycle))
        for needed, needing in pairwise(cycle):
            use = uses[needing].pop(needed, None)
            fixed = needing in self.places and needed in self.counted(self.places[needing])
            if use is not None and not fixed:
                path, offset = use
                self.report(
                    Problem("cycle", path, "scores that do not rest on this one", shown), offset
                )

    # nodes

    def scope(self, place: Place, path: str) -> Scope:
        """Return what the expressions of a node see."""
        made = self.scopes.get(place.id)
        if made is None:
            made = self.scopes[place.id] = self.new_scope(place)
        return attrs.evolve(made, path=path)

    def new_scope(self, place: Place) -> Scope:
        owner = place.id.removesuffix(ROW)
        node = self.places[owner].node
        symbols: Mapping[str, Any] = ChainMap(
            _Own(self, owner, tuple(name for name, _ in node.evidence)),  # type: ignore[arg-type]  # because a scope only looks up
            _Seen(self, place),  # type: ignore[arg-type]  # because a scope only looks up
        )
        fields = ChainMap(dict(node.evidence), self.declared.kinds)
        scope = Scope(
            self.graph,
            place.scale,
            place.path,
            owner,
            symbols,
            fields,
            self.expressions,
            self.parsed,
            self.demand,
            self.report,
            broken=self.broken,
            fixed=self.fixed,
            watch=self.watch,
        )
        table = self.table(place)
        if table is None:
            return scope
        made = scope.in_rows(table)
        line = self.declared.states.line(place.id)
        row = next((each for each in line if each.endswith(ROW)), None)
        where = None if row is None else getattr(self.places[row].node, "where", None)
        if row is None or where is None:  # no row where an id is used twice
            return made

        def demand(holds: Truth, problem: Problem) -> None:
            taken = attrs.evolve(made, path=self.places[row].path).truth(where, "where")
            self.demand(holds.either(taken.negate()), problem)

        return attrs.evolve(made, demand=demand)

    @property
    def watch(self) -> Watch | None:
        """Who is told of every branch, if anybody is."""
        return None if self.told is None else self.told.append

    def tell(self, place: Place, kind: str, key: str, ways: Callable[[], Ways]) -> None:
        """Tell whoever watches that a node can go several ways."""
        if self.told is not None:
            path = f"{place.path}.{key}"
            self.told.append(Told(path, kind, place.owner, ways, within=place.id))

    def live_scope(self, place: Place, path: str) -> Scope:
        """Return what the expressions of a node see, met only where the node counts."""
        scope = self.scope(place, path)
        return scope if self.told is None else attrs.evolve(scope, within=place.id)

    def counting(self, node: str) -> Truth | None:
        """Return where a node counts, and of its rows those that are taken; None if always.

        Only once all nodes are lowered, for the rows to be taken may depend on any.
        """
        holds = self.declared.states.live(node)
        for each in self.declared.states.line(node):
            where = getattr(self.places[each].node, "where", None)
            if each.endswith(ROW) and where is not None:
                row = self.places[each]
                taken = self.scope(row, row.path).truth(where, "where")
                holds = taken if holds is None else holds.both(taken)
        return holds

    def weighing(self, child: Place, parent: Place) -> Scope:
        """Return what the weight of a child sees: its own fields as its parent sees them."""
        scope = self.scope(child, child.path)
        holds = self.declared.states.seen(child.id, parent.id)
        if holds is None:
            return scope
        own = {
            name: only(self.declared.inside[f"{child.id}.{name}"], holds)
            for name, _ in child.node.evidence
            if f"{child.id}.{name}" in self.declared.inside
        }
        return attrs.evolve(scope, symbols=ChainMap(own, scope.symbols))  # type: ignore[arg-type]  # because a scope only looks up

    def lower_node(self, place: Place) -> None:
        node = place.node
        combined = None
        if node.not_applicable is not None and node.not_applicable.text not in NOT_APPLICABLE:
            self.peer(place, node.not_applicable)
        if isinstance(node, Item):
            account = Account.opened(self.start(node, place), place.scale, landing=place.lands)
        else:
            combined = Combiner(self, place).run()
            account = combined.account
        rising, cuts = self.risen(place, combined)
        if place.lands:
            account = account.landed(rising, cuts)
            rising, cuts = [], []
        if not place.folds:
            self.opened[place.id] = account
            account = self.ruled(place, account, tuple(enumerate(node.rules)))
            account = self.held(place, account)
        account = account.settled()
        self.obtained[place.id] = account.score
        account = self.where_live(place, account, combined)
        posted = list(account.bonuses)
        if not place.lands:
            rising, cuts = self.capped(place, [*_named(posted, place), *rising], cuts)
        looked_at = tuple(
            tuple(dict.fromkeys(self.looked_at.get((place.id, number), ())))
            for number in range(len(node.rules))
        )
        states, left = self.declared.states, _left(combined)
        applies, present = states.applies(place.id), states.present(place.id)
        self.done[place.id] = LoweredNode(
            place, account, tuple(posted), looked_at, (), applies, present, left
        )
        self.rising[place.id] = rising, cuts
        self.scores[place.table][place.id] = account.score
        if combined is not None:
            for child, share in combined.shares.items():
                self.done[child] = attrs.evolve(self.done[child], share=share)
            if place.folds:
                row = place.children[0]
                self.done[row] = attrs.evolve(self.done[row], taken=combined.taken)

    def ruled(
        self,
        place: Place,
        account: Account,
        stated: Sequence[Numbered],
        incoming: Sequence[Incoming] | None = None,
    ) -> Account:
        """Run the rules of a node: its own, those to it from elsewhere, its closing ones."""
        rules = list(stated)
        closing: list[tuple[int, Policy]] = []
        while rules and isinstance(rules[-1][1], Limit | Round):
            closing.insert(0, rules.pop())
        for number, rule in rules:
            if getattr(rule, "to", None) is None:
                account = self.posted(place, place, number, rule, account)
        for each in self.incoming.get(place.id, ()) if incoming is None else incoming:
            account = self.posted(each.source, place, each.number, each.rule, account)
        for number, rule in closing:
            account = self.posted(place, place, number, rule, account)
        return account

    def tried(
        self,
        place: Place,
        rules: Sequence[Numbered],
        incoming: Sequence[Incoming] | None = None,
    ) -> Account | None:
        """Return what the account of a node would be under other rules.

        For a rubric that was lowered, and before what the node counts where it is not live.
        None where those rules could not be used.
        """
        problems, demands, wide = list(self.problems), list(self.demands), set(self.too_wide)
        account = self.held(place, self.ruled(place, self.opened[place.id], rules, incoming))
        wrong = len(self.problems) > len(problems)
        self.problems, self.demands, self.too_wide = problems, demands, wide
        return None if wrong else account

    def posted(
        self, source: Place, target: Place, number: int, rule: Policy, account: Account
    ) -> Account:
        path = f"{source.path}.rules[{number}]"
        foreign = source.id != target.id
        scope = self.live_scope(source, path)
        if not foreign:
            scope = scope.having(SO_FAR, account.score)
        else:
            scope = attrs.evolve(scope, scale=target.scale)
        verb = next(iter(rule.verbs), rule.verb) if isinstance(rule, Group) else rule.verb
        kind = rule.verb if rule.verb == "group" else verb
        origin = source.id if foreign else None
        before, built = (len(account.entries), len(account.bonuses)), len(self.graph)
        account = rule.post(account.labelled(Label(kind, path, origin, number)), scope)
        self.check_size(path, built)
        live = self.declared.states.live(source.id) if foreign else None
        if live is None:
            return account
        if len(account.bonuses) > before[1]:
            *others, last = account.bonuses
            return attrs.evolve(account, bonuses=(*others, last.where(live)))
        return account if len(account.entries) == before[0] else _posted_where(account, live)

    def risen(
        self, place: Place, combined: Combined | None
    ) -> tuple[list[Bonus], list[tuple[Label, Quantity]]]:
        """Return the bonuses that come up to a node, in its own points.

        From rows only those of rows that the node takes, and nothing where too few count.
        """
        taken = None if combined is None else combined.taken
        left = _left(combined)
        rising: list[Bonus] = []
        cuts: list[tuple[Label, Quantity]] = []
        for child_id in self.counted(place):
            below, cut = self.rising[child_id]
            factor = self.places[child_id].factor
            if place.folds:
                table = self.table(self.places[child_id])
                below = [_over_rows(each, table, taken) for each in below]
                cut = [(label, _summed(each, table, taken)) for label, each in cut]
                if left is not None:
                    nothing = Quantity.of(self.graph, 0)
                    below = [each.where(left) for each in below]
                    cut = [(label, left.choose(each, nothing)) for label, each in cut]
            rising += [each.times(factor) for each in below]
            cuts += [(label, each * factor) for label, each in cut]
        return self.capped(place, rising, cuts) if place.lands else (rising, cuts)

    def capped(
        self, place: Place, rising: list[Bonus], cuts: list[tuple[Label, Quantity]]
    ) -> tuple[list[Bonus], list[tuple[Label, Quantity]]]:
        """Hold bonuses within the cap of a node, the last cut first."""
        cap = place.node.bonus_up_to
        if cap is None or not rising:
            return rising, cuts
        left = Quantity.of(self.graph, cap)
        held: list[Bonus] = []
        cut = Quantity.of(self.graph, 0)
        for each in rising:
            taken = each.taken.least(left)
            cut = cut + (each.taken - taken)
            left = left - taken
            held.append(attrs.evolve(each, taken=taken))
        label = Label("cap", f"{place.path}.bonus_up_to", place.id)
        return held, [*cuts, (label, cut)]

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
            own = [each for each in item.rules if getattr(each, "to", None) is None]
            verbs = {
                verb
                for each in own
                for verb in (each.verbs if isinstance(each, Group) else {each.verb})
            }
            deducts = Deduct.verb in verbs
            awards = bool(verbs & {Award.verb, Set.verb})
            if deducts == awards:
                expected = "`start: full`, `start: zero` or a number"
                found = (
                    "rules that deduct and award" if deducts else "no rule that deducts or awards"
                )
                self.report(Problem("start-unclear", place.path, expected, found), None)
            stated = "full" if deducts else "zero"
        return Quantity.of(self.graph, place.scale if stated == "full" else 0)

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

    def below(self, node: str) -> set[str]:
        """Return the nodes below a node."""
        found = self.all_below.get(node)
        if found is None:
            children = self.places[node].children
            found = set(children).union(*(self.below(each) for each in children))
            self.all_below[node] = found
        return found

    # states

    def where_live(self, place: Place, account: Account, combined: Combined | None) -> Account:
        """Return the account where the node is live, elsewhere what it counts."""
        states, zero = self.declared.states, Quantity.of(self.graph, 0)
        own, left = states.of(place.id), _left(combined)
        if left is not None:
            account = account.only_where(left, zero, Label("not_applicable", place.path))
        present = states.present(place.id)
        if present is not None:
            account = account.only_where(present, zero, Label("absent", place.path))
        applies = states.applies(place.id)
        if applies is None:
            return account
        counts = zero
        if own.applies is not None:
            counts = own.applies.choose(zero, self.counts(place))
            for each in (states.above(place.id), own.meant, own.present):
                counts = counts if each is None else each.choose(counts, zero)
        return account.only_where(applies, counts, Label("not_applicable", place.path))

    def counts(self, place: Place) -> Quantity:
        """Return what a node counts where a choice of its own says `skip`."""
        zero = Quantity.of(self.graph, 0)
        stated = place.not_applicable
        path = f"{place.path}.not_applicable"
        if stated is None:
            expected = "`not_applicable`: what it counts where a choice says `skip`"
            self.problem("missing-key", place.path, expected)
            return zero
        if stated.text == "full":
            if place.scale is None:
                self.problem("all-needs-scale", path, "a number or an expression", "full")
                return zero
            return Quantity.of(self.graph, place.scale)
        if stated.text in NOT_APPLICABLE:
            return zero
        return self.peer(self.places[place.stated_by or place.id], stated)

    def peer(self, stating: Place, stated: Expression) -> Quantity:
        """Return the points that a node says those which are not applicable count."""
        scope = self.scope(stating, stating.path)
        word = stated.text.strip()
        if word.isidentifier() and word not in scope.symbols:
            near = nearest_name(word, [*NOT_APPLICABLE, *scope.symbols])
            expected = f"one of {', '.join(NOT_APPLICABLE)}, or points"
            scope.problem("unknown-name", "not_applicable", expected, word[:60], near)
            return Quantity.of(self.graph, 0)
        return scope.number(stated, "not_applicable")

    def demand_findings(self) -> None:
        """Ask for the findings of live nodes, and for none of those that are freed."""
        states = self.declared.states
        for place in self.places.values():
            if place.row:
                continue
            for name, each in place.node.evidence:
                self.demand_meaning(place, name, each)
                live = states.freed(place.id, each)
                known = self.declared.known.get(f"{place.id}.{name}")
                if live is None or known is None:
                    continue
                path = f"{place.id}.{name}"
                if not each.optional and not isinstance(each, Text):
                    there = live.negate().either(known)
                    self.demand(there, Problem("missing-finding", path, each.expects))
                expected = "no finding: the node is not applicable"
                freed = live.either(known.negate())
                self.demand(freed, Problem("not-applicable", path, expected))

    def demand_meaning(self, place: Place, name: str, each: Field) -> None:
        """Refuse a value that says `skip` where that is refused; note what is unrated."""
        if not isinstance(each, Choice):
            return
        symbol = self.declared.inside.get(f"{place.id}.{name}")
        refused = place.not_applicable is not None and place.not_applicable.text == "refuse"
        above = self.declared.states.freed(place.id, each)
        for value in each.meaning("skip") if refused else ():
            says = symbol.is_named(value)  # type: ignore[union-attr]  # because it is a choice's
            says = says if above is None else says.both(above)
            expected = "a value that does not say that this is not applicable"
            problem = Problem("not-applicable", f"{place.id}.{name}", expected, value)
            right = says.negate()
            if right.can_miss:
                right = right.default(Truth.of(self.graph, verdict=True))
            self.demand(right, problem)

    # figures of the cohort

    def lower_figures(self) -> tuple[LoweredFigure, ...]:
        """Return what is measured for the given numbers of the cohort that are figures."""
        self.refuse_figures()
        found: list[LoweredFigure] = []
        for source, fields in self.rubric.given:
            for name, each in fields:
                figure = getattr(each, "figure", None)
                if source != COHORT or figure is None:
                    continue
                path = f"$.given.{source}.{name}.figure"
                if not self.check_figure(figure, each, path):
                    continue
                first = len(self.graph)
                lowered = self.lower_figure(figure.settled, f"{source}.{name}", each)
                self.check_size(f"{path}.{figure.kind}", first)
                if lowered is not None and figure.fixed is None:
                    found.append(lowered)
        return tuple(found)

    def refuse_figures(self) -> None:
        """Refuse figures of anything but given numbers of the cohort."""
        listed = [(f"{each.path}.evidence", each.node.evidence) for each in self.places.values()]
        listed += [(f"$.given.{each}", own) for each, own in self.rubric.given if each != COHORT]
        while listed:
            path, fields = listed.pop()
            for name, each in fields:
                if isinstance(each, Rows):
                    listed.append((f"{path}.{name}.columns", each.columns))
                if getattr(each, "figure", None) is not None:
                    expected = "a figure of a given number of the cohort only"
                    self.problem("conflicting-keys", f"{path}.{name}.figure", expected)

    def check_figure(self, figure: Figure, each: Field, path: str) -> bool:
        """Report what is wrong with a figure itself; say whether nothing is."""
        faults = list(figure.faults())
        for code, key, expected, found, nearest in faults:
            where = f"{path}.{key}" if key else path
            self.report(Problem(code, where, expected, found, nearest), None)
        if each.absent is not None:
            where = f"{path.removesuffix('.figure')}.absent"
            faults.append(("conflicting-keys", "", "no `absent` beside `figure`", "", None))
            self.problem("conflicting-keys", where, "no `absent` beside `figure`", each.absent[:60])
        fixed = fixed_figure(each)
        if fixed is not None and not faults:
            try:
                each.read(Scalar(number_text(fixed)))
            except Refused as refused:
                self.problem(refused.code, f"{path}.fixed", refused.expected, refused.found)
                return False
            except (ArithmeticError, ValueError):
                # The range of the field is wrong, which is a problem of its own.
                return False
        return not faults

    def lower_figure(self, figure: Figure, name: str, each: Field) -> LoweredFigure | None:
        """Return what is measured for a figure, or None after a problem."""
        path = f"$.given.{name}.figure"
        seen = _Facts(self)
        scope = Scope(
            self.graph,
            None,
            path,
            ROOT,
            seen,
            self.declared.kinds,
            self.expressions,
            self.parsed,
            self.demand,
            self.report,
            broken=self.broken,
        )
        number = scope.symbol(Expression(figure.of), figure.kind)
        if isinstance(number, Option) and number.worth is not None:
            number = number.amounts(number.worth)
        if number is not None and not isinstance(number, Quantity):
            scope.problem("wrong-operand", figure.kind, "a number", figure.of[:60])
        among = within = None
        if figure.among is not None:
            among = scope.symbol(Expression(figure.among), "among")
            if among is not None and not isinstance(among, Truth):
                scope.problem("wrong-operand", "among", "a truth", figure.among[:60])
        if figure.within is not None:
            within = self.group(scope, figure.within)
        stated = {figure.kind: figure.of, "among": figure.among, "within": figure.within}
        for key, text in stated.items():
            if text is not None:
                self.refuse_cohort(scope, text, key, seen)
        if not isinstance(number, Quantity) or not isinstance(among, Truth | None):
            return None
        if (among is None) != (figure.among is None) or (within is None) != (figure.within is None):
            return None
        if among is not None:
            number = number.only(among)
        made = LoweredFigure(name, figure, each, number, within, among)
        return made if self.check_measured(made, scope) else None

    def group(self, scope: Scope, text: str) -> Value | None:
        """Return the code of an assessee's group, or None after a problem."""
        symbol = scope.symbol(Expression(text), "within")
        if isinstance(symbol, Option):
            return symbol.value
        if isinstance(symbol, Truth):
            return symbol.counted().value
        if isinstance(symbol, Quantity) and symbol.over is None:
            return symbol.value
        if symbol is not None:
            scope.problem("wrong-operand", "within", "a choice, a flag or a number", text[:60])
        return None

    def check_measured(self, made: LoweredFigure, scope: Scope) -> bool:
        """Say whether a measured number goes exactly into its field and into 62 bits."""
        number, unit = made.number, made.quanta
        if number.over is not None:
            expected = "a rounding of the quotient: rounded(a / b, 4)"
            scope.problem("too-fine", made.kind, expected, made.figure.of[:60])
            return False
        exact = made.kind in ("rank", "count", "mean") or scales(number.scale, unit)[0] == 1
        if not exact:
            decimals = len(str(unit)) - 1
            expected = f"a number of at most {decimals} decimals, as rounded(x, {decimals}) is"
            scope.problem("not-exact", made.kind, expected, made.figure.of[:60])
            return False
        if is_too_wide(made.kind, made.bound, number.scale, unit):
            expected = "a number with fewer decimals or a smaller range, as rounded(x, 2) is"
            scope.problem("too-fine", made.kind, expected, made.figure.of[:60])
            return False
        return True

    def refuse_cohort(self, scope: Scope, text: str, key: str, seen: _Facts) -> None:
        """Refuse an expression of a figure that rests on a given number of the cohort."""
        reading = self.parsed(Expression(text))
        if isinstance(reading, Mistake):
            return
        of_cohort = {
            index
            for each in self.declared.fields
            if each.given and each.node == COHORT
            for index in range(each.first, each.first + len(each.inputs))
        }
        for name, offset in reading.names(scope.lookup).items():
            used = [name, *([name + STARS] if name in reading.graded else [])]
            values = [value for each in used for value in _values_of(seen.get(each))]
            inputs = {each.data[0] for each in reachable(values) if each.op is Op.INPUT}
            if inputs & of_cohort:
                expected = "what does not rest on a given number of the cohort"
                scope.problem("cycle", key, expected, name[:60], None, offset)
                return

    # grades

    def lower_grades(self, place: Place) -> None:
        if place.id == ROOT:
            self.collect_causes()
        causes = self.causes if place.id == ROOT else []
        steps = Grading(self, place, causes).run()
        if steps is None:
            return
        self.done[place.id] = attrs.evolve(self.done[place.id], grading=steps)
        stars = Grading.stars(self.graph, place, steps[-1].after)
        if stars is not None:
            self.stars[place.id] = stars

    def collect_causes(self) -> None:
        """Note the findings that leave the whole unrated."""
        for place in self.places.values():
            for name, each in place.node.evidence:
                symbol = self.declared.inside.get(f"{place.id}.{name}")
                if not isinstance(each, Choice):
                    continue
                live = self.declared.states.live(place.id)
                for value in each.meaning("unrated"):
                    says = symbol.is_named(value)  # type: ignore[union-attr]  # because it is a choice's
                    says = says if live is None else says.both(live)
                    if says.can_miss:
                        says = says.default(Truth.of(self.graph, verdict=False))
                    ways = partial(either, says, "unrated", "rated")
                    self.tell(place, "unrated", f"evidence.{name}.{value}", ways)
                    self.causes.append(Cause(says, f"{place.id}.{name}: {value}", place.id, 1))
        order = {each: place for place, each in enumerate(self.places)}
        self.causes.sort(key=lambda cause: (order[cause.node], cause.rank))


def _values_of(symbol: Symbol | None) -> list[Value]:
    """Return the values of the graph that a symbol is made of; none for a table."""
    held = [getattr(symbol, key, None) for key in ("value", "over")]
    held += [each.value for each in getattr(symbol, "truths", {}).values()]
    held += [each.value for each in getattr(symbol, "readings", ())]
    return [each for each in held if isinstance(each, Value)]


def _left(combined: Combined | None) -> Truth | None:
    return None if combined is None else combined.left


def _named(bonuses: Iterable[Bonus], place: Place) -> list[Bonus]:
    """Return bonuses with the node that posts them as their origin."""
    return [
        attrs.evolve(
            each,
            label=attrs.evolve(each.label, kind="bonus", origin=each.label.origin or place.id),
        )
        for each in bonuses
    ]


def _posted_where(account: Account, live: Truth) -> Account:
    """Return the account with its last entry nothing where the rule's node is not live."""
    entry = account.entries[-1]
    zero, one = Quantity.of(account.graph, 0), Quantity.of(account.graph, 1)
    asked = live.choose(entry.asked, zero)
    after = entry.before + asked
    made = attrs.evolve(
        entry,
        asked=asked,
        taken=asked,
        after=after,
        parts=tuple(part.changed(one, live) for part in entry.parts),
        rows=None if entry.rows is None else entry.rows.where(live),
    )
    return attrs.evolve(account, score=after, entries=(*account.entries[:-1], made))


def _summed(number: Quantity, table: Table | None, taken: Truth | None) -> Quantity:
    """Return the sum of a number over the rows of a table that are taken."""
    if table is None:
        return number
    if taken is not None:
        number = taken.choose(number, number * 0)
    number = number.spread()
    value = number.graph.rows_sum(table.number, number.value)
    return number.with_value(value)


def _over_rows(bonus: Bonus, table: Table | None, taken: Truth | None) -> Bonus:
    """Return the bonuses of all rows together."""
    asked, kept = _summed(bonus.asked, table, taken), _summed(bonus.taken, table, taken)
    return attrs.evolve(bonus, asked=asked, taken=kept, parts=(), rows=None)


def _expressions(
    rule: Policy, table: str | None = None
) -> Iterator[tuple[str, Expression, str | None]]:
    """Yield the expressions of a rule, by key: whatever attribute holds one.

    With the table whose rows they see, if they do.
    """
    inner = getattr(rule, "each", None) or table
    for attribute in attrs.fields(type(rule)):
        name, held = attribute.name, getattr(rule, attribute.name)
        outside = name == "up_to"
        if isinstance(held, Expression):
            key = rule.verb if name == "amount" else name
            yield key, held, table if outside else inner
        elif name == "times" and isinstance(held, tuple):
            for when, each in held:
                yield f"times.{when}", when, inner
                yield f"times.{when}", each, inner
        elif isinstance(rule, Group) and name == "members":
            for number, member in enumerate(held):
                for key, text, seen in _expressions(member, table):
                    yield f"group[{number}].{key}", text, seen


def _tables(rule: Policy) -> Iterator[str]:
    """Yield the tables that a rule goes over."""
    each = getattr(rule, "each", None)
    if isinstance(each, str):
        yield each
    if isinstance(rule, Group):
        for member in rule.members:
            yield from _tables(member)


class _Own(Mapping[str, Symbol]):
    """A node's own fields, by their bare names."""

    def __init__(self, lowering: Lowering, owner: str, names: tuple[str, ...]) -> None:
        self.symbols = {
            name: lowering.declared.inside[f"{owner}.{name}"]
            for name in names
            if f"{owner}.{name}" in lowering.declared.inside
        }

    def __getitem__(self, name: str) -> Symbol:
        return self.symbols[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self.symbols)

    def __len__(self) -> int:
        return len(self.symbols)


class _Seen(Mapping[str, Symbol]):
    """What a node sees of the rest: fields of all nodes, scores, values, given numbers."""

    def __init__(self, lowering: Lowering, place: Place) -> None:
        self.lowering, self.place = lowering, place
        self.user = place.id

    def __getitem__(self, name: str) -> Symbol:
        lowering = self.lowering
        if "." in name:
            symbol = lowering.declared.inside[name]
            owner = name.partition(".")[0]
            return self.seen(symbol, owner) if owner in lowering.places else symbol
        if name.endswith(STARS):
            node = name.removesuffix(STARS)
            return self.seen(lowering.stars[node], node)
        if name in lowering.values:
            return lowering.values[name]
        for table in {None, self.place.table}:
            if name in lowering.scores[table] and not name.endswith(ROW):
                return self.scored(lowering.scores[table][name], name)
        raise KeyError(name)

    def seen(self, symbol: Symbol, node: str) -> Symbol:
        holds = self.lowering.declared.states.seen(node, self.user)
        return symbol if holds is None else only(symbol, holds)

    def scored(self, symbol: Symbol, node: str) -> Symbol:
        if node == self.user or node in self.lowering.below(self.user):
            return symbol
        symbol = self.seen(symbol, node)
        done = self.lowering.done.get(node)
        return symbol if done is None or done.left is None else only(symbol, done.left)

    def __iter__(self) -> Iterator[str]:
        yield from self.lowering.declared.inside
        yield from self.lowering.values
        for table in {None, self.place.table}:
            yield from (each for each in self.lowering.scores[table] if not each.endswith(ROW))

    def __len__(self) -> int:
        return sum(1 for _ in self)


class _Facts(_Seen):
    """What a figure of the cohort sees: all nodes from outside, scores as they are obtained.

    The score of a node is missing where the node is not live or too few of its children
    count, whatever it counts there.
    """

    def __init__(self, lowering: Lowering) -> None:
        super().__init__(lowering, lowering.places[ROOT])

    def seen(self, symbol: Symbol, node: str) -> Symbol:
        holds = self.lowering.declared.states.live(node)
        return symbol if holds is None else only(symbol, holds)

    def scored(self, symbol: Symbol, node: str) -> Symbol:
        left = self.lowering.done[node].left
        own = self.seen(self.lowering.obtained[node], node)
        return own if left is None else only(own, left)
