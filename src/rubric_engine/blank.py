"""An empty sheet of evidence, to be filled in: as YAML with what each finding is, or as CSV."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from io import StringIO
from typing import Literal

from rubric_engine.errors import InvalidEvidence, Problem
from rubric_engine.evaluation import program_of
from rubric_engine.evidence import RECORDED
from rubric_engine.exact import number_text
from rubric_engine.fields import Amount, Checklist, Choice, Date, Field, Flag, Rows, Text, shown
from rubric_engine.lower import LoweredField
from rubric_engine.model import Rubric
from rubric_engine.sheet import Program
from rubric_engine.tree import Place
from rubric_engine.words import Words

__all__ = ["KEY", "blank_sheet"]

#: The column of a CSV file that says whose a row is.
KEY = "assessee"
#: The columns of the description of a CSV file.
COLUMNS = ("column", "item", "finding", "type", "expected", "methods")
#: What stands above the sheets of a file that has several.
_SEVERAL = "sheets"
#: Words that other readers of YAML take for something else than text.
_NOT_TEXT = frozenset({"y", "n", "yes", "no", "on", "off", "true", "false", "null"})
#: What a spreadsheet takes for the beginning of a formula, in the widths it knows.
_FORMULA = tuple("=+-@＝＋－＠")

PHRASES: dict[str, dict[str, str]] = {
    "en": {
        "head": "Evidence for {}, version {}",
        "how": "Write each finding after its colon; what stands after # is for you.",
        "points": "{} points",
        "given": "Given numbers, which nobody assesses",
        "methods": "by {}",
        "used": "The methods that were used, as [documents, report]",
        "documents": "documents",
        "report": "report",
        "interview": "interview",
        "for": "only for {}",
        "flag": "true or false",
        "whole": "whole number, {} to {}",
        "number": "number with up to {} decimals, {} to {}",
        "one_of": "one of {}",
        "amount": "0, or points from {} to {}",
        "choice": "one of {}",
        "checklist": "those of {} that hold, as {}",
        "date": "year-month-day, as 2026-11-24",
        "text": "text, scores nothing",
        "panel": "{} to {} readings, as {}, each {}",
        "rows": "{} to {} rows, each as",
        "none": "[] for none",
        "optional": "may be left out",
        "none_means": "left out: {}",
        "absent": "{} says that there is none",
        "skip": "{} frees the rest of the item",
    },
    "zh": {
        "head": "{}，版本 {}，测评记录",
        "how": "请在每个冒号后填写；# 之后为说明。",
        "points": "{} 分",
        "given": "已知数，不作测评",
        "methods": "方式：{}",
        "used": "所用测评方式，如 [documents, report]",
        "documents": "查阅资料 documents",
        "report": "听取汇报 report",
        "interview": "随机访谈 interview",
        "for": "仅适用于 {}",
        "flag": "true（是）或 false（否）",
        "whole": "整数，{} 至 {}",
        "number": "至多 {} 位小数，{} 至 {}",
        "one_of": "{} 之一",
        "amount": "0，或 {} 至 {} 分",
        "choice": "{} 之一",
        "checklist": "{} 中成立的各项，如 {}",
        "date": "年-月-日，如 2026-11-24",
        "text": "文字，不计分",
        "panel": "{} 至 {} 个读数，如 {}，每个为{}",
        "rows": "{} 至 {} 行，每行为",
        "none": "没有则写 []",
        "optional": "可不填",
        "none_means": "不填即为 {}",
        "absent": "填 {} 表示没有",
        "skip": "填 {} 时本要素其余各项不填",
    },
}


def blank_sheet(
    rubric: Rubric,
    format: Literal["yaml", "csv", "fields"] = "yaml",
    *,
    language: str | None = None,
) -> str:
    """Return an empty sheet of evidence as text.

    As "yaml" every item and field is there, without a finding, and comments say what it is:
    titles, type, range, values, methods. As "csv" it is one row of headings, `item.field`,
    for a row for each assessee; "fields" describes these columns, as CSV of its own, since a
    sheet in CSV has no room for comments. What is filled in, `rubric evaluate` reads. Raises
    `InvalidEvidence` for CSV of a rubric with tables, which CSV cannot hold.

    >>> import rubric_engine
    >>> print(rubric_engine.blank_sheet(rubric_engine.load("sf-food-safety"), "csv"), end="")
    assessee,violations.high,violations.moderate,violations.low
    """
    program = program_of(rubric)
    writer = _Blank(program, language or rubric.language)
    if format == "yaml":
        return "\n".join([*writer.yaml(), ""])
    if format not in ("csv", "fields"):
        expected = '"yaml", "csv" or "fields"'
        raise InvalidEvidence([Problem("unknown-value", "format", expected, shown(format))])
    tables = [each.path for each in program.lowered.fields if isinstance(each.field, Rows)]
    if tables:
        expected = '"yaml": a cell holds no table'
        raise InvalidEvidence(
            [Problem("conflicting-keys", each, expected, format) for each in tables]
        )
    out = StringIO()
    rows = [writer.head()] if format == "csv" else writer.described()
    csv.writer(out, lineterminator="\n").writerows(rows)
    return out.getvalue()


class _Blank:
    def __init__(self, program: Program, language: str) -> None:
        self.lowered, self.language = program.lowered, language
        self.rubric = program.lowered.rubric
        self.phrases = PHRASES.get(language, PHRASES["en"])
        self.places = {each.place.id: each.place for each in self.lowered.nodes}
        self.by_node: dict[str, list[LoweredField]] = {}
        for each in self.lowered.fields:
            self.by_node.setdefault(each.node, []).append(each)

    def say(self, phrase: str, *values: object) -> str:
        return self.phrases[phrase].format(*values)

    def text(self, words: Words | None) -> str:
        """Return a text in the language on one line, without control characters."""
        plain = "" if words is None else words.in_language(self.language)
        return " ".join("".join(sign if sign.isprintable() else " " for sign in plain).split())

    # YAML

    def yaml(self) -> Iterator[str]:
        """Yield the lines of a sheet."""
        title = self.text(self.rubric.title) or self.rubric.name
        yield f"# {self.say('head', title, self.text(Words((('', self.rubric.version),))))}"
        yield f"# {self.say('how')}"
        nested = _SEVERAL in self.by_node
        if nested:
            # A node of this name would be taken for what several sheets stand under.
            yield from ("", f"{_SEVERAL}:", f"  {KEY}:")
        for line in self.body():
            yield f"    {line}".rstrip() if nested else line

    def body(self) -> Iterator[str]:
        if not self.by_node:
            # Nothing is assessed: an empty mapping, as `evaluate` takes it.
            yield from ("", "{}")
            return
        given = [node for node, fields in self.by_node.items() if fields[0].given]
        if given:
            yield from ("", f"# {self.say('given')}")
            for source in given:
                yield from self.block(source, "")
        for node_id, place in self.places.items():
            if place.row:
                continue
            yield ""
            if node_id in self.by_node:
                yield from self.block(node_id, self.about(place))
            elif place.parent is not None:
                yield f"# {'  ' * (place.depth - 1)}{self.about(place) or node_id}"
            else:
                yield f"# {self.about(place)}"
        yield from self.recorded()

    def about(self, place: Place) -> str:
        """Return the title of a node, its points, its methods, and whom it is for."""
        node = place.node
        parts = [self.text(node.title)]
        points = getattr(node, "points", None)
        if place.parent is None:
            points = place.scale
        if isinstance(points, Fraction):
            parts.append(self.say("points", number_text(points)))
        methods = _methods(place)
        if methods:
            parts.append(self.say("methods", ", ".join(self.say(each) for each in methods)))
        for_whom = getattr(node, "applies_to", ())
        if for_whom:
            parts.append(self.say("for", ", ".join(for_whom)))
        return "; ".join(filter(None, parts))

    def block(self, node: str, about: str) -> Iterator[str]:
        """Yield the lines of one node, or source of given numbers."""
        yield f"{_key(node)}:" + (f"  # {about}" if about else "")
        for each in self.by_node[node]:
            title = self.text(each.field.title)
            told = self.expected(each.field)
            yield f"  # {title}: {told}" if title else f"  # {told}"
            note = self.text(each.field.note)
            if note:
                yield f"  # {note}"
            if isinstance(each.field, Rows):
                yield from self.columns(each.field)
            yield f"  {_key(each.name)}:"

    def columns(self, table: Rows) -> Iterator[str]:
        """Yield the form of a row, as a comment."""
        for number, (name, kind) in enumerate(table.columns):
            title = self.text(kind.title)
            told = f"{title}: {self.expected(kind)}" if title else self.expected(kind)
            yield f"  #   {' ' if number else '-'} {_key(name)}:  # {told}"

    def recorded(self) -> Iterator[str]:
        """Yield where the methods are recorded, if a finding or the rubric rests on that."""
        required = self.rubric.methods == "required"
        asked = {
            each.node
            for each in self.lowered.fields
            if each.field.none_means is not None and not each.given
        }
        listed = [
            (place.id, methods)
            for place in self.places.values()
            if (methods := _methods(place)) and not place.row
            if required or place.id in asked
        ]
        if not listed or RECORDED in self.places:
            return
        yield from ("", f"# {self.say('used')}", f"{RECORDED}:")
        for node, methods in listed:
            yield f"  {_key(node)}: []  # {', '.join(methods)}"

    # CSV

    def head(self) -> list[str]:
        """Return the columns of a sheet in CSV."""
        return [KEY, *(each.path for each in self.lowered.fields)]

    def described(self) -> Iterator[Sequence[str]]:
        """Yield what each column is."""
        yield COLUMNS
        for each in self.lowered.fields:
            place = self.places.get(each.node)
            node = None if place is None else place.node
            item = "" if node is None else self.text(node.title)
            methods = "" if place is None else ", ".join(_methods(place))
            told = self.expected(each.field, cell=True)
            row = (each.path, item, self.text(each.field.title), each.field.type, told, methods)
            yield [f"'{cell}" if cell.startswith(_FORMULA) else cell for cell in row]

    # what is expected

    def expected(self, kind: Field, *, cell: bool = False) -> str:
        """Return what a finding has to be."""
        parts = [self.kind(kind, cell=cell)]
        if kind.optional:
            parts.append(self.say("optional"))
        if kind.none_means is not None:
            parts.append(self.say("none_means", _plain(kind.none_means)))
        if kind.absent is not None:
            parts.append(self.say("absent", _plain(kind.absent)))
        if isinstance(kind, Choice) and kind.meaning("skip"):
            parts.append(self.say("skip", ", ".join(kind.meaning("skip"))))
        return "; ".join(parts)

    def kind(self, kind: Field, *, cell: bool) -> str:
        if isinstance(kind, Flag | Date | Text):
            return self.say(kind.type)
        if isinstance(kind, Choice | Checklist):
            return self.listed(kind, cell=cell)
        if isinstance(kind, Rows):
            told = self.say("rows", *kind.sizes)
            return told if kind.sizes[0] else f"{self.say('none')}; {told}"
        panel = getattr(kind, "panel", None)
        number = self.number(kind)
        if panel is None:
            return number
        shape = "1;2" if cell else "[1, 2]"
        return self.say("panel", getattr(kind, "fewest", 1), panel, shape, number)

    def listed(self, kind: Choice | Checklist, *, cell: bool) -> str:
        titles: Mapping[str, Words | None] = dict(kind.values)
        names = [
            name if self.text(title) in ("", name) else f"{name} ({self.text(title)})"
            for name, title in titles.items()
        ]
        if isinstance(kind, Choice):
            return self.say("choice", ", ".join(names))
        few = kind.names[:2]
        shape = ";".join(few) if cell else f"[{', '.join(few)}]"
        return self.say("checklist", ", ".join(names), shape)

    def number(self, kind: Field) -> str:
        """Return what a number has to be."""
        listed: Sequence[Fraction] = getattr(kind, "one_of", ())
        if listed:
            return self.say("one_of", ", ".join(number_text(each) for each in listed))
        quanta, (low, high) = getattr(kind, "quanta", 1), getattr(kind, "bounds", (0, 0))
        ends = [number_text(Fraction(each, quanta)) for each in (low, high)]
        if isinstance(kind, Amount):
            least = kind.range.low
            ends[0] = ends[0] if least is None else number_text(least)
            return self.say("amount", *ends)
        places = len(str(quanta)) - 1
        return self.say("number", places, *ends) if places else self.say("whole", *ends)


def _methods(place: Place) -> tuple[str, ...]:
    """Return the methods that a node names; what a rubric says of all is none."""
    return () if isinstance(place.node, Rubric) else place.node.methods


def _key(name: str) -> str:
    """Return a key of YAML that every reader takes for text."""
    return f'"{name}"' if name.lower() in _NOT_TEXT or name[0].isdigit() else name


def _plain(text: str) -> str:
    return " ".join("".join(sign if sign.isprintable() else " " for sign in text).split())
