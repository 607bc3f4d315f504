"""The canonical form of a rubric file: it says the same, keeps every comment, and is canonical itself."""

from __future__ import annotations

import json
import re
from pathlib import Path
from textwrap import dedent

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from rubric_engine import InvalidRubric, dumps, loads
from rubric_engine import canonical as module
from rubric_engine.canonical import LONGEST_LINE, canonical_text
from rubric_engine.files import examine_text
from rubric_engine.reading import read
from rubric_engine.wording import width
from strategies import documents, to_text
from strategies_yaml import pages

ROOT = Path(__file__).parents[1]
RUBRICS = sorted(
    path
    for folder in ("policies", "plugins", "tests")
    for path in (ROOT / folder).rglob("*.yaml")
    # Those of `worked` hold curves of 10,000 steps, which take seconds to load.
    if not {"gallery", "worked"} & {*path.parts} and path.name == "rubric.yaml"
)
#: Examples of laws whose every example is loaded several times.
FEW = min(settings().max_examples, 12) if settings().max_examples <= 100 else 300


def form(text: str) -> str:
    return canonical_text(dedent(text).lstrip("\n"))


def is_form(text: str) -> None:
    """Make sure that a text is canonical as it stands."""
    assert form(text) == dedent(text).lstrip("\n")


def comments(text: str) -> list[str]:
    """Return the comments of a text whose values hold no `#`."""
    return sorted(each.strip() for each in re.findall(r"#.*", text))


# laws


@given(pages(), st.booleans())
def test_any_yaml_keeps_its_values_and_comments_and_is_canonical_after_one_run(page, crlf):
    text, count = page
    document, problems = read(text)
    assert not problems
    made = canonical_text(text)
    again, problems = read(made)
    assert (again.value, problems) == (document.value, [])
    assert canonical_text(made) == made
    assert sorted(each.text for each in module._remarks(made) if each.text) == sorted(
        each.text for each in module._remarks(text) if each.text
    )
    assert len([each for each in module._remarks(made) if each.text]) == count
    if crlf and "\n" in text and "\r" not in text:
        assert canonical_text(text.replace("\n", "\r\n")) == made.replace("\n", "\r\n")


@given(documents())
@settings(max_examples=FEW)
def test_the_meaning_of_a_rubric_is_kept(document):
    text = to_text(document)
    made = canonical_text(text)
    assert loads(made) == loads(text)
    assert canonical_text(made) == made
    written = dumps(loads(text))
    assert plain_order(canonical_text(written)) == plain_order(written)


def plain_order(text: str) -> object:
    """Return the values of a text with the order of their keys."""
    return json.dumps(yaml.load(text, yaml.BaseLoader), ensure_ascii=False)


@pytest.mark.parametrize("path", RUBRICS, ids=lambda path: path.parent.name)
def test_rubrics_that_are_shipped_or_tested_mean_the_same(path):
    text = path.read_text(encoding="utf-8")
    made = canonical_text(text)
    assert canonical_text(made) == made
    assert examine_text(made, folder=path.parent).rubric == examine_text(text, folder=path.parent).rubric is not None
    assert comments(re.sub(r'"[^"\n]*"', "", made)) == comments(re.sub(r'"[^"\n]*"', "", text))


def test_some_rubrics_were_found():
    assert len(RUBRICS) > 90


def test_a_rubric_with_mistakes_keeps_them():
    text = "rubric: x\nitems:\n- {points: 2, id: a, evidence: {n: cont}, rules: [{deduct: 1, pre: n}], is: 1}\n"
    made = canonical_text(text)
    assert codes(made) == codes(text) == ["unknown-key", "unknown-key", "unknown-type"]
    assert made == (
        "rubric: x\nitems:\n  - id: a\n    points: 2\n    evidence:\n      n: cont\n    is: 1\n    rules:\n"
        "      - {deduct: 1, pre: n}\n"
    )


def codes(text: str) -> list[str]:
    return sorted(each.code for each in examine_text(text).problems)


# where things stand


