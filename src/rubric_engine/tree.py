"""The indicator tree of a rubric, indexed and checked: ids, parents, scales, types.

What can be said without lowering a rule is checked here; every problem goes to one list.
"""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from typing import Any

from attrs import evolve, field, frozen

from rubric_engine.checks import Report, check_fields, check_given, check_id, check_name
from rubric_engine.errors import Problem, nearest_name
from rubric_engine.exact import number_text
from rubric_engine.fields import MOST_PLACES, Choice
from rubric_engine.model import ROOT, Indicator, Item, Rubric, walk
from rubric_engine.scope import Expression

__all__ = ["ROW", "TYPE", "Place", "Tree", "plant"]

#: What the id of a node ends with where it stands for one row of an `each`.
ROW = "[]"
#: The given choice that `for` goes by.
TYPE = "assessee.type"

MOST_NODES = 20_000
DEEPEST = 60


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
    #: How it combines its children, or the rows of its `each`.
    combine: str
    #: The table for each of whose rows it is scored, as `node.field`; None for one score.
    table: str | None = None
    #: The types of assessees that it and all above it are for; None where for all.
    types: frozenset[str] | None = None
    #: What it counts where it is not applicable: its own word, or that of a node above.
    not_applicable: Expression | None = None
    #: The node that says so.
    stated_by: str | None = None

    @property
    def can_skip(self) -> bool:
        """Whether a choice that says `skip` makes it not applicable, and is not refused."""
        return self.not_applicable is None or self.not_applicable.text != "refuse"

    @property
    def lands(self) -> bool:
        """Whether bonuses from below land here."""
        return self.id == ROOT or getattr(self.node, "bonus", None) == "here" or self.beside

    @property
    def beside(self) -> bool:
        """Whether it is counted beside the points, and added to nothing."""
        return getattr(self.node, "points", None) == "beside"

    @property
    def row(self) -> bool:
        """Whether it stands for one row of an `each`."""
        return self.id.endswith(ROW)

    @property
    def owner(self) -> str:
        """The id of the node that it is, or of whose rows it is one."""
        return self.id.removesuffix(ROW)

    @property
    def folds(self) -> bool:
        """Whether it makes one score of the scores of rows."""
        return len(self.children) == 1 and self.children[0] == self.id + ROW

    def named(self, row: int | None) -> str:
        """Return the id of its result: `plan`, or `plan[0]` for the first row."""
        return self.id if row is None else f"{self.id.removesuffix(ROW)}[{row}]"


@frozen(eq=False)
class Tree:
    """All places of a rubric, in document order, by id."""

    rubric: Rubric
    places: dict[str, Place] = field(repr=False)


Planted = tuple[Rubric | Indicator | Item, str, str | None]


def _rows_apart(node: Indicator | Item) -> tuple[Indicator, Indicator | Item]:
    """Return a node with `each` as two: the one that folds the rows, and that of one row."""
    summed = node.combine == "sum"
    row_scale = node.out_of
    if row_scale is None and isinstance(node.points, Fraction):
        row_scale = node.points
    outer = Indicator(
        node.id,
        **{
            name: getattr(node, name)
            for name in (
                *("title", "code", "note", "source", "provenance", "evidence", "grades"),
                *("otherwise", "gates", "not_applicable", "bonus_up_to", "drop", "need", "empty"),
                *("points", "weight", "methods", "applies_to", "combine"),
            )
        },
        out_of=None if summed else node.out_of,
    )
    emptied: dict[str, Any] = {"evidence": (), "grades": (), "gates": (), "applies_to": ()}
    unset = ("otherwise", "not_applicable", "bonus_up_to", "drop", "need", "empty")
    emptied |= dict.fromkeys((*unset, "points", "weight", "each", "combine", "step"))
    inner = evolve(node, id=node.id + ROW, out_of=row_scale, **emptied)
    return outer, inner


