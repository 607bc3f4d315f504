"""Random sheets for a rubric, right beside its edges, and repairs of a sheet."""

from __future__ import annotations

import copy
import math
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any

from hypothesis import strategies as st

from oracle import Scoring
from oracle_tree import expand
from strategies_fields import DAYS
from strategies_terms import ROOT, TEXTS, Node, index

Sheet = dict[str, dict[str, Any]]
SOURCES = ("assessee", "cycle", "history", "cohort")
NESTED = ("group",)
WORDED = re.compile(r"[^\W\d]\w*(?:\.[^\W\d]\w*)?")
NUMERAL = re.compile(r"(?<![\w.])\d+(?:\.\d+)?(?![\w])")
EXPRESSED = ("when", "unless", "per", "by", "of", "ratio", "judged", "where", "weigh")


def nodes_of(document: Node) -> Iterator[tuple[str, Node]]:
    """Yield the ids and nodes of a plain rubric in document order, the root under `total`."""
    yield from walked(expand(document, document.get("kinds", {})))


def walked(node: Node) -> Iterator[tuple[str, Node]]:
    """Yield a node and those below it as they are written."""
    yield str(node.get("id", ROOT)), node
    for child in [*node.get("indicators", []), *node.get("items", [])]:
        yield from walked(child)


def long_form(written: Any) -> Node:
    """Write a declaration in its long form."""
    if isinstance(written, str):
        return {"type": written}
    return {"type": written[0], "title": written[1]} if isinstance(written, list) else written


def fields_of(document: Node) -> Iterator[tuple[str, str, Node]]:
    """Yield node id, name and long-form declaration of every field."""
    for name, node in nodes_of(document):
        for each, written in node.get("evidence", {}).items():
            yield name, each, long_form(written)


def givens_of(document: Node) -> Iterator[tuple[str, str, Node]]:
    """Yield source, name and long-form declaration of every given number."""
    for source, fields in document.get("given", {}).items():
        for each, written in fields.items():
            yield source, each, long_form(written)


def is_optional(declaration: Node) -> bool:
    """Say whether a finding may be left out as it is."""
    return declaration["type"] == "text" or str(declaration.get("optional")).lower() == "true"


@dataclass(frozen=True)
class Quanta:
    """The findings of a numeric field as integers: one unit is 10^-places."""

    places: int
    low: int
    high: int
    options: tuple[int, ...] = ()
    judged: bool = False
    least: int = 0
    absent: int | None = None

    @classmethod
    def of(cls, declaration: Node) -> Quanta:
        """Read the quanta of a declaration."""
        kind = declaration["type"]
        span = str(declaration.get("range", "0..100" if kind == "share" else "0..1000000"))
        ends = span.split("..")
        written = max(len(end.partition(".")[2]) for end in ends) if kind == "amount" else 0
        places = int(declaration.get("places", {"share": 2}.get(kind, written)))
        unit = 10**places
        options = tuple(int(Fraction(str(o)) * unit) for o in declaration.get("one_of", ()))
        low, high = (int(Fraction(end) * unit) for end in ends)
        absent = int(declaration["absent"]) * unit if "absent" in declaration else None
        return cls(places, low, high, options, kind == "amount", absent=absent)

    def takes(self, quanta: int) -> bool:
        """Say whether a finding is allowed, and there."""
        if quanta == self.absent:
            return False
        if self.options:
            return quanta in self.options
        return self.low <= quanta <= self.high or (self.judged and quanta == 0)

    def finding(self, quanta: int) -> int | Decimal:
        """Write so many quanta as a finding."""
        return Decimal(quanta).scaleb(-self.places) if self.places else quanta

    def quanta(self, finding: Any) -> int:
        """Read a finding as quanta."""
        return int(Fraction(finding) * 10**self.places)


# Sheets


@st.composite
def sheets(draw: Callable[..., Any], document: Node) -> Sheet:
    """Draw nested evidence, often on an edge of the rubric or right beside one.

    It is complete but for what may be left out, and what is freed is left out. Only what `empty:
    refuse` refuses may still be wrong with it.
    """
    drawn = _Drawn(draw, document)
    sheet, spare = drawn.whole()
    for _ in range(8):
        scoring = Scoring(document, sheet)
        scoring.check()
        if not scoring.problems:
            for key in scoring.keys():
                scoring.score(key)
        wrong = [each for each in scoring.problems if _mended(*each, sheet, spare, document)]
        if not wrong:
            break
    return sheet


