"""Reading a sheet of evidence with care: every problem of it, each with its path."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import reduce

from attrs import evolve, frozen

from rubric_engine.errors import IncompleteEvidence, InvalidEvidence, Problem, nearest_name
from rubric_engine.fields import Checklist, Field, Refused, Rows, Scalar, Text, shown
from rubric_engine.lower import Lowered, LoweredField
from rubric_engine.model import Indicator, Item
from rubric_engine.partial import UNKNOWN, Row, specialise
from rubric_engine.sheet import Finding, Findings, Program
from rubric_engine.symbols import Truth
from rubric_engine.tree import ROW, TYPE

__all__ = ["Note", "Notes", "Reading", "known_cells", "read_sheet"]

METHODS = ("documents", "report", "interview")
#: The key of a sheet under which methods are recorded, where no node is called so.
RECORDED = "methods"
#: The keys of a finding in the long form, in the order that `Note` has them.
_KEYS = ("value", "note", "source", "method", "assessor")
_MOST_PROBLEMS = 1_000
_MOST_NEAREST = 20


@frozen
class Note:
    """What came with a finding beside its value."""

    note: str | None = None
    source: str | None = None
    method: str | None = None
    assessor: str | None = None
    #: Whether there was no finding, and `none_means` stands in for it.
    assumed: bool = False


Notes = tuple[tuple[str, Note], ...]
_UNKNOWN: Finding = UNKNOWN
#: The codes of what an incomplete sheet lacks.
_LACKING = frozenset({"missing-finding", "missing-method", "too-few"})


@frozen
class Reading:
    """A sheet that was read: one value a field, and what came beside the findings."""

    #: In the order of the rubric's fields; `UNKNOWN` for a required one that is missing.
    found: Findings
    notes: Notes
    #: What is wrong or missing.
    problems: tuple[Problem, ...]


def read_sheet(
    program: Program,
    evidence: object,
    given: object = None,
    *,
    methods: bool = False,
    lacking: bool = False,
) -> Reading:
    """Read a nested, flat or mixed sheet, and what is given beside it.

    Raises `InvalidEvidence` with all problems, or `IncompleteEvidence` where the only
    problems are findings, or methods, that are missing. With `methods`, those that an item
    names must be recorded as used. With `lacking`, an incomplete sheet is returned, and what
    it lacks is no problem.
    """
    reader = _Reader(program)
    reader.read(evidence)
    if given is not None:
        reader.read_given(given)
    found = reader.collect()
    reader.check_demands(found)
    if methods or program.lowered.rubric.methods == "required":
        reader.check_methods(found)
    wrong = [each for each in reader.problems if each.code not in _LACKING]
    if wrong:
        raise InvalidEvidence(wrong if lacking else reader.problems)
    if reader.problems and not lacking:
        raise IncompleteEvidence(reader.problems)
    notes = tuple(reader.notes.items())
    return Reading(found, notes, tuple(reader.problems))


def known_cells(
    lowered: Lowered, found: Findings
) -> tuple[dict[int, object], dict[int, list[Row]]]:
    """Return findings by the inputs of the graph, and tables row by row; see `specialise`."""
    known: dict[int, object] = {}
    tables: dict[int, list[Row]] = {}
    for each, value in zip(lowered.fields, found, strict=True):
        if isinstance(each.field, Rows):
            if each.there is not None and value is not UNKNOWN:
                known[each.there] = None if value is None else ""
            if value is not UNKNOWN and each.table is not None:
                rows = value if isinstance(value, tuple) else ()
                tables[each.table] = [_row_cells(each, row) for row in rows]
        else:
            cells = _cells(each.field, value, len(each.inputs))
            known.update(enumerate(cells, each.first))
    return {index: cell for index, cell in known.items() if cell is not UNKNOWN}, tables


def _row_cells(table: LoweredField, row: tuple[Finding, ...]) -> Row:
    cells: dict[int, object] = {}
    index = table.first
    for (_, column), value in zip(getattr(table.field, "columns", ()), row, strict=True):
        size = len(column.inputs(""))
        cells.update(enumerate(_cells(column, value, size), index))
        index += size
    return {index: cell for index, cell in cells.items() if cell is not UNKNOWN}


def _cells(field: Field, value: Finding, size: int) -> list[object]:
    """Return what a finding puts into each of its inputs."""
    if value is None or value is UNKNOWN:
        return [value] * size
    if isinstance(field, Checklist):
        return [int(value) >> bit & 1 for bit in range(size)]  # type: ignore[arg-type]  # because a checklist's finding is its bits
    return list(value) if isinstance(value, tuple) else [value]


class _Reader:
    def __init__(self, program: Program) -> None:
        self.program, self.lowered = program, program.lowered
        lowered = self.lowered
        self.nodes = {each.place.id: each for each in lowered.nodes}
        self.sources = {each.node for each in lowered.fields if each.given}
        self.recorded: dict[str, set[str]] = {}
        self.fields = {each.path: each for each in lowered.fields}
        self.by_node: dict[str, dict[str, LoweredField]] = {}
        for each in lowered.fields:
            self.by_node.setdefault(each.node, {})[each.name] = each
        self.problems: list[Problem] = []
        self.found: dict[str, Finding] = {}
        self.given: set[str] = set()
        self.notes: dict[str, Note] = {}
        self.nearest_left = _MOST_NEAREST

    def is_full(self) -> bool:
        """Whether so many problems were found that the rest need not be looked at."""
        return len(self.problems) >= _MOST_PROBLEMS

    def read(self, evidence: object) -> None:
        if not isinstance(evidence, Mapping):
            self.problem("not-a-mapping", "$", "a mapping of items to findings", shown(evidence))
            return
        for key, value in _pairs(evidence):
            if self.is_full():
                return
            if type(key) is not str and not isinstance(key, str):
                self.problem("unknown-item", "$", "the id of an item as text", shown(key))
                continue
            name = str.__str__(key)
            if "." in name:
                node, _, field = name.partition(".")
                self.finding(node, field, value)
            elif name == RECORDED and name not in self.nodes:
                self.methods(value)
            elif name not in self.by_node:
                self.unknown("unknown-item", name, name, self.by_node)
            elif not isinstance(value, Mapping):
                self.problem("not-a-mapping", name, "a mapping of fields to findings", shown(value))
            else:
                self.item(name, value)

    def read_given(self, given: object) -> None:
        """Read what is given beside a sheet."""
        if not isinstance(given, Mapping):
            self.problem("not-a-mapping", "$", "given numbers by their sources", shown(given))
            return
        known = {name: self.by_node[name] for name in sorted(self.sources)}
        for key, value in _pairs(given):
            if self.is_full():
                return
            name = str.__str__(key) if isinstance(key, str) else ""
            source, _, field = name.partition(".")
            if source not in known:
                near = nearest_name(source, known)
                expected = "one of " + (", ".join(known) or "nothing: the rubric declares none")
                problem = Problem("unknown-item", name[:200] or "$", expected, shown(key), near)
                self.problems.append(problem)
            elif field:
                self.finding(source, field, value)
            elif isinstance(value, Mapping):
                self.item(source, value)
            else:
                self.problem("not-a-mapping", name, "a mapping of names to numbers", shown(value))

    def methods(self, value: object) -> None:
        """Read which methods were used for which items."""
        if not isinstance(value, Mapping):
            self.problem("not-a-mapping", RECORDED, "methods by items", shown(value))
            return
        for key, used in _pairs(value):
            if self.is_full():
                return
            name = str.__str__(key) if isinstance(key, str) else ""
            path = f"{RECORDED}.{name[:100]}" if name else RECORDED
            if name not in self.nodes:
                near = nearest_name(name, self.nodes)
                expected = "the id of an item"
                self.problems.append(Problem("unknown-item", path, expected, shown(key), near))
                continue
            listed = [used] if isinstance(used, str) else used
            if not isinstance(listed, list | tuple):
                self.problem("wrong-type", path, "a list of methods", shown(used))
                continue
            for each in listed:
                if not self.is_full():
                    self.method(each, name, path)

    def method(self, used: object, node: str, path: str) -> None:
        """Note one method as used."""
        if not isinstance(used, str) or used not in METHODS:
            near = nearest_name(used, METHODS) if isinstance(used, str) else None
            expected = "one of " + ", ".join(METHODS)
            self.problems.append(Problem("unknown-value", path, expected, shown(used), near))
        else:
            self.recorded.setdefault(node, set()).add(str.__str__(used))

    def item(self, node: str, findings: Mapping[object, object]) -> None:
        for key, value in _pairs(findings):
            if self.is_full():
                return
            if isinstance(key, str):
                self.finding(node, str.__str__(key), value)
            else:
                self.problem("unknown-field", node, "the name of a field as text", shown(key))

    def finding(self, node: str, field: str, value: object) -> None:
        path = f"{node}.{field}"
        if node not in self.by_node:
            self.unknown("unknown-item", path, node, self.by_node)
            return
        if field not in self.by_node[node]:
            self.unknown("unknown-field", path, field, self.by_node[node])
            return
        if path in self.given:
            self.problem("given-twice", path, "one finding, nested or flat")
            return
        self.given.add(path)
        if isinstance(value, Mapping):
            value = self.noted(path, value)
        if value is None:
            return
        kind = self.fields[path].field
        if isinstance(kind, Rows):
            try:
                self.rows(path, kind, value)
            except Exception:  # noqa: BLE001 - a foreign list may raise anything when it is looked at
                self.problem("wrong-type", path, kind.expects, shown_type(value))
            return
        read = self.cell(path, kind, value)
        if read is not None and read is not UNKNOWN:
            self.found[path] = read

    def cell(self, path: str, kind: Field, value: object) -> Finding:
        """Return a finding as the graph takes it, or `UNKNOWN` after noting what is wrong."""
        try:
            found: Finding = kind.read(_native(value))
        except Refused as refused:
            self.problems.append(
                Problem(refused.code, path, refused.expected, refused.found, refused.nearest)
            )
        except Exception:  # noqa: BLE001 - a foreign object may raise anything when it is looked at
            self.problem("wrong-type", path, kind.expects, shown_type(value))
        else:
            return found
        return _UNKNOWN

    def rows(self, path: str, kind: Rows, value: object) -> None:
        """Read the rows of a table, each with a finding for every column."""
        if isinstance(value, str) or not isinstance(value, list | tuple):
            self.problem("wrong-type", path, kind.expects, shown(value))
            return
        fewest, most = kind.sizes
        if not fewest <= len(value) <= most:
            self.problem("out-of-range", path, f"{fewest} to {most} rows", f"{len(value)}")
            return
        columns = dict(kind.columns)
        rows: list[tuple[Finding, ...]] = []
        for number, row in enumerate(value):
            if self.is_full():
                return
            where = f"{path}[{number}]"
            if not isinstance(row, Mapping):
                self.problem("not-a-mapping", where, "a mapping of columns to findings", shown(row))
                continue
            try:
                for key, _ in _pairs(row):
                    if self.is_full():
                        break
                    name = str.__str__(key) if isinstance(key, str) else ""
                    if name not in columns:
                        at = f"{where}.{name}" if name else where
                        self.unknown("unknown-field", at, name or shown(key), columns)
                cells = [self.column(f"{where}.{name}", each, row) for name, each in kind.columns]
                rows.append(tuple(cells))
            except Exception:  # noqa: BLE001 - a foreign mapping may raise anything when it is looked at
                self.problem(
                    "wrong-type", where, "a mapping of columns to findings", shown_type(row)
                )
        self.found[path] = tuple(rows)

    def column(self, path: str, kind: Field, row: Mapping[object, object]) -> Finding:
        """Return the finding of one column of a row."""
        name = path.rpartition(".")[2]
        value = row.get(name)
        if isinstance(value, Mapping):
            value = self.noted(path, value)
        read = None if value is None else self.cell(path, kind, value)
        if read is None and not kind.optional and not isinstance(kind, Text):
            self.problem("missing-finding", path, kind.expects)
            return _UNKNOWN
        return read

    def noted(self, path: str, finding: Mapping[object, object]) -> object:
        """Return the value of a finding in the long form, keeping what came with it."""
        texts: dict[str, str] = {}
        value: object = None
        for key, each in _pairs(finding):
            if self.is_full():
                break
            if key not in _KEYS:
                near = nearest_name(key, _KEYS) if isinstance(key, str) else None
                expected = "one of " + ", ".join(_KEYS)
                self.problems.append(Problem("unknown-key", path, expected, shown(key), near))
            elif key == "value":
                value = each
            elif isinstance(each, str):
                texts[str(key)] = str.__str__(each)
            elif each is not None:
                self.problem("wrong-type", f"{path}.{key}", "a text", shown(each))
        if "method" in texts:
            self.method(texts["method"], path.partition(".")[0], f"{path}.method")
        if texts:
            self.notes[path] = Note(**{key: texts.get(key) for key in _KEYS[1:]})  # type: ignore[arg-type]  # because none of the keys is `assumed`
        return value

    def collect(self) -> Findings:
        """Return the findings in order, noting those that are missing."""
        failed = {each.path for each in self.problems}
        found: list[Finding] = []
        for path, each in self.fields.items():
            kind, value = each.field, self.found.get(path)
            if value is None and kind.none_means is not None and path not in self.given_anew:
                value = self.stand_in(each, kind.none_means)
            optional = kind.optional or isinstance(kind, Text)
            if value is None and not optional:
                if not each.freed and path not in failed:
                    self.problem("missing-finding", path, kind.expects)
                value = None if each.freed and path not in failed else UNKNOWN
            elif value is None and path in failed:
                value = UNKNOWN
            found.append(value)
        return tuple(found)

    @property
    def given_anew(self) -> set[str]:
        """The findings that are there but cannot be used."""
        return {each.path for each in self.problems}

    def stand_in(self, each: LoweredField, none_means: str) -> Finding:
        """Return what stands in for a finding that is not there, once all methods were used."""
        node = self.nodes.get(each.node)
        own = None if node is None else node.place.node
        stated = set(own.methods) if isinstance(own, Item | Indicator) else set()
        if stated - self.recorded.get(each.node, set()):
            return None
        if each.live is not None:
            known, tables = known_cells(self.lowered, self.so_far())
            live = specialise(self.lowered.graph, [each.live.value], known, tables).values[0]
            if not (live.interval.constant and live.interval.low):
                return None
        note = self.notes.get(each.path, Note())
        self.notes[each.path] = evolve(note, assumed=True)
        return each.field.read(Scalar(none_means))

    def so_far(self) -> Findings:
        """Return what was found; what is not there is missing."""
        return tuple(self.found.get(path) for path in self.fields)

    def check_demands(self, found: Findings) -> None:
        """Note which demands of the rubric the findings do not meet."""
        demands = self.lowered.demands
        if not demands:
            return
        if not self.problems:
            verdicts: list[object] = list(self.program.demanded(found))
        else:
            known, tables = known_cells(self.lowered, found)
            roots = [each.holds.value for each in demands]
            values = specialise(self.lowered.graph, roots, known, tables).values
            verdicts = [_verdict(each) for each in values]
        noted = {(each.code, each.path) for each in self.problems}
        for demand, verdict in zip(demands, verdicts, strict=True):
            rows = verdict if isinstance(verdict, list | tuple) else [verdict]
            for number, holds in enumerate(rows):
                path = demand.problem.path.replace("[]", f"[{number}]")
                broken = holds is not None and not holds
                if holds is None and demand.problem.code == "missing-finding":
                    broken = self.lacks(path)
                if broken and (demand.problem.code, path) not in noted:
                    noted.add((demand.problem.code, path))
                    self.problems.append(evolve(demand.problem, path=path))

    def lacks(self, path: str) -> bool:
        """Say whether a finding is missing though nobody can tell if its node is applicable.

        A choice that is missing does not say that it is not; but of which type the assessee
        is must be known.
        """
        if path not in self.fields or path in self.found:
            return False
        stood_in = self.fields[path].field.none_means is not None
        if stood_in or any(each.path == path for each in self.problems):
            return False
        return TYPE not in self.fields or TYPE in self.found

    def check_methods(self, found: Findings) -> None:
        """Note the items whose methods are not all recorded as used."""
        applies: dict[str, object] = {}
        roots = {
            node.place.id: reduce(Truth.both, truths)
            for node in self.lowered.nodes
            if (truths := [each for each in (node.applies, node.present) if each is not None])
        }
        if roots:
            known, tables = known_cells(self.lowered, found)
            wanted = [each.value for each in roots.values()]
            values = specialise(self.lowered.graph, wanted, known, tables).values
            applies = dict(zip(roots, map(_verdict, values), strict=True))
        for node_id, node in self.nodes.items():
            own = node.place.node
            if not isinstance(own, Item) or applies.get(node_id, True) in (False, 0):
                continue
            name = node_id.removesuffix(ROW)
            recorded = self.recorded.get(name, set())
            lacking = [each for each in own.methods if each not in recorded]
            if lacking:
                found_text = ", ".join(sorted(recorded)) or "none"
                self.problem("missing-method", name, ", ".join(lacking), found_text)

    def unknown(self, code: str, path: str, name: str, known: Mapping[str, object]) -> None:
        near = None
        if self.nearest_left:
            self.nearest_left -= 1
            near = nearest_name(name, known)
        expected = "an item that has evidence" if code == "unknown-item" else "one of its fields"
        self.problems.append(Problem(code, path[:200], expected, shown(name), near))

    def problem(self, code: str, path: str, expected: str = "", found: str = "") -> None:
        self.problems.append(Problem(code, path, expected, found))


def _pairs(mapping: Mapping[object, object]) -> Iterator[tuple[object, object]]:
    for key in mapping:
        yield key, mapping[key]


def _native(value: object) -> object:
    """Return the Python number of a NumPy scalar, anything else as it is."""
    if type(value).__module__ == "numpy" and hasattr(value, "item"):
        return value.item()
    return value


def shown_type(value: object) -> str:
    """Name the type of a value that cannot be looked at."""
    return type(value).__name__


def _verdict(value: object) -> object:
    """Return a truth that is known, None where it is not; a list of them for rows."""
    if isinstance(value, list):
        return [_verdict(each) for each in value]
    interval = getattr(value, "interval", None)
    return bool(interval.low) if interval is not None and interval.constant else None
