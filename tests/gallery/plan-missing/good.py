from rubric_engine import cycle
from small_year import LATER, OFFICE, year

run = year("plan_improvement")
cycle.close(run, by=OFFICE, when=LATER)
