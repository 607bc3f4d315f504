"""The structure holds: imports point one way, and importing the package stays light."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

SOURCE = Path(__file__).resolve().parents[1] / "src" / "rubric_engine"

#: The layers of docs/architecture.md, the lowest first; modules of a row may not import each
#: other upwards either: within a row, the order is the order of import.
LAYERS = [
    ["errors", "exact", "words"],
    ["intervals", "graph"],
    ["fields", "symbols", "expression", "scope"],
    ["account", "amounts", "policies", "grading"],
    ["model", "tree"],
    ["lower"],
    ["sheet", "columns"],
    ["reading", "library", "files"],
    ["evidence", "ledger", "evaluation", "wire", "wording"],
    ["sheets", "testing", "command", "__main__"],
]
ORDER = {name: place for place, name in enumerate(name for row in LAYERS for name in row)}


def imports_of(name: str) -> set[str]:
    """Return the modules of the package that a module imports at its top level."""
    tree = ast.parse((SOURCE / f"{name}.py").read_text(encoding="utf-8"))
    found: set[str] = set()
    for node in tree.body:
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("rubric_engine"):
            inner = (node.module or "").removeprefix("rubric_engine").removeprefix(".")
            found |= {inner} if inner else {each.name for each in node.names}
    return found & set(ORDER)


def test_every_module_has_its_place() -> None:
    modules = {path.stem for path in SOURCE.glob("*.py")} - {"__init__"}
    assert modules == set(ORDER)


@pytest.mark.parametrize("name", sorted(ORDER))
def test_imports_point_one_way(name: str) -> None:
    upwards = {each for each in imports_of(name) if ORDER[each] >= ORDER[name]}
    assert upwards == set()


def test_no_interpreter_knows_another() -> None:
    assert not imports_of("sheet") & {"columns", "intervals"}
    assert not imports_of("columns") & {"sheet", "intervals"}


def test_the_page_lists_the_same_layers() -> None:
    page = (SOURCE.parents[1] / "docs" / "architecture.md").read_text(encoding="utf-8")
    for row in LAYERS:
        for name in row:
            assert name == "__main__" or f"`{name}`" in page


def modules_after(code: str) -> set[str]:
    run = [sys.executable, "-c", f"{code}\nimport sys; print(*sys.modules)"]
    return set(subprocess.run(run, capture_output=True, text=True, check=True).stdout.split())


HEAVY = {"narwhals", "pandas", "polars", "pyarrow", "duckdb", "pyspark", "numpy"}


def test_importing_the_package_imports_no_library_that_it_may_not_need() -> None:
    loaded = modules_after("import rubric_engine")
    assert not loaded & (HEAVY | {"cattrs", "yaml", "simpleeval"})


def test_scoring_imports_no_dataframe_library() -> None:
    code = "import rubric_engine as r\nr.evaluate(r.load('sf-food-safety'), {'violations': {'high': 1, 'moderate': 0, 'low': 0}})"
    assert not modules_after(code) & HEAVY
