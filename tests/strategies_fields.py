"""The evidence, given numbers and tables of a random rubric."""

from __future__ import annotations

import math
from fractions import Fraction
from typing import Any

from strategies_terms import ANY, BAD, FIXED, GOOD, METHODS, Draft, Field, Node, Term, write
from strategies_tree import TYPES, Growing

FIELD_NAMES = ("missing", "rate", "缺少", "seen", "次数", "held")
COLUMN_NAMES = ("cases", "级别", "who", "days_")
VALUES = ("none", "poor", "fair", "good", "优", "差评", "2级", "1st")
MEANT = ("0", "0.5", "1", "2.5", "1/3")
DAYS = ("2026-07-31", "2026-01-31", "2024-02-29", "2025-12-01", "2199-12-31", "1900-01-01")
NUMERIC = ("count", "number", "share", "amount")
#: Sources of given numbers, with what they may give.
GIVEN = {
    "assessee": ("count", "choice", "flag"),
    "cycle": ("number", "date", "share"),
    "history": ("count", "date", "choice"),
    "cohort": ("number", "share", "count"),
}
LAST_STARS = "last_stars"


class Declaring(Growing):
    """Draws fields."""

    def hand_over(self, root: Draft) -> None:
        """Declare the given numbers."""
        self.givens: list[Field] = []
        if any(node.types for node in root.walk()):
            kind: Node = {"type": "choice", "values": list(TYPES)}
            self.give("assessee", Field(Draft("assessee"), "type", "choice", kind, values=TYPES))
        if "within" in self.features:
            self.give("cycle", Field(Draft("cycle"), "as_of", "date", {"type": "date"}))
        if "gates" in self.features:
            term = Term("", Fraction(1), Fraction(5))
            stars: Node = {"type": "count", "range": "1..5"}
            self.give("history", Field(Draft("history"), LAST_STARS, "count", stars, term))
        for source, kinds in GIVEN.items():
            if self.has("given", 2):
                for _ in range(1 + self.pick(2)):
                    name = self.new_id(FIELD_NAMES)
                    made = self.new(self.one(kinds), Draft(source), name)
                    if self.chance(4):
                        self.make_optional(made)
                    self.give(source, made)

    def give(self, source: str, made: Field) -> None:
        """Note a given number."""
        made.side = FIXED
        self.givens.append(made)

    def given_body(self) -> Node:
        """Write the declarations of the given numbers."""
        body: Node = {}
        for each in self.givens:
            body.setdefault(each.owner.id, {})[each.name] = self.declared(each)
        return body

    def declare(self, node: Draft) -> None:
        """Give a node its fields."""
        if node.table_rows:
            self.declare_rows(node)
        if self.has("rows", 2 if not node.children else 5):
            self.keep(node, self.new_table(node, self.column_name(), wide=True))
        if node.mode:
            self.keep(node, self.new_skip(node))
        for _ in range(self.one((1, 2, 0, 3) if not node.children else (0, 1, 2))):
            number = self.next_number()
            side = self.one((BAD, GOOD)) if self.monotone else ANY
            kind = self.kind()
            if kind == "choice" and self.monotone:
                side = GOOD
            prefix = {GOOD: self.one(("good_", "好_")), BAD: self.one(("bad_", "坏_"))}
            name = f"{prefix.get(side, '')}{self.one(FIELD_NAMES)}"
            if name in node.body.get("evidence", {}) or self.chance(2):
                name += str(number)
            made = self.new(kind, node, name)
            made.side = side if kind not in ("date", "text") else FIXED if side else ANY
            self.vary(made)
            self.keep(node, made)

    def kind(self) -> str:
        """Draw a type of evidence."""
        kinds = ["count", "flag", "number", "choice", "share", "amount", "checklist"]
        if not self.monotone:
            kinds.append("text")
        if self.has("dates", 2):
            return "date"
        if self.has("means", 2):
            return "choice"
        return self.one(kinds)

    def keep(self, node: Draft, made: Field) -> None:
        """Note a field of a node, and write its declaration."""
        node.fields.append(made)
        node.body.setdefault("evidence", {})[made.name] = self.declared(made)

    def declared(self, made: Field) -> Any:
        """Write a declaration in one of its forms."""
        options = made.declaration
        if self.chance(5):
            options["title"] = self.text()
        if self.chance(8):
            options["note"] = self.text()
        if set(options) == {"type"} and not self.chance(3):
            return made.kind
        if set(options) == {"type", "title"} and not self.chance(3):
            return [made.kind, options["title"]]
        return options

    def make_optional(self, made: Field) -> None:
        """Let a sheet leave a finding out."""
        made.optional = True
        made.declaration["optional"] = self.one((True, "true"))

    def vary(self, made: Field) -> None:
        """Draw what there may be beside a finding: nothing, a stand-in, a sentinel, a panel."""
        if made.kind in NUMERIC and "one_of" not in made.declaration and self.has("panel", 2):
            self.make_panel(made)
        elif made.kind in (*NUMERIC, "flag") and self.has("none_means", 2):
            made.declaration["none_means"] = self.assumed(made)
            if made.owner.parent is not None and self.chance(3):
                made.owner.body["methods"] = [METHODS[self.pick(3)]]
        elif made.kind != "text" and self.chance(6):
            self.make_optional(made)
        if made.kind == "choice" and self.has("means", 2):
            self.give_meaning(made)
        if made.kind in (*NUMERIC, "choice", "date") and self.has("sentinel", 2):
            made.declaration["absent"] = self.sentinel(made)

    def assumed(self, made: Field) -> Any:
        """Draw a finding that stands in for one that is not there."""
        if made.kind == "flag":
            return self.one((False, True, "false"))
        return self.one((write(made.term.low), write(made.term.high)))

    def sentinel(self, made: Field) -> Any:
        """Draw a finding that says that there is none."""
        if made.kind == "choice":
            return "unknown"
        if made.kind == "date":
            return "1900-01-01"
        return self.one((-1, "-1", "999"))

    def make_panel(self, made: Field) -> None:
        """Make a finding a list of readings."""
        most = self.one((3, 2, 5, 24))
        need = self.one((1, 2, most, min(most, 3)))
        made.declaration["panel"] = self.one((most, str(most)))
        if need > 1 or self.chance(3):
            made.declaration["need"] = need
        made.panel = (most, need)

    # One field

    def new(self, kind: str, owner: Draft, name: str) -> Field:
        """Make a field of a type."""
        made: Field = getattr(self, f"new_{kind}")(owner, name)
        return made

    def new_flag(self, node: Draft, name: str) -> Field:
        """Make a flag."""
        return Field(node, name, "flag", {"type": "flag"})

    def new_text(self, node: Draft, name: str) -> Field:
        """Make a text."""
        return Field(node, name, "text", {"type": "text"})

    def new_date(self, node: Draft, name: str) -> Field:
        """Make a date."""
        return Field(node, name, "date", {"type": "date"})

    def new_count(self, node: Draft, name: str) -> Field:
        """Make a count; one that begins at 1 can be a divisor."""
        span = self.one(("0..12", "1..6", "0..100", "1..4", "1..60", ""))
        declaration = {"type": "count"} | ({"range": span} if span else {})
        low, high = (Fraction(end) for end in (span or "0..1000000").split(".."))
        return Field(node, name, "count", declaration, Term(name, low, high))

    def new_number(self, node: Draft, name: str) -> Field:
        """Make a number."""
        places = self.pick(3)
        declaration: Node = {"type": "number"}
        if places or self.chance(2):
            declaration["places"] = self.one((places, str(places)))
        if self.chance(4):
            options = ["0", "5", "10"] if not places else ["0", "0.5", "2", "3.5"]
            declaration["one_of"] = options
            low, high = Fraction(options[0]), Fraction(options[-1])
        else:
            declaration["range"] = span = self.one(("0..100", "0..10", "-5..5", "50..60"))
            low, high = (Fraction(end) for end in span.split(".."))
        return Field(node, name, "number", declaration, Term(name, low, high, 10**places))

    def new_share(self, node: Draft, name: str) -> Field:
        """Make a share."""
        places = self.one((2, 0, 1))
        declaration = {"type": "share"} | ({"places": places} if places != 2 else {})
        term = Term(name, Fraction(0), Fraction(100), 10**places)
        return Field(node, name, "share", declaration, term)

    def new_amount(self, node: Draft, name: str) -> Field:
        """Make an amount."""
        span, places = self.one((("1..3", 0), ("0.5..2", 1), ("0..5", 0), ("2..10", 0)))
        declaration: Node = {"type": "amount", "range": span}
        if self.chance(3):
            places += 1
            declaration["places"] = places
        high = Fraction(span.split("..")[1])
        term = Term(name, Fraction(0), high, 10**places)
        return Field(node, name, "amount", declaration, term)

    def new_choice(self, node: Draft, name: str, kind: str = "choice") -> Field:
        """Make a choice or a checklist."""
        first, size = self.pick(len(VALUES) - 3), 2 + self.pick(3)
        values = VALUES[first : first + size]
        titled = self.chance(4)
        written: Any = {v: self.text() for v in values} if titled else list(values)
        return Field(node, name, kind, {"type": kind, "values": written}, values=values)

    def new_checklist(self, node: Draft, name: str) -> Field:
        """Make a checklist."""
        return self.new_choice(node, name, "checklist")

    def new_skip(self, node: Draft) -> Field:
        """Make the choice that says whether a node is applicable."""
        name = self.new_id(("applies", "适用"))
        values = ("yes", "partly", "不适用")[self.pick(2) :]
        means: Node = {"不适用": "skip"}
        if self.has("means", 2) and not self.monotone:
            means |= dict.fromkeys(values[:-1], "1.5")
        declaration: Node = {"type": "choice", "values": list(values), "means": means}
        made = Field(node, name, "choice", declaration, values=values, side=FIXED)
        if len(means) > 1:
            ends = (Fraction(0), Fraction("1.5"))
            made.worth = Term("", *ends, 2)
        if self.chance(6):
            self.make_optional(made)
        return made

    def give_meaning(self, made: Field, *, column: bool = False) -> None:
        """Let the values of a choice mean amounts, or something else."""
        amounts = [self.one(MEANT) for _ in made.values]
        if self.monotone:
            amounts.sort(key=Fraction)
        means: Node = dict(zip(made.values, amounts, strict=True))
        full = None if column or made.owner.table_rows else made.owner.scale
        if full is not None and full >= max(map(Fraction, amounts)) and self.chance(3):
            means[made.values[-1]] = "full"
        if not self.monotone and not column and self.chance(2):
            means[made.values[0]] = word = self.one(("missing", "unrated"))
            self.must_grade |= word == "unrated"
        known = {"full": full or Fraction(0), "missing": Fraction(0), "unrated": Fraction(0)}
        worth = [known[each] if each in known else Fraction(each) for each in means.values()]
        unit = math.lcm(*(each.denominator for each in worth))
        if not self.monotone and self.chance(4):
            del means[made.values[-1]]
        else:
            made.worth = Term("", min(worth), max(worth), unit)
        made.declaration["means"] = means

    # Tables

    def column_name(self) -> str:
        """Make the name of a table or a column; no other name is the same."""
        return self.new_id(COLUMN_NAMES)

    def declare_rows(self, node: Draft) -> None:
        """Give a node with `each` its table: of its own, or of the root."""
        owner = node.chain[-1] if self.chance(3) else node
        table = self.new_table(owner, self.column_name(), wide=False)
        self.keep(owner, table)
        node.table = table
        node.body["each"] = table.name if owner is node else f"{owner.id}.{table.name}"

    def new_table(self, owner: Draft, name: str, *, wide: bool) -> Field:
        """Make a table with its columns; `wide`: with many rows perhaps."""
        spans = ("0..3", "0..4", "1..3", "2..5", "3..5")
        span = self.one((*spans, "0..25", "") if wide else spans)
        low, high = (int(end) for end in (span or "0..1000").split(".."))
        kinds = ["count", "flag", "choice", "number", "text", "amount", "checklist", "share"]
        columns = []
        for place in range(1 + self.pick(3)):
            kind = self.one(kinds) if place else self.one(("count", "number", "choice"))
            columns.append(self.new_column(owner, kind))
        if self.has("within", 2) or self.has("dates", 3):
            columns.append(self.new_column(owner, "date"))
        written = {each.name: self.declared(each) for each in columns}
        declaration: Node = {"type": "rows", "columns": written}
        if span:
            declaration["range"] = span
        side = FIXED if self.monotone else ANY
        return Field(owner, name, "rows", declaration, side=side, columns=tuple(columns),
                     size=(low, high))  # fmt: skip

    def new_column(self, owner: Draft, kind: str) -> Field:
        """Make a column."""
        side = ANY
        if self.monotone:
            side = FIXED if kind in ("text", "date") else self.one((BAD, GOOD))
            side = GOOD if kind == "choice" else side
        prefix = {GOOD: "good_", BAD: "bad_"}.get(side, "")
        made = self.new(kind, owner, f"{prefix}{self.column_name()}")
        made.side = side
        if kind == "choice" and self.has("means", 2):
            self.give_meaning(made, column=True)
        if kind != "text" and self.chance(8):
            self.make_optional(made)
        return made
