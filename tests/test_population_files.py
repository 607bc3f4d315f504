"""A population from file to file: what the command writes, counts and refuses, in every engine."""

from __future__ import annotations

import csv
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("click")
pytest.importorskip("narwhals")
pl = pytest.importorskip("polars")
pytest.importorskip("duckdb")

from click.testing import CliRunner  # noqa: E402 - after what it needs

from rubric_engine import evaluate, load, loads  # noqa: E402 - after what it needs
from rubric_engine.command import main  # noqa: E402 - after what it needs
from rubric_engine.population_files import score_files  # noqa: E402 - after what it needs
from rubric_engine.sheets import read_sheets  # noqa: E402 - after what it needs

SOURCE = str(Path(sys.modules["rubric_engine"].__file__ or "").parents[1])
SF = "sf-food-safety"
FOOD = "unit,violations.high,violations.moderate,violations.low"
RUBRIC = """
rubric: visit
total: 20
grades: [{stars: 2, from: 15}, {stars: 1}]
given: {cycle: {factor: {type: number, places: 1, range: 0..2}}}
items:
  - id: hall
    points: 10
    evidence:
      faults: count
      share: {type: number, places: 2, range: 0..5}
      late: flag
      seen: {type: date}
      level: {type: choice, values: ["01", "02"]}
      papers: {type: checklist, values: [plan, log]}
      praised: {type: count, optional: true}
    rules:
      - {deduct: 1, per: faults}
      - {deduct: share}
      - {deduct: cycle.factor, when: late}
      - {deduct: 0.5, when: level == "02"}
      - {deduct: 0.25, when: ticked(papers) == 2}
      - {deduct: 3, when: known(praised)}
  - id: conduct
    points: 10
    evidence:
      cases: {type: rows, columns: {grave: flag, persons: count, note: {type: count, optional: true}}}
    rules: [{deduct: 1, each: cases, per: persons}]
"""
HEAD = "unit,hall.faults,hall.share,hall.late,hall.seen,hall.level,hall.papers,hall.praised,own"
GOOD = [
    '007,2,0.50,true,2026-02-28,01,plan;log,,"x, ""y"""',
    "b, 3 ,1,FALSE,2024-02-29,02,plan,,0012",
    "c,1.0,0,false,2026-12-31,02,log,7,=1",
]
CASES = ["007,true,1,", "007,false,2,5", "c,false,0,"]


@pytest.fixture(params=["polars", "duckdb", "spark"])
def engine(request: pytest.FixtureRequest) -> str:
    if request.param == "spark":
        request.getfixturevalue("spark")
    return str(request.param)


def call(*arguments: Any) -> Any:
    return CliRunner().invoke(main, [str(each) for each in arguments])


def written(path: Path) -> list[dict[str, str]]:
    """Read a CSV file, or a folder of them."""
    parts = [path] if path.is_file() else sorted(path.glob("*.csv"))
    found: list[dict[str, str]] = []
    for part in parts:
        with part.open(encoding="utf-8", newline="") as file:
            found += csv.DictReader(file)
    return found


def frame_of(path: Path) -> Any:
    return pl.read_parquet(path if path.is_file() else sorted(path.glob("*.parquet")), glob=False)


def file_of(path: Path, head: str, *rows: str) -> Path:
    path.write_text("".join(f"{each}\n" for each in (head, *rows)), encoding="utf-8")
    return path


@pytest.fixture
def visits(tmp_path: Path) -> list[Any]:
    """Return the arguments that score visits with cases."""
    rubric = tmp_path / "rubric.yaml"
    rubric.write_text(RUBRIC)
    cycle = tmp_path / "cycle.yaml"
    cycle.write_text("cycle: {factor: 1.5}")
    sheets = file_of(tmp_path / "visits.csv", HEAD, *GOOD)
    cases = file_of(tmp_path / "cases.csv", "unit,grave,persons,note", *CASES)
    more = ["--key", "unit", "--rows", f"conduct.cases={cases}", "--given", cycle]
    return ["evaluate", rubric, sheets, *more]


