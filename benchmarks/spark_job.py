"""Scores a partitioned Parquet dataset on Spark: `spark_job.py RUBRIC SOURCE TARGET [PARTITION]`.

The rubric is a path or the name of an installed one. The dataset is read where it lies, scored
by expressions of Spark alone and written again by the same partitions: no Python function
runs on the workers, and the job fails before it reads a row if the plan should hold one. It runs
under `spark-submit` on a cluster, or by itself on two cores. Prints the seconds, as JSON.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import sys
from importlib.util import find_spec
from time import perf_counter
from typing import Any

from rubric_engine import Rubric, evaluate_frame, load

#: What is written of each sheet, beside the partition.
WRITTEN = ("id", "score", "stars", "grade", "status")

_SETTINGS = {
    "spark.ui.enabled": "false",
    "spark.ui.showConsoleProgress": "false",
    "spark.log.level": "ERROR",
    "spark.driver.memory": "3g",
    "spark.driver.host": "localhost",
    "spark.driver.bindAddress": "127.0.0.1",
    "spark.sql.shuffle.partitions": "2",
    # A Python line for every expression of the plan slows its building.
    "spark.python.sql.dataFrameDebugging.enabled": "false",
}
#: The nodes of a plan that hand rows to Python.
_PYTHON = re.compile(r"\w*(?:EvalPython|InPandas|InArrow|PythonUDF|PythonUDTF|pythonUDF)\w*")


def require() -> None:
    """Raise `ImportError` where PySpark or Java is not there."""
    if find_spec("pyspark") is None:
        msg = "PySpark is not installed"
        raise ImportError(msg)
    if shutil.which("java") is None and "JAVA_HOME" not in os.environ:
        msg = "PySpark needs Java"
        raise ImportError(msg)


def start() -> Any:
    """Start Spark, on two cores of this machine unless a cluster started this process."""
    from pyspark.sql import SparkSession

    builder = SparkSession.builder.appName("rubric_engine")
    if "PYSPARK_GATEWAY_PORT" not in os.environ:
        builder = builder.master("local[2]")
        for key, setting in _SETTINGS.items():
            builder = builder.config(key, setting)
    return builder.getOrCreate()


def python_in_plan(frame: Any) -> list[str]:
    """Return the nodes of a frame's plan that hand rows to Python, none if all is Spark's."""
    plan = frame._jdf.queryExecution().toString()  # noqa: SLF001 - PySpark only prints it
    return sorted(set(_PYTHON.findall(plan)))


def run(session: Any, rubric: Rubric, source: str, target: str, partition: str) -> None:
    """Read the dataset, score it and write it; raises `ValueError` for Python in the plan."""
    scored = evaluate_frame(rubric, session.read.parquet(source))
    scored = scored.select(*WRITTEN, partition)
    python = python_in_plan(scored)
    if python:
        msg = f"the plan holds Python functions: {', '.join(python)}"
        raise ValueError(msg)
    scored.write.mode("overwrite").partitionBy(partition).parquet(target)


def main(arguments: list[str]) -> int:
    """Run the job."""
    if len(arguments) not in (3, 4):
        print(__doc__, file=sys.stderr)
        return 2
    rubric, source, target = arguments[:3]
    partition = arguments[3] if len(arguments) == 4 else "district"
    session = start()
    try:
        begin = perf_counter()
        run(session, load(rubric), source, target, partition)
        seconds = perf_counter() - begin
    finally:
        session.stop()
    print(json.dumps({"seconds": seconds}))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
