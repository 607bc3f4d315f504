"""The docs name what there is: public names, codes, verbs, fields and functions."""

from __future__ import annotations

import ast
import re
from importlib import import_module
from pathlib import Path

import pytest

import rubric_engine
from rubric_engine import cycle
from rubric_engine.cycle import frames
from rubric_engine.cycle.records import STATES
from rubric_engine.cycle.settings import STEPS
from rubric_engine.errors import CODES
from rubric_engine.expression import FUNCTIONS
from rubric_engine.fields import FIELD_TYPES
from rubric_engine.policies import BUILT_IN
from rubric_engine.symbols import ROUNDING_MODES

DOCS = Path(__file__).resolve().parents[1] / "docs"


def page(name: str) -> str:
    return (DOCS / name).read_text(encoding="utf-8")


def test_public_names_are_sorted_and_real() -> None:
    assert rubric_engine.__all__ == sorted(rubric_engine.__all__)
    assert set(rubric_engine._HOME_OF) <= set(rubric_engine.__all__)
    for name in rubric_engine.__all__:
        assert getattr(rubric_engine, name).__module__.startswith("rubric_engine")
    assert set(rubric_engine.__all__) <= set(dir(rubric_engine))
    with pytest.raises(AttributeError):
        _ = rubric_engine.nothing_of_the_kind


def test_the_reference_documents_every_public_name() -> None:
    documented = re.findall(r"auto\w+:: rubric_engine\.(\w+)$", page("reference/python.md"), re.MULTILINE)
    assert sorted(set(documented) - {"testing"}) == rubric_engine.__all__


def test_the_reference_documents_every_public_name_of_the_cycle() -> None:
    assert cycle.__all__ == sorted(cycle.__all__)
    assert set(cycle.__all__) <= set(dir(cycle))
    documented = re.findall(
        r"auto\w+:: rubric_engine\.cycle\.(\w+)$", page("reference/cycle.md"), re.MULTILINE
    )
    assert sorted(documented) == cycle.__all__
    on_frames = re.findall(
        r"auto\w+:: rubric_engine\.cycle\.frames\.(\w+)$", page("reference/cycle.md"), re.MULTILINE
    )
    assert sorted(on_frames) == frames.__all__
    for name in re.findall(r"auto\w+:: (rubric_engine\.cycle\.\w+\.\w+)$", page("reference/cycle.md"), re.MULTILINE):
        home, _, last = name.rpartition(".")
        assert last in import_module(home).__all__, name


def test_the_page_of_the_cycle_names_every_step_and_state() -> None:
    text = page("explanation/cycle.md")
    table = text.partition("| step |")[2].partition("## Defaults")[0]
    steps = [each for row in re.findall(r"^\| (`[^|]+) \|", table, re.MULTILINE) for each in re.findall(r"`(\w+)`", row)]
    assert sorted(steps) == sorted(STEPS)
    for state in STATES:
        assert re.search(rf"\b{state}\b", text), state


def test_the_page_of_errors_lists_exactly_the_codes() -> None:
    table = page("reference/errors.md").partition("## Codes")[2]
    rows = re.findall(r"^\| `([\w-]+)` \| (.*) \|$", table, re.MULTILINE)
    assert rows == list(CODES.items())


@pytest.mark.parametrize("word", [*FIELD_TYPES, *BUILT_IN, *FUNCTIONS, *ROUNDING_MODES])
def test_the_language_page_names_every_word(word: str) -> None:
    # A line may end inside code; the marks of code blocks are no code.
    code = " ".join(re.findall(r"`([^`]+)`", page("reference/language.md").replace("```", "")))
    assert re.search(rf"(?<![\w.]){word}\b", code), word


def test_imports_point_the_way_the_architecture_says() -> None:
    table = page("architecture.md").partition("### The package of cycles")[0]
    rows = re.findall(r"^\| [^|]+ \| ([^|]+) \| [^|]+ \|$", table, re.MULTILINE)
    layers = [re.findall(r"`(\w+)`", re.sub(r"\(.*?\)", "", row)) for row in rows]
    rank = {module: number for number, row in enumerate(layers) for module in row}
    source = DOCS.parent / "src" / "rubric_engine"
    modules = {each.stem for each in source.glob("*.py")} - {"__init__", "__main__"}
    assert set(rank) == {*modules, "cycle"}
    back = [
        f"{module} imports {each.module}"
        for module in modules
        for each in ast.parse((source / f"{module}.py").read_text(encoding="utf-8")).body
        if isinstance(each, ast.ImportFrom)
        and (each.module or "").startswith("rubric_engine.")
        and rank[str(each.module).split(".")[1]] > rank[module]
    ]
    assert back == []