def test_a_csv_is_scored_as_its_sheets_are(engine: str, visits: list[Any], tmp_path: Path) -> None:
    out = tmp_path / "scores.csv"
    result = call(*visits, "--engine", engine, "--output", out)
    assert (result.exit_code, result.stdout, result.stderr) == (0, "", "")
    found = {row["unit"]: row for row in written(out)}
    rubric, sheets = loads(RUBRIC), read_sheets(tmp_path / "visits.csv")
    cases: dict[str, list[dict[str, Any]]] = {"007": [], "b": [], "c": []}
    for row in written(tmp_path / "cases.csv"):
        kept = {name: int(row[name]) for name in ("persons", "note") if row[name]}
        cases[row["unit"]].append({"grave": row["grave"] == "true", **kept})
    given = {"cycle": {"factor": 1.5}}
    assert set(found) == set(sheets.sheets)
    for unit, sheet in sheets.sheets.items():
        meant = evaluate(rubric, {**sheet, "conduct.cases": cases[unit]}, given=given)
        row = found[unit]
        assert (float(row["score"]), row["status"]) == (float(meant.score), "ok")
        assert (row["stars"], row["grade"]) == (str(meant.stars), meant.grade)


def test_the_callers_own_columns_stay_as_they_are(
    engine: str, visits: list[Any], tmp_path: Path
) -> None:
    out = tmp_path / "scores.csv"
    assert call(*visits, "--engine", engine, "--output", out).exit_code == 0
    found = {row["unit"]: row for row in written(out)}
    assert {unit: row["own"] for unit, row in found.items()} == {
        "007": 'x, "y"',
        "b": "0012",
        "c": "=1",
    }
    assert found["b"]["hall.level"] == "02"


WRONG = [
    ("u1,x,0,true,2026-01-01,01,plan,,", "wrong-type", "hall.faults", "x"),
    ("u2,2.5,0,true,2026-01-01,01,plan,,", "wrong-type", "hall.faults", "2.5"),
    ("u3,1,1e0,true,2026-01-01,01,plan,,", "wrong-type", "hall.share", "1e0"),
    ("u4,1,0.1000000000000000055,true,2026-01-01,01,plan,,", "wrong-type", "hall.share", None),
    ("u5,1,1,yes,2026-01-01,01,plan,,", "wrong-type", "hall.late", "yes"),
    ("u6,1,1,true,2026-02-29,01,plan,,", "wrong-type", "hall.seen", "2026-02-29"),
    ("u7,1,1,true,2100-02-29,01,plan,,", "wrong-type", "hall.seen", "2100-02-29"),
    ("u8,1,1,true,2026-01-01,03,plan,,", "unknown-value", "hall.level", "03"),
    ("u9,1,1,true,2026-01-01,01,plan,many,", "wrong-type", "hall.praised", "many"),
    ("v1,,1,true,2026-01-01,01,plan,,", "missing-finding", "hall.faults", ""),
    ("v2,1,1,true,2026-01-01,01,,,", "missing-finding", "hall.papers", ""),
    ("v3,1,9,true,2026-01-01,01,plan,,", "out-of-range", "hall.share", None),
    ("v4,-1,1,true,2026-01-01,01,plan,,", "out-of-range", "hall.faults", "-1"),
    ("v5,1,1.001,true,2026-01-01,01,plan,,", "not-exact", "hall.share", "1.001"),
    ("v6,1,1,true,1850-01-01,01,plan,,", "wrong-type", "hall.seen", "1850-01-01"),
]


def test_wrong_rows_are_flagged_counted_and_listed(
    engine: str, visits: list[Any], tmp_path: Path
) -> None:
    rows = [row + "," * (HEAD.count(",") - row.count(",")) for row, *_ in WRONG]
    file_of(tmp_path / "visits.csv", HEAD, *GOOD, *rows)
    out, problems = tmp_path / "scores.csv", tmp_path / "problems.csv"
    result = call(*visits, "--engine", engine, "--output", out, "--problems", problems)
    assert result.exit_code == 1
    assert result.stdout == ""
    (line,) = result.stderr.splitlines()
    assert line.startswith(f"15 of 18 rows in {tmp_path / 'visits.csv'} cannot be scored: ")
    found = {row["unit"]: row for row in written(out)}
    codes = [row["status"] for row in found.values()]
    counted = {each: codes.count(each) for each in sorted(set(codes) - {"ok"})}
    assert line.endswith(": " + ", ".join(f"{code} {n}" for code, n in counted.items()) + ".")
    told: dict[str, dict[tuple[str, str], str]] = {}
    for row in written(problems):
        told.setdefault(row["key"], {})[row["column"], row["code"]] = row["value"]
    assert set(told) == {row.partition(",")[0] for row, *_ in WRONG}
    for row, code, column, value in WRONG:
        unit = row.partition(",")[0]
        assert (code, column) in {(problem, place) for place, problem in told[unit]}, row
        assert value is None or told[unit][column, code] == value, row
        assert {place for place, _ in told[unit]} == {column}, row
        assert found[unit]["score"] == "", row
        assert found[unit]["status"] in {problem for _, problem in told[unit]}, row
        if code != "unknown-value" and "1850" not in row:
            assert (found[unit]["status"], len(told[unit])) == (code, 1), row


