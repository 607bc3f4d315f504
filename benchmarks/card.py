"""The benchmark card, its sheets, and the same card written for every engine compared.

50 items of 2 points with three flags each; each flag that does not hold costs 1, so that an
item which lacks all three runs into its floor of 0. Stars at 90, 80, 70 and 60 points.
"""

from __future__ import annotations

import ast
import json
import random
from collections.abc import Callable
from importlib import import_module
from typing import Any

Sheet = dict[str, dict[str, bool]]
#: Points and stars of one sheet.
Scored = tuple[int, int]
Engine = Callable[[Sheet], Scored]

ITEMS = tuple(f"i{number:02d}" for number in range(50))
FLAGS = ("d0", "d1", "d2")
POINTS = 2
CUTS = ((90, 5), (80, 4), (70, 3), (60, 2))
LOWEST_STARS = 1

_SEED = 20261124


def sheets(count: int, missing: float = 0.25, seed: int = _SEED) -> list[Sheet]:
    """Return sheets on which each flag is false with the probability `missing`."""
    chance = random.Random(seed)
    return [
        {item: {flag: chance.random() >= missing for flag in FLAGS} for item in ITEMS}
        for _ in range(count)
    ]


def rubric_text() -> str:
    """Return the card as a rubric file."""
    lines = ["rubric: card", f"total: {POINTS * len(ITEMS)}", "grades:"]
    lines += [f"  - {{stars: {stars}, from: {cut}}}" for cut, stars in CUTS]
    lines += [f"  - {{stars: {LOWEST_STARS}}}", "items:"]
    for item in ITEMS:
        evidence = ", ".join(f"{flag}: flag" for flag in FLAGS)
        lines += [f"  - id: {item}", f"    points: {POINTS}", f"    evidence: {{{evidence}}}"]
        lines += ["    rules:", *(f"      - {{deduct: 1, unless: {flag}}}" for flag in FLAGS)]
    return "\n".join(lines)


def stars_of(total: int) -> int:
    """Return the stars of a total."""
    for cut, stars in CUTS:
        if total >= cut:
            return stars
    return LOWEST_STARS


def loop(sheet: Sheet) -> Scored:
    """Score a sheet as one would by hand: no names looked up, nothing checked."""
    total = 0
    for flags in sheet.values():
        points = 2
        for held in flags.values():
            if not held:
                points -= 1
        if points > 0:
            total += points
    return total, stars_of(total)


def loop_by_name(sheet: Sheet) -> Scored:
    """Score a sheet by the names of the card, so that a name that lacks is noticed."""
    total = 0
    for item in ITEMS:
        flags = sheet[item]
        points = 2
        for flag in FLAGS:
            if not flags[flag]:
                points -= 1
        if points > 0:
            total += points
    return total, stars_of(total)


def loop_keeping_items(sheet: Sheet) -> Scored:
    """Score a sheet and keep the points of each item."""
    kept = {}
    for item, flags in sheet.items():
        points = 2
        for held in flags.values():
            if not held:
                points -= 1
        kept[item] = max(0, points)
    total = sum(kept.values())
    return total, stars_of(total)


def simpleeval_engine() -> Engine:
    """Return the card as 50 parsed expressions of simpleeval, added up in Python."""
    simpleeval = import_module("simpleeval")
    evaluator = simpleeval.SimpleEval(functions={"max": max})
    texts = []
    for item in ITEMS:
        parts = " - ".join(f"(0 if {item}['{flag}'] else 1)" for flag in FLAGS)
        texts.append(f"max(0, {POINTS} - {parts})")
    parsed: list[tuple[str, ast.AST]] = [(text, evaluator.parse(text)) for text in texts]

    def score(sheet: Sheet) -> Scored:
        evaluator.names = sheet
        total = sum(evaluator.eval(text, previously_parsed=node) for text, node in parsed)
        return total, stars_of(total)

    return score


