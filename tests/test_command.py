"""The command `rubric`, as a user calls it: what it prints, and how it ends."""

from __future__ import annotations

import csv
import json
import os
import re
import subprocess
import sys
from io import StringIO
from pathlib import Path
from unicodedata import east_asian_width

import pytest

pytest.importorskip("click")

from click.testing import CliRunner

from rubric_engine import Evaluation, evaluate, load
from rubric_engine.command import MANY, main

SF = "sf-food-safety"
HEADER = "key,violations.high,violations.moderate,violations.low\n"
SOURCE = str(Path(sys.modules["rubric_engine"].__file__).parents[1])


def call(*arguments, **options):
    """Call the command in this process."""
    return CliRunner().invoke(main, [str(each) for each in arguments], **options)


def run(*arguments, stdin=b"", **variables):
    """Call the command as a process of its own."""
    environment = {**os.environ, "PYTHONPATH": SOURCE, **variables}
    return subprocess.run(
        [sys.executable, "-m", "rubric_engine", *map(str, arguments)],
        input=stdin,
        capture_output=True,
        env=environment,
        timeout=60,
        check=False,
    )


@pytest.fixture
def sheets(tmp_path):
    """Write a CSV file of the rows, below the header of sf-food-safety."""

    def write(*rows, name="visits.csv", header=HEADER):
        path = tmp_path / name
        path.write_text(header + "".join(f"{row}\n" for row in rows), encoding="utf-8")
        return path

    return write


# list, show, help


def test_every_command_has_a_sentence_and_an_example():
    for name in main.commands:
        result = call(name, "--help")
        assert result.exit_code == 0
        assert f"Example: rubric {name}" in result.stdout
    assert "..." not in call("--help").stdout.partition("Commands:")[2]


def test_list_names_the_built_in_rubrics():
    result = call("list", env={"RUBRIC_ENGINE_NO_PLUGINS": "1"})
    assert result.exit_code == 0
    lines = result.stdout.splitlines()
    assert lines[0].split() == ["name", "version", "title", "points", "items", "from", "provenance"]
    by_name = {line.split()[0]: line for line in lines[1:]}
    assert {"dongcheng-community", SF, "uk-food-hygiene"} <= set(by_name)
    assert "partly illustrative" in by_name["dongcheng-community"]
    assert by_name["dongcheng-community"].split()[3:5] == ["100", "50"]
    assert "illustrative" not in by_name[SF]
    assert by_name[SF].endswith("built in")
    assert "Cannot be used" not in result.stdout


def test_columns_stand_under_each_other_where_chinese_is_two_wide():
    def wide(text):
        return sum(2 if east_asian_width(sign) in "WF" else 1 for sign in text)

    lines = call("list", env={"RUBRIC_ENGINE_NO_PLUGINS": "1"}).stdout.splitlines()
    ends = {wide(line.partition("  built in")[0]) for line in lines[1:]}
    assert len(ends) == 1


def test_list_names_broken_plugins_with_their_reason(tmp_path):
    folder = tmp_path / "broken_rubric-1.2.dist-info"
    folder.mkdir()
    (folder / "METADATA").write_text("Metadata-Version: 2.1\nName: broken-rubric\nVersion: 1.2\n")
    (folder / "entry_points.txt").write_text(
        f"[rubric_engine.rubrics]\nbroken = no_such_module\n{SF} = no_such_module\n"
    )
    path = os.pathsep.join([SOURCE, str(tmp_path)])
    result = run("list", PYTHONPATH=path)
    assert result.returncode == 0
    above, _, below = result.stdout.decode().partition("Cannot be used:")
    assert "broken (broken-rubric 1.2): ModuleNotFoundError" in below
    assert f"{SF} (broken-rubric 1.2): " in below
    assert next(line for line in above.splitlines() if SF in line).endswith("built in")
    result = run("show", "broken", PYTHONPATH=path)
    assert result.returncode == 2
    assert b"broken-rubric 1.2" in result.stderr
    assert b"Traceback" not in result.stderr


