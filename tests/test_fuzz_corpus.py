"""What the fuzzer found stays found: its inputs are called again, and each crash has its test."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from fuzz.corpus import CORPUS, LONGEST, MOST_FILES, fewest, inputs, keep
from fuzz.targets import RUBRICS, TARGETS, headed

import rubric_engine
from hostile.evidence import KNOWN, TABLES, WHOLE
from hostile.expressions import rubric_with
from rubric_engine import Evaluation, InvalidEvidence, InvalidRubric, UnknownRubric, graph
from rubric_engine.canonical import canonical_text
from rubric_engine.mending import expected_in
from rubric_engine.reading import read
from rubric_engine.sheets import read_sheets

#: So long may a kept input or a hostile one take, in seconds of this process.
SECONDS = 3.0
#: So much may the message of a refusal say, in characters.
MESSAGE = 2_000_000
HEAD = "rubric: x\ntotal: 10\n"


def codes(call: Callable[[], object]) -> set[str]:
    """Return the codes that a call is refused with, soon and with a message of bounded length."""
    begin = time.process_time()
    with pytest.raises(rubric_engine.RubricError) as caught:
        call()
    assert len(str(caught.value)) < MESSAGE
    assert time.process_time() - begin < SECONDS
    return {each.code for each in caught.value.problems}


def load(text: str | bytes) -> Callable[[], object]:
    return lambda: rubric_engine.loads(text)


# the corpus


@pytest.mark.parametrize("name", TARGETS)
def test_kept_inputs_let_nothing_escape(name: str) -> None:
    files = inputs(name)
    assert files
    slow = []
    for file in files:
        begin = time.process_time()
        TARGETS[name].call(file.read_bytes())
        slow += [file.name] if time.process_time() - begin > SECONDS else []
    assert slow == []


def test_the_corpus_is_small() -> None:
    files = [each for each in CORPUS.rglob("*") if each.is_file()]
    assert {each.name for each in CORPUS.iterdir()} == set(TARGETS)
    assert len(files) < 300
    assert sum(each.stat().st_size for each in files) < 1_000_000
    assert max(each.stat().st_size for each in files) <= LONGEST
    for name in TARGETS:
        assert len(inputs(name)) <= MOST_FILES


def test_a_target_sees_what_escapes(monkeypatch: pytest.MonkeyPatch) -> None:
    def torn(*_: object, **__: object) -> None:
        raise RecursionError

    monkeypatch.setattr(rubric_engine, "loads", torn)
    with pytest.raises(RecursionError):
        TARGETS["rubric"].call(b"rubric: x\n")


def test_fewest_keeps_what_reaches_more() -> None:
    valid, same = b"ok", b"not  ok"
    kept = fewest("expression", [valid, b"ok ", same, b"\xff", b"x" * (LONGEST + 1)], most=3)
    assert valid in kept
    assert b"x" * (LONGEST + 1) not in kept
    assert len(kept) <= 3


def test_keep_writes_and_takes_away(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("fuzz.corpus.CORPUS", tmp_path)
    keep("rubric", [b"a", b"b"])
    keep("rubric", [b"b", b"c"])
    assert sorted(each.read_bytes() for each in inputs("rubric")) == [b"b", b"c"]


def test_the_first_line_names_a_rubric_and_a_form() -> None:
    assert headed(b"given csv\na,b\n") == ("given", "csv", b"a,b\n")
    name, form, rest = headed(b"nothing\nx")
    assert (name in RUBRICS, form in ("yaml", "csv", "json"), rest) == (True, True, b"x")


# what was found in rubrics


def test_a_kind_that_holds_itself_is_a_cycle() -> None:
    kinds = "kinds: {k: {points: 5, indicators: [{id: a, like: k}]}}\n"
    assert "cycle" in codes(load(f"{HEAD}{kinds}indicators: [{{id: b, like: k}}]\n"))
    assert "cycle" in codes(load(f"{HEAD}{kinds}items: [{{id: b, points: 10, start: full}}]\n"))


def test_a_kind_in_a_kind_is_no_cycle() -> None:
    text = f"""{HEAD}kinds:
  leaf: {{points: 5, start: full}}
  pair: {{points: 10, items: [{{id: a, like: leaf}}, {{id: b, like: leaf}}]}}
