"""What changed from one rubric to another: in meaning, and apart from it in wording.

Two rubrics are compared as values, so it does not matter how their files are written. Nodes
are matched by their ids, rules by their ids and else by what they have in common; every
attribute of everything that a rubric holds is looked at.
"""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from fractions import Fraction
from typing import Any

from attrs import NOTHING, frozen

from rubric_engine.amounts import Bands, Lines, Tiers, plain
from rubric_engine.curves import Curve
from rubric_engine.errors import Problem
from rubric_engine.exact import exact_number, number_text
from rubric_engine.expression import Mistake, parse
from rubric_engine.fields import Field
from rubric_engine.figures import Figure
from rubric_engine.grading import Gate, Grade
from rubric_engine.matching import (
    MOST_COMPARED,
    attributes,
    likeness,
    moved_places,
    old_places,
)
from rubric_engine.model import Indicator, Item, Node, Rubric, walk
from rubric_engine.policies import Group, Limit, Policy
from rubric_engine.scope import Expression
from rubric_engine.tree import plant
from rubric_engine.words import Words, on_one_line

__all__ = ["DIFFERENCES", "Difference", "compare_rubrics", "differences_text"]

#: Every kind of difference, as it is told in English and in Chinese. Kinds never change their
#: meaning.
DIFFERENCES: dict[str, dict[str, str]] = {
    # the rubric
    "name-changed": {"en": "other name", "zh": "名称更改"},
    "version-changed": {"en": "other version", "zh": "版本更改"},
    "total-changed": {"en": "other total", "zh": "总分更改"},
    # nodes
    "node-added": {"en": "added", "zh": "新增"},
    "node-removed": {"en": "removed", "zh": "删除"},
    "node-moved": {"en": "moved to another parent", "zh": "移到另一上级"},
    "node-reordered": {"en": "moved among its siblings", "zh": "同级次序更改"},
    "node-renamed": {"en": "other id", "zh": "标识更改"},
    "node-changed": {"en": "changed", "zh": "更改"},
    "points-changed": {"en": "other points", "zh": "分值更改"},
    "weight-changed": {"en": "other weight", "zh": "权重更改"},
    "combining-changed": {"en": "combined otherwise", "zh": "汇总方式更改"},
    "state-changed": {"en": "counts in other cases", "zh": "适用情形更改"},
    # evidence
    "field-added": {"en": "field added", "zh": "新增字段"},
    "field-removed": {"en": "field removed", "zh": "删除字段"},
    "field-changed": {"en": "field changed", "zh": "字段更改"},
    "value-added": {"en": "value added", "zh": "新增选项"},
    "value-removed": {"en": "value removed", "zh": "删除选项"},
    "value-changed": {"en": "value means something else", "zh": "选项含义更改"},
    "constant-added": {"en": "named value added", "zh": "新增常数"},
    "constant-removed": {"en": "named value removed", "zh": "删除常数"},
    "constant-changed": {"en": "named value changed", "zh": "常数更改"},
    # rules
    "rule-added": {"en": "rule added", "zh": "新增规则"},
    "rule-removed": {"en": "rule removed", "zh": "删除规则"},
    "rule-moved": {"en": "rule moved", "zh": "规则次序更改"},
    "rule-changed": {"en": "rule changed", "zh": "规则更改"},
    "amount-changed": {"en": "other amount", "zh": "计分更改"},
    "condition-changed": {"en": "other condition", "zh": "条件更改"},
    "cap-changed": {"en": "other cap", "zh": "上限更改"},
    # grades and gates
    "grade-added": {"en": "grade added", "zh": "新增等级"},
    "grade-removed": {"en": "grade removed", "zh": "删除等级"},
    "grade-moved": {"en": "grade moved", "zh": "等级次序更改"},
    "grade-changed": {"en": "grade changed", "zh": "等级更改"},
    "cut-changed": {"en": "other cut", "zh": "分数线更改"},
    "gate-added": {"en": "gate added", "zh": "新增门槛"},
    "gate-removed": {"en": "gate removed", "zh": "删除门槛"},
    "gate-moved": {"en": "gate moved", "zh": "门槛次序更改"},
    "gate-changed": {"en": "gate changed", "zh": "门槛更改"},
    # wording
    "title-changed": {"en": "other title", "zh": "标题更改"},
    "wording-changed": {"en": "other wording", "zh": "文字更改"},
    "spelling-changed": {"en": "same, written otherwise", "zh": "写法更改，含义不变"},
    "order-changed": {"en": "listed in another order", "zh": "列出次序更改"},
}
#: Kinds by which no score, no grade and no sheet can come to be another.
WORDING = frozenset(
    {
        *("name-changed", "version-changed"),
        *("title-changed", "wording-changed", "spelling-changed", "order-changed"),
    }
)


