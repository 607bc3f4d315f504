"""`rubric template` and `rubric improve`."""

from __future__ import annotations

from pathlib import Path

import pytest

pytest.importorskip("click")

from click.testing import CliRunner, Result

from rubric_engine.command import main

RUBRIC = """
rubric: small
language: en
total: 10
given: {cycle: {mean: {type: count, range: 0..9}}}
grades: [{stars: 5, from: 9}, {stars: 1}]
items:
  - {id: a, points: 5, evidence: {x: [count, Plans missing]}, rules: [{deduct: 1, per: x}]}
  - {id: b, points: 5, evidence: {y: flag}, rules: [{deduct: 5, unless: y}, {deduct: 1, when: cycle.mean > 8}]}
"""
SHEETS = "sheets:\n  north: {a: {x: 2}, b: {y: true}}\n  south: {a: {x: 0}, b: {y: false}}\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "small.yaml").write_text(RUBRIC, encoding="utf-8")
    (tmp_path / "sheets.yaml").write_text(SHEETS, encoding="utf-8")
    (tmp_path / "given.yaml").write_text("cycle: {mean: 5}", encoding="utf-8")
    (tmp_path / "costs.yaml").write_text("a: {each: 0.5}\nb.y: 9", encoding="utf-8")
    (tmp_path / "list.yaml").write_text("- 1", encoding="utf-8")
    (tmp_path / "bad.yaml").write_text("sheets:\n  one: {a: {x: -1}}\n", encoding="utf-8")
    return tmp_path


def run(folder: Path, *arguments: str) -> Result:
    names = [str(folder / each) if each.endswith((".yaml", ".csv")) else each for each in arguments]
    return CliRunner().invoke(main, names)


def test_template_prints_and_writes(folder: Path) -> None:
    done = run(folder, "template", "small.yaml")
    assert (done.exit_code, "# Plans missing: whole number" in done.output) == (0, True)
    assert "整数" in run(folder, "template", "small.yaml", "--language", "zh").output
    done = run(folder, "template", "small.yaml", "--format", "csv", "--output", "o.csv", "--fields", "f.csv")
    assert (done.exit_code, done.output) == (0, "")
    assert (folder / "o.csv").read_text("utf-8") == "assessee,a.x,b.y,cycle.mean\n"
    assert (folder / "f.csv").read_text("utf-8").startswith("column,item,finding,type,expected,methods\n")
    (folder / "o.csv").write_text("assessee,a.x,b.y,cycle.mean\nnorth,1,true,5\n", encoding="utf-8")
    assert "north" in run(folder, "evaluate", "small.yaml", "o.csv").output


@pytest.mark.parametrize(
    "arguments",
    [
        ["template", "small.yaml", "--output", "sheets.yaml"],
        ["template", "small.yaml", "--fields", "f.csv"],
        ["template", "small.yaml", "--format", "csv", "--output", "n.csv", "--fields", "n.csv"],
        ["template", "nowhere"],
        ["improve", "small.yaml", "sheets.yaml"],
        ["improve", "small.yaml", "sheets.yaml", "--to", "5", "--points", "3"],
        ["improve", "small.yaml", "sheets.yaml", "--to", "6", "--given", "given.yaml"],
        ["improve", "small.yaml", "sheets.yaml", "--to", "5", "--sheet", "nort"],
        ["improve", "small.yaml", "sheets.yaml", "--to", "5", "--fixed", "c", "--given", "given.yaml"],
    ],
)
def test_a_wrong_call_ends_with_2(folder: Path, arguments: list[str]) -> None:
    done = run(folder, *arguments)
    assert (done.exit_code, "Traceback" in done.output) == (2, False), done.output
    assert (folder / "sheets.yaml").read_text("utf-8") == SHEETS
    assert not (folder / "n.csv").exists()


def test_improve_tells_the_way_of_each_sheet(folder: Path) -> None:
    done = run(folder, "improve", "small.yaml", "sheets.yaml", "--to", "5", "--given", "given.yaml")
    assert done.exit_code == 0
    assert "== north ==\nTo 5 stars: 1 finding to repair, cost 1." in done.output
    assert "a.x  2 → 1" in done.output
    priced = ["--costs", "costs.yaml", "--given", "given.yaml", "--language", "zh"]
    done = run(folder, "improve", "small.yaml", "sheets.yaml", "--points", "10", "--sheet", "south", *priced)
    assert (done.exit_code, "==" in done.output) == (0, True)
    assert "代价 9" in done.output
    kept = run(folder, "improve", "small.yaml", "sheets.yaml", "--to", "5", "--fixed", "b", "--given", "given.yaml")
    assert (kept.exit_code, "5 stars cannot be reached" in kept.output) == (0, True)
    only = run(folder, "improve", "small.yaml", "sheets.yaml", "--to", "5", "--only", "b.y", "--given", "given.yaml")
    assert "the score: 9 is needed, 8 can be reached" in only.output


def test_bad_sheets_and_files_end_with_1(folder: Path) -> None:
    done = run(folder, "improve", "small.yaml", "bad.yaml", "--to", "5")
    assert done.exit_code == 1
    assert "bad.yaml:2:16 a.x" in done.output
    assert run(folder, "improve", "small.yaml", "sheets.yaml", "--to", "5", "--costs", "list.yaml").exit_code == 1