def _planted(rubric: Rubric) -> Iterator[tuple[Planted, str | None]]:
    """Yield every node with its path and parent, those with `each` as two, and their table."""
    #: The table of each path below an `each`, and the ids that stand for one row.
    tables: dict[str, str] = {}
    split: set[str] = set()
    for node, path, parent in walk(rubric):
        above = path.rpartition(".")[0]
        table = tables.get(above)
        holder = f"{parent}{ROW}" if parent in split and table is not None else parent
        each = getattr(node, "each", None)
        if isinstance(node, Rubric) or each is None or table is not None:
            if table is not None:
                tables[path] = table
            yield (node, path, holder), table
            continue
        outer, inner = _rows_apart(node)
        yield (outer, path, holder), None
        tables[path] = each if "." in each else f"{node.id}.{each}"
        split.add(node.id)
        yield (inner, path, node.id), tables[path]


#: A node with its path, the id of the node above, how deep it stands, and its table.
Indexed = tuple[Rubric | Indicator | Item, str, str | None, int, str | None]


def _indexed(rubric: Rubric, report: Report) -> dict[str, Indexed]:
    """Return every node by its id, in document order."""
    nodes: dict[str, Indexed] = {}
    renamed: dict[str, str] = {}
    for count, ((node, path, parent), table) in enumerate(_planted(rubric)):
        if count >= MOST_NODES:
            report(Problem("too-large", "$", f"at most {MOST_NODES} nodes"))
            break
        node_id = node.id
        if node_id in nodes:
            report(Problem("duplicate-id", f"{path}.id", "an id used once", node_id))
            node_id = renamed[path] = f"{node_id} {path}"
        elif path != "$" and not node_id.endswith(ROW):
            check_id(node_id, f"{path}.id", report)
        above = parent if node_id.endswith(ROW) else _parent_of(path, parent, renamed)
        depth = 0 if above is None or above not in nodes else nodes[above][3] + 1
        if depth == DEEPEST + 1:
            report(Problem("too-deep", path, f"at most {DEEPEST} levels"))
        nodes[node_id] = (node, path, above, depth, table)
    return nodes


def plant(rubric: Rubric, report: Report) -> Tree:
    """Index and check a rubric's tree."""
    _check_head(rubric, report)
    nodes = _indexed(rubric, report)
    children: dict[str, list[str]] = {each: [] for each in nodes}
    for node_id, (_, _, parent, _, _) in nodes.items():
        if parent is not None:
            children[parent].append(node_id)
    known_types = _types_of(rubric)
    types: dict[str, frozenset[str] | None] = {}
    states: dict[str, tuple[Expression | None, str | None]] = {}
    for node_id, (node, path, parent, _, _) in nodes.items():
        above_types = None if parent is None else types[parent]
        types[node_id] = _check_types(node, path, above_types, known_types, report)
        states[node_id] = (None, None) if parent is None else states[parent]
        if node.not_applicable is not None:
            states[node_id] = node.not_applicable, node_id
        _check_keys(node, path, children[node_id], report)
    scales: dict[str, Fraction | None] = {}
    for node_id in reversed(nodes):
        node, path, *_ = nodes[node_id]
        below = [
            (child, child_path, scales[each])
            for each in children[node_id]
            for child, child_path, *_ in (nodes[each],)
            if not isinstance(child, Rubric)
        ]
        for_types = types[node_id] or frozenset(known_types)
        scales[node_id] = _scale(node, path, below, for_types, report)
    weights = {
        each: sum((_weight(nodes[child][0]) for child in below), Fraction(0))
        for each, below in children.items()
    }
    places: dict[str, Place] = {}
    for node_id, (node, path, parent, depth, table) in nodes.items():
        factor = portion = Fraction(1)
        if parent is not None:
            portion = _portion(node, nodes[parent][0], weights[parent])
            factor = _factor(node, scales[node_id], nodes[parent][0], scales[parent])
        places[node_id] = Place(
            node,
            node_id,
            path,
            parent,
            tuple(children[node_id]),
            scales[node_id],
            factor,
            portion,
            depth,
            node.combine or "sum",
            table,
            types[node_id],
            *states[node_id],
        )
        check_fields(node.evidence, f"{path}.evidence", nodes, report)
    check_given(rubric, nodes, report)
    return Tree(rubric, places)


def _types_of(rubric: Rubric) -> tuple[str, ...]:
    """Return the types of assessees, where the rubric has types."""
    given = dict(dict(rubric.given).get("assessee", ()))
    kind = given.get("type")
    return kind.names if isinstance(kind, Choice) else ()


