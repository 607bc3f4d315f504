"""The claims of the threat model: its numbers are the code's, its tests exist, the rest is tried."""

from __future__ import annotations

import ast
import builtins
import importlib
import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from fuzz.targets import RUBRICS

import rubric_engine
from hostile.files import BASE
from rubric_engine import sheet
from rubric_engine.evaluation import program_of
from rubric_engine.reading import read

ROOT = Path(__file__).parents[1]
PAGE = (ROOT / "docs" / "explanation" / "threat-model.md").read_text(encoding="utf-8")

# the page itself


def test_its_numbers_are_those_of_the_code() -> None:
    rows = re.findall(r"^\| [^|]+ \| ([0-9,]+)[^|]* \| `(\w+)\.(\w+)` \|", PAGE, re.MULTILINE)
    assert len(rows) >= 15
    for number, module, name in rows:
        held = getattr(importlib.import_module(f"rubric_engine.{module}"), name)
        assert int(number.replace(",", "")) == held, name


def test_each_claim_names_tests_that_exist() -> None:
    named = set(re.findall(r"`(test_\w+)\.py(?:::(\w+))?`", PAGE))
    assert len(named) >= 15
    for file, name in named:
        text = (ROOT / "tests" / f"{file}.py").read_text(encoding="utf-8")
        assert not name or re.search(rf"^def {name}\(", text, re.MULTILINE), name


# what a rubric is turned into

_OURS = re.compile(r"(v|x|r|t|K)\d+(_\d+)*")
_WORDS = {"sheet", "given", "item", "row", "rows", "left", "extra", "found", "generated", "_"}
_CALLS = {"type", "len", "all", "tuple", "sum", "bisect_right", "trimmed", "doubled_median"}
_CALLS |= {"min", "max", "abs", "dict", "list", "str", "int", "bool", "float"}
_METHODS = {"get", "append", "values"}


