"""Files of sheets: YAML, JSON and CSV, and where their problems stand."""

from __future__ import annotations

from pathlib import Path

import pytest

import rubric_engine
from rubric_engine import InvalidEvidence, Problem
from rubric_engine.sheets import read_sheets

RUBRIC = """\
rubric: s
items:
  - id: plan
    points: 10
    evidence: {n: count, ok: flag, seen: {type: checklist, values: [a, b]}, remark: text}
    rules: [{deduct: 1, per: n}, {deduct: 1, unless: ok}, {deduct: 1, per: ticked(seen)}]
"""
CSV = "village,plan.n,plan.ok,plan.seen,plan.remark,\n A ,1,true,a;b,,\n\n,2,FALSE,,x,\nC,,true,,,\n"
YAML = """\
note: three villages
sheets:
  A:
    plan: {n: 1, ok: true, seen: [a, b]}
  B:
    plan: {n: x, ok: true, seen: []}
"""


def test_a_csv_has_one_sheet_a_row() -> None:
    sheets = read_sheets(Path("many.csv"), CSV.encode("utf-8-sig"))
    assert list(sheets) == ["A", "line 4", "C"]
    assert len(sheets) == 3
    rubric = rubric_engine.loads(RUBRIC)
    outcomes = {each.key: each for each in rubric_engine.evaluate_many(rubric, sheets.sheets)}
    assert outcomes["A"].evaluation.exact == 7
    assert outcomes["line 4"].evaluation is None
    lacking = [(each.code, each.path) for each in outcomes["C"].problems]
    assert lacking == [("missing-finding", "plan.n"), ("missing-finding", "plan.seen")]
    placed = sheets.placed("C", outcomes["C"].problems[0])
    assert (placed.file, placed.line, placed.path) == ("many.csv", 5, "plan.n")
    header = sheets.placed("C", Problem("unknown-field", "plan.x"))
    assert header.line == 1


def test_a_csv_without_a_key_counts_its_lines() -> None:
    sheets = read_sheets(Path("many.CSV"), b"\xef\xbb\xbfplan.n,plan.ok\n1,true\n2,true\n")
    assert list(sheets) == ["line 2", "line 3"]
    assert dict(sheets.sheets["line 3"]) == {"plan.n": "2", "plan.ok": "true"}


def problems_of(name: str, content: bytes) -> list[tuple[str, str, int | None]]:
    with pytest.raises(InvalidEvidence) as caught:
        read_sheets(Path(name), content)
    assert all(each.file == name for each in caught.value.problems)
    return [(each.code, each.path, each.line) for each in caught.value.problems]


@pytest.mark.parametrize(
    ("content", "problems"),
    [
        (b"", [("empty", "$", 1)]),
        (b"\n\n", [("empty", "$", 1)]),
        (b"k,a.b,a.b,k\n", [("duplicate-key", "a.b", 1), ("duplicate-key", "k", 1)]),
        (b"k,a.b\nx,1\nx,2\n", [("duplicate-key", "x", 3)]),
        (b"k,a.b\nx,1,2\ny\n", [("wrong-type", "x", 2), ("wrong-type", "y", 3)]),
        (b'k,a.b\nx,"1\n', [("wrong-type", "$", 2)]),
        (b"k,a.b\nx,1\ny,\xff\n", [("not-utf8", "$", 3)]),
    ],
)
def test_a_broken_csv_is_refused(content: bytes, problems: list[tuple[str, str, int]]) -> None:
    assert problems_of("broken.csv", content) == problems


@pytest.mark.parametrize(
    ("content", "problems"),
    [
        (b"- a\n", [("not-a-mapping", "$", 1)]),
        (b"", [("empty", "$", 1)]),
        (b"a: [\n", [("not-yaml", "$", 2)]),
        (b"sheets: [a]\n", [("not-a-mapping", "$.sheets", 1)]),
        (b"sheets: {}\nx: 1\ny: 2\n", [("unknown-key", "$.x", 2), ("unknown-key", "$.y", 3)]),
        (b"a: 1\na: 2\n", [("duplicate-key", "$.a", 2)]),
    ],
)
def test_a_broken_document_is_refused(content: bytes, problems: list[tuple[str, str, int]]) -> None:
    assert problems_of("broken.yaml", content) == problems


def test_a_document_holds_many_sheets_or_one(tmp_path: Path) -> None:
    file = tmp_path / "many.yaml"
    file.write_text(YAML, encoding="utf-8")
    sheets = read_sheets(file)
    assert list(sheets) == ["A", "B"]
    rubric = rubric_engine.loads(RUBRIC)
    good, bad = rubric_engine.evaluate_many(rubric, sheets.sheets)
    assert good.evaluation.exact == 7
    placed = sheets.placed("B", bad.problems[0])
    assert (placed.path, placed.line, placed.column) == ("plan.n", 6, 15)
    whole = sheets.placed("B", Problem("not-a-mapping", "$"))
    assert (whole.line, whole.column) == (6, 5)
    one = read_sheets(Path("one.json"), b'{"plan": {"n": 1}}')
    assert dict(one.sheets) == {"one": {"plan": {"n": "1"}}}
    assert one.placed("one", Problem("missing-finding", "plan.ok")).column == 10
