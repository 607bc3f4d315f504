from rubric_engine import cycle
from small_year import APPROVAL, LATER, OFFICE, year

run = year("plan_improvement")
change = {"plan": {"missing": 4}}
run = cycle.correct(run, "lakeside", change, by=APPROVAL, when=LATER, why="four were lost")
run = cycle.feed_back(run, "lakeside", by=OFFICE, when=LATER)
cycle.close(run, by=OFFICE, when=LATER)
