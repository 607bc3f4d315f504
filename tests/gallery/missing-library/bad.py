import sys

import rubric_engine

sys.modules["sqlglot"] = None  # as if it were not installed
rubric = rubric_engine.load("sf-food-safety")
rubric_engine.to_sql(rubric, "snowflake")