@frozen
class Difference:
    """One thing that is not as it was."""

    #: Stable name of the kind of difference, a key of `DIFFERENCES`.
    kind: str
    #: Path in the old rubric, `$.items[0].rules[1].when`; None for what was added.
    old: str | None
    #: Path in the new rubric; None for what was removed.
    new: str | None
    #: The id of the node: its new one, or that of one removed; `total` for the root.
    node: str
    #: What stood there and what stands there, as a file has it; None where nothing does.
    before: str | None = None
    after: str | None = None
    #: By how much the most that the node gives to the whole changes, in points of the whole;
    #: None where it says nothing about points, or where that cannot be told.
    effect: Fraction | None = None

    @property
    def meaning(self) -> bool:
        """Whether a sheet may be taken, scored or graded otherwise; else only wording changed."""
        return self.kind not in WORDING

    @property
    def message(self) -> str:
        """The difference in one English sentence, with its place."""
        return self.told("en")

    def told(self, language: str) -> str:
        """Return the difference in one sentence, in Chinese ("zh") or else in English."""
        path = self.new or self.old or "$"
        where = " ".join(each for each in (self.node, _within_node(path)) if each)
        said = DIFFERENCES[self.kind].get(language) or DIFFERENCES[self.kind]["en"]
        chinese = language == "zh"
        line = where + ("：" if chinese else ": ") + said
        if self.before is not None or self.after is not None:
            nothing = "无" if chinese else "nothing"
            changed = [nothing if each is None else each for each in (self.before, self.after)]
            if self.old is None:
                changed = changed[1:]
            elif self.new is None:
                changed = changed[:1]
            line += ("，" if chinese else ", ") + " → ".join(changed)
        if self.effect:
            sign = "+" if self.effect > 0 else ""
            points = f"{sign}{number_text(self.effect)}"
            line += f"（总分 {points}）" if chinese else f" ({points} of the whole)"
        return line

    @property
    def plain(self) -> dict[str, Any]:
        """The difference as plain data; numbers are exact text."""
        effect = None if self.effect is None else number_text(self.effect)
        return {
            "kind": self.kind,
            "meaning": self.meaning,
            "old": self.old,
            "new": self.new,
            "node": self.node,
            "before": self.before,
            "after": self.after,
            "effect": effect,
            "message": self.message,
        }

    def __str__(self) -> str:
        return f"{self.message} [{self.kind}]"


def _within_node(path: str) -> str:
    """Return the part of a path that leads from a node to what is in it."""
    steps = path.split(".")
    while steps and (steps[0] == "$" or steps[0].split("[")[0] in ("indicators", "items")):
        del steps[0]
    return ".".join(steps)


def compare_rubrics(old: Rubric, new: Rubric) -> tuple[Difference, ...]:
    """Return what is not the same in two rubrics: first what they mean, then their wording.

    There is no difference only where the rubrics are equal. Those in meaning stand in the
    order of the new rubric, what was removed at the end.

    >>> from rubric_engine import Count, Deduct, Item, Rubric
    >>> def rubric(off): return Rubric("a", items=[Item("plan", points=2,
    ...     evidence={"missing": Count()}, rules=[Deduct(off, per="missing")])])
    >>> [each.message for each in compare_rubrics(rubric("0.5"), rubric(1))]
    ['plan rules[0].deduct: other amount, 0.5 → 1']
    """
    comparison = _Comparison(old, new)
    comparison.run()
    found = comparison.found
    return tuple(
        [each for each in found if each.meaning] + [each for each in found if not each.meaning]
    )