def test_a_whole_rubric():
    is_form("""
        # A licence, or who wrote this.

        # About the rubric itself.
        format: 1
        rubric: sample
        version: "1"
        title: {zh: 社区，党组织：扣完为止, en: "Yes, no: all"}
        provenance: illustrative
        note: >-
          A long text is written over several lines, each of which is broken at a space, and says the same
          as before.
        total: 10

        # The cuts.
        grades:  # from the top
          - {stars: 5, from: 9, title: Five}  # the best
          # Nothing between.
          - {stars: 1}
        gates:
          - {id: g1, at_most: 1, when: plan.missing > 3, says: Too many}

        kinds:
          paper: {}
        indicators:
          - id: main
            points: 10
            items:
              # The first.
              - id: plan
                title: 计划
                points: 10
                evidence:
                  missing: [count, Papers missing]
                  level: {type: choice, title: Level, values: {good: 好, poor: 差}}
                rules:
                  - {id: r1, deduct: 0.5, per: missing, says: 每缺一项扣0.5分}
                  - deduct: {good: 0, poor: 2}
                    by: level
                    when: missing > 2  # not before
                    says: |-
                      In two
                      lines
                  # - {deduct: 1}
              # No more items.
            # No more indicators.

        # The end.
    """)


def test_keys_go_where_they_belong_with_the_comments_beside_them():
    assert form("""
        # the file

        # the items
        items: # below
        - points: 1 # one
          # the id
          id: a
          # the rest
          like: k
        # what is changed
        change: {a: {rules: null, points: 2}}
        kinds: {k: {items: [], evidence: {x: flag, # first
          y: {title: Why, type: flag}}}}
        extends: base
        rubric: x # its name
    """) == dedent("""
        # the file

        rubric: x  # its name
        extends: base
        kinds:
          k:
            evidence:
              x: flag  # first
              y: {type: flag, title: Why}
            items: []
        # the items
        items:  # below
          # the id
          - id: a
            # the rest
            like: k
            points: 1  # one
        # what is changed
        change:
          a:
            points: 2
            rules: null
    """).lstrip("\n")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("{a: [ # c\n 1]}", "a: [1]  # c\n"),
        ("a: # c\n  b", "a: b  # c\n"),
        ("a: # c\n  b # d", "# c\na: b  # d\n"),
        ("a:\n  # c\n  b", "# c\na: b\n"),
        ("a: {# c\n }", "a: {}  # c\n"),
        ("a: [\n # c\n]", "# c\na: []\n"),
        ("[[\n # c\n]]", "# c\n- []\n"),
        ("{ # c\n}", "# c\n{}\n"),
        ("- # c\n  a: 1", "# c\n- {a: 1}\n"),
        ("- # c\n- 1", "- null\n# c\n- 1\n"),
        ("a: [[1 # c\n]]", "a:\n  - - 1  # c\n"),
        ("- [[1 # a\n, # b\n 2]] # c\n", "# c\n# a\n- - - 1  # b\n    - 2\n"),
        ("a: | # c\n  x\n  y\n# d", "a: |  # c\n  x\n  y\n# d\n"),
        ("--- # c\na: 1\n... # d", "# c\na: 1\n# d\n"),
        ("%YAML 1.1 # c\n---\na: 1", "# c\na: 1\n"),
        ("a: 1\n\n\n\n# c\n\n\nb: 1\n\n\n", "a: 1\n\n# c\n\nb: 1\n"),
        ("a:\n- 1\n  # c\nb: 2", "a:\n  - 1\n  # c\nb: 2\n"),
        ("a:\n- 1\n# c\nb: 2", "a: [1]\n# c\nb: 2\n"),
        ("a: 1\n   # c\nb: 2", "a: 1\n# c\nb: 2\n"),
        ("a:\n  b:\n    c: 1\n    # 1\n  # 2\n# 3", "a:\n  b:\n    c: 1\n    # 1\n  # 2\n# 3\n"),
        ("'a b'", "a b\n"),
        ("# c\n'a' # d", "# c\n# d\na\n"),
        ("a: ", "a: null\n"),
        ("a: 1 #c", "a: 1  #c\n"),
    ],
)
def test_comments_stay_where_they_can(text, expected):
    made = canonical_text(text)
    assert made == expected
    assert canonical_text(made) == made


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("'a'", "a"),
        ('"是：否"', "是：否"),
        ("'null'", '"null"'),
        ("''", '""'),
        ("'1'", '"1"'),
        ("1", "1"),
        ("'1.10'", '"1.10"'),
        ("'no'", '"no"'),
        ("no", "no"),
        ("'2026-01-01'", '"2026-01-01"'),
        ("'1e3'", '"1e3"'),
        ("'a: b'", '"a: b"'),
        ("a:b", "a:b"),
        ("'a:'", '"a:"'),
        ("'- a'", '"- a"'),
        ("'-a'", "-a"),
        ("'a # b'", '"a # b"'),
        ("a#b", "a#b"),
        ("'a, b'", "a, b"),
        ("'say \"a\": it''s'", "'say \"a\": it''s'"),
        ('"a\\tb"', '"a\\tb"'),
        ('"\\x07\\\\\\"\\U0001f600"', '"\\x07\\\\\\"😀"'),
        ('"\\ufeff\\u2028\\x85"', '"\\ufeff\\u2028\\x85"'),
        ("'on >= \"2026-01-01\"'", 'on >= "2026-01-01"'),
        (">-\n  1\n", '"1"'),
    ],
)
def test_quotes_stand_where_they_are_needed(text, expected):
    assert canonical_text(f"a: {text}") == f"a: {expected}\n"


