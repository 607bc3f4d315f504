import polars

import rubric_engine

rubric = rubric_engine.loads("""
rubric: conduct
items:
  - id: persons
    points: 10
    evidence: {cases: {type: rows, columns: {grave: flag}}}
    rules: [{deduct: 1, per: 'count(cases, grave)'}]
""")
units = polars.DataFrame({"unit": ["north", "south"]})
cases = polars.DataFrame({"unit": ["north"], "grave": [True]})
rubric_engine.evaluate_frame(rubric, units, key="unit", rows={"cases": cases, "cares": cases})
