"""A run as a frame: a row for each unit, in every library, whatever the state."""

from __future__ import annotations

import pytest

from result_frames import read
from rubric_engine import cycle
from rubric_engine.errors import InvalidStep
from test_cycle_archive import DAY, a_year

pytest.importorskip("polars")
pytest.importorskip("pyarrow")
pytest.importorskip("pandas")

from rubric_engine.cycle import frames


@pytest.mark.parametrize("backend", ["polars", "pyarrow", "pandas"])
def test_a_finished_year(backend: str) -> None:
    run = a_year()
    columns = read(frames.run_frame(run, backend=backend))
    assert columns["unit"] == ["a", "b", "c", "d", "e"]
    assert columns["street"] == ["east", "east", "east", "west", "west"]
    assert columns["type"] == [None] * 5
    assert columns["state"] == ["archived"] * 5
    assert columns["street_score"] == [10, 8.5, 6.39, 9, 7]
    assert columns["street_stars"] == [5, 4, 3, 5, 3]
    assert columns["district_score"] == [8, 8.5, 6.39, 9, 7]
    assert columns["final_score"] == [8, 8.5, 6.39, 7.5, 7]
    assert columns["final_grade"] == ["4", "4", "3", "3", "3"]
    assert columns["last_grade"] == [None, "3", None, None, None]
    assert columns["progress"] == [None, "up", None, None, None]
    assert set(columns["review"]) == {"all", "sampled"}


def test_a_year_that_has_begun_has_what_there_is() -> None:
    columns = read(frames.run_frame(a_year(finished=False)))
    assert columns["state"] == ["submitted"] * 5
    assert columns["street_grade"] == ["5", "4", "3", "5", "3"]
    for name in ("review", "district_score", "district_grade", "final_stars", "progress"):
        assert columns[name] == [None] * 5


def test_the_frame_is_one_of_results() -> None:
    run = a_year()
    frame = frames.run_frame(run)
    moved = frames.movement(frame, before="street_grade", after="final_grade", grades=run.rubric)
    assert (moved.whole.up, moved.whole.down) == (0, 2)


def test_the_sheets_of_a_run() -> None:
    run = a_year()
    counted, street = run.sheets(), run.sheets("street")
    assert counted["a"]["plan"] == {"missing": 4}
    assert street["a"]["plan"] == {"missing": 0}
    assert list(counted) == list(street) == list(run)
    street["a"]["plan"]["missing"] = 20
    assert run.sheets("street")["a"]["plan"] == {"missing": 0}
    begun = a_year(finished=False)
    assert begun.sheets("district") == {}
    assert begun.sheets() == begun.sheets("street")
    nobody = cycle.begin(begun.cycle, begun.rubric, [("a", "east")], period="2026")
    assert nobody.sheets() == {}
    with pytest.raises(InvalidStep) as raised:
        run.sheets("county")
    assert [(each.code, each.path) for each in raised.value.problems] == [("unknown-value", "tier")]


def test_a_run_tells_in_short_what_it_is() -> None:
    assert repr(a_year()) == "<Run of 'small-year' in 2025: 5 units, 65 records, closed>"
    assert repr(a_year(finished=False)) == "<Run of 'small-year' in 2025: 5 units, 20 records>"


@pytest.mark.parametrize("unit", ["u1", ("u1",), 5, ("u1", "north", "x")])
def test_a_unit_is_a_unit_or_a_pair(unit: object) -> None:
    run = a_year()
    with pytest.raises(InvalidStep) as raised:
        cycle.begin(run.cycle, run.rubric, [("a", "east"), unit], period="2026")
    assert [(each.code, each.path) for each in raised.value.problems] == [("wrong-type", "units[1]")]
    with pytest.raises(InvalidStep) as raised:
        cycle.assess(run, [], by=cycle.Actor("a", "b"), when=DAY)
    assert [(each.code, each.path) for each in raised.value.problems] == [("not-a-mapping", "sheet")]
