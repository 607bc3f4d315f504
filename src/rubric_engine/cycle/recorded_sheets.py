"""Sheets as a cycle keeps them: plain data of JSON that scores the same when it is read back.

A sheet is kept nested, its findings typed by their fields, its notes and methods with it.
"""

from __future__ import annotations

from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from datetime import date
from decimal import Decimal
from fractions import Fraction
from functools import cached_property
from typing import Any, Literal

from attrs import evolve, frozen

from rubric_engine.changes import changed_sheet, written
from rubric_engine.errors import InvalidEvidence, Problem, nearest_name
from rubric_engine.evaluation import Evaluation, evaluate, program_of
from rubric_engine.evidence import RECORDED
from rubric_engine.exact import exact_number, number_text
from rubric_engine.fields import Checklist, Choice, Date, Field, Refused, Rows, Scalar, Text, shown
from rubric_engine.model import Indicator, Item, Rubric

__all__ = ["RecordedSheets"]

_TEXTS = Choice | Checklist | Date | Text


@frozen(eq=False, slots=False)
class RecordedSheets:
    """Turns sheets of a rubric into plain data, and scores what it made."""

    rubric: Rubric
    #: Whether the methods that items name must be recorded as used.
    required: bool

    def plain(self, sheet: object) -> dict[str, Any]:
        """Return a sheet as plain nested data; raises `InvalidEvidence` for what it cannot be.

        Unknown names stay, for `evaluate` to refuse.
        """
        if not isinstance(sheet, Mapping):
            expected = "a mapping of items to findings"
            raise InvalidEvidence([Problem("not-a-mapping", "$", expected, shown(sheet))])
        made: dict[str, Any] = {}
        problems: list[Problem] = []
        for key, value in sheet.items():
            name = str(key)
            node, dot, field = name.partition(".")
            if dot:
                self._add(made, node, field, value, problems)
            elif name == RECORDED and name not in self._nodes:
                made[name] = _methods(value)
            elif isinstance(value, Mapping):
                made.setdefault(name, {})
                for each, finding in value.items():
                    self._add(made, name, str(each), finding, problems)
            else:
                expected = "a mapping of fields to findings"
                problems.append(Problem("not-a-mapping", name, expected, shown(value)))
        if problems:
            raise InvalidEvidence(problems)
        return made

    def changed(self, sheet: dict[str, Any], changes: object) -> dict[str, Any]:
        """Return a kept sheet with findings of another, `item.field` or nested, put over it.

        A finding that is None is taken away. Raises `InvalidEvidence` as `plain` does, and for
        findings that are taken away though there are no such ones.
        """
        beside = self.plain(changes)
        methods = None if RECORDED in self._nodes else beside.pop(RECORDED, None)
        flat = {
            f"{node}.{name}": finding
            for node, findings in beside.items()
            for name, finding in findings.items()
        }
        unknown = [path for path, each in flat.items() if each is None and path not in self._fields]
        if unknown:
            expected = "a finding that a sheet may have"
            raise InvalidEvidence(
                [
                    Problem(
                        "unknown-field", each[:200], expected, "", nearest_name(each, self._fields)
                    )
                    for each in unknown
                ]
            )
        made, _ = changed_sheet(self.rubric, sheet, flat, None)
        for node, findings in beside.items():
            if not findings:
                made.setdefault(node, {})
        if methods is not None:
            merges = isinstance(methods, dict)
            made[RECORDED] = {**made.get(RECORDED, {}), **methods} if merges else methods
        return made

    def scored(self, sheet: Mapping[str, Any], given: Mapping[str, Any] | None) -> Evaluation:
        """Score a kept sheet; raises `InvalidEvidence` as `evaluate` does."""
        program = program_of(self.rubric)
        if self._covers(sheet):
            findings = dict(sheet)
            if RECORDED not in self._nodes:
                findings.pop(RECORDED, None)
            try:
                found = program.read_and_score(findings, given)
            except Exception:  # noqa: BLE001 - what is not a plain sheet is read with care below
                found = None
            if found is not None:
                return Evaluation(program, found[0], found[1])
        methods: Literal["required"] | None = "required" if self.required else None
        beside = None if given is None else self._typed(given)
        return evaluate(self.rubric, self._typed(sheet), given=beside, methods=methods)

    def share(self, sheet: object) -> None:
        """Let a sheet that records what the rubric states hold the rubric's own list of it.

        Thousands of sheets that are read from an archive then hold one list, not each its own.
        """
        if isinstance(sheet, dict) and self._covers(sheet) and RECORDED in sheet:
            used = sheet[RECORDED]
            if RECORDED not in self._nodes and list(used) == list(self._methods):
                sheet[RECORDED] = self._methods

    def _covers(self, sheet: Mapping[str, Any]) -> bool:
        """Say whether it is plain that nothing is wrong with the methods that are recorded.

        Where those are recorded that any item names, none can be missing.
        """
        if RECORDED in self._nodes or RECORDED not in sheet:
            return not (self.required and self._methods)
        used = sheet[RECORDED]
        return used is self._methods or bool(used == self._methods)

    def _typed(self, sheet: Mapping[str, Any]) -> dict[str, Any]:
        """Return a kept sheet with numbers and truths that are text typed by their fields."""
        return {
            node: findings
            if (node == RECORDED and node not in self._nodes) or not isinstance(findings, Mapping)
            else {
                name: _as_scalar(self._fields.get(f"{node}.{name}"), each)
                for name, each in findings.items()
            }
            for node, findings in sheet.items()
        }

    @cached_property
    def _fields(self) -> dict[str, Field]:
        return {each.path: each.field for each in program_of(self.rubric).lowered.fields}

    @cached_property
    def _nodes(self) -> frozenset[str]:
        return frozenset(node.id for node in self.rubric.nodes())

    @cached_property
    def _methods(self) -> dict[str, list[str]]:
        return {
            node.id: list(node.methods)
            for node in self.rubric.nodes()
            if isinstance(node, Item | Indicator) and node.methods
        }

    def _add(
        self,
        made: dict[str, Any],
        node: str,
        name: str,
        value: object,
        problems: list[Problem],
    ) -> None:
        path = f"{node}.{name}"
        kind = self._fields.get(path)
        findings = made.setdefault(node, {})
        if name in findings:
            problems.append(Problem("given-twice", path, "one finding, nested or flat"))
            return
        try:
            findings[name] = _finding(kind, value)
        except InvalidEvidence as error:
            problems += [
                evolve(each, path=f"{path}{'.' * bool(each.path)}{each.path}")
                for each in error.problems
            ]