indicators: [{{id: c, like: pair}}]
"""
    assert rubric_engine.evaluate(rubric_engine.loads(text), {}).exact == 10


def test_kinds_in_kinds_do_not_grow_without_bounds() -> None:
    doubled = "".join(
        f"  k{k}: {{points: 1, indicators: [{{id: a{k}, like: k{k - 1}}}, {{id: b{k}, like: k{k - 1}}}]}}\n"
        for k in range(1, 40)
    )
    text = f"{HEAD}kinds:\n  k0: {{points: 1}}\n{doubled}indicators: [{{id: z, like: k39}}]\n"
    assert "too-large" in codes(load(text))


def test_kinds_like_kinds_end_somewhere() -> None:
    chain = "".join(f"  k{k}: {{like: k{k - 1}}}\n" for k in range(1, 2_000))
    text = f"{HEAD}kinds:\n  k0: {{points: 10}}\n{chain}items: [{{id: a, like: k1999}}]\n"
    assert "too-deep" in codes(load(text))


def test_kinds_far_inside_kinds_end_somewhere() -> None:
    def nested(inner: str, deep: int) -> str:
        return inner if not deep else f"{{id: n{deep}, indicators: [{nested(inner, deep - 1)}]}}"

    kinds = "".join(
        f"  k{k}: {{indicators: [{nested(f'{{id: x, like: k{k - 1}}}', 20)}]}}\n" for k in range(1, 50)
    )
    text = f"{HEAD}kinds:\n  k0: {{points: 1}}\n{kinds}indicators: [{{id: z, like: k49}}]\n"
    assert "too-deep" in codes(load(text))


def test_unknown_kinds_are_told_a_hundred_times() -> None:
    kinds = "".join(f"kind{k:04}: {{points: 1}}, " for k in range(1_000))
    items = "{id: a, like: kind9}, " * 2_000
    assert "unknown-name" in codes(load(f"{HEAD}kinds: {{{kinds}}}\nitems: [{items}]\n"))


def test_an_id_used_twice_for_nodes_over_rows_is_told() -> None:
    item = """
  - id: a
    points: 10
    each: t
    combine: mean
    evidence: {t: {type: rows, range: 1..3, columns: {x: count}}}
    rules: [{deduct: 1, per: x}]"""
    assert "duplicate-id" in codes(load(f"rubric: x\ntotal: 20\nitems:{item}{item}\n"))


@pytest.mark.parametrize(
    "text",
    [
        "(" * 9 + "missing" + "**8)" * 9 + " > 1",
        "(" * 10 + "2" + "**8)" * 10 + " > 1",
        "0.987654321 ** assessee.population > 1",
        "0.123456789 ** assessee.population > 1",
    ],
    ids=["of a field", "of a number", "of a fraction", "to a large exponent"],
)
def test_towers_of_powers_are_refused_before_they_stand(text: str) -> None:
    assert codes(load(rubric_with(text))) & {"too-fine", "wrong-operand"}


def test_wide_powers_of_many_fields_take_no_time() -> None:
    fields = "".join(f"x{k}: {{type: count, range: 0..900}}, " for k in range(40))
    rules = "".join(f"{{deduct: 1, when: 1.000001 ** x{k} > 3}}, " for k in range(40))
    text = f"{HEAD}items: [{{id: a, points: 10, evidence: {{{fields}}}, rules: [{rules}]}}]\n"
    assert codes(load(text)) == {"too-fine"}


def test_all_curves_together_have_bounded_steps() -> None:
    curve = "curve: log, zero_at: 1, full_at: 1000{}, gives: 10, step: 0.001"
    fields = "".join(f"x{k}: {{type: count, range: 0..20000}}, " for k in range(9))
    rules = "".join(f"{{award: {{{curve.format(k)}}}, by: x{k}}}, " for k in range(9))
    text = f"{HEAD}items: [{{id: a, points: 10, evidence: {{{fields}}}, rules: [{rules}]}}]\n"
    assert codes(load(text)) == {"too-large"}


def test_the_same_curve_again_is_counted_once() -> None:
    curve = "{curve: log, zero_at: 1, full_at: 1000, gives: 10, step: 0.004}"
    fields = "".join(f"x{k}: {{type: count, range: 0..2000}}, " for k in range(9))
    rules = "".join(f"{{award: {curve}, by: x{k}}}, " for k in range(9))
    text = f"{HEAD}items: [{{id: a, points: 10, evidence: {{{fields}}}, rules: [{rules}]}}]\n"
    rubric_engine.loads(text)


@pytest.mark.parametrize(("bound", "number"), [("MOST_VALUES", 20), ("MOST_CONSTANTS", 30)])
def test_a_graph_has_bounded_values(
    bound: str, number: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    rubric_engine.loads(RUBRICS["base"])
    monkeypatch.setattr(graph, bound, number)
    with pytest.raises(InvalidRubric) as caught:
        rubric_engine.loads(RUBRICS["base"])
    (problem,) = caught.value.problems
    assert problem.code == "too-large"
    assert problem.line is not None


def test_very_many_values_are_too_large() -> None:
    assert codes(load("[" + "1," * 100_001 + "1]")) == {"too-large"}
    document, problems = read("{a: [1, 2], b: 3}", most=7)
    assert document is not None
    assert problems == []
    document, problems = read("{a: [1, 2],\n b: [3]}", most=7)
    assert document is None
    assert [(each.code, each.line, each.column) for each in problems] == [("too-large", 2, 6)]


@pytest.mark.parametrize(
    "text",
    [
        HEAD + "".join(f"titl{k}: 1\n" for k in range(5_000)),
        HEAD + "items: [" + "{id: 1}, " * 5_000 + "]",
        HEAD + "items: [{id: a, rules: [" + "{dedukt: 1}, " * 5_000 + "]}]",
        HEAD + "items: [{id: a, evidence: {" + "".join(f"x{k}: flug, " for k in range(5_000)) + "}}]",
        HEAD + "items: [" + "{id: a, points: 1, rules: [{deduct: 1, per: b}]}, " * 2_000 + "]",
        HEAD + "items: [{id: a, points: 10, start: full, evidence: {x: {type: choice, values: ["
        + "".join(f"v{k}, " for k in range(20_000)) + "]}}}]",
    ],
    ids=["keys", "items", "rules", "fields", "sense", "values"],
)  # fmt: skip
def test_very_many_mistakes_are_told_a_thousand_times(text: str) -> None:
    begin = time.process_time()
    with pytest.raises(InvalidRubric) as caught:
        rubric_engine.loads(text)
    assert len(caught.value.problems) <= 2_000
    assert len(str(caught.value)) < MESSAGE
    assert time.process_time() - begin < SECONDS


@pytest.mark.parametrize("unit", ['"\\', '"', "\\", '"\\"', "\\ud800", '"a\\\\'])
def test_json_with_tabs_is_looked_through_once(unit: str) -> None:
    assert codes(load('{\t"a": ' + unit * 100_000)) & {"not-yaml", "too-deep", "not-utf8"}


def test_tabs_within_texts_of_json_stay() -> None:
    document, problems = read('{\t"a":\t"b\tc \\" d\te",\t"f": 1}')
    assert problems == []
    assert document is not None
    assert document.value == {"a": 'b\tc " d\te', "f": "1"}


def test_a_canonical_form_that_grows_too_large_is_refused() -> None:
    text = f"{HEAD}title: " + "[" * 100 + "a," * 30_000 + "]" * 100
    assert codes(lambda: canonical_text(text)) == {"too-large"}


# what was found in names of files


@pytest.mark.parametrize("name", ["a" * 5_000, "a" * 5_000 + ".yaml", "a\0.yaml", "a\0", "x/\0"])
def test_a_name_that_no_file_can_have_is_unknown(name: str, tmp_path: Path) -> None:
    with pytest.raises(UnknownRubric):
        rubric_engine.load(name)
    quoted = json.dumps(name)
    for text in (f"extends: {quoted}\n", f"rubric: y\nextends: {quoted}\n"):
        assert codes(load(text)) == {"unknown-rubric"}
        (tmp_path / "own.yaml").write_text(text, encoding="utf-8")
        assert codes(lambda: rubric_engine.load(tmp_path / "own.yaml")) == {"unknown-rubric"}


def test_a_rubric_extends_rubrics_only(tmp_path: Path) -> None:
    (tmp_path / "secret.env").write_text("password: hunter2\n", encoding="utf-8")
    (tmp_path / "own.yaml").write_text("rubric: y\nextends: ./secret.env\n", encoding="utf-8")
    with pytest.raises(InvalidRubric) as caught:
        rubric_engine.load(tmp_path / "own.yaml")
    assert {each.code for each in caught.value.problems} == {"unknown-rubric"}
    assert "password" not in str(caught.value)


def test_of_a_large_file_no_more_is_read_than_is_looked_at(tmp_path: Path) -> None:
    with (tmp_path / "large.yaml").open("wb") as file:
        file.truncate(3_000_000_000)
    (tmp_path / "own.yaml").write_text("rubric: y\nextends: large.yaml\n", encoding="utf-8")
    for name in ("large.yaml", "own.yaml"):
        assert codes(lambda name=name: rubric_engine.load(tmp_path / name)) == {"too-large"}


# what was found in sheets


def test_a_cell_that_lacks_in_a_row_leaves_the_coverage() -> None:
    rubric = rubric_engine.loads(RUBRICS["given"])
    sheet = {
        "assessee": {"population": 1, "type": "urban"},
        "cycle": {"as_of": "2026-11-24", "mean": 1},
        "persons": {
            "blame": 0,
            "level": "none",
            "warnings": 0,
            "cases": [{"day": "2026-01-01", "penalty": "light", "role": "leader", "matter": "m"}],
        },
        "money": {"spent": 0},
    }
    found = rubric_engine.evaluate(rubric, sheet, provisional=True)
    assert found.missing == ("persons.cases[0].cost",)
    assert found.coverage is not None


@pytest.mark.parametrize(
    ("sheet", "given"),
    [
        ({"methods": {f"hal{k}": "x" for k in range(20_000)}}, None),
        ({"methods": {"hall": ["x"] * 20_000}}, None),
        ({"hall": {"lost": {f"k{k}": 1 for k in range(20_000)}}}, None),
        ({"persons.cases": [{f"k{k}": 1 for k in range(20_000)}]}, None),
        ({}, {f"k{k}": 1 for k in range(20_000)}),
    ],
    ids=["methods", "methods of one", "keys of a finding", "columns", "given"],
)
def test_a_sheet_with_very_many_mistakes_tells_a_thousand(sheet: Any, given: Any) -> None:
    rubric = rubric_engine.loads(TABLES)
    with pytest.raises(InvalidEvidence) as caught:
        rubric_engine.evaluate(rubric, {**WHOLE, **sheet}, given=given or KNOWN)
    assert len(caught.value.problems) <= 1_100


def test_very_many_values_are_not_all_listed_in_each_message() -> None:
    values = ", ".join(f"value{k}" for k in range(1_000))
    table = f"{{type: rows, range: 0..10000, columns: {{c: {{type: choice, values: [{values}]}}}}}}"
    text = f"{HEAD}items: [{{id: a, points: 10, start: full, evidence: {{t: {table}}}}}]\n"
    rubric = rubric_engine.loads(text)
    rows = [{"c": f"valu{k}"} for k in range(300)]
    assert "unknown-value" in codes(lambda: rubric_engine.evaluate(rubric, {"a.t": rows}))


@pytest.mark.parametrize(
    "content",
    [
        b"id,a.b\n" + b"x,1\n" * 50_000,
        b"id,a.b\n" + b"x\n" * 50_000,
        b"id," + b"a.b," * 50_000 + b"a.c\nx\n",
    ],
    ids=["keys", "cells", "columns"],
)
def test_a_table_with_very_many_mistakes_is_refused_soon(content: bytes) -> None:
    assert codes(lambda: read_sheets(Path("a.csv"), content)) <= {"duplicate-key", "wrong-type"}


def test_a_wide_table_is_read_soon() -> None:
    begin = time.process_time()
    read_sheets(Path("a.csv"), ",".join(f"a.b{k}" for k in range(100_000)).encode())
    assert time.process_time() - begin < SECONDS


# what was found in results and golden cases


@pytest.fixture(scope="module")
def plain() -> dict[str, Any]:
    rubric = rubric_engine.load("sf-food-safety")
    sheet = {"violations": {"high": 1, "moderate": 0, "low": 3}}
    return rubric_engine.evaluate(rubric, sheet).to_dict()


@pytest.mark.parametrize("text", ["1e999999999", "1/0", "9" * 300, "1_0", " 1", "nan", "١"])
def test_a_result_has_numbers_as_results_are_written(plain: dict[str, Any], text: str) -> None:
    data = json.loads(json.dumps(plain))
    data["nodes"][0]["exact"] = text
    assert codes(lambda: Evaluation.from_dict(data)) == {"wrong-type"}


@pytest.mark.parametrize(("key", "number"), [("places", 10**9), ("places", -1), ("depth", 10**9)])
def test_a_result_is_one_of_a_rubric_that_could_be(
    plain: dict[str, Any], key: str, number: int
) -> None:
    data = json.loads(json.dumps(plain))
    data["nodes"][0][key] = number
    assert codes(lambda: Evaluation.from_dict(data)) == {"out-of-range"}


def test_results_with_many_digits_come_back() -> None:
    text = """\
