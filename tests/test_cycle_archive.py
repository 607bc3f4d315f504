"""Archives: what any run writes is verified, and whatever is done to it is found and named."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from datetime import date
from functools import cache
from typing import Any

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

import rubric_engine
from rubric_engine import cycle
from rubric_engine.cycle import archive
from rubric_engine.cycle.archive import Seal, dump_archive, load_archive, seal_of, verify
from rubric_engine.errors import InvalidArchive

RUBRIC = """
rubric: small
version: "1"
total: 10
grades: [{stars: 5, from: 9}, {stars: 4, from: 8}, {stars: 3, from: 6}, {stars: 1}]
items:
  - id: plan
    points: 6
    methods: [documents]
    evidence: {missing: {type: count, range: 0..20}}
    rules: [{deduct: 0.5, per: missing}]
  - id: view
    points: 4
    evidence: {satisfied: share}
    rules: [{award: all, ratio: satisfied / 100}]
"""
SETTINGS = """
format: 1
cycle: small-year
rubric: small
review: {all: [5, 4], sample: {share: 0.5}, tolerance: {points: 1, grades: 0}}
consultation: {departments: [safety]}
improvement: [1]
"""
DAY = date(2025, 3, 1)


def sheet(missing: int, satisfied: float = 100.0) -> dict[str, Any]:
    found = {"plan": {"missing": missing}, "view": {"satisfied": satisfied}}
    return {**found, "methods": {"plan": ["documents"]}}


def a_year(seed: str = "seed", *, finished: bool = True) -> cycle.Run:
    """Return a year of two streets and five units, with reviews and one objection."""
    rubric = rubric_engine.loads(RUBRIC)
    settings = archive.loads_cycle(SETTINGS)
    units = [("a", "east"), ("b", "east"), ("c", "east"), ("d", "west"), ("e", "west")]
    earlier = {"b": cycle.Earlier("3", "6.5", "13/20", "sha256:other")}
    run = cycle.begin(settings, rubric, units, period="2025", earlier=earlier)
    sheets = {"a": sheet(0), "b": sheet(3), "c": sheet(7, 97.25), "d": sheet(2), "e": sheet(6)}
    for street in ("east", "west"):
        group = cycle.Actor("group", "street_group", street)
        committee = cycle.Actor("committee", "street_committee", street)
        own = {unit: sheets[unit] for unit in run.streets[street]}
        run = cycle.assess(run, own, by=group, when=DAY)
        run = cycle.propose(run, by=group, when=DAY)
        run = cycle.approve(run, by=committee, when=DAY)
        run = cycle.submit(run, by=committee, when=DAY)
    if not finished:
        return run
    office = cycle.Actor("office", "district_office")
    team = cycle.Actor("team", "supervision_group")
    approval = cycle.Actor("department", "organisation_department")
    run = cycle.plan_review(run, seed=seed, by=office, when=DAY)
    due = [unit for unit in run if run[unit].review != "not_sampled"]
    changes = {unit: {"plan.missing": 4} if unit == "a" else {} for unit in due}
    run = cycle.override(run, changes, by=team, when=DAY, why="report 1")
    safety = cycle.Actor("office", "department", department="safety")
    run = cycle.answer(run, objections={"d": "an accident"}, by=safety, when=DAY)
    decision = cycle.Decision("deduct", points="1.5")
    run = cycle.decide(run, "d", decision, department="safety", by=office, when=DAY, why="upheld")
    run = cycle.conclude(run, by=office, when=DAY)
    run = cycle.determine(run, by=team, when=DAY)
    run = cycle.finalise(run, by=approval, when=DAY)
    run = cycle.award(run, by=approval, when=DAY)
    run = cycle.feed_back(run, by=office, when=DAY)
    return cycle.close(run, by=office, when=DAY)


@pytest.fixture(scope="module")
def text() -> str:
    return dump_archive(a_year())


@pytest.fixture(scope="module")
def lines(text: str) -> list[str]:
    return text.splitlines()


def joined(lines: list[str]) -> str:
    return "".join(f"{each}\n" for each in lines)


def codes(content: str | bytes, **asked: Any) -> list[tuple[str, str]]:
    return [(each.code, each.path) for each in verify(content, **asked).problems]


def chained(lines: list[str]) -> list[str]:
    """Return lines as somebody would write them who knows how: numbers, digests and seal anew."""
    made = [lines[0]]
    for number, line in enumerate(lines[1:-1], 1):
        data = json.loads(line)
        data = {**data, "previous": archive._digest(made[-1]), "record": number}
        made.append(archive._line(data))
    seal = Seal(len(made) - 1, archive._digest(made[-1]))
    made.append(archive._line({"seal": {"records": seal.records, "digest": seal.digest}}))
    return made


def place_of(lines: list[str], step: str, unit: str | None = None) -> int:
    for place, line in enumerate(lines[1:-1], 1):
        data = json.loads(line)
        if data["step"] == step and (unit is None or data["unit"] == unit):
            return place
    raise AssertionError(step)


def edited(lines: list[str], place: int, edit: Callable[[dict[str, Any]], object]) -> list[str]:
    data = json.loads(lines[place])
    edit(data)
    return [*lines[:place], archive._line(data), *lines[place + 1 :]]


# what is whole


def test_a_finished_year_is_verified(text: str) -> None:
    found = verify(text, seal=seal_of(text))
    assert found.ok
    run = a_year()
    assert (found.records, found.run is not None) == (len(run.records), True)
    assert found.sheets == sum(each.step in ("assess", "review") for each in run.records)
    assert found.seal == seal_of(text)
    assert str(found.seal) in found.explain()
    assert found.written_by["rubric-engine"]
    assert found.verified_by == {}


def test_a_year_that_is_not_finished_is_verified_too() -> None:
    begun = cycle.begin(
        archive.loads_cycle(SETTINGS), rubric_engine.loads(RUBRIC), [("a", "east")], period="2025"
    )
    assert verify(dump_archive(begun)).ok
    assert verify(dump_archive(a_year(finished=False))).ok


def test_what_is_loaded_is_the_same_run(text: str) -> None:
    run, again = a_year(), load_archive(text, seal=seal_of(text))
    assert [each.plain for each in again.records] == [each.plain for each in run.records]
    assert dict(again.cases) == dict(run.cases)
    assert (again.awards, again.closed, again.seeds) == (run.awards, run.closed, run.seeds)
    assert dump_archive(again) == text
    assert again.final_results() == run.final_results()


def test_the_same_year_gives_the_same_bytes(text: str) -> None:
    assert dump_archive(a_year()) == text
    assert verify(text.encode()).ok
    assert seal_of(text.encode()) == seal_of(text)


def test_an_archive_is_written_on_from_where_it_ended() -> None:
    run = load_archive(dump_archive(a_year(finished=False)))
    office = cycle.Actor("office", "district_office")
    on = cycle.plan_review(run, seed="seed", by=office, when=DAY)
    assert verify(dump_archive(on)).ok
    assert dump_archive(on).startswith(joined(dump_archive(run).splitlines()[:-1]))


def test_a_seal_is_read_from_its_text(text: str) -> None:
    seal = seal_of(text)
    assert Seal.parse(str(seal)) == seal
    assert verify(text, seal=str(seal)).ok
    digest = "sha256:" + "0" * 64
    for bad in ("", "12", f"x {digest}", "3 md5:" + "0" * 64, "3 sha256:00", f"² {digest}", f"٣ {digest}"):
        with pytest.raises(InvalidArchive) as raised:
            Seal.parse(bad)
        assert [(each.code, each.path) for each in raised.value.problems] == [("wrong-type", "seal")]


# the collection of what is done to archives


def test_a_changed_byte_is_found_wherever_it_is(text: str) -> None:
    seal = seal_of(text)
    content = text.encode()
    for place in range(0, len(content), 97):
        byte = bytes([content[place] ^ 1])
        found = verify(content[:place] + byte + content[place + 1 :], seal=seal)
        assert found.problems, place
        assert "problems" in found.explain()


def test_a_changed_record_is_named(lines: list[str]) -> None:
    place = place_of(lines, "assess", "c")
    tampered = [*lines]
    tampered[place] = tampered[place].replace('"missing":7', '"missing":1')
    assert tampered != lines
    found = codes(joined(tampered))
    assert ("record-changed", f"record {place}") in found
    # And what it would lead to is not what stands there.
    assert ("not-recomputed", f"record {place}: c.found.result.exact") in found


def test_the_last_record_has_its_digest_in_the_seal(lines: list[str]) -> None:
    tampered = [*lines]
    tampered[-2] = tampered[-2].replace('"why":null', '"why":"x"')
    assert tampered != lines
    assert codes(joined(tampered)) == [("seal-broken", "seal")]


def test_a_dropped_record_is_found(lines: list[str]) -> None:
    place = place_of(lines, "review", "a")
    found = verify(joined([*lines[:place], *lines[place + 1 :]]))
    first = found.problems[0]
    assert (first.code, first.path) == ("record-missing", f"record {place}")
    assert first.expected == f"record {place} before record {place + 1}"
    assert found.run is None
    many = verify(joined([*lines[:3], *lines[6:]])).problems[0]
    assert (many.code, many.expected) == ("record-missing", "record 3 to 5 before record 6")
    # Without the first record nothing is wrong with the head.
    first = codes(joined([lines[0], *lines[2:]]))
    assert first == [("record-missing", "record 1"), ("seal-broken", "seal")]


def test_a_line_that_is_no_record_is_told_once(lines: list[str]) -> None:
    for junk in ("junk", "[]", lines[0]):
        found = codes(joined([*lines[:5], junk, *lines[6:]]))
        assert found == [("record-changed", "record 5")]


def test_no_more_problems_are_told_than_anybody_reads(lines: list[str]) -> None:
    found = verify(joined([lines[0], *["junk"] * 1_200])).problems
    assert len(found) == 1_000
    assert found[-1].path == "record 1000"


def test_what_follows_a_record_out_of_place_is_looked_at_too(lines: list[str]) -> None:
    found = codes(joined([*lines[:4], lines[2], *lines[4:9], *lines[10:]]))
    assert found == [("record-added", "record 4"), ("record-missing", "record 10")]


def test_an_added_record_is_found(lines: list[str]) -> None:
    place = place_of(lines, "propose", "b")
    found = codes(joined([*lines[: place + 1], lines[place], *lines[place + 1 :]]))
    assert found == [("record-added", f"record {place + 1}"), ("seal-broken", "seal")]
    far = codes(joined([*lines[:2], lines[place], *lines[2:]]))
    assert far == [("record-added", "record 2"), ("seal-broken", "seal")]


def test_moved_records_are_found(lines: list[str]) -> None:
    swapped = [*lines[:3], lines[4], lines[3], *lines[5:]]
    found = codes(joined(swapped))
    # Of two that changed places one was moved.
    assert found == [("record-moved", "record 3")]
    away = [*lines[:3], *lines[4:20], lines[3], *lines[20:]]
    assert codes(joined(away)) == [("record-moved", "record 19")]
    assert verify(joined(away)).problems[0].found == "record 3"


def test_a_tail_that_was_cut_off_is_found(lines: list[str], text: str) -> None:
    close = place_of(lines, "close")
    cut = joined(lines[:close])
    assert codes(cut) == [("seal-broken", "seal")]
    # The closing of a cycle, as a plan, is one whole: a part of it is no end.
    assert codes(joined(lines[: close + 2])) == [
        ("seal-broken", "seal"),
        ("record-missing", f"record {close + 2}"),
    ]
    # With a seal written anew only the one that is kept elsewhere tells.
    again = joined(chained([*lines[:close], lines[-1]]))
    assert codes(again) == []
    assert codes(again, seal=seal_of(text)) == [("seal-broken", "seal")]
    half = text[: len(text) // 2]
    assert "seal-broken" in {code for code, _ in codes(half)}


def test_a_file_that_was_written_anew_is_found_by_its_results(lines: list[str], text: str) -> None:
    """Somebody makes a star better and mends all digests: the score does not come out."""
    place = place_of(lines, "assess", "c")

    def better(data: dict[str, Any]) -> None:
        data["found"]["result"] |= {"exact": "9.5", "grade": "5", "stars": 5}

    rewritten = joined(chained(edited(lines, place, better)))
    at = f"record {place}: c.found.result"
    problems = [("not-recomputed", f"{at}.{each}") for each in ("exact", "grade", "stars")]
    assert codes(rewritten) == problems
    assert [(each.expected, each.found) for each in verify(rewritten).problems[:2]] == [
        ("'6.39'", "'9.5'"),
        ("'3'", "'5'"),
    ]
    assert codes(rewritten, seal=seal_of(text))[0] == ("seal-broken", "seal")


def test_a_file_that_was_written_anew_with_its_results_is_found_by_the_kept_seal(text: str) -> None:
    """Somebody who can run the library makes another year: only the seal can tell."""
    other = dump_archive(a_year("another seed"))
    assert codes(other) == []
    assert codes(other, seal=seal_of(text)) == [("seal-broken", "seal")]


def test_another_draw_is_found(lines: list[str]) -> None:
    place = place_of(lines, "plan_review")

    def drawn(data: dict[str, Any]) -> None:
        data["found"]["drawn"] = ["nobody"]

    found = codes(joined(chained(edited(lines, place, drawn))))
    assert found == [("not-recomputed", f"record {place}: plan_review.found.drawn")]


def test_a_step_that_could_not_be_is_found(lines: list[str]) -> None:
    """Without the review of a five-star unit the rest is not possible, whatever the digests."""
    place = place_of(lines, "review", "a")
    found = codes(joined(chained([*lines[:place], *lines[place + 1 :]])))
    assert any(code == "review-missing" and path.endswith(": a") for code, path in found), found


@pytest.mark.parametrize(
    ("key", "value"),
    [("state", "final"), ("after", "final"), ("before", "draft"), ("based_on", [])],
)
def test_states_and_grounds_are_worked_out_again(lines: list[str], key: str, value: object) -> None:
    place = place_of(lines, "conclude", "a")
    tampered = joined(chained(edited(lines, place, lambda data: data.update({key: value}))))
    expected = {
        "state": ("record-changed", f"record {place}"),
    }.get(key, ("not-recomputed", f"record {place}: a.{key}"))
    assert codes(tampered) == [expected]


@pytest.mark.parametrize(
    ("key", "value", "code"),
    [
        ("by", {"name": "x", "role": "public"}, "role-not-allowed"),
        ("by", {"name": "x"}, "record-changed"),
        ("by", {"name": "x", "role": "district_office", "age": 3}, "record-changed"),
        ("by", "somebody", "record-changed"),
        ("when", "2024-01-01", "out-of-range"),
        ("when", "yesterday", "record-changed"),
        ("when", 5, "record-changed"),
        ("unit", "nobody", "unknown-unit"),
        ("unit", 7, "record-changed"),
        ("data", [], "record-changed"),
        ("step", "crown", "unknown-step"),
        ("step", 3, "unknown-step"),
        ("why", 3, "wrong-type"),
    ],
)
def test_strange_records_are_told_and_stop_nothing_else(
    lines: list[str], key: str, value: object, code: str
) -> None:
    place = place_of(lines, "conclude", "a")
    tampered = joined(chained(edited(lines, place, lambda data: data.update({key: value}))))
    found = verify(tampered)
    assert {each.code for each in found.problems} == {code}
    assert all(each.path.startswith(f"record {place}") for each in found.problems)
    assert {each.line for each in found.problems} == {place + 1}
    assert found.run is None


@pytest.mark.parametrize("change", ["rubric", "digest"])
def test_a_foreign_rubric_is_found(lines: list[str], change: str) -> None:
    head = json.loads(lines[0])
    if change == "rubric":
        head["rubric"]["version"] = "2"
    else:
        head["rubric_digest"] = "sha256:" + "0" * 64
    tampered = joined(chained([archive._line(head), *lines[1:]]))
    assert ("foreign-rubric", "head.rubric") in codes(tampered)


def test_the_rubric_can_be_asked_for(text: str) -> None:
    rubric = rubric_engine.loads(RUBRIC)
    assert verify(text, rubric=rubric).ok
    revised = evolve(rubric, version="2")
    assert codes(text, rubric=revised) == [("foreign-rubric", "head.rubric")]
    assert verify(text, rubric=revised).problems[0].line == 1


def test_a_cycle_of_other_settings_is_found(lines: list[str]) -> None:
    head = json.loads(lines[0])
    head["cycle"]["version"] = "7"
    found = codes(joined(chained([archive._line(head), *lines[1:]])))
    assert found == [("not-recomputed", "head.cycle")]


@pytest.mark.parametrize(
    ("edit", "code"),
    [
        (lambda head: head.pop("units"), "record-changed"),
        (lambda head: head.update(units=[{"id": "a"}]), "record-changed"),
        (lambda head: head.update(units=[]), "empty"),
        (lambda head: head["rubric"].update(total="nine"), "bad-number"),
        (lambda head: head["cycle"].update(order=["decision"]), None),
        (lambda head: head.update(format="other"), "record-changed"),
        (lambda head: head.update(written_by=3), "written_by"),
    ],
)
def test_a_head_that_cannot_be_used_is_told(
    lines: list[str], edit: Callable[[dict[str, Any]], object], code: str | None
) -> None:
    head = json.loads(lines[0])
    edit(head)
    found = verify(joined(chained([archive._line(head), *lines[1:]])))
    if code == "written_by":
        assert found.ok
        assert found.written_by == {}
        return
    assert found.run is None
    assert found.problems
    assert all(each.path.startswith("head") and each.line == 1 for each in found.problems)
    assert code is None or code in {each.code for each in found.problems}


@pytest.mark.parametrize(
    "content", ["", "\n", "x", "[]\n", "{}\n{}\n", b"\xff\n", '{"seal":{}}\n', None, 3]
)
def test_what_is_no_archive_is_told(content: Any) -> None:
    found = verify(content)
    assert found.problems
    assert found.run is None
    with pytest.raises(InvalidArchive):
        load_archive(content)


@pytest.mark.parametrize("content", ["", b"\xff"])
def test_what_is_no_archive_has_no_seal(content: str | bytes) -> None:
    with pytest.raises(InvalidArchive):
        seal_of(content)


def test_a_seal_that_is_none_is_broken(lines: list[str]) -> None:
    for last in ('{"seal":3}', '{"seal":{"records":1}}', '{"seal":', '{"seal":{},"x":1}'):
        assert codes(joined([*lines[:-1], last])) == [("seal-broken", "seal")]
    more = json.loads(lines[-1]) | {"x": 1}
    assert codes(joined([*lines[:-1], archive._line(more)])) == [("seal-broken", "seal")]


def test_versions_that_are_others_are_told_and_are_no_problem(lines: list[str]) -> None:
    head = json.loads(lines[0])
    head["written_by"] = {"rubric-engine": "0.0.1", "gone-plugin": "3"}
    found = verify(joined(chained([archive._line(head), *lines[1:]])))
    assert found.ok
    assert found.written_by == {"rubric-engine": "0.0.1", "gone-plugin": "3"}
    assert found.verified_by["gone-plugin"] == "not installed"
    assert set(found.verified_by) == {"rubric-engine", "gone-plugin"}


def test_a_problem_has_its_line(lines: list[str]) -> None:
    place = place_of(lines, "assess", "c")
    tampered = [*lines]
    tampered[place] = tampered[place].replace('"missing":7', '"missing":1')
    problems = verify(joined(tampered)).problems
    assert [each.line for each in problems[:2]] == [place + 1, place + 1]
    assert all(each.line is not None and each.line > place for each in problems)


@cache
def known() -> str:
    return dump_archive(a_year())


@given(data=st.data())
def test_any_single_mutation_is_found(data: st.DataObject) -> None:
    """A line changed, dropped, doubled or moved, or a character put in, taken out or replaced."""
    text = known()
    lines = text.splitlines()
    kind = data.draw(st.sampled_from(["replace", "insert", "delete", "drop", "double", "move"]))
    if kind in ("replace", "insert", "delete"):
        place = data.draw(st.integers(0, len(text) - 1))
        sign = data.draw(st.characters(codec="utf-8"))
        put = "" if kind == "delete" else sign
        after = place + (kind != "insert")
        tampered = text[:place] + put + text[after:]
    else:
        place = data.draw(st.integers(0, len(lines) - 1))
        rest = [*lines[:place], *lines[place + 1 :]]
        if kind == "drop":
            tampered = joined(rest)
        else:
            again = data.draw(st.integers(0, len(rest)))
            base = lines if kind == "double" else rest
            tampered = joined([*base[:again], lines[place], *base[again:]])
    if tampered == text:
        return
    found = verify(tampered, seal=seal_of(text))
    assert found.problems
    assert all(each.code in rubric_engine.errors.CODES for each in found.problems)


def test_a_library_that_is_not_installed_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown(name: str) -> str:
        raise archive.PackageNotFoundError(name)

    monkeypatch.setattr(archive, "version", unknown)
    assert verify(dump_archive(a_year())).written_by["rubric-engine"] == "a source tree"


@pytest.mark.parametrize("order", [("plan", "view"), ("view", "plan")])
def test_methods_stay_in_the_order_in_which_they_were_recorded(order: tuple[str, str]) -> None:
    said = "evidence: {satisfied: share}"
    rubric = rubric_engine.loads(RUBRIC.replace(said, f"methods: [report]\n    {said}"))
    stated = {"plan": ["documents"], "view": ["report"]}
    run = cycle.begin(archive.loads_cycle(SETTINGS), rubric, [("a", "east")], period="2025")
    recorded = {**sheet(1), "methods": {each: stated[each] for each in order}}
    run = cycle.assess(run, {"a": recorded}, by=cycle.Actor("x", "street_group", "east"), when=DAY)
    text = dump_archive(run)
    assert list(load_archive(text)["a"].street.sheet["methods"]) == list(order)
    assert dump_archive(load_archive(text)) == text


JUNK: list[Any] = [None, -1, "", "x", [], {}, {"a": 1}, [1], True, 1.5, 10**30]


def places_in(data: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Yield the path of everything in plain data."""
    yield path
    pairs: Iterable[tuple[Any, Any]] = ()
    if isinstance(data, dict):
        pairs = data.items()
    elif isinstance(data, list):
        pairs = enumerate(data)
    for key, each in pairs:
        yield from places_in(each, (*path, key))


