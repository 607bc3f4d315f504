from rubric_engine.cycle.archive import verify
from small_year import lines_of, year

lines = lines_of(year())
found = verify("\n".join(lines) + "\n")
