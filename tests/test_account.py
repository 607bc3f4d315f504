"""The account of a node, entry by entry, on numbers that are known."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest

from rubric_engine.account import Account, Bonus, Entry, Label, Part, RowsAsked, shared
from rubric_engine.fields import Range
from rubric_engine.graph import Graph, Op
from rubric_engine.symbols import Quantity, Truth

GRAPH = Graph()
YES, NO = Truth.of(GRAPH, verdict=True), Truth.of(GRAPH, verdict=False)


def number(amount: Fraction | int | str) -> Quantity:
    return Quantity.of(GRAPH, Fraction(amount))


def read(quantity: Quantity) -> Fraction:
    assert quantity.value.op is Op.CONSTANT
    return Fraction(quantity.value.data[0], quantity.scale)


def within(low: int | None, high: int | None) -> Range:
    return Range(None if low is None else Fraction(low), None if high is None else Fraction(high))


def rows(asked: int) -> RowsAsked:
    return RowsAsked(3, number(asked))


def group(*asked: int) -> tuple[Part, ...]:
    return tuple(Part((place,), number(each), number(0)) for place, each in enumerate(asked))


def opened(start: int, *, landing: bool = False) -> Account:
    return Account.opened(number(start), Fraction(10), landing=landing)


def told(entries: tuple[Entry, ...]) -> list[tuple[Any, ...]]:
    """Return what entries asked, took, found and left."""
    return [tuple(map(read, each.quantities)) for each in entries]


def test_entries_ask_and_take_from_what_is_there() -> None:
    label = Label("deduct", "$.rules[0]", rule=0)
    account = opened(10).labelled(label).deduct(number(3), group(1, 2), rows(4))
    account = account.labelled(Label("award", "$.rules[1]")).award(number("0.5"), group(7), rows(5))
    assert told(account.entries) == [(-3, -3, 10, 7), (Fraction(1, 2), Fraction(1, 2), 7, Fraction(15, 2))]
    first, second = account.entries
    assert (first.label, second.label.kind) == (label, "award")
    assert [read(each.asked) for each in first.parts] == [1, 2]
    assert [read(each.asked) for each in second.parts] == [7]
    assert first.rows is not None
    assert second.rows is not None
    assert (read(first.rows.number), read(second.rows.number)) == (4, 5)
    assert (read(account.start), read(account.score), account.scale) == (10, Fraction(15, 2), 10)


def test_a_score_is_set_multiplied_and_rounded() -> None:
    account = opened(10).multiply(number("0.75")).round(0, "half_up").set(number(3))
    assert told(account.entries) == [
        (Fraction(-5, 2), Fraction(-5, 2), 10, Fraction(15, 2)),
        (Fraction(1, 2), Fraction(1, 2), Fraction(15, 2), 8),
        (-5, -5, 8, 3),
    ]


def test_a_cap_takes_from_the_last_award_first() -> None:
    account = opened(2).award(number(4)).deduct(number(1)).award(number(3)).limit(within(0, 4))
    # 8 is 4 too many: all 3 of the last award, 1 of the first; the deduction stands.
    assert told(account.entries) == [(4, 3, 2, 6), (-1, -1, 6, 5), (3, 0, 5, 8), (-4, 0, 8, 4)]
    assert account.entries[-1].within == within(0, 4)
    assert read(account.score) == 4


def test_a_floor_gives_back_to_the_last_deduction_first() -> None:
    account = opened(5).deduct(number(4)).award(number(1)).deduct(number(3)).limit(within(0, 4))
    assert told(account.entries) == [(-4, -4, 5, 1), (1, 1, 1, 2), (-3, -2, 2, -1), (1, 0, -1, 0)]


def test_a_limit_keeps_what_no_entry_can_give() -> None:
    capped, raised = opened(9).award(number(1)).limit(within(None, 6)), opened(-3).limit(within(1, None))
    assert told(capped.entries) == [(1, 0, 9, 10), (-4, -3, 10, 6)]
    assert told(raised.entries) == [(4, 4, -3, 1)]


def test_a_limit_that_is_met_is_noted_and_moves_nothing() -> None:
    account = opened(5).deduct(number(5)).limit(within(0, 5)).unlimited()
    assert told(account.entries) == [(-5, -5, 5, 0), (0, 0, 0, 0), (0, 0, 0, 0)]
    assert [each.within for each in account.entries] == [None, within(0, 5), None]


@pytest.mark.parametrize("landing", [True, False])
def test_a_bonus_lands_here_or_goes_up(landing: bool) -> None:
    account = opened(10, landing=landing).labelled(Label("bonus", "$.b")).bonus(number(2), group(2), rows(6))
    assert account.landing == landing
    if landing:
        assert told(account.entries) == [(2, 2, 10, 12)]
        (entry,) = account.entries
        assert entry.rows is not None
        assert account.bonuses == ()
    else:
        assert account.entries == ()
        assert read(account.score) == 10
        (posted,) = account.bonuses
        assert (posted.label.path, read(posted.asked), read(posted.taken)) == ("$.b", 2, 2)
        assert posted.rows is not None
        assert read(posted.rows.number) == 6
        (part,) = posted.parts
        assert read(part.asked) == 2


def test_bonuses_land_with_what_their_caps_cut_off() -> None:
    first = Bonus(Label("bonus", "$.a"), number(3), number(2), group(3), rows(3))
    second = Bonus(Label("bonus", "$.b"), number(4), number(4))
    cuts = [(Label("limit", "$.c"), number(1)), (Label("limit", "$.d"), number(2))]
    account = opened(10).landed([first, second], cuts)
    assert told(account.entries) == [(3, 2, 10, 13), (4, 4, 13, 17), (-1, 0, 17, 16), (-2, 0, 16, 14)]
    assert [each.label.path for each in account.entries] == ["$.a", "$.b", "$.c", "$.d"]
    assert account.entries[0].parts == first.parts
    assert account.entries[0].rows is first.rows
    assert read(account.score) == 14


def test_a_bonus_is_carried_into_other_points() -> None:
    part = Part((0,), number(3), number(2), group(1), rows(5))
    bonus = Bonus(Label("bonus", "$.a"), number(3), number(2), (part,), rows(4)).times(Fraction(1, 2))
    assert (read(bonus.asked), read(bonus.taken)) == (Fraction(3, 2), 1)
    assert bonus.rows is not None
    assert read(bonus.rows.number) == 2
    (carried,) = bonus.parts
    assert (read(carried.asked), read(carried.parts[0].asked)) == (Fraction(3, 2), Fraction(1, 2))
    assert carried.rows is not None
    assert read(carried.rows.number) == Fraction(5, 2)
    assert Bonus(Label("bonus", "$.a"), number(3), number(2)).times(Fraction(2)).rows is None


@pytest.mark.parametrize(("applies", "factor"), [(YES, 1), (NO, 0)])
def test_a_bonus_of_what_does_not_apply_is_nothing(applies: Truth, factor: int) -> None:
    bonus = Bonus(Label("bonus", "$.a"), number(3), number(2)).where(applies)
    assert (read(bonus.asked), read(bonus.taken)) == (3 * factor, 2 * factor)


def test_an_amount_is_shared_in_order() -> None:
    nested = Part((1,), number(4), number(0), group(3, 3))
    parts = shared((*group(2), nested, *group(5)), number(7))
    assert [read(each.taken) for each in parts] == [2, 4, 1]
    assert [read(each.taken) for each in parts[1].parts] == [3, 1]
    part, left = nested.given(number(9))
    assert (read(part.taken), read(left)) == (4, 5)


def test_what_entries_took_is_given_to_the_members_of_their_groups() -> None:
    account = opened(10).deduct(number(6), group(4, 3)).award(number(5), group(1, 4)).deduct(number(1))
    assert [[read(each.taken) for each in entry.parts] for entry in account.settled().entries] == [
        [4, 2],
        [1, 4],
        [],
    ]
    nothing = opened(10).award(number(3), group(2, 1)).limit(within(0, 10)).settled()
    assert [read(each.taken) for each in nothing.entries[0].parts] == [0, 0]
    plain = opened(10).deduct(number(1))
    assert plain.settled() is plain


def test_bonuses_land_only_where_that_is_said() -> None:
    assert not Account.opened(number(1), None).landing
    assert not Account(GRAPH, number(1), number(1), None, Label("start", "")).landing


@pytest.mark.parametrize(("applies", "counts"), [(YES, 4), (NO, 4), (NO, 10), (NO, 12)])
def test_where_a_node_does_not_apply_one_step_leads_to_what_it_counts(applies: Truth, counts: int) -> None:
    part = Part((0,), number(3), number(2), (), rows(6))
    account = opened(10).deduct(number(3), (part,), rows(5)).labelled(Label("bonus", "$.b")).bonus(number(1))
    label = Label("clip", "$")
    made = account.only_where(applies, number(counts), label)
    kept = applies is YES
    assert told(made.entries) == (
        [(-3, -3, 10, 7), (0, 0, 7, 7)] if kept else [(0, 0, 10, 10), (counts - 10, counts - 10, 10, counts)]
    )
    assert made.entries[-1].label == label
    assert read(made.score) == (7 if kept else counts)
    first = made.entries[0]
    assert first.rows is not None
    assert read(first.rows.number) == (5 if kept else 0)
    assert (read(first.parts[0].asked), read(first.parts[0].taken)) == ((3, 2) if kept else (0, 0))
    assert first.parts[0].rows is not None
    assert (first.parts[0].rows.table, read(first.parts[0].rows.number)) == (3, 6 if kept else 0)
    assert read(made.bonuses[0].asked) == int(kept)
