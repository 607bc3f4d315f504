"""The law of frames: every engine says of a sheet exactly what `evaluate` says."""

from __future__ import annotations

import copy
import os
import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from framing import Framed, unlike
from rubric_engine import InvalidEvidence, InvalidFrame, Rubric, evaluate, rubric_names
from rubric_engine.testing import golden_cases
from strategies import Node, Sheet, documents, sheets
from strategies_sheets import unfinished
from test_laws import rubric_of

pytest.importorskip("narwhals")
pytest.importorskip("pyarrow")

#: Engines, and how many random rubrics each is tried on.
ENGINES = {
    "polars": 60,
    "polars lazy": 20,
    "pyarrow": 30,
    "pandas numpy": 6,
    "pandas nullable": 6,
    "pandas arrow": 6,
    "duckdb": 20,
    "pyspark": 2,
}
SHAPES = Path(__file__).parent / "shapes"
#: How many sheets each rubric with golden cases is tried on; many for a long run.
SHEETS = int(os.environ.get("RUBRIC_FRAME_SHEETS", "300"))


@st.composite
def populations(draw: Callable[..., Any]) -> tuple[Node, list[Sheet]]:
    """Draw a rubric and sheets for it, one of which may lack findings."""
    document = draw(documents())
    several = [draw(sheets(document)) for _ in range(3)]
    return document, [*several, draw(unfinished(document, several[0]))]


def mixed(several: Sequence[Mapping[str, Any]], count: int, seed: int) -> Iterator[Sheet]:
    """Yield sheets whose items are those of several sheets; rows are dropped and repeated."""
    chance = random.Random(seed)
    for _ in range(count):
        one, other = (copy.deepcopy(chance.choice(several)) for _ in range(2))
        sheet = {**one, **{key: each for key, each in other.items() if chance.random() < 0.5}}
        for item in list(sheet.values()):
            for name, value in list(item.items()) if isinstance(item, dict) else []:
                if chance.random() < 0.01:
                    del item[name]
                elif isinstance(value, list) and value and isinstance(value[0], dict):
                    fewer = chance.randint(0, len(value)) if chance.random() < 0.2 else len(value)
                    item[name] = chance.choices(value, k=fewer)
        yield sheet


@pytest.mark.parametrize("engine", ENGINES)
def test_random_rubrics_score_alike_in_frames(
    engine: str, engines: Callable[[str], Framed]
) -> None:
    framed = engines(engine)

    @settings(
        max_examples=1 + ENGINES[engine] * settings.default.max_examples // 100,
        suppress_health_check=[*settings.default.suppress_health_check, HealthCheck.filter_too_much],
    )
    @given(populations(), st.integers(0, 2**32))
    def law(example: tuple[Node, list[Sheet]], seed: int) -> None:
        document, several = example
        rubric = rubric_of(document)
        tried = [*several, *mixed(several, 12, seed)]
        try:
            assert unlike(rubric, readable(rubric, tried), framed) == []
        except InvalidFrame as error:
            assume({each.code for each in error.problems} != {"too-wide"})
            raise

    law()


def readable(rubric: Rubric, tried: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """Leave out sheets that columns cannot hold: findings of another type, or none freed."""
    kept: list[Mapping[str, Any]] = []
    for sheet in tried:
        try:
            evaluate(rubric, sheet)
        except InvalidEvidence as error:
            if {each.code for each in error.problems} & {"not-applicable", "out-of-range"}:
                continue
        kept.append(sheet)
    return kept


def with_cases() -> list[str]:
    """Return the rubrics whose golden cases make sheets."""
    return [*rubric_names(), *sorted(f"shapes/{each.name}" for each in SHAPES.iterdir())]


#: Engines that every rubric with golden cases is tried on.
STEADY = ["polars lazy", "pyarrow", "duckdb"]


@pytest.mark.parametrize("name", with_cases())
def test_rubrics_score_alike_in_frames(name: str, engines: Callable[[str], Framed]) -> None:
    cases = golden_cases(SHAPES.parent / name if "/" in name else name)
    rubric, several = cases[0].rubric, [plain(each.evidence) for each in cases if not each.problems]
    tried = readable(rubric, [*several, *mixed(several, SHEETS, len(several))])
    assert len(tried) >= len(several)
    for engine in STEADY:
        assert unlike(rubric, tried, engines(engine)) == [], engine


def plain(evidence: Mapping[str, Any]) -> Sheet:
    """Return a sheet nested."""
    nested: Sheet = {}
    for key, value in evidence.items():
        node, _, name = key.partition(".")
        if name:
            nested.setdefault(node, {})[name] = value
        else:
            nested.setdefault(node, {}).update(value)
    return nested


@pytest.mark.parametrize("engine", [each for each in ENGINES if each not in STEADY])
@pytest.mark.parametrize("name", ["uk-food-hygiene", "shapes/periods"])
def test_these_rubrics_score_alike_everywhere(
    engine: str, name: str, engines: Callable[[str], Framed]
) -> None:
    cases = golden_cases(SHAPES.parent / name if "/" in name else name)
    rubric, several = cases[0].rubric, [plain(each.evidence) for each in cases if not each.problems]
    tried = readable(rubric, [*several, *mixed(several, 40, 1)])
    assert unlike(rubric, tried, engines(engine)) == []