class _Drawn:
    def __init__(self, draw: Callable[..., Any], document: Node) -> None:
        self.draw, self.document = draw, document
        self.marks = _marks(document)

    def chance(self, of: int) -> bool:
        """Draw a truth that is rarely so."""
        return int(self.draw(index(of))) == of - 1

    def whole(self) -> tuple[Sheet, Sheet]:
        """Draw a sheet, and findings for all fields, among them those that it lacks."""
        sheet: Sheet = {}
        spare: Sheet = {}
        listed = [*fields_of(self.document), *givens_of(self.document)]
        for name, each, declaration in listed:
            finding = self.draw(self.findings(name, each, declaration))
            spare.setdefault(name, {})[each] = finding
            sheet.setdefault(name, {})
            free = is_optional(declaration) or "none_means" in declaration
            if free and "absent" in declaration and self.chance(4):
                sheet[name][each] = self.sentinel(declaration)
            elif not free or self.chance(2):
                sheet[name][each] = finding
        self.leave_out(sheet)
        self.record(sheet)
        return sheet, spare

    @staticmethod
    def sentinel(declaration: Node) -> Any:
        """Return the finding that says that there is none, as a sheet has it."""
        absent = declaration["absent"]
        return absent if declaration["type"] in ("choice", "date") else int(absent)

    def leave_out(self, sheet: Sheet) -> None:
        """Leave out all findings of some children that may be absent."""
        for _, node in nodes_of(self.document):
            if node.get("missing", "refuse") == "refuse":
                continue
            for child in [*node.get("indicators", []), *node.get("items", [])]:
                if child.get("points") != "beside" and self.chance(3):
                    for name, _ in walked(child):
                        if name in sheet:
                            sheet[name] = {}

    def record(self, sheet: Sheet) -> None:
        """Record the methods used."""
        stated = {
            name: node["methods"]
            for name, node in nodes_of(self.document)
            if "methods" in node and name != ROOT
        }
        if stated and self.chance(2):
            sheet["methods"] = {name: list(each) for name, each in stated.items()}

    def findings(self, name: str, each: str, declaration: Node) -> st.SearchStrategy[Any]:
        """Return the findings of a field, a table's or a panel's among them."""
        if declaration["type"] == "rows":
            return self.tables(declaration)
        marks = self.marks.get((name, each), set()) | self.marks.get(("", each), set())
        one = _findings(declaration, marks)
        if "panel" not in declaration:
            return one
        most, need = int(declaration["panel"]), int(declaration.get("need", 1))
        there = st.lists(one, min_size=need, max_size=min(most, need + 3))
        none: Any = self.sentinel(declaration) if "absent" in declaration else None
        return there.flatmap(
            lambda found: st.lists(st.just(none), max_size=most - len(found)).flatmap(
                lambda gaps: st.permutations([*found, *gaps]) if gaps else st.just(found)
            )
        )

    def tables(self, declaration: Node) -> st.SearchStrategy[Any]:
        """Return tables, often with as few or as many rows as there may be."""
        low, high = (int(end) for end in str(declaration.get("range", "0..1000")).split(".."))
        needed: dict[str, st.SearchStrategy[Any]] = {}
        free: dict[str, st.SearchStrategy[Any]] = {}
        for column, written in declaration["columns"].items():
            long = long_form(written)
            one = _findings(long, self.marks.get(("", column), set()))
            left = is_optional(long) and long["type"] != "text"
            (free if left else needed)[column] = one
        row = st.fixed_dictionaries(needed, optional=free)
        return st.lists(row, min_size=low, max_size=min(high, low + 4))


def _findings(declaration: Node, marks: set[Fraction]) -> st.SearchStrategy[Any]:
    kind = declaration["type"]
    if kind == "flag":
        return st.booleans()
    if kind == "text":
        return st.sampled_from(TEXTS)
    if kind == "date":
        days = [_day(text, apart) for text in DAYS for apart in (0, -1, 1)]
        days = [day for day in days if day and day != declaration.get("absent")]
        return st.sampled_from(sorted(set(days), reverse=True))
    if kind in ("choice", "checklist"):
        values = list(declaration["values"])
        if kind == "choice":
            means = declaration.get("means", {})
            there = [value for value in values if means.get(value) != "missing"]
            return st.sampled_from(there)
        return st.lists(st.sampled_from(values), unique=True, max_size=len(values))
    quanta = Quanta.of(declaration)
    if quanta.options:
        return st.sampled_from([quanta.finding(each) for each in quanta.options])
    edges = {quanta.low, quanta.high, 0}
    edges |= {math.floor(mark * 10**quanta.places) for mark in marks}
    beside = sorted({e + d for e in edges for d in (-1, 0, 1) if quanta.takes(e + d)})
    anywhere = st.one_of(st.sampled_from(beside), st.integers(quanta.low, quanta.high))
    return anywhere.filter(quanta.takes).map(quanta.finding)


def _day(text: str, apart: int) -> str | None:
    try:
        found = date.fromisoformat(text) + timedelta(days=apart)
    except OverflowError:
        return None
    return found.isoformat() if 1900 <= found.year <= 2199 else None


