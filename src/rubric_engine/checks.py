"""What can be wrong with the fields of a rubric, before anything is lowered."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator, Mapping

from rubric_engine.errors import Problem, nearest_name
from rubric_engine.exact import number_text
from rubric_engine.expression import KEYWORDS, is_identifier
from rubric_engine.fields import (
    MOST_PLACES,
    MOST_READINGS,
    Amount,
    Checklist,
    Choice,
    Count,
    Field,
    Number,
    Refused,
    Rows,
    Scalar,
    Share,
    Text,
)
from rubric_engine.model import ROOT, SOURCES, Rubric, walk

__all__ = ["SO_FAR", "Report", "check_fields", "check_given", "check_id", "check_name"]

MOST_VALUES = 1_000
MOST_ROWS = 10_000
#: What a node holds at a step, in the expressions of its rules.
SO_FAR = "so_far"

Report = Callable[[Problem], None]


def check_id(text: str, path: str, report: Report) -> None:
    """Check the id of a node, a field, a column or a value."""
    if text in (ROOT, SO_FAR):
        report(Problem("bad-id", path, "an id that means nothing else", text))
    elif not is_identifier(text):
        expected = "letters, digits and `_`, not beginning with a digit, and no keyword"
        report(Problem("bad-id", path, expected, text[:60]))


def check_name(text: str, path: str, report: Report) -> None:
    """Check the name of a rubric or a cycle."""
    if not re.fullmatch(r"[\w.-]{1,100}", text):
        report(Problem("bad-id", path, "letters, digits, `_`, `-` and `.`", text[:60]))


def check_given(rubric: Rubric, nodes: Mapping[str, object], report: Report) -> None:
    """Check what is given, and the named values."""
    for source, fields in rubric.given:
        if source not in SOURCES:
            near = nearest_name(source, SOURCES)
            expected = "one of " + ", ".join(SOURCES)
            report(Problem("unknown-key", f"$.given.{source[:60]}", expected, source[:60], near))
        for name, each in fields:
            if isinstance(each, Rows) or getattr(each, "panel", None) is not None:
                expected = "one number, choice, date or flag"
                report(Problem("wrong-type", f"$.given.{source}.{name}", expected, each.type))
            if each.none_means is not None or (isinstance(each, Choice) and each.means):
                key = "means" if each.none_means is None else "none_means"
                where = f"$.given.{source}.{name}.{key}"
                report(Problem("conflicting-keys", where, "neither `means` nor `none_means`"))
    taken = {name for _, fields in _all_fields(rubric) for name, _ in fields}
    for source, fields in rubric.given:
        if source in nodes:
            expected = "a name that no node has as its id"
            report(Problem("duplicate-id", f"$.given.{source}", expected, source))
        check_fields(fields, f"$.given.{source}", {}, report)
    for name, _ in rubric.values:
        where = f"$.values.{name[:60]}"
        check_id(name, where, report)
        if name in nodes or name in taken or name in SOURCES:
            expected = "a name that no node, field or column has"
            report(Problem("duplicate-id", where, expected, name))


def _all_fields(rubric: Rubric) -> Iterator[tuple[str, tuple[tuple[str, Field], ...]]]:
    for node, path, _ in walk(rubric):
        yield path, node.evidence
        for name, each in node.evidence:
            if isinstance(each, Rows):
                yield f"{path}.{name}", each.columns


def check_fields(
    fields: tuple[tuple[str, Field], ...],
    path: str,
    nodes: Mapping[str, object],
    report: Report,
) -> None:
    """Check the fields of a node, a source or a table; `nodes` has the ids of the nodes."""
    seen: set[str] = set()
    for name, each in fields:
        where = f"{path}.{name}"
        check_id(name, where, report)
        if name in nodes:
            report(Problem("duplicate-id", where, "a name that no node has as its id", name))
        if name in seen:
            report(Problem("duplicate-id", where, "a name used once", name))
        seen.add(name)
        _check_field(each, where, report)
        if isinstance(each, Rows):
            _check_columns(each, where, nodes, seen | {name for name, _ in fields}, report)


def _check_columns(
    rows: Rows, where: str, nodes: Mapping[str, object], taken: set[str], report: Report
) -> None:
    path = f"{where}.columns"
    if not rows.columns:
        report(Problem("empty", path, "one column at least"))
    low, high = rows.range.low, rows.range.high
    ends = [each for each in (low, high) if each is not None and each.denominator == 1]
    if len(ends) < 2 or ends[0] < 0 or not 1 <= ends[1] <= MOST_ROWS:
        expected = f"whole numbers of rows within 0..{MOST_ROWS}, at least 1 at most"
        report(Problem("out-of-range", f"{where}.range", expected, str(rows.range)))
    if rows.optional or rows.none_means is not None or rows.absent is not None:
        expected = "a list, empty where there are no rows"
        report(Problem("conflicting-keys", where, expected))
    for name, each in rows.columns:
        column = f"{path}.{name}"
        if name in taken:
            report(Problem("duplicate-id", column, "a name that no field here has", name))
        if isinstance(each, Rows) or getattr(each, "panel", None) is not None:
            expected = "one number, choice, checklist, date, flag or text"
            report(Problem("wrong-type", column, expected, each.type))
        freeing = [word for _, word in getattr(each, "means", ()) if word in ("skip", "unrated")]
        if freeing or each.none_means is not None:
            expected = "neither `skip` nor `unrated` nor `none_means` in a column"
            report(Problem("conflicting-keys", column, expected, ", ".join(freeing)))
    check_fields(rows.columns, path, nodes, report)


def _check_field(each: Field, where: str, report: Report) -> None:
    if isinstance(each, Choice | Checklist):
        _check_values(each.names, where, report)
    if isinstance(each, Choice):
        for name, _ in each.means:
            if name not in each.names:
                near = nearest_name(name, each.names)
                expected = "one of " + ", ".join(each.names)
                report(Problem("unknown-value", f"{where}.means.{name}", expected, name, near))
    _check_stand_ins(each, where, report)
    if isinstance(each, Number | Share | Amount) and not 0 <= each.decimals <= MOST_PLACES:
        expected = f"0 to {MOST_PLACES} decimals"
        report(Problem("out-of-range", f"{where}.places", expected, str(each.decimals)))
        return
    if isinstance(each, Share):
        _check_panel(each, where, report)
    if not isinstance(each, Count | Number | Amount):
        return
    limits = each.range
    if limits.low is None or limits.high is None:
        report(Problem("out-of-range", f"{where}.range", "a range with two ends", str(limits)))
        return
    if isinstance(each, Count | Amount) and limits.low < 0:
        report(Problem("out-of-range", f"{where}.range", "a range from 0 or above", str(limits)))
    listed = each.one_of if isinstance(each, Number) else ()
    _check_panel(each, where, report)
    for number in (limits.low, limits.high, *listed):
        if (number * each.quanta).denominator != 1:
            expected = f"numbers of at most {each.decimals} decimals"
            report(Problem("not-exact", where, expected, number_text(number)))


def _check_panel(each: Count | Number | Share | Amount, where: str, report: Report) -> None:
    if each.panel is None:
        if each.need is not None:
            report(Problem("conflicting-keys", f"{where}.need", "`panel` beside it"))
        return
    if not 2 <= each.panel <= MOST_READINGS:
        expected = f"2 to {MOST_READINGS} readings"
        report(Problem("out-of-range", f"{where}.panel", expected, str(each.panel)))
    if each.need is not None and not 1 <= each.need <= each.panel:
        expected = f"1 to {each.panel}"
        report(Problem("out-of-range", f"{where}.need", expected, str(each.need)))
    if each.optional or each.none_means is not None:
        key = "optional" if each.optional else "none_means"
        report(Problem("conflicting-keys", f"{where}.{key}", "no such key beside `panel`"))


def _check_stand_ins(each: Field, where: str, report: Report) -> None:
    """Refuse a finding that stands in where there is none, if the field does not take it."""
    if each.none_means is None:
        return
    if each.optional or isinstance(each, Text | Rows):
        report(Problem("conflicting-keys", f"{where}.none_means", "a field that is required"))
        return
    try:
        found = each.read(Scalar(each.none_means))
    except (Refused, ArithmeticError, ValueError):
        found = None
    if found is None:
        report(Problem("wrong-type", f"{where}.none_means", each.expects, each.none_means[:60]))


def _check_values(names: tuple[str, ...], where: str, report: Report) -> None:
    path = f"{where}.values"
    if not names or len(names) > MOST_VALUES:
        report(Problem("empty" if not names else "too-large", path, f"1 to {MOST_VALUES} values"))
        return
    known: set[str] = set()
    for name in names:
        plain = re.fullmatch(r"\w{1,100}", name) and unicodedata.normalize("NFKC", name) == name
        if not plain or name in KEYWORDS:
            expected = "letters, digits and `_`, and no keyword of expressions"
            report(Problem("bad-id", path, expected, name[:60]))
        if name in known:
            near = nearest_name(name, names)
            report(Problem("duplicate-id", path, "each value once", name, near))
        known.add(name)
