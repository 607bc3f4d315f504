"""For each code an example that is told by it and one that is not; the reports are golden.

`python docs/write_codes.py` writes the reports, and the page that shows them.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from docs import write_codes

from rubric_engine.claims import CLAIMS
from rubric_engine.errors import CODES

pytest.importorskip("polars")
pytest.importorskip("sqlglot")

#: What is proved of nearly every rubric has one example, of which it is told.
PROVED = {
    *("score-range", "grade-reached", "grades-in-order", "points-add-up", "exact-integers"),
    "direction",
}


@pytest.fixture(scope="module")
def written() -> dict[Path, str]:
    return dict(write_codes.written())


def test_every_code_has_its_examples_and_nothing_else_has() -> None:
    galleries = ((write_codes.GALLERY, CODES), (write_codes.CLAIMED, CLAIMS))
    for folder, codes in galleries:
        assert {each.name for each in folder.iterdir() if each.is_dir()} == set(codes)


@pytest.mark.parametrize("code", CODES)
def test_a_bad_example_is_told_by_its_code_alone(code: str) -> None:
    told = write_codes.told_of(write_codes.example(code, "bad"))
    assert {each.code for each in told} == {code}
    assert all(each.verdict == "wrong" for each in told)


@pytest.mark.parametrize("code", CODES)
def test_of_a_good_example_nothing_is_told(code: str) -> None:
    assert write_codes.told_of(write_codes.example(code, "good")) == ()


@pytest.mark.parametrize("code", [each for each in CODES if write_codes.example(each, "bad").suffix == ".yaml"])
def test_every_example_of_a_text_has_a_place_in_it(code: str) -> None:
    path = write_codes.example(code, "bad")
    lines = path.read_bytes().decode("utf-8", "replace").split("\n")
    for each in write_codes.told_of(path):
        assert each.file == path.name
        assert each.line is not None
        assert each.source == lines[each.line - 1]
        assert each.column is not None
        assert each.end_column is not None
        assert each.column < each.end_column
        assert each.marked


@pytest.mark.parametrize("code", CLAIMS)
def test_a_claim_is_made_of_its_bad_example_and_not_of_the_good_one(code: str) -> None:
    folder = write_codes.CLAIMED / code
    good = [each for each in write_codes.claims_of(folder / "good.yaml") if each.code == code]
    if code in PROVED:
        assert {each.verdict for each in good} == {"proved"}
        assert not (folder / "bad.yaml").exists()
        return
    bad = [each for each in write_codes.claims_of(folder / "bad.yaml") if each.code == code]
    assert {each.verdict for each in bad} <= {"suspect", "information"}
    assert bad
    assert all(each.line is not None for each in bad)
    assert good == []


@pytest.mark.parametrize("name", ["report.txt", "reports_zh.txt", "codes.md", "errors.md"])
def test_what_is_written_is_up_to_date(name: str, written: dict[Path, str]) -> None:
    files = {path: text for path, text in written.items() if path.name == name}
    assert files
    for path, text in files.items():
        assert path.read_text("utf-8") == text, f"{path.name}: run docs/write_codes.py"


