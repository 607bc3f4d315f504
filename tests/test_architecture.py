"""The layers: imports point one way, and importing the package stays quick."""

from __future__ import annotations

import ast
import importlib
import re
import runpy
import subprocess
import sys
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

import rubric_engine

PACKAGE = Path(rubric_engine.__file__).parent
PAGE = Path(__file__).parents[1] / "docs" / "architecture.md"

#: The layers as docs/architecture.md lists them, from the leaves up.
LAYERS = [
    {"errors", "exact", "words"},
    {"intervals", "graph"},
    {"figures", "fields", "symbols", "folds", "expression", "branches", "scope"},
    {"account", "curves", "amounts", "policies", "grading"},
    {"model", "checks", "tree"},
    {"states", "declare", "gating", "combining", "branching", "lower"},
    {"sheet", "dialect", "columns", "sql", "dataframes", "partial"},
    {"reading", "library", "variants", "files"},
    {"evidence", "ledger", "reasons", "evaluation", "provisional", "wire", "wording"},
    {
        "claims",
        "box",
        "remainders",
        "samples",
        "search",
        "doubts",
        "standing",
        "directions",
        "checking",
    },
    {"encode", "population", "kinds", "cohort", "windows", "places", "history"},
    {"frames", "exchange"},
    {
        *("exercise", "mending", "diagnostics", "sarif", "schema", "sheet_schema", "canonical"),
        *("matching", "differences", "starter"),
        *("blank", "changes", "levers", "bearing", "groups", "cheapest"),
        *("improvement", "weighing", "telling"),
    },
    {"cycle"},
    {"sheets", "testing", "population_files", "checked", "authoring", "command"},
]
#: The layers of the package `cycle`, as the second table lists them.
CYCLE_LAYERS = [
    {"settings", "units", "scale", "shares"},
    {"finals", "draws", "awards"},
    {"recorded_sheets", "records", "recording", "plain", "files"},
    {"comparing", "impacts", "decided", "plans", "feedback_sheets", "unit_pages", "pages"},
    {"first_tier", "reviewing", "consulting", "finishing", "steps", "archive"},
    {
        *("exact_scores", "review_frames", "final_frames", "award_frames", "impact_frames", "run_frames"),
        *("tables", "scored", "distribution", "problems", "items", "agreement", "frames"),
    },
    {"tallies", "example", "telling"},
]
LAYER_OF = {name: place for place, names in enumerate(LAYERS) for name in names}
INTERPRETERS = {"sheet", "columns", "partial"}
#: Modules that data frames need; nothing else may import these.
HEAVY = ["cattrs", "yaml", "simpleeval", "narwhals", "polars", "pandas", "duckdb", "pyarrow"]
HEAVY += ["pyspark", "numpy", "click"]


def sources(package: Path = PACKAGE) -> dict[str, Path]:
    """Return the modules of a package by their names; a package in it is its `__init__`."""
    within = {each.parent.name: each for each in package.glob("*/__init__.py")}
    return {
        **{each.stem: each for each in package.glob("*.py") if not each.stem.startswith("__")},
        **within,
    }