def test_show_in_both_languages():
    chinese = call("show", "dongcheng-community", "--language", "zh")
    english = call("show", "dongcheng-community", "--language", "en")
    assert chinese.exit_code == english.exit_code == 0
    assert "领导班子建设" in chinese.stdout
    assert "Leading-group building" in english.stdout
    assert call("show", "dongcheng-community").stdout == chinese.stdout


def test_version():
    result = call("--version")
    assert result.exit_code == 0
    assert result.stdout.startswith("rubric, version ")


# evaluate


def test_table(sheets):
    result = call("evaluate", SF, sheets("东城,1,2,0", "b,0,0,0"))
    assert result.exit_code == 0
    assert result.stderr == ""
    assert [line.split() for line in result.stdout.splitlines()] == [
        ["key", "score", "stars", "grade"],
        ["东城", "85"],
        ["b", "100"],
    ]
    _, first, second = result.stdout.splitlines()
    assert first == "东城     85"
    assert second == "b       100"


def test_stars_grade_and_nodes(tmp_path):
    path = tmp_path / "one.yaml"
    path.write_text(
        "{hygiene: {score: 5}, structural: {score: 5}, confidence_in_management: {score: 0}}"
    )
    result = call("evaluate", "uk-food-hygiene", path, "--format", "csv", "--nodes")
    assert result.exit_code == 0, result.output
    head, row = csv.reader(StringIO(result.stdout))
    assert head[:4] == ["key", "score", "stars", "grade"]
    found = dict(zip(head, row, strict=True))
    assert found["key"] == "one"
    assert (found["score"], found["stars"], found["hygiene"]) == ("10", "5", "5")


def test_a_node_named_like_a_column(tmp_path):
    (tmp_path / "rubric.yaml").write_text(
        "rubric: odd\nitems: [{id: score, points: 1, evidence: {n: count},"
        " rules: [{deduct: 0.5, per: n}]}]\n"
    )
    (tmp_path / "sheet.json").write_text('{"score": {"n": 1}}')
    result = call(
        "evaluate", tmp_path / "rubric.yaml", tmp_path / "sheet.json", "--format=csv", "--nodes"
    )
    assert result.stdout == "key,score,stars,grade,score.score\nsheet,0.5,,,0.5\n"


def test_json_makes_results_again(sheets):
    result = call("evaluate", SF, sheets("a,1,2,0", "b,0,0,3"), "--format", "json")
    assert result.exit_code == 0
    first, second = json.loads(result.stdout)
    assert (first["key"], second["key"]) == ("a", "b")
    expected = evaluate(load(SF), {"violations": {"high": 1, "moderate": 2, "low": 0}})
    assert Evaluation.from_dict(first) == expected
    assert Evaluation.from_dict(second).score == 94


@pytest.mark.parametrize("form", ["yaml", "json", "csv"])
def test_standard_input(form, sheets):
    row = {"high": 1, "moderate": 0, "low": 0}
    text = json.dumps({"violations": row}) if form != "csv" else HEADER + "stdin,1,0,0\n"
    result = call("evaluate", SF, "-", "--input-format", form, "--format=csv", input=text)
    assert result.exit_code == 0
    assert result.stdout == "key,score,stars,grade\nstdin,93,,\n"


def test_standard_input_must_be_said_to_be_something():
    result = call("evaluate", SF, "-", input="{}")
    assert result.exit_code == 2
    assert "--input-format" in result.stderr


def test_a_file_whose_name_does_not_tell(sheets):
    path = sheets("a,1,0,0", name="visits.txt")
    assert call("evaluate", SF, path).exit_code == 2
    assert call("evaluate", SF, path, "--input-format", "csv").exit_code == 0
    path = sheets("a,1,0,0", name="VISITS.CSV")
    assert call("evaluate", SF, path).exit_code == 0


def test_output(sheets, tmp_path):
    out = tmp_path / "scores.csv"
    result = call("evaluate", SF, sheets("东城,1,2,0"), "--format", "csv", "--output", out)
    assert (result.exit_code, result.stdout) == (0, "")
    assert out.read_bytes() == "key,score,stars,grade\n东城,85,,\n".encode()


