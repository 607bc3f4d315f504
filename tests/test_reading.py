"""What is wrong with a rubric file: its code, its path, its line and column."""

from __future__ import annotations

import json
import pickle
import re
from pathlib import Path

import pytest

import rubric_engine
from rubric_engine import InvalidRubric, Problem
from rubric_engine.errors import CODES
from rubric_engine.fields import Scalar
from rubric_engine.reading import DEEPEST, LARGEST_FILE, MOST_PROBLEMS, read

#: Stands in a text where its problem is to be found, and is taken out before reading.
MARK = "§"

HEAD = "rubric: sample\ntotal: 10\nlanguage: en\n"


def plan(rules: str, evidence: str = "{n: count, m: count}", **keys: str) -> str:
    """Return a rubric of one item with these rules."""
    further = "".join(f"    {key}: {value}\n" for key, value in keys.items())
    return (
        f"{HEAD}items:\n  - id: plan\n    points: 10\n{further}    evidence: {evidence}\n"
        f"    rules: {rules}\n"
    )


def graded(lines: str) -> str:
    """Return a rubric with these lines about grades."""
    return f"{lines}\n{plan('[{deduct: 1, per: n}]')}"


CHOSEN = "{level: {type: choice, values: [none, good]}, seen: {type: checklist, values: [a, b]}, n: count, judged: {type: amount, range: 1..4}, perhaps: {type: count, optional: true}, perhaps_seen: {type: checklist, values: [a, b], optional: true}, perhaps_level: {type: choice, values: [none, good], optional: true}, word: text, ok: flag}"


def chosen(rule: str) -> str:
    """Return a rubric with one rule over every type of evidence."""
    return plan(f"[{rule}]", CHOSEN, start="full")


RULE = "$.items[0].rules[0]"

