from rubric_engine import cycle
from small_year import DAY, OFFICE, SAFETY, year

run = year("plan_review")
run = cycle.answer(run, by=SAFETY, when=DAY)
cycle.conclude(run, by=OFFICE, when=DAY)
