"""Reading a sheet of evidence with care: every problem of it, each with its path."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from attrs import frozen

from rubric_engine.errors import IncompleteEvidence, InvalidEvidence, Problem, nearest_name
from rubric_engine.fields import Refused, shown
from rubric_engine.lower import Lowered, LoweredField

__all__ = ["Note", "read_sheet"]

METHODS = ("documents", "report", "interview")
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


Findings = tuple[int | str | None, ...]
Notes = tuple[tuple[str, Note], ...]


def read_sheet(lowered: Lowered, evidence: object) -> tuple[Findings, Notes]:
    """Read a nested, flat or mixed sheet.

    Returns one value a field, in the order of `lowered.fields`, and the notes by
    `item.field`. Raises `InvalidEvidence` with all problems, or `IncompleteEvidence`
    where the only problems are missing findings.
    """
    reader = _Reader(lowered)
    reader.read(evidence)
    found = reader.collect()
    if reader.problems:
        missing = all(each.code == "missing-finding" for each in reader.problems)
        raise (IncompleteEvidence if missing else InvalidEvidence)(reader.problems)
    return found, tuple(reader.notes.items())


class _Reader:
    def __init__(self, lowered: Lowered) -> None:
        self.fields = {f"{each.node}.{each.name}": each for each in lowered.fields}
        self.by_node: dict[str, dict[str, LoweredField]] = {}
        for each in lowered.fields:
            self.by_node.setdefault(each.node, {})[each.name] = each
        self.problems: list[Problem] = []
        self.found: dict[str, int | str] = {}
        self.given: set[str] = set()
        self.notes: dict[str, Note] = {}
        self.nearest_left = _MOST_NEAREST

    def read(self, evidence: object) -> None:
        if not isinstance(evidence, Mapping):
            self.problem("not-a-mapping", "$", "a mapping of items to findings", shown(evidence))
            return
        for key, value in _pairs(evidence):
            if len(self.problems) >= _MOST_PROBLEMS:
                return
            if type(key) is not str and not isinstance(key, str):
                self.problem("unknown-item", "$", "the id of an item as text", shown(key))
                continue
            name = str.__str__(key)
            if "." in name:
                node, _, field = name.partition(".")
                self.finding(node, field, value)
            elif name not in self.by_node:
                self.unknown("unknown-item", name, name, self.by_node)
            elif not isinstance(value, Mapping):
                self.problem("not-a-mapping", name, "a mapping of fields to findings", shown(value))
            else:
                self.item(name, value)

    def item(self, node: str, findings: Mapping[object, object]) -> None:
        for key, value in _pairs(findings):
            if len(self.problems) >= _MOST_PROBLEMS:
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
        try:
            read = self.fields[path].field.read(_native(value))
        except Refused as refused:
            self.problems.append(
                Problem(refused.code, path, refused.expected, refused.found, refused.nearest)
            )
        except Exception:  # noqa: BLE001 - a foreign object may raise anything when it is looked at
            self.problem("wrong-type", path, self.fields[path].field.expects, shown_type(value))
        else:
            self.found[path] = read

    def noted(self, path: str, finding: Mapping[object, object]) -> object:
        """Return the value of a finding in the long form, keeping what came with it."""
        texts: dict[str, str] = {}
        value: object = None
        for key, each in _pairs(finding):
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
        if texts.get("method", METHODS[0]) not in METHODS:
            near = nearest_name(texts["method"], METHODS)
            expected = "one of " + ", ".join(METHODS)
            found = texts["method"]
            self.problems.append(Problem("unknown-value", f"{path}.method", expected, found, near))
        if texts:
            self.notes[path] = Note(**texts)
        return value

    def collect(self) -> Findings:
        """Return the findings in order, noting those that are missing."""
        failed = {each.path for each in self.problems}
        for path, each in self.fields.items():
            if path in self.found or path in failed:
                continue
            if not each.field.optional and each.field.type != "text":
                self.problem("missing-finding", path, each.field.expects)
        return tuple(self.found.get(path) for path in self.fields)

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