#: Name, text with the mark where the problem is, code, path.
CASES: list[tuple[str, str, str, str]] = [
    # the text itself
    ("nothing", "§", "empty", "$"),
    ("only a comment", "§# a comment\n", "empty", "$"),
    ("two documents", f"{HEAD}items: []\n§---\nrubric: b\n", "several-documents", "$"),
    ("an open bracket", "rubric: [a\n§", "not-yaml", "$"),
    ("a control character", "rubric: a§\x01b\n", "not-yaml", "$"),
    ("a wrong indent", "rubric: a\n total§: 10\n", "not-yaml", "$"),
    ("a full-width comma in a flow", "rubric: a\ntotal: {x: 1§， y: 2}\n", "full-width", "$"),
    ("an anchor", f"{HEAD}title: §&t text\n", "anchor", "$"),
    ("an alias", "rubric: a\ntitle: §*t\n", "anchor", "$"),
    ("an anchor at a list", f"{HEAD}items: §&t []\n", "anchor", "$"),
    ("a merge key", f"{HEAD}§<<: {{}}\n", "anchor", "$.<<"),
    ("a tag", f"{HEAD}title: §!!str text\n", "tag", "$"),
    ("a tag at a mapping", f"{HEAD}title: §!x {{en: a}}\n", "tag", "$"),
    ("a tag directive", "§%TAG ! tag:x,2000:\n---\nrubric: a\n", "tag", "$"),
    ("a key twice", f"{HEAD}§total: 11\n", "duplicate-key", "$.total"),
    ("a key twice, in a flow", plan("[{deduct: 1, §deduct: 2}]"), "duplicate-key", f"{RULE}.deduct"),
    ("a list as key", f"{HEAD}? §[a]\n: b\n", "wrong-type", "$"),
    ("nothing as key", f"{HEAD}§~: b\n", "wrong-type", "$"),
    # the shape
    ("a list as the whole", "§- rubric: a\n", "not-a-mapping", "$"),
    ("a text as the whole", "§rubric\n", "not-a-mapping", "$"),
    ("another format", f"format: §2\n{HEAD}", "unsupported-format", "$.format"),
    ("a list as format", f"format: §[1]\n{HEAD}", "unsupported-format", "$.format"),
    ("an unknown key", f"{HEAD}§totel: 10\n", "unknown-key", "$.totel"),
    ("an unknown key of an item", plan("[{deduct: 1}]", pionts="2").replace("pionts", "§pionts"), "unknown-key", "$.items[0].pionts"),
    ("an unknown key of a rule", plan("[{deduct: 1, §pre: n}]"), "unknown-key", f"{RULE}.pre"),
    ("an unknown key of a field", plan("[{deduct: 1}]", "{n: {type: count, §ranges: 0..2}}"), "unknown-key", "$.items[0].evidence.n.ranges"),
    ("an unknown key of a grade", graded("grades: [{stars: 1, §form: 2}]"), "unknown-key", "$.grades[0].form"),
    ("an unknown key with a full-width sign", f"{HEAD}places：2:§\n", "full-width", "$.places：2"),
    ("no name", "§total: 10\nitems: [{id: a, points: 10, rules: [{deduct: 1}]}]\n", "missing-key", "$"),
    ("no id", f"{HEAD}items:\n  - §points: 10\n    rules: [{{deduct: 1}}]\n", "missing-key", "$.items[0]"),
    ("no type", plan("[{deduct: 1}]", "{n: §{range: 0..2}}"), "missing-key", "$.items[0].evidence.n"),
    ("no values", plan("[{deduct: 1}]", "{n: §{type: choice}}"), "missing-key", "$.items[0].evidence.n"),
    ("an item that is a text", f"{HEAD}items:\n  - §plan\n", "not-a-mapping", "$.items[0]"),
    ("an item with full-width signs", f"{HEAD}items:\n  - §id：plan\n", "full-width", "$.items[0]"),
    ("a rule that is a text", plan("[§deduct]"), "not-a-mapping", RULE),
    ("items that are a mapping", f"{HEAD}items: §{{id: a}}\n", "wrong-type", "$.items"),
    ("items that are nothing", f"{HEAD}items:§\n", "empty", "$.items"),
    ("evidence that is a list", plan("[{deduct: 1}]", "§[n, count]"), "not-a-mapping", "$.items[0].evidence"),
    ("evidence with full-width signs", plan("[{deduct: 1}]", "§n：count"), "full-width", "$.items[0].evidence"),
    ("a field's name with full-width signs", plan("[{deduct: 1}]", "{n：count: §}"), "full-width", "$.items[0].evidence.n：count"),
    ("a version that is a list", f"{HEAD}version: §[1]\n", "wrong-type", "$.version"),
    ("a title that is nothing", f"{HEAD}title:§\n", "empty", "$.title"),
    ("a title without a language", f"{HEAD}title: §{{}}\n", "empty", "$.title"),
    ("a title of lists", f"{HEAD}title: {{zh: §[a]}}\n", "wrong-type", "$.title.zh"),
    ("a verdict that is none", plan("[{deduct: 1}]", "{n: {type: count, optional: §yes}}"), "wrong-type", "$.items[0].evidence.n.optional"),
    ("a field's list that is too long", plan("[{deduct: 1}]", "{n: §[count, a, b]}"), "wrong-type", "$.items[0].evidence.n"),
    ("a field's list that is empty", plan("[{deduct: 1}]", "{n: §[]}"), "wrong-type", "$.items[0].evidence.n"),
    ("a field that is nothing", plan("[{deduct: 1}]", "{n: §}"), "empty", "$.items[0].evidence.n"),
    ("values that are a text", plan("[{deduct: 1}]", "{n: {type: choice, values: §a}}"), "wrong-type", "$.items[0].evidence.n.values"),
    ("a value that is a list", plan("[{deduct: 1}]", "{n: {type: choice, values: §[[a]]}}"), "wrong-type", "$.items[0].evidence.n.values"),
    ("methods that are a text", plan("[{deduct: 1}]", methods="§report"), "wrong-type", "$.items[0].methods"),
    ("an unknown method", plan("[{deduct: 1}]", methods="§[reports]"), "unknown-value", "$.items[0].methods"),
    ("a way to combine", f"{HEAD}combine: §meen\n", "unknown-value", "$.combine"),
    ("a list as the way to combine", f"{HEAD}combine: §[mean]\n", "unknown-value", "$.combine"),
    ("otherwise", f"{HEAD}otherwise: §none\n", "unknown-value", "$.otherwise"),
    ("a provenance", plan("[{deduct: 1, provenance: §sources}]"), "unknown-value", f"{RULE}.provenance"),
    ("a number with an exponent", "rubric: a\ntotal: §1e1\n", "bad-number", "$.total"),
    ("a number over nothing", "rubric: a\ntotal: §1/0\n", "bad-number", "$.total"),
    ("a list as number", "rubric: a\ntotal: §[1]\n", "wrong-type", "$.total"),
    ("points that are a word", f"{HEAD}items: [{{id: a, points: §nothing}}]\n", "bad-number", "$.items[0].points"),
    ("points that are a list", f"{HEAD}items: [{{id: a, points: §[1]}}]\n", "bad-number", "$.items[0].points"),
    ("places that are no whole number", f"{HEAD}places: §1.5\n", "bad-number", "$.places"),
    ("places that are enormous", f"{HEAD}places: §1000000001\n", "bad-number", "$.places"),
    ("an amount that is a list", plan("[{deduct: §[1]}]"), "wrong-type", f"{RULE}.deduct"),
    ("an amount that is nothing", plan("[{deduct: §}]"), "empty", f"{RULE}.deduct"),
    ("an amount that is an empty map", plan("[{deduct: §{}, by: n}]"), "empty", f"{RULE}.deduct"),
    ("an amount that is a word", plan("[{deduct: §lots}]"), "unknown-name", f"{RULE}.deduct"),
    ("an amount that is no number", plan("[{deduct: §1.}]"), "bad-number", f"{RULE}.deduct"),
    ("an amount in a map", plan("[{deduct: {a: §lots}, by: n}]"), "bad-number", f"{RULE}.deduct.a"),
    ("a list in a map of amounts", plan("[{deduct: {a: §[1]}, by: n}]"), "bad-number", f"{RULE}.deduct.a"),
    ("an edge that is a word", plan("[{deduct: {from low: §1}, by: n}]"), "bad-number", f"{RULE}.deduct.from low"),
    ("edges beside values", plan("[{§deduct: {from 1: 1, a: 1}, by: n}]"), "conflicting-keys", f"{RULE}.deduct"),
    ("a judged range that is open", plan("[{deduct: §1.., by: n}]"), "out-of-range", f"{RULE}.deduct"),
    ("a judged range below 0", plan("[{deduct: §-1..2, by: n}]"), "out-of-range", f"{RULE}.deduct"),
    ("a range of words", plan("[{limit: §a..b}]"), "bad-number", f"{RULE}.limit"),
    ("a range without ends", plan("[{limit: §..}]"), "out-of-range", f"{RULE}.limit"),
    ("a range the wrong way round", plan("[{limit: §3..1}]"), "out-of-range", f"{RULE}.limit"),
    ("a limit that is a list", plan("[{limit: §[0, 1]}]"), "wrong-type", f"{RULE}.limit"),
    ("minima that are a word", graded("grades: [{stars: 1, minima: §low}]"), "bad-number", "$.grades[0].minima"),
    ("minima with a word", graded("grades: [{stars: 1, minima: {plan: §low}}]"), "bad-number", "$.grades[0].minima.plan"),
    ("an expression that is a list", plan("[{deduct: 1, per: §[n]}]"), "wrong-type", f"{RULE}.per"),
    ("two verbs", plan("[{deduct: 1, §award: 2}]"), "conflicting-keys", f"{RULE}.award"),
    ("no verb", plan("[§{deductt: 1}]"), "unknown-verb", RULE),
    ("a verb with a full-width colon", plan("[§{deduct：1: }]"), "full-width", RULE),
    ("an unknown type", plan("[{deduct: 1}]", "{n: §counts}"), "unknown-type", "$.items[0].evidence.n"),
    ("an unknown type in the long form", plan("[{deduct: 1}]", "{n: §{type: counts}}"), "unknown-type", "$.items[0].evidence.n"),
    ("a list as type", plan("[{deduct: 1}]", "{n: §{type: [count]}}"), "unknown-type", "$.items[0].evidence.n"),
    ("a type with a full-width comma", plan("[{deduct: 1}]", "{n: §count，缺项}"), "full-width", "$.items[0].evidence.n"),
    ("a lost comma", plan("[{deduct: 1}]", "{n: §[count 缺项]}"), "comma-lost", "$.items[0].evidence.n"),
    # the tree
    ("a name with a space", "§rubric: a b\ntotal: 10\nitems: [{id: a, points: 10, rules: [{deduct: 1}]}]\n", "bad-id", "$.rubric"),
    ("places out of range", plan("[{deduct: 1}]").replace(HEAD, f"{HEAD}places: §10\n"), "out-of-range", "$.places"),
    ("a clip of 0", plan("[{deduct: 1}]").replace(HEAD, f"{HEAD}clip: §0\n"), "out-of-range", "$.clip"),
    ("a total of 0", "rubric: a\ntotal: §0\nitems: [{id: a, points: none}]\n", "out-of-range", "$.total"),
    ("an id that is a keyword", plan("[{deduct: 1}]").replace("id: plan", "id: §and"), "bad-id", "$.items[0].id"),
    ("an id that is the root's", plan("[{deduct: 1}]").replace("id: plan", "id: §total"), "duplicate-id", "$.items[0].id"),
    ("a field's name that is the root's id", plan("[{deduct: 1}]", "{§total: count}"), "bad-id", "$.items[0].evidence.total"),
    ("a field's name that is no id", plan("[{deduct: 1}]", "{§2n: count}"), "bad-id", "$.items[0].evidence.2n"),
    ("a field's name that is a node's id", plan("[{deduct: 1}]", "{plan: §count}"), "duplicate-id", "$.items[0].evidence.plan"),
    ("an id used twice", f"{HEAD}items:\n  - {{id: a, points: 5, rules: [{{deduct: 1}}]}}\n  - {{id: §a, points: 5, rules: [{{deduct: 1}}]}}\n", "duplicate-id", "$.items[1].id"),
    ("a value used twice", plan("[{deduct: 1}]", "{n: {type: choice, values: §[a, a]}}"), "duplicate-id", "$.items[0].evidence.n.values"),
    ("a value that is a keyword", plan("[{deduct: 1}]", "{n: {type: choice, §values: [in]}}"), "bad-id", "$.items[0].evidence.n.values"),
    ("no values at all", plan("[{deduct: 1}]", "{n: {type: choice, values: §[]}}"), "empty", "$.items[0].evidence.n.values"),
    ("a checklist of no values", plan("[{deduct: 1}]", "{n: {type: checklist, values: §[]}}"), "empty", "$.items[0].evidence.n.values"),
    ("too many values", plan("[{deduct: 1}]", "{n: {type: choice, values: §[" + ", ".join(f"v{each}" for each in range(1001)) + "]}}"), "too-large", "$.items[0].evidence.n.values"),
    ("too many decimals", plan("[{deduct: 1}]", "{n: {type: number, places: §10}}"), "out-of-range", "$.items[0].evidence.n.places"),
    ("a range with one end", plan("[{deduct: 1}]", "{n: {type: count, range: §0..}}"), "out-of-range", "$.items[0].evidence.n.range"),
    ("a count below 0", plan("[{deduct: 1}]", "{n: {type: count, range: §-1..4}}"), "out-of-range", "$.items[0].evidence.n.range"),
    ("a range finer than the places", plan("[{deduct: 1}]", "{n: §{type: number, range: 0..1.5}}"), "not-exact", "$.items[0].evidence.n"),
    ("a listed number finer than the places", plan("[{deduct: 1}]", "{n: §{type: number, one_of: [0, 0.5]}}"), "not-exact", "$.items[0].evidence.n"),
    ("no children", "§rubric: a\ntotal: 10\n", "no-children", "$"),
    ("no children to take the mean of", "§rubric: a\ntotal: 10\ncombine: mean\n", "no-children", "$"),
    ("places that nobody wrote", plan("[{deduct: 1}]", "{n: §{type: amount, range: 0.0000000001..1}}"), "out-of-range", "$.items[0].evidence.n.places"),
    ("an indicator without children", f"{HEAD}indicators: [§{{id: a, points: 10}}]\n", "no-children", "$.indicators[0]"),
    ("points that do not add up", plan("[{deduct: 1}]").replace("points: 10", "points: 9").replace("total: ", "total: §"), "points-do-not-add-up", "$"),
    ("a weight under a sum", plan("[{deduct: 1}]", weight="2").replace("weight", "§weight"), "conflicting-keys", "$.items[0].weight"),
    ("a scale for an open account", f"{HEAD}items: [{{id: b, points: 10, start: full}}, {{id: a, points: none, §out_of: 5, start: zero}}]\n", "conflicting-keys", "$.items[1].out_of"),
    ("a weight under the lowest", f"{HEAD}combine: lowest\nitems: [{{id: a, out_of: 10, §weight: 2, start: full}}]\n", "conflicting-keys", "$.items[0].weight"),
    ("points under a mean", f"{HEAD}combine: mean\nitems: [{{id: a, §points: 10, start: full}}]\n", "conflicting-keys", "$.items[0].points"),
    ("points below 0", f"{HEAD}items: [{{id: a, points: §-10, start: full}}, {{id: b, points: 20, start: full}}]\n", "out-of-range", "$.items[0].points"),
    ("a weight of 0", f"{HEAD}combine: mean\nitems: [{{id: a, out_of: 10, weight: §0, start: full}}]\n", "out-of-range", "$.items[0].weight"),
    ("no scale under a mean", f"{HEAD}combine: mean\nitems: [§{{id: a}}]\n", "scale-missing", "$.items[0]"),
    ("scales that differ under a mean", "§rubric: a\ncombine: mean\nitems: [{id: a, out_of: 10, start: full}, {id: b, out_of: 5, start: full}]\n", "scale-missing", "$"),
    ("an indicator under a mean", f"{HEAD}indicators:\n  - §id: i\n    points: none\n    combine: mean\n    items: [{{id: a, out_of: 10, start: full}}, {{id: b, out_of: 5, start: full}}]\n", "scale-missing", "$.indicators[0]"),
    ("no start", f"{HEAD}items:\n  - §id: a\n    points: 10\n", "start-unclear", "$.items[0]"),
    ("two starts", f"{HEAD}items:\n  - §id: a\n    points: 10\n    rules: [{{deduct: 1}}, {{award: 1}}]\n", "start-unclear", "$.items[0]"),
    ("an open account that starts full", f"{HEAD}items: [{{id: b, points: 10, start: full}}, {{id: a, points: none, start: §full}}]\n", "all-needs-scale", "$.items[1].start"),
    # rules
    ("all as bonus", plan("[{bonus: §all}]", start="full"), "all-needs-scale", f"{RULE}.bonus"),
    ("all of an open account", plan("[{award: 1}]").replace(HEAD, HEAD).replace("points: 10", "points: 10\n    start: full") + "  - {id: o, points: none, rules: [{deduct: §all}]}\n", "all-needs-scale", "$.items[1].rules[0].deduct"),
    ("all set in an open account", plan("[{award: 1}]", start="full") + "  - {id: o, points: none, rules: [{set: §all}]}\n", "all-needs-scale", "$.items[1].rules[0].set"),
    ("all times something", plan("[{§deduct: all, per: n}]").replace("§", "").replace("per: n", "§per: n"), "conflicting-keys", f"{RULE}.per"),
    ("all below something", plan("[{deduct: all, §below: 3, of: n}]"), "conflicting-keys", f"{RULE}.below"),
    ("an amount below 0", plan("[{deduct: §-1}]"), "out-of-range", f"{RULE}.deduct"),
    ("a map without by", plan("[{deduct: §{a: 1}}]"), "by-and-amount", f"{RULE}.deduct"),
    ("a number with by", chosen("{deduct: 1, by: §level}"), "by-and-amount", f"{RULE}.by"),
    ("a map by a number", chosen("{deduct: {a: 1}, by: §n}"), "by-and-amount", f"{RULE}.by"),
    ("bands by a choice", chosen("{deduct: {from 1: 1}, by: §level}"), "by-and-amount", f"{RULE}.by"),
    ("a judged range by a count", chosen("{deduct: 1..2, by: §n}"), "by-and-amount", f"{RULE}.by"),
    ("a judged range that is too wide", chosen("{deduct: 2..4, by: §judged}"), "out-of-range", f"{RULE}.by"),
    ("a judged range cut above", chosen("{deduct: 1..3, by: §judged}"), "out-of-range", f"{RULE}.by"),
    ("else of a checklist", chosen("{deduct: §{a: 1, else: 1}, by: seen}"), "by-and-amount", f"{RULE}.deduct"),
    ("all of a checklist", chosen("{deduct: §{a: all}, by: seen}"), "by-and-amount", f"{RULE}.deduct"),
    ("by a truth", chosen("{deduct: {a: 1}, by: §ok}"), "wrong-operand", f"{RULE}.by"),
    ("by an unknown name", chosen("{deduct: {a: 1}, by: §levels}"), "unknown-name", f"{RULE}.by"),
    ("by an optional choice", chosen("{deduct: {none: 1, good: 0}, by: §perhaps_level}"), "unprotected-optional", f"{RULE}.by"),
    ("by an optional checklist", chosen("{deduct: {a: 1}, by: §perhaps_seen}"), "unprotected-optional", f"{RULE}.by"),
    ("a value that is not there", chosen("{deduct: {none: 1, good: 0, §god: 1}, by: level}"), "unknown-value", f"{RULE}.deduct.god"),
    ("a value of a checklist that is not there", chosen("{deduct: {§aa: 1, b: 1}, by: seen}"), "unknown-value", f"{RULE}.deduct.aa"),
    ("a value below 0", chosen("{deduct: {none: §-1, good: 0}, by: level}"), "out-of-range", f"{RULE}.deduct.none"),
    ("a value left open", chosen("{deduct: §{none: 1}, by: level}"), "value-not-covered", f"{RULE}.deduct"),
    ("an edge twice", chosen("{deduct: {from 1: 1, from 1.0: §1}, by: n}").replace("from 1.0: §1", "from 1.0: 1").replace("{from 1: 1", "{from 1: §1"), "duplicate-edge", f"{RULE}.deduct.from 1"),
    ("an edge that pays below 0", chosen("{deduct: {from 1: §-1}, by: n}"), "out-of-range", f"{RULE}.deduct.from 1"),
    ("above and below", plan("[{deduct: 1, below: 1, §above: 2, of: n}]"), "conflicting-keys", f"{RULE}.above"),
    ("below without of", plan("[{deduct: 1, §below: 1}]"), "conflicting-keys", f"{RULE}.below"),
    ("above without of", plan("[{deduct: 1, §above: 1}]"), "conflicting-keys", f"{RULE}.above"),
    ("of alone", plan("[{deduct: 1, §of: n}]"), "conflicting-keys", f"{RULE}.of"),
    ("a step alone", plan("[{deduct: 1, §step: 2}]"), "conflicting-keys", f"{RULE}.step"),
    ("parts alone", plan("[{deduct: 1, §parts: whole}]"), "conflicting-keys", f"{RULE}.parts"),
    ("per beside below", plan("[{deduct: 1, below: 1, of: n, §per: n}]"), "conflicting-keys", f"{RULE}.per"),
    ("ratio beside above", plan("[{deduct: 1, above: 1, of: n, §ratio: n}]"), "conflicting-keys", f"{RULE}.ratio"),
    ("a step of 0", plan("[{deduct: 1, below: 1, of: n, step: §0}]"), "out-of-range", f"{RULE}.step"),
    ("an up_to below 0", plan("[{deduct: 1, up_to: §-1}]"), "can-be-negative", f"{RULE}.up_to"),
    ("parts of another name", plan("[{deduct: 1, below: 1, of: n, parts: §half}]"), "unknown-value", f"{RULE}.parts"),
    ("per what can be negative", plan("[{deduct: 1, per: §n - m}]"), "can-be-negative", f"{RULE}.per"),
    ("a round of 10 places", plan("[{round: §10}]", start="full"), "out-of-range", f"{RULE}.round"),
    ("a way to round", plan("[{round: 1, mode: §half_way}]", start="full"), "unknown-value", f"{RULE}.mode"),
    ("too fine", plan("[{deduct: 0.000000000000000001, per: n * m}]").replace("- id", "- §id"), "too-fine", "$.items[0]"),
    ("scores in a circle", f"{HEAD}items:\n  - {{id: a, points: 5, rules: [{{deduct: 1, when: §b > 1}}]}}\n  - {{id: b, points: 5, rules: [{{deduct: 1, when: a > 1}}]}}\n", "cycle", "$.items[0].rules[0].when"),
    ("a score of its own", plan("[{deduct: 1, when: n > 1 and §plan > 2}]"), "cycle", f"{RULE}.when"),
    ("a score of the whole", plan("[{deduct: 1, when: §total > 2}]"), "cycle", f"{RULE}.when"),
    # expressions
    ("an unknown name", plan("[{deduct: 1, per: m + §nn}]"), "unknown-name", f"{RULE}.per"),
    ("an unknown field", plan("[{deduct: 1, per: m + §plan.nn}]"), "unknown-name", f"{RULE}.per"),
    ("a bare unknown name", plan("[{deduct: 1, per: §nn}]"), "unknown-name", f"{RULE}.per"),
    ("an unknown name in single quotes", plan("[{deduct: 1, per: 'm + §nn'}]"), "unknown-name", f"{RULE}.per"),
    ("an unknown name in double quotes", plan('[{deduct: 1, per: "m + §nn"}]'), "unknown-name", f"{RULE}.per"),
    ("after Chinese", plan("[{deduct: 1, per: 缺项 + §nn}]", "{缺项: count}"), "unknown-name", f"{RULE}.per"),
    ("after Chinese in a quoted value", chosen("{deduct: 1, when: 等级 == '优' and §nn > 1}").replace("level: {type: choice, values: [none, good]}", "等级: {type: choice, values: [优, 良]}"), "unknown-name", f"{RULE}.when"),
    ("after spaces", plan('[{deduct: 1, per: "  m + §nn"}]'), "unknown-name", f"{RULE}.per"),
    ("in a folded text", HEAD + "items:\n  - id: plan\n    points: 10\n    rules:\n      - deduct: 1\n        when: §>-\n          nn > 1\n", "unknown-name", f"{RULE}.when"),
    ("over two lines", HEAD + 'items:\n  - id: plan\n    points: 10\n    rules:\n      - deduct: 1\n        when: §"1 > 0 and\n          nn > 1"\n', "unknown-name", f"{RULE}.when"),
    ("an unknown function", plan("[{deduct: 1, per: 'm + §mix(n, 1)'}]"), "unknown-function", f"{RULE}.per"),
    ("too few values", plan("[{deduct: 1, per: m + §default(n)}]"), "wrong-operand", f"{RULE}.per"),
    ("no values of a function", plan("[{deduct: 1, per: §min()}]"), "wrong-operand", f"{RULE}.per"),
    ("known of a sum", plan("[{deduct: 1, when: §known(n + 1)}]"), "wrong-operand", f"{RULE}.when"),
    ("a truth as number", chosen("{deduct: 1, per: §ok}"), "wrong-operand", f"{RULE}.per"),
    ("a number as truth", plan("[{deduct: 1, when: §n}]"), "wrong-operand", f"{RULE}.when"),
    ("a text as number", chosen("{deduct: 1, per: n + §word}").replace("§", "").replace("per: n", "per: §n"), "wrong-operand", f"{RULE}.per"),
    ("a choice added", chosen("{deduct: 1, per: §level + 1}"), "wrong-operand", f"{RULE}.per"),
    ("a checklist as truth", chosen("{deduct: 1, when: not seen}").replace("not seen", "§not seen"), "wrong-operand", f"{RULE}.when"),
    ("ticked of a number", chosen("{deduct: 1, per: §ticked(n)}"), "wrong-operand", f"{RULE}.per"),
    ("unticked of a number", chosen("{deduct: 1, per: §unticked(n)}"), "wrong-operand", f"{RULE}.per"),
    ("ticked of nothing known", chosen("{deduct: 1, per: ticked(§nn)}"), "unknown-name", f"{RULE}.per"),
    ("known of nothing known", chosen("{deduct: 1, when: known(§nn)}"), "unknown-name", f"{RULE}.when"),
    ("a choice's value", chosen("{deduct: 1, when: level == §goood}"), "unknown-name", f"{RULE}.when"),
    ("a checklist's value", chosen("{deduct: 1, when: §aa in seen}"), "unknown-name", f"{RULE}.when"),
    ("a number in a checklist", chosen("{deduct: 1, when: §n in seen}"), "wrong-operand", f"{RULE}.when"),
    ("a word in values", chosen("{deduct: 1, when: §'nn in (none, good)'}"), "unknown-name", f"{RULE}.when"),
    ("in nothing", chosen("{deduct: 1, when: §level in ()}"), "bad-expression", f"{RULE}.when"),
    ("in twice", chosen("{deduct: 1, when: §'level in (none, good) in (good, none)'}"), "bad-expression", f"{RULE}.when"),
    ("a tuple outside in", chosen("{deduct: 1, when: 'level == §(none, good)'}"), "bad-expression", f"{RULE}.when"),
    ("two dots", plan("[{deduct: 1, per: §a.b.c}]"), "bad-expression", f"{RULE}.per"),
    ("a power of nine", plan("[{deduct: 1, per: m + §n ** 9}]"), "wrong-operand", f"{RULE}.per"),
    ("a foreign sign", plan("[{deduct: 1, per: n §% 2}]"), "bad-expression", f"{RULE}.per"),
    ("a call of a call", plan("[{deduct: 1, per: §min(n)(n)}]"), "bad-expression", f"{RULE}.per"),
    ("two comparisons apart", plan("[{deduct: 1, when: n > §> m}]"), "bad-expression", f"{RULE}.when"),
    ("a word of Python", plan("[{deduct: 1, when: n §is m}]"), "bad-expression", f"{RULE}.when"),
    ("a number beside a name", plan("[{deduct: 1, per: 2§n}]"), "bad-expression", f"{RULE}.per"),
    ("full-width letters", plan("[{deduct: 1, per: n + §ｍ}]"), "bad-expression", f"{RULE}.per"),
    ("a quoted text beside another", chosen("{deduct: 1, when: level == 'none' §'good'}"), "bad-expression", f"{RULE}.when"),
    ("only spaces", plan('[{deduct: 1, per: §" "}]'), "bad-expression", f"{RULE}.per"),
    ("too long", plan("[{deduct: 1, per: §" + "n + " * 260 + "n}]"), "expression-too-large", f"{RULE}.per"),
    ("too many parts", plan("[{deduct: 1, per: §" + "n+" * 120 + "n}]").replace("§", ""), "expression-too-large", f"{RULE}.per"),
    ("too deep", plan("[{deduct: 1, per: " + "(" * 30 + "§(n" + ")" * 31 + "}]"), "expression-too-large", f"{RULE}.per"),
    ("too deep without brackets", plan("[{deduct: 1, per: §'" + "- " * 40 + "n'}]"), "expression-too-large", f"{RULE}.per"),
    ("a literal too long", plan("[{deduct: 1, per: n + §1234567890123456}]"), "expression-too-large", f"{RULE}.per"),
    ("a divisor that can be 0", plan("[{deduct: 1, per: §n / m}]"), "unprotected-division", f"{RULE}.per"),
    ("a divisor of 0", plan("[{deduct: 1, per: 1 + §n / 0}]"), "unprotected-division", f"{RULE}.per"),
    ("an optional number", chosen("{deduct: 1, per: §perhaps + 1}"), "unprotected-optional", f"{RULE}.per"),
    ("an optional truth", chosen("{deduct: 1, when: §perhaps > 1}"), "unprotected-optional", f"{RULE}.when"),
    # grades and gates
    ("stars out of order", graded("grades: [{stars: 1, from: 5}, §{stars: 2}]"), "grades-order", "$.grades[1]"),
    ("cuts out of order", graded("grades: [{stars: 3, from: 5}, {stars: 2, from: §6}, {stars: 1}]"), "grades-order", "$.grades[1].from"),
    ("upper cuts out of order", graded("grades: [{stars: 3, up_to: 5}, {stars: 2, up_to: §5}, {stars: 1}]"), "grades-order", "$.grades[1].up_to"),
    ("a grade that hides others", graded("grades: [§{stars: 3}, {stars: 2}]"), "grades-order", "$.grades[0]"),
    ("a last grade with a condition", graded("grades: [{stars: 3, from: 5}, §{stars: 2, from: 1}]"), "grades-open", "$.grades[1]"),
    ("a grade's name twice", graded("grades: [{grade: a, from: 5}, §{grade: a}]"), "duplicate-id", "$.grades[1]"),
    ("a grade called unrated", graded("grades: [§{grade: unrated}]"), "duplicate-id", "$.grades[0]"),
    ("stars below 0", graded("grades: [{stars: §-1}]"), "out-of-range", "$.grades[0].stars"),
    ("a grade without a name", graded("grades: [§{from: 1}, {stars: 1}]"), "missing-key", "$.grades[0]"),
    ("both cuts", graded("grades: [§{stars: 2, from: 1, up_to: 5}, {stars: 1}]").replace("§", "").replace("[{stars: 2", "[§{stars: 2"), "conflicting-keys", "$.grades[0]"),
    ("cuts of both kinds", graded("grades: [{stars: 3, from: 5}, §{stars: 2, up_to: 1}, {stars: 1}]"), "conflicting-keys", "$.grades[1]"),
    ("minima of an unknown node", graded("grades: [{stars: 3, minima: {§plam: 5}}, {stars: 1}]"), "unknown-name", "$.grades[0].minima.plam"),
    ("minima of no children", plan("[{deduct: 1}]", grades="[{stars: 3, §minima: 5}, {stars: 1}]"), "conflicting-keys", "$.items[0].grades[0].minima"),
    ("a condition of a grade", graded("grades: [{stars: 3, when: 1 > §nn}, {stars: 1}]"), "unknown-name", "$.grades[0].when"),
    ("gates without grades", graded("gates: §[{at_most: 1}]"), "missing-key", "$.gates"),
    ("otherwise without grades", graded("otherwise: §unrated"), "missing-key", "$.otherwise"),
    ("a gate without action", graded("grades: [{stars: 1}]\ngates: [§{when: plan.n > 1}]"), "missing-key", "$.gates[0]"),
    ("a gate with two actions", graded("grades: [{stars: 1}]\ngates: [{§at_most: 1, grade: 1}]").replace("{§", "§{"), "conflicting-keys", "$.gates[0]"),
    ("a gate to an unknown grade", graded("grades: [{stars: 1}]\ngates: [{at_most: §2}]"), "unknown-grade", "$.gates[0].at_most"),
    ("a gate by an unknown name", graded("grades: [{stars: 1}]\ngates: [{grade: 1, unless: plan.n > §nn}]"), "unknown-name", "$.gates[0].unless"),
]