def differences_text(differences: Sequence[Difference], language: str = "en") -> str:
    """Return differences as text for a terminal, in English or Chinese ("zh")."""
    chinese = language == "zh"
    if not differences:
        return "没有差异。" if chinese else "No differences."
    lines: list[str] = []
    for meaning, english, zh in (
        (True, "in meaning", "含义差异"),
        (False, "in wording", "文字差异"),
    ):
        told = [each.told(language) for each in differences if each.meaning is meaning]
        noun = "difference" if len(told) == 1 else "differences"
        lines.append(f"{zh} {len(told)} 处" if chinese else f"{len(told)} {noun} {english}")
        lines += [f"  {on_one_line(each)}" for each in told]
    return "\n".join(lines)


# which attribute is which kind of difference

_OF_NODES = {
    "name": "name-changed",
    "version": "version-changed",
    "total": "total-changed",
    **dict.fromkeys(("points", "out_of", "start", "baseline"), "points-changed"),
    **dict.fromkeys(("weight", "weigh"), "weight-changed"),
    **dict.fromkeys(("clip", "bonus_up_to"), "cap-changed"),
    **dict.fromkeys(("combine", "drop", "step", "each", "bonus"), "combining-changed"),
    **dict.fromkeys(
        ("missing", "need", "empty", "not_applicable", "applies_to", "where", "otherwise"),
        "state-changed",
    ),
    **dict.fromkeys(("code", "language", "places", "provenance"), "wording-changed"),
}
_OF_RULES = {
    **dict.fromkeys(("amount", "factor", "times", "stack"), "amount-changed"),
    **dict.fromkeys(("when", "unless"), "condition-changed"),
    **dict.fromkeys(("id", "provenance"), "wording-changed"),
    "up_to": "cap-changed",
}
_OF_GRADES = {
    **dict.fromkeys(("at_least", "up_to", "minima", "maxima"), "cut-changed"),
    "when": "condition-changed",
    "provenance": "wording-changed",
}
_OF_GATES = {
    **dict.fromkeys(("when", "unless"), "condition-changed"),
    **dict.fromkeys(("id", "provenance"), "wording-changed"),
}


def _kind(owner: object, name: str) -> str:
    """Return which kind of difference one of an attribute is."""
    if isinstance(owner, Policy):
        within = isinstance(owner, Limit) and name == "within"
        return "cap-changed" if within else _OF_RULES.get(name, "rule-changed")
    if isinstance(owner, Grade):
        return _OF_GRADES.get(name, "grade-changed")
    if isinstance(owner, Gate):
        return _OF_GATES.get(name, "gate-changed")
    if isinstance(owner, Field):
        return "field-changed"
    return _OF_NODES.get(name, "node-changed")


# how values are shown


def _shown(value: object) -> str | None:
    """Return a value as one line; None for nothing."""
    if value is None:
        return None
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Fraction):
        return number_text(value)
    if isinstance(value, Tiers | Bands | Lines | Curve):
        return _inline(plain(value))
    if isinstance(value, Words | Figure):
        return _inline(value.plain)
    if isinstance(value, Policy | Grade | Gate):
        return "{" + _line(value) + "}"
    if isinstance(value, Field):
        return _line(value, value.type)
    if isinstance(value, tuple):
        pairs = [each for each in value if isinstance(each, tuple) and len(each) == 2]
        if value and len(pairs) == len(value):
            return _inline({_shown(name) or "": _shown(each) for name, each in pairs})
        return _inline([_shown(each) for each in value])
    return str(value)


