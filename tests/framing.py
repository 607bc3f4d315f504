"""What `evaluate` says of sheets, and what a frame says of the same, side by side."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from typing import Any

import narwhals as nw

from rubric_engine import Evaluation, InvalidEvidence, Rubric, evaluate, evaluate_frame, to_frame
from rubric_engine.evaluation import program_of
from rubric_engine.fields import Rows

#: What makes a frame of an engine of an Arrow table.
Framed = Callable[[Any], Any]
#: What is wrong with a sheet, or its result.
Said = Evaluation | frozenset[tuple[str, str]]


def said(rubric: Rubric, sheet: Mapping[str, Any]) -> Said:
    """Return the result of a sheet, or the codes and paths of its problems.

    A frame does not tell an empty table from none: here one is there where it must be, and
    not where it is all that its node has and may be absent.
    """
    return _said(rubric, _without_lone_tables(rubric, sheet))


def _without_lone_tables(rubric: Rubric, sheet: Mapping[str, Any]) -> dict[str, Any]:
    """Leave out empty tables that may be absent with their node, which has nothing else."""
    left = dict(sheet)
    freed = {each.path for each in program_of(rubric).lowered.fields if each.freed}
    for node, findings in sheet.items():
        if isinstance(findings, Mapping):
            lone = {name for name, each in findings.items() if each == []}
            if lone and lone == set(findings) and all(f"{node}.{name}" in freed for name in lone):
                del left[node]
    return left


def _said(rubric: Rubric, sheet: Mapping[str, Any]) -> Said:
    try:
        return evaluate(rubric, sheet)
    except InvalidEvidence as error:
        problems = frozenset((each.code, each.path) for each in error.problems)
    lacking = {path for code, path in problems if code == "missing-finding"} & set(tables(rubric))
    if not lacking:
        return problems
    filled: dict[str, Any] = dict(sheet)
    for path in lacking:
        node, _, name = path.partition(".")
        filled[node] = {**filled.get(node, {}), name: []}
    return _said(rubric, filled)


def tables(rubric: Rubric) -> list[str]:
    """Return the paths of a rubric's tables."""
    fields = program_of(rubric).lowered.fields
    return [each.path for each in fields if isinstance(each.field, Rows)]


def collected(frame: Any) -> list[dict[str, Any]]:
    """Return the rows of any frame."""
    wrapped = nw.from_native(frame)
    if isinstance(wrapped, nw.LazyFrame):
        wrapped = wrapped.collect("pyarrow")
    return list(wrapped.to_arrow().to_pylist())


def in_frames(
    rubric: Rubric, sheets: Sequence[Mapping[str, Any]], framed: Framed, **options: Any
) -> list[dict[str, Any]]:
    """Score sheets in a frame of an engine; the results stand in the order of the sheets."""
    arrow = to_frame(rubric, sheets, key="whose key", backend="pyarrow")
    result = evaluate_frame(
        rubric,
        framed(arrow.frame),
        key=arrow.key,
        rows={path: framed(each) for path, each in arrow.rows.items()},
        **options,
    )
    rows = sorted(collected(result), key=lambda row: row[arrow.key])
    assert [row[arrow.key] for row in rows] == list(range(len(sheets)))
    return rows


def unlike(rubric: Rubric, sheets: Sequence[Mapping[str, Any]], framed: Framed) -> list[str]:
    """List all that frames of an engine say otherwise than `evaluate`."""
    expected = [said(rubric, sheet) for sheet in sheets]
    found: list[str] = []
    doubles = in_frames(rubric, sheets, framed)
    exact = in_frames(rubric, sheets, framed, detail="ledger", exact=True)
    for place, (meant, row, whole) in enumerate(zip(expected, doubles, exact, strict=True)):
        for what, one, other in compared(rubric, meant, row, whole):
            if one != other or type(one) is not type(other):
                found.append(f"sheet {place}: {what}: {one!r}, expected {other!r}")
    return found


def compared(
    rubric: Rubric, meant: Said, row: Mapping[str, Any], whole: Mapping[str, Any]
) -> list[tuple[str, Any, Any]]:
    """Pair what a row of a frame says with what is meant."""
    if isinstance(meant, frozenset):
        codes = {code for code, _ in meant}
        status = row["status"]
        return [
            ("status", status in codes, True),
            *((name, row[name], None) for name in ("score", "stars", "grade") if name in row),
            ("exact", whole["score"], None),
        ]
    pairs: list[tuple[str, Any, Any]] = [("status", row["status"], "ok")]
    pairs.append(("score", row["score"], meant.exact.numerator / meant.exact.denominator))
    pairs += [(name, row[name], getattr(meant, name)) for name in ("stars", "grade") if name in row]
    assert ("grade" in row) == (meant.grade is not None)
    pairs.append(("exact", of_quanta(whole, "score"), meant.exact))
    for node in program_of(rubric).lowered.nodes:
        if node.place.table is not None:
            continue
        name, told = node.place.id, meant[node.place.id]
        own = "score" if name == "total" else name
        pairs.append((name, of_quanta(whole, own), told.exact))
        asked, taken = [], []
        for step, entry in enumerate(node.account.entries, 1):
            column = f"{name}.{step}.{entry.label.kind}"
            amount = of_quanta(whole, f"{column}.asked", own)
            if amount:
                asked.append(amount)
                taken.append(of_quanta(whole, f"{column}.taken", own))
        pairs.append((f"{name} asked", asked, [step.asked for step in told.steps]))
        pairs.append((f"{name} taken", taken, [step.taken for step in told.steps]))
    return pairs


def of_quanta(row: Mapping[str, Any], name: str, shared: str = "") -> Fraction | None:
    """Read quanta and their scale, which may be that of another column."""
    quanta = row[name]
    scale = row.get(f"{name}.scale", row.get(f"{shared}.scale"))
    return None if quanta is None else Fraction(quanta, scale)

