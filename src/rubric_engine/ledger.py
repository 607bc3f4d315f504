"""The ledger: every step that changed a score, and the results of the nodes.

`Ledger` works them out of one scored sheet, each part when it is first read. What a step
is whatever the sheet is worked out once for a rubric; a step itself is a few integers.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from decimal import Decimal
from fractions import Fraction
from functools import cached_property
from math import lcm
from typing import NamedTuple

from attrs import evolve, field, frozen

from rubric_engine.account import Entry, Part, RowsAsked
from rubric_engine.evidence import Note, Notes
from rubric_engine.exact import decimal_of
from rubric_engine.fields import Rows, Shown
from rubric_engine.files import gate_text, rubric_digest, rule_text
from rubric_engine.grading import UNRATED
from rubric_engine.lower import LoweredNode
from rubric_engine.model import ROOT, Item
from rubric_engine.policies import Group, Policy
from rubric_engine.sheet import Findings, Integers, Program
from rubric_engine.symbols import Quantity, Truth
from rubric_engine.tree import ROW, Place
from rubric_engine.words import Words

__all__ = [
    "Finding",
    "GradeChange",
    "Ledger",
    "NodeResult",
    "Record",
    "RowAmount",
    "Step",
    "StepPart",
    "StepText",
    "grade_of",
    "shares_of",
    "stars_of",
]


@frozen
class Finding:
    """A finding as it entered the score, as plain data, with what came beside it."""

    #: `item.field`.
    path: str
    value: Shown
    note: Note | None = None

    @property
    def assumed(self) -> bool:
        """Whether there was none, and what it means then stands in for it."""
        return self.note is not None and self.note.assumed


@frozen
class StepText:
    """What a step of the ledger is whatever the sheet."""

    #: The node whose score moved.
    node: str
    #: The verb of a rule; `child`, `mean`, `lowest`, `highest`; `limit` and `clip`.
    kind: str
    #: The child, or the node whose bonus it is, where that is another node.
    origin: str | None = None
    #: Position of the rule among its node's rules, counted from 0.
    rule: int | None = None
    #: What the rule says, in the scheme's words or in the file's.
    text: Words | None = None
    id: str | None = None
    source: Words | None = None
    reason: str | None = None
    provenance: str | None = None
    #: Quanta to a point, for the amounts of its steps.
    scale: int = field(default=1, eq=False)
    #: The positions of the fields that its rule names.
    looked_at: tuple[int, ...] = field(default=(), eq=False)


@frozen
class RowAmount:
    """What one row of a table asked, in points of the node's own scale."""

    #: The row, counted from 0.
    row: int
    #: Above 0, whatever the verb.
    asked: Fraction
    #: The findings of the row, by their columns.
    cells: tuple[tuple[str, Shown], ...] = ()


@frozen
class StepPart:
    """What one member of a group asked and took, in points of the node's own scale."""

    #: What the member says, in the scheme's words or in the file's.
    text: Words | None
    id: str | None
    reason: str | None
    #: 0 or more, whatever the verb.
    asked: Fraction
    taken: Fraction
    parts: tuple[StepPart, ...] = ()
    #: What each row asked, for a member that goes over the rows of a table.
    rows: tuple[RowAmount, ...] = ()


