from rubric_engine import cycle
from small_year import DAY, OFFICE, year

run = year("answer")
cycle.conclude(run, ["lakeside", "hilside"], by=OFFICE, when=DAY)
