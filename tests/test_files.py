"""Rubrics written as files and read again, whatever they say."""

from __future__ import annotations

import json
import pickle
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import attrs
import pytest

import rubric_engine
from rubric_engine import (
    Amount,
    Award,
    Bonus,
    Checklist,
    Choice,
    Count,
    Deduct,
    Flag,
    Gate,
    Grade,
    Indicator,
    InvalidRubric,
    Item,
    Limit,
    Number,
    Range,
    Round,
    Rubric,
    Set,
    Share,
    Text,
)
from rubric_engine.files import rubric_digest, rule_text, to_plain
from rubric_engine.words import Words

EVERYTHING = """\
format: 1
rubric: every.thing-1
version: '1.10'
language: zh
title: {zh: 全部, en: Everything}
code: ''
total: 20
clip: none
places: 3
evidence:
  inspector: [text, Who came]
rules:
- {bonus: 1, when: n1 > 0, id: b1}
- {round: 2, mode: half_even}
grades:
- {stars: 3, grade: '3', from: 15.5, minima: 1/3, title: {zh: 优, en: best}}
- {stars: 2, grade: good, from: 10, when: a.flagged, source: page 1, provenance: illustrative}
- {grade: fair, from: 5, minima: {a: 1, total: 1.5}, maxima: 19}
- {stars: 0, maxima: {b: 5}}
otherwise: unrated
gates:
- {at_most: good, when: a.flagged, says: no better, reason: r1, id: g1}
- {grade: '3', unless: a.flagged}
- {step: -1, when: a.n > 3, source: page 2}
- {unrated: 弄虚作假, when: a.n > 9, provenance: source}
indicators:
- id: n1
  title: Summing
  points: 10
  out_of: 100
  bonus: here
  combine: mean
  methods: [documents, report]
  note: {en: a note, zh: 注}
  source: page 3
  provenance: illustrative
  rules:
  - {limit: 0..100}
  - {limit: ..90}
  - {limit: 0..}
  - {limit: none}
  items:
  - {id: a1, out_of: 10, weight: 1/3, start: 2.5}
  - {id: a2, out_of: 1/3, weight: 2, start: full}
items:
- id: a
  code: '1.1'
  points: 7
  start: zero
  evidence:
    n: {type: count, range: 0..12, note: n.b.}
    flagged: [flag, Flagged]
    flagged2: {type: flag, title: Flagged, optional: true}
    plain: flag
    measured: {type: number, places: 2, range: -1.5..3}
    listed: {type: number, places: 1, one_of: [0, 0.5, 2]}
    done: [share, {zh: 完成率, en: done}]
    done0: {type: share, places: 0}
    level: {type: choice, values: [none, good]}
    titled: {type: choice, values: {none: null, good: {zh: 好, en: good}, pass: Passed}}
    seen: {type: checklist, values: [plan, report], optional: true}
    judged: {type: amount, range: 0.5..2}
    judged2: {type: amount, range: 0.5..2, places: 3}
    remark: text
  rules:
  - {deduct: 0.5, per: n, up_to: 2, id: r1, says: {zh: 缺, en: missing}, source: page 4, reason: x, provenance: source}
  - {award: all, when: plain and not plain, unless: level == good}
  - {deduct: 1/3, below: 90, of: done, step: 10, parts: whole}
  - {deduct: 0.1, above: 0, of: measured, parts: started}
  - {award: 1, ratio: done / 100}
  - {deduct: {none: all, else: 0}, by: level}
  - {set: {none: -1, good: 2, pass: all}, by: titled, when: n == 0}
  - {award: {plan: 1, report: 0.5}, by: seen2}
  - {deduct: {from 80: 2, from 1/3: 1}, by: done}
  - {deduct: 0.5..2, by: judged}
  - {bonus: 1, when: known(seen)}
  - {set: 1, unless: n < 100}
- {id: b, points: 3, start: full}
- {id: open, points: none, start: 0.5}
"""
EVERYTHING = EVERYTHING.replace(
    "    remark: text\n", "    remark: text\n    seen2: {type: checklist, values: [plan, report]}\n"
).replace("minima: 1/3", "minima: -1/3").replace("format: 1", "format: '1'")


