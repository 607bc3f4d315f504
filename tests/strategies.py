"""Random valid rubrics, sheets of evidence right beside their edges, and repairs of a sheet.

The public face for all laws. A draft of the tree comes first, then points from the leaves up, what
may not count, evidence, then rules in an order in which scores can be referred to, then grades;
each in a module of its own (strategies_tree, _fields, _words, _amounts, _rules), the sheets in
strategies_sheets. Every choice is an index whose first option is the simplest, so examples shrink
to small rubrics. Each rubric has only some of the FEATURES, so that examples stay small and yet
every construct is met beside every other. Each number carries its bounds and common denominator,
so that rubrics stay within 62-bit integers.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from fractions import Fraction
from typing import Any

import yaml
from hypothesis import assume
from hypothesis import strategies as st

from strategies_rules import Ruling
from strategies_sheets import (
    SOURCES,
    Sheet,
    fields_of,
    finding_of,
    givens_of,
    nodes_of,
    repairs,
    rows_shuffled,
    sheets,
    unfinished,
    walked,
    wrong,
)
from strategies_terms import METHODS, ROOT, Draft, Node, write

__all__ = [
    "FEATURES",
    "SOURCES",
    "Node",
    "Sheet",
    "documents",
    "fields_of",
    "finding_of",
    "givens_of",
    "nodes_of",
    "repairs",
    "rows_shuffled",
    "sheets",
    "shuffled",
    "to_text",
    "unfinished",
    "walked",
    "wrong",
]

#: What a rubric may have beside the plain language; each rubric has a few of them.
FEATURES = (
    *("rows", "given", "values", "dates", "each", "panel", "group", "multiply", "to", "caps"),
    *("beside", "combine", "weights", "absent", "few", "skip", "types", "means", "lines"),
    *("curves", "formula", "judged", "pairs", "so_far", "stars", "gates", "none_means"),
    *("sentinel", "baseline", "kinds", "times", "round_to", "within", "methods"),
)
#: What a feature cannot do without.
NEEDS = {"within": {"rows", "dates"}, "judged": {"rows"}, "stars": {"gates"}}


class Maker(Ruling):
    """Draws one document."""

    def document(self, max_depth: int) -> Node:
        """Draw a whole rubric."""
        self.max_depth = max_depth
        root = self.grow(ROOT, None, 0)
        self.measure(root, counted=False)
        self.modes(root)
        self.hand_over(root)
        for node in root.walk():
            self.declare(node)
        self.suffice(root)
        self.ready(root)
        named = self.name_values()
        self.ruled(root)
        return self.assemble(root, named)

    def assemble(self, root: Draft, named: Node) -> Node:
        """Put the drafts together as a plain document."""
        head: Node = {"format": self.one((1, "1"))} if self.chance(2) else {}
        head["rubric"] = self.one(("sample", "rubric-1.a", "区_2026"))
        if self.chance(2):
            head["version"] = self.one(("1", "2026.1"))
        if self.chance(3):
            head["language"] = self.one(("en", "zh"))
        if self.chance(4):
            head["places"] = self.one((2, "0", 4))
        if self.chance(4):
            ceilings = ["none", write((root.scale or Fraction(10)) * 9 / 10)]
            head["clip"] = self.one(ceilings)
        if self.has("methods", 2):
            head["methods"] = "required"
        if self.givens:
            head["given"] = self.given_body()
        if named:
            head["values"] = named
        document = head | self.plain(root)
        if self.has("kinds"):
            self.abbreviate(document)
        return document

    def plain(self, node: Draft) -> Node:
        """Turn a draft into a plain node."""
        body: Node = {} if node.parent is None else {"id": node.id}
        for key in ("title", "note", "source"):
            if self.chance(3 if key == "title" else 12):
                body[key] = self.text()
        if self.chance(6):
            body["provenance"] = self.one(("source", "illustrative"))
        if self.chance(10):
            body["code"] = self.one(("A.1", "第1项"))
        if not node.children and (self.has("methods") or self.chance(4)):
            body["methods"] = [METHODS[self.pick(3)]]
        if not node.table_rows and (node.combine != "sum" or (node.children and self.chance(6))):
            body["combine"] = node.combine
        if node.types:
            body["for"] = node.types[0] if len(node.types) == 1 else list(node.types)
        body |= node.body
        if node.rules:
            body["rules"] = node.rules
        for key in ("indicators", "items"):
            below = [self.plain(child) for child in getattr(node, key)]
            if below:
                body[key] = below
        return body

    def abbreviate(self, document: Node) -> None:
        """Say some nodes by kinds: what a kind says, and the node does not, holds."""
        kinds: Node = {}
        for _, node in list(walked(document)):
            if "id" not in node or not self.chance(2):
                continue
            kind: Node = {}
            for key in (
                "title",
                "note",
                "evidence",
                "rules",
                "methods",
                "points",
                "out_of",
                "start",
            ):
                if key in node and self.chance(2):
                    kind[key] = node.pop(key)
            kind.setdefault("code", "K")
            if "note" in node:
                kind["note"] = "of the kind"
            name = self.new_id(("kind", "种类"))
            if kinds and not kind.keys() & {"evidence"} and self.chance(3):
                kind = self.shared(kinds, kind)
            kinds[name] = kind
            node["like"] = name
        if kinds:
            document["kinds"] = kinds

    def shared(self, kinds: Node, kind: Node) -> Node:
        """Let a kind be like another that says nothing that matters."""
        name = self.new_id(("base",))
        kinds[name] = {"code": "B", "source": self.text()}
        return kind | {"like": name}


@st.composite
def documents(draw: Callable[..., Any], max_depth: int = 5, monotone: bool = False) -> Node:
    """Draw a valid plain rubric; in a `monotone` one better findings never lower a score.

    In a monotone rubric the names of fields and columns begin with `good_`/`好_` or `bad_`/`坏_`,
    and the values of a choice are listed from the worst to the best; what has another name stays.
    """
    chosen = draw(st.lists(st.sampled_from(FEATURES), unique=True, max_size=12))
    features = set(chosen).union(*(NEEDS.get(each, set()) for each in chosen))
    document = Maker(draw, frozenset(features), monotone).document(max_depth)
    assume(all(len(re.findall(r"\w+|\S", text)) <= 200 for text in _texts(document)))
    return document


def _texts(written: Any) -> Iterator[str]:
    """Yield every text of a document: those of expressions may not have too many parts."""
    if isinstance(written, dict):
        for key, each in written.items():
            yield str(key)
            yield from _texts(each)
    elif isinstance(written, list):
        for each in written:
            yield from _texts(each)
    elif isinstance(written, str):
        yield written


@st.composite
def shuffled(draw: Callable[..., Any], document: Node) -> Node:
    """Draw the same rubric with siblings in another order; no node's score depends on it."""
    mixed = dict(document)
    for key in ("indicators", "items"):
        if key in mixed:
            below = [draw(shuffled(child)) for child in mixed[key]]
            mixed[key] = draw(st.permutations(below)) if len(below) > 1 else below
    return mixed


class _Plain(yaml.SafeDumper):
    def ignore_aliases(self, data: Any) -> bool:
        return True


def to_text(document: Node) -> str:
    """Write a plain rubric as YAML text, without anchors and aliases."""
    return str(yaml.dump(document, Dumper=_Plain, allow_unicode=True, sort_keys=False))