def _mended(code: str, path: str, sheet: Sheet, spare: Sheet, document: Node) -> bool:
    """Mend one thing that is wrong with a sheet; return whether it could be."""
    node, _, rest = path.partition(".")
    field = rest.partition("[")[0]
    if code == "missing-method":
        stated = {name: each.get("methods", []) for name, each in nodes_of(document)}
        sheet.setdefault("methods", {})[node] = list(stated[node])
        return True
    if code == "missing-finding":
        sheet[node][field] = spare[node][field]
        return True
    if code == "not-applicable":
        found = sheet[node].pop(field)
        declared = {(n, f): d for n, f, d in fields_of(document)}[node, field]
        skips = [each for each, means in declared.get("means", {}).items() if means == "skip"]
        if found in skips and spare[node][field] in skips:
            spare[node][field] = next(v for v in declared["values"] if v not in skips)
        return True
    if code == "out-of-range":
        if "[" in rest:
            place, _, column = rest.partition("[")[2].partition("].")
            sheet[node][field][int(place)][column] = 0
        else:
            sheet[node][field] = 0
        return True
    return False


# Where the edges are


def _marks(document: Node) -> dict[tuple[str, str], set[Fraction]]:
    """Collect, for each field, the numbers that stand with it in rules, gates and grades.

    Columns stand under no node: no two have the same name.
    """
    found: dict[tuple[str, str], set[Fraction]] = {}
    known = {(name, each) for name, each, _ in [*fields_of(document), *givens_of(document)]}
    for _, _, declaration in fields_of(document):
        known |= {("", column) for column in declaration.get("columns", ())}
    cuts = [Fraction(str(g["from"])) for g in document.get("grades", []) if "from" in g]
    for name, node in nodes_of(document):
        whole = _number(node.get("out_of", node.get("points", 0)))
        bodies = [*_members(node.get("rules", [])), *node.get("gates", []), *node.get("grades", [])]
        for body in [*bodies, node]:
            for key, text in _texts_of(body):
                marks = {Fraction(n) for n in NUMERAL.findall(text)}
                if key in ("by", "of"):
                    marks |= _thresholds(body)
                unit = _number(body.get("deduct", body.get("award")))
                if key == "per" and "by" not in body and unit:
                    marks |= {whole / unit, *((whole - whole * cut / 100) / unit for cut in cuts)}
                for word in WORDED.findall(text):
                    owner, _, each_name = word.rpartition(".")
                    for where in ((owner or name, each_name), ("", each_name)):
                        if where in known:
                            found.setdefault(where, set()).update(marks)
    return found


def _number(written: Any) -> Fraction:
    try:
        return Fraction(str(written))
    except ValueError:
        return Fraction(0)


def _members(rules: list[Node]) -> Iterator[Node]:
    """Yield rules, and the members of groups."""
    for rule in rules:
        yield rule
        yield from _members(rule.get("group", []))


def _texts_of(body: Node) -> Iterator[tuple[str, str]]:
    """Yield the expressions of a rule, a gate, a grade or a node."""
    for key in EXPRESSED:
        if key in body:
            yield key, str(body[key])
    for verb in ("deduct", "award", "bonus", "set", "up_to", "at_most"):
        if isinstance(body.get(verb), str):
            yield verb, body[verb]
    if isinstance(body.get("times"), dict):
        for condition in body["times"]:
            yield "times", str(condition)


def _thresholds(rule: Node) -> set[Fraction]:
    texts = [str(rule.get("below", "")), str(rule.get("above", ""))]
    found = {Fraction(number) for text in texts for number in NUMERAL.findall(text)}
    for verb in ("deduct", "award", "bonus", "set"):
        if isinstance(rule.get(verb), dict):
            edges = [
                str(key).split(" ", 1)[1] for key in rule[verb] if str(key)[:3] in ("fro", "at ")
            ]
            found |= {_number(edge) for edge in edges}
    return found


# Repairs


def better(document: Node, evidence: Sheet) -> list[tuple[str, str, list[Any]]]:
    """List, for a monotone rubric, the fields that can improve, each with better findings."""
    found = []
    for name, each, declaration in fields_of(document):
        value = evidence.get(name, {}).get(each)
        if value is None:
            continue
        options = _improved(declaration, value, each)
        if options:
            found.append((name, each, options))
    return found