def sources_of(text: str, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Return all source that is generated for a rubric."""
    found: list[str] = []
    built = builtins.compile

    def compiled(source: Any, *args: Any, **kwargs: Any) -> Any:
        found.append(source)
        return built(source, *args, **kwargs)

    monkeypatch.setattr(sheet, "compile", compiled, raising=False)
    program = program_of(rubric_engine.loads(text))
    for name in ("read_and_score", "score", "demanded", "lives", "detail"):
        getattr(program, name)
    monkeypatch.undo()
    assert len(found) == 5
    return found


ESCAPING = (ROOT / "tests" / "hostile" / "escaping.yaml").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", [*RUBRICS, "escaping"])
def test_generated_source_holds_no_text_of_the_author(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = ESCAPING if name == "escaping" else RUBRICS[name]
    rubric = rubric_engine.loads(text)
    ids = {each.id if hasattr(each, "id") else "total" for each in rubric.nodes()}
    ids |= {source for source, _ in rubric.given}
    for _, fields in [*((each, each.evidence) for each in rubric.nodes()), *rubric.given]:
        for field, kind in fields:
            ids |= {field, *(column for column, _ in getattr(kind, "columns", ()))}
    for source in sources_of(text, monkeypatch):
        for node in ast.walk(ast.parse(source)):
            assert not isinstance(node, ast.Import | ast.ImportFrom | ast.Global | ast.Lambda)
            if isinstance(node, ast.Name):
                assert _OURS.fullmatch(node.id) or node.id in _WORDS | _CALLS, node.id
            elif isinstance(node, ast.Attribute):
                assert node.attr in _METHODS, node.attr
            elif isinstance(node, ast.Constant) and isinstance(node.value, str):
                assert node.value in ids, node.value
            elif isinstance(node, ast.Constant):
                assert node.value is None or type(node.value) in (int, bool), node.value


@pytest.mark.parametrize("name", ["a'b", 'a"b', "a\\b", "a\nb", "a]b", "a b", "1a", "", "lambda", "ﬁ", "a\u200db"])  # fmt: skip
@pytest.mark.parametrize("what", ["id: plan", "missing: [count, 缺少]", "[none, poor, good]"])
def test_what_is_no_identifier_names_nothing(name: str, what: str) -> None:
    quoted = json.dumps(name)
    new = {
        "id: plan": f"id: {quoted}",
        "missing: [count, 缺少]": f"{quoted}: [count, 缺少]",
        "[none, poor, good]": f"[{quoted}, poor, good]",
    }
    with pytest.raises(rubric_engine.InvalidRubric) as caught:
        rubric_engine.loads(BASE.replace(what, new[what], 1))
    if name not in ("1a", "lambda") or "[none" not in what:  # values may be any word
        assert "bad-id" in {each.code for each in caught.value.problems}


# what a rubric says


def result_of(text: str) -> rubric_engine.Evaluation:
    data = {
        "计划": {"缺少": 1, "level": "b", "papers": [], "t": []},
        "methods": {"计划": ["documents"]},
    }
    return rubric_engine.evaluate(rubric_engine.loads(text), data)


def test_texts_are_never_formats_nor_markup() -> None:
    result = result_of(ESCAPING)
    assert "{0.__class__} %s" in result.explain("en", everything=True)
    page = result._repr_html_()
    assert "<script>" not in page
    assert "&lt;script&gt;" in page
    assert "<script>" not in rubric_engine.loads(ESCAPING)._repr_html_()


def test_explanations_hold_nothing_that_commands_a_terminal() -> None:
    text = ESCAPING.replace("<script>", "\\e[31m\\x9b2J\\u202e\\u2028")
    result = result_of(text)
    sheet = {"计划": {"缺少": 1, "level": "b", "papers": [], "t": [], "remark": "\x1b[2J\r\u202e"}}
    noted = {"计划": {**sheet["计划"], "缺少": {"value": 1, "note": "\x1b]0;x\x07", "source": "a\nb"}}}
    rubric = rubric_engine.loads(text)
    for said in (
        result.explain("en", everything=True),
        result.explain("zh", everything=True),
        rubric.explain("en"),
        rubric_engine.evaluate(rubric, noted).explain("en", everything=True),
    ):
        lines = said.splitlines()
        assert all(each.isprintable() for line in lines for each in line), said


def test_messages_write_out_what_cannot_be_seen() -> None:
    with pytest.raises(rubric_engine.InvalidRubric) as caught:
        rubric_engine.loads('rubric: x\n"\\e[31m\\nroot: forged line\\u202e": 1\n')
    message = str(caught.value)
    assert "\x1b" not in message
    assert "\u202e" not in message
    assert len(message.splitlines()) == 1 + len(caught.value.problems)
    with pytest.raises(rubric_engine.InvalidEvidence) as refused:
        rubric_engine.evaluate(rubric_engine.load("sf-food-safety"), {"a\x1b[2J\n": {}, "b\r.c": 1})
    assert all(line.isprintable() for line in str(refused.value).split("\n"))


def test_wide_spaces_of_names_stay_in_messages() -> None:
    problem = rubric_engine.Problem("empty", "$.a\u3000b\x00", "计划\u00a0")
    assert str(problem) == "$.a\u3000b\\x00: there is nothing here; expected 计划\u00a0 [empty]"


# what a rubric reaches


def test_text_reaches_no_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "base.yaml").write_text(BASE, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    opened: list[str] = []
    real = Path.open

    def watched(self: Path, *args: Any, **kwargs: Any) -> Any:
        opened.append(str(self))
        return real(self, *args, **kwargs)

    monkeypatch.setattr(Path, "open", watched)
    for name in ("base.yaml", "./base.yaml", str(tmp_path / "base.yaml"), "../../etc/x.yaml"):
        with pytest.raises(rubric_engine.InvalidRubric) as caught:
            rubric_engine.loads(f"rubric: y\nextends: {name}\n")
        assert {each.code for each in caught.value.problems} == {"unknown-rubric"}
    assert opened == []


def test_a_file_reaches_every_rubric_that_the_process_may_read(tmp_path: Path) -> None:
    inner = tmp_path / "inner"
    inner.mkdir()
    (tmp_path / "base.yaml").write_text(BASE, encoding="utf-8")
    (inner / "own.yaml").write_text("rubric: y\nextends: ../base.yaml\n", encoding="utf-8")
    assert rubric_engine.load(inner / "own.yaml").name == "y"
    (tmp_path / "other.yaml").write_text("rubric: [secret]\n", encoding="utf-8")
    (inner / "own.yaml").write_text("extends: ../other.yaml\n", encoding="utf-8")
    with pytest.raises(rubric_engine.InvalidRubric) as caught:
        rubric_engine.load(inner / "own.yaml")
    assert "other.yaml" in str(caught.value), "and it is told of what is wrong there"


@pytest.mark.parametrize("verb", ["deduct", "award", "deducted"])
def test_only_an_unknown_verb_asks_plugins(verb: str, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []

    def none() -> dict[str, Any]:
        asked.append(verb)
        return {}

    monkeypatch.setattr("rubric_engine.files.find_policies", none)
    text = f"rubric: x\ntotal: 1\nitems: [{{id: a, points: 1, start: full, rules: [{{{verb}: 1}}]}}]\n"
    try:
        rubric_engine.loads(text)
    except rubric_engine.InvalidRubric:
        assert verb == "deducted"
    assert asked == ([verb] if verb == "deducted" else [])


# what Python does not decide


def test_keys_and_values_of_files_are_text_only() -> None:
    document, problems = read("{1: [2, 0x3, 1e4, .inf, no, 12:30, 2026-11-24, ~, <, =]}")
    assert problems == []
    assert document is not None
    assert document.value == {
        "1": ["2", "0x3", "1e4", ".inf", "no", "12:30", "2026-11-24", None, "<", "="]
    }
    assert isinstance(next(iter(document.value)), str)


def test_fractions_that_hash_alike_stay_few() -> None:
    # Numbers n/d with the same hash: n = h·d modulo the prime that Python hashes by.
    prime, wanted, edges, divisor = 2**61 - 1, 12345678901234567, [], 10**17
    while len(edges) < 1_002:
        divisor += 1
        number = wanted * divisor % prime
        if number < 10**18:
            edges.append(f"from {number}/{divisor}")
    assert len({hash(yaml_number(each[5:])) for each in edges[:50]}) == 1
    for count, code in ((1_001, None), (1_002, "too-large")):
        amounts = yaml.safe_dump(dict.fromkeys(edges[:count], 1), default_flow_style=True, width=10**9)
        text = f"rubric: x\ntotal: 10\nitems: [{{id: a, points: 10, evidence: {{x: count}}, rules: [{{award: {amounts.strip()}, by: x}}]}}]\n"
        if code is None:
            rubric_engine.loads(text)
            continue
        with pytest.raises(rubric_engine.InvalidRubric) as caught:
            rubric_engine.loads(text)
        assert [each.code for each in caught.value.problems] == [code]


def yaml_number(text: str) -> Any:
    return rubric_engine.exact.read_number(text)
