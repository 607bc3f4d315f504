"""The lists of the mutation tests: what they name is there."""

from __future__ import annotations

import re
import tomllib
from itertools import chain
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[1]
SOURCE = ROOT / "src" / "rubric_engine"
TARGETS: dict[str, Any] = tomllib.loads((ROOT / "mutation" / "targets.toml").read_text("utf-8"))
EQUIVALENTS: dict[str, Any] = tomllib.loads((ROOT / "mutation" / "equivalents.toml").read_text("utf-8"))


@pytest.mark.parametrize("module", TARGETS["module"])
def test_targets_and_their_tests_are_there(module: str) -> None:
    assert (SOURCE / f"{module}.py").is_file()
    for each in chain(*TARGETS["module"][module]["tests"]):
        file, _, name = each.partition("::")
        text = (ROOT / file).read_text("utf-8")
        assert not name or f"def {name.partition('[')[0]}(" in text, each


@pytest.mark.parametrize("module", EQUIVALENTS)
def test_a_mutant_that_changes_nothing_is_one_of_the_source_and_has_a_reason(module: str) -> None:
    assert module in TARGETS["module"]
    lines = " ".join(line.strip() for line in (SOURCE / f"{module}.py").read_text("utf-8").splitlines())
    for each in EQUIVALENTS[module]:
        assert each["was"] in lines, each
        assert each["is"], each
        assert each["was"] not in each["is"], each
        assert len(each["why"].split()) > 3, each


def test_the_page_has_the_figures_of_every_module() -> None:
    page = (ROOT / "docs" / "explanation" / "mutation-score.md").read_text("utf-8")
    rows = re.findall(r"^\| `(\w+)` \|(.*)\| ([\d.]+) % \|$", page, re.MULTILINE)
    assert [name for name, _, _ in rows] == list(TARGETS["module"])
    for name, figures, score in rows:
        _, tried, killed, late, same, left = (int(each.replace(",", "")) for each in figures.split("|"))
        assert killed + late + same + left == tried, name
        assert float(score) == round(100 * (killed + late) / (tried - same), 1), name