def test_a_wrong_cell_of_a_row_is_no_empty_one(
    engine: str, visits: list[Any], tmp_path: Path
) -> None:
    """`note` may be missing, but `no` is not that."""
    rows = [*CASES, "b,true,1,no", "b,true,x,", "ghost,true,1,"]
    file_of(tmp_path / "cases.csv", "unit,grave,persons,note", *rows)
    out, problems = tmp_path / "scores.csv", tmp_path / "problems.csv"
    result = call(*visits, "--engine", engine, "--output", out, "--problems", problems)
    assert result.exit_code == 1
    found = {row["unit"]: row for row in written(out)}
    assert (found["b"]["score"], found["b"]["status"]) == ("", "missing-finding")
    assert found["007"]["status"] == "ok"
    told = {(row["key"], row["column"], row["code"], row["value"]) for row in written(problems)}
    assert ("b", "conduct.cases[].note", "wrong-type", "no") in told
    assert ("b", "conduct.cases[].persons", "wrong-type", "x") in told
    assert ("ghost", "conduct.cases", "unknown-assessee", "ghost") in told


def food(path: Path, **columns: list[Any]) -> Path:
    size = len(next(iter(columns.values())))
    zero = {name: [0] * size for name in ("high", "moderate", "low")}
    named = {f"violations.{name}": cells for name, cells in {**zero, **columns}.items()}
    pl.DataFrame({"unit": [f"u{k}" for k in range(size)], **named}).write_parquet(path)
    return path


def test_parquet_goes_in_and_out(engine: str, tmp_path: Path) -> None:
    source, out = food(tmp_path / "in.parquet", high=[1, 0, None]), tmp_path / "out.parquet"
    result = call("evaluate", SF, source, "--engine", engine, "--output", out)
    assert result.exit_code == 1
    assert "1 of 3 rows" in result.stderr and "missing-finding 1" in result.stderr
    frame = frame_of(out)
    rows = {row["unit"]: (row["score"], row["status"]) for row in frame.to_dicts()}
    assert rows == {"u0": (93.0, "ok"), "u1": (100.0, "ok"), "u2": (None, "missing-finding")}
    assert frame.schema["violations.high"] == pl.Int64


def test_what_is_asked_of_the_columns(engine: str, tmp_path: Path) -> None:
    source, out = food(tmp_path / "in.parquet", high=[1, None]), tmp_path / "out.parquet"
    options = ["--detail", "nodes", "--exact", "--invalid", "null", "--prefix", "new "]
    result = call("evaluate", SF, source, "--engine", engine, "--output", out, *options)
    assert result.exit_code == 1
    assert "1 of 2 rows" in result.stderr and "invalid 1" in result.stderr
    frame = frame_of(out).sort("unit")
    assert "new status" not in frame.columns
    score, scale = frame["new score"][0], frame["new score.scale"][0]
    assert score / scale == 93
    assert frame["new score"][1] is None
    assert f"new {load(SF).items[0].id}" in frame.columns


def test_a_folder_of_parquet_files_is_a_population(engine: str, tmp_path: Path) -> None:
    for part in ("a", "b"):
        folder = tmp_path / "data" / f"district={part}"
        folder.mkdir(parents=True)
        food(folder / "part.parquet", high=[1])
    out = tmp_path / "out.csv"
    result = call("evaluate", SF, tmp_path / "data", "--engine", engine, "--output", out)
    assert result.exit_code == 0, result.stderr
    found = sorted((row["district"], float(row["score"])) for row in written(out))
    assert found == [("a", 93.0), ("b", 93.0)]


def test_names_of_files_are_no_patterns(engine: str, tmp_path: Path) -> None:
    food(tmp_path / "visits 1.parquet", high=[1])
    source = food(tmp_path / "visits [1].parquet", high=[0])
    out = tmp_path / "scores [1] {a}.parquet"
    result = call("evaluate", SF, source, "--engine", engine, "--output", out)
    assert result.exit_code == 0, result.stderr
    assert frame_of(out)["score"].to_list() == [100.0]