def zen_graph() -> dict[str, Any]:
    """Return the card as a decision of ZEN: one node of 52 expressions."""
    rows = []
    for item in ITEMS:
        parts = " - ".join(f"({item}.{flag} ? 0 : 1)" for flag in FLAGS)
        rows.append((f"p_{item}", f"max([0, {POINTS} - {parts}])"))
    rows.append(("total", " + ".join(f"$.p_{item}" for item in ITEMS)))
    stars = str(LOWEST_STARS)
    for cut, each in reversed(CUTS):
        stars = f"$.total >= {cut} ? {each} : ({stars})"
    rows.append(("stars", stars))
    expressions = [
        {"id": f"e{place}", "key": key, "value": value} for place, (key, value) in enumerate(rows)
    ]
    content = {"expressions": expressions, "passThrough": False}
    kinds = (("in", "inputNode"), ("score", "expressionNode"), ("out", "outputNode"))
    nodes: list[dict[str, Any]] = [
        {"id": name, "name": name, "type": kind, "position": {"x": 0, "y": 0}}
        for name, kind in kinds
    ]
    nodes[1]["content"] = content
    edges = [
        {"id": "a", "sourceId": "in", "targetId": "score", "type": "edge"},
        {"id": "b", "sourceId": "score", "targetId": "out", "type": "edge"},
    ]
    return {"contentType": "application/vnd.gorules.decision", "nodes": nodes, "edges": edges}


def zen_engine() -> Engine:
    """Return the card as a decision graph of ZEN, from dict to dict."""
    zen = import_module("zen")
    decision = zen.ZenEngine().create_decision(json.dumps(zen_graph()))

    def score(sheet: Sheet) -> Scored:
        result = decision.evaluate(sheet)["result"]
        return result["total"], result["stars"]

    return score


def rule_engine() -> Engine:
    """Return the card as 50 rules of rule-engine, added up in Python."""
    module = import_module("rule_engine")
    context = module.Context(resolver=module.resolve_item)
    rules = []
    for item in ITEMS:
        parts = " - ".join(f'({item}["{flag}"] ? 0 : 1)' for flag in FLAGS)
        rules.append(module.Rule(f"$max([0, {POINTS} - {parts}])", context=context))

    def score(sheet: Sheet) -> Scored:
        total = int(sum(rule.evaluate(sheet) for rule in rules))
        return total, stars_of(total)

    return score


def json_logic_rule() -> dict[str, Any]:
    """Return the total of the card as one rule of JsonLogic."""
    items = []
    for item in ITEMS:
        parts = [{"if": [{"var": f"{item}.{flag}"}, 0, -1]} for flag in FLAGS]
        items.append({"max": [0, {"+": [POINTS, *parts]}]})
    return {"+": items}


def json_logic_engine() -> Engine:
    """Return the card as one rule of JsonLogic (panzi-json-logic)."""
    apply = import_module("json_logic").jsonLogic
    rule = json_logic_rule()

    def score(sheet: Sheet) -> Scored:
        total = int(apply(rule, sheet))
        return total, stars_of(total)

    return score


#: Name, what has to be installed, and how the engine is built.
PEERS: tuple[tuple[str, str, Callable[[], Engine]], ...] = (
    ("simpleeval, parsed before", "simpleeval", simpleeval_engine),
    ("ZEN decision graph", "zen-engine", zen_engine),
    ("JsonLogic (panzi)", "panzi-json-logic", json_logic_engine),
    ("rule-engine", "rule-engine", rule_engine),
)


def peers() -> tuple[dict[str, Engine], dict[str, str]]:
    """Return the engines that are installed, and for the others why they are left out."""
    built: dict[str, Engine] = {}
    skipped: dict[str, str] = {}
    for name, distribution, build in PEERS:
        try:
            built[name] = build()
        except ImportError as error:
            skipped[name] = f"{distribution} cannot be imported ({error})"
    return built, skipped
