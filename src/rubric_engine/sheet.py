"""The interpreter of a graph for one sheet: Python source, generated once per rubric.

`Program.read_and_score` takes a plain nested sheet, checks every finding and scores it in
one straight line; whatever is not plain it hands back, for `evidence` to read with care.
The source holds integers, local names and quoted ids, never text of an expression.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from fractions import Fraction
from functools import cached_property
from typing import Any

from attrs import frozen

from rubric_engine.account import Part
from rubric_engine.fields import Checklist, Field, Rows
from rubric_engine.graph import FOLDS, Op, Value, reachable
from rubric_engine.lower import Lowered, LoweredField, LoweredNode
from rubric_engine.symbols import Quantity

__all__ = ["Program", "compute"]

#: One finding as the graph takes it: an integer, a text, a panel's readings, a table's rows.
Finding = int | str | tuple[Any, ...] | None
Findings = tuple[Finding, ...]
#: Values of the graph: integers, or for values of rows tuples of them.
Integers = tuple[Any, ...]

#: How deep generated expressions are nested before they go to a name of their own.
_DEEPEST = 12
#: Up to this many edges are compared one by one.
_FEW_EDGES = 8


@frozen
class _Rows:
    """Where the rows of a table are: a local name, and the names of a row's cells."""

    local: str
    cells: str