@pytest.fixture(scope="module")
def everything() -> Rubric:
    return rubric_engine.loads(EVERYTHING)


@pytest.mark.parametrize("form", ["yaml", "json"])
def test_what_is_written_is_read_back_as_it_was(everything: Rubric, form: str) -> None:
    text = rubric_engine.dumps(everything, format=form)
    again = rubric_engine.loads(text)
    assert again == everything
    assert rubric_engine.dumps(again, format=form) == text
    assert rubric_digest(again) == rubric_digest(everything)
    if form == "json":
        assert json.loads(text) == to_plain(everything)


def test_every_key_that_was_written_is_written_again(everything: Rubric) -> None:
    import yaml

    def plain(value: object, path: str = "$") -> dict[str, str]:
        if isinstance(value, dict):
            return {k: v for key, each in value.items() for k, v in plain(each, f"{path}.{key}").items()}
        if isinstance(value, list):
            pairs = enumerate(value)
            return {k: v for n, each in pairs for k, v in plain(each, f"{path}[{n}]").items()}
        return {path: str(value)}

    written = plain(yaml.load(rubric_engine.dumps(everything), yaml.BaseLoader))
    expected = plain(yaml.load(EVERYTHING, yaml.BaseLoader))
    defaults = {"$.items[0].evidence.done0.type"}
    assert expected.items() <= written.items() | {(each, expected[each]) for each in defaults}
    assert set(written) == set(expected)


def test_the_yaml_is_written_for_people(everything: Rubric) -> None:
    lines = rubric_engine.dumps(everything).splitlines()
    assert lines[:4] == ["format: 1", "rubric: every.thing-1", "version: '1.10'", "language: zh"]
    assert "title: {zh: 全部, en: Everything}" in lines
    assert any(each.startswith("- {") and "bonus: 1, when: n1 > 0}" in each for each in lines)
    assert any("plain: flag" in each for each in lines)
    assert any("n: {type: count, range: 0..12, note: n.b.}" in each for each in lines)
    assert any("listed: {type: number, places: 1, one_of:" in each for each in lines)
    assert any(each.strip().startswith("remark: text") for each in lines)
    assert any("methods: [documents, report]" in each for each in lines)


@pytest.mark.parametrize("name", ["sf-food-safety", "uk-food-hygiene", "dongcheng-community", "port-canteen-hygiene-permit"])
@pytest.mark.parametrize("form", ["yaml", "json"])
def test_the_built_in_rubrics_survive_writing(name: str, form: str) -> None:
    rubric = rubric_engine.load(name)
    assert rubric_engine.loads(rubric_engine.dumps(rubric, format=form)) == rubric


@pytest.mark.parametrize(
    "text",
    ["no", "yes", "true", "false", "null", "~", "1.10", "1/3", "0x1f", "007", "12:30", " a ", "", "a: b", "- a", "#", "'", '"', "…", "a\nb", "\\u0001", "1e3", "-5", "&a", "*a", "!t", "0"],
)
def test_texts_stay_what_they_are(text: str) -> None:
    rubric = Rubric("texts", title=text, items=[Item("a", title=text or "x", points=1, start="full", code=text)])
    for form in ("yaml", "json"):
        again = rubric_engine.loads(rubric_engine.dumps(rubric, format=form)) if text not in NOTHING else rubric
        assert again == rubric


NOTHING = {"~", "null", ""}


@pytest.mark.parametrize("text", sorted(NOTHING))
@pytest.mark.parametrize("form", ["yaml", "json"])
def test_texts_that_look_like_nothing_are_quoted(text: str, form: str) -> None:
    rubric = Rubric("texts", items=[Item("a", title=text, points=1, start="full")])
    assert rubric_engine.loads(rubric_engine.dumps(rubric, format=form)) == rubric


