"""Random YAML in every style: the same values in blocks, braces and quotes, with comments everywhere."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

from hypothesis import strategies as st

__all__ = ["pages"]

#: Keys that are sorted and others, and texts that YAML would take for something else.
KEYS = (
    *("rubric", "format", "title", "items", "indicators", "rules", "grades", "gates", "evidence"),
    *("id", "points", "like", "kinds", "extends", "change", "deduct", "award", "group", "when"),
    *("says", "type", "values", "given", "columns", "figure", "curve", "stars", "from", "zh", "any"),
    *("a b", "是", "1", "null", "x:y", "- x", "?", "a#b", "'", "k" * 30, "---", "k" * 1100),
)
TEXTS = (
    *("0.5", "a", "null", "~", "", "no", "1.10", "12:30", "2026-01-01", "a: b", "a #b", "#", "- a"),
    *("-1", "-", "--- a", "...", "a:", ":a", "?", "? a", "%a", "@a", "`a", "a, b", "[a]", "{a}", "!a"),
    *("&a", "*a", "|", ">", "'", '"', "a'b", 'a"b', "a\\b", "社区，党组织：扣完为止", " a", "a ", "a  b"),
    *("a\nb", "a\n", "a\n\nb\n", "\n", "\na", " a\nb", "a\n b", "a\n \nb", "a\n\n", "a\tb", "\ta\nb", "a\n\tb"),
    *("word " * 30 + "end", "word  " * 30 + "end", "字 " * 60 + "尾", "字" * 60, "long " * 30 + "#\nx", "é", "\x85"),
    *("a\u2028b", "\ufeff", "\x07", "😀", "word " * 25 + "end\n", "#a\nb", "a\r\nb", "<<", "0o7", "1e3", "=", "\xa0"),
)
PLAIN = re.compile(r"[A-Za-z0-9\u4e00-\u9fff][\w.\u4e00-\u9fff]*")

texts = st.one_of(st.sampled_from(TEXTS), st.text(max_size=12).filter(lambda text: text.isprintable()))
values = st.recursive(
    st.one_of(texts, st.none()),
    lambda inner: st.one_of(
        st.lists(inner, max_size=4),
        st.dictionaries(st.one_of(st.sampled_from(KEYS), texts.filter(lambda text: text != "<<")), inner, max_size=5),
    ),
    max_leaves=25,
)


class Writer:
    """Writes one value, every choice of style drawn."""

    def __init__(self, draw: Callable[..., Any]) -> None:
        self.draw = draw
        self.count = 0

    def pick(self, *options: Any) -> Any:
        return self.draw(st.sampled_from(options))

    def comment(self) -> str:
        self.count += 1
        return f"# {self.count} " + self.pick("", "x: y", "- z", "'", '"', "#", "注")

    def gap(self, indent: int) -> str:
        """Return lines between two entries: comments anywhere, blank lines, or nothing."""
        lines = ""
        for _ in range(self.pick(0, 0, 0, 1, 2)):
            column = self.pick(indent, indent, 0, indent + 2, max(indent - 2, 0))
            lines += " " * column + self.comment() + "\n" if self.pick(True, False) else "\n"
        return lines

    def end(self) -> str:
        """Return the end of a line."""
        return "  " + self.comment() if self.pick(0, 0, 0, 1) else self.pick("", " ")

    def quoted(self, text: str) -> str:
        if text.isprintable() and self.pick(True, False):
            return "'" + text.replace("'", "''") + "'"
        return json.dumps(text, ensure_ascii=not text.isprintable())

    def leaf(self, text: str | None, *, key: bool = False) -> str:
        if text is None:
            return self.pick("null", "~")
        if PLAIN.fullmatch(text) and text not in ("null", "Null", "NULL") and self.pick(True, True, False):
            return text
        return self.quoted(text)

    def flow(self, value: Any, indent: int) -> str:
        if not isinstance(value, dict | list):
            return self.leaf(value)
        parts = []
        for each in value:
            name = ""
            if isinstance(value, dict):
                name = ("? " if len(each) > 1000 else "") + self.leaf(each) + ": "
            parts.append(name + self.flow(value[each] if name else each, indent))
        start, end = "{}" if isinstance(value, dict) else "[]"
        text = start
        for number, part in enumerate(parts):
            text += self.turn(indent) + part + (", " if number + 1 < len(parts) else self.pick("", ", "))
        return text + self.turn(indent) + end

    def turn(self, indent: int) -> str:
        """Return what may stand between two values in braces."""
        kind = self.pick(0, 0, 0, 0, 1, 2)
        if kind == 0:
            return ""
        return (" " + self.comment() if kind == 2 else "") + "\n" + self.gap(indent + 1) + " " * (indent + 1)

    def block(self, value: Any, indent: int) -> str:
        """Return the entries of a collection on lines of their own, the last line ended."""
        text = self.gap(indent) if indent else ""
        for each in value:
            start = " " * indent
            if isinstance(value, dict):
                name, inner = self.leaf(each), value[each]
                start += f"? {name}\n{' ' * indent}:" if len(name) > 1000 else f"{name}:"
            else:
                start, inner = start + "-", each
            text += start + self.under(inner, indent) + self.gap(indent)
        return text

    def under(self, value: Any, indent: int) -> str:
        if isinstance(value, dict | list) and value and self.pick(True, True, False):
            deeper = indent + self.pick(1, 2, 2, 4)
            return self.end() + "\n" + self.block(value, deeper)
        if isinstance(value, str) and self.literal(value) and self.pick(True, False):
            sign = "-" if not value.endswith("\n") else ""
            body = value.removesuffix("\n").split("\n")
            head = self.end()
            return f" |{sign}{head}\n" + "".join(" " * (indent + 4) + line + "\n" if line else "\n" for line in body)
        if value is None and self.pick(True, False):
            return self.end() + "\n"
        return " " + self.flow(value, indent) + self.end() + "\n"

    def literal(self, text: str) -> bool:
        lines = text.removesuffix("\n").split("\n")
        return text.replace("\n", "").isprintable() and all(line.strip() == line and line for line in lines)


@st.composite
def pages(draw: Callable[..., Any]) -> tuple[str, int]:
    """Draw a text, and how many comments it has."""
    writer = Writer(draw)
    value = draw(values.filter(lambda each: each not in ({}, [])))
    top = writer.gap(0)
    if isinstance(value, dict | list) and draw(st.booleans()):
        text = top + ("--- " + writer.comment() + "\n" if writer.pick(0, 1) else "") + writer.block(value, 0)
    else:
        text = top + writer.flow(value, 0) + writer.end() + "\n"
    text += writer.gap(0)
    text = text.rstrip("\n") if draw(st.booleans()) else text
    return text, writer.count