@given(data=st.data())
def test_no_content_of_a_record_raises(data: st.DataObject) -> None:
    """Whatever somebody writes into a record or the head, every digest mended: it is told."""
    lines = known().splitlines()
    place = data.draw(st.integers(0, len(lines) - 2))
    plain = json.loads(lines[place])
    path = data.draw(st.sampled_from([each for each in places_in(plain) if each]))
    holder = plain
    for key in path[:-1]:
        holder = holder[key]
    before, holder[path[-1]] = holder[path[-1]], data.draw(st.sampled_from(JUNK))
    found = verify(joined(chained([*lines[:place], archive._line(plain), *lines[place + 1 :]])))
    assert all(each.code in rubric_engine.errors.CODES for each in found.problems)
    worked_out = place > 0 and path[0] in ("found", "before", "after", "based_on")
    if worked_out and type(before) is type(holder[path[-1]]) and before != holder[path[-1]]:
        assert found.problems


@pytest.mark.parametrize("part", ["name", "role", "street", "department"])
@pytest.mark.parametrize("value", [5, [], {}, True])
def test_an_actor_is_made_of_texts(lines: list[str], part: str, value: object) -> None:
    place = place_of(lines, "assess", "c")
    tampered = edited(lines, place, lambda data: data["by"].update({part: value}))
    told = {
        int: ("wrong-type", f"record {place}: c"),
        bool: ("wrong-type", f"record {place}: c"),
    }.get(type(value), ("record-changed", f"record {place}"))
    assert codes(joined(chained(tampered)))[0] == told