def test_the_same_rubric_can_be_written_in_python(everything: Rubric) -> None:
    built = Rubric(
        "built",
        version="2",
        title={"zh": "建", "en": "built"},
        total=10,
        clip="none",
        places=1,
        evidence={"ok": Flag()},
        grades=[
            Grade(stars=2, at_least=5, minima={"a": 1}, title="good"),
            Grade(stars=1, maxima=Decimal("9.5"), minima=(("a", Fraction(0)),)),
        ],
        otherwise="unrated",
        gates=[Gate(at_most="1", when="ok"), Gate(step=-1, unless="ok")],
        rules=[Bonus(1, when="ok")],
        items=[
            Item(
                "a",
                points=Decimal("7.5"),
                start="full",
                methods=("report",),
                evidence={
                    "level": Choice(values={"none": None, "good": "Good"}),
                    "seen": Checklist(values=["x", ("y", "Why")]),
                    "n": Count(range=(0, 5)),
                    "m": Number(places=1, one_of=[0, 0.5]),
                    "judged": Amount(range=Range.parse("0.5..2")),
                    "share": Share(title="done"),
                    "word": Text(),
                },
                rules=[
                    Deduct(0.5, per="n", up_to=2),
                    Deduct({"none": "all", "else": 0}, by="level"),
                    Award({"x": 1}, by="seen"),
                    Set({"from 1": 1}, by="n", when="n == 5"),
                    Deduct(Range.parse("0.5..2"), by="judged"),
                    Limit((None, 9)),
                    Limit("0..9"),
                    Limit(None),
                    Limit("none"),
                    Round(1),
                ],
            ),
            Item("b", points=2.5, start=Fraction(1, 3)),
        ],
    )
    again = rubric_engine.loads(rubric_engine.dumps(built))
    assert again == built
    assert again.items[1].start == Fraction(1, 3)
    assert built != everything
    sheet = {"total.ok": True, "a": {"level": "good", "seen": ["x"], "n": 1, "m": 0.5, "judged": 0, "share": 5}}
    assert rubric_engine.evaluate(built, sheet).exact == rubric_engine.evaluate(again, sheet).exact


def test_a_python_rubric_that_makes_no_sense_is_refused_when_it_is_used() -> None:
    rubric = Rubric("bad", items=[Item("a", points=1, start="full", rules=[Deduct(1, per="nn")])])
    with pytest.raises(InvalidRubric) as caught:
        rubric_engine.evaluate(rubric, {})
    assert [(each.code, each.path, each.line) for each in caught.value.problems] == [
        ("unknown-name", "$.items[0].rules[0].per", None)
    ]
    with pytest.raises(InvalidRubric):
        list(rubric_engine.evaluate_many(rubric, []))


@pytest.mark.parametrize(
    "build",
    [
        lambda: Rubric("a", version=1),
        lambda: Rubric("a", total="ten"),
        lambda: Rubric("a", total=0.1 + 0.2),
        lambda: Item("a", points=True),
        lambda: Deduct(float("nan")),
        lambda: Deduct({}),
        lambda: Deduct({"a": "lots"}),
        lambda: Deduct({"from 1": 1, "a": 2}),
        lambda: Deduct({"from x": 1}),
        lambda: Deduct("1.."),
        lambda: Deduct(None),
        lambda: Limit("a..b"),
        lambda: Count(range=(3, 1)),
        lambda: Number(one_of=["x"]),
        lambda: Grade(stars=1, minima="low"),
        lambda: Item("a", title={}),
        lambda: Deduct(1, per=[1]),
        lambda: Deduct(1, per=0.1 + 0.2),
    ],
)
def test_a_value_of_no_meaning_is_refused_at_once(build: object) -> None:
    with pytest.raises(InvalidRubric) as caught:
        build()
    assert len(caught.value.problems) == 1
    assert caught.value.problems[0].expected


def test_numbers_may_stand_for_expressions() -> None:
    assert Deduct(1, per=2.5).per == Deduct(1, per="2.5").per
    assert Deduct(1, per=Fraction(1, 3)).per == Deduct(1, per="1/3").per


def test_a_field_named_twice_is_refused() -> None:
    item = Item("a", points=1, start="full", evidence=(("n", Flag()), ("n", Count())))
    with pytest.raises(InvalidRubric) as caught:
        rubric_engine.evaluate(Rubric("twice", items=[item]), {})
    assert [(each.code, each.path) for each in caught.value.problems] == [
        ("duplicate-id", "$.items[0].evidence.n")
    ]


def test_only_what_is_illustrative_is_marked() -> None:
    plain = rubric_engine.loads("rubric: a\nitems: [{id: b, points: 1, start: full}]\n")
    marked = attrs.evolve(plain, provenance="illustrative")
    for shown in (Rubric.explain, Rubric._repr_html_):
        assert "illustrative" not in shown(plain)
        assert "illustrative" in shown(marked)