class Step(NamedTuple):
    """One step of the ledger: who moved the score of a node, by how much, and why.

    A named tuple because a sheet has many and they are made all at once; read it through
    its properties, the quanta are their raw material.
    """

    about: StepText
    asked_quanta: int
    taken_quanta: int
    before_quanta: int
    #: Where the findings are: the ledger that the step is of, or the findings themselves.
    found: Ledger | tuple[Finding, ...]
    #: The members of a group, and what each row asked; None for most rules.
    made_of: tuple[tuple[StepPart, ...], tuple[RowAmount, ...]] | None = None

    @property
    def parts(self) -> tuple[StepPart, ...]:
        """The members of a group: what each asked and took."""
        return () if self.made_of is None else self.made_of[0]

    @property
    def rows(self) -> tuple[RowAmount, ...]:
        """What each row asked, for a rule that goes over the rows of a table."""
        return () if self.made_of is None else self.made_of[1]

    @property
    def node(self) -> str:
        """The node whose score moved."""
        return self.about.node

    @property
    def kind(self) -> str:
        """The verb of a rule; `child`, `mean`, `lowest`, `highest`; `limit` and `clip`."""
        return self.about.kind

    @property
    def origin(self) -> str | None:
        """The child, or the node whose bonus it is, where that is another node."""
        return self.about.origin

    @property
    def rule(self) -> int | None:
        """Position of the rule among its node's rules, counted from 0."""
        return self.about.rule

    @property
    def text(self) -> Words | None:
        """What the rule says, in the scheme's words or in the file's."""
        return self.about.text

    @property
    def id(self) -> str | None:
        """The rule's id."""
        return self.about.id

    @property
    def source(self) -> Words | None:
        """Where the rule's clause stands."""
        return self.about.source

    @property
    def reason(self) -> str | None:
        """The rule's code for equal reasons."""
        return self.about.reason

    @property
    def provenance(self) -> str | None:
        """Whether the scheme prints the rule, or it is illustrative."""
        return self.about.provenance

    @property
    def asked(self) -> Fraction:
        """What was asked, in points of the node's own scale; below zero for a deduction."""
        return Fraction(self.asked_quanta, self.about.scale)

    @property
    def taken(self) -> Fraction:
        """The part of it that was left standing by the limits after it."""
        return Fraction(self.taken_quanta, self.about.scale)

    @property
    def before(self) -> Fraction:
        """The running score before the step."""
        return Fraction(self.before_quanta, self.about.scale)

    @property
    def after(self) -> Fraction:
        """The running score after the step."""
        return Fraction(self.before_quanta + self.asked_quanta, self.about.scale)

    @property
    def findings(self) -> tuple[Finding, ...]:
        """The findings that the rule looked at."""
        if isinstance(self.found, tuple):
            return self.found
        return self.found.shown(self.about.looked_at)

    @property
    def name(self) -> str:
        """What kind of step it is; a limit is a `floor` if it raised, a `cap` if it cut."""
        if self.kind in ("limit", "clip"):
            return "floor" if self.asked_quanta > 0 else "cap"
        return self.kind

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Step) and self._compared == other._compared

    def __ne__(self, other: object) -> bool:
        return not self == other

    def __hash__(self) -> int:
        return hash((self.about, self.asked, self.taken))

    def __repr__(self) -> str:
        amounts = f"{self.before} → {self.after}, asked {self.asked}, took {self.taken}"
        return f"<Step of {self.node!r}: {self.name}, {amounts}>"

    @property
    def _compared(self) -> tuple[object, ...]:
        amounts = (self.asked, self.taken, self.before)
        return (self.about, *amounts, self.findings, self.parts, self.rows)

    @classmethod
    def stated(
        cls,
        about: StepText,
        amounts: tuple[Fraction, Fraction, Fraction],
        found: Ledger | tuple[Finding, ...],
        parts: tuple[StepPart, ...] = (),
        rows: tuple[RowAmount, ...] = (),
    ) -> Step:
        """Return a step from its amounts: asked, taken, before."""
        scale = lcm(*(each.denominator for each in amounts))
        asked, taken, before = (int(each * scale) for each in amounts)
        made_of = (parts, rows) if parts or rows else None
        return cls(evolve(about, scale=scale), asked, taken, before, found, made_of)


@frozen
class GradeChange:
    """What gave a node its grade, or moved it."""

    node: str
    #: Position of the gate; None for the grades themselves.
    gate: int | None
    #: What the gate says.
    text: Words | None
    before: str | None
    after: str
    provenance: str | None = None


@frozen
class NodeResult:
    """The result of one node."""

    id: str
    title: Words | None
    code: str | None
    parent: str | None
    depth: int
    #: Points it adds to a summing parent at full score; None for an open account or a mean.
    points: Fraction | None
    #: Points of its own scale; None for an open account.
    scale: Fraction | None
    #: Points of the whole that a point of it makes, through sums and means.
    worth: Fraction
    #: Its score in points of its own scale, exactly.
    exact: Fraction
    #: Bonus points it posts further up, in its own points; not part of its score.
    bonus: Fraction
    grade: str | None
    stars: int | None
    provenance: str | None
    #: Whether it has no children.
    item: bool
    #: Decimal places shown where the score does not terminate.
    places: int
    start: Fraction
    steps: tuple[Step, ...]
    findings: tuple[Finding, ...]
    #: "scored", "not applicable", or "absent": without any finding where that is allowed.
    state: str = "scored"
    #: The score against which losses are counted, where it is not the scale.
    baseline: Fraction | None = None

    @property
    def score(self) -> Decimal:
        """The score in points of its own scale; rounded only if it does not terminate."""
        return decimal_of(self.exact, self.places)[0]

    @property
    def share(self) -> Fraction | None:
        """The score as a share of the scale, exactly; None for an open account."""
        return None if not self.scale else self.exact / self.scale

    @property
    def lost(self) -> Fraction:
        """Points of its own scale that it did not get; 0 for an open account."""
        return Fraction(0) if self.scale is None else max(self.scale - self.exact, Fraction(0))


