"""The indicator tree of a rubric, indexed and checked: ids, parents, scales, fields.

What can be said without lowering a rule is checked here; every problem goes to one list.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from fractions import Fraction

from attrs import field, frozen

from rubric_engine.errors import Problem, nearest_name
from rubric_engine.exact import number_text
from rubric_engine.expression import KEYWORDS, is_identifier
from rubric_engine.fields import MOST_PLACES, Amount, Checklist, Choice, Count, Field, Number, Share
from rubric_engine.model import ROOT, Indicator, Item, Rubric, walk

__all__ = ["Place", "Tree", "plant"]

MOST_NODES = 20_000
MOST_VALUES = 1_000
DEEPEST = 60

Report = Callable[[Problem], None]


@frozen(eq=False)
class Place:
    """A node in its tree."""

    node: Rubric | Indicator | Item
    id: str
    #: Path in the rubric: `$.indicators[0].items[2]`.
    path: str
    parent: str | None
    children: tuple[str, ...]
    #: Points of the node's own scale; None for an open account.
    scale: Fraction | None
    #: What the parent's scale makes of a point of this node; 1 for an open account.
    factor: Fraction
    #: Its share of the weights under a parent that takes a mean; 1 under any other.
    portion: Fraction
    #: How deep it stands, the root at 0.
    depth: int

    @property
    def lands(self) -> bool:
        """Whether bonuses from below land here."""
        return self.id == ROOT or getattr(self.node, "bonus", None) == "here"


@frozen(eq=False)
class Tree:
    """All places of a rubric, in document order, by id."""

    rubric: Rubric
    places: dict[str, Place] = field(repr=False)


def plant(rubric: Rubric, report: Report) -> Tree:
    """Index and check a rubric's tree."""
    _check_head(rubric, report)
    nodes: dict[str, tuple[Rubric | Indicator | Item, str, str | None, int]] = {}
    renamed: dict[str, str] = {}
    for count, (node, path, parent) in enumerate(walk(rubric)):
        if count >= MOST_NODES:
            report(Problem("too-large", "$", f"at most {MOST_NODES} nodes"))
            break
        node_id = node.id
        if node_id in nodes:
            report(Problem("duplicate-id", f"{path}.id", "an id used once", node_id))
            node_id = renamed[path] = f"{node_id} {path}"
        elif path != "$":
            _check_id(node_id, f"{path}.id", report)
        above = _parent_of(path, parent, renamed)
        depth = 0 if above is None or above not in nodes else nodes[above][3] + 1
        if depth == DEEPEST + 1:
            report(Problem("too-deep", path, f"at most {DEEPEST} levels"))
        nodes[node_id] = (node, path, above, depth)
    children: dict[str, list[str]] = {each: [] for each in nodes}
    for node_id, (_, _, parent, _) in nodes.items():
        if parent is not None:
            children[parent].append(node_id)
    scales: dict[str, Fraction | None] = {}
    for node_id in reversed(nodes):
        node, path, _, _ = nodes[node_id]
        below = [
            (child, child_path, scales[each])
            for each in children[node_id]
            for child, child_path, _, _ in (nodes[each],)
            if not isinstance(child, Rubric)
        ]
        scales[node_id] = _scale(node, path, below, report)
    weights = {
        each: sum((_weight(nodes[child][0]) for child in below), Fraction(0))
        for each, below in children.items()
    }
    places: dict[str, Place] = {}
    for node_id, (node, path, parent, depth) in nodes.items():
        factor = portion = Fraction(1)
        if parent is not None:
            portion = _portion(node, nodes[parent][0], weights[parent])
            factor = _factor(node, scales[node_id], nodes[parent][0], scales[parent])
        below_ids = tuple(children[node_id])
        scale = scales[node_id]
        places[node_id] = Place(
            node, node_id, path, parent, below_ids, scale, factor, portion, depth
        )
        _check_fields(node, path, nodes, report)
    return Tree(rubric, places)


def _parent_of(path: str, parent: str | None, renamed: dict[str, str]) -> str | None:
    return renamed.get(path.rpartition(".")[0], parent)


def _check_head(rubric: Rubric, report: Report) -> None:
    if not re.fullmatch(r"[\w.-]{1,100}", rubric.name):
        expected = "letters, digits, `_`, `-` and `.`"
        report(Problem("bad-id", "$.rubric", expected, rubric.name[:60]))
    if not 0 <= rubric.places <= MOST_PLACES:
        report(Problem("out-of-range", "$.places", f"0 to {MOST_PLACES}", str(rubric.places)))
    if rubric.clip not in (None, "none") and Fraction(rubric.clip) <= 0:
        report(Problem("out-of-range", "$.clip", "above 0", str(rubric.clip)))


def _check_id(text: str, path: str, report: Report) -> None:
    if text == ROOT:
        report(Problem("bad-id", path, "an id other than the root's own", text))
    elif not is_identifier(text):
        expected = "letters, digits and `_`, not beginning with a digit, and no keyword"
        report(Problem("bad-id", path, expected, text[:60]))


Child = tuple[Indicator | Item, str, Fraction | None]


def _positive(number: Fraction | str | None, path: str, report: Report) -> None:
    if isinstance(number, Fraction) and number <= 0:
        report(Problem("out-of-range", path, "a number above 0", number_text(number)))


