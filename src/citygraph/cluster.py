"""Opens Apache Spark, for whoever has more machines than one: an extra, of which everything else does without."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

from citygraph.errors import SettingsError

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

_OURS = {
    # a text may hold ${…}
    "spark.sql.variable.substitute": "false",
    "spark.ui.showConsoleProgress": "false",
}
_ALONE = {"spark.driver.host": "localhost", "spark.driver.bindAddress": "127.0.0.1", "spark.ui.enabled": "false"}
"""On one machine nobody else is let in."""


def open_spark(master: str = "") -> SparkSession:
    """Open the session of this process, or join the one that ``spark-submit`` has opened.

    ``master`` is an address as Spark writes them, ``local[4]`` or ``spark://host:7077``. Without one, the
    configuration of Spark says where it runs.
    """
    try:
        from py4j.protocol import Py4JError  # noqa: PLC0415 - comes with it
        from pyspark.errors import PySparkRuntimeError  # noqa: PLC0415 - an extra
        from pyspark.sql import SparkSession  # noqa: PLC0415 - an extra
    except ImportError:
        raise SettingsError("spark", "PySpark is not there", "install it with `pip install citygraph[spark]`") from None
    builder = SparkSession.builder.appName("citygraph")
    options = _OURS | ({"spark.master": master} if master else {})
    if master.startswith("local"):  # the machine is this one, and so is its Python; Spark would take any python3
        os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
        options |= _ALONE
    for name, value in options.items():
        builder = builder.config(name, value)
    try:
        session = builder.getOrCreate()
    except (PySparkRuntimeError, Py4JError) as error:
        remedy = "install Java 17 (Debian: default-jre-headless), and check the address of the master"
        raise SettingsError("spark", f"Spark does not start ({_brief(error)})", remedy) from None
    session.sparkContext.setLogLevel("ERROR")
    if master.startswith("local"):  # the 200 parts of the default are for many machines
        session.conf.set("spark.sql.shuffle.partitions", str(session.sparkContext.defaultParallelism))
    return session


def _brief(error: Exception) -> str:
    """Leave out where in Java it happened."""
    return " ".join(line for line in str(error).splitlines() if not line.startswith("\t"))
