from rubric_engine import cycle
from small_year import DAY, OFFICE, year

run = year("review")
cycle.conclude(run, by=OFFICE, when=DAY)
