from rubric_engine import cycle
from small_year import DAY, OFFICE, SAFETY, year

run = year("review")
run = cycle.answer(run, objections={"lakeside": "an accident"}, by=SAFETY, when=DAY)
run = cycle.answer(run, "hillside", by=SAFETY, when=DAY)
cycle.conclude(run, by=OFFICE, when=DAY)