class _Writer:
    """Writes the values of a graph as statements, each value used twice under a name.

    Values of the sheet come in stages: a fold over a table is one loop, after everything
    that its rows use. A loop writes the values of a row afresh; they are few.
    """

    def __init__(
        self,
        inputs: Sequence[str],
        constants: dict[str, object],
        tables: Mapping[int, _Rows] | None = None,
    ) -> None:
        self._inputs = inputs
        self._constants = constants
        self._tables = tables or {}
        self._texts: dict[int, str] = {}
        self._depths: dict[int, int] = {}
        self._indent = ""
        self.lines: list[str] = []

    def write(self, roots: Sequence[Value]) -> list[str]:
        """Add the statements that the roots need; return an expression for each root.

        A root of the rows of a table becomes a tuple, one entry for each row.
        """
        values = reachable(roots)
        if not any(value.table is not None or value.op in FOLDS for value in values):
            self._write(values, self._uses(values, roots))
            return [self._texts[each.index] for each in roots]
        return self._write_staged(values, roots)

    @staticmethod
    def _uses(values: Sequence[Value], roots: Iterable[Value]) -> dict[int, int]:
        uses: dict[int, int] = {}
        for value in values:
            for each in value.args:
                uses[each.index] = uses.get(each.index, 0) + 1
        for each in roots:
            uses[each.index] = uses.get(each.index, 0) + 1
        return uses

    def _write(self, values: Iterable[Value], uses: Mapping[int, int]) -> None:
        for value in values:
            text = self._text(value)
            depth = 1 + max((self._depths[each.index] for each in value.args), default=0)
            atom = value.op in (Op.CONSTANT, Op.INPUT)
            if not atom and (uses[value.index] > 1 or depth > _DEEPEST):
                text, depth = self._named(value, text), 0
            self._texts[value.index], self._depths[value.index] = text, 0 if atom else depth

    def _write_staged(self, values: Sequence[Value], roots: Sequence[Value]) -> list[str]:
        stages: dict[int, int] = {}
        for value in values:
            stage = max((stages[each.index] for each in value.args), default=0)
            stages[value.index] = stage + (value.op in FOLDS)
        uses = self._uses(values, roots)
        for value in values:
            # What rows use of the sheet is worked out once, before the loop.
            for each in value.args:
                if value.table is not None and each.table is None:
                    uses[each.index] += 2
        for stage in range(max(stages.values()) + 1):
            here = [value for value in values if stages[value.index] == stage]
            for table in sorted({value.data[0] for value in here if value.op in FOLDS}):
                folds = [v for v in here if v.op in FOLDS and v.data[0] == table]
                self._loop(table, folds)
            sheet = [v for v in here if v.table is None and v.op not in FOLDS]
            self._write(sheet, uses)
        texts: dict[int, str] = {}
        for table in sorted({each.table for each in roots if each.table is not None}):
            of_rows = list(dict.fromkeys(each for each in roots if each.table == table))
            texts |= self._collect(table, of_rows)
        return [texts.get(each.index) or self._texts[each.index] for each in roots]

    def _loop(self, table: int, folds: Sequence[Value]) -> None:
        """Write one loop over the rows of a table that works out several folds."""
        for fold in folds:
            start = _STARTS.get(fold.op, "[]")
            self._line(f"x{fold.index} = {start}")
        self._each_row(table, [each for fold in folds for each in fold.args], folds)
        for fold in folds:
            name = f"x{fold.index}"
            if fold.op is Op.ROWS_TRIMMED:
                self._line(f"{name} = trimmed({name}, {fold.data[3]})")
            elif fold.op is Op.ROWS_MEDIAN:
                self._line(f"{name} = doubled_median({name})")
            elif fold.op is Op.ROWS_BEST:
                self._line(f"{name} = sum({name}.values())")
            self._texts[fold.index], self._depths[fold.index] = name, 0

    def _each_row(self, table: int, needed: Sequence[Value], folds: Sequence[Value]) -> None:
        rows = self._tables[table]
        values = _of_rows(needed)
        self._line(f"for {rows.cells} in {rows.local}:")
        outer, self._indent = self._indent, self._indent + "    "
        self._write(values, self._uses(values, needed))
        for fold in folds:
            self._fold(fold)
        self._indent = outer

    def _fold(self, fold: Value) -> None:
        """Write what one row adds to a fold."""
        name, value = f"x{fold.index}", fold.args[-1]
        if fold.op is not Op.ROWS_SUM or value.interval.missing:
            text = self._atom(value)
        else:
            text = self._texts[value.index]
        guard = f"if {text} is not None: " if value.interval.missing else ""
        if fold.op is Op.ROWS_SUM:
            self._line(f"{guard}{name} += {text}")
        elif fold.op in (Op.ROWS_LEAST, Op.ROWS_GREATEST):
            sign = "<" if fold.op is Op.ROWS_LEAST else ">"
            there = f"{text} is not None and " if guard else ""
            self._line(f"if {there}({name} is None or {text} {sign} {name}): {name} = {text}")
        elif fold.op is Op.ROWS_BEST:
            key = self._atom(fold.args[0])
            there = f"{text} is not None and " if guard else ""
            best = f"({key} not in {name} or {text} > {name}[{key}])"
            self._line(f"if {there}{best}: {name}[{key}] = {text}")
        else:
            self._line(f"{guard}{name}.append({text})")

    def _collect(self, table: int, roots: Sequence[Value]) -> dict[int, str]:
        """Write a loop that keeps the values of each row; return where they are."""
        for root in roots:
            self._line(f"r{root.index} = []")
        rows = self._tables[table]
        values = _of_rows(roots)
        self._line(f"for {rows.cells} in {rows.local}:")
        outer, self._indent = self._indent, self._indent + "    "
        self._write(values, self._uses(values, roots))
        for root in roots:
            self._line(f"r{root.index}.append({self._texts[root.index]})")
        self._indent = outer
        return {root.index: f"tuple(r{root.index})" for root in roots}

    def _line(self, text: str) -> None:
        self.lines.append(f"{self._indent}{text}")

    def _named(self, value: Value, text: str) -> str:
        name = f"x{value.index}"
        self._line(f"{name} = {text}")
        return name

    def _atom(self, value: Value) -> str:
        """Return a name or number for a value that the text will repeat."""
        text = self._texts[value.index]
        if not text.isidentifier() and not text.lstrip("-").isdigit():
            text = self._texts[value.index] = self._named(value, text)
            self._depths[value.index] = 0
        return text

    def _constant(self, value: object) -> str:
        name = f"K{len(self._constants)}"
        self._constants[name] = value
        return name

    def _text(self, value: Value) -> str:
        if value.op is Op.CONSTANT:
            return str(bool(value.data[0])) if value.kind == "truth" else str(value.data[0])
        if value.op is Op.INPUT:
            return self._inputs[value.data[0]]
        special = _SPECIAL.get(value.op)
        if special is not None and value.interval.missing:
            return special(*(self._atom(each) for each in value.args))
        if value.op is Op.DEFAULT:
            first, second = map(self._atom, value.args)
            return f"({second} if {first} is None else {first})"
        if value.op is Op.KNOWN:
            return f"({self._texts[value.args[0].index]} is not None)"
        if value.op is Op.CHOOSE:
            return self._choose(value)
        if value.op is Op.ONLY:
            condition, only = (self._texts[each.index] for each in value.args)
            return f"({only} if {condition} else None)"
        guard = [self._atom(each) for each in value.args if each.interval.missing]
        text = self._plain(value)
        if guard:
            missing = " or ".join(f"{each} is None" for each in guard)
            return f"(None if {missing} else {text})"
        return text

    def _choose(self, value: Value) -> str:
        condition, then, otherwise = value.args
        guard = ""
        if condition.interval.missing:
            guard = f"None if {self._atom(condition)} is None else "
        texts = [self._texts[each.index] for each in (then, condition, otherwise)]
        return f"({guard}{texts[0]} if {texts[1]} else {texts[2]})"

    def _plain(self, value: Value) -> str:
        if value.op is Op.LINEAR:
            return self._linear(value)
        if value.op is Op.STEPS:
            return self._steps(value)
        if value.op in (Op.LEAST, Op.GREATEST):
            left, right = map(self._atom, value.args)
            sign = "<" if value.op is Op.LEAST else ">"
            return f"({left} if {left} {sign} {right} else {right})"
        texts = [self._texts[each.index] for each in value.args]
        if value.op is Op.LOOKUP:
            return f"{self._constant(value.data)}[{texts[0]}]"
        if value.op is Op.NEGATE:
            return f"(not {texts[0]})"
        return f"({texts[0]} {_SIGNS[value.op]} {texts[1]})"

    def _linear(self, value: Value) -> str:
        parts = [str(value.data[0])] if value.data[0] else []
        for factor, each in zip(value.data[1:], value.args, strict=True):
            text = self._texts[each.index]
            term = text if abs(factor) == 1 else f"{abs(factor)} * {text}"
            sign = "-" if factor < 0 else "+" if parts else ""
            parts.append(f"{sign} {term}" if sign else term)
        return f"({' '.join(parts)})"

    def _steps(self, value: Value) -> str:
        number = self._atom(value.args[0])
        edges, amounts = value.data[1::2], (value.data[0], *value.data[2::2])
        if len(edges) > _FEW_EDGES:
            at = f"bisect_right({self._constant(edges)}, {number})"
            return f"{self._constant(amounts)}[{at}]"
        text = str(amounts[0])
        for edge, amount in zip(edges, amounts[1:], strict=True):
            text = f"{amount} if {number} >= {edge} else ({text})"
        return f"({text})"


