"""Files of sheets: YAML, JSON and CSV, and where their problems stand."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import pytest

import rubric_engine
from hostile.evidence import TABLES
from hostile.files import marks_of
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


#: Sheets of the rubric of tables in the hostile corpus; a mark stands before each problem, and
#: seven before the row that lacks seven findings.
ROWS = """\
sheets:
  sound:
    assessee: {type: urban, population: 8000}
    cycle: {as_of: 2026-11-24}
    methods: {hall: [documents, interview]}
    first: {one: 7}
    second: {two: 4, more: 3}
    third: {three: 9}
    persons:
      cases:
        - {role: leader, penalty: light, judged: 1, day: 2026-03-01, cost: 12.25, seen: [a], late: true, lost: 2}
        - {role: member, penalty: grave, judged: 9/2, day: " 2026-03-01 ", cost: 0, seen: [], late: FALSE, lost: 0, maybe: ~}
    hall: {state: good, mark: [7, 8.5, ~, 9], lost: 2, built: 2001-05-06, level: light, blame: 0}
    gate: {kind: wide}
    streets: {holes: 3}
    upkeep: {months: [{faults: 1}, {faults: 0}]}
  wrong:
    assessee: {type: §city, population: 8000, §populaton: 1}
    cycle: {as_of: §2026-02-30}
    methods: {hall: §[documents, interviews], §hal: [report]}
    first: {one: 7}
    second: {two: 4, more: 3}
    third: {three: 9}
    persons:
      cases:
        - {role: §leadr, penalty: light, judged: 1, day: 2026-03-01, cost: §12.255, seen: §a;c, late: true, lost: §-1}
        - §{penalty: light, judged: 1, day: §yesterday, §costs: 5, cost: 0, seen: §[a, b, b], late: true, lost: 1}
        - §§§§§§§role: leader
    hall: {state: good, mark: §[7, 8], §marks: [7], visits: §101, lost: 2, built: 2001-05-06, level: light, blame: 0}
    gate: {kind: §narrow}
    streets: {holes: 3}
    upkeep: {months: [{faults: 1}, §5, {faults: §[1]}]}
"""


def test_problems_of_rows_and_given_numbers_have_their_place_in_the_file() -> None:
    text, places = marks_of(ROWS)
    sheets = read_sheets(Path("rows.yaml"), text.encode())
    rubric = rubric_engine.loads(TABLES)
    sound, wrong = rubric_engine.evaluate_many(rubric, sheets.sheets)
    assert sound.problems == ()
    assert sound.evaluation.exact == Fraction(23, 3) + Fraction(9, 2) + 10 + 10 + 7 + Fraction(19, 2)
    told = [
        ("unknown-value", "assessee.type"),
        ("unknown-field", "assessee.populaton"),
        ("wrong-type", "cycle.as_of"),
        ("unknown-value", "methods.hall"),
        ("unknown-item", "methods.hal"),
        ("unknown-value", "persons.cases[0].role"),
        ("not-exact", "persons.cases[0].cost"),
        ("unknown-value", "persons.cases[0].seen"),
        ("missing-finding", "persons.cases[0].lost"),
        ("missing-finding", "persons.cases[1].role"),
        ("wrong-type", "persons.cases[1].day"),
        ("unknown-field", "persons.cases[1].costs"),
        ("duplicate-value", "persons.cases[1].seen"),
        *(("missing-finding", f"persons.cases[2].{name}") for name in ("penalty", "judged", "day", "cost", "seen", "late", "lost")),
        ("too-few", "hall.mark"),
        ("unknown-field", "hall.marks"),
        ("out-of-range", "hall.visits"),
        ("unknown-value", "gate.kind"),
        ("not-a-mapping", "upkeep.months[1]"),
        ("wrong-type", "upkeep.months[2].faults"),
    ]
    found = [sheets.placed("wrong", each) for each in wrong.problems]
    placed = {(each.code, each.path): (each.line, each.column) for each in found}
    assert len(placed) == len(found)
    assert placed == dict(zip(told, places, strict=True))


def test_a_csv_has_dates_readings_and_given_numbers_in_its_cells() -> None:
    rubric = rubric_engine.loads(
        "rubric: csv\ngiven: {cycle: {as_of: date}}\nitems:\n  - id: hall\n    points: 10\n    start: zero\n"
        "    evidence: {on: date, m: {type: number, places: 1, range: 0..10, panel: 3, need: 2}, lost: {type: count, absent: -1}}\n"
        "    rules: [{award: mean(m)}, {deduct: lost}, {deduct: 1, when: on > cycle.as_of}]\n"
    )
    content = (
        "who,hall.on,hall.m,hall.lost,cycle.as_of\n"
        "A,2026-11-25,7;8.5,1,2026-11-24\n"
        "B, 2026-11-24 ,;7; 8,0, 2026-11-24\n"
        "C,2026-11-31,7,-1,2026-11-24\n"
        "D,,7;8;9;10,x,\n"
    )
    sheets = read_sheets(Path("many.csv"), content.encode())
    a, b, c, d = rubric_engine.evaluate_many(rubric, sheets.sheets)
    assert [a.evaluation.exact, b.evaluation.exact] == [5.75, 7.5]
    assert [(each.code, each.path, sheets.placed("C", each).line) for each in c.problems] == [
        ("wrong-type", "hall.on", 4),
        ("too-few", "hall.m", 4),
        ("missing-finding", "hall.lost", 4),
    ]
    assert {(each.code, each.path) for each in d.problems} == {
        ("out-of-range", "hall.m"),
        ("wrong-type", "hall.lost"),
        ("missing-finding", "hall.on"),
        ("missing-finding", "cycle.as_of"),
    }
