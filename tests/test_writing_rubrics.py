"""`rubric new`, `rubric fmt` and `rubric diff`, as an author calls them."""

from __future__ import annotations

import json
import os
import stat
import sys
from pathlib import Path

import pytest

pytest.importorskip("click")

from click.testing import CliRunner

from rubric_engine import load, loads
from rubric_engine.canonical import canonical_text
from rubric_engine.claims import CLAIMS
from rubric_engine.command import main
from rubric_engine.starter import LANGUAGES, starter, starter_cases
from rubric_engine.testing import check_case, golden_cases

UNTIDY = "items: # all\n- {points: 2, id: plan}\nrubric: 'x'\n"
TIDY = "rubric: x\nitems:  # all\n  - id: plan\n    points: 2\n"


def call(*arguments, **options):
    return CliRunner().invoke(main, [str(each) for each in arguments], **options)


# new


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_starter_is_a_sound_rubric_that_nothing_is_suspect_of(language):
    text = starter("mine", language)
    rubric = loads(text)
    assert (rubric.name, rubric.language, rubric.provenance) == ("mine", language, "illustrative")
    assert canonical_text(text) == text
    assert canonical_text(starter_cases(language)).count("#") == starter_cases(language).count("#")
    check = pytest.importorskip("rubric_engine.checking").check
    report = check(rubric)
    told = [each for each in report.claims if each.verdict != "proved"]
    assert (report.wrong, told) == ((), [])
    assert {each.code for each in report.claims} <= set(CLAIMS)


def test_a_starter_shows_the_main_things():
    text = starter("mine")
    rubric = loads(text)
    assert len(rubric.indicators) == 2
    assert sum(len(each.items) for each in rubric.indicators) == 4
    for word in ("flag", "count", "choice", "bonus", "up_to", "at_most", "stars", "# "):
        assert word in text
    english, chinese = (loads(starter("mine", each)) for each in LANGUAGES)
    assert [node.id for node in english.nodes()] == [node.id for node in chinese.nodes()]
    assert english.grades[0].at_least == chinese.grades[0].at_least


@pytest.mark.parametrize("language", LANGUAGES)
def test_new_writes_a_folder_whose_cases_hold_and_exercise_all(language, tmp_path):
    folder = tmp_path / "a" / "scheme"
    result = call("new", "my-scheme", "--language", language, "--output", folder)
    assert (result.exit_code, result.output) == (0, "")
    cases = golden_cases(folder)
    assert len(cases) == 9
    for case in cases:
        check_case(case)
    assert load(folder / "rubric.yaml").name == "my-scheme"
    result = call("check", folder / "rubric.yaml", "--cases", "--least", "100%", "--strict")
    assert result.exit_code == 0
    assert call("fmt", "--check", folder / "rubric.yaml").exit_code == 0


def test_new_overwrites_nothing(tmp_path):
    (tmp_path / "cases.yaml").write_text("mine")
    result = call("new", "x", "--output", tmp_path)
    assert result.exit_code == 2
    assert "cases.yaml is there already" in result.stderr
    assert [each.name for each in tmp_path.iterdir()] == ["cases.yaml"]
    file = tmp_path / "one.yaml"
    assert call("new", "x", "--output", file).exit_code == 0
    assert load(file).name == "x"
    assert call("new", "x", "--output", file).exit_code == 2
    assert len(list(tmp_path.iterdir())) == 2


def test_new_prints_and_takes_only_what_can_be_a_name(tmp_path):
    assert loads(call("new", "社区-1.a").stdout).name == "社区-1.a"
    for name in ("null", "1.10", "no"):
        assert loads(call("new", name).stdout).name == name
    for name in ("a b", 'a"', "a\nb", "", "../x"):
        result = call("new", name)
        assert (result.exit_code, result.stdout) == (2, "")
        assert "NAME" in result.stderr


# fmt


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "rubric.yaml"
    path.write_bytes(UNTIDY.encode())
    return path


def test_fmt_writes_in_place_and_only_where_something_changes(file):
    file.chmod(0o640)
    result = call("fmt", file)
    assert (result.exit_code, result.stdout) == (0, "")
    assert result.stderr == f"{file}: written anew\n"
    assert file.read_text() == TIDY
    assert stat.S_IMODE(file.stat().st_mode) == 0o640
    before = file.stat().st_mtime_ns, file.stat().st_ino
    result = call("fmt", file)
    assert (result.exit_code, result.output) == (0, "")
    assert (file.stat().st_mtime_ns, file.stat().st_ino) == before
    assert [each.name for each in file.parent.iterdir()] == ["rubric.yaml"]


def test_fmt_check_names_what_would_change(file, tmp_path):
    tidy = tmp_path / "tidy.yaml"
    tidy.write_text(TIDY)
    result = call("fmt", "--check", tidy, file, file)
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr == f"{file}: not canonical\n"
    assert file.read_text() == UNTIDY
    assert call("fmt", "--check", tidy).exit_code == 0


def test_fmt_diff_shows_and_writes_nothing(file):
    result = call("fmt", "--diff", file)
    assert result.exit_code == 0
    assert "-rubric: 'x'\n" in result.stdout
    assert "+rubric: x\n" in result.stdout
    assert file.read_text() == UNTIDY
    assert call("fmt", "--diff", "--check", file).exit_code == 1


