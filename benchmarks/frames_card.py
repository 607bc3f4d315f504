"""The card in columns: its tables, and the same card written by hand for engines of columns.

A table has the column `id`, and for each flag of the card a column of booleans, `i00.d0` to
`i49.d2`. The rates at which flags are missed differ from sheet to sheet, so that all stars are
reached. The peers check nothing: where a flag is null they give what their engine makes of it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

import card
import numpy as np
import numpy.typing as npt
import polars as pl
import pyarrow.parquet as pq

Column = npt.NDArray[Any]
Columns = dict[str, Column]
#: Points and stars of every sheet, in the order of the table.
Scored = tuple[Column, Column]

COLUMNS = tuple(f"{item}.{flag}" for item in card.ITEMS for flag in card.FLAGS)

_SEED = 20261124
#: Flags are missed at a rate between these, of 256.
_RATES = (10, 128)
_GROUP = 100_000


# Tables


def columns(rows: int, *, first: int = 0, seed: int = _SEED) -> Columns:
    """Return the flags of so many sheets as arrays; `first` makes other sheets."""
    chance = np.random.default_rng([seed, first])
    missed = chance.integers(*_RATES, rows).astype(np.uint8)
    return {name: chance.integers(0, 256, rows, dtype=np.uint8) >= missed for name in COLUMNS}


def table(rows: int, *, first: int = 0, seed: int = _SEED, null_rate: float = 0) -> pl.DataFrame:
    """Return so many sheets, numbered from `first`; flags are null at the rate given."""
    numbers = pl.Series("id", np.arange(first, first + rows, dtype=np.int64))
    flags = [pl.Series(*each) for each in columns(rows, first=first, seed=seed).items()]
    if null_rate:
        chance = np.random.default_rng(seed + 1)
        flags = [
            pl.select(
                pl.when(pl.Series(chance.random(rows) >= null_rate)).then(each).alias(each.name)
            ).to_series()
            for each in flags
        ]
    return pl.DataFrame([numbers, *flags])


def sheets_of(sheets: pl.DataFrame) -> list[card.Sheet]:
    """Return the sheets of a table as nested mappings, as the engines of one sheet take them."""
    rows = zip(*(sheets[name].to_list() for name in COLUMNS), strict=True)
    width = len(card.FLAGS)
    return [
        {
            item: dict(zip(card.FLAGS, row[width * place : width * (place + 1)], strict=True))
            for place, item in enumerate(card.ITEMS)
        }
        for row in rows
    ]


def parts(rows: int, size: int = 1_000_000, null_rate: float = 0) -> Iterator[pl.DataFrame]:
    """Yield so many sheets, one part of the table after the other."""
    for first in range(0, rows, size):
        yield table(min(size, rows - first), first=first, null_rate=null_rate)


def write_parquet(path: Path, rows: int) -> None:
    """Write so many sheets to one Parquet file, never holding more than a part of them."""
    writer: pq.ParquetWriter | None = None
    for part in parts(rows):
        arrow = part.to_arrow()
        writer = writer or pq.ParquetWriter(path, arrow.schema)
        writer.write_table(arrow, row_group_size=_GROUP)
    if writer:
        writer.close()


def write_dataset(path: Path, rows: int, null_rate: float, districts: int = 8) -> None:
    """Write so many sheets to a Parquet dataset that is partitioned by `district`."""
    for part in parts(rows, rows // 4 or 1, null_rate):
        marked = part.with_columns((pl.col("id") % districts).alias("district"))
        pq.write_to_dataset(
            marked.to_arrow(),
            path,
            partition_cols=["district"],
            basename_template=f"sheets-{part['id'][0]}-{{i}}.parquet",
        )


# The card by hand


def polars_plain(sheets: pl.LazyFrame) -> pl.LazyFrame:
    """Score in Polars as one writes it first: 64-bit integers, nothing checked."""
    items = []
    for item in card.ITEMS:
        points = pl.lit(card.POINTS, pl.Int64)
        for flag in card.FLAGS:
            points = points - pl.when(pl.col(f"{item}.{flag}")).then(0).otherwise(1)
        items.append(pl.max_horizontal(points, 0))
    return sheets.select(pl.sum_horizontal(items).alias("total")).with_columns(
        pl.when(pl.col("total") >= 90)
        .then(5)
        .when(pl.col("total") >= 80)
        .then(4)
        .when(pl.col("total") >= 70)
        .then(3)
        .when(pl.col("total") >= 60)
        .then(2)
        .otherwise(1)
        .alias("stars")
    )


def polars_narrow(sheets: pl.LazyFrame) -> pl.LazyFrame:
    """Score in Polars with 8-bit integers throughout, which takes care to write."""

    def number(value: int) -> pl.Expr:
        return pl.lit(value, pl.Int8)

    items = []
    for item in card.ITEMS:
        points = number(card.POINTS)
        for flag in card.FLAGS:
            held = pl.col(f"{item}.{flag}")
            points = points - pl.when(held).then(number(0)).otherwise(number(1))
        items.append(pl.max_horizontal(points, number(0)))
    while len(items) > 1:
        items = [items[at] + items[at + 1] if at + 1 < len(items) else items[at]
                 for at in range(0, len(items), 2)]  # fmt: skip
    stars = number(card.LOWEST_STARS)
    for cut, each in reversed(card.CUTS):
        stars = pl.when(pl.col("total") >= number(cut)).then(number(each)).otherwise(stars)
    return sheets.select(items[0].alias("total")).with_columns(stars.alias("stars"))


def numpy_plain(sheets: Columns) -> Scored:
    """Score whole arrays in NumPy's default types."""
    total: Any = 0
    for item in card.ITEMS:
        points: Any = card.POINTS
        for flag in card.FLAGS:
            points = points - ~sheets[f"{item}.{flag}"]
        total = total + np.maximum(points, 0)
    cuts, stars = zip(*card.CUTS, strict=True)
    return total, np.select([total >= cut for cut in cuts], stars, card.LOWEST_STARS)


