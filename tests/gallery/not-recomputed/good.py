from rubric_engine.cycle.archive import verify
from small_year import lines_of, sealed, year

lines = lines_of(year("assess"))
found = verify(sealed(lines))
