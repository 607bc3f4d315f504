"""`rubric check`, as a user calls it: what it tells, and how it ends."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("click")

from click.testing import CliRunner

from rubric_engine import checked
from rubric_engine.command import main
from test_diagnostics import RUBRIC, SOURCES, refused

UNUSED = RUBRIC.replace("late: flag}", "late: flag, unused: flag}")
WRONG = RUBRIC.replace("when: late", "when: latte")
CASES = """\
sheets: {full: {plan: {missing: 0, late: false}}}
cases:
  - {name: full marks, source: clause 1, sheet: full, expect: {score: 10}}
  - {name: late, source: clause 2, sheet: full, change: {plan.late: true}, expect: {score: 8}}
"""


def call(*arguments):
    return CliRunner().invoke(main, ["check", *map(str, arguments)])


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A folder to work in, with what writes rubrics there."""
    monkeypatch.chdir(tmp_path)

    def write(**texts):
        for name, text in texts.items():
            path = tmp_path / name.replace("__", "/").replace("_", ".")
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        return tmp_path

    return write


def test_a_sound_rubric_is_counted_and_ends_with_0(folder):
    folder(a_yaml=RUBRIC)
    for name in ("a.yaml", "sf-food-safety"):
        result = call(name)
        assert (result.exit_code, result.stderr) == (0, "")
        assert result.output.startswith(f"{name}: ") and result.output.endswith(" proved\n")
        assert result.output.count("\n") == 1
    assert call("a.yaml", "--quiet").output == ""
    everything = call("a.yaml", "--all").output
    assert "a.yaml:1:1: proved: total: the score of this node lies within these bounds [score-range]" in everything


def test_what_is_wrong_ends_with_1_and_is_shown(folder):
    folder(a_yaml=WRONG)
    result = call("a.yaml")
    assert (result.exit_code, result.stderr) == (1, "")
    assert result.output == (
        "a.yaml:9:27: error: this name is not known here [unknown-name]\n"
        "  9 |       - {deduct: 2, when: latte}\n"
        "    |                           ^^^^^\n"
        "  did you mean: late\n"
        "  expected: a field, or the id of a node\n"
        "  to mend it: Correct the spelling, or declare it: a field under `evidence`, a node by its `id`, a given number under `given`.\n"
        "  at: $.items[0].rules[1].when\n"
        "\n"
        "a.yaml: 1 wrong\n"
    )


def test_what_is_suspect_fails_only_when_asked(folder):
    folder(a_yaml=UNUSED)
    assert call("a.yaml").exit_code == 0
    assert "[unused-field]" in call("a.yaml", "--quiet").output
    assert call("a.yaml", "--strict").exit_code == 1
    assert call("a.yaml", "--strict", "--quiet").exit_code == 1
    folder(a_yaml=RUBRIC)
    assert call("a.yaml", "--strict").exit_code == 0


def test_the_language_is_the_rubrics_own_unless_one_is_named(folder):
    folder(a_yaml="language: zh\n" + WRONG, b_yaml=WRONG)
    result = call("a.yaml", "b.yaml")
    assert "a.yaml:10:27: 错误：" in result.output and "b.yaml:9:27: error: " in result.output
    assert "错误" not in call("a.yaml", "--language", "en").output
    assert "error" not in call("b.yaml", "--language", "zh").output
    assert json.loads(call("a.yaml", "b.yaml", "--format", "sarif").output)["runs"][0]["language"] == "zh-CN"


def test_a_folder_gives_all_its_rubrics_and_nothing_else(folder):
    folder(
        a_yaml=WRONG,
        deep__down__rubric_yaml="- no rubric at all\n",
        deep__b_yml="\ufeffrubric: b\nitems: [\n",
        c_json='{"note": 1, "rubric": "c", "items": [{"id": "x", "points": 1, "start": "full"}]}',
        own_yaml="extends: sf-food-safety\nrubric: own\n",
        cases_yaml=CASES,
        sheets_yaml="sheets: {a: {rubric: 3}}\n",
        data_json='{"a": "rubric: x"}',
        note_txt=RUBRIC,
    )
    folder(**{".hidden__d_yaml".replace(".", ""): RUBRIC})
    Path(".git").mkdir()
    Path(".git/e.yaml").write_text(RUBRIC)
    result = call(".", "--format", "json")
    assert result.exit_code == 1
    names = [each["file"] for each in json.loads(result.output)["files"]]
    assert names == ["a.yaml", "c.json", "deep/b.yml", "deep/down/rubric.yaml", "hidden/d.yaml", "own.yaml"]
    assert [each["counts"]["wrong"] for each in json.loads(result.output)["files"]] == [1, 0, 1, 1, 0, 0]
    # One that is named twice is checked once.
    assert call(".", "a.yaml", "--format", "json").output == result.output


def test_a_folder_named_like_a_rubric_is_the_rubric(folder):
    folder(**{"sf-food-safety__a_yaml": WRONG})
    assert call("sf-food-safety").exit_code == 0
    assert call("./sf-food-safety").exit_code == 1


def test_a_wrong_call_ends_with_2(folder):
    folder(a_yaml=RUBRIC, empty__note_txt="")
    for arguments, said in (
        ([], "Missing argument"),
        (["no-such-rubric"], "no rubric of this name"),
        (["a.yaml", "gone.yaml"], "gone.yaml"),
        (["empty"], "there is no rubric file in this folder"),
        (["a.yaml", "--all", "--quiet"], "do not go together"),
        (["a.yaml", "--least", "most"], "a share is from 0 to 1"),
        (["a.yaml", "--least", "101%"], "a share is from 0 to 1"),
        (["a.yaml", "--least", "-1"], "a share is from 0 to 1"),
        (["a.yaml", "--format", "xml"], "xml"),
        (["a.yaml", "--output", "./a.yaml"], "this is a FILE that is checked"),
        (["a.yaml", "--output", "gone/report.txt"], "gone/report.txt"),
    ):
        result = call(*arguments)
        assert result.exit_code == 2, arguments
        assert said in result.stderr, arguments
    assert Path("a.yaml").read_text() == RUBRIC


