"""What if some findings were others: two results, and what moved between them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from fractions import Fraction
from typing import Any, Literal

from attrs import field, frozen

from rubric_engine.errors import InvalidEvidence, Problem
from rubric_engine.evaluation import Evaluation, check_evidence, evaluate
from rubric_engine.fields import Field, Rows, Shown, shown
from rubric_engine.ledger import NodeResult, Step, StepText
from rubric_engine.model import Rubric
from rubric_engine.words import Words

__all__ = [
    "MovedFinding",
    "MovedNode",
    "MovedStep",
    "WhatIf",
    "changed_sheet",
    "moved_findings",
    "what_if",
    "written",
]

Sheet = Mapping[str, Any]
Given = Mapping[str, Any] | None


@frozen
class MovedFinding:
    """A finding that differs; None where there is none."""

    #: `item.field`.
    path: str
    before: Shown | None
    after: Shown | None


@frozen
class MovedStep:
    """A step of the ledger that asks or takes something else; None where there is no such step."""

    about: StepText
    before: Step | None
    after: Step | None

    @property
    def taken(self) -> tuple[Fraction, Fraction]:
        """What it took before and after, in points of its node's own scale."""
        steps = (self.before, self.after)
        before, after = (Fraction(0) if each is None else each.taken for each in steps)
        return before, after


@frozen
class MovedNode:
    """A node whose score, grade, bonus or state differs; None where there is no such node."""

    id: str
    title: Words | None
    before: NodeResult | None
    after: NodeResult | None

    @property
    def difference(self) -> Fraction:
        """What its score gained, in points of its own scale."""
        nodes = (self.before, self.after)
        before, after = (Fraction(0) if each is None else each.exact for each in nodes)
        return after - before


@frozen(eq=False, repr=False)
class WhatIf:
    """A sheet scored as it is and as it would be, and what moved."""

    before: Evaluation
    after: Evaluation
    #: The sheet and the given numbers as they would be.
    evidence: Sheet = field(factory=dict)
    given: Given = None

    @property
    def difference(self) -> Fraction:
        """What the score gained, exactly; below 0 for what it lost."""
        return self.after.exact - self.before.exact

    @property
    def stars(self) -> int | None:
        """The stars that it gained; None where one of the two has none."""
        before, after = self.before.stars, self.after.stars
        return None if before is None or after is None else after - before

    @property
    def findings(self) -> tuple[MovedFinding, ...]:
        """The findings that differ, in document order, with what stands in for missing ones."""
        return moved_findings(self.before, self.after)

    @property
    def nodes(self) -> tuple[MovedNode, ...]:
        """The nodes that differ, in document order; the root is `total`."""
        before, after = self.before.nodes, self.after.nodes
        names = [*before, *(each for each in after if each not in before)]
        found = []
        for name in names:
            was, now = before.get(name), after.get(name)
            if _told(was) != _told(now):
                title = (now or was).title  # type: ignore[union-attr]  # because one of them is there
                found.append(MovedNode(name, title, was, now))
        return tuple(found)

    @property
    def steps(self) -> tuple[MovedStep, ...]:
        """The steps of the ledger that differ in what they ask or take."""
        before, after = _numbered(self.before.ledger), _numbered(self.after.ledger)
        keys = [*before, *(each for each in after if each not in before)]
        order = {node: place for place, node in enumerate([*self.before.nodes, *self.after.nodes])}
        found = []
        for key in sorted(keys, key=lambda each: order[each[0].node]):
            was, now = before.get(key), after.get(key)
            if was is None or now is None or (was.asked, was.taken) != (now.asked, now.taken):
                found.append(MovedStep(key[0], was, now))
        return tuple(found)

    def explain(self, language: str | None = None) -> str:
        """Return what moved as text for a terminal."""
        from rubric_engine.telling import what_if_text

        return what_if_text(self, language)

    def __str__(self) -> str:
        return self.explain()

    def __repr__(self) -> str:
        return f"<WhatIf: {self.before!r} → {self.after!r}>"


def _told(node: NodeResult | None) -> tuple[object, ...] | None:
    return None if node is None else (node.exact, node.bonus, node.grade, node.state)


def _numbered(steps: Sequence[Step]) -> dict[tuple[StepText, int], Step]:
    """Return steps by what they are, equal ones counted."""
    found: dict[tuple[StepText, int], Step] = {}
    counts: dict[StepText, int] = {}
    for each in steps:
        number = counts[each.about] = counts.get(each.about, -1) + 1
        found[each.about, number] = each
    return found


def moved_findings(before: Evaluation, after: Evaluation) -> tuple[MovedFinding, ...]:
    """Return the findings that differ between two results, given numbers included."""
    was, now = before.findings, after.findings
    order = [*was, *(each for each in now if each not in was)]
    return tuple(
        MovedFinding(path, was.get(path), now.get(path))
        for path in order
        if was.get(path) != now.get(path)
    )