def _inline(value: object) -> str:
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{key}: {_inline(each)}" for key, each in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(_inline, value)) + "]"
    return "null" if value is None else str(value)


_UNTOLD = frozenset({"says", "source", "note", "provenance", "reason", "indicators", "items"})


def _line(thing: object, head: str = "") -> str:
    """Return what is stated of a rule, grade, gate, field or node, as one line."""
    parts = [head] if head else []
    for key, name, default in attributes(thing):
        value = getattr(thing, name)
        if name in _UNTOLD or value == default or value in ((), None):
            continue
        parts.append(f"{key} {_shown(value)}")
    return ", ".join(parts)


def _same_expression(one: Expression, other: Expression) -> bool:
    """Whether two expressions differ in spaces, brackets or the writing of numbers only."""
    try:
        return _sense(one.text) == _sense(other.text)
    except Mistake:
        return False


def _sense(text: str) -> str:
    tree = parse(text).tree
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, int | float):
            node.value = str(exact_number(node.value))
    return ast.dump(tree)


# comparing


@frozen
class _At:
    """Where two things stand that are compared."""

    old: str
    new: str
    node: str

    def key(self, key: str) -> _At:
        return _At(f"{self.old}.{key}", f"{self.new}.{key}", self.node)

    def index(self, old: int, new: int) -> _At:
        return _At(f"{self.old}[{old}]", f"{self.new}[{new}]", self.node)


_Named = Sequence[tuple[str, Any]]
_Key = tuple[str, int]


