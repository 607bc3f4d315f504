"""How what-if, the way up, and stakes read: as text for a terminal, in English and Chinese."""

from __future__ import annotations

from fractions import Fraction

from rubric_engine.changes import WhatIf
from rubric_engine.exact import decimal_of, number_text
from rubric_engine.fields import Shown
from rubric_engine.improvement import Improvement, Obstacle
from rubric_engine.ledger import NodeResult
from rubric_engine.model import ROOT
from rubric_engine.wording import width
from rubric_engine.words import Words

__all__ = ["improvement_text", "table_text", "what_if_text"]

#: What is said in each language; `{}` is filled in.
PHRASES: dict[str, dict[str, str]] = {
    "en": {
        "points": "{} points",
        "stars": "{} stars",
        "one_star": "1 star",
        "grade": "grade {}",
        "unrated": "unrated",
        "nothing": "nothing",
        "moved": "{} → {} ({})",
        "findings": "Findings",
        "nodes": "Scores",
        "steps": "Steps",
        "no_move": "Nothing moves.",
        "took": "{} → {}",
        "there": "{} is reached already: {}.",
        "way": "To {}: {} findings to repair, cost {}. {} → {}",
        "one_way": "To {}: 1 finding to repair, cost {}. {} → {}",
        "loose": "A cheaper way may exist: not everything could be looked at.",
        "unreachable": "{} cannot be reached. {}; the best that repairs reach is {}.",
        "undecided": "Not decided whether {} can be reached: not everything could be looked at.",
        "score": "the score: {} is needed, {} can be reached",
        "minimum": "{}: at least {} is needed, {} can be reached",
        "maximum": "{}: at most {} is allowed, {} can be reached",
        "conditions": "its conditions cannot hold together",
        "gate": "gate: {}",
        "in_the_way": "In the way",
        "still_lost": "Still lost there",
        "gains": "{} points",
        "table": "table of {} rows",
    },
    "zh": {
        "points": "{} 分",
        "stars": "{} 星",
        "one_star": "1 星",
        "grade": "等级 {}",
        "unrated": "不评级",
        "nothing": "无",
        "moved": "{} → {}（{}）",
        "findings": "评测结果",
        "nodes": "得分",
        "steps": "步骤",
        "no_move": "没有变化。",
        "took": "{} → {}",
        "there": "已达到 {}：{}。",
        "way": "达到 {}：需整改 {} 项，代价 {}。{} → {}",
        "one_way": "达到 {}：需整改 1 项，代价 {}。{} → {}",
        "loose": "可能有代价更小的办法：未能逐一考察。",
        "unreachable": "无法达到 {}。现为 {}；整改后最好为 {}。",
        "undecided": "未能判定能否达到 {}：未能逐一考察。",
        "score": "总分：需 {} 分，最多可得 {} 分",
        "minimum": "{}：至少需 {} 分，最多可得 {} 分",
        "maximum": "{}：至多许 {} 分，最少可至 {} 分",
        "conditions": "各项条件不能同时满足",
        "gate": "门槛：{}",
        "in_the_way": "阻碍",
        "still_lost": "届时仍失分",
        "gains": "{} 分",
        "table": "{} 行",
    },
}


class _Voice:
    """One language: its phrases, and the texts of a rubric in it."""

    def __init__(self, language: str, places: int) -> None:
        self.language, self.places = language, places
        self.phrases = PHRASES.get(language, PHRASES["en"])

    def __call__(self, phrase: str, *values: object) -> str:
        return self.phrases[phrase].format(*values)

    def text(self, words: Words | None) -> str:
        """Return a text in this language on one line, without control characters."""
        return "" if words is None else oneline(words.in_language(self.language))

    def number(self, number: Fraction | None) -> str:
        return "–" if number is None else format(decimal_of(number, self.places)[0], "f")

    def stars(self, stars: int) -> str:
        return self("one_star") if stars == 1 else self("stars", stars)

    def signed(self, number: Fraction) -> str:
        return f"{'−' if number < 0 else '+'}{self.number(abs(number))}"

    def finding(self, value: Shown | None) -> str:
        """Write a finding on one line."""
        if value is None:
            return self("nothing")
        if isinstance(value, tuple):
            if value and all(isinstance(each, dict) for each in value):
                return self("table", len(value))
            return "{" + ", ".join("–" if each is None else str(each) for each in value) + "}"
        return "true" if value is True else "false" if value is False else oneline(str(value))

    def result(self, node: NodeResult | None) -> str:
        """Write a node's score, and its stars or grade."""
        if node is None:
            return self("nothing")
        parts = [self("points", self.number(node.exact))]
        if node.stars is not None:
            parts.append(self.stars(node.stars))
        elif node.grade is not None:
            unrated = node.grade == "unrated"
            parts.append(self("unrated") if unrated else self("grade", oneline(node.grade)))
        return ", ".join(parts)