@frozen
class Record:
    """All that can be read off a result, worked out."""

    rubric: str
    version: str
    digest: str
    title: Words | None
    language: str
    provenance: str | None
    unrated: str | None
    nodes: dict[str, NodeResult]
    changes: tuple[GradeChange, ...]
    coverage: Fraction | None = None


def grade_of(node: LoweredNode, index: int | None) -> str | None:
    """Return the name of a grade by its index."""
    if index is None:
        return None
    grades = node.place.node.grades
    return grades[index].name if index < len(grades) else UNRATED


def stars_of(node: LoweredNode, index: int | None) -> int | None:
    """Return the stars of a grade by its index."""
    grades = node.place.node.grades
    return None if index is None or index >= len(grades) else grades[index].stars


@frozen(eq=False)
class _NodeLayout:
    """What the results of a node share, and where its amounts stand in the detail."""

    texts: tuple[StepText, ...]
    #: What makes each asked and taken amount quanta of the node's common scale; none where
    #: an amount has a divisor of its own.
    factors: tuple[tuple[int, int], ...]
    start: int
    first: int
    provenance: str | None
    #: Whether its steps are a few integers each: one score, and no members, rows or divisors.
    plain: bool
    #: The positions of its fields.
    fields: tuple[int, ...]


@frozen(eq=False)
class _Layout:
    nodes: tuple[_NodeLayout, ...]
    positions: dict[str, int]
    #: Where the grading steps begin.
    grading: int
    #: Where the values of `Program.extra_roots` stand in the detail, by their index.
    extra: dict[int, int]
    #: Whether every node has one score.
    single: bool


def _layout_of(program: Program) -> _Layout:
    derived = program.lowered.rubric.derived
    layout: _Layout | None = derived.get("layout")
    if layout is None:
        layout = derived["layout"] = _lay_out(program)
    return layout