def test_fmt_takes_standard_input_and_keeps_its_line_ends():
    result = call("fmt", "-", input=UNTIDY.replace("\n", "\r\n").encode())
    assert (result.exit_code, result.stdout_bytes) == (0, TIDY.replace("\n", "\r\n").encode())
    result = call("fmt", "--check", "-", input=UNTIDY)
    assert (result.exit_code, result.stdout, result.stderr) == (1, "", "<stdin>: not canonical\n")


def test_fmt_tells_what_cannot_be_read_and_writes_the_rest(file, tmp_path):
    wrong = tmp_path / "wrong.yaml"
    wrong.write_text("a: [\n")
    twice = tmp_path / "twice.yaml"
    twice.write_text("a: 1\na: 2\n")
    result = call("fmt", wrong, file, twice)
    assert result.exit_code == 1
    assert file.read_text() == TIDY
    assert f"{wrong}:2:1 $: this cannot be read as YAML or JSON" in result.stderr
    assert f"{twice}:2:1 $.a: this key stands here twice" in result.stderr
    assert twice.read_text() == "a: 1\na: 2\n"
    assert call("fmt", tmp_path / "none.yaml").exit_code == 2
    assert call("fmt", tmp_path).exit_code == 2


def test_fmt_keeps_a_link_and_leaves_alone_what_may_not_be_written(file, tmp_path, monkeypatch):
    link = tmp_path / "link.yaml"
    try:
        link.symlink_to(file)
    except OSError:
        pytest.skip("no links here")
    assert call("fmt", link).exit_code == 0
    assert link.is_symlink()
    assert file.read_text() == TIDY
    file.write_text(UNTIDY)
    monkeypatch.setattr(os, "access", lambda *_: False)
    result = call("fmt", file)
    assert result.exit_code == 2
    assert str(file) in result.stderr
    assert file.read_text() == UNTIDY


def test_fmt_leaves_the_old_file_where_the_new_one_cannot_be_written(file, monkeypatch):
    def full(self, content):
        raise OSError(28, "No space left on device", str(self))

    monkeypatch.setattr(Path, "write_bytes", full)
    assert call("fmt", file).exit_code == 2
    assert file.read_text() == UNTIDY
    assert [each.name for each in file.parent.iterdir()] == ["rubric.yaml"]


# diff


@pytest.fixture
def two(tmp_path):
    old, new = tmp_path / "old.yaml", tmp_path / "new.yaml"
    old.write_text("rubric: x\nitems: [{id: plan, points: 2, start: full}]\n")
    new.write_text("# other\nrubric: x\nlanguage: zh\nitems:\n- points: 3\n  start: full\n  id: plan\n  title: Plan\n")
    return old, new


def test_diff_tells_what_changed_in_the_language_of_the_new_rubric(two):
    result = call("diff", *two)
    assert result.exit_code == 0
    assert result.stdout.splitlines() == [
        "含义差异 1 处",
        "  plan points：分值更改，2 → 3（总分 +1）",
        "文字差异 2 处",
        "  total language：文字更改，en → zh",
        "  plan title：标题更改，无 → Plan",
    ]
    assert call("diff", *two, "--language", "en", "--meaning").stdout.splitlines() == [
        "1 difference in meaning",
        "  plan points: other points, 2 → 3 (+1 of the whole)",
        "0 differences in wording",
    ]


def test_diff_as_json(two):
    data = json.loads(call("diff", *two, "--format", "json").stdout)
    assert data["old"] == {"rubric": "x", "version": "1"}
    first = data["differences"][0]
    assert (first["kind"], first["old"], first["before"], first["after"], first["effect"]) == (
        *("points-changed", "$.items[0].points", "2", "3", "1"),
    )


def test_diff_ends_with_1_only_when_asked(two, tmp_path):
    assert call("diff", *two, "--exit-code").exit_code == 1
    assert call("diff", two[0], two[0], "--exit-code").output == "No differences.\n"
    assert call("diff", two[0], two[0], "--exit-code").exit_code == 0
    wording = tmp_path / "wording.yaml"
    wording.write_text("rubric: x\ntitle: X\nitems: [{id: plan, points: 2, start: full}]\n")
    assert call("diff", two[0], wording, "--exit-code").exit_code == 1
    assert call("diff", two[0], wording, "--exit-code", "--meaning").exit_code == 0


def test_diff_takes_names_and_tells_what_is_wrong(two, tmp_path):
    assert call("diff", "sf-food-safety", "sf-food-safety").output == "No differences.\n"
    assert call("diff", "no-such-rubric", two[0]).exit_code == 2
    wrong = tmp_path / "wrong.yaml"
    wrong.write_text("rubric: x\nitems: []\n")
    other = tmp_path / "other.yaml"
    other.write_text("rubric: x\nnow: 1\nitems: [{id: a, points: 1, start: full}]\n")
    result = call("diff", wrong, other)
    assert (result.exit_code, result.stdout) == (1, "")
    assert f"{wrong}:1:1 $: " in result.stderr
    assert f"{other}:2:1 $.now: this key is not known here" in result.stderr


def test_the_files_of_starters_belong_to_the_package():
    folder = Path(sys.modules["rubric_engine"].__file__).parent / "starters"
    assert sorted(str(each.relative_to(folder)) for each in folder.rglob("*.yaml")) == sorted(
        str(Path(language, name)) for language in LANGUAGES for name in ("cases.yaml", "rubric.yaml")
    )