def problems_of(text: str | bytes) -> tuple[Problem, ...]:
    with pytest.raises(InvalidRubric) as caught:
        rubric_engine.loads(text)
    return caught.value.problems


@pytest.mark.parametrize(("text", "code", "path"), [each[1:] for each in CASES], ids=[each[0] for each in CASES])
def test_a_problem_has_its_code_and_its_place(text: str, code: str, path: str) -> None:
    before, mark, after = text.partition(MARK)
    found = problems_of(before + after)
    wanted = [each for each in found if (each.code, each.path) == (code, path)]
    assert len(wanted) == 1, [str(each) for each in found]
    if mark:
        line, column = before.count("\n") + 1, len(before) - (before.rfind("\n") + 1) + 1
        assert (wanted[0].line, wanted[0].column) == (line, column), str(wanted[0])
    assert wanted[0].file is None
    assert CODES[code] in str(wanted[0])


#: Codes of the kind of rubrics that no file of this table can raise.
ELSEWHERE = {"not-utf8", "too-deep"}
#: Codes of sheets, of what is installed, of cycles and of archives.
NOT_OF_RUBRICS = {
    *("unknown-item", "unknown-field", "missing-finding", "given-twice", "not-finite"),
    *("duplicate-value", "not-applicable", "too-few", "missing-method"),
    *("unknown-rubric", "unknown-node", "broken-plugin", "missing-library"),
    *("missing-column", "unknown-column", "wrong-dtype", "column-taken", "repeated-key"),
    *("missing-table", "unknown-table", "unknown-assessee", "mixed-frames", "lazy-frame"),
    *("too-wide",),
    *("unknown-unit", "unknown-step", "step-not-allowed", "role-not-allowed", "reason-missing"),
    *("review-missing", "answer-missing", "decision-missing", "window-open", "plan-missing"),
    *("award-outdated", "record-changed", "record-missing", "record-added", "record-moved"),
    *("seal-broken", "foreign-rubric", "not-recomputed"),
}


