from attrs import evolve

from rubric_engine.cycle.archive import dump_archive, verify
from small_year import RUBRIC, year

rubric = evolve(RUBRIC, version="1")
found = verify(dump_archive(year()), rubric=rubric)
