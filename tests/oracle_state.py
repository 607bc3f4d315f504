"""What is there and what counts, in the reference interpreter: findings, states and problems."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from typing import Any

from oracle_expressions import Found, Place, Scope, as_number, evaluate
from oracle_fields import (
    Level,
    Node,
    Readings,
    Sheet,
    Value,
    declaration,
    is_required,
    meaning,
    read,
)
from oracle_numbers import ZERO
from oracle_tree import (
    ROOT,
    candidates,
    children,
    expand,
    full,
    identity,
    is_beside,
    is_for,
    needed,
    own_scale,
)

SCORED, NOT_APPLICABLE, ABSENT = "scored", "not applicable", "absent"
#: Why a node does not count, where that holds for all below it too.
GONE = ("for", "skip")
SOURCES = ("assessee", "cycle", "history", "cohort")


def key_of(name: str, row: int | None) -> str:
    """Name a node, or one row of it."""
    return name if row is None else f"{name}[{row}]"


class Standing:
    """One document and one sheet: what is found, and the state of every node."""

    def __init__(self, document: Node, evidence: Node, given: Node | None = None) -> None:
        self.document = expand(document, document.get("kinds", {}))
        self.nodes: dict[str, Node] = {}
        self.above: dict[str, str | None] = {}
        self.each: dict[str, str | None] = {}
        self.enlist(ROOT, self.document, None)
        self.sources = {name: self.document.get("given", {}).get(name, {}) for name in SOURCES}
        self.sheet = Sheet(evidence, given)
        self.problems: list[tuple[str, str]] = []
        self.known_freeing: dict[str, str | None] = {}
        self.known_causes: dict[str, str | None] = {}
        self.known_rows: dict[str, list[int]] = {}

    def enlist(self, name: str, node: Node, above: str | None) -> None:
        """Enter a node and everything under it by id, in document order."""
        self.nodes[name] = node
        self.above[name] = above
        self.each[name] = name if "each" in node else self.each[above] if above else None
        for child in children(node):
            self.enlist(identity(child), child, name)

    def problem(self, code: str, path: str) -> None:
        """Note a problem of the sheet once."""
        if (code, path) not in self.problems:
            self.problems.append((code, path))

    # Places in the tree

    def chain(self, name: str) -> Iterator[str]:
        """List a node and those above it, from the bottom."""
        at: str | None = name
        while at is not None:
            yield at
            at = self.above[at]

    def subtree(self, name: str) -> Iterator[str]:
        """List a node and those below it, in document order."""
        yield name
        for child in children(self.nodes[name]):
            yield from self.subtree(identity(child))

    def below_each(self, name: str) -> bool:
        """Say whether a node is only there in the rows of a node above it."""
        return self.each[name] not in (None, name)

    def split(self, key: str) -> tuple[str, int | None]:
        """Take the name of a node, and of which row, out of a key."""
        name, _, row = key.partition("[")
        return name, int(row.rstrip("]")) if row else None

    def scope(self, key: str, so_far: Fraction | None = None) -> Scope:
        """Return what the expressions of a node see."""
        name, row = self.split(key)
        root = self.each[name]
        if row is None or root is None:
            return Scope(name, None, (), so_far)
        return Scope(name, row, (Place(*self.table_of(root), row),), so_far)

    def key_in(self, at: Scope, name: str) -> str:
        """Find a node's key for an expression: a score below an `each` is of the same row."""
        return key_of(name, at.row) if self.below_each(name) else name

    # Findings

    def fields(self, owner: str) -> Node:
        """List the fields of a node or of a source of given numbers."""
        fields: Node = self.nodes.get(owner, {}).get("evidence") or self.sources.get(owner, {})
        return fields

    def is_field(self, owner: str, name: str) -> bool:
        """Say whether this is a field."""
        return name in self.fields(owner)

    def methods_used(self, owner: str) -> set[str]:
        """List the methods recorded for a node."""
        return self.sheet.methods(owner, self.fields(owner), "methods" not in self.nodes)

    def complete(self, owner: str) -> bool:
        """Say whether the methods that a node names are all recorded as used."""
        return set(map(str, self.nodes[owner].get("methods", []))) <= self.methods_used(owner)

    def typed(self, owner: str, raw: Any, field: Node, assume: bool = True) -> Value:
        """Read a finding of a node, or what stands in for it."""
        scale = own_scale(self.nodes[owner]) if owner in self.nodes else None
        found = read(raw, field, scale)
        if found is None and assume and "none_means" in field and self.complete(owner):
            return read(field["none_means"], field, scale)
        return found

    def finding(self, owner: str, name: str, assume: bool = True) -> Value:
        """Return the finding of a field."""
        field = declaration(self.fields(owner)[name])
        return self.typed(owner, self.sheet.of(owner, name), field, assume)

    def is_there(self, owner: str, name: str) -> bool:
        """Say whether a sheet holds a finding for a field."""
        return self.finding(owner, name, assume=False) is not None

    def columns(self, owner: str, table: str) -> dict[str, Node]:
        """List the columns of a table."""
        written = declaration(self.fields(owner)[table])["columns"]
        return {name: declaration(column) for name, column in written.items()}

    def cell(self, place: Place, name: str, assume: bool = True) -> Value:
        """Return the finding of a column in one row."""
        row = self.finding(place.owner, place.table)[place.index]
        column = self.columns(place.owner, place.table)[name]
        return self.typed(place.owner, (row or {}).get(name), column, assume)

    def table_of(self, name: str) -> tuple[str, str]:
        """Return the owner and the name of the table that a node is scored for."""
        return self.named_table(name, self.nodes[name]["each"])

    @staticmethod
    def named_table(name: str, text: Any) -> tuple[str, str]:
        """Split the name of a table, the node's own or another's."""
        owner, _, table = str(text).strip().rpartition(".")
        return owner or name, table

    def places(self, at: Scope, text: Any) -> list[Place]:
        """List the rows of a table."""
        owner, table = self.named_table(at.node, text)
        found = self.finding(owner, table) if self.is_visible(at.node, owner) else None
        return [Place(owner, table, index) for index in range(len(found or []))]

    # What expressions ask

    def look_up(self, at: Scope, owner: str | None, name: str) -> Found | None:
        """Find a column, a field of the node itself, or a field of another node or source."""
        if owner is None:
            for place in at.places:
                columns = self.columns(place.owner, place.table)
                if name in columns:
                    path = f"{place.owner}.{place.table}[{place.index}].{name}"
                    value = self.cell(place, name)
                    return Found(place.owner, name, path, columns[name], value)
        owner = at.node if owner is None else owner
        if not self.is_field(owner, name):
            return None
        value = self.finding(owner, name) if self.is_visible(at.node, owner) else None
        field = declaration(self.fields(owner)[name])
        return Found(owner, name, f"{owner}.{name}", field, value)

    def is_node(self, name: str) -> bool:
        """Say whether this is the id of a node."""
        return name in self.nodes

    def is_value(self, name: str) -> bool:
        """Say whether this is the name of a value."""
        return name in self.document.get("values", {})

    def named_value(self, name: str) -> Value:
        """Return the value of this name."""
        return self.value(Scope(ROOT), self.document["values"][name])

    def is_visible(self, viewer: str, name: str) -> bool:
        """Say whether a node's findings are there for another node's expressions.

        Those of its own node and of the nodes above are; those of a node that is left out only
        because too few count in it were not freed.
        """
        if name not in self.nodes:
            return True
        shared = set(self.chain(viewer))
        return not any(self.is_gone_itself(each) for each in self.chain(name) if each not in shared)

    def is_score_seen(self, viewer: str, name: str) -> bool:
        """Say whether a node's score is there: to those above it always, as what it counts."""
        if viewer in self.chain(name):
            return True
        return self.is_visible(viewer, name) and self.cause(name) is None

    def score_seen(self, at: Scope, name: str) -> Fraction | None:
        """Return the score of a node; None where it is not applicable or absent."""
        if not self.is_score_seen(at.node, name):
            return None
        return self.score(self.key_in(at, name))

    def stars_seen(self, at: Scope, name: str) -> Fraction | None:
        """Return the stars of a node; None where it has none."""
        if not self.is_score_seen(at.node, name):
            return None
        found = self.grade_of(self.key_in(at, name))[1]
        return None if found is None else Fraction(found)

    def score(self, key: str) -> Fraction:
        """Return a node's score."""
        raise NotImplementedError

    def grade_of(self, key: str) -> tuple[str | None, int | None]:
        """Return a node's grade and its stars."""
        raise NotImplementedError

    def value(self, at: Scope, text: Any) -> Value:
        """Evaluate an expression."""
        return evaluate(self, at, text)

    def number(self, at: Scope, text: Any) -> Fraction:
        """Evaluate an expression that is a number."""
        return as_number(self.value(at, text), text)

    def holds_true(self, at: Scope, text: Any) -> bool:
        """Evaluate an expression that is a truth."""
        return self.value(at, text) is True

    # Not applicable

    def assessee_type(self) -> str | None:
        """Return the type of the assessee."""
        known = self.is_field("assessee", "type")
        return self.finding("assessee", "type") if known else None

    def mode(self, name: str) -> tuple[str, str]:
        """Say what a node counts where a choice says `skip`, and which node states it."""
        for each in self.chain(name):
            if "not_applicable" in self.nodes[each]:
                return str(self.nodes[each]["not_applicable"]), each
        return "", name

    def skipping(self, name: str) -> list[str]:
        """List the choices of a node that say `skip`."""
        found = []
        for field, written in self.fields(name).items():
            value, long = self.finding(name, field, assume=False), declaration(written)
            if isinstance(value, Level) and meaning(long, value) == "skip":
                found.append(field)
        return found

    def freeing(self, name: str) -> str | None:
        """Say why a node is itself not applicable: by its type, a choice, or all that could count."""
        if name not in self.known_freeing:
            self.known_freeing[name] = self.find_freeing(name)
        return self.known_freeing[name]

    def find_freeing(self, name: str) -> str | None:
        """Find why a node is itself not applicable: its type, a choice, or all that could count."""
        node = self.nodes[name]
        if not is_for(node, self.assessee_type()):
            return "for"
        if self.mode(name)[0] != "refuse" and self.skipping(name):
            return "skip"
        could = [identity(child) for child in candidates(node)]
        overruled = "each" not in node and self.empty(name) != "skip"
        if could and not overruled and all(self.is_left_out(child) for child in could):
            return "derived"
        return None

    def is_left_out(self, name: str) -> bool:
        """Say whether a node is itself not applicable and does not count."""
        cause = self.freeing(name)
        return cause in ("for", "derived") or (cause == "skip" and not self.counts_by_mode(name))

    def counts_by_mode(self, name: str) -> bool:
        """Say whether a node counts although a choice says `skip`."""
        return self.mode(name)[0] not in ("rescale", "rescale_total")

    def is_freed(self, name: str) -> bool:
        """Say whether the findings of a node are freed."""
        return any(self.freeing(each) in GONE for each in self.chain(name))

    # Absent, too few, and the state of a node

    def missing(self, name: str) -> str:
        """Say what becomes of an absent child of the node above."""
        above = self.above[name]
        return "refuse" if above is None else str(self.nodes[above].get("missing", "refuse"))

    def is_absent(self, name: str) -> bool:
        """Say whether none of the findings of a node and those below it are there."""
        if self.missing(name) == "refuse":
            return False
        below = [
            each for each in self.subtree(name) if is_for(self.nodes[each], self.assessee_type())
        ]
        required = any(
            is_required(declaration(field))
            for each in below
            for field in self.fields(each).values()
        )
        found = any(
            self.is_there(each, field) for each in self.subtree(name) for field in self.fields(each)
        )
        return required and not found

    def cause(self, name: str) -> str | None:
        """Say why a node by itself is not scored, if it is not."""
        if name not in self.known_causes:
            cause = self.freeing(name)
            if cause in (None, "derived") and self.is_absent(name):
                cause = "absent"
            elif cause is None and self.empty(name) == "skip" and self.is_few(name):
                cause = "few"
            self.known_causes[name] = cause
        return self.known_causes[name]

    def empty(self, name: str) -> str:
        """Say what a node holds where too few count in it."""
        return str(self.nodes[name].get("empty", "refuse" if name == ROOT else "skip"))

    def rows_of(self, name: str) -> list[int]:
        """List the rows for which a node is scored."""
        if name not in self.known_rows:
            where = self.nodes[name].get("where", "1 == 1")
            self.known_rows[name] = [
                place.index
                for place in self.places(Scope(name), self.nodes[name]["each"])
                if self.holds_true(Scope(name, place.index, (place,)), where)
            ]
        return self.known_rows[name]

    def is_few(self, name: str) -> bool:
        """Say whether too few children, or rows, count in a node."""
        node = self.nodes[name]
        if "each" in node:
            enough = str(node["combine"]) == "sum" and "need" not in node
            few = not enough and len(self.rows_of(name)) < needed(node)
            keys = [key_of(name, row) for row in self.rows_of(name)]
            return few or ("weigh" in node and not self.heavy(keys, [node["weigh"]] * len(keys)))
        could = candidates(node)
        counting = [child for child in could if self.counts(identity(child))]
        if could and len(counting) < needed(node):
            return True
        if self.each[name] is not None:
            return False  # within a row the weights are taken to add up to more than 0
        keys = [identity(child) for child in counting]
        weights = [child.get("weight", 1) for child in counting]
        return str(node.get("combine")) == "mean" and bool(could) and not self.heavy(keys, weights)

    def heavy(self, keys: list[str], weights: list[Any]) -> bool:
        """Say whether the weights of a mean add up to more than 0."""
        pairs = zip(keys, weights, strict=True)
        return sum((self.number(self.scope(key), each) for key, each in pairs), ZERO) > 0

    def counts(self, name: str) -> bool:
        """Say whether a child counts in the node above it."""
        match self.cause(name):
            case None:
                return True
            case "skip":
                return self.counts_by_mode(name)
            case "absent":
                return self.missing(name) in ("zero", "unrated")
        return False

    def taken_out(self, name: str) -> str | None:
        """Say where the points of a child that does not count are taken out: here or in total."""
        cause = self.cause(name)
        if cause in (None, "for") or self.counts(name):
            return None
        if cause == "skip":
            return "total" if self.mode(name)[0] == "rescale_total" else "here"
        if cause == "derived":
            inner = [self.taken_out(identity(child)) for child in candidates(self.nodes[name])]
            return "total" if "total" in inner else "here"
        return "here"

    def state(self, name: str) -> str:
        """Say whether a node is scored, not applicable or absent."""
        if self.is_freed(name):
            return NOT_APPLICABLE
        if self.is_gone(name):
            return ABSENT
        return NOT_APPLICABLE if self.cause(name) in ("derived", "few") else SCORED

    def is_gone(self, name: str) -> bool:
        """Say whether a node does not count, and nothing below it."""
        return any(self.is_gone_itself(each) for each in self.chain(name))

    def is_gone_itself(self, name: str) -> bool:
        """Say whether a node itself is not applicable or absent, not only too few in it."""
        return self.freeing(name) in GONE or self.is_absent(name)

    def state_of(self, key: str) -> str:
        """Say whether a node, or one row of it, is scored, not applicable or absent."""
        name, row = self.split(key)
        in_row = row is not None and self.each[name] == name
        return SCORED if in_row and not self.is_gone(name) else self.state(name)

    def is_scored(self, name: str) -> bool:
        """Say whether a node is scored."""
        return self.state(name) == SCORED

    def worth_unscored(self, name: str) -> Fraction:
        """Return what a node counts that is not applicable or absent."""
        above = self.above[name]
        if self.freeing(name) != "skip" or (above is not None and self.is_gone(above)):
            return ZERO
        written, stating = self.mode(name)
        if written in ("zero", "rescale", "rescale_total"):
            return ZERO
        return full(self.nodes[name]) if written == "full" else self.number(Scope(stating), written)

    # Problems of a sheet that are found before anything is scored

    def check(self) -> None:
        """Find what is missing, and what is there and may not be."""
        for source, fields in self.sources.items():
            for name, field in fields.items():
                if is_required(declaration(field)) and not self.is_there(source, name):
                    self.problem("missing-finding", f"{source}.{name}")
        if ("missing-finding", "assessee.type") in self.problems:
            return
        required = str(self.document.get("methods", "")) == "required"
        for name, node in self.nodes.items():
            if self.is_freed(name):
                self.check_freed(name)
                continue
            if any(self.is_absent(each) for each in self.chain(name)):
                continue
            for field in self.fields(name):
                self.check_field(name, field)
            if required and not children(node) and not self.complete(name):
                self.problem("missing-method", name)

    def check_freed(self, name: str) -> None:
        """Refuse the findings of a node that is not applicable, but for choices that may say so."""
        above = [self.freeing(each) for each in self.chain(name)][1:]
        itself = self.freeing(name) == "skip" and not any(cause in GONE for cause in above)
        for field in self.fields(name):
            if itself and "skip" in self.meanings(name, field):
                self.check_field(name, field)
            elif self.is_there(name, field):
                self.problem("not-applicable", f"{name}.{field}")

    def meanings(self, name: str, field: str) -> list[str]:
        """List what the values of a field may mean."""
        return list(map(str, declaration(self.fields(name)[field]).get("means", {}).values()))

    def check_field(self, name: str, field: str) -> None:
        """Check the finding of a field of a node that is applicable."""
        long = declaration(self.fields(name)[field])
        found, path = self.finding(name, field), f"{name}.{field}"
        if found is None and (is_required(long) or "none_means" in long):
            self.problem("missing-finding", path)
        elif field in self.skipping(name) and self.mode(name)[0] == "refuse":
            self.problem("not-applicable", path)
        elif isinstance(found, Readings) and len(found) < int(long.get("need", 1)):
            self.problem("too-few", path)
        elif long["type"] == "rows":
            for place in self.places(Scope(name), field):
                for column, kind in self.columns(name, field).items():
                    needs = is_required(kind) or "none_means" in kind
                    if needs and self.cell(place, column) is None:
                        self.problem("missing-finding", f"{path}[{place.index}].{column}")

    # What leaves the whole unrated

    def unrated_reason(self) -> str | None:
        """Return the first reason, in document order, why the whole is unrated before any gate."""
        if not self.is_scored(ROOT):
            return ROOT
        for name in self.nodes:
            reason = next(self.unrated_reasons(name), None)
            if reason:
                return reason
        return None

    def unrated_reasons(self, name: str) -> Iterator[str]:
        """List the reasons of one node."""
        above = self.above[name]
        cause = self.cause(name)
        if (
            cause == "absent"
            and self.missing(name) == "unrated"
            and above
            and self.is_scored(above)
        ):
            yield name
        if not self.is_scored(name):
            return
        for field, written in self.fields(name).items():
            yield from self.unrated_values(name, field, declaration(written))
        if self.empty(name) == "unrated" and self.is_few(name):
            yield name

    def unrated_values(self, name: str, field: str, long: Node) -> Iterator[str]:
        """List the values of one field that leave the whole unrated."""
        if long["type"] == "rows":
            for place in self.places(Scope(name), field):
                for column, kind in self.columns(name, field).items():
                    value = self.cell(place, column)
                    if isinstance(value, Level) and meaning(kind, value) == "unrated":
                        yield f"{name}.{field}[{place.index}].{column}: {value}"
        value = self.finding(name, field)
        if isinstance(value, Level) and meaning(long, value) == "unrated":
            yield f"{name}.{field}: {value}"

    def beside(self, name: str) -> bool:
        """Say whether a node is counted beside the points."""
        return is_beside(self.nodes[name])