def test_the_table_raises_every_code_of_rubrics() -> None:
    raised = {code for _, _, code, _ in CASES}
    assert raised | ELSEWHERE | NOT_OF_RUBRICS == set(CODES)
    assert not raised & NOT_OF_RUBRICS


def test_every_code_is_raised_by_the_sources_and_no_other() -> None:
    folder = Path(rubric_engine.__file__).parent
    telling = ("errors.py", "mending.py")
    sources = (each for each in folder.rglob("*.py") if each.name not in telling)
    outside = "\n".join(each.read_text(encoding="utf-8") for each in sources)
    for code in CODES:
        assert f'"{code}"' in outside, f"{code} is raised nowhere"
    raising = r"(?:Problem|malformed|Mistake|Refused|_refuse|problem|_problem|_stop|unknown|refused|_told)\(\s*"
    used = set(re.findall(raising + r'"([a-z0-9-]+)"', outside))
    assert used - set(CODES) == set()
    assert len(used) > 40, "the pattern finds the codes"


def test_bytes_that_are_not_utf8_are_named_with_their_place() -> None:
    (problem,) = problems_of("rubric: a\ntitle: 计".encode() + b"\xff")
    assert (problem.code, problem.path, problem.line, problem.column) == ("not-utf8", "$", 2, 9)
    assert problem.found == "byte 0xff"