def imported(path: Path, *, everywhere: bool, of: str = "rubric_engine") -> set[str]:
    """Return the modules of a package that a module imports, at the top or anywhere."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    nodes = list(ast.walk(tree)) if everywhere else tree.body
    depth = of.count(".") + 1
    known = set(sources(PACKAGE.joinpath(*of.split(".")[1:])))
    found: set[str] = set()
    for node in nodes:
        if isinstance(node, ast.ImportFrom) and node.module is not None:
            if node.module == of:
                found |= {each.name for each in node.names} & known
            elif node.module.startswith(f"{of}."):
                found.add(node.module.split(".")[depth])
        elif isinstance(node, ast.Import):
            found |= {
                each.name.split(".")[depth]
                for each in node.names
                if each.name.startswith(f"{of}.")
            }
    return found


def test_every_module_has_its_layer() -> None:
    assert set(sources()) == set(LAYER_OF)
    assert set(sources(PACKAGE / "cycle")) == set().union(*CYCLE_LAYERS)


def test_what_is_in_the_package_of_cycles_points_down_in_it_and_below_it_outside() -> None:
    layer_of = {name: place for place, names in enumerate(CYCLE_LAYERS) for name in names}
    within = "rubric_engine.cycle"
    paths = sources(PACKAGE / "cycle")
    needs = {name: imported(path, everywhere=False, of=within) for name, path in paths.items()}
    assert any(needs.values()), "imports are found"
    list(TopologicalSorter(needs).static_order())
    upward = [
        (name, each)
        for name, below in needs.items()
        for each in below
        if layer_of[each] > layer_of[name]
    ]
    assert upward == []
    outside = {each for path in paths.values() for each in imported(path, everywhere=True)}
    assert {each for each in outside if LAYER_OF[each] > LAYER_OF["cycle"]} == set()


def test_a_cycle_of_sheets_imports_no_data_frame_library() -> None:
    frames = [each for each in HEAVY if each not in ("cattrs", "yaml", "simpleeval")]
    code = (
        "import sys; from rubric_engine.cycle.example import example_year;"
        "from rubric_engine.cycle.archive import dump_archive, verify;"
        "assert verify(dump_archive(example_year('2025'))).ok;"
        f"print([each for each in {frames} if each in sys.modules])"
    )
    assert run(code) == "[]"


def test_imports_at_the_top_point_down_and_never_in_a_circle() -> None:
    needs = {name: imported(path, everywhere=False) for name, path in sources().items()}
    assert any(needs.values()), "imports are found"
    list(TopologicalSorter(needs).static_order())
    upward = [
        (name, each)
        for name, below in needs.items()
        for each in below
        if LAYER_OF[each] > LAYER_OF[name]
    ]
    assert upward == []


def test_no_interpreter_imports_another() -> None:
    for name in (*INTERPRETERS, "intervals"):
        assert not imported(sources()[name], everywhere=True) & (INTERPRETERS - {name}), name


def test_what_states_the_meaning_of_a_rule_knows_no_interpreter_and_no_file() -> None:
    for name, layer in LAYER_OF.items():
        if layer <= LAYER_OF["lower"] and name not in ("model",):
            known = imported(sources()[name], everywhere=True)
            assert {each for each in known if LAYER_OF[each] > layer} == set(), name
    assert imported(sources()["model"], everywhere=True) - imported(
        sources()["model"], everywhere=False
    ) == {"wording"}


@pytest.mark.skipif(not PAGE.exists(), reason="the documentation is not beside the tests")
def test_the_page_on_architecture_lists_the_same_layers() -> None:
    page = PAGE.read_text("utf-8")
    tables = [page.partition("### The package of cycles")[place] for place in (0, 2)]
    listed, of_cycles = (
        [
            set(re.findall(r"`(\w+)`", row))
            for row in re.findall(r"^\| [^|]+ \| ([^|]+) \| [^|]+ \|$", table, re.MULTILINE)
        ]
        for table in tables
    )
    listed = [each - {"intervals"} if "sheet" in each else each for each in listed if each]
    assert listed == LAYERS
    assert [each for each in of_cycles if each] == CYCLE_LAYERS


def run(code: str) -> str:
    """Run code in a fresh interpreter and return what it prints."""
    command = [sys.executable, "-c", code]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()


def test_importing_the_package_imports_no_library_of_others() -> None:
    code = (
        "import sys, rubric_engine;"
        f"print([each for each in {HEAVY} if each in sys.modules],"
        " [each for each in sys.modules if each.startswith('rubric_engine.')])"
    )
    assert run(code) == "[] ['rubric_engine.errors']"


def test_scoring_a_sheet_imports_no_data_frame_library() -> None:
    frames = [each for each in HEAVY if each not in ("cattrs", "yaml", "simpleeval")]
    code = (
        "import sys, rubric_engine;"
        "rubric = rubric_engine.load('sf-food-safety');"
        "sheet = {'violations': {'high': 0, 'moderate': 0, 'low': 0}};"
        "rubric_engine.evaluate(rubric, sheet).explain();"
        f"print([each for each in {frames} if each in sys.modules])"
    )
    assert run(code) == "[]"


def test_the_package_runs_as_a_module() -> None:
    pytest.importorskip("click")
    command = [sys.executable, "-m", "rubric_engine", "--help"]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    assert "score" in done.stdout


def test_the_module_runs_only_when_it_is_the_program(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    pytest.importorskip("click")
    importlib.import_module("rubric_engine.__main__")
    monkeypatch.delitem(sys.modules, "rubric_engine.__main__")
    assert capsys.readouterr().out == ""
    monkeypatch.setattr(sys, "argv", ["rubric", "--help"])
    with pytest.raises(SystemExit) as caught:
        runpy.run_module("rubric_engine.__main__", run_name="__main__")
    assert caught.value.code == 0
    assert "score" in capsys.readouterr().out