def what_if(
    rubric: Rubric,
    evidence: Sheet,
    changes: Mapping[str, Any],
    *,
    given: Given = None,
    methods: Literal["required"] | None = None,
) -> WhatIf:
    """Score a sheet as it is, and as it would be with some findings changed.

    `changes` is written as a sheet is, flat (`{"plan.missing": 0}`), nested or mixed; None
    takes a finding away, `{"plan": None}` all those of an item. Given numbers are changed
    under their sources. Raises `InvalidEvidence` with all that is wrong with the sheet as it
    is, with the changes, and with the sheet as it would be.

    >>> import rubric_engine
    >>> rubric = rubric_engine.load("sf-food-safety")
    >>> sheet = {"violations": {"high": 2, "moderate": 0, "low": 1}}
    >>> rubric_engine.what_if(rubric, sheet, {"violations.high": 0}).difference
    Fraction(14, 1)
    """
    problems = list(check_evidence(rubric, evidence, given=given, methods=methods))
    made, beside = evidence, given
    listed, wrong = _listed(rubric, changes)
    if isinstance(evidence, Mapping) and not wrong:
        made, beside = changed_sheet(rubric, evidence, listed, given)
        wrong = list(check_evidence(rubric, made, given=beside, methods=methods))
    problems += [each for each in wrong if each not in problems]
    if problems:
        raise InvalidEvidence(problems)
    before = evaluate(rubric, evidence, given=given, methods=methods)
    after = evaluate(rubric, made, given=beside, methods=methods)
    return WhatIf(before, after, made, beside)


def _listed(rubric: Rubric, changes: object) -> tuple[dict[str, Any], list[Problem]]:
    """Return changes by `item.field`, and what is wrong with how they are written."""
    if not isinstance(changes, Mapping):
        expected = "a mapping of items to findings"
        return {}, [Problem("not-a-mapping", "$", expected, shown(changes))]
    fields = _fields(rubric)
    found: dict[str, Any] = {}
    problems: list[Problem] = []
    for key, value in changes.items():
        name = str(key) if isinstance(key, str) else shown(key)
        if "." in name:
            pairs: list[tuple[str, Any]] = [(name, value)]
        elif value is None:
            # An item that nobody knows is told by its first finding.
            pairs = [(f"{name}.{each}", None) for each in fields.get(name, ())] or [(name, None)]
        elif isinstance(value, Mapping):
            pairs = [(f"{name}.{each}", one) for each, one in value.items()]
        else:
            expected = "a mapping of fields to findings"
            problems.append(Problem("not-a-mapping", name[:200], expected, shown(value)))
            continue
        for path, finding in pairs:
            if path in found:
                problems.append(Problem("given-twice", path[:200], "one finding, nested or flat"))
            found[path] = finding
            problems += _unknown(path, fields)
    return found, problems


def _fields(rubric: Rubric) -> dict[str, list[str]]:
    """Return the names of the fields of each item and source."""
    found = {node.id: [name for name, _ in node.evidence] for node in rubric.nodes()}
    return found | {source: [name for name, _ in each] for source, each in rubric.given}


def _unknown(path: str, fields: Mapping[str, Sequence[str]]) -> Iterator[Problem]:
    from rubric_engine.errors import nearest_name

    node, _, name = path.partition(".")
    known = {each: names for each, names in fields.items() if names}
    if node not in known:
        near = nearest_name(node, known)
        yield Problem("unknown-item", path[:200], "an item that has evidence", shown(node), near)
    elif name not in known[node]:
        near = nearest_name(name, known[node])
        yield Problem("unknown-field", path[:200], "one of its fields", shown(name), near)


def changed_sheet(
    rubric: Rubric, evidence: Sheet, changes: Mapping[str, Any], given: Given
) -> tuple[dict[str, Any], Given]:
    """Return a sheet, and what is given beside it, with findings by `item.field` changed.

    What is not changed stays as it is written, notes and all; None takes a finding away.
    """
    sources = {source for source, _ in rubric.given}
    sheet = dict(evidence)
    beside = None if given is None else dict(given)
    for path, value in changes.items():
        node, _, name = path.partition(".")
        _put(beside if node in sources and beside is not None else sheet, node, name, value)
    return sheet, beside


def written(kind: Field, read: Any) -> Any:  # noqa: ANN401 - a finding as the graph takes it
    """Return a finding as a sheet has it: numbers with decimals are `Decimal`."""
    if isinstance(kind, Rows):
        return [
            {
                name: written(column, cell)
                for (name, column), cell in zip(kind.columns, row, strict=True)
                if cell is not None
            }
            for row in read
        ]
    if isinstance(read, tuple):
        return [None if each is None else written(kind, each) for each in read]
    value = kind.show(read)
    if isinstance(value, tuple):
        return list(value)
    return Decimal(str(value)) if getattr(kind, "decimals", 0) else value


def _put(sheet: dict[str, Any], node: str, name: str, value: object) -> None:
    path = f"{node}.{name}"
    if path in sheet:
        if value is None:
            del sheet[path]
        else:
            sheet[path] = value
        return
    nested = sheet.get(node)
    item = dict(nested) if isinstance(nested, Mapping) else {}
    if value is None:
        item.pop(name, None)
    else:
        item[name] = value
    if item:
        sheet[node] = item
    else:
        sheet.pop(node, None)