def test_a_lone_surrogate_is_not_utf8() -> None:
    (problem,) = problems_of("rubric: a\ntitle: \ud800\n")
    assert (problem.code, problem.line) == ("not-utf8", 2)


@pytest.mark.parametrize("sign", ["#", "计"])
def test_a_text_that_is_too_large_is_refused(sign: str) -> None:
    size = len(sign.encode())
    text = sign * (LARGEST_FILE // size + 1)
    for content in (text, text.encode()):
        (problem,) = problems_of(content)
        assert (problem.code, problem.line, problem.column) == ("too-large", 1, 1)


def test_a_text_nested_too_deep_is_refused_where_it_gets_too_deep() -> None:
    (problem,) = problems_of("[" * 10_000)
    assert (problem.code, problem.path) == ("too-deep", "$")
    assert (problem.line, problem.column) == (1, DEEPEST + 1)


def test_a_tree_nested_too_deep_is_refused() -> None:
    lines = ["rubric: deep", "total: 1"]
    for level in range(61):
        indent = "  " * level
        head = [f"{indent}indicators:", f"{indent}- id: n{level}", f"{indent}  points: 1"]
        lines += head
    lines += [f"{'  ' * 61}items: [{{id: leaf, points: 1, start: full}}]"]
    found = problems_of("\n".join(lines))
    assert {each.code for each in found} == {"too-deep"}


def test_reading_stops_after_many_problems() -> None:
    found = problems_of("rubric: a\n" + "\n".join(f"k{each}: !t x" for each in range(2_000)))
    assert len(found) == MOST_PROBLEMS + 1
    assert {each.code for each in found} == {"tag"}


def test_too_many_nodes_are_refused() -> None:
    rubric = rubric_engine.Rubric(
        "large",
        items=[rubric_engine.Item(f"n{each}", points=1, start="full") for each in range(20_001)],
    )
    with pytest.raises(InvalidRubric) as caught:
        rubric_engine.evaluate(rubric, {})
    assert [each.code for each in caught.value.problems] == ["too-large"]


def test_all_problems_of_a_file_come_in_the_order_of_their_places() -> None:
    text = """\
rubric: several
totel: 5
total: ten
items:
  - id: plan
    points: 5
    evidence:
      missing: coun
      late: {type: count, rnge: 0..3}
    rules:
      - {deduct: 1..x}
      - {deduct: 1, pre: missing}
  - points: 5
grades:
  - {stars: many}
"""
    found = problems_of(text)
    assert [(each.line, each.column, each.code) for each in found] == [
        (2, 1, "unknown-key"),
        (3, 8, "bad-number"),
        (8, 16, "unknown-type"),
        (9, 27, "unknown-key"),
        (11, 18, "bad-number"),
        (12, 21, "unknown-key"),
        (13, 5, "missing-key"),
        (15, 13, "bad-number"),
    ]
    assert found[0].nearest == "total"
    assert found[2].nearest == "count"
    assert found[3].nearest == "range"
    assert found[5].nearest == "per"


def test_all_problems_of_sense_come_in_one_report() -> None:
    text = plan("[{deduct: 1, per: nn}, {deduct: -1, when: m}, {deduct: {a: 1}}]")
    found = problems_of(text)
    assert [(each.code, each.path) for each in found] == [
        ("unknown-name", "$.items[0].rules[0].per"),
        ("out-of-range", "$.items[0].rules[1].deduct"),
        ("wrong-operand", "$.items[0].rules[1].when"),
        ("by-and-amount", "$.items[0].rules[2].deduct"),
    ]
    assert [each.nearest for each in found[:1]] == ["n"]


def test_the_cut_of_a_grade_that_has_both_is_told_once() -> None:
    found = problems_of(graded("grades: [{stars: 2, from: 1, up_to: 5}, {stars: 1}]"))
    assert [each.code for each in found] == ["conflicting-keys"]


def test_a_comma_in_an_expression_of_a_flow_gets_a_hint() -> None:
    found = problems_of(plan("[{deduct: 1, per: max(n, m)}]"))
    (problem,) = [each for each in found if each.code == "unknown-key"]
    assert (problem.path, problem.line, problem.column) == (f"{RULE}.m)", 8, 37)
    assert "quotes" in problem.expected


def test_a_path_outside_the_file_is_placed_at_its_beginning() -> None:
    document, _ = read("a: {b: [c]}")
    assert document is not None
    for path, column in (("$.a.b[0]", 9), ("$.a.b[7].c", 8), ("$.a.x.y", 4), ("$.x", 1), ("x", 1)):
        placed = document.placed(Problem("empty", path))
        assert (placed.line, placed.column) == (1, column), path


def test_two_circles_are_both_told() -> None:
    rows = [("a", "b"), ("b", "a"), ("c", "d"), ("d", "c")]
    items = "".join(
        f"  - {{id: {one}, points: 2.5, rules: [{{deduct: 1, when: {other} > 1}}]}}\n"
        for one, other in rows
    )
    found = problems_of(f"{HEAD}items:\n{items}")
    assert {each.code for each in found} == {"cycle"}
    paths = {each.path[: len("$.items[0]")] for each in found}
    assert paths & {"$.items[0]", "$.items[1]"}
    assert paths & {"$.items[2]", "$.items[3]"}


def test_a_problem_names_its_file(tmp_path: Path) -> None:
    file = tmp_path / "broken.yaml"
    file.write_text(f"{HEAD}totel: 1\n", encoding="utf-8")
    with pytest.raises(InvalidRubric) as caught:
        rubric_engine.load(file)
    problem = caught.value.problems[0]
    assert problem.file == str(file)
    assert str(problem).startswith(f"{file}:4:1 $.totel: ")


# JSON

JSON = {
    "rubric": "sample",
    "title": "Plan 🗂",
    "total": "10",
    "items": [
        {
            "id": "plan",
            "points": 10,
            "evidence": {"n": "count"},
            "rules": [{"deduct": 0.5, "per": "n", "says": "a\ttab"}],
        }
    ],
}


@pytest.mark.parametrize("indent", [None, 2, "\t"])
@pytest.mark.parametrize("ascii_only", [True, False])
def test_json_says_the_same_with_tabs_and_escapes(indent: int | str | None, ascii_only: bool) -> None:
    text = json.dumps(JSON, indent=indent, ensure_ascii=ascii_only)
    rubric = rubric_engine.loads(text)
    assert str(rubric.title) == "Plan 🗂"
    assert str(rubric.items[0].rules[0].says) == "a\ttab"
    assert rubric_engine.evaluate(rubric, {"plan": {"n": 3}}).exact == 8.5


def test_problems_of_json_with_tabs_are_placed() -> None:
    text = json.dumps(JSON, indent="\t").replace('"per": "n"', '"per": "n + nn"')
    before = text.partition("nn")[0]
    (problem,) = problems_of(text)
    line = before.count("\n") + 1
    column = len(before) - before.rfind("\n")
    assert (problem.code, problem.line, problem.column) == ("unknown-name", line, column)


def test_tabs_in_json_texts_and_between_escapes_stay() -> None:
    document, problems = read('{"a":\t"x\\"\\ty\t", "b":\t1}\t')
    assert problems == []
    assert document is not None
    assert document.value == {"a": 'x"\ty\t', "b": "1"}


@pytest.mark.parametrize("content", ["\ufeffrubric: a", "\ufeffrubric: a".encode()])
def test_a_byte_order_mark_is_passed_over(content: str | bytes) -> None:
    document, problems = read(content)
    assert problems == []
    assert document is not None
    assert document.value == {"rubric": "a"}
    assert document.keys["$.rubric"].column == 1


@pytest.mark.parametrize("encoding", [None, "utf-8"])
def test_json_after_a_byte_order_mark_is_json(encoding: str | None) -> None:
    text = '\ufeff{\n\t"a": "\\ud83d\\uddc2"}'
    document, problems = read(text if encoding is None else text.encode(encoding))
    assert problems == []
    assert document is not None
    assert document.value == {"a": "🗂"}


def test_scalars_stay_what_was_written_and_nothing_is_none() -> None:
    text = "a: no\nb: 1.10\nc: 12:30\nd: ~\ne: null\nf: '~'\ng:\nh: 0x1f\ni: ''\n"
    document, _ = read(text)
    assert document is not None
    assert document.value == {
        "a": "no", "b": "1.10", "c": "12:30", "d": None, "e": None, "f": "~", "g": None,
        "h": "0x1f", "i": "",
    }
    assert type(document.value["a"]) is Scalar


def test_the_parser_in_plain_python_reads_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    import yaml

    text = plan("[{deduct: 1, per: n}]")
    expected = rubric_engine.loads(text)
    monkeypatch.delattr(yaml, "CSafeLoader", raising=False)
    assert rubric_engine.loads(text) == expected
    (problem,) = problems_of("rubric: a\x01b\n")
    assert (problem.code, problem.line, problem.column) == ("not-yaml", 1, 10)
    (problem,) = problems_of("rubric: [a\n")
    assert (problem.code, problem.line) == ("not-yaml", 2)


# Errors as values


@pytest.mark.parametrize(
    ("kind", "also"),
    [
        (rubric_engine.RubricError, Exception),
        (rubric_engine.InvalidRubric, ValueError),
        (rubric_engine.UnknownRubric, LookupError),
        (rubric_engine.InvalidEvidence, ValueError),
        (rubric_engine.IncompleteEvidence, rubric_engine.InvalidEvidence),
        (rubric_engine.UnknownNode, KeyError),
        (rubric_engine.PluginError, rubric_engine.RubricError),
    ],
)
def test_errors_can_be_pickled_and_caught(kind: type, also: type) -> None:
    problem = Problem("unknown-key", "$.a", "one of b", "'a'", "b", "f.yaml", 3, 4)
    error = kind([problem, Problem("empty", "$")])
    again = pickle.loads(pickle.dumps(error))
    assert type(again) is kind
    assert again.problems == error.problems
    assert str(again) == str(error)
    assert isinstance(error, also)
    assert isinstance(error, rubric_engine.RubricError)
    assert "2 problems" in str(error)
    assert "1 problem\n" in str(kind([problem]))


def test_a_problem_tells_all_it_knows() -> None:
    problem = Problem("unknown-key", "$.a", "one of b", "'a'", "b", "f.yaml", 3, 4)
    assert str(problem) == (
        "f.yaml:3:4 $.a: this key is not known here: 'a'; expected one of b; did you mean 'b'?"
        " [unknown-key]"
    )
    assert str(Problem("empty", "$")) == "$: there is nothing here [empty]"
    assert problem.inside("g.yaml").file == "g.yaml"


# everything at once


ALL_AT_ONCE = """\
rubric: plans
total: 12
grades: [{stars: 2, from: 5}, {stars: 1}]
rules:
  - {award: 1, when: maxi(plan, 1) > 2}
items:
  - id: plan
    points: 10
    evidence: {missing: count, late: flag}
    rules:
      - {deduct: 1, per: mising}
      - {deduct: 1, wen: latte}
      - {dedcut: 1, when: lat}
      - {award: 1, keep: best, when: missing}
      - {bonus: 1, bonnus: 2}
      - 5
      - {deduct: 1, when: missing}
gates:
  - {at_mots: 3}
  - {at_most: 4}
"""


def test_what_is_wrong_beside_rules_that_cannot_be_read_is_told_with_them() -> None:
    found = {(each.code, each.path, each.line) for each in problems_of(ALL_AT_ONCE.replace("maxi(plan, 1)", "plann"))}
    rules = "$.items[0].rules"
    assert found == {
        ("points-do-not-add-up", "$", 2),
        ("unknown-name", "$.rules[0].when", 5),
        ("unknown-name", f"{rules}[0].per", 11),
        ("unknown-key", f"{rules}[1].wen", 12),
        ("unknown-verb", f"{rules}[2]", 13),
        ("unknown-value", f"{rules}[3].keep", 14),
        ("unknown-key", f"{rules}[4].bonnus", 15),
        ("not-a-mapping", f"{rules}[5]", 16),
        ("wrong-operand", f"{rules}[6].when", 17),
        ("unknown-key", "$.gates[0].at_mots", 19),
        ("unknown-grade", "$.gates[1].at_most", 20),
    }


def test_what_could_come_of_a_rule_that_cannot_be_read_is_not_told() -> None:
    # Without the rule that awards, nothing is said of the start; nor of what is too fine without its rounding.
    text = "rubric: a\nitems:\n  - {id: one, points: 5, evidence: {n: count}, rules: [{awrd: 1}, {deduct: 1, per: n}]}\n"
    assert [each.code for each in problems_of(text)] == ["unknown-verb"]
    text = "rubric: a\nitems:\n  - {id: one, points: 5, evidence: {n: count}, rules: [{awrd: 1}]}\n"
    assert [each.code for each in problems_of(text)] == ["unknown-verb"]


@pytest.mark.parametrize(
    "text",
    [
        # What cannot be read may be what the other is about.
        ALL_AT_ONCE.replace("missing: count", "missing: cuont"),
        ALL_AT_ONCE.replace("evidence:", "evidnce:"),
        # Rules that are there twice, and are no rules.
        "rubric: a\nitems: [{id: one, points: 1, start: full}]\nrules: []\nrules: [1, {a: *b}]\n",
        "rubric: a\nrules: {x: 1}\nrules[3]: 1\nitems: [{id: one, points: 1, start: full}]\n",
        "rubric: a\nrules[3]: 1\nitems: [{id: one, points: 2, start: full, rules: [{deduct: x}]}]\n",
    ],
)
def test_where_more_cannot_be_read_than_rules_only_that_is_told(text: str) -> None:
    codes = {each.code for each in problems_of(text)}
    assert codes
    assert codes <= {"unknown-type", "unknown-key", "unknown-verb", "unknown-value", "not-a-mapping", "duplicate-key", "anchor", "wrong-type"}