rubric: x
items:
  - id: a
    points: none
    evidence: {x: {type: count, range: 0..999}, y: {type: count, range: 1..999}}
    rules: [{award: 1, per: x / y}]
"""
    result = rubric_engine.evaluate(rubric_engine.loads(text), {"a": {"x": 1, "y": 997}})
    assert Evaluation.from_dict(json.loads(json.dumps(result.to_dict()))) == result
    assert result.score == Decimal("0.00")


def test_what_is_removed_from_a_case_is_a_text(tmp_path: Path) -> None:
    (tmp_path / "rubric.yaml").write_text(RUBRICS["sf-food-safety"], encoding="utf-8")
    (tmp_path / "cases.yaml").write_text(
        "sheets: {f: {violations: {high: 0, moderate: 0, low: 0}}}\n"
        "cases: [{name: a, source: b, sheet: f, remove: [[x], {y: z}], expect: {score: 1}}]\n",
        encoding="utf-8",
    )
    assert codes(lambda: rubric_engine.testing.golden_cases(tmp_path)) == {"unknown-name"}


@pytest.mark.parametrize(
    "expected",
    [
        "at most 200,000 operations",
        "at most 20,000 steps of all curves together",
        "at most 100,000 keys and values",
        "numbers, and powers, that stay within 62 bits",
    ],
)
def test_what_outgrows_is_told_in_chinese_too(expected: str) -> None:
    assert expected_in(expected, "zh") != expected