def test_the_report_goes_into_a_file(folder):
    folder(a_yaml="language: zh\n" + WRONG)
    shown = call("a.yaml")
    result = call("a.yaml", "--output", "report.txt")
    assert (result.exit_code, result.output) == (1, "")
    assert Path("report.txt").read_text("utf-8") == shown.output


def test_json_and_sarif_are_for_programs(folder):
    folder(a_yaml=WRONG, **{"sub__计 划_yaml": UNUSED})
    data = json.loads(call(".", "--format", "json").output)
    assert [each["file"] for each in data["files"]] == ["a.yaml", "sub/计 划.yaml"]
    log = json.loads(call(".", "sf-food-safety", "--format", "sarif", "--all").output)
    assert refused(log) == []
    (run,) = log["runs"]
    uris = {each["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] for each in run["results"]}
    assert {"a.yaml", "sub/%E8%AE%A1%20%E5%88%92.yaml"} <= uris
    # What stands elsewhere has a URI of its own.
    (other,) = uris - {"a.yaml", "sub/%E8%AE%A1%20%E5%88%92.yaml"}
    assert other.startswith("file:///") and other.endswith("/sf-food-safety/rubric.yaml")
    assert "version" in run["tool"]["driver"]


def test_without_an_installed_distribution_there_is_no_version(folder, monkeypatch):
    def version(name):
        raise checked.PackageNotFoundError(name)

    monkeypatch.setattr(checked, "version", version)
    folder(a_yaml=RUBRIC)
    assert "version" not in json.loads(call("a.yaml", "--format", "sarif").output)["runs"][0]["tool"]["driver"]


def test_a_rubric_that_is_no_file_is_named_as_it_is(monkeypatch):
    # As one of a plugin in a zip archive is.
    monkeypatch.setattr(checked, "find_rubric", lambda name: object())
    assert checked._uri("our rubric") == "our%20rubric"


# golden cases


def test_what_the_cases_exercise_is_told_and_can_be_asked_for(folder):
    folder(rubric_yaml=RUBRIC, cases_yaml=CASES)
    result = call("rubric.yaml", "--cases")
    assert result.exit_code == 0
    assert "plans 1: " in result.output and "2 cases scored, 0 refused" in result.output
    share = json.loads(call("rubric.yaml", "--cases", "--format", "json").output)["files"][0]["cases"]["share"]
    assert 0 < eval(share) < 1
    assert call("rubric.yaml", "--least", "0").exit_code == 0
    assert call("rubric.yaml", "--least", share).exit_code == 0
    result = call("rubric.yaml", "--least", "100%", "--quiet")
    assert result.exit_code == 1
    assert "rubric.yaml: the cases exercise " in result.output and "less than 100 %" in result.output
    assert "用例只覆盖" in call("rubric.yaml", "--least", "100%", "--language", "zh").output
    assert json.loads(call("rubric.yaml", "--format", "json").output)["files"][0]["cases"] is None


def test_a_case_that_gives_something_else_is_told(folder):
    folder(rubric_yaml=RUBRIC, cases_yaml=CASES.replace("score: 8", "score: 9"))
    result = call("rubric.yaml", "--cases", "--quiet")
    assert result.exit_code == 1
    assert "plans: late (clause 2)\n  score: expected 9, got 8" in result.output
    (failed,) = json.loads(call("rubric.yaml", "--cases", "--format", "json").output)["files"][0]["cases"]["failed"]
    assert failed["name"] == "late" and "expected 9" in failed["differences"]
    result = call("rubric.yaml", "--least", "1", "--format", "sarif")
    assert result.exit_code == 1
    assert refused(json.loads(result.stdout)) == []
    assert "expected 9, got 8" in result.stderr and "the cases exercise" in result.stderr


def test_cases_that_are_wrong_or_not_there(folder):
    folder(rubric_yaml=RUBRIC, cases_yaml=CASES.replace("sheet: full, expect", "sheet: ful, expect"))
    result = call("rubric.yaml", "--cases")
    assert result.exit_code == 1
    assert "cases.yaml:3:" in result.output and "^^^" in result.output
    assert json.loads(call("rubric.yaml", "--cases", "--format", "json").output)["files"][0]["cases"] is None
    Path("cases.yaml").unlink()
    assert call("rubric.yaml", "--cases").exit_code == 0
    assert "0 cases scored" in call("rubric.yaml", "--cases").output
    assert call("rubric.yaml", "--cases", "--least", "1%").exit_code == 1
    folder(rubric_yaml=WRONG)
    result = call("rubric.yaml", "--cases")
    assert result.exit_code == 1 and "cases scored" not in result.output


def test_as_a_process_it_writes_utf8_and_no_sign_that_commands_a_terminal(folder):
    folder(a_yaml=WRONG.replace("when: latte", 'when: latte, says: "计划\u202e\u2028"'))
    environment = {**os.environ, "PYTHONPATH": str(SOURCES.parent), "LC_ALL": "C", "PYTHONUTF8": "0"}
    command = [sys.executable, "-m", "rubric_engine", "check", "a.yaml", "--language", "zh"]
    done = subprocess.run(command, capture_output=True, env=environment, timeout=60, check=False)
    assert done.returncode == 1
    text = done.stdout.decode("utf-8")
    assert "错误：此处没有这个名称" in text and "\\u202e" in text
    assert done.stderr == b""
