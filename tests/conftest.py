"""What all tests share: how many random examples the laws are tried on.

`HYPOTHESIS_PROFILE` selects: `default`, `few` of the same examples, `fast` for a quick look at
new ones, `ci` for many.
"""

from __future__ import annotations

import os
import shutil
import warnings
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.internal.conjecture import providers

settings.register_profile(
    "default",
    deadline=None,
    print_blob=True,
    # The same examples every time, so that a change is judged by what it changed; `ci` and
    # `fast` draw new ones.
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
settings.register_profile("few", settings.get_profile("default"), max_examples=15)
# An example that fails kills a mutant; nobody reads the smallest one.
settings.register_profile(
    "mutation",
    settings.get_profile("few"),
    phases=[Phase.explicit, Phase.generate],
    report_multiple_bugs=False,
    database=None,
)
settings.register_profile(
    "fast", settings.get_profile("default"), max_examples=15, derandomize=False
)
settings.register_profile(
    "ci", settings.get_profile("default"), max_examples=1_000, derandomize=False
)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "default"))

# Hypothesis mixes in constants of whatever modules are loaded by then, so that the examples of a
# law would depend on which tests ran before it. They are to be the same every time.
if hasattr(providers, "_get_local_constants"):
    providers._get_local_constants = lambda: providers._local_constants


@pytest.fixture(scope="session")
def spark() -> Iterator[Any]:
    """Start Spark once, on two threads of this machine."""
    sql = pytest.importorskip("pyspark.sql")
    if shutil.which("java") is None and "JAVA_HOME" not in os.environ:
        pytest.skip("PySpark needs Java")
    builder = sql.SparkSession.builder.master("local[2]").appName("rubric_engine")
    for key, setting in {
        "spark.driver.memory": "3g",
        "spark.ui.enabled": "false",
        # What ran is not looked at again, and plans of whole rubrics fill the memory.
        "spark.sql.ui.retainedExecutions": "1",
        "spark.ui.retainedJobs": "1",
        "spark.ui.retainedStages": "1",
        "spark.ui.retainedTasks": "1",
        "spark.sql.shuffle.partitions": "1",
        "spark.default.parallelism": "1",
        "spark.driver.host": "localhost",
        "spark.driver.bindAddress": "127.0.0.1",
        "spark.log.level": "ERROR",
        "spark.ui.showConsoleProgress": "false",
        "spark.python.sql.dataFrameDebugging.enabled": "false",
    }.items():
        builder = builder.config(key, setting)
    session = builder.getOrCreate()
    yield session
    session.stop()


#: What makes a frame of an engine of an Arrow table.
Framed = Callable[[Any], Any]


@pytest.fixture
def engines(request: pytest.FixtureRequest) -> Callable[[str], Framed]:
    """Return what turns Arrow tables into frames of an engine, as its users hold them."""

    def of(engine: str) -> Framed:
        if engine == "pyarrow":
            return lambda arrow: arrow
        if engine.startswith("polars"):
            polars = pytest.importorskip("polars")
            lazy = engine == "polars lazy"
            return lambda arrow: (
                polars.from_arrow(arrow).lazy() if lazy else polars.from_arrow(arrow)
            )
        if engine == "duckdb":
            connection = pytest.importorskip("duckdb").connect()
            return connection.from_arrow
        if engine == "pyspark":
            return of_spark(request.getfixturevalue("spark"))
        return of_pandas(engine)

    def of_spark(session: Any) -> Framed:
        def framed(arrow: Any) -> Any:
            with warnings.catch_warnings():
                # PySpark says so of every pandas that it does not know yet; none is used here.
                warnings.filterwarnings("ignore", "PySpark does not yet fully support pandas")
                return session.createDataFrame(arrow)

        return framed

    def of_pandas(engine: str) -> Framed:
        pandas = pytest.importorskip("pandas")
        if engine == "pandas arrow":
            return lambda arrow: arrow.to_pandas(types_mapper=pandas.ArrowDtype)
        if engine == "pandas nullable":
            return lambda arrow: arrow.to_pandas().convert_dtypes()
        if engine == "dask":
            dask = pytest.importorskip("dask.dataframe")
            return lambda arrow: dask.from_pandas(
                arrow.to_pandas(types_mapper=pandas.ArrowDtype), npartitions=2
            )
        if engine == "modin":
            modin = pytest.importorskip("modin.pandas")
            return lambda arrow: modin.DataFrame(arrow.to_pandas())
        if engine == "ibis":
            return pytest.importorskip("ibis").memtable
        return lambda arrow: arrow.to_pandas()

    return of