def test_empty_columns_and_no_rows(engine: str, tmp_path: Path) -> None:
    out = tmp_path / "out.csv"
    source = file_of(tmp_path / "in.csv", FOOD, "a,,,", "b,,,")
    result = call("evaluate", SF, source, "--engine", engine, "--output", out)
    assert (result.exit_code, [row["status"] for row in written(out)]) == (
        1,
        ["missing-finding"] * 2,
    )
    source = file_of(tmp_path / "none.csv", FOOD)
    result = call("evaluate", SF, source, "--engine", engine, "--output", tmp_path / "none-out.csv")
    assert result.exit_code == 0
    assert "holds no rows" in result.stderr


def test_a_wrong_column_is_named_and_nothing_is_written(engine: str, tmp_path: Path) -> None:
    source = file_of(tmp_path / "in.csv", FOOD.replace("high", "hihg"), "a,1,0,0")
    out = tmp_path / "out.csv"
    result = call("evaluate", SF, source, "--engine", engine, "--output", out)
    assert result.exit_code == 1
    assert "[missing-column]" in result.stderr and "violations.hihg" in result.stderr
    assert not out.exists()
    assert sorted(each.name for each in tmp_path.iterdir()) == ["in.csv"]


def test_a_file_that_is_not_what_its_name_says(engine: str, tmp_path: Path) -> None:
    source = tmp_path / "in.parquet"
    source.write_bytes(b"no parquet at all")
    out = file_of(tmp_path / "out.csv", "old") if engine != "spark" else tmp_path / "out.csv"
    result = call("evaluate", SF, source, "--engine", engine, "--output", out)
    assert result.exit_code == 1
    assert f"{source} $: " in result.stderr and "[wrong-type]" in result.stderr
    assert engine == "spark" or out.read_text() == "old\n"
    assert {each.name for each in tmp_path.iterdir()} <= {"in.parquet", "out.csv"}


FIGURES = """
rubric: ranks
total: 10
given: {cohort: {best: {type: count, range: 0..99, figure: {highest: "default(output.made, 50)"}}}}
items:
  - id: output
    points: 10
    evidence: {made: {type: count, range: 0..99, optional: true}}
    rules: [{award: all, ratio: "default(output.made, 50) / cohort.best", empty: zero}]
"""


def test_a_cell_that_is_wrong_changes_no_figure_of_the_cohort(engine: str, tmp_path: Path) -> None:
    rubric, out = tmp_path / "rubric.yaml", tmp_path / "out.csv"
    rubric.write_text(FIGURES)
    source = file_of(tmp_path / "in.csv", "unit,output.made", "a,20", "b,10")
    result = call("evaluate", rubric, source, "--engine", engine, "--output", out)
    assert result.exit_code == 0, result.stderr
    assert {row["unit"]: float(row["score"]) for row in written(out)} == {"a": 10.0, "b": 5.0}
    file_of(source, "unit,output.made", "a,20", "b,ten")
    result = call("evaluate", rubric, source, "--engine", engine, "--output", tmp_path / "no.csv")
    assert result.exit_code == 1
    assert "[wrong-type]" in result.stderr and "1 rows" in result.stderr
    assert not (tmp_path / "no.csv").exists()


def test_a_row_with_too_many_cells_is_refused(engine: str, tmp_path: Path) -> None:
    source = file_of(tmp_path / "in.csv", FOOD, "a,1,0,0", "b,1,0,0,7")
    result = call("evaluate", SF, source, "--engine", engine, "--output", tmp_path / "out.csv")
    assert result.exit_code == 1
    assert "[wrong-type]" in result.stderr
    assert not (tmp_path / "out.csv").exists()


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "empty"),
        (FOOD.encode() + b",unit\na,1,0,0,b\n", "duplicate-key"),
        ("unit,\u6807\n".encode("gbk"), "not-utf8"),
    ],
)
def test_heads_that_cannot_be_read(tmp_path: Path, content: bytes, code: str) -> None:
    source = tmp_path / "in.csv"
    source.write_bytes(content)
    result = call("evaluate", SF, source, "--engine", "polars", "--output", tmp_path / "out.csv")
    assert result.exit_code == 1
    assert f"{source}:1" in result.stderr and f"[{code}]" in result.stderr


