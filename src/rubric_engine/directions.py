"""In which direction each finding can move the score: never up, never down, or both.

First the graph is followed from the finding to the score, each operation saying how it can
move where its arguments do. Where that leaves both directions open, the score is built a
second time with another finding in the place of the first, and the question whether it can be
the higher, or the lower, is answered for all sheets. Both directions are told only with two
pairs of sheets that show them, which differ in that finding alone.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from fractions import Fraction
from itertools import pairwise
from typing import Any, NamedTuple

from attrs import evolve

from rubric_engine.box import EVERYTHING, Bound, Bounded, Box, Cone
from rubric_engine.claims import Claim, Witness
from rubric_engine.exact import number_text
from rubric_engine.fields import Checklist, Count, Flag, Rows, Text
from rubric_engine.graph import FOLDS, Graph, Op, Value
from rubric_engine.lower import LoweredField, LoweredNode
from rubric_engine.model import ROOT
from rubric_engine.partial import built_anew
from rubric_engine.search import WIDE, Search
from rubric_engine.sheet import Finding, Findings
from rubric_engine.symbols import Quantity

__all__ = ["Moves", "directions_of"]

#: So many sheets are tried as the ones in which a finding changes.
MOST_BASES = 48
#: A field that takes numbers in more stretches than this is taken to have no gaps.
MOST_STRETCHES = 40


class Moves(NamedTuple):
    """How a value can move where a finding rises, all else being the same."""

    up: bool = False
    down: bool = False
    #: Whether it can come to be missing, or come to be there.
    there: bool = False

    @property
    def word(self) -> str:
        """The direction in one word."""
        if self.up and self.down:
            return "both"
        return "up" if self.up else "down" if self.down else "never"


STILL, ANY = Moves(), Moves(up=True, down=True)


def directions_of(search: Search, witness: Callable[[Findings], Witness]) -> Iterator[Claim]:
    """Yield how each finding can move the score, and the points that move nothing."""
    yield from _Directions(search, witness).claims()


class _Directions:
    def __init__(self, search: Search, witness: Callable[[Findings], Witness]) -> None:
        self.search, self.witness = search, witness
        self.lowered, self.graph = search.lowered, search.graph
        self.nodes = {each.place.id: each for each in self.lowered.nodes}
        root = self.lowered.nodes[0]
        self.score = root.score
        roots = (
            [root.score.value] if root.score.over is None else [root.score.value, root.score.over]
        )
        grades = [each.grading[-1].after for each in self.lowered.nodes if each.grading]
        self.cone = Cone(self.graph, [*roots, *grades], search.tight)
        self.bounds = self.cone.bounds()
        self.grades = grades
        self.idle: dict[str, bool] = {}

    def claims(self) -> Iterator[Claim]:
        """Yield all claims about directions."""
        for place, each in enumerate(self.lowered.fields):
            if not isinstance(each.field, Text):
                yield from self.of_field(place, each)
            if self.matters_if_there(each):
                self.idle[each.node] = False
        yield from self.idle_points()

    def matters_if_there(self, lowered: LoweredField) -> bool:
        """Say whether the score can rest on a finding being there, or on how many rows are."""
        if lowered.table in self.cone.tables or lowered.there in self.cone.inputs:
            return True
        own = range(lowered.first, lowered.first + len(lowered.inputs))
        missing = (self.graph.inputs[index].interval.missing for index in own)
        return any(
            misses and index in self.cone.inputs for misses, index in zip(missing, own, strict=True)
        )

    def of_field(self, place: int, lowered: LoweredField) -> Iterator[Claim]:
        """Yield the directions of a finding: of each value of a checklist, each column."""
        path = self.path_of(lowered)
        panel = getattr(lowered.field, "panel", None) is not None
        inputs = range(lowered.first, lowered.first + (1 if panel else len(lowered.inputs)))
        moved_grade = False
        moved = STILL
        for index in inputs:
            declared = self.graph.inputs[index]
            found = self.moves(index)
            own = found[0]
            moved_grade = moved_grade or found[1]
            moved = _either(moved, own)
            if declared.kind == "text":
                continue
            about = lowered.path if panel else declared.name
            where = path
            if isinstance(lowered.field, Rows):
                column = declared.name.removeprefix(f"{lowered.path}.").partition(".")[0]
                where = f"{path}.columns.{column}"
            yield from self.told(place, lowered, index, own, about, where)
        self.idle.setdefault(lowered.node, True)
        if moved != STILL or moved_grade:
            self.idle[lowered.node] = False

    def path_of(self, lowered: LoweredField) -> str:
        """Return where a field stands in the rubric."""
        if lowered.given:
            return f"$.given.{lowered.path}"
        return f"{self.nodes[lowered.node].place.path}.evidence.{lowered.name}"

    def told(
        self, place: int, lowered: LoweredField, index: int, moves: Moves, about: str, path: str
    ) -> Iterator[Claim]:
        """Yield the claim of one input."""
        pairs: dict[str, tuple[Findings, Findings]] = {}
        if moves.up and moves.down:
            moves, pairs = self.settled(place, lowered, index, moves)
        witnesses = tuple(self.witness(each) for pair in pairs.values() for each in pair)
        facts = [("moves", moves.word)]
        if moves.word != "both":
            yield Claim("direction", "proved", path, about, tuple(facts), witnesses)
        elif len(pairs) < 2:
            why = "one way is shown, one is open" if pairs else "no sheet shows a way"
            facts += [("why", why)]
            yield Claim("direction", "undecided", path, about, tuple(facts), witnesses)
        else:
            yield Claim("direction", "proved", path, about, tuple(facts), witnesses)
            if isinstance(lowered.field, Flag | Count | Checklist) and not lowered.given:
                yield Claim("repair-hurts", "suspect", path, about, (), witnesses)

    # along the graph

    def moves(self, index: int, known: dict[int, Moves] | None = None) -> tuple[Moves, bool]:
        """Return how an input moves the score, and whether it moves any grade.

        `known` has what is known of values otherwise, by their index.
        """
        if index not in self.cone.inputs:
            return STILL, False
        found: dict[int, Moves] = {}
        for place in self.cone.resting_on(index):
            value = self.cone.values[place]
            own = Moves(up=True) if value.op is Op.INPUT else self.through(value, found)
            if known is not None and value.index in known:
                own = known[value.index]._replace(there=own.there)
            found[value.index] = own
        moved = found.get(self.score.value.index, STILL)
        if self.score.over is not None:
            over = found.get(self.score.over.index, STILL)
            if over != STILL:
                low, high = self.score.low, self.score.high
                moved = Moves(
                    moved.up or (over.down and high > 0) or (over.up and low < 0),
                    moved.down or (over.up and high > 0) or (over.down and low < 0),
                )
        graded = any(found.get(each.index, STILL) != STILL for each in self.grades)
        return moved, graded

    def through(self, value: Value, found: dict[int, Moves]) -> Moves:
        """Return how a value moves where its arguments do."""
        args = [found.get(each.index, STILL) for each in value.args]
        if all(each == STILL for each in args):
            return STILL
        bounds = [self.cone.of(self.bounds, each) for each in value.args]
        there = any(each.there for each in args)
        if value.op in FOLDS:
            return self.folded(value, args)
        if value.op is Op.CHOOSE:
            return self.chosen(value, args, bounds)
        if value.op is Op.DEFAULT:
            moved = _either(args[0], args[1])
            if args[0].there:
                moved = _either(moved, _switched(self.apart(value.args, bounds), ANY))
            return moved._replace(there=args[1].there)
        if value.op is Op.ONLY:
            return args[1]._replace(there=there or args[0].up or args[0].down)
        if value.op is Op.KNOWN:
            return Moves(args[0].there, args[0].there)
        if value.op in (Op.BOTH, Op.EITHER) and there:
            return Moves(up=True, down=True, there=True)
        return _MOVED[value.op](value, args, bounds)._replace(there=there)

    def folded(self, value: Value, args: Sequence[Moves]) -> Moves:
        """Return how a fold moves where one row does."""
        number = args[-1]
        keyed = value.op is Op.ROWS_BEST and args[0] != STILL
        if number.there or keyed:
            return Moves(up=True, down=True, there=value.op not in (Op.ROWS_SUM, Op.ROWS_BEST))
        return number

    def chosen(self, value: Value, args: Sequence[Moves], bounds: Sequence[Bounded]) -> Moves:
        """Return how a choice moves: within its branches, and from one to the other."""
        condition, then, otherwise = args
        known = bounds[0]
        if known is not None and known.low == known.high:
            moved = then if known.low else otherwise
        else:
            moved = _either(then, otherwise)
        if condition.up or condition.down:
            moved = _either(moved, _switched(self.apart(value.args[1:], bounds[1:]), condition))
        return moved._replace(there=moved.there or condition.there)

    def apart(self, pair: Sequence[Value], bounds: Sequence[Bounded]) -> tuple[int, int] | None:
        """Return the least and the most by which one value exceeds another."""
        one, other = bounds
        if one is None or other is None:
            return None
        return self.cone.apart(pair, (one, other), self.bounds)

    # over all sheets

    def settled(
        self, place: int, lowered: LoweredField, index: int, moves: Moves
    ) -> tuple[Moves, dict[str, tuple[Findings, Findings]]]:
        """Return how a finding moves the score, looked at more closely, and sheets that show it."""
        pairs = self.pairs(place, index)
        if len(pairs) < 2:
            known: dict[int, Moves] = {}
            for quotient in self.quotients(index):
                dividend, divisor = quotient.args
                exact = self.compared(Quantity(self.graph, dividend, 1, divisor), index, pairs)
                if exact:
                    known[quotient.index] = exact[dividend.index]
            moves, _ = self.moves(index, known)
            parts = self.row_values(index) if self.of_rows(index) else self.items(index)
            for number in parts if moves.up and moves.down else ():
                known |= self.compared(number, index, pairs)
            moves, _ = self.moves(index, known)
            narrow = len(self.cone.inputs) <= WIDE and not self.of_rows(index)
            if moves.up and moves.down and narrow:
                exact = self.compared(self.score, index, pairs)
                found = exact.get(self.score.value.index, moves)
                moves = Moves(moves.up and found.up, moves.down and found.down)
        return moves, pairs

    def of_rows(self, index: int) -> bool:
        """Say whether an input has a value for each row of a table."""
        return self.graph.inputs[index].table is not None

    def items(self, index: int) -> list[Quantity]:
        """Return the scores and bonuses of items that rest on an input.

        No fractions: what divides one may be a number of its own elsewhere, and move there.
        """
        resting = {self.cone.values[place].index for place in self.cone.resting_on(index)}
        leaves = [
            each
            for each in self.lowered.nodes
            if not each.place.children and each.place.table is None
        ]
        numbers = [part for each in leaves for part in (each.score, *_asked(each))]
        return [each for each in numbers if each.over is None and each.value.index in resting]

    def quotients(self, index: int) -> list[Value]:
        """Return the quotients of which an input moves both parts."""
        resting = set(self.cone.resting_on(index))
        return [
            value
            for value in self.cone.values
            if value.op is Op.QUOTIENT
            and all(self.cone.positions[each.index] in resting for each in value.args)
        ]

    def row_values(self, index: int) -> list[Quantity]:
        """Return what is folded of each row, where it rests on an input of the row."""
        resting = set(self.cone.resting_on(index))
        found: dict[int, Value] = {}
        for value in self.cone.values:
            number = value.args[-1] if value.op in FOLDS else None
            if number is not None and self.cone.positions[number.index] in resting:
                found.setdefault(number.index, number)
        return [Quantity(self.graph, each, 1) for each in found.values()]

    def compared(
        self, number: Quantity, index: int, pairs: dict[str, tuple[Findings, Findings]]
    ) -> dict[int, Moves]:
        """Return how an input moves a number, by the number with another finding beside it.

        By the index of the number's value, be it a fraction. Nothing where both ways stay
        open.
        """
        parts = [each for each in (number.value, number.over) if each is not None]
        cone = Cone(self.graph, parts)
        if index not in cone.inputs:
            return {number.value.index: STILL}
        if self.of_rows(index) and any(each.op in FOLDS for each in cone.values):
            # A fold has the finding of every row, and only that of one is to rise.
            return {}
        steps = list(self.neighbours(number, cone, index))
        if not steps:
            # Only one finding is possible, and so none above it.
            return {number.value.index: STILL}
        ways = [
            word in pairs or not all(map(self.search.never, *zip(*questions, strict=True)))
            for word, questions in (
                ("up", [(before.less(after).value, box, index) for before, after, box in steps]),
                ("down", [(after.less(before).value, box, index) for before, after, box in steps]),
            )
        ]
        return {} if all(ways) else {number.value.index: Moves(ways[0], ways[1])}

    def neighbours(
        self, score: Quantity, cone: Cone, index: int
    ) -> Iterator[tuple[Quantity, Quantity, Box]]:
        """Yield a score twice, with an input and with the next it can be, and where it lies.

        What moves one way from each finding to the next moves that way altogether.
        """
        graph, declared = self.graph, self.graph.inputs[index]

        def having(other: Value) -> Quantity:
            made = _with_input(graph, cone, index, other)
            over = None if score.over is None else made[score.over.index]
            return evolve(score, value=made[score.value.index], over=over)

        if declared.kind == "truth":
            no, yes = graph.truth(verdict=False), graph.truth(verdict=True)
            yield having(no), having(yes), EVERYTHING
            return
        ends = ((declared.interval.low, declared.interval.high),)
        stretches = self.search.stretches.get(index, ends)
        if len(stretches) > MOST_STRETCHES:
            stretches = ends
        first = next(each for each in cone.values if each.op is Op.INPUT and each.data[0] == index)
        after = having(graph.linear(1, [(1, first)]))
        for low, high in stretches:
            if low < high:
                yield score, after, Box({index: Bound(low, high - 1)}, {})
        for (_, high), (low, _) in pairwise(stretches):
            yield having(graph.constant(high)), having(graph.constant(low)), EVERYTHING

    def pairs(self, place: int, index: int) -> dict[str, tuple[Findings, Findings]]:
        """Return pairs of sheets that differ in one finding, by how the score moves."""
        search = self.search
        bit = index - self.lowered.fields[place].first
        table = self.graph.inputs[index].table is not None
        found: dict[str, tuple[Findings, Findings]] = {}
        bases = search.taken[-2:] + search.taken[:MOST_BASES]
        if table:
            bases = [each for each in search.taken if each[place]][: 2 * MOST_BASES]
        for base in bases:
            scored: list[tuple[Finding, Fraction, Findings]] = []
            for finding in self.variants(place, bit, base):
                made = list(base)
                made[place] = finding
                sheet = search.samples.valid(tuple(made))
                if sheet is not None and sheet[place] is not None:
                    exact = search.program.exact(search.program.score(sheet), ROOT)
                    scored.append((finding, exact, sheet))
            for (_, before, one), (_, after, two) in pairwise(scored):
                if after != before:
                    found.setdefault("up" if after > before else "down", (one, two))
            if len(found) == 2:
                break
        return found

    def variants(self, place: int, bit: int, base: Findings) -> Sequence[Finding]:
        """Return findings of a field that rise, all else of the field being the same."""
        field = self.lowered.fields[place].field
        held = base[place]
        if isinstance(field, Rows):
            return self.rows(field, place, bit, held if isinstance(held, tuple) else ())
        if isinstance(field, Checklist):
            held = held if isinstance(held, int) else 0
            return [held & ~(1 << bit), held | 1 << bit]
        tried = [each for each in self.search.samples.findings[place] if each is not None]
        if getattr(field, "panel", None) is not None:
            rest = held[1:] if isinstance(held, tuple) else ()
            firsts = {each[0] for each in tried if isinstance(each, tuple) and each[0] is not None}
            return [(each, *rest) for each in sorted(firsts)]
        return sorted(each for each in tried if isinstance(each, int))

    def rows(self, field: Rows, place: int, bit: int, rows: tuple[Any, ...]) -> Sequence[Finding]:
        """Return tables that differ in one cell of the first row, which rises."""
        if not rows:
            return []
        first, number = 0, 0
        for number, (_, kind) in enumerate(field.columns):  # noqa: B007 - the column is used below
            size = len(kind.inputs(""))
            if bit < first + size:
                break
            first += size
        kind = field.columns[number][1]
        cell = rows[0][number]
        if isinstance(kind, Checklist):
            held = cell if isinstance(cell, int) else 0
            cells: list[Any] = [held & ~(1 << bit - first), held | 1 << bit - first]
        else:
            tables = self.search.samples.findings[place]
            found = {row[number] for table in tables if isinstance(table, tuple) for row in table}
            cells = sorted(each for each in found if isinstance(each, int))
        row = rows[0]
        return [((*row[:number], each, *row[number + 1 :]), *rows[1:]) for each in cells]

    # points

    def idle_points(self) -> Iterator[Claim]:
        """Yield the nodes with points of which no finding moves the score or any grade.

        None of their own findings, and none of those below them.
        """
        moving = {node for node, idle in self.idle.items() if not idle}
        for node in reversed(self.lowered.nodes):
            if node.place.id in moving and node.place.parent is not None:
                moving.add(node.place.parent)
        for node in self.lowered.nodes:
            place = node.place
            points = getattr(place.node, "points", None)
            idle = place.id in self.idle and place.id not in moving
            if not idle or place.scale is None or points == "beside":
                continue
            interval = node.score.value.interval
            if interval.low != interval.high:
                facts = (("points", number_text(place.scale)),)
                yield Claim("idle-points", "suspect", place.path, place.id, facts)


def _asked(node: LoweredNode) -> list[Quantity]:
    return [each.asked for each in node.bonuses]


def _either(one: Moves, other: Moves) -> Moves:
    return Moves(one.up or other.up, one.down or other.down, one.there or other.there)


def _switched(apart: tuple[int, int] | None, condition: Moves) -> Moves:
    """Return how a value moves that goes over to another one which is so far above it."""
    if apart is None:
        return Moves(there=True)
    low, high = apart
    up = (condition.up and high > 0) or (condition.down and low < 0)
    down = (condition.up and low < 0) or (condition.down and high > 0)
    return Moves(up, down)


def _turned(moves: Moves) -> Moves:
    return Moves(moves.down, moves.up, moves.there)


def _linear(value: Value, args: Sequence[Moves], bounds: Sequence[Bounded]) -> Moves:
    moved = STILL
    for factor, each in zip(value.data[1:], args, strict=True):
        moved = _either(moved, each if factor > 0 else _turned(each))
    return moved


def _product(value: Value, args: Sequence[Moves], bounds: Sequence[Bounded]) -> Moves:
    moved = STILL
    for each, other in ((args[0], bounds[1]), (args[1], bounds[0])):
        if other is None or other.high > 0:
            moved = _either(moved, each)
        if other is None or other.low < 0:
            moved = _either(moved, _turned(each))
    return moved


def _quotient(value: Value, args: Sequence[Moves], bounds: Sequence[Bounded]) -> Moves:
    moved, dividend = args[0], bounds[0]
    if dividend is None or dividend.high > 0:
        moved = _either(moved, _turned(args[1]))
    if dividend is None or dividend.low < 0:
        moved = _either(moved, args[1])
    return moved


def _compared(value: Value, args: Sequence[Moves], bounds: Sequence[Bounded]) -> Moves:
    return _either(_turned(args[0]), args[1])


def _equal(value: Value, args: Sequence[Moves], bounds: Sequence[Bounded]) -> Moves:
    """Return how it moves: nothing comes down to its least, or leaves its most, by a rise."""
    ways = ((args[0], bounds[0], args[1], bounds[1]), (args[1], bounds[1], args[0], bounds[0]))
    for moves, bound, still, other in ways:
        if still == STILL and bound is not None and other is not None and other.point:
            to, off = bound.low < other.low, bound.high > other.low
            up = (moves.up and to) or (moves.down and off)
            return Moves(up, (moves.up and off) or (moves.down and to))
    return ANY


def _along(amounts: Sequence[int], moves: Moves) -> Moves:
    """Return how a value moves along amounts, of which the next is reached by a rise."""
    rises = any(after > before for before, after in pairwise(amounts))
    falls = any(after < before for before, after in pairwise(amounts))
    up = (moves.up and rises) or (moves.down and falls)
    down = (moves.up and falls) or (moves.down and rises)
    return Moves(up, down)


def _looked_up(value: Value, args: Sequence[Moves], bounds: Sequence[Bounded]) -> Moves:
    (bound,) = bounds
    amounts = value.data if bound is None else value.data[bound.low : bound.high + 1]
    return _along(amounts, args[0])


def _stepped(value: Value, args: Sequence[Moves], bounds: Sequence[Bounded]) -> Moves:
    (bound,) = bounds
    amounts = [value.data[0]]
    for edge, amount in zip(value.data[1::2], value.data[2::2], strict=True):
        if bound is None or edge <= bound.high:
            amounts = [amount] if bound is not None and edge <= bound.low else [*amounts, amount]
    return _along(amounts, args[0])


def _all(value: Value, args: Sequence[Moves], bounds: Sequence[Bounded]) -> Moves:
    moved = STILL
    for each in args:
        moved = _either(moved, each)
    return moved


_MOVED: dict[Op, Callable[[Value, Sequence[Moves], Sequence[Bounded]], Moves]] = {
    Op.LINEAR: _linear,
    Op.PRODUCT: _product,
    Op.QUOTIENT: _quotient,
    Op.LEAST: _all,
    Op.GREATEST: _all,
    Op.LOOKUP: _looked_up,
    Op.STEPS: _stepped,
    Op.LESS: _compared,
    Op.AT_MOST: _compared,
    Op.EQUAL: _equal,
    Op.BOTH: _all,
    Op.EITHER: _all,
    Op.NEGATE: lambda value, args, bounds: _turned(args[0]),
}


def _anew(graph: Graph, value: Value, args: Sequence[Value]) -> Value:
    """Return an operation on other arguments."""
    if value.op not in FOLDS:
        return built_anew(graph, value, args)
    table, _, _, *more = value.data
    folded: Value = getattr(graph, value.op.value)(table, *args, *more)
    return folded


def _with_input(graph: Graph, cone: Cone, index: int, other: Value) -> dict[int, Value]:
    """Return the values of a cone with another input in the place of one, by their index."""
    resting = set(cone.resting_on(index))
    made: dict[int, Value] = {}
    for place, value in enumerate(cone.values):
        if place not in resting:
            made[value.index] = value
        elif value.op is Op.INPUT:
            made[value.index] = other
        else:
            made[value.index] = _anew(graph, value, [made[each.index] for each in value.args])
    return made