def test_output_never_over_the_evidence(sheets):
    path = sheets("a,1,2,0")
    before = path.read_bytes()
    result = call("evaluate", SF, path, "--output", path)
    assert result.exit_code == 2
    assert path.read_bytes() == before


def test_wrong_evidence_leaves_the_output_alone(sheets, tmp_path):
    out = tmp_path / "scores.csv"
    out.write_text("old")
    assert call("evaluate", SF, sheets("a,1"), "--output", out).exit_code == 1
    assert out.read_text() == "old"


# problems


def test_good_sheets_are_scored_beside_bad_ones(sheets):
    path = sheets("a,1,2,0", "b,x,-1,0", "c,0,0,", "d,0,0,0")
    result = call("evaluate", SF, path, "--format", "csv")
    assert result.exit_code == 1
    assert [row[0] for row in csv.reader(StringIO(result.stdout))] == ["key", "a", "d"]
    lines = result.stderr.splitlines()
    assert len(lines) == 4
    assert lines[0].startswith(f"{path}:3") and "b: violations.high" in lines[0]
    assert "[wrong-type]" in lines[0] and "expected a whole number" in lines[0]
    assert lines[1].startswith(f"{path}:3") and "b: violations.moderate" in lines[1]
    assert lines[2].startswith(f"{path}:4") and "[missing-finding]" in lines[2]
    assert lines[3] == f"3 problems in {path}."


def test_problems_as_data(sheets):
    path = sheets("a,1,2,0", "b,x,0,0")
    result = call("evaluate", SF, path, "--format", "json")
    assert result.exit_code == 1
    good, bad = json.loads(result.stdout)
    assert good["score"] == "85"
    assert bad["key"] == "b"
    (problem,) = bad["problems"]
    assert problem["code"] == "wrong-type"
    assert problem["path"] == "violations.high"
    assert (problem["file"], problem["line"]) == (str(path), 3)


def test_line_and_column_in_yaml(tmp_path):
    path = tmp_path / "many.yaml"
    path.write_text(
        "sheets:\n"
        "  a: {violations: {high: 0, moderate: 0, low: 0}}\n"
        "  b:\n"
        "    violations: {high: 0, moderat: 0, low: 0, moderate: 1}\n"
    )
    result = call("evaluate", SF, path)
    assert result.exit_code == 1
    assert re.search(re.escape(str(path)) + r":4:\d+ b: violations.moderat: ", result.stderr)
    assert "did you mean 'moderate'?" in result.stderr
    assert "a  " in result.stdout


def test_unknown_column_with_the_nearest_name(sheets):
    header = "key,violations.hihg,violations.moderate,violations.low\n"
    result = call("evaluate", SF, sheets("a,1,2,0", header=header))
    assert result.exit_code == 1
    assert "violations.hihg" in result.stderr
    assert "did you mean 'high'?" in result.stderr
    assert "[unknown-field]" in result.stderr


@pytest.mark.parametrize(
    ("name", "content", "code"),
    [
        ("a.csv", "key,标题\n".encode("gbk"), "not-utf8"),
        ("a.yaml", "标题: 1\n".encode("gbk"), "not-utf8"),
        ("a.csv", b"", "empty"),
        ("a.yaml", b"", "empty"),
        ("a.json", b"", "empty"),
        ("a.json", b"[1]", "not-a-mapping"),
        ("a.json", b'{"a": ', "not-yaml"),
        ("a.yaml", b"a: &b 1\nc: *b\n", "anchor"),
        ("a.csv", HEADER.encode() + b"a,1,0,0\na,1,0,0\n", "duplicate-key"),
        ("a.csv", HEADER.encode() + b'"a,1,0,0\n', "wrong-type"),
    ],
)
def test_files_that_cannot_be_read(tmp_path, name, content, code):
    path = tmp_path / name
    path.write_bytes(content)
    for command in ("evaluate", "explain"):
        result = call(command, SF, path)
        assert result.exit_code == 1
        assert result.stdout == ""
        assert f"{path}:" in result.stderr
        assert f"[{code}]" in result.stderr