_SIGNS = {
    Op.PRODUCT: "*",
    Op.QUOTIENT: "//",
    Op.LESS: "<",
    Op.AT_MOST: "<=",
    Op.EQUAL: "==",
    Op.BOTH: "and",
    Op.EITHER: "or",
}

_SPECIAL: dict[Op, Callable[[str, str], str]] = {
    Op.BOTH: lambda a, b: (
        f"(False if ({a} is not None and not {a}) or ({b} is not None and not {b})"
        f" else None if {a} is None or {b} is None else True)"
    ),
    Op.EITHER: lambda a, b: (
        f"(True if {a} or {b} else None if {a} is None or {b} is None else False)"
    ),
}


def _of_rows(roots: Iterable[Value]) -> list[Value]:
    """Return the values of rows that some rest on, but for what folds have made of rows."""
    found: dict[int, Value] = {}
    waiting = [each for each in roots if each.table is not None]
    while waiting:
        value = waiting.pop()
        if value.index not in found:
            found[value.index] = value
            waiting.extend(each for each in value.args if each.table is not None)
    return [found[index] for index in sorted(found)]


#: What a fold begins with; the others gather the values in a list.
_STARTS = {
    Op.ROWS_SUM: "0",
    Op.ROWS_LEAST: "None",
    Op.ROWS_GREATEST: "None",
    Op.ROWS_BEST: "{}",
}


def _trimmed(values: list[int], drop: int) -> int | None:
    kept = sorted(values)[drop : len(values) - drop]
    return sum(kept) if kept else None