def test_in_braces_more_needs_quotes():
    assert canonical_text("t: {a: 'x, y', 'b?': '[1]', c: 'http://a'}") == (
        't: {a: "x, y", "b?": "[1]", c: http://a}\n'
    )


@pytest.mark.parametrize("text", ["a\nb", "a\n", "a\nb\n", "字\n\n字", "#a\nb", "a\n  b", "word " * 30 + "end\n"])
def test_texts_of_several_lines_stand_on_several_lines(text):
    made = canonical_text(f"a: {json.dumps(text)}\n")
    assert made.startswith(("a: |", "a: >"))
    assert yaml.safe_load(made) == {"a": text}
    assert all(width(line) <= LONGEST_LINE for line in made.splitlines())


@pytest.mark.parametrize("text", [" a\nb", "a\n\n", "\n", "\na", "a\n \nb", "a\tb\nc", "a\r\nb"])
def test_texts_that_cannot_stand_as_they_are_stand_in_quotes(text):
    made = canonical_text(f"a: {json.dumps(text)}\n")
    assert made.startswith('a: "')
    assert yaml.safe_load(made) == {"a": text}


def test_lines_are_measured_in_columns():
    fits = "items:\n  - rules:\n      - {deduct: 1, says: %s}\n"
    room = LONGEST_LINE - width(fits.splitlines()[2] % "")
    assert canonical_text(fits % ("字" * (room // 2))) == fits % ("字" * (room // 2))
    long = "字" * (room // 2 + 1)
    assert canonical_text(fits % long) == f"items:\n  - rules:\n      - deduct: 1\n        says: {long}\n"


def test_a_long_text_is_broken_at_single_spaces_only():
    made = canonical_text("a: '" + "two  spaces " * 12 + "end'\n")
    assert made.startswith("a: >-\n  two  spaces two  spaces")
    assert yaml.safe_load(made) == {"a": "two  spaces " * 12 + "end"}
    whole = "字" * 80
    assert canonical_text(f"a: {whole}") == f"a: {whole}\n"


def test_a_very_long_key_has_its_own_line():
    key = "k" * 1100
    is_form(f"? {key}\n:\n  a: 1\n  b:\n    - x\n    # c\n")
    is_form(f"? {key}\n: 1  # c\n")


def test_nodes_that_are_only_like_a_kind_may_stand_on_one_line():
    is_form("""
        kinds:
          paper:
            points: 2
            evidence:
              missing: count
        items:
          - {id: plan, like: paper, title: Plan}
          - id: summary
            like: paper
            rules:
              - {deduct: 1}
          - id: other
    """)


def test_curves_figures_and_amounts_keep_their_order():
    is_form("""
        given:
          cohort:
            rank: {type: count, figure: {rank: a.b, order: lowest, within: g}, range: 1..9}
        items:
          - id: a
            rules:
              - {award: {curve: log, zero_at: 1, full_at: 9, gives: 1, step: 0.1}, by: b}
              - {award: {poor: 0, good: 2}, by: c}
              - {group: [{deduct: 1, when: x}, {deduct: 2, when: y}], up_to: 2}
              - {halve: x, other: y, says: A plugin's rule}
    """)


# line ends, JSON, refusals


def test_line_ends_are_those_of_the_first_line():
    assert canonical_text("b: 1\r\na: |\r\n  x\r\n  y\r\n") == "b: 1\r\na: |\r\n  x\r\n  y\r\n"
    assert canonical_text(b"\xef\xbb\xbfa: 1\n# c\r\n") == "a: 1\n# c\n"


def test_json_stays_json():
    text = '{"items": [{"points": 1.10, "id": "\\u8ba1", "each": null, "rules": [], "x": "\\u2028\\u0001"}],\n\t"rubric": "x"}'
    made = canonical_text(text)
    assert made == (
        '{\n  "rubric": "x",\n  "items": [\n    {\n      "id": "计",\n      "points": 1.10,\n      "each": null,\n'
        '      "x": "\\u2028\\u0001",\n      "rules": []\n    }\n  ]\n}\n'
    )
    assert canonical_text(made) == made
    assert json.loads(made) == json.loads(text)
    assert canonical_text(b'["a", {}]') == '[\n  "a",\n  {}\n]\n'


@pytest.mark.parametrize("text", ['{"a": 1} # c', '{"a": NaN}', "{a: 1}"])
def test_what_is_no_json_becomes_yaml(text):
    assert canonical_text(text).replace('"', "") in ("a: 1  # c\n", "# c\na: 1\n", "a: NaN\n", "a: 1\n")


@pytest.mark.parametrize(
    ("text", "code", "line"),
    [
        ("a: [\n", "not-yaml", 2),
        ("", "empty", 1),
        ("# only a comment\n", "empty", 1),
        ("a: 1\nb: &x 1\n", "anchor", 2),
        ("a: 1\na: 2\n", "duplicate-key", 2),
        (b"a: \xff", "not-utf8", 1),
        ("[" * 200 + "]" * 200, "too-deep", 1),
        ("a: 1\n---\nb: 1\n", "several-documents", 2),
        # The parser begins lines at more signs than a text editor.
        ("a:\u2028 1\nb: {x: 1\n", "not-yaml", 4),
        ("a: 1\x85b: [", "not-yaml", 3),
        ("a: 1\rb： [，\x85", "full-width", 2),
    ],
)
def test_what_cannot_be_read_is_refused_with_its_place(text, code, line):
    with pytest.raises(InvalidRubric) as caught:
        canonical_text(text)
    assert (code, line) in [(each.code, each.line) for each in caught.value.problems]


@pytest.mark.parametrize("text", ["[" * 125 + "]" * 125, "{a: " * 125 + "}" * 125, "- " * 125 + "x # c\n"])
def test_deep_texts_are_written(text):
    made = canonical_text(text)
    assert canonical_text(made) == made


def test_nothing_is_written_that_does_not_say_the_same(monkeypatch):
    monkeypatch.setattr(module, "_lines", lambda page: ["a: 2"])
    with pytest.raises(RuntimeError, match="please report"):
        canonical_text("a: 1")


def test_the_slow_parser_gives_the_same(monkeypatch):
    text = "a: | # c\n  x\n\n# d\nb:\n- 1 # e\n  # f\n- {x: 1, # g\n y: [2]}\n# h"
    expected = canonical_text(text)
    monkeypatch.delattr(yaml, "CSafeLoader")
    assert canonical_text(text) == expected