def oneline(text: str) -> str:
    """Return a text on one line, without control characters."""
    return " ".join("".join(sign if sign.isprintable() else " " for sign in text).split())


def table_text(rows: list[list[str]], indent: str = "  ") -> list[str]:
    """Return aligned lines; Chinese characters take two columns."""
    widths = [max(width(cell) for cell in column) for column in zip(*rows, strict=True)]
    lines = []
    for row in rows:
        cells = [cell + " " * (size - width(cell)) for cell, size in zip(row, widths, strict=True)]
        lines.append((indent + "  ".join(cells)).rstrip())
    return lines


def what_if_text(found: WhatIf, language: str | None) -> str:
    """Return what moved, as text."""
    before, after = found.before, found.after
    voice = _Voice(language or before.language, before[ROOT].places)
    ends = voice.result(before[ROOT]), voice.result(after[ROOT])
    lines = [voice("moved", *ends, voice.signed(found.difference))]
    if not found.findings:
        return "\n".join([*lines, voice("no_move")])
    lines.append(voice("findings") + ":")
    lines += table_text(
        [
            [each.path, f"{voice.finding(each.before)} → {voice.finding(each.after)}"]
            for each in found.findings
        ]
    )
    if found.nodes:
        lines.append(voice("nodes") + ":")
        lines += table_text(
            [
                [
                    each.id,
                    f"{voice.result(each.before)} → {voice.result(each.after)}",
                    voice.text(each.title),
                ]
                for each in found.nodes
            ]
        )
    steps = [each for each in found.steps if each.about.kind != "child"]
    if steps:
        lines.append(voice("steps") + ":")
        rows = []
        for each in steps:
            was, now = each.taken
            text = voice.text(each.about.text) or each.about.kind
            moved = voice("took", voice.signed(was), voice.signed(now))
            rows.append([each.about.node, moved, text])
        lines += table_text(rows)
    return "\n".join(lines)


def improvement_text(way: Improvement, language: str | None) -> str:
    """Return the way up, as text."""
    root = way.before[ROOT]
    voice = _Voice(language or way.before.language, root.places)
    name = way.to
    if way.of == "points":
        name = voice("points", name)
    elif root.stars is not None and name.isdigit():
        name = voice.stars(int(name))
    now = voice.result(root)
    if way.status == "there":
        return voice("there", name, now)
    if way.status == "undecided":
        return voice("undecided", name)
    if way.status == "unreachable":
        best = None if way.best is None else way.best[ROOT]
        lines = [voice("unreachable", name, now, voice.result(best)), voice("in_the_way") + ":"]
        lines += [f"  {_obstacle(each, voice)}  {each.path}" for each in way.obstacles]
        if any(each.kind == "score" for each in way.obstacles) and way.reasons:
            lines.append(voice("still_lost") + ":")
            rows = [
                [voice("gains", voice.number(each.lost)), each.node, voice.text(each.text)]
                for each in way.reasons
            ]
            lines += table_text(rows)
        return "\n".join(lines)
    after = None if way.after is None else way.after[ROOT]
    cost = number_text(way.cost)
    count = len(way.repairs)
    told = (now, voice.result(after))
    head = (
        voice("one_way", name, cost, *told)
        if count == 1
        else voice("way", name, count, cost, *told)
    )
    rows = [
        [
            each.path,
            f"{voice.finding(each.before)} → {voice.finding(each.after)}",
            voice.signed(each.gain),
            " · ".join(filter(None, [voice.text(each.item), voice.text(each.title)])),
        ]
        for each in way.repairs
    ]
    lines = [head, *table_text(rows)]
    return "\n".join(lines if way.exact else [*lines, voice("loose")])


def _obstacle(each: Obstacle, voice: _Voice) -> str:
    if each.kind == "unrated":
        return f"{voice('unrated')}: {voice.text(each.text)}"
    if each.kind == "score":
        return voice("score", voice.number(each.needed), voice.number(each.best))
    if each.kind in ("minimum", "maximum"):
        marks = voice.number(each.needed), voice.number(each.best)
        return voice(each.kind, voice.text(each.text), *marks)
    if each.kind == "conditions":
        return voice("conditions")
    return voice("gate", voice.text(each.text))