def test_wrong_calls(tmp_path: Path) -> None:
    source = file_of(tmp_path / "in.csv", FOOD, "a,1,0,0")
    other = food(tmp_path / "in.parquet", high=[1])
    text, out = file_of(tmp_path / "in.txt", FOOD), tmp_path / "out.csv"
    engine = ["--engine", "polars"]
    done = [*engine, "--output", out]
    for arguments, said in [
        ([other], "--engine"),
        ([tmp_path], "--engine"),
        ([source, "--key", "unit"], "--key"),
        ([source, "--exact"], "--exact"),
        ([source, *engine], "--output"),
        ([text, *done], ".parquet"),
        (["-", *done], ".parquet"),
        ([tmp_path / "none.csv", *done], "none.csv"),
        ([source, *engine, "--output", source], "used already"),
        ([source, *engine, "--output", tmp_path / "x" / ".." / "in.csv"], "used already"),
        ([source, *engine, "--output", tmp_path / "out.xlsx"], "out.xlsx"),
        ([source, *engine, "--output", tmp_path], "directory"),
        ([source, *engine, "--output", tmp_path / "no" / "out.csv"], "out.csv"),
        ([source, *done, "--format", "json"], "--format"),
        ([source, *done, "--nodes"], "--nodes"),
        ([source, *done, "--input-format", "csv"], "--input-format"),
        ([source, *done, "--problems", tmp_path / "p.csv"], "--key"),
        ([source, *done, "--problems", out, "--key", "unit"], "used already"),
        ([source, *done, "--rows", "cases"], "TABLE=FILE"),
        ([source, *done, "--rows", f"cases={tmp_path / 'no.csv'}"], "no.csv"),
        ([source, *done, "--rows", f"cases={other}"], "format"),
        ([source, *done, "--rows", f"a={text}", "--rows", f"a={text}"], "already"),
        ([source, "--engine", "spark", "--output", other], "already"),
        ([source, "--engine", "pandas", "--output", out], "polars"),
    ]:
        result = call("evaluate", SF, *arguments)
        assert result.exit_code == 2, (arguments, result.output)
        assert said in result.stderr, (arguments, result.stderr)
    assert not out.exists()
    assert source.read_text() == f"{FOOD}\na,1,0,0\n"


def test_an_output_that_is_there_is_replaced(tmp_path: Path) -> None:
    source, out = (
        file_of(tmp_path / "in.csv", FOOD, "a,1,0,0"),
        file_of(tmp_path / "out.csv", "old"),
    )
    assert call("evaluate", SF, source, "--engine", "duckdb", "--output", out).exit_code == 0
    assert [row["unit"] for row in written(out)] == ["a"]


@pytest.mark.parametrize("library", ["polars", "duckdb", "pyspark.sql"])
def test_a_missing_library_is_said(
    library: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, library, None)
    source = file_of(tmp_path / "in.csv", FOOD, "a,1,0,0")
    name = library.partition(".")[0]
    engine = {"pyspark": "spark"}.get(name, name)
    result = call("evaluate", SF, source, "--engine", engine, "--output", tmp_path / "out.csv")
    assert result.exit_code == 2
    assert f"pip install {name}" in result.stderr and "[missing-library]" in result.stderr


def test_steps_are_told(tmp_path: Path) -> None:
    source, out = food(tmp_path / "in.parquet", high=[1, None]), tmp_path / "out.parquet"
    steps: list[str] = []
    tally = score_files(load(SF), "polars", source, out, watch=steps.append)
    assert (tally.rows, tally.wrong) == (2, {"missing-finding": 1})
    assert steps == ["Reading in.parquet", "Scoring into out.parquet", "Counting"]


@pytest.mark.skipif(sys.platform == "win32", reason="needs a pseudo-terminal")
def test_a_terminal_sees_the_speed_and_nothing_else_does(tmp_path: Path) -> None:
    import pty

    source = food(tmp_path / "in.parquet", high=[1] * 1_000)
    ours, theirs = pty.openpty()
    arguments = ["evaluate", SF, source, "--engine", "polars", "--output", tmp_path / "out.csv"]
    process = subprocess.Popen(
        [sys.executable, "-m", "rubric_engine", *map(str, arguments)],
        stdout=subprocess.PIPE,
        stderr=theirs,
        env={**os.environ, "PYTHONPATH": SOURCE, "TERM": "xterm"},
    )
    os.close(theirs)
    seen = b""
    try:
        while chunk := os.read(ours, 4096):
            seen += chunk
    except OSError:
        pass
    os.close(ours)
    output, _ = process.communicate(timeout=60)
    assert (process.returncode, output) == (0, b"")
    assert b"1,000 rows in" in seen and b"rows/s" in seen