def test_values_are_frozen_compared_and_pickled(everything: Rubric) -> None:
    for value, name in ((everything, "total"), (everything.items[0], "id"), (everything.items[0].rules[0], "amount"), (everything.grades[0], "stars"), (everything.gates[0], "when")):
        with pytest.raises(attrs.exceptions.FrozenInstanceError):
            setattr(value, name, None)
    again = pickle.loads(pickle.dumps(everything))
    assert again == everything
    assert again.derived == {}
    assert rubric_digest(again) == rubric_digest(everything)
    other = attrs.evolve(everything, places=2)
    assert other != everything
    assert rubric_digest(other) != rubric_digest(everything)


def test_the_nodes_come_in_document_order(everything: Rubric) -> None:
    assert [each.id for each in everything.nodes()] == ["total", "n1", "a1", "a2", "a", "b", "open"]
    assert [each.id for each in everything.children] == ["n1", "a", "b", "open"]
    assert [each.id for each in everything.indicators[0].children] == ["a1", "a2"]
    assert isinstance(everything.indicators[0], Indicator)


def test_rules_read_as_one_line(everything: Rubric) -> None:
    rules = everything.items[0].rules
    assert rule_text(rules[0]) == "deduct 0.5, per n, up_to 2"
    assert rule_text(rules[5]) == "deduct {none: all, else: 0}, by level"
    assert rule_text(rules[9]) == "deduct 0.5..2, by judged"
    assert rule_text(everything.gates[2]) == "step -1, when a.n > 3"


def test_a_rubric_is_explained_with_all_it_has(everything: Rubric) -> None:
    text = everything.explain()
    assert "优, 3 星, 15.5 分及以上, minima -1/3" in text
    assert "minima a 1, total 1.5" in text
    assert "maxima b 5" in text
    assert "when a.flagged *" in text
    assert "deduct 0.5, per n, up_to 2  缺" in text
    assert "! at_most good, when a.flagged  no better" in text
    assert "示例" in text
    english = everything.explain("en")
    assert "best, 3 stars, from 15.5" in english
    assert "deduct 0.5, per n, up_to 2  missing" in english
    assert "open" in english
    assert "× 1/3" in english
    assert "/ 100" in english
    html = everything._repr_html_()
    assert "&lt;" in html
    assert "<script" not in html


def test_texts_in_languages_fall_back() -> None:
    both = Words((("zh", "好"), ("en", "good")))
    assert (both.in_language("en"), both.in_language("zh"), both.in_language("fr")) == ("good", "好", "好")
    plain = Words((("", "plain"),))
    assert plain.in_language("zh") == "plain"
    assert plain.plain == "plain"
    assert str(both) == "好"
    mixed = Words((("zh", "好"), ("", "plain")))
    assert mixed.in_language("en") == "plain"
    assert mixed.plain == {"zh": "好", "": "plain"}


def test_a_rubric_can_be_read_from_text_bytes_and_a_path(tmp_path: Path, everything: Rubric) -> None:
    assert rubric_engine.loads(EVERYTHING.encode()) == everything
    file = tmp_path / "r.json"
    file.write_text(rubric_engine.dumps(everything, format="json"), encoding="utf-8")
    assert rubric_engine.load(file) == everything


def test_an_author_of_a_plain_text_document_may_leave_the_format_out() -> None:
    text = "rubric: a\nitems: [{id: b, points: 1, start: full}]\n"
    assert rubric_engine.loads(text) == rubric_engine.loads("format: 1\n" + text)


def test_the_name_of_a_language_is_short() -> None:
    text = "rubric: a\ntitle: {%s: b}\ntotal: 1\nitems: [{id: c, points: 1, start: full}]\n"
    assert rubric_engine.loads(rubric_engine.dumps(rubric_engine.loads(text % ("x" * 100)))).title is not None
    with pytest.raises(InvalidRubric) as raised:
        rubric_engine.loads(text % ("x" * 101))
    (problem,) = raised.value.problems
    assert (problem.code, problem.path, problem.line) == ("too-large", f"$.title.{'x' * 101}", 2)