def _doubled_median(values: list[int]) -> int | None:
    values.sort()
    size = len(values)
    return values[(size - 1) // 2] + values[size // 2] if size else None


def _build(head: str, lines: Iterable[str], constants: dict[str, object]) -> Any:  # noqa: ANN401 - a function of its own shape
    source = "\n".join([f"def generated({head}):", *(f"    {line}" for line in lines)])
    namespace: dict[str, Any] = {
        "bisect_right": bisect_right,
        "trimmed": _trimmed,
        "doubled_median": _doubled_median,
        **constants,
    }
    exec(compile(source, "<rubric>", "exec"), namespace)  # noqa: S102 - our own source, see above
    return namespace["generated"]


def compute(
    roots: Sequence[Value], inputs: int, tables: Mapping[int, Sequence[int]] | None = None
) -> Callable[..., tuple[Any, ...]]:
    """Return a function from the graph's inputs to the values of the roots.

    `tables` has the inputs of each table's columns, in order; the rows of each table, as
    tuples of these, come after the inputs of the sheet.
    """
    constants: dict[str, object] = {}
    of_rows = {
        number: _Rows(f"t{number}", "".join(f"v{index}, " for index in columns) or "_")
        for number, columns in (tables or {}).items()
    }
    inner = {index for columns in (tables or {}).values() for index in columns}
    writer = _Writer([f"v{index}" for index in range(inputs)], constants, of_rows)
    texts = writer.write(roots)
    names = [f"v{index}" for index in range(inputs) if index not in inner]
    head = ", ".join([*names, *(each.local for each in of_rows.values())])
    function: Callable[..., tuple[Any, ...]] = _build(
        head, [*writer.lines, f"return ({''.join(f'{each}, ' for each in texts)})"], constants
    )
    return function


@frozen(eq=False)
class _Reading:
    """A field as the generated source sees it: its name, and the texts of its inputs."""

    local: str
    lowered: LoweredField

    @property
    def inputs(self) -> list[str]:
        """The texts of its inputs, in order; for a table those of its cells."""
        field, local = self.lowered.field, self.local
        if isinstance(field, Rows):
            found: list[str] = []
            for place, (_, column) in enumerate(field.columns):
                size = len(column.inputs(""))
                found += _bits(column, f"{local}_{place}", size, missing=column.optional)
            return [*found, local] if self.lowered.there is not None else found
        missing = field.optional or self.lowered.freed
        return _bits(field, local, len(self.lowered.inputs), missing=missing)

    @property
    def rows(self) -> _Rows:
        """Where the rows of a table are."""
        columns = getattr(self.lowered.field, "columns", ())
        cells = "".join(f"{self.local}_{place}, " for place in range(len(columns)))
        local = f"({self.local} or ())" if self.lowered.freed else self.local
        return _Rows(local, cells)


def _bits(field: Field, local: str, size: int, *, missing: bool) -> list[str]:
    """Return the texts of the inputs of one finding."""
    guard = f"None if {local} is None else " if missing else ""
    if isinstance(field, Checklist):
        return [f"({guard}{local} >> {bit} & 1)" for bit in range(size)]
    if getattr(field, "panel", None) is not None:
        return [f"({guard}{local}[{place}])" for place in range(size)]
    return [local]


@frozen(eq=False, slots=False)
class Program:
    """A rubric ready to score sheets: the generated functions and the layout of their results.

    Findings are one value a field, in the order of `lowered.fields`. Scores are the quanta
    of each node in document order, then the grade's index of each node that has grades.
    """

    lowered: Lowered

    @cached_property
    def readings(self) -> tuple[_Reading, ...]:
        """The fields, in order."""
        fields = enumerate(self.lowered.fields)
        return tuple(_Reading(f"v{place}", each) for place, each in fields)

    @cached_property
    def graded(self) -> dict[str, int]:
        """Where among the scores the grade's index of a node stands."""
        nodes = self.lowered.nodes
        with_grades = [each.place.id for each in nodes if each.grading]
        first = len(self.scored)
        return {node: first + place for place, node in enumerate(with_grades)}

    @cached_property
    def scored(self) -> tuple[LoweredNode, ...]:
        """The nodes with one score for the sheet, in document order."""
        return tuple(each for each in self.lowered.nodes if each.place.table is None)

    @cached_property
    def divisors(self) -> dict[str, int]:
        """Where among the scores the divisor of a node's score stands, if it has one."""
        first = len(self.scored) + len(self.graded)
        divided = [each.place.id for each in self.scored if each.score.over is not None]
        return {node: first + place for place, node in enumerate(divided)}

    @cached_property
    def ids(self) -> tuple[str, ...]:
        """The ids of the nodes, in the order of their scores."""
        return tuple(each.place.id for each in self.scored)

    @cached_property
    def scales(self) -> tuple[int, ...]:
        """The quanta to a point of each node's score."""
        return tuple(each.score.scale for each in self.scored)

    @cached_property
    def positions(self) -> dict[str, int]:
        """Where among the findings a field stands, by `item.field`."""
        return {each.path: place for place, each in enumerate(self.lowered.fields)}

    @cached_property
    def places(self) -> dict[str, int]:
        """Where among the scores a node's stands."""
        return {node: place for place, node in enumerate(self.ids)}

    def exact(self, scores: Integers, node: str) -> Fraction:
        """Return a node's score, exactly, in points of its own scale."""
        place = self.places[node]
        scale = self.scales[place]
        at = self.divisors.get(node)
        if at is not None:
            scale *= scores[at]
        return Fraction(scores[place], scale)

    @cached_property
    def score_roots(self) -> list[Value]:
        """The values whose quanta the scores are."""
        grades = [each.grading[-1].after for each in self.lowered.nodes if each.grading]
        over = [each.score.over for each in self.scored if each.score.over is not None]
        return [*(each.score.value for each in self.scored), *grades, *over]

    @cached_property
    def read_and_score(self) -> Callable[[object, object], tuple[Findings, Integers] | None]:
        """Read and score a plain nested sheet, and what is given beside it.

        None, KeyError or TypeError if they are not plain, or there is anything wrong.
        """
        constants: dict[str, object] = {}
        lines = self._reading_lines(constants)
        demands = [each.holds.value for each in self.lowered.demands]
        texts = self._write([*self.score_roots, *demands], lines, constants, checked=demands)
        found = "".join(f"{each.local}, " for each in self.readings)
        lines.append(f"return ({found}), ({texts})")
        generated: Callable[[object, object], tuple[Findings, Integers] | None] = _build(
            "sheet, given=None", lines, constants
        )
        return generated

    @cached_property
    def score(self) -> Callable[[Findings], Integers]:
        """Score findings that were read already."""
        return self.values_of(self.score_roots)

    @cached_property
    def demanded(self) -> Callable[[Findings], Integers]:
        """Say which demands hold, in order; a tuple of truths for those of rows."""
        return self.values_of([each.holds.value for each in self.lowered.demands])

    @cached_property
    def lives(self) -> Callable[[Findings], Integers]:
        """Say for each field whether its finding must be there, if it is required at all."""
        always = self.lowered.graph.truth(verdict=True)
        lives = [always if each.live is None else each.live.value for each in self.lowered.fields]
        return self.values_of(lives)

    @cached_property
    def detail(self) -> Callable[[Findings], Integers]:
        """Compute the values behind the ledger, in the order of `ledger_roots`."""
        return self.values_of(self.ledger_roots)

    @cached_property
    def ledger_roots(self) -> list[Value]:
        """What entries asked, then took, node by node; then what `extra_roots` has."""
        roots: list[Value] = []
        for node in self.lowered.nodes:
            roots += [entry.asked.value for entry in node.account.entries]
            roots += [entry.taken.value for entry in node.account.entries]
        for node in self.lowered.nodes:
            roots += [step.after for step in node.grading]
        return [*roots, *self.extra_roots]

    @cached_property
    def extra_roots(self) -> list[Value]:
        """What the ledger needs beside the entries: divisors, bonuses, members, rows, states."""
        found: dict[int, Value] = {}
        for quantity in self._quantities():
            for each in (quantity.value, quantity.over):
                if each is not None:
                    found.setdefault(each.index, each)
        for node in self.lowered.nodes:
            for truth in (node.applies, node.present, node.left, node.taken):
                if truth is not None:
                    found.setdefault(truth.value.index, truth.value)
        return list(found.values())

    def _quantities(self) -> Iterator[Quantity]:
        for node in self.lowered.nodes:
            if node.place.table is not None or node.score.over is not None:
                yield node.score
            for entry in node.account.entries:
                yield from (each for each in (entry.asked, entry.taken) if each.over is not None)
                if entry.rows is not None:
                    yield entry.rows.number
                yield from _of_parts(entry.parts)
            yield from (each.asked for each in node.bonuses)
            if node.share is not None:
                yield node.share

    def values_of(self, roots: Sequence[Value]) -> Callable[[Findings], Integers]:
        """Return a function from findings to any values of the graph.

        A value of the rows of a table is a tuple, one entry for each row.
        """
        constants: dict[str, object] = {}
        found = "".join(f"{each.local}, " for each in self.readings)
        lines = [f"{found.rstrip()} = found"] if found else []
        texts = self._write(roots, lines, constants)
        generated: Callable[[Findings], Integers] = _build(
            "found", [*lines, f"return ({texts})"], constants
        )
        return generated

    def _write(
        self,
        roots: Sequence[Value],
        lines: list[str],
        constants: dict[str, object],
        checked: Sequence[Value] = (),
    ) -> str:
        """Write the roots; the last of them, those checked, end the function if one is false."""
        inputs = [text for each in self.readings for text in each.inputs]
        tables = {
            each.lowered.table: each.rows
            for each in self.readings
            if each.lowered.table is not None
        }
        writer = _Writer(inputs, constants, tables)
        texts = writer.write(roots)
        lines += writer.lines
        kept = len(texts) - len(checked)
        for text, value in zip(texts[kept:], checked, strict=True):
            holds = f"all({text})" if value.table is not None else text
            lines.append(f"if not {holds}: return None")
        return "".join(f"{each}, " for each in texts[:kept])

    def _reading_lines(self, constants: dict[str, object]) -> list[str]:
        by_node: dict[str, list[_Reading]] = {}
        sources: dict[str, list[_Reading]] = {}
        for each in self.readings:
            where = sources if each.lowered.given else by_node
            where.setdefault(each.lowered.node, []).append(each)
        if self.lowered.rubric.methods == "required":
            # Which methods were used is read with care.
            return ["return None"]
        if not sources:
            return ["if given: return None", *_mapping_lines("sheet", by_node, constants)]
        # Given numbers stand beside the sheet, or in it under their sources.
        within = ", ".join(f"{source!r}: sheet[{source!r}]" for source in sources)
        return [
            "extra = 0",
            "if given is None:",
            f"    given, extra = {{{within}}}, {len(sources)}",
            *_mapping_lines("sheet", by_node, constants, " + extra"),
            *_mapping_lines("given", sources, constants),
        ]


def _mapping_lines(
    mapping: str,
    by_node: Mapping[str, list[_Reading]],
    constants: dict[str, object],
    extra: str = "",
) -> list[str]:
    """Return the lines that read a mapping of nodes, or sources, to findings."""
    freed = {node for node, each in by_node.items() if all(_may_miss(one.lowered) for one in each)}
    size = f"{len(by_node) - len(freed)}{extra}"
    if not freed:
        lines = [f"if type({mapping}) is not dict or len({mapping}) != {size}: return None"]
    else:
        lines = [f"if type({mapping}) is not dict: return None"]
        lines.append(f"left = len({mapping}) - ({size})")
    for node, readings in by_node.items():
        if node not in freed:
            lines.append(f"item = {mapping}[{node!r}]")
            lines += _item_lines(readings, constants)
            continue
        lines.append(f"item = {mapping}.get({node!r})")
        nothing = " = ".join(each.local for each in readings)
        if any(each.lowered.field.none_means is not None for each in readings):
            # What stands in for a finding that is not there is worked out with care.
            lines += [
                "if item is None: return None",
                "left -= 1",
                *_item_lines(readings, constants),
            ]
            continue
        lines += ["if item is None:", f"    {nothing} = None", "else:", "    left -= 1"]
        lines += [f"    {each}" for each in _item_lines(readings, constants)]
    if freed:
        lines.append("if left: return None")
    return lines


def _item_lines(readings: Sequence[_Reading], constants: dict[str, object]) -> list[str]:
    lines = ["if type(item) is not dict: return None"]
    required = [each for each in readings if not _may_miss(each.lowered)]
    optional = [each for each in readings if _may_miss(each.lowered)]
    lines += [f"{each.local} = item[{each.lowered.name!r}]" for each in required]
    lines += [f"{each.local} = item.get({each.lowered.name!r})" for each in optional]
    size = "".join(f" + ({each.local} is not None)" for each in optional)
    lines.append(f"if len(item) != {len(required)}{size}: return None")
    for each in readings:
        lowered = each.lowered
        if isinstance(lowered.field, Rows):
            lines += _rows_lines(each, lowered.field, constants)
        else:
            missing = _may_miss(lowered)
            lines += _checks(lowered.field, each.local, constants, missing=missing)
            if lowered.field.none_means is not None:
                lines.append(f"if {each.local} is None: return None")
    return lines


def _rows_lines(reading: _Reading, rows: Rows, constants: dict[str, object]) -> list[str]:
    """Return the lines that check the rows of a table, and make tuples of their cells."""
    local, (fewest, most) = reading.local, rows.sizes
    columns = [(f"{local}_{place}", name, each) for place, (name, each) in enumerate(rows.columns)]
    lines = [
        f"if type({local}) is not list or not {fewest} <= len({local}) <= {most}: return None",
        f"rows, {local} = {local}, []",
        "for row in rows:",
        "    if type(row) is not dict: return None",
    ]
    optional = [cell for cell, _, each in columns if _may_miss_field(each)]
    for cell, name, each in columns:
        get = f"row.get({name!r})" if _may_miss_field(each) else f"row[{name!r}]"
        lines.append(f"    {cell} = {get}")
    size = "".join(f" + ({cell} is not None)" for cell in optional)
    lines.append(f"    if len(row) != {len(columns) - len(optional)}{size}: return None")
    for cell, _, each in columns:
        checks = _checks(each, cell, constants, missing=_may_miss_field(each))
        lines += [f"    {line}" for line in checks]
    cells = "".join(f"{cell}, " for cell, _, _ in columns)
    lines += [f"    {local}.append(({cells}))", f"{local} = tuple({local})"]
    if reading.lowered.freed:
        lines = [f"if {local} is not None:", *(f"    {line}" for line in lines)]
    return lines


def _of_parts(parts: Sequence[Part]) -> Iterator[Quantity]:
    for part in parts:
        yield part.asked
        yield part.taken
        if part.rows is not None:
            yield part.rows.number
        yield from _of_parts(part.parts)


def _may_miss(lowered: LoweredField) -> bool:
    return lowered.freed or _may_miss_field(lowered.field)


def _may_miss_field(field: Field) -> bool:
    return field.optional or field.type == "text" or field.none_means is not None


def _checks(field: Field, local: str, constants: dict[str, object], *, missing: bool) -> list[str]:
    """Return the lines that check one finding, and turn it into what the graph takes."""
    plain = field.plain if field.simple else "other"
    if plain == "truth":
        refusal = f"if {local} is not True and {local} is not False"
        return [
            f"{refusal} and {local} is not None: return None"
            if missing
            else f"{refusal}: return None"
        ]
    name = f"K{len(constants)}"
    constants[name] = field.read
    general = f"{local} = {name}({local})"
    if plain == "name":
        table = f"K{len(constants)}"
        constants[table] = {each: place for place, each in enumerate(getattr(field, "names", ()))}
        lines = [f"if type({local}) is not str: return None", f"{local} = {table}[{local}]"]
    elif plain == "integer":
        quanta = int(getattr(field, "quanta", 1))
        low, high = getattr(field, "bounds", (0, 0))
        within = f"{-(-low // quanta)} <= {local} <= {high // quanta}"
        lines = [f"if type({local}) is int:", f"    if not {within}: return None"]
        lines += [f"    {local} *= {quanta}"] if quanta != 1 else []
        lines += ["else:", f"    {general}"]
    else:
        lines = [general]
        if not field.simple and not missing:
            lines.append(f"if {local} is None: return None")
    if missing:
        lines = [f"if {local} is not None:", *(f"    {line}" for line in lines)]
    return lines