class _Comparison:
    """Two rubrics, and the differences found so far."""

    def __init__(self, old: Rubric, new: Rubric) -> None:
        self.old, self.new = old, new
        self.found: list[Difference] = []
        self.worths = _worths(old), _worths(new)

    def run(self) -> None:
        """Find every difference."""
        olds, news = _nodes_of(self.old), _nodes_of(self.new)
        was = _matched_nodes(olds, news)
        becomes = {before: after for after, before in was.items()}
        for key, (node, path, parent) in news.items():
            if key not in was:
                worth = self.worths[1].get(node.id)
                self.found.append(
                    Difference("node-added", None, path, node.id, None, _node_line(node), worth)
                )
                continue
            before, before_path, before_parent = olds[was[key]]
            at = _At(before_path, path, node.id)
            self.node(before, node, at)
            above = None if before_parent is None else becomes.get(before_parent)
            if above != parent and before_parent is not None and parent is not None:
                self.add("node-moved", at, before_parent[0], parent[0])
        self.reordered(olds, news, was)
        for key, (node, path, _) in olds.items():
            if key not in becomes:
                worth = self.worths[0].get(node.id)
                effect = None if worth is None else -worth
                self.found.append(
                    Difference("node-removed", path, None, node.id, _node_line(node), None, effect)
                )

    def add(
        self, kind: str, at: _At, before: object, after: object, effect: Fraction | None = None
    ) -> None:
        """Note one difference."""
        told = _shown(before), _shown(after)
        self.found.append(Difference(kind, at.old, at.new, at.node, *told, effect))

    def node(self, old: Rubric | Indicator | Item, new: Rubric | Indicator | Item, at: _At) -> None:
        """Compare two nodes, without those below them."""
        if old.id != new.id:
            self.add("node-renamed", at.key("id"), old.id, new.id)
        if type(old) is not type(new):
            before, after = (type(each).__name__.lower() for each in (old, new))
            self.add("node-changed", at, before, after)
        self.things(old, new, at)

    def reordered(
        self, olds: Mapping[_Key, _Node], news: Mapping[_Key, _Node], was: Mapping[_Key, _Key]
    ) -> None:
        """Note the nodes that were moved among their siblings."""
        places = {key: place for place, key in enumerate(olds)}
        families: dict[_Key | None, list[_Key]] = {}
        for key, (_, _, parent) in news.items():
            if key in was and parent is not None and olds[was[key]][2] == was.get(parent):
                families.setdefault(parent, []).append(key)
        for family in families.values():
            order = [places[was[key]] for key in family]
            for place in moved_places(order):
                key = family[place]
                at = _At(olds[was[key]][1], news[key][1], key[0])
                self.add(
                    "node-reordered", at, str(sorted(order).index(order[place]) + 1), str(place + 1)
                )

    def things(self, old: Any, new: Any, at: _At) -> None:  # noqa: ANN401 - any class of the model
        """Compare two nodes, rules, grades, gates or fields, attribute by attribute."""
        known = dict.fromkeys([*attributes(old), *attributes(new)])
        for key, name, default in known:
            if name in ("indicators", "items", "id") and isinstance(new, Node):
                continue
            before, after = getattr(old, name, default), getattr(new, name, default)
            if before != after and NOTHING not in (before, after):
                self.attribute((new, name), before, after, at.key(key))

    def attribute(
        self,
        of: tuple[object, str],
        before: Any,  # noqa: ANN401 - any value of the model
        after: Any,  # noqa: ANN401 - as before
        at: _At,
    ) -> None:
        """Compare two values of an attribute that are not equal."""
        owner, name = of
        count = len(self.found)
        kind = _kind(owner, name)
        composite = self.composite(owner, name)
        if composite is not None:
            composite(before or (), after or (), at)
        elif isinstance(before, Words) or isinstance(after, Words):
            self.words(before, after, at, "title-changed" if name == "title" else "wording-changed")
        elif isinstance(before, Expression) and isinstance(after, Expression):
            same = _same_expression(before, after)
            self.add("spelling-changed" if same else kind, at, before, after)
        elif _is_map(before) and _is_map(after):
            self.pairs(_map_of(before), _map_of(after), at, kind)
        elif isinstance(owner, Limit) and name == "within":
            self.add(kind, at, before or "none", after or "none")
        else:
            pointed = kind in ("points-changed", "weight-changed") and name != "weigh"
            self.add(kind, at, before, after, self.effect(at.node) if pointed else None)
        if len(self.found) == count:
            self.add("order-changed", at, None, None)

    def composite(
        self, owner: object, name: str
    ) -> Callable[[Sequence[Any], Sequence[Any], _At], None] | None:
        """Return how an attribute is compared that holds more than one value, if it does."""
        if isinstance(owner, Rubric) and name == "values":
            return self.constants
        if isinstance(owner, Group) and name == "members":
            return self.rules
        table: dict[str, Callable[[Sequence[Any], Sequence[Any], _At], None]] = {
            "evidence": self.fields,
            "columns": self.fields,
            "given": self.sources,
            "rules": self.rules,
            "grades": self.grades,
            "gates": self.gates,
            "values": self.options,
            "means": self.meanings,
        }
        return table.get(name) if not isinstance(owner, Policy) else None

    def effect(self, node: str) -> Fraction | None:
        """Return by how much the most that a node gives to the whole changes."""
        before, after = (each.get(node) for each in self.worths)
        return None if before is None or after is None else after - before

    # what has names

    def named(self, old: _Named, new: _Named, at: _At, what: str) -> Iterator[tuple[Any, Any, _At]]:
        """Note what was added and removed, and yield what is there in both."""
        before, after = dict(old), dict(new)
        for name, each in after.items():
            place = at.key(name)
            if name in before:
                yield before[name], each, place
            else:
                self.found.append(
                    Difference(f"{what}-added", None, place.new, at.node, None, _shown(each))
                )
        for name, each in before.items():
            if name not in after:
                place = at.key(name)
                self.found.append(
                    Difference(f"{what}-removed", place.old, None, at.node, _shown(each), None)
                )
        shared = [name for name in before if name in after]
        order = [name for name in after if name in before]
        if shared != order:
            self.add("order-changed", at, tuple(shared), tuple(order))

    def fields(self, old: Sequence[Any], new: Sequence[Any], at: _At) -> None:
        """Compare fields by their names."""
        for before, after, place in self.named(old, new, at, "field"):
            if type(before) is not type(after):
                self.add("field-changed", place.key("type"), before.type, after.type)
            self.things(before, after, place)

    def sources(self, old: Sequence[Any], new: Sequence[Any], at: _At) -> None:
        """Compare given fields, source by source."""
        before, after = dict(old), dict(new)
        for source in dict.fromkeys([*before, *after]):
            self.fields(before.get(source, ()), after.get(source, ()), at.key(source))

    def constants(self, old: Sequence[Any], new: Sequence[Any], at: _At) -> None:
        """Compare named values."""
        for before, after, place in self.named(old, new, at, "constant"):
            if before != after:
                same = _same_expression(before, after)
                self.add("spelling-changed" if same else "constant-changed", place, before, after)

    def options(self, old: Sequence[Any], new: Sequence[Any], at: _At) -> None:
        """Compare the values of a choice or a checklist."""
        for before, after, place in self.named(old, new, at, "value"):
            if before != after:
                self.words(before, after, place, "title-changed")

    def words(self, old: Words | None, new: Words | None, at: _At, kind: str) -> None:
        """Compare texts, language by language where both name theirs."""
        before, after = (dict(each.texts) if each is not None else {"": ""} for each in (old, new))
        if "" in before or "" in after:
            self.add(kind, at, old, new)
        else:
            self.pairs(before, after, at, kind)

    def meanings(self, old: Sequence[Any], new: Sequence[Any], at: _At) -> None:
        """Compare what values mean."""
        self.pairs(dict(old), dict(new), at, "value-changed")

    def pairs(self, old: Mapping[str, Any], new: Mapping[str, Any], at: _At, kind: str) -> None:
        """Compare values by their keys."""
        for key in dict.fromkeys([*old, *new]):
            if old.get(key) != new.get(key):
                self.add(kind, at.key(key), old.get(key), new.get(key))

    # what has an order

    def rules(self, old: Sequence[Any], new: Sequence[Any], at: _At) -> None:
        """Compare rules, matched by their ids or by what they have in common."""
        pairs = old_places(old, new, (lambda each: each.id,))
        for before, after, place in self.ordered(old, new, pairs, at, "rule"):
            if before == after:
                continue
            if type(before) is type(after):
                self.things(before, after, place)
            else:
                self.add("rule-changed", place, _line(before), _line(after))
                for name in ("says", "source"):
                    words = getattr(before, name), getattr(after, name)
                    if words[0] != words[1]:
                        self.add("wording-changed", place.key(name), *words)

    def grades(self, old: Sequence[Any], new: Sequence[Any], at: _At) -> None:
        """Compare grades, matched by their names or stars."""
        pairs = old_places(old, new, (lambda each: each.name, lambda each: each.stars))
        for before, after, place in self.ordered(old, new, pairs, at, "grade"):
            self.things(before, after, place)

    def gates(self, old: Sequence[Any], new: Sequence[Any], at: _At) -> None:
        """Compare gates as rules are compared."""
        pairs = old_places(old, new, (lambda each: each.id,))
        for before, after, place in self.ordered(old, new, pairs, at, "gate"):
            self.things(before, after, place)

    def ordered(
        self,
        old: Sequence[Any],
        new: Sequence[Any],
        pairs: Mapping[int, int],
        at: _At,
        what: str,
    ) -> Iterator[tuple[Any, Any, _At]]:
        """Note what was added, removed and moved, and yield what is there in both.

        `pairs` has the old position of each new one.
        """
        matched = sorted(pairs)
        moved = {matched[place] for place in moved_places([pairs[each] for each in matched])}
        for place, each in enumerate(new):
            if place not in pairs:
                self.found.append(
                    Difference(
                        f"{what}-added", None, f"{at.new}[{place}]", at.node, None, _line(each)
                    )
                )
                continue
            where = at.index(pairs[place], place)
            if place in moved:
                self.add(f"{what}-moved", where, str(pairs[place] + 1), str(place + 1))
            yield old[pairs[place]], each, where
        taken = set(pairs.values())
        for place, each in enumerate(old):
            if place not in taken:
                self.found.append(
                    Difference(f"{what}-removed", f"{at.old}[{place}]", None, at.node, _line(each))
                )