def _check_types(
    node: Rubric | Indicator | Item,
    path: str,
    above: frozenset[str] | None,
    known: tuple[str, ...],
    report: Report,
) -> frozenset[str] | None:
    """Return the types that a node is for, within those that the node above is for."""
    stated = () if isinstance(node, Rubric) else node.applies_to
    if not stated:
        return above
    if not known:
        expected = "`given: {assessee: {type: {type: choice, …}}}` for `for`"
        report(Problem("missing-key", f"{path}.for", expected))
        return above
    for name in stated:
        if name not in known:
            near = nearest_name(name, known)
            expected = "one of " + ", ".join(known)
            report(Problem("unknown-value", f"{path}.for", expected, name[:60], near))
    kept = frozenset(stated) & (above if above is not None else frozenset(known))
    if not kept:
        expected = "a type that the node above is for too"
        report(Problem("unknown-value", f"{path}.for", expected, ", ".join(stated)[:60]))
        return above
    return kept


#: The keys that go with a way of combining.
_COMBINED_BY = {"drop": "trimmed", "step": "geometric"}
#: The keys that go with `each` only, and those that an item has with `each` only.
_OF_ROWS = ("where", "weigh")
_OF_CHILDREN = ("combine", "missing", "need", "empty", "drop", "step")


def _check_keys(
    node: Rubric | Indicator | Item, path: str, children: list[str], report: Report
) -> None:
    """Refuse keys of combining where nothing is combined so."""
    row = node.id.endswith(ROW)
    if row and node.missing is not None:
        report(Problem("conflicting-keys", f"{path}.missing", "no `missing` beside `each`"))
    if getattr(node, "each", None) is not None:
        # Below an `each`, where that itself is refused.
        return
    folded = bool(children) and children[0] == node.id + ROW
    if folded and node.combine is None:
        report(Problem("missing-key", path, "`combine`: how the rows become one score"))
    if folded and node.combine in ("geometric", "none"):
        expected = "sum, mean, median, trimmed, lowest or highest"
        report(Problem("unknown-value", f"{path}.combine", expected, node.combine))
    if not row and not folded and not isinstance(node, Rubric):
        own = _OF_ROWS if isinstance(node, Indicator) else (*_OF_ROWS, *_OF_CHILDREN)
        for key in own:
            if getattr(node, key) is not None:
                report(Problem("conflicting-keys", f"{path}.{key}", "`each` beside it"))
    if not isinstance(node, Item) and not (folded and node.combine in ("geometric", "none")):
        _check_ways(node, path, report)
    if node.need is not None and node.need < 1:
        report(Problem("out-of-range", f"{path}.need", "1 or more", str(node.need)))
    _positive(node.bonus_up_to, f"{path}.bonus_up_to", report)


def _check_ways(node: Rubric | Indicator, path: str, report: Report) -> None:
    """Refuse a key of one way of combining beside another way."""
    combine = node.combine or "sum"
    for key, way in _COMBINED_BY.items():
        stated = getattr(node, key)
        if stated is None and combine == way:
            report(Problem("missing-key", path, f"`{key}`, for `combine: {way}`"))
        elif stated is not None and combine != way:
            report(Problem("conflicting-keys", f"{path}.{key}", f"`combine: {way}` beside it"))
        elif stated is not None and stated <= 0:
            report(Problem("out-of-range", f"{path}.{key}", "above 0", str(stated)))


def _parent_of(path: str, parent: str | None, renamed: dict[str, str]) -> str | None:
    return renamed.get(path.rpartition(".")[0], parent)


def _check_head(rubric: Rubric, report: Report) -> None:
    check_name(rubric.name, "$.rubric", report)
    if not 0 <= rubric.places <= MOST_PLACES:
        report(Problem("out-of-range", "$.places", f"0 to {MOST_PLACES}", str(rubric.places)))
    if rubric.clip not in (None, "none") and Fraction(rubric.clip) <= 0:
        report(Problem("out-of-range", "$.clip", "above 0", str(rubric.clip)))


Child = tuple[Indicator | Item, str, Fraction | None]


def _positive(number: Fraction | str | None, path: str, report: Report) -> None:
    if isinstance(number, Fraction) and number <= 0:
        report(Problem("out-of-range", path, "a number above 0", number_text(number)))