def _methods(value: object) -> object:
    if not isinstance(value, Mapping):
        return shown(value)
    return {
        str(node): [str(each) for each in used]
        if isinstance(used, list | tuple)
        else str(used)
        if isinstance(used, str)
        else None
        for node, used in value.items()
    }


def _finding(kind: Field | None, value: object) -> Any:  # noqa: ANN401 - whatever JSON has
    """Return a finding as JSON has it: long form, rows, lists or one value."""
    if isinstance(value, Mapping):
        return {
            str(name): _finding(kind, each) if name == "value" else _plain(None, each)
            for name, each in value.items()
        }
    if isinstance(kind, Rows) and isinstance(value, list | tuple):
        columns = dict(kind.columns)
        return [
            {str(name): _finding(columns.get(str(name)), each) for name, each in row.items()}
            if isinstance(row, Mapping)
            else _plain(None, row)
            for row in value
        ]
    if isinstance(value, AbstractSet) and isinstance(kind, Checklist):
        # A set has no order of its own, and a record must be the same every time.
        return sorted(_plain(kind, each) for each in value)
    if not isinstance(value, list | tuple):
        return _plain(kind, value)
    if kind is not None and any(isinstance(each, Scalar) for each in value):
        try:
            read = kind.read(value)
        except Refused:
            return [None if each is None else str(each) for each in value]
        if read is not None:
            return [_number(each) for each in written(kind, read)]
    return [_plain(kind, each) for each in value]


def _plain(kind: Field | None, value: object) -> Any:  # noqa: ANN401 - whatever JSON has
    if value is None or isinstance(value, bool | int):
        return value
    if isinstance(value, float):
        return float(value)
    if isinstance(value, Scalar) and kind is not None:
        return _typed_scalar(kind, value)
    if isinstance(value, str):
        allowed = isinstance(kind, _TEXTS | None) or value.strip() == kind.absent
        if not allowed and not _is_kept_number(value):
            raise _refused(kind, value)
        return str(value)
    if type(value) is date and isinstance(kind, Date | None):
        return value.isoformat()
    if isinstance(value, Decimal | Fraction):
        number = _number(value)
        if isinstance(number, str) and isinstance(kind, _TEXTS):
            raise _refused(kind, value)
        return number
    if type(value).__module__ == "numpy" and getattr(value, "shape", None) == ():
        native = value.item()  # type: ignore[attr-defined]  # because NumPy is not imported here
        if type(value) is not type(native):
            return _plain(kind, native)
    raise _refused(kind, value)


def _refused(kind: Field | None, value: object) -> InvalidEvidence:
    expected = "a finding as a sheet has it" if kind is None else kind.expects
    return InvalidEvidence([Problem("wrong-type", "", expected, shown(value))])


def _typed_scalar(kind: Field, value: Scalar) -> Any:  # noqa: ANN401 - whatever JSON has
    """Return a finding that came as text, typed by its field; as it is where that refuses it."""
    if isinstance(kind, Rows):
        return str(value)
    try:
        read = kind.read(value)
    except Refused:
        return str(value)
    if read is None:
        # It says that there is none, which its text must go on saying; or it is no reading.
        said = str(value).strip()
        return [] if getattr(kind, "panel", None) is not None and said != kind.absent else said
    found = written(kind, read)
    return [_number(each) for each in found] if isinstance(found, list) else _number(found)


def _number(value: object) -> Any:  # noqa: ANN401 - whatever JSON has
    """Return an exact number as JSON has it: a double only where it is read back as the same."""
    if not isinstance(value, Decimal | Fraction):
        return value
    exact = exact_number(value)
    if exact is None:
        return str(value)
    if exact.denominator == 1:
        return int(exact)
    near = float(exact)
    return near if Fraction(repr(near)) == exact else number_text(exact)


def _is_kept_number(text: str) -> bool:
    """Say whether a text is what `_number` makes of a number that a double would not keep."""
    number = exact_number(text)
    return number is not None and _number(number) == text


def _as_scalar(kind: Field | None, value: Any) -> Any:  # noqa: ANN401 - whatever JSON has
    """Return a kept finding; a text of a number or of a truth as one that its field types."""
    if isinstance(value, Mapping):
        return {
            name: _as_scalar(kind, each) if name == "value" else each
            for name, each in value.items()
        }
    if isinstance(kind, Rows) and isinstance(value, list):
        columns = dict(kind.columns)
        return [
            {name: _as_scalar(columns.get(name), each) for name, each in row.items()}
            if isinstance(row, Mapping)
            else row
            for row in value
        ]
    if isinstance(value, list):
        return [_as_scalar(kind, each) for each in value]
    if isinstance(value, str) and not isinstance(kind, _TEXTS | Rows):
        return Scalar(value)
    return value
