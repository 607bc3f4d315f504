from rubric_engine import cycle
from small_year import DAY, LATER, OFFICE, year

run = year("award")
cycle.feed_back(run, by=OFFICE, when=LATER)