def test_a_file_of_no_sheets(sheets):
    result = call("evaluate", SF, sheets(), "--format", "json")
    assert (result.exit_code, json.loads(result.stdout)) == (0, [])
    assert "holds no sheets" in result.stderr


@pytest.mark.parametrize("command", ["show", "evaluate", "explain"])
def test_an_unknown_rubric_is_a_wrong_call(command, sheets):
    evidence = [] if command == "show" else [sheets("a,1,0,0")]
    result = call(command, "sf-food-safty", *evidence)
    assert result.exit_code == 2
    assert f"did you mean '{SF}'?" in result.stderr
    assert call(command, "no/such/file.yaml", *evidence).exit_code == 2


def test_a_missing_file_and_a_directory_are_wrong_calls(sheets, tmp_path):
    for evidence in (tmp_path / "none.csv", tmp_path):
        result = call("evaluate", SF, evidence)
        assert result.exit_code == 2
        assert str(evidence) in result.stderr
    path = sheets("a,1,0,0")
    for output in (tmp_path / "none" / "out.csv", tmp_path):
        result = call("evaluate", SF, path, "--output", output)
        assert result.exit_code == 2
        assert str(output) in result.stderr
    assert call("show", tmp_path).exit_code == 2


def test_a_rubric_with_problems(sheets, tmp_path):
    path = tmp_path / "rubric.yaml"
    path.write_text("rubric: r\nitems:\n  - {id: a, points: 1, rules: [{deduct: 1, wen: b}]}\n")
    result = call("evaluate", path, sheets("a,1,0,0"))
    assert result.exit_code == 1
    assert f"{path}:3:" in result.stderr
    assert "did you mean 'when'?" in result.stderr
    assert call("show", path).exit_code == 1


# what others do with the output


def test_no_cell_is_a_formula(sheets):
    keys = ["=1+1", "+cmd", "-2+3", "@SUM(A1)", "＝1", "-5", "+5", "-5.25", "plain", '"=a,""b"""']
    result = call("evaluate", SF, sheets(*(f"{key},0,0,0" for key in keys)), "--format", "csv")
    assert result.exit_code == 0
    found = [row[0] for row in csv.reader(StringIO(result.stdout))][1:]
    assert found == [
        *("'=1+1", "'+cmd", "'-2+3", "'@SUM(A1)", "'＝1"),
        *("-5", "+5", "-5.25", "plain", '\'=a,"b"'),
    ]


def test_no_text_commands_the_terminal(sheets):
    path = sheets("a\x1b[2J,1,0,0", "b\u202e,x,0,0")
    result = call("evaluate", SF, path)
    assert "\x1b" not in result.output and "\u202e" not in result.output
    assert r"a\x1b[2J" in result.stdout


