"""Sheets of evidence as files: YAML, JSON, or CSV with one row for each assessee.

Values stay text (`Scalar`) until the field they belong to types them, so a sheet means
the same in every format.
"""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Iterator, Mapping
from io import StringIO
from pathlib import Path
from typing import Any

from attrs import evolve, frozen

from rubric_engine.errors import InvalidEvidence, Problem
from rubric_engine.fields import Scalar, shown
from rubric_engine.reading import Document, content_of, read

__all__ = ["Sheets", "read_sheets"]

Sheet = Mapping[str, Any]
#: So many problems of a file are told at most.
_MOST_PROBLEMS = 1_000


@frozen
class Sheets:
    """The sheets of one file, by key, in their order, and where their problems stand."""

    file: str
    sheets: Mapping[str, Sheet]
    #: The document of a YAML or JSON file, and the path of each sheet in it.
    document: Document | None = None
    paths: Mapping[str, str] = {}
    #: For a CSV file, the line of each sheet.
    lines: Mapping[str, int] = {}

    def __len__(self) -> int:
        return len(self.sheets)

    def __iter__(self) -> Iterator[str]:
        return iter(self.sheets)

    def placed(self, key: str, problem: Problem) -> Problem:
        """Return a problem of one sheet with its file, line and column."""
        if self.document is None:
            in_header = problem.code in ("unknown-item", "unknown-field")
            return evolve(problem, file=self.file, line=1 if in_header else self.lines.get(key))
        inner = problem.path.removeprefix("$").removeprefix(".")
        path = f"{self.paths[key]}.{inner}" if inner else self.paths[key]
        found = self.document.placed(evolve(problem, path=path))
        return evolve(problem, file=self.file, line=found.line, column=found.column)


def read_sheets(path: Path, content: bytes | None = None) -> Sheets:
    """Read a file of sheets; raises `InvalidEvidence` with its problems.

    A YAML or JSON file holds one sheet, or many under `sheets:`. A CSV file has a header of
    `item.field` columns and one row for each assessee; the first column whose name has no
    dot is the key, an empty cell is a missing finding, and a checklist is `a;b`.
    """
    is_csv = path.suffix.lower() == ".csv"
    if content is None:
        content = path.read_bytes() if is_csv else content_of(path)
    if is_csv:
        return _from_csv(str(path), content)
    document, problems = read(content)
    if document is not None and not problems and not isinstance(document.value, dict):
        found = shown(document.value)
        problems = [Problem("not-a-mapping", "$", "a sheet", found, line=1, column=1)]
    if problems or document is None:
        raise InvalidEvidence([each.inside(str(path)) for each in problems])
    data = document.value
    if "sheets" not in data:
        return Sheets(str(path), {path.stem: data}, document, {path.stem: "$"})
    many = data["sheets"]
    beside = [
        Problem("unknown-key", f"$.{key}", "`sheets`, `note`, `provenance`", shown(key))
        for key in data
        if key not in ("sheets", "note", "provenance")
    ]
    if beside:
        raise InvalidEvidence([document.placed(each).inside(str(path)) for each in beside])
    if not isinstance(many, dict):
        problem = Problem("not-a-mapping", "$.sheets", "sheets by key", shown(many))
        raise InvalidEvidence([document.placed(problem).inside(str(path))])
    return Sheets(str(path), many, document, {key: f"$.sheets.{key}" for key in many})


def _from_csv(file: str, content: bytes) -> Sheets:
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        problem = Problem("not-utf8", "$", "UTF-8 text", file=file, line=line)
        raise InvalidEvidence([problem]) from None
    reader = csv.reader(StringIO(text, newline=""), strict=True)
    sheets: dict[str, Sheet] = {}
    lines: dict[str, int] = {}
    problems: list[Problem] = []
    header: list[str] = []
    try:
        for row in reader:
            if len(problems) >= _MOST_PROBLEMS:
                break
            if not header:
                header = [name.strip() for name in row]
                problems += _header_problems(header)
            elif any(row):
                key = _key_of(header, row, reader.line_num)
                if key in sheets:
                    problems.append(
                        Problem("duplicate-key", key, "each key once", line=reader.line_num)
                    )
                if len(row) != len(header):
                    expected, found = f"{len(header)} cells", str(len(row))
                    problems.append(
                        Problem("wrong-type", key, expected, found, line=reader.line_num)
                    )
                lines[key] = reader.line_num
                sheets[key] = _row(header, row)
    except csv.Error as error:
        problems.append(Problem("wrong-type", "$", "CSV", str(error), line=reader.line_num))
    if not header:
        problems.append(Problem("empty", "$", "a header of `item.field` columns", line=1))
    if problems:
        raise InvalidEvidence([evolve(each, file=file) for each in problems])
    return Sheets(file, sheets, None, {}, lines)


def _header_problems(header: list[str]) -> list[Problem]:
    twice = sorted(name for name, times in Counter(header).items() if times > 1)
    return [Problem("duplicate-key", name or "$", "each column once", line=1) for name in twice]


def _key_of(header: list[str], row: list[str], line: int) -> str:
    for name, cell in zip(header, row, strict=False):
        if "." not in name:
            return cell.strip() or f"line {line}"
    return f"line {line}"


def _row(header: list[str], row: list[str]) -> Sheet:
    """Return the findings of a row; columns without a dot are the caller's own."""
    return {
        name: Scalar(cell) if cell.strip() else None
        for name, cell in zip(header, row, strict=False)
        if "." in name
    }