def _lay_out(program: Program) -> _Layout:
    lowered = program.lowered
    by_id = {each.place.id: each for each in lowered.nodes}
    fields: dict[str, list[int]] = {}
    for position, each in enumerate(lowered.fields):
        fields.setdefault(each.node, []).append(position)
    layouts: dict[str, _NodeLayout] = {}
    first = 0
    for node in lowered.nodes:
        place, account = node.place, node.account
        above = None if place.parent is None else layouts[place.parent]
        provenance = place.node.provenance or (None if above is None else above.provenance)
        scale = lcm(account.start.scale, *_scales(account.entries))
        texts = []
        for entry in account.entries:
            owner = by_id[entry.label.origin or place.id]
            stated = provenance if owner is node else _inherited(by_id, owner)
            texts.append(_text(node, owner, entry, stated, scale))
        entries = account.entries
        plain = all(each.asked.over is None and each.taken.over is None for each in entries)
        factors = tuple((scale // e.asked.scale, scale // e.taken.scale) for e in entries)
        start = account.start.value.data[0] * (scale // account.start.scale)
        plain = plain and place.table is None
        plain = plain and not any(each.parts or each.rows is not None for each in entries)
        own = tuple(fields.get(place.id, ()))
        layouts[place.id] = _NodeLayout(
            tuple(texts), factors if plain else (), start, first, provenance, plain, own
        )
        first += 2 * len(texts)
    grading = first
    extra = first + sum(len(node.grading) for node in lowered.nodes)
    positions = {node.place.id: position for position, node in enumerate(lowered.nodes)}
    places = {value.index: extra + place for place, value in enumerate(program.extra_roots)}
    single = all(node.place.table is None for node in lowered.nodes)
    return _Layout(tuple(layouts.values()), positions, grading, places, single)


def _scales(entries: Iterable[Entry]) -> Iterator[int]:
    for entry in entries:
        yield entry.asked.scale
        yield entry.taken.scale


def _inherited(by_id: dict[str, LoweredNode], node: LoweredNode) -> str | None:
    place = node.place
    while place.node.provenance is None and place.parent is not None:
        place = by_id[place.parent].place
    return place.node.provenance


def _text(
    node: LoweredNode, owner: LoweredNode, entry: Entry, provenance: str | None, scale: int
) -> StepText:
    label, within = entry.label, entry.within
    if label.rule is None:
        text = None if within is None else Words((("", str(within)),))
        return StepText(
            node.place.id,
            label.kind,
            None if label.origin is None else label.origin.removesuffix(ROW),
            None,
            text,
            provenance=provenance,
            scale=scale,
        )
    rule: Policy = owner.place.node.rules[label.rule]
    return StepText(
        node.place.id,
        label.kind,
        None if label.origin is None else label.origin.removesuffix(ROW),
        label.rule,
        rule.says or Words((("", rule_text(rule)),)),
        rule.id,
        rule.source,
        rule.reason,
        rule.provenance or provenance,
        scale,
        owner.looked_at[label.rule],
    )


def _change(
    node: LoweredNode,
    number: int | None,
    indices: tuple[int | None, int],
    provenance: str | None,
    reason: str | None = None,
) -> GradeChange:
    was, now = (grade_of(node, index) for index in indices)
    if number is None:
        text = None if reason is None else Words((("", reason),))
        return GradeChange(node.place.id, None, text, was, now or "", provenance)
    gate = node.place.node.gates[number]
    text = gate.says or Words((("", gate_text(gate)),))
    stated = gate.provenance or provenance
    return GradeChange(node.place.id, number, text, was, now or "", stated)


def shares_of(program: Program) -> dict[str, Fraction]:
    """Return the share of the whole that the points of each node are, as stated.

    Nodes with an open account, those beside the points, and all below them have none; nor
    have those that stand for one row.
    """
    places = {each.place.id: each.place for each in program.lowered.nodes}
    found: dict[str, Fraction] = {}
    waiting = [(ROOT, Fraction(1))]
    while waiting:
        node_id, share = waiting.pop()
        place = places[node_id]
        found[node_id] = share
        below = [places[each] for each in place.children if not places[each].beside]
        if place.folds:
            below = [places[each] for each in below[0].children if not places[each].beside]
        parent = places[below[0].parent or ROOT] if below else place
        if parent.combine == "sum":
            closed = [each for each in below if each.node.points != "none" and each.scale]  # type: ignore[union-attr]  # because children are no rubrics
            parts = [(each.id, (each.scale or Fraction(0)) * each.factor) for each in closed]
            whole = parent.scale or Fraction(1)
        else:
            parts = [(each.id, stated_weight(each)) for each in below]
            whole = sum((part for _, part in parts), Fraction(0)) or Fraction(1)
        waiting += [(node, share * part / whole) for node, part in parts]
    return {each: found[each] for each in places if each in found}


def _shares(program: Program) -> list[tuple[str, Fraction]]:
    """Return the items with the share of the whole that their points are, as stated."""
    places = {each.place.id: each.place for each in program.lowered.nodes}

    def is_item(place: Place) -> bool:
        inner = places[place.children[0]] if place.folds else place
        return isinstance(inner.node, Item)

    shares = shares_of(program).items()
    return [(node, share) for node, share in shares if is_item(places[node])]


def stated_weight(place: Place) -> Fraction:
    """Return a weight that is a number; an expression counts as 1."""
    stated = getattr(place.node, "weight", None)
    return stated if isinstance(stated, Fraction) else Fraction(1)


@frozen(eq=False, slots=False)
class Ledger:
    """What can be read off one scored sheet."""

    program: Program
    found: Findings
    scores: Integers
    notes: Notes

    @cached_property
    def detail(self) -> Integers:
        """The amounts behind the steps, in the order of `Program.ledger_roots`."""
        return self.program.detail(self.found)

    @cached_property
    def layout(self) -> _Layout:
        """What the results of the rubric share."""
        return _layout_of(self.program)

    @cached_property
    def noted(self) -> dict[str, Note]:
        """What came with the findings, by `item.field`."""
        return dict(self.notes)

    def shown(
        self, positions: Iterable[int], of: tuple[str, int] | None = None
    ) -> tuple[Finding, ...]:
        """Return the findings at these positions, as plain data; missing ones are left out.

        With a table and a row, that row's findings stand for the table.
        """
        found = []
        for position in positions:
            lowered, read = self.program.lowered.fields[position], self.found[position]
            path = lowered.path
            if of is not None and path == of[0]:
                where = f"{path}[{of[1]}]"
                cells = self.rows_shown(path)[of[1]].items()
                found += [Finding(f"{where}.{name}", value) for name, value in cells]
            elif isinstance(lowered.field, Rows) and read is not None:
                found.append(Finding(path, self.rows_shown(path), self.noted.get(path)))
            elif read is not None:
                found.append(Finding(path, lowered.field.show(read), self.noted.get(path)))
        return tuple(found)

    def rows_of(self, position: int) -> range | None:
        """Return the rows for which a node is scored; None for a node with one score."""
        table = self.program.lowered.nodes[position].place.table
        if table is None:
            return None
        rows = self.found[self.program.positions[table]]
        return range(len(rows) if isinstance(rows, tuple) else 0)

    @cached_property
    def order(self) -> tuple[tuple[int, int | None], ...]:
        """The nodes by their positions, those of rows once for each row, in document order."""
        nodes = self.program.lowered.nodes
        if self.layout.single:
            return tuple((position, None) for position in range(len(nodes)))
        found: list[tuple[int, int | None]] = []
        position = 0
        while position < len(nodes):
            rows, last = self.rows_of(position), position + 1
            if rows is None:
                found.append((position, None))
            else:
                table, taken = nodes[position].place.table, nodes[position].taken
                live = (nodes[position].applies, nodes[position].present)
                if not all(self._holds(each, None) for each in live):
                    # Not applicable or absent as a whole: no row is scored.
                    rows = range(0)
                while last < len(nodes) and nodes[last].place.table == table:
                    if nodes[last].place.row:
                        break
                    last += 1
                kept = [row for row in rows if self._holds(taken, row)]
                found += [(each, row) for row in kept for each in range(position, last)]
            position = last
        return tuple(found)

    @cached_property
    def steps(self) -> tuple[Step, ...]:
        """Every step that changed a score, node by node in document order."""
        steps: list[Step] = []
        if self.layout.single:
            for position, layout in enumerate(self.layout.nodes):
                self._add_steps(position, None, layout, steps)
        else:
            for position, row in self.order:
                self._add_steps(position, row, self.layout.nodes[position], steps)
        return tuple(steps)

    def _add_steps(
        self, position: int, row: int | None, layout: _NodeLayout, steps: list[Step]
    ) -> None:
        if not layout.plain:
            self._add_careful_steps(position, row, steps)
            return
        first, count, before = layout.first, len(layout.texts), layout.start
        asked = self.detail[first : first + count]
        taken = self.detail[first + count : first + 2 * count]
        for place, amount in enumerate(asked):
            if amount:
                by, of = layout.factors[place]
                quanta = amount * by
                about = layout.texts[place]
                steps.append(Step(about, quanta, taken[place] * of, before, self, None))
                before += quanta

    def _add_careful_steps(self, position: int, row: int | None, steps: list[Step]) -> None:
        """Add the steps of a node of rows, or with members, rows or divisors of its own."""
        layout, node = self.layout.nodes[position], self.program.lowered.nodes[position]
        count, before = len(layout.texts), node.account.start.low
        for place, entry in enumerate(node.account.entries):
            asked = self._amount(entry.asked, self.detail[layout.first + place], row)
            if not asked:
                continue
            quanta = self.detail[layout.first + count + place]
            amounts = (asked, self._amount(entry.taken, quanta, row), before)
            about = layout.texts[place]
            if row is not None:
                about = evolve(about, node=node.place.named(row))
            parts = tuple(self._part(each, node, entry, row) for each in entry.parts)
            rows = self._row_amounts(entry.rows)
            found: Ledger | tuple[Finding, ...] = self
            if row is not None:
                found = self.shown(about.looked_at, (node.place.table or "", row))
            steps.append(Step.stated(about, amounts, found, parts, rows))
            before += asked

    def _amount(
        self, quantity: Quantity, quanta: int | tuple[int, ...], row: int | None
    ) -> Fraction:
        whole = quanta[row or 0] if isinstance(quanta, tuple) else quanta
        if quantity.over is None:
            return Fraction(whole, quantity.scale)
        over = self._extra(quantity.over.index, row)
        return Fraction(whole, quantity.scale * over)

    def _extra(self, index: int, row: int | None) -> int:
        value: int | tuple[int, ...] = self.detail[self.layout.extra[index]]
        return value[row or 0] if isinstance(value, tuple) else value

    def number(self, quantity: Quantity, row: int | None = None) -> Fraction:
        """Return a number that is among the extra values of the detail."""
        return self._amount(quantity, self.detail[self.layout.extra[quantity.value.index]], row)

    def _holds(self, truth: Truth | None, row: int | None) -> bool:
        return truth is None or bool(self._extra(truth.value.index, row))

    def _part(self, part: Part, node: LoweredNode, entry: Entry, row: int | None) -> StepPart:
        nodes, positions = self.program.lowered.nodes, self.layout.positions
        owner = nodes[positions[entry.label.origin or node.place.id]]
        member: Policy = owner.place.node.rules[entry.label.rule or 0]
        for number in part.member:
            member = member.members[number] if isinstance(member, Group) else member
        text = member.says or Words((("", rule_text(member)),))
        asked, taken = self.number(part.asked, row), self.number(part.taken, row)
        parts = tuple(self._part(each, node, entry, row) for each in part.parts)
        rows = self._row_amounts(part.rows)
        return StepPart(text, member.id, member.reason, asked, taken, parts, rows)

    def _row_amounts(self, asked: RowsAsked | None) -> tuple[RowAmount, ...]:
        if asked is None:
            return ()
        quanta = self.detail[self.layout.extra[asked.number.value.index]]
        table = self.program.lowered.graph.tables[asked.table].name
        rows = self.rows_shown(table)
        amounts = (self._amount(asked.number, quanta, row) for row in range(len(rows)))
        return tuple(
            RowAmount(row, each, tuple(rows[row].items()))
            for row, each in enumerate(amounts)
            if each
        )

    def rows_shown(self, table: str) -> tuple[dict[str, Shown], ...]:
        """Return the rows of a table as plain data, by its `item.field`."""
        known = self.tables.get(table)
        if known is None:
            position = self.program.positions[table]
            rows = self.found[position]
            shown = self.program.lowered.fields[position].field.show(rows or ())
            known = self.tables[table] = shown if isinstance(shown, tuple) else ()
        return known

    @cached_property
    def tables(self) -> dict[str, tuple[dict[str, Shown], ...]]:
        """The rows of the tables that were shown so far."""
        return {}

    @cached_property
    def bonuses(self) -> dict[str, Fraction]:
        """The bonus that each node posts itself, in its own points."""
        posted: dict[str, Fraction] = {}
        for position, row in self.order:
            node = self.program.lowered.nodes[position]
            if node.bonuses:
                own = sum((self.number(each.asked, row) for each in node.bonuses), Fraction(0))
                posted[node.place.named(row)] = own
                if node.place.row:
                    # What its rows post, the node with `each` posts.
                    name = node.place.named(None).removesuffix(ROW)
                    posted[name] = posted.get(name, Fraction(0)) + own
        return posted

    @cached_property
    def grading(self) -> tuple[tuple[GradeChange, ...], str | None]:
        """What gave or moved a grade, and why the whole is unrated if it is."""
        changes: list[GradeChange] = []
        unrated = None
        position = self.layout.grading
        for place, node in enumerate(self.program.lowered.nodes):
            afters = self.detail[position : position + len(node.grading)]
            position += len(node.grading)
            if node.place.table is not None:
                continue
            layout = self.layout.nodes[place]
            before: int | None = None
            for step, after in zip(node.grading, afters, strict=True):
                if after == before:
                    continue
                change = _change(node, step.gate, (before, after), layout.provenance, step.reason)
                changes.append(change)
                if change.after == UNRATED and node.place.id == ROOT:
                    gates = node.place.node.gates
                    unrated = step.reason or UNRATED
                    if step.gate is not None:
                        unrated = gates[step.gate].unrated
                before = after
        return tuple(changes), unrated

    def state(self, position: int, row: int | None) -> str:
        """Return whether a node is scored, not applicable or absent."""
        node = self.program.lowered.nodes[position]
        if not self._holds(node.applies, row):
            return "not applicable"
        if not self._holds(node.present, row):
            return "absent"
        return "scored" if self._holds(node.left, row) else "not applicable"

    def worth(self, position: int, row: int | None) -> Fraction:
        """Return the points of the whole that a point of a node makes."""
        worth = Fraction(1)
        node = self.program.lowered.nodes[position]
        while node.place.parent is not None:
            above = self.layout.positions[node.place.parent]
            parent = self.program.lowered.nodes[above]
            own_row = None if parent.place.table is None else row
            if node.place.beside or parent.place.combine == "none":
                return Fraction(0)
            if self.state(above, own_row) != "scored":
                return Fraction(0)
            if node.share is not None:
                worth *= self.number(node.share, row)
            else:
                worth *= node.place.factor * node.place.portion
            node, row = parent, own_row
        return worth

    @cached_property
    def coverage(self) -> Fraction | None:
        """The points assessed over the points applicable; None where nothing is applicable."""
        return self.covered(frozenset())

    def covered(self, lacking: Collection[str]) -> Fraction | None:
        """Return the coverage where these nodes lack findings."""
        assessed = applicable = Fraction(0)
        for node_id, share in _shares(self.program):
            state = self.state(self.layout.positions[node_id], None)
            if state != "not applicable":
                applicable += share
                there = state == "scored" and node_id not in lacking
                assessed += share if there else 0
        return assessed / applicable if applicable else None

    def node(self, node_id: str) -> NodeResult:
        """Return the result of a node; raises KeyError if there is none."""
        if not isinstance(node_id, str):
            raise KeyError(node_id)
        name, bracket, rest = node_id.partition("[")
        if not bracket:
            return self.node_at(self.layout.positions[name], None)
        number = rest.removesuffix("]")
        position = self.layout.positions.get(name + ROW, self.layout.positions.get(name))
        rows = None if position is None else self.rows_of(position)
        if position is None or rows is None or not number.isascii() or not number.isdigit():
            raise KeyError(node_id)
        at = (position, int(number))
        if at not in self.order or node_id != f"{name}[{int(number)}]":
            raise KeyError(node_id)
        return self.node_at(*at)

    def node_at(self, position: int, row: int | None) -> NodeResult:
        """Return the result of a node, or of one row of it."""
        layout, lowered = self.layout.nodes[position], self.program.lowered.nodes[position]
        place = lowered.place
        if place.table is not None and row is None:
            raise KeyError(place.id)
        index: int | None = None
        if lowered.grading:
            graded = self.scores[self.program.graded[place.id]]
            index = graded[row or 0] if isinstance(graded, tuple) else graded
        points = getattr(place.node, "points", None)
        worth = points if isinstance(points, Fraction) else None
        steps: list[Step] = []
        self._add_steps(position, row, layout, steps)
        parent = place.parent
        if parent is not None and row is not None and not place.row:
            above = self.program.lowered.nodes[self.layout.positions[parent]].place
            parent = above.named(row)
        name = place.named(row)
        return NodeResult(
            id=name,
            title=place.node.title,
            code=place.node.code,
            parent=parent,
            depth=place.depth,
            points=place.scale if place.parent is None else worth,
            scale=place.scale,
            worth=self.worth(position, row),
            exact=self.exact(position, row),
            bonus=self.bonuses.get(name, Fraction(0)),
            grade=grade_of(lowered, index),
            stars=stars_of(lowered, index),
            provenance=layout.provenance,
            item=isinstance(place.node, Item),
            places=self.program.lowered.rubric.places,
            start=lowered.account.start.low,
            steps=tuple(steps),
            findings=self.shown(layout.fields),
            state=self.state(position, row),
            baseline=getattr(place.node, "baseline", None),
        )

    def exact(self, position: int, row: int | None) -> Fraction:
        """Return the score of a node on its own scale."""
        lowered = self.program.lowered.nodes[position]
        if row is not None:
            return self.number(lowered.score, row)
        return self.program.exact(self.scores, lowered.place.id)

    @cached_property
    def record(self) -> Record:
        """All that can be read off the sheet."""
        rubric = self.program.lowered.rubric
        changes, unrated = self.grading
        return Record(
            rubric=rubric.name,
            version=rubric.version,
            digest=rubric_digest(rubric),
            title=rubric.title,
            language=rubric.language,
            provenance=rubric.provenance,
            unrated=unrated,
            nodes={each.id: each for each in (self.node_at(*at) for at in self.order)},
            changes=changes,
            coverage=self.coverage,
        )
