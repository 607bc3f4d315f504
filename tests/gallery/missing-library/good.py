import sys

import rubric_engine

rubric = rubric_engine.load("sf-food-safety")
rubric_engine.to_sql(rubric, "snowflake")