def _scale(
    node: Rubric | Indicator | Item, path: str, below: list[Child], report: Report
) -> Fraction | None:
    stated: Fraction | None
    if isinstance(node, Rubric):
        stated, key = node.total, "total"
    else:
        _positive(node.points, f"{path}.points", report)
        _positive(node.weight, f"{path}.weight", report)
        key = "points" if node.out_of is None else "out_of"
        points = node.points if isinstance(node.points, Fraction) else None
        stated = points if node.out_of is None else node.out_of
        if node.out_of is not None and node.points == "none":
            report(Problem("conflicting-keys", f"{path}.out_of", "no scale for an open account"))
    _positive(stated, f"{path}.{key}", report)
    if isinstance(node, Item):
        return stated
    if not below:
        report(Problem("no-children", path, "one indicator or item at least"))
        return stated
    if node.combine == "sum":
        return _summed(node, path, stated, below, report)
    return _averaged(node, path, stated, below, report)


def _summed(
    node: Rubric | Indicator, path: str, stated: Fraction | None, below: list[Child], report: Report
) -> Fraction | None:
    total: Fraction | None = None
    for child, child_path, scale in below:
        if child.weight is not None:
            expected = "`points`; a weight is for children of a mean"
            report(Problem("conflicting-keys", f"{child_path}.weight", expected))
        points = child.points if isinstance(child.points, Fraction) else None
        if child.points is None and scale is not None:
            points = scale
        if points is not None:
            total = (total or Fraction(0)) + points
    if stated is None:
        return None if getattr(node, "points", None) == "none" else total
    if total is not None and total != stated:
        expected = f"{number_text(stated)} in all"
        report(Problem("points-do-not-add-up", path, expected, number_text(total)))
    return stated


def _averaged(
    node: Rubric | Indicator, path: str, stated: Fraction | None, below: list[Child], report: Report
) -> Fraction | None:
    scales = set()
    for child, child_path, scale in below:
        if child.points is not None:
            expected = f"`out_of` and `weight` under `combine: {node.combine}`"
            report(Problem("conflicting-keys", f"{child_path}.points", expected, "points"))
        elif scale is None:
            report(Problem("scale-missing", child_path, "`out_of`, the child's own scale"))
        if child.weight is not None and node.combine != "mean":
            expected = f"no weight under `combine: {node.combine}`"
            report(Problem("conflicting-keys", f"{child_path}.weight", expected))
        scales.add(scale)
    if stated is not None:
        return stated
    common = scales.pop() if len(scales) == 1 else None
    if common is None:
        key = "total" if isinstance(node, Rubric) else "out_of"
        expected = f"`{key}`: the children's scales differ"
        report(Problem("scale-missing", path, expected))
    return common


def _factor(
    node: Rubric | Indicator | Item,
    scale: Fraction | None,
    parent: Rubric | Indicator | Item,
    above: Fraction | None,
) -> Fraction:
    if isinstance(node, Rubric) or isinstance(parent, Item) or not scale:
        return Fraction(1)
    if parent.combine != "sum":
        return (above or scale) / scale
    return node.points / scale if isinstance(node.points, Fraction) else Fraction(1)


def _portion(
    node: Rubric | Indicator | Item,
    parent: Rubric | Indicator | Item,
    weights: Fraction,
) -> Fraction:
    if isinstance(parent, Item) or parent.combine != "mean":
        return Fraction(1)
    return _weight(node) / weights if weights > 0 else Fraction(1)


def _weight(node: Rubric | Indicator | Item) -> Fraction:
    return getattr(node, "weight", None) or Fraction(1)


def _check_fields(
    node: Rubric | Indicator | Item,
    path: str,
    nodes: dict[str, tuple[Rubric | Indicator | Item, str, str | None, int]],
    report: Report,
) -> None:
    seen: set[str] = set()
    for name, each in node.evidence:
        where = f"{path}.evidence.{name}"
        _check_id(name, where, report)
        if name in nodes:
            report(Problem("duplicate-id", where, "a name that no node has as its id", name))
        if name in seen:
            report(Problem("duplicate-id", where, "a name used once", name))
        seen.add(name)
        _check_field(each, where, report)


def _check_field(each: Field, where: str, report: Report) -> None:
    if isinstance(each, Choice | Checklist):
        _check_values(each.names, where, report)
    if isinstance(each, Number | Share | Amount) and not 0 <= each.decimals <= MOST_PLACES:
        expected = f"0 to {MOST_PLACES} decimals"
        report(Problem("out-of-range", f"{where}.places", expected, str(each.decimals)))
        return
    if not isinstance(each, Count | Number | Amount):
        return
    limits = each.range
    if limits.low is None or limits.high is None:
        report(Problem("out-of-range", f"{where}.range", "a range with two ends", str(limits)))
        return
    if isinstance(each, Count | Amount) and limits.low < 0:
        report(Problem("out-of-range", f"{where}.range", "a range from 0 or above", str(limits)))
    listed = each.one_of if isinstance(each, Number) else ()
    for number in (limits.low, limits.high, *listed):
        if (number * each.quanta).denominator != 1:
            expected = f"numbers of at most {each.decimals} decimals"
            report(Problem("not-exact", where, expected, number_text(number)))


def _check_values(names: tuple[str, ...], where: str, report: Report) -> None:
    path = f"{where}.values"
    if not names or len(names) > MOST_VALUES:
        report(Problem("empty" if not names else "too-large", path, f"1 to {MOST_VALUES} values"))
    for place, name in enumerate(names):
        plain = re.fullmatch(r"\w{1,100}", name) and unicodedata.normalize("NFKC", name) == name
        if not plain or name in KEYWORDS:
            expected = "letters, digits and `_`, and no keyword of expressions"
            report(Problem("bad-id", path, expected, name[:60]))
        if name in names[:place]:
            near = nearest_name(name, names)
            report(Problem("duplicate-id", path, "each value once", name, near))