# what belongs together

_Node = tuple[Rubric | Indicator | Item, str, _Key | None]


def _nodes_of(rubric: Rubric) -> dict[_Key, _Node]:
    """Return the nodes of a rubric in document order, with path and parent.

    A key is an id and how often it was there before: 0 in a sound rubric.
    """
    found: dict[_Key, _Node] = {}
    seen: Counter[str] = Counter()
    keys: dict[str, _Key] = {}
    for node, path, _ in walk(rubric):
        key = keys[path] = (node.id, seen[node.id])
        seen[node.id] += 1
        above = path.rpartition(".")[0]
        found[key] = (node, path, keys.get(above))
    return found


#: From this likeness on, a node is held to be another one under a new id: half of what is stated
#: of either is equal.
_SAME_NODE = 0.9


def _matched_nodes(olds: Mapping[_Key, _Node], news: Mapping[_Key, _Node]) -> dict[_Key, _Key]:
    """Return the old key of each node that is there in both, by its new key."""
    was = {key: key for key in news if key in olds}
    lost = [key for key in olds if key not in was]
    came = [key for key in news if key not in was]
    for key in came[:MOST_COMPARED]:
        node, _, parent = news[key]
        above = None if parent is None else was.get(parent)
        likely = [
            (likeness(olds[each][0], node), each)
            for each in lost[:MOST_COMPARED]
            if olds[each][2] == above and type(olds[each][0]) is type(node)
        ]
        share, best = max(likely, key=lambda each: each[0], default=(0.0, key))
        if share >= _SAME_NODE:
            was[key] = best
            lost.remove(best)
    return was