def _improved(declaration: Node, value: Any, name: str) -> list[Any]:
    """List the better findings of a field: with one cell or one reading better, of a table or panel."""
    if declaration["type"] == "rows":
        columns = {column: long_form(each) for column, each in declaration["columns"].items()}
        return [
            [*value[:place], row | {column: one}, *value[place + 1 :]]
            for place, row in enumerate(value)
            for column in row
            for one in _improved(columns[column], row[column], column)
        ]
    sided = name.startswith(("good_", "好_", "bad_", "坏_"))
    if not sided or declaration["type"] in ("date", "text"):
        return []
    if "panel" in declaration:
        single = {key: each for key, each in declaration.items() if key != "panel"}
        return [
            [*value[:place], one, *value[place + 1 :]]
            for place, reading in enumerate(value)
            for one in ([] if reading is None else _improved(single, reading, name))
        ]
    return _bettered(declaration, value, good=name.startswith(("good_", "好_")))


def _bettered(declaration: Node, value: Any, *, good: bool) -> list[Any]:
    kind = declaration["type"]
    if kind == "flag":
        return [good] if value is not good else []
    values = list(declaration.get("values", []))
    if kind == "choice":
        return values[values.index(value) + 1 :] if value in values else []
    if kind == "checklist":
        if good:
            return [[*value, each] for each in values if each not in value]
        return [[kept for kept in value if kept != each] for each in value]
    quanta = Quanta.of(declaration)
    now = quanta.quanta(value)
    if now == quanta.absent:
        return []
    if quanta.options:
        steps = list(quanta.options)
    else:
        best = quanta.high if good else min(quanta.low, 0 if quanta.judged else quanta.low)
        steps = [now + (1 if good else -1), (now + best) // 2, best, quanta.low]
    rising = [q for q in steps if quanta.takes(q) and (q > now if good else q < now)]
    return [quanta.finding(each) for each in dict.fromkeys(rising)]


@st.composite
def repairs(draw: Callable[..., Any], document: Node, evidence: Sheet) -> Sheet:
    """Draw the same evidence with one finding improved; unchanged where nothing can improve."""
    repaired = copy.deepcopy(evidence)
    options = better(document, evidence)
    if options:
        name, each, values = options[draw(index(len(options)))]
        repaired[name][each] = values[draw(index(len(values)))]
    return repaired


# The same sheet otherwise


@st.composite
def finding_of(draw: Callable[..., Any], document: Node, name: str, each: str) -> Any:
    """Draw a finding of one field."""
    declared = {(node, field): long for node, field, long in fields_of(document)}[name, each]
    return draw(_Drawn(draw, document).findings(name, each, declared))


@st.composite
def rows_shuffled(draw: Callable[..., Any], document: Node, evidence: Sheet) -> Sheet:
    """Draw the same evidence with the rows of its tables in another order."""
    mixed = copy.deepcopy(evidence)
    for name, each, declaration in fields_of(document):
        rows = mixed.get(name, {}).get(each)
        if declaration["type"] == "rows" and rows and len(rows) > 1:
            mixed[name][each] = draw(st.permutations(rows))
    return mixed


@st.composite
def wrong(draw: Callable[..., Any], document: Node, evidence: Sheet) -> Sheet:
    """Draw the same evidence with a mistake or two, of those that the language names."""
    mistaken = copy.deepcopy(evidence)
    drawn = _Drawn(draw, document)
    listed = [*fields_of(document), *givens_of(document)]
    for _ in range(1 + draw(index(2))):
        if not listed:
            return mistaken
        name, each, declaration = listed[draw(index(len(listed)))]
        found = mistaken.setdefault(name, {})
        how = draw(index(6))
        if how == 5 and "methods" in mistaken:
            del mistaken["methods"]
        elif each not in found:
            found[each] = draw(drawn.findings(name, each, declaration))
        elif how == 4 and "absent" in declaration and "panel" not in declaration:
            found[each] = drawn.sentinel(declaration)
        elif declaration["type"] == "rows" and found[each] and how > 1:
            row = found[each][draw(index(len(found[each])))]
            column = sorted(row)[draw(index(len(row)))] if row else None
            if column and long_form(declaration["columns"][column])["type"] != "text":
                del row[column]
        elif "panel" in declaration and how > 1:
            found[each] = found[each][: draw(index(2))]
        elif declaration["type"] in ("amount", "choice") and how > 1:
            found[each] = draw(drawn.findings(name, each, declaration))
        elif how:
            del found[each]
        else:
            found[each] = None
    return mistaken


@st.composite
def unfinished(draw: Callable[..., Any], document: Node, evidence: Sheet) -> Sheet:
    """Draw the same evidence without some of its findings."""
    started = copy.deepcopy(evidence)
    there = [
        (name, each)
        for name, each, long in fields_of(document)
        if each in started.get(name, {}) and not is_optional(long) and "none_means" not in long
    ]
    if there:
        for name, each in draw(
            st.lists(st.sampled_from(there), min_size=1, max_size=4, unique=True)
        ):
            del started[name][each]
    return started
