"""The interpreter of a graph for one sheet: Python source, generated once per rubric.

`Program.read_and_score` takes a plain nested sheet, checks every finding and scores it in
one straight line; whatever is not plain it hands back, for `evidence` to read with care.
The source holds integers, local names and quoted ids, never text of an expression.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterable, Sequence
from functools import cached_property
from typing import Any

from attrs import frozen

from rubric_engine.fields import Field
from rubric_engine.graph import Op, Value, reachable
from rubric_engine.lower import Lowered, LoweredField

__all__ = ["Program", "compute"]

Finding = int | str | None
Findings = tuple[Finding, ...]
Integers = tuple[int, ...]

#: How deep generated expressions are nested before they go to a name of their own.
_DEEPEST = 12
#: Up to this many edges are compared one by one.
_FEW_EDGES = 8


class _Writer:
    """Writes the values of a graph as statements, each value used twice under a name."""

    def __init__(self, inputs: Sequence[str], constants: dict[str, object]) -> None:
        self._inputs = inputs
        self._constants = constants
        self._texts: dict[int, str] = {}
        self._depths: dict[int, int] = {}
        self.lines: list[str] = []

    def write(self, roots: Sequence[Value]) -> list[str]:
        """Add the statements that the roots need; return an expression for each root."""
        values = reachable(roots)
        uses: dict[int, int] = {}
        for value in values:
            for each in value.args:
                uses[each.index] = uses.get(each.index, 0) + 1
        for each in roots:
            uses[each.index] = uses.get(each.index, 0) + 1
        for value in values:
            text = self._text(value)
            depth = 1 + max((self._depths[each.index] for each in value.args), default=0)
            atom = value.op in (Op.CONSTANT, Op.INPUT)
            if not atom and (uses[value.index] > 1 or depth > _DEEPEST):
                text, depth = self._named(value, text), 0
            self._texts[value.index], self._depths[value.index] = text, 0 if atom else depth
        return [self._texts[each.index] for each in roots]

    def _named(self, value: Value, text: str) -> str:
        name = f"x{value.index}"
        self.lines.append(f"{name} = {text}")
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


def _build(head: str, lines: Iterable[str], constants: dict[str, object]) -> Any:  # noqa: ANN401
    source = "\n".join([f"def generated({head}):", *(f"    {line}" for line in lines)])
    namespace: dict[str, Any] = {"bisect_right": bisect_right, **constants}
    exec(compile(source, "<rubric>", "exec"), namespace)  # noqa: S102 - our own source, see above
    return namespace["generated"]


def compute(roots: Sequence[Value], inputs: int) -> Callable[..., tuple[Finding, ...]]:
    """Return a function from the graph's inputs to the values of the roots."""
    constants: dict[str, object] = {}
    writer = _Writer([f"v{index}" for index in range(inputs)], constants)
    texts = writer.write(roots)
    head = ", ".join(f"v{index}" for index in range(inputs))
    function: Callable[..., tuple[Finding, ...]] = _build(
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
        names = self.lowered.inputs
        if len(names) == 1 and self.lowered.field.type != "checklist":
            return [self.local]
        guard = f"None if {self.local} is None else " if self.lowered.field.optional else ""
        return [f"({guard}{self.local} >> {bit} & 1)" for bit in range(len(names))]


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
        return {node: len(nodes) + place for place, node in enumerate(with_grades)}

    @cached_property
    def ids(self) -> tuple[str, ...]:
        """The ids of the nodes, in the order of their scores."""
        return tuple(each.place.id for each in self.lowered.nodes)

    @cached_property
    def scales(self) -> tuple[int, ...]:
        """The quanta to a point of each node's score."""
        return tuple(each.score.scale for each in self.lowered.nodes)

    @cached_property
    def score_roots(self) -> list[Value]:
        """The values whose quanta the scores are."""
        nodes = self.lowered.nodes
        grades = [each.grading[-1].after for each in nodes if each.grading]
        return [*(each.score.value for each in nodes), *grades]

    @cached_property
    def read_and_score(self) -> Callable[[object], tuple[Findings, Integers] | None]:
        """Read and score a plain nested sheet; None, KeyError or TypeError if it is not one."""
        constants: dict[str, object] = {}
        lines = self._reading_lines(constants)
        texts = self._write(self.score_roots, lines, constants)
        found = "".join(f"{each.local}, " for each in self.readings)
        lines.append(f"return ({found}), ({texts})")
        generated: Callable[[object], tuple[Findings, Integers] | None] = _build(
            "sheet", lines, constants
        )
        return generated

    @cached_property
    def score(self) -> Callable[[Findings], Integers]:
        """Score findings that were read already."""
        return self._from_findings(self.score_roots)

    @cached_property
    def detail(self) -> Callable[[Findings], Integers]:
        """Compute the values behind the ledger, in the order of `ledger_roots`."""
        return self._from_findings(self.ledger_roots)

    @cached_property
    def ledger_roots(self) -> list[Value]:
        """What entries asked, then took, node by node; then bonuses; then grading steps."""
        roots: list[Value] = []
        for node in self.lowered.nodes:
            roots += [entry.asked.value for entry in node.account.entries]
            roots += [entry.taken.value for entry in node.account.entries]
        for node in self.lowered.nodes:
            roots += [amount.value for _, amount in node.bonuses]
        for node in self.lowered.nodes:
            roots += [step.after for step in node.grading]
        return roots

    def _from_findings(self, roots: Sequence[Value]) -> Callable[[Findings], Integers]:
        constants: dict[str, object] = {}
        found = "".join(f"{each.local}, " for each in self.readings)
        lines = [f"{found.rstrip()} = found"] if found else []
        texts = self._write(roots, lines, constants)
        generated: Callable[[Findings], Integers] = _build(
            "found", [*lines, f"return ({texts})"], constants
        )
        return generated

    def _write(self, roots: Sequence[Value], lines: list[str], constants: dict[str, object]) -> str:
        inputs = [text for each in self.readings for text in each.inputs]
        writer = _Writer(inputs, constants)
        texts = writer.write(roots)
        lines += writer.lines
        return "".join(f"{each}, " for each in texts)

    def _reading_lines(self, constants: dict[str, object]) -> list[str]:
        by_node: dict[str, list[_Reading]] = {}
        for each in self.readings:
            by_node.setdefault(each.lowered.node, []).append(each)
        lines = [f"if type(sheet) is not dict or len(sheet) != {len(by_node)}: return None"]
        for node, readings in by_node.items():
            lines.append(f"item = sheet[{node!r}]")
            lines.append("if type(item) is not dict: return None")
            required = [each for each in readings if not _may_miss(each.lowered.field)]
            optional = [each for each in readings if _may_miss(each.lowered.field)]
            lines += [f"{each.local} = item[{each.lowered.name!r}]" for each in required]
            lines += [f"{each.local} = item.get({each.lowered.name!r})" for each in optional]
            size = "".join(f" + ({each.local} is not None)" for each in optional)
            lines.append(f"if len(item) != {len(required)}{size}: return None")
            for each in readings:
                lines += _checks(each, constants)
        return lines


def _may_miss(field: Field) -> bool:
    return field.optional or field.type == "text"


def _checks(reading: _Reading, constants: dict[str, object]) -> list[str]:
    """Return the lines that check one finding, and turn it into what the graph takes."""
    field, local = reading.lowered.field, reading.local
    if field.plain == "truth":
        refusal = f"if {local} is not True and {local} is not False"
        return [
            f"{refusal} and {local} is not None: return None"
            if field.optional
            else f"{refusal}: return None"
        ]
    name = f"K{len(constants)}"
    constants[name] = field.read
    general = f"{local} = {name}({local})"
    if field.plain == "name":
        table = f"K{len(constants)}"
        constants[table] = {each: place for place, each in enumerate(getattr(field, "names", ()))}
        lines = [f"if type({local}) is not str: return None", f"{local} = {table}[{local}]"]
    elif field.plain == "integer":
        quanta = int(getattr(field, "quanta", 1))
        low, high = getattr(field, "bounds", (0, 0))
        within = f"{-(-low // quanta)} <= {local} <= {high // quanta}"
        lines = [f"if type({local}) is int:", f"    if not {within}: return None"]
        lines += [f"    {local} *= {quanta}"] if quanta != 1 else []
        lines += ["else:", f"    {general}"]
    else:
        lines = [general]
    if _may_miss(field):
        lines = [f"if {local} is not None:", *(f"    {line}" for line in lines)]
    return lines