def _scale(
    node: Rubric | Indicator | Item,
    path: str,
    below: list[Child],
    types: frozenset[str],
    report: Report,
) -> Fraction | None:
    stated: Fraction | None
    if isinstance(node, Rubric):
        stated, key = node.total, "total"
    else:
        _positive(node.points, f"{path}.points", report)
        if not isinstance(node.weight, Expression):
            _positive(node.weight, f"{path}.weight", report)
        if isinstance(node, Item):
            _positive(node.baseline, f"{path}.baseline", report)
        key = "points" if node.out_of is None else "out_of"
        points = node.points if isinstance(node.points, Fraction) else None
        stated = points if node.out_of is None else node.out_of
        if node.out_of is not None and isinstance(node.points, str) and not below_is_rows(below):
            report(Problem("conflicting-keys", f"{path}.out_of", "no scale for an open account"))
    _positive(stated, f"{path}.{key}", report)
    if isinstance(node, Item):
        return stated
    if below_is_rows(below):
        return below[0][2] if stated is None and node.combine != "sum" else stated
    if not below:
        report(Problem("no-children", path, "one indicator or item at least"))
        return stated
    if node.combine in (None, "sum"):
        return _summed(node, path, stated, below, types, report)
    return _averaged(node, path, stated, below, report)


def below_is_rows(below: list[Child]) -> bool:
    """Say whether what is below a node is its own rows."""
    return len(below) == 1 and below[0][0].id.endswith(ROW)


def _summed(
    node: Rubric | Indicator,
    path: str,
    stated: Fraction | None,
    below: list[Child],
    types: frozenset[str],
    report: Report,
) -> Fraction | None:
    sums: dict[str, Fraction] = {}
    counted = False
    for child, child_path, scale in below:
        if child.weight is not None:
            expected = "`points`; a weight is for children of a mean"
            report(Problem("conflicting-keys", f"{child_path}.weight", expected))
        points = child.points if isinstance(child.points, Fraction) else None
        if child.points is None and scale is not None:
            points = scale
        if points is not None:
            counted = True
            for kind in child.applies_to or types or ("",):
                sums[kind] = sums.get(kind, Fraction(0)) + points
    if not types and any(child.applies_to for child, _, _ in below):
        # What types there are is not said, which is a problem of its own.
        return stated
    totals = {sums.get(kind, Fraction(0)) for kind in (types or ("",))}
    if stated is None:
        if getattr(node, "points", None) in ("none", "beside") or not counted:
            return None
        if len(totals) > 1:
            expected = f"`{'total' if isinstance(node, Rubric) else 'points'}`: the sums differ"
            report(Problem("scale-missing", path, f"{expected} by type"))
        return max(totals)
    for kind in sorted(types or ("",)):
        total = sums.get(kind, Fraction(0))
        if counted and total != stated:
            expected = f"{number_text(stated)} in all" + (f" for {kind}" if kind else "")
            report(Problem("points-do-not-add-up", path, expected, number_text(total)))
    return stated


def _averaged(
    node: Rubric | Indicator, path: str, stated: Fraction | None, below: list[Child], report: Report
) -> Fraction | None:
    scales = set()
    for child, child_path, scale in below:
        if child.points == "beside":
            continue
        if child.points is not None:
            expected = f"`out_of` and `weight` under `combine: {node.combine}`"
            report(Problem("conflicting-keys", f"{child_path}.points", expected, "points"))
        elif scale is None and node.combine != "none":
            report(Problem("scale-missing", child_path, "`out_of`, the child's own scale"))
        if child.weight is not None and node.combine != "mean":
            expected = f"no weight under `combine: {node.combine}`"
            report(Problem("conflicting-keys", f"{child_path}.weight", expected))
        scales.add(scale)
    if stated is not None or node.combine == "none":
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
    if node.id.endswith(ROW) or node.points == "beside" or parent.combine == "none":
        return Fraction(1)
    if parent.combine not in (None, "sum"):
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
    stated = getattr(node, "weight", None)
    if getattr(node, "points", None) == "beside":
        return Fraction(0)
    return stated if isinstance(stated, Fraction) else Fraction(1)
