"""A population over frames: its findings read and checked, its values worked out.

This is what `frames` builds its results from: the columns of the caller's frames become
inputs of the graph (`encode`), the graph becomes columns (`columns`), and what a row must
fulfil becomes checks. Nothing is collected.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import reduce
from typing import Any

import narwhals as nw
from attrs import define, field, frozen

from rubric_engine.columns import Sheets, free_prefix
from rubric_engine.dataframes import framing_of
from rubric_engine.dialect import DOUBLES, Engine, Expr, Layer, Stored
from rubric_engine.encode import Check, Encoder, Source, kind_of
from rubric_engine.errors import InvalidFrame, Problem, nearest_name
from rubric_engine.evaluation import program_of
from rubric_engine.evidence import RECORDED
from rubric_engine.fields import (
    Checklist,
    Choice,
    Date,
    Flag,
    Refused,
    Rows,
    Scalar,
    Text,
)
from rubric_engine.graph import Op, Value, reachable
from rubric_engine.intervals import Interval
from rubric_engine.lower import LARGEST, Lowered, LoweredField, LoweredNode
from rubric_engine.model import Indicator, Item, Rubric
from rubric_engine.symbols import Quantity, Truth
from rubric_engine.tree import ROW

__all__ = ["Asked", "Population", "Spelling", "spelling"]

#: From `item.field` to the caller's own name of a column.
Spelling = Callable[[str], str]


def spelling(columns: Mapping[str, str] | str | None, paths: Iterable[str]) -> Spelling:
    """Return how the caller names columns: by a mapping, with a prefix, or as they are.

    Raises `InvalidFrame` for a mapping that names a field the rubric does not have.
    """
    if columns is None:
        return lambda path: path
    if isinstance(columns, str):
        return lambda path: f"{columns}{path}"
    known = set(paths)
    problems = [
        Problem("unknown-field", path, "a field of the rubric", "", nearest_name(path, known))
        for path in columns
        if path not in known
    ]
    if problems:
        raise InvalidFrame(problems)
    return lambda path: columns.get(path, path)


def declared_paths(lowered: Lowered) -> list[str]:
    """Return all that a caller can give a name of his own: `item.field`, and its parts."""
    recorded = [f"{RECORDED}.{each.place.id.removesuffix(ROW)}" for each in lowered.nodes]
    inputs = [each.name for each in lowered.graph.inputs]
    return [*(each.path for each in lowered.fields), *inputs, *recorded]


def flat_given(given: Mapping[str, Any] | None) -> dict[str, Any]:
    """Return what is given for everybody by `source.name`."""
    flat: dict[str, Any] = {}
    for source, value in (given or {}).items():
        if isinstance(value, Mapping):
            flat.update({f"{source}.{name}": each for name, each in value.items()})
        else:
            flat[source] = value
    return flat


def declared_columns(
    lowered: Lowered, columns: Mapping[str, str] | str | None
) -> dict[str | None, dict[str, Any]]:
    """Return the types of the columns that a rubric asks for: of sheets, and of each table.

    Tables stand under `item.field`, and under their own name.
    """
    inputs = lowered.graph.inputs
    spelled = spelling(columns, [each.path for each in lowered.fields])
    found: dict[str | None, dict[str, Any]] = {None: {}}
    for each in lowered.fields:
        if isinstance(each.field, Rows):
            own: dict[str, Any] = {}
            for name, kind in each.field.columns:
                for declared in kind.inputs(name):
                    own[declared.name] = _declared_type(kind)
            found[each.path] = found[each.name] = own
        else:
            names = [inputs[each.first + place].name for place in range(len(each.inputs))]
            found[None].update({spelled(name): _declared_type(each.field) for name in names})
    stood_in = {each.node for each in lowered.fields if each.field.none_means is not None}
    for node in lowered.nodes:
        own_methods = getattr(node.place.node, "methods", ())
        wanted = lowered.rubric.methods == "required" or node.place.id in stood_in
        name = f"{RECORDED}.{node.place.id.removesuffix(ROW)}"
        if own_methods and wanted:
            found[None][spelled(name)] = nw.String()
    return found


def _declared_type(kind: Any) -> Any:
    if isinstance(kind, Flag | Checklist):
        return nw.Boolean()
    if isinstance(kind, Choice | Text):
        return nw.String()
    if isinstance(kind, Date):
        return nw.Date()
    return nw.Float64() if getattr(kind, "decimals", 0) else nw.Int64()


@frozen
class Asked:
    """What a caller says of his frames; see `frames.evaluate_frame`."""

    key: str | None = None
    #: Narwhals frames by the path, or the name, of their table.
    rows: Mapping[str, Any] = field(factory=dict)
    given: Mapping[str, Any] | None = None
    columns: Mapping[str, str] | str | None = None
    #: Whether the methods that items name must be recorded.
    methods: bool = False


@frozen
class _RowsOf:
    """A table of the rubric, and what its frame of rows was checked for."""

    lowered: LoweredField
    encoder: Encoder


@define
class Population:
    """The sheets of a rubric over frames, and what each row of them must fulfil."""

    rubric: Rubric
    frame: Any
    framing: Any
    state: Sheets
    encoder: Encoder
    tables: dict[int, _RowsOf] = field(factory=dict)
    #: What is given for everybody, by `source.name`.
    constants: dict[str, Any] = field(factory=dict)
    #: The graph's values of its inputs, by the inputs' own numbers.
    inputs: dict[int, int] = field(factory=dict)
    #: The frames of rows before any left out those of nobody.
    opened_rows: dict[int, Any] = field(factory=dict)
    _owned: int = 0

    @classmethod
    def of(
        cls, rubric: Rubric, frame: Any, asked: Asked, pending: frozenset[str] = frozenset()
    ) -> Population:
        """Open Narwhals frames and read their columns, but for findings that are pending.

        Raises `InvalidFrame` with everything that is wrong with them whatever their rows.
        """
        key, rows = asked.key, asked.rows
        lowered = program_of(rubric).lowered
        problems: list[Problem] = []
        tables = _tables(lowered, rows, problems)
        schema = frame.collect_schema()
        if (key is None and tables) or (key is not None and key not in schema):
            near = None if key is None else nearest_name(key, schema.names())
            expected = "the column that says whose a row is, as `key`"
            problems.append(Problem("missing-column", key or "key", expected, "", near))
            raise InvalidFrame(problems)
        for path, each in rows.items():
            if type(each) is not type(frame) or each.implementation is not frame.implementation:
                found = f"{type(each).__name__} of {each.implementation}"
                expected = f"a {type(frame).__name__} of {frame.implementation}, as the sheets"
                problems.append(Problem("mixed-frames", path, expected, found))
        if problems:
            raise InvalidFrame(problems)
        return _Opening(lowered, frame, asked, tables, pending).opened(cls, rubric)

    @property
    def lowered(self) -> Lowered:
        """The meaning of the rubric."""
        return program_of(self.rubric).lowered

    @property
    def engine(self) -> Engine:
        """What writes expressions."""
        return self.state.engine

    @property
    def checks(self) -> list[Check]:
        """What a sheet must fulfil, in the order in which it is told."""
        return self.encoder.checks

    def store(self, inputs: Mapping[int, Stored]) -> None:
        """Note where inputs of sheets stand, by their own numbers."""
        self.state.stored.update({self.inputs[each]: at for each, at in inputs.items()})

    def right_by_code(self) -> dict[str, Expr]:
        """Return for each code of problems whether a row has none, as columns."""
        by_code: dict[str, list[Expr]] = {}
        for check in self.checks:
            by_code.setdefault(check.code, []).append(check.holds)
        names = {code: f"{self.state.prefix}right{k}" for k, code in enumerate(by_code)}
        self.state.add({names[code]: self.engine.every(each) for code, each in by_code.items()})
        return {code: self.engine.column(name) for code, name in names.items()}

    def measured(self, values: Sequence[Value]) -> Expr:
        """Say whether all findings that some values rest on are right."""
        inputs = self.lowered.graph.inputs
        used = [each for each in reachable(values) if each.op is Op.INPUT]
        names = {inputs[each.data[0]].name for each in used}
        paths = {each.path for each in self.lowered.fields if names & set(each.inputs)}
        paths |= {f"{each}[]" for each in paths}
        truths = [each.holds for each in self.checks if each.path in paths]
        return self.engine.every(truths or [self.engine.truth(verdict=True)])

    def without(self, number: int) -> Any:
        """Return the rows of a table whose key no assessee has."""
        engine, state = self.engine, self.state
        found = f"{state.prefix}found"
        key = engine.column(state.key)
        known = state.sheets.select({state.key: key, found: engine.truth(verdict=True)})
        rows = self.opened_rows[number].select({state.key: key})
        return rows.join(known, state.key).where(engine.missing(engine.column(found)))

    def value(self, quantity: Quantity | Truth, bits: int = 0) -> Expr:
        """Return a number's quanta, in the width wanted, or a truth, that was computed."""
        return self.state.writer.of(quantity.value, bits)

    def divisor(self, quantity: Quantity) -> Expr:
        """Return the quanta to a unit of a number, of 64 bits."""
        scale = self.engine.whole(quantity.scale, 64)
        if quantity.over is None:
            return scale
        over = self.state.writer.of(quantity.over, 64)
        return over if quantity.scale == 1 else over * scale

    def double(self, quantity: Quantity, holds: Expr) -> Expr:
        """Return the double nearest to a number that was computed, null where it does not hold.

        One division of two exact integers, where both are doubles; else the quotient is
        worked out in integers to 55 bits or more, and what is left over is kept as a last
        bit that is odd, so that rounding it once is right.
        """
        interval, over = quantity.value.interval, quantity.over
        largest = max(-interval.low, interval.high)
        most = quantity.scale * (1 if over is None else over.interval.high)
        least = quantity.scale * (1 if over is None else max(over.interval.low, 1))
        engine = self.engine
        if most >= DOUBLES:
            found = f"a divisor of up to {most}"
            raise InvalidFrame([Problem("too-wide", "", "a divisor below 2**53", found)])
        if largest >= DOUBLES:
            n = engine.when(holds, self.value(quantity, 64))
            return self._long_division(n, self.divisor(quantity), largest, (least, most))
        # What does not hold is left out of the narrow integers, which is quicker.
        real = engine.real(engine.when(holds, self.value(quantity)))
        if over is None and quantity.scale == 1:
            return real
        return engine.ratio(real, engine.real(self.divisor(quantity)))

    def _own(self, expression: Expr) -> Expr:
        """Give an expression a column, so that it can be used often."""
        self._owned += 1
        name = f"{self.state.prefix}own{self._owned}"
        self.state.add({name: expression})
        return self.engine.column(name)

    def _long_division(self, n: Expr, d: Expr, largest: int, divisors: tuple[int, int]) -> Expr:
        """Return n / d to the nearest double, for n beyond 2**53; see `double`."""
        engine, own = self.engine, self._own
        least, most = divisors
        none, one = engine.whole(0, 64), engine.whole(1, 64)
        n, d = own(n), own(d)
        natural = own(engine.when(n < none, none - n, n))
        quotient = own(engine.quotient(natural, d, largest))
        rest = own(natural - quotient * d)
        bits = 61 - (largest // least).bit_length()
        step = 61 - most.bit_length()
        shifted = 0
        while shifted < bits:
            by = min(step, bits - shifted)
            times = engine.whole(2**by, 64)
            part = own(rest * times)
            more = own(engine.quotient(part, d, most * 2**by))
            quotient, rest = own(quotient * times + more), own(part - more * d)
            shifted += by
        # The last bit of what is not whole: twice the quotient, and one where something is left.
        whole = own(quotient * engine.whole(2, 64) + engine.when(rest > none, one, none))
        half = engine.whole(2**32, 64)
        above = own(engine.quotient(whole, half, 2**63 - 1))
        # Both halves are doubles, so that their sum is rounded once; a power of two is exact.
        wide = engine.real(above) * engine.double(2.0**32) + engine.real(whole - above * half)
        wide = wide * engine.double(0.5 ** (bits + 1))
        small = natural < engine.whole(DOUBLES, 64)
        plain = engine.ratio(own(engine.real(engine.when(small, natural))), engine.real(d))
        found = own(engine.when(small, plain, wide))
        return engine.when(n < none, engine.double(-1.0) * found, found)


def _tables(
    lowered: Lowered, rows: Mapping[str, Any], problems: list[Problem]
) -> dict[int, tuple[LoweredField, Any]]:
    """Return the rubric's tables with the frames that hold their rows."""
    own = [each for each in lowered.fields if isinstance(each.field, Rows)]
    named: dict[str, list[LoweredField]] = {}
    for each in own:
        named.setdefault(each.path, []).append(each)
        named.setdefault(each.name, []).append(each)
    found: dict[int, tuple[LoweredField, Any]] = {}
    for path, frame in rows.items():
        meant = named.get(path, [])
        if len(meant) != 1:
            near = nearest_name(path, [each.path for each in own])
            expected = "one of " + (", ".join(each.path for each in own) or "nothing")
            problems.append(Problem("unknown-table", path, expected, path[:60], near))
        else:
            found[int(meant[0].table or 0)] = (meant[0], frame)
    for each in own:
        if each.table not in found:
            expected = f"a frame of its rows in `rows`: {each.field.expects}"
            problems.append(Problem("missing-table", each.path, expected))
    return found


@define
class _Opening:
    """Opens the frames of a population, and reads them."""

    lowered: Lowered
    frame: Any
    asked: Asked
    tables: dict[int, tuple[LoweredField, Any]]
    #: Given numbers that are yet to be worked out: nothing is known of them.
    pending: frozenset[str]
    spelled: Spelling = field(init=False)

    @property
    def key(self) -> str | None:
        """The column that says whose a row is."""
        return self.asked.key

    def opened(self, cls: type[Population], rubric: Rubric) -> Population:
        """Open the frames, and read them."""
        lowered = self.lowered
        paths = declared_paths(lowered)
        self.spelled = spelling(self.asked.columns, paths)
        source = _source(self.frame, self.spelled)
        framing = framing_of(self.frame)
        known = {self.spelled(each) for each in paths}
        used = [name for name in source.types if name in known]
        table, places = framing.opened(
            self.frame, "sheets", used, self.key if self.tables else None
        )
        prefix = free_prefix(
            [*source.types, *places.values()]
            + [name for _, each in self.tables.values() for name in each.collect_schema().names()]
        )
        engine = framing.engine
        state = Sheets(engine, table, {}, prefix)
        encoder = Encoder(engine, source, places, prefix)
        made = cls(rubric, self.frame, framing, state, encoder)
        values = lowered.graph.since(0)
        made.inputs = {each.data[0]: each.index for each in values if each.op is Op.INPUT}
        problems = encoder.problems
        self._unknown(source, known, problems)
        if self.key is not None and self.tables:
            state.add({state.key: engine.column(places[self.key])})
        made.constants = _constants(lowered, self.asked.given, problems)
        stand_ins = self._read_sheets(made)
        for number, (table_field, frame) in self.tables.items():
            self._read_rows(made, number, table_field, frame)
        if problems:
            raise InvalidFrame(problems)
        for layer in encoder.layers:
            state.add(layer)
        made.store(encoder.stored)
        self._constants(made)
        self._tally(made)
        self._there(made)
        self._stand_in(made, stand_ins)
        self._demand(made)
        return made

    def _unknown(self, source: Source, known: set[str], problems: list[Problem]) -> None:
        """Note columns that are named like findings and are none."""
        owners = {self.spelled(each.node) for each in self.lowered.fields}
        prefix = self.asked.columns if isinstance(self.asked.columns, str) else ""
        for name in source.types:
            if name in known or "." not in name or name == self.key:
                continue
            if prefix and not name.startswith(prefix):
                continue
            near = nearest_name(name, known)
            if name.rpartition(".")[0] in owners or near is not None:
                expected = "a finding, `item.field`"
                problems.append(Problem("unknown-column", name[:100], expected, "", near))

    # findings

    def _read_sheets(self, made: Population) -> list[LoweredField]:
        """Read the findings of sheets; return the fields that something may stand in for."""
        declared = self.lowered.graph.inputs
        stand_ins: list[LoweredField] = []
        for each in self.lowered.fields:
            if isinstance(each.field, Rows) or each.path in made.constants:
                continue
            inputs = [(each.first + k, declared[each.first + k]) for k in range(len(each.inputs))]
            stood_in = each.field.none_means is not None
            optional = each.field.optional or isinstance(each.field, Text)
            required = not (optional or each.freed or stood_in or each.path in self.pending)
            made.encoder.read(each.path, each.field, inputs, required=required)
            if stood_in:
                stand_ins.append(each)
        return stand_ins

    def _read_rows(self, made: Population, number: int, table: LoweredField, frame: Any) -> None:
        """Open the frame of a table's rows, and read its columns."""
        engine, declared = made.engine, self.lowered.graph.inputs
        inner = _source(frame, self._inner(table))
        columns = getattr(table.field, "columns", ())
        names = {name for name, _ in columns}
        inputs = {each.rpartition(f"{table.path}.")[2] for each in table.inputs}
        spelled = {inner.renamed(f"{table.path}.{each}") for each in (*names, *inputs)}
        used = [each for each in inner.types if each in spelled]
        if self.key not in inner.types:
            near = nearest_name(str(self.key), inner.types)
            path = f"{table.path}.{self.key}"
            made.encoder.problems.append(
                Problem("missing-column", path, "the key of the assessee", "", near)
            )
            return
        for name in inner.types:
            near = nearest_name(name, spelled)
            if name not in spelled and name != self.key and near is not None:
                path = f"{table.path}[].{name}"[:200]
                problem = Problem("unknown-column", path, "one of its columns", "", near)
                made.encoder.problems.append(problem)
        opened, places = made.framing.opened(frame, f"rows{number}", used, self.key)
        encoder = Encoder(engine, inner, places, f"{made.state.prefix}r{number}")
        first = table.first
        for name, kind in columns:
            own = kind.inputs(f"{table.path}.{name}")
            cells = [(first + k, declared[first + k]) for k in range(len(own))]
            required = not (kind.optional or isinstance(kind, Text))
            encoder.read(f"{table.path}.{name}", kind, cells, required=required)
            first += len(own)
        made.encoder.problems += encoder.problems
        opened = opened.with_columns({made.state.key: engine.column(places[str(self.key)])})
        for layer in encoder.layers:
            opened = opened.with_columns(layer)
        made.state.rows[number] = made.opened_rows[number] = opened
        made.state.stored_rows[number] = {
            made.inputs[each]: at for each, at in encoder.stored.items()
        }
        made.tables[number] = _RowsOf(table, encoder)

    def _inner(self, table: LoweredField) -> Spelling:
        """Return how the columns of a table are named in its own frame: without its path."""
        mapping = self.asked.columns if isinstance(self.asked.columns, Mapping) else {}
        start = f"{table.path}."
        return lambda path: mapping.get(path, path.removeprefix(start))

    # what is worked out before the graph

    def _constants(self, made: Population) -> None:
        """Let what is given for everybody stand for its inputs."""
        layer: Layer = {}
        for each in self.lowered.fields:
            if each.path not in made.constants:
                continue
            read = made.constants[each.path]
            declared = self.lowered.graph.inputs[each.first]
            name = f"{made.state.prefix}in{each.first}"
            bits = made.encoder.bits(declared)
            layer[name] = _literal(made.engine, read, declared.kind, bits)
            made.store({each.first: Stored(name, bits)})
        made.state.add(layer)

    def _tally(self, made: Population) -> None:
        """Join to the sheets how many rows each has, and how many of them are wrong, by code."""
        engine, state = made.engine, made.state
        one, none = engine.whole(1, 64), engine.whole(0, 64)
        for number, each in made.tables.items():
            by_code: dict[str, list[Check]] = {}
            for check in each.encoder.checks:
                by_code.setdefault(check.code, []).append(check)
            names = {code: f"{state.prefix}wrong{number}_{k}" for k, code in enumerate(by_code)}
            size = f"{state.prefix}size{number}"
            columns: Layer = {state.key: engine.column(state.key), size: one}
            for code, checks in by_code.items():
                right = engine.every([check.holds for check in checks])
                columns[names[code]] = engine.when(right, none, one)
            counted = state.rows[number].select(columns)
            own = [size, *names.values()]
            counted = counted.grouped(state.key, {f"{name}s": ("sum", name) for name in own})
            state.sheets = state.sheets.join(counted, state.key)
            zero = {}
            for name in own:
                column = engine.column(f"{name}s")
                zero[name] = engine.when(engine.missing(column), none, column)
            state.add(zero)
            declared = self.lowered.graph.tables[number]
            sound = [engine.column(name) == none for name in names.values()]
            sound.append(engine.column(size) >= engine.whole(declared.fewest, 64))
            sound.append(engine.column(size) <= engine.whole(declared.most, 64))
            state.sound[number] = f"{state.prefix}sound{number}"
            state.add({state.sound[number]: engine.every(sound)})
            path = f"{each.lowered.path}[]"
            for code, name in names.items():
                made.encoder.check(code, path, engine.column(name) == none)

    def _there(self, made: Population) -> None:
        """Say where the tables that can be freed are there, and check how many rows all have.

        A frame does not tell an empty table from none. It is there where it has rows, and
        where its node is live, be it for its other findings alone.
        """
        engine, state = made.engine, made.state
        none = engine.whole(0, 64)
        sizes = {each: engine.column(f"{state.prefix}size{each}") for each in made.tables}
        freed = {
            n: each.lowered for n, each in made.tables.items() if each.lowered.there is not None
        }
        before, rows = dict(state.stored), {n: dict(e) for n, e in state.stored_rows.items()}
        self._note_there(made, freed, "rows", {n: sizes[n] > none for n in freed})
        lives = {n: each.live for n, each in freed.items() if each.live is not None}
        state.compute([each.value for each in lives.values()])
        live = {n: f"{state.prefix}live{n}" for n in lives}
        state.add({live[n]: _sure(engine, made.value(each)) for n, each in lives.items()})
        # What was worked out on the way rests on tables without rows not being there.
        state.forget(before, rows)
        there = {n: (sizes[n] > none) | engine.column(name) for n, name in live.items()}
        self._note_there(made, freed, "in", there)
        for number, each in made.tables.items():
            fewest, most = getattr(each.lowered.field, "sizes", (0, 0))
            right = sizes[number] >= engine.whole(fewest, 64)
            if number in live:
                right = right | ~engine.column(live[number])
            right = right & (sizes[number] <= engine.whole(most, 64))
            path, expected = each.lowered.path, each.lowered.field.expects
            made.encoder.check("out-of-range", path, right, expected)

    def _note_there(
        self,
        made: Population,
        freed: Mapping[int, LoweredField],
        part: str,
        there: Mapping[int, Expr],
    ) -> None:
        """Let it be known which tables are there."""
        engine, layer = made.engine, dict[str, Expr]()
        for number, truth in there.items():
            index = int(freed[number].there or 0)
            name = f"{made.state.prefix}{part}{index}"
            layer[name] = engine.when(truth, engine.text(""))
            made.store({index: Stored(name, 0)})
        made.state.add(layer)

    def _stand_in(self, made: Population, fields: Sequence[LoweredField]) -> None:
        """Let what `none_means` states stand in, once the methods of its item were used."""
        engine, state = made.engine, made.state
        nodes = {each.place.id: each for each in self.lowered.nodes}
        lives = [each.live for each in fields if each.live is not None]
        state.compute([each.value for each in lives])
        layer: Layer = {}
        stored: dict[int, Stored] = {}
        for each in fields:
            used = self._recorded(made, nodes.get(each.node))
            if each.live is not None:
                used = [*used, _sure(engine, made.value(each.live))]
            read = each.field.read(Scalar(str(each.field.none_means)))
            indices = range(each.first, each.first + len(each.inputs))
            stood = [state.stored[made.inputs[index]] for index in indices]
            columns = [engine.column(each.name) for each in stood]
            absent = reduce(lambda a, b: a & b, map(engine.missing, columns))
            holds = engine.every([absent, *used])
            for place, (index, column) in enumerate(zip(indices, columns, strict=True)):
                declared = self.lowered.graph.inputs[index]
                value = _part(read, each.field, place)
                name, bits = f"{state.prefix}stood{index}", stood[place].bits
                if value is not None:
                    literal = _literal(engine, value, declared.kind, bits)
                    layer[name] = engine.when(holds, literal, column)
                    stored[index] = Stored(name, bits)
        state.add(layer)
        made.store(stored)
        for each in fields:
            if not (each.field.optional or each.freed or isinstance(each.field, Text)):
                column = engine.column(state.stored[made.inputs[each.first]].name)
                made.encoder.check(
                    "missing-finding", each.path, engine.there(column), each.field.expects
                )

    def _recorded(self, made: Population, node: LoweredNode | None) -> list[Expr]:
        """Return whether the methods of a node are recorded as used, one truth for each."""
        own = None if node is None else node.place.node
        if node is None or not isinstance(own, Item | Indicator) or not own.methods:
            return []
        engine = made.engine
        name = made.encoder.source.column(f"{RECORDED}.{node.place.id.removesuffix(ROW)}")
        if name is None or kind_of(made.encoder.source.types[name]) != "text":
            return [engine.truth(verdict=False)]
        cell = made.encoder.cell(name)
        among = engine.joined([engine.text(";"), cell, engine.text(";")])
        return [_sure(engine, engine.contains(among, f";{each};")) for each in own.methods]

    def _demand(self, made: Population) -> None:
        """Note what the rubric demands of a sheet beside the type of each finding."""
        engine, state = made.engine, made.state
        demands: list[tuple[Problem, Value]] = []
        for place, each in enumerate(self.lowered.demands):
            value = each.holds.value
            if value.table is not None:
                # The least of all rows: 0 where one row does not fulfil it.
                index = len(self.lowered.graph) + place
                data = (value.table, 0, LARGEST)
                interval = Interval(0, 1, missing=True)
                value = Value(index, Op.ROWS_LEAST, (value,), data, "integer", interval)
            demands.append((each.problem, value))
        applies: list[tuple[LoweredNode, Truth | None]] = []
        if self.asked.methods or self.lowered.rubric.methods == "required":
            for node in self.lowered.nodes:
                if isinstance(node.place.node, Item) and node.place.node.methods:
                    truths = [each for each in (node.applies, node.present) if each is not None]
                    applies.append((node, reduce(Truth.both, truths) if truths else None))
        wanted = [each.value for _, each in applies if each is not None]
        state.compute([*(value for _, value in demands), *wanted])
        none = engine.whole(0, 64)
        for problem, value in demands:
            found = state.writer.of(value, 64 if value.kind == "integer" else 0)
            holds = found if value.kind == "truth" else found > none
            if value.interval.missing:
                holds = engine.when(engine.missing(found), engine.truth(verdict=True), holds)
            else:
                holds = engine.when(engine.missing(holds), engine.truth(verdict=True), holds)
            made.encoder.check(problem.code, problem.path, holds, problem.expected)
        for node, truth in applies:
            used = engine.every(self._recorded(made, node))
            if truth is not None:
                used = used | ~_sure(engine, made.value(truth))
            expected = ", ".join(getattr(node.place.node, "methods", ()))
            made.encoder.check("missing-method", node.place.id.removesuffix(ROW), used, expected)


def _source(frame: Any, spelled: Spelling) -> Source:
    schema = dict(frame.collect_schema())
    unknown = [name for name, dtype in schema.items() if isinstance(dtype, nw.Unknown)]
    empty = frozenset(_holding_nothing(frame, unknown)) if unknown else frozenset()
    return Source(schema, empty, spelled)


def _holding_nothing(frame: Any, names: Sequence[str]) -> list[str]:
    """Return the columns whose own type says that they hold nothing but null."""
    native = frame.to_native()
    if frame.implementation.is_polars():
        types = {name: str(dtype) for name, dtype in native.collect_schema().items()}
    elif frame.implementation.is_pyarrow():
        types = {each.name: str(each.type) for each in native.schema}
    else:
        columns = native.columns
        kinds = getattr(native, "types", None) or [each[1] for each in native.dtypes]
        types = dict(zip(columns, map(str, kinds), strict=True))
    return [name for name in names if types[name].strip('"').lower() in ("null", "void")]


def _constants(
    lowered: Lowered, given: Mapping[str, Any] | None, problems: list[Problem]
) -> dict[str, Any]:
    """Read what is given for everybody, nested or flat."""
    flat = flat_given(given)
    known = {each.path: each for each in lowered.fields if each.given}
    found: dict[str, Any] = {}
    for path, value in flat.items():
        each = known.get(path)
        if each is None:
            expected = "one of " + (", ".join(known) or "nothing: the rubric declares none")
            near = nearest_name(path, known)
            problems.append(Problem("unknown-field", path[:200], expected, path[:60], near))
            continue
        try:
            found[path] = each.field.read(value)
        except Refused as refused:
            problem = Problem(refused.code, path, refused.expected, refused.found, refused.nearest)
            problems.append(problem)
    return found


def _literal(engine: Engine, read: Any, kind: str, bits: int) -> Expr:
    if kind == "text":
        return engine.text(str(read))
    if kind == "truth":
        return engine.truth(verdict=bool(read))
    return engine.whole(int(read), bits)


def _part(read: Any, kind: Any, place: int) -> Any:
    """Return what a finding that was read puts into one of its inputs."""
    if isinstance(read, tuple):
        return read[place]
    return read >> place & 1 if kind.type == "checklist" else read


def _sure(engine: Engine, truth: Expr) -> Expr:
    """Return a truth, false where it is missing."""
    return engine.when(engine.missing(truth), engine.truth(verdict=False), truth)
