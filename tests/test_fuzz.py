"""Broken documents and sheets by chance: only the library's own errors come out, and laws hold.

The same targets as `python -m fuzz` has, with trees broken in the same ways, but drawn and made
smaller by Hypothesis; and values of Python that no file can hold.
"""

from __future__ import annotations

import json
from contextlib import suppress
from datetime import date, datetime
from decimal import Decimal
from fractions import Fraction
from random import Random
from typing import Any

import pytest
from fuzz import corpus
from fuzz.mutation import SCALARS, mutated, places, read, written
from fuzz.targets import FORMS, RUBRICS, TARGETS, rubric_of, scored, told
from hypothesis import given, settings
from hypothesis import strategies as st

import rubric_engine
from rubric_engine import RubricError

EXAMPLES = 25

scalars = st.one_of(st.sampled_from(SCALARS), st.text(max_size=12), st.none())
names = st.one_of(
    st.sampled_from([*SCALARS, "items", "rules", "evidence", "when", "type", "like", "kinds"]),
    st.text(max_size=8),
)
trees = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(names, inner, max_size=4),
    max_leaves=12,
)
#: What a caller's program may hand over as a finding.
findings = st.one_of(
    scalars,
    st.booleans(),
    st.integers(),
    st.sampled_from([2**63, -(2**63), 10**400, -(10**400)]),
    st.floats(),
    st.decimals() | st.sampled_from([Decimal("sNaN"), Decimal("1e999999"), Decimal("-0")]),
    st.fractions(),
    st.sampled_from([date(1, 1, 1), datetime(2026, 11, 24, 1), b"a", 1j, object, (), frozenset("a")]),
    st.lists(st.integers(0, 9) | st.none() | scalars, max_size=6),
)


def trees_of(name: str) -> list[Any]:
    """Return the trees of a target's kept inputs."""
    found = []
    for file in corpus.inputs(name):
        data = file.read_bytes()
        text = (data.partition(b"\n")[2] if TARGETS[name].headed else data).decode("utf-8", "replace")
        found.append(read(text))
    return [each for each in found if isinstance(each, dict | list)]


TREES = {name: trees_of(name) for name, target in TARGETS.items() if target.tree}


@pytest.mark.parametrize("name", TREES)
@settings(max_examples=EXAMPLES)
@given(random=st.randoms(use_true_random=False), place=st.integers(0, 10**6))
def test_broken_documents_let_nothing_escape(name: str, random: Random, place: int) -> None:
    donors = TREES[name]
    tree = donors[place % len(donors)]
    text = written(mutated(tree, random, [tree, donors[place % 7 % len(donors)]]), random)
    head = ""
    if TARGETS[name].headed:
        head = f"{list(RUBRICS)[place % len(RUBRICS)]} {FORMS[place % len(FORMS)]}\n"
    TARGETS[name].call((head + text).encode("utf-8", "surrogatepass"))


@settings(max_examples=EXAMPLES)
@given(tree=trees, form=st.booleans())
def test_any_tree_is_a_rubric_or_refused(tree: Any, form: bool) -> None:
    text = json.dumps(tree) if form else written(tree, Random(1))
    TARGETS["rubric"].call(text.encode("utf-8", "surrogatepass"))


@settings(max_examples=2 * EXAMPLES)
@given(parts=st.lists(st.sampled_from(SCALARS) | st.text(max_size=5), max_size=12), glue=st.sampled_from(["", " ", "(", ") + ", " and ", ", ", "**"]))  # fmt: skip
def test_any_text_is_an_expression_or_refused(parts: list[str], glue: str) -> None:
    text = glue.join(parts)
    with suppress(RubricError):
        rubric_engine.loads(f"rubric: x\nitems: [{{id: a, points: 1, rules: [{{deduct: 1, when: {json.dumps(text)}}}]}}]\n")
    TARGETS["expression"].call(text.encode("utf-8", "surrogatepass"))


@settings(max_examples=2 * EXAMPLES)
@given(data=st.data(), name=st.sampled_from(["tables", "given", "states", "each", "sheet"]))
def test_any_value_is_a_finding_or_refused(data: st.DataObject, name: str) -> None:
    rubric = rubric_of(name)
    fields = {
        (node.id if hasattr(node, "id") else "total", field): kind
        for node in rubric.nodes()
        for field, kind in node.evidence
    }
    sheet: dict[str, Any] = {}
    for (node, field), kind in fields.items():
        if data.draw(st.booleans()):
            value = findings
            if kind.type == "rows":
                columns = dict.fromkeys([each for each, _ in kind.columns], findings)
                value = findings | st.lists(st.fixed_dictionaries({}, optional=columns), max_size=3)
            sheet.setdefault(node, {})[field] = data.draw(value)
    sources = {source: {each: data.draw(findings) for each, _ in own} for source, own in rubric.given}
    for provisional in (False, True):
        try:
            rubric_engine.evaluate(rubric, sheet, given=sources or None, provisional=provisional)
        except RubricError as error:
            told(error)
    scored(rubric, [{**sheet, **sources}])


@settings(max_examples=EXAMPLES)
@given(numbers=st.lists(st.fractions() | st.integers(-(10**30), 10**30).map(Fraction), min_size=1, max_size=4))
def test_results_with_any_numbers_are_read_or_refused(numbers: list[Fraction]) -> None:
    rubric = rubric_of("sf-food-safety")
    plain = rubric_engine.evaluate(
        rubric, {"violations": {"high": 1, "moderate": 0, "low": 3}}
    ).to_dict()
    data = json.loads(json.dumps(plain))
    for number in numbers:
        for key in ("exact", "start", "worth", "points"):
            data["nodes"][-1][key] = str(number)
    TARGETS["result"].call(json.dumps(data).encode())


def test_documents_with_aliases_are_not_broken_as_trees() -> None:
    assert read("a: &x [1, *x]") is None
    assert read("a: {b: c}") == {"a": {"b": "c"}}


@given(random=st.randoms(use_true_random=False), tree=trees)
@settings(max_examples=EXAMPLES)
def test_breaking_a_tree_leaves_it_as_it_is(random: Random, tree: Any) -> None:
    before = json.dumps(tree)
    changed = mutated(tree, random, [tree])
    assert json.dumps(tree) == before
    assert list(places(changed))