def test_a_closed_pipe_is_no_traceback(sheets):
    path = sheets(*(f"{number},0,0,0" for number in range(20_000)))
    process = subprocess.Popen(
        [sys.executable, "-m", "rubric_engine", "evaluate", SF, path, "--format", "csv"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": SOURCE},
    )
    process.stdout.readline()
    process.stdout.close()
    error = process.stderr.read()
    process.stderr.close()
    assert process.wait(timeout=60) in (0, 1)
    assert error == b""


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no full device here")
def test_a_full_disk_is_no_traceback(sheets):
    result = run("evaluate", SF, sheets("a,0,0,0"), "--output", "/dev/full")
    assert result.returncode == 2
    assert b"No space left" in result.stderr
    assert b"Traceback" not in result.stderr


@pytest.mark.parametrize(
    "variables",
    [
        {"LC_ALL": "C", "PYTHONCOERCECLOCALE": "0", "PYTHONUTF8": "0"},
        {"LC_ALL": "POSIX"},
        {"PYTHONIOENCODING": "ascii"},
        {"PYTHONIOENCODING": "latin-1"},
    ],
)
def test_chinese_in_any_locale(variables, sheets):
    result = run("evaluate", SF, sheets("东城,0,0,0"), **variables)
    assert result.returncode == 0, result.stderr
    assert "东城" in result.stdout.decode("utf-8")
    result = run("evaluate", SF, sheets("东城,x,0,0", "b,0,0,0"), **variables)
    assert result.returncode == 1
    assert "东城: violations.high" in result.stderr.decode("utf-8")
    result = run("demo", "--language", "zh", **variables)
    assert result.returncode == 0
    assert "虚构" in result.stdout.decode("utf-8")


def test_an_undecodable_file_name(tmp_path):
    try:
        path = os.fsencode(tmp_path) + b"/\xff.csv"
        Path(os.fsdecode(path)).write_bytes(b"")
    except OSError:
        pytest.skip("this file system takes no such name")
    result = run("evaluate", SF, os.fsdecode(path))
    assert result.returncode == 1
    assert b"Traceback" not in result.stderr
    assert b"[empty]" in result.stderr


@pytest.mark.skipif(sys.platform == "win32", reason="needs a pseudo-terminal")
@pytest.mark.parametrize(("count", "shown"), [(MANY + 500, True), (10, False)])
def test_a_terminal_sees_the_progress_of_long_files(sheets, count, shown):
    import pty

    path = sheets(*(f"{number},0,0,0" for number in range(count)))
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "rubric_engine", "evaluate", SF, path, "--format", "csv"],
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
    assert process.returncode == 0
    assert output.count(b"\n") == count + 1
    assert (b"Scoring" in seen and b"100%" in seen) is shown


def test_no_progress_where_there_is_no_terminal(sheets):
    result = run("evaluate", SF, sheets(*(f"{number},0,0,0" for number in range(MANY + 1))))
    assert result.returncode == 0
    assert result.stderr == b""


def test_without_click_one_line_says_what_to_do(tmp_path):
    (tmp_path / "click.py").write_text("raise ModuleNotFoundError('click')\n")
    result = run("list", PYTHONPATH=os.pathsep.join([str(tmp_path), SOURCE]))
    assert result.returncode == 2
    assert result.stdout == b""
    assert len(result.stderr.splitlines()) == 1
    assert b"pip install" in result.stderr


# explain, demo


def test_explain_one_sheet_or_all(sheets):
    path = sheets("a,1,0,0", "b,0,1,0")
    both = call("explain", SF, path)
    assert both.exit_code == 0
    assert "== a ==" in both.stdout and "== b ==" in both.stdout
    one = call("explain", SF, path, "--sheet", "b", "--all")
    assert one.exit_code == 0
    assert "96" in one.stdout and "== " not in one.stdout
    expected = evaluate(load(SF), {"violations": {"high": 0, "moderate": 1, "low": 0}})
    assert expected.explain(everything=True) in one.stdout


def test_explain_in_a_language(sheets):
    path = sheets("a,1,0,0")
    assert call("explain", SF, path, "--language", "zh").exit_code == 0
    assert call("explain", SF, path, "--language", "fr").exit_code == 2


def test_explain_an_unknown_sheet(sheets):
    result = call("explain", SF, sheets("north,1,0,0", "south,0,0,0"), "--sheet", "nort")
    assert result.exit_code == 2
    assert "did you mean 'north'?" in result.stderr


def test_explain_beside_bad_sheets(sheets):
    result = call("explain", SF, sheets("a,x,0,0", "b,0,0,0"))
    assert result.exit_code == 1
    assert "== b ==" in result.stdout and "a: violations.high" in result.stderr
    assert call("explain", SF, sheets("a,x,0,0", "b,0,0,0"), "--sheet", "b").exit_code == 0


@pytest.mark.parametrize(("language", "synthetic"), [("en", "synthetic"), ("zh", "虚构")])
def test_demo(language, synthetic):
    result = call("demo", "--language", language)
    assert result.exit_code == 0
    assert "partly illustrative" in result.stdout
    assert synthetic in result.stdout
    lines = [line.split() for line in result.stdout.splitlines()]
    assert ["synthetic-01", "97.96", "5", "5"] in lines
    assert ["synthetic-05", "40.505", "1", "1"] in lines
    assert result.stdout.count("==") == 2
