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
cases = polars.DataFrame({"unit": ["nroth"], "grave": [True]})
found = rubric_engine.validate_frame(rubric, units, key="unit", rows={"cases": cases})