def numpy_narrow(sheets: Columns) -> Scored:
    """Score whole arrays as 8-bit integers, booleans read in place."""
    excess = np.int8(len(card.FLAGS) - card.POINTS)
    total = np.zeros(len(sheets[COLUMNS[0]]), np.int8)
    for item in card.ITEMS:
        first, second, third = (sheets[f"{item}.{flag}"].view(np.int8) for flag in card.FLAGS)
        total += np.maximum(first + second + third - excess, np.int8(0))
    cuts = [total >= np.int8(cut) for cut, _ in card.CUTS]
    stars = [np.int8(each) for _, each in card.CUTS]
    return total, np.select(cuts, stars, np.int8(card.LOWEST_STARS))


def sql_plain(source: str) -> str:
    """Return the card as one plain statement of SQL, in integers, nothing checked."""
    items = []
    for item in card.ITEMS:
        lost = " - ".join(f'CASE WHEN "{item}.{flag}" THEN 0 ELSE 1 END' for flag in card.FLAGS)
        items.append(f"greatest({card.POINTS} - {lost}, 0)")
    whens = " ".join(f"WHEN total >= {cut} THEN {each}" for cut, each in card.CUTS)
    return (
        f"SELECT id, total, CASE {whens} ELSE {card.LOWEST_STARS} END AS stars"
        f" FROM (SELECT id, {' + '.join(items)} AS total FROM {source})"
    )


def openfisca_engine() -> Callable[[Columns], Scored]:
    """Return the card as a system of OpenFisca: a variable per flag, item, total and stars."""
    entities = import_module("openfisca_core.entities")
    periods = import_module("openfisca_core.periods")
    building = import_module("openfisca_core.simulation_builder")
    systems = import_module("openfisca_core.taxbenefitsystems")
    variables = import_module("openfisca_core.variables")

    sheet = entities.build_entity("sheet", "sheets", "A sheet", is_person=True)
    system = systems.TaxBenefitSystem([sheet])

    def add(name: str, kind: type, formula: Callable[[Any, Any], Any] | None = None) -> None:
        body: dict[str, Any] = {
            "value_type": kind,
            "entity": sheet,
            "definition_period": periods.DateUnit.YEAR,
            "label": name,
        }
        if formula:
            body["formula"] = formula
        system.add_variable(type(name, (variables.Variable,), body))

    def points_of(item: str) -> Callable[[Any, Any], Any]:
        def formula(sheets: Any, period: Any) -> Any:
            points = card.POINTS
            for flag in card.FLAGS:
                points = points - ~sheets(f"{item}_{flag}", period)
            return np.maximum(points, 0)

        return formula

    def total_of(sheets: Any, period: Any) -> Any:
        return sum(sheets(item, period) for item in card.ITEMS)

    def stars_of(sheets: Any, period: Any) -> Any:
        total = sheets("points", period)
        cuts, stars = zip(*card.CUTS, strict=True)
        return np.select([total >= cut for cut in cuts], stars, card.LOWEST_STARS)

    for item in card.ITEMS:
        for flag in card.FLAGS:
            add(f"{item}_{flag}", bool)
        add(item, int, points_of(item))
    add("points", int, total_of)
    add("stars", int, stars_of)

    def score(sheets: Columns) -> Scored:
        count = len(sheets[COLUMNS[0]])
        simulation = building.SimulationBuilder().build_default_simulation(system, count)
        for name, flags in sheets.items():
            simulation.set_input(name.replace(".", "_"), "2026", flags)
        return simulation.calculate("points", "2026"), simulation.calculate("stars", "2026")

    return score


def zen_batch() -> Callable[[list[card.Sheet]], list[card.Scored]]:
    """Return the card as a decision graph of ZEN that takes many sheets in one call."""
    zen = import_module("zen")
    content = {"card": card.zen_graph()}
    engine = zen.ZenEngine({"loader": {"type": "static", "content": content}})

    def score(sheets: list[card.Sheet]) -> list[card.Scored]:
        answers = engine.evaluate_batch([{"key": "card", "context": each} for each in sheets])
        found = (each["data"]["result"] for each in answers)
        return [(each["total"], each["stars"]) for each in found]

    return score