def test_the_seal_is_as_it_was_written_to_the_last_byte(text: str, lines: list[str]) -> None:
    for last in (
        lines[-1].replace(":{", ": {"),
        lines[-1].replace('"records":', '"records":1,"records":'),
        lines[-1].replace('","', '" ,"').replace("}}", ".0}}"),
        lines[-1] + " ",
    ):
        assert last != lines[-1]
        assert ("seal-broken", "seal") in codes(joined([*lines[:-1], last]))
    assert codes(text.removesuffix("\n")) == [("seal-broken", "seal")]


def test_a_plan_without_one_of_its_units_is_no_plan(lines: list[str]) -> None:
    """Whoever was drawn cannot be left out of the records, whatever the digests."""
    places = [each for each, line in enumerate(lines[1:-1], 1) if json.loads(line)["step"] == "plan_review" and json.loads(line)["unit"] == "c"]
    (place,) = places
    found = codes(joined(chained([*lines[:place], *lines[place + 1 :]])))
    assert found[0] == ("step-not-allowed", f"record {place}: {json.loads(lines[place + 1])['unit'] or 'plan_review'}")


def test_closing_some_is_not_closing(lines: list[str]) -> None:
    place = place_of(lines, "close")
    found = codes(joined(chained([*lines[: place + 2], lines[-1]])))
    assert found == [("record-missing", f"record {place + 2}")]
