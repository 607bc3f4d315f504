from rubric_engine import cycle
from small_year import DAY, OFFICE, SAFETY, year

run = year("review")
run = cycle.answer(run, objections={"lakeside": "an accident"}, by=SAFETY, when=DAY)
run = cycle.answer(run, "hillside", by=SAFETY, when=DAY)
decision = cycle.Decision("deduct", points="1.5")
run = cycle.decide(
    run, "lakeside", decision, department="safety", by=OFFICE, when=DAY, why="it was avoidable"
)
cycle.conclude(run, by=OFFICE, when=DAY)
