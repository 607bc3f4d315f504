"""The tree of the reference interpreter: scales, points and types, from the document alone."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from oracle_fields import Node
from oracle_numbers import ONE, ZERO, is_number, number

ROOT = "total"
VERBS = ("group", "deduct", "award", "bonus", "set", "limit", "multiply", "round")


def expand(node: Node, kinds: dict[str, Node]) -> Node:
    """Write a node, and all below it, without `like`."""
    while "like" in node:
        own = {key: what for key, what in node.items() if key != "like"}
        node = kinds[str(node["like"])] | own
    below = {
        key: [expand(child, kinds) for child in node[key]]
        for key in ("indicators", "items")
        if key in node
    }
    return node | below


def children(node: Node) -> list[Node]:
    """List a node's children: its indicators, then its items."""
    return [*node.get("indicators", []), *node.get("items", [])]


def identity(node: Node) -> str:
    """Return the id of a node that is not the root."""
    return str(node["id"])


def combination(node: Node) -> str:
    """Say how an indicator combines its children; those of a node with `each` are summed."""
    return "sum" if "each" in node else str(node.get("combine", "sum"))


def is_beside(node: Node) -> bool:
    """Say whether a node is counted beside the points."""
    return str(node.get("points")) == "beside"


def is_open(node: Node) -> bool:
    """Say whether a node is an open account."""
    return str(node.get("points")) in ("none", "beside") or scale(node) is None


def scale(node: Node) -> Fraction | None:
    """Return the scale of a node as its parent sees it; None for an open account."""
    if "each" in node and str(node.get("combine")) == "sum" and is_number(node.get("points")):
        return number(node["points"])
    return own_scale(node)


def own_scale(node: Node) -> Fraction | None:
    """Return the scale that a node's rules work on: with `each`, that of one row."""
    for key in ("out_of", "points", "total"):
        if key in node:
            return number(node[key]) if is_number(node[key]) else None
    if not children(node) or combination(node) == "none":
        return None
    if combination(node) != "sum":
        return next((scale(child) for child in children(node) if not is_beside(child)), None)
    counted = [child for child in children(node) if not is_open(child)]
    return sum_of_points(counted) if counted else None


def sum_of_points(nodes: list[Node]) -> Fraction:
    """Add up points, for any type of assessees that has some of them: it is the same for each."""
    types = frozenset[str]().union(*(types_of(node) or () for node in nodes)) or {""}
    return max(sum((points(node) for node in nodes if is_for(node, each)), ZERO) for each in types)


def types_of(node: Node) -> frozenset[str] | None:
    """List the types of assessees that a node is for; None: all."""
    own = node.get("for")
    return None if own is None else frozenset(map(str, own if isinstance(own, list) else [own]))


def is_for(node: Node, assessee: str | None) -> bool:
    """Say whether a node is for an assessee of this type."""
    types = types_of(node)
    return types is None or assessee in types


def points(node: Node) -> Fraction:
    """Return what a counted child adds to its summing parent."""
    return number(node["points"]) if "points" in node else full(node)


def full(node: Node) -> Fraction:
    """Return the scale of a node that is known to have one."""
    return known(node, scale(node))


def own_full(node: Node) -> Fraction:
    """Return the scale of a node, or of one row of it, that is known to have one."""
    return known(node, own_scale(node))


def known(node: Node, found: Fraction | None) -> Fraction:
    """Insist on a scale."""
    if found is None:
        raise ValueError(f"{node.get('id', ROOT)} is an open account")
    return found


def conversion(child: Node, parent: Node) -> Fraction:
    """Return the factor from a child's own scale to its parent's account."""
    if combination(parent) == "sum":
        return ONE if is_open(child) else points(child) / full(child)
    return ONE if combination(parent) == "none" else own_full(parent) / full(child)


def candidates(node: Node) -> list[Node]:
    """List the children that could count: under a sum those with points, if there are any."""
    if combination(node) == "none":
        return []
    beside_not = [child for child in children(node) if not is_beside(child)]
    if combination(node) != "sum":
        return beside_not
    return [child for child in beside_not if not is_open(child)] or beside_not


def needed(node: Node) -> int:
    """Return the fewest children, or rows, that must count."""
    written = int(node.get("need", 1))
    trims = str(node.get("combine")) == "trimmed"
    return max(written, 2 * int(node["drop"]) + 1) if trims else written


def verb_of(rule: Node) -> str:
    """Return the one verb of a rule; that of its members for a group."""
    verb = next(verb for verb in VERBS if verb in rule)
    return verb_of(rule["group"][0]) if verb == "group" else verb


def start_of(item: Node) -> Fraction:
    """Return what an item holds before its rules."""
    rules = item.get("rules", [])
    written = str(item["start"]) if "start" in item else None
    if written is None and is_open(item):
        return ZERO
    if written is None:
        own = {verb_of(rule) for rule in rules if "to" not in rule}
        verbs = own & {"deduct", "award", "set"} or {verb_of(rule) for rule in rules}
        written = "full" if "deduct" in verbs and not verbs & {"award", "set"} else "zero"
    if written == "full":
        return own_full(item)
    return ZERO if written == "zero" else number(written)


def mentions(rule: Any, name: str) -> bool:
    """Say whether a rule's text uses a name anywhere."""
    return name in str(rule)