def _is_map(value: object) -> bool:
    if isinstance(value, Tiers | Bands | Lines | Curve):
        return True
    return isinstance(value, tuple) and all(
        isinstance(each, tuple) and len(each) == 2 for each in value
    )


def _map_of(value: Any) -> dict[str, Any]:  # noqa: ANN401 - what `_is_map` says
    if isinstance(value, tuple):
        return {str(name): each for name, each in value}
    stated = plain(value)
    return dict(stated) if isinstance(stated, dict) else {}


def _node_line(node: Rubric | Indicator | Item) -> str:
    """Return what a node is, as one line: its class, title and points."""
    parts = [type(node).__name__.lower()]
    for name in ("title", "points", "weight", "out_of"):
        value = getattr(node, name)
        if value is not None:
            parts.append(f"{name} {_shown(value)}")
    below = sum(1 for _ in _below(node)) if isinstance(node, Indicator) else 0
    return ", ".join([*parts, f"{below} below"] if below else parts)


def _below(node: Indicator) -> Iterator[Indicator | Item]:
    waiting: list[Indicator | Item] = [*node.children]
    while waiting:
        each = waiting.pop()
        yield each
        waiting += each.children if isinstance(each, Indicator) else ()


def _worths(rubric: Rubric) -> dict[str, Fraction]:
    """Return the most that each node gives to the whole, in points; without what is open.

    Nothing where the points of the rubric do not fit together.
    """
    problems: list[Problem] = []
    places = plant(rubric, problems.append).places
    if problems:
        return {}
    varying = {
        place.parent
        for place in places.values()
        if isinstance(getattr(place.node, "weight", None), Expression)
    }
    rates: dict[str, Fraction] = {}
    worths: dict[str, Fraction] = {}
    for node, place in places.items():
        if place.parent is None:
            rate: Fraction | None = Fraction(1)
        elif place.beside or place.parent in varying or places[place.parent].combine == "none":
            rate = None
        else:
            above = rates.get(place.parent)
            rate = None if above is None else above * place.factor * place.portion
        if rate is not None:
            rates[node] = rate
            if place.scale is not None:
                worths[node] = place.scale * rate
    return worths
